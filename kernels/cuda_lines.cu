/* (I - theta J_a)^-1 along an axis, and the interface equations of lines that other ranks continue. A thread has a
   line: it eliminates upwards, writing d over x and c beside it (cell/line.h), then substitutes downwards.

   Bytes that move per value with float coefficients: upwards x 8 + 8, c 8, inverse capacity 4, conductance 4; downwards
   x 8 + 8, c 8, inverse capacity 4: 60 in all, whatever the axis. No less than 24 would do for lines held on the chip,
   which at 256 cells of 16 bytes leaves an SM 14 lines per 57 KB: too few threads to hide a recurrence that waits for
   its division. Lines cut into pieces across a warp could (not tried; it trades the 36 bytes for about three times the
   arithmetic and an interface system per line).

   Axes 1 and 2: a warp has 32 lines side by side along x and reads whole rows. Axis 0: a line is a row, and 32 lines a
   row apart would touch a sector of 32 bytes for 8 wanted. A warp has 32 lines and turns them piecewise: 16 cells of
   each go through a tile of shared memory, read and written along the rows. The bytes stay 60; turning whole vectors
   there and back would move 32 more. 18 such warps on an SM of 228 KB have 18 * 8 KB under way, five times what its
   share of the bandwidth times the latency asks for. */
#include "cuda_rows.cuh"
#include "cell/diffusion.h"
#include "cell/line.h"

namespace {

const int TILE = 16, TILE_STRIDE = TILE + 1; /* so that lanes fall into different banks */

struct Lines {
  EluteProblemView p;
  int axis, length;
  double theta;
  const double *below, *above;
  double *x;
  double *onward; /* scratch, c of every cell of this launch's lines */
  int64_t first,
      last; /* this launch's lines; axis 0: of row * n_mobile + k, else of (plane * n_mobile + k) * pitch + i */
  /* of a reduction */
  const double *supply[2]; /* what open faces bring to the lower and upper ends; NULL */
  double *equations[6];
};

/* The end of a sweep's cell: identity where it is held. */
__device__ __forceinline__ void hold(EluteLineCell *cell, double *value, double kept) {
  cell->onward = 0;
  cell->share = 1;
  *value = kept;
}

/* ---- axes 1 and 2 ---- */

/* Where a line lies: the offsets of cell 0 of it and the steps from cell to cell. */
struct Across {
  int32_t row, row_step, k, i;
  int64_t interface;
  int64_t x, x_step, s, s_step, g, g_step;
};

__device__ __forceinline__ Across across(const Lines &l, int64_t line) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t nm = l.p.transport.n_mobile, pitch = m.pitch, width = nm * pitch;
  const int32_t plane = (int32_t)(line / width);
  Across a;
  a.i = (int32_t)(line % pitch);
  a.k = (int32_t)(line / pitch % nm);
  a.row = l.axis == 1 ? plane * m.ny : plane;
  a.row_step = l.axis == 1 ? 1 : m.ny;
  a.interface = line;
  a.x = elute_state_offset(&l.p, a.row, a.k, a.i);
  a.x_step = (int64_t)a.row_step * l.p.n_species * pitch;
  a.s = ((int64_t)a.row * nm + a.k) * pitch + a.i;
  a.s_step = a.row_step * width;
  a.g = ((l.axis == 1 ? (int64_t)plane * (m.ny + 1) : plane) * nm + a.k) * pitch + a.i;
  a.g_step = a.s_step;
  return a;
}

/* inverse_capacity beyond the end of a line, side as in `neighbour`; 0 where the domain ends. */
__device__ __forceinline__ double beyond(const Lines &l, const Across &a, int end) {
  const int32_t row = a.row + (end ? l.length - 1 : 0) * a.row_step;
  const int32_t to = l.p.mesh.neighbour[(int64_t)row * 4 + 2 * (l.axis - 1) + end];
  return to == ELUTE_NO_ROW ? 0.0 : elute_inverse_capacity(&l.p, to, a.k, a.i);
}

template <class Real, bool HELD> __global__ void __launch_bounds__(128) across_kernel(ELUTE_ARGUMENT(Lines) l) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t local = (int64_t)blockIdx.x * blockDim.x + threadIdx.x, lines = l.last - l.first;
  if (local >= lines || (l.first + local) % m.pitch >= m.n_cells) return;
  const Across a = across(l, l.first + local);
  const Real *g = (const Real *)l.p.transport.conductance[l.axis] + a.g;
  const Real *s = (const Real *)l.p.transport.inverse_capacity + a.s;
  double *x = l.x + a.x, *onward = l.onward + local;
  const double volume_x = m.volume_x[a.i];
  double share = 1, activity = l.below ? elute_activity(beyond(l, a, 0), l.below[a.interface]) : 0.0;
  double m_below = l.theta * (double)g[0];
  /* What a cell reads is asked for one cell ahead, before the division that the next one waits for. */
  double next_s = (double)__ldg(s), next_g = (double)__ldg(g + a.g_step), next_x = x[0];
  for (int j = 0; j < l.length; ++j) {
    const double s_here = next_s, m_above = l.theta * next_g, right = next_x;
    const double volume = volume_x * m.volume_row[a.row + j * a.row_step];
    if (j + 1 < l.length) {
      next_s = (double)__ldg(s + (j + 1) * a.s_step);
      next_g = (double)__ldg(g + (j + 2) * a.g_step);
      next_x = x[(j + 1) * a.x_step];
    }
    EluteLineCell cell = elute_line_cell(volume, m_below, m_above, s_here, share);
    double d = elute_line_value(cell, volume, m_below, right, activity);
    if (HELD && is_held(&l.p, a.k, (int64_t)(a.row + j * a.row_step) * m.pitch + a.i)) hold(&cell, &d, right);
    x[j * a.x_step] = d;
    onward[j * lines] = cell.onward;
    share = cell.share;
    activity = elute_activity(s_here, d);
    m_below = m_above;
  }
  activity = l.above ? elute_activity(beyond(l, a, 1), l.above[a.interface]) : 0.0;
#pragma unroll 4
  for (int j = l.length - 1; j >= 0; --j) {
    const double value = x[j * a.x_step] + onward[j * lines] * activity;
    activity = elute_activity((double)__ldg(s + j * a.s_step), value);
    x[j * a.x_step] = value;
  }
}

/* The equation of the end towards which a line is eliminated (end 1: upwards): value + far x_far + near x_near. */
template <class Real>
__device__ __forceinline__ void reduce_across(const Lines &l, const Across &a, int end, double *value, double *far,
                                              double *near) {
  const EluteMeshView &m = l.p.mesh;
  const Real *g = (const Real *)l.p.transport.conductance[l.axis] + a.g;
  const Real *s = (const Real *)l.p.transport.inverse_capacity + a.s;
  double share = 1, activity = 0, reach = beyond(l, a, 1 - end), onward = 0;
  *value = *far = 0;
  for (int step = 0; step < l.length; ++step) {
    const int j = end ? step : l.length - 1 - step;
    const double lower = l.theta * (double)__ldg(g + j * a.g_step), s_here = (double)__ldg(s + j * a.s_step);
    const double upper = l.theta * (double)__ldg(g + (j + 1) * a.g_step);
    const double volume = m.volume_x[a.i] * m.volume_row[a.row + j * a.row_step];
    double right = l.x[a.x + j * a.x_step];
    if (l.supply[0] && j == 0) right += l.supply[0][a.interface];
    if (l.supply[1] && j == l.length - 1) right += l.supply[1][a.interface];
    EluteLineCell cell = elute_line_cell(volume, end ? lower : upper, end ? upper : lower, s_here, share);
    *value = elute_line_value(cell, volume, end ? lower : upper, right, activity);
    *far = elute_line_reach(cell, end ? lower : upper, reach);
    if (is_held(&l.p, a.k, (int64_t)(a.row + j * a.row_step) * m.pitch + a.i)) {
      hold(&cell, value, right);
      *far = 0;
    }
    share = cell.share;
    onward = cell.onward;
    activity = elute_activity(s_here, *value);
    reach = elute_activity(s_here, *far);
  }
  *near = onward * beyond(l, a, end);
}

/* 2 * 16 bytes per value: both ends read x, inverse capacity and conductance. Padding is written as zero. */
template <class Real> __global__ void __launch_bounds__(128) reduce_kernel(ELUTE_ARGUMENT(Lines) l) {
  const int64_t line = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  double e[6] = {0, 0, 0, 0, 0, 0};
  if (line >= l.last) return;
  const Across a = across(l, line);
  if (a.i < l.p.mesh.n_cells && l.p.transport.conductance[l.axis]) {
    reduce_across<Real>(l, a, 0, &e[0], &e[2], &e[1]);
    reduce_across<Real>(l, a, 1, &e[3], &e[4], &e[5]);
  } else if (a.i < l.p.mesh.n_cells) { /* nothing couples: the ends are what they are */
    e[0] = l.x[a.x];
    e[3] = l.x[a.x + (l.length - 1) * a.x_step];
  }
  ELUTE_UNROLL for (int j = 0; j < 6; ++j) l.equations[j][line] = e[j];
}

/* ---- axis 0 ---- */

/* A warp's tiles [32 lines * TILE_STRIDE], its lines' rows, and what this lane's line is. */
struct Tiles {
  double *x, *onward;
  int64_t *offset; /* [32] of the lines' first cells in the state */
  int32_t row, k;
  double volume_row;
};

const int LOAD_ONWARD = 1, STORE_X = 2, STORE_ONWARD = 4;

/* Walks 32 lines from cell to cell, upwards or downwards, with their pieces in the tiles. load(line, i, at) takes to
   the tiles what visit(i, at) needs of cell i beside x and onward; `at` is the cell's place there, in visit of this
   lane's line. */
template <class Load, class Visit>
__device__ __forceinline__ void walk(const Lines &l, const Tiles &t, bool upwards, int what, Load load, Visit visit) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t first = l.first + (int64_t)blockIdx.x * ELUTE_WARP;
  const int32_t n = m.n_cells, n_tiles = (n + TILE - 1) / TILE, c = lane() % TILE, half = lane() / TILE;
  for (int32_t step = 0; step < n_tiles; ++step) {
    const int32_t begin = (upwards ? step : n_tiles - 1 - step) * TILE, cells = n - begin < TILE ? n - begin : TILE;
    __syncthreads();
#pragma unroll 4
    for (int other = half; other < ELUTE_WARP; other += ELUTE_WARP / TILE) {
      const int64_t line = first + other;
      const int place = other * TILE_STRIDE + c;
      if (line >= l.last || c >= cells) continue;
      t.x[place] = l.x[t.offset[other] + begin + c];
      if (what & LOAD_ONWARD) t.onward[place] = l.onward[(line - l.first) * m.pitch + begin + c];
      load(line, begin + c, place);
    }
    __syncthreads();
    for (int32_t j = 0; j < cells && first + lane() < l.last; ++j) {
      const int32_t cell = upwards ? j : cells - 1 - j;
      visit(begin + cell, lane() * TILE_STRIDE + cell);
    }
    __syncthreads();
    for (int other = half; other < ELUTE_WARP && (what & (STORE_X | STORE_ONWARD)); other += ELUTE_WARP / TILE) {
      const int64_t line = first + other;
      const int place = other * TILE_STRIDE + c;
      if (line >= l.last || c >= cells) continue;
      l.x[t.offset[other] + begin + c] = t.x[place];
      if (what & STORE_ONWARD) l.onward[(line - l.first) * m.pitch + begin + c] = t.onward[place];
    }
  }
}

/* Without flow: and coefficients. */
template <class Real> struct Turned : Tiles { Real *g, *s; };

/* The tile of g holds the face that is next in the direction. */
template <class Real, class Visit>
__device__ __forceinline__ void walk_still(const Lines &l, const Turned<Real> &t, bool upwards, int what, Visit visit) {
  const Real *g = (const Real *)l.p.transport.conductance[0], *s = (const Real *)l.p.transport.inverse_capacity;
  const int64_t pitch = l.p.mesh.pitch;
  walk(
      l, t, upwards, what,
      [&](int64_t line, int32_t i, int at) {
        t.g[at] = __ldg(g + line * pitch + i + (upwards ? 1 : 0));
        t.s[at] = __ldg(s + line * pitch + i);
      },
      visit);
}

/* The equation of one end of a cyclic line, as reduce_across; the other end's neighbour is the first. */
template <class Real, bool HELD>
__device__ __forceinline__ void reduce_turned(const Lines &l, const Turned<Real> &t, bool upwards, double m_first,
                                              double s_far, double s_near, double *value, double *far, double *near) {
  const EluteMeshView &m = l.p.mesh;
  double share = 1, activity = 0, reach = s_far, onward = 0, m_behind = m_first;
  *value = *far = 0;
  walk_still(l, t, upwards, 0, [&](int32_t i, int at) {
    const bool closing = upwards && i == m.n_cells - 1;
    const double m_ahead = closing ? m_first : l.theta * (double)t.g[at], s_here = (double)t.s[at];
    const double volume = m.volume_x[i] * t.volume_row, right = t.x[at];
    EluteLineCell cell = elute_line_cell(volume, m_behind, m_ahead, s_here, share);
    *value = elute_line_value(cell, volume, m_behind, right, activity);
    *far = elute_line_reach(cell, m_behind, reach);
    if (HELD && is_held(&l.p, t.k, (int64_t)t.row * m.pitch + i)) {
      hold(&cell, value, right);
      *far = 0;
    }
    share = cell.share;
    onward = cell.onward;
    activity = elute_activity(s_here, *value);
    reach = elute_activity(s_here, *far);
    m_behind = m_ahead;
  });
  *near = onward * s_near;
}

/* The ends of a cyclic line are each other's neighbours: what lies beyond them, from their two equations. */
template <class Real, bool HELD>
__device__ __forceinline__ void close_ring(const Lines &l, const Turned<Real> &t, double m_first, double s_first,
                                           double s_last, double *before_first, double *after_last) {
  double p_first, below_first, above_first, p_last, below_last, above_last;
  reduce_turned<Real, HELD>(l, t, true, m_first, s_last, s_first, &p_last, &below_last, &above_last);
  reduce_turned<Real, HELD>(l, t, false, m_first, s_first, s_last, &p_first, &above_first, &below_first);
  elute_line_ring(p_first, below_first, above_first, p_last, below_last, above_last, after_last, before_first);
  *before_first = elute_activity(s_last, *before_first);
  *after_last = elute_activity(s_first, *after_last);
}

template <class Real, bool HELD, bool CYCLIC>
__global__ void __launch_bounds__(32) along_kernel(ELUTE_ARGUMENT(Lines) l) {
  const EluteMeshView &m = l.p.mesh;
  const int64_t line = l.first + (int64_t)blockIdx.x * ELUTE_WARP + lane(), nm = l.p.transport.n_mobile;
  const bool mine = line < l.last;
  const Real *g = (const Real *)l.p.transport.conductance[0] + (mine ? line : l.first) * m.pitch;
  const Real *s = (const Real *)l.p.transport.inverse_capacity + (mine ? line : l.first) * m.pitch;
  ELUTE_SHARED(shared);
  Turned<Real> t;
  t.x = shared;
  t.onward = t.x + ELUTE_WARP * TILE_STRIDE;
  t.offset = (int64_t *)(t.onward + ELUTE_WARP * TILE_STRIDE);
  t.g = (Real *)(t.offset + ELUTE_WARP);
  t.s = t.g + ELUTE_WARP * TILE_STRIDE;
  t.row = (int32_t)((mine ? line : l.first) / nm);
  t.k = (int32_t)((mine ? line : l.first) % nm);
  t.volume_row = m.volume_row[t.row];
  t.offset[lane()] = elute_state_offset(&l.p, t.row, t.k, 0);
  const double m_first = l.theta * (double)g[0];
  double before_first = 0, after_last = 0;
  if (CYCLIC) close_ring<Real, HELD>(l, t, m_first, (double)s[0], (double)s[m.n_cells - 1], &before_first, &after_last);
  double share = 1, activity = before_first, m_below = m_first;
  walk_still(l, t, true, STORE_X | STORE_ONWARD, [&](int32_t i, int at) {
    const bool closing = CYCLIC && i == m.n_cells - 1;
    const double m_above = closing ? m_first : l.theta * (double)t.g[at], s_here = (double)t.s[at];
    const double volume = m.volume_x[i] * t.volume_row, right = t.x[at];
    EluteLineCell cell = elute_line_cell(volume, m_below, m_above, s_here, share);
    double d = elute_line_value(cell, volume, m_below, right, activity);
    if (HELD && is_held(&l.p, t.k, (int64_t)t.row * m.pitch + i)) hold(&cell, &d, right);
    t.x[at] = d;
    t.onward[at] = cell.onward;
    share = cell.share;
    activity = elute_activity(s_here, d);
    m_below = m_above;
  });
  activity = after_last;
  walk_still(l, t, false, LOAD_ONWARD | STORE_X, [&](int32_t i, int at) {
    const double value = t.x[at] + t.onward[at] * activity;
    activity = elute_activity((double)t.s[at], value);
    t.x[at] = value;
    (void)i;
  });
}

#include "cuda_lines_flow.cuh"

/* ---- launches ---- */

template <class Real, bool HELD> int start(const Lines &l) {
  const int64_t lines = l.last - l.first;
  const size_t tile_cells = ELUTE_WARP * TILE_STRIDE;
  const size_t shared = 2 * tile_cells * (sizeof(double) + sizeof(Real)) + ELUTE_WARP * sizeof(int64_t);
  const dim3 warps((unsigned)((lines + ELUTE_WARP - 1) / ELUTE_WARP));
  if (l.axis > 0)
    return elute_cuda_launch("lines", across_kernel<Real, HELD>, dim3((unsigned)((lines + 127) / 128)), 128, 0, l);
  if (l.p.mesh.periodic_x)
    return elute_cuda_launch("lines along x", along_kernel<Real, HELD, true>, warps, ELUTE_WARP, shared, l);
  return elute_cuda_launch("lines along x", along_kernel<Real, HELD, false>, warps, ELUTE_WARP, shared, l);
}

int start_any(const Lines &l) {
  if (l.p.flow.flux[l.axis] && l.p.transport.single)
    return l.p.is_held ? start_flow<float, true>(l) : start_flow<float, false>(l);
  if (l.p.flow.flux[l.axis]) return l.p.is_held ? start_flow<double, true>(l) : start_flow<double, false>(l);
  if (l.p.transport.single) return l.p.is_held ? start<float, true>(l) : start<float, false>(l);
  return l.p.is_held ? start<double, true>(l) : start<double, false>(l);
}

int lines_begin(Lines *l, const EluteProblemView *p, int axis, int least_axis, double theta, int64_t *lines) {
  const EluteMeshView *m = &p->mesh;
  if (elute_cuda_check(p)) return 1;
  if (axis < least_axis || axis > 2) return elute_backend_fail("lines: there is no axis %d to treat so", axis);
  l->p = *p, l->axis = axis, l->theta = theta;
  l->length = axis == 0 ? m->n_cells : axis == 1 ? m->ny : m->nz;
  *lines = m->n_rows == 0 ? 0 : axis == 0 ? m->n_rows : (int64_t)(axis == 1 ? m->nz : m->ny) * m->pitch;
  *lines *= p->transport.n_mobile;
  return 0;
}

/* Enough lines at a time to fill a device, so that c needs scratch for these alone. */
int solve_in_parts(Lines *l, int64_t lines) {
  const int64_t most = l->axis == 0 ? ELUTE_CUDA_LINES : ELUTE_CUDA_LINES / l->p.mesh.pitch * l->p.mesh.pitch + l->p.mesh.pitch;
  const int64_t part = lines < most ? lines : most, depth = l->axis == 0 ? l->p.mesh.pitch : l->length;
  l->onward = (double *)elute_cuda_scratch((size_t)part * (size_t)depth * sizeof(double));
  if (!l->onward) return 1;
  for (l->first = 0; l->first < lines; l->first = l->last) {
    l->last = l->first + part < lines ? l->first + part : lines;
    if (start_any(*l)) return 1;
  }
  return 0;
}

} // namespace

int elute_cuda_line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                          const double *below, const double *above, double *x, double *ledger) {
  Lines l = {};
  int64_t lines = 0;
  if (lines_begin(&l, p, axis, 0, theta, &lines)) return 1;
  l.below = below, l.above = above, l.x = x;
  if (scalar_increment && elute_cuda_line_supply(p, axis, theta, scalar_increment, x)) return 1;
  if (lines > 0 && p->transport.conductance[axis] && solve_in_parts(&l, lines)) return 1;
  return ledger ? elute_cuda_line_inflow(p, axis, theta, scalar_increment, below, above, x, ledger) : 0;
}

int elute_cuda_line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                           const double *x, double *const equations[6]) {
  Lines l = {};
  int64_t lines = 0;
  if (lines_begin(&l, p, axis, 1, theta, &lines)) return 1;
  if (lines == 0) return 0;
  l.x = const_cast<double *>(x), l.last = lines; /* not written */
  for (int e = 0; e < 6; ++e) l.equations[e] = equations[e];
  if (scalar_increment && p->open_face_begin[axis + 1] > p->open_face_begin[axis]) {
    double *supply = (double *)elute_cuda_scratch(2 * (size_t)lines * sizeof(double)),
           *end[2] = {supply, supply + lines};
    if (!supply || elute_cuda_zero(supply, 2 * (size_t)lines * sizeof(double)) ||
        elute_cuda_end_supply(p, axis, theta, scalar_increment, end))
      return 1;
    l.supply[0] = end[0], l.supply[1] = end[1];
  }
  const bool flows = p->flow.flux[axis] != NULL;
  const auto kernel = p->transport.single ? (flows ? reduce_flow_kernel<float> : reduce_kernel<float>)
                                              : (flows ? reduce_flow_kernel<double> : reduce_kernel<double>);
  return elute_cuda_launch("line ends", kernel, dim3((unsigned)((lines + 127) / 128)), 128, 0, l);
}
