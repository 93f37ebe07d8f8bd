/* Run on any number of ranks: every row has one owner, neighbour rows are the right ones, ghost rows hold the values
   and labels of the rows they stand for. A value tells its species and the global indices of its cell. Exit code 0
   or 1. */
#include "../../meshes/mesh.h"
#include "../../solver/fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_SPECIES = 3, N_MOBILE = 2 };

static int rank, n_ranks, n_errors;

#define CHECK(condition, ...)                                                                                          \
  do {                                                                                                                 \
    if (!(condition) && n_errors++ < 20) {                                                                             \
      fprintf(stderr, "rank %d of %d: %s: ", rank, n_ranks, #condition);                                               \
      fprintf(stderr, __VA_ARGS__);                                                                                    \
      fputc('\n', stderr);                                                                                             \
    }                                                                                                                  \
  } while (0)

static double code_of(PetscInt i, PetscInt j, PetscInt k, int species) {
  return 1 + (double)i + 1e3 * (double)j + 1e6 * (double)k + 1e9 * species;
}

/* What the row one or two steps away must be, from the global indices alone; false: the domain ends. */
static bool expected_neighbour(const EluteMesh *mesh, PetscInt row, int side, int steps, PetscInt at[3]) {
  const int axis = 1 + side / 2;
  const PetscInt n = mesh->spec.n[axis];

  at[0] = 0;
  EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
  at[axis] += side % 2 ? steps : -steps;
  if (mesh->spec.periodic[axis]) at[axis] = (at[axis] + n) % n;
  return at[axis] >= 0 && at[axis] < n;
}

static void check_partition(const EluteMesh *mesh) {
  const PetscInt ny = mesh->spec.n[1], n = ny * mesh->spec.n[2];
  int *owners = calloc((size_t)n, sizeof *owners), grid = mesh->rank_grid[1] * mesh->rank_grid[2];

  for (PetscInt row = 0; row < mesh->view.n_rows; row++) {
    PetscInt j, k;

    EluteMeshRowIndex(mesh, row, &j, &k);
    owners[k * ny + j]++;
    CHECK(EluteMeshOwnedRow(mesh, j, k) == row, "row %d", (int)row);
  }
  MPI_Allreduce(MPI_IN_PLACE, owners, (int)n, MPI_INT, MPI_SUM, mesh->comm);
  for (PetscInt row = 0; row < n; row++) CHECK(owners[row] == 1, "row %d has %d owners", (int)row, owners[row]);
  CHECK(grid <= n_ranks && (mesh->view.n_rows > 0) == (rank < grid), "%d rows in a grid of %d", mesh->view.n_rows,
        grid);
  free(owners);
}

static void check_ghost_row(const EluteMesh *mesh, int32_t g, const PetscInt at[3], const double *ghost) {
  const EluteMeshView *m = &mesh->view;
  PetscInt j, k;

  EluteMeshRowIndex(mesh, (PetscInt)(m->n_rows + g), &j, &k);
  CHECK(g < m->n_ghost_rows && j == at[1] && k == at[2], "ghost %d", g);
  CHECK(mesh->ghost_rank[g] != rank, "ghost %d is the own row %d", g, mesh->ghost_row[g]);
  for (int species = 0; species < N_MOBILE; species++) {
    for (PetscInt i = 0; i < m->pitch; i++) {
      double value = ghost[((size_t)g * N_MOBILE + (size_t)species) * (size_t)m->pitch + (size_t)i];
      double expected = i < m->n_cells ? code_of(i, at[1], at[2], species) : 0;

      CHECK(value == expected, "ghost %d species %d cell %d: %.17g, expected %.17g", g, species, (int)i, value,
            expected);
    }
  }
}

static void check_rows(const EluteMesh *mesh, const int32_t *table, int steps, const double *ghost) {
  for (PetscInt row = 0; row < mesh->view.n_rows; row++) {
    for (int side = 0; side < 4; side++) {
      int32_t next = table[row * 4 + side];
      PetscInt at[3];

      if (!expected_neighbour(mesh, row, side, steps, at))
        CHECK(next == ELUTE_NO_ROW, "row %d side %d: %d", (int)row, side, next);
      else if (next >= 0)
        CHECK(next == EluteMeshOwnedRow(mesh, at[1], at[2]), "row %d side %d: %d", (int)row, side, next);
      else
        check_ghost_row(mesh, ELUTE_GHOST_ROW(0) - next, at, ghost);
    }
  }
}

static void check_neighbours(const EluteMesh *mesh, const double *ghost) {
  check_rows(mesh, mesh->view.neighbour, 1, ghost);
  if (mesh->spec.reach > 1) check_rows(mesh, mesh->view.beyond, 2, ghost);
}

/* Labels of ghost rows are those that their owners paint; counts are global. */
static PetscErrorCode check_labels(EluteMesh *mesh) {
  EluteShape shapes[2] = {{.kind = ELUTE_SHAPE_EVERYWHERE},
                          {.kind = ELUTE_SHAPE_HALF_SPACE, .a = {0.9, 0, 0}, .b = {1, 1, 1}}};
  const EluteMeshView *m = &mesh->view;
  PetscInt64 cells[2];
  double *fraction, total, exact;

  PetscCall(EluteMeshPaintTissues(mesh, 2, shapes, cells));
  CHECK(cells[0] + cells[1] == mesh->n_cells_global && cells[1] > 0, "%lld", (long long)cells[1]);
  for (PetscInt row = 0; row < m->n_rows + m->n_ghost_rows; row++) {
    for (PetscInt i = 0; i < m->n_cells; i++) {
      double x[3];

      EluteMeshCellCentre(mesh, row, i, x);
      CHECK(m->tissue[row * m->pitch + i] == elute_shape_contains(&shapes[1], x), "row %d", (int)row);
    }
  }
  CHECK(mesh->ghost_tissue == m->tissue + m->n_rows * m->pitch, "labels of ghosts follow");
  PetscCall(PetscMalloc1((size_t)(m->n_rows * m->pitch) + 1, &fraction));
  PetscCall(EluteMeshShapeFractions(mesh, &shapes[0], fraction, &total));
  exact = mesh->spec.geometry == ELUTE_CYLINDRICAL ? PETSC_PI : 1; /* all axes run from 0 to 1 */
  CHECK(fabs(total - exact) < 1e-13 * exact, "%.17g of %.17g", total, exact);
  PetscCall(PetscFree(fraction));
  return PETSC_SUCCESS;
}

static void fill(const EluteMesh *mesh, double *host) {
  const EluteMeshView *m = &mesh->view;

  for (PetscInt row = 0; row < m->n_rows; row++) {
    PetscInt j, k;

    EluteMeshRowIndex(mesh, row, &j, &k);
    for (int species = 0; species < N_SPECIES; species++)
      for (PetscInt i = 0; i < m->n_cells; i++)
        host[((size_t)row * N_SPECIES + (size_t)species) * (size_t)m->pitch + (size_t)i] = code_of(i, j, k, species);
  }
}

static PetscErrorCode copy_to(const EluteBackend *backend, Vec vec, const double *host, size_t n) {
  double *array;

  PetscCall(VecGetArrayAndMemType(vec, &array, NULL));
  if (n) CHECK(backend->to_backend(array, host, n * sizeof *host) == 0, "%s", elute_backend_error());
  PetscCall(VecRestoreArrayAndMemType(vec, &array));
  return PETSC_SUCCESS;
}

static PetscErrorCode check_exchange(const EluteMesh *mesh, const EluteBackend *backend) {
  EluteFields *fields;
  Vec state, ghost;
  PetscInt n, n_ghost;
  double *host, *received;
  const double *array;

  PetscCall(EluteFieldsCreate(mesh, backend, N_SPECIES, N_MOBILE, &fields));
  PetscCall(EluteFieldsCreateVec(fields, &state));
  PetscCall(EluteFieldsCreateGhost(fields, &ghost));
  PetscCall(VecGetLocalSize(state, &n));
  PetscCall(VecGetLocalSize(ghost, &n_ghost));
  CHECK(n == fields->n_local && n == mesh->view.n_rows * N_SPECIES * mesh->view.pitch, "%d", (int)n);
  CHECK(n_ghost == mesh->view.n_ghost_rows * N_MOBILE * mesh->view.pitch, "%d", (int)n_ghost);
  PetscCall(PetscCalloc1((size_t)n + 1, &host));
  PetscCall(PetscCalloc1((size_t)n_ghost + 1, &received));
  for (int round = 0; round < 2; round++) { /* the second finds buffers in use */
    fill(mesh, host);
    PetscCall(copy_to(backend, state, host, (size_t)n));
    PetscCall(EluteFieldsExchangeBegin(fields, state, ghost));
    memset(host, 0, sizeof *host * (size_t)n);
    PetscCall(copy_to(backend, state, host, (size_t)n)); /* allowed after Begin */
    PetscCall(EluteFieldsExchangeEnd(fields, state, ghost));
    PetscCall(VecGetArrayReadAndMemType(ghost, &array, NULL));
    if (n_ghost)
      CHECK(backend->to_host(received, array, sizeof *array * (size_t)n_ghost) == 0, "%s", elute_backend_error());
    PetscCall(VecRestoreArrayReadAndMemType(ghost, &array));
    check_neighbours(mesh, received);
    memset(received, 0, sizeof *received * (size_t)n_ghost);
    PetscCall(copy_to(backend, ghost, received, (size_t)n_ghost));
  }
  PetscCall(PetscFree(host));
  PetscCall(PetscFree(received));
  PetscCall(VecDestroy(&state));
  PetscCall(VecDestroy(&ghost));
  PetscCall(EluteFieldsDestroy(&fields));
  return PETSC_SUCCESS;
}

static PetscErrorCode check_spec(const EluteMeshSpec *spec) {
  EluteMesh *mesh;

  PetscCall(EluteMeshCreate(PETSC_COMM_WORLD, spec, &mesh));
  check_partition(mesh);
  PetscCall(check_labels(mesh));
  PetscCall(check_exchange(mesh, &elute_backend_cpu));
  PetscCall(check_exchange(mesh, &elute_backend_guard));
  PetscCall(EluteMeshDestroy(&mesh));
  return PETSC_SUCCESS;
}

/* What one rank refuses all refuse, and none waits for the others. */
static void check_refusal(void) {
  EluteMeshSpec huge = {.dimension = 3, .n = {1000000, 1000000, 1000000}};
  EluteMesh *mesh = NULL;
  const char *message;

  CHECK(EluteMeshCreate(PETSC_COMM_WORLD, &huge, &mesh) != 0 && !mesh, "1e18 cells");
  CHECK(EluteFailure(&message) == ELUTE_EXIT_SYSTEM && strstr(message, "1e+18 cells"), "%s", message);
  EluteFailureClear();
}

int main(int argc, char **argv) {
  static const EluteMeshSpec specs[] = {
      {.geometry = ELUTE_CARTESIAN, .dimension = 1, .n = {9, 1, 1}, .periodic = {true}},
      {.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {8, 3, 1}}, /* more ranks than rows on 4 and 7 */
      {.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {63, 13, 1}, .periodic = {false, true}},
      {.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {5, 3, 1}, .periodic = {true, true}},
      {.geometry = ELUTE_CYLINDRICAL, .dimension = 2, .n = {6, 11, 1}},
      {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {7, 6, 5}},
      {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {7, 3, 9}, .periodic = {true, true, true}},
      {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {4, 8, 3}, .periodic = {false, false, true}},
      {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {4, 1, 7}},
  };

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  if (EluteErrorHandlerInstall()) return 1;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks);
  for (size_t s = 0; s < sizeof specs / sizeof specs[0]; s++) {
    const char *message;

    EluteMeshSpec far = specs[s];

    far.reach = 2;
    CHECK(check_spec(&specs[s]) == 0, "mesh %zu", s);
    CHECK(check_spec(&far) == 0, "mesh %zu, two rows on each side", s);
    CHECK(EluteFailure(&message) == ELUTE_EXIT_DONE, "mesh %zu: %s", s, message);
  }
  check_refusal();
  MPI_Allreduce(MPI_IN_PLACE, &n_errors, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD);
  PetscFinalize();
  return n_errors ? 1 : 0;
}
