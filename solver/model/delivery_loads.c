/* A carrier with drugs is given as doses of these, or as a number of carriers: each drug's dose is divided among the
   pools of its law of release (expand_release.c), what is a burst comes as free drug, and where the number of carriers
   is known these are given too. */
#include "delivery.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DRUGS = 64 };

static const EluteNode *describe(EluteBuilder *b, const char *drug) {
  const EluteNode *node = EluteNodeChild(EluteNodeChild(b->model->tree, "drugs"), drug);

  return node ? node : EluteNodeChild(EluteNodeChild(b->model->tree, "species"), drug);
}

/* A pool that counts age from one time, or of one part of a time over which it is given, gets what is given then. */
static void give_pool(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *origin, const ElutePool *pool,
                      const char *species, double amount) {
  const bool by_age = !isnan(pool->given.start);
  const int parts = by_age ? elute_age_classes(b, delivery->node) : 1;

  for (int i = 0; i < delivery->times * parts && by_age; i++) {
    delivery->only = i / parts, delivery->part = i % parts, delivery->parts = parts;
    if (elute_same_period(elute_delivery_period(delivery, delivery->only), pool->given))
      elute_give_amount(b, delivery, origin, species, amount);
  }
  delivery->only = -1, delivery->part = 0, delivery->parts = 1;
  if (!by_age) elute_give_amount(b, delivery, origin, species, amount);
}

static void give_load(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *carrier, const EluteNode *payload,
                      const EluteNode *origin, double amount) {
  ElutePools *pools = elute_release_pools(b, carrier, payload);

  if (pools->by_age && elute_on_surface(delivery)) {
    EluteError(
        b->d, EluteNodeChild(delivery->node, "route"),
        "law: %s counts age from when a carrier is given, but what a surface takes comes when it comes; expected "
        "a route into the tissue or into blood",
        pools->law);
    elute_free_pools(pools);
    return;
  }
  if (pools->burst > 0.0) elute_give_amount(b, delivery, origin, payload->key, amount * pools->burst);
  for (int i = 0; i < pools->n; i++) {
    char *species = elute_text_format("%s.%s%s", carrier->key, payload->key, pools->pool[i].suffix);

    if (pools->pool[i].share > 0.0)
      give_pool(b, delivery, origin, &pools->pool[i], species, amount * pools->pool[i].share);
    free(species);
  }
  elute_free_pools(pools);
}

/* Every dose is of something that the carrier carries, or of itself. */
static bool check_names(EluteBuilder *b, const EluteNode *carrier, const EluteNode *dose) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");
  const char *names[MOST_DRUGS], *nearest;
  bool fine = true;
  int n = 0;

  for (const EluteNode *one = elute_first(carries, ELUTE_MAPPING); one && n < MOST_DRUGS; one = one->next)
    names[n++] = one->key;
  if (dose->kind == ELUTE_SCALAR && n != 1) {
    EluteError(b->d, dose, "found one dose for %d drugs; expected {drug: dose, …}", n);
    return false;
  }
  for (const EluteNode *one = elute_first(dose, ELUTE_MAPPING); one; one = one->next) {
    if (EluteNodeChild(carries, one->key)) continue;
    if (elute_is_counted(b, carrier) && strcmp(one->key, carrier->key) == 0) continue;
    nearest = EluteNearest(one->key, n, names);
    EluteError(b->d, one, "'%s' does not carry '%s'%s%s%s", carrier->key, one->key, nearest ? "; did you mean '" : "",
               nearest ? nearest : "", nearest ? "'?" : "");
    fine = false;
  }
  return fine;
}

/* The number of carriers, mol, that a dose of a drug means too; false, reported: it is another. */
static bool count(EluteBuilder *b, const EluteNode *dose, double per_carrier, double amount, double *carriers) {
  if (!(per_carrier > 0.0)) return true;
  if (!isnan(*carriers) && fabs(amount / per_carrier - *carriers) > 1e-6 * *carriers) {
    EluteError(b->d, dose, "found %g mol, %g in a carrier, which makes %g mol of carriers; expected %g mol as before",
               amount, per_carrier, amount / per_carrier, *carriers);
    return false;
  }
  *carriers = amount / per_carrier;
  return true;
}

bool elute_gives_by_age(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");
  bool any = false;

  for (const EluteNode *load = elute_first(carries, ELUTE_MAPPING); load; load = load->next) {
    ElutePools *pools = elute_release_pools(b, carrier, load);

    any = any || pools->by_age;
    elute_free_pools(pools);
  }
  return any;
}

void elute_give_loads(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *carrier, const EluteNode *dose) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries"), *itself = EluteNodeChild(dose, carrier->key);
  const EluteNode *origin[MOST_DRUGS];
  double carriers = NAN, amount[MOST_DRUGS];
  int i = 0;

  if (!check_names(b, carrier, dose)) return;
  if (itself && !elute_read_dose(b, delivery, itself, elute_molar_mass(b, carrier), &carriers)) return;
  for (const EluteNode *load = elute_first(carries, ELUTE_MAPPING); load && i < MOST_DRUGS; load = load->next, i++) {
    const EluteNode *one = dose->kind == ELUTE_SCALAR ? dose : EluteNodeChild(dose, load->key);
    const EluteNode *drug = describe(b, load->key); /* an unknown one has been reported with its carrier */

    amount[i] = NAN;
    origin[i] = one ? one : dose;
    if (!one || !drug) continue;
    if (!elute_read_dose(b, delivery, one, elute_molar_mass(b, drug), &amount[i]) ||
        !count(b, one, elute_per_carrier(b, carrier, load), amount[i], &carriers))
      return;
  }
  i = 0;
  for (const EluteNode *load = elute_first(carries, ELUTE_MAPPING); load && i < MOST_DRUGS; load = load->next, i++) {
    const double per_carrier = elute_per_carrier(b, carrier, load);

    if (isnan(amount[i]) && per_carrier > 0.0) amount[i] = carriers * per_carrier;
    if (!isnan(amount[i]) && describe(b, load->key)) give_load(b, delivery, carrier, load, origin[i], amount[i]);
  }
  if (!elute_is_counted(b, carrier)) return;
  if (isnan(carriers))
    EluteError(b->d, dose,
               "the number of carriers does not follow from this; expected a dose of '%s' itself, or of a "
               "drug with 'per_carrier' or 'arms'",
               carrier->key);
  else
    elute_give_amount(b, delivery, dose, carrier->key, carriers);
}
