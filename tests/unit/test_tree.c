#include <criterion/criterion.h>

#include "../../solver/case/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EluteNode *parse(const char *text) {
  EluteDiagnostics d = {0};
  EluteNode *root = EluteTreeParse("case.yaml", text, strlen(text), &d);

  cr_assert(root, "%s", d.text);
  return root;
}

static void expect_error_of(const char *text, size_t length, const char *message) {
  EluteDiagnostics d = {0};
  EluteNode *root = EluteTreeParse("case.yaml", text, length, &d);

  cr_expect_null(root, "accepted: %.40s", text);
  cr_expect_eq(d.n_errors, 1);
  cr_expect(d.text && strstr(d.text, message), "got %sfor %.40s", d.text ? d.text : "nothing ", text);
  EluteNodeFree(root);
  EluteDiagnosticsClear(&d);
}

static void expect_error(const char *text, const char *message) {
  expect_error_of(text, strlen(text), message);
}

static char *print(const EluteNode *root) {
  size_t length;

  return EluteTreeText(root, &length);
}

static void expect_same(const EluteNode *a, const EluteNode *b) {
  const EluteNode *x = a->first, *y = b->first;

  cr_assert_eq(a->kind, b->kind);
  cr_assert_eq(a->n_children, b->n_children);
  cr_assert((!a->key && !b->key) || strcmp(a->key, b->key) == 0);
  if (a->kind == ELUTE_SCALAR) cr_assert_str_eq(a->text, b->text);
  for (; x && y; x = x->next, y = y->next) expect_same(x, y);
  cr_assert(!x && !y);
}

static void expect_round_trip(const EluteNode *root) {
  char *text = print(root);
  EluteNode *again = parse(text);

  expect_same(root, again);
  EluteNodeFree(again);
  free(text);
}

Test(tree, nodes_remember_where_they_stood) {
  EluteNode *root = parse("elute: 1\nmesh:\n  x: {from: -3 mm,\n      cells: 64}\n");
  const EluteNode *cells = EluteNodeAt(root, "mesh.x.cells");

  cr_assert(cells);
  cr_expect_str_eq(cells->text, "64");
  cr_expect_eq(cells->line, 4);
  cr_expect_eq(cells->column, 14);
  cr_expect_str_eq(cells->file, "case.yaml");
  EluteNodeFree(root);
}

Test(tree, paths_name_keys_and_indices) {
  EluteNode *root = parse("reactions: [{rate: 1}, {rate: 2}]\nboundaries: {all: {stealth.drug: {value: 3}}}");
  char *path;

  cr_expect_str_eq(EluteNodeAt(root, "reactions.1.rate")->text, "2");
  cr_expect_str_eq(EluteNodeAt(root, "boundaries.all.stealth.drug.value")->text, "3");
  cr_expect_null(EluteNodeAt(root, "reactions.2.rate"));
  cr_expect_null(EluteNodeAt(root, "reactions.-1"));
  cr_expect_null(EluteNodeAt(root, "reactions.1.rate.x"));
  path = EluteNodePath(EluteNodeAt(root, "reactions.1.rate"));
  cr_expect_str_eq(path, "reactions.1.rate");
  free(path);
  EluteNodeFree(root);
}

Test(tree, aliases_and_merge_keys_copy) {
  EluteNode *root = parse("a: &a {p: 1, q: [1, 2]}\nb: *a\nc: {<<: *a, p: 9}\nd: {<<: [{p: 5}, *a]}\n");

  cr_expect_str_eq(EluteNodeAt(root, "b.q.1")->text, "2");
  cr_expect_str_eq(EluteNodeAt(root, "c.p")->text, "9");
  cr_expect_str_eq(EluteNodeAt(root, "c.q.0")->text, "1");
  cr_expect_str_eq(EluteNodeAt(root, "d.p")->text, "5");
  cr_expect_str_eq(EluteNodeAt(root, "d.q.0")->text, "1");
  cr_expect_null(EluteNodeAt(root, "c.<<"));
  EluteNodeFree(root);
}

Test(tree, wrong_texts_are_refused_with_their_place) {
  expect_error("a: 1\nb: 2\na: 3", "case.yaml:3:1: error: the key 'a' was given before, in line 1");
  expect_error("a: !!int 3", "case.yaml:1:4: error: found the tag");
  expect_error("a: !mine {b: 1}", "found the tag '!mine'");
  expect_error("a: 1\n---\nb: 2\n", "case.yaml:2:1: error: a second document");
  expect_error("", "case.yaml: error: the file is empty");
  expect_error("# nothing\n", "the file is empty");
  expect_error("[1, 2]", "case.yaml:1:1: error: found a sequence of 2; expected keys with values");
  expect_error("hello", "found 'hello'; expected keys with values");
  expect_error("a: [1,\nb: 2", "case.yaml:3:1: error: YAML syntax");
  expect_error("a: *b", "case.yaml:1:4: error: alias *b: no anchor &b");
  expect_error("a: &b [*b]", "alias *b: no anchor &b is complete before it");
  expect_error("? [a]\n: 1", "expected a name");
  expect_error("a: \xff", "not a text in UTF-8");
  expect_error("{<<: 1}", "expected an alias of a mapping");
  expect_error_of("a: 1\nb: \0 2", 10, "case.yaml:2:4: error: not a text: found a NUL byte");
  expect_error("a: \"x\\0y\"", "NUL character");
}

Test(tree, depth_and_number_of_nodes_are_limited) {
  char deep[200] = "a: ", bomb[2000] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";

  memset(deep + 3, '[', 64);
  expect_error(deep, "nested deeper than 64 levels");
  for (int i = 1; i <= 7; i++) {
    sprintf(bomb + strlen(bomb), "a%d: &a%d [", i, i);
    for (int k = 0; k < 10; k++) sprintf(bomb + strlen(bomb), "*a%d%s", i - 1, k < 9 ? "," : "]\n");
  }
  expect_error(bomb, "more than 1000000 nodes");
}

Test(tree, print_quotes_whatever_would_read_otherwise) {
  static const char *const texts[] = {
      "",       " ",   "a: b", "a #b",     "#a",       "- a",  "-",         "-3 mm",      "a,b",
      "[a]",    "{",   "\"",   "'",        "\\",       "a\nb", "tab\tx",    "yes",        "~",
      "? x",    "*a",  "&a",   "!x",       "%x",       "@x",   "`",         "a:",         ":",
      "a:b",    "| x", "> x",  "---",      "...",      "1 µm", "\u2028",    "\u00a0x",    "x\xc2\x85",
      "\ufeff", "<<",  "= x",  "u -> 2 u", "\x01\x7f", "x ",   "1 1/(M s)", "\U0001f600x"};
  const int n = sizeof texts / sizeof texts[0];
  EluteNode *root = EluteNodeNew(ELUTE_MAPPING, NULL, NULL), *list = EluteNodeNew(ELUTE_SEQUENCE, "list", NULL);
  EluteNode *map = EluteNodeNew(ELUTE_MAPPING, "map", NULL);

  EluteNodeAppend(root, list);
  EluteNodeAppend(root, map);
  for (int i = 0; i < n; i++) {
    EluteNode *pair = EluteNodeNew(ELUTE_SEQUENCE, NULL, NULL), *one = EluteNodeNew(ELUTE_SCALAR, NULL, texts[i]);

    one->quoted = !texts[i][0];
    EluteNodeAppend(pair, one);
    EluteNodeAppend(list, pair);
    EluteNodeAppend(list, EluteNodeCopy(one));
    if (strcmp(texts[i], "<<") != 0) EluteNodeAppend(map, EluteNodeNew(ELUTE_SCALAR, texts[i], texts[i]));
  }
  expect_round_trip(root);
  EluteNodeFree(root);
}

Test(tree, print_keeps_every_shape) {
  EluteNode *root =
      parse("a: {}\nb: []\nc:\nd: [[], {}, [[1]], {e: [{f: 1, g: [x]}]}, '']\nh: [\n  1, 2]\ni: {j: {k: 1}}\n");

  expect_round_trip(root);
  EluteNodeFree(root);
}

Test(tree, print_shows_provenance_as_comments) {
  EluteNode *root = parse("tissue: {porosity: 0.2, list: [{a: 1}]}");
  char *text;

  EluteNodeAt(root, "tissue.porosity")->provenance = strdup("doi:10.1/x; S2\nsecond line");
  EluteNodeAt(root, "tissue.list.0")->provenance = strdup("default");
  text = print(root);
  cr_expect_str_eq(text,
                   "tissue:\n  porosity: 0.2  # doi:10.1/x; S2 second line\n  list:\n    -  # default\n      a: 1\n");
  free(text);
  expect_round_trip(root);
  EluteNodeFree(root);
}

Test(tree, merge_overrides_scalars_and_sequences_and_extends_mappings) {
  EluteNode *base = parse("a: 1\nb: {c: 2, d: [1, 2]}\ne: {f: 1}"), *over = parse("b: {d: [3], g: 4}\ne: 5\nh: 6");
  EluteNode *merged = EluteTreeMerge(base, over), *expected = parse("a: 1\nb: {c: 2, d: [3], g: 4}\ne: 5\nh: 6");

  expect_same(merged, expected);
  EluteNodeFree(base);
  EluteNodeFree(over);
  EluteNodeFree(merged);
  EluteNodeFree(expected);
}

Test(tree, set_replaces_and_makes_values) {
  EluteNode *root = parse("mesh: {x: {cells: 8}}\nreactions: [{rate: 1 1/s}, {rate: 2 1/s}]\noutput:\n");
  EluteDiagnostics d = {0};

  EluteTreeSet(root, "mesh.x.cells=64", &d);
  EluteTreeSet(root, "reactions.1.rate=3 1/h", &d);
  EluteTreeSet(root, "output.probes={rim: [1 mm, 0 mm]}", &d);
  EluteTreeSet(root, "new.deep.key=a=b", &d);
  cr_expect_eq(d.n_errors, 0, "%s", d.text);
  cr_expect_str_eq(EluteNodeAt(root, "mesh.x.cells")->text, "64");
  cr_expect_str_eq(EluteNodeAt(root, "mesh.x.cells")->file, "--set");
  cr_expect_str_eq(EluteNodeAt(root, "reactions.0.rate")->text, "1 1/s");
  cr_expect_str_eq(EluteNodeAt(root, "reactions.1.rate")->text, "3 1/h");
  cr_expect_str_eq(EluteNodeAt(root, "output.probes.rim.1")->text, "0 mm");
  cr_expect_str_eq(EluteNodeAt(root, "new.deep.key")->text, "a=b");
  EluteNodeFree(root);
}

static void expect_set_error(const char *assignment, const char *message) {
  EluteNode *root = parse("mesh: {x: 8}\nlist: [1, 2]\n");
  EluteDiagnostics d = {0};

  EluteTreeSet(root, assignment, &d);
  cr_expect_eq(d.n_errors, 1);
  cr_expect(d.text && strstr(d.text, message), "got %s", d.text ? d.text : "nothing");
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

Test(tree, set_says_what_is_wrong) {
  expect_set_error("mesh", "expected path=value");
  expect_set_error("=3", "expected keys joined by dots");
  expect_set_error("mesh..x=3", "expected keys joined by dots");
  expect_set_error("mesh.x.cells=3", "mesh.x.cells: there is no 'cells' below '8'");
  expect_set_error("list.2=3", "list.2: found '2'; expected an index from 0 to 1");
  expect_set_error("mesh.x=[1", "error: YAML syntax");
}

Test(tree, ensure_makes_mappings_on_the_way) {
  EluteNode *root = parse("a: {b: 1}\nempty:\n");
  EluteNode *node = EluteNodeEnsure(root, "empty.x.y", ELUTE_SEQUENCE);

  cr_assert(node);
  cr_expect_eq(node->kind, ELUTE_SEQUENCE);
  cr_expect_eq(EluteNodeEnsure(root, "empty.x.y", ELUTE_SEQUENCE), node);
  cr_expect_null(EluteNodeEnsure(root, "a.b.c", ELUTE_SCALAR));
  cr_expect_null(EluteNodeEnsure(root, "a.b", ELUTE_MAPPING));
  EluteNodeSet(EluteNodeAt(root, "a"), "b", "%g %s", 0.5, "mm");
  cr_expect_str_eq(EluteNodeAt(root, "a.b")->text, "0.5 mm");
  cr_expect_eq(EluteNodeAt(root, "a")->n_children, 1);
  EluteNodeFree(root);
}

Test(tree, nodes_detach_and_free_from_any_position) {
  EluteNode *root = parse("a: [1, 2, 3]"), *list = EluteNodeAt(root, "a");

  EluteNodeFree(list->last);
  cr_expect_eq(list->n_children, 2);
  cr_expect_str_eq(list->last->text, "2");
  EluteNodeAppend(list, EluteNodeNew(ELUTE_SCALAR, NULL, "4"));
  EluteNodeFree(list->first);
  cr_expect_str_eq(EluteNodeAt(root, "a.0")->text, "2");
  cr_expect_str_eq(EluteNodeAt(root, "a.1")->text, "4");
  EluteNodeFree(root);
}

Test(diagnostics, errors_carry_place_and_path_in_the_order_of_the_file) {
  EluteNode *root = parse("a: 1\nb: [x, {c: 2}]\n"), *fresh = EluteNodeNew(ELUTE_SCALAR, "made", "3");
  EluteDiagnostics d = {0};

  EluteError(&d, EluteNodeAt(root, "b.1.c"), "late");
  EluteWarning(&d, EluteNodeAt(root, "a"), "early\nand %d", 7);
  EluteNodeAppend(EluteNodeAt(root, "b.1"), fresh);
  EluteError(&d, fresh, "of an expansion");
  EluteError(&d, NULL, "of nothing");
  cr_expect_str_eq(d.text, "case.yaml:1:4: warning: a: early and 7\n"
                           "case.yaml:2:8: error: b.1.made: of an expansion\n"
                           "case.yaml:2:12: error: b.1.c: late\n"
                           "error: of nothing\n");
  cr_expect_eq(d.n_errors, 3);
  cr_expect_eq(d.n_warnings, 1);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(root);
}

Test(diagnostics, at_most_a_hundred_errors_are_listed) {
  EluteDiagnostics d = {0};
  int lines = 0;

  for (int i = 0; i < 150; i++) EluteErrorAt(&d, "f", i + 1, 1, "number %d", i);
  EluteErrorAt(&d, NULL, 0, 0, "last");
  for (const char *c = d.text; *c; c++) lines += *c == '\n';
  cr_expect_eq(d.n_errors, 151);
  cr_expect_eq(lines, 101);
  cr_expect(strstr(d.text, "f:100:1: error: number 99\nand 51 more errors\n"), "%s", d.text);
  EluteDiagnosticsClear(&d);
}

Test(diagnostics, nearest_name_is_near_or_none) {
  static const char *const names[] = {"diffusivity", "density", "rate", "x"};

  cr_expect_str_eq(EluteNearest("difusivity", 4, names), "diffusivity");
  cr_expect_str_eq(EluteNearest("raet", 4, names), "rate");
  cr_expect_str_eq(EluteNearest("desnity", 4, names), "density");
  cr_expect_null(EluteNearest("temperature", 4, names));
  cr_expect_null(EluteNearest("anything", 0, NULL));
}
