/* Owns every object of a run: create -> advance -> destroy. */
#ifndef ELUTE_SIMULATION_H
#define ELUTE_SIMULATION_H

#include "device.h"
#include "output/output.h"

typedef struct EluteSimulationOptions {
  const char *backend;        /* "auto", "cpu", "guard", "cuda" */
  EluteStepperKind stepper;
  const char *replay;         /* run directory whose steps.txt is replayed; NULL */
  double time_limit;          /* s on the clock, of EluteSimulationRun; 0: none */
  bool in_batch;              /* has no stepper of its own (batch.h) */
} EluteSimulationOptions;

typedef struct EluteSimulation {
  MPI_Comm comm;
  EluteModel *model;          /* taken over */
  EluteMesh *mesh;
  PetscInt64 *tissue_cells;   /* global cells per tissue */
  EluteFields *fields;
  EluteOperators *ops;
  EluteStepper *stepper;      /* NULL: in a batch */
  EluteReadouts *readouts;
  Vec u;
  EluteDeviceChoice device;
  double time_limit;
} EluteSimulation;

PetscErrorCode EluteSimulationCreate(MPI_Comm comm, EluteModel *model, const EluteSimulationOptions *options, EluteSimulation **simulation);
/* From now on SIGINT and SIGTERM end the run after the step in progress; a second one of the same kind ends the program at
   once. */
void EluteSimulationCatchSignals(void);
bool EluteSimulationStopRequested(void);
/* The state at the beginning, doses of that time included: what is wrong there shows before anything is written. */
PetscErrorCode EluteSimulationBegin(EluteSimulation *simulation);
/* After EluteSimulationBegin. Runs from begin to end, writing to output (NULL: no files). Applies impulses, cuts segments, checks verify. */
PetscErrorCode EluteSimulationRun(EluteSimulation *simulation, EluteOutput *output, int *missed);
/* The next time after t at which something is written or verified, at most `limit`. */
double EluteSimulationNextStop(const EluteModel *model, double t, double limit);

/* ---- what a batch shares (batch.c) ---- */

bool EluteSameTime(const EluteModel *model, double a, double b); /* they differ by rounding */
bool EluteIsOutputTime(const EluteModel *model, double t);
/* The end of the segment that begins at t: the next of the model's discontinuities, or the end of the run. *next: where
   to look first. */
double EluteSegmentEnd(const EluteModel *model, int n_knots, const double *knots, double t, int *next);
/* Opens the segment that begins at t: smooth data until `end`, held tissues at their value, doses of this instant
   given. What is written at t therefore already shows them. */
PetscErrorCode EluteSimulationOpenSegment(EluteSimulation *simulation, double t, double end);
/* How a run that went to its end, or as far as it was let, ended. */
PetscErrorCode EluteSimulationEnded(bool late, bool stopped, double time_limit);

/* The steps of a run that was tried. */
typedef struct EluteTrialStep {
  double segment; /* when the smooth segment began, s */
  double t, h;    /* beginning and length, s */
  double wall;    /* seconds on the clock from the beginning of the trial to the end of the step */
} EluteTrialStep;
typedef struct EluteTrial {
  int least_steps, most_steps; /* goes on to the least whatever they cost, unless that is five times max_seconds */
  double max_seconds;
  EluteTrialStep *step; /* [most_steps], the caller's */
  int n_steps;
  bool finished; /* the whole run was done */
} EluteTrial;
/* After EluteSimulationBegin. Runs as EluteSimulationRun does, writing and verifying nothing, as far as the trial allows. */
PetscErrorCode EluteSimulationTry(EluteSimulation *simulation, EluteTrial *trial);
PetscErrorCode EluteSimulationDestroy(EluteSimulation **simulation);

#endif
