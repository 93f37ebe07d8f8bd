/* The run directory: what may be written where, what an earlier run left, room on the disk.

   A directory is an earlier run's when its case.yaml begins with our mark. With --force the files a run writes are then
   replaced and all others stay. Files of the same names that no run wrote are never touched, --force or not: the
   directory of the user's own case.yaml is not a run directory. */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "../file_lock.h"
#include "../version.h"

static const char mark[] = "# The whole case as elute ";

void elute_output_path(const EluteOutput *output, const char *name, char path[ELUTE_OUTPUT_PATH]) {
  snprintf(path, ELUTE_OUTPUT_PATH, "%s/%.100s", output->directory, name);
}

/* Is it a file that a run writes? *part: under its temporary name, or one that MPI-IO put beside it (a killed run
   leaves them: fields_000004.vtk.part.data.1). */
static bool is_run_file(const char *name, bool *part) {
  static const char *const fixed[] = {"case.yaml",      "fields.vtk.series", "ledger.csv", "probes.csv",
                                      "verify.csv",     "run.json",          "log.txt",    "steps.txt",
                                      "endpoints.json", "endpoints.csv",     NULL};
  char stem[80];
  const char *ending = strstr(name, ".part");
  size_t length = strlen(name);

  *part = ending && (ending[5] == '\0' || ending[5] == '.' || ending[5] == '_');
  if (*part) length = (size_t)(ending - name);
  if (length >= sizeof stem) return false;
  snprintf(stem, sizeof stem, "%.*s", (int)length, name);
  for (int i = 0; fixed[i]; i++) {
    if (strcmp(stem, fixed[i]) == 0) return true;
  }
  length = strlen(stem);
  if (length > 11 && strncmp(stem, "biopsy_", 7) == 0 && strcmp(stem + length - 4, ".csv") == 0) return true;
  if (length > 14 && strncmp(stem, "image_", 6) == 0 && strcmp(stem + length - 4, ".vtk") == 0)
    return stem[length - 8] == '_' && strspn(stem + length - 7, "0123456789") == 3;
  return length > 11 && strncmp(stem, "fields_", 7) == 0 && strcmp(stem + length - 4, ".vtk") == 0 &&
         strspn(stem + 7, "0123456789") == length - 11;
}

/* What is in the directory. */
typedef struct Found {
  bool run;       /* an earlier run */
  char name[64];  /* a file that a run would replace; empty: none */
  double n_bytes; /* of all of them */
} Found;

/* Calls visit for every file of a run in the directory, temporary ones included; a missing directory has none. */
static PetscErrorCode each_run_file(const EluteOutput *o, PetscErrorCode (*visit)(const char *, bool, void *),
                                    void *context) {
  DIR *directory = opendir(o->directory);
  struct dirent *entry;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (!directory && errno == ENOENT) return PETSC_SUCCESS;
  if (!directory)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot be used as a run directory: %s", o->directory, strerror(errno));
  while (!ierr && (entry = readdir(directory))) {
    char path[ELUTE_OUTPUT_PATH];
    bool part;

    if (!is_run_file(entry->d_name, &part)) continue;
    elute_output_path(o, entry->d_name, path);
    ierr = visit(path, part, context);
  }
  closedir(directory);
  return ierr;
}

static PetscErrorCode note_file(const char *path, bool part, void *context) {
  Found *found = context;
  struct stat status;

  if (stat(path, &status) == 0) found->n_bytes += (double)status.st_size;
  if (!part) snprintf(found->name, sizeof found->name, "%.60s", strrchr(path, '/') + 1);
  return PETSC_SUCCESS;
}

/* context: the path of one that stays; or NULL */
static PetscErrorCode remove_file(const char *path, bool part, void *context) {
  (void)part;
  if (context && strcmp(path, context) == 0) return PETSC_SUCCESS;
  if (unlink(path) == 0) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot remove: %s", path, strerror(errno));
}

static bool has_mark(const EluteOutput *o) {
  char path[ELUTE_OUTPUT_PATH], head[sizeof mark] = "";
  FILE *file;

  elute_output_path(o, "case.yaml", path);
  file = fopen(path, "r");
  if (!file) return false;
  if (!fgets(head, sizeof head, file)) head[0] = '\0';
  fclose(file);
  return strcmp(head, mark) == 0;
}

static PetscErrorCode look(const EluteOutput *o, bool force, Found *found) {
  PetscCall(each_run_file(o, note_file, found));
  found->run = has_mark(o);
  if (!found->name[0]) return PETSC_SUCCESS;
  if (!found->run)
    return EluteFail(ELUTE_EXIT_CASE,
                     "%s: holds a file %s that no run of elute wrote; name another directory with "
                     "--output",
                     o->directory, found->name);
  if (!force)
    return EluteFail(ELUTE_EXIT_CASE,
                     "%s: holds an earlier run; name another directory with --output, or replace it with --force",
                     o->directory);
  return PETSC_SUCCESS;
}

/* Bytes of fields that the run will write; tables are small beside them. */
static double expected_bytes(const EluteOperators *ops) {
  const EluteModel *m = ops->model;
  double times = 2 + m->output.n_times;

  if (m->output.every > 0) times += floor((m->time.end - m->time.begin) / m->output.every);
  if (m->time.until_steady) times = 2; /* nobody knows how many more */
  return m->output.vtk ? times * elute_vtk_bytes(m, ops->mesh) : 0;
}

/* On the file system of the nearest folder that exists. */
static PetscErrorCode check_room(const EluteOutput *o, double freed) {
  char path[PETSC_MAX_PATH_LEN];
  struct statvfs room;
  double needed = expected_bytes(o->ops), free_bytes;

  snprintf(path, sizeof path, "%s", o->directory);
  while (statvfs(path, &room)) {
    char *slash = strrchr(path, '/');

    if (errno != ENOENT || strcmp(path, ".") == 0 || strcmp(path, "/") == 0) return PETSC_SUCCESS; /* mkdir will say */
    snprintf(path, sizeof path, "%.*s", slash ? PetscMax((int)(slash - path), 1) : 1,
             slash ? (slash > path ? o->directory : "/") : ".");
  }
  free_bytes = (double)room.f_bavail * (double)room.f_frsize + freed;
  if (needed <= free_bytes) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: the run would write about %.3g GB of fields, but %.3g GB are free",
                   o->directory, needed / 1e9, free_bytes / 1e9);
}

/* Makes the directory and its parents; leaves what exists. */
static PetscErrorCode make_directory(EluteOutput *o) {
  char part[PETSC_MAX_PATH_LEN];

  snprintf(part, sizeof part, "%s", o->directory);
  for (char *c = part + 1;; c++) {
    char kept = *c;

    if (kept != '/' && kept != '\0') continue;
    *c = '\0';
    if (mkdir(part, 0777) == 0) {
      if (!o->made) o->made = strlen(part);
    } else if (errno != EEXIST) {
      return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot make the directory: %s", part, strerror(errno));
    }
    *c = kept;
    if (kept == '\0') return PETSC_SUCCESS;
  }
}

/* One run at a time writes to a directory. The lock is on a file there that goes with the run; a run that was killed leaves
   it, unlocked. */
static PetscErrorCode lock_directory(EluteOutput *o) {
  char path[ELUTE_OUTPUT_PATH];
  struct stat locked, there;

  elute_output_path(o, ".lock", path);
  for (;;) {
    int why;

    o->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (o->lock < 0) return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
    why = EluteFileLock(o->lock, 0);
    if (why == EACCES || why == EAGAIN) {
      close(o->lock);
      o->lock = -1;
      return EluteFail(ELUTE_EXIT_CASE,
                       "%s: another run is writing there; wait for its end, or name another directory with --output",
                       o->directory);
    }
    /* Where the file system knows no locks we go without. Whoever had it may have removed the file meanwhile. */
    if (why || (fstat(o->lock, &locked) == 0 && stat(path, &there) == 0 && locked.st_ino == there.st_ino)) return PETSC_SUCCESS;
    close(o->lock);
  }
}

void EluteOutputUnlock(EluteOutput *o) {
  char path[ELUTE_OUTPUT_PATH];

  if (o->lock < 0) return;
  elute_output_path(o, ".lock", path);
  unlink(path);
  close(o->lock);
  o->lock = -1;
}

void EluteOutputAbandon(EluteOutput *o) {
  char path[PETSC_MAX_PATH_LEN];

  if (o->entered) (void)each_run_file(o, remove_file, NULL);
  EluteOutputUnlock(o);
  snprintf(path, sizeof path, "%s", o->directory);
  while (o->made && strlen(path) >= o->made) {
    char *slash;

    if (rmdir(path) && (errno == ENOTEMPTY || errno == EEXIST)) return;
    slash = strrchr(path, '/');
    if (!slash) return;
    *slash = '\0';
  }
}

static void print_case(const EluteOutput *o, const void *context, FILE *file) {
  (void)context;
  fprintf(file, "%s%s understood it; it runs again as it is.\n", mark, ELUTE_VERSION);
  EluteTreePrint(o->ops->model->tree, file);
}

/* The file under its temporary name. */
static PetscErrorCode write_part(const EluteOutput *o, const char *name,
                                 void (*print)(const EluteOutput *, const void *, FILE *), const void *context) {
  char path[ELUTE_OUTPUT_PATH], temporary[ELUTE_OUTPUT_PATH + 8];
  FILE *file;
  int failed = 0;

  elute_output_path(o, name, path);
  snprintf(temporary, sizeof temporary, "%s.part", path);
  file = fopen(temporary, "w");
  if (!file) return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  errno = 0;
  print(o, context, file);
  if (fflush(file) || ferror(file)) failed = errno ? errno : EIO;
  if (fclose(file) && !failed) failed = errno;
  if (!failed) return PETSC_SUCCESS;
  unlink(temporary);
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(failed));
}

static PetscErrorCode rename_part(const EluteOutput *o, const char *name) {
  char path[ELUTE_OUTPUT_PATH], temporary[ELUTE_OUTPUT_PATH + 8];
  int failed;

  elute_output_path(o, name, path);
  snprintf(temporary, sizeof temporary, "%s.part", path);
  if (rename(temporary, path) == 0) return PETSC_SUCCESS;
  failed = errno;
  unlink(temporary);
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(failed));
}

PetscErrorCode elute_output_table(const EluteOutput *o, const char *name, EluteTableFile *table) {
  char path[ELUTE_OUTPUT_PATH];

  elute_output_path(o, name, path);
  return EluteTableOpen(table, o->directory[0] ? path : NULL, table->kept);
}

static const char *const documents[] = {"endpoints.json", "run.json"};

static PetscErrorCode keep_document(EluteOutput *o, const char *name,
                                    void (*print)(const EluteOutput *, const void *, FILE *), const void *context) {
  char **text = &o->document[strcmp(name, documents[0]) != 0];
  size_t length;
  FILE *file;

  free(*text);
  file = open_memstream(text, &length);
  if (!file) return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for %s", name);
  print(o, context, file);
  return fclose(file) ? EluteFail(ELUTE_EXIT_SYSTEM, "no memory for %s", name) : PETSC_SUCCESS;
}

const char *EluteOutputDocument(const EluteOutput *o, const char *name) {
  for (int i = 0; i < 2; i++)
    if (strcmp(name, documents[i]) == 0) return o->document[i];
  return NULL;
}

PetscErrorCode EluteOutputAtomic(EluteOutput *o, const char *name,
                                 void (*print)(const EluteOutput *, const void *, FILE *), const void *context) {
  if (!o->directory[0]) return keep_document(o, name, print, context);
  PetscCall(write_part(o, name, print, context));
  return rename_part(o, name);
}

void elute_output_keep(EluteOutput *o, EluteTableFile *table) {
  PetscErrorCode ierr = EluteTableKeep(table);

  if (!o->late) o->late = ierr;
}

/* What a run wrote after the checkpoint that it goes on from, and will not write again under the same name at once. */
static PetscErrorCode remove_later(const char *path, bool part, void *context) {
  const EluteOutput *o = context;
  const char *name = strrchr(path, '/') + 1;
  const bool record = strcmp(name, "run.json") == 0 || strcmp(name, "endpoints.json") == 0;
  const bool verify = strcmp(name, "verify.csv") == 0 && o->verify.kept == 0;
  const bool fields = strncmp(name, "fields_", 7) == 0 && atoi(name + 7) >= o->n_written;

  return part || record || verify || fields ? remove_file(path, part, NULL) : PETSC_SUCCESS;
}

/* After a restart: the directory as it was when the checkpoint was written. */
static PetscErrorCode go_on(EluteOutput *o) {
  char path[ELUTE_OUTPUT_PATH];
  struct stat status;
  EluteTableFile *table;

  PetscCall(lock_directory(o));
  PetscCall(EluteOutputTablesOpen(o));
  if (o->verify.kept) PetscCall(elute_output_table(o, "verify.csv", &o->verify));
  for (int i = 0; (table = elute_output_nth_table(o, i)); i++) PetscCall(EluteTableCut(table)); /* all can go on */
  PetscCall(each_run_file(o, remove_later, o));
  PetscCall(EluteOutputAtomic(o, "case.yaml", print_case, NULL));
  if (o->n_written) PetscCall(EluteOutputVtkSeries(o));
  elute_output_path(o, "log.txt", path);
  o->log.kept = stat(path, &status) == 0 ? (long long)status.st_size : 0;
  return elute_output_table(o, "log.txt", &o->log);
}

PetscErrorCode EluteOutputEnter(EluteOutput *o, bool force) {
  char path[ELUTE_OUTPUT_PATH];
  Found found = {0};

  if (!o->directory[0]) return EluteOutputTablesOpen(o);
  if (o->restarts) return go_on(o);
  PetscCall(look(o, force, &found));
  PetscCall(check_room(o, found.n_bytes));
  PetscCall(make_directory(o));
  PetscCall(lock_directory(o));
  PetscCall(look(o, force, &found)); /* another run may have come and gone */
  /* A disk that does not even take the case leaves the earlier run as it was. */
  PetscCall(write_part(o, "case.yaml", print_case, NULL));
  elute_output_path(o, "case.yaml.part", path);
  o->entered = true;
  PetscCall(each_run_file(o, remove_file, path));
  EluteCheckpointsRemove(o->directory, -1);
  PetscCall(rename_part(o, "case.yaml"));
  PetscCall(elute_output_table(o, "log.txt", &o->log));
  return EluteOutputTablesOpen(o);
}
