/* A CPU backend that behaves like a device, to find on any machine the mistakes that a device would punish:
   - its memory can be touched inside its own calls only: pages are locked otherwise, and a host access ends in SIGSEGV;
   - an array ends at a locked page, so that running over it ends the same way, inside a call too;
   - a vector or a table of the problem that does not lie in its memory is an error, not a silent success;
   - outputs are filled with NaN beforehand, so that a value which no kernel writes is seen; padding must come out zero.
   The kernels are the CPU's: results agree bit for bit. For programs with one thread. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "private.h"

typedef struct Region {
  char *pages;
  size_t length; /* of the unlockable part; a page that stays locked follows */
  char *data;    /* ends where the unlockable part does */
  size_t bytes;
} Region;

static Region *regions;
static size_t n_regions, room;

static void protect_all(int protection) {
  for (size_t i = 0; i < n_regions; ++i)
    if (mprotect(regions[i].pages, regions[i].length, protection)) abort();
}

static void unlock(void) {
  protect_all(PROT_READ | PROT_WRITE);
}

static void lock(void) {
  protect_all(PROT_NONE);
}

static void *allocate(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), rounded = (bytes + 63) / 64 * 64;
  const size_t length = (rounded + page - 1) / page * page + (rounded == 0 ? page : 0);
  char *pages;
  if (rounded < bytes || length < rounded) return NULL;
  if (n_regions == room) {
    const size_t more = room ? 2 * room : 16;
    Region *grown = realloc(regions, more * sizeof *grown);
    if (!grown) return NULL;
    regions = grown;
    room = more;
  }
  pages = mmap(NULL, length + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return NULL;
  regions[n_regions++] = (Region){pages, length, pages + length - rounded, rounded};
  return pages + length - rounded;
}

static void release(void *memory) {
  for (size_t i = 0; i < n_regions; ++i)
    if (regions[i].data == memory) {
      munmap(regions[i].pages, regions[i].length + (size_t)sysconf(_SC_PAGESIZE));
      regions[i] = regions[--n_regions];
      break;
    }
  if (n_regions) return;
  free(regions);
  regions = NULL;
  room = 0;
}

static bool inside(const void *pointer, size_t bytes) {
  const char *at = pointer;
  for (size_t i = 0; i < n_regions; ++i)
    if (at >= regions[i].data && at <= regions[i].data + regions[i].bytes)
      return bytes <= (size_t)(regions[i].data + regions[i].bytes - at);
  return false;
}

/* What a call was given: collects the first complaint. */
typedef struct Check {
  const char *call;
  bool failed;
} Check;

static void need(Check *c, const void *pointer, size_t bytes, const char *name) {
  if (c->failed || bytes == 0 || inside(pointer, bytes)) return;
  elute_backend_fail("guard: %s: %s (%zu bytes) does not lie in the backend's memory", c->call, name, bytes);
  c->failed = true;
}

static void forbid(Check *c, bool wrong, const char *what) {
  if (c->failed || !wrong) return;
  elute_backend_fail("guard: %s: %s", c->call, what);
  c->failed = true;
}

static size_t state_bytes(const EluteProblemView *p) {
  return (size_t)p->mesh.n_rows * (size_t)p->n_species * (size_t)p->mesh.pitch * sizeof(double);
}

static size_t interface_bytes(const EluteProblemView *p, int axis) {
  return p->mesh.n_rows == 0 ? 0
                             : (size_t)(axis == 1 ? p->mesh.nz : p->mesh.ny) * (size_t)p->transport.n_mobile *
                                   (size_t)p->mesh.pitch * sizeof(double);
}

static void need_transport(Check *c, const EluteProblemView *p) {
  const EluteTransportView *t = &p->transport;
  const EluteMeshView *m = &p->mesh;
  const size_t real = t->single ? sizeof(float) : sizeof(double);
  const size_t species = (size_t)t->n_mobile * (size_t)m->pitch * real;
  const size_t faces[3] = {(size_t)m->n_rows, (size_t)m->nz * ((size_t)m->ny + 1), ((size_t)m->nz + 1) * (size_t)m->ny};
  if (m->n_rows == 0 || t->n_mobile == 0) return;
  for (int a = 0; a < 3; ++a)
    if (t->conductance[a]) need(c, t->conductance[a], faces[a] * species, "conductance");
  need(c, t->inverse_capacity, ((size_t)m->n_rows + (size_t)m->n_ghost_rows) * species, "inverse_capacity");
}

static void need_flow(Check *c, const EluteProblemView *p) {
  const EluteFlowView *f = &p->flow;
  const EluteMeshView *m = &p->mesh;
  const size_t real = p->transport.single ? sizeof(float) : sizeof(double);
  const size_t row = (size_t)m->pitch * sizeof(double), n[3] = {(size_t)m->n_cells, (size_t)m->ny, (size_t)m->nz};
  const size_t faces[3] = {(size_t)m->n_rows, n[2] * (n[1] + 1), (n[2] + 1) * n[1]};
  if (m->n_rows == 0 || p->transport.n_mobile == 0 || !(f->flux[0] || f->flux[1] || f->flux[2])) return;
  for (int a = 0; a < 3; ++a) {
    if (f->flux[a]) need(c, f->flux[a], faces[a] * row, "flow.flux");
    if (f->flux[a] && f->limited) need(c, f->weight[a], 4 * (n[a] + 1) * sizeof(double), "flow.weight");
  }
  need(c, f->carry,
       ((size_t)m->n_rows + (size_t)m->n_ghost_rows) * (size_t)p->transport.n_mobile * (size_t)m->pitch * real,
       "flow.carry");
  need(c, f->inlets, (size_t)f->n_inlets * sizeof *f->inlets, "flow.inlets");
  if (f->limited) need(c, m->beyond, (size_t)m->n_rows * 4 * sizeof(int32_t), "mesh.beyond");
}

static void need_cross(Check *c, const EluteProblemView *p) {
  const EluteMeshView *m = &p->mesh;
  const size_t real = p->transport.single ? sizeof(float) : sizeof(double);
  const size_t row = (size_t)p->transport.n_mobile * (size_t)m->pitch;
  for (int e = 0; e < 6; ++e)
    if (p->cross.turn[e]) need(c, p->cross.turn[e], (size_t)m->n_rows * row * real, "cross.turn");
  for (int a = 0; a < 3; ++a) {
    if (!p->cross.shift[a]) continue;
    need(c, p->cross.shift[a], state_bytes(p), "cross.shift");
    need(c, p->cross.ghost[a], (size_t)m->n_ghost_rows * row * sizeof(double), "cross.ghost");
  }
}

/* Every table of the problem; call with the memory unlocked (fields is read). */
static void need_problem(Check *c, const EluteProblemView *p) {
  const EluteMeshView *m = &p->mesh;
  const size_t cells = (size_t)m->n_rows * (size_t)m->pitch, tissues = ELUTE_MAX_TISSUES;
  need(c, m->neighbour, (size_t)m->n_rows * 4 * sizeof(int32_t), "mesh.neighbour");
  need(c, m->tissue, cells, "mesh.tissue");
  need(c, m->volume_x, m->n_rows ? (size_t)m->pitch * sizeof(double) : 0, "mesh.volume_x");
  need(c, m->volume_row, (size_t)m->n_rows * sizeof(double), "mesh.volume_row");
  need_transport(c, p);
  need_flow(c, p);
  need_cross(c, p);
  need(c, p->reactions, (size_t)p->n_reactions * sizeof(EluteReaction), "reactions");
  need(c, p->open_faces, (size_t)p->n_open_faces * sizeof(EluteOpenFace), "open_faces");
  need(c, p->held, (size_t)p->n_held * sizeof(EluteHeldCell), "held");
  if (p->is_held) need(c, p->is_held, (size_t)p->n_species * tissues, "is_held");
  need(c, p->scalars, (size_t)p->n_scalars * sizeof(double), "scalars");
  need(c, p->scalar_rates, (size_t)p->n_scalars * sizeof(double), "scalar_rates");
  need(c, p->tables, (size_t)p->n_tables * tissues * sizeof(double), "tables");
  need(c, p->fields, (size_t)p->n_fields * sizeof *p->fields, "fields");
  for (int f = 0; f < p->n_fields && !c->failed; ++f) need(c, p->fields[f], cells * sizeof(double), "a field");
  need(c, p->lookups, (size_t)p->n_lookups * sizeof(EluteLookup), "lookups");
  need(c, p->lookup_values, 4 * (size_t)p->n_lookup_intervals * sizeof(double), "lookup_values");
}

static void need_ledger(Check *c, const EluteProblemView *p, const double *ledger) {
  if (ledger) need(c, ledger, (size_t)p->n_ledger * sizeof(double), "ledger");
}

static void need_ghost(Check *c, const EluteProblemView *p, const double *ghost) {
  need(c, ghost, (size_t)p->mesh.n_ghost_rows * (size_t)p->transport.n_mobile * (size_t)p->mesh.pitch * sizeof(double),
       "ghost");
}

/* Whether out is one of the vectors. */
static bool need_combination(Check *c, const EluteCombination *sum, size_t bytes, const double *out) {
  bool among = false;
  forbid(c, sum->n < 0 || sum->n > ELUTE_MAX_STAGES + 1, "a combination of too many vectors");
  for (int j = 0; j < sum->n && !c->failed; ++j) {
    need(c, sum->vector[j], bytes, "a vector of the combination");
    among = among || sum->vector[j] == out;
  }
  return among;
}

static void poison(double *out, size_t bytes) {
  for (size_t i = 0; i < bytes / sizeof(double); ++i) out[i] = NAN;
}

/* Padding of whole rows of one species each. */
static void need_padding(Check *c, const EluteProblemView *p, const double *out, size_t bytes) {
  const size_t pitch = (size_t)p->mesh.pitch, n = bytes / sizeof(double) / pitch;
  bool dirty = false;
  for (size_t r = 0; r < n; ++r)
    for (size_t i = (size_t)p->mesh.n_cells; i < pitch; ++i) dirty = dirty || !(out[r * pitch + i] == 0);
  forbid(c, dirty, "padding is not zero");
}

static Check begin(const char *call) {
  unlock();
  return (Check){call, false};
}

/* The result of the call. */
static int end(const Check *c, int failed) {
  lock();
  return c->failed || failed;
}

static EluteTraffic moved;

static int to_backend(void *destination, const void *source, size_t bytes) {
  Check c = begin("to_backend");
  need(&c, destination, bytes, "destination");
  if (!c.failed && bytes) memmove(destination, source, bytes);
  moved.to_backend += (int64_t)bytes;
  return end(&c, 0);
}

static int to_host(void *destination, const void *source, size_t bytes) {
  Check c = begin("to_host");
  need(&c, source, bytes, "source");
  forbid(&c, bytes && inside(destination, 1), "destination lies in the backend's memory");
  if (!c.failed && bytes) memmove(destination, source, bytes);
  moved.to_host += (int64_t)bytes;
  return end(&c, 0);
}

static void traffic(EluteTraffic *traffic) {
  *traffic = moved;
}

static int shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                  double *const shift[3]) {
  const size_t bytes = state_bytes(p);
  Check c = begin("shifts");
  int failed = 0;
  need_problem(&c, p);
  need(&c, u, bytes, "u");
  need_ghost(&c, p, ghost);
  if (boundary) need(&c, boundary, (size_t)p->n_scalars * sizeof(double), "boundary");
  for (int a = 0; a < 3; ++a) {
    if (!shift[a]) continue;
    need(&c, shift[a], bytes, "a shift");
    forbid(&c, bytes && shift[a] == u, "a shift is u");
    for (int k = 0; k < p->n_species && !c.failed; ++k) /* of immobile species nothing is written */
      if (k < p->transport.n_mobile)
        for (int32_t row = 0; row < p->mesh.n_rows; ++row)
          poison(shift[a] + ((size_t)row * (size_t)p->n_species + (size_t)k) * (size_t)p->mesh.pitch,
                 (size_t)p->mesh.pitch * sizeof(double));
  }
  if (!c.failed) failed = elute_cpu_shifts(p, u, ghost, boundary, shift);
  for (int a = 0; a < 3; ++a)
    if (shift[a] && !c.failed && !failed) need_padding(&c, p, shift[a], bytes);
  return end(&c, failed);
}

static int residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                    const EluteCombination *add, double *out, double *ledger) {
  const size_t bytes = state_bytes(p);
  Check c = begin("residual");
  bool among = false;
  int failed = 0;
  need_problem(&c, p);
  need(&c, u, bytes, "u");
  need_ghost(&c, p, ghost);
  need(&c, out, bytes, "out");
  need_ledger(&c, p, ledger);
  if (add) among = need_combination(&c, add, bytes, out);
  forbid(&c, bytes && out == u, "out is u");
  if (!c.failed && !among) poison(out, bytes);
  if (!c.failed) failed = elute_cpu_residual(p, u, ghost, scale, add, out, ledger);
  if (!c.failed && !failed) need_padding(&c, p, out, bytes);
  return end(&c, failed);
}

static int jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                          const double *ghost_x, const double *scalar_increment, double *y, double *ledger) {
  const size_t bytes = state_bytes(p);
  Check c = begin("jacobian_apply");
  int failed = 0;
  need_problem(&c, p);
  need(&c, u, bytes, "u");
  need(&c, x, bytes, "x");
  need_ghost(&c, p, ghost_x);
  if (p->flow.limited) need_ghost(&c, p, ghost_u);
  need(&c, y, bytes, "y");
  need_ledger(&c, p, ledger);
  forbid(&c, bytes && (y == u || y == x), "y is u or x");
  if (!c.failed) poison(y, bytes);
  if (!c.failed) failed = elute_cpu_jacobian_apply(p, u, ghost_u, x, ghost_x, scalar_increment, y, ledger);
  if (!c.failed && !failed) need_padding(&c, p, y, bytes);
  return end(&c, failed);
}

static int reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  const size_t bytes = state_bytes(p);
  Check c = begin("reaction_solve");
  int failed = 0;
  need_problem(&c, p);
  need(&c, u, bytes, "u");
  need(&c, x, bytes, "x");
  need_ledger(&c, p, ledger);
  if (!c.failed) failed = elute_cpu_reaction_solve(p, u, theta, x, ledger);
  if (!c.failed && !failed) need_padding(&c, p, x, bytes);
  return end(&c, failed);
}

static int line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                      const double *below, const double *above, double *x, double *ledger) {
  const size_t bytes = state_bytes(p);
  Check c = begin("line_solve");
  int failed = 0;
  need_problem(&c, p);
  need(&c, x, bytes, "x");
  if (below && axis > 0) need(&c, below, interface_bytes(p, axis), "below");
  if (above && axis > 0) need(&c, above, interface_bytes(p, axis), "above");
  need_ledger(&c, p, ledger);
  if (!c.failed) failed = elute_cpu_line_solve(p, axis, theta, scalar_increment, below, above, x, ledger);
  if (!c.failed && !failed) need_padding(&c, p, x, bytes);
  return end(&c, failed);
}

static int line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                       const double *x, double *const equations[6]) {
  const size_t bytes = interface_bytes(p, axis);
  Check c = begin("line_reduce");
  int failed = 0;
  need_problem(&c, p);
  need(&c, x, state_bytes(p), "x");
  for (int e = 0; e < 6; ++e) need(&c, equations[e], bytes, "equations");
  for (int e = 0; e < 6 && !c.failed; ++e) poison(equations[e], bytes);
  if (!c.failed) failed = elute_cpu_line_reduce(p, axis, theta, scalar_increment, x, equations);
  for (int e = 0; e < 6 && !failed; ++e)
    if (!c.failed) need_padding(&c, p, equations[e], bytes);
  return end(&c, failed);
}

static int combine(size_t n, const EluteCombination *sum, double *out) {
  const size_t bytes = n * sizeof(double);
  Check c = begin("combine");
  bool among;
  int failed = 0;
  need(&c, out, bytes, "out");
  among = need_combination(&c, sum, bytes, out);
  if (!c.failed && !among) poison(out, bytes);
  if (!c.failed) failed = elute_cpu_combine(n, sum, out);
  return end(&c, failed);
}

static int finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                       const EluteCombination *error, double rtol, const double *atol, double *u_new,
                       EluteStepMeasure *measure) {
  const size_t bytes = state_bytes(p);
  Check c = begin("finish_step");
  int failed = 0;
  bool among;
  need_problem(&c, p);
  need(&c, u, bytes, "u");
  need(&c, u_new, bytes, "u_new");
  among = need_combination(&c, increment, bytes, u_new);
  forbid(&c, need_combination(&c, error, bytes, u_new), "u_new is a vector of the error");
  forbid(&c, bytes && u_new == u, "u_new is u");
  if (!c.failed && !among) poison(u_new, bytes);
  if (!c.failed) memset(measure, 0xff, sizeof *measure);
  if (!c.failed) failed = elute_cpu_finish_step(p, u, increment, error, rtol, atol, u_new, measure);
  if (!c.failed && !failed) need_padding(&c, p, u_new, bytes);
  return end(&c, failed);
}

static int weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                            const double *atol, double *sums) {
  Check c = begin("weighted_squares");
  int failed = 0;
  need_problem(&c, p);
  need(&c, x, state_bytes(p), "x");
  need(&c, u, state_bytes(p), "u");
  if (!c.failed) failed = elute_cpu_weighted_squares(p, x, u, rtol, atol, sums);
  return end(&c, failed);
}

static int inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol, const double *atol,
                          int n, const double *const *v, double *products) {
  Check c = begin("inner_products");
  int failed = 0;
  need_problem(&c, p);
  need(&c, x, state_bytes(p), "x");
  need(&c, u, state_bytes(p), "u");
  for (int j = 0; j < n; ++j) need(&c, v[j], state_bytes(p), "v");
  if (!c.failed) failed = elute_cpu_inner_products(p, x, u, rtol, atol, n, v, products);
  return end(&c, failed);
}

static int amounts(const EluteProblemView *p, const double *u, double *out) {
  Check c = begin("amounts");
  int failed = 0;
  need_problem(&c, p);
  need(&c, u, state_bytes(p), "u");
  if (!c.failed) failed = elute_backend_cpu.amounts(p, u, out);
  return end(&c, failed);
}

static int accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch) {
  const size_t bytes = (size_t)p->mesh.n_rows * (size_t)p->mesh.pitch * sizeof(double);
  double *const kept[] = {watch->last, watch->integral, watch->peak, watch->peak_time, watch->above};
  Check c = begin("accumulate");
  int failed = 0;
  need_problem(&c, p);
  need(&c, u, state_bytes(p), "u");
  forbid(&c, watch->n < 0 || watch->n > ELUTE_MAX_SPECIES, "a sum of too many species");
  forbid(&c, !watch->peak != !watch->peak_time, "a peak without its time");
  for (int j = 0; j < watch->n && !c.failed; ++j)
    if (watch->scale[j]) need(&c, watch->scale[j], bytes, "scale");
  for (int a = 0; a < 5; ++a)
    if (kept[a] || a == 0) need(&c, kept[a], bytes, "an array of the watch");
  if (!c.failed) failed = elute_cpu_accumulate(p, u, t, h, watch);
  for (int a = 0; a < 5 && !c.failed && !failed; ++a)
    if (kept[a]) need_padding(&c, p, kept[a], bytes);
  return end(&c, failed);
}

static int pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer) {
  const size_t bytes = (size_t)n * (size_t)p->transport.n_mobile * (size_t)p->mesh.pitch * sizeof(double);
  Check c = begin("pack_rows");
  int failed = 0;
  need(&c, u, state_bytes(p), "u");
  need(&c, buffer, bytes, "buffer");
  if (!c.failed) poison(buffer, bytes);
  if (!c.failed) failed = elute_backend_cpu.pack_rows(p, u, n, rows, buffer);
  return end(&c, failed);
}

const EluteBackend elute_backend_guard = {
    .name = "guard",
    .allocate = allocate,
    .release = release,
    .to_backend = to_backend,
    .to_host = to_host,
    .traffic = traffic,
    .shifts = shifts,
    .residual = residual,
    .jacobian_apply = jacobian_apply,
    .reaction_solve = reaction_solve,
    .line_solve = line_solve,
    .line_reduce = line_reduce,
    .combine = combine,
    .finish_step = finish_step,
    .weighted_squares = weighted_squares,
    .inner_products = inner_products,
    .amounts = amounts,
    .accumulate = accumulate,
    .pack_rows = pack_rows,
};
