/* `from: NAME`: what an entry says, numbers with their sources, below what the case or the entry that names it says. */
#include "catalogue_internal.h"

#include <stdlib.h>
#include <string.h>

const EluteCatalogueKind elute_catalogue_kinds[] = {
    {"tissues", {"tissues.*"}},
    {"drugs", {"drugs.*"}},
    {"carriers", {"carriers.*"}},
    {"releases", {"carriers.*.release", "carriers.*.carries.*.release"}},
    {"receptors", {"receptors.*"}},
    {"bindings", {"drugs.*.binds.*", "carriers.*.targets.*"}},
    {"uptakes", {"drugs.*.uptake"}},
    {"protein_bindings", {"drugs.*.protein_binding"}},
    {"cells", {"cells.*"}},
    {"kills", {"cells.*.killed_by.*"}},
    {"responses", {"drugs.*.produced_by.*"}},
    {"damages", {"heat.damage.*"}},
    {"plasma", {"plasma.*"}},
    {NULL, {NULL}},
};

enum { LONGEST_CHAIN = 16 };

static void *check_memory(void *memory) {
  if (!memory) abort();
  return memory;
}

/* The first entry of the name; behind `after` where that is given: an entry of the name that it replaces. */
static const EluteNode *find_entry(const EluteCatalogue *c, const char *kind, const char *name,
                                   const EluteNode *after) {
  for (int i = 0; i < c->n; i++) {
    const EluteNode *entry = EluteNodeChild(EluteNodeChild(c->files[i], kind), name);

    if (entry && !after) return entry;
    if (entry == after) after = NULL;
  }
  return NULL;
}

static void unknown_entry(const EluteCatalogue *c, const char *kind, const EluteNode *from, EluteDiagnostics *d) {
  const char *names[200] = {NULL}, *nearest;
  char known[600] = "";
  int n = 0;

  for (int i = 0; i < c->n; i++) {
    const EluteNode *map = EluteNodeChild(c->files[i], kind);

    for (const EluteNode *one = map ? map->first : NULL; one && n < 200; one = one->next) {
      const size_t used = strlen(known);

      snprintf(known + used, sizeof known - used, "%s%s", n ? ", " : "", one->key);
      names[n++] = one->key;
    }
  }
  nearest = EluteNearest(from->text, n, names);
  if (nearest)
    EluteError(d, from, "no catalogue has '%.100s' under %s; did you mean '%s'?", from->text, kind, nearest);
  else
    EluteError(d, from, "no catalogue has '%.100s' under %s; expected one of %s", from->text, kind,
               n ? known : "none: no catalogue was found");
}

static void drop(EluteNode *mapping, const char *key) {
  EluteNode *child = EluteNodeChild(mapping, key);

  if (child) EluteNodeFree(child);
}

/* Numbers remember the entry that gave them, for they may come from several. */
static void stamp(EluteNode *node, const char *entry) {
  if (elute_catalogue_is_sourced(node)) {
    free(node->provenance);
    node->provenance = check_memory(strdup(entry));
    return;
  }
  for (EluteNode *child = node->first; child; child = child->next) stamp(child, entry);
}

static bool differ(const EluteNode *base, const EluteNode *over, const char *key) {
  const EluteNode *a = EluteNodeChild(base, key), *b = EluteNodeChild(over, key);

  return a && b && a->kind == ELUTE_SCALAR && b->kind == ELUTE_SCALAR && strcmp(a->text, b->text) != 0;
}

static bool is_another_law(const EluteNode *base, const EluteNode *over) {
  return differ(base, over, "law") || differ(base, over, "model");
}

/* Takes from the entry what `over` replaces as a whole: a number with its source, and what goes with another law. */
static void give_way(EluteNode *base, const EluteNode *over) {
  for (EluteNode *child = base->first, *next; child; child = next) {
    const EluteNode *newer = EluteNodeChild(over, child->key);

    next = child->next;
    if (!newer) continue;
    if (elute_catalogue_is_sourced(child) || is_another_law(child, newer))
      EluteNodeFree(child);
    else
      give_way(child, newer);
  }
}

static const char *from_of(const EluteNode *node) {
  const EluteNode *from = EluteNodeChild(node, "from");

  return from && from->kind == ELUTE_SCALAR && from->text[0] ? from->text : NULL;
}

/* The entries that the node derives from, nearest first. own: the entry that the node is, or NULL. Returns their
   number; 0, reported: none. A fault further down is reported where it stands, when that file is checked. */
static int find_chain(const EluteCatalogue *c, const char *kind, const EluteNode *node, const EluteNode *own,
                      const EluteNode *chain[LONGEST_CHAIN], EluteDiagnostics *d) {
  const EluteNode *last = own;
  int n = 0;

  for (const char *name = from_of(node); name; name = from_of(last)) {
    const EluteNode *entry = find_entry(c, kind, name, last && strcmp(last->key, name) == 0 ? last : NULL);

    if (!entry && n == 0) unknown_entry(c, kind, EluteNodeChild(node, "from"), d);
    if (entry && entry == own)
      EluteError(d, EluteNodeChild(node, "from"),
                 "found a circle: '%s' derives from itself, through %d other entries; "
                 "expected an entry that does not",
                 own->key, n);
    if (!entry || entry == own || n == LONGEST_CHAIN) return 0;
    chain[n++] = last = entry;
  }
  return n;
}

typedef struct Filling {
  const EluteCatalogue *c;
  const char *kind;
  long n_nodes; /* of all that was filled in so far */
  EluteDiagnostics *d;
} Filling;

static void fill_one(Filling *f, EluteNode *node, const EluteNode *own) {
  const EluteNode *chain[LONGEST_CHAIN];
  const int n = find_chain(f->c, f->kind, node, own, chain, f->d);
  const EluteNode *from = EluteNodeChild(node, "from");
  EluteNode *merged;

  if (n == 0 && from) { /* what else is missed of the node is not reported again: it stands where that was */
    node->line = from->line;
    node->column = from->column;
  }
  if (n == 0) return;
  drop(node, "from"); /* what is left says everything, and runs without the catalogue */
  merged = EluteNodeCopy(node);
  for (int i = 0; i < n && !is_another_law(chain[i], merged); i++) {
    EluteNode *base = EluteNodeCopy(chain[i]), *both;

    drop(base, "from");
    drop(base, "description");
    stamp(base, chain[i]->key);
    give_way(base, merged);
    both = EluteTreeMerge(base, merged);
    EluteNodeFree(base);
    EluteNodeFree(merged);
    merged = both;
  }
  f->n_nodes += EluteNodeCount(merged);
  if (f->n_nodes > ELUTE_MOST_NODES)
    EluteError(f->d, node, "more than %d nodes come from catalogues", ELUTE_MOST_NODES);
  EluteNodeReplace(node, merged);
}

/* Every node at the place, such as carriers.*.release. entries: of a catalogue file, where these are the nodes. */
static void fill_place(Filling *f, const char *place, EluteNode *node, const EluteNode *entries) {
  const size_t length = strcspn(place, ".");
  const char *rest = place[length] ? place + length + 1 : NULL;

  if (!node || node->kind != ELUTE_MAPPING) return;
  for (EluteNode *child = node->first, *next; child && f->n_nodes <= ELUTE_MOST_NODES; child = next) {
    next = child->next;
    if (place[0] != '*' && !(strlen(child->key) == length && strncmp(child->key, place, length) == 0)) continue;
    if (rest)
      fill_place(f, rest, child, entries);
    else
      fill_one(f, child, EluteNodeChild(entries, child->key));
  }
}

void elute_catalogue_fill(const EluteCatalogue *c, EluteNode *root, const EluteNode *file, EluteDiagnostics *d) {
  Filling filling = {.c = c, .d = d};

  for (const EluteCatalogueKind *kind = elute_catalogue_kinds; kind->name; kind++) {
    EluteNode *entries = file ? EluteNodeChild(root, kind->name) : NULL;

    for (EluteNode *entry = entries && entries->kind == ELUTE_MAPPING ? entries->first : NULL; entry;
         entry = entry->next)
      stamp(entry, entry->key);
    filling.kind = kind->name;
    fill_place(&filling, "*", entries, EluteNodeChild(file, kind->name));
    for (int i = 0; i < 2 && kind->places[i]; i++)
      if (!entries || strncmp(kind->places[i], kind->name, strlen(kind->name)) != 0)
        fill_place(&filling, kind->places[i], root, NULL);
  }
}

/* {value: 1 nM, range: …, source: …, evidence: S2} becomes the scalar 1 nM that knows its source. */
static EluteNode *plain_number(const EluteNode *node) {
  const EluteNode *evidence = EluteNodeChild(node, "evidence");
  const EluteNode *value = EluteNodeChild(node, "value"), *source = EluteNodeChild(node, "source");
  EluteNode *copy = value ? EluteNodeCopy(value) : NULL;

  if (!copy) return NULL;
  free(copy->key);
  copy->key = NULL; /* that of the node, when it takes its place */
  free(copy->provenance);
  if (asprintf(&copy->provenance, "%s: %s; %s", node->provenance, source && source->text ? source->text : "no source",
               evidence && evidence->text ? evidence->text : "no evidence") < 0)
    abort();
  return copy;
}

void elute_catalogue_make_plain(EluteNode *node) {
  for (EluteNode *child = node->first, *next; child; child = next) {
    EluteNode *plain = child->provenance && elute_catalogue_is_sourced(child) ? plain_number(child) : NULL;

    next = child->next;
    if (plain)
      EluteNodeReplace(child, plain);
    else
      elute_catalogue_make_plain(child);
  }
}

void EluteCatalogueResolve(EluteCatalogue *c, EluteNode *case_root, EluteDiagnostics *d) {
  EluteNode *list = EluteNodeChild(case_root, "catalogues");
  const int before = d->n_errors;

  elute_catalogue_fill(c, case_root, NULL, d);
  elute_catalogue_make_plain(case_root);
  if (list && list->kind == ELUTE_SEQUENCE && d->n_errors == before) EluteNodeFree(list);
}

EluteNode *EluteCatalogueSourced(const EluteCatalogue *c, const EluteNode *case_root, EluteDiagnostics *d) {
  EluteNode *copy = EluteNodeCopy(case_root);

  elute_catalogue_fill(c, copy, NULL, d);
  return copy;
}
