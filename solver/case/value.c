/* Values that vary: evaluation, rates of change, knots. */
#include "value_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

EluteValue *elute_value_new(ValueKind kind, const EluteNode *node) {
  EluteValue *value = calloc(1, sizeof *value);

  if (!value) abort();
  value->kind = kind;
  value->node = node;
  return value;
}

EluteValue *EluteValueConstant(double si) {
  EluteValue *value = elute_value_new(VALUE_CONSTANT, NULL);

  value->constant = si;
  return value;
}

EluteValue *EluteValueVariable(void) {
  return elute_value_new(VALUE_VARIABLE, NULL);
}

void EluteValueSet(EluteValue *variable, double si) {
  variable->constant = si;
}

EluteValue *EluteValueWindow(EluteValue *inner, double from, double to) {
  EluteValue *value = elute_value_new(VALUE_WINDOW, inner->node);

  value->inner = inner;
  value->from = from;
  value->to = to;
  return value;
}

EluteValue *EluteValueProduct(EluteValue *a, EluteValue *b) {
  EluteValue *value = elute_value_new(VALUE_PRODUCT, a->node);

  value->inner = a;
  value->other = b;
  return value;
}

EluteValue *EluteValueShift(EluteValue *inner, double offset) {
  EluteValue *value;

  if (!inner || offset == 0) return inner;
  value = elute_value_new(VALUE_SHIFT, inner->node);
  value->inner = inner;
  value->constant = offset;
  return value;
}

void EluteValueFree(EluteValue *value) {
  if (!value) return;
  EluteFormulaFree(value->formula);
  elute_curve_free(value->curve);
  elute_hazard_free(value->hazard);
  if (value->of) {
    /* tissues that share the default share its value */
    for (int i = 0; i < value->n; i++) {
      for (int k = i + 1; k < value->n; k++)
        if (value->of[k] == value->of[i]) value->of[k] = NULL;
      EluteValueFree(value->of[i]);
    }
    free(value->of);
  }
  EluteValueFree(value->inner);
  EluteValueFree(value->other);
  free(value->time);
  free(value->value);
  free(value);
}

const EluteNode *EluteValueNode(const EluteValue *value) {
  return value->node;
}

static bool any_tissue(const EluteValue *value, bool (*varies)(const EluteValue *)) {
  for (int i = 0; i < value->n; i++)
    if (varies(value->of[i])) return true;
  return false;
}

bool EluteValueVariesInTime(const EluteValue *value) {
  switch (value->kind) {
  case VALUE_CONSTANT:
  case VALUE_VARIABLE:
    return false;
  case VALUE_FORMULA:
    return EluteFormulaUsesTime(value->formula);
  case VALUE_TABLE:
  case VALUE_CURVE:
  case VALUE_HAZARD:
    return true;
  case VALUE_TISSUE:
    return any_tissue(value, EluteValueVariesInTime);
  case VALUE_WINDOW:
    return true;
  case VALUE_SHIFT:
    return EluteValueVariesInTime(value->inner);
  case VALUE_PRODUCT:
    return EluteValueVariesInTime(value->inner) || EluteValueVariesInTime(value->other);
  }
  return false;
}

bool EluteValueVariesInPlace(const EluteValue *value) {
  switch (value->kind) {
  case VALUE_VARIABLE:
    return true;
  case VALUE_CONSTANT:
  case VALUE_TABLE:
  case VALUE_CURVE:
  case VALUE_HAZARD:
    return false;
  case VALUE_FORMULA:
    return EluteFormulaUsesPlace(value->formula);
  case VALUE_TISSUE:
    return any_tissue(value, EluteValueVariesInPlace);
  case VALUE_WINDOW:
    return EluteValueVariesInPlace(value->inner);
  case VALUE_SHIFT:
    return EluteValueVariesInPlace(value->inner);
  case VALUE_PRODUCT:
    return EluteValueVariesInPlace(value->inner) || EluteValueVariesInPlace(value->other);
  }
  return false;
}

bool EluteValueVariesByTissue(const EluteValue *value) {
  switch (value->kind) {
  case VALUE_CONSTANT:
  case VALUE_VARIABLE:
  case VALUE_TABLE:
  case VALUE_CURVE:
  case VALUE_HAZARD:
    return false;
  case VALUE_FORMULA:
    return EluteFormulaUsesTissue(value->formula);
  case VALUE_TISSUE:
    return true;
  case VALUE_WINDOW:
    return EluteValueVariesByTissue(value->inner);
  case VALUE_SHIFT:
    return EluteValueVariesByTissue(value->inner);
  case VALUE_PRODUCT:
    return EluteValueVariesByTissue(value->inner) || EluteValueVariesByTissue(value->other);
  }
  return false;
}

int EluteValueFieldsIn(const EluteValue *value) {
  int most = 0;

  if (value->kind == VALUE_FORMULA) return EluteFormulaFieldsIn(value->formula);
  if (value->kind == VALUE_WINDOW || value->kind == VALUE_SHIFT) return EluteValueFieldsIn(value->inner);
  if (value->kind == VALUE_PRODUCT) return EluteValueFieldsIn(value->inner) + EluteValueFieldsIn(value->other);
  for (int i = 0; value->kind == VALUE_TISSUE && i < value->n; i++) {
    const int one = EluteValueFieldsIn(value->of[i]);

    if (one > most) most = one;
  }
  return most;
}

bool EluteValueFollowsStep(const EluteValue *value) {
  switch (value->kind) {
  case VALUE_CONSTANT:
  case VALUE_VARIABLE:
  case VALUE_FORMULA:
  case VALUE_TABLE:
  case VALUE_CURVE:
    return false;
  case VALUE_HAZARD:
    return true;
  case VALUE_TISSUE:
    return any_tissue(value, EluteValueFollowsStep);
  case VALUE_WINDOW:
  case VALUE_SHIFT:
    return EluteValueFollowsStep(value->inner);
  case VALUE_PRODUCT:
    return EluteValueFollowsStep(value->inner) || EluteValueFollowsStep(value->other);
  }
  return false;
}

bool EluteValueIsConstant(const EluteValue *value) {
  return !EluteValueVariesInTime(value) && !EluteValueVariesInPlace(value) && !EluteValueVariesByTissue(value);
}

/* The interval of a table that holds t: time[i] <= t < time[i + 1]; -1 before the first knot. */
static int interval(const EluteValue *table, double t) {
  int low = -1, high = table->n;

  while (high - low > 1) {
    const int middle = low + (high - low) / 2;

    if (table->time[middle] <= t)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static double slope(const EluteValue *table, int i) {
  if (table->previous || i < 0 || i >= table->n - 1) return 0.0;
  return (table->value[i + 1] - table->value[i]) / (table->time[i + 1] - table->time[i]);
}

/* Which side of a knot is meant at its very time is said by the segment, not by t (rounding). */
static double reading_time(const EluteValue *table, const EluteWhere *where) {
  return table->free_running ? where->t : 0.5 * (where->segment_begin + where->segment_end);
}

static double table_at(const EluteValue *table, const EluteWhere *where) {
  const int i = interval(table, reading_time(table, where)), n = table->n;
  double weight;

  if (i < 0) return table->value[0];
  if (table->previous || i >= n - 1) return table->value[i];
  weight = (where->t - table->time[i]) / (table->time[i + 1] - table->time[i]);
  return (1.0 - weight) * table->value[i] + weight * table->value[i + 1];
}

static bool in_window(const EluteValue *window, const EluteWhere *where) {
  const double middle = 0.5 * (where->segment_begin + where->segment_end);

  return window->from <= middle && middle < window->to;
}

static void name_value(const EluteValue *value, char *text, size_t length) {
  char *path = value->node ? EluteNodePath(value->node) : NULL;

  snprintf(text, length, "%.300s", path && path[0] ? path : "a value");
  free(path);
}

static bool tissue_missing(const EluteValue *value, const EluteWhere *where, char *why, size_t length) {
  char name[320];

  if (where->tissue >= 0 && where->tissue < value->n) return false;
  name_value(value, name, sizeof name);
  snprintf(why, length, "%s differs by tissue, but there is no tissue at x = %g m, y = %g m, z = %g m", name,
           where->x[0], where->x[1], where->x[2]);
  return true;
}

static bool formula_at(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length) {
  char name[320];
  double raw;

  if (!EluteFormulaAt(value->formula, where, &raw, why, length)) return false;
  *result = raw * value->factor + value->offset;
  if (isfinite(*result)) return true;
  name_value(value, name, sizeof name);
  snprintf(why, length, "%s: the formula '%.200s' gives %g at x = %g m, y = %g m, z = %g m, r = %g m, t = %g s", name,
           EluteFormulaText(value->formula), raw, where->x[0], where->x[1], where->x[2], where->r, where->t);
  return false;
}

bool EluteValueAt(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length) {
  double other;

  switch (value->kind) {
  case VALUE_CONSTANT:
  case VALUE_VARIABLE:
    *result = value->constant;
    return true;
  case VALUE_FORMULA:
    return formula_at(value, where, result, why, length);
  case VALUE_TABLE:
    *result = table_at(value, where);
    return true;
  case VALUE_CURVE:
    *result = elute_curve_at(value->curve, where, &other);
    return true;
  case VALUE_HAZARD:
    *result = elute_hazard_at(value->hazard, where, &other);
    return true;
  case VALUE_TISSUE:
    if (tissue_missing(value, where, why, length)) return false;
    return EluteValueAt(value->of[where->tissue], where, result, why, length);
  case VALUE_WINDOW:
    *result = 0.0;
    return !in_window(value, where) || EluteValueAt(value->inner, where, result, why, length);
  case VALUE_SHIFT:
    if (!EluteValueAt(value->inner, where, result, why, length)) return false;
    *result += value->constant;
    return true;
  case VALUE_PRODUCT:
    if (!EluteValueAt(value->inner, where, result, why, length)) return false;
    if (!EluteValueAt(value->other, where, &other, why, length)) return false;
    *result *= other;
    return true;
  }
  return false;
}

/* Where a derivative with respect to time is taken: the steps that stay inside the segment. */
typedef struct Stencil {
  double h; /* s, signed when one-sided */
  bool central;
} Stencil;

static Stencil first_stencil(const EluteWhere *where) {
  const double length = where->segment_end - where->segment_begin;
  const double before = where->t - where->segment_begin, after = where->segment_end - where->t;
  const double room = fmin(before, after);

  if (!(length > 0.0)) return (Stencil){fmax(fabs(where->t), 1.0) / 16.0, true};
  if (room >= length / 64.0) return (Stencil){fmin(room, length / 16.0), true};
  return (Stencil){before > after ? -length / 16.0 : length / 16.0, false};
}

static bool difference(const EluteValue *value, const EluteWhere *where, Stencil s, double *result, double *size,
                       char *why, size_t length) {
  EluteWhere at = *where;
  double ahead, behind, width;

  at.t = where->t + s.h;
  if (!formula_at(value, &at, &ahead, why, length)) return false;
  width = at.t;
  at.t = s.central ? where->t - s.h : where->t;
  if (!formula_at(value, &at, &behind, why, length)) return false;
  width -= at.t; /* the steps as rounded */
  *result = (ahead - behind) / width;
  *size = fmax(fabs(ahead), fabs(behind)) / fabs(width);
  return true;
}

/* Differences with halved steps, extrapolated to step zero (Ridders, Adv. Eng. Software 4 (1982) 75): the entry of the
   table whose neighbours agree best. */
static bool formula_rate(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length) {
  enum { LEVELS = 14 };
  Stencil s = first_stencil(where);
  double table[2][LEVELS], *last = table[0], *now = table[1], *swap, size, best = INFINITY;
  const double ratio = s.central ? 4.0 : 2.0; /* the error is a series in h^2, or in h */

  for (int i = 0; i < LEVELS; i++, s.h *= 0.5) {
    double power = ratio;

    if (!difference(value, where, s, &now[0], &size, why, length)) return false;
    if (i == 0) *result = now[0];
    for (int j = 1; j <= i; j++, power *= ratio) {
      double error;

      now[j] = now[j - 1] + (now[j - 1] - last[j - 1]) / (power - 1.0);
      error = fmax(fabs(now[j] - now[j - 1]), fabs(now[j] - last[j - 1])) + 1e-16 * size;
      if (error < best) {
        best = error;
        *result = now[j];
      }
    }
    if (best <= 1e-13 * fabs(*result) || 1e-16 * size > best) break; /* converged, or rounding is all that is left */
    swap = last, last = now, now = swap;
  }
  return true;
}

/* (a b)' = a' b + a b' */
static bool product_rate(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length) {
  double a, b, a_rate, b_rate;

  if (!EluteValueAt(value->inner, where, &a, why, length) || !EluteValueAt(value->other, where, &b, why, length) ||
      !EluteValueRate(value->inner, where, &a_rate, why, length) ||
      !EluteValueRate(value->other, where, &b_rate, why, length))
    return false;
  *result = a_rate * b + a * b_rate;
  return true;
}

bool EluteValueRate(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length) {
  *result = 0.0;
  switch (value->kind) {
  case VALUE_CONSTANT:
  case VALUE_VARIABLE:
    return true;
  case VALUE_FORMULA:
    return !EluteFormulaUsesTime(value->formula) || formula_rate(value, where, result, why, length);
  case VALUE_TABLE:
    *result = slope(value, interval(value, reading_time(value, where)));
    return true;
  case VALUE_CURVE:
    elute_curve_at(value->curve, where, result);
    return true;
  case VALUE_HAZARD:
    elute_hazard_at(value->hazard, where, result);
    return true;
  case VALUE_TISSUE:
    if (tissue_missing(value, where, why, length)) return false;
    return EluteValueRate(value->of[where->tissue], where, result, why, length);
  case VALUE_WINDOW:
    return !in_window(value, where) || EluteValueRate(value->inner, where, result, why, length);
  case VALUE_SHIFT:
    return EluteValueRate(value->inner, where, result, why, length);
  case VALUE_PRODUCT:
    return product_rate(value, where, result, why, length);
  }
  return false;
}

static void add_knot(double t, int *n, double **knots) {
  double *more;

  if (!isfinite(t)) return;
  more = realloc(*knots, (size_t)(*n + 1) * sizeof *more);
  if (!more) abort();
  more[(*n)++] = t;
  *knots = more;
}

static void add_table_knots(const EluteValue *table, int *n, double **knots) {
  if (table->free_running) return;
  for (int i = 0; i < table->n; i++) {
    const double before = slope(table, i - 1), after = slope(table, i);
    const bool jumps = table->previous && i > 0 && table->value[i] != table->value[i - 1];

    if (jumps || fabs(after - before) > 1e-12 * (fabs(after) + fabs(before))) add_knot(table->time[i], n, knots);
  }
}

void EluteValueKnots(const EluteValue *value, int *n, double **knots) {
  double times[2];

  switch (value->kind) {
  case VALUE_CONSTANT:
  case VALUE_VARIABLE:
    break;
  case VALUE_FORMULA:
    EluteFormulaKnots(value->formula, n, knots);
    break;
  case VALUE_TABLE:
    add_table_knots(value, n, knots);
    break;
  case VALUE_CURVE:
    for (int i = 0, k; (k = elute_curve_knots(value->curve, i, times)); i++)
      while (k > 0) add_knot(times[--k], n, knots);
    break;
  case VALUE_HAZARD:
    for (int i = 0; elute_hazard_knots(value->hazard, i, times); i++) add_knot(times[0], n, knots);
    break;
  case VALUE_TISSUE:
    for (int i = 0; i < value->n; i++) EluteValueKnots(value->of[i], n, knots);
    break;
  case VALUE_WINDOW:
    add_knot(value->from, n, knots);
    add_knot(value->to, n, knots);
    EluteValueKnots(value->inner, n, knots);
    break;
  case VALUE_SHIFT:
    EluteValueKnots(value->inner, n, knots);
    break;
  case VALUE_PRODUCT:
    EluteValueKnots(value->inner, n, knots);
    EluteValueKnots(value->other, n, knots);
    break;
  }
}
