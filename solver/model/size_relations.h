/* What the size of a solute says of how it moves (physics A4, B2), each formula once. Radii in m; a relation's range of
   validity stands with its use (expand_sizes.c). All are finite for every radius above 0. */
#ifndef ELUTE_SIZE_RELATIONS_H
#define ELUTE_SIZE_RELATIONS_H

/* D = k T/(6 pi mu r) in water at 37 C, m2/s. */
double EluteSizeDiffusivityInWater(double radius);
/* D = 1.981e-6 d^-1.157 + 2.221e-8 cm2/s, d the diameter in nm, at most 0.9 of that in water: fitted to tumours. m2/s
 */
double EluteSizeFittedDiffusivity(double radius);
/* 0.9 (1 - r/13.8 nm)^2 (0 beyond) + 0.1 (1 - r/1000 nm)^2: share of the void that a solute can reach in tumours,
   Schmidt and Wittrup 2009. */
double EluteSizeFittedAvailability(double radius);

/* Fibres of radius r_f that fill the fraction theta, as D/D_w = F S (Johnson et al. 1996), and Ogston's availability:

     F = 1/(1 + r/sqrt(kappa) + r^2/(9 kappa)), kappa = 0.31 r_f^2 theta^-1.17
     S = exp(-0.84 f^1.09), f = theta (1 + r/r_f)^2;   availability exp(theta - f)                                    */
double EluteSizeFibreDiffusion(double radius, double fraction, double fibre_radius);
double EluteSizeFibreAvailability(double radius, double fraction, double fibre_radius);

/* Pores, lambda = solute over pore radius: H for diffusion (Dechadilok and Deen 2006), W for convection, both on what
   is outside the pore, that is with the availability (1 - lambda)^2 in them. 0 from lambda = 1 on. */
double EluteSizePoreDiffusion(double lambda);
double EluteSizePoreConvection(double lambda);
double EluteSizePoreAvailability(double lambda);

/* Permeability of tumour vessels: the sum over pores of 4.5 nm and 500 nm of D_f H (A/L), D_f = 3e-6/r[nm] cm2/s
   (Schmidt and Wittrup 2009). m/s */
double EluteSizeTwoPorePermeability(double radius);

#endif
