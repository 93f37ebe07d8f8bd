/* What enters a cell through an open face (view.h, EluteOpenFace). */
#ifndef ELUTE_CELL_OPEN_FACE_H
#define ELUTE_CELL_OPEN_FACE_H

#include "../portable.h"

/* mol/s into the cell: g (a_outside - s C) + imposed. Outside an edge the activity is scale b and weight b is imposed,
   with b the boundary scalar (or its increment, for an increment C); outside a held neighbour it is that cell's
   activity. */
ELUTE_INLINE double elute_open_inflow(double conductance, double outside_activity, double inverse_capacity,
                                      double concentration, double imposed) {
  return conductance * (outside_activity - inverse_capacity * concentration) + imposed;
}

/* The part of it that does not depend on the cell: mol/s. */
ELUTE_INLINE double elute_open_supply(double conductance, double scale, double weight, double b) {
  return conductance * (scale * b) + weight * b;
}

#endif
