/* A sum of many terms that keeps what rounding drops (Neumaier, ZAMM 54:39, 1974): a ledger closes to rounding whatever
   the number of cells. */
#ifndef ELUTE_CELL_SUM_H
#define ELUTE_CELL_SUM_H

#include <math.h>
#include "../portable.h"

typedef struct EluteSum {
  double sum, dropped;
} EluteSum;

ELUTE_INLINE void elute_add(EluteSum *s, double x) {
  const double sum = s->sum + x;
  s->dropped += fabs(s->sum) >= fabs(x) ? (s->sum - sum) + x : (x - sum) + s->sum;
  s->sum = sum;
}

ELUTE_INLINE double elute_total(EluteSum s) {
  return s.sum + s.dropped;
}

#endif
