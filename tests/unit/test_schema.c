#include <criterion/criterion.h>

#include "../../solver/case/schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A language of its own with every type in it, so that these claims do not change with the case language. */
static const EluteKey shape[3];
static const EluteKey shape_element = {.type = ELUTE_TYPE_SECTION, .keys = shape, .at_least = 1, .doc = "A shape."};
static const EluteKey sphere[] = {{.key = "centre", .type = ELUTE_TYPE_POINT, .required = true, .doc = "Its centre."},
                                  {.key = "radius",
                                   .type = ELUTE_TYPE_LENGTH,
                                   .required = true,
                                   .maximum = 1e300,
                                   .open_minimum = true,
                                   .doc = "Radius."},
                                  {0}};
static const EluteKey shape[] = {
    {.key = "sphere", .type = ELUTE_TYPE_SECTION, .keys = sphere, .doc = "A ball."},
    {.key = "union", .type = ELUTE_TYPE_LIST, .element = &shape_element, .at_least = 2, .doc = "Shapes together."},
    {0}};
static const EluteKey initial_fluid[] = {
    {.key = "value", .type = ELUTE_TYPE_VALUE, .dimension = "mol/m3", .required = true, .doc = "Concentration."},
    {.key = "as", .type = ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .fallback = "fluid", .doc = "Of what."},
    {0}};
static const EluteKey initial[] = {
    {.key = "concentration", .type = ELUTE_TYPE_VALUE, .dimension = "mol/m3", .maximum = INFINITY},
    {.key = "section", .type = ELUTE_TYPE_SECTION, .keys = initial_fluid},
    {.key = "word", .type = ELUTE_TYPE_CHOICE, .choices = "equilibrium"},
    {.key = "places", .type = ELUTE_TYPE_LIST, .element = &shape_element},
    {.key = "point", .type = ELUTE_TYPE_POINT},
    {0}};
static const EluteKey species[] = {
    {.key = "diffusivity", .type = ELUTE_TYPE_QUANTITY, .dimension = "m2/s", .maximum = 1.0, .doc = "In free fluid."},
    {.key = "mobile", .type = ELUTE_TYPE_BOOLEAN, .fallback = "yes", .doc = "Does it move?"},
    {.key = "availability",
     .type = ELUTE_TYPE_NUMBER,
     .maximum = 1.0,
     .open_minimum = true,
     .fallback = "1",
     .doc = "Share."},
    {.key = "initial", .type = ELUTE_TYPE_EITHER, .keys = initial, .fallback = "0 uM", .doc = "At first."},
    {.key = "kind", .type = ELUTE_TYPE_REFERENCE, .choices = "drugs|carriers", .doc = "What it is | what for."},
    {0}};
static const EluteKey species_element = {.type = ELUTE_TYPE_SECTION, .keys = species};
static const EluteKey name_element = {.type = ELUTE_TYPE_NAME};
static const EluteKey any_value = {.type = ELUTE_TYPE_VALUE};
static const EluteKey time_keys[] = {
    {.key = "end", .type = ELUTE_TYPE_QUANTITY, .dimension = "s", .required = true, .doc = "When it ends."},
    {.key = "accuracy", .type = ELUTE_TYPE_NUMBER, .fallback = "1e-3", .doc = "Relative error per step."},
    {0}};
static const EluteKey language[] = {
    {.key = "elute", .type = ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 2, .required = true, .doc = "Version."},
    {.key = "title", .type = ELUTE_TYPE_TEXT, .doc = "A \"title\"."},
    {.key = "species", .type = ELUTE_TYPE_MAP, .element = &species_element, .doc = "Species."},
    {.key = "boundaries", .type = ELUTE_TYPE_MAP, .element = &any_value, .choices = "+.", .doc = "Faces."},
    {.key = "order", .type = ELUTE_TYPE_LIST, .element = &name_element, .at_least = 1, .doc = "Names."},
    {.key = "equation", .type = ELUTE_TYPE_EQUATION, .doc = "A reaction."},
    {.key = "where", .type = ELUTE_TYPE_SECTION, .keys = shape, .at_least = 1, .doc = "Where."},
    {.key = "time", .type = ELUTE_TYPE_SECTION, .keys = time_keys, .fallback = "{end: 1 h}", .doc = "Time."},
    {0}};

/* Validates; the tree stays alive for the caller. */
static EluteNode *validate(const char *text, EluteDiagnostics *d) {
  EluteNode *root = EluteTreeParse("c.yaml", text, strlen(text), d);

  cr_assert(root, "%s", d->text);
  EluteSchemaValidate(root, language, d);
  return root;
}

static void expect_fine(const char *text) {
  EluteDiagnostics d = {0};

  EluteNodeFree(validate(text, &d));
  cr_expect_eq(d.n_errors, 0, "%s: %s", text, d.text);
  EluteDiagnosticsClear(&d);
}

/* Exactly one error, with this text in it. */
static void expect_error(const char *text, const char *message) {
  EluteDiagnostics d = {0};

  EluteNodeFree(validate(text, &d));
  cr_expect_eq(d.n_errors, 1, "%s: %d errors: %s", text, d.n_errors, d.text ? d.text : "");
  cr_expect(d.text && strstr(d.text, message), "%s: got %s", text, d.text ? d.text : "nothing");
  EluteDiagnosticsClear(&d);
}

Test(schema, right_cases_pass) {
  expect_fine("elute: 1");
  expect_fine(
      "{elute: 1, title: any 3 words, species: {u: {diffusivity: 3e-11 m2/s, mobile: no, availability: 30 %}}}");
  expect_fine("{elute: 1, species: {u: {kind: stealth.drug}}, order: [a, b-c], equation: a + b <-> c}");
  expect_fine("{elute: 1, boundaries: {x+: 1 mM, stealth.drug: {formula: t}, z: {table: {time: [0 s], value: [1]}}}}");
  expect_fine("{elute: 1, where: {union: [{sphere: {centre: [0 mm, R/2], radius: R}}, {sphere: {centre: [0 mm], "
              "radius: 2*R}}]}}");
}

Test(schema, defaults_are_inserted_everywhere) {
  EluteDiagnostics d = {0};
  EluteNode *root = validate("elute: 1\nspecies:\n  u:\n", &d);

  cr_expect_eq(d.n_errors, 0, "%s", d.text);
  cr_expect_str_eq(EluteNodeAt(root, "species.u.mobile")->text, "yes");
  cr_expect_str_eq(EluteNodeAt(root, "species.u.initial")->text, "0 uM");
  cr_expect_str_eq(EluteNodeAt(root, "time.end")->text, "1 h");
  cr_expect_str_eq(EluteNodeAt(root, "time.accuracy")->text, "1e-3");
  cr_expect_str_eq(EluteNodeAt(root, "time.accuracy")->provenance, "default");
  cr_expect_null(EluteNodeAt(root, "species.u.diffusivity"));
  EluteNodeFree(root);
}

Test(schema, unknown_keys_name_the_nearest) {
  expect_error("{elute: 1, specis: {}}", "c.yaml:1:20: error: specis: unknown key; did you mean 'species'?");
  expect_error("{elute: 1, species: {u: {difusivity: 1 m2/s}}}",
               "species.u.difusivity: unknown key; did you mean 'diffusivity'?");
  expect_error("{elute: 1, where: {sphere: {centre: [0 m], radius: 1 m, colour: red}}}",
               "expected one of centre, radius");
}

Test(schema, missing_keys_are_named_with_their_meaning) {
  expect_error("title: x", "error: the key 'elute' is missing; expected a whole number: Version.");
  expect_error("{elute: 1, time: {accuracy: 1e-3}}",
               "time: the key 'end' is missing; expected a quantity in s: When it ends.");
  expect_error("{elute: 1, where: {}}", "where: found 0 keys; expected at least 1 of sphere, union");
}

Test(schema, wrong_types_and_dimensions_are_refused) {
  expect_error("elute: one", "elute: found 'one'; expected a whole number");
  expect_error("elute: 1.5", "elute: found '1.5'; expected a whole number");
  expect_error("elute: 99999999999999999999", "too large a number");
  expect_error("{elute: 1, title: [a]}", "title: found a sequence of 1; expected a text");
  expect_error("{elute: 1, title: }", "title: found nothing; expected a text");
  expect_error("{elute: 1, species: [u]}", "species: found a sequence of 1; expected a mapping of names");
  expect_error("{elute: 1, species: {u: {diffusivity: 3e-11}}}",
               "found '3e-11' without a unit; expected a diffusivity in m2/s");
  expect_error("{elute: 1, species: {u: {diffusivity: 3 h}}}", "the unit 'h' is in s; expected a diffusivity");
  expect_error("{elute: 1, species: {u: {mobile: maybe}}}", "found 'maybe'; expected yes or no");
  expect_error("{elute: 1, species: {u v: {}}}", "'u v' is no name");
  expect_error("{elute: 1, species: {x+: {}}}", "'x+' is no name");
  expect_error("{elute: 1, order: []}", "order: found 0 entries; expected at least 1");
  expect_error("{elute: 1, order: [a, b c]}", "order.1: found 'b c'; expected a name");
  expect_error("{elute: 1, equation: a + b}", "expected an equation");
  expect_error("{elute: 1, equation: a -> b -> c}", "two arrows");
  expect_error("{elute: 1, where: {sphere: {centre: [], radius: 1 m}}}", "expected a point of 1 to 3 lengths");
  expect_error("{elute: 1, where: {sphere: {centre: [0], radius: 1 m}}}", "centre.0: found '0' without a unit");
  expect_error("{elute: 1, where: {sphere: {centre: [0 m], radius: 1 h}}}", "radius: found '1 h'");
  expect_error("{elute: 1, boundaries: {x: {formulla: t}}}", "expected a quantity, or {formula");
}

Test(schema, bounds_hold_in_the_unit_of_the_case) {
  expect_error("elute: 3", "elute: found 3; expected at least 1 and at most 2");
  expect_error("{elute: 1, species: {u: {diffusivity: -1 cm2/s}}}", "expected at least 0 m2/s and at most 1 m2/s");
  expect_error("{elute: 1, species: {u: {diffusivity: 10001 cm2/s}}}", "at most 1 m2/s");
  expect_error("{elute: 1, species: {u: {availability: 0}}}", "expected more than 0 and at most 1");
  expect_error("{elute: 1, species: {u: {availability: 101 %}}}", "at most 1");
  expect_error("{elute: 1, where: {sphere: {centre: [0 m], radius: 0 mm}}}", "expected more than 0 um");
  expect_error("{elute: 1, species: {u: {initial: {tissue: {a: 1 mM, b: -1 mM}}}}}",
               "initial.tissue.b: found -1 mM; expected at least");
  expect_error("{elute: 1, species: {u: {initial: {table: {time: [0 s], value: [-1 mM]}}}}}",
               "table.value.0: found -1 mM");
  expect_fine("{elute: 1, species: {u: {diffusivity: 1e4 cm2/s, availability: 100 %}}}");
}

Test(schema, all_errors_are_reported_in_one_run) {
  EluteDiagnostics d = {0};

  EluteNodeFree(validate("titel: x\nelute: 7\nspecies:\n  u: {mobile: 3, initial: 1}\n  v: {diffusivity: 1 s}\n", &d));
  cr_expect_eq(d.n_errors, 5);
  cr_expect(strncmp(d.text, "c.yaml:1:8: error: titel: ", 26) == 0, "%s", d.text);
  EluteDiagnosticsClear(&d);
}

Test(schema, alternatives_are_chosen_by_form) {
  expect_fine("{elute: 1, species: {u: {initial: 2 uM}}}");
  expect_fine("{elute: 1, species: {u: {initial: 2 ug/mL}}}");
  expect_fine("{elute: 1, species: {u: {initial: equilibrium}}}");
  expect_fine("{elute: 1, species: {u: {initial: {formula: x, unit: mM}}}}");
  expect_fine("{elute: 1, species: {u: {initial: {value: 1 mM, as: tissue}}}}");
  expect_fine("{elute: 1, species: {u: {initial: [{sphere: {centre: [0 m], radius: 1 m}}]}}}");
  expect_fine("{elute: 1, species: {u: {initial: [1 mm, 2 mm]}}}");
  expect_error("{elute: 1, species: {u: {initial: {value: 1 mM, as: tisue}}}}", "did you mean 'tissue'?");
  expect_error("{elute: 1, species: {u: {initial: {value: 1 mM, sa: tissue}}}}", "did you mean 'as'?");
  expect_error("{elute: 1, species: {u: {initial: {formula: x}}}}", "the formula has no unit");
  expect_error("{elute: 1, species: {u: {initial: 3 h}}}", "the unit 'h' is in s; expected a concentration");
  expect_error("{elute: 1, species: {u: {initial: equilibrum}}}", "expected a value in mol/m3, which may vary, or ");
  expect_error("{elute: 1, species: {u: {initial: [{sphere: {centre: [0 m]}}]}}}",
               "initial.0.sphere: the key 'radius' is missing");
}

Test(schema, defaults_of_a_chosen_alternative_are_inserted) {
  EluteDiagnostics d = {0};
  EluteNode *root = validate("{elute: 1, species: {u: {initial: {value: 1 mM}}}}", &d);

  cr_expect_eq(d.n_errors, 0);
  cr_expect_str_eq(EluteNodeAt(root, "species.u.initial.as")->text, "fluid");
  EluteNodeFree(root);
}

typedef struct Paths {
  int n;
  char text[4000];
} Paths;

static void collect(const char *path, const EluteKey *key, void *context) {
  Paths *paths = context;

  (void)key;
  paths->n++;
  strcat(strcat(paths->text, path), "\n");
}

Test(schema, walk_visits_every_path_once_and_ends_in_recursion) {
  Paths paths = {0};

  EluteSchemaWalk(language, collect, &paths);
  cr_expect(strstr(paths.text, "species.*.initial.as\n"));
  cr_expect(strstr(paths.text, "where.sphere.radius\n"));
  cr_expect(strstr(paths.text, "order.*\n"));
  cr_expect(strstr(paths.text, "time.accuracy\n"));
  cr_expect_null(strstr(paths.text, "union.*.union"));
  cr_expect_null(strstr(strstr(paths.text, "time.accuracy\n") + 1, "time.accuracy\n"));
}

static char *text_of(void (*print)(const EluteKey *, FILE *)) {
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  print(language, file);
  fclose(file);
  return text;
}

/* JSON is YAML: our own reader checks the syntax, and every $ref must lead somewhere. */
static int check_references(const EluteNode *node, const EluteNode *root) {
  int n = 0;

  if (node->key && strcmp(node->key, "$ref") == 0) {
    cr_assert(strncmp(node->text, "#/$defs/", 8) == 0);
    cr_expect(EluteNodeChild(EluteNodeChild(root, "$defs"), node->text + 8), "%s leads nowhere", node->text);
    n++;
  }
  for (const EluteNode *child = node->first; child; child = child->next) n += check_references(child, root);
  return n;
}

Test(schema, json_schema_is_json_with_complete_references) {
  EluteDiagnostics d = {0};
  char *text = text_of(EluteSchemaPrintJson);
  EluteNode *root = EluteTreeParse("schema.json", text, strlen(text), &d);

  cr_assert(root, "%s\n%s", d.text, text);
  cr_expect_geq(check_references(root, root), 10);
  cr_expect_str_eq(EluteNodeAt(root, "$defs.section0.required.0")->text, "elute");
  cr_expect_str_eq(EluteNodeAt(root, "$defs.section0.additionalProperties")->text, "false");
  cr_expect_str_eq(EluteNodeAt(root, "$defs.section0.properties.title.description")->text, "A \"title\".");
  cr_expect_str_eq(EluteNodeAt(root, "$defs.section0.properties.elute.maximum")->text, "2");
  if (getenv("ELUTE_TEST_SCHEMA_JSON")) { /* for looking at it with other tools */
    FILE *file = fopen(getenv("ELUTE_TEST_SCHEMA_JSON"), "w");

    fputs(text, file);
    fclose(file);
  }
  EluteNodeFree(root);
  free(text);
}

Test(schema, reference_has_a_row_for_every_key) {
  char *text = text_of(EluteSchemaPrintReference);

  cr_expect(strstr(text, "## The case\n"));
  cr_expect(strstr(text, "| `elute` | a whole number, at least 1 and at most 2 | required | Version. |"), "%s", text);
  cr_expect(strstr(text, "## species.*\n"));
  cr_expect(strstr(text, "| `mobile` | yes or no | `yes` | Does it move? |"));
  cr_expect(strstr(text, "What it is \\| what for."));
  cr_expect(strstr(text, "## where.sphere\n"));
  cr_expect(strstr(text, "a value in mol/m3, which may vary, at least 0 pM, or keys of [species.*.initial]"), "%s",
            text);
  free(text);
}
