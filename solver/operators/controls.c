/* Sources that are controlled by what a thermometer sees: the rate's table (kernels/view.h, EluteCoefficient) times a
   function of a species' concentration at one point, interpolated between the cells around it. It is read out of every
   state that a residual is taken of, each stage's own, so that the method keeps its order: a W-method does with any
   Jacobian, and none of its factors knows what a distant cell does. What that costs is steps no longer than about twice
   the control's own time, which the estimate of the error sees to. */
#include "internal.h"

#include "../../kernels/cell/factor.h"

PetscErrorCode EluteOpAddControl(EluteOperators *ops, const EluteControlSpec *spec, int table) {
  EluteOperatorsData *d = elute_data(ops);
  EluteControl *control;
  PetscInt cell[8][3];
  double weight[8];
  int n, k = spec->species;

  PetscFunctionBegin;
  PetscCall(EluteOpGrow(&d->controls, &d->n_controls, sizeof *d->controls));
  control = &d->controls[d->n_controls - 1];
  control->lookup = &ops->model->lookups[spec->lookup];
  control->table = table;
  EluteMeshInterpolation(ops->mesh, spec->at, &n, cell, weight);
  for (int c = 0; c < n; c++) {
    const PetscInt row = EluteMeshOwnedRow(ops->mesh, cell[c][1], cell[c][2]);
    double porosity;

    if (row < 0 || weight[c] == 0) continue;
    porosity = EluteOpPorosity(ops, k, (size_t)row, (size_t)cell[c][0]);
    control->place[control->n] = ((int64_t)row * ops->view.n_species + k) * ops->mesh->view.pitch + (int64_t)cell[c][0];
    control->weight[control->n++] = porosity > 0 ? weight[c] / porosity : 0;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the thermometers of all controls see, on every rank. u: an array in the backend's memory. */
static PetscErrorCode look(EluteOperators *ops, const double *u, double *seen) {
  const EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  for (int c = 0; c < d->n_controls; c++) {
    const EluteControl *control = &d->controls[c];

    seen[c] = 0;
    for (int i = 0; i < control->n; i++) {
      double value = 0;

      ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_host(&value, u + control->place[i], sizeof value));
      seen[c] += control->weight[i] * value;
    }
  }
  PetscCall(EluteOpSumRanks(ops->mesh->comm, d->n_controls, seen));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpControl(EluteOperators *ops, const double *u) {
  const EluteOperatorsData *d = elute_data(ops);
  double seen[ELUTE_MAX_REACTIONS], row[ELUTE_MAX_TISSUES];

  PetscFunctionBegin;
  if (d->n_controls == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(look(ops, u, seen));
  for (int c = 0; c < d->n_controls; c++) {
    const EluteControl *control = &d->controls[c];
    const EluteLookupSpec *t = control->lookup;
    const EluteLookup lookup = {.first = 0, .n = t->n, .from = t->from, .inverse_width = 1 / t->width};
    const double factor = elute_lookup(&lookup, t->coefficients, seen[c], 1);

    for (int i = 0; i < ELUTE_MAX_TISSUES; i++) row[i] = factor * d->tables[control->table * ELUTE_MAX_TISSUES + i];
    ELUTE_BACKEND_CALL(
        ops->fields, ops->backend->to_backend(ops->view.tables + control->table * ELUTE_MAX_TISSUES, row, sizeof row));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
