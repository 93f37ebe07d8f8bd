/* (I - theta J_R)^-1 per cell, for the species that reactions touch. A thread has a cell; it adds up its matrix in a
   column of shared memory (which entry a reaction touches is known only at run time), takes it to registers and
   eliminates there with pivoting, for 1 to 8 species; more are eliminated in device memory, by as many threads as its
   scratch is worth.

   Bytes that must move per cell and reacting species: state 8, right-hand side 8, solution 8: 24; and a label per cell.
   Shared memory: N * N + N doubles per thread, 41 KB per block at the most, so that an SM holds at least 4 blocks. */
#include "cuda_rows.cuh"
#include "cell/reaction.h"
#include "cell/solve.h"

namespace {

const int MOST_IN_REGISTERS = 8, SCRATCH_BYTES = 1 << 26;

/* Of a block, by reacting species (0: any number); and how many such blocks registers must allow an SM to hold, 4: at
   least 16 or 8 warps, each with a cell's state and right-hand side on the way. */
constexpr int threads_for(int n) {
  return n >= 1 && n <= 4 ? 128 : 64;
}
const int BLOCKS_PER_SM = 4;

struct Solve {
  EluteProblemView p;
  Tiling tiling;
  const double *u;
  double theta;
  double weight[ELUTE_MAX_SPECIES]; /* of rows: 2^-magnitude, by reacting species */
  double *x;
  double *partial; /* [n_reactions * blocks], NULL: no ledger */
  double *matrix;  /* more than MOST_IN_REGISTERS species: [(n * n + n) * threads of all blocks] */
  int32_t n;       /* reacting species */
  int8_t species[ELUTE_MAX_SPECIES], index_of[ELUTE_MAX_SPECIES];
};

/* a[(row * n + column) * stride] += what one reaction has in J; rows of held species stay zero. */
__device__ __forceinline__ void add_to_matrix(const Solve &s, const EluteReaction *reaction, int n, int64_t stride,
                                              int64_t cell, const double gradient[ELUTE_MAX_FACTORS], double *a) {
  for (int c = 0; c < reaction->n_changes; ++c) {
    if (is_held(&s.p, reaction->changed[c], cell)) continue;
    double *row = a + s.index_of[reaction->changed[c]] * n * stride;
    const double change = reaction->change[c];
    ELUTE_UNROLL for (int f = 0; f < ELUTE_MAX_FACTORS; ++f) {
      if (f < reaction->n_factors) row[s.index_of[reaction->factor[f].species] * stride] += change * gradient[f];
    }
  }
}

/* Writes a component of the solution, also to b. That of a held species stays what it is to the last bit: elimination
   may have rounded it. */
__device__ __forceinline__ void store(const Solve &s, int species, int64_t cell, int64_t offset, double solution,
                                      double *b) {
  double *x = s.x + offset + (int64_t)species * s.p.mesh.pitch;
  if (is_held(&s.p, species, cell)) solution = *x;
  *x = *b = solution;
}

/* Turns J and x into the solution, which is left in x and in b[index * stride]. N: n where the compiler knows it, else
 * 0. */
template <int N>
__device__ __forceinline__ void solve_cell(const Solve &s, int64_t stride, int64_t cell, int64_t offset, double *a,
                                           double *b) {
  if constexpr (N > 0) {
    double matrix[N * N], x[N];
    ELUTE_UNROLL for (int r = 0; r < N; ++r) {
      ELUTE_UNROLL for (int c = 0; c < N; ++c) {
        matrix[r * N + c] = s.weight[r] * ((r == c ? 1.0 : 0.0) - s.theta * a[(r * N + c) * stride]);
      }
      x[r] = s.weight[r] * s.x[offset + (int64_t)s.species[r] * s.p.mesh.pitch];
    }
    elute_dense_solve(N, 1, matrix, x);
    ELUTE_UNROLL for (int r = 0; r < N; ++r) store(s, s.species[r], cell, offset, x[r], b + r * stride);
  } else {
    for (int r = 0; r < s.n; ++r) {
      for (int c = 0; c < s.n; ++c) {
        double *entry = a + (r * s.n + c) * stride;
        *entry = s.weight[r] * ((r == c ? 1.0 : 0.0) - s.theta * *entry);
      }
      b[r * stride] = s.weight[r] * s.x[offset + (int64_t)s.species[r] * s.p.mesh.pitch];
    }
    elute_dense_solve(s.n, stride, a, b);
    for (int r = 0; r < s.n; ++r) store(s, s.species[r], cell, offset, b[r * stride], b + r * stride);
  }
}

template <int N>
__global__ void __launch_bounds__(threads_for(N), BLOCKS_PER_SM) reaction_kernel(ELUTE_ARGUMENT(Solve) s) {
  const EluteProblemView &p = s.p;
  const EluteMeshView &m = p.mesh;
  const Cells cells = cells_of(&s.tiling, &m);
  const int n = N > 0 ? N : s.n;
  const int64_t stride = N > 0 ? (int64_t)blockDim.x : (int64_t)gridDim.x * blockDim.x;
  ELUTE_SHARED(shared);
  double *a = N > 0 ? shared + threadIdx.x : s.matrix + (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  double *b = a + n * n * stride, *sums = N > 0 ? shared + (n * n + n) * stride : shared;
  if (s.partial) zero_warp_sums(p.n_reactions, sums);
  for (int32_t step = 0; step < cells.walk; ++step) {
    const int32_t z = cells.z_begin + step, row = z * m.ny + cells.y, i = cells.i;
    const bool has_cell = z < cells.z_end && i < m.n_cells;
    const int64_t cell = (int64_t)row * m.pitch + i, offset = elute_state_offset(&p, row, 0, i);
    for (int e = 0; e < n * n; ++e) a[e * stride] = 0;
    /* Round 0 makes the matrix, and is followed by the solution; round 1 counts extents: one code for the gradients. */
    for (int round = 0; round < (s.partial ? 2 : 1); ++round) {
      for (int r = 0; r < p.n_reactions; ++r) {
        const EluteReaction *reaction = &p.reactions[r];
        double work[ELUTE_GRADIENT_WORK(1)], gradient[ELUTE_MAX_FACTORS], extent = 0;
        if (reaction->n_factors == 0) continue;
        if (has_cell) elute_reaction_gradient(&p, reaction, s.u + offset, m.pitch, cell, 1, 0, work, gradient);
        if (has_cell && round == 0) add_to_matrix(s, reaction, n, stride, cell, gradient, a);
        if (round == 0) continue;
        ELUTE_UNROLL for (int f = 0; f < ELUTE_MAX_FACTORS; ++f) {
          if (has_cell && f < reaction->n_factors)
            extent += gradient[f] * b[s.index_of[reaction->factor[f].species] * stride];
        }
        add_to_warp_sum(r, sums, has_cell ? elute_cell_volume(&m, row, i) * extent : 0.0);
      }
      if (has_cell && round == 0) solve_cell<N>(s, stride, cell, offset, a, b);
    }
  }
  if (s.partial) store_partials(p.n_reactions, sums, s.partial, gridDim.x, blockIdx.x);
}

template <int N> int start(const Solve &s) {
  const size_t per_warp = s.partial ? (size_t)s.p.n_reactions * (size_t)s.tiling.threads / ELUTE_WARP : 0;
  const size_t shared = ((size_t)(N * N + N) * (size_t)s.tiling.threads + per_warp) * sizeof(double);
  return elute_cuda_launch("reaction solve", reaction_kernel<N>, dim3((unsigned)s.tiling.blocks),
                           (unsigned)s.tiling.threads, shared, s);
}

int start_any(const Solve &s) {
  switch (s.n) {
  case 1:
    return start<1>(s);
  case 2:
    return start<2>(s);
  case 3:
    return start<3>(s);
  case 4:
    return start<4>(s);
  case 5:
    return start<5>(s);
  case 6:
    return start<6>(s);
  case 7:
    return start<7>(s);
  case 8:
    return start<8>(s);
  default:
    return start<0>(s);
  }
}

/* The tiling, and the scratch behind partial and matrix. */
int prepare(Solve *s, bool summed) {
  const bool in_registers = s->n <= MOST_IN_REGISTERS;
  const size_t per_thread = in_registers ? 0 : (size_t)(s->n * s->n + s->n) * sizeof(double);
  size_t partials;
  double *memory;
  s->tiling = tile(&s->p.mesh, threads_for(s->n),
                   in_registers ? ELUTE_MOST_BLOCKS : (int32_t)(SCRATCH_BYTES / per_thread / 64));
  partials = summed ? (size_t)s->p.n_reactions * (size_t)s->tiling.blocks : 0;
  if (partials == 0 && in_registers) return 0;
  memory = (double *)elute_cuda_scratch(partials * sizeof(double) +
                                        per_thread * (size_t)s->tiling.blocks * (size_t)s->tiling.threads);
  if (!memory) return 1;
  s->partial = summed ? memory : NULL;
  s->matrix = in_registers ? NULL : memory + partials;
  return 0;
}

} // namespace

int elute_cuda_reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  Solve s = {};
  if (elute_cuda_check(p)) return 1;
  s.p = *p, s.u = u, s.theta = theta, s.x = x;
  for (int k = 0; k < p->n_species; ++k)
    if (p->reacting >> k & 1) {
      s.index_of[k] = (int8_t)s.n;
      s.weight[s.n] = ldexp(1.0, -p->magnitude[k]);
      s.species[s.n++] = (int8_t)k;
    }
  if (p->mesh.n_rows == 0 || s.n == 0) return 0;
  if (prepare(&s, ledger != NULL) || start_any(s)) return 1;
  if (!ledger) return 0;
  return elute_cuda_ledger_add(s.partial, p->n_reactions, s.tiling.blocks, theta, p->reactions, ledger);
}
