/* How fast the kernels are beside the memory they must move. The bandwidth is measured in the same process, just
   before; under mpirun all ranks measure and run at the same time, and the slowest counts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../simulation.h"
#include "commands.h"

enum { REPEATS = 5, N_BENCH_SPECIES = 4, STEPS = 3 /* in a row, as a run takes them */ };

/* Two payloads released into two mobile drugs in patchy tissue: 4 mobile species, reactions in a chain. */
static const char case_text[] =
    "elute: 1\n"
    "mesh:\n"
    "  geometry: cartesian\n"
    "  x: {from: -3 mm, to: 3 mm, cells: %d}\n"
    "  y: {from: -3 mm, to: 3 mm, cells: %d}\n"
    "  z: {from: -3 mm, to: 3 mm, cells: %d}\n"
    "tissues:\n"
    "  muscle: {interstitial_fraction: 0.12}\n"
    "  tumour: {interstitial_fraction: 0.3, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 2 mm}}}\n"
    "species:\n"
    "  a: {diffusivity: 3.3e-12 m2/s, initial: 1 uM}\n"
    "  b: {diffusivity: 3.7e-11 m2/s, initial: 1 uM}\n"
    "  c: {diffusivity: 1.2e-10 m2/s, initial: 1 uM}\n"
    "  d: {diffusivity: 1.6e-11 m2/s, initial: 1 uM}\n"
    "reactions:\n"
    "  - {equation: \"a -> c\", rate: 1e-4 1/s}\n"
    "  - {equation: \"b -> c\", rate: 2e-4 1/s}\n"
    "  - {equation: \"c + d -> \", rate: 1 m3/(mol s)}\n"
    "  - {equation: \"c -> \", law: michaelis_menten, v_max: 1 nM/s, k_m: 50 nM}\n"
    "boundaries: {all: {c: {value: 0 uM}}}\n"
    "time: {end: 1 d, method: ros2, step: 10 s}\n";

typedef struct Measurement {
  const char *name;
  double bytes; /* that one value must move, compulsory */
  double ns;    /* per value (cell and species) on one rank, the fastest of the repeats */
} Measurement;

static double seconds(void) {
  return MPI_Wtime();
}

/* A device may be asked for more before it is done with what it has: the clock stops when a number has come back. */
static void wait_for(EluteFields *f, const double *memory) {
  double number;

  ELUTE_BACKEND_CALL(f, f->backend->to_host(&number, memory, sizeof number));
}

/* The same as measure_bandwidth, of a device's memory. */
static PetscErrorCode device_bandwidth(EluteFields *f, bool triad, double *bytes_per_second) {
  const size_t n = (size_t)1 << 24;
  double *a[3], best = INFINITY;
  EluteCombination sum = {.n = triad ? 2 : 1, .coefficient = {1, 3}};
  PetscErrorCode ierr = PETSC_SUCCESS;

  for (int i = 0; i < 3; i++) {
    a[i] = f->backend->allocate(n * sizeof(double));
    if (!a[i]) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "no device memory for the bandwidth measurement");
  }
  PetscCall(EluteAgree(f->comm, ierr));
  sum.vector[0] = a[1], sum.vector[1] = a[2];
  for (int pass = 0; pass < REPEATS + 1; pass++) {
    double start;

    wait_for(f, a[0]);
    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = seconds();
    ELUTE_BACKEND_CALL(f, f->backend->combine(n, &sum, a[0]));
    wait_for(f, a[0]);
    best = fmin(best, seconds() - start);
  }
  for (int i = 0; i < 3; i++) f->backend->release(a[i]);
  *bytes_per_second = (triad ? 24.0 : 16.0) * (double)n / best;
  return EluteFieldsAgree(f);
}

/* Bytes per second of a <- b + 3 c (triad) or a <- b (copy) over arrays far larger than the caches; each store counts
   once, as the kernels' do. The fastest of several passes. */
static PetscErrorCode measure_bandwidth(bool triad, double *bytes_per_second) {
  const size_t n = (size_t)1 << 24;
  double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), *c = malloc(n * sizeof *c), best = INFINITY;

  if (!a || !b || !c)
    return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for the bandwidth measurement (%zu MB)", 3 * n * 8 >> 20);
  for (size_t i = 0; i < n; i++) a[i] = 0, b[i] = (double)i, c[i] = 1;
  for (int pass = 0; pass < REPEATS + 1; pass++) {
    double start;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = seconds();
    if (triad) {
      for (size_t i = 0; i < n; i++) a[i] = b[i] + 3.0 * c[i];
    } else {
      memcpy(a, b, n * sizeof *a);
    }
    __asm__ volatile("" : : "r"(a) : "memory"); /* the work is wanted */
    best = fmin(best, seconds() - start);
  }
  free(a);
  free(b);
  free(c);
  *bytes_per_second = (triad ? 24.0 : 16.0) * (double)n / best;
  return PETSC_SUCCESS;
}

static PetscErrorCode run_kernel(EluteSimulation *s, int which, Vec x, double *ledger) {
  EluteOperators *ops = s->ops;
  const double theta = 3.0;
  double *array;

  if (which == 0) return EluteOperatorsResidual(ops, s->u, theta, NULL, x, ledger);
  if (which == 1) return EluteOperatorsReactionSolve(ops, s->u, theta, x, ledger);
  PetscCall(EluteFieldsGet(ops->fields, x, &array));
  ELUTE_BACKEND_CALL(ops->fields,
                     ops->backend->line_solve(&ops->view, which - 2, theta, NULL, NULL, NULL, array, ledger));
  PetscCall(EluteFieldsRestore(ops->fields, x, &array));
  return PETSC_SUCCESS;
}

static PetscErrorCode measure_kernel(EluteSimulation *s, int which, Vec x, double values, double *ns) {
  double *ledger = s->ops->backend->allocate(sizeof(double) * (size_t)(s->ops->view.n_ledger + 1)), best = INFINITY;

  for (int pass = 0; pass < REPEATS + 1; pass++) {
    double start;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = seconds();
    PetscCall(run_kernel(s, which, x, ledger));
    wait_for(s->fields, ledger);
    if (pass) best = fmin(best, seconds() - start);
  }
  s->ops->backend->release(ledger);
  PetscCall(EluteFieldsAgree(s->fields));
  *ns = best / values * 1e9;
  return PETSC_SUCCESS;
}

static PetscErrorCode measure_step(EluteSimulation *s, double values, double *ns) {
  double t = 0, best = INFINITY;

  for (int pass = 0; pass < REPEATS + 1; pass++) {
    double start, reached, end = t + STEPS * s->model->time.fixed_step;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = seconds();
    PetscCall(EluteStepperAdvance(s->stepper, s->u, t, end, pass == 0, &reached));
    if (pass) best = fmin(best, seconds() - start);
    t = end;
  }
  *ns = best / STEPS / values * 1e9;
  return PETSC_SUCCESS;
}

static PetscErrorCode measure_all(EluteSimulation *s, Measurement *m, int n) {
  Vec x;
  double values = (double)s->mesh->view.n_rows * s->mesh->view.n_cells * N_BENCH_SPECIES, worst;

  if (values == 0) values = INFINITY;
  PetscCall(EluteOperatorsSetSegment(s->ops, 0, s->model->time.end));
  PetscCall(EluteOperatorsSetTime(s->ops, 0));
  PetscCall(EluteOperatorsInitial(s->ops, s->u));
  PetscCall(EluteStepperUpdateScale(s->stepper, s->u));
  PetscCall(EluteFieldsCreateVec(s->fields, &x));
  for (int i = 0; i < n; i++) {
    if (i < n - 1)
      PetscCall(measure_kernel(s, i, x, values, &m[i].ns));
    else
      PetscCall(measure_step(s, values, &m[i].ns));
    PetscCallMPI(MPI_Allreduce(&m[i].ns, &worst, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
    m[i].ns = worst;
  }
  PetscCall(VecDestroy(&x));
  return PETSC_SUCCESS;
}

static void print_text(const EluteSimulation *s, int ranks, double copy, double triad, const Measurement *m, int n) {
  printf("%d x %d x %d cells, %d species, backend %s, %d rank%s\n", (int)s->mesh->spec.n[0], (int)s->mesh->spec.n[1],
         (int)s->mesh->spec.n[2], N_BENCH_SPECIES, s->fields->backend->name, ranks, ranks == 1 ? "" : "s");
  printf("memory bandwidth of one rank, all ranks at work: copy %.2f GB/s, triad %.2f GB/s\n\n", copy / 1e9,
         triad / 1e9);
  printf("%-16s %14s %14s %16s\n", "", "ns per value", "bytes at least", "times the bytes");
  for (int i = 0; i < n; i++) {
    printf("%-16s %14.3f %14.0f %16.2f\n", m[i].name, m[i].ns, m[i].bytes, m[i].ns / (m[i].bytes / triad * 1e9));
  }
  printf("\nA value is one species in one cell. \"times the bytes\" is the measured time over what the compulsory "
         "bytes take at "
         "the triad's bandwidth.\n");
}

static void print_json(const EluteSimulation *s, int ranks, double copy, double triad, const Measurement *m, int n) {
  printf("{\"cells\": [%d, %d, %d], \"species\": %d, \"backend\": \"%s\", \"ranks\": %d, \"copy_GB_per_s\": %.4g, "
         "\"triad_GB_per_s\": %.4g, \"kernels\": [",
         (int)s->mesh->spec.n[0], (int)s->mesh->spec.n[1], (int)s->mesh->spec.n[2], N_BENCH_SPECIES,
         s->fields->backend->name, ranks, copy / 1e9, triad / 1e9);
  for (int i = 0; i < n; i++) {
    printf("%s\n  {\"name\": \"%s\", \"ns_per_value\": %.4g, \"compulsory_bytes\": %.0f, \"times_the_bytes\": %.4g}",
           i ? "," : "", m[i].name, m[i].ns, m[i].bytes, m[i].ns / (m[i].bytes / triad * 1e9));
  }
  printf("\n]}\n");
}

/* Compulsory bytes, state in double and coefficients in float: the residual reads u, three conductances and the
   capacity and writes its result (8 + 16 + 8); a line solve reads and writes the increment and reads one conductance
   and the capacity; the reaction solve reads the state and reads and writes the increment. A whole ros2 step: 176 in
   all, the sum over two stages of what cannot be avoided with fused passes. */
static PetscErrorCode bench(EluteSimulation *s, const EluteCommandLine *line) {
  Measurement m[] = {{"residual", 32, 0},     {"reaction solve", 24, 0}, {"line solve x", 24, 0},
                     {"line solve y", 24, 0}, {"line solve z", 24, 0},   {"ros2 step", 176, 0}};
  const int n = sizeof m / sizeof m[0];
  double copy, triad, bandwidth[2], slowest[2];
  int rank, ranks;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(s->device.used ? device_bandwidth(s->fields, false, &copy) : measure_bandwidth(false, &copy));
  PetscCall(s->device.used ? device_bandwidth(s->fields, true, &triad) : measure_bandwidth(true, &triad));
  bandwidth[0] = copy, bandwidth[1] = triad;
  PetscCallMPI(MPI_Allreduce(bandwidth, slowest, 2, MPI_DOUBLE, MPI_MIN, PETSC_COMM_WORLD));
  PetscCall(measure_all(s, m, n));
  if (rank == 0 && line->json)
    print_json(s, ranks, slowest[0], slowest[1], m, n);
  else if (rank == 0)
    print_text(s, ranks, slowest[0], slowest[1], m, n);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCommandBench(const EluteCommandLine *line) {
  EluteSimulationOptions options = {.backend = line->backend, .stepper = ELUTE_STEPPER_OWN};
  EluteSimulation *simulation = NULL;
  EluteModel *model;
  EluteDiagnostics d = {0};
  char text[sizeof case_text + 64], *end;
  long cells = strtol(line->cells, &end, 10);
  PetscErrorCode ierr;

  if (*end || cells < 8 || cells > 2048) {
    return EluteFail(ELUTE_EXIT_USAGE, "--cells %s: expected a whole number from 8 to 2048", line->cells);
  }
  snprintf(text, sizeof text, case_text, (int)cells, (int)cells, (int)cells);
  model = EluteModelRead("the benchmark's case", text, strlen(text), 0, NULL, &d);
  if (!model) return EluteFail(ELUTE_EXIT_SYSTEM, "%s", d.text);
  EluteDiagnosticsClear(&d);
  if (line->coefficients) model->coefficients_double = strcmp(line->coefficients, "double") == 0;
  ierr = EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &simulation);
  if (!ierr) ierr = EluteCommandUnusedOptions();
  if (!ierr) ierr = bench(simulation, line);
  if (!ierr) PetscCall(EluteSimulationDestroy(&simulation));
  return ierr;
}
