/* Domain words become generic ones by editing the tree:

     drug                 a mobile species of its name; degradation: "drug -> "
     carrier with drugs   for each the species CARRIER.DRUG (loaded drug per volume of tissue), which moves as the
                          carrier does; release and degradation: "CARRIER.DRUG -> DRUG", or "-> " where it is destroyed
     carrier alone        the species CARRIER
     tissue               carrier_diffusivity_factor goes into the carriers' diffusivity there
     delivery             sources (expand_delivery.c)

   What is made stands, for messages, where its origin was written. */
#include "internal.h"

#include "../case/units.h"

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

static void copy_key(EluteNode *to, const EluteNode *from, const char *key) {
  const EluteNode *child = EluteNodeChild(from, key);

  if (child && !EluteNodeChild(to, key)) EluteNodeAppend(to, EluteNodeCopy(child));
}

/* A catalogue entry was named that does not exist: what it would have given is not missed twice. */
static bool lacks_entry(const EluteNode *node) {
  return EluteNodeChild(node, "from") != NULL;
}

static EluteNode *new_species(EluteBuilder *b, const char *name, const EluteNode *origin) {
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

static EluteNode *new_reaction(EluteBuilder *b, const EluteNode *origin, char *name, char *equation,
                               const EluteNode *rate) {
  EluteNode *list = EluteNodeEnsure(b->root, "reactions", ELUTE_SEQUENCE), *node;

  if (!list || !rate) {
    free(name);
    free(equation);
    return NULL;
  }
  node = elute_append_mapping(list, NULL, origin);
  EluteNodeSet(node, "name", "%s", name);
  EluteNodeSet(node, "equation", "%s", equation)->quoted = true;
  EluteNodeSet(node, "law", "mass_action");
  EluteNodeAppend(node, EluteNodeCopy(rate));
  free(name);
  free(equation);
  return node;
}

static void expand_drug(EluteBuilder *b, const EluteNode *drug) {
  static const char *const keys[] = {"molar_mass", "in", "initial"};
  EluteNode *species = new_species(b, drug->key, drug);
  const EluteNode *degradation = EluteNodeChild(drug, "degradation");

  if (!species) return;
  for (int i = 0; i < N_PROPERTIES; i++) copy_key(species, drug, properties[i]);
  if (lacks_entry(drug)) EluteNodeSet(species, "diffusivity", "0 m2/s");
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) copy_key(species, drug, keys[i]);
  if (degradation)
    new_reaction(b, degradation, elute_text_format("%s_degradation", drug->key), elute_text_format("%s -> ", drug->key),
                 EluteNodeChild(degradation, "rate"));
}

static EluteNode *scaled_formula(const EluteNode *node, double factor) {
  EluteNode *copy = EluteNodeCopy(node), *text = EluteNodeChild(copy, "formula");
  EluteNode *scaled = EluteNodeSet(copy, "formula", "%s*(%s)", elute_number_text(factor).text, text->text);

  scaled->quoted = true;
  return copy;
}

EluteNode *elute_node_scaled(EluteBuilder *b, const EluteNode *node, const char *dimension, double factor) {
  char why[500];
  double si;
  EluteNode *copy;

  if (EluteNodeChild(node, "formula")) return scaled_formula(node, factor);
  if (node->kind == ELUTE_SCALAR && EluteQuantityParse(node->text, dimension, 0.0, &si, why, sizeof why)) {
    copy = EluteNodeCopy(node);
    free(copy->text);
    copy->text = elute_text_format("%s %s", elute_number_text(factor * si).text, dimension);
    if (copy->provenance) {
      char *whole = elute_text_format("%g times %s", factor, copy->provenance);

      free(copy->provenance);
      copy->provenance = whole;
    }
    return copy;
  }
  EluteError(b->d, node,
             "found a value that cannot be multiplied by a tissue's factor; expected a quantity or formula");
  return NULL;
}

/* The value of a property in a tissue, before factors. */
static const EluteNode *value_in(const EluteNode *value, const char *tissue) {
  const EluteNode *map = EluteNodeChild(value, "tissue"), *one = EluteNodeChild(map, tissue);

  if (!map) return value;
  return one ? one : EluteNodeChild(map, "default");
}

/* Dense tissue hinders carriers: D there is the factor times D, unless the carrier says what it is there. */
static void apply_tissue_factors(EluteBuilder *b, EluteNode *species) {
  const EluteNode *tissues = EluteNodeChild(b->model->tree, "tissues"), *base = EluteNodeChild(species, "diffusivity");
  EluteNode *in, *there, *scaled;
  const EluteNode *value;
  double factor;

  for (const EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t && base; t = t->next) {
    if (!elute_quantity(b, t, "carrier_diffusivity_factor", "1", 0.0, 1.0, &factor) || factor == 1.0) continue;
    in = EluteNodeChild(species, "in");
    if (in && EluteNodeChild(EluteNodeChild(in, t->key), "diffusivity")) continue;
    value = value_in(base, t->key);
    if (!value || !(scaled = elute_node_scaled(b, value, "m2/s", factor))) continue;
    free(scaled->key);
    scaled->key = elute_text_copy("diffusivity");
    if (!in) in = elute_append_mapping(species, "in", base);
    there = EluteNodeChild(in, t->key);
    if (!there) there = elute_append_mapping(in, t->key, base);
    EluteNodeAppend(there, scaled);
  }
}

static EluteNode *carrier_species(EluteBuilder *b, const EluteNode *carrier, const char *name,
                                  const EluteNode *origin) {
  EluteNode *species = new_species(b, name, origin);

  if (!species) return NULL;
  for (int i = 0; i < N_PROPERTIES; i++) copy_key(species, carrier, properties[i]);
  if (lacks_entry(carrier)) EluteNodeSet(species, "diffusivity", "0 m2/s");
  copy_key(species, carrier, "in");
  apply_tissue_factors(b, species);
  return species;
}

/* The node that describes a drug: under drugs, or a species. NULL (reported): none. */
static const EluteNode *find_drug(EluteBuilder *b, const EluteNode *at) {
  const EluteNode *drugs = EluteNodeChild(b->model->tree, "drugs"), *found = EluteNodeChild(drugs, at->key);
  const char *names[64], *nearest;
  int n = 0;

  if (!found) found = EluteNodeChild(EluteNodeChild(b->model->tree, "species"), at->key);
  if (found) return found;
  for (const EluteNode *one = elute_first(drugs, ELUTE_MAPPING); one && n < 64; one = one->next) names[n++] = one->key;
  nearest = EluteNearest(at->key, n, names);
  EluteError(b->d, at, "there is no drug '%s'; expected a name given under drugs%s%s%s", at->key,
             nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  return NULL;
}

static void expand_payload(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *drug = find_drug(b, payload), *own = EluteNodeChild(payload, "release");
  const EluteNode *release = own ? own : EluteNodeChild(carrier, "release");
  const EluteNode *degradation = EluteNodeChild(carrier, "degradation");
  const char *name = carrier->key, *what = payload->key;
  const char *fate = elute_scalar(degradation, "payload");
  const bool destroyed = fate && strcmp(fate, "destroyed") == 0;
  char *full = elute_text_format("%s.%s", name, what);
  EluteNode *species = drug ? carrier_species(b, carrier, full, payload) : NULL;

  free(full);
  if (!release && !lacks_entry(carrier))
    EluteError(b->d, payload, "the key 'release' is missing; expected how the drug leaves, here or for the carrier");
  if (!species) return;
  copy_key(species, drug, "molar_mass");
  if (release)
    new_reaction(b, release, elute_text_format("%s_%s_release", name, what),
                 elute_text_format("%s.%s -> %s", name, what, what), EluteNodeChild(release, "rate"));
  if (degradation)
    new_reaction(b, degradation, elute_text_format("%s_%s_degradation", name, what),
                 elute_text_format("%s.%s -> %s", name, what, destroyed ? "" : what),
                 EluteNodeChild(degradation, "rate"));
}

static void expand_carrier(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries"), *degradation = EluteNodeChild(carrier, "degradation");
  EluteNode *species;

  if (elute_first(carries, ELUTE_MAPPING)) {
    for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
      expand_payload(b, carrier, payload);
    return;
  }
  if (!(species = carrier_species(b, carrier, carrier->key, carrier))) return;
  copy_key(species, carrier, "molar_mass");
  if (degradation)
    new_reaction(b, degradation, elute_text_format("%s_degradation", carrier->key),
                 elute_text_format("%s -> ", carrier->key), EluteNodeChild(degradation, "rate"));
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
  static const char *const sections[] = {"drugs", "carriers", "delivery", "catalogues"};
  const EluteNode *drugs = EluteNodeChild(b->model->tree, "drugs"),
                  *carriers = EluteNodeChild(b->model->tree, "carriers");
  EluteNode *map;

  for (const EluteNode *node = elute_first(drugs, ELUTE_MAPPING); node; node = node->next) expand_drug(b, node);
  for (const EluteNode *node = elute_first(carriers, ELUTE_MAPPING); node; node = node->next) expand_carrier(b, node);
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

static void check_value(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass, bool property) {
  if (node) EluteValueFree(property ? elute_property(b, node, unit) : elute_value(b, node, unit, molar_mass));
}

static void check_in(EluteBuilder *b, const EluteNode *node) {
  const EluteNode *in = EluteNodeChild(node, "in");

  for (const EluteNode *t = elute_first(in, ELUTE_MAPPING); t; t = t->next) {
    elute_find_tissue_named(b, t, t->key);
    for (int i = 0; i < N_PROPERTIES; i++)
      check_value(b, EluteNodeChild(t, properties[i]), property_units[i], 0.0, true);
  }
}

static void check_transport(EluteBuilder *b, const EluteNode *node) {
  for (int i = 0; i < N_PROPERTIES; i++)
    check_value(b, EluteNodeChild(node, properties[i]), property_units[i], 0.0, true);
  if (!EluteNodeChild(node, "diffusivity") && !lacks_entry(node) && b->model->mesh.geometry != ELUTE_WELL_MIXED)
    EluteError(b->d, node, "the key 'diffusivity' is missing; expected one here or in a catalogue entry");
  check_in(b, node);
}

void elute_check_domain(EluteBuilder *b) {
  const EluteNode *drugs = EluteNodeChild(b->root, "drugs"), *carriers = EluteNodeChild(b->root, "carriers");
  const EluteNode *species = EluteNodeChild(b->root, "species");

  for (const EluteNode *node = elute_first(species, ELUTE_MAPPING); node; node = node->next) check_in(b, node);
  elute_check_plasma(b);
  for (const EluteNode *node = elute_first(drugs, ELUTE_MAPPING); node; node = node->next) {
    double molar_mass;

    elute_quantity(b, node, "molar_mass", "kg/mol", 0.0, 0.0, &molar_mass);
    check_transport(b, node);
    check_value(b, EluteNodeChild(node, "initial"), "mol/m3", molar_mass, false);
    check_value(b, EluteNodeChild(EluteNodeChild(node, "degradation"), "rate"), "1/s", 0.0, false);
  }
  for (const EluteNode *node = elute_first(carriers, ELUTE_MAPPING); node; node = node->next) {
    const EluteNode *carries = EluteNodeChild(node, "carries");

    check_transport(b, node);
    check_value(b, EluteNodeChild(EluteNodeChild(node, "degradation"), "rate"), "1/s", 0.0, false);
    check_value(b, EluteNodeChild(EluteNodeChild(node, "release"), "rate"), "1/s", 0.0, false);
    for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
      check_value(b, EluteNodeChild(EluteNodeChild(payload, "release"), "rate"), "1/s", 0.0, false);
  }
}
