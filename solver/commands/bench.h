/* What `elute bench` times and what the emulation counts the work of (tests/emulation/count_work.c): the same calls on
   the same case. */
#ifndef ELUTE_BENCH_H
#define ELUTE_BENCH_H

#include "../simulation.h"
#include "commands.h"

/* STEPS: of whole steps in a row when they are timed; even, so that the state ends where it began without a copy. */
enum { ELUTE_BENCH_SPECIES = 4, ELUTE_BENCH_STEPS = 2 };

/* Words that the bench's cases share: the cells along each axis are missing. */
#define ELUTE_BENCH_MESH                                                                                               \
  "elute: 1\n"                                                                                                         \
  "mesh:\n"                                                                                                            \
  "  geometry: cartesian\n"                                                                                            \
  "  x: {from: -3 mm, to: 3 mm, cells: %d}\n"                                                                          \
  "  y: {from: -3 mm, to: 3 mm, cells: %d}\n"                                                                          \
  "  z: {from: -3 mm, to: 3 mm, cells: %d}\n"
#define ELUTE_BENCH_FLOW_TEXT "flow: {model: prescribed, velocity: [0.02 um/s, -0.015 um/s, 0.01 um/s]}\n"

typedef enum {
  ELUTE_BENCH_RESIDUAL,
  ELUTE_BENCH_REACTION_SOLVE,
  ELUTE_BENCH_LINES_X,
  ELUTE_BENCH_LINES_Y,
  ELUTE_BENCH_LINES_Z,
  ELUTE_BENCH_SUM,
  ELUTE_BENCH_FINISH,
  ELUTE_BENCH_STEP,
  ELUTE_BENCH_WORKS
} EluteBenchWork;

typedef struct EluteBench {
  EluteSimulation *simulation;
  Vec x, y, z;
  double *ledger; /* backend memory */
  double values;  /* cells times species of this rank */
  int steps;      /* in a row, as a run takes them, when the work is a whole step */
  double t;       /* that the steps have reached, s */
} EluteBench;

const char *EluteBenchName(EluteBenchWork work);
double EluteBenchLeastBytes(EluteBenchWork work); /* that one value (cell and species) must move, compulsory */

/* The case on cells[0] x cells[1] x cells[2] cells. coefficients: single, double or NULL. steps: see above. Collective
 * on PETSC_COMM_WORLD. */
PetscErrorCode EluteBenchCreate(const int cells[3], const char *backend, const char *coefficients, int steps,
                                EluteBench *bench);
/* The same with fluid that moves along every axis, or with diffusivities that are full tensors. */
typedef enum { ELUTE_BENCH_AT_REST, ELUTE_BENCH_FLOW, ELUTE_BENCH_TENSORS } EluteBenchTransport;
PetscErrorCode EluteBenchCreateWith(EluteBenchTransport transport, const int cells[3], const char *backend,
                                    const char *coefficients, int steps, EluteBench *bench);
/* The same of another case. */
PetscErrorCode EluteBenchCreateFrom(const char *text, const char *backend, const char *coefficients, int steps,
                                    EluteBench *bench);
/* Does the work once; whole steps as many times as said, after a discontinuity at first. */
PetscErrorCode EluteBenchDo(EluteBench *bench, EluteBenchWork work);
PetscErrorCode EluteBenchDestroy(EluteBench *bench);
/* ns per value on one rank, the fastest of several times; of the ranks the slowest. */
PetscErrorCode EluteBenchMeasure(EluteBench *bench, EluteBenchWork work, double *ns);

/* Measures and prints what convection costs beside diffusion alone, on cells^3 cells, and what reactions do, on an
   eighth as many: of cases of their own. */
PetscErrorCode EluteBenchCompare(int cells, const char *backend, const char *coefficients, bool json);

/* What the CUDA kernels move and compute by count, and the time that would take on devices by what is published of
   them: a model, on any machine (`elute bench --model`). */
void EluteBenchModelPrint(bool json);

#endif
