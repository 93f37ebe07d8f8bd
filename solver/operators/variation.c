/* Multipliers of properties that vary from cell to cell, and what was sampled of them. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, MOST_PAIRS = 1 << 18, MOST_KEPT = 1 << 16 };

/* Rows in which a tissue has cells; owned, or n_rows + g. */
typedef struct Rows {
  size_t n;
  size_t row[CHUNK];
  int32_t y[CHUNK], z[CHUNK]; /* their place along the axes, counted from the first */
  PetscInt low[3], high[3];   /* range of these places in the mesh */
} Rows;

static bool has_tissue(const EluteOperators *ops, size_t row, int tissue) {
  for (size_t i = 0; i < (size_t)ops->mesh->view.n_cells; i++)
    if (EluteOpTissue(ops, row, i) == tissue) return true;
  return false;
}

/* The next rows from *row on. */
static void next_rows(const EluteOperators *ops, int tissue, size_t *row, Rows *rows) {
  const EluteMeshView *m = &ops->mesh->view;
  const size_t all = (size_t)m->n_rows + (size_t)m->n_ghost_rows;
  PetscInt at[3];

  rows->n = 0;
  for (; *row < all && rows->n < CHUNK; *row += 1) {
    if (!has_tissue(ops, *row, tissue)) continue;
    EluteMeshRowIndex(ops->mesh, (PetscInt)*row, &at[1], &at[2]);
    for (int d = 1; d < 3; d++) {
      rows->low[d] = rows->n ? PetscMin(rows->low[d], at[d]) : at[d];
      rows->high[d] = rows->n ? PetscMax(rows->high[d], at[d]) : at[d];
    }
    rows->y[rows->n] = (int32_t)at[1], rows->z[rows->n] = (int32_t)at[2];
    rows->row[rows->n++] = *row;
  }
  for (size_t r = 0; r < rows->n; r++) rows->y[r] -= (int32_t)rows->low[1], rows->z[r] -= (int32_t)rows->low[2];
}

/* y[r * pitch + i] = Y of the factor's own waves, not yet truncated. */
static PetscErrorCode make_sample(const EluteOperators *ops, const EluteVaryFactor *f, const Rows *rows, double *y) {
  const EluteMesh *mesh = ops->mesh;
  double **value = malloc(rows->n * sizeof *value);
  EluteWaves waves;
  int failed = !value || elute_waves_create(&waves, f->n_waves, f->seed, f->covariance, f->length);

  for (size_t r = 0; r < rows->n && !failed; r++) value[r] = y + r * (size_t)mesh->view.pitch;
  if (!failed) {
    failed = elute_waves_rows(&waves, (size_t)mesh->view.n_cells, mesh->centre[0],
                              (size_t)(rows->high[1] - rows->low[1] + 1), mesh->centre[1] + rows->low[1],
                              (size_t)(rows->high[2] - rows->low[2] + 1), mesh->centre[2] + rows->low[2], rows->n,
                              rows->y, rows->z, value);
    elute_waves_destroy(&waves);
  }
  free(value);
  return failed ? EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (a random field)") : PETSC_SUCCESS;
}

/* The last field that was made, for the next point of a study: it often has the same. All of what it is a function of,
   one after the other, and its values. */
static struct {
  size_t n_key;
  char *key;
  double *values;
} kept;

static char *append(char *to, const void *from, size_t bytes) {
  memcpy(to, from, bytes);
  return to + bytes;
}

static size_t key_of(const EluteMesh *mesh, const EluteVaryFactor *f, const Rows *rows, char **key) {
  const size_t n[3] = {(size_t)mesh->spec.n[0], (size_t)mesh->spec.n[1], (size_t)mesh->spec.n[2]};
  const size_t size = sizeof f->n_waves + sizeof f->seed + sizeof f->covariance + sizeof f->length + sizeof n +
                      (n[0] + n[1] + n[2]) * sizeof(double) + sizeof rows->low + 2 * rows->n * sizeof *rows->y;
  char *to = *key = malloc(size);

  if (!to) return 0;
  to = append(to, &f->n_waves, sizeof f->n_waves);
  to = append(to, &f->seed, sizeof f->seed);
  to = append(to, &f->covariance, sizeof f->covariance);
  to = append(to, f->length, sizeof f->length);
  to = append(to, n, sizeof n);
  for (int d = 0; d < 3; d++) to = append(to, mesh->centre[d], n[d] * sizeof(double));
  to = append(to, rows->low, sizeof rows->low);
  to = append(to, rows->y, rows->n * sizeof *rows->y);
  append(to, rows->z, rows->n * sizeof *rows->z);
  return size;
}

/* Takes over the key. */
static void keep(size_t n_key, char *key, size_t n_values, const double *values) {
  double *copy = realloc(kept.values, n_values * sizeof *copy);

  free(kept.key);
  if (copy) kept.values = copy;
  kept.key = key, kept.n_key = copy ? n_key : 0;
  if (copy) memcpy(copy, values, n_values * sizeof *copy);
}

/* The same, kept or made. */
static PetscErrorCode sample(const EluteOperators *ops, const EluteVaryFactor *f, const Rows *rows, double *y) {
  const size_t n = rows->n * (size_t)ops->mesh->view.pitch;
  PetscErrorCode code;
  char *key = NULL;
  size_t n_key;

  if (n > MOST_KEPT) return make_sample(ops, f, rows, y);
  n_key = key_of(ops->mesh, f, rows, &key);
  if (n_key && n_key == kept.n_key && memcmp(key, kept.key, n_key) == 0) {
    memcpy(y, kept.values, n * sizeof *y);
    free(key);
    return PETSC_SUCCESS;
  }
  code = make_sample(ops, f, rows, y);
  if (!code && n_key)
    keep(n_key, key, n, y);
  else
    free(key);
  return code;
}

/* The normal field of a factor; `other`: scratch of the same size. */
static PetscErrorCode normal_field(const EluteOperators *ops, const EluteTissue *tissue, const EluteVaryFactor *f,
                                   const Rows *rows, double *y, double *other) {
  const size_t n = rows->n * (size_t)ops->mesh->view.pitch;
  const double share = sqrt(1 - f->correlation * f->correlation);

  PetscFunctionBegin;
  PetscCall(sample(ops, f, rows, y));
  if (f->with) {
    PetscCall(sample(ops, &tissue->vary[f->with_variation].factors[f->with_factor], rows, other));
    for (size_t i = 0; i < n; i++) y[i] = f->correlation * other[i] + share * y[i];
  }
  for (size_t i = 0; i < n; i++) y[i] = fmax(-f->truncation, fmin(f->truncation, y[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Is the coordinate within a layer? Half-open, so that layers of whole cells hold whole cells. */
static bool in_layer(const EluteVaryFactor *f, double coordinate) {
  const double from_edge = coordinate - f->offset + 0.5 * f->thickness;

  return from_edge - f->spacing * floor(from_edge / f->spacing) < f->thickness;
}

static PetscErrorCode multiplier_at(const EluteOperators *ops, const EluteVaryFactor *f, const double x[3], double y,
                                    double *multiplier) {
  bool inside = false;

  *multiplier = 1;
  switch (f->kind) {
  case ELUTE_VARY_LOGNORMAL:
    *multiplier = exp(f->sigma * y - (f->keeps_mean ? 0.5 * f->sigma * f->sigma : 0));
    break;
  case ELUTE_VARY_GAUSSIAN:
    *multiplier = 1 + f->sigma * y;
    break;
  case ELUTE_VARY_LAYERS:
    inside = in_layer(f, f->direction[0] * x[0] + f->direction[1] * x[1] + f->direction[2] * x[2]);
    break;
  case ELUTE_VARY_SEPTA:
    for (int d = 0; d < ops->mesh->spec.dimension; d++) inside |= in_layer(f, x[d]);
    break;
  case ELUTE_VARY_IMAGE:
    if (EluteImageAt(f->image, x, multiplier)) break;
    return EluteFail(ELUTE_EXIT_CASE, "%s:%d:%d: error: the image does not reach the tissue's cell at (%g, %g, %g) m",
                     f->node->file, f->node->line, f->node->column, x[0], x[1], x[2]);
  }
  if (inside) *multiplier = f->multiplier;
  return PETSC_SUCCESS;
}

static PetscErrorCode apply_factor(const EluteOperators *ops, int t, const EluteVaryFactor *f, const Rows *rows,
                                   double *y, double *other, double *cells) {
  const EluteMeshView *m = &ops->mesh->view;
  const size_t pitch = (size_t)m->pitch;
  const bool random = f->kind == ELUTE_VARY_LOGNORMAL || f->kind == ELUTE_VARY_GAUSSIAN;

  PetscFunctionBegin;
  if (random) PetscCall(normal_field(ops, &ops->model->tissues[t], f, rows, y, other));
  for (size_t r = 0; r < rows->n; r++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      double x[3], multiplier;

      if (EluteOpTissue(ops, rows->row[r], i) != t) continue;
      EluteMeshCellCentre(ops->mesh, (PetscInt)rows->row[r], (PetscInt)i, x);
      PetscCall(multiplier_at(ops, f, x, y[r * pitch + i], &multiplier));
      cells[rows->row[r] * pitch + i] *= multiplier;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode vary_tissue(const EluteOperators *ops, int t, const EluteVariation *v, double *cells) {
  const EluteMeshView *m = &ops->mesh->view;
  const size_t all = (size_t)m->n_rows + (size_t)m->n_ghost_rows;
  const size_t room = (all < CHUNK ? all : CHUNK) * (size_t)m->pitch + 1;
  double *y = calloc(room, sizeof *y), *other = calloc(room, sizeof *other);
  Rows *rows = malloc(sizeof *rows);
  PetscErrorCode code = PETSC_SUCCESS;

  if (!y || !other || !rows) code = EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (a property of every cell)");
  for (size_t row = 0; row < all && !code;) {
    next_rows(ops, t, &row, rows);
    for (int f = 0; f < v->n_factors && rows->n && !code; f++)
      code = apply_factor(ops, t, &v->factors[f], rows, y, other, cells);
  }
  free(y), free(other), free(rows);
  return code;
}

PetscErrorCode EluteOpMultipliers(EluteOperators *ops, EluteProperty property, const double **cells) {
  const EluteMeshView *m = &ops->mesh->view;
  const size_t n = ((size_t)m->n_rows + (size_t)m->n_ghost_rows) * (size_t)m->pitch;
  EluteOperatorsData *d = elute_data(ops);
  double **made = &d->multipliers[property];

  PetscFunctionBegin;
  for (int t = 0; t < ops->model->n_tissues; t++)
    for (int v = 0; v < ops->model->tissues[t].n_vary; v++) {
      const EluteVariation *one = &ops->model->tissues[t].vary[v];

      if (one->property != property || d->have_multipliers[property]) continue;
      if (!*made) {
        *made = malloc((n + 1) * sizeof **made);
        if (!*made) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (multipliers of every cell)"));
        for (size_t i = 0; i < n; i++) (*made)[i] = 1;
      }
      PetscCall(vary_tissue(ops, t, one, *made));
    }
  d->have_multipliers[property] = true;
  *cells = *made;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const EluteNode *EluteOpVariationNode(const EluteOperators *ops, EluteProperty property, int tissue) {
  for (int v = 0; v < ops->model->tissues[tissue].n_vary; v++)
    if (ops->model->tissues[tissue].vary[v].property == property) return ops->model->tissues[tissue].vary[v].node;
  return NULL;
}

/* ---- what was sampled ---- */

typedef struct Sampled {
  double *cells;
  int tissue;
  double mean, variance;
} Sampled;

/* Mean and variance over the tissue's owned cells, and their number on all ranks. */
static PetscErrorCode moments(const EluteOperators *ops, Sampled *s, double *number) {
  const EluteMeshView *m = &ops->mesh->view;
  double sums[2] = {0, 0};

  PetscFunctionBegin;
  s->mean = 0;
  for (int pass = 0; pass < 2; pass++) {
    EluteSum sum = {0, 0};

    sums[0] = 0;
    for (size_t row = 0; row < (size_t)m->n_rows; row++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++) {
        double value;

        if (EluteOpTissue(ops, row, i) != s->tissue) continue;
        value = s->cells[row * (size_t)m->pitch + i] - s->mean;
        elute_add(&sum, pass ? value * value : value);
        sums[0]++;
      }
    sums[1] = elute_total(sum);
    PetscCall(EluteOpSumRanks(ops->mesh->comm, 2, sums));
    if (pass == 0) s->mean = sums[0] > 0 ? sums[1] / sums[0] : 0;
  }
  s->variance = sums[0] > 0 ? sums[1] / sums[0] : 0;
  *number = sums[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds the products and distances of pairs `lag` cells apart along an axis, both on this rank: sums[0] their number. */
static void add_pairs(const EluteOperators *ops, const Sampled *s, int axis, PetscInt lag, double sums[3]) {
  const EluteMesh *mesh = ops->mesh;
  const EluteMeshView *m = &mesh->view;
  const size_t pitch = (size_t)m->pitch, cells = (size_t)m->n_rows * (size_t)m->n_cells;
  const size_t stride = 1 + cells / MOST_PAIRS; /* of rows: enough pairs are enough */

  for (size_t row = 0; row < (size_t)m->n_rows; row += stride) {
    const PetscInt y = (PetscInt)row % m->ny, z = (PetscInt)row / m->ny;
    const size_t row2 = row + (size_t)lag * (axis == 1 ? 1 : axis == 2 ? (size_t)m->ny : 0);
    PetscInt at[3];

    if ((axis == 1 && y + lag >= m->ny) || (axis == 2 && z + lag >= m->nz)) continue;
    EluteMeshRowIndex(mesh, (PetscInt)row, &at[1], &at[2]);
    for (PetscInt i = 0; i + (axis == 0 ? lag : 0) < m->n_cells; i++) {
      const PetscInt i2 = i + (axis == 0 ? lag : 0);

      if (EluteOpTissue(ops, row, (size_t)i) != s->tissue || EluteOpTissue(ops, row2, (size_t)i2) != s->tissue)
        continue;
      at[0] = i;
      sums[0]++;
      sums[1] += (s->cells[row * pitch + (size_t)i] - s->mean) * (s->cells[row2 * pitch + (size_t)i2] - s->mean);
      sums[2] += mesh->centre[axis][at[axis] + lag] - mesh->centre[axis][at[axis]];
    }
  }
}

/* Distance at which the sample's correlation along an axis falls to 1/e, linear between lags; NAN: it never does. */
static PetscErrorCode correlation_length(const EluteOperators *ops, const Sampled *s, int axis, double *length) {
  const double target = exp(-1);
  double before = 1, before_at = 0;

  PetscFunctionBegin;
  *length = NAN;
  if (!(s->variance > 0)) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt lag = 1; lag < ops->mesh->spec.n[axis]; lag++) {
    double sums[3] = {0, 0, 0}, correlation, distance;

    add_pairs(ops, s, axis, lag, sums);
    PetscCall(EluteOpSumRanks(ops->mesh->comm, 3, sums));
    if (!(sums[0] > 0)) PetscFunctionReturn(PETSC_SUCCESS);
    correlation = sums[1] / sums[0] / s->variance, distance = sums[2] / sums[0];
    if (correlation <= target) {
      *length = before_at + (before - target) / (before - correlation) * (distance - before_at);
      PetscFunctionReturn(PETSC_SUCCESS);
    }
    before = correlation, before_at = distance;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Replaces the tissue's multipliers by their logarithms; false: one of them, on any rank, has none. Collective. */
static PetscErrorCode take_logarithms(const EluteOperators *ops, const Sampled *s, bool *done) {
  const EluteMeshView *m = &ops->mesh->view;
  const size_t pitch = (size_t)m->pitch;
  bool zero = false;

  PetscFunctionBegin;
  for (int pass = 0; pass < 2; pass++) {
    for (size_t row = 0; row < (size_t)m->n_rows; row++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++) {
        double *cell = &s->cells[row * pitch + i];

        if (EluteOpTissue(ops, row, i) != s->tissue) continue;
        if (pass == 0)
          zero |= !(*cell > 0);
        else
          *cell = log(*cell);
      }
    if (pass == 0) PetscCall(EluteOpAny(ops->mesh->comm, &zero));
    if (zero) break;
  }
  *done = !zero;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The cells' multipliers are used up. */
static PetscErrorCode measure(EluteOperators *ops, int tissue, EluteProperty property, double *cells) {
  EluteVariationSample *sample;
  Sampled s = {.cells = cells, .tissue = tissue};
  bool logarithm = false;
  double number;

  PetscFunctionBegin;
  PetscCall(EluteAgree(ops->mesh->comm, EluteOpGrow(&ops->variations, &ops->n_variations, sizeof *ops->variations)));
  sample = &ops->variations[ops->n_variations - 1];
  sample->tissue = tissue, sample->property = property;
  PetscCall(moments(ops, &s, &sample->cells));
  sample->mean = s.mean, sample->variance = s.variance;
  sample->log_mean = sample->log_variance = NAN;
  PetscCall(take_logarithms(ops, &s, &logarithm));
  if (logarithm) {
    PetscCall(moments(ops, &s, &number));
    sample->log_mean = s.mean, sample->log_variance = s.variance;
  }
  for (int d = 0; d < ops->mesh->spec.dimension; d++)
    PetscCall(correlation_length(ops, &s, d, &sample->correlation_length[d]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpMeasureVariations(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  ops->n_variations = 0;
  for (int t = 0; t < ops->model->n_tissues; t++)
    for (int v = 0; v < ops->model->tissues[t].n_vary; v++) {
      const EluteProperty property = ops->model->tissues[t].vary[v].property;

      if (d->multipliers[property]) PetscCall(measure(ops, t, property, d->multipliers[property]));
    }
  EluteOpForgetMultipliers(ops);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void EluteOpForgetMultipliers(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  for (int p = 0; p < ELUTE_N_PROPERTIES; p++) {
    free(d->multipliers[p]);
    d->multipliers[p] = NULL;
    d->have_multipliers[p] = false;
  }
}
