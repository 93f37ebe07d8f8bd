#include <criterion/criterion.h>

#include "../../solver/case/functions.h"
#include "../../solver/case/units.h"
#include "../../solver/case/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *constant_names[] = {"R", "k0_rate"};
static double constants[] = {2e-3, 0.5};
static char *tissue_names[] = {"muscle", "tumour"};

static double distance_to(void *context, int tissue, const double x[3]) {
  (void)context;
  return x[0] - (tissue == 1 ? 1e-3 : 5e-3);
}

static EluteScope scope_with_everything(void) {
  EluteScope scope = {.n_constants = 2,
                      .constant_name = constant_names,
                      .constant = constants,
                      .n_tissues = 2,
                      .tissue_name = tissue_names,
                      .distance = distance_to};
  return scope;
}

/* Values point to their nodes: those of a test are freed at its end. */
static EluteNode *kept[64];
static int n_kept;

static void free_kept(void) {
  while (n_kept > 0) EluteNodeFree(kept[--n_kept]);
  EluteUnitsFinalize();
}

TestSuite(value, .fini = free_kept);
TestSuite(functions, .fini = free_kept);

static EluteNode *parse(const char *text) {
  EluteDiagnostics d = {0};
  EluteNode *node = EluteNodeParse("case.yaml", text, strlen(text), &d);

  cr_assert(node, "%s", d.text);
  cr_assert(n_kept < 64);
  return kept[n_kept++] = node;
}

/* A value that must be readable. */
static EluteValue *value_of(const char *text, const char *dimension, const EluteScope *scope) {
  EluteDiagnostics d = {0};
  EluteValue *value = EluteValueRead(parse(text), dimension, 0.0, scope, &d);

  cr_assert(value, "%s", d.text ? d.text : "no message");
  cr_assert_eq(d.n_errors, 0);
  return value;
}

static double at(const EluteValue *value, EluteWhere where) {
  char why[500];
  double result = NAN;

  cr_assert(EluteValueAt(value, &where, &result, why, sizeof why), "%s", why);
  return result;
}

static double rate(const EluteValue *value, EluteWhere where) {
  char why[500];
  double result = NAN;

  cr_assert(EluteValueRate(value, &where, &result, why, sizeof why), "%s", why);
  return result;
}

static EluteWhere during(double begin, double t, double end) {
  return (EluteWhere){.t = t, .segment_begin = begin, .segment_end = end};
}

static void expect_error(const char *text, const char *dimension, const EluteScope *scope, const char *message) {
  EluteDiagnostics d = {0};
  EluteValue *value = EluteValueRead(parse(text), dimension, 0.0, scope, &d);

  cr_expect_null(value, "%s was accepted", text);
  cr_expect(d.n_errors > 0);
  cr_expect(d.text && strstr(d.text, message), "%s: got %s", text, d.text ? d.text : "nothing");
  EluteDiagnosticsClear(&d);
}

Test(value, scalar_is_constant_in_si) {
  EluteValue *value = value_of("4 uM", "mol/m3", NULL);

  cr_expect(EluteValueIsConstant(value));
  cr_expect_eq(at(value, (EluteWhere){0}), 4e-3);
  EluteValueFree(value);
}

Test(value, formula_sees_place_time_and_constants_and_its_unit) {
  const EluteScope scope = scope_with_everything();
  EluteValue *value = value_of("{formula: \"x/R + 2*y/R + z/R + r/R + t\", unit: mM}", "mol/m3", &scope);
  EluteWhere where = {.x = {2e-3, 4e-3, 6e-3}, .r = 8e-3, .t = 10.0};

  cr_expect(EluteValueVariesInPlace(value));
  cr_expect(EluteValueVariesInTime(value));
  cr_expect_not(EluteValueVariesByTissue(value));
  cr_expect_float_eq(at(value, where), 1 + 4 + 3 + 4 + 10, 1e-12);
  EluteValueFree(value);
  value = value_of("{formula: \"t/3600\", unit: uM}", "mol/m3", &scope);
  cr_expect_not(EluteValueVariesInPlace(value));
  cr_expect_float_eq(at(value, (EluteWhere){.t = 7200.0}), 2e-3, 1e-17);
  EluteValueFree(value);
}

Test(value, formula_of_constants_is_a_constant) {
  const EluteScope scope = scope_with_everything();
  EluteValue *value = value_of("{formula: \"R*1000 + pi\"}", "1", &scope);

  cr_expect(EluteValueIsConstant(value));
  cr_expect_float_eq(at(value, (EluteWhere){0}), 2 + 3.14159265358979323846, 1e-15);
  EluteValueFree(value);
}

Test(value, distance_names_a_tissue) {
  const EluteScope scope = scope_with_everything();
  EluteValue *value = value_of("{formula: \"distance( tumour )/R - distance(muscle)\", unit: 1}", "1", &scope);

  cr_expect(EluteValueVariesInPlace(value));
  cr_expect_float_eq(at(value, (EluteWhere){.x = {3e-3}}), 1.0 + 2e-3, 1e-15);
  EluteValueFree(value);
  expect_error("{formula: distance(tumor)}", "1", &scope, "did you mean 'tumour'?");
  expect_error("{formula: distance(tumour)}", "1", &(EluteScope){.n_tissues = 2, .tissue_name = tissue_names},
               "not available here");
  expect_error("{formula: distance}", "1", &scope, "expected distance(TISSUE)");
}

Test(value, formula_errors_say_what_is_wrong) {
  const EluteScope scope = scope_with_everything();

  expect_error("{formula: \"exp(-x/RR)\", unit: mM}", "mol/m3", &scope, "'RR' is unknown, did you mean 'R'?");
  expect_error("{formula: \"sqr(x)\", unit: mM}", "mol/m3", &scope, "did you mean 'sqrt'?");
  expect_error("{formula: \"exp(-x\", unit: mM}", "mol/m3", &scope, "arenthesis");
  expect_error("{formula: \"t = 5\", unit: mM}", "mol/m3", &scope, "'=' assigns nothing");
  expect_error("{formula: \"1, x\", unit: mM}", "mol/m3", &scope, "2 values");
  expect_error("{formula: x}", "mol/m3", &scope, "the formula has no unit; expected unit: mol/m3");
  expect_error("{formula: x, unit: h}", "mol/m3", &scope, "the unit 'h' is in s");
  expect_error("{formula: \"log(R-R)\", unit: mM}", "mol/m3", &scope, "no finite number");
  expect_error("{formula: x, units: mM}", "mol/m3", &scope, "did you mean 'unit'?");
  expect_error("[1 mM]", "mol/m3", &scope, "found a sequence of 1; expected a quantity in mol/m3");
}

Test(value, formula_that_turns_infinite_names_key_place_and_time) {
  EluteNode *root = parse("{species: {u: {initial: {formula: 1/x, unit: mM}}}}");
  const EluteNode *node = EluteNodeAt(root, "species.u.initial");
  EluteDiagnostics d = {0};
  EluteValue *value = EluteValueRead(node, "mol/m3", 0.0, NULL, &d);
  EluteWhere where = {.x = {0.0, 2.0, 0.0}, .t = 7.0};
  char why[500] = "";
  double result;

  cr_assert(value);
  cr_expect_not(EluteValueAt(value, &where, &result, why, sizeof why));
  cr_expect_str_eq(why,
                   "species.u.initial: the formula '1/x' gives inf at x = 0 m, y = 2 m, z = 0 m, r = 0 m, t = 7 s");
  EluteValueFree(value);
}

Test(value, linear_table_is_exact_between_knots_and_constant_outside) {
  EluteValue *value = value_of("{table: {time: [1 h, 3 h], value: [2 mM, 6 mM]}}", "mol/m3", NULL);

  cr_expect(EluteValueVariesInTime(value));
  cr_expect_float_eq(at(value, during(3600, 5400, 10800)), 3.0, 1e-14);
  cr_expect_float_eq(rate(value, during(3600, 5400, 10800)), 4.0 / 7200, 1e-18);
  cr_expect_eq(at(value, during(0, 3600, 3600)), 2.0);
  cr_expect_eq(rate(value, during(0, 3600, 3600)), 0.0);
  cr_expect_eq(at(value, during(10800, 10800, 20000)), 6.0);
  cr_expect_eq(rate(value, during(10800, 10800, 20000)), 0.0);
  EluteValueFree(value);
}

Test(value, steps_are_read_on_the_segments_side) {
  EluteValue *value =
      value_of("{table: {time: [0 h, 6 h], value: [1 mM, 0 mM], interpolation: previous}}", "mol/m3", NULL);

  cr_expect_eq(at(value, during(0, 21600, 21600)), 1.0); /* the very time of the step, from before */
  cr_expect_eq(at(value, during(21600, 21600, 30000)), 0.0);
  cr_expect_eq(rate(value, during(0, 21600, 21600)), 0.0);
  EluteValueFree(value);
}

Test(value, knots_are_where_a_table_bends_or_jumps) {
  EluteValue *value =
      value_of("{table: {time: [1 s, 2 s, 3 s, 4 s], value: [0 mM, 1 mM, 2 mM, 2 mM]}}", "mol/m3", NULL);
  double *knots = NULL;
  int n = 0;

  EluteValueKnots(value, &n, &knots);
  cr_assert_eq(n, 2); /* 2 s lies on a straight line, 4 s between constants */
  cr_expect_eq(knots[0], 1.0);
  cr_expect_eq(knots[1], 3.0);
  EluteValueFree(value);
  n = 0;
  value =
      value_of("{table: {time: [1 s, 2 s, 3 s], value: [5 mM, 5 mM, 2 mM], interpolation: previous}}", "mol/m3", NULL);
  EluteValueKnots(value, &n, &knots);
  cr_assert_eq(n, 1);
  cr_expect_eq(knots[0], 3.0);
  EluteValueFree(value);
  free(knots);
}

Test(value, table_that_stops_nowhere_has_no_knots_and_follows_t) {
  EluteValue *value =
      value_of("{table: {time: [0 s, 1 s, 2 s], value: [0 mM, 1 mM, 5 mM], stop_at_knots: no}}", "mol/m3", NULL);
  double *knots = NULL;
  int n = 0;

  EluteValueKnots(value, &n, &knots);
  cr_expect_eq(n, 0);
  cr_expect_float_eq(at(value, during(0, 1.5, 2)), 3.0, 1e-15);
  cr_expect_float_eq(rate(value, during(0, 0.5, 2)), 1.0, 1e-15);
  cr_expect_float_eq(rate(value, during(0, 1.5, 2)), 4.0, 1e-15);
  EluteValueFree(value);
}

Test(value, table_errors) {
  expect_error("{table: {time: [1 h, 1 h], value: [1 mM, 2 mM]}}", "mol/m3", NULL, "times that increase");
  expect_error("{table: {time: [1 h], value: [1 mM, 2 mM]}}", "mol/m3", NULL, "found 2 values for 1 times");
  expect_error("{table: {time: [1 h]}}", "mol/m3", NULL, "the key 'value' is missing");
  expect_error("{table: {time: [1], value: [1 mM]}}", "mol/m3", NULL, "found '1' without a unit");
  expect_error("{table: {time: [1 h], value: [1 h]}}", "mol/m3", NULL, "the unit 'h' is in s");
  expect_error("{table: {time: [1 h], value: [1 mM], interpolation: cubic}}", "mol/m3", NULL, "linear or previous");
  expect_error("{table: {file: none.csv}}", "mol/m3", NULL, "cannot read none.csv: No such file");
  expect_error("{table: {file: a.csv, time: [1 h]}}", "mol/m3", NULL, "either time and value, or file");
}

Test(value, table_file_is_found_beside_the_case) {
  char directory[] = "/tmp/elute_test_XXXXXX", path[64], name[80];
  static const char yaml[] = "{v: {table: {file: bath.csv}}}";
  EluteDiagnostics d = {0};
  EluteNode *root;
  EluteValue *value;
  FILE *file;

  cr_assert(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/bath.csv", directory);
  snprintf(name, sizeof name, "%s/case.yaml", directory);
  cr_assert((file = fopen(path, "w")));
  fputs("# a bath\ntime [h], concentration [uM]\n0, 1\n\n2, 3e3\n", file);
  fclose(file);
  root = EluteNodeParse(name, yaml, strlen(yaml), &d);
  value = EluteValueRead(EluteNodeAt(root, "v"), "mol/m3", 0.0, NULL, &d);
  cr_assert(value, "%s", d.text);
  cr_expect_float_eq(at(value, during(0, 3600, 7200)), 0.5 * (1e-3 + 3.0), 1e-14);
  EluteValueFree(value);
  cr_assert((file = fopen(path, "w")));
  fputs("time [h], concentration [uM]\n0, 1\n1, x\n", file);
  fclose(file);
  cr_expect_null(EluteValueRead(EluteNodeAt(root, "v"), "mol/m3", 0.0, NULL, &d));
  cr_expect(d.text && strstr(d.text, "bath.csv:3:1: error: expected two finite numbers"), "%s", d.text);
  EluteNodeFree(root);
  EluteDiagnosticsClear(&d);
  unlink(path);
  rmdir(directory);
}

Test(value, tissues_have_their_own_values) {
  const EluteScope scope = scope_with_everything();
  EluteValue *value = value_of("{tissue: {tumour: {formula: x, unit: M}, default: 2 mM}}", "mol/m3", &scope);

  cr_expect(EluteValueVariesByTissue(value));
  cr_expect(EluteValueVariesInPlace(value));
  cr_expect_eq(at(value, (EluteWhere){.tissue = 0, .x = {3.0}}), 2.0);
  cr_expect_eq(at(value, (EluteWhere){.tissue = 1, .x = {3.0}}), 3000.0);
  EluteValueFree(value);
  value = value_of("{tissue: {tumour: 1 mM, muscle: 2 mM}}", "mol/m3", &scope);
  cr_expect_not(EluteValueVariesInPlace(value));
  cr_expect_not(EluteValueIsConstant(value));
  EluteValueFree(value);
  expect_error("{tissue: {tumour: 1 mM}}", "mol/m3", &scope, "the tissue 'muscle' has no value");
  expect_error("{tissue: {tumor: 1 mM, muscle: 1 mM}}", "mol/m3", &scope,
               "tissue.tumor: there is no tissue of this name");
  expect_error("{tissue: {tumour: {tissue: {muscle: 1 mM}}, muscle: 1 mM}}", "mol/m3", &scope,
               "tissues within a tissue");
}

Test(value, prescribed_field_is_a_variable) {
  EluteScope scope = scope_with_everything();
  EluteValue *ph = value_of("{table: {time: [0 s, 10 s], value: [7.4, 6.4]}}", "1", &scope), *value;
  const EluteValue *fields[] = {ph};
  char *names[] = {"pH"};
  double *knots = NULL;
  int n = 0;

  scope.n_fields = 1;
  scope.field = fields;
  scope.field_name = names;
  value = value_of("{field: pH, formula: \"max(0, 28.8336 - 3.8195*pH)\", unit: 1/h}", "1/s", &scope);
  cr_expect(EluteValueVariesInTime(value));
  cr_expect_not(EluteValueVariesInPlace(value));
  cr_expect_float_eq(at(value, during(0, 10, 10)), (28.8336 - 3.8195 * 6.4) / 3600, 1e-17);
  cr_expect_float_eq(rate(value, during(0, 5, 10)), 0.38195 / 3600, 1e-13);
  EluteValueKnots(value, &n, &knots);
  cr_expect_eq(n, 2);
  free(knots);
  EluteValueFree(value);
  expect_error("{field: ph, formula: \"2*pH\", unit: 1/h}", "1/s", &scope, "did you mean 'pH'?");
  EluteValueFree(ph);
}

Test(value, rate_of_a_formula_is_right_to_1e9) {
  static const struct {
    const char *formula;
    double begin, t, end, exact;
  } cases[] = {
      {"exp(-t/3600)", 0, 1800, 259200, -0.60653065971263342 / 3600},
      {"exp(-t/3600)", 0, 0, 259200, -1.0 / 3600},
      {"sin(t)", 0, 1, 10, 0.54030230586813972},
      {"sin(t)", 0, 10, 10, -0.83907152907645245},
      {"t^3", 0, 2, 2, 12},
      {"sqrt(t)", 1, 1, 5, 0.5},
      {"3 + 2*t", 0, 1e6, 2e6, 2},
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[100];
    EluteValue *value;
    double obtained;

    snprintf(text, sizeof text, "{formula: \"%s\"}", cases[i].formula);
    value = value_of(text, "1", NULL);
    obtained = rate(value, during(cases[i].begin, cases[i].t, cases[i].end));
    cr_expect_leq(fabs(obtained / cases[i].exact - 1.0), 1e-9, "%s at %g: %.15g, expected %.15g", cases[i].formula,
                  cases[i].t, obtained, cases[i].exact);
    EluteValueFree(value);
  }
}

Test(value, rate_never_leaves_the_segment) {
  /* sqrt is not a number before 0 and after 4 s here */
  EluteValue *value = value_of("{formula: \"sqrt(t*(4 - t)) + 2*t\"}", "1", NULL);

  cr_expect_float_eq(rate(value, during(0, 1, 4)), 1.0 / sqrt(3.0) + 2.0, 1e-8);
  cr_expect_float_eq(rate(value, during(0, 3.99, 4)), 2.0 - 1.99 / sqrt(3.99 * 0.01), 1e-4);
  EluteValueFree(value);
}

Test(value, window_acts_inside_only) {
  EluteValue *value = EluteValueWindow(EluteValueConstant(3.0), 10.0, 20.0);
  double *knots = NULL;
  int n = 0;

  cr_expect_eq(at(value, during(0, 10, 10)), 0.0);
  cr_expect_eq(at(value, during(10, 10, 20)), 3.0);
  cr_expect_eq(at(value, during(10, 20, 20)), 3.0);
  cr_expect_eq(at(value, during(20, 20, 30)), 0.0);
  EluteValueKnots(value, &n, &knots);
  cr_assert_eq(n, 2);
  cr_expect_eq(knots[0], 10.0);
  cr_expect_eq(knots[1], 20.0);
  cr_expect_null(EluteValueNode(value));
  free(knots);
  EluteValueFree(value);
}

static bool length_of(const char *text, double *metres, EluteDiagnostics *d) {
  const EluteScope scope = scope_with_everything();

  return EluteLengthRead(parse(text), &scope, metres, d);
}

Test(value, lengths_are_quantities_constants_or_formulas_of_them) {
  EluteDiagnostics d = {0};
  double metres;

  cr_expect(length_of("300 um", &metres, &d) && metres == 3e-4);
  cr_expect(length_of("R", &metres, &d) && metres == 2e-3);
  cr_expect(length_of("-R/2", &metres, &d) && metres == -1e-3);
  cr_expect(length_of("2*R + 1e-3", &metres, &d) && metres == 5e-3);
  cr_expect_eq(d.n_errors, 0, "%s", d.text);
  cr_expect_not(length_of("3", &metres, &d));
  cr_expect_not(length_of("Q", &metres, &d));
  cr_expect_not(length_of("3 h", &metres, &d));
  cr_expect_not(length_of("R*x", &metres, &d));
  cr_expect_not(length_of("R/(R-R)", &metres, &d));
  cr_expect_not(length_of("[R]", &metres, &d));
  cr_expect_eq(d.n_errors, 6);
  cr_expect(strstr(d.text, "found '3' without a unit"));
  cr_expect(strstr(d.text, "'Q' is unknown"));
  cr_expect(strstr(d.text, "the unit 'h' is in s; expected a length in m, such as '300 um'"));
  cr_expect(strstr(d.text, "'x' is unknown"));
  cr_expect(strstr(d.text, "gives inf; expected a finite number"));
  cr_expect(strstr(d.text, "found a sequence of 1"));
  EluteDiagnosticsClear(&d);
}

Test(value, names_that_formulas_need_are_reserved) {
  cr_expect(EluteNameReserved("t"));
  cr_expect(EluteNameReserved("pi"));
  cr_expect(EluteNameReserved("erfcx"));
  cr_expect(EluteNameReserved("sqrt"));
  cr_expect_not(EluteNameReserved("R"));
  cr_expect_not(EluteNameReserved("pH"));
}

static void expect_close(double obtained, double exact) {
  cr_expect_leq(fabs(obtained / exact - 1.0), 4e-15, "%.17g, expected %.17g", obtained, exact);
}

/* Expected values by mpmath at 30 digits. */
Test(functions, modified_bessel_functions_to_rounding) {
  expect_close(elute_bessel_i0(0.001), 1.00000025000001563);
  expect_close(elute_bessel_i0(0.5), 1.06348337074132352);
  expect_close(elute_bessel_i0(2), 2.27958530233606727);
  expect_close(elute_bessel_i0(10), 2815.71662846625447);
  expect_close(elute_bessel_i0(50), 2.93255378384933633e+20);
  expect_close(elute_bessel_i0(300), 4.47584736793505212e+128);
  expect_close(elute_bessel_i1(0.001), 0.000500000062500002615);
  expect_close(elute_bessel_i1(0.5), 0.257894305390896316);
  expect_close(elute_bessel_i1(2), 1.59063685463732906);
  expect_close(elute_bessel_i1(10), 2670.98830370125465);
  expect_close(elute_bessel_i1(50), 2.9030785901035568e+20);
  expect_close(elute_bessel_i1(300), 4.46838138503695441e+128);
  expect_close(elute_bessel_k0(0.001), 7.02368880056238132);
  expect_close(elute_bessel_k0(0.5), 0.924419071227665862);
  expect_close(elute_bessel_k0(2), 0.113893872749533436);
  expect_close(elute_bessel_k0(10), 0.0000177800623161676518);
  expect_close(elute_bessel_k0(50), 3.41016774978949551e-23);
  expect_close(elute_bessel_k0(300), 3.72369485488914326e-132);
  expect_close(elute_bessel_k1(0.001), 999.996238156085553);
  expect_close(elute_bessel_k1(0.5), 1.65644112000330089);
  expect_close(elute_bessel_k1(2), 0.139865881816522427);
  expect_close(elute_bessel_k1(10), 0.0000186487734538255846);
  expect_close(elute_bessel_k1(50), 3.44410222671755561e-23);
  expect_close(elute_bessel_k1(300), 3.7298958583323727e-132);
  cr_expect_eq(elute_bessel_i1(0.0), 0.0);
  cr_expect_eq(elute_bessel_i1(-2.0), -elute_bessel_i1(2.0));
  cr_expect(isinf(elute_bessel_k0(0.0)));
  cr_expect(isnan(elute_bessel_k1(-1.0)));
  cr_expect_eq(elute_bessel_k0(1e300), 0.0);
  cr_expect(isfinite(elute_bessel_k0(1e-308)));
}

Test(functions, scaled_complementary_error_function) {
  expect_close(elute_erfcx(-2), 108.940904389977972);
  expect_close(elute_erfcx(0.5), 0.615690344192925875);
  expect_close(elute_erfcx(3), 0.17900115118138995);
  expect_close(elute_erfcx(10), 0.0561409927438225859);
  expect_close(elute_erfcx(24.9), 0.0226399877760495063);
  expect_close(elute_erfcx(25.5), 0.0221081080525198266);
  expect_close(elute_erfcx(1e6), 5.64189583547474192e-7);
}

Test(functions, step_is_one_from_zero_on) {
  cr_expect_eq(elute_step(-1e-300), 0.0);
  cr_expect_eq(elute_step(0.0), 1.0);
  cr_expect_eq(elute_step(2.0), 1.0);
}

Test(functions, formulas_know_them) {
  EluteValue *value =
      value_of("{formula: \"i0(x) + i1(x)*k0(x)*k1(x) + erfcx(x) + erf(x) + erfc(x) + step(x)\"}", "1", NULL);
  const double x = 0.7;

  cr_expect_float_eq(at(value, (EluteWhere){.x = {x}}),
                     elute_bessel_i0(x) + elute_bessel_i1(x) * elute_bessel_k0(x) * elute_bessel_k1(x) +
                         elute_erfcx(x) + 1.0 + 1.0,
                     1e-14);
  EluteValueFree(value);
}
