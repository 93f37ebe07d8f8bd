#include "worker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../simulation.h"
#include "outcome.h"
#include "progress.h"

typedef struct Worker {
  const EluteWorkerOptions *options;
  EluteDatabase *db; /* rank 0 */
  int rank;
  char *case_file, *case_text; /* on all ranks; those of the generation */
  EluteStudyOutcome outcome;
  EluteStudyProgress progress;
} Worker;

/* The text of rank 0 on all of them. */
static PetscErrorCode share_text(char **text) {
  int rank, length = *text ? (int)strlen(*text) : 0;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT, 0, PETSC_COMM_WORLD));
  if (rank) {
    *text = calloc((size_t)length + 1, 1);
    if (!*text) abort();
  }
  PetscCallMPI(MPI_Bcast(*text, length, MPI_CHAR, 0, PETSC_COMM_WORLD));
  return PETSC_SUCCESS;
}

static PetscErrorCode open_database(Worker *w, int ranks) {
  const EluteWorkerOptions *o = w->options;
  EluteGeneration g;

  PetscCall(EluteDatabaseWrite(o->database, o->across_hosts, &w->db));
  PetscCall(EluteDatabaseGeneration(w->db, &g));
  w->case_file = strdup(g.case_file);
  w->case_text = strdup(g.case_text);
  EluteGenerationClear(&g);
  if (!w->case_file || !w->case_text) abort();
  PetscCall(EluteDatabaseEnter(w->db, o->task, o->backend, ranks));
  PetscCall(EluteStudyOutcomeCreate(w->db, o->generation, &w->outcome));
  return EluteDatabaseReclaim(w->db, o->generation);
}

/* ---- one point ---- */

static PetscErrorCode run_model(const Worker *w, EluteSimulation *simulation, EluteStudyOutcome *outcome) {
  const EluteOutputOptions options = {.quiet = true,
                                      .case_name = w->case_file,
                                      .backend_name = simulation->fields->backend->name,
                                      .backend_reason = simulation->device.reason,
                                      .device = &simulation->device,
                                      .readouts = simulation->readouts,
                                      .series = &outcome->series};
  EluteOutput *output = NULL;
  PetscErrorCode ierr;

  PetscCall(EluteSimulationBegin(simulation));
  PetscCall(EluteOutputCreate(simulation->ops, &options, &output));
  ierr = EluteSimulationRun(simulation, output);
  if (!ierr) ierr = EluteOutputFinish(output, EluteStepperStatistics(simulation->stepper), ELUTE_EXIT_DONE);
  if (!ierr && w->rank == 0)
    ierr = EluteStudyOutcomeTake(outcome, EluteOutputDocument(output, "endpoints.json"),
                                 EluteOutputDocument(output, "run.json"));
  (void)EluteOutputDestroy(&output);
  return EluteAgree(PETSC_COMM_WORLD, ierr);
}

/* sets: lines of path=value. */
static PetscErrorCode run_point(Worker *w, const char *sets) {
  const EluteSimulationOptions options = {
      .backend = w->options->backend, .stepper = ELUTE_STEPPER_OWN, .time_limit = w->options->time_limit};
  EluteSimulation *simulation = NULL;
  EluteDiagnostics d = {0};
  int n;
  char **set = EluteStudySets(sets, "", 0, NULL, NULL, &n);
  EluteModel *model = EluteModelRead(w->case_file, w->case_text, strlen(w->case_text), n, set, &d);
  PetscErrorCode ierr;

  EluteStudyTextsFree((size_t)n, set);
  w->outcome.case_hash[0] = '\0';
  if (!model) {
    const char *line = strstr(d.text, "error: ");

    ierr = EluteFail(ELUTE_EXIT_CASE, "%.*s", (int)strcspn(line ? line + 7 : d.text, "\n"), line ? line + 7 : d.text);
    EluteDiagnosticsClear(&d);
    return ierr;
  }
  EluteDiagnosticsClear(&d);
  if (w->rank == 0) EluteStudyCaseHash(model, w->outcome.case_hash);
  PetscCall(EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &simulation));
  ierr = run_model(w, simulation, &w->outcome);
  (void)EluteSimulationDestroy(&simulation);
  return ierr;
}

/* ---- the queue ---- */

/* The next point and its overrides as lines, on all ranks; *id 0: none waits. */
static PetscErrorCode next_point(Worker *w, long long *id, char **sets) {
  PetscErrorCode ierr = PETSC_SUCCESS;

  *id = 0;
  *sets = NULL;
  if (w->rank == 0 && !EluteSimulationStopRequested()) {
    ierr = EluteDatabaseClaim(w->db, w->options->generation, id);
    if (!ierr && !*id) ierr = EluteDatabaseReclaim(w->db, w->options->generation);
    if (!ierr && !*id) ierr = EluteDatabaseClaim(w->db, w->options->generation, id);
    if (!ierr && *id) ierr = EluteDatabaseSets(w->db, *id, sets);
  }
  PetscCall(EluteAgree(PETSC_COMM_WORLD, ierr));
  PetscCallMPI(MPI_Bcast(id, 1, MPI_LONG_LONG, 0, PETSC_COMM_WORLD));
  return *id ? share_text(sets) : PETSC_SUCCESS;
}

/* Rank 0. The failure of a point is the point's; what the system or a stop did is not. */
static PetscErrorCode record(Worker *w, long long id, PetscErrorCode failed, double seconds) {
  const EluteStudyOutcome *o = &w->outcome;
  const char *message;
  EluteExit code = EluteFailure(&message);
  char *kept;
  PetscErrorCode ierr;

  if (!failed) return EluteDatabaseFinish(w->db, id, seconds, o->case_hash, o->n, o->y, o->unit, &o->series);
  kept = strdup(message);
  if (!kept) abort();
  EluteFailureClear();
  ierr = code == ELUTE_EXIT_STOPPED ? EluteDatabaseRelease(w->db, id)
                                    : EluteDatabaseFail(w->db, id, seconds, o->case_hash, kept);
  free(kept);
  return ierr;
}

/* A step that never ends is beyond a time limit that is looked at between steps. */
static void set_alarm(const Worker *w, bool on) {
  const double limit = w->options->time_limit;

  if (w->options->alarm && limit > 0) alarm(on ? (unsigned)(2 * limit + 10) : 0);
}

static PetscErrorCode work(Worker *w) {
  for (;;) {
    long long id;
    char *sets;
    double began;
    PetscErrorCode failed, ierr = PETSC_SUCCESS;

    PetscCall(next_point(w, &id, &sets));
    if (!id) return PETSC_SUCCESS;
    began = MPI_Wtime();
    set_alarm(w, true);
    failed = run_point(w, sets);
    set_alarm(w, false);
    free(sets);
    if (w->rank == 0) ierr = record(w, id, failed, MPI_Wtime() - began);
    if (w->rank && failed) EluteFailureClear();
    if (w->rank == 0 && !ierr) ierr = EluteStudyProgressTell(&w->progress, w->db, w->options->generation);
    PetscCall(EluteAgree(PETSC_COMM_WORLD, ierr));
  }
}

PetscErrorCode EluteStudyWork(const EluteWorkerOptions *options) {
  Worker w = {.options = options};
  PetscErrorCode ierr = PETSC_SUCCESS;
  int ranks;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &w.rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  EluteSimulationCatchSignals();
  if (w.rank == 0) ierr = open_database(&w, ranks);
  ierr = EluteAgree(PETSC_COMM_WORLD, ierr);
  EluteStudyProgressBegin(&w.progress, options->progress);
  if (!ierr) ierr = share_text(&w.case_file);
  if (!ierr) ierr = share_text(&w.case_text);
  if (!ierr) ierr = work(&w);
  if (w.rank == 0 && w.db && !ierr) ierr = EluteDatabaseLeave(w.db);
  EluteDatabaseClose(&w.db);
  EluteStudyOutcomeClear(&w.outcome);
  free(w.case_file);
  free(w.case_text);
  if (!ierr && EluteSimulationStopRequested())
    ierr = EluteFail(ELUTE_EXIT_STOPPED, "stopped on request; what was done is kept, the same command goes on");
  return EluteAgree(PETSC_COMM_WORLD, ierr);
}
