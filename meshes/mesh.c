/* Who owns which rows, and how rows are connected. */
#include "private.h"

#include <math.h>
#include <stdlib.h>

/* Load first (rows of the fullest block), then ghosts; a ghost row costs about a tenth of an owned one, being received
   and read once while an owned row is swept several times a stage. Of equal choices the one with most ranks along z:
   its ghost rows lie together. Ranks beyond the grid stay idle. */
static void choose_grid(int ranks, const PetscInt n[3], int grid[3]) {
  double best = INFINITY;

  grid[0] = grid[1] = grid[2] = 1;
  for (int ry = 1; ry <= ranks && ry <= n[1]; ry++) {
    int rz = (int)PetscMin((PetscInt)(ranks / ry), n[2]);
    double rows_y = ceil((double)n[1] / ry), rows_z = ceil((double)n[2] / rz);
    double ghosts = (ry > 1 ? 2 * rows_z : 0) + (rz > 1 ? 2 * rows_y : 0);
    double cost = rows_y * rows_z + 0.1 * ghosts;

    if (cost < best) {
      best = cost;
      grid[1] = ry;
      grid[2] = rz;
    }
  }
}

/* Blocks differ by at most one row; the first n % blocks have one more. */
static PetscInt block_begin(PetscInt n, int blocks, int at) {
  return n / blocks * at + PetscMin((PetscInt)at, n % blocks);
}

static int block_of(PetscInt n, int blocks, PetscInt index) {
  PetscInt size = n / blocks, larger = n % blocks, border = larger * (size + 1);

  return (int)(index < border ? index / (size + 1) : larger + (index - border) / size);
}

static PetscErrorCode place_ranks(EluteMesh *mesh) {
  int rank, ranks;

  PetscCallMPI(MPI_Comm_rank(mesh->comm, &rank));
  PetscCallMPI(MPI_Comm_size(mesh->comm, &ranks));
  choose_grid(ranks, mesh->spec.n, mesh->rank_grid);
  mesh->end[0] = mesh->spec.n[0];
  for (int d = 0; d < 3; d++) mesh->rank_at[d] = -1;
  if (rank >= mesh->rank_grid[1] * mesh->rank_grid[2]) return 0;
  mesh->rank_at[0] = 0;
  mesh->rank_at[1] = rank % mesh->rank_grid[1];
  mesh->rank_at[2] = rank / mesh->rank_grid[1];
  for (int d = 1; d < 3; d++) {
    mesh->begin[d] = block_begin(mesh->spec.n[d], mesh->rank_grid[d], mesh->rank_at[d]);
    mesh->end[d] = block_begin(mesh->spec.n[d], mesh->rank_grid[d], mesh->rank_at[d] + 1);
  }
  return 0;
}

PetscInt EluteMeshOwnedRow(const EluteMesh *mesh, PetscInt j, PetscInt k) {
  if (j < mesh->begin[1] || j >= mesh->end[1] || k < mesh->begin[2] || k >= mesh->end[2]) return -1;
  return (k - mesh->begin[2]) * (mesh->end[1] - mesh->begin[1]) + (j - mesh->begin[1]);
}

void EluteMeshRowIndex(const EluteMesh *mesh, PetscInt row, PetscInt *j, PetscInt *k) {
  if (row < mesh->view.n_rows) {
    *j = mesh->begin[1] + row % mesh->view.ny;
    *k = mesh->begin[2] + row / mesh->view.ny;
  } else {
    *j = mesh->ghost_index[2 * (row - mesh->view.n_rows)];
    *k = mesh->ghost_index[2 * (row - mesh->view.n_rows) + 1];
  }
}

PetscErrorCode EluteMeshRowTypes(const EluteMesh *mesh, size_t row_bytes, MPI_Datatype *row, MPI_Datatype *owned) {
  int whole[2] = {(int)mesh->spec.n[2], (int)mesh->spec.n[1]}, part[2] = {mesh->view.nz, mesh->view.ny};
  int at[2] = {(int)mesh->begin[2], (int)mesh->begin[1]};

  PetscCallMPI(MPI_Type_contiguous((int)row_bytes, MPI_BYTE, row));
  PetscCallMPI(MPI_Type_commit(row));
  if (mesh->view.n_rows)
    PetscCallMPI(MPI_Type_create_subarray(2, whole, part, at, MPI_ORDER_C, *row, owned));
  else
    PetscCallMPI(MPI_Type_dup(*row, owned)); /* nothing is read or written through it */
  PetscCallMPI(MPI_Type_commit(owned));
  return 0;
}

/* Which rank owns global row (j, k), and as which of its rows. */
static void owner_of(const EluteMesh *mesh, PetscInt j, PetscInt k, int32_t *rank, int32_t *row) {
  const PetscInt *n = mesh->spec.n;
  const int *grid = mesh->rank_grid;
  int at_y = block_of(n[1], grid[1], j), at_z = block_of(n[2], grid[2], k);
  PetscInt begin_y = block_begin(n[1], grid[1], at_y), end_y = block_begin(n[1], grid[1], at_y + 1);

  *rank = at_z * grid[1] + at_y;
  *row = (int32_t)((k - block_begin(n[2], grid[2], at_z)) * (end_y - begin_y) + (j - begin_y));
}

/* The row `steps` further on one side (0..3 = y- y+ z- z+) of an owned row; a foreign row becomes the next ghost. A
   foreign row has one owned neighbour at most: blocks are rectangles and a periodic axis has three cells or more. Along
   a ring of few ranks a row may be a ghost twice, as neighbour and as the row beyond another. */
static int32_t row_at(EluteMesh *mesh, PetscInt row, int side, int steps) {
  const int axis = 1 + side / 2;
  const PetscInt n = mesh->spec.n[axis];
  PetscInt at[3] = {0, 0, 0}, own;
  int32_t g;

  EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
  at[axis] += side % 2 ? steps : -steps;
  if (mesh->spec.periodic[axis]) at[axis] = (at[axis] + n) % n;
  if (at[axis] < 0 || at[axis] >= n) return ELUTE_NO_ROW;
  own = EluteMeshOwnedRow(mesh, at[1], at[2]);
  if (own >= 0) return (int32_t)own;
  g = mesh->view.n_ghost_rows++;
  owner_of(mesh, at[1], at[2], &mesh->ghost_rank[g], &mesh->ghost_row[g]);
  mesh->ghost_index[2 * g] = at[1];
  mesh->ghost_index[2 * g + 1] = at[2];
  return ELUTE_GHOST_ROW(g);
}

static PetscErrorCode connect_rows(EluteMesh *mesh) {
  const bool second = mesh->spec.reach > 1;
  const size_t room = (second ? 4 : 2) * ((size_t)mesh->view.ny + (size_t)mesh->view.nz),
               rows = (size_t)mesh->view.n_rows;
  int32_t *neighbour, *beyond = NULL;

  PetscCall(PetscMalloc1(4 * rows + 1, &neighbour));
  mesh->view.neighbour = neighbour;
  if (second) PetscCall(PetscMalloc1(4 * rows + 1, &beyond));
  mesh->view.beyond = beyond;
  PetscCall(PetscMalloc1(room + 1, &mesh->ghost_rank));
  PetscCall(PetscMalloc1(room + 1, &mesh->ghost_row));
  PetscCall(PetscMalloc1(2 * room + 1, &mesh->ghost_index));
  for (size_t row = 0; row < rows; row++)
    for (int side = 0; side < 4; side++) neighbour[row * 4 + (size_t)side] = row_at(mesh, (PetscInt)row, side, 1);
  for (size_t at = 0; second && at < 4 * rows; at++) {
    const int32_t next = neighbour[at]; /* an owned neighbour knows what lies behind it */

    beyond[at] = next >= 0              ? neighbour[(size_t)next * 4 + at % 4]
                 : next == ELUTE_NO_ROW ? ELUTE_NO_ROW
                                        : row_at(mesh, (PetscInt)(at / 4), (int)(at % 4), 2);
  }
  return 0;
}

static PetscErrorCode measure_cells(EluteMesh *mesh) {
  const EluteMeshSpec *spec = &mesh->spec;
  double *volume_x, *volume_row;

  PetscCall(PetscMalloc1((size_t)mesh->view.pitch, &volume_x));
  mesh->view.volume_x = volume_x;
  PetscCall(PetscMalloc1((size_t)mesh->view.n_rows + 1, &volume_row));
  mesh->view.volume_row = volume_row;
  for (PetscInt i = 0; i < mesh->view.pitch; i++) {
    volume_x[i] = i < spec->n[0] ? elute_axis_measure(spec->geometry, 0, spec->edges[0][i], spec->edges[0][i + 1]) : 1;
    if (spec->geometry == ELUTE_WELL_MIXED && i == 0) volume_x[i] = spec->volume;
  }
  for (PetscInt row = 0; row < mesh->view.n_rows; row++) volume_row[row] = EluteMeshRowVolume(mesh, row);
  /* Midpoints, also along r, not centres of mass: a face of a uniform mesh then lies halfway between the centres, so
     that the difference quotient is the gradient at the face to second order up to r = 0. What is lost is small: the
     mean of a cell at r differs from the value at its midpoint by f' h^2/(12 r) + O(h^2), and f' vanishes like r
     towards the axis. */
  for (int d = 0; d < 3; d++) {
    PetscCall(PetscMalloc1((size_t)spec->n[d], &mesh->centre[d]));
    for (PetscInt i = 0; i < spec->n[d]; i++) mesh->centre[d][i] = 0.5 * (spec->edges[d][i] + spec->edges[d][i + 1]);
  }
  return 0;
}

static PetscErrorCode build_local(EluteMesh *mesh) {
  PetscCall(connect_rows(mesh));
  PetscCall(measure_cells(mesh));
  PetscCall(PetscCalloc1((size_t)(mesh->view.n_rows + mesh->view.n_ghost_rows) * (size_t)mesh->view.pitch + 1,
                         &mesh->tissue));
  mesh->view.tissue = mesh->tissue;
  mesh->ghost_tissue = mesh->tissue + (size_t)mesh->view.n_rows * (size_t)mesh->view.pitch;
  return 0;
}

/* Sizes of the fullest block, the same on every rank, so that all ranks refuse alike. */
static PetscErrorCode check_sizes(const EluteMesh *mesh) {
  const PetscInt *n = mesh->spec.n;
  PetscInt64 rows_y = block_begin(n[1], mesh->rank_grid[1], 1), rows_z = block_begin(n[2], mesh->rank_grid[2], 1);
  PetscInt64 rows = rows_y * rows_z + 4 * (rows_y + rows_z);

  PetscCheck(rows <= INT32_MAX / elute_mesh_pitch(n[0]), mesh->comm, PETSC_ERR_USER,
             "mesh: %lld rows of %lld cells on one rank are more than 32-bit indices hold; expected more ranks",
             (long long)(rows_y * rows_z), (long long)n[0]);
  return 0;
}

PetscErrorCode EluteMeshCreate(MPI_Comm comm, const EluteMeshSpec *spec, EluteMesh **out) {
  EluteMesh *mesh;
  PetscErrorCode code;
  int failed;

  *out = NULL;
  PetscCall(elute_mesh_check_spec(comm, spec));
  PetscCall(EluteMeshMemoryCheck(comm, spec, 1));
  PetscCall(PetscNew(&mesh));
  *out = mesh;
  mesh->comm = comm;
  code = elute_mesh_copy_spec(spec, &mesh->spec);
  if (!code) code = place_ranks(mesh);
  if (!code) code = check_sizes(mesh);
  if (!code) {
    mesh->view.ny = (int32_t)(mesh->end[1] - mesh->begin[1]);
    mesh->view.nz = (int32_t)(mesh->end[2] - mesh->begin[2]);
    mesh->view.n_rows = mesh->view.ny * mesh->view.nz;
    mesh->view.n_cells = (int32_t)spec->n[0];
    mesh->view.pitch = (int32_t)elute_mesh_pitch(spec->n[0]);
    mesh->view.periodic_x = spec->periodic[0];
    mesh->n_cells_global = (PetscInt64)spec->n[0] * spec->n[1] * spec->n[2];
    code = build_local(mesh);
  }
  failed = code != 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
  if (!failed) return 0;
  (void)EluteMeshDestroy(out);
  PetscCall(code);
  SETERRQ(comm, PETSC_ERR_MEM, "mesh: another rank could not build its part");
}

PetscErrorCode EluteMeshDestroy(EluteMesh **mesh) {
  EluteMesh *m = *mesh;

  if (!m) return 0;
  EluteMeshSpecClear(&m->spec);
  PetscCall(PetscFree(m->tissue));
  PetscCall(PetscFree(m->view.neighbour));
  PetscCall(PetscFree(m->view.beyond));
  PetscCall(PetscFree(m->view.volume_x));
  PetscCall(PetscFree(m->view.volume_row));
  PetscCall(PetscFree(m->ghost_rank));
  PetscCall(PetscFree(m->ghost_row));
  PetscCall(PetscFree(m->ghost_index));
  for (int d = 0; d < 3; d++) PetscCall(PetscFree(m->centre[d]));
  PetscCall(PetscFree(*mesh));
  return 0;
}
