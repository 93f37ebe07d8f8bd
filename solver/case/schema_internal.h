/* What validation, JSON and the reference share. */
#ifndef ELUTE_SCHEMA_INTERNAL_H
#define ELUTE_SCHEMA_INTERNAL_H

#include "schema.h"

/* "a quantity in m2/s", "one of cartesian, cylindrical", "a mapping of names": what a key takes, in words. */
void elute_schema_expected(const EluteKey *key, char *text, size_t length);
/* The k-th of "a|b|c"; false: there are fewer. */
bool elute_schema_choice(const char *choices, int k, char *text, size_t length);
/* Does the key have bounds (minimum and maximum not both 0)? Infinite ones are none. */
bool elute_schema_bounded(const EluteKey *key);
bool elute_schema_minimum(
    const EluteKey *key); /* there is a lower bound; below: an upper one (it must exceed the lower) */
bool elute_schema_maximum(const EluteKey *key);
void elute_schema_bounds(const EluteKey *key, char *text, size_t length); /* "more than 0 m and at most 1 m" */
/* The alternative of an EITHER that fits the node best: by kind, and for mappings by keys. */
const EluteKey *elute_schema_alternative(const EluteNode *node, const EluteKey *either);
/* One node against one key, defaults inserted; also of alternatives that are only tried. */
void elute_schema_check(EluteNode *node, const EluteKey *key, EluteDiagnostics *d);
/* Do these keys have a `from` that names an entry of the catalogue? What the entry gives is not missed. */
bool elute_schema_takes_entry(const EluteKey *keys);
bool elute_schema_is_value_mapping(const EluteNode *node);

#endif
