/* A value that may vary: with place, with time, by tissue, with a prescribed field (case-language "Rules"). */
#ifndef ELUTE_VALUE_H
#define ELUTE_VALUE_H

#include <stdint.h>
#include "tree.h"

typedef struct EluteValue EluteValue;

/* What formulas may name. Constants and prescribed fields by name; tissues for {tissue: …} maps and distance(). */
typedef struct EluteScope {
  int n_constants;
  char **constant_name;
  double *constant; /* SI */
  int n_fields;
  char **field_name;
  const EluteValue **field; /* prescribed fields, evaluated where the formula is */
  int n_tissues;
  char **tissue_name;
  bool absent_is_zero; /* in {tissue: …} maps read now: a tissue that is not named has none of it */
  /* signed distance of x to the surface of a tissue, m (distance(tumour)); NULL: not available here */
  double (*distance)(void *context, int tissue, const double x[3]);
  void *context;
} EluteScope;

/* Where and when. In a segment of time, data are smooth: tables with steps and windows are read on the side of
   segment_middle, never by comparing t with a knot. */
typedef struct EluteWhere {
  double x[3]; /* m */
  double r;    /* m: distance from axis or centre in curved geometries, from the origin in Cartesian ones */
  double t;    /* s */
  double segment_begin, segment_end; /* s */
  double step_begin, step_end;       /* s; the step that t is in, for values that depend on age */
  int tissue;
} EluteWhere;

/* Reads a node as a value of the given SI dimension. Forms: scalar quantity; {formula, unit}; {table: {time, value,
   interpolation, file, stop_at_knots}}; {multi_exponential: {amplitudes, rates, start, duration, share}}; {hazard:
   {start, over, law, …}} (in 1/s); {tissue:
   {name: value, …}} (a tissue not named: an error unless `default` is, or absent_is_zero); {field: NAME, formula: …, unit: …} (the field's
   name is a variable of the formula). NULL and diagnostics on failure.
 */
EluteValue *EluteValueRead(const EluteNode *node, const char *dimension, double molar_mass, const EluteScope *scope,
                           EluteDiagnostics *d);
/* Checks the form alone, as far as it can be known without the rest of the case: keys, kinds, units (mass units pass
   where the dimension has mol). dimension NULL: any unit. What it accepts, EluteValueRead refuses only for names that
   do not resolve, formulas that do not compile, a missing molar mass and files that cannot be read. */
bool EluteValueCheck(const EluteNode *node, const char *dimension, EluteDiagnostics *d);
/* A fixed number: a quantity of the dimension ("2 mm"), the name of a constant, or a formula of constants in SI
 * ("R/2"). */
bool EluteNumberRead(const EluteNode *node, const char *dimension, double molar_mass, const EluteScope *scope,
                     double *si, EluteDiagnostics *d);
bool EluteLengthRead(const EluteNode *node, const EluteScope *scope, double *metres, EluteDiagnostics *d);
/* Names that a constant or a field cannot take because formulas use them: x y z r t pi distance and the functions. */
bool EluteNameReserved(const char *name);
EluteValue *EluteValueConstant(double si);
/* What a formula reads as a field by whatever name the scope gives it; varies in place, as its owner sets it. */
EluteValue *EluteValueVariable(void);
void EluteValueSet(EluteValue *variable, double si);
/* value * factor outside, 0 beyond: for rates that act from `from` to `to` (s). Takes over `inner`. */
EluteValue *EluteValueWindow(EluteValue *inner, double from, double to);
/* a * b, at every place and time. Takes over both. */
EluteValue *EluteValueProduct(EluteValue *a, EluteValue *b);
/* value + offset (SI). Takes over the value; NULL stays NULL. */
EluteValue *EluteValueShift(EluteValue *value, double offset);
void EluteValueFree(EluteValue *value);

int EluteValueFieldsIn(const EluteValue *value); /* how many values of fields one value takes at most */
bool EluteValueIsConstant(const EluteValue *value); /* one number everywhere, always */
bool EluteValueVariesInTime(const EluteValue *value);
bool EluteValueVariesInPlace(const EluteValue *value); /* beyond differing by tissue */
bool EluteValueVariesByTissue(const EluteValue *value);
bool EluteValueFollowsStep(const EluteValue *value); /* depends on where a step begins and ends */

/* Evaluates; false when the result is not finite (message in why: key, place, time, value). */
bool EluteValueAt(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length);
/* d/dt within the segment: exact for tables, central differences inside the segment for formulas (relative error
 * ~1e-9). */
bool EluteValueRate(const EluteValue *value, const EluteWhere *where, double *result, char *why, size_t length);
/* Times at which the value or its derivative jumps: appended to *knots (realloc'd), *n updated. */
void EluteValueKnots(const EluteValue *value, int *n, double **knots);
/* The path of a file that a node names: a relative name counts from the directory of the file where it was written; on
   the command line, from the case's. malloc'd. */
char *EluteFileBeside(const EluteNode *file);
const EluteNode *EluteValueNode(const EluteValue *value); /* where it was written (for messages); NULL for constants */

#endif
