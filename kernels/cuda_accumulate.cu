/* What is kept of sums of species: 8 bytes per cell for each species and scale, 16 for each array that is kept. */
#include "cell/accumulate.h"
#include "cuda_rows.cuh"

namespace {

struct Look {
  EluteProblemView p;
  EluteWatch watch;
  Tiling tiling;
  const double *u;
  double t, h;
};

__device__ __forceinline__ double sum_of(const Look &l, int32_t row, int32_t i, int64_t cell) {
  double sum = 0;
  for (int j = 0; j < l.watch.n; ++j) {
    const double c = l.u[elute_state_offset(&l.p, row, l.watch.species[j], i)];
    sum += l.watch.scale[j] ? l.watch.scale[j][cell] * c : c;
  }
  return sum;
}

__global__ void __launch_bounds__(256) accumulate_kernel(ELUTE_ARGUMENT(Look) l) {
  const EluteMeshView &m = l.p.mesh;
  const EluteWatch &w = l.watch;
  const Cells cells = cells_of(&l.tiling, &m);
  for (int32_t z = cells.z_begin; z < cells.z_end && cells.i < m.n_cells; ++z) {
    const int32_t row = z * m.ny + cells.y;
    const int64_t cell = (int64_t)row * m.pitch + cells.i;
    const double before = w.last[cell], after = sum_of(l, row, cells.i, cell);
    if (w.peak && after > w.peak[cell]) {
      w.peak[cell] = after;
      w.peak_time[cell] = l.t;
    }
    if (w.integral && l.h > 0) w.integral[cell] += elute_step_integral(before, after, l.h);
    if (w.above && l.h > 0) w.above[cell] += elute_step_above(before, after, w.threshold, l.h);
    w.last[cell] = after;
  }
}

} // namespace

int elute_cuda_accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch) {
  Look l = {};
  if (elute_cuda_check(p)) return 1;
  if (p->mesh.n_rows == 0) return 0;
  l.p = *p, l.watch = *watch, l.u = u, l.t = t, l.h = h;
  l.tiling = tile(&p->mesh, 256, ELUTE_MOST_BLOCKS);
  return elute_cuda_launch("accumulating", accumulate_kernel, dim3((unsigned)l.tiling.blocks),
                           (unsigned)l.tiling.threads, 0, l);
}
