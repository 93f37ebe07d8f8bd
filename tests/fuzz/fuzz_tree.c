/* YAML alone: text, tree, printed, and read as the same tree. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void expect_same(const EluteNode *a, const EluteNode *b) {
  const EluteNode *x = a->first, *y = b->first;

  fuzz_expect(a->kind == b->kind && a->n_children == b->n_children, "the printed tree has the same nodes");
  if (a->kind == ELUTE_SCALAR) fuzz_expect(strcmp(a->text, b->text) == 0, "the printed tree has the same texts");
  for (; x; x = x->next, y = y->next) {
    if (x->key) fuzz_expect(strcmp(x->key, y->key) == 0, "the printed tree has the same keys");
    expect_same(x, y);
  }
}

static void expect_round_trip(const EluteNode *root) {
  EluteDiagnostics d = {0};
  size_t length;
  char *text = EluteTreeText(root, &length);
  EluteNode *again = EluteTreeParse("again", text, length, &d);

  fuzz_expect(again != NULL, "the printed tree is one");
  expect_same(root, again);
  EluteNodeFree(again);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteDiagnostics d = {0};
  char *text = fuzz_text(data, size);
  EluteNode *root = EluteTreeParse("case.yaml", text, size, &d);

  fuzz_expect_said(&d, root != NULL);
  if (root && root->first) expect_round_trip(root);
  EluteNodeFree(root);
  free(text);
  return 0;
}
