/* Small dense linear systems, with partial pivoting. */
#ifndef ELUTE_CELL_SOLVE_H
#define ELUTE_CELL_SOLVE_H

#include <math.h>
#include <stdint.h>
#include "../portable.h"

/* b <- A^-1 b; A[(row * n + column) * stride], destroyed, and b[row * stride]. A singular A gives infinities or NaN,
   which the step control rejects. The pivot comes up by exchange with whatever is larger below it: every index is known
   to the compiler where n is, and small systems stay in registers. */
ELUTE_INLINE void elute_dense_solve(int n, int64_t stride, double *a, double *b) {
#define A(row, column) a[((row)*n + (column)) * stride]
  ELUTE_UNROLL for (int c = 0; c < n; ++c) {
    ELUTE_UNROLL for (int r = c + 1; r < n; ++r) {
      if (!(fabs(A(r, c)) > fabs(A(c, c)))) continue;
      ELUTE_UNROLL for (int k = c; k < n; ++k) {
        const double swap = A(c, k);
        A(c, k) = A(r, k);
        A(r, k) = swap;
      }
      const double swap = b[c * stride];
      b[c * stride] = b[r * stride];
      b[r * stride] = swap;
    }
    const double inverse = 1.0 / A(c, c);
    ELUTE_UNROLL for (int r = c + 1; r < n; ++r) {
      const double factor = A(r, c) * inverse;
      ELUTE_UNROLL for (int k = c + 1; k < n; ++k) A(r, k) -= factor * A(c, k);
      b[r * stride] -= factor * b[c * stride];
    }
  }
  ELUTE_UNROLL for (int r = n - 1; r >= 0; --r) {
    double sum = b[r * stride];
    ELUTE_UNROLL for (int k = r + 1; k < n; ++k) sum -= A(r, k) * b[k * stride];
    b[r * stride] = sum / A(r, r);
  }
#undef A
}

#endif
