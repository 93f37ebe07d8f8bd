/* One step of the W-method: full residual, then M^-1 = (I - theta J_z)^-1 (I - theta J_y)^-1 (I - theta J_x)^-1
   (I - theta J_R)^-1 on the increment (numerics 2). Three things are stepped by the same recursion: cells, the
   boundary's scalars (unknowns with a known rate), and the ledger (unknowns that only receive). */
#include "internal.h"

#include <math.h>

PetscErrorCode EluteCombineArrays(EluteStepper *s, size_t size, int n, const double *coefficient, double *const *array,
                                  double *out) {
  EluteCombination c = {.n = n};

  for (int j = 0; j < n; j++) {
    c.coefficient[j] = coefficient[j];
    c.vector[j] = array[j];
  }
  ELUTE_BACKEND_CALL(s->ops->fields, s->ops->backend->combine(size, &c, out));
  return PETSC_SUCCESS;
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

  PetscCall(EluteFieldsGetRead(s->ops->fields, x, &x_array));
  PetscCall(EluteFieldsGetRead(s->ops->fields, u, &u_array));
  for (int p = 0; p < s->n_parts; p++) {
    const EluteOperators *part = elute_part(s->ops, p);
    const size_t first = (size_t)p * (size_t)part->fields->n_local;
    double sums[ELUTE_MAX_SPECIES] = {0};

    ELUTE_BACKEND_CALL(s->ops->fields, s->ops->backend->weighted_squares(&part->view, x_array + first, u_array + first,
                                                                         s->time.accuracy, s->atol[p], sums));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, part->view.n_species, MPI_DOUBLE, MPI_SUM, s->ops->mesh->comm));
    norm[p] = 0;
    for (int k = 0; k < part->view.n_species; k++) {
      double value = sqrt(sums[k] / s->volume);

      if (!(value <= norm[p])) norm[p] = value; /* a NaN comes through */
    }
  }
  PetscCall(EluteFieldsRestoreRead(s->ops->fields, u, &u_array));
  return EluteFieldsRestoreRead(s->ops->fields, x, &x_array);
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

/* Boundary values and their rates, kept aside (save) or put back. */
static PetscErrorCode swap_scalars(EluteStepper *s, double *kept, bool save) {
  size_t n = (size_t)s->ops->view.n_scalars;
  double one[1] = {1}, *rates = kept + n;

  if (n == 0) return PETSC_SUCCESS;
  PetscCall(EluteCombineArrays(s, n, 1, one, save ? &s->ops->view.scalars : &kept, save ? kept : s->ops->view.scalars));
  return EluteCombineArrays(s, n, 1, one, save ? &s->ops->view.scalar_rates : &rates,
                            save ? rates : s->ops->view.scalar_rates);
}

/* Where reactions or sources depend on time, gamma_i h f_t belongs into stage i: without it a fast reaction that
   follows its data is of order 1. h f_t is taken as f(t + h, u) - f(t, u): any approximation that is the same in all
   stages keeps the order, as any Jacobian does (time as one more unknown). Boundary values are unknowns of their own
   and stand still here. On entry stage[0] = theta f(t, u). Leaves the time at t + h, where the step's J_R is taken. */
static PetscErrorCode measure_drift(EluteStepper *s, Vec u, double t, double h, double theta) {
  EluteVecCombination minus = {.n = 1, .coefficient = {-1}, .vector = {s->stage[0]}};
  double minus_one[1] = {-1};
  int64_t before = s->ops->coefficients_at;

  s->drifts = false;
  if (!s->data_vary) return PETSC_SUCCESS;
  PetscCall(swap_scalars(s, s->scalars[0], true));
  PetscCall(EluteOperatorsSetTime(s->ops, t + h));
  s->drifts = s->ops->coefficients_at != before;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->drifts, 1, MPI_C_BOOL, MPI_LOR, s->ops->mesh->comm));
  if (!s->drifts) return PETSC_SUCCESS;
  if (!s->drift) PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->drift));
  PetscCall(swap_scalars(s, s->scalars[1], true));
  PetscCall(swap_scalars(s, s->scalars[0], false));
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 1, minus_one, &s->ledger_stage[0], s->ledger_drift));
  PetscCall(EluteOperatorsResidual(s->ops, u, theta, &minus, s->drift, s->ledger_drift));
  return swap_scalars(s, s->scalars[1], false);
}

/* First stage: adds gamma_1 times the drift to the right-hand side. */
static PetscErrorCode add_drift(EluteStepper *s) {
  double gamma = s->tableau.gamma_sum[0], coefficient[2] = {1, gamma},
         *array[2] = {s->ledger_stage[0], s->ledger_drift};
  EluteVecCombination sum = {.n = 2, .coefficient = {1, gamma}, .vector = {s->stage[0], s->drift}};

  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 2, coefficient, array, s->ledger_stage[0]));
  return EluteOperatorsCombine(s->ops, &sum, s->stage[0]);
}

/* The right-hand side of stage i into stage[i], and that of its ledger. */
static PetscErrorCode stage_rhs(EluteStepper *s, int i, Vec u, double t, double h, double theta) {
  EluteVecCombination sum = {.n = 0}, state = {.n = i + 1, .coefficient = {1}, .vector = {u}};
  double *ledger[ELUTE_MAX_STAGES + 1];

  for (int j = 0; j < i; j++) {
    state.coefficient[j + 1] = s->tableau.a[i][j];
    state.vector[j + 1] = s->stage[j];
    sum.vector[j] = s->stage[j];
    ledger[j] = s->ledger_stage[j];
  }
  sum.n = history(&s->tableau, i, theta, h, sum.coefficient);
  PetscCall(EluteOperatorsSetTime(s->ops, t + s->tableau.alpha[i] * h));
  PetscCall(scalar_increment(s, i, theta, h));
  if (i > 0 && s->drifts) {
    sum.coefficient[sum.n] = s->tableau.gamma_sum[i];
    sum.vector[sum.n] = s->drift;
    ledger[sum.n++] = s->ledger_drift;
  }
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, sum.n, sum.coefficient, ledger, s->ledger_stage[i]));
  if (i > 0) PetscCall(EluteOperatorsCombine(s->ops, &state, s->work));
  PetscCall(EluteOperatorsResidual(s->ops, i > 0 ? s->work : u, theta, &sum, s->stage[i], s->ledger_stage[i]));
  if (i == 0) PetscCall(measure_drift(s, u, t, h, theta));
  if (i == 0 && s->drifts) PetscCall(add_drift(s));
  /* The factorisation must be the same in all stages, or order 3 is lost. */
  return s->drifts ? EluteOperatorsSetTime(s->ops, t + h) : PETSC_SUCCESS;
}

/* Solves stage i. In the first stage the defect of the factorisation is measured; above the limit this step's stages
   are solved by GMRES (numerics 2, the guard). */
static PetscErrorCode stage_solve(EluteStepper *s, int i, Vec u, double theta) {
  const double *increment = s->ops->view.n_scalars ? s->scalar_stage[i] : NULL;
  bool guard = s->time.fixed_step <= 0 && s->time.defect_limit > 0, measure = i == 0 && guard && !s->replay;
  double one[1] = {1};
  double *ledger = s->ledger_stage[i];
  EluteVecCombination copy = {.n = 1, .coefficient = {1}, .vector = {s->stage[i]}};
  Vec r = NULL;

  if (i == 0 && !s->replay) s->use_gmres = s->time.always_gmres;
  /* The factors know the upwind flux, and each its own axis: beyond their stable range the step is solved whole. */
  if (i == 0 && !s->replay &&
      theta / s->tableau.gamma * s->ops->fastest_advection > s->statistics.courant_limit * (1 + 1e-9))
    s->use_gmres = true;
  if (i == 0 && !s->replay &&
      (s->ops->correlation > s->tableau.correlation * (1 + 1e-9) ||
       theta / s->tableau.gamma * s->ops->fastest_crossing > s->tableau.crossing * (1 + 1e-9)))
    s->use_gmres = true;
  if (i == 0) s->linear_error = 0;
  if (measure || s->use_gmres) {
    PetscCall(EluteLinearRhs(s, &r));
    PetscCall(EluteOperatorsCombine(s->ops, &copy, r));
    /* the ledger of the right-hand side, kept aside in case GMRES takes over */
    PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 1, one, &ledger, s->ledger_rhs));
  }
  PetscCall(EluteFactorSolve(s, u, theta, increment, s->stage[i], ledger));
  if (measure) {
    PetscCall(EluteLinearDefect(s, u, theta, increment, s->stage[i], r, &s->defect));
    s->statistics.largest_defect = fmax(s->statistics.largest_defect, s->defect);
    if (s->defect > s->time.defect_limit) s->use_gmres = true;
  }
  if (!s->use_gmres) return PETSC_SUCCESS;
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 1, one, &s->ledger_rhs, ledger));
  s->statistics.gmres_stages++;
  if (!s->replay) s->iterations[i] = ELUTE_KRYLOV;
  return EluteLinearSolve(s, u, theta, increment, s->stage[i], r, ledger, &s->iterations[i]);
}

/* A species that this step made for the first time has no scale yet: it is measured by what was made. */
static bool scale_newcomers(EluteStepper *s) {
  bool any = false;

  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++) {
      const double maximum = s->measure[p].maximum[k];

      if (s->scale[p][k] > 0 || !(maximum > 0) || !isfinite(maximum)) continue;
      EluteSetScale(s, p, k, maximum);
      any = true;
    }
  return any;
}

PetscErrorCode EluteWStep(EluteStepper *s, Vec u, double t, double h) {
  const EluteTableau *tableau = &s->tableau;
  double theta = tableau->gamma * h;
  EluteVecCombination increment = {.n = tableau->stages}, error = {.n = tableau->stages};

  EluteOperatorsSetStep(s->ops, t, t + h);
  for (int i = 0; i < tableau->stages; i++) {
    PetscCall(stage_rhs(s, i, u, t, h, theta));
    PetscCall(stage_solve(s, i, u, theta));
    s->statistics.stages++;
    increment.coefficient[i] = tableau->m[i];
    error.coefficient[i] = tableau->e[i];
    increment.vector[i] = error.vector[i] = s->stage[i];
  }
  PetscCall(EluteOperatorsFinishStep(s->ops, u, &increment, &error, s->time.accuracy, s->atol, s->work, s->measure));
  if (!scale_newcomers(s)) return PETSC_SUCCESS;
  return EluteOperatorsFinishStep(s->ops, u, &increment, &error, s->time.accuracy, s->atol, s->work, s->measure);
}
