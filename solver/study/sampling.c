#include "sampling.h"

#include "../../kernels/waves.h"
#include "sobol.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const elute_designs[] = {"grid",  "list",     "one_at_a_time", "random", "latin_hypercube",
                                     "sobol", "saltelli", "morris",        "refine", NULL};

/* Streams of random numbers; the counter is the row, or what is said where it is drawn. (The scrambling of Sobol'
   points has its own, 0x40000.) */
enum { PLAIN = 0x10000, ORDER = 0x20000, WITHIN = 0x30000, BEGIN = 0x50000, DIRECTION = 0x60000, TURN = 0x70000 };

static double uniform(const EluteDesign *d, int stream, int k, size_t counter) {
  double u[2];

  elute_random_uniforms(d->seed, counter, (uint32_t)(stream + k), u);
  return u[0];
}

/* Levels of a parameter in grid, one_at_a_time and refine. */
static int levels_of(const EluteDesign *d, int k) {
  return d->variate[k].kind == ELUTE_DISCRETE ? d->variate[k].n_choices : d->levels;
}

static double level(const EluteDesign *d, int k, int i) {
  const EluteVariate *v = &d->variate[k];

  if (v->kind == ELUTE_DISCRETE) return 0.5 * ((i ? v->cumulative[i - 1] : 0) + v->cumulative[i]);
  return (double)i / (d->levels - 1);
}

/* The level that the centre takes, where one does; else -1. A refinement is about its finest, the last. */
static int middle_level(const EluteDesign *d, int k) {
  const int n = levels_of(d, k);

  if (d->kind == ELUTE_DESIGN_REFINE) return n - 1;
  if (d->variate[k].kind == ELUTE_DISCRETE) return n / 2;
  return n % 2 ? n / 2 : -1;
}

static double centre(const EluteDesign *d, int k) {
  return d->variate[k].kind == ELUTE_DISCRETE ? level(d, k, middle_level(d, k)) : 0.5;
}

double EluteDesignRows(const EluteDesign *d) {
  double n = d->base;

  if (d->kind == ELUTE_DESIGN_GRID) {
    n = 1;
    for (int k = 0; k < d->n_parameters; k++) n = fmin(1e9, n * levels_of(d, k));
  } else if (d->kind == ELUTE_DESIGN_ONE_AT_A_TIME || d->kind == ELUTE_DESIGN_REFINE) {
    n = 1;
    for (int k = 0; k < d->n_parameters; k++) n += levels_of(d, k) - (middle_level(d, k) >= 0);
  } else if (d->kind == ELUTE_DESIGN_SALTELLI) {
    n *= d->n_parameters + 2.0;
  } else if (d->kind == ELUTE_DESIGN_MORRIS) {
    n *= d->n_parameters + 1.0;
  }
  return fmin(1e9, n);
}

static void fill_grid(const EluteDesign *d, double *u) {
  const size_t n = (size_t)EluteDesignRows(d);

  for (size_t row = 0; row < n; row++) {
    size_t rest = row;

    for (int k = d->n_parameters - 1; k >= 0; k--) {
      const size_t levels = (size_t)levels_of(d, k);

      u[row * (size_t)d->n_parameters + (size_t)k] = level(d, k, (int)(rest % levels));
      rest /= levels;
    }
  }
}

static void fill_one_at_a_time(const EluteDesign *d, double *u) {
  const size_t n = (size_t)d->n_parameters;
  double *row = u;

  for (int k = 0; k < d->n_parameters; k++) row[k] = centre(d, k);
  for (int k = 0; k < d->n_parameters; k++)
    for (int i = 0; i < levels_of(d, k); i++) {
      if (i == middle_level(d, k)) continue;
      row += n;
      memcpy(row, u, n * sizeof *row);
      row[k] = level(d, k, i);
    }
}

/* A random order of n things: the swaps of Fisher and Yates, drawn by `stream`, counters from `counter` on. */
static void shuffle(const EluteDesign *d, int stream, int k, size_t counter, size_t n, size_t *order) {
  for (size_t i = 0; i < n; i++) order[i] = i;
  for (size_t i = n; i > 1; i--) {
    const size_t j = (size_t)(uniform(d, stream, k, counter + i - 1) * (double)i), kept = order[i - 1];

    order[i - 1] = order[j];
    order[j] = kept;
  }
}

/* Every one of n slices of every axis holds one point, anywhere within it. */
static void fill_latin_hypercube(const EluteDesign *d, double *u) {
  const size_t n = (size_t)d->base, p = (size_t)d->n_parameters;
  size_t *slice = malloc(n * sizeof *slice);

  if (!slice) abort();
  for (size_t k = 0; k < p; k++) {
    shuffle(d, ORDER, (int)k, 0, n, slice);
    for (size_t i = 0; i < n; i++) u[i * p + k] = ((double)slice[i] + uniform(d, WITHIN, (int)k, i)) / (double)n;
  }
  free(slice);
}

static void fill_sobol(const EluteDesign *d, int first, double *u) {
  for (size_t i = 0; i < (size_t)d->base; i++)
    for (int k = 0; k < d->n_parameters; k++)
      u[i * (size_t)d->n_parameters + (size_t)k] = elute_sobol_scrambled((uint32_t)i, first + k, d->seed);
}

/* Saltelli et al. 2010, Comput Phys Commun 181:259: A and B are the halves of Sobol' points of twice the dimension. */
static void fill_saltelli(const EluteDesign *d, double *u) {
  const size_t p = (size_t)d->n_parameters, block = (size_t)d->base * p;

  fill_sobol(d, 0, u);
  fill_sobol(d, d->n_parameters, u + block);
  for (size_t k = 0; k < p; k++) {
    double *mixed = u + (2 + k) * block;

    memcpy(mixed, u, block * sizeof *u);
    for (size_t i = 0; i < (size_t)d->base; i++) mixed[i * p + k] = u[block + i * p + k];
  }
}

/* Morris 1991, Technometrics 33:161: from a random level below 1 - step one parameter after the other, in random order,
   goes up or down by step = levels / (2 (levels - 1)). */
static void fill_trajectory(const EluteDesign *d, size_t t, size_t *order, double *u) {
  const size_t p = (size_t)d->n_parameters;
  const int half = d->levels / 2;
  const double last = d->levels - 1;

  shuffle(d, TURN, 0, t * p, p, order);
  for (size_t k = 0; k < p; k++) {
    const int begin = (int)(uniform(d, BEGIN, (int)k, t) * half);

    u[k] = (begin + (uniform(d, DIRECTION, (int)k, t) < 0.5 ? half : 0)) / last;
  }
  for (size_t i = 0; i < p; i++) {
    double *from = u + i * p, *to = from + p;
    const size_t k = order[i];
    const int at = (int)lround(from[k] * last);

    memcpy(to, from, p * sizeof *u);
    to[k] = (at >= half ? at - half : at + half) / last;
  }
}

static void fill_morris(const EluteDesign *d, double *u) {
  const size_t p = (size_t)d->n_parameters;
  size_t *order = malloc(p * sizeof *order);

  if (!order) abort();
  for (size_t t = 0; t < (size_t)d->base; t++) fill_trajectory(d, t, order, u + t * (p + 1) * p);
  free(order);
}

/* Normal numbers z with the correlations of the factor L: L z; u stays the share of each alone. */
static void correlate(const EluteDesign *d, size_t n, double *u) {
  const size_t p = (size_t)d->n_parameters;
  double *z = malloc(p * sizeof *z);

  if (!z) abort();
  for (size_t i = 0; i < n; i++, u += p) {
    for (size_t k = 0; k < p; k++) z[k] = EluteNormalQuantile(u[k]);
    for (size_t k = 0; k < p; k++) {
      double sum = 0;

      if (d->factor[k * p + k] == 1) continue; /* goes with none before it */
      for (size_t j = 0; j <= k; j++) sum += d->factor[k * p + j] * z[j];
      u[k] = EluteNormalShare(sum);
    }
  }
  free(z);
}

void EluteDesignFill(const EluteDesign *d, double *u) {
  switch (d->kind) {
  case ELUTE_DESIGN_GRID:
    fill_grid(d, u);
    break;
  case ELUTE_DESIGN_ONE_AT_A_TIME:
  case ELUTE_DESIGN_REFINE:
    fill_one_at_a_time(d, u);
    break;
  case ELUTE_DESIGN_LATIN_HYPERCUBE:
    fill_latin_hypercube(d, u);
    break;
  case ELUTE_DESIGN_SOBOL:
    fill_sobol(d, 0, u);
    break;
  case ELUTE_DESIGN_SALTELLI:
    fill_saltelli(d, u);
    break;
  case ELUTE_DESIGN_MORRIS:
    fill_morris(d, u);
    break;
  default:
    for (size_t i = 0; i < (size_t)d->base; i++)
      for (int k = 0; k < d->n_parameters; k++) u[i * (size_t)d->n_parameters + (size_t)k] = uniform(d, PLAIN, k, i);
    break;
  }
  if (d->factor) correlate(d, (size_t)EluteDesignRows(d), u);
}

/* Where a parameter has no bounds, levels stand in the middle of equally probable shares. */
double EluteDesignValue(const EluteDesign *d, int k, double u, char **text) {
  if (d->levels > 0 && !EluteVariateBounded(&d->variate[k])) u += (0.5 - u) / d->levels;
  return EluteVariateAt(&d->variate[k], u, text);
}

bool EluteCholesky(int n, double *a) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      double sum = a[i * n + j];

      for (int k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (i == j && !(sum > 1e-12)) return false;
      a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
      if (i != j) a[j * n + i] = 0;
    }
  return true;
}
