/* vessels: a network of straight pieces, from a file or written out, instead of or beside a mean vascular_density. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void read_file(EluteBuilder *b, const EluteNode *vessels, const EluteNode *file) {
  char *path = EluteFileBeside(file), why[500] = "";
  double unit;
  int line;

  if (elute_quantity(b, vessels, "unit", "m", 0.0, 1.0, &unit) &&
      !EluteNetworkRead(path, unit, elute_scalar(vessels, "radius"), &b->model->network, &line, why, sizeof why)) {
    if (line > 0)
      EluteError(b->d, file, "line %d: %s", line, why);
    else
      EluteError(b->d, file, "%s", why);
  }
  free(path);
}

static void read_segment(EluteBuilder *b, const EluteNode *node) {
  EluteNetwork *network = &b->model->network;
  EluteVessel vessel = {.radius = 0.0};
  const EluteNode *from = EluteNodeChild(node, "from"), *to = EluteNodeChild(node, "to"),
                  *radius = EluteNodeChild(node, "radius");

  if (!from || !to || !radius || !elute_point(b, from, vessel.from) || !elute_point(b, to, vessel.to) ||
      !EluteLengthRead(radius, &b->model->scope, &vessel.radius, b->d) || !(vessel.radius > 0.0))
    return;
  network->vessel = realloc(network->vessel, ((size_t)network->n + 1) * sizeof *network->vessel);
  if (!network->vessel) abort();
  network->vessel[network->n++] = vessel;
}

/* The share of a piece that lies in the mesh's box (Liang and Barsky 1984). */
static double share_inside(const EluteMeshSpec *mesh, const EluteVessel *vessel) {
  double first = 0.0, last = 1.0;

  for (int d = 0; d < 3; d++) {
    const double low = mesh->edges[d][0], high = mesh->edges[d][mesh->n[d]], step = vessel->to[d] - vessel->from[d];
    const double a = (low - vessel->from[d]) / step, c = (high - vessel->from[d]) / step;

    if (step == 0.0) {
      if (vessel->from[d] < low || vessel->from[d] > high) return 0.0;
      continue;
    }
    first = fmax(first, fmin(a, c));
    last = fmin(last, fmax(a, c));
  }
  return fmax(last - first, 0.0);
}

static void check_inside(EluteBuilder *b, const EluteNode *vessels) {
  const EluteModel *m = b->model;
  double inside = 0.0, all = 0.0;

  for (int v = 0; v < m->network.n; v++) {
    const EluteVessel *one = &m->network.vessel[v];
    const double area =
        one->radius * hypot(hypot(one->to[0] - one->from[0], one->to[1] - one->from[1]), one->to[2] - one->from[2]);

    all += area;
    inside += area * share_inside(&m->mesh, one);
  }
  if (all > 0.0 && inside == 0.0)
    EluteError(b->d, vessels, "found vessels that all lie outside the mesh; expected some inside (is the unit right?)");
  else if (inside < (1.0 - 1e-9) * all)
    EluteWarning(b->d, vessels, "%.3g %% of the vessels' wall lies outside the mesh", 100.0 * (1.0 - inside / all));
}

void elute_build_vessels(EluteBuilder *b) {
  static const char *const of_file[] = {"unit", "radius", NULL};
  const EluteNode *vessels = EluteNodeChild(b->root, "vessels"), *file = EluteNodeChild(vessels, "network");
  const EluteNode *segments = EluteNodeChild(vessels, "segments");

  if (!vessels || vessels->kind != ELUTE_MAPPING) return;
  if (b->model->mesh.geometry != ELUTE_CARTESIAN || b->model->mesh.dimension != 3) {
    EluteError(b->d, vessels, "found vessels in a mesh without three Cartesian axes; expected x, y and z");
    return;
  }
  if (!file) elute_misplaced(b, vessels, of_file, "found without 'network', whose file it is about");
  if (!file && !segments) EluteError(b->d, vessels, "expected 'network' (a file) or 'segments'");
  if (file && file->kind == ELUTE_SCALAR) read_file(b, vessels, file);
  for (const EluteNode *node = elute_first(segments, ELUTE_SEQUENCE); node; node = node->next) read_segment(b, node);
  check_inside(b, vessels);
}
