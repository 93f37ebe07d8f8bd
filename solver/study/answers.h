/* What a study says: the statistics of analysis.h for every scenario, endpoint and parameter of a table, as lists of
   lines that text, tables and pictures are made of. Replicates of a point count as their mean; where one of them is
   missing, so is the point. */
#ifndef ELUTE_STUDY_ANSWERS_H
#define ELUTE_STUDY_ANSWERS_H

#include <stdint.h>
#include <stdio.h>
#include "../error.h"
#include "analysis.h"
#include "table.h"

/* What is asked beyond what a design answers by itself; indices into the table. */
typedef struct EluteObjective {
  int endpoint, direction; /* +1: more is better */
} EluteObjective;
typedef struct EluteToleranceRequest {
  int endpoint, parameter;
  bool above;                       /* the endpoint must be at least the threshold, else at most */
  double threshold, nominal, level; /* in the units of the table; share of the points that must do so */
} EluteToleranceRequest;
typedef struct EluteQuestions {
  int replicates; /* of the bootstrap */
  uint64_t seed;
  int bins; /* of curves; 0: as suits the number of points */
  int n_objectives, n_tolerances;
  EluteObjective *objective;
  EluteToleranceRequest *tolerance;
} EluteQuestions;

typedef enum {
  ELUTE_INDEX_FIRST,
  ELUTE_INDEX_TOTAL,
  ELUTE_INDEX_MU_STAR,
  ELUTE_INDEX_MU,
  ELUTE_INDEX_SIGMA,
  ELUTE_INDEX_RANK,
  ELUTE_INDEX_REGRESSION,
  ELUTE_INDEX_R_SQUARED,
  ELUTE_N_INDICES,
} EluteIndex;
extern const char *const elute_index_name[ELUTE_N_INDICES]; /* as in indices.csv */

typedef struct EluteIndexLine {
  int scenario, endpoint, parameter; /* parameter -1: of all of them */
  EluteIndex index;
  int units, of; /* that counted, of the first so many */
  bool whole;    /* of all units, not of a part that shows convergence */
  EluteEstimate estimate;
} EluteIndexLine;
typedef struct EluteCurveLine { /* a bin of a parameter: the mean of an endpoint, or the share of points that meet a
                                   tolerance */
  int scenario, endpoint, parameter, tolerance; /* tolerance -1: a mean */
  int points;
  double low, high, centre;
  EluteEstimate estimate;
} EluteCurveLine;
typedef struct EluteToleranceLine {
  int scenario, tolerance;
  EluteTolerance range;
} EluteToleranceLine;
typedef struct EluteChoiceLine { /* a design row that is the best for an objective, or one of the Pareto set */
  int scenario, objective, row;  /* objective -1: Pareto set */
} EluteChoiceLine;
typedef struct EluteRefinementLine {
  int scenario, endpoint, parameter, n;
  double h[3], y[3]; /* of the finest, finest first */
  EluteRefinement found;
} EluteRefinementLine;

typedef struct EluteAnswers {
  const EluteStudyTable *table; /* borrowed, as are the questions */
  const EluteQuestions *questions;
  double *y; /* [scenario][endpoint][design row], means over replicates; NaN: missing */
  int n_indices, n_curves, n_tolerances, n_choices, n_refinements;
  EluteIndexLine *index;
  EluteCurveLine *curve;
  EluteToleranceLine *tolerance;
  EluteChoiceLine *choice;
  EluteRefinementLine *refinement;
} EluteAnswers;

PetscErrorCode EluteAnswersCreate(const EluteStudyTable *table, const EluteQuestions *questions, EluteAnswers *answers);
void EluteAnswersDestroy(EluteAnswers *answers);

/* [design row] of an endpoint in a scenario, and a parameter's value in a row. */
const double *elute_answers_y(const EluteAnswers *answers, int scenario, int endpoint);
double elute_answers_x(const EluteAnswers *answers, int row, int parameter);
/* "path [unit]", without the bracket where there is no unit. */
void elute_answers_label(const char *path, const char *unit, char *text, size_t length);

/* The label of a parameter; one whose values are no numbers counts them. */
void elute_answers_parameter(const EluteAnswers *answers, int parameter, char *text, size_t length);

void EluteAnswersPrint(const EluteAnswers *answers, FILE *file);
/* indices.csv, curves.csv, tolerances.csv, choices.csv, refinement.csv: those that have lines. */
PetscErrorCode EluteAnswersWriteTables(const EluteAnswers *answers, const char *directory);
/* A script NAME.gp for each picture, which writes NAME.png and NAME.svg beside itself, and runs them through gnuplot
   where it is installed: *drawn, else false. */
PetscErrorCode EluteAnswersDraw(const EluteAnswers *answers, const char *directory, int *n_scripts, bool *drawn);

#endif
