/* Standard normal random fields as sums of random waves (the randomisation method: Kraichnan 1970, Phys Fluids 13:22;
   Hesse, Prykhodko, Schlueter, Attinger 2014, Environ Model Softw 55:32):

       Y(x) = n^(-1/2) sum over j of [ a_j cos(k_j . x) + b_j sin(k_j . x) ],   a, b standard normal

   with k_j drawn from the spectral density of the covariance, rho(h) = exp(-h^2) or exp(-h), h the lag with each
   component divided by the correlation length of its axis: at one length along an axis the correlation is 1/e. Over
   seeds Y is normal at every point with this very covariance, whatever n; within one sample it is so as n grows. Y is a
   function of place and seed: the waves come from a counter-based generator, no mesh and no rank enters. Host memory.
 */
#ifndef ELUTE_WAVES_H
#define ELUTE_WAVES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { ELUTE_COVARIANCE_GAUSSIAN, ELUTE_COVARIANCE_EXPONENTIAL } EluteCovariance;

typedef struct EluteWaves {
  int n;
  double *k[3];  /* [n] wave vectors, 1/m */
  double *a, *b; /* [n] amplitudes, already over sqrt(n) */
} EluteWaves;

/* Two numbers, uniform inside (0, 1), that are a function of (key, counter, stream) alone: Philox-4x32-10 (Salmon et al.
   2011, SC11), 53 bits each. The same as standard normal numbers, by Box-Muller. */
void elute_random_uniforms(uint64_t key, uint64_t counter, uint32_t stream, double uniform[2]);
void elute_random_normals(uint64_t key, uint64_t counter, uint32_t stream, double normal[2]);

/* length[3]: m, infinity along an axis where nothing varies. 0, or non-zero without memory. */
int elute_waves_create(EluteWaves *waves, int n, uint64_t seed, EluteCovariance covariance, const double length[3]);
void elute_waves_destroy(EluteWaves *waves);

/* Y at the centres of cells in rows: value[r][i] = Y(x[i], y[row_y[r]], z[row_z[r]]), i < n_x. A value's bits depend on
   its place alone, not on which rows are asked for together. Every value[r] has room for n_x rounded up to a multiple
   of 8, and what lies beyond n_x is overwritten. n_y, n_z: lengths of y and z. 0, or non-zero without memory. */
int elute_waves_rows(const EluteWaves *waves, size_t n_x, const double *x, size_t n_y, const double *y, size_t n_z,
                     const double *z, size_t n_rows, const int32_t *row_y, const int32_t *row_z, double *const *value);

#ifdef __cplusplus
}
#endif
#endif
