/* Tensors of cells, and what the kernels need of them beside the conductances along the axes (kernels/cell/cross.h).

   Where half a cell lies beside a wall that its own diffusion does not pass, the flux through the wall is zero
   altogether: there the gradient across is -(sum of D_ab G_b)/D_aa, so that along the wall the half conducts like its
   tensor without that axis, the Schur complement. A face with a transfer coefficient k stands between: D_aa + k d/(phi
   Lambda), d the distance to the face, in place of D_aa. Octant by octant this gives the cell a tensor of its own. What
   its diagonal lacks is made up for by the shifts too, not in the conductances: the line factors of different axes
   commute where the tissue is the same, walls or not, and long steps stay stable. */
#include "flow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { XX, YY, ZZ, XY };

static int entry_of(int a, int b) {
  return a == b ? a : XY + a + b - 1;
}

static double *entry(double tensor[6], int a, int b) {
  return &tensor[entry_of(a, b)];
}

/* What the gradient along an axis, free to follow the others, leaves of the tensor of these. stiffness: of what is
   beyond the face, 0 of a wall. */
static void release_axis(double tensor[6], int axis, double stiffness) {
  double whole[6];

  memcpy(whole, tensor, sizeof whole);
  for (int a = 0; a < 3; a++)
    for (int b = a; b < 3; b++) {
      if (a == axis || b == axis) continue;
      *entry(tensor, a, b) -= *entry(whole, a, axis) * *entry(whole, b, axis) / (whole[axis] + stiffness);
    }
}

/* Mean over the octants of a cell; stiffness[side]: of what is beyond, infinite of a value or another cell. An entry is
   that of the octants which are open along both its axes. */
static void beside_edges(const double tensor[6], const double stiffness[6], double mean[6]) {
  int octants[6] = {0};

  memset(mean, 0, 6 * sizeof *mean);
  for (int octant = 0; octant < 8; octant++) {
    double own[6], beyond[3];

    memcpy(own, tensor, sizeof own);
    for (int a = 0; a < 3; a++) {
      beyond[a] = stiffness[2 * a + (octant >> a & 1)];
      if (isfinite(beyond[a])) release_axis(own, a, beyond[a]);
    }
    for (int a = 0; a < 3; a++)
      for (int b = a; b < 3; b++) {
        if (beyond[a] == 0 || beyond[b] == 0) continue;
        *entry(mean, a, b) += *entry(own, a, b);
        octants[entry(mean, a, b) - mean]++;
      }
  }
  for (int e = 0; e < 6; e++)
    if (octants[e])
      mean[e] /= octants[e];
    else if (e < XY) /* walls on both sides: nothing flows along the axis */
      mean[e] = tensor[e];
}

/* k d/(phi D Lambda) of a transfer coefficient; 0 of a wall, infinite of a value. A coefficient that cannot be had is
   reported where the face's conductance is made. */
static double stiffness_of(const EluteOperators *ops, int species, size_t row, size_t i, int side) {
  const EluteBoundarySpec *spec;
  double area, distance, x[3], k = 0;
  EluteWhere where;

  EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
  if (species < 0) return EluteOpPressureFixed(ops, side, x) ? INFINITY : 0;
  spec = EluteOpEdgeCondition(ops, species, side, x);
  if (spec && spec->kind == ELUTE_BOUNDARY_VALUE) return INFINITY;
  if (!spec || spec->kind != ELUTE_BOUNDARY_TRANSFER) return 0;
  where = EluteModelWhere(ops->model, x, EluteOpTissue(ops, row, i), ops->time, ops->segment_begin, ops->segment_end);
  if (EluteOpEvaluate(spec->coefficient, &where, &k) || !(k > 0)) return 0;
  return k * distance / EluteOpPermeability(ops, species, row, i);
}

static const double *tensor_of(const EluteTissue *tissue, bool of_flow) {
  return of_flow ? tissue->flow_tensor : tissue->diffusion_tensor;
}

const double *EluteOpTensor(const EluteOperators *ops, int species, size_t row, size_t i) {
  if (species >= 0 && elute_is_heat(ops, species)) return NULL;
  return tensor_of(&ops->model->tissues[EluteOpTissue(ops, row, i)], species < 0);
}

double EluteOpPermeabilityAlong(const EluteOperators *ops, int species, size_t row, size_t i, int axis) {
  const double *tensor = EluteOpTensor(ops, species, row, i);

  return EluteOpPermeability(ops, species, row, i) * (tensor ? tensor[axis] : 1);
}

/* The cell's own tensor and, of every axis, the number of halves that are not beside a wall. */
static void own_tensor(const EluteOperators *ops, int species, size_t row, size_t i, const double *whole,
                       double tensor[6], int open[3]) {
  const EluteMeshSpec *mesh = &ops->mesh->spec;
  double stiffness[6] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
  PetscInt index[3] = {(PetscInt)i, 0, 0};

  EluteMeshRowIndex(ops->mesh, (PetscInt)row, &index[1], &index[2]);
  open[0] = open[1] = open[2] = 2;
  for (int side = 0; side < 2 * mesh->dimension; side++) {
    if (mesh->periodic[side / 2] || index[side / 2] != (side & 1 ? mesh->n[side / 2] - 1 : 0)) continue;
    stiffness[side] = stiffness_of(ops, species, row, i, side);
    open[side / 2] -= stiffness[side] == 0;
  }
  beside_edges(whole, stiffness, tensor);
}

bool EluteOpTurns(const EluteOperators *ops, int species, size_t row, size_t i, double turn[6]) {
  const double *whole = EluteOpTensor(ops, species, row, i);
  const EluteMeshSpec *mesh = &ops->mesh->spec;
  PetscInt index[3] = {(PetscInt)i, 0, 0};
  double width[3], own[6];
  int open[3];

  memset(turn, 0, 6 * sizeof *turn);
  if (!whole) return false;
  own_tensor(ops, species, row, i, whole, own, open);
  EluteMeshRowIndex(ops->mesh, (PetscInt)row, &index[1], &index[2]);
  for (int a = 0; a < 3; a++) width[a] = mesh->edges[a][index[a] + 1] - mesh->edges[a][index[a]];
  for (int a = 0; a < 3; a++)
    for (int b = a; b < 3; b++) {
      /* one open half has the whole gradient, of which the mean with the other is half */
      const double beside = a != b ? *entry(own, a, b) : open[a] ? (own[a] - whole[a]) * 2 / open[a] : 0;

      *entry(turn, a, b) = beside * width[a] * width[b] /
                           (4 * EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i) * whole[a] * whole[b]);
    }
  return true;
}

bool EluteOpCross(const EluteOperators *ops, bool of_flow, bool needed[6]) {
  bool pair[3] = {false, false, false};

  for (int t = 0; t < ops->model->n_tissues; t++) {
    const double *tensor = tensor_of(&ops->model->tissues[t], of_flow);

    for (int p = 0; p < 3; p++) pair[p] |= tensor && tensor[XY + p] != 0;
  }
  for (int p = 0; p < 3; p++) /* beside walls two pairs make the third */
    needed[XY + p] = pair[p] || (pair[(p + 1) % 3] && pair[(p + 2) % 3]);
  for (int a = 0; a < 3; a++) needed[a] = needed[entry_of(a, (a + 1) % 3)] || needed[entry_of(a, (a + 2) % 3)];
  return needed[0] || needed[1] || needed[2];
}

/* Largest eigenvalue of D_ab/sqrt(D_aa D_bb): the largest root of (1 - s)^3 - (1 - s) sum r^2 + 2 r r r. */
static double correlation(const double *t) {
  double r[3], sum = 0, product;

  for (int a = 0; a < 3; a++)
    for (int b = a + 1; b < 3; b++) r[a + b - 1] = t[XY + a + b - 1] / sqrt(t[a] * t[b]);
  for (int p = 0; p < 3; p++) sum += r[p] * r[p];
  product = r[0] * r[1] * r[2];
  if (sum == 0) return 1;
  return 1 + 2 * sqrt(sum / 3) * cos(acos(fmin(fmax(product * pow(3 / sum, 1.5), -1), 1)) / 3);
}

static PetscErrorCode build_turns(EluteOperators *ops, const bool needed[6]) {
  const EluteMeshView *m = &ops->mesh->view;
  const bool single = ops->view.transport.single;
  size_t nm = (size_t)ops->model->n_mobile, pitch = (size_t)m->pitch, n = (size_t)m->n_rows * nm * pitch,
         bytes = n * (single ? sizeof(float) : sizeof(double));
  void *array = calloc(6, bytes + 1);
  PetscErrorCode code =
      array ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (%zu bytes of tensors)", 6 * bytes);

  for (size_t row = 0; !code && row < (size_t)m->n_rows; row++)
    for (size_t k = 0; k < nm; k++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++) {
        double turn[6], permeability = EluteOpPermeability(ops, (int)k, row, i);
        size_t at = (row * nm + k) * pitch + i;

        if (!(permeability > 0) || !EluteOpTurns(ops, (int)k, row, i, turn)) continue;
        for (size_t e = 0; e < 6; e++)
          if (single)
            ((float *)array)[e * n + at] = (float)(turn[e] / permeability);
          else
            ((double *)array)[e * n + at] = turn[e] / permeability;
      }
  for (size_t e = 0; e < 6 && !code; e++)
    if (needed[e]) code = EluteOpUpload(ops, (char *)array + e * bytes, bytes, &ops->view.cross.turn[e]);
  free(array);
  return code;
}

PetscErrorCode EluteOpBuildCross(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  bool needed[6];

  PetscFunctionBegin;
  ops->correlation = 1;
  for (int t = 0; t < ops->model->n_tissues; t++)
    if (ops->model->tissues[t].diffusion_tensor)
      ops->correlation = fmax(ops->correlation, correlation(ops->model->tissues[t].diffusion_tensor));
  if (!EluteOpCross(ops, false, needed)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteAgree(ops->mesh->comm, build_turns(ops, needed)));
  for (int a = 0; a < 3; a++) {
    if (!needed[a]) continue;
    PetscCall(EluteFieldsCreateVec(ops->fields, &d->shift[a]));
    PetscCall(EluteFieldsCreateGhost(ops->fields, &d->shift_ghost[a]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpDestroyCross(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  for (int a = 0; a < 3; a++) {
    PetscCall(VecDestroy(&d->shift[a]));
    PetscCall(VecDestroy(&d->shift_ghost[a]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
