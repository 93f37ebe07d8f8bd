/* Lines for the user while a study runs. */
#ifndef ELUTE_STUDY_PROGRESS_H
#define ELUTE_STUDY_PROGRESS_H

#include "database.h"

typedef struct EluteStudyProgress {
  bool tells, terminal;
  double began, told; /* s on the clock */
  long long done;     /* points that were done when it began; -1: not known yet */
} EluteStudyProgress;

void EluteStudyProgressBegin(EluteStudyProgress *progress, bool tells);
/* A line where one is due: done, failed, how long still. */
PetscErrorCode EluteStudyProgressTell(EluteStudyProgress *progress, EluteDatabase *db, int generation);

#endif
