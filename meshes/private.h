/* Shared by the files of meshes/, not by their users. */
#ifndef ELUTE_MESHES_PRIVATE_H
#define ELUTE_MESHES_PRIVATE_H

#include "mesh.h"

/* Doubles from one species' row to the next. */
PetscInt elute_mesh_pitch(PetscInt n_cells);
/* Fails, on every rank alike, where the spec makes no mesh. */
PetscErrorCode elute_mesh_check_spec(MPI_Comm comm, const EluteMeshSpec *spec);
PetscErrorCode elute_mesh_copy_spec(const EluteMeshSpec *from, EluteMeshSpec *to);

/* Length of [low, high] along axis d or, along r, what turns lengths along the other axes into volume: the area of the
   ring, m2, or the volume of the spherical shell, m3. The volume of a box of the mesh is the product over the axes. */
static inline double elute_axis_measure(EluteGeometry geometry, int d, double low, double high) {
  if (d == 0 && geometry == ELUTE_CYLINDRICAL) return PETSC_PI * (high - low) * (high + low);
  if (d == 0 && geometry == ELUTE_SPHERICAL)
    return 4 * PETSC_PI / 3 * (high - low) * (high * high + high * low + low * low);
  return high - low;
}

static inline bool elute_has_radius(EluteGeometry geometry) {
  return geometry == ELUTE_CYLINDRICAL || geometry == ELUTE_SPHERICAL;
}

#endif
