/* output: biopsies and images: samples of the tissue at times of their own. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nominal inner diameter of needles of regular wall by their gauge, m; a core is about as thick. */
static const struct {
  int gauge;
  double bore;
} needles[] = {{14, 1.600e-3}, {16, 1.194e-3}, {18, 0.838e-3}, {20, 0.603e-3}, {22, 0.413e-3}};

static bool read_times(EluteBuilder *b, const EluteNode *node, int *n, double **times) {
  const EluteNode *list = EluteNodeChild(node, "times");
  const EluteTimeSpec *time = &b->model->time;
  bool fine = true;

  for (const EluteNode *one = elute_first(list, ELUTE_SEQUENCE); one; one = one->next) {
    double t;

    if (!EluteNumberRead(one, "s", 0.0, &b->model->scope, &t, b->d)) {
      fine = false;
    } else if (t < time->begin || t > time->end) {
      EluteError(b->d, one, "found %g s; expected a time within the run, %g s to %g s", t, time->begin, time->end);
      fine = false;
    } else {
      *times = elute_grow(*times, *n, sizeof **times);
      (*times)[(*n)++] = t;
    }
  }
  if (!list) {
    *times = elute_grow(*times, *n, sizeof **times);
    (*times)[(*n)++] = time->end;
  }
  return fine;
}

/* A length, or one for each axis. The rest are 0. */
static bool read_lengths(EluteBuilder *b, const EluteNode *node, const char *what, double least, double length[3]) {
  const int n = b->model->mesh.dimension;
  int i = 0;

  length[0] = length[1] = length[2] = 0.0;
  if (!node) return true;
  if (node->kind == ELUTE_SEQUENCE && !elute_point(b, node, length)) return false;
  if (node->kind == ELUTE_SCALAR) {
    if (!EluteLengthRead(node, &b->model->scope, &length[0], b->d)) return false;
    for (i = 1; i < n; i++) length[i] = length[0];
  }
  for (i = 0; i < n; i++) {
    if (least > 0.0 ? length[i] > 0.0 : length[i] >= 0.0) continue;
    EluteError(b->d, node, "found %g m; expected %s", length[i], what);
    return false;
  }
  return true;
}

/* ---- biopsies ---- */

static bool read_bore(EluteBuilder *b, const EluteNode *node, EluteBiopsySpec *s) {
  const EluteNode *diameter = EluteNodeChild(node, "diameter"), *gauge = EluteNodeChild(node, "gauge");
  double bore = 0.0;

  if (!diameter == !gauge) {
    EluteError(b->d, gauge ? gauge : node, "expected one of diameter and gauge");
    return false;
  }
  if (diameter) {
    if (!EluteLengthRead(diameter, &b->model->scope, &bore, b->d)) return false;
    if (!(bore > 0.0)) EluteError(b->d, diameter, "found %g m; expected a length above 0 m", bore);
  }
  for (size_t i = 0; gauge && gauge->kind == ELUTE_SCALAR && i < sizeof needles / sizeof needles[0]; i++)
    if (needles[i].gauge == atoi(gauge->text)) bore = needles[i].bore;
  if (gauge && !(bore > 0.0))
    EluteError(b->d, gauge, "found '%.20s'; expected a gauge of 14, 16, 18, 20 or 22, or the diameter",
               gauge->kind == ELUTE_SCALAR ? gauge->text : "");
  s->radius = 0.5 * bore;
  return bore > 0.0;
}

/* Of the needle, in space; a mesh of r and z lies in the plane y = 0. */
static bool read_direction(EluteBuilder *b, const EluteNode *node, EluteBiopsySpec *s) {
  const EluteNode *direction = EluteNodeChild(node, "direction");
  const EluteMeshSpec *mesh = &b->model->mesh;
  double square = 0.0;
  int i = 0;

  if (!direction || direction->kind != ELUTE_SEQUENCE) return false;
  if (direction->n_children != mesh->dimension) {
    EluteError(b->d, direction, "found %d components; expected %d, one for each axis of the mesh",
               direction->n_children, mesh->dimension);
    return false;
  }
  for (const EluteNode *one = direction->first; one && i < 3; one = one->next, i++) {
    if (!EluteNumberRead(one, "1", 0.0, &b->model->scope, &s->direction[i], b->d)) return false;
    square += s->direction[i] * s->direction[i];
  }
  if (!(square > 0.0)) {
    EluteError(b->d, direction, "found a direction of length 0");
    return false;
  }
  for (i = 0; i < 3; i++) s->direction[i] /= sqrt(square);
  if (mesh->geometry != ELUTE_CYLINDRICAL) return true;
  for (double *v = s->direction;; v = s->at) { /* (r, z) to (x, y, z) */
    v[2] = v[1];
    v[1] = 0.0;
    if (v == s->at) return true;
  }
}

static bool read_biopsy(EluteBuilder *b, const EluteNode *node, EluteBiopsySpec *s) {
  const EluteNode *at = EluteNodeChild(node, "at"), *length = EluteNodeChild(node, "length");
  const EluteNode *of = EluteNodeChild(node, "of");
  const char *bins = elute_scalar(node, "bins");
  EluteTogether sum = {.n = b->model->n_species};

  if (b->model->mesh.geometry == ELUTE_WELL_MIXED) {
    EluteError(b->d, node, "found a biopsy of a well-mixed case, which has no places");
    return false;
  }
  if (!read_times(b, node, &s->n_times, &s->times)) return false;
  if (!at || !elute_point(b, at, s->at) || !elute_point_in_mesh(b, at, s->at)) return false;
  if (!read_direction(b, node, s) || !read_bore(b, node, s)) return false;
  if (!length || !EluteLengthRead(length, &b->model->scope, &s->length, b->d)) return false;
  if (!(s->length > 0.0)) {
    EluteError(b->d, length, "found %g m; expected a length above 0 m", s->length);
    return false;
  }
  s->n_bins = bins ? atoi(bins) : 10;
  for (int k = 0; k < sum.n; k++) sum.species[k] = k;
  if (of && !elute_together(b, of, &sum)) return false;
  s->n_species = sum.n;
  memcpy(s->species, sum.species, sizeof s->species);
  return s->n_bins > 0;
}

/* ---- images ---- */

/* The signal sees the concentration, mol/m3, as a field by the name of c. */
static bool read_signal(EluteBuilder *b, const EluteNode *node, EluteImageSpec *s) {
  static char name[] = "c";
  const EluteNode *signal = EluteNodeChild(node, "signal");
  EluteScope scope = b->model->scope;

  if (!signal) return true;
  for (int i = 0; i < scope.n_constants + scope.n_fields; i++) {
    const char *taken = i < scope.n_constants ? scope.constant_name[i] : scope.field_name[i - scope.n_constants];

    if (strcmp(taken, name) != 0) continue;
    EluteError(b->d, signal, "a constant or field is called 'c', which in a signal is the concentration");
    return false;
  }
  s->concentration = EluteValueVariable();
  scope.field_name = elute_zeroed((size_t)scope.n_fields + 1, sizeof *scope.field_name);
  scope.field = elute_zeroed((size_t)scope.n_fields + 1, sizeof *scope.field);
  for (int i = 0; i < scope.n_fields; i++) {
    scope.field_name[i] = b->model->scope.field_name[i];
    scope.field[i] = b->model->scope.field[i];
  }
  scope.field_name[scope.n_fields] = name;
  scope.field[scope.n_fields++] = s->concentration;
  s->signal = EluteValueRead(signal, "1", 0.0, &scope, b->d);
  free(scope.field_name);
  free(scope.field);
  return s->signal != NULL;
}

static bool read_image(EluteBuilder *b, const EluteNode *node, EluteImageSpec *s) {
  const EluteNode *voxel = EluteNodeChild(node, "voxel");
  const char *seed = elute_scalar(node, "seed");
  const EluteMeshSpec *mesh = &b->model->mesh;
  double voxels = 1.0;

  if (mesh->geometry != ELUTE_CARTESIAN) {
    EluteError(b->d, node, "found an image of a mesh that is not Cartesian; expected geometry: cartesian");
    return false;
  }
  if (!read_times(b, node, &s->n_times, &s->times)) return false;
  if (!elute_concentration_of(b, node, "of", &s->sum)) return false;
  if (!EluteNodeChild(node, "as")) s->sum.as_tissue = true; /* an imager sees what a volume of tissue holds */
  if (!read_lengths(b, voxel, "edges above 0 m", 1.0, s->voxel)) return false;
  if (!read_lengths(b, EluteNodeChild(node, "point_spread"), "lengths of at least 0 m", 0.0, s->spread)) return false;
  if (!elute_quantity(b, node, "noise", "1", 0.0, 0.0, &s->noise)) return false;
  for (int d = 0; d < mesh->dimension; d++)
    voxels *= ceil((mesh->edges[d][mesh->n[d]] - mesh->edges[d][0]) / s->voxel[d]);
  if (voxels > 1e8) {
    EluteError(b->d, voxel, "found edges that make %.3g voxels; expected at most 1e8", voxels);
    return false;
  }
  s->seed = seed ? atoi(seed) : 0;
  return read_signal(b, node, s);
}

void elute_build_samples(EluteBuilder *b) {
  const EluteNode *output = EluteNodeChild(b->root, "output");
  EluteOutputSpec *o = &b->model->output;

  for (const EluteNode *node = elute_first(EluteNodeChild(output, "biopsies"), ELUTE_MAPPING); node;
       node = node->next) {
    EluteBiopsySpec s = {.node = node, .name = elute_text_copy(node->key)};

    o->biopsies = elute_grow(o->biopsies, o->n_biopsies, sizeof *o->biopsies);
    (void)read_biopsy(b, node, &s); /* what is wrong has been reported; kept to be freed */
    o->biopsies[o->n_biopsies++] = s;
  }
  for (const EluteNode *node = elute_first(EluteNodeChild(output, "images"), ELUTE_MAPPING); node; node = node->next) {
    EluteImageSpec s = {.node = node, .name = elute_text_copy(node->key)};

    o->images = elute_grow(o->images, o->n_images, sizeof *o->images);
    (void)read_image(b, node, &s);
    o->images[o->n_images++] = s;
  }
}
