#include "table_file.h"

#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

PetscErrorCode EluteTableOpen(EluteTableFile *table, const char *path) {
  *table = (EluteTableFile){.file = fopen(path, "w"), .path = strdup(path)};
  if (!table->file || !table->path)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  /* One write to a line: a killed run leaves whole ones. */
  setvbuf(table->file, NULL, _IOLBF, 0);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteTableKeep(EluteTableFile *table) {
  int failed;

  if (!table->file) return PETSC_SUCCESS;
  errno = 0;
  if (fflush(table->file) == 0 && !ferror(table->file)) {
    table->kept = ftello(table->file);
    return PETSC_SUCCESS;
  }
  failed = errno ? errno : EIO; /* the cause is lost when a line failed before this call */
  __fpurge(table->file);
  clearerr(table->file);
  if (ftruncate(fileno(table->file), table->kept) == 0) (void)fseeko(table->file, table->kept, SEEK_SET);
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", table->path, strerror(failed));
}

void EluteTableClose(EluteTableFile *table) {
  (void)EluteTableKeep(table);
  if (table->file) fclose(table->file);
  free(table->path);
  *table = (EluteTableFile){0};
}
