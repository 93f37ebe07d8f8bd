/* A case with wrong bytes in it is refused or read, never a crash: mutations of a sample go through the whole of the
   case core. What may be asserted is that a refusal says something, and that what was read can be printed and read
   again. The sanitizers of the asan preset watch the rest. */
#include <criterion/criterion.h>

#include "../../solver/case/schema.h"
#include "../../solver/case/units.h"
#include "../../solver/case/value.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sample[] =
    "elute: 1\ntitle: \"Fisher–KPP: a \\\"wave\\\"\"\nconstants: {R: 2 mm, k: 0.1 1/h}\n"
    "mesh: {geometry: cartesian, x: {from: -R, to: 2*R + 1e-3, cells: 900}}\n"
    "base: &base {diffusivity: 1e-11 m2/s, availability: 30 %}\n"
    "species:\n  u: {<<: *base, initial: {formula: \"(1+exp(x/sqrt(6)))^(-2)*erfcx(r/R)\", unit: mol/m3}}\n"
    "  v:\n    initial: {tissue: {tumour: 4 nM, muscle: {formula: \"max(0, distance(tumour))/R\", unit: uM}}}\n"
    "boundaries:\n  x+: {u: {value: {table: {time: [0 h, 6 h, 1 d], value: [1 uM, 0 uM, 3 mM], interpolation: "
    "previous}}}}\n"
    "reactions:\n  - {equation: \"u + 2 v <-> w\", forward: 6.7e5 1/(M s), backward: {formula: \"k0(t+1)\", unit: "
    "1/min}}\n"
    "  - equation: 'w -> '\n    rate: 1e-2 1/h # slow\n"
    "where: {sphere: {centre: [0 mm, 0.5*R], radius: R}}\ndose: 5 ug\nvolume: >-\n  2\n  uL\n";

static char *constant_names[] = {"R", "k"};
static double constants[] = {2e-3, 3e-5};
static char *tissue_names[] = {"tumour", "muscle"};

static double distance_to(void *context, int tissue, const double x[3]) {
  (void)context;
  return x[0] - tissue;
}

static const EluteKey any_value = {.type = ELUTE_TYPE_VALUE};
static const EluteKey any_length = {.type = ELUTE_TYPE_LENGTH};
static const EluteKey names[] = {{.key = "value", .type = ELUTE_TYPE_MAP, .element = &any_value, .choices = "+"},
                                 {.key = "length", .type = ELUTE_TYPE_MAP, .element = &any_length},
                                 {.key = "text", .type = ELUTE_TYPE_TEXT},
                                 {.key = "point", .type = ELUTE_TYPE_POINT},
                                 {.key = "list", .type = ELUTE_TYPE_LIST, .element = &any_value},
                                 {0}};
static const EluteKey language[] = {{.key = "elute", .type = ELUTE_TYPE_INTEGER, .required = true, .maximum = 9},
                                    {.key = "title", .type = ELUTE_TYPE_TEXT, .fallback = "none"},
                                    {.key = "species", .type = ELUTE_TYPE_EITHER, .keys = names},
                                    {.key = "boundaries", .type = ELUTE_TYPE_EITHER, .keys = names},
                                    {.key = "dose", .type = ELUTE_TYPE_QUANTITY, .dimension = "mol"},
                                    {0}};

static uint64_t state = 20240229;

static uint64_t next_random(void) { /* splitmix64 */
  uint64_t z = state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static size_t below(size_t n) {
  return (size_t)(next_random() % n);
}

static size_t mutate(char *text, size_t n, size_t room) {
  static const char likely[] = "{}[]()&*!|>'\"%#:,-<?+=^/ \n\te0u\\";
  const size_t at = below(n), run = 1 + below(12);

  switch (below(5)) {
  case 0:
    text[at] = (char)below(256);
    return n;
  case 1:
    text[at] = likely[below(sizeof likely - 1)];
    return n;
  case 2:
    if (at + run >= n) return n;
    memmove(text + at, text + at + run, n - at - run);
    return n - run;
  case 3:
    if (n + run >= room) return n;
    memmove(text + at + run, text + at, n - at);
    for (size_t i = 0; i < run; i++) text[at + i] = likely[below(sizeof likely - 1)];
    return n + run;
  default:
    if (n + run >= room || at + run >= n) return n;
    memmove(text + at + run, text + at, n - at); /* doubles a piece */
    return n + run;
  }
}

/* Reads every node as if it were a value or a length, and uses what was read. */
static void use(const EluteNode *node, const EluteScope *scope, EluteDiagnostics *d) {
  static const char *const dimensions[] = {"mol/m3", "1/s", "1", "m", "mol", NULL};
  const char *dimension = dimensions[below(6)];
  EluteWhere where = {.x = {1e-3, 0, 0}, .r = 1e-3, .t = 3.0, .segment_end = 10.0, .tissue = (int)below(2)};
  EluteValue *value = EluteValueRead(node, dimension, 0.5, scope, d);
  double number, *knots = NULL;
  char why[300];
  int n = 0;

  if (value) {
    if (!EluteValueAt(value, &where, &number, why, sizeof why)) cr_assert(why[0]);
    if (!EluteValueRate(value, &where, &number, why, sizeof why)) cr_assert(why[0]);
    EluteValueKnots(value, &n, &knots);
    free(knots);
    EluteValueFree(value);
  }
  if (node->kind == ELUTE_SCALAR) EluteLengthRead(node, scope, &number, d);
  for (const EluteNode *child = node->first; child; child = child->next) use(child, scope, d);
}

static void expect_same(const EluteNode *a, const EluteNode *b) {
  const EluteNode *x = a->first, *y = b->first;

  cr_assert(a->kind == b->kind && a->n_children == b->n_children);
  if (a->kind == ELUTE_SCALAR) cr_assert_str_eq(a->text, b->text);
  for (; x; x = x->next, y = y->next) expect_same(x, y);
}

static void expect_round_trip(const EluteNode *root) {
  EluteDiagnostics d = {0};
  size_t length;
  char *text = EluteTreeText(root, &length);
  EluteNode *again = EluteTreeParse("again", text, length, &d);

  cr_assert(again, "%s\n%s", d.text, text);
  expect_same(root, again);
  EluteNodeFree(again);
  free(text);
}

/* Returns whether the text was a tree. */
static bool try(const char *text, size_t n) {
  const EluteScope scope = {.n_constants = 2,
                            .constant_name = constant_names,
                            .constant = constants,
                            .n_tissues = 2,
                            .tissue_name = tissue_names,
                            .distance = distance_to};
  EluteDiagnostics d = {0};
  EluteNode *root = EluteTreeParse("case.yaml", text, n, &d);
  const bool parsed = root != NULL;

  if (root) {
    if (root->first) expect_round_trip(root);
    use(root, &scope, &d);
    EluteSchemaValidate(root, language, &d);
    EluteTreeSet(root, "species.u.initial={formula: x, unit: nM}", &d);
  } else {
    cr_assert(d.n_errors > 0 && d.length > 0);
  }
  EluteNodeFree(root);
  EluteDiagnosticsClear(&d);
  return parsed;
}

Test(fuzz, mutated_cases_never_crash) {
  enum { ROOM = 4000, ROUNDS = 1500 };
  char text[ROOM];
  int parsed = 0;

  cr_assert(try(sample, sizeof sample - 1));
  for (int round = 0; round < ROUNDS; round++) {
    size_t n = sizeof sample - 1, mutations = 1 + below(6);

    memcpy(text, sample, n);
    while (mutations-- > 0) n = mutate(text, n, ROOM);
    parsed += try(text, n);
  }
  cr_expect(parsed > ROUNDS / 10 && parsed < ROUNDS, "%d of %d parsed: the mutations miss their aim", parsed,
            (int)ROUNDS);
  EluteUnitsFinalize();
}

Test(fuzz, random_bytes_are_refused) {
  enum { LENGTH = 1 << 20 };
  char *bytes = malloc(LENGTH);

  for (int i = 0; i < LENGTH; i++) bytes[i] = (char)below(256);
  cr_expect_not(try(bytes, LENGTH));
  for (int i = 0; i < LENGTH; i++) bytes[i] = (char)(1 + (unsigned char)bytes[i] % 127);
  cr_expect_not(try(bytes, LENGTH));
  memset(bytes, '[', LENGTH);
  cr_expect_not(try(bytes, LENGTH));
  free(bytes);
}

Test(fuzz, mutated_quantities_and_formulas_never_crash) {
  static const char *const seeds[] = {"6.7e5 1/(M s)", "(1+exp(x/sqrt(6)))^(-2)*erfcx(r/R)", "37 degC",
                                      "x > 0 ? sin(t) : distance(tumour)", "1e-7 cm2/(mmHg s)"};
  const EluteScope scope = {.n_constants = 2,
                            .constant_name = constant_names,
                            .constant = constants,
                            .n_tissues = 2,
                            .tissue_name = tissue_names,
                            .distance = distance_to};
  char text[200], why[300];
  double si;
  int read = 0;

  for (int round = 0; round < 20000; round++) {
    const char *seed = seeds[below(5)];
    size_t n = strlen(seed);
    EluteDiagnostics d = {0};
    EluteNode *node = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
    EluteValue *value;

    memcpy(text, seed, n);
    for (size_t k = 1 + below(3); k > 0 && n > 0; k--) n = mutate(text, n, sizeof text);
    text[n] = '\0';
    read += EluteQuantityParse(text, round % 2 ? "m2/(Pa s)" : NULL, 0.5, &si, why, sizeof why);
    EluteNodeAppend(node, EluteNodeNew(ELUTE_SCALAR, "formula", text));
    if ((value = EluteValueRead(node, "1", 0.0, &scope, &d))) {
      EluteWhere where = {.x = {0.5, 0, 0}, .t = 1.0};

      read++;
      if (!EluteValueAt(value, &where, &si, why, sizeof why)) cr_assert(why[0]);
      EluteValueFree(value);
    } else {
      cr_assert(d.n_errors > 0);
    }
    EluteNodeFree(node);
    EluteDiagnosticsClear(&d);
  }
  cr_expect(read > 1000 && read < 39000);
}
