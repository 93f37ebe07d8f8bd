/* The format of a checkpoint: a head, blocks, and a table of them at the end. A block is rows of equal length. Its hash is the
   sum over its rows of a hash of index and bytes, so that ranks may hash any rows in any order; a change of one row always
   changes it. The head has the hash of head and table, and the table those of the blocks: together of every byte. */
#ifndef ELUTE_CHECKPOINT_INTERNAL_H
#define ELUTE_CHECKPOINT_INTERNAL_H

#include <stdint.h>
#include "checkpoint.h"

/* To be raised with every change of what a file holds. */
#define ELUTE_CHECKPOINT_FORMAT 1
enum { ELUTE_CHECKPOINT_CHUNK = 16 << 20 }; /* bytes that a rank hands to one call: far below the 2 GiB of MPI's counts */

typedef struct EluteCheckpointHead {
  char magic[16];
  uint32_t format, order; /* order: tells the order of bytes */
  uint64_t n_blocks, table, hash; /* table: offset */
} EluteCheckpointHead;

typedef struct EluteCheckpointEntry {
  char name[48];
  uint64_t offset, rows, row_bytes, hash;
} EluteCheckpointEntry;

struct EluteCheckpoint {
  const EluteMesh *mesh;
  int rank, size, number;
  bool reads;
  char directory[PETSC_MAX_PATH_LEN]; /* of the run */
  MPI_File file;
  uint64_t n_blocks, end; /* end: of what is written */
  EluteCheckpointEntry *block;
  PetscErrorCode failed; /* of this rank; agreed upon in the end */
};

void elute_checkpoint_path(const char *directory, int number, char path[PETSC_MAX_PATH_LEN + 48]);
EluteCheckpointHead elute_checkpoint_head(const EluteCheckpoint *c);
uint64_t elute_checkpoint_hash(uint64_t index, const void *bytes, size_t n);
/* Reads the table of the open file and holds every byte against its hash. False, on all ranks: damaged, and why. */
PetscErrorCode EluteCheckpointVerify(EluteCheckpoint *c, bool *whole, char why[200]);

#endif
