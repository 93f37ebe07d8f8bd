/* What a mesh is asked to be: edges, checks, and the memory that a run on it takes. */
#include "private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CELLS_PER_AXIS = 1 << 30 };

static const char *const axis_name[] = {"first", "second", "third"};

/* PETSc formats numbers in its own way ("1." for 1): the text is made before PETSc sees it. */
static PetscErrorCode refuse(MPI_Comm comm, PetscErrorCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static PetscErrorCode refuse(MPI_Comm comm, PetscErrorCode code, const char *format, ...) {
  char text[512];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return PetscError(comm, __LINE__, "", __FILE__, code, PETSC_ERROR_INITIAL, "%s", text);
}

/* Multiple of 8 doubles, at least one of padding, and not a multiple of 512 bytes: rows of equal offset in several
   species would otherwise fall into the same cache sets (measured). */
PetscInt elute_mesh_pitch(PetscInt n_cells) {
  PetscInt pitch = (n_cells / 8 + 1) * 8;

  return pitch % 64 == 0 ? pitch + 8 : pitch;
}

void EluteMeshEdges(double from, double to, PetscInt n, double ratio, double *edges) {
  double growth = log(ratio);

  for (PetscInt i = 0; i <= n; i++) {
    /* Both forms of the geometric sum (ratio^i - 1)/(ratio^n - 1), so that neither power overflows. */
    double share = growth == 0 ? (double)i / (double)n
                   : growth < 0
                       ? expm1((double)i * growth) / expm1((double)n * growth)
                       : exp((double)(i - n) * growth) * expm1(-(double)i * growth) / expm1(-(double)n * growth);

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

PetscErrorCode elute_mesh_copy_spec(const EluteMeshSpec *from, EluteMeshSpec *to) {
  *to = *from;
  to->edges[0] = to->edges[1] = to->edges[2] = NULL;
  for (int d = 0; d < 3; d++) {
    size_t bytes = sizeof(double) * ((size_t)from->n[d] + 1);

    to->edges[d] = malloc(bytes);
    if (!to->edges[d]) SETERRQ(PETSC_COMM_SELF, PETSC_ERR_MEM, "mesh: no memory for its edges");
    if (from->edges[d])
      memcpy(to->edges[d], from->edges[d], bytes);
    else
      EluteMeshEdges(0, 1, from->n[d], 1, to->edges[d]);
  }
  return 0;
}

static PetscErrorCode check_axis(MPI_Comm comm, const EluteMeshSpec *spec, int d) {
  const double *edge = spec->edges[d];
  const PetscInt n = spec->n[d];

  if (n < 1 || n > MAX_CELLS_PER_AXIS)
    return refuse(comm, PETSC_ERR_USER, "mesh: the %s axis has %lld cells; expected 1 to %d", axis_name[d],
                  (long long)n, (int)MAX_CELLS_PER_AXIS);
  if (d >= spec->dimension && n != 1)
    return refuse(comm, PETSC_ERR_USER, "mesh: the %s axis has %lld cells in a mesh of %d axes", axis_name[d],
                  (long long)n, spec->dimension);
  for (PetscInt i = 0; edge && i < n; i++)
    if (!isfinite(edge[i]) || !isfinite(edge[i + 1]) || edge[i] >= edge[i + 1])
      return refuse(comm, PETSC_ERR_USER,
                    "mesh: edges of the %s axis must increase, but edge %lld is at %g m and the next at %g m",
                    axis_name[d], (long long)i, edge[i], edge[i + 1]);
  /* With one or two cells a cell would be its own neighbour, or the same neighbour twice: the lines are not cyclic
     tri-diagonal any more. */
  if (spec->periodic[d] && n < 3)
    return refuse(comm, PETSC_ERR_USER, "mesh: the %s axis is periodic and has %lld cells; expected at least 3",
                  axis_name[d], (long long)n);
  return 0;
}

PetscErrorCode elute_mesh_check_spec(MPI_Comm comm, const EluteMeshSpec *spec) {
  const int most[] = {[ELUTE_CARTESIAN] = 3, [ELUTE_CYLINDRICAL] = 2, [ELUTE_SPHERICAL] = 1, [ELUTE_WELL_MIXED] = 0};
  const int least = spec->geometry == ELUTE_WELL_MIXED ? 0 : 1;

  if (spec->dimension < least || spec->dimension > most[spec->geometry])
    return refuse(comm, PETSC_ERR_USER, "mesh: %d axes; this geometry has %d to %d", spec->dimension, least,
                  most[spec->geometry]);
  for (int d = 0; d < 3; d++) PetscCall(check_axis(comm, spec, d));
  if (elute_has_radius(spec->geometry)) {
    if (spec->edges[0] && spec->edges[0][0] < 0)
      return refuse(comm, PETSC_ERR_USER, "mesh: r begins at %g m; expected 0 m or more", spec->edges[0][0]);
    if (spec->periodic[0]) return refuse(comm, PETSC_ERR_USER, "mesh: r cannot be periodic");
  }
  if (spec->geometry == ELUTE_WELL_MIXED && !(isfinite(spec->volume) && spec->volume > 0))
    return refuse(comm, PETSC_ERR_USER, "mesh: a volume of %g m3; expected one above 0 m3", spec->volume);
  return 0;
}

/* In doubles: the product of three counts may exceed 64 bits. Vectors: a step keeps at most ten of the size of the
   state (state, stages, work; numerics, memory); coefficients: conductances of each axis in use and the capacity,
   single precision, as if every species were mobile; one byte for the label. */
double EluteMeshMemoryNeeded(const EluteMeshSpec *spec, int n_species) {
  double values = (double)elute_mesh_pitch(PetscMin(spec->n[0], (PetscInt)MAX_CELLS_PER_AXIS)) * (double)spec->n[1] *
                  (double)spec->n[2];
  int axes = (spec->n[0] > 1) + (spec->n[1] > 1) + (spec->n[2] > 1);

  return values * (n_species * (10.0 * sizeof(double) + (axes + 1.0) * sizeof(float)) + 1.0);
}

/* A limit in bytes from a file of the control group; infinite when there is none. */
static double read_limit(const char *path) {
  FILE *file = fopen(path, "r");
  double limit = INFINITY;

  if (!file) return limit;
  if (fscanf(file, "%lf", &limit) != 1 || !(limit > 0)) limit = INFINITY; /* "max" */
  fclose(file);
  return limit;
}

/* Of all nodes together: each node's first rank tells its memory, or the limit of the container it runs in. */
static PetscErrorCode memory_available(MPI_Comm comm, double *bytes) {
  MPI_Comm node;
  int rank;
  double mine = 0;

  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_rank(node, &rank));
  PetscCallMPI(MPI_Comm_free(&node));
  if (rank == 0) {
    mine = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE);
    mine = fmin(mine, read_limit("/sys/fs/cgroup/memory.max"));
    mine = fmin(mine, read_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  }
  PetscCallMPI(MPI_Allreduce(&mine, bytes, 1, MPI_DOUBLE, MPI_SUM, comm));
  return 0;
}

PetscErrorCode EluteMeshMemoryCheck(MPI_Comm comm, const EluteMeshSpec *spec, int n_species) {
  double cells = (double)spec->n[0] * (double)spec->n[1] * (double)spec->n[2], available;
  double needed = EluteMeshMemoryNeeded(spec, n_species);

  PetscCall(memory_available(comm, &available));
  /* A tenth is left to the system. */
  if (needed > 0.9 * available)
    return refuse(comm, PETSC_ERR_MEM,
                  "mesh: %.4g cells and %d species need about %.3g GB of memory, of %.3g GB that there are", cells,
                  n_species, needed / 1e9, available / 1e9);
  return 0;
}
