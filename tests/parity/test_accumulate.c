/* What is kept of sums of species, against straight lines written out by themselves; the guard against the CPU. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "hosted.h"
#include "problem.h"

enum { ARRAYS = 5, STEPS = 3 };

static const ProblemSpec specs[] = {
    {.what = "1-D", .nx = 37, .ny = 1, .nz = 1, .n_species = 3, .n_mobile = 2, .stiffness = 1},
    {.what = "3-D", .nx = 13, .ny = 4, .nz = 3, .n_species = 4, .n_mobile = 3, .stiffness = 1, .held = true},
    {.what = "one cell", .nx = 1, .ny = 1, .nz = 1, .n_species = 2, .n_mobile = 0, .stiffness = 1},
    {.what = "an idle rank", .nx = 9, .ny = 1, .nz = 1, .n_species = 2, .n_mobile = 2, .stiffness = 1, .no_rows = true},
};

typedef struct Kept {
  EluteWatch watch;
  double *array[ARRAYS], *scale; /* of the first species */
  size_t n;
} Kept;

static Kept keep(const Problem *p) {
  Kept k = {.n = (size_t)(p->view.mesh.n_rows * p->view.mesh.pitch)};
  uint64_t random = 5;
  for (int a = 0; a < ARRAYS; ++a) k.array[a] = calloc(k.n + 1, sizeof(double));
  k.scale = calloc(k.n + 1, sizeof(double));
  for (size_t i = 0; i < k.n; ++i) k.scale[i] = 1 + problem_random(&random);
  k.watch = (EluteWatch){.n = 2, .species = {1, 0}, .scale = {k.scale, NULL}, .threshold = 1.2};
  return k;
}

static void aim(EluteWatch *watch, double *const array[ARRAYS]) {
  watch->last = array[0], watch->integral = array[1], watch->peak = array[2], watch->peak_time = array[3];
  watch->above = array[4];
}

static void kept_destroy(Kept *k) {
  for (int a = 0; a < ARRAYS; ++a) free(k->array[a]);
  free(k->scale);
}

/* State number s. */
static void states(const Problem *p, double *u, int s) {
  for (size_t i = 0; i < p->n_state; ++i) u[i] = p->u[i] * (1 + 0.5 * s * (1.5 - s)) + (s == 2 ? p->x[i] : 0) * 0.1;
}

static double sum_at(const Problem *p, const Kept *k, const double *u, int row, int i) {
  const size_t species = (size_t)p->view.n_species, pitch = (size_t)p->view.mesh.pitch, at = (size_t)i;
  const size_t r = (size_t)row;
  return k->scale[r * pitch + at] * u[(r * species + 1) * pitch + at] + u[r * species * pitch + at];
}

/* A straight line from a to b in a thousand pieces. */
static double time_above(double a, double b, double threshold, double h) {
  const int pieces = 1000;
  int above = 0;
  for (int i = 0; i < pieces; ++i) above += a + (b - a) * (i + 0.5) / pieces > threshold;
  return h * above / pieces;
}

static void check(Problem *p) {
  static const double step[STEPS + 1] = {0, 0.5, 0.25, 2};
  Kept k = keep(p);
  double *u[STEPS + 1], t[STEPS + 1] = {1};
  aim(&k.watch, k.array);
  for (int s = 0; s <= STEPS; ++s) {
    u[s] = calloc(p->n_state + 1, sizeof(double));
    states(p, u[s], s);
    t[s] = s ? t[s - 1] + step[s] : 1;
    cr_assert_eq(tested->accumulate(&p->view, u[s], t[s], step[s], &k.watch), 0);
  }
  for (int row = 0; row < p->view.mesh.n_rows; ++row)
    for (int i = 0; i < p->view.mesh.pitch; ++i) {
      const size_t at = (size_t)(row * p->view.mesh.pitch + i);
      double integral = 0, peak = 0, peak_time = 0, above = 0, last = 0;
      for (int s = 0; s <= STEPS && i < p->view.mesh.n_cells; ++s) {
        const double now = sum_at(p, &k, u[s], row, i);
        if (now > peak) peak = now, peak_time = t[s];
        if (s) integral += step[s] * (last + now) / 2, above += time_above(last, now, 1.2, step[s]);
        last = now;
      }
      cr_assert(fabs(k.array[0][at] - last) <= 1e-14 * (1 + fabs(last)));
      cr_assert(fabs(k.array[1][at] - integral) <= 1e-13 * (1 + fabs(integral)));
      cr_assert(fabs(k.array[2][at] - peak) <= 1e-14 * (1 + peak));
      cr_assert(k.array[3][at] == peak_time);
      cr_assert(fabs(k.array[4][at] - above) <= 2e-3 * STEPS, "%g, %g", k.array[4][at], above);
    }
  for (int s = 0; s <= STEPS; ++s) free(u[s]);
  kept_destroy(&k);
}

static void for_all(void (*of)(Problem *)) {
  for (size_t s = 0; s < sizeof specs / sizeof specs[0]; ++s) {
    Problem *p = problem_create(&specs[s], 3 + s);
    of(p);
    problem_destroy(p);
  }
}

BACKEND_TEST(accumulate, agrees_with_straight_lines) {
  for_all(check);
}

BACKEND_TEST(accumulate, keeps_what_it_is_asked_for_alone) {
  Problem *p = problem_create(&specs[0], 1);
  Kept k = keep(p);
  k.watch.last = k.array[0];
  cr_assert_eq(tested->accumulate(&p->view, p->u, 1, 1, &k.watch), 0);
  cr_assert(k.array[0][0] != 0);
  kept_destroy(&k);
  problem_destroy(p);
}

static void same_bits_of_guard(Problem *p) {
  Kept k = keep(p), host = keep(p);
  Upload up;
  double *u, *array[ARRAYS];
  upload_problem(p, &elute_backend_guard, &up);
  u = upload_array(&up, p->u, p->n_state * sizeof(double));
  for (int a = 0; a < ARRAYS; ++a) array[a] = upload_array(&up, NULL, k.n * sizeof(double));
  aim(&k.watch, array);
  k.watch.scale[0] = upload_array(&up, k.scale, k.n * sizeof(double));
  aim(&host.watch, host.array);
  for (int s = 0; s < 2; ++s) {
    cr_assert_eq(elute_backend_guard.accumulate(&up.view, u, s, s, &k.watch), 0, "%s", elute_backend_error());
    cr_assert_eq(elute_backend_cpu.accumulate(&p->view, p->u, s, s, &host.watch), 0);
  }
  for (int a = 0; a < ARRAYS; ++a) {
    cr_assert_eq(elute_backend_guard.to_host(k.array[a], array[a], k.n * sizeof(double)), 0);
    cr_assert_eq(memcmp(k.array[a], host.array[a], k.n * sizeof(double)), 0);
  }
  upload_release(&up);
  kept_destroy(&k);
  kept_destroy(&host);
}

Test(accumulate, the_guard_gives_the_same_bits) {
  for_all(same_bits_of_guard);
}

Test(accumulate, the_guard_wants_its_own_memory) {
  Problem *p = problem_create(&specs[0], 1);
  Kept k = keep(p);
  Upload up;
  upload_problem(p, &elute_backend_guard, &up);
  k.watch.n = 0;
  k.watch.last = k.array[0];
  cr_assert(elute_backend_guard.accumulate(&up.view, upload_array(&up, p->u, p->n_state * 8), 0, 0, &k.watch));
  upload_release(&up);
  kept_destroy(&k);
  problem_destroy(p);
}
