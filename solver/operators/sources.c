/* What is put into the tissue between steps: the initial state and impulses. */
#include "internal.h"

#include <stdlib.h>

static PetscErrorCode entry_lost(EluteOperators *ops, const EluteImpulse *impulse, int *entry) {
  char name[512];

  snprintf(name, sizeof name, "%s.lost", impulse->name);
  return EluteOpEntry(ops, impulse->species, name, entry);
}

PetscErrorCode EluteOpBuildImpulseEntries(EluteOperators *ops) {
  PetscFunctionBegin;
  for (int p = 0; p < ops->model->n_impulses; p++) {
    const EluteImpulse *impulse = &ops->model->impulses[p];
    int entry;

    PetscCall(EluteOpEntry(ops, impulse->species, impulse->name, &entry));
    if (impulse->lost != 0) PetscCall(entry_lost(ops, impulse, &entry));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode initial_cells(EluteOperators *ops, double *host) {
  const EluteModel *model = ops->model;
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch, n = (size_t)model->n_species;

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t k = 0; k < n; k++) {
      const EluteSpecies *s = &model->species[k];

      if (!s->initial) continue;
      for (size_t i = 0; i < (size_t)m->n_cells; i++) {
        EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);
        double *cell = &host[(row * n + k) * pitch + i];

        PetscCall(EluteOpEvaluate(s->initial, &where, cell));
        if (!s->initial_as_tissue) *cell *= EluteOpPorosity(ops, (int)k, row, i);
      }
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode initial_local(EluteOperators *ops, Vec u) {
  size_t n = (size_t)ops->fields->n_local;
  double *host, *array;
  PetscErrorCode code;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n + 1, &host));
  code = initial_cells(ops, host);
  if (!code) {
    PetscCall(EluteFieldsGet(ops->fields, u, &array));
    if (ops->backend->to_backend(array, host, n * sizeof *host)) code = EluteOpBackendFailed(ops);
    PetscCall(EluteFieldsRestore(ops->fields, u, &array));
  }
  PetscCall(PetscFree(host));
  if (!code) code = EluteOpInitialHeld(ops, u);
  PetscFunctionReturn(code);
}

PetscErrorCode EluteOperatorsInitial(EluteOperators *ops, Vec u) {
  PetscFunctionBegin;
  PetscCall(EluteOperatorsSetTime(ops, ops->model->time.begin));
  PetscCall(EluteAgree(ops->mesh->comm, initial_local(ops, u)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the impulse goes: volume fraction, times phi when it is spread over the fluid, none into held cells.
   sum: of V * weight over all ranks, m3. Collective. */
static PetscErrorCode impulse_weights(EluteOperators *ops, const EluteImpulse *impulse, double *weight, double *sum) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch;
  EluteSum local = {0, 0};
  double total;

  PetscFunctionBegin;
  PetscCall(EluteMeshShapeFractions(ops->mesh, &impulse->shape, weight, &total));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      double *w = &weight[row * pitch + i];

      if (elute_held(elute_data(ops), impulse->species, EluteOpTissue(ops, row, i))) *w = 0;
      if (*w > 0 && impulse->uniform_fluid && impulse->species < ops->model->n_mobile)
        *w *= EluteOpPhi(ops, impulse->species, row, i);
      elute_add(&local, *w * EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i));
    }
  *sum = elute_total(local);
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 1, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode impulse_add(EluteOperators *ops, int species, const double *weight, double factor, Vec u) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch, n = (size_t)ops->fields->n_local, n_species = (size_t)ops->view.n_species;
  double *host, *array;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n + 1, &host));
  PetscCall(EluteFieldsGet(ops->fields, u, &array));
  ELUTE_OP_CALL(ops, ops->backend->to_host(host, array, n * sizeof *host));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      host[(row * n_species + (size_t)species) * pitch + i] += factor * weight[row * pitch + i];
  ELUTE_OP_CALL(ops, ops->backend->to_backend(array, host, n * sizeof *host));
  PetscCall(EluteFieldsRestore(ops->fields, u, &array));
  PetscCall(PetscFree(host));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Books the whole dose as entered and what was lost on the way as left again, so that the balance shows both. */
static PetscErrorCode impulse_book(EluteOperators *ops, const EluteImpulse *impulse) {
  int entry;

  PetscFunctionBegin;
  PetscCall(EluteOpEntry(ops, impulse->species, impulse->name, &entry));
  ops->entries[entry].booked -= impulse->amount + impulse->lost;
  if (impulse->lost == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(entry_lost(ops, impulse, &entry));
  ops->entries[entry].booked += impulse->lost;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode impulse_outside(const EluteOperators *ops, const EluteImpulse *impulse) {
  return EluteFail(ELUTE_EXIT_CASE, "%s: its place lies outside the mesh, or where %s cannot be", impulse->name,
                   ops->model->species[impulse->species].name);
}

PetscErrorCode EluteOperatorsImpulsesFit(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  double *weight, sum = 1;
  int p = 0;

  PetscFunctionBegin;
  PetscCall(EluteAgree(ops->mesh->comm, PetscCalloc1((size_t)m->n_rows * (size_t)m->pitch + 1, &weight)));
  for (; p < ops->model->n_impulses && sum > 0; p++) {
    if (ops->model->impulses[p].amount != 0) PetscCall(impulse_weights(ops, &ops->model->impulses[p], weight, &sum));
  }
  PetscCall(PetscFree(weight));
  PetscFunctionReturn(sum > 0 ? PETSC_SUCCESS : impulse_outside(ops, &ops->model->impulses[p - 1]));
}

PetscErrorCode EluteOperatorsImpulse(EluteOperators *ops, const EluteImpulse *impulse, Vec u) {
  const EluteMeshView *m = &ops->mesh->view;
  double *weight, sum;
  PetscErrorCode code;

  PetscFunctionBegin;
  code = PetscCalloc1((size_t)m->n_rows * (size_t)m->pitch + 1, &weight);
  PetscCall(EluteAgree(ops->mesh->comm, code));
  PetscCall(impulse_weights(ops, impulse, weight, &sum));
  if (sum > 0) {
    PetscCall(EluteAgree(ops->mesh->comm, impulse_add(ops, impulse->species, weight, impulse->amount / sum, u)));
  } else if (impulse->amount != 0) {
    PetscCall(PetscFree(weight));
    PetscFunctionReturn(impulse_outside(ops, impulse));
  }
  PetscCall(PetscFree(weight));
  PetscCall(impulse_book(ops, impulse));
  PetscFunctionReturn(PETSC_SUCCESS);
}
