/* Tables of rates that depend on something solved, against their formulas. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "kernels/cell/factor.h"
#include "model/model.h"

static EluteModel *read_rate(const char *formula, const char *more) {
  static const char form[] =
      "elute: 1\nmesh: {geometry: well_mixed, volume: 1 mL}\nspecies: {a: {mobile: no}, b: {mobile: no}}\n"
      "time: {end: 1 s}\nreactions: [{equation: \"a -> \", rate: {field: b, formula: \"%s\", unit: 1/s, "
      "range: [0 mol/m3, 10 mol/m3]%s}}]\n";
  EluteDiagnostics d = {0};
  char text[1000];
  EluteModel *model;

  snprintf(text, sizeof text, form, formula, more);
  model = EluteModelRead("test.yaml", text, strlen(text), 0, NULL, &d);
  cr_assert_not_null(model, "%s", d.text ? d.text : "");
  cr_assert_eq(model->n_lookups, 1);
  return model;
}

static double at(const EluteModel *model, double x) {
  const EluteLookupSpec *t = &model->lookups[0];
  const EluteLookup lookup = {.n = t->n, .from = t->from, .inverse_width = 1 / t->width};

  return elute_lookup(&lookup, t->coefficients, x, 1);
}

/* Largest difference from the function over its largest value, within the range. */
static double error_of(const char *formula, const char *more, double (*exact)(double)) {
  EluteModel *model = read_rate(formula, more);
  double error = 0, largest = 0;

  for (int i = 0; i <= 100003; i++) {
    const double x = 10.0 * i / 100003;

    error = fmax(error, fabs(at(model, x) - exact(x)));
    largest = fmax(largest, fabs(exact(x)));
  }
  EluteModelFree(model);
  return error / largest;
}

static double steep(double x) {
  return 1e-5 + (0.05 - 1e-5) / (1 + exp(-(x - 4) / 0.05));
}

static double line(double x) {
  return 3 * x;
}

static double kinked(double x) {
  return fmax(0, x - 3.217);
}

Test(lookup, smooth_formulas_are_met_to_a_millionth) {
  cr_assert_lt(error_of("1e-5 + (0.05 - 1e-5)/(1 + exp(-(b - 4)/0.05))", "", steep), 1e-6);
}

Test(lookup, lines_are_met_to_rounding_with_the_fewest_intervals) {
  EluteModel *model = read_rate("3*b", "");

  cr_assert_eq(model->lookups[0].n, 16);
  EluteModelFree(model);
  cr_assert_lt(error_of("3*b", "", line), 1e-15);
}

Test(lookup, the_error_falls_with_the_fourth_power_of_the_points) {
  const double coarse = error_of("1e-5 + (0.05 - 1e-5)/(1 + exp(-(b - 4)/0.05))", ", points: 800", steep);
  const double fine = error_of("1e-5 + (0.05 - 1e-5)/(1 + exp(-(b - 4)/0.05))", ", points: 1600", steep);

  cr_assert_gt(log2(coarse / fine), 3.8);
}

Test(lookup, a_corner_costs_a_share_of_its_interval_and_never_goes_below_zero) {
  EluteModel *model = read_rate("max(0, b - 3.217)", "");

  for (int i = 0; i <= 100003; i++) cr_assert_geq(at(model, 10.0 * i / 100003), 0);
  EluteModelFree(model);
  cr_assert_lt(error_of("max(0, b - 3.217)", "", kinked), 1e-4);
}
