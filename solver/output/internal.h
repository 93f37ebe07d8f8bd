/* What the files of output/ share. */
#ifndef ELUTE_OUTPUT_INTERNAL_H
#define ELUTE_OUTPUT_INTERNAL_H

#include <stdio.h>
#include "output.h"

enum { ELUTE_OUTPUT_PATH = PETSC_MAX_PATH_LEN + 64 };

struct EluteOutput {
  EluteOperators *ops;
  MPI_Comm comm;
  int rank;
  char directory[PETSC_MAX_PATH_LEN];
  bool quiet, terminal;
  const char *case_name, *backend_name, *backend_reason;
  int argc;
  char **argv;
  FILE *log, *ledger, *probes, *verify; /* rank 0 */
  double *state;                        /* host copy of the state, n_local values */
  int n_written;                        /* VTK files */
  double *written_time;                 /* s, of each */
  bool have_initial;
  double initial[ELUTE_MAX_SPECIES]; /* inside plus what had left when the run began, mol */
  double worst_closure;
  double started, output_seconds, last_line; /* wall clock, s */
  int last_tenth;
};

/* Path of a file in the run directory. */
void elute_output_path(const EluteOutput *output, const char *name, char path[ELUTE_OUTPUT_PATH]);
/* A file of rank 0, written under a temporary name by `print` and renamed when whole. Collective outcome is the
 * caller's. */
PetscErrorCode EluteOutputAtomic(const EluteOutput *output, const char *name,
                                 void (*print)(const EluteOutput *, FILE *));
PetscErrorCode EluteOutputVtk(EluteOutput *output, double t);
PetscErrorCode EluteOutputTables(EluteOutput *output, double t, Vec u, const double *ledger);
PetscErrorCode EluteOutputTablesOpen(EluteOutput *output);
/* Brings the state to host memory. */
PetscErrorCode EluteOutputFetch(EluteOperators *ops, Vec u, double *host);
/* Interpolated values at a point from a host copy: this rank's share of each of n species; inside: the point is in the
 * mesh. */
void elute_probe_share(const EluteOperators *ops, const double *state, bool as_tissue, const double x[3], int n,
                       const int *species, double *share, bool *inside);

#endif
