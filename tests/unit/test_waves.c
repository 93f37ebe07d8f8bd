/* Random waves against the plain sum, and the generator against its published vector. */
#include <criterion/criterion.h>
#include <math.h>
#include "kernels/waves.h"

/* Philox-4x32-10 of key 0, counter 0 is 6627e8d5 e169c58d bc57ac4c 9b00dbd8 (Random123's known answers). */
Test(random, numbers_are_those_of_philox) {
  const double two53 = 9007199254740992.0;
  const double u = ((double)(0xe169c58d6627e8d5ULL >> 11) + 0.5) / two53;
  const double v = ((double)(0x9b00dbd8bc57ac4cULL >> 11) + 0.5) / two53;
  double normal[2];

  elute_random_normals(0, 0, 0, normal);
  cr_assert_float_eq(normal[0], sqrt(-2 * log(u)) * cos(2 * M_PI * v), 1e-14);
  cr_assert_float_eq(normal[1], sqrt(-2 * log(u)) * sin(2 * M_PI * v), 1e-14);
}

static double plain_sum(const EluteWaves *w, double x, double y, double z) {
  double sum = 0;

  for (int j = 0; j < w->n; j++) {
    const double phase = w->k[0][j] * x + w->k[1][j] * y + w->k[2][j] * z;

    sum += w->a[j] * cos(phase) + w->b[j] * sin(phase);
  }
  return sum;
}

enum { NX = 301, NY = 3, NZ = 2, ROWS = 5, ROOM = 304 };

/* Odd numbers of waves, cells and rows, so that every block has a remainder. */
Test(waves, rows_are_the_plain_sum) {
  static double row[ROWS][ROOM];
  const int32_t row_y[ROWS] = {0, 1, 2, 0, 2}, row_z[ROWS] = {0, 0, 0, 1, 1};
  const double length[3] = {0.3, 0.2, INFINITY}, y[NY] = {0, 0.1, 0.7}, z[NZ] = {-0.2, 0.4};
  double x[NX], *value[ROWS] = {row[0], row[1], row[2], row[3], row[4]};
  EluteWaves w;

  for (int i = 0; i < NX; i++) x[i] = 0.01 * i;
  cr_assert_eq(elute_waves_create(&w, 333, 9, ELUTE_COVARIANCE_GAUSSIAN, length), 0);
  cr_assert_eq(elute_waves_rows(&w, NX, x, NY, y, NZ, z, ROWS, row_y, row_z, value), 0);
  for (int r = 0; r < ROWS; r++)
    for (int i = 0; i < NX; i++) cr_assert_float_eq(row[r][i], plain_sum(&w, x[i], y[row_y[r]], z[row_z[r]]), 1e-12);
  for (int i = 0; i < NX; i++) cr_assert_eq(row[3][i], row[0][i], "nothing varies along z");
  elute_waves_destroy(&w);
}

/* Which rows are asked for together does not matter: each alone has the same bits. */
Test(waves, a_row_alone_has_the_same_bits) {
  static double row[ROWS][ROOM], alone[ROOM];
  const int32_t row_y[ROWS] = {0, 1, 2, 0, 2}, row_z[ROWS] = {0, 0, 0, 1, 1}, first = 0;
  const double length[3] = {0.3, 0.2, 0.1}, y[NY] = {0, 0.1, 0.7}, z[NZ] = {-0.2, 0.4};
  double x[NX], *value[ROWS] = {row[0], row[1], row[2], row[3], row[4]}, *only = alone;
  EluteWaves w;

  for (int i = 0; i < NX; i++) x[i] = 0.01 * i;
  cr_assert_eq(elute_waves_create(&w, 200, 4, ELUTE_COVARIANCE_EXPONENTIAL, length), 0);
  elute_waves_rows(&w, NX, x, NY, y, NZ, z, ROWS, row_y, row_z, value);
  for (int r = 0; r < ROWS; r++) {
    elute_waves_rows(&w, NX, x, 1, &y[row_y[r]], 1, &z[row_z[r]], 1, &first, &first, &only);
    for (int i = 0; i < NX; i++) cr_assert_eq(alone[i], row[r][i]);
  }
  elute_waves_destroy(&w);
}

Test(waves, the_seed_makes_the_field) {
  const double length[3] = {1, 1, 1};
  EluteWaves one, same, other;

  elute_waves_create(&one, 16, 1, ELUTE_COVARIANCE_GAUSSIAN, length);
  elute_waves_create(&same, 16, 1, ELUTE_COVARIANCE_GAUSSIAN, length);
  elute_waves_create(&other, 16, 2, ELUTE_COVARIANCE_GAUSSIAN, length);
  cr_assert_eq(plain_sum(&one, 1, 2, 3), plain_sum(&same, 1, 2, 3));
  cr_assert_neq(plain_sum(&one, 1, 2, 3), plain_sum(&other, 1, 2, 3));
  elute_waves_destroy(&one), elute_waves_destroy(&same), elute_waves_destroy(&other);
}
