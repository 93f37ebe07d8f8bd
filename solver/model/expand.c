/* Domain words become generic ones by editing the tree:

     drugs, carriers      species and reactions (expand_drugs.c, expand_carriers.c)
     receptors, cells     species and reactions (expand_receptors.c, expand_cells.c)
     delivery             sources (expand_delivery.c)
     heat                 species, exchanges, sources and reactions (expand_heat.c)

   What is made stands, for messages, where its origin was written. */
#include "agents.h"
#include "release.h"

#include <stdlib.h>
#include <string.h>

static const char *const properties[] = {"diffusivity",          "availability", "sorption_factor", "partition",
                                         "convective_hindrance", "permeability", "reflection"};
static const char *const property_units[] = {"m2/s", "1", "1", "1", "1", "m/s", "1"};
/* What holds in the other tissues where only `in` gives one; NULL: it must be given. */
static const char *const property_elsewhere[] = {NULL, NULL, NULL, NULL, NULL, "0 m/s", "0"};
enum { N_PROPERTIES = 7 };

EluteNode *elute_append_mapping(EluteNode *parent, const char *key, const EluteNode *origin) {
  EluteNode *node = EluteNodeNew(ELUTE_MAPPING, key, NULL);

  node->file = origin->file;
  node->line = origin->line;
  node->column = origin->column;
  EluteNodeAppend(parent, node);
  return node;
}

void elute_set_reference(EluteNode *reaction, const char *key, const EluteNode *said) {
  EluteNode *copy = EluteNodeNew(ELUTE_SCALAR, key, said->kind == ELUTE_SCALAR ? said->text : said->key);

  EluteNodeMadeFrom(copy, said);
  EluteNodeAppend(reaction, copy);
}

void elute_copy_key(EluteNode *to, const EluteNode *from, const char *key) {
  const EluteNode *child = EluteNodeChild(from, key);

  if (child && !EluteNodeChild(to, key)) EluteNodeAppend(to, EluteNodeCopy(child));
}

void elute_copy_properties(EluteNode *species, const EluteNode *agent) {
  for (int i = 0; i < N_PROPERTIES; i++) elute_copy_key(species, agent, properties[i]);
}

bool elute_lacks_entry(const EluteNode *node) {
  return EluteNodeChild(node, "from") != NULL;
}

EluteNode *elute_new_species(EluteBuilder *b, const char *name, const EluteNode *origin) {
  EluteNode *map = EluteNodeEnsure(b->root, "species", ELUTE_MAPPING), *node;

  if (!map) return NULL;
  if (EluteNodeChild(map, name)) {
    EluteError(b->d, origin, "there is a species '%s' already", name);
    return NULL;
  }
  node = elute_append_mapping(map, name, origin);
  EluteNodeSet(node, "mobile", "yes");
  return node;
}

EluteNode *elute_new_reaction(EluteBuilder *b, const EluteNode *origin, char *name, char *equation,
                              const EluteNode *rate) {
  EluteNode *list = EluteNodeEnsure(b->root, "reactions", ELUTE_SEQUENCE), *node;

  if (!list || !rate) {
    free(name);
    free(equation);
    return NULL;
  }
  node = elute_append_mapping(list, NULL, origin);
  EluteNodeMadeFrom(node, origin);
  EluteNodeSet(node, "name", "%s", name);
  EluteNodeSet(node, "equation", "%s", equation)->quoted = true;
  EluteNodeSet(node, "law", "mass_action");
  EluteNodeAppend(node, EluteNodeCopy(rate));
  free(name);
  free(equation);
  return node;
}

EluteNode *elute_node_scaled(EluteBuilder *b, const EluteNode *node, const char *dimension, double factor) {
  return elute_value_times(b, node, dimension, 0.0, factor, dimension);
}

/* {diffusivity: D, in: {muscle: {diffusivity: M}}} becomes {diffusivity: {tissue: {default: D, muscle: M}}}. */
static void fold_property(const EluteModel *model, EluteNode *species, const char *key, const char *elsewhere) {
  const EluteNode *in = EluteNodeChild(species, "in");
  EluteNode *base = EluteNodeChild(species, key), *value = NULL, *map = NULL, *copy;

  for (const EluteNode *t = elute_first(in, ELUTE_MAPPING); t; t = t->next) {
    const EluteNode *one = EluteNodeChild(t, key);

    if (!one || EluteModelTissueIndex(model, t->key) < 0) continue; /* an unknown tissue has been reported */
    if (!value) {
      const EluteNode *old = EluteNodeChild(base, "tissue");

      value = EluteNodeNew(ELUTE_MAPPING, key, NULL);
      map = elute_append_mapping(value, "tissue", t);
      for (const EluteNode *child = elute_first(old, ELUTE_MAPPING); child; child = child->next)
        EluteNodeAppend(map, EluteNodeCopy(child));
      if (base && !old) {
        copy = EluteNodeCopy(base);
        free(copy->key);
        copy->key = elute_text_copy("default");
        EluteNodeAppend(map, copy);
      } else if (!base && elsewhere) {
        EluteNodeSet(map, "default", "%s", elsewhere);
      }
    }
    copy = EluteNodeCopy(one);
    free(copy->key);
    copy->key = elute_text_copy(t->key);
    if (EluteNodeChild(map, t->key))
      EluteNodeReplace(EluteNodeChild(map, t->key), copy);
    else
      EluteNodeAppend(map, copy);
  }
  if (value && base)
    EluteNodeReplace(base, value);
  else if (value)
    EluteNodeAppend(species, value);
}

static void drop(EluteNode *mapping, const char *key) {
  EluteNode *child = EluteNodeChild(mapping, key);

  if (child) EluteNodeFree(child);
}

void elute_expand(EluteBuilder *b) {
  static const char *const sections[] = {"drugs", "carriers", "receptors", "cells", "delivery", "catalogues"};
  const EluteNode *drugs = EluteNodeChild(b->model->tree, "drugs"),
                  *carriers = EluteNodeChild(b->model->tree, "carriers"),
                  *receptors = EluteNodeChild(b->model->tree, "receptors"),
                  *cells = EluteNodeChild(b->model->tree, "cells");
  EluteNode *map;

  elute_expand_heat(b);
  for (const EluteNode *node = elute_first(drugs, ELUTE_MAPPING); node; node = node->next) elute_expand_drug(b, node);
  for (const EluteNode *node = elute_first(carriers, ELUTE_MAPPING); node; node = node->next)
    elute_expand_carrier(b, node);
  for (const EluteNode *node = elute_first(receptors, ELUTE_MAPPING); node; node = node->next)
    elute_expand_receptor(b, node);
  for (const EluteNode *node = elute_first(cells, ELUTE_MAPPING); node; node = node->next) elute_expand_cells(b, node);
  elute_expand_parts(b);
  elute_expand_delivery(b, EluteNodeChild(b->model->tree, "delivery"));
  for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) drop(b->root, sections[i]);
  map = EluteNodeChild(b->root, "tissues");
  for (EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next)
    drop(node, "carrier_diffusivity_factor");
  map = EluteNodeChild(b->root, "species");
  for (EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) {
    for (int i = 0; i < N_PROPERTIES; i++) fold_property(b->model, node, properties[i], property_elsewhere[i]);
    drop(node, "in");
  }
  elute_expand_exchanges(b);
  elute_clear_plasma_doses(b);
}

/* ---- values of domain words, read where they were written so that messages have their path ---- */

void elute_check_value(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass) {
  if (node && !elute_is_lookup(b, node)) EluteValueFree(elute_value(b, node, unit, molar_mass)); /* else read later */
}

static void check_property(EluteBuilder *b, const EluteNode *node, const char *unit) {
  if (node) EluteValueFree(elute_property(b, node, unit));
}

static void check_in(EluteBuilder *b, const EluteNode *node) {
  const EluteNode *in = EluteNodeChild(node, "in");

  for (const EluteNode *t = elute_first(in, ELUTE_MAPPING); t; t = t->next) {
    elute_find_tissue_named(b, t, t->key);
    for (int i = 0; i < N_PROPERTIES; i++) check_property(b, EluteNodeChild(t, properties[i]), property_units[i]);
  }
}

void elute_check_transport(EluteBuilder *b, const EluteNode *node) {
  for (int i = 0; i < N_PROPERTIES; i++) check_property(b, EluteNodeChild(node, properties[i]), property_units[i]);
  if (!EluteNodeChild(node, "diffusivity") && !elute_lacks_entry(node) && b->model->mesh.geometry != ELUTE_WELL_MIXED)
    EluteError(b->d, node, "the key 'diffusivity' is missing; expected one here or in a catalogue entry");
  check_in(b, node);
}

void elute_check_domain(EluteBuilder *b) {
  const EluteNode *drugs = EluteNodeChild(b->root, "drugs"), *carriers = EluteNodeChild(b->root, "carriers");
  const EluteNode *species = EluteNodeChild(b->root, "species"), *receptors = EluteNodeChild(b->root, "receptors"),
                  *cells = EluteNodeChild(b->root, "cells");

  for (const EluteNode *node = elute_first(species, ELUTE_MAPPING); node; node = node->next) {
    check_in(b, node);
    elute_check_ways_inside(b, node);
  }
  elute_check_plasma(b);
  for (const EluteNode *node = elute_first(drugs, ELUTE_MAPPING); node; node = node->next) elute_check_drug(b, node);
  for (const EluteNode *node = elute_first(carriers, ELUTE_MAPPING); node; node = node->next)
    elute_check_carrier(b, node);
  for (const EluteNode *node = elute_first(receptors, ELUTE_MAPPING); node; node = node->next)
    elute_check_receptor(b, node);
  for (const EluteNode *node = elute_first(cells, ELUTE_MAPPING); node; node = node->next) elute_check_cells(b, node);
}
