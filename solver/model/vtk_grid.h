/* The grid of a legacy VTK file (STRUCTURED_POINTS, RECTILINEAR_GRID) and the arrays on it, one after the other. */
#ifndef ELUTE_VTK_GRID_H
#define ELUTE_VTK_GRID_H

#include "vtk_file.h"

typedef struct EluteVtkGrid {
  EluteVtkFile file;
  size_t n[3];
  double *point[3];  /* [n] coordinates of points; owned */
  bool of_points;    /* the array at hand; else it is of cells */
  size_t n_values;   /* points, or cells: axes of one point have one cell */
  size_t n_arrays;   /* left of the FIELD at hand */
} EluteVtkGrid;

typedef struct EluteVtkArrayHead {
  char name[ELUTE_VTK_WORD];
  size_t components, n; /* n: tuples */
  const EluteNumberType *type;
} EluteVtkArrayHead;

/* Opens the file and reads the grid. Clear in any case. */
bool EluteVtkGridOpen(EluteVtkGrid *g, const char *path, char *why, size_t length);
void EluteVtkGridClear(EluteVtkGrid *g);
/* How many values lie along axis d. */
size_t EluteVtkGridValues(const EluteVtkGrid *g, int d);
/* The head of the next array of numbers, which must be read before the one after. False: there is none (nothing
   reported), or the file is wrong. */
bool EluteVtkNextArray(EluteVtkGrid *g, EluteVtkArrayHead *head);

#endif
