/* Special functions to rounding, from integrals whose trapezoidal sums converge exponentially (Trefethen and Weideman,
   SIAM Review 56 (2014) 385): short, and without tables of coefficients. */
#include "functions.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

double elute_step(double x) {
  return x >= 0.0 ? 1.0 : 0.0;
}

double elute_erfcx(double x) {
  const double square = x * x, rest = fma(x, x, -square); /* x^2 = square + rest without rounding */
  double term = 1.0, sum = 1.0;

  if (x < 25.0) return exp(square) * (1.0 + rest) * erfc(x);
  /* asymptotic: 1/(x sqrt(pi)) sum of (-1)^k (2k-1)!! / (2 x^2)^k (DLMF 7.12.1) */
  for (int k = 1; k <= 8; k++) {
    term *= -(2 * k - 1) / (2.0 * square);
    sum += term;
  }
  return sum / (x * sqrt(pi));
}

/* I_n(x) = 2/pi integral over 0..pi/2 of cosh(x cos a) (n = 0) or sinh(x cos a) cos a (n = 1); DLMF 10.32.1, 10.32.3.
   The midpoint rule with N points errs by I_4N(x), below rounding for N >= sqrt(5 |x|) + 10. */
static double bessel_i(int n, double x) {
  const double size = fabs(x);
  const int points = 10 + (int)ceil(sqrt(5.0 * fmin(size, 1000.0)));
  double sum = 0.0;

  if (isnan(x)) return x;
  for (int j = 0; j < points; j++) {
    const double a = (j + 0.5) * pi / (2 * points), c = cos(a), half = sin(0.5 * a);
    const double decay =
        exp(-2.0 * size * half * half); /* exp(x cos a) / exp(x), without rounding in a large argument */

    sum += 0.5 * decay * (n == 0 ? 1.0 + exp(-2.0 * size * c) : -expm1(-2.0 * size * c) * c);
  }
  return (n == 1 && x < 0.0 ? -1.0 : 1.0) * exp(size) * sum / points;
}

/* K_n(x) = integral over 0..infinity of exp(-x cosh a) cosh(n a) (DLMF 10.32.9). Trapezoidal rule: the integrand is
   analytic for |Im a| < pi/2, so a spacing h errs by exp(x - pi^2/h) of the result; it has died out where x (cosh a -
   1) > 45. */
static double bessel_k(int n, double x) {
  const double h = pi * pi / (x + 42.0);
  double sum = 0.5;

  if (!(x > 0.0)) return x == 0.0 ? INFINITY : NAN;
  if (x > 750.0) return 0.0; /* below the smallest double */
  for (int j = 1;; j++) {
    const double a = j * h, half = sinh(0.5 * a), decay = 2.0 * x * half * half;
    const double term = exp(-decay) * (n == 0 ? 1.0 : cosh(a));

    sum += term;
    if ((decay > 45.0 && term < 1e-18 * sum) || a > 700.0) break; /* a > 700 only for x < 1e-300 */
  }
  return exp(-x) * h * sum;
}

double elute_bessel_i0(double x) {
  return bessel_i(0, x);
}

double elute_bessel_i1(double x) {
  return bessel_i(1, x);
}

double elute_bessel_k0(double x) {
  return bessel_k(0, x);
}

double elute_bessel_k1(double x) {
  return bessel_k(1, x);
}
