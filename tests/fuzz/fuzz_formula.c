/* A formula: compiled, evaluated in two places, and its rate of change. */
#include "fuzz.h"

#include <stdlib.h>
#include "case/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const EluteWhere places[] = {{.x = {1e-3, 0, 0}, .r = 1e-3, .t = 3.0, .segment_end = 10.0}, {.tissue = 1}};
  char *text = fuzz_text(data, size), why[300] = "";
  EluteFormula *formula = EluteFormulaCompile(text, fuzz_scope(), size % 2, why, sizeof why);
  double *knots = NULL, value;
  int n = 0;

  fuzz_expect(formula || why[0], "a refusal says why");
  for (size_t i = 0; formula && i < 2; i++)
    if (!EluteFormulaAt(formula, &places[i], &value, why, sizeof why)) fuzz_expect(why[0], "a refusal says why");
  if (formula) EluteFormulaKnots(formula, &n, &knots);
  free(knots);
  EluteFormulaFree(formula);
  free(text);
  return 0;
}
