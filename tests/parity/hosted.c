#include "hosted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const EluteBackend *tested;

static const EluteBackend *const device = &elute_backend_cuda;
static void *memory[96];
static int n_memory;

static void must(int failed) {
  if (!failed) return;
  fprintf(stderr, "hosted: %s\n", elute_backend_error());
  abort();
}

static void *put(const void *host, size_t bytes) {
  void *there;
  if (!host) return NULL;
  there = device->allocate(bytes);
  must(!there || n_memory == 96);
  memory[n_memory++] = there;
  must(device->to_backend(there, host, bytes));
  return there;
}

static void *put_unwritten(size_t bytes) {
  void *poison = malloc(bytes + 1), *there;
  memset(poison, 0xff, bytes + 1); /* doubles: NaN */
  there = put(poison, bytes);
  free(poison);
  return there;
}

/* Copies a result back, if the call went well. */
static void get(int failed, void *host, const void *there, size_t bytes) {
  if (host && !failed) must(device->to_host(host, there, bytes));
}

static int done(int failed) {
  while (n_memory) device->release(memory[--n_memory]);
  return failed;
}

static size_t state_bytes(const EluteProblemView *p) {
  return (size_t)(p->mesh.n_rows * p->n_species * p->mesh.pitch) * sizeof(double);
}

static size_t ghost_bytes(const EluteProblemView *p) {
  return (size_t)(p->mesh.n_ghost_rows * p->transport.n_mobile * p->mesh.pitch) * sizeof(double);
}

static size_t interface_bytes(const EluteProblemView *p, int axis) {
  if (p->mesh.n_rows == 0) return 0;
  return (size_t)((axis == 1 ? p->mesh.nz : p->mesh.ny) * p->transport.n_mobile * p->mesh.pitch) * sizeof(double);
}

static EluteProblemView put_problem(const EluteProblemView *p) {
  const EluteMeshView *m = &p->mesh;
  const size_t rows = (size_t)m->n_rows, pitch = (size_t)m->pitch, real = p->transport.single ? 4 : 8;
  const size_t line = (size_t)p->transport.n_mobile * pitch * real, ny = (size_t)m->ny, nz = (size_t)m->nz;
  const size_t faces[3] = {rows, rows ? nz * (ny + 1) : 0, rows ? (nz + 1) * ny : 0};
  EluteProblemView v = *p;
  double *fields[8];
  v.mesh.neighbour = put(m->neighbour, rows * 4 * sizeof(int32_t));
  v.mesh.tissue = put(m->tissue, rows * pitch);
  v.mesh.volume_x = put(m->volume_x, pitch * sizeof(double));
  v.mesh.volume_row = put(m->volume_row, rows * sizeof(double));
  for (int a = 0; a < 3; ++a) v.transport.conductance[a] = put(p->transport.conductance[a], faces[a] * line);
  v.transport.inverse_capacity = put(p->transport.inverse_capacity, (rows + (size_t)m->n_ghost_rows) * line);
  v.mesh.beyond = put(m->beyond, rows * 4 * sizeof(int32_t));
  for (int a = 0; a < 3; ++a) {
    const size_t along = 1 + (size_t)(a == 0 ? m->n_cells : a == 1 ? m->ny : m->nz);
    v.flow.flux[a] = put(p->flow.flux[a], faces[a] * pitch * sizeof(double));
    v.flow.weight[a] = put(p->flow.weight[a], 4 * along * sizeof(double));
  }
  v.flow.carry = put(p->flow.carry, (rows + (size_t)m->n_ghost_rows) * line);
  v.flow.inlets = put(p->flow.inlets, (size_t)p->flow.n_inlets * sizeof *v.flow.inlets);
  for (int e = 0; e < 6; ++e) v.cross.turn[e] = put(p->cross.turn[e], rows * line);
  for (int a = 0; a < 3; ++a) {
    v.cross.shift[a] = put(p->cross.shift[a], state_bytes(p));
    v.cross.ghost[a] = put(p->cross.ghost[a], ghost_bytes(p));
  }
  v.reactions = put(p->reactions, (size_t)p->n_reactions * sizeof *v.reactions);
  v.open_faces = put(p->open_faces, (size_t)p->n_open_faces * sizeof *v.open_faces);
  v.held = put(p->held, (size_t)p->n_held * sizeof *v.held);
  v.is_held = put(p->is_held, (size_t)p->n_species * ELUTE_MAX_TISSUES);
  v.scalars = put(p->scalars, (size_t)p->n_scalars * sizeof(double));
  v.scalar_rates = put(p->scalar_rates, (size_t)p->n_scalars * sizeof(double));
  v.tables = put(p->tables, (size_t)(p->n_tables * ELUTE_MAX_TISSUES) * sizeof(double));
  for (int f = 0; f < p->n_fields; ++f) fields[f] = put(p->fields[f], rows * pitch * sizeof(double));
  v.fields = put(p->n_fields ? fields : NULL, (size_t)p->n_fields * sizeof *fields);
  v.lookups = put(p->lookups, (size_t)p->n_lookups * sizeof *v.lookups);
  v.lookup_values = put(p->lookup_values, 4 * (size_t)p->n_lookup_intervals * sizeof(double));
  return v;
}

static double *put_ledger(const EluteProblemView *p, const double *ledger) {
  return put(ledger, (size_t)p->n_ledger * sizeof(double));
}

static double *put_scalars(const EluteProblemView *p, const double *scalars) {
  return put(scalars, (size_t)p->n_scalars * sizeof(double));
}

static EluteCombination put_combination(const EluteCombination *c, size_t bytes) {
  EluteCombination there = {.n = c ? c->n : 0};
  for (int j = 0; j < there.n; ++j) {
    there.coefficient[j] = c->coefficient[j];
    there.vector[j] = put(c->vector[j], bytes);
  }
  return there;
}

static int shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                  double *const shift[3]) {
  const EluteProblemView v = put_problem(p);
  double *there[3];
  int failed;
  for (int a = 0; a < 3; ++a) there[a] = shift[a] ? put(shift[a], state_bytes(p)) : NULL;
  failed = device->shifts(&v, put(u, state_bytes(p)), put(ghost, ghost_bytes(p)), put_scalars(p, boundary), there);
  for (int a = 0; a < 3; ++a) get(failed, shift[a], there[a], state_bytes(p));
  return done(failed);
}

static int residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                    const EluteCombination *add, double *out, double *ledger) {
  const EluteProblemView v = put_problem(p);
  const EluteCombination sum = put_combination(add, state_bytes(p));
  double *there = put_unwritten(state_bytes(p)), *book = put_ledger(p, ledger);
  const int failed =
      device->residual(&v, put(u, state_bytes(p)), put(ghost, ghost_bytes(p)), scale, add ? &sum : NULL, there, book);
  get(failed, out, there, state_bytes(p));
  get(failed, ledger, book, (size_t)p->n_ledger * sizeof(double));
  return done(failed);
}

static int jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                          const double *ghost_x, const double *scalar_increment, double *y, double *ledger) {
  const EluteProblemView v = put_problem(p);
  double *there = put_unwritten(state_bytes(p)), *book = put_ledger(p, ledger);
  const int failed =
      device->jacobian_apply(&v, put(u, state_bytes(p)), put(ghost_u, ghost_bytes(p)), put(x, state_bytes(p)),
                             put(ghost_x, ghost_bytes(p)), put_scalars(p, scalar_increment), there, book);
  get(failed, y, there, state_bytes(p));
  get(failed, ledger, book, (size_t)p->n_ledger * sizeof(double));
  return done(failed);
}

static int reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  const EluteProblemView v = put_problem(p);
  double *there = put(x, state_bytes(p)), *book = put_ledger(p, ledger);
  const int failed = device->reaction_solve(&v, put(u, state_bytes(p)), theta, there, book);
  get(failed, x, there, state_bytes(p));
  get(failed, ledger, book, (size_t)p->n_ledger * sizeof(double));
  return done(failed);
}

static int line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                      const double *below, const double *above, double *x, double *ledger) {
  const EluteProblemView v = put_problem(p);
  double *there = put(x, state_bytes(p)), *book = put_ledger(p, ledger);
  const int failed =
      device->line_solve(&v, axis, theta, put_scalars(p, scalar_increment), put(below, interface_bytes(p, axis)),
                         put(above, interface_bytes(p, axis)), there, book);
  get(failed, x, there, state_bytes(p));
  get(failed, ledger, book, (size_t)p->n_ledger * sizeof(double));
  return done(failed);
}

static int line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                       const double *x, double *const equations[6]) {
  const EluteProblemView v = put_problem(p);
  double *there[6];
  int failed;
  for (int e = 0; e < 6; ++e) there[e] = put_unwritten(interface_bytes(p, axis));
  failed = device->line_reduce(&v, axis, theta, put_scalars(p, scalar_increment), put(x, state_bytes(p)), there);
  for (int e = 0; e < 6; ++e) get(failed, equations[e], there[e], interface_bytes(p, axis));
  return done(failed);
}

static int combine(size_t n, const EluteCombination *c, double *out) {
  const EluteCombination sum = put_combination(c, n * sizeof(double));
  double *there = put_unwritten(n * sizeof(double));
  const int failed = device->combine(n, &sum, there);
  get(failed, out, there, n * sizeof(double));
  return done(failed);
}

static int finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                       const EluteCombination *error, double rtol, const double *atol, double *u_new,
                       EluteStepMeasure *measure) {
  const EluteProblemView v = put_problem(p);
  const EluteCombination i = put_combination(increment, state_bytes(p)), e = put_combination(error, state_bytes(p));
  double *there = put_unwritten(state_bytes(p));
  const int failed = device->finish_step(&v, put(u, state_bytes(p)), &i, &e, rtol, atol, there, measure);
  get(failed, u_new, there, state_bytes(p));
  return done(failed);
}

static int weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                            const double *atol, double *sums) {
  const EluteProblemView v = put_problem(p);
  return done(device->weighted_squares(&v, put(x, state_bytes(p)), put(u, state_bytes(p)), rtol, atol, sums));
}

static int inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol, const double *atol,
                          int n, const double *const *with, double *products) {
  const EluteProblemView v = put_problem(p);
  const double *there[32];
  for (int j = 0; j < n; ++j) there[j] = put(with[j], state_bytes(p));
  return done(
      device->inner_products(&v, put(x, state_bytes(p)), put(u, state_bytes(p)), rtol, atol, n, there, products));
}

static int amounts(const EluteProblemView *p, const double *u, double *out) {
  const EluteProblemView v = put_problem(p);
  return done(device->amounts(&v, put(u, state_bytes(p)), out));
}

static int accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch) {
  const EluteProblemView v = put_problem(p);
  const size_t bytes = (size_t)p->mesh.n_rows * (size_t)p->mesh.pitch * sizeof(double);
  double *const here[] = {watch->last, watch->integral, watch->peak, watch->peak_time, watch->above};
  EluteWatch there = *watch;
  double **const on_device[] = {&there.last, &there.integral, &there.peak, &there.peak_time, &there.above};
  for (int j = 0; j < watch->n; ++j) there.scale[j] = watch->scale[j] ? put(watch->scale[j], bytes) : NULL;
  for (int a = 0; a < 5; ++a) *on_device[a] = here[a] ? put(here[a], bytes) : NULL;
  const int failed = device->accumulate(&v, put(u, state_bytes(p)), t, h, &there);
  for (int a = 0; a < 5; ++a)
    if (here[a]) get(failed, here[a], *on_device[a], bytes);
  return done(failed);
}

static int pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer) {
  const size_t bytes = (size_t)(n * p->transport.n_mobile * p->mesh.pitch) * sizeof(double);
  double *there = put_unwritten(bytes);
  const int failed = device->pack_rows(p, put(u, state_bytes(p)), n, put(rows, (size_t)n * sizeof *rows), there);
  get(failed, buffer, there, bytes);
  return done(failed);
}

static const EluteBackend hosted_cuda = {.name = "cuda",
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
                                         .pack_rows = pack_rows};

const EluteBackend *hosted_backend(int number) {
  char why[256];
  if (number == 0) return &elute_backend_cpu;
  return number == 1 && elute_backend_cuda_available(why, sizeof why) ? &hosted_cuda : NULL;
}
