#include "shapes.h"

#include <math.h>
#include <stdlib.h>

static double distance_between(const double a[3], const double b[3]) {
  return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

/* Scaled so that the surface is exact and the value bounds the distance from below outside and from above (in size)
   inside: the smallest semi-axis times (|x/b| - 1). */
static double ellipsoid_distance(const EluteShape *s, const double x[3]) {
  double q = 0, least = INFINITY;

  for (int d = 0; d < 3; d++) {
    if (s->b[d] <= 0) continue; /* an axis that the mesh does not have */
    q += (x[d] - s->a[d]) * (x[d] - s->a[d]) / (s->b[d] * s->b[d]);
    least = fmin(least, s->b[d]);
  }
  return least * (sqrt(q) - 1);
}

static double box_distance(const EluteShape *s, const double x[3]) {
  double outside = 0, inside = -INFINITY;

  for (int d = 0; d < 3; d++) {
    double excess = fmax(s->a[d] - x[d], x[d] - s->b[d]);

    if (s->a[d] == s->b[d]) continue; /* an axis that the mesh does not have */
    if (excess > 0) outside += excess * excess;
    inside = fmax(inside, excess);
  }
  return inside > 0 ? sqrt(outside) : inside;
}

/* Along the axis from a to b (0..length) and away from it. */
static void cylinder_coordinates(const EluteShape *s, const double x[3], double *along, double *away, double *length) {
  double axis[3], to[3], square = 0, dot = 0, offset = 0;

  for (int d = 0; d < 3; d++) {
    axis[d] = s->b[d] - s->a[d];
    to[d] = x[d] - s->a[d];
    square += axis[d] * axis[d];
    dot += axis[d] * to[d];
  }
  *length = sqrt(square);
  *along = *length > 0 ? dot / *length : 0;
  for (int d = 0; d < 3; d++) {
    double radial = to[d] - (*length > 0 ? axis[d] / *length * *along : 0);
    offset += radial * radial;
  }
  *away = sqrt(offset);
}

static double cylinder_distance(const EluteShape *s, const double x[3]) {
  double along, away, length, side, end;

  cylinder_coordinates(s, x, &along, &away, &length);
  side = away - s->r;
  end = fmax(-along, along - length);
  if (side > 0 && end > 0) return hypot(side, end);
  return fmax(side, end);
}

static double capsule_distance(const EluteShape *s, const double x[3]) {
  double along, away, length;

  cylinder_coordinates(s, x, &along, &away, &length);
  return hypot(away, along < 0 ? along : fmax(0, along - length)) - s->r;
}

static double half_space_distance(const EluteShape *s, const double x[3]) {
  double dot = 0, square = 0;

  for (int d = 0; d < 3; d++) {
    dot += (x[d] - s->a[d]) * s->b[d];
    square += s->b[d] * s->b[d];
  }
  return dot / sqrt(square);
}

static double parts_distance(const EluteShape *s, const double x[3]) {
  double distance = s->n_parts ? elute_shape_distance(&s->parts[0], x) : INFINITY;

  for (int p = 1; p < s->n_parts; p++) {
    double other = elute_shape_distance(&s->parts[p], x);

    if (s->kind == ELUTE_SHAPE_UNION)
      distance = fmin(distance, other);
    else if (s->kind == ELUTE_SHAPE_INTERSECTION)
      distance = fmax(distance, other);
    else
      distance = fmax(distance, -other);
  }
  return distance;
}

static double margin_distance(const EluteShape *s, const double x[3]) {
  double distance = elute_shape_distance(&s->parts[0], x);

  return fmax(-distance, distance - s->r);
}

double elute_shape_distance(const EluteShape *s, const double x[3]) {
  switch (s->kind) {
  case ELUTE_SHAPE_EVERYWHERE:
    return -INFINITY;
  case ELUTE_SHAPE_SPHERE:
    return distance_between(x, s->a) - s->r;
  case ELUTE_SHAPE_ELLIPSOID:
    return ellipsoid_distance(s, x);
  case ELUTE_SHAPE_BOX:
    return box_distance(s, x);
  case ELUTE_SHAPE_CYLINDER:
    return cylinder_distance(s, x);
  case ELUTE_SHAPE_CAPSULE:
    return capsule_distance(s, x);
  case ELUTE_SHAPE_HALF_SPACE:
    return half_space_distance(s, x);
  case ELUTE_SHAPE_SHELL:
    return fmax(s->r - distance_between(x, s->a), distance_between(x, s->a) - s->r_outer);
  case ELUTE_SHAPE_MARGIN:
    return margin_distance(s, x);
  default:
    return parts_distance(s, x);
  }
}

bool elute_shape_contains(const EluteShape *s, const double x[3]) {
  return elute_shape_distance(s, x) <= 0;
}

bool elute_shape_copy(const EluteShape *s, EluteShape *copy) {
  *copy = *s;
  copy->n_parts = 0;
  copy->parts = s->n_parts ? malloc((size_t)s->n_parts * sizeof *copy->parts) : NULL;
  if (s->n_parts && !copy->parts) return false;
  for (; copy->n_parts < s->n_parts; copy->n_parts++) {
    if (!elute_shape_copy(&s->parts[copy->n_parts], &copy->parts[copy->n_parts])) {
      elute_shape_clear(copy);
      return false;
    }
  }
  return true;
}

void elute_shape_clear(EluteShape *s) {
  for (int p = 0; p < s->n_parts; p++) elute_shape_clear(&s->parts[p]);
  free(s->parts);
  s->parts = NULL;
  s->n_parts = 0;
}
