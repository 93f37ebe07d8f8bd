/* The full residual and its linearisation, one pass over the rows: transport of the mobile species, all reactions, the
   scaled sum with other vectors. Open faces and held cells are lists, applied afterwards. */
#include <string.h>
#include "cpu_rows.h"
#include "cpu_convection.h"
#include "cpu_cross.h"
#include "cpu_open_faces.h"
#include "cpu_products.h"
#include "cell/advection.h"
#include "cell/diffusion.h"

#define ELUTE_REAL float
#define ELUTE_NAME(x) x##_float
#include "cpu_transport.inc"
#undef ELUTE_REAL
#undef ELUTE_NAME
#define ELUTE_REAL double
#define ELUTE_NAME(x) x##_double
#include "cpu_transport.inc"

/* Either f(u), or J(u) x: what is transported is `state`, reactions are linearised where `u` is given. */
typedef struct Operator {
  const EluteProblemView *p;
  const double *u;     /* NULL: the full residual */
  const double *state; /* u itself, or x */
  const double *ghost;
  const double *boundary;                             /* scalars, or their increment; NULL: zero */
  double *ledger;                                     /* NULL: not wanted */
  double *f;                                          /* [n_species * pitch] dC/dt of one row, in the output */
  double *inverse_volume, *free_cell, *closed, *ring; /* [pitch] */
  double *extent, *work, *gradient;                   /* of a run */
  EluteProducts products[3];                          /* kept of the rows around */
  const EluteProducts *activities;                    /* one of them */
  const EluteProducts *carried[2]; /* of the state whose flux is formed, and of what changes it or NULL */
  int n_products;
  int32_t block; /* rows of a plane that are taken together */
  EluteConvection convection;
  double *convected; /* scratch of it */
  uint64_t held[ELUTE_MAX_SPECIES];
  uint64_t held_any;
  bool flows, crosses;
  double *cross_work;
  uint64_t active[ELUTE_MAX_REACTIONS];
  EluteSum passed[ELUTE_MAX_REACTIONS]; /* integral of V rate */
} Operator;

static const EluteProducts *products_of(Operator *o, const void *coefficient, const double *state,
                                        const double *ghost) {
  EluteProducts *at = o->products;
  for (; at < o->products + o->n_products; ++at)
    if (at->coefficient == coefficient && at->state == state) return at;
  *at = (EluteProducts){.p = o->p, .coefficient = coefficient, .state = state, .ghost = ghost};
  o->n_products++;
  return at;
}

/* Products that the rows need, and how many are kept: along y those of a block of rows, of which the second-level cache
   holds what lies between the first and the last plane that a row of cells asks for. Returns the doubles of scratch. */
static size_t plan_products(Operator *o) {
  const EluteProblemView *p = o->p;
  const EluteTransportView *t = &p->transport;
  const int reach = o->flows && p->flow.limited ? ELUTE_REACH : 1, planes = t->conductance[2] ? 2 + reach : 1;
  const int64_t row = 8 * (int64_t)p->mesh.pitch * (t->n_mobile > 0 ? t->n_mobile : 1);
  int64_t block;
  size_t work = 0;
  o->activities = products_of(o, t->inverse_capacity, o->state, o->ghost);
  if (o->flows && o->convection.u) {
    o->carried[0] = products_of(o, p->flow.carry, o->u, o->convection.ghost_u);
    o->carried[1] = products_of(o, p->flow.carry, o->state, o->ghost);
  } else if (o->flows) {
    o->carried[0] = products_of(o, p->flow.carry, o->state, o->ghost);
  }
  block = ELUTE_BLOCK_BYTES / (row * (planes * o->n_products + 1 + o->flows));
  if (block > p->mesh.ny) block = p->mesh.ny;
  o->block = block < 4 ? 4 : (int32_t)block;
  for (int j = 0; j < o->n_products; ++j) {
    o->products[j].planes = planes;
    o->products[j].rows = o->block + (t->conductance[1] ? 2 * reach : 0);
    work += elute_products_work(&o->products[j]);
  }
  return work;
}

static int operator_begin(Operator *o, const EluteProblemView *p) {
  const size_t pitch = (size_t)p->mesh.pitch, run = ELUTE_RUN;
  const size_t reactions = 4 * pitch + run + ELUTE_GRADIENT_WORK(run) + ELUTE_MAX_FACTORS * run;
  size_t products;
  double *at;
  if (elute_cpu_check(p)) return 1;
  o->p = p;
  o->flows = elute_flows(p);
  o->crosses = elute_crosses(p);
  products = plan_products(o);
  at = elute_cpu_scratch(products + reactions + elute_convection_work(p) + elute_cross_work(p));
  if (!at) return 1;
  for (int j = 0; j < o->n_products; ++j) {
    elute_products_begin(&o->products[j], at);
    at += elute_products_work(&o->products[j]);
  }
  o->inverse_volume = at;
  o->free_cell = o->inverse_volume + pitch;
  o->closed = o->free_cell + pitch;
  o->ring = o->closed + pitch;
  o->extent = o->ring + pitch;
  o->work = o->extent + run;
  o->gradient = o->work + ELUTE_GRADIENT_WORK(run);
  memset(o->closed, 0, pitch * sizeof(double)); /* read as floats too */
  o->convection.p = p;
  o->convection.state = o->state;
  o->convection.ghost = o->ghost;
  o->convected = at + reactions;
  elute_convect_begin(p, o->convected);
  o->cross_work = o->convected + elute_convection_work(p);
  o->held_any = 0;
  for (int k = 0; k < p->n_species; ++k) {
    o->held[k] = elute_held_tissues(p, k);
    o->held_any |= o->held[k];
  }
  for (int r = 0; r < p->n_reactions; ++r) {
    o->active[r] = elute_active_tissues(p, &p->reactions[r]);
    o->passed[r] = (EluteSum){0, 0};
  }
  return 0;
}

static void transport_row(Operator *o, int32_t row) {
  const EluteProblemView *p = o->p;
  const int n = p->mesh.n_cells, pitch = p->mesh.pitch;
  const double volume = p->mesh.volume_row[row], *volume_x = p->mesh.volume_x;
  double *restrict inverse = o->inverse_volume;
  for (int i = 0; i < n; ++i) inverse[i] = 1.0 / (volume_x[i] * volume);
  if (p->transport.n_mobile && o->flows) elute_convect_row(o->carried, row, o->convected, o->f);
  if (p->transport.n_mobile && p->transport.single)
    net_inflow_float(o->activities, row, o->flows, o->closed, o->ring, inverse, o->f);
  else if (p->transport.n_mobile)
    net_inflow_double(o->activities, row, o->flows, o->closed, o->ring, inverse, o->f);
  for (int k = 0; k < p->transport.n_mobile; ++k) {
    double *f = o->f + (int64_t)k * pitch;
    if (o->crosses) elute_cross_row(p, row, k, inverse, o->cross_work, f);
    for (int i = n; i < pitch; ++i) f[i] = 0;
  }
  for (int k = p->transport.n_mobile; k < p->n_species; ++k) {
    double *restrict f = o->f + (int64_t)k * pitch;
    for (int i = 0; i < pitch; ++i) f[i] = 0;
  }
}

/* extent[n]: the rate of a reaction along a run, or its change with x. */
static void reaction_extent(Operator *o, const EluteReaction *reaction, int64_t cell, int64_t offset, int n,
                            uint64_t tissues) {
  const EluteProblemView *p = o->p;
  const int64_t pitch = p->mesh.pitch;
  double *restrict extent = o->extent;
  if (!o->u) {
    elute_reaction_rate(p, reaction, o->state + offset, pitch, cell, n, tissues, o->work, extent);
    return;
  }
  elute_reaction_gradient(p, reaction, o->u + offset, pitch, cell, n, tissues, o->work, o->gradient);
  for (int i = 0; i < n; ++i) extent[i] = 0;
  for (int f = 0; f < reaction->n_factors; ++f) {
    const double *restrict slope = o->gradient + (int64_t)f * n, *restrict x = o->state + offset +
                                                                               reaction->factor[f].species * pitch;
    for (int i = 0; i < n; ++i) extent[i] += slope[i] * x[i];
  }
}

/* f += change * extent for n_changes species; sum of extent * volume_x. */
ELUTE_INLINE double spread_loop(int n_changes, int n, const double *restrict extent, const double *restrict volume_x,
                                const double *change, double *const f[ELUTE_MAX_CHANGES]) {
  EluteQuad sum[2] = {{0}, {0}}, x, v;
  const int whole = n / ELUTE_LANES * ELUTE_LANES;
  for (int i = 0; i < whole; i += ELUTE_LANES)
    for (int half = 0; half < 2; ++half) {
      const int at = i + 4 * half;
      ELUTE_QUAD_LOAD(x, extent + at);
      ELUTE_QUAD_LOAD(v, volume_x + at);
      sum[half] += x * v;
      for (int c = 0; c < n_changes; ++c) {
        ELUTE_QUAD_LOAD(v, f[c] + at);
        v += change[c] * x;
        ELUTE_QUAD_STORE(f[c] + at, v);
      }
    }
  for (int i = whole; i < n; ++i) {
    sum[(i - whole) / 4][(i - whole) % 4] += extent[i] * volume_x[i];
    for (int c = 0; c < n_changes; ++c) f[c][i] += change[c] * extent[i];
  }
  return elute_lanes_total(sum);
}

/* Adds what a reaction changes along a run of a row. */
static void spread_extent(Operator *o, int r, int32_t row, int begin, int n) {
  const EluteProblemView *p = o->p;
  const EluteReaction *reaction = &p->reactions[r];
  const double *volume_x = p->mesh.volume_x + begin;
  double *f[ELUTE_MAX_CHANGES], sum;
  for (int c = 0; c < reaction->n_changes; ++c) f[c] = o->f + reaction->changed[c] * (int64_t)p->mesh.pitch + begin;
  if (reaction->n_changes == 1)
    sum = spread_loop(1, n, o->extent, volume_x, reaction->change, f);
  else if (reaction->n_changes == 2)
    sum = spread_loop(2, n, o->extent, volume_x, reaction->change, f);
  else
    sum = spread_loop(reaction->n_changes, n, o->extent, volume_x, reaction->change, f);
  if (o->ledger) elute_add(&o->passed[r], p->mesh.volume_row[row] * sum);
}

static void react_row(Operator *o, int32_t row, uint64_t tissues) {
  const EluteProblemView *p = o->p;
  const int64_t pitch = p->mesh.pitch;
  for (int begin = 0; begin < p->mesh.n_cells; begin += ELUTE_RUN) {
    const int left = p->mesh.n_cells - begin, n = left < ELUTE_RUN ? left : ELUTE_RUN;
    const int64_t cell = row * pitch + begin, offset = row * pitch * p->n_species + begin;
    for (int r = 0; r < p->n_reactions; ++r) {
      const EluteReaction *reaction = &p->reactions[r];
      if (!(o->active[r] & tissues)) continue;
      reaction_extent(o, reaction, cell, offset, n, tissues);
      spread_extent(o, r, row, begin, n);
    }
  }
}

static void hold_row(Operator *o, int32_t row, uint64_t tissues) {
  const EluteProblemView *p = o->p;
  const int n = p->mesh.n_cells;
  const double *restrict free_cell = o->free_cell;
  for (int k = 0; k < p->n_species; ++k) {
    double *restrict f = o->f + (int64_t)k * p->mesh.pitch;
    if (!(o->held[k] & tissues)) continue;
    elute_free_cells(o->held[k], p->mesh.tissue + (int64_t)row * p->mesh.pitch, n, o->free_cell);
    for (int i = 0; i < n; ++i) f[i] = free_cell[i] != 0 ? f[i] : 0.0;
  }
}

/* mol/s through an open face. */
static double open_inflow(const Operator *o, const EluteOpenFace *f, double b) {
  const EluteProblemView *p = o->p;
  const double *held =
      elute_beside_held(f) ? elute_at_row(p, o->state, o->ghost, f->held_row, f->species, f->held_cell) : NULL;
  return elute_open_inflow(elute_conductance(&p->transport, f->axis, f->face), elute_outside_activity(p, f, b, held),
                           elute_inverse_capacity(p, f->row, f->species, f->cell),
                           o->state[elute_state_offset(p, f->row, f->species, f->cell)], f->weight * b) +
         elute_open_flow(&o->convection, f, b) + (o->crosses ? elute_cross_inflow(p, f, elute_beside_held(f)) : 0.0);
}

static void open_faces(const Operator *o, double scale, double *out) {
  const EluteProblemView *p = o->p;
  double *restrict inflow = o->ring;
  for (int32_t j = 0; j < p->n_open_faces; j += p->open_faces[j].run) {
    const EluteOpenFace *f = &p->open_faces[j];
    const double b = o->boundary ? o->boundary[f->value] : 0.0, *restrict volume_x = p->mesh.volume_x + f->cell;
    const double volume = p->mesh.volume_row[f->row];
    double *restrict to = out + elute_state_offset(p, f->row, f->species, f->cell), sum;
    elute_prefetch_open_face(p, j, o->state, out);
    if (f->run > 1 && !o->crosses) {
      sum = elute_open_run(p, f, b, o->state, inflow);
    } else {
      sum = 0;
      for (int i = 0; i < f->run; ++i) sum += inflow[i] = open_inflow(o, f + i, b);
    }
    for (int i = 0; i < f->run && !f->ledger_only; ++i) to[i] += scale * inflow[i] / (volume_x[i] * volume);
    if (o->ledger) o->ledger[f->channel] -= scale * sum;
  }
}

/* One row of out = scale (f or J x) + sum c_j v_j, before the open faces. */
static void operator_row(Operator *o, double scale, const EluteCombination *add, int32_t row, double *out) {
  const EluteProblemView *p = o->p;
  const int64_t state = (int64_t)p->n_species * p->mesh.pitch;
  const uint64_t tissues = p->n_reactions || o->held_any ? elute_row_tissues(&p->mesh, row) : 0;
  o->f = out + row * state;
  transport_row(o, row);
  if (p->n_reactions) react_row(o, row, tissues);
  if (o->held_any & tissues) hold_row(o, row, tissues);
  if (scale != 1 || (add && add->n))
    elute_linear_run(scale, o->f, add ? add->n : 0, add ? add->coefficient : NULL, add ? add->vector : NULL,
                     row * state, (int)state, o->f);
}

/* Blocks along y, through all planes: products and fluxes are still in the cache when the plane above asks for them. */
static void operator_apply(Operator *o, double scale, const EluteCombination *add, double *out) {
  const EluteProblemView *p = o->p;
  const int32_t ny = p->mesh.ny;
  for (int32_t begin = 0; begin < ny && p->mesh.n_rows; begin += o->block)
    for (int32_t z = 0; z < p->mesh.nz; ++z)
      for (int32_t y = begin; y < begin + o->block && y < ny; ++y) operator_row(o, scale, add, z * ny + y, out);
  open_faces(o, scale, out);
  if (o->flows) elute_convect_inlets(&o->convection, o->boundary, scale, out);
  for (int r = 0; r < p->n_reactions && o->ledger; ++r)
    o->ledger[p->reactions[r].channel] += scale * elute_total(o->passed[r]);
}

int elute_cpu_residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                       const EluteCombination *add, double *out, double *ledger) {
  Operator o = {.state = u, .ghost = ghost, .boundary = p->scalars, .ledger = ledger};
  if (operator_begin(&o, p)) return 1;
  operator_apply(&o, scale, add, out);
  for (int32_t j = 0; j < p->n_held; ++j) {
    const EluteHeldCell *h = &p->held[j];
    out[elute_state_offset(p, h->row, h->species, h->cell)] += scale * (h->capacity * p->scalar_rates[h->value]);
  }
  return 0;
}

int elute_cpu_jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                             const double *ghost_x, const double *scalar_increment, double *y, double *ledger) {
  Operator o = {.u = u, .state = x, .ghost = ghost_x, .boundary = scalar_increment, .ledger = ledger};
  o.convection.u = p->flow.limited ? u : NULL; /* without the limiter the flux is linear: u says nothing */
  o.convection.ghost_u = ghost_u;
  if (operator_begin(&o, p)) return 1;
  operator_apply(&o, 1.0, NULL, y);
  return 0;
}
