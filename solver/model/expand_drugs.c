/* drugs:

     drug D               the mobile species D; degradation: "D -> "
     protein binding      "D <-> D.protein", or "D -> D.protein" for good
     uptake               "D -> D.inside", of cells C by them: "D + C -> D.inside + C", or saturable (El-Kareh & Secomb
   2000, physics D2); inside: "D.inside -> ", "D.inside -> D" production           "C -> C + D", or in answer to a
   species binding              expand_receptors.c */
#include "agents.h"

#include <stdlib.h>
#include <string.h>

static void add_first_order(EluteBuilder *b, const EluteNode *rate, char *name, char *equation) {
  if (rate) {
    elute_law_value(elute_new_law(b, rate, "mass_action", name, equation), "rate", EluteNodeCopy(rate));
    return;
  }
  free(name);
  free(equation);
}

static EluteNode *quantity_node(double number, const char *unit) {
  EluteNode *node = EluteNodeNew(ELUTE_SCALAR, "rate", "");

  free(node->text);
  node->text = elute_text_format("%s %s", elute_number_text(number).text, unit);
  return node;
}

static void expand_protein(EluteBuilder *b, const EluteNode *drug, const EluteNode *protein) {
  static const char *const keys[] = {"diffusivity", "availability", "convective_hindrance", "permeability"};
  const EluteNode *irreversible = EluteNodeChild(protein, "irreversible");
  const char *name = drug->key;
  char *bound = elute_text_format("%s.protein", name);
  const bool moves = EluteNodeChild(protein, "diffusivity") != NULL;
  EluteNode *species = moves ? elute_new_species(b, bound, protein) : elute_new_immobile(b, bound, protein), *law;
  double share, rate;

  if (species) elute_copy_key(species, drug, "molar_mass");
  for (size_t i = 0; species && i < sizeof keys / sizeof keys[0]; i++) elute_copy_key(species, protein, keys[i]);
  if (irreversible) {
    add_first_order(b, irreversible, elute_text_format("%s_binding", bound),
                    elute_text_format("%s -> %s", name, bound));
  } else if (elute_quantity(b, protein, "fraction_bound", "1", 0.0, 0.0, &share) &&
             elute_quantity(b, protein, "rate", "1/s", 0.0, 0.0, &rate)) {
    law = elute_new_law(b, protein, "mass_action", elute_text_format("%s_binding", bound),
                        elute_text_format("%s <-> %s", name, bound));
    elute_law_value(law, "forward", quantity_node(share * rate, "1/s"));
    elute_law_value(law, "backward", quantity_node((1.0 - share) * rate, "1/s"));
  }
  free(bound);
}

static bool is_saturable(const EluteNode *uptake) {
  const char *law = elute_scalar(uptake, "law");

  return law && strcmp(law, "saturable") == 0;
}

/* One way of saturable transport: v_max of the tissue, or of each cell. */
static void add_transport(EluteBuilder *b, const EluteNode *uptake, const char *half_key, const char *per, char *name,
                          char *equation) {
  const EluteNode *half = EluteNodeChild(uptake, half_key), *largest = EluteNodeChild(uptake, "v_max");
  const char *cells = elute_scalar(uptake, "by");
  EluteNode *law;

  if (!half || !largest) {
    free(name);
    free(equation);
    return;
  }
  law = elute_new_law(b, uptake, "michaelis_menten", name, equation);
  elute_law_value(law, cells ? "k_cat" : "v_max", EluteNodeCopy(largest));
  if (cells && law) EluteNodeSet(law, "catalyst", "%s", cells);
  elute_law_value(law, "k_m", EluteNodeCopy(half));
  if (per && law) EluteNodeSet(law, "per", "%s", per);
  if (!cells && law) EluteNodeSet(law, "as", "tissue");
}

static void expand_uptake(EluteBuilder *b, const EluteNode *drug, const EluteNode *uptake) {
  const char *name = drug->key, *cells = elute_scalar(uptake, "by");
  char *plain = elute_text_format("%s -> %s.inside", name, name);

  if (is_saturable(uptake)) {
    add_transport(b, uptake, "k_outside", NULL, elute_text_format("%s_uptake", name), plain);
    add_transport(b, uptake, "k_inside", cells, elute_text_format("%s_back_transport", name),
                  elute_text_format("%s.inside -> %s", name, name));
    return;
  }
  if (cells) {
    free(plain);
    plain = elute_text_format("%s + %s -> %s.inside + %s", name, cells, name, cells);
  }
  add_first_order(b, EluteNodeChild(uptake, "rate"), elute_text_format("%s_uptake", name), plain);
}

static void expand_inside(EluteBuilder *b, const EluteNode *drug) {
  const EluteNode *inside = EluteNodeChild(drug, "inside");
  const char *name = drug->key;
  char *held = elute_text_format("%s.inside", name);
  EluteNode *species = elute_new_immobile(b, held, drug);

  if (species) elute_copy_key(species, drug, "molar_mass");
  add_first_order(b, EluteNodeChild(inside, "degradation"), elute_text_format("%s_degradation", held),
                  elute_text_format("%s -> ", held));
  add_first_order(b, EluteNodeChild(inside, "efflux"), elute_text_format("%s_efflux", name),
                  elute_text_format("%s -> %s", held, name));
  free(held);
}

static void expand_production(EluteBuilder *b, const EluteNode *drug, const EluteNode *one) {
  const EluteNode *response = EluteNodeChild(one, "in_response_to"), *n = EluteNodeChild(one, "n"),
                  *rate = EluteNodeChild(one, "rate");
  const char *name = drug->key, *cells = one->key;
  EluteNode *law;

  if (!response) {
    add_first_order(b, rate, elute_text_format("%s_from_%s", name, cells),
                    elute_text_format("%s -> %s + %s", cells, cells, name));
    return;
  }
  law = elute_new_law(b, one, "hill", elute_text_format("%s_from_%s", name, cells), elute_text_format(" -> %s", name));
  elute_law_value(law, "k_cat", rate ? EluteNodeCopy(rate) : NULL);
  if (law) EluteNodeSet(law, "catalyst", "%s", cells);
  if (law) elute_set_reference(law, "of", response);
  elute_law_value(law, "k", elute_value_times(b, EluteNodeChild(one, "ec50"), "mol/m3", 0.0, 1.0, "mol/m3"));
  elute_law_value(law, "n", n ? EluteNodeCopy(n) : EluteNodeNew(ELUTE_SCALAR, "n", "1"));
}

void elute_expand_drug(EluteBuilder *b, const EluteNode *drug) {
  static const char *const keys[] = {"molar_mass", "in", "initial"};
  EluteNode *species = elute_new_species(b, drug->key, drug);
  const EluteNode *degradation = EluteNodeChild(drug, "degradation"),
                  *protein = EluteNodeChild(drug, "protein_binding"), *uptake = EluteNodeChild(drug, "uptake"),
                  *produced = EluteNodeChild(drug, "produced_by");
  const char *by = elute_scalar(uptake, "by"), *cells;
  const EluteNode *way;

  if (!species) return;
  elute_copy_properties(species, drug);
  if (elute_lacks_entry(drug)) EluteNodeSet(species, "diffusivity", "0 m2/s");
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) elute_copy_key(species, drug, keys[i]);
  add_first_order(b, EluteNodeChild(degradation, "rate"), elute_text_format("%s_degradation", drug->key),
                  elute_text_format("%s -> ", drug->key));
  if (protein) expand_protein(b, drug, protein);
  if (uptake && (!by || EluteNodeChild(EluteNodeChild(b->model->tree, "cells"), by))) expand_uptake(b, drug, uptake);
  if (elute_way_inside(b, drug, 0, &way, &cells)) expand_inside(b, drug);
  for (const EluteNode *one = elute_first(produced, ELUTE_MAPPING); one; one = one->next)
    if (EluteNodeChild(EluteNodeChild(b->model->tree, "cells"), one->key)) expand_production(b, drug, one);
  elute_expand_binds(b, drug->key, drug);
}

/* ---- values where they were written ---- */

static void check_protein(EluteBuilder *b, const EluteNode *protein) {
  static const char *const moving[] = {"availability", "convective_hindrance", "permeability", NULL};
  static const char *const equilibrium[] = {"fraction_bound", "rate", NULL};
  const EluteNode *share = EluteNodeChild(protein, "fraction_bound"), *rate = EluteNodeChild(protein, "rate"),
                  *irreversible = EluteNodeChild(protein, "irreversible");

  elute_check_amount(b, irreversible, "1/s", 0.0);
  if (irreversible)
    elute_misplaced(b, protein, equilibrium, "found beside 'irreversible'; expected one of them");
  else if (!share || !rate)
    EluteError(b->d, protein, "expected 'fraction_bound' and 'rate', or 'irreversible'");
  if (!EluteNodeChild(protein, "diffusivity"))
    elute_misplaced(b, protein, moving, "found without 'diffusivity', without which the bound drug does not move");
  elute_check_value(b, EluteNodeChild(protein, "diffusivity"), "m2/s", 0.0);
  elute_check_value(b, EluteNodeChild(protein, "availability"), "1", 0.0);
  elute_check_value(b, EluteNodeChild(protein, "convective_hindrance"), "1", 0.0);
  elute_check_value(b, EluteNodeChild(protein, "permeability"), "m/s", 0.0);
}

static void check_uptake(EluteBuilder *b, const EluteNode *uptake, double molar_mass) {
  static const char *const linear[] = {"rate", NULL}, *const saturable[] = {"v_max", "k_outside", "k_inside", NULL};
  const EluteNode *by = EluteNodeChild(uptake, "by");

  if (by && by->kind == ELUTE_SCALAR) elute_find_word(b, by, "cells", by->text);
  if (is_saturable(uptake)) {
    elute_misplaced(b, uptake, linear, "found with law: saturable, which takes v_max and k_outside");
    for (int i = 0; i < 2; i++)
      if (!EluteNodeChild(uptake, saturable[i]))
        EluteError(b->d, uptake, "the key '%s' is missing; law: saturable needs it", saturable[i]);
  } else {
    elute_misplaced(b, uptake, saturable, "found with law: linear, which takes rate");
    if (!EluteNodeChild(uptake, "rate")) EluteError(b->d, uptake, "the key 'rate' is missing; law: linear needs it");
  }
  elute_check_amount(b, EluteNodeChild(uptake, "rate"), by ? "m3/s" : "1/s", 0.0);
  elute_check_amount(b, EluteNodeChild(uptake, "v_max"), by ? "mol/s" : "mol/(m3 s)", molar_mass);
  elute_check_value(b, EluteNodeChild(uptake, "k_outside"), "mol/m3", molar_mass);
  elute_check_value(b, EluteNodeChild(uptake, "k_inside"), by ? "mol" : "mol/m3", molar_mass);
}

static void check_production(EluteBuilder *b, const EluteNode *one, double molar_mass) {
  static const char *const answer[] = {"ec50", "n", NULL};
  const bool answers = EluteNodeChild(one, "in_response_to") != NULL;

  elute_find_word(b, one, "cells", one->key);
  elute_check_amount(b, EluteNodeChild(one, "rate"), "mol/s", molar_mass);
  elute_check_value(b, EluteNodeChild(one, "ec50"), "mol/m3", 0.0);
  if (!answers) elute_misplaced(b, one, answer, "found without 'in_response_to'; expected what the cells answer to");
  if (answers && !EluteNodeChild(one, "ec50"))
    EluteError(b->d, one, "the key 'ec50' is missing; expected the concentration of half the answer");
}

void elute_check_drug(EluteBuilder *b, const EluteNode *drug) {
  const EluteNode *protein = EluteNodeChild(drug, "protein_binding"), *uptake = EluteNodeChild(drug, "uptake"),
                  *inside = EluteNodeChild(drug, "inside"), *produced = EluteNodeChild(drug, "produced_by");
  double molar_mass;

  elute_quantity(b, drug, "molar_mass", "kg/mol", 0.0, 0.0, &molar_mass);
  elute_check_transport(b, drug);
  elute_check_value(b, EluteNodeChild(drug, "initial"), "mol/m3", molar_mass);
  elute_check_value(b, EluteNodeChild(EluteNodeChild(drug, "degradation"), "rate"), "1/s", 0.0);
  if (protein) check_protein(b, protein);
  if (uptake) check_uptake(b, uptake, molar_mass);
  elute_check_amount(b, EluteNodeChild(inside, "degradation"), "1/s", 0.0);
  elute_check_amount(b, EluteNodeChild(inside, "efflux"), "1/s", 0.0);
  for (const EluteNode *one = elute_first(produced, ELUTE_MAPPING); one; one = one->next)
    check_production(b, one, molar_mass);
  elute_check_binds(b, drug);
}
