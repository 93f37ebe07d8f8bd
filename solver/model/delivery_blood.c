/* Into blood: a vein, kept for the curves in plasma (expand_plasma.c), or the artery of a territory, where plasma has
   Q_drug/Q_artery (1 - E) more than elsewhere while it is given (physics A3, intra-arterial). What passes the territory
   reaches the body as a dose into a vein does. */
#include "delivery.h"

#include <stdlib.h>
#include <string.h>

static bool into_artery(const EluteDelivery *delivery) {
  return strcmp(delivery->route, "intra_arterial") == 0;
}

bool elute_into_blood(const EluteDelivery *delivery) {
  return strcmp(delivery->route, "intravenous") == 0 || into_artery(delivery);
}

static void give_to_body(EluteBuilder *b, const EluteDelivery *delivery, const char *species, double amount) {
  for (int time = 0; time < delivery->times; time++)
    if (delivery->only < 0 || time == delivery->only)
      elute_add_plasma_dose(b, delivery->node, species, amount / delivery->parts,
                            elute_delivery_period(delivery, time).start, elute_delivery_period(delivery, time).over);
}

/* One way alone: what leaves does so by the exchange that sees the rest of the body. */
static void give_to_territory(EluteBuilder *b, const EluteDelivery *delivery, const char *species, double more) {
  EluteNode *list = EluteNodeEnsure(b->root, "exchanges", ELUTE_SEQUENCE), *node, *only;

  if (!list) return;
  node = elute_append_mapping(list, NULL, delivery->node);
  EluteNodeSet(node, "species", "%s", species);
  EluteNodeSet(node, "with", "%s", delivery->node->key);
  EluteNodeSet(node, "model", "patlak");
  EluteNodeSet(node, "way", "in");
  EluteNodeAppend(node, elute_delivery_course(b, delivery, "outside", more));
  only = EluteNodeCopy(EluteNodeChild(delivery->node, "territory"));
  free(only->key);
  only->key = elute_text_copy("only_in");
  EluteNodeAppend(node, only);
}

static void give_into_artery(EluteBuilder *b, const EluteDelivery *delivery, const char *species, double amount) {
  const EluteNode *body = EluteNodeChild(EluteNodeChild(b->root, "plasma"), species);
  double flow, extraction;

  if (!elute_quantity(b, delivery->node, "flow", "m3/s", 0.0, 0.0, &flow) || !(flow > 0.0) ||
      !elute_quantity(b, delivery->node, "extraction", "1", 0.0, 0.0, &extraction))
    return;
  amount *= 1.0 - extraction;
  give_to_territory(b, delivery, species, amount / delivery->duration / flow);
  if (EluteNodeChild(body, "two_compartment") || EluteNodeChild(body, "dose"))
    give_to_body(b, delivery, species, amount);
}

bool elute_check_blood(EluteBuilder *b, const EluteDelivery *delivery) {
  static const char *const of_places[] = {"at",     "radius",    "semi_axes",        "points",
                                          "tracks", "around",    "thickness",        "lost_along_track",
                                          "rate",   "ramp",      "outside_fraction", "outside_reach",
                                          "backflow", NULL};
  static const char *const of_arteries[] = {"territory", "flow", "extraction", NULL};
  const EluteNode *node = delivery->node;
  bool fine = true;
  char text[100];

  snprintf(text, sizeof text, "found with route: %s, which has no place in the tissue", delivery->route);
  elute_misplaced(b, node, of_places, text);
  for (int i = 0; of_places[i]; i++) fine = fine && !EluteNodeChild(node, of_places[i]);
  if (!into_artery(delivery)) {
    elute_misplaced(b, node, of_arteries, "found with another route; expected 'route: intra_arterial' for it");
    return fine;
  }
  for (int i = 0; i < 2; i++) {
    if (EluteNodeChild(node, of_arteries[i])) continue;
    EluteError(b->d, node, "the key '%s' is missing; expected %s", of_arteries[i],
               i == 0 ? "the tissues that the artery feeds" : "the flow of plasma through the artery");
    fine = false;
  }
  for (const EluteNode *one = elute_first(EluteNodeChild(node, "territory"), ELUTE_SEQUENCE); one; one = one->next)
    fine = elute_find_tissue(b, one) >= 0 && fine;
  if (!(delivery->duration > 0.0)) {
    EluteError(b->d, node, "the key 'duration' is missing; what is given into an artery takes time");
    fine = false;
  }
  return fine;
}

void elute_give_into_blood(EluteBuilder *b, const EluteDelivery *delivery, const char *species, double amount) {
  if (into_artery(delivery))
    give_into_artery(b, delivery, species, amount);
  else
    give_to_body(b, delivery, species, amount);
}
