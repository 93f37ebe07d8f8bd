/* Catalogue files: entries of tissues, drugs, carriers and more, whose numbers know where they come from. */
#include "catalogue_internal.h"

#include "input.h"
#include "schema.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_PATH = 4096 };

static void *check_memory(void *memory) {
  if (!memory) abort();
  return memory;
}

/* at: the place in the case that named the file; NULL: a built-in one. */
static void load_file(EluteCatalogue *c, const char *path, const char *name, const EluteNode *at, EluteDiagnostics *d) {
  size_t length = 0;
  char why[200], *text = EluteInputRead(path, false, ELUTE_LARGEST_TEXT, &length, why, sizeof why);
  EluteNode *root;

  if (!text) {
    if (at)
      EluteError(d, at, "the catalogue '%s' cannot be read: %s", path, why);
    else
      EluteErrorAt(d, path, 0, 0, "the catalogue cannot be read: %s", why);
    return;
  }
  root = EluteTreeParse(name, text, length, d);
  free(text);
  if (!root) return;
  c->files = check_memory(realloc(c->files, (size_t)(c->n + 1) * sizeof(EluteNode *)));
  c->files[c->n++] = root;
}

/* Leaves what the schema of a case knows. An entry may leave to the case what a case must have: `from` says so. */
static void prepare_entries(EluteNode *file) {
  for (const EluteNode *kind = file->first; kind; kind = kind->next)
    for (EluteNode *entry = kind->kind == ELUTE_MAPPING ? kind->first : NULL; entry; entry = entry->next) {
      if (EluteNodeChild(entry, "description")) EluteNodeFree(EluteNodeChild(entry, "description"));
      if (entry->kind == ELUTE_MAPPING && !EluteNodeChild(entry, "from")) EluteNodeSet(entry, "from", "case");
    }
}

/* An entry shall say only what it says: defaults are inserted into a copy, in which other entries are taken up. */
static void check_file(const EluteCatalogue *c, const EluteNode *file, EluteDiagnostics *d) {
  EluteNode *copy = EluteNodeCopy(file);

  elute_catalogue_check_sources(file, d);
  elute_catalogue_fill(c, copy, file, d);
  prepare_entries(copy);
  elute_catalogue_make_plain(copy);
  EluteSchemaValidate(copy, elute_catalogue_schema, d);
  EluteNodeFree(copy);
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

/* Whoever reads many cases reads the built-in files once. */
static EluteCatalogue *kept;
static char kept_directory[LONGEST_PATH];

void EluteCatalogueFinalize(void) {
  if (kept) kept->kept = false;
  EluteCatalogueFree(kept);
  kept = NULL;
}

static EluteCatalogue *load_built_in(const char *directory, EluteDiagnostics *d) {
  const int before = d->n_errors;
  EluteCatalogue *c;

  if (kept && strcmp(kept_directory, directory) == 0) return kept;
  c = check_memory(calloc(1, sizeof *c));
  load_directory(c, directory, d);
  for (int i = 0; i < c->n; i++) check_file(c, c->files[i], d);
  if (d->n_errors > before) return c;
  EluteCatalogueFinalize();
  snprintf(kept_directory, sizeof kept_directory, "%s", directory);
  c->kept = true;
  return kept = c;
}

EluteCatalogue *EluteCatalogueLoad(const char *directory, const EluteNode *case_root, EluteDiagnostics *d) {
  EluteCatalogue *c;
  const EluteNode *list = EluteNodeChild(case_root, "catalogues");
  const char *file = case_root && case_root->file ? case_root->file : "", *slash = strrchr(file, '/');
  char path[LONGEST_PATH];

  if (!list) return load_built_in(directory, d);
  c = check_memory(calloc(1, sizeof *c));
  for (const EluteNode *one = list->first; one; one = one->next) {
    if (one->kind != ELUTE_SCALAR || !one->text[0]) continue; /* the schema says so */
    if (one->text[0] == '/' || !slash)
      snprintf(path, sizeof path, "%s", one->text);
    else
      snprintf(path, sizeof path, "%.*s/%s", (int)(slash - file), file, one->text);
    load_file(c, path, path, one, d);
  }
  load_directory(c, directory, d);
  for (int i = 0; i < c->n; i++) check_file(c, c->files[i], d);
  return c;
}

void EluteCatalogueFree(EluteCatalogue *c) {
  if (!c || c->kept) return;
  for (int i = 0; i < c->n; i++) EluteNodeFree(c->files[i]);
  free(c->files);
  free(c);
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
