/* Operators on models of one to a few cells, against numbers worked out by hand. */
#include "operators_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR(obtained, expected)                                                                                       \
  do {                                                                                                                 \
    double o_ = (obtained), e_ = (expected);                                                                           \
    cr_expect(fabs(o_ - e_) <= 4e-16 * (1 + fabs(e_)), "obtained %.17g, expected %.17g", o_, e_);                      \
  } while (0)

static const double unit_cell[] = {0, 1}, two_cells[] = {0, 1, 3}, four_cells[] = {0, 1, 2, 3, 4};

static void fraction(Fixture *x, double left, double right) {
  x->tissue[0].interstitial_fraction = fixture_constant(left);
  x->tissue[1].interstitial_fraction = fixture_constant(right);
}

/* --- diffusion ------------------------------------------------------------------------------------------------- */

/* g = 1/(0.5/(0.5 2 1) + 1/(0.25 4 3)) = 1.2; a = 1/(0.5 1 1) = 2 and 2/(0.25 2 3) = 4/3; flux 1.2 (2 - 4/3) = 0.8 */
static void jump(Fixture *x, bool coefficients_double) {
  EluteSpecies *s;

  fixture_line(x, 2, two_cells, 1);
  x->model.coefficients_double = coefficients_double;
  fraction(x, 0.5, 0.25);
  s = fixture_mobile(x, "s", 0);
  s->diffusivity = fixture_value(x, "{tissue: {left: 2 m2/s, right: 4 m2/s}}", "m2/s");
  s->sorption_factor = fixture_value(x, "{tissue: {left: 1, right: 2}}", "1");
  s->partition = fixture_value(x, "{tissue: {left: 1, right: 3}}", "1");
  fixture_create(x, false);
  fixture_set(x, x->u, 0, 0, 0, 1);
  fixture_set(x, x->u, 0, 0, 1, 2);
  fixture_residual(x);
}

Test(operators, flux_across_jumps_of_phi_r_d_and_lambda_is_the_one_by_hand) {
  Fixture x;

  jump(&x, true);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), -0.8);
  NEAR(fixture_get(&x, x.f, 0, 0, 1), 0.4); /* twice the volume */
  NEAR(x.ops->porosity[0], 0.5);
  NEAR(x.ops->porosity[1], 0.5);
  fixture_destroy(&x);
}

Test(operators, single_coefficients_move_the_flux_by_no_more_than_their_rounding_and_lose_no_mass) {
  Fixture x;
  double left, right;

  jump(&x, false);
  left = fixture_get(&x, x.f, 0, 0, 0), right = fixture_get(&x, x.f, 0, 0, 1);
  cr_expect_float_eq(left, -0.8, 0.8 * 5e-7);
  cr_expect_eq(left, -2 * right);
  fixture_destroy(&x);
}

Test(operators, a_property_that_varies_in_place_gives_the_same_as_its_table) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  x.tissue[0].interstitial_fraction = x.tissue[1].interstitial_fraction =
      fixture_value(&x, "{formula: \"x < 1 ? 0.5 : 0.25\", unit: 1}", "1");
  fixture_mobile(&x, "s", 1);
  fixture_create(&x, false);
  fixture_set(&x, x.u, 0, 0, 0, 1);
  fixture_residual(&x); /* g = 1/(1 + 4) = 0.2, a = 2 */
  NEAR(fixture_get(&x, x.f, 0, 0, 0), -0.4);
  NEAR(x.ops->porosity[1], 0.25);
  fixture_destroy(&x);
}

Test(operators, a_fraction_above_one_is_refused_with_its_place) {
  Fixture x;
  const char *message;

  fixture_line(&x, 2, two_cells, 1);
  x.tissue[0].interstitial_fraction = fixture_value(&x, "{formula: \"1 + x\", unit: 1}", "1");
  fixture_mobile(&x, "s", 1);
  fixture_create(&x, true);
  cr_expect_eq(EluteFailure(&message), ELUTE_EXIT_CASE);
  cr_expect(strstr(message, "found 1.5 at (0.5, 0, 0) m, 0 s; expected a number not below 0 and at most 1"), "%s", message);
  fixture_destroy(&x);
}

Test(operators, nothing_passes_the_centre_of_a_sphere) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  x.model.mesh.geometry = ELUTE_SPHERICAL;
  fixture_mobile(&x, "s", 1);
  fixture_boundary(&x, "r-", 0, 0, ELUTE_BOUNDARY_VALUE, fixture_constant(7));
  fixture_create(&x, false);
  cr_expect_eq(x.ops->view.n_open_faces, 0);
  cr_expect_eq(((const double *)x.ops->view.transport.conductance[0])[0], 0);
  fixture_residual(&x);
  cr_expect_eq(fixture_get(&x, x.f, 0, 0, 0), 0);
  fixture_destroy(&x);
}

Test(operators, a_ring_conducts_through_its_seam_from_both_sides_alike) {
  const double edges[] = {0, 1, 3, 4}, *g;
  Fixture x;

  fixture_line(&x, 3, edges, 9);
  x.model.mesh.periodic[0] = true;
  fixture_mobile(&x, "s", 1);
  fixture_boundary(&x, "x-", 0, 0, ELUTE_BOUNDARY_VALUE, fixture_constant(7));
  fixture_create(&x, false);
  g = x.ops->view.transport.conductance[0];
  NEAR(g[0], 1);
  cr_expect_eq(g[0], g[3]);
  cr_expect_eq(x.ops->view.n_open_faces, 0);
  fixture_set(&x, x.u, 0, 0, 0, 3);
  fixture_residual(&x); /* faces of 1 and 1/(0.5 + 1) */
  NEAR(fixture_get(&x, x.f, 0, 0, 0), -5);
  fixture_destroy(&x);
}

/* --- edges ----------------------------------------------------------------------------------------------------- */

/* One cell of 1 m, phi 0.5, D 2: phi D/d = 2 m/s to its face; C = 1, so a = 2. */
static EluteBoundarySpec *edge(Fixture *x, EluteBoundaryKind kind, EluteValue *value) {
  fixture_line(x, 1, unit_cell, 9);
  fraction(x, 0.5, 0.5);
  fixture_mobile(x, "s", 2);
  return fixture_boundary(x, "bath", 0, 0, kind, value);
}

static void edge_run(Fixture *x) {
  fixture_create(x, false);
  fixture_set(x, x->u, 0, 0, 0, 1);
  fixture_residual(x);
}

Test(operators, a_value_acts_over_half_a_cell) {
  Fixture x;

  edge(&x, ELUTE_BOUNDARY_VALUE, fixture_constant(3));
  edge_run(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 2 * (3 - 2));
  NEAR(fixture_left(&x, "s.bath"), -2);
  fixture_destroy(&x);
}

Test(operators, a_transfer_coefficient_is_in_series_with_half_a_cell) {
  Fixture x;

  edge(&x, ELUTE_BOUNDARY_TRANSFER, fixture_constant(3))->coefficient = fixture_constant(0.5);
  edge_run(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 0.4); /* 1/(1/2 + 1/0.5) (3 - 2) */
  NEAR(fixture_left(&x, "s.bath"), -0.4);
  fixture_destroy(&x);
}

Test(operators, a_flux_enters_whatever_the_cell_holds) {
  Fixture x;

  edge(&x, ELUTE_BOUNDARY_FLUX, fixture_constant(5));
  edge_run(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 5);
  NEAR(fixture_left(&x, "s.bath"), -5);
  fixture_destroy(&x);
}

Test(operators, a_value_as_tissue_equals_the_cell_that_holds_it) {
  Fixture x;

  edge(&x, ELUTE_BOUNDARY_VALUE, fixture_constant(1))->as_tissue = true;
  edge_run(&x);
  cr_expect_eq(fixture_get(&x, x.f, 0, 0, 0), 0);
  fixture_destroy(&x);
}

Test(operators, the_last_condition_named_for_a_face_holds) {
  Fixture x;

  edge(&x, ELUTE_BOUNDARY_VALUE, fixture_constant(3));
  fixture_boundary(&x, "closed", 0, 0, ELUTE_BOUNDARY_NO_FLUX, NULL);
  edge_run(&x);
  cr_expect_eq(fixture_get(&x, x.f, 0, 0, 0), 0);
  cr_expect_eq(x.ops->view.n_open_faces, 0);
  cr_expect_null(x.ops->view.transport.conductance[0], "one cell, nothing passes");
  fixture_destroy(&x);
}

Test(operators, a_value_in_time_is_one_scalar_with_its_rate) {
  Fixture x;
  EluteBoundarySpec *b;

  fixture_line(&x, 1, unit_cell, 9);
  fixture_mobile(&x, "s", 1);
  b = fixture_boundary(&x, "bath", 0, 0, ELUTE_BOUNDARY_VALUE,
                       fixture_value(&x, "{formula: \"2*t^2\", unit: mol/m3}", "mol/m3"));
  b->sides = 3; /* both ends */
  fixture_create(&x, false);
  cr_expect_eq(x.ops->view.n_open_faces, 2);
  cr_expect_eq(x.ops->view.n_scalars, 1);
  cr_expect(!x.ops->slow_values);
  cr_assert(!EluteOperatorsSetTime(x.ops, 3));
  NEAR(x.ops->view.scalars[0], 18);
  cr_expect_float_eq(x.ops->view.scalar_rates[0], 12, 1e-7);
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 72); /* two faces of conductance 2 */
  fixture_destroy(&x);
}

Test(operators, a_value_in_place_alone_is_a_scale_and_not_a_scalar_per_face) {
  Fixture x;
  EluteBoundarySpec *b;

  b = edge(&x, ELUTE_BOUNDARY_VALUE, NULL);
  b->value = fixture_value(&x, "{formula: \"3 + x\", unit: mol/m3}", "mol/m3"), b->sides = 3;
  edge_run(&x);
  cr_expect_eq(x.ops->view.n_scalars, 1);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 2 * (3 - 2) + 2 * (4 - 2));
  cr_expect(!x.ops->slow_values);
  fixture_destroy(&x);
}

Test(operators, a_value_in_place_and_time_is_evaluated_face_by_face) {
  Fixture x;
  EluteBoundarySpec *b;

  b = edge(&x, ELUTE_BOUNDARY_VALUE, NULL);
  b->value = fixture_value(&x, "{formula: \"3 + x*t\", unit: mol/m3}", "mol/m3"), b->sides = 3;
  edge_run(&x);
  cr_expect_eq(x.ops->view.n_scalars, 2);
  cr_expect(x.ops->slow_values);
  cr_assert(!EluteOperatorsSetTime(x.ops, 4));
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 2 * (3 - 2) + 2 * (7 - 2));
  fixture_destroy(&x);
}

/* --- held tissues ---------------------------------------------------------------------------------------------- */

Test(operators, a_held_tissue_feeds_its_neighbour_and_the_ledger_says_so) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  fraction(&x, 0.5, 0.25);
  fixture_mobile(&x, "s", 1);
  fixture_hold(&x, 1, 0, fixture_constant(4));
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsInitial(x.ops, x.u));
  NEAR(fixture_get(&x, x.u, 0, 0, 1), 1); /* phi 4 */
  NEAR(fixture_left(&x, "s.right"), 0);
  fixture_residual(&x); /* g = 1/(1 + 4), activities 0 and 4 */
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 0.8);
  cr_expect_eq(fixture_get(&x, x.f, 0, 0, 1), 0);
  NEAR(fixture_left(&x, "s.right"), -0.8);
  fixture_destroy(&x);
}

Test(operators, a_held_value_that_grows_is_booked_as_it_grows) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  fixture_mobile(&x, "s", 1);
  fixture_hold(&x, 1, 0, fixture_value(&x, "{table: {time: [0 s, 10 s], value: [0 mol/m3, 30 mol/m3]}}", "mol/m3"));
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsInitial(x.ops, x.u));
  fixture_set(&x, x.u, 0, 0, 1, 6);
  cr_assert(!EluteOperatorsSetTime(x.ops, 2));
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 1), 3);
  NEAR(fixture_left(&x, "s.right"), -(3 * 2 + 6 / 1.5)); /* in 2 m3, and through 1/(0.5 + 1) m3/s */
  NEAR(fixture_amount(&x, x.f, 0), -fixture_left(&x, "s.right"));
  fixture_destroy(&x);
}

Test(operators, an_immobile_species_held_in_time_is_booked_alike) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  fixture_immobile(&x, "m");
  fixture_hold(&x, 1, 0, fixture_value(&x, "{table: {time: [0 s, 10 s], value: [0 mol/m3, 30 mol/m3]}}", "mol/m3"));
  fixture_create(&x, false);
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 1), 3);
  NEAR(fixture_left(&x, "m.right"), -6);
  fixture_destroy(&x);
}

Test(operators, the_ledger_counts_the_flux_that_the_held_cells_state_drives) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  fixture_mobile(&x, "s", 1);
  fixture_hold(&x, 1, 0, fixture_constant(4));
  fixture_create(&x, false);
  fixture_set(&x, x.u, 0, 0, 1, 4.5); /* a stage off the held value */
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), 3);
  NEAR(fixture_left(&x, "s.right"), -3);
  fixture_destroy(&x);
}

Test(operators, resetting_held_cells_books_what_it_adds) {
  Fixture x;

  fixture_line(&x, 2, two_cells, 1);
  fixture_mobile(&x, "s", 1);
  fixture_hold(&x, 1, 0, fixture_constant(4));
  fixture_create(&x, false);
  fixture_set(&x, x.u, 0, 0, 1, 3);
  cr_assert(!EluteOperatorsSetHeld(x.ops, x.u));
  NEAR(fixture_get(&x, x.u, 0, 0, 1), 4);
  NEAR(fixture_left(&x, "s.right"), -2); /* 1 mol/m3 in 2 m3 */
  fixture_destroy(&x);
}

Test(operators, a_reaction_counts_for_a_held_species_only_where_it_is_free) {
  Fixture x;
  const int a = 0, both[] = {0, 1};
  const double change[] = {-1, 1};

  fixture_line(&x, 2, two_cells, 1);
  fixture_mobile(&x, "a", 0);
  fixture_immobile(&x, "b");
  fixture_reaction(&x, "turn", 1, 1, &a, 2, both, change);
  fixture_hold(&x, 1, 0, fixture_constant(4));
  fixture_create(&x, false);
  fixture_set(&x, x.u, 0, 0, 0, 5);
  fixture_set(&x, x.u, 0, 0, 1, 4);
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 1, 1), 4);
  NEAR(fixture_left(&x, "a.turn"), 5);
  NEAR(fixture_left(&x, "b.turn"), -(5 + 2 * 4));
  NEAR(fixture_left(&x, "a.right"), 0);
  for (int k = 0; k < 2; k++) NEAR(fixture_amount(&x, x.f, k), -fixture_all_left(&x, k));
  fixture_destroy(&x);
}

/* --- reactions at phi = 0.2 (physics A2) ------------------------------------------------------------------------ */

/* One cell, phi 0.2, mobile a and b, immobile m; C = 1, 3, 7. */
static void folded(Fixture *x) {
  fixture_line(x, 1, unit_cell, 9);
  fraction(x, 0.2, 0.2);
  fixture_mobile(x, "a", 0);
  fixture_mobile(x, "b", 0);
  fixture_immobile(x, "m");
}

static double folded_rate(Fixture *x) {
  const double c[] = {1, 3, 7};
  double loss;

  fixture_create(x, false);
  for (int k = 0; k < 3; k++) fixture_set(x, x->u, 0, k, 0, c[k]);
  fixture_residual(x);
  loss = -fixture_get(x, x->f, 0, 0, 0);
  NEAR(fixture_left(x, "a.r"), loss);
  fixture_destroy(x);
  return loss;
}

static const int A[] = {0}, AB[] = {0, 1}, AM[] = {0, 2};
static const double minus[] = {-1};

Test(operators, first_order_of_a_mobile_species_is_k_times_its_tissue_concentration) {
  Fixture x;

  folded(&x);
  fixture_reaction(&x, "r", 2, 1, A, 1, A, minus);
  NEAR(folded_rate(&x), 2);
}

Test(operators, sorbed_material_does_not_react_in_the_fluid) {
  Fixture x;

  folded(&x);
  x.species[0].sorption_factor = fixture_constant(4);
  fixture_reaction(&x, "r", 2, 1, A, 1, A, minus);
  NEAR(folded_rate(&x), 0.5); /* phi k C/(phi R) */
}

Test(operators, two_mobile_species_react_in_the_fluid_of_the_least_accessible) {
  Fixture x;

  folded(&x);
  x.species[1].availability = fixture_constant(0.5); /* phi_b = 0.1 */
  fixture_reaction(&x, "r", 2, 2, AB, 1, A, minus);
  NEAR(folded_rate(&x), 0.1 * 2 * (1 / 0.2) * (3 / 0.1));
}

Test(operators, mobile_with_immobile_reacts_by_fluid_concentration_without_phi) {
  Fixture x;

  folded(&x);
  fixture_reaction(&x, "r", 2, 2, AM, 1, A, minus);
  NEAR(folded_rate(&x), 2 * (1 / 0.2) * 7);
}

Test(operators, michaelis_menten_of_a_mobile_species_acts_on_c_and_carries_phi) {
  Fixture x;
  EluteReactionSpec *r;

  folded(&x);
  r = fixture_reaction(&x, "r", 2, 1, A, 1, A, minus);
  r->factor[0].kind = ELUTE_SATURATION;
  r->factor[0].constant = fixture_constant(5);
  NEAR(folded_rate(&x), 0.2 * 2 * 5 / (5 + 5));
}

Test(operators, hill_and_inhibition_act_on_c) {
  Fixture x;
  EluteReactionSpec *r;

  folded(&x);
  r = fixture_reaction(&x, "r", 2, 2, AB, 1, A, minus);
  r->factor[0].kind = ELUTE_HILL, r->factor[0].exponent = 2;
  r->factor[0].constant = fixture_constant(10); /* c = 5: 25/(100 + 25) */
  r->factor[1].kind = ELUTE_INHIBITION;
  r->factor[1].constant = fixture_constant(5); /* c = 15: 1/(1 + 3) */
  NEAR(folded_rate(&x), 0.2 * 2 * 0.2 * 0.25);
}

Test(operators, a_fraction_that_varies_in_place_folds_the_same_way) {
  Fixture x;
  EluteReactionSpec *r;

  folded(&x);
  x.tissue[0].interstitial_fraction = fixture_value(&x, "{formula: \"0.4*x\", unit: 1}", "1"); /* 0.2 at the centre */
  r = fixture_reaction(&x, "r", 2, 2, AB, 1, A, minus);
  r->factor[1].kind = ELUTE_SATURATION;
  r->factor[1].constant = fixture_constant(5);
  NEAR(folded_rate(&x), 0.2 * 2 * 5 * 15 / (5 + 15));
}

Test(operators, a_constant_that_vanishes_is_refused) {
  Fixture x;
  EluteReactionSpec *r;

  folded(&x);
  r = fixture_reaction(&x, "r", 2, 1, A, 1, A, minus);
  r->factor[0].kind = ELUTE_SATURATION;
  r->factor[0].constant = fixture_constant(0);
  fixture_create(&x, true);
  cr_expect_eq(EluteFailure(NULL), ELUTE_EXIT_CASE);
  fixture_destroy(&x);
}

Test(operators, a_rate_acts_in_the_named_tissues_alone) {
  Fixture x;
  EluteReactionSpec *r;

  fixture_line(&x, 2, two_cells, 1);
  fixture_mobile(&x, "a", 0);
  r = fixture_reaction(&x, "r", 0, 0, NULL, 1, A, minus);
  r->rate = fixture_value(&x, "{formula: \"1 + t\", unit: mol/(m3 s)}", "mol/(m3 s)");
  r->in_tissue[0] = false;
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsSetTime(x.ops, 2));
  fixture_residual(&x);
  cr_expect_eq(fixture_get(&x, x.f, 0, 0, 0), 0);
  NEAR(fixture_get(&x, x.f, 0, 0, 1), -3);
  NEAR(fixture_left(&x, "a.r"), 6);
  cr_expect_eq(x.ops->view.n_fields, 0);
  fixture_destroy(&x);
}

Test(operators, rates_in_place_share_a_field_where_they_are_equal_and_mix_with_time_slowly) {
  Fixture x;
  EluteReactionSpec *r;

  fixture_line(&x, 2, two_cells, 9);
  fixture_mobile(&x, "a", 0);
  fixture_reaction(&x, "p", 0, 0, NULL, 1, A, minus)->rate =
      fixture_value(&x, "{formula: \"x\", unit: mol/(m3 s)}", "mol/(m3 s)");
  fixture_reaction(&x, "q", 0, 0, NULL, 1, A, minus)->rate =
      fixture_value(&x, "{formula: \"2*x/2\", unit: mol/(m3 s)}", "mol/(m3 s)");
  r = fixture_reaction(&x, "r", 0, 0, NULL, 1, A, minus);
  r->rate = fixture_value(&x, "{formula: \"x*t\", unit: mol/(m3 s)}", "mol/(m3 s)");
  fixture_create(&x, false);
  cr_expect_eq(x.ops->view.n_fields, 2);
  cr_expect(x.ops->slow_values);
  cr_assert(!EluteOperatorsSetTime(x.ops, 3));
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), -(0.5 + 0.5 + 1.5));
  NEAR(fixture_get(&x, x.f, 0, 0, 1), -(2 + 2 + 6));
  fixture_destroy(&x);
}

/* --- sources and impulses ---------------------------------------------------------------------------------------- */

static const EluteShape middle = {.kind = ELUTE_SHAPE_BOX, .a = {0.3, -1, -1}, .b = {2.9, 2, 2}};

Test(operators, a_source_delivers_its_total_whatever_its_shape_cuts) {
  Fixture x;
  const double plus[] = {1};
  EluteReactionSpec *r;

  fixture_line(&x, 4, four_cells, 2);
  fixture_mobile(&x, "a", 0);
  r = fixture_reaction(&x, "pump", 0.7, 0, NULL, 1, A, plus);
  r->has_shape = r->shape_total = true;
  r->shape = middle;
  fixture_create(&x, false);
  fixture_residual(&x);
  cr_expect_float_eq(fixture_amount(&x, x.f, 0), 0.7, 0.7 * 1e-15);
  cr_expect_float_eq(fixture_left(&x, "a.pump"), -0.7, 0.7 * 1e-15);
  cr_expect_eq(fixture_get(&x, x.f, 0, 0, 3), 0);
  cr_expect(fixture_get(&x, x.f, 0, 0, 0) > 0);
  fixture_destroy(&x);
}

static EluteImpulse *bolus(Fixture *x) {
  static char name[] = "needle";

  fixture_line(x, 4, four_cells, 2);
  fraction(x, 0.5, 0.25);
  fixture_mobile(x, "a", 0);
  x->impulse[0] = (EluteImpulse){.name = name, .amount = 0.3, .shape = middle};
  x->model.n_impulses = 1;
  return &x->impulse[0];
}

Test(operators, an_impulse_is_exact_and_books_what_was_lost_on_the_way) {
  Fixture x;
  EluteImpulse *impulse = bolus(&x);

  impulse->lost = 0.1;
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsImpulse(x.ops, impulse, x.u));
  cr_expect_float_eq(fixture_amount(&x, x.u, 0), 0.3, 0.3 * 1e-15);
  NEAR(fixture_left(&x, "a.needle"), -0.4);
  NEAR(fixture_left(&x, "a.needle.lost"), 0.1);
  cr_expect_eq(fixture_get(&x, x.u, 0, 0, 3), 0);
  NEAR(fixture_get(&x, x.u, 0, 0, 1), fixture_get(&x, x.u, 0, 0, 2) / 0.9); /* all of one, 0.9 of the other */
  fixture_destroy(&x);
}

Test(operators, an_impulse_uniform_in_the_fluid_follows_the_accessible_fraction) {
  Fixture x;
  EluteImpulse *impulse = bolus(&x);

  impulse->shape = (EluteShape){.kind = ELUTE_SHAPE_EVERYWHERE};
  impulse->uniform_fluid = true;
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsImpulse(x.ops, impulse, x.u));
  NEAR(fixture_get(&x, x.u, 0, 0, 0), 0.1); /* 0.5/1.5 of 0.3 */
  NEAR(fixture_get(&x, x.u, 0, 0, 3), 0.05);
  fixture_destroy(&x);
}

Test(operators, an_impulse_leaves_held_cells_alone) {
  Fixture x;
  EluteImpulse *impulse = bolus(&x);

  fixture_hold(&x, 1, 0, fixture_constant(0));
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsImpulse(x.ops, impulse, x.u));
  cr_expect_eq(fixture_get(&x, x.u, 0, 0, 2), 0);
  cr_expect_float_eq(fixture_amount(&x, x.u, 0), 0.3, 0.3 * 1e-15);
  fixture_destroy(&x);
}

Test(operators, an_impulse_outside_the_mesh_is_the_cases_fault) {
  Fixture x;
  EluteImpulse *impulse = bolus(&x);

  impulse->shape = (EluteShape){.kind = ELUTE_SHAPE_SPHERE, .a = {40, 0, 0}, .r = 1};
  fixture_create(&x, false);
  cr_expect(EluteOperatorsImpulse(x.ops, impulse, x.u));
  cr_expect_eq(EluteFailure(NULL), ELUTE_EXIT_CASE);
  EluteFailureClear();
  fixture_destroy(&x);
}

/* --- everything together ------------------------------------------------------------------------------------------ */

Test(operators, what_the_ledger_says_left_is_what_the_tissue_lost_for_every_species) {
  const double pair[] = {-1, 2}, source[] = {1}, edges[] = {0, 0.3, 1, 1.9, 3};
  Fixture x;
  EluteReactionSpec *r;

  fixture_line(&x, 4, edges, 1);
  x.model.coefficients_double = false;
  fraction(&x, 0.3, 0.17);
  fixture_mobile(&x, "a", 2);
  fixture_mobile(&x, "b", 0.01);
  fixture_immobile(&x, "m");
  fixture_boundary(&x, "bath", 0, 0, ELUTE_BOUNDARY_VALUE, fixture_constant(3));
  fixture_boundary(&x, "skin", 1, 1, ELUTE_BOUNDARY_TRANSFER, fixture_constant(1))->coefficient = fixture_constant(0.3);
  fixture_boundary(&x, "pad", 1, 0, ELUTE_BOUNDARY_FLUX, fixture_constant(0.2));
  fixture_hold(&x, 1, 1, fixture_value(&x, "{formula: \"1 + x*t\", unit: mol/m3}", "mol/m3"));
  fixture_reaction(&x, "bind", 0.7, 2, AB, 2, AM, pair);
  r = fixture_reaction(&x, "decay", 0.7, 1, A, 1, A, minus);
  r->in_tissue[1] = false;
  fixture_reaction(&x, "pump", 0.7, 0, NULL, 1, AB + 1, source);
  fixture_create(&x, false);
  cr_assert(!EluteOperatorsSetTime(x.ops, 1.5));
  cr_assert(!EluteOperatorsSetHeld(x.ops, x.u));
  for (int e = 0; e < x.ops->n_entries; e++) x.ops->entries[e].booked = 0; /* rates alone */
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 3; k++)
      if (!(k == 1 && i > 1)) fixture_set(&x, x.u, 0, k, i, 0.1 + 0.37 * i + 0.11 * k * i * i);
  fixture_residual(&x);
  for (int k = 0; k < 3; k++) {
    double gained = fixture_amount(&x, x.f, k), left = fixture_all_left(&x, k);

    cr_expect(fabs(gained) > 1e-3);
    cr_expect_float_eq(gained, -left, 1e-14, "species %d: gained %g, left %g", k, gained, left);
  }
  fixture_destroy(&x);
}

Test(operators, a_well_mixed_cell_reacts_and_has_no_faces) {
  Fixture x;

  fixture_line(&x, 1, unit_cell, 9);
  x.model.mesh.geometry = ELUTE_WELL_MIXED;
  x.model.mesh.dimension = 0;
  x.model.mesh.volume = 2;
  fixture_mobile(&x, "a", 1);
  fixture_boundary(&x, "all", 0, 0, ELUTE_BOUNDARY_VALUE, fixture_constant(3))->sides = 63;
  fixture_reaction(&x, "r", 2, 1, A, 1, A, minus);
  fixture_create(&x, false);
  fixture_set(&x, x.u, 0, 0, 0, 3);
  fixture_residual(&x);
  NEAR(fixture_get(&x, x.f, 0, 0, 0), -6);
  NEAR(fixture_left(&x, "a.r"), 12);
  cr_expect_eq(x.ops->view.n_open_faces, 0);
  fixture_destroy(&x);
}

Test(operators, the_guard_backend_gives_the_same_bits) {
  double f[2][2];

  for (int b = 0; b < 2; b++) {
    const double edges[] = {0, 1, 3};
    Fixture x;

    fixture_line(&x, 2, edges, 1);
    x.backend = b ? &elute_backend_guard : &elute_backend_cpu;
    fraction(&x, 0.3, 0.7);
    fixture_mobile(&x, "a", 1);
    fixture_boundary(&x, "bath", 0, 0, ELUTE_BOUNDARY_VALUE, fixture_constant(3));
    fixture_reaction(&x, "r", 0.3, 1, A, 1, A, minus)->rate = fixture_value(&x, "{formula: \"x*t\", unit: 1/s}", "1/s");
    fixture_create(&x, false);
    cr_assert(!EluteOperatorsInitial(x.ops, x.u));
    fixture_set(&x, x.u, 0, 0, 0, 0.7);
    cr_assert(!EluteOperatorsSetTime(x.ops, 2));
    fixture_residual(&x);
    for (int i = 0; i < 2; i++) f[b][i] = fixture_get(&x, x.f, 0, 0, i);
    fixture_destroy(&x);
  }
  cr_expect_eq(f[0][0], f[1][0]);
  cr_expect_eq(f[0][1], f[1][1]);
  cr_expect(f[0][1] != 0);
}
