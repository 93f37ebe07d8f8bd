#include "text_file.h"

#include "case/input.h"

PetscErrorCode EluteTextRead(const char *path, const char *what, char **text, size_t *length) {
  char why[200];

  *text = EluteInputRead(path, true, ELUTE_LARGEST_TEXT, length, why, sizeof why);
  if (*text) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_CASE, "%s: cannot read %s: %s", path, what, why);
}
