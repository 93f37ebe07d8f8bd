#include <criterion/criterion.h>
#include <math.h>

#include "solver/stepping/tableau.h"

enum { S = ELUTE_MAX_STAGES };

/* Sums over the untransformed coefficients that the order conditions are made of; beta = A + Gamma. */
static double sum1(const EluteRosenbrock *r, const double *b) {
  double sum = 0;

  for (int i = 0; i < r->stages; i++) sum += b[i];
  return sum;
}

static double row(const double m[S][S], int i) {
  double sum = 0;

  for (int j = 0; j < S; j++) sum += m[i][j];
  return sum;
}

static double weighted_rows(const EluteRosenbrock *r, const double *b, const double m[S][S]) {
  double sum = 0;

  for (int i = 0; i < r->stages; i++) sum += b[i] * row(m, i);
  return sum;
}

static double weighted_products(const EluteRosenbrock *r, const double m[S][S], const double n[S][S]) {
  double sum = 0;

  for (int i = 0; i < r->stages; i++) {
    for (int j = 0; j < r->stages; j++) sum += r->b[i] * m[i][j] * row(n, j);
  }
  return sum;
}

/* Conditions of a W-method, which hold whatever matrix stands for the Jacobian (Hairer & Wanner IV.7, table 7.7). */
Test(tableau, ros2_has_order_two_with_any_matrix) {
  const EluteRosenbrock *r = EluteRosenbrockOf(ELUTE_METHOD_ROS2);

  cr_assert_float_eq(sum1(r, r->b), 1, 1e-15);
  cr_assert_float_eq(weighted_rows(r, r->b, r->A), 0.5, 1e-15);
  cr_assert_float_eq(weighted_rows(r, r->b, r->Gamma), 0, 1e-15);
}

Test(tableau, ra34pw2_has_order_three_with_any_matrix) {
  const EluteRosenbrock *r = EluteRosenbrockOf(ELUTE_METHOD_RA34PW2);
  double squares = 0;

  for (int i = 0; i < r->stages; i++) squares += r->b[i] * row(r->A, i) * row(r->A, i);
  cr_assert_float_eq(sum1(r, r->b), 1, 1e-14);
  cr_assert_float_eq(weighted_rows(r, r->b, r->A), 0.5, 1e-14);
  cr_assert_float_eq(weighted_rows(r, r->b, r->Gamma), 0, 1e-14);
  cr_assert_float_eq(squares, 1. / 3, 1e-14);
  cr_assert_float_eq(weighted_products(r, r->A, r->A), 1. / 6, 1e-14);
  cr_assert_float_eq(weighted_products(r, r->A, r->Gamma), 0, 1e-14);
  cr_assert_float_eq(weighted_products(r, r->Gamma, r->A), 0, 1e-14);
  cr_assert_float_eq(weighted_products(r, r->Gamma, r->Gamma), 0, 1e-14);
}

Test(tableau, embedded_methods_have_the_order_below) {
  const EluteRosenbrock *two = EluteRosenbrockOf(ELUTE_METHOD_ROS2), *three = EluteRosenbrockOf(ELUTE_METHOD_RA34PW2);

  cr_assert_float_eq(sum1(two, two->b_embedded), 1, 1e-15);
  cr_assert_float_eq(sum1(three, three->b_embedded), 1, 1e-14);
  cr_assert_float_eq(weighted_rows(three, three->b_embedded, three->A), 0.5, 1e-14);
  cr_assert_float_eq(weighted_rows(three, three->b_embedded, three->Gamma), 0, 1e-14);
}

Test(tableau, ros2_transforms_to_the_formulas_of_the_literature) {
  const double gamma = 1 - sqrt(0.5);
  EluteTableau t;

  EluteTableauTransform(EluteRosenbrockOf(ELUTE_METHOD_ROS2), &t);
  cr_assert_float_eq(t.gamma, gamma, 1e-15);
  cr_assert_float_eq(t.a[1][0], 1 / gamma, 1e-14);
  cr_assert_float_eq(t.c[1][0], -2 / gamma, 1e-14);
  cr_assert_float_eq(t.m[0], 1.5 / gamma, 1e-14);
  cr_assert_float_eq(t.m[1], 0.5 / gamma, 1e-14);
  cr_assert_float_eq(t.e[0], 0.5 / gamma, 1e-14);
  cr_assert_float_eq(t.e[1], 0.5 / gamma, 1e-14);
  cr_assert_float_eq(t.alpha[1], 1, 1e-15);
}

/* One step of u' = lambda u with J = w, in the transformed form. */
static double step(const EluteTableau *t, double lambda, double w, double h) {
  double theta = t->gamma * h, y[S] = {0}, u = 1;

  for (int i = 0; i < t->stages; i++) {
    double state = 1, rhs;

    for (int j = 0; j < i; j++) state += t->a[i][j] * y[j];
    rhs = theta * lambda * state;
    for (int j = 0; j < i; j++) rhs += theta * t->c[i][j] / h * y[j];
    y[i] = rhs / (1 - theta * w);
    u += t->m[i] * y[i];
  }
  return u;
}

static double observed_order(const EluteTableau *t, double w) {
  double coarse = fabs(step(t, -1, w, 0.02) - exp(-0.02)), fine = fabs(step(t, -1, w, 0.01) - exp(-0.01));

  return log2(coarse / fine) - 1; /* of one step: one more than of the method */
}

Test(tableau, transformed_methods_keep_their_order_with_a_wrong_jacobian) {
  EluteTableau two, three;

  EluteTableauTransform(EluteRosenbrockOf(ELUTE_METHOD_ROS2), &two);
  EluteTableauTransform(EluteRosenbrockOf(ELUTE_METHOD_RA34PW2), &three);
  for (double w = -2; w <= 0; w += 0.5) {
    cr_expect_gt(observed_order(&two, w), 1.9, "ros2, w = %g: %g", w, observed_order(&two, w));
    cr_expect_gt(observed_order(&three, w), 2.9, "ra34pw2, w = %g: %g", w, observed_order(&three, w));
  }
}
