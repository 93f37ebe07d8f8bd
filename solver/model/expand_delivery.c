/* delivery: what is given through tissue becomes entries of sources, what bathes a surface a condition of boundaries.
   Every dose is placed in full, or what is lost of it has a row in the ledger. Where a needle leaves it:
   delivery_places.c; the fluid of an infusion: delivery_infusion.c; what goes into blood: delivery_blood.c. */
#include "delivery.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

char *elute_delivery_row(const EluteDelivery *delivery, int time, const char *suffix) {
  if (delivery->times == 1) return elute_text_format("%s%s", delivery->node->key, suffix);
  return elute_text_format("%s_%d%s", delivery->node->key, time + 1, suffix);
}

ElutePeriod elute_delivery_period(const EluteDelivery *delivery, int time) {
  return elute_part_of_delivery(delivery->start + time * delivery->every, delivery->duration, delivery->parts,
                                delivery->part);
}

EluteNode *elute_delivery_course(const EluteBuilder *b, const EluteDelivery *delivery, const char *key,
                                 double concentration) {
  const double begin = b->model->time.begin;
  const int first = delivery->only < 0 ? 0 : delivery->only, n = delivery->only < 0 ? delivery->times : 1;
  EluteNode *value, *list[2];

  if (delivery->start <= begin && delivery->duration == 0.0) {
    value = EluteNodeNew(ELUTE_SCALAR, key, "");
    free(value->text);
    value->text = elute_text_format("%s mol/m3", elute_number_text(concentration).text);
    return value;
  }
  value = EluteNodeNew(ELUTE_MAPPING, key, NULL);
  list[0] = EluteNodeEnsure(value, "table.time", ELUTE_SEQUENCE);
  list[1] = EluteNodeEnsure(value, "table.value", ELUTE_SEQUENCE);
  EluteNodeSet(EluteNodeChild(value, "table"), "interpolation", "previous");
  for (int knot = elute_delivery_period(delivery, first).start > begin ? -1 : 0; knot < 2 * n; knot++) {
    const ElutePeriod period = elute_delivery_period(delivery, first + knot / 2);
    const bool on = knot >= 0 && knot % 2 == 0;
    const double at = knot < 0 ? begin : on ? period.start : period.start + period.over;

    if (!on && knot >= 0 && delivery->duration == 0.0) continue;
    if (!on && knot >= 0 && knot / 2 + 1 < n && delivery->duration == delivery->every) continue;
    elute_append_number(list[0], at, "s");
    elute_append_number(list[1], on ? concentration : 0.0, "mol/m3");
  }
  return value;
}

static bool read_times(EluteBuilder *b, EluteDelivery *delivery) {
  const EluteTimeSpec *time = &b->model->time;
  const EluteNode *node = delivery->node, *start = EluteNodeChild(node, "start"),
                  *every = EluteNodeChild(node, "every");
  const EluteNode *times = EluteNodeChild(node, "times");
  double last;

  delivery->times = times && times->kind == ELUTE_SCALAR ? (int)strtol(times->text, NULL, 10) : 1;
  if (!elute_quantity(b, node, "start", "s", 0.0, 0.0, &delivery->start) ||
      !elute_quantity(b, node, "duration", "s", 0.0, 0.0, &delivery->duration) ||
      !elute_quantity(b, node, "every", "s", 0.0, 0.0, &delivery->every))
    return false;
  if ((every != NULL) != (times != NULL)) {
    EluteError(b->d, every ? every : times, "found without '%s'; expected both, or neither", every ? "times" : "every");
    return false;
  }
  if (delivery->start < time->begin || delivery->start > time->end) {
    EluteError(b->d, start ? start : node, "found %g s; expected a time within the run, %g s to %g s", delivery->start,
               time->begin, time->end);
    return false;
  }
  last = delivery->start + (delivery->times - 1) * delivery->every;
  if (last > time->end * (1.0 + 1e-12)) {
    EluteError(b->d, times, "the last of %d times is at %g s; expected it within the run, %g s to %g s",
               delivery->times, last, time->begin, time->end);
    return false;
  }
  if (every && delivery->duration > delivery->every) {
    EluteError(b->d, every, "found %g s, less than the duration (%g s); expected one after the other", delivery->every,
               delivery->duration);
    return false;
  }
  if (last + delivery->duration > time->end * (1.0 + 1e-12))
    EluteWarning(b->d, node, "the run ends before all is given");
  return true;
}

/* ---- sources ---- */

static EluteNode *new_source(EluteBuilder *b, const EluteNode *origin, const char *name, const char *species,
                             const EluteNode *where, const char *spread) {
  EluteNode *list = EluteNodeEnsure(b->root, "sources", ELUTE_SEQUENCE);
  EluteNode *node = elute_append_mapping(list, NULL, origin);

  EluteNodeSet(node, "name", "%s", name);
  EluteNodeSet(node, "species", "%s", species);
  if (!where) return node;
  EluteNodeAppend(node, EluteNodeCopy(where));
  EluteNodeSet(node, "spread", "%s", spread);
  return node;
}

/* One place's part of one time's dose, mol, and what is lost on the way there. */
static void give_place(EluteBuilder *b, const EluteDelivery *delivery, const EluteNode *origin, const char *name,
                       const char *species, const EluteNode *where, double amount, double lost, int time) {
  const char *spread = elute_is_infusion(delivery) ? "tissue" : "fluid";
  const double start = delivery->start + time * delivery->every;
  const ElutePeriod period = elute_delivery_period(delivery, time);
  EluteNode *node = new_source(b, origin, name, species, where, spread);
  char *track;

  if (delivery->duration == 0.0) {
    EluteNodeSet(node, "amount", "%s mol", elute_number_text(amount).text);
    if (lost > 0.0) EluteNodeSet(node, "lost", "%s mol", elute_number_text(lost).text);
    EluteNodeSet(node, "at", "%s s", elute_number_text(start).text);
    return;
  }
  elute_set_rate(delivery, node, amount, start);
  EluteNodeSet(node, "from", "%s s", elute_number_text(period.start).text);
  EluteNodeSet(node, "to", "%s s", elute_number_text(period.start + period.over).text);
  if (!(lost > 0.0) || delivery->part > 0) return;
  track = elute_text_format("%s_track", name); /* booked when the injection begins */
  node = new_source(b, origin, track, species, where, spread);
  free(track);
  EluteNodeSet(node, "amount", "0 mol");
  EluteNodeSet(node, "lost", "%s mol", elute_number_text(lost).text);
  EluteNodeSet(node, "at", "%s s", elute_number_text(start).text);
}

static void give_dose(EluteBuilder *b, const EluteDelivery *delivery, const EluteNode *origin, const char *species,
                      double amount) {
  for (int time = 0; time < delivery->times; time++)
    for (int p = 0; p < delivery->n_places && (delivery->only < 0 || time == delivery->only); p++) {
      const ElutePlace *place = &delivery->place[p];
      char *name = elute_delivery_row(delivery, time, place->suffix);

      give_place(b, delivery, origin, name, species, place->where, amount * (1.0 - delivery->lost) * place->share,
                 p == 0 ? amount * delivery->lost : 0.0, time);
      free(name);
    }
}

/* ---- surfaces ---- */

static void bathe(EluteBuilder *b, const EluteDelivery *delivery, const EluteNode *origin, const char *species,
                  double concentration) {
  const EluteNode *surface = EluteNodeChild(delivery->node, "surface"),
                  *coefficient = EluteNodeChild(delivery->node, "coefficient");
  EluteNode *map = EluteNodeEnsure(b->root, "boundaries", ELUTE_MAPPING), *side, *condition, *transfer;

  side = EluteNodeChild(map, surface->text);
  if (!side) side = elute_append_mapping(map, surface->text, delivery->node);
  if (EluteNodeChild(side, species)) {
    EluteError(b->d, surface, "'%s' has a condition at '%s' already", species, surface->text);
    return;
  }
  condition = elute_append_mapping(side, species, origin);
  if (!coefficient) {
    EluteNodeAppend(condition, elute_delivery_course(b, delivery, "value", concentration));
    return;
  }
  transfer = elute_append_mapping(condition, "transfer", origin);
  EluteNodeAppend(transfer, EluteNodeCopy(coefficient));
  EluteNodeAppend(transfer, elute_delivery_course(b, delivery, "outside", concentration));
}

bool elute_on_surface(const EluteDelivery *delivery) {
  return strcmp(delivery->route, "bath") == 0 || strcmp(delivery->route, "topical") == 0;
}

/* What bath and topical need, and the keys that tell nothing of them. */
static bool check_surface(EluteBuilder *b, const EluteDelivery *delivery) {
  static const char *const of_tissue[] = {
      "dose",   "at",        "volume",           "radius",           "semi_axes",     "points", "tracks",
      "around", "thickness", "lost_along_track", "outside_fraction", "outside_reach", NULL};
  const EluteNode *node = delivery->node, *coefficient = EluteNodeChild(node, "coefficient");
  const bool topical = strcmp(delivery->route, "topical") == 0;
  bool fine = true;

  elute_misplaced(b, node, of_tissue,
                  "found with a route over a surface, where tissue takes what it takes; expected 'surface' and "
                  "'concentration'");
  for (int i = 0; of_tissue[i]; i++) fine = fine && !EluteNodeChild(node, of_tissue[i]);
  if (b->model->mesh.geometry == ELUTE_WELL_MIXED) {
    EluteError(b->d, node, "found a route over a surface in a well-mixed case, which has none");
    return false;
  }
  if (!EluteNodeChild(node, "surface"))
    EluteError(b->d, node, "the key 'surface' is missing; expected a side of the mesh (x+, surface, all) or a shape");
  if (!EluteNodeChild(node, "concentration"))
    EluteError(b->d, node, "the key 'concentration' is missing; expected that of the fluid on the surface");
  if (topical && !coefficient)
    EluteError(b->d, node, "the key 'coefficient' is missing; expected the permeability of what covers the tissue");
  if (!topical && coefficient) EluteError(b->d, coefficient, "found with a bath; expected 'route: topical' for it");
  return fine && EluteNodeChild(node, "surface") && EluteNodeChild(node, "concentration") &&
         (coefficient != NULL) == topical;
}

/* ---- what, and how much ---- */

void elute_give_amount(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *origin, const char *species,
                       double amount) {
  if (elute_on_surface(delivery))
    bathe(b, delivery, origin, species, amount);
  else if (elute_into_blood(delivery))
    elute_give_into_blood(b, delivery, species, amount);
  else
    give_dose(b, delivery, origin, species, amount);
}

bool elute_read_dose(EluteBuilder *b, const EluteDelivery *delivery, const EluteNode *dose, double molar_mass,
                     double *amount) {
  const bool by_concentration = EluteNodeChild(delivery->node, "concentration") != NULL;

  if (!EluteNumberRead(dose, by_concentration ? "mol/m3" : "mol", molar_mass, &b->model->scope, amount, b->d))
    return false;
  if (by_concentration && !elute_on_surface(delivery)) *amount *= delivery->volume;
  return true;
}

/* A drug, or a carrier by itself. */
static void give_alone(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *what, const EluteNode *dose) {
  const EluteNode *one = dose->kind == ELUTE_SCALAR ? dose : EluteNodeChild(dose, what->key);
  double amount;

  for (const EluteNode *child = elute_first(dose, ELUTE_MAPPING); child; child = child->next)
    if (child != one)
      EluteError(b->d, child, "found a dose of '%s'; expected one of '%s' alone", child->key, what->key);
  if (one && elute_read_dose(b, delivery, one, elute_molar_mass(b, what), &amount))
    elute_give_amount(b, delivery, one, what->key, amount);
}

static const EluteNode *find_given(EluteBuilder *b, const EluteNode *reference, bool *carrier) {
  const EluteNode *carriers = EluteNodeChild(b->model->tree, "carriers"),
                  *drugs = EluteNodeChild(b->model->tree, "drugs");
  const EluteNode *found = EluteNodeChild(carriers, reference->text);
  const char *names[128], *nearest;
  int n = 0;

  *carrier = found != NULL;
  if (!found) found = EluteNodeChild(drugs, reference->text);
  if (found) return found;
  for (const EluteNode *one = elute_first(carriers, ELUTE_MAPPING); one && n < 128; one = one->next)
    names[n++] = one->key;
  for (const EluteNode *one = elute_first(drugs, ELUTE_MAPPING); one && n < 128; one = one->next) names[n++] = one->key;
  nearest = EluteNearest(reference->text, n, names);
  EluteError(b->d, reference, "there is no carrier or drug '%.100s'%s%s%s", reference->text,
             nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  return NULL;
}

/* The dose, or the concentration that with a volume makes it. NULL (reported): neither. */
static const EluteNode *find_dose(EluteBuilder *b, EluteDelivery *delivery) {
  static const char *const of_surfaces[] = {"surface", "coefficient", NULL};
  static const char *const of_arteries[] = {"territory", "flow", "extraction", NULL};
  const EluteNode *node = delivery->node, *dose = EluteNodeChild(node, "dose"),
                  *concentration = EluteNodeChild(node, "concentration");

  if (!elute_quantity(b, node, "lost_along_track", "1", 0.0, 0.0, &delivery->lost) ||
      !elute_quantity(b, node, "volume", "m3", 0.0, 0.0, &delivery->volume))
    return NULL;
  if (elute_on_surface(delivery)) return check_surface(b, delivery) ? concentration : NULL;
  if (elute_into_blood(delivery) && !elute_check_blood(b, delivery)) return NULL;
  if (!elute_into_blood(delivery))
    elute_misplaced(b, node, of_arteries, "found with another route; expected 'route: intra_arterial' for it");
  if (!elute_read_infusion(b, delivery)) return NULL;
  elute_misplaced(b, node, of_surfaces,
                  "found with a route through tissue; expected 'route: bath' or 'topical' for it");
  if (dose && concentration) EluteError(b->d, concentration, "found beside 'dose'; expected one of them");
  if (!dose && !concentration)
    EluteError(b->d, node, "the key 'dose' is missing (or 'concentration', with 'volume'); expected how much");
  if (concentration && !dose && !(delivery->volume > 0.0))
    EluteError(b->d, node, "the key 'volume' is missing; expected it beside 'concentration'");
  if (concentration && (dose || !(delivery->volume > 0.0))) return NULL;
  return dose ? dose : concentration;
}

/* Routes that this file knows; of others the schema, or another file, has its say. */
static bool is_route(const char *route) {
  static const char *const routes[] = {"depot",       "deposits",       "peritumoural", "infusion",
                                       "intravenous", "intra_arterial", "bath",         "topical"};

  for (size_t i = 0; route && i < sizeof routes / sizeof routes[0]; i++)
    if (strcmp(route, routes[i]) == 0) return true;
  return false;
}

static void check_age_classes(EluteBuilder *b, const EluteDelivery *delivery, const EluteNode *carrier) {
  const EluteNode *key = EluteNodeChild(delivery->node, "age_classes");

  if (key && !(delivery->duration > 0.0))
    EluteError(b->d, key, "found without 'duration'; what is given at once is of one age");
  else if (key && !(carrier && elute_gives_by_age(b, carrier)))
    EluteError(b->d, key, "found, but nothing that is given here leaves a carrier by its age");
}

void elute_expand_delivery(EluteBuilder *b, EluteNode *domain) {
  for (const EluteNode *node = elute_first(domain, ELUTE_MAPPING); node; node = node->next) {
    const EluteNode *reference = EluteNodeChild(node, "give"), *dose, *what, *carries;
    EluteDelivery *delivery;
    bool carrier, fine;

    if (!reference || reference->kind != ELUTE_SCALAR || !is_route(elute_scalar(node, "route"))) continue;
    delivery = elute_zeroed(1, sizeof *delivery);
    delivery->node = node;
    delivery->only = -1, delivery->parts = 1;
    delivery->route = elute_scalar(node, "route");
    what = find_given(b, reference, &carrier);
    fine = read_times(b, delivery);
    dose = find_dose(b, delivery);
    if (!elute_on_surface(delivery) && !elute_into_blood(delivery) && !elute_delivery_places(b, delivery)) fine = false;
    if (fine && what && dose && elute_is_infusion(delivery)) elute_give_fluid(b, delivery);
    carries = EluteNodeChild(what, "carries");
    check_age_classes(b, delivery, carrier ? what : NULL);
    if (fine && what && dose && carrier && elute_first(carries, ELUTE_MAPPING))
      elute_give_loads(b, delivery, what, dose);
    else if (fine && what && dose)
      give_alone(b, delivery, what, dose);
    elute_delivery_clear(delivery);
    free(delivery);
  }
}
