/* Images: reading of legacy VTK files and of raw numbers, and interpolation. */
#include "image.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 1 << 30, LONGEST_WORD = 256 };

typedef struct Type {
  const char *raw, *vtk; /* names; NULL: not of this kind of file */
  size_t bytes;
  bool floating, is_signed;
} Type;

static const Type types[] = {
    {"uint8", "unsigned_char", 1, false, false},   {NULL, "char", 1, false, true},
    {"uint16", "unsigned_short", 2, false, false}, {NULL, "short", 2, false, true},
    {NULL, "unsigned_int", 4, false, false},       {NULL, "int", 4, false, true},
    {"float32", "float", 4, true, true},           {"float64", "double", 8, true, true},
};

static const Type *find_type(const char *name, bool raw) {
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    const char *known = raw ? types[i].raw : types[i].vtk;

    if (known && strcmp(known, name) == 0) return &types[i];
  }
  return NULL;
}

/* One number, from bytes of which `big` says whether the first is the most significant. */
static double decode(const Type *type, const unsigned char *bytes, bool big) {
  uint64_t bits = 0;
  uint32_t half;
  float single;
  double number;

  for (size_t b = 0; b < type->bytes; b++) bits = (bits << 8) | bytes[big ? b : type->bytes - 1 - b];
  if (type->floating && type->bytes == 8) {
    memcpy(&number, &bits, sizeof number);
    return number;
  }
  if (type->floating) {
    half = (uint32_t)bits;
    memcpy(&single, &half, sizeof single);
    return (double)single;
  }
  if (type->is_signed && (bits >> (8 * type->bytes - 1))) return -(double)(((uint64_t)1 << (8 * type->bytes)) - bits);
  return (double)bits;
}

/* The whole file, with a 0 behind it. */
static unsigned char *read_file(const char *path, size_t *size, char *why, size_t length) {
  FILE *file = fopen(path, "rb");
  unsigned char *text = NULL;
  long end = -1;

  if (file && fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0)
    text = malloc((size_t)end + 1);
  if (text && fread(text, 1, (size_t)end, file) != (size_t)end) {
    free(text);
    text = NULL;
  }
  if (file) fclose(file);
  if (!text) {
    snprintf(why, length, "the file '%.200s' cannot be read", path);
    return NULL;
  }
  text[end] = 0;
  *size = (size_t)end;
  return text;
}

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

typedef struct Vtk {
  const unsigned char *at, *end;
  bool binary, of_points;
  int n[3];
  double *point[3]; /* [n] coordinates of points */
  double *value;
  size_t n_values;
  const char *array;
  char *why;
  size_t length;
} Vtk;

static bool complain(Vtk *v, const char *what) {
  snprintf(v->why, v->length, "%s", what);
  return false;
}

static bool next_word(Vtk *v, char word[LONGEST_WORD]) {
  size_t n = 0;

  while (v->at < v->end && (*v->at == ' ' || *v->at == '\n' || *v->at == '\r' || *v->at == '\t')) v->at++;
  for (; v->at < v->end && !strchr(" \n\r\t", *v->at); v->at++)
    if (n + 1 < LONGEST_WORD) word[n++] = (char)*v->at;
  word[n] = '\0';
  return n > 0;
}

static void next_line(Vtk *v) {
  while (v->at < v->end && *v->at != '\n') v->at++;
  if (v->at < v->end) v->at++;
}

static bool next_count(Vtk *v, int *n) {
  char word[LONGEST_WORD], *rest;
  long long count;

  if (!next_word(v, word)) return complain(v, "the file ends where a number is expected");
  count = strtoll(word, &rest, 10);
  if (*rest || count < 1 || count > MOST_POINTS) return complain(v, "a count in the file is no number from 1 to 2^30");
  *n = (int)count;
  return true;
}

/* n numbers; out NULL: skipped. Binary numbers begin on the next line. */
static bool next_numbers(Vtk *v, size_t n, const Type *type, double *out) {
  char word[LONGEST_WORD];

  if (v->binary && type) {
    next_line(v);
    if ((size_t)(v->end - v->at) < n * type->bytes) return complain(v, "the file ends before its numbers do");
    for (size_t i = 0; out && i < n; i++) out[i] = decode(type, v->at + i * type->bytes, true);
    v->at += n * type->bytes;
    return true;
  }
  for (size_t i = 0; i < n; i++) {
    char *rest;
    double number;

    if (!next_word(v, word)) return complain(v, "the file ends before its numbers do");
    number = strtod(word, &rest);
    if (*rest) return complain(v, "something in the file is not the number that is expected");
    if (out) out[i] = number;
  }
  return true;
}

static bool read_type(Vtk *v, const Type **type) {
  char word[LONGEST_WORD];

  if (next_word(v, word) && (*type = find_type(word, false))) return true;
  return complain(v, "the file has numbers of an unknown type");
}

static bool read_points(Vtk *v) {
  double start[3], step[3];
  char word[LONGEST_WORD];
  int seen = 0;

  while (seen < 2 && next_word(v, word)) {
    const bool origin = strcmp(word, "ORIGIN") == 0;

    if (!origin && strcmp(word, "SPACING") != 0 && strcmp(word, "ASPECT_RATIO") != 0)
      return complain(v, "ORIGIN or SPACING is missing");
    if (!next_numbers(v, 3, NULL, origin ? start : step)) return false;
    seen++;
  }
  if (seen < 2) return complain(v, "ORIGIN or SPACING is missing");
  for (int d = 0; d < 3; d++)
    for (int i = 0; i < v->n[d]; i++) v->point[d][i] = start[d] + i * step[d];
  return true;
}

static bool read_coordinates(Vtk *v) {
  static const char *const key[] = {"X_COORDINATES", "Y_COORDINATES", "Z_COORDINATES"};
  char word[LONGEST_WORD];
  const Type *type;
  int n;

  for (int d = 0; d < 3; d++) {
    if (!next_word(v, word) || strcmp(word, key[d]) != 0) return complain(v, "coordinates are missing");
    if (!next_count(v, &n) || !read_type(v, &type)) return false;
    if (n != v->n[d]) return complain(v, "the number of coordinates is not that of DIMENSIONS");
    if (!next_numbers(v, (size_t)n, type, v->point[d])) return false;
  }
  return true;
}

/* Words, each behind its length: the two highest bits of the first byte say in how many bytes that stands (3: 1,
   2: 2, 1: 4, 0: 8). In ASCII files one a line. */
static bool skip_words(Vtk *v, size_t n) {
  next_line(v);
  for (; n > 0; n--) {
    size_t bytes, size = 0;

    if (!v->binary) {
      next_line(v);
      continue;
    }
    if (v->at >= v->end) return complain(v, "the file ends before its texts do");
    bytes = (size_t)1 << (3 - (*v->at >> 6));
    if ((size_t)(v->end - v->at) < bytes) return complain(v, "the file ends before its texts do");
    for (size_t b = 0; b < bytes; b++) size = (size << 8) | (b == 0 ? v->at[0] & 0x3FU : v->at[b]);
    if ((size_t)(v->end - v->at) - bytes < size) return complain(v, "the file ends before its texts do");
    v->at += bytes + size;
  }
  return true;
}

/* FIELD of the data set as a whole, such as its time. */
static bool skip_fields(Vtk *v) {
  char word[LONGEST_WORD], type_name[LONGEST_WORD];
  int n, components, tuples;

  if (!next_word(v, word) || !next_count(v, &n)) return complain(v, "a FIELD has no arrays");
  for (; n > 0; n--) {
    const Type *type;

    if (!next_word(v, word) || !next_count(v, &components) || !next_count(v, &tuples) || !next_word(v, type_name))
      return complain(v, "an array of a FIELD is not described");
    if (strcmp(type_name, "string") == 0) {
      if (!skip_words(v, (size_t)components * (size_t)tuples)) return false;
      continue;
    }
    if (!(type = find_type(type_name, false))) return complain(v, "the file has numbers of an unknown type");
    if (!next_numbers(v, (size_t)components * (size_t)tuples, type, NULL)) return false;
  }
  return true;
}

static bool read_grid(Vtk *v) {
  char word[LONGEST_WORD], kind[LONGEST_WORD];

  if (!next_word(v, word) || strcmp(word, "DATASET") != 0 || !next_word(v, kind))
    return complain(v, "DATASET is missing");
  if (strcmp(kind, "STRUCTURED_POINTS") != 0 && strcmp(kind, "RECTILINEAR_GRID") != 0)
    return complain(v, "the data set is neither STRUCTURED_POINTS nor RECTILINEAR_GRID");
  while (next_word(v, word) && strcmp(word, "FIELD") == 0)
    if (!skip_fields(v)) return false;
  if (strcmp(word, "DIMENSIONS") != 0) return complain(v, "DIMENSIONS is missing");
  for (int d = 0; d < 3; d++) {
    if (!next_count(v, &v->n[d])) return false;
    if (v->n[d] - 1 > v->end - v->at) return complain(v, "the file is too short for its DIMENSIONS");
    v->point[d] = calloc((size_t)v->n[d], sizeof(double));
    if (!v->point[d]) abort();
  }
  return strcmp(kind, "STRUCTURED_POINTS") == 0 ? read_points(v) : read_coordinates(v);
}

static bool take_array(Vtk *v, const char *name, int components, size_t n, const Type *type) {
  const bool wanted = !v->value && (v->array ? strcmp(v->array, name) == 0 : components == 1);

  if (wanted && components != 1) return complain(v, "the array has several components; expected one");
  if (wanted && n != v->n_values) return complain(v, "the array has another number of values than the grid");
  if (wanted && !(v->value = calloc(n, sizeof(double)))) abort();
  return next_numbers(v, n * (size_t)components, type, wanted ? v->value : NULL);
}

/* "SCALARS name type [components]", then "LOOKUP_TABLE default" */
static bool read_scalars(Vtk *v, size_t n) {
  char name[LONGEST_WORD], word[LONGEST_WORD];
  const Type *type;
  int components = 1;
  const unsigned char *at;

  if (!next_word(v, name) || !read_type(v, &type)) return false;
  at = v->at;
  if (next_word(v, word) && word[0] >= '0' && word[0] <= '9')
    components = (int)strtol(word, NULL, 10);
  else
    v->at = at;
  at = v->at;
  if (next_word(v, word) && strcmp(word, "LOOKUP_TABLE") == 0)
    next_word(v, word);
  else
    v->at = at;
  return take_array(v, name, components, n, type);
}

static bool read_fields(Vtk *v) {
  char name[LONGEST_WORD];
  const Type *type;
  int arrays, components, n;

  if (!next_word(v, name) || !next_count(v, &arrays)) return complain(v, "a FIELD has no arrays");
  while (arrays-- > 0)
    if (!next_word(v, name) || !next_count(v, &components) || !next_count(v, &n) || !read_type(v, &type) ||
        !take_array(v, name, components, (size_t)n, type))
      return false;
  return true;
}

/* Arrays in the order of the file until the wanted one. */
static bool read_arrays(Vtk *v) {
  char word[LONGEST_WORD];
  int n = 0;

  while (!v->value && next_word(v, word)) {
    if (strcmp(word, "CELL_DATA") == 0 || strcmp(word, "POINT_DATA") == 0) {
      v->of_points = word[0] == 'P';
      v->n_values = 1;
      for (int d = 0; d < 3; d++) v->n_values *= (size_t)(v->of_points || v->n[d] == 1 ? v->n[d] : v->n[d] - 1);
      if (!next_count(v, &n)) return false;
      if ((size_t)n != v->n_values) return complain(v, "the number of values is not that of the grid");
    } else if (strcmp(word, "SCALARS") == 0) {
      if (!read_scalars(v, (size_t)n)) return false;
    } else if (strcmp(word, "FIELD") == 0) {
      if (!read_fields(v)) return false;
    } else if (strcmp(word, "METADATA") == 0) { /* up to an empty line */
      next_line(v);
      while (v->at < v->end && *v->at != '\n') next_line(v);
    } else {
      return complain(v, "found data other than SCALARS and FIELD before the array");
    }
  }
  return v->value || complain(v, v->array ? "the file has no array of this name" : "the file has no array of scalars");
}

static EluteImage *image_of(Vtk *v, double unit) {
  int n[3];
  EluteImage *image;

  for (int d = 0; d < 3; d++) n[d] = v->of_points || v->n[d] == 1 ? v->n[d] : v->n[d] - 1;
  image = new_image(n);
  free(image->value);
  image->value = v->value;
  v->value = NULL;
  for (int d = 0; d < 3; d++) {
    const double *p = v->point[d];

    image->low[d] = unit * p[0], image->high[d] = unit * p[v->n[d] - 1];
    for (int i = 0; i < n[d]; i++) image->centre[d][i] = unit * (n[d] == v->n[d] ? p[i] : 0.5 * (p[i] + p[i + 1]));
    for (int i = 1; i < v->n[d]; i++)
      if (!(p[i] > p[i - 1])) {
        complain(v, "the grid's coordinates do not increase");
        EluteImageFree(image);
        return NULL;
      }
  }
  return image;
}

EluteImage *EluteImageReadVtk(const char *path, const char *array, double unit, char *why, size_t length) {
  size_t size = 0;
  unsigned char *text = read_file(path, &size, why, length);
  Vtk v = {.at = text, .end = text ? text + size : NULL, .array = array, .why = why, .length = length};
  char word[LONGEST_WORD];
  EluteImage *image = NULL;
  bool fine;

  if (!text) return NULL;
  why[0] = '\0';
  fine = size > 26 && memcmp(text, "# vtk DataFile Version", 22) == 0;
  if (!fine) complain(&v, "the file does not begin with '# vtk DataFile Version'");
  next_line(&v), next_line(&v);
  if (fine) {
    next_word(&v, word);
    v.binary = strcmp(word, "BINARY") == 0;
    fine = v.binary || strcmp(word, "ASCII") == 0 || complain(&v, "the file says neither ASCII nor BINARY");
  }
  if (fine && read_grid(&v) && read_arrays(&v)) image = image_of(&v, unit);
  if (!image && !why[0]) complain(&v, "the file ends too early");
  for (int d = 0; d < 3; d++) free(v.point[d]);
  free(v.value);
  free(text);
  return image;
}

/* ---- raw numbers ---- */

EluteImage *EluteImageReadRaw(const char *path, const char *type_name, const int n[3], const double low[3],
                              const double high[3], char *why, size_t length) {
  const Type *type = find_type(type_name, true);
  const size_t count = (size_t)n[0] * (size_t)n[1] * (size_t)n[2];
  size_t size = 0;
  unsigned char *bytes = read_file(path, &size, why, length);
  EluteImage *image;

  if (!bytes || !type || size != count * type->bytes) {
    if (bytes && type)
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
  for (size_t i = 0; i < count; i++) image->value[i] = decode(type, bytes + i * type->bytes, false);
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
