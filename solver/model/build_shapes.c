/* Shapes: spheres, boxes and their unions, from nodes. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Form {
  const char *key;
  EluteShapeKind kind;
  const char *a, *b;       /* keys of points, NULL: none */
  const char *r, *r_outer; /* keys of lengths, NULL: none */
} Form;

static const Form forms[] = {
    {"sphere", ELUTE_SHAPE_SPHERE, "centre", NULL, "radius", NULL},
    {"ellipsoid", ELUTE_SHAPE_ELLIPSOID, "centre", "semi_axes", NULL, NULL},
    {"box", ELUTE_SHAPE_BOX, "from", "to", NULL, NULL},
    {"cylinder", ELUTE_SHAPE_CYLINDER, "from", "to", "radius", NULL},
    {"capsule", ELUTE_SHAPE_CAPSULE, "from", "to", "radius", NULL},
    {"half_space", ELUTE_SHAPE_HALF_SPACE, "point", NULL, NULL, NULL},
    {"shell", ELUTE_SHAPE_SHELL, "centre", NULL, "inner_radius", "outer_radius"},
    {"union", ELUTE_SHAPE_UNION, NULL, NULL, NULL, NULL},
    {"intersection", ELUTE_SHAPE_INTERSECTION, NULL, NULL, NULL, NULL},
    {"difference", ELUTE_SHAPE_DIFFERENCE, NULL, NULL, NULL, NULL},
};

static const Form *find_form(const char *key) {
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
    if (strcmp(forms[i].key, key) == 0) return &forms[i];
  return NULL;
}

static bool read_length(EluteBuilder *b, const EluteNode *node, const char *key, double *length) {
  const EluteNode *child = key ? EluteNodeChild(node, key) : NULL;

  if (!key) return true;
  if (!child || !EluteLengthRead(child, &b->model->scope, length, b->d)) return false;
  if (*length > 0.0 || (*length == 0.0 && strcmp(key, "inner_radius") == 0)) return true;
  EluteError(b->d, child, "found %g m; expected a length above 0 m", *length);
  return false;
}

static bool read_normal(EluteBuilder *b, const EluteNode *node, EluteShape *shape) {
  const EluteNode *normal = EluteNodeChild(node, "normal");
  const int n = b->model->mesh.dimension;
  double square = 0.0;
  int i = 0;

  if (!normal || normal->kind != ELUTE_SEQUENCE) return false;
  if (normal->n_children != n) {
    EluteError(b->d, normal, "found %d components; expected %d, one for each axis of the mesh", normal->n_children, n);
    return false;
  }
  for (const EluteNode *child = normal->first; child && i < 3; child = child->next, i++) {
    if (!EluteNumberRead(child, "1", 0.0, &b->model->scope, &shape->b[i], b->d)) return false;
    square += shape->b[i] * shape->b[i];
  }
  if (!(square > 0.0)) {
    EluteError(b->d, normal, "found a direction of length 0; expected one that points out of the half-space");
    return false;
  }
  for (i = 0; i < 3; i++) shape->b[i] /= sqrt(square);
  return true;
}

static bool read_parts(EluteBuilder *b, const EluteNode *list, EluteShape *shape) {
  bool fine = true;
  int i = 0;

  if (list->kind != ELUTE_SEQUENCE || !list->n_children) return false;
  shape->parts = elute_zeroed((size_t)list->n_children, sizeof *shape->parts);
  shape->n_parts = list->n_children;
  for (const EluteNode *child = list->first; child; child = child->next, i++)
    if (!elute_build_shape(b, child, &shape->parts[i])) fine = false;
  return fine;
}

/* What must hold between the numbers of a shape. */
static bool check_form(EluteBuilder *b, const EluteNode *node, const EluteShape *shape) {
  const int n = b->model->mesh.dimension;
  double along = 0.0;

  for (int i = 0; i < n; i++) along += (shape->b[i] - shape->a[i]) * (shape->b[i] - shape->a[i]);
  for (int i = 0; i < n; i++) {
    if (shape->kind == ELUTE_SHAPE_BOX && !(shape->b[i] > shape->a[i])) {
      EluteError(b->d, EluteNodeChild(node, "to"), "coordinate %d is not beyond 'from'; expected a box of some extent",
                 i + 1);
      return false;
    }
    if (shape->kind == ELUTE_SHAPE_ELLIPSOID && !(shape->b[i] > 0.0)) {
      EluteError(b->d, EluteNodeChild(node, "semi_axes"), "semi-axis %d is %g m; expected more than 0 m", i + 1,
                 shape->b[i]);
      return false;
    }
  }
  if ((shape->kind == ELUTE_SHAPE_CYLINDER || shape->kind == ELUTE_SHAPE_CAPSULE) && !(along > 0.0)) {
    EluteError(b->d, EluteNodeChild(node, "to"), "found the same point as 'from'; expected an axis of some length");
    return false;
  }
  if (shape->kind == ELUTE_SHAPE_SHELL && !(shape->r_outer > shape->r)) {
    EluteError(b->d, EluteNodeChild(node, "outer_radius"), "found %g m, which does not exceed inner_radius (%g m)",
               shape->r_outer, shape->r);
    return false;
  }
  return true;
}

static bool read_form(EluteBuilder *b, const Form *form, const EluteNode *node, EluteShape *shape) {
  bool fine = true;

  shape->kind = form->kind;
  if (form->kind >= ELUTE_SHAPE_UNION) return read_parts(b, node, shape);
  if (node->kind != ELUTE_MAPPING) return false;
  if (form->a && !elute_point(b, EluteNodeChild(node, form->a), shape->a)) fine = false;
  if (form->b && !elute_point(b, EluteNodeChild(node, form->b), shape->b)) fine = false;
  if (!read_length(b, node, form->r, &shape->r)) fine = false;
  if (!read_length(b, node, form->r_outer, &shape->r_outer)) fine = false;
  if (form->kind == ELUTE_SHAPE_HALF_SPACE && !read_normal(b, node, shape)) fine = false;
  return fine && check_form(b, node, shape);
}

bool elute_build_shape(EluteBuilder *b, const EluteNode *node, EluteShape *shape) {
  const Form *form = NULL;
  const EluteNode *found = NULL;

  memset(shape, 0, sizeof *shape);
  if (!node || node->kind != ELUTE_MAPPING) return false;
  if (b->model->mesh.geometry == ELUTE_WELL_MIXED) {
    EluteError(b->d, node, "found a shape in a well-mixed case, which has no places");
    return false;
  }
  for (const EluteNode *child = node->first; child; child = child->next) {
    const Form *one = find_form(child->key);

    if (!one) continue; /* an unknown key: the schema has said so */
    if (form) {
      EluteError(b->d, child, "found a second shape beside '%s'; expected one, or a union, intersection or difference",
                 form->key);
      return false;
    }
    form = one;
    found = child;
  }
  return form && read_form(b, form, found, shape);
}
