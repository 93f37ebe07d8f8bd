#include "cpu_convection.h"

/* Fluxes between rows that are kept: along axis 1 one row of every species, along axis 2 those of a whole plane. A slot
   is a row of fluxes and, in its last place, the face it belongs to. */
static int64_t slots(const EluteProblemView *p, int axis) {
  return !p->flow.flux[axis] ? 0 : (int64_t)p->transport.n_mobile * (axis == 1 ? 1 : p->mesh.ny);
}

static size_t slot_size(const EluteProblemView *p) {
  return (size_t)p->mesh.pitch + ELUTE_LANES;
}

/* Of the first species; those of the others follow. */
static double *slot_of(const EluteProblemView *p, int32_t row, int axis, double *work) {
  const int64_t at = axis == 1 ? 0 : slots(p, 1) + (int64_t)(row % p->mesh.ny) * p->transport.n_mobile;
  return work + slot_size(p) + (size_t)at * slot_size(p);
}

size_t elute_convection_work(const EluteProblemView *p) {
  return elute_flows(p) ? slot_size(p) + (size_t)(slots(p, 1) + slots(p, 2)) * slot_size(p) : 0;
}

void elute_convect_begin(const EluteProblemView *p, double *work) {
  for (int64_t s = 0; elute_flows(p) && s < slots(p, 1) + slots(p, 2); ++s)
    work[slot_size(p) + (size_t)(s + 1) * slot_size(p) - 1] = -1;
}

/* A run of faces: the four cells around each, and their changes; weights one for each face or for all. Of the first
   species. one_way: the fluid goes through all of them towards one side, and of the cells and weights the first three
   and two are those of a stream (cell/advection.h). */
typedef struct Faces {
  const double *q, *w[4], *dw[4], *weight[4];
  bool one_way;
} Faces;

/* What is the same for all species of a run of n faces. The next row's flow lies a pitch further. */
static void look_at_flow(int n, int pitch, Faces *faces) {
  const double *q = faces->q;
  EluteQuadBits upwards = {0}, downwards = {0};
  EluteQuad x;
  bool up = false, down = false;
  const int whole = n / 4 * 4;
  elute_prefetch(q + pitch, (size_t)n * sizeof *q);
  for (int i = 0; i < whole; i += 4) {
    ELUTE_QUAD_LOAD(x, q + i);
    upwards |= x > 0;
    downwards |= x < 0;
  }
  for (int i = 0; i < 4; ++i) up |= upwards[i] != 0, down |= downwards[i] != 0;
  for (int i = whole; i < n; ++i) up |= q[i] > 0, down |= q[i] < 0;
  faces->one_way = !(up && down);
  if (!down || up) return;
  for (int j = 0; j < 2; ++j) {
    const double *w = faces->w[j], *dw = faces->dw[j];
    faces->w[j] = faces->w[3 - j], faces->w[3 - j] = w;
    faces->dw[j] = faces->dw[3 - j], faces->dw[3 - j] = dw;
    faces->weight[j] = faces->weight[2 + j];
  }
}

static Faces of_species(const Faces *faces, const EluteProducts *const carried[2], int k) {
  Faces of = *faces;
  for (int j = 0; j < 4; ++j) {
    of.w[j] += k * carried[0]->stride;
    if (carried[1]) of.dw[j] += k * carried[1]->stride;
  }
  return of;
}

/* flux[i] of n faces. add: flux[i] is that of the face below, and what the cell between gains is added to f. */
ELUTE_INLINE void face_loop(bool limited, bool change, bool one_way, bool each, bool add, int n, const Faces *faces,
                            double *restrict f, double *restrict flux) {
  const double *restrict q = faces->q;
  const double *restrict w0 = faces->w[0], *restrict w1 = faces->w[1];
  const double *restrict w2 = faces->w[2], *restrict w3 = faces->w[3];
  const double *restrict d0 = faces->dw[0], *restrict d1 = faces->dw[1];
  const double *restrict d2 = faces->dw[2], *restrict d3 = faces->dw[3];
  const double *restrict a = faces->weight[0], *restrict b = faces->weight[1];
  const double *restrict c = faces->weight[2], *restrict d = faces->weight[3];
  ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) {
    const int j = each ? i : 0;
    double passes;
    if (!limited) {
      passes = elute_upwind_flux(q[i], w1[i], w2[i]);
    } else if (one_way) {
      const EluteStream cells = {w0[i], w1[i], w2[i]};
      if (change) {
        const EluteStream changes = {d0[i], d1[i], d2[i]};
        passes = elute_stream_flux_change(q[i], cells, changes, a[j], b[j]);
      } else {
        passes = elute_stream_flux(q[i], cells, a[j], b[j]);
      }
    } else {
      const EluteFaceWeights here = {a[j], b[j], c[j], d[j]};
      const EluteFaceCells cells = {w0[i], w1[i], w2[i], w3[i]};
      if (change) {
        const EluteFaceCells changes = {d0[i], d1[i], d2[i], d3[i]};
        passes = elute_limited_flux_change(q[i], cells, changes, here);
      } else {
        passes = elute_limited_flux(q[i], cells, here);
      }
    }
    if (add) f[i] += flux[i] - passes;
    flux[i] = passes;
  }
}

ELUTE_INLINE void face_kinds(bool each, bool add, const EluteProducts *const carried[2], int n, const Faces *faces,
                             double *f, double *flux) {
  if (!carried[0]->p->flow.limited)
    face_loop(false, false, false, each, add, n, faces, f, flux);
  else if (carried[1] && faces->one_way)
    face_loop(true, true, true, each, add, n, faces, f, flux);
  else if (carried[1])
    face_loop(true, true, false, each, add, n, faces, f, flux);
  else if (faces->one_way)
    face_loop(true, false, true, each, add, n, faces, f, flux);
  else
    face_loop(true, false, false, each, add, n, faces, f, flux);
}

/* Where the four weights of the faces begin; face: the first of them along the axis. */
static void weights_at(const EluteProblemView *p, int axis, int face, const double *weight[4]) {
  const int n = axis == 0 ? p->mesh.n_cells : axis == 1 ? p->mesh.ny : p->mesh.nz;
  for (int w = 0; w < 4; ++w) weight[w] = p->flow.limited ? p->flow.weight[axis] + w * (n + 1) + face : NULL;
}

static void convect_x(const EluteProducts *const carried[2], int32_t row, double *restrict flux,
                      double *restrict f) {
  const EluteProblemView *p = carried[0]->p;
  const int n = p->mesh.n_cells, first = p->mesh.periodic_x ? 0 : 1, last = p->mesh.periodic_x ? n : n - 1;
  const int y = row % p->mesh.ny, z = row / p->mesh.ny;
  Faces faces = {.q = p->flow.flux[0] + (int64_t)row * p->mesh.pitch + first};
  for (int j = 0; j < 4; ++j) {
    faces.w[j] = elute_products(carried[0], row, y, z) + first - 2 + j;
    if (carried[1]) faces.dw[j] = elute_products(carried[1], row, y, z) + first - 2 + j;
  }
  weights_at(p, 0, first, faces.weight);
  if (p->flow.limited) look_at_flow(last - first + 1, p->mesh.pitch, &faces);
  flux[0] = flux[n] = 0; /* at the domain's edge */
  for (int k = 0; k < p->transport.n_mobile; ++k, f += p->mesh.pitch) {
    const Faces here = of_species(&faces, carried, k);
    if (last >= first) face_kinds(true, false, carried, last - first + 1, &here, NULL, flux + first);
    for (int i = 0; i < n; ++i) f[i] = flux[i] - flux[i + 1];
  }
}

/* The rows of products around the face on one side of a row; where there is no second row the first stands for it. */
static void rows_around(const EluteProducts *products, int32_t row, int axis, int upper, const double *w[4]) {
  const EluteProblemView *p = products->p;
  const EluteMeshView *m = &p->mesh;
  const int y = row % m->ny, z = row / m->ny;
  for (int j = 0; j < 4; ++j) {
    const int step = upper - 2 + j, size = step < 0 ? -step : step;
    const int64_t side = (int64_t)row * 4 + 2 * (axis - 1) + (step > 0);
    const int32_t to = size == 0         ? row
                       : size == 1       ? m->neighbour[side]
                       : p->flow.limited ? m->beyond[side]
                                         : ELUTE_NO_ROW;
    w[j] = to == ELUTE_NO_ROW ? NULL : elute_products(products, to, axis == 1 ? y + step : y, axis == 2 ? z + step : z);
  }
  if (!w[0]) w[0] = w[1];
  if (!w[3]) w[3] = w[2];
}

/* The fluxes of all species through the faces on one side of a row: the lower ones into the slots, the upper ones in
   their place, with what the row gains by both. */
static void pass(const EluteProducts *const carried[2], int32_t row, int axis, int upper, int64_t face,
                 double *restrict slot, double *restrict f) {
  const EluteProblemView *p = carried[0]->p;
  const EluteMeshView *m = &p->mesh;
  const int n = m->n_cells;
  const bool open = m->neighbour[(int64_t)row * 4 + 2 * (axis - 1) + upper] != ELUTE_NO_ROW;
  Faces faces = {.q = p->flow.flux[axis] + face * m->pitch};
  if (open) {
    rows_around(carried[0], row, axis, upper, faces.w);
    if (carried[1]) rows_around(carried[1], row, axis, upper, faces.dw);
    weights_at(p, axis, (axis == 1 ? row % m->ny : row / m->ny) + upper, faces.weight);
    if (p->flow.limited) look_at_flow(n, m->pitch, &faces);
  }
  for (int k = 0; k < p->transport.n_mobile; ++k, f += m->pitch, slot += slot_size(p)) {
    const Faces here = of_species(&faces, carried, open ? k : 0);
    if (open && upper)
      face_kinds(false, true, carried, n, &here, f, slot);
    else if (open)
      face_kinds(false, false, carried, n, &here, NULL, slot);
    else if (upper)
      for (int i = 0; i < n; ++i) f[i] += slot[i];
    else
      for (int i = 0; i < n; ++i) slot[i] = 0;
  }
}

void elute_convect_row(const EluteProducts *const carried[2], int32_t row, double *work, double *f) {
  const EluteProblemView *p = carried[0]->p;
  const int64_t ny = p->mesh.ny, y = row % ny, z = row / ny;
  if (p->flow.flux[0])
    convect_x(carried, row, work, f);
  else
    memset(f, 0, (size_t)p->transport.n_mobile * (size_t)p->mesh.pitch * sizeof *f);
  for (int axis = 1; axis < 3; ++axis) {
    const int64_t lower = axis == 1 ? z * (ny + 1) + y : z * ny + y, upper = lower + (axis == 1 ? 1 : ny);
    double *slot, *of;
    if (!p->flow.flux[axis]) continue;
    slot = slot_of(p, row, axis, work), of = &slot[slot_size(p) - 1];
    if (*of != (double)lower) pass(carried, row, axis, 0, lower, slot, f);
    pass(carried, row, axis, 1, upper, slot, f);
    *of = (double)upper;
  }
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
