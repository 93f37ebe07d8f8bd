/* Exchange through the wall of a vessel (Patlak, Goldstein and Hoffman, J. Theor. Biol. 5 (1963) 426; Kedem and
   Katchalsky's equations integrated across the wall), amount per area of wall and time, into the tissue:

       J_v = L_p [(p_v - p) - sigma_T (pi_v - pi_i)]                    filtered fluid, m/s
       flux = P w(Pe) (c_v - c) + J_v (1 - sigma) c_v,   Pe = J_v (1 - sigma) / P,   w(x) = x/(e^x - 1)

   Since w(-x) = w(x) + x, this is the difference of two one-way terms, neither ever negative, in which nothing cancels:

       flux = k(P, -v) c_v - k(P, v) c,   v = J_v (1 - sigma),   k(P, v) = P w(v/P), which tends to max(-v, 0) as P -> 0

   So it is linear in c: a source and a first-order loss, whose coefficients are evaluated where the pressure is known
   (solver/operators/exchange.c), not at every stage. */
#ifndef ELUTE_CELL_EXCHANGE_H
#define ELUTE_CELL_EXCHANGE_H

#include <math.h>
#include "../portable.h"

/* L_p m/(Pa s), pressures Pa -> m/s */
ELUTE_INLINE double elute_filtration(double conductivity, double vessel, double tissue, double reflection,
                                     double osmotic_vessel, double osmotic_tissue) {
  return conductivity * ((vessel - tissue) - reflection * (osmotic_vessel - osmotic_tissue));
}

/* w(x) = x/(e^x - 1); by its series where the quotient loses digits. For |x| < 709. */
ELUTE_INLINE double elute_patlak_weight(double x) {
  return fabs(x) < 1e-4 ? 1.0 - 0.5 * x + x * x / 12.0 : x / expm1(x);
}

/* k(P, v), m/s: what leaves one side per concentration there, P >= 0 permeability, v the flow towards that side. Finite
   for every finite P and v. */
ELUTE_INLINE double elute_clearance(double permeability, double v) {
  const double limit = v < 0 ? -v : 0.0, x = permeability > 0 ? v / permeability : 0.0;
  if (!(permeability > 0) || !(fabs(x) < 700.0)) return limit; /* w(700) is 1e-301 */
  return permeability * elute_patlak_weight(x);
}

/* Fluid and solute that lymph vessels take up per volume of tissue, 1/s: one way. */
ELUTE_INLINE double elute_lymph_uptake(double conductance, double tissue, double lymph) {
  return tissue > lymph ? conductance * (tissue - lymph) : 0.0;
}

#endif
