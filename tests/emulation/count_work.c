/* kernels/cuda_work.inc, that `elute bench --model` prints, against a count made now: the benchmark's work on the
   emulated device, on the smaller mesh of the table; where they differ by more than 1 per cent the exit code is 1. With
   --print both meshes are counted and the table is printed anew (a row that is added stands there with zeros first). */
#include <math.h>
#include <petscsys.h>
#include <stdio.h>
#include <string.h>
#include "solver/commands/bench.h"
#include "solver/commands/bench_model.h"
#include "work.h"

enum { STEPS = 3 /* in a row, as a run takes them */ };

/* Of one work per value, done `times` times by one call. */
static PetscErrorCode count_one(EluteBench *b, EluteBenchWork work, int times, EluteBenchCount *count) {
  EluteEmulationWork before, after;

  elute_emulation_work(&before);
  PetscCall(EluteBenchDo(b, work));
  elute_emulation_work(&after);
  count->moved = (after.moved - before.moved) / times / b->values;
  count->requested = (after.requested - before.requested) / times / b->values;
  count->operations = (after.operations - before.operations) / times / b->values;
  count->conversions = (after.conversions - before.conversions) / times / b->values;
  return PETSC_SUCCESS;
}

/* A line solve where its axis is long and the others short: of y and z lines a block of 128 threads has those of four
   species over 31 cells and their padding. */
static PetscErrorCode count_line(EluteBenchTransport transport, int axis, int length, EluteBenchCount *count) {
  const int meshes[3][3] = {{length, 8, 8}, {31, length, 2}, {31, 2, length}};
  EluteBench b;

  PetscCall(EluteBenchCreateWith(transport, meshes[axis], "cuda", NULL, 1, &b));
  PetscCall(count_one(&b, (EluteBenchWork)(ELUTE_BENCH_LINES_X + axis), 1, count));
  return EluteBenchDestroy(&b);
}

/* One case, all works: on a cube; then lines of full length take the place of the cube's, also in the step: one per
   axis and each of its two stages. */
static PetscErrorCode count_case(EluteBenchTransport transport, const EluteBenchCounted *mesh,
                                 EluteBenchCount count[ELUTE_BENCH_WORKS]) {
  EluteBenchCount *step = &count[ELUTE_BENCH_STEP];
  EluteBench b;

  PetscCall(EluteBenchCreateWith(transport, (const int[]){mesh->cells, mesh->cells, mesh->cells}, "cuda", NULL, 1, &b));
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_STEP; w++) PetscCall(count_one(&b, w, 1, &count[w]));
  PetscCall(EluteBenchDo(&b, ELUTE_BENCH_STEP)); /* the first one comes after a discontinuity */
  b.steps = STEPS;
  PetscCall(count_one(&b, ELUTE_BENCH_STEP, STEPS, step));
  PetscCall(EluteBenchDestroy(&b));
  for (int axis = 0; axis < 3; axis++) {
    EluteBenchCount *of_cube = &count[ELUTE_BENCH_LINES_X + axis], line;

    PetscCall(count_line(transport, axis, mesh->line, &line));
    step->moved += 2 * (line.moved - of_cube->moved);
    step->requested += 2 * (line.requested - of_cube->requested);
    step->operations += 2 * (line.operations - of_cube->operations);
    step->conversions += 2 * (line.conversions - of_cube->conversions);
    *of_cube = line;
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode count(const EluteBenchCounted *mesh, EluteBenchCount rows[ELUTE_BENCH_ROWS]) {
  EluteBenchCount counts[3][ELUTE_BENCH_WORKS];

  for (EluteBenchTransport t = ELUTE_BENCH_AT_REST; t <= ELUTE_BENCH_TENSORS; t++)
    PetscCall(count_case(t, mesh, counts[t]));
  for (int r = 0; r < ELUTE_BENCH_ROWS; r++) rows[r] = counts[elute_bench_rows[r].transport][elute_bench_rows[r].work];
  return PETSC_SUCCESS;
}

static PetscErrorCode print(void) {
  printf("/* {moved, requested, operations, conversions}: bytes, and what is done in double precision, per value (cell and\n"
         "   species) of the CUDA kernels, counted on the emulated device (tests/emulation/work.h); written by\n"
         "   count_work --print. */\n"
         "#define ELUTE_BENCH_COUNTED_BY %d /* gcc */\n",
         __GNUC__);
  for (int mesh = 0; mesh < ELUTE_BENCH_MESHES; mesh++) {
    EluteBenchCount rows[ELUTE_BENCH_ROWS];
    char name[64];

    PetscCall(count(&elute_bench_counted[mesh], rows));
    printf("{%d,\n %d,\n {", elute_bench_counted[mesh].cells, elute_bench_counted[mesh].line);
    for (int r = 0; r < ELUTE_BENCH_ROWS; r++) {
      EluteBenchRowName(r, sizeof name, name);
      printf("%s{%.2f, %.2f, %.2f, %.2f} /* %s */", r ? ",\n  " : "", rows[r].moved, rows[r].requested,
             rows[r].operations, rows[r].conversions, name);
    }
    printf("}},\n");
  }
  return PETSC_SUCCESS;
}

static bool differs(const char *what, int row, double counted, double in_table) {
  char name[64];

  if (fabs(counted - in_table) <= 0.01 * in_table) return false;
  EluteBenchRowName(row, sizeof name, name);
  fprintf(stderr, "%s: %.2f %s per value, the table has %.2f\n", name, counted, what, in_table);
  return true;
}

static PetscErrorCode compare(bool *wrong) {
  const EluteBenchCounted *table = &elute_bench_counted[0];
  EluteBenchCount rows[ELUTE_BENCH_ROWS];

  PetscCall(count(table, rows));
  for (int r = 0; r < ELUTE_BENCH_ROWS; r++) {
    if (differs("bytes moved", r, rows[r].moved, table->row[r].moved)) *wrong = true;
    if (differs("operations", r, rows[r].operations, table->row[r].operations)) *wrong = true;
    if (differs("conversions", r, rows[r].conversions, table->row[r].conversions)) *wrong = true;
    if (elute_bench_counted_by == __GNUC__ && differs("bytes requested", r, rows[r].requested, table->row[r].requested))
      *wrong = true;
  }
  return PETSC_SUCCESS;
}

int main(int argc, char **argv) {
  bool wrong = false;

  PetscCall(PetscInitializeNoArguments());
  elute_emulation_work_begin();
  if (argc > 1 && strcmp(argv[1], "--print") == 0)
    PetscCall(print());
  else
    PetscCall(compare(&wrong));
  if (wrong) fprintf(stderr, "Where that is meant: count_work --print > kernels/cuda_work.inc\n");
  PetscCall(PetscFinalize());
  return wrong;
}
