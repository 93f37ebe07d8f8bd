/* Small dense linear systems, with partial pivoting. */
#ifndef ELUTE_CELL_SOLVE_H
#define ELUTE_CELL_SOLVE_H

#include <math.h>
#include "../portable.h"

/* b <- A^-1 b; A[row * n + column], destroyed. A singular A gives infinities or NaN, which the step control rejects. */
ELUTE_INLINE void elute_dense_solve(int n, double *a, double *b) {
  for (int c = 0; c < n; ++c) {
    int pivot = c;
    for (int r = c + 1; r < n; ++r)
      if (fabs(a[r * n + c]) > fabs(a[pivot * n + c])) pivot = r;
    if (pivot != c) {
      for (int k = c; k < n; ++k) {
        const double swap = a[c * n + k];
        a[c * n + k] = a[pivot * n + k];
        a[pivot * n + k] = swap;
      }
      const double swap = b[c];
      b[c] = b[pivot];
      b[pivot] = swap;
    }
    const double inverse = 1.0 / a[c * n + c];
    for (int r = c + 1; r < n; ++r) {
      const double factor = a[r * n + c] * inverse;
      for (int k = c + 1; k < n; ++k) a[r * n + k] -= factor * a[c * n + k];
      b[r] -= factor * b[c];
    }
  }
  for (int r = n - 1; r >= 0; --r) {
    double sum = b[r];
    for (int k = r + 1; k < n; ++k) sum -= a[r * n + k] * b[k];
    b[r] = sum / a[r * n + r];
  }
}

#endif
