/* heat (physics C2), into species, exchanges, sources and reactions:

     species temperature      mobile heat; k and rho c of the tissues
     perfusion                an exchange with blood, omega rho_b c_b (T_a - T), times exp(-damage) where that stops it
     metabolic heat           a source
     applicators              a source of power, times a function of the temperature, there or at a point, where it has
                              a setpoint; or an exchange with a probe
     damage                   an immobile species, quantity: dose, that grows at a rate of the temperature; cells die,
                              and release, at the same rate
     freezing                 the species latent, a store of heat that follows L times the liquid share f(T), 3 s^2 - 2
   s^3 with s the place in the freezing range: temperature -> latent at L f(T)/tau, latent -> temperature at latent/tau
   Boundary conditions stand under boundaries, by the name temperature. */
#include "agents.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER(x) (elute_number_text(x).text)
static const double gas_constant = 8.314462618; /* J/(mol K) */

typedef struct Heat {
  const EluteNode *node;
  double body, blood;     /* K; rho_b c_b, J/(m3 K) */
  const EluteNode *stops; /* the damage that stops perfusion; NULL: none */
} Heat;

static EluteNode *append_to(EluteBuilder *b, const char *section, const EluteNode *origin) {
  EluteNode *list = EluteNodeEnsure(b->root, section, ELUTE_SEQUENCE);

  return list ? elute_append_mapping(list, NULL, origin) : NULL;
}

static void append_copy(EluteNode *to, const EluteNode *child, const char *key) {
  EluteNode *copy = EluteNodeCopy(child);

  free(copy->key);
  copy->key = elute_text_copy(key);
  EluteNodeAppend(to, copy);
}

/* {field: temperature, formula: …} */
static EluteNode *of_field(EluteNode *parent, const char *key, const EluteNode *origin, const char *field,
                           char *formula, const char *unit) {
  EluteNode *node = elute_append_mapping(parent, key, origin);

  EluteNodeSet(node, "field", "%s", field);
  EluteNodeSet(node, "formula", "%s", formula)->quoted = true;
  EluteNodeSet(node, "unit", "%s", unit);
  free(formula);
  return node;
}

static void set_range(EluteNode *node, double from, double to, const char *unit) {
  EluteNode *list = EluteNodeNew(ELUTE_SEQUENCE, "range", NULL);

  elute_append_number(list, from, unit);
  elute_append_number(list, to, unit);
  EluteNodeAppend(node, list);
}

/* What a property of the tissues is by tissue, under the key of `parent`; without one in a tissue, `missing` (NULL: it
   is left out). False: no tissue has it. */
static bool by_tissue(EluteBuilder *b, EluteNode *parent, const char *key, const char *property, const char *missing) {
  const EluteNode *tissues = EluteNodeChild(b->model->tree, "tissues");
  EluteNode *value = elute_append_mapping(parent, key, parent), *map = elute_append_mapping(value, "tissue", parent);
  bool any = false;

  for (const EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t; t = t->next) {
    const EluteNode *own = EluteNodeChild(t, property);

    any = any || own;
    if (own)
      append_copy(map, own, t->key);
    else if (missing)
      EluteNodeSet(map, t->key, "%s", missing);
  }
  if (!map->n_children && missing) EluteNodeSet(map, "default", "%s", missing); /* no tissues are given */
  return any;
}

static void expand_temperature(EluteBuilder *b, const Heat *heat) {
  EluteNode *species = elute_new_species(b, "temperature", heat->node);

  if (!species) return;
  EluteNodeSet(species, "quantity", "heat");
  EluteNodeSet(species, "reference_temperature", "%s K", NUMBER(heat->body));
  by_tissue(b, species, "thermal_conductivity", "thermal_conductivity", "0.5 W/(m K)");
  by_tissue(b, species, "heat_capacity", "heat_capacity", "3.78e6 J/(m3 K)");
}

static void expand_perfusion(EluteBuilder *b, const Heat *heat) {
  const EluteNode *tissues = EluteNodeChild(b->model->tree, "tissues");
  EluteNode *exchange = NULL, *map = NULL, *node;

  for (const EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t; t = t->next) {
    double omega;

    if (!elute_quantity(b, t, "perfusion", "1/s", 0.0, 0.0, &omega) || omega <= 0.0) continue;
    if (!exchange) {
      if (!(exchange = append_to(b, "exchanges", heat->node))) return;
      EluteNodeSet(exchange, "species", "temperature");
      EluteNodeSet(exchange, "with", "blood");
      EluteNodeSet(exchange, "model", "linear");
      map = elute_append_mapping(elute_append_mapping(exchange, "rate", t), "tissue", t);
      EluteNodeSet(exchange, "outside", "%s K", NUMBER(heat->body));
    }
    EluteNodeSet(map, t->key, "%s W/(m3 K)", NUMBER(omega * heat->blood));
  }
  if (!exchange || !heat->stops) return;
  node = of_field(exchange, "modulated_by", heat->stops, heat->stops->key,
                  elute_text_format("exp(-%s)", heat->stops->key), "1");
  set_range(node, 0.0, 40.0, "");
}

static void expand_metabolism(EluteBuilder *b, const Heat *heat) {
  EluteNode *source = append_to(b, "sources", heat->node);

  if (!source) return;
  EluteNodeSet(source, "name", "metabolism");
  EluteNodeSet(source, "species", "temperature");
  if (!by_tissue(b, source, "density", "metabolic_heat", NULL)) EluteNodeFree(source);
}

/* A probe of a temperature: an exchange from `from` to `to`. */
static void expand_probe(EluteBuilder *b, const EluteNode *applicator) {
  static const char *const of_power[] = {"where", "setpoint", NULL};
  EluteNode *exchange = append_to(b, "exchanges", applicator), *table, *times, *rates;
  double begin = b->model->time.begin, from, to, contact;

  elute_misplaced(b, applicator, of_power, "found with a temperature, which acts in the tissues of only_in");
  if (!EluteNodeChild(applicator, "contact") || !EluteNodeChild(applicator, "only_in"))
    EluteError(b->d, applicator,
               "expected 'contact' and 'only_in' with a temperature: how well, and which tissues, it touches");
  if (!exchange || !elute_quantity(b, applicator, "from", "s", 0.0, begin, &from) ||
      !elute_quantity(b, applicator, "to", "s", 0.0, INFINITY, &to) ||
      !elute_quantity(b, applicator, "contact", "W/(m3 K)", 0.0, 0.0, &contact))
    return;
  if (!(from < to)) {
    EluteError(b->d, applicator, "found an end at %g s, not after the beginning at %g s", to, from);
    to = INFINITY;
  }
  EluteNodeSet(exchange, "name", "%s", applicator->key);
  EluteNodeSet(exchange, "species", "temperature");
  EluteNodeSet(exchange, "model", "linear");
  append_copy(exchange, EluteNodeChild(applicator, "temperature"), "outside");
  elute_copy_key(exchange, applicator, "only_in");
  table = elute_append_mapping(elute_append_mapping(exchange, "rate", applicator), "table", applicator);
  times = EluteNodeNew(ELUTE_SEQUENCE, "time", NULL), rates = EluteNodeNew(ELUTE_SEQUENCE, "value", NULL);
  if (from > begin) elute_append_number(times, begin, "s"), elute_append_number(rates, 0.0, "W/(m3 K)");
  elute_append_number(times, from, "s"), elute_append_number(rates, contact, "W/(m3 K)");
  if (isfinite(to)) elute_append_number(times, to, "s"), elute_append_number(rates, 0.0, "W/(m3 K)");
  EluteNodeAppend(table, times), EluteNodeAppend(table, rates);
  EluteNodeSet(table, "interpolation", "previous");
}

/* Does it cool? Its power begins with a minus. */
static bool cools(const EluteNode *power) {
  const EluteNode *formula = EluteNodeChild(power, "formula");
  const char *text = power->kind == ELUTE_SCALAR ? power->text : formula ? formula->text : "";

  return text[strspn(text, " ")] == '-';
}

static void expand_setpoint(EluteBuilder *b, const EluteNode *setpoint, bool cooling, EluteNode *source) {
  EluteNode *function;
  double set, band;
  char *formula;

  if (!elute_quantity(b, setpoint, "temperature", "K", 0.0, 0.0, &set) ||
      !elute_quantity(b, setpoint, "band", "K", 0.0, 0.5, &band))
    return;
  formula = cooling ? elute_text_format("min(1, max(0, (temperature - %s)/%s))", NUMBER(set), NUMBER(band))
                    : elute_text_format("min(1, max(0, (%s - temperature)/%s))", NUMBER(set), NUMBER(band));
  function = of_field(source, "modulated_by", setpoint, "temperature", formula, "1");
  /* both corners between intervals, whose number is a power of two */
  if (cooling)
    set_range(function, set - band, set + 3 * band, "K");
  else
    set_range(function, set - 3 * band, set + band, "K");
  elute_copy_key(function, setpoint, "at");
}

static void expand_applicator(EluteBuilder *b, const EluteNode *applicator) {
  static const char *const forms[] = {"power", "density", "temperature"}, *const of_probe[] = {"contact", NULL};
  static const char *const kept[] = {"where", "from", "to", "only_in"};
  const EluteNode *form = NULL, *setpoint = EluteNodeChild(applicator, "setpoint");
  EluteNode *source;

  for (int i = 0; i < 3; i++) {
    const EluteNode *child = EluteNodeChild(applicator, forms[i]);

    if (child && form)
      EluteError(b->d, child, "found beside '%s'; expected one of power, density and temperature", form->key);
    if (child && !form) form = child;
  }
  if (!form) {
    EluteError(b->d, applicator, "expected one of power (in total), density (per volume) and temperature (of a probe)");
    return;
  }
  if (strcmp(form->key, "temperature") == 0) {
    expand_probe(b, applicator);
    return;
  }
  elute_misplaced(b, applicator, of_probe, "found without a temperature, whose contact it is");
  if (!(source = append_to(b, "sources", applicator))) return;
  EluteNodeSet(source, "name", "%s", applicator->key);
  EluteNodeSet(source, "species", "temperature");
  append_copy(source, form, strcmp(form->key, "power") == 0 ? "rate" : "density");
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) elute_copy_key(source, applicator, kept[i]);
  if (setpoint) expand_setpoint(b, setpoint, cools(form), source);
}

/* Rate of the damage under the key of `parent`, times `share`, whose unit is per `of`: a function of the temperature.
 */
static void damage_rate(EluteBuilder *b, const EluteNode *damage, EluteNode *parent, double share, const char *unit) {
  const char *law = elute_scalar(damage, "law");
  double first = 0.0, second = 0.0, third = 0.0;
  EluteNode *function;

  if (strcmp(law, "arrhenius") == 0) {
    elute_quantity(b, damage, "frequency", "1/s", 0.0, 0.0, &first);
    elute_quantity(b, damage, "activation_energy", "J/mol", 0.0, 0.0, &second);
    of_field(parent, "rate", damage, "temperature",
             elute_text_format("%s*exp(-%s/temperature)", NUMBER(share * first), NUMBER(second / gas_constant)), unit);
  } else if (strcmp(law, "cold") == 0) {
    elute_quantity(b, damage, "partial", "K", 0.0, 1.0, &first);
    elute_quantity(b, damage, "complete", "K", 0.0, 0.0, &second);
    elute_quantity(b, damage, "rate", "1/s", 0.0, 0.0, &third);
    if (!(second < first)) {
      EluteError(b->d, damage, "found 'complete' at %g K, not below 'partial' at %g K", second, first);
      second = first - 1.0; /* a rate, so that the reaction is not found wrong too */
    }
    function = of_field(parent, "rate", damage, "temperature",
                        elute_text_format("%s*min(1, max(0, (%s - temperature)/%s))", NUMBER(share * third),
                                          NUMBER(first), NUMBER(first - second)),
                        unit);
    set_range(function, second - 2 * (first - second), first + (first - second), "K");
  } else { /* minutes; the corner at the breakpoint lies between intervals */
    elute_quantity(b, damage, "breakpoint", "K", 0.0, 316.15, &first);
    elute_quantity(b, damage, "r_above", "1", 0.0, 1.0, &second);
    elute_quantity(b, damage, "r_below", "1", 0.0, 1.0, &third);
    function = of_field(parent, "rate", damage, "temperature",
                        elute_text_format("%s*(temperature > %s ? %s : %s)^(%s - temperature)", NUMBER(share),
                                          NUMBER(first), NUMBER(second), NUMBER(third), NUMBER(first)),
                        unit);
    set_range(function, first - 20.0, first + 60.0, "K");
  }
}

/* The cells die, and what they release appears, as the damage grows. */
static void expand_kills(EluteBuilder *b, const EluteNode *damage) {
  const EluteNode *kills = EluteNodeChild(damage, "kills");

  for (const EluteNode *cells = elute_first(kills, ELUTE_MAPPING); cells; cells = cells->next) {
    EluteNode *reaction = append_to(b, "reactions", cells);

    if (!reaction) return;
    EluteNodeSet(reaction, "name", "%s_kills_%s", damage->key, cells->key);
    EluteNodeSet(reaction, "equation", "%s -> ", cells->key)->quoted = true;
    damage_rate(b, damage, reaction, 1.0, "1/s");
    for (const EluteNode *what = elute_first(cells, ELUTE_MAPPING); what; what = what->next) {
      double amount;

      if (!elute_quantity(b, cells, what->key, "mol", 0.0, 0.0, &amount)) continue;
      reaction = append_to(b, "reactions", what);
      EluteNodeSet(reaction, "name", "%s_of_%s_by_%s", what->key, cells->key, damage->key);
      EluteNodeSet(reaction, "equation", " -> %s", what->key)->quoted = true;
      EluteNodeSet(reaction, "catalyst", "%s", cells->key);
      damage_rate(b, damage, reaction, amount, "mol/s");
    }
  }
}

/* The constants of the damage's law, all of them and no others. False (reported): one is missing. */
static bool has_constants(EluteBuilder *b, const EluteNode *damage, const char *law) {
  static const struct {
    const char *law, *found, *keys[4];
  } laws[] = {{"arrhenius", "found with another law than arrhenius", {"frequency", "activation_energy", NULL}},
              {"cem43", "found with another law than cem43", {"breakpoint", "r_above", "r_below", NULL}},
              {"cold", "found with another law than cold", {"partial", "complete", "rate", NULL}}};
  bool fine = true;

  for (int i = 0; i < 3; i++) {
    if (strcmp(law, laws[i].law) != 0) elute_misplaced(b, damage, laws[i].keys, laws[i].found);
    for (const char *const *key = laws[i].keys; *key && strcmp(law, laws[i].law) == 0; key++) {
      if (EluteNodeChild(damage, *key)) continue;
      EluteError(b->d, damage,
                 "the key '%s' is missing; expected the constants of law: %s, or from: an entry of the catalogue", *key,
                 law);
      fine = false;
    }
  }
  return fine;
}

static void expand_damage(EluteBuilder *b, const EluteNode *damage) {
  static const char *const of_share[] = {"kills", NULL};
  const char *law = elute_scalar(damage, "law");
  EluteNode *species, *reaction;
  bool fine;

  if (!law) return; /* the schema has said so */
  fine = has_constants(b, damage, law);
  if (strcmp(law, "cem43") == 0)
    elute_misplaced(b, damage, of_share,
                    "found with cem43, which counts minutes, not deaths; expected arrhenius or cold");
  if (!fine) return;
  if (!(species = elute_new_species(b, damage->key, damage)) || !(reaction = append_to(b, "reactions", damage))) return;
  EluteNodeSet(species, "mobile", "no");
  EluteNodeSet(species, "quantity", "dose");
  EluteNodeSet(reaction, "name", "%s_grows", damage->key);
  EluteNodeSet(reaction, "equation", " -> %s", damage->key)->quoted = true;
  damage_rate(b, damage, reaction, 1.0, strcmp(law, "cem43") == 0 ? "1/min" : "1/s");
  expand_kills(b, damage);
}

static void expand_freezing(EluteBuilder *b, const EluteNode *freezing) {
  EluteNode *species, *thaws, *freezes;
  double latent, from, to, tau, width;

  if (!elute_quantity(b, freezing, "latent_heat", "J/m3", 0.0, 2.5e8, &latent) ||
      !elute_quantity(b, freezing, "from", "K", 0.0, 272.15, &from) ||
      !elute_quantity(b, freezing, "to", "K", 0.0, 265.15, &to) ||
      !elute_quantity(b, freezing, "relaxation", "s", 0.0, 5.0, &tau))
    return;
  if (!(to < from)) {
    EluteError(b->d, freezing, "found freezing from %g K to %g K; expected a colder end", from, to);
    return;
  }
  width = from - to;
  if (!(species = elute_new_species(b, "latent", freezing)) || !(thaws = append_to(b, "reactions", freezing)) ||
      !(freezes = append_to(b, "reactions", freezing)))
    return;
  EluteNodeSet(species, "mobile", "no");
  EluteNodeSet(species, "quantity", "heat");
  EluteNodeSet(species, "initial", "%s J/m3", NUMBER(latent));
  EluteNodeSet(thaws, "name", "thawing");
  EluteNodeSet(thaws, "equation", "temperature -> latent")->quoted = true;
  set_range(of_field(thaws, "rate", freezing, "temperature",
                     elute_text_format("%s*min(1, max(0, (temperature - %s)/%s))^2*(3 - 2*min(1, max(0, (temperature - "
                                       "%s)/%s)))",
                                       NUMBER(latent / tau), NUMBER(to), NUMBER(width), NUMBER(to), NUMBER(width)),
                     "W/m3"),
            to - width, from + 2 * width, "K");
  EluteNodeSet(freezes, "name", "freezing");
  EluteNodeSet(freezes, "equation", "latent -> temperature")->quoted = true;
  EluteNodeSet(freezes, "rate", "%s 1/s", NUMBER(1 / tau));
}

const char *const elute_heat_of_tissue[] = {"thermal_conductivity", "heat_capacity", "perfusion", "metabolic_heat",
                                            NULL};

static void drop_tissue_keys(EluteBuilder *b, bool heat) {
  EluteNode *tissues = EluteNodeChild(b->root, "tissues");

  for (EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t; t = t->next)
    for (const char *const *key = elute_heat_of_tissue; *key; key++) {
      EluteNode *child = EluteNodeChild(t, *key);

      if (child && !heat) /* a catalogue's has been pruned */
        EluteError(b->d, child, "found without 'heat', which alone looks at it");
      if (child) EluteNodeFree(child);
    }
}

void elute_expand_heat(EluteBuilder *b) {
  const EluteNode *node = EluteNodeChild(b->model->tree, "heat"), *map, *blood = EluteNodeChild(node, "blood");
  Heat heat = {.node = node};
  double density, capacity;
  EluteNode *section = EluteNodeChild(b->root, "heat");

  drop_tissue_keys(b, node != NULL);
  if (!node) return;
  if (section) EluteNodeFree(section);
  elute_quantity(b, node, "body_temperature", "K", 0.0, 310.15, &heat.body);
  elute_quantity(b, blood, "density", "kg/m3", 0.0, 1050.0, &density);
  elute_quantity(b, blood, "heat_capacity", "J/(kg K)", 0.0, 3600.0, &capacity);
  heat.blood = density * capacity;
  map = EluteNodeChild(node, "damage");
  for (const EluteNode *one = elute_first(map, ELUTE_MAPPING); one; one = one->next) {
    const char *law = elute_scalar(one, "law");

    if (!elute_flag(one, "stops_perfusion")) continue;
    if (heat.stops || (law && strcmp(law, "cem43") == 0))
      EluteError(b->d, EluteNodeChild(one, "stops_perfusion"),
                 "found %s; expected it of one damage by arrhenius or cold",
                 heat.stops ? "of a second damage" : "with cem43");
    heat.stops = one;
  }
  expand_temperature(b, &heat);
  expand_perfusion(b, &heat);
  expand_metabolism(b, &heat);
  for (const EluteNode *one = elute_first(map, ELUTE_MAPPING); one; one = one->next) expand_damage(b, one);
  map = EluteNodeChild(node, "applicators");
  for (const EluteNode *one = elute_first(map, ELUTE_MAPPING); one; one = one->next) expand_applicator(b, one);
  if (EluteNodeChild(node, "freezing")) expand_freezing(b, EluteNodeChild(node, "freezing"));
}
