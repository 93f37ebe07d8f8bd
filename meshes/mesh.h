/* Rectilinear meshes, distributed by whole rows. Geometry in, plain arrays out.

   Axes: Cartesian x, y, z; cylindrical r (first axis), z (second); spherical r. A missing axis has one cell of unit
   width (1 m; cylindrical and spherical meshes count the full 2 pi and 4 pi), so 1-D amounts are per m2 of
   cross-section. well_mixed: one cell of the given volume. */
#ifndef ELUTE_MESH_H
#define ELUTE_MESH_H

#include <petscsys.h>
#include "../kernels/view.h"
#include "shapes.h"

typedef enum { ELUTE_CARTESIAN, ELUTE_CYLINDRICAL, ELUTE_SPHERICAL, ELUTE_WELL_MIXED } EluteGeometry;

typedef struct EluteMeshSpec {
  EluteGeometry geometry;
  int dimension;    /* axes given: 0 (well mixed) to 3 */
  PetscInt n[3];    /* cells along each axis, 1 for missing ones */
  double *edges[3]; /* [n+1] increasing, m; NULL: uniform from 0 to 1; missing axes 0..1 (owned by the spec) */
  bool periodic[3];
  double volume; /* m3, well_mixed only */
  int reach;     /* rows that a row looks at on each side: 2 for view.beyond, else 1 (or 0) */
} EluteMeshSpec;

typedef struct EluteMesh {
  MPI_Comm comm;
  EluteMeshSpec spec;        /* deep copy */
  EluteMeshView view;        /* local part; its arrays live in host memory and belong to the mesh */
  PetscInt begin[3], end[3]; /* owned index ranges per axis; [0] is always all */
  int rank_grid[3];          /* ranks along each axis ([0] = 1); ranks beyond rank_grid[1]*rank_grid[2] own nothing */
  int rank_at[3];            /* this rank's place in the grid; -1 on idle ranks */
  PetscInt64 n_cells_global;
  double *centre[3];           /* [n] cell centres along each axis, whole axis */
  int32_t *ghost_rank;         /* [n_ghost_rows] rank that owns the ghost row */
  int32_t *ghost_row;          /* [n_ghost_rows] its row number there */
  PetscInt *ghost_index;       /* [n_ghost_rows * 2] its global (j, k) */
  const uint8_t *ghost_tissue; /* [n_ghost_rows * pitch] labels of the ghost rows */
  uint8_t *tissue;             /* writable alias of view.tissue */
} EluteMesh;

/* Bytes that a run of so many species on this mesh takes on all ranks together, about; any spec, also an absurd one. */
double EluteMeshMemoryNeeded(const EluteMeshSpec *spec, int n_species);
/* Fails (PETSC_ERR_MEM) when a run of so many species on this mesh needs more memory than the machine has. Collective.
 */
PetscErrorCode EluteMeshMemoryCheck(MPI_Comm comm, const EluteMeshSpec *spec, int n_species);
/* Checks the spec (edges increasing, counts positive, sizes that fit) and builds the local part. Collective. */
PetscErrorCode EluteMeshCreate(MPI_Comm comm, const EluteMeshSpec *spec, EluteMesh **mesh);
PetscErrorCode EluteMeshDestroy(EluteMesh **mesh);
/* Do two meshes have the same cells? Whole ones, of one rank each. */
bool EluteMeshAgree(const EluteMesh *a, const EluteMesh *b);
/* n meshes of at most two axes that agree, of one rank each, behind each other along the third axis; nothing passes from
   one to the next. Part p's tissue t is p * labels + t. */
PetscErrorCode EluteMeshStack(int n, const EluteMesh *const *part, int labels, EluteMesh **mesh);
void EluteMeshSpecClear(EluteMeshSpec *spec);

/* Edges of a uniform (ratio 1) or geometrically stretched axis; edges has n+1 entries. Increasing widths for ratio > 1.
 */
void EluteMeshEdges(double from, double to, PetscInt n, double ratio, double *edges);

/* Paints labels in order, later over earlier, by cell centre; owned and ghost rows. The first is the ground: its shape
   is not asked. cells[t]: global number of cells that kept label t. Collective. */
PetscErrorCode EluteMeshPaintTissues(EluteMesh *mesh, int n, const EluteShape *shapes, PetscInt64 *cells);

/* Centre of a cell. row may be an owned row or n_rows + g for ghost row g. */
void EluteMeshCellCentre(const EluteMesh *mesh, PetscInt row, PetscInt i, double x[3]);
double EluteMeshCellVolume(const EluteMesh *mesh, PetscInt row, PetscInt i); /* m3, owned or ghost row */
double EluteMeshRowVolume(const EluteMesh *mesh, PetscInt row);              /* volume_row, owned or ghost row */
/* Global (j, k) of an owned or ghost row. */
void EluteMeshRowIndex(const EluteMesh *mesh, PetscInt row, PetscInt *j, PetscInt *k);

/* For files: a row of so many bytes, and the place of the owned rows among all, a row being the unit. The caller frees
   them. */
PetscErrorCode EluteMeshRowTypes(const EluteMesh *mesh, size_t row_bytes, MPI_Datatype *row, MPI_Datatype *owned);

/* A face of the cell (row, i): side 0..5 = x- x+ y- y+ z- z+. area m2; distance from the cell's centre to it, m;
   centre of the face in x[3]. Zero area at r = 0. */
void EluteMeshFace(const EluteMesh *mesh, PetscInt row, PetscInt i, int side, double *area, double *distance,
                   double x[3]);

/* Weights of a linear reconstruction at the faces below the owned cells (axis 0: all; 1, 2: rows) along an axis and
   above the last: weight[w * (n + 1) + j], w = 0..3, n owned along the axis. Distance from a cell's centre to the face
   over that between two centres: w = 0, 1 from the cell below (to the one behind it; across the face), 2, 3 from the
   cell above. 0 where there is no such cell. */
void EluteMeshFaceWeights(const EluteMesh *mesh, int axis, double *weight);

/* Volume fraction of each owned cell inside the shape, [n_rows * pitch]; total: global volume of the sampled shape, m3
   (0: outside the mesh). Cells that the surface cuts are divided until it is flat (error stated in mesh_fractions.c).
   Collective. */
PetscErrorCode EluteMeshShapeFractions(const EluteMesh *mesh, const EluteShape *shape, double *fraction, double *total);

/* Adds to area[row * pitch + i] of the owned cells the wall of a straight vessel that lies in them, 2 pi radius length, m2;
   to `inside` what lies in the mesh at all, the same on every rank. A mesh of three Cartesian axes. Not collective. */
PetscErrorCode EluteMeshAddRod(const EluteMesh *mesh, const double from[3], const double to[3], double radius,
                               double *area, double *inside);

/* Interpolation of cell values at a point: up to 8 cells (global i, j, k each) with weights that sum to 1; linear
   between centres, constant beyond the outermost ones (periodic axes: across the seam; at r = 0: even in r). n = 0: the
   point is outside the mesh. */
void EluteMeshInterpolation(const EluteMesh *mesh, const double x[3], int *n, PetscInt cell[8][3], double weight[8]);
/* Owned row of the global (j, k), or -1. */
PetscInt EluteMeshOwnedRow(const EluteMesh *mesh, PetscInt j, PetscInt k);

#endif
