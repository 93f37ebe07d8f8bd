/* (I - theta J_R)^-1 per cell. Species that reactions do not couple both ways fall into separate blocks, solved one
   after the other (a chain loaded -> free -> gone needs no matrix at all); a block of several species is a dense
   system, eliminated for four cells at once. Elimination takes the pivots as they come and watches them: a cell
   in which one is weak is done again with pivoting. */
#include <string.h>
#include "cpu_rows.h"
#include "cell/solve.h"

/* A pivot smaller than this part of the largest entry below it is not trusted (threshold pivoting). */
static const double weakest_pivot = 0.1;

/* Cells eliminated at once. */
enum { QUAD = 4 };

typedef struct Block {
  int n;
  int species[ELUTE_MAX_SPECIES];
  int n_earlier[ELUTE_MAX_SPECIES]; /* of each: the species of other blocks that it depends on */
  int earlier[ELUTE_MAX_SPECIES][ELUTE_MAX_SPECIES];
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
  double *jacobian, *gradient, *work, *extent, *free_cell;
  EluteQuad *matrix; /* of a large block, with a column beside it */
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

static void find_earlier(const Plan *s, Block *b) {
  for (int m = 0; m < b->n; ++m) {
    b->n_earlier[m] = 0;
    for (int j = 0; j < s->p->n_species; ++j) {
      bool outside = s->pair[b->species[m]][j] >= 0;
      for (int other = 0; other < b->n; ++other) outside = outside && b->species[other] != j;
      if (outside) b->earlier[m][b->n_earlier[m]++] = j;
    }
  }
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
      find_earlier(s, b);
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
  total = ((size_t)s->n_pairs + gradients + 2) * run + ELUTE_GRADIENT_WORK(run) + (most * most + most) * QUAD;
  s->n_gradients = (int)gradients;
  s->jacobian = elute_cpu_scratch(total);
  if (!s->jacobian) return 1;
  s->gradient = s->jacobian + (size_t)s->n_pairs * run;
  s->work = s->gradient + gradients * run;
  s->extent = s->work + ELUTE_GRADIENT_WORK(run);
  s->free_cell = s->extent + run;
  s->matrix = (EluteQuad *)(void *)(s->free_cell + run);
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

/* x + theta sum over the species outside the block, solved already, of J_kj x_j */
static inline void right_hand_side(const Plan *s, const Block *b, int member, const double *x, int i, EluteQuad *rhs) {
  const int64_t pitch = s->p->mesh.pitch;
  const int k = b->species[member];
  EluteQuad entry, solved;
  ELUTE_QUAD_LOAD(*rhs, x + k * pitch + i);
  for (int j = 0; j < b->n_earlier[member]; ++j) {
    ELUTE_QUAD_LOAD(entry, jacobian_of(s, k, b->earlier[member][j]) + i);
    ELUTE_QUAD_LOAD(solved, x + b->earlier[member][j] * pitch + i);
    *rhs += s->theta * entry * solved;
  }
}

/* Eliminates a[row * m + column] without exchanges; true, and bits set in the lanes of *distrusted, where that cannot
   be trusted. m is a constant for the small sizes, so that the compiler keeps the matrix in registers. */
ELUTE_INLINE bool eliminate(int m, EluteQuad *restrict a, EluteQuad *restrict b, EluteQuadBits *distrusted) {
  EluteQuad inverse[ELUTE_MAX_SPECIES];
  EluteQuadBits weak = {0};
  int64_t any = 0;
  for (int c = 0; c < m; ++c) {
    EluteQuad below = {0};
    for (int r = c + 1; r < m; ++r) {
      const EluteQuad size = ELUTE_QUAD_SIZE(a[r * m + c]);
      below = ELUTE_QUAD_SELECT(size > below, size, below);
    }
    weak |= ELUTE_QUAD_SIZE(a[c * m + c]) < weakest_pivot * below;
    inverse[c] = 1.0 / a[c * m + c];
    for (int r = c + 1; r < m; ++r) {
      const EluteQuad factor = a[r * m + c] * inverse[c];
      for (int k = c + 1; k < m; ++k) a[r * m + k] -= factor * a[c * m + k];
      b[r] -= factor * b[c];
    }
  }
  for (int r = m - 1; r >= 0; --r) {
    for (int k = r + 1; k < m; ++k) b[r] -= a[r * m + k] * b[k];
    b[r] *= inverse[r];
  }
  for (int l = 0; l < QUAD; ++l) any |= weak[l];
  *distrusted = weak;
  return any != 0;
}

/* Cells i.. again, from the matrix, with pivoting; what is known already, such as a held value, stays to the last bit.
 */
static __attribute__((noinline)) void solve_again(const Plan *s, const Block *block, int i, const double *x,
                                                  EluteQuad *b) {
  double a[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES], solution[ELUTE_MAX_SPECIES];
  const int m = block->n;
  for (int r = 0; r < m; ++r) right_hand_side(s, block, r, x, i, &b[r]);
  for (int l = 0; l < QUAD; ++l) {
    bool known[ELUTE_MAX_SPECIES];
    for (int r = 0; r < m; ++r) {
      known[r] = true;
      for (int c = 0; c < m; ++c) {
        const bool there = s->pair[block->species[r]][block->species[c]] >= 0;
        const double entry = there ? s->theta * jacobian_of(s, block->species[r], block->species[c])[i + l] : 0.0;
        a[r * m + c] = (r == c ? 1.0 : 0.0) - entry;
        known[r] = known[r] && entry == 0;
      }
      solution[r] = b[r][l];
    }
    elute_dense_solve(m, 1, a, solution);
    for (int r = 0; r < m; ++r) b[r][l] = known[r] ? b[r][l] : solution[r];
  }
}

/* Cells i .. i + QUAD - 1 of a block of m = block->n species; those from n on are padding and stay zero. */
ELUTE_INLINE void solve_lanes(int m, const Plan *s, const Block *block, int i, int n, double *x, EluteQuad *a,
                              EluteQuad *b) {
  const int64_t pitch = s->p->mesh.pitch;
  EluteQuadBits weak = {0}, inside = {-1, -1, -1, -1};
  for (int r = 0; r < m; ++r) {
    for (int c = 0; c < m; ++c) {
      EluteQuad entry = {0};
      if (s->pair[block->species[r]][block->species[c]] >= 0)
        ELUTE_QUAD_LOAD(entry, jacobian_of(s, block->species[r], block->species[c]) + i);
      a[r * m + c] = (r == c ? 1.0 : 0.0) - s->theta * entry;
    }
    right_hand_side(s, block, r, x, i, &b[r]);
  }
  if (eliminate(m, a, b, &weak) && m > 1) {
    EluteQuad again[ELUTE_MAX_SPECIES];
    solve_again(s, block, i, x, again);
    for (int r = 0; r < m; ++r) b[r] = ELUTE_QUAD_SELECT(weak, again[r], b[r]);
  }
  if (n - i < QUAD) inside = (EluteQuadBits){-1, n - i > 1 ? -1 : 0, n - i > 2 ? -1 : 0, 0};
  for (int r = 0; r < m; ++r) {
    const EluteQuad solution = (EluteQuad)((EluteQuadBits)b[r] & inside);
    ELUTE_QUAD_STORE(x + block->species[r] * pitch + i, solution);
  }
}

/* The same for all cells of a run, with the matrix in registers. */
ELUTE_INLINE void solve_small(int m, const Plan *s, const Block *b, double *x, int n) {
  for (int i = 0; i < n; i += QUAD) {
    EluteQuad matrix[16], solution[4];
    solve_lanes(m, s, b, i, n, x, matrix, solution);
  }
}

static void solve_block(const Plan *s, const Block *b, double *x, int n) {
  switch (b->n) {
  case 1:
    solve_small(1, s, b, x, n);
    break;
  case 2:
    solve_small(2, s, b, x, n);
    break;
  case 3:
    solve_small(3, s, b, x, n);
    break;
  case 4:
    solve_small(4, s, b, x, n);
    break;
  default:
    for (int i = 0; i < n; i += QUAD) solve_lanes(b->n, s, b, i, n, x, s->matrix, s->matrix + b->n * b->n);
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
