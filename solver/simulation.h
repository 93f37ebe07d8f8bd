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
  double stop_after;          /* s on the clock since `started`: stops before that; 0: does not */
  double started;             /* MPI_Wtime() when the program began */
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
  double time_limit, stop_after, started;
  double time;                /* s; where EluteSimulationRun begins, or the last checkpoint is */
  int missed;                 /* criteria of verify */
  bool keeps;                 /* the stepper is our own: it keeps the ledger to rounding, and checkpoints can be written */
  int checkpoint;             /* number of the last one; 0: none */
  bool resumes;               /* goes on amid a segment; until it does */
} EluteSimulation;

PetscErrorCode EluteSimulationCreate(MPI_Comm comm, EluteModel *model, const EluteSimulationOptions *options, EluteSimulation **simulation);
/* From now on SIGINT and SIGTERM end the run after the step in progress, with a checkpoint; a second one of the same kind
   ends the program at once. After SIGUSR1 a checkpoint is written, and the run goes on. */
void EluteSimulationCatchSignals(void);
bool EluteSimulationStopRequested(void);
/* The state at the beginning, doses of that time included: what is wrong there shows before anything is written. */
PetscErrorCode EluteSimulationBegin(EluteSimulation *simulation);
/* Instead of that: the state of a checkpoint of the same case; of a changed one when that is allowed, and as far as its
   state has the same shape. */
PetscErrorCode EluteSimulationResume(EluteSimulation *simulation, EluteCheckpoint *checkpoint, int number, bool allow_changed);
/* All pieces of a checkpoint but the output's, at s->time in u. */
PetscErrorCode EluteSimulationCheckpoint(EluteSimulation *simulation, EluteCheckpoint *checkpoint, Vec u, bool allow_changed);
/* Smooth data from `begin`, where a segment begins, to its end. */
PetscErrorCode EluteSimulationSetSegment(EluteSimulation *simulation, double begin);
/* After either. Runs to the end, writing to output (NULL: no files). Applies impulses, cuts segments, checks verify,
   writes checkpoints. */
PetscErrorCode EluteSimulationRun(EluteSimulation *simulation, EluteOutput *output);
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
