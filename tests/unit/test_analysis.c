/* Answers from tables whose answers are known. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "kernels/waves.h"
#include "study/analysis.h"

enum { REPLICATES = 400, SEED = 5 };

/* A plain random sample of the unit cube: number j of unit i. */
static double uniform(int i, int j) {
  double u[2];

  elute_random_uniforms(77, (uint64_t)i, (uint32_t)j, u);
  return u[0];
}

static bool *all_usable(int n) {
  bool *usable = malloc((size_t)n * sizeof *usable);

  for (int i = 0; i < n; i++) usable[i] = true;
  return usable;
}

/* The same from Kronecker's sequence, which fills the cube evenly: multiples of square roots of primes. */
static double even(int i, int j) {
  static const int prime[8] = {2, 3, 5, 7, 11, 13, 17, 19};

  return fmod((i + 0.5) * sqrt(prime[j]), 1);
}

/* Points of a Saltelli design through a function of the unit cube. */
static void saltelli(int n, int d, double (*number)(int i, int j), double (*of)(int d, const double *u), double *y) {
  double u[16];

  for (int i = 0; i < n; i++) {
    for (int p = 0; p < d + 2; p++) {
      for (int k = 0; k < d; k++) u[k] = number(i, p == 1 || p == 2 + k ? d + k : k);
      y[i * (d + 2) + p] = of(d, u);
    }
  }
}

/* Ishigami and Homma 1990 with a = 7, b = 0.1. Variances: V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2. */
static double ishigami(int d, const double *u) {
  const double x = M_PI * (2 * u[0] - 1), y = M_PI * (2 * u[1] - 1), z = M_PI * (2 * u[2] - 1);

  (void)d;
  return sin(x) + 7 * sin(y) * sin(y) + 0.1 * z * z * z * z * sin(x);
}

static const double g_weight[4] = {0, 1, 4.5, 9};

/* Sobol's g-function. */
static double g_function(int d, const double *u) {
  double product = 1;

  for (int k = 0; k < d; k++) product *= (fabs(4 * u[k] - 2) + g_weight[k]) / (1 + g_weight[k]);
  return product;
}

static void expect_in(const EluteEstimate *found, double wanted, double width) {
  cr_assert(found->low <= wanted && wanted <= found->high, "%g is not in [%g, %g]", wanted, found->low, found->high);
  cr_assert(found->low <= found->value && found->value <= found->high && found->high - found->low < width,
            "[%g, %g] about %g is wider than %g", found->low, found->high, found->value, width);
}

Test(sobol, ishigami_has_its_indices) {
  enum { N = 4096, D = 3 };
  static double y[N * (D + 2)];
  const double v1 = 0.5 * pow(1 + 0.1 * pow(M_PI, 4) / 5, 2), v2 = 49.0 / 8, v13 = 0.01 * pow(M_PI, 8) * 8 / 225;
  const double v = v1 + v2 + v13;
  EluteStatistic s = {N, 2 * D, elute_sobol_indices, all_usable(N), D, y, NULL, NULL};
  EluteEstimate found[2 * D];

  cr_assert_float_eq(v1 / v, 0.3139, 5e-5);
  cr_assert_float_eq(v2 / v, 0.4424, 5e-5);
  cr_assert_float_eq(v13 / v, 0.2437, 5e-5);
  saltelli(N, D, even, ishigami, y);
  cr_assert_eq(elute_estimate(&s, N, REPLICATES, SEED, found), N);
  expect_in(&found[0], v1 / v, 0.12);
  expect_in(&found[1], v2 / v, 0.12);
  expect_in(&found[2], 0, 0.12);
  expect_in(&found[3], (v1 + v13) / v, 0.12);
  expect_in(&found[4], v2 / v, 0.12);
  expect_in(&found[5], v13 / v, 0.12);
  free((void *)s.usable);
}

Test(sobol, g_function_has_its_indices_and_intervals_shrink) {
  enum { N = 8192, D = 4 };
  static double y[N * (D + 2)];
  double all = 1;
  EluteStatistic s = {N, 2 * D, elute_sobol_indices, all_usable(N), D, y, NULL, NULL};
  EluteEstimate found[2 * D], eighth[2 * D];

  for (int k = 0; k < D; k++) all *= 1 + 1 / (3 * pow(1 + g_weight[k], 2));
  saltelli(N, D, even, g_function, y);
  cr_assert_eq(elute_estimate(&s, N, REPLICATES, SEED, found), N);
  cr_assert_eq(elute_estimate(&s, N / 8, REPLICATES, SEED, eighth), N / 8);
  for (int k = 0; k < D; k++) {
    const double part = 1 / (3 * pow(1 + g_weight[k], 2)); /* V_k; T_k V = V_k prod over the others of (1 + V_l) */

    expect_in(&found[k], part / (all - 1), 0.1);
    expect_in(&found[D + k], part * all / (1 + part) / (all - 1), 0.1);
    cr_assert_lt(found[k].high - found[k].low, 0.6 * (eighth[k].high - eighth[k].low));
  }
  free((void *)s.usable);
}

/* The share of samples whose interval holds the truth is what it is said to be. */
Test(sobol, intervals_hold_the_truth_as_often_as_they_say) {
  enum { N = 256, D = 3, STUDIES = 200 };
  static double all[STUDIES * N * (D + 2)];
  EluteStatistic s = {N, 2 * D, elute_sobol_indices, all_usable(N), D, NULL, NULL, NULL};
  EluteEstimate found[2 * D];
  int first = 0, total = 0;

  saltelli(STUDIES * N, D, uniform, ishigami, all);
  for (int j = 0; j < STUDIES; j++) {
    s.y = all + (size_t)j * N * (D + 2);
    elute_estimate(&s, N, REPLICATES, SEED, found);
    first += found[1].low <= 0.4424 && 0.4424 <= found[1].high;
    total += found[3].low <= 0.5576 && 0.5576 <= found[3].high;
  }
  /* 190 of 200 with a standard deviation of 3; somewhat less for quantiles of a few hundred units */
  cr_assert(first >= 180 && first <= 199 && total >= 180 && total <= 199, "%d and %d of %d", first, total, STUDIES);
  free((void *)s.usable);
}

/* Failed points take their units away, and only them: the rest is what a table without them says. */
Test(sobol, a_unit_with_a_failed_point_is_as_if_it_was_not_there) {
  enum { N = 64, D = 3, P = D + 2 };
  static double y[N * P], fewer[N * P];
  EluteStatistic s = {N, 2 * D, elute_sobol_indices, all_usable(N), D, y, NULL, NULL}, t = s;
  EluteEstimate found[2 * D], wanted[2 * D];
  bool *usable = (bool *)s.usable;

  saltelli(N, D, even, ishigami, y);
  for (int i = 0, j = 0; i < N; i++) {
    if (i % 7 == 3) continue;
    for (int p = 0; p < P; p++) fewer[j * P + p] = y[i * P + p];
    t.n_units = ++j;
  }
  t.y = fewer, t.usable = all_usable(N);
  for (int i = 3; i < N; i += 7) usable[i] = false, y[i * P + i % P] = NAN;
  cr_assert_eq(elute_estimate(&s, N, REPLICATES, SEED, found), t.n_units);
  elute_estimate(&t, t.n_units, REPLICATES, SEED, wanted);
  for (int k = 0; k < 2 * D; k++) {
    cr_assert_float_eq(found[k].value, wanted[k].value, 1e-14);
    cr_assert_float_eq(found[k].low, wanted[k].low, 1e-14);
  }
  free(usable);
  free((void *)t.usable);
}

Test(sobol, nothing_that_varies_has_no_index) {
  enum { N = 8, D = 2 };
  double y[N * (D + 2)];
  EluteStatistic s = {N, 2 * D, elute_sobol_indices, all_usable(N), D, y, NULL, NULL};
  EluteEstimate found[2 * D];

  for (int i = 0; i < N * (D + 2); i++) y[i] = 3;
  elute_estimate(&s, N, REPLICATES, SEED, found);
  for (int k = 0; k < 2 * D; k++) cr_assert(isnan(found[k].value) && isnan(found[k].low));
  free((void *)s.usable);
}

/* y = 3 u1 - 2 u2 + 4 u1 u2: effects 3 + 4 u2, -2 + 4 u1, by hand. */
Test(morris, effects_of_a_bilinear_function) {
  const double u[6] = {0, 1.0 / 3, 2.0 / 3, 1.0 / 3, 2.0 / 3, 1},
               y[3] = {-2.0 / 3, 2.0 - 2.0 / 3 + 8.0 / 9, 2.0 - 2 + 8.0 / 3};
  const double twice[6] = {0, 0, 1, 0, 0, 0}, both[6] = {0, 0, 1, 1, 1, 0};
  double effect[2];

  cr_assert(elute_morris_effects(2, u, y, effect));
  cr_assert_float_eq(effect[0], 3 + 4.0 / 3, 1e-12);
  cr_assert_float_eq(effect[1], -2 + 8.0 / 3, 1e-12);
  cr_assert_not(elute_morris_effects(2, twice, y, effect));
  cr_assert_not(elute_morris_effects(2, both, y, effect));
}

Test(morris, indices_by_hand) {
  const double effect[8] = {1, -1, 3, 1, 2, 2, 2, 2}, once[4] = {1, 1, 1, 1}, twice[4] = {2, 1, 0, 0};
  EluteStatistic s = {4, 6, elute_morris_indices, NULL, 2, NULL, effect, NULL};
  double value[6];

  elute_morris_indices(&s, once, value);
  cr_assert_float_eq(value[0], 1.5, 1e-14);
  cr_assert_float_eq(value[2], 1, 1e-14);
  cr_assert_float_eq(value[4], sqrt(8.0 / 3), 1e-14);
  cr_assert_float_eq(value[1], 2, 1e-14);
  cr_assert_float_eq(value[5], 0, 1e-14);
  elute_morris_indices(&s, twice, value);
  cr_assert_float_eq(value[2], 1.0 / 3, 1e-14);
}

/* Ranks 1, 2.5, 2.5, 4 against 4, 2, 3, 1 by hand: cov = -4.5, squares 4.5 and 5. */
Test(ranks, correlation_with_ties_by_hand) {
  const double x[4] = {0.1, 7, 7, 1000}, y[4] = {9, 2, 3, -5}, once[4] = {1, 1, 1, 1};
  int order[8];
  double value;
  EluteStatistic s = {4, 1, elute_rank_correlations, NULL, 1, y, x, order};

  elute_rank_order(4, x, order);
  elute_rank_order(4, y, order + 4);
  elute_rank_correlations(&s, once, &value);
  cr_assert_float_eq(value, -4.5 / sqrt(4.5 * 5), 1e-14);
}

Test(ranks, what_is_missing_comes_last) {
  const double value[6] = {NAN, 3, NAN, 1, 3, -INFINITY};
  const int wanted[6] = {5, 3, 1, 4, 0, 2};
  int order[6];

  elute_rank_order(6, value, order);
  for (int i = 0; i < 6; i++) cr_assert_eq(order[i], wanted[i]);
}

/* A unit that counts twice is two equal units. */
Test(ranks, counts_are_copies) {
  const double x[4] = {3, 1, 2, 5}, y[4] = {2, 1, 5, 4}, count[4] = {2, 0, 3, 1};
  const double xs[6] = {3, 3, 2, 2, 2, 5}, ys[6] = {2, 2, 5, 5, 5, 4}, once[6] = {1, 1, 1, 1, 1, 1};
  int order[8], orders[12];
  double value, wanted;
  EluteStatistic s = {4, 1, elute_rank_correlations, NULL, 1, y, x, order},
                 t = {6, 1, elute_rank_correlations, NULL, 1, ys, xs, orders};

  elute_rank_order(4, x, order);
  elute_rank_order(4, y, order + 4);
  elute_rank_order(6, xs, orders);
  elute_rank_order(6, ys, orders + 6);
  elute_rank_correlations(&s, count, &value);
  elute_rank_correlations(&t, once, &wanted);
  cr_assert_float_eq(value, wanted, 1e-14);
}

/* y = 2 x1 - x2 + noise that the regression cannot see: with uncorrelated columns b_k = beta_k sd_k / sd_y. */
Test(regression, recovers_a_linear_law) {
  enum { N = 4000 };
  static double x[2 * N], y[N];
  EluteStatistic s = {N, 3, elute_standardised_regression, all_usable(N), 2, y, x, NULL};
  EluteEstimate found[3];
  const double variance = 4 + 1 + 3; /* each over 12 */

  for (int i = 0; i < N; i++) {
    x[i] = uniform(i, 0), x[N + i] = 5 + uniform(i, 1);
    y[i] = 2 * x[i] - x[N + i] + sqrt(3) * uniform(i, 2);
  }
  elute_estimate(&s, N, REPLICATES, SEED, found);
  expect_in(&found[0], 2 / sqrt(variance), 0.06);
  expect_in(&found[1], -1 / sqrt(variance), 0.06);
  expect_in(&found[2], 5.0 / 8, 0.06);
  for (int i = 0; i < N; i++) y[i] = 2 * x[i] - x[N + i];
  elute_estimate(&s, N, 10, SEED, found);
  cr_assert_float_eq(found[2].value, 1, 1e-12, "an exact law is explained whole");
  for (int i = 0; i < N; i++) x[N + i] = 3 * x[i];
  elute_estimate(&s, N, 10, SEED, found);
  cr_assert(isnan(found[0].value), "parameters that go together cannot be told apart");
  free((void *)s.usable);
}

Test(bins, values_or_equal_counts) {
  const double discrete[6] = {2, 1, 2, 3, 1, 1}, spread[7] = {7, 1, 2, 3, NAN, 5, 6};
  bool *usable = all_usable(7);
  EluteBins bins;

  cr_assert(elute_bins_create(&bins, 4, 6, discrete, usable));
  cr_assert_eq(bins.n, 3);
  cr_assert(bins.bin[0] == 1 && bins.bin[1] == 0 && bins.bin[3] == 2 && bins.centre[1] == 2);
  elute_bins_destroy(&bins);
  usable[2] = false;
  cr_assert(elute_bins_create(&bins, 2, 7, spread, usable));
  cr_assert_eq(bins.n, 2);
  cr_assert(bins.bin[4] == -1 && bins.bin[2] == -1);
  cr_assert(bins.low[0] == 1 && bins.high[0] == 5 && bins.low[1] == 6 && bins.high[1] == 7 && bins.centre[0] == 3);
  elute_bins_destroy(&bins);
  free(usable);
}

Test(bins, means_follow_a_curve) {
  enum { N = 2000, BINS = 10 };
  static double x[N], y[N];
  bool *usable = all_usable(N);
  EluteBins bins;
  EluteEstimate found[BINS];

  for (int i = 0; i < N; i++) x[i] = uniform(i, 0), y[i] = x[i] * x[i] + 0.1 * (uniform(i, 1) - 0.5);
  cr_assert(elute_bins_create(&bins, BINS, N, x, usable));
  EluteStatistic s = {N, bins.n, elute_bin_means, usable, 1, y, NULL, bins.bin};
  elute_estimate(&s, N, REPLICATES, SEED, found);
  for (int b = 0; b < BINS; b++) {
    cr_assert_float_eq(found[b].value, bins.centre[b] * bins.centre[b] + 0.01 / 12, 0.012);
    cr_assert_lt(found[b].high - found[b].low, 0.03);
  }
  elute_bins_destroy(&bins);
  free(usable);
}

/* Wilson's interval for 8 of 10 and 0 of 10 (Brown, Cai and DasGupta 2001 give the formula; numbers by hand). */
Test(share, wilson) {
  EluteEstimate s = elute_share(8, 10);

  cr_assert_float_eq(s.low, 0.4902, 1e-4);
  cr_assert_float_eq(s.high, 0.9433, 1e-4);
  s = elute_share(0, 10);
  cr_assert(s.value == 0 && s.low == 0 && fabs(s.high - 0.2775) < 1e-4);
  cr_assert(isnan(elute_share(0, 0).value));
}

/* Met where |x - 0.2| < 1: bins of width 0.1 about the nominal 0. */
Test(tolerance, range_about_the_nominal_value) {
  enum { N = 401, BINS = 40 };
  static double x[N];
  static bool met[N];
  bool *usable = all_usable(N);
  EluteBins bins;
  EluteEstimate share[BINS];
  EluteTolerance range;

  for (int i = 0; i < N; i++) x[i] = -2 + 0.01 * i, met[i] = fabs(x[i] - 0.2) < 1;
  elute_bins_create(&bins, BINS, N, x, usable);
  range = elute_tolerance(&bins, N, met, 0, 0.9, share);
  cr_assert(fabs(range.from + 0.8) < 0.11 && fabs(range.to - 1.2) < 0.11 && !range.open_below && !range.open_above);
  range = elute_tolerance(&bins, N, met, -1, 0.9, share);
  cr_assert(isnan(range.from), "the nominal value fails already");
  range = elute_tolerance(&bins, N, met, 5, 0.9, share);
  cr_assert(isnan(range.from), "a nominal value far from the sample says nothing");
  for (int i = 0; i < N; i++) met[i] = x[i] < 1;
  range = elute_tolerance(&bins, N, met, -2, 0.9, share);
  cr_assert(range.open_below && range.from == -2 && fabs(range.to - 1) < 0.11);
  elute_bins_destroy(&bins);
  free(usable);
}

Test(pareto, front_and_optimum_by_hand) {
  /* more of the first, less of the second */
  const double y[2 * 7] = {1, 2, 3, 3, 2, NAN, 3, /* */ 1, 2, 3, 4, 2.5, 0, 3};
  const bool wanted[7] = {true, true, true, false, false, false, true};
  const int direction[2] = {1, -1};
  bool *usable = all_usable(7), front[7];

  usable[5] = false;
  cr_assert(elute_pareto(7, 2, y, direction, usable, front));
  for (int i = 0; i < 7; i++) cr_assert_eq(front[i], wanted[i], "unit %d", i);
  cr_assert_eq(elute_optimum(7, y, 1, usable), 2);
  cr_assert_eq(elute_optimum(7, y, -1, usable), 0);
  free(usable);
}

/* Against the definition, on many random units with ties. */
Test(pareto, front_is_what_nothing_betters) {
  enum { N = 300, M = 3 };
  static double y[M * N];
  static bool front[N];
  const int direction[M] = {-1, 1, 1};
  bool *usable = all_usable(N);

  for (int i = 0; i < N; i++)
    for (int e = 0; e < M; e++) y[e * N + i] = floor(6 * uniform(i, e));
  elute_pareto(N, M, y, direction, usable, front);
  for (int i = 0; i < N; i++) {
    bool bettered = false;

    for (int j = 0; j < N; j++) {
      bool as_good = true, better = false;

      for (int e = 0; e < M; e++) {
        as_good = as_good && direction[e] * y[e * N + j] >= direction[e] * y[e * N + i];
        better = better || direction[e] * y[e * N + j] > direction[e] * y[e * N + i];
      }
      bettered = bettered || (as_good && better);
    }
    cr_assert_eq(front[i], !bettered);
  }
  free(usable);
}

Test(refinement, manufactured_orders_are_found) {
  const double h[3] = {1, 1.7, 2.5};

  for (int q = 1; q <= 4; q++) {
    double y[3];
    EluteRefinement r;

    for (int i = 0; i < 3; i++) y[i] = 5 - 0.02 * pow(h[i], q);
    r = elute_refinement(h, y, 2);
    cr_assert_eq(r.kind, ELUTE_REFINEMENT_CONVERGES);
    cr_assert_float_eq(r.order, q, 1e-8);
    cr_assert_float_eq(r.extrapolated, 5, 1e-10);
    cr_assert(r.uncertainty >= 1.25 * fabs(5 - y[0]) - 1e-12, "the index holds the error with its safety");
    if (q <= 2) cr_assert_float_eq(r.uncertainty, 1.25 * 0.02, 1e-9);
  }
}

/* The worked example of Celik et al. 2008, J Fluids Eng 130:078001, table 1: p = 1.53, extrapolated 6.1685, index 2.2
 * %. */
Test(refinement, published_example) {
  const double h[3] = {1, 1.5, 2}, y[3] = {6.063, 5.972, 5.863};
  const EluteRefinement r = elute_refinement(h, y, 2);

  cr_assert_float_eq(r.order, 1.53, 0.01);
  cr_assert_float_eq(r.extrapolated, 6.1685, 1e-3);
  cr_assert_float_eq(r.uncertainty / y[0], 0.022, 5e-4);
}

Test(refinement, what_does_not_converge_has_no_index) {
  const double h[3] = {1, 2, 4}, up_and_down[3] = {1, 1.1, 1}, away[3] = {1, 1.2, 1.3}, same[3] = {2, 2, 3};

  cr_assert_eq(elute_refinement(h, up_and_down, 2).kind, ELUTE_REFINEMENT_OSCILLATES);
  cr_assert_eq(elute_refinement(h, away, 2).kind, ELUTE_REFINEMENT_DIVERGES);
  cr_assert(isnan(elute_refinement(h, away, 2).uncertainty));
  cr_assert_eq(elute_refinement(h, same, 2).kind, ELUTE_REFINEMENT_UNCHANGED);
}
