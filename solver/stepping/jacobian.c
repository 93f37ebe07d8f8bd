/* Columns of J by application to sums of unit vectors (Curtis, Powell & Reid, J. Inst. Maths Applics 13:117, 1974):
   cells that no residual sees together share a colour, so that every value of the product belongs to one column. The
   colour along an axis is the index modulo three, since a cell sees one neighbour on each side; what is left over at
   the end of a periodic axis gets colours of its own. */
#include "jacobian.h"

#include <stdlib.h>

enum { COLOURS = 5 }; /* along one axis: three, and at most two left over */

struct EluteJacobian {
  EluteOperators *ops;
  Vec probe, product;
  Vec place, ghost_place; /* the global index of every value, here and in ghost rows (exact: below 2^53) */
};

static PetscErrorCode number_values(EluteJacobian *j) {
  EluteFields *fields = j->ops->fields;
  PetscInt first, last;
  double *place;

  PetscCall(VecGetOwnershipRange(j->place, &first, &last));
  PetscCall(VecGetArray(j->place, &place));
  for (PetscInt i = 0; i < last - first; i++) place[i] = (double)(first + i);
  PetscCall(VecRestoreArray(j->place, &place));
  PetscCall(EluteFieldsExchangeBegin(fields, j->place, j->ghost_place));
  return EluteFieldsExchangeEnd(fields, j->place, j->ghost_place);
}

PetscErrorCode EluteJacobianCreate(EluteOperators *ops, EluteJacobian **out, Mat *matrix) {
  EluteFields *fields = ops->fields;
  PetscInt n = fields->n_local, width = fields->n_species + 6;
  EluteJacobian *j;

  PetscCall(PetscNew(&j));
  *out = j;
  j->ops = ops;
  PetscCall(EluteFieldsCreateVec(fields, &j->probe));
  PetscCall(EluteFieldsCreateVec(fields, &j->product));
  PetscCall(EluteFieldsCreateVec(fields, &j->place));
  PetscCall(EluteFieldsCreateGhost(fields, &j->ghost_place));
  PetscCall(number_values(j));
  PetscCall(MatCreateAIJ(ops->mesh->comm, n, n, PETSC_DETERMINE, PETSC_DETERMINE, width, NULL, width, NULL, matrix));
  return MatSetOption(*matrix, MAT_NEW_NONZERO_ALLOCATION_ERR, PETSC_TRUE);
}

PetscErrorCode EluteJacobianDestroy(EluteJacobian **j) {
  if (!*j) return PETSC_SUCCESS;
  PetscCall(VecDestroy(&(*j)->probe));
  PetscCall(VecDestroy(&(*j)->product));
  PetscCall(VecDestroy(&(*j)->place));
  PetscCall(VecDestroy(&(*j)->ghost_place));
  return PetscFree(*j);
}

static bool is_periodic(const EluteMesh *mesh, int axis) {
  return mesh->spec.periodic[axis];
}

static int colour_of(const EluteMesh *mesh, int axis, PetscInt index) {
  PetscInt whole = mesh->spec.n[axis] / 3 * 3;

  if (!is_periodic(mesh, axis) || index < whole || whole == 0) return (int)(index % 3);
  return 3 + (int)(index - whole);
}

static bool has_colour(const EluteMesh *mesh, const PetscInt index[3], const int colour[3]) {
  for (int a = 0; a < 3; a++)
    if (colour_of(mesh, a, index[a]) != colour[a]) return false;
  return true;
}

/* The neighbour on one side: its indices and where in the matrix its value of species k stands; false: none. */
static bool neighbour(const EluteJacobian *j, PetscInt row, const PetscInt index[3], int k, int side,
                      const double *place, const double *ghost, PetscInt other[3], PetscInt *column) {
  const EluteMesh *mesh = j->ops->mesh;
  const EluteMeshView *m = &mesh->view;
  PetscInt n_species = j->ops->fields->n_species, n_mobile = j->ops->fields->n_mobile, pitch = m->pitch;
  int axis = side / 2;
  PetscInt n = mesh->spec.n[axis];
  int32_t to = (int32_t)row;

  for (int a = 0; a < 3; a++) other[a] = index[a];
  other[axis] += side % 2 ? 1 : -1;
  if (other[axis] < 0 || other[axis] >= n) {
    if (!is_periodic(mesh, axis)) return false;
    other[axis] = (other[axis] + n) % n;
  }
  if (axis > 0) to = m->neighbour[row * 4 + (side - 2)];
  if (to >= 0)
    *column = (PetscInt)place[(to * n_species + k) * pitch + other[0]];
  else
    *column = (PetscInt)ghost[(ELUTE_GHOST_ROW(to) * n_mobile + k) * pitch + other[0]];
  return true;
}

typedef struct Probe {
  int colour[3], species;
  const double *place, *ghost, *product;
  double shift;
} Probe;

/* What the product says of one cell: the columns of its own species, or of one neighbour. */
static PetscErrorCode take_cell(EluteJacobian *j, const Probe *q, PetscInt row, const PetscInt index[3], Mat matrix) {
  PetscInt n_species = j->ops->fields->n_species, pitch = j->ops->mesh->view.pitch, i = index[0];
  PetscInt base = row * n_species * pitch + i, at = base + q->species * pitch;

  if (has_colour(j->ops->mesh, index, q->colour)) {
    for (int k = 0; k < n_species; k++) {
      PetscInt line = (PetscInt)q->place[base + k * pitch], column = (PetscInt)q->place[at];

      PetscCall(MatSetValue(matrix, line, column, (k == q->species ? q->shift : 0) - q->product[base + k * pitch],
                            INSERT_VALUES));
    }
    return PETSC_SUCCESS;
  }
  for (int side = 0; side < 6 && q->species < j->ops->fields->n_mobile; side++) {
    PetscInt other[3], column;

    if (!neighbour(j, row, index, q->species, side, q->place, q->ghost, other, &column)) continue;
    if (!has_colour(j->ops->mesh, other, q->colour)) continue;
    PetscCall(MatSetValue(matrix, (PetscInt)q->place[at], column, -q->product[at], INSERT_VALUES));
  }
  return PETSC_SUCCESS;
}

/* Applies fill or take to every cell of this rank; fill sets the probe where the colour is right. */
static PetscErrorCode for_cells(EluteJacobian *j, const Probe *q, double *probe, Mat matrix) {
  const EluteMeshView *m = &j->ops->mesh->view;

  for (PetscInt row = 0; row < m->n_rows; row++) {
    PetscInt index[3];

    EluteMeshRowIndex(j->ops->mesh, row, &index[1], &index[2]);
    for (index[0] = 0; index[0] < m->n_cells; index[0]++) {
      if (probe)
        probe[(row * j->ops->fields->n_species + q->species) * m->pitch + index[0]] =
            has_colour(j->ops->mesh, index, q->colour);
      else
        PetscCall(take_cell(j, q, row, index, matrix));
    }
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode probe_once(EluteJacobian *j, Probe *q, Vec u, double *ledger, Mat matrix) {
  double *probe;

  PetscCall(VecSet(j->probe, 0));
  PetscCall(VecGetArray(j->probe, &probe));
  PetscCall(for_cells(j, q, probe, matrix));
  PetscCall(VecRestoreArray(j->probe, &probe));
  /* A limited flux looks two cells away, and cross fluxes at diagonal neighbours; the matrix has the rest. */
  EluteOperatorsWholeFlux(j->ops, false);
  PetscCall(EluteOperatorsJacobianApply(j->ops, u, j->probe, NULL, j->product, ledger));
  EluteOperatorsWholeFlux(j->ops, true);
  PetscCall(VecGetArrayRead(j->product, &q->product));
  PetscCall(VecGetArrayRead(j->place, &q->place));
  PetscCall(VecGetArrayRead(j->ghost_place, &q->ghost));
  PetscCall(for_cells(j, q, NULL, matrix));
  PetscCall(VecRestoreArrayRead(j->ghost_place, &q->ghost));
  PetscCall(VecRestoreArrayRead(j->place, &q->place));
  return VecRestoreArrayRead(j->product, &q->product);
}

/* Padding is no unknown: its line is the identity's, times the shift. */
static PetscErrorCode set_padding(EluteJacobian *j, double shift, Mat matrix) {
  const EluteMeshView *m = &j->ops->mesh->view;
  PetscInt first, last;

  PetscCall(VecGetOwnershipRange(j->place, &first, &last));
  for (PetscInt i = 0; i < last - first; i++)
    if (i % m->pitch >= m->n_cells) PetscCall(MatSetValue(matrix, first + i, first + i, shift, INSERT_VALUES));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteJacobianAssemble(EluteJacobian *j, Vec u, double shift, double *ledger, Mat matrix) {
  const EluteMesh *mesh = j->ops->mesh;

  for (int c = 0; c < COLOURS * COLOURS * COLOURS; c++) {
    Probe q = {.colour = {c % COLOURS, c / COLOURS % COLOURS, c / (COLOURS * COLOURS)}, .shift = shift};
    bool used = true;

    for (int a = 0; a < 3; a++) /* colours that no cell of the mesh has */
      used = used &&
             (q.colour[a] < 3 ? q.colour[a] < mesh->spec.n[a]
                              : is_periodic(mesh, a) && mesh->spec.n[a] > 3 && q.colour[a] - 3 < mesh->spec.n[a] % 3);
    for (q.species = 0; used && q.species < j->ops->fields->n_species; q.species++)
      PetscCall(probe_once(j, &q, u, ledger, matrix));
  }
  PetscCall(set_padding(j, shift, matrix));
  PetscCall(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
  return MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY);
}
