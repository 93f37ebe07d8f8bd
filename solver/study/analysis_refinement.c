#include "analysis.h"

#include <math.h>

/* (y2 - y1)/(y1 - y0) of a sequence with order p. */
static double ratio(double p, double r10, double r21) {
  return pow(r10, p) * (pow(r21, p) - 1) / (pow(r10, p) - 1);
}

EluteRefinement elute_refinement(const double h[3], const double y[3], double formal) {
  const double r10 = h[1] / h[0], r21 = h[2] / h[1], fine = y[1] - y[0], coarse = y[2] - y[1];
  const double rounding = 1e-12 * fmax(fabs(y[0]), fabs(y[1]));
  EluteRefinement found = {ELUTE_REFINEMENT_CONVERGES, NAN, NAN, NAN};
  double low = 0, high = 32; /* of the order; the ratio grows with it, from log(r21)/log(r10) at 0 */

  if (fabs(fine) <= rounding) return (EluteRefinement){ELUTE_REFINEMENT_UNCHANGED, NAN, y[0], rounding};
  if (coarse / fine <= 0) {
    found.kind = ELUTE_REFINEMENT_OSCILLATES;
  } else if (!(coarse / fine > log(r21) / log(r10))) {
    found.kind = ELUTE_REFINEMENT_DIVERGES;
  }
  if (found.kind != ELUTE_REFINEMENT_CONVERGES) return found;
  while (high - low > 1e-12 * high) {
    const double p = (low + high) / 2;

    *(ratio(p, r10, r21) < coarse / fine ? &low : &high) = p;
  }
  found.order = (low + high) / 2;
  found.extrapolated = y[0] - fine / (pow(r10, found.order) - 1);
  found.uncertainty = 1.25 * fabs(fine) / (pow(r10, fmin(found.order, formal)) - 1);
  return found;
}
