/* Rates that depend on something solved, `{field: SPECIES, formula: …, unit: …, range: […]}`: the formula becomes a
   table of cubics (kernels/view.h, EluteLookup), each through four samples of its interval. Smooth formulas are met to
   1e-6 of their value (and 1e-9 of the largest), with as many intervals as that takes; a corner costs what the width of
   its interval is worth. No cubic goes below zero where the samples do not. */
#include "internal.h"

#include "../case/formula.h"
#include "../case/units.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST_INTERVALS = 16, MOST_INTERVALS = 4096 };
static const double tolerance = 1e-6, floor_of_largest = 1e-9;

typedef struct Source {
  const EluteNode *node;
  EluteFormula *formula;
  const EluteValue *field; /* gives x[0], which the solved quantity is put into */
  double factor, offset;   /* of the formula's unit */
  double reference;        /* of a temperature, which formulas see as it is and tables less this; else 0 */
} Source;

bool elute_is_lookup(const EluteBuilder *b, const EluteNode *node) {
  const char *name = elute_scalar(node, "field");

  for (int i = 0; name && i < b->model->scope.n_fields; i++)
    if (strcmp(b->model->scope.field_name[i], name) == 0) return false;
  return name != NULL;
}

/* In C = phi R c of a mobile species the table is of c; what formulas see of it has its name, with _ for what names of
   variables cannot have. */
static char *variable_name(const char *species) {
  char *name = elute_text_copy(species);

  for (char *c = name; *c; c++)
    if (!isalnum((unsigned char)*c)) *c = '_';
  return name;
}

static bool sample(const Source *s, double x, double *value) {
  const EluteWhere where = {.x = {x + s->reference, 0, 0}};
  char why[500];
  double raw;

  if (!EluteFormulaAt(s->formula, &where, &raw, why, sizeof why)) return false;
  *value = raw * s->factor + s->offset;
  return isfinite(*value);
}

/* The cubic through f(0), f(1/3), f(2/3), f(1), as Bezier's ordinates; the inner ones not below zero where f is not. */
static void fit(const double f[4], double a[4]) {
  double b1 = (-5 * f[0] + 18 * f[1] - 9 * f[2] + 2 * f[3]) / 6, b2 = (2 * f[0] - 9 * f[1] + 18 * f[2] - 5 * f[3]) / 6;

  if (f[0] >= 0 && f[1] >= 0 && f[2] >= 0 && f[3] >= 0) {
    b1 = fmax(b1, 0);
    b2 = fmax(b2, 0);
  }
  a[0] = f[0];
  a[1] = 3 * (b1 - f[0]);
  a[2] = 3 * (f[0] - 2 * b1 + b2);
  a[3] = f[3] - f[0] + 3 * (b1 - b2);
}

/* False (reported): not finite somewhere. */
static bool tabulate(EluteBuilder *b, const Source *s, EluteLookupSpec *t) {
  t->largest = t->steepest = 0;
  for (int j = 0; j < t->n; j++) {
    double f[4], between, *a = t->coefficients + 4 * j;

    for (int i = 0; i < 7; i++) {
      const double x = t->from + (j + i / 6.0) * t->width;

      if (!sample(s, x, i % 2 ? &between : &f[i / 2])) {
        EluteError(b->d, s->node, "the formula gives no finite number at %g, within its range of %g to %g",
                   x + s->reference, t->from + s->reference, t->from + t->n * t->width + s->reference);
        return false;
      }
    }
    fit(f, a);
    for (int i = 0; i < 4; i++) t->largest = fmax(t->largest, fabs(f[i]));
    t->steepest = fmax(t->steepest, fmax(fabs(a[1]), fabs(a[1] + 2 * a[2] + 3 * a[3])) / t->width);
  }
  return true;
}

/* Halfway between samples. */
static bool is_met(const Source *s, const EluteLookupSpec *t) {
  for (int j = 0; j < t->n; j++) {
    const double *a = t->coefficients + 4 * j;

    for (int i = 1; i < 7; i += 2) {
      const double u = i / 6.0;
      double between = 0;

      sample(s, t->from + (j + u) * t->width, &between);
      if (fabs(a[0] + u * (a[1] + u * (a[2] + u * a[3])) - between) >
          tolerance * fabs(between) + floor_of_largest * t->largest)
        return false;
    }
  }
  return true;
}

static bool fill(EluteBuilder *b, const Source *s, double from, double to, int points, EluteLookupSpec *t) {
  *t = (EluteLookupSpec){.from = from, .n = points ? points : FEWEST_INTERVALS};
  for (;; t->n *= 2) {
    t->width = (to - from) / t->n;
    free(t->coefficients);
    t->coefficients = elute_zeroed((size_t)t->n, 4 * sizeof(double));
    if (!tabulate(b, s, t)) return false;
    if (points || 2 * t->n > MOST_INTERVALS || is_met(s, t)) return true;
  }
}

/* Of a temperature, where nothing is said, from liquid nitrogen to well above boiling. */
static bool read_range(EluteBuilder *b, const EluteNode *node, const EluteSpecies *s, double range[2]) {
  const EluteNode *list = EluteNodeChild(node, "range"), *one;
  int i = 0;

  range[0] = 77.0 - s->reference, range[1] = 400.0 - s->reference;
  if (!list && elute_is_temperature(s)) return true;
  if (!list) {
    EluteError(b->d, node,
               "the key 'range' is missing: a rate that depends on '%s' needs the values it is tabulated between",
               s->name);
    return false;
  }
  for (one = list->first; one && i < 2; one = one->next, i++) {
    if (!EluteNumberRead(one, elute_concentration_unit(s), s->molar_mass, &b->model->scope, &range[i], b->d))
      return false;
    range[i] -= s->reference;
  }
  if (range[0] < range[1]) return true;
  EluteError(b->d, list, "found a range that ends at %g, not above its beginning of %g", range[1] + s->reference,
             range[0] + s->reference);
  return false;
}

/* The formula, whose only variable is the solved quantity. */
static bool compile(EluteBuilder *b, const EluteNode *node, const char *name, Source *s) {
  const EluteNode *text = EluteNodeChild(node, "formula");
  EluteValue *constant = EluteValueConstant(1.0);
  EluteScope scope = b->model->scope;
  const EluteValue *field = constant;
  EluteFormula *alone;
  char why[800];
  char *names[] = {variable_name(name)};
  bool fine;

  scope.n_fields = 1, scope.field_name = names, scope.field = &field;
  alone = EluteFormulaCompile(text->text, &scope, false, why, sizeof why);
  fine = alone != NULL;
  if (!fine) EluteError(b->d, text, "%s", why);
  if (fine && (EluteFormulaUsesTime(alone) || EluteFormulaUsesPlace(alone))) {
    EluteError(b->d, text, "found time or place beside '%s'; expected a formula of '%s' and constants alone", name,
               names[0]);
    fine = false;
  }
  field = s->field;
  s->formula = fine ? EluteFormulaCompile(text->text, &scope, false, why, sizeof why) : NULL;
  EluteFormulaFree(alone);
  EluteValueFree(constant);
  free(names[0]);
  return fine;
}

static EluteValue *first_coordinate(void) {
  EluteNode *node = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
  EluteDiagnostics none = {0};
  EluteValue *value;

  EluteNodeSet(node, "formula", "x");
  value = EluteValueRead(node, NULL, 0.0, NULL, &none);
  EluteNodeFree(node);
  EluteDiagnosticsClear(&none);
  return value;
}

/* The species that a value depends on; -1 (reported): neither a field nor a species has the name. */
static int find_solved(EluteBuilder *b, const EluteNode *field) {
  const EluteModel *m = b->model;
  const int k = EluteModelSpeciesIndex(m, field->text);
  char suggestion[160], **names;
  int n = 0;

  if (k >= 0) return k;
  names = elute_zeroed((size_t)(m->n_species + m->n_fields), sizeof *names);
  for (int i = 0; i < m->n_fields; i++) names[n++] = m->fields[i].name;
  for (int i = 0; i < m->n_species; i++) names[n++] = m->species[i].name;
  elute_suggestion(field->text, n, names, suggestion, sizeof suggestion);
  EluteError(b->d, field, "there is no field and no species '%.60s'%s", field->text, suggestion);
  free(names);
  return -1;
}

static int build_lookup(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass, int *species) {
  EluteModel *m = b->model;
  const EluteNode *given = EluteNodeChild(node, "unit"), *points = EluteNodeChild(node, "points");
  Source s = {.node = node, .factor = 1.0};
  EluteLookupSpec table = {0};
  double range[2], n = 0;
  char why[800];
  bool fine;

  if (!EluteValueCheck(node, unit, b->d)) return -1;
  *species = find_solved(b, EluteNodeChild(node, "field"));
  if (*species < 0) return -1;
  fine = read_range(b, node, &m->species[*species], range);
  if (given && !EluteUnitParse(given->text, unit, molar_mass, &s.factor, &s.offset, why, sizeof why)) {
    EluteError(b->d, given, "%s", why);
    fine = false;
  }
  if (points && !EluteNumberRead(points, "1", 0.0, &m->scope, &n, b->d)) fine = false;
  s.reference = m->species[*species].reference;
  s.field = first_coordinate();
  fine = compile(b, node, m->species[*species].name, &s) && fine;
  fine = fine && fill(b, &s, range[0], range[1], (int)n, &table);
  EluteFormulaFree(s.formula);
  EluteValueFree((EluteValue *)s.field);
  if (!fine) {
    free(table.coefficients);
    return -1;
  }
  m->lookups = elute_grow(m->lookups, m->n_lookups, sizeof *m->lookups);
  m->lookups[m->n_lookups] = table;
  return m->n_lookups++;
}

int elute_build_lookup(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass, int *species) {
  const EluteNode *at = EluteNodeChild(node, "at");

  if (at) EluteError(b->d, at, "found where each place has its own; expected it in modulated_by of a source");
  return build_lookup(b, node, unit, molar_mass, species);
}

bool elute_add_lookup(EluteBuilder *b, EluteReactionSpec *r, EluteFactorKind kind, const EluteNode *node,
                      const char *unit, double molar_mass) {
  int species, lookup = elute_build_lookup(b, node, unit, molar_mass, &species);

  if (lookup < 0 || !elute_add_factor(b, r, kind, species, EluteValueConstant(1.0), 0.0)) return false;
  r->factor[r->n_factors - 1].lookup = lookup;
  return true;
}

EluteValue *elute_build_rate(EluteBuilder *b, EluteReactionSpec *r, const EluteNode *node, const char *unit,
                             double molar_mass) {
  if (!elute_is_lookup(b, node)) return elute_amount_value(b, node, unit, molar_mass);
  return elute_add_lookup(b, r, ELUTE_LOOKUP, node, unit, molar_mass) ? EluteValueConstant(1.0) : NULL;
}

/* By what is seen at a point: of sources, whose rate is a number that no cell's state enters. */
static bool add_control(EluteBuilder *b, EluteReactionSpec *r, const EluteNode *node) {
  const EluteNode *at = EluteNodeChild(node, "at");
  EluteControlSpec *control = &r->control;

  r->controlled = elute_point(b, at, control->at) && elute_point_in_mesh(b, at, control->at);
  control->lookup = build_lookup(b, node, "1", 0.0, &control->species);
  if (control->lookup < 0) r->controlled = false;
  return r->controlled;
}

bool elute_modulate(EluteBuilder *b, EluteReactionSpec *r, bool source) {
  const EluteNode *node = EluteNodeChild(r->node, "modulated_by");

  if (!node) return true;
  if (elute_is_lookup(b, node))
    return source && EluteNodeChild(node, "at") ? add_control(b, r, node)
                                                : elute_add_lookup(b, r, ELUTE_LOOKUP, node, "1", 0.0);
  EluteError(b->d, node,
             "found a number or a prescribed field; expected a function of something solved, such as {field: "
             "temperature, formula: \"…\"}");
  return false;
}
