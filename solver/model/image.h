/* A rectilinear grid of numbers read from a file: multipliers of a property in place. */
#ifndef ELUTE_IMAGE_H
#define ELUTE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct EluteImage {
  int n[3];               /* numbers along each axis, 1 where there is no axis */
  double *centre[3];      /* m, increasing: where the numbers hold */
  double low[3], high[3]; /* m: what the image covers */
  double *value;          /* [n[2] * n[1] * n[0]], the first axis fastest */
  bool nearest;           /* else linear between centres, constant beyond the outermost ones */
} EluteImage;

/* The coordinates of a file are multiplied by `unit` (m). array: NULL, the first. NULL and a reason in `why` where the
   file cannot be read, is no legacy VTK file of STRUCTURED_POINTS or RECTILINEAR_GRID, or lacks the array. */
EluteImage *EluteImageReadVtk(const char *path, const char *array, double unit, char *why, size_t length);
/* n[0] n[1] n[2] numbers of `type` (uint8, uint16, float32 or float64, little endian, the first axis fastest), equal
   cells from low to high. The file's size must be just that; n[d] is at most 100000. */
EluteImage *EluteImageReadRaw(const char *path, const char *type, const int n[3], const double low[3],
                              const double high[3], char *why, size_t length);
void EluteImageFree(EluteImage *image);
bool EluteImageAt(const EluteImage *image, const double x[3], double *value); /* false: x is outside */

#endif
