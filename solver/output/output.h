/* What a run leaves behind: a directory with fields, tables, ledger and a record. Files are written to a temporary name
   and renamed when whole. Everything here reads state; nothing changes it. */
#ifndef ELUTE_OUTPUT_H
#define ELUTE_OUTPUT_H

#include "../device.h"
#include "../operators/operators.h"
#include "../stepping/stepper.h"
#include "readouts.h"
#include "series.h"

typedef struct EluteOutput EluteOutput;

typedef struct EluteOutputOptions {
  const char *directory; /* NULL: nothing is written, EluteOutputDocument has what would be in its JSON files */
  bool force; /* replace an earlier run's files; without it an existing run directory is an error (exit 1) */
  bool quiet;
  bool closes; /* the stepper keeps the ledger to rounding: a run in which it does not close ends */
  const char *case_name; /* for run.json and the log */
  const char *backend_name, *backend_reason;
  const EluteDeviceChoice *device; /* NULL: none */
  EluteReadouts *readouts;         /* NULL: none */
  EluteSeries *series;             /* filled by rank 0, not owned; NULL: none */
  EluteCheckpoint *checkpoint;     /* to go on from, in the same directory; NULL: a new run */
  int argc;
  char **argv; /* the command line, for run.json */
} EluteOutputOptions;

/* Makes the directory (checks that it can be written and has room for the estimated output first), echoes case.yaml,
   opens log.txt. Collective; rank 0 writes tables, all ranks write fields. */
PetscErrorCode EluteOutputCreate(EluteOperators *ops, const EluteOutputOptions *options, EluteOutput **output);
/* How well the ledger closes, as a share of what passed; tests demand 1e-12. */
#define ELUTE_CLOSURE_PROMISED 1e-9

/* At one output time: fields_NNNNNN.vtk + fields.vtk.series, ledger.csv, probes.csv. ledger: EluteStepperLedger; NULL: none
   is kept. */
PetscErrorCode EluteOutputWrite(EluteOutput *output, double t, Vec u, const double *ledger);
/* Fails where the ledger does not close, before anything is made of such a state. */
PetscErrorCode EluteOutputCheckBooks(const EluteOutput *output, double t, Vec u, const double *ledger);
/* What of the output outlives a step; reading is EluteOutputCreate's. */
PetscErrorCode EluteOutputCheckpoint(EluteOutput *output, EluteCheckpoint *checkpoint);
/* A checkpoint was written. */
PetscErrorCode EluteOutputCheckpointed(EluteOutput *output, double t, int number, double seconds);
const char *EluteOutputDirectory(const EluteOutput *output); /* "": nothing is written */
/* Biopsies and images that are due at t. */
PetscErrorCode EluteOutputSamples(EluteOutput *output, double t, Vec u);
bool EluteOutputIsTerminal(void); /* does standard output end at one? */
/* "3 s", "12 min", "2.5 h", "4.2 d" */
void EluteDurationPrint(double seconds, char *text, size_t length);
/* Progress bar on a terminal, plain lines otherwise, nothing when quiet; called after every step. */
PetscErrorCode EluteOutputProgress(EluteOutput *output, double t, double h);
/* One line to log.txt and, unless quiet, to standard output (rank 0). */
PetscErrorCode EluteOutputLog(EluteOutput *output, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* run.json: versions, backend, mesh, steps, rejected steps, timings by phase, bytes, peak memory, options; then closes.
 */
PetscErrorCode EluteOutputFinish(EluteOutput *output, const EluteStepStatistics *statistics, EluteExit exit_code);
/* Without a directory, after EluteOutputFinish: the text of endpoints.json or run.json; NULL where there is none, or not on
   rank 0. The output's. */
const char *EluteOutputDocument(const EluteOutput *output, const char *name);
PetscErrorCode EluteOutputDestroy(EluteOutput **output);

/* Interpolated concentration of some species together at a point. Collective; the same on all ranks. NaN outside the
   mesh. */
PetscErrorCode EluteProbeValue(EluteOperators *ops, Vec u, const EluteTogether *sum, const double x[3], double *value);

/* verify.c: the criteria of `verify:` due at time t (within rounding); readouts (may be NULL) know the case's endpoints.
   Prints each "verify: … obtained … criterion …
   ok|MISSED", counts misses, appends to verify.csv in the run directory (output may be NULL). Collective. */
PetscErrorCode EluteVerifyAt(EluteOperators *ops, EluteReadouts *readouts, EluteOutput *output, double t, Vec u,
                             const double *ledger, int *checked, int *missed);

#endif
