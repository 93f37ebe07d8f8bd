/* One-species factors of a rate law and their derivatives (view.h, EluteFactorKind). All are finite for every finite C
   and K, also below zero and for K = 0, which tissues have where a reaction does not occur. K, C in mol per m3 of
   tissue. */
#ifndef ELUTE_CELL_FACTOR_H
#define ELUTE_CELL_FACTOR_H

#include <math.h>
#include "../portable.h"
#include "../view.h"

/* 1 / (K + x), x not negative; 1 where both vanish. A law and its slope are products of it: one division for both. */
ELUTE_INLINE double elute_inverse_sum(double k, double x) {
  const double sum = k + x;
  return 1.0 / (sum > 0 ? sum : 1.0);
}

/* C / (K + |C|), 0 where both vanish. */
ELUTE_INLINE double elute_saturation(double c, double k) {
  return c * elute_inverse_sum(k, fabs(c));
}

/* K / (K + |C|)^2 */
ELUTE_INLINE double elute_saturation_slope(double c, double k) {
  const double inverse = elute_inverse_sum(k, fabs(c));
  return k * inverse * inverse;
}

/* 1 / (1 + x/K) = K / (K + x), x = max(C, 0) */
ELUTE_INLINE double elute_inhibition(double c, double k) {
  return k * elute_inverse_sum(k, c > 0 ? c : 0.0);
}

/* -K / (K + x)^2 above zero, 0 below (and at zero, where the law has a corner). */
ELUTE_INLINE double elute_inhibition_slope(double c, double k) {
  const double inverse = elute_inverse_sum(k, c > 0 ? c : 0.0);
  return c > 0 ? -(k * inverse * inverse) : 0.0;
}

/* r^n for 0 <= r <= 1; exponents 1 and 2 without a call, so that their loops vectorise. */
ELUTE_INLINE double elute_power(double r, double n) {
  return n == 1.0 ? r : n == 2.0 ? r * r : pow(r, n);
}

/* q = (smaller/larger)^n of x = max(C, 0) and K: at most 1, so that nothing overflows; 0 where both vanish. */
ELUTE_INLINE double elute_hill_ratio(double x, double k, double n) {
  const double larger = x > k ? x : k, smaller = x > k ? k : x;
  return elute_power(smaller / (larger > 0 ? larger : 1.0), n);
}

/* x^n / (K^n + x^n), x = max(C, 0) */
ELUTE_INLINE double elute_hill(double c, double k, double n) {
  const double x = c > 0 ? c : 0.0, q = elute_hill_ratio(x, k, n), inverse = 1.0 / (1.0 + q);
  return (x > k ? 1.0 : q) * inverse;
}

/* d/dC = (n/x) h (1 - h) with h (1 - h) = q/(1 + q)^2; 0 below zero, and at zero (where n < 1 has no finite slope). */
ELUTE_INLINE double elute_hill_slope(double c, double k, double n) {
  const double x = c > 0 ? c : 0.0, q = elute_hill_ratio(x, k, n), inverse = 1.0 / (1.0 + q);
  return n * (q * inverse * inverse) / (x > 0 ? x : 1.0) * (x > 0 ? 1.0 : 0.0);
}

/* ln(K/C) for C/K from 1e-12 to 1e12, and as at these ends beyond them. */
ELUTE_INLINE double elute_logarithm(double c, double k) {
  const double ratio = c / (k > 0 ? k : 1.0);
  return -log(ratio > 1e-12 ? (ratio < 1e12 ? ratio : 1e12) : 1e-12);
}

/* -1/C, 0 beyond the ends. */
ELUTE_INLINE double elute_logarithm_slope(double c, double k) {
  const double ratio = c / (k > 0 ? k : 1.0);
  return ratio > 1e-12 && ratio < 1e12 ? -1.0 / c : 0.0;
}

/* Where C/K lies in a table: the cubic's coefficients, *s in it and *slope = ds/dC, 0 beyond the ends. */
ELUTE_INLINE const double *elute_lookup_place(const EluteLookup *t, const double *values, double c, double k, double *s,
                                              double *slope) {
  const double scale = t->inverse_width / (k > 0 ? k : 1.0), x = c * scale - t->from * t->inverse_width;
  const double inside = x > 0 ? (x < t->n ? x : (double)t->n) : 0.0;
  const int interval = inside < t->n ? (int)inside : t->n - 1;
  *s = inside - interval;
  *slope = x > 0 && x < t->n ? scale : 0.0;
  return values + 4 * ((int64_t)t->first + interval);
}

/* f(C/K) */
ELUTE_INLINE double elute_lookup(const EluteLookup *t, const double *values, double c, double k) {
  double s, slope;
  const double *a = elute_lookup_place(t, values, c, k, &s, &slope);
  return a[0] + s * (a[1] + s * (a[2] + s * a[3]));
}

/* d f(C/K)/dC */
ELUTE_INLINE double elute_lookup_slope(const EluteLookup *t, const double *values, double c, double k) {
  double s, slope;
  const double *a = elute_lookup_place(t, values, c, k, &s, &slope);
  return slope * (a[1] + s * (2.0 * a[2] + s * 3.0 * a[3]));
}

#endif
