/* Pieces of a legacy VTK file in memory: text, big-endian numbers, strings, the grid. */
#ifndef ELUTE_VTK_FORMAT_H
#define ELUTE_VTK_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include "../../meshes/mesh.h"

typedef struct EluteText {
  char *bytes;
  size_t length, room;
  bool failed; /* no memory: what was appended since is lost */
} EluteText;

void elute_text_append(EluteText *text, const void *bytes, size_t n);
void elute_text_print(EluteText *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void elute_text_int(EluteText *text, int32_t value);
void elute_text_double(EluteText *text, double value);
/* A string as an element of a binary string array. */
void elute_text_string(EluteText *text, const char *string);
/* n numbers as big-endian unsigned char (size 1), float (4) or double (8). */
void elute_big_endian(const double *values, size_t n, size_t size, unsigned char *out);

/* Does the file say STRUCTURED_POINTS (uniform Cartesian axes) instead of RECTILINEAR_GRID? */
bool elute_vtk_uniform(const EluteMeshSpec *spec);
/* DIMENSIONS and what follows, up to the data. */
void elute_vtk_grid(EluteText *text, const EluteMeshSpec *spec);

#endif
