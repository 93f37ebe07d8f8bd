/* The form of values: what can be said of them without the rest of the case. */
#include "value_internal.h"

#include "units.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const double any_molar_mass = 1.0; /* kg/mol; lets mass units pass, for the species is not known here */

bool elute_boolean_parse(const char *text, bool *value) {
  *value = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
  return *value || strcmp(text, "no") == 0 || strcmp(text, "false") == 0;
}

static void expected_value(const char *dimension, char *text, size_t length) {
  const bool plain = dimension && strcmp(dimension, "1") == 0;

  if (dimension && !plain)
    snprintf(text, length, "expected a quantity in %s, or {formula: …, unit: …}, {table: …} or {tissue: …}", dimension);
  else
    snprintf(text, length, "expected a %s, or {formula: …}, {table: …} or {tissue: …}", plain ? "number" : "quantity");
}

static bool quantity_is_fine(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  char why[500];
  double si;

  if (EluteQuantityParse(node->text, dimension, any_molar_mass, &si, why, sizeof why)) return true;
  EluteError(d, node, "%s", why);
  return false;
}

bool elute_number_check(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  char why[500], found[128];
  double si;
  bool has_letter = false;

  if (node->kind != ELUTE_SCALAR) {
    EluteNodeFound(node, found, sizeof found);
    EluteError(d, node, "found %s; expected a quantity in %s, a constant or a formula of constants", found,
               dimension ? dimension : "its unit");
    return false;
  }
  if (EluteQuantityParse(node->text, dimension, any_molar_mass, &si, why, sizeof why)) return true;
  for (const char *c = node->text; *c; c++) has_letter = has_letter || isalpha((unsigned char)*c);
  /* A quantity of a wrong dimension is wrong whatever the constants are. */
  if (has_letter && !EluteQuantityParse(node->text, NULL, 0.0, &si, found, sizeof found)) return true;
  EluteError(d, node, "%s", why);
  return false;
}

bool elute_keys_are_known(const EluteNode *mapping, int n, const char *const *known, EluteDiagnostics *d) {
  bool fine = true;

  for (const EluteNode *child = mapping->first; child; child = child->next) {
    const char *nearest;
    bool found = false;

    for (int i = 0; i < n; i++) found = found || strcmp(child->key, known[i]) == 0;
    if (found) continue;
    nearest = EluteNearest(child->key, n, known);
    EluteError(d, child, "unknown key%s%s%s", nearest ? "; did you mean '" : "", nearest ? nearest : "",
               nearest ? "'?" : "");
    fine = false;
  }
  return fine;
}

static bool is_text(const EluteNode *node, const char *what, EluteDiagnostics *d) {
  char found[128];

  if (node->kind == ELUTE_SCALAR && node->text[0]) return true;
  EluteNodeFound(node, found, sizeof found);
  EluteError(d, node, "found %s; expected %s", found, what);
  return false;
}

/* range, points and at: of a function of something solved, which becomes a table. */
static bool check_tabulation(const EluteNode *node, EluteDiagnostics *d) {
  const EluteNode *range = EluteNodeChild(node, "range"), *points = EluteNodeChild(node, "points");
  const EluteNode *at = EluteNodeChild(node, "at"), *any = range ? range : points ? points : at;
  char found[128], *end;
  bool fine = true;
  long n;

  if (any && !EluteNodeChild(node, "field")) {
    EluteError(d, any, "found without 'field', the solved quantity that the formula is tabulated for");
    return false;
  }
  if (range && (range->kind != ELUTE_SEQUENCE || range->n_children != 2)) {
    EluteNodeFound(range, found, sizeof found);
    EluteError(d, range, "found %s; expected two values of the field, such as [35 degC, 60 degC]", found);
    fine = false;
  }
  for (const EluteNode *one = range && fine ? range->first : NULL; one; one = one->next)
    if (!elute_number_check(one, NULL, d)) fine = false;
  if (!points) return fine;
  n = points->kind == ELUTE_SCALAR ? strtol(points->text, &end, 10) : 0;
  if (points->kind == ELUTE_SCALAR && *end == '\0' && n >= 1 && n <= 100000) return fine;
  EluteNodeFound(points, found, sizeof found);
  EluteError(d, points, "found %s; expected a whole number of intervals from 1 to 100000", found);
  return false;
}

static bool check_formula(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  static const char *const keys[] = {"formula", "unit", "field", "range", "points", "at"};
  const EluteNode *formula = EluteNodeChild(node, "formula"), *unit = EluteNodeChild(node, "unit");
  const EluteNode *field = EluteNodeChild(node, "field");
  const bool needs_unit = dimension && strcmp(dimension, "1") != 0;
  double factor, offset;
  char why[500];
  bool fine = elute_keys_are_known(node, 6, keys, d);

  if (!formula) {
    EluteError(d, node, "the key 'formula' is missing beside 'field'");
    return false;
  }
  if (!is_text(formula, "a formula, such as \"exp(-r/R)\"", d)) fine = false;
  if (field && !is_text(field, "the name of a field", d)) fine = false;
  if (!check_tabulation(node, d)) fine = false;
  if (!unit && needs_unit) {
    EluteError(d, node, "the formula has no unit; expected unit: %s or another of that dimension", dimension);
    fine = false;
  }
  if (!unit) return fine;
  if (!is_text(unit, "a unit", d)) return false;
  if (EluteUnitParse(unit->text, dimension, any_molar_mass, &factor, &offset, why, sizeof why)) return fine;
  EluteError(d, unit, "%s", why);
  return false;
}

bool elute_numbers_check(const EluteNode *mapping, const char *key, const char *dimension, EluteDiagnostics *d) {
  const EluteNode *list = EluteNodeChild(mapping, key);
  char found[128];
  bool fine = true;

  if (!list) {
    EluteError(d, mapping, "the key '%s' is missing%s", key,
               strcmp(mapping->key, "table") == 0 ? " (or give file: table.csv)" : "");
    return false;
  }
  if (list->kind != ELUTE_SEQUENCE || list->n_children < 1) {
    EluteNodeFound(list, found, sizeof found);
    EluteError(d, list, "found %s; expected a sequence such as [0 h, 6 h]", found);
    return false;
  }
  for (const EluteNode *one = list->first; one; one = one->next)
    if (!elute_number_check(one, dimension, d)) fine = false;
  return fine;
}

static bool check_table_options(const EluteNode *table, EluteDiagnostics *d) {
  const EluteNode *how = EluteNodeChild(table, "interpolation"), *stop = EluteNodeChild(table, "stop_at_knots");
  bool fine = true, flag;
  char found[128];

  if (how && (how->kind != ELUTE_SCALAR || (strcmp(how->text, "linear") != 0 && strcmp(how->text, "previous") != 0))) {
    EluteNodeFound(how, found, sizeof found);
    EluteError(d, how, "found %s; expected linear or previous", found);
    fine = false;
  }
  if (stop && (stop->kind != ELUTE_SCALAR || !elute_boolean_parse(stop->text, &flag))) {
    EluteNodeFound(stop, found, sizeof found);
    EluteError(d, stop, "found %s; expected yes or no", found);
    fine = false;
  }
  return fine;
}

bool elute_table_check(const EluteNode *owner, const char *dimension, EluteDiagnostics *d) {
  static const char *const keys[] = {"time", "value", "interpolation", "file", "stop_at_knots"};
  const EluteNode *table = EluteNodeChild(owner, "table"), *file, *time, *value;
  char found[128];
  bool fine = true;

  if (table->kind != ELUTE_MAPPING) {
    EluteNodeFound(table, found, sizeof found);
    EluteError(d, table, "found %s; expected {time: […], value: […]} or {file: table.csv}", found);
    return false;
  }
  if (!elute_keys_are_known(table, 5, keys, d)) fine = false;
  if (!check_table_options(table, d)) fine = false;
  file = EluteNodeChild(table, "file");
  time = EluteNodeChild(table, "time");
  value = EluteNodeChild(table, "value");
  if (file) {
    if (!is_text(file, "the name of a file with two columns", d)) fine = false;
    if (time || value) {
      EluteError(d, time ? time : value, "found beside 'file'; expected either time and value, or file");
      fine = false;
    }
    return fine;
  }
  if (!elute_numbers_check(table, "time", "s", d)) fine = false;
  if (!elute_numbers_check(table, "value", dimension, d)) fine = false;
  if (fine && time->n_children != value->n_children) {
    EluteError(d, value, "found %d values for %d times; expected as many", value->n_children, time->n_children);
    fine = false;
  }
  return fine;
}

static bool check_table(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  static const char *const outer[] = {"table"};
  const bool fine = elute_keys_are_known(node, 1, outer, d);

  return elute_table_check(node, dimension, d) && fine;
}

static bool check_hazard(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  static const char *const outer[] = {"hazard"};
  bool fine = elute_keys_are_known(node, 1, outer, d);
  double factor, offset;
  char why[500];

  if (dimension && !EluteUnitParse("1/s", dimension, 0.0, &factor, &offset, why, sizeof why)) {
    EluteError(d, node, "found a rate of release by age, in 1/s; expected a quantity in %s", dimension);
    fine = false;
  }
  return elute_hazard_check(EluteNodeChild(node, "hazard"), d) && fine;
}

static bool check_curve(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  static const char *const outer[] = {"multi_exponential"};
  const bool fine = elute_keys_are_known(node, 1, outer, d);

  return elute_curve_check(EluteNodeChild(node, "multi_exponential"), dimension, d) && fine;
}

static bool check_tissues(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  static const char *const outer[] = {"tissue"};
  const EluteNode *tissues = EluteNodeChild(node, "tissue");
  char found[128];
  bool fine = elute_keys_are_known(node, 1, outer, d);

  if (tissues->kind != ELUTE_MAPPING || !tissues->n_children) {
    EluteNodeFound(tissues, found, sizeof found);
    EluteError(d, tissues, "found %s; expected names of tissues with values", found);
    return false;
  }
  for (const EluteNode *child = tissues->first; child; child = child->next) {
    if (EluteNodeChild(child, "tissue")) {
      EluteError(d, child, "found tissues within a tissue; expected a quantity, a formula or a table");
      fine = false;
    } else if (!EluteValueCheck(child, dimension, d)) {
      fine = false;
    }
  }
  return fine;
}

bool EluteValueCheck(const EluteNode *node, const char *dimension, EluteDiagnostics *d) {
  char expected[200], found[128];

  if (node->kind == ELUTE_SCALAR && (node->text[0] || node->quoted)) return quantity_is_fine(node, dimension, d);
  if (EluteNodeChild(node, "formula") || EluteNodeChild(node, "field")) return check_formula(node, dimension, d);
  if (EluteNodeChild(node, "table")) return check_table(node, dimension, d);
  if (EluteNodeChild(node, "multi_exponential")) return check_curve(node, dimension, d);
  if (EluteNodeChild(node, "hazard")) return check_hazard(node, dimension, d);
  if (EluteNodeChild(node, "tissue")) return check_tissues(node, dimension, d);
  EluteNodeFound(node, found, sizeof found);
  expected_value(dimension, expected, sizeof expected);
  EluteError(d, node, "found %s; %s", found, expected);
  return false;
}
