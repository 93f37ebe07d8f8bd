/* Where a law of release divides a load into several species, CARRIER.DRUG is the name of all of them: in lists of
   output, in conditions that are the same whatever the amount, and for what the body makes of a dose. */
#include "agents.h"
#include "release.h"

#include <stdlib.h>
#include <string.h>

typedef struct Divided {
  char *name; /* CARRIER.DRUG */
  char *list; /* of its parts, for messages */
  int n;
  char **part;
} Divided;

static void divided_clear(Divided *d) {
  for (int i = 0; i < d->n; i++) free(d->part[i]);
  free(d->part);
  free(d->name);
  free(d->list);
}

static Divided divide(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  ElutePools *pools = elute_release_pools(b, carrier, payload);
  Divided d = {.name = elute_text_format("%s.%s", carrier->key, payload->key), .list = elute_text_copy("")};

  for (int i = 0; i < pools->n; i++) {
    char *list = elute_text_format("%s%s%s%s", d.list, i ? ", " : "", d.name, pools->pool[i].suffix);

    free(d.list);
    d.list = list;
    d.part = elute_grow(d.part, d.n, sizeof *d.part);
    d.part[d.n++] = elute_text_format("%s%s", d.name, pools->pool[i].suffix);
  }
  elute_free_pools(pools);
  return d;
}

static EluteNode *renamed(const EluteNode *node, const char *key) {
  EluteNode *copy = EluteNodeCopy(node);

  free(copy->key);
  copy->key = key ? elute_text_copy(key) : NULL;
  return copy;
}

static bool names(const EluteNode *node, const Divided *d) {
  return node->kind == ELUTE_SCALAR && strcmp(node->text, d->name) == 0;
}

static EluteNode *named_scalar(const EluteNode *like, const char *text) {
  EluteNode *copy = renamed(like, NULL);

  free(copy->text);
  copy->text = elute_text_copy(text);
  return copy;
}

/* A list of names, or one where a list may stand. */
static void spell_out(EluteNode *list, const Divided *d) {
  EluteNode *spelt;

  if (!list || !(names(list, d) || elute_first(list, ELUTE_SEQUENCE))) return;
  spelt = EluteNodeNew(ELUTE_SEQUENCE, list->key, NULL);
  spelt->file = list->file, spelt->line = list->line, spelt->column = list->column;
  for (const EluteNode *one = list->kind == ELUTE_SCALAR ? list : list->first; one; one = one->next) {
    for (int i = 0; i < d->n && names(one, d); i++) EluteNodeAppend(spelt, named_scalar(one, d->part[i]));
    if (!names(one, d)) EluteNodeAppend(spelt, renamed(one, NULL));
    if (list->kind == ELUTE_SCALAR) break;
  }
  EluteNodeReplace(list, spelt);
}

/* A value of nothing, or a condition without a value. */
static bool same_for_all(EluteBuilder *b, const EluteNode *condition) {
  static const char *const valued[] = {"value", "flux", "transfer"};
  EluteDiagnostics quiet = {0};
  double value = 1.0;

  for (int i = 0; i < 3; i++) {
    const EluteNode *node = EluteNodeChild(condition, valued[i]);

    if (!node) continue;
    if (i == 2 || node->kind != ELUTE_SCALAR ||
        !EluteNumberRead(node, i == 0 ? "mol/m3" : "mol/(m2 s)", 0.0, &b->model->scope, &value, &quiet))
      value = 1.0;
    EluteDiagnosticsClear(&quiet);
    return value == 0.0;
  }
  return true;
}

/* One entry of a mapping by species becomes one for each part. */
static void spread_entry(EluteBuilder *b, EluteNode *map, const Divided *d,
                         bool (*fits)(EluteBuilder *, const EluteNode *), const char *expected) {
  EluteNode *entry = EluteNodeChild(map, d->name);

  if (!entry) return;
  if (!fits(b, entry)) {
    EluteError(b->d, entry, "'%s' is divided by its law of release; expected %s, or an entry for each of %s", d->name,
               expected, d->list);
    EluteNodeFree(entry);
    return;
  }
  for (int i = 0; i < d->n; i++)
    if (!EluteNodeChild(map, d->part[i])) EluteNodeAppend(map, renamed(entry, d->part[i]));
  EluteNodeFree(entry);
}

static bool answers_to_doses(EluteBuilder *b, const EluteNode *curve) {
  (void)b;
  return EluteNodeChild(curve, "two_compartment") || EluteNodeChild(curve, "dose");
}

static void spread(EluteBuilder *b, const Divided *d) {
  static const char *const lists[] = {"output.fields", "output.probe_species"}, *const by_place[] = {"boundaries",
                                                                                                     "hold"};
  static const char *const readings[] = {"output.endpoints", "output.biopsies", "output.images"};

  for (int i = 0; i < 2; i++) spell_out(EluteNodeAt(b->root, lists[i]), d);
  for (int i = 0; i < 3; i++)
    for (EluteNode *one = elute_first(EluteNodeAt(b->root, readings[i]), ELUTE_MAPPING); one; one = one->next)
      spell_out(EluteNodeChild(one, "of"), d);
  for (int i = 0; i < 2; i++)
    for (EluteNode *place = elute_first(EluteNodeChild(b->root, by_place[i]), ELUTE_MAPPING); place;
         place = place->next)
      spread_entry(b, place, d, same_for_all, "a condition that is the same for all (value 0, no_flux, outflow)");
  spread_entry(b, EluteNodeChild(b->root, "plasma"), d, answers_to_doses,
               "what the body makes of a dose (two_compartment, or multi_exponential with dose)");
}

void elute_expand_parts(EluteBuilder *b) {
  const EluteNode *carriers = EluteNodeChild(b->model->tree, "carriers");

  for (const EluteNode *carrier = elute_first(carriers, ELUTE_MAPPING); carrier; carrier = carrier->next) {
    const EluteNode *carries = EluteNodeChild(carrier, "carries");

    for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next) {
      Divided d = divide(b, carrier, payload);

      if (d.n > 1) spread(b, &d);
      divided_clear(&d);
    }
  }
}
