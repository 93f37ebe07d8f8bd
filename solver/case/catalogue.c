/* Catalogue files: entries of tissues, drugs and carriers whose numbers know where they come from. */
#include "catalogue.h"

#include "schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_PATH = 4096, LARGEST_FILE = 16 << 20 };

static const char *const kinds[] = {"tissues", "drugs", "carriers"};
enum { N_KINDS = 3 };

struct EluteCatalogue {
  int n;
  EluteNode **files; /* roots, the case's own first */
};

static void *check_memory(void *memory) {
  if (!memory) abort();
  return memory;
}

/* The whole file; NULL with errno. */
static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *text;

  if (!file) return NULL;
  text = check_memory(malloc(LARGEST_FILE));
  errno = 0;
  *length = fread(text, 1, LARGEST_FILE, file);
  if (ferror(file) || *length == LARGEST_FILE) {
    if (!errno) errno = EFBIG;
    free(text);
    text = NULL;
  }
  fclose(file);
  return text;
}

/* at: the place in the case that named the file; NULL: a built-in one. */
static void load_file(EluteCatalogue *c, const char *path, const char *name, const EluteNode *at, EluteDiagnostics *d) {
  size_t length = 0;
  char *text = read_file(path, &length);
  EluteNode *root, *copy;

  if (!text) {
    if (at)
      EluteError(d, at, "the catalogue '%s' cannot be read: %s", path, strerror(errno));
    else
      EluteErrorAt(d, path, 0, 0, "the catalogue cannot be read: %s", strerror(errno));
    return;
  }
  root = EluteTreeParse(name, text, length, d);
  free(text);
  if (!root) return;
  copy = EluteNodeCopy(root); /* validation inserts defaults; an entry shall say only what it says */
  EluteSchemaValidate(copy, elute_catalogue_schema, d);
  EluteNodeFree(copy);
  c->files = check_memory(realloc(c->files, (size_t)(c->n + 1) * sizeof(EluteNode *)));
  c->files[c->n++] = root;
}

static int is_yaml(const struct dirent *entry) {
  const size_t n = strlen(entry->d_name);

  return n > 5 && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static void load_directory(EluteCatalogue *c, const char *directory, EluteDiagnostics *d) {
  char folder[LONGEST_PATH], path[LONGEST_PATH + 300], name[300];
  struct dirent **entries;
  int n;

  snprintf(folder, sizeof folder, "%s/catalogue", directory);
  n = scandir(folder, &entries, is_yaml, alphasort);
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    snprintf(name, sizeof name, "catalogue/%s", entries[i]->d_name);
    load_file(c, path, name, NULL, d);
    free(entries[i]);
  }
  if (n >= 0) free(entries);
}

EluteCatalogue *EluteCatalogueLoad(const char *directory, const EluteNode *case_root, EluteDiagnostics *d) {
  EluteCatalogue *c = check_memory(calloc(1, sizeof *c));
  const EluteNode *list = EluteNodeChild(case_root, "catalogues");
  const char *file = case_root && case_root->file ? case_root->file : "", *slash = strrchr(file, '/');
  char path[LONGEST_PATH];

  for (const EluteNode *one = list ? list->first : NULL; one; one = one->next) {
    if (one->kind != ELUTE_SCALAR || !one->text[0]) continue; /* the schema says so */
    if (one->text[0] == '/' || !slash)
      snprintf(path, sizeof path, "%s", one->text);
    else
      snprintf(path, sizeof path, "%.*s/%s", (int)(slash - file), file, one->text);
    load_file(c, path, path, one, d);
  }
  load_directory(c, directory, d);
  return c;
}

void EluteCatalogueFree(EluteCatalogue *c) {
  if (!c) return;
  for (int i = 0; i < c->n; i++) EluteNodeFree(c->files[i]);
  free(c->files);
  free(c);
}

static const EluteNode *find_entry(const EluteCatalogue *c, const char *kind, const char *name) {
  const EluteNode *entry = NULL;

  for (int i = 0; i < c->n && !entry; i++) entry = EluteNodeChild(EluteNodeChild(c->files[i], kind), name);
  return entry;
}

/* {value: 1 nM, range: …, source: …, evidence: S2} becomes the scalar 1 nM that knows its source. */
static EluteNode *plain_copy(const EluteNode *node, const char *entry) {
  const EluteNode *value = EluteNodeChild(node, "value"), *source = EluteNodeChild(node, "source");
  const EluteNode *evidence = EluteNodeChild(node, "evidence");
  EluteNode *copy;
  int n;

  if (value && evidence && value->kind == ELUTE_SCALAR && evidence->kind == ELUTE_SCALAR) {
    copy = EluteNodeCopy(value);
    free(copy->key);
    copy->key = node->key ? check_memory(strdup(node->key)) : NULL;
    free(copy->provenance);
    n = asprintf(&copy->provenance, "%s: %s; %s", entry, source && source->text ? source->text : "no source",
                 evidence->text);
    if (n < 0) abort();
    return copy;
  }
  if (node->kind != ELUTE_MAPPING) return EluteNodeCopy(node);
  copy = EluteNodeNew(ELUTE_MAPPING, node->key, NULL);
  copy->file = node->file;
  copy->line = node->line;
  copy->column = node->column;
  for (const EluteNode *child = node->first; child; child = child->next)
    if (strcmp(child->key, "description") != 0) EluteNodeAppend(copy, plain_copy(child, entry));
  return copy;
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

static void resolve_one(const EluteCatalogue *c, const char *kind, EluteNode *node, EluteDiagnostics *d) {
  EluteNode *from = EluteNodeChild(node, "from"), *base, *merged;
  const EluteNode *entry;

  if (!from || from->kind != ELUTE_SCALAR || !from->text[0]) return;
  entry = find_entry(c, kind, from->text);
  if (!entry) {
    unknown_entry(c, kind, from, d);
    return;
  }
  base = plain_copy(entry, from->text);
  EluteNodeFree(from); /* what is left says everything, and runs without the catalogue */
  merged = EluteTreeMerge(base, node);
  EluteNodeFree(base);
  merged->file = node->file;
  merged->line = node->line;
  merged->column = node->column;
  EluteNodeReplace(node, merged);
}

void EluteCatalogueResolve(EluteCatalogue *c, EluteNode *case_root, EluteDiagnostics *d) {
  EluteNode *list = EluteNodeChild(case_root, "catalogues"), *next;
  const int before = d->n_errors;

  for (int k = 0; k < N_KINDS; k++) {
    EluteNode *map = EluteNodeChild(case_root, kinds[k]);

    if (!map || map->kind != ELUTE_MAPPING) continue;
    for (EluteNode *node = map->first; node; node = next) {
      next = node->next;
      resolve_one(c, kinds[k], node, d);
    }
  }
  if (list && list->kind == ELUTE_SEQUENCE && d->n_errors == before) EluteNodeFree(list);
}

void EluteCatalogueList(const EluteCatalogue *c, FILE *file) {
  for (int k = 0; k < N_KINDS; k++) {
    fprintf(file, "%s\n", kinds[k]);
    for (int i = 0; i < c->n; i++) {
      const EluteNode *map = EluteNodeChild(c->files[i], kinds[k]);

      for (const EluteNode *one = map ? map->first : NULL; one; one = one->next) {
        const EluteNode *description = EluteNodeChild(one, "description");

        fprintf(file, "  %-22s %s\n", one->key, description && description->text ? description->text : "");
      }
    }
  }
}

bool EluteCatalogueShow(const EluteCatalogue *c, const char *name, FILE *file) {
  bool found = false;

  for (int k = 0; k < N_KINDS; k++) {
    const EluteNode *entry = find_entry(c, kinds[k], name);
    EluteNode *root, *map, *copy;

    if (!entry) continue;
    found = true;
    root = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
    map = EluteNodeNew(ELUTE_MAPPING, kinds[k], NULL);
    copy = EluteNodeCopy(entry);
    EluteNodeAppend(root, map);
    EluteNodeAppend(map, copy);
    EluteTreePrint(root, file);
    EluteNodeFree(root);
  }
  return found;
}

const char *EluteCatalogueNearest(const EluteCatalogue *c, const char *name) {
  const char *names[600];
  int n = 0;

  for (int i = 0; i < c->n; i++) {
    for (int k = 0; k < N_KINDS; k++) {
      const EluteNode *map = EluteNodeChild(c->files[i], kinds[k]);

      for (const EluteNode *one = map ? map->first : NULL; one && n < 600; one = one->next) names[n++] = one->key;
    }
  }
  return EluteNearest(name, n, names);
}

static bool has_catalogue(const char *directory) {
  char path[LONGEST_PATH + 20];

  snprintf(path, sizeof path, "%s/catalogue", directory);
  return access(path, R_OK | X_OK) == 0;
}

const char *EluteShareDirectory(void) {
  static char found[LONGEST_PATH];
  const char *given = getenv("ELUTE_SHARE_DIR");
  char program[LONGEST_PATH - 20], *slash;
  ssize_t n;

  if (given && given[0]) {
    snprintf(found, sizeof found, "%s", given);
    return found;
  }
  n = readlink("/proc/self/exe", program, sizeof program - 1);
  program[n > 0 ? n : 0] = '\0';
  if ((slash = strrchr(program, '/'))) {
    *slash = '\0';
    snprintf(found, sizeof found, "%s/../share/elute", program);
    if (has_catalogue(found)) return found;
  }
#ifdef ELUTE_SHARE_DIR
  snprintf(found, sizeof found, "%s", ELUTE_SHARE_DIR);
#else
  snprintf(found, sizeof found, ".");
#endif
  return found;
}
