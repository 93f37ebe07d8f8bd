/* Lifetime of the operators and the thin calls of kernels. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode EluteOpGrow(void *list, int *n, size_t item) {
  void **array = list;
  bool full = *n == 0 || (*n & (*n - 1)) == 0;

  if (full) {
    size_t room = *n ? (size_t)*n * 2 : 1;
    void *more = *n < (1 << 30) ? realloc(*array, room * item) : NULL;

    if (!more)
      return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (%zu bytes for a list of the operators)", room * item);
    *array = more;
  }
  memset((char *)*array + (size_t)*n * item, 0, item);
  *n += 1;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOpBackendFailed(const EluteOperators *ops) {
  EluteFieldsFailed(ops->fields);
  return ELUTE_ERR;
}

PetscErrorCode EluteOpUpload(EluteOperators *ops, const void *source, size_t bytes, void *destination) {
  EluteOperatorsData *d = elute_data(ops);
  void *memory;

  PetscFunctionBegin;
  PetscCall(EluteOpGrow(&d->memory, &d->n_memory, sizeof *d->memory));
  memory = ops->backend->allocate(bytes ? bytes : sizeof(double));
  if (!memory)
    PetscFunctionReturn(
        EluteFail(ELUTE_EXIT_SYSTEM, "backend %s: out of memory (%zu bytes)", ops->backend->name, bytes));
  d->memory[d->n_memory - 1] = memory;
  if (source && bytes) ELUTE_OP_CALL(ops, ops->backend->to_backend(memory, source, bytes));
  memcpy(destination, &memory, sizeof memory);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpSumRanks(MPI_Comm comm, int n, double *values) {
  double *all;
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  if (size == 1 || n == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1((size_t)size * (size_t)n, &all));
  PetscCallMPI(MPI_Allgather(values, n, MPI_DOUBLE, all, n, MPI_DOUBLE, comm));
  for (int i = 0; i < n; i++) {
    double sum = 0;

    for (int r = 0; r < size; r++) sum += all[(size_t)r * (size_t)n + (size_t)i];
    values[i] = sum;
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpAny(MPI_Comm comm, bool *flag) {
  int mine = *flag, any;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, comm));
  *flag = any != 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* With the place in the case. */
static PetscErrorCode value_failed(const EluteValue *value, const char *why) {
  const EluteNode *node = EluteValueNode(value);

  if (!node || node->line <= 0) return EluteFail(ELUTE_EXIT_CASE, "%s", why);
  return EluteFail(ELUTE_EXIT_CASE, "%s:%d:%d: error: %s", node->file ? node->file : "case", node->line, node->column,
                   why);
}

PetscErrorCode EluteOpOutOfBounds(const EluteValue *value, const char *name, const EluteWhere *where, double found,
                                  const char *expected) {
  const EluteNode *node = EluteValueNode(value);
  char why[512], *path = node ? EluteNodePath(node) : NULL;

  snprintf(why, sizeof why, "%.300s: found %g at (%g, %g, %g) m, %g s; expected %s", path && path[0] ? path : name,
           found, where->x[0], where->x[1], where->x[2], where->t, expected);
  free(path);
  return value_failed(value, why);
}

PetscErrorCode EluteOpEvaluate(const EluteValue *value, const EluteWhere *where, double *result) {
  char why[512];

  return EluteValueAt(value, where, result, why, sizeof why) ? PETSC_SUCCESS : value_failed(value, why);
}

PetscErrorCode EluteOpEvaluateRate(const EluteValue *value, const EluteWhere *where, double *rate) {
  char why[512];

  return EluteValueRate(value, where, rate, why, sizeof why) ? PETSC_SUCCESS : value_failed(value, why);
}

EluteWhere EluteOpWhere(const EluteOperators *ops, const double x[3], int tissue) {
  EluteWhere where = EluteModelWhere(ops->model, x, tissue, ops->time, ops->segment_begin, ops->segment_end);

  where.step_begin = ops->step_begin;
  where.step_end = ops->step_end;
  return where;
}

EluteWhere EluteOpWhereCell(const EluteOperators *ops, PetscInt row, PetscInt i) {
  double x[3] = {0, 0, 0};

  EluteMeshCellCentre(ops->mesh, row, i, x);
  return EluteOpWhere(ops, x, EluteOpTissue(ops, (size_t)row, (size_t)i));
}

static PetscErrorCode register_event(const char *name, PetscLogEvent *event) {
  PetscFunctionBegin;
  PetscCall(PetscLogEventGetId(name, event));
  if (*event < 0) PetscCall(PetscLogEventRegister(name, PETSC_VIEWER_CLASSID, event));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpRegisterEvents(EluteOperators *ops) {
  static const char *const line[3] = {"EluteLineX", "EluteLineY", "EluteLineZ"};

  PetscFunctionBegin;
  PetscCall(register_event("EluteResidual", &ops->event_residual));
  PetscCall(register_event("EluteReaction", &ops->event_reaction));
  PetscCall(register_event("EluteCoeffs", &ops->event_coefficients));
  for (int a = 0; a < 3; a++) PetscCall(register_event(line[a], &ops->event_line[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode upload_mesh(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t rows = (size_t)m->n_rows, pitch = (size_t)m->pitch;

  PetscFunctionBegin;
  ops->view.mesh = *m;
  PetscCall(EluteOpUpload(ops, m->neighbour, rows * 4 * sizeof *m->neighbour, &ops->view.mesh.neighbour));
  if (m->beyond) PetscCall(EluteOpUpload(ops, m->beyond, rows * 4 * sizeof *m->beyond, &ops->view.mesh.beyond));
  PetscCall(EluteOpUpload(ops, m->tissue, rows * pitch * sizeof *m->tissue, &ops->view.mesh.tissue));
  PetscCall(EluteOpUpload(ops, m->volume_x, pitch * sizeof *m->volume_x, &ops->view.mesh.volume_x));
  PetscCall(EluteOpUpload(ops, m->volume_row, rows * sizeof *m->volume_row, &ops->view.mesh.volume_row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int by_axis_and_channel(const void *a, const void *b) {
  const EluteOpenFace *x = *(EluteOpenFace *const *)a, *y = *(EluteOpenFace *const *)b;

  if (x->axis != y->axis) return x->axis - y->axis;
  if (x->channel != y->channel) return x->channel - y->channel;
  return x < y ? -1 : 1;
}

/* The kernels walk the faces axis by axis and sum by channel; the order within a channel is that of creation. */
static PetscErrorCode upload_faces(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  EluteOpenFace *sorted, **order;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(d->n_faces + 1, &sorted, d->n_faces + 1, &order));
  for (int f = 0; f < d->n_faces; f++) order[f] = &d->faces[f];
  qsort(order, (size_t)d->n_faces, sizeof *order, by_axis_and_channel);
  for (int f = 0; f < d->n_faces; f++) {
    sorted[f] = *order[f];
    for (int a = sorted[f].axis; a < 3; a++) ops->view.open_face_begin[a + 1] = f + 1;
  }
  elute_face_runs(d->n_faces, sorted);
  ops->view.n_open_faces = d->n_faces;
  PetscCall(EluteOpUpload(ops, sorted, (size_t)d->n_faces * sizeof *sorted, &ops->view.open_faces));
  PetscCall(PetscFree2(sorted, order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode upload_lookups(EluteOperators *ops) {
  const EluteModel *model = ops->model;
  EluteProblemView *v = &ops->view;
  EluteLookup *lookups;
  double *values;

  PetscFunctionBegin;
  for (int t = 0; t < model->n_lookups; t++) v->n_lookup_intervals += model->lookups[t].n;
  v->n_lookups = model->n_lookups;
  PetscCall(PetscMalloc2(model->n_lookups + 1, &lookups, 4 * v->n_lookup_intervals + 1, &values));
  for (int t = 0, first = 0; t < model->n_lookups; t++) {
    const EluteLookupSpec *from = &model->lookups[t];

    lookups[t] = (EluteLookup){.first = first, .n = from->n, .from = from->from, .inverse_width = 1 / from->width};
    memcpy(&values[4 * first], from->coefficients, 4 * (size_t)from->n * sizeof *values);
    first += from->n;
  }
  PetscCall(EluteOpUpload(ops, lookups, (size_t)v->n_lookups * sizeof *lookups, &v->lookups));
  PetscCall(EluteOpUpload(ops, values, 4 * (size_t)v->n_lookup_intervals * sizeof *values, &v->lookup_values));
  PetscCall(PetscFree2(lookups, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What stands beside 1 uM, as powers of two: 1e14 cells/m3, 1e7 J/m3, a dose of 1. */
static const int8_t magnitude[] = {[ELUTE_AMOUNT] = 0, [ELUTE_NUMBER] = 57, [ELUTE_HEAT] = 33, [ELUTE_DOSE] = 10};

PetscErrorCode EluteOpUploadLists(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  EluteProblemView *v = &ops->view;

  PetscFunctionBegin;
  PetscCall(upload_mesh(ops));
  PetscCall(upload_faces(ops));
  v->n_held = d->n_held;
  PetscCall(EluteOpUpload(ops, d->held, (size_t)d->n_held * sizeof *d->held, &v->held));
  if (d->is_held) PetscCall(EluteOpUpload(ops, d->is_held, (size_t)v->n_species * ELUTE_MAX_TISSUES, &v->is_held));
  v->flow.n_inlets = d->n_inlets;
  PetscCall(EluteOpUpload(ops, d->inlets, (size_t)d->n_inlets * sizeof *d->inlets, &v->flow.inlets));
  v->n_reactions = d->n_reactions;
  v->reacting = elute_reacting(d->n_reactions, d->reactions);
  for (int k = 0; k < v->n_species; k++) v->magnitude[k] = magnitude[ops->model->species[k].quantity];
  PetscCall(EluteOpUpload(ops, d->reactions, (size_t)d->n_reactions * sizeof *d->reactions, &v->reactions));
  PetscCall(upload_lookups(ops));
  PetscCall(EluteOpUploadCoefficients(ops));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything except what needs other ranks; the caller makes its outcome collective. */
static PetscErrorCode build_transport(EluteOperators *ops) {
  PetscFunctionBegin;
  PetscCall(EluteOpBuildHolds(ops));
  PetscCall(EluteOpBuildBoundaries(ops));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build(EluteOperators *ops) {
  MPI_Comm comm = ops->mesh->comm;
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  PetscCall(EluteAgree(comm, EluteOpBuildProperties(ops)));
  PetscCall(EluteOpBuildFlow(ops));
  PetscCall(EluteAgree(comm, build_transport(ops)));
  if (d->before)
    EluteOpForgetMultipliers(ops); /* measured when the run began */
  else
    PetscCall(EluteOpMeasureVariations(ops));
  PetscCall(EluteOpBuildTransport(ops));
  PetscCall(EluteAgree(comm, EluteOpBuildHeldCells(ops)));
  PetscCall(EluteAgree(comm, EluteOpBuildInlets(ops)));
  PetscCall(EluteOpBuildReactions(ops));
  PetscCall(EluteOpBuildImpulseEntries(ops));
  PetscCall(EluteAgree(comm, EluteOpUploadLists(ops)));
  d->n_held_global = d->n_held;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &d->n_held_global, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCall(EluteOpAny(comm, &ops->slow_values));
  d->agree |= ops->slow_values;
  PetscCall(EluteOpAny(comm, &d->agree));
  PetscCall(EluteOperatorsSetSegment(ops, ops->model->time.begin, ops->model->time.end));
  d->built = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything that build() made; the names of the ledger and what was booked stay. */
static PetscErrorCode release(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  if (!d) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDestroy(&d->ghost));
  PetscCall(VecDestroy(&d->ghost_u));
  PetscCall(EluteOpDestroyCross(ops));
  EluteOpDestroyFlow(ops);
  EluteOpDestroyProperties(ops);
  EluteOpForgetMultipliers(ops);
  for (int m = 0; m < d->n_memory; m++)
    if (d->memory[m]) ops->backend->release(d->memory[m]);
  for (int f = 0; f < d->n_fractions; f++) free(d->fractions[f]);
  for (int f = 0; d->fields && f < d->n_fields; f++) free(d->fields[f]);
  free(d->memory), free(d->fractions), free(d->fields), free(d->field_at);
  free(d->scalar), free(d->shared), free(d->scalars), free(d->scalar_rates), free(d->tables), free(d->varying),
      free(d->by_flow), free(d->controls);
  free(d->reactions), free(d->faces), free(d->inlets), free(d->held), free(d->is_held), free(d->hold_of),
      free(d->hold_entry);
  free(d->hold_channel), free(d->patch_channel), free(d->side_channel), free(d->row_scratch), free(d->terms), free(d);
  free(ops->porosity);
  ops->porosity = NULL;
  ops->implementation = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsDestroy(EluteOperators **ops) {
  PetscFunctionBegin;
  if (!*ops) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(release(*ops));
  EluteOpDestroyLedger(*ops);
  EluteOpForgetPlaces(*ops);
  free((*ops)->variations), free(*ops);
  *ops = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From the model, with the changes that are due. */
static PetscErrorCode make(EluteOperators *ops) {
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = calloc(1, sizeof *d), *before = elute_data(ops);

  PetscFunctionBegin;
  ops->implementation = d;
  ops->porosity = NULL;
  if (!d) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  d->before = before;
  d->n_changes = ops->n_changes;
  ops->view = (EluteProblemView){.mesh = ops->mesh->view, .n_species = model->n_species};
  ops->view.transport.n_mobile = model->n_mobile;
  ops->view.transport.single = !model->coefficients_double;
  ops->fastest_diffusion = ops->fastest_crossing = 0;
  ops->correlation = 1;
  ops->slow_values = ops->coefficients_vary = false;
  d->one = -1;
  if (model->n_mobile) PetscCall(EluteFieldsCreateGhost(ops->fields, &d->ghost));
  PetscCall(build(ops));
  d->before = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsCreate(const EluteModel *model, const EluteMesh *mesh, EluteFields *fields,
                                    EluteOperators **ops) {
  EluteOperators *o;
  PetscErrorCode code;

  PetscFunctionBegin;
  *ops = NULL;
  o = calloc(1, sizeof *o);
  if (!o) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  o->model = model, o->mesh = mesh, o->fields = fields, o->backend = fields->backend;
  o->time = o->segment_begin = model->time.begin;
  o->segment_end = model->time.end;
  code = EluteOpRegisterEvents(o);
  if (!code) code = make(o);
  if (code) {
    PetscCall(EluteOperatorsDestroy(&o));
    PetscFunctionReturn(code);
  }
  *ops = o;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The stepper keeps a number for every channel and scalar. Channels follow from the case, not from properties; a
   boundary value of place and time has a scalar for every face through which something can pass. */
static PetscErrorCode same_layout(const EluteOperators *ops, const EluteOperators *before) {
  ELUTE_ASSERT(ops->view.n_ledger == before->view.n_ledger);
  if (ops->view.n_scalars == before->view.n_scalars) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_CASE,
                   "changes: at %g s a diffusivity of 0 becomes another number, or another number 0, beside a boundary "
                   "whose value varies in place and time; expected a small diffusivity instead of 0",
                   ops->time);
}

PetscErrorCode EluteOpMakeAnew(EluteOperators *ops, int due, double t) {
  EluteOperators before = *ops;
  PetscErrorCode code;

  PetscFunctionBegin;
  ops->n_changes = due;
  ops->time = ops->segment_begin = t;
  for (int e = 0; e < ops->n_entries; e++) ops->entries[e].channel = -1;
  code = make(ops);
  if (!code) code = EluteAgree(ops->mesh->comm, same_layout(ops, &before));
  if (code) { /* the state as it was can still be written */
    EluteOperators failed = *ops;

    *ops = before;
    ops->entries = failed.entries, ops->n_entries = failed.n_entries;
    ops->variations = failed.variations, ops->n_variations = failed.n_variations;
    PetscCall(release(&failed));
    PetscFunctionReturn(code);
  }
  ops->coefficients_at = before.coefficients_at + 1;
  PetscCall(release(&before));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsChange(EluteOperators *ops, double t, Vec u) {
  const EluteModel *model = ops->model;
  const double rounding = 1e-12 * (model->time.end - model->time.begin + (t < 0 ? -t : t));
  int due = 0;

  PetscFunctionBegin;
  while (due < model->n_changes && model->changes[due].time <= t + rounding) due++;
  if (due == ops->n_changes) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteOpMarkPlaces(ops, due, u));
  PetscCall(EluteOpMakeAnew(ops, due, t));
  PetscFunctionReturn(PETSC_SUCCESS);
}
