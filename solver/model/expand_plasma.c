/* Doses given into a vein become curves of concentration in plasma (physics B3): a body of one or two compartments, or
   the measured response to a dose, answers to each dose in proportion; the answers add up. Nothing that the tissue
   takes is missed in plasma: the curve is given. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void elute_add_plasma_dose(EluteBuilder *b, const EluteNode *node, const char *species, double amount, double start,
                           double duration) {
  b->doses = elute_grow(b->doses, b->n_doses, sizeof *b->doses);
  b->doses[b->n_doses++] = (EluteDose){
      .node = node, .species = elute_text_copy(species), .amount = amount, .start = start, .duration = duration};
}

void elute_clear_plasma_doses(EluteBuilder *b) {
  for (int i = 0; i < b->n_doses; i++) free(b->doses[i].species);
  free(b->doses);
  b->doses = NULL;
  b->n_doses = 0;
}

/* The first dose of a species; NULL: none. */
static const EluteDose *first_dose(const EluteBuilder *b, const char *species) {
  for (int i = 0; i < b->n_doses; i++)
    if (strcmp(b->doses[i].species, species) == 0) return &b->doses[i];
  return NULL;
}

/* A delivery that cannot be read has been reported by itself. */
static bool any_intravenous(const EluteBuilder *b) {
  const EluteNode *delivery = EluteNodeChild(b->model->tree, "delivery");

  for (const EluteNode *node = elute_first(delivery, ELUTE_MAPPING); node; node = node->next) {
    const char *route = elute_scalar(node, "route");

    if (route && strcmp(route, "intravenous") == 0) return true;
  }
  return false;
}

static EluteNode *append_list(EluteNode *curve, const char *key) {
  EluteNode *list = EluteNodeNew(ELUTE_SEQUENCE, key, NULL);

  EluteNodeAppend(curve, list);
  return list;
}

/* When each dose of the species is given, and its share of what the amplitudes belong to. */
static void append_doses(const EluteBuilder *b, EluteNode *curve, const char *species, double reference) {
  EluteNode *start = append_list(curve, "start"), *duration = append_list(curve, "duration"),
            *share = append_list(curve, "share");

  for (int i = 0; i < b->n_doses; i++) {
    const EluteDose *dose = &b->doses[i];

    if (strcmp(dose->species, species) != 0) continue;
    elute_append_number(start, dose->start, "s");
    elute_append_number(duration, dose->duration, "s");
    elute_append_number(share, dose->amount / reference, "");
  }
}

/* dA1/dt = -(CL/V1 + Q/V1) A1 + Q/V2 A2, dA2/dt = Q/V1 A1 - Q/V2 A2: after one dose D the concentration A1/V1 is
   D/V1 [(alpha - k21) exp(-alpha t) + (k21 - beta) exp(-beta t)]/(alpha - beta). n: 1 without a second compartment. */
static int two_compartments(double clearance, double volume, double flow, double peripheral, double amplitude[2],
                            double rate[2]) {
  const double k10 = clearance / volume, k12 = flow / volume, k21 = flow > 0.0 ? flow / peripheral : 0.0;
  const double sum = k10 + k12 + k21;
  /* alpha - beta, as a sum of what cannot cancel */
  const double apart = sqrt((k10 - k21) * (k10 - k21) + k12 * (k12 + 2.0 * (k10 + k21)));

  amplitude[0] = 1.0 / volume;
  rate[0] = k10;
  if (!(flow > 0.0)) return 1;
  rate[0] = 0.5 * (sum + apart);
  rate[1] = k10 * k21 / rate[0];
  amplitude[0] = (rate[0] - k21) / apart / volume;
  amplitude[1] = (k21 - rate[1]) / apart / volume;
  return 2;
}

static void expand_compartments(EluteBuilder *b, EluteNode *node, const EluteNode *body) {
  const EluteDose *first = first_dose(b, node->key);
  const EluteNode *flow_node = EluteNodeChild(body, "exchange");
  double clearance, volume, flow, peripheral, amplitude[2], rate[2];
  EluteNode *curve, *list;
  int n;

  if (EluteNodeChild(node, "dose"))
    EluteError(b->d, EluteNodeChild(node, "dose"), "found beside 'two_compartment', which answers to any dose");
  if (!first && !any_intravenous(b))
    EluteError(b->d, node, "found without a dose; expected a delivery of '%s' with route: intravenous", node->key);
  if ((flow_node != NULL) != (EluteNodeChild(body, "peripheral_volume") != NULL))
    EluteError(b->d, body, "expected 'exchange' and 'peripheral_volume' together, or neither (one compartment)");
  if (!elute_quantity(b, body, "clearance", "m3/s", 0.0, 0.0, &clearance) ||
      !elute_quantity(b, body, "volume", "m3", 0.0, 0.0, &volume) ||
      !elute_quantity(b, body, "exchange", "m3/s", 0.0, 0.0, &flow) ||
      !elute_quantity(b, body, "peripheral_volume", "m3", 0.0, 0.0, &peripheral) || !first || !(volume > 0.0) ||
      (flow_node && !(peripheral > 0.0)))
    return;
  n = two_compartments(clearance, volume, flow, peripheral, amplitude, rate);
  curve = EluteNodeNew(ELUTE_MAPPING, "multi_exponential", NULL);
  list = append_list(curve, "amplitudes");
  for (int i = 0; i < n; i++) elute_append_number(list, first->amount * amplitude[i], "mol/m3");
  list = append_list(curve, "rates");
  for (int i = 0; i < n; i++) elute_append_number(list, rate[i], "1/s");
  append_doses(b, curve, node->key, first->amount);
  EluteNodeFree(EluteNodeChild(node, "two_compartment"));
  EluteNodeAppend(node, curve);
}

static void expand_response(EluteBuilder *b, EluteNode *node, EluteNode *curve) {
  static const char *const when[] = {"start", "duration", "share", NULL};
  EluteNode *dose = EluteNodeChild(node, "dose");
  const EluteDose *first = first_dose(b, node->key);
  double reference = 0.0;

  if (dose && !first && !any_intravenous(b))
    EluteError(b->d, dose, "found without a delivery of '%s' with route: intravenous, which it would scale", node->key);
  else if (first && !dose)
    EluteError(b->d, node, "the key 'dose' is missing; expected what the amplitudes belong to, for '%s' is given",
               first->node->key);
  if (!first || !dose) return;
  elute_misplaced(b, curve, when, "found beside doses that are given; expected these to say when and how much");
  if (!elute_quantity(b, node, "dose", "mol", elute_molar_mass(b, EluteNodeChild(EluteNodeChild(b->root, "species"), node->key)), 0.0, &reference) || !(reference > 0.0))
    return;
  append_doses(b, curve, node->key, reference);
  EluteNodeFree(dose);
}

void elute_expand_plasma(EluteBuilder *b) {
  EluteNode *plasma = EluteNodeChild(b->root, "plasma");

  for (EluteNode *node = elute_first(plasma, ELUTE_MAPPING); node; node = node->next) {
    const EluteNode *body = EluteNodeChild(node, "two_compartment");
    EluteNode *curve = EluteNodeChild(node, "multi_exponential");
    const EluteDose *first = first_dose(b, node->key);

    if (body && curve)
      EluteError(b->d, body, "found beside 'multi_exponential'; expected one of them");
    else if (body)
      expand_compartments(b, node, body);
    else if (curve)
      expand_response(b, node, curve);
    else if (EluteNodeChild(node, "dose"))
      EluteError(b->d, node, "expected 'two_compartment', or 'multi_exponential' with 'dose'");
    else if (first)
      EluteError(b->d, node,
                 "found a given concentration, but '%s' gives '%s' into a vein; expected two_compartment or "
                 "multi_exponential with a dose",
                 first->node->key, node->key);
  }
  for (int i = 0; i < b->n_doses; i++)
    if (!EluteNodeChild(plasma, b->doses[i].species))
      EluteError(b->d, b->doses[i].node, "there is no 'plasma: {%s: …}'; expected what the body makes of the dose",
                 b->doses[i].species);
}
