/* Formulas of the case language over muParser. */
#ifndef ELUTE_FORMULA_H
#define ELUTE_FORMULA_H

#include "value.h"

typedef struct EluteFormula EluteFormula;

/* Compiles the text with the names of the scope. constants_only: neither place nor time nor fields may occur, and at
   least one constant must. NULL and a message on failure. Fields and the distance function of the scope must outlive
   the formula. */
EluteFormula *EluteFormulaCompile(const char *text, const EluteScope *scope, bool constants_only, char *why,
                                  size_t length);
void EluteFormulaFree(EluteFormula *formula);
/* Not necessarily finite; false: a field in it could not be evaluated. */
bool EluteFormulaAt(EluteFormula *formula, const EluteWhere *where, double *result, char *why, size_t length);
int EluteFormulaFieldsIn(const EluteFormula *formula); /* how many values of fields it takes, through other fields too */
const char *EluteFormulaText(const EluteFormula *formula);
bool EluteFormulaUsesTime(const EluteFormula *formula); /* itself or through a field; likewise below */
bool EluteFormulaUsesPlace(const EluteFormula *formula);
bool EluteFormulaUsesTissue(const EluteFormula *formula);                    /* through a field */
void EluteFormulaKnots(const EluteFormula *formula, int *n, double **knots); /* of its fields */

#endif
