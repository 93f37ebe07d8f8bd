/* The sum over waves is a product of matrices: with the phase p = k_y y + k_z z of a row,

       a cos(k_x x + p) + b sin(k_x x + p) = [a cos p + b sin p] cos(k_x x) + [b cos p - a sin p] sin(k_x x)

   so that a wave costs two multiplications and additions per cell, and cosines are taken per axis, not per cell.
   Blocks of waves and of cells keep the factors in the second-level cache. */
#include "waves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WAVES = 128, CELLS = 128, ROWS = 4, LANES = 8 }; /* of a block; rows and cells of the innermost tile */

/* Four doubles: one vector register, or two (an extension of gcc and clang). */
typedef double Quad __attribute__((vector_size(4 * sizeof(double))));
typedef double QuadAnywhere __attribute__((vector_size(4 * sizeof(double)), aligned(8), may_alias));

static void philox(uint64_t key, const uint32_t counter[4], uint32_t out[4]) {
  uint32_t x[4], k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

  memcpy(x, counter, sizeof x);
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9U, k1 += 0xBB67AE85U) {
    uint64_t p = (uint64_t)0xD2511F53U * x[0], q = (uint64_t)0xCD9E8D57U * x[2];
    uint32_t next[4] = {(uint32_t)(q >> 32) ^ x[1] ^ k0, (uint32_t)q, (uint32_t)(p >> 32) ^ x[3] ^ k1, (uint32_t)p};

    memcpy(x, next, sizeof x);
  }
  memcpy(out, x, sizeof x);
}

void elute_random_uniforms(uint64_t key, uint64_t counter, uint32_t stream, double uniform[2]) {
  const uint32_t at[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), stream, 0};
  const double step = 1.0 / 9007199254740992.0; /* 2^-53 */
  uint32_t r[4];

  philox(key, at, r);
  uniform[0] = ((double)((((uint64_t)r[1] << 32) | r[0]) >> 11) + 0.5) * step;
  uniform[1] = ((double)((((uint64_t)r[3] << 32) | r[2]) >> 11) + 0.5) * step;
}

void elute_random_normals(uint64_t key, uint64_t counter, uint32_t stream, double normal[2]) {
  double u[2];

  elute_random_uniforms(key, counter, stream, u);
  normal[0] = sqrt(-2 * log(u[0])) * cos(6.283185307179586 * u[1]);
  normal[1] = sqrt(-2 * log(u[0])) * sin(6.283185307179586 * u[1]);
}

int elute_waves_create(EluteWaves *waves, int n, uint64_t seed, EluteCovariance covariance, const double length[3]) {
  double *memory = malloc((size_t)n * 5 * sizeof *memory);

  memset(waves, 0, sizeof *waves);
  if (!memory) return 1;
  waves->n = n;
  for (int d = 0; d < 3; d++) waves->k[d] = memory + (size_t)n * (size_t)d;
  waves->a = memory + (size_t)n * 3, waves->b = memory + (size_t)n * 4;
  for (int j = 0; j < n; j++) {
    double first[2], second[2], amplitude[2], scale;

    elute_random_normals(seed, (uint64_t)j, 0, first);
    elute_random_normals(seed, (uint64_t)j, 1, second);
    elute_random_normals(seed, (uint64_t)j, 2, amplitude);
    /* exp(-h^2) is the characteristic function of a normal vector of variance 2; exp(-h) that of the multivariate
       Cauchy distribution, a normal vector over a normal number, in any dimension. */
    scale = covariance == ELUTE_COVARIANCE_GAUSSIAN ? sqrt(2.0) : 1 / fabs(second[1]);
    waves->k[0][j] = scale * first[0] / length[0];
    waves->k[1][j] = scale * first[1] / length[1];
    waves->k[2][j] = scale * second[0] / length[2];
    waves->a[j] = amplitude[0] / sqrt(n), waves->b[j] = amplitude[1] / sqrt(n);
  }
  return 0;
}

void elute_waves_destroy(EluteWaves *waves) {
  free(waves->k[0]);
  memset(waves, 0, sizeof *waves);
}

/* table[(i * n + j) * 2] = cos(k_j x_i), then the sine */
static void axis_table(size_t n_x, const double *x, int n, const double *k, double *table) {
  for (size_t i = 0; i < n_x; i++)
    for (int j = 0; j < n; j++, table += 2) table[0] = cos(k[j] * x[i]), table[1] = sin(k[j] * x[i]);
}

/* table[i / LANES][j][0..1][i % LANES] = cos(k_j x_i), sin; beyond n_x those of x = 0. What a tile reads is contiguous.
 */
static void cell_table(size_t n_x, const double *x, int n, const double *k, double *table) {
  for (size_t tile = 0; tile < n_x; tile += LANES)
    for (int j = 0; j < n; j++, table += 2 * LANES)
      for (size_t i = 0; i < LANES; i++) {
        const double phase = tile + i < n_x ? k[j] * x[tile + i] : 0;

        table[i] = cos(phase), table[LANES + i] = sin(phase);
      }
}

/* factor[j][r][0..1]: the brackets of the formula above */
static void row_factors(int n, const double *a, const double *b, const double *of_y, const double *of_z, int r,
                        double *factor) {
  for (int j = 0; j < n; j++) {
    const double cy = of_y[2 * j], sy = of_y[2 * j + 1], cz = of_z[2 * j], sz = of_z[2 * j + 1];
    const double c = cy * cz - sy * sz, s = sy * cz + cy * sz;

    factor[(j * ROWS + r) * 2] = a[j] * c + b[j] * s;
    factor[(j * ROWS + r) * 2 + 1] = b[j] * c - a[j] * s;
  }
}

/* value[r][i] += sum over j, a tile of ROWS rows and LANES cells at a time in registers */
static void add_tiles(int n, size_t n_x, const double *factor, const double *table, double *const value[ROWS]) {
  for (size_t i = 0; i < n_x; i += LANES) {
    const double *f = factor;
    Quad sum[ROWS][2], c[2], s[2];

    for (int r = 0; r < ROWS; r++)
      for (int h = 0; h < 2; h++) sum[r][h] = *(const QuadAnywhere *)(const void *)(value[r] + i + 4 * h);
    for (int j = 0; j < n; j++, f += 2 * ROWS, table += 2 * LANES) {
      for (int h = 0; h < 2; h++) {
        c[h] = *(const QuadAnywhere *)(const void *)(table + 4 * h);
        s[h] = *(const QuadAnywhere *)(const void *)(table + LANES + 4 * h);
      }
      for (int r = 0; r < ROWS; r++)
        for (int h = 0; h < 2; h++) sum[r][h] += f[2 * r] * c[h] + f[2 * r + 1] * s[h];
    }
    for (int r = 0; r < ROWS; r++)
      for (int h = 0; h < 2; h++) *(QuadAnywhere *)(void *)(value[r] + i + 4 * h) = sum[r][h];
  }
}

typedef struct Tables {
  double *y, *z;       /* [n_y or n_z][waves of the block][2] */
  double *cells;       /* [CELLS / LANES][waves of the block][2][LANES] */
  double *factors;     /* [WAVES][ROWS][2] */
  double spare[CELLS]; /* rows beyond the last */
} Tables;

static void add_block(const EluteWaves *w, int from, int n, size_t n_x, const double *x, size_t n_rows,
                      const int32_t *row_y, const int32_t *row_z, Tables *t, double *const *value) {
  for (size_t begin = 0; begin < n_x; begin += CELLS) {
    const size_t cells = n_x - begin < CELLS ? n_x - begin : CELLS;

    cell_table(cells, x + begin, n, w->k[0] + from, t->cells);
    for (size_t row = 0; row < n_rows; row += ROWS) {
      double *out[ROWS];

      for (int r = 0; r < ROWS; r++) {
        const size_t at = row + (size_t)r < n_rows ? row + (size_t)r : n_rows - 1;

        out[r] = row + (size_t)r < n_rows ? value[at] + begin : t->spare;
        row_factors(n, w->a + from, w->b + from, t->y + (size_t)row_y[at] * (size_t)n * 2,
                    t->z + (size_t)row_z[at] * (size_t)n * 2, r, t->factors);
      }
      add_tiles(n, cells, t->factors, t->cells, out);
    }
  }
}

int elute_waves_rows(const EluteWaves *waves, size_t n_x, const double *x, size_t n_y, const double *y, size_t n_z,
                     const double *z, size_t n_rows, const int32_t *row_y, const int32_t *row_z, double *const *value) {
  Tables t = {.y = malloc((n_y + n_z) * WAVES * 2 * sizeof(double)),
              .cells = malloc((size_t)WAVES * 2 * CELLS * sizeof(double)),
              .factors = malloc((size_t)WAVES * 2 * ROWS * sizeof(double))};
  const int failed = !t.y || !t.cells || !t.factors;

  for (size_t r = 0; r < n_rows; r++) memset(value[r], 0, (n_x + LANES - 1) / LANES * LANES * sizeof(double));
  for (int from = 0; !failed && from < waves->n; from += WAVES) {
    const int n = waves->n - from < WAVES ? waves->n - from : WAVES;

    t.z = t.y + n_y * (size_t)n * 2;
    axis_table(n_y, y, n, waves->k[1] + from, t.y);
    axis_table(n_z, z, n, waves->k[2] + from, t.z);
    add_block(waves, from, n, n_x, x, n_rows, row_y, row_z, &t, value);
  }
  free(t.y), free(t.cells), free(t.factors);
  return failed;
}
