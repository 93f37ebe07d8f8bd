#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "solver/stepping/lines.h"

enum { N = 12 };

/* A line of N unknowns: diagonal 1 + l + u, off-diagonals -l, -u; cyclic or not; solved densely by elimination. */
typedef struct Line {
  double lower[N], upper[N], rhs[N];
} Line;

static Line make_line(void) {
  Line line;

  for (int i = 0; i < N; i++) {
    line.lower[i] = 0.3 + 0.7 * i;
    line.upper[i] = 5.0 / (1 + i);
    line.rhs[i] = sin(1.0 + i);
  }
  return line;
}

static void solve_dense(int n, double a[N][N + 1], double *x) {
  for (int p = 0; p < n; p++) {
    for (int i = p + 1; i < n; i++) {
      double factor = a[i][p] / a[p][p];

      for (int j = p; j <= n; j++) a[i][j] -= factor * a[p][j];
    }
  }
  for (int i = n - 1; i >= 0; i--) {
    x[i] = a[i][n];
    for (int j = i + 1; j < n; j++) x[i] -= a[i][j] * x[j];
    x[i] /= a[i][i];
  }
}

static void solve_whole(const Line *line, bool periodic, double *x) {
  double a[N][N + 1] = {{0}};

  for (int i = 0; i < N; i++) {
    a[i][i] = 1 + line->lower[i] + line->upper[i];
    if (i > 0)
      a[i][i - 1] -= line->lower[i];
    else if (periodic)
      a[0][N - 1] -= line->lower[0];
    if (i < N - 1)
      a[i][i + 1] -= line->upper[i];
    else if (periodic)
      a[N - 1][0] -= line->upper[N - 1];
    a[i][N] = line->rhs[i];
  }
  solve_dense(N, a, x);
}

/* first and last unknown of cells [begin, end) for a right-hand side in `rhs`. */
static void ends_of(const Line *line, int begin, int end, const double *rhs, double *first, double *last) {
  double a[N][N + 1] = {{0}}, x[N];
  int n = end - begin;

  for (int i = 0; i < n; i++) {
    a[i][i] = 1 + line->lower[begin + i] + line->upper[begin + i];
    if (i > 0) a[i][i - 1] = -line->lower[begin + i];
    if (i < n - 1) a[i][i + 1] = -line->upper[begin + i];
    a[i][n] = rhs[i];
  }
  solve_dense(n, a, x);
  *first = x[0];
  *last = x[n - 1];
}

static void check_partition(int blocks, const int *begin, bool periodic) {
  Line line = make_line();
  double equations[N * 6], first[N], last[N], x[N];

  solve_whole(&line, periodic, x);
  for (int p = 0; p < blocks; p++) {
    double unit[N] = {0}, *e = equations + 6 * p;
    int n = begin[p + 1] - begin[p];

    ends_of(&line, begin[p], begin[p + 1], line.rhs + begin[p], &e[0], &e[3]);
    unit[0] = periodic || p > 0 ? line.lower[begin[p]] : 0;
    ends_of(&line, begin[p], begin[p + 1], unit, &e[1], &e[4]);
    memset(unit, 0, sizeof unit);
    unit[n - 1] = periodic || p < blocks - 1 ? line.upper[begin[p + 1] - 1] : 0;
    ends_of(&line, begin[p], begin[p + 1], unit, &e[2], &e[5]);
  }
  elute_lines_reduced(blocks, periodic, equations, 6, 1, first, last);
  for (int p = 0; p < blocks; p++) {
    cr_expect_float_eq(first[p], x[begin[p]], 1e-13);
    cr_expect_float_eq(last[p], x[begin[p + 1] - 1], 1e-13);
  }
}

Test(lines, blocks_of_a_line_meet_as_in_the_whole_line) {
  check_partition(1, (int[]){0, N}, false);
  check_partition(2, (int[]){0, 5, N}, false);
  check_partition(4, (int[]){0, 1, 2, 9, N}, false); /* blocks of one cell too */
}

Test(lines, blocks_of_a_cyclic_line_meet_as_in_the_whole_line) {
  check_partition(1, (int[]){0, N}, true);
  check_partition(3, (int[]){0, 4, 8, N}, true);
  check_partition(4, (int[]){0, 1, 2, 9, N}, true);
}
