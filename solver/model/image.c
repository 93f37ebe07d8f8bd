/* Images: reading of legacy VTK files and of raw numbers, and interpolation. */
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "vtk_grid.h"

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

/* Goes through the arrays in the order of the file until the wanted one, which must be of one component (name NULL: the
   first that is). malloc'd; NULL, reported: there is none. */
static double *read_values(EluteVtkGrid *g, const char *name) {
  EluteVtkFile *v = &g->file;
  EluteVtkArrayHead head;

  while (EluteVtkNextArray(g, &head)) {
    if (name ? strcmp(head.name, name) != 0 : head.components != 1) {
      if (!EluteVtkNumbers(v, head.n * head.components, head.type, NULL)) return NULL;
      continue;
    }
    if (head.components != 1)
      EluteVtkFail(v, "the array has several components; expected one");
    else if (head.n != g->n_values)
      EluteVtkFail(v, "the array has another number of values than the grid");
    else
      return EluteVtkArray(v, head.n, head.type);
    return NULL;
  }
  if (!v->why[0]) EluteVtkFail(v, name ? "the file has no array of this name" : "the file has no array of scalars");
  return NULL;
}

/* value: taken over. */
static EluteImage *image_of(EluteVtkGrid *g, double *value, double unit) {
  int n[3];
  EluteImage *image;

  for (int d = 0; d < 3; d++) n[d] = (int)EluteVtkGridValues(g, d);
  image = new_image(n);
  free(image->value);
  image->value = value;
  for (int d = 0; d < 3; d++) {
    const double *p = g->point[d];

    image->low[d] = unit * p[0], image->high[d] = unit * p[g->n[d] - 1];
    for (int i = 0; i < n[d]; i++)
      image->centre[d][i] = unit * ((size_t)n[d] == g->n[d] ? p[i] : 0.5 * (p[i] + p[i + 1]));
  }
  return image;
}

static bool increases(EluteVtkGrid *g) {
  for (int d = 0; d < 3; d++)
    for (size_t i = 1; i < g->n[d]; i++)
      if (!(g->point[d][i] > g->point[d][i - 1]))
        return EluteVtkFail(&g->file, "the grid's coordinates do not increase");
  return true;
}

EluteImage *EluteImageReadVtk(const char *path, const char *array, double unit, char *why, size_t length) {
  EluteVtkGrid g;
  EluteImage *image = NULL;
  double *value;

  why[0] = '\0';
  if (EluteVtkGridOpen(&g, path, why, length) && increases(&g) && (value = read_values(&g, array)))
    image = image_of(&g, value, unit);
  if (!image && !why[0]) EluteVtkFail(&g.file, "the file ends too early");
  EluteVtkGridClear(&g);
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
