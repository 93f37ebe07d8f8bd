/* Tensors of tissues: from a direction, or entry by entry. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const entries[] = {"xx", "yy", "zz", "xy", "xz", "yz"};

/* n n^T + across (I - n n^T), n the direction. */
static bool along_direction(EluteBuilder *b, const EluteNode *direction, double across, double tensor[6]) {
  const int dimension = b->model->mesh.dimension;
  double n[3] = {0, 0, 0}, square = 0.0;
  int i = 0;

  if (direction->kind != ELUTE_SEQUENCE) return false; /* the schema has said so */
  if (direction->n_children != dimension) {
    EluteError(b->d, direction, "found %d components; expected %d, one for each axis of the mesh",
               direction->n_children, dimension);
    return false;
  }
  for (const EluteNode *child = direction->first; child && i < 3; child = child->next, i++) {
    if (!EluteNumberRead(child, "1", 0.0, &b->model->scope, &n[i], b->d)) return false;
    square += n[i] * n[i];
  }
  if (!(square > 0.0)) {
    EluteError(b->d, direction, "found a direction of length 0; expected that along which the property holds");
    return false;
  }
  for (int a = 0; a < 3; a++)
    for (int c = a; c < 3; c++)
      tensor[a == c ? a : 2 + a + c] = (1.0 - across) * n[a] * n[c] / square + (a == c ? across : 0.0);
  return true;
}

static bool from_entries(EluteBuilder *b, const EluteNode *node, double t[6]) {
  double in_plane, determinant;

  for (int e = 0; e < 6; e++) {
    const EluteNode *child = EluteNodeChild(node, entries[e]);
    const bool beyond = b->model->mesh.dimension < 3 && strchr(entries[e], 'z');

    t[e] = e < 3 && beyond ? 1.0 : 0.0;
    if (child && beyond) {
      EluteError(b->d, child, "found an entry of the third axis on a mesh of two axes; expected xx, yy and xy alone");
      return false;
    }
    if (!child && e < 3 && !beyond) {
      EluteError(b->d, node, "the key '%s' is missing; expected every entry of the diagonal", entries[e]);
      return false;
    }
    if (child && !EluteNumberRead(child, "1", 0.0, &b->model->scope, &t[e], b->d)) return false;
  }
  in_plane = t[0] * t[1] - t[3] * t[3];
  determinant =
      t[0] * (t[1] * t[2] - t[5] * t[5]) - t[3] * (t[3] * t[2] - t[5] * t[4]) + t[4] * (t[3] * t[5] - t[1] * t[4]);
  if (t[0] > 0.0 && in_plane > 1e-12 * t[0] * t[1] && determinant > 1e-12 * t[0] * t[1] * t[2]) return true;
  EluteError(b->d, node,
             "found a tensor that is not positive definite: something would diffuse from little to much; expected "
             "entries beside the diagonal that are small enough (xy^2 < xx yy, and so on)");
  return false;
}

/* The tensor that a node gives, what it does not say being that of `outer` (NULL: nothing). */
static bool read_tensor(EluteBuilder *b, const EluteNode *node, const EluteNode *outer, double tensor[6]) {
  const EluteNode *entry = EluteNodeChild(node, "tensor"), *across = EluteNodeChild(node, "across");
  const EluteNode *direction = EluteNodeChild(node, "direction");
  double ratio;

  if (entry && (direction || across)) {
    EluteError(b->d, entry, "found beside 'direction' or 'across'; expected either a tensor or these two");
    return false;
  }
  if (entry) return from_entries(b, entry, tensor);
  if (!direction) direction = EluteNodeChild(outer, "direction");
  if (!across) across = EluteNodeChild(outer, "across");
  if (!direction || !across) {
    EluteError(b->d, node, "the key '%s' is missing; expected 'direction' and 'across', or 'tensor'",
               direction ? "across" : "direction");
    return false;
  }
  if (!EluteNumberRead(across, "1", 0.0, &b->model->scope, &ratio, b->d) || !(ratio > 0.0)) return false;
  return along_direction(b, direction, ratio, tensor);
}

static double *keep(const double tensor[6]) {
  double *kept = elute_zeroed(6, sizeof *kept);

  memcpy(kept, tensor, 6 * sizeof *kept);
  return kept;
}

void elute_build_anisotropy(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *map = EluteNodeChild(b->root, "tissues");
  int t = 0;

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node && t < m->n_tissues; node = node->next, t++) {
    const EluteNode *own = EluteNodeChild(node, "anisotropy"), *of_flow = EluteNodeChild(own, "hydraulic_conductivity");
    double tensor[6];

    if (!own || own->kind != ELUTE_MAPPING) continue;
    if (m->mesh.geometry != ELUTE_CARTESIAN || m->mesh.dimension < 2) {
      EluteError(b->d, own, "found a direction of tissue on this mesh; expected a Cartesian one of two or three axes");
      continue;
    }
    if (!read_tensor(b, own, NULL, tensor)) continue;
    m->tissues[t].diffusion_tensor = keep(tensor);
    if (!of_flow || read_tensor(b, of_flow, own, tensor)) m->tissues[t].flow_tensor = keep(tensor);
  }
}

bool EluteModelCrosses(const EluteModel *model) {
  bool crosses = false;

  for (int t = 0; t < model->n_tissues && model->n_mobile; t++) {
    const double *tensor = model->tissues[t].diffusion_tensor;

    crosses = crosses || (tensor && (tensor[3] != 0.0 || tensor[4] != 0.0 || tensor[5] != 0.0));
  }
  return crosses;
}
