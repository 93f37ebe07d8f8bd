/* A step that cannot advance: which species, where, when and why (numerics 4). */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

/* Of this rank: the cell where the error estimate of a species is largest beside its tolerance. */
static double worst_owned(const EluteStepper *s, const double *error, const double *u, int species, int64_t *cell) {
  const EluteMeshView *m = &s->ops->mesh->view;
  double worst = -1;

  *cell = -1;
  for (int32_t row = 0; row < m->n_rows; row++) {
    size_t at = ((size_t)row * (size_t)s->ops->view.n_species + (size_t)species) * (size_t)m->pitch;

    for (int32_t i = 0; i < m->n_cells; i++) {
      double atol = s->atol[row / (m->n_rows / s->n_parts)][species];
      double size = fabs(error[at + (size_t)i]) / (atol + s->time.accuracy * fabs(u[at + (size_t)i]));

      if (isnan(size)) size = INFINITY;
      if (size <= worst) continue;
      worst = size;
      *cell = EluteOperatorsGlobalCell(s->ops, row, i);
    }
  }
  return worst;
}

/* A copy of a state in host memory; NULL: there is none. */
static double *host_copy(const EluteStepper *s, Vec vec) {
  size_t bytes = (size_t)s->ops->fields->n_local * sizeof(double);
  double *copy = malloc(bytes + 1);
  const double *array;

  if (!copy || EluteFieldsGetRead(s->ops->fields, vec, &array)) {
    free(copy);
    return NULL;
  }
  if (s->ops->backend->to_host(copy, array, bytes)) {
    free(copy);
    copy = NULL;
  }
  (void)EluteFieldsRestoreRead(s->ops->fields, vec, &array);
  return copy;
}

/* The same over all ranks; -1: not known. The stages are spent: the first one takes the error. Collective. */
static PetscErrorCode worst_cell(EluteStepper *s, Vec u, int species, int64_t *cell) {
  EluteVecCombination error = {.n = s->tableau.stages};
  double *e, *state, worst = -1, most;

  for (int i = 0; i < error.n; i++) error.coefficient[i] = s->tableau.e[i], error.vector[i] = s->stage[i];
  PetscCall(EluteOperatorsCombine(s->ops, &error, s->stage[0]));
  e = host_copy(s, s->stage[0]);
  state = host_copy(s, u);
  *cell = -1;
  if (e && state) worst = worst_owned(s, e, state, species, cell);
  free(e);
  free(state);
  PetscCallMPI(MPI_Allreduce(&worst, &most, 1, MPI_DOUBLE, MPI_MAX, s->ops->mesh->comm));
  if (worst < most) *cell = -1;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, cell, 1, MPI_INT64_T, MPI_MAX, s->ops->mesh->comm));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCannotAdvance(EluteStepper *s, Vec u, double t, double h, const char *cause, int species,
                                  int64_t cell) {
  double x[3] = {0};

  if (cell < 0) PetscCall(worst_cell(s, u, species, &cell));
  if (cell >= 0) EluteOperatorsCellPosition(s->ops, cell, x);
  return EluteFail(
      ELUTE_EXIT_NUMERICS,
      "the step fell to %.3g s at t = %g s because of %s in species %s, worst in cell %lld at (%g, %g, %g) "
      "m; the last good state is kept",
      h, t, cause, s->ops->model->species[species].name, (long long)cell, x[0], x[1], x[2]);
}
