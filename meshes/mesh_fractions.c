/* The part of each cell that lies inside a shape.

   Boxes that the surface cuts are halved along their longest edge until the surface is flat in them: the signed
   distance f is compared at the corners with the plane f0 + g.x through the centre's value (g by least squares from the
   corners), and once the plane departs by no more than `flat` of the cell's shortest edge, the box is cut by the plane,
   exactly. A plane that departs by e misplaces a volume of e times the face it crosses, so the error of a fraction is
   at most about `flat`; edges and corners of shapes, never flat, end at the greatest depth, in boxes too small to count
   for more.

     axes   flat    halvings   obtained for a body of 3.6 cells' radius, of its volume
     1      1e-14   60         rounding
     2      1e-5    24         disc 8e-7, sphere in (r, z) 1.5e-6
     3      3e-4    21         sphere 5e-5, box (its edges) 1.5e-6

   A shape much smaller than a cell is found only to this error of the cell. Every cell is computed by itself: the
   fraction does not depend on the ranks. */
#include "private.h"

#include <math.h>

typedef struct Cutter {
  EluteGeometry geometry;
  const EluteShape *shape;
  int n; /* axes */
  int max_depth;
  double departure; /* m, allowed */
} Cutter;

/* Volume of the box, m3 (per m2 or m of the axes that the mesh lacks). */
static double box_measure(const Cutter *c, const double low[3], const double high[3]) {
  double measure = 1;

  for (int d = 0; d < c->n; d++) measure *= elute_axis_measure(c->geometry, d, low[d], high[d]);
  return measure;
}

/* Fraction of the unit cube where sum a_d x_d <= alpha, a_d >= 0: sum over the corners below the plane of
   (-1)^(ones) (alpha - a.corner)^n / (n! prod a). */
static double cube_below_plane(int n, const double a[3], double alpha) {
  double total = 0, largest = 0, kept[3], volume = 0, scale = 1;
  int m = 0;

  for (int d = 0; d < n; d++) total += a[d], largest = fmax(largest, a[d]);
  if (alpha <= 0) return 0;
  if (alpha >= total) return 1;
  if (alpha > 0.5 * total) return 1 - cube_below_plane(n, a, total - alpha); /* the side with less cancellation */
  for (int d = 0; d < n; d++) { /* along a nearly parallel axis the mean over it is taken */
    if (a[d] > 1e-6 * largest)
      kept[m++] = a[d];
    else
      alpha -= 0.5 * a[d];
  }
  for (int corner = 0; corner < 1 << m; corner++) {
    double height = alpha, sign = 1;

    for (int d = 0; d < m; d++)
      if (corner >> d & 1) height -= kept[d], sign = -sign;
    if (height <= 0) continue;
    for (int d = 0; d < m; d++) sign *= height;
    volume += sign;
  }
  for (int d = 0; d < m; d++) scale *= kept[d] * (d + 1);
  return fmin(1, fmax(0, volume / scale));
}

/* The plane through the box: g of f = f0 + g.(x - centre), and by how much it is wrong, m. */
static double fit_plane(const Cutter *c, const double centre[3], const double half[3], double f0, double g[3]) {
  double corner_value[8], slope = 0, departure = 0;

  for (int d = 0; d < 3; d++) g[d] = 0;
  for (int corner = 0; corner < 1 << c->n; corner++) {
    double x[3] = {centre[0], centre[1], centre[2]};

    for (int d = 0; d < c->n; d++) x[d] += corner >> d & 1 ? half[d] : -half[d];
    corner_value[corner] = elute_shape_distance(c->shape, x);
    for (int d = 0; d < c->n; d++) g[d] += (corner >> d & 1 ? 1 : -1) * corner_value[corner] / (half[d] * (1 << c->n));
  }
  for (int d = 0; d < c->n; d++) slope += g[d] * g[d];
  slope = sqrt(slope); /* 1 for a distance, less for a bound of it */
  for (int corner = 0; corner < 1 << c->n; corner++) {
    double plane = f0;

    for (int d = 0; d < c->n; d++) plane += (corner >> d & 1 ? 1 : -1) * g[d] * half[d];
    departure = fmax(departure, fabs(corner_value[corner] - plane));
  }
  /* In a curved mesh the volume of the part is weighted with r (r^2) at the box's middle: an error like a curvature of
   * 1/r. */
  if (elute_has_radius(c->geometry)) departure += slope * half[0] * half[0] / (half[0] + centre[0]);
  return slope > 0 ? departure / slope : INFINITY;
}

static double volume_inside(const Cutter *c, const double low[3], const double high[3], int depth) {
  double centre[3] = {0, 0, 0}, half[3] = {0, 0, 0}, g[3], a[3] = {0, 0, 0}, radius = 0, f0, departure, alpha,
         middle[3];
  int longest = 0;

  for (int d = 0; d < c->n; d++) {
    centre[d] = 0.5 * (low[d] + high[d]);
    half[d] = 0.5 * (high[d] - low[d]);
    radius += half[d] * half[d];
    if (half[d] > half[longest]) longest = d;
  }
  radius = sqrt(radius);
  f0 = elute_shape_distance(c->shape, centre);
  if (f0 <= -radius) return box_measure(c, low, high);
  if (f0 >= radius) return 0;
  departure = fit_plane(c, centre, half, f0, g);
  if (departure <= c->departure || depth == c->max_depth) {
    alpha = -f0;
    for (int d = 0; d < c->n; d++) a[d] = 2 * fabs(g[d]) * half[d], alpha += 0.5 * a[d];
    return box_measure(c, low, high) * cube_below_plane(c->n, a, alpha);
  }
  for (int d = 0; d < 3; d++) middle[d] = d == longest ? centre[d] : high[d];
  alpha = volume_inside(c, low, middle, depth + 1);
  for (int d = 0; d < 3; d++) middle[d] = d == longest ? centre[d] : low[d];
  return alpha + volume_inside(c, middle, high, depth + 1);
}

static double cell_fraction(const EluteMesh *mesh, const EluteShape *shape, PetscInt row, PetscInt i) {
  static const double flat[] = {0, 1e-14, 1e-5, 3e-4};
  static const int halvings[] = {0, 60, 24, 21};
  const EluteMeshSpec *spec = &mesh->spec;
  Cutter c = {.geometry = spec->geometry, .shape = shape, .n = spec->dimension, .max_depth = halvings[spec->dimension]};
  double low[3] = {0, 0, 0}, high[3] = {0, 0, 0}, shortest = INFINITY;
  PetscInt at[3] = {i, 0, 0};

  EluteMeshRowIndex(mesh, row, &at[1], &at[2]);
  for (int d = 0; d < c.n; d++) {
    low[d] = spec->edges[d][at[d]];
    high[d] = spec->edges[d][at[d] + 1];
    shortest = fmin(shortest, high[d] - low[d]);
  }
  if (c.n == 0) return elute_shape_contains(shape, low) ? 1 : 0;
  c.departure = flat[c.n] * shortest;
  return fmin(1, volume_inside(&c, low, high, 0) / box_measure(&c, low, high));
}

PetscErrorCode EluteMeshShapeFractions(const EluteMesh *mesh, const EluteShape *shape, double *fraction,
                                       double *total) {
  double sum = 0;

  for (PetscInt row = 0; row < mesh->view.n_rows; row++) {
    double *of_row = fraction + (size_t)row * (size_t)mesh->view.pitch, of_widths = 0;

    for (PetscInt i = 0; i < mesh->view.pitch; i++) {
      of_row[i] = i < mesh->view.n_cells ? cell_fraction(mesh, shape, row, i) : 0;
      of_widths += of_row[i] * mesh->view.volume_x[i];
    }
    sum += of_widths * mesh->view.volume_row[row];
  }
  PetscCallMPI(MPI_Allreduce(&sum, total, 1, MPI_DOUBLE, MPI_SUM, mesh->comm));
  return 0;
}
