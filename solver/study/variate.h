/* How one parameter of a study is spread: what stands under its path in the study file, and the value at a coordinate u
   of the unit interval, u = 0 the lowest. */
#ifndef ELUTE_STUDY_VARIATE_H
#define ELUTE_STUDY_VARIATE_H

#include "../case/tree.h"

typedef enum {
  ELUTE_UNIFORM,     /* a, b: bounds */
  ELUTE_LOG_UNIFORM, /* a, b: bounds */
  ELUTE_TRIANGULAR,  /* a, b: bounds; mode */
  ELUTE_NORMAL,      /* a: mean, b: standard deviation */
  ELUTE_LOG_NORMAL,  /* a: median, b: standard deviation of the logarithm */
  ELUTE_DISCRETE,
} EluteVariateKind;

typedef struct EluteVariate {
  EluteVariateKind kind;
  double a, b, mode;  /* in `unit`, but the standard deviation of a logarithm */
  double low, high;   /* truncation of normal ones, in `unit`; infinite: none */
  char *unit;         /* "1/h"; "" for bare numbers */
  int n_choices;      /* DISCRETE */
  char **choice;      /* [n_choices] as written */
  double *number;     /* [n_choices] in `unit`; NULL: they are no numbers */
  int *first;         /* [n_choices] of a list: where the same text stands first; else NULL */
  double *cumulative; /* [n_choices] probability of this choice and those before it */
} EluteVariate;

/* Reads what stands under a parameter's path; `range`: the catalogue's, {low, high} nodes, or NULL. False after
   diagnostics. */
bool EluteVariateRead(const EluteNode *node, const EluteNode *range, EluteVariate *variate, EluteDiagnostics *d);
void EluteVariateClear(EluteVariate *variate);

bool EluteVariateBounded(const EluteVariate *variate);     /* u = 0 and u = 1 are values that it can take */
bool EluteVariateLogarithmic(const EluteVariate *variate); /* equal steps in u are equal ratios, about */

/* The value at u: its number (DISCRETE without numbers: the index of the choice) and, malloc'd, the text that a case
   takes. */
double EluteVariateAt(const EluteVariate *variate, double u, char **text);
/* The u of a standard normal number z, for variates that are normal or log-normal and not truncated. */
double EluteNormalShare(double z);
/* The standard normal number below which the share p of all lies, 0 < p < 1; to rounding. */
double EluteNormalQuantile(double p);

#endif
