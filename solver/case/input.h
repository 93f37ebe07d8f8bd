/* Files that are read: what may be opened, and how much of it. Plain C, no PETSc objects. */
#ifndef ELUTE_INPUT_H
#define ELUTE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Bytes of a text that is read whole: a case, a study, a catalogue, a list of points. */
#define ELUTE_LARGEST_TEXT ((size_t)64 << 20)

/* Opens a file with an end: no directory, and no device or pipe, which may give for ever or nothing; pipes: a pipe too, for
   what the command line names. NULL, and what is in the way in `why`. */
FILE *EluteInputOpen(const char *path, bool pipes, char *why, size_t length);
/* The whole file, malloc'd, with a NUL behind its *size bytes; NULL where it cannot be opened or has more than `most`. */
char *EluteInputRead(const char *path, bool pipes, size_t most, size_t *size, char *why, size_t length);

#endif
