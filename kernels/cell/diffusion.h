/* Diffusion through a face (numerics 1): the flux is driven by activity a = s C, s = inverse_capacity = 1/(phi R
 * Lambda). */
#ifndef ELUTE_CELL_DIFFUSION_H
#define ELUTE_CELL_DIFFUSION_H

#include "../portable.h"

/* mol/m3. Kept apart from the flux so that both sides of a face form the same two products. */
ELUTE_INLINE double elute_activity(double inverse_capacity, double concentration) {
  return inverse_capacity * concentration;
}

/* mol/s through a face from its lower to its upper side. Both cells of a face must call it with the same order of
   arguments: then what one gains is bit for bit what the other loses. */
ELUTE_INLINE double elute_diffusion_flux(double conductance, double lower_activity, double upper_activity) {
  return conductance * (lower_activity - upper_activity);
}

#endif
