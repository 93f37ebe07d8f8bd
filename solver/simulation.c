#include "simulation.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop_requested = 0;

static void request_stop(int signal_number) {
  (void)signal_number;
  stop_requested = 1;
}

bool EluteSimulationStopRequested(void) {
  return stop_requested;
}

void EluteSimulationCatchSignals(void) {
  struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART | SA_RESETHAND};

  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* What the callback after a step needs to know. */
typedef struct StepContext {
  EluteSimulation *simulation;
  EluteOutput *output; /* NULL: nothing is written */
  EluteTrial *trial;   /* NULL: not a trial */
  double started;      /* on the clock, s */
  bool stopped, late;
} StepContext;

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

static PetscErrorCode after_step(void *context, double t, double h, Vec u, bool *stop) {
  StepContext *c = context;
  int mine = stop_requested, any;

  PetscCall(EluteReadoutsStep(c->simulation->readouts, t, h, u));
  if (c->output) PetscCall(EluteOutputProgress(c->output, t, h));
  if (c->trial && after_trial_step(c, t, h)) mine = 1;
  if (!c->trial && c->simulation->time_limit > 0 && MPI_Wtime() - c->started > c->simulation->time_limit) mine = 2;
  PetscCallMPI(MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, c->simulation->comm));
  if (any) *stop = c->stopped = true;
  c->late = any == 2;
  return PETSC_SUCCESS;
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
static PetscErrorCode look_at(EluteSimulation *s, const StepContext *context, double t, int *missed) {
  int checked = 0, misses = 0;

  if (context->output) PetscCall(EluteOutputSamples(context->output, t, s->u));
  PetscCall(
      EluteVerifyAt(s->ops, s->readouts, context->output, t, s->u, EluteStepperLedger(s->stepper), &checked, &misses));
  *missed += misses;
  return PETSC_SUCCESS;
}

/* What is due at t; a steady state stands for every later time. */
static PetscErrorCode look_due(EluteSimulation *s, const StepContext *context, double t, bool steady, int *missed) {
  if (context->trial) return PETSC_SUCCESS;
  PetscCall(look_at(s, context, t, missed));
  for (double at = t; steady;) {
    const double next = EluteSimulationNextStop(s->model, at, INFINITY);

    if (!isfinite(next) || next > s->model->time.end * (1 + 1e-12)) break;
    PetscCall(EluteReadoutsStep(s->readouts, next, next - at, s->u));
    at = next;
    PetscCall(look_at(s, context, at, missed));
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

/* Steps through the segment [*t, end], stopping where something is written or verified. *done: the run ends here. */
static PetscErrorCode run_segment(EluteSimulation *s, StepContext *context, double *t, double end, bool *done,
                                  int *missed) {
  bool restart = true;

  while (!*done && *t < end && !EluteSameTime(s->model, *t, end)) {
    double stop = EluteSimulationNextStop(s->model, *t, end), reached = *t;
    PetscErrorCode failed = EluteStepperAdvance(s->stepper, s->u, *t, stop, restart, &reached);

    EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_STEPPING);
    if (failed) {
      write_last_state(s, context->output, reached);
      return failed;
    }
    *done = context->stopped || EluteStepperStatistics(s->stepper)->steady;
    *t = reached;
    restart = false;
    if (*done || EluteSameTime(s->model, *t, end)) break; /* the next segment's doses come first, then the writing */
    if (EluteIsOutputTime(s->model, *t)) PetscCall(write_state(s, context->output, *t));
    PetscCall(look_due(s, context, *t, false, missed));
  }
  return PETSC_SUCCESS;
}

double EluteSegmentEnd(const EluteModel *model, int n_knots, const double *knots, double t, int *next) {
  while (*next < n_knots && (knots[*next] < t || EluteSameTime(model, knots[*next], t))) (*next)++;
  return *next < n_knots ? fmin(knots[*next], model->time.end) : model->time.end;
}

static PetscErrorCode run_segments(EluteSimulation *s, StepContext *context, int n_knots, const double *knots,
                                   int *missed) {
  const EluteModel *model = s->model;
  double t = model->time.begin;
  bool done = false, steady;

  for (int next = 0;;) {
    double end = EluteSegmentEnd(model, n_knots, knots, t, &next);
    bool at_end = done || EluteSameTime(model, t, model->time.end);

    steady = EluteStepperStatistics(s->stepper)->steady;
    if (!done && t > model->time.begin) {
      PetscErrorCode failed = EluteSimulationOpenSegment(s, t, at_end ? t + 1 : end);

      EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_SEGMENTS);
      if (failed) {
        write_last_state(s, context->output, t);
        return failed;
      }
    }
    if (at_end || EluteIsOutputTime(model, t)) PetscCall(write_state(s, context->output, t));
    PetscCall(look_due(s, context, t, steady, missed));
    if (at_end) return PETSC_SUCCESS;
    PetscCall(run_segment(s, context, &t, end, &done, missed));
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

PetscErrorCode EluteSimulationEnded(bool late, bool stopped, double time_limit) {
  if (late) return EluteFail(ELUTE_EXIT_NUMERICS, "not done within %g s", time_limit);
  if (stopped) return EluteFail(ELUTE_EXIT_STOPPED, "stopped on request; the state reached is written");
  return PETSC_SUCCESS;
}

PetscErrorCode EluteSimulationRun(EluteSimulation *s, EluteOutput *output, int *missed) {
  StepContext context = {.simulation = s, .output = output, .started = MPI_Wtime()};
  double *knots;
  int n_knots;
  PetscErrorCode ierr;

  *missed = 0;
  PetscCall(EluteStepperSetCallback(s->stepper, after_step, &context));
  knots = EluteModelDiscontinuities(s->model, &n_knots);
  ierr = run_segments(s, &context, n_knots, knots, missed);
  free(knots);
  return ierr ? ierr : EluteSimulationEnded(context.late, context.stopped, s->time_limit);
}

PetscErrorCode EluteSimulationTry(EluteSimulation *s, EluteTrial *trial) {
  StepContext context = {.simulation = s, .trial = trial, .started = MPI_Wtime()};
  double *knots;
  int n_knots, missed;
  PetscErrorCode ierr;

  trial->n_steps = 0;
  PetscCall(EluteStepperSetCallback(s->stepper, after_step, &context));
  knots = EluteModelDiscontinuities(s->model, &n_knots);
  ierr = run_segments(s, &context, n_knots, knots, &missed);
  free(knots);
  /* The last step may have done both: reached the end and used up what was allowed. */
  trial->finished =
      !context.stopped ||
      (trial->n_steps &&
       EluteSameTime(s->model, trial->step[trial->n_steps - 1].t + trial->step[trial->n_steps - 1].h, s->model->time.end));
  return ierr;
}
