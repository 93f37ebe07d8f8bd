/* Images: reading of legacy VTK files and of raw numbers, and interpolation. */
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "vtk_file.h"

static EluteImage *new_image(const int n[3]) {
  EluteImage *image = calloc(1, sizeof *image);

  if (!image) abort();
  for (int d = 0; d < 3; d++) {
    image->n[d] = n[d];
    image->centre[d] = calloc((size_t)n[d], sizeof(double));
    if (!image->centre[d]) abort();
  }
  image->value = calloc((size_t)n[0] * (size_t)n[1] * (size_t)n[2], sizeof(double));
  if (!image->value) abort();
  return image;
}

void EluteImageFree(EluteImage *image) {
  if (!image) return;
  for (int d = 0; d < 3; d++) free(image->centre[d]);
  free(image->value);
  free(image);
}

/* ---- legacy VTK ---- */

typedef struct Grid {
  EluteVtkFile file;
  size_t n[3];
  double *point[3]; /* [n] coordinates of points */
  bool of_points;   /* else of cells */
  double *value;
  size_t n_values;
  const char *array;
} Grid;

static bool read_points(Grid *g) {
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

static bool read_coordinates(Grid *g) {
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

static bool read_grid(Grid *g) {
  EluteVtkFile *v = &g->file;
  char word[ELUTE_VTK_WORD], kind[ELUTE_VTK_WORD];

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

static bool take_array(Grid *g, const char *name, size_t components, size_t n, const EluteNumberType *type) {
  EluteVtkFile *v = &g->file;

  if (g->value || (g->array ? strcmp(g->array, name) != 0 : components != 1))
    return EluteVtkNumbers(v, n * components, type, NULL);
  if (components != 1) return EluteVtkFail(v, "the array has several components; expected one");
  if (n != g->n_values) return EluteVtkFail(v, "the array has another number of values than the grid");
  return (g->value = EluteVtkArray(v, n, type)) != NULL;
}

/* "SCALARS name type [components]", then "LOOKUP_TABLE default" */
static bool read_scalars(Grid *g, size_t n) {
  EluteVtkFile *v = &g->file;
  char name[ELUTE_VTK_WORD], word[ELUTE_VTK_WORD];
  const EluteNumberType *type;
  const unsigned char *at;
  size_t components = 1;

  if (!EluteVtkWord(v, name) || !EluteVtkType(v, &type)) return false;
  at = v->at;
  if (EluteVtkWord(v, word) && word[0] >= '1' && word[0] <= '9')
    components = (size_t)(word[0] - '0');
  else
    v->at = at;
  at = v->at;
  if (EluteVtkWord(v, word) && strcmp(word, "LOOKUP_TABLE") == 0)
    EluteVtkWord(v, word);
  else
    v->at = at;
  return take_array(g, name, components, n, type);
}

static bool read_fields(Grid *g) {
  EluteVtkFile *v = &g->file;
  char name[ELUTE_VTK_WORD];
  const EluteNumberType *type;
  size_t arrays, components, n;

  if (!EluteVtkWord(v, name) || !EluteVtkCount(v, 1, &arrays)) return EluteVtkFail(v, "a FIELD has no arrays");
  while (arrays-- > 0)
    if (!EluteVtkWord(v, name) || !EluteVtkCount(v, 1, &components) || !EluteVtkCount(v, 1, &n) ||
        !EluteVtkType(v, &type) || !take_array(g, name, components, n, type))
      return false;
  return true;
}

/* Arrays in the order of the file until the wanted one. */
static bool read_arrays(Grid *g) {
  EluteVtkFile *v = &g->file;
  char word[ELUTE_VTK_WORD];
  size_t n = 0;

  while (!g->value && EluteVtkWord(v, word)) {
    if (strcmp(word, "CELL_DATA") == 0 || strcmp(word, "POINT_DATA") == 0) {
      g->of_points = word[0] == 'P';
      g->n_values = 1;
      for (int d = 0; d < 3; d++) g->n_values *= g->of_points || g->n[d] == 1 ? g->n[d] : g->n[d] - 1;
      if (!EluteVtkCount(v, 1, &n)) return false;
      if (n != g->n_values) return EluteVtkFail(v, "the number of values is not that of the grid");
    } else if (strcmp(word, "SCALARS") == 0) {
      if (!read_scalars(g, n)) return false;
    } else if (strcmp(word, "FIELD") == 0) {
      if (!read_fields(g)) return false;
    } else if (strcmp(word, "METADATA") == 0) {
      EluteVtkSkipMetadata(v);
    } else {
      return EluteVtkFail(v, "found data other than SCALARS and FIELD before the array");
    }
  }
  return g->value ||
         EluteVtkFail(v, g->array ? "the file has no array of this name" : "the file has no array of scalars");
}

static EluteImage *image_of(Grid *g, double unit) {
  int n[3];
  EluteImage *image;

  for (int d = 0; d < 3; d++)
    for (size_t i = 1; i < g->n[d]; i++)
      if (!(g->point[d][i] > g->point[d][i - 1])) {
        EluteVtkFail(&g->file, "the grid's coordinates do not increase");
        return NULL;
      }
  for (int d = 0; d < 3; d++) n[d] = (int)(g->of_points || g->n[d] == 1 ? g->n[d] : g->n[d] - 1);
  image = new_image(n);
  free(image->value);
  image->value = g->value;
  g->value = NULL;
  for (int d = 0; d < 3; d++) {
    const double *p = g->point[d];

    image->low[d] = unit * p[0], image->high[d] = unit * p[g->n[d] - 1];
    for (int i = 0; i < n[d]; i++)
      image->centre[d][i] = unit * ((size_t)n[d] == g->n[d] ? p[i] : 0.5 * (p[i] + p[i + 1]));
  }
  return image;
}

EluteImage *EluteImageReadVtk(const char *path, const char *array, double unit, char *why, size_t length) {
  Grid g = {.array = array};
  EluteImage *image = NULL;

  why[0] = '\0';
  if (EluteVtkOpen(&g.file, path, why, length) && read_grid(&g) && read_arrays(&g)) image = image_of(&g, unit);
  if (!image && !why[0]) EluteVtkFail(&g.file, "the file ends too early");
  for (int d = 0; d < 3; d++) free(g.point[d]);
  free(g.value);
  EluteVtkClose(&g.file);
  return image;
}

/* ---- raw numbers ---- */

EluteImage *EluteImageReadRaw(const char *path, const char *type_name, const int n[3], const double low[3],
                              const double high[3], char *why, size_t length) {
  const EluteNumberType *type = EluteNumberTypeNamed(type_name, true);
  const size_t count = (size_t)n[0] * (size_t)n[1] * (size_t)n[2];
  size_t size = 0;
  unsigned char *bytes;
  EluteImage *image;

  if (!type) return NULL; /* the schema has said so */
  if (count > ELUTE_MOST_NUMBERS) {
    snprintf(why, length, "found %zu numbers; expected at most 2^30", count);
    return NULL;
  }
  bytes = EluteFileRead(path, &size, why, length);
  if (!bytes || size != count * type->bytes) {
    if (bytes)
      snprintf(why, length, "the file has %zu bytes; expected %zu, %d x %d x %d numbers of %zu bytes", size,
               count * type->bytes, n[0], n[1], n[2], type->bytes);
    free(bytes);
    return NULL;
  }
  image = new_image(n);
  for (int d = 0; d < 3; d++) {
    image->low[d] = low[d], image->high[d] = high[d];
    for (int i = 0; i < n[d]; i++) image->centre[d][i] = low[d] + (i + 0.5) / n[d] * (high[d] - low[d]);
  }
  for (size_t i = 0; i < count; i++) image->value[i] = EluteNumberDecode(type, bytes + i * type->bytes, false);
  free(bytes);
  return image;
}

/* ---- values in place ---- */

/* The centres to both sides of x and the weight of the upper one. */
static void between(const EluteImage *image, int d, double x, int at[2], double *weight) {
  const double *c = image->centre[d];
  int low = 0, high = image->n[d] - 1;

  *weight = 0;
  at[0] = at[1] = x <= c[0] ? 0 : high;
  if (x <= c[0] || x >= c[high]) return;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;

    if (c[middle] <= x)
      low = middle;
    else
      high = middle;
  }
  at[0] = low, at[1] = high;
  *weight = (x - c[low]) / (c[high] - c[low]);
  if (image->nearest) *weight = *weight >= 0.5;
}

bool EluteImageAt(const EluteImage *image, const double x[3], double *value) {
  int at[3][2];
  double weight[3];

  for (int d = 0; d < 3; d++) {
    const double slack = 1e-9 * (image->high[d] - image->low[d]);

    if (image->n[d] > 1 && (x[d] < image->low[d] - slack || x[d] > image->high[d] + slack)) return false;
    between(image, d, x[d], at[d], &weight[d]);
  }
  *value = 0;
  for (int corner = 0; corner < 8; corner++) {
    double share = 1;
    size_t index = 0;

    for (int d = 2; d >= 0; d--) {
      const int upper = (corner >> d) & 1;

      share *= upper ? weight[d] : 1 - weight[d];
      index = index * (size_t)image->n[d] + (size_t)at[d][upper];
    }
    if (share > 0) *value += share * image->value[index];
  }
  return true;
}
