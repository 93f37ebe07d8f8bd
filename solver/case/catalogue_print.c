/* Entries as people read them: a table of the numbers with range, evidence and source; as YAML; all of them as a page.
 */
#include "catalogue_internal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SOURCES = 200, LONGEST_CELL = 300 };

/* Sources that several numbers share are written once, below the table. */
typedef struct Sources {
  int n;
  const char *text[MOST_SOURCES];
} Sources;

typedef struct Row {
  char key[LONGEST_CELL], value[LONGEST_CELL], range[LONGEST_CELL], evidence[8], from[80];
  int source; /* 1-based; 0: no number */
} Row;

typedef struct Table {
  int n;
  Row *rows;
  Sources sources;
} Table;

static const char *text_of(const EluteNode *node, const char *key) {
  const EluteNode *child = EluteNodeChild(node, key);

  return child && child->kind == ELUTE_SCALAR ? child->text : "";
}

/* "1 nM", "1 nM to 4 nM" of a range, "{formula: 2*x, unit: 1/h}". */
static void write_flow(const EluteNode *node, char *text, size_t length) {
  char *all = NULL;
  size_t size;
  FILE *file;

  if (node->kind == ELUTE_SCALAR) {
    snprintf(text, length, "%s", node->text);
    return;
  }
  file = open_memstream(&all, &size);
  if (!file) abort();
  fputc(node->kind == ELUTE_MAPPING ? '{' : '[', file);
  for (const EluteNode *child = node->first; child; child = child->next) {
    char part[LONGEST_CELL];

    write_flow(child, part, sizeof part);
    fprintf(file, "%s%s%s%s", child == node->first ? "" : ", ", child->key ? child->key : "", child->key ? ": " : "",
            part);
  }
  fputc(node->kind == ELUTE_MAPPING ? '}' : ']', file);
  fclose(file);
  snprintf(text, length, "%s", all);
  free(all);
}

static int source_number(Sources *s, const char *text) {
  for (int i = 0; i < s->n; i++)
    if (strcmp(s->text[i], text) == 0) return i + 1;
  if (s->n == MOST_SOURCES) abort();
  s->text[s->n++] = text;
  return s->n;
}

static void add_row(Table *t, const EluteNode *node, const char *path, const char *entry) {
  const bool sourced = elute_catalogue_is_sourced(node);
  const EluteNode *value = sourced ? EluteNodeChild(node, "value") : node, *range = EluteNodeChild(node, "range");
  Row *row;

  t->rows = realloc(t->rows, (size_t)(t->n + 1) * sizeof *t->rows);
  if (!t->rows) abort();
  row = &t->rows[t->n++];
  *row = (Row){0};
  snprintf(row->key, sizeof row->key, "%s", path);
  if (value) write_flow(value, row->value, sizeof row->value);
  if (!sourced) return;
  if (range && range->kind == ELUTE_SEQUENCE)
    snprintf(row->range, sizeof row->range, "%s to %s", range->first->text, range->last->text);
  else
    snprintf(row->range, sizeof row->range, "unknown");
  snprintf(row->evidence, sizeof row->evidence, "%s", text_of(node, "evidence"));
  row->source = source_number(&t->sources, text_of(node, "source"));
  if (node->provenance && strcmp(node->provenance, entry) != 0)
    snprintf(row->from, sizeof row->from, "%s", node->provenance);
}

static void add_rows(Table *t, const EluteNode *node, const char *path, const char *entry) {
  for (const EluteNode *child = node->first; child; child = child->next) {
    char below[LONGEST_CELL];

    if (strcmp(child->key, "description") == 0) continue;
    snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "", child->key);
    if (child->kind == ELUTE_MAPPING && !elute_catalogue_is_sourced(child))
      add_rows(t, child, below, entry);
    else
      add_row(t, child, below, entry);
  }
}

static int width(const Table *t, size_t offset) {
  size_t widest = 0;

  for (int i = 0; i < t->n; i++) {
    const size_t n = strlen((const char *)&t->rows[i] + offset);

    if (n > widest) widest = n;
  }
  return (int)widest;
}

static void print_table(const Table *t, FILE *file) {
  const int key = width(t, offsetof(Row, key)), value = width(t, offsetof(Row, value));
  const int range = width(t, offsetof(Row, range));

  for (int i = 0; i < t->n; i++) {
    const Row *row = &t->rows[i];

    if (!row->source)
      fprintf(file, "  %-*s  %s\n", key, row->key, row->value);
    else
      fprintf(file, "  %-*s  %-*s  %-*s  %-2s  [%d]%s%s\n", key, row->key, value, row->value, range, row->range,
              row->evidence, row->source, row->from[0] ? "  of " : "", row->from);
  }
  for (int s = 0; s < t->sources.n; s++) fprintf(file, "  [%d] %s\n", s + 1, t->sources.text[s]);
}

static void print_markdown(const Table *t, FILE *file) {
  fputs("| key | value | range | evidence | source |\n|---|---|---|---|---|\n", file);
  for (int i = 0; i < t->n; i++) {
    const Row *row = &t->rows[i];

    fprintf(file, "| `%s` | %s | %s | %s | %s |\n", row->key, row->value, row->range, row->evidence,
            row->source ? t->sources.text[row->source - 1] : "");
  }
}

/* The entry with all that it takes from others, each number with its source. */
static EluteNode *whole_entry(const EluteCatalogue *c, const EluteNode *file, const char *kind, const char *name) {
  EluteNode *copy = EluteNodeCopy(file), *entry;
  EluteDiagnostics reported = {0}; /* when the file was read */

  elute_catalogue_fill(c, copy, file, &reported);
  EluteDiagnosticsClear(&reported);
  entry = EluteNodeChild(EluteNodeChild(copy, kind), name);
  if (entry) EluteNodeDetach(entry);
  EluteNodeFree(copy);
  return entry;
}

static void print_entry(const EluteNode *entry, bool markdown, FILE *file) {
  Table t = {0};

  add_rows(&t, entry, "", entry->key);
  if (markdown)
    print_markdown(&t, file);
  else
    print_table(&t, file);
  free(t.rows);
}

static void forget_stamps(EluteNode *node) {
  free(node->provenance);
  node->provenance = NULL;
  for (EluteNode *child = node->first; child; child = child->next) forget_stamps(child);
}

static void print_yaml(const EluteNode *entry, const char *kind, FILE *file) {
  EluteNode *root = EluteNodeNew(ELUTE_MAPPING, NULL, NULL), *map = EluteNodeNew(ELUTE_MAPPING, kind, NULL);
  EluteNode *ordered = EluteNodeNew(ELUTE_MAPPING, entry->key, NULL);

  EluteNodeSet(root, "elute_catalogue", "1");
  EluteNodeAppend(root, map);
  EluteNodeAppend(map, ordered);
  EluteNodeSet(ordered, "description", "%s", text_of(entry, "description"));
  for (const EluteNode *child = entry->first; child; child = child->next)
    if (strcmp(child->key, "description") != 0) EluteNodeAppend(ordered, EluteNodeCopy(child));
  forget_stamps(root);
  EluteTreePrint(root, file);
  EluteNodeFree(root);
}

bool EluteCatalogueShow(const EluteCatalogue *c, const char *name, bool yaml, FILE *file) {
  bool found = false;

  for (const EluteCatalogueKind *kind = elute_catalogue_kinds; kind->name; kind++) {
    for (int i = 0; i < c->n; i++) {
      EluteNode *entry = EluteNodeChild(EluteNodeChild(c->files[i], kind->name), name);

      if (!entry) continue;
      entry = whole_entry(c, c->files[i], kind->name, name);
      if (found) fputs(yaml ? "---\n" : "\n", file);
      found = true;
      if (yaml) {
        print_yaml(entry, kind->name, file);
      } else {
        fprintf(file, "%s: %s (%s)\n", name, text_of(entry, "description"), kind->name);
        print_entry(entry, false, file);
      }
      EluteNodeFree(entry);
      break; /* one of one's own hides that of the same name behind it */
    }
  }
  return found;
}

void EluteCatalogueList(const EluteCatalogue *c, FILE *file) {
  for (const EluteCatalogueKind *kind = elute_catalogue_kinds; kind->name; kind++) {
    fprintf(file, "%s\n", kind->name);
    for (int i = 0; i < c->n; i++) {
      const EluteNode *map = EluteNodeChild(c->files[i], kind->name);

      for (const EluteNode *one = map ? map->first : NULL; one; one = one->next)
        fprintf(file, "  %-25s %s\n", one->key, text_of(one, "description"));
    }
  }
}

/* clang-format off: one line of the page a line */
static const char preface[] =
    "# Catalogue\n\n"
    "Made by `elute catalogue list --reference` from `cases/catalogue/`. A case takes an entry by `from: NAME`; what "
    "stands beside it\n"
    "overrides, and with another `law` or `model` nothing of the entry's is taken along. What an entry leaves open the "
    "case must say. The\n"
    "echoed case shows every number with entry, source and evidence, and runs without the catalogue.\n\n"
    "Evidence: S read in a primary source, S2 second-hand, R recalled, A assumed, N computed. A range that is "
    "`unknown` was given by nobody.\n"
    "Where authors differ the range says so: a study that is reproduced must use its own set. A drug binds those of "
    "its receptors that the\n"
    "case has; a tissue's pressure holds where no flow is solved.\n\n"
    "A catalogue of your own, named by `catalogues: [my_lab.yaml]` in the case, goes before this one. Its entries have "
    "the keys of a case,\n"
    "each number with its source, and may derive from others; an entry's own name then means the one that it "
    "replaces:\n"
    "```yaml\n"
    "elute_catalogue: 1\n"
    "carriers:\n"
    "  peg_liposome:\n"
    "    from: peg_liposome\n"
    "    description: Ours, 90 nm\n"
    "    diffusivity: {value: 8e-13 m2/s, range: [4e-13 m2/s, 1.2e-12 m2/s], source: \"FRAP, our lab\", evidence: S}\n"
    "```\n"
    "`elute catalogue show peg_liposome --catalogue my_lab.yaml` prints it whole, and with `--yaml` as a file of its "
    "own.\n";
/* clang-format on */

void EluteCatalogueReference(const EluteCatalogue *c, FILE *file) {
  fputs(preface, file);
  for (const EluteCatalogueKind *kind = elute_catalogue_kinds; kind->name; kind++) {
    fprintf(file, "\n## %s\n\nTaken at", kind->name);
    for (int i = 0; i < 2 && kind->places[i]; i++) fprintf(file, "%s `%s.from`", i ? "," : "", kind->places[i]);
    fputs(".\n", file);
    for (int i = 0; i < c->n; i++) {
      const EluteNode *map = EluteNodeChild(c->files[i], kind->name);

      for (const EluteNode *one = map ? map->first : NULL; one; one = one->next) {
        EluteNode *entry = whole_entry(c, c->files[i], kind->name, one->key);

        fprintf(file, "\n### %s\n%s.\n\n", one->key, text_of(one, "description"));
        print_entry(entry, true, file);
        EluteNodeFree(entry);
      }
    }
  }
}

const char *EluteCatalogueNearest(const EluteCatalogue *c, const char *name) {
  const char *names[600];
  int n = 0;

  for (int i = 0; i < c->n; i++) {
    for (const EluteCatalogueKind *kind = elute_catalogue_kinds; kind->name; kind++) {
      const EluteNode *map = EluteNodeChild(c->files[i], kind->name);

      for (const EluteNode *one = map ? map->first : NULL; one && n < 600; one = one->next) names[n++] = one->key;
    }
  }
  return EluteNearest(name, n, names);
}
