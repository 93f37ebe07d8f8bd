/* Properties that change at a time in a part of the tissue. The state stays, amounts per volume of tissue: where the
   accessible fraction changes, the concentration in the fluid jumps. */
#include "internal.h"

#include <math.h>

static bool concerns(const EluteChange *change, EluteProperty property, int species) {
  return change->property == property && (species < 0 || change->of_species[species]);
}

bool EluteOpIsChanged(const EluteOperators *ops, EluteProperty property, int species) {
  for (int c = 0; c < ops->n_changes; c++)
    if (concerns(&ops->model->changes[c], property, species)) return true;
  return false;
}

bool EluteOpPressureChanges(const EluteOperators *ops) {
  for (int c = elute_data(ops)->before->n_changes; c < ops->n_changes; c++) switch (ops->model->changes[c].property) {
    case ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY:
    case ELUTE_PROPERTY_VASCULAR_DENSITY:
    case ELUTE_PROPERTY_VESSEL_CONDUCTIVITY:
      return true;
    default:
      break;
    }
  return false;
}

PetscErrorCode EluteOpChanged(const EluteOperators *ops, EluteProperty property, int species, size_t row, size_t i,
                              double *value) {
  PetscFunctionBegin;
  for (int c = 0; c < ops->n_changes; c++) {
    const EluteChange *change = &ops->model->changes[c];
    double x[3], mark = 0;

    if (!concerns(change, property, species) || !change->in_tissue[EluteOpTissue(ops, row, i)]) continue;
    EluteMeshCellCentre(ops->mesh, (PetscInt)row, (PetscInt)i, x);
    if (ops->marks && ops->marks[c])
      mark = ops->marks[c][row * (size_t)ops->mesh->view.pitch + i];
    else if (change->follows)
      continue; /* a later one has taken its place */
    if (mark == -HUGE_VAL) continue;
    if (change->has_shape && !elute_shape_contains(&change->shape, x)) continue;
    if (change->set) {
      EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);

      PetscCall(EluteOpEvaluate(change->set, &where, value));
    } else if (change->follows) {
      *value = mark;
    } else {
      *value *= change->factor;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
