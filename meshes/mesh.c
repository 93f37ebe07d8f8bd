#include "mesh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Multiple of 8 doubles, at least one of padding, and not a multiple of 512 bytes: rows of equal offset in several
   species would otherwise fall into the same cache sets (measured). */
static PetscInt pitch_of(PetscInt n_cells) {
  PetscInt pitch = (n_cells / 8 + 1) * 8;

  return (pitch * 8) % 512 == 0 ? pitch + 8 : pitch;
}

void EluteMeshEdges(double from, double to, PetscInt n, double ratio, double *edges) {
  for (PetscInt i = 0; i <= n; i++) {
    double share = (double)i / (double)n;

    if (ratio != 1) share = expm1((double)i * log(ratio)) / expm1((double)n * log(ratio));
    edges[i] = from + (to - from) * share;
  }
  edges[0] = from;
  edges[n] = to;
}

void EluteMeshSpecClear(EluteMeshSpec *spec) {
  for (int d = 0; d < 3; d++) {
    free(spec->edges[d]);
    spec->edges[d] = NULL;
  }
}

static PetscErrorCode copy_spec(const EluteMeshSpec *from, EluteMeshSpec *to) {
  *to = *from;
  for (int d = 0; d < 3; d++) {
    size_t bytes = sizeof(double) * (size_t)(to->n[d] + 1);

    to->edges[d] = malloc(bytes);
    if (!to->edges[d]) SETERRQ(PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the edges of the mesh");
    if (from->edges[d])
      memcpy(to->edges[d], from->edges[d], bytes);
    else
      EluteMeshEdges(0, 1, to->n[d], 1, to->edges[d]);
  }
  return 0;
}

static PetscErrorCode check_spec(const EluteMeshSpec *spec) {
  static const char *axis[] = {"first", "second", "third"};

  for (int d = 0; d < 3; d++) {
    PetscCheck(spec->n[d] >= 1, PETSC_COMM_SELF, PETSC_ERR_USER,
               "mesh: the %s axis has %lld cells; expected at least 1", axis[d], (long long)spec->n[d]);
    for (PetscInt i = 0; spec->edges[d] && i < spec->n[d]; i++) {
      PetscCheck(isfinite(spec->edges[d][i]) && isfinite(spec->edges[d][i + 1]) &&
                     spec->edges[d][i] < spec->edges[d][i + 1],
                 PETSC_COMM_SELF, PETSC_ERR_USER,
                 "mesh: edges of the %s axis must increase, but edge %lld is %g m and the next %g m", axis[d],
                 (long long)i, spec->edges[d][i], spec->edges[d][i + 1]);
    }
  }
  if (spec->geometry == ELUTE_CYLINDRICAL || spec->geometry == ELUTE_SPHERICAL) {
    PetscCheck(spec->edges[0] && spec->edges[0][0] >= 0, PETSC_COMM_SELF, PETSC_ERR_USER,
               "mesh: r begins at %g m; expected 0 or more", spec->edges[0] ? spec->edges[0][0] : 0.0);
  }
  for (int d = 0; d < 3; d++) {
    PetscCheck(!spec->periodic[d] || spec->n[d] >= 3, PETSC_COMM_SELF, PETSC_ERR_USER,
               "mesh: a periodic axis needs at least 3 cells; the %s axis has %lld", axis[d], (long long)spec->n[d]);
  }
  PetscCheck(pitch_of(spec->n[0]) < INT32_MAX / 64, PETSC_COMM_SELF, PETSC_ERR_USER,
             "mesh: %lld cells along the first axis are too many", (long long)spec->n[0]);
  return 0;
}

PetscErrorCode EluteMeshMemoryCheck(MPI_Comm comm, const EluteMeshSpec *spec, int n_species) {
  int ranks;
  double cells = (double)spec->n[0] * (double)spec->n[1] * (double)spec->n[2], needed, available;

  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  /* state, stages and work (8 vectors), conductances and capacity in float, label: see numerics, memory */
  needed = cells * (n_species * (8 * 8 + 4 * 4) + 9.0);
  available = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &available, 1, MPI_DOUBLE, MPI_MAX, comm));
  (void)ranks;
  PetscCheck(needed <= 0.9 * available, comm, PETSC_ERR_MEM,
             "mesh: %.4g cells and %d species need about %.1f GB of memory; this machine has %.1f GB", cells, n_species,
             needed / 1e9, available / 1e9);
  return 0;
}

/* Ranks in y and z such that the fewest ghost rows are exchanged; ranks that find no row stay idle. */
static void choose_grid(int ranks, const PetscInt n[3], int grid[3]) {
  double best = INFINITY;
  PetscInt most = 0;

  grid[0] = grid[1] = grid[2] = 1;
  for (int ry = 1; ry <= ranks && ry <= n[1]; ry++) {
    int rz = (int)PetscMin((PetscInt)(ranks / ry), n[2]);
    PetscInt blocks = (PetscInt)ry * rz;
    /* load first (the fullest block), then halo */
    double load = ceil((double)n[1] / ry) * ceil((double)n[2] / rz);
    double halo = (ry > 1 ? ceil((double)n[2] / rz) : 0) + (rz > 1 ? ceil((double)n[1] / ry) : 0);
    double cost = load + 0.05 * halo;

    if (cost < best) best = cost, most = blocks, grid[1] = ry, grid[2] = rz;
  }
  (void)most;
}

static PetscInt block_begin(PetscInt n, int blocks, int at) {
  return n / blocks * at + PetscMin((PetscInt)at, n % blocks);
}

static int block_of(PetscInt n, int blocks, PetscInt index) {
  int at = 0;

  while (at + 1 < blocks && index >= block_begin(n, blocks, at + 1)) at++;
  return at;
}

static PetscErrorCode place_ranks(EluteMesh *mesh) {
  int rank, ranks;

  PetscCallMPI(MPI_Comm_rank(mesh->comm, &rank));
  PetscCallMPI(MPI_Comm_size(mesh->comm, &ranks));
  choose_grid(ranks, mesh->spec.n, mesh->rank_grid);
  mesh->begin[0] = 0;
  mesh->end[0] = mesh->spec.n[0];
  if (rank < mesh->rank_grid[1] * mesh->rank_grid[2]) {
    mesh->rank_at[0] = 0;
    mesh->rank_at[1] = rank % mesh->rank_grid[1];
    mesh->rank_at[2] = rank / mesh->rank_grid[1];
    for (int d = 1; d < 3; d++) {
      mesh->begin[d] = block_begin(mesh->spec.n[d], mesh->rank_grid[d], mesh->rank_at[d]);
      mesh->end[d] = block_begin(mesh->spec.n[d], mesh->rank_grid[d], mesh->rank_at[d] + 1);
    }
  } else {
    for (int d = 0; d < 3; d++) mesh->rank_at[d] = -1;
    for (int d = 1; d < 3; d++) mesh->begin[d] = mesh->end[d] = 0;
  }
  return 0;
}

PetscInt EluteMeshOwnedRow(const EluteMesh *mesh, PetscInt j, PetscInt k) {
  if (j < mesh->begin[1] || j >= mesh->end[1] || k < mesh->begin[2] || k >= mesh->end[2]) return -1;
  return (k - mesh->begin[2]) * (mesh->end[1] - mesh->begin[1]) + (j - mesh->begin[1]);
}

void EluteMeshRowIndex(const EluteMesh *mesh, PetscInt row, PetscInt *j, PetscInt *k) {
  *j = mesh->begin[1] + row % mesh->view.ny;
  *k = mesh->begin[2] + row / mesh->view.ny;
}

/* Which rank owns global row (j, k), and as which of its rows. */
static void owner_of(const EluteMesh *mesh, PetscInt j, PetscInt k, int32_t *rank, int32_t *row) {
  int at_y = block_of(mesh->spec.n[1], mesh->rank_grid[1], j), at_z = block_of(mesh->spec.n[2], mesh->rank_grid[2], k);
  PetscInt y0 = block_begin(mesh->spec.n[1], mesh->rank_grid[1], at_y),
           y1 = block_begin(mesh->spec.n[1], mesh->rank_grid[1], at_y + 1);
  PetscInt z0 = block_begin(mesh->spec.n[2], mesh->rank_grid[2], at_z);

  *rank = at_z * mesh->rank_grid[1] + at_y;
  *row = (int32_t)((k - z0) * (y1 - y0) + (j - y0));
}

/* Neighbour rows; foreign ones are numbered as ghosts in the order in which they are met. */
static PetscErrorCode connect_rows(EluteMesh *mesh) {
  PetscInt ny = mesh->end[1] - mesh->begin[1], nz = mesh->end[2] - mesh->begin[2], n_ghost = 0;
  int32_t *neighbour;

  PetscCall(PetscMalloc1((size_t)(ny * nz * 4) + 1, &neighbour));
  PetscCall(
      PetscMalloc2((size_t)(2 * (ny + nz)) + 1, &mesh->ghost_rank, (size_t)(2 * (ny + nz)) + 1, &mesh->ghost_row));
  mesh->ghost_index = NULL;
  PetscCall(PetscMalloc1((size_t)(4 * (ny + nz)) + 2, &mesh->ghost_index));
  for (PetscInt row = 0; row < ny * nz; row++) {
    for (int side = 0; side < 4; side++) {
      int axis = 1 + side / 2;
      PetscInt at[3] = {0, mesh->begin[1] + row % ny, mesh->begin[2] + row / ny}, n = mesh->spec.n[axis], own;

      at[axis] += side % 2 ? 1 : -1;
      if (mesh->spec.periodic[axis]) at[axis] = (at[axis] + n) % n;
      if (at[axis] < 0 || at[axis] >= n) {
        neighbour[row * 4 + side] = ELUTE_NO_ROW;
        continue;
      }
      own = EluteMeshOwnedRow(mesh, at[1], at[2]);
      if (own >= 0) {
        neighbour[row * 4 + side] = (int32_t)own;
      } else {
        owner_of(mesh, at[1], at[2], &mesh->ghost_rank[n_ghost], &mesh->ghost_row[n_ghost]);
        mesh->ghost_index[2 * n_ghost] = at[1];
        mesh->ghost_index[2 * n_ghost + 1] = at[2];
        neighbour[row * 4 + side] = ELUTE_GHOST_ROW((int32_t)n_ghost);
        n_ghost++;
      }
    }
  }
  mesh->view.neighbour = neighbour;
  mesh->view.n_ghost_rows = (int32_t)n_ghost;
  return 0;
}

/* Length, area or volume weight of [a, b] along axis d: the separable parts of a cell's volume. Full circle and sphere.
 */
static double axis_measure(EluteGeometry geometry, int d, double a, double b) {
  if (d == 0 && geometry == ELUTE_CYLINDRICAL) return PETSC_PI * (b - a) * (b + a);
  if (d == 0 && geometry == ELUTE_SPHERICAL) return 4 * PETSC_PI / 3 * (b - a) * (b * b + a * b + a * a);
  return b - a;
}

static PetscErrorCode measure_cells(EluteMesh *mesh) {
  const EluteMeshSpec *spec = &mesh->spec;
  double *volume_x, *volume_row;
  PetscInt n_all = (PetscInt)mesh->view.n_rows;

  PetscCall(PetscMalloc1((size_t)mesh->view.pitch, &volume_x));
  PetscCall(PetscMalloc1((size_t)n_all + 1, &volume_row));
  for (PetscInt i = 0; i < mesh->view.pitch; i++) {
    volume_x[i] = 1;
    if (i < spec->n[0]) volume_x[i] = axis_measure(spec->geometry, 0, spec->edges[0][i], spec->edges[0][i + 1]);
    if (spec->geometry == ELUTE_WELL_MIXED && i == 0) volume_x[i] = spec->volume;
  }
  for (PetscInt row = 0; row < n_all; row++) {
    PetscInt j, k;

    EluteMeshRowIndex(mesh, row, &j, &k);
    volume_row[row] = (spec->edges[1][j + 1] - spec->edges[1][j]) * (spec->edges[2][k + 1] - spec->edges[2][k]);
  }
  for (int d = 0; d < 3; d++) {
    PetscCall(PetscMalloc1((size_t)spec->n[d], &mesh->centre[d]));
    /* Midpoints, also along r: with the face distances measured from them the fluxes are second order on smooth data,
       and a cell's mean differs from the value there by O(h^2). */
    for (PetscInt i = 0; i < spec->n[d]; i++) mesh->centre[d][i] = 0.5 * (spec->edges[d][i] + spec->edges[d][i + 1]);
  }
  mesh->view.volume_x = volume_x;
  mesh->view.volume_row = volume_row;
  return 0;
}

PetscErrorCode EluteMeshCreate(MPI_Comm comm, const EluteMeshSpec *spec, EluteMesh **out) {
  EluteMesh *mesh;
  PetscInt ny, nz, pitch;
  PetscInt64 rows;

  PetscCall(check_spec(spec));
  PetscCall(PetscNew(&mesh));
  mesh->comm = comm;
  PetscCall(copy_spec(spec, &mesh->spec));
  PetscCall(place_ranks(mesh));
  ny = mesh->end[1] - mesh->begin[1];
  nz = mesh->end[2] - mesh->begin[2];
  pitch = pitch_of(spec->n[0]);
  rows = (PetscInt64)ny * nz;
  PetscCheck(rows * pitch * 4 < INT32_MAX, PETSC_COMM_SELF, PETSC_ERR_USER,
             "mesh: %lld cells on one rank are more than 32-bit indices hold; use more ranks",
             (long long)(rows * spec->n[0]));
  mesh->n_cells_global = (PetscInt64)spec->n[0] * spec->n[1] * spec->n[2];
  mesh->view.n_rows = (int32_t)rows;
  mesh->view.n_cells = (int32_t)spec->n[0];
  mesh->view.pitch = (int32_t)pitch;
  mesh->view.ny = (int32_t)ny;
  mesh->view.nz = (int32_t)nz;
  mesh->view.periodic_x = spec->periodic[0];
  PetscCall(connect_rows(mesh));
  PetscCall(measure_cells(mesh));
  PetscCall(PetscCalloc1((size_t)((rows + mesh->view.n_ghost_rows) * pitch) + 1, &mesh->tissue));
  mesh->view.tissue = mesh->tissue;
  mesh->ghost_tissue = mesh->tissue + rows * pitch;
  *out = mesh;
  return 0;
}

PetscErrorCode EluteMeshDestroy(EluteMesh **mesh) {
  EluteMesh *m = *mesh;

  if (!m) return 0;
  EluteMeshSpecClear(&m->spec);
  PetscCall(PetscFree(m->tissue));
  PetscCall(PetscFree(m->view.neighbour));
  PetscCall(PetscFree(m->view.volume_x));
  PetscCall(PetscFree(m->view.volume_row));
  PetscCall(PetscFree2(m->ghost_rank, m->ghost_row));
  PetscCall(PetscFree(m->ghost_index));
  for (int d = 0; d < 3; d++) PetscCall(PetscFree(m->centre[d]));
  PetscCall(PetscFree(*mesh));
  return 0;
}
