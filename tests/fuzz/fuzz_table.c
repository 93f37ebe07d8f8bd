/* A file with a table of two columns. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteDiagnostics d = {0};
  EluteNode *node = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
  EluteValue *value;

  EluteNodeSet(EluteNodeEnsure(node, "table", ELUTE_MAPPING), "file", "%s", fuzz_file(data, size));
  value = EluteValueRead(node, "mol/m3", 0.5, fuzz_scope(), &d);
  EluteValueFree(value);
  fuzz_expect_said(&d, value != NULL);
  EluteNodeFree(node);
  return 0;
}
