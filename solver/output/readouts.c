/* Endpoints while a run goes on: where they look, and what they keep. */
#include "readouts_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../../kernels/cell/sum.h"

static const EluteOutputSpec *spec_of(const EluteReadouts *r) {
  return &r->ops->model->output;
}

static size_t n_local(const EluteReadouts *r) {
  return (size_t)r->ops->mesh->view.n_rows * (size_t)r->ops->mesh->view.pitch;
}

/* ---- regions ---- */

/* m3 of every owned cell that lie in the region, and their sum over all ranks. */
static PetscErrorCode region_volumes(const EluteReadouts *r, const EluteRegion *region, double *volume, double *total) {
  const EluteMeshView *m = &r->ops->mesh->view;
  EluteSum sum = {0, 0};

  if (region->has_shape) PetscCall(EluteMeshShapeFractions(r->ops->mesh, &region->shape, volume, total));
  for (PetscInt row = 0; row < m->n_rows; row++) {
    for (PetscInt i = 0; i < m->pitch; i++) {
      const size_t at = (size_t)row * (size_t)m->pitch + (size_t)i;
      const bool inside = i < m->n_cells && region->in_tissue[m->tissue[at]];

      volume[at] = inside ? (region->has_shape ? volume[at] : 1) * m->volume_x[i] * m->volume_row[row] : 0;
      elute_add(&sum, volume[at]);
    }
  }
  *total = elute_total(sum);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, total, 1, MPI_DOUBLE, MPI_SUM, r->ops->mesh->comm));
  return PETSC_SUCCESS;
}

static double vessel_distance(const EluteVessel *v, const double x[3]) {
  const EluteShape capsule = {.kind = ELUTE_SHAPE_CAPSULE,
                              .a = {v->from[0], v->from[1], v->from[2]},
                              .b = {v->to[0], v->to[1], v->to[2]},
                              .r = v->radius};

  return fmax(0, elute_shape_distance(&capsule, x));
}

static double depth_of(const EluteReadouts *r, const EluteReadoutSpec *spec, const double x[3]) {
  const EluteMeshSpec *mesh = &r->ops->mesh->spec;
  const EluteNetwork *network = &r->ops->model->network;
  double depth = INFINITY, square = 0;

  if (spec->from == ELUTE_DEPTH_FROM_SURFACE) return fabs(elute_shape_distance(&spec->surface, x));
  for (int d = 0; d < mesh->dimension; d++) square += (x[d] - spec->point[d]) * (x[d] - spec->point[d]);
  if (spec->from == ELUTE_DEPTH_FROM_POINT) return sqrt(square);
  for (int v = 0; v < network->n && spec->from == ELUTE_DEPTH_FROM_VESSELS; v++)
    depth = fmin(depth, vessel_distance(&network->vessel[v], x));
  for (int d = 0; d < mesh->dimension && spec->from == ELUTE_DEPTH_FROM_DOMAIN; d++) {
    const bool centre = d == 0 && mesh->geometry != ELUTE_CARTESIAN && mesh->edges[0][0] == 0;

    if (mesh->periodic[d]) continue;
    depth = fmin(depth, mesh->edges[d][mesh->n[d]] - x[d]);
    if (!centre) depth = fmin(depth, x[d] - mesh->edges[d][0]);
  }
  return depth;
}

static double smallest_width(const EluteMeshSpec *mesh) {
  double width = INFINITY;

  for (int d = 0; d < mesh->dimension; d++)
    for (PetscInt i = 0; i < mesh->n[d]; i++) width = fmin(width, mesh->edges[d][i + 1] - mesh->edges[d][i]);
  return width;
}

static PetscErrorCode find_depths(const EluteReadouts *r, const EluteReadoutSpec *spec, EluteReadoutPlace *p) {
  const PetscInt pitch = r->ops->mesh->view.pitch;

  p->depth = malloc((p->n + 1) * sizeof *p->depth);
  if (!p->depth) return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoint %s", spec->name);
  for (size_t c = 0; c < p->n; c++) {
    double x[3];

    EluteMeshCellCentre(r->ops->mesh, p->cell[c] / pitch, p->cell[c] % pitch, x);
    p->depth[c] = depth_of(r, spec, x);
    p->deepest = fmax(p->deepest, p->depth[c]);
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode fail_at(const EluteReadoutSpec *spec, const char *why) {
  return EluteFail(ELUTE_EXIT_CASE, "%s:%d:%d: error: output.endpoints.%s: %s",
                   spec->node->file ? spec->node->file : "case", spec->node->line, spec->node->column, spec->name, why);
}

/* An earlier endpoint that looks at the same tissues; NULL: none. */
static EluteReadoutPlace *same_place(const EluteReadouts *r, int i) {
  const EluteReadoutSpec *spec = spec_of(r)->readouts;

  if (spec[i].region.has_shape || spec[i].kind == ELUTE_KIND_PENETRATION) return NULL;
  for (int j = 0; j < i; j++)
    if (r->place[j] && !spec[j].region.has_shape && spec[j].kind != ELUTE_KIND_PENETRATION &&
        memcmp(spec[i].region.in_tissue, spec[j].region.in_tissue, sizeof spec[i].region.in_tissue) == 0)
      return r->place[j];
  return NULL;
}

static PetscErrorCode list_cells(const EluteReadouts *r, const EluteReadoutSpec *spec, EluteReadoutPlace *p) {
  const size_t n = n_local(r);

  for (size_t at = 0; at < n; at++) p->n += r->cells[at] > 0;
  p->cell = malloc((p->n + 1) * sizeof *p->cell);
  p->volume = malloc((p->n + 1) * sizeof *p->volume);
  if (!p->cell || !p->volume) return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoint %s", spec->name);
  p->n = 0;
  for (size_t at = 0; at < n; at++) {
    if (!(r->cells[at] > 0)) continue;
    p->cell[p->n] = (PetscInt)at;
    p->volume[p->n++] = r->cells[at];
  }
  return spec->kind == ELUTE_KIND_PENETRATION ? find_depths(r, spec, p) : PETSC_SUCCESS;
}

static PetscErrorCode create_place(EluteReadouts *r, int i) {
  const EluteReadoutSpec *spec = &spec_of(r)->readouts[i];
  EluteReadoutPlace *p;
  double bins;

  if ((r->place[i] = same_place(r, i))) return PETSC_SUCCESS;
  PetscCall(PetscNew(&p));
  r->place[i] = p;
  PetscCall(region_volumes(r, &spec->region, r->cells, &p->total));
  if (!(p->total > 0)) return fail_at(spec, "found a region without volume; expected one with cells of the mesh in it");
  PetscCall(EluteAgree(r->ops->mesh->comm, list_cells(r, spec, p)));
  if (spec->kind != ELUTE_KIND_PENETRATION) return PETSC_SUCCESS;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &p->deepest, 1, MPI_DOUBLE, MPI_MAX, r->ops->mesh->comm));
  p->bin = spec->bin > 0 ? spec->bin : smallest_width(&r->ops->mesh->spec);
  bins = floor(p->deepest / p->bin) + 1;
  if (bins > 1e5) return fail_at(spec, "found more than 100000 layers; expected a wider bin");
  p->n_bins = (int)bins;
  return PETSC_SUCCESS;
}

/* ---- what is kept ---- */

static double *backend_array(const EluteReadouts *r, bool wanted) {
  return wanted ? r->ops->backend->allocate((n_local(r) + 1) * sizeof(double)) : NULL;
}

/* 1/(phi R) of the species that are looked at in the fluid, made anew when the tissue changes. */
static PetscErrorCode set_scales(EluteReadouts *r) {
  const size_t n = n_local(r), pitch = (size_t)r->ops->mesh->view.pitch, mobile = (size_t)r->ops->fields->n_mobile;

  for (size_t k = 0; k < mobile; k++) {
    if (!r->scale[k]) continue;
    for (size_t at = 0; at < n; at++) {
      const size_t row = at / pitch, i = at % pitch;
      const bool cell = i < (size_t)r->ops->mesh->view.n_cells;

      r->cells[at] = cell ? 1 / r->ops->porosity[(row * mobile + k) * pitch + i] : 0;
    }
    ELUTE_BACKEND_CALL(r->ops->fields, r->ops->backend->to_backend(r->scale[k], r->cells, n * sizeof(double)));
  }
  r->n_changes = r->ops->n_changes;
  return PETSC_SUCCESS;
}

static PetscErrorCode create_watch(EluteReadouts *r, const EluteWatchSpec *spec, EluteWatch *w) {
  w->n = spec->sum.n;
  w->threshold = spec->threshold;
  for (int j = 0; j < w->n; j++) {
    const int k = w->species[j] = spec->sum.species[j];

    if (spec->sum.as_tissue) continue;
    if (!r->scale[k]) r->scale[k] = backend_array(r, true);
    w->scale[j] = r->scale[k];
    if (!w->scale[j]) return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoints");
  }
  w->last = backend_array(r, true);
  w->integral = backend_array(r, spec->integral);
  w->peak = backend_array(r, spec->peak);
  w->peak_time = backend_array(r, spec->peak);
  w->above = backend_array(r, spec->above);
  if (!w->last || (spec->integral && !w->integral) || (spec->peak && (!w->peak || !w->peak_time)) ||
      (spec->above && !w->above))
    return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoints");
  return PETSC_SUCCESS;
}

PetscErrorCode EluteReadoutsCreate(EluteOperators *ops, EluteReadouts **readouts) {
  const EluteOutputSpec *spec = &ops->model->output;
  EluteReadouts *r;
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(PetscNew(&r));
  *readouts = r;
  r->ops = ops;
  r->n = spec->n_readouts;
  r->n_watches = spec->n_watches;
  r->evaluated = -1;
  PetscCall(PetscCalloc1((size_t)r->n_watches + 1, &r->watch));
  PetscCall(PetscCalloc3((size_t)r->n + 1, &r->place, (size_t)r->n + 1, &r->result, (size_t)r->n + 1, &r->plasma));
  if (r->n == 0) return PETSC_SUCCESS;
  r->cells = calloc(n_local(r) + 1, sizeof *r->cells);
  r->values = calloc(n_local(r) + 1, sizeof *r->values);
  if (!r->cells || !r->values) ierr = EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoints");
  for (int w = 0; w < r->n_watches && !ierr; w++) ierr = create_watch(r, &spec->watches[w], &r->watch[w]);
  PetscCall(EluteAgree(ops->mesh->comm, ierr));
  for (int i = 0; i < r->n; i++)
    if (spec->readouts[i].kind != ELUTE_KIND_PLASMA_AUC) PetscCall(create_place(r, i));
  return set_scales(r);
}

static PetscErrorCode destroy_place(EluteReadoutPlace **place) {
  free((*place)->cell);
  free((*place)->volume);
  free((*place)->depth);
  return PetscFree(*place);
}

static void clear_watch(const EluteReadouts *r, EluteWatch *w) {
  double *const array[] = {w->last, w->integral, w->peak, w->peak_time, w->above};

  for (int a = 0; a < 5; a++)
    if (array[a]) r->ops->backend->release(array[a]);
}

PetscErrorCode EluteReadoutsDestroy(EluteReadouts **readouts) {
  EluteReadouts *r = *readouts;

  if (!r) return PETSC_SUCCESS;
  for (int w = 0; w < r->n_watches; w++) clear_watch(r, &r->watch[w]);
  for (int k = 0; k < ELUTE_MAX_SPECIES; k++)
    if (r->scale[k]) r->ops->backend->release(r->scale[k]);
  for (int i = r->n - 1; i >= 0; i--) {
    if (r->place[i] && r->place[i] != same_place(r, i)) PetscCall(destroy_place(&r->place[i]));
    free(r->result[i].table);
    free(r->result[i].part);
  }
  free(r->cells);
  free(r->values);
  PetscCall(PetscFree(r->watch));
  PetscCall(PetscFree3(r->place, r->result, r->plasma));
  PetscCall(PetscFree(*readouts));
  return PETSC_SUCCESS;
}

/* Integral of a curve in plasma over a step, by Simpson's rule. */
static PetscErrorCode add_plasma(EluteReadouts *r, const EluteReadoutSpec *spec, double t, double h, double *integral) {
  static const double nowhere[3] = {0, 0, 0}, weight[3] = {1, 4, 1};

  for (int i = 0; i < 3; i++) {
    const EluteWhere where =
        EluteModelWhere(r->ops->model, nowhere, 0, t - h * (2 - i) / 2, r->ops->segment_begin, r->ops->segment_end);
    char why[256];
    double c;

    if (!EluteValueAt(spec->plasma, &where, &c, why, sizeof why)) return fail_at(spec, why);
    *integral += h / 6 * weight[i] * c;
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteReadoutsStep(EluteReadouts *r, double t, double h, Vec u) {
  const double *array;

  r->stepped++;
  r->end = t;
  if (r->n == 0) return PETSC_SUCCESS;
  if (h == 0 && r->n_changes != r->ops->n_changes) PetscCall(set_scales(r));
  for (int i = 0; i < r->n && h > 0; i++)
    if (spec_of(r)->readouts[i].plasma) PetscCall(add_plasma(r, &spec_of(r)->readouts[i], t, h, &r->plasma[i]));
  if (r->n_watches == 0) return PETSC_SUCCESS;
  PetscCall(EluteFieldsGetRead(r->ops->fields, u, &array));
  for (int w = 0; w < r->n_watches; w++)
    ELUTE_BACKEND_CALL(r->ops->fields, r->ops->backend->accumulate(&r->ops->view, array, t, h, &r->watch[w]));
  return EluteFieldsRestoreRead(r->ops->fields, u, &array);
}

/* An array of the backend's, by way of r->cells. */
static PetscErrorCode array_checkpoint(EluteReadouts *r, EluteCheckpoint *checkpoint, const char *name, double *array) {
  const size_t bytes = n_local(r) * sizeof *array;

  if (!EluteCheckpointReads(checkpoint)) ELUTE_BACKEND_CALL(r->ops->fields, r->ops->backend->to_host(r->cells, array, bytes));
  else memset(r->cells, 0, bytes);
  PetscCall(EluteCheckpointCells(checkpoint, name, r->cells, (size_t)r->ops->mesh->view.pitch));
  if (EluteCheckpointReads(checkpoint)) ELUTE_BACKEND_CALL(r->ops->fields, r->ops->backend->to_backend(array, r->cells, bytes));
  return EluteFieldsAgree(r->ops->fields);
}

PetscErrorCode EluteReadoutsCheckpoint(EluteReadouts *r, EluteCheckpoint *checkpoint) {
  PetscCall(EluteCheckpointBlock(checkpoint, "readouts.plasma", r->plasma, (size_t)r->n * sizeof *r->plasma));
  PetscCall(EluteCheckpointBlock(checkpoint, "readouts.end", &r->end, sizeof r->end));
  for (int w = 0; w < r->n_watches; w++) {
    const EluteWatch *watch = &r->watch[w];
    double *const array[] = {watch->last, watch->integral, watch->peak, watch->peak_time, watch->above};

    for (int a = 0; a < 5; a++) {
      char name[48];

      snprintf(name, sizeof name, "readouts.%d.%d", w, a);
      if (array[a]) PetscCall(array_checkpoint(r, checkpoint, name, array[a]));
    }
  }
  if (r->n && EluteCheckpointReads(checkpoint)) PetscCall(set_scales(r));
  return PETSC_SUCCESS;
}

/* The array that is kept for a measure. */
static const double *kept(const EluteWatch *w, EluteMeasure measure) {
  return measure == ELUTE_MEASURE_AUC ? w->integral : measure == ELUTE_MEASURE_PEAK ? w->peak : w->above;
}

PetscErrorCode EluteReadoutsCells(const EluteReadouts *r, int readout, double *cells) {
  const EluteReadoutSpec *spec = &spec_of(r)->readouts[readout];

  ELUTE_BACKEND_CALL(r->ops->fields, r->ops->backend->to_host(cells, kept(&r->watch[spec->watch], spec->measure),
                                                              n_local(r) * sizeof(double)));
  PetscCall(EluteFieldsAgree(r->ops->fields));
  /* a temperature is kept from its reference on */
  for (size_t c = 0; c < n_local(r) && spec->measure == ELUTE_MEASURE_PEAK; c++) cells[c] += spec->sum.reference;
  return PETSC_SUCCESS;
}

const EluteReadoutResult *EluteReadoutsResult(const EluteReadouts *r, int readout) {
  return &r->result[readout];
}
