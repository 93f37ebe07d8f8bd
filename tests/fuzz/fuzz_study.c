/* A study file: its case and catalogue read, its points made, its questions read. */
#include "fuzz.h"

#include <stdlib.h>
#include "study/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteDiagnostics d = {0};
  char *text = fuzz_text(data, size);
  EluteStudy *study = EluteStudyParse(ELUTE_TEST_SOURCE "/cases/studies/fuzzed.yaml", text, size, &d);

  fuzz_expect_said(&d, study != NULL);
  EluteStudyFree(study);
  free(text);
  return 0;
}
