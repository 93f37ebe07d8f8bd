/* kernels/cuda_bytes.inc, that `elute bench --model` prints, against a count made now: the benchmark's work on the
   emulated device, on both meshes of the table. count_bytes            compares: 1 per cent, or the exit code is 1
       count_bytes --print    prints the table anew */
#include <math.h>
#include <petscsys.h>
#include <stdio.h>
#include <string.h>
#include "bytes.h"
#include "solver/commands/bench.h"
#include "solver/commands/bench_model.h"

enum { STEPS = 3 /* in a row, as a run takes them */ };

/* Bytes per value of one work, done `times` times by one call. */
static PetscErrorCode count_one(EluteBench *b, EluteBenchWork work, int times, EluteBenchBytes *bytes) {
  EluteEmulationBytes before, after;

  elute_emulation_bytes(&before);
  PetscCall(EluteBenchDo(b, work));
  elute_emulation_bytes(&after);
  bytes->moved = (after.moved - before.moved) / times / b->values;
  bytes->requested = (after.requested - before.requested) / times / b->values;
  return PETSC_SUCCESS;
}

/* A line solve where its axis is long and the others short: of y and z lines a block of 128 threads has those of four
   species over 31 cells and their padding. */
static PetscErrorCode count_line(int axis, int length, EluteBenchBytes *bytes) {
  const int meshes[3][3] = {{length, 8, 8}, {31, length, 2}, {31, 2, length}};
  EluteBench b;

  PetscCall(EluteBenchCreate(ELUTE_BENCH_CHAIN, meshes[axis], "cuda", NULL, 1, &b));
  PetscCall(count_one(&b, (EluteBenchWork)(ELUTE_BENCH_LINES_X + axis), 1, bytes));
  return EluteBenchDestroy(&b);
}

/* Everything on a cube; then lines of full length take the place of the cube's, also in the step: one per axis and each
   of its two stages. */
static PetscErrorCode count(const EluteBenchCounted *meshes, EluteBenchBytes bytes[ELUTE_BENCH_WORKS]) {
  EluteBench b;

  PetscCall(EluteBenchCreate(ELUTE_BENCH_CHAIN, (const int[]){meshes->cells, meshes->cells, meshes->cells}, "cuda", NULL, 1, &b));
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_STEP; w++) PetscCall(count_one(&b, w, 1, &bytes[w]));
  PetscCall(EluteBenchDo(&b, ELUTE_BENCH_STEP)); /* the first one comes after a discontinuity */
  b.steps = STEPS;
  PetscCall(count_one(&b, ELUTE_BENCH_STEP, STEPS, &bytes[ELUTE_BENCH_STEP]));
  PetscCall(EluteBenchDestroy(&b));
  for (int axis = 0; axis < 3; axis++) {
    EluteBenchBytes *of_cube = &bytes[ELUTE_BENCH_LINES_X + axis], line;

    PetscCall(count_line(axis, meshes->line, &line));
    bytes[ELUTE_BENCH_STEP].moved += 2 * (line.moved - of_cube->moved);
    bytes[ELUTE_BENCH_STEP].requested += 2 * (line.requested - of_cube->requested);
    *of_cube = line;
  }
  return PETSC_SUCCESS;
}

static void print(EluteBenchBytes bytes[][ELUTE_BENCH_WORKS]) {
  printf(
      "/* {moved, requested}: bytes per value (cell and species) of the CUDA kernels, counted on the emulated device\n"
      "   (tests/emulation/bytes.cpp); written by count_bytes --print. */\n"
      "#define ELUTE_BENCH_COUNTED_BY %d /* gcc */\n",
      __GNUC__);
  for (int mesh = 0; mesh < ELUTE_BENCH_MESHES; mesh++) {
    printf("{%d,\n %d,\n {", elute_bench_counted[mesh].cells, elute_bench_counted[mesh].line);
    for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS; w++)
      printf("%s{%.2f, %.2f} /* %s */", w ? ",\n  " : "", bytes[mesh][w].moved, bytes[mesh][w].requested,
             EluteBenchName(w));
    printf("}},\n");
  }
}

static bool differs(const char *what, int cells, EluteBenchWork w, double counted, double in_table) {
  if (fabs(counted - in_table) <= 0.01 * in_table) return false;
  fprintf(stderr, "%s, %d cells along an axis: %.2f bytes %s per value, the table has %.2f\n", EluteBenchName(w), cells,
          counted, what, in_table);
  return true;
}

int main(int argc, char **argv) {
  EluteBenchBytes bytes[ELUTE_BENCH_MESHES][ELUTE_BENCH_WORKS];
  const bool only_print = argc > 1 && strcmp(argv[1], "--print") == 0;
  bool wrong = false;

  PetscCall(PetscInitializeNoArguments());
  elute_emulation_bytes_begin();
  for (int mesh = 0; mesh < ELUTE_BENCH_MESHES; mesh++) {
    const EluteBenchCounted *table = &elute_bench_counted[mesh];

    PetscCall(count(table, bytes[mesh]));
    for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS && !only_print; w++) {
      if (differs("moved", table->cells, w, bytes[mesh][w].moved, table->bytes[w].moved)) wrong = true;
      if (elute_bench_counted_by == __GNUC__ &&
          differs("requested", table->cells, w, bytes[mesh][w].requested, table->bytes[w].requested))
        wrong = true;
    }
  }
  if (only_print) print(bytes);
  if (wrong) fprintf(stderr, "Where that is meant: count_bytes --print > kernels/cuda_bytes.inc\n");
  PetscCall(PetscFinalize());
  return wrong;
}
