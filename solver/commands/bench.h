/* What `elute bench` times and what the emulation counts the bytes of (tests/emulation/bytes.c): the same calls on the
   same case. */
#ifndef ELUTE_BENCH_H
#define ELUTE_BENCH_H

#include "../simulation.h"
#include "commands.h"

enum { ELUTE_BENCH_SPECIES = 4 }; /* of the chain */

/* CHAIN is what the works below are timed on; the other two say what reactions cost beside diffusion. */
typedef enum { ELUTE_BENCH_CHAIN, ELUTE_BENCH_DIFFUSION, ELUTE_BENCH_PHARMACOLOGY, ELUTE_BENCH_CASES } EluteBenchCase;

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

/* A case on cells[0] x cells[1] x cells[2] cells. coefficients: single, double or NULL. steps: see above. Collective
 * on PETSC_COMM_WORLD. */
PetscErrorCode EluteBenchCreate(EluteBenchCase which, const int cells[3], const char *backend, const char *coefficients, int steps,
                                EluteBench *bench);
/* Does the work once; whole steps as many times as said, after a discontinuity at first. */
PetscErrorCode EluteBenchDo(EluteBench *bench, EluteBenchWork work);
PetscErrorCode EluteBenchDestroy(EluteBench *bench);

/* What the CUDA kernels move by count, and the time that would take on devices by their published bandwidth: a model,
   on any machine (`elute bench --model`). */
void EluteBenchModelPrint(bool json);

#endif
