/* What value.c (evaluation), value_read.c (reading) and value_check.c (the form) share. */
#ifndef ELUTE_VALUE_INTERNAL_H
#define ELUTE_VALUE_INTERNAL_H

#include "formula.h"

typedef enum {
  VALUE_CONSTANT,
  VALUE_FORMULA,
  VALUE_TABLE,
  VALUE_CURVE,
  VALUE_TISSUE,
  VALUE_WINDOW,
  VALUE_PRODUCT,
  VALUE_SHIFT
} ValueKind;

typedef struct EluteCurve EluteCurve; /* value_curve.c */

struct EluteValue {
  ValueKind kind;
  const EluteNode *node; /* where it was written */
  double constant;       /* SI; of a shift what is added */
  EluteFormula *formula;
  double factor, offset; /* of the formula's unit: SI = factor * formula + offset */
  int n;                 /* table: knots; tissue: tissues */
  double *time, *value;  /* table: s, SI */
  bool previous;         /* a table of steps */
  bool free_running;     /* stop_at_knots: no; read by t itself */
  EluteCurve *curve;
  EluteValue **of;   /* by tissue */
  EluteValue *inner; /* of a window or shift; of a product the first factor */
  EluteValue *other; /* of a product the second */
  double from, to;   /* s */
};

EluteValue *elute_value_new(ValueKind kind, const EluteNode *node);
/* Reads the two columns of a table's file; false and diagnostics on failure. */
bool elute_table_read_file(EluteValue *table, const EluteNode *file, const char *dimension, double molar_mass,
                           EluteDiagnostics *d);
/* A number as EluteNumberRead takes it, without knowing the constants. */
bool elute_number_check(const EluteNode *node, const char *dimension, EluteDiagnostics *d);
bool elute_numbers_read(const EluteNode *list, const char *dimension, double molar_mass, const EluteScope *scope,
                        double **numbers, EluteDiagnostics *d); /* malloc'd, also on failure */
/* The key's sequence of numbers. */
bool elute_numbers_check(const EluteNode *mapping, const char *key, const char *dimension, EluteDiagnostics *d);
bool elute_keys_are_known(const EluteNode *mapping, int n, const char *const *known, EluteDiagnostics *d);
bool elute_curve_check(const EluteNode *curve, const char *dimension, EluteDiagnostics *d);
EluteCurve *elute_curve_read(const EluteNode *curve, const char *dimension, double molar_mass, const EluteScope *scope,
                             EluteDiagnostics *d);
void elute_curve_free(EluteCurve *curve);
double elute_curve_at(const EluteCurve *curve, const EluteWhere *where, double *slope);
int elute_curve_knots(const EluteCurve *curve, int i, double times[2]); /* of the i-th dose; 0: no more */
bool elute_boolean_parse(const char *text, bool *value);

#endif
