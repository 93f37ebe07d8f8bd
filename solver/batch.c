#include "batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "operators/stack.h"

/* Values of a state, of all together: with the vectors of a step these stay in the second-level cache, and lines
   already fill the lanes of the kernels (measured: docs/studies.md). */
enum { MOST_VALUES = 8192 };

/* ---- what goes together ---- */

static bool same_steps(const EluteTimeSpec *a, const EluteTimeSpec *b) {
  return a->begin == b->begin && a->end == b->end && a->accuracy == b->accuracy && a->method == b->method &&
         a->fixed_step == b->fixed_step && a->first_step == b->first_step && a->largest_step == b->largest_step &&
         a->defect_limit == b->defect_limit && a->always_gmres == b->always_gmres;
}

int EluteBatchMost(const EluteSimulation *s) {
  const PetscInt64 values = s->mesh->n_cells_global * s->model->n_species;

  return (int)PetscMin(MOST_VALUES / PetscMax(values, 1), EluteOperatorsStackable(s->ops));
}

const char *EluteBatchApart(const EluteSimulation *a, const EluteSimulation *b) {
  int ranks;

  if (MPI_Comm_size(a->comm, &ranks) || ranks > 1) return "several ranks run a case";
  if (EluteBatchMost(a) < 2) return "a case has many cells";
  if (a->model->time.until_steady || b->model->time.until_steady) return "a run ends when it is steady";
  if (!same_steps(&a->model->time, &b->model->time)) return "times or accuracies differ";
  return EluteOperatorsApart(a->ops, b->ops);
}

/* ---- life ---- */

PetscErrorCode EluteBatchCreate(int n, EluteSimulation **part, EluteBatch **batch) {
  const EluteModel *model = part[0]->model;
  const EluteMesh *mesh[ELUTE_MAX_TISSUES];
  EluteOperators **ops;
  EluteBatch *b;

  PetscCall(PetscNew(&b));
  *batch = b;
  b->n = n;
  b->part = part;
  for (int p = 0; p < n; p++) mesh[p] = part[p]->mesh;
  PetscCall(EluteMeshStack(n, mesh, model->n_tissues, &b->mesh));
  PetscCall(EluteFieldsCreate(b->mesh, part[0]->fields->backend, model->n_species, model->n_mobile, &b->fields));
  PetscCall(PetscMalloc1(n, &ops));
  for (int p = 0; p < n; p++) ops[p] = part[p]->ops;
  PetscCall(EluteOperatorsStack(n, ops, b->mesh, b->fields, &b->ops));
  PetscCall(EluteFieldsCreateVec(b->fields, &b->u));
  return EluteStepperCreate(b->ops, &model->time, ELUTE_STEPPER_OWN, &b->stepper);
}

PetscErrorCode EluteBatchDestroy(EluteBatch **batch) {
  EluteBatch *b = *batch;
  EluteOperators *const *ops = b && b->ops ? b->ops->part : NULL;

  if (!b) return PETSC_SUCCESS;
  if (b->stepper) PetscCall(EluteStepperDestroy(&b->stepper));
  PetscCall(VecDestroy(&b->u));
  PetscCall(EluteOperatorsDestroy(&b->ops));
  PetscCall(PetscFree(ops));
  PetscCall(EluteFieldsDestroy(&b->fields));
  PetscCall(EluteMeshDestroy(&b->mesh));
  return PetscFree(*batch);
}

/* ---- running ---- */

typedef struct Run {
  EluteBatch *batch;
  EluteOutput *const *output;
  double time_limit, started; /* s, on the clock */
  bool stopped, late;
  int *n_knots, *next; /* [n] of the discontinuities of every part */
  double **knots;
} Run;

/* A part's state out of the batch's, or into it. */
static PetscErrorCode copy_state(EluteBatch *b, int p, Vec all, bool out) {
  const size_t n = (size_t)b->part[p]->fields->n_local, first = (size_t)p * n;
  EluteCombination copy = {.n = 1, .coefficient = {1}};
  double *one, *of_all;

  PetscCall(EluteFieldsGet(b->fields, all, &of_all));
  PetscCall(EluteFieldsGet(b->part[p]->fields, b->part[p]->u, &one));
  copy.vector[0] = out ? of_all + first : one;
  ELUTE_BACKEND_CALL(b->fields, b->fields->backend->combine(n, &copy, out ? one : of_all + first));
  PetscCall(EluteFieldsRestore(b->part[p]->fields, b->part[p]->u, &one));
  return EluteFieldsRestore(b->fields, all, &of_all);
}

static PetscErrorCode after_step(void *context, double t, double h, Vec u, bool *stop) {
  Run *run = context;
  EluteBatch *b = run->batch;

  for (int p = 0; p < b->n; p++) {
    if (b->part[p]->model->output.n_watches) PetscCall(copy_state(b, p, u, true));
    PetscCall(EluteReadoutsStep(b->part[p]->readouts, t, h, b->part[p]->u));
  }
  run->late = run->time_limit > 0 && MPI_Wtime() - run->started > run->time_limit;
  *stop = run->stopped = run->late || EluteSimulationStopRequested();
  return PETSC_SUCCESS;
}

static PetscErrorCode write_states(Run *run, double t) {
  EluteBatch *b = run->batch;

  for (int p = 0; p < b->n; p++) {
    if (!EluteIsOutputTime(b->part[p]->model, t)) continue;
    PetscCall(copy_state(b, p, b->u, true));
    PetscCall(EluteOutputWrite(run->output[p], t, b->part[p]->u, NULL));
  }
  return PETSC_SUCCESS;
}

/* The segments of those parts whose data jump at t, of all at the beginning and end of the run. *end: when the next of
   any ends. */
static PetscErrorCode open_segments(Run *run, double t, double *end) {
  EluteBatch *b = run->batch;

  *end = b->part[0]->model->time.end;
  for (int p = 0; p < b->n; p++) {
    EluteSimulation *s = b->part[p];
    const bool begin = t == s->model->time.begin, at_end = EluteSameTime(s->model, t, s->model->time.end);
    const int before = run->next[p];
    const double its_end = EluteSegmentEnd(s->model, run->n_knots[p], run->knots[p], t, &run->next[p]);

    *end = fmin(*end, its_end);
    if (begin || at_end || run->next[p] > before) {
      if (!begin) { /* EluteSimulationBegin has done so */
        PetscCall(copy_state(b, p, b->u, true));
        PetscCall(EluteSimulationOpenSegment(s, t, at_end ? t + 1 : its_end));
      }
      PetscCall(copy_state(b, p, b->u, false));
    }
  }
  PetscCall(EluteOperatorsRestack(b->ops, t, *end));
  return EluteStepperUpdateScale(b->stepper, b->u);
}

/* Steps through [*t, end], in which nothing jumps. */
static PetscErrorCode run_segment(Run *run, double *t, double end) {
  EluteBatch *b = run->batch;
  const EluteModel *model = b->part[0]->model;
  bool restart = true;

  while (!run->stopped && *t < end && !EluteSameTime(model, *t, end)) {
    double stop = end;

    for (int p = 0; p < b->n; p++) stop = fmin(stop, EluteSimulationNextStop(b->part[p]->model, *t, end));
    PetscCall(EluteStepperAdvance(b->stepper, b->u, *t, stop, restart, t));
    restart = false;
    if (!run->stopped && !EluteSameTime(model, *t, end)) PetscCall(write_states(run, *t));
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode run_segments(Run *run) {
  const EluteModel *model = run->batch->part[0]->model;
  double t = model->time.begin, end;

  for (;;) {
    PetscCall(open_segments(run, t, &end));
    PetscCall(write_states(run, t));
    if (EluteSameTime(model, t, model->time.end)) return PETSC_SUCCESS;
    PetscCall(run_segment(run, &t, end));
    if (run->late) return EluteFail(ELUTE_EXIT_NUMERICS, "not done within %g s", run->time_limit);
    if (run->stopped) return EluteFail(ELUTE_EXIT_STOPPED, "stopped on request");
  }
}

PetscErrorCode EluteBatchRun(EluteBatch *b, EluteOutput *const *output, double time_limit) {
  Run run = {.batch = b, .output = output, .time_limit = time_limit, .started = MPI_Wtime()};
  PetscErrorCode ierr;

  PetscCall(PetscCalloc3(b->n, &run.n_knots, b->n, &run.next, b->n, &run.knots));
  for (int p = 0; p < b->n; p++) run.knots[p] = EluteModelDiscontinuities(b->part[p]->model, &run.n_knots[p]);
  PetscCall(EluteStepperSetCallback(b->stepper, after_step, &run));
  ierr = run_segments(&run);
  for (int p = 0; p < b->n; p++) free(run.knots[p]);
  PetscCall(PetscFree3(run.n_knots, run.next, run.knots));
  return ierr;
}
