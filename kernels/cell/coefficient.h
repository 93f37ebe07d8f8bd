/* Looks a coefficient up along a run of cells of one row: by tissue label, times a field where there is one.

   A RUN is `n` consecutive cells that begin at `offset` = row * pitch + i. The CPU passes a stretch of a row, a GPU
   thread its one cell (n = 1): the formulas stand once, and the loops along the run are what vectorises. */
#ifndef ELUTE_CELL_COEFFICIENT_H
#define ELUTE_CELL_COEFFICIENT_H

#include "../portable.h"
#include "../view.h"

/* uniform: the tissue of every cell of the run where that is known, else -1. */
ELUTE_INLINE void elute_coefficient(const EluteProblemView *p, EluteCoefficient c, int64_t offset, int n, int uniform,
                                    double *ELUTE_RESTRICT out) {
  const double *ELUTE_RESTRICT table = p->tables + (int64_t)c.table * ELUTE_MAX_TISSUES;
  const uint8_t *ELUTE_RESTRICT tissue = p->mesh.tissue + offset;
  if (uniform >= 0) {
    const double value = table[uniform];
    for (int i = 0; i < n; ++i) out[i] = value;
  } else {
    for (int i = 0; i < n; ++i) out[i] = table[tissue[i]];
  }
  if (c.field >= 0) {
    const double *ELUTE_RESTRICT field = p->fields[c.field] + offset;
    for (int i = 0; i < n; ++i) out[i] *= field[i];
  }
}

#endif
