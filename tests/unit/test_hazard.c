/* Rates by age: over any step they have the integral that the law of release has. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../../solver/case/units.h"
#include "../../solver/case/value.h"

static void forget_units(void) {
  EluteUnitsFinalize();
}

TestSuite(hazard, .fini = forget_units);

static EluteNode *root; /* of the value that is read */

static EluteValue *read_value(const char *text) {
  static const EluteScope nothing;
  EluteDiagnostics d = {0};
  EluteValue *value;

  root = EluteNodeParse("case.yaml", text, strlen(text), &d);
  value = EluteValueRead(root, "1/s", 0, &nothing, &d);
  cr_assert(value, "%s", d.text);
  return value;
}

static void forget(EluteValue *value) {
  EluteValueFree(value);
  EluteNodeFree(root);
}

static double at(const EluteValue *value, double begin, double end, double t) {
  const EluteWhere where = {.t = t, .segment_begin = 0, .segment_end = 1e9, .step_begin = begin, .step_end = end};
  double k;
  char why[200];

  cr_assert(EluteValueAt(value, &where, &k, why, sizeof why), "%s", why);
  return k;
}

/* What is left at the end of a step of what was there at its beginning; the rate is a line. */
static double left(const EluteValue *value, double begin, double end) {
  return exp(-(end - begin) * at(value, begin, end, 0.5 * (begin + end)));
}

Test(hazard, what_leaves_in_a_step_is_that_of_the_law) {
  EluteValue *weibull = read_value("{hazard: {start: 100 s, law: weibull, scale: 50 s, shape: 0.7}}");

  cr_assert_float_eq(left(weibull, 100, 150), exp(-1), 1e-14);
  cr_assert_float_eq(left(weibull, 110, 400), exp(pow(10 / 50.0, 0.7) - pow(300 / 50.0, 0.7)), 1e-14);
  forget(weibull);
  weibull = read_value("{hazard: {law: power, time: 100 s, exponent: 0.5}}");
  cr_assert_float_eq(left(weibull, 0, 25), 0.5, 1e-14);
  cr_assert_float_eq(left(weibull, 25, 64), 0.2 / 0.5, 1e-14);
  forget(weibull);
}

Test(hazard, a_table_is_linear_between_its_ages) {
  EluteValue *table = read_value("{hazard: {law: table, table: {time: [0 s, 10 s, 50 s], value: [0, 0.4, 0.5]}}}");

  cr_assert_float_eq(left(table, 0, 5), 0.8, 1e-14);
  cr_assert_float_eq(left(table, 5, 30), 0.55 / 0.8, 1e-14);
  cr_assert_eq(at(table, 60, 70, 65), 0, "what has not left by the last age stays");
  forget(table);
}

Test(hazard, what_is_given_over_some_time_leaves_as_its_ages_do_together) {
  /* zero order: M/I = 2/(200 s - a) while it is given; afterwards by I(a) - I(a - 40 s), with I(a) = a - a^2/200 s */
  EluteValue *v = read_value("{hazard: {start: 100 s, over: 40 s, law: power, time: 100 s, exponent: 1}}");

  cr_assert_float_eq(left(v, 110, 120), pow(180 / 190.0, 2), 1e-12);
  cr_assert_float_eq(left(v, 150, 180), (80 - 32 - 40 + 8) / (50 - 12.5 - 10 + 0.5), 1e-12);
  cr_assert_float_eq(left(v, 110, 180), pow(160 / 190.0, 2) * 16 / (40 - 8), 1e-12);
  forget(v);
  v = read_value("{hazard: {over: 40 s, law: weibull, scale: 50 s, shape: 1}}"); /* does not mind its age */
  cr_assert_float_eq(left(v, 0, 10), exp(-0.2), 1e-4);
  cr_assert_float_eq(left(v, 5, 30), exp(-0.5), 1e-12);
  cr_assert_float_eq(left(v, 45, 300), exp(-5.1), 1e-12);
  forget(v);
  v = read_value("{hazard: {over: 40 s, law: table, table: {time: [0 s, 10 s], value: [0, 0.4]}}}");
  cr_assert_float_eq(left(v, 20, 30), pow(14 / 20.0, 2 / 3.0), 1e-12); /* I = 2 s + 0.6 a */
  cr_assert_float_eq(left(v, 42, 45), (2 + 0.6 * 45 - 5 + 0.02 * 25) / (2 + 0.6 * 42 - 2 + 0.02 * 4), 1e-12);
  forget(v);
}

Test(hazard, nothing_leaves_before_the_start) {
  EluteValue *v = read_value("{hazard: {start: 100 s, law: weibull, scale: 50 s, shape: 0.5}}");

  cr_assert_eq(at(v, 0, 100, 50), 0);
  cr_assert_eq(at(v, 0, 100, 100), 0);
  cr_assert_float_eq(left(v, 50, 150), exp(-1), 1e-14, "a step that straddles it has what leaves after it");
  forget(v);
}

Test(hazard, is_finite_where_the_law_is_not) {
  EluteValue *v = read_value("{hazard: {law: power, time: 100 s, exponent: 0.5}}");
  const double first = at(v, 0, 1e-3, 0), last = at(v, 99, 100, 100), after = at(v, 101, 102, 101);

  cr_assert(isfinite(first) && first > 0 && isfinite(last) && last > 0, "%g %g", first, last);
  cr_assert_float_eq(left(v, 0, 100), 1e-9, 1e-12, "all but a part in 1e9");
  cr_assert_float_eq(after, 10, 1e-6, "the rest leaves a thousand times as fast as all");
  forget(v);
}

Test(hazard, the_line_has_the_integrals_of_both_halves) {
  EluteValue *v = read_value("{hazard: {law: weibull, scale: 1 s, shape: 2}}");
  double slope;
  const EluteWhere where = {.t = 3, .segment_begin = 0, .segment_end = 9, .step_begin = 2, .step_end = 4};
  char why[200];

  /* h = 2 a: a line itself */
  cr_assert_float_eq(at(v, 2, 4, 2), 4, 1e-12);
  cr_assert_float_eq(at(v, 2, 4, 4), 8, 1e-12);
  cr_assert(EluteValueRate(v, &where, &slope, why, sizeof why));
  cr_assert_float_eq(slope, 2, 1e-12);
  forget(v);
}

Test(hazard, is_nowhere_negative) {
  EluteValue *v = read_value("{hazard: {law: power, time: 1000 s, exponent: 0.2}}");

  for (double t = 0; t <= 8; t++) cr_assert_geq(at(v, 0, 8, t), 0);
  forget(v);
}

Test(hazard, time_is_cut_at_the_start_and_where_all_has_left) {
  EluteValue *v = read_value("{hazard: {start: 100 s, law: power, time: 50 s, exponent: 1}}");
  double *knots = NULL;
  int n = 0;

  EluteValueKnots(v, &n, &knots);
  cr_assert_eq(n, 2);
  cr_assert_eq(knots[0], 100);
  cr_assert_float_eq(knots[1], 150, 1e-6);
  cr_assert(EluteValueFollowsStep(v) && EluteValueVariesInTime(v) && !EluteValueVariesInPlace(v));
  free(knots);
  forget(v);
}
