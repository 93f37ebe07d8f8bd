/* M(a), the share that has left by age a, and what it adds up to:

     power     integral of M = a (a/T)^n/(n + 1), until M comes to 1 at a = T
     weibull   integral of 1 - M = T/b gamma(1/b, (a/T)^b), the incomplete gamma function (DLMF 8.2, 8.7.1, 8.9.2)
     table     of lines */
#include "hazard_laws.h"

#include <math.h>

static const double NONE = 700.0; /* exp(-700): nothing is left */

static double table_at(const EluteValue *t, double age, double *integral) {
  double sum = 0.0, m = t->value[0];

  for (int i = 0; i < t->n && t->time[i] < age; i++) {
    const bool last = i + 1 == t->n;
    const double to = last ? age : fmin(age, t->time[i + 1]), length = to - t->time[i];
    const double slope = last ? 0.0 : (t->value[i + 1] - t->value[i]) / (t->time[i + 1] - t->time[i]);

    m = t->value[i] + slope * length;
    sum += 0.5 * (t->value[i] + m) * length;
  }
  if (integral) *integral = sum;
  return m;
}

static double weibull_argument(const EluteHazard *h, double age) {
  return age > 0.0 ? fmin(pow(age / h->scale, h->exponent), NONE) : 0.0;
}

double elute_law_left(const EluteHazard *h, double age) {
  if (h->law == ELUTE_LAW_WEIBULL) return exp(-weibull_argument(h, age));
  return 1.0 - elute_law_released(h, age);
}

double elute_law_released(const EluteHazard *h, double age) {
  if (!(age > 0.0)) return 0.0;
  if (h->law == ELUTE_LAW_TABLE) return table_at(h->table, age, NULL);
  if (h->law == ELUTE_LAW_WEIBULL) return -expm1(-weibull_argument(h, age));
  return fmin(1.0, pow(age / h->scale, h->exponent));
}

/* gamma(s, x) by its series, for x up to s + 1; Gamma(s, x) by its continued fraction (Lentz), above. */
static double lower_gamma(double s, double x) {
  double term = 1.0 / s, sum = term;

  for (int k = 1; k < 500 && term > 1e-17 * sum; k++) sum += term *= x / (s + k);
  return sum * exp(s * log(x) - x);
}

static double upper_gamma(double s, double x) {
  double b = x + 1.0 - s, c = 1e300, d = 1.0 / b, f = d;

  for (int i = 1; i < 500; i++) {
    const double a = -i * (i - s);
    double change;

    b += 2.0;
    d = 1.0 / (a * d + b);
    c = b + a / c;
    change = c * d;
    f *= change;
    if (fabs(change - 1.0) < 1e-16) break;
  }
  return f * exp(s * log(x) - x);
}

/* From age 0 on, or (rest) from an age to the end. */
static double weibull_stay(const EluteHazard *h, double age, bool rest) {
  const double s = 1.0 / h->exponent, x = weibull_argument(h, age);
  const bool early = x < s + 1.0;
  double part;

  if (!(x > 0.0)) return rest ? h->scale * s * tgamma(s) : 0.0;
  part = early ? lower_gamma(s, x) : upper_gamma(s, x);
  return h->scale * s * (early == rest ? tgamma(s) - part : part);
}

double elute_law_stay(const EluteHazard *h, double age, double until) {
  if (age < 0.0) age = 0.0;
  if (!(until > age)) return 0.0;
  if (h->law != ELUTE_LAW_WEIBULL) return until - age - (elute_law_gone(h, until) - elute_law_gone(h, age));
  if (weibull_argument(h, age) < 1.0 / h->exponent + 1.0)
    return weibull_stay(h, until, false) - weibull_stay(h, age, false);
  return weibull_stay(h, age, true) - weibull_stay(h, until, true);
}

double elute_law_gone(const EluteHazard *h, double age) {
  double sum = 0.0, term = 1.0, x;

  if (!(age > 0.0)) return 0.0;
  if (h->law == ELUTE_LAW_TABLE) {
    table_at(h->table, age, &sum);
    return sum;
  }
  if (h->law == ELUTE_LAW_POWER) {
    const double until = fmin(age, h->scale);

    return until * pow(until / h->scale, h->exponent) / (h->exponent + 1.0) + (age - until);
  }
  x = weibull_argument(h, age);
  if (x > 1.0) return age - weibull_stay(h, age, false);
  for (int k = 1; k < 30 && fabs(term) > 1e-18; k++) {
    term *= -x / k;
    sum -= term / (k * h->exponent + 1.0);
  }
  return age * sum;
}
