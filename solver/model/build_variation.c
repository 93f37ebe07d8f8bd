/* tissues.NAME.vary: from nodes to factors of place. */
#include "internal.h"

#include "../case/schema_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"lognormal", "gaussian", "layers", "septa", "image"};

const char *EluteNameOfProperty(int property) {
  static char names[ELUTE_N_PROPERTIES][64];

  elute_schema_choice(ELUTE_PROPERTIES, property, names[property], sizeof names[property]);
  return names[property];
}

int EluteNamedProperty(const char *name) {
  for (int p = 0; p < ELUTE_N_PROPERTIES; p++)
    if (strcmp(EluteNameOfProperty(p), name) == 0) return p;
  return -1;
}

static bool read_lengths(EluteBuilder *b, const EluteNode *node, double length[3]) {
  const EluteNode *lengths = EluteNodeChild(node, "correlation_length");
  bool fine = true;
  double one;

  for (int d = 0; d < 3; d++) length[d] = INFINITY;
  if (!lengths) return false;
  if (lengths->kind == ELUTE_SEQUENCE) {
    double each[3];

    if (!elute_point(b, lengths, each)) return false;
    for (int d = 0; d < b->model->mesh.dimension; d++) length[d] = each[d];
  } else {
    if (!EluteLengthRead(lengths, &b->model->scope, &one, b->d)) return false;
    for (int d = 0; d < b->model->mesh.dimension; d++) length[d] = one;
  }
  for (int d = 0; d < b->model->mesh.dimension; d++) fine = fine && length[d] > 0.0;
  if (!fine) EluteError(b->d, lengths, "found a length that is not above 0 m; expected correlation lengths above 0 m");
  return fine;
}

static void read_random(EluteBuilder *b, const EluteNode *node, EluteVaryFactor *f) {
  const char *covariance = elute_scalar(node, "covariance"), *keeps = elute_scalar(node, "keeps");
  const char *seed = elute_scalar(node, "seed"), *waves = elute_scalar(node, "waves");
  const EluteNode *correlation = EluteNodeChild(node, "correlation");

  f->with = EluteNodeChild(node, "with");
  f->seed = seed ? strtoull(seed, NULL, 10) : 0;
  f->n_waves = waves ? (int)strtol(waves, NULL, 10) : 0;
  f->covariance =
      covariance && strcmp(covariance, "exponential") == 0 ? ELUTE_COVARIANCE_EXPONENTIAL : ELUTE_COVARIANCE_GAUSSIAN;
  f->keeps_mean = keeps && strcmp(keeps, "mean") == 0;
  elute_quantity(b, node, "sigma", "1", 0.0, 0.0, &f->sigma);
  elute_quantity(b, node, "truncation", "1", 0.0, 4.0, &f->truncation);
  elute_quantity(b, node, "correlation", "1", 0.0, 0.0, &f->correlation);
  read_lengths(b, node, f->length);
  if (f->with && !correlation) EluteError(b->d, node, "the key 'correlation' is missing; expected it beside 'with'");
  if (correlation && !f->with) EluteError(b->d, correlation, "found without 'with'; expected the other property there");
  if (f->kind == ELUTE_VARY_GAUSSIAN && f->sigma * f->truncation >= 1.0)
    EluteError(b->d, node,
               "sigma times truncation is %g: the property could become negative; expected less than 1 (a smaller "
               "sigma or truncation, or lognormal)",
               f->sigma * f->truncation);
}

static void read_direction(EluteBuilder *b, const EluteNode *node, double direction[3]) {
  const EluteNode *list = EluteNodeChild(node, "direction");
  double square = 0.0;
  int i = 0;

  if (!list || list->kind != ELUTE_SEQUENCE) return;
  if (list->n_children != b->model->mesh.dimension) {
    EluteError(b->d, list, "found %d components; expected %d, one for each axis of the mesh", list->n_children,
               b->model->mesh.dimension);
    return;
  }
  for (const EluteNode *child = list->first; child && i < 3; child = child->next, i++) {
    if (!EluteNumberRead(child, "1", 0.0, &b->model->scope, &direction[i], b->d)) return;
    square += direction[i] * direction[i];
  }
  if (!(square > 0.0)) EluteError(b->d, list, "found a direction of length 0; expected one across the layers");
  for (i = 0; i < 3 && square > 0.0; i++) direction[i] /= sqrt(square);
}

static void read_layers(EluteBuilder *b, const EluteNode *node, EluteVaryFactor *f) {
  const EluteNode *thickness = EluteNodeChild(node, "thickness");

  if (f->kind == ELUTE_VARY_LAYERS) read_direction(b, node, f->direction);
  if (elute_quantity(b, node, "spacing", "m", 0.0, 0.0, &f->spacing) &&
      elute_quantity(b, node, "thickness", "m", 0.0, 0.0, &f->thickness) && thickness && f->thickness >= f->spacing)
    EluteError(b->d, thickness, "found %g m; expected less than the spacing (%g m)", f->thickness, f->spacing);
  elute_quantity(b, node, "offset", "m", 0.0, 0.0, &f->offset);
  elute_quantity(b, node, "multiplier", "1", 0.0, 1.0, &f->multiplier);
}

/* Corners of a raw image: those given, or the mesh's. */
static bool read_extent(EluteBuilder *b, const EluteNode *node, double low[3], double high[3]) {
  const EluteMeshSpec *mesh = &b->model->mesh;
  const EluteNode *from = EluteNodeChild(node, "from"), *to = EluteNodeChild(node, "to");

  for (int d = 0; d < mesh->dimension; d++) low[d] = mesh->edges[d][0], high[d] = mesh->edges[d][mesh->n[d]];
  if ((from && !elute_point(b, from, low)) || (to && !elute_point(b, to, high))) return false;
  for (int d = 0; d < mesh->dimension; d++)
    if (!(high[d] > low[d])) {
      EluteError(b->d, to ? to : node, "coordinate %d is not beyond 'from'; expected an image of some extent", d + 1);
      return false;
    }
  return true;
}

static EluteImage *read_raw(EluteBuilder *b, const EluteNode *node, const char *path, char *why, size_t length) {
  static const char *const of_vtk[] = {"array", "unit", NULL};
  const EluteNode *cells = EluteNodeChild(node, "cells");
  const char *type = elute_scalar(node, "type");
  double low[3] = {0, 0, 0}, high[3] = {1, 1, 1};
  int n[3] = {1, 1, 1}, d = 0;

  why[0] = '\0';
  elute_misplaced(b, node, of_vtk, "found with 'cells', which are of a raw file; expected it for a VTK file alone");
  if (cells->kind != ELUTE_SEQUENCE) return NULL;
  if (cells->n_children != b->model->mesh.dimension) {
    EluteError(b->d, cells, "found %d numbers; expected %d, one for each axis of the mesh", cells->n_children,
               b->model->mesh.dimension);
    return NULL;
  }
  for (const EluteNode *child = cells->first; child && d < 3; child = child->next, d++) {
    if (child->kind == ELUTE_SCALAR) n[d] = (int)strtol(child->text, NULL, 10);
    if (n[d] < 1 || n[d] > 100000) return NULL; /* the schema has said so */
  }
  if (!read_extent(b, node, low, high)) return NULL;
  return EluteImageReadRaw(path, type ? type : "float32", n, low, high, why, length);
}

static void read_image(EluteBuilder *b, const EluteNode *node, EluteVaryFactor *f) {
  static const char *const of_raw[] = {"type", "from", "to", NULL};
  const EluteNode *file = EluteNodeChild(node, "file");
  const char *interpolation = elute_scalar(node, "interpolation");
  char *path, why[400] = "";
  double unit;

  if (!file || file->kind != ELUTE_SCALAR || !elute_quantity(b, node, "unit", "m", 0.0, 1.0, &unit)) return;
  path = EluteFileBeside(file);
  if (EluteNodeChild(node, "cells")) {
    f->image = read_raw(b, node, path, why, sizeof why);
  } else {
    elute_misplaced(b, node, of_raw, "found without 'cells'; expected it for a raw file alone");
    f->image = EluteImageReadVtk(path, elute_scalar(node, "array"), unit, why, sizeof why);
  }
  free(path);
  if (!f->image && why[0]) EluteError(b->d, file, "%s", why);
  if (f->image) f->image->nearest = interpolation && strcmp(interpolation, "nearest") == 0;
}

static void read_factor(EluteBuilder *b, const EluteNode *node, EluteVariation *v) {
  EluteVaryFactor f = {.kind = ELUTE_VARY_LOGNORMAL};
  const EluteNode *found = NULL;

  if (node->kind != ELUTE_MAPPING) return;
  for (const EluteNode *child = node->first; child; child = child->next)
    for (int k = 0; k < (int)(sizeof kinds / sizeof kinds[0]); k++) {
      if (strcmp(child->key, kinds[k]) != 0) continue;
      if (found) EluteError(b->d, child, "found beside '%s'; expected one, or a list of factors", found->key);
      if (!found) f.kind = (EluteVaryKind)k, found = child;
    }
  if (!found || found->kind != ELUTE_MAPPING) return;
  f.node = found;
  if (f.kind == ELUTE_VARY_LOGNORMAL || f.kind == ELUTE_VARY_GAUSSIAN)
    read_random(b, found, &f);
  else if (f.kind == ELUTE_VARY_IMAGE)
    read_image(b, found, &f);
  else
    read_layers(b, found, &f);
  v->factors = elute_grow(v->factors, v->n_factors, sizeof *v->factors);
  v->factors[v->n_factors++] = f;
}

static bool is_random(const EluteVaryFactor *f) {
  return f->kind == ELUTE_VARY_LOGNORMAL || f->kind == ELUTE_VARY_GAUSSIAN;
}

/* The random factor of the named property. */
static void find_other(EluteBuilder *b, const EluteTissue *tissue, int self, EluteVaryFactor *f) {
  for (int v = 0; v < tissue->n_vary; v++) {
    const EluteVariation *other = &tissue->vary[v];

    if (strcmp(EluteNameOfProperty((int)other->property), f->with->text) != 0 || v == self) continue;
    for (int i = 0; i < other->n_factors; i++) {
      if (!is_random(&other->factors[i]) || other->factors[i].with) continue;
      f->with_variation = v, f->with_factor = i;
      return;
    }
  }
  EluteError(b->d, f->with,
             "found '%s', which is not another property of this tissue that varies at random without a 'with' of its "
             "own",
             f->with->text);
}

/* A property of the tissue without a default must be given for its variation to mean something. */
static void check_given(EluteBuilder *b, const EluteNode *node, const EluteNode *tissue, int property) {
  if (property < ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY || EluteNodeChild(tissue, node->key)) return;
  EluteError(b->d, node, "the tissue has no '%s' that these factors could multiply; expected that key beside 'vary'",
             node->key);
}

static void read_variations(EluteBuilder *b, const EluteNode *node_of_tissue, EluteTissue *tissue) {
  const EluteNode *vary = EluteNodeChild(node_of_tissue, "vary");

  for (const EluteNode *node = elute_first(vary, ELUTE_MAPPING); node; node = node->next) {
    const int property = EluteNamedProperty(node->key);
    EluteVariation v = {.node = node};

    if (property < 0) continue; /* the schema has said so */
    check_given(b, node, node_of_tissue, property);
    v.property = (EluteProperty)property;
    if (node->kind == ELUTE_MAPPING) read_factor(b, node, &v);
    for (const EluteNode *child = elute_first(node, ELUTE_SEQUENCE); child; child = child->next)
      read_factor(b, child, &v);
    tissue->vary = elute_grow(tissue->vary, tissue->n_vary, sizeof *tissue->vary);
    tissue->vary[tissue->n_vary++] = v;
  }
  for (int v = 0; v < tissue->n_vary; v++)
    for (int i = 0; i < tissue->vary[v].n_factors; i++)
      if (tissue->vary[v].factors[i].with) find_other(b, tissue, v, &tissue->vary[v].factors[i]);
}

void elute_build_variations(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *map = EluteNodeChild(b->root, "tissues");
  int t = 0;

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node && t < m->n_tissues; node = node->next, t++) {
    const EluteNode *vary = EluteNodeChild(node, "vary");

    if (vary && m->mesh.geometry == ELUTE_WELL_MIXED)
      EluteError(b->d, vary, "found in a well-mixed case, which has no places");
    else if (vary)
      read_variations(b, node, &m->tissues[t]);
  }
}

void elute_free_variations(EluteTissue *tissue) {
  for (int v = 0; v < tissue->n_vary; v++) {
    for (int i = 0; i < tissue->vary[v].n_factors; i++) EluteImageFree(tissue->vary[v].factors[i].image);
    free(tissue->vary[v].factors);
  }
  free(tissue->vary);
}
