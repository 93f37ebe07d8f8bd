#include "reference.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef long double wide;

static size_t state_size(const EluteProblemView *p) {
  return (size_t)p->mesh.n_rows * (size_t)p->n_species * (size_t)p->mesh.pitch;
}

Reference reference_create(const EluteProblemView *p) {
  Reference r;
  r.value = calloc(state_size(p) + 1, sizeof(double));
  r.size = calloc(state_size(p) + 1, sizeof(double));
  r.ledger = calloc((size_t)p->n_ledger + 1, sizeof(double));
  r.ledger_size = calloc((size_t)p->n_ledger + 1, sizeof(double));
  return r;
}

void reference_destroy(Reference *r) {
  free(r->value);
  free(r->size);
  free(r->ledger);
  free(r->ledger_size);
}

static size_t at(const EluteProblemView *p, int row, int k, int i) {
  return ((size_t)row * (size_t)p->n_species + (size_t)k) * (size_t)p->mesh.pitch + (size_t)i;
}

static wide real_of(const EluteProblemView *p, const void *array, int64_t i) {
  return p->transport.single ? (wide)((const float *)array)[i] : (wide)((const double *)array)[i];
}

static wide volume(const EluteProblemView *p, int row, int i) {
  return (wide)p->mesh.volume_x[i] * p->mesh.volume_row[row];
}

static bool held(const EluteProblemView *p, int row, int k, int i) {
  return p->is_held && p->is_held[k * ELUTE_MAX_TISSUES + p->mesh.tissue[row * p->mesh.pitch + i]];
}

/* s of a cell; place: owned row, or n_rows + ghost row. */
static wide inverse_capacity(const EluteProblemView *p, int place, int k, int i) {
  return real_of(p, p->transport.inverse_capacity, ((int64_t)place * p->transport.n_mobile + k) * p->mesh.pitch + i);
}

static int place_of(const EluteProblemView *p, int32_t row) {
  return row >= 0 ? row : p->mesh.n_rows + (-2 - row);
}

/* One face of the mesh: what lies on either side. row: owned, n_rows + ghost, or -1 beyond the domain. mine: the cell
   belongs to this face's place in the block (a block that is its own neighbour has two places for the face where it
   closes). */
typedef struct Face {
  int row[2], cell[2];
  bool mine[2];
  wide g, q;       /* q: fluid from the first to the second */
  int axis, along; /* along: number of the face in its line */
} Face;

typedef void FaceFn(const EluteProblemView *p, int k, const Face *face, void *context);

static void x_faces(const EluteProblemView *p, FaceFn *f, void *context) {
  const EluteMeshView *m = &p->mesh;
  for (int row = 0; row < m->n_rows; ++row)
    for (int k = 0; k < p->transport.n_mobile; ++k)
      for (int i = 0; i <= m->n_cells - (m->periodic_x ? 1 : 0); ++i) {
        Face face = {{row, row}, {i - 1, i}, {true, true}, 0, 0, 0, i};
        if (p->flow.flux[0]) face.q = p->flow.flux[0][row * m->pitch + i];
        face.g = real_of(p, p->transport.conductance[0], ((int64_t)row * p->transport.n_mobile + k) * m->pitch + i);
        if (i == 0 && m->periodic_x) face.cell[0] = m->n_cells - 1;
        if (i == 0 && !m->periodic_x) face.row[0] = -1, face.mine[0] = false;
        if (i == m->n_cells) face.row[1] = -1, face.mine[1] = false;
        f(p, k, &face, context);
      }
}

static void row_faces(const EluteProblemView *p, int axis, FaceFn *f, void *context) {
  const EluteMeshView *m = &p->mesh;
  const int planes = axis == 1 ? m->nz : m->ny, length = axis == 1 ? m->ny : m->nz;
  for (int plane = 0; plane < planes && m->n_rows; ++plane)
    for (int j = 0; j <= length; ++j)
      for (int k = 0; k < p->transport.n_mobile; ++k)
        for (int i = 0; i < m->n_cells; ++i) {
          const int below = axis == 1 ? plane * m->ny + j - 1 : (j - 1) * m->ny + plane;
          const int above = axis == 1 ? plane * m->ny + j : j * m->ny + plane;
          const int index = axis == 1 ? plane * (m->ny + 1) + j : j * m->ny + plane;
          Face face = {{below, above}, {i, i}, {j > 0, j < length}, 0, 0, axis, j};
          if (p->flow.flux[axis]) face.q = p->flow.flux[axis][index * m->pitch + i];
          face.g =
              real_of(p, p->transport.conductance[axis], ((int64_t)index * p->transport.n_mobile + k) * m->pitch + i);
          if (j == 0) face.row[0] = m->neighbour[above * 4 + 2 * (axis - 1)];
          if (j == length) face.row[1] = m->neighbour[below * 4 + 2 * (axis - 1) + 1];
          for (int e = 0; e < 2; ++e) face.row[e] = face.row[e] == ELUTE_NO_ROW ? -1 : place_of(p, face.row[e]);
          f(p, k, &face, context);
        }
}

static void all_faces(const EluteProblemView *p, int axis, FaceFn *f, void *context) {
  if (!p->transport.conductance[axis]) return;
  if (axis == 0)
    x_faces(p, f, context);
  else
    row_faces(p, axis, f, context);
}

/* ---- transport ---- */

typedef struct Scatter {
  const double *state, *ghost;
  wide *sum, *size;          /* [state] mol/s */
  const double *u, *ghost_u; /* where the flow's limiter stands; NULL: at the state itself */
} Scatter;

static wide state_at(const EluteProblemView *p, const double *state, const double *ghost, int place, int k, int i) {
  if (place < p->mesh.n_rows) return state[at(p, place, k, i)];
  return ghost[((place - p->mesh.n_rows) * p->transport.n_mobile + k) * p->mesh.pitch + i];
}

/* ---- flow ---- */

static wide carry(const EluteProblemView *p, int place, int k, int i) {
  return real_of(p, p->flow.carry, ((int64_t)place * p->transport.n_mobile + k) * p->mesh.pitch + i);
}

/* The cell behind the one at end e of a face; false: there is none, or nobody looks at it. */
static bool cell_behind(const EluteProblemView *p, const Face *face, int e, int *row, int *cell) {
  const int own = face->mine[e] ? e : 1 - e, n = p->mesh.n_cells;
  const int32_t *table = face->mine[e] ? p->mesh.neighbour : p->mesh.beyond;
  int32_t to;
  *row = face->row[e], *cell = face->cell[e];
  if (!p->flow.limited) return false;
  if (face->axis == 0) {
    *cell += e ? 1 : -1;
    if (p->mesh.periodic_x) *cell = (*cell + n) % n;
    return *cell >= 0 && *cell < n;
  }
  to = table[face->row[own] * 4 + 2 * (face->axis - 1) + e];
  if (to == ELUTE_NO_ROW) return false;
  *row = place_of(p, to);
  return true;
}

/* Upwind value and the limiter as a function of the ratio of slopes, phi(r) = (r^2 + r)/(r^2 + 1); moved along `state`
   by a complex step where u is given. */
static wide flow_flux(const EluteProblemView *p, const Scatter *s, int k, const Face *face) {
  const int n = face->axis == 0 ? p->mesh.n_cells : face->axis == 1 ? p->mesh.ny : p->mesh.nz;
  const int up = face->q > 0 ? 0 : 1, down = 1 - up;
  const wide step = 1e-300L;
  complex long double w[3] = {0, 0, 0}, back, ahead, r;
  int row[3] = {face->row[up], face->row[down], 0}, cell[3] = {face->cell[up], face->cell[down], 0};
  const bool second = cell_behind(p, face, up, &row[2], &cell[2]);
  for (int j = 0; j < (second ? 3 : 2); ++j) {
    const wide moved = state_at(p, s->state, s->ghost, row[j], k, cell[j]);
    w[j] = s->u ? state_at(p, s->u, s->ghost_u, row[j], k, cell[j]) + I * (step * moved) : moved;
    w[j] *= carry(p, row[j], k, cell[j]);
  }
  if (second) {
    back = (wide)p->flow.weight[face->axis][2 * up * (n + 1) + face->along] * (w[0] - w[2]);
    ahead = (wide)p->flow.weight[face->axis][(2 * up + 1) * (n + 1) + face->along] * (w[1] - w[0]);
    r = back / ahead;
    if (creall(r) > 0) w[0] += ahead * (r * r + r) / (r * r + 1);
  }
  return face->q * (s->u ? cimagl(w[0]) / step : creall(w[0]));
}

/* The face through which an open face beside a held cell looks. */
static Face face_of(const EluteProblemView *p, const EluteOpenFace *f) {
  const EluteMeshView *m = &p->mesh;
  const int upper = f->through > 0, y = f->row % m->ny, z = f->row / m->ny, held = place_of(p, f->held_row);
  Face face = {.axis = f->axis};
  face.row[1 - upper] = f->row, face.cell[1 - upper] = f->cell, face.mine[1 - upper] = true;
  face.row[upper] = held, face.cell[upper] = f->held_cell, face.mine[upper] = f->axis == 0;
  face.along = (f->axis == 0 ? f->cell : f->axis == 1 ? y : z) + upper;
  face.q = p->flow.flux[f->axis][f->axis == 0   ? f->row * m->pitch + f->cell + upper
                                 : f->axis == 1 ? (z * (m->ny + 1) + y + upper) * m->pitch + f->cell
                                                : ((z + upper) * m->ny + y) * m->pitch + f->cell];
  return face;
}

/* Fluid out of the cell through an open face. */
static wide outward(const EluteProblemView *p, const EluteOpenFace *f) {
  return f->through ? f->through * face_of(p, f).q : 0;
}

static void scatter_flow(const EluteProblemView *p, int k, const Face *face, Scatter *s) {
  wide flux, size;
  if (face->q == 0 || face->row[0] < 0 || face->row[1] < 0) return;
  flux = flow_flux(p, s, k, face);
  size = fabsl(flux);
  for (int e = 0; e < 2; ++e)
    size += 2 * fabsl(face->q) * carry(p, face->row[e], k, face->cell[e]) *
            fabsl(state_at(p, s->state, s->ghost, face->row[e], k, face->cell[e]));
  for (int e = 0; e < 2; ++e) {
    if (!face->mine[e]) continue;
    s->sum[at(p, face->row[e], k, face->cell[e])] += e ? flux : -flux;
    s->size[at(p, face->row[e], k, face->cell[e])] += size;
  }
}

static void scatter_face(const EluteProblemView *p, int k, const Face *face, void *context) {
  Scatter *s = context;
  wide a[2] = {0, 0};
  for (int e = 0; e < 2; ++e)
    if (face->row[e] >= 0)
      a[e] = inverse_capacity(p, face->row[e], k, face->cell[e]) *
             state_at(p, s->state, s->ghost, face->row[e], k, face->cell[e]);
  for (int e = 0; e < 2; ++e) { /* beyond the domain the activity counts as zero here; open faces add theirs */
    if (!face->mine[e]) continue;
    s->sum[at(p, face->row[e], k, face->cell[e])] += face->g * (a[1 - e] - a[e]);
    s->size[at(p, face->row[e], k, face->cell[e])] += face->g * (fabsl(a[0]) + fabsl(a[1]));
  }
  scatter_flow(p, k, face, s);
}

static wide face_conductance(const EluteProblemView *p, const EluteOpenFace *f) {
  return f->face < 0 ? 0 : real_of(p, p->transport.conductance[f->axis], f->face);
}

/* g a_outside + weight b, what the face brings without regard to its cell */
static wide supply(const EluteProblemView *p, const EluteOpenFace *f, wide b, wide *size) {
  const wide g = face_conductance(p, f);
  const wide in = fmaxl(-outward(p, f), 0);
  *size = fabsl((g + in) * f->scale * b) + fabsl(f->weight * b);
  return (g + in) * f->scale * b + f->weight * b;
}

/* Ledger and sums of the open faces; b: NULL is zero. held_activity: outside a held cell. */
static void scatter_open(const EluteProblemView *p, const Scatter *s, const double *b, double factor, bool all_axes,
                         int axis, wide (*held_activity)(const EluteProblemView *, const EluteOpenFace *, void *),
                         wide (*held_flow)(const EluteProblemView *, const EluteOpenFace *, void *), void *context,
                         Reference *r) {
  for (int j = 0; j < p->n_open_faces; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    const size_t here = at(p, f->row, f->species, f->cell);
    const wide g = face_conductance(p, f);
    wide size, brings = supply(p, f, b ? b[f->value] : 0, &size), own;
    if (!all_axes && f->axis != axis) continue;
    if (f->ledger_only && f->face >= 0) {
      const wide flow = f->through ? held_flow(p, f, context) : 0;
      brings = g * held_activity(p, f, context);
      size = fabsl(brings) + 4 * fabsl(flow);
      brings += flow;
    } else if (!f->ledger_only && s->sum) {
      s->sum[here] += brings;
      s->size[here] += size;
    }
    own = g == 0 ? 0 : g * inverse_capacity(p, f->row, f->species, f->cell) * s->state[here];
    if (!(f->ledger_only && f->face >= 0) && outward(p, f) > 0) {
      const wide leaves = outward(p, f) * carry(p, f->row, f->species, f->cell) * s->state[here];
      own += leaves;
      if (s->sum) s->sum[here] -= leaves, s->size[here] += fabsl(leaves);
    }
    r->ledger[f->channel] -= (double)(factor * (brings - own));
    r->ledger_size[f->channel] += (double)fabsl(factor * (size + fabsl(own)));
  }
}

static wide activity_in_state(const EluteProblemView *p, const EluteOpenFace *f, void *context) {
  const Scatter *s = context;
  const int place = place_of(p, f->held_row);
  return inverse_capacity(p, place, f->species, f->held_cell) *
         state_at(p, s->state, s->ghost, place, f->species, f->held_cell);
}

static wide flow_in_state(const EluteProblemView *p, const EluteOpenFace *f, void *context) {
  const Face face = face_of(p, f);
  return face.q == 0 ? 0 : -f->through * flow_flux(p, context, f->species, &face);
}

/* Inlets: the limiter's function of the ratio of slopes again, with the value at the edge behind the edge's cell. */
static void scatter_inlets(const EluteProblemView *p, const Scatter *s, const double *b) {
  for (int j = 0; j < p->flow.n_inlets; ++j) {
    const EluteInlet *e = &p->flow.inlets[j];
    const wide q = p->flow.flux[e->axis][e->flux] * (wide)(e->upper ? -1 : 1), step = 1e-300L;
    const wide known = e->scale * (wide)(s->u ? p->scalars[e->value] : b[e->value]),
               moved = s->u && b ? e->scale * b[e->value] : 0;
    complex long double w[3] = {known + I * (step * moved)}, ahead, r;
    wide flux = 0, size = fabsl(known) + fabsl(moved);
    for (int c = 0; c < 2; ++c) {
      const int place = place_of(p, e->row[c]);
      const wide x = state_at(p, s->state, s->ghost, place, e->species, e->cell[c]);
      w[c + 1] = carry(p, place, e->species, e->cell[c]) *
                 (s->u ? state_at(p, s->u, s->ghost_u, place, e->species, e->cell[c]) + I * (step * x) : x);
      size += carry(p, place, e->species, e->cell[c]) * fabsl(x);
    }
    ahead = e->ahead * (w[2] - w[1]);
    r = e->back * (w[1] - w[0]) / ahead;
    if (q > 0 && creall(r) > 0) w[0] = ahead * (r * r + r) / (r * r + 1);
    if (q > 0 && creall(r) > 0) flux = q * (s->u ? cimagl(w[0]) / step : creall(w[0]));
    for (int c = 0; c < 2; ++c) {
      if (e->row[c] < 0) continue;
      s->sum[at(p, e->row[c], e->species, e->cell[c])] += c ? flux : -flux;
      s->size[at(p, e->row[c], e->species, e->cell[c])] += 4 * fabsl(q) * size;
    }
  }
}

/* ---- reactions ---- */

static double coefficient(const EluteProblemView *p, EluteCoefficient c, int row, int i) {
  const int cell = row * p->mesh.pitch + i;
  const double value = p->tables[c.table * ELUTE_MAX_TISSUES + p->mesh.tissue[cell]];
  return c.field < 0 ? value : value * p->fields[c.field][cell];
}

/* The table's function in the interval that holds C/K, as its Bernstein polynomial; constant beyond. */
static double complex lookup_value(const EluteProblemView *p, const EluteLookup *t, double complex x) {
  const double last = t->from + t->n / t->inverse_width, where = (creal(x) - t->from) * t->inverse_width;
  const int interval = where <= 0 ? 0 : where >= t->n ? t->n - 1 : (int)floor(where);
  const double *a = p->lookup_values + 4 * (t->first + interval);
  const double b[4] = {a[0], a[0] + a[1] / 3, a[0] + 2 * a[1] / 3 + a[2] / 3, a[0] + a[1] + a[2] + a[3]};
  double complex s = (x - t->from) * t->inverse_width - interval;
  if (creal(x) <= t->from) return b[0];
  if (creal(x) >= last) return b[3];
  return b[0] * (1 - s) * (1 - s) * (1 - s) + 3 * b[1] * s * (1 - s) * (1 - s) + 3 * b[2] * s * s * (1 - s) +
         b[3] * s * s * s;
}

/* per: what K is to be multiplied by. */
static double complex factor_value(const EluteProblemView *p, const EluteFactor *f, int row, int i, double complex c,
                                   double complex per) {
  const double complex k =
      f->kind == ELUTE_LINEAR || f->kind >= ELUTE_PER ? 0 : per * coefficient(p, f->constant, row, i);
  const double complex positive = creal(c) > 0 ? c : 0;
  switch (f->kind) {
  case ELUTE_LINEAR:
    return c;
  case ELUTE_PER:
  case ELUTE_PER_LOOKUP:
    return 1;
  case ELUTE_LOGARITHM:
    if (creal(c / k) <= 1e-12 || creal(c / k) >= 1e12) return creal(c) > creal(k) ? -12 * log(10) : 12 * log(10);
    return clog(k / c);
  case ELUTE_SATURATION:
    if (creal(k) == 0) return (creal(c) > 0) - (creal(c) < 0);
    return c / (k + (creal(c) < 0 ? -c : c));
  case ELUTE_HILL:
    return positive == 0 ? 0 : 1 / (1 + cpow(k / positive, f->exponent));
  case ELUTE_INHIBITION:
    return 1 / (1 + positive / k);
  default:
    return lookup_value(p, p->lookups + f->lookup, c / k);
  }
}

/* The rate with the species of factors first..last moved by a complex step, where it is `along`. size: of what it is
   rounded from, for a logarithm is rounded as its argument is, also beside 0. */
static double complex rate_along(const EluteProblemView *p, int reaction, int row, int i, const double *u, int along,
                                 int first, int last, double step, bool size) {
  const EluteReaction *e = &p->reactions[reaction];
  double complex rate = coefficient(p, e->rate, row, i);
  for (int f = 0; f < e->n_factors; ++f) {
    const int k = e->factor[f].species;
    const bool moved = k == along && f >= first && f <= last;
    double complex per = 1, value;
    for (int g = f + 1; g < e->n_factors && e->factor[g].kind >= ELUTE_PER; ++g) {
      const int other = e->factor[g].species;
      double complex times = u[at(p, row, other, i)] + (other == along && g >= first && g <= last ? step * I : 0);
      if (e->factor[g].kind == ELUTE_PER_LOOKUP)
        times =
            lookup_value(p, p->lookups + e->factor[g].lookup, times / coefficient(p, e->factor[g].constant, row, i));
      per *= creal(times) > 0 ? times : 0;
    }
    value = factor_value(p, &e->factor[f], row, i, u[at(p, row, k, i)] + (moved ? step * I : 0), per);
    rate *= size && e->factor[f].kind == ELUTE_LOGARITHM ? value + (creal(value) < 0 ? -1 : 1) : value;
  }
  return rate;
}

double reference_gradient(const EluteProblemView *p, int reaction, int row, int i, const double *u, int species) {
  const double step = 1e-60;
  return cimag(rate_along(p, reaction, row, i, u, species, 0, ELUTE_MAX_FACTORS, step, false)) / step;
}

/* The sizes of what each factor contributes to it: they may cancel, as in C/(1 + C/K). */
static double gradient_size(const EluteProblemView *p, int reaction, int row, int i, const double *u, int species) {
  const double step = 1e-60;
  double size = 0;
  for (int f = 0; f < ELUTE_MAX_FACTORS; ++f)
    size += fabs(cimag(rate_along(p, reaction, row, i, u, species, f, f, step, true)) / step);
  return size;
}

/* sum and ledger of extents: rates, or gradient . x */
static void scatter_reactions(const EluteProblemView *p, const double *u, const double *x, double factor, wide *sum,
                              wide *size, Reference *r) {
  for (int row = 0; row < p->mesh.n_rows; ++row)
    for (int i = 0; i < p->mesh.n_cells; ++i)
      for (int e = 0; e < p->n_reactions; ++e) {
        const EluteReaction *reaction = &p->reactions[e];
        const wide v = volume(p, row, i);
        wide extent = 0, terms = 0;
        if (!x) extent = creal(rate_along(p, e, row, i, u, -1, 0, 0, 0, false));
        if (!x) terms = fabs(creal(rate_along(p, e, row, i, u, -1, 0, 0, 0, true)));
        for (int k = 0; k < p->n_species && x; ++k) {
          extent += (wide)reference_gradient(p, e, row, i, u, k) * x[at(p, row, k, i)];
          terms += (wide)gradient_size(p, e, row, i, u, k) * fabs(x[at(p, row, k, i)]);
        }
        for (int c = 0; c < reaction->n_changes && sum; ++c) {
          sum[at(p, row, reaction->changed[c], i)] += v * reaction->change[c] * extent;
          size[at(p, row, reaction->changed[c], i)] += v * fabs(reaction->change[c]) * terms;
        }
        r->ledger[reaction->channel] += (double)(factor * v * extent);
        r->ledger_size[reaction->channel] += (double)fabsl(factor * v * terms);
      }
}

/* ---- the operators ---- */

static void clear(const EluteProblemView *p, Reference *r) {
  memset(r->value, 0, state_size(p) * sizeof(double));
  memset(r->size, 0, state_size(p) * sizeof(double));
  memset(r->ledger, 0, (size_t)p->n_ledger * sizeof(double));
  memset(r->ledger_size, 0, (size_t)p->n_ledger * sizeof(double));
}

static void apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                  const double *ghost, const double *b, double scale, const EluteCombination *add, Reference *r) {
  const size_t n = state_size(p);
  Scatter s = {x ? x : u, ghost, calloc(n + 1, sizeof(wide)), calloc(n + 1, sizeof(wide)), x ? u : NULL, ghost_u};
  clear(p, r);
  for (int axis = 0; axis < 3; ++axis) all_faces(p, axis, scatter_face, &s);
  scatter_open(p, &s, b, scale, true, 0, activity_in_state, flow_in_state, &s, r);
  scatter_inlets(p, &s, b);
  scatter_reactions(p, u, x, scale, s.sum, s.size, r);
  for (int row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->n_species; ++k)
      for (int i = 0; i < p->mesh.n_cells; ++i) {
        const size_t j = at(p, row, k, i);
        wide value = scale * s.sum[j] / volume(p, row, i), size = fabsl(scale) * s.size[j] / volume(p, row, i);
        if (held(p, row, k, i)) value = size = 0;
        for (int h = 0; h < p->n_held && !x; ++h)
          if (at(p, p->held[h].row, p->held[h].species, p->held[h].cell) == j)
            size += fabsl(value = scale * p->held[h].capacity * p->scalar_rates[p->held[h].value]);
        for (int c = 0; add && c < add->n; ++c) {
          value += (wide)add->coefficient[c] * add->vector[c][j];
          size += fabsl((wide)add->coefficient[c] * add->vector[c][j]);
        }
        r->value[j] = (double)value;
        r->size[j] = (double)size;
      }
  free(s.sum);
  free(s.size);
}

void reference_residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                        const EluteCombination *add, Reference *r) {
  apply(p, u, NULL, NULL, ghost, p->scalars, scale, add, r);
}

void reference_jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                              const double *ghost_x, const double *increment, Reference *r) {
  apply(p, u, ghost_u, x, ghost_x, increment, 1, NULL, r);
}

/* x <- a^-1 x with pivoting; a[row * n + column] */
static void solve(int n, wide *a, wide *x) {
  for (int c = 0; c < n; ++c) {
    int best = c;
    for (int r = c; r < n; ++r) best = fabsl(a[r * n + c]) > fabsl(a[best * n + c]) ? r : best;
    for (int k = 0; k < n && best != c; ++k) {
      const wide t = a[c * n + k];
      a[c * n + k] = a[best * n + k], a[best * n + k] = t;
    }
    if (best != c) {
      const wide t = x[c];
      x[c] = x[best], x[best] = t;
    }
    for (int r = 0; r < n; ++r) { /* Gauss-Jordan */
      const wide f = a[r * n + c] / a[c * n + c];
      if (r == c || f == 0) continue;
      for (int k = c; k < n; ++k) a[r * n + k] -= f * a[c * n + k];
      x[r] -= f * x[c];
    }
  }
  for (int r = 0; r < n; ++r) x[r] /= a[r * n + r];
}

void reference_reaction_solve(const EluteProblemView *p, const double *u, double theta, const double *x, Reference *r) {
  const int n = p->n_species;
  wide a[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES], b[ELUTE_MAX_SPECIES];
  clear(p, r);
  for (int row = 0; row < p->mesh.n_rows; ++row)
    for (int i = 0; i < p->mesh.n_cells; ++i) {
      wide size = 0;
      for (int k = 0; k < n; ++k) {
        for (int j = 0; j < n; ++j) {
          a[k * n + j] = k == j;
          for (int e = 0; e < p->n_reactions && !held(p, row, k, i); ++e)
            for (int c = 0; c < p->reactions[e].n_changes; ++c)
              if (p->reactions[e].changed[c] == k)
                a[k * n + j] -= (wide)theta * p->reactions[e].change[c] * reference_gradient(p, e, row, i, u, j);
        }
        b[k] = x[at(p, row, k, i)];
        size = fmaxl(size, fabsl(b[k]));
      }
      solve(n, a, b);
      for (int k = 0; k < n; ++k) size = fmaxl(size, fabsl(b[k]));
      for (int k = 0; k < n; ++k) r->value[at(p, row, k, i)] = (double)b[k], r->size[at(p, row, k, i)] = (double)size;
    }
  scatter_reactions(p, u, r->value, theta, NULL, NULL, r);
}

/* ---- lines: one dense matrix for all cells of a species ---- */

typedef struct Dense {
  int axis, species, n; /* unknown: row * n_cells + i */
  double theta;
  const double *end[2]; /* below, above */
  wide *a, *b;
} Dense;

static wide end_value(const EluteProblemView *p, const Dense *d, int side, int row, int i) {
  const int plane = d->axis == 1 ? row / p->mesh.ny : row % p->mesh.ny;
  return d->end[side] ? d->end[side][(plane * p->transport.n_mobile + d->species) * p->mesh.pitch + i] : 0;
}

static void assemble_face(const EluteProblemView *p, int k, const Face *face, void *context) {
  Dense *d = context;
  if (k != d->species) return;
  for (int e = 0; e < 2; ++e) {
    const int o = 1 - e, row = face->row[e], i = face->cell[e], me = row * p->mesh.n_cells + i;
    wide m;
    if (!face->mine[e] || held(p, row, k, i)) continue;
    m = d->theta * face->g / volume(p, row, i);
    const wide out = (e ? -1 : 1) * face->q * d->theta / volume(p, row, i);
    wide in = m;
    d->a[me * d->n + me] += m * inverse_capacity(p, row, k, i);
    if (out > 0) d->a[me * d->n + me] += out * carry(p, row, k, i);
    if (face->row[o] < 0) continue;
    in *= inverse_capacity(p, face->row[o], k, face->cell[o]);
    if (out < 0) in -= out * carry(p, face->row[o], k, face->cell[o]);
    if (face->mine[o])
      d->a[me * d->n + face->row[o] * p->mesh.n_cells + face->cell[o]] -= in;
    else
      d->b[me] += in * end_value(p, d, o, row, i);
  }
}

/* C of the held cell; context: the vector after the solve, below, above */
static wide held_after(const EluteProblemView *p, const EluteOpenFace *f, void *context) {
  const double *const *vector = context;
  const int place = place_of(p, f->held_row), k = f->species, i = f->held_cell;
  const int plane = f->axis == 1 ? f->row / p->mesh.ny : f->row % p->mesh.ny;
  int side = -1;
  if (place < p->mesh.n_rows) return vector[0][at(p, place, k, i)];
  for (int e = 0; e < 2; ++e)
    if (p->mesh.neighbour[f->row * 4 + 2 * (f->axis - 1) + e] == f->held_row) side = e;
  if (!vector[1 + side]) abort();
  return vector[1 + side][(plane * p->transport.n_mobile + k) * p->mesh.pitch + i];
}

static wide activity_after(const EluteProblemView *p, const EluteOpenFace *f, void *context) {
  return inverse_capacity(p, place_of(p, f->held_row), f->species, f->held_cell) * held_after(p, f, context);
}

static wide flow_after(const EluteProblemView *p, const EluteOpenFace *f, void *context) {
  const double *const *vector = context;
  const wide out = outward(p, f);
  if (out > 0) return -out * carry(p, f->row, f->species, f->cell) * vector[0][at(p, f->row, f->species, f->cell)];
  return -out * carry(p, place_of(p, f->held_row), f->species, f->held_cell) * held_after(p, f, context);
}

void reference_line_solve(const EluteProblemView *p, int axis, double theta, const double *increment,
                          const double *below, const double *above, const double *x, Reference *r) {
  const int cells = p->mesh.n_cells, n = p->mesh.n_rows * cells;
  Dense d = {.axis = axis, .n = n, .theta = theta, .end = {below, above}};
  const double *after[3] = {r->value, below, above};
  Scatter s = {r->value, NULL, NULL, NULL, NULL, NULL};
  clear(p, r);
  memcpy(r->value, x, state_size(p) * sizeof(double));
  d.a = malloc(((size_t)n * (size_t)n + 1) * sizeof(wide)), d.b = malloc(((size_t)n + 1) * sizeof(wide));
  for (int k = 0; k < p->transport.n_mobile; ++k) {
    wide size = 0;
    d.species = k;
    for (int j = 0; j < n * n; ++j) d.a[j] = j / n == j % n;
    for (int j = 0; j < n; ++j) d.b[j] = x[at(p, j / cells, k, j % cells)];
    all_faces(p, axis, assemble_face, &d);
    for (int j = 0; j < p->n_open_faces && increment; ++j) {
      const EluteOpenFace *f = &p->open_faces[j];
      wide unused;
      if (f->axis == axis && f->species == k && !f->ledger_only)
        d.b[f->row * cells + f->cell] +=
            theta * supply(p, f, increment[f->value], &unused) / volume(p, f->row, f->cell);
    }
    for (int j = 0; j < n; ++j) size = fmaxl(size, fabsl(d.b[j]));
    solve(n, d.a, d.b);
    for (int j = 0; j < n; ++j) size = fmaxl(size, fabsl(d.b[j]));
    for (int j = 0; j < n; ++j) {
      r->value[at(p, j / cells, k, j % cells)] = (double)d.b[j];
      r->size[at(p, j / cells, k, j % cells)] = (double)size;
    }
  }
  free(d.a);
  free(d.b);
  scatter_open(p, &s, increment, theta, false, axis, activity_after, flow_after, after, r);
}
