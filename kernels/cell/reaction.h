/* Rate and gradient of a reaction along a run of cells (coefficient.h): rate = coefficient * product of one-species
   factors. `u` points at species 0 of the run's first cell; species lie `stride` doubles apart. */
#ifndef ELUTE_CELL_REACTION_H
#define ELUTE_CELL_REACTION_H

#include "coefficient.h"
#include "factor.h"

/* Doubles of scratch that the functions below need, for runs of n cells. */
#define ELUTE_RATE_WORK(n) (n)
#define ELUTE_GRADIENT_WORK(n) ((ELUTE_MAX_FACTORS + 2) * (n))

/* rate *= factor(C) */
ELUTE_INLINE void elute_factor_multiply(const EluteProblemView *p, const EluteFactor *factor,
                                        const double *ELUTE_RESTRICT c, int64_t offset, int n, uint64_t tissues,
                                        double *ELUTE_RESTRICT constant, double *ELUTE_RESTRICT rate) {
  const double exponent = factor->exponent;
  if (factor->kind != ELUTE_LINEAR) elute_coefficient(p, factor->constant, offset, n, tissues, constant);
  switch (factor->kind) {
  case ELUTE_LINEAR:
    for (int i = 0; i < n; ++i) rate[i] *= c[i];
    break;
  case ELUTE_SATURATION:
    for (int i = 0; i < n; ++i) rate[i] *= elute_saturation(c[i], constant[i]);
    break;
  case ELUTE_HILL:
    for (int i = 0; i < n; ++i) rate[i] *= elute_hill(c[i], constant[i], exponent);
    break;
  default:
    for (int i = 0; i < n; ++i) rate[i] *= elute_inhibition(c[i], constant[i]);
  }
}

/* value = factor(C), slope = d factor/dC, of a factor that is not LINEAR. */
ELUTE_INLINE void elute_factor_slope(const EluteProblemView *p, const EluteFactor *factor,
                                     const double *ELUTE_RESTRICT c, int64_t offset, int n, uint64_t tissues,
                                     double *ELUTE_RESTRICT value, double *ELUTE_RESTRICT slope) {
  const double exponent = factor->exponent;
  elute_coefficient(p, factor->constant, offset, n, tissues, value);
  switch (factor->kind) {
  case ELUTE_SATURATION:
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_saturation_slope(c[i], k);
      value[i] = elute_saturation(c[i], k);
    }
    break;
  case ELUTE_HILL:
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_hill_slope(c[i], k, exponent);
      value[i] = elute_hill(c[i], k, exponent);
    }
    break;
  default:
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_inhibition_slope(c[i], k);
      value[i] = elute_inhibition(c[i], k);
    }
  }
}

/* rate[n], mol/(m3 tissue s); work[ELUTE_RATE_WORK(n)]. tissues as in coefficient.h. */
ELUTE_INLINE void elute_reaction_rate(const EluteProblemView *p, const EluteReaction *reaction, const double *u,
                                      int64_t stride, int64_t offset, int n, uint64_t tissues, double *work,
                                      double *ELUTE_RESTRICT rate) {
  double constant;
  int first = 0;
  if (reaction->n_factors > 0 && reaction->factor[0].kind == ELUTE_LINEAR &&
      elute_is_constant(p, reaction->rate, tissues, &constant)) { /* one pass for two */
    const double *ELUTE_RESTRICT c = u + reaction->factor[0].species * stride;
    for (int i = 0; i < n; ++i) rate[i] = constant * c[i];
    first = 1;
  } else {
    elute_coefficient(p, reaction->rate, offset, n, tissues, rate);
  }
  for (int f = first; f < reaction->n_factors; ++f) {
    const EluteFactor *factor = &reaction->factor[f];
    elute_factor_multiply(p, factor, u + factor->species * stride, offset, n, tissues, work, rate);
  }
}

/* gradient[f * n + i] = d rate/dC through factor f alone (factors of one species add up: C^2 has two), 1/s.
   The product without factor f is a prefix times a suffix: no division by a factor that may vanish. */
ELUTE_INLINE void elute_reaction_gradient(const EluteProblemView *p, const EluteReaction *reaction, const double *u,
                                          int64_t stride, int64_t offset, int n, uint64_t tissues,
                                          double *ELUTE_RESTRICT work, double *ELUTE_RESTRICT gradient) {
  double *ELUTE_RESTRICT product = work + (int64_t)ELUTE_MAX_FACTORS * n;
  const int n_factors = reaction->n_factors;
  if (n_factors == 1 && reaction->factor[0].kind == ELUTE_LINEAR) {
    elute_coefficient(p, reaction->rate, offset, n, tissues, gradient);
    return;
  }
  elute_coefficient(p, reaction->rate, offset, n, tissues, product);
  ELUTE_UNROLL for (int f = 0; f < ELUTE_MAX_FACTORS; ++f) {
    if (f >= n_factors) continue;
    const EluteFactor *factor = &reaction->factor[f];
    const double *ELUTE_RESTRICT c = u + factor->species * stride;
    double *ELUTE_RESTRICT value = work + (int64_t)f * n, *ELUTE_RESTRICT slope = gradient + (int64_t)f * n;
    if (factor->kind == ELUTE_LINEAR) {
      for (int i = 0; i < n; ++i) {
        slope[i] = product[i];
        value[i] = c[i];
        product[i] *= c[i];
      }
      continue;
    }
    elute_factor_slope(p, factor, c, offset, n, tissues, value, slope);
    for (int i = 0; i < n; ++i) {
      slope[i] *= product[i];
      product[i] *= value[i];
    }
  }
  ELUTE_UNROLL for (int f = ELUTE_MAX_FACTORS - 1; f > 0; --f) {
    if (f >= n_factors) continue;
    const double *ELUTE_RESTRICT value = work + (int64_t)f * n;
    double *ELUTE_RESTRICT slope = gradient + (int64_t)(f - 1) * n;
    const int last = f == n_factors - 1;
    for (int i = 0; i < n; ++i) {
      const double behind = last ? value[i] : product[i] * value[i];
      product[i] = behind;
      slope[i] *= behind;
    }
  }
}

#endif
