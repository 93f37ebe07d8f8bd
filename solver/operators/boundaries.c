/* Edge faces: which condition holds, its conductance, what it adds to the list of open faces, and the scalars in time
   that these refer to.

   In activity terms (a = C/(phi R Lambda) in the cell, b the boundary value, A the face, d the distance to it):
     value     inflow = A phi D Lambda/d (b - a)
     transfer  flux density h (b - a_face), a_face the activity at the face, in series with the half cell:
               inflow = A/(d/(phi D Lambda) + 1/h) (b - a)
     flux      inflow = A b, whatever the cell holds
     no_flux, outflow (diffusion leaves only with the fluid): nothing passes.
   Where fluid passes it takes along what the cell has (out) or brings b in full (in; nothing where no b is given),
   beside any of these. */
#include "flow_internal.h"

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

/* The scalar that is always 1. */
static PetscErrorCode scalar_one(EluteOperators *ops, int *scalar) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  if (d->one < 0) {
    PetscCall(EluteOpGrow(&d->scalar, &d->n_scalars, sizeof *d->scalar));
    d->one = d->n_scalars - 1;
    d->scalar[d->one] = (EluteScalar){.rate_of = -1};
  }
  *scalar = d->one;
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
    PetscCall(scalar_one(ops, scalar));
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

/* Entries for what fluid carries out where a species has no condition, named after the side. */
static PetscErrorCode build_sides(EluteOperators *ops) {
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  d->side_channel = malloc(((size_t)model->n_mobile * 6 + 1) * sizeof *d->side_channel);
  if (!d->side_channel) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  for (int k = 0; k < model->n_mobile; k++)
    for (int side = 0; side < 6; side++) {
      bool covered = false;
      char name[8];
      int entry;

      d->side_channel[6 * k + side] = -1;
      if (!EluteOpFlowOpensSide(ops, side) || elute_is_heat(ops, k)) continue;
      for (int b = 0; b < model->n_boundaries; b++)
        covered |= model->boundaries[b].species == k && (model->boundaries[b].sides & (1U << side)) &&
                   !model->boundaries[b].has_shape;
      if (covered) continue;
      EluteModelSideName(model, side, name);
      PetscCall(EluteOpEntry(ops, k, name, &entry));
      if (ops->entries[entry].channel < 0) PetscCall(EluteOpTerm(ops, entry, ops->view.n_ledger++, 1));
      d->side_channel[6 * k + side] = ops->entries[entry].channel;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
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
    if (!(passes(spec) || model->flow.model) || spec->species >= model->n_mobile) continue;
    PetscCall(EluteOpEntry(ops, spec->species, spec->name, &entry));
    if (ops->entries[entry].channel < 0) PetscCall(EluteOpTerm(ops, entry, ops->view.n_ledger++, 1));
    d->patch_channel[b] = ops->entries[entry].channel;
    if (!passes(spec)) continue;
    /* Made on every rank, so that a value that fails in time fails everywhere alike. */
    if (!EluteValueVariesInPlace(spec->value) && !EluteValueVariesByTissue(spec->value))
      PetscCall(EluteOpScalar(ops, spec->value, &where, &scalar, &factor));
  }
  if (model->flow.model) PetscCall(build_sides(ops));
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

const EluteBoundarySpec *EluteOpEdgeCondition(const EluteOperators *ops, int species, int side, const double x[3]) {
  int b = condition(ops, species, side, x);

  return b < 0 ? NULL : &ops->model->boundaries[b];
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

/* Where nothing but fluid passes: what leaves has the cell's concentration, what enters brings nothing. */
static PetscErrorCode add_bare_face(EluteOperators *ops, EluteOpenFace face) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  PetscCall(scalar_one(ops, &face.value));
  PetscCall(EluteOpGrow(&d->faces, &d->n_faces, sizeof *d->faces));
  d->faces[d->n_faces - 1] = face;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpEdgeFace(EluteOperators *ops, size_t row, size_t i, int side, int species, double distance,
                               double *conductance) {
  EluteOperatorsData *d = elute_data(ops);
  const EluteBoundarySpec *spec;
  int tissue = EluteOpTissue(ops, row, i), b;
  double area, unused, x[3], factor;
  EluteOpenFace face = {
      .row = (int32_t)row, .cell = (int32_t)i, .species = species, .axis = side / 2, .upper = side % 2, .face = -1};
  EluteWhere where;

  PetscFunctionBegin;
  *conductance = 0;
  EluteMeshFace(ops->mesh, (PetscInt)row, (PetscInt)i, side, &area, &unused, x);
  if (area <= 0 || elute_held(d, species, tissue)) PetscFunctionReturn(PETSC_SUCCESS);
  b = condition(ops, species, side, x);
  face.through = EluteOpFlowThrough(ops, species, row, i, side);
  face.channel = b >= 0 ? d->patch_channel[b] : d->side_channel ? d->side_channel[6 * species + side] : -1;
  if (b < 0 || !passes(&ops->model->boundaries[b]))
    PetscFunctionReturn(face.through ? add_bare_face(ops, face) : PETSC_SUCCESS);
  spec = &ops->model->boundaries[b];
  where = EluteModelWhere(ops->model, x, tissue, ops->time, ops->segment_begin, ops->segment_end);
  PetscCall(edge_conductance(spec, &where, area, distance / EluteOpPermeabilityAlong(ops, species, row, i, side / 2), conductance));
  if (spec->kind != ELUTE_BOUNDARY_FLUX && *conductance <= 0 && !face.through) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteOpScalar(ops, spec->value, &where, &face.value, &factor));
  if (spec->kind == ELUTE_BOUNDARY_FLUX) {
    face.weight = area * factor;
  } else {
    face.scale = factor * (spec->as_tissue ? EluteOpInverseCapacity(ops, species, row, i) : 1);
    if (*conductance > 0) face.face = (int64_t)EluteOpFaceIndex(ops, species, row, i, side);
  }
  PetscCall(EluteOpGrow(&d->faces, &d->n_faces, sizeof *d->faces));
  d->faces[d->n_faces - 1] = face;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The inlet behind the edge on one side of a cell of any row (n_rows + g: a ghost row), if there is one. */
static PetscErrorCode add_inlet(EluteOperators *ops, size_t row, size_t i, int side, int species) {
  EluteOperatorsData *d = elute_data(ops);
  const EluteMesh *mesh = ops->mesh;
  const int axis = side / 2, upper = side & 1;
  PetscInt index[3] = {(PetscInt)i, 0, 0}, n = mesh->spec.n[axis];
  EluteInlet inlet = {.species = species, .axis = axis, .upper = upper};
  double area, distance, x[3], next[2] = {0, 0}, factor;
  size_t rows[2] = {row, row}, owned;
  EluteWhere where;
  int b;

  PetscFunctionBegin;
  EluteMeshRowIndex(mesh, (PetscInt)row, &index[1], &index[2]);
  if (n < 2 || index[axis] != (upper ? n - 1 : 0)) PetscFunctionReturn(PETSC_SUCCESS);
  index[axis] += upper ? -1 : 1;
  if (axis > 0) {
    PetscInt own = EluteMeshOwnedRow(mesh, index[1], index[2]);

    if (row >= (size_t)mesh->view.n_rows && own < 0) PetscFunctionReturn(PETSC_SUCCESS);
    if (own >= 0)
      rows[1] = (size_t)own;
    else if (!EluteOpNeighbour(ops, row, i, side ^ 1, &rows[1], &owned))
      PetscFunctionReturn(PETSC_SUCCESS);
  } else if (row >= (size_t)mesh->view.n_rows) {
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  EluteMeshFace(mesh, (PetscInt)row, (PetscInt)i, side, &area, &distance, x);
  b = condition(ops, species, side, x);
  if (area <= 0 || b < 0 || ops->model->boundaries[b].kind != ELUTE_BOUNDARY_VALUE) PetscFunctionReturn(PETSC_SUCCESS);
  for (int c = 0; c < 2; c++) {
    inlet.row[c] =
        rows[c] < (size_t)mesh->view.n_rows ? (int32_t)rows[c] : ELUTE_GHOST_ROW((int32_t)rows[c] - mesh->view.n_rows);
    inlet.cell[c] = c && axis == 0 ? (int32_t)index[0] : (int32_t)i;
    if (elute_held(d, species, EluteOpTissue(ops, rows[c], (size_t)inlet.cell[c]))) PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int c = 0; c < 2; c++)
    next[c] = EluteOpHalfWidth(mesh, axis, c ? index[axis] : (upper ? n - 1 : 0), c ? upper : !upper);
  inlet.back = next[0] / distance;
  inlet.ahead = next[0] / (next[0] + next[1]);
  owned = rows[0] < (size_t)mesh->view.n_rows;
  inlet.flux =
      (int64_t)EluteOpFlowFace(ops, rows[owned ? 0 : 1], (size_t)inlet.cell[owned ? 0 : 1], owned ? side ^ 1 : side);
  where = EluteModelWhere(ops->model, x, EluteOpTissue(ops, row, i), ops->time, ops->segment_begin, ops->segment_end);
  PetscCall(EluteOpScalar(ops, ops->model->boundaries[b].value, &where, &inlet.value, &factor));
  inlet.scale = factor * (ops->model->boundaries[b].as_tissue ? EluteOpInverseCapacity(ops, species, row, i) : 1);
  PetscCall(EluteOpGrow(&d->inlets, &d->n_inlets, sizeof *d->inlets));
  d->inlets[d->n_inlets - 1] = inlet;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpBuildInlets(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;

  PetscFunctionBegin;
  if (!ops->model->flow.model || !ops->model->flow.limited) PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t row = 0; row < (size_t)m->n_rows + (size_t)m->n_ghost_rows; row++)
    for (int k = 0; k < ops->model->n_mobile; k++)
      for (size_t i = 0; i < (size_t)m->n_cells && !elute_is_heat(ops, k); i++)
        for (int side = 0; side < 2 * ops->model->mesh.dimension; side++)
          if (!ops->model->mesh.periodic[side / 2]) PetscCall(add_inlet(ops, row, i, side, k));
  PetscFunctionReturn(PETSC_SUCCESS);
}
