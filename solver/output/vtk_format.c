#include "vtk_format.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void elute_text_append(EluteText *text, const void *bytes, size_t n) {
  if (text->failed) return;
  if (text->length + n > text->room) {
    size_t room = 2 * (text->length + n);
    char *grown = realloc(text->bytes, room);

    if (!grown) {
      text->failed = true;
      return;
    }
    text->bytes = grown;
    text->room = room;
  }
  memcpy(text->bytes + text->length, bytes, n);
  text->length += n;
}

void elute_text_print(EluteText *text, const char *format, ...) {
  char line[512];
  va_list arguments;
  int n;

  va_start(arguments, format);
  n = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  elute_text_append(text, line, (size_t)(n < (int)sizeof line ? n : (int)sizeof line - 1));
}

static uint64_t big64(uint64_t v) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return __builtin_bswap64(v);
#else
  return v;
#endif
}

static uint32_t big32(uint32_t v) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return __builtin_bswap32(v);
#else
  return v;
#endif
}

void elute_big_endian(const double *values, size_t n, size_t size, unsigned char *out) {
  for (size_t i = 0; i < n; i++) {
    if (size == 8) {
      uint64_t bits;

      memcpy(&bits, &values[i], 8);
      bits = big64(bits);
      memcpy(out + 8 * i, &bits, 8);
    } else if (size == 4) {
      float single = (float)values[i];
      uint32_t bits;

      memcpy(&bits, &single, 4);
      bits = big32(bits);
      memcpy(out + 4 * i, &bits, 4);
    } else {
      out[i] = (unsigned char)values[i];
    }
  }
}

void elute_text_int(EluteText *text, int32_t value) {
  uint32_t bits = big32((uint32_t)value);

  elute_text_append(text, &bits, 4);
}

void elute_text_double(EluteText *text, double value) {
  unsigned char bytes[8];

  elute_big_endian(&value, 1, 8, bytes);
  elute_text_append(text, bytes, 8);
}

/* The length comes first: in the low six bits of a byte that begins with 11, or in 14 bits after 10 (vtkDataWriter). */
void elute_text_string(EluteText *text, const char *string) {
  size_t n = strnlen(string, 16383);
  unsigned char head[2] = {(unsigned char)(0xc0 | n), 0};

  if (n >= 64) {
    head[0] = (unsigned char)(0x80 | (n >> 8));
    head[1] = (unsigned char)(n & 0xff);
  }
  elute_text_append(text, head, n >= 64 ? 2 : 1);
  elute_text_append(text, string, n);
}

static bool is_uniform(const double *edges, PetscInt n) {
  double width = (edges[n] - edges[0]) / (double)n;

  for (PetscInt i = 0; i <= n; i++) {
    if (fabs(edges[i] - (edges[0] + (double)i * width)) > 1e-9 * width) return false;
  }
  return true;
}

bool elute_vtk_uniform(const EluteMeshSpec *spec) {
  bool uniform = spec->geometry == ELUTE_CARTESIAN;

  for (int d = 0; d < spec->dimension; d++) uniform = uniform && is_uniform(spec->edges[d], spec->n[d]);
  return uniform;
}

/* Points along VTK's x, y, z: the mesh's axes; a half-plane (r, z) lies in VTK's x-z plane and is drawn upright, a
   spherical mesh is the line from the centre outwards, a well-mixed cell is a cube of its volume. */
void elute_vtk_grid(EluteText *text, const EluteMeshSpec *spec) {
  double cube[2] = {0, cbrt(spec->volume)}, zero[1] = {0};
  const double *points[3] = {zero, zero, zero};
  PetscInt n[3] = {1, 1, 1};

  for (int d = 0; d < spec->dimension; d++) {
    int to = spec->geometry == ELUTE_CYLINDRICAL && d == 1 ? 2 : d;

    points[to] = spec->edges[d];
    n[to] = spec->n[d] + 1;
  }
  for (int d = 0; d < 3 && spec->geometry == ELUTE_WELL_MIXED; d++) points[d] = cube, n[d] = 2;
  elute_text_print(text, "DIMENSIONS %lld %lld %lld\n", (long long)n[0], (long long)n[1], (long long)n[2]);
  if (elute_vtk_uniform(spec)) {
    elute_text_print(text, "ORIGIN %.17g %.17g %.17g\nSPACING", points[0][0], points[1][0], points[2][0]);
    for (int d = 0; d < 3; d++)
      elute_text_print(text, " %.17g", n[d] > 1 ? (points[d][n[d] - 1] - points[d][0]) / (double)(n[d] - 1) : 1.0);
    elute_text_print(text, "\n");
    return;
  }
  for (int d = 0; d < 3; d++) {
    elute_text_print(text, "%c_COORDINATES %lld double\n", 'X' + d, (long long)n[d]);
    for (PetscInt i = 0; i < n[d]; i++) elute_text_double(text, points[d][i]);
    elute_text_print(text, "\n");
  }
}
