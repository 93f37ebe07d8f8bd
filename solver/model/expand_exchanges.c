/* Vessels and lymph become exchanges: a species with a permeability exchanges with plasma where a tissue has vessels,
   every mobile species leaves with lymph where a tissue has it, unless the case has such an exchange of its own. The
   curves under plasma become what these see outside. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static bool any_tissue_has(const EluteBuilder *b, EluteSupply supply) {
  const EluteNode *change = elute_first(EluteNodeChild(b->root, "changes"), ELUTE_SEQUENCE);

  for (int t = 0; t < b->model->n_tissues; t++)
    if (b->model->tissues[t].supply[supply]) return true;
  if (supply != ELUTE_SUPPLY_AREA) return false;
  for (; change; change = change->next)
    if (EluteNodeChild(EluteNodeChild(change, "set"), elute_supply[supply].key)) return true;
  return b->model->network.n > 0;
}

static bool is_of(const EluteNode *exchange, const char *species, const char *model) {
  const char *of = elute_scalar(exchange, "species"), *how = elute_scalar(exchange, "model");
  const char *way = elute_scalar(exchange, "way");

  if (way && strcmp(way, "in") == 0) return false; /* on top of another */
  return of && how && strcmp(of, species) == 0 && strcmp(how, model) == 0;
}

static void add_exchange(EluteBuilder *b, const EluteNode *species, const char *with, const char *model) {
  EluteNode *list = EluteNodeEnsure(b->root, "exchanges", ELUTE_SEQUENCE), *node;

  if (!list) return;
  for (const EluteNode *one = list->first; one; one = one->next)
    if (is_of(one, species->key, model)) return;
  node = elute_append_mapping(list, NULL, species);
  EluteNodeSet(node, "species", "%s", species->key);
  EluteNodeSet(node, "with", "%s", with);
  EluteNodeSet(node, "model", "%s", model);
}

/* What an exchange sees outside: the curve under plasma, or none. */
static void set_outside(EluteBuilder *b, EluteNode *exchange) {
  const char *of = elute_scalar(exchange, "species");
  const EluteNode *species = of ? EluteNodeChild(EluteNodeChild(b->root, "species"), of) : NULL;
  const EluteNode *curve = of ? EluteNodeChild(EluteNodeChild(b->root, "plasma"), of) : NULL;
  const char *quantity = elute_scalar(species, "quantity");
  EluteNode *copy;

  if (!species || EluteNodeChild(exchange, "outside")) return;
  if (!curve || EluteNodeChild(curve, "two_compartment") || EluteNodeChild(curve, "dose")) { /* reported */
    EluteNodeSet(exchange, "outside", quantity && strcmp(quantity, "number") == 0 ? "0 1/m3" : "0 mol/m3");
    return;
  }
  copy = EluteNodeCopy(curve);
  free(copy->key);
  copy->key = elute_text_copy("outside");
  EluteNodeAppend(exchange, copy);
}

/* A curve that nothing looks at was a mistake. */
static void check_curve(EluteBuilder *b, const EluteNode *curve) {
  const EluteNode *species = EluteNodeChild(b->root, "species"), *exchanges = EluteNodeChild(b->root, "exchanges");
  const char *names[256], *nearest;
  int n = 0;

  if (!EluteNodeChild(species, curve->key)) {
    for (const EluteNode *one = elute_first(species, ELUTE_MAPPING); one && n < 256; one = one->next)
      names[n++] = one->key;
    nearest = EluteNearest(curve->key, n, names);
    EluteError(b->d, curve, "there is no species '%.100s'%s%s%s", curve->key, nearest ? "; did you mean '" : "",
               nearest ? nearest : "", nearest ? "'?" : "");
    return;
  }
  for (const EluteNode *one = elute_first(exchanges, ELUTE_SEQUENCE); one; one = one->next)
    if (is_of(one, curve->key, "patlak")) return;
  EluteError(b->d, curve,
             "found a concentration in plasma of a species that does not exchange with it; expected 'permeability' of "
             "'%s', and vessels (a tissue with 'vascular_density', or 'vessels')",
             curve->key);
}

void elute_check_plasma(EluteBuilder *b) {
  const EluteNode *plasma = EluteNodeChild(b->root, "plasma");

  for (const EluteNode *node = elute_first(plasma, ELUTE_MAPPING); node; node = node->next) {
    const EluteNode *drug = EluteNodeChild(EluteNodeChild(b->root, "drugs"), node->key);
    const EluteNode *species = drug ? drug : EluteNodeChild(EluteNodeChild(b->root, "species"), node->key);
    const char *quantity = elute_scalar(species, "quantity");
    const bool number = quantity && strcmp(quantity, "number") == 0;

    if (!species || EluteNodeChild(node, "two_compartment") || EluteNodeChild(node, "dose")) continue; /* read later */
    EluteValueFree(elute_value(b, node, number ? "1/m3" : "mol/m3", elute_molar_mass(b, species)));
  }
}

void elute_expand_exchanges(EluteBuilder *b) {
  const EluteNode *species = EluteNodeChild(b->root, "species");
  EluteNode *plasma = EluteNodeChild(b->root, "plasma");

  elute_expand_plasma(b);
  for (const EluteNode *node = elute_first(species, ELUTE_MAPPING); node; node = node->next) {
    const char *quantity = elute_scalar(node, "quantity");

    if (EluteNodeChild(node, "mobile") && !elute_flag(node, "mobile")) continue;
    if (quantity && strcmp(quantity, "heat") == 0) continue;
    if (EluteNodeChild(node, "permeability") && any_tissue_has(b, ELUTE_SUPPLY_AREA))
      add_exchange(b, node, "plasma", "patlak");
    if (any_tissue_has(b, ELUTE_SUPPLY_LYMPH)) add_exchange(b, node, "lymph", "lymph");
  }
  for (EluteNode *node = elute_first(EluteNodeChild(b->root, "exchanges"), ELUTE_SEQUENCE); node; node = node->next) {
    const char *model = elute_scalar(node, "model");

    if (model && strcmp(model, "patlak") == 0) set_outside(b, node);
  }
  for (const EluteNode *node = elute_first(plasma, ELUTE_MAPPING); node; node = node->next) check_curve(b, node);
  if (plasma) EluteNodeFree(plasma);
}
