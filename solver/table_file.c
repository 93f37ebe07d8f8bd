#include "table_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static PetscErrorCode cannot_write(const char *path, int cause) {
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(cause));
}

PetscErrorCode EluteTableOpen(EluteTableFile *table, const char *path) {
  *table = (EluteTableFile){.descriptor = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1};
  if (path && table->descriptor < 0) return cannot_write(path, errno);
  table->path = strdup(path ? path : "a table");
  table->file = open_memstream(&table->text, &table->length);
  if (table->path && table->file) return PETSC_SUCCESS;
  if (path) close(table->descriptor);
  free(table->path);
  *table = (EluteTableFile){0};
  return cannot_write(path ? path : "a table", ENOMEM);
}

PetscErrorCode EluteTableKeep(EluteTableFile *table) {
  size_t done = 0;
  int failed = 0;

  if (!table->file) return PETSC_SUCCESS;
  if (fflush(table->file) || ferror(table->file)) failed = ENOMEM;
  while (!failed && table->descriptor >= 0 && done < table->length) {
    ssize_t n = write(table->descriptor, table->text + done, table->length - done);

    if (n < 0 && errno != EINTR) failed = errno;
    if (n > 0) done += (size_t)n;
  }
  clearerr(table->file);
  rewind(table->file);
  if (!failed) {
    table->kept += (long long)done;
    return PETSC_SUCCESS;
  }
  if (ftruncate(table->descriptor, table->kept) == 0) (void)lseek(table->descriptor, table->kept, SEEK_SET);
  return cannot_write(table->path, failed);
}

void EluteTableClose(EluteTableFile *table) {
  if (!table->file) return;
  (void)EluteTableKeep(table);
  if (table->descriptor >= 0 && close(table->descriptor)) (void)cannot_write(table->path, errno);
  fclose(table->file);
  free(table->text);
  free(table->path);
  *table = (EluteTableFile){0};
}
