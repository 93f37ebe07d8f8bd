/* (I - theta J_R)^-1 per cell, in loops along runs of cells. Species that reactions do not couple both ways fall into
   separate blocks, solved one after the other: a chain loaded -> free -> gone needs no elimination at all. In a block
   the zeros are known before the loops begin, and so is an order of elimination that keeps most of them. Pivots are
   taken in this order and watched: where one is weak, the cell's remaining equations are solved with pivoting. */
#include <math.h>
#include <string.h>
#include "cpu_rows.h"
#include "cell/solve.h"

/* A pivot smaller than this part of the largest entry below it is not trusted (threshold pivoting). */
static const double weakest_pivot = 0.1;

/* An entry of I - theta J_R that may differ from that of the identity: along a run one number, or values that vary. */
typedef struct Entry {
  bool varies;
  double constant, *values;
} Entry;

/* Species that depend on each other, in the order of elimination. Sets of species are sets of bits. */
typedef struct Block {
  int n;
  int species[ELUTE_MAX_SPECIES];
  uint32_t members;
  uint32_t below[ELUTE_MAX_SPECIES]; /* of each: species after it with an entry in its column */
  uint32_t right[ELUTE_MAX_SPECIES]; /* species after it with an entry in its row */
} Block;

typedef struct Plan {
  const EluteProblemView *p;
  double theta;
  int n_entries, n_blocks;
  int at[ELUTE_MAX_SPECIES][ELUTE_MAX_SPECIES]; /* index of the entry; -1: as in the identity */
  Entry entry[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES];
  uint32_t depends[ELUTE_MAX_SPECIES]; /* species in whose columns the row of a species has entries */
  Block block[ELUTE_MAX_SPECIES];      /* in order: each needs earlier ones alone */
  uint64_t held[ELUTE_MAX_SPECIES];
  uint64_t active[ELUTE_MAX_REACTIONS];
  double *gradient[ELUTE_MAX_REACTIONS]; /* [n_factors * n] along a run */
  bool is_constant[ELUTE_MAX_REACTIONS]; /* along this run the gradient is one number, slope */
  double slope[ELUTE_MAX_REACTIONS];
  double weight[ELUTE_MAX_SPECIES]; /* 2^-magnitude, of rows: a pivot is weak or not whatever the units */
  EluteSum passed[ELUTE_MAX_REACTIONS];
  double *work, *free_cell;
  const char *ahead[2]; /* the next row's values, of u and x, that are still to be asked for, */
  int left, share;      /* so many times 64 bytes of each, and how many of these at once */
} Plan;

static Entry *entry_of(Plan *s, int row, int column) {
  return &s->entry[s->at[row][column]];
}

static void add_entry(Plan *s, int row, int column) {
  if (s->at[row][column] < 0) s->at[row][column] = s->n_entries++;
}

/* Which entries exist, and reach[k]: the species that species k depends on, itself included. */
static void find_entries(Plan *s, uint32_t *reach) {
  const EluteProblemView *p = s->p;
  const int n = p->n_species;
  for (int k = 0; k < n; ++k) {
    s->depends[k] = 0;
    for (int j = 0; j < n; ++j) s->at[k][j] = -1;
  }
  s->n_entries = 0;
  for (int r = 0; r < p->n_reactions; ++r)
    for (int c = 0; c < p->reactions[r].n_changes; ++c)
      for (int f = 0; f < p->reactions[r].n_factors; ++f)
        s->depends[p->reactions[r].changed[c]] |= UINT32_C(1) << p->reactions[r].factor[f].species;
  for (int k = 0; k < n; ++k) {
    if (s->depends[k]) s->depends[k] |= UINT32_C(1) << k; /* every pivot has an entry */
    for (int j = 0; j < n; ++j)
      if (s->depends[k] >> j & 1) add_entry(s, k, j);
    reach[k] = s->depends[k] | UINT32_C(1) << k;
  }
  for (int via = 0; via < n; ++via)
    for (int k = 0; k < n; ++k)
      if (reach[k] >> via & 1) reach[k] |= reach[via];
}

/* The next pivot: the species left whose elimination can make the fewest new entries (Markowitz). */
static int next_pivot(const uint32_t *row, uint32_t left) {
  int best = -1, least = 0;
  for (uint32_t set = left; set; set &= set - 1) {
    const int c = __builtin_ctz(set), columns = __builtin_popcount(row[c] & left) - 1;
    int rows = -1;
    for (uint32_t other = left; other; other &= other - 1) rows += row[__builtin_ctz(other)] >> c & 1;
    if (best >= 0 && rows * columns >= least) continue;
    best = c;
    least = rows * columns;
  }
  return best;
}

/* Order of elimination of a block, and the entries that it makes. */
static void order_block(Plan *s, Block *b) {
  uint32_t row[ELUTE_MAX_SPECIES], left = b->members;
  memcpy(row, s->depends, sizeof row);
  for (b->n = 0; left; ++b->n) {
    const int c = next_pivot(row, left);
    left &= ~(UINT32_C(1) << c);
    b->species[b->n] = c;
    b->right[b->n] = row[c] & left;
    b->below[b->n] = 0;
    for (uint32_t set = left; set; set &= set - 1) {
      const int r = __builtin_ctz(set);
      if (!(row[r] >> c & 1)) continue;
      b->below[b->n] |= UINT32_C(1) << r;
      row[r] |= row[c] & left;
    }
  }
  for (int m = 0; m < b->n; ++m)
    for (int k = 0; k < s->p->n_species; ++k)
      if (row[b->species[m]] & b->members & UINT32_C(1) << k) add_entry(s, b->species[m], k);
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
      if (done >> k & 1 || !s->depends[k] || __builtin_popcount(reach[k]) != size) continue;
      b->members = 0;
      for (int j = 0; j < n; ++j)
        if ((reach[k] >> j & 1) && (reach[j] >> k & 1)) b->members |= UINT32_C(1) << j;
      done |= b->members;
      order_block(s, b);
      ++s->n_blocks;
    }
}

static int plan_begin(Plan *s, const EluteProblemView *p, double theta) {
  uint32_t reach[ELUTE_MAX_SPECIES];
  const size_t run = ELUTE_RUN;
  size_t rows = 1 + ELUTE_GRADIENT_WORK(1);
  double *memory;
  if (elute_cpu_check(p)) return 1;
  s->p = p;
  s->theta = theta;
  find_entries(s, reach);
  find_blocks(s, reach);
  rows += (size_t)s->n_entries;
  for (int r = 0; r < p->n_reactions; ++r) rows += (size_t)p->reactions[r].n_factors;
  memory = elute_cpu_scratch(rows * run);
  if (!memory) return 1;
  s->free_cell = memory;
  s->work = s->free_cell + run;
  memory = s->work + ELUTE_GRADIENT_WORK(run);
  for (int e = 0; e < s->n_entries; ++e, memory += run) s->entry[e].values = memory;
  for (int k = 0; k < p->n_species; ++k) s->held[k] = elute_held_tissues(p, k);
  for (int k = 0; k < p->n_species; ++k) s->weight[k] = ldexp(1.0, -p->magnitude[k]);
  for (int r = 0; r < p->n_reactions; ++r) {
    s->active[r] = elute_active_tissues(p, &p->reactions[r]);
    s->passed[r] = (EluteSum){0, 0};
    s->gradient[r] = memory;
    memory += (size_t)p->reactions[r].n_factors * run;
  }
  return 0;
}

/* The hardware begins anew with each row: the next one's values are asked for in shares, one with each reaction, block
   and extent of the row at hand, because a processor waits for no more than about a dozen answers at once. */
static void look_ahead(Plan *s, const double *u, const double *x, int32_t row) {
  const int64_t next = elute_state_offset(s->p, row + 1, 0, 0);
  const int runs = (s->p->mesh.n_cells + ELUTE_RUN - 1) / ELUTE_RUN;
  s->ahead[0] = (const char *)(u + next);
  s->ahead[1] = (const char *)(x + next);
  s->left = row + 1 < s->p->mesh.n_rows ? s->p->n_species * s->p->mesh.pitch / 8 : 0;
  s->share = s->left / (runs * (2 * s->p->n_reactions + s->n_blocks)) + 1;
}

static void ask_ahead(Plan *s) {
  const int n = s->share < s->left ? s->share : s->left;
  for (int i = 0; i < n; ++i, s->ahead[0] += 64, s->ahead[1] += 64) {
    elute_prefetch(s->ahead[0], 1);
    elute_prefetch(s->ahead[1], 1);
  }
  s->left -= n;
}

static void spread(Entry *e, int n) {
  double *restrict values = e->values;
  if (e->varies) return;
  for (int i = 0; i < n; ++i) values[i] = e->constant;
  e->varies = true;
}

/* entry += scale * slope */
static void add_slope(Entry *e, int n, double scale, const double *restrict slope) {
  double *restrict values = e->values;
  const double constant = e->constant;
  if (e->varies)
    for (int i = 0; i < n; ++i) values[i] += scale * slope[i];
  else
    for (int i = 0; i < n; ++i) values[i] = constant + scale * slope[i];
  e->varies = true;
}

/* Rows of held species are those of the identity. */
static void hold(Plan *s, int64_t cell, int n, uint64_t tissues) {
  const double *restrict free_cell = s->free_cell;
  for (int k = 0; k < s->p->n_species; ++k) {
    if (!(s->held[k] & tissues) || !s->depends[k]) continue;
    elute_free_cells(s->held[k], s->p->mesh.tissue + cell, n, s->free_cell);
    for (uint32_t set = s->depends[k]; set; set &= set - 1) {
      const int j = __builtin_ctz(set);
      double *restrict values = entry_of(s, k, j)->values;
      spread(entry_of(s, k, j), n);
      for (int i = 0; i < n; ++i) values[i] = free_cell[i] != 0 ? values[i] : j == k;
    }
  }
}

/* The entries along a run. */
static void linearise(Plan *s, const double *u, int64_t cell, int n, uint64_t tissues) {
  const EluteProblemView *p = s->p;
  for (int e = 0; e < s->n_entries; ++e) s->entry[e].varies = false, s->entry[e].constant = 0;
  for (int k = 0; k < p->n_species; ++k)
    if (s->depends[k]) entry_of(s, k, k)->constant = 1;
  for (int r = 0; r < p->n_reactions; ++r) {
    const EluteReaction *reaction = &p->reactions[r];
    s->is_constant[r] = reaction->n_factors == 1 && reaction->factor[0].kind == ELUTE_LINEAR &&
                        elute_is_constant(p, reaction->rate, tissues, &s->slope[r]);
    for (int c = 0; c < reaction->n_changes && s->is_constant[r]; ++c)
      entry_of(s, reaction->changed[c], reaction->factor[0].species)->constant -=
          s->theta * reaction->change[c] * s->slope[r];
  }
  for (int r = 0; r < p->n_reactions; ++r) {
    const EluteReaction *reaction = &p->reactions[r];
    ask_ahead(s);
    if (s->is_constant[r] || !(s->active[r] & tissues)) continue;
    elute_reaction_gradient(p, reaction, u, p->mesh.pitch, cell, n, tissues, s->work, s->gradient[r]);
    for (int c = 0; c < reaction->n_changes; ++c)
      for (int f = 0; f < reaction->n_factors; ++f)
        add_slope(entry_of(s, reaction->changed[c], reaction->factor[f].species), n, -s->theta * reaction->change[c],
                  s->gradient[r] + (int64_t)f * n);
  }
  hold(s, cell, n, tissues);
}

/* x -= entry * other */
static void subtract(int n, const Entry *e, const double *restrict other, double *restrict x) {
  const double *restrict values = e->values, constant = e->constant;
  if (e->varies)
    for (int i = 0; i < n; ++i) x[i] -= values[i] * other[i];
  else if (constant != 0)
    for (int i = 0; i < n; ++i) x[i] -= constant * other[i];
}

static void divide(int n, const Entry *e, double *restrict x) {
  const double *restrict values = e->values, inverse = 1.0 / e->constant;
  if (e->varies)
    for (int i = 0; i < n; ++i) x[i] /= values[i];
  else if (inverse != 1)
    for (int i = 0; i < n; ++i) x[i] *= inverse;
}

/* Whether a pivot is not to be trusted in some cell, beside what `weakest` is the trusted part of. */
static bool is_weak(int n, const double *restrict pivot, double weakest, const double *restrict below) {
  int64_t weak = 0;
  for (int i = 0; i < n; ++i) weak += fabs(pivot[i]) < weakest * fabs(below[i]) ? 1 : 0;
  return weak > 0;
}

/* The equations of a block from `from` on, of a cell in which that pivot is weak: solved with pivoting, and replaced by
   their solution. A row of the identity, such as that of a held value, keeps its value to the last bit. */
static void solve_rest(Plan *s, const Block *b, int from, int i, double *x) {
  double a[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES], solution[ELUTE_MAX_SPECIES];
  bool known[ELUTE_MAX_SPECIES];
  const int m = b->n - from;
  for (int r = 0; r < m; ++r) {
    const int k = b->species[from + r];
    known[r] = true;
    for (int c = 0; c < m; ++c) {
      const int j = b->species[from + c];
      const double entry = s->at[k][j] >= 0 ? entry_of(s, k, j)->values[i] : 0.0;
      a[r * m + c] = s->weight[k] * entry;
      known[r] = known[r] && entry == (j == k);
      if (s->at[k][j] >= 0) entry_of(s, k, j)->values[i] = j == k;
    }
    solution[r] = s->weight[k] * x[k * s->p->mesh.pitch + i];
  }
  elute_dense_solve(m, 1, a, solution);
  for (int r = 0; r < m; ++r)
    if (!known[r]) x[b->species[from + r] * s->p->mesh.pitch + i] = solution[r];
}

static void watch_pivot(Plan *s, const Block *b, int at, int n, double *x) {
  const double *pivot = entry_of(s, b->species[at], b->species[at])->values;
  for (uint32_t rows = b->below[at]; rows; rows &= rows - 1) {
    const double *below = entry_of(s, __builtin_ctz(rows), b->species[at])->values;
    const double weakest = weakest_pivot * s->weight[__builtin_ctz(rows)] / s->weight[b->species[at]];
    if (!is_weak(n, pivot, weakest, below)) continue;
    for (int i = 0; i < n; ++i)
      if (fabs(pivot[i]) < weakest * fabs(below[i])) solve_rest(s, b, at, i, x);
  }
}

/* values = 1/values */
static void invert(int n, double *restrict values) {
  for (int i = 0; i < n; ++i) values[i] = 1.0 / values[i];
}

/* factor *= inverse; x -= factor * other */
static void eliminate(int n, const double *restrict inverse, double *restrict factor, const double *restrict other,
                      double *restrict x) {
  for (int i = 0; i < n; ++i) {
    const double f = factor[i] * inverse[i];
    factor[i] = f;
    x[i] -= f * other[i];
  }
}

static void multiply(int n, const double *restrict values, double *restrict x) {
  for (int i = 0; i < n; ++i) x[i] *= values[i];
}

static void solve_coupled(Plan *s, const Block *b, double *x, int n) {
  const int64_t pitch = s->p->mesh.pitch;
  for (int m = 0; m < b->n; ++m) {
    const int k = b->species[m];
    for (uint32_t set = b->members; set; set &= set - 1)
      if (s->at[k][__builtin_ctz(set)] >= 0) spread(entry_of(s, k, __builtin_ctz(set)), n);
  }
  for (int m = 0; m < b->n; ++m) {
    const int c = b->species[m];
    double *inverse = entry_of(s, c, c)->values;
    watch_pivot(s, b, m, n, x);
    invert(n, inverse);
    for (uint32_t rows = b->below[m]; rows; rows &= rows - 1) {
      const int r = __builtin_ctz(rows);
      const Entry *factor = entry_of(s, r, c);
      eliminate(n, inverse, factor->values, x + c * pitch, x + r * pitch);
      for (uint32_t columns = b->right[m]; columns; columns &= columns - 1) {
        const int k = __builtin_ctz(columns);
        subtract(n, factor, entry_of(s, c, k)->values, entry_of(s, r, k)->values);
      }
    }
  }
  for (int m = b->n - 1; m >= 0; --m) {
    const int c = b->species[m];
    for (uint32_t columns = b->right[m]; columns; columns &= columns - 1)
      subtract(n, entry_of(s, c, __builtin_ctz(columns)), x + __builtin_ctz(columns) * pitch, x + c * pitch);
    multiply(n, entry_of(s, c, c)->values, x + c * pitch);
  }
}

/* Where its reactions do not occur, a block is the identity. */
static bool is_identity(Plan *s, const Block *b) {
  for (int m = 0; m < b->n; ++m) {
    const int k = b->species[m];
    for (uint32_t set = s->depends[k]; set; set &= set - 1) {
      const Entry *e = entry_of(s, k, __builtin_ctz(set));
      if (e->varies || e->constant != (__builtin_ctz(set) == k)) return false;
    }
  }
  return true;
}

static void solve_block(Plan *s, const Block *b, double *x, int n) {
  const int64_t pitch = s->p->mesh.pitch;
  ask_ahead(s);
  if (is_identity(s, b)) return;
  for (int m = 0; m < b->n; ++m) {
    const int k = b->species[m];
    for (uint32_t set = s->depends[k] & ~b->members; set; set &= set - 1)
      subtract(n, entry_of(s, k, __builtin_ctz(set)), x + __builtin_ctz(set) * pitch, x + k * pitch);
  }
  if (b->n == 1)
    divide(n, entry_of(s, b->species[0], b->species[0]), x + b->species[0] * pitch);
  else
    solve_coupled(s, b, x, n);
}

/* passed += V gradient . x */
static void count_extents(Plan *s, const double *x, int32_t row, int begin, int n, uint64_t tissues) {
  const EluteProblemView *p = s->p;
  const double *volume_x = p->mesh.volume_x + begin;
  for (int r = 0; r < p->n_reactions; ++r) {
    const EluteReaction *reaction = &p->reactions[r];
    double sum = 0;
    ask_ahead(s);
    if (!(s->active[r] & tissues)) continue;
    for (int f = 0; f < reaction->n_factors; ++f) {
      const double *xf = x + reaction->factor[f].species * (int64_t)p->mesh.pitch;
      sum += s->is_constant[r] ? s->slope[r] * elute_dot(n, volume_x, xf)
                               : elute_dot_of_three(n, volume_x, s->gradient[r] + (int64_t)f * n, xf);
    }
    elute_add(&s->passed[r], p->mesh.volume_row[row] * sum);
  }
}

int elute_cpu_reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  Plan s;
  if (plan_begin(&s, p, theta)) return 1;
  for (int32_t row = 0; row < p->mesh.n_rows && s.n_blocks > 0; ++row) {
    const uint64_t tissues = elute_row_tissues(&p->mesh, row);
    look_ahead(&s, u, x, row);
    for (int begin = 0; begin < p->mesh.n_cells; begin += ELUTE_RUN) {
      const int left = p->mesh.n_cells - begin, n = left < ELUTE_RUN ? left : ELUTE_RUN;
      const int64_t cell = (int64_t)row * p->mesh.pitch + begin, at = elute_state_offset(p, row, 0, begin);
      linearise(&s, u + at, cell, n, tissues);
      for (int b = 0; b < s.n_blocks; ++b) solve_block(&s, &s.block[b], x + at, n);
      if (ledger) count_extents(&s, x + at, row, begin, n, tissues);
    }
  }
  for (int r = 0; r < p->n_reactions && ledger; ++r)
    ledger[p->reactions[r].channel] += theta * elute_total(s.passed[r]);
  return 0;
}
