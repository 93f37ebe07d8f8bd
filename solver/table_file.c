#include "table_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static PetscErrorCode cannot_write(const char *path, int cause) {
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(cause));
}

/* Takes up a file behind its first bytes. */
static PetscErrorCode go_on(const char *path, int descriptor, long long from) {
  if (lseek(descriptor, 0, SEEK_END) >= from && lseek(descriptor, from, SEEK_SET) == from) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: has fewer than the %lld bytes to go on from; expected it as the run left it", path,
                   from);
}

PetscErrorCode EluteTableOpen(EluteTableFile *table, const char *path, long long from) {
  const int flags = from ? O_RDWR : O_WRONLY | O_CREAT | O_TRUNC;
  PetscErrorCode ierr = PETSC_SUCCESS;

  *table = (EluteTableFile){.descriptor = path ? open(path, flags, 0666) : -1, .kept = from};
  if (path && table->descriptor < 0) return cannot_write(path, errno);
  if (path && from) ierr = go_on(path, table->descriptor, from);
  table->path = strdup(path ? path : "a table");
  table->file = open_memstream(&table->text, &table->length);
  if (!ierr && table->path && table->file) return PETSC_SUCCESS;
  if (path) close(table->descriptor);
  if (table->file) fclose(table->file);
  free(table->text);
  free(table->path);
  *table = (EluteTableFile){0};
  return ierr ? ierr : cannot_write(path ? path : "a table", ENOMEM);
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

PetscErrorCode EluteTableCut(EluteTableFile *table) {
  if (!table->file || table->descriptor < 0 || ftruncate(table->descriptor, table->kept) == 0) return PETSC_SUCCESS;
  return cannot_write(table->path, errno);
}

PetscErrorCode EluteTableHead(EluteTableFile *table) {
  char *there;
  bool same;

  if (table->kept == 0) return EluteTableKeep(table);
  if (fflush(table->file) || !(there = malloc(table->length + 1))) return cannot_write(table->path, ENOMEM);
  same = pread(table->descriptor, there, table->length, 0) == (ssize_t)table->length &&
         memcmp(there, table->text, table->length) == 0;
  free(there);
  rewind(table->file);
  if (same) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_CASE, "%s: has other columns than this case writes, so that it cannot go on; expected the "
                                    "same output, or another directory", table->path);
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
