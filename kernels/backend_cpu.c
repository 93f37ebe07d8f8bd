/* The CPU backend: memory, vectors, measures; the operators are in cpu_transport.c, cpu_reaction.c, cpu_lines.c. */
#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cpu_rows.h"

static _Thread_local char message[512];

int elute_backend_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return 1;
}

const char *elute_backend_error(void) {
  return message;
}

int elute_cpu_check(const EluteProblemView *p) {
  if (elute_check_counts(p)) return 1;
  if (p->mesh.pitch % ELUTE_LANES || p->mesh.pitch <= p->mesh.n_cells)
    return elute_backend_fail("a pitch of %d does not suit rows of %d cells", p->mesh.pitch, p->mesh.n_cells);
  if ((int64_t)p->mesh.ny * p->mesh.nz < p->mesh.n_rows) return elute_backend_fail("more rows than ny nz");
  return 0;
}

double *elute_cpu_scratch(size_t doubles) {
  static _Thread_local double *memory;
  static _Thread_local size_t size;
  const size_t wanted = (doubles + ELUTE_LANES - 1) / ELUTE_LANES * ELUTE_LANES;
  if (wanted <= size) return memory;
  free(memory);
  size = 0;
  memory = aligned_alloc(64, wanted * sizeof(double));
  if (memory)
    size = wanted;
  else
    elute_backend_fail("no memory for %zu bytes of scratch", wanted * sizeof(double));
  return memory;
}

static void *allocate(size_t bytes) {
  const size_t rounded = (bytes + 63) / 64 * 64;
  void *memory;
  if (rounded < bytes) return NULL;
  memory = aligned_alloc(64, rounded ? rounded : 64);
  if (memory) memset(memory, 0, rounded ? rounded : 64);
  return memory;
}

static int copy(void *destination, const void *source, size_t bytes) {
  if (bytes) memmove(destination, source, bytes);
  return 0;
}

static void traffic(EluteTraffic *traffic) {
  *traffic = (EluteTraffic){0, 0, 0, 0};
}

int elute_cpu_combine(size_t n, const EluteCombination *c, double *out) {
  /* In blocks, because a run's length is an int. */
  const size_t most = (size_t)1 << 24;
  if (c->n == 0) {
    memset(out, 0, n * sizeof(double));
    return 0;
  }
  for (size_t begin = 0; begin < n; begin += most) {
    const size_t left = n - begin;
    elute_linear_run(c->coefficient[0], c->vector[0] + begin, c->n - 1, c->coefficient + 1, c->vector + 1,
                     (int64_t)begin, (int)(left < most ? left : most), out + begin);
  }
  return 0;
}

/* sum of V (e / tolerance)^2 along a row, tolerance = atol + rtol |u|; a tolerance of zero counts as the smallest
   number, so that 0/0 is 0. Padding, read to the end of the last lanes, has e = 0. */
static double weighted_sum(int n, const double *restrict volume_x, const double *restrict e, const double *restrict u,
                           double rtol, double atol) {
  EluteQuad sum[2] = {{0}, {0}}, v, w, x;
  const EluteQuad least = {DBL_MIN, DBL_MIN, DBL_MIN, DBL_MIN};
  for (int i = 0; i < n; i += ELUTE_LANES)
    for (int half = 0; half < 2; ++half) {
      const int at = i + 4 * half;
      ELUTE_QUAD_LOAD(x, u + at);
      ELUTE_QUAD_LOAD(w, e + at);
      ELUTE_QUAD_LOAD(v, volume_x + at);
      x = atol + rtol * ELUTE_QUAD_SIZE(x);
      w /= ELUTE_QUAD_SELECT(x > least, x, least);
      sum[half] += v * (w * w);
    }
  return elute_lanes_total(sum);
}

/* What a row of one species shows: smallest of u_new, largest |u_new|, largest |u_new - u|, how many are not finite,
   and sum of V (e / tolerance)^2 over what the volumes have in common. */
typedef struct RowMeasure {
  double minimum, maximum, change, not_finite, error;
} RowMeasure;

/* Vectors from a row on. */
typedef struct RowSum {
  double c[ELUTE_MAX_STAGES + 1];
  const double *v[ELUTE_MAX_STAGES + 1];
} RowSum;

static RowSum row_of(const EluteCombination *sum, int64_t at) {
  RowSum row;
  for (int j = 0; j < sum->n; ++j) row.c[j] = sum->coefficient[j], row.v[j] = sum->vector[j] + at;
  return row;
}

/* u_new = u + increment and its measures, in one pass; padding is left alone. A tolerance of zero counts as the
   smallest number, so that 0/0 is 0. */
ELUTE_INLINE RowMeasure finish_loop(int n_increment, int n_error, int n, const double *restrict volume_x,
                                    const double *restrict u, const RowSum *increment, const RowSum *error, double rtol,
                                    double atol, double *restrict u_new) {
  RowMeasure m = {INFINITY, 0, 0, 0, 0};
  EluteQuad low = {INFINITY, INFINITY, INFINITY, INFINITY}, high = {0}, change = {0}, bad = {0}, sum[2] = {{0}, {0}};
  const EluteQuad one = {1, 1, 1, 1}, least = {DBL_MIN, DBL_MIN, DBL_MIN, DBL_MIN};
  const int whole = n / ELUTE_LANES * ELUTE_LANES;
  for (int i = 0; i < whole; i += ELUTE_LANES)
    for (int half = 0; half < 2; ++half) {
      const int at = i + 4 * half;
      EluteQuad x, y, v, e = {0};
      ELUTE_QUAD_LOAD(x, u + at);
      y = x;
      for (int j = 0; j < n_increment; ++j) {
        ELUTE_QUAD_LOAD(v, increment->v[j] + at);
        y += increment->c[j] * v;
      }
      ELUTE_QUAD_STORE(u_new + at, y);
      for (int j = 0; j < n_error; ++j) {
        ELUTE_QUAD_LOAD(v, error->v[j] + at);
        e += error->c[j] * v;
      }
      low = ELUTE_QUAD_SELECT(y < low, y, low);
      v = ELUTE_QUAD_SIZE(y - x);
      change = ELUTE_QUAD_SELECT(v > change, v, change);
      x = ELUTE_QUAD_SIZE(x);
      y = ELUTE_QUAD_SIZE(y);
      high = ELUTE_QUAD_SELECT(y > high, y, high);
      bad += (EluteQuad)(~(y <= DBL_MAX) & (EluteQuadBits)one);
      x = atol + rtol * ELUTE_QUAD_SELECT(x > y, x, y);
      e /= ELUTE_QUAD_SELECT(x > least, x, least);
      ELUTE_QUAD_LOAD(v, volume_x + at);
      sum[half] += v * (e * e);
    }
  for (int i = whole; i < n; ++i) {
    double v = u[i], e = 0, size, tolerance;
    for (int j = 0; j < n_increment; ++j) v += increment->c[j] * increment->v[j][i];
    for (int j = 0; j < n_error; ++j) e += error->c[j] * error->v[j][i];
    u_new[i] = v;
    size = fabs(v);
    m.minimum = v < m.minimum ? v : m.minimum;
    m.maximum = size > m.maximum ? size : m.maximum;
    m.change = fabs(v - u[i]) > m.change ? fabs(v - u[i]) : m.change;
    m.not_finite += size <= DBL_MAX ? 0.0 : 1.0;
    tolerance = atol + rtol * (fabs(u[i]) > size ? fabs(u[i]) : size);
    e /= tolerance > DBL_MIN ? tolerance : DBL_MIN;
    sum[(i - whole) / 4][(i - whole) % 4] += volume_x[i] * (e * e);
  }
  for (int l = 0; l < 4; ++l) {
    m.minimum = low[l] < m.minimum ? low[l] : m.minimum;
    m.maximum = high[l] > m.maximum ? high[l] : m.maximum;
    m.change = change[l] > m.change ? change[l] : m.change;
    m.not_finite += bad[l];
  }
  m.error = elute_lanes_total(sum);
  return m;
}

static void merge_row(const EluteProblemView *p, int32_t row, int k, const double *v, const RowMeasure *e,
                      EluteStepMeasure *m) {
  const int n = p->mesh.n_cells;
  if (e->minimum < m->minimum[k]) {
    int i = 0;
    while (i < n - 1 && v[i] != e->minimum) ++i;
    m->minimum[k] = e->minimum;
    m->minimum_at[k] = (int64_t)row * p->mesh.pitch + i;
  }
  if (e->maximum > m->maximum[k]) m->maximum[k] = e->maximum;
  if (e->change > m->change[k]) m->change[k] = e->change;
  m->error[k] += p->mesh.volume_row[row] * e->error;
  if (e->not_finite > 0) {
    int i = 0;
    while (i < n - 1 && fabs(v[i]) <= DBL_MAX) ++i;
    if (m->not_finite == 0) m->not_finite_at = elute_state_offset(p, row, k, i);
    m->not_finite += (int64_t)e->not_finite;
  }
}

int elute_cpu_finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                          const EluteCombination *error, double rtol, const double *atol, double *u_new,
                          EluteStepMeasure *measure) {
  const int n = p->mesh.n_cells, pitch = p->mesh.pitch, n_increment = increment->n, n_error = error->n;
  const double *volume_x = p->mesh.volume_x;
  if (elute_cpu_check(p)) return 1;
  memset(measure, 0, sizeof *measure);
  measure->not_finite_at = -1;
  for (int k = 0; k < ELUTE_MAX_SPECIES; ++k) {
    measure->minimum[k] = INFINITY;
    measure->minimum_at[k] = -1;
  }
  for (int32_t row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->n_species; ++k) {
      const int64_t at = elute_state_offset(p, row, k, 0);
      const RowSum i = row_of(increment, at), e = row_of(error, at);
      double *v = u_new + at;
      RowMeasure m;
      if (n_increment == 2 && n_error == 2) /* ros2 */
        m = finish_loop(2, 2, n, volume_x, u + at, &i, &e, rtol, atol[k], v);
      else if (n_increment == 4 && n_error == 4) /* ra34pw2 */
        m = finish_loop(4, 4, n, volume_x, u + at, &i, &e, rtol, atol[k], v);
      else
        m = finish_loop(n_increment, n_error, n, volume_x, u + at, &i, &e, rtol, atol[k], v);
      for (int j = n; j < pitch; ++j) v[j] = 0;
      merge_row(p, row, k, v, &m, measure);
    }
  return 0;
}

int elute_cpu_weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                               const double *atol, double *sums) {
  double total[ELUTE_MAX_SPECIES] = {0};
  if (elute_cpu_check(p)) return 1;
  for (int32_t row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->n_species; ++k) {
      const int64_t at = elute_state_offset(p, row, k, 0);
      total[k] +=
          p->mesh.volume_row[row] * weighted_sum(p->mesh.n_cells, p->mesh.volume_x, x + at, u + at, rtol, atol[k]);
    }
  for (int k = 0; k < p->n_species; ++k) sums[k] += total[k];
  return 0;
}

int elute_cpu_inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol,
                             const double *atol, int n, const double *const *v, double *products) {
  const int cells = p->mesh.n_cells;
  double *restrict weighted;
  if (elute_cpu_check(p)) return 1;
  weighted = elute_cpu_scratch((size_t)p->mesh.pitch);
  if (!weighted) return 1;
  for (int32_t row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->n_species; ++k) {
      const int64_t at = elute_state_offset(p, row, k, 0);
      const double *restrict xk = x + at, *restrict uk = u + at, *restrict volume_x = p->mesh.volume_x;
      for (int i = 0; i < cells; ++i) {
        const double tolerance = atol[k] + rtol * fabs(uk[i]), safe = tolerance > DBL_MIN ? tolerance : DBL_MIN;
        weighted[i] = volume_x[i] * (xk[i] / safe) / safe;
      }
      for (int j = 0; j < n; ++j) products[j] += p->mesh.volume_row[row] * elute_dot(cells, weighted, v[j] + at);
    }
  return 0;
}

static int amounts(const EluteProblemView *p, const double *u, double *amounts) {
  EluteSum total[ELUTE_MAX_SPECIES][ELUTE_MAX_TISSUES] = {{{0, 0}}};
  if (elute_cpu_check(p)) return 1;
  for (int32_t row = 0; row < p->mesh.n_rows; ++row) {
    const uint8_t *tissue = p->mesh.tissue + (int64_t)row * p->mesh.pitch;
    const uint64_t tissues = elute_row_tissues(&p->mesh, row);
    const bool uniform = !(tissues & (tissues - 1));
    for (int k = 0; k < p->n_species; ++k) {
      const double *c = u + elute_state_offset(p, row, k, 0), volume = p->mesh.volume_row[row];
      if (uniform)
        elute_add(&total[k][tissue[0]], volume * elute_dot(p->mesh.n_cells, p->mesh.volume_x, c));
      else
        for (int i = 0; i < p->mesh.n_cells; ++i) elute_add(&total[k][tissue[i]], p->mesh.volume_x[i] * volume * c[i]);
    }
  }
  for (int k = 0; k < p->n_species; ++k)
    for (int t = 0; t < ELUTE_MAX_TISSUES; ++t) amounts[k * ELUTE_MAX_TISSUES + t] = elute_total(total[k][t]);
  return 0;
}

static int pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer) {
  const int64_t length =
      (int64_t)p->transport.n_mobile * p->mesh.pitch; /* the mobile species come first and lie together */
  for (int32_t j = 0; j < n; ++j)
    memcpy(buffer + j * length, u + elute_state_offset(p, rows[j], 0, 0), (size_t)length * sizeof(double));
  return 0;
}

const EluteBackend elute_backend_cpu = {
    .name = "cpu",
    .allocate = allocate,
    .release = free,
    .to_backend = copy,
    .to_host = copy,
    .traffic = traffic,
    .shifts = elute_cpu_shifts,
    .residual = elute_cpu_residual,
    .jacobian_apply = elute_cpu_jacobian_apply,
    .reaction_solve = elute_cpu_reaction_solve,
    .line_solve = elute_cpu_line_solve,
    .line_reduce = elute_cpu_line_reduce,
    .combine = elute_cpu_combine,
    .finish_step = elute_cpu_finish_step,
    .weighted_squares = elute_cpu_weighted_squares,
    .inner_products = elute_cpu_inner_products,
    .amounts = amounts,
    .accumulate = elute_cpu_accumulate,
    .pack_rows = pack_rows,
};
