/* Keys that have no meaning beside others: defaults and a catalogue's go silently, what the user wrote is an error. */
#include "internal.h"
#include "release.h"

#include <string.h>

static bool is_default(const EluteNode *node) {
  return node->line < 1 && node->provenance && strcmp(node->provenance, "default") == 0;
}

static void prune_species(EluteNode *species, EluteDiagnostics *d) {
  static const char *const keys[] = {"diffusivity",          "radius",       "availability", "sorption_factor", "partition",
                                     "convective_hindrance", "permeability", "reflection",   "in"};

  const char *quantity = elute_scalar(species, "quantity");
  const bool mobile = !EluteNodeChild(species, "mobile") || elute_flag(species, "mobile");

  if (mobile && !(quantity && strcmp(quantity, "heat") == 0)) return;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    EluteNode *child = EluteNodeChild(species, keys[i]);

    if (child && is_default(child))
      EluteNodeFree(child);
    else if (child)
      EluteError(d, child, mobile ? "found for heat, which has a thermal_conductivity and a heat_capacity instead"
                                  : "found for an immobile species, which does not move");
  }
}

/* A catalogue's pressure of interstitial fluid holds where none is solved. */
static void prune_pressure(EluteNode *root) {
  const EluteNode *tissues = EluteNodeChild(root, "tissues");
  const char *model = elute_scalar(EluteNodeChild(root, "flow"), "model");

  if (!model || strcmp(model, "darcy_starling") != 0) return;
  for (const EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t; t = t->next) {
    EluteNode *pressure = EluteNodeChild(t, "interstitial_pressure");

    if (pressure && pressure->provenance) EluteNodeFree(pressure);
  }
}

/* A catalogue's numbers of heat hold where it is solved for. */
static void prune_heat(EluteNode *root) {
  const EluteNode *tissues = EluteNodeChild(root, "tissues");

  if (EluteNodeChild(root, "heat")) return;
  for (const EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t; t = t->next)
    for (const char *const *key = elute_heat_of_tissue; *key; key++) {
      EluteNode *child = EluteNodeChild(t, *key);

      if (child && child->provenance) EluteNodeFree(child);
    }
}

/* A catalogue's drug binds the receptors that the case has. */
static void prune_bindings(EluteNode *root) {
  for (const EluteNode *drug = elute_first(EluteNodeChild(root, "drugs"), ELUTE_MAPPING); drug; drug = drug->next)
    for (EluteNode *one = elute_first(EluteNodeChild(drug, "binds"), ELUTE_MAPPING), *next; one; one = next) {
      bool written = false;

      next = one->next;
      for (const EluteNode *child = one->first; child; child = child->next) written = written || !child->provenance;
      if (!written && !EluteNodeChild(EluteNodeChild(root, "receptors"), one->key)) EluteNodeFree(one);
    }
}

void elute_prune(EluteNode *root, EluteDiagnostics *d) {
  EluteNode *map = EluteNodeChild(root, "species");

  prune_pressure(root);
  prune_heat(root);
  prune_bindings(root);
  for (EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) prune_species(node, d);
  map = EluteNodeChild(root, "carriers");
  for (EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) {
    EluteNode *carries = EluteNodeChild(node, "carries");

    elute_prune_release(EluteNodeChild(node, "release"));
    for (EluteNode *load = elute_first(carries, ELUTE_MAPPING); load; load = load->next)
      elute_prune_release(EluteNodeChild(load, "release"));
  }
}
