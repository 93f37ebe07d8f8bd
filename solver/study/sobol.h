/* Sobol' points with Owen's scrambling. */
#ifndef ELUTE_STUDY_SOBOL_H
#define ELUTE_STUDY_SOBOL_H

#include <stdint.h>

enum { ELUTE_SOBOL_DIMENSIONS = 40 };

/* The first 32 binary digits of coordinate `dimension` (0 ... ELUTE_SOBOL_DIMENSIONS - 1) of point `index`, not
 * scrambled. */
uint32_t elute_sobol_digits(uint32_t index, int dimension);
/* The coordinate, inside (0, 1), scrambled: every digit is flipped or not by a random bit that is a function of seed,
   dimension and the digits before it (Owen 1995), so that the stratification stays and every point is uniform. */
double elute_sobol_scrambled(uint32_t index, int dimension, uint64_t seed);

/* Of the direction numbers: degree s and coefficients a of the primitive polynomial x^s + a_1 x^(s-1) + ... + 1 over
   GF(2) (a_1 ... a_(s-1) as the bits of a), and the first s numbers m. dimension >= 1. For tests. */
void elute_sobol_table(int dimension, int *degree, unsigned *coefficients, const unsigned short **m);

#endif
