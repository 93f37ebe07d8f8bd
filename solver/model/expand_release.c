/* Laws of release (physics C) become pools: parts of what a carrier is loaded with, each a species with a rate
   constant.

     first_order       one pool
     thermosensitive   one, k = low + (high - low)/(1 + exp((melting - T)/width))
     ph_decade         one, k = neutral + acid 10^(reference - pH)
     enzyme            one, k = efficiency times the enzyme's concentration
     bi_exponential    two, fast and slow
     zero_order, higuchi, korsmeyer_peppas, weibull, table
                       by age: one for every time at which the carrier is given, or for each part of a time over
                       which it is, with {hazard: …} for a rate
     resolve_arms      one for every number of bonds that are left on the carrier

   burst is free at once, and what is not releasable is a pool that stays. */
#include "agents.h"
#include "release.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* needs and takes: the keys of a law besides those of every law; by_age: its hazard, of exponent `power` where that is
   not a key. */
typedef struct Law {
  const char *name, *needs[5], *takes[3];
  bool by_age;
  double power;
} Law;

static const Law laws[] = {
    {"first_order", {"rate"}, {NULL}, false, 0},
    {"zero_order", {NULL}, {"time", "released", "after"}, true, 1.0},
    {"higuchi", {NULL}, {"time", "released", "after"}, true, 0.5},
    {"korsmeyer_peppas", {"exponent"}, {"time", "released", "after"}, true, 0},
    {"weibull", {"scale", "shape"}, {NULL}, true, 0},
    {"table", {"table"}, {NULL}, true, 0},
    {"bi_exponential", {"fraction", "fast", "slow"}, {NULL}, false, 0},
    {"thermosensitive", {"field", "low", "high", "melting", "width"}, {NULL}, false, 0},
    {"ph_decade", {"field", "neutral", "acid", "reference"}, {NULL}, false, 0},
    {"enzyme", {"enzyme", "efficiency"}, {NULL}, false, 0},
};
enum { AGE_CLASSES = 4 }; /* of what is given over some time, where the case does not say how many */

static const char *const of_every_law[] = {"law", "burst", "releasable"};

static const Law *find_law(const EluteNode *release) {
  const char *name = elute_scalar(release, "law");

  for (size_t i = 0; name && i < sizeof laws / sizeof laws[0]; i++)
    if (strcmp(name, laws[i].name) == 0) return &laws[i];
  return NULL;
}

static bool looks_at(const Law *law, const char *key) {
  for (size_t i = 0; i < sizeof of_every_law / sizeof of_every_law[0]; i++)
    if (strcmp(key, of_every_law[i]) == 0) return true;
  for (int i = 0; i < 5 && law->needs[i]; i++)
    if (strcmp(key, law->needs[i]) == 0) return true;
  for (int i = 0; i < 3 && law->takes[i]; i++)
    if (strcmp(key, law->takes[i]) == 0) return true;
  return false;
}

void elute_prune_release(EluteNode *release) {
  const Law *law = find_law(release);

  if (!release || !law) return;
  for (EluteNode *child = release->first, *next; child; child = next) {
    next = child->next;
    if (child->provenance && !looks_at(law, child->key)) EluteNodeFree(child);
  }
}

const EluteNode *elute_release_of(const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *own = EluteNodeChild(payload, "release");

  return own ? own : EluteNodeChild(carrier, "release");
}

/* A number that has been checked where it was written: what is wrong with it has been said. */
static double number(EluteBuilder *b, const EluteNode *mapping, const char *key, const char *dimension,
                     double fallback) {
  const EluteNode *node = EluteNodeChild(mapping, key);
  EluteDiagnostics quiet = {0};
  double si = fallback;

  if (node && !EluteNumberRead(node, dimension, 0.0, &b->model->scope, &si, &quiet)) si = fallback;
  EluteDiagnosticsClear(&quiet);
  return si;
}

/* ---- checks ---- */

static void check_power(EluteBuilder *b, const EluteNode *release, const Law *law) {
  const EluteNode *time = EluteNodeChild(release, "time"), *released = EluteNodeChild(release, "released");
  const EluteNode *after = EluteNodeChild(release, "after");

  if (!law->takes[0]) return;
  if (time && (released || after))
    EluteError(b->d, time, "found beside '%s'; expected 'time' (all is released), or 'released' and 'after'",
               released ? "released" : "after");
  else if (!time && !(released && after))
    EluteError(b->d, release, "the key '%s' is missing; expected 'time' (all is released), or 'released' and 'after'",
               released ? "after"
               : after  ? "released"
                        : "time");
}

/* What is wrong with the table is said with the path where it was written. */
static void check_table(EluteBuilder *b, const EluteNode *release) {
  EluteNode *rate = elute_hazard_node(b, release, (ElutePeriod){0.0, 0.0}), *hazard = EluteNodeChild(rate, "hazard");
  EluteNode *table = EluteNodeChild(hazard, "table");

  table->parent = (EluteNode *)release;
  elute_check_value(b, rate, "1/s", 0.0);
  table->parent = hazard;
  EluteNodeFree(rate);
}

void elute_check_release(EluteBuilder *b, const EluteNode *release) {
  static const char *const rates[] = {"rate", "fast", "slow", "low", "high", "neutral", "acid"};
  const Law *law = find_law(release);

  if (!release || !law) return;
  for (const EluteNode *child = release->first; child; child = child->next)
    if (!looks_at(law, child->key)) EluteError(b->d, child, "found with law: %s, which does not look at it", law->name);
  for (int i = 0; i < 5 && law->needs[i]; i++)
    if (!EluteNodeChild(release, law->needs[i]))
      EluteError(b->d, release, "the key '%s' is missing; law: %s needs it", law->needs[i], law->name);
  check_power(b, release, law);
  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
    if (looks_at(law, rates[i])) elute_check_value(b, EluteNodeChild(release, rates[i]), "1/s", 0.0);
  if (number(b, release, "burst", "1", 0.0) > number(b, release, "releasable", "1", 1.0))
    EluteError(b->d, EluteNodeChild(release, "burst"), "found a burst of more than what is releasable (%g)",
               number(b, release, "releasable", "1", 1.0));
  if (EluteNodeChild(release, "table") && law->by_age) check_table(b, release);
}

/* ---- rates ---- */

static EluteNode *new_rate(const EluteNode *origin, EluteNodeKind kind) {
  EluteNode *node = EluteNodeNew(kind, "rate", kind == ELUTE_SCALAR ? "" : NULL);

  node->file = origin->file, node->line = origin->line, node->column = origin->column;
  return node;
}

static EluteNode *rate_from(const EluteNode *release, const char *key) {
  const EluteNode *node = EluteNodeChild(release, key);
  EluteNode *copy = node ? EluteNodeCopy(node) : NULL;

  if (!copy) return NULL;
  free(copy->key);
  copy->key = elute_text_copy("rate");
  return copy;
}

static void set_number(EluteNode *mapping, const char *key, double x, const char *unit) {
  EluteNodeSet(mapping, key, "%s%s%s", elute_number_text(x).text, unit[0] ? " " : "", unit);
}

EluteNode *elute_hazard_node(EluteBuilder *b, const EluteNode *release, ElutePeriod given) {
  const Law *law = find_law(release);
  const EluteNode *table = EluteNodeChild(release, "table");
  EluteNode *rate = new_rate(release, ELUTE_MAPPING), *hazard = elute_append_mapping(rate, "hazard", release);
  double exponent = law->power ? law->power : fmax(0.2, number(b, release, "exponent", "1", 1.0)); /* reported */
  double released = number(b, release, "released", "1", 1.0), time = number(b, release, "time", "s", 0.0);

  set_number(hazard, "start", given.start, "s");
  if (given.over > 0.0) set_number(hazard, "over", given.over, "s");
  if (table) {
    EluteNodeSet(hazard, "law", "table");
    EluteNodeAppend(hazard, EluteNodeCopy(table));
  } else if (EluteNodeChild(release, "scale")) {
    EluteNodeSet(hazard, "law", "weibull");
    set_number(hazard, "scale", number(b, release, "scale", "s", 1.0), "s");
    set_number(hazard, "shape", fmax(0.2, number(b, release, "shape", "1", 1.0)), "");
  } else {
    if (EluteNodeChild(release, "after")) time = number(b, release, "after", "s", 1.0) / pow(released, 1.0 / exponent);
    EluteNodeSet(hazard, "law", "power");
    set_number(hazard, "time", time, "s");
    set_number(hazard, "exponent", exponent, "");
  }
  return rate;
}

/* {field: F, formula: "…", unit: 1/s} */
static EluteNode *formula_of_field(const EluteNode *release, char *formula) {
  EluteNode *rate = new_rate(release, ELUTE_MAPPING);
  const EluteNode *field = EluteNodeChild(release, "field");

  if (field) elute_set_reference(rate, "field", field);
  EluteNodeSet(rate, "formula", "%s", formula)->quoted = true;
  EluteNodeSet(rate, "unit", "1/s");
  free(formula);
  return rate;
}

static EluteNode *thermosensitive(EluteBuilder *b, const EluteNode *release) {
  const double low = number(b, release, "low", "1/s", 0.0), high = number(b, release, "high", "1/s", 0.0);
  const double melting = number(b, release, "melting", "K", 300.0), width = number(b, release, "width", "K", 1.0);
  const char *field = elute_scalar(release, "field");

  return formula_of_field(release,
                          elute_text_format("%s + %s/(1 + exp((%s - %s)/%s))", elute_number_text(low).text,
                                            elute_number_text(high - low).text, elute_number_text(melting).text,
                                            field ? field : "0", elute_number_text(width).text));
}

static EluteNode *ph_decade(EluteBuilder *b, const EluteNode *release) {
  const double neutral = number(b, release, "neutral", "1/s", 0.0), acid = number(b, release, "acid", "1/s", 0.0);
  const double reference = number(b, release, "reference", "1", 7.4);
  const char *field = elute_scalar(release, "field");

  return formula_of_field(release, elute_text_format("%s + %s*10^(%s - %s)", elute_number_text(neutral).text,
                                                     elute_number_text(acid).text, elute_number_text(reference).text,
                                                     field ? field : "0"));
}

EluteNode *elute_state_rate(EluteBuilder *b, const EluteNode *release, const EluteNode **catalyst) {
  const char *law = elute_scalar(release, "law");

  *catalyst = NULL;
  if (!law || strcmp(law, "first_order") == 0) return rate_from(release, "rate");
  if (strcmp(law, "thermosensitive") == 0) return thermosensitive(b, release);
  if (strcmp(law, "ph_decade") == 0) return ph_decade(b, release);
  *catalyst = EluteNodeChild(release, "enzyme");
  return rate_from(release, "efficiency");
}

/* ---- times at which a carrier is given ---- */

static bool same(double a, double b) {
  return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b));
}

bool elute_same_period(ElutePeriod a, ElutePeriod b) {
  return same(a.start, b.start) && same(a.over, b.over);
}

ElutePeriod elute_part_of_delivery(double start, double duration, int parts, int nth) {
  return (ElutePeriod){.start = start + duration * nth / parts, .over = duration / parts};
}

int elute_age_classes(EluteBuilder *b, const EluteNode *delivery) {
  if (!(number(b, delivery, "duration", "s", 0.0) > 0.0)) return 1;
  return (int)number(b, delivery, "age_classes", "1", AGE_CLASSES);
}

static void add_period(ElutePools *pools, ElutePeriod period) {
  for (int i = 0; i < pools->n_given; i++)
    if (elute_same_period(pools->given[i], period)) return;
  pools->given = elute_grow(pools->given, pools->n_given, sizeof *pools->given);
  pools->given[pools->n_given++] = period;
}

static int ascending(const void *a, const void *b) {
  const ElutePeriod *x = a, *y = b;

  return x->start == y->start ? (x->over > y->over) - (x->over < y->over)
                              : (x->start > y->start) - (x->start < y->start);
}

/* Those of the carriers that become this one among them. */
static void add_times_of(EluteBuilder *b, const char *carrier, ElutePools *pools, int depth) {
  const EluteNode *tree = b->model->tree, *deliveries = EluteNodeChild(tree, "delivery");
  const EluteNode *carriers = EluteNodeChild(tree, "carriers");

  for (const EluteNode *node = elute_first(deliveries, ELUTE_MAPPING); node; node = node->next) {
    const char *give = elute_scalar(node, "give");
    const int times = (int)number(b, node, "times", "1", 1.0), parts = elute_age_classes(b, node);
    const double start = number(b, node, "start", "s", 0.0), every = number(b, node, "every", "s", 0.0);

    if (!give || strcmp(give, carrier) != 0) continue;
    for (int i = 0; i < times * parts; i++)
      add_period(pools, elute_part_of_delivery(start + i / parts * every, number(b, node, "duration", "s", 0.0), parts,
                                               i % parts));
  }
  for (const EluteNode *node = elute_first(carriers, ELUTE_MAPPING); node && depth < 8; node = node->next) {
    const char *becomes = elute_scalar(EluteNodeChild(node, "becomes"), "carrier");

    if (becomes && strcmp(becomes, carrier) == 0) add_times_of(b, node->key, pools, depth + 1);
  }
}

/* ---- pools ---- */

static ElutePool *add_pool(ElutePools *pools, double share, EluteNode *rate, char *suffix) {
  ElutePool *pool;

  pools->pool = elute_grow(pools->pool, pools->n, sizeof *pools->pool);
  pool = &pools->pool[pools->n++];
  *pool = (ElutePool){.suffix = suffix, .share = share, .drugs = 1, .next = -1, .given = {.start = NAN}, .rate = rate};
  return pool;
}

static void add_ages(EluteBuilder *b, const EluteNode *carrier, const EluteNode *release, double share,
                     ElutePools *pools) {
  add_times_of(b, carrier->key, pools, 0);
  if (!pools->n_given && !b->d->n_errors)
    EluteError(b->d, release, "law: %s counts from when '%s' is given, but no delivery gives it",
               elute_scalar(release, "law"), carrier->key);
  if (pools->n_given) qsort(pools->given, (size_t)pools->n_given, sizeof *pools->given, ascending);
  for (int i = 0; i < pools->n_given; i++)
    add_pool(pools, share, elute_hazard_node(b, release, pools->given[i]),
             pools->n_given == 1 ? elute_text_copy("") : elute_text_format("_%d", i + 1))
        ->given = pools->given[i];
}

const EluteNode *elute_arms_of(const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *own = EluteNodeChild(payload, "arms");

  if (own || !(EluteNodeChild(payload, "loading") || EluteNodeChild(payload, "resolve_arms"))) return own;
  return EluteNodeChild(carrier, "arms");
}

static int arms_of(const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *arms = elute_arms_of(carrier, payload);

  return arms && arms->kind == ELUTE_SCALAR ? (int)strtol(arms->text, NULL, 10) : 0;
}

/* Of `arms` places each is taken with probability `loading`, and broken at the rate k of one: n break at n k. */
static void add_arms(EluteBuilder *b, const EluteNode *payload, int arms, const EluteNode *release, ElutePools *pools) {
  const double loading = number(b, payload, "loading", "1", 1.0);
  const EluteNode *one = EluteNodeChild(release, "rate");

  for (int n = 0; n <= arms; n++) {
    const double ways = exp(lgamma(arms + 1.0) - lgamma(n + 1.0) - lgamma(arms - n + 1.0));
    EluteNode *rate = n && one ? elute_node_scaled(b, one, "1/s", n) : NULL;
    ElutePool *pool = add_pool(pools, ways * pow(loading, n) * pow(1.0 - loading, arms - n) / (arms * loading), rate,
                               elute_text_format(".n%d", n));

    pool->drugs = n;
    pool->next = n - 1;
    if (!rate) continue;
    free(rate->key);
    rate->key = elute_text_copy("rate");
  }
}

ElutePools *elute_release_pools(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *release = elute_release_of(carrier, payload);
  const Law *law = find_law(release);
  const int arms = arms_of(carrier, payload);
  const double most = number(b, release, "releasable", "1", 1.0), fraction = number(b, release, "fraction", "1", 0.5);
  ElutePools *pools = elute_zeroed(1, sizeof *pools);
  const EluteNode *catalyst = NULL;
  double rest;

  pools->by_age = law && law->by_age;
  pools->law = law ? law->name : NULL;
  pools->burst = number(b, release, "burst", "1", 0.0);
  rest = most - pools->burst;
  if (elute_flag(payload, "resolve_arms") && arms > 0 && arms <= ELUTE_MOST_ARMS) {
    add_arms(b, payload, arms, release, pools);
  } else if (!law) {
    add_pool(pools, 1.0, NULL, elute_text_copy(""));
  } else if (law->by_age) {
    add_ages(b, carrier, release, rest, pools);
  } else if (strcmp(law->name, "bi_exponential") == 0) {
    add_pool(pools, fraction * rest, rate_from(release, "fast"), elute_text_copy("_fast"));
    add_pool(pools, (1.0 - fraction) * rest, rate_from(release, "slow"), elute_text_copy("_slow"));
  } else {
    EluteNode *rate = elute_state_rate(b, release, &catalyst);

    add_pool(pools, rest, rate, elute_text_copy(""))->catalyst = catalyst;
  }
  if (most < 1.0) add_pool(pools, 1.0 - most, NULL, elute_text_copy("_kept"));
  return pools;
}

void elute_free_pools(ElutePools *pools) {
  for (int i = 0; i < pools->n; i++) {
    if (pools->pool[i].rate) EluteNodeFree(pools->pool[i].rate);
    free(pools->pool[i].suffix);
  }
  free(pools->pool);
  free(pools->given);
  free(pools);
}

double elute_per_carrier(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  const int arms = arms_of(carrier, payload);

  return arms > 0 ? arms * number(b, payload, "loading", "1", 1.0) : number(b, payload, "per_carrier", "1", 0.0);
}
