/* What value.c (evaluation), value_read.c (reading) and value_check.c (the form) share. */
#ifndef ELUTE_VALUE_INTERNAL_H
#define ELUTE_VALUE_INTERNAL_H

#include "formula.h"

typedef enum { VALUE_CONSTANT, VALUE_FORMULA, VALUE_TABLE, VALUE_TISSUE, VALUE_WINDOW, VALUE_PRODUCT } ValueKind;

struct EluteValue {
  ValueKind kind;
  const EluteNode *node; /* where it was written */
  double constant;       /* SI */
  EluteFormula *formula;
  double factor, offset; /* of the formula's unit: SI = factor * formula + offset */
  int n;                 /* table: knots; tissue: tissues */
  double *time, *value;  /* table: s, SI */
  bool previous;         /* a table of steps */
  bool free_running;     /* stop_at_knots: no; read by t itself */
  EluteValue **of;       /* by tissue */
  EluteValue *inner;     /* of a window; of a product the first factor */
  EluteValue *other;     /* of a product the second */
  double from, to;       /* s */
};

EluteValue *elute_value_new(ValueKind kind, const EluteNode *node);
/* Reads the two columns of a table's file; false and diagnostics on failure. */
bool elute_table_read_file(EluteValue *table, const EluteNode *file, const char *dimension, double molar_mass,
                           EluteDiagnostics *d);
/* A number as EluteNumberRead takes it, without knowing the constants. */
bool elute_number_check(const EluteNode *node, const char *dimension, EluteDiagnostics *d);
bool elute_boolean_parse(const char *text, bool *value);

#endif
