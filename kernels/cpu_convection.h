/* What moving fluid carries between cells, on the CPU: added to a row of dC/dt, and through one face for the ledger.
   Faces at the domain's edge are open faces and not seen here. */
#ifndef ELUTE_CPU_CONVECTION_H
#define ELUTE_CPU_CONVECTION_H

#include "cpu_rows.h"

typedef struct EluteConvection {
  const EluteProblemView *p;
  const double *u, *ghost_u; /* NULL: the flux of `state`; else its change at u with `state` */
  const double *state, *ghost;
  double *work; /* elute_convection_work(p) doubles */
} EluteConvection;

/* 0: nothing moves. */
size_t elute_convection_work(const EluteProblemView *p);
/* f[n_cells] += what convection brings to the cells of a row, mol/(m3 s). */
void elute_convect_row(const EluteConvection *c, int32_t row, int k, const double *inverse_volume, double *f);
/* mol/s towards the upper side through the face on one side of a cell. */
double elute_convected(const EluteConvection *c, int32_t row, int k, int32_t cell, int axis, int upper);

/* out += scale times what the values at the edge add (EluteInlet). boundary: their scalars, or with u their changes,
   NULL: zero. */
void elute_convect_inlets(const EluteConvection *c, const double *boundary, double scale, double *out);

static inline bool elute_flows(const EluteProblemView *p) {
  return p->flow.flux[0] || p->flow.flux[1] || p->flow.flux[2];
}

/* f/(phi R) of a cell of an owned or ghost row (n_rows + g). */
static inline double elute_carry(const EluteProblemView *p, int64_t place, int k, int32_t cell) {
  const int64_t at = (place * p->transport.n_mobile + k) * p->mesh.pitch + cell;
  return p->transport.single ? (double)((const float *)p->flow.carry)[at] : ((const double *)p->flow.carry)[at];
}

/* Fluid through a face of a cell, m3/s, positive towards the upper side. */
static inline double elute_face_flow(const EluteProblemView *p, int32_t row, int32_t cell, int axis, int upper) {
  const EluteMeshView *m = &p->mesh;
  const int64_t pitch = m->pitch, ny = m->ny, y = row % ny, z = row / ny;
  const double *q = p->flow.flux[axis];
  if (!q) return 0;
  return axis == 0   ? q[row * pitch + cell + upper]
         : axis == 1 ? q[(z * (ny + 1) + y + upper) * pitch + cell]
                     : q[((z + upper) * ny + y) * pitch + cell];
}

/* Fluid that leaves through an open face, m3/s. */
static inline double elute_outward_flow(const EluteProblemView *p, const EluteOpenFace *f) {
  return f->through ? f->through * elute_face_flow(p, f->row, f->cell, f->axis, f->through > 0) : 0.0;
}

#endif
