/* The operators of kernels/backend.h, written differently: extended precision; transport face by face with every face
   scattered to its cells; lines and reactions by dense matrices; derivatives of rates by complex steps. Host memory.
   Beside each value comes the sum of the sizes of the terms it is made of, to which rounding is to be compared. */
#ifndef ELUTE_TEST_REFERENCE_H
#define ELUTE_TEST_REFERENCE_H

#include "kernels/backend.h"

typedef struct Reference {
  double *value, *size;         /* of a state vector */
  double *ledger, *ledger_size; /* what was added */
} Reference;

Reference reference_create(const EluteProblemView *p);
void reference_destroy(Reference *r);

void reference_residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                        const EluteCombination *add, Reference *r);
void reference_jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                              const double *ghost_x, const double *increment, Reference *r);
/* size: of the largest value of the cell (line), before or after */
void reference_reaction_solve(const EluteProblemView *p, const double *u, double theta, const double *x, Reference *r);
void reference_line_solve(const EluteProblemView *p, int axis, double theta, const double *increment,
                          const double *below, const double *above, const double *x, Reference *r);

/* d rate / d C_species of one reaction in one cell. */
double reference_gradient(const EluteProblemView *p, int reaction, int row, int cell, const double *u, int species);

#endif
