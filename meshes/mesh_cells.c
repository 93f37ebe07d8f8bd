/* Geometry of cells and faces, labels, interpolation. */
#include "private.h"

#include <math.h>
#include <stdbool.h>

double EluteMeshRowVolume(const EluteMesh *mesh, PetscInt row) {
  const EluteMeshSpec *spec = &mesh->spec;
  PetscInt at[3] = {0, 0, 0};

  EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
  return elute_axis_measure(spec->geometry, 1, spec->edges[1][at[1]], spec->edges[1][at[1] + 1]) *
         elute_axis_measure(spec->geometry, 2, spec->edges[2][at[2]], spec->edges[2][at[2] + 1]);
}

void EluteMeshCellCentre(const EluteMesh *mesh, PetscInt row, PetscInt i, double x[3]) {
  PetscInt at[3] = {i, 0, 0};

  EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
  for (int d = 0; d < 3; d++) x[d] = d < mesh->spec.dimension ? mesh->centre[d][at[d]] : 0;
}

double EluteMeshCellVolume(const EluteMesh *mesh, PetscInt row, PetscInt i) {
  return mesh->view.volume_x[i] * EluteMeshRowVolume(mesh, row);
}

void EluteMeshFace(const EluteMesh *mesh, PetscInt row, PetscInt i, int side, double *area, double *distance,
                   double x[3]) {
  const EluteMeshSpec *spec = &mesh->spec;
  const int axis = side / 2, upper = side % 2;
  PetscInt at[3] = {i, 0, 0};
  double edge;

  EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
  EluteMeshCellCentre(mesh, row, i, x);
  edge = spec->edges[axis][at[axis] + upper];
  *distance = 0.5 * (spec->edges[axis][at[axis] + 1] - spec->edges[axis][at[axis]]);
  if (axis < spec->dimension) x[axis] = edge;
  if (spec->geometry == ELUTE_WELL_MIXED) {
    *area = 0;
  } else if (axis == 0) {
    double around = spec->geometry == ELUTE_CYLINDRICAL ? 2 * PETSC_PI * edge
                    : spec->geometry == ELUTE_SPHERICAL ? 4 * PETSC_PI * edge * edge
                                                        : 1;

    *area = around * EluteMeshRowVolume(mesh, row);
  } else { /* volume_x is the width, or the area of the ring */
    const int other = 3 - axis;

    *area = mesh->view.volume_x[i] * (spec->edges[other][at[other] + 1] - spec->edges[other][at[other]]);
  }
}

/* Centre of a cell that may lie beyond the ends of a periodic axis; false: there is none. */
static bool centre_at(const EluteMesh *mesh, int axis, PetscInt index, double *x) {
  const PetscInt n = mesh->spec.n[axis];
  const double *edge = mesh->spec.edges[axis], length = edge[n] - edge[0];

  *x = 0;
  if (index >= 0 && index < n) {
    *x = mesh->centre[axis][index];
    return true;
  }
  if (!mesh->spec.periodic[axis]) return false;
  *x = mesh->centre[axis][(index + n) % n] + (index < 0 ? -length : length);
  return true;
}

void EluteMeshFaceWeights(const EluteMesh *mesh, int axis, double *weight) {
  const PetscInt n = mesh->end[axis] - mesh->begin[axis];

  for (PetscInt j = 0; j <= n; j++) {
    const PetscInt above = mesh->begin[axis] + j;
    const double face = mesh->spec.edges[axis][above];
    double x[4];
    bool there[4];

    for (int c = 0; c < 4; c++) there[c] = centre_at(mesh, axis, above - 2 + c, &x[c]);
    for (int w = 0; w < 4; w++) weight[w * (n + 1) + j] = 0;
    if (!there[1] || !there[2]) continue;
    weight[n + 1 + j] = (face - x[1]) / (x[2] - x[1]);
    weight[3 * (n + 1) + j] = (x[2] - face) / (x[2] - x[1]);
    if (there[0]) weight[j] = (face - x[1]) / (x[1] - x[0]);
    if (there[3]) weight[2 * (n + 1) + j] = (x[2] - face) / (x[3] - x[2]);
  }
}

PetscErrorCode EluteMeshPaintTissues(EluteMesh *mesh, int n, const EluteShape *shapes, PetscInt64 *cells) {
  const PetscInt rows = mesh->view.n_rows, all = rows + mesh->view.n_ghost_rows;

  PetscCheck(n >= 1 && n <= ELUTE_MAX_TISSUES, mesh->comm, PETSC_ERR_USER, "mesh: %d tissues; expected 1 to %d", n,
             (int)ELUTE_MAX_TISSUES);
  for (int t = 0; t < n; t++) cells[t] = 0;
  for (PetscInt row = 0; row < all; row++) {
    for (PetscInt i = 0; i < mesh->view.n_cells; i++) {
      double x[3];
      int label = n - 1;

      EluteMeshCellCentre(mesh, row, i, x);
      while (label > 0 && !elute_shape_contains(&shapes[label], x)) label--;
      mesh->tissue[(size_t)row * (size_t)mesh->view.pitch + (size_t)i] = (uint8_t)label;
      if (row < rows) cells[label]++;
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, cells, n, MPIU_INT64, MPI_SUM, mesh->comm));
  return 0;
}

/* Beyond the outermost centres of an axis. */
static void weights_beyond(const EluteMesh *mesh, int d, double x, PetscInt cell[2], double *second) {
  const EluteMeshSpec *spec = &mesh->spec;
  const double *centre = mesh->centre[d], *edge = spec->edges[d];
  const PetscInt n = spec->n[d];
  const bool below = x < centre[0];

  cell[0] = cell[1] = below ? 0 : n - 1;
  if (spec->periodic[d]) { /* between the last centre and the first of the next period */
    double gap = (edge[n] - centre[n - 1]) + (centre[0] - edge[0]);

    cell[0] = n - 1;
    cell[1] = 0;
    *second = below ? 1 - (centre[0] - x) / gap : (x - centre[n - 1]) / gap;
  } else if (below && d == 0 && n > 1 && edge[0] == 0 && elute_has_radius(spec->geometry)) {
    /* Fields are even in r: the parabola in r through the first two centres. */
    cell[1] = 1;
    *second = (x * x - centre[0] * centre[0]) / (centre[1] * centre[1] - centre[0] * centre[0]);
  }
}

/* The two cells of one axis between whose centres x lies, with the weight of the second; false: x is outside. */
static bool axis_weights(const EluteMesh *mesh, int d, double x, PetscInt cell[2], double *second) {
  const EluteMeshSpec *spec = &mesh->spec;
  const double *centre = mesh->centre[d], *edge = spec->edges[d];
  PetscInt n = spec->n[d], low = 0, high = n - 1;
  double slack = 1e-9 * (edge[n] - edge[0]); /* a point meant to lie on the edge */

  cell[0] = cell[1] = 0;
  *second = 0;
  if (d >= spec->dimension) return true;
  if (!(x >= edge[0] - slack && x <= edge[n] + slack)) return false;
  if (x < centre[0] || x >= centre[n - 1]) {
    weights_beyond(mesh, d, fmin(fmax(x, edge[0]), edge[n]), cell, second);
    return true;
  }
  while (high - low > 1) {
    PetscInt middle = low + (high - low) / 2;

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
  for (int d = 0; d < 3; d++)
    if (!axis_weights(mesh, d, x[d], pair[d], &second[d])) return;
  for (int corner = 0; corner < 8; corner++) {
    double w = 1;

    for (int d = 0; d < 3; d++) w *= corner >> d & 1 ? second[d] : 1 - second[d];
    if (w == 0) continue;
    for (int d = 0; d < 3; d++) cell[*n][d] = pair[d][corner >> d & 1];
    weight[(*n)++] = w;
  }
}
