/* The reference page of keys from the schema tables, and the walk over all keys. */
#include "schema_internal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TABLES = 256, LONGEST_PATH = 256, DEEPEST = 32 };

/* Sections found on the way, each printed once: shapes hold shapes. */
typedef struct Sections {
  int n;
  const EluteKey *keys[MOST_TABLES];
  char path[MOST_TABLES][LONGEST_PATH];
  const char *doc[MOST_TABLES];
} Sections;

static int section_number(Sections *s, const EluteKey *key, const char *path) {
  for (int i = 0; i < s->n; i++)
    if (s->keys[i] == key->keys) return i;
  if (s->n == MOST_TABLES) abort(); /* a mistake in the tables */
  s->keys[s->n] = key->keys;
  s->doc[s->n] = key->doc;
  snprintf(s->path[s->n], LONGEST_PATH, "%s", path);
  return s->n++;
}

static void print_cell(const char *text, FILE *file) {
  for (const char *c = text; *c; c++) {
    if (*c == '|') fputc('\\', file);
    fputc(*c, file);
  }
}

static void join(char *out, const char *path, const char *key) {
  snprintf(out, LONGEST_PATH, "%.*s%s%s", LONGEST_PATH - 70, path, path[0] ? "." : "", key);
}

static void print_type(const EluteKey *key, const char *path, Sections *s, FILE *file) {
  char text[600], below[LONGEST_PATH];

  switch (key->type) {
  case ELUTE_TYPE_SECTION:
    fprintf(file, "keys of [%s](#s%d)", path, section_number(s, key, path) + 1);
    break;
  case ELUTE_TYPE_MAP:
  case ELUTE_TYPE_LIST:
    join(below, path, "*");
    fputs(key->type == ELUTE_TYPE_MAP ? "names with " : "a list of ", file);
    print_type(key->element, below, s, file);
    break;
  case ELUTE_TYPE_EITHER:
    for (const EluteKey *k = key->keys; k->key; k++) {
      if (k != key->keys) fputs(", or ", file);
      print_type(k, path, s, file);
    }
    break;
  default:
    elute_schema_expected(key, text, sizeof text);
    print_cell(text, file);
    elute_schema_bounds(key, text, sizeof text);
    if (text[0]) fprintf(file, ", %s", text);
  }
}

static void print_section(int number, Sections *s, FILE *file) {
  char path[LONGEST_PATH];

  fprintf(file, "\n<a id=\"s%d\"></a>\n## %s\n\n", number + 1,
          s->path[number][0]                 ? s->path[number]
          : s->keys[0] == elute_study_schema ? "The study"
                                             : "The case");
  if (s->doc[number]) fprintf(file, "%s\n\n", s->doc[number]);
  fputs("| key | takes | default | meaning |\n|---|---|---|---|\n", file);
  for (const EluteKey *k = s->keys[number]; k->key; k++) {
    fprintf(file, "| `%s` | ", k->key);
    join(path, s->path[number], k->key);
    print_type(k, path, s, file);
    fputs(" | ", file);
    if (k->fallback) fputc('`', file);
    print_cell(k->fallback ? k->fallback : k->required ? "required" : "", file);
    if (k->fallback) fputc('`', file);
    fputs(" | ", file);
    print_cell(k->doc ? k->doc : "", file);
    fputs(" |\n", file);
  }
}

void EluteSchemaPrintReference(const EluteKey *keys, FILE *file) {
  Sections *s = calloc(1, sizeof *s);
  const EluteKey root = {.type = ELUTE_TYPE_SECTION, .keys = keys};

  if (!s) abort();
  if (keys == elute_study_schema)
    fputs("# Keys of the study file\n\nMade by `elute schema --study --reference` from the tables that check every "
          "study; "
          "[studies.md](studies.md) says how they are used. A star stands for a free name or a place in a list.\n",
          file);
  else
    fputs(
        "# Keys of the case file\n\n"
        "Made by `elute schema --reference` from the tables that check every case. A star stands for a free name or a "
        "place "
        "in a list. A value that may vary is a quantity, or `{formula: …, unit: …}`, `{table: {time: […], value: "
        "[…]}}`, "
        "`{multi_exponential: {amplitudes: […], rates: […], start: […], duration: […], share: […]}}` (what doses leave "
        "in plasma), `{hazard: {start: …, over: …, law: power|weibull|table, …}}` (in 1/s: the rate of what leaves by "
        "its "
        "age, given at the start or at a constant rate over some time from then on; power "
        "takes time and exponent, weibull scale and shape, table {time, value} or {file}), `{tissue: {…}}` (with "
        "`default` for the tissues that it does not name; without, these have nothing "
        "of an "
        "initial value, a "
        "rate or a source, and are an error elsewhere).\n",
        file);
  section_number(s, &root, "");
  for (int i = 0; i < s->n; i++) print_section(i, s, file);
  free(s);
}

typedef struct Walk {
  void (*visit)(const char *path, const EluteKey *key, void *context);
  void *context;
  const EluteKey *open[DEEPEST];
  int depth;
} Walk;

static void walk_keys(Walk *w, const EluteKey *keys, const char *path);

/* What stands below a key. */
static void walk_below(Walk *w, const EluteKey *key, const char *path) {
  char below[LONGEST_PATH];

  if (key->type == ELUTE_TYPE_SECTION) {
    walk_keys(w, key->keys, path);
  } else if (key->type == ELUTE_TYPE_MAP || key->type == ELUTE_TYPE_LIST) {
    join(below, path, "*");
    w->visit(below, key->element, w->context);
    walk_below(w, key->element, below);
  } else if (key->type == ELUTE_TYPE_EITHER) {
    for (const EluteKey *k = key->keys; k->key; k++) walk_below(w, k, path);
  }
}

static void walk_keys(Walk *w, const EluteKey *keys, const char *path) {
  char below[LONGEST_PATH];

  for (int i = 0; i < w->depth; i++)
    if (w->open[i] == keys) return; /* shapes hold shapes */
  if (w->depth == DEEPEST) return;
  w->open[w->depth++] = keys;
  for (const EluteKey *k = keys; k->key; k++) {
    join(below, path, k->key);
    w->visit(below, k, w->context);
    walk_below(w, k, below);
  }
  w->depth--;
}

void EluteSchemaWalk(const EluteKey *keys, void (*visit)(const char *path, const EluteKey *key, void *context),
                     void *context) {
  Walk w = {.visit = visit, .context = context};

  walk_keys(&w, keys, "");
}
