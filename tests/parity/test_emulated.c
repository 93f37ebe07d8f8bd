/* The CUDA backend on the emulated device (tests/emulation): the order in which blocks and lanes run changes no bit;
   every call that can fail does so with a message and leaves the program able to go on; what a step moves between host
   and device does not depend on the mesh. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "hosted.h"
#include "problem.h"
#include "tests/emulation/emulation.h"

static const EluteBackend *const cuda = &elute_backend_cuda;
static const ProblemSpec amid = {.what = "3-D amid other ranks",
                                 .nx = 70,
                                 .ny = 5,
                                 .nz = 4,
                                 .n_species = 5,
                                 .n_mobile = 3,
                                 .n_reactions = 6,
                                 .stiffness = 2,
                                 .ghost = {true, true, true, true},
                                 .held = true,
                                 .open = true,
                                 .periodic_x = true,
                                 .single = true};

/* The same at rest, and with fluid that moves: every kernel is started by one of them. */
static ProblemSpec moving(int flow) {
  ProblemSpec spec = amid;
  spec.flow = flow;
  return spec;
}
static const int flows[] = {STILL, UPWIND, LIMITED};
enum { N_FLOWS = sizeof flows / sizeof *flows };

/* A problem in device memory, with vectors to work on. */
typedef struct Work {
  Problem *p;
  Upload up;
  double *u, *x, *y, *ghost, *increment, *ledger, *equations[6], *end[2], *shift[3];
  int32_t *rows;
  size_t bytes;
} Work;

static Work work_create(const ProblemSpec *spec) {
  static const int32_t rows[2] = {1, 0};
  Work w = {.p = problem_create(spec, 77)};
  const EluteMeshView *m = &w.p->view.mesh;
  const size_t faces = (size_t)((m->ny > m->nz ? m->ny : m->nz) * spec->n_mobile * m->pitch) * sizeof(double);
  upload_problem(w.p, cuda, &w.up);
  w.bytes = w.p->n_state * sizeof(double);
  w.u = upload_array(&w.up, w.p->u, w.bytes);
  w.x = upload_array(&w.up, w.p->x, w.bytes);
  w.y = upload_array(&w.up, NULL, w.bytes);
  w.ghost = upload_array(&w.up, w.p->ghost, w.p->n_ghost * sizeof(double));
  w.increment = upload_array(&w.up, w.p->increment, 5 * sizeof(double));
  w.ledger = upload_array(&w.up, NULL, (size_t)w.p->view.n_ledger * sizeof(double));
  w.rows = upload_array(&w.up, rows, sizeof rows);
  for (int e = 0; e < 6; ++e) /* any coefficients */
    w.up.view.cross.turn[e] = spec->n_mobile ? w.up.view.transport.inverse_capacity : NULL;
  for (int a = 0; a < 3 && spec->n_mobile; ++a) {
    w.up.view.cross.shift[a] = w.shift[a] = upload_array(&w.up, NULL, w.bytes);
    w.up.view.cross.ghost[a] = w.ghost;
  }
  for (int e = 0; e < 6; ++e) w.equations[e] = upload_array(&w.up, NULL, faces);
  for (int e = 0; e < 2; ++e) w.end[e] = upload_array(&w.up, NULL, faces);
  return w;
}

static void work_destroy(Work *w) {
  upload_release(&w->up);
  problem_destroy(w->p);
}

/* Everything that the stepper calls in a step, each on the results of those before. 0: all went well. */
static int step(Work *w, EluteStepMeasure *measure, double *answers) {
  const EluteProblemView *v = &w->up.view;
  const EluteCombination add = {.n = 2, .coefficient = {0.3, -0.2}, .vector = {w->x, w->u}};
  const EluteCombination one = {.n = 1, .coefficient = {0.1}, .vector = {w->y}};
  const double *const with[] = {w->u, w->x, w->y, w->u, w->x, w->y, w->u, w->x, w->y, w->u}; /* more than one group */
  double atol[ELUTE_MAX_SPECIES];
  for (int k = 0; k < ELUTE_MAX_SPECIES; ++k) atol[k] = 1e-3;
  memset(answers, 0, 64 * sizeof *answers);
  if (cuda->shifts(v, w->u, w->ghost, w->increment, w->shift) ||
      cuda->residual(v, w->u, w->ghost, 0.5, &add, w->y, w->ledger) ||
      cuda->jacobian_apply(v, w->u, w->ghost, w->y, w->ghost, w->increment, w->x, w->ledger) ||
      cuda->combine(w->p->n_state, &add, w->y) || cuda->reaction_solve(v, w->u, 0.02, w->y, w->ledger))
    return 1;
  for (int axis = 0; axis < 3; ++axis)
    if ((axis && cuda->line_reduce(v, axis, 0.2, w->increment, w->y, w->equations)) ||
        cuda->line_solve(v, axis, 0.2, w->increment, w->end[0], w->end[1], w->y, w->ledger))
      return 1;
  return cuda->finish_step(v, w->u, &one, &one, 1e-3, atol, w->x, measure) ||
         cuda->weighted_squares(v, w->x, w->u, 1e-3, atol, answers) ||
         cuda->inner_products(v, w->x, w->u, 1e-3, atol, 10, with, answers + ELUTE_MAX_SPECIES) ||
         cuda->pack_rows(v, w->x, 2, w->rows, w->end[0]);
}

typedef struct Outcome {
  double *x, *y, *ledger, *packed, answers[64];
  EluteStepMeasure measure;
} Outcome;

static Outcome outcome_of(const ProblemSpec *spec, int order) {
  Work w = work_create(spec);
  const size_t ledger = (size_t)w.p->view.n_ledger * sizeof(double);
  const size_t packed = (size_t)(2 * spec->n_mobile * w.p->view.mesh.pitch) * sizeof(double);
  Outcome o = {.x = malloc(w.bytes), .y = malloc(w.bytes), .ledger = malloc(ledger), .packed = malloc(packed)};
  elute_emulation_order(order);
  cr_assert_eq(step(&w, &o.measure, o.answers), 0, "%s", elute_backend_error());
  cr_assert_eq(cuda->to_host(o.x, w.x, w.bytes) || cuda->to_host(o.y, w.y, w.bytes) ||
                   cuda->to_host(o.ledger, w.ledger, ledger) || cuda->to_host(o.packed, w.end[0], packed),
               0);
  work_destroy(&w);
  return o;
}

static void any_order_gives_the_same_bits(const ProblemSpec *spec) {
  const Problem *p = problem_create(spec, 77);
  const Outcome first = outcome_of(spec, 0);
  for (int order = 1; order < 5; ++order) {
    const Outcome o = outcome_of(spec, order);
    cr_assert_eq(memcmp(o.x, first.x, p->n_state * sizeof(double)), 0);
    cr_assert_eq(memcmp(o.y, first.y, p->n_state * sizeof(double)), 0);
    cr_assert_eq(memcmp(o.ledger, first.ledger, (size_t)p->view.n_ledger * sizeof(double)), 0);
    cr_assert_eq(memcmp(o.packed, first.packed, (size_t)(2 * amid.n_mobile * p->view.mesh.pitch) * sizeof(double)), 0);
    cr_assert_eq(memcmp(o.answers, first.answers, sizeof first.answers), 0);
    cr_assert_eq(memcmp(&o.measure, &first.measure, sizeof first.measure), 0);
  }
}

Test(emulated, any_order_of_blocks_and_lanes_gives_the_same_bits) {
  for (int f = 0; f < N_FLOWS; ++f) {
    const ProblemSpec ring = moving(flows[f]);
    ProblemSpec line = ring;
    line.periodic_x = false; /* inlets along x */
    any_order_gives_the_same_bits(&ring);
    if (flows[f] != STILL) any_order_gives_the_same_bits(&line);
  }
}

Test(emulated, packed_rows_are_the_rows_asked_for) {
  const Outcome o = outcome_of(&amid, 0);
  const Problem *p = problem_create(&amid, 77);
  const size_t length = (size_t)(amid.n_mobile * p->view.mesh.pitch),
               row = (size_t)(amid.n_species * p->view.mesh.pitch);
  cr_assert_eq(memcmp(o.packed, o.x + row, length * sizeof(double)), 0);
  cr_assert_eq(memcmp(o.packed + length, o.x, length * sizeof(double)), 0);
}

/* Fails every launch, copy and allocation of a step in turn: the step must say so, and the next one must work. Returns how
   many failed. */
static int fail_each_of(ProblemSpec spec, const char *kind, const char *error) {
  EluteStepMeasure measure;
  double answers[64];
  int failures = 0;
  spec.nx = 5, spec.ny = spec.nz = 2;
  for (long n = 1;; ++n) {
    Work w = work_create(&spec);
    elute_emulation_fail(kind, n);
    const int failed = step(&w, &measure, answers);
    const char *message = elute_backend_error();
    if (failed)
      cr_assert(strstr(message, "CUDA: ") == message && strstr(message, error), "%s %ld: %s", kind, n, message);
    elute_emulation_fail(NULL, 0);
    cr_assert_eq(step(&w, &measure, answers), 0, "after %s %ld: %s", kind, n, elute_backend_error());
    work_destroy(&w);
    if (!failed) break;
    ++failures;
  }
  return failures;
}

static void fail_each(const char *kind, const char *error) {
  /* memory is kept from one step to the next: the second may need none that is new */
  cr_assert_gt(fail_each_of(amid, kind, error), 0, "%s: nothing failed", kind);
  fail_each_of(moving(LIMITED), kind, error);
}

Test(emulated, a_launch_that_fails_is_reported) {
  fail_each("launch", "cudaErrorLaunchFailure");
}

Test(emulated, a_copy_that_fails_is_reported) {
  fail_each("copy", "cudaErrorInvalidValue");
}

Test(emulated, memory_that_is_not_there_is_reported) {
  fail_each("allocate", "cudaErrorMemoryAllocation");
}

Test(emulated, a_kernel_that_dies_is_found_at_the_next_wait) {
  fail_each("run", "cudaErrorIllegalAddress");
}

/* Bytes to and from the device, launches and waits of one steady step: the second, when scratch has grown. */
static EluteTraffic traffic_of(ProblemSpec spec, int nx, int ny, int nz) {
  EluteTraffic before, after;
  EluteEmulationCounts counted, later;
  EluteStepMeasure measure;
  double answers[64];
  spec.nx = nx, spec.ny = ny, spec.nz = nz;
  Work w = work_create(&spec);
  cr_assert_eq(step(&w, &measure, answers), 0);
  cuda->traffic(&before);
  elute_emulation_counts(&counted);
  cr_assert_eq(step(&w, &measure, answers), 0);
  cuda->traffic(&after);
  elute_emulation_counts(&later);
  after.to_backend -= before.to_backend, after.to_host -= before.to_host;
  after.launches -= before.launches, after.waits -= before.waits;
  cr_assert_eq(later.to_device - counted.to_device, after.to_backend);
  cr_assert_eq(later.to_host - counted.to_host, after.to_host);
  cr_assert_eq(later.launches - counted.launches, after.launches);
  cr_assert_eq(later.waits - counted.waits, after.waits);
  cr_assert_eq(later.allocations, counted.allocations, "a steady step allocates");
  work_destroy(&w);
  return after;
}

Test(emulated, what_a_step_moves_does_not_depend_on_the_mesh) {
  for (int f = 0; f < N_FLOWS; ++f) {
    const ProblemSpec spec = moving(flows[f]);
    const EluteTraffic small = traffic_of(spec, 12, 4, 3), large = traffic_of(spec, 150, 9, 8);
    cr_assert_eq(small.to_backend, 0);
    cr_assert_gt(small.to_host, 0);
    cr_assert_eq(memcmp(&small, &large, sizeof small), 0);
    cr_assert_eq(small.waits, 4, "one each for the step, the norms, and two groups of products");
  }
}

Test(emulated, more_memory_than_there_is_is_refused) {
  double *memory = cuda->allocate((size_t)1 << 40);
  cr_assert_null(memory);
  cr_assert(strstr(elute_backend_error(), "cudaErrorMemoryAllocation"), "%s", elute_backend_error());
  cr_assert_not_null(cuda->allocate(8));
}

/* The address sanitizer, where it is built in, ends the program itself on such an access. */
#if !defined(__SANITIZE_ADDRESS__)
Test(emulated, host_access_is_caught, .signal = 11) {
  double *memory = cuda->allocate(64);
  memory[0] = 1;
}
#endif

Test(emulated, a_device_is_opened_and_described) {
  EluteDevice device;
  cr_assert_eq(elute_backend_cuda_open(3, &device), 0);
  cr_assert_eq(device.count, 1);
  cr_assert_eq(device.number, 0);
  cr_assert(strstr(device.name, "emulated"));
  cr_assert_eq(device.total, (size_t)1 << 32);
}
