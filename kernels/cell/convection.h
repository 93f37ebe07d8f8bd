/* What moving fluid carries through one face between cells, of any row and along any axis, and what it brings through
   an open face or from an inlet (view.h, EluteFlowView). Faces at the domain's edge carry nothing here. */
#ifndef ELUTE_CELL_CONVECTION_H
#define ELUTE_CELL_CONVECTION_H

#include "advection.h"
#include "open_face.h"

/* The flux of a state, or its change at u with `state`. */
typedef struct EluteConvection {
  const EluteProblemView *p;
  const double *u, *ghost_u; /* NULL: the flux of `state` */
  const double *state, *ghost;
} EluteConvection;

ELUTE_INLINE int elute_flows(const EluteProblemView *p) {
  return p->flow.flux[0] || p->flow.flux[1] || p->flow.flux[2];
}

/* f/(phi R) of a cell of an owned or ghost row (n_rows + g). */
ELUTE_INLINE double elute_carry(const EluteProblemView *p, int64_t place, int32_t k, int32_t cell) {
  const int64_t at = (place * p->transport.n_mobile + k) * p->mesh.pitch + cell;
  return p->transport.single ? (double)((const float *)p->flow.carry)[at] : ((const double *)p->flow.carry)[at];
}

/* Fluid through a face of a cell, m3/s, positive towards the upper side. */
ELUTE_INLINE double elute_face_flow(const EluteProblemView *p, int32_t row, int32_t cell, int axis, int upper) {
  const double *q = p->flow.flux[axis];
  return q ? q[elute_flux_offset(&p->mesh, row, cell, axis, upper)] : 0.0;
}

/* Fluid that leaves through an open face, m3/s. */
ELUTE_INLINE double elute_outward_flow(const EluteProblemView *p, const EluteOpenFace *f) {
  return f->through ? f->through * elute_face_flow(p, f->row, f->cell, f->axis, f->through > 0) : 0.0;
}

/* w = carry C of one cell, of a row as `neighbour` names it. */
ELUTE_INLINE double elute_carried(const EluteProblemView *p, const double *state, const double *ghost, int32_t row,
                                  int32_t k, int32_t cell) {
  return elute_carry(p, elute_coefficient_row(&p->mesh, row), k, cell) * *elute_at_row(p, state, ghost, row, k, cell);
}

/* Whether the domain goes on `steps` (-2..2) from a cell along an axis; row (as in `neighbour`) and cell there. */
ELUTE_INLINE int elute_step_along(const EluteProblemView *p, int32_t row, int32_t cell, int axis, int steps,
                                  int32_t *to, int32_t *at) {
  const EluteMeshView *m = &p->mesh;
  const int far = steps > 1 || steps < -1;
  *to = row, *at = cell;
  if (steps == 0) return 1;
  if (axis == 0) {
    *at += steps;
    if (m->periodic_x) *at = (*at + 2 * m->n_cells) % m->n_cells;
    return *at >= 0 && *at < m->n_cells;
  }
  if (far && !p->flow.limited) return 0;
  *to = (far ? m->beyond : m->neighbour)[(int64_t)row * 4 + 2 * (axis - 1) + (steps > 0)];
  return *to != ELUTE_NO_ROW;
}

/* w of the cell `steps` further; where the domain ends before, `none`. */
ELUTE_INLINE double elute_carried_along(const EluteProblemView *p, const double *state, const double *ghost,
                                        int32_t row, int32_t k, int32_t cell, int axis, int steps, double none) {
  int32_t to, at;
  return elute_step_along(p, row, cell, axis, steps, &to, &at) ? elute_carried(p, state, ghost, to, k, at) : none;
}

/* The four w around a face of a cell; where there is no second cell the first stands for it. */
ELUTE_INLINE EluteFaceCells elute_carried_around(const EluteProblemView *p, const double *state, const double *ghost,
                                                 int32_t row, int32_t k, int32_t cell, int axis, int upper) {
  EluteFaceCells w;
  w.below = elute_carried_along(p, state, ghost, row, k, cell, axis, upper - 1, 0.0);
  w.above = elute_carried_along(p, state, ghost, row, k, cell, axis, upper, 0.0);
  w.below2 = p->flow.limited ? elute_carried_along(p, state, ghost, row, k, cell, axis, upper - 2, w.below) : w.below;
  w.above2 = p->flow.limited ? elute_carried_along(p, state, ghost, row, k, cell, axis, upper + 1, w.above) : w.above;
  return w;
}

/* mol/s towards the upper side through the face on one side of a cell. */
ELUTE_INLINE double elute_convected(const EluteConvection *c, int32_t row, int32_t k, int32_t cell, int axis,
                                    int upper) {
  const EluteProblemView *p = c->p;
  const int32_t n = axis == 0 ? p->mesh.n_cells : axis == 1 ? p->mesh.ny : p->mesh.nz;
  const int32_t at = (axis == 0 ? cell : axis == 1 ? row % p->mesh.ny : row / p->mesh.ny) + upper;
  const double q = elute_face_flow(p, row, cell, axis, upper), *weight = p->flow.weight[axis];
  EluteFaceCells w, u;
  EluteFaceWeights here;
  if (!p->flow.flux[axis]) return 0;
  w = elute_carried_around(p, c->state, c->ghost, row, k, cell, axis, upper);
  if (!p->flow.limited) return elute_upwind_flux(q, w.below, w.above);
  here.back_below = weight[at], here.ahead_below = weight[n + 1 + at];
  here.back_above = weight[2 * (n + 1) + at], here.ahead_above = weight[3 * (n + 1) + at];
  if (!c->u) return elute_limited_flux(q, w, here);
  u = elute_carried_around(p, c->u, c->ghost_u, row, k, cell, axis, upper);
  return elute_limited_flux_change(q, u, w, here);
}

/* mol/s that fluid brings into the cell through an open face; b: its boundary scalar. */
ELUTE_INLINE double elute_open_flow(const EluteConvection *c, const EluteOpenFace *f, double b) {
  const EluteProblemView *p = c->p;
  if (!f->through) return 0;
  if (elute_beside_held(f))
    return -f->through * elute_convected(c, f->row, f->species, f->cell, f->axis, f->through > 0);
  return elute_edge_flow(elute_outward_flow(p, f), elute_carried(p, c->state, c->ghost, f->row, f->species, f->cell),
                         f->scale * b);
}

/* The same after a line solve: upwind, with what stands outside. held: the held neighbour's value there, NULL: none. */
ELUTE_INLINE double elute_open_flow_of_line(const EluteProblemView *p, const EluteOpenFace *f, double b,
                                            const double *held, const double *x) {
  double own, outside = f->scale * b;
  if (!f->through) return 0;
  own = elute_carried(p, x, NULL, f->row, f->species, f->cell);
  if (elute_beside_held(f))
    outside =
        held ? *held * elute_carry(p, elute_coefficient_row(&p->mesh, f->held_row), f->species, f->held_cell) : 0.0;
  return elute_edge_flow(elute_outward_flow(p, f), own, outside);
}

/* mol/s that an inlet adds to what passes from its edge's cell to the next. boundary: the scalars, or with u their
   changes, NULL: zero. */
ELUTE_INLINE double elute_inlet_flow(const EluteConvection *c, const EluteInlet *e, const double *boundary) {
  const EluteProblemView *p = c->p;
  const double q = p->flow.flux[e->axis][e->flux] * (e->upper ? -1.0 : 1.0);
  double w[3], dw[3];
  dw[0] = boundary ? e->scale * boundary[e->value] : 0.0;
  dw[1] = elute_carried(p, c->state, c->ghost, e->row[0], e->species, e->cell[0]);
  dw[2] = elute_carried(p, c->state, c->ghost, e->row[1], e->species, e->cell[1]);
  if (!c->u) return elute_inlet_flux(q, dw[0], dw[1], dw[2], e->back, e->ahead);
  w[0] = e->scale * p->scalars[e->value];
  w[1] = elute_carried(p, c->u, c->ghost_u, e->row[0], e->species, e->cell[0]);
  w[2] = elute_carried(p, c->u, c->ghost_u, e->row[1], e->species, e->cell[1]);
  return elute_inlet_flux_change(q, w, dw, e->back, e->ahead);
}

#endif
