#include <criterion/criterion.h>

#include "../../solver/case/units.h"

#include <math.h>
#include <string.h>

static void expect_si(const char *text, const char *dimension, double expected) {
  char why[500] = "";
  double si = NAN;

  cr_expect(EluteQuantityParse(text, dimension, 0.0, &si, why, sizeof why), "%s: %s", text, why);
  cr_expect_eq(si, expected, "%s is %.17g, expected %.17g", text, si, expected);
}

static void expect_refused(const char *text, const char *dimension, const char *message) {
  char why[500] = "";
  double si;

  cr_expect_not(EluteQuantityParse(text, dimension, 0.0, &si, why, sizeof why), "%s was accepted", text);
  cr_expect(strstr(why, message), "%s: got %s", text, why);
}

Test(units, quantities_are_exactly_their_si_decimals) {
  expect_si("300 um", "m", 3e-4);
  expect_si("300um", "m", 3e-4);
  expect_si("-3 mm", "m", -3e-3);
  expect_si("3 µm", "m", 3e-6);
  expect_si("6 h", "s", 21600);
  expect_si("2 d", "s", 172800);
  expect_si("5 min", "s", 300);
  expect_si("0.01 1/h", "1/s", 0.01 / 3600);
  expect_si("0.01/h", "1/s", 0.01 / 3600);
  expect_si("2 uL", "m3", 2e-9);
  expect_si("60 uL/min", "m3/s", 1e-9);
  expect_si("1e-11 m2/s", "m2/s", 1e-11);
  expect_si("37 degC", "K", 310.15);
  expect_si("3.3e-12 cm2/s", "m2/s", 3.3e-16);
}

Test(units, molar_units_scale_with_prefixes) {
  expect_si("1 M", "mol/m3", 1000);
  expect_si("1 mM", "mol/m3", 1);
  expect_si("4 uM", "mol/m3", 4e-3);
  expect_si("41 nM", "mol/m3", 4.1e-5);
  expect_si("7 pM", "mol/m3", 7e-9);
  expect_si("1 nM/s", "mol/(m3 s)", 1e-6);
  expect_si("6.7e5 1/(M s)", "m3/(mol s)", 670);
  expect_si("2 m3/(mol s)", "m3/(mol s)", 2);
  expect_si("2 mol/(m3 s)", "mol/(m3 s)", 2);
}

Test(units, pressures_and_counts_are_known) {
  double si;
  char why[500];

  cr_expect(EluteQuantityParse("1 mmHg", "Pa", 0.0, &si, why, sizeof why));
  cr_expect_float_eq(si, 133.3224, 1e-3);
  cr_expect(EluteQuantityParse("1 cmH2O", "Pa", 0.0, &si, why, sizeof why));
  cr_expect_float_eq(si, 98.0665, 3e-3);
  expect_si("5 IU", "1", 5);
  expect_si("2 1/mL", "1/m3", 2e6);
  expect_si("2 cells/mL", "1/m3", 2e6);
}

Test(units, percent_and_bare_numbers_are_numbers) {
  expect_si("30 %", "1", 0.3);
  expect_si("30%", "1", 0.3);
  expect_si("0.3", "1", 0.3);
  expect_si(".5", "1", 0.5);
  expect_si("1e3", "1", 1000);
}

Test(units, any_dimension_goes_to_coherent_si) {
  expect_si("2 mm", NULL, 2e-3);
  expect_si("7.4", NULL, 7.4);
  expect_si("3 mmol/L", NULL, 3.0);
  expect_si("1 h", NULL, 3600);
}

Test(units, masses_become_moles_through_the_molar_mass) {
  double si;
  char why[500];

  cr_expect(EluteQuantityParse("2 ug/mL", "mol/m3", 0.5, &si, why, sizeof why), "%s", why);
  cr_expect_float_eq(si, 4e-3, 1e-17);
  cr_expect(EluteQuantityParse("5 ug", "mol", 0.5, &si, why, sizeof why), "%s", why);
  cr_expect_float_eq(si, 1e-8, 1e-22);
  cr_expect(EluteQuantityParse("2 mL/(ug s)", "m3/(mol s)", 0.5, &si, why, sizeof why), "%s", why);
  cr_expect_float_eq(si, 1000, 1e-10); /* 2e-6 m3 per 1e-9 kg is 2e3 m3/(kg s), times 0.5 kg/mol */
  expect_refused("2 ug/mL", "mol/m3", "give the species a molar_mass, or a concentration in mol/m3");
}

Test(units, wrong_quantities_say_what_was_expected) {
  expect_refused("3", "m", "found '3' without a unit; expected a length in m, such as '300 um'");
  expect_refused("3 h", "1/s", "the unit 'h' is in s; expected a rate in 1/s, such as '0.01 1/h'");
  expect_refused("3 Hz", "s", "expected a time in s");
  expect_refused("3 foo", "m", "'foo' is no unit; expected a length");
  expect_refused("abc", "m", "found 'abc'; expected a length");
  expect_refused("", "m", "expected a length");
  expect_refused("3 m", "1", "expected a number without a unit, such as 0.3 or 30 %");
  expect_refused("3 %", "m", "is in pure numbers");
  expect_refused("1 m/s2", "kg3", "expected a quantity in kg3");
}

Test(units, what_only_looks_like_a_number_is_refused) {
  expect_refused("nan m", "m", "expected a length");
  expect_refused("inf", "1", "expected a number");
  expect_refused("0x10", "1", "is no unit");
  expect_refused("1e999 m", "m", "too large a number");
  expect_refused("1 000 m", "m", "is no unit");
  expect_refused("10 10 mm", "m", "is no unit");
  expect_refused("3 m + 2", "m", "");
  expect_refused("5 days since 2000-01-01", "s", "no factor to SI");
  expect_refused("3 m^99999999999", "m", "is no unit");
  expect_refused("5 m @ 3", "m", "has an offset");
}

static void expect_format(double si, const char *dimension, const char *expected) {
  char text[64];

  EluteQuantityFormat(si, dimension, text, sizeof text);
  cr_expect_str_eq(text, expected);
}

Test(units, messages_use_customary_units) {
  expect_format(3e-4, "m", "300 um");
  expect_format(2e-3, "m", "2 mm");
  expect_format(259200, "s", "72 h");
  expect_format(4e-3, "mol/m3", "4 uM");
  expect_format(0.0, "mol/m3", "0 pM");
  expect_format(0.3, "1", "0.3");
  expect_format(5.0, "kg7", "5 kg7");
}
