/* Values of the form {hazard: {start, law, …}}: the rate at which what was loaded at `start` leaves at age
   a = t - start, h(a) = -d ln(1 - M)/da with M(a) the share that has left (physics C):

     power     M = (a/time)^exponent          zero order 1, Higuchi 1/2, Korsmeyer-Peppas any
     weibull   M = 1 - exp(-(a/scale)^shape)
     table     M linear between knots

   h may be infinite at a = 0, though M is finite there. Within a step it is therefore a line in time that has the
   integrals of h over the two halves of the step: what leaves in a step is M's, however h behaves, and of order 4 for
   the rest of the model. Where M comes to 1 all would leave at once: what is then left, LEAST of it, leaves at a finite
   rate.

   What is given at a constant rate for some time (`over`) is of many ages. Where nothing but release takes it there is,
   with I(a) the integral of 1 - M from 0 to a, as much as I(a) in the meantime and I(a) - I(a - over) afterwards, per
   rate of giving. Then the rate at which it leaves, over what there is, is M/I, and (M(a) - M(a - over))/(I(a) - I(a -
   over)): with this h what is released is the convolution of M with what is given. */
#include "hazard_laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEAST = 1e-9, LAST_RATE = 1e3; /* shares; over the age at which M comes to 1 */
static const double LEAST_EXPONENT = 0.2;          /* below, nearly all leaves in the first moment */
static const double FIRST = 1e-9;                  /* over the scale: M is a line up to this age, and h finite */

void elute_hazard_free(EluteHazard *h) {
  if (!h) return;
  EluteValueFree(h->table);
  free(h);
}

/* The integral of h from the start to an age, of what is given at once: -ln(1 - M). */
static double integral(const EluteHazard *h, double age) {
  if (!(age > 0.0)) return 0.0;
  if (age < FIRST * h->scale) return integral(h, FIRST * h->scale) * age / (FIRST * h->scale);
  if (age >= h->emptied) return -log(LEAST) + LAST_RATE * (age / h->emptied - 1.0);
  if (h->law == ELUTE_LAW_POWER) return -log1p(-pow(age / h->scale, h->exponent));
  return -log(elute_law_left(h, age));
}

/* Of what has been given over some time: the share of what was there at the end of that. */
static double share_after(const EluteHazard *h, double age) {
  return elute_law_stay(h, age - h->over, age) / elute_law_stay(h, 0.0, h->over);
}

static double integral_after(const EluteHazard *h, double age) {
  if (age >= h->cleared) return -log(LEAST) + LAST_RATE * (age / h->cleared - 1.0);
  return -log(share_after(h, age));
}

/* The integral of M/I between two ages above 0, while it is given: Gauss and Legendre's in ln a (Abramowitz & Stegun
   25.4), for there M is smooth however it begins. */
static double while_given(const EluteHazard *h, double from, double to) {
  static const double at[4] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363};
  static const double weight[4] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763};
  const double middle = 0.5 * log(from * to), half = 0.5 * log(to / from);
  double sum = 0.0;

  for (int i = 0; i < 8; i++) {
    const double age = exp(middle + (i < 4 ? half : -half) * at[i % 4]);

    sum += weight[i % 4] * age * elute_law_released(h, age) / elute_law_stay(h, 0.0, age);
  }
  return half * sum;
}

/* The integral of h between two ages. */
static double between(const EluteHazard *h, double from, double to) {
  if (h->over == 0.0) return integral(h, to) - integral(h, from);
  if (from < h->over && to > h->over) return between(h, from, h->over) + between(h, h->over, to);
  if (from >= h->over) return integral_after(h, to) - integral_after(h, from);
  return from > 0.0 && to > from ? while_given(h, from, to) : 0.0;
}

/* What has left up to an age while it is given, the integral of M, as if there had been as much all along as is given:
   times age^2/2 over the integral of I (Simpson's rule). */
static double gone_of_given(const EluteHazard *h, double age) {
  const double there = age / 6.0 * (4.0 * elute_law_stay(h, 0.0, 0.5 * age) + elute_law_stay(h, 0.0, age));

  return elute_law_gone(h, age) * 0.5 * age * age / there;
}

/* In the first step of what is given over some time there is the more of it the longer the step has gone on. The line
   is that of which as much leaves in half and in all of the step as by the law; returned are its integral and change.
 */
static double first_step(const EluteHazard *h, double length, double *change) {
  const double half = gone_of_given(h, 0.5 * length) / length, all = gone_of_given(h, length) / length;

  *change = fmin(6.0 * all - 24.0 * half, 3.0 * all); /* nowhere below 0, also where M begins as a^n with n > 2 */
  return *change < 3.0 * all ? all + 4.0 * half : 1.5 * all;
}

double elute_hazard_at(const EluteHazard *h, const EluteWhere *where, double *slope) {
  const double length = where->step_end - where->step_begin, begin = where->step_begin - h->start;
  const bool first = h->over > 0.0 && fabs(begin) < 1e-6 * length && length <= h->over;
  double all, change, value;

  *slope = 0.0;
  if (!(length > 0.0)) return 0.0;
  if (first) {
    all = first_step(h, length, &change);
  } else {
    const double early = between(h, begin, begin + 0.5 * length),
                 late = between(h, begin + 0.5 * length, begin + length);

    all = early + late;
    change = fmax(-2.0 * all, fmin(2.0 * all, 4.0 * (late - early))); /* a line that is nowhere negative */
  }
  value = all + ((where->t - where->step_begin) / length - 0.5) * change;
  if (!(value > 0.0)) return 0.0;
  *slope = change / (length * length);
  return value / length;
}

int elute_hazard_knots(const EluteHazard *h, int i, double *time) {
  const int n = (h->table ? h->table->n : 1) + 1, again = h->over > 0.0 ? 2 : 1, k = i % n;

  *time = h->start + (k == n - 1 ? (i < n ? h->emptied : h->cleared)
                                 : (i < n ? 0.0 : h->over) + (h->table ? h->table->time[k] : 0.0));
  return i < again * n; /* an infinite one is none */
}

/* ---- reading ---- */

static const char *const keys[] = {"start", "over", "law", "time", "exponent", "scale", "shape", "table"};
enum { FIRST_OWN = 3, N_KEYS = 8 };

/* Of a law: the keys of its scale and exponent, or its table. */
static const char *const own_keys[][2] = {[ELUTE_LAW_POWER] = {"time", "exponent"},
                                          [ELUTE_LAW_WEIBULL] = {"scale", "shape"},
                                          [ELUTE_LAW_TABLE] = {"table", NULL}};

static bool law_of(const EluteNode *node, EluteAgeLaw *law) {
  static const char *const names[] = {
      [ELUTE_LAW_POWER] = "power", [ELUTE_LAW_WEIBULL] = "weibull", [ELUTE_LAW_TABLE] = "table"};

  for (int i = ELUTE_LAW_POWER; i <= ELUTE_LAW_TABLE; i++) {
    *law = (EluteAgeLaw)i;
    if (node && node->kind == ELUTE_SCALAR && strcmp(node->text, names[i]) == 0) return true;
  }
  return false;
}

static bool check_table(const EluteNode *hazard, EluteDiagnostics *d) {
  static const char *const of_others[] = {"interpolation", "stop_at_knots"};
  bool fine = elute_table_check(hazard, "1", d);

  for (int i = 0; i < 2; i++) {
    const EluteNode *node = EluteNodeChild(EluteNodeChild(hazard, "table"), of_others[i]);

    if (!node) continue;
    EluteError(d, node, "found in a table of shares released, which are linear between the ages");
    fine = false;
  }
  return fine;
}

static bool check_own(const EluteNode *hazard, EluteAgeLaw law, const char *key, EluteDiagnostics *d) {
  const EluteNode *node = EluteNodeChild(hazard, key);
  bool own = false;

  for (int i = 0; i < 2 && own_keys[law][i]; i++) own = own || strcmp(own_keys[law][i], key) == 0;
  if (own && !node) EluteError(d, hazard, "the key '%s' is missing", key);
  if (!own && node)
    EluteError(d, node, "found with law: %s, which does not look at it", EluteNodeChild(hazard, "law")->text);
  if (own != (node != NULL)) return false;
  if (!own) return true;
  if (strcmp(key, "table") == 0) return check_table(hazard, d);
  return elute_number_check(node, strcmp(key, "exponent") == 0 || strcmp(key, "shape") == 0 ? "1" : "s", d);
}

bool elute_hazard_check(const EluteNode *hazard, EluteDiagnostics *d) {
  const EluteNode *start = EluteNodeChild(hazard, "start"), *over = EluteNodeChild(hazard, "over"),
                  *law_node = EluteNodeChild(hazard, "law");
  char found[128];
  bool fine;
  EluteAgeLaw law;

  if (hazard->kind != ELUTE_MAPPING) {
    EluteNodeFound(hazard, found, sizeof found);
    EluteError(d, hazard, "found %s; expected {start: 0 h, law: weibull, scale: 7 d, shape: 0.7}", found);
    return false;
  }
  fine = elute_keys_are_known(hazard, N_KEYS, keys, d);
  if (start && !elute_number_check(start, "s", d)) fine = false;
  if (over && !elute_number_check(over, "s", d)) fine = false;
  if (!law_of(law_node, &law)) {
    if (law_node) EluteNodeFound(law_node, found, sizeof found);
    EluteError(d, law_node ? law_node : hazard, "%s%s; expected law: power, weibull or table",
               law_node ? "found " : "the key 'law' is missing", law_node ? found : "");
    return false;
  }
  for (int i = FIRST_OWN; i < N_KEYS; i++)
    if (!check_own(hazard, law, keys[i], d)) fine = false;
  return fine;
}

static bool read_number(const EluteNode *hazard, const char *key, const char *dimension, const EluteScope *scope,
                        double *si, EluteDiagnostics *d) {
  const EluteNode *node = EluteNodeChild(hazard, key);
  const bool of_time = strcmp(dimension, "s") == 0;

  if (!EluteNumberRead(node, dimension, 0.0, scope, si, d)) return false;
  if (of_time ? *si > 0.0 : *si >= LEAST_EXPONENT && *si <= 10.0) return true;
  if (of_time)
    EluteError(d, node, "found %s; expected more than 0 s", node->text);
  else
    EluteError(d, node, "found %s; expected %g to 10 (below, say what leaves at once with a burst)", node->text,
               LEAST_EXPONENT);
  return false;
}

/* M from 0 at age 0, never falling, at most 1. */
static bool table_is_of_shares(const EluteValue *table, const EluteNode *node, EluteDiagnostics *d) {
  if (table->time[0] != 0.0 || table->value[0] != 0.0) {
    EluteError(d, node,
               "found a share of %g at an age of %g s first; expected 0 at 0 s (what is free at once is a burst)",
               table->value[0], table->time[0]);
    return false;
  }
  for (int i = 1; i < table->n; i++) {
    if (table->value[i] >= table->value[i - 1] && table->value[i] <= 1.0) continue;
    EluteError(d, node, "found a share of %g after %g; expected shares that do not fall, up to 1", table->value[i],
               table->value[i - 1]);
    return false;
  }
  return true;
}

/* Where LEAST is left. */
static double age_emptied(const EluteHazard *h) {
  const EluteValue *t = h->table;

  if (h->law == ELUTE_LAW_POWER) return h->scale * pow(1.0 - LEAST, 1.0 / h->exponent);
  for (int i = 1; t && i < t->n; i++)
    if (1.0 - t->value[i] < LEAST)
      return t->time[i - 1] +
             (1.0 - LEAST - t->value[i - 1]) * (t->time[i] - t->time[i - 1]) / (t->value[i] - t->value[i - 1]);
  return HUGE_VAL;
}

static double age_cleared(const EluteHazard *h) {
  double low = h->over, high = h->over + h->scale;

  if (h->table && isinf(h->emptied)) return HUGE_VAL;
  if (h->table) high = h->over + h->table->time[h->table->n - 1];
  while (share_after(h, high) > LEAST) high *= 2.0;
  for (int i = 0; i < 100; i++) {
    const double middle = 0.5 * (low + high);

    *(share_after(h, middle) > LEAST ? &low : &high) = middle;
  }
  return high;
}

EluteHazard *elute_hazard_read(const EluteNode *hazard, const EluteScope *scope, EluteDiagnostics *d) {
  const EluteNode *start = EluteNodeChild(hazard, "start");
  EluteHazard *h = calloc(1, sizeof *h);
  bool fine;

  if (!h) abort();
  law_of(EluteNodeChild(hazard, "law"), &h->law);
  fine = !start || EluteNumberRead(start, "s", 0.0, scope, &h->start, d);
  if (EluteNodeChild(hazard, "over") && !read_number(hazard, "over", "s", scope, &h->over, d)) fine = false;
  if (h->law == ELUTE_LAW_TABLE) {
    h->table = elute_table_read(hazard, "1", scope, d);
    fine = fine && h->table && table_is_of_shares(h->table, EluteNodeChild(hazard, "table"), d);
  } else {
    if (!read_number(hazard, own_keys[h->law][0], "s", scope, &h->scale, d)) fine = false;
    if (!read_number(hazard, own_keys[h->law][1], "1", scope, &h->exponent, d)) fine = false;
  }
  if (fine) {
    h->emptied = age_emptied(h);
    if (h->over > 0.0) h->cleared = age_cleared(h);
    return h;
  }
  elute_hazard_free(h);
  return NULL;
}
