/* What dying cells leave (expand_cells.c has their deaths): receptors, drug that is bound or inside, carriers on their
   receptors and inside, with what these carry. */
#include "cells.h"
#include "release.h"

#include <stdlib.h>
#include <string.h>

/* What becomes of a drug that a dying cell holds; NULL: it is lost. */
static const char *fate(const EluteNode *population, const char *key, const char *drug) {
  const char *text = elute_scalar(EluteNodeChild(population, "dying"), key);

  if (!text || strcmp(text, "freed") == 0) return drug;
  return strcmp(text, "lost") == 0 ? NULL : text;
}

static void take_bound(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population, const EluteNode *drug,
                       const EluteNode *receptor) {
  const EluteNode *binding = EluteNodeChild(EluteNodeChild(drug, "binds"), receptor->key);
  const char *valency = elute_scalar(binding, "valency");
  EluteVictim victim = {.cells = population->key, .becomes = fate(population, "bound", drug->key)};

  for (int arms = 1; binding && arms <= (valency && strcmp(valency, "2") == 0 ? 2 : 1); arms++) {
    char *name = elute_text_format("%s.%s%s", drug->key, receptor->key, arms == 2 ? ".both" : "");

    victim.name = name;
    elute_take(b, hazard, &victim);
    free(name);
  }
}

/* Of a load: what becomes of it when the drug in it is freed, or (drugs: molecules in one of it) what `key` says of
   drug. NULL: it is lost, as a carrier that holds nothing is where drug becomes something else. The caller's. */
static char *fate_of_load(const EluteNode *population, const char *key, const char *freed, int drugs) {
  const char *text = fate(population, key, freed);

  if (!text || !text[0] || (text != freed && drugs == 0)) return NULL;
  return text == freed || drugs == 1 ? elute_text_copy(text) : elute_text_format("%d %s", drugs, text);
}

/* Takes over both texts; nothing where the species is not there. */
static void take_load(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population, char *name,
                      char *becomes) {
  EluteVictim victim = {.cells = population->key, .name = name, .becomes = becomes};

  if (EluteNodeChild(EluteNodeChild(b->root, "species"), name)) elute_take(b, hazard, &victim);
  free(name);
  free(becomes);
}

static void take_from_receptors(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population,
                                const EluteNode *carrier, const char *load, int drugs) {
  const EluteNode *targets = EluteNodeChild(carrier, "targets");

  for (const EluteNode *target = elute_first(targets, ELUTE_MAPPING); target; target = target->next) {
    const char *cells = elute_scalar(elute_word(b, "receptors", target->key), "cells");

    if (cells && strcmp(cells, population->key) == 0)
      take_load(b, hazard, population, elute_text_format("%s.on_%s", load, target->key),
                fate_of_load(population, "bound", load, drugs));
  }
}

static bool come_out_whole(const EluteNode *population) {
  const char *carriers = elute_scalar(EluteNodeChild(population, "dying"), "carriers");

  return carriers && strcmp(carriers, "whole") == 0;
}

/* The parts of a load as in new carriers: "0.3 C.D_fast + 0.7 C.D_slow". */
static char *as_loaded(const EluteNode *carrier, const EluteNode *payload, const ElutePools *pools) {
  char *text = elute_text_copy("");
  double all = 0.0;

  for (int i = 0; i < pools->n; i++) all += pools->pool[i].share * pools->pool[i].drugs;
  for (int i = 0; i < pools->n; i++) {
    const double share = pools->pool[i].share / all;
    char *more = elute_text_format("%s%s%s %s.%s%s", text, text[0] ? " + " : "", elute_number_text(share).text,
                                   carrier->key, payload->key, pools->pool[i].suffix);

    if (share > 0.0) {
      free(text);
      text = more;
    } else {
      free(more);
    }
  }
  return text;
}

static void take_payload(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population,
                         const EluteNode *carrier, const EluteNode *payload, bool holds) {
  ElutePools *pools = elute_release_pools(b, carrier, payload);
  char *freed = come_out_whole(population) ? as_loaded(carrier, payload, pools) : elute_text_copy(payload->key);

  for (int i = 0; i < pools->n; i++) {
    char *load = elute_text_format("%s.%s%s", carrier->key, payload->key, pools->pool[i].suffix);

    take_from_receptors(b, hazard, population, carrier, load, pools->pool[i].drugs);
    free(load);
  }
  if (holds)
    take_load(b, hazard, population, elute_text_format("%s.%s.inside", carrier->key, payload->key),
              fate_of_load(population, "inside", freed, 1));
  free(freed);
  elute_free_pools(pools);
}

static void take_carrier(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population,
                         const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");
  const char *cells = elute_inside_cells(b, carrier);
  const bool holds = cells && strcmp(cells, population->key) == 0;

  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
    take_payload(b, hazard, population, carrier, payload, holds);
  take_from_receptors(b, hazard, population, carrier, carrier->key, 0);
  if (holds)
    take_load(b, hazard, population, elute_text_format("%s.inside", carrier->key),
              fate_of_load(population, "inside", come_out_whole(population) ? carrier->key : "", 0));
}

/* Of a drug, or of a species that carriers carry. */
static void take_inside(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population, const EluteNode *drug) {
  const char *cells = elute_inside_cells(b, drug);

  if (cells && strcmp(cells, population->key) == 0)
    take_load(b, hazard, population, elute_text_format("%s.inside", drug->key),
              fate_of_load(population, "inside", drug->key, 1));
}

void elute_take_held(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population) {
  const EluteNode *tree = b->model->tree, *receptors = EluteNodeChild(tree, "receptors"),
                  *drugs = EluteNodeChild(tree, "drugs"), *species = EluteNodeChild(tree, "species"),
                  *carriers = EluteNodeChild(tree, "carriers");
  EluteVictim victim = {.cells = population->key};

  for (const EluteNode *receptor = elute_first(receptors, ELUTE_MAPPING); receptor; receptor = receptor->next) {
    const char *cells = elute_scalar(receptor, "cells");

    if (!cells || strcmp(cells, population->key) != 0) continue;
    victim.name = receptor->key;
    elute_take(b, hazard, &victim);
    for (const EluteNode *drug = elute_first(drugs, ELUTE_MAPPING); drug; drug = drug->next)
      take_bound(b, hazard, population, drug, receptor);
  }
  for (const EluteNode *drug = elute_first(drugs, ELUTE_MAPPING); drug; drug = drug->next)
    take_inside(b, hazard, population, drug);
  for (const EluteNode *one = elute_first(species, ELUTE_MAPPING); one; one = one->next)
    take_inside(b, hazard, population, one);
  for (const EluteNode *carrier = elute_first(carriers, ELUTE_MAPPING); carrier; carrier = carrier->next)
    take_carrier(b, hazard, population, carrier);
}

/* ---- checks ---- */

/* What dying cells leave must be there; cells are expanded last. */
static bool is_species(EluteBuilder *b, const EluteNode *at, const char *name) {
  const EluteNode *map = EluteNodeChild(b->root, "species");
  const char *names[2 * ELUTE_MAX_SPECIES], *nearest;
  int n = 0;

  if (EluteNodeChild(map, name)) return true;
  for (const EluteNode *one = elute_first(map, ELUTE_MAPPING); one && n < 2 * ELUTE_MAX_SPECIES; one = one->next)
    names[n++] = one->key;
  nearest = EluteNearest(name, n, names);
  EluteError(b->d, at, "there is no species '%.100s'%s%s%s", name, nearest ? "; did you mean '" : "",
             nearest ? nearest : "", nearest ? "'?" : "");
  return false;
}

/* Carriers come out whole only where what they then are is known. */
static bool check_whole(EluteBuilder *b, const EluteNode *population, const EluteNode *carrier) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries"),
                  *key = EluteNodeChild(EluteNodeChild(population, "dying"), "carriers");
  const char *cells = elute_inside_cells(b, carrier);
  bool fine = true;

  if (!cells || strcmp(cells, population->key) != 0) return true;
  for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next) {
    ElutePools *pools = elute_release_pools(b, carrier, payload);

    if (pools->by_age)
      EluteError(
          b->d, key,
          "found 'whole', but '%s' leaves '%s' by age (law: %s), which is not kept of carriers in cells; expected "
          "'opened'",
          payload->key, carrier->key, pools->law);
    fine = fine && !pools->by_age;
    elute_free_pools(pools);
  }
  return fine;
}

bool elute_check_dying(EluteBuilder *b, const EluteNode *population) {
  static const char *const held[] = {"bound", "inside"};
  const EluteNode *dying = EluteNodeChild(population, "dying"), *releases = EluteNodeChild(dying, "releases");
  const EluteNode *carriers = come_out_whole(population) ? EluteNodeChild(b->model->tree, "carriers") : NULL;
  bool fine = true;

  for (const EluteNode *carrier = elute_first(carriers, ELUTE_MAPPING); carrier; carrier = carrier->next)
    fine = check_whole(b, population, carrier) && fine;

  for (int i = 0; i < 2; i++) {
    const EluteNode *fate_of = EluteNodeChild(dying, held[i]);
    const char *text = elute_scalar(dying, held[i]);

    if (text && strcmp(text, "freed") != 0 && strcmp(text, "lost") != 0 && !is_species(b, fate_of, text)) fine = false;
  }
  for (const EluteNode *one = elute_first(releases, ELUTE_MAPPING); one; one = one->next)
    if (!is_species(b, one, one->key)) fine = false;
  return fine;
}
