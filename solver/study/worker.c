#include "worker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../batch.h"
#include "outcome.h"
#include "progress.h"

typedef struct Worker {
  const EluteWorkerOptions *options;
  EluteDatabase *db; /* rank 0 */
  int rank;
  char *case_file, *case_text; /* on all ranks; those of the generation */
  EluteStudyOutcome outcome;
  EluteStudyProgress progress;
  bool batches; /* points that fit together are run as one */
} Worker;

/* A point while it runs. */
typedef struct Point {
  long long id;
  int losses;
  char *sets; /* lines of path=value */
  char case_hash[17];
  EluteSimulation *simulation;
  EluteOutput *output;
  EluteSeries series;
} Point;

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

static PetscErrorCode refuse_batches(Worker *w, const char *why) {
  w->batches = false;
  return EluteDatabaseAlone(w->db, why);
}

/* What is known before any point: rank 0 of a worker of one rank tells itself. */
static PetscErrorCode ask_for_batches(Worker *w, const char *study_text, int ranks) {
  EluteDiagnostics d = {0};
  EluteNode *study = EluteTreeParse("study", study_text, strlen(study_text), &d);
  const EluteNode *batch = study ? EluteNodeChild(study, "batch") : NULL;
  const bool declined = batch && batch->kind == ELUTE_SCALAR && strcmp(batch->text, "no") == 0;

  EluteNodeFree(study);
  EluteDiagnosticsClear(&d);
  w->batches = true;
  if (declined) return refuse_batches(w, "the study says so");
  if (ranks > 1) return refuse_batches(w, "several ranks run a case");
  for (int e = 0; e < w->outcome.n; e++)
    if (strncmp(w->outcome.endpoint[e], "run.", 4) == 0)
      return refuse_batches(w, "the study keeps numbers of the run itself");
  return PETSC_SUCCESS;
}

static PetscErrorCode open_database(Worker *w, int ranks) {
  const EluteWorkerOptions *o = w->options;
  EluteGeneration g;
  PetscErrorCode ierr;

  PetscCall(EluteDatabaseWrite(o->database, o->across_hosts, &w->db));
  PetscCall(EluteDatabaseGeneration(w->db, &g));
  w->case_file = strdup(g.case_file);
  w->case_text = strdup(g.case_text);
  if (!w->case_file || !w->case_text) abort();
  ierr = EluteDatabaseEnter(w->db, o->task, o->backend, ranks);
  if (!ierr) ierr = EluteStudyOutcomeCreate(w->db, o->generation, &w->outcome);
  if (!ierr) ierr = ask_for_batches(w, g.study_text, ranks);
  EluteGenerationClear(&g);
  PetscCall(ierr);
  return EluteDatabaseReclaim(w->db, o->generation);
}

/* ---- one point ---- */

static PetscErrorCode read_model(const Worker *w, Point *point, EluteModel **model) {
  EluteDiagnostics d = {0};
  int n;
  char **set = EluteStudySets(point->sets, "", 0, NULL, NULL, &n);
  PetscErrorCode ierr = PETSC_SUCCESS;

  *model = EluteModelRead(w->case_file, w->case_text, strlen(w->case_text), n, set, &d);
  EluteStudyTextsFree((size_t)n, set);
  if (!*model) {
    const char *line = strstr(d.text, "error: ");

    ierr = EluteFail(ELUTE_EXIT_CASE, "%.*s", (int)strcspn(line ? line + 7 : d.text, "\n"), line ? line + 7 : d.text);
  } else if (w->rank == 0) {
    EluteStudyCaseHash(*model, point->case_hash);
  }
  EluteDiagnosticsClear(&d);
  return ierr;
}

/* Up to where it takes its first step. */
static PetscErrorCode begin_point(const Worker *w, Point *point, bool in_batch) {
  const EluteSimulationOptions options = {.backend = w->options->backend,
                                          .stepper = ELUTE_STEPPER_OWN,
                                          .time_limit = w->options->time_limit,
                                          .in_batch = in_batch};
  EluteOutputOptions output = {.quiet = true, .closes = true, .case_name = w->case_file, .series = &point->series};
  EluteModel *model;

  point->case_hash[0] = '\0';
  point->series = (EluteSeries){.n_probes = w->outcome.series.n_probes, .probe = w->outcome.series.probe};
  PetscCall(read_model(w, point, &model));
  PetscCall(EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &point->simulation));
  PetscCall(EluteSimulationBegin(point->simulation));
  output.backend_name = point->simulation->fields->backend->name;
  output.backend_reason = point->simulation->device.reason;
  output.device = &point->simulation->device;
  output.readouts = point->simulation->readouts;
  return EluteOutputCreate(point->simulation->ops, &output, &point->output);
}

/* After its last step: what it found is the worker's outcome. */
static PetscErrorCode end_point(Worker *w, Point *point, const EluteStepper *stepper) {
  PetscCall(EluteOutputFinish(point->output, EluteStepperStatistics(stepper), ELUTE_EXIT_DONE));
  if (w->rank) return PETSC_SUCCESS;
  return EluteStudyOutcomeTake(&w->outcome, EluteOutputDocument(point->output, "endpoints.json"),
                               EluteOutputDocument(point->output, "run.json"));
}

static void drop_run(Point *point) {
  (void)EluteOutputDestroy(&point->output);
  (void)EluteSimulationDestroy(&point->simulation);
}

static void drop_point(Point *point) {
  drop_run(point);
  EluteSeriesClear(&point->series);
  free(point->sets);
  point->sets = NULL;
}

static PetscErrorCode run_alone(Worker *w, Point *point) {
  PetscErrorCode ierr = begin_point(w, point, false);

  if (!ierr) ierr = EluteSimulationRun(point->simulation, point->output);
  if (!ierr) ierr = end_point(w, point, point->simulation->stepper);
  return EluteAgree(PETSC_COMM_WORLD, ierr);
}

/* Rank 0. The failure of a point is the point's; what the system or a stop did is not. batch: 0: alone. */
static PetscErrorCode record(Worker *w, const Point *point, PetscErrorCode failed, double seconds, long long batch) {
  const EluteStudyOutcome *o = &w->outcome;
  const char *message;
  EluteExit code = EluteFailure(&message);
  char *kept;
  PetscErrorCode ierr;

  if (!failed)
    return EluteDatabaseFinish(w->db, point->id, seconds, batch, point->case_hash, o->n, o->y, o->unit, &point->series);
  kept = strdup(message);
  if (!kept) abort();
  EluteFailureClear();
  ierr = code == ELUTE_EXIT_STOPPED ? EluteDatabaseRelease(w->db, point->id)
                                    : EluteDatabaseFail(w->db, point->id, seconds, point->case_hash, kept);
  free(kept);
  return ierr;
}

/* A step that never ends is beyond a time limit that is looked at between steps. n: points that share the time. */
static void set_alarm(const Worker *w, int n) {
  const double limit = w->options->time_limit;

  if (w->options->alarm && limit > 0) alarm(n ? (unsigned)(2 * limit * n + 10) : 0);
}

static PetscErrorCode take_alone(Worker *w, Point *point) {
  const double began = MPI_Wtime();
  PetscErrorCode failed, ierr = PETSC_SUCCESS;

  set_alarm(w, 1);
  failed = run_alone(w, point);
  set_alarm(w, 0);
  if (w->rank == 0) ierr = record(w, point, failed, MPI_Wtime() - began, 0);
  if (w->rank && failed) EluteFailureClear();
  drop_run(point);
  return ierr;
}

/* ---- the queue ---- */

/* The next point and its overrides, on all ranks; id 0: none waits. fresh: only one that was never lost. */
static PetscErrorCode next_point(Worker *w, bool fresh, Point *point) {
  PetscErrorCode ierr = PETSC_SUCCESS;

  *point = (Point){0};
  if (w->rank == 0 && !EluteSimulationStopRequested()) {
    ierr = EluteDatabaseClaim(w->db, w->options->generation, fresh, &point->id, &point->losses);
    if (!ierr && !point->id && !fresh) ierr = EluteDatabaseReclaim(w->db, w->options->generation);
    if (!ierr && !point->id && !fresh)
      ierr = EluteDatabaseClaim(w->db, w->options->generation, false, &point->id, &point->losses);
    if (!ierr && point->id) ierr = EluteDatabaseSets(w->db, point->id, &point->sets);
  }
  PetscCall(EluteAgree(PETSC_COMM_WORLD, ierr));
  PetscCallMPI(MPI_Bcast(&point->id, 1, MPI_LONG_LONG, 0, PETSC_COMM_WORLD));
  return point->id ? share_text(&point->sets) : PETSC_SUCCESS;
}

/* ---- batches ---- */

/* How many points to take, with the one that is: the share of each worker in all that is not done. */
static PetscErrorCode find_share(const Worker *w, int most, int *n) {
  const int workers = w->options->workers;
  EluteCounts c;

  PetscCall(EluteDatabaseCounts(w->db, w->options->generation, &c));
  *n = (int)PetscMin((c.n[ELUTE_WAITING] + c.n[ELUTE_RUNNING] + workers - 1) / workers, (long long)most);
  return PETSC_SUCCESS;
}

/* Up to n more points into point[1], ...; *taken counts the first as well. */
static PetscErrorCode claim_more(Worker *w, int n, Point *point, int *taken) {
  for (*taken = 1; *taken < n; ++*taken) {
    PetscCall(next_point(w, true, &point[*taken]));
    if (!point[*taken].id) break;
  }
  return PETSC_SUCCESS;
}

/* Begins the points behind the first, which is; those that fail are recorded, those that do not fit are left for later.
   member[*m] and rest[*r]: indices of the others. */
static PetscErrorCode begin_batch(Worker *w, int n, Point *point, int *m, int *member, int *r, int *rest) {
  *m = 1, *r = 0, member[0] = 0;
  for (int i = 1; i < n; i++) {
    const double began = MPI_Wtime();
    PetscErrorCode failed = begin_point(w, &point[i], true);
    const char *why = failed ? NULL : EluteBatchApart(point[0].simulation, point[i].simulation);

    if (failed) PetscCall(record(w, &point[i], failed, MPI_Wtime() - began, 0));
    if (why) PetscCall(EluteDatabaseAlone(w->db, why));
    if (why) rest[(*r)++] = i;
    if (!why && !failed) member[(*m)++] = i;
    if (why || failed) drop_run(&point[i]);
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode run_batch(const Worker *w, int m, Point *point, const int *member, EluteBatch **batch) {
  EluteSimulation *simulation[ELUTE_MAX_TISSUES];
  EluteOutput *output[ELUTE_MAX_TISSUES];

  for (int i = 0; i < m; i++) {
    simulation[i] = point[member[i]].simulation;
    output[i] = point[member[i]].output;
  }
  PetscCall(EluteBatchCreate(m, simulation, batch));
  return EluteBatchRun(*batch, output, w->options->time_limit * m);
}

/* GMRES spends its time on vectors, of which each part's share is the same in a batch, and iterates for the part that
   needs it most. */
static bool worthwhile(const EluteStepStatistics *s) {
  return s->gmres_iterations < 3 * s->stages;
}

/* Runs the members as one; *done: recorded, with their share of the time since `began`. A batch that fails, for
   whichever member's sake, is undone. */
static PetscErrorCode take_batch(Worker *w, int m, Point *point, const int *member, double began, bool *done) {
  EluteBatch *batch = NULL;
  PetscErrorCode failed, ierr = PETSC_SUCCESS;
  const char *message;
  double seconds;

  set_alarm(w, m);
  failed = run_batch(w, m, point, member, &batch);
  set_alarm(w, 0);
  seconds = (MPI_Wtime() - began) / m;
  *done = !failed || EluteFailure(&message) == ELUTE_EXIT_STOPPED;
  if (!*done) EluteFailureClear();
  for (int i = 0; i < m && !ierr && *done; i++) {
    Point *one = &point[member[i]];

    if (failed && i) (void)EluteFail(ELUTE_EXIT_STOPPED, "stopped on request");
    ierr = record(w, one, failed ? failed : end_point(w, one, batch->stepper), seconds, point[0].id);
  }
  if (!ierr && !failed && !worthwhile(EluteStepperStatistics(batch->stepper)))
    ierr = refuse_batches(w, "the linear solver takes most of the time");
  (void)EluteBatchDestroy(&batch);
  for (int i = 0; i < m; i++) drop_run(&point[member[i]]);
  return ierr;
}

/* The first point, which has begun, and as many more as are its share. */
static PetscErrorCode take_together(Worker *w, Point *point, double began) {
  const int most = EluteBatchMost(point[0].simulation);
  int n = 1, taken = 1, m = 0, r = 0, member[ELUTE_MAX_TISSUES], rest[ELUTE_MAX_TISSUES];
  PetscErrorCode ierr;
  bool done = false;

  PetscCall(find_share(w, most, &n));
  ierr = claim_more(w, n, point, &taken);
  if (!ierr) ierr = begin_batch(w, taken, point, &m, member, &r, rest);
  if (!ierr && m > 1) ierr = take_batch(w, m, point, member, began, &done);
  if (!ierr && m == 1) drop_run(&point[0]);
  for (int i = 0; i < m && !ierr && !done; i++) ierr = take_alone(w, &point[member[i]]);
  for (int i = 0; i < r && !ierr; i++) ierr = take_alone(w, &point[rest[i]]);
  for (int i = 1; i < taken; i++) drop_point(&point[i]);
  return ierr;
}

/* A point that was lost is run alone: it may be what its process ended of. */
static PetscErrorCode take_point(Worker *w, Point *point) {
  const double began = MPI_Wtime();
  const char *why;
  PetscErrorCode failed;

  if (!w->batches || point->losses) return take_alone(w, point);
  failed = begin_point(w, point, true);
  if (failed) return record(w, point, failed, MPI_Wtime() - began, 0);
  why = EluteBatchApart(point->simulation, point->simulation);
  if (!why) return take_together(w, point, began);
  drop_run(point);
  PetscCall(refuse_batches(w, why));
  return take_alone(w, point);
}

static PetscErrorCode work(Worker *w) {
  for (;;) {
    Point point[ELUTE_MAX_TISSUES]; /* of which the first is always taken */
    PetscErrorCode ierr;

    PetscCall(next_point(w, false, &point[0]));
    if (!point[0].id) return PETSC_SUCCESS;
    ierr = take_point(w, point);
    drop_point(&point[0]);
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
