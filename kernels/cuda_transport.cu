/* The full residual and its linearisation, one pass: a thread has a cell, walks up a few planes, and at each adds up
   the transport of every mobile species and all reactions, in a column of shared memory (an index known only at run
   time would send registers to local memory). Open faces and held cells are lists, applied afterwards.

   Bytes that must move per value of a mobile species with float coefficients: state 8, inverse capacity 4, a
   conductance per axis 3 * 4, result 8: 32, and 8 more for each vector of the sum. Neighbours come from the caches
   (cuda_rows.cuh). Per value of an immobile species 16; tissue labels and volumes 1 to 9 per cell. */
#include "cuda_rows.cuh"
#include "cell/diffusion.h"
#include "cell/open_face.h"
#include "cell/reaction.h"

namespace {

/* Either f(u), or J(u) x: what is transported is `state`, reactions are linearised at u in the second case. */
struct Operator {
  EluteProblemView p;
  Tiling tiling;
  const double *u, *ghost_u, *state, *ghost;
  double scale;
  EluteCombination add;
  double *out;
  double *partial; /* [n_reactions * blocks], NULL: no ledger */
};

/* mol/s into cell i of a row through its two faces along x. A cyclic row's faces 0 and n_cells are one. */
template <class Real>
__device__ __forceinline__ double inflow_x(const EluteProblemView &p, const Real *g, const Real *s, const double *c,
                                           int32_t i, double here) {
  const int32_t last = p.mesh.n_cells - 1;
  const bool cyclic = p.mesh.periodic_x != 0;
  double sum = 0;
  if (i > 0 || cyclic) {
    const int32_t left = i > 0 ? i - 1 : last;
    sum += elute_diffusion_flux((double)g[i], elute_activity((double)s[left], c[left]), here);
  }
  if (i < last || cyclic) {
    const int32_t right = i < last ? i + 1 : 0;
    sum -= elute_diffusion_flux((double)g[right], here, elute_activity((double)s[right], c[right]));
  }
  return sum;
}

/* mol/s into cell i of a row through the two faces along y (axis 1) or z (axis 2). face: of the lower one. */
template <class Real>
__device__ __forceinline__ double inflow_across(const Operator &o, int axis, int32_t k, int32_t i, int32_t lower,
                                                int32_t upper, int64_t face, int64_t next_face, double here) {
  const EluteProblemView &p = o.p;
  const int32_t nm = p.transport.n_mobile, pitch = p.mesh.pitch;
  const Real *g = (const Real *)p.transport.conductance[axis], *s = (const Real *)p.transport.inverse_capacity;
  double sum = 0;
  if (lower != ELUTE_NO_ROW) {
    const double a = elute_activity((double)s[(elute_coefficient_row(&p.mesh, lower) * nm + k) * pitch + i],
                                    *elute_at_row(&p, o.state, o.ghost, lower, k, i));
    sum += elute_diffusion_flux((double)g[(face * nm + k) * pitch + i], a, here);
  }
  if (upper != ELUTE_NO_ROW) {
    const double a = elute_activity((double)s[(elute_coefficient_row(&p.mesh, upper) * nm + k) * pitch + i],
                                    *elute_at_row(&p, o.state, o.ghost, upper, k, i));
    sum -= elute_diffusion_flux((double)g[(next_face * nm + k) * pitch + i], here, a);
  }
  return sum;
}

/* f[k * threads]: what diffusion brings into one cell, mol/(m3 s) */
template <class Real>
__device__ __forceinline__ void transport(const Operator &o, int32_t y, int32_t z, int32_t i, double *f) {
  const EluteProblemView &p = o.p;
  const EluteMeshView &m = p.mesh;
  const int32_t row = z * m.ny + y, nm = p.transport.n_mobile;
  const int32_t *to = m.neighbour + (int64_t)row * 4;
  const Real *s = (const Real *)p.transport.inverse_capacity, *gx = (const Real *)p.transport.conductance[0];
  const double inverse_volume = 1.0 / elute_cell_volume(&m, row, i);
  const int64_t face_y = (int64_t)z * (m.ny + 1) + y, threads = blockDim.x;
  for (int32_t k = 0; k < nm; ++k) {
    const int64_t at = ((int64_t)row * nm + k) * m.pitch;
    const double *c = o.state + elute_state_offset(&p, row, k, 0);
    const double here = elute_activity((double)s[at + i], c[i]);
    double sum = gx ? inflow_x(p, gx + at, s + at, c, i, here) : 0.0;
    if (p.transport.conductance[1]) sum += inflow_across<Real>(o, 1, k, i, to[0], to[1], face_y, face_y + 1, here);
    if (p.transport.conductance[2]) sum += inflow_across<Real>(o, 2, k, i, to[2], to[3], row, row + m.ny, here);
    f[k * threads] = sum * inverse_volume;
  }
}

/* The rate of a reaction in one cell, or its change with the state. */
template <bool LINEARISED>
__device__ __forceinline__ double reaction_extent(const Operator &o, const EluteReaction *reaction, int64_t cell,
                                                  int64_t offset) {
  const EluteProblemView &p = o.p;
  double work[ELUTE_GRADIENT_WORK(1)], gradient[ELUTE_MAX_FACTORS], extent = 0;
  if (!LINEARISED) {
    elute_reaction_rate(&p, reaction, o.state + offset, p.mesh.pitch, cell, 1, 0, work, &extent);
    return extent;
  }
  elute_reaction_gradient(&p, reaction, o.u + offset, p.mesh.pitch, cell, 1, 0, work, gradient);
  ELUTE_UNROLL for (int f = 0; f < ELUTE_MAX_FACTORS; ++f) if (f < reaction->n_factors) extent +=
      gradient[f] * o.state[offset + (int64_t)reaction->factor[f].species * p.mesh.pitch];
  return extent;
}

template <class Real, bool LINEARISED>
__global__ void __launch_bounds__(256, LINEARISED ? 2 : 3) operator_kernel(ELUTE_ARGUMENT(Operator) o) {
  const EluteProblemView &p = o.p;
  const EluteMeshView &m = p.mesh;
  const Cells cells = cells_of(&o.tiling, &m);
  const int64_t threads = blockDim.x;
  ELUTE_SHARED(shared);
  double *f = shared + threadIdx.x, *sums = shared + p.n_species * threads;
  if (o.partial) zero_warp_sums(p.n_reactions, sums);
  for (int32_t step = 0; step < cells.walk; ++step) {
    const int32_t z = cells.z_begin + step, row = z * m.ny + cells.y, i = cells.i;
    const bool has_vector = z < cells.z_end, has_cell = has_vector && i < m.n_cells;
    const int64_t cell = (int64_t)row * m.pitch + i, offset = elute_state_offset(&p, row, 0, i);
    for (int32_t k = has_cell ? p.transport.n_mobile : 0; k < p.n_species; ++k) f[k * threads] = 0;
    if (has_cell) transport<Real>(o, cells.y, z, i, f);
    for (int r = 0; r < p.n_reactions; ++r) {
      const EluteReaction *reaction = &p.reactions[r];
      const double extent = has_cell ? reaction_extent<LINEARISED>(o, reaction, cell, offset) : 0.0;
      for (int c = 0; c < reaction->n_changes; ++c) f[reaction->changed[c] * threads] += reaction->change[c] * extent;
      if (o.partial) add_to_warp_sum(r, sums, has_cell ? elute_cell_volume(&m, row, i) * extent : 0.0);
    }
    for (int32_t k = 0; k < p.n_species && has_vector; ++k) {
      const int64_t at = offset + (int64_t)k * m.pitch;
      double value = has_cell && is_held(&p, k, cell) ? 0.0 : o.scale * f[k * threads];
      ELUTE_UNROLL for (int j = 0; j <= ELUTE_MAX_STAGES; ++j) if (j < o.add.n) value +=
          o.add.coefficient[j] * o.add.vector[j][at];
      o.out[at] = value;
    }
  }
  if (o.partial) store_partials(p.n_reactions, sums, o.partial, gridDim.x, blockIdx.x);
}

__global__ void held_kernel(ELUTE_ARGUMENT(Operator) o) {
  const int32_t j = (int32_t)(blockIdx.x * blockDim.x + threadIdx.x);
  if (j >= o.p.n_held) return;
  const EluteHeldCell *h = &o.p.held[j];
  o.out[elute_state_offset(&o.p, h->row, h->species, h->cell)] += o.scale * (h->capacity * o.p.scalar_rates[h->value]);
}

template <class Real, bool LINEARISED> int start(const Operator &o) {
  const size_t shared = ((size_t)o.p.n_species * (size_t)o.tiling.threads +
                         (o.partial ? (size_t)o.p.n_reactions * (size_t)o.tiling.threads / ELUTE_WARP : 0)) *
                        sizeof(double);
  return elute_cuda_launch("residual", operator_kernel<Real, LINEARISED>, dim3((unsigned)o.tiling.blocks),
                           (unsigned)o.tiling.threads, shared, o);
}

int apply(Operator *o, bool linearised, const double *boundary, double *ledger) {
  const EluteProblemView &p = o->p;
  const bool summed = ledger && p.n_reactions > 0;
  if (elute_cuda_check(&p)) return 1;
  if (p.mesh.n_rows == 0) return 0;
  /* 48 KiB of shared memory per block at most: n_species doubles per thread, and n_reactions per warp. */
  o->tiling = tile(&p.mesh, p.n_species > 16 ? 128 : 256, ELUTE_MOST_BLOCKS);
  o->partial = NULL;
  if (summed) {
    o->partial = (double *)elute_cuda_scratch((size_t)p.n_reactions * (size_t)o->tiling.blocks * sizeof(double));
    if (!o->partial) return 1;
  }
  if (p.transport.single ? (linearised ? start<float, true>(*o) : start<float, false>(*o))
                         : (linearised ? start<double, true>(*o) : start<double, false>(*o)))
    return 1;
  if (summed && elute_cuda_ledger_add(o->partial, p.n_reactions, o->tiling.blocks, o->scale, p.reactions, ledger))
    return 1;
  EluteConvection convection = {};
  convection.p = &p, convection.state = o->state, convection.ghost = o->ghost;
  if (linearised && p.flow.limited) convection.u = o->u, convection.ghost_u = o->ghost_u;
  return elute_cuda_convect(&convection, boundary, o->scale, o->out) || elute_cuda_cross(&p, o->scale, o->out) ||
         elute_cuda_open_faces(&convection, boundary, o->scale, o->out, ledger);
}

} // namespace

int elute_cuda_residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                        const EluteCombination *add, double *out, double *ledger) {
  Operator o = {};
  o.p = *p, o.u = u, o.state = u, o.ghost = ghost, o.scale = scale, o.out = out;
  if (add) o.add = *add;
  if (apply(&o, false, p->scalars, ledger)) return 1;
  if (p->n_held == 0) return 0;
  return elute_cuda_launch("held cells", held_kernel, dim3((unsigned)(p->n_held + 127) / 128), 128, 0, o);
}

int elute_cuda_jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                              const double *ghost_x, const double *scalar_increment, double *y, double *ledger) {
  Operator o = {};
  o.p = *p, o.u = u, o.ghost_u = ghost_u, o.state = x, o.ghost = ghost_x, o.scale = 1, o.out = y;
  return apply(&o, true, scalar_increment, ledger);
}
