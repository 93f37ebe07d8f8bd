/* What the files of output/ share. */
#ifndef ELUTE_OUTPUT_INTERNAL_H
#define ELUTE_OUTPUT_INTERNAL_H

#include <stdio.h>
#include "../operators/flow.h"
#include "../table_file.h"
#include "output.h"

enum { ELUTE_OUTPUT_PATH = PETSC_MAX_PATH_LEN + 104 }; /* a file of a run: its name has at most 100 characters */

/* The state in host memory: the Vec's own array where the backend computes there, else a copy. */
typedef struct EluteHostState {
  const double *values; /* n_local, in the layout of kernels/view.h */
  const double *borrowed;
  double *copy;
} EluteHostState;

/* What a run costs, by all ranks; a restart goes on counting. */
enum { ELUTE_N_PHASES = 6 };
typedef struct EluteSpent {
  double run, output, phase[ELUTE_N_PHASES]; /* s; of the slowest rank */
  double checkpoints;                        /* s */
  double calls[ELUTE_N_PHASES];              /* of rank 0 */
  double halo_bytes;                         /* sent between ranks */
  double peak_bytes[2];                      /* of all ranks together, of the largest one */
  EluteTraffic traffic[ELUTE_TRAFFIC_PHASES];
} EluteSpent;

struct EluteOutput {
  EluteOperators *ops;
  MPI_Comm comm;
  int rank;
  char directory[PETSC_MAX_PATH_LEN]; /* "": nothing is written */
  char *document[2];                  /* then endpoints.json and run.json; rank 0 */
  size_t made;  /* length of the first part of `directory` that this run made; 0: none */
  bool entered; /* the run's files in the directory are this run's */
  bool quiet, terminal;
  bool closes; /* output.h */
  const char *case_name, *backend_name, *backend_reason;
  const EluteDeviceChoice *device; /* NULL: none */
  int argc;
  char **argv;
  EluteTableFile log, ledger, probes, verify, endpoints; /* rank 0 */
  EluteTableFile *biopsies;                              /* [n_biopsies], rank 0 */
  int lock;                                              /* descriptor, rank 0; -1: none */
  int restarts;                                          /* so far */
  EluteSpent before;                                     /* what runs before the last restart spent */
  EluteReadouts *readouts;                               /* NULL: none; not owned */
  EluteSeries *series;                                   /* likewise */
  int n_history;
  double *history; /* [n_history] times, each followed by the columns of endpoints.csv */
  PetscErrorCode late;                        /* rank 0: a failed write that the next collective call reports */
  int n_states;                         /* states written */
  double last_time;                     /* s, of the last of them */
  int n_written;                        /* VTK files */
  double *written_time;                 /* s, of each */
  double bytes_written;                 /* of VTK files */
  double initial[ELUTE_MAX_SPECIES];    /* inside plus what had left when the run began, mol */
  double closure[ELUTE_MAX_SPECIES];    /* largest so far, as a share of the turnover */
  int verified, missed;
  double started, output_seconds, checkpoint_seconds; /* wall clock, s */
  /* progress: the last line, and a smoothed speed, s of the run per s of wall clock */
  double line_clock, line_time, speed;
  int line_tenth;
};

/* directory.c. Makes, takes over, or after a restart goes on in the run directory (rank 0); undoes that. */
PetscErrorCode EluteOutputEnter(EluteOutput *output, bool force);
void EluteOutputUnlock(EluteOutput *output);
void EluteOutputAbandon(EluteOutput *output);
/* Path of a file in the run directory. */
void elute_output_path(const EluteOutput *output, const char *name, char path[ELUTE_OUTPUT_PATH]);
/* A table of the run directory, or one that is written nowhere. */
PetscErrorCode elute_output_table(const EluteOutput *output, const char *name, EluteTableFile *table);
/* A file of rank 0, written under a temporary name by `print` and renamed when whole; without a directory, a document in
   memory. The outcome is rank 0's alone. */
PetscErrorCode EluteOutputAtomic(EluteOutput *output, const char *name,
                                 void (*print)(const EluteOutput *, const void *context, FILE *), const void *context);
/* All tables but the log, one after the other; NULL: no more. */
EluteTableFile *elute_output_nth_table(EluteOutput *output, int n);
/* Keeps what was printed to a table of rank 0; a failure waits for the next collective call. */
void elute_output_keep(EluteOutput *output, EluteTableFile *table);

PetscErrorCode EluteOutputTablesOpen(EluteOutput *output);
PetscErrorCode EluteOutputTables(EluteOutput *output, double t, Vec u, const double *state, const double *ledger);
PetscErrorCode EluteOutputVtk(EluteOutput *output, double t, const double *state);
PetscErrorCode EluteOutputVtkSeries(EluteOutput *output); /* rank 0 */
/* Bytes of one VTK file, without its head. */
double elute_vtk_bytes(const EluteModel *model, const EluteMesh *mesh);

/* endpoints.c, biopsies.c, images.c. Open: rank 0; the others are collective. `scan` counts the image's times. */
PetscErrorCode EluteOutputEndpointsOpen(EluteOutput *output);
PetscErrorCode EluteOutputEndpoints(EluteOutput *output, double t, Vec u, const double *state);
PetscErrorCode EluteOutputEndpointsCheckpoint(EluteOutput *output, EluteCheckpoint *checkpoint);
/* run_record.c. What all runs of this directory spent up to now. Collective. */
PetscErrorCode EluteOutputSpent(const EluteOutput *output, EluteSpent *spent);
PetscErrorCode EluteOutputEndpointsFinish(EluteOutput *output, const EluteFlowSummary *flow);
PetscErrorCode EluteOutputBiopsiesOpen(EluteOutput *output);
PetscErrorCode EluteOutputBiopsy(EluteOutput *output, int biopsy, double t, const double *state);
PetscErrorCode EluteOutputImage(EluteOutput *output, int image, int scan, double t, const double *state);

PetscErrorCode EluteHostStateGet(EluteOperators *ops, Vec u, EluteHostState *state);
PetscErrorCode EluteHostStateRestore(EluteOperators *ops, Vec u, EluteHostState *state);
/* The fluid concentration c of a mobile species unless as_tissue, else C, in an owned cell. */
double elute_concentration(const EluteOperators *ops, const double *state, int species, bool as_tissue, PetscInt row,
                           PetscInt i);
/* Interpolated values at a point: this rank's share of each of n species. inside: the point is in the mesh. */
void elute_probe_share(const EluteOperators *ops, const double *state, bool as_tissue, const double x[3], int n,
                       const int *species, double *share, bool *inside);

#endif
