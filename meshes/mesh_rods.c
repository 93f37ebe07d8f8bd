/* Straight pieces of vessels on a mesh: what of their wall lies in which cell. */
#include "private.h"

#include <math.h>
#include <stdlib.h>

/* The interval of the axis that holds x; -1: none. A point on an edge belongs to the upper cell. */
static PetscInt interval(const double *edges, PetscInt n, double x) {
  PetscInt low = 0, high = n;

  if (!(x >= edges[0] && x <= edges[n])) return -1;
  while (high - low > 1) {
    const PetscInt middle = low + (high - low) / 2;

    if (edges[middle] <= x)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static int compare(const void *a, const void *b) {
  const double first = *(const double *)a, second = *(const double *)b;

  return (first > second) - (first < second);
}

/* Where along the rod (0 to 1) it passes from cell to cell, its ends included; NULL: no memory. */
static double *crossings(const EluteMeshSpec *spec, const double from[3], const double to[3], size_t *n) {
  double *at;
  size_t most = 2;

  for (int d = 0; d < 3; d++) most += (size_t)spec->n[d] + 1;
  at = malloc(most * sizeof *at);
  if (!at) return NULL;
  at[0] = 0;
  at[1] = 1;
  *n = 2;
  for (int d = 0; d < 3; d++) {
    const double low = fmin(from[d], to[d]), high = fmax(from[d], to[d]);
    PetscInt e = low <= spec->edges[d][0] ? 0 : interval(spec->edges[d], spec->n[d], low);

    for (; e >= 0 && e <= spec->n[d] && spec->edges[d][e] < high; e++)
      if (spec->edges[d][e] > low) at[(*n)++] = (spec->edges[d][e] - from[d]) / (to[d] - from[d]);
  }
  qsort(at, *n, sizeof *at, compare);
  return at;
}

PetscErrorCode EluteMeshAddRod(const EluteMesh *mesh, const double from[3], const double to[3], double radius,
                               double *area, double *inside) {
  const EluteMeshSpec *spec = &mesh->spec;
  const double dx = to[0] - from[0], dy = to[1] - from[1], dz = to[2] - from[2];
  const double whole = 2 * PETSC_PI * radius * sqrt(dx * dx + dy * dy + dz * dz);
  double *at;
  size_t n = 0;

  PetscCheck(spec->geometry == ELUTE_CARTESIAN && spec->dimension == 3, PETSC_COMM_SELF, PETSC_ERR_SUP,
             "mesh: vessels need three Cartesian axes");
  at = crossings(spec, from, to, &n);
  PetscCheck(at, PETSC_COMM_SELF, PETSC_ERR_MEM, "out of memory (the faces that a vessel crosses)");
  for (size_t p = 0; p + 1 < n; p++) {
    const double middle = 0.5 * (at[p] + at[p + 1]), part = whole * (at[p + 1] - at[p]);
    PetscInt cell[3], row;
    bool in = part > 0;

    for (int d = 0; d < 3; d++) {
      cell[d] = interval(spec->edges[d], spec->n[d], from[d] + middle * (to[d] - from[d]));
      in = in && cell[d] >= 0;
    }
    if (!in) continue;
    *inside += part;
    row = EluteMeshOwnedRow(mesh, cell[1], cell[2]);
    if (row >= 0) area[(size_t)row * (size_t)mesh->view.pitch + (size_t)cell[0]] += part;
  }
  free(at);
  return 0;
}
