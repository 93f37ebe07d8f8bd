/* The values of endpoints: sums over the cells of a region, taken in host memory when something is written or verified.
 */
#include "readouts_internal.h"

#include <math.h>
#include <stdlib.h>
#include "../../kernels/cell/sum.h"

enum { QUANTILES = 3, SECTIONS = 256, PASSES = 7, LEVELS = 101 };

static PetscErrorCode add_ranks(const EluteReadouts *r, int n, double *sums) {
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, n, MPI_DOUBLE, MPI_SUM, r->ops->mesh->comm));
  return PETSC_SUCCESS;
}

/* ---- distributions ---- */

/* Where three shares of the volume lie: intervals that hold the quantile are divided until nothing is left of them. */
static PetscErrorCode find_quantiles(const EluteReadouts *r, const EluteReadoutPlace *p, double low, double high,
                                     const double share[QUANTILES], double quantile[QUANTILES]) {
  double from[QUANTILES], width[QUANTILES], *count;

  PetscCall(PetscMalloc1(QUANTILES * (SECTIONS + 1), &count));
  for (int q = 0; q < QUANTILES; q++) from[q] = low, width[q] = high - low;
  for (int pass = 0; pass < PASSES; pass++) {
    PetscCall(PetscArrayzero(count, QUANTILES * (SECTIONS + 1)));
    for (int q = 0; q < QUANTILES; q++) {
      for (size_t c = 0; c < p->n; c++) { /* section s holds (s, s + 1]; the first what lies below as well */
        const double at = width[q] > 0 ? ceil((r->values[c] - from[q]) / width[q] * SECTIONS) : 0;
        const int section = at < 1 ? 0 : at > SECTIONS ? SECTIONS : (int)at - 1;

        count[q * (SECTIONS + 1) + section] += p->volume[c];
      }
    }
    PetscCall(add_ranks(r, QUANTILES * (SECTIONS + 1), count));
    for (int q = 0; q < QUANTILES; q++) {
      double below = 0;
      int section = 0;

      for (; section < SECTIONS - 1; section++) {
        below += count[q * (SECTIONS + 1) + section];
        if (below >= share[q] * p->total * (1 - 1e-12)) break;
      }
      from[q] += width[q] / SECTIONS * section;
      width[q] /= SECTIONS;
      quantile[q] = fmin(high, from[q] + width[q]);
    }
  }
  PetscCall(PetscFree(count));
  return PETSC_SUCCESS;
}

/* Of r->values, the cells of the place in order. */
static PetscErrorCode distribute(const EluteReadouts *r, const EluteReadoutPlace *p, EluteDistribution *d) {
  static const double share[QUANTILES] = {0.1, 0.5, 0.9};
  double extremes[2] = {-INFINITY, -INFINITY}, sum, quantile[QUANTILES];
  EluteSum mean = {0, 0}, square = {0, 0};

  for (size_t c = 0; c < p->n; c++) {
    elute_add(&mean, p->volume[c] * r->values[c]);
    extremes[0] = fmax(extremes[0], -r->values[c]);
    extremes[1] = fmax(extremes[1], r->values[c]);
  }
  sum = elute_total(mean);
  PetscCall(add_ranks(r, 1, &sum));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, extremes, 2, MPI_DOUBLE, MPI_MAX, r->ops->mesh->comm));
  *d = (EluteDistribution){.mean = sum / p->total, .minimum = -extremes[0], .maximum = extremes[1]};
  for (size_t c = 0; c < p->n; c++)
    elute_add(&square, p->volume[c] * (r->values[c] - d->mean) * (r->values[c] - d->mean));
  sum = elute_total(square);
  PetscCall(add_ranks(r, 1, &sum));
  d->deviation = sqrt(sum / p->total);
  PetscCall(find_quantiles(r, p, d->minimum, d->maximum, share, quantile));
  d->d90 = quantile[0], d->d50 = quantile[1], d->d10 = quantile[2];
  return PETSC_SUCCESS;
}

/* Share of the volume whose value is at least the level, or above it. */
static PetscErrorCode share_above(const EluteReadouts *r, const EluteReadoutPlace *p, double level, bool at_least,
                                  double *share) {
  EluteSum sum = {0, 0};

  for (size_t c = 0; c < p->n; c++)
    if (at_least ? r->values[c] >= level : r->values[c] > level) elute_add(&sum, p->volume[c]);
  *share = elute_total(sum);
  PetscCall(add_ranks(r, 1, share));
  *share /= p->total;
  return PETSC_SUCCESS;
}

/* The earliest time at which a cell had the region's peak. */
static PetscErrorCode find_peak_time(EluteReadouts *r, const EluteReadoutSpec *spec, const EluteReadoutPlace *p,
                                     EluteReadoutResult *result) {
  const size_t bytes = (size_t)r->ops->mesh->view.n_rows * (size_t)r->ops->mesh->view.pitch * sizeof(double);
  double first = INFINITY;

  ELUTE_BACKEND_CALL(r->ops->fields, r->ops->backend->to_host(r->cells, r->watch[spec->watch].peak_time, bytes));
  PetscCall(EluteFieldsAgree(r->ops->fields));
  for (size_t c = 0; c < p->n; c++)
    if (r->values[c] == result->distribution.maximum) first = fmin(first, r->cells[p->cell[c]]);
  PetscCallMPI(MPI_Allreduce(&first, &result->peak_time, 1, MPI_DOUBLE, MPI_MIN, r->ops->mesh->comm));
  return PETSC_SUCCESS;
}

/* ---- tables ---- */

static PetscErrorCode room_for_table(EluteReadoutResult *result, int n) {
  if (n == result->n_table) return PETSC_SUCCESS;
  free(result->table);
  result->table = malloc(2 * (size_t)n * sizeof *result->table);
  result->n_table = result->table ? n : 0;
  return result->table ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for an endpoint");
}

static PetscErrorCode dose_volume(const EluteReadouts *r, const EluteReadoutSpec *spec, const EluteReadoutPlace *p,
                                  EluteReadoutResult *result) {
  const int n = spec->n_levels ? spec->n_levels : LEVELS;

  PetscCall(EluteAgree(r->ops->mesh->comm, room_for_table(result, n)));
  for (int l = 0; l < n; l++) {
    result->table[l] = spec->n_levels ? spec->levels[l] : result->distribution.maximum * l / (n - 1);
    PetscCall(share_above(r, p, result->table[l], true, &result->table[n + l]));
  }
  result->value = result->distribution.d50;
  return PETSC_SUCCESS;
}

/* Where the mean first falls below `level`, on straight lines between the layers' means; the deepest place where it
   does not. */
static double depth_below(int n, const double *depth, const double *mean, double level, double deepest) {
  for (int b = 0; b < n; b++) {
    if (mean[b] >= level) continue;
    if (b == 0) return 0;
    return depth[b - 1] + (depth[b] - depth[b - 1]) * (mean[b - 1] - level) / (mean[b - 1] - mean[b]);
  }
  return deepest;
}

static PetscErrorCode penetration(const EluteReadouts *r, const EluteReadoutSpec *spec, const EluteReadoutPlace *p,
                                  EluteReadoutResult *result) {
  double *sums, *depth, *mean, surface;
  int n = 0;

  PetscCall(PetscCalloc1(3 * (size_t)p->n_bins, &sums)); /* volume, depth, value */
  for (size_t c = 0; c < p->n; c++) {
    double *sum = sums + 3 * PetscMin((int)(p->depth[c] / p->bin), p->n_bins - 1);

    sum[0] += p->volume[c];
    sum[1] += p->volume[c] * p->depth[c];
    sum[2] += p->volume[c] * r->values[c];
  }
  PetscCall(add_ranks(r, 3 * p->n_bins, sums));
  for (int b = 0; b < p->n_bins; b++) n += sums[3 * b] > 0;
  PetscCall(EluteAgree(r->ops->mesh->comm, room_for_table(result, n)));
  depth = result->table, mean = depth + n;
  n = 0;
  for (int b = 0; b < p->n_bins; b++) {
    if (!(sums[3 * b] > 0)) continue;
    depth[n] = sums[3 * b + 1] / sums[3 * b];
    mean[n++] = sums[3 * b + 2] / sums[3 * b];
  }
  PetscCall(PetscFree(sums));
  surface = n > 1 ? mean[0] - depth[0] * (mean[1] - mean[0]) / (depth[1] - depth[0]) : mean[0];
  result->value = surface > 0 ? depth_below(n, depth, mean, spec->share * surface, p->deepest) : 0;
  return PETSC_SUCCESS;
}

/* ---- amounts ---- */

/* mol in the region, or a number. */
static PetscErrorCode amount_of(const EluteReadouts *r, const EluteTogether *together, const EluteReadoutPlace *p,
                                const double *state, double *amount) {
  const size_t pitch = (size_t)r->ops->mesh->view.pitch, n_species = (size_t)r->ops->fields->n_species;
  EluteSum sum = {0, 0};

  for (size_t c = 0; c < p->n; c++) {
    const size_t at = (size_t)p->cell[c];
    const double *cell = state + at / pitch * n_species * pitch + at % pitch;

    for (int j = 0; j < together->n; j++) elute_add(&sum, p->volume[c] * cell[(size_t)together->species[j] * pitch]);
  }
  *amount = elute_total(sum);
  return add_ranks(r, 1, amount);
}

static PetscErrorCode split(const EluteReadouts *r, const EluteReadoutSpec *spec, const EluteReadoutPlace *p,
                            const double *state, EluteReadoutResult *result) {
  const int n = spec->n_parts;

  if (!result->part) result->part = calloc(2 * (size_t)n, sizeof *result->part);
  PetscCall(EluteAgree(r->ops->mesh->comm,
                       result->part ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for an endpoint")));
  result->value = 0;
  for (int i = 0; i < n; i++) {
    PetscCall(amount_of(r, &spec->part[i], p, state, &result->part[i]));
    result->value += result->part[i];
  }
  for (int i = 0; i < n; i++) result->part[n + i] = result->value > 0 ? result->part[i] / result->value : 0;
  return PETSC_SUCCESS;
}

/* ---- all of them ---- */

/* r->values: the measure in the cells of the place. */
static PetscErrorCode gather(EluteReadouts *r, int i, const EluteReadoutSpec *spec, const double *state) {
  const EluteReadoutPlace *p = r->place[i];
  const PetscInt pitch = r->ops->mesh->view.pitch;

  if (spec->watch >= 0) PetscCall(EluteReadoutsCells(r, i, r->cells));
  for (size_t c = 0; c < p->n; c++) {
    const PetscInt row = p->cell[c] / pitch, at = p->cell[c] % pitch;

    r->values[c] = spec->watch >= 0 ? r->cells[p->cell[c]] : 0;
    for (int j = 0; j < spec->sum.n && spec->watch < 0; j++)
      r->values[c] += elute_concentration(r->ops, state, spec->sum.species[j], spec->sum.as_tissue, row, at);
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode evaluate_measure(EluteReadouts *r, int i, const EluteReadoutSpec *spec, const double *state) {
  const EluteReadoutPlace *p = r->place[i];
  EluteReadoutResult *result = &r->result[i];
  const bool duration = spec->measure == ELUTE_MEASURE_TIME_ABOVE;

  PetscCall(gather(r, i, spec, state));
  PetscCall(distribute(r, p, &result->distribution));
  switch (spec->kind) {
  case ELUTE_KIND_PEAK:
    result->value = result->distribution.maximum;
    return find_peak_time(r, spec, p, result);
  case ELUTE_KIND_COVERAGE: /* a time is a sum of steps: their rounding does not count */
    return share_above(r, p, duration ? spec->level * (1 - 1e-9) : spec->level, duration, &result->value);
  case ELUTE_KIND_HETEROGENEITY:
    result->value = result->distribution.mean != 0 ? result->distribution.deviation / result->distribution.mean : 0;
    return PETSC_SUCCESS;
  case ELUTE_KIND_DOSE_VOLUME:
    return dose_volume(r, spec, p, result);
  case ELUTE_KIND_PENETRATION:
    return penetration(r, spec, p, result);
  default:
    result->value = result->distribution.mean;
    return PETSC_SUCCESS;
  }
}

static PetscErrorCode evaluate_one(EluteReadouts *r, int i, const EluteReadoutSpec *spec, const double *state) {
  EluteReadoutResult *result = &r->result[i];

  result->volume = r->place[i] ? r->place[i]->total : 0;
  switch (spec->kind) {
  case ELUTE_KIND_PLASMA_AUC:
    result->value = r->plasma[i];
    return PETSC_SUCCESS;
  case ELUTE_KIND_AMOUNT:
    return amount_of(r, &spec->sum, r->place[i], state, &result->value);
  case ELUTE_KIND_OCCUPANCY:
    PetscCall(amount_of(r, &spec->sum, r->place[i], state, &result->value));
    PetscCall(amount_of(r, &spec->over, r->place[i], state, &result->whole));
    result->value = result->whole > 0 ? result->value / result->whole : 0;
    return PETSC_SUCCESS;
  case ELUTE_KIND_SPLIT:
    return split(r, spec, r->place[i], state, result);
  default:
    return evaluate_measure(r, i, spec, state);
  }
}

PetscErrorCode EluteReadoutsEvaluate(EluteReadouts *r, Vec u, const double *given) {
  EluteHostState own = {0};
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (r->evaluated == r->stepped || r->n == 0) return PETSC_SUCCESS;
  if (!given) PetscCall(EluteHostStateGet(r->ops, u, &own));
  for (int i = 0; i < r->n && !ierr; i++)
    ierr = evaluate_one(r, i, &r->ops->model->output.readouts[i], given ? given : own.values);
  if (!given) PetscCall(EluteHostStateRestore(r->ops, u, &own));
  PetscCall(ierr);
  r->evaluated = r->stepped;
  return PETSC_SUCCESS;
}
