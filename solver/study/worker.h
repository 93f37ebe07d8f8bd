/* Takes waiting points from the database and runs them as `elute run` would, but for files: until none waits. Small
   points that differ in numbers alone are stepped as one (batch.h), all others one after the other. Many workers share
   one database, whatever started them. */
#ifndef ELUTE_STUDY_WORKER_H
#define ELUTE_STUDY_WORKER_H

#include "database.h"

typedef struct EluteWorkerOptions {
  const char *database, *backend, *task; /* task: NULL, or "i/n" */
  int generation;
  int workers;       /* that share what waits, as far as this launch knows */
  double time_limit; /* s for each point; 0: none */
  bool across_hosts;
  bool alarm;    /* a point that takes no step for long ends the process: something else starts it again */
  bool progress; /* this worker tells */
} EluteWorkerOptions;

/* Collective on PETSC_COMM_WORLD, whose rank 0 alone knows the database. */
PetscErrorCode EluteStudyWork(const EluteWorkerOptions *options);

#endif
