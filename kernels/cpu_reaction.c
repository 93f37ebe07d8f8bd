/* (I - theta J_R)^-1 per cell. Species that reactions do not couple both ways fall into separate blocks, solved one
   after the other (a chain loaded -> free -> gone needs no matrix at all); a block of several species is a dense
   system, eliminated for ELUTE_LANES cells at once. Elimination takes the pivots as they come and watches them: a cell
   in which one is weak is done again with pivoting. */
#include <string.h>
#include "cpu_rows.h"
#include "cell/solve.h"

/* A pivot smaller than this part of the largest entry below it is not trusted (threshold pivoting). */
static const double weakest_pivot = 0.1;

typedef struct Block {
  int n;
  int species[ELUTE_MAX_SPECIES];
} Block;

typedef struct Plan {
  const EluteProblemView *p;
  double theta;
  int n_pairs, n_blocks, n_gradients;
  int pair[ELUTE_MAX_SPECIES][ELUTE_MAX_SPECIES]; /* where d f_row/d C_column is kept; -1: structurally zero */
  Block block[ELUTE_MAX_SPECIES];                 /* in order: each needs earlier ones alone */
  uint64_t held[ELUTE_MAX_SPECIES];
  uint64_t active[ELUTE_MAX_REACTIONS];
  int first_gradient[ELUTE_MAX_REACTIONS];
  bool is_constant[ELUTE_MAX_REACTIONS]; /* along this run the gradient is one number, slope */
  double slope[ELUTE_MAX_REACTIONS];
  EluteSum passed[ELUTE_MAX_REACTIONS];
  double *jacobian, *gradient, *work, *extent, *free_cell, *rhs, *matrix, *lane_rhs;
} Plan;

/* Which entries of J_R exist, and reach[k]: the species that species k depends on, itself included. */
static void find_pairs(Plan *s, uint32_t *reach) {
  const EluteProblemView *p = s->p;
  const int n = p->n_species;
  for (int k = 0; k < n; ++k) {
    reach[k] = UINT32_C(1) << k;
    for (int j = 0; j < n; ++j) s->pair[k][j] = -1;
  }
  s->n_pairs = 0;
  for (int r = 0; r < p->n_reactions; ++r)
    for (int c = 0; c < p->reactions[r].n_changes; ++c)
      for (int f = 0; f < p->reactions[r].n_factors; ++f) {
        const int k = p->reactions[r].changed[c], j = p->reactions[r].factor[f].species;
        if (s->pair[k][j] < 0) s->pair[k][j] = s->n_pairs++;
        reach[k] |= UINT32_C(1) << j;
      }
  for (int via = 0; via < n; ++via)
    for (int k = 0; k < n; ++k)
      if (reach[k] >> via & 1) reach[k] |= reach[via];
}

/* Blocks are sets of species that reach each other. What a block depends on reaches strictly less, so that ordering by
   the number reached puts it first. */
static void find_blocks(Plan *s, const uint32_t *reach) {
  const int n = s->p->n_species;
  uint32_t done = 0;
  s->n_blocks = 0;
  for (int size = 1; size <= n; ++size)
    for (int k = 0; k < n; ++k) {
      Block *b = &s->block[s->n_blocks];
      if (done >> k & 1 || __builtin_popcount(reach[k]) != size) continue;
      b->n = 0;
      for (int j = 0; j < n; ++j)
        if ((reach[k] >> j & 1) && (reach[j] >> k & 1)) {
          b->species[b->n++] = j;
          done |= UINT32_C(1) << j;
        }
      ++s->n_blocks;
    }
}

static int plan_begin(Plan *s, const EluteProblemView *p, double theta) {
  uint32_t reach[ELUTE_MAX_SPECIES];
  const size_t run = ELUTE_RUN, most = ELUTE_MAX_SPECIES;
  size_t gradients = 0, total;
  if (elute_cpu_check(p)) return 1;
  s->p = p;
  s->theta = theta;
  find_pairs(s, reach);
  find_blocks(s, reach);
  for (int k = 0; k < p->n_species; ++k) s->held[k] = elute_held_tissues(p, k);
  for (int r = 0; r < p->n_reactions; ++r) {
    s->active[r] = elute_active_tissues(p, &p->reactions[r]);
    s->passed[r] = (EluteSum){0, 0};
    s->first_gradient[r] = (int)gradients;
    gradients += (size_t)p->reactions[r].n_factors;
  }
  total =
      ((size_t)s->n_pairs + gradients + 2 + most) * run + ELUTE_GRADIENT_WORK(run) + (most * most + most) * ELUTE_LANES;
  s->n_gradients = (int)gradients;
  s->jacobian = elute_cpu_scratch(total);
  if (!s->jacobian) return 1;
  s->gradient = s->jacobian + (size_t)s->n_pairs * run;
  s->work = s->gradient + gradients * run;
  s->extent = s->work + ELUTE_GRADIENT_WORK(run);
  s->free_cell = s->extent + run;
  s->rhs = s->free_cell + run;
  s->matrix = s->rhs + most * run;
  s->lane_rhs = s->matrix + most * most * ELUTE_LANES;
  return 0;
}

static double *jacobian_of(const Plan *s, int k, int j) {
  return s->jacobian + (int64_t)s->pair[k][j] * ELUTE_RUN;
}

/* entry (+)= change * slope; *begun: it holds something already. slope NULL: it is `constant`. */
static void add_entry(int n, double change, const double *restrict slope, double constant, bool *begun,
                      double *restrict entry) {
  const double same = change * constant;
  if (slope && *begun)
    for (int i = 0; i < n; ++i) entry[i] += change * slope[i];
  else if (slope)
    for (int i = 0; i < n; ++i) entry[i] = change * slope[i];
  else if (*begun)
    for (int i = 0; i < n; ++i) entry[i] += same;
  else
    for (int i = 0; i < n; ++i) entry[i] = same;
  *begun = true;
}

/* The entries of J_R along a run; rows of held species are zero. */
static void linearise(Plan *s, const double *u, int64_t cell, int n, uint64_t tissues) {
  const EluteProblemView *p = s->p;
  bool begun[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES] = {false};
  for (int r = 0; r < p->n_reactions; ++r) {
    const EluteReaction *reaction = &p->reactions[r];
    double *gradient = s->gradient + (int64_t)s->first_gradient[r] * ELUTE_RUN;
    if (!(s->active[r] & tissues)) continue;
    s->is_constant[r] = reaction->n_factors == 1 && reaction->factor[0].kind == ELUTE_LINEAR &&
                        elute_is_constant(p, reaction->rate, tissues, &s->slope[r]);
    if (!s->is_constant[r]) elute_reaction_gradient(p, reaction, u, p->mesh.pitch, cell, n, tissues, s->work, gradient);
    for (int c = 0; c < reaction->n_changes; ++c)
      for (int f = 0; f < reaction->n_factors; ++f) {
        const int pair = s->pair[reaction->changed[c]][reaction->factor[f].species];
        add_entry(n, reaction->change[c], s->is_constant[r] ? NULL : gradient + (int64_t)f * n, s->slope[r],
                  &begun[pair], s->jacobian + (int64_t)pair * ELUTE_RUN);
      }
  }
  for (int e = 0; e < s->n_pairs; ++e)
    if (!begun[e]) memset(s->jacobian + (int64_t)e * ELUTE_RUN, 0, (size_t)n * sizeof(double));
  for (int k = 0; k < p->n_species; ++k) {
    if (!(s->held[k] & tissues)) continue;
    elute_free_cells(s->held[k], p->mesh.tissue + cell, n, s->free_cell);
    for (int j = 0; j < p->n_species; ++j) {
      const double *restrict free_cell = s->free_cell;
      double *restrict entry = s->pair[k][j] < 0 ? NULL : jacobian_of(s, k, j);
      for (int i = 0; i < n && entry; ++i) entry[i] = free_cell[i] != 0 ? entry[i] : 0.0;
    }
  }
}

/* rhs += theta sum over the species outside the block, solved already, of J_kj x_j */
static void add_solved(const Plan *s, const Block *b, int member, const double *x, int n, double *restrict rhs) {
  const int64_t pitch = s->p->mesh.pitch;
  const double theta = s->theta;
  for (int j = 0; j < s->p->n_species; ++j) {
    bool inside = s->pair[b->species[member]][j] < 0;
    for (int m = 0; m < b->n; ++m) inside = inside || b->species[m] == j;
    if (inside) continue;
    const double *restrict entry = jacobian_of(s, b->species[member], j), *restrict xj = x + j * pitch;
    for (int i = 0; i < n; ++i) rhs[i] += theta * entry[i] * xj[i];
  }
}

/* Eliminates a[(row * m + column) * LANES + lane] without exchanges; weak[lane] is raised where that cannot be trusted.
   m is a constant for the small sizes, so that the compiler unrolls. */
ELUTE_INLINE void eliminate(int m, double *restrict a, double *restrict b, double *restrict weak) {
  double inverse[ELUTE_MAX_SPECIES][ELUTE_LANES];
  for (int c = 0; c < m; ++c) {
    double below[ELUTE_LANES] = {0};
    for (int r = c + 1; r < m; ++r)
      for (int l = 0; l < ELUTE_LANES; ++l) {
        const double size = fabs(a[(r * m + c) * ELUTE_LANES + l]);
        below[l] = size > below[l] ? size : below[l];
      }
    for (int l = 0; l < ELUTE_LANES; ++l) {
      const double pivot = a[(c * m + c) * ELUTE_LANES + l];
      weak[l] = fabs(pivot) < weakest_pivot * below[l] ? 1.0 : weak[l];
      inverse[c][l] = 1.0 / pivot;
    }
    for (int r = c + 1; r < m; ++r) {
      double factor[ELUTE_LANES];
      for (int l = 0; l < ELUTE_LANES; ++l) factor[l] = a[(r * m + c) * ELUTE_LANES + l] * inverse[c][l];
      for (int k = c + 1; k < m; ++k)
        for (int l = 0; l < ELUTE_LANES; ++l)
          a[(r * m + k) * ELUTE_LANES + l] -= factor[l] * a[(c * m + k) * ELUTE_LANES + l];
      for (int l = 0; l < ELUTE_LANES; ++l) b[r * ELUTE_LANES + l] -= factor[l] * b[c * ELUTE_LANES + l];
    }
  }
  for (int r = m - 1; r >= 0; --r) {
    for (int k = r + 1; k < m; ++k)
      for (int l = 0; l < ELUTE_LANES; ++l)
        b[r * ELUTE_LANES + l] -= a[(r * m + k) * ELUTE_LANES + l] * b[k * ELUTE_LANES + l];
    for (int l = 0; l < ELUTE_LANES; ++l) b[r * ELUTE_LANES + l] *= inverse[r][l];
  }
}

/* One cell again, from the matrix, with pivoting. */
static void solve_cell(const Plan *s, const Block *b, int i, double *solution) {
  double a[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES];
  const int m = b->n;
  for (int r = 0; r < m; ++r) {
    for (int c = 0; c < m; ++c) {
      const bool there = s->pair[b->species[r]][b->species[c]] >= 0;
      a[r * m + c] = (r == c ? 1.0 : 0.0) - (there ? s->theta * jacobian_of(s, b->species[r], b->species[c])[i] : 0.0);
    }
    solution[r] = s->rhs[(int64_t)r * ELUTE_RUN + i];
  }
  elute_dense_solve(m, 1, a, solution);
}

/* Cells i .. i + lanes-1 of a block of m = b->n species. */
ELUTE_INLINE void solve_lanes(int m, const Plan *s, const Block *b, int i, int lanes, double *x) {
  double *restrict a = s->matrix, *restrict rhs = s->lane_rhs;
  double weak[ELUTE_LANES] = {0}, any = 0;
  const int64_t pitch = s->p->mesh.pitch;
  for (int r = 0; r < m; ++r) {
    for (int c = 0; c < m; ++c) {
      double *restrict entry = a + (r * m + c) * ELUTE_LANES;
      const double unit = r == c ? 1.0 : 0.0;
      const bool there = s->pair[b->species[r]][b->species[c]] >= 0;
      const double *restrict from = there ? jacobian_of(s, b->species[r], b->species[c]) + i : entry;
      for (int l = 0; l < ELUTE_LANES; ++l) entry[l] = unit - (there && l < lanes ? s->theta * from[l] : 0.0);
    }
    for (int l = 0; l < ELUTE_LANES; ++l)
      rhs[r * ELUTE_LANES + l] = l < lanes ? s->rhs[(int64_t)r * ELUTE_RUN + i + l] : 0.0;
  }
  eliminate(m, a, rhs, weak);
  for (int l = 0; l < lanes; ++l) any += weak[l];
  for (int l = 0; l < lanes && any > 0; ++l) {
    double solution[ELUTE_MAX_SPECIES];
    if (weak[l] == 0) continue;
    solve_cell(s, b, i + l, solution);
    for (int r = 0; r < m; ++r) rhs[r * ELUTE_LANES + l] = solution[r];
  }
  for (int r = 0; r < m; ++r) {
    double *restrict out = x + b->species[r] * pitch + i;
    for (int l = 0; l < lanes; ++l) out[l] = rhs[r * ELUTE_LANES + l];
  }
}

static void solve_block(const Plan *s, const Block *b, double *x, int n) {
  if (b->n == 1) {
    const int k = b->species[0];
    const double theta = s->theta;
    double *restrict xk = x + k * (int64_t)s->p->mesh.pitch;
    add_solved(s, b, 0, x, n, xk);
    if (s->pair[k][k] < 0) return;
    const double *restrict entry = jacobian_of(s, k, k);
    for (int i = 0; i < n; ++i) xk[i] /= 1.0 - theta * entry[i];
    return;
  }
  for (int r = 0; r < b->n; ++r) {
    double *rhs = s->rhs + (int64_t)r * ELUTE_RUN;
    memcpy(rhs, x + b->species[r] * (int64_t)s->p->mesh.pitch, (size_t)n * sizeof(double));
    add_solved(s, b, r, x, n, rhs);
  }
  for (int i = 0; i < n; i += ELUTE_LANES) {
    const int lanes = n - i < ELUTE_LANES ? n - i : ELUTE_LANES;
    switch (b->n) {
    case 2:
      solve_lanes(2, s, b, i, lanes, x);
      break;
    case 3:
      solve_lanes(3, s, b, i, lanes, x);
      break;
    case 4:
      solve_lanes(4, s, b, i, lanes, x);
      break;
    default:
      solve_lanes(b->n, s, b, i, lanes, x);
    }
  }
}

/* passed += V gradient . x */
static void count_extents(Plan *s, const double *x, int32_t row, int begin, int n, uint64_t tissues) {
  const EluteProblemView *p = s->p;
  for (int r = 0; r < p->n_reactions; ++r) {
    const EluteReaction *reaction = &p->reactions[r];
    const double *volume_x = p->mesh.volume_x + begin, *x0 = x + reaction->factor[0].species * (int64_t)p->mesh.pitch;
    double *restrict extent = s->extent, sum;
    if (!(s->active[r] & tissues) || reaction->n_factors == 0) continue;
    if (s->is_constant[r]) {
      sum = s->slope[r] * elute_dot(n, volume_x, x0);
    } else {
      const double *restrict slope = s->gradient + (int64_t)s->first_gradient[r] * ELUTE_RUN;
      for (int i = 0; i < n; ++i) extent[i] = slope[i] * x0[i];
      for (int f = 1; f < reaction->n_factors; ++f) {
        const double *restrict next = slope + (int64_t)f * n;
        const double *restrict xf = x + reaction->factor[f].species * (int64_t)p->mesh.pitch;
        for (int i = 0; i < n; ++i) extent[i] += next[i] * xf[i];
      }
      sum = elute_dot(n, volume_x, extent);
    }
    elute_add(&s->passed[r], p->mesh.volume_row[row] * sum);
  }
}

int elute_cpu_reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  Plan s;
  if (plan_begin(&s, p, theta)) return 1;
  for (int32_t row = 0; row < p->mesh.n_rows && s.n_gradients > 0; ++row) {
    const uint64_t tissues = elute_row_tissues(&p->mesh, row);
    for (int begin = 0; begin < p->mesh.n_cells; begin += ELUTE_RUN) {
      const int left = p->mesh.n_cells - begin, n = left < ELUTE_RUN ? left : ELUTE_RUN;
      const int64_t cell = (int64_t)row * p->mesh.pitch + begin, at = elute_state_offset(p, row, 0, begin);
      linearise(&s, u + at, cell, n, tissues);
      for (int b = 0; b < s.n_blocks; ++b) {
        bool coupled = false;
        for (int j = 0; j < p->n_species; ++j) coupled = coupled || s.pair[s.block[b].species[0]][j] >= 0;
        if (coupled) solve_block(&s, &s.block[b], x + at, n);
      }
      if (ledger) count_extents(&s, x + at, row, begin, n, tissues);
    }
  }
  for (int r = 0; r < p->n_reactions && ledger; ++r)
    ledger[p->reactions[r].channel] += theta * elute_total(s.passed[r]);
  return 0;
}
