/* Fields and images: legacy VTK files as Elute writes them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../model/vtk_grid.h"
#include "internal.h"

typedef struct Array {
  EluteVtkArrayHead head;
  double *value;
} Array;

static double *find(const EluteVtkGrid *g, int n, Array *array, const EluteVtkArrayHead *like) {
  for (int a = 0; a < n; a++)
    if (strcmp(array[a].head.name, like->name) == 0 && array[a].head.components == like->components &&
        array[a].head.n == g->n_values)
      return array[a].value;
  return NULL;
}

/* All arrays; the caller frees them and their values. */
static Array *read_all(EluteVtkGrid *g, int *n) {
  EluteVtkArrayHead head;
  Array *array = NULL;

  *n = 0;
  while (EluteVtkNextArray(g, &head)) {
    array = realloc(array, (size_t)(*n + 1) * sizeof *array);
    if (!array) abort();
    array[*n] = (Array){.head = head, .value = EluteVtkArray(&g->file, head.n * head.components, head.type)};
    if (!array[*n].value) break;
    (*n)++;
  }
  return array;
}

static bool same_grid(const EluteVtkGrid *a, const EluteVtkGrid *b) {
  for (int d = 0; d < 3; d++) {
    double size = 0;

    if (a->n[d] != b->n[d]) return false;
    size = fabs(a->point[d][a->n[d] - 1] - a->point[d][0]);
    for (size_t i = 0; i < a->n[d]; i++)
      if (fabs(a->point[d][i] - b->point[d][i]) > 1e-9 * size) return false;
  }
  return true;
}

/* "t = 3600 s, (0.001, 0.002, 0) m": the middle of the cell */
static void say_where(const EluteVtkGrid *g, size_t value, const char *when, char *where, size_t length) {
  double x[3];

  for (int d = 0; d < 3; d++) {
    const size_t along = EluteVtkGridValues(g, d), i = value % along;

    x[d] = along == g->n[d] ? g->point[d][i] : 0.5 * (g->point[d][i] + g->point[d][i + 1]);
    value /= along;
  }
  snprintf(where, length, "%s(%.6g, %.6g, %.6g) m", when, x[0], x[1], x[2]);
}

static void compare_array(EluteComparison *c, const EluteVtkGrid *g, const char *kind, const char *when,
                          const Array *array, const double *other) {
  const size_t components = array->head.components;
  EluteDifference *d = elute_difference(c, "%s: %s", kind, array->head.name);

  for (size_t i = 0; i < g->n_values * components; i++)
    if (elute_differ(d, array->value[i], other[i])) say_where(g, i / components, when, d->where, sizeof d->where);
}

void elute_compare_vtk(EluteComparison *c, const char *const name[2], const char *kind, const char *when) {
  char why[512] = "", path[ELUTE_COMPARED_PATH];
  EluteVtkGrid grid[2];
  Array *array[2] = {NULL};
  int n[2] = {0};

  memset(grid, 0, sizeof grid);
  for (int run = 0; run < 2 && !why[0]; run++) {
    elute_path(c, run, name[run], path);
    if (EluteVtkGridOpen(&grid[run], path, why, sizeof why)) array[run] = read_all(&grid[run], &n[run]);
    if (why[0]) elute_note(c, "%s: %s", path, why);
  }
  if (!why[0] && !same_grid(&grid[0], &grid[1])) {
    elute_note(c, "%s: the runs have different meshes", kind);
  } else if (!why[0]) {
    for (int run = 0; run < 2; run++)
      for (int a = 0; a < n[run]; a++) {
        const double *other = find(&grid[!run], n[!run], array[!run], &array[run][a].head);

        if (!other)
          elute_note(c, "%s: %s%s is only in %s", kind, when, array[run][a].head.name, c->directory[run]);
        else if (run == 0)
          compare_array(c, &grid[0], kind, when, &array[0][a], other);
      }
  }
  for (int run = 0; run < 2; run++) {
    for (int a = 0; a < n[run]; a++) free(array[run][a].value);
    free(array[run]);
    EluteVtkGridClear(&grid[run]);
  }
}

static double time_of(const EluteNode *file) {
  const EluteNode *time = EluteNodeChild(file, "time");

  return time && time->kind == ELUTE_SCALAR ? strtod(time->text, NULL) : NAN;
}

static const char *name_of(const EluteNode *file) {
  const EluteNode *name = EluteNodeChild(file, "name");

  return name && name->kind == ELUTE_SCALAR ? name->text : "";
}

/* Times are read from text that has all their digits. */
static EluteNode *at_time(const EluteNode *root, double time) {
  for (EluteNode *file = EluteNodeChild(root, "files")->first; file; file = file->next)
    if (fabs(time_of(file) - time) <= 1e-12 * fabs(time)) return file;
  return NULL;
}

void elute_compare_series(EluteComparison *c, const char *name) {
  EluteNode *root[2];

  for (int run = 0; run < 2; run++) root[run] = elute_compared_tree(c, run, name, "files");
  for (int run = 0; run < 2 && root[0] && root[1]; run++)
    for (EluteNode *file = EluteNodeChild(root[run], "files")->first; file; file = file->next) {
      const EluteNode *other = at_time(root[!run], time_of(file));
      char when[48];

      snprintf(when, sizeof when, "t = %g s, ", time_of(file));
      if (!other)
        elute_note(c, "fields: %.8g s is only in %s", time_of(file), c->directory[run]);
      else if (run == 0)
        elute_compare_vtk(c, (const char *const[2]){name_of(file), name_of(other)}, "fields", when);
    }
  for (int run = 0; run < 2; run++) EluteNodeFree(root[run]);
}
