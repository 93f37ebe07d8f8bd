/* Volume rates of the faces and what the kernels need beside them; what is said of the flow. The pressure equation is
   in pressure.c. */
#include "flow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t EluteOpFlowFace(const EluteOperators *ops, size_t row, size_t i, int side) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch, ny = (size_t)m->ny, z = row / ny, y = row % ny, above = (size_t)(side & 1);

  return side < 2   ? row * pitch + i + above
         : side < 4 ? (z * (ny + 1) + y + above) * pitch + i
                    : ((z + above) * ny + y) * pitch + i;
}

static PetscErrorCode no_memory(void) {
  return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (the flow)");
}

/* Whether the face is the edge of the domain. */
static bool at_edge(const EluteOperators *ops, size_t row, size_t i, int side) {
  size_t row2, i2;

  return !EluteOpNeighbour(ops, row, i, side, &row2, &i2);
}

/* The given velocity, at the centre of every face, times its area. */
static PetscErrorCode prescribe(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  struct EluteFlow *flow = elute_flow(ops);

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        double area, distance, x[3], speed;
        EluteWhere where;

        EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
        /* a face between ranks, or across a seam, gets the same number on both sides */
        if (!at_edge(ops, row, i, side) && ops->mesh->spec.periodic[side / 2] && (side & 1) &&
            x[side / 2] >= ops->mesh->spec.edges[side / 2][ops->mesh->spec.n[side / 2]])
          x[side / 2] = ops->mesh->spec.edges[side / 2][0];
        where =
            EluteModelWhere(ops->model, x, EluteOpTissue(ops, row, i), ops->time, ops->segment_begin, ops->segment_end);
        PetscCall(EluteOpEvaluate(ops->model->flow.velocity[side / 2], &where, &speed));
        flow->flux[side / 2][EluteOpFlowFace(ops, row, i, side)] = speed * area;
      }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* f/(phi R); the array of inverse capacities itself where that is the same. */
static PetscErrorCode upload_carry(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  bool single = ops->view.transport.single, same = true;
  size_t rows = (size_t)m->n_rows + (size_t)m->n_ghost_rows, pitch = (size_t)m->pitch,
         nm = (size_t)ops->model->n_mobile, bytes = rows * nm * pitch * (single ? sizeof(float) : sizeof(double));
  void *array = calloc(1, bytes + 1);
  PetscErrorCode code;

  PetscFunctionBegin;
  if (!array) PetscFunctionReturn(no_memory());
  for (size_t row = 0; row < rows; row++)
    for (size_t k = 0; k < nm; k++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++) {
        double carry = EluteOpCarry(ops, (int)k, row, i);
        size_t at = (row * nm + k) * pitch + i;

        same = same && carry == EluteOpInverseCapacity(ops, (int)k, row, i);
        if (single)
          ((float *)array)[at] = (float)carry;
        else
          ((double *)array)[at] = carry;
      }
  ops->view.flow.carry = ops->view.transport.inverse_capacity;
  code = same ? PETSC_SUCCESS : EluteOpUpload(ops, array, bytes, &ops->view.flow.carry);
  free(array);
  PetscFunctionReturn(code);
}

static PetscErrorCode upload_weights(EluteOperators *ops, int axis) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t n = (size_t)(axis == 0 ? m->n_cells : axis == 1 ? m->ny : m->nz), bytes = 4 * (n + 1) * sizeof(double);
  double *weight = calloc(1, bytes);
  PetscErrorCode code;

  PetscFunctionBegin;
  if (!weight) PetscFunctionReturn(no_memory());
  EluteMeshFaceWeights(ops->mesh, axis, weight);
  code = EluteOpUpload(ops, weight, bytes, &ops->view.flow.weight[axis]);
  free(weight);
  PetscFunctionReturn(code);
}

/* Arrays of the faces, and the given velocities. */
static PetscErrorCode create(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch, ny = (size_t)m->ny, nz = (size_t)m->nz;
  struct EluteFlow *flow = elute_data(ops)->flow = calloc(1, sizeof *flow);

  PetscFunctionBegin;
  if (!flow) PetscFunctionReturn(no_memory());
  flow->n_owners = 1;
  flow->highest = -INFINITY;
  for (int a = 0; a < ops->model->mesh.dimension; a++) {
    flow->faces[a] = m->n_rows == 0 ? 0 : pitch * (a == 0 ? ny * nz : a == 1 ? nz * (ny + 1) : (nz + 1) * ny);
    flow->flux[a] = calloc(flow->faces[a] + 1, sizeof(double));
    if (!flow->flux[a]) PetscFunctionReturn(no_memory());
  }
  if (ops->model->flow.model == ELUTE_FLOW_PRESCRIBED) PetscCall(prescribe(ops));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for the volume rates in the backend's memory. */
static PetscErrorCode make_room(EluteOperators *ops) {
  PetscFunctionBegin;
  for (int a = 0; a < ops->model->mesh.dimension; a++)
    PetscCall(EluteOpUpload(ops, NULL, elute_flow(ops)->faces[a] * sizeof(double), &ops->view.flow.flux[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpBuildFlow(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  if (!ops->model->flow.model) PetscFunctionReturn(PETSC_SUCCESS);
  if (d->before && !EluteOpPressureChanges(ops)) {
    d->flow = d->before->flow;
    d->flow->n_owners++;
  } else {
    PetscCall(EluteAgree(ops->mesh->comm, create(ops)));
    if (ops->model->flow.model == ELUTE_FLOW_DARCY_STARLING) PetscCall(EluteOpBuildPressure(ops));
    if (d->before) PetscCall(EluteOpContinuePressure(ops, d->before->flow));
  }
  PetscFunctionReturn(EluteAgree(ops->mesh->comm, make_room(ops)));
}

static PetscErrorCode finish(EluteOperators *ops) {
  PetscFunctionBegin;
  if (ops->model->n_mobile) PetscCall(upload_carry(ops));
  for (int a = 0; a < ops->model->mesh.dimension && ops->model->flow.limited; a++) PetscCall(upload_weights(ops, a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Below this cell Peclet number the factorisation is as good as for diffusion alone: what it lets grow stays under 0.2
   % a step (from the symbol of the schemes, solver/stepping/tableau.c). */
#define PECLET_OF_DIFFUSION 0.1

/* f |u| h/(phi D) at a face through which q flows; infinite without diffusion. */
static double cell_peclet(const EluteOperators *ops, int k, size_t row, size_t i, int axis, double speed, double width) {
  const double *tensor = EluteOpTensor(ops, k, row, i);
  double phi = EluteOpPhi(ops, k, row, i);

  return phi > 0 ? EluteOpHindrance(ops, k, row, i) * speed * width /
                       (phi * EluteOpDiffusivity(ops, k, row, i) *
                        (tensor ? tensor[axis] : 1))
                 : 0;
}

/* Largest part of a cell's amount that leaves with the fluid, 1/s. */
static PetscErrorCode measure_advection(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  const struct EluteFlow *flow = elute_flow(ops);

  PetscFunctionBegin;
  ops->fastest_advection = 0;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      double rate[ELUTE_MAX_SPECIES] = {0};

      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        double area, distance, x[3], q = flow->flux[side / 2][EluteOpFlowFace(ops, row, i, side)] * (side & 1 ? 1 : -1);

        if (q <= 0) continue;
        EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
        for (int k = 0; k < ops->model->n_mobile; k++)
          if (cell_peclet(ops, k, row, i, side / 2, q / area, 2 * distance) > PECLET_OF_DIFFUSION)
            rate[k] += q * EluteOpCarry(ops, k, row, i) / EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i);
      }
      for (int k = 0; k < ops->model->n_mobile; k++) ops->fastest_advection = fmax(ops->fastest_advection, rate[k]);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &ops->fastest_advection, 1, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode upload_flux(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);

  PetscFunctionBegin;
  for (int a = 0; a < ops->model->mesh.dimension; a++)
    if (flow->faces[a])
      ELUTE_OP_CALL(ops, ops->backend->to_backend((double *)ops->view.flow.flux[a], flow->flux[a],
                                                  flow->faces[a] * sizeof(double)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpUpdateFlow(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);
  bool changed = false;

  PetscFunctionBegin;
  if (!flow) PetscFunctionReturn(PETSC_SUCCESS);
  if (!ops->view.flow.carry && ops->model->n_mobile) PetscCall(EluteAgree(ops->mesh->comm, finish(ops)));
  ops->view.flow.limited = ops->model->flow.limited;
  if (ops->model->flow.model == ELUTE_FLOW_DARCY_STARLING)
    PetscCall(EluteOpSolvePressure(ops, &changed));
  if (!changed && elute_data(ops)->flow_uploaded) PetscFunctionReturn(PETSC_SUCCESS);
  elute_data(ops)->flow_uploaded = true;
  flow->version++;
  PetscCall(EluteAgree(ops->mesh->comm, upload_flux(ops)));
  PetscCall(EluteAgree(ops->mesh->comm, EluteOpUpdateExchanges(ops)));
  PetscFunctionReturn(measure_advection(ops));
}

int EluteOpFlowThrough(const EluteOperators *ops, int species, size_t row, size_t i, int side) {
  const struct EluteFlow *flow = elute_flow(ops);
  double area, distance, x[3];
  bool passes;

  if (!flow || !flow->flux[side / 2] || elute_is_heat(ops, species)) return 0;
  EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
  if (area <= 0) return 0;
  passes = !at_edge(ops, row, i, side) || (ops->model->flow.model == ELUTE_FLOW_PRESCRIBED
                                               ? flow->flux[side / 2][EluteOpFlowFace(ops, row, i, side)] != 0
                                               : EluteOpPressureOpen(ops, side, x));
  return passes ? (side & 1 ? 1 : -1) : 0;
}

bool EluteOpFlowOpensSide(const EluteOperators *ops, int side) {
  const EluteFlowSpec *spec = &ops->model->flow;

  if (!spec->model || side >= 2 * ops->model->mesh.dimension || ops->model->mesh.periodic[side / 2]) return false;
  for (int b = 0; b < spec->n_boundaries; b++)
    if ((spec->boundaries[b].sides & (1U << side)) && spec->boundaries[b].kind != ELUTE_FLOW_CLOSED) return true;
  return spec->model == ELUTE_FLOW_PRESCRIBED;
}

void EluteOpDestroyFlow(EluteOperators *ops) {
  struct EluteFlow *flow = elute_flow(ops);

  if (!flow || --flow->n_owners > 0) return;
  EluteOpDestroyPressure(flow);
  for (int a = 0; a < 3; a++) free(flow->flux[a]);
  free(flow);
}

/* ---- what is said of it ---- */

const double *EluteFlowPressure(const EluteOperators *ops) {
  return elute_flow(ops) ? elute_flow(ops)->pressure : NULL;
}

const double *EluteFlowFiltration(const EluteOperators *ops) {
  return elute_flow(ops) ? elute_flow(ops)->filtration : NULL;
}

int64_t EluteFlowVersion(const EluteOperators *ops) {
  return elute_flow(ops) ? elute_flow(ops)->version : 0;
}

void EluteFlowVelocity(const EluteOperators *ops, PetscInt row, PetscInt i, double velocity[3]) {
  const struct EluteFlow *flow = elute_flow(ops);

  velocity[0] = velocity[1] = velocity[2] = 0;
  for (int side = 0; flow && side < 2 * ops->model->mesh.dimension; side++) {
    double area, distance, x[3];

    EluteMeshFace(ops->mesh, row, i, side, &area, &distance, x);
    if (area > 0)
      velocity[side / 2] += 0.5 * flow->flux[side / 2][EluteOpFlowFace(ops, (size_t)row, (size_t)i, side)] / area;
  }
}

/* Largest velocity, Peclet numbers and numerical diffusion, from the lower faces of the owned cells. */
static void measure_faces(const EluteOperators *ops, EluteFlowSummary *s) {
  const EluteMeshView *m = &ops->mesh->view;
  const struct EluteFlow *flow = elute_flow(ops);

  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        double area, distance, x[3], speed;

        EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
        if (area <= 0) continue;
        speed = fabs(flow->flux[side / 2][EluteOpFlowFace(ops, row, i, side)]) / area;
        s->fastest = fmax(s->fastest, speed);
        for (int k = 0; k < ops->model->n_mobile && speed > 0; k++) {
          double phi = EluteOpPhi(ops, k, row, i), width = 2 * distance;

          if (phi <= 0) continue;
          s->peclet[k] = fmax(s->peclet[k], cell_peclet(ops, k, row, i, side / 2, speed, width));
          s->numerical_diffusion[k] =
              fmax(s->numerical_diffusion[k], EluteOpHindrance(ops, k, row, i) * speed * width / (2 * phi));
        }
      }
}

/* Flows of the cells: sources, and how well they balance. largest: of the flows through a cell, m3/s. */
static void measure_cells(const EluteOperators *ops, EluteFlowSummary *s, double *largest) {
  const EluteMeshView *m = &ops->mesh->view;
  const struct EluteFlow *flow = elute_flow(ops);

  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      size_t at = row * (size_t)m->pitch + i;
      double volume = EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i), leaves = 0, through = 0, sources = 0;

      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        double q = flow->flux[side / 2][EluteOpFlowFace(ops, row, i, side)] * (side & 1 ? 1 : -1);

        leaves += q;
        through += 0.5 * fabs(q);
        if (at_edge(ops, row, i, side)) s->outflow += q;
      }
      *largest = fmax(*largest, through);
      if (!flow->pressure) continue;
      sources = volume * flow->filtration[at];
      s->filtration += sources;
      if (flow->lymph_drains[at]) {
        double lymph = volume * flow->lymph[at] * (flow->pressure[at] - flow->lymph_pressure[at]);

        s->lymph += lymph;
        sources -= lymph;
      }
      s->infused += volume * flow->infused[at];
      s->spread += volume * flow->spread;
      s->imbalance = fmax(s->imbalance, fabs(leaves - sources - volume * (flow->infused[at] - flow->spread)));
      s->peak_pressure = fmax(s->peak_pressure, flow->pressure[at]);
    }
}

/* Sum of pressures and number of the cells at the surface of the tissue with the peak. */
static PetscErrorCode measure_rim(const EluteOperators *ops, double peak, double *sum) {
  const EluteMeshView *m = &ops->mesh->view;
  const double *pressure = EluteFlowPressure(ops);
  int tissue = -1;

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      if (pressure[row * (size_t)m->pitch + i] == peak) tissue = EluteOpTissue(ops, row, i);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &tissue, 1, MPI_INT, MPI_MAX, ops->mesh->comm));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      bool rim = false;

      if (EluteOpTissue(ops, row, i) != tissue) continue;
      for (int side = 0; side < 2 * ops->model->mesh.dimension; side++) {
        double area, distance, x[3];
        size_t row2, i2;

        EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
        if (area > 0)
          rim = rim || !EluteOpNeighbour(ops, row, i, side, &row2, &i2) || EluteOpTissue(ops, row2, i2) != tissue;
      }
      if (rim) sum[0] += pressure[row * (size_t)m->pitch + i], sum[1] += 1;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteFlowSummarise(EluteOperators *ops, EluteFlowSummary *s) {
  const struct EluteFlow *flow = elute_flow(ops);
  double sums[4], rim[2] = {0, 0}, largest[3];

  PetscFunctionBegin;
  memset(s, 0, sizeof *s);
  if (!flow) PetscFunctionReturn(PETSC_SUCCESS);
  s->solves = flow->solves, s->iterations = flow->iterations, s->seconds = flow->seconds;
  s->dilations = flow->dilations;
  s->highest_pressure = flow->highest;
  s->peak_pressure = -INFINITY;
  measure_faces(ops, s);
  largest[2] = 0;
  measure_cells(ops, s, &largest[2]);
  largest[0] = s->imbalance, largest[1] = s->peak_pressure;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, 3, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  s->imbalance = largest[2] > 0 ? largest[0] / largest[2] : 0;
  s->peak_pressure = flow->pressure ? largest[1] : 0;
  sums[0] = s->filtration, sums[1] = s->lymph, sums[2] = s->infused, sums[3] = s->spread;
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 4, sums));
  s->filtration = sums[0], s->lymph = sums[1], s->infused = sums[2], s->spread = sums[3];
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 1, &s->outflow));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->fastest, 1, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, s->peclet, ELUTE_MAX_SPECIES, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, s->numerical_diffusion, ELUTE_MAX_SPECIES, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  if (!flow->pressure) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(measure_rim(ops, s->peak_pressure, rim));
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 2, rim));
  s->rim_pressure = rim[1] > 0 ? rim[0] / rim[1] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}
