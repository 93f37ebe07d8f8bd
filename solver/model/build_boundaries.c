/* boundaries: what passes through the faces of the domain, and which faces are the same (periodic). */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *axis_names(EluteGeometry geometry) {
  return geometry == ELUTE_CARTESIAN ? "xyz" : geometry == ELUTE_CYLINDRICAL ? "rz" : "r";
}

void EluteModelSideName(const EluteModel *model, int side, char name[8]) {
  snprintf(name, 8, "%c%c", axis_names(model->mesh.geometry)[side / 2], side & 1 ? '+' : '-');
}

/* Sides by name, in the order of EluteMeshFace. */
static unsigned side_of(const EluteMeshSpec *mesh, const char *name) {
  const char *axes = axis_names(mesh->geometry), *axis;

  if (strcmp(name, "surface") == 0 && mesh->geometry != ELUTE_CARTESIAN) return 1U << 1;
  if (strlen(name) != 2 || (name[1] != '-' && name[1] != '+')) return 0;
  axis = strchr(axes, name[0]);
  if (!axis || axis - axes >= mesh->dimension) return 0;
  return 1U << (2 * (axis - axes) + (name[1] == '+'));
}

static void list_names(EluteBuilder *b, char names[][16], int *n) {
  const char *axes = axis_names(b->model->mesh.geometry);

  *n = 0;
  for (int a = 0; a < b->model->mesh.dimension; a++)
    for (int s = 0; s < 2; s++) snprintf(names[(*n)++], 16, "%c%c", axes[a], s ? '+' : '-');
  if (b->model->mesh.geometry != ELUTE_CARTESIAN) snprintf(names[(*n)++], 16, "surface");
  snprintf(names[(*n)++], 16, "all");
}

static void unknown_part(EluteBuilder *b, const EluteNode *node) {
  const EluteNode *shapes = EluteNodeChild(b->root, "shapes");
  char names[8][16], known[200] = "";
  const char *candidates[8 + 64], *nearest;
  int n, n_sides;

  list_names(b, names, &n_sides);
  for (n = 0; n < n_sides; n++) {
    candidates[n] = names[n];
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", n ? ", " : "", names[n]);
  }
  for (const EluteNode *one = elute_first(shapes, ELUTE_MAPPING); one && n < 8 + 64; one = one->next)
    candidates[n++] = one->key;
  nearest = strlen(node->key) > 2 ? EluteNearest(node->key, n, candidates) : NULL;
  EluteError(b->d, node, "the mesh has no such side; expected one of %s or the name of a shape under shapes:%s%s%s",
             known, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

bool elute_find_part(EluteBuilder *b, const EluteNode *node, ElutePart *part) {
  const EluteMeshSpec *mesh = &b->model->mesh;
  const unsigned everything = (1U << (2 * mesh->dimension)) - 1U;

  *part = (ElutePart){.node = node};
  if (mesh->dimension == 0) {
    EluteError(b->d, node, "found a boundary in a well-mixed case, which has none");
    return false;
  }
  part->sides = side_of(mesh, node->key);
  part->named_side = part->sides != 0;
  if (strcmp(node->key, "all") == 0) part->sides = everything;
  if (part->sides) return true;
  part->shape = EluteNodeChild(EluteNodeChild(b->root, "shapes"), node->key);
  part->sides = everything;
  if (!part->shape) unknown_part(b, node);
  return part->shape != NULL;
}

/* The axis of a side becomes a ring. */
static void make_periodic(EluteBuilder *b, const ElutePart *part, const EluteNode *node) {
  EluteMeshSpec *mesh = &b->model->mesh;

  if (node->kind == ELUTE_SCALAR && strcmp(node->text, "yes") != 0 && strcmp(node->text, "true") != 0) {
    EluteError(b->d, node, "found '%s'; expected yes, or nothing", node->text);
    return;
  }
  if (!part->named_side && strcmp(part->node->key, "all") != 0) {
    EluteError(b->d, node, "found on a shape; expected a whole side, such as x-");
    return;
  }
  for (int a = 0; a < mesh->dimension; a++) {
    if (!(part->sides & (3U << (2 * a)))) continue;
    if (a == 0 && mesh->geometry != ELUTE_CARTESIAN)
      EluteError(b->d, node, "found on r, which begins at the axis or centre; expected x, y or z");
    else
      mesh->periodic[a] = true;
  }
}

/* A ring is one for all that moves. */
static void species_periodic(EluteBuilder *b, const ElutePart *part, const EluteNode *node) {
  const bool all = strcmp(node->key, "all") == 0;

  if (!all && elute_find_species_named(b, node, node->key) < 0) return;
  if (!all && b->model->n_mobile > 1)
    EluteError(b->d, EluteNodeChild(node, "periodic"), "found for one species of several; expected %s: {periodic: yes}",
               part->node->key);
  else if (node->n_children > 1)
    EluteError(b->d, node, "found further keys beside periodic; expected none");
  else
    make_periodic(b, part, EluteNodeChild(node, "periodic"));
}

static EluteValue *condition_value(EluteBuilder *b, const EluteBoundarySpec *spec, const EluteNode *node) {
  const EluteSpecies *s = &b->model->species[spec->species];

  if (spec->kind != ELUTE_BOUNDARY_FLUX) return elute_concentration_value(b, node, s);
  return elute_value(b, node, elute_quantities[s->quantity].flux, s->molar_mass);
}

static bool read_condition(EluteBuilder *b, const EluteNode *node, EluteBoundarySpec *spec) {
  static const char *const keys[] = {"value", "flux", "transfer", "no_flux", "outflow"};
  static const EluteBoundaryKind kinds[] = {ELUTE_BOUNDARY_VALUE, ELUTE_BOUNDARY_FLUX, ELUTE_BOUNDARY_TRANSFER,
                                            ELUTE_BOUNDARY_NO_FLUX, ELUTE_BOUNDARY_OUTFLOW};
  static const char *const as_key[] = {"as", NULL};
  const char *as = elute_scalar(node, "as");
  const EluteNode *chosen = NULL;

  for (int i = 0; i < 5; i++) {
    const EluteNode *child = EluteNodeChild(node, keys[i]);

    if (!child) continue;
    if (chosen) {
      EluteError(b->d, child, "found beside '%s'; expected one of value, flux, transfer, no_flux and outflow",
                 chosen->key);
      return false;
    }
    chosen = child;
    spec->kind = kinds[i];
  }
  if (!chosen) {
    EluteError(b->d, node, "expected one of value, flux, transfer, no_flux and outflow");
    return false;
  }
  spec->as_tissue = as && strcmp(as, "tissue") == 0;
  if (spec->kind != ELUTE_BOUNDARY_VALUE && spec->kind != ELUTE_BOUNDARY_TRANSFER)
    elute_misplaced(b, node, as_key, "found without a concentration; expected it beside value or transfer");
  if (spec->kind == ELUTE_BOUNDARY_NO_FLUX || spec->kind == ELUTE_BOUNDARY_OUTFLOW) {
    if (elute_flag(node, chosen->key)) return true;
    EluteError(b->d, chosen, "found '%s'; expected yes, or nothing",
               chosen->kind == ELUTE_SCALAR ? chosen->text : "a mapping");
    return false;
  }
  if (spec->kind == ELUTE_BOUNDARY_TRANSFER) {
    const EluteNode *coefficient = EluteNodeChild(chosen, "coefficient");

    if (!coefficient || !EluteNodeChild(chosen, "outside")) return false; /* the schema has said so */
    spec->coefficient =
        elute_property(b, coefficient, elute_is_temperature(&b->model->species[spec->species]) ? "W/(m2 K)" : "m/s");
    spec->value = condition_value(b, spec, EluteNodeChild(chosen, "outside"));
    return spec->coefficient && spec->value;
  }
  spec->value = condition_value(b, spec, chosen);
  return spec->value != NULL;
}

static void add_condition(EluteBuilder *b, const ElutePart *part, const EluteNode *node, int species) {
  EluteModel *m = b->model;
  EluteBoundarySpec spec = {.sides = part->sides, .species = species, .node = node};

  if (read_condition(b, node, &spec) && part->shape) spec.has_shape = elute_build_shape(b, part->shape, &spec.shape);
  spec.name = elute_text_copy(part->node->key);
  m->boundaries = elute_grow(m->boundaries, m->n_boundaries, sizeof *m->boundaries);
  m->boundaries[m->n_boundaries++] = spec;
}

static void build_part(EluteBuilder *b, const EluteNode *node) {
  EluteModel *m = b->model;
  ElutePart part;

  if (!elute_find_part(b, node, &part)) return;
  for (const EluteNode *child = elute_first(node, ELUTE_MAPPING); child; child = child->next) {
    int k;

    if (strcmp(child->key, "periodic") == 0) {
      make_periodic(b, &part, child);
    } else if (child->kind != ELUTE_MAPPING) {
      EluteError(b->d, child, "expected a condition, such as {value: 0 uM}");
    } else if (EluteNodeChild(child, "periodic")) {
      species_periodic(b, &part, child);
    } else if (strcmp(child->key, "all") == 0) {
      for (k = 0; k < m->n_mobile; k++)
        if (m->species[k].quantity != ELUTE_HEAT) add_condition(b, &part, child, k);
    } else if ((k = elute_find_species_named(b, child, child->key)) >= 0) {
      if (!m->species[k].mobile)
        EluteError(b->d, child, "the species '%s' is immobile; expected a mobile one", child->key);
      else
        add_condition(b, &part, child, k);
    }
  }
}

/* A ring has no ends: conditions on its sides by name contradict it, those of `all` skip it. */
static void check_periodic(EluteBuilder *b) {
  EluteModel *m = b->model;

  for (int a = 0; a < m->mesh.dimension; a++) {
    const unsigned ends = 3U << (2 * a);

    if (!m->mesh.periodic[a]) continue;
    for (int i = 0; i < m->n_boundaries; i++) {
      EluteBoundarySpec *spec = &m->boundaries[i];
      const bool named = !spec->has_shape && strcmp(spec->name, "all") != 0;

      if (named && (spec->sides & ends))
        EluteError(b->d, spec->node, "found a condition on a periodic side, which is no end of the domain");
      spec->sides &= ~ends;
    }
  }
}

void elute_build_boundaries(EluteBuilder *b) {
  const EluteNode *map = EluteNodeChild(b->root, "boundaries");

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) build_part(b, node);
  check_periodic(b);
}
