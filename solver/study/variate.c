#include "variate.h"

#include "../case/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHY = 400 };

double EluteNormalShare(double z) {
  return 0.5 * erfc(-z / sqrt(2.0));
}

/* Newton's method for log(share) = log(p): the logarithm of the share is concave and rises, so that from below every
   iterate stays below and none is lost. p > 1/2 by symmetry. */
double EluteNormalQuantile(double p) {
  double z;

  if (p > 0.5) return -EluteNormalQuantile(1 - p);
  z = -sqrt(-2 * log(2 * p)) - 0.5; /* below the quantile */
  for (int i = 0; i < 100; i++) {
    const double share = EluteNormalShare(z), density = exp(-0.5 * z * z) / sqrt(2 * acos(-1.0));
    const double step = log(p / share) * share / density;

    z += step;
    if (fabs(step) <= 4e-16 * fabs(z) || fabs(step) < 1e-300) break;
  }
  return p == 0.5 ? 0 : z;
}

/* ---- reading ---- */

/* The unit of "0.002 1/h", "" for "0.3": what follows the number. */
static const char *unit_of(const char *text) {
  char *end;

  (void)strtod(text, &end);
  return end + strspn(end, " \t");
}

/* A number in the variate's unit, which the first one read decides. */
static bool read_number(const EluteNode *node, EluteVariate *v, double *number, EluteDiagnostics *d) {
  char why[WHY], found[128];

  EluteNodeFound(node, found, sizeof found);
  if (!node || node->kind != ELUTE_SCALAR || !node->text[0]) {
    EluteError(d, node, "found %s; expected a number with its unit", found);
    return false;
  }
  if (!v->unit) {
    if (!EluteQuantityParse(node->text, NULL, 0, number, why, sizeof why)) {
      EluteError(d, node, "%s", why);
      return false;
    }
    v->unit = strdup(unit_of(node->text));
    if (!v->unit) abort();
  }
  if (EluteQuantityParse(node->text, v->unit[0] ? v->unit : "1", 0, number, why, sizeof why)) return true;
  EluteError(d, node, "%s, as the one before it", why);
  return false;
}

static bool read_list(const EluteNode *list, int n, EluteVariate *v, double *numbers, EluteDiagnostics *d) {
  const EluteNode *one = list->first;

  if (list->kind != ELUTE_SEQUENCE || list->n_children != n) {
    EluteError(d, list, n == 2 ? "expected two numbers, [low, high]" : "expected three numbers, [low, mode, high]");
    return false;
  }
  for (int i = 0; i < n; i++, one = one->next) {
    if (!read_number(one, v, &numbers[i], d)) return false;
    if (i == 0 || numbers[i] > numbers[i - 1] || (n == 3 && numbers[i] == numbers[i - 1])) continue;
    EluteError(d, one, "found %s; expected more than %s", one->text, list->first->text);
    return false;
  }
  if (numbers[n - 1] > numbers[0]) return true;
  EluteError(d, list, "found a range without a width");
  return false;
}

static bool read_positive(const EluteNode *node, EluteVariate *v, double *number, EluteDiagnostics *d) {
  if (!read_number(node, v, number, d)) return false;
  if (*number > 0) return true;
  EluteError(d, node, "found %s; expected more than 0", node->text);
  return false;
}

static bool read_normal(const EluteNode *node, EluteVariate *v, EluteDiagnostics *d) {
  const EluteNode *deviation = EluteNodeChild(node, "standard_deviation");

  return read_number(EluteNodeChild(node, "mean"), v, &v->a, d) && read_positive(deviation, v, &v->b, d);
}

static bool read_log_normal(const EluteNode *node, EluteVariate *v, EluteDiagnostics *d) {
  EluteVariate pure = {.unit = (char *)""};

  return read_positive(EluteNodeChild(node, "median"), v, &v->a, d) &&
         read_positive(EluteNodeChild(node, "sigma"), &pure, &v->b, d);
}

static bool read_truncation(const EluteNode *node, EluteVariate *v, EluteDiagnostics *d) {
  double bounds[2];

  v->low = -INFINITY, v->high = INFINITY;
  if (!node) return true;
  if (v->kind != ELUTE_NORMAL && v->kind != ELUTE_LOG_NORMAL) {
    EluteError(d, node, "only normal and log_normal are truncated; the others have bounds");
    return false;
  }
  if (!read_list(node, 2, v, bounds, d)) return false;
  v->low = bounds[0], v->high = bounds[1];
  if (v->kind != ELUTE_LOG_NORMAL || v->low >= 0) return true;
  EluteError(d, node->first, "found %s; expected 0 or more, as log_normal has", node->first->text);
  return false;
}

static bool read_weights(const EluteNode *node, EluteVariate *v, EluteDiagnostics *d) {
  const EluteNode *one = node ? node->first : NULL;
  EluteVariate pure = {.unit = (char *)""};
  double sum = 0;

  if (node && node->n_children != v->n_choices) {
    EluteError(d, node, "found %d weights for %d values", node->n_children, v->n_choices);
    return false;
  }
  for (int i = 0; i < v->n_choices; i++) {
    double weight = 1;

    if (one && !read_positive(one, &pure, &weight, d)) return false;
    if (one) one = one->next;
    v->cumulative[i] = sum += weight;
  }
  for (int i = 0; i < v->n_choices; i++) v->cumulative[i] /= sum;
  return true;
}

static bool read_discrete(const EluteNode *list, const EluteNode *weights, EluteVariate *v, EluteDiagnostics *d) {
  const size_t n = (size_t)list->n_children;
  bool numbers = true;
  char why[WHY];
  int i = 0;

  v->choice = calloc(n + 1, sizeof *v->choice);
  v->number = calloc(n + 1, sizeof *v->number);
  v->cumulative = calloc(n + 1, sizeof *v->cumulative);
  if (!v->choice || !v->number || !v->cumulative) abort();
  for (const EluteNode *one = list->first; one; one = one->next) {
    if (one->kind != ELUTE_SCALAR || !one->text[0]) {
      EluteError(d, one, "expected a value as the case takes it; a mapping or list in quotes");
      return false;
    }
    v->choice[v->n_choices++] = strdup(one->text);
  }
  for (const EluteNode *one = list->first; one && numbers; one = one->next, i++) {
    const char *unit = i ? (v->unit[0] ? v->unit : "1") : NULL;

    numbers = EluteQuantityParse(one->text, unit, 0, &v->number[i], why, sizeof why);
    if (numbers && i == 0) { /* in its own unit, not in SI */
      v->unit = strdup(unit_of(one->text));
      if (!v->unit) abort();
      numbers = EluteQuantityParse(one->text, v->unit[0] ? v->unit : "1", 0, &v->number[i], why, sizeof why);
    }
  }
  if (!numbers) {
    free(v->number);
    free(v->unit);
    v->number = NULL;
    v->unit = strdup("");
  }
  return read_weights(weights, v, d);
}

/* The kinds in the order of EluteVariateKind. */
static const char *const kinds[] = {"uniform", "log_uniform", "triangular", "normal", "log_normal", "discrete"};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* A range over more than this ratio is spread evenly in its logarithm. */
static const double wide = 10;

static bool read_range(const EluteNode *node, const EluteNode *range, EluteVariate *v, EluteDiagnostics *d) {
  double bounds[2];
  EluteDiagnostics own = {0};

  if (!range || range->kind != ELUTE_SEQUENCE || range->n_children != 2 || !read_list(range, 2, v, bounds, &own)) {
    EluteDiagnosticsClear(&own);
    EluteError(d, node,
               "no catalogue entry gives this parameter a range of numbers; expected uniform: [low, high] or "
               "another distribution");
    return false;
  }
  v->a = bounds[0], v->b = bounds[1];
  v->kind = v->a > 0 && v->b >= wide * v->a ? ELUTE_LOG_UNIFORM : ELUTE_UNIFORM;
  return true;
}

static bool read_kind(const EluteNode *node, const EluteNode *given, EluteVariate *v, EluteDiagnostics *d) {
  double n[3];

  switch (v->kind) {
  case ELUTE_UNIFORM:
  case ELUTE_LOG_UNIFORM:
    if (!read_list(given, 2, v, n, d)) return false;
    v->a = n[0], v->b = n[1];
    if (v->kind == ELUTE_UNIFORM || v->a > 0) return true;
    EluteError(d, given->first, "found %s; expected more than 0, as it is spread in its logarithm", given->first->text);
    return false;
  case ELUTE_TRIANGULAR:
    if (!read_list(given, 3, v, n, d)) return false;
    v->a = n[0], v->mode = n[1], v->b = n[2];
    return true;
  case ELUTE_NORMAL:
    return read_normal(given, v, d);
  case ELUTE_LOG_NORMAL:
    return read_log_normal(given, v, d);
  default:
    return read_discrete(given, EluteNodeChild(node, "weights"), v, d);
  }
}

bool EluteVariateRead(const EluteNode *node, const EluteNode *range, EluteVariate *v, EluteDiagnostics *d) {
  const EluteNode *given = NULL, *from = EluteNodeChild(node, "from"), *weights = EluteNodeChild(node, "weights");
  int n = from != NULL;

  memset(v, 0, sizeof *v);
  for (int k = 0; k < N_KINDS; k++) {
    const EluteNode *one = EluteNodeChild(node, kinds[k]);

    n += one != NULL;
    if (one) given = one, v->kind = (EluteVariateKind)k;
  }
  if (n != 1) {
    EluteError(d, node,
               "found %d distributions; expected one of uniform, log_uniform, triangular, normal, log_normal, "
               "discrete, from",
               n);
    return false;
  }
  if (weights && v->kind != ELUTE_DISCRETE) {
    EluteError(d, weights, "only the values of discrete have weights");
    return false;
  }
  if (!(from ? read_range(from, range, v, d) : read_kind(node, given, v, d))) return false;
  return read_truncation(EluteNodeChild(node, "truncate"), v, d);
}

void EluteVariateClear(EluteVariate *v) {
  for (int i = 0; i < v->n_choices; i++) free(v->choice[i]);
  free(v->choice);
  free(v->number);
  free(v->first);
  free(v->cumulative);
  free(v->unit);
  memset(v, 0, sizeof *v);
}

/* ---- values ---- */

bool EluteVariateBounded(const EluteVariate *v) {
  if (v->kind != ELUTE_NORMAL && v->kind != ELUTE_LOG_NORMAL) return true;
  return isfinite(v->low) && isfinite(v->high);
}

bool EluteVariateLogarithmic(const EluteVariate *v) {
  return v->kind == ELUTE_LOG_UNIFORM || v->kind == ELUTE_LOG_NORMAL;
}

/* From the inverse of the share that lies below. */
static double triangular_at(const EluteVariate *v, double u) {
  const double width = v->b - v->a, rise = (v->mode - v->a) / width;

  if (u < rise) return v->a + width * sqrt(u * rise);
  return v->b - width * sqrt((1 - u) * (1 - rise));
}

static double standard(const EluteVariate *v, double x) {
  return v->kind == ELUTE_NORMAL ? (x - v->a) / v->b : log(x / v->a) / v->b;
}

/* A truncated one takes the share between its bounds. */
static double normal_at(const EluteVariate *v, double u) {
  const double from = isfinite(v->low) ? EluteNormalShare(standard(v, v->low)) : 0;
  const double to = isfinite(v->high) ? EluteNormalShare(standard(v, v->high)) : 1;
  const double z = EluteNormalQuantile(from + u * (to - from));
  const double x = v->kind == ELUTE_NORMAL ? v->a + v->b * z : v->a * exp(v->b * z);

  return fmin(fmax(x, v->low), v->high);
}

double EluteVariateAt(const EluteVariate *v, double u, char **text) {
  double x = 0;
  int choice = 0, last = v->n_choices - 1, written;

  switch (v->kind) {
  case ELUTE_UNIFORM:
    x = u == 1 ? v->b : v->a + u * (v->b - v->a);
    break;
  case ELUTE_LOG_UNIFORM:
    x = u == 0 ? v->a : u == 1 ? v->b : v->a * exp(u * log(v->b / v->a));
    break;
  case ELUTE_TRIANGULAR:
    x = triangular_at(v, u);
    break;
  case ELUTE_DISCRETE:
    while (choice < last) {
      const int middle = choice + (last - choice) / 2;

      if (u >= v->cumulative[middle])
        choice = middle + 1;
      else
        last = middle;
    }
    *text = strdup(v->choice[choice]);
    if (!*text) abort();
    return v->number ? v->number[choice] : choice;
  default:
    x = normal_at(v, u);
    break;
  }
  written = v->unit[0] ? asprintf(text, "%.17g %s", x, v->unit) : asprintf(text, "%.17g", x);
  if (written < 0) abort();
  return x;
}
