/* Curves along one parameter, and choices among points. */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

int elute_bins_suit(int n_points) {
  const int n = (int)lround(sqrt(n_points) / 2);

  return n < 4 ? 4 : n > 20 ? 20 : n;
}

/* Numbers the bins of the units in ascending order, equals together: a new bin begins where the share of its points is
   full. Returns the bins. */
static int divide(int n_most, int n, const int *order, const double *x, int *bin) {
  int distinct = 1, at = 0;

  for (int i = 1; i < n; i++) distinct += x[order[i]] > x[order[i - 1]];
  for (int i = 0; i < n; i++) {
    const bool new_value = i > 0 && x[order[i]] > x[order[i - 1]];

    if (new_value && (distinct <= n_most || i >= (double)n * (at + 1) / n_most)) at++;
    bin[order[i]] = at;
  }
  return at + 1;
}

bool elute_bins_create(EluteBins *bins, int n_most, int n_units, const double *x, const bool *usable) {
  int *order = malloc((size_t)n_units * sizeof *order), n = 0;
  double *points = calloc((size_t)n_most, sizeof *points);

  *bins = (EluteBins){.low = calloc((size_t)n_most * 3, sizeof(double)), .bin = malloc((size_t)n_units * sizeof(int))};
  if (!order || !points || !bins->low || !bins->bin || !elute_rank_order(n_units, x, order)) {
    free(order);
    free(points);
    elute_bins_destroy(bins);
    return false;
  }
  bins->high = bins->low + n_most, bins->centre = bins->high + n_most;
  for (int i = 0; i < n_units; i++) bins->bin[i] = -1;
  for (int i = 0; i < n_units; i++)
    if (usable[order[i]] && isfinite(x[order[i]])) order[n++] = order[i];
  if (n > 0) bins->n = divide(n_most, n, order, x, bins->bin);
  for (int i = 0; i < n; i++) {
    const double value = x[order[i]];
    const int b = bins->bin[order[i]];

    if (points[b] == 0) bins->low[b] = value;
    bins->high[b] = value;
    points[b]++;
    bins->centre[b] += (value - bins->centre[b]) / points[b];
  }
  free(order);
  free(points);
  return true;
}

void elute_bins_destroy(EluteBins *bins) {
  free(bins->low);
  free(bins->bin);
  *bins = (EluteBins){0};
}

void elute_bin_means(const EluteStatistic *s, const double *count, double *value) {
  double *n = calloc((size_t)s->n_values + 1, sizeof *n);

  for (int b = 0; b < s->n_values; b++) value[b] = 0;
  for (int i = 0; i < s->n_units && n; i++)
    if (count[i] > 0 && s->order[i] >= 0) n[s->order[i]] += count[i], value[s->order[i]] += count[i] * s->y[i];
  for (int b = 0; b < s->n_values; b++) value[b] = n ? value[b] / n[b] : NAN;
  free(n);
}

/* Where bin b ends and the next begins. */
static double border(const EluteBins *bins, int b) {
  return (bins->high[b] + bins->low[b + 1]) / 2;
}

/* The bin that a value falls into; one outside the sample by less than the outermost bin's width belongs to that bin.
 * -1: none. */
static int bin_of(const EluteBins *bins, double value) {
  const int last = bins->n - 1;
  int b = 0;

  if (bins->n == 0) return -1;
  while (b < last && value > border(bins, b)) b++;
  if (value < bins->low[b] && b == 0 && last > 0) return bins->low[0] - value < border(bins, 0) - bins->low[0] ? 0 : -1;
  if (value > bins->high[b] && b == last && last > 0)
    return value - bins->high[last] < bins->high[last] - border(bins, last - 1) ? last : -1;
  return last > 0 || value == bins->centre[0] ? b : -1;
}

EluteTolerance elute_tolerance(const EluteBins *bins, int n_units, const bool *met, double nominal, double level,
                               EluteEstimate *share) {
  const int middle = bin_of(bins, nominal), last = bins->n - 1;
  EluteTolerance range = {NAN, NAN, false, false};
  int first = middle, final = middle;

  for (int b = 0; b < bins->n; b++) {
    int n = 0, k = 0;

    for (int i = 0; i < n_units; i++)
      if (bins->bin[i] == b) n++, k += met[i];
    share[b] = elute_share(k, n);
  }
  if (middle < 0 || share[middle].value < level) return range;
  while (first > 0 && share[first - 1].value >= level) first--;
  while (final < last && share[final + 1].value >= level) final++;
  range.open_below = first == 0, range.open_above = final == last;
  range.from = first > 0 ? border(bins, first - 1) : fmin(nominal, bins->low[0]);
  range.to = final < last ? border(bins, final) : fmax(nominal, bins->high[last]);
  return range;
}

/* Is unit a at least as good as b everywhere and better somewhere? */
static bool betters(int n_units, int m, const double *y, const int *direction, int a, int b) {
  bool better = false;

  for (int e = 0; e < m; e++) {
    const double gain = direction[e] * (y[(size_t)e * n_units + a] - y[(size_t)e * n_units + b]);

    if (gain < 0) return false;
    better = better || gain > 0;
  }
  return better;
}

bool elute_pareto(int n_units, int m, const double *y, const int *direction, const bool *usable, bool *front) {
  int *order = malloc((size_t)n_units * sizeof *order), *member = malloc((size_t)n_units * sizeof *member), n = 0;

  for (int i = 0; i < n_units; i++) front[i] = false;
  if (!order || !member || !elute_rank_order(n_units, y, order)) {
    free(order);
    free(member);
    return false;
  }
  /* From the best in the first endpoint: only who is equal in it can still put out a member. */
  for (int j = 0; j < n_units; j++) {
    const int i = order[direction[0] > 0 ? n_units - 1 - j : j];
    bool out = !usable[i];

    for (int k = 0; k < n && !out; k++) out = betters(n_units, m, y, direction, member[k], i);
    for (int k = n - 1; k >= 0 && !out && y[member[k]] == y[i]; k--)
      if (betters(n_units, m, y, direction, i, member[k])) front[member[k]] = false, member[k] = member[--n];
    if (!out) member[n++] = i, front[i] = true;
  }
  free(order);
  free(member);
  return true;
}

int elute_optimum(int n_units, const double *y, int direction, const bool *usable) {
  int best = -1;

  for (int i = 0; i < n_units; i++)
    if (usable[i] && (best < 0 || direction * y[i] > direction * y[best])) best = i;
  return best;
}
