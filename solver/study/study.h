/* A study file: one case, what is varied in it and how, what is kept of every run. */
#ifndef ELUTE_STUDY_H
#define ELUTE_STUDY_H

#include "../error.h"
#include "../model/model.h"
#include "sampling.h"

enum { ELUTE_MOST_PARAMETERS = 1000 }; /* and overrides of a scenario, seeds, outputs, probes */

typedef struct EluteStudy {
  char *file, *text;           /* the study file */
  char *case_file, *case_text; /* the case */
  size_t case_length;
  EluteNode *tree;
  EluteDesign design;
  int n_parameters;
  char **parameter;      /* [n_parameters] paths of the case */
  EluteVariate *variate; /* [n_parameters] */
  double *factor;        /* of the correlations; NULL: none */
  int n_scenarios;       /* at least 1 */
  char **scenario;       /* [n_scenarios] names; "" where the study has none */
  char **scenario_sets;  /* [n_scenarios] what differs: lines of "path=value" */
  int n_replicates;      /* at least 1 */
  char **replicate_sets; /* [n_replicates] likewise */
  int n_endpoints;
  char **endpoint; /* [n_endpoints] as in `outputs` */
  int n_probes;
  char **probe;  /* [n_probes] as in `series` */
  size_t n_rows; /* of the design */
  double *u;     /* [n_rows * n_parameters]; NaN in a list */
  double *x;     /* [n_rows * n_parameters] in the variates' units */
  char **value;  /* [n_rows * n_parameters] as the case takes it */
} EluteStudy;

/* The text of a study file, whose name tells where its case is, and the points that it asks for. NULL and diagnostics on
   failure. Rank-local. */
EluteStudy *EluteStudyParse(const char *file, const char *text, size_t length, EluteDiagnostics *d);
/* Reads the file. Problems of the study are in d, then *study is NULL and a failure returns; so does a file that cannot be
   read. Rank-local. */
PetscErrorCode EluteStudyRead(const char *file, EluteStudy **study, EluteDiagnostics *d);
void EluteStudyFree(EluteStudy *study);

/* A file that the study names, at the node; what is in its way is an error there. NULL then. malloc'd. */
char *EluteStudyText(const EluteNode *node, const char *what, char **path, size_t *length, EluteDiagnostics *d);

/* The overrides of a point as `--set` takes them, n in all; malloc'd, the caller frees. */
char **EluteStudySets(const char *scenario_sets, const char *replicate_sets, int n_parameters, char *const *parameter,
                      char *const *value, int *n);

/* Frees n texts and their array, which may be NULL. */
void EluteStudyTextsFree(size_t n, char **texts);
/* Room for n, zeroed, also where n is 0; never NULL. */
void *elute_study_memory(size_t n, size_t size);

/* Does the case have what `outputs` and `series` name? As far as can be known before a run. */
void EluteStudyCheckOutputs(const EluteStudy *study, const EluteModel *model, EluteDiagnostics *d);

#endif
