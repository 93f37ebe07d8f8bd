#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../case/input.h"
#include "internal.h"

static void *grown(void *block, int n, size_t size) {
  void *larger = n & (n - 1) ? block : realloc(block, 2 * (size_t)(n ? n : 1) * size); /* at powers of two */

  if (!larger) abort();
  return larger;
}

EluteDifference *elute_difference(EluteComparison *c, const char *format, ...) {
  char what[ELUTE_COMPARED_NAME];
  va_list arguments;
  int d = 0;

  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  while (d < c->n_differences && strcmp(c->difference[d].what, what) != 0) d++;
  if (d == c->n_differences) {
    c->difference = grown(c->difference, d, sizeof *c->difference);
    c->difference[c->n_differences++] = (EluteDifference){.what = strdup(what)};
    if (!c->difference[d].what) abort();
  }
  return &c->difference[d];
}

bool elute_differ(EluteDifference *d, double a, double b) {
  const bool same = a == b || (isnan(a) && isnan(b));
  const double difference = same ? 0 : isfinite(a - b) ? fabs(a - b) : INFINITY;

  d->n++;
  if (isfinite(a)) d->scale = fmax(d->scale, fabs(a)), d->squares += a * a;
  if (isfinite(b)) d->scale = fmax(d->scale, fabs(b));
  if (same) return false;
  d->n_different++;
  d->of_squares += difference * difference;
  if (difference <= d->largest) return false;
  d->largest = difference;
  return true;
}

void elute_note(EluteComparison *c, const char *format, ...) {
  char text[ELUTE_COMPARED_PATH];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  c->note = grown(c->note, c->n_notes, sizeof *c->note);
  if (!(c->note[c->n_notes++] = strdup(text))) abort();
}

void elute_path(const EluteComparison *c, int run, const char *name, char path[ELUTE_COMPARED_PATH]) {
  snprintf(path, ELUTE_COMPARED_PATH, "%s/%s", c->directory[run], name);
}

char *elute_compared_text(EluteComparison *c, int run, const char *name, size_t *length) {
  char path[ELUTE_COMPARED_PATH], why[200], *text;

  elute_path(c, run, name, path);
  text = EluteInputRead(path, false, ELUTE_LARGEST_TEXT, length, why, sizeof why);
  if (!text) elute_note(c, "%s: cannot be read: %s", path, why);
  return text;
}

EluteNode *elute_compared_tree(EluteComparison *c, int run, const char *name, const char *section) {
  EluteDiagnostics d = {0};
  char path[ELUTE_COMPARED_PATH], *text;
  size_t length;
  EluteNode *root;

  elute_path(c, run, name, path);
  if (!(text = elute_compared_text(c, run, name, &length))) return NULL;
  root = EluteTreeParse(path, text, length, &d);
  if (!root || !EluteNodeChild(root, section)) {
    elute_note(c, "%s: has no readable %s", path, section);
    EluteNodeFree(root);
    root = NULL;
  }
  free(text);
  EluteDiagnosticsClear(&d);
  return root;
}

static bool has(const EluteComparison *c, int run, const char *name) {
  char path[ELUTE_COMPARED_PATH];

  elute_path(c, run, name, path);
  return access(path, F_OK) == 0;
}

static bool ends_in(const char *name, const char *ending) {
  const size_t n = strlen(name), m = strlen(ending);

  return n > m && strcmp(name + n - m, ending) == 0;
}

/* A file that both runs have. */
static void compare_file(EluteComparison *c, const char *name) {
  const char *const both[2] = {name, name};

  if (strcmp(name, "fields.vtk.series") == 0)
    elute_compare_series(c, name);
  else if (strncmp(name, "image_", 6) == 0)
    elute_compare_vtk(c, both, name, "");
  else if (strcmp(name, "endpoints.json") == 0)
    elute_compare_json(c, name, "endpoints");
  else if (strcmp(name, "verify.csv") != 0) /* text for people; its numbers are in the other files */
    elute_compare_csv(c, name);
}

/* Is the file one of those compared? Fields are found through their series. */
static bool is_result(const char *name) {
  return ends_in(name, ".csv") || strcmp(name, "endpoints.json") == 0 || strcmp(name, "fields.vtk.series") == 0 ||
         (strncmp(name, "image_", 6) == 0 && ends_in(name, ".vtk"));
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_wanted(const struct dirent *entry) {
  return is_result(entry->d_name);
}

bool EluteCompareRuns(EluteComparison *c, char *why, size_t length) {
  struct dirent **entry;
  int n;

  for (int run = 0; run < 2; run++) {
    if (has(c, run, "run.json")) continue;
    snprintf(why, length, "%.3000s is not the directory of a finished run: it has no run.json", c->directory[run]);
    return false;
  }
  for (int run = 0; run < 2; run++) {
    n = scandir(c->directory[run], &entry, is_wanted, by_name);
    if (n < 0) {
      snprintf(why, length, "%.3000s cannot be listed", c->directory[run]);
      return false;
    }
    for (int e = 0; e < n; e++) {
      const char *name = entry[e]->d_name;

      if (!has(c, !run, name))
        elute_note(c, "%s is only in %s", name, c->directory[run]);
      else if (run == 0)
        compare_file(c, name);
      free(entry[e]);
    }
    free(entry);
  }
  return true;
}

void EluteComparisonClear(EluteComparison *c) {
  for (int d = 0; d < c->n_differences; d++) free(c->difference[d].what);
  for (int n = 0; n < c->n_notes; n++) free(c->note[n]);
  free(c->difference);
  free(c->note);
  *c = (EluteComparison){0};
}

static double relative(const EluteDifference *d) {
  return d->largest > 0 ? d->largest / d->scale : 0;
}

double EluteComparisonLargest(const EluteComparison *c) {
  double largest = c->n_notes ? INFINITY : 0;

  for (int d = 0; d < c->n_differences; d++) largest = fmax(largest, relative(&c->difference[d]));
  return largest;
}

static int larger_first(const void *a, const void *b) {
  const double x = relative(*(EluteDifference *const *)a), y = relative(*(EluteDifference *const *)b);

  return x > y ? -1 : x < y;
}

void EluteComparisonPrint(const EluteComparison *c, FILE *file) {
  EluteDifference **order = calloc((size_t)c->n_differences + 1, sizeof *order);
  int n = 0, width = 8;

  if (!order) abort();
  for (int d = 0; d < c->n_differences; d++) {
    if (!c->difference[d].n_different) continue;
    order[n++] = &c->difference[d];
    width = (int)fmax(width, (double)strlen(c->difference[d].what));
  }
  qsort(order, (size_t)n, sizeof *order, larger_first);
  if (n) fprintf(file, "%-*s %10s %10s %10s  %s\n", width, "quantity", "largest", "over scale", "L2 rel.", "where largest");
  for (int i = 0; i < n; i++)
    fprintf(file, "%-*s %10.3g %10.3g %10.3g  %s\n", width, order[i]->what, order[i]->largest, relative(order[i]),
            order[i]->squares > 0 ? sqrt(order[i]->of_squares / order[i]->squares) : INFINITY, order[i]->where);
  for (int i = 0; i < c->n_notes; i++) fprintf(file, "%s\n", c->note[i]);
  fprintf(file, "%d quantities compared, %d differ\n", c->n_differences, n);
  free(order);
}
