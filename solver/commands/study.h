/* The verbs of `elute study`. */
#ifndef ELUTE_COMMANDS_STUDY_H
#define ELUTE_COMMANDS_STUDY_H

#include "../study/worker.h"
#include "commands.h"

/* study_run.c: supervised processes, or the ranks of an MPI launch. */
PetscErrorCode elute_study_run(const EluteCommandLine *line, const char *database);
/* study_show.c */
PetscErrorCode elute_study_status(const EluteCommandLine *line, EluteDatabase *db, int generation);
PetscErrorCode elute_study_export(const EluteCommandLine *line, EluteDatabase *db, int generation);
PetscErrorCode elute_study_show(const EluteCommandLine *line, EluteDatabase *db, int generation);

/* "12 points in 2 batches; 3 one by one: the fluid flows": of those that are done, a line after `before`; nothing where
   none is. study_show.c */
PetscErrorCode elute_study_batches(EluteDatabase *db, int generation, const char *before);
/* A whole number above 0 that an option was given; fallback where it was not. */
PetscErrorCode elute_study_count(const char *option, const char *text, int fallback, int *number);
/* The ID of a point on the command line. */
PetscErrorCode elute_study_item(const EluteCommandLine *line, long long *id);

#endif
