/* Two runs side by side: what they wrote, quantity by quantity. Reads run directories; needs neither PETSc's vectors nor
   the model. A quantity is an array of the fields over all times, a column of a table (of the ledger: for one species), a
   number or sequence of endpoints.json. */
#ifndef ELUTE_COMPARISON_H
#define ELUTE_COMPARISON_H

#include <stdbool.h>
#include <stdio.h>

typedef struct EluteDifference {
  char *what;
  double scale;           /* the largest magnitude in either run */
  double largest;         /* the largest difference; infinite where one has a number and the other has not */
  double of_squares, squares; /* sums over all values, of the differences and of the first run */
  long long n, n_different;
  char where[160];        /* of the largest: time, place */
} EluteDifference;

typedef struct EluteComparison {
  const char *directory[2];
  EluteDifference *difference;
  char **note; /* what only one of the runs has, or what cannot be read */
  int n_differences, n_notes;
} EluteComparison;

/* Compares all that both directories hold. False, with one message in `why`: one is not the directory of a run. */
bool EluteCompareRuns(EluteComparison *c, char *why, size_t length);
void EluteComparisonClear(EluteComparison *c);
/* The largest difference of any quantity, over its scale; infinite where something is missing. */
double EluteComparisonLargest(const EluteComparison *c);
/* The quantities that differ, the largest first, and what only one run has. */
void EluteComparisonPrint(const EluteComparison *c, FILE *file);

#endif
