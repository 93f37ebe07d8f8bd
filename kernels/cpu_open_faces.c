#include "cpu_open_faces.h"

/* g NULL: no conductance; q NULL: no fluid. through: the side on which q leaves. */
ELUTE_INLINE void run_loop(bool single, int n, const void *g, const void *s, const double *restrict q, int through,
                           const void *carry, double outside, double imposed, const double *restrict u,
                           double *restrict inflow) {
#define AT(array) (single ? (double)((const float *)(array))[i] : ((const double *)(array))[i])
  for (int i = 0; i < n; ++i) {
    inflow[i] = g ? elute_open_inflow(AT(g), outside, AT(s), u[i], imposed) : imposed;
    if (q) inflow[i] += elute_edge_flow(through * q[i], AT(carry) * u[i], outside);
  }
#undef AT
}

double elute_open_run(const EluteProblemView *p, const EluteOpenFace *f, double b, const double *state,
                      double *restrict inflow) {
  const EluteTransportView *t = &p->transport;
  const int64_t at = ((int64_t)f->row * t->n_mobile + f->species) * p->mesh.pitch + f->cell;
  const size_t real = t->single ? sizeof(float) : sizeof(double);
  const double outside = f->scale * b, imposed = f->weight * b;
  const double *u = state + elute_state_offset(p, f->row, f->species, f->cell), *q = NULL;
  const char *s = NULL, *g = NULL, *carry = NULL;
  if (f->face >= 0 && t->conductance[f->axis]) {
    g = (const char *)t->conductance[f->axis] + (size_t)f->face * real;
    s = (const char *)t->inverse_capacity + (size_t)at * real;
  }
  if (f->through && p->flow.flux[f->axis]) {
    q = p->flow.flux[f->axis] + elute_flux_offset(&p->mesh, f->row, f->cell, f->axis, f->through > 0);
    carry = (const char *)p->flow.carry + (size_t)at * real;
  }
  if (t->single)
    run_loop(true, f->run, g, s, q, f->through, carry, outside, imposed, u, inflow);
  else
    run_loop(false, f->run, g, s, q, f->through, carry, outside, imposed, u, inflow);
  return elute_lanes_sum(f->run, inflow);
}
