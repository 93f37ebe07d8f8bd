/* The matrix, right-hand side and solver of the pressure equation (pressure.c), from the conductances of faces and what vessels,
   lymph and infusions do in cells. */
#include "flow_internal.h"

#include <string.h>

PetscErrorCode EluteOpPressureUnknown(const EluteOperators *ops, size_t row, size_t i, PetscInt *column) {
  const EluteMesh *mesh = ops->mesh;
  PetscInt first, cells = mesh->view.n_cells;
  size_t n = (size_t)mesh->view.n_rows;
  const PetscInt *range;

  PetscCall(VecGetOwnershipRange(elute_flow(ops)->solution, &first, NULL));
  PetscCall(VecGetOwnershipRanges(elute_flow(ops)->solution, &range));
  *column = (PetscInt)i + (row < n ? first + (PetscInt)row * cells
                                   : range[mesh->ghost_rank[row - n]] + mesh->ghost_row[row - n] * cells);
  return PETSC_SUCCESS;
}

/* The line of one cell: sum of T (p - p_j) + V (G_v + G_L where it drains) p = what flows in where p = 0. */
static PetscErrorCode assemble_cell(EluteOperators *ops, size_t row, size_t i, double *rhs) {
  const EluteMesh *mesh = ops->mesh;
  const struct EluteFlow *flow = elute_flow(ops);
  size_t at = row * (size_t)mesh->view.pitch + i;
  PetscInt column[7], n = 1;
  double value[7] = {0}, volume = EluteMeshCellVolume(mesh, (PetscInt)row, (PetscInt)i);
  double drains = flow->lymph_drains[at] ? flow->lymph[at] : 0;

  PetscCall(EluteOpPressureUnknown(ops, row, i, &column[0]));
  value[0] = volume * (flow->exchange[at] + drains);
  *rhs = volume * (flow->exchange[at] * flow->effective[at] + drains * flow->lymph_pressure[at] + flow->infused[at] -
                   flow->spread);
  for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
    size_t f = EluteOpFlowFace(ops, row, i, side), row2, i2;
    double t = flow->conductance[side / 2][f];

    value[0] += t;
    if (!EluteOpNeighbour(ops, row, i, side, &row2, &i2)) {
      *rhs -= (side & 1 ? 1 : -1) * flow->given[side / 2][f];
      continue;
    }
    if (t == 0) continue;
    PetscCall(EluteOpPressureUnknown(ops, row2, i2, &column[n]));
    value[n++] = -t;
  }
  return MatSetValues(flow->matrix, 1, column, n, column, value, INSERT_VALUES);
}

PetscErrorCode EluteOpAssemblePressure(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  double *rhs;

  if (EluteOpFlowCrosses(ops)) PetscCall(MatZeroEntries(flow->matrix));
  PetscCall(VecGetArray(flow->rhs, &rhs));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      PetscCall(assemble_cell(ops, row, i, &rhs[row * (size_t)m->n_cells + i]));
  PetscCall(VecRestoreArray(flow->rhs, &rhs));
  if (EluteOpFlowCrosses(ops)) PetscCall(EluteOpAssemblePressureCross(ops));
  PetscCall(MatAssemblyBegin(flow->matrix, MAT_FINAL_ASSEMBLY));
  return MatAssemblyEnd(flow->matrix, MAT_FINAL_ASSEMBLY);
}

PetscErrorCode EluteOpNewPressureSolver(EluteOperators *ops) {
  const PetscInt n = ops->mesh->view.n_rows * ops->mesh->view.n_cells;
  const bool crosses = EluteOpFlowCrosses(ops);
  struct EluteFlow *flow = elute_flow(ops);
  PC pc;

  PetscCall(KSPDestroy(&flow->ksp));
  PetscCall(MatDestroy(&flow->matrix));
  PetscCall(MatCreateAIJ(ops->mesh->comm, n, n, PETSC_DETERMINE, PETSC_DETERMINE, crosses ? 25 : 7, NULL, crosses ? 22 : 4,
                         NULL, &flow->matrix));
  PetscCall(MatSetOption(flow->matrix, MAT_SPD, PETSC_TRUE));
  PetscCall(KSPCreate(ops->mesh->comm, &flow->ksp));
  PetscCall(KSPSetOptionsPrefix(flow->ksp, "flow_"));
  PetscCall(KSPSetType(flow->ksp, KSPCG));
  PetscCall(KSPSetNormType(flow->ksp, KSP_NORM_UNPRECONDITIONED));
  PetscCall(KSPSetTolerances(flow->ksp, 1e-13, 1e-300, PETSC_DEFAULT, 2000));
  PetscCall(KSPSetInitialGuessNonzero(flow->ksp, PETSC_TRUE));
  PetscCall(KSPGetPC(flow->ksp, &pc));
  PetscCall(PCSetType(pc, PCGAMG));
  return KSPSetFromOptions(flow->ksp);
}

PetscErrorCode EluteOpCreatePressureSystem(EluteOperators *ops) {
  const EluteMesh *mesh = ops->mesh;
  const EluteMeshView *m = &mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  PetscInt n = m->n_rows * m->n_cells, n_ghosts = m->n_ghost_rows * m->n_cells, *index;
  const PetscInt *range;
  IS ghosts;

  PetscCall(VecCreateMPI(mesh->comm, n, PETSC_DETERMINE, &flow->solution));
  PetscCall(VecDuplicate(flow->solution, &flow->rhs));
  PetscCall(VecCreateSeq(PETSC_COMM_SELF, n_ghosts, &flow->ghosts));
  PetscCall(VecGetOwnershipRanges(flow->solution, &range));
  PetscCall(PetscMalloc1(n_ghosts + 1, &index));
  for (PetscInt g = 0; g < n_ghosts; g++)
    index[g] = range[mesh->ghost_rank[g / m->n_cells]] + mesh->ghost_row[g / m->n_cells] * m->n_cells + g % m->n_cells;
  PetscCall(ISCreateGeneral(PETSC_COMM_SELF, n_ghosts, index, PETSC_OWN_POINTER, &ghosts));
  PetscCall(VecScatterCreate(flow->solution, ghosts, flow->ghosts, NULL, &flow->scatter));
  PetscCall(ISDestroy(&ghosts));
  return EluteOpNewPressureSolver(ops);
}

PetscErrorCode EluteOpSetSolution(EluteOperators *ops, const double *cells) {
  const EluteMeshView *m = &ops->mesh->view;
  double *p;

  PetscCall(VecGetArray(elute_flow(ops)->solution, &p));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    memcpy(&p[row * (size_t)m->n_cells], &cells[row * (size_t)m->pitch], (size_t)m->n_cells * sizeof *p);
  return VecRestoreArray(elute_flow(ops)->solution, &p);
}
