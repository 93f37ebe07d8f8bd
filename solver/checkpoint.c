#include "checkpoint_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The length of a checkpoint's name up to what stands behind it (".part", and what MPI-IO makes of it). */
enum { DIGITS = 9, NAME = DIGITS + sizeof ".elute" - 1 };

void elute_checkpoint_path(const char *directory, int number, char path[PETSC_MAX_PATH_LEN + 48]) {
  snprintf(path, PETSC_MAX_PATH_LEN + 48, "%s/checkpoint/%0*d.elute", directory, DIGITS, number);
}

/* The number in a name; -1: not of ours. */
static int number_of(const char *name) {
  if (strspn(name, "0123456789") != DIGITS || strncmp(name + DIGITS, ".elute", NAME - DIGITS) != 0) return -1;
  return atoi(name);
}

static DIR *open_folder(const char *directory, char path[PETSC_MAX_PATH_LEN + 48]) {
  snprintf(path, PETSC_MAX_PATH_LEN + 48, "%s/checkpoint", directory);
  return opendir(path);
}

void EluteCheckpointsRemove(const char *directory, int but) {
  char path[PETSC_MAX_PATH_LEN + 48];
  DIR *folder = open_folder(directory, path);
  struct dirent *entry;

  while (folder && (entry = readdir(folder))) {
    const int number = number_of(entry->d_name);
    const bool kept = entry->d_name[number < 0 ? 0 : NAME] == '\0' && (number == but || number == but - 1);

    if (number >= 0 && !kept) (void)unlinkat(dirfd(folder), entry->d_name, 0);
  }
  if (folder) closedir(folder);
  if (but < 0) (void)rmdir(path); /* unless a file of someone else is in it */
}

/* The largest number below `limit`; -1: there is none. */
static int newest(const char *directory, int limit) {
  char path[PETSC_MAX_PATH_LEN + 48];
  DIR *folder = open_folder(directory, path);
  struct dirent *entry;
  int found = -1;

  while (folder && (entry = readdir(folder))) {
    const int number = number_of(entry->d_name);

    if (number < limit && number > found && entry->d_name[NAME] == '\0') found = number;
  }
  if (folder) closedir(folder);
  return found;
}

static PetscErrorCode create(const EluteMesh *mesh, const char *directory, int number, EluteCheckpoint **out) {
  EluteCheckpoint *c;

  PetscCall(PetscNew(&c));
  *out = c;
  c->mesh = mesh;
  c->number = number;
  c->file = MPI_FILE_NULL;
  snprintf(c->directory, sizeof c->directory, "%s", directory);
  PetscCallMPI(MPI_Comm_rank(mesh->comm, &c->rank));
  PetscCallMPI(MPI_Comm_size(mesh->comm, &c->size));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCheckpointClose(EluteCheckpoint **c) {
  if (!*c) return PETSC_SUCCESS;
  if ((*c)->file != MPI_FILE_NULL) MPI_File_close(&(*c)->file);
  free((*c)->block);
  return PetscFree(*c);
}

bool EluteCheckpointReads(const EluteCheckpoint *c) {
  return c->reads;
}

/* Notes the first failure of this rank, which goes on taking part. */
static void note(EluteCheckpoint *c, int mpi_error) {
  char path[PETSC_MAX_PATH_LEN + 48], text[MPI_MAX_ERROR_STRING] = "";
  int length;

  if (!mpi_error || c->failed) return;
  MPI_Error_string(mpi_error, text, &length);
  elute_checkpoint_path(c->directory, c->number, path);
  c->failed = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot %s: %s", path, c->reads ? "read" : "write", text);
}

static void note_system(EluteCheckpoint *c, const char *path, int cause) {
  if (!c->failed) c->failed = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(cause));
}

static void *memory(EluteCheckpoint *c, size_t bytes) {
  void *block = malloc(bytes + 1);

  if (!block && !c->failed) c->failed = EluteFail(ELUTE_EXIT_SYSTEM, "no memory for a checkpoint (%zu bytes)", bytes);
  return block;
}

PetscErrorCode EluteCheckpointCreate(const EluteMesh *mesh, const char *directory, int number, EluteCheckpoint **out) {
  char path[PETSC_MAX_PATH_LEN + 48];
  EluteCheckpoint *c;

  PetscCall(create(mesh, directory, number, &c));
  *out = c;
  snprintf(path, sizeof path, "%s/checkpoint", directory);
  if (c->rank == 0 && mkdir(path, 0777) && errno != EEXIST) note_system(c, path, errno);
  PetscCall(EluteAgree(mesh->comm, c->failed));
  elute_checkpoint_path(directory, number, path);
  strcat(path, ".part");
  note(c, MPI_File_open(mesh->comm, path, MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL, &c->file));
  PetscCall(EluteAgree(mesh->comm, c->failed));
  note(c, MPI_File_set_size(c->file, 0));
  c->end = sizeof(EluteCheckpointHead);
  return EluteAgree(mesh->comm, c->failed);
}

/* ---- the blocks ---- */

static EluteCheckpointEntry *find(const EluteCheckpoint *c, const char *name) {
  for (uint64_t i = 0; i < c->n_blocks; i++)
    if (strcmp(c->block[i].name, name) == 0) return &c->block[i];
  return NULL;
}

size_t EluteCheckpointBytes(const EluteCheckpoint *c, const char *name) {
  const EluteCheckpointEntry *b = find(c, name);

  return b ? (size_t)(b->rows * b->row_bytes) : 0;
}

/* The block's entry: a new one at the end, or that of the file, of rows of this length. */
static PetscErrorCode entry(EluteCheckpoint *c, const char *name, uint64_t rows, size_t row_bytes,
                            EluteCheckpointEntry **out) {
  EluteCheckpointEntry *b = find(c, name), *more;

  if (c->reads) {
    *out = b;
    if (b && b->row_bytes == row_bytes && (rows == 0 || b->rows == rows)) return PETSC_SUCCESS;
    return EluteFail(ELUTE_EXIT_CASE,
                     "--restart: the checkpoint's %s is not what this case needs; expected a case with the same mesh, species, "
                     "endpoints and ways of the ledger", name);
  }
  ELUTE_ASSERT(!b && strlen(name) < sizeof b->name);
  more = realloc(c->block, (c->n_blocks + 1) * sizeof *more);
  if (more) c->block = more;
  PetscCall(EluteAgree(c->mesh->comm, more ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for a checkpoint")));
  b = *out = &c->block[c->n_blocks++];
  *b = (EluteCheckpointEntry){.offset = c->end, .rows = rows, .row_bytes = row_bytes};
  strncpy(b->name, name, sizeof b->name - 1);
  c->end += rows * row_bytes;
  return PETSC_SUCCESS;
}

/* A block that is written takes the sum of the ranks' hashes; a failure to read shows at once. */
static PetscErrorCode finish_block(EluteCheckpoint *c, EluteCheckpointEntry *b, uint64_t hash) {
  if (c->reads) return EluteAgree(c->mesh->comm, c->failed);
  PetscCallMPI(MPI_Allreduce(&hash, &b->hash, 1, MPI_UINT64_T, MPI_SUM, c->mesh->comm));
  return PETSC_SUCCESS;
}

static void set_view(EluteCheckpoint *c, uint64_t at, MPI_Datatype unit, MPI_Datatype part) {
  note(c, MPI_File_set_view(c->file, (MPI_Offset)at, unit, part, "native", MPI_INFO_NULL));
}

PetscErrorCode EluteCheckpointBlock(EluteCheckpoint *c, const char *name, void *value, size_t bytes) {
  EluteCheckpointEntry *b;
  uint64_t hash = 0;

  PetscCall(entry(c, name, 1, bytes, &b));
  set_view(c, 0, MPI_BYTE, MPI_BYTE);
  if (c->reads) {
    note(c, MPI_File_read_at_all(c->file, (MPI_Offset)b->offset, value, (int)bytes, MPI_BYTE, MPI_STATUS_IGNORE));
  } else if (c->rank == 0) {
    hash = elute_checkpoint_hash(0, value, bytes);
    note(c, MPI_File_write_at(c->file, (MPI_Offset)b->offset, value, (int)bytes, MPI_BYTE, MPI_STATUS_IGNORE));
  }
  return finish_block(c, b, hash);
}

PetscErrorCode EluteCheckpointShares(EluteCheckpoint *c, const char *name, double *values, size_t n) {
  const size_t bytes = n * sizeof *values;
  EluteCheckpointEntry *b;
  uint64_t hash = 0;

  PetscCall(entry(c, name, c->reads ? 0 : (uint64_t)c->size, bytes, &b));
  set_view(c, 0, MPI_BYTE, MPI_BYTE);
  if (!c->reads) {
    const MPI_Offset at = (MPI_Offset)(b->offset + (uint64_t)c->rank * bytes);

    hash = elute_checkpoint_hash((uint64_t)c->rank, values, bytes);
    note(c, MPI_File_write_at_all(c->file, at, values, (int)bytes, MPI_BYTE, MPI_STATUS_IGNORE));
  } else {
    const bool same = b->rows == (uint64_t)c->size;
    double *share = memory(c, bytes);

    memset(values, 0, bytes);
    for (uint64_t row = same ? (uint64_t)c->rank : 0; row < b->rows && (same || c->rank == 0) && share; row++) {
      note(c, MPI_File_read_at(c->file, (MPI_Offset)(b->offset + row * bytes), share, (int)bytes, MPI_BYTE, MPI_STATUS_IGNORE));
      for (size_t i = 0; i < n; i++) values[i] += share[i];
      if (same) break;
    }
    free(share);
  }
  return finish_block(c, b, hash);
}

/* Copies rows of cells between a buffer and where their owner has them; in writing, adds to the hash. */
static void copy_rows(const EluteCheckpoint *c, PetscInt first, PetscInt end, size_t row_bytes, char *buffer, double *values,
                      size_t stride, uint64_t *hash) {
  for (PetscInt r = first; r < end; r++) {
    char *at = buffer + (size_t)(r - first) * row_bytes;
    double *row = values + (size_t)r * stride;
    PetscInt j, k;

    memcpy(c->reads ? (void *)row : at, c->reads ? at : (void *)row, row_bytes);
    EluteMeshRowIndex(c->mesh, r, &j, &k);
    *hash += elute_checkpoint_hash((uint64_t)j + (uint64_t)c->mesh->spec.n[1] * (uint64_t)k, at, row_bytes);
  }
}

PetscErrorCode EluteCheckpointCells(EluteCheckpoint *c, const char *name, double *values, size_t stride) {
  const EluteMesh *mesh = c->mesh;
  const size_t row_bytes = (size_t)mesh->spec.n[0] * sizeof *values;
  const PetscInt rows = mesh->view.n_rows, together = (PetscInt)PetscMax(ELUTE_CHECKPOINT_CHUNK / row_bytes, 1);
  PetscInt chunks = (rows + together - 1) / together;
  EluteCheckpointEntry *b;
  MPI_Datatype row, part;
  uint64_t hash = 0;
  char *buffer;

  PetscCall(entry(c, name, (uint64_t)(mesh->spec.n[1] * mesh->spec.n[2]), row_bytes, &b));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &chunks, 1, MPIU_INT, MPI_MAX, mesh->comm));
  buffer = memory(c, (size_t)PetscMin(together, rows) * row_bytes);
  PetscCall(EluteMeshRowTypes(mesh, row_bytes, &row, &part));
  set_view(c, b->offset, row, part);
  for (PetscInt i = 0; i < chunks; i++) {
    const PetscInt first = PetscMin(i * together, rows), end = buffer ? PetscMin(first + together, rows) : first;

    if (c->reads) note(c, MPI_File_read_all(c->file, buffer, (int)(end - first), row, MPI_STATUS_IGNORE));
    copy_rows(c, first, end, row_bytes, buffer, values, stride, &hash);
    if (!c->reads) note(c, MPI_File_write_all(c->file, buffer, (int)(end - first), row, MPI_STATUS_IGNORE));
  }
  PetscCallMPI(MPI_Type_free(&part));
  PetscCallMPI(MPI_Type_free(&row));
  free(buffer);
  return finish_block(c, b, hash);
}

/* ---- the file ---- */

static void keep_on_disk(EluteCheckpoint *c, const char *path, int flags) {
  const int descriptor = open(path, flags);

  if (descriptor < 0 || fsync(descriptor)) note_system(c, path, errno);
  if (descriptor >= 0) close(descriptor);
}

/* Rank 0, when all have closed the file: a file system that runs full may shorten it without a word. */
static void put_in_place(EluteCheckpoint *c, const char *temporary, const char *path) {
  const uint64_t bytes = c->end + c->n_blocks * sizeof *c->block;
  char folder[PETSC_MAX_PATH_LEN + 48];
  struct stat status;

  keep_on_disk(c, temporary, O_RDONLY);
  if (!c->failed && stat(temporary, &status)) note_system(c, path, errno);
  if (!c->failed && (uint64_t)status.st_size != bytes) note_system(c, path, ENOSPC);
  if (!c->failed && rename(temporary, path)) note_system(c, path, errno);
  if (c->failed) {
    unlink(temporary);
    return;
  }
  snprintf(folder, sizeof folder, "%s/checkpoint", c->directory);
  keep_on_disk(c, folder, O_RDONLY | O_DIRECTORY);
  EluteCheckpointsRemove(c->directory, c->number);
}

PetscErrorCode EluteCheckpointFinish(EluteCheckpoint **out) {
  EluteCheckpoint *c = *out;
  const EluteCheckpointHead head = elute_checkpoint_head(c);
  char path[PETSC_MAX_PATH_LEN + 48], temporary[sizeof path + 8];
  PetscErrorCode ierr;

  set_view(c, 0, MPI_BYTE, MPI_BYTE);
  if (c->rank == 0) {
    note(c, MPI_File_write_at(c->file, (MPI_Offset)c->end, c->block, (int)(c->n_blocks * sizeof *c->block), MPI_BYTE,
                              MPI_STATUS_IGNORE));
    note(c, MPI_File_write_at(c->file, 0, &head, (int)sizeof head, MPI_BYTE, MPI_STATUS_IGNORE));
  }
  note(c, MPI_File_sync(c->file));
  note(c, MPI_File_close(&c->file));
  ierr = EluteAgree(c->mesh->comm, c->failed);
  elute_checkpoint_path(c->directory, c->number, path);
  snprintf(temporary, sizeof temporary, "%s.part", path);
  if (c->rank == 0 && ierr) unlink(temporary);
  if (c->rank == 0 && !ierr) put_in_place(c, temporary, path);
  ierr = EluteAgree(c->mesh->comm, c->failed ? c->failed : ierr);
  PetscCall(EluteCheckpointClose(out));
  return ierr;
}

/* One file; NULL where it is damaged. */
static PetscErrorCode open_one(const EluteMesh *mesh, const char *directory, int number, EluteCheckpoint **out, char why[200]) {
  char path[PETSC_MAX_PATH_LEN + 48];
  EluteCheckpoint *c;
  bool whole = false;
  int failed;

  PetscCall(create(mesh, directory, number, &c));
  c->reads = true;
  elute_checkpoint_path(directory, number, path);
  failed = MPI_File_open(mesh->comm, path, MPI_MODE_RDONLY, MPI_INFO_NULL, &c->file);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, mesh->comm));
  if (failed) c->file = MPI_FILE_NULL;
  snprintf(why, 200, "it cannot be opened");
  if (!failed) PetscCall(EluteCheckpointVerify(c, &whole, why));
  *out = c;
  return whole ? PETSC_SUCCESS : EluteCheckpointClose(out);
}

PetscErrorCode EluteCheckpointOpen(const EluteMesh *mesh, const char *directory, void (*tell)(const char *),
                                   EluteCheckpoint **c, int *number) {
  int rank;

  *c = NULL;
  PetscCallMPI(MPI_Comm_rank(mesh->comm, &rank));
  for (*number = INT_MAX; !*c;) {
    char why[200], path[PETSC_MAX_PATH_LEN + 48], text[sizeof path + 240];

    *number = newest(directory, *number);
    PetscCallMPI(MPI_Bcast(number, 1, MPI_INT, 0, mesh->comm));
    if (*number < 0) return PETSC_SUCCESS;
    PetscCall(open_one(mesh, directory, *number, c, why));
    elute_checkpoint_path(directory, *number, path);
    snprintf(text, sizeof text, "%s is damaged (%s): the one before is tried", path, why);
    if (!*c && rank == 0) tell(text);
  }
  return PETSC_SUCCESS;
}
