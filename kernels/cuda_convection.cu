/* What moving fluid carries: added to what the residual or the Jacobian product left in `out`, by a kernel of its own, so
   that cases without flow pay nothing. A thread has a cell and walks up a few planes. Both cells of a face compute its
   flux from the same four values in the same order: what one gains is bit for bit what the other loses.

   Bytes that must move per value with float coefficients: state 8, carry 4, out 8 + 8: 28, and 8 more for u in a Jacobian
   product with the limiter; the fluid's flux 8 per axis and cell, shared by the species. Neighbours come from the caches. */
#include "cuda_rows.cuh"
#include "cell/convection.h"

namespace {

struct Convection {
  EluteConvection c; /* c.p is set on the device: `p` below */
  EluteProblemView p;
  Tiling tiling;
  double scale;
  double *out;
  const double *boundary; /* of inlets */
  int32_t axis, upper;    /* of the inlets whose turn it is */
};

/* mol/s into a cell through its faces along the axes. What passes the domain's edge are open faces. */
__device__ __forceinline__ double convected_inflow(const EluteConvection &c, int32_t row, int32_t k, int32_t i) {
  double sum = 0;
#pragma unroll 1
  for (int axis = 0; axis < 3; ++axis) {
    if (!c.p->flow.flux[axis]) continue;
#pragma unroll 1
    for (int upper = 0; upper < 2; ++upper) {
      int32_t to, at;
      if (!elute_step_along(c.p, row, i, axis, upper ? 1 : -1, &to, &at)) continue;
      const double flux = elute_convected(&c, row, k, i, axis, upper);
      sum += upper ? -flux : flux;
    }
  }
  return sum;
}

__global__ void __launch_bounds__(256, 3) convection_kernel(ELUTE_ARGUMENT(Convection) q) {
  const EluteProblemView &p = q.p;
  const EluteMeshView &m = p.mesh;
  const Cells cells = cells_of(&q.tiling, &m);
  const int32_t i = cells.i;
  EluteConvection c = q.c;
  c.p = &p;
  for (int32_t z = cells.z_begin; z < cells.z_end && i < m.n_cells; ++z) {
    const int32_t row = z * m.ny + cells.y;
    const double per_volume = q.scale / elute_cell_volume(&m, row, i);
    for (int32_t k = 0; k < p.transport.n_mobile; ++k)
      if (!is_held(&p, k, (int64_t)row * m.pitch + i))
        q.out[elute_state_offset(&p, row, k, i)] += per_volume * convected_inflow(c, row, k, i);
  }
}

/* Inlets on one side of one axis: each cell is the edge's cell of one of them, or the next of one. */
__global__ void __launch_bounds__(128) inlets_kernel(ELUTE_ARGUMENT(Convection) q) {
  const int32_t j = (int32_t)(blockIdx.x * blockDim.x + threadIdx.x);
  EluteConvection c = q.c;
  c.p = &q.p;
  if (j >= q.p.flow.n_inlets) return;
  const EluteInlet *e = &q.p.flow.inlets[j];
  if (e->axis != q.axis || e->upper != q.upper) return;
  const double flux = q.scale * elute_inlet_flow(&c, e, q.boundary);
  for (int s = 0; s < 2; ++s)
    if (e->row[s] >= 0)
      q.out[elute_state_offset(&q.p, e->row[s], e->species, e->cell[s])] +=
          (s ? flux : -flux) / elute_cell_volume(&q.p.mesh, e->row[s], e->cell[s]);
}

} // namespace

int elute_cuda_convect(const EluteConvection *convection, const double *boundary, double scale, double *out) {
  Convection q = {};
  q.c = *convection, q.p = *convection->p, q.scale = scale, q.out = out, q.boundary = boundary;
  if (!elute_flows(&q.p) || q.p.mesh.n_rows == 0 || q.p.transport.n_mobile == 0) return 0;
  q.tiling = tile(&q.p.mesh, 256, ELUTE_MOST_BLOCKS);
  if (elute_cuda_launch("convection", convection_kernel, dim3((unsigned)q.tiling.blocks), (unsigned)q.tiling.threads, 0,
                        q))
    return 1;
  for (int turn = 0; turn < 6 && q.p.flow.n_inlets > 0; ++turn) {
    q.axis = turn / 2, q.upper = turn % 2;
    if (!q.p.flow.flux[q.axis]) continue;
    if (elute_cuda_launch("inlets", inlets_kernel, dim3((unsigned)(q.p.flow.n_inlets + 127) / 128), 128, 0, q)) return 1;
  }
  return 0;
}
