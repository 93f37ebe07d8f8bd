/* Lines along which fluid moves, part of cpu_lines.c: the matrix is no longer symmetric in activity, so that what a
   cell passes up and down is computed row by row (cell/line.h, elute_line_passes), and the elimination knows only
   these. A row's n values of `up` and `down` serve both coefficient types. */

/* What a row of cells passes through a row of faces: sign 1 upwards, -1 downwards. Where `row` is no row: zero. */
static void passes(const Lines *l, int64_t place, int k, int64_t face, double sign, double *restrict out) {
  const EluteProblemView *p = l->p;
  const EluteTransportView *t = &p->transport;
  const int n = p->mesh.n_cells;
  const int64_t pitch = p->mesh.pitch, at = (place * t->n_mobile + k) * pitch;
  const int64_t g_at =
      l->axis == 0 ? face + (place * t->n_mobile + k - place) * pitch : (face / pitch * t->n_mobile + k) * pitch;
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

/* One cell of n lines: d into x, c into onward, from what the cell before passes on (`passed`, m3 mol/m3). */
static void eliminate_flow(int n, const double *restrict v, const double *restrict w, bool own_w,
                           const double *restrict up, const double *restrict down, const double *restrict down_next,
                           const double *restrict free_cell, double *restrict x, double *restrict onward,
                           double *restrict share, double *restrict passed) {
  ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) {
    const double volume = own_w ? v[0] * w[i] : v[i] * w[0], kept = x[i];
    const bool is_free = !free_cell || free_cell[i] != 0;
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
static void reduce_flow(int n, const double *restrict v, const double *restrict w, bool own_w,
                        const double *restrict up, const double *restrict down, const double *restrict down_next,
                        const double *restrict free_cell, const double *restrict x, double *restrict share,
                        double *restrict passed, double *restrict reached, double *restrict value, double *restrict far,
                        double *restrict onward) {
  ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) {
    const double volume = own_w ? v[0] * w[i] : v[i] * w[0];
    const bool is_free = !free_cell || free_cell[i] != 0;
    const EluteLineCell cell = elute_line_cell(volume, down[i], up[i], 1.0, share[i]);
    value[i] = is_free ? elute_line_value(cell, volume, 1.0, x[i], passed[i]) : x[i];
    far[i] = is_free ? elute_line_reach(cell, 1.0, reached[i]) : 0.0;
    onward[i] = is_free ? down_next[i] * cell.inverse : 0.0;
    share[i] = is_free ? cell.share : 1.0;
    passed[i] = up[i] * value[i];
    reached[i] = up[i] * far[i];
  }
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
  double *up = l->flow, *down = up + pitch, *down_next = down + pitch, *passed = l->activity, *swap;

  for (int i = 0; i < n; ++i) l->share[i] = 1.0;
  passes_in(l, plane, k, false, passed);
  for (int i = 0; i < n; ++i) passed[i] *= below ? below[interface + i] : 0.0;
  passes(l, line_row(l, plane, 0), k, flow_face(l, plane, 0), -1, down);
  for (int j = 0; j <= last; ++j) {
    const int32_t row = line_row(l, plane, j);
    passes(l, row, k, flow_face(l, plane, j + 1), 1, up);
    if (j < last)
      passes(l, line_row(l, plane, j + 1), k, flow_face(l, plane, j + 1), -1, down_next);
    else
      passes_in(l, plane, k, true, down_next);
    eliminate_flow(n, p->mesh.volume_x, &p->mesh.volume_row[row], false, up, down, down_next, free_row(l, row, k),
                   x + elute_state_offset(p, row, k, 0), l->onward + (int64_t)j * pitch, l->share, passed);
    swap = down, down = down_next, down_next = swap;
  }
  if (above)
    substitute_flow(n, l->onward + (int64_t)last * pitch, above + interface,
                    x + elute_state_offset(p, line_row(l, plane, last), k, 0));
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
  const double *v = l->p->mesh.volume_x;
  for (int j = 0; j < LINES; ++j) b->share[j] = 1.0;
  for (int j = 0; j < LINES; ++j) b->activity[j] = below ? b->g[(n - 1) * LINES + j] * below[j] : 0.0;
  for (int i = 0; i < n; ++i)
    eliminate_flow(LINES, v + i, b->volume, true, b->g + i * LINES, b->s + i * LINES,
                   i == n - 1 ? down_after : b->s + (i + 1) * LINES, b->any_held ? b->free_cell + i * LINES : NULL,
                   b->x + i * LINES, b->onward + i * LINES, b->share, b->activity);
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
