/* elute study analyse: from a database to text, tables and pictures. */
#ifndef ELUTE_STUDY_ANALYSE_H
#define ELUTE_STUDY_ANALYSE_H

#include "database.h"

/* A generation's answers: printed to standard output, tables and pictures into the directory, which is made. What is
   asked is that of study_file, or, if that is NULL, of the study file as it was run. Rank-local. */
PetscErrorCode EluteStudyAnalyse(EluteDatabase *db, int generation, const char *study_file, const char *directory);

#endif
