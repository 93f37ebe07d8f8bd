/* (I - theta J_R)^-1 of the CPU backend on systems that are solved by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include "kernels/backend.h"

enum { CELLS = 13, PITCH = 16 };

static double tables[4 * ELUTE_MAX_TISSUES];
static uint8_t tissue[PITCH];
static double volume_x[PITCH], volume_row[1] = {2};

static EluteReaction first_order(int table, int from, int n, const int *changed, const double *change, int channel) {
  EluteReaction r = {.rate = {table, -1},
                     .n_factors = 1,
                     .factor = {{.kind = ELUTE_LINEAR, .species = from}},
                     .n_changes = n,
                     .channel = channel};
  for (int c = 0; c < n; ++c) r.changed[c] = changed[c], r.change[c] = change[c];
  return r;
}

static EluteProblemView view_of(int n_species, int n_reactions, const EluteReaction *reactions) {
  for (int i = 0; i < PITCH; ++i) volume_x[i] = 1;
  return (EluteProblemView){.mesh = {.n_rows = 1,
                                     .n_cells = CELLS,
                                     .pitch = PITCH,
                                     .ny = 1,
                                     .nz = 1,
                                     .tissue = tissue,
                                     .volume_x = volume_x,
                                     .volume_row = volume_row},
                            .n_species = n_species,
                            .n_reactions = n_reactions,
                            .n_ledger = n_reactions,
                            .n_tables = 4,
                            .reactions = reactions,
                            .tables = tables};
}

/* loaded -> free -> gone with theta k = 1 and 3: x0 = 8/2, x1 = (0 + 1*4)/(1 + 3) */
Test(reaction_solve, chain_is_followed_downwards) {
  const EluteReaction reactions[2] = {first_order(0, 1, 2, (int[]){1, 0}, (double[]){-1, 1}, 0),
                                      first_order(1, 0, 1, (int[]){0}, (double[]){-1}, 1)};
  EluteProblemView p = view_of(2, 2, reactions);
  double u[2 * PITCH] = {0}, x[2 * PITCH] = {0}, ledger[2] = {0};
  tables[0] = 2, tables[ELUTE_MAX_TISSUES] = 6;
  for (int i = 0; i < CELLS; ++i) x[PITCH + i] = 8;
  cr_assert_eq(elute_backend_cpu.reaction_solve(&p, u, 0.5, x, ledger), 0);
  for (int i = 0; i < CELLS; ++i) cr_assert(x[PITCH + i] == 4 && x[i] == 1);
  cr_assert_eq(ledger[0], CELLS * 2 * 4.0); /* theta k x V */
  cr_assert_eq(ledger[1], CELLS * 2 * 3.0);
  for (int i = CELLS; i < PITCH; ++i) cr_assert(x[i] == 0 && x[PITCH + i] == 0);
}

/* Growth so fast that the first pivot vanishes: [0 -1; -1 2] x = b, x1 = -b0, x0 = -b1 - 2 b0. */
Test(reaction_solve, a_vanishing_pivot_is_pivoted_around) {
  const EluteReaction reactions[3] = {first_order(0, 0, 1, (int[]){0}, (double[]){1}, 0),
                                      first_order(1, 0, 2, (int[]){0, 1}, (double[]){-1, 1}, 1),
                                      first_order(1, 1, 2, (int[]){1, 0}, (double[]){-1, 1}, 2)};
  EluteProblemView p = view_of(2, 3, reactions);
  double u[2 * PITCH] = {0}, x[2 * PITCH] = {0};
  tables[0] = 2, tables[ELUTE_MAX_TISSUES] = 1;
  for (int i = 0; i < CELLS; ++i) x[i] = 3 + i, x[PITCH + i] = 5;
  cr_assert_eq(elute_backend_cpu.reaction_solve(&p, u, 1, x, NULL), 0);
  for (int i = 0; i < CELLS; ++i) cr_assert(x[PITCH + i] == -(3 + i) && x[i] == -5 - 2 * (3 + i));
}

/* The same in one cell only: its neighbours in the vector are not disturbed. [1+1 -1; -1 2] x = [3 0], x = [2 1] */
Test(reaction_solve, one_weak_cell_among_others) {
  const EluteReaction reactions[3] = {first_order(0, 0, 1, (int[]){0}, (double[]){1}, 0),
                                      first_order(1, 0, 2, (int[]){0, 1}, (double[]){-1, 1}, 1),
                                      first_order(1, 1, 2, (int[]){1, 0}, (double[]){-1, 1}, 2)};
  EluteProblemView p = view_of(2, 3, reactions);
  double u[2 * PITCH] = {0}, x[2 * PITCH] = {0};
  for (int t = 0; t < 2; ++t) tables[t] = t ? 2 : 0, tables[ELUTE_MAX_TISSUES + t] = 1;
  tissue[4] = 1;
  for (int i = 0; i < CELLS; ++i) x[i] = 3;
  cr_assert_eq(elute_backend_cpu.reaction_solve(&p, u, 1, x, NULL), 0);
  for (int i = 0; i < CELLS; ++i)
    cr_assert(i == 4 ? x[i] == -6 && x[PITCH + i] == -3 : fabs(x[i] - 2) < 1e-15 && fabs(x[PITCH + i] - 1) < 1e-15);
  tissue[4] = 0;
}

Test(reaction_solve, species_without_reactions_are_left_alone) {
  const EluteReaction reactions[1] = {first_order(0, 1, 1, (int[]){1}, (double[]){-1}, 0)};
  EluteProblemView p = view_of(3, 1, reactions);
  double u[3 * PITCH] = {0}, x[3 * PITCH] = {0};
  tables[0] = 1;
  for (int i = 0; i < CELLS; ++i) x[i] = 0.1 * i, x[PITCH + i] = 2, x[2 * PITCH + i] = -0.1 * i;
  cr_assert_eq(elute_backend_cpu.reaction_solve(&p, u, 1, x, NULL), 0);
  for (int i = 0; i < CELLS; ++i) cr_assert(x[i] == 0.1 * i && x[PITCH + i] == 1 && x[2 * PITCH + i] == -0.1 * i);
}
