/* A whole text file in memory. */
#ifndef ELUTE_TEXT_FILE_H
#define ELUTE_TEXT_FILE_H

#include <stddef.h>
#include "error.h"

/* A file, or a pipe, that the command line names; what: "a case file", for the message. A NUL stands behind the text; the
   caller frees it. A failure (exit 1) names what is in the way. */
PetscErrorCode EluteTextRead(const char *path, const char *what, char **text, size_t *length);

#endif
