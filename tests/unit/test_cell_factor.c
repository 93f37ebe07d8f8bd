/* The one-species factors of rate laws and the reactions made of them, by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include "kernels/cell/reaction.h"

Test(saturation, is_one_half_at_its_constant) {
  cr_assert_eq(elute_saturation(3, 3), 0.5);
  cr_assert_eq(elute_saturation_slope(3, 3), 1.0 / 12); /* K/(2K)^2 */
}

Test(saturation, continues_below_zero_as_an_odd_function) {
  cr_assert_eq(elute_saturation(-3, 3), -0.5);
  cr_assert_eq(elute_saturation_slope(-3, 3), elute_saturation_slope(3, 3));
  cr_assert_eq(elute_saturation_slope(0, 4), 0.25);
}

Test(saturation, without_a_constant_is_finite) {
  cr_assert_eq(elute_saturation(0, 0), 0);
  cr_assert_eq(elute_saturation(2, 0), 1);
  cr_assert_eq(elute_saturation_slope(0, 0), 0);
}

Test(hill, is_one_half_at_its_constant_for_any_exponent) {
  const double exponent[] = {0.5, 1, 1.7, 2, 4, 30};
  for (int j = 0; j < 6; ++j) {
    cr_assert_eq(elute_hill(2, 2, exponent[j]), 0.5);
    cr_assert_float_eq(elute_hill_slope(2, 2, exponent[j]), exponent[j] / 8, 1e-15 * exponent[j]); /* n/(4K) */
  }
}

Test(hill, squared_above_and_below_the_constant) {
  cr_assert_eq(elute_hill(1, 2, 2), 0.2);                                  /* 1/(4 + 1) */
  cr_assert_eq(elute_hill(4, 2, 2), 0.8);                                  /* 16/(4 + 16) */
  cr_assert_float_eq(elute_hill_slope(4, 2, 2), 2.0 * 4 * 4 / 400, 1e-16); /* 2 x K^2/(K^2 + x^2)^2 */
  cr_assert_float_eq(elute_hill_slope(1, 2, 2), 2.0 * 4 / 25, 1e-16);
}

Test(hill, with_exponent_one_is_saturation_above_zero) {
  cr_assert_float_eq(elute_hill(0.3, 0.7, 1), elute_saturation(0.3, 0.7), 1e-16);
  cr_assert_float_eq(elute_hill_slope(0.3, 0.7, 1), elute_saturation_slope(0.3, 0.7), 1e-15);
}

Test(hill, neither_overflows_nor_acts_below_zero) {
  cr_assert_eq(elute_hill(1e200, 1e-200, 50), 1);
  cr_assert_eq(elute_hill(1e-200, 1e200, 50), 0);
  cr_assert_eq(elute_hill_slope(1e200, 1e-200, 50), 0);
  cr_assert_eq(elute_hill(-5, 2, 3), 0);
  cr_assert_eq(elute_hill_slope(-5, 2, 3), 0);
  cr_assert_eq(elute_hill(0, 0, 2), 0);
  cr_assert_eq(elute_hill_slope(0, 0, 1.5), 0);
}

Test(inhibition, halves_at_its_constant_and_is_one_below_zero) {
  cr_assert_eq(elute_inhibition(3, 3), 0.5);
  cr_assert_eq(elute_inhibition_slope(3, 3), -1.0 / 12);
  cr_assert_eq(elute_inhibition(-3, 3), 1);
  cr_assert_eq(elute_inhibition_slope(-3, 3), 0);
}

/* f(x) = 1 + (x - 2)/2 up to 4, then 2 + (x - 4)^2/4 up to 6. */
static const EluteLookup lookup = {.first = 1, .n = 2, .from = 2, .inverse_width = 0.5};
static const double lookup_values[12] = {[4] = 1, [5] = 1, [8] = 2, [10] = 1};

Test(lookup, is_the_cubic_of_its_interval_in_c_over_k) {
  cr_assert_eq(elute_lookup(&lookup, lookup_values, 3, 1), 1.5);
  cr_assert_eq(elute_lookup(&lookup, lookup_values, 5, 1), 2.25);
  cr_assert_eq(elute_lookup(&lookup, lookup_values, 20, 4), 2.25);
  cr_assert_eq(elute_lookup_slope(&lookup, lookup_values, 3, 1), 0.5);
  cr_assert_eq(elute_lookup_slope(&lookup, lookup_values, 5, 1), 0.5);
  cr_assert_eq(elute_lookup_slope(&lookup, lookup_values, 20, 4), 0.125);
}

Test(lookup, is_constant_beyond_its_ends) {
  const double beyond[] = {6, 7, 1e300, INFINITY};
  for (int j = 0; j < 4; ++j) {
    cr_assert_eq(elute_lookup(&lookup, lookup_values, beyond[j], 1), 3);
    cr_assert_eq(elute_lookup_slope(&lookup, lookup_values, beyond[j], 1), 0);
    cr_assert_eq(elute_lookup(&lookup, lookup_values, -beyond[j], 1), 1);
    cr_assert_eq(elute_lookup_slope(&lookup, lookup_values, -beyond[j], 1), 0);
  }
  cr_assert_eq(elute_lookup(&lookup, lookup_values, 2, 1), 1);
}

Test(lookup, without_a_constant_is_finite) {
  cr_assert_eq(elute_lookup(&lookup, lookup_values, 3, 0), 1.5);
}

/* Three species a stride of 8 apart, 4 cells of tissues 0, 2, 0, 2. */
static double tables[3 * ELUTE_MAX_TISSUES] = {
    [0] = 10, [2] = 100, [ELUTE_MAX_TISSUES] = 1, [ELUTE_MAX_TISSUES + 2] = 3, [2 * ELUTE_MAX_TISSUES] = 2, 2, 2};
static double field[8] = {1, 2, 3, 4};
static double *fields[1] = {field};
static const uint8_t tissue[8] = {0, 2, 0, 2};
static const EluteProblemView view = {
    .mesh = {.n_cells = 4, .pitch = 8, .n_rows = 1, .tissue = tissue}, .tables = tables, .fields = fields};
static const double u[24] = {1, 2, 3, 4, [8] = 5, 6, 7, 8, [16] = 1, 1, 1, 3};

Test(coefficient, is_of_the_tissue_times_the_field) {
  double out[4];
  elute_coefficient(&view, (EluteCoefficient){0, -1}, 0, 4, 0, out);
  cr_assert(out[0] == 10 && out[1] == 100 && out[2] == 10 && out[3] == 100);
  elute_coefficient(&view, (EluteCoefficient){0, 0}, 0, 4, 0, out);
  cr_assert(out[0] == 10 && out[1] == 200 && out[2] == 30 && out[3] == 400);
  elute_coefficient(&view, (EluteCoefficient){0, 0}, 2, 1, 1, out);
  cr_assert_eq(out[0], 30);
}

static const EluteReaction zeroth = {.rate = {0, 0}};
static const EluteReaction binding = {
    .rate = {0, -1},
    .n_factors = 2,
    .factor = {{.kind = ELUTE_LINEAR, .species = 0}, {.kind = ELUTE_LINEAR, .species = 1}}};
static const EluteReaction dimer = {
    .rate = {0, -1},
    .n_factors = 2,
    .factor = {{.kind = ELUTE_LINEAR, .species = 0}, {.kind = ELUTE_LINEAR, .species = 0}}};
static const EluteReaction uptake = {
    .rate = {0, -1},
    .n_factors = 2,
    .factor = {{.kind = ELUTE_SATURATION, .species = 2, .constant = {1, -1}}, {.kind = ELUTE_LINEAR, .species = 1}}};

Test(reaction, of_zeroth_order_is_its_coefficient) {
  double rate[4], work[ELUTE_GRADIENT_WORK(4)], gradient[1] = {-7};
  elute_reaction_rate(&view, &zeroth, u, 8, 0, 4, 0, work, rate);
  cr_assert(rate[0] == 10 && rate[3] == 400);
  elute_reaction_gradient(&view, &zeroth, u, 8, 0, 4, 0, work, gradient);
  cr_assert_eq(gradient[0], -7, "a reaction without factors has no gradient to write");
}

Test(reaction, of_two_species_is_their_product) {
  double rate[4], work[ELUTE_GRADIENT_WORK(4)], gradient[8];
  elute_reaction_rate(&view, &binding, u, 8, 0, 4, 0, work, rate);
  cr_assert(rate[0] == 50 && rate[1] == 1200 && rate[2] == 210 && rate[3] == 3200);
  elute_reaction_gradient(&view, &binding, u, 8, 0, 4, 0, work, gradient);
  cr_assert(gradient[0] == 50 && gradient[1] == 600); /* k C1 */
  cr_assert(gradient[4] == 10 && gradient[5] == 200); /* k C0 */
}

Test(reaction, of_second_order_in_one_species_has_the_slope_in_two_parts) {
  double work[ELUTE_GRADIENT_WORK(4)], gradient[8];
  elute_reaction_gradient(&view, &dimer, u, 8, 0, 4, 0, work, gradient);
  cr_assert_eq(gradient[3] + gradient[7], 2 * 100 * 4);
}

Test(reaction, with_a_vanishing_factor_keeps_the_slope_of_it) {
  double work[ELUTE_GRADIENT_WORK(1)], gradient[2];
  const double none[24] = {0};
  elute_reaction_gradient(&view, &binding, none, 8, 0, 1, 1, work, gradient);
  cr_assert(gradient[0] == 0 && gradient[1] == 0);
  elute_reaction_gradient(&view, &uptake, (const double[24]){[8] = 5}, 8, 0, 1, 1, work, gradient);
  cr_assert(gradient[0] == 10 * 1 * 5 && gradient[1] == 0); /* k (1/K) C1, K = 1 */
}

Test(reaction, uptake_takes_its_constant_from_the_tissue) {
  double rate[4], work[ELUTE_GRADIENT_WORK(4)];
  elute_reaction_rate(&view, &uptake, u, 8, 0, 4, 0, work, rate);
  cr_assert_eq(rate[0], 10 * 0.5 * 5);
  cr_assert_eq(rate[1], 100 * 0.25 * 6);
  cr_assert_eq(rate[3], 100 * 0.5 * 8);
}

/* C1/(2 C0 + C1) C2: what species 1 holds is for each of species 0 */
static const EluteReaction efflux = {.rate = {0, -1},
                                     .n_factors = 3,
                                     .factor = {{.kind = ELUTE_SATURATION, .species = 1, .constant = {2, -1}},
                                                {.kind = ELUTE_PER, .species = 0},
                                                {.kind = ELUTE_LINEAR, .species = 2}}};

Test(reaction, with_a_constant_per_species_depends_on_the_ratio) {
  double rate[4], work[ELUTE_GRADIENT_WORK(4)], gradient[12];
  elute_reaction_rate(&view, &efflux, u, 8, 0, 4, 0, work, rate);
  cr_assert_float_eq(rate[0], 10 * 5 / 7.0, 1e-14); /* C1 = 5, K = 2 * 1 */
  cr_assert_float_eq(rate[3], 100 * 8 / 16.0 * 3, 1e-13);
  elute_reaction_gradient(&view, &efflux, u, 8, 0, 4, 0, work, gradient);
  cr_assert_float_eq(gradient[0], 10 * 2 / 49.0, 1e-15);      /* K/(K + C)^2 */
  cr_assert_float_eq(gradient[4], -10 * 2 * 5 / 49.0, 1e-14); /* -2 C/(K + C)^2 */
  cr_assert_float_eq(gradient[8], 10 * 5 / 7.0, 1e-14);
}

Test(reaction, with_a_constant_per_nothing_is_saturated_and_finite) {
  double rate, work[ELUTE_GRADIENT_WORK(1)], gradient[3];
  const double none[24] = {[8] = 5, [16] = 3};
  elute_reaction_rate(&view, &efflux, none, 8, 0, 1, 1, work, &rate);
  cr_assert_eq(rate, 30);
  elute_reaction_gradient(&view, &efflux, none, 8, 0, 1, 1, work, gradient);
  cr_assert(gradient[0] == 0 && gradient[1] == 0 && gradient[2] == 10);
  elute_reaction_rate(&view, &efflux, (const double[24]){0}, 8, 0, 1, 1, work, &rate);
  cr_assert_eq(rate, 0);
}

/* C1/(K + C1), K = 2 C0 f(C2) with f(x) = 1 + x^2 for x = C2/2 from 0 to 4 */
static const EluteLookup parabola = {.first = 0, .n = 1, .from = 0, .inverse_width = 0.25};
static const double square[4] = {1, 0, 16, 0};
static const EluteReaction sensitised = {.rate = {0, -1},
                                         .n_factors = 3,
                                         .factor = {{.kind = ELUTE_SATURATION, .species = 1, .constant = {2, -1}},
                                                    {.kind = ELUTE_PER, .species = 0},
                                                    {.kind = ELUTE_PER_LOOKUP, .species = 2, .constant = {2, -1}}}};

Test(reaction, with_a_constant_by_a_table_depends_on_two_species) {
  EluteProblemView with = view;
  double rate[4], work[ELUTE_GRADIENT_WORK(4)], gradient[12];
  const double state[24] = {[0] = 3, [8] = 5, [16] = 4}; /* x = 2, f = 5, f' = 4/2: K = 2 * 3 * 5 = 30 */
  with.lookups = &parabola, with.lookup_values = square;
  elute_reaction_rate(&with, &sensitised, state, 8, 0, 1, 1, work, rate);
  cr_assert_float_eq(rate[0], 10 * 5 / 35.0, 1e-14);
  elute_reaction_gradient(&with, &sensitised, state, 8, 0, 1, 1, work, gradient);
  cr_assert_float_eq(gradient[0], 10 * 30 / 1225.0, 1e-14);
  cr_assert_float_eq(gradient[1], -10 * 5 / 1225.0 * 10, 1e-14); /* dK/dC0 = 2 f */
  cr_assert_float_eq(gradient[2], -10 * 5 / 1225.0 * 12, 1e-14); /* dK/dC2 = 2 C0 f' */
}

Test(logarithm, vanishes_at_its_constant_and_is_finite) {
  cr_assert_float_eq(elute_logarithm(1, 5), log(5), 1e-15);
  cr_assert_float_eq(elute_logarithm_slope(2, 5), -0.5, 1e-15);
  cr_assert_eq(elute_logarithm(5, 5), 0);
  cr_assert_float_eq(elute_logarithm(10, 5), -log(2), 1e-15);
  cr_assert_float_eq(elute_logarithm(-1, 5), 12 * log(10), 1e-13);
  cr_assert(elute_logarithm(0, 5) == elute_logarithm(1e-13, 5) && elute_logarithm_slope(0, 5) == 0);
  cr_assert(isfinite(elute_logarithm(0, 0)) && isfinite(elute_logarithm(1e300, 1e-300)));
}

Test(reaction, one_cell_at_a_time_is_the_same) {
  double rate[4], one, work[ELUTE_GRADIENT_WORK(4)];
  elute_reaction_rate(&view, &uptake, u, 8, 0, 4, 0, work, rate);
  for (int i = 0; i < 4; ++i) {
    elute_reaction_rate(&view, &uptake, u + i, 8, i, 1, UINT64_C(1) << tissue[i], work, &one);
    cr_assert_eq(one, rate[i]);
  }
}
