/* Between a study file and its database: the points that are to be run, made or found. */
#ifndef ELUTE_STUDY_PREPARE_H
#define ELUTE_STUDY_PREPARE_H

#include "database.h"

/* Reads the study, tries its case in every scenario, and finds the generation that it is in the database, or adds it:
   where there is none yet, or another one and a new generation is asked for; another one else is a failure that tells
   the difference. Problems of study and case are printed to standard error. No MPI; one process calls it. */
PetscErrorCode EluteStudyPrepare(const char *file, const char *database, bool across_hosts, bool new_generation,
                                 int *generation);

/* What differs between two texts as trees, "sample.points: 64, now 128; ..."; "" where nothing does. */
void EluteStudyDifference(const char *before, const char *now, char *text, size_t length);

#endif
