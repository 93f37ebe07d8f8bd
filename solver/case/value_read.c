/* Values that vary: from nodes. Forms are checked first (value_check.c); what remains are names, files and molar
 * masses. */
#include "value_internal.h"

#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static EluteValue *read_checked(const EluteNode *node, const char *dimension, double molar_mass,
                                const EluteScope *scope, EluteDiagnostics *d);

bool EluteNumberRead(const EluteNode *node, const char *dimension, double molar_mass, const EluteScope *scope,
                     double *si, EluteDiagnostics *d) {
  char why[500], why_no_formula[500];
  EluteFormula *formula;
  EluteWhere nowhere = {0};
  bool fine;

  if (!elute_number_check(node, dimension, d)) return false;
  if (EluteQuantityParse(node->text, dimension, molar_mass, si, why, sizeof why)) return true;
  /* With a unit that is one, it is a quantity with something wrong: a mass without a molar mass. */
  if (EluteQuantityParse(node->text, NULL, 0.0, si, why_no_formula, sizeof why_no_formula)) {
    EluteError(d, node, "%s", why);
    return false;
  }
  formula = EluteFormulaCompile(node->text, scope, true, why_no_formula, sizeof why_no_formula);
  if (!formula) {
    EluteError(d, node, "%s; and as a formula of constants: %s", why, why_no_formula);
    return false;
  }
  fine = EluteFormulaAt(formula, &nowhere, si, why, sizeof why) && isfinite(*si);
  if (!fine) EluteError(d, node, "the formula '%.100s' gives %g; expected a finite number", node->text, *si);
  EluteFormulaFree(formula);
  return fine;
}

bool EluteLengthRead(const EluteNode *node, const EluteScope *scope, double *metres, EluteDiagnostics *d) {
  return EluteNumberRead(node, "m", 0.0, scope, metres, d);
}

static EluteValue *read_scalar(const EluteNode *node, const char *dimension, double molar_mass, EluteDiagnostics *d) {
  EluteValue *value = elute_value_new(VALUE_CONSTANT, node);
  char why[500];

  if (EluteQuantityParse(node->text, dimension, molar_mass, &value->constant, why, sizeof why)) return value;
  EluteError(d, node, "%s", why);
  EluteValueFree(value);
  return NULL;
}

static bool field_exists(const EluteNode *field, const EluteScope *scope, EluteDiagnostics *d) {
  const char *nearest;

  for (int i = 0; scope && i < scope->n_fields; i++)
    if (strcmp(scope->field_name[i], field->text) == 0) return true;
  nearest = scope ? EluteNearest(field->text, scope->n_fields, (const char *const *)scope->field_name) : NULL;
  EluteError(d, field, "there is no field '%.60s' under fields:%s%s%s", field->text, nearest ? "; did you mean '" : "",
             nearest ? nearest : "", nearest ? "'?" : "");
  return false;
}

static EluteValue *read_formula(const EluteNode *node, const char *dimension, double molar_mass,
                                const EluteScope *scope, EluteDiagnostics *d) {
  const EluteNode *text = EluteNodeChild(node, "formula"), *unit = EluteNodeChild(node, "unit");
  const EluteNode *field = EluteNodeChild(node, "field");
  EluteValue *value = elute_value_new(VALUE_FORMULA, node);
  EluteWhere nowhere = {0};
  char why[800];
  bool fine = true;

  value->factor = 1.0;
  if (field) fine = field_exists(field, scope, d);
  if (fine && (EluteNodeChild(node, "range") || EluteNodeChild(node, "points") || EluteNodeChild(node, "at"))) {
    EluteError(d, node, "found 'range', 'points' or 'at' with a prescribed field, which is not tabulated");
    fine = false;
  }
  if (unit && !EluteUnitParse(unit->text, dimension, molar_mass, &value->factor, &value->offset, why, sizeof why)) {
    EluteError(d, unit, "%s", why);
    fine = false;
  }
  value->formula = fine ? EluteFormulaCompile(text->text, scope, false, why, sizeof why) : NULL;
  if (fine && !value->formula) {
    EluteError(d, text, "%s", why);
    fine = false;
  }
  if (fine && EluteValueIsConstant(value)) {
    fine = EluteValueAt(value, &nowhere, &value->constant, why, sizeof why);
    if (!fine) EluteError(d, text, "the formula '%.100s' gives no finite number", text->text);
    EluteFormulaFree(value->formula);
    value->formula = NULL;
    value->kind = VALUE_CONSTANT;
  }
  if (fine) return value;
  EluteValueFree(value);
  return NULL;
}

static bool times_increase(const EluteValue *table, const EluteNode *times, EluteDiagnostics *d) {
  const EluteNode *node = times->first;

  for (int i = 1; i < table->n; i++) {
    node = node->next;
    if (table->time[i] > table->time[i - 1]) continue;
    EluteError(d, node, "found %s after a time of %g s; expected times that increase", node->text, table->time[i - 1]);
    return false;
  }
  return true;
}

bool elute_numbers_read(const EluteNode *list, const char *dimension, double molar_mass, const EluteScope *scope,
                        double **numbers, EluteDiagnostics *d) {
  bool fine = true;
  int i = 0;

  *numbers = calloc((size_t)list->n_children, sizeof **numbers);
  if (!*numbers) abort();
  for (const EluteNode *one = list->first; one; one = one->next, i++)
    if (!EluteNumberRead(one, dimension, molar_mass, scope, *numbers + i, d)) fine = false;
  return fine;
}

static EluteValue *read_table(const EluteNode *node, const char *dimension, double molar_mass, const EluteScope *scope,
                              EluteDiagnostics *d) {
  const EluteNode *table = EluteNodeChild(node, "table"), *file = EluteNodeChild(table, "file");
  const EluteNode *time = EluteNodeChild(table, "time"), *how = EluteNodeChild(table, "interpolation");
  const EluteNode *stop = EluteNodeChild(table, "stop_at_knots");
  EluteValue *value = elute_value_new(VALUE_TABLE, node);
  bool fine, stops = true;

  value->previous = how && strcmp(how->text, "previous") == 0;
  if (stop) elute_boolean_parse(stop->text, &stops);
  value->free_running = !stops;
  if (file) {
    fine = elute_table_read_file(value, file, dimension, molar_mass, d);
  } else {
    value->n = time->n_children;
    fine = elute_numbers_read(time, "s", 0.0, scope, &value->time, d);
    if (!elute_numbers_read(EluteNodeChild(table, "value"), dimension, molar_mass, scope, &value->value, d))
      fine = false;
    fine = fine && times_increase(value, time, d);
  }
  if (fine) return value;
  EluteValueFree(value);
  return NULL;
}

EluteValue *elute_table_read(const EluteNode *owner, const char *dimension, const EluteScope *scope,
                             EluteDiagnostics *d) {
  return read_table(owner, dimension, 0.0, scope, d);
}

static EluteValue *read_hazard(const EluteNode *node, const EluteScope *scope, EluteDiagnostics *d) {
  EluteValue *value = elute_value_new(VALUE_HAZARD, node);

  value->hazard = elute_hazard_read(EluteNodeChild(node, "hazard"), scope, d);
  if (value->hazard) return value;
  EluteValueFree(value);
  return NULL;
}

static EluteValue *read_curve(const EluteNode *node, const char *dimension, double molar_mass, const EluteScope *scope,
                              EluteDiagnostics *d) {
  EluteValue *value = elute_value_new(VALUE_CURVE, node);

  value->curve = elute_curve_read(EluteNodeChild(node, "multi_exponential"), dimension, molar_mass, scope, d);
  if (value->curve) return value;
  EluteValueFree(value);
  return NULL;
}

static int find_tissue(const char *name, const EluteScope *scope) {
  for (int i = 0; i < scope->n_tissues; i++)
    if (strcmp(scope->tissue_name[i], name) == 0) return i;
  return -1;
}

static bool read_one_tissue(EluteValue *value, const EluteNode *child, const char *dimension, double molar_mass,
                            const EluteScope *scope, EluteDiagnostics *d) {
  const int k = find_tissue(child->key, scope);
  const char *nearest;

  if (k < 0) {
    nearest = EluteNearest(child->key, scope->n_tissues, (const char *const *)scope->tissue_name);
    EluteError(d, child, "there is no tissue of this name%s%s%s", nearest ? "; did you mean '" : "",
               nearest ? nearest : "", nearest ? "'?" : "");
    return false;
  }
  value->of[k] = read_checked(child, dimension, molar_mass, scope, d);
  return value->of[k] != NULL;
}

static EluteValue *read_tissues(const EluteNode *node, const char *dimension, double molar_mass,
                                const EluteScope *scope, EluteDiagnostics *d) {
  static const EluteScope nothing;
  const EluteNode *map = EluteNodeChild(node, "tissue"), *rest = EluteNodeChild(map, "default");
  EluteValue *value = elute_value_new(VALUE_TISSUE, node), *of_rest = NULL;
  bool fine = true, rest_is_used = false;

  if (!scope) scope = &nothing;
  if (!rest && scope->absent_is_zero) of_rest = EluteValueConstant(0);
  value->n = scope->n_tissues;
  value->of = calloc((size_t)value->n + 1, sizeof *value->of);
  if (!value->of) abort();
  for (const EluteNode *child = map->first; child; child = child->next)
    if (child != rest && !read_one_tissue(value, child, dimension, molar_mass, scope, d)) fine = false;
  if (rest && !(of_rest = read_checked(rest, dimension, molar_mass, scope, d))) fine = false;
  for (int i = 0; i < value->n && fine; i++) {
    if (value->of[i]) continue;
    value->of[i] = of_rest;
    rest_is_used = of_rest != NULL;
    if (of_rest) continue;
    EluteError(d, map, "the tissue '%s' has no value; expected one for every tissue, or 'default'",
               scope->tissue_name[i]);
    fine = false;
  }
  if (!rest_is_used) EluteValueFree(of_rest);
  if (fine) return value;
  EluteValueFree(value);
  return NULL;
}

static EluteValue *read_checked(const EluteNode *node, const char *dimension, double molar_mass,
                                const EluteScope *scope, EluteDiagnostics *d) {
  if (node->kind == ELUTE_SCALAR) return read_scalar(node, dimension, molar_mass, d);
  if (EluteNodeChild(node, "formula")) return read_formula(node, dimension, molar_mass, scope, d);
  if (EluteNodeChild(node, "table")) return read_table(node, dimension, molar_mass, scope, d);
  if (EluteNodeChild(node, "multi_exponential")) return read_curve(node, dimension, molar_mass, scope, d);
  if (EluteNodeChild(node, "hazard")) return read_hazard(node, scope, d);
  return read_tissues(node, dimension, molar_mass, scope, d);
}

EluteValue *EluteValueRead(const EluteNode *node, const char *dimension, double molar_mass, const EluteScope *scope,
                           EluteDiagnostics *d) {
  if (!EluteValueCheck(node, dimension, d)) return NULL;
  return read_checked(node, dimension, molar_mass, scope, d);
}
