/* What is kept of a quantity in the course of steps, for every cell. Inside a step it is a straight line from its value
   at the beginning to that at the end, so that its integral is the trapezoidal rule's: of second order in the step, as
   is the time above a threshold. */
#ifndef ELUTE_CELL_ACCUMULATE_H
#define ELUTE_CELL_ACCUMULATE_H

#include "../portable.h"

ELUTE_INLINE double elute_step_integral(double before, double after, double h) {
  return 0.5 * h * (before + after);
}

/* Time of a step of length h during which it exceeds the threshold. */
ELUTE_INLINE double elute_step_above(double before, double after, double threshold, double h) {
  const double high = before > after ? before : after, low = before > after ? after : before;
  const double crossing = h * (high - threshold) / (high > low ? high - low : 1.0);
  return low > threshold ? h : high > threshold ? crossing : 0.0;
}

#endif
