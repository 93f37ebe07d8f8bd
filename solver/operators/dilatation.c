/* Tissue that gives with the pressure (physics A3): K = K_0 exp(M e), e = (p - p_0)/(lambda + 2 G). The pressure is
   solved with K as it was, and ln K/K_0 follows by a share of its difference from that pressure's, which is chosen by
   Aitken's rule (Irons and Tuck 1969, Int J Numer Methods Eng 1:275), until both agree. Between two pressures of one
   tissue the mean of K over the pressures counts: the flux K dp/dx is then exact where K_0 is the same. */
#include <math.h>
#include <stdlib.h>
#include "flow_internal.h"

/* ln K/K_0 agrees to this; its change in a round is at most the second. */
static const double settled = 1e-9, largest_step = 1;

static double exponent(const EluteTissue *tissue, double pressure) {
  const EluteDilatation *d = &tissue->dilatation;

  return d->factor == 0 ? 0 : d->factor * (pressure - d->reference) / d->modulus;
}

/* Mean of exp between two exponents; the same to the bit when they are exchanged. */
static double mean_growth(double a, double b) {
  const double apart = fabs(b - a);

  return exp(fmin(a, b)) * (apart > 0 ? expm1(apart) / apart : 1);
}

double EluteOpGrowth(const EluteOperators *ops, size_t row, size_t i, size_t row2, size_t i2) {
  const double *dilatation = elute_flow(ops)->dilatation;
  const size_t pitch = (size_t)ops->mesh->view.pitch;

  if (!dilatation) return 1;
  if (EluteOpTissue(ops, row, i) != EluteOpTissue(ops, row2, i2)) return exp(dilatation[row * pitch + i]);
  return mean_growth(dilatation[row * pitch + i], dilatation[row2 * pitch + i2]);
}

double EluteOpGrowthTo(const EluteOperators *ops, size_t row, size_t i, double pressure) {
  const double *dilatation = elute_flow(ops)->dilatation;

  if (!dilatation) return 1;
  return mean_growth(dilatation[row * (size_t)ops->mesh->view.pitch + i],
                     exponent(&ops->model->tissues[EluteOpTissue(ops, row, i)], pressure));
}

PetscErrorCode EluteOpBuildDilatation(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  const size_t rows = (size_t)m->n_rows + (size_t)m->n_ghost_rows, pitch = (size_t)m->pitch;
  bool any = false;

  PetscFunctionBegin;
  for (int t = 0; t < ops->model->n_tissues; t++) any |= ops->model->tissues[t].dilatation.factor != 0;
  if (!any) PetscFunctionReturn(PETSC_SUCCESS);
  flow->dilatation = calloc(rows * pitch + 1, sizeof *flow->dilatation);
  flow->misfit = calloc((size_t)m->n_rows * pitch + 1, sizeof *flow->misfit);
  if (flow->dilatation && flow->misfit) PetscFunctionReturn(PETSC_SUCCESS);
  PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (dilated tissue)"));
}

/* What ln K/K_0 lacks of what the pressure found asks for, over the owned cells: its largest size, and how it went with
   its change since the round before. */
static PetscErrorCode compare(EluteOperators *ops, double *largest, double sums[2]) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);

  PetscFunctionBegin;
  *largest = sums[0] = sums[1] = 0;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      const size_t at = row * (size_t)m->pitch + i;
      const EluteTissue *tissue = &ops->model->tissues[EluteOpTissue(ops, row, i)];
      const double lacks = exponent(tissue, flow->pressure[at]) - flow->dilatation[at];
      const double change = lacks - flow->misfit[at];

      sums[0] += flow->misfit[at] * change, sums[1] += change * change;
      flow->misfit[at] = lacks;
      *largest = fmax(*largest, fabs(lacks));
    }
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 2, sums));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, 1, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Both sides of a rank boundary from the same pressure, so that they keep the same conductivity. */
static PetscErrorCode follow(EluteOperators *ops, double share) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  const size_t n_rows = (size_t)m->n_rows, pitch = (size_t)m->pitch;
  const double *ghost;

  PetscFunctionBegin;
  PetscCall(EluteOpScatterPressure(ops));
  PetscCall(VecGetArrayRead(flow->ghosts, &ghost));
  for (size_t row = 0; row < n_rows + (size_t)m->n_ghost_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      const EluteTissue *tissue = &ops->model->tissues[EluteOpTissue(ops, row, i)];
      const double p = row < n_rows ? flow->pressure[row * pitch + i] : ghost[(row - n_rows) * (size_t)m->n_cells + i];
      double *cell = &flow->dilatation[row * pitch + i];

      *cell += share * (exponent(tissue, p) - *cell);
    }
  PetscFunctionReturn(VecRestoreArrayRead(flow->ghosts, &ghost));
}

PetscErrorCode EluteOpDilate(EluteOperators *ops, bool first, bool *changed) {
  struct EluteFlow *flow = elute_flow(ops);
  double sums[2], share = 1;

  PetscFunctionBegin;
  PetscCall(compare(ops, &flow->largest_misfit, sums));
  *changed = !(flow->largest_misfit <= settled);
  if (!*changed) PetscFunctionReturn(PETSC_SUCCESS);
  if (!first) share = fmin(2, fmax(0.05, -flow->share * sums[0] / sums[1]));
  flow->share = fmin(share, largest_step / flow->largest_misfit);
  flow->dilations++;
  PetscFunctionReturn(follow(ops, flow->share));
}
