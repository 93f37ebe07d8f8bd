/* Diffusion across the axes (cell/cross.h), in two passes as on the CPU: shifts of activity from the fluxes along the
   axes, and, when their ghost rows are there, the fluxes that they make. Only problems with such tensors start these.

   Bytes that must move per value of a mobile species on three axes with float coefficients. Shifts: state 8, inverse
   capacity 4, a conductance per axis 12, turns up to 24, shifts 24. Fluxes: conductances 12, shifts 24, result 16. */
#include "cuda_rows.cuh"
#include "cell/cross.h"
#include "cell/diffusion.h"
#include "cell/open_face.h"

namespace {

struct Cross {
  EluteProblemView p;
  Tiling tiling;
  const double *u, *ghost, *boundary;
  double scale;
  double *out, *shift[3];
  int32_t begin, end, upper; /* of the open faces: those with this upper */
};

/* A face of a cell and what lies beyond it: cell `at` of the row `to`, as in `neighbour`. */
struct Beyond {
  int64_t face; /* index of its conductance, of species 0 */
  int32_t to, at;
};

__device__ __forceinline__ Beyond beyond(const EluteMeshView &m, int32_t nm, int32_t row, int32_t i, int axis,
                                         int upper) {
  const int32_t y = row % m.ny, z = row / m.ny, last = m.n_cells - 1;
  Beyond b;
  if (axis > 0) {
    const int64_t face = axis == 1 ? (int64_t)z * (m.ny + 1) + y + upper : (int64_t)(z + upper) * m.ny + y;
    b.face = face * nm * m.pitch + i;
    b.to = m.neighbour[(int64_t)row * 4 + 2 * (axis - 1) + upper];
    b.at = i;
    return b;
  }
  b.face = (int64_t)row * nm * m.pitch + i + upper;
  b.to = row;
  b.at = i + (upper ? 1 : -1);
  if (b.at < 0 || b.at > last) {
    b.to = m.periodic_x ? row : ELUTE_NO_ROW;
    b.at = upper ? 0 : last;
  }
  return b;
}

__device__ __forceinline__ double turn(const EluteProblemView &p, int entry, int64_t at) {
  return p.transport.single ? (double)((const float *)p.cross.turn[entry])[at]
                            : ((const double *)p.cross.turn[entry])[at];
}

/* F_lower + F_upper of a cell along an axis, edges of the domain with the value 0. */
__device__ __forceinline__ double through(const Cross &q, int axis, int32_t k, int32_t row, int32_t i, double here) {
  const EluteProblemView &p = q.p;
  double sum = 0;
  for (int upper = 0; upper < 2; ++upper) {
    const Beyond b = beyond(p.mesh, p.transport.n_mobile, row, i, axis, upper);
    const double g = elute_conductance(&p.transport, axis, b.face + (int64_t)k * p.mesh.pitch);
    const double a = b.to == ELUTE_NO_ROW ? 0.0
                                          : elute_activity(elute_inverse_capacity(&p, b.to, k, b.at),
                                                           *elute_at_row(&p, q.u, q.ghost, b.to, k, b.at));
    sum += upper ? elute_diffusion_flux(g, here, a) : elute_diffusion_flux(g, a, here);
  }
  return sum;
}

__global__ void __launch_bounds__(256) shifts_kernel(ELUTE_ARGUMENT(Cross) q) {
  const EluteProblemView &p = q.p;
  const EluteMeshView &m = p.mesh;
  const Cells cells = cells_of(&q.tiling, &m);
  const int32_t i = cells.i;
  for (int32_t z = cells.z_begin; z < cells.z_end; ++z)
    for (int32_t k = 0; k < p.transport.n_mobile; ++k) {
      const int32_t row = z * m.ny + cells.y;
      const int64_t at = ((int64_t)row * p.transport.n_mobile + k) * m.pitch + i;
      const int64_t cell = elute_state_offset(&p, row, k, i);
      double flux[3] = {0, 0, 0};
      if (i < m.n_cells) {
        const double here = elute_activity(elute_inverse_capacity(&p, row, k, i), q.u[cell]);
        ELUTE_UNROLL for (int a = 0; a < 3; ++a) if (q.shift[a]) flux[a] = through(q, a, k, row, i, here);
      }
      ELUTE_UNROLL for (int a = 0; a < 3; ++a) {
        double shift = 0;
        if (!q.shift[a]) continue;
        ELUTE_UNROLL for (int b = 0; b < 3; ++b) if (p.cross.turn[elute_entry(a, b)] && i < m.n_cells) shift +=
            turn(p, elute_entry(a, b), at) * flux[b];
        q.shift[a][cell] = shift;
      }
    }
}

__global__ void edges_kernel(ELUTE_ARGUMENT(Cross) q) {
  const EluteProblemView &p = q.p;
  const int32_t j = q.begin + (int32_t)(blockIdx.x * blockDim.x + threadIdx.x);
  if (j >= q.end) return;
  const EluteOpenFace *f = &p.open_faces[j];
  if (f->ledger_only || f->upper != q.upper || f->species >= p.transport.n_mobile) return;
  const double inflow =
      elute_open_supply(elute_conductance(&p.transport, f->axis, f->face), f->scale, f->weight, q.boundary[f->value]);
  const int64_t at = ((int64_t)f->row * p.transport.n_mobile + f->species) * p.mesh.pitch + f->cell;
  ELUTE_UNROLL for (int a = 0; a < 3; ++a) if (p.cross.turn[elute_entry(a, f->axis)])
      q.shift[a][elute_state_offset(&p, f->row, f->species, f->cell)] +=
      turn(p, elute_entry(a, f->axis), at) * (f->upper ? -inflow : inflow);
}

__global__ void __launch_bounds__(256) cross_kernel(ELUTE_ARGUMENT(Cross) q) {
  const EluteProblemView &p = q.p;
  const EluteMeshView &m = p.mesh;
  const Cells cells = cells_of(&q.tiling, &m);
  const int32_t i = cells.i;
  for (int32_t z = cells.z_begin; z < cells.z_end && i < m.n_cells; ++z)
    for (int32_t k = 0; k < p.transport.n_mobile; ++k) {
      const int32_t row = z * m.ny + cells.y;
      const int64_t cell = elute_state_offset(&p, row, k, i);
      double sum = 0;
      if (is_held(&p, k, (int64_t)row * m.pitch + i)) continue;
      ELUTE_UNROLL for (int a = 0; a < 3; ++a) {
        if (!p.cross.shift[a]) continue;
        for (int upper = 0; upper < 2; ++upper) {
          const Beyond b = beyond(m, p.transport.n_mobile, row, i, a, upper);
          if (b.to == ELUTE_NO_ROW) continue;
          const double g = elute_conductance(&p.transport, a, b.face + (int64_t)k * m.pitch);
          const double here = p.cross.shift[a][cell],
                       there = *elute_at_row(&p, p.cross.shift[a], p.cross.ghost[a], b.to, k, b.at);
          sum += upper ? -elute_cross_flux(g, here, there) : elute_cross_flux(g, there, here);
        }
      }
      q.out[cell] += q.scale * (sum / elute_cell_volume(&m, row, i));
    }
}

} // namespace

/* Two open faces of a cell add to the same shifts: they take turns, axis by axis and side by side. */
int elute_cuda_shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                      double *const shift[3]) {
  Cross q = {};
  if (elute_cuda_check(p)) return 1;
  if (p->mesh.n_rows == 0) return 0;
  q.p = *p, q.u = u, q.ghost = ghost, q.boundary = boundary;
  for (int a = 0; a < 3; ++a) q.shift[a] = shift[a];
  q.tiling = tile(&p->mesh, 256, ELUTE_MOST_BLOCKS);
  if (elute_cuda_launch("shifts", shifts_kernel, dim3((unsigned)q.tiling.blocks), (unsigned)q.tiling.threads, 0, q))
    return 1;
  for (int a = 0; a < 3 && boundary; ++a)
    for (q.upper = 0; q.upper < 2; ++q.upper) {
      q.begin = p->open_face_begin[a], q.end = p->open_face_begin[a + 1];
      if (q.end > q.begin &&
          elute_cuda_launch("shifts at edges", edges_kernel, dim3((unsigned)(q.end - q.begin + 127) / 128), 128, 0, q))
        return 1;
    }
  return 0;
}

int elute_cuda_cross(const EluteProblemView *p, double scale, double *out) {
  Cross q = {};
  if (!elute_crosses(p)) return 0;
  q.p = *p, q.scale = scale, q.out = out;
  q.tiling = tile(&p->mesh, 256, ELUTE_MOST_BLOCKS);
  return elute_cuda_launch("cross fluxes", cross_kernel, dim3((unsigned)q.tiling.blocks), (unsigned)q.tiling.threads, 0,
                           q);
}
