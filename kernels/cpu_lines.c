/* (I - theta J_a)^-1 along an axis, and the interface equations of lines that other ranks continue.

   Axes 1 and 2: the lines of a plane lie side by side along x, and whole rows are eliminated at once. Axis 0: LINES
   rows are turned, so that they lie side by side too. */
#include "cpu_convection.h"
#include "cpu_open_faces.h"
#include "cell/advection.h"
#include "cell/diffusion.h"
#include "cell/line.h"

/* The recurrence along a line waits for its division: as many side by side as hide it. Not a power of two: the columns
   that a transpose writes would fall into a few sets of the cache. */
#define LINES 24
#define CHUNK 32 /* cells of a row between which the next row is asked for, of lines along y and z */

typedef double Pair __attribute__((vector_size(2 * sizeof(double))));
typedef float FloatsBy4 __attribute__((vector_size(4 * sizeof(float))));
typedef float FloatsBy8 __attribute__((vector_size(8 * sizeof(float))));

typedef struct Lines {
  const EluteProblemView *p;
  int axis, side;       /* side: of the neighbour below */
  int length, n_planes; /* rows along a line; planes of lines (axes 1 and 2) */
  double theta;
  double *share, *activity, *reach, *onward, *free_cell; /* scratch */
  double *flow;                                          /* scratch, [n_flow * pitch] */
  bool flows;                                            /* fluid moves along this axis */
  double *supply, *supplied;                             /* [n_supplied * pitch], [pitch] of a reduction */
  int32_t *supply_of;                                    /* [n_rows * n_mobile] its row, -1: none; NULL */
  uint64_t held[ELUTE_MAX_SPECIES];
  bool any_held;
} Lines;

/* LINES turned rows: [cell * LINES + line]; volume over theta. Where fluid moves, g and s hold what a cell passes up
   and down, double, and volumes are themselves; else coefficients as the problem has them, float or double. */
typedef struct XLines {
  double *x, *free_cell, *onward;
  void *g, *s;
  double volume[LINES], share[LINES], activity[LINES], reach[LINES];
  bool any_held;
  int64_t next;       /* the line behind these */
  const double *rows; /* of all */
  int real;           /* bytes of a coefficient */
  int asked, left; /* of the lines from there on, those that have been asked for; parts of the last still to ask for */
  const char *ahead[3]; /* these parts, of conductances, inverse capacities and values */
} XLines;

static int32_t line_row(const Lines *l, int plane, int j) {
  return l->axis == 1 ? plane * l->p->mesh.ny + j : j * l->p->mesh.ny + plane;
}

static int64_t line_face(const Lines *l, int plane, int j) {
  const int64_t ny = l->p->mesh.ny;
  return l->axis == 1 ? plane * (ny + 1) + j : j * ny + plane;
}

/* NULL when no cell of the row is held. */
static const double *free_row(Lines *l, int32_t row, int k) {
  if (!l->held[k] || !(elute_row_tissues(&l->p->mesh, row) & l->held[k])) return NULL;
  elute_free_cells(l->held[k], l->p->mesh.tissue + (int64_t)row * l->p->mesh.pitch, l->p->mesh.n_cells, l->free_cell);
  return l->free_cell;
}

/* A row of the right-hand side with what open faces supply to it. */
static const double *supplied_row(Lines *l, int32_t row, int k, const double *x) {
  const int64_t pitch = l->p->mesh.pitch;
  const int32_t at = l->supply_of ? l->supply_of[(int64_t)row * l->p->transport.n_mobile + k] : -1;
  if (at < 0) return x;
  for (int64_t i = 0; i < pitch; ++i) l->supplied[i] = x[i] + l->supply[at * pitch + i];
  return l->supplied;
}

/* The next line that will be touched after these, if there is one. */
static void look_ahead(const Lines *l, XLines *b) {
  const EluteProblemView *p = l->p;
  const int64_t nm = p->transport.n_mobile, pitch = p->mesh.pitch, line = b->next + b->asked++;
  if (line >= p->mesh.n_rows * nm) return;
  b->left = (int)(pitch * b->real / 64 + 1);
  b->ahead[0] = (const char *)p->transport.conductance[0] + line * pitch * b->real;
  b->ahead[1] = (const char *)p->transport.inverse_capacity + line * pitch * b->real;
  b->ahead[2] = (const char *)(b->rows + elute_state_offset(p, (int32_t)(line / nm), (int32_t)(line % nm), 0));
}

/* While a cell of the lines is solved, asks for what the next ones will touch: a little at a time, because a processor
   waits for no more than about a dozen answers at once. */
static inline void ask_ahead(const Lines *l, XLines *b) {
  for (int n = LINES * b->real / 64 + 1; n > 0; --n) {
    if (b->left == 0 && b->asked < LINES) look_ahead(l, b);
    if (b->left == 0) return;
    elute_prefetch(b->ahead[0], 1);
    elute_prefetch(b->ahead[1], 1);
    elute_prefetch(b->ahead[2], 1);
    if (b->real == sizeof(float)) elute_prefetch(b->ahead[2] + 64, 1); /* for values are double */
    b->ahead[0] += 64, b->ahead[1] += 64, b->ahead[2] += 64 * sizeof(double) / (size_t)b->real;
    --b->left;
  }
}

/* Turns four cells, from i on, of LINES rows of coefficients or values, so that the lines lie side by side:
   to[cell * LINES + line]. Reads padding, and writes as much of it. Halves of registers are filled from memory, which
   costs less than to move numbers across them. */
static inline void turn_cells_double(int i, const double *const from[LINES], double *restrict to) {
  for (int j = 0; j < LINES; j += 4)
    for (int c = 0; c < 4; c += 2) {
      Pair row[4];
      EluteQuad even, odd;
      for (int r = 0; r < 4; ++r) memcpy(&row[r], from[j + r] + i + c, sizeof row[r]);
      even = __builtin_shufflevector(row[0], row[2], 0, 1, 2, 3);
      odd = __builtin_shufflevector(row[1], row[3], 0, 1, 2, 3);
      ELUTE_QUAD_STORE(to + (i + c) * LINES + j, __builtin_shufflevector(even, odd, 0, 4, 2, 6));
      ELUTE_QUAD_STORE(to + (i + c + 1) * LINES + j, __builtin_shufflevector(even, odd, 1, 5, 3, 7));
    }
}

static inline void turn_cells_float(int i, const float *const from[LINES], float *restrict to) {
  for (int j = 0; j < LINES; j += 8) {
    FloatsBy4 row[8];
    FloatsBy8 a[4], column[4];
    for (int r = 0; r < 8; ++r) memcpy(&row[r], from[j + r] + i, sizeof row[r]);
    for (int r = 0; r < 4; ++r) a[r] = __builtin_shufflevector(row[r], row[r + 4], 0, 1, 2, 3, 4, 5, 6, 7);
    for (int half = 0; half < 2; ++half) { /* cells 0 and 1, cells 2 and 3 */
      const FloatsBy8 ab = half ? __builtin_shufflevector(a[0], a[1], 2, 10, 3, 11, 6, 14, 7, 15)
                                : __builtin_shufflevector(a[0], a[1], 0, 8, 1, 9, 4, 12, 5, 13);
      const FloatsBy8 cd = half ? __builtin_shufflevector(a[2], a[3], 2, 10, 3, 11, 6, 14, 7, 15)
                                : __builtin_shufflevector(a[2], a[3], 0, 8, 1, 9, 4, 12, 5, 13);
      column[2 * half] = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13);
      column[2 * half + 1] = __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int c = 0; c < 4; ++c) memcpy(to + (i + c) * LINES + j, &column[c], sizeof column[c]);
  }
}

/* Four cells, from i on, of the first `lines` lines back into their rows. */
static inline void turn_back_cells(int i, const double *restrict from, int lines, double *const to[LINES]) {
  for (int j = 0; j < lines; j += 4)
    for (int c = 0; c < 4; c += 2) {
      EluteQuad cell, next, even, odd;
      Pair row[4];
      const int left = lines - j < 4 ? lines - j : 4;
      ELUTE_QUAD_LOAD(cell, from + (i + c) * LINES + j);
      ELUTE_QUAD_LOAD(next, from + (i + c + 1) * LINES + j);
      even = __builtin_shufflevector(cell, next, 0, 4, 2, 6);
      odd = __builtin_shufflevector(cell, next, 1, 5, 3, 7);
      row[0] = __builtin_shufflevector(even, even, 0, 1);
      row[1] = __builtin_shufflevector(odd, odd, 0, 1);
      row[2] = __builtin_shufflevector(even, even, 2, 3);
      row[3] = __builtin_shufflevector(odd, odd, 2, 3);
      memcpy(to[j] + i + c, &row[0], sizeof row[0]);
      if (left > 1) memcpy(to[j + 1] + i + c, &row[1], sizeof row[1]);
      if (left > 2) memcpy(to[j + 2] + i + c, &row[2], sizeof row[2]);
      if (left > 3) memcpy(to[j + 3] + i + c, &row[3], sizeof row[3]);
    }
}

/* The two equations of every ring, and the values of its first and last cell. */
typedef struct Ends {
  double p_last[LINES], below_last[LINES], above_last[LINES], p_first[LINES], below_first[LINES], above_first[LINES];
} Ends;

static void close_rings(const Ends *e, double *first, double *last) {
  for (int j = 0; j < LINES; ++j)
    elute_line_ring(e->p_first[j], e->below_first[j], e->above_first[j], e->p_last[j], e->below_last[j],
                    e->above_last[j], &first[j], &last[j]);
}

#define ELUTE_REAL double
#define ELUTE_NAME(x) x##_double
#include "cpu_lines.inc"
#undef ELUTE_REAL
#undef ELUTE_NAME
#define ELUTE_REAL float
#define ELUTE_NAME(x) x##_float
#include "cpu_lines.inc"
#undef ELUTE_REAL
#undef ELUTE_NAME

#include "cpu_lines_flow.h"

/* The rows that open faces supply, numbered from 0 in supply_of [n_rows * n_mobile]; -1 for the others. */
static int32_t count_supplied(const EluteProblemView *p, int axis, int32_t *supply_of) {
  int32_t n = 0;
  for (int64_t i = 0; i < (int64_t)p->mesh.n_rows * p->transport.n_mobile; ++i) supply_of[i] = -1;
  for (int32_t j = p->open_face_begin[axis]; j < p->open_face_begin[axis + 1]; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    int32_t *at = &supply_of[(int64_t)f->row * p->transport.n_mobile + f->species];
    if (!f->ledger_only && f->species < p->transport.n_mobile && *at < 0) *at = n++;
  }
  return n;
}

/* theta/V times what the open face brings by the boundary's increment. */
static double face_supply(const Lines *l, const EluteOpenFace *f, const double *increment) {
  const EluteProblemView *p = l->p;
  return l->theta *
         (elute_open_supply(elute_conductance(&p->transport, f->axis, f->face), f->scale, f->weight,
                            increment[f->value]) +
          elute_edge_flow(elute_outward_flow(p, f), 0.0, f->scale * increment[f->value])) /
         elute_cell_volume(&p->mesh, f->row, f->cell);
}

static int lines_begin(Lines *l, const EluteProblemView *p, int axis, double theta, bool reduce,
                       const double *increment) {
  const size_t pitch = (size_t)p->mesh.pitch, n_lines = (size_t)p->mesh.n_rows * (size_t)p->transport.n_mobile;
  const size_t n_flow = axis == 0 ? 2 * LINES : 3;
  size_t onward, index = 0, supplied = 0;
  double *memory;
  if (elute_cpu_check(p)) return 1;
  if (axis < reduce || axis > 2) return elute_backend_fail("lines: there is no axis %d to treat so", axis);
  *l = (Lines){.p = p, .axis = axis, .side = axis == 2 ? 2 : 0, .theta = theta};
  l->flows = p->flow.flux[axis] != NULL;
  l->length = axis == 1 ? p->mesh.ny : p->mesh.nz;
  l->n_planes = p->mesh.n_rows == 0 ? 0 : axis == 1 ? p->mesh.nz : p->mesh.ny;
  for (int k = 0; k < p->transport.n_mobile; ++k) {
    l->held[k] = elute_held_tissues(p, k);
    l->any_held = l->any_held || l->held[k];
  }
  if (reduce && increment) {
    index = (n_lines * sizeof(int32_t) + sizeof(double) - 1) / sizeof(double);
    supplied = (size_t)(p->open_face_begin[axis + 1] - p->open_face_begin[axis]) + 1;
  }
  onward = axis == 0 ? 5 * LINES * pitch : reduce ? pitch : (size_t)l->length * pitch;
  memory = elute_cpu_scratch((4 + n_flow) * pitch + onward + index + supplied * pitch);
  if (!memory) return 1;
  l->share = memory;
  l->activity = l->share + pitch;
  l->reach = l->activity + pitch;
  l->free_cell = l->reach + pitch;
  l->flow = l->free_cell + pitch;
  l->onward = l->flow + n_flow * pitch;
  if (!index) return 0;
  l->supply = l->onward + onward;
  l->supplied = l->supply + (supplied - 1) * pitch;
  l->supply_of = (int32_t *)(void *)(l->supply + supplied * pitch);
  supplied = (size_t)count_supplied(p, axis, l->supply_of);
  for (size_t i = 0; i < supplied * pitch; ++i) l->supply[i] = 0;
  for (int32_t j = p->open_face_begin[axis]; j < p->open_face_begin[axis + 1]; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    if (!f->ledger_only && f->species < p->transport.n_mobile)
      l->supply[(int64_t)l->supply_of[(int64_t)f->row * p->transport.n_mobile + f->species] * (int64_t)pitch +
                f->cell] += face_supply(l, f, increment);
  }
  return 0;
}

static void solve_cyclic_flow(const Lines *l, XLines *b) {
  double first[LINES], last[LINES];
  Ends e;
  reduce_turned_flow(l, b, true, e.p_last, e.below_last, e.above_last);
  reduce_turned_flow(l, b, false, e.p_first, e.above_first, e.below_first);
  close_rings(&e, first, last);
  solve_turned_flow(l, b, b->s, last, first);
}

/* What the cells of LINES rows pass up (into g) and down (into s). */
static void turn_passes(const Lines *l, const int32_t *row, const int *k, XLines *b) {
  const int n = l->p->mesh.n_cells;
  const int64_t pitch = l->p->mesh.pitch;
  const double *up[LINES], *down[LINES];
  for (int j = 0; j < LINES; ++j) {
    double *of = l->flow + 2 * j * pitch;
    if (l->p->transport.single)
      passes_x_float(l, row[j], k[j], of, of + pitch);
    else
      passes_x_double(l, row[j], k[j], of, of + pitch);
    up[j] = of, down[j] = of + pitch;
  }
  turn_double(n, up, b->g);
  turn_double(n, down, b->s);
}

static void solve_x_lines(const Lines *l, double *x) {
  const EluteProblemView *p = l->p;
  const int n = p->mesh.n_cells, nm = p->transport.n_mobile;
  const int64_t n_lines = (int64_t)p->mesh.n_rows * nm, pitch = p->mesh.pitch;
  XLines b = {.x = l->onward,
              .any_held = l->any_held,
              .rows = x,
              .real = p->transport.single ? (int)sizeof(float) : (int)sizeof(double)};
  b.g = b.x + LINES * pitch;
  b.s = b.x + 2 * LINES * pitch;
  b.onward = b.x + 3 * LINES * pitch;
  b.free_cell = b.onward + LINES * pitch;
  for (int64_t line = 0; line < n_lines; line += LINES) {
    const int lines = n_lines - line < LINES ? (int)(n_lines - line) : LINES;
    int32_t row[LINES];
    int k[LINES];
    double *to[LINES];
    const double *from[LINES];
    static const double closed[LINES];
    for (int j = 0; j < LINES; ++j) { /* beyond the last line: that line again, thrown away */
      const int64_t at = line + (j < lines ? j : lines - 1);
      row[j] = (int32_t)(at / nm);
      k[j] = (int)(at % nm);
      from[j] = to[j] = x + elute_state_offset(p, row[j], k[j], 0);
      b.volume[j] = p->mesh.volume_row[row[j]] / (l->flows ? 1.0 : l->theta);
      b.activity[j] = 0;
    }
    b.next = line + LINES;
    b.asked = b.left = 0;
    for (int j = 0; j < LINES && b.any_held; ++j) {
      elute_free_cells(l->held[k[j]], p->mesh.tissue + row[j] * pitch, n, l->free_cell);
      for (int i = 0; i < n; ++i) b.free_cell[i * LINES + j] = l->free_cell[i];
    }
    if (!l->flows && !p->mesh.periodic_x) {
      if (p->transport.single)
        solve_open_float(l, row, k, &b, from, lines, to);
      else
        solve_open_double(l, row, k, &b, from, lines, to);
      continue;
    }
    turn_double(n, from, b.x);
    if (l->flows) {
      turn_passes(l, row, k, &b);
      if (p->mesh.periodic_x)
        solve_cyclic_flow(l, &b);
      else
        solve_turned_flow(l, &b, closed, NULL, closed);
    } else if (p->transport.single) {
      solve_cyclic_float(l, row, k, &b);
    } else {
      solve_cyclic_double(l, row, k, &b);
    }
    for (int i = 0; i < n; i += 4) turn_back_cells(i, b.x, lines, to);
  }
}

/* mol/s through an open face, at the solved state. */
static double open_inflow(const Lines *l, const EluteOpenFace *f, double b, const double *below, const double *above,
                          const double *x) {
  const EluteProblemView *p = l->p;
  const double *held = elute_held_beside_line(p, f, below, above, x);
  return elute_open_inflow(elute_conductance(&p->transport, l->axis, f->face), elute_outside_activity(p, f, b, held),
                           elute_inverse_capacity(p, f->row, f->species, f->cell),
                           x[elute_state_offset(p, f->row, f->species, f->cell)], f->weight * b) +
         elute_open_flow_of_line(p, f, b, held, x);
}

static void count_inflow(const Lines *l, const double *increment, const double *below, const double *above,
                         const double *x, double *ledger) {
  const EluteProblemView *p = l->p;
  for (int32_t j = p->open_face_begin[l->axis]; j < p->open_face_begin[l->axis + 1]; j += p->open_faces[j].run) {
    const EluteOpenFace *f = &p->open_faces[j];
    const double b = increment ? increment[f->value] : 0.0;
    elute_prefetch_open_face(p, j, x, x);
    ledger[f->channel] -= l->theta * (f->run > 1 ? elute_open_run(p, f, b, x, l->flow)
                                                 : open_inflow(l, f, b, below, above, x));
  }
}

int elute_cpu_line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                         const double *below, const double *above, double *x, double *ledger) {
  Lines l;
  if (lines_begin(&l, p, axis, theta, false, scalar_increment)) return 1;
  for (int32_t j = p->open_face_begin[axis]; j < p->open_face_begin[axis + 1] && scalar_increment; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    if (!f->ledger_only && scalar_increment[f->value] != 0) /* most stand still, and a face is far from the next */
      x[elute_state_offset(p, f->row, f->species, f->cell)] += face_supply(&l, f, scalar_increment);
  }
  if (p->transport.conductance[axis] && axis == 0) solve_x_lines(&l, x);
  for (int plane = 0; plane < l.n_planes && p->transport.conductance[axis] && axis > 0; ++plane)
    for (int k = 0; k < p->transport.n_mobile; ++k) {
      if (l.flows)
        solve_plane_flow(&l, plane, k, below, above, x);
      else if (p->transport.single)
        solve_plane_float(&l, plane, k, below, above, x);
      else
        solve_plane_double(&l, plane, k, below, above, x);
    }
  if (ledger) count_inflow(&l, scalar_increment, below, above, x, ledger);
  return 0;
}

int elute_cpu_line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                          const double *x, double *const equations[6]) {
  Lines l;
  if (lines_begin(&l, p, axis, theta, true, scalar_increment)) return 1;
  for (int plane = 0; plane < l.n_planes; ++plane)
    for (int k = 0; k < p->transport.n_mobile; ++k) {
      const int64_t at = ((int64_t)plane * p->transport.n_mobile + k) * p->mesh.pitch;
      double *e[6];
      for (int j = 0; j < 6; ++j) e[j] = equations[j] + at;
      if (l.flows) {
        reduce_plane_flow(&l, plane, k, false, x, e[0], e[2], e[1]);
        reduce_plane_flow(&l, plane, k, true, x, e[3], e[4], e[5]);
      } else if (!p->transport.conductance[axis]) { /* nothing couples: the ends are what they are */
        for (int i = 0; i < p->mesh.pitch; ++i) {
          e[0][i] = x[elute_state_offset(p, line_row(&l, plane, 0), k, i)];
          e[3][i] = x[elute_state_offset(p, line_row(&l, plane, l.length - 1), k, i)];
          e[1][i] = e[2][i] = e[4][i] = e[5][i] = 0;
        }
      } else if (p->transport.single) {
        reduce_plane_float(&l, plane, k, false, x, e[0], e[2], e[1]);
        reduce_plane_float(&l, plane, k, true, x, e[3], e[4], e[5]);
      } else {
        reduce_plane_double(&l, plane, k, false, x, e[0], e[2], e[1]);
        reduce_plane_double(&l, plane, k, true, x, e[3], e[4], e[5]);
      }
    }
  return 0;
}
