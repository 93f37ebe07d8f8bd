/* Diffusion by tensors that are not diagonal, on a block of 4 x 3 x 3 cells of two tissues with a condition of each
   kind: the operator is linear as the Jacobian says, symmetric in activity, and takes energy away. */
#include "operators_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { NX = 4, NY = 3, NZ = 3 };

/* Strong anisotropy: the least eigenvalue of either is some hundredths of the largest. */
static double leaning[6] = {1, 0.8, 0.9, 0.75, -0.7, -0.6}, other[6] = {0.7, 1, 0.6, -0.8, 0.5, -0.7};

static void spread_axis(Fixture *x, int axis, int n, double width) {
  x->model.mesh.n[axis] = n;
  free(x->model.mesh.edges[axis]);
  x->model.mesh.edges[axis] = calloc((size_t)n + 1, sizeof(double));
  for (int i = 0; i <= n; i++) x->model.mesh.edges[axis][i] = width * i * (1 + 0.1 * i);
}

/* conditions: 0 walls all around, 1 a value, a transfer coefficient and a flux, 2 a held tissue beside. */
static void block(Fixture *x, int conditions) {
  const double edges[NX + 1] = {0, 1, 2.2, 3, 4.1};
  EluteBoundarySpec *b;

  fixture_line(x, NX, edges, 2.2);
  x->model.mesh.dimension = 3;
  spread_axis(x, 1, NY, 0.8);
  spread_axis(x, 2, NZ, 1.3);
  x->tissue[0].interstitial_fraction = fixture_constant(0.3);
  x->tissue[1].interstitial_fraction = fixture_constant(0.6);
  x->tissue[0].diffusion_tensor = leaning, x->tissue[1].diffusion_tensor = other;
  fixture_mobile(x, "a", 2)->partition = fixture_constant(1.5);
  if (conditions > 0) {
    fixture_boundary(x, "open", 0, 0, ELUTE_BOUNDARY_VALUE, fixture_constant(3));
    b = fixture_boundary(x, "cover", 3, 0, ELUTE_BOUNDARY_TRANSFER, fixture_constant(2));
    b->coefficient = fixture_constant(0.7);
    fixture_boundary(x, "pump", 4, 0, ELUTE_BOUNDARY_FLUX, fixture_constant(0.4));
  }
  if (conditions > 1) fixture_hold(x, 1, 0, fixture_constant(0.5));
  fixture_create(x, false);
  cr_assert(!EluteOperatorsSetTime(x->ops, 0));
}

static double some(int i, int seed) {
  return sin(1.7 * i + 2.3 * seed + 0.9 * i * i);
}

/* The activity `some` where the cell is not held. */
static void fill(Fixture *x, Vec v, int seed) {
  for (int row = 0; row < NY * NZ; row++)
    for (int i = 0; i < NX; i++) {
      const int held = x->model.n_holds > 0 && i > 1;

      fixture_set(x, v, row, 0, i, held ? 0 : some(row * NX + i, seed) * 1.5 * (i > 1 ? 0.6 : 0.3));
    }
}

Test(cross, the_jacobian_is_the_difference_of_residuals) {
  for (int conditions = 0; conditions < 3; conditions++) {
    double before[NY * NZ][NX];
    Vec step, product;
    Fixture x;

    block(&x, conditions);
    cr_assert(!EluteFieldsCreateVec(x.fields, &step));
    cr_assert(!EluteFieldsCreateVec(x.fields, &product));
    fill(&x, x.u, 1);
    fill(&x, step, 2);
    cr_assert(!EluteOperatorsJacobianApply(x.ops, x.u, step, NULL, product, x.ledger));
    fixture_residual(&x);
    for (int row = 0; row < NY * NZ; row++)
      for (int i = 0; i < NX; i++) {
        before[row][i] = fixture_get(&x, x.f, row, 0, i);
        fixture_set(&x, x.u, row, 0, i, fixture_get(&x, x.u, row, 0, i) + fixture_get(&x, step, row, 0, i));
      }
    fixture_residual(&x);
    for (int row = 0; row < NY * NZ; row++)
      for (int i = 0; i < NX; i++)
        cr_expect_float_eq(fixture_get(&x, x.f, row, 0, i) - before[row][i], fixture_get(&x, product, row, 0, i),
                           1e-13);
    cr_assert(!VecDestroy(&step) && !VecDestroy(&product));
    fixture_destroy(&x);
  }
}

/* sum of V y J x, y in activity */
static double form(Fixture *x, int seed_y, int seed_x) {
  double sum = 0;
  Vec v;

  cr_assert(!EluteFieldsCreateVec(x->fields, &v));
  fill(x, v, seed_x);
  cr_assert(!EluteOperatorsJacobianApply(x->ops, x->u, v, NULL, x->f, x->ledger));
  for (int row = 0; row < NY * NZ; row++)
    for (int i = 0; i < NX; i++)
      sum += EluteMeshCellVolume(x->mesh, row, i) * some(row * NX + i, seed_y) * fixture_get(x, x->f, row, 0, i);
  cr_assert(!VecDestroy(&v));
  return sum;
}

Test(cross, the_operator_is_symmetric_and_takes_energy_away) {
  for (int conditions = 0; conditions < 2; conditions++) {
    Fixture x;

    block(&x, conditions);
    for (int s = 0; s < 40; s++) {
      const double one = form(&x, s, s + 1), back = form(&x, s + 1, s);

      cr_expect_float_eq(one, back, 1e-12 * (1 + fabs(one)));
      cr_expect(form(&x, s, s) < 0);
    }
    fixture_destroy(&x);
  }
}

Test(cross, what_leaves_is_what_the_tissue_loses) {
  for (int conditions = 0; conditions < 3; conditions++) {
    double gained;
    Fixture x;

    block(&x, conditions);
    fill(&x, x.u, 5);
    cr_assert(!EluteOperatorsSetHeld(x.ops, x.u));
    for (int e = 0; e < x.ops->n_entries; e++) x.ops->entries[e].booked = 0; /* rates alone */
    fixture_residual(&x);
    gained = fixture_amount(&x, x.f, 0);
    cr_expect_float_eq(gained, -fixture_all_left(&x, 0), 1e-13);
    if (conditions) cr_expect(fabs(gained) > 1e-3);
    fixture_destroy(&x);
  }
}

Test(cross, uniform_activity_drives_nothing_and_a_diagonal_tensor_has_no_shifts) {
  Fixture x;

  block(&x, 0);
  for (int row = 0; row < NY * NZ; row++)
    for (int i = 0; i < NX; i++) fixture_set(&x, x.u, row, 0, i, i > 1 ? 0.9 : 0.45);
  fixture_residual(&x);
  for (int row = 0; row < NY * NZ; row++)
    for (int i = 0; i < NX; i++) cr_expect_float_eq(fixture_get(&x, x.f, row, 0, i), 0, 1e-14);
  cr_expect(x.ops->correlation > 2 && x.ops->view.cross.turn[3] != NULL);
  fixture_destroy(&x);
}
