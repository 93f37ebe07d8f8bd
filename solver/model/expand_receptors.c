/* receptors and what binds them (physics D1):

     receptor R           the immobile species R, free sites per volume of tissue; turnover: "R -> ", " -> R" or, of
   cells C, "C -> C + R" drug D binds R       "D + R <-> D.R"; with two arms 2 k_on, and "D.R + R <-> D.R.both" with chi
   k_on, 2 k_off internalisation      "D.R -> D.inside (+ R)", "D.R.both -> D.inside (+ 2 R)" recycling "D.inside -> D
   (+ R)"

   Drugs that bind the same receptor compete because they share its species. */
#include "agents.h"

#include <stdlib.h>
#include <string.h>

const double elute_avogadro = 6.02214076e23; /* 1/mol */

double elute_sites(EluteBuilder *b, const EluteNode *receptor) {
  double sites;

  return elute_quantity(b, receptor, "sites_per_cell", "1", 0.0, 0.0, &sites) ? sites / elute_avogadro : 0.0;
}

void elute_expand_receptor(EluteBuilder *b, const EluteNode *receptor) {
  const EluteNode *density = EluteNodeChild(receptor, "density");
  const char *cells = elute_scalar(receptor, "cells"), *name = receptor->key;
  const EluteNode *population = density ? NULL : elute_word(b, "cells", cells);
  const double sites = elute_sites(b, receptor);
  EluteNode *species = elute_new_immobile(b, name, receptor), *law, *made;
  double turnover;

  if (!species) return;
  if (density)
    elute_law_value(species, "initial", EluteNodeCopy(density));
  else if (population)
    elute_law_value(species, "initial",
                    elute_value_times(b, EluteNodeChild(population, "density"), "1/m3", 0.0, sites, "mol/m3"));
  if (!elute_quantity(b, receptor, "turnover", "1/s", 0.0, 0.0, &turnover) || !(turnover > 0.0)) return;
  law = elute_new_law(b, receptor, "mass_action", elute_text_format("%s_turnover", name),
                      elute_text_format("%s -> ", name));
  elute_law_value(law, "rate", EluteNodeCopy(EluteNodeChild(receptor, "turnover")));
  if (density) {
    law = elute_new_law(b, receptor, "mass_action", elute_text_format("%s_synthesis", name),
                        elute_text_format(" -> %s", name));
    made = elute_value_times(b, density, "mol/m3", 0.0, turnover, "mol/(m3 s)");
  } else {
    law = elute_new_law(b, receptor, "mass_action", elute_text_format("%s_synthesis", name),
                        elute_text_format("%s -> %s + %s", cells, cells, name));
    made = elute_value_times(b, EluteNodeChild(receptor, "turnover"), "1/s", 0.0, sites, "mol/s");
  }
  elute_law_value(law, "rate", made);
}

/* ---- binding ---- */

static bool two_arms(const EluteNode *binding) {
  const char *valency = elute_scalar(binding, "valency");

  return valency && strcmp(valency, "2") == 0;
}

static bool receptor_returns(const EluteNode *binding) {
  const char *receptor = elute_scalar(binding, "receptor");

  return receptor && strcmp(receptor, "returned") == 0;
}

/* k_off, or k_on times K_D; arms times. */
static EluteNode *dissociation(EluteBuilder *b, const EluteNode *binding, double arms) {
  const EluteNode *k_off = EluteNodeChild(binding, "k_off");
  double k_d;

  if (k_off) return elute_value_times(b, k_off, "1/s", 0.0, arms, "1/s");
  if (!elute_quantity(b, binding, "k_d", "mol/m3", 0.0, 0.0, &k_d)) return NULL;
  return elute_value_times(b, EluteNodeChild(binding, "k_on"), "m3/(mol s)", 0.0, arms * k_d, "1/s");
}

static EluteNode *bound_species(EluteBuilder *b, const EluteNode *agent, const EluteNode *origin, const char *name) {
  EluteNode *species = elute_new_immobile(b, name, origin);

  if (species) elute_copy_key(species, agent, "molar_mass");
  return species;
}

static void expand_binding(EluteBuilder *b, const char *drug, const EluteNode *agent, const EluteNode *binding) {
  const char *receptor = binding->key;
  const bool two = two_arms(binding), returns = receptor_returns(binding);
  const EluteNode *k_on = EluteNodeChild(binding, "k_on"), *inwards = EluteNodeChild(binding, "internalisation");
  char *bound = elute_text_format("%s.%s", drug, receptor), *both = elute_text_format("%s.both", bound);
  EluteNode *law;
  double chi;

  bound_species(b, agent, binding, bound);
  law = elute_new_law(b, binding, "mass_action", elute_text_format("%s_binding", bound),
                      elute_text_format("%s + %s <-> %s", drug, receptor, bound));
  elute_law_value(law, "forward", elute_value_times(b, k_on, "m3/(mol s)", 0.0, two ? 2.0 : 1.0, "m3/(mol s)"));
  elute_law_value(law, "backward", dissociation(b, binding, 1.0));
  if (two && elute_quantity(b, binding, "chi", "1", 0.0, 1.0, &chi)) {
    bound_species(b, agent, binding, both);
    law = elute_new_law(b, binding, "mass_action", elute_text_format("%s_second_arm", bound),
                        elute_text_format("%s + %s <-> %s", bound, receptor, both));
    elute_law_value(law, "forward", elute_value_times(b, k_on, "m3/(mol s)", 0.0, chi, "m3/(mol s)"));
    elute_law_value(law, "backward", dissociation(b, binding, 2.0));
  }
  for (int arms = 1; inwards && arms <= (two ? 2 : 1); arms++) {
    const char *from = arms == 1 ? bound : both;
    char *with = !returns ? elute_text_copy("") : elute_text_format(arms == 1 ? " + %s" : " + 2 %s", receptor);

    law = elute_new_law(b, inwards, "mass_action", elute_text_format("%s_internalisation", from),
                        elute_text_format("%s -> %s.inside%s", from, drug, with));
    elute_law_value(law, "rate", EluteNodeCopy(inwards));
    free(with);
  }
  if (inwards && EluteNodeChild(binding, "recycling")) {
    law = elute_new_law(
        b, binding, "mass_action", elute_text_format("%s_recycling", bound),
        elute_text_format("%s.inside -> %s%s%s", drug, drug, returns ? "" : " + ", returns ? "" : receptor));
    elute_law_value(law, "rate", EluteNodeCopy(EluteNodeChild(binding, "recycling")));
  }
  free(bound);
  free(both);
}

void elute_expand_binds(EluteBuilder *b, const char *species, const EluteNode *agent) {
  const EluteNode *binds = EluteNodeChild(agent, "binds");

  for (const EluteNode *binding = elute_first(binds, ELUTE_MAPPING); binding; binding = binding->next)
    if (elute_word(b, "receptors", binding->key)) expand_binding(b, species, agent, binding); /* others: reported */
}

/* ---- values where they were written ---- */

static void check_recycling(EluteBuilder *b, const EluteNode *drug, const EluteNode *binding) {
  const EluteNode *recycling = EluteNodeChild(binding, "recycling"), *way;
  const char *cells;

  if (!recycling) return;
  elute_check_amount(b, recycling, "1/s", 0.0);
  if (!EluteNodeChild(binding, "internalisation"))
    EluteError(b->d, recycling, "found without 'internalisation', which takes in what would come back");
  else if (!receptor_returns(binding) && (two_arms(binding) || elute_way_inside(b, drug, 1, &way, &cells)))
    EluteError(b->d, recycling,
               "would bring one receptor back for each drug, but %s; expected 'receptor: returned' with it",
               two_arms(binding) ? "two arms may have taken two in" : "it gets inside in another way too");
}

static void check_binding(EluteBuilder *b, const EluteNode *drug, const EluteNode *binding) {
  const EluteNode *k_off = EluteNodeChild(binding, "k_off"), *k_d = EluteNodeChild(binding, "k_d"),
                  *chi = EluteNodeChild(binding, "chi");

  elute_find_word(b, binding, "receptors", binding->key);
  elute_check_amount(b, EluteNodeChild(binding, "k_on"), "m3/(mol s)", 0.0);
  elute_check_amount(b, k_off, "1/s", 0.0);
  elute_check_amount(b, EluteNodeChild(binding, "internalisation"), "1/s", 0.0);
  if (k_off && k_d) EluteError(b->d, k_d, "found beside 'k_off'; expected one of them");
  if (!k_off && !k_d) EluteError(b->d, binding, "the key 'k_off' is missing (or 'k_d'); expected how it comes off");
  if (two_arms(binding) && !chi)
    EluteError(b->d, binding, "the key 'chi' is missing; expected what multiplies k_on of the second arm");
  if (!two_arms(binding) && chi) EluteError(b->d, chi, "found without a second arm; expected it with 'valency: 2'");
  check_recycling(b, drug, binding);
}

void elute_check_binds(EluteBuilder *b, const EluteNode *agent) {
  const EluteNode *binds = EluteNodeChild(agent, "binds");

  for (const EluteNode *binding = elute_first(binds, ELUTE_MAPPING); binding; binding = binding->next)
    check_binding(b, agent, binding);
  elute_check_ways_inside(b, agent);
}

void elute_check_receptor(EluteBuilder *b, const EluteNode *receptor) {
  const EluteNode *density = EluteNodeChild(receptor, "density"), *sites = EluteNodeChild(receptor, "sites_per_cell"),
                  *cells = EluteNodeChild(receptor, "cells");

  elute_check_amount(b, density, "mol/m3", 0.0);
  if (density && sites) EluteError(b->d, sites, "found beside 'density'; expected one of them");
  if (!density && !sites)
    EluteError(b->d, receptor,
               "the key 'density' is missing (or 'sites_per_cell', with 'cells'); expected how many sites there are");
  if ((sites != NULL) != (cells != NULL))
    EluteError(b->d, sites ? sites : cells, "expected 'sites_per_cell' and 'cells' together, or neither");
  if (cells && cells->kind == ELUTE_SCALAR) elute_find_word(b, cells, "cells", cells->text);
}
