/* Values of the form {hazard: {start, law, …}}: the rate at which what was loaded at `start` leaves at age
   a = t - start, h(a) = -d ln(1 - M)/da with M(a) the share that has left (physics C):

     power     M = (a/time)^exponent          zero order 1, Higuchi 1/2, Korsmeyer-Peppas any
     weibull   M = 1 - exp(-(a/scale)^shape)
     table     M linear between knots

   h may be infinite at a = 0, though M is finite there. Within a step it is therefore a line in time that has the
   integrals of h over the two halves of the step: what leaves in a step is M's, however h behaves, and of order 4 for
   the rest of the model. Where M comes to 1 all would leave at once: what is then left, LEAST of it, leaves at a finite
   rate. */
#include "value_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LEAST = 1e-9, LAST_RATE = 1e3; /* shares; over the age at which M comes to 1 */
static const double LEAST_EXPONENT = 0.2;          /* below, nearly all leaves in the first moment */
static const double FIRST = 1e-9;                  /* over the scale: M is a line up to this age, and h finite */

typedef enum { POWER, WEIBULL, TABLE } Law;

struct EluteHazard {
  Law law;
  double start;           /* s */
  double scale, exponent; /* s, 1; of power and weibull */
  EluteValue *table;      /* M by age */
  double emptied;         /* s; age at which LEAST is left; infinite: never */
};

void elute_hazard_free(EluteHazard *h) {
  if (!h) return;
  EluteValueFree(h->table);
  free(h);
}

static double left_by_table(const EluteValue *table, double age) {
  int i = 0;

  while (i + 1 < table->n && table->time[i + 1] <= age) i++;
  if (i + 1 == table->n) return 1.0 - table->value[i];
  return 1.0 - table->value[i] -
         (table->value[i + 1] - table->value[i]) * (age - table->time[i]) / (table->time[i + 1] - table->time[i]);
}

/* The integral of h from the start to an age: -ln(1 - M). */
static double integral(const EluteHazard *h, double age) {
  if (!(age > 0.0)) return 0.0;
  if (age < FIRST * h->scale) return integral(h, FIRST * h->scale) * age / (FIRST * h->scale);
  if (age >= h->emptied) return -log(LEAST) + LAST_RATE * (age / h->emptied - 1.0);
  if (h->law == WEIBULL) return fmin(pow(age / h->scale, h->exponent), 700.0); /* exp(-700): none */
  return h->law == POWER ? -log1p(-pow(age / h->scale, h->exponent)) : -log(left_by_table(h->table, age));
}

double elute_hazard_at(const EluteHazard *h, const EluteWhere *where, double *slope) {
  const double length = where->step_end - where->step_begin, begin = where->step_begin - h->start;
  const double at[3] = {integral(h, begin), integral(h, begin + 0.5 * length), integral(h, begin + length)};
  const double all = at[2] - at[0], bend = 4.0 * (at[2] - 2.0 * at[1] + at[0]);
  /* a line that is nowhere negative */
  const double change = fmax(-2.0 * all, fmin(2.0 * all, bend));
  const double value = all + ((where->t - where->step_begin) / length - 0.5) * change;

  *slope = 0.0;
  if (!(length > 0.0) || !(value > 0.0)) return 0.0;
  *slope = change / (length * length);
  return value / length;
}

int elute_hazard_knots(const EluteHazard *h, int i, double *time) {
  const int n = h->table ? h->table->n : 1;

  if (i < n) *time = h->start + (h->table ? h->table->time[i] : 0.0);
  if (i == n) *time = h->start + h->emptied;
  return i <= n; /* an infinite one is none */
}

/* ---- reading ---- */

static const char *const keys[] = {"start", "law", "time", "exponent", "scale", "shape", "table"};
enum { N_KEYS = 7 };

/* Of a law: the keys of its scale and exponent, or its table. */
static const char *const own_keys[][2] = {
    [POWER] = {"time", "exponent"}, [WEIBULL] = {"scale", "shape"}, [TABLE] = {"table", NULL}};

static bool law_of(const EluteNode *node, Law *law) {
  static const char *const names[] = {[POWER] = "power", [WEIBULL] = "weibull", [TABLE] = "table"};

  for (int i = POWER; i <= TABLE; i++) {
    *law = (Law)i;
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

static bool check_own(const EluteNode *hazard, Law law, const char *key, EluteDiagnostics *d) {
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
  const EluteNode *start = EluteNodeChild(hazard, "start"), *law_node = EluteNodeChild(hazard, "law");
  char found[128];
  bool fine;
  Law law;

  if (hazard->kind != ELUTE_MAPPING) {
    EluteNodeFound(hazard, found, sizeof found);
    EluteError(d, hazard, "found %s; expected {start: 0 h, law: weibull, scale: 7 d, shape: 0.7}", found);
    return false;
  }
  fine = elute_keys_are_known(hazard, N_KEYS, keys, d);
  if (start && !elute_number_check(start, "s", d)) fine = false;
  if (!law_of(law_node, &law)) {
    if (law_node) EluteNodeFound(law_node, found, sizeof found);
    EluteError(d, law_node ? law_node : hazard, "%s%s; expected law: power, weibull or table",
               law_node ? "found " : "the key 'law' is missing", law_node ? found : "");
    return false;
  }
  for (int i = 2; i < N_KEYS; i++)
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

  if (h->law == POWER) return h->scale * pow(1.0 - LEAST, 1.0 / h->exponent);
  for (int i = 1; t && i < t->n; i++)
    if (1.0 - t->value[i] < LEAST)
      return t->time[i - 1] +
             (1.0 - LEAST - t->value[i - 1]) * (t->time[i] - t->time[i - 1]) / (t->value[i] - t->value[i - 1]);
  return HUGE_VAL;
}

EluteHazard *elute_hazard_read(const EluteNode *hazard, const EluteScope *scope, EluteDiagnostics *d) {
  const EluteNode *start = EluteNodeChild(hazard, "start");
  EluteHazard *h = calloc(1, sizeof *h);
  bool fine;

  if (!h) abort();
  law_of(EluteNodeChild(hazard, "law"), &h->law);
  fine = !start || EluteNumberRead(start, "s", 0.0, scope, &h->start, d);
  if (h->law == TABLE) {
    h->table = elute_table_read(hazard, "1", scope, d);
    fine = fine && h->table && table_is_of_shares(h->table, EluteNodeChild(hazard, "table"), d);
  } else {
    if (!read_number(hazard, own_keys[h->law][0], "s", scope, &h->scale, d)) fine = false;
    if (!read_number(hazard, own_keys[h->law][1], "1", scope, &h->exponent, d)) fine = false;
  }
  if (fine) {
    h->emptied = age_emptied(h);
    return h;
  }
  elute_hazard_free(h);
  return NULL;
}
