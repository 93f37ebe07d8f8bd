/* What the kernels must keep whatever the numbers: amounts, held values, the meaning of the Jacobian. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "hosted.h"
#include "problem.h"

static const ProblemSpec closed_box = {.what = "closed",
                                       .nx = 21,
                                       .ny = 4,
                                       .nz = 3,
                                       .n_species = 4,
                                       .n_mobile = 3,
                                       .n_reactions = 6,
                                       .stiffness = 2,
                                       .fields = true};
static const ProblemSpec open_box = {.what = "open",
                                     .nx = 21,
                                     .ny = 4,
                                     .nz = 3,
                                     .n_species = 4,
                                     .n_mobile = 3,
                                     .n_reactions = 6,
                                     .stiffness = 20,
                                     .open = true,
                                     .single = true};
static const ProblemSpec held_box = {.what = "held",
                                     .nx = 21,
                                     .ny = 4,
                                     .nz = 3,
                                     .n_species = 4,
                                     .n_mobile = 3,
                                     .n_reactions = 0,
                                     .stiffness = 5,
                                     .open = true,
                                     .held = true};
static const ProblemSpec ring = {.what = "ring",
                                 .nx = 21,
                                 .ny = 4,
                                 .nz = 1,
                                 .n_species = 3,
                                 .n_mobile = 3,
                                 .n_reactions = 2,
                                 .stiffness = 1e4,
                                 .periodic_x = true,
                                 .single = true};
static const ProblemSpec linear_box = {.what = "linear",
                                       .nx = 13,
                                       .ny = 3,
                                       .nz = 2,
                                       .n_species = 4,
                                       .n_mobile = 3,
                                       .n_reactions = 5,
                                       .stiffness = 2,
                                       .linear = true,
                                       .open = true,
                                       .held = true};

/* The same, and fluid moves: limited, or upwind where an operator must be linear. */
static ProblemSpec moving(ProblemSpec spec, int flow) {
  spec.flow = flow;
  return spec;
}

static bool is_free(const Problem *p, int row, int k, int i) {
  const EluteMeshView *m = &p->view.mesh;
  return !p->view.is_held || !p->view.is_held[k * ELUTE_MAX_TISSUES + m->tissue[row * m->pitch + i]];
}

/* sum of V C over the free cells of a species; *size of V |C| */
static long double amount(const Problem *p, const double *c, int k, long double *size) {
  const EluteMeshView *m = &p->view.mesh;
  long double sum = 0;
  for (int row = 0; row < m->n_rows; ++row)
    for (int i = 0; i < m->n_cells; ++i) {
      const long double v =
          (long double)m->volume_x[i] * m->volume_row[row] * c[(row * p->view.n_species + k) * m->pitch + i];
      if (!is_free(p, row, k, i)) continue;
      sum += v;
      *size += fabsl(v);
    }
  return sum;
}

/* What left species k, by the ledger: through faces, and the extents of its reactions. */
static long double left(const Problem *p, const double *ledger, int k, long double *size) {
  long double sum = (long double)ledger[2 * k] + ledger[2 * k + 1];
  *size += fabs(ledger[2 * k]) + fabs(ledger[2 * k + 1]);
  for (int r = 0; r < p->view.n_reactions; ++r)
    for (int c = 0; c < p->view.reactions[r].n_changes; ++c) {
      if (p->view.reactions[r].changed[c] != k) continue;
      sum -= p->view.reactions[r].change[c] * ledger[p->view.reactions[r].channel];
      *size += fabs(p->view.reactions[r].change[c] * ledger[p->view.reactions[r].channel]);
    }
  return sum;
}

/* before = after + what left, for every species; turnover: how much rounding has had to do with, per unit of amount. */
static void expect_balance(const Problem *p, const char *what, const double *before, const double *after,
                           const double *ledger, double turnover) {
  for (int k = 0; k < p->view.n_species; ++k) {
    long double size = 0, rest = amount(p, before, k, &size) - amount(p, after, k, &size) - left(p, ledger, k, &size);
    cr_assert(fabsl(rest) <= 1e-15L * turnover * size, "%s, %s: species %d: %Lg of %Lg is lost", p->spec.what, what, k,
              rest, size);
  }
}

static double *copy_of(const Problem *p, const double *x) {
  double *to = malloc(p->n_state * sizeof *to);
  memcpy(to, x, p->n_state * sizeof *to);
  return to;
}

static void check_residual(const ProblemSpec *spec) {
  Problem *p = problem_create(spec, 7);
  double *out = calloc(p->n_state, sizeof *out), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger);
  double *zero = calloc(p->n_state, sizeof *zero);
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, out, ledger), 0);
  expect_balance(p, "residual", zero, out, ledger, 10);
  memset(ledger, 0, (size_t)p->view.n_ledger * sizeof *ledger);
  cr_assert_eq(tested->jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost_x, p->increment, out, ledger), 0);
  expect_balance(p, "J x", zero, out, ledger, 10);
  free(out), free(ledger), free(zero);
  problem_destroy(p);
}

BACKEND_TEST(balance, residual_and_ledger_add_up_to_nothing) {
  check_residual(&closed_box);
  check_residual(&open_box);
  check_residual(&held_box);
  check_residual(&ring);
  for (int flow = UPWIND; flow <= LIMITED; ++flow) {
    const ProblemSpec specs[] = {moving(closed_box, flow), moving(open_box, flow), moving(held_box, flow),
                                 moving(ring, flow)};
    for (int c = 0; c < 4; ++c) check_residual(&specs[c]);
  }
}

/* theta lambda: rounding of a factor is relative to what its fluxes exchange. */
static void check_factors(const ProblemSpec *spec, double theta) {
  Problem *p = problem_create(spec, 11);
  const double turnover = 10 + theta * spec->stiffness;
  for (int axis = 0; axis < 3; ++axis) {
    double *x = copy_of(p, p->x), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger);
    cr_assert_eq(tested->line_solve(&p->view, axis, theta, p->increment, NULL, NULL, x, ledger), 0);
    expect_balance(p, "lines", p->x, x, ledger, turnover);
    free(x), free(ledger);
  }
  double *x = copy_of(p, p->x), *ledger = calloc((size_t)p->view.n_ledger, sizeof *ledger);
  cr_assert_eq(tested->reaction_solve(&p->view, p->u, theta, x, ledger), 0);
  expect_balance(p, "reactions", p->x, x, ledger, turnover);
  free(x), free(ledger);
  problem_destroy(p);
}

BACKEND_TEST(balance, every_factor_keeps_cells_and_ledger_together) {
  check_factors(&closed_box, 0.1);
  check_factors(&open_box, 0.3);
  check_factors(&held_box, 2);
  check_factors(&ring, 0.5);
  const ProblemSpec specs[] = {moving(closed_box, UPWIND), moving(open_box, LIMITED), moving(held_box, LIMITED),
                               moving(ring, UPWIND)};
  for (int c = 0; c < 4; ++c) check_factors(&specs[c], 0.4);
}

BACKEND_TEST(balance, stiff_lines_lose_nothing) {
  ProblemSpec spec = open_box;
  spec.n_reactions = 0;
  for (double theta = 1; theta < 1e7; theta *= 100) check_factors(&spec, theta);
  spec.flow = UPWIND;
  for (double theta = 1; theta < 1e7; theta *= 100) check_factors(&spec, theta);
}

BACKEND_TEST(balance, ledger_is_added_to) {
  Problem *p = problem_create(&open_box, 3);
  const size_t n = (size_t)p->view.n_ledger;
  double *out = calloc(p->n_state, sizeof *out), *once = calloc(n, sizeof *once), *twice = calloc(n, sizeof *twice);
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, out, once), 0);
  for (int pass = 0; pass < 2; ++pass) cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, out, twice), 0);
  for (size_t i = 0; i < n; ++i) cr_assert(fabs(twice[i] - 2 * once[i]) <= 1e-13 * fabs(once[i]));
  cr_assert_neq(once[0], 0);
  free(out), free(once), free(twice);
  problem_destroy(p);
}

BACKEND_TEST(balance, uniform_activity_stays_exactly) {
  ProblemSpec spec = closed_box;
  spec.n_reactions = 0;
  spec.periodic_x = true;
  Problem *p = problem_create(&spec, 5);
  double *s = (double *)(void *)p->view.transport.inverse_capacity, *out = calloc(p->n_state, sizeof *out);
  for (size_t i = 0; i < (size_t)(p->view.mesh.n_rows * spec.n_mobile * p->view.mesh.pitch); ++i) s[i] = 2;
  for (size_t i = 0; i < p->n_state; ++i) p->u[i] = (int)(i % (size_t)p->view.mesh.pitch) < spec.nx ? 0.3 : 0;
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, out, NULL), 0);
  for (size_t i = 0; i < p->n_state; ++i) cr_assert_eq(out[i], 0);
  free(out);
  problem_destroy(p);
}

BACKEND_TEST(balance, held_values_pass_every_factor_unchanged) {
  Problem *p = problem_create(&held_box, 5);
  const EluteMeshView *m = &p->view.mesh;
  double *x = copy_of(p, p->x);
  int held = 0;
  for (int axis = 0; axis < 3; ++axis)
    cr_assert_eq(tested->line_solve(&p->view, axis, 0.3, p->increment, NULL, NULL, x, NULL), 0);
  cr_assert_eq(tested->reaction_solve(&p->view, p->u, 0.3, x, NULL), 0);
  for (int row = 0; row < m->n_rows; ++row)
    for (int k = 0; k < p->view.n_species; ++k)
      for (int i = 0; i < m->n_cells; ++i) {
        const int at = (row * p->view.n_species + k) * m->pitch + i;
        if (is_free(p, row, k, i)) continue;
        cr_assert_eq(x[at], p->x[at]);
        ++held;
      }
  cr_assert_eq(held, p->view.n_held);
  cr_assert_gt(held, 10);
  free(x);
  problem_destroy(p);
}

/* f(u + x; b + db) - f(u; b) = J x for a linear problem, with the boundary's increment in it. */
static void check_linear(const ProblemSpec *spec) {
  Problem *p = problem_create(spec, 9);
  double *sum = copy_of(p, p->u), *f0 = calloc(p->n_state, sizeof *f0), *f1 = calloc(p->n_state, sizeof *f1),
         *y = calloc(p->n_state, sizeof *y);
  for (size_t i = 0; i < p->n_state; ++i) sum[i] += p->x[i];
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, f0, NULL), 0);
  for (int b = 0; b < p->view.n_scalars; ++b) p->view.scalars[b] += p->increment[b];
  cr_assert_eq(tested->residual(&p->view, sum, p->ghost, 1, NULL, f1, NULL), 0);
  cr_assert_eq(tested->jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost, p->increment, y, NULL), 0);
  for (size_t i = 0; i < p->n_state; ++i)
    cr_assert(fabs(f1[i] - f0[i] - y[i]) <= 1e-12 * (fabs(f0[i]) + fabs(f1[i]) + 100));
  free(sum), free(f0), free(f1), free(y);
  problem_destroy(p);
}

BACKEND_TEST(jacobian, is_the_difference_of_residuals_of_a_linear_problem) {
  const ProblemSpec upwind = moving(linear_box, UPWIND);
  check_linear(&linear_box);
  check_linear(&upwind);
}

/* Central differences of the residual, away from the corners at C = 0, with an error of e^2 and of rounding over e. */
static void check_linearised(const ProblemSpec *spec) {
  Problem *p = problem_create(spec, 13);
  const double e = 1e-5;
  double *up = copy_of(p, p->u), *down = copy_of(p, p->u), *f0 = calloc(p->n_state, sizeof *f0),
         *f1 = calloc(p->n_state, sizeof *f1);
  double *y = calloc(p->n_state, sizeof *y);
  for (size_t i = 0; i < p->n_state; ++i) {
    const double u = p->u[i] == 0 ? 0 : 0.1 + fabs(p->u[i]);
    p->u[i] = u, up[i] = u + e * p->x[i], down[i] = u - e * p->x[i];
  }
  cr_assert_eq(tested->residual(&p->view, up, p->ghost, 0.5 / e, NULL, f1, NULL), 0);
  cr_assert_eq(tested->residual(&p->view, down, p->ghost, 0.5 / e, NULL, f0, NULL), 0);
  cr_assert_eq(tested->jacobian_apply(&p->view, p->u, p->ghost, p->x, p->ghost_x, NULL, y, NULL), 0);
  for (size_t i = 0; i < p->n_state; ++i)
    cr_assert(fabs(f1[i] - f0[i] - y[i]) <= 2e-8 * (fabs(y[i]) + 10), "%g %g, %g apart", f1[i] - f0[i], y[i], f1[i] - f0[i] - y[i]);
  free(up), free(down), free(f0), free(f1), free(y);
  problem_destroy(p);
}

BACKEND_TEST(jacobian, linearises_the_residual) {
  const ProblemSpec limited = moving(closed_box, LIMITED);
  check_linearised(&closed_box);
  check_linearised(&limited);
}

/* (I - theta J_x) applied by jacobian_apply gives back what line_solve was given: 1-D, one factor alone. */
static void check_inverse(int flow) {
  const ProblemSpec line = {.flow = flow,
                            .what = "line",
                            .nx = 45,
                            .ny = 1,
                            .nz = 1,
                            .n_species = 2,
                            .n_mobile = 2,
                            .n_reactions = 0,
                            .stiffness = 3,
                            .open = true,
                            .held = true};
  Problem *p = problem_create(&line, 17);
  double *x = copy_of(p, p->x), *y = calloc(p->n_state, sizeof *y);
  cr_assert_eq(tested->line_solve(&p->view, 0, 0.7, p->increment, NULL, NULL, x, NULL), 0);
  cr_assert_eq(tested->line_solve(&p->view, 1, 0.7, NULL, NULL, NULL, y, NULL), 0);
  p->view.n_open_faces = p->view.open_face_begin[2] = p->view.open_face_begin[3] =
      p->view.open_face_begin[1]; /* those of x alone */
  cr_assert_eq(tested->jacobian_apply(&p->view, p->u, p->ghost, x, p->ghost_x, p->increment, y, NULL), 0);
  for (size_t i = 0; i < p->n_state; ++i)
    cr_assert(fabs(x[i] - 0.7 * y[i] - p->x[i]) <= 1e-12, "%g", x[i] - 0.7 * y[i] - p->x[i]);
  free(x), free(y);
  problem_destroy(p);
}

BACKEND_TEST(jacobian, of_transport_is_what_the_lines_invert) {
  check_inverse(STILL);
  check_inverse(UPWIND);
}

/* Fluid that comes and goes in balance with its sources leaves a uniform concentration alone: sum q w - (sum q) w = 0.
 */
BACKEND_TEST(balance, uniform_concentration_follows_the_fluid) {
  ProblemSpec spec = moving(closed_box, LIMITED);
  spec.n_reactions = 0, spec.periodic_x = true;
  Problem *p = problem_create(&spec, 5);
  const EluteMeshView *m = &p->view.mesh;
  const EluteFlowView *flow = &p->view.flow;
  double *s = (double *)(void *)p->view.transport.inverse_capacity, *out = calloc(p->n_state, sizeof *out);
  for (size_t i = 0; i < (size_t)(m->n_rows * spec.n_mobile * m->pitch); ++i)
    s[i] = 2, ((double *)(void *)flow->carry)[i] = 3;
  for (size_t i = 0; i < p->n_state; ++i) p->u[i] = (int)(i % (size_t)m->pitch) < spec.nx ? 0.3 : 0;
  cr_assert_eq(tested->residual(&p->view, p->u, p->ghost, 1, NULL, out, NULL), 0);
  for (int row = 0; row < m->n_rows; ++row)
    for (int i = 0; i < m->n_cells; ++i) {
      const int y = row % m->ny, z = row / m->ny, below = z * (m->ny + 1) + y;
      const double leaves = flow->flux[0][row * m->pitch + i + 1] - flow->flux[0][row * m->pitch + i] +
                            flow->flux[1][(below + 1) * m->pitch + i] - flow->flux[1][below * m->pitch + i] +
                            flow->flux[2][((z + 1) * m->ny + y) * m->pitch + i] - flow->flux[2][row * m->pitch + i];
      for (int k = 0; k < spec.n_mobile; ++k)
        cr_assert(fabs(out[(row * p->view.n_species + k) * m->pitch + i] +
                       leaves * 0.9 / (m->volume_x[i] * m->volume_row[row])) <= 1e-13 * spec.stiffness * 40);
    }
  free(out);
  problem_destroy(p);
}

BACKEND_TEST(determinism, the_same_call_gives_the_same_bits) {
  Problem *p = problem_create(&open_box, 19);
  const size_t n = p->n_state, m = (size_t)p->view.n_ledger;
  double *x[2], *ledger[2];
  for (int pass = 0; pass < 2; ++pass) {
    x[pass] = copy_of(p, p->x), ledger[pass] = calloc(m, sizeof(double));
    cr_assert_eq(tested->reaction_solve(&p->view, p->u, 0.2, x[pass], ledger[pass]), 0);
    for (int axis = 0; axis < 3; ++axis)
      cr_assert_eq(tested->line_solve(&p->view, axis, 0.2, p->increment, NULL, NULL, x[pass], ledger[pass]), 0);
  }
  cr_assert_eq(memcmp(x[0], x[1], n * sizeof(double)), 0);
  cr_assert_eq(memcmp(ledger[0], ledger[1], m * sizeof(double)), 0);
  for (int pass = 0; pass < 2; ++pass) free(x[pass]), free(ledger[pass]);
  problem_destroy(p);
}
