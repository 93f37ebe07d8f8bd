/* A study's points with what was varied and what came out, as one table in memory: what the database gives to
   everything that answers questions about a study (database.h: EluteDatabaseTable). Plain C. */
#ifndef ELUTE_STUDY_TABLE_H
#define ELUTE_STUDY_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Rows come in the order scenario, replicate, design row: every (scenario, replicate) holds the whole design once, so

       n_points = n_scenarios * n_replicates * n_rows,   row index = (scenario * n_replicates + replicate) * n_rows +
   row

   whatever has been run so far; what has not, or failed, has NaN in y. A row's x and u depend on its design row alone.

   Order of the design rows, with k parameters:
     saltelli        n_rows = base (k + 2): block A (base rows), block B, then AB_1 ... AB_k, where AB_i is A with
   column i from B morris          n_rows = base (k + 1): `base` trajectories of k + 1 rows; from row to row one
   parameter changes, by
                     +-levels / (2 (levels - 1)) in u
     one_at_a_time   row 0 is the centre; then the other levels of parameter 0, of parameter 1, ...
     refine          the same, row 0 is the finest of each
     grid            the last parameter varies fastest
     others          base = n_rows */
typedef struct EluteStudyTable {
  const char *design; /* grid, list, one_at_a_time, random, latin_hypercube, sobol, saltelli, morris, refine; not owned */
  int base;           /* saltelli: N; morris: trajectories; else n_rows */
  int levels;         /* morris, grid, one_at_a_time: levels of a parameter; else 0 */
  size_t n_points, n_rows;
  int n_parameters, n_endpoints, n_scenarios, n_replicates; /* the last two at least 1 */
  char **parameter, **parameter_unit; /* [n_parameters] paths of the case; "1" where dimensionless */
  bool *numeric;                      /* [n_parameters] false: names, x is the index of the choice */
  bool *logarithmic;                  /* [n_parameters] spread over decades: draw it so */
  char **endpoint, **endpoint_unit;   /* [n_endpoints] as in the study file; "" where not known */
  char **scenario_name;               /* [n_scenarios] "" for the only one of a study without */
  double *x;                          /* [n_points * n_parameters] in the parameter's unit */
  double *u;       /* [n_points * n_parameters] coordinates of the design in the unit cube, NaN where none (list) */
  double *y;       /* [n_points * n_endpoints] in the endpoint's unit; NaN: failed or not there yet */
  double *seconds; /* [n_points] wall time, NaN where not done */
  long long *id;   /* [n_points] as in `elute study show ID` */
  int *scenario, *replicate, *design_row; /* [n_points] from 0 */
} EluteStudyTable;

void EluteStudyTableClear(EluteStudyTable *table); /* frees what it holds */

#endif
