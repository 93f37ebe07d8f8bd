/* Equations: names and coefficients of "a + 2 b <-> c". */
#include <criterion/criterion.h>
#include <string.h>
#include "../../solver/model/equations.h"

static EluteEquation parsed(const char *text) {
  EluteEquation equation;
  char why[300] = "";

  cr_assert(EluteEquationParse(text, &equation, why, sizeof why), "%s: %s", text, why);
  return equation;
}

static void refused(const char *text, const char *part) {
  EluteEquation equation;
  char why[300] = "";

  cr_assert(!EluteEquationParse(text, &equation, why, sizeof why), "%s was accepted", text);
  cr_assert(strstr(why, part), "%s: found the message '%s'", text, why);
}

Test(equations, names_and_coefficients_are_read) {
  const EluteEquation e = parsed("a + 2 b -> 0.5 c");

  cr_assert(!e.reversible);
  cr_assert_eq(e.n_left, 2);
  cr_assert_str_eq(e.left[0].name, "a");
  cr_assert_eq(e.left[0].coefficient, 1.0);
  cr_assert_str_eq(e.left[1].name, "b");
  cr_assert_eq(e.left[1].coefficient, 2.0);
  cr_assert_eq(e.n_right, 1);
  cr_assert_str_eq(e.right[0].name, "c");
  cr_assert_eq(e.right[0].coefficient, 0.5);
}

Test(equations, both_arrows_are_known) {
  cr_assert(parsed("a <-> b").reversible);
  cr_assert(!parsed("a -> b").reversible);
}

Test(equations, blanks_do_not_matter) {
  const EluteEquation e = parsed("  a+2*b<->c ");

  cr_assert(e.reversible);
  cr_assert_eq(e.n_left, 2);
  cr_assert_eq(e.left[1].coefficient, 2.0);
  cr_assert_str_eq(e.left[1].name, "b");
  cr_assert_str_eq(e.right[0].name, "c");
}

Test(equations, a_side_may_be_empty) {
  const EluteEquation loss = parsed("drug -> "), gain = parsed(" -> drug");

  cr_assert_eq(loss.n_left, 1);
  cr_assert_eq(loss.n_right, 0);
  cr_assert_eq(gain.n_left, 0);
  cr_assert_eq(gain.n_right, 1);
}

Test(equations, a_name_written_twice_counts_twice) {
  const EluteEquation e = parsed("u + u -> u");

  cr_assert_eq(e.n_left, 1);
  cr_assert_eq(e.left[0].coefficient, 2.0);
}

Test(equations, names_may_begin_with_digits_and_have_dots_and_dashes) {
  const EluteEquation e = parsed("4T1 + stealth.doxorubicin -> PD-1");

  cr_assert_str_eq(e.left[0].name, "4T1");
  cr_assert_eq(e.left[0].coefficient, 1.0);
  cr_assert_str_eq(e.left[1].name, "stealth.doxorubicin");
  cr_assert_str_eq(e.right[0].name, "PD-1");
}

Test(equations, exponents_in_coefficients_are_read) {
  cr_assert_eq(parsed("2e-3 a -> b").left[0].coefficient, 2e-3);
}

Test(equations, what_is_no_equation_is_refused_with_the_reason) {
  refused("a + b", "->");
  refused(" -> ", "no species");
  refused("a + -> b", "'+'");
  refused("2 -> b", "without a species");
  refused("a$ -> b", "a$");
  refused("a b -> c", "a b");
  refused("0 a -> b", "above 0");
}

Test(equations, more_terms_than_a_reaction_can_change_are_refused) {
  refused("a+b+c+d+e+f+g+h+i -> ", "more than 8");
}
