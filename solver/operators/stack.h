/* Problems of the same structure behind each other, to be stepped as one: a batch of a study's points. What they need
   to agree in is what kernels take once for all rows: mesh, species, rate laws; numbers differ freely. Rank-local: all
   parts lie on one rank. */
#ifndef ELUTE_OPERATORS_STACK_H
#define ELUTE_OPERATORS_STACK_H

#include "operators.h"

/* Why these two, which may be the same, cannot be in one stack: a clause; NULL: they can. */
const char *EluteOperatorsApart(const EluteOperators *a, const EluteOperators *b);
int EluteOperatorsStackable(const EluteOperators *ops); /* how many of its kind one stack holds */
/* part[n] stays the caller's and lives longer; mesh: EluteMeshStack of theirs; fields: on it. Takes residuals,
   Jacobians, solves and steps as any operators do, but keeps no ledger. EluteOperatorsDestroy frees it. */
PetscErrorCode EluteOperatorsStack(int n, EluteOperators *const *part, const EluteMesh *mesh, EluteFields *fields,
                                   EluteOperators **stack);
/* After a segment of some part was opened at t: all values anew. end: of the time until the next. */
PetscErrorCode EluteOperatorsRestack(EluteOperators *stack, double t, double end);

#endif
