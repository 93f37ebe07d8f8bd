/* Shifts of activity and the fluxes that they make: every backend against sums in extended precision, cell by cell and
   side by side. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "hosted.h"
#include "kernels/cell/cross.h"
#include "problem.h"
#include "reference.h"

typedef long double wide;

static const ProblemSpec specs[] = {
    {.what = "2-D",
     .nx = 13,
     .ny = 7,
     .nz = 1,
     .n_species = 4,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 1,
     .open = true,
     .held = true},
    {.what = "2-D that closes on itself",
     .nx = 9,
     .ny = 4,
     .nz = 1,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 3,
     .stiffness = 5,
     .wrap_y = true,
     .held = true,
     .periodic_x = true},
    {.what = "3-D, float",
     .nx = 40,
     .ny = 4,
     .nz = 3,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 2,
     .open = true,
     .single = true},
    {.what = "amid other ranks",
     .nx = 9,
     .ny = 3,
     .nz = 3,
     .n_species = 4,
     .n_mobile = 3,
     .n_reactions = 2,
     .stiffness = 2,
     .ghost = {true, true, true, true},
     .held = true,
     .open = true,
     .periodic_x = true},
    {.what = "at a corner",
     .nx = 12,
     .ny = 2,
     .nz = 4,
     .n_species = 3,
     .n_mobile = 3,
     .n_reactions = 2,
     .stiffness = 40,
     .ghost = {false, true, true, false},
     .held = true,
     .open = true},
    {.what = "an idle rank",
     .nx = 17,
     .ny = 0,
     .nz = 0,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 1,
     .no_rows = true,
     .open = true,
     .held = true},
};

/* A problem with turns; its shifts of u in host memory, and random ghost rows of them. */
typedef struct Crossing {
  Problem *p;
  void *turn[6];
  double *shift[3], *ghost[3];
} Crossing;

static Crossing create(const ProblemSpec *spec, uint64_t seed) {
  Crossing c = {.p = problem_create(spec, seed)};
  EluteProblemView *v = &c.p->view;
  const size_t n = (size_t)(v->mesh.n_rows * v->transport.n_mobile * v->mesh.pitch);
  const int axes = spec->nz > 1 ? 3 : 2;
  for (int a = 0; a < axes; ++a)
    for (int b = a; b < axes; ++b) {
      double *turn = calloc(n + 1, sizeof *turn);
      for (size_t i = 0; i < n; ++i) turn[i] = (problem_random(&seed) - 0.5) / spec->stiffness;
      for (size_t i = 0; i < n && spec->single; ++i) ((float *)(void *)turn)[i] = (float)turn[i];
      v->cross.turn[elute_entry(a, b)] = c.turn[elute_entry(a, b)] = turn;
    }
  for (int a = 0; a < axes; ++a) {
    c.shift[a] = calloc(c.p->n_state + 1, sizeof(double));
    c.ghost[a] = calloc(c.p->n_ghost + 1, sizeof(double));
    for (size_t i = 0; i < c.p->n_ghost; ++i)
      if ((int)(i % (size_t)v->mesh.pitch) < v->mesh.n_cells) c.ghost[a][i] = problem_random(&seed) - 0.5;
  }
  return c;
}

static void destroy(Crossing *c) {
  for (int e = 0; e < 6; ++e) free(c->turn[e]);
  for (int a = 0; a < 3; ++a) free(c->shift[a]), free(c->ghost[a]);
  problem_destroy(c->p);
}

/* What lies beyond a side: row as in `neighbour`, cell; the face's place. False: the domain ends. */
static bool beyond(const EluteProblemView *p, int row, int i, int side, int32_t *to, int *ti, int64_t *face) {
  const EluteMeshView *m = &p->mesh;
  const int y = row % m->ny, z = row / m->ny, upper = side % 2;
  *to = row, *ti = i;
  if (side < 2) {
    *face = row * m->pitch * p->transport.n_mobile + i + upper;
    *ti = i + (upper ? 1 : -1);
    if (m->periodic_x) *ti = (*ti + m->n_cells) % m->n_cells;
    return *ti >= 0 && *ti < m->n_cells;
  }
  *face =
      (int64_t)(side < 4 ? z * (m->ny + 1) + y + upper : (z + upper) * m->ny + y) * m->pitch * p->transport.n_mobile +
      i;
  *to = m->neighbour[row * 4 + side - 2];
  return *to != ELUTE_NO_ROW;
}

static wide conductance(const EluteProblemView *p, int side, int64_t face, int k) {
  return elute_conductance(&p->transport, side / 2, face + (int64_t)k * p->mesh.pitch);
}

/* F_lower + F_upper of a cell along an axis, the open faces of the edge with their values. */
static wide through(const Problem *q, const double *boundary, int row, int k, int i, int axis, wide *size) {
  const EluteProblemView *p = &q->view;
  const wide here = (wide)elute_inverse_capacity(p, row, k, i) * q->u[elute_state_offset(p, row, k, i)];
  wide sum = 0;
  *size = 0;
  for (int side = 2 * axis; side < 2 * axis + 2; ++side) {
    int32_t to;
    int ti;
    int64_t face;
    const bool inside = beyond(p, row, i, side, &to, &ti, &face);
    const wide g = p->transport.conductance[axis] ? conductance(p, side, face, k) : 0;
    const wide there =
        inside ? (wide)elute_inverse_capacity(p, to, k, ti) * *elute_at_row(p, q->u, q->ghost, to, k, ti) : 0;
    sum += g * (side % 2 ? here - there : there - here);
    *size += g * (fabsl(here) + fabsl(there));
  }
  for (int j = 0; j < p->n_open_faces && boundary; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    wide inflow;
    if (f->ledger_only || f->row != row || f->cell != i || f->species != k || f->axis != axis) continue;
    inflow = (wide)elute_conductance(&p->transport, axis, f->face) * f->scale * boundary[f->value] +
             (wide)f->weight * boundary[f->value];
    sum += f->upper ? -inflow : inflow;
    *size += fabsl(inflow);
  }
  return sum;
}

static wide turn_of(const Crossing *c, int a, int b, size_t at) {
  const void *turn = c->turn[elute_entry(a, b)];
  return !turn ? 0 : c->p->view.transport.single ? ((const float *)turn)[at] : ((const double *)turn)[at];
}

static void check_shifts(const Crossing *c, const double *boundary) {
  const EluteProblemView *p = &c->p->view;
  for (int row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->transport.n_mobile; ++k)
      for (int i = 0; i < p->mesh.pitch; ++i)
        for (int a = 0; a < 3 && c->shift[a]; ++a) {
          const double found = c->shift[a][elute_state_offset(p, row, k, i)];
          wide sum = 0, size = 0, terms;
          for (int b = 0; b < 3 && i < p->mesh.n_cells; ++b) {
            const wide t = turn_of(c, a, b, (size_t)((row * p->transport.n_mobile + k) * p->mesh.pitch + i));
            if (t == 0) continue;
            sum += t * through(c->p, boundary, row, k, i, b, &terms);
            size += fabsl(t) * terms;
          }
          cr_assert(fabsl(found - sum) <= 1e-13L * size,
                    "%s: %s: shift %d of row %d, species %d, cell %d: %g, reference %Lg", tested->name, c->p->spec.what,
                    a, row, k, i, found, sum);
        }
}

/* What the shifts add to a residual and its ledger. */
static void add_cross(const Crossing *c, double scale, Reference *r) {
  const EluteProblemView *p = &c->p->view;
  for (int row = 0; row < p->mesh.n_rows; ++row)
    for (int k = 0; k < p->transport.n_mobile; ++k)
      for (int i = 0; i < p->mesh.n_cells; ++i) {
        const int64_t at = elute_state_offset(p, row, k, i);
        for (int side = 0; side < 6; ++side) {
          const double *s = c->shift[side / 2];
          int32_t to;
          int ti;
          int64_t face;
          wide flux;
          if (!s || !p->transport.conductance[side / 2] || !beyond(p, row, i, side, &to, &ti, &face)) continue;
          if (p->is_held && p->is_held[k * ELUTE_MAX_TISSUES + p->mesh.tissue[row * p->mesh.pitch + i]]) continue;
          flux = conductance(p, side, face, k) * ((wide)s[at] + *elute_at_row(p, s, c->ghost[side / 2], to, k, ti));
          r->value[at] += (double)(scale * (side % 2 ? -flux : flux) / elute_cell_volume(&p->mesh, row, i));
          r->size[at] += 3 * (double)fabsl(scale * flux / elute_cell_volume(&p->mesh, row, i));
        }
      }
  for (int j = 0; j < p->n_open_faces; ++j) {
    const EluteOpenFace *f = &p->open_faces[j];
    const double *s = c->shift[f->axis];
    const int64_t at = elute_state_offset(p, f->row, f->species, f->cell);
    wide shift, inflow;
    if (!s || f->face < 0) continue;
    shift = s[at];
    if (f->ledger_only) shift += *elute_at_row(p, s, c->ghost[f->axis], f->held_row, f->species, f->held_cell);
    inflow = (f->upper ? -scale : scale) * (wide)elute_conductance(&p->transport, f->axis, f->face) * shift;
    r->ledger[f->channel] -= (double)inflow;
    r->ledger_size[f->channel] += 3 * (double)fabsl(inflow);
    if (f->ledger_only) continue;
    r->value[at] += (double)(inflow / elute_cell_volume(&p->mesh, f->row, f->cell));
    r->size[at] += 3 * (double)fabsl(inflow / elute_cell_volume(&p->mesh, f->row, f->cell));
  }
}

static void expect_close(const Crossing *c, const char *what, size_t n, const double *value, const double *reference,
                         const double *size) {
  for (size_t j = 0; j < n; ++j)
    cr_assert(fabs(value[j] - reference[j]) <= 1e-13 * size[j], "%s: %s, %s: at %zu: %.17g, reference %.17g",
              tested->name, c->p->spec.what, what, j, value[j], reference[j]);
}

static void check_operators(Crossing *c) {
  Problem *p = c->p;
  Reference r = reference_create(&p->view);
  const EluteCombination add = {.n = 1, .coefficient = {0.7}, .vector = {p->x}};
  double *out = calloc(p->n_state + 1, sizeof *out), *ledger = calloc((size_t)p->view.n_ledger + 1, sizeof *ledger);
  for (int a = 0; a < 3; ++a)
    p->view.cross.shift[a] = c->shift[a], p->view.cross.ghost[a] = c->shift[a] ? c->ghost[a] : NULL;
  reference_residual(&p->view, p->u, p->ghost, 0.37, &add, &r);
  add_cross(c, 0.37, &r);
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 0.37, &add, out, ledger), 0);
  expect_close(c, "residual", p->n_state, out, r.value, r.size);
  expect_close(c, "its ledger", (size_t)p->view.n_ledger, ledger, r.ledger, r.ledger_size);
  memset(ledger, 0, (size_t)p->view.n_ledger * sizeof *ledger);
  reference_jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost_x, p->increment, &r);
  add_cross(c, 1, &r);
  cr_assert_eq(tested->jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost_x, p->increment, out, ledger), 0);
  expect_close(c, "J x", p->n_state, out, r.value, r.size);
  expect_close(c, "its ledger", (size_t)p->view.n_ledger, ledger, r.ledger, r.ledger_size);
  reference_destroy(&r);
  free(out), free(ledger);
}

BACKEND_TEST(cross, shifts_and_fluxes_agree_with_the_reference) {
  for (size_t s = 0; s < sizeof specs / sizeof *specs; ++s)
    for (uint64_t seed = 0; seed < 3; ++seed)
      for (int with = 0; with < 2; ++with) {
        Crossing c = create(&specs[s], 100 * s + seed);
        const double *boundary = with ? c.p->view.scalars : NULL;
        cr_assert_eq(tested->shifts(&c.p->view, c.p->u, c.p->ghost, boundary, c.shift), 0, "%s", elute_backend_error());
        check_shifts(&c, boundary);
        check_operators(&c);
        destroy(&c);
      }
}

Test(cross, the_guard_gives_the_same_bits) {
  for (size_t s = 0; s < sizeof specs / sizeof *specs; ++s) {
    Crossing c = create(&specs[s], s);
    Problem *p = c.p;
    Upload up;
    double *there[3] = {NULL, NULL, NULL}, *back = calloc(p->n_state + 1, sizeof *back);
    upload_problem(p, &elute_backend_guard, &up);
    for (int e = 0; e < 6; ++e)
      if (c.turn[e])
        up.view.cross.turn[e] = upload_array(
            &up, c.turn[e],
            (size_t)(p->view.mesh.n_rows * p->view.transport.n_mobile * p->view.mesh.pitch) * (p->spec.single ? 4 : 8));
    for (int a = 0; a < 3; ++a)
      if (c.shift[a]) there[a] = upload_array(&up, NULL, p->n_state * sizeof(double));
    cr_assert_eq(elute_backend_cpu.shifts(&p->view, p->u, p->ghost, p->view.scalars, c.shift), 0);
    cr_assert_eq(elute_backend_guard.shifts(&up.view, upload_array(&up, p->u, p->n_state * sizeof(double)),
                                            upload_array(&up, p->ghost, p->n_ghost * sizeof(double)), up.view.scalars,
                                            there),
                 0, "%s", elute_backend_error());
    for (int a = 0; a < 3; ++a) {
      if (!there[a]) continue;
      cr_assert_eq(elute_backend_guard.to_host(back, there[a], p->n_state * sizeof(double)), 0);
      cr_expect(p->n_state == 0 || memcmp(back, c.shift[a], p->n_state * sizeof(double)) == 0, "%s: shift %d",
                p->spec.what, a);
    }
    upload_release(&up);
    free(back);
    destroy(&c);
  }
}
