/* The file of a study's list of points. */
#include "fuzz.h"

#include <stdio.h>
#include "study/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char study[] = "elute_study: 1\ncase: ../robertson.yaml\nsample: {method: list, file: %s}\noutputs: [run.steps.accepted]\n";
  EluteDiagnostics d = {0};
  char text[300];
  const int length = snprintf(text, sizeof text, study, fuzz_file(data, size));
  EluteStudy *s = EluteStudyParse(ELUTE_TEST_SOURCE "/cases/studies/fuzzed.yaml", text, (size_t)length, &d);

  fuzz_expect_said(&d, s != NULL);
  EluteStudyFree(s);
  return 0;
}
