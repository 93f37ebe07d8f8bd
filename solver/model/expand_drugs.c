/* drugs: a mobile species of the drug's name; degradation: "drug -> " */
#include "agents.h"

#include <stdlib.h>

void elute_expand_drug(EluteBuilder *b, const EluteNode *drug) {
  static const char *const keys[] = {"molar_mass", "in", "initial"};
  EluteNode *species = elute_new_species(b, drug->key, drug);
  const EluteNode *degradation = EluteNodeChild(drug, "degradation");

  if (!species) return;
  elute_copy_properties(species, drug);
  if (elute_lacks_entry(drug)) EluteNodeSet(species, "diffusivity", "0 m2/s");
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) elute_copy_key(species, drug, keys[i]);
  if (degradation)
    elute_new_reaction(b, degradation, elute_text_format("%s_degradation", drug->key),
                       elute_text_format("%s -> ", drug->key), EluteNodeChild(degradation, "rate"));
}

void elute_check_drug(EluteBuilder *b, const EluteNode *drug) {
  double molar_mass;

  elute_quantity(b, drug, "molar_mass", "kg/mol", 0.0, 0.0, &molar_mass);
  elute_check_transport(b, drug);
  elute_check_value(b, EluteNodeChild(drug, "initial"), "mol/m3", molar_mass);
  elute_check_value(b, EluteNodeChild(EluteNodeChild(drug, "degradation"), "rate"), "1/s", 0.0);
}
