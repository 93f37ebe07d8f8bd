/* What a study keeps of a run: numbers, from what endpoints.json and run.json say, and probes' series. */
#ifndef ELUTE_STUDY_OUTCOME_H
#define ELUTE_STUDY_OUTCOME_H

#include "database.h"

typedef struct EluteStudyOutcome {
  int n;
  char **endpoint;    /* [n] as in `outputs` */
  double *y;          /* [n] of the last run; NaN: none (null) */
  char **unit;        /* [n] as far as known; NULL */
  EluteSeries series; /* of the probes in `series`; EluteOutput fills it */
  char case_hash[17];
} EluteStudyOutcome;

PetscErrorCode EluteStudyOutcomeCreate(EluteDatabase *db, int generation, EluteStudyOutcome *outcome);
void EluteStudyOutcomeClear(EluteStudyOutcome *outcome);
/* The documents may be NULL. A failure names the number that is not there. */
PetscErrorCode EluteStudyOutcomeTake(EluteStudyOutcome *outcome, const char *endpoints, const char *run);
/* Of the whole case as understood. */
void EluteStudyCaseHash(const EluteModel *model, char hash[17]);

#endif
