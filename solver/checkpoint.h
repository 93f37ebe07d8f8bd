/* The state of a run in one file. Every room hands over its pieces by name, in one function that is walked for writing and
   for reading alike, so that nothing stands twice. A file has no padding, no ghost cells and no trace of which rank had
   which cells.

   What outlives a step, and where it is handed over; anything else is a function of the case and of these:
     simulation.c            time, beginning of the smooth segment, criteria missed, the state's cells
     operators/checkpoint.c  changes that are due and where those act that follow the state; what was booked by hand
     operators/pressure.c    pressure (the next solution begins from it), dilatation, infusions that act, counts
     stepping/stepper.c      proposed step, scales, minima, first quiet step, statistics; the stepped ledger, rank by rank,
                             since sums over ranks are part of the bits; length of the record of steps
     output/readouts.c       what endpoints keep in every cell; integrals of curves in plasma
     output/output.c         lengths of tables, times of field files, histories, closure; seconds and bytes spent
   No Jacobian and no factorisation is held from step to step, and the multigrid of the pressure is set up anew for every
   solution. Nothing is random: noise and varying tissue are functions of the case's seeds and of place. Plasma is a curve of
   the case, doses and schedules follow from the time. */
#ifndef ELUTE_CHECKPOINT_H
#define ELUTE_CHECKPOINT_H

#include "../meshes/mesh.h"
#include "error.h"

typedef struct EluteCheckpoint EluteCheckpoint;

/* Begins a file in DIRECTORY/checkpoint/, which is made. Collective, as everything here. */
PetscErrorCode EluteCheckpointCreate(const EluteMesh *mesh, const char *directory, int number, EluteCheckpoint **c);
/* Ends it: on disk, whole and under its name, or a failure; of earlier ones the last stays. */
PetscErrorCode EluteCheckpointFinish(EluteCheckpoint **c);

/* The newest whole checkpoint of a run directory and its number; NULL: there is none. `tell` is called on rank 0, with a
   sentence, for every file that is damaged. */
PetscErrorCode EluteCheckpointOpen(const EluteMesh *mesh, const char *directory, void (*tell)(const char *),
                                   EluteCheckpoint **c, int *number);
PetscErrorCode EluteCheckpointClose(EluteCheckpoint **c);
/* Removes a directory's checkpoints but for the one of this number and the one before it. Of one process. */
void EluteCheckpointsRemove(const char *directory, int but);

bool EluteCheckpointReads(const EluteCheckpoint *c);
/* Bytes of a block that is read; 0: there is none. */
size_t EluteCheckpointBytes(const EluteCheckpoint *c, const char *name);

/* The pieces. A block that is not there, or not of this size, is a failure (exit 1): the case is another one. */
PetscErrorCode EluteCheckpointBlock(EluteCheckpoint *c, const char *name, void *value, size_t bytes); /* rank 0's; read by all */
/* A number for every cell, in the order of all ranks' cells: owned row r has its values at values + r * stride. */
PetscErrorCode EluteCheckpointCells(EluteCheckpoint *c, const char *name, double *values, size_t stride);
/* Numbers whose sum over the ranks counts: every rank gets its own back; on another number of ranks the first gets all. */
PetscErrorCode EluteCheckpointShares(EluteCheckpoint *c, const char *name, double *values, size_t n);

#endif
