/* Face conductances and inverse capacities (numerics 1). A face's conductance is computed from the same numbers in the
   same order whichever rank or row looks at it: lower cell first, distances from the mesh's global coordinates. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void store(void *array, bool single, size_t at, double value) {
  if (single)
    ((float *)array)[at] = (float)value;
  else
    ((double *)array)[at] = value;
}

size_t EluteOpFaceIndex(const EluteOperators *ops, int species, size_t row, size_t i, int side) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t nm = (size_t)ops->model->n_mobile, pitch = (size_t)m->pitch, k = (size_t)species, ny = (size_t)m->ny;
  size_t z = row / ny, y = row % ny, above = (size_t)(side & 1);

  switch (side / 2) {
  case 0:
    return (row * nm + k) * pitch + i + above;
  case 1:
    return ((z * (ny + 1) + y + above) * nm + k) * pitch + i;
  default:
    return (((z + above) * ny + y) * nm + k) * pitch + i;
  }
}

bool EluteOpNeighbour(const EluteOperators *ops, size_t row, size_t i, int side, size_t *row_out, size_t *i_out) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t n = (size_t)m->n_cells, last = n - 1;
  int32_t next;

  *row_out = row, *i_out = i;
  if (side < 2) {
    bool end = side == 0 ? i == 0 : i == last;

    if (end && !m->periodic_x) return false;
    *i_out = side == 0 ? (i == 0 ? last : i - 1) : (i == last ? 0 : i + 1);
    return true;
  }
  next = m->neighbour[row * 4 + (size_t)(side - 2)];
  if (next == ELUTE_NO_ROW) return false;
  *row_out = next >= 0 ? (size_t)next : (size_t)m->n_rows + (size_t)(ELUTE_GHOST_ROW(0) - next);
  return true;
}

double EluteOpHalfWidth(const EluteMesh *mesh, int axis, PetscInt index, int upper) {
  return upper ? mesh->spec.edges[axis][index + 1] - mesh->centre[axis][index]
               : mesh->centre[axis][index] - mesh->spec.edges[axis][index];
}

/* Conductances of one side of an owned cell, all mobile species. Edge faces add their open faces. */
static PetscErrorCode face(EluteOperators *ops, size_t row, size_t i, int side, void *array) {
  const EluteMesh *mesh = ops->mesh;
  int axis = side / 2, upper = side & 1;
  PetscInt n = mesh->spec.n[axis], index[3] = {(PetscInt)i, 0, 0}, other;
  double area, distance, x[3], mine, theirs, volume = mesh->view.volume_x[i] * mesh->view.volume_row[row];
  size_t row2, i2;
  bool inside = EluteOpNeighbour(ops, row, i, side, &row2, &i2);

  PetscFunctionBegin;
  EluteMeshRowIndex(mesh, (PetscInt)row, &index[1], &index[2]);
  mine = EluteOpHalfWidth(mesh, axis, index[axis], upper);
  other = (index[axis] + (upper ? 1 : n - 1)) % n;
  theirs = EluteOpHalfWidth(mesh, axis, other, !upper);
  EluteMeshFace(mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
  for (int k = 0; k < ops->model->n_mobile; k++) {
    double g = 0;

    if (!inside) {
      PetscCall(EluteOpEdgeFace(ops, row, i, side, k, mine, &g));
    } else if (n > 1) { /* a cell that is its own neighbour exchanges nothing */
      double here = mine / EluteOpPermeabilityAlong(ops, k, row, i, axis),
             there = theirs / EluteOpPermeabilityAlong(ops, k, row2, i2, axis);

      g = area / (upper ? here + there : there + here);
    }
    store(array, ops->view.transport.single, EluteOpFaceIndex(ops, k, row, i, side), g);
    ops->fastest_diffusion = fmax(ops->fastest_diffusion, 4 * g * EluteOpInverseCapacity(ops, k, row, i) / volume);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build_axis(EluteOperators *ops, int axis, void *array) {
  const EluteMeshView *m = &ops->mesh->view;

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)m->n_rows; row++) {
    size_t at = axis == 0 ? 0 : axis == 1 ? row % (size_t)m->ny : row / (size_t)m->ny;
    size_t last = axis == 0 ? 0 : axis == 1 ? (size_t)m->ny - 1 : (size_t)m->nz - 1;

    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      PetscCall(face(ops, row, i, 2 * axis, array));
      if (axis == 0 ? i == (size_t)m->n_cells - 1 : at == last) PetscCall(face(ops, row, i, 2 * axis + 1, array));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

size_t EluteOpFaces(const EluteOperators *ops, int axis) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t row = (size_t)ops->model->n_mobile * (size_t)m->pitch, ny = (size_t)m->ny, nz = (size_t)m->nz;

  if (m->n_rows == 0) return 0;
  return row * (axis == 0 ? ny * nz : axis == 1 ? nz * (ny + 1) : (nz + 1) * ny);
}

static PetscErrorCode allocate(size_t bytes, void **array) {
  *array = calloc(1, bytes ? bytes : 1);
  if (*array) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (%zu bytes of transport coefficients)", bytes);
}

static PetscErrorCode conductances(EluteOperators *ops, int axis) {
  EluteOperatorsData *d = elute_data(ops);
  MPI_Comm comm = ops->mesh->comm;
  size_t bytes = EluteOpFaces(ops, axis) * (ops->view.transport.single ? sizeof(float) : sizeof(double));
  int faces_before = d->n_faces;
  bool needed;
  void *array = NULL;
  PetscErrorCode code;

  PetscFunctionBegin;
  code = allocate(bytes, &array);
  if (!code) code = build_axis(ops, axis, array);
  code = EluteAgree(comm, code);
  if (!code) {
    needed = ops->mesh->spec.n[axis] > 1 || ops->view.flow.flux[axis];
    for (int f = faces_before; f < d->n_faces; f++) needed |= d->faces[f].face >= 0;
    code = EluteOpAny(comm, &needed);
    if (!code && needed)
      code = EluteAgree(comm, EluteOpUpload(ops, array, bytes, &ops->view.transport.conductance[axis]));
  }
  free(array);
  PetscFunctionReturn(code);
}

static PetscErrorCode inverse_capacities(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  bool single = ops->view.transport.single;
  size_t rows = (size_t)m->n_rows + (size_t)m->n_ghost_rows, pitch = (size_t)m->pitch,
         nm = (size_t)ops->model->n_mobile;
  size_t bytes = rows * nm * pitch * (single ? sizeof(float) : sizeof(double));
  void *array;
  PetscErrorCode code;

  PetscFunctionBegin;
  PetscCall(allocate(bytes, &array));
  for (size_t row = 0; row < rows; row++)
    for (size_t k = 0; k < nm; k++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++)
        store(array, single, (row * nm + k) * pitch + i, EluteOpInverseCapacity(ops, (int)k, row, i));
  code = EluteOpUpload(ops, array, bytes, &ops->view.transport.inverse_capacity);
  free(array);
  PetscFunctionReturn(code);
}

PetscErrorCode EluteOpBuildTransport(EluteOperators *ops) {
  PetscFunctionBegin;
  if (!ops->model->n_mobile) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteAgree(ops->mesh->comm, inverse_capacities(ops)));
  for (int axis = 0; axis < 3; axis++) PetscCall(conductances(ops, axis));
  PetscCall(EluteOpBuildCross(ops));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &ops->fastest_diffusion, 1, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  ops->fastest_crossing = (ops->correlation - 1) * ops->fastest_diffusion;
  PetscFunctionReturn(PETSC_SUCCESS);
}
