/* flow: how interstitial fluid moves (physics A1). */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void read_velocity(EluteBuilder *b, const EluteNode *node, const EluteNode *list) {
  EluteModel *m = b->model;
  int a = 0;

  if (!list) {
    EluteError(b->d, node, "the key 'velocity' is missing; expected one component for each axis of the mesh");
    return;
  }
  if (list->n_children != m->mesh.dimension) {
    EluteError(b->d, list, "found %d components; expected %d, one for each axis of the mesh", list->n_children,
               m->mesh.dimension);
    return;
  }
  for (const EluteNode *child = elute_first(list, ELUTE_SEQUENCE); child; child = child->next, a++)
    m->flow.velocity[a] = elute_property(b, child, "m/s");
}

static bool read_condition(EluteBuilder *b, const EluteNode *node, EluteFlowBoundary *spec) {
  static const char *const keys[] = {"pressure", "velocity", "inflow", "no_flow"};
  const EluteNode *chosen = NULL;

  for (int i = 0; i < 4; i++) {
    const EluteNode *child = EluteNodeChild(node, keys[i]);

    if (!child) continue;
    if (chosen) {
      EluteError(b->d, child, "found beside '%s'; expected one of pressure, velocity, inflow and no_flow", chosen->key);
      return false;
    }
    chosen = child;
    spec->kind = (EluteFlowBoundaryKind)i;
  }
  if (!chosen) return false; /* the schema has said so */
  if (spec->kind == ELUTE_FLOW_PRESSURE) spec->value = elute_property(b, chosen, "Pa");
  if (spec->kind == ELUTE_FLOW_VELOCITY) spec->value = elute_property(b, chosen, "m/s");
  if (spec->kind == ELUTE_FLOW_INFLOW)
    return EluteNumberRead(chosen, "m3/s", 0.0, &b->model->scope, &spec->inflow, b->d);
  if (spec->kind != ELUTE_FLOW_CLOSED) return spec->value != NULL;
  if (elute_flag(node, chosen->key)) return true;
  EluteError(b->d, chosen, "found '%s'; expected yes, or nothing",
             chosen->kind == ELUTE_SCALAR ? chosen->text : "a mapping");
  return false;
}

static void read_boundary(EluteBuilder *b, const EluteNode *node) {
  EluteModel *m = b->model;
  EluteFlowBoundary spec = {.node = node};
  ElutePart part;

  if (!elute_find_part(b, node, &part)) return;
  spec.sides = part.sides;
  for (int a = 0; a < m->mesh.dimension; a++) {
    if (!m->mesh.periodic[a] || !(spec.sides & (3U << (2 * a)))) continue;
    if (part.named_side) EluteError(b->d, node, "found a condition on a periodic side, which is no end of the domain");
    spec.sides &= ~(3U << (2 * a));
  }
  if (!read_condition(b, node, &spec)) return;
  if (part.shape) spec.has_shape = elute_build_shape(b, part.shape, &spec.shape);
  spec.name = elute_text_copy(node->key);
  m->flow.boundaries = elute_grow(m->flow.boundaries, m->flow.n_boundaries, sizeof *m->flow.boundaries);
  m->flow.boundaries[m->flow.n_boundaries++] = spec;
}

static void read_infusion(EluteBuilder *b, const EluteNode *node) {
  EluteModel *m = b->model;
  EluteInfusion spec = {.node = node};
  const EluteNode *where = EluteNodeChild(node, "where"), *to = EluteNodeChild(node, "to");

  if (!where || !EluteNodeChild(node, "rate")) return; /* the schema has said so */
  if (!elute_quantity(b, node, "rate", "m3/s", 0.0, 0.0, &spec.rate) ||
      !elute_quantity(b, node, "from", "s", 0.0, -HUGE_VAL, &spec.from) ||
      !elute_quantity(b, node, "to", "s", 0.0, HUGE_VAL, &spec.to))
    return;
  if (!(spec.from < spec.to)) {
    EluteError(b->d, to ? to : node, "found an end at %g s, not after the beginning at %g s", spec.to, spec.from);
    return;
  }
  if (!elute_build_shape(b, where, &spec.shape)) {
    elute_shape_clear(&spec.shape);
    return;
  }
  spec.name = elute_text_copy(node->key);
  m->flow.infusions = elute_grow(m->flow.infusions, m->flow.n_infusions, sizeof *m->flow.infusions);
  m->flow.infusions[m->flow.n_infusions++] = spec;
}

static void read_dilatation(EluteBuilder *b, const EluteNode *node, EluteDilatation *d) {
  if (!node || !EluteNodeChild(node, "modulus")) return; /* the schema has said so */
  elute_quantity(b, node, "factor", "1", 0.0, 0.0, &d->factor);
  elute_quantity(b, node, "modulus", "Pa", 0.0, 1.0, &d->modulus);
  elute_quantity(b, node, "reference_pressure", "Pa", 0.0, 0.0, &d->reference);
}

/* Conductivity of every tissue. */
static void read_tissues(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *map = EluteNodeChild(b->root, "tissues");
  int t = 0;

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node && t < m->n_tissues; node = node->next, t++) {
    const EluteNode *k = EluteNodeChild(node, "hydraulic_conductivity");

    if (k)
      m->tissues[t].hydraulic_conductivity = elute_property(b, k, "m2/(Pa s)");
    else if (m->flow.model == ELUTE_FLOW_DARCY_STARLING)
      EluteError(b->d, node,
                 "the key 'hydraulic_conductivity' is missing; flow: darcy_starling needs it in every tissue");
    read_dilatation(b, EluteNodeChild(node, "dilatation"), &m->tissues[t].dilatation);
    if (m->flow.model == ELUTE_FLOW_DARCY_STARLING && EluteNodeChild(node, "interstitial_pressure"))
      EluteError(b->d, EluteNodeChild(node, "interstitial_pressure"),
                 "found beside flow: darcy_starling, which solves the pressure; expected one of them");
  }
}

/* Conductivities that vary, change or give where no pressure is solved. */
static void warn_of_conductivity(EluteBuilder *b) {
  static const char text[] = "nothing looks at this without flow: {model: darcy_starling}";
  const EluteModel *m = b->model;

  if (m->flow.model == ELUTE_FLOW_DARCY_STARLING) return;
  for (const EluteNode *node = elute_first(EluteNodeChild(b->root, "tissues"), ELUTE_MAPPING); node; node = node->next)
    if (EluteNodeChild(node, "dilatation")) EluteWarning(b->d, EluteNodeChild(node, "dilatation"), text);
  for (int t = 0; t < m->n_tissues; t++)
    for (int v = 0; v < m->tissues[t].n_vary; v++)
      if (m->tissues[t].vary[v].property == ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY)
        EluteWarning(b->d, m->tissues[t].vary[v].node, text);
  for (int c = 0; c < m->n_changes; c++)
    if (m->changes[c].property == ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY) EluteWarning(b->d, m->changes[c].node, text);
}

void elute_build_flow(EluteBuilder *b) {
  static const char *const of_darcy[] = {"boundaries", "infusions", "unbalanced", NULL}, *const of_prescribed[] = {
                                                                                             "velocity", NULL};
  EluteModel *m = b->model;
  const EluteNode *node = EluteNodeChild(b->root, "flow");
  const char *model = elute_scalar(node, "model"), *advection = elute_scalar(node, "advection");
  const char *unbalanced = elute_scalar(node, "unbalanced");
  bool prescribed = model && strcmp(model, "prescribed") == 0;

  if (prescribed) m->flow.model = ELUTE_FLOW_PRESCRIBED;
  if (model && strcmp(model, "darcy_starling") == 0) m->flow.model = ELUTE_FLOW_DARCY_STARLING;
  read_tissues(b);
  warn_of_conductivity(b);
  if (!m->flow.model) return;
  if (m->mesh.geometry == ELUTE_WELL_MIXED) {
    EluteError(b->d, node, "found a flow in a well-mixed case, which has no places");
    return;
  }
  m->flow.limited = !advection || strcmp(advection, "limited") == 0;
  m->flow.spread = unbalanced && strcmp(unbalanced, "spread") == 0;
  m->mesh.reach = m->flow.limited ? 2 : 1;
  if (prescribed) {
    elute_misplaced(b, node, of_darcy, "found with a prescribed flow, which has no pressure");
    read_velocity(b, node, EluteNodeChild(node, "velocity"));
    return;
  }
  elute_misplaced(b, node, of_prescribed, "found with darcy_starling, which computes the velocity");
  for (const EluteNode *one = elute_first(EluteNodeChild(node, "boundaries"), ELUTE_MAPPING); one; one = one->next)
    read_boundary(b, one);
  for (const EluteNode *one = elute_first(EluteNodeChild(node, "infusions"), ELUTE_MAPPING); one; one = one->next)
    read_infusion(b, one);
}

void elute_free_flow(EluteFlowSpec *flow) {
  for (int a = 0; a < 3; a++) EluteValueFree(flow->velocity[a]);
  for (int i = 0; i < flow->n_boundaries; i++) {
    EluteValueFree(flow->boundaries[i].value);
    elute_shape_clear(&flow->boundaries[i].shape);
    free(flow->boundaries[i].name);
  }
  for (int i = 0; i < flow->n_infusions; i++) {
    elute_shape_clear(&flow->infusions[i].shape);
    free(flow->infusions[i].name);
  }
  free(flow->boundaries);
  free(flow->infusions);
}
