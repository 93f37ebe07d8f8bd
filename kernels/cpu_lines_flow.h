/* Lines along which fluid moves, part of cpu_lines.c: the matrix is no longer symmetric in activity, and the
   elimination is of what a cell passes up and down (cell/line.h, elute_line_passes). */

#define ELUTE_REAL double
#define ELUTE_NAME(x) x##_double
#include "cpu_lines_flow.inc"
#undef ELUTE_REAL
#undef ELUTE_NAME
#define ELUTE_REAL float
#define ELUTE_NAME(x) x##_float
#include "cpu_lines_flow.inc"
#undef ELUTE_REAL
#undef ELUTE_NAME

/* What a row of cells passes through a row of faces: sign 1 upwards, -1 downwards. Where `row` is no row: zero. */
static void passes(const Lines *l, int64_t place, int k, int64_t face, double sign, double *restrict out) {
  const EluteProblemView *p = l->p;
  const EluteTransportView *t = &p->transport;
  const int n = p->mesh.n_cells;
  const int64_t pitch = p->mesh.pitch, at = (place * t->n_mobile + k) * pitch;
  const int64_t g_at = (face / pitch * t->n_mobile + k) * pitch;
  const double *restrict q = p->flow.flux[l->axis] + face;
  if (t->single) {
    const float *restrict s = (const float *)t->inverse_capacity + at, *restrict carry =
                                                                           (const float *)p->flow.carry + at;
    const float *restrict g = (const float *)t->conductance[l->axis] + g_at;
    for (int i = 0; i < n; ++i) out[i] = elute_line_passes(l->theta, g[i], s[i], sign * q[i], carry[i]);
  } else {
    const double *restrict s = (const double *)t->inverse_capacity + at, *restrict carry =
                                                                             (const double *)p->flow.carry + at;
    const double *restrict g = (const double *)t->conductance[l->axis] + g_at;
    for (int i = 0; i < n; ++i) out[i] = elute_line_passes(l->theta, g[i], s[i], sign * q[i], carry[i]);
  }
}

/* One cell of the LINES turned rows: d into x, c into onward, from what the cell before passes on (`passed`, m3
   mol/m3). volume of line i = v w[i]. */
ELUTE_INLINE void eliminate_turned(bool held, double v, const double *restrict w, const double *restrict up,
                                   const double *restrict down, const double *restrict down_next,
                                   const double *restrict free_cell, double *restrict x, double *restrict onward,
                                   double *restrict share, double *restrict passed) {
  ELUTE_NO_ALIAS for (int i = 0; i < LINES; ++i) {
    const double volume = v * w[i], kept = x[i];
    const bool is_free = !held || free_cell[i] != 0;
    const EluteLineCell cell = elute_line_cell(volume, down[i], up[i], 1.0, share[i]);
    const double d = is_free ? elute_line_value(cell, volume, 1.0, kept, passed[i]) : kept;
    onward[i] = is_free ? down_next[i] * cell.inverse : 0.0;
    share[i] = is_free ? cell.share : 1.0;
    passed[i] = up[i] * d;
    x[i] = d;
  }
}

/* x = d + c x_next */
static void substitute_flow(int n, const double *restrict onward, const double *restrict next, double *restrict x) {
  ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) x[i] += onward[i] * next[i];
}

/* Elimination for the interface equations: x = value + far x_far + onward x_next, x unchanged; reached is what `far`
   passes on. */
ELUTE_INLINE void reduce_cells(bool held, int n, const double *restrict v, const double *restrict w, bool own_w,
                               const double *restrict up, const double *restrict down, const double *restrict down_next,
                               const double *restrict free_cell, const double *restrict x, double *restrict share,
                               double *restrict passed, double *restrict reached, double *restrict value,
                               double *restrict far, double *restrict onward) {
  ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) {
    const double volume = own_w ? v[0] * w[i] : v[i] * w[0];
    const bool is_free = !held || free_cell[i] != 0;
    const EluteLineCell cell = elute_line_cell(volume, down[i], up[i], 1.0, share[i]);
    value[i] = is_free ? elute_line_value(cell, volume, 1.0, x[i], passed[i]) : x[i];
    far[i] = is_free ? elute_line_reach(cell, 1.0, reached[i]) : 0.0;
    onward[i] = is_free ? down_next[i] * cell.inverse : 0.0;
    share[i] = is_free ? cell.share : 1.0;
    passed[i] = up[i] * value[i];
    reached[i] = up[i] * far[i];
  }
}

static void reduce_flow(int n, const double *v, const double *w, bool own_w, const double *up, const double *down,
                        const double *down_next, const double *free_cell, const double *x, double *share,
                        double *passed, double *reached, double *value, double *far, double *onward) {
  if (free_cell)
    reduce_cells(true, n, v, w, own_w, up, down, down_next, free_cell, x, share, passed, reached, value, far, onward);
  else
    reduce_cells(false, n, v, w, own_w, up, down, down_next, NULL, x, share, passed, reached, value, far, onward);
}

/* Flux index of the faces below row j of a plane (j = length: above the last). */
static int64_t flow_face(const Lines *l, int plane, int j) {
  return line_face(l, plane, j) * l->p->mesh.pitch;
}

/* What the row beyond an end of a plane's lines passes in through that end; zero where there is none. */
static void passes_in(const Lines *l, int plane, int k, bool upper, double *out) {
  const EluteProblemView *p = l->p;
  const int32_t row = line_row(l, plane, upper ? l->length - 1 : 0);
  const int32_t to = p->mesh.neighbour[(int64_t)row * 4 + l->side + upper];
  if (to == ELUTE_NO_ROW)
    for (int i = 0; i < p->mesh.n_cells; ++i) out[i] = 0;
  else
    passes(l, to >= 0 ? to : (int64_t)p->mesh.n_rows + ELUTE_GHOST_ROW(to), k,
           flow_face(l, plane, upper ? l->length : 0), upper ? -1 : 1, out);
}

/* All lines of axis 1 or 2 of one plane and species. */
static void solve_plane_flow(Lines *l, int plane, int k, const double *below, const double *above, double *x) {
  const EluteProblemView *p = l->p;
  const int n = p->mesh.n_cells, pitch = p->mesh.pitch, last = l->length - 1;
  const int64_t interface = ((int64_t)plane * p->transport.n_mobile + k) * pitch;
  double *passed = l->activity, *inverse = l->flow, *after = inverse + pitch;

  for (int i = 0; i < n; ++i) l->share[i] = 1.0;
  for (int i = 0; i < n; ++i) inverse[i] = 0;
  passes_in(l, plane, k, false, passed);
  for (int i = 0; i < n; ++i) passed[i] *= below ? below[interface + i] : 0.0;
  if (p->transport.single)
    eliminate_plane_float(l, plane, k, inverse, after, x);
  else
    eliminate_plane_double(l, plane, k, inverse, after, x);
  if (above) {
    passes_in(l, plane, k, true, after);
    for (int i = 0; i < n; ++i) after[i] *= inverse[i];
    substitute_flow(n, after, above + interface, x + elute_state_offset(p, line_row(l, plane, last), k, 0));
  }
  for (int j = last - 1; j >= 0; --j)
    substitute_flow(n, l->onward + (int64_t)j * pitch, x + elute_state_offset(p, line_row(l, plane, j + 1), k, 0),
                    x + elute_state_offset(p, line_row(l, plane, j), k, 0));
}

/* The equation of the end towards which the plane's lines are eliminated: end = value + far x_far + near x_near. */
static void reduce_plane_flow(Lines *l, int plane, int k, bool upwards, const double *x, double *value, double *far,
                              double *near) {
  const EluteProblemView *p = l->p;
  const int n = p->mesh.n_cells, pitch = p->mesh.pitch;
  const int start = upwards ? 0 : l->length - 1, stop = l->length - 1 - start, step = upwards ? 1 : -1;
  const double on = upwards ? 1 : -1; /* the direction of elimination: what is passed on, and what comes back */
  double *ahead = l->flow, *back = ahead + pitch, *back_next = back + pitch, *swap;

  for (int i = 0; i < n; ++i) l->share[i] = 1.0;
  for (int i = 0; i < n; ++i) l->activity[i] = 0;
  passes_in(l, plane, k, !upwards, l->reach);
  passes(l, line_row(l, plane, start), k, flow_face(l, plane, upwards ? start : start + 1), -on, back);
  for (int j = start;; j += step) {
    const int32_t row = line_row(l, plane, j);
    const int64_t face = flow_face(l, plane, upwards ? j + 1 : j);
    passes(l, row, k, face, on, ahead);
    if (j == stop)
      passes_in(l, plane, k, upwards, back_next);
    else
      passes(l, line_row(l, plane, j + step), k, face, -on, back_next);
    reduce_flow(n, p->mesh.volume_x, &p->mesh.volume_row[row], false, ahead, back, back_next, free_row(l, row, k),
                supplied_row(l, row, k, x + elute_state_offset(p, row, k, 0)), l->share, l->activity, l->reach, value,
                far, l->onward);
    swap = back, back = back_next, back_next = swap;
    if (j == stop) break;
  }
  for (int i = 0; i < n; ++i) near[i] = l->onward[i];
  for (int i = n; i < pitch; ++i) value[i] = far[i] = near[i] = 0;
}

/* LINES turned rows along x: [cell * LINES + line]. */
static void solve_turned_flow(const Lines *l, XLines *b, const double *down_after, const double *below,
                              const double *above) {
  const int n = l->p->mesh.n_cells;
  const double *v = l->p->mesh.volume_x, *ups = b->g, *downs = b->s;
  for (int j = 0; j < LINES; ++j) b->share[j] = 1.0;
  for (int j = 0; j < LINES; ++j) b->activity[j] = below ? ups[(n - 1) * LINES + j] * below[j] : 0.0;
  for (int i = 0; i < n; ++i) {
    const double *up = ups + i * LINES, *down = downs + i * LINES, *next = i == n - 1 ? down_after : down + LINES;
    double *x = b->x + i * LINES, *onward = b->onward + i * LINES;
    ask_ahead(l, b);
    if (b->any_held)
      eliminate_turned(true, v[i], b->volume, up, down, next, b->free_cell + i * LINES, x, onward, b->share,
                       b->activity);
    else
      eliminate_turned(false, v[i], b->volume, up, down, next, NULL, x, onward, b->share, b->activity);
  }
  for (int i = n - 1; i >= 0; --i)
    substitute_flow(LINES, b->onward + i * LINES, i == n - 1 ? above : b->x + (i + 1) * LINES, b->x + i * LINES);
}

static void reduce_turned_flow(const Lines *l, XLines *b, bool upwards, double *value, double *far, double *near) {
  const int n = l->p->mesh.n_cells, start = upwards ? 0 : n - 1, stop = n - 1 - start, step = upwards ? 1 : -1;
  const double *ahead = upwards ? b->g : b->s, *back = upwards ? b->s : b->g;
  for (int j = 0; j < LINES; ++j) b->share[j] = 1.0;
  for (int j = 0; j < LINES; ++j) b->activity[j] = 0;
  for (int j = 0; j < LINES; ++j) b->reach[j] = ahead[stop * LINES + j];
  for (int i = start;; i += step) {
    const int next = i == stop ? start : i + step;
    reduce_flow(LINES, l->p->mesh.volume_x + i, b->volume, true, ahead + i * LINES, back + i * LINES,
                back + next * LINES, b->any_held ? b->free_cell + i * LINES : NULL, b->x + i * LINES, b->share,
                b->activity, b->reach, value, far, near);
    if (i == stop) break;
  }
}
