/* Which alternative of an EITHER a node means. The choice looks at kinds and keys, not at whether everything below is
   right, so that the errors reported are those of the form the user wrote. */
#include "schema_internal.h"

#include <math.h>
#include <string.h>

bool elute_schema_is_value_mapping(const EluteNode *node) {
  static const char *const keys[] = {"formula", "field", "table", "multi_exponential", "hazard", "tissue"};

  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (EluteNodeChild(node, keys[i])) return true;
  return false;
}

static bool takes_scalar(EluteType type) {
  return type != ELUTE_TYPE_POINT && type != ELUTE_TYPE_SECTION && type != ELUTE_TYPE_MAP && type != ELUTE_TYPE_LIST;
}

/* A text that begins like a number was meant for the alternative that takes numbers: its complaint about the unit
 * helps. */
static bool looks_meant(const char *text, EluteType type) {
  const bool numeric = type == ELUTE_TYPE_INTEGER || type == ELUTE_TYPE_NUMBER || type == ELUTE_TYPE_QUANTITY ||
                       type == ELUTE_TYPE_VALUE || type == ELUTE_TYPE_LENGTH;

  return numeric && text[0] && strchr("0123456789.+-", text[0]);
}

/* Is the node right as it stands? A copy is tried, for checking inserts defaults. */
static bool passes(const EluteNode *node, const EluteKey *key) {
  EluteDiagnostics d = {0};
  EluteNode *copy = EluteNodeCopy(node);

  elute_schema_check(copy, key, &d);
  EluteNodeFree(copy);
  if (d.n_errors == 0) return true;
  EluteDiagnosticsClear(&d);
  return false;
}

static bool has_only_scalars(const EluteNode *sequence) {
  for (const EluteNode *child = sequence->first; child; child = child->next)
    if (child->kind != ELUTE_SCALAR) return false;
  return true;
}

/* Share of the node's keys that the section knows, less what it requires and lacks: 0 to 1. */
static double fit_of_section(const EluteNode *node, const EluteKey *keys) {
  int known = 0, lacking = 0;

  for (const EluteKey *k = keys; k->key; k++) {
    if (EluteNodeChild(node, k->key))
      known++;
    else if (k->required && !k->fallback)
      lacking++;
  }
  if (node->n_children == 0) return lacking ? 0.3 : 1.0;
  return (double)known / (node->n_children + 0.5 * lacking);
}

/* 0: not of this kind; 1: fits. */
static double fit(const EluteNode *node, const EluteKey *key) {
  const bool empty = node->kind == ELUTE_SCALAR && !node->text[0] && !node->quoted;
  double best = 0.0;

  if (key->type == ELUTE_TYPE_EITHER) {
    for (const EluteKey *k = key->keys; k->key; k++)
      if (fit(node, k) > best) best = fit(node, k);
    return best;
  }
  switch (node->kind) {
  case ELUTE_SCALAR:
    if (!takes_scalar(key->type)) return empty && key->type != ELUTE_TYPE_POINT ? 0.5 : 0.0;
    return passes(node, key) ? 1.0 : looks_meant(node->text, key->type) ? 0.3 : 0.2;
  case ELUTE_SEQUENCE:
    if (key->type != ELUTE_TYPE_POINT && key->type != ELUTE_TYPE_LIST) return 0.0;
    if (has_only_scalars(node)) return passes(node, key) ? 1.0 : 0.2;
    if (key->type == ELUTE_TYPE_POINT) return 0.1;
    return 0.2 + 0.8 * fit(node->first, key->element);
  case ELUTE_MAPPING:
    if (key->type == ELUTE_TYPE_VALUE) return elute_schema_is_value_mapping(node) ? 1.0 : 0.1;
    /* with no known key it is still the only kind of mapping there may be: its complaints name the keys */
    if (key->type == ELUTE_TYPE_SECTION) return fmax(0.05, fit_of_section(node, key->keys));
    return key->type == ELUTE_TYPE_MAP ? 0.45 : 0.0;
  }
  return 0.0;
}

const EluteKey *elute_schema_alternative(const EluteNode *node, const EluteKey *either) {
  const EluteKey *chosen = NULL;
  double best = 0.0, second = 0.0;

  for (const EluteKey *k = either->keys; k->key; k++) {
    const double f = fit(node, k);

    if (f > best) {
      second = best;
      best = f;
      chosen = k;
    } else if (f > second) {
      second = f;
    }
  }
  /* A wrong scalar where several alternatives take one: their list says more than the complaint of the first. */
  if (node->kind == ELUTE_SCALAR && best == 0.2 && second == 0.2) return NULL;
  return chosen;
}
