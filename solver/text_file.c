#include "text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LARGEST = 64 << 20 }; /* bytes; larger files are something else */

PetscErrorCode EluteTextRead(const char *path, const char *what, char **text, size_t *length) {
  struct stat status;
  FILE *file;

  *text = NULL;
  if (stat(path, &status)) return EluteFail(ELUTE_EXIT_CASE, "%s: cannot read: %s", path, strerror(errno));
  if (S_ISDIR(status.st_mode)) return EluteFail(ELUTE_EXIT_CASE, "%s: is a directory; expected %s", path, what);
  if (status.st_size > LARGEST) {
    return EluteFail(ELUTE_EXIT_CASE, "%s: has %lld bytes; %s has at most %d", path, (long long)status.st_size, what,
                     (int)LARGEST);
  }
  file = fopen(path, "rb");
  if (!file) return EluteFail(ELUTE_EXIT_CASE, "%s: cannot read: %s", path, strerror(errno));
  *text = malloc(LARGEST + 1); /* pipes and /dev/stdin have no size */
  if (*text) *length = fread(*text, 1, LARGEST, file);
  fclose(file);
  if (!*text) return EluteFail(ELUTE_EXIT_SYSTEM, "%s: no memory to read it", path);
  (*text)[*length] = '\0';
  return PETSC_SUCCESS;
}
