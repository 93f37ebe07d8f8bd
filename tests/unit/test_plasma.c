/* Concentration in plasma: what doses into a vein leave there. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../../solver/case/units.h"
#include "read_case.h"

#define HOUR 3600.0
#define DAY 86400.0
#define CASE                                                                                                           \
  "elute: 1\nmesh: {geometry: well_mixed, volume: 1 cm3}\ntime: {end: 100 d}\ntissues: {tumour: {vascular_density: "   \
  "200 1/cm}}\n"                                                                                                       \
  "drugs: {drug: {permeability: 1e-9 m/s, molar_mass: 1 kg/mol}}\n"

static void forget_units(void) {
  EluteUnitsFinalize();
}

TestSuite(plasma, .fini = forget_units);

/* What comes from vessels has the concentration in plasma for its rate. */
static const EluteValue *curve(const EluteModel *m) {
  for (int r = 0; r < m->n_reactions; r++)
    if (m->reactions[r].exchange == ELUTE_EXCHANGE_FROM_VESSELS) return m->reactions[r].rate;
  cr_assert_fail("nothing comes from vessels");
  return NULL;
}

/* g/m3 = mg/L, for a molar mass of 1 kg/mol; in a segment that begins at t. */
static double at(const EluteModel *m, double t) {
  const double point[3] = {0, 0, 0};
  const EluteWhere where = EluteModelWhere(m, point, 0, t, t, t + 1);
  double result;
  char why[300];

  cr_assert(EluteValueAt(curve(m), &where, &result, why, sizeof why), "%s", why);
  return 1000 * result;
}

static double slope(const EluteModel *m, double t) {
  const double point[3] = {0, 0, 0};
  const EluteWhere where = EluteModelWhere(m, point, 0, t, t, t + 1);
  double result;
  char why[300];

  cr_assert(EluteValueRate(curve(m), &where, &result, why, sizeof why), "%s", why);
  return 1000 * result;
}

#define NIVOLUMAB                                                                                                      \
  CASE "plasma: {drug: {two_compartment: {clearance: 0.2256 L/d, volume: 3.63 L, exchange: 0.7704 L/d, "               \
       "peripheral_volume: 2.78 L}}}\n"

Test(plasma, nivolumab_is_that_of_v21) {
  static const double when[] = {0.5 * HOUR, DAY, 7 * DAY, 14 * DAY, 21 * DAY};
  static const double expected[] = {65.92738, 51.85161, 27.23228, 20.90779, 16.55062};
  EluteModel *m =
      read_case(NIVOLUMAB "delivery: {drip: {give: drug, dose: 240 mg, route: intravenous, duration: 0.5 h}}\n");

  for (int i = 0; i < 5; i++)
    cr_assert_float_eq(at(m, when[i]) / expected[i], 1, 1e-6, "%g s: %.9g", when[i], at(m, when[i]));
  EluteModelFree(m);
}

Test(plasma, doses_add_up_each_at_its_time) {
  EluteModel *one =
      read_case(NIVOLUMAB "delivery: {drip: {give: drug, dose: 240 mg, route: intravenous, duration: 0.5 h}}\n");
  EluteModel *two = read_case(
      NIVOLUMAB "delivery: {late: {give: drug, dose: 480 mg, route: intravenous, start: 14 d, duration: 0.5 h}, "
                "drip: {give: drug, dose: 240 mg, route: intravenous, duration: 0.5 h}}\n");
  int n;
  double *times = EluteModelDiscontinuities(two, &n);

  cr_assert_float_eq(at(two, DAY), at(one, DAY), 1e-12);
  cr_assert_float_eq(at(two, 15 * DAY), at(one, 15 * DAY) + 2 * at(one, DAY), 1e-12);
  cr_assert_eq(n, 4);
  cr_assert_float_eq(times[2], 14 * DAY, 1e-6);
  free(times);
  EluteModelFree(one);
  EluteModelFree(two);
}

Test(plasma, one_compartment_decays_from_dose_over_volume) {
  EluteModel *m = read_case(CASE "plasma: {drug: {two_compartment: {clearance: 1 L/h, volume: 5 L}}}\n"
                                 "delivery: {push: {give: drug, dose: 100 mg, route: intravenous, start: 1 h}}\n");

  cr_assert_eq(at(m, 0.5 * HOUR), 0);
  cr_assert_float_eq(at(m, HOUR), 20, 1e-13);
  cr_assert_float_eq(at(m, 6 * HOUR), 20 * exp(-1), 1e-13);
  EluteModelFree(m);
}

Test(plasma, doxil_scales_with_its_dose) {
  /* 0.999 and 7.341 ug/mL after 20 mg/m2: Cmax 8.34 ug/mL on the label; of a body of 1.8 m2 36 mg */
  EluteModel *m =
      read_case(CASE "plasma: {drug: {dose: 36 mg, multi_exponential: {amplitudes: [0.999 ug/mL, 7.341 ug/mL], "
                     "rates: [0.13330 1/h, 0.012603 1/h]}}}\n"
                     "delivery: {push: {give: drug, dose: 72 mg, route: intravenous}}\n");

  cr_assert_float_eq(at(m, 0), 2 * 8.34, 1e-9);
  cr_assert_float_eq(at(m, 10 * HOUR), 2 * (0.999 * exp(-1.333) + 7.341 * exp(-0.12603)), 1e-9);
  EluteModelFree(m);
}

Test(plasma, without_a_delivery_the_terms_themselves_are_the_curve) {
  EluteModel *m = read_case(CASE "plasma: {drug: {multi_exponential: {amplitudes: [2 g/m3], rates: [1 1/h], start: [1 "
                                 "h, 2 h], share: [1, 3]}}}\n");

  cr_assert_float_eq(at(m, 2 * HOUR), 2 * exp(-1) + 6, 1e-12);
  EluteModelFree(m);
}

Test(plasma, slopes_are_those_of_the_curve) {
  EluteModel *m = read_case(
      NIVOLUMAB "delivery: {drip: {give: drug, dose: 240 mg, route: intravenous, start: 1 h, duration: 6 h}}\n");
  static const double when[] = {0.2 * HOUR, 3 * HOUR, 20 * HOUR};

  for (int i = 0; i < 3; i++) {
    const double h = 30, difference = (at(m, when[i] + h) - at(m, when[i] - h)) / (2 * h);
    cr_assert_float_eq(slope(m, when[i]), difference, 1e-6 * fabs(difference), "at %g s", when[i]);
  }
  EluteModelFree(m);
}

Test(plasma, an_expanded_case_is_the_same_case) {
  EluteModel *m = read_case(NIVOLUMAB
                            "delivery: {drip: {give: drug, dose: 240 mg, route: intravenous, duration: 0.5 h}}\n"),
             *again;
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  EluteModelPrintExpanded(m, file);
  fclose(file);
  again = read_case(text);
  cr_assert_eq(again->n_reactions, m->n_reactions);
  cr_assert_eq(at(again, 3 * DAY), at(m, 3 * DAY));
  free(text);
  EluteModelFree(again);
  EluteModelFree(m);
}
