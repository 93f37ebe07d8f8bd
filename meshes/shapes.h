/* Regions of space, for tissues, deposits, probes and boundary patches. Lengths in metres. A point is (x, y, z) in
   Cartesian meshes, (r, z, 0) in cylindrical, (r, 0, 0) in spherical ones; shapes there are bodies of revolution: a
   sphere centred on the axis is {centre (0, z)}, and only the meridian half-plane is tested. */
#ifndef ELUTE_SHAPES_H
#define ELUTE_SHAPES_H

#include <stdbool.h>

typedef enum {
  ELUTE_SHAPE_EVERYWHERE,
  ELUTE_SHAPE_SPHERE,     /* centre a, radius r */
  ELUTE_SHAPE_ELLIPSOID,  /* centre a, semi-axes b */
  ELUTE_SHAPE_BOX,        /* from a to b */
  ELUTE_SHAPE_CYLINDER,   /* axis from a to b, radius r */
  ELUTE_SHAPE_CAPSULE,    /* axis from a to b, radius r, round ends */
  ELUTE_SHAPE_HALF_SPACE, /* through a, inside where (x - a) . b <= 0 (b the outward normal) */
  ELUTE_SHAPE_SHELL,      /* centre a, radius r inside, r_outer outside */
  ELUTE_SHAPE_UNION,
  ELUTE_SHAPE_INTERSECTION,
  ELUTE_SHAPE_DIFFERENCE, /* first part minus all others */
  ELUTE_SHAPE_MARGIN,     /* around the part, no farther from it than r */
} EluteShapeKind;

typedef struct EluteShape EluteShape;
struct EluteShape {
  EluteShapeKind kind;
  double a[3], b[3], r, r_outer;
  int n_parts;
  EluteShape *parts; /* owned, n_parts */
};

bool elute_shape_contains(const EluteShape *shape, const double x[3]);
/* Signed distance to the surface, negative inside (exact for the elementary shapes but the ellipsoid, where it is a
   bound; for set operations the usual min/max). */
double elute_shape_distance(const EluteShape *shape, const double x[3]);
/* A copy that owns its parts; false without memory. */
bool elute_shape_copy(const EluteShape *shape, EluteShape *copy);
void elute_shape_clear(EluteShape *shape); /* frees parts, recursively */

#endif
