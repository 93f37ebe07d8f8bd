#include "size_relations.h"

#include <math.h>
#include <stddef.h>

static const double nanometre = 1e-9, square_centimetre = 1e-4; /* m, m2 */

double EluteSizeDiffusivityInWater(double radius) {
  const double boltzmann = 1.380649e-23, temperature = 310.15, viscosity = 0.692e-3; /* J/K, K, Pa s */

  return boltzmann * temperature / (6.0 * M_PI * viscosity * radius);
}

double EluteSizeFittedDiffusivity(double radius) {
  const double diameter = 2.0 * radius / nanometre;
  const double fitted = (1.981e-6 * pow(diameter, -1.157) + 2.221e-8) * square_centimetre;

  return fmin(fitted, 0.9 * EluteSizeDiffusivityInWater(radius)); /* its constant term exceeds water beyond 260 nm */
}

double EluteSizeFittedAvailability(double radius) {
  const double r = radius / nanometre, small = fmax(1.0 - r / 13.8, 0.0), large = fmax(1.0 - r / 1000.0, 0.0);

  return 0.9 * small * small + 0.1 * large * large;
}

/* Fibres of solute and matrix that overlap a point. */
static double overlap(double radius, double fraction, double fibre_radius) {
  const double ratio = 1.0 + radius / fibre_radius;

  return fraction * ratio * ratio;
}

double EluteSizeFibreDiffusion(double radius, double fraction, double fibre_radius) {
  const double kappa = 0.31 * fibre_radius * fibre_radius * pow(fraction, -1.17);
  const double drag = 1.0 / (1.0 + radius / sqrt(kappa) + radius * radius / (9.0 * kappa));

  return drag * exp(-0.84 * pow(overlap(radius, fraction, fibre_radius), 1.09));
}

double EluteSizeFibreAvailability(double radius, double fraction, double fibre_radius) {
  return exp(fraction - overlap(radius, fraction, fibre_radius));
}

double EluteSizePoreDiffusion(double lambda) {
  static const double c[] = {-1.56034, 0.528155, 1.91521, -2.81903, 0.270788, 1.10115, -0.435933};
  double sum = 0.0;

  if (lambda >= 1.0) return 0.0;
  if (lambda <= 0.0) return 1.0;
  for (size_t i = sizeof c / sizeof c[0]; i-- > 0;) sum = (sum + c[i]) * lambda;
  return fmax(1.0 + 9.0 / 8.0 * lambda * log(lambda) + sum, 0.0);
}

double EluteSizePoreConvection(double lambda) {
  const double l = lambda, above = 1.0 + l * (3.867 - l * (1.907 + 0.834 * l));

  return EluteSizePoreAvailability(l) * above / (1.0 + l * (1.867 - 0.741 * l));
}

double EluteSizePoreAvailability(double lambda) {
  const double free = fmax(1.0 - lambda, 0.0);

  return free * free;
}

double EluteSizeTwoPorePermeability(double radius) {
  static const double pore[] = {4.5e-9, 500e-9}, area_over_length[] = {1760.0, 65.0}; /* m, 1/m: 17.6 and 0.65 1/cm */
  const double diffusivity = 3e-6 / (radius / nanometre) * square_centimetre;
  double sum = 0.0;

  for (int p = 0; p < 2; p++) sum += diffusivity * EluteSizePoreDiffusion(radius / pore[p]) * area_over_length[p];
  return sum;
}
