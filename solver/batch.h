/* Simulations of the same structure stepped as one (operators/stack.h): many small points of a study. Every one has its
   own model, operators, doses and read-outs, as if it were alone; the steps are shared, and as short as the one that
   needs the shortest asks for, so that each meets its own tolerance. On one rank. */
#ifndef ELUTE_BATCH_H
#define ELUTE_BATCH_H

#include "simulation.h"

typedef struct EluteBatch {
  int n;
  EluteSimulation **part; /* [n] the caller's, made with `in_batch` and begun */
  EluteMesh *mesh;
  EluteFields *fields;
  EluteOperators *ops;
  EluteStepper *stepper;
  Vec u; /* the states of all, behind each other */
} EluteBatch;

/* Why these two, which may be the same, cannot be in one batch: a clause; NULL: they can. */
const char *EluteBatchApart(const EluteSimulation *a, const EluteSimulation *b);
int EluteBatchMost(const EluteSimulation *simulation); /* how many of its kind one batch holds */
PetscErrorCode EluteBatchCreate(int n, EluteSimulation **part, EluteBatch **batch);
/* From begin to end, writing to output[n]; no ledger is kept, and no criterion looked at. time_limit: s on the clock,
   of all together; 0: none. */
PetscErrorCode EluteBatchRun(EluteBatch *batch, EluteOutput *const *output, double time_limit);
PetscErrorCode EluteBatchDestroy(EluteBatch **batch);

#endif
