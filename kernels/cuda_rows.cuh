/* What the CUDA kernels share on the device's side: which thread has which cell, and sums in a fixed order.

   A warp's threads lie along a row, so that a warp reads whole lines of memory. A block is a tile of bx cells
   times by rows, and walks up `planes` planes: a tile's rows share their neighbours along y in the first-level cache,
   and all running tiles stay within a few planes of each other, which the second-level cache holds (three planes of
   256 x 256 x 4 doubles and their floats: 15 MB). The walk also bounds the number of blocks, and with it that of the
   partial sums.

   Sums: every thread adds its own few terms, and a warp folds 32 in a tree: of a block either one warp what all threads
   left, added up 32 apart (fold_list), or every warp its own, which are then added in order (add_to_warp_sum). One
   block adds the blocks' partial sums, compensated. No atomics: the order never changes, and the tree keeps the
   rounding of a sum over N cells near log2(N) units. */
#ifndef ELUTE_CUDA_ROWS_CUH
#define ELUTE_CUDA_ROWS_CUH

#include "cuda_context.cuh"
#include "cell/place.h"
#include "cell/sum.h"
#include "cell/convection.h"

static const int ELUTE_WARP = 32, ELUTE_MOST_BLOCKS = 4096;

typedef struct Tiling {
  int32_t bx, by;           /* cells, rows of a block: no more than cover a plane; bx a power of two, at least a warp */
  int32_t x_tiles, y_tiles; /* cover pitch and ny */
  int32_t planes;           /* that a block walks up */
  int32_t blocks;
  int32_t threads; /* bx by */
} Tiling;

/* Covers padding too: what writes vectors must write its zeros. At most about `most` blocks where planes allow. */
static inline Tiling tile(const EluteMeshView *m, int32_t most_threads, int32_t most) {
  Tiling t;
  int64_t tiles, chunks;
  t.bx = ELUTE_WARP;
  while (t.bx < most_threads && t.bx < m->pitch && most_threads / t.bx > m->ny) t.bx *= 2;
  t.by = most_threads / t.bx < m->ny ? most_threads / t.bx : m->ny;
  t.threads = t.bx * t.by;
  t.x_tiles = (m->pitch + t.bx - 1) / t.bx;
  t.y_tiles = (m->ny + t.by - 1) / t.by;
  tiles = (int64_t)t.x_tiles * t.y_tiles;
  t.planes = (int32_t)((tiles * m->nz + most - 1) / most);
  if (t.planes > m->nz) t.planes = m->nz;
  if (t.planes < 1) t.planes = 1;
  chunks = (m->nz + t.planes - 1) / t.planes;
  t.blocks = (int32_t)(tiles * chunks);
  return t;
}

/* This thread's cells: i of the rows z * ny + y, z = z_begin .. z_end-1. */
typedef struct Cells {
  int32_t i, y, z_begin, z_end; /* z_end = z_begin for threads outside, which walk no plane */
  int32_t walk;                 /* planes that the whole block walks, where all threads must take part in sums */
} Cells;

static __device__ __forceinline__ Cells cells_of(const Tiling *t, const EluteMeshView *m) {
  const int32_t tile = (int32_t)blockIdx.x, column = tile / t->x_tiles;
  const int32_t left = m->nz - column / t->y_tiles * t->planes;
  Cells c;
  c.i = tile % t->x_tiles * t->bx + (int32_t)threadIdx.x % t->bx;
  c.y = column % t->y_tiles * t->by + (int32_t)threadIdx.x / t->bx;
  c.z_begin = column / t->y_tiles * t->planes;
  c.walk = left < t->planes ? left : t->planes;
  c.z_end = c.i < m->pitch && c.y < m->ny ? c.z_begin + c.walk : c.z_begin;
  return c;
}

/* Any plain struct of doubles and 64-bit integers, from the lane `down` above. */
template <class T> static __device__ __forceinline__ T from_lane_above(const T &mine, int down) {
  enum { WORDS = sizeof(T) / sizeof(long long) };
  union Words {
    T value;
    long long word[WORDS];
    __device__ Words() {
    }
  } words;
  words.value = mine;
  ELUTE_UNROLL for (int w = 0; w < WORDS; ++w) words.word[w] =
      __shfl_down_sync(0xffffffffu, words.word[w], (unsigned)down);
  return words.value;
}

static __device__ __forceinline__ void merge(double *into, double other) {
  *into += other;
}

static __device__ __forceinline__ void merge(EluteSum *into, const EluteSum &other) {
  elute_add(into, other.sum);
  into->dropped += other.dropped;
}

/* Folds a warp's values; the result is lane 0's. All 32 lanes must call it. */
template <class T> static __device__ __forceinline__ T warp_merge(T mine) {
  ELUTE_UNROLL for (int down = ELUTE_WARP / 2; down > 0; down /= 2) merge(&mine, from_lane_above(mine, down));
  return mine;
}

static __device__ __forceinline__ int lane() {
  return (int)threadIdx.x % ELUTE_WARP;
}

static __device__ __forceinline__ int warp() {
  return (int)threadIdx.x / ELUTE_WARP;
}

static __device__ __forceinline__ int n_warps() {
  return (int)blockDim.x / ELUTE_WARP;
}

/* Folds what a block's threads left in shared memory, one value each, before a barrier; the result is lane 0's. A warp
   folds a whole list, so that of several lists each has a warp of its own and the block waits once. */
template <class T> static __device__ __forceinline__ T fold_list(const T *list) {
  T sum = list[lane()];
  for (int t = lane() + ELUTE_WARP; t < (int)blockDim.x; t += ELUTE_WARP) merge(&sum, list[t]);
  return warp_merge(sum);
}

/* *out = one value of each thread, folded. list: shared, one per thread. */
template <class T> static __device__ __forceinline__ void fold_block(const T &mine, T *list, T *out) {
  list[threadIdx.x] = mine;
  __syncthreads();
  if (warp() > 0) return;
  const T sum = fold_list(list);
  if (lane() == 0) *out = sum;
}

/* Per-warp sums [n * n_warps], begun with zero_warp_sums, grown by lane 0 of each warp. */
static __device__ __forceinline__ void zero_warp_sums(int n, double *sums) {
  for (int j = lane(); j < n; j += ELUTE_WARP) sums[j * n_warps() + warp()] = 0;
  __syncwarp();
}

static __device__ __forceinline__ void add_to_warp_sum(int j, double *sums, double term) {
  const double sum = warp_merge(term);
  if (lane() == 0) sums[j * n_warps() + warp()] += sum;
}

/* partial[j * blocks + block] */
static __device__ __forceinline__ void store_partials(int n, const double *sums, double *partial, int64_t blocks,
                                                      int64_t block) {
  __syncthreads();
  for (int j = (int)threadIdx.x; j < n; j += (int)blockDim.x) {
    double sum = sums[j * n_warps()];
    for (int w = 1; w < n_warps(); ++w) sum += sums[j * n_warps() + w];
    partial[j * blocks + block] = sum;
  }
}

static __device__ __forceinline__ bool is_held(const EluteProblemView *p, int32_t species, int64_t cell) {
  return p->is_held && p->is_held[species * ELUTE_MAX_TISSUES + p->mesh.tissue[cell]];
}

/* out += scale times what fluid carries between cells and from inlets (cuda_convection.cu). boundary: of inlets. */
int elute_cuda_convect(const EluteConvection *convection, const double *boundary, double scale, double *out);

/* Open faces (cuda_faces.cu). The residual's: out += scale inflow/V, ledger -= scale inflow. */
int elute_cuda_open_faces(const EluteConvection *convection, const double *boundary, double scale, double *out,
                          double *ledger);
/* x += theta/V times what the faces of an axis bring by the boundary's increment; or that in the layout of interfaces,
   for the lower and the upper end of the lines. */
int elute_cuda_line_supply(const EluteProblemView *p, int axis, double theta, const double *increment, double *x);
int elute_cuda_end_supply(const EluteProblemView *p, int axis, double theta, const double *increment,
                          double *const end_supply[2]);
/* ledger -= theta inflow through the faces of an axis, after its line solve. */
int elute_cuda_line_inflow(const EluteProblemView *p, int axis, double theta, const double *increment,
                           const double *below, const double *above, const double *x, double *ledger);

/* out += scale times what the cross fluxes bring, edges of the domain apart; nothing where there are no shifts. */
int elute_cuda_cross(const EluteProblemView *p, double scale, double *out);

/* ledger[channel] += scale * sum of partial[j * blocks ..]; channel j, or (reactions) that of reaction j. */
int elute_cuda_ledger_add(const double *partial, int n, int64_t blocks, double scale, const EluteReaction *reactions,
                          double *ledger);

#endif
