/* A text file that grows by whole lines under its final name (tables, the log, the record of steps). Whatever happens,
   a crash or a full disk included, it never ends in half a line; one process writes it. */
#ifndef ELUTE_TABLE_FILE_H
#define ELUTE_TABLE_FILE_H

#include <stdio.h>
#include "error.h"

typedef struct EluteTableFile {
  FILE *file; /* NULL: not open */
  char *path;
  long long kept; /* bytes */
} EluteTableFile;

/* Makes the file anew. Failures name it. */
PetscErrorCode EluteTableOpen(EluteTableFile *table, const char *path);
/* Keeps what was printed since the last call, or, where the disk does not take it, none of it. */
PetscErrorCode EluteTableKeep(EluteTableFile *table);
void EluteTableClose(EluteTableFile *table);

#endif
