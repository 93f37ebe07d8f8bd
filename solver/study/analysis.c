/* Values, bootstrap intervals and sub-samples of a statistic; shares. */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>
#include "../../kernels/waves.h"

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Between the sorted values around position share * (n - 1). */
static double quantile(int n, const double *sorted, double share) {
  const double at = share * (n - 1);
  const int i = (int)at;

  return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* count = how often each of the n_among units is drawn in as many draws. */
static void draw(int n_units, int n_among, const int *among, uint64_t seed, uint32_t replicate, double *count) {
  double u[2];

  for (int i = 0; i < n_units; i++) count[i] = 0;
  for (int i = 0; i < n_among; i++) {
    if (i % 2 == 0) elute_random_uniforms(seed, (uint64_t)i / 2, replicate, u);
    count[among[(int)(u[i % 2] * n_among)]]++;
  }
}

/* Percentiles of drawn values; replicates without a value (nothing varied in them) are left out. */
static void intervals(const EluteStatistic *s, int n_among, const int *among, int replicates, uint64_t seed,
                      double *count, double *drawn, EluteEstimate *estimate) {
  double *value = drawn + (size_t)replicates * s->n_values;

  for (int b = 0; b < replicates; b++) {
    draw(s->n_units, n_among, among, seed, (uint32_t)b, count);
    s->evaluate(s, count, value);
    for (int v = 0; v < s->n_values; v++) drawn[(size_t)v * replicates + b] = value[v];
  }
  for (int v = 0; v < s->n_values; v++) {
    double *of = drawn + (size_t)v * replicates;
    int n = 0;

    for (int b = 0; b < replicates; b++)
      if (isfinite(of[b])) of[n++] = of[b];
    if (n < 2 || !isfinite(estimate[v].value)) continue;
    qsort(of, (size_t)n, sizeof *of, ascending);
    estimate[v].low = quantile(n, of, 0.025), estimate[v].high = quantile(n, of, 0.975);
  }
}

int elute_estimate(const EluteStatistic *s, int n, int replicates, uint64_t seed, EluteEstimate *estimate) {
  double *count = calloc((size_t)s->n_units, sizeof *count);
  double *drawn = malloc((((size_t)replicates + 1) * (size_t)s->n_values + 1) * sizeof *drawn);
  int *among = malloc((size_t)s->n_units * sizeof *among), n_among = 0;

  if (!count || !drawn || !among) {
    n_among = -1;
  } else {
    for (int i = 0; i < n; i++)
      if (s->usable[i]) among[n_among++] = i, count[i] = 1;
    s->evaluate(s, count, drawn);
    for (int v = 0; v < s->n_values; v++) estimate[v] = (EluteEstimate){drawn[v], NAN, NAN};
    if (n_among > 1) intervals(s, n_among, among, replicates, seed, count, drawn, estimate);
  }
  free(count);
  free(drawn);
  free(among);
  return n_among;
}

EluteEstimate elute_share(int k, int n) {
  const double z = 1.959963984540054, p = (double)k / n, z2 = z * z / n;
  const double middle = (p + z2 / 2) / (1 + z2), half = z / (1 + z2) * sqrt(p * (1 - p) / n + z2 / (4 * n));

  if (n == 0) return (EluteEstimate){NAN, NAN, NAN};
  return (EluteEstimate){p, fmax(0, middle - half), fmin(1, middle + half)};
}
