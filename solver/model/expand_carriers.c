/* carriers:

     carrier with drugs   for each pool of each drug (expand_release.c) the species CARRIER.DRUG (loaded drug per volume
                          of tissue), which moves as the carrier does; release: "CARRIER.DRUG -> DRUG"
     the carrier itself   the species CARRIER, where it carries nothing or its number is known
     degradation          "CARRIER.DRUG -> DRUG", or "-> " where the drug is destroyed
     becomes              "CARRIER.DRUG -> OTHER.DRUG"
     targets              "CARRIER + RECEPTOR -> CARRIER.on_RECEPTOR" and back; the loads follow at the same rates, with
                          the receptor as a catalyst; what enters a cell takes the receptor with it
     uptake               into cells: CARRIER.DRUG.inside, immobile, which releases DRUG.inside
     tissue               carrier_diffusivity_factor goes into the carriers' diffusivity there */
#include "agents.h"
#include "release.h"

#include <math.h>
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

static EluteNode *carrier_species(EluteBuilder *b, const EluteNode *carrier, const char *name, const EluteNode *origin,
                                  const EluteNode *weighed) {
  EluteNode *species = elute_new_species(b, name, origin);

  if (!species) return NULL;
  elute_copy_properties(species, carrier);
  if (elute_lacks_entry(carrier)) EluteNodeSet(species, "diffusivity", "0 m2/s");
  elute_copy_key(species, carrier, "in");
  apply_tissue_factors(b, species);
  elute_copy_key(species, weighed, "molar_mass");
  return species;
}

void elute_need_immobile(EluteBuilder *b, const char *name, const EluteNode *origin, const EluteNode *weighed) {
  EluteNode *species;

  if (EluteNodeChild(EluteNodeChild(b->root, "species"), name)) return;
  if (!(species = elute_new_species(b, name, origin))) return;
  EluteNodeSet(species, "mobile", "no");
  elute_copy_key(species, weighed, "molar_mass");
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

/* What moves as a carrier does: the carrier itself (payload NULL), or one pool of a drug that it carries. */
typedef struct Load {
  EluteBuilder *b;
  const EluteNode *carrier, *payload, *drug;
  const ElutePools *pools;
  const ElutePool *pool;
  char *name;     /* CARRIER.DRUG with the pool's suffix */
  char *inside;   /* in cells, where pools are one */
  char *receptor; /* that it is on; NULL: in the fluid */
} Load;

/* Dots and all that is no name become _. */
static char *reaction_name(const char *species, const char *what) {
  char *text = elute_text_format("%s_%s", species, what);

  for (char *c = text; *c; c++)
    if (*c == '.') *c = '_';
  return text;
}

/* Takes over what becomes of it. */
static EluteNode *load_reaction(const Load *l, const EluteNode *origin, const char *species, const char *what,
                                char *becomes, const EluteNode *rate) {
  EluteNode *node = elute_new_reaction(l->b, origin, reaction_name(species, what),
                                       elute_text_format("%s -> %s", species, becomes), rate);

  free(becomes);
  return node;
}

/* A rate under another key. */
static EluteNode *constant_of(const EluteNode *mapping, const char *key) {
  const EluteNode *node = EluteNodeChild(mapping, key);
  EluteNode *copy = node ? EluteNodeCopy(node) : NULL;

  if (!copy) return NULL;
  free(copy->key);
  copy->key = elute_text_copy("rate");
  return copy;
}

/* The drugs in one of the species: "", "dox" or "3 dox". */
static char *contents(const Load *l, const char *drug) {
  if (l->pool->drugs == 0) return elute_text_copy("");
  return l->pool->drugs == 1 ? elute_text_copy(drug) : elute_text_format("%d %s", l->pool->drugs, drug);
}

static char *pool_name(const Load *l, const EluteNode *carrier, const ElutePool *pool) {
  return elute_text_format("%s.%s%s%s%s", carrier->key, l->payload->key, pool->suffix, l->receptor ? ".on_" : "",
                           l->receptor ? l->receptor : "");
}

static void release(const Load *l, const char *species) {
  const ElutePool *pool = l->pool;
  EluteNode *node;
  char *left;

  if (!l->payload || !pool->rate) return;
  if (pool->next < 0) {
    node = load_reaction(l, elute_release_of(l->carrier, l->payload), species, "release",
                         elute_text_copy(l->payload->key), pool->rate);
  } else {
    left = pool_name(l, l->carrier, &l->pools->pool[pool->next]);
    node = load_reaction(l, elute_release_of(l->carrier, l->payload), species, "release",
                         elute_text_format("%s + %s", left, l->payload->key), pool->rate);
    free(left);
  }
  if (node && pool->catalyst) elute_set_reference(node, "catalyst", pool->catalyst);
}

static void degrade(const Load *l, const char *species) {
  const EluteNode *degradation = EluteNodeChild(l->carrier, "degradation");
  const char *fate = elute_scalar(degradation, "payload");
  const bool destroyed = fate && strcmp(fate, "destroyed") == 0;
  char *left;

  if (!degradation) return;
  if (!l->payload)
    left = elute_text_copy(l->receptor ? l->receptor : "");
  else
    left = destroyed ? elute_text_copy("") : contents(l, l->payload->key);
  load_reaction(l, degradation, species, "degradation", left, EluteNodeChild(degradation, "rate"));
}

/* What happens to a carrier in the fluid happens to it on a receptor too. */
static void live(const Load *l, const char *species) {
  release(l, species);
  degrade(l, species);
}

static void enter_cells(const Load *l, const char *species, const EluteNode *origin, const char *what, EluteNode *rate,
                        const EluteNode *catalyst) {
  EluteNode *node;

  elute_need_immobile(l->b, l->inside, origin, l->payload ? l->drug : l->carrier);
  node =
      load_reaction(l, origin, species, what, l->payload ? contents(l, l->inside) : elute_text_copy(l->inside), rate);
  if (node && catalyst) elute_set_reference(node, "catalyst", catalyst);
  if (rate) EluteNodeFree(rate);
}

static void take_up(const Load *l) {
  const EluteNode *uptake = EluteNodeChild(l->carrier, "uptake");

  if (uptake)
    enter_cells(l, l->name, uptake, "uptake", constant_of(uptake, "rate"), EluteNodeChild(uptake, "catalyst"));
}

/* The carrier takes a receptor; its loads go where it goes. */
static void bind(const Load *l, const EluteNode *target) {
  Load bound = *l;
  char *name = elute_text_format("%s.on_%s", l->name, target->key), *on = elute_text_format("on_%s", target->key);
  EluteNode *rates[2] = {constant_of(target, "k_on"), constant_of(target, "k_off")}, *node;

  bound.receptor = target->key;
  elute_need_immobile(l->b, name, target, l->payload ? l->drug : l->carrier);
  node = elute_new_reaction(l->b, target, reaction_name(l->name, on),
                            l->payload ? elute_text_format("%s -> %s", l->name, name)
                                       : elute_text_format("%s + %s -> %s", l->name, target->key, name),
                            rates[0]);
  if (node && l->payload) elute_set_reference(node, "catalyst", target);
  load_reaction(l, target, name, "leaves",
                l->payload ? elute_text_copy(l->name) : elute_text_format("%s + %s", l->name, target->key), rates[1]);
  if (EluteNodeChild(target, "internalisation"))
    enter_cells(&bound, name, target, "internalisation", constant_of(target, "internalisation"), NULL);
  live(&bound, name);
  for (int i = 0; i < 2; i++)
    if (rates[i]) EluteNodeFree(rates[i]);
  free(name);
  free(on);
}

/* Does a pool of the other carrier take over this one? Its like (the same part, of the same time); or any of this time.
 */
static bool takes_over(const ElutePool *mine, const ElutePool *theirs, bool like) {
  const bool any_time = isnan(theirs->given.start),
             same_time = any_time || elute_same_period(theirs->given, mine->given);

  if (!like) return same_time && theirs->drugs == mine->drugs;
  return same_time && any_time == isnan(mine->given.start) && strcmp(theirs->suffix, mine->suffix) == 0;
}

/* The pools that take over this one, each with its share: its like, else all that can. */
static char *successors(const Load *l, const EluteNode *other, const ElutePools *theirs) {
  char *text = elute_text_copy(""), *more;
  bool like = false;
  double all = 0.0;

  for (int i = 0; i < theirs->n; i++) like = like || takes_over(l->pool, &theirs->pool[i], true);
  for (int i = 0; i < theirs->n; i++)
    if (takes_over(l->pool, &theirs->pool[i], like)) all += theirs->pool[i].share;
  for (int i = 0; i < theirs->n; i++) {
    const ElutePool *p = &theirs->pool[i];
    const bool whole = p->share == all;

    if (!takes_over(l->pool, p, like)) continue;
    more = elute_text_format("%s%s%s%s%s.%s%s", text, text[0] ? " + " : "",
                             whole ? "" : elute_number_text(p->share / all).text, whole ? "" : " ", other->key,
                             l->payload->key, p->suffix);
    free(text);
    text = more;
  }
  return text;
}

static void become(const Load *l) {
  const EluteNode *becomes = EluteNodeChild(l->carrier, "becomes"), *other, *load;
  const char *name = elute_scalar(becomes, "carrier");
  char *left = NULL;

  if (!name || !(other = EluteNodeChild(EluteNodeChild(l->b->model->tree, "carriers"), name))) return;
  if (!l->payload) {
    left = elute_text_copy(elute_is_counted(l->b, other) ? name : "");
  } else if ((load = EluteNodeChild(EluteNodeChild(other, "carries"), l->payload->key))) {
    ElutePools *theirs = elute_release_pools(l->b, other, load);

    left = successors(l, other, theirs);
    if (!left[0])
      EluteError(l->b->d, becomes, "no part of '%s' that '%s' carries answers to '%s'; expected laws of release alike",
                 l->payload->key, name, l->name);
    elute_free_pools(theirs);
  }
  if (left) load_reaction(l, becomes, l->name, "becomes", left, EluteNodeChild(becomes, "rate"));
}

static void expand_load(Load *l) {
  const EluteNode *targets = EluteNodeChild(l->carrier, "targets");

  if (!carrier_species(l->b, l->carrier, l->name, l->payload ? l->payload : l->carrier,
                       l->payload ? l->drug : l->carrier))
    return;
  live(l, l->name);
  become(l);
  for (const EluteNode *target = elute_first(targets, ELUTE_MAPPING); target; target = target->next) bind(l, target);
  take_up(l);
}

/* CARRIER.DRUG.inside releases DRUG.inside. */
static void release_inside(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload, const EluteNode *drug,
                           const char *inside) {
  const EluteNode *law = EluteNodeChild(EluteNodeChild(carrier, "uptake"), "release_inside");
  const EluteNode *catalyst = NULL;
  EluteNode *rate, *node;
  char *free_drug;

  if (!law || !EluteNodeChild(EluteNodeChild(b->root, "species"), inside)) return;
  rate = elute_state_rate(b, law, &catalyst);
  free_drug = elute_text_format("%s.inside", payload->key);
  elute_need_immobile(b, free_drug, law, drug);
  node = elute_new_reaction(b, law, reaction_name(inside, "release"), elute_text_format("%s -> %s", inside, free_drug),
                            rate);
  if (node && catalyst) elute_set_reference(node, "catalyst", catalyst);
  if (rate) EluteNodeFree(rate);
  free(free_drug);
}

static void expand_payload(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *drug = find_drug(b, payload);
  ElutePools *pools;
  Load load = {.b = b, .carrier = carrier, .payload = payload, .drug = drug};

  if (!elute_release_of(carrier, payload) && !elute_lacks_entry(carrier))
    EluteError(b->d, payload, "the key 'release' is missing; expected how the drug leaves, here or for the carrier");
  if (!drug) return;
  pools = elute_release_pools(b, carrier, payload);
  load.pools = pools;
  load.inside = elute_text_format("%s.%s.inside", carrier->key, payload->key);
  for (int i = 0; i < pools->n; i++) {
    load.pool = &pools->pool[i];
    load.name = pool_name(&load, carrier, load.pool);
    expand_load(&load);
    free(load.name);
  }
  release_inside(b, carrier, payload, drug, load.inside);
  free(load.inside);
  elute_free_pools(pools);
}

bool elute_is_counted(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");

  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
    if (elute_per_carrier(b, carrier, payload) > 0.0) return true;
  return !elute_first(carries, ELUTE_MAPPING);
}

void elute_expand_carrier(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");
  Load itself = {.b = b, .carrier = carrier, .name = carrier->key};

  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
    expand_payload(b, carrier, payload);
  if (!elute_is_counted(b, carrier)) return;
  itself.inside = elute_text_format("%s.inside", carrier->key);
  expand_load(&itself);
  free(itself.inside);
}

/* ---- checks ---- */

static void check_payload(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  static const char *const of_arms[] = {"loading", "resolve_arms", NULL}, *const count[] = {"per_carrier", NULL};
  const EluteNode *arms = elute_arms_of(carrier, payload), *release = elute_release_of(carrier, payload);
  const char *law = elute_scalar(release, "law");

  elute_check_release(b, EluteNodeChild(payload, "release"));
  if (!arms) elute_misplaced(b, payload, of_arms, "found without 'arms', whose drugs they are");
  if (arms) elute_misplaced(b, payload, count, "found beside 'arms', which say how many a carrier has");
  if (!arms || !elute_flag(payload, "resolve_arms")) return;
  if (strtol(arms->text, NULL, 10) > ELUTE_MOST_ARMS)
    EluteError(b->d, arms, "found %s arms; expected at most %d with 'resolve_arms', a species for each number left",
               arms->text, (int)ELUTE_MOST_ARMS);
  if (!law || strcmp(law, "first_order") != 0 || EluteNodeChild(release, "burst") ||
      EluteNodeChild(release, "releasable"))
    EluteError(b->d, EluteNodeChild(payload, "resolve_arms"),
               "found with another release than law: first_order without 'burst' and 'releasable'; expected the rate "
               "at which one bond breaks");
}

static void check_becomes(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *becomes = EluteNodeChild(carrier, "becomes"), *reference = EluteNodeChild(becomes, "carrier");
  const EluteNode *carries = EluteNodeChild(carrier, "carries"), *carriers = EluteNodeChild(b->root, "carriers"),
                  *other;

  if (!reference || reference->kind != ELUTE_SCALAR) return;
  elute_check_value(b, EluteNodeChild(becomes, "rate"), "1/s", 0.0);
  other = EluteNodeChild(carriers, reference->text);
  if (other == carrier || !other) {
    EluteError(b->d, reference, "there is no other carrier '%.100s'; expected a name given under carriers",
               reference->text);
    return;
  }
  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
    if (!EluteNodeChild(EluteNodeChild(other, "carries"), payload->key))
      EluteError(b->d, reference, "'%s' does not carry '%s'; expected every drug of '%s' there", reference->text,
                 payload->key, carrier->key);
}

static void check_targets(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *targets = EluteNodeChild(carrier, "targets");

  if (elute_first(targets, ELUTE_MAPPING) && !elute_is_counted(b, carrier))
    EluteError(b->d, targets,
               "receptors count carriers, but their number is not known; expected 'per_carrier' (or 'arms') of a drug");
  for (const EluteNode *target = elute_first(targets, ELUTE_MAPPING); target; target = target->next) {
    elute_check_value(b, EluteNodeChild(target, "k_on"), "m3/(mol s)", 0.0);
    elute_check_value(b, EluteNodeChild(target, "k_off"), "1/s", 0.0);
    elute_check_value(b, EluteNodeChild(target, "internalisation"), "1/s", 0.0);
  }
}

void elute_check_carrier(EluteBuilder *b, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries"), *uptake = EluteNodeChild(carrier, "uptake");

  elute_check_transport(b, carrier);
  elute_check_value(b, EluteNodeChild(EluteNodeChild(carrier, "degradation"), "rate"), "1/s", 0.0);
  elute_check_release(b, EluteNodeChild(carrier, "release"));
  elute_check_release(b, EluteNodeChild(uptake, "release_inside"));
  if (uptake)
    elute_check_value(b, EluteNodeChild(uptake, "rate"), EluteNodeChild(uptake, "catalyst") ? NULL : "1/s", 0.0);
  check_becomes(b, carrier);
  check_targets(b, carrier);
  elute_check_ways_inside(b, carrier);
  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
    check_payload(b, carrier, payload);
}
