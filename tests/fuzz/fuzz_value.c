/* A value that may vary, written in YAML: formulas, tables, curves, hazards, by tissue. */
#include "fuzz.h"

#include <stdlib.h>

static void use(const EluteValue *value) {
  const EluteWhere places[] = {
      {.x = {1e-3, 0, 0}, .r = 1e-3, .t = 3.0, .segment_end = 10.0, .step_begin = 2.0, .step_end = 4.0}, {.tissue = 1}};
  double number, *knots = NULL;
  char why[400] = "";
  int n = 0;

  for (size_t i = 0; i < 2; i++) {
    if (!EluteValueAt(value, &places[i], &number, why, sizeof why)) fuzz_expect(why[0], "a refusal says why");
    if (!EluteValueRate(value, &places[i], &number, why, sizeof why)) fuzz_expect(why[0], "a refusal says why");
  }
  EluteValueKnots(value, &n, &knots);
  free(knots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteDiagnostics d = {0};
  char *text = fuzz_text(data, size);
  EluteNode *node = EluteNodeParse("case.yaml", text, size, &d);
  EluteValue *value = node ? EluteValueRead(node, size % 2 ? "1" : "mol/m3", 0.5, fuzz_scope(), &d) : NULL;

  if (value) use(value);
  EluteValueFree(value);
  fuzz_expect_said(&d, value != NULL);
  EluteNodeFree(node);
  free(text);
  return 0;
}
