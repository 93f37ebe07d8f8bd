#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static double *room_for_cells(const EluteMesh *mesh) {
  double *cells = calloc((size_t)mesh->view.n_rows * (size_t)mesh->view.pitch, sizeof *cells);

  cr_assert(cells);
  return cells;
}

static double volume_of(const EluteMesh *mesh, const EluteShape *shape) {
  double *fraction = room_for_cells(mesh), total;

  cr_assert_eq(EluteMeshShapeFractions(mesh, shape, fraction, &total), 0);
  for (PetscInt at = 0; at < mesh->view.n_rows * mesh->view.pitch; at++) {
    cr_expect(fraction[at] >= 0 && fraction[at] <= 1, "%g", fraction[at]);
    if (at % mesh->view.pitch >= mesh->view.n_cells) cr_expect_eq(fraction[at], 0); /* padding */
  }
  free(fraction);
  return total;
}

Test(mesh, fractions_of_a_sphere_sum_to_its_volume_in_every_geometry) {
  EluteShape sphere = {.kind = ELUTE_SHAPE_SPHERE, .a = {0, 0.1, 0}, .r = 0.6},
             centred = {.kind = ELUTE_SHAPE_SPHERE, .r = 0.6};
  EluteMesh *box = make(ELUTE_CARTESIAN, 3, 12, -1, 1), *tube = make(ELUTE_CYLINDRICAL, 2, 12, 0, 1),
            *ball = make(ELUTE_SPHERICAL, 1, 12, 0, 1);
  double exact = 4 * PETSC_PI / 3 * 0.216;

  cr_expect_float_eq(volume_of(box, &sphere), exact, 1e-4 * exact, "%g", volume_of(box, &sphere) / exact - 1);
  cr_expect_float_eq(volume_of(tube, &sphere), exact, 5e-6 * exact, "%g", volume_of(tube, &sphere) / exact - 1);
  cr_expect_float_eq(volume_of(ball, &centred), exact, 1e-12 * exact, "%g", volume_of(ball, &centred) / exact - 1);
  EluteMeshDestroy(&box);
  EluteMeshDestroy(&tube);
  EluteMeshDestroy(&ball);
}

Test(mesh, fractions_of_a_disc_and_of_a_disc_without_its_middle) {
  EluteShape parts[2] = {{.kind = ELUTE_SHAPE_SPHERE, .a = {0.05, 0, 0}, .r = 0.6},
                         {.kind = ELUTE_SHAPE_SPHERE, .a = {0.05, 0, 0}, .r = 0.3}};
  EluteShape ring = {.kind = ELUTE_SHAPE_DIFFERENCE, .n_parts = 2, .parts = parts};
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 2, 16, -1, 1);

  cr_expect_float_eq(volume_of(mesh, &parts[0]), PETSC_PI * 0.36, 5e-6);
  cr_expect_float_eq(volume_of(mesh, &ring), PETSC_PI * 0.27, 5e-6);
  EluteMeshDestroy(&mesh);
}

/* Half-axes 0.3, 0.5, 0.7: its distance is a bound only, which must not show. */
Test(mesh, fractions_of_an_ellipsoid_sum_to_its_volume) {
  EluteShape e = {.kind = ELUTE_SHAPE_ELLIPSOID, .b = {0.3, 0.5, 0.7}};
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 3, 12, -1, 1);
  double exact = 4 * PETSC_PI / 3 * 0.105;

  cr_expect_float_eq(volume_of(mesh, &e), exact, 3e-4 * exact, "%g", volume_of(mesh, &e) / exact - 1);
  EluteMeshDestroy(&mesh);
}

Test(mesh, fractions_of_flat_shapes_are_exact) {
  EluteShape half = {.kind = ELUTE_SHAPE_HALF_SPACE, .a = {0.25, 0, 0}, .b = {3, 2, 1}}; /* 3 x + 2 y + z <= 0.75 */
  EluteShape opposite = {.kind = ELUTE_SHAPE_HALF_SPACE, .a = {-0.25, 0, 0}, .b = {3, 2, 1}};
  EluteShape slab = {.kind = ELUTE_SHAPE_BOX, .a = {-9, -9, -0.3}, .b = {9, 9, 0.45}};
  EluteShape everything = {.kind = ELUTE_SHAPE_EVERYWHERE};
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 3, 5, -1, 1);

  /* by symmetry the two half-spaces leave out what the other has beyond the middle */
  cr_expect_float_eq(volume_of(mesh, &half) + volume_of(mesh, &opposite), 8, 1e-9);
  cr_expect_float_eq(volume_of(mesh, &slab), 4 * 0.75, 1e-12);
  cr_expect_float_eq(volume_of(mesh, &everything), 8, 1e-13);
  EluteMeshDestroy(&mesh);
}

/* One cell (0, 1)^3 and the plane x + y + z = 1 cuts a corner of 1/6 off it; on a quarter of the way, 1/384. */
Test(mesh, a_cut_corner_is_a_tetrahedron) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {1, 1, 1}};
  EluteShape corner = {.kind = ELUTE_SHAPE_HALF_SPACE, .a = {1, 0, 0}, .b = {1, 1, 1}};
  EluteMesh *mesh;

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  cr_expect_float_eq(volume_of(mesh, &corner), 1.0 / 6, 1e-14);
  corner.a[0] = 0.25;
  cr_expect_float_eq(volume_of(mesh, &corner), 1.0 / 384, 1e-14);
  EluteMeshDestroy(&mesh);
}

Test(mesh, a_shape_smaller_than_a_cell_is_found) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {1, 1, 1}};
  EluteShape sphere = {.kind = ELUTE_SHAPE_SPHERE, .a = {0.3, 0.6, 0.5}, .r = 0.1},
             outside = {.kind = ELUTE_SHAPE_SPHERE, .a = {3, 3, 3}, .r = 0.1};
  EluteMesh *mesh;
  double exact = 4 * PETSC_PI / 3 * 1e-3;

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  cr_expect_float_eq(volume_of(mesh, &sphere), exact, 3e-5, "%g", volume_of(mesh, &sphere) / exact - 1);
  cr_expect_eq(volume_of(mesh, &outside), 0);
  EluteMeshDestroy(&mesh);
}

/* 8 x 9 cells on (-1, 1)^2, the first axis stretched. The box covers 4 rows of the left part; the half-space x <= 0
   comes before it, and after it in the second painting. */
Test(mesh, later_tissues_paint_over_earlier_ones) {
  EluteShape parts[3] = {{.kind = ELUTE_SHAPE_EVERYWHERE},
                         {.kind = ELUTE_SHAPE_HALF_SPACE, .b = {1, 0, 0}},
                         {.kind = ELUTE_SHAPE_BOX, .a = {-1, -1, 0}, .b = {0, -0.1, 0}}};
  EluteShape swapped[3] = {parts[0], parts[2], parts[1]};
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 2, 8, -1, 1);
  PetscInt64 cells[3], left = 0;

  for (PetscInt i = 0; i < 8; i++) left += mesh->centre[0][i] <= 0;
  cr_assert_eq(EluteMeshPaintTissues(mesh, 3, parts, cells), 0);
  cr_expect_eq(cells[0], 9 * (8 - left));
  cr_expect_eq(cells[1], 5 * left);
  cr_expect_eq(cells[2], 4 * left);
  cr_expect_eq(mesh->view.tissue[0], 2);
  cr_expect_eq(mesh->view.tissue[7], 0);
  cr_assert_eq(EluteMeshPaintTissues(mesh, 3, swapped, cells), 0);
  cr_expect_eq(cells[1], 0);
  cr_expect_eq(cells[2], 9 * left);
  EluteMeshDestroy(&mesh);
}

Test(mesh, periodic_axes_close_on_themselves) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 2, .n = {4, 5, 1}, .periodic = {false, true, false}};
  EluteMesh *mesh;

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  cr_expect_eq(mesh->view.neighbour[0], 4);
  cr_expect_eq(mesh->view.neighbour[4 * 4 + 1], 0);
  cr_expect_eq(mesh->view.neighbour[2], ELUTE_NO_ROW);
  cr_expect_eq(mesh->view.n_ghost_rows, 0);
  EluteMeshDestroy(&mesh);
}

/* Values 0, 1, 2, 3 in cells of width 1/4: at the seam half of the last and half of the first. */
Test(mesh, interpolation_crosses_a_periodic_seam) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 1, .n = {4, 1, 1}, .periodic = {true}};
  double points[] = {0, 1, 0.0625, 0.9375}, expected[] = {1.5, 1.5, 0.75, 2.25}, weight[8];
  PetscInt cell[8][3];
  EluteMesh *mesh;

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  for (int p = 0; p < 4; p++) {
    double x[3] = {points[p], 0, 0}, sum = 0;
    int n;

    EluteMeshInterpolation(mesh, x, &n, cell, weight);
    for (int c = 0; c < n; c++) sum += weight[c] * (double)cell[c][0];
    cr_expect_float_eq(sum, expected[p], 1e-15, "%g: %g", points[p], sum);
  }
  EluteMeshDestroy(&mesh);
}

/* r^2 is reproduced at and below the first centre; a wall is not crossed. */
Test(mesh, interpolation_is_even_at_the_axis_and_constant_at_a_wall) {
  EluteMesh *mesh = make(ELUTE_CYLINDRICAL, 1, 6, 0, 1);
  double x[3] = {0}, weight[8], sum = 0;
  PetscInt cell[8][3];
  int n;

  EluteMeshInterpolation(mesh, x, &n, cell, weight);
  for (int c = 0; c < n; c++) sum += weight[c] * mesh->centre[0][cell[c][0]] * mesh->centre[0][cell[c][0]];
  cr_expect_float_eq(sum, 0, 1e-16);
  x[0] = 1;
  EluteMeshInterpolation(mesh, x, &n, cell, weight);
  cr_expect(n == 1 && cell[0][0] == 5 && weight[0] == 1);
  EluteMeshDestroy(&mesh);
}

/* Rows of 3 x 2 blocks, numbered row = z ny + y. */
Test(mesh, rows_know_their_neighbours_and_places) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {4, 3, 2}};
  const int32_t middle[4] = {3, 5, 1, ELUTE_NO_ROW};
  EluteMesh *mesh;
  PetscInt j, k;
  double x[3];

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  for (int side = 0; side < 4; side++) cr_expect_eq(mesh->view.neighbour[4 * 4 + side], middle[side]);
  cr_expect_eq(mesh->view.neighbour[0], ELUTE_NO_ROW);
  EluteMeshRowIndex(mesh, 5, &j, &k);
  cr_expect(j == 2 && k == 1);
  cr_expect_eq(EluteMeshOwnedRow(mesh, 2, 1), 5);
  cr_expect_eq(EluteMeshOwnedRow(mesh, 3, 1), -1);
  EluteMeshCellCentre(mesh, 5, 1, x);
  cr_expect(x[0] == 0.375 && fabs(x[1] - 2.5 / 3) < 1e-15 && x[2] == 0.75);
  EluteMeshDestroy(&mesh);
}

Test(mesh, faces_of_a_cell_have_their_place_area_and_distance) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {4, 2, 1}};
  const double areas[6] = {0.5, 0.5, 0.25, 0.25, 0.125, 0.125}, distances[6] = {0.125, 0.125, 0.25, 0.25, 0.5, 0.5};
  const double places[6] = {0.25, 0.5, 0.5, 1, 0, 1};
  EluteMesh *mesh;

  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  for (int side = 0; side < 6; side++) {
    double area, distance, x[3], centre[3] = {0.375, 0.75, 0.5};

    centre[side / 2] = places[side];
    EluteMeshFace(mesh, 1, 1, side, &area, &distance, x);
    cr_expect_eq(area, areas[side]);
    cr_expect_eq(distance, distances[side]);
    for (int d = 0; d < 3; d++) cr_expect_eq(x[d], centre[d]);
  }
  EluteMeshDestroy(&mesh);
}

/* Widths 1, 2, 4 of 7; and ratios whose powers overflow or nearly equal one. */
Test(mesh, stretched_edges_grow_by_the_ratio) {
  double edges[2001];

  EluteMeshEdges(0, 7, 3, 2, edges);
  cr_expect_float_eq(edges[1], 1, 1e-15);
  cr_expect_float_eq(edges[2], 3, 1e-15);
  cr_expect_eq(edges[3], 7);
  EluteMeshEdges(7, 14, 3, 0.5, edges);
  cr_expect_float_eq(edges[1], 11, 1e-14);
  EluteMeshEdges(0, 1, 2000, 2, edges);
  cr_expect_float_eq(edges[1999], 0.5, 1e-15);
  EluteMeshEdges(0, 1, 4, 1 + 1e-15, edges);
  cr_expect_float_eq(edges[1], 0.25, 1e-14);
}

static PetscErrorCode quiet(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                            PetscErrorType type, const char *message, void *context) {
  (void)comm, (void)line, (void)function, (void)file;
  if (type == PETSC_ERROR_INITIAL) snprintf(context, 256, "%s", message);
  return code;
}

static void expect_refusal(EluteMeshSpec spec, const char *expected) {
  char message[256] = "";
  EluteMesh *mesh = NULL;

  PetscPushErrorHandler(quiet, message);
  cr_expect_neq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0, "%s", expected);
  PetscPopErrorHandler();
  cr_expect_null(mesh);
  cr_expect(strstr(message, expected), "'%s' is not in '%s'", expected, message);
}

Test(mesh, wrong_specs_are_refused_with_the_reason) {
  double backwards[] = {0, 1, 1, 2}, below[] = {-1, 0, 1, 2}, nan_edges[] = {0, NAN, 1, 2};

  expect_refusal((EluteMeshSpec){.dimension = 1, .n = {0, 1, 1}}, "first axis has 0 cells");
  expect_refusal((EluteMeshSpec){.dimension = 1, .n = {3, 1, 1}, .edges = {backwards}}, "edge 1 is at 1 m");
  expect_refusal((EluteMeshSpec){.dimension = 1, .n = {3, 1, 1}, .edges = {nan_edges}}, "must increase");
  expect_refusal((EluteMeshSpec){.geometry = ELUTE_SPHERICAL, .dimension = 1, .n = {3, 1, 1}, .edges = {below}},
                 "r begins at -1 m");
  expect_refusal((EluteMeshSpec){.geometry = ELUTE_SPHERICAL, .dimension = 2, .n = {3, 3, 1}}, "2 axes");
  expect_refusal((EluteMeshSpec){.dimension = 1, .n = {3, 2, 1}}, "second axis has 2 cells in a mesh of 1 axes");
  expect_refusal((EluteMeshSpec){.dimension = 2, .n = {3, 2, 1}, .periodic = {false, true}}, "expected at least 3");
  expect_refusal((EluteMeshSpec){.geometry = ELUTE_CYLINDRICAL, .dimension = 1, .n = {3, 1, 1}, .periodic = {true}},
                 "r cannot be periodic");
  expect_refusal((EluteMeshSpec){.geometry = ELUTE_WELL_MIXED, .n = {1, 1, 1}}, "volume of 0 m3");
}

/* Nothing may be allocated before the refusal: the last one would have 1e27 cells. */
Test(mesh, sizes_beyond_the_memory_are_refused_with_what_they_take) {
  expect_refusal((EluteMeshSpec){.dimension = 3, .n = {100000, 100000, 100000}},
                 "1e+15 cells and 1 species need about");
  expect_refusal((EluteMeshSpec){.dimension = 3, .n = {1000000000, 1000000000, 1000000000}}, "1e+27 cells");
}

/* 1e9 cells in a cube, pitch 1000 -> 1008: ten vectors in double, four coefficients in single precision, a label. */
Test(mesh, memory_needed_counts_vectors_coefficients_and_padding) {
  EluteMeshSpec spec = {.dimension = 3, .n = {1000, 1000, 1000}};

  cr_expect_float_eq(EluteMeshMemoryNeeded(&spec, 4), 1.008e9 * (4 * (80 + 16) + 1), 1);
}

/* ---- vessels ---- */

static double rod_area(const EluteMesh *mesh, const double *area, PetscInt j, PetscInt k, PetscInt i) {
  return area[EluteMeshOwnedRow(mesh, j, k) * mesh->view.pitch + i];
}

/* Cells of 1 m from 0 to 4, 3 and 2. */
static EluteMesh *unit_cells(void) {
  EluteMeshSpec spec = {.geometry = ELUTE_CARTESIAN, .dimension = 3, .n = {4, 3, 2}};
  EluteMesh *mesh = NULL;

  for (int d = 0; d < 3; d++) {
    spec.edges[d] = malloc(sizeof(double) * (size_t)(spec.n[d] + 1));
    EluteMeshEdges(0, (double)spec.n[d], spec.n[d], 1, spec.edges[d]);
  }
  cr_assert_eq(EluteMeshCreate(PETSC_COMM_WORLD, &spec, &mesh), 0);
  EluteMeshSpecClear(&spec);
  return mesh;
}

Test(mesh, a_vessel_is_cut_at_the_faces_it_crosses) {
  const double from[3] = {0.5, 0.5, 0.5}, to[3] = {3.5, 0.5, 0.5}, diagonal[3] = {1.5, 1.5, 0.5},
               wall = 2 * PETSC_PI * 0.1;
  EluteMesh *mesh = unit_cells();
  double *area = calloc((size_t)(mesh->view.n_rows * mesh->view.pitch), sizeof *area), inside = 0;

  cr_assert_eq(EluteMeshAddRod(mesh, from, to, 0.1, area, &inside), 0);
  cr_assert_float_eq(rod_area(mesh, area, 0, 0, 0), 0.5 * wall, 1e-15);
  cr_assert_float_eq(rod_area(mesh, area, 0, 0, 1), wall, 1e-15);
  cr_assert_float_eq(rod_area(mesh, area, 0, 0, 2), wall, 1e-15);
  cr_assert_float_eq(rod_area(mesh, area, 0, 0, 3), 0.5 * wall, 1e-15);
  cr_assert_float_eq(inside, 3 * wall, 1e-15);
  cr_assert_eq(EluteMeshAddRod(mesh, from, diagonal, 0.1, area, &inside), 0); /* through an edge of the cells */
  cr_assert_float_eq(rod_area(mesh, area, 0, 0, 0), (0.5 + sqrt(0.5)) * wall, 1e-15);
  cr_assert_float_eq(rod_area(mesh, area, 1, 0, 1), sqrt(0.5) * wall, 1e-15);
  cr_assert_eq(rod_area(mesh, area, 0, 1, 0), 0);
  free(area);
  cr_assert_eq(EluteMeshDestroy(&mesh), 0);
}

Test(mesh, of_a_vessel_that_leaves_the_mesh_the_inside_counts) {
  const double from[3] = {-1, 1.5, 0.5}, to[3] = {9, 1.5, 0.5}, beside[3] = {-1, 9, 0.5}, away[3] = {9, 9, 0.5};
  EluteMesh *mesh = unit_cells();
  double *area = calloc((size_t)(mesh->view.n_rows * mesh->view.pitch), sizeof *area), inside = 0, sum = 0;

  cr_assert_eq(EluteMeshAddRod(mesh, from, to, 1, area, &inside), 0);
  cr_assert_eq(EluteMeshAddRod(mesh, beside, away, 1, area, &inside), 0);
  for (PetscInt c = 0; c < mesh->view.n_rows * mesh->view.pitch; c++) sum += area[c];
  cr_assert_float_eq(inside, 4 * 2 * PETSC_PI, 1e-13);
  cr_assert_float_eq(sum, inside, 1e-13);
  free(area);
  cr_assert_eq(EluteMeshDestroy(&mesh), 0);
}

Test(mesh, a_vessel_keeps_its_wall_in_cells_of_any_width) {
  EluteMesh *mesh = make(ELUTE_CARTESIAN, 3, 9, -2, 2);
  double *area = calloc((size_t)(mesh->view.n_rows * mesh->view.pitch), sizeof *area), expected = 0, inside = 0,
         sum = 0;

  srand(1);
  for (int v = 0; v < 200; v++) {
    double from[3], to[3];

    for (int d = 0; d < 3; d++) from[d] = 3.99 * rand() / RAND_MAX - 1.995, to[d] = 3.99 * rand() / RAND_MAX - 1.995;
    cr_assert_eq(EluteMeshAddRod(mesh, from, to, 1e-3 * (v + 1), area, &inside), 0);
    expected += 2e-3 * PETSC_PI * (v + 1) * hypot(hypot(to[0] - from[0], to[1] - from[1]), to[2] - from[2]);
  }
  for (PetscInt c = 0; c < mesh->view.n_rows * mesh->view.pitch; c++) sum += area[c];
  cr_assert_float_eq(sum / expected, 1, 1e-13);
  cr_assert_float_eq(inside / expected, 1, 1e-13);
  free(area);
  cr_assert_eq(EluteMeshDestroy(&mesh), 0);
}
