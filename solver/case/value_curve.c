/* Values of the form {multi_exponential: {amplitudes, rates, start, duration, share}}: what doses leave in plasma. A
   dose at once at time s gives sum_i A_i exp(-k_i (t - s)); one over a duration T the mean of that over the times at
   which its parts were given (physics B3):

       sum_i A_i (1 - exp(-k_i (t - s)))/(k_i T)      while it lasts,
       sum_i A_i (1 - exp(-k_i T))/(k_i T) exp(-k_i (t - s - T))      after it

   times the dose's share of what the amplitudes belong to. Which of these holds is said by the segment, not by t. */
#include "value_internal.h"

#include <math.h>
#include <stdlib.h>

struct EluteCurve {
  int n, n_doses;
  double *amplitude, *rate;         /* [n] SI, 1/s */
  double *start, *duration, *share; /* [n_doses] s, s, 1 */
};

void elute_curve_free(EluteCurve *c) {
  if (!c) return;
  free(c->amplitude);
  free(c->rate);
  free(c->start);
  free(c->duration);
  free(c->share);
  free(c);
}

/* (1 - exp(-k t))/k, and t where k vanishes. */
static double filled(double k, double t) {
  return k > 0.0 ? -expm1(-k * t) / k : t;
}

/* One term of one dose, and its derivative. */
static double term(double k, double start, double duration, const EluteWhere *where, double *slope) {
  const double middle = 0.5 * (where->segment_begin + where->segment_end), t = where->t - start;
  double value;

  *slope = 0.0;
  if (middle < start) return 0.0;
  if (middle < start + duration) {
    *slope = exp(-k * t) / duration;
    return filled(k, t) / duration;
  }
  value = duration > 0.0 ? filled(k, duration) / duration : 1.0;
  value *= exp(-k * (t - duration));
  *slope = -k * value;
  return value;
}

double elute_curve_at(const EluteCurve *c, const EluteWhere *where, double *slope) {
  double sum = 0.0, one;

  *slope = 0.0;
  for (int d = 0; d < c->n_doses; d++)
    for (int i = 0; i < c->n; i++) {
      sum += c->share[d] * c->amplitude[i] * term(c->rate[i], c->start[d], c->duration[d], where, &one);
      *slope += c->share[d] * c->amplitude[i] * one;
    }
  return sum;
}

int elute_curve_knots(const EluteCurve *c, int i, double times[2]) {
  if (i >= c->n_doses) return 0;
  times[0] = c->start[i];
  times[1] = c->start[i] + c->duration[i];
  return c->duration[i] > 0.0 ? 2 : 1;
}

static const char *const keys[] = {"amplitudes", "rates", "start", "duration", "share"};
enum { N_KEYS = 5 };

static const char *dimension_of(int key, const char *dimension) {
  return key == 0 ? dimension : key == 1 ? "1/s" : key == 4 ? "1" : "s";
}

static bool same_length(const EluteNode *curve, const char *key, const char *other, EluteDiagnostics *d) {
  const EluteNode *a = EluteNodeChild(curve, key), *b = EluteNodeChild(curve, other);
  const int n = b ? b->n_children : 1;

  if (!a || a->n_children == n) return true;
  EluteError(d, a, "found %d numbers; expected %d, as many as in '%s'%s", a->n_children, n, other,
             b ? "" : ", which is [0 s] if absent");
  return false;
}

bool elute_curve_check(const EluteNode *curve, const char *dimension, EluteDiagnostics *d) {
  char found[128];
  bool fine;

  if (curve->kind != ELUTE_MAPPING) {
    EluteNodeFound(curve, found, sizeof found);
    EluteError(d, curve, "found %s; expected {amplitudes: […], rates: […]}", found);
    return false;
  }
  fine = elute_keys_are_known(curve, N_KEYS, keys, d);
  for (int i = 0; i < N_KEYS; i++)
    if ((i < 2 || EluteNodeChild(curve, keys[i])) &&
        !elute_numbers_check(curve, keys[i], dimension_of(i, dimension), d))
      fine = false;
  return fine && same_length(curve, "rates", "amplitudes", d) && same_length(curve, "duration", "start", d) &&
         same_length(curve, "share", "start", d);
}

static bool not_negative(const EluteNode *curve, const char *key, const double *numbers, EluteDiagnostics *d) {
  const EluteNode *list = EluteNodeChild(curve, key);
  int i = 0;

  for (const EluteNode *one = list ? list->first : NULL; one; one = one->next, i++) {
    if (numbers[i] >= 0.0) continue;
    EluteError(d, one, "found %s; expected at least 0", one->text);
    return false;
  }
  return true;
}

EluteCurve *elute_curve_read(const EluteNode *curve, const char *dimension, double molar_mass, const EluteScope *scope,
                             EluteDiagnostics *d) {
  EluteCurve *c = calloc(1, sizeof *c);
  const EluteNode *start = EluteNodeChild(curve, "start");
  double **const numbers[N_KEYS] = {&c->amplitude, &c->rate, &c->start, &c->duration, &c->share};
  bool fine = true;

  if (!c) abort();
  c->n = EluteNodeChild(curve, "amplitudes")->n_children;
  c->n_doses = start ? start->n_children : 1;
  for (int i = 0; i < N_KEYS; i++) {
    const EluteNode *list = EluteNodeChild(curve, keys[i]);

    if (list) {
      if (!elute_numbers_read(list, dimension_of(i, dimension), molar_mass, scope, numbers[i], d)) fine = false;
      continue;
    }
    *numbers[i] = calloc((size_t)c->n_doses, sizeof **numbers[i]);
    if (!*numbers[i]) abort();
    for (int k = 0; k < c->n_doses && i == 4; k++) (*numbers[i])[k] = 1.0;
  }
  fine = fine && not_negative(curve, "rates", c->rate, d) && not_negative(curve, "duration", c->duration, d) &&
         not_negative(curve, "share", c->share, d);
  if (fine) return c;
  elute_curve_free(c);
  return NULL;
}
