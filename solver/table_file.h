/* A text file that grows under its final name (tables, the log, the record of steps). What is printed is gathered in memory
   and kept by one write, so that neither a crash nor a full disk leaves half a line. One process writes it. */
#ifndef ELUTE_TABLE_FILE_H
#define ELUTE_TABLE_FILE_H

#include <stdio.h>
#include "error.h"

typedef struct EluteTableFile {
  FILE *file; /* to print to; NULL: not open */
  char *path, *text;
  size_t length;  /* of the text not yet kept, bytes */
  int descriptor;
  long long kept; /* bytes */
} EluteTableFile;

/* Makes the file anew, or (from > 0) goes on behind its first `from` bytes; what stands there stays until it is cut.
   Failures name it. path NULL: a table that is written nowhere. */
PetscErrorCode EluteTableOpen(EluteTableFile *table, const char *path, long long from);
/* What was printed is the table's head: keeps it, or, in one that goes on, fails unless it begins so. */
PetscErrorCode EluteTableHead(EluteTableFile *table);
PetscErrorCode EluteTableCut(EluteTableFile *table); /* takes away what stands behind the place to go on from */
/* Keeps what was printed since the last call, or, where the disk does not take it, none of it. */
PetscErrorCode EluteTableKeep(EluteTableFile *table);
void EluteTableClose(EluteTableFile *table);

#endif
