/* A catalogue file: its entries listed, shown and taken up by a case. */
#include "fuzz.h"

#include "case/catalogue.h"
#include "case/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char user[] = "elute: 1\ncatalogues: [FILE]\ndrugs: {a: {from: a}}\ncarriers: {a: {from: a}}\ntissues: {a: {from: a}}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteDiagnostics d = {0};
  EluteNode *root = EluteTreeParse("case.yaml", user, sizeof user - 1, &d);
  EluteNode *name = EluteNodeAt(root, "catalogues.0"), *path = EluteNodeNew(ELUTE_SCALAR, NULL, fuzz_file(data, size));
  EluteCatalogue *c;
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  if (!file) abort();
  EluteNodeReplace(name, path);
  c = EluteCatalogueLoad("/nowhere", root, &d);
  EluteCatalogueList(c, file);
  EluteCatalogueReference(c, file);
  (void)EluteCatalogueShow(c, "a", size % 2, file);
  EluteCatalogueResolve(c, root, &d);
  EluteSchemaValidate(root, elute_case_schema, &d);
  fuzz_expect_said(&d, d.n_errors == 0);
  EluteCatalogueFree(c);
  EluteNodeFree(root);
  fclose(file);
  free(text);
  return 0;
}
