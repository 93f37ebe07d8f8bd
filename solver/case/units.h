/* Quantities with units, over UDUNITS-2. Understands besides its database: M, mM, uM, nM, pM (molar), mmHg, cmH2O, uL,
   um, IU as dimensionless count, h, d, min, cells. SI inside. */
#ifndef ELUTE_UNITS_H
#define ELUTE_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* Parses "300 um", "1e-3 1/h", "41 nM". dimension: the SI unit expected ("m", "mol/m3", "1"). A bare number is accepted
   only for dimension "1". molar_mass (kg/mol; 0: unknown) converts kg-based units where the dimension has mol.
   dimension NULL: any unit, converted to coherent SI (for constants); a bare number passes.
   On failure returns false and a message of what was found and what is expected. Percent ("0.5 %") is dimension 1. */
bool EluteQuantityParse(const char *text, const char *dimension, double molar_mass, double *si, char *why,
                        size_t length);
/* Unit alone: factor and offset to SI: si = factor * value + offset. */
bool EluteUnitParse(const char *unit, const char *dimension, double molar_mass, double *factor, double *offset,
                    char *why, size_t length);
/* A readable form: "300 um" for (3e-4, "m"); chooses a customary unit (um mm, h, uM nM, mmHg) for messages and tables.
 */
void EluteQuantityFormat(double si, const char *dimension, char *text, size_t length);
void EluteUnitsFinalize(void);

#endif
