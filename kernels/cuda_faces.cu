/* Lists: open faces, with their sums per channel, and the ledger. Small beside the fields. */
#include "cuda_rows.cuh"
#include "cell/cross.h"
#include "cell/open_face.h"

namespace {

const int THREADS = 128, MOST_BLOCKS = 128;

/* What a pass over the faces begin..end does with them. */
enum Purpose {
  RESIDUAL,   /* out += scale * inflow/V, counts scale * inflow */
  SUPPLY,     /* out += scale * supply/V: what the boundary's increment brings, before a line solve */
  SUPPLY_END, /* the same into end[upper], in the layout of interfaces */
  AFTER_LINES /* counts scale * inflow at the solved state */
};

struct Faces {
  EluteProblemView p;
  Purpose purpose;
  int32_t begin, end, side; /* side: those with upper = side alone; -1: all */
  EluteConvection convection; /* its p is set on the device */
  const double *state, *ghost, *boundary, *below, *above;
  double scale;
  double *out, *end_supply[2];
  double *partial; /* [n_ledger * all_blocks], NULL: no ledger */
  int64_t all_blocks, first_block;
};

/* mol/s that enters through a face, times scale; adds it where it belongs. */
template <bool FLOWS>
__device__ __forceinline__ double pass_face(const Faces &q, const EluteOpenFace *f) {
  const EluteProblemView &p = q.p;
  const double b = q.boundary ? q.boundary[f->value] : 0.0, g = elute_conductance(&p.transport, f->axis, f->face);
  const int64_t at = elute_state_offset(&p, f->row, f->species, f->cell);
  if (q.purpose == SUPPLY || q.purpose == SUPPLY_END) {
    double brought = elute_open_supply(g, f->scale, f->weight, b);
    if (FLOWS) brought += elute_edge_flow(elute_outward_flow(&p, f), 0.0, f->scale * b);
    const double supply = q.scale * brought / elute_cell_volume(&p.mesh, f->row, f->cell);
    const int64_t plane = f->axis == 1 ? f->row / p.mesh.ny : f->row % p.mesh.ny;
    if (f->ledger_only) return 0;
    if (q.purpose == SUPPLY)
      q.out[at] += supply;
    else if (f->species < p.transport.n_mobile)
      q.end_supply[f->upper][(plane * p.transport.n_mobile + f->species) * p.mesh.pitch + f->cell] = supply;
    return 0;
  }
  const double *held = NULL;
  if (q.purpose == AFTER_LINES)
    held = elute_held_beside_line(&p, f, q.below, q.above, q.state);
  else if (elute_beside_held(f))
    held = elute_at_row(&p, q.state, q.ghost, f->held_row, f->species, f->held_cell);
  double inflow = elute_open_inflow(g, elute_outside_activity(&p, f, b, held),
                                    elute_inverse_capacity(&p, f->row, f->species, f->cell), q.state[at], f->weight * b);
  if (FLOWS && q.purpose == AFTER_LINES) {
    inflow += elute_open_flow_of_line(&p, f, b, held, q.state);
  } else if (FLOWS) {
    EluteConvection c = q.convection;
    c.p = &p;
    inflow += elute_open_flow(&c, f, b);
  }
  if (q.purpose == RESIDUAL && elute_crosses(&p)) inflow += elute_cross_inflow(&p, f, elute_beside_held(f));
  inflow *= q.scale;
  if (q.out && !f->ledger_only) q.out[at] += inflow / elute_cell_volume(&p.mesh, f->row, f->cell);
  return inflow;
}

/* sums[channel] += term over a warp, one distinct channel after the other: few, where faces are sorted by channel.
   channel -1: nothing to add. */
__device__ __forceinline__ void add_by_channel(int channel, double term, double *sums) {
  unsigned left = __ballot_sync(0xffffffffu, channel >= 0);
  while (left) {
    const int one = __shfl_sync(0xffffffffu, channel, __ffs((int)left) - 1);
    add_to_warp_sum(one, sums, channel == one ? term : 0.0);
    left &= ~__ballot_sync(0xffffffffu, channel == one);
  }
}

template <bool FLOWS> __global__ void faces_kernel(ELUTE_ARGUMENT(Faces) q) {
  const int32_t step = (int32_t)(gridDim.x * blockDim.x);
  ELUTE_SHARED(sums);
  if (q.partial) zero_warp_sums(q.p.n_ledger, sums);
  for (int32_t first = q.begin + (int32_t)(blockIdx.x * blockDim.x) + warp() * ELUTE_WARP; first < q.end;
       first += step) {
    const int32_t j = first + lane();
    const EluteOpenFace *f = &q.p.open_faces[j < q.end ? j : first];
    const bool mine = j < q.end && (q.side < 0 || f->upper == q.side);
    const double inflow = mine ? pass_face<FLOWS>(q, f) : 0.0;
    if (q.partial) add_by_channel(mine ? f->channel : -1, inflow, sums);
  }
  if (q.partial) store_partials(q.p.n_ledger, sums, q.partial, q.all_blocks, q.first_block + blockIdx.x);
}

/* A warp per entry; entries that are the reactions' meet in the ledger one after the other, for two may share a
 * channel. */
__global__ void ledger_kernel(const double *partial, int n, int64_t blocks, double scale,
                              const EluteReaction *reactions, double *ledger) {
  ELUTE_SHARED(total);
  for (int j = warp(); j < n; j += n_warps()) {
    EluteSum sum = {0, 0};
    for (int64_t b = lane(); b < blocks; b += ELUTE_WARP) elute_add(&sum, partial[j * blocks + b]);
    sum = warp_merge(sum);
    if (lane() != 0) continue;
    if (reactions)
      total[j] = scale * elute_total(sum);
    else
      ledger[j] += scale * elute_total(sum);
  }
  __syncthreads();
  for (int j = 0; j < n && reactions && threadIdx.x == 0; ++j) ledger[reactions[j].channel] += total[j];
}

int32_t blocks_of(int32_t n) {
  const int32_t blocks = (n + THREADS - 1) / THREADS;
  return blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS;
}

/* Both faces of a cell along an axis may be open where the block has one cell there: they take turns. */
bool in_turns(const EluteProblemView *p, int axis) {
  return (axis == 0 ? p->mesh.n_cells : axis == 1 ? p->mesh.ny : p->mesh.nz) == 1;
}

int start(const Faces &q) {
  const size_t shared = q.partial ? (size_t)q.p.n_ledger * (THREADS / ELUTE_WARP) * sizeof(double) : 0;
  return elute_cuda_launch("open faces", elute_flows(&q.p) ? faces_kernel<true> : faces_kernel<false>, dim3((unsigned)blocks_of(q.end - q.begin)), THREADS, shared, q);
}

/* The faces of the axes first..last-1, axis by axis: two of one cell on different axes would meet otherwise. */
int pass_axes(Faces *q, int first, int last, double ledger_sign, double *ledger) {
  const EluteProblemView *p = &q->p;
  const bool summed = ledger && p->n_ledger > 0;
  q->all_blocks = 0;
  for (int a = first; a < last; ++a)
    q->all_blocks += (int64_t)blocks_of(p->open_face_begin[a + 1] - p->open_face_begin[a]) * (in_turns(p, a) ? 2 : 1);
  if (q->all_blocks == 0) return 0;
  q->partial = NULL;
  if (summed) {
    if ((size_t)p->n_ledger * (THREADS / ELUTE_WARP) * sizeof(double) > 48 * 1024)
      return elute_backend_fail("CUDA: %d ledger entries are more than the sums over open faces can hold", p->n_ledger);
    q->partial = (double *)elute_cuda_scratch((size_t)p->n_ledger * (size_t)q->all_blocks * sizeof(double));
    if (!q->partial) return 1;
  }
  q->first_block = 0;
  for (int a = first; a < last; ++a)
    for (int side = in_turns(p, a) ? 0 : -1; side < (in_turns(p, a) ? 2 : 0); ++side) {
      q->begin = p->open_face_begin[a], q->end = p->open_face_begin[a + 1], q->side = side;
      if (q->end == q->begin) continue;
      if (start(*q)) return 1;
      q->first_block += blocks_of(q->end - q->begin);
    }
  if (!summed) return 0;
  return elute_cuda_ledger_add(q->partial, p->n_ledger, q->all_blocks, ledger_sign, NULL, ledger);
}

} // namespace

int elute_cuda_ledger_add(const double *partial, int n, int64_t blocks, double scale, const EluteReaction *reactions,
                          double *ledger) {
  const int warps = n < 32 ? n : 32;
  return elute_cuda_launch("ledger", ledger_kernel, dim3(1), (unsigned)(warps * ELUTE_WARP),
                           reactions ? (size_t)n * sizeof(double) : 0, partial, n, blocks, scale, reactions, ledger);
}

int elute_cuda_open_faces(const EluteConvection *convection, const double *boundary, double scale, double *out,
                          double *ledger) {
  Faces q = {};
  q.p = *convection->p, q.purpose = RESIDUAL, q.convection = *convection, q.state = convection->state,
  q.ghost = convection->ghost, q.boundary = boundary, q.scale = scale, q.out = out;
  return pass_axes(&q, 0, 3, -1, ledger);
}

int elute_cuda_line_supply(const EluteProblemView *p, int axis, double theta, const double *increment, double *x) {
  Faces q = {};
  q.p = *p, q.purpose = SUPPLY, q.boundary = increment, q.scale = theta, q.out = x;
  return pass_axes(&q, axis, axis + 1, 0, NULL);
}

int elute_cuda_end_supply(const EluteProblemView *p, int axis, double theta, const double *increment,
                          double *const end_supply[2]) {
  Faces q = {};
  q.p = *p, q.purpose = SUPPLY_END, q.boundary = increment, q.scale = theta;
  q.end_supply[0] = end_supply[0], q.end_supply[1] = end_supply[1];
  return pass_axes(&q, axis, axis + 1, 0, NULL);
}

int elute_cuda_line_inflow(const EluteProblemView *p, int axis, double theta, const double *increment,
                           const double *below, const double *above, const double *x, double *ledger) {
  Faces q = {};
  q.p = *p, q.purpose = AFTER_LINES, q.boundary = increment, q.scale = theta, q.state = x, q.below = below,
  q.above = above;
  return pass_axes(&q, axis, axis + 1, -1, ledger);
}
