/* Functions that formulas know beyond muParser's own. */
#ifndef ELUTE_FUNCTIONS_H
#define ELUTE_FUNCTIONS_H

double elute_erfcx(double x);     /* exp(x^2) erfc(x) */
double elute_step(double x);      /* 1 where x >= 0, else 0 */
double elute_bessel_i0(double x); /* modified Bessel functions */
double elute_bessel_i1(double x);
double elute_bessel_k0(double x); /* x > 0; infinite at 0, NaN below */
double elute_bessel_k1(double x);

#endif
