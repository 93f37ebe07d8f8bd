/* Faces, line cells and small dense systems, by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include "kernels/cell/diffusion.h"
#include "kernels/cell/line.h"
#include "kernels/cell/open_face.h"
#include "kernels/cell/solve.h"

Test(diffusion, flux_vanishes_between_equal_activities) {
  cr_assert_eq(elute_diffusion_flux(3, elute_activity(2, 5), elute_activity(5, 2)), 0);
}

Test(diffusion, flux_goes_from_high_to_low) {
  cr_assert_eq(elute_diffusion_flux(3, 2, 1), 3);
  cr_assert_eq(elute_diffusion_flux(3, 1, 2), -3);
}

Test(open_face, lets_in_what_the_outside_exceeds_the_cell_by) {
  cr_assert_eq(elute_open_inflow(2, 10, 0.5, 4, 0), 16); /* 2 (10 - 0.5 4) */
  cr_assert_eq(elute_open_inflow(2, 2, 0.5, 4, 0), 0);
  cr_assert_eq(elute_open_inflow(0, 0, 0.5, 4, 7), 7); /* an imposed flux */
}

Test(open_face, supply_is_the_inflow_of_an_empty_cell) {
  cr_assert_eq(elute_open_supply(2, 3, 0.25, 4), 2 * 3 * 4 + 1);
  cr_assert_eq(elute_open_supply(2, 3, 0.25, 4), elute_open_inflow(2, 3 * 4, 0.5, 0, 0.25 * 4));
}

/* One cell, V = 2, m = 3 below and 5 above, s = 0.5, nothing beyond: (2 + 8/2) x = 2 r */
Test(line, a_single_cell_loses_through_both_faces) {
  const EluteLineCell cell = elute_line_cell(2, 3, 5, 0.5, 1);
  cr_assert_eq(cell.inverse, 1.0 / 6);
  cr_assert_eq(elute_line_value(cell, 2, 3, 12, 0), 4);
}

/* Two cells, V = 1, s = 1, m = 1 between, closed outside: [2 -1; -1 2] x = [3 0], x = [2 1] */
Test(line, two_cells_share) {
  const EluteLineCell a = elute_line_cell(1, 0, 1, 1, 1), b = elute_line_cell(1, 1, 0, 1, a.share);
  const double d = elute_line_value(a, 1, 0, 3, 0), y = elute_line_value(b, 1, 1, 0, elute_activity(1, d));
  cr_assert_float_eq(y, 1, 1e-15);
  cr_assert_float_eq(d + a.onward * elute_activity(1, y), 2, 1e-15);
}

/* However stiff the coupling, two closed cells keep their sum: the usual pivot would have lost V = 1 beside 1e18. */
Test(line, stiff_coupling_keeps_the_amount) {
  const double m = 1e18;
  const EluteLineCell a = elute_line_cell(1, 0, m, 1, 1), b = elute_line_cell(1, m, 0, 1, a.share);
  const double d = elute_line_value(a, 1, 0, 3, 0), y = elute_line_value(b, 1, m, 0, d);
  cr_assert_float_eq(y, 1.5, 1e-15);
  cr_assert_float_eq(d + a.onward * y, 1.5, 1e-15);
}

Test(solve, needs_pivoting_here) {
  double a[4] = {0, 1, 2, 0}, b[2] = {3, 4};
  elute_dense_solve(2, 1, a, b);
  cr_assert(b[0] == 2 && b[1] == 3);
}

Test(solve, is_not_misled_by_a_tiny_pivot) {
  double a[4] = {1e-20, 1, 1, 1}, b[2] = {1, 2};
  elute_dense_solve(2, 1, a, b);
  cr_assert(fabs(b[0] - 1) < 1e-15 && fabs(b[1] - 1) < 1e-15);
}

Test(solve, three_by_three) {
  double a[9] = {2, 1, 1, 4, -6, 0, -2, 7, 2}, b[3] = {5, -2, 9}; /* solution 1 1 2 */
  elute_dense_solve(3, 1, a, b);
  cr_assert(fabs(b[0] - 1) < 1e-14 && fabs(b[1] - 1) < 1e-14 && fabs(b[2] - 2) < 1e-14);
}

Test(solve, singular_is_not_finite) {
  double a[4] = {1, 2, 2, 4}, b[2] = {1, 3};
  elute_dense_solve(2, 1, a, b);
  cr_assert(!isfinite(b[0]) || !isfinite(b[1]));
}
