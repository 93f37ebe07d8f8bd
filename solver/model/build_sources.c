/* sources and hold: what enters in the interior, and what is kept there. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool spread_in_fluid(const EluteNode *node) {
  const char *spread = elute_scalar(node, "spread");

  return spread && strcmp(spread, "fluid") == 0;
}

static void read_shape(EluteBuilder *b, const EluteNode *node, EluteShape *shape) {
  const EluteNode *where = EluteNodeChild(node, "where");

  if (where && elute_build_shape(b, where, shape)) return;
  elute_shape_clear(shape);
  *shape = (EluteShape){.kind = ELUTE_SHAPE_EVERYWHERE};
}

static void build_impulse(EluteBuilder *b, const EluteNode *node, int k) {
  static const char *const misplaced[] = {"from", "to", "only_in", "modulated_by", NULL};
  EluteModel *m = b->model;
  const EluteSpecies *s = &m->species[k];
  const EluteNode *at = EluteNodeChild(node, "at");
  EluteImpulse impulse = {.species = k, .uniform_fluid = spread_in_fluid(node), .node = node};
  bool fine = elute_quantity(b, node, "amount", elute_amount_unit(s), s->molar_mass, 0.0, &impulse.amount);

  if (!elute_quantity(b, node, "lost", elute_amount_unit(s), s->molar_mass, 0.0, &impulse.lost)) fine = false;
  if (!elute_quantity(b, node, "at", "s", 0.0, m->time.begin, &impulse.time)) fine = false;
  elute_misplaced(b, node, misplaced,
                  "found with an amount, which enters at once wherever its shape is; expected 'at'");
  if (fine && (impulse.time < m->time.begin || impulse.time > m->time.end)) {
    EluteError(b->d, at ? at : node, "found %g s; expected a time within the run, %g s to %g s", impulse.time,
               m->time.begin, m->time.end);
    fine = false;
  }
  read_shape(b, node, &impulse.shape);
  impulse.name = elute_place_name(b, node, k, elute_text_copy("source"));
  m->impulses = elute_grow(m->impulses, m->n_impulses, sizeof *m->impulses);
  m->impulses[m->n_impulses++] = impulse;
}

static bool constant_within(EluteBuilder *b, const EluteNode *node, const EluteValue *value) {
  if (!EluteValueVariesInPlace(value) && !EluteValueVariesByTissue(value)) return true;
  EluteError(b->d, node, "found a rate that varies in place; a total rate may vary in time alone (or give a density)");
  return false;
}

static EluteValue *windowed(EluteBuilder *b, const EluteNode *node, EluteValue *value) {
  const EluteNode *to = EluteNodeChild(node, "to");
  double begin, end;

  if (!EluteNodeChild(node, "from") && !to) return value;
  if (!elute_quantity(b, node, "from", "s", 0.0, -HUGE_VAL, &begin) ||
      !elute_quantity(b, node, "to", "s", 0.0, HUGE_VAL, &end))
    return value;
  if (!(begin < end)) {
    EluteError(b->d, to ? to : node, "found an end at %g s, not after the beginning at %g s", end, begin);
    return value;
  }
  return EluteValueWindow(value, begin, end);
}

/* A rate in total or a density: a reaction of order zero. */
static void build_steady_source(EluteBuilder *b, const EluteNode *node, int k, const char *key) {
  static const char *const misplaced[] = {"at", "lost", NULL}, *const of_total[] = {"spread", NULL};
  const EluteSpecies *s = &b->model->species[k];
  const EluteNode *rate = EluteNodeChild(node, key);
  const bool total = strcmp(key, "rate") == 0;
  const char *unit = total ? elute_quantities[s->quantity].rate : elute_quantities[s->quantity].density;
  EluteReactionSpec *r = elute_add_reaction(b, node);
  EluteValue *value;

  if (!r) return;
  elute_misplaced(b, node, misplaced, "found with a rate or density, which acts over a time; expected 'from' and 'to'");
  if (!total) elute_misplaced(b, node, of_total, "found with a density, which says itself how much is where");
  value = elute_amount_value(b, rate, unit, s->molar_mass);
  if (value && total) constant_within(b, rate, value);
  r->rate = value ? windowed(b, node, value) : NULL;
  elute_modulate(b, r, true);
  r->name = elute_place_name(b, node, k, elute_text_copy("source"));
  r->n_changes = 1;
  r->changed[0] = k;
  r->change[0] = 1.0;
  r->shape_total = total;
  r->uniform_fluid = total && spread_in_fluid(node);
  r->has_shape = total || EluteNodeChild(node, "where");
  if (r->has_shape) read_shape(b, node, &r->shape);
  elute_only_in(b, node, r->in_tissue);
}

static void build_source(EluteBuilder *b, const EluteNode *node) {
  static const char *const keys[] = {"amount", "rate", "density"};
  const int k = elute_find_species(b, EluteNodeChild(node, "species"));
  const char *key = NULL;

  for (int i = 0; i < 3; i++) {
    const EluteNode *child = EluteNodeChild(node, keys[i]);

    if (child && key) EluteError(b->d, child, "found beside '%s'; expected one of amount, rate and density", key);
    if (child && !key) key = keys[i];
  }
  if (!key) EluteError(b->d, node, "expected one of amount (at once), rate (in total) and density (per volume)");
  if (!key || k < 0) return;
  if (strcmp(key, "amount") == 0)
    build_impulse(b, node, k);
  else
    build_steady_source(b, node, k, key);
}

/* By time; of the same time in the order of the file. */
static void sort_impulses(int n, EluteImpulse *impulses) {
  for (int i = 1; i < n; i++) {
    const EluteImpulse one = impulses[i];
    int k = i;

    for (; k > 0 && impulses[k - 1].time > one.time; k--) impulses[k] = impulses[k - 1];
    impulses[k] = one;
  }
}

void elute_build_sources(EluteBuilder *b) {
  const EluteNode *list = EluteNodeChild(b->root, "sources");

  for (const EluteNode *node = elute_first(list, ELUTE_SEQUENCE); node; node = node->next) build_source(b, node);
  sort_impulses(b->model->n_impulses, b->model->impulses);
}

void elute_build_holds(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *map = EluteNodeChild(b->root, "hold");

  for (const EluteNode *place = elute_first(map, ELUTE_MAPPING); place; place = place->next) {
    const int t = elute_find_tissue_named(b, place, place->key);

    for (const EluteNode *node = elute_first(place, ELUTE_MAPPING); node; node = node->next) {
      const int k = elute_find_species_named(b, node, node->key);
      const EluteNode *value = EluteNodeChild(node, "value");
      EluteHoldSpec hold = {.tissue = t, .species = k, .node = node};

      if (k < 0 || t < 0 || !value) continue;
      hold.value = elute_concentration_value(b, value, &m->species[k]);
      if (!hold.value) continue;
      m->holds = elute_grow(m->holds, m->n_holds, sizeof *m->holds);
      m->holds[m->n_holds++] = hold;
    }
  }
}
