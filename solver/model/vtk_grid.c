#include "vtk_grid.h"

#include <stdlib.h>
#include <string.h>

static bool read_points(EluteVtkGrid *g) {
  EluteVtkFile *v = &g->file;
  double start[3], step[3];
  char word[ELUTE_VTK_WORD];
  bool seen[2] = {false, false};

  while (!(seen[0] && seen[1]) && EluteVtkWord(v, word)) {
    const bool origin = strcmp(word, "ORIGIN") == 0;

    if (!origin && strcmp(word, "SPACING") != 0 && strcmp(word, "ASPECT_RATIO") != 0)
      return EluteVtkFail(v, "ORIGIN or SPACING is missing");
    if (!EluteVtkNumbers(v, 3, NULL, origin ? start : step)) return false;
    seen[origin] = true;
  }
  if (!(seen[0] && seen[1])) return EluteVtkFail(v, "ORIGIN or SPACING is missing");
  for (int d = 0; d < 3; d++) {
    g->point[d] = calloc(g->n[d], sizeof(double));
    if (!g->point[d]) abort();
    for (size_t i = 0; i < g->n[d]; i++) g->point[d][i] = start[d] + (double)i * step[d];
  }
  return true;
}

static bool read_coordinates(EluteVtkGrid *g) {
  static const char *const key[] = {"X_COORDINATES", "Y_COORDINATES", "Z_COORDINATES"};
  EluteVtkFile *v = &g->file;
  char word[ELUTE_VTK_WORD];
  const EluteNumberType *type;
  size_t n;

  for (int d = 0; d < 3; d++) {
    if (!EluteVtkWord(v, word) || strcmp(word, key[d]) != 0) return EluteVtkFail(v, "coordinates are missing");
    if (!EluteVtkCount(v, 1, &n) || !EluteVtkType(v, &type)) return false;
    if (n != g->n[d]) return EluteVtkFail(v, "the number of coordinates is not that of DIMENSIONS");
    if (!(g->point[d] = EluteVtkArray(v, n, type))) return false;
  }
  return true;
}

bool EluteVtkGridOpen(EluteVtkGrid *g, const char *path, char *why, size_t length) {
  EluteVtkFile *v = &g->file;
  char word[ELUTE_VTK_WORD], kind[ELUTE_VTK_WORD];

  *g = (EluteVtkGrid){0};
  if (!EluteVtkOpen(v, path, why, length)) return false;
  if (!EluteVtkWord(v, word) || strcmp(word, "DATASET") != 0 || !EluteVtkWord(v, kind))
    return EluteVtkFail(v, "DATASET is missing");
  if (strcmp(kind, "STRUCTURED_POINTS") != 0 && strcmp(kind, "RECTILINEAR_GRID") != 0)
    return EluteVtkFail(v, "the data set is neither STRUCTURED_POINTS nor RECTILINEAR_GRID");
  while (EluteVtkWord(v, word) && strcmp(word, "FIELD") == 0)
    if (!EluteVtkSkipField(v)) return false;
  if (strcmp(word, "DIMENSIONS") != 0) return EluteVtkFail(v, "DIMENSIONS is missing");
  for (int d = 0; d < 3; d++) {
    if (!EluteVtkCount(v, 1, &g->n[d])) return false;
    if (g->n[d] - 1 > (size_t)(v->end - v->at)) return EluteVtkFail(v, "the file is too short for its DIMENSIONS");
  }
  if ((double)g->n[0] * (double)g->n[1] * (double)g->n[2] > (double)ELUTE_MOST_NUMBERS)
    return EluteVtkFail(v, "the file has more than 2^30 points");
  return strcmp(kind, "STRUCTURED_POINTS") == 0 ? read_points(g) : read_coordinates(g);
}

void EluteVtkGridClear(EluteVtkGrid *g) {
  for (int d = 0; d < 3; d++) {
    free(g->point[d]);
    g->point[d] = NULL;
  }
  EluteVtkClose(&g->file);
}

size_t EluteVtkGridValues(const EluteVtkGrid *g, int d) {
  return g->of_points || g->n[d] == 1 ? g->n[d] : g->n[d] - 1;
}

/* "CELL_DATA n" and "POINT_DATA n": what the arrays behind it are of */
static bool take_place(EluteVtkGrid *g, bool of_points) {
  EluteVtkFile *v = &g->file;
  size_t n;

  g->of_points = of_points;
  g->n_values = 1;
  for (int d = 0; d < 3; d++) g->n_values *= EluteVtkGridValues(g, d);
  if (!EluteVtkCount(v, 1, &n)) return false;
  return n == g->n_values || EluteVtkFail(v, "the number of values is not that of the grid");
}

/* "SCALARS name type [components]", then "LOOKUP_TABLE default" */
static bool take_scalars(EluteVtkGrid *g, EluteVtkArrayHead *head) {
  EluteVtkFile *v = &g->file;
  char word[ELUTE_VTK_WORD];
  const unsigned char *at;

  head->components = 1;
  head->n = g->n_values;
  if (!EluteVtkWord(v, head->name) || !EluteVtkType(v, &head->type)) return false;
  at = v->at;
  if (EluteVtkWord(v, word) && word[0] >= '1' && word[0] <= '9')
    head->components = (size_t)(word[0] - '0');
  else
    v->at = at;
  at = v->at;
  if (EluteVtkWord(v, word) && strcmp(word, "LOOKUP_TABLE") == 0)
    EluteVtkWord(v, word);
  else
    v->at = at;
  return true;
}

static bool take_of_field(EluteVtkGrid *g, EluteVtkArrayHead *head) {
  EluteVtkFile *v = &g->file;

  g->n_arrays--;
  return EluteVtkWord(v, head->name) && EluteVtkCount(v, 1, &head->components) && EluteVtkCount(v, 1, &head->n) &&
         EluteVtkType(v, &head->type);
}

bool EluteVtkNextArray(EluteVtkGrid *g, EluteVtkArrayHead *head) {
  EluteVtkFile *v = &g->file;
  char word[ELUTE_VTK_WORD];

  while (!g->n_arrays) {
    if (!EluteVtkWord(v, word)) return false;
    if (strcmp(word, "CELL_DATA") == 0 || strcmp(word, "POINT_DATA") == 0) {
      if (!take_place(g, word[0] == 'P')) return false;
    } else if (strcmp(word, "METADATA") == 0) {
      EluteVtkSkipMetadata(v);
    } else if (!g->n_values) {
      return EluteVtkFail(v, "found an array before CELL_DATA or POINT_DATA");
    } else if (strcmp(word, "SCALARS") == 0) {
      return take_scalars(g, head);
    } else if (strcmp(word, "FIELD") == 0) {
      if (!EluteVtkWord(v, word) || !EluteVtkCount(v, 1, &g->n_arrays))
        return EluteVtkFail(v, "a FIELD has no arrays");
    } else {
      return EluteVtkFail(v, "found data other than SCALARS and FIELD before the array");
    }
  }
  return take_of_field(g, head);
}
