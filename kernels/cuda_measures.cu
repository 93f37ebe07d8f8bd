/* Vectors and measures: sums of vectors, what a step showed, weighted norms and products, amounts, packed rows. Answers
   go to the host, which waits for them. */
#include <cfloat>
#include <cmath>
#include <cstring>
#include "cuda_rows.cuh"

namespace {

const int THREADS = 256;
const int GROUP = 8;          /* inner products at once */
const int MOST_AMOUNTS = 256; /* blocks of the sums per tissue, of which there are many */

struct Tolerances {
  double rtol, atol[ELUTE_MAX_SPECIES];
};

/* A tolerance of zero counts as the smallest number, so that 0/0 is 0. */
__device__ __forceinline__ double tolerance_of(const Tolerances &t, int k, double size) {
  const double tolerance = t.atol[k] + t.rtol * size;
  return tolerance > DBL_MIN ? tolerance : DBL_MIN;
}

__device__ __forceinline__ double combined(const EluteCombination &c, int64_t at) {
  double sum = 0;
  ELUTE_UNROLL for (int j = 0; j <= ELUTE_MAX_STAGES; ++j) {
    if (j < c.n) sum += c.coefficient[j] * c.vector[j][at];
  }
  return sum;
}

/* ---- sums of vectors: 8 bytes per value for each vector and for the result ---- */

__global__ void combine_kernel(size_t n, ELUTE_ARGUMENT(EluteCombination) c, double *out) {
  const size_t step = (size_t)gridDim.x * blockDim.x;
  for (size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) out[i] = combined(c, (int64_t)i);
}

/* 16 bytes per packed value */
__global__ void pack_kernel(const double *u, int64_t row_length, int64_t length, int64_t n, const int32_t *rows,
                            double *buffer) {
  const int64_t step = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step)
    buffer[i] = u[rows[i / length] * row_length + i % length];
}

unsigned blocks_of(int64_t n) {
  const int64_t blocks = (n + THREADS - 1) / THREADS;
  return (unsigned)(blocks < 16 * ELUTE_MOST_BLOCKS ? blocks : 16 * ELUTE_MOST_BLOCKS);
}

/* ---- a step: 8 bytes per value for u, for each vector, and for u_new ---- */

/* EluteStepMeasure of one species. Places are offsets; of equal minima the first counts. */
struct Measure {
  double error, minimum, maximum, change;
  long long minimum_at, not_finite, not_finite_at; /* INT64_MAX: none */
};

__device__ __forceinline__ void merge(Measure *m, const Measure &o) {
  m->error += o.error;
  if (o.minimum < m->minimum || (o.minimum == m->minimum && o.minimum_at < m->minimum_at)) {
    m->minimum = o.minimum;
    m->minimum_at = o.minimum_at;
  }
  if (o.maximum > m->maximum) m->maximum = o.maximum;
  if (o.change > m->change) m->change = o.change;
  m->not_finite += o.not_finite;
  if (o.not_finite_at < m->not_finite_at) m->not_finite_at = o.not_finite_at;
}

__device__ __forceinline__ Measure no_measure() {
  return {0, INFINITY, 0, 0, INT64_MAX, 0, INT64_MAX};
}

struct Step {
  EluteProblemView p;
  Tiling tiling;
  const double *u;
  EluteCombination increment, error;
  Tolerances tolerances;
  double *u_new;
  Measure *partial; /* [species][blocks] */
};

__device__ __forceinline__ Measure measure_of(const Step &s, int k, int64_t at, int64_t cell, double u, double u_new,
                                              double volume) {
  Measure m = no_measure();
  const double size = fabs(u_new), before = fabs(u);
  if (u_new < INFINITY) m.minimum = u_new, m.minimum_at = cell;
  if (size > m.maximum) m.maximum = size;
  if (fabs(u_new - u) > m.change) m.change = fabs(u_new - u);
  if (!(size <= DBL_MAX)) m.not_finite = 1, m.not_finite_at = at;
  if (s.error.n > 0) {
    const double e = combined(s.error, at) / tolerance_of(s.tolerances, k, size > before ? size : before);
    m.error = volume * (e * e);
  }
  return m;
}

__global__ void __launch_bounds__(256) step_kernel(ELUTE_ARGUMENT(Step) s) {
  const EluteMeshView &m = s.p.mesh;
  const Cells cells = cells_of(&s.tiling, &m);
  const int k = (int)blockIdx.y;
  ELUTE_SHARED(shared);
  Measure sum = no_measure();
  for (int32_t z = cells.z_begin; z < cells.z_end; ++z) {
    const int32_t row = z * m.ny + cells.y;
    const int64_t at = elute_state_offset(&s.p, row, k, cells.i);
    const double u = s.u[at], u_new = u + combined(s.increment, at);
    s.u_new[at] = u_new;
    if (cells.i < m.n_cells)
      merge(&sum,
            measure_of(s, k, at, (int64_t)row * m.pitch + cells.i, u, u_new, elute_cell_volume(&m, row, cells.i)));
  }
  fold_block(sum, (Measure *)shared, &s.partial[(int64_t)k * gridDim.x + blockIdx.x]);
}

/* One block per list folds it: total[list] of partial[list][n]. */
template <class T> __global__ void fold_kernel(const T *partial, int64_t n, T none, T *total) {
  ELUTE_SHARED(shared);
  T sum = none;
  for (int64_t b = threadIdx.x; b < n; b += blockDim.x) merge(&sum, partial[(int64_t)blockIdx.x * n + b]);
  fold_block(sum, (T *)shared, &total[blockIdx.x]);
}

template <class T> int fold(const T *partial, int lists, int64_t n, T none, T *total) {
  const unsigned threads = n < THREADS ? (unsigned)(n + ELUTE_WARP - 1) / ELUTE_WARP * ELUTE_WARP : THREADS;
  return elute_cuda_launch("folding sums", fold_kernel<T>, dim3((unsigned)lists), threads, threads * sizeof(T), partial,
                           n, none, total);
}

/* ---- norms and products: 16 bytes per value, and 8 for each v ---- */

struct Products {
  EluteProblemView p;
  Tiling tiling;
  const double *x, *u;
  Tolerances tolerances;
  int n; /* 0: the square of x itself */
  const double *v[GROUP];
  EluteSum *partial; /* [list][species][blocks] */
};

__host__ __device__ __forceinline__ int lists_of(const Products &q) {
  return q.n > 0 ? q.n : 1;
}

__global__ void __launch_bounds__(256) products_kernel(ELUTE_ARGUMENT(Products) q) {
  const EluteMeshView &m = q.p.mesh;
  const Cells cells = cells_of(&q.tiling, &m);
  const int k = (int)blockIdx.y;
  ELUTE_SHARED(shared);
  double sum[GROUP] = {0};
  for (int32_t z = cells.z_begin; z < cells.z_end && cells.i < m.n_cells; ++z) {
    const int32_t row = z * m.ny + cells.y;
    const int64_t at = elute_state_offset(&q.p, row, k, cells.i);
    const double tolerance = tolerance_of(q.tolerances, k, fabs(q.u[at])), w = q.x[at] / tolerance;
    const double volume = elute_cell_volume(&m, row, cells.i);
    if (q.n == 0) sum[0] += volume * (w * w);
    ELUTE_UNROLL for (int j = 0; j < GROUP; ++j) {
      if (j < q.n) sum[j] += volume * w * (q.v[j][at] / tolerance);
    }
  }
  ELUTE_UNROLL for (int j = 0; j < GROUP; ++j) {
    if (j < lists_of(q)) shared[j * blockDim.x + threadIdx.x] = sum[j];
  }
  __syncthreads();
  for (int j = warp(); j < lists_of(q); j += n_warps()) {
    const double all = fold_list(shared + j * blockDim.x);
    if (lane() == 0) q.partial[((int64_t)j * gridDim.y + k) * gridDim.x + blockIdx.x] = EluteSum{all, 0};
  }
}

Tolerances tolerances_of(const EluteProblemView *p, double rtol, const double *atol) {
  Tolerances t = {};
  t.rtol = rtol;
  for (int k = 0; k < p->n_species; ++k) t.atol[k] = atol[k];
  return t;
}

/* sums[list]: of n_lists products over species_per_list species each. */
int products_of(Products *q, int n_lists, int64_t per_list, double *sums) {
  const EluteProblemView *p = &q->p;
  const size_t partials = (size_t)p->n_species * (size_t)q->tiling.blocks * (size_t)lists_of(*q);
  EluteSum total[ELUTE_MAX_SPECIES], *device;
  q->partial = (EluteSum *)elute_cuda_scratch((partials + ELUTE_MAX_SPECIES) * sizeof *q->partial);
  if (!q->partial) return 1;
  device = q->partial + partials;
  if (elute_cuda_launch("weighted sums", products_kernel, dim3((unsigned)q->tiling.blocks, (unsigned)p->n_species),
                        (unsigned)q->tiling.threads, (size_t)(lists_of(*q) * q->tiling.threads) * sizeof(double), *q) ||
      fold(q->partial, n_lists, per_list, EluteSum{0, 0}, device) ||
      elute_cuda_answer(total, device, (size_t)n_lists * sizeof *total))
    return 1;
  for (int j = 0; j < n_lists; ++j) sums[j] += elute_total(total[j]);
  return 0;
}

/* ---- amounts: 8 bytes per value and a label per cell ---- */

struct Amounts {
  EluteProblemView p;
  Tiling tiling;
  const double *u;
  EluteSum *partial; /* [species][tissue][blocks] */
};

/* sums[tissue] += term over a warp, one distinct tissue after the other; compensated, by lane 0. */
__device__ __forceinline__ void add_by_tissue(int tissue, double term, EluteSum *sums) {
  unsigned left = __ballot_sync(0xffffffffu, tissue >= 0);
  while (left) {
    const int one = __shfl_sync(0xffffffffu, tissue, __ffs((int)left) - 1);
    const double sum = warp_merge(tissue == one ? term : 0.0);
    if (lane() == 0) elute_add(&sums[one * n_warps() + warp()], sum);
    left &= ~__ballot_sync(0xffffffffu, tissue == one);
  }
}

__global__ void __launch_bounds__(256) amounts_kernel(ELUTE_ARGUMENT(Amounts) a) {
  const EluteMeshView &m = a.p.mesh;
  const Cells cells = cells_of(&a.tiling, &m);
  const int k = (int)blockIdx.y;
  ELUTE_SHARED(shared);
  EluteSum *sums = (EluteSum *)shared;
  for (int t = lane(); t < ELUTE_MAX_TISSUES; t += ELUTE_WARP) sums[t * n_warps() + warp()] = EluteSum{0, 0};
  __syncwarp();
  for (int32_t step = 0; step < cells.walk; ++step) {
    const int32_t z = cells.z_begin + step, row = z * m.ny + cells.y;
    const bool has_cell = z < cells.z_end && cells.i < m.n_cells;
    const double amount =
        has_cell ? elute_cell_volume(&m, row, cells.i) * a.u[elute_state_offset(&a.p, row, k, cells.i)] : 0.0;
    add_by_tissue(has_cell ? m.tissue[(int64_t)row * m.pitch + cells.i] : -1, amount, sums);
  }
  __syncthreads();
  for (int t = (int)threadIdx.x; t < ELUTE_MAX_TISSUES; t += (int)blockDim.x) {
    EluteSum sum = sums[t * n_warps()];
    for (int w = 1; w < n_warps(); ++w) merge(&sum, sums[t * n_warps() + w]);
    a.partial[((int64_t)k * ELUTE_MAX_TISSUES + t) * gridDim.x + blockIdx.x] = sum;
  }
}

} // namespace

int elute_cuda_combine(size_t n, const EluteCombination *c, double *out) {
  if (n == 0) return 0;
  if (c->n == 0) return elute_cuda_zero(out, n * sizeof(double));
  return elute_cuda_launch("sum of vectors", combine_kernel, dim3(blocks_of((int64_t)n)), THREADS, 0, n, *c, out);
}

int elute_cuda_pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer) {
  const int64_t length = (int64_t)p->transport.n_mobile * p->mesh.pitch, row = (int64_t)p->n_species * p->mesh.pitch;
  if (n == 0 || length == 0) return 0;
  return elute_cuda_launch("packing rows", pack_kernel, dim3(blocks_of(n * length)), THREADS, 0, u, row, length,
                           n * length, rows, buffer);
}

int elute_cuda_finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                           const EluteCombination *error, double rtol, const double *atol, double *u_new,
                           EluteStepMeasure *measure) {
  Step s = {};
  Measure total[ELUTE_MAX_SPECIES], *device;
  const Measure none = {0, INFINITY, 0, 0, INT64_MAX, 0, INT64_MAX};
  if (elute_cuda_check(p)) return 1;
  for (int k = 0; k < ELUTE_MAX_SPECIES; ++k) total[k] = none;
  if (p->mesh.n_rows > 0) {
    s.p = *p, s.u = u, s.increment = *increment, s.error = *error, s.u_new = u_new;
    s.tolerances = tolerances_of(p, rtol, atol);
    s.tiling = tile(&p->mesh, THREADS, ELUTE_MOST_BLOCKS);
    const size_t partials = (size_t)p->n_species * (size_t)s.tiling.blocks;
    s.partial = (Measure *)elute_cuda_scratch((partials + ELUTE_MAX_SPECIES) * sizeof *s.partial);
    if (!s.partial) return 1;
    device = s.partial + partials;
    if (elute_cuda_launch("finishing a step", step_kernel, dim3((unsigned)s.tiling.blocks, (unsigned)p->n_species),
                          (unsigned)s.tiling.threads, (size_t)s.tiling.threads * sizeof(Measure), s) ||
        fold(s.partial, p->n_species, s.tiling.blocks, none, device) ||
        elute_cuda_answer(total, device, (size_t)p->n_species * sizeof *total))
      return 1;
  }
  memset(measure, 0, sizeof *measure);
  measure->not_finite_at = INT64_MAX;
  for (int k = 0; k < ELUTE_MAX_SPECIES; ++k) {
    measure->error[k] = total[k].error;
    measure->minimum[k] = total[k].minimum;
    measure->maximum[k] = total[k].maximum;
    measure->change[k] = total[k].change;
    measure->minimum_at[k] = total[k].minimum_at == INT64_MAX ? -1 : total[k].minimum_at;
    measure->not_finite += total[k].not_finite;
    if (total[k].not_finite_at < measure->not_finite_at) measure->not_finite_at = total[k].not_finite_at;
  }
  if (measure->not_finite_at == INT64_MAX) measure->not_finite_at = -1;
  return 0;
}

int elute_cuda_weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                                const double *atol, double *sums) {
  Products q = {};
  if (elute_cuda_check(p)) return 1;
  if (p->mesh.n_rows == 0) return 0;
  q.p = *p, q.x = x, q.u = u, q.tolerances = tolerances_of(p, rtol, atol);
  q.tiling = tile(&p->mesh, THREADS, ELUTE_MOST_BLOCKS);
  return products_of(&q, p->n_species, q.tiling.blocks, sums);
}

int elute_cuda_inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol,
                              const double *atol, int n, const double *const *v, double *products) {
  Products q = {};
  if (elute_cuda_check(p)) return 1;
  if (p->mesh.n_rows == 0) return 0;
  q.p = *p, q.x = x, q.u = u, q.tolerances = tolerances_of(p, rtol, atol);
  q.tiling = tile(&p->mesh, THREADS, ELUTE_MOST_BLOCKS);
  for (int first = 0; first < n; first += GROUP) {
    q.n = n - first < GROUP ? n - first : GROUP;
    for (int j = 0; j < q.n; ++j) q.v[j] = v[first + j];
    if (products_of(&q, q.n, (int64_t)p->n_species * q.tiling.blocks, products + first)) return 1;
  }
  return 0;
}

int elute_cuda_amounts(const EluteProblemView *p, const double *u, double *amounts) {
  const int lists = p->n_species * ELUTE_MAX_TISSUES;
  EluteSum total[ELUTE_MAX_SPECIES * ELUTE_MAX_TISSUES], *device;
  Amounts a = {};
  if (elute_cuda_check(p)) return 1;
  for (int j = 0; j < lists; ++j) amounts[j] = 0;
  if (p->mesh.n_rows == 0) return 0;
  a.p = *p, a.u = u, a.tiling = tile(&p->mesh, THREADS, MOST_AMOUNTS);
  const size_t partials = (size_t)lists * (size_t)a.tiling.blocks;
  a.partial = (EluteSum *)elute_cuda_scratch((partials + (size_t)lists) * sizeof *a.partial);
  if (!a.partial) return 1;
  device = a.partial + partials;
  if (elute_cuda_launch("amounts", amounts_kernel, dim3((unsigned)a.tiling.blocks, (unsigned)p->n_species),
                        (unsigned)a.tiling.threads,
                        (size_t)(ELUTE_MAX_TISSUES * a.tiling.threads / ELUTE_WARP) * sizeof(EluteSum), a) ||
      fold(a.partial, lists, a.tiling.blocks, EluteSum{0, 0}, device) ||
      elute_cuda_answer(total, device, (size_t)lists * sizeof *total))
    return 1;
  for (int j = 0; j < lists; ++j) amounts[j] = elute_total(total[j]);
  return 0;
}
