/* How fast the kernels are beside the memory they must move. The bandwidth is measured in the same process, just
   before; under mpirun all ranks measure and run at the same time, and the slowest counts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

/* Other work on the machine only ever makes a pass slower: the fastest of many is the least wrong. */
enum { REPEATS = 10 };

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

PetscErrorCode EluteBenchMeasure(EluteBench *b, EluteBenchWork work, double *ns) {
  const double times = work == ELUTE_BENCH_STEP ? b->steps : 1;
  double best = INFINITY;

  for (int pass = 0; pass < REPEATS + 1; pass++) {
    double start;

    PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
    start = seconds();
    PetscCall(EluteBenchDo(b, work));
    wait_for(b->simulation->fields, b->ledger);
    if (pass) best = fmin(best, seconds() - start);
  }
  PetscCall(EluteFieldsAgree(b->simulation->fields));
  best = b->values > 0 ? best / times / b->values * 1e9 : 0;
  PetscCallMPI(MPI_Allreduce(&best, ns, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  return PETSC_SUCCESS;
}

static void print_text(const EluteSimulation *s, int ranks, double copy, double triad, const double *ns) {
  printf("%d x %d x %d cells, %d species, backend %s, %d rank%s\n", (int)s->mesh->spec.n[0], (int)s->mesh->spec.n[1],
         (int)s->mesh->spec.n[2], ELUTE_BENCH_SPECIES, s->fields->backend->name, ranks, ranks == 1 ? "" : "s");
  printf("memory bandwidth of one rank, all ranks at work: copy %.2f GB/s, triad %.2f GB/s\n\n", copy / 1e9,
         triad / 1e9);
  printf("%-16s %14s %14s %16s\n", "", "ns per value", "bytes at least", "times the bytes");
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS; w++) {
    const double bytes = EluteBenchLeastBytes(w);
    printf("%-16s %14.3f %14.0f %16.2f\n", EluteBenchName(w), ns[w], bytes, ns[w] / (bytes / triad * 1e9));
  }
  printf("\nA value is one species in one cell. \"times the bytes\" is the measured time over what the compulsory "
         "bytes take at "
         "the triad's bandwidth.\n");
}

static void print_json(const EluteSimulation *s, int ranks, double copy, double triad, const double *ns) {
  printf("{\"cells\": [%d, %d, %d], \"species\": %d, \"backend\": \"%s\", \"ranks\": %d, \"copy_GB_per_s\": %.4g, "
         "\"triad_GB_per_s\": %.4g, \"kernels\": [",
         (int)s->mesh->spec.n[0], (int)s->mesh->spec.n[1], (int)s->mesh->spec.n[2], ELUTE_BENCH_SPECIES,
         s->fields->backend->name, ranks, copy / 1e9, triad / 1e9);
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS; w++) {
    const double bytes = EluteBenchLeastBytes(w);
    printf("%s\n  {\"name\": \"%s\", \"ns_per_value\": %.4g, \"compulsory_bytes\": %.0f, \"times_the_bytes\": %.4g}",
           w ? "," : "", EluteBenchName(w), ns[w], bytes, ns[w] / (bytes / triad * 1e9));
  }
  printf("\n]");
}

static PetscErrorCode bench(EluteBench *b, const EluteCommandLine *line) {
  EluteSimulation *s = b->simulation;
  double ns[ELUTE_BENCH_WORKS], copy, triad, bandwidth[2], slowest[2];
  int rank, ranks;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(s->device.used ? device_bandwidth(s->fields, false, &copy) : measure_bandwidth(false, &copy));
  PetscCall(s->device.used ? device_bandwidth(s->fields, true, &triad) : measure_bandwidth(true, &triad));
  bandwidth[0] = copy, bandwidth[1] = triad;
  PetscCallMPI(MPI_Allreduce(bandwidth, slowest, 2, MPI_DOUBLE, MPI_MIN, PETSC_COMM_WORLD));
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS; w++) PetscCall(EluteBenchMeasure(b, w, &ns[w]));
  if (rank == 0 && line->json)
    print_json(s, ranks, slowest[0], slowest[1], ns);
  else if (rank == 0)
    print_text(s, ranks, slowest[0], slowest[1], ns);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCommandBench(const EluteCommandLine *line) {
  EluteBench b;
  char *end;
  int rank;
  long cells = strtol(line->cells, &end, 10);
  PetscErrorCode ierr;

  if (*end || cells < 8 || cells > 2048)
    return EluteFail(ELUTE_EXIT_USAGE, "--cells %s: expected a whole number from 8 to 2048", line->cells);
  ierr = EluteBenchCreate((const int[]){(int)cells, (int)cells, (int)cells}, line->backend, line->coefficients,
                          ELUTE_BENCH_STEPS, &b);
  if (!ierr) ierr = EluteCommandUnusedOptions();
  if (!ierr) ierr = bench(&b, line);
  if (ierr) return ierr;
  PetscCall(EluteBenchDestroy(&b));
  PetscCall(EluteBenchCompare((int)cells, line->backend, line->coefficients, line->json));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0 && line->model) EluteBenchModelPrint(line->json);
  if (rank == 0 && line->json) printf("}\n");
  return PETSC_SUCCESS;
}
