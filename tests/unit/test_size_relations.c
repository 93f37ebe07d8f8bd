/* Relations of size against the numbers they must give. */
#include <criterion/criterion.h>
#include <math.h>
#include "../../solver/model/size_relations.h"

#define NM 1e-9

static void near(double found, double expected, double relative) {
  cr_assert_float_eq(found, expected, relative * fabs(expected), "%.9g, expected %.9g", found, expected);
}

Test(size, stokes_einstein_in_water_at_body_temperature) {
  near(EluteSizeDiffusivityInWater(1 * NM), 3.283e-10, 2e-4);
  near(EluteSizeDiffusivityInWater(45 * NM), 7.3e-12, 5e-3);
}

Test(size, fitted_diffusivity_is_that_of_the_catalogue) {
  near(EluteSizeFittedDiffusivity(45 * NM), 3.3e-12, 5e-3);
  near(EluteSizeFittedDiffusivity(2.25 * NM), 3.7e-11, 1e-2);
  near(EluteSizeFittedDiffusivity(5 * NM), 1.6e-11, 2e-2);
  near(EluteSizeFittedDiffusivity(500 * NM), 0.9 * EluteSizeDiffusivityInWater(500 * NM), 1e-14);
}

Test(size, fitted_availability_is_that_of_the_catalogue) {
  near(EluteSizeFittedAvailability(45 * NM), 0.091, 5e-3);
  near(EluteSizeFittedAvailability(5 * NM), 0.46, 1.2e-2);
  near(EluteSizeFittedAvailability(2.25 * NM), 0.73, 1e-2);
}

Test(size, hindrance_in_pores) {
  static const double lambda[] = {0.1, 0.3, 0.5, 0.7}, h[] = {0.59184, 0.20333, 0.04745, 0.00490},
                      w[] = {0.93879, 0.64504, 0.33641, 0.11512};

  for (int i = 0; i < 4; i++) {
    cr_assert_float_eq(EluteSizePoreDiffusion(lambda[i]), h[i], 6e-6);
    cr_assert_float_eq(EluteSizePoreConvection(lambda[i]), w[i], 6e-6);
  }
  cr_assert_eq(EluteSizePoreDiffusion(1), 0);
  cr_assert_eq(EluteSizePoreConvection(1.5), 0);
  cr_assert_eq(EluteSizePoreDiffusion(0), 1);
  cr_assert_eq(EluteSizePoreConvection(0), 1);
}

Test(size, two_pores) {
  static const double r[] = {2.0, 3.0, 5.0, 2.25, 10, 45, 50},
                      p[] = {2.9e-8, 7.6e-9, 3.6e-9, 2.0e-8, 1.7e-9, 2.7e-10, 2.3e-10};

  for (int i = 0; i < 7; i++) near(EluteSizeTwoPorePermeability(r[i] * NM), p[i], 0.026); /* two digits are given */
}

Test(size, fibres_vanish_without_matrix_and_hinder_more_the_larger_the_solute) {
  double last = 1;

  near(EluteSizeFibreDiffusion(5 * NM, 1e-12, 2 * NM), 1, 1e-5);
  near(EluteSizeFibreAvailability(5 * NM, 1e-12, 2 * NM), 1, 1e-10);
  for (double r = 1; r < 100; r *= 1.5) {
    const double now = EluteSizeFibreDiffusion(r * NM, 0.03, 2 * NM);
    cr_assert(now < last && now >= 0);
    last = now;
  }
}

Test(size, fibres_by_hand) {
  /* r = r_f, theta = 0.01: kappa = 0.31 r_f^2 0.01^-1.17 = 67.82 r_f^2, F = 1/(1 + 0.12143 + 0.001638), S = exp(-0.84
   * 0.04^1.09) */
  near(EluteSizeFibreDiffusion(3 * NM, 0.01, 3 * NM), 1 / (1 + 0.12143 + 0.001638) * exp(-0.84 * pow(0.04, 1.09)),
       1e-4);
  near(EluteSizeFibreAvailability(3 * NM, 0.01, 3 * NM), exp(-0.03), 1e-14);
}
