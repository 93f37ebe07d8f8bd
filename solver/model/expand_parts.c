/* Where a law of release divides a load into several species, CARRIER.DRUG is the name of all of them, and
   CARRIER.DRUG.on_RECEPTOR of what is on a receptor: in lists of output, where species are added up (endpoints, images,
   verify), in conditions that are the same whatever the amount, and for what the body makes of a dose. */
#include "agents.h"
#include "release.h"

#include <stdlib.h>
#include <string.h>

typedef struct Divided {
  char *name; /* CARRIER.DRUG */
  char *list; /* of its parts, for messages */
  int n;
  char **part;
  bool counts_carriers; /* parts by the bonds that are left, which are not of one drug each */
} Divided;

static void divided_clear(Divided *d) {
  for (int i = 0; i < d->n; i++) free(d->part[i]);
  free(d->part);
  free(d->name);
  free(d->list);
}

/* What is in the fluid, or (not NULL) on a receptor. */
static Divided divide(const EluteNode *carrier, const EluteNode *payload, const ElutePools *pools,
                      const char *receptor) {
  char *where = receptor ? elute_text_format(".on_%s", receptor) : elute_text_copy("");
  Divided d = {.name = elute_text_format("%s.%s%s", carrier->key, payload->key, where), .list = elute_text_copy("")};

  for (int i = 0; i < pools->n; i++) {
    char *list;

    d.part = elute_grow(d.part, d.n, sizeof *d.part);
    d.part[d.n] = elute_text_format("%s.%s%s%s", carrier->key, payload->key, pools->pool[i].suffix, where);
    list = elute_text_format("%s%s%s", d.list, i ? ", " : "", d.part[d.n++]);
    free(d.list);
    d.list = list;
    d.counts_carriers = d.counts_carriers || pools->pool[i].drugs != 1;
  }
  free(where);
  return d;
}

static EluteNode *renamed(const EluteNode *node, const char *key) {
  EluteNode *copy = EluteNodeCopy(node);

  free(copy->key);
  copy->key = key ? elute_text_copy(key) : NULL;
  return copy;
}

/* What stands behind the name in a text: "", or in a row of the ledger ".PLACE" (species: those there are, of whose
   names it is not a part). NULL: the text begins otherwise. */
static const char *behind(const EluteNode *node, const Divided *d, const EluteNode *species) {
  const size_t n = strlen(d->name);
  const char *rest;

  if (node->kind != ELUTE_SCALAR || strncmp(node->text, d->name, n) != 0) return NULL;
  rest = node->text + n;
  if (!species) return rest[0] ? NULL : rest;
  for (const EluteNode *one = elute_first(species, ELUTE_MAPPING); one; one = one->next) {
    const size_t length = strlen(one->key);

    if (length > n && strncmp(node->text, one->key, length) == 0 && node->text[length] == '.') return NULL;
  }
  return rest[0] == '.' ? rest : NULL;
}

/* A list of names or (with species) of rows, or one where a list may stand, in which each part stands for the whole. */
static bool spell_out(EluteNode *list, const Divided *d, const EluteNode *species) {
  EluteNode *first = !list ? NULL : list->kind == ELUTE_SCALAR ? list : elute_first(list, ELUTE_SEQUENCE), *spelt;
  bool any = false;

  for (const EluteNode *one = first; one; one = one == list ? NULL : one->next) any = any || behind(one, d, species);
  if (!any) return false;
  spelt = EluteNodeNew(ELUTE_SEQUENCE, list->key, NULL);
  spelt->file = list->file, spelt->line = list->line, spelt->column = list->column;
  for (const EluteNode *one = first; one; one = one == list ? NULL : one->next) {
    const char *rest = behind(one, d, species);

    for (int i = 0; i < d->n && rest; i++) {
      EluteNode *part = renamed(one, NULL);

      free(part->text);
      part->text = elute_text_format("%s%s", d->part[i], rest);
      EluteNodeAppend(spelt, part);
    }
    if (!rest) EluteNodeAppend(spelt, renamed(one, NULL));
  }
  EluteNodeReplace(list, spelt);
  return true;
}

/* The same where species are added up. */
static void add_up(EluteBuilder *b, EluteNode *mapping, const char *key, const Divided *d, const EluteNode *species) {
  if (!spell_out(EluteNodeChild(mapping, key), d, species) || !d->counts_carriers) return;
  EluteError(b->d, EluteNodeChild(mapping, key),
             "'%s' is divided by the bonds that are left, so that its parts count carriers; expected each of %s by "
             "itself",
             d->name, d->list);
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

static void add_up_readings(EluteBuilder *b, const Divided *d) {
  EluteNode *endpoints = EluteNodeAt(b->root, "output.endpoints"), *images = EluteNodeAt(b->root, "output.images"),
            *verify = EluteNodeChild(b->root, "verify"), *parts;

  for (EluteNode *one = elute_first(endpoints, ELUTE_MAPPING); one; one = one->next) {
    add_up(b, one, "of", d, NULL);
    add_up(b, one, "over", d, NULL);
    parts = EluteNodeChild(one, "parts");
    for (EluteNode *part = elute_first(parts, ELUTE_MAPPING), *next; part; part = next) {
      next = part->next;
      add_up(b, parts, part->key, d, NULL);
    }
  }
  for (EluteNode *one = elute_first(images, ELUTE_MAPPING); one; one = one->next) add_up(b, one, "of", d, NULL);
  for (EluteNode *one = elute_first(verify, ELUTE_SEQUENCE); one; one = one->next) {
    add_up(b, one, "species", d, NULL);
    add_up(b, one, "ledger", d, EluteNodeChild(b->root, "species"));
  }
}

static void spread(EluteBuilder *b, const Divided *d) {
  static const char *const lists[] = {"output.fields", "output.probe_species"}, *const by_place[] = {"boundaries",
                                                                                                     "hold"};
  const EluteNode *biopsies = EluteNodeAt(b->root, "output.biopsies");

  for (int i = 0; i < 2; i++) spell_out(EluteNodeAt(b->root, lists[i]), d, NULL);
  for (const EluteNode *one = elute_first(biopsies, ELUTE_MAPPING); one; one = one->next)
    spell_out(EluteNodeChild(one, "of"), d, NULL);
  add_up_readings(b, d);
  for (int i = 0; i < 2; i++)
    for (EluteNode *place = elute_first(EluteNodeChild(b->root, by_place[i]), ELUTE_MAPPING); place;
         place = place->next)
      spread_entry(b, place, d, same_for_all, "a condition that is the same for all (value 0, no_flux, outflow)");
  spread_entry(b, EluteNodeChild(b->root, "plasma"), d, answers_to_doses,
               "what the body makes of a dose (two_compartment, or multi_exponential with dose)");
}

static void expand_divided(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload) {
  const EluteNode *targets = EluteNodeChild(carrier, "targets"), *target = elute_first(targets, ELUTE_MAPPING);
  ElutePools *pools = elute_release_pools(b, carrier, payload);
  Divided d = divide(carrier, payload, pools, NULL);

  if (d.n > 1) spread(b, &d);
  divided_clear(&d);
  for (; target && pools->n > 1; target = target->next) {
    d = divide(carrier, payload, pools, target->key);
    spread(b, &d);
    divided_clear(&d);
  }
  elute_free_pools(pools);
}

void elute_expand_parts(EluteBuilder *b) {
  const EluteNode *carriers = EluteNodeChild(b->model->tree, "carriers");

  for (const EluteNode *carrier = elute_first(carriers, ELUTE_MAPPING); carrier; carrier = carrier->next) {
    const EluteNode *carries = EluteNodeChild(carrier, "carries");

    for (const EluteNode *payload = elute_first(carries, ELUTE_MAPPING); payload; payload = payload->next)
      expand_divided(b, carrier, payload);
  }
}
