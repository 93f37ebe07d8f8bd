/* mesh: axes and their edges. */
#include "internal.h"

#include "../case/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Geometry {
  const char *name;
  EluteGeometry geometry;
  const char *axis[4]; /* in order, NULL at the end */
} Geometry;

static const Geometry geometries[] = {
    {"cartesian", ELUTE_CARTESIAN, {"x", "y", "z", NULL}},
    {"cylindrical", ELUTE_CYLINDRICAL, {"r", "z", NULL, NULL}},
    {"spherical", ELUTE_SPHERICAL, {"r", NULL, NULL, NULL}},
    {"well_mixed", ELUTE_WELL_MIXED, {NULL, NULL, NULL, NULL}},
};

static const double most_cells = 1e7; /* along an axis */
static const char *const all_axes[] = {"x", "y", "z", "r"};

static const Geometry *find_geometry(const EluteNode *mesh) {
  const char *name = elute_scalar(mesh, "geometry");

  for (size_t i = 0; name && i < sizeof geometries / sizeof geometries[0]; i++)
    if (strcmp(geometries[i].name, name) == 0) return &geometries[i];
  return &geometries[0];
}

static bool increasing(EluteBuilder *b, const EluteNode *at, PetscInt n, const double *edges) {
  for (PetscInt i = 0; i < n; i++) {
    if (edges[i + 1] > edges[i]) continue;
    EluteError(b->d, at, "edge %ld is at %g m, edge %ld at %g m; expected edges that increase", (long)i, edges[i],
               (long)i + 1, edges[i + 1]);
    return false;
  }
  return true;
}

/* Room for the edges of n cells, each of them divided. */
static bool set_cells(EluteBuilder *b, const EluteNode *at, int a, double n, int divide) {
  EluteMeshSpec *mesh = &b->model->mesh;

  if (n * divide > most_cells) {
    EluteError(b->d, at, "found %.0f cells, each divided into %d; expected at most %.0f along an axis", n, divide,
               most_cells);
    return false;
  }
  mesh->n[a] = (PetscInt)n * divide;
  free(mesh->edges[a]);
  mesh->edges[a] = elute_zeroed((size_t)mesh->n[a] + 1, sizeof(double));
  return true;
}

static bool read_edges(EluteBuilder *b, const EluteNode *list, int a, int divide) {
  EluteMeshSpec *mesh = &b->model->mesh;
  double *edge, before = 0.0;
  bool fine = true;

  if (list->kind != ELUTE_SEQUENCE || list->n_children < 2) return false; /* the schema has said so */
  if (!set_cells(b, list, a, list->n_children - 1, divide)) return false;
  edge = mesh->edges[a];
  for (const EluteNode *child = list->first; child; child = child->next) {
    double next = 0.0;

    if (!EluteLengthRead(child, &b->model->scope, &next, b->d)) fine = false;
    for (int i = child == list->first ? divide : 1; i <= divide; i++) /* the first edge closes no cell */
      *edge++ = i == divide ? next : before + (next - before) * i / divide;
    before = next;
  }
  return fine && increasing(b, list, mesh->n[a], mesh->edges[a]);
}

static bool make_edges(EluteBuilder *b, const EluteNode *axis, int a, int divide) {
  EluteMeshSpec *mesh = &b->model->mesh;
  const EluteNode *from = EluteNodeChild(axis, "from"), *to = EluteNodeChild(axis, "to");
  const char *cells = elute_scalar(axis, "cells");
  double begin, end, stretch, cell_count = cells ? strtod(cells, NULL) : 0.0;

  if (!from || !to || !(cell_count >= 1.0 && cell_count <= most_cells)) return false;
  if (!elute_quantity(b, axis, "stretch", "1", 0.0, 1.0, &stretch) || !(stretch > 0.0)) return false;
  if (!EluteLengthRead(from, &b->model->scope, &begin, b->d)) return false;
  if (!EluteLengthRead(to, &b->model->scope, &end, b->d)) return false;
  if (!(begin < end)) {
    EluteError(b->d, to, "found %g m, which is not beyond 'from' (%g m); expected an axis of some length", end, begin);
    return false;
  }
  if (!set_cells(b, axis, a, cell_count, divide)) return false;
  EluteMeshEdges(begin, end, mesh->n[a], pow(stretch, 1.0 / divide), mesh->edges[a]);
  return increasing(b, axis, mesh->n[a], mesh->edges[a]);
}

static void unit_axis(EluteMeshSpec *mesh, int a) {
  mesh->n[a] = 1;
  free(mesh->edges[a]);
  mesh->edges[a] = elute_zeroed(2, sizeof(double));
  mesh->edges[a][1] = 1.0;
}

static void check_axes(EluteBuilder *b, const EluteNode *node, const Geometry *g) {
  for (size_t i = 0; i < sizeof all_axes / sizeof all_axes[0]; i++) {
    const EluteNode *axis = EluteNodeChild(node, all_axes[i]);
    bool known = false;

    for (int k = 0; g->axis[k]; k++) known = known || strcmp(g->axis[k], all_axes[i]) == 0;
    if (axis && !known)
      EluteError(b->d, axis, "found an axis '%s' in a %s mesh; expected %s", all_axes[i], g->name,
                 !g->axis[0]   ? "a volume and no axis"
                 : !g->axis[1] ? "r alone"
                 : !g->axis[2] ? "r and z"
                               : "x, y and z");
  }
}

static void read_axes(EluteBuilder *b, const EluteNode *node, const Geometry *g) {
  EluteMeshSpec *mesh = &b->model->mesh;
  const char *refine = elute_scalar(node, "refine");
  const int divide = refine ? (int)strtol(refine, NULL, 10) : 1;

  if (divide < 1 || divide > 1024) return; /* the schema has said so */

  for (int a = 0; a < 3 && g->axis[a]; a++) {
    const EluteNode *axis = EluteNodeChild(node, g->axis[a]), *edges = EluteNodeChild(axis, "edges");

    if (!axis) {
      if (a == 0) EluteError(b->d, node, "the key '%s' is missing; expected the first axis", g->axis[0]);
      for (int later = a + 1; a > 0 && later < 3 && g->axis[later]; later++)
        if (EluteNodeChild(node, g->axis[later]))
          EluteError(b->d, EluteNodeChild(node, g->axis[later]),
                     "found without '%s'; expected axes in the order x, y, z", g->axis[a]);
      return;
    }
    mesh->dimension = a + 1;
    if (!(edges ? read_edges(b, edges, a, divide) : make_edges(b, axis, a, divide))) {
      unit_axis(mesh, a);
    } else if (a == 0 && g->geometry != ELUTE_CARTESIAN && mesh->edges[a][0] < 0.0) {
      EluteError(b->d, axis, "found r from %g m; expected 0 m or more", mesh->edges[a][0]);
    }
  }
}

void elute_build_mesh(EluteBuilder *b) {
  static const char *const volume[] = {"volume", NULL};
  const EluteNode *node = EluteNodeChild(b->root, "mesh");
  const Geometry *g = find_geometry(node);
  EluteMeshSpec *mesh = &b->model->mesh;

  mesh->geometry = g->geometry;
  for (int a = 0; a < 3; a++) unit_axis(mesh, a);
  if (!node || node->kind != ELUTE_MAPPING) return;
  check_axes(b, node, g);
  if (g->geometry == ELUTE_WELL_MIXED) {
    const char *refine = elute_scalar(node, "refine");

    if (refine && strcmp(refine, "1") != 0)
      EluteError(b->d, EluteNodeChild(node, "refine"),
                 "found %s in a well-mixed mesh, which has one cell; expected no 'refine'", refine);
    if (!EluteNodeChild(node, "volume"))
      EluteError(b->d, node, "the key 'volume' is missing; expected the volume of the well-mixed tissue, such as 1 mL");
    if (!elute_quantity(b, node, "volume", "m3", 0.0, 1.0, &mesh->volume)) mesh->volume = 1.0;
    return;
  }
  elute_misplaced(b, node, volume, "found a volume in a mesh with axes; expected it with geometry: well_mixed alone");
  read_axes(b, node, g);
}
