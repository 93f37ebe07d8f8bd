/* Edge faces: which condition holds, its conductance, what it adds to the list of open faces, and the scalars in time
   that these refer to.

   In activity terms (a = C/(phi R Lambda) in the cell, b the boundary value, A the face, d the distance to it):
     value     inflow = A phi D Lambda/d (b - a)
     transfer  flux density h (b - a_face), a_face the activity at the face, in series with the half cell:
               inflow = A/(d/(phi D Lambda) + 1/h) (b - a)
     flux      inflow = A b, whatever the cell holds
     no_flux, outflow (diffusion leaves only with the fluid): nothing passes. */
#include "internal.h"

/* Scalars that several places share are few: one per value, or per value and tissue. */
static PetscErrorCode shared_scalar(EluteOperators *ops, const EluteValue *value, const EluteWhere *where,
                                    int *scalar) {
  EluteOperatorsData *d = elute_data(ops);
  int tissue = EluteValueVariesByTissue(value) ? where->tissue : -1;

  PetscFunctionBegin;
  for (int s = 0; s < d->n_shared; s++) {
    const EluteScalar *other = &d->scalar[d->shared[s]];

    *scalar = d->shared[s];
    if (other->value == value && (tissue < 0 || other->where.tissue == tissue)) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EluteOpGrow(&d->shared, &d->n_shared, sizeof *d->shared));
  PetscCall(EluteOpGrow(&d->scalar, &d->n_scalars, sizeof *d->scalar));
  *scalar = d->shared[d->n_shared - 1] = d->n_scalars - 1;
  d->scalar[*scalar] = (EluteScalar){.value = value, .rate_of = -1, .where = *where};
  /* A tissue may lie on some ranks only, and its value may be what fails. */
  if (tissue >= 0 && EluteValueVariesInTime(value)) d->agree = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpScalar(EluteOperators *ops, const EluteValue *value, const EluteWhere *where, int *scalar,
                             double *factor) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  *factor = 1;
  if (!EluteValueVariesInPlace(value)) {
    PetscCall(shared_scalar(ops, value, where, scalar));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (!EluteValueVariesInTime(value)) { /* the place goes into the factor */
    if (d->one < 0) {
      PetscCall(EluteOpGrow(&d->scalar, &d->n_scalars, sizeof *d->scalar));
      d->one = d->n_scalars - 1;
      d->scalar[d->one] = (EluteScalar){.rate_of = -1};
    }
    *scalar = d->one;
    PetscCall(EluteOpEvaluate(value, where, factor));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EluteOpGrow(&d->scalar, &d->n_scalars, sizeof *d->scalar));
  *scalar = d->n_scalars - 1;
  d->scalar[*scalar] = (EluteScalar){.value = value, .rate_of = -1, .where = *where};
  ops->slow_values = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool passes(const EluteBoundarySpec *b) {
  return b->kind == ELUTE_BOUNDARY_VALUE || b->kind == ELUTE_BOUNDARY_TRANSFER || b->kind == ELUTE_BOUNDARY_FLUX;
}

PetscErrorCode EluteOpBuildBoundaries(EluteOperators *ops) {
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = elute_data(ops);
  const double origin[3] = {0, 0, 0};
  EluteWhere where = EluteModelWhere(model, origin, 0, ops->time, ops->segment_begin, ops->segment_end);

  PetscFunctionBegin;
  for (int b = 0, n = 0; b < model->n_boundaries; b++) {
    const EluteBoundarySpec *spec = &model->boundaries[b];
    int entry, scalar;
    double factor;

    PetscCall(EluteOpGrow(&d->patch_channel, &n, sizeof *d->patch_channel));
    d->patch_channel[b] = -1;
    if (!passes(spec) || spec->species >= model->n_mobile) continue;
    PetscCall(EluteOpEntry(ops, spec->species, spec->name, &entry));
    if (ops->entries[entry].channel < 0) PetscCall(EluteOpTerm(ops, entry, ops->view.n_ledger++, 1));
    d->patch_channel[b] = ops->entries[entry].channel;
    /* Made on every rank, so that a value that fails in time fails everywhere alike. */
    if (!EluteValueVariesInPlace(spec->value) && !EluteValueVariesByTissue(spec->value))
      PetscCall(EluteOpScalar(ops, spec->value, &where, &scalar, &factor));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last condition named for this species and face; -1: none. */
static int condition(const EluteOperators *ops, int species, int side, const double x[3]) {
  const EluteModel *model = ops->model;

  if (side >= 2 * model->mesh.dimension) return -1;
  for (int b = model->n_boundaries - 1; b >= 0; b--) {
    const EluteBoundarySpec *spec = &model->boundaries[b];

    if (spec->species == species && (spec->sides & (1U << side)) &&
        (!spec->has_shape || elute_shape_contains(&spec->shape, x)))
      return b;
  }
  return -1;
}

static PetscErrorCode edge_conductance(const EluteBoundarySpec *spec, const EluteWhere *where, double area,
                                       double half_cell, double *conductance) {
  double h;

  PetscFunctionBegin;
  *conductance = 0;
  if (spec->kind == ELUTE_BOUNDARY_VALUE) *conductance = area / half_cell;
  if (spec->kind == ELUTE_BOUNDARY_TRANSFER) {
    PetscCall(EluteOpEvaluate(spec->coefficient, where, &h));
    if (h < 0)
      PetscFunctionReturn(EluteFail(ELUTE_EXIT_CASE,
                                    "boundaries.%s: the transfer coefficient is %g m/s at (%g, %g, %g) m", spec->name,
                                    h, where->x[0], where->x[1], where->x[2]));
    *conductance = area / (half_cell + 1 / h);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpEdgeFace(EluteOperators *ops, size_t row, size_t i, int side, int species, double distance,
                               double *conductance) {
  EluteOperatorsData *d = elute_data(ops);
  const EluteBoundarySpec *spec;
  int tissue = EluteOpTissue(ops, row, i), scalar, b;
  double area, unused, x[3], factor;
  EluteOpenFace *face;
  EluteWhere where;

  PetscFunctionBegin;
  *conductance = 0;
  EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &unused, x);
  b = condition(ops, species, side, x);
  if (b < 0 || area <= 0 || elute_held(d, species, tissue)) PetscFunctionReturn(PETSC_SUCCESS);
  spec = &ops->model->boundaries[b];
  if (!passes(spec)) PetscFunctionReturn(PETSC_SUCCESS);
  where = EluteModelWhere(ops->model, x, tissue, ops->time, ops->segment_begin, ops->segment_end);
  PetscCall(edge_conductance(spec, &where, area, distance / EluteOpPermeability(ops, species, row, i), conductance));
  if (spec->kind != ELUTE_BOUNDARY_FLUX && *conductance <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteOpScalar(ops, spec->value, &where, &scalar, &factor));
  PetscCall(EluteOpGrow(&d->faces, &d->n_faces, sizeof *d->faces));
  face = &d->faces[d->n_faces - 1];
  *face = (EluteOpenFace){.row = (int32_t)row,
                          .cell = (int32_t)i,
                          .species = species,
                          .axis = side / 2,
                          .upper = side % 2,
                          .value = scalar,
                          .face = -1,
                          .channel = d->patch_channel[b]};
  if (spec->kind == ELUTE_BOUNDARY_FLUX) {
    face->weight = area * factor;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  face->face = (int64_t)EluteOpFaceIndex(ops, species, row, i, side);
  face->scale = factor * (spec->as_tissue ? EluteOpInverseCapacity(ops, species, row, i) : 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}
