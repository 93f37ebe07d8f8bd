/* Where things lie (view.h): offsets, and coefficients of one place in either precision. */
#ifndef ELUTE_CELL_PLACE_H
#define ELUTE_CELL_PLACE_H

#include "../portable.h"
#include "../view.h"

ELUTE_INLINE int64_t elute_state_offset(const EluteProblemView *p, int32_t row, int32_t species, int32_t cell) {
  return ((int64_t)row * p->n_species + species) * p->mesh.pitch + cell;
}

ELUTE_INLINE double elute_cell_volume(const EluteMeshView *mesh, int32_t row, int32_t cell) {
  return mesh->volume_x[cell] * mesh->volume_row[row];
}

/* Of the fluid's rate through a face of a cell in flow.flux[axis]. */
ELUTE_INLINE int64_t elute_flux_offset(const EluteMeshView *m, int32_t row, int32_t cell, int axis, int upper) {
  if (axis == 0) return (int64_t)row * m->pitch + cell + upper;
  if (axis == 2) return ((int64_t)row + upper * m->ny) * m->pitch + cell;
  return ((int64_t)row + row / m->ny + upper) * m->pitch + cell;
}

ELUTE_INLINE double elute_conductance(const EluteTransportView *t, int axis, int64_t face) {
  if (face < 0 || !t->conductance[axis]) return 0;
  return t->single ? (double)((const float *)t->conductance[axis])[face] : ((const double *)t->conductance[axis])[face];
}

/* The row of inverse_capacity that belongs to a row as `neighbour` names it. */
ELUTE_INLINE int64_t elute_coefficient_row(const EluteMeshView *mesh, int32_t row) {
  return row >= 0 ? row : (int64_t)mesh->n_rows + ELUTE_GHOST_ROW(row); /* ELUTE_GHOST_ROW is its own inverse */
}

/* inverse_capacity of one cell, of a row as `neighbour` names it; immobile species have none and no conductance. */
ELUTE_INLINE double elute_inverse_capacity(const EluteProblemView *p, int32_t row, int32_t species, int32_t cell) {
  const EluteTransportView *t = &p->transport;
  const int64_t at = (elute_coefficient_row(&p->mesh, row) * t->n_mobile + species) * p->mesh.pitch + cell;
  if (species >= t->n_mobile) return 0;
  return t->single ? (double)((const float *)t->inverse_capacity)[at] : ((const double *)t->inverse_capacity)[at];
}

/* A cell of a mobile species in the row (as `neighbour` names it) of a state vector or of its ghost rows. */
ELUTE_INLINE const double *elute_at_row(const EluteProblemView *p, const double *state, const double *ghost,
                                        int32_t row, int32_t species, int32_t cell) {
  if (row >= 0) return state + elute_state_offset(p, row, species, cell);
  return ghost + ((int64_t)ELUTE_GHOST_ROW(row) * p->transport.n_mobile + species) * p->mesh.pitch + cell;
}

#endif
