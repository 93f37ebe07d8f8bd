/* The life of a run's output. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* mpirun gives its processes a terminal of its own whatever happens to their
   output afterwards, so that its own output counts as well. */
bool EluteOutputIsTerminal(void) {
  char path[64], target[64];
  ssize_t n;

  if (!isatty(STDOUT_FILENO)) return false;
  if (!getenv("OMPI_COMM_WORLD_SIZE") && !getenv("PMI_SIZE")) return true;
  snprintf(path, sizeof path, "/proc/%ld/fd/1", (long)getppid());
  n = readlink(path, target, sizeof target - 1);
  if (n < 0) return false;
  target[n] = '\0';
  return strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0;
}

/* What computes, and how ranks exchange their ghost rows. */
static PetscErrorCode log_backend(EluteOutput *o) {
  const EluteDeviceChoice *c = o->device;
  int ranks;

  PetscCallMPI(MPI_Comm_size(o->comm, &ranks));
  if (c)
    PetscCall(EluteOutputLog(o,
                             "device %d of %d: %s, compute capability %d.%d, driver for CUDA %d.%d, %.1f GB of %.1f "
                             "GB free",
                             c->device.number + 1, c->device.count, c->device.name, c->device.architecture / 10,
                             c->device.architecture % 10, c->device.driver / 1000, c->device.driver % 1000 / 10,
                             (double)c->device.free / 1e9, (double)c->device.total / 1e9));
  if (c && c->most_sharers > 1)
    PetscCall(EluteOutputLog(o, "up to %d ranks share a device: it does the work of each in turn", c->most_sharers));
  return ranks > 1 ? EluteOutputLog(o, "%d ranks; %s", ranks, EluteFieldsExchangeWay(o->ops->fields)) : PETSC_SUCCESS;
}

PetscErrorCode EluteOutputCreate(EluteOperators *ops, const EluteOutputOptions *options, EluteOutput **output) {
  EluteOutput *o;
  PetscErrorCode ierr = PETSC_SUCCESS;

  *output = NULL;
  if (options->directory && strlen(options->directory) >= PETSC_MAX_PATH_LEN)
    return EluteFail(ELUTE_EXIT_USAGE, "--output: the path is longer than %d bytes", PETSC_MAX_PATH_LEN - 1);
  if (options->directory && !options->directory[0]) return EluteFail(ELUTE_EXIT_USAGE, "--output: the path is empty");
  PetscCall(PetscNew(&o));
  o->ops = ops;
  o->comm = ops->mesh->comm;
  PetscCallMPI(MPI_Comm_rank(o->comm, &o->rank));
  snprintf(o->directory, sizeof o->directory, "%s", options->directory ? options->directory : "");
  for (size_t n = strlen(o->directory); n > 1 && o->directory[n - 1] == '/'; n--) o->directory[n - 1] = '\0';
  o->quiet = options->quiet;
  o->closes = options->closes;
  o->terminal = EluteOutputIsTerminal();
  o->case_name = options->case_name ? options->case_name : "";
  o->backend_name = options->backend_name ? options->backend_name : "";
  o->backend_reason = options->backend_reason ? options->backend_reason : "";
  o->device = options->device && options->device->used ? options->device : NULL;
  o->readouts = options->readouts;
  o->series = options->series;
  o->lock = -1;
  PetscCall(PetscCalloc1(ops->model->output.n_biopsies + 1, &o->biopsies));
  o->argc = options->argc;
  o->argv = options->argv;
  o->started = o->line_clock = MPI_Wtime();
  o->line_time = ops->model->time.begin;
  PetscCall(PetscLogDefaultBegin());
  if (options->checkpoint) ierr = EluteOutputCheckpoint(o, options->checkpoint);
  if (o->rank == 0 && !ierr) ierr = EluteOutputEnter(o, options->force);
  ierr = EluteAgree(o->comm, ierr);
  if (ierr) {
    if (o->rank == 0) EluteOutputAbandon(o);
    (void)EluteOutputDestroy(&o);
    return ierr;
  }
  *output = o;
  PetscCall(EluteOutputLog(o, "%s: %lld cells, %d species, %d reactions; backend %s%s%s%s",
                           ops->model->title ? ops->model->title : "untitled", (long long)ops->mesh->n_cells_global,
                           ops->model->n_species, ops->model->n_reactions, o->backend_name,
                           o->backend_reason[0] ? " (" : "", o->backend_reason, o->backend_reason[0] ? ")" : ""));
  if (options->checkpoint) PetscCall(EluteOutputLog(o, "goes on from a checkpoint at t = %.10g s", ops->time));
  return log_backend(o);
}

const char *EluteOutputDirectory(const EluteOutput *o) {
  return o->directory;
}

EluteTableFile *elute_output_nth_table(EluteOutput *o, int n) {
  EluteTableFile *const table[] = {&o->ledger, &o->probes, &o->verify, &o->endpoints};

  if (n < 4) return table[n];
  return n - 4 < o->ops->model->output.n_biopsies ? &o->biopsies[n - 4] : NULL;
}

/* Lengths of the tables, which a restart cuts to what they were. */
static PetscErrorCode tables_checkpoint(EluteOutput *o, EluteCheckpoint *checkpoint) {
  EluteTableFile *table;

  for (int i = 0; (table = elute_output_nth_table(o, i)); i++) {
    char name[48];

    snprintf(name, sizeof name, "output.table %d", i);
    PetscCall(EluteCheckpointBlock(checkpoint, name, &table->kept, sizeof table->kept));
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputCheckpoint(EluteOutput *o, EluteCheckpoint *checkpoint) {
  const bool reads = EluteCheckpointReads(checkpoint);
  const size_t species = (size_t)o->ops->model->n_species * sizeof(double);
  int count[] = {o->n_states, o->n_written, o->n_history, o->verified, o->missed, o->restarts};
  double number[] = {o->last_time, o->bytes_written};
  EluteSpent spent = {0};

  if (!reads) PetscCall(EluteOutputSpent(o, &spent));
  PetscCall(EluteCheckpointBlock(checkpoint, "output.spent", &spent, sizeof spent));
  PetscCall(EluteCheckpointBlock(checkpoint, "output.counts", count, sizeof count));
  PetscCall(EluteCheckpointBlock(checkpoint, "output.numbers", number, sizeof number));
  PetscCall(EluteCheckpointBlock(checkpoint, "output.initial", o->initial, species));
  PetscCall(EluteCheckpointBlock(checkpoint, "output.closure", o->closure, species));
  PetscCall(tables_checkpoint(o, checkpoint));
  if (reads) {
    o->before = spent;
    o->n_states = count[0], o->n_written = count[1], o->n_history = count[2], o->verified = count[3], o->missed = count[4];
    o->restarts = count[5] + 1;
    o->last_time = number[0], o->bytes_written = number[1];
    o->line_time = o->ops->time;
    o->written_time = calloc((size_t)o->n_written + 1, sizeof *o->written_time);
    PetscCall(EluteAgree(o->comm, o->written_time ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory to list fields")));
  }
  if (o->n_written)
    PetscCall(EluteCheckpointBlock(checkpoint, "output.times", o->written_time, (size_t)o->n_written * sizeof *o->written_time));
  return EluteOutputEndpointsCheckpoint(o, checkpoint);
}

PetscErrorCode EluteOutputCheckpointed(EluteOutput *o, double t, int number, double seconds) {
  o->checkpoint_seconds += seconds;
  return EluteOutputLog(o, "checkpoint %d at t = %.10g s, %.2g s", number, t, seconds);
}

PetscErrorCode EluteHostStateGet(EluteOperators *ops, Vec u, EluteHostState *state) {
  size_t n = (size_t)ops->fields->n_local;
  PetscErrorCode ierr = PETSC_SUCCESS;

  *state = (EluteHostState){0};
  PetscCall(EluteFieldsGetRead(ops->fields, u, &state->borrowed));
  if (ops->backend == &elute_backend_cpu) {
    state->values = state->borrowed;
    return PETSC_SUCCESS;
  }
  state->copy = malloc((n + 1) * sizeof(double));
  if (!state->copy)
    ierr = EluteFail(ELUTE_EXIT_SYSTEM, "no memory for a copy of the state (%zu bytes)", n * sizeof(double));
  else
    ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_host(state->copy, state->borrowed, n * sizeof(double)));
  state->values = state->copy;
  ierr = EluteAgree(ops->mesh->comm, ierr);
  if (!ierr) ierr = EluteFieldsAgree(ops->fields);
  if (ierr) (void)EluteHostStateRestore(ops, u, state);
  return ierr;
}

PetscErrorCode EluteHostStateRestore(EluteOperators *ops, Vec u, EluteHostState *state) {
  (void)ops;
  free(state->copy);
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &state->borrowed));
  *state = (EluteHostState){0};
  return PETSC_SUCCESS;
}

double elute_concentration(const EluteOperators *ops, const double *state, int species, bool as_tissue, PetscInt row,
                           PetscInt i) {
  size_t r = (size_t)row, k = (size_t)species, at = (size_t)i, pitch = (size_t)ops->mesh->view.pitch;
  size_t n_species = (size_t)ops->fields->n_species, n_mobile = (size_t)ops->fields->n_mobile;
  double value = state[(r * n_species + k) * pitch + at];

  if (k >= n_mobile || as_tissue) return value;
  return value / ops->porosity[(r * n_mobile + k) * pitch + at] + ops->model->species[k].reference;
}

PetscErrorCode EluteOutputWrite(EluteOutput *o, double t, Vec u, const double *ledger) {
  double begin = MPI_Wtime();
  EluteHostState state;
  PetscErrorCode ierr;

  /* A run that fails right after an output reports the state it had written already. */
  if (o->n_states && t == o->last_time) return PETSC_SUCCESS;
  PetscCall(EluteHostStateGet(o->ops, u, &state));
  ierr = EluteOutputTables(o, t, u, state.values, ledger);
  if (!ierr) ierr = EluteOutputEndpoints(o, t, u, state.values);
  if (!ierr && o->directory[0] && o->ops->model->output.vtk) ierr = EluteOutputVtk(o, t, state.values);
  PetscCall(EluteHostStateRestore(o->ops, u, &state));
  PetscCall(ierr);
  o->n_states++;
  o->last_time = t;
  o->output_seconds += MPI_Wtime() - begin;
  return PETSC_SUCCESS;
}

/* Is one of the times meant? Which; -1: none. */
static int find_time(const EluteModel *m, int n, const double *times, double t) {
  double slack = 2e-12 * (fabs(m->time.end - m->time.begin) + fabs(t)); /* rounding of a time that is stepped to */

  for (int i = 0; i < n; i++)
    if (fabs(times[i] - t) <= slack) return i;
  return -1;
}

static PetscErrorCode write_samples(EluteOutput *o, double t, const double *state) {
  const EluteOutputSpec *spec = &o->ops->model->output;

  for (int i = 0; i < spec->n_biopsies; i++)
    if (find_time(o->ops->model, spec->biopsies[i].n_times, spec->biopsies[i].times, t) >= 0)
      PetscCall(EluteOutputBiopsy(o, i, t, state));
  for (int i = 0; i < spec->n_images; i++) {
    int scan = find_time(o->ops->model, spec->images[i].n_times, spec->images[i].times, t);

    if (scan >= 0) PetscCall(EluteOutputImage(o, i, scan, t, state));
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputSamples(EluteOutput *o, double t, Vec u) {
  const EluteOutputSpec *spec = &o->ops->model->output;
  double begin = MPI_Wtime();
  EluteHostState state;
  PetscErrorCode ierr;
  bool due = false;

  for (int i = 0; i < spec->n_biopsies; i++)
    due = due || find_time(o->ops->model, spec->biopsies[i].n_times, spec->biopsies[i].times, t) >= 0;
  for (int i = 0; i < spec->n_images; i++)
    due = due || find_time(o->ops->model, spec->images[i].n_times, spec->images[i].times, t) >= 0;
  if (!due || !o->directory[0]) return PETSC_SUCCESS;
  PetscCall(EluteHostStateGet(o->ops, u, &state));
  ierr = write_samples(o, t, state.values);
  PetscCall(EluteHostStateRestore(o->ops, u, &state));
  o->output_seconds += MPI_Wtime() - begin;
  return ierr;
}

PetscErrorCode EluteOutputDestroy(EluteOutput **output) {
  EluteOutput *o = *output;
  EluteTableFile *table;

  if (!o) return PETSC_SUCCESS;
  EluteTableClose(&o->log);
  for (int i = 0; (table = elute_output_nth_table(o, i)); i++) EluteTableClose(table);
  PetscCall(PetscFree(o->biopsies));
  EluteOutputUnlock(o);
  for (int i = 0; i < 2; i++) free(o->document[i]);
  free(o->history);
  free(o->written_time);
  PetscCall(PetscFree(*output));
  return PETSC_SUCCESS;
}
