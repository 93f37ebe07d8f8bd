#include <math.h>
#include <stdlib.h>
#include "../comparison/comparison.h"
#include "commands.h"

PetscErrorCode EluteCommandDiff(const EluteCommandLine *line) {
  EluteComparison c = {.directory = {line->target, line->name}};
  char why[4096], *rest = NULL;
  const double within = line->within ? strtod(line->within, &rest) : 0;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (!line->name) return EluteFail(ELUTE_EXIT_USAGE, "elute diff needs the directories of two runs");
  if (line->within && (rest == line->within || *rest || !(within >= 0)))
    return EluteFail(ELUTE_EXIT_USAGE, "--within is a number of at least 0, such as 1e-6, not %s", line->within);
  if (!EluteCompareRuns(&c, why, sizeof why)) {
    ierr = EluteFail(ELUTE_EXIT_USAGE, "%s", why);
  } else {
    if (!line->quiet) EluteComparisonPrint(&c, stdout);
    if (EluteComparisonLargest(&c) > within)
      ierr = EluteFail(ELUTE_EXIT_NUMERICS, "the runs differ%s", line->within ? " by more than --within allows" : "");
  }
  EluteComparisonClear(&c);
  return ierr;
}
