/* Thin: get the arrays, log the event, call the kernel. */
#include "internal.h"

#include <string.h>

static PetscErrorCode combination_get(EluteOperators *ops, const EluteVecCombination *from, EluteCombination *to) {
  PetscFunctionBegin;
  to->n = from ? from->n : 0;
  for (int j = 0; j < to->n; j++) {
    to->coefficient[j] = from->coefficient[j];
    PetscCall(EluteFieldsGetRead(ops->fields, from->vector[j], &to->vector[j]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode combination_done(EluteOperators *ops, const EluteVecCombination *from, EluteCombination *to) {
  PetscFunctionBegin;
  for (int j = 0; j < to->n; j++) PetscCall(EluteFieldsRestoreRead(ops->fields, from->vector[j], &to->vector[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ghost rows of a state vector, as a kernel reads them; NULL when nothing moves. */
static PetscErrorCode ghost_get(EluteOperators *ops, Vec state, const double **ghost) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  *ghost = NULL;
  if (!d->ghost) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteFieldsExchangeBegin(ops->fields, state, d->ghost));
  PetscCall(EluteFieldsExchangeEnd(ops->fields, state, d->ghost));
  PetscCall(EluteFieldsGetRead(ops->fields, d->ghost, ghost));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Those of the state at which J is taken, where a limiter asks for them. */
static PetscErrorCode ghost_u_get(EluteOperators *ops, Vec u, const double **ghost) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  *ghost = NULL;
  if (!d->ghost || !ops->view.flow.limited) PetscFunctionReturn(PETSC_SUCCESS);
  if (!d->ghost_u) PetscCall(EluteFieldsCreateGhost(ops->fields, &d->ghost_u));
  PetscCall(EluteFieldsExchangeBegin(ops->fields, u, d->ghost_u));
  PetscCall(EluteFieldsExchangeEnd(ops->fields, u, d->ghost_u));
  PetscCall(EluteFieldsGetRead(ops->fields, d->ghost_u, ghost));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ghost_done(EluteOperators *ops, const double **ghost) {
  Vec vec = elute_data(ops)->ghost;

  return vec ? EluteFieldsRestoreRead(ops->fields, vec, ghost) : PETSC_SUCCESS;
}

/* Where diffusion crosses the axes: the shifts of activity of a state (its array and ghost rows), for the call that
   follows, until they are given back. */
static PetscErrorCode shifts_get(EluteOperators *ops, const double *u, const double *ghost, const double *boundary) {
  EluteOperatorsData *d = elute_data(ops);
  EluteCrossView *view = &ops->view.cross;
  double *shift[3] = {NULL, NULL, NULL};

  PetscFunctionBegin;
  if (d->axes_alone) PetscFunctionReturn(PETSC_SUCCESS);
  if (!d->shift[0] && !d->shift[1] && !d->shift[2]) PetscFunctionReturn(PETSC_SUCCESS);
  for (int a = 0; a < 3; a++)
    if (d->shift[a]) PetscCall(EluteFieldsGet(ops->fields, d->shift[a], &shift[a]));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->shifts(&ops->view, u, ghost, boundary, shift));
  for (int a = 0; a < 3; a++) {
    if (!d->shift[a]) continue;
    PetscCall(EluteFieldsRestore(ops->fields, d->shift[a], &shift[a]));
    PetscCall(EluteFieldsExchangeBegin(ops->fields, d->shift[a], d->shift_ghost[a]));
    PetscCall(EluteFieldsExchangeEnd(ops->fields, d->shift[a], d->shift_ghost[a]));
    PetscCall(EluteFieldsGetRead(ops->fields, d->shift[a], &view->shift[a]));
    PetscCall(EluteFieldsGetRead(ops->fields, d->shift_ghost[a], &view->ghost[a]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode shifts_done(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  EluteCrossView *view = &ops->view.cross;

  PetscFunctionBegin;
  for (int a = 0; a < 3; a++) {
    if (!view->shift[a]) continue;
    PetscCall(EluteFieldsRestoreRead(ops->fields, d->shift_ghost[a], &view->ghost[a]));
    PetscCall(EluteFieldsRestoreRead(ops->fields, d->shift[a], &view->shift[a]));
    view->shift[a] = view->ghost[a] = NULL;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsResidual(EluteOperators *ops, Vec u, double scale, const EluteVecCombination *add, Vec out,
                                      double *ledger) {
  const double *u_array, *ghost;
  double *out_array;
  EluteCombination c;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(ops->event_residual, 0, 0, 0, 0));
  PetscCall(ghost_get(ops, u, &ghost));
  PetscCall(EluteFieldsGet(ops->fields, out, &out_array));
  PetscCall(EluteFieldsGetRead(ops->fields, u, &u_array));
  PetscCall(combination_get(ops, add, &c));
  PetscCall(shifts_get(ops, u_array, ghost, ops->view.scalars));
  PetscCall(EluteOpControl(ops, u_array));
  ELUTE_BACKEND_CALL(
      ops->fields, ops->backend->residual(&ops->view, u_array, ghost, scale, &c, out_array, elute_ledger(ops, ledger)));
  PetscCall(shifts_done(ops));
  PetscCall(combination_done(ops, add, &c));
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &u_array));
  PetscCall(EluteFieldsRestore(ops->fields, out, &out_array));
  PetscCall(ghost_done(ops, &ghost));
  PetscCall(PetscLogEventEnd(ops->event_residual, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsJacobianApply(EluteOperators *ops, Vec u, Vec x, const double *scalar_increment, Vec y,
                                           double *ledger) {
  const double *u_array, *x_array, *ghost, *ghost_u;
  double *y_array;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(ops->event_residual, 0, 0, 0, 0));
  PetscCall(ghost_get(ops, x, &ghost));
  PetscCall(ghost_u_get(ops, u, &ghost_u));
  PetscCall(EluteFieldsGet(ops->fields, y, &y_array));
  PetscCall(EluteFieldsGetRead(ops->fields, u, &u_array));
  PetscCall(EluteFieldsGetRead(ops->fields, x, &x_array));
  PetscCall(shifts_get(ops, x_array, ghost, scalar_increment));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->jacobian_apply(&ops->view, u_array, ghost_u, x_array, ghost,
                                                               scalar_increment, y_array, elute_ledger(ops, ledger)));
  PetscCall(shifts_done(ops));
  PetscCall(EluteFieldsRestoreRead(ops->fields, x, &x_array));
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &u_array));
  PetscCall(EluteFieldsRestore(ops->fields, y, &y_array));
  if (ghost_u) PetscCall(EluteFieldsRestoreRead(ops->fields, elute_data(ops)->ghost_u, &ghost_u));
  PetscCall(ghost_done(ops, &ghost));
  PetscCall(PetscLogEventEnd(ops->event_residual, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void EluteOperatorsWholeFlux(EluteOperators *ops, bool whole) {
  ops->view.flow.limited = whole && ops->model->flow.limited;
  ops->view.flow.n_inlets = whole ? elute_data(ops)->n_inlets : 0;
  elute_data(ops)->axes_alone = !whole;
}

PetscErrorCode EluteOperatorsReactionSolve(EluteOperators *ops, Vec u, double theta, Vec x, double *ledger) {
  const double *u_array;
  double *x_array;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(ops->event_reaction, 0, 0, 0, 0));
  PetscCall(EluteFieldsGet(ops->fields, x, &x_array));
  PetscCall(EluteFieldsGetRead(ops->fields, u, &u_array));
  ELUTE_BACKEND_CALL(ops->fields,
                     ops->backend->reaction_solve(&ops->view, u_array, theta, x_array, elute_ledger(ops, ledger)));
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &u_array));
  PetscCall(EluteFieldsRestore(ops->fields, x, &x_array));
  PetscCall(PetscLogEventEnd(ops->event_reaction, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsCombine(EluteOperators *ops, const EluteVecCombination *c, Vec out) {
  EluteCombination arrays;
  double *out_array;

  PetscFunctionBegin;
  PetscCall(EluteFieldsGet(ops->fields, out, &out_array));
  PetscCall(combination_get(ops, c, &arrays));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->combine((size_t)ops->fields->n_local, &arrays, out_array));
  PetscCall(combination_done(ops, c, &arrays));
  PetscCall(EluteFieldsRestore(ops->fields, out, &out_array));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t EluteOperatorsGlobalCell(const EluteOperators *ops, int64_t row, int64_t i) {
  PetscInt j, k;

  EluteMeshRowIndex(ops->mesh, (PetscInt)row, &j, &k);
  return i + (int64_t)ops->mesh->spec.n[0] * ((int64_t)j + (int64_t)ops->mesh->spec.n[1] * (int64_t)k);
}

void EluteOperatorsCellPosition(const EluteOperators *ops, int64_t cell, double x[3]) {
  for (int a = 0; a < 3; a++) {
    x[a] = a < ops->mesh->spec.dimension ? ops->mesh->centre[a][cell % ops->mesh->spec.n[a]] : 0;
    cell /= ops->mesh->spec.n[a];
  }
}

/* Places from this rank's numbering to the global one. */
static void measure_globalise(const EluteOperators *ops, EluteStepMeasure *m) {
  int64_t pitch = ops->view.mesh.pitch, n = ops->view.n_species;

  for (int k = 0; k < n; k++)
    if (m->minimum_at[k] >= 0)
      m->minimum_at[k] = EluteOperatorsGlobalCell(ops, m->minimum_at[k] / pitch, m->minimum_at[k] % pitch);
  if (m->not_finite_at >= 0) {
    int64_t at = m->not_finite_at, i = at % pitch, k = at / pitch % n, row = at / pitch / n;

    m->not_finite_at = EluteOperatorsGlobalCell(ops, row, i) * n + k;
  }
}

/* In the order of ranks, so that the same ranks give the same bits; of equal minima the lowest rank's place stands. */
static void measure_merge(int n_species, EluteStepMeasure *into, const EluteStepMeasure *m) {
  for (int k = 0; k < n_species; k++) {
    into->error[k] += m->error[k];
    into->maximum[k] = PetscMax(into->maximum[k], m->maximum[k]);
    into->change[k] = PetscMax(into->change[k], m->change[k]);
    if (m->minimum_at[k] >= 0 && (into->minimum_at[k] < 0 || m->minimum[k] < into->minimum[k])) {
      into->minimum[k] = m->minimum[k];
      into->minimum_at[k] = m->minimum_at[k];
    }
  }
  if (into->not_finite_at < 0) into->not_finite_at = m->not_finite_at;
  into->not_finite += m->not_finite;
}

static PetscErrorCode measure_reduce(const EluteOperators *ops, EluteStepMeasure *m) {
  MPI_Comm comm = ops->mesh->comm;
  EluteStepMeasure *all;
  int size;

  PetscFunctionBegin;
  measure_globalise(ops, m);
  PetscCallMPI(MPI_Comm_size(comm, &size));
  if (size == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(size, &all));
  PetscCallMPI(MPI_Allgather(m, (int)sizeof *m, MPI_BYTE, all, (int)sizeof *m, MPI_BYTE, comm));
  *m = all[0];
  for (int r = 1; r < size; r++) measure_merge(ops->view.n_species, m, &all[r]);
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The combination's vectors from a part's first number on. */
static EluteCombination combination_from(const EluteCombination *c, size_t first) {
  EluteCombination from = *c;

  for (int j = 0; j < c->n; j++) from.vector[j] += first;
  return from;
}

PetscErrorCode EluteOperatorsFinishStep(EluteOperators *ops, Vec u, const EluteVecCombination *increment,
                                        const EluteVecCombination *error, double rtol,
                                        double (*atol)[ELUTE_MAX_SPECIES], Vec u_new, EluteStepMeasure *global) {
  EluteCombination i_arrays, e_arrays;
  const double *u_array;
  double *new_array;
  size_t first = 0;

  PetscFunctionBegin;
  PetscCall(EluteFieldsGet(ops->fields, u_new, &new_array));
  PetscCall(EluteFieldsGetRead(ops->fields, u, &u_array));
  PetscCall(combination_get(ops, increment, &i_arrays));
  PetscCall(combination_get(ops, error, &e_arrays));
  for (int p = 0; p < elute_n_parts(ops); p++) {
    const EluteOperators *part = elute_part(ops, p);
    const EluteCombination i_part = combination_from(&i_arrays, first), e_part = combination_from(&e_arrays, first);

    memset(&global[p], 0, sizeof *global);
    ELUTE_BACKEND_CALL(ops->fields, ops->backend->finish_step(&part->view, u_array + first, &i_part, &e_part, rtol,
                                                              atol[p], new_array + first, &global[p]));
    first += (size_t)part->fields->n_local;
  }
  PetscCall(combination_done(ops, error, &e_arrays));
  PetscCall(combination_done(ops, increment, &i_arrays));
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &u_array));
  PetscCall(EluteFieldsRestore(ops->fields, u_new, &new_array));
  PetscCall(EluteFieldsAgree(ops->fields));
  for (int p = 0; p < elute_n_parts(ops); p++) PetscCall(measure_reduce(elute_part(ops, p), &global[p]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsAmounts(EluteOperators *ops, Vec u, double *amounts) {
  int n_species = ops->view.n_species, n_tissues = ops->model->n_tissues;
  const double *u_array;
  double *local;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1((size_t)n_species * ELUTE_MAX_TISSUES, &local));
  PetscCall(EluteFieldsGetRead(ops->fields, u, &u_array));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->amounts(&ops->view, u_array, local));
  PetscCall(EluteFieldsRestoreRead(ops->fields, u, &u_array));
  for (int k = 0; k < n_species; k++)
    for (int t = 0; t < n_tissues; t++) amounts[k * n_tissues + t] = local[k * ELUTE_MAX_TISSUES + t];
  PetscCall(PetscFree(local));
  PetscCall(EluteFieldsAgree(ops->fields));
  PetscCall(EluteOpSumRanks(ops->mesh->comm, n_species * n_tissues, amounts));
  PetscFunctionReturn(PETSC_SUCCESS);
}
