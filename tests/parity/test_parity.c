/* Every function of the backend table: the CPU against the reference kernels, and the guard against the CPU bit for
 * bit. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "hosted.h"
#include "problem.h"
#include "reference.h"

enum { SEEDS = 3 };

static const ProblemSpec specs[] = {
    {.what = "1-D",
     .nx = 37,
     .ny = 1,
     .nz = 1,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 3,
     .stiffness = 1,
     .open = true},
    {.what = "1-D periodic",
     .nx = 23,
     .ny = 1,
     .nz = 1,
     .n_species = 2,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 30,
     .periodic_x = true},
    {.what = "two cells, periodic",
     .nx = 2,
     .ny = 3,
     .nz = 1,
     .n_species = 2,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 3,
     .periodic_x = true},
    {.what = "one cell", .nx = 1, .ny = 1, .nz = 1, .n_species = 4, .n_mobile = 0, .n_reactions = 6, .stiffness = 1},
    {.what = "one periodic cell",
     .nx = 1,
     .ny = 1,
     .nz = 1,
     .n_species = 1,
     .n_mobile = 1,
     .n_reactions = 0,
     .stiffness = 1,
     .periodic_x = true},
    {.what = "2-D",
     .nx = 13,
     .ny = 7,
     .nz = 1,
     .n_species = 5,
     .n_mobile = 3,
     .n_reactions = 7,
     .stiffness = 1,
     .open = true,
     .held = true},
    {.what = "2-D, float",
     .nx = 16,
     .ny = 5,
     .nz = 1,
     .n_species = 4,
     .n_mobile = 4,
     .n_reactions = 4,
     .stiffness = 10,
     .open = true,
     .single = true,
     .fields = true},
    {.what = "2-D that closes on itself",
     .nx = 9,
     .ny = 4,
     .nz = 1,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 3,
     .stiffness = 5,
     .wrap_y = true,
     .held = true},
    {.what = "2-D, one row of another's",
     .nx = 11,
     .ny = 1,
     .nz = 3,
     .n_species = 2,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 2,
     .ghost = {true, true},
     .held = true},
    {.what = "3-D",
     .nx = 7,
     .ny = 4,
     .nz = 3,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 5,
     .stiffness = 2,
     .open = true,
     .fields = true},
    {.what = "3-D amid other ranks",
     .nx = 9,
     .ny = 3,
     .nz = 3,
     .n_species = 4,
     .n_mobile = 3,
     .n_reactions = 5,
     .stiffness = 2,
     .ghost = {true, true, true, true},
     .held = true,
     .open = true,
     .periodic_x = true,
     .single = true},
    {.what = "3-D at a corner",
     .nx = 12,
     .ny = 2,
     .nz = 4,
     .n_species = 3,
     .n_mobile = 3,
     .n_reactions = 4,
     .stiffness = 40,
     .ghost = {false, true, true, false},
     .held = true,
     .open = true},
    {.what = "many species",
     .nx = 300,
     .ny = 1,
     .nz = 1,
     .n_species = 32,
     .n_mobile = 3,
     .n_reactions = 40,
     .stiffness = 0.2,
     .fields = true,
     .held = true},
    {.what = "all reactions",
     .nx = 10,
     .ny = 2,
     .nz = 1,
     .n_species = 12,
     .n_mobile = 1,
     .n_reactions = 128,
     .stiffness = 0.1,
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
    {.what = "1-D, fluid moves, upwind",
     .nx = 37,
     .ny = 1,
     .nz = 1,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 3,
     .stiffness = 1,
     .open = true,
     .flow = UPWIND},
    {.what = "1-D, fluid moves",
     .nx = 37,
     .ny = 1,
     .nz = 1,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 0,
     .stiffness = 1,
     .open = true,
     .held = true,
     .flow = LIMITED},
    {.what = "a ring with fluid in it",
     .nx = 23,
     .ny = 2,
     .nz = 1,
     .n_species = 2,
     .n_mobile = 2,
     .n_reactions = 0,
     .stiffness = 30,
     .periodic_x = true,
     .flow = LIMITED,
     .held = true},
    {.what = "2-D, float, fluid moves",
     .nx = 16,
     .ny = 5,
     .nz = 1,
     .n_species = 4,
     .n_mobile = 4,
     .n_reactions = 4,
     .stiffness = 10,
     .open = true,
     .single = true,
     .fields = true,
     .flow = LIMITED},
    {.what = "2-D that closes on itself, fluid moves",
     .nx = 9,
     .ny = 4,
     .nz = 1,
     .n_species = 3,
     .n_mobile = 2,
     .n_reactions = 0,
     .stiffness = 5,
     .wrap_y = true,
     .held = true,
     .flow = LIMITED},
    {.what = "one row of another's, fluid moves",
     .nx = 11,
     .ny = 1,
     .nz = 3,
     .n_species = 2,
     .n_mobile = 2,
     .n_reactions = 2,
     .stiffness = 2,
     .ghost = {true, true},
     .held = true,
     .flow = LIMITED},
    {.what = "amid other ranks, fluid moves",
     .nx = 9,
     .ny = 3,
     .nz = 3,
     .n_species = 4,
     .n_mobile = 3,
     .n_reactions = 5,
     .stiffness = 2,
     .ghost = {true, true, true, true},
     .held = true,
     .open = true,
     .periodic_x = true,
     .single = true,
     .flow = LIMITED},
    {.what = "at a corner, fluid moves",
     .nx = 12,
     .ny = 2,
     .nz = 4,
     .n_species = 3,
     .n_mobile = 3,
     .n_reactions = 0,
     .stiffness = 40,
     .ghost = {false, true, true, false},
     .held = true,
     .open = true,
     .flow = LIMITED},
    {.what = "at a corner, fluid moves, upwind",
     .nx = 12,
     .ny = 2,
     .nz = 4,
     .n_species = 3,
     .n_mobile = 3,
     .n_reactions = 4,
     .stiffness = 40,
     .ghost = {false, true, true, false},
     .held = true,
     .open = true,
     .flow = UPWIND},
};
enum { N_SPECS = sizeof specs / sizeof *specs };

/* Runs `check` on every problem. */
static void for_all(void (*check)(Problem *p)) {
  for (int c = 0; c < N_SPECS; ++c)
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
      Problem *p = problem_create(&specs[c], 1000 * (uint64_t)c + seed);
      check(p);
      problem_destroy(p);
    }
}

/* |value - reference| <= tolerance * size of the terms; padding zero. */
static void expect_close(const Problem *p, const char *what, size_t n, const double *value, const double *reference,
                         const double *size) {
  for (size_t j = 0; j < n; ++j)
    cr_assert(fabs(value[j] - reference[j]) <= 1e-13 * size[j],
              "%s: %s, %s: at %zu: %.17g, reference %.17g, terms of %.3g", tested->name, p->spec.what, what, j,
              value[j], reference[j], size[j]);
}

/* What the guard (or the CPU, for comparison) made of one call: two host arrays. */
typedef struct Result {
  double *value, *ledger;
} Result;

static double *host_copy(const double *from, size_t n) {
  double *to = malloc((n + 1) * sizeof *to);
  if (n) memcpy(to, from, n * sizeof *to);
  return to;
}

static void same_bits(const Problem *p, const char *what, const double *a, const double *b, size_t n) {
  cr_assert(n == 0 || memcmp(a, b, n * sizeof *a) == 0, "%s: the guard's %s differs from the CPU's", p->spec.what,
            what);
}

/* ---- reference ---- */

static void check_residual(Problem *p) {
  Reference r = reference_create(&p->view);
  double *out = calloc(p->n_state + 1, sizeof *out), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger);
  const EluteCombination add = {.n = 2, .coefficient = {0.7, -1.3}, .vector = {p->x, p->u}}, none = {.n = 0};
  reference_residual(&p->view, p->u, p->ghost, 0.37, &add, &r);
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 0.37, &add, out, ledger), 0);
  expect_close(p, "residual", p->n_state, out, r.value, r.size);
  expect_close(p, "ledger of the residual", (size_t)p->view.n_ledger, ledger, r.ledger, r.ledger_size);
  reference_residual(&p->view, p->u, p->ghost, 1, &none, &r);
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, out, NULL), 0);
  expect_close(p, "residual alone", p->n_state, out, r.value, r.size);
  reference_destroy(&r);
  free(out);
  free(ledger);
}

BACKEND_TEST(parity, residual_agrees_with_the_reference) {
  for_all(check_residual);
}

static void check_jacobian(Problem *p) {
  Reference r = reference_create(&p->view);
  double *y = calloc(p->n_state + 1, sizeof *y), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger);
  for (int with = 0; with < 2; ++with) {
    const double *increment = with ? p->increment : NULL;
    memset(ledger, 0, (size_t)p->view.n_ledger * sizeof *ledger);
    reference_jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost_x, increment, &r);
    cr_assert_eq(tested->jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost_x, increment, y, ledger), 0);
    expect_close(p, "J x", p->n_state, y, r.value, r.size);
    expect_close(p, "ledger of J x", (size_t)p->view.n_ledger, ledger, r.ledger, r.ledger_size);
  }
  reference_destroy(&r);
  free(y);
  free(ledger);
}

BACKEND_TEST(parity, jacobian_apply_agrees_with_complex_steps) {
  for_all(check_jacobian);
}

/* Backward error: what the solution leaves of (I - theta J) x = b, against the terms of that. A forward comparison
   would measure the conditioning of random networks instead. */
static void check_reaction_solve(Problem *p) {
  const EluteProblemView *v = &p->view;
  const double theta = 0.4;
  double *x = host_copy(p->x, p->n_state), *ledger = calloc((size_t)v->n_ledger, sizeof *ledger);
  cr_assert_eq(tested->reaction_solve(v, p->u, theta, x, ledger), 0);
  for (int row = 0; row < v->mesh.n_rows; ++row)
    for (int i = 0; i < v->mesh.n_cells; ++i) {
      double worst = 0, size = 0;
      for (int k = 0; k < v->n_species; ++k) {
        const size_t here = (size_t)((row * v->n_species + k) * v->mesh.pitch + i);
        const bool is_held = v->is_held && v->is_held[k * ELUTE_MAX_TISSUES + v->mesh.tissue[row * v->mesh.pitch + i]];
        long double rest = (long double)x[here] - p->x[here], terms = fabs(x[here]) + fabs(p->x[here]);
        for (int r = 0; r < v->n_reactions && !is_held; ++r)
          for (int c = 0; c < v->reactions[r].n_changes; ++c)
            for (int j = 0; j < v->n_species && v->reactions[r].changed[c] == k; ++j) {
              const double term = theta * v->reactions[r].change[c] * reference_gradient(v, r, row, i, p->u, j) *
                                  x[(row * v->n_species + j) * v->mesh.pitch + i];
              rest -= term;
              terms += fabs(term);
            }
        if (is_held) cr_assert_eq(x[here], p->x[here], "%s: a held value changed", p->spec.what);
        worst = fmax(worst, (double)fabsl(rest));
        size = fmax(size, (double)terms);
      }
      cr_assert(worst <= 1e-13 * size, "%s: row %d cell %d: rest %g of terms %g", p->spec.what, row, i, worst, size);
    }
  for (size_t j = 0; j < p->n_state; ++j)
    if ((int)(j % (size_t)v->mesh.pitch) >= v->mesh.n_cells) cr_assert_eq(x[j], 0);
  free(x);
  free(ledger);
}

BACKEND_TEST(parity, reaction_solve_leaves_nothing_of_the_equations) {
  for_all(check_reaction_solve);
}

/* Where the system is well conditioned (theta J small) the solutions themselves agree, and the ledger. */
static void check_reaction_forward(Problem *p) {
  const double theta = 0.01 / p->spec.stiffness;
  Reference r = reference_create(&p->view);
  double *x = host_copy(p->x, p->n_state), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger);
  reference_reaction_solve(&p->view, p->u, theta, p->x, &r);
  cr_assert_eq(tested->reaction_solve(&p->view, p->u, theta, x, ledger), 0);
  for (int k = 0; k < p->view.n_ledger; ++k) r.ledger_size[k] += fabs(r.ledger[k]);
  expect_close(p, "x of the reaction solve", p->n_state, x, r.value, r.size);
  expect_close(p, "ledger of the reaction solve", (size_t)p->view.n_ledger, ledger, r.ledger, r.ledger_size);
  reference_destroy(&r);
  free(x);
  free(ledger);
}

BACKEND_TEST(parity, reaction_solve_agrees_with_the_dense_reference) {
  for_all(check_reaction_forward);
}

/* Backends have code of their own for small numbers. */
BACKEND_TEST(parity, every_number_of_species_is_solved_for) {
  for (int n = 1; n <= ELUTE_MAX_SPECIES; ++n) {
    const ProblemSpec spec = {.what = "any number of species",
                              .nx = 5,
                              .ny = 2,
                              .nz = 1,
                              .n_species = n,
                              .n_mobile = n / 2,
                              .n_reactions = 2 * n,
                              .stiffness = 1,
                              .held = n % 3 == 0};
    Problem *p = problem_create(&spec, 500 + (uint64_t)n);
    check_reaction_solve(p);
    check_reaction_forward(p);
    check_residual(p);
    problem_destroy(p);
  }
}

/* Random values beyond the ends, where the problem has other ranks there. */
static void make_ends(const Problem *p, int axis, double *end[2]) {
  const EluteMeshView *m = &p->view.mesh;
  const int planes = axis == 1 ? m->nz : m->ny;
  uint64_t s = 5;
  end[0] = end[1] = NULL;
  for (int e = 0; e < 2 && axis > 0; ++e) {
    if (!(p->spec.ghost[2 * (axis - 1) + e] || (axis == 1 && p->spec.wrap_y))) continue;
    end[e] = calloc((size_t)(planes * p->spec.n_mobile * m->pitch) + 1, sizeof(double));
    for (int r = 0; r < planes * p->spec.n_mobile; ++r)
      for (int i = 0; i < m->n_cells; ++i) end[e][r * m->pitch + i] = 2 * problem_random(&s) - 1;
  }
}

static void check_lines(Problem *p) {
  const double theta = 0.8;
  for (int axis = 0; axis < 3; ++axis) {
    for (int with = 0; with < 2; ++with) {
      Reference r = reference_create(&p->view);
      double *x = host_copy(p->x, p->n_state), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger), *end[2];
      const double *increment = with ? p->increment : NULL;
      make_ends(p, axis, end);
      reference_line_solve(&p->view, axis, theta, increment, end[0], end[1], p->x, &r);
      cr_assert_eq(tested->line_solve(&p->view, axis, theta, increment, end[0], end[1], x, ledger), 0);
      for (size_t j = 0; j < p->n_state; ++j) r.size[j] += fabs(r.value[j]); /* immobile species: unchanged */
      expect_close(p, "x of the line solve", p->n_state, x, r.value, r.size);
      expect_close(p, "ledger of the line solve", (size_t)p->view.n_ledger, ledger, r.ledger, r.ledger_size);
      reference_destroy(&r);
      free(x), free(ledger), free(end[0]), free(end[1]);
    }
  }
}

BACKEND_TEST(parity, line_solve_agrees_with_dense_matrices) {
  for_all(check_lines);
}

static void check_reduce(Problem *p) {
  const EluteMeshView *m = &p->view.mesh;
  const double theta = 0.8;
  for (int axis = 1; axis < 3; ++axis) {
    const int planes = axis == 1 ? m->nz : m->ny, length = axis == 1 ? m->ny : m->nz;
    const size_t n = (size_t)(planes * p->spec.n_mobile * m->pitch);
    double *equations[6], *end[2], *x = host_copy(p->x, p->n_state),
                                   largest = 1; /* what lies beyond the ends is up to 1 */
    make_ends(p, axis, end);
    for (int e = 0; e < 6; ++e) equations[e] = calloc(n + 1, sizeof(double));
    cr_assert_eq(tested->line_reduce(&p->view, axis, theta, p->increment, x, equations), 0);
    same_bits(p, "x after a reduction", x, p->x, p->n_state);
    cr_assert_eq(tested->line_solve(&p->view, axis, theta, p->increment, end[0], end[1], x, NULL), 0);
    for (size_t j = 0; j < p->n_state; ++j) largest = fmax(largest, fabs(x[j]));
    for (size_t j = 0; j < n && m->n_rows; ++j) {
      const int i = (int)(j % (size_t)m->pitch), k = (int)(j / (size_t)m->pitch) % p->spec.n_mobile;
      const int plane = (int)(j / (size_t)(m->pitch * p->spec.n_mobile)), last = length - 1;
      const int row[2] = {axis == 1 ? plane * m->ny : plane, axis == 1 ? plane * m->ny + last : last * m->ny + plane};
      for (int e = 0; e < 2; ++e) {
        const double *const *q = (const double *const *)(equations + 3 * e);
        const double below = end[0] ? end[0][j] : 0, above = end[1] ? end[1][j] : 0;
        const double got = q[0][j] + q[1][j] * below + q[2][j] * above,
                     want = x[(row[e] * p->view.n_species + k) * m->pitch + i];
        cr_assert(fabs(got - want) <= 1e-13 * largest, "%s: axis %d, end %d: %.17g by its equation, %.17g solved",
                  p->spec.what, axis, e, got, want);
        if (i >= m->n_cells) cr_assert(q[0][j] == 0 && q[1][j] == 0 && q[2][j] == 0);
        if (!end[0]) cr_assert_eq(q[1][j], 0);
        if (!end[1]) cr_assert_eq(q[2][j], 0);
      }
    }
    for (int e = 0; e < 6; ++e) free(equations[e]);
    free(x), free(end[0]), free(end[1]);
  }
}

BACKEND_TEST(parity, interface_equations_predict_the_ends_of_the_lines) {
  for_all(check_reduce);
}

/* ---- measures, written out again ---- */

static void check_measures(Problem *p) {
  const EluteProblemView *v = &p->view;
  const double rtol = 1e-3, coefficient[2] = {0.25, -0.5};
  double *u_new = calloc(p->n_state + 1, sizeof *u_new), atol[ELUTE_MAX_SPECIES], sums[ELUTE_MAX_SPECIES] = {0};
  double *amounts = malloc(sizeof(double) * ELUTE_MAX_SPECIES * ELUTE_MAX_TISSUES), products[2] = {1, 2};
  long double product = 0, product_size = 0, square = 0;
  const EluteCombination increment = {.n = 2, .coefficient = {coefficient[0], coefficient[1]}, .vector = {p->x, p->u}};
  const EluteCombination error = {.n = 1, .coefficient = {0.01}, .vector = {p->x}};
  EluteStepMeasure m;
  for (int k = 0; k < v->n_species; ++k) atol[k] = 1e-4 * (k + 1), sums[k] = k;
  cr_assert_eq(tested->finish_step(v, p->u, &increment, &error, rtol, atol, u_new, &m), 0);
  cr_assert_eq(tested->weighted_squares(v, p->x, p->u, rtol, atol, sums), 0);
  cr_assert_eq(tested->inner_products(v, p->x, p->u, rtol, atol, 2, (const double *const[]){p->u, p->x}, products), 0);
  cr_assert_eq(tested->amounts(v, p->u, amounts), 0);
  cr_assert_eq(m.not_finite, 0);
  cr_assert_eq(m.not_finite_at, -1);
  for (int k = 0; k < v->n_species; ++k) {
    long double squares = 0, norm = 0, amount[ELUTE_MAX_TISSUES] = {0}, size[ELUTE_MAX_TISSUES] = {0};
    double minimum = INFINITY, maximum = 0, change = 0;
    int64_t where = -1;
    for (int row = 0; row < v->mesh.n_rows; ++row)
      for (int i = 0; i < v->mesh.n_cells; ++i) {
        const size_t j = (size_t)((row * v->n_species + k) * v->mesh.pitch + i);
        const double w = p->u[j] + 0.25 * p->x[j] - 0.5 * p->u[j],
                     volume = v->mesh.volume_x[i] * v->mesh.volume_row[row];
        const int tissue = v->mesh.tissue[row * v->mesh.pitch + i];
        cr_assert(fabs(u_new[j] - w) <= 1e-15);
        squares += volume * pow(0.01 * p->x[j] / (atol[k] + rtol * fmax(fabs(p->u[j]), fabs(u_new[j]))), 2);
        norm += volume * pow(p->x[j] / (atol[k] + rtol * fabs(p->u[j])), 2);
        product += volume * p->x[j] * p->u[j] / pow(atol[k] + rtol * fabs(p->u[j]), 2);
        product_size += volume * fabs(p->x[j] * p->u[j]) / pow(atol[k] + rtol * fabs(p->u[j]), 2);
        amount[tissue] += volume * p->u[j];
        size[tissue] += volume * fabs(p->u[j]);
        if (u_new[j] < minimum) minimum = u_new[j], where = row * v->mesh.pitch + i;
        maximum = fmax(maximum, fabs(u_new[j]));
        change = fmax(change, fabs(u_new[j] - p->u[j]));
      }
    cr_assert_eq(m.minimum[k], minimum);
    cr_assert_eq(m.minimum_at[k], where);
    cr_assert_eq(m.maximum[k], maximum);
    cr_assert_eq(m.change[k], change);
    cr_assert(fabsl(m.error[k] - squares) <= 1e-13L * squares);
    cr_assert(fabsl(sums[k] - k - norm) <= 1e-13L * (norm + k));
    square += norm;
    for (int t = 0; t < ELUTE_MAX_TISSUES; ++t)
      cr_assert(fabsl(amounts[k * ELUTE_MAX_TISSUES + t] - amount[t]) <= 1e-13L * size[t]);
  }
  cr_assert(fabsl(products[0] - 1 - product) <= 1e-13L * (product_size + 1));
  cr_assert(fabsl(products[1] - 2 - square) <= 1e-13L * (square + 2));
  free(u_new);
  free(amounts);
}

BACKEND_TEST(parity, measures_agree_with_plain_loops) {
  for_all(check_measures);
}

/* ---- guard ---- */

static void must_succeed(const Problem *p, const EluteBackend *b, const char *call, int failed) {
  cr_assert_eq(failed, 0, "%s: %s: %s: %s", b->name, p->spec.what, call, elute_backend_error());
}

/* All functions of a backend, one after the other, each on the results of those before; everything comes back in `log`.
 */
static double *run_everything(const Problem *p, const EluteBackend *b, size_t *length) {
  const size_t bytes = p->n_state * sizeof(double), ledger_bytes = (size_t)p->view.n_ledger * sizeof(double);
  Upload up;
  upload_problem(p, b, &up);
  const EluteProblemView *v = &up.view;
  double *u = upload_array(&up, p->u, bytes), *x = upload_array(&up, p->x, bytes),
         *ghost = upload_array(&up, p->ghost, p->n_ghost * 8);
  double *ghost_x = upload_array(&up, p->ghost_x, p->n_ghost * 8), *increment = upload_array(&up, p->increment, 40);
  double *ledger = upload_array(&up, NULL, ledger_bytes), *y = upload_array(&up, NULL, bytes),
         *z = upload_array(&up, NULL, bytes);
  const EluteCombination add = {.n = 2, .coefficient = {0.3, -0.2}, .vector = {x, u}};
  double atol[ELUTE_MAX_SPECIES], *log, *end[2], sums[ELUTE_MAX_SPECIES] = {0};
  const size_t faces = (size_t)((v->mesh.ny > v->mesh.nz ? v->mesh.ny : v->mesh.nz) * p->spec.n_mobile * v->mesh.pitch);
  double *equations[6];
  EluteStepMeasure m;
  for (int k = 0; k < ELUTE_MAX_SPECIES; ++k) atol[k] = 1e-3;
  for (int e = 0; e < 6; ++e) equations[e] = upload_array(&up, NULL, faces * 8);
  *length = 3 * p->n_state + (size_t)v->n_ledger + 12 * faces + sizeof m / 8 +
            ELUTE_MAX_SPECIES * (ELUTE_MAX_TISSUES + 1) + 2;
  log = calloc(*length, sizeof *log);
  double *at = log;
#define CALL(call) must_succeed(p, b, #call, call)
  CALL(b->residual(v, u, ghost, 0.5, &add, y, ledger));
  CALL(b->jacobian_apply(v, u, ghost, y, ghost_x, increment, z, ledger));
  CALL(b->to_host(at, y, bytes)), at += p->n_state;
  CALL(b->reaction_solve(v, u, 0.2, z, ledger));
  for (int axis = 0; axis < 3; ++axis) {
    double *device[2] = {NULL, NULL};
    const size_t n =
        (size_t)((axis == 1 ? v->mesh.nz : v->mesh.ny) * p->spec.n_mobile * v->mesh.pitch) * (v->mesh.n_rows > 0);
    make_ends(p, axis, end);
    for (int e = 0; e < 2; ++e)
      if (end[e]) device[e] = upload_array(&up, end[e], n * 8);
    if (axis) CALL(b->line_reduce(v, axis, 0.2, increment, z, equations));
    for (int e = 0; e < 6 && axis; ++e) CALL(b->to_host(at, equations[e], n * 8)), at += faces;
    CALL(b->line_solve(v, axis, 0.2, increment, device[0], device[1], z, ledger));
    free(end[0]), free(end[1]);
  }
  CALL(b->combine(p->n_state, &(EluteCombination){.n = 3, .coefficient = {1, 2, 3}, .vector = {y, u, z}}, y));
  CALL(b->to_host(at, z, bytes)), at += p->n_state;
  CALL(b->finish_step(v, u, &(EluteCombination){.n = 1, .coefficient = {1}, .vector = {z}}, &add, 1e-3, atol, y, &m));
  memcpy(at, &m, sizeof m), at += sizeof m / 8;
  CALL(b->weighted_squares(v, z, u, 1e-3, atol, sums));
  memcpy(at, sums, sizeof sums), at += ELUTE_MAX_SPECIES;
  CALL(b->inner_products(v, z, u, 1e-3, atol, 2, (const double *const[]){y, z}, at)), at += 2;
  CALL(b->amounts(v, u, at)), at += ELUTE_MAX_SPECIES * ELUTE_MAX_TISSUES;
  CALL(b->to_host(at, y, bytes)), at += p->n_state;
  CALL(b->to_host(at, ledger, ledger_bytes)), at += v->n_ledger;
  cr_assert_leq(at - log, (ptrdiff_t)*length);
  upload_release(&up);
  return log;
}

static void check_guard(Problem *p) {
  size_t n, n_cpu;
  double *guard = run_everything(p, &elute_backend_guard, &n), *cpu = run_everything(p, &elute_backend_cpu, &n_cpu);
  cr_assert_eq(n, n_cpu);
  for (size_t i = 0; i < n; ++i) cr_assert(!isnan(cpu[i]) || i >= 2 * p->n_state, "%s: NaN", p->spec.what);
  same_bits(p, "work", guard, cpu, n);
  free(guard);
  free(cpu);
}

Test(guard, agrees_with_the_cpu_bit_for_bit) {
  for_all(check_guard);
}

/* The address sanitizer, where it is built in, leaves the signal to the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "handle_segv=0";
}

Test(guard, host_access_is_caught, .signal = SIGSEGV) {
  double *memory = elute_backend_guard.allocate(64);
  memory[0] = 1;
}

Test(guard, reading_is_caught_too, .signal = SIGSEGV) {
  const volatile double *memory = elute_backend_guard.allocate(64);
  cr_assert_eq(memory[0], 0);
}

Test(guard, its_memory_begins_zeroed_and_keeps_what_is_copied) {
  double *memory = elute_backend_guard.allocate(3 * sizeof(double)), host[3] = {1, 2, 3}, back[3];
  cr_assert_eq(elute_backend_guard.to_host(back, memory, sizeof back), 0);
  cr_assert(back[0] == 0 && back[1] == 0 && back[2] == 0);
  cr_assert_eq(elute_backend_guard.to_backend(memory, host, sizeof host), 0);
  cr_assert_eq(elute_backend_guard.to_host(back, memory, sizeof back), 0);
  cr_assert(back[0] == 1 && back[1] == 2 && back[2] == 3);
  elute_backend_guard.release(memory);
}

Test(guard, refuses_vectors_and_tables_in_host_memory) {
  Problem *p = problem_create(&specs[5], 1);
  Upload up;
  upload_problem(p, &elute_backend_guard, &up);
  double *u = upload_array(&up, p->u, p->n_state * 8), *out = upload_array(&up, NULL, p->n_state * 8);
  double *ledger = upload_array(&up, NULL, (size_t)p->view.n_ledger * 8);
  EluteProblemView wrong = up.view;
  cr_assert_eq(elute_backend_guard.residual(&up.view, u, NULL, 1, NULL, out, ledger), 0);
  cr_assert_neq(elute_backend_guard.residual(&up.view, p->u, NULL, 1, NULL, out, ledger), 0);
  cr_assert(strstr(elute_backend_error(), "u (") != NULL, "%s", elute_backend_error());
  wrong.tables = p->view.tables;
  cr_assert_neq(elute_backend_guard.residual(&wrong, u, NULL, 1, NULL, out, ledger), 0);
  cr_assert(strstr(elute_backend_error(), "tables") != NULL, "%s", elute_backend_error());
  upload_release(&up);
  problem_destroy(p);
}

Test(guard, sees_padding_that_is_not_zero) {
  ProblemSpec inert = specs[0]; /* a solve of reactions would clean it */
  inert.n_reactions = 0;
  Problem *p = problem_create(&inert, 1);
  Upload up;
  upload_problem(p, &elute_backend_guard, &up);
  p->x[p->view.mesh.n_cells] = 1;
  double *u = upload_array(&up, p->u, p->n_state * 8), *x = upload_array(&up, p->x, p->n_state * 8);
  cr_assert_neq(elute_backend_guard.reaction_solve(&up.view, u, 0.1, x, NULL), 0);
  cr_assert(strstr(elute_backend_error(), "padding") != NULL, "%s", elute_backend_error());
  upload_release(&up);
  problem_destroy(p);
}

Test(cuda, says_why_it_is_missing) {
  char why[128] = "";
  if (elute_backend_cuda_available(why, sizeof why)) return;
  cr_assert(strstr(why, "CUDA") != NULL);
  if (strstr(why, "not built") == NULL) return;
  cr_assert_null(elute_backend_cuda.allocate(8));
  cr_assert_neq(elute_backend_cuda.combine(0, NULL, NULL), 0);
  cr_assert(strstr(elute_backend_error(), "not built") != NULL);
}
