/* One step of the W-method: full residual, then M^-1 = (I - theta J_z)^-1 (I - theta J_y)^-1 (I - theta J_x)^-1
   (I - theta J_R)^-1 on the increment (numerics 2). Three things are stepped by the same recursion: cells, the
   boundary's scalars (unknowns with a known rate), and the ledger (unknowns that only receive). */
#include "internal.h"

#include <math.h>

static PetscErrorCode backend_check(int failed) {
  return failed ? EluteFail(ELUTE_EXIT_SYSTEM, "%s", elute_backend_error()) : PETSC_SUCCESS;
}

PetscErrorCode EluteCombineArrays(EluteStepper *s, size_t size, int n, const double *coefficient, double *const *array,
                                  double *out) {
  EluteCombination c = {.n = n};

  for (int j = 0; j < n; j++) {
    c.coefficient[j] = coefficient[j];
    c.vector[j] = array[j];
  }
  return backend_check(s->ops->backend->combine(size, &c, out));
}

double *EluteBackendArray(EluteStepper *s, size_t n) {
  return s->ops->backend->allocate(sizeof(double) * (n + 1));
}

PetscErrorCode EluteFactorSolve(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y,
                                double *ledger) {
  PetscCall(EluteOperatorsReactionSolve(s->ops, u, theta, y, ledger));
  for (int axis = 0; axis < 3; axis++) PetscCall(EluteLinesSolve(s->lines, axis, theta, scalar_increment, y, ledger));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteErrorNorm(EluteStepper *s, Vec x, Vec u, double *norm) {
  const double *x_array, *u_array;
  double sums[ELUTE_MAX_SPECIES] = {0};
  int failed;

  PetscCall(VecGetArrayReadAndMemType(x, &x_array, NULL));
  PetscCall(VecGetArrayReadAndMemType(u, &u_array, NULL));
  failed = s->ops->backend->weighted_squares(&s->ops->view, x_array, u_array, s->time.accuracy, s->atol, sums);
  PetscCall(VecRestoreArrayReadAndMemType(u, &u_array));
  PetscCall(VecRestoreArrayReadAndMemType(x, &x_array));
  PetscCall(backend_check(failed));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, s->ops->view.n_species, MPI_DOUBLE, MPI_SUM, s->ops->mesh->comm));
  *norm = 0;
  for (int k = 0; k < s->ops->view.n_species; k++) {
    double value = sqrt(sums[k] / s->volume);

    if (!(value <= *norm)) *norm = value; /* a NaN comes through */
  }
  return PETSC_SUCCESS;
}

/* theta (sum c_ij / h Y_j): coefficients of the stage's right-hand side. */
static int history(const EluteTableau *tableau, int i, double theta, double h, double *coefficient) {
  for (int j = 0; j < i; j++) coefficient[j] = theta * tableau->c[i][j] / h;
  return i;
}

/* kb_i = theta b'(t + alpha_i h) + theta sum c_ij / h kb_j. */
static PetscErrorCode scalar_increment(EluteStepper *s, int i, double theta, double h) {
  double coefficient[ELUTE_MAX_STAGES + 1], *array[ELUTE_MAX_STAGES + 1];
  int n = history(&s->tableau, i, theta, h, coefficient);

  if (s->ops->view.n_scalars == 0) return PETSC_SUCCESS;
  for (int j = 0; j < n; j++) array[j] = s->scalar_stage[j];
  coefficient[n] = theta;
  array[n++] = s->ops->view.scalar_rates;
  return EluteCombineArrays(s, (size_t)s->ops->view.n_scalars, n, coefficient, array, s->scalar_stage[i]);
}

/* The right-hand side of stage i into stage[i], and that of its ledger. */
static PetscErrorCode stage_rhs(EluteStepper *s, int i, Vec u, double t, double h, double theta) {
  EluteVecCombination sum = {.n = 0}, state = {.n = i + 1, .coefficient = {1}, .vector = {u}};

  for (int j = 0; j < i; j++) {
    state.coefficient[j + 1] = s->tableau.a[i][j];
    state.vector[j + 1] = s->stage[j];
    sum.vector[j] = s->stage[j];
  }
  sum.n = history(&s->tableau, i, theta, h, sum.coefficient);
  PetscCall(EluteOperatorsSetTime(s->ops, t + s->tableau.alpha[i] * h));
  PetscCall(scalar_increment(s, i, theta, h));
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, sum.n, sum.coefficient, s->ledger_stage,
                               s->ledger_stage[i]));
  if (i > 0) PetscCall(EluteOperatorsCombine(s->ops, &state, s->work));
  return EluteOperatorsResidual(s->ops, i > 0 ? s->work : u, theta, &sum, s->stage[i], s->ledger_stage[i]);
}

/* Solves stage i. In the first stage the defect of the factorisation is measured; above the limit this step's stages
   are solved by GMRES (numerics 2, the guard). */
static PetscErrorCode stage_solve(EluteStepper *s, int i, Vec u, double theta) {
  const double *increment = s->ops->view.n_scalars ? s->scalar_stage[i] : NULL;
  bool guard = s->time.fixed_step <= 0 && s->time.defect_limit > 0, measure = i == 0 && guard && !s->replay;
  double tolerance = s->time.always_gmres ? 1e-10 : 0.1 * s->time.defect_limit, zero[1] = {1};
  double *ledger = s->ledger_stage[i];
  EluteVecCombination copy = {.n = 1, .coefficient = {1}, .vector = {s->stage[i]}};
  Vec r = NULL;

  if (i == 0) s->use_gmres = s->time.always_gmres;
  if (measure || s->use_gmres) {
    PetscCall(EluteLinearRhs(s, &r));
    PetscCall(EluteOperatorsCombine(s->ops, &copy, r));
    /* the ledger of the right-hand side, kept aside in case GMRES takes over */
    PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 1, zero, &ledger, s->ledger_rhs));
  }
  PetscCall(EluteFactorSolve(s, u, theta, increment, s->stage[i], ledger));
  if (measure) {
    PetscCall(EluteLinearDefect(s, u, theta, increment, s->stage[i], r, &s->defect));
    s->statistics.largest_defect = fmax(s->statistics.largest_defect, s->defect);
    if (s->defect > s->time.defect_limit) s->use_gmres = true;
  }
  if (!s->use_gmres) return PETSC_SUCCESS;
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 1, zero, &s->ledger_rhs, ledger));
  s->statistics.gmres_stages++;
  return EluteLinearSolve(s, u, theta, increment, tolerance, s->stage[i], r, ledger, &s->defect);
}

/* A species that this step made for the first time has no scale yet: it is measured by what was made. */
static bool scale_newcomers(EluteStepper *s, const EluteStepMeasure *measure) {
  bool any = false;

  for (int k = 0; k < s->ops->view.n_species; k++) {
    if (s->scale[k] > 0 || !(measure->maximum[k] > 0) || !isfinite(measure->maximum[k])) continue;
    s->scale[k] = measure->maximum[k];
    s->atol[k] = s->time.accuracy * s->scale[k];
    any = true;
  }
  return any;
}

PetscErrorCode EluteWStep(EluteStepper *s, Vec u, double t, double h, EluteStepMeasure *measure) {
  const EluteTableau *tableau = &s->tableau;
  double theta = tableau->gamma * h;
  EluteVecCombination increment = {.n = tableau->stages}, error = {.n = tableau->stages};

  for (int i = 0; i < tableau->stages; i++) {
    PetscCall(stage_rhs(s, i, u, t, h, theta));
    PetscCall(stage_solve(s, i, u, theta));
    s->statistics.stages++;
    increment.coefficient[i] = tableau->m[i];
    error.coefficient[i] = tableau->e[i];
    increment.vector[i] = error.vector[i] = s->stage[i];
  }
  PetscCall(EluteOperatorsFinishStep(s->ops, u, &increment, &error, s->time.accuracy, s->atol, s->work, measure));
  if (!scale_newcomers(s, measure)) return PETSC_SUCCESS;
  return EluteOperatorsFinishStep(s->ops, u, &increment, &error, s->time.accuracy, s->atol, s->work, measure);
}
