#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "meshes/mesh.h"

static void start(void) {
  static char name[] = "test", *argv[] = {name, NULL}, **arguments = argv;
  int argc = 1;

  PetscInitialize(&argc, &arguments, NULL, NULL);
}

static void finish(void) {
  PetscFinalize();
}

TestSuite(mesh, .init = start, .fini = finish);

static EluteMesh *make(EluteGeometry geometry, int dimension, PetscInt n, double from, double to) {
  EluteMeshSpec spec = {.geometry = geometry, .dimension = dimension, .n = {1, 1, 1}, .volume = 2e-9};
  EluteMesh *mesh = NULL;

  for (int d = 0; d < dimension; d++) {
    spec.n[d] = n + d;
    spec.edges[d] = malloc(sizeof(double) * (size_t)(n + d + 1));
    EluteMeshEdges(d == 0 ? from : -to, to, n + d, d == 0 ? 1.1 : 1, spec.edges[d]);
  }
  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  EluteMeshSpecClear(&spec);
  return mesh;
}

static double total_volume(const EluteMesh *mesh) {
  double sum = 0;

  for (PetscInt row = 0; row < mesh->view.n_rows; row++) {
    for (PetscInt i = 0; i < mesh->view.n_cells; i++) sum += EluteMeshCellVolume(mesh, row, i);
  }
  return sum;
}

Test(mesh, volumes_fill_the_domain_in_every_geometry) {
  struct {
    EluteGeometry geometry;
    int dimension;
    double from, to, volume;
  } c[] = {{ELUTE_CARTESIAN, 1, -2, 2, 4},
           {ELUTE_CARTESIAN, 2, -2, 2, 16},
           {ELUTE_CARTESIAN, 3, -2, 2, 64},
           {ELUTE_CYLINDRICAL, 1, 0, 2, 4 * PETSC_PI},
           {ELUTE_CYLINDRICAL, 2, 1, 2, 4 * 3 * PETSC_PI},
           {ELUTE_SPHERICAL, 1, 0, 2, 32 * PETSC_PI / 3},
           {ELUTE_WELL_MIXED, 0, 0, 0, 2e-9}};

  for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
    EluteMesh *mesh = make(c[i].geometry, c[i].dimension, 7, c[i].from, c[i].to);

    cr_expect_float_eq(total_volume(mesh), c[i].volume, 1e-13 * c[i].volume, "case %zu", i);
    EluteMeshDestroy(&mesh);
  }
}

Test(mesh, pitch_is_padded_and_avoids_cache_aliasing) {
  for (PetscInt n = 1; n < 300; n += 7) {
    EluteMesh *mesh = make(ELUTE_CARTESIAN, 1, n, 0, 1);

    cr_expect_eq(mesh->view.pitch % 8, 0);
    cr_expect_gt(mesh->view.pitch, n);
    cr_expect_neq(mesh->view.pitch * 8 % 512, 0);
    EluteMeshDestroy(&mesh);
  }
}

/* Gauss: the sum of area times outward normal component of (r) e_r over a cell's faces is 3 V (sphere), 2 V (cylinder).
 */
Test(mesh, faces_and_volumes_belong_together) {
  EluteMesh *sphere = make(ELUTE_SPHERICAL, 1, 9, 0, 2), *tube = make(ELUTE_CYLINDRICAL, 2, 9, 0, 2);
  double inner, outer, distance, x[3];

  for (PetscInt i = 0; i < 9; i++) {
    EluteMeshFace(sphere, 0, i, 0, &inner, &distance, x);
    EluteMeshFace(sphere, 0, i, 1, &outer, &distance, x);
    cr_expect_float_eq(outer * sphere->spec.edges[0][i + 1] - inner * sphere->spec.edges[0][i],
                       3 * EluteMeshCellVolume(sphere, 0, i), 1e-12);
    EluteMeshFace(tube, 3, i, 0, &inner, &distance, x);
    EluteMeshFace(tube, 3, i, 1, &outer, &distance, x);
    cr_expect_float_eq(outer * tube->spec.edges[0][i + 1] - inner * tube->spec.edges[0][i],
                       2 * EluteMeshCellVolume(tube, 3, i), 1e-12);
    EluteMeshFace(tube, 3, i, 2, &inner, &distance, x);
    cr_expect_float_eq(inner * 2 * distance, EluteMeshCellVolume(tube, 3, i), 1e-12);
  }
  EluteMeshFace(sphere, 0, 0, 0, &inner, &distance, x);
  cr_expect_eq(inner, 0);
  EluteMeshDestroy(&sphere);
  EluteMeshDestroy(&tube);
}

Test(mesh, interpolation_reproduces_linear_functions_between_centres) {
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 3, 6, -1, 1);
  double points[3][3] = {{0.1, -0.3, 0.2}, {-0.7, 0.6, 0.55}, {0, 0, 0}};

  for (int p = 0; p < 3; p++) {
    PetscInt cell[8][3];
    double weight[8], sum = 0, one = 0;
    int n;

    EluteMeshInterpolation(mesh, points[p], &n, cell, weight);
    for (int c = 0; c < n; c++) {
      sum +=
          weight[c] * (mesh->centre[0][cell[c][0]] + 2 * mesh->centre[1][cell[c][1]] - 3 * mesh->centre[2][cell[c][2]]);
      one += weight[c];
    }
    cr_expect_float_eq(one, 1, 1e-14);
    cr_expect_float_eq(sum, points[p][0] + 2 * points[p][1] - 3 * points[p][2], 1e-13);
  }
  EluteMeshDestroy(&mesh);
}

Test(mesh, points_outside_have_no_cells) {
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 2, 6, -1, 1);
  PetscInt cell[8][3];
  double weight[8];
  int n;

  EluteMeshInterpolation(mesh, (double[3]){1.1, 0, 0}, &n, cell, weight);
  cr_expect_eq(n, 0);
  EluteMeshDestroy(&mesh);
}

Test(mesh, fractions_of_a_sphere_sum_to_its_volume) {
  EluteShape sphere = {.kind = ELUTE_SHAPE_SPHERE, .r = 0.6};
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 3, 12, -1, 1), *radial = make(ELUTE_SPHERICAL, 1, 12, 0, 1);
  double *fraction = calloc((size_t)(mesh->view.n_rows * mesh->view.pitch), sizeof *fraction), total;
  double exact = 4 * PETSC_PI / 3 * 0.216;

  EluteMeshShapeFractions(mesh, &sphere, fraction, &total);
  cr_expect_float_eq(total, exact, 2e-4 * exact, "%g", total / exact - 1);
  EluteMeshShapeFractions(radial, &sphere, fraction, &total);
  cr_expect_float_eq(total, exact, 1e-4 * exact, "%g", total / exact - 1);
  free(fraction);
  EluteMeshDestroy(&mesh);
  EluteMeshDestroy(&radial);
}

Test(mesh, later_tissues_paint_over_earlier_ones) {
  EluteShape parts[3] = {{.kind = ELUTE_SHAPE_EVERYWHERE},
                         {.kind = ELUTE_SHAPE_HALF_SPACE, .b = {1, 0, 0}},
                         {.kind = ELUTE_SHAPE_BOX, .a = {-1, -1, 0}, .b = {0, 0, 0}}};
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 2, 8, -1, 1);
  PetscInt64 cells[3];

  EluteMeshPaintTissues(mesh, 3, parts, cells);
  cr_expect_eq(cells[0] + cells[1] + cells[2], 8 * 9);
  cr_expect_gt(cells[1], 0);
  cr_expect_eq(mesh->view.tissue[0], 2); /* the corner (-1, -1) lies in both */
  EluteMeshDestroy(&mesh);
}

Test(mesh, periodic_axes_close_on_themselves) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {4, 5, 1}, .periodic = {false, true, false}};
  EluteMesh *mesh;

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  cr_expect_eq(mesh->view.neighbour[0], 4);
  cr_expect_eq(mesh->view.neighbour[4 * 4 + 1], 0);
  cr_expect_eq(mesh->view.neighbour[2], ELUTE_NO_ROW);
  EluteMeshDestroy(&mesh);
}
