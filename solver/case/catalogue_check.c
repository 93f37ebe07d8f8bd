/* What makes a catalogue's numbers trustworthy: source, evidence tag, and a range that holds the value. */
#include "catalogue_internal.h"

#include "schema_internal.h"
#include "units.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define EVIDENCE "S|S2|R|A|N"

/* clang-format off: one key a line */
static const EluteKey range_end = {.type = ELUTE_TYPE_TEXT, .doc = "An end of the range."};
static const EluteKey range_forms[] = {
    {"ends", ELUTE_TYPE_LIST, .element = &range_end, .at_least = 2, .doc = "Least and largest plausible number."},
    {"unknown", ELUTE_TYPE_CHOICE, .choices = "unknown", .doc = "Nobody gave one."},
    {.key = NULL}};
static const EluteKey sourced_keys[] = {
    {"range", ELUTE_TYPE_EITHER, .keys = range_forms, .doc = "How far the number may be off."},
    {"source", ELUTE_TYPE_TEXT, .required = true, .doc = "Where it was read, or how it was made."},
    {"evidence", ELUTE_TYPE_CHOICE, .required = true, .choices = EVIDENCE,
     .doc = "S: read in a primary source; S2: second-hand; R: recalled; A: assumed; N: computed."},
    {.key = NULL}};
static const EluteKey sourced = {.type = ELUTE_TYPE_SECTION, .keys = sourced_keys, .doc = "A number with its source."};
/* clang-format on */

bool elute_catalogue_is_sourced(const EluteNode *node) {
  return EluteNodeChild(node, "source") || EluteNodeChild(node, "evidence") || EluteNodeChild(node, "value");
}

/* The number in units of `unit`, whatever that is. */
static bool read_in(const EluteNode *node, const char *unit, double *number, EluteDiagnostics *d) {
  char why[500];

  if (node->kind == ELUTE_SCALAR && EluteQuantityParse(node->text, unit, 0.0, number, why, sizeof why)) return true;
  EluteError(d, node, "%s", node->kind == ELUTE_SCALAR ? why : "found no number; expected an end of the range");
  return false;
}

/* Both ends in the unit of the value, and the value between them. */
static void check_range(const EluteNode *value, const EluteNode *range, EluteDiagnostics *d) {
  double number, low, high;
  const char *unit;
  char *end;

  if (!range || range->kind != ELUTE_SEQUENCE || range->n_children < 2) return;
  if (value->kind != ELUTE_SCALAR || range->n_children > 2) {
    EluteError(d, range, "found %d ends of a range of '%s'; expected two, of one number", range->n_children,
               value->kind == ELUTE_SCALAR ? value->text : "what is no number");
    return;
  }
  strtod(value->text, &end);
  unit = end + strspn(end, " \t");
  if (!read_in(value, *unit ? unit : "1", &number, d) || !read_in(range->first, *unit ? unit : "1", &low, d) ||
      !read_in(range->last, *unit ? unit : "1", &high, d))
    return;
  if (!(low < high))
    EluteError(d, range, "found from %s to %s; expected the smaller end first", range->first->text, range->last->text);
  else if (!(low <= number && number <= high))
    EluteError(d, value, "found %s outside its range from %s to %s", value->text, range->first->text,
               range->last->text);
}

static void check_sourced(EluteNode *node, EluteDiagnostics *d) {
  const EluteNode *source = EluteNodeChild(node, "source");
  EluteNode *value = EluteNodeChild(node, "value");

  if (!value) {
    EluteError(d, node, "the key 'value' is missing; expected the number itself");
  } else {
    check_range(value, EluteNodeChild(node, "range"), d);
    EluteNodeFree(value); /* the schema of the case looks at it */
  }
  if (source && source->kind == ELUTE_SCALAR && !source->text[0])
    EluteError(d, source, "found nothing; expected where the number was read, or how it was made");
  else
    elute_schema_check(node, &sourced, d);
}

static bool is_number(const EluteNode *node) {
  const char *text = node->text + strspn(node->text, "+-.");

  return !node->quoted && isdigit((unsigned char)text[0]);
}

static void check_numbers(EluteNode *node, EluteDiagnostics *d) {
  if (elute_catalogue_is_sourced(node)) {
    check_sourced(node, d);
  } else if (node->kind == ELUTE_SCALAR) {
    if (is_number(node) || (node->key && strcmp(node->key, "formula") == 0))
      EluteError(d, node, "found '%.60s' without a source; expected {value: %.60s, range: …, source: …, evidence: …}",
                 node->text, node->text);
  } else {
    for (EluteNode *child = node->first; child; child = child->next) check_numbers(child, d);
  }
}

void elute_catalogue_check_sources(const EluteNode *file, EluteDiagnostics *d) {
  EluteNode *copy = EluteNodeCopy(file); /* taken apart on the way */

  for (const EluteCatalogueKind *kind = elute_catalogue_kinds; kind->name; kind++) {
    EluteNode *entries = EluteNodeChild(copy, kind->name);

    for (EluteNode *entry = entries && entries->kind == ELUTE_MAPPING ? entries->first : NULL; entry;
         entry = entry->next) {
      EluteNode *description = EluteNodeChild(entry, "description");

      if (!description || description->kind != ELUTE_SCALAR || !description->text[0])
        EluteError(d, entry, "the key 'description' is missing; expected a text: what it is");
      if (description) EluteNodeFree(description);
      check_numbers(entry, d);
    }
  }
  EluteNodeFree(copy);
}
