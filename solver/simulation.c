#include "simulation.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop_requested = 0, write_requested = 0;

static void request_stop(int signal_number) {
  (void)signal_number;
  stop_requested = 1;
}

static void request_write(int signal_number) {
  (void)signal_number;
  write_requested = 1;
}

bool EluteSimulationStopRequested(void) {
  return stop_requested;
}

void EluteSimulationCatchSignals(void) {
  struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART | SA_RESETHAND};
  struct sigaction write = {.sa_handler = request_write, .sa_flags = SA_RESTART};

  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR1, &write, NULL);
}

/* What the callback after a step needs to know. */
typedef struct StepContext {
  EluteSimulation *simulation;
  EluteOutput *output; /* NULL: nothing is written */
  EluteTrial *trial;   /* NULL: not a trial */
  double started;      /* on the clock, s */
  double last_step, last_checkpoint; /* ends of the last ones, likewise */
  double longest_step, longest_checkpoint; /* s */
  bool stopped, late, early; /* late: beyond the limit; early: before --stop-after */
} StepContext;

static StepContext new_context(EluteSimulation *simulation, EluteOutput *output, EluteTrial *trial) {
  const double now = MPI_Wtime();

  return (StepContext){.simulation = simulation, .output = output, .trial = trial,
                       .started = now, .last_step = now, .last_checkpoint = now};
}

/* PETSc's TS needs vectors that PETSc can compute with. */
static const char *without_device(EluteStepperKind stepper) {
  if (stepper == ELUTE_STEPPER_OWN || (stepper == ELUTE_STEPPER_PETSC && ELUTE_DEVICE_VECTORS)) return NULL;
  return "PETSc's own steppers compute on the host here";
}

/* Shapes of the tissues in their order; shares the shapes' parts with the model. */
static PetscErrorCode paint_tissues(EluteSimulation *s) {
  EluteShape *shapes = NULL;

  PetscCall(PetscMalloc1(s->model->n_tissues, &shapes));
  for (int t = 0; t < s->model->n_tissues; t++) shapes[t] = s->model->tissues[t].where;
  PetscCall(PetscCalloc1(s->model->n_tissues, &s->tissue_cells));
  PetscCall(EluteMeshPaintTissues(s->mesh, s->model->n_tissues, shapes, s->tissue_cells));
  PetscCall(PetscFree(shapes));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteSimulationCreate(MPI_Comm comm, EluteModel *model, const EluteSimulationOptions *options,
                                     EluteSimulation **simulation) {
  double needed, scratch;
  int kept;
  EluteSimulation *s;

  PetscCall(PetscNew(&s));
  *simulation = s;
  s->comm = comm;
  s->model = model;
  s->time_limit = options->time_limit;
  s->stop_after = options->stop_after;
  s->started = options->started;
  s->time = model->time.begin;
  s->keeps = options->stepper == ELUTE_STEPPER_OWN;
  PetscCall(EluteDeviceChoose(comm, options->backend, without_device(options->stepper), &s->device));
  /* Endpoints keep their cells, too, and work on copies: with what they keep step by step, so many doubles per cell.
     They count as species, of which a run keeps a dozen. */
  kept = EluteReadoutsKept(model) + (model->output.n_readouts ? 4 : 0);
  PetscCall(EluteMeshMemoryCheck(comm, &model->mesh, model->n_species + (kept + 11) / 12));
  PetscCall(EluteMeshCreate(comm, &model->mesh, &s->mesh));
  PetscCall(paint_tissues(s));
  needed = EluteDeviceBytes(model, s->mesh, options->stepper, &scratch);
  needed = ceil(1.01 * (needed + scratch)) + (1 << 18); /* lists, tables, partial sums */
  PetscCall(EluteDeviceCheck(comm, &s->device, needed));
  PetscCall(EluteFieldsCreate(s->mesh, s->device.backend, model->n_species, model->n_mobile, &s->fields));
  PetscCall(EluteOperatorsCreate(model, s->mesh, s->fields, &s->ops));
  PetscCall(EluteFieldsCreateVec(s->fields, &s->u));
  if (!options->in_batch) PetscCall(EluteStepperCreate(s->ops, &model->time, options->stepper, &s->stepper));
  PetscCall(EluteReadoutsCreate(s->ops, &s->readouts));
  if (options->replay) {
    char path[PETSC_MAX_PATH_LEN + 16];

    snprintf(path, sizeof path, "%s/steps.txt", options->replay);
    PetscCall(EluteStepperReplay(s->stepper, path));
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteSimulationDestroy(EluteSimulation **simulation) {
  EluteSimulation *s = *simulation;

  if (!s) return PETSC_SUCCESS;
  PetscCall(EluteReadoutsDestroy(&s->readouts));
  if (s->stepper) PetscCall(EluteStepperDestroy(&s->stepper));
  PetscCall(VecDestroy(&s->u));
  PetscCall(EluteOperatorsDestroy(&s->ops));
  PetscCall(EluteFieldsDestroy(&s->fields));
  PetscCall(EluteMeshDestroy(&s->mesh));
  PetscCall(PetscFree(s->tissue_cells));
  EluteModelFree(s->model);
  PetscCall(PetscFree(*simulation));
  return PETSC_SUCCESS;
}

bool EluteSameTime(const EluteModel *model, double a, double b) {
  return fabs(a - b) <= 1e-12 * (fabs(model->time.end - model->time.begin) + fabs(a));
}

/* Notes the step; is the trial over? */
static bool after_trial_step(StepContext *c, double t, double h) {
  EluteTrial *trial = c->trial;
  double wall = MPI_Wtime() - c->started;

  trial->step[trial->n_steps++] =
      (EluteTrialStep){.segment = c->simulation->ops->segment_begin, .t = t - h, .h = h, .wall = wall};
  return trial->n_steps == trial->most_steps || (wall > trial->max_seconds && trial->n_steps >= trial->least_steps) ||
         wall > 5 * trial->max_seconds;
}

double EluteSegmentEnd(const EluteModel *model, int n_knots, const double *knots, double t, int *next) {
  while (*next < n_knots && (knots[*next] < t || EluteSameTime(model, knots[*next], t))) (*next)++;
  return *next < n_knots ? fmin(knots[*next], model->time.end) : model->time.end;
}

PetscErrorCode EluteSimulationSetSegment(EluteSimulation *s, double begin) {
  int n, next = 0;
  double *knots = EluteModelDiscontinuities(s->model, &n);
  const double end = EluteSegmentEnd(s->model, n, knots, begin, &next);

  free(knots);
  return EluteOperatorsSetSegment(s->ops, begin, end);
}

static PetscErrorCode write_checkpoint(StepContext *context, double t, Vec u) {
  EluteSimulation *s = context->simulation;
  const double begin = MPI_Wtime();
  EluteCheckpoint *c = NULL;
  PetscErrorCode ierr;

  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_STEPPING);
  s->time = t;
  PetscCall(EluteOutputCheckBooks(context->output, t, u, EluteStepperLedger(s->stepper)));
  ierr = EluteCheckpointCreate(s->mesh, EluteOutputDirectory(context->output), ++s->checkpoint, &c);
  if (!ierr) ierr = EluteSimulationCheckpoint(s, c, u, false);
  if (!ierr) ierr = EluteOutputCheckpoint(context->output, c);
  if (!ierr) ierr = EluteCheckpointFinish(&c);
  if (ierr) (void)EluteCheckpointClose(&c);
  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_OUTPUT);
  if (ierr) return ierr;
  context->last_checkpoint = MPI_Wtime();
  context->longest_checkpoint = fmax(context->longest_checkpoint, context->last_checkpoint - begin);
  return EluteOutputCheckpointed(context->output, t, s->checkpoint, context->last_checkpoint - begin);
}

/* ---- after a step ---- */

enum { STOP = 1, LATE = 2, EARLY = 4, WRITE = 8 };

/* Has a multiple of the interval been passed in the step of length h that ended at t? */
static bool passed(const EluteModel *model, double t, double h) {
  const double every = model->checkpoint.every_model, since = t - model->time.begin;

  return every > 0 && floor(since / every + 1e-9) > floor((since - h) / every + 1e-9);
}

/* What clock, signals and intervals ask for on this rank. */
static int asked(StepContext *c, double t, double h) {
  const EluteSimulation *s = c->simulation;
  const double now = MPI_Wtime(), every = s->model->checkpoint.every;
  int asks = stop_requested ? STOP : 0;

  c->longest_step = fmax(c->longest_step, now - c->last_step);
  c->last_step = now;
  if (c->trial) return asks | (after_trial_step(c, t, h) ? STOP : 0);
  if (s->time_limit > 0 && now - c->started > s->time_limit) asks |= LATE;
  if (s->stop_after > 0 && now - s->started + c->longest_step + c->longest_checkpoint > s->stop_after) asks |= EARLY;
  if (write_requested || (every > 0 && now - c->last_checkpoint >= every) || passed(s->model, t, h)) asks |= WRITE;
  write_requested = 0;
  return asks;
}

static PetscErrorCode after_step(void *context, double t, double h, Vec u, bool *stop) {
  StepContext *c = context;
  const EluteSimulation *s = c->simulation;
  int mine, any;

  PetscCall(EluteReadoutsStep(s->readouts, t, h, u));
  if (c->output) PetscCall(EluteOutputProgress(c->output, t, h));
  mine = asked(c, t, h);
  PetscCallMPI(MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_BOR, s->comm));
  if (any & (STOP | LATE | EARLY)) *stop = c->stopped = true;
  c->late = any & LATE;
  c->early = any & EARLY;
  if (!(any & (STOP | EARLY | WRITE)) || !s->keeps || !c->output || !EluteOutputDirectory(c->output)[0]) return PETSC_SUCCESS;
  return write_checkpoint(c, t, u);
}

/* The next of the times after t that comes before `next`; else that. */
static double next_of(const EluteModel *model, int n, const double *times, double t, double next) {
  for (int i = 0; i < n; i++)
    if (times[i] > t && !EluteSameTime(model, times[i], t) && times[i] < next) next = times[i];
  return next;
}

double EluteSimulationNextStop(const EluteModel *model, double t, double limit) {
  double next = limit;

  if (model->output.every > 0) {
    const double begin = model->time.begin, every = model->output.every, count = floor((t - begin) / every) + 1;
    double time = begin + count * every;

    if (EluteSameTime(model, time, t)) time = begin + (count + 1) * every;
    if (time < next && !EluteSameTime(model, time, limit)) next = time;
  }
  next = next_of(model, model->output.n_times, model->output.times, t, next);
  for (int i = 0; i < model->n_verify; i++) {
    double time = model->verify[i].at;
    if (time > t && !EluteSameTime(model, time, t) && time < next) next = time;
  }
  for (int i = 0; i < model->output.n_biopsies; i++)
    next = next_of(model, model->output.biopsies[i].n_times, model->output.biopsies[i].times, t, next);
  for (int i = 0; i < model->output.n_images; i++)
    next = next_of(model, model->output.images[i].n_times, model->output.images[i].times, t, next);
  return next;
}

bool EluteIsOutputTime(const EluteModel *model, double t) {
  const double begin = model->time.begin, every = model->output.every;

  if (EluteSameTime(model, t, begin) || EluteSameTime(model, t, model->time.end)) return true;
  if (every > 0 && EluteSameTime(model, t, begin + round((t - begin) / every) * every)) return true;
  for (int i = 0; i < model->output.n_times; i++) {
    if (EluteSameTime(model, t, model->output.times[i])) return true;
  }
  return false;
}

PetscErrorCode EluteSimulationOpenSegment(EluteSimulation *s, double t, double end) {
  PetscCall(EluteOperatorsChange(s->ops, t, s->u));
  PetscCall(EluteOperatorsSetSegment(s->ops, t, end));
  PetscCall(EluteOperatorsSetTime(s->ops, t));
  if (EluteSameTime(s->model, t, s->model->time.begin)) PetscCall(EluteOperatorsInitial(s->ops, s->u));
  for (int i = 0; i < s->model->n_impulses; i++) {
    if (EluteSameTime(s->model, s->model->impulses[i].time, t)) {
      PetscCall(EluteOperatorsImpulse(s->ops, &s->model->impulses[i], s->u));
    }
  }
  PetscCall(EluteOperatorsSetHeld(s->ops, s->u));
  if (s->stepper) PetscCall(EluteStepperUpdateScale(s->stepper, s->u));
  return EluteReadoutsStep(s->readouts, t, 0, s->u);
}

/* Samples and criteria due at t. */
static PetscErrorCode look_at(EluteSimulation *s, const StepContext *context, double t) {
  int checked = 0, misses = 0;

  if (context->output) PetscCall(EluteOutputSamples(context->output, t, s->u));
  PetscCall(
      EluteVerifyAt(s->ops, s->readouts, context->output, t, s->u, EluteStepperLedger(s->stepper), &checked, &misses));
  s->missed += misses;
  return PETSC_SUCCESS;
}

/* What is due at t; a steady state stands for every later time. */
static PetscErrorCode look_due(EluteSimulation *s, const StepContext *context, double t, bool steady) {
  if (context->trial) return PETSC_SUCCESS;
  PetscCall(look_at(s, context, t));
  for (double at = t; steady;) {
    const double next = EluteSimulationNextStop(s->model, at, INFINITY);

    if (!isfinite(next) || next > s->model->time.end * (1 + 1e-12)) break;
    PetscCall(EluteReadoutsStep(s->readouts, next, next - at, s->u));
    at = next;
    PetscCall(look_at(s, context, at));
  }
  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_OUTPUT);
  return PETSC_SUCCESS;
}

static PetscErrorCode write_state(EluteSimulation *s, EluteOutput *output, double t) {
  if (output) PetscCall(EluteOutputWrite(output, t, s->u, EluteStepperLedger(s->stepper)));
  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_OUTPUT);
  return PETSC_SUCCESS;
}

/* The last good state goes to disk before a failure is reported; not from a backend that failed, whose memory nobody
   vouches for: what was written before stands. Collective, as every failure is. */
static void write_last_state(EluteSimulation *s, EluteOutput *output, double t) {
  if (EluteFieldsAgree(s->fields)) return;
  (void)write_state(s, output, t);
}

/* Steps from *t to where something is written or verified, or to the end of the segment. first: of the segment. */
static PetscErrorCode step_on(EluteSimulation *s, StepContext *context, double *t, double end, bool first) {
  double stop = EluteSimulationNextStop(s->model, *t, end), reached = *t;
  PetscErrorCode failed = EluteStepperAdvance(s->stepper, s->u, *t, stop, first, &reached);

  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_STEPPING);
  *t = reached;
  if (failed) write_last_state(s, context->output, reached);
  return failed;
}

/* Steps through the segment [*t, end]. A checkpoint was written before what was due at its time. *done: the run ends here. */
static PetscErrorCode run_segment(EluteSimulation *s, StepContext *context, double *t, double end, bool *done) {
  bool first = true;

  while (!*done && (s->resumes || (*t < end && !EluteSameTime(s->model, *t, end)))) {
    if (!s->resumes) PetscCall(step_on(s, context, t, end, first));
    s->resumes = first = false;
    *done = context->stopped || EluteStepperStatistics(s->stepper)->steady;
    if (*done || EluteSameTime(s->model, *t, end)) break; /* the next segment's doses come first, then the writing */
    if (EluteIsOutputTime(s->model, *t)) PetscCall(write_state(s, context->output, *t));
    PetscCall(look_due(s, context, *t, false));
  }
  return PETSC_SUCCESS;
}

/* What a segment that begins at t begins with: doses, then what is due. at_end: nothing is stepped any more. */
static PetscErrorCode begin_segment(EluteSimulation *s, StepContext *context, double t, double end, bool done, bool at_end) {
  const bool steady = EluteStepperStatistics(s->stepper)->steady;

  if (!done && t > s->model->time.begin) {
    PetscErrorCode failed = EluteSimulationOpenSegment(s, t, at_end ? t + 1 : end);

    EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_SEGMENTS);
    if (failed) {
      write_last_state(s, context->output, t);
      return failed;
    }
  }
  if (at_end || EluteIsOutputTime(s->model, t)) PetscCall(write_state(s, context->output, t));
  return look_due(s, context, t, steady);
}

static PetscErrorCode run_segments(EluteSimulation *s, StepContext *context, int n_knots, const double *knots) {
  const EluteModel *model = s->model;
  double t = s->time;
  bool done = false;

  for (int next = 0;;) {
    const double end = EluteSegmentEnd(model, n_knots, knots, s->resumes ? s->ops->segment_begin : t, &next);
    const bool at_end = done || EluteSameTime(model, t, model->time.end);

    if (!s->resumes) {
      PetscCall(begin_segment(s, context, t, end, done, at_end));
      if (at_end) return PETSC_SUCCESS;
    }
    PetscCall(run_segment(s, context, &t, end, &done));
  }
}

PetscErrorCode EluteSimulationBegin(EluteSimulation *s) {
  int n_knots, next = 0;
  double *knots, begin = s->model->time.begin;
  PetscErrorCode ierr;

  PetscCall(EluteOperatorsImpulsesFit(s->ops));
  knots = EluteModelDiscontinuities(s->model, &n_knots);
  ierr = EluteSimulationOpenSegment(s, begin, EluteSegmentEnd(s->model, n_knots, knots, begin, &next));
  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_SET_UP);
  free(knots);
  return ierr;
}

/* Why a run ended that did not come to its end. */
static PetscErrorCode stopped(const EluteSimulation *s, const StepContext *context) {
  const bool kept = s->keeps && context->output && EluteOutputDirectory(context->output)[0];
  const char *then = kept ? "a checkpoint is written, --restart goes on from it" : "the state reached is written";

  if (context->late) return EluteFail(ELUTE_EXIT_NUMERICS, "not done within %g s", s->time_limit);
  if (context->early) return EluteFail(ELUTE_EXIT_STOPPED, "stopped before --stop-after; %s", then);
  return EluteFail(ELUTE_EXIT_STOPPED, "stopped on request; %s", then);
}

PetscErrorCode EluteSimulationRun(EluteSimulation *s, EluteOutput *output) {
  StepContext context = new_context(s, output, NULL);
  double *knots;
  int n_knots;
  PetscErrorCode ierr;

  PetscCall(EluteStepperSetCallback(s->stepper, after_step, &context));
  knots = EluteModelDiscontinuities(s->model, &n_knots);
  ierr = run_segments(s, &context, n_knots, knots);
  free(knots);
  return !ierr && context.stopped ? stopped(s, &context) : ierr;
}

PetscErrorCode EluteSimulationTry(EluteSimulation *s, EluteTrial *trial) {
  StepContext context = new_context(s, NULL, trial);
  double *knots;
  int n_knots;
  PetscErrorCode ierr;

  trial->n_steps = 0;
  PetscCall(EluteStepperSetCallback(s->stepper, after_step, &context));
  knots = EluteModelDiscontinuities(s->model, &n_knots);
  ierr = run_segments(s, &context, n_knots, knots);
  free(knots);
  /* The last step may have done both: reached the end and used up what was allowed. */
  trial->finished =
      !context.stopped ||
      (trial->n_steps &&
       EluteSameTime(s->model, trial->step[trial->n_steps - 1].t + trial->step[trial->n_steps - 1].h, s->model->time.end));
  return ierr;
}
