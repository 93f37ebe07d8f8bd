/* Reactions of the generic words, put together key by key, for the files that expand domain words. */
#include "agents.h"

#include "../case/units.h"

#include <stdlib.h>
#include <string.h>

EluteNode *elute_new_immobile(EluteBuilder *b, const char *name, const EluteNode *origin) {
  EluteNode *species = elute_new_species(b, name, origin);

  if (species) EluteNodeSet(species, "mobile", "no");
  return species;
}

EluteNode *elute_new_law(EluteBuilder *b, const EluteNode *origin, const char *law, char *name, char *equation) {
  EluteNode *list = EluteNodeEnsure(b->root, "reactions", ELUTE_SEQUENCE), *node = NULL;

  for (char *c = strchr(name, '.'); c; c = strchr(c, '.')) *c = '_';
  if (list) {
    node = elute_append_mapping(list, NULL, origin);
    EluteNodeMadeFrom(node, origin);
    EluteNodeSet(node, "name", "%s", name);
    EluteNodeSet(node, "equation", "%s", equation)->quoted = true;
    EluteNodeSet(node, "law", "%s", law);
  }
  free(name);
  free(equation);
  return node;
}

void elute_law_value(EluteNode *reaction, const char *key, EluteNode *value) {
  if (!value) return;
  if (!reaction) {
    EluteNodeFree(value);
    return;
  }
  free(value->key);
  value->key = elute_text_copy(key);
  EluteNodeAppend(reaction, value);
}

static void set_number(EluteNode *node, double number, const char *unit) {
  free(node->text);
  node->text = elute_text_format("%s%s%s", elute_number_text(number).text, strcmp(unit, "1") ? " " : "",
                                 strcmp(unit, "1") ? unit : "");
}

static void note_factor(EluteNode *node, double factor) {
  char *whole;

  if (!node->provenance || factor == 1.0) return;
  whole = elute_text_format("%g times %s", factor, node->provenance);
  free(node->provenance);
  node->provenance = whole;
}

/* The plain numbers of a value, in place; false: one cannot be read. */
static bool multiply(EluteBuilder *b, EluteNode *node, const char *from, double molar_mass, double factor,
                     const char *to) {
  EluteNode *formula = EluteNodeChild(node, "formula"), *unit = EluteNodeChild(node, "unit"),
            *table = EluteNodeChild(node, "table"), *list;
  char why[500], one[200];
  double si = 1.0;

  if (node->kind == ELUTE_SCALAR) {
    if (!EluteQuantityParse(node->text, from, molar_mass, &si, why, sizeof why)) return false;
    set_number(node, factor * si, to);
    note_factor(node, factor);
    return true;
  }
  if (formula && formula->kind == ELUTE_SCALAR) {
    snprintf(one, sizeof one, "1 %s", unit && unit->kind == ELUTE_SCALAR ? unit->text : "");
    if (unit && !EluteQuantityParse(one, from, molar_mass, &si, why, sizeof why)) return false;
    EluteNodeSet(node, "formula", "%s*(%s)", elute_number_text(factor * si).text, formula->text)->quoted = true;
    if (strcmp(to, "1") != 0)
      EluteNodeSet(node, "unit", "%s", to);
    else if (unit)
      EluteNodeFree(unit);
    return true;
  }
  list = table ? EluteNodeChild(table, "value") : EluteNodeChild(node, "tissue");
  for (EluteNode *child = list ? list->first : NULL; child; child = child->next)
    if (!multiply(b, child, from, molar_mass, factor, to)) return false;
  return list && list->first;
}

EluteNode *elute_value_times(EluteBuilder *b, const EluteNode *node, const char *from, double molar_mass, double factor,
                             const char *to) {
  EluteNode *copy;

  if (!node) return NULL;
  copy = EluteNodeCopy(node);
  if ((factor == 1.0 && strcmp(from, to) == 0) || multiply(b, copy, from, molar_mass, factor, to)) return copy;
  EluteNodeFree(copy);
  EluteError(b->d, node,
             "found a value that cannot be multiplied; expected a quantity in %s, a formula, a table or "
             "one of these by tissue",
             from);
  return NULL;
}

void elute_check_amount(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass) {
  EluteValueFree(elute_amount_value(b, node, unit, molar_mass));
}

const EluteNode *elute_word(const EluteBuilder *b, const char *section, const char *name) {
  return name ? EluteNodeChild(EluteNodeChild(b->model->tree, section), name) : NULL;
}

const EluteNode *elute_find_word(EluteBuilder *b, const EluteNode *at, const char *section, const char *name) {
  const EluteNode *map = EluteNodeChild(b->model->tree, section), *found = elute_word(b, section, name);
  const char *names[128], *nearest;
  int n = 0;

  if (found) return found;
  for (const EluteNode *one = elute_first(map, ELUTE_MAPPING); one && n < 128; one = one->next) names[n++] = one->key;
  nearest = EluteNearest(name, n, names);
  EluteError(b->d, at, "there is no '%.60s' under %s; expected a name given there%s%s%s", name, section,
             nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  return NULL;
}
