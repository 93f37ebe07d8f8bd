/* Geometry of cells and faces, labels, volume fractions, interpolation. */
#include "mesh.h"

#include <math.h>
#include <stdlib.h>

/* Global index of an owned row, or of ghost row n_rows + g. */
static void row_index(const EluteMesh *mesh, PetscInt row, PetscInt *j, PetscInt *k) {
  if (row < mesh->view.n_rows) {
    EluteMeshRowIndex(mesh, row, j, k);
  } else {
    *j = mesh->ghost_index[2 * (row - mesh->view.n_rows)];
    *k = mesh->ghost_index[2 * (row - mesh->view.n_rows) + 1];
  }
}

void EluteMeshCellCentre(const EluteMesh *mesh, PetscInt row, PetscInt i, double x[3]) {
  PetscInt at[3] = {i, 0, 0};

  row_index(mesh, row, &at[1], &at[2]);
  for (int d = 0; d < 3; d++) x[d] = d < mesh->spec.dimension ? mesh->centre[d][at[d]] : 0;
}

double EluteMeshCellVolume(const EluteMesh *mesh, PetscInt row, PetscInt i) {
  const EluteMeshSpec *spec = &mesh->spec;
  PetscInt j, k;

  row_index(mesh, row, &j, &k);
  return mesh->view.volume_x[i] *
         ((spec->edges[1][j + 1] - spec->edges[1][j]) * (spec->edges[2][k + 1] - spec->edges[2][k]));
}

void EluteMeshFace(const EluteMesh *mesh, PetscInt row, PetscInt i, int side, double *area, double *distance,
                   double x[3]) {
  const EluteMeshSpec *spec = &mesh->spec;
  PetscInt at[3] = {i, 0, 0};
  int axis = side / 2;
  double width[3], edge;

  row_index(mesh, row, &at[1], &at[2]);
  for (int d = 0; d < 3; d++) {
    width[d] = spec->edges[d][at[d] + 1] - spec->edges[d][at[d]];
    x[d] = d < spec->dimension ? mesh->centre[d][at[d]] : 0;
  }
  edge = spec->edges[axis][at[axis] + side % 2];
  *distance = 0.5 * width[axis];
  if (axis < spec->dimension) x[axis] = edge;
  if (spec->geometry == ELUTE_WELL_MIXED)
    *area = 0;
  else if (axis == 0 && spec->geometry == ELUTE_CYLINDRICAL)
    *area = 2 * PETSC_PI * edge * width[1] * width[2];
  else if (axis == 0 && spec->geometry == ELUTE_SPHERICAL)
    *area = 4 * PETSC_PI * edge * edge * width[1] * width[2];
  else if (axis == 0)
    *area = width[1] * width[2];
  else
    *area = mesh->view.volume_x[i] * width[3 - axis]; /* volume_x is the area of the cell's ring in curved meshes */
}

PetscErrorCode EluteMeshPaintTissues(EluteMesh *mesh, int n, const EluteShape *shapes, PetscInt64 *cells) {
  PetscInt rows = mesh->view.n_rows, all = rows + mesh->view.n_ghost_rows;

  for (int t = 0; t < n; t++) cells[t] = 0;
  for (PetscInt row = 0; row < all; row++) {
    for (PetscInt i = 0; i < mesh->view.n_cells; i++) {
      double x[3];
      int label = 0;

      EluteMeshCellCentre(mesh, row, i, x);
      for (int t = n - 1; t > 0 && label == 0; t--) {
        if (elute_shape_contains(&shapes[t], x)) label = t;
      }
      mesh->tissue[row * mesh->view.pitch + i] = (uint8_t)label;
      if (row < rows) cells[label]++;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, cells, n, MPIU_INT64, MPI_SUM, mesh->comm));
  return 0;
}

/* Volume (metric weights included) of the part of the box from `low` to `high` inside the shape. A box that the surface
   cuts is halved along every axis; at the last depth the surface is taken as a plane across the box, so the error per
   cut cell is of the order of the curvature over the leaf's width, about 1e-3 of a cell in 3-D and less in 1-D and 2-D.
 */
static double volume_inside(const EluteMesh *mesh, const EluteShape *shape, const double low[3], const double high[3],
                            int depth) {
  const EluteMeshSpec *spec = &mesh->spec;
  double centre[3] = {0, 0, 0}, half = 0, measure = 1, distance, sum = 0;
  int n = spec->dimension;

  for (int d = 0; d < n; d++) {
    centre[d] = 0.5 * (low[d] + high[d]);
    half += 0.25 * (high[d] - low[d]) * (high[d] - low[d]);
    if (d == 0 && spec->geometry == ELUTE_CYLINDRICAL)
      measure *= PETSC_PI * (high[d] - low[d]) * (high[d] + low[d]);
    else if (d == 0 && spec->geometry == ELUTE_SPHERICAL)
      measure *= 4 * PETSC_PI / 3 * (high[d] - low[d]) * (high[d] * high[d] + high[d] * low[d] + low[d] * low[d]);
    else
      measure *= high[d] - low[d];
  }
  if (n == 0) measure = spec->volume;
  half = sqrt(half);
  distance = elute_shape_distance(shape, centre);
  if (distance <= -half) return measure;
  if (distance >= half) return 0;
  if (depth == 0) return measure * fmin(1, fmax(0, 0.5 - 0.5 * distance / half * sqrt(n)));
  for (int part = 0; part < 1 << n; part++) {
    double a[3] = {0, 0, 0}, b[3] = {0, 0, 0};

    for (int d = 0; d < n; d++) {
      a[d] = part >> d & 1 ? centre[d] : low[d];
      b[d] = part >> d & 1 ? high[d] : centre[d];
    }
    sum += volume_inside(mesh, shape, a, b, depth - 1);
  }
  return sum;
}

PetscErrorCode EluteMeshShapeFractions(const EluteMesh *mesh, const EluteShape *shape, double *fraction,
                                       double *total) {
  static const int depth[] = {0, 12, 6, 4};
  const EluteMeshSpec *spec = &mesh->spec;
  double sum = 0;

  for (PetscInt row = 0; row < mesh->view.n_rows; row++) {
    PetscInt at[3] = {0, 0, 0};

    EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
    for (PetscInt i = 0; i < mesh->view.pitch; i++) {
      double *f = &fraction[row * mesh->view.pitch + i], low[3] = {0}, high[3] = {0}, volume;

      *f = 0;
      if (i >= mesh->view.n_cells) continue;
      at[0] = i;
      for (int d = 0; d < spec->dimension; d++) low[d] = spec->edges[d][at[d]], high[d] = spec->edges[d][at[d] + 1];
      volume = EluteMeshCellVolume(mesh, row, i);
      for (int d = spec->dimension; d < 3 && spec->dimension > 0; d++) volume /= spec->edges[d][1] - spec->edges[d][0];
      *f = fmin(1, volume_inside(mesh, shape, low, high, depth[spec->dimension]) / volume);
      sum += *f * EluteMeshCellVolume(mesh, row, i);
    }
  }
  PetscCallMPI(MPI_Allreduce(&sum, total, 1, MPI_DOUBLE, MPI_SUM, mesh->comm));
  return 0;
}

/* The two cells of one axis between whose centres x lies, with the weight of the second; false: x is outside. */
static bool axis_weights(const EluteMesh *mesh, int d, double x, PetscInt cell[2], double *second) {
  const EluteMeshSpec *spec = &mesh->spec;
  const double *centre = mesh->centre[d], *edge = spec->edges[d];
  PetscInt n = spec->n[d], low = 0, high = n - 1;
  double slack = 1e-9 * (edge[n] - edge[0]);

  cell[0] = cell[1] = 0;
  *second = 0;
  if (d >= spec->dimension) return true;
  if (!(x >= edge[0] - slack && x <= edge[n] + slack)) return false;
  if (n == 1) return true;
  if (x <= centre[0]) {
    /* Fields are even in r: below the first centre of a curved mesh a parabola in r through the first two. */
    if (d == 0 && edge[0] == 0 && (spec->geometry == ELUTE_CYLINDRICAL || spec->geometry == ELUTE_SPHERICAL)) {
      cell[1] = 1;
      *second = (x * x - centre[0] * centre[0]) / (centre[1] * centre[1] - centre[0] * centre[0]);
    }
    return true;
  }
  if (x >= centre[n - 1]) {
    cell[0] = cell[1] = n - 1;
    return true;
  }
  while (high - low > 1) {
    PetscInt middle = (low + high) / 2;

    if (centre[middle] <= x)
      low = middle;
    else
      high = middle;
  }
  cell[0] = low;
  cell[1] = low + 1;
  *second = (x - centre[low]) / (centre[low + 1] - centre[low]);
  return true;
}

void EluteMeshInterpolation(const EluteMesh *mesh, const double x[3], int *n, PetscInt cell[8][3], double weight[8]) {
  PetscInt pair[3][2];
  double second[3];

  *n = 0;
  for (int d = 0; d < 3; d++) {
    if (!axis_weights(mesh, d, x[d], pair[d], &second[d])) return;
  }
  for (int corner = 0; corner < 8; corner++) {
    double w = 1;

    for (int d = 0; d < 3; d++) w *= corner >> d & 1 ? second[d] : 1 - second[d];
    if (w == 0) continue;
    for (int d = 0; d < 3; d++) cell[*n][d] = pair[d][corner >> d & 1];
    weight[(*n)++] = w;
  }
}
