/* exchanges: with an outside that the case gives, as reactions of the generic model:

     linear  rate (outside - c) per volume of tissue
     patlak  k_in c_v - k_out c per volume of tissue and tissue, coefficients of kernels/cell/exchange.h
     lymph   G_L max(p - p_L, 0) c, out alone

   A source and a first-order loss each, the loss without phi: it is counted per volume of tissue already. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct Exchange {
  const EluteNode *node;
  int species;
  bool in, out; /* the ways it goes */
  bool in_tissue[ELUTE_MAX_TISSUES];
} Exchange;

/* One way of an exchange, if it goes that way and there is room for it; takes over name and rate. */
static void add_way(EluteBuilder *b, const Exchange *e, char *name, EluteValue *rate, bool out, EluteExchange kind,
                    int tissue) {
  EluteReactionSpec *r = (out ? e->out : e->in) ? elute_add_reaction(b, e->node) : NULL;

  if (!r) {
    free(name);
    EluteValueFree(rate);
    return;
  }
  r->name = name;
  r->rate = rate;
  r->exchange = kind;
  r->n_changes = 1;
  r->changed[0] = e->species;
  r->change[0] = out ? -1.0 : 1.0;
  r->n_factors = out ? 1 : 0;
  r->factor[0] = (EluteFactorSpec){.kind = ELUTE_LINEAR, .species = e->species};
  elute_modulate(b, r, false);
  for (int t = 0; t < b->model->n_tissues; t++) r->in_tissue[t] = tissue < 0 ? e->in_tissue[t] : t == tissue;
}

static EluteValue *read_outside(EluteBuilder *b, const Exchange *e) {
  const EluteSpecies *s = &b->model->species[e->species];

  return elute_concentration_value(b, EluteNodeChild(e->node, "outside"), s);
}

static void need(EluteBuilder *b, const EluteNode *node, const char *key, const char *model) {
  if (!EluteNodeChild(node, key))
    EluteError(b->d, node, "the key '%s' is missing; an exchange with model: %s needs it", key, model);
}

static void build_linear(EluteBuilder *b, const Exchange *e) {
  const EluteNode *rate = EluteNodeChild(e->node, "rate"), *with = EluteNodeChild(e->node, "with");
  const char *unit = elute_is_temperature(&b->model->species[e->species]) ? "W/(m3 K)" : "1/s";
  EluteValue *loss, *gain;
  char *name, *back;

  need(b, e->node, "rate", "linear");
  need(b, e->node, "outside", "linear");
  if (!rate || !EluteNodeChild(e->node, "outside")) return;
  loss = elute_amount_value(b, rate, unit, 0.0);
  gain = read_outside(b, e);
  if (loss && gain) gain = EluteValueProduct(elute_amount_value(b, rate, unit, 0.0), gain);
  name = elute_place_name(b, e->node, e->species,
                          elute_text_copy(with && with->kind == ELUTE_SCALAR ? with->text : "exchange"));
  back = elute_text_format("%s_in", name);
  if (loss && gain) {
    add_way(b, e, name, loss, true, ELUTE_EXCHANGE_NONE, -1);
    add_way(b, e, back, gain, false, ELUTE_EXCHANGE_NONE, -1);
    return;
  }
  free(name), free(back);
  EluteValueFree(loss), EluteValueFree(gain);
}

/* 0 everywhere and always, so that nothing need be stepped for it. */
static bool is_nothing(const EluteValue *value) {
  const EluteWhere nowhere = {0};
  char why[500];
  double si;

  return !value || (EluteValueIsConstant(value) && EluteValueAt(value, &nowhere, &si, why, sizeof why) && si == 0.0);
}

/* Each way has its row in the ledger, PLACE.TISSUE out and PLACE_in.TISSUE in: what went to and fro many times is not
   lost in the difference. */
static void build_in_tissue(EluteBuilder *b, const Exchange *e, const char *place, int tissue, bool lymph) {
  const char *of = b->model->tissues[tissue].name;
  EluteValue *outside = lymph ? NULL : read_outside(b, e);

  add_way(b, e, elute_text_format("%s.%s", place, of), EluteValueConstant(1.0), true,
          lymph ? ELUTE_EXCHANGE_TO_LYMPH : ELUTE_EXCHANGE_TO_VESSELS, tissue);
  if (is_nothing(outside)) {
    EluteValueFree(outside);
    return;
  }
  add_way(b, e, elute_text_format("%s_in.%s", place, of), outside, false, ELUTE_EXCHANGE_FROM_VESSELS, tissue);
}

/* Has the tissue vessels or lymph, or will a change give it some? */
static bool supplied(const EluteModel *m, int tissue, bool lymph) {
  if (!is_nothing(m->tissues[tissue].supply[lymph ? ELUTE_SUPPLY_LYMPH : ELUTE_SUPPLY_AREA])) return true;
  for (int c = 0; c < m->n_changes && !lymph; c++)
    if (m->changes[c].property == ELUTE_PROPERTY_VASCULAR_DENSITY && (m->changes[c].set || m->changes[c].follows) &&
        m->changes[c].in_tissue[tissue])
      return true;
  return !lymph && m->network.n > 0;
}

static void build_by_tissue(EluteBuilder *b, const Exchange *e, bool lymph) {
  static const char *const of_lymph[] = {"rate", "outside", NULL}, *const of_patlak[] = {"rate", NULL};
  const EluteModel *m = b->model;
  const EluteSupply supply = lymph ? ELUTE_SUPPLY_LYMPH : ELUTE_SUPPLY_AREA;
  const EluteNode *with = EluteNodeChild(e->node, "with"), *outside = EluteNodeChild(e->node, "outside");
  const char *made = with && with->kind == ELUTE_SCALAR ? with->text : lymph ? "lymph" : "plasma";
  EluteValue *tried = lymph || !outside ? NULL : read_outside(b, e);
  bool any = false;
  char *place;

  elute_misplaced(b, e->node, lymph ? of_lymph : of_patlak,
                  "found with an exchange that is worked out from the tissue; expected it with model: linear alone");
  if (lymph && EluteNodeChild(e->node, "way"))
    EluteError(b->d, EluteNodeChild(e->node, "way"), "found with lymph, which goes out alone; expected no 'way'");
  if (!m->species[e->species].mobile)
    EluteError(b->d, EluteNodeChild(e->node, "species"), "found an immobile species; expected one in the fluid");
  else if (!lymph && !m->species[e->species].permeability)
    EluteError(b->d, e->node,
               "'%s' has no permeability; an exchange with model: patlak needs it (0 m/s: carried by "
               "filtered fluid alone)",
               m->species[e->species].name);
  if (outside && !tried && !lymph) return; /* reported once, not once a tissue */
  EluteValueFree(tried);
  place = elute_place_name(b, e->node, e->species, elute_text_copy(made));
  for (int t = 0; t < m->n_tissues; t++) {
    if (!e->in_tissue[t] || !supplied(m, t, lymph)) continue;
    any = true;
    build_in_tissue(b, e, place, t, lymph);
  }
  if (!any)
    EluteWarning(b->d, e->node, "none of its tissues has a '%s': nothing is exchanged", elute_supply[supply].key);
  free(place);
}

void elute_build_exchanges(EluteBuilder *b) {
  const EluteNode *list = EluteNodeChild(b->root, "exchanges");

  for (const EluteNode *node = elute_first(list, ELUTE_SEQUENCE); node; node = node->next) {
    const char *model = elute_scalar(node, "model"), *way = elute_scalar(node, "way");
    Exchange e = {.node = node, .species = elute_find_species(b, EluteNodeChild(node, "species"))};

    e.in = !way || strcmp(way, "out") != 0;
    e.out = !way || strcmp(way, "in") != 0;
    elute_only_in(b, node, e.in_tissue);
    if (e.species < 0) continue;
    if (model && strcmp(model, "patlak") == 0)
      build_by_tissue(b, &e, false);
    else if (model && strcmp(model, "lymph") == 0)
      build_by_tissue(b, &e, true);
    else
      build_linear(b, &e);
  }
}
