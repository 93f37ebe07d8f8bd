#include "problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double problem_random(uint64_t *state) { /* splitmix64 */
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static int below(uint64_t *s, int n) {
  return (int)(problem_random(s) * n);
}

static void *keep(Problem *p, size_t bytes) {
  void *memory = calloc(1, bytes ? bytes : 8);
  if (!memory || p->n_memory == 64) abort();
  p->bytes[p->n_memory] = bytes;
  p->memory[p->n_memory++] = memory;
  return memory;
}

static double *rows(Problem *p, size_t n, uint64_t *s, double low, double high) {
  const int pitch = p->view.mesh.pitch;
  double *a = keep(p, n * (size_t)pitch * sizeof *a);
  for (size_t r = 0; r < n; ++r)
    for (int i = 0; i < p->view.mesh.n_cells; ++i)
      a[r * (size_t)pitch + (size_t)i] = low + (high - low) * problem_random(s);
  return a;
}

static void make_mesh(Problem *p, uint64_t *s, uint8_t **ghost_tissue) {
  const ProblemSpec *c = &p->spec;
  EluteMeshView *m = &p->view.mesh;
  int32_t *neighbour;
  uint8_t *tissue;
  double *volume;
  int ghosts = 0;
  m->ny = c->ny, m->nz = c->nz, m->n_cells = c->nx, m->periodic_x = c->periodic_x;
  m->n_rows = c->no_rows ? 0 : c->ny * c->nz;
  m->pitch = c->nx / 8 * 8 + 8;
  if (m->pitch % 64 == 0) m->pitch += 8;
  m->neighbour = neighbour = keep(p, (size_t)m->n_rows * 4 * sizeof *neighbour);
  for (int row = 0; row < m->n_rows; ++row) {
    const int y = row % c->ny, z = row / c->ny;
    const bool end[4] = {y == 0, y == c->ny - 1, z == 0, z == c->nz - 1};
    const int step[4] = {-1, 1, -c->ny, c->ny};
    for (int d = 0; d < 4; ++d) {
      int32_t to = row + step[d];
      if (end[d])
        to = c->ghost[d] ? ELUTE_GHOST_ROW(ghosts++) : d < 2 && c->wrap_y ? row - step[d] * (c->ny - 1) : ELUTE_NO_ROW;
      neighbour[row * 4 + d] = to;
    }
  }
  if (c->flow == LIMITED) {
    int32_t *beyond = keep(p, (size_t)m->n_rows * 4 * sizeof *beyond);
    for (int j = 0; j < 4 * m->n_rows; ++j) {
      const int32_t to = neighbour[j];
      beyond[j] = to >= 0 ? neighbour[to * 4 + j % 4] : to == ELUTE_NO_ROW ? to : ELUTE_GHOST_ROW(ghosts++);
    }
    m->beyond = beyond;
  }
  m->n_ghost_rows = ghosts;
  m->tissue = tissue = keep(p, (size_t)m->n_rows * (size_t)m->pitch);
  *ghost_tissue = keep(p, (size_t)ghosts * (size_t)m->pitch);
  for (int row = 0; row < m->n_rows + ghosts; ++row)
    for (int i = 0; i < m->n_cells; ++i) /* some rows of one tissue */
      (row < m->n_rows ? tissue + row * m->pitch : *ghost_tissue + (row - m->n_rows) * m->pitch)[i] =
          (uint8_t)(row % 3 == 1       ? row % 2 * 63
                    : below(s, 3) == 2 ? 63
                                       : below(s, 2));
  m->volume_x = volume = keep(p, (size_t)m->pitch * sizeof *volume);
  for (int i = 0; i < m->pitch; ++i) volume[i] = i < m->n_cells ? 0.5 + problem_random(s) : 1.0;
  m->volume_row = volume = keep(p, (size_t)m->n_rows * sizeof *volume);
  for (int row = 0; row < m->n_rows; ++row) volume[row] = 0.5 + problem_random(s);
}

static size_t face_rows(const Problem *p, int axis) {
  const EluteMeshView *m = &p->view.mesh;
  if (m->n_rows == 0) return 0;
  return axis == 0 ? (size_t)m->n_rows : axis == 1 ? (size_t)(m->nz * (m->ny + 1)) : (size_t)((m->nz + 1) * m->ny);
}

/* Face of a cell towards side d = x- x+ y- y+ z- z+. */
static int64_t face_of(const Problem *p, int row, int k, int i, int d) {
  const EluteMeshView *m = &p->view.mesh;
  const int y = row % m->ny, z = row / m->ny, up = d % 2, nm = p->spec.n_mobile;
  if (d < 2) return ((int64_t)row * nm + k) * m->pitch + i + up;
  return (int64_t)((d < 4 ? z * (m->ny + 1) + y + up : (z + up) * m->ny + y) * nm + k) * m->pitch + i;
}

/* The cell on the other side: its row as in `neighbour`, and cell; false at the edge of the domain. */
static bool across(const Problem *p, int row, int i, int d, int32_t *to, int *ti) {
  const EluteMeshView *m = &p->view.mesh;
  *to = d < 2 ? row : m->neighbour[row * 4 + d - 2];
  *ti = d == 0 ? i - 1 : d == 1 ? i + 1 : i;
  if (d < 2 && m->periodic_x) *ti = (*ti + m->n_cells) % m->n_cells;
  return *to != ELUTE_NO_ROW && *ti >= 0 && *ti < m->n_cells;
}

/* Conductances of all faces between cells: 100 to 1. Edges stay closed. */
static void make_transport(Problem *p, uint64_t *s, double *g[3], double **inverse_capacity) {
  const EluteMeshView *m = &p->view.mesh;
  for (int a = 0; a < 3; ++a) g[a] = keep(p, face_rows(p, a) * (size_t)(p->spec.n_mobile * m->pitch) * sizeof(double));
  *inverse_capacity = rows(p, (size_t)((m->n_rows + m->n_ghost_rows) * p->spec.n_mobile), s, 0.5, 4);
  for (int row = 0; row < m->n_rows; ++row)
    for (int k = 0; k < p->spec.n_mobile; ++k)
      for (int i = 0; i < m->n_cells; ++i)
        for (int d = 0; d < 6; ++d) {
          int32_t to;
          int ti;
          const int64_t f = face_of(p, row, k, i, d);
          if (across(p, row, i, d, &to, &ti) && g[d / 2][f] == 0)
            g[d / 2][f] = p->spec.stiffness * pow(100, problem_random(s) - 0.5);
        }
  for (int row = 0; row < m->n_rows && m->periodic_x; ++row) /* one face, two places */
    for (int k = 0; k < p->spec.n_mobile; ++k)
      g[0][face_of(p, row, k, m->n_cells - 1, 1)] = g[0][face_of(p, row, k, 0, 0)];
  for (int y = 0; p->spec.wrap_y && y < m->nz && m->n_rows; ++y)
    for (int k = 0; k < p->spec.n_mobile; ++k)
      for (int i = 0; i < m->n_cells; ++i)
        g[1][face_of(p, y * m->ny + m->ny - 1, k, i, 3)] = g[1][face_of(p, y * m->ny, k, i, 2)];
}

/* Fluid through all faces between cells, and those of the edge where everything is open. */
static void make_flow(Problem *p, uint64_t *s, double **carry) {
  const EluteMeshView *m = &p->view.mesh;
  const int n[3] = {m->n_cells, m->ny, m->nz};
  EluteFlowView *flow = &p->view.flow;
  double *q[3];
  *carry = rows(p, (size_t)((m->n_rows + m->n_ghost_rows) * p->spec.n_mobile), s, 0.5, 4);
  flow->carry = *carry;
  flow->limited = p->spec.flow == LIMITED;
  for (int a = 0; a < 3; ++a) {
    double *weight = keep(p, (size_t)(4 * (n[a] + 1)) * sizeof *weight);
    const bool ring = (a == 0 && m->periodic_x) || (a == 1 && p->spec.wrap_y);
    for (int j = 0; j < 4 * (n[a] + 1); ++j) weight[j] = 0.2 + 0.5 * problem_random(s);
    for (int w = 0; w < 4 && ring; ++w) weight[w * (n[a] + 1) + n[a]] = weight[w * (n[a] + 1)];
    q[a] = keep(p, face_rows(p, a) * (size_t)m->pitch * sizeof(double));
    flow->flux[a] = q[a];
    flow->weight[a] = weight;
  }
  for (int row = 0; row < m->n_rows; ++row)
    for (int i = 0; i < m->n_cells; ++i)
      for (int d = 0; d < 6; ++d) {
        int32_t to;
        int ti;
        const int64_t face = face_of(p, row, 0, i, d),
                      at = d < 2 ? row * m->pitch + face % m->pitch : face / m->pitch / p->spec.n_mobile * m->pitch + i;
        const int way = (int)(at / m->pitch % 3); /* of a row of faces: both, or all upwards or downwards */
        const double lowest = way == 1 ? 0 : -1, highest = way == 2 ? 0 : 1;
        if (q[d / 2][at] == 0 && (across(p, row, i, d, &to, &ti) || p->spec.open))
          q[d / 2][at] = p->spec.stiffness * (lowest + (highest - lowest) * problem_random(s));
      }
  for (int row = 0; row < m->n_rows && m->periodic_x; ++row) q[0][row * m->pitch + m->n_cells] = q[0][row * m->pitch];
  for (int z = 0; p->spec.wrap_y && z < m->nz && m->n_rows; ++z)
    for (int i = 0; i < m->n_cells; ++i)
      q[1][(z * (m->ny + 1) + m->ny) * m->pitch + i] = q[1][z * (m->ny + 1) * m->pitch + i];
}

static uint8_t tissue_of(const Problem *p, const uint8_t *ghost_tissue, int32_t row, int i) {
  const EluteMeshView *m = &p->view.mesh;
  return row >= 0 ? m->tissue[row * m->pitch + i] : ghost_tissue[ELUTE_GHOST_ROW(row) * m->pitch + i];
}

/* The first face inside every edge of the domain; neither cell is held. */
static void make_inlets(Problem *p, uint64_t *s, const uint8_t *ghost_tissue) {
  EluteProblemView *v = &p->view;
  const EluteMeshView *m = &v->mesh;
  EluteInlet *inlets = keep(p, (size_t)(m->n_rows * m->n_cells * p->spec.n_mobile * 12) * sizeof *inlets);
  v->flow.inlets = inlets;
  for (int row = 0; row < m->n_rows; ++row)
    for (int k = 0; k < p->spec.n_mobile; ++k)
      for (int i = 0; i < m->n_cells; ++i)
        for (int d = 0; d < 6; ++d) {
          EluteInlet e = {.row = {row, row}, .cell = {i, i}, .species = k, .axis = d / 2, .upper = d % 2};
          const int64_t face = face_of(p, row, 0, i, d ^ 1);
          bool held = false;
          if (across(p, row, i, d, &e.row[0], &e.cell[0]) || !across(p, row, i, d ^ 1, &e.row[1], &e.cell[1])) continue;
          e.row[0] = row, e.cell[0] = i;
          for (int c = 0; c < 2; ++c)
            held |= v->is_held && v->is_held[k * ELUTE_MAX_TISSUES + tissue_of(p, ghost_tissue, e.row[c], e.cell[c])];
          if (held) continue;
          e.flux = d < 2 ? row * m->pitch + face % m->pitch : face / m->pitch / p->spec.n_mobile * m->pitch + i;
          e.value = below(s, v->n_scalars), e.scale = 0.5 + problem_random(s);
          e.back = 0.5 + problem_random(s), e.ahead = 0.2 + 0.5 * problem_random(s);
          inlets[v->flow.n_inlets++] = e;
        }
}

static void to_single(Problem *p, double *g[3], double *inverse_capacity, double *carry) {
  EluteTransportView *t = &p->view.transport;
  const EluteMeshView *m = &p->view.mesh;
  const double *from[5] = {g[0], g[1], g[2], inverse_capacity, carry};
  for (int a = 0; a < (carry ? 5 : 4); ++a) {
    const size_t lines = a < 3 ? face_rows(p, a) : (size_t)(m->n_rows + m->n_ghost_rows);
    const size_t n = lines * (size_t)(p->spec.n_mobile * m->pitch);
    float *to = keep(p, n * sizeof *to);
    for (size_t i = 0; i < n; ++i) to[i] = (float)from[a][i];
    if (a < 3)
      t->conductance[a] = to;
    else if (a == 3)
      t->inverse_capacity = to;
    else
      p->view.flow.carry = to;
  }
}

/* Held: species 0 in tissue 1, the last species in tissue 63. */
static void make_held(Problem *p, uint64_t *s) {
  EluteProblemView *v = &p->view;
  const EluteMeshView *m = &v->mesh;
  uint8_t *is_held = keep(p, (size_t)(v->n_species * ELUTE_MAX_TISSUES));
  EluteHeldCell *held = keep(p, (size_t)(m->n_rows * m->n_cells * v->n_species) * sizeof *held);
  is_held[1] = 1;
  is_held[(v->n_species - 1) * ELUTE_MAX_TISSUES + 63] = 1;
  v->is_held = is_held;
  v->held = held;
  for (int row = 0; row < m->n_rows; ++row)
    for (int k = 0; k < v->n_species; ++k)
      for (int i = 0; i < m->n_cells; ++i)
        if (is_held[k * ELUTE_MAX_TISSUES + m->tissue[row * m->pitch + i]])
          held[v->n_held++] = (EluteHeldCell){row, i, k, below(s, v->n_scalars), 0.5 + problem_random(s)};
}

/* At edges: conductance, imposed flux, or both. Beside held cells: for the ledger. Channels 0..2 n_species-1. */
static void make_open_faces(Problem *p, uint64_t *s, double *g[3], const double *inverse_capacity,
                            const uint8_t *ghost_tissue) {
  EluteProblemView *v = &p->view;
  const EluteMeshView *m = &v->mesh;
  EluteOpenFace *faces = keep(p, (size_t)(m->n_rows * m->n_cells * p->spec.n_mobile * 6) * sizeof *faces);
  v->open_faces = faces;
  for (int d = 0; d < 6; ++d) {
    v->open_face_begin[d / 2 + 1] = v->n_open_faces;
    for (int row = 0; row < m->n_rows; ++row)
      for (int k = 0; k < p->spec.n_mobile; ++k) {
        const bool alike = below(s, 2);
        bool opens = true, conducts = below(s, 3);
        EluteOpenFace f = {.row = row, .species = k, .axis = d / 2, .upper = d % 2, .value = below(s, v->n_scalars)};
        double scale = 0.5 + problem_random(s), weight = below(s, 2) ? problem_random(s) : 0;
        for (int i = 0; i < m->n_cells; ++i) {
          int32_t to;
          int ti;
          const bool inside = across(p, row, i, d, &to, &ti);
          if (v->is_held && v->is_held[k * ELUTE_MAX_TISSUES + tissue_of(p, ghost_tissue, row, i)]) continue;
          if (!alike) {
            f.value = below(s, v->n_scalars), opens = below(s, 3), conducts = below(s, 3);
            scale = 0.5 + problem_random(s), weight = below(s, 3) ? problem_random(s) : 0;
          }
          f.cell = i, f.face = face_of(p, row, k, i, d), f.channel = 2 * k + (d > 1), f.ledger_only = 0;
          f.through = p->spec.flow ? (d % 2 ? 1 : -1) : 0;
          if (inside && v->is_held && v->is_held[k * ELUTE_MAX_TISSUES + tissue_of(p, ghost_tissue, to, ti)]) {
            const int place = to >= 0 ? to : m->n_rows + ELUTE_GHOST_ROW(to);
            f.ledger_only = 1, f.held_row = to, f.held_cell = ti, f.weight = 0;
            f.scale = inverse_capacity[(place * p->spec.n_mobile + k) * m->pitch + ti];
            faces[v->n_open_faces++] = f;
          } else if (!inside && p->spec.open && (opens || p->spec.flow)) {
            f.scale = scale, f.weight = weight;
            if (conducts)
              g[d / 2][f.face] = p->spec.stiffness * (0.1 + problem_random(s));
            else
              f.face = -1;
            faces[v->n_open_faces++] = f;
          }
        }
      }
    v->open_face_begin[d / 2 + 1] = v->n_open_faces;
  }
  elute_face_runs(v->n_open_faces, faces);
}

/* Two continuous tables, of 7 intervals and of one, above 0 and rising, so that rounding is relative to values and slopes. */
static void make_lookups(Problem *p, uint64_t *s) {
  EluteProblemView *v = &p->view;
  EluteLookup *lookups = keep(p, 2 * sizeof *lookups);
  double *values = keep(p, 4 * 8 * sizeof *values), next = 0.2;
  lookups[0] = (EluteLookup){0, 7, 0.1, 7 / 1.9};
  lookups[1] = (EluteLookup){7, 1, -0.2, 1 / 1.2};
  for (int i = 0; i < 8; ++i) {
    double *a = values + 4 * i, rise = 0.1 + 0.3 * problem_random(s);
    a[0] = next, a[1] = rise * (0.8 + 0.4 * problem_random(s)), a[2] = rise * 0.2 * (problem_random(s) - 0.5);
    a[3] = rise - a[1] - a[2];
    next += rise;
  }
  v->n_lookups = 2, v->n_lookup_intervals = 8, v->lookups = lookups, v->lookup_values = values;
}

static void make_reactions(Problem *p, uint64_t *s) {
  EluteProblemView *v = &p->view;
  const EluteMeshView *m = &v->mesh;
  EluteReaction *reactions = keep(p, (size_t)p->spec.n_reactions * sizeof *reactions);
  double *tables = keep(p, 8 * ELUTE_MAX_TISSUES * sizeof *tables), **fields = keep(p, 2 * sizeof *fields);
  v->n_tables = 8, v->n_fields = 2, v->tables = tables, v->fields = fields;
  for (int t = 0; t < 8 * ELUTE_MAX_TISSUES; ++t)
    tables[t] = (t < 256 ? p->spec.stiffness : 1) * (0.2 + problem_random(s));
  for (int t = 0; t < ELUTE_MAX_TISSUES; ++t) tables[t] = t == 0 ? tables[0] : 0; /* table 0: in tissue 0 only */
  for (int f = 0; f < 2; ++f) fields[f] = rows(p, (size_t)m->n_rows, s, 0.5, 2);
  v->n_reactions = p->spec.n_reactions, v->reactions = reactions;
  for (int r = 0; r < v->n_reactions; ++r) {
    EluteReaction *e = &reactions[r];
    e->rate = (EluteCoefficient){below(s, 4), p->spec.fields ? below(s, 3) - 1 : -1};
    e->channel = 2 * v->n_species + r;
    e->n_factors = p->spec.linear ? below(s, 2) : below(s, 4); /* zeroth order too */
    e->n_changes = 1 + below(s, 3);
    for (int f = 0; f < e->n_factors; ++f) {
      const int before = f ? e->factor[f - 1].kind : ELUTE_LINEAR;
      e->factor[f].kind = p->spec.linear ? ELUTE_LINEAR : below(s, 6);
      if ((before == ELUTE_SATURATION || before == ELUTE_HILL) && r % 2)
        e->factor[f].kind = r % 4 == 1 ? ELUTE_PER : ELUTE_PER_LOOKUP;
      if (before == ELUTE_PER) e->factor[f].kind = ELUTE_PER_LOOKUP;
      e->factor[f].species = below(s, v->n_species);
      e->factor[f].constant = (EluteCoefficient){4 + below(s, 4), p->spec.fields ? below(s, 3) - 1 : -1};
      e->factor[f].exponent = below(s, 2) ? 1 + below(s, 3) : 1.5;
      e->factor[f].lookup = below(s, 2);
    }
    for (int c = 0; c < e->n_changes; ++c)
      e->changed[c] = below(s, v->n_species), e->change[c] = below(s, 2) ? 1 + below(s, 2) : -1;
  }
  v->reacting = elute_reacting(v->n_reactions, reactions);
  for (int k = 0; k < v->n_species; ++k) v->magnitude[k] = (int8_t)(k % 3);
}

Problem *problem_create(const ProblemSpec *spec, uint64_t seed) {
  Problem *p = calloc(1, sizeof *p);
  EluteProblemView *v = &p->view;
  uint64_t s = seed;
  uint8_t *ghost_tissue;
  double *g[3], *inverse_capacity, *carry = NULL;
  p->spec = *spec;
  make_mesh(p, &s, &ghost_tissue);
  v->n_species = spec->n_species, v->transport.n_mobile = spec->n_mobile, v->transport.single = spec->single;
  v->n_scalars = 5;
  v->scalars = keep(p, 5 * sizeof(double)), v->scalar_rates = keep(p, 5 * sizeof(double)),
  p->increment = keep(p, 5 * sizeof(double));
  for (int b = 0; b < 5; ++b) {
    v->scalars[b] = problem_random(&s), v->scalar_rates[b] = problem_random(&s) - 0.5,
    p->increment[b] = problem_random(&s) - 0.5;
  }
  make_transport(p, &s, g, &inverse_capacity);
  if (spec->flow) make_flow(p, &s, &carry);
  if (spec->held) make_held(p, &s);
  if (spec->flow == LIMITED) make_inlets(p, &s, ghost_tissue);
  if (spec->open || spec->held) make_open_faces(p, &s, g, inverse_capacity, ghost_tissue);
  make_lookups(p, &s);
  make_reactions(p, &s);
  v->n_ledger = 2 * v->n_species + v->n_reactions;
  for (int a = 0; a < 3; ++a) v->transport.conductance[a] = g[a];
  v->transport.inverse_capacity = inverse_capacity;
  if (spec->single) to_single(p, g, inverse_capacity, carry);
  if (spec->nz == 1 && !spec->ghost[2] && !spec->ghost[3] && !spec->open && !spec->flow)
    v->transport.conductance[2] = NULL;
  p->n_state = (size_t)(v->mesh.n_rows * v->n_species * v->mesh.pitch);
  p->n_ghost = (size_t)(v->mesh.n_ghost_rows * spec->n_mobile * v->mesh.pitch);
  p->u = rows(p, (size_t)(v->mesh.n_rows * v->n_species), &s, -0.1, 1);
  p->x = rows(p, (size_t)(v->mesh.n_rows * v->n_species), &s, -1, 1);
  p->ghost = rows(p, (size_t)(v->mesh.n_ghost_rows * spec->n_mobile), &s, -0.1, 1);
  p->ghost_x = rows(p, (size_t)(v->mesh.n_ghost_rows * spec->n_mobile), &s, -1, 1);
  return p;
}

void problem_destroy(Problem *p) {
  for (int i = 0; i < p->n_memory; ++i) free(p->memory[i]);
  free(p);
}

void *upload_array(Upload *upload, const void *host, size_t bytes) {
  void *memory = upload->backend->allocate(bytes);
  if (!memory || upload->n_memory == 64) abort();
  upload->memory[upload->n_memory++] = memory;
  if (host && upload->backend->to_backend(memory, host, bytes)) abort();
  return memory;
}

/* Copies the array that a pointer of the view names and moves the pointer. */
static void move(const Problem *p, Upload *upload, const void *array, void *place) {
  void *there = NULL;
  for (int i = 0; i < p->n_memory && array; ++i)
    if (p->memory[i] == array) there = upload_array(upload, array, p->bytes[i]);
  memcpy(place, &there, sizeof there);
}

void upload_problem(const Problem *p, const EluteBackend *backend, Upload *upload) {
  EluteProblemView *v = &upload->view;
  double *fields[2];
  memset(upload, 0, sizeof *upload);
  upload->backend = backend;
  *v = p->view;
  move(p, upload, p->view.mesh.neighbour, &v->mesh.neighbour);
  move(p, upload, p->view.mesh.tissue, &v->mesh.tissue);
  move(p, upload, p->view.mesh.volume_x, &v->mesh.volume_x);
  move(p, upload, p->view.mesh.volume_row, &v->mesh.volume_row);
  for (int a = 0; a < 3; ++a) move(p, upload, p->view.transport.conductance[a], &v->transport.conductance[a]);
  move(p, upload, p->view.transport.inverse_capacity, &v->transport.inverse_capacity);
  move(p, upload, p->view.mesh.beyond, &v->mesh.beyond);
  for (int a = 0; a < 3; ++a) move(p, upload, p->view.flow.flux[a], &v->flow.flux[a]);
  for (int a = 0; a < 3; ++a) move(p, upload, p->view.flow.weight[a], &v->flow.weight[a]);
  move(p, upload, p->view.flow.carry, &v->flow.carry);
  move(p, upload, p->view.flow.inlets, &v->flow.inlets);
  move(p, upload, p->view.reactions, &v->reactions);
  move(p, upload, p->view.open_faces, &v->open_faces);
  move(p, upload, p->view.held, &v->held);
  move(p, upload, p->view.is_held, &v->is_held);
  move(p, upload, p->view.scalars, &v->scalars);
  move(p, upload, p->view.scalar_rates, &v->scalar_rates);
  move(p, upload, p->view.tables, &v->tables);
  for (int f = 0; f < 2; ++f) move(p, upload, p->view.fields[f], &fields[f]);
  v->fields = upload_array(upload, fields, sizeof fields);
  move(p, upload, p->view.lookups, &v->lookups);
  move(p, upload, p->view.lookup_values, &v->lookup_values);
}

void upload_release(Upload *upload) {
  for (int i = 0; i < upload->n_memory; ++i) upload->backend->release(upload->memory[i]);
}
