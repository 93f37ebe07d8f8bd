/* What carriers expand into: parts of a load by law of release and by time given, and where these parts go. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "../../solver/case/units.h"
#include "read_case.h"

#define CASE "elute: 1\nmesh: {geometry: well_mixed, volume: 1 cm3}\ntime: {end: 10 h}\ndrugs: {dox: {}, cpg: {}}\n"
#define AGED "{dox: {release: {law: weibull, scale: 3 h, shape: 0.7}}}"

static void forget_units(void) {
  EluteUnitsFinalize();
}

TestSuite(carriers, .fini = forget_units);

/* Of an impulse of the species, mol; at that time, s. */
static double given(const EluteModel *m, const char *species, double time) {
  double sum = 0;

  for (int i = 0; i < m->n_impulses; i++)
    if (m->impulses[i].species == EluteModelSpeciesIndex(m, species) && m->impulses[i].time == time)
      sum += m->impulses[i].amount;
  return sum;
}

/* How a reaction changes a species; 0 where there is no such reaction. */
static double change(const EluteModel *m, const char *name, const char *species) {
  for (int i = 0; i < m->n_reactions; i++)
    for (int c = 0; c < m->reactions[i].n_changes; c++)
      if (strcmp(m->reactions[i].name, name) == 0 && m->reactions[i].changed[c] == EluteModelSpeciesIndex(m, species))
        return m->reactions[i].change[c];
  return 0;
}

Test(carriers, each_time_given_is_a_species_with_an_age_of_its_own) {
  EluteModel *m = read_case(CASE "carriers: {ship: {carries: " AGED "}}\n"
                                 "delivery: {late: {give: ship, dose: 5 nmol, start: 4 h}, "
                                 "early: {give: ship, dose: 1 nmol, every: 2 h, times: 2}}\n");

  cr_assert_eq(m->n_species, 5); /* dox, cpg, and three by time */
  cr_assert_float_eq(given(m, "ship.dox_1", 0), 1e-9, 1e-22);
  cr_assert_float_eq(given(m, "ship.dox_2", 7200), 1e-9, 1e-22);
  cr_assert_float_eq(given(m, "ship.dox_3", 14400), 5e-9, 1e-22);
  cr_assert_eq(change(m, "ship_dox_3_release", "dox"), 1);
  EluteModelFree(m);
}

Test(carriers, what_is_given_at_the_same_time_ages_together) {
  EluteModel *m = read_case(CASE "carriers: {ship: {carries: " AGED "}}\n"
                                 "delivery: {left: {give: ship, dose: 5 nmol, start: 4 h}, right: {give: ship, dose: 1 "
                                 "nmol, start: 4 h}}\n");

  cr_assert_eq(m->n_species, 3);
  cr_assert_float_eq(given(m, "ship.dox", 14400), 6e-9, 1e-22);
  EluteModelFree(m);
}

Test(carriers, laws_of_the_state_do_not_mind_when_they_are_given) {
  EluteModel *m = read_case(CASE "carriers: {ship: {carries: {dox: {release: {rate: 1 1/h}}}}}\n"
                                 "delivery: {shots: {give: ship, dose: 1 nmol, every: 2 h, times: 3}}\n");

  cr_assert_eq(m->n_species, 3);
  cr_assert_float_eq(given(m, "ship.dox", 7200), 1e-9, 1e-22);
  EluteModelFree(m);
}

Test(carriers, burst_and_what_stays_are_shares_of_the_dose) {
  EluteModel *m =
      read_case(CASE "carriers: {ship: {carries: {dox: {release: {law: bi_exponential, fraction: 0.25, fast: "
                     "2 1/h, slow: 1 1/h, burst: 0.1, releasable: 0.9}}}}}\n"
                     "delivery: {shot: {give: ship, dose: 10 nmol}}\n");

  cr_assert_float_eq(given(m, "dox", 0), 1e-9, 1e-22);
  cr_assert_float_eq(given(m, "ship.dox_fast", 0), 2e-9, 1e-22);
  cr_assert_float_eq(given(m, "ship.dox_slow", 0), 6e-9, 1e-22);
  cr_assert_float_eq(given(m, "ship.dox_kept", 0), 1e-9, 1e-22);
  EluteModelFree(m);
}

Test(carriers, two_drugs_in_one_carrier_each_have_their_law) {
  EluteModel *m = read_case(CASE "carriers: {ship: {carries: {dox: {per_carrier: 100, release: {rate: 1 1/h}}, cpg: "
                                 "{per_carrier: 10, release: {rate: 2 1/h}}}}}\n"
                                 "delivery: {shot: {give: ship, dose: {ship: 3 pmol}}}\n");

  cr_assert_float_eq(given(m, "ship", 0), 3e-12, 1e-24);
  cr_assert_float_eq(given(m, "ship.dox", 0), 3e-10, 1e-22);
  cr_assert_float_eq(given(m, "ship.cpg", 0), 3e-11, 1e-22);
  cr_assert_eq(change(m, "ship_cpg_release", "cpg"), 1);
  EluteModelFree(m);
}

Test(carriers, one_that_becomes_another_takes_its_age_along) {
  EluteModel *m =
      read_case(CASE "carriers:\n  peg: {carries: " AGED ", becomes: {carrier: bare, rate: 1 1/h}}\n"
                     "  bare: {carries: " AGED "}\n"
                     "delivery: {first: {give: bare, dose: 1 nmol}, then: {give: peg, dose: 1 nmol, start: 1 "
                     "h}}\n");

  cr_assert_eq(change(m, "peg_dox_becomes", "peg.dox"), -1, "given once, it is one species");
  cr_assert_eq(change(m, "peg_dox_becomes", "bare.dox_2"), 1, "which has the later age");
  cr_assert_eq(change(m, "peg_dox_becomes", "bare.dox_1"), 0);
  EluteModelFree(m);
}

Test(carriers, one_that_becomes_another_is_divided_as_that_is) {
  EluteModel *m =
      read_case(CASE "carriers:\n  peg: {carries: {dox: {release: {rate: 1 1/h}}}, becomes: {carrier: bare, "
                     "rate: 1 1/h}}\n  bare: {carries: {dox: {release: {law: bi_exponential, fraction: 0.25, "
                     "fast: 2 1/h, slow: 1 1/h}}}}\n");

  cr_assert_eq(change(m, "peg_dox_becomes", "bare.dox_fast"), 0.25);
  cr_assert_eq(change(m, "peg_dox_becomes", "bare.dox_slow"), 0.75);
  EluteModelFree(m);
}

Test(carriers, bonds_left_on_a_dendrimer_begin_binomial) {
  EluteModel *m = read_case(CASE "carriers: {g: {arms: 2, carries: {dox: {loading: 0.5, resolve_arms: yes, release: "
                                 "{rate: 1 1/s}}}, degradation: {rate: 1 1/h}}}\n"
                                 "delivery: {shot: {give: g, dose: 4 nmol}}\n");

  cr_assert_float_eq(given(m, "g", 0), 4e-9, 1e-22);
  cr_assert_float_eq(given(m, "g.dox.n0", 0), 1e-9, 1e-22);
  cr_assert_float_eq(given(m, "g.dox.n1", 0), 2e-9, 1e-22);
  cr_assert_float_eq(given(m, "g.dox.n2", 0), 1e-9, 1e-22);
  cr_assert_eq(change(m, "g_dox_n2_release", "g.dox.n1"), 1);
  cr_assert_eq(change(m, "g_dox_n2_degradation", "dox"), 2, "all its drugs are freed when it falls apart");
  EluteModelFree(m);
}
