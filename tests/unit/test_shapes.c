#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "meshes/shapes.h"

static double at(const EluteShape *shape, double x, double y, double z) {
  return elute_shape_distance(shape, (double[3]){x, y, z});
}

Test(shapes, distances_are_signed_and_exact) {
  EluteShape sphere = {.kind = ELUTE_SHAPE_SPHERE, .a = {1, 0, 0}, .r = 2};
  EluteShape box = {.kind = ELUTE_SHAPE_BOX, .a = {-1, -2, -3}, .b = {1, 2, 3}};
  EluteShape capsule = {.kind = ELUTE_SHAPE_CAPSULE, .b = {0, 0, 4}, .r = 1};
  EluteShape cylinder = {.kind = ELUTE_SHAPE_CYLINDER, .b = {0, 0, 4}, .r = 1};
  EluteShape half = {.kind = ELUTE_SHAPE_HALF_SPACE, .a = {0, 1, 0}, .b = {0, 2, 0}};
  EluteShape shell = {.kind = ELUTE_SHAPE_SHELL, .r = 1, .r_outer = 3};

  cr_expect_float_eq(at(&sphere, 1, 0, 5), 3, 1e-15);
  cr_expect_float_eq(at(&sphere, 1, 0, 0), -2, 1e-15);
  cr_expect_float_eq(at(&box, 4, 6, 0), 5, 1e-15);
  cr_expect_float_eq(at(&box, 0, 0, 0), -1, 1e-15);
  cr_expect_float_eq(at(&capsule, 0, 0, 6), 1, 1e-15);
  cr_expect_float_eq(at(&capsule, 3, 0, 2), 2, 1e-15);
  cr_expect_float_eq(at(&cylinder, 4, 0, 8), 5, 1e-15);
  cr_expect_float_eq(at(&cylinder, 0, 0, 2), -1, 1e-15);
  cr_expect_float_eq(at(&half, 7, 4, 9), 3, 1e-15);
  cr_expect_float_eq(at(&half, 7, 0, 9), -1, 1e-15);
  cr_expect_float_eq(at(&shell, 0, 2, 0), -1, 1e-15);
  cr_expect_float_eq(at(&shell, 0, 0.5, 0), 0.5, 1e-15);
}

Test(shapes, an_ellipsoid_ends_at_its_semi_axes) {
  EluteShape e = {.kind = ELUTE_SHAPE_ELLIPSOID, .a = {1, 1, 1}, .b = {1, 2, 3}};

  cr_expect_float_eq(at(&e, 1, 3, 1), 0, 1e-15);
  cr_expect(elute_shape_contains(&e, (double[3]){1, 1, 3.9}));
  cr_expect_not(elute_shape_contains(&e, (double[3]){1, 1, 4.1}));
}

Test(shapes, set_operations_combine_parts) {
  EluteShape parts[2] = {{.kind = ELUTE_SHAPE_SPHERE, .r = 1}, {.kind = ELUTE_SHAPE_SPHERE, .a = {1, 0, 0}, .r = 1}};
  EluteShape both = {.kind = ELUTE_SHAPE_INTERSECTION, .n_parts = 2, .parts = parts};
  EluteShape any = {.kind = ELUTE_SHAPE_UNION, .n_parts = 2, .parts = parts};
  EluteShape less = {.kind = ELUTE_SHAPE_DIFFERENCE, .n_parts = 2, .parts = parts};
  double left[3] = {-0.5, 0, 0}, middle[3] = {0.5, 0, 0}, right[3] = {1.5, 0, 0};

  cr_expect(elute_shape_contains(&any, left) && elute_shape_contains(&any, middle) &&
            elute_shape_contains(&any, right));
  cr_expect(elute_shape_contains(&both, middle) && !elute_shape_contains(&both, left) &&
            !elute_shape_contains(&both, right));
  cr_expect(elute_shape_contains(&less, left) && !elute_shape_contains(&less, middle) &&
            !elute_shape_contains(&less, right));
}

/* Spheres and capsules are known exactly; |d| must never exceed the true distance where it is a bound. */
Test(shapes, an_ellipsoids_distance_is_a_bound) {
  EluteShape e = {.kind = ELUTE_SHAPE_ELLIPSOID, .b = {1, 2, 3}};

  cr_expect(at(&e, 0, 0, 5) > 0 && at(&e, 0, 0, 5) <= 2);
  cr_expect(at(&e, 3, 0, 0) > 0 && at(&e, 3, 0, 0) <= 2);
  cr_expect(at(&e, 0, 0, 0) < 0 && at(&e, 0, 0, 0) >= -1);
}

/* In a mesh of one or two axes the shapes are given in those axes alone; the others are 0. */
Test(shapes, axes_that_the_mesh_lacks_do_not_count) {
  EluteShape box = {.kind = ELUTE_SHAPE_BOX, .a = {1, 0, 0}, .b = {3, 0, 0}};
  EluteShape e = {.kind = ELUTE_SHAPE_ELLIPSOID, .b = {1, 2, 0}};

  cr_expect_eq(at(&box, 2, 0, 0), -1);
  cr_expect_eq(at(&box, 5, 0, 0), 2);
  cr_expect(elute_shape_contains(&e, (double[3]){0, 1.9, 0}));
  cr_expect_not(elute_shape_contains(&e, (double[3]){0, 2.1, 0}));
}

Test(shapes, slanted_cylinders_and_capsules_follow_their_axis) {
  EluteShape cylinder = {.kind = ELUTE_SHAPE_CYLINDER, .a = {0, 0, 0}, .b = {3, 4, 0}, .r = 1};
  EluteShape capsule = cylinder;

  capsule.kind = ELUTE_SHAPE_CAPSULE;
  cr_expect_float_eq(at(&cylinder, 1.5, 2, 3), 2, 1e-15); /* beside the middle */
  cr_expect_float_eq(at(&cylinder, 6, 8, 0), 5, 1e-14);   /* beyond the end */
  cr_expect_float_eq(at(&capsule, 6, 8, 0), 4, 1e-14);    /* a round end reaches 1 further */
  cr_expect_float_eq(at(&capsule, -3, -4, 0), 4, 1e-14);
}

Test(shapes, everywhere_has_no_end_and_a_difference_takes_all_further_parts_away) {
  EluteShape parts[3] = {{.kind = ELUTE_SHAPE_EVERYWHERE},
                         {.kind = ELUTE_SHAPE_SPHERE, .r = 1},
                         {.kind = ELUTE_SHAPE_SPHERE, .a = {5, 0, 0}, .r = 1}};
  EluteShape rest = {.kind = ELUTE_SHAPE_DIFFERENCE, .n_parts = 3, .parts = parts};

  cr_expect(elute_shape_contains(&parts[0], (double[3]){1e300, -1e300, 0}));
  cr_expect_eq(at(&rest, 0, 0, 0), 1);
  cr_expect_eq(at(&rest, 5, 0, 0), 1);
  cr_expect_eq(at(&rest, 2, 0, 0), -1);
}

Test(shapes, a_margin_lies_around_its_part) {
  EluteShape ball = {.kind = ELUTE_SHAPE_SPHERE, .r = 1};
  EluteShape margin = {.kind = ELUTE_SHAPE_MARGIN, .r = 0.5, .n_parts = 1, .parts = &ball}, copy;

  cr_expect_float_eq(elute_shape_distance(&margin, (double[3]){1.25, 0, 0}), -0.25, 1e-15);
  cr_expect_float_eq(elute_shape_distance(&margin, (double[3]){0.25, 0, 0}), 0.75, 1e-15);
  cr_expect_float_eq(elute_shape_distance(&margin, (double[3]){0, 2, 0}), 0.5, 1e-15);
  cr_assert(elute_shape_copy(&margin, &copy));
  ball.r = 3;
  cr_expect(elute_shape_contains(&copy, (double[3]){1.25, 0, 0}) &&
            !elute_shape_contains(&margin, (double[3]){1.25, 0, 0}));
  elute_shape_clear(&copy);
}

Test(shapes, clearing_frees_nested_parts) {
  EluteShape outer = {.kind = ELUTE_SHAPE_UNION, .n_parts = 1, .parts = calloc(1, sizeof(EluteShape))};

  outer.parts[0] = (EluteShape){.kind = ELUTE_SHAPE_UNION, .n_parts = 1, .parts = calloc(1, sizeof(EluteShape))};
  elute_shape_clear(&outer); /* the address sanitizer sees what is left */
  cr_expect_null(outer.parts);
  cr_expect_eq(outer.n_parts, 0);
}
