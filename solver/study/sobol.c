/* Direction numbers: S. Joe and F. Y. Kuo 2008, SIAM J Sci Comput 30:2635, "Constructing Sobol sequences with better
   two-dimensional projections", the first dimensions of their set new-joe-kuo-6 (search criterion D(6)). */
#include "sobol.h"

#include "../../kernels/waves.h"

enum { DIGITS = 32, STREAM = 0x40000 };

static const struct {
  unsigned char s, a;
  unsigned short m[8];
} table[ELUTE_SOBOL_DIMENSIONS] = {
    {0, 0, {0}}, /* van der Corput's sequence in base 2 */
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
    {7, 7, {1, 1, 3, 13, 7, 35, 63}},
    {7, 8, {1, 3, 5, 9, 1, 25, 53}},
    {7, 14, {1, 3, 1, 13, 9, 35, 107}},
    {7, 19, {1, 3, 1, 5, 27, 61, 31}},
    {7, 21, {1, 1, 5, 11, 19, 41, 61}},
    {7, 28, {1, 3, 5, 3, 3, 13, 69}},
    {7, 31, {1, 1, 7, 13, 1, 19, 1}},
    {7, 32, {1, 3, 7, 5, 13, 19, 59}},
    {7, 37, {1, 1, 3, 9, 25, 29, 41}},
    {7, 41, {1, 3, 5, 13, 23, 1, 55}},
    {7, 42, {1, 3, 7, 3, 13, 59, 17}},
    {7, 50, {1, 3, 1, 3, 5, 53, 69}},
    {7, 55, {1, 1, 5, 5, 23, 33, 13}},
    {7, 56, {1, 1, 7, 7, 1, 61, 123}},
    {7, 59, {1, 1, 7, 9, 13, 61, 49}},
    {7, 62, {1, 3, 3, 5, 3, 55, 33}},
    {8, 14, {1, 3, 1, 15, 31, 13, 49, 245}},
    {8, 21, {1, 3, 5, 15, 31, 59, 63, 97}},
    {8, 22, {1, 3, 1, 11, 11, 11, 77, 249}},
};

void elute_sobol_table(int dimension, int *degree, unsigned *coefficients, const unsigned short **m) {
  *degree = table[dimension].s;
  *coefficients = table[dimension].a;
  *m = table[dimension].m;
}

/* v_i = m_i 2^(32 - i), with m_i = 2 a_1 m_(i-1) xor ... xor 2^s m_(i-s) xor m_(i-s) for i > s. */
static void directions(int dimension, uint32_t v[DIGITS]) {
  const int s = table[dimension].s;
  const unsigned a = table[dimension].a;

  for (int i = 0; i < DIGITS; i++) {
    if (s == 0 || i < s) {
      v[i] = (s ? (uint32_t)table[dimension].m[i] : 1U) << (DIGITS - 1 - i);
      continue;
    }
    v[i] = v[i - s] ^ (v[i - s] >> s);
    for (int k = 1; k < s; k++)
      if (a >> (s - 1 - k) & 1) v[i] ^= v[i - k];
  }
}

uint32_t elute_sobol_digits(uint32_t index, int dimension) {
  uint32_t v[DIGITS], x = 0;

  directions(dimension, v);
  for (int i = 0; index; index >>= 1, i++)
    if (index & 1) x ^= v[i];
  return x;
}

double elute_sobol_scrambled(uint32_t index, int dimension, uint64_t seed) {
  const uint32_t x = elute_sobol_digits(index, dimension);
  uint32_t scrambled = 0;

  for (int i = 0; i < DIGITS; i++) {
    const uint64_t before = i ? x >> (DIGITS - i) : 0; /* with a leading 1, so that lengths differ */
    double u[2];

    elute_random_uniforms(seed, (uint64_t)1 << i | before, (uint32_t)(STREAM + dimension), u);
    scrambled = scrambled << 1 | ((x >> (DIGITS - 1 - i) & 1) ^ (u[0] < 0.5));
  }
  return ((double)scrambled + 0.5) / 4294967296.0;
}
