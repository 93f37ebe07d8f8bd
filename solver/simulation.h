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
/* Runs from begin to end, writing to output (NULL: no files). Applies impulses, cuts segments, checks verify. */
PetscErrorCode EluteSimulationRun(EluteSimulation *simulation, EluteOutput *output, int *missed);
PetscErrorCode EluteSimulationDestroy(EluteSimulation **simulation);

#endif
