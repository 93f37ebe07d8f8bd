/* constants, tissues and fields: the names that formulas know. */
#include "internal.h"

#include "../case/units.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What muParser takes for a name. */
static bool usable_in_formulas(EluteBuilder *b, const EluteNode *node, const char *what) {
  bool fine = !isdigit((unsigned char)node->key[0]);

  for (const char *c = node->key; *c; c++) fine = fine && (isalnum((unsigned char)*c) || *c == '_');
  if (!fine) {
    EluteError(b->d, node, "the name of %s must begin with a letter and have letters, digits and _ alone, for formulas",
               what);
    return false;
  }
  if (EluteNameReserved(node->key)) {
    EluteError(b->d, node, "formulas use the name '%s' already; expected another for %s", node->key, what);
    return false;
  }
  return true;
}

static bool read_constant(EluteBuilder *b, const EluteNode *node, double *si) {
  EluteValue *value;
  const EluteWhere nowhere = {0};
  char why[500];
  bool fine;

  if (node->kind == ELUTE_SCALAR) return EluteNumberRead(node, NULL, 0.0, &b->model->scope, si, b->d);
  if (!(value = elute_value(b, node, NULL, 0.0))) return false;
  fine = EluteValueIsConstant(value) && EluteValueAt(value, &nowhere, si, why, sizeof why);
  if (!fine) EluteError(b->d, node, "found a value that varies; expected a constant");
  EluteValueFree(value);
  return fine;
}

void elute_build_constants(EluteBuilder *b) {
  EluteScope *scope = &b->model->scope;
  const EluteNode *map = EluteNodeChild(b->root, "constants");

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) {
    double si = 0.0;

    if (!usable_in_formulas(b, node, "a constant") || !read_constant(b, node, &si)) si = 1.0; /* the name exists */
    scope->constant_name = elute_grow(scope->constant_name, scope->n_constants, sizeof *scope->constant_name);
    scope->constant = elute_grow(scope->constant, scope->n_constants, sizeof *scope->constant);
    scope->constant_name[scope->n_constants] = elute_text_copy(node->key);
    scope->constant[scope->n_constants++] = si;
  }
}

/* Formulas see cylindrical coordinates as x = r, z; shapes as (r, z, 0). */
static double tissue_distance(void *context, int tissue, const double x[3]) {
  const EluteModel *model = context;
  const double meridian[3] = {x[0], x[2], 0.0};

  if (tissue < 0 || tissue >= model->n_tissues) return NAN;
  return elute_shape_distance(&model->tissues[tissue].where, model->mesh.geometry == ELUTE_CYLINDRICAL ? meridian : x);
}

static void check_tissue_name(EluteBuilder *b, const EluteNode *node) {
  if (strcmp(node->key, "default") == 0 || strcmp(node->key, "all") == 0)
    EluteError(b->d, node, "'%s' has a meaning of its own; expected another name for a tissue", node->key);
}

static void read_tissue(EluteBuilder *b, const EluteNode *node, EluteTissue *tissue, bool first) {
  const EluteNode *where = EluteNodeChild(node, "where");

  tissue->where.kind = ELUTE_SHAPE_EVERYWHERE;
  if (node->kind != ELUTE_MAPPING) return;
  if (first && where)
    EluteError(b->d, where, "found a shape; expected none, for the first tissue fills the domain");
  else if (!first && !where)
    EluteError(b->d, node, "the key 'where' is missing; expected a shape, for only the first tissue fills the domain");
  else if (where && !elute_build_shape(b, where, &tissue->where)) {
    elute_shape_clear(&tissue->where);
    tissue->where = (EluteShape){.kind = ELUTE_SHAPE_EVERYWHERE};
  }
}

void elute_build_tissues(EluteBuilder *b) {
  EluteModel *m = b->model;
  EluteScope *scope = &m->scope;
  EluteNode *map = EluteNodeEnsure(b->root, "tissues", ELUTE_MAPPING);

  if (map && !map->first) { /* a case in generic words alone need not name its tissue */
    EluteNode *only = EluteNodeNew(ELUTE_MAPPING, "tissue", NULL);

    EluteNodeAppend(map, only);
    EluteNodeSet(only, "interstitial_fraction", "1");
  }
  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) {
    if (m->n_tissues == ELUTE_MAX_TISSUES) {
      EluteError(b->d, node, "found %d tissues; at most %d are possible", map->n_children, (int)ELUTE_MAX_TISSUES);
      break;
    }
    check_tissue_name(b, node);
    m->tissues = elute_grow(m->tissues, m->n_tissues, sizeof *m->tissues);
    scope->tissue_name = elute_grow(scope->tissue_name, m->n_tissues, sizeof *scope->tissue_name);
    m->tissues[m->n_tissues].name = elute_text_copy(node->key);
    scope->tissue_name[m->n_tissues] = elute_text_copy(node->key);
    read_tissue(b, node, &m->tissues[m->n_tissues], m->n_tissues == 0);
    scope->n_tissues = ++m->n_tissues;
  }
  scope->distance = tissue_distance;
  scope->context = m;
}

int elute_tissue_at(const EluteModel *model, const double x[3]) {
  int found = 0;

  for (int t = 1; t < model->n_tissues; t++)
    if (elute_shape_contains(&model->tissues[t].where, x)) found = t;
  return found;
}

/* The first unit written in a value. */
static const char *first_unit(const EluteNode *node) {
  const EluteNode *unit = EluteNodeChild(node, "unit");
  const char *found;

  if (unit && unit->kind == ELUTE_SCALAR) return unit->text;
  if (EluteNodeChild(node, "formula")) return "1";
  if (node->kind == ELUTE_SCALAR) {
    const char *c = node->text;

    while (*c && !isspace((unsigned char)*c)) c++;
    while (isspace((unsigned char)*c)) c++;
    return *c ? c : "1";
  }
  if (EluteNodeChild(node, "table")) node = EluteNodeChild(EluteNodeChild(node, "table"), "value");
  for (const EluteNode *child = elute_first(node, ELUTE_MAPPING); child; child = child->next)
    if ((found = first_unit(child))) return found;
  return NULL;
}

/* A field may be of any kind; the unit it is first written in says of which, and everything in it must agree. */
static const char *field_dimension(const EluteNode *node) {
  static const char *const known[] = {"1",   "K",    "mol/m3", "Pa",   "m/s",  "m",    "s",
                                      "1/s", "m2/s", "kg/m3",  "W/m3", "1/m3", "1/m",  "mol/(m3 s)",
                                      "V",   "V/m",  "kg/mol", "m2",   "m3",   "J/m3", "W/m2"};
  const char *unit = first_unit(node);
  double factor, offset;
  char why[500];

  for (size_t i = 0; unit && i < sizeof known / sizeof known[0]; i++)
    if (EluteUnitParse(unit, known[i], 0.0, &factor, &offset, why, sizeof why)) return known[i];
  return NULL;
}

void elute_build_fields(EluteBuilder *b) {
  EluteModel *m = b->model;
  EluteScope *scope = &m->scope;
  EluteNode *tissues = EluteNodeChild(b->root, "tissues");
  const EluteNode *map = EluteNodeChild(b->root, "fields");
  int t = 0;

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) {
    const char *dimension = field_dimension(node);
    EluteValue *value = usable_in_formulas(b, node, "a field") ? elute_value(b, node, dimension, 0.0) : NULL;

    for (int i = 0; i < scope->n_constants; i++)
      if (strcmp(scope->constant_name[i], node->key) == 0) EluteError(b->d, node, "a constant has this name already");
    if (!value) value = EluteValueConstant(1.0); /* the name exists */
    m->fields = elute_grow(m->fields, m->n_fields, sizeof *m->fields);
    m->fields[m->n_fields++] = (EluteFieldSpec){
        .name = elute_text_copy(node->key), .unit = elute_text_copy(dimension ? dimension : "SI"), .value = value};
    scope->field_name = elute_grow(scope->field_name, scope->n_fields, sizeof *scope->field_name);
    scope->field = elute_grow(scope->field, scope->n_fields, sizeof *scope->field);
    scope->field_name[scope->n_fields] = elute_text_copy(node->key);
    scope->field[scope->n_fields++] = value;
  }
  for (EluteNode *node = elute_first(tissues, ELUTE_MAPPING); node && t < m->n_tissues; node = node->next, t++) {
    const EluteNode *fraction = EluteNodeChild(node, "interstitial_fraction");

    m->tissues[t].interstitial_fraction = fraction ? elute_property(b, fraction, "1") : EluteValueConstant(1.0);
    if (!m->tissues[t].interstitial_fraction) m->tissues[t].interstitial_fraction = EluteValueConstant(1.0);
  }
}
