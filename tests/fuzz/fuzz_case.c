/* A case: text, tree, catalogue, expansion, model. What is accepted is printed as it was understood, and that is a case again. */
#include "fuzz.h"

#include <stdlib.h>
#include "model/model.h"

static EluteModel *read_case(const char *text, size_t length) {
  EluteDiagnostics d = {0};
  EluteModel *model = EluteModelRead(ELUTE_TEST_SOURCE "/cases/fuzzed.yaml", text, length, 0, NULL, &d);

  fuzz_expect_said(&d, model != NULL);
  return model;
}

static void expect_read_again(const EluteModel *model, const EluteNode *tree) {
  size_t length;
  char *text = EluteTreeText(tree, &length);
  EluteModel *again = read_case(text, length);

  fuzz_expect(again != NULL, "what is printed of a case is a case");
  fuzz_expect(again->n_species == model->n_species && again->n_reactions == model->n_reactions, "it is the same case");
  EluteModelFree(again);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = fuzz_text(data, size);
  EluteModel *model = read_case(text, size);
  int n;

  if (model) {
    free(EluteModelDiscontinuities(model, &n));
    expect_read_again(model, model->tree);
    expect_read_again(model, model->expanded);
  }
  EluteModelFree(model);
  free(text);
  return 0;
}
