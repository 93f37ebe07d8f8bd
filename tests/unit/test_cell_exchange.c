/* Exchange through vessel walls against Patlak's formula as it is usually written. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include "kernels/cell/exchange.h"

static double flux(double p, double v, double vessel, double tissue) {
  return elute_clearance(p, -v) * vessel - elute_clearance(p, v) * tissue;
}

Test(exchange, the_number_of_v17a) {
  const double v = 2e-8 * (1 - 0.9), p = 1.7e-9;
  cr_assert_float_eq(v / p, 1.176471, 1e-6);
  cr_assert_float_eq(elute_patlak_weight(v / p), 0.524529, 1e-6);
  cr_assert_float_eq(flux(p, v, 1, 0.3), 2.624190e-9, 1e-14);
}

Test(exchange, two_one_way_terms_are_the_usual_formula) {
  for (double x = -20; x < 20; x += 0.37) {
    const double p = 3e-9, v = x * p, w = x / (exp(x) - 1), usual = p * w * (0.8 - 0.3) + v * 0.8;
    cr_assert_float_eq(flux(p, v, 0.8, 0.3), usual, 1e-13 * fabs(usual));
  }
}

Test(exchange, without_filtration_is_permeation_and_without_permeability_filtration) {
  cr_assert_float_eq(flux(2e-9, 0, 1, 0.25), 1.5e-9, 1e-23);
  cr_assert_eq(flux(0, 3e-9, 2, 7), 6e-9);    /* out of the vessel with what is in it */
  cr_assert_eq(flux(0, -3e-9, 2, 7), -21e-9); /* back into it with what is in the tissue */
  cr_assert_eq(flux(0, 0, 2, 7), 0);
}

Test(exchange, with_steep_filtration_only_one_side_counts) {
  cr_assert_float_eq(flux(1e-12, 1e-9, 2, 7), 2e-9, 1e-20);
  cr_assert_float_eq(flux(1e-12, -1e-9, 2, 7), -7e-9, 1e-20);
}

Test(exchange, is_finite_and_continuous_over_the_whole_range_of_peclet_numbers) {
  for (int sign = -1; sign <= 1; sign += 2)
    for (double x = 1e-12; x < 750; x *= 1.001) {
      const double here = elute_clearance(1, sign * x), next = elute_clearance(1, sign * x * (1 + 1e-6));
      cr_assert(isfinite(here) && here >= 0, "Pe %g", sign * x);
      /* |dw/dPe| is at most 1 */
      cr_assert(fabs(next - here) <= 1.01e-6 * x + 4 * DBL_EPSILON * here, "Pe %g: %g to %g", sign * x, here, next);
    }
}

Test(exchange, series_and_quotient_meet) {
  const double below = 1e-4 * (1 - 1e-9), above = 1e-4 * (1 + 1e-9);
  cr_assert_float_eq(elute_patlak_weight(below), elute_patlak_weight(above), 1e-12);
  cr_assert_float_eq(elute_patlak_weight(-below), elute_patlak_weight(-above), 1e-12);
}

Test(exchange, extremes_are_finite) {
  cr_assert_eq(elute_clearance(DBL_TRUE_MIN, 1), 0);
  cr_assert_eq(elute_clearance(DBL_TRUE_MIN, -1), 1);
  cr_assert_eq(elute_clearance(0, DBL_MAX), 0);
  cr_assert_eq(elute_clearance(1, -DBL_MAX), DBL_MAX);
}

Test(exchange, filtration_follows_starling) {
  /* Baxter and Jain's tumour: p_e = 15.6 - 0.82 (20 - 15) = 11.5 mmHg */
  const double mmHg = 133.322;
  const double j = elute_filtration(2.1e-11, 15.6 * mmHg, 5 * mmHg, 0.82, 20 * mmHg, 15 * mmHg);
  cr_assert_float_eq(j, 2.1e-11 * 6.5 * mmHg, 1e-22);
}

Test(exchange, lymph_takes_up_but_never_gives_back) {
  cr_assert_float_eq(elute_lymph_uptake(1e-7, 500, 100), 4e-5, 1e-19);
  cr_assert_eq(elute_lymph_uptake(1e-7, 100, 500), 0);
}
