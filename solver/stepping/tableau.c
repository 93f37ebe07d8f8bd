#include "tableau.h"

#include <string.h>

/* Verwer, Spee, Blom & Hundsdorfer 1999, SIAM J. Sci. Comput. 20:1456: order 2 with any matrix for J; gamma = 1 -
   1/sqrt(2) makes it L-stable with the exact one. */
#define G2 0.29289321881345247560
static const EluteRosenbrock ros2 = {.name = "ros2",
                                     .stages = 2,
                                     .order = 2,
                                     .embedded_order = 1,
                                     .A = {{0}, {1}},
                                     .Gamma = {{G2}, {-2 * G2, G2}},
                                     .b = {0.5, 0.5},
                                     .b_embedded = {1, 0}};

/* Rang & Angermann 2005, BIT 45:761, method ROS34PW2: a W-method of order 3, stiffly accurate. */
static const EluteRosenbrock ra34pw2 = {
    .name = "ra34pw2",
    .stages = 4,
    .order = 3,
    .embedded_order = 2,
    .A = {{0}, {8.7173304301691801e-01}, {8.4457060015369423e-01, -1.1299064236484185e-01}, {0, 0, 1}},
    .Gamma = {{4.3586652150845900e-01},
              {-8.7173304301691801e-01, 4.3586652150845900e-01},
              {-9.0338057013044082e-01, 5.4180672388095326e-02, 4.3586652150845900e-01},
              {2.4212380706095346e-01, -1.2232505839045147e+00, 5.4526025533510214e-01, 4.3586652150845900e-01}},
    .b = {2.4212380706095346e-01, -1.2232505839045147e+00, 1.5452602553351020e+00, 4.3586652150845900e-01},
    .b_embedded = {3.7810903145819369e-01, -9.6042292212423178e-02, 5.0000000000000000e-01, 2.1793326075422950e-01}};

const EluteRosenbrock *EluteRosenbrockOf(EluteMethod method) {
  return method == ELUTE_METHOD_RA34PW2 ? &ra34pw2 : &ros2;
}

/* Stable Courant numbers, from the largest |R| over all wave numbers of advection alone, with the slope of the limiter
   where it does nothing (the mean of both) in f and one upwind factor per axis in M: ros2 1.5, 0.75, 0.5 per axis in
   one, two, three dimensions; ra34pw2 4.25, 2.25, 1.75. */
static double stable_courant(const EluteRosenbrock *from) {
  return from->order > 2 ? 4.25 : 1.5;
}

/* Largest correlation (operators.h) at which |R| <= 1 for all real, not positive symbols of diffusion, with the cross
   terms in f and not in M: from 60000 random positive definite tensors and all ratios of the axes. Two axes: at most 2,
   and both methods are stable for every tensor. Three axes: at most 3; ros2 is stable up to 2.01, ra34pw2 up to 2.93. */
static double stable_correlation(const EluteRosenbrock *from) {
  return from->order > 2 ? 2.9 : 2;
}

/* Within these correlations the methods are stable at any step between periodic ends, as the symbols say. Walls are no
   part of symbols: in a closed box of 24 cells along each axis, ros2 grew without bound at cross numbers (operators.h)
   of 105 and not at 31, ra34pw2 at 1150 and not at 150. tests/verification/test_tensors.py holds the limits, also in
   tissues that meet. */
static double stable_crossing(const EluteRosenbrock *from) {
  return from->order > 2 ? 100 : 30;
}

/* Y = Gamma k, hence a = A Gamma^-1, m = b Gamma^-1, c = diag(1/gamma) - Gamma^-1. */
void EluteTableauTransform(const EluteRosenbrock *from, EluteTableau *to) {
  double inverse[ELUTE_MAX_STAGES][ELUTE_MAX_STAGES] = {{0}};
  int s = from->stages;

  memset(to, 0, sizeof *to);
  to->name = from->name;
  to->stages = s;
  to->order = from->order;
  to->embedded_order = from->embedded_order;
  to->gamma = from->Gamma[0][0];
  to->courant = stable_courant(from);
  to->correlation = stable_correlation(from);
  to->crossing = stable_crossing(from);
  for (int j = 0; j < s; j++) { /* column j of the inverse of a lower triangular matrix */
    for (int i = j; i < s; i++) {
      double sum = i == j;

      for (int l = j; l < i; l++) sum -= from->Gamma[i][l] * inverse[l][j];
      inverse[i][j] = sum / from->Gamma[i][i];
    }
  }
  for (int i = 0; i < s; i++) {
    for (int j = 0; j < s; j++) {
      to->alpha[i] += from->A[i][j];
      to->gamma_sum[i] += from->Gamma[i][j];
      for (int l = j; l < s; l++) to->a[i][j] += from->A[i][l] * inverse[l][j];
      if (j < i) to->c[i][j] = -inverse[i][j];
      to->m[i] += from->b[j] * inverse[j][i];
      to->e[i] += (from->b[j] - from->b_embedded[j]) * inverse[j][i];
    }
  }
}
