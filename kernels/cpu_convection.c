#include "cpu_convection.h"

enum { ROWS = 5 }; /* around a row along one axis: two on each side */

/* Fluxes between rows that are kept: along axis 1 one row of every species, along axis 2 those of a whole plane. A slot
   is a row of fluxes and, in its last place, the face it belongs to. */
static int64_t slots(const EluteProblemView *p, int axis) {
  return !p->flow.flux[axis] ? 0 : (int64_t)p->transport.n_mobile * (axis == 1 ? 1 : p->mesh.ny);
}

static size_t slot_size(const EluteProblemView *p) {
  return (size_t)p->mesh.pitch + ELUTE_LANES;
}

static size_t rows_work(const EluteProblemView *p) {
  return 2 * (ROWS * (size_t)p->mesh.pitch + 2 * ELUTE_LANES) + (size_t)p->mesh.pitch;
}

static double *slot_of(const EluteProblemView *p, int32_t row, int k, int axis, double *work) {
  const int64_t at = axis == 1 ? k : slots(p, 1) + (int64_t)(row % p->mesh.ny) * p->transport.n_mobile + k;
  return work + rows_work(p) + (size_t)at * slot_size(p);
}

size_t elute_convection_work(const EluteProblemView *p) {
  return elute_flows(p) ? rows_work(p) + (size_t)(slots(p, 1) + slots(p, 2)) * slot_size(p) : 0;
}

void elute_convect_begin(const EluteProblemView *p, double *work) {
  for (int64_t s = 0; elute_flows(p) && s < slots(p, 1) + slots(p, 2); ++s)
    work[rows_work(p) + (size_t)(s + 1) * slot_size(p) - 1] = -1;
}

/* w = carry C of a row as `neighbour` names it; returns w. */
static const double *carried_row(const EluteConvection *c, const double *state, const double *ghost, int32_t row, int k,
                                 double *restrict w) {
  const EluteProblemView *p = c->p;
  const int64_t pitch = p->mesh.pitch, nm = p->transport.n_mobile;
  const int64_t place = row >= 0 ? row : (int64_t)p->mesh.n_rows + ELUTE_GHOST_ROW(row);
  const double *restrict from =
      row >= 0 ? state + elute_state_offset(p, row, k, 0) : ghost + (ELUTE_GHOST_ROW(row) * nm + k) * pitch;
  const int64_t at = (place * nm + k) * pitch;
  const int n = p->mesh.n_cells;
  if (p->transport.single) {
    const float *restrict carry = (const float *)p->flow.carry + at;
    for (int i = 0; i < n; ++i) w[i] = carry[i] * from[i];
  } else {
    const double *restrict carry = (const double *)p->flow.carry + at;
    for (int i = 0; i < n; ++i) w[i] = carry[i] * from[i];
  }
  return w;
}

/* flux[i] of n faces between rows of cells; changes dw NULL: the flux itself. weight[4], one for each face or for all.
 */
ELUTE_INLINE void face_loop(bool limited, bool change, bool each, int n, const double *restrict q,
                            const double *const w[4], const double *const dw[4], const double *const weight[4],
                            double *restrict flux) {
  const double *restrict w0 = w[0], *restrict w1 = w[1], *restrict w2 = w[2], *restrict w3 = w[3];
  const double *restrict d0 = dw[0], *restrict d1 = dw[1], *restrict d2 = dw[2], *restrict d3 = dw[3];
  const double *restrict a = weight[0], *restrict b = weight[1], *restrict c = weight[2], *restrict d = weight[3];
  ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) {
    const int j = each ? i : 0;
    if (!limited) {
      flux[i] = change ? elute_upwind_flux(q[i], d1[i], d2[i]) : elute_upwind_flux(q[i], w1[i], w2[i]);
    } else {
      const EluteFaceWeights here = {a[j], b[j], c[j], d[j]};
      const EluteFaceCells cells = {w0[i], w1[i], w2[i], w3[i]};
      if (change) {
        const EluteFaceCells changes = {d0[i], d1[i], d2[i], d3[i]};
        flux[i] = elute_limited_flux_change(q[i], cells, changes, here);
      } else {
        flux[i] = elute_limited_flux(q[i], cells, here);
      }
    }
  }
}

static void faces(const EluteConvection *c, bool each, int n, const double *q, const double *const w[4],
                  const double *const dw[4], const double *const weight[4], double *flux) {
  if (!c->p->flow.limited && !c->u)
    face_loop(false, false, false, n, q, w, w, weight, flux);
  else if (!c->p->flow.limited)
    face_loop(false, true, false, n, q, dw, dw, weight, flux);
  else if (!c->u && each)
    face_loop(true, false, true, n, q, w, w, weight, flux);
  else if (!c->u)
    face_loop(true, false, false, n, q, w, w, weight, flux);
  else if (each)
    face_loop(true, true, true, n, q, w, dw, weight, flux);
  else
    face_loop(true, true, false, n, q, w, dw, weight, flux);
}

/* Where the four weights of the faces begin; face: the first of them along the axis. */
static void weights_at(const EluteProblemView *p, int axis, int face, const double *weight[4]) {
  const int n = axis == 0 ? p->mesh.n_cells : axis == 1 ? p->mesh.ny : p->mesh.nz;
  for (int w = 0; w < 4; ++w) weight[w] = p->flow.limited ? p->flow.weight[axis] + w * (n + 1) + face : NULL;
}

/* The row's w with two cells more at each end. */
static double *padded_row(const EluteConvection *c, const double *state, const double *ghost, int32_t row, int k,
                          double *w) {
  const int n = c->p->mesh.n_cells;
  const bool ring = c->p->mesh.periodic_x;
  carried_row(c, state, ghost, row, k, w);
  w[-1] = ring ? w[n - 1] : w[0];
  w[-2] = ring ? w[n > 1 ? n - 2 : 0] : w[0];
  w[n] = ring ? w[0] : w[n - 1];
  w[n + 1] = ring ? w[n > 1 ? 1 : 0] : w[n - 1];
  return w;
}

static void convect_x(const EluteConvection *c, int32_t row, int k, const double *restrict inverse, double *work,
                      double *restrict f) {
  const EluteProblemView *p = c->p;
  const int n = p->mesh.n_cells, first = p->mesh.periodic_x ? 0 : 1, last = p->mesh.periodic_x ? n : n - 1;
  const size_t pitch = (size_t)p->mesh.pitch;
  double *restrict flux = work, *own = flux + pitch + ELUTE_LANES, *changes = own + ROWS * pitch + 2 * ELUTE_LANES;
  const double *q = p->flow.flux[0] + (int64_t)row * p->mesh.pitch, *weight[4], *w[4], *dw[4];

  if (c->u) {
    padded_row(c, c->u, c->ghost_u, row, k, own);
    padded_row(c, c->state, c->ghost, row, k, changes);
  } else {
    padded_row(c, c->state, c->ghost, row, k, own);
  }
  for (int j = 0; j < 4; ++j) w[j] = own + first - 2 + j, dw[j] = (c->u ? changes : own) + first - 2 + j;
  weights_at(p, 0, first, weight);
  flux[0] = flux[n] = 0; /* at the domain's edge */
  if (last >= first) faces(c, true, last - first + 1, q + first, w, dw, weight, flux + first);
  for (int i = 0; i < n; ++i) f[i] += (flux[i] - flux[i + 1]) * inverse[i];
}

/* The rows -2..2 of w around a row along axis 1 or 2, where not `lower` -1..2; where there is no second row the first
   stands for it. */
static void rows_around(const EluteConvection *c, const double *state, const double *ghost, int32_t row, int k,
                        int axis, bool lower, double *memory, const double *w[ROWS]) {
  const EluteMeshView *m = &c->p->mesh;
  const int64_t pitch = m->pitch;
  w[2] = carried_row(c, state, ghost, row, k, memory + 2 * pitch);
  for (int upper = 0; upper < 2; ++upper) {
    const int64_t side = (int64_t)row * 4 + 2 * (axis - 1) + upper;
    const int32_t next = m->neighbour[side], after = c->p->flow.limited ? m->beyond[side] : ELUTE_NO_ROW;
    const int one = upper ? 3 : 1, two = upper ? 4 : 0;
    w[one] = next == ELUTE_NO_ROW ? w[2] : carried_row(c, state, ghost, next, k, memory + one * pitch);
    w[two] = after == ELUTE_NO_ROW || (!upper && !lower)
                 ? w[one]
                 : carried_row(c, state, ghost, after, k, memory + two * pitch);
  }
}

static void add_flux(int upper, int n, const double *restrict flux, const double *restrict inverse,
                     double *restrict f) {
  const double sign = upper ? -1.0 : 1.0;
  for (int i = 0; i < n; ++i) f[i] += sign * flux[i] * inverse[i];
}

static void convect_across(const EluteConvection *c, int32_t row, int k, int axis, const double *restrict inverse,
                           double *work, double *restrict f) {
  const EluteProblemView *p = c->p;
  const EluteMeshView *m = &p->mesh;
  const int n = m->n_cells, y = row % m->ny, z = row / m->ny;
  const size_t pitch = (size_t)m->pitch;
  double *memory = work + pitch, *flux = slot_of(p, row, k, axis, work), *of = &flux[slot_size(p) - 1];
  const double *w[ROWS], *dw[ROWS], *weight[4];
  const int64_t lowest = axis == 1 ? (int64_t)z * (m->ny + 1) + y : (int64_t)z * m->ny + y;
  const bool kept = *of == (double)lowest;

  rows_around(c, c->u ? c->u : c->state, c->u ? c->ghost_u : c->ghost, row, k, axis, !kept, memory, w);
  for (int j = 0; j < ROWS; ++j) dw[j] = w[j];
  if (c->u) rows_around(c, c->state, c->ghost, row, k, axis, !kept, memory + ROWS * pitch, dw);
  for (int upper = 0; upper < 2; ++upper) {
    const int64_t face = lowest + (!upper ? 0 : axis == 1 ? 1 : m->ny);
    if (m->neighbour[(int64_t)row * 4 + 2 * (axis - 1) + upper] == ELUTE_NO_ROW) continue;
    weights_at(p, axis, (axis == 1 ? y : z) + upper, weight);
    if (upper || !kept)
      faces(c, false, n, p->flow.flux[axis] + face * m->pitch, w + upper, dw + upper, weight, flux);
    add_flux(upper, n, flux, inverse, f);
    *of = (double)face;
  }
}

void elute_convect_row(const EluteConvection *c, int32_t row, int k, const double *inverse_volume, double *work,
                       double *f) {
  if (c->p->flow.flux[0]) convect_x(c, row, k, inverse_volume, work, f);
  for (int axis = 1; axis < 3; ++axis)
    if (c->p->flow.flux[axis]) convect_across(c, row, k, axis, inverse_volume, work, f);
}

void elute_convect_inlets(const EluteConvection *c, const double *boundary, double scale, double *out) {
  const EluteProblemView *p = c->p;
  for (int32_t j = 0; j < p->flow.n_inlets; ++j) {
    const EluteInlet *e = &p->flow.inlets[j];
    const double flux = elute_inlet_flow(c, e, boundary);
    for (int s = 0; s < 2; ++s)
      if (e->row[s] >= 0)
        out[elute_state_offset(p, e->row[s], e->species, e->cell[s])] +=
            (s ? scale : -scale) * flux / elute_cell_volume(&p->mesh, e->row[s], e->cell[s]);
  }
}
