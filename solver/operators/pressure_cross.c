/* The pressure equation where the hydraulic conductivity is a tensor that is not diagonal in the mesh's axes. As for
   diffusion (kernels/cell/cross.h): q = T (p_i - p_j + S_i + S_j), S_a = sum over b of turn_ab (q_lower + q_upper)_b of
   the fluxes along the axes alone. With P_a = (q_lower + q_upper)_a a linear function of the pressures of the cell and
   its neighbours, of which S_a is taken out of the same cells again, the matrix gains sum of turn_ab P_a P_b^T, cell by
   cell: symmetric, with 19 diagonals, beside walls up to 25. */
#include "../../kernels/cell/cross.h"
#include "flow_internal.h"

#include <stdlib.h>

enum { CELLS = 7 }; /* one and its neighbours */

bool EluteOpFlowCrosses(const EluteOperators *ops) {
  bool needed[6];

  return EluteOpCross(ops, true, needed);
}

double EluteOpConductivityAlong(const EluteOperators *ops, size_t row, size_t i, int axis) {
  const double *tensor = EluteOpTensor(ops, -1, row, i);

  return EluteOpConductivity(ops, row, i) * (tensor ? tensor[axis] : 1);
}

static double *turns_of(const EluteOperators *ops, size_t row, size_t i) {
  return elute_flow(ops)->turn + 6 * (row * (size_t)ops->mesh->view.pitch + i);
}

PetscErrorCode EluteOpPressureTurns(EluteOperators *ops, size_t row, size_t i) {
  struct EluteFlow *flow = elute_flow(ops);
  const EluteMeshView *m = &ops->mesh->view;
  const double conductivity = EluteOpConductivity(ops, row, i) * EluteOpGrowth(ops, row, i, row, i);

  if (!flow->turn) flow->turn = calloc(6 * (size_t)m->n_rows * (size_t)m->pitch + 1, sizeof(double));
  if (!flow->turn) return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (the tensor of the pressure)");
  EluteOpTurns(ops, -1, row, i, turns_of(ops, row, i));
  for (int e = 0; e < 6; e++) turns_of(ops, row, i)[e] /= conductivity;
  return PETSC_SUCCESS;
}

/* Adds a cell's part: weight[axis][c] of P_axis in unknown column[c], constant[axis] what it is where p = 0. */
static PetscErrorCode add_cell(EluteOperators *ops, size_t row, size_t i, const PetscInt column[CELLS],
                               double weight[3][CELLS], const double constant[3]) {
  struct EluteFlow *flow = elute_flow(ops);
  const double *turn = turns_of(ops, row, i);
  double value[CELLS][CELLS] = {{0}}, rhs[CELLS] = {0};

  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      const double t = turn[elute_entry(a, b)];

      for (int c = 0; c < CELLS; c++) {
        for (int e = 0; e < CELLS; e++) value[c][e] += t * weight[a][c] * weight[b][e];
        rhs[c] -= t * weight[a][c] * constant[b];
      }
    }
  PetscCall(MatSetValues(flow->matrix, CELLS, column, CELLS, column, &value[0][0], ADD_VALUES));
  return VecSetValues(flow->rhs, CELLS, column, rhs, ADD_VALUES);
}

static PetscErrorCode cell(EluteOperators *ops, size_t row, size_t i) {
  const struct EluteFlow *flow = elute_flow(ops);
  PetscInt column[CELLS];
  double weight[3][CELLS] = {{0}}, constant[3] = {0, 0, 0};

  PetscCall(EluteOpPressureUnknown(ops, row, i, &column[0]));
  for (int side = 0; side < 6; side++) {
    size_t f, row2, i2;
    int axis = side / 2, sign = side & 1 ? -1 : 1; /* of what lies beyond: q = T (lower - upper) */
    double t;

    column[1 + side] = -1; /* nothing there */
    if (axis >= ops->model->mesh.dimension) continue;
    f = EluteOpFlowFace(ops, row, i, side);
    t = flow->conductance[axis][f];
    weight[axis][0] -= sign * t;
    if (!EluteOpNeighbour(ops, row, i, side, &row2, &i2)) {
      constant[axis] += flow->given[axis][f];
      continue;
    }
    PetscCall(EluteOpPressureUnknown(ops, row2, i2, &column[1 + side]));
    weight[axis][1 + side] = sign * t;
  }
  return add_cell(ops, row, i, column, weight, constant);
}

PetscErrorCode EluteOpAssemblePressureCross(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);

  PetscCall(MatAssemblyBegin(flow->matrix, MAT_FLUSH_ASSEMBLY));
  PetscCall(MatAssemblyEnd(flow->matrix, MAT_FLUSH_ASSEMBLY));
  PetscCall(MatSetOption(flow->matrix, MAT_IGNORE_ZERO_ENTRIES, PETSC_TRUE)); /* most cells two apart do not meet */
  PetscCall(VecSetOption(flow->rhs, VEC_IGNORE_NEGATIVE_INDICES, PETSC_TRUE));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) PetscCall(cell(ops, row, i));
  PetscCall(VecAssemblyBegin(flow->rhs));
  return VecAssemblyEnd(flow->rhs);
}

/* S_a of the owned cells, without padding. */
static PetscErrorCode shifts(EluteOperators *ops, int axis, double *shift) {
  const EluteMeshView *m = &ops->mesh->view;
  const struct EluteFlow *flow = elute_flow(ops);

  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      double *s = &shift[row * (size_t)m->n_cells + i];

      *s = 0;
      for (int b = 0; b < ops->model->mesh.dimension; b++)
        *s += turns_of(ops, row, i)[elute_entry(axis, b)] * (flow->flux[b][EluteOpFlowFace(ops, row, i, 2 * b)] +
                                                             flow->flux[b][EluteOpFlowFace(ops, row, i, 2 * b + 1)]);
    }
  return PETSC_SUCCESS;
}

static PetscErrorCode add_flows(EluteOperators *ops, int axis, const double *shift, const double *ghost) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  size_t n = (size_t)m->n_cells;

  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < n; i++)
      for (int side = 2 * axis; side < 2 * axis + 2; side++) {
        size_t f = EluteOpFlowFace(ops, row, i, side), row2, i2, ny = (size_t)m->ny;
        size_t at = axis == 0 ? i : axis == 1 ? row % ny : row / ny;
        double sum = shift[row * n + i];

        if (!(side & 1) && at > 0) continue; /* the upper face of the cell below */
        if (EluteOpNeighbour(ops, row, i, side, &row2, &i2))
          sum += row2 < (size_t)m->n_rows ? shift[row2 * n + i2] : ghost[(row2 - (size_t)m->n_rows) * n + i2];
        flow->flux[axis][f] += flow->conductance[axis][f] * sum;
      }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOpAddPressureCross(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);
  Vec shift[3] = {NULL, NULL, NULL};

  for (int a = 0; a < ops->model->mesh.dimension; a++) {
    double *array;

    PetscCall(VecDuplicate(flow->solution, &shift[a]));
    PetscCall(VecGetArray(shift[a], &array));
    PetscCall(shifts(ops, a, array));
    PetscCall(VecRestoreArray(shift[a], &array));
  }
  for (int a = 0; a < ops->model->mesh.dimension; a++) {
    const double *array, *ghost;

    PetscCall(VecScatterBegin(flow->scatter, shift[a], flow->ghosts, INSERT_VALUES, SCATTER_FORWARD));
    PetscCall(VecScatterEnd(flow->scatter, shift[a], flow->ghosts, INSERT_VALUES, SCATTER_FORWARD));
    PetscCall(VecGetArrayRead(shift[a], &array));
    PetscCall(VecGetArrayRead(flow->ghosts, &ghost));
    PetscCall(add_flows(ops, a, array, ghost));
    PetscCall(VecRestoreArrayRead(flow->ghosts, &ghost));
    PetscCall(VecRestoreArrayRead(shift[a], &array));
    PetscCall(VecDestroy(&shift[a]));
  }
  return PETSC_SUCCESS;
}
