/* The pressure equation (flow.h), cell by cell on the same mesh: symmetric and positive, solved by conjugate gradients
   with algebraic multigrid (options -flow_ksp_…, -flow_pc_…). Lymph takes up fluid one way only: which of its cells
   drain is found by a few solutions, each with those that drained in the one before; so is conductivity that the
   pressure changes (dilatation.c). */
#include "flow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROUNDS = 50, MOST_DILATIONS = 100 };

static double *cells_of(const EluteOperators *ops) {
  return calloc((size_t)ops->mesh->view.n_rows * (size_t)ops->mesh->view.pitch + 1, sizeof(double));
}

/* The last condition named for this face; NULL: none, and no flow. */
static const EluteFlowBoundary *condition(const EluteOperators *ops, int side, const double x[3]) {
  const EluteFlowSpec *spec = &ops->model->flow;

  for (int b = spec->n_boundaries - 1; b >= 0; b--)
    if ((spec->boundaries[b].sides & (1U << side)) &&
        (!spec->boundaries[b].has_shape || elute_shape_contains(&spec->boundaries[b].shape, x)))
      return spec->boundaries[b].kind == ELUTE_FLOW_CLOSED ? NULL : &spec->boundaries[b];
  return NULL;
}

bool EluteOpPressureOpen(const EluteOperators *ops, int side, const double x[3]) {
  return condition(ops, side, x) != NULL;
}

bool EluteOpPressureFixed(const EluteOperators *ops, int side, const double x[3]) {
  const EluteFlowBoundary *b = condition(ops, side, x);

  return b && b->kind == ELUTE_FLOW_PRESSURE;
}

/* What vessels and lymph do in a cell. */
static PetscErrorCode cell_supply(EluteOperators *ops, size_t row, size_t i) {
  struct EluteFlow *flow = elute_flow(ops);
  size_t at = row * (size_t)ops->mesh->view.pitch + i;
  const EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);
  double v[ELUTE_N_SUPPLY];

  for (int s = 0; s < ELUTE_N_SUPPLY; s++) PetscCall(EluteOpSupply(ops, (EluteSupply)s, &where, row, i, &v[s]));
  flow->exchange[at] = v[ELUTE_SUPPLY_AREA] * v[ELUTE_SUPPLY_CONDUCTIVITY];
  flow->effective[at] = v[ELUTE_SUPPLY_PRESSURE] -
                        v[ELUTE_SUPPLY_REFLECTION] * (v[ELUTE_SUPPLY_OSMOTIC] - v[ELUTE_SUPPLY_OSMOTIC_TISSUE]);
  flow->lymph[at] = v[ELUTE_SUPPLY_LYMPH];
  flow->lymph_pressure[at] = v[ELUTE_SUPPLY_LYMPH_PRESSURE];
  flow->any_fixed |= flow->exchange[at] > 0;
  flow->any_lymph |= flow->lymph[at] > 0;
  return PETSC_SUCCESS;
}

/* T of a face, and what flows through it in spite of p = 0 where it is at the edge (towards the upper side). areas[b]:
   of all faces of boundary b; NULL: what is given stays. */
static PetscErrorCode face(EluteOperators *ops, size_t row, size_t i, int side, const double *areas) {
  const EluteMesh *mesh = ops->mesh;
  struct EluteFlow *flow = elute_flow(ops);
  int axis = side / 2, upper = side & 1;
  PetscInt n = mesh->spec.n[axis], index[3] = {(PetscInt)i, 0, 0};
  size_t at = EluteOpFlowFace(ops, row, i, side), row2, i2;
  double area, distance, x[3], here = EluteOpConductivityAlong(ops, row, i, axis), mine, outwards = upper ? 1 : -1, value;
  const EluteFlowBoundary *b;
  EluteWhere where;

  EluteMeshRowIndex(mesh, (PetscInt)row, &index[1], &index[2]);
  EluteMeshFace(mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
  mine = EluteOpHalfWidth(mesh, axis, index[axis], upper);
  if (EluteOpNeighbour(ops, row, i, side, &row2, &i2)) {
    double theirs = EluteOpHalfWidth(mesh, axis, (index[axis] + (upper ? 1 : n - 1)) % n, !upper);
    double there = EluteOpConductivityAlong(ops, row2, i2, axis) * EluteOpGrowth(ops, row2, i2, row, i);

    here *= EluteOpGrowth(ops, row, i, row2, i2);
    if (n > 1)
      flow->conductance[axis][at] = area / (upper ? mine / here + theirs / there : theirs / there + mine / here);
    return PETSC_SUCCESS;
  }
  b = area > 0 ? condition(ops, side, x) : NULL;
  if (!b) return PETSC_SUCCESS;
  if (b->kind == ELUTE_FLOW_INFLOW && !areas) return PETSC_SUCCESS;
  if (b->kind == ELUTE_FLOW_INFLOW) {
    flow->given[axis][at] = -outwards * b->inflow * area / areas[b - ops->model->flow.boundaries];
    return PETSC_SUCCESS;
  }
  where = EluteModelWhere(ops->model, x, EluteOpTissue(ops, row, i), ops->time, ops->segment_begin, ops->segment_end);
  PetscCall(EluteOpEvaluate(b->value, &where, &value));
  if (b->kind == ELUTE_FLOW_VELOCITY) {
    flow->given[axis][at] = -outwards * value * area;
    return PETSC_SUCCESS;
  }
  flow->conductance[axis][at] = area * here * EluteOpGrowthTo(ops, row, i, value) / mine;
  flow->given[axis][at] = -outwards * flow->conductance[axis][at] * value;
  flow->any_fixed = true;
  return PETSC_SUCCESS;
}

/* areas NULL: the faces and tensors alone, whose conductivity has changed. */
static PetscErrorCode build_cells(EluteOperators *ops, const double *areas) {
  const EluteMeshView *m = &ops->mesh->view;
  const bool crosses = EluteOpFlowCrosses(ops);

  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      if (areas) PetscCall(cell_supply(ops, row, i));
      if (crosses) PetscCall(EluteOpPressureTurns(ops, row, i));
      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) PetscCall(face(ops, row, i, side, areas));
    }
  return PETSC_SUCCESS;
}

static PetscErrorCode allocate(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  double **cells[] = {&flow->pressure, &flow->filtration, &flow->exchange,      &flow->effective,
                      &flow->lymph,    &flow->infused,    &flow->lymph_pressure};
  bool there = true;

  for (size_t c = 0; c < sizeof cells / sizeof cells[0]; c++) there &= (*cells[c] = cells_of(ops)) != NULL;
  for (int a = 0; a < ops->model->mesh.dimension; a++) {
    there &= (flow->conductance[a] = calloc(flow->faces[a] + 1, sizeof(double))) != NULL;
    there &= (flow->given[a] = calloc(flow->faces[a] + 1, sizeof(double))) != NULL;
  }
  there &= (flow->lymph_drains = calloc((size_t)m->n_rows * (size_t)m->pitch + 1, sizeof(bool))) != NULL;
  return there ? EluteOpBuildDilatation(ops) : EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (the pressure)");
}

/* Area of each boundary over all ranks. */
static PetscErrorCode boundary_areas(EluteOperators *ops, double **areas) {
  const EluteMeshView *m = &ops->mesh->view;
  const EluteFlowSpec *spec = &ops->model->flow;

  PetscCall(PetscCalloc1(spec->n_boundaries + 1, areas));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        const EluteFlowBoundary *b;
        double area, distance, x[3];
        size_t row2, i2;

        if (EluteOpNeighbour(ops, row, i, side, &row2, &i2)) continue;
        EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
        b = condition(ops, side, x);
        if (b) (*areas)[b - spec->boundaries] += area;
      }
  PetscCall(EluteOpSumRanks(ops->mesh->comm, spec->n_boundaries, *areas));
  for (int b = 0; b < spec->n_boundaries; b++)
    if (spec->boundaries[b].kind == ELUTE_FLOW_INFLOW && !((*areas)[b] > 0))
      return EluteFail(ELUTE_EXIT_CASE, "flow.boundaries.%s: no face is there for the inflow, or later ones cover it",
                       spec->boundaries[b].name);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOpBuildPressure(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);
  MPI_Comm comm = ops->mesh->comm;
  double *areas = NULL, begin = MPI_Wtime();
  PetscErrorCode code;

  PetscFunctionBegin;
  if (ops->model->flow.n_infusions > 64)
    PetscFunctionReturn(
        EluteFail(ELUTE_EXIT_CASE, "flow.infusions: found %d; at most 64 are possible", ops->model->flow.n_infusions));
  PetscCall(EluteAgree(comm, allocate(ops)));
  code = boundary_areas(ops, &areas);
  if (!code) code = EluteAgree(comm, build_cells(ops, areas));
  PetscCall(PetscFree(areas));
  PetscCall(code);
  PetscCall(EluteOpAny(comm, &flow->any_fixed));
  PetscCall(EluteOpAny(comm, &flow->any_lymph));
  PetscCall(EluteOpCreatePressureSystem(ops));
  flow->seconds = MPI_Wtime() - begin;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpContinuePressure(EluteOperators *ops, const struct EluteFlow *before) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);

  PetscFunctionBegin;
  PetscCall(VecCopy(before->solution, flow->solution));
  for (size_t at = 0; at < (size_t)m->n_rows * (size_t)m->pitch; at++)
    flow->lymph_drains[at] = before->lymph_drains[at];
  if (flow->dilatation) {
    memcpy(flow->dilatation, before->dilatation,
           ((size_t)m->n_rows + (size_t)m->n_ghost_rows) * (size_t)m->pitch * sizeof *flow->dilatation);
    PetscCall(EluteAgree(ops->mesh->comm, build_cells(ops, NULL)));
  }
  flow->version = before->version, flow->dilations = before->dilations;
  flow->solves = before->solves, flow->iterations = before->iterations, flow->seconds += before->seconds;
  flow->highest = before->highest;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1/s of every cell, from the infusions that act. */
static PetscErrorCode infuse(EluteOperators *ops, uint64_t acting) {
  const EluteMeshView *m = &ops->mesh->view;
  const EluteFlowSpec *spec = &ops->model->flow;
  struct EluteFlow *flow = elute_flow(ops);
  size_t n = (size_t)m->n_rows * (size_t)m->pitch;
  double *fraction = cells_of(ops), unused;
  PetscErrorCode code = fraction ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (an infusion)");

  PetscCall(EluteAgree(ops->mesh->comm, code));
  memset(flow->infused, 0, n * sizeof *flow->infused);
  for (int f = 0; f < spec->n_infusions; f++) {
    EluteSum local = {0, 0};
    double volume;

    if (!(acting >> f & 1)) continue;
    PetscCall(EluteMeshShapeFractions(ops->mesh, &spec->infusions[f].shape, fraction, &unused));
    for (size_t row = 0; row < (size_t)m->n_rows; row++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++)
        elute_add(&local,
                  fraction[row * (size_t)m->pitch + i] * EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i));
    volume = elute_total(local);
    PetscCall(EluteOpSumRanks(ops->mesh->comm, 1, &volume));
    if (!(volume > 0))
      return EluteFail(ELUTE_EXIT_CASE, "flow.infusions.%s: its shape lies outside the mesh", spec->infusions[f].name);
    for (size_t c = 0; c < n; c++) flow->infused[c] += spec->infusions[f].rate * fraction[c] / volume;
  }
  free(fraction);
  return PETSC_SUCCESS;
}

/* Nothing fixes the pressure: what enters must leave, and the mean pressure is zero. */
static PetscErrorCode balance(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  double sums[3] = {0, 0, 0}; /* surplus, size, volume */
  const double *rhs;
  MatNullSpace constant;

  PetscCall(VecGetArrayRead(flow->rhs, &rhs));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      sums[0] += rhs[row * (size_t)m->n_cells + i];
      sums[1] += fabs(rhs[row * (size_t)m->n_cells + i]);
      sums[2] += EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i);
    }
  PetscCall(VecRestoreArrayRead(flow->rhs, &rhs));
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 3, sums));
  if (fabs(sums[0]) > 1e-9 * sums[1]) {
    if (!ops->model->flow.spread)
      return EluteFail(
          ELUTE_EXIT_CASE,
          "flow: nothing fixes the pressure (no pressure on a side, no vessels, no lymph that drains) and %g "
          "m3/s more enter than leave; expected a pressure somewhere, flows that balance, or unbalanced: "
          "spread",
          sums[0]);
    flow->spread = sums[0] / sums[2];
    PetscCall(EluteOpAssemblePressure(ops));
  }
  PetscCall(MatNullSpaceCreate(ops->mesh->comm, PETSC_TRUE, 0, NULL, &constant));
  PetscCall(MatSetNullSpace(flow->matrix, constant));
  PetscCall(MatNullSpaceRemove(constant, flow->rhs));
  return MatNullSpaceDestroy(&constant);
}

static PetscErrorCode solve_linear(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  bool drains = false;
  KSPConvergedReason reason;
  PetscInt iterations;
  const double *p;

  for (size_t at = 0; at < (size_t)m->n_rows * (size_t)m->pitch; at++)
    drains |= flow->lymph_drains[at] && flow->lymph[at] > 0;
  PetscCall(EluteOpAny(ops->mesh->comm, &drains));
  flow->spread = 0;
  PetscCall(EluteOpAssemblePressure(ops));
  PetscCall(MatSetNullSpace(flow->matrix, NULL));
  if (!flow->any_fixed && !drains) PetscCall(balance(ops));
  PetscCall(KSPSetOperators(flow->ksp, flow->matrix, flow->matrix));
  PetscCall(KSPSolve(flow->ksp, flow->rhs, flow->solution));
  PetscCall(KSPGetConvergedReason(flow->ksp, &reason));
  PetscCall(KSPGetIterationNumber(flow->ksp, &iterations));
  flow->solves++;
  flow->iterations += iterations;
  if (reason < 0)
    return EluteFail(ELUTE_EXIT_NUMERICS, "flow: the pressure did not converge in %d iterations (%s)", (int)iterations,
                     KSPConvergedReasons[reason]);
  PetscCall(VecGetArrayRead(flow->solution, &p));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      flow->pressure[row * (size_t)m->pitch + i] = p[row * (size_t)m->n_cells + i];
  return VecRestoreArrayRead(flow->solution, &p);
}

/* Which lymph drains at the pressure found; *changed: others than before. */
static PetscErrorCode find_draining(EluteOperators *ops, bool *changed) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);

  *changed = false;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      size_t at = row * (size_t)m->pitch + i;
      bool drains = flow->pressure[at] > flow->lymph_pressure[at];

      if (flow->lymph[at] <= 0 || drains == flow->lymph_drains[at]) continue;
      flow->lymph_drains[at] = drains;
      *changed = true;
    }
  return EluteOpAny(ops->mesh->comm, changed);
}

PetscErrorCode EluteOpScatterPressure(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);

  PetscFunctionBegin;
  PetscCall(VecScatterBegin(flow->scatter, flow->solution, flow->ghosts, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(flow->scatter, flow->solution, flow->ghosts, INSERT_VALUES, SCATTER_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* q = T (p_below - p_above), both sides of a rank boundary from the same numbers; and the filtration. */
static PetscErrorCode flows(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  const double *ghost;

  PetscCall(EluteOpScatterPressure(ops));
  PetscCall(VecGetArrayRead(flow->ghosts, &ghost));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      double p = flow->pressure[row * (size_t)m->pitch + i];

      flow->filtration[row * (size_t)m->pitch + i] =
          flow->exchange[row * (size_t)m->pitch + i] * (flow->effective[row * (size_t)m->pitch + i] - p);
      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        size_t f = EluteOpFlowFace(ops, row, i, side), row2, i2, n = (size_t)m->n_rows;
        double t = flow->conductance[side / 2][f], other = 0;

        if (EluteOpNeighbour(ops, row, i, side, &row2, &i2))
          other = row2 < n ? flow->pressure[row2 * (size_t)m->pitch + i2] : ghost[(row2 - n) * (size_t)m->n_cells + i2];
        flow->flux[side / 2][f] = (side & 1 ? t * (p - other) : t * (other - p)) + flow->given[side / 2][f];
      }
    }
  PetscCall(VecRestoreArrayRead(flow->ghosts, &ghost));
  return EluteOpFlowCrosses(ops) ? EluteOpAddPressureCross(ops) : PETSC_SUCCESS;
}

static uint64_t acting_in(const EluteOperators *ops) {
  const EluteFlowSpec *spec = &ops->model->flow;
  double middle = 0.5 * (ops->segment_begin + ops->segment_end);
  uint64_t acting = 0;

  for (int f = 0; f < spec->n_infusions; f++)
    if (middle > spec->infusions[f].from && middle < spec->infusions[f].to) acting |= UINT64_C(1) << f;
  return acting;
}

/* Solutions, each with the lymph that drained and the conductivity at the pressure of the one before. */
static PetscErrorCode settle(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);
  const int most = flow->dilatation ? MOST_DILATIONS : MOST_ROUNDS;
  bool drains = true, dilates = flow->dilatation != NULL;

  for (int round = 0; (drains || dilates) && round < most; round++) {
    PetscCall(solve_linear(ops));
    drains = false;
    if (flow->any_lymph) PetscCall(find_draining(ops, &drains));
    if (!flow->dilatation) continue;
    PetscCall(EluteOpDilate(ops, round == 0, &dilates));
    if (dilates) PetscCall(EluteAgree(ops->mesh->comm, build_cells(ops, NULL)));
  }
  if (dilates)
    return EluteFail(ELUTE_EXIT_NUMERICS,
                     "flow: the dilated conductivity did not settle in %d solutions (ln K/K_0 still lacks %.2g); more "
                     "fluid may be drawn than the tissue can carry, or its dilatation is too strong",
                     most, flow->largest_misfit);
  if (drains) return EluteFail(ELUTE_EXIT_NUMERICS, "flow: which lymph drains did not settle in %d solutions", most);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOpSolvePressure(EluteOperators *ops, bool *changed) {
  struct EluteFlow *flow = elute_flow(ops);
  uint64_t acting = acting_in(ops);
  double begin = MPI_Wtime(), peak;

  PetscFunctionBegin;
  *changed = !flow->solved || acting != flow->acting;
  if (!*changed) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(infuse(ops, acting));
  PetscCall(EluteOpNewPressureSolver(ops));
  for (size_t at = 0; !flow->solves && at < (size_t)ops->mesh->view.n_rows * (size_t)ops->mesh->view.pitch; at++)
    flow->lymph_drains[at] = flow->lymph[at] > 0;
  PetscCall(settle(ops));
  PetscCall(flows(ops));
  PetscCall(VecMax(flow->solution, NULL, &peak));
  flow->highest = fmax(flow->highest, peak);
  flow->acting = acting, flow->solved = true;
  flow->seconds += MPI_Wtime() - begin;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything that follows from the pressure, the conductivity and the infusions that act. */
static PetscErrorCode take_up(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);
  const size_t rows = (size_t)m->n_rows, ghosts = (size_t)m->n_ghost_rows, pitch = (size_t)m->pitch, n = (size_t)m->n_cells;
  const double *ghost;
  bool changed;

  PetscCall(infuse(ops, flow->acting));
  if (flow->dilatation) {
    PetscCall(EluteOpSetSolution(ops, flow->dilatation));
    PetscCall(EluteOpScatterPressure(ops));
    PetscCall(VecGetArrayRead(flow->ghosts, &ghost));
    for (size_t row = 0; row < ghosts; row++) memcpy(&flow->dilatation[(rows + row) * pitch], &ghost[row * n], n * sizeof *ghost);
    PetscCall(VecRestoreArrayRead(flow->ghosts, &ghost));
    PetscCall(EluteAgree(ops->mesh->comm, build_cells(ops, NULL)));
  }
  PetscCall(EluteOpSetSolution(ops, flow->pressure));
  PetscCall(find_draining(ops, &changed));
  return flows(ops);
}

PetscErrorCode EluteOpFlowCheckpoint(EluteOperators *ops, EluteCheckpoint *checkpoint) {
  const size_t pitch = (size_t)ops->mesh->view.pitch;
  struct EluteFlow *flow = elute_flow(ops);
  struct {
    int64_t solves, iterations, dilations;
    uint64_t acting;
    double spread, seconds, highest;
  } kept;

  PetscFunctionBegin;
  if (!flow || !flow->pressure) PetscFunctionReturn(PETSC_SUCCESS);
  kept.solves = flow->solves, kept.iterations = flow->iterations, kept.dilations = flow->dilations;
  kept.acting = flow->acting;
  kept.spread = flow->spread, kept.seconds = flow->seconds, kept.highest = flow->highest;
  PetscCall(EluteCheckpointBlock(checkpoint, "flow", &kept, sizeof kept));
  PetscCall(EluteCheckpointCells(checkpoint, "flow.pressure", flow->pressure, pitch));
  if (flow->dilatation) PetscCall(EluteCheckpointCells(checkpoint, "flow.dilatation", flow->dilatation, pitch));
  if (!EluteCheckpointReads(checkpoint)) PetscFunctionReturn(PETSC_SUCCESS);
  flow->solves = kept.solves, flow->iterations = kept.iterations, flow->dilations = kept.dilations;
  flow->acting = kept.acting, flow->solved = true;
  flow->spread = kept.spread, flow->seconds += kept.seconds, flow->highest = kept.highest;
  PetscFunctionReturn(take_up(ops));
}

void EluteOpDestroyPressure(struct EluteFlow *flow) {
  (void)KSPDestroy(&flow->ksp);
  (void)MatDestroy(&flow->matrix);
  (void)VecDestroy(&flow->solution);
  (void)VecDestroy(&flow->rhs);
  (void)VecDestroy(&flow->ghosts);
  (void)VecScatterDestroy(&flow->scatter);
  for (int a = 0; a < 3; a++) free(flow->conductance[a]), free(flow->given[a]);
  free(flow->pressure), free(flow->filtration), free(flow->exchange), free(flow->effective), free(flow->lymph);
  free(flow->lymph_pressure), free(flow->lymph_drains), free(flow->infused), free(flow->turn);
  free(flow->dilatation), free(flow->misfit);
}
