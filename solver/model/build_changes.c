/* changes: properties that are set or multiplied at a time, in a shape and in tissues. */
#include "internal.h"

#include <string.h>

enum { MOST_TIMES = 1000 };

/* In the order of EluteProperty. */
static const char *const units[] = {"1", "m2/s", "1", "1", "1", "m2/(Pa s)", "1/m", "m/(Pa s)"};

static bool read_species(EluteBuilder *b, const EluteNode *list, bool of_species[ELUTE_MAX_SPECIES]) {
  const EluteModel *m = b->model;
  bool fine = true;

  for (int k = 0; k < ELUTE_MAX_SPECIES; k++)
    of_species[k] = !list && k < m->n_mobile && m->species[k].quantity != ELUTE_HEAT;
  for (const EluteNode *child = elute_first(list, ELUTE_SEQUENCE); child; child = child->next) {
    const int k = elute_find_species(b, child);

    const bool heat = k >= 0 && m->species[k].quantity == ELUTE_HEAT;

    if (k >= m->n_mobile)
      EluteError(b->d, child, "found an immobile species, which has no such properties; expected a mobile one");
    else if (heat)
      EluteError(b->d, child, "found heat, which has no such properties; expected another mobile species");
    if (k >= 0 && k < m->n_mobile && !heat)
      of_species[k] = true;
    else
      fine = false;
  }
  return fine;
}

/* A property of the tissue without a default must be given where it is multiplied. */
static bool check_given(EluteBuilder *b, const EluteNode *edit, int property, const EluteChange *change) {
  const EluteNode *tissue = elute_first(EluteNodeChild(b->root, "tissues"), ELUTE_MAPPING);

  if (property < ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY) return true;
  if (property == ELUTE_PROPERTY_VASCULAR_DENSITY && b->model->network.n > 0) return true;
  for (int t = 0; tissue; tissue = tissue->next, t++)
    if (change->in_tissue[t] && EluteNodeChild(tissue, edit->key)) return true;
  EluteError(b->d, edit, "none of the tissues that change has a '%s' to multiply; expected it there, or 'set'",
             edit->key);
  return false;
}

static bool is_later(EluteBuilder *b, const EluteNode *node, double time) {
  if (time > b->model->time.begin) return true;
  EluteError(b->d, node, "found with a change at the beginning, where nothing is solved yet; expected a later time");
  return false;
}

/* What an edit makes of its property: a value, a function of what is solved, or a factor. */
static bool read_edit(EluteBuilder *b, const EluteNode *node, bool set, EluteChange *one) {
  const char *unit = units[one->property];

  if (!set)
    return EluteNumberRead(node, "1", 0.0, &b->model->scope, &one->factor, b->d) &&
           check_given(b, node, one->property, one);
  one->follows = elute_is_lookup(b, node);
  if (!one->follows) return (one->set = elute_property(b, node, unit)) != NULL;
  one->lookup = elute_build_lookup(b, node, unit, 0.0, &one->seen);
  return one->lookup >= 0 && is_later(b, node, one->time);
}

/* One edit of each property named under `set` or `multiply`, at each of its times. */
static void add_edits(EluteBuilder *b, const EluteNode *edits, bool set, EluteChange *change, double every, bool fine) {
  EluteModel *m = b->model;

  for (const EluteNode *node = elute_first(edits, ELUTE_MAPPING); node; node = node->next) {
    const int property = EluteNamedProperty(node->key);
    EluteChange one = *change;

    if (property < 0) continue; /* the schema has said so */
    one.property = (EluteProperty)property;
    one.node = node;
    if (!read_edit(b, node, set, &one) || !fine) {
      EluteValueFree(one.set);
      continue;
    }
    for (int i = 0; i == 0 || (every > 0.0 && change->time + i * every < m->time.end); i++) {
      one.time = change->time + i * every;
      one.owns_shape = change->owns_shape;
      if (i > 0 && one.set) one.set = elute_property(b, node, units[property]); /* each owns its own */
      m->changes = elute_grow(m->changes, m->n_changes, sizeof *m->changes);
      m->changes[m->n_changes++] = one;
      change->owns_shape = false;
    }
  }
}

/* where_above, where_below: by what is solved up to then. */
static bool read_solved(EluteBuilder *b, const EluteNode *node, EluteChange *change) {
  static const char *const keys[] = {"where_above", "where_below"};
  bool fine = true;

  for (int i = 0; i < 2; i++) {
    const EluteNode *place = EluteNodeChild(node, keys[i]);
    EluteSolvedPlace *solved = &change->solved[change->n_solved];
    const EluteSpecies *s;

    if (!place) continue;
    solved->above = i == 0;
    solved->species = elute_find_species(b, EluteNodeChild(place, "species"));
    s = solved->species < 0 ? NULL : &b->model->species[solved->species];
    if (!s || !elute_quantity(b, place, "value", elute_concentration_unit(s), s->molar_mass, 0.0, &solved->value)) {
      fine = false;
      continue;
    }
    solved->value -= s->reference;
    change->n_solved++;
    if (!is_later(b, place, change->time)) fine = false;
  }
  return fine;
}

/* How often it comes again until the end; 0: not. */
static bool read_every(EluteBuilder *b, const EluteNode *node, const EluteChange *change, double *every) {
  const double left = b->model->time.end - change->time;

  if (!elute_quantity(b, node, "every", "s", 0.0, 0.0, every)) return false;
  if (!(*every > 0.0) || left / *every <= MOST_TIMES) return true;
  EluteError(b->d, EluteNodeChild(node, "every"), "found %g changes until the end; expected at most %d", left / *every,
             (int)MOST_TIMES);
  return false;
}

static void build_change(EluteBuilder *b, const EluteNode *node) {
  const EluteTimeSpec *time = &b->model->time;
  const EluteNode *where = EluteNodeChild(node, "where"), *at = EluteNodeChild(node, "at");
  const EluteNode *set = EluteNodeChild(node, "set"), *multiply = EluteNodeChild(node, "multiply");
  EluteChange change = {.node = node};
  double every = 0.0;
  bool fine = at && elute_quantity(b, node, "at", "s", 0.0, 0.0, &change.time);

  if (fine && (change.time < time->begin || change.time > time->end)) {
    EluteError(b->d, at, "found %g s; expected a time within the run, %g s to %g s", change.time, time->begin,
               time->end);
    fine = false;
  }
  if (!set && !multiply) EluteError(b->d, node, "expected 'multiply' or 'set': what changes");
  if (!read_solved(b, node, &change)) fine = false;
  if (!read_species(b, EluteNodeChild(node, "species"), change.of_species)) fine = false;
  if (!elute_tissue_list(b, EluteNodeChild(node, "in"), change.in_tissue)) fine = false;
  if (where) {
    change.has_shape = change.owns_shape = true;
    if (!elute_build_shape(b, where, &change.shape)) fine = false;
  }
  if (!read_every(b, node, &change, &every)) fine = false;
  add_edits(b, set, true, &change, every, fine);
  add_edits(b, multiply, false, &change, every, fine);
  if (change.owns_shape) elute_shape_clear(&change.shape);
}

/* By time; of the same time in the order of the file. */
static void sort_changes(int n, EluteChange *changes) {
  for (int i = 1; i < n; i++) {
    const EluteChange one = changes[i];
    int k = i;

    for (; k > 0 && changes[k - 1].time > one.time; k--) changes[k] = changes[k - 1];
    changes[k] = one;
  }
}

void elute_build_changes(EluteBuilder *b) {
  const EluteNode *list = EluteNodeChild(b->root, "changes");

  for (const EluteNode *node = elute_first(list, ELUTE_SEQUENCE); node; node = node->next) build_change(b, node);
  sort_changes(b->model->n_changes, b->model->changes);
}
