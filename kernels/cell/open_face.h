/* What enters a cell through an open face (view.h, EluteOpenFace). */
#ifndef ELUTE_CELL_OPEN_FACE_H
#define ELUTE_CELL_OPEN_FACE_H

#include "diffusion.h"
#include "place.h"

/* mol/s into the cell: g (a_outside - s C) + imposed. Outside an edge the activity is scale b and weight b is imposed,
   with b the boundary scalar (or its increment, for an increment C); outside a held neighbour it is that cell's
   activity. */
ELUTE_INLINE double elute_open_inflow(double conductance, double outside_activity, double inverse_capacity,
                                      double concentration, double imposed) {
  return conductance * (outside_activity - inverse_capacity * concentration) + imposed;
}

/* Whether an open face leads to a held cell, whose activity is to be taken from the state. */
ELUTE_INLINE int elute_beside_held(const EluteOpenFace *f) {
  return f->ledger_only && f->face >= 0;
}

/* Activity on the other side. held: the held neighbour's value in the vector at hand; NULL: none is known there, and
   the boundary scalar stands for it. */
ELUTE_INLINE double elute_outside_activity(const EluteProblemView *p, const EluteOpenFace *f, double b,
                                           const double *held) {
  if (!elute_beside_held(f) || !held) return f->scale * b;
  return elute_activity(elute_inverse_capacity(p, f->held_row, f->species, f->held_cell), *held);
}

/* The held neighbour's value after a solve along the face's axis, for elute_outside_activity. That of another rank is
   the end of the line beyond this block: below or above. */
ELUTE_INLINE const double *elute_held_beside_line(const EluteProblemView *p, const EluteOpenFace *f,
                                                  const double *below, const double *above, const double *x) {
  const double *end = f->upper ? above : below;
  const int64_t plane = f->axis == 1 ? f->row / p->mesh.ny : f->row % p->mesh.ny;
  if (!elute_beside_held(f)) return NULL;
  if (f->held_row >= 0) return x + elute_state_offset(p, f->held_row, f->species, f->held_cell);
  return end ? end + (plane * p->transport.n_mobile + f->species) * p->mesh.pitch + f->held_cell : NULL;
}

/* The part of it that does not depend on the cell: mol/s. */
ELUTE_INLINE double elute_open_supply(double conductance, double scale, double weight, double b) {
  return conductance * (scale * b) + weight * b;
}

#endif
