/* Line solves along an axis whose lines may be cut between ranks or close on themselves: the partition method. Each
   block reduces its part of a line to two equations in its first and last unknown (backend's line_reduce); these are
   redistributed along the axis, so that every rank solves the small systems of its share of the lines, and the answers
   go back to be substituted (line_solve with known neighbours): what a rank sends and receives does not grow with their
   number. After PaScaL_TDMA (Kim et al. 2021, Comput. Phys. Commun. 260:107722). */
#ifndef ELUTE_LINES_H
#define ELUTE_LINES_H

#include "../operators/operators.h"

typedef struct EluteLines EluteLines;

PetscErrorCode EluteLinesCreate(EluteOperators *ops, EluteLines **lines);
PetscErrorCode EluteLinesDestroy(EluteLines **lines);
/* In place x <- (I - theta J_axis)^-1 (x + boundary increments); adds to the ledger. Collective. */
PetscErrorCode EluteLinesSolve(EluteLines *lines, int axis, double theta, const double *scalar_increment, Vec x,
                               double *ledger);

/* The reduced system of one line cut into `blocks`: first_p = p1 + q1 last_{p-1} + r1 first_{p+1}, last_p = pn + qn
   last_{p-1}
   + rn first_{p+1}; equation e of block p is equations[p * stride_block + e * stride_equation]. Gives first[p],
   last[p]. */
void elute_lines_reduced(int blocks, bool periodic, const double *equations, size_t stride_block,
                         size_t stride_equation, double *first, double *last);

#endif
