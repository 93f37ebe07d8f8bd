/* Indices of sensitivity, each from how often the units count. */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>
#include "sampling.h"

void elute_sobol_indices(const EluteStatistic *s, const double *count, double *value) {
  const int d = s->n_parameters, points = d + 2;
  double n = 0, mean = 0, variance = 0;

  for (int i = 0; i < s->n_units; i++) {
    if (count[i] == 0) continue;
    n += count[i], mean += count[i] * (s->y[i * points] + s->y[i * points + 1]);
  }
  mean /= 2 * n;
  for (int k = 0; k < 2 * d; k++) value[k] = 0;
  for (int i = 0; i < s->n_units; i++) {
    const double *y = s->y + (size_t)i * points, a = y[0] - mean, b = y[1] - mean;

    if (count[i] == 0) continue; /* a failed point is NaN */
    variance += count[i] * (a * a + b * b) / (2 * n);
    for (int k = 0; k < d; k++) {
      const double change = y[2 + k] - y[0];

      value[k] += count[i] * b * change / n;
      value[d + k] += count[i] * change * change / (2 * n);
    }
  }
  for (int k = 0; k < 2 * d; k++) value[k] = variance > 0 ? value[k] / variance : NAN;
}

bool elute_morris_effects(int d, const double *u, const double *y, double *effect) {
  for (int k = 0; k < d; k++) effect[k] = NAN;
  for (int j = 0; j < d; j++) {
    const double *before = u + (size_t)j * d, *after = before + d;
    int changed = -1;

    for (int k = 0; k < d; k++) {
      if (fabs(after[k] - before[k]) < 1e-9) continue;
      if (changed >= 0) return false;
      changed = k;
    }
    if (changed < 0 || !isnan(effect[changed])) return false;
    effect[changed] = (y[j + 1] - y[j]) / (after[changed] - before[changed]);
  }
  return true;
}

void elute_morris_indices(const EluteStatistic *s, const double *count, double *value) {
  const int d = s->n_parameters;

  for (int k = 0; k < d; k++) {
    const double *effect = s->x + (size_t)k * s->n_units;
    double n = 0, sum = 0, absolute = 0, squares = 0;

    for (int i = 0; i < s->n_units; i++)
      if (count[i] > 0) n += count[i], sum += count[i] * effect[i], absolute += count[i] * fabs(effect[i]);
    for (int i = 0; i < s->n_units; i++)
      if (count[i] > 0) squares += count[i] * (effect[i] - sum / n) * (effect[i] - sum / n);
    value[k] = absolute / n;
    value[d + k] = sum / n;
    value[2 * d + k] = n > 1 ? sqrt(squares / (n - 1)) : NAN;
  }
}

typedef struct Keyed {
  double value;
  int unit;
} Keyed;

static int by_value(const void *a, const void *b) {
  const Keyed *x = a, *y = b;

  if (isnan(x->value) != isnan(y->value)) return isnan(x->value) ? 1 : -1;
  if (x->value != y->value && !isnan(x->value)) return x->value < y->value ? -1 : 1;
  return x->unit - y->unit;
}

bool elute_rank_order(int n, const double *value, int *order) {
  Keyed *keyed = malloc((size_t)n * sizeof *keyed);

  if (!keyed) return false;
  for (int i = 0; i < n; i++) keyed[i] = (Keyed){value[i], i};
  qsort(keyed, (size_t)n, sizeof *keyed, by_value);
  for (int i = 0; i < n; i++) order[i] = keyed[i].unit;
  free(keyed);
  return true;
}

/* The last place of the run of equal values in `order` that begins at place i; *n: how often the units in it count. */
static int tied(int n_units, const double *value, const int *order, const double *count, int i, double *n) {
  int end = i;

  for (*n = 0; end < n_units && value[order[end]] == value[order[i]]; end++) *n += count[order[end]];
  return end > i ? end - 1 : i;
}

/* Correlation of the ranks of `value` with those of y, rank_y[n_units], whose mean is (n + 1)/2. */
static double rank_correlation(const EluteStatistic *s, const double *value, const int *order, const double *count,
                               double n, const double *rank_y) {
  double passed = 0, xx = 0, xy = 0, yy = 0;

  for (int i = 0, last; i < s->n_units; i = last + 1) {
    double same, x;

    last = tied(s->n_units, value, order, count, i, &same);
    x = passed + (same + 1) / 2 - (n + 1) / 2;
    for (int j = i; j <= last; j++) {
      const double weight = count[order[j]], y = rank_y[order[j]] - (n + 1) / 2;

      if (weight > 0) xx += weight * x * x, xy += weight * x * y, yy += weight * y * y;
    }
    passed += same;
  }
  return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

void elute_rank_correlations(const EluteStatistic *s, const double *count, double *value) {
  const int *order_y = s->order + (size_t)s->n_parameters * s->n_units;
  double *rank = calloc((size_t)s->n_units, sizeof *rank), passed = 0, same;

  for (int i = 0, last; rank && i < s->n_units; i = last + 1, passed += same) {
    last = tied(s->n_units, s->y, order_y, count, i, &same);
    for (int j = i; j <= last; j++) rank[order_y[j]] = passed + (same + 1) / 2;
  }
  for (int k = 0; k < s->n_parameters; k++) {
    const size_t at = (size_t)k * s->n_units;

    value[k] = rank ? rank_correlation(s, s->x + at, s->order + at, count, passed, rank) : NAN;
  }
  free(rank);
}

/* Solves r b = c for a symmetric positive definite r[n * n] (in place; b over c). false: not definite. */
static bool solve_definite(int n, double *r, double *c) {
  if (!EluteCholesky(n, r)) return false;
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < i; k++) c[i] -= r[i * n + k] * c[k];
    c[i] /= r[i * n + i];
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int k = i + 1; k < n; k++) c[i] -= r[k * n + i] * c[k];
    c[i] /= r[i * n + i];
  }
  return true;
}

/* Mean and square root of the summed squares about it. */
static void moments(int n, const double *value, const double *count, double *mean, double *norm) {
  double points = 0, sum = 0, squares = 0;

  for (int i = 0; i < n; i++)
    if (count[i] > 0) points += count[i], sum += count[i] * value[i];
  *mean = sum / points;
  for (int i = 0; i < n; i++)
    if (count[i] > 0) squares += count[i] * (value[i] - *mean) * (value[i] - *mean);
  *norm = sqrt(squares);
}

void elute_standardised_regression(const EluteStatistic *s, const double *count, double *value) {
  const int d = s->n_parameters, n = s->n_units;
  double *r = malloc(((size_t)d * d + 3 * (size_t)d + 2) * sizeof *r), *c = r + (size_t)d * d, points = 0,
         explained = 0;
  double *mean = c + d, *norm = mean + d + 1; /* of every x, then y */
  bool solved = r != NULL;

  for (int i = 0; i < n; i++) points += count[i];
  for (int k = 0; solved && k <= d; k++) {
    moments(n, k < d ? s->x + (size_t)k * n : s->y, count, &mean[k], &norm[k]);
    solved = norm[k] > 0 && points > d + 1;
  }
  for (int k = 0; solved && k < d; k++) {
    for (int l = 0; l <= d; l++) {
      const double *a = s->x + (size_t)k * n, *b = l < d ? s->x + (size_t)l * n : s->y;
      double sum = 0;

      for (int i = 0; i < n; i++)
        if (count[i] > 0) sum += count[i] * (a[i] - mean[k]) * (b[i] - mean[l]);
      *(l < d ? &r[k * d + l] : &c[k]) = sum / (norm[k] * norm[l]);
    }
    value[k] = c[k];
  }
  solved = solved && solve_definite(d, r, c);
  for (int k = 0; k < d; k++) {
    if (solved) explained += c[k] * value[k];
    value[k] = solved ? c[k] : NAN;
  }
  value[d] = solved ? explained : NAN;
  free(r);
}
