/* --set path=value, a line each, on a small case. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include "case/schema.h"

static const char small[] =
    "elute: 1\nmesh: {geometry: cartesian, x: {from: 0 mm, to: 1 mm, cells: 8}}\ntissues: {gel: {interstitial_fraction: 0.5}}\n"
    "species: {u: {diffusivity: 1e-10 m2/s, initial: {tissue: {gel: 1 uM}}}, stealth.drug: {mobile: no}}\n"
    "reactions: [{equation: u -> , rate: 1 1/h}]\nboundaries: {x+: {u: {value: 0 uM}}}\ntime: {end: 1 h}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteDiagnostics d = {0};
  char *text = fuzz_text(data, size), *rest = text, *line;
  EluteNode *root = EluteTreeParse("case.yaml", small, sizeof small - 1, &d);

  while ((line = strsep(&rest, "\n"))) EluteTreeSet(root, line, &d);
  EluteSchemaValidate(root, elute_case_schema, &d);
  fuzz_expect_said(&d, d.n_errors == 0);
  EluteNodeFree(root);
  free(text);
  return 0;
}
