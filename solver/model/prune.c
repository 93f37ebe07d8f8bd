/* Keys that have no meaning beside others: defaults go silently, what the user wrote is an error. */
#include "internal.h"

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

void elute_prune(EluteNode *root, EluteDiagnostics *d) {
  EluteNode *map = EluteNodeChild(root, "species");

  for (EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) prune_species(node, d);
}
