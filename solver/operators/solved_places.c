/* Where a change acts by what has been solved up to its time, such as where damage is above 1, and what it sets there
   where that follows something solved: marks of cells, made once when the change comes due, of ghost rows too, and
   kept, since operators are made anew with later changes. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include "../../kernels/cell/factor.h"

static double seen(const EluteOperators *ops, int species, const double *state, size_t row, size_t i) {
  size_t pitch = (size_t)ops->mesh->view.pitch, n = (size_t)ops->model->n_species, nm = (size_t)ops->model->n_mobile;
  size_t k = (size_t)species;
  double value = state[(row * n + k) * pitch + i];

  if (k >= nm) return value;
  return ops->porosity[(row * nm + k) * pitch + i] > 0 ? value / ops->porosity[(row * nm + k) * pitch + i] : 0;
}

static double mark_of(const EluteOperators *ops, const EluteChange *change, const double *state, size_t row, size_t i) {
  const EluteLookupSpec *t;
  EluteLookup lookup;

  for (int p = 0; p < change->n_solved; p++) {
    const EluteSolvedPlace *place = &change->solved[p];
    double value = seen(ops, place->species, state, row, i);

    if (!(place->above ? value > place->value : value < place->value)) return -HUGE_VAL;
  }
  if (!change->follows) return 0;
  t = &ops->model->lookups[change->lookup];
  lookup = (EluteLookup){.first = 0, .n = t->n, .from = t->from, .inverse_width = 1 / t->width};
  return elute_lookup(&lookup, t->coefficients, seen(ops, change->seen, state, row, i), 1);
}

/* The rows of other ranks, by the exchange of a state that holds the marks as its first species. */
static PetscErrorCode mark_ghosts(EluteOperators *ops, double *mark) {
  EluteOperatorsData *d = elute_data(ops);
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch, rows = (size_t)m->n_rows, n = (size_t)ops->model->n_species,
         nm = (size_t)ops->model->n_mobile, ghosts = (size_t)m->n_ghost_rows * nm * pitch;
  const double *there;
  double *host, *array;
  Vec state;

  PetscFunctionBegin;
  PetscCall(EluteFieldsCreateVec(ops->fields, &state));
  PetscCall(PetscCalloc1((size_t)ops->fields->n_local + ghosts + 1, &host));
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) host[row * n * pitch + i] = mark[row * pitch + i];
  PetscCall(EluteFieldsGet(ops->fields, state, &array));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_backend(array, host, (size_t)ops->fields->n_local * sizeof *host));
  PetscCall(EluteFieldsRestore(ops->fields, state, &array));
  PetscCall(EluteFieldsExchangeBegin(ops->fields, state, d->ghost));
  PetscCall(EluteFieldsExchangeEnd(ops->fields, state, d->ghost));
  PetscCall(EluteFieldsGetRead(ops->fields, d->ghost, &there));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_host(host, there, ghosts * sizeof *host));
  PetscCall(EluteFieldsRestoreRead(ops->fields, d->ghost, &there));
  for (size_t row = 0; row < (size_t)m->n_ghost_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) mark[(rows + row) * pitch + i] = host[row * nm * pitch + i];
  PetscCall(PetscFree(host));
  PetscCall(VecDestroy(&state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode mark_cells(EluteOperators *ops, const EluteChange *change, Vec u, double *mark) {
  const EluteMeshView *m = &ops->mesh->view;
  const double *array;
  double *host;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1((size_t)ops->fields->n_local + 1, &host));
  PetscCall(EluteFieldsGetRead(ops->fields, u, &array));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_host(host, array, (size_t)ops->fields->n_local * sizeof *host));
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &array));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      mark[row * (size_t)m->pitch + i] = mark_of(ops, change, host, row, i);
  PetscCall(PetscFree(host));
  if (elute_data(ops)->ghost) PetscCall(mark_ghosts(ops, mark));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What follows something everywhere takes the place of what the same entry of the case set before. */
static void forget_former(EluteOperators *ops, int c) {
  const EluteChange *change = &ops->model->changes[c];

  for (int e = 0; e < c && change->follows && !change->n_solved; e++) {
    if (ops->model->changes[e].node != change->node) continue;
    free(ops->marks[e]);
    ops->marks[e] = NULL;
  }
}

static PetscErrorCode create_marks(EluteOperators *ops, int c) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t cells = ((size_t)m->n_rows + (size_t)m->n_ghost_rows) * (size_t)m->pitch;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBegin;
  if (!ops->marks) ops->marks = calloc((size_t)ops->model->n_changes + 1, sizeof *ops->marks);
  if (ops->marks) ops->marks[c] = calloc(cells + 1, sizeof(double));
  if (!ops->marks || !ops->marks[c]) code = EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (where a change acts)");
  PetscFunctionReturn(EluteAgree(ops->mesh->comm, code));
}

PetscErrorCode EluteOpMarkPlaces(EluteOperators *ops, int due, Vec u) {
  PetscFunctionBegin;
  for (int c = ops->n_changes; c < due; c++) {
    const EluteChange *change = &ops->model->changes[c];

    if (!change->n_solved && !change->follows) continue;
    PetscCall(create_marks(ops, c));
    PetscCall(mark_cells(ops, change, u, ops->marks[c]));
    PetscCall(EluteFieldsAgree(ops->fields));
    forget_former(ops, c);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpPlacesCheckpoint(EluteOperators *ops, EluteCheckpoint *checkpoint, int due) {
  PetscFunctionBegin;
  for (int c = 0; c < due; c++) {
    char name[48];

    snprintf(name, sizeof name, "change %d", c);
    if (EluteCheckpointReads(checkpoint) ? !EluteCheckpointBytes(checkpoint, name) : !ops->marks || !ops->marks[c]) continue;
    if (EluteCheckpointReads(checkpoint)) PetscCall(create_marks(ops, c));
    PetscCall(EluteCheckpointCells(checkpoint, name, ops->marks[c], (size_t)ops->mesh->view.pitch));
    if (EluteCheckpointReads(checkpoint) && elute_data(ops)->ghost) PetscCall(mark_ghosts(ops, ops->marks[c]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void EluteOpForgetPlaces(EluteOperators *ops) {
  for (int c = 0; ops->marks && c < ops->model->n_changes; c++) free(ops->marks[c]);
  free(ops->marks);
  ops->marks = NULL;
}
