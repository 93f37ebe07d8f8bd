/* The guard of the factorisation: its defect, and GMRES where the defect is too large. The preconditioner is M with a
   cycle of parameters, hence the flexible form (Saad, SIAM J. Sci. Comput. 14:461, 1993). The inner product is the one
   of the error norm. */
#include "internal.h"

#include <math.h>
#include <string.h>

struct EluteKrylov {
  Vec basis[ELUTE_KRYLOV + 1], direction[ELUTE_KRYLOV]; /* orthonormal; what the solution is made of */
  Vec sum;
  int n; /* basis vectors made so far */
};

static PetscErrorCode combine2(EluteStepper *s, double a, Vec x, double b, Vec y, Vec out) {
  EluteVecCombination c = {.n = 2, .coefficient = {a, b}, .vector = {x, y}};

  return EluteOperatorsCombine(s->ops, &c, out);
}

/* Tolerances of a part's species. One that is absent so far has none; it counts as the smallest of the others, lest a
   direction grow in it unseen. */
static void tolerances(const EluteStepper *s, int p, double atol[ELUTE_MAX_SPECIES]) {
  const int n = s->ops->view.n_species;
  double smallest = INFINITY;

  for (int k = 0; k < n; k++)
    if (s->scale[p][k] > 0) smallest = fmin(smallest, s->atol[p][k]);
  for (int k = 0; k < n; k++) atol[k] = s->scale[p][k] > 0 || isinf(smallest) ? s->atol[p][k] : smallest;
}

/* products[j] = <x, v_j>, the inner product behind the error norm (summed over species, and the parts of a stack, none
   of which is then larger); one pass over x. */
static PetscErrorCode inner_products(EluteStepper *s, Vec x, Vec u, int n, const Vec *v, double *products) {
  const double *x_array, *u_array, *v_array[ELUTE_KRYLOV + 2];

  memset(products, 0, (size_t)n * sizeof *products);
  PetscCall(EluteFieldsGetRead(s->ops->fields, x, &x_array));
  PetscCall(EluteFieldsGetRead(s->ops->fields, u, &u_array));
  for (int j = 0; j < n; j++) PetscCall(EluteFieldsGetRead(s->ops->fields, v[j], &v_array[j]));
  for (int p = 0; p < s->n_parts; p++) {
    const EluteOperators *part = elute_part(s->ops, p);
    const size_t size = (size_t)part->fields->n_local, first = (size_t)p * size;
    const double *v_part[ELUTE_KRYLOV + 2];
    double atol[ELUTE_MAX_SPECIES];

    tolerances(s, p, atol);
    for (int j = 0; j < n; j++) v_part[j] = v_array[j] + first;
    ELUTE_BACKEND_CALL(s->ops->fields,
                       s->ops->backend->inner_products(&part->view, x_array + first, u_array + first, s->time.accuracy,
                                                       atol, n, v_part, products));
  }
  for (int j = 0; j < n; j++) PetscCall(EluteFieldsRestoreRead(s->ops->fields, v[j], &v_array[j]));
  PetscCall(EluteFieldsRestoreRead(s->ops->fields, u, &u_array));
  PetscCall(EluteFieldsRestoreRead(s->ops->fields, x, &x_array));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, products, n, MPI_DOUBLE, MPI_SUM, s->ops->mesh->comm));
  for (int j = 0; j < n; j++) products[j] /= s->volume;
  return PETSC_SUCCESS;
}

static PetscErrorCode norm2(EluteStepper *s, Vec x, Vec u, double *norm) {
  PetscCall(inner_products(s, x, u, 1, &x, norm));
  *norm = sqrt(*norm);
  return PETSC_SUCCESS;
}

/* out += sum of c_j v_j, as many in one pass as a combination holds */
static PetscErrorCode add_all(EluteStepper *s, int n, const double *c, const Vec *v, Vec out) {
  for (int j = 0; j < n;) {
    EluteVecCombination sum = {.n = 1, .coefficient = {1}, .vector = {out}};

    for (; j < n && sum.n <= ELUTE_MAX_STAGES; j++, sum.n++) {
      sum.coefficient[sum.n] = c[j];
      sum.vector[sum.n] = v[j];
    }
    PetscCall(EluteOperatorsCombine(s->ops, &sum, out));
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode krylov_get(EluteStepper *s, int n) {
  if (!s->krylov) PetscCall(PetscNew(&s->krylov));
  if (!s->krylov->sum) PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->krylov->sum));
  while (s->krylov->n < n) {
    PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->krylov->basis[s->krylov->n]));
    if (s->krylov->n < ELUTE_KRYLOV)
      PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->krylov->direction[s->krylov->n]));
    s->krylov->n++;
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteKrylovDestroy(EluteKrylov **krylov) {
  if (!*krylov) return PETSC_SUCCESS;
  for (int j = 0; j < (*krylov)->n; j++) PetscCall(VecDestroy(&(*krylov)->basis[j]));
  for (int j = 0; j < ELUTE_KRYLOV; j++) PetscCall(VecDestroy(&(*krylov)->direction[j]));
  PetscCall(VecDestroy(&(*krylov)->sum));
  PetscCall(PetscFree(*krylov));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteLinearRhs(EluteStepper *s, Vec *r) {
  if (!s->rhs) PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->rhs));
  *r = s->rhs;
  return PETSC_SUCCESS;
}

/* out = r - (I - theta J) y, with the boundary's increments in J y; ledger_rates = rates of y. r NULL: zero. */
static PetscErrorCode residual_of(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y, Vec r,
                                  Vec out) {
  EluteVecCombination c = {.n = r ? 3 : 2, .coefficient = {theta, -1, 1}, .vector = {out, y, r}};

  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 0, NULL, NULL, s->ledger_rates));
  PetscCall(EluteOperatorsJacobianApply(s->ops, u, y, scalar_increment, out, s->ledger_rates));
  return EluteOperatorsCombine(s->ops, &c, out);
}

PetscErrorCode EluteLinearDefect(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y, Vec r,
                                 double *defect) {
  double *rest = s->norm[0], *size = s->norm[1];

  /* What the factors do not know of the flux, a W-method bears within the ranges that are kept to. */
  EluteOperatorsWholeFlux(s->ops, false);
  PetscCall(residual_of(s, u, theta, scalar_increment, y, r, s->work));
  EluteOperatorsWholeFlux(s->ops, true);
  PetscCall(EluteErrorNorm(s, s->work, u, rest));
  PetscCall(EluteErrorNorm(s, r, u, size));
  *defect = 0;
  for (int p = 0; p < s->n_parts; p++)
    if (size[p] > 0) *defect = fmax(*defect, rest[p] / size[p]);
  return PETSC_SUCCESS;
}

/* M with theta is good where a mode is stiff in one factor at most. For a mode of theta lambda = rho in several, the
   factors with theta/rho are: the product of (rho + theta lambda_a) over the axes is then of the size of their sum. So
   the iterations go through a cycle of parameters, from the roughest modes (theta lambda about 8) to theta itself, as
   in alternating-direction iterations (Wachspress, Iterative Solution of Elliptic Systems, 1966). */
static double shift(const EluteStepper *s, double theta, int iteration) {
  double stiffness = theta * s->ops->fastest_diffusion;
  int cycle = stiffness > 8 ? 1 + (int)ceil(log(stiffness / 8) / log(8)) : 1;

  return theta * pow(8, -(cycle - 1 - iteration % cycle));
}

/* Direction z_j = M_j^-1 v_j; w = (I - theta J) z_j made orthogonal to the basis; column j of the Hessenberg matrix. */
static PetscErrorCode arnoldi(EluteStepper *s, Vec u, double theta, int j, double column[ELUTE_KRYLOV + 1]) {
  EluteKrylov *k = s->krylov;
  Vec w = k->basis[j + 1];
  EluteVecCombination copy = {.n = 1, .coefficient = {1}, .vector = {k->basis[j]}};
  double minus[ELUTE_KRYLOV + 1];

  PetscCall(EluteOperatorsCombine(s->ops, &copy, k->direction[j]));
  PetscCall(EluteFactorSolve(s, u, shift(s, theta, j), NULL, k->direction[j], s->ledger_rates));
  PetscCall(residual_of(s, u, theta, NULL, k->direction[j], NULL, w)); /* its sign is turned below */
  for (int pass = 0; pass < 2; pass++) { /* classical Gram-Schmidt; twice is enough (Giraud, Langou & Rozloznik 2005) */
    PetscCall(inner_products(s, w, u, j + 1, k->basis, minus));
    for (int i = 0; i <= j; i++) {
      column[i] = (pass ? column[i] : 0) - minus[i];
      minus[i] = -minus[i];
    }
    PetscCall(add_all(s, j + 1, minus, k->basis, w));
  }
  PetscCall(norm2(s, w, u, &column[j + 1]));
  if (column[j + 1] > 0) PetscCall(combine2(s, -1 / column[j + 1], w, 0, k->basis[j], w));
  return PETSC_SUCCESS;
}

/* y += Z c, with c from the triangular system. */
static PetscErrorCode add_solution(EluteStepper *s, int n, double H[ELUTE_KRYLOV][ELUTE_KRYLOV + 1], const double *g,
                                   Vec y) {
  EluteKrylov *k = s->krylov;
  double c[ELUTE_KRYLOV] = {0};

  for (int i = n - 1; i >= 0; i--) {
    c[i] = g[i];
    for (int j = i + 1; j < n; j++) c[i] -= H[j][i] * c[j];
    c[i] /= H[i][i];
  }
  return add_all(s, n, c, k->direction, y);
}

/* GMRES from the residual in basis[0], of norm beta, until it is below target or for as many iterations as allowed;
   these become the iterations made. */
static PetscErrorCode gmres(EluteStepper *s, Vec u, double theta, double beta, double target, Vec y, int *iterations) {
  double H[ELUTE_KRYLOV][ELUTE_KRYLOV + 1] = {{0}}, g[ELUTE_KRYLOV + 1] = {beta}, cosine[ELUTE_KRYLOV],
                                        sine[ELUTE_KRYLOV];
  int n = 0;

  while (n < *iterations && fabs(g[n]) > target) {
    PetscCall(krylov_get(s, n + 2));
    PetscCall(arnoldi(s, u, theta, n, H[n]));
    for (int i = 0; i <= n; i++) { /* Givens rotations, the new one last */
      if (i == n) {
        double length = hypot(H[n][n], H[n][n + 1]);

        cosine[n] = length > 0 ? H[n][n] / length : 1;
        sine[n] = length > 0 ? H[n][n + 1] / length : 0;
        g[n + 1] = -sine[n] * g[n];
        g[n] *= cosine[n];
      }
      double above = cosine[i] * H[n][i] + sine[i] * H[n][i + 1];

      H[n][i + 1] = -sine[i] * H[n][i] + cosine[i] * H[n][i + 1];
      H[n][i] = above;
    }
    if (H[n][n] == 0) break; /* the solution was exact before: nothing is left to go along */
    n++;
  }
  *iterations = n;
  return n ? add_solution(s, n, H, g, y) : PETSC_SUCCESS;
}

/* What is left of the residual is an error of the stage, so it is measured like one: well below 1, which is the
   tolerance of a step; and beside the size that a part of a stack has in the mean. (A fixed M needs no such care, being
   the same linear map in all stages; an iteration that stops early is not, and without this the method loses its
   order.) */
static double target_of(const EluteStepper *s, double size) {
  if (s->replay) return 0;
  if (s->time.always_gmres) return 1e-10 * size;
  return fmin(0.1, 0.5 * s->time.defect_limit * size / sqrt(s->n_parts));
}

PetscErrorCode EluteLinearSolve(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y, Vec r,
                                double *ledger, int *iterations) {
  double beta, size, coefficient[2] = {1, theta};
  double *arrays[2] = {ledger, s->ledger_rates};

  PetscCall(krylov_get(s, 1));
  PetscCall(residual_of(s, u, theta, scalar_increment, y, r, s->krylov->basis[0]));
  PetscCall(norm2(s, s->krylov->basis[0], u, &beta));
  PetscCall(norm2(s, r, u, &size));
  if (beta > target_of(s, size) && isfinite(beta)) {
    PetscCall(combine2(s, 1 / beta, s->krylov->basis[0], 0, r, s->krylov->basis[0]));
    PetscCall(gmres(s, u, theta, beta, target_of(s, size), y, iterations));
  } else {
    *iterations = 0;
  }
  s->statistics.gmres_iterations += *iterations;
  /* The ledger of y, then one more application of the extended M^-1 to what is left: each extended factor keeps the sum
     over cells and ledger, so the books close to rounding whatever the tolerance. */
  PetscCall(residual_of(s, u, theta, scalar_increment, y, r, s->krylov->sum));
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 2, coefficient, arrays, ledger));
  PetscCall(norm2(s, s->krylov->sum, u, &beta));
  if (!(beta <= s->linear_error)) s->linear_error = beta;
  PetscCall(EluteFactorSolve(s, u, theta, NULL, s->krylov->sum, ledger));
  return combine2(s, 1, y, 1, s->krylov->sum, y);
}
