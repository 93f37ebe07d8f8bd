/* A backend that fails on one rank, at any of its calls in a run, ends the run on every rank with one and the same
   message: no rank waits for another, and nothing more is asked of the backend that failed. */
#include "../../kernels/private.h"
#include "../../solver/simulation.h"

#include <stdio.h>
#include <string.h>

static int failures;
#define CHECK(condition, ...)                                                                                          \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      failures++;                                                                                                      \
      fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                                  \
      fprintf(stderr, __VA_ARGS__);                                                                                    \
      fprintf(stderr, "\n");                                                                                           \
    }                                                                                                                  \
  } while (0)

/* Lines along every axis, one that closes on itself, an open face, data in time, and a step that GMRES must help. */
static const char text[] = "elute: 1\n"
                           "mesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 3}, y: {from: 0 m, to: 1 m, "
                           "cells: 6}, z: {from: 0 m, to: 1 m, cells: 4}}\n"
                           "species:\n"
                           "  u: {diffusivity: 1 m2/s, initial: {formula: \"1+x+y*y+z\", unit: mol/m3}}\n"
                           "  s: {mobile: no}\n"
                           "reactions: [{equation: \"u -> s\", rate: {formula: \"1+0.5*sin(t)\", unit: 1/s}}]\n"
                           "boundaries: {x-: {u: {value: {formula: \"2+cos(3*t)\", unit: mol/m3}}}, z-: {periodic: "
                           "yes}, z+: {periodic: yes}}\n"
                           "time: {end: 0.4 s, first_step: 0.2 s, accuracy: 1e-2, defect_limit: 1e-3}\n"
                           "output: {every: 0.3 s}\n";

/* Counts the calls of a run; the one numbered fail_at fails, and so that a later one is seen, none may follow. */
static int calls, fail_at, calls_after;

static int fails(void) {
  if (fail_at >= 0 && calls > fail_at) calls_after++;
  if (calls++ != fail_at) return 0;
  return elute_backend_fail("the device fell off the bus");
}

static const EluteBackend *const real = &elute_backend_guard;

static int residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                    const EluteCombination *add, double *out, double *ledger) {
  return fails() || real->residual(p, u, ghost, scale, add, out, ledger);
}
static int jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                          const double *ghost, const double *increment, double *y, double *ledger) {
  return fails() || real->jacobian_apply(p, u, ghost_u, x, ghost, increment, y, ledger);
}
static int reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  return fails() || real->reaction_solve(p, u, theta, x, ledger);
}
static int line_solve(const EluteProblemView *p, int axis, double theta, const double *increment, const double *below,
                      const double *above, double *x, double *ledger) {
  return fails() || real->line_solve(p, axis, theta, increment, below, above, x, ledger);
}
static int line_reduce(const EluteProblemView *p, int axis, double theta, const double *increment, const double *x,
                       double *const equations[6]) {
  return fails() || real->line_reduce(p, axis, theta, increment, x, equations);
}
static int combine(size_t n, const EluteCombination *c, double *out) {
  return fails() || real->combine(n, c, out);
}
static int finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                       const EluteCombination *error, double rtol, const double *atol, double *u_new,
                       EluteStepMeasure *measure) {
  return fails() || real->finish_step(p, u, increment, error, rtol, atol, u_new, measure);
}
static int weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                            const double *atol, double *sums) {
  return fails() || real->weighted_squares(p, x, u, rtol, atol, sums);
}
static int inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol, const double *atol,
                          int n, const double *const *v, double *products) {
  return fails() || real->inner_products(p, x, u, rtol, atol, n, v, products);
}
static int pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer) {
  return fails() || real->pack_rows(p, u, n, rows, buffer);
}
static int to_backend(void *destination, const void *source, size_t bytes) {
  return fails() || real->to_backend(destination, source, bytes);
}
static int to_host(void *destination, const void *source, size_t bytes) {
  return fails() || real->to_host(destination, source, bytes);
}

static EluteBackend counting(void) {
  EluteBackend b = elute_backend_guard;

  b.residual = residual, b.jacobian_apply = jacobian_apply, b.reaction_solve = reaction_solve;
  b.line_solve = line_solve, b.line_reduce = line_reduce, b.combine = combine, b.finish_step = finish_step;
  b.weighted_squares = weighted_squares, b.inner_products = inner_products, b.pack_rows = pack_rows;
  b.to_backend = to_backend, b.to_host = to_host;
  return b;
}

/* The run with a backend that fails here at its call `at`, -1: never; *made: the calls of this rank. */
static PetscErrorCode run(int at, int *made) {
  EluteBackend backend = counting();
  EluteSimulationOptions options = {.backend = "guard"};
  EluteDiagnostics d = {0};
  EluteModel *model = EluteModelRead("case", text, strlen(text), 0, NULL, &d);
  EluteSimulation *s = NULL;
  PetscErrorCode ierr;

  CHECK(model, "%s", d.text);
  EluteDiagnosticsClear(&d);
  if (!model) return 1;
  ierr = EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &s);
  if (ierr) return ierr;
  s->fields->backend = s->ops->backend = &backend;
  calls = calls_after = 0, fail_at = at;
  ierr = EluteSimulationBegin(s);
  if (!ierr) ierr = EluteSimulationRun(s, NULL);
  *made = calls;
  fail_at = -1;
  s->fields->backend = s->ops->backend = real;
  if (EluteSimulationDestroy(&s)) failures++;
  return ierr;
}

static void fail_everywhere(int rank, int size) {
  int all, made, last = size - 1, n;

  if (run(-1, &all)) {
    const char *message;

    (void)EluteFailure(&message);
    CHECK(0, "the run itself fails: %s", message);
    return;
  }
  n = all;
  if (MPI_Bcast(&n, 1, MPI_INT, last, PETSC_COMM_WORLD)) return;
  CHECK(n > 100, "%d calls", n);
  for (int at = 0; at < n; at += n / 12 + 1) {
    const char *message;
    PetscErrorCode ierr = run(rank == last ? at : -1, &made);

    CHECK(ierr, "the failure of call %d goes unseen on rank %d", at, rank);
    CHECK(EluteFailure(&message) == ELUTE_EXIT_SYSTEM, "exit code %d", (int)EluteFailure(NULL));
    CHECK(strstr(message, "fell off the bus"), "call %d, rank %d: %s", at, rank, message);
    CHECK(rank != last || calls_after == 0, "call %d: %d calls of a backend that had failed", at, calls_after);
    EluteFailureClear();
  }
}

int main(int argc, char **argv) {
  int rank, size, all;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  if (EluteErrorHandlerInstall()) return 1;
  if (MPI_Comm_rank(PETSC_COMM_WORLD, &rank) || MPI_Comm_size(PETSC_COMM_WORLD, &size)) return 1;
  fail_everywhere(rank, size);
  if (MPI_Allreduce(&failures, &all, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD)) all = 1;
  if (PetscFinalize()) return 1;
  return all != 0;
}
