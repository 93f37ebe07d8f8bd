/* Lines along which fluid moves, part of cuda_lines.cu: what a cell passes up and down is not symmetric (cell/line.h,
   elute_line_passes). Upwards d is written over x and, beside each cell, what its x adds to that of the cell below,
   `back` = down/P of the cell below; downwards x = d + back_above x_above.

   Bytes that move per value with float coefficients: upwards x 8 + 8, back 8, inverse capacity, carry and conductance
   12; downwards x 8 + 8, back 8: 60, and 8 per cell for the fluid's flux, which the species share. */

/* What a cell of a line passes through a face: sign 1 upwards, -1 downwards. Indices in elements. */
template <class Real>
__device__ __forceinline__ double passes(const Lines &l, int64_t s, int64_t g, int64_t q, double sign) {
  const Real *conductance = (const Real *)l.p.transport.conductance[l.axis];
  const Real *capacity = (const Real *)l.p.transport.inverse_capacity, *carry = (const Real *)l.p.flow.carry;
  return elute_line_passes(l.theta, (double)__ldg(conductance + g), (double)__ldg(capacity + s),
                           sign * __ldg(l.p.flow.flux[l.axis] + q), (double)__ldg(carry + s));
}

/* What is carried from cell to cell of a line. */
struct FlowSweep {
  EluteLineCell before; /* inverse 0 where there is none or it is held: nothing comes back to it */
  double passed, reached;
};

__device__ __forceinline__ FlowSweep begin_sweep(double passed, double reached) {
  FlowSweep sweep;
  sweep.before.inverse = sweep.before.onward = 0;
  sweep.before.share = 1;
  sweep.passed = passed;
  sweep.reached = reached;
  return sweep;
}

/* One cell: d, and what x here adds to the cell before (back: what it passes there, in place). */
__device__ __forceinline__ double eliminate(FlowSweep *sweep, bool held, double volume, double ahead, double *back,
                                            double right) {
  EluteLineCell cell = elute_line_cell(volume, *back, ahead, 1.0, sweep->before.share);
  double d = elute_line_value(cell, volume, 1.0, right, sweep->passed);
  *back *= sweep->before.inverse;
  if (held) {
    hold(&cell, &d, right);
    cell.inverse = 0;
  }
  sweep->before = cell;
  sweep->passed = ahead * d;
  return d;
}

/* The part of a cell that depends on the far end alone, after `eliminate`. */
__device__ __forceinline__ double reach_on(FlowSweep *sweep, double ahead) {
  const double far = elute_line_reach(sweep->before, 1.0, sweep->reached);
  sweep->reached = ahead * far;
  return far;
}

/* ---- axes 1 and 2 ---- */

__device__ __forceinline__ int64_t flow_of(const Lines &l, const Across &a) {
  const EluteMeshView &m = l.p.mesh;
  return (l.axis == 1 ? (int64_t)(a.row / m.ny) * (m.ny + 1) : (int64_t)a.row) * m.pitch + a.i;
}

/* What the cell beyond an end of a line passes in; 0 where the domain ends. */
template <class Real> __device__ __forceinline__ double passes_in(const Lines &l, const Across &a, int end) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t face = end ? l.length : 0, row = a.row + (end ? l.length - 1 : 0) * a.row_step;
  const int32_t to = m.neighbour[row * 4 + 2 * (l.axis - 1) + end];
  if (to == ELUTE_NO_ROW) return 0;
  return passes<Real>(l, (elute_coefficient_row(&m, to) * l.p.transport.n_mobile + a.k) * m.pitch + a.i,
                      a.g + face * a.g_step, flow_of(l, a) + face * a.row_step * m.pitch, end ? -1 : 1);
}

/* What cell j passes up (upper 1) or down. */
template <class Real> __device__ __forceinline__ double passes_on(const Lines &l, const Across &a, int j, int upper) {
  const int64_t face = j + upper;
  return passes<Real>(l, a.s + j * a.s_step, a.g + face * a.g_step,
                      flow_of(l, a) + face * a.row_step * l.p.mesh.pitch, upper ? 1 : -1);
}

template <class Real, bool HELD>
__global__ void __launch_bounds__(128) across_flow_kernel(ELUTE_ARGUMENT(Lines) l) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t local = (int64_t)blockIdx.x * blockDim.x + threadIdx.x, lines = l.last - l.first;
  if (local >= lines || (l.first + local) % m.pitch >= m.n_cells) return;
  const Across a = across(l, l.first + local);
  double *x = l.x + a.x, *back = l.onward + local;
  const double volume_x = m.volume_x[a.i];
  FlowSweep sweep = begin_sweep(l.below ? passes_in<Real>(l, a, 0) * l.below[a.interface] : 0.0, 0);
  for (int j = 0; j < l.length; ++j) {
    const int32_t row = a.row + j * a.row_step;
    const bool held = HELD && is_held(&l.p, a.k, (int64_t)row * m.pitch + a.i);
    double down = passes_on<Real>(l, a, j, 0);
    x[j * a.x_step] = eliminate(&sweep, held, volume_x * m.volume_row[row], passes_on<Real>(l, a, j, 1), &down,
                                x[j * a.x_step]);
    back[j * lines] = down;
  }
  double comes = l.above ? passes_in<Real>(l, a, 1) * sweep.before.inverse * l.above[a.interface] : 0.0;
#pragma unroll 4
  for (int j = l.length - 1; j >= 0; --j) {
    const double value = x[j * a.x_step] + comes;
    comes = back[j * lines] * value;
    x[j * a.x_step] = value;
  }
}

/* The equation of the end towards which a line is eliminated (end 1: upwards), as reduce_across. */
template <class Real>
__device__ __forceinline__ void reduce_across_flow(const Lines &l, const Across &a, int end, double *value, double *far,
                                                   double *near) {
  const EluteMeshView &m = l.p.mesh;
  FlowSweep sweep = begin_sweep(0, passes_in<Real>(l, a, 1 - end));
  for (int step = 0; step < l.length; ++step) {
    const int j = end ? step : l.length - 1 - step;
    const int32_t row = a.row + j * a.row_step;
    const double ahead = passes_on<Real>(l, a, j, end);
    double back = passes_on<Real>(l, a, j, 1 - end), right = l.x[a.x + j * a.x_step];
    if (l.supply[0] && j == 0) right += l.supply[0][a.interface];
    if (l.supply[1] && j == l.length - 1) right += l.supply[1][a.interface];
    *value = eliminate(&sweep, is_held(&l.p, a.k, (int64_t)row * m.pitch + a.i), m.volume_x[a.i] * m.volume_row[row],
                       ahead, &back, right);
    *far = reach_on(&sweep, ahead);
  }
  *near = passes_in<Real>(l, a, end) * sweep.before.inverse;
}

template <class Real> __global__ void __launch_bounds__(128) reduce_flow_kernel(ELUTE_ARGUMENT(Lines) l) {
  const int64_t line = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  double e[6] = {0, 0, 0, 0, 0, 0};
  if (line >= l.last) return;
  const Across a = across(l, line);
  if (a.i < l.p.mesh.n_cells) {
    reduce_across_flow<Real>(l, a, 0, &e[0], &e[2], &e[1]);
    reduce_across_flow<Real>(l, a, 1, &e[3], &e[4], &e[5]);
  }
  ELUTE_UNROLL for (int j = 0; j < 6; ++j) l.equations[j][line] = e[j];
}

/* ---- axis 0 ---- */

/* What cells pass up and down; on the way back `onward` is `back`. */
struct TurnedFlow : Tiles {
  double *up;
};

/* What cell i of a line passes up (upper 1) or down; the last face of a cyclic line is its first. */
template <class Real, bool CYCLIC>
__device__ __forceinline__ double passes_along(const Lines &l, int64_t line, int32_t i, int upper) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t row = line / l.p.transport.n_mobile;
  const int32_t face = CYCLIC && i + upper == m.n_cells ? 0 : i + upper;
  return passes<Real>(l, line * m.pitch + i, line * m.pitch + face, row * m.pitch + face, upper ? 1 : -1);
}

/* Upwards, or to reduce: `onward` holds what a cell passes down. */
template <class Real, bool CYCLIC, class Visit>
__device__ __forceinline__ void walk_passing(const Lines &l, const TurnedFlow &t, bool upwards, int what, Visit visit) {
  walk(
      l, t, upwards, what,
      [&](int64_t line, int32_t i, int at) {
        t.up[at] = passes_along<Real, CYCLIC>(l, line, i, 1);
        t.onward[at] = passes_along<Real, CYCLIC>(l, line, i, 0);
      },
      visit);
}

/* The equation of one end of a cyclic line; up_last, down_first: what passes between the ends. */
template <class Real, bool HELD>
__device__ __forceinline__ void reduce_turned_flow(const Lines &l, const TurnedFlow &t, bool upwards, double up_last,
                                                   double down_first, double *value, double *far, double *near) {
  const EluteMeshView &m = l.p.mesh;
  FlowSweep sweep = begin_sweep(0, upwards ? up_last : down_first);
  *value = *far = 0;
  walk_passing<Real, true>(l, t, upwards, 0, [&](int32_t i, int at) {
    const bool held = HELD && is_held(&l.p, t.k, (int64_t)t.row * m.pitch + i);
    const double ahead = upwards ? t.up[at] : t.onward[at];
    double back = upwards ? t.onward[at] : t.up[at];
    *value = eliminate(&sweep, held, m.volume_x[i] * t.volume_row, ahead, &back, t.x[at]);
    *far = reach_on(&sweep, ahead);
  });
  *near = (upwards ? down_first : up_last) * sweep.before.inverse;
}

template <class Real, bool HELD, bool CYCLIC>
__global__ void __launch_bounds__(32, 20) along_flow_kernel(ELUTE_ARGUMENT(Lines) l) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t mine = l.first + (int64_t)blockIdx.x * ELUTE_WARP + lane(), nm = l.p.transport.n_mobile;
  const int64_t line = mine < l.last ? mine : l.first;
  ELUTE_SHARED(shared);
  TurnedFlow t;
  t.x = shared;
  t.up = t.x + ELUTE_WARP * TILE_STRIDE;
  t.onward = t.up + ELUTE_WARP * TILE_STRIDE;
  t.offset = (int64_t *)(t.onward + ELUTE_WARP * TILE_STRIDE);
  t.row = (int32_t)(line / nm);
  t.k = (int32_t)(line % nm);
  t.volume_row = m.volume_row[t.row];
  t.offset[lane()] = elute_state_offset(&l.p, t.row, t.k, 0);
  FlowSweep sweep = begin_sweep(0, 0);
  double first = 0, down_first = 0;
  if (CYCLIC) {
    const double up_last = passes_along<Real, true>(l, line, m.n_cells - 1, 1);
    double p_first, below_first, above_first, p_last, below_last, above_last, last;
    down_first = passes_along<Real, true>(l, line, 0, 0);
    reduce_turned_flow<Real, HELD>(l, t, true, up_last, down_first, &p_last, &below_last, &above_last);
    reduce_turned_flow<Real, HELD>(l, t, false, up_last, down_first, &p_first, &above_first, &below_first);
    elute_line_ring(p_first, below_first, above_first, p_last, below_last, above_last, &first, &last);
    sweep.passed = up_last * last;
  }
  walk_passing<Real, CYCLIC>(l, t, true, STORE_X | STORE_ONWARD, [&](int32_t i, int at) {
    const bool held = HELD && is_held(&l.p, t.k, (int64_t)t.row * m.pitch + i);
    t.x[at] = eliminate(&sweep, held, m.volume_x[i] * t.volume_row, t.up[at], &t.onward[at], t.x[at]);
  });
  double comes = CYCLIC ? down_first * sweep.before.inverse * first : 0.0;
  walk(
      l, t, false, LOAD_ONWARD | STORE_X, [](int64_t, int32_t, int) {},
      [&](int32_t, int at) {
        const double value = t.x[at] + comes;
        comes = t.onward[at] * value;
        t.x[at] = value;
      });
}

template <class Real, bool HELD> int start_flow(const Lines &l) {
  const int64_t lines = l.last - l.first;
  const size_t shared = 3 * ELUTE_WARP * TILE_STRIDE * sizeof(double) + ELUTE_WARP * sizeof(int64_t);
  const dim3 warps((unsigned)((lines + ELUTE_WARP - 1) / ELUTE_WARP));
  if (l.axis > 0)
    return elute_cuda_launch("lines with flow", across_flow_kernel<Real, HELD>, dim3((unsigned)((lines + 127) / 128)), 128,
                             0, l);
  if (l.p.mesh.periodic_x)
    return elute_cuda_launch("lines along x with flow", along_flow_kernel<Real, HELD, true>, warps, ELUTE_WARP, shared, l);
  return elute_cuda_launch("lines along x with flow", along_flow_kernel<Real, HELD, false>, warps, ELUTE_WARP, shared, l);
}
