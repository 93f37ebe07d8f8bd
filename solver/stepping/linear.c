/* The guard of the factorisation: its defect, and GMRES with M as preconditioner where the defect is too large. The
   inner product is the one of the error norm; it comes from norms by polarisation, so that no backend needs a kernel
   for it. */
#include "internal.h"

#include <math.h>

struct EluteKrylov {
  Vec basis[ELUTE_KRYLOV + 1];
  Vec sum;
  int n; /* basis vectors made so far */
};

static PetscErrorCode combine2(EluteStepper *s, double a, Vec x, double b, Vec y, Vec out) {
  EluteVecCombination c = {.n = 2, .coefficient = {a, b}, .vector = {x, y}};

  return EluteOperatorsCombine(s->ops, &c, out);
}

/* Root of the sum over all species: a norm that has an inner product. */
static PetscErrorCode norm2(EluteStepper *s, Vec x, Vec u, double *norm) {
  const double *x_array, *u_array;
  double sums[ELUTE_MAX_SPECIES] = {0}, total = 0;

  PetscCall(VecGetArrayReadAndMemType(x, &x_array, NULL));
  PetscCall(VecGetArrayReadAndMemType(u, &u_array, NULL));
  if (s->ops->backend->weighted_squares(&s->ops->view, x_array, u_array, s->time.accuracy, s->atol, sums)) {
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s", elute_backend_error());
  }
  PetscCall(VecRestoreArrayReadAndMemType(u, &u_array));
  PetscCall(VecRestoreArrayReadAndMemType(x, &x_array));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, s->ops->view.n_species, MPI_DOUBLE, MPI_SUM, s->ops->mesh->comm));
  for (int k = 0; k < s->ops->view.n_species; k++) total += sums[k];
  *norm = sqrt(total / s->volume);
  return PETSC_SUCCESS;
}

static PetscErrorCode krylov_get(EluteStepper *s, int n) {
  if (!s->krylov) PetscCall(PetscNew(&s->krylov));
  if (!s->krylov->sum) PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->krylov->sum));
  while (s->krylov->n < n) {
    PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->krylov->basis[s->krylov->n]));
    s->krylov->n++;
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteKrylovDestroy(EluteKrylov **krylov) {
  if (!*krylov) return PETSC_SUCCESS;
  for (int j = 0; j < (*krylov)->n; j++) PetscCall(VecDestroy(&(*krylov)->basis[j]));
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
  double size, rest;

  PetscCall(residual_of(s, u, theta, scalar_increment, y, r, s->work));
  PetscCall(EluteErrorNorm(s, s->work, u, &rest));
  PetscCall(EluteErrorNorm(s, r, u, &size));
  *defect = size > 0 ? rest / size : 0;
  return PETSC_SUCCESS;
}

/* <w, v_j> for a unit vector v_j: (|w + v|^2 - |w|^2 - 1) / 2, with w scaled to unit size first. */
static PetscErrorCode inner(EluteStepper *s, Vec w, double w_norm, Vec v, Vec u, double *product) {
  double both;

  *product = 0;
  if (!(w_norm > 0)) return PETSC_SUCCESS;
  PetscCall(combine2(s, 1 / w_norm, w, 1, v, s->krylov->sum));
  PetscCall(norm2(s, s->krylov->sum, u, &both));
  *product = w_norm * (both * both - 2) / 2;
  return PETSC_SUCCESS;
}

/* w <- (I - theta J) M^-1 v_j made orthogonal to the basis; column j of the Hessenberg matrix. The vector M^-1 v_j goes
   to `sum` only for the moment: solutions are put together from the basis in the end. */
static PetscErrorCode arnoldi(EluteStepper *s, Vec u, double theta, int j, double column[ELUTE_KRYLOV + 1]) {
  EluteKrylov *k = s->krylov;
  Vec w = k->basis[j + 1];
  EluteVecCombination copy = {.n = 1, .coefficient = {1}, .vector = {k->basis[j]}};
  double norm;

  PetscCall(EluteOperatorsCombine(s->ops, &copy, k->sum));
  PetscCall(EluteFactorSolve(s, u, theta, NULL, k->sum, s->ledger_rates));
  PetscCall(residual_of(s, u, theta, NULL, k->sum, NULL, w));
  PetscCall(combine2(s, -1, w, 0, k->sum, w));
  for (int pass = 0; pass < 2; pass++) { /* twice is enough (Giraud, Langou & Rozloznik 2005) */
    for (int i = 0; i <= j; i++) {
      double product;

      PetscCall(norm2(s, w, u, &norm));
      PetscCall(inner(s, w, norm, k->basis[i], u, &product));
      column[i] = (pass ? column[i] : 0) + product;
      PetscCall(combine2(s, 1, w, -product, k->basis[i], w));
    }
  }
  PetscCall(norm2(s, w, u, &column[j + 1]));
  if (column[j + 1] > 0) PetscCall(combine2(s, 1 / column[j + 1], w, 0, k->basis[j], w));
  return PETSC_SUCCESS;
}

/* y += M^-1 V c, with c from the triangular system. */
static PetscErrorCode add_solution(EluteStepper *s, Vec u, double theta, int n,
                                   double H[ELUTE_KRYLOV][ELUTE_KRYLOV + 1], const double *g, Vec y) {
  EluteKrylov *k = s->krylov;
  double c[ELUTE_KRYLOV] = {0};
  EluteVecCombination none = {.n = 0};

  for (int i = n - 1; i >= 0; i--) {
    c[i] = g[i];
    for (int j = i + 1; j < n; j++) c[i] -= H[j][i] * c[j];
    c[i] /= H[i][i];
  }
  PetscCall(EluteOperatorsCombine(s->ops, &none, k->sum));
  for (int i = 0; i < n; i++) PetscCall(combine2(s, 1, k->sum, c[i], k->basis[i], k->sum));
  PetscCall(EluteFactorSolve(s, u, theta, NULL, k->sum, s->ledger_rates));
  return combine2(s, 1, y, 1, k->sum, y);
}

/* GMRES from the residual in basis[0], of norm beta; returns the number of iterations. */
static PetscErrorCode gmres(EluteStepper *s, Vec u, double theta, double beta, double target, Vec y, int *iterations) {
  double H[ELUTE_KRYLOV][ELUTE_KRYLOV + 1] = {{0}}, g[ELUTE_KRYLOV + 1] = {beta}, cosine[ELUTE_KRYLOV],
                                        sine[ELUTE_KRYLOV];
  int n = 0;

  while (n < ELUTE_KRYLOV && fabs(g[n]) > target) {
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
    n++;
    if (H[n - 1][n - 1] == 0) break;
  }
  *iterations = n;
  return n ? add_solution(s, u, theta, n, H, g, y) : PETSC_SUCCESS;
}

PetscErrorCode EluteLinearSolve(EluteStepper *s, Vec u, double theta, const double *scalar_increment, double tolerance,
                                Vec y, Vec r, double *ledger, double *defect) {
  double beta, size, coefficient[2] = {1, theta};
  double *arrays[2] = {ledger, s->ledger_rates};
  int iterations = 0;

  PetscCall(krylov_get(s, 1));
  PetscCall(residual_of(s, u, theta, scalar_increment, y, r, s->krylov->basis[0]));
  PetscCall(norm2(s, s->krylov->basis[0], u, &beta));
  PetscCall(norm2(s, r, u, &size));
  if (beta > tolerance * size && isfinite(beta)) {
    PetscCall(combine2(s, 1 / beta, s->krylov->basis[0], 0, r, s->krylov->basis[0]));
    PetscCall(gmres(s, u, theta, beta, tolerance * size, y, &iterations));
  }
  s->statistics.gmres_iterations += iterations;
  /* The ledger of y, then one more application of the extended M^-1 to what is left: each extended factor keeps the sum
     over cells and ledger, so the books close to rounding whatever the tolerance. */
  PetscCall(residual_of(s, u, theta, scalar_increment, y, r, s->krylov->sum));
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 2, coefficient, arrays, ledger));
  PetscCall(norm2(s, s->krylov->sum, u, defect));
  *defect = size > 0 ? *defect / size : 0;
  PetscCall(EluteFactorSolve(s, u, theta, NULL, s->krylov->sum, ledger));
  return combine2(s, 1, y, 1, s->krylov->sum, y);
}
