/* Tissues kept at a value: the list of held cells and the ledger of what passes between them and their free neighbours.

   The held cells belong to the tissue's total, so the entry "species.tissue" counts two things: what flows between held
   and free cells (ledger_only faces), and the growth of the held cells themselves where their value varies in time. The
   growth, V capacity db/dt, is a face without conductance whose scalar is the rate of the held value. Taken as a number
   without a rate of its own it runs through the stages exactly as the held cells do, and the ledger closes to rounding.
 */
#include "internal.h"

#include <stdlib.h>

PetscErrorCode EluteOpBuildHolds(EluteOperators *ops) {
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = elute_data(ops);
  size_t n = (size_t)model->n_species * ELUTE_MAX_TISSUES;

  PetscFunctionBegin;
  if (!model->n_holds) PetscFunctionReturn(PETSC_SUCCESS);
  d->is_held = calloc(n, 1);
  d->hold_of = malloc(n * sizeof(int)), d->hold_entry = malloc(n * sizeof(int)),
  d->hold_channel = malloc(n * sizeof(int));
  if (!d->is_held || !d->hold_of || !d->hold_entry || !d->hold_channel)
    PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  for (size_t s = 0; s < n; s++) d->hold_of[s] = d->hold_entry[s] = d->hold_channel[s] = -1;
  for (int h = 0; h < model->n_holds; h++) { /* later ones win */
    const EluteHoldSpec *hold = &model->holds[h];
    int slot = hold->species * ELUTE_MAX_TISSUES + hold->tissue;

    d->is_held[slot] = 1;
    d->hold_of[slot] = h;
    if (d->hold_entry[slot] >= 0) continue;
    PetscCall(EluteOpEntry(ops, hold->species, model->tissues[hold->tissue].name, &d->hold_entry[slot]));
    d->hold_channel[slot] = ops->view.n_ledger++;
    PetscCall(EluteOpTerm(ops, d->hold_entry[slot], d->hold_channel[slot], 1));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Scalar and capacity that give a held cell's C = capacity * scalar. row may be a ghost row. */
static PetscErrorCode held_value(EluteOperators *ops, int species, size_t row, size_t i, int *scalar,
                                 double *capacity) {
  EluteOperatorsData *d = elute_data(ops);
  EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);
  const EluteValue *value = ops->model->holds[d->hold_of[species * ELUTE_MAX_TISSUES + where.tissue]].value;

  PetscFunctionBegin;
  PetscCall(EluteOpScalar(ops, value, &where, scalar, capacity));
  *capacity *= EluteOpPorosity(ops, species, row, i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* growth[s]: the face that books the growth of cells held at scalar s, -1: none yet. */
static PetscErrorCode add_growth(EluteOperators *ops, const EluteHeldCell *cell, int tissue, int *n, int **growth) {
  EluteOperatorsData *d = elute_data(ops);
  int rate, channel = d->hold_channel[cell->species * ELUTE_MAX_TISSUES + tissue];

  PetscFunctionBegin;
  while (*n < d->n_scalars) {
    PetscCall(EluteOpGrow(growth, n, sizeof **growth));
    (*growth)[*n - 1] = -1;
  }
  if ((*growth)[cell->value] < 0) {
    PetscCall(EluteOpGrow(&d->scalar, &d->n_scalars, sizeof *d->scalar));
    rate = d->n_scalars - 1;
    d->scalar[rate] = (EluteScalar){.rate_of = cell->value};
    PetscCall(EluteOpGrow(&d->faces, &d->n_faces, sizeof *d->faces));
    d->faces[d->n_faces - 1] = (EluteOpenFace){.row = cell->row,
                                               .cell = cell->cell,
                                               .species = cell->species,
                                               .axis = 0,
                                               .face = -1,
                                               .value = rate,
                                               .channel = channel,
                                               .ledger_only = 1};
    (*growth)[cell->value] = d->n_faces - 1;
  }
  d->faces[(*growth)[cell->value]].weight += EluteMeshCellVolume(ops->mesh, cell->row, cell->cell) * cell->capacity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_held(EluteOperators *ops, int species, size_t row, size_t i, int *n, int **growth) {
  EluteOperatorsData *d = elute_data(ops);
  int tissue = EluteOpTissue(ops, row, i);
  EluteHeldCell *cell;

  PetscFunctionBegin;
  PetscCall(EluteOpGrow(&d->held, &d->n_held, sizeof *d->held));
  cell = &d->held[d->n_held - 1];
  cell->row = (int32_t)row, cell->cell = (int32_t)i, cell->species = species;
  PetscCall(held_value(ops, species, row, i, &cell->value, &cell->capacity));
  if (d->scalar[cell->value].value && EluteValueVariesInTime(d->scalar[cell->value].value))
    PetscCall(add_growth(ops, cell, tissue, n, growth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Faces between a free owned cell and its held neighbours. */
static PetscErrorCode add_beside(EluteOperators *ops, int species, size_t row, size_t i) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  for (int side = 0; side < 6; side++) {
    size_t row2, i2;
    int tissue, scalar;
    double capacity;

    if (!EluteOpNeighbour(ops, row, i, side, &row2, &i2)) continue;
    tissue = EluteOpTissue(ops, row2, i2);
    if (!elute_held(d, species, tissue)) continue;
    PetscCall(held_value(ops, species, row2, i2, &scalar, &capacity));
    PetscCall(EluteOpGrow(&d->faces, &d->n_faces, sizeof *d->faces));
    d->faces[d->n_faces - 1] = (EluteOpenFace){
        .row = (int32_t)row,
        .cell = (int32_t)i,
        .species = species,
        .axis = side / 2,
        .upper = side % 2,
        .value = scalar,
        .ledger_only = 1,
        .through = EluteOpFlowThrough(ops, species, row, i, side),
        .held_row = row2 < (size_t)ops->mesh->view.n_rows ? (int32_t)row2
                                                          : ELUTE_GHOST_ROW((int32_t)row2 - ops->mesh->view.n_rows),
        .held_cell = (int32_t)i2,
        .face = (int64_t)EluteOpFaceIndex(ops, species, row, i, side),
        .channel = d->hold_channel[species * ELUTE_MAX_TISSUES + tissue],
        .scale = EluteOpInverseCapacity(ops, species, row2, i2) * capacity};
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpBuildHeldCells(EluteOperators *ops) {
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = elute_data(ops);
  const EluteMeshView *m = &ops->mesh->view;
  int n = 0, *growth = NULL;

  PetscFunctionBegin;
  if (!d->is_held) PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (int k = 0; k < model->n_species; k++)
      for (size_t i = 0; i < (size_t)m->n_cells; i++) {
        if (elute_held(d, k, EluteOpTissue(ops, row, i)))
          PetscCall(add_held(ops, k, row, i, &n, &growth));
        else if (k < model->n_mobile)
          PetscCall(add_beside(ops, k, row, i));
      }
  free(growth);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In the host copy of a state; the amount that it gained per hold entry, mol, in gained[n_entries] (NULL: not wanted).
 */
static PetscErrorCode set_held(EluteOperators *ops, Vec u, double *gained) {
  EluteOperatorsData *d = elute_data(ops);
  size_t pitch = (size_t)ops->mesh->view.pitch, n = (size_t)ops->view.n_species;
  double *host, *array;
  EluteSum *sums;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(ops->fields->n_local + 1, &host));
  PetscCall(PetscCalloc1(ops->n_entries + 1, &sums));
  PetscCall(EluteFieldsGet(ops->fields, u, &array));
  ELUTE_OP_CALL(ops, ops->backend->to_host(host, array, (size_t)ops->fields->n_local * sizeof *host));
  for (int h = 0; h < d->n_held; h++) {
    const EluteHeldCell *c = &d->held[h];
    int tissue = EluteOpTissue(ops, (size_t)c->row, (size_t)c->cell);
    double *value = &host[((size_t)c->row * n + (size_t)c->species) * pitch + (size_t)c->cell];
    double target = c->capacity * d->scalars[c->value], volume = EluteMeshCellVolume(ops->mesh, c->row, c->cell);

    elute_add(&sums[d->hold_entry[c->species * ELUTE_MAX_TISSUES + tissue]], volume * (target - *value));
    *value = target;
  }
  ELUTE_OP_CALL(ops, ops->backend->to_backend(array, host, (size_t)ops->fields->n_local * sizeof *host));
  PetscCall(EluteFieldsRestore(ops->fields, u, &array));
  for (int e = 0; gained && e < ops->n_entries; e++) gained[e] = elute_total(sums[e]);
  PetscCall(PetscFree(host));
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsSetHeld(EluteOperators *ops, Vec u) {
  double *gained;

  PetscFunctionBegin;
  if (!elute_data(ops)->n_held_global) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscCalloc1(ops->n_entries + 1, &gained));
  PetscCall(EluteAgree(ops->mesh->comm, set_held(ops, u, gained)));
  PetscCall(EluteOpSumRanks(ops->mesh->comm, ops->n_entries, gained));
  for (int e = 0; e < ops->n_entries; e++) ops->entries[e].booked -= gained[e];
  PetscCall(PetscFree(gained));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpInitialHeld(EluteOperators *ops, Vec u) {
  if (!elute_data(ops)->n_held) return PETSC_SUCCESS;
  return set_held(ops, u, NULL);
}
