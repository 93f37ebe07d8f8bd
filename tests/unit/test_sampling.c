/* Designs of studies: what each promises about its points, and numbers that must never change. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "study/sampling.h"
#include "study/sobol.h"

enum { MOST = 6 };
static EluteVariate uniform[MOST] = {
    {.kind = ELUTE_UNIFORM, .b = 1, .unit = (char *)""}, {.kind = ELUTE_UNIFORM, .b = 1, .unit = (char *)""},
    {.kind = ELUTE_UNIFORM, .b = 1, .unit = (char *)""}, {.kind = ELUTE_UNIFORM, .b = 1, .unit = (char *)""},
    {.kind = ELUTE_UNIFORM, .b = 1, .unit = (char *)""}, {.kind = ELUTE_UNIFORM, .b = 1, .unit = (char *)""}};

static EluteDesign design(EluteDesignKind kind, int base, int levels, int parameters, uint64_t seed) {
  return (EluteDesign){
      .kind = kind, .base = base, .levels = levels, .n_parameters = parameters, .seed = seed, .variate = uniform};
}

static double *points(const EluteDesign *d) {
  double *u = malloc(sizeof *u * (size_t)(EluteDesignRows(d) * d->n_parameters));

  EluteDesignFill(d, u);
  return u;
}

/* Squared L2 star discrepancy (Warnock 1972). */
static double discrepancy(const double *u, int n, int p) {
  double first = 0, second = 0;

  for (int i = 0; i < n; i++) {
    double one = 1;

    for (int k = 0; k < p; k++) one *= 0.5 * (1 - u[i * p + k] * u[i * p + k]);
    first += one;
    for (int j = 0; j < n; j++) {
      double both = 1;

      for (int k = 0; k < p; k++) both *= 1 - fmax(u[i * p + k], u[j * p + k]);
      second += both;
    }
  }
  return pow(3, -p) - 2 * first / n + second / ((double)n * n);
}

Test(latin_hypercube, every_slice_of_every_axis_holds_one_point) {
  const EluteDesign d = design(ELUTE_DESIGN_LATIN_HYPERCUBE, 97, 0, 5, 3);
  double *u = points(&d);

  for (int k = 0; k < 5; k++) {
    int held[97] = {0};

    for (int i = 0; i < 97; i++) held[(int)(97 * u[i * 5 + k])]++;
    for (int i = 0; i < 97; i++) cr_assert_eq(held[i], 1);
  }
  free(u);
}

Test(sobol, polynomials_are_primitive) {
  for (int k = 1; k < ELUTE_SOBOL_DIMENSIONS; k++) {
    const unsigned short *m;
    unsigned a, state = 1, period = 0, whole;
    int s;

    elute_sobol_table(k, &s, &a, &m);
    whole = 1U << s | a << 1 | 1; /* all coefficients */
    do {                          /* the powers of x modulo the polynomial run through all of GF(2^s) but 0 */
      state <<= 1;
      if (state >> s & 1) state ^= whole;
      period++;
    } while (state != 1 && period <= 1U << s);
    cr_assert_eq(period, (1U << s) - 1, "dimension %d", k);
    for (int i = 0; i < s; i++) cr_assert(m[i] % 2 == 1 && m[i] < 2U << i, "dimension %d", k);
  }
}

/* Every dyadic interval of length 2^-m holds one of any 2^m points in a row that begin at a multiple of 2^m. */
Test(sobol, every_axis_is_stratified) {
  for (int k = 0; k < ELUTE_SOBOL_DIMENSIONS; k++)
    for (int block = 0; block < 4; block++) {
      int held[256] = {0};

      for (int i = 0; i < 256; i++) held[(int)(256 * elute_sobol_scrambled((uint32_t)(block * 256 + i), k, 5))]++;
      for (int i = 0; i < 256; i++) cr_assert_eq(held[i], 1, "dimension %d", k);
    }
}

/* The smallest t for which every dyadic box of area 2^(t - m) holds 2^t of 2^m points. */
static int quality(int a, int b, int m, uint64_t seed) {
  for (int t = 0; t < m; t++) {
    bool fits = true;

    for (int s = 0; s <= m - t && fits; s++) {
      int held[4096] = {0};

      for (int i = 0; i < 1 << m; i++) {
        const int x = (int)ldexp(elute_sobol_scrambled((uint32_t)i, a, seed), s);
        const int y = (int)ldexp(elute_sobol_scrambled((uint32_t)i, b, seed), m - t - s);

        held[x << (m - t - s) | y]++;
      }
      for (int box = 0; box < 1 << (m - t); box++) fits = fits && held[box] == 1 << t;
    }
    if (fits) return t;
  }
  return m;
}

/* The first two dimensions are a (0, m, 2)-net; Joe and Kuo chose theirs for good pairs. Scrambling changes none of it.
 */
Test(sobol, pairs_of_axes_are_stratified) {
  cr_assert_eq(quality(0, 1, 10, 1), 0);
  cr_assert_eq(quality(0, 1, 10, 2), 0);
  for (int a = 0; a < 10; a++)
    for (int b = a + 1; b < 10; b++) cr_assert_leq(quality(a, b, 8, 1), 4, "dimensions %d and %d", a, b);
}

/* Random points lose by the square root of their number, these by nearly the number. */
Test(sobol, discrepancy_falls_faster_than_that_of_random_points) {
  double of_sobol[2], of_random[2];

  for (int i = 0; i < 2; i++) {
    const EluteDesign s = design(ELUTE_DESIGN_SOBOL, i ? 1024 : 64, 0, 4, 1);
    const EluteDesign r = design(ELUTE_DESIGN_RANDOM, i ? 1024 : 64, 0, 4, 1);
    double *u = points(&s), *v = points(&r);

    of_sobol[i] = sqrt(discrepancy(u, s.base, 4)), of_random[i] = sqrt(discrepancy(v, r.base, 4));
    free(u);
    free(v);
  }
  cr_assert_lt(of_sobol[1], of_sobol[0] / 8, "%g %g", of_sobol[0], of_sobol[1]); /* chance gives 4 */
  cr_assert_lt(of_sobol[1], of_random[1] / 4, "%g %g", of_random[0], of_random[1]);
}

Test(sobol, seeds_give_other_points_and_the_same_seed_the_same) {
  cr_assert_eq(elute_sobol_scrambled(7, 3, 1), elute_sobol_scrambled(7, 3, 1));
  cr_assert_neq(elute_sobol_scrambled(7, 3, 1), elute_sobol_scrambled(7, 3, 2));
}

Test(saltelli, blocks_differ_in_one_column) {
  const EluteDesign d = design(ELUTE_DESIGN_SALTELLI, 16, 0, 3, 9);
  double *u = points(&d);

  cr_assert_eq(EluteDesignRows(&d), 16 * 5);
  for (int j = 0; j < 3; j++)
    for (int i = 0; i < 16; i++)
      for (int k = 0; k < 3; k++) cr_assert_eq(u[((2 + j) * 16 + i) * 3 + k], u[((k == j) * 16 + i) * 3 + k]);
  free(u);
}

Test(morris, one_parameter_changes_at_a_time_and_all_do) {
  const EluteDesign d = design(ELUTE_DESIGN_MORRIS, 50, 6, 4, 2);
  double *u = points(&d);
  int up = 0;

  for (int t = 0; t < 50; t++) {
    int changed[4] = {0};

    for (int i = 0; i < 4; i++) {
      const double *from = u + (t * 5 + i) * 4, *to = from + 4;
      int n = 0;

      for (int k = 0; k < 4; k++) {
        if (from[k] == to[k]) continue;
        cr_assert_float_eq(fabs(to[k] - from[k]), 0.6, 1e-15); /* 6 / (2 * 5) */
        cr_assert(to[k] >= 0 && to[k] <= 1);
        up += to[k] > from[k];
        changed[k]++, n++;
      }
      cr_assert_eq(n, 1);
    }
    for (int k = 0; k < 4; k++) cr_assert_eq(changed[k], 1);
  }
  cr_assert(up > 70 && up < 130); /* of 200 */
  free(u);
}

Test(grid, has_every_combination_with_the_bounds) {
  const EluteDesign d = design(ELUTE_DESIGN_GRID, 0, 3, 2, 1);
  double *u = points(&d);

  cr_assert_eq(EluteDesignRows(&d), 9);
  for (int i = 0; i < 9; i++) {
    cr_assert_eq(u[2 * i], 0.5 * (i / 3));
    cr_assert_eq(u[2 * i + 1], 0.5 * (i % 3));
  }
  free(u);
}

Test(one_at_a_time, leaves_the_centre_in_one_parameter) {
  const EluteDesign d = design(ELUTE_DESIGN_ONE_AT_A_TIME, 0, 3, 2, 1);
  const double expected[5][2] = {{0.5, 0.5}, {0, 0.5}, {1, 0.5}, {0.5, 0}, {0.5, 1}};
  double *u = points(&d);

  cr_assert_eq(EluteDesignRows(&d), 5);
  for (int i = 0; i < 5; i++)
    for (int k = 0; k < 2; k++) cr_assert_eq(u[2 * i + k], expected[i][k]);
  free(u);
}

/* ---- distributions ---- */

/* The share below the value at u is u. */
static void expect_share(const EluteVariate *v, double (*share)(const EluteVariate *, double)) {
  for (int i = 1; i < 200; i++) {
    const double u = i / 200.0;
    char *text;
    const double x = EluteVariateAt(v, u, &text);

    cr_assert_float_eq(share(v, x), u, 1e-13);
    cr_assert_eq(strtod(text, NULL), x);
    free(text);
  }
}

static double triangle(const EluteVariate *v, double x) {
  const double w = v->b - v->a;

  if (x < v->mode) return (x - v->a) * (x - v->a) / (w * (v->mode - v->a));
  return 1 - (v->b - x) * (v->b - x) / (w * (v->b - v->mode));
}

static double normal(const EluteVariate *v, double x) {
  return 0.5 * erfc((v->a - x) / (v->b * sqrt(2)));
}

static double truncated(const EluteVariate *v, double x) {
  return (normal(v, x) - normal(v, v->low)) / (normal(v, v->high) - normal(v, v->low));
}

static double log_normal(const EluteVariate *v, double x) {
  return 0.5 * erfc(-log(x / v->a) / (v->b * sqrt(2)));
}

static double log_uniform(const EluteVariate *v, double x) {
  return log(x / v->a) / log(v->b / v->a);
}

Test(variate, share_below_the_value_at_u_is_u) {
  const EluteVariate t = {.kind = ELUTE_TRIANGULAR, .a = 1, .mode = 2, .b = 5, .unit = (char *)"mm"};
  const EluteVariate n = {.kind = ELUTE_NORMAL, .a = 3, .b = 2, .low = -INFINITY, .high = INFINITY, .unit = (char *)""};
  const EluteVariate c = {.kind = ELUTE_NORMAL, .a = 3, .b = 2, .low = 2, .high = 4, .unit = (char *)""};
  const EluteVariate l = {
      .kind = ELUTE_LOG_NORMAL, .a = 3, .b = 2, .low = -INFINITY, .high = INFINITY, .unit = (char *)"1/h"};
  const EluteVariate u = {.kind = ELUTE_LOG_UNIFORM, .a = 1e-9, .b = 1e3, .unit = (char *)""};

  expect_share(&t, triangle);
  expect_share(&n, normal);
  expect_share(&c, truncated);
  expect_share(&l, log_normal);
  expect_share(&u, log_uniform);
}

Test(variate, quantiles_reach_into_the_tails) {
  const double p[] = {1e-300, 1e-20, 1e-9, 0.02425, 0.3, 0.4999999};

  for (int i = 0; i < 6; i++)
    cr_assert_float_eq(0.5 * erfc(-EluteNormalQuantile(p[i]) / sqrt(2)) / p[i], 1, 1e-12, "p = %g", p[i]);
  cr_assert_eq(EluteNormalQuantile(0.5), 0);
  cr_assert_float_eq(EluteNormalQuantile(0.975), 1.959963984540054, 1e-14);
}

Test(variate, choices_come_in_their_weights) {
  char *names[] = {(char *)"a", (char *)"b", (char *)"c"};
  double cumulative[] = {0.25, 0.75, 1};
  const EluteVariate v = {.kind = ELUTE_DISCRETE, .n_choices = 3, .choice = names, .cumulative = cumulative};
  int held[3] = {0};

  for (int i = 0; i < 400; i++) {
    char *text;

    held[(int)EluteVariateAt(&v, (i + 0.5) / 400, &text)]++;
    free(text);
  }
  cr_assert(held[0] == 100 && held[1] == 200 && held[2] == 100);
}

Test(correlation, of_the_normal_numbers_is_that_asked_for) {
  EluteVariate v[2];
  double factor[] = {1, 0.6, 0.6, 1}, sum[2] = {0}, square[2] = {0}, product = 0;
  EluteDesign d = design(ELUTE_DESIGN_SOBOL, 4096, 0, 2, 4);
  double *u;

  for (int k = 0; k < 2; k++) v[k] = (EluteVariate){.kind = ELUTE_NORMAL, .b = 1, .low = -INFINITY, .high = INFINITY};
  cr_assert(EluteCholesky(2, factor));
  d.variate = v, d.factor = factor;
  u = points(&d);
  for (int i = 0; i < d.base; i++) {
    const double z[2] = {EluteNormalQuantile(u[2 * i]), EluteNormalQuantile(u[2 * i + 1])};

    for (int k = 0; k < 2; k++) sum[k] += z[k], square[k] += z[k] * z[k];
    product += z[0] * z[1];
  }
  cr_assert_float_eq(sum[0] / d.base, 0, 2e-3);
  cr_assert_float_eq(square[1] / d.base, 1, 1e-2);
  cr_assert_float_eq(product / d.base, 0.6, 1e-2);
  free(u);
}

Test(correlation, that_no_numbers_have_is_refused) {
  double matrix[] = {1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1};

  cr_assert_not(EluteCholesky(3, matrix));
}

/* ---- for ever ---- */

/* The last row of each design with three parameters and seed 1. If one of these changes, every study that anyone ran
   changes with it. */
Test(sampling, the_same_seed_gives_the_same_points_for_ever) {
  static const struct {
    EluteDesignKind kind;
    double u[3];
  } held[] = {
      {ELUTE_DESIGN_RANDOM, {0.08516720014978213, 0.56595619118044715, 0.076553544868033618}},
      {ELUTE_DESIGN_LATIN_HYPERCUBE, {0.10080540608671537, 0.081636554916209109, 0.99837286242751977}},
      {ELUTE_DESIGN_SOBOL, {0.13471924036275595, 0.74665379582438618, 0.0059693936491385102}},
      {ELUTE_DESIGN_SALTELLI, {0.13471924036275595, 0.74665379582438618, 0.0012511237291619182}},
      {ELUTE_DESIGN_MORRIS, {1, 0.33333333333333331, 0.33333333333333331}},
  };

  for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
    const EluteDesign d = design(held[i].kind, 8, held[i].kind == ELUTE_DESIGN_MORRIS ? 4 : 0, 3, 1);
    double *u = points(&d), *last = u + 3 * ((size_t)EluteDesignRows(&d) - 1);

    for (int k = 0; k < 3; k++)
      cr_assert_float_eq(last[k], held[i].u[k], 1e-15, "%s %d: %.17g", elute_designs[d.kind], k, last[k]);
    free(u);
  }
}
