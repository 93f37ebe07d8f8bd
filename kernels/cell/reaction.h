/* Rate and gradient of a reaction along a run of cells (coefficient.h): rate = coefficient * product of one-species
   factors. `u` points at species 0 of the run's first cell; species lie `stride` doubles apart. */
#ifndef ELUTE_CELL_REACTION_H
#define ELUTE_CELL_REACTION_H

#include "coefficient.h"
#include "factor.h"

/* Doubles of scratch that the functions below need, for runs of n cells. */
#define ELUTE_RATE_WORK(n) (n)
#define ELUTE_GRADIENT_WORK(n) ((ELUTE_MAX_FACTORS + 2) * (n))

/* K of factor f, which is neither LINEAR nor PER; u, stride as below. */
ELUTE_INLINE void elute_factor_constant(const EluteProblemView *p, const EluteReaction *reaction, int f,
                                        const double *u, int64_t stride, int64_t offset, int n, uint64_t tissues,
                                        double *ELUTE_RESTRICT constant) {
  elute_coefficient(p, reaction->factor[f].constant, offset, n, tissues, constant);
  if (f + 1 < ELUTE_MAX_FACTORS && f + 1 < reaction->n_factors && reaction->factor[f + 1].kind == ELUTE_PER) {
    const double *ELUTE_RESTRICT per = u + reaction->factor[f + 1].species * stride;
    for (int i = 0; i < n; ++i) constant[i] *= per[i] > 0 ? per[i] : 0.0;
  }
}

/* rate *= factor(C) */
ELUTE_INLINE void elute_factor_multiply(const EluteProblemView *p, const EluteReaction *reaction, int f,
                                        const double *u, int64_t stride, int64_t offset, int n, uint64_t tissues,
                                        double *ELUTE_RESTRICT constant, double *ELUTE_RESTRICT rate) {
  const EluteFactor *factor = &reaction->factor[f];
  const double *ELUTE_RESTRICT c = u + factor->species * stride;
  const double exponent = factor->exponent;
  const int kind = factor->kind;
  if (kind == ELUTE_LINEAR) {
    for (int i = 0; i < n; ++i) rate[i] *= c[i];
    return;
  }
  if (kind == ELUTE_PER) return;
  elute_factor_constant(p, reaction, f, u, stride, offset, n, tissues, constant);
  switch (kind) {
  case ELUTE_SATURATION:
    for (int i = 0; i < n; ++i) rate[i] *= elute_saturation(c[i], constant[i]);
    break;
  case ELUTE_HILL:
    for (int i = 0; i < n; ++i) rate[i] *= elute_hill(c[i], constant[i], exponent);
    break;
  case ELUTE_INHIBITION:
    for (int i = 0; i < n; ++i) rate[i] *= elute_inhibition(c[i], constant[i]);
    break;
  default: {
    const EluteLookup *table = p->lookups + factor->lookup;
    for (int i = 0; i < n; ++i) rate[i] *= elute_lookup(table, p->lookup_values, c[i], constant[i]);
  }
  }
}

/* value = factor(C), slope = d factor/dC. */
ELUTE_INLINE void elute_factor_slope(const EluteProblemView *p, const EluteReaction *reaction, int f, const double *u,
                                     int64_t stride, int64_t offset, int n, uint64_t tissues,
                                     double *ELUTE_RESTRICT value, double *ELUTE_RESTRICT slope) {
  const EluteFactor *factor = &reaction->factor[f];
  const double *ELUTE_RESTRICT c = u + factor->species * stride;
  const double exponent = factor->exponent;
  const int kind = factor->kind;
  if (kind == ELUTE_LINEAR || kind == ELUTE_PER) { /* the slope of PER is made of that of the factor before it, below */
    for (int i = 0; i < n; ++i) value[i] = kind == ELUTE_LINEAR ? c[i] : 1.0;
    for (int i = 0; i < n; ++i) slope[i] = 1.0;
    return;
  }
  elute_factor_constant(p, reaction, f, u, stride, offset, n, tissues, value);
  switch (kind) {
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
  case ELUTE_INHIBITION:
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_inhibition_slope(c[i], k);
      value[i] = elute_inhibition(c[i], k);
    }
    break;
  default: {
    const EluteLookup *table = p->lookups + factor->lookup;
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_lookup_slope(table, p->lookup_values, c[i], k);
      value[i] = elute_lookup(table, p->lookup_values, c[i], k);
    }
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
  for (int f = first; f < reaction->n_factors; ++f)
    elute_factor_multiply(p, reaction, f, u, stride, offset, n, tissues, work, rate);
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
    double *ELUTE_RESTRICT value = work + (int64_t)f * n, *ELUTE_RESTRICT slope = gradient + (int64_t)f * n;
    elute_factor_slope(p, reaction, f, u, stride, offset, n, tissues, value, slope);
    for (int i = 0; i < n; ++i) slope[i] *= product[i];
    for (int i = 0; i < n; ++i) product[i] *= value[i];
  }
  if (n_factors < 2) return;
  for (int i = 0; i < n; ++i) product[i] = 1.0;
  ELUTE_UNROLL for (int f = ELUTE_MAX_FACTORS - 1; f > 0; --f) {
    if (f >= n_factors) continue;
    const double *ELUTE_RESTRICT value = work + (int64_t)f * n;
    double *ELUTE_RESTRICT slope = gradient + (int64_t)(f - 1) * n;
    for (int i = 0; i < n; ++i) product[i] *= value[i];
    for (int i = 0; i < n; ++i) slope[i] *= product[i];
  }
  /* A factor with K N, N the species it is per, depends on C/(K N) alone: d/dN = -(C/N) d/dC. */
  ELUTE_UNROLL for (int f = 1; f < ELUTE_MAX_FACTORS; ++f) {
    if (f >= n_factors || reaction->factor[f].kind != ELUTE_PER) continue;
    const double *ELUTE_RESTRICT c = u + reaction->factor[f - 1].species * stride,
                                 *ELUTE_RESTRICT per = u + reaction->factor[f].species * stride;
    for (int i = 0; i < n; ++i)
      gradient[(int64_t)f * n + i] = per[i] > 0 ? -(c[i] / per[i]) * gradient[(int64_t)(f - 1) * n + i] : 0.0;
  }
}

#endif
