/* The reaction solve of the CPU backend, row by row, so that what makes a row can pass it on while it is in the cache.
 */
#ifndef ELUTE_CPU_REACTION_H
#define ELUTE_CPU_REACTION_H

#include "cpu_rows.h"

/* An entry of I - theta J_R that may differ from that of the identity: along a run one number, or values that vary. */
typedef struct EluteReactionEntry {
  bool varies;
  double constant, *values;
} EluteReactionEntry;

/* Species that depend on each other, in the order of elimination. Sets of species are sets of bits. */
typedef struct EluteReactionBlock {
  int n;
  int species[ELUTE_MAX_SPECIES];
  uint32_t members;
  uint32_t below[ELUTE_MAX_SPECIES]; /* of each: species after it with an entry in its column */
  uint32_t right[ELUTE_MAX_SPECIES]; /* species after it with an entry in its row */
} EluteReactionBlock;

typedef struct EluteReactionSolve {
  const EluteProblemView *p;
  double theta;
  int n_entries, n_blocks;
  int at[ELUTE_MAX_SPECIES][ELUTE_MAX_SPECIES]; /* index of the entry; -1: as in the identity */
  EluteReactionEntry entry[ELUTE_MAX_SPECIES * ELUTE_MAX_SPECIES];
  uint32_t depends[ELUTE_MAX_SPECIES];         /* species in whose columns the row of a species has entries */
  EluteReactionBlock block[ELUTE_MAX_SPECIES]; /* in order: each needs earlier ones alone */
  uint64_t held[ELUTE_MAX_SPECIES];
  uint64_t active[ELUTE_MAX_REACTIONS];
  double *gradient[ELUTE_MAX_REACTIONS]; /* [n_factors * n] along a run */
  bool is_constant[ELUTE_MAX_REACTIONS]; /* along this run the gradient is one number, slope */
  double slope[ELUTE_MAX_REACTIONS];
  double weight[ELUTE_MAX_SPECIES]; /* 2^-magnitude, of rows: a pivot is weak or not whatever the units */
  EluteSum passed[ELUTE_MAX_REACTIONS];
  double *work, *free_cell;
} EluteReactionSolve;

/* The order of elimination. Returns the doubles of scratch that `begin` is to be given. */
size_t elute_reaction_solve_plan(EluteReactionSolve *s, const EluteProblemView *p, double theta);
void elute_reaction_solve_begin(EluteReactionSolve *s, double *scratch);

/* x <- (I - theta J_R(u))^-1 x in one row; u, x the whole vectors. count: extents for the ledger. */
void elute_reaction_solve_row(EluteReactionSolve *s, const double *u, int32_t row, bool count, double *x);
void elute_reaction_solve_end(const EluteReactionSolve *s, double *ledger);

#endif
