/* Looks a coefficient up along a run of cells of one row: by tissue label, times a field where there is one.

   A RUN is `n` consecutive cells that begin at `offset` = row * pitch + i. The CPU passes a stretch of a row, a GPU
   thread its one cell (n = 1): the formulas stand once, and the loops along the run are what vectorises. */
#ifndef ELUTE_CELL_COEFFICIENT_H
#define ELUTE_CELL_COEFFICIENT_H

#include "../portable.h"
#include "../view.h"

/* The first of a bit set of tissues, which is not empty. */
ELUTE_INLINE int elute_first_tissue(uint64_t tissues) {
  int first = 0;
  while (!(tissues >> first & 1)) ++first;
  return first;
}

/* Whether a coefficient is one value in all cells of a run, and that value. tissues: bit set of the tissues of the run,
   0 where it is not known. */
ELUTE_INLINE int elute_is_constant(const EluteProblemView *p, EluteCoefficient c, uint64_t tissues, double *value) {
  const double *ELUTE_RESTRICT table = p->tables + (int64_t)c.table * ELUTE_MAX_TISSUES;
  int first;
  if (tissues == 0 || c.field >= 0) return 0;
  first = elute_first_tissue(tissues);
  *value = table[first];
  for (int t = first + 1; t < ELUTE_MAX_TISSUES && tissues >> t; ++t)
    if ((tissues >> t & 1) && table[t] != *value) return 0;
  return 1;
}

ELUTE_INLINE void elute_coefficient(const EluteProblemView *p, EluteCoefficient c, int64_t offset, int n,
                                    uint64_t tissues, double *ELUTE_RESTRICT out) {
  const double *ELUTE_RESTRICT table = p->tables + (int64_t)c.table * ELUTE_MAX_TISSUES;
  const uint8_t *ELUTE_RESTRICT tissue = p->mesh.tissue + offset;
  const EluteCoefficient by_tissue = {c.table, -1};
  const uint64_t others = tissues & (tissues - 1);
  double value;
  if (elute_is_constant(p, by_tissue, tissues, &value)) {
    for (int i = 0; i < n; ++i) out[i] = value;
  } else if (others && !(others & (others - 1))) { /* two: a choice is quicker than a look-up */
    const int first = elute_first_tissue(tissues);
    const double here = table[first], elsewhere = table[elute_first_tissue(others)];
    for (int i = 0; i < n; ++i) out[i] = tissue[i] == first ? here : elsewhere;
  } else {
    for (int i = 0; i < n; ++i) out[i] = table[tissue[i]];
  }
  if (c.field >= 0) {
    const double *ELUTE_RESTRICT field = p->fields[c.field] + offset;
    for (int i = 0; i < n; ++i) out[i] *= field[i];
  }
}

#endif
