/* species: what there is, mobile ones first. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static bool has_reserved_name(EluteBuilder *b, const EluteNode *node) {
  if (strcmp(node->key, "all") != 0 && strcmp(node->key, "periodic") != 0) return false;
  EluteError(b->d, node, "'%s' has a meaning of its own; expected another name for a species", node->key);
  return true;
}

static EluteValue *property(EluteBuilder *b, const EluteNode *node, const char *key, const char *dimension,
                            double fallback) {
  const EluteNode *child = EluteNodeChild(node, key);
  EluteValue *value = child ? elute_property(b, child, dimension) : NULL;

  return value ? value : EluteValueConstant(fallback);
}

static void read_initial(EluteBuilder *b, EluteSpecies *s) {
  const EluteNode *initial = EluteNodeChild(s->node, "initial"), *as = EluteNodeChild(s->node, "initial_as");
  const char *text = elute_scalar(s->node, "initial_as");

  if (elute_is_temperature(s))
    s->initial = initial ? elute_concentration_value(b, initial, s) : NULL;
  else
    s->initial = initial ? elute_amount_value(b, initial, elute_concentration_unit(s), s->molar_mass) : NULL;
  if (!s->initial) s->initial = EluteValueConstant(0.0);
  s->initial_as_tissue = text && strcmp(text, "tissue") == 0;
  if (as && !s->mobile)
    EluteError(b->d, as, "found for an immobile species, which is always counted per volume of tissue");
}

static EluteQuantity quantity_of(const EluteNode *node) {
  const char *text = elute_scalar(node, "quantity");

  for (int q = ELUTE_AMOUNT; text && q <= ELUTE_DOSE; q++)
    if (strcmp(elute_quantities[q].name, text) == 0) return (EluteQuantity)q;
  return ELUTE_AMOUNT;
}

/* Heat that diffuses: k and rho c in the place of D and R (model.h). */
static void read_heat(EluteBuilder *b, const EluteNode *node, EluteSpecies *s) {
  static const char *const needed[] = {"thermal_conductivity", "heat_capacity"};

  for (int i = 0; i < 2; i++)
    if (!EluteNodeChild(node, needed[i]))
      EluteError(b->d, node, "the key '%s' is missing; heat that is mobile needs it", needed[i]);
  s->diffusivity = property(b, node, "thermal_conductivity", "W/(m K)", 0.0);
  s->sorption_factor = property(b, node, "heat_capacity", "J/(m3 K)", 1.0);
  s->availability = EluteValueConstant(1.0);
  s->partition = EluteValueConstant(1.0);
  s->convective_hindrance = EluteValueConstant(1.0);
  elute_quantity(b, node, "reference_temperature", "K", 0.0, 310.15, &s->reference);
}

static void read_species(EluteBuilder *b, const EluteNode *node, EluteSpecies *s, bool mobile) {
  static const char *const of_heat[] = {"thermal_conductivity", "heat_capacity", "reference_temperature", NULL};

  s->name = elute_text_copy(node->key);
  s->label = elute_text_copy(node->key);
  s->node = node;
  s->mobile = mobile;
  s->quantity = quantity_of(node);
  elute_quantity(b, node, "molar_mass", "kg/mol", 0.0, 0.0, &s->molar_mass);
  if (s->quantity != ELUTE_AMOUNT && EluteNodeChild(node, "molar_mass"))
    EluteError(b->d, EluteNodeChild(node, "molar_mass"), "found for a species with quantity: %s, which has none",
               elute_quantities[s->quantity].name);
  if (s->quantity == ELUTE_DOSE && mobile)
    EluteError(b->d, EluteNodeChild(node, "quantity"),
               "found for a mobile species; a dose stays where it is: mobile: no");
  if (!elute_is_temperature(s))
    elute_misplaced(b, node, of_heat, "found for a species that is not mobile heat (quantity: heat)");
  if (elute_is_temperature(s)) {
    read_heat(b, node, s);
  } else if (mobile) {
    if (!EluteNodeChild(node, "diffusivity") && b->model->mesh.geometry != ELUTE_WELL_MIXED)
      EluteError(b->d, node, "the key 'diffusivity' is missing; a mobile species needs one (or say mobile: no)");
    s->diffusivity = property(b, node, "diffusivity", "m2/s", 0.0);
    s->availability = property(b, node, "availability", "1", 1.0);
    s->sorption_factor = property(b, node, "sorption_factor", "1", 1.0);
    s->partition = property(b, node, "partition", "1", 1.0);
    s->convective_hindrance = property(b, node, "convective_hindrance", "1", 1.0);
    if (EluteNodeChild(node, "permeability")) s->permeability = property(b, node, "permeability", "m/s", 0.0);
    if (EluteNodeChild(node, "reflection")) s->reflection = property(b, node, "reflection", "1", 0.0);
  }
  read_initial(b, s);
}

static bool is_mobile(const EluteNode *node) {
  return !EluteNodeChild(node, "mobile") || elute_flag(node, "mobile");
}

void elute_build_species(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *map = EluteNodeChild(b->root, "species");

  if (!map || map->kind != ELUTE_MAPPING || !map->first) {
    EluteError(b->d, map ? map : b->root, "the case has no species; expected drugs, carriers or species");
    return;
  }
  if (map->n_children > ELUTE_MAX_SPECIES)
    EluteError(b->d, map, "found %d species; at most %d are possible", map->n_children, (int)ELUTE_MAX_SPECIES);
  m->species = elute_zeroed((size_t)map->n_children, sizeof *m->species);
  for (int mobile = 1; mobile >= 0; mobile--) {
    for (const EluteNode *node = map->first; node; node = node->next) {
      if (is_mobile(node) != (mobile == 1) || m->n_species == ELUTE_MAX_SPECIES) continue;
      has_reserved_name(b, node);
      read_species(b, node, &m->species[m->n_species++], mobile == 1);
    }
    if (mobile) m->n_mobile = m->n_species;
  }
}
