/* image_NAME_NNN.vtk: what an imager would see of a concentration: its signal, blurred, averaged over voxels, noisy.

   Along each axis the signal of a cell, spread as a Gaussian and averaged over a voxel, has a closed form, the second
   integral of the Gaussian: no sampling. Signal that the spread takes beyond the mesh comes back as from a mirror, so
   that an image holds what the tissue does, and an even signal stays even. A voxel that reaches beyond the mesh has
   less in it. Noise is a function of seed, scan and voxel alone. */
#include "internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../../kernels/waves.h"
#include "vtk_format.h"

/* One axis: voxels over cells. */
typedef struct Axis {
  PetscInt voxels, cells, begin, end; /* owned cells */
  double origin, edge;                /* m */
  double *weight;                     /* [voxels * cells]; each voxel's sum is at most 1 */
} Axis;

typedef struct Image {
  const EluteOutput *o;
  const EluteImageSpec *spec;
  double t;
  Axis axis[3];
  double *voxel; /* [z][y][x] */
} Image;

/* Second integral of a normal density of this width that vanishes far to the left. */
static double ramp(double x, double sigma) {
  if (sigma == 0) return x > 0 ? x : 0;
  return 0.5 * x * erfc(-x / (sigma * sqrt(2.0))) + sigma / sqrt(2 * PETSC_PI) * exp(-0.5 * (x / sigma) * (x / sigma));
}

/* Length of a cell [a, b], spread, that comes to lie in a voxel [low, high]. */
static double overlap(double a, double b, double low, double high, double sigma) {
  return ramp(high - a, sigma) - ramp(high - b, sigma) - ramp(low - a, sigma) + ramp(low - b, sigma);
}

static PetscErrorCode create_axis(const EluteMesh *mesh, const EluteImageSpec *spec, int d, Axis *axis) {
  const double *edges = mesh->spec.edges[d], sigma = spec->spread[d] / (2 * sqrt(2 * log(2.0)));
  const bool there = d < mesh->spec.dimension;

  *axis = (Axis){.voxels = 1, .cells = mesh->spec.n[d], .begin = mesh->begin[d], .end = mesh->end[d], .edge = 1};
  if (there) {
    const double length = edges[axis->cells] - edges[0];

    axis->origin = edges[0];
    axis->edge = spec->voxel[d];
    axis->voxels = PetscMax((PetscInt)ceil(length / axis->edge * (1 - 1e-12)), 1);
  }
  PetscCall(PetscCalloc1(axis->voxels * axis->cells, &axis->weight));
  for (PetscInt v = 0; v < axis->voxels; v++) {
    /* what a voxel sees ends at the mesh */
    const double low = axis->origin + (double)v * axis->edge;
    const double high = there ? fmin(low + axis->edge, edges[axis->cells]) : low + axis->edge;

    for (PetscInt i = 0; i < axis->cells; i++) {
      const double a = there ? edges[i] : 0, b = there ? edges[i + 1] : 1, end = there ? edges[axis->cells] : 1;
      double in = overlap(a, b, low, high, there ? sigma : 0);

      if (there && sigma > 0)
        in += overlap(2 * axis->origin - b, 2 * axis->origin - a, low, high, sigma) +
              overlap(2 * end - b, 2 * end - a, low, high, sigma);
      axis->weight[v * axis->cells + i] = in / axis->edge;
    }
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode signal_of(const Image *image, const double *state, PetscInt row, PetscInt i, double *signal) {
  const EluteImageSpec *s = image->spec;
  const EluteOperators *ops = image->o->ops;
  double x[3], c = 0;
  EluteWhere where;
  char why[256];

  for (int j = 0; j < s->sum.n; j++) c += elute_concentration(ops, state, s->sum.species[j], s->sum.as_tissue, row, i);
  *signal = c;
  if (!s->signal) return PETSC_SUCCESS;
  EluteValueSet(s->concentration, c);
  EluteMeshCellCentre(ops->mesh, row, i, x);
  where = EluteModelWhere(ops->model, x, ops->mesh->view.tissue[row * ops->mesh->view.pitch + i], image->t,
                          ops->segment_begin, ops->segment_end);
  if (EluteValueAt(s->signal, &where, signal, why, sizeof why)) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_CASE, "%s:%d: output.images.%s.signal: %s", s->node->file ? s->node->file : "case",
                   s->node->line, s->name, why);
}

/* out[v] += sum over this rank's cells of weight[v][i] in[i], for `lines` lines that lie `stride` apart. */
static void apply_axis(const Axis *a, const double *in, double *out, size_t stride) {
  for (PetscInt v = 0; v < a->voxels; v++) {
    const double *weight = a->weight + v * a->cells;

    for (PetscInt i = a->begin; i < a->end; i++) {
      const double w = weight[i];

      if (w == 0) continue;
      for (size_t s = 0; s < stride; s++) out[(size_t)v * stride + s] += w * in[(size_t)(i - a->begin) * stride + s];
    }
  }
}

/* This rank's share of all voxels: along x row by row, then y plane by plane, then z. */
static PetscErrorCode add_cells(Image *image, const double *state) {
  const EluteMeshView *m = &image->o->ops->mesh->view;
  const size_t vx = (size_t)image->axis[0].voxels, vy = (size_t)image->axis[1].voxels;
  double *line, *plane, *volume;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (m->n_rows == 0) return PETSC_SUCCESS;
  PetscCall(PetscMalloc3(m->n_cells, &line, (size_t)m->ny * vx, &plane, (size_t)m->nz * vx * vy, &volume));
  PetscCall(PetscArrayzero(volume, (size_t)m->nz * vx * vy));
  for (PetscInt z = 0; z < m->nz && !ierr; z++) {
    PetscCall(PetscArrayzero(plane, (size_t)m->ny * vx));
    for (PetscInt y = 0; y < m->ny && !ierr; y++) {
      for (PetscInt i = 0; i < m->n_cells && !ierr; i++) ierr = signal_of(image, state, z * m->ny + y, i, &line[i]);
      apply_axis(&image->axis[0], line, plane + (size_t)y * vx, 1);
    }
    apply_axis(&image->axis[1], plane, volume + (size_t)z * vx * vy, vx);
  }
  apply_axis(&image->axis[2], volume, image->voxel, vx * vy);
  PetscCall(PetscFree3(line, plane, volume));
  return ierr;
}

static void add_noise(Image *image, size_t n, int scan) {
  for (size_t v = 0; v < n && image->spec->noise > 0; v++) {
    double normal[2];

    elute_random_normals((uint64_t)image->spec->seed, v, (uint32_t)scan, normal);
    image->voxel[v] += image->spec->noise * normal[0];
  }
}

/* ---- the file ---- */

static void print_image(const EluteOutput *o, const void *context, FILE *file) {
  const Image *image = context;
  const Axis *a = image->axis;
  const size_t n = (size_t)(a[0].voxels * a[1].voxels * a[2].voxels);
  unsigned char *bytes = malloc(n * 8);
  EluteText text = {0};

  elute_text_print(&text, "# vtk DataFile Version 3.0\n%.200s of %.40s\nBINARY\nDATASET STRUCTURED_POINTS\n",
                   image->spec->name, o->case_name[0] ? "a run of elute" : "elute");
  elute_text_print(&text, "FIELD FieldData 1\nTIME 1 1 double\n");
  elute_text_double(&text, image->t);
  elute_text_print(&text, "\nDIMENSIONS");
  for (int d = 0; d < 3; d++)
    elute_text_print(&text, " %lld", d < o->ops->mesh->spec.dimension ? (long long)a[d].voxels + 1 : 1LL);
  elute_text_print(&text, "\nORIGIN %.17g %.17g %.17g\nSPACING %.17g %.17g %.17g\n", a[0].origin, a[1].origin,
                   a[2].origin, a[0].edge, a[1].edge, a[2].edge);
  elute_text_print(&text, "CELL_DATA %lld\nSCALARS signal double 1\nLOOKUP_TABLE default\n", (long long)n);
  if (bytes) {
    elute_big_endian(image->voxel, n, 8, bytes);
    elute_text_append(&text, bytes, n * 8);
  }
  elute_text_print(&text, "\n");
  if (!bytes || text.failed || fwrite(text.bytes, 1, text.length, file) != text.length) errno = errno ? errno : ENOMEM;
  free(bytes);
  free(text.bytes);
}

PetscErrorCode EluteOutputImage(EluteOutput *o, int i, int scan, double t, const double *state) {
  Image image = {.o = o, .spec = &o->ops->model->output.images[i], .t = t};
  size_t n = 1;
  char name[100];
  PetscErrorCode ierr;

  for (int d = 0; d < 3; d++) {
    PetscCall(create_axis(o->ops->mesh, image.spec, d, &image.axis[d]));
    n *= (size_t)image.axis[d].voxels;
  }
  PetscCall(PetscCalloc1(n, &image.voxel));
  PetscCall(EluteAgree(o->comm, add_cells(&image, state)));
  PetscCallMPI(MPI_Reduce(o->rank ? image.voxel : MPI_IN_PLACE, image.voxel, (int)n, MPI_DOUBLE, MPI_SUM, 0, o->comm));
  add_noise(&image, n, scan);
  snprintf(name, sizeof name, "image_%.63s_%03d.vtk", image.spec->name, scan);
  ierr = o->rank == 0 ? EluteOutputAtomic(o, name, print_image, &image) : PETSC_SUCCESS;
  for (int d = 0; d < 3; d++) PetscCall(PetscFree(image.axis[d].weight));
  PetscCall(PetscFree(image.voxel));
  return EluteAgree(o->comm, ierr);
}
