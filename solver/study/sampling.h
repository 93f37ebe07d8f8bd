/* Designs: which points of the unit cube a study runs, and what these are as values of the case. Everything random
   comes from the counter-based generator of the random fields (kernels/waves.h), so that a design is a function of its
   kind, sizes and seed alone. */
#ifndef ELUTE_STUDY_SAMPLING_H
#define ELUTE_STUDY_SAMPLING_H

#include <stddef.h>
#include <stdint.h>
#include "variate.h"

/* In the order of the choices of sample.method. */
typedef enum {
  ELUTE_DESIGN_GRID,
  ELUTE_DESIGN_LIST,
  ELUTE_DESIGN_ONE_AT_A_TIME,
  ELUTE_DESIGN_RANDOM,
  ELUTE_DESIGN_LATIN_HYPERCUBE,
  ELUTE_DESIGN_SOBOL,
  ELUTE_DESIGN_SALTELLI,
  ELUTE_DESIGN_MORRIS,
  ELUTE_DESIGN_REFINE,
} EluteDesignKind;
extern const char *const elute_designs[]; /* their names; ends with NULL */

typedef struct EluteDesign {
  EluteDesignKind kind;
  int base;   /* points of random, latin_hypercube, sobol; N of saltelli; trajectories of morris */
  int levels; /* of grid, one_at_a_time, morris; else 0 */
  uint64_t seed;
  int n_parameters;
  const EluteVariate *variate; /* [n_parameters] */
  const double *factor;        /* [n_parameters^2] Cholesky factor (lower, by rows) of the correlations; NULL: none */
} EluteDesign;

/* Rows of the design; more than 1e9 counts as that. Not for a list, whose rows are in its file. */
double EluteDesignRows(const EluteDesign *design);
/* u[n_rows * n_parameters], in the order that table.h states. */
void EluteDesignFill(const EluteDesign *design, double *u);
/* Number and malloc'd text of parameter k at its coordinate. */
double EluteDesignValue(const EluteDesign *design, int k, double u, char **text);

/* Cholesky factor of a matrix [n * n] in place; false: it is not positive definite. */
bool EluteCholesky(int n, double *matrix);

#endif
