/* The Jacobian of the residual as a PETSc matrix, for --stepper petsc-assembled. */
#ifndef ELUTE_JACOBIAN_H
#define ELUTE_JACOBIAN_H

#include <petscmat.h>
#include "../operators/operators.h"

typedef struct EluteJacobian EluteJacobian;

/* A matrix in the layout of the state vector, with the pattern of the residual: all species of a cell, and the same
   mobile species of its neighbours. */
PetscErrorCode EluteJacobianCreate(EluteOperators *ops, EluteJacobian **jacobian, Mat *matrix);
/* matrix = shift - J(u), 1/s. Exact: J is applied to unit vectors, many cells at once. ledger: scratch, n_ledger
 * doubles. */
PetscErrorCode EluteJacobianAssemble(EluteJacobian *jacobian, Vec u, double shift, double *ledger, Mat matrix);
PetscErrorCode EluteJacobianDestroy(EluteJacobian **jacobian);

#endif
