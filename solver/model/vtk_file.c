#include "vtk_file.h"

#include "../case/input.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t largest = (size_t)16 << 30; /* bytes */

static const EluteNumberType types[] = {
    {"uint8", "unsigned_char", 1, false, false},   {NULL, "char", 1, false, true},
    {"uint16", "unsigned_short", 2, false, false}, {NULL, "short", 2, false, true},
    {NULL, "unsigned_int", 4, false, false},       {NULL, "int", 4, false, true},
    {NULL, "long", 8, false, true},                {NULL, "vtktypeint64", 8, false, true},
    {NULL, "vtkIdType", 4, false, true}, /* written in 4 bytes, whatever it has in memory */
    {"float32", "float", 4, true, true},           {"float64", "double", 8, true, true},
};

const EluteNumberType *EluteNumberTypeNamed(const char *name, bool raw) {
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    const char *known = raw ? types[i].raw : types[i].vtk;

    if (known && strcmp(known, name) == 0) return &types[i];
  }
  return NULL;
}

double EluteNumberDecode(const EluteNumberType *type, const unsigned char *bytes, bool big) {
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
  if (type->is_signed && type->bytes == 8) return (double)(int64_t)bits;
  if (type->is_signed && (bits >> (8 * type->bytes - 1))) return -(double)(((uint64_t)1 << (8 * type->bytes)) - bits);
  return (double)bits;
}

unsigned char *EluteFileRead(const char *path, size_t *size, char *why, size_t length) {
  char reason[200], *bytes = EluteInputRead(path, false, largest, size, reason, sizeof reason);

  if (!bytes) snprintf(why, length, "cannot read %.180s: %s", path, reason);
  return (unsigned char *)bytes;
}

bool EluteVtkFail(EluteVtkFile *v, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(v->why, v->length, format, arguments);
  va_end(arguments);
  return false;
}

bool EluteVtkOpen(EluteVtkFile *v, const char *path, char *why, size_t length) {
  static const char head[] = "# vtk DataFile Version";
  char word[ELUTE_VTK_WORD] = "";
  size_t size = 0;

  *v = (EluteVtkFile){.why = why, .length = length};
  if (!(v->text = EluteFileRead(path, &size, why, length))) return false;
  v->at = v->text, v->end = v->text + size;
  if (size < sizeof head || memcmp(v->text, head, sizeof head - 1) != 0)
    return EluteVtkFail(v, "the file does not begin with '%s'", head);
  EluteVtkLine(v), EluteVtkLine(v);
  EluteVtkWord(v, word);
  v->binary = strcmp(word, "BINARY") == 0;
  return v->binary || strcmp(word, "ASCII") == 0 || EluteVtkFail(v, "the file says neither ASCII nor BINARY");
}

void EluteVtkClose(EluteVtkFile *v) {
  free(v->text);
  v->text = NULL;
}

bool EluteVtkWord(EluteVtkFile *v, char word[ELUTE_VTK_WORD]) {
  size_t n = 0;

  while (v->at < v->end && (*v->at == ' ' || *v->at == '\n' || *v->at == '\r' || *v->at == '\t')) v->at++;
  for (; v->at < v->end && !strchr(" \n\r\t", *v->at); v->at++)
    if (n + 1 < ELUTE_VTK_WORD) word[n++] = (char)*v->at;
  word[n] = '\0';
  return n > 0;
}

void EluteVtkLine(EluteVtkFile *v) {
  while (v->at < v->end && *v->at != '\n') v->at++;
  if (v->at < v->end) v->at++;
}

bool EluteVtkCount(EluteVtkFile *v, size_t least, size_t *n) {
  char word[ELUTE_VTK_WORD], *rest;
  long long count;

  if (!EluteVtkWord(v, word)) return EluteVtkFail(v, "the file ends where a number is expected");
  count = strtoll(word, &rest, 10);
  if (*rest || count < (long long)least || count > (long long)ELUTE_MOST_NUMBERS)
    return EluteVtkFail(v, "a count in the file is no number from %zu to 2^30", least);
  *n = (size_t)count;
  return true;
}

bool EluteVtkType(EluteVtkFile *v, const EluteNumberType **type) {
  char word[ELUTE_VTK_WORD];

  if (EluteVtkWord(v, word) && (*type = EluteNumberTypeNamed(word, false))) return true;
  return EluteVtkFail(v, "the file has numbers of an unknown type");
}

bool EluteVtkNumbers(EluteVtkFile *v, size_t n, const EluteNumberType *type, double *out) {
  char word[ELUTE_VTK_WORD];

  if (v->binary && type) {
    EluteVtkLine(v);
    if ((size_t)(v->end - v->at) < n * type->bytes) return EluteVtkFail(v, "the file ends before its numbers do");
    for (size_t i = 0; out && i < n; i++) out[i] = EluteNumberDecode(type, v->at + i * type->bytes, true);
    v->at += n * type->bytes;
    return true;
  }
  for (size_t i = 0; i < n; i++) {
    char *rest;
    double number;

    if (!EluteVtkWord(v, word)) return EluteVtkFail(v, "the file ends before its numbers do");
    number = strtod(word, &rest);
    if (*rest) return EluteVtkFail(v, "something in the file is not the number that is expected");
    if (out) out[i] = number;
  }
  return true;
}

double *EluteVtkArray(EluteVtkFile *v, size_t n, const EluteNumberType *type) {
  double *numbers;

  if (n > (size_t)(v->end - v->at)) { /* a number takes a byte at least: no memory for what cannot be there */
    EluteVtkFail(v, "the file ends before its numbers do");
    return NULL;
  }
  numbers = malloc((n + 1) * sizeof *numbers);
  if (!numbers) abort();
  if (EluteVtkNumbers(v, n, type, numbers)) return numbers;
  free(numbers);
  return NULL;
}

/* Words, each behind its length: the two highest bits of the first byte say in how many bytes that stands (3: 1,
   2: 2, 1: 4, 0: 8). In ASCII files one a line. */
static bool skip_words(EluteVtkFile *v, size_t n) {
  EluteVtkLine(v);
  for (; n > 0; n--) {
    size_t bytes, size = 0;

    if (!v->binary) {
      EluteVtkLine(v);
      continue;
    }
    if (v->at >= v->end) return EluteVtkFail(v, "the file ends before its texts do");
    bytes = (size_t)1 << (3 - (*v->at >> 6));
    if ((size_t)(v->end - v->at) < bytes) return EluteVtkFail(v, "the file ends before its texts do");
    for (size_t b = 0; b < bytes; b++) size = (size << 8) | (b == 0 ? v->at[0] & 0x3FU : v->at[b]);
    if ((size_t)(v->end - v->at) - bytes < size) return EluteVtkFail(v, "the file ends before its texts do");
    v->at += bytes + size;
  }
  return true;
}

bool EluteVtkSkipField(EluteVtkFile *v) {
  char word[ELUTE_VTK_WORD], type_name[ELUTE_VTK_WORD];
  size_t n, components, tuples;

  if (!EluteVtkWord(v, word) || !EluteVtkCount(v, 0, &n)) return EluteVtkFail(v, "a FIELD has no arrays");
  for (; n > 0; n--) {
    const EluteNumberType *type;

    if (!EluteVtkWord(v, word) || !EluteVtkCount(v, 0, &components) || !EluteVtkCount(v, 0, &tuples) ||
        !EluteVtkWord(v, type_name))
      return EluteVtkFail(v, "an array of a FIELD is not described");
    if (strcmp(type_name, "string") == 0) {
      if (!skip_words(v, components * tuples)) return false;
      continue;
    }
    if (!(type = EluteNumberTypeNamed(type_name, false)))
      return EluteVtkFail(v, "the file has numbers of an unknown type");
    if (!EluteVtkNumbers(v, components * tuples, type, NULL)) return false;
  }
  return true;
}

void EluteVtkSkipMetadata(EluteVtkFile *v) { /* up to an empty line */
  EluteVtkLine(v);
  while (v->at < v->end && *v->at != '\n') EluteVtkLine(v);
}
