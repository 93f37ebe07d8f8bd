/* Endpoints of the case: what is kept for them at every step, in the backend's memory, and their values when asked. */
#ifndef ELUTE_READOUTS_H
#define ELUTE_READOUTS_H

#include "../operators/operators.h"

/* Distribution over the region's volume. d90: what 90 % of it at least has; likewise d50 and d10. */
typedef struct EluteDistribution {
  double mean, deviation, minimum, maximum, d90, d50, d10;
} EluteDistribution;

/* What an endpoint is now. */
typedef struct EluteReadoutResult {
  double value;                   /* in EluteReadoutUnit; SPLIT: the whole, mol */
  double volume;                  /* of the region, m3 */
  EluteDistribution distribution; /* of the measure, where there is one */
  double peak_time;               /* PEAK: when, s */
  int n_table;
  double *table; /* [2][n_table]: DOSE_VOLUME: level, share of the volume; PENETRATION: depth, mean */
  double *part;  /* SPLIT: [2][n_parts]: amount, share */
  double whole;  /* OCCUPANCY: the amount below the line */
} EluteReadoutResult;

PetscErrorCode EluteReadoutsCreate(EluteOperators *ops, EluteReadouts **readouts);
PetscErrorCode EluteReadoutsDestroy(EluteReadouts **readouts);
/* After every step: of length h, ended at t in u. h = 0: the state that a segment begins with. Moves no field between
   host and backend, unless h = 0. */
PetscErrorCode EluteReadoutsStep(EluteReadouts *readouts, double t, double h, Vec u);
/* What is kept so far. */
PetscErrorCode EluteReadoutsCheckpoint(EluteReadouts *readouts, EluteCheckpoint *checkpoint);
/* Makes the results those of u, the state last stepped to. state: u in host memory; NULL: not there yet. Collective. */
PetscErrorCode EluteReadoutsEvaluate(EluteReadouts *readouts, Vec u, const double *state);
const EluteReadoutResult *EluteReadoutsResult(const EluteReadouts *readouts, int readout); /* of the last evaluation */
/* The measure of each owned cell, [n_rows * pitch], of an endpoint that keeps one. */
PetscErrorCode EluteReadoutsCells(const EluteReadouts *readouts, int readout, double *cells);

#endif
