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
  return EluteFail(ELUTE_EXIT_SYSTEM, "backend %s: %s", ops->backend->name, elute_backend_error());
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

EluteWhere EluteOpWhereCell(const EluteOperators *ops, PetscInt row, PetscInt i) {
  double x[3] = {0, 0, 0};

  EluteMeshCellCentre(ops->mesh, row, i, x);
  return EluteModelWhere(ops->model, x, EluteOpTissue(ops, (size_t)row, (size_t)i), ops->time, ops->segment_begin,
                         ops->segment_end);
}

static PetscErrorCode register_event(const char *name, PetscLogEvent *event) {
  PetscFunctionBegin;
  PetscCall(PetscLogEventGetId(name, event));
  if (*event < 0) PetscCall(PetscLogEventRegister(name, PETSC_VIEWER_CLASSID, event));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode register_events(EluteOperators *ops) {
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

/* The kernels walk the faces axis by axis; the order within an axis is that of creation. */
static PetscErrorCode upload_faces(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  EluteOpenFace *sorted;
  int at = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(d->n_faces + 1, &sorted));
  for (int a = 0; a < 3; a++) {
    ops->view.open_face_begin[a] = at;
    for (int f = 0; f < d->n_faces; f++)
      if (d->faces[f].axis == a) sorted[at++] = d->faces[f];
  }
  ops->view.open_face_begin[3] = at;
  ops->view.n_open_faces = at;
  PetscCall(EluteOpUpload(ops, sorted, (size_t)at * sizeof *sorted, &ops->view.open_faces));
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode upload(EluteOperators *ops) {
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
  PetscCall(EluteOpUpload(ops, d->reactions, (size_t)d->n_reactions * sizeof *d->reactions, &v->reactions));
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
  PetscCall(EluteOpBuildTransport(ops));
  PetscCall(EluteAgree(comm, EluteOpBuildHeldCells(ops)));
  PetscCall(EluteAgree(comm, EluteOpBuildInlets(ops)));
  PetscCall(EluteOpBuildReactions(ops));
  PetscCall(EluteOpBuildImpulseEntries(ops));
  PetscCall(EluteAgree(comm, upload(ops)));
  d->n_held_global = d->n_held;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &d->n_held_global, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCall(EluteOpAny(comm, &ops->slow_values));
  d->agree |= ops->slow_values;
  PetscCall(EluteOpAny(comm, &d->agree));
  PetscCall(EluteOperatorsSetSegment(ops, ops->model->time.begin, ops->model->time.end));
  d->built = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsCreate(const EluteModel *model, const EluteMesh *mesh, EluteFields *fields,
                                    EluteOperators **ops) {
  EluteOperators *o;
  EluteOperatorsData *d;
  PetscErrorCode code;

  PetscFunctionBegin;
  *ops = NULL;
  o = calloc(1, sizeof *o);
  d = calloc(1, sizeof *d);
  if (!o || !d) {
    free(o), free(d);
    PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  }
  o->implementation = d;
  o->model = model, o->mesh = mesh, o->fields = fields, o->backend = fields->backend;
  o->time = o->segment_begin = model->time.begin;
  o->segment_end = model->time.end;
  o->view.mesh = mesh->view;
  o->view.n_species = model->n_species;
  o->view.transport.n_mobile = model->n_mobile;
  o->view.transport.single = !model->coefficients_double;
  d->one = -1;
  code = register_events(o);
  if (!code && model->n_mobile) code = EluteFieldsCreateGhost(fields, &d->ghost);
  if (!code) code = build(o);
  if (code) {
    PetscCall(EluteOperatorsDestroy(&o));
    PetscFunctionReturn(code);
  }
  *ops = o;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsDestroy(EluteOperators **ops) {
  EluteOperatorsData *d;

  PetscFunctionBegin;
  if (!*ops) PetscFunctionReturn(PETSC_SUCCESS);
  d = elute_data(*ops);
  PetscCall(VecDestroy(&d->ghost));
  PetscCall(VecDestroy(&d->ghost_u));
  EluteOpDestroyFlow(*ops);
  EluteOpDestroyProperties(*ops);
  EluteOpDestroyLedger(*ops);
  for (int m = 0; m < d->n_memory; m++)
    if (d->memory[m]) (*ops)->backend->release(d->memory[m]);
  for (int f = 0; f < d->n_fractions; f++) free(d->fractions[f]);
  for (int f = 0; d->fields && f < d->n_fields; f++) free(d->fields[f]);
  free(d->memory), free(d->fractions), free(d->fields), free(d->field_at);
  free(d->scalar), free(d->shared), free(d->scalars), free(d->scalar_rates), free(d->tables), free(d->varying);
  free(d->reactions), free(d->faces), free(d->inlets), free(d->held), free(d->is_held), free(d->hold_of),
      free(d->hold_entry);
  free(d->hold_channel), free(d->patch_channel), free(d->side_channel), free(d->row_scratch), free(d);
  free((*ops)->porosity), free(*ops);
  *ops = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
