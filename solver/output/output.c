#include "internal.h"

#include "../case/units.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

void elute_output_path(const EluteOutput *output, const char *name, char path[ELUTE_OUTPUT_PATH]) {
  snprintf(path, ELUTE_OUTPUT_PATH, "%s/%s", output->directory, name);
}

/* Files that a run writes: what --force may replace. */
static bool is_run_file(const char *name) {
  static const char *const fixed[] = {"case.yaml", "fields.vtk.series", "ledger.csv", "probes.csv", "verify.csv",
                                      "run.json",  "log.txt",           "steps.txt",  NULL};
  size_t length = strlen(name);

  for (int i = 0; fixed[i]; i++) {
    if (strcmp(name, fixed[i]) == 0) return true;
  }
  return strncmp(name, "fields_", 7) == 0 && length > 11 && strcmp(name + length - 4, ".vtk") == 0;
}

/* Makes the directory and its parents; leaves what exists. */
static PetscErrorCode make_directory(const char *path) {
  char part[PETSC_MAX_PATH_LEN];

  snprintf(part, sizeof part, "%s", path);
  for (char *c = part + 1;; c++) {
    char kept = *c;

    if (kept != '/' && kept != '\0') continue;
    *c = '\0';
    if (mkdir(part, 0777) && errno != EEXIST)
      return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot make the directory: %s", part, strerror(errno));
    *c = kept;
    if (kept == '\0') return PETSC_SUCCESS;
  }
}

/* An earlier run in the directory: refused, or with --force its files removed. Other files stay. */
static PetscErrorCode clear_earlier(const EluteOutput *output, bool force) {
  DIR *directory = opendir(output->directory);
  struct dirent *entry;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (!directory && errno == ENOENT) return PETSC_SUCCESS;
  if (!directory)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot be used as a run directory: %s", output->directory,
                     strerror(errno));
  while (!ierr && (entry = readdir(directory))) {
    char path[ELUTE_OUTPUT_PATH];

    if (!is_run_file(entry->d_name)) continue;
    if (!force) {
      ierr =
          EluteFail(ELUTE_EXIT_CASE,
                    "%s: holds an earlier run (%s); name another directory with --output, or replace it with --force",
                    output->directory, entry->d_name);
      break;
    }
    snprintf(path, sizeof path, "%s/%.*s", output->directory, 60, entry->d_name);
    if (unlink(path)) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot remove: %s", path, strerror(errno));
  }
  closedir(directory);
  return ierr;
}

/* Bytes that the run will write, at least. */
static double expected_bytes(const EluteOperators *ops) {
  const EluteModel *m = ops->model;
  double times = 2 + m->output.n_times, values = (double)ops->mesh->n_cells_global * (m->n_species + m->n_mobile);

  if (m->output.every > 0) times += floor((m->time.end - m->time.begin) / m->output.every);
  if (m->time.until_steady) times = 2;
  return m->output.vtk ? times * values * (m->output.single ? 4 : 8) : 0;
}

static PetscErrorCode check_room(const EluteOutput *output) {
  struct statvfs room;
  double needed = expected_bytes(output->ops), free_bytes;

  if (statvfs(output->directory, &room)) return PETSC_SUCCESS;
  free_bytes = (double)room.f_bavail * (double)room.f_frsize;
  if (needed <= free_bytes) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: the run would write about %.3g GB, but only %.3g GB are free",
                   output->directory, needed / 1e9, free_bytes / 1e9);
}

static void print_case(const EluteOutput *output, FILE *file) {
  EluteTreePrint(output->ops->model->tree, file);
}

PetscErrorCode EluteOutputAtomic(const EluteOutput *output, const char *name,
                                 void (*print)(const EluteOutput *, FILE *)) {
  char path[ELUTE_OUTPUT_PATH], temporary[ELUTE_OUTPUT_PATH + 8];
  FILE *file;
  bool bad;

  elute_output_path(output, name, path);
  snprintf(temporary, sizeof temporary, "%s.part", path);
  file = fopen(temporary, "w");
  if (!file) return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  print(output, file);
  bad = ferror(file) != 0;
  bad = fclose(file) != 0 || bad;
  if (bad || rename(temporary, path)) {
    unlink(temporary);
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode open_directory(EluteOutput *output, bool force) {
  char path[ELUTE_OUTPUT_PATH];

  PetscCall(clear_earlier(output, force));
  PetscCall(make_directory(output->directory));
  PetscCall(check_room(output));
  PetscCall(EluteOutputAtomic(output, "case.yaml", print_case));
  elute_output_path(output, "log.txt", path);
  output->log = fopen(path, "w");
  if (!output->log) return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  return EluteOutputTablesOpen(output);
}

PetscErrorCode EluteOutputCreate(EluteOperators *ops, const EluteOutputOptions *options, EluteOutput **out) {
  EluteOutput *o;
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(PetscNew(&o));
  *out = o;
  o->ops = ops;
  o->comm = ops->mesh->comm;
  PetscCallMPI(MPI_Comm_rank(o->comm, &o->rank));
  snprintf(o->directory, sizeof o->directory, "%s", options->directory);
  o->quiet = options->quiet;
  o->terminal = isatty(STDOUT_FILENO);
  o->case_name = options->case_name;
  o->backend_name = options->backend_name;
  o->backend_reason = options->backend_reason;
  o->argc = options->argc;
  o->argv = options->argv;
  o->started = MPI_Wtime();
  PetscCall(PetscMalloc1((size_t)ops->fields->n_local + 1, &o->state));
  PetscCall(PetscLogDefaultBegin());
  if (o->rank == 0) ierr = open_directory(o, options->force);
  PetscCall(EluteAgree(o->comm, ierr));
  return EluteOutputLog(o, "%s: %lld cells, %d species, %d reactions; backend %s (%s)", ops->model->title,
                        (long long)ops->mesh->n_cells_global, ops->model->n_species, ops->model->n_reactions,
                        o->backend_name, o->backend_reason);
}

PetscErrorCode EluteOutputLog(EluteOutput *o, const char *format, ...) {
  va_list arguments;

  if (o->rank) return PETSC_SUCCESS;
  if (o->log) {
    va_start(arguments, format);
    vfprintf(o->log, format, arguments);
    va_end(arguments);
    fputc('\n', o->log);
    fflush(o->log);
  }
  if (o->quiet) return PETSC_SUCCESS;
  if (o->terminal) printf("\r\033[K");
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
  return PETSC_SUCCESS;
}

/* "3 s", "12 min", "2.5 h" */
static void print_duration(double seconds, char *text, size_t length) {
  if (seconds < 100)
    snprintf(text, length, "%.0f s", seconds);
  else if (seconds < 6000)
    snprintf(text, length, "%.0f min", seconds / 60);
  else
    snprintf(text, length, "%.1f h", seconds / 3600);
}

PetscErrorCode EluteOutputProgress(EluteOutput *o, double t, double h) {
  const EluteTimeSpec *time = &o->ops->model->time;
  double share = (t - time->begin) / (time->end - time->begin), now = MPI_Wtime(), elapsed = now - o->started;
  char left[32], bar[31], at[48], step[48];

  if (o->rank || o->quiet || share <= 0) return PETSC_SUCCESS;
  if (o->terminal ? now - o->last_line < 0.1 : (int)(10 * share) == o->last_tenth && now - o->last_line < 30)
    return PETSC_SUCCESS;
  if (!o->terminal && now - o->last_line < 1) return PETSC_SUCCESS; /* short runs stay short */
  o->last_line = now;
  o->last_tenth = (int)(10 * share);
  print_duration(elapsed * (1 - share) / share, left, sizeof left);
  EluteQuantityFormat(t, "s", at, sizeof at);
  EluteQuantityFormat(h, "s", step, sizeof step);
  for (int i = 0; i < 30; i++) bar[i] = i < 30 * share ? '#' : '.';
  bar[30] = '\0';
  if (o->terminal)
    printf("\r\033[K[%s] %3.0f %%  t = %s, step %s, %s left", bar, 100 * share, at, step, left);
  else
    printf("%3.0f %%  t = %s, step %s, about %s left\n", 100 * share, at, step, left);
  fflush(stdout);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputFetch(EluteOperators *ops, Vec u, double *host) {
  const double *array;
  int failed;

  PetscCall(VecGetArrayReadAndMemType(u, &array, NULL));
  failed = ops->backend->to_host(host, array, sizeof(double) * (size_t)ops->fields->n_local);
  PetscCall(VecRestoreArrayReadAndMemType(u, &array));
  return failed ? EluteFail(ELUTE_EXIT_SYSTEM, "%s", elute_backend_error()) : PETSC_SUCCESS;
}

PetscErrorCode EluteOutputWrite(EluteOutput *o, double t, Vec u, const double *ledger) {
  double begin = MPI_Wtime();

  PetscCall(EluteOutputFetch(o->ops, u, o->state));
  PetscCall(EluteOutputTables(o, t, u, ledger));
  if (o->ops->model->output.vtk) PetscCall(EluteOutputVtk(o, t));
  o->output_seconds += MPI_Wtime() - begin;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputDestroy(EluteOutput **output) {
  EluteOutput *o = *output;

  if (!o) return PETSC_SUCCESS;
  if (o->log) fclose(o->log);
  if (o->ledger) fclose(o->ledger);
  if (o->probes) fclose(o->probes);
  if (o->verify) fclose(o->verify);
  PetscCall(PetscFree(o->state));
  free(o->written_time);
  PetscCall(PetscFree(*output));
  return PETSC_SUCCESS;
}
