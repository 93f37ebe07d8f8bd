/* Vessels and lymph of a tissue: the numbers of the Starling and Patlak equations (physics A1, B1). */
#include "internal.h"

#include <math.h>

/* Bounds hold where a formula or a table is evaluated; plain numbers have been checked by the schema. */
const EluteSupplyKey elute_supply[ELUTE_N_SUPPLY] = {
    [ELUTE_SUPPLY_AREA] = {"vascular_density", "1/m", 0.0, HUGE_VAL},
    [ELUTE_SUPPLY_CONDUCTIVITY] = {"vessel_conductivity", "m/(Pa s)", 0.0, HUGE_VAL},
    [ELUTE_SUPPLY_PRESSURE] = {"vessel_pressure", "Pa", -HUGE_VAL, HUGE_VAL},
    [ELUTE_SUPPLY_OSMOTIC] = {"osmotic_pressure_vessel", "Pa", 0.0, HUGE_VAL},
    [ELUTE_SUPPLY_OSMOTIC_TISSUE] = {"osmotic_pressure_tissue", "Pa", 0.0, HUGE_VAL},
    [ELUTE_SUPPLY_REFLECTION] = {"osmotic_reflection", "1", 0.0, 1.0},
    [ELUTE_SUPPLY_LYMPH] = {"lymph_conductance", "1/(Pa s)", 0.0, HUGE_VAL},
    [ELUTE_SUPPLY_LYMPH_PRESSURE] = {"lymph_pressure", "Pa", -HUGE_VAL, HUGE_VAL},
    [ELUTE_SUPPLY_INTERSTITIAL] = {"interstitial_pressure", "Pa", -HUGE_VAL, HUGE_VAL},
};

void elute_build_supply(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *map = EluteNodeChild(b->root, "tissues");
  int t = 0;

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node && t < m->n_tissues; node = node->next, t++)
    for (int s = 0; s < ELUTE_N_SUPPLY; s++) {
      const EluteNode *child = EluteNodeChild(node, elute_supply[s].key);

      if (child) m->tissues[t].supply[s] = elute_property(b, child, elute_supply[s].dimension);
    }
}
