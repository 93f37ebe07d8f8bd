/* Rate and gradient of a reaction along a run of cells (coefficient.h): rate = coefficient * product of one-species
   factors. `u` points at species 0 of the run's first cell; species lie `stride` doubles apart. */
#ifndef ELUTE_CELL_REACTION_H
#define ELUTE_CELL_REACTION_H

#include "coefficient.h"
#include "factor.h"

/* Doubles of scratch that the functions below need, for runs of n cells. */
#define ELUTE_RATE_WORK(n) (2 * (n))
#define ELUTE_GRADIENT_WORK(n) ((ELUTE_MAX_FACTORS + 2) * (n))

/* Is factor f one that multiplies K of a factor before it? */
ELUTE_INLINE int elute_is_per(const EluteReaction *reaction, int f) {
  return f < ELUTE_MAX_FACTORS && f < reaction->n_factors && reaction->factor[f].kind >= ELUTE_PER;
}

/* What the PER or PER_LOOKUP factor f makes of K, in place; work[n]. */
ELUTE_INLINE void elute_factor_per(const EluteProblemView *p, const EluteReaction *reaction, int f, const double *u,
                                   int64_t stride, int64_t offset, int n, uint64_t tissues, double *ELUTE_RESTRICT work,
                                   double *ELUTE_RESTRICT constant) {
  const EluteFactor *factor = &reaction->factor[f];
  const double *ELUTE_RESTRICT per = u + factor->species * stride;
  if (factor->kind == ELUTE_PER) {
    for (int i = 0; i < n; ++i) constant[i] *= per[i] > 0 ? per[i] : 0.0;
    return;
  }
  elute_coefficient(p, factor->constant, offset, n, tissues, work);
  for (int i = 0; i < n; ++i) {
    const double times = elute_lookup(p->lookups + factor->lookup, p->lookup_values, per[i], work[i]);
    constant[i] *= times > 0 ? times : 0.0;
  }
}

/* K of factor f, which is neither LINEAR nor PER nor PER_LOOKUP; u, stride as below; work[n]. */
ELUTE_INLINE void elute_factor_constant(const EluteProblemView *p, const EluteReaction *reaction, int f,
                                        const double *u, int64_t stride, int64_t offset, int n, uint64_t tissues,
                                        double *ELUTE_RESTRICT work, double *ELUTE_RESTRICT constant) {
  elute_coefficient(p, reaction->factor[f].constant, offset, n, tissues, constant);
  if (!elute_is_per(reaction, f + 1)) return;
  elute_factor_per(p, reaction, f + 1, u, stride, offset, n, tissues, work, constant);
  if (elute_is_per(reaction, f + 2))
    elute_factor_per(p, reaction, f + 2, u, stride, offset, n, tissues, work, constant);
}

/* rate *= factor(C); work[ELUTE_RATE_WORK(n)] */
ELUTE_INLINE void elute_factor_multiply(const EluteProblemView *p, const EluteReaction *reaction, int f,
                                        const double *u, int64_t stride, int64_t offset, int n, uint64_t tissues,
                                        double *ELUTE_RESTRICT work, double *ELUTE_RESTRICT rate) {
  double *ELUTE_RESTRICT constant = work;
  const EluteFactor *factor = &reaction->factor[f];
  const double *ELUTE_RESTRICT c = u + factor->species * stride;
  const double exponent = factor->exponent;
  const int kind = factor->kind;
  if (kind == ELUTE_LINEAR) {
    for (int i = 0; i < n; ++i) rate[i] *= c[i];
    return;
  }
  if (kind >= ELUTE_PER) return;
  elute_factor_constant(p, reaction, f, u, stride, offset, n, tissues, work + n, constant);
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
  case ELUTE_LOGARITHM:
    for (int i = 0; i < n; ++i) rate[i] *= elute_logarithm(c[i], constant[i]);
    break;
  default: {
    const EluteLookup *table = p->lookups + factor->lookup;
    for (int i = 0; i < n; ++i) rate[i] *= elute_lookup(table, p->lookup_values, c[i], constant[i]);
  }
  }
}

/* value = factor(C), slope = d factor/dC, of a factor that is not LINEAR. */
ELUTE_INLINE void elute_factor_slope(const EluteProblemView *p, const EluteReaction *reaction, int f, const double *u,
                                     int64_t stride, int64_t offset, int n, uint64_t tissues,
                                     double *ELUTE_RESTRICT value, double *ELUTE_RESTRICT slope) {
  const EluteFactor *factor = &reaction->factor[f];
  const double *ELUTE_RESTRICT c = u + factor->species * stride;
  const double exponent = factor->exponent;
  if (factor->kind >= ELUTE_PER) { /* its slope is made of that of the factor before it, below */
    for (int i = 0; i < n; ++i) value[i] = slope[i] = 1.0;
    return;
  }
  elute_factor_constant(p, reaction, f, u, stride, offset, n, tissues, slope, value);
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
  case ELUTE_INHIBITION:
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_inhibition_slope(c[i], k);
      value[i] = elute_inhibition(c[i], k);
    }
    break;
  case ELUTE_LOGARITHM:
    for (int i = 0; i < n; ++i) {
      const double k = value[i];
      slope[i] = elute_logarithm_slope(c[i], k);
      value[i] = elute_logarithm(c[i], k);
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

/* ratio = C f'/f, f what a PER (f = N) or PER_LOOKUP factor multiplies K by; 0 where that is 0; work[n]. */
ELUTE_INLINE void elute_per_ratio(const EluteProblemView *p, const EluteFactor *factor, const double *ELUTE_RESTRICT c,
                                  const double *ELUTE_RESTRICT per, int64_t offset, int n, uint64_t tissues,
                                  double *ELUTE_RESTRICT work, double *ELUTE_RESTRICT ratio) {
  if (factor->kind == ELUTE_PER) {
    for (int i = 0; i < n; ++i) ratio[i] = per[i] > 0 ? c[i] / per[i] : 0.0;
    return;
  }
  elute_coefficient(p, factor->constant, offset, n, tissues, work);
  for (int i = 0; i < n; ++i) {
    const EluteLookup *table = p->lookups + factor->lookup;
    const double times = elute_lookup(table, p->lookup_values, per[i], work[i]);
    ratio[i] = times > 0 ? c[i] * (elute_lookup_slope(table, p->lookup_values, per[i], work[i]) / times) : 0.0;
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
    const EluteFactor *factor = &reaction->factor[f];
    double *ELUTE_RESTRICT value = work + (int64_t)f * n, *ELUTE_RESTRICT slope = gradient + (int64_t)f * n;
    if (factor->kind == ELUTE_LINEAR) {
      const double *ELUTE_RESTRICT c = u + factor->species * stride;
      for (int i = 0; i < n; ++i) {
        slope[i] = product[i];
        value[i] = c[i];
        product[i] *= c[i];
      }
      continue;
    }
    elute_factor_slope(p, reaction, f, u, stride, offset, n, tissues, value, slope);
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
  /* A factor with K N, N the species it is per, depends on C/(K N) alone: d/dN = -(C/N) d/dC; with f(T) for N, -(C
     f'/f) d/dC. */
  ELUTE_UNROLL for (int f = 1; f < ELUTE_MAX_FACTORS; ++f) {
    if (!elute_is_per(reaction, f)) continue;
    const int second = f > 1 && elute_is_per(reaction, f - 1), of = f - 1 - second;
    const double *before = gradient + (int64_t)(f - 1) * n, *first = gradient + (int64_t)(f > 1 ? f - 2 : 0) * n;
    elute_per_ratio(p, &reaction->factor[f], u + reaction->factor[of].species * stride,
                    u + reaction->factor[f].species * stride, offset, n, tissues, work, product);
    for (int i = 0; i < n; ++i) gradient[(int64_t)f * n + i] = -product[i] * (second ? first[i] : before[i]);
  }
}

#endif
