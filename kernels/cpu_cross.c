/* Shifts of activity from the fluxes along the other axes, and the fluxes that they make. Rows of coefficients are
   widened to double first, so that there is one loop of each. */
#include "cpu_cross.h"
#include "cell/diffusion.h"
#include "cell/open_face.h"

size_t elute_cross_work(const EluteProblemView *p) {
  return elute_crosses(p) ? 2 * ((size_t)p->mesh.pitch + ELUTE_LANES) : 0;
}

/* A run of coefficients in either precision. */
static void widen(const EluteTransportView *t, const void *array, int64_t at, int n, double *restrict out) {
  if (t->single) {
    const float *restrict from = (const float *)array + at;
    for (int i = 0; i < n; ++i) out[i] = from[i];
  } else {
    const double *restrict from = (const double *)array + at;
    for (int i = 0; i < n; ++i) out[i] = from[i];
  }
}

/* Conductances of a row's faces on one side, or, of axis 0, of all its faces. */
static void face_row(const EluteProblemView *p, int32_t row, int k, int axis, int upper, double *g) {
  const EluteMeshView *m = &p->mesh;
  const int64_t y = row % m->ny, z = row / m->ny;
  const int64_t face = axis == 0 ? row : axis == 1 ? z * (m->ny + 1) + y + upper : (z + upper) * m->ny + y;
  const int n = m->n_cells + (axis == 0);
  if (p->transport.conductance[axis])
    widen(&p->transport, p->transport.conductance[axis], (face * p->transport.n_mobile + k) * m->pitch, n, g);
  else
    for (int i = 0; i < n; ++i) g[i] = 0;
}

/* Activities of a row as `neighbour` names it; zeros beyond the domain. */
static void activity_row(const EluteProblemView *p, const double *u, const double *ghost, int32_t row, int k,
                         double *restrict a) {
  const int n = p->mesh.n_cells;
  if (row == ELUTE_NO_ROW) {
    for (int i = 0; i < n; ++i) a[i] = 0;
    return;
  }
  const double *restrict c = elute_at_row(p, u, ghost, row, k, 0);
  widen(&p->transport, p->transport.inverse_capacity,
        (elute_coefficient_row(&p->mesh, row) * p->transport.n_mobile + k) * p->mesh.pitch, n, a);
  for (int i = 0; i < n; ++i) a[i] = elute_activity(a[i], c[i]);
}

static int32_t next_row(const EluteMeshView *m, int32_t row, int axis, int upper) {
  return m->neighbour[(int64_t)row * 4 + 2 * (axis - 1) + upper];
}

/* through[i] = F_lower + F_upper of the cells of a row along an axis, edges of the domain with the value 0. a: the
   row's activities, with room for one more at either end. */
static void through_x(const EluteProblemView *p, int32_t row, int k, double *a, double *restrict g,
                      double *restrict through) {
  const int n = p->mesh.n_cells;
  const bool ring = p->mesh.periodic_x;
  face_row(p, row, k, 0, 0, g);
  a[-1] = ring ? a[n - 1] : 0;
  a[n] = ring ? a[0] : 0;
  for (int i = 0; i < n; ++i)
    through[i] = elute_diffusion_flux(g[i], a[i - 1], a[i]) + elute_diffusion_flux(g[i + 1], a[i], a[i + 1]);
}

static void through_across(const EluteProblemView *p, const double *u, const double *ghost, int32_t row, int k,
                           int axis, const double *restrict a, double *restrict g, double *restrict other,
                           double *restrict through) {
  const int n = p->mesh.n_cells;
  for (int upper = 0; upper < 2; ++upper) {
    face_row(p, row, k, axis, upper, g);
    activity_row(p, u, ghost, next_row(&p->mesh, row, axis, upper), k, other);
    if (upper)
      for (int i = 0; i < n; ++i) through[i] += elute_diffusion_flux(g[i], a[i], other[i]);
    else
      for (int i = 0; i < n; ++i) through[i] = elute_diffusion_flux(g[i], other[i], a[i]);
  }
}

static void shift_row(const EluteProblemView *p, int32_t row, int k, double *const through[3], double *restrict turn,
                      double *const shift[3]) {
  const EluteMeshView *m = &p->mesh;
  const int64_t at = elute_state_offset(p, row, k, 0);
  for (int a = 0; a < 3; ++a)
    for (int i = 0; i < m->pitch && shift[a]; ++i) shift[a][at + i] = 0;
  for (int a = 0; a < 3; ++a)
    for (int b = a; b < 3; ++b) {
      const double *restrict fa = through[a], *restrict fb = through[b];
      double *restrict sa, *restrict sb;
      const void *turns = p->cross.turn[elute_entry(a, b)];
      if (!turns) continue;
      sa = shift[a] + at, sb = shift[b] + at;
      widen(&p->transport, turns, ((int64_t)row * p->transport.n_mobile + k) * m->pitch, m->n_cells, turn);
      for (int i = 0; i < m->n_cells; ++i) sa[i] += turn[i] * fb[i];
      if (a == b) continue;
      for (int i = 0; i < m->n_cells; ++i) sb[i] += turn[i] * fa[i];
    }
}

/* What the values at the domain's edge add to the fluxes along their axis. */
static void shift_edges(const EluteProblemView *p, const double *boundary, double *const shift[3]) {
  for (int32_t j = 0; j < p->n_open_faces; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    if (f->ledger_only || f->species >= p->transport.n_mobile) continue;
    const int64_t at = ((int64_t)f->row * p->transport.n_mobile + f->species) * p->mesh.pitch + f->cell;
    const double inflow =
        elute_open_supply(elute_conductance(&p->transport, f->axis, f->face), f->scale, f->weight, boundary[f->value]);
    const double flux = f->upper ? -inflow : inflow;
    for (int a = 0; a < 3; ++a) {
      const void *turn = p->cross.turn[elute_entry(a, f->axis)];
      double t;
      if (!turn) continue;
      widen(&p->transport, turn, at, 1, &t);
      shift[a][elute_state_offset(p, f->row, f->species, f->cell)] += t * flux;
    }
  }
}

int elute_cpu_shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                     double *const shift[3]) {
  const size_t length = (size_t)p->mesh.pitch + 2 * ELUTE_LANES;
  double *memory, *through[3], *a, *g, *other;
  if (elute_cpu_check(p)) return 1;
  memory = elute_cpu_scratch(6 * length);
  if (!memory) return 1;
  for (int axis = 0; axis < 3; ++axis) through[axis] = memory + (size_t)axis * length;
  a = memory + 3 * length + ELUTE_LANES;
  g = memory + 4 * length;
  other = memory + 5 * length;
  for (int32_t row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->transport.n_mobile; ++k) {
      activity_row(p, u, ghost, row, k, a);
      if (shift[0]) through_x(p, row, k, a, g, through[0]);
      for (int axis = 1; axis < 3; ++axis)
        if (shift[axis]) through_across(p, u, ghost, row, k, axis, a, g, other, through[axis]);
      shift_row(p, row, k, through, g, shift);
    }
  if (boundary) shift_edges(p, boundary, shift);
  return 0;
}

void elute_cross_row(const EluteProblemView *p, int32_t row, int k, const double *restrict inverse, double *work,
                     double *restrict f) {
  const EluteCrossView *c = &p->cross;
  const EluteMeshView *m = &p->mesh;
  const int n = m->n_cells;
  double *restrict g = work, *restrict flux = work + m->pitch + ELUTE_LANES;
  if (c->shift[0]) {
    const double *restrict s = c->shift[0] + elute_state_offset(p, row, k, 0);
    face_row(p, row, k, 0, 0, g);
    for (int i = 1; i < n; ++i) flux[i] = elute_cross_flux(g[i], s[i - 1], s[i]);
    flux[0] = flux[n] = m->periodic_x ? elute_cross_flux(g[0], s[n - 1], s[0]) : 0;
    for (int i = 0; i < n; ++i) f[i] += (flux[i] - flux[i + 1]) * inverse[i];
  }
  for (int axis = 1; axis < 3; ++axis)
    for (int upper = 0; upper < 2 && c->shift[axis]; ++upper) {
      const double *restrict s = c->shift[axis] + elute_state_offset(p, row, k, 0), *restrict other;
      const int32_t to = next_row(m, row, axis, upper);
      if (to == ELUTE_NO_ROW) continue;
      other = elute_at_row(p, c->shift[axis], c->ghost[axis], to, k, 0);
      face_row(p, row, k, axis, upper, g);
      if (upper)
        for (int i = 0; i < n; ++i) f[i] -= elute_cross_flux(g[i], s[i], other[i]) * inverse[i];
      else
        for (int i = 0; i < n; ++i) f[i] += elute_cross_flux(g[i], other[i], s[i]) * inverse[i];
    }
}
