/* What enters a cell through an open face (view.h, EluteOpenFace). */
#ifndef ELUTE_CELL_OPEN_FACE_H
#define ELUTE_CELL_OPEN_FACE_H

#include "../portable.h"

/* mol/s into the cell: g (scale b - s C) + weight b. b is the boundary scalar, or its increment for an increment C. */
ELUTE_INLINE double elute_open_inflow(double conductance, double scale, double weight, double b,
                                      double inverse_capacity, double concentration) {
  return conductance * (scale * b - inverse_capacity * concentration) + weight * b;
}

/* The part of it that does not depend on the cell: mol/s. */
ELUTE_INLINE double elute_open_supply(double conductance, double scale, double weight, double b) {
  return conductance * (scale * b) + weight * b;
}

#endif
