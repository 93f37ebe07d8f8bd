/* Meshes behind each other along the third axis, for problems that are computed at once (solver/operators/stack.c). */
#include "private.h"

#include <stdlib.h>
#include <string.h>

bool EluteMeshAgree(const EluteMesh *a, const EluteMesh *b) {
  const EluteMeshSpec *x = &a->spec, *y = &b->spec;

  if (x->geometry != y->geometry || x->dimension != y->dimension || x->volume != y->volume) return false;
  for (int d = 0; d < 3; d++) {
    if (x->n[d] != y->n[d] || x->periodic[d] != y->periodic[d]) return false;
    if (memcmp(a->centre[d], b->centre[d], (size_t)x->n[d] * sizeof(double)) != 0) return false;
  }
  return memcmp(a->view.volume_x, b->view.volume_x, (size_t)a->view.pitch * sizeof(double)) == 0 &&
         memcmp(a->view.volume_row, b->view.volume_row, (size_t)a->view.n_rows * sizeof(double)) == 0;
}

/* As they are in the part, further down; nothing lies beyond its edge. */
static void copy_rows(EluteMesh *mesh, int p, const EluteMesh *part, int labels) {
  const size_t rows = (size_t)part->view.n_rows, cells = rows * (size_t)part->view.pitch, first = (size_t)p * rows;
  int32_t *neighbour = (int32_t *)mesh->view.neighbour + 4 * first;
  double *volume_row = (double *)mesh->view.volume_row + first;
  uint8_t *tissue = mesh->tissue + (size_t)p * cells;

  for (size_t i = 0; i < 4 * rows; i++)
    neighbour[i] = part->view.neighbour[i] < 0 ? ELUTE_NO_ROW : part->view.neighbour[i] + (int32_t)first;
  memcpy(volume_row, part->view.volume_row, rows * sizeof *volume_row);
  for (size_t i = 0; i < cells; i++) tissue[i] = (uint8_t)(part->tissue[i] + p * labels);
}

static PetscErrorCode copy_axes(const EluteMesh *part, int n, EluteMesh *mesh) {
  PetscCall(elute_mesh_copy_spec(&part->spec, &mesh->spec));
  free(mesh->spec.edges[2]);
  mesh->spec.n[2] = n;
  mesh->spec.edges[2] = malloc(((size_t)n + 1) * sizeof(double));
  if (!mesh->spec.edges[2]) return PETSC_ERR_MEM;
  for (int p = 0; p <= n; p++) mesh->spec.edges[2][p] = p;
  for (int d = 0; d < 3; d++) {
    PetscCall(PetscMalloc1((size_t)mesh->spec.n[d], &mesh->centre[d]));
    for (PetscInt i = 0; i < mesh->spec.n[d]; i++) mesh->centre[d][i] = d == 2 ? 0.5 + (double)i : part->centre[d][i];
    mesh->end[d] = mesh->spec.n[d];
    mesh->rank_grid[d] = 1;
  }
  return 0;
}

PetscErrorCode EluteMeshStack(int n, const EluteMesh *const *part, int labels, EluteMesh **out) {
  const EluteMeshView *one = &part[0]->view;
  const size_t rows = (size_t)n * (size_t)one->n_rows;
  int32_t *neighbour;
  double *volume_x, *volume_row;
  EluteMesh *mesh;

  PetscCall(PetscNew(&mesh));
  *out = mesh;
  mesh->comm = part[0]->comm;
  PetscCall(copy_axes(part[0], n, mesh));
  mesh->view = *one;
  mesh->view.n_rows = (int32_t)rows;
  mesh->view.nz = n;
  mesh->view.beyond = NULL;
  mesh->n_cells_global = n * part[0]->n_cells_global;
  PetscCall(PetscMalloc1(4 * rows, &neighbour));
  mesh->view.neighbour = neighbour;
  PetscCall(PetscMalloc1((size_t)one->pitch, &volume_x));
  mesh->view.volume_x = volume_x;
  memcpy(volume_x, one->volume_x, (size_t)one->pitch * sizeof *volume_x);
  PetscCall(PetscMalloc1(rows, &volume_row));
  mesh->view.volume_row = volume_row;
  PetscCall(PetscMalloc1(rows * (size_t)one->pitch, &mesh->tissue));
  mesh->view.tissue = mesh->tissue;
  mesh->ghost_tissue = mesh->tissue + rows * (size_t)one->pitch;
  for (int p = 0; p < n; p++) copy_rows(mesh, p, part[p], labels);
  return 0;
}
