/* Validation of a tree against the schema tables. */
#include "schema_internal.h"

#include "units.h"
#include "value_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_CHOICE = 64 };

static void check_keys(EluteNode *mapping, const EluteKey *keys, EluteDiagnostics *d);

bool elute_schema_choice(const char *choices, int k, char *text, size_t length) {
  const char *c = choices;
  size_t n;

  for (; c && k > 0; k--) {
    c = strchr(c, '|');
    if (c) c++;
  }
  if (!c) return false;
  n = strcspn(c, "|");
  snprintf(text, length, "%.*s", (int)n, c);
  return true;
}

bool elute_schema_bounded(const EluteKey *key) {
  return key->minimum != 0.0 || key->maximum != 0.0 || key->open_minimum;
}

static void list_choices(const char *choices, char *text, size_t length) {
  char choice[LONGEST_CHOICE];
  size_t used = 0;

  text[0] = '\0';
  for (int k = 0; elute_schema_choice(choices, k, choice, sizeof choice) && used < length; k++)
    used += (size_t)snprintf(text + used, length - used, "%s%s", k ? ", " : "", choice);
}

/* What the types without parameters take. */
static const char *const words[] = {
    [ELUTE_TYPE_TEXT] = "a text",
    [ELUTE_TYPE_NAME] = "a name of letters, digits, _ and -",
    [ELUTE_TYPE_BOOLEAN] = "yes or no",
    [ELUTE_TYPE_INTEGER] = "a whole number",
    [ELUTE_TYPE_NUMBER] = "a number",
    [ELUTE_TYPE_LENGTH] = "a length or a formula of constants",
    [ELUTE_TYPE_POINT] = "a point of 1 to 3 lengths, such as [0 mm, 1 mm]",
    [ELUTE_TYPE_EQUATION] = "an equation, such as \"a + b <-> c\"",
    [ELUTE_TYPE_SECTION] = "a mapping of keys",
    [ELUTE_TYPE_MAP] = "a mapping of names",
    [ELUTE_TYPE_LIST] = "a list [ … ]",
};

void elute_schema_expected(const EluteKey *key, char *text, size_t length) {
  const char *in = key->dimension ? " in " : "", *unit = key->dimension ? key->dimension : "";
  char choices[400];
  size_t used = 0;

  switch (key->type) {
  case ELUTE_TYPE_REFERENCE:
    list_choices(key->choices, choices, sizeof choices);
    snprintf(text, length, "a name given under %s", choices);
    break;
  case ELUTE_TYPE_CHOICE:
    list_choices(key->choices, choices, sizeof choices);
    snprintf(text, length, "%s%s", strchr(key->choices, '|') ? "one of " : "", choices);
    break;
  case ELUTE_TYPE_QUANTITY:
    snprintf(text, length, "a quantity%s%s", in, unit);
    break;
  case ELUTE_TYPE_VALUE:
    snprintf(text, length, "a value%s%s, which may vary", in, unit);
    break;
  case ELUTE_TYPE_EITHER:
    text[0] = '\0';
    for (const EluteKey *k = key->keys; k->key && used < length; k++) {
      elute_schema_expected(k, choices, sizeof choices);
      used += (size_t)snprintf(text + used, length - used, "%s%s", k == key->keys ? "" : ", or ", choices);
    }
    break;
  default:
    snprintf(text, length, "%s", words[key->type]);
    break;
  }
}

static void unexpected(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  char found[128], expected[600];

  EluteNodeFound(node, found, sizeof found);
  elute_schema_expected(key, expected, sizeof expected);
  EluteError(d, node, "found %s; expected %s", found, expected);
}

enum { LONGEST_NAME = 63 };

static bool is_name(const char *text, const char *more, size_t longest) {
  if (!text[0] || strlen(text) > longest) return false;
  for (const char *c = text; *c; c++) {
    const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');

    if (!plain && !strchr("_-", *c) && !(more && strchr(more, *c))) return false;
  }
  return true;
}

static void check_choice(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  char choices[32][LONGEST_CHOICE], expected[500];
  const char *names[32], *nearest;
  int n = 0;

  for (; n < 32 && elute_schema_choice(key->choices, n, choices[n], LONGEST_CHOICE); n++) {
    if (strcmp(choices[n], node->text) == 0) return;
    names[n] = choices[n];
  }
  nearest = EluteNearest(node->text, n, names);
  elute_schema_expected(key, expected, sizeof expected);
  EluteError(d, node, "found '%.60s'; expected %s%s%s%s", node->text, expected, nearest ? "; did you mean '" : "",
             nearest ? nearest : "", nearest ? "'?" : "");
}

bool elute_schema_maximum(const EluteKey *key) {
  const bool exact = key->maximum == key->minimum && key->maximum != 0.0;

  return (key->maximum > key->minimum || exact) && key->maximum < 1e300;
}

bool elute_schema_minimum(const EluteKey *key) {
  return elute_schema_bounded(key) && key->minimum > -1e300;
}

void elute_schema_bounds(const EluteKey *key, char *text, size_t length) {
  const char *dimension = key->type == ELUTE_TYPE_LENGTH ? "m" : key->dimension ? key->dimension : "1";
  const bool low = elute_schema_minimum(key), high = elute_schema_maximum(key);
  char least[64], most[64];

  EluteQuantityFormat(key->minimum, dimension, least, sizeof least);
  EluteQuantityFormat(key->maximum, dimension, most, sizeof most);
  if (low && high && key->minimum == key->maximum)
    snprintf(text, length, "%s", least);
  else
    snprintf(text, length, "%s%s%s%s%s", low ? (key->open_minimum ? "more than " : "at least ") : "", low ? least : "",
             low && high ? " and " : "", high ? "at most " : "", high ? most : "");
}

/* number: SI. Bounds are written in SI in the tables. */
static void check_bounds(const EluteNode *node, const EluteKey *key, double number, EluteDiagnostics *d) {
  char bounds[200];

  const bool too_small = key->open_minimum ? number <= key->minimum : number < key->minimum;

  if (!(elute_schema_minimum(key) && too_small) && !(elute_schema_maximum(key) && number > key->maximum)) return;
  elute_schema_bounds(key, bounds, sizeof bounds);
  EluteError(d, node, "found %s; expected %s", node->text, bounds);
}

/* Mass units pass where moles are expected: bounds of molar quantities are signs, which a molar mass does not change.
 */
static void check_quantity(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  const char *dimension = key->type == ELUTE_TYPE_NUMBER ? "1" : key->dimension;
  char why[500];
  double si;

  if (EluteQuantityParse(node->text, dimension, 1.0, &si, why, sizeof why))
    check_bounds(node, key, si, d);
  else
    EluteError(d, node, "%s", why);
}

static void check_integer(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  const char *digits = node->text + (node->text[0] == '-' || node->text[0] == '+');
  double number;

  if (!digits[0] || digits[strspn(digits, "0123456789")]) {
    unexpected(node, key, d);
    return;
  }
  errno = 0;
  number = (double)strtoll(node->text, NULL, 10);
  if (errno)
    EluteError(d, node, "found %.40s, which is too large a number", node->text);
  else
    check_bounds(node, key, number, d);
}

/* The plain numbers within a value: by tissue, in a table. */
static void check_value_bounds(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  const EluteNode *table = EluteNodeChild(node, "table"), *tissues = EluteNodeChild(node, "tissue");
  const EluteNode *list = table ? EluteNodeChild(table, "value") : tissues;
  char why[500];
  double si;

  if (node->kind == ELUTE_SCALAR && EluteQuantityParse(node->text, key->dimension, 1.0, &si, why, sizeof why))
    check_bounds(node, key, si, d);
  for (const EluteNode *child = list ? list->first : NULL; child; child = child->next)
    check_value_bounds(child, key, d);
}

static void check_equation(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  const char *arrow = strstr(node->text, "->");

  if (!arrow)
    unexpected(node, key, d);
  else if (strstr(arrow + 2, "->"))
    EluteError(d, node, "found two arrows; expected one -> or <->");
}

static void check_scalar(EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  bool flag;

  /* "key:" with nothing behind it; an equation or a text may be empty on purpose, in quotes */
  if (node->kind != ELUTE_SCALAR || (!node->text[0] && !(node->quoted && key->type == ELUTE_TYPE_TEXT))) {
    unexpected(node, key, d);
    return;
  }
  switch (key->type) {
  case ELUTE_TYPE_NAME:
    if (!is_name(node->text, NULL, LONGEST_NAME)) unexpected(node, key, d);
    break;
  case ELUTE_TYPE_REFERENCE:
    if (!is_name(node->text, ".+", LONGEST_NAME)) unexpected(node, key, d);
    break;
  case ELUTE_TYPE_CHOICE:
    check_choice(node, key, d);
    break;
  case ELUTE_TYPE_BOOLEAN:
    if (!elute_boolean_parse(node->text, &flag)) unexpected(node, key, d);
    break;
  case ELUTE_TYPE_INTEGER:
    check_integer(node, key, d);
    break;
  case ELUTE_TYPE_NUMBER:
  case ELUTE_TYPE_QUANTITY:
    check_quantity(node, key, d);
    break;
  case ELUTE_TYPE_EQUATION:
    check_equation(node, key, d);
    break;
  default:
    break;
  }
}

static void check_length(const EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  char why[500];
  double si;

  if (!elute_number_check(node, "m", d)) return;
  if (EluteQuantityParse(node->text, "m", 0.0, &si, why, sizeof why)) check_bounds(node, key, si, d);
}

static void check_point(EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  if (node->kind != ELUTE_SEQUENCE || node->n_children < 1 || node->n_children > 3) {
    unexpected(node, key, d);
    return;
  }
  for (const EluteNode *child = node->first; child; child = child->next) elute_number_check(child, "m", d);
}

static void check_map(EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  const int longest = key->maximum > 0 ? (int)key->maximum : LONGEST_NAME;

  if (!EluteNodeBecome(node, ELUTE_MAPPING)) {
    unexpected(node, key, d);
    return;
  }
  for (EluteNode *child = node->first; child; child = child->next) {
    if (is_name(child->key, key->choices, (size_t)longest))
      elute_schema_check(child, key->element, d);
    else
      EluteError(d, child, "'%.60s' is no name; expected letters, digits, _ and -%s%s (at most %d)", child->key,
                 key->choices ? " and " : "", key->choices ? key->choices : "", longest);
  }
}

static void check_list(EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  if (!EluteNodeBecome(node, ELUTE_SEQUENCE)) {
    unexpected(node, key, d);
    return;
  }
  if (node->n_children < key->at_least)
    EluteError(d, node, "found %d entries; expected at least %d", node->n_children, key->at_least);
  for (EluteNode *child = node->first; child; child = child->next) elute_schema_check(child, key->element, d);
}

static void list_keys(const EluteKey *keys, char *text, size_t length) {
  size_t used = 0;

  text[0] = '\0';
  for (const EluteKey *k = keys; k->key && used < length; k++)
    used += (size_t)snprintf(text + used, length - used, "%s%s", k == keys ? "" : ", ", k->key);
}

static void check_section(EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  char names[400];
  int n = 0;

  if (!EluteNodeBecome(node, ELUTE_MAPPING)) {
    unexpected(node, key, d);
    return;
  }
  for (const EluteKey *k = key->keys; k->key; k++) n += EluteNodeChild(node, k->key) != NULL;
  if (n < key->at_least && n == node->n_children) { /* an unknown key is a complaint of its own */
    list_keys(key->keys, names, sizeof names);
    EluteError(d, node, "found %d keys; expected at least %d of %s", n, key->at_least, names);
  }
  check_keys(node, key->keys, d);
}

void elute_schema_check(EluteNode *node, const EluteKey *key, EluteDiagnostics *d) {
  node->used = true;
  switch (key->type) {
  case ELUTE_TYPE_SECTION:
    check_section(node, key, d);
    break;
  case ELUTE_TYPE_MAP:
    check_map(node, key, d);
    break;
  case ELUTE_TYPE_LIST:
    check_list(node, key, d);
    break;
  case ELUTE_TYPE_POINT:
    check_point(node, key, d);
    break;
  case ELUTE_TYPE_LENGTH:
    check_length(node, key, d);
    break;
  case ELUTE_TYPE_VALUE:
    if (EluteValueCheck(node, key->dimension, d)) check_value_bounds(node, key, d);
    break;
  case ELUTE_TYPE_EITHER: {
    const EluteKey *chosen = elute_schema_alternative(node, key);

    if (chosen)
      elute_schema_check(node, chosen, d);
    else
      unexpected(node, key, d);
    break;
  }
  default:
    check_scalar(node, key, d);
    break;
  }
}

static void report_unknown(const EluteNode *child, const EluteKey *keys, EluteDiagnostics *d) {
  const char *names[128], *nearest;
  char known[300];
  int n = 0;

  for (const EluteKey *k = keys; k->key && n < 128; k++) names[n++] = k->key;
  nearest = EluteNearest(child->key, n, names);
  list_keys(keys, known, sizeof known);
  if (nearest)
    EluteError(d, child, "unknown key; did you mean '%s'?", nearest);
  else
    EluteError(d, child, "unknown key; expected one of %s", known);
}

static void insert_default(EluteNode *mapping, const EluteKey *key, EluteDiagnostics *d) {
  EluteDiagnostics own = {0};
  EluteNode *node = EluteNodeParse("default", key->fallback, strlen(key->fallback), &own);

  if (!node) {
    EluteError(d, mapping, "the default of '%s' in the schema does not parse: %s", key->key, own.text);
    EluteDiagnosticsClear(&own);
    return;
  }
  node->key = strdup(key->key);
  if (!node->key) abort();
  node->line = node->column = 0;
  node->provenance = strdup("default");
  EluteNodeAppend(mapping, node);
  elute_schema_check(node, key, d);
}

bool elute_schema_takes_entry(const EluteKey *keys) {
  for (const EluteKey *k = keys; k->key; k++)
    if (strcmp(k->key, "from") == 0 && k->type == ELUTE_TYPE_NAME) return true;
  return false;
}

static void check_keys(EluteNode *mapping, const EluteKey *keys, EluteDiagnostics *d) {
  const bool lacks_entry = EluteNodeChild(mapping, "from") && elute_schema_takes_entry(keys);
  char expected[600];

  for (EluteNode *child = mapping->first; child; child = child->next) {
    const EluteKey *k = keys;

    while (k->key && strcmp(k->key, child->key) != 0) k++;
    if (k->key)
      elute_schema_check(child, k, d);
    else
      report_unknown(child, keys, d);
  }
  for (const EluteKey *k = keys; k->key; k++) {
    if (EluteNodeChild(mapping, k->key)) continue;
    if (k->fallback) {
      insert_default(mapping, k, d);
    } else if (k->required && !lacks_entry) {
      elute_schema_expected(k, expected, sizeof expected);
      EluteError(d, mapping, "the key '%s' is missing; expected %s: %s", k->key, expected, k->doc ? k->doc : "");
    }
  }
}

void EluteSchemaValidate(EluteNode *root, const EluteKey *keys, EluteDiagnostics *d) {
  if (!EluteNodeBecome(root, ELUTE_MAPPING))
    EluteError(d, root, "expected keys with values");
  else
    check_keys(root, keys, d);
}
