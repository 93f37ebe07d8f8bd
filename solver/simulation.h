/* Owns every object of a run: create -> advance -> destroy. */
#ifndef ELUTE_SIMULATION_H
#define ELUTE_SIMULATION_H

#include "output/output.h"

typedef struct EluteSimulationOptions {
  const char *backend;        /* "auto", "cpu", "guard", "cuda" */
  EluteStepperKind stepper;
  const char *replay;         /* run directory whose steps.txt is replayed; NULL */
} EluteSimulationOptions;

typedef struct EluteSimulation {
  MPI_Comm comm;
  EluteModel *model;          /* taken over */
  EluteMesh *mesh;
  PetscInt64 *tissue_cells;   /* global cells per tissue */
  EluteFields *fields;
  EluteOperators *ops;
  EluteStepper *stepper;
  Vec u;
  char backend_reason[256];
} EluteSimulation;

PetscErrorCode EluteSimulationCreate(MPI_Comm comm, EluteModel *model, const EluteSimulationOptions *options, EluteSimulation **simulation);
/* From now on SIGINT and SIGTERM end the run after the step in progress; a second one of the same kind ends the program at
   once. */
void EluteSimulationCatchSignals(void);
/* The state at the beginning, doses of that time included: what is wrong there shows before anything is written. */
PetscErrorCode EluteSimulationBegin(EluteSimulation *simulation);
/* After EluteSimulationBegin. Runs from begin to end, writing to output (NULL: no files). Applies impulses, cuts segments, checks verify. */
PetscErrorCode EluteSimulationRun(EluteSimulation *simulation, EluteOutput *output, int *missed);
PetscErrorCode EluteSimulationDestroy(EluteSimulation **simulation);

#endif
