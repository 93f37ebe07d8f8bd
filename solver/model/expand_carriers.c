/* carriers:

     carrier with drugs   for each the species CARRIER.DRUG (loaded drug per volume of tissue), which moves as the
                          carrier does; release and degradation: "CARRIER.DRUG -> DRUG", or "-> " where it is destroyed
     carrier alone        the species CARRIER
     tissue               carrier_diffusivity_factor goes into the carriers' diffusivity there */
#include "agents.h"

#include <stdlib.h>
#include <string.h>

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
  EluteNode *species = elute_new_species(b, name, origin);

  if (!species) return NULL;
  elute_copy_properties(species, carrier);
  if (elute_lacks_entry(carrier)) EluteNodeSet(species, "diffusivity", "0 m2/s");
  elute_copy_key(species, carrier, "in");
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
  if (!release && !elute_lacks_entry(carrier))
    EluteError(b->d, payload, "the key 'release' is missing; expected how the drug leaves, here or for the carrier");
  if (!species) return;
  elute_copy_key(species, drug, "molar_mass");
  if (release)
    elute_new_reaction(b, release, elute_text_format("%s_%s_release", name, what),
                       elute_text_format("%s.%s -> %s", name, what, what), EluteNodeChild(release, "rate"));
  if (degradation)
    elute_new_reaction(b, degradation, elute_text_format("%s_%s_degradation", name, what),
                       elute_text_format("%s.%s -> %s", name, what, destroyed ? "" : what),
                       EluteNodeChild(degradation, "rate"));
}

void elute_expand_carrier(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries"), *degradation = EluteNodeChild(carrier, "degradation");
  EluteNode *species;

  if (elute_first(carries, ELUTE_MAPPING)) {
    for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
      expand_payload(b, carrier, payload);
    return;
  }
  if (!(species = carrier_species(b, carrier, carrier->key, carrier))) return;
  elute_copy_key(species, carrier, "molar_mass");
  if (degradation)
    elute_new_reaction(b, degradation, elute_text_format("%s_degradation", carrier->key),
                       elute_text_format("%s -> ", carrier->key), EluteNodeChild(degradation, "rate"));
}

void elute_check_carrier(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");

  elute_check_transport(b, carrier);
  elute_check_value(b, EluteNodeChild(EluteNodeChild(carrier, "degradation"), "rate"), "1/s", 0.0);
  elute_check_value(b, EluteNodeChild(EluteNodeChild(carrier, "release"), "rate"), "1/s", 0.0);
  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
    elute_check_value(b, EluteNodeChild(EluteNodeChild(payload, "release"), "rate"), "1/s", 0.0);
}
