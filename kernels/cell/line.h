/* One cell of a tri-diagonal line, implicit diffusion along an axis: with m = theta g of the faces below and above
   (or all of it divided by theta: V over theta, m = g),

     (V + (m_b + m_a) s) x - m_b s_below x_below - m_a s_above x_above = V r        (r the right-hand side)

   Eliminated from one end to the other as x = d + c a_next, a = s x. With the pivot P = e + m_a s, e obeys
     e = V + m_b s (e/P of the previous cell),   1 at the beginning of a line,
   which never subtracts: at theta lambda >> 1 the usual V + (m_b + m_a) s - m_b s_below c would lose V to cancellation,
   and with it the mass balance. A held cell is an identity row: c = 0, share = 1. */
#ifndef ELUTE_CELL_LINE_H
#define ELUTE_CELL_LINE_H

#include <math.h>
#include "../portable.h"

typedef struct EluteLineCell {
  double inverse; /* 1/P, 1/m3 */
  double share;   /* e/P: the part of a unit put into this cell that has not gone on to the next */
  double onward;  /* c = m_a/P, per activity of the next cell */
} EluteLineCell;

ELUTE_INLINE EluteLineCell elute_line_cell(double volume, double m_below, double m_above, double s,
                                           double share_below) {
  EluteLineCell cell;
  const double e = volume + m_below * s * share_below;
  cell.inverse = 1.0 / (e + m_above * s);
  cell.share = e * cell.inverse;
  cell.onward = m_above * cell.inverse;
  return cell;
}

/* d of x = d + c a_next, from the right-hand side and the activity s d of the cell below. */
ELUTE_INLINE double elute_line_value(EluteLineCell cell, double volume, double m_below, double right_hand_side,
                                     double activity_below) {
  return (volume * right_hand_side + m_below * activity_below) * cell.inverse;
}

/* The same of a unit at the far end alone, with nothing on the right-hand side. It falls by a factor per cell, along
   long lines to numbers that processors are slow with: zero by then. */
ELUTE_INLINE double elute_line_reach(EluteLineCell cell, double m_below, double reach_below) {
  const double reach = m_below * reach_below * cell.inverse;
  return fabs(reach) < 1e-200 ? 0.0 : reach;
}

/* A cyclic line is one whose two ends are each other's neighbours: first = p + below last + above first of its own
   equation, and last likewise. */
ELUTE_INLINE void elute_line_ring(double p_first, double below_first, double above_first, double p_last,
                                  double below_last, double above_last, double *first, double *last) {
  const double ff = 1.0 - above_first, ft = -below_first, tf = -above_last, tt = 1.0 - below_last;
  *last = (p_last * ff - p_first * tf) / (ff * tt - ft * tf);
  *first = (p_first - ft * *last) / ff;
}

/* Where fluid moves, a cell passes to its neighbours, per C, up = theta (g_a s + max(q_a, 0) carry) and
   down = theta (g_b s + max(-q_b, 0) carry), diffusion and first-order upwind advection (advection.h). The column of
   the matrix that belongs to a cell is then V + up + down on the diagonal and -up, -down beside it, and the elimination
   above holds with m_below s -> down, m_above s -> up and the activities of the neighbours -> what they pass on. */
ELUTE_INLINE double elute_line_passes(double theta, double conductance, double s, double flow, double carry) {
  return theta * (conductance * s + (flow > 0 ? flow : 0.0) * carry);
}

#endif
