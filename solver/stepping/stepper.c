#include "internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static PetscErrorCode create_arrays(EluteStepper *s) {
  size_t n_ledger = (size_t)s->ops->view.n_ledger, n_scalars = (size_t)s->ops->view.n_scalars;

  for (int i = 0; i < s->tableau.stages; i++) {
    PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->stage[i]));
    s->ledger_stage[i] = EluteBackendArray(s, n_ledger);
    s->scalar_stage[i] = EluteBackendArray(s, n_scalars);
    PetscCheck(s->ledger_stage[i] && s->scalar_stage[i], PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the stepper");
  }
  PetscCall(EluteFieldsCreateVec(s->ops->fields, &s->work));
  for (int e = 0; e < 2; e++) s->scalars[e] = EluteBackendArray(s, 2 * n_scalars);
  s->ledger_drift = EluteBackendArray(s, n_ledger);
  s->ledger = EluteBackendArray(s, n_ledger);
  s->ledger_rates = EluteBackendArray(s, n_ledger);
  s->ledger_rhs = EluteBackendArray(s, n_ledger);
  PetscCheck(s->ledger && s->ledger_rates && s->ledger_rhs && s->ledger_drift && s->scalars[0] && s->scalars[1],
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the stepper");
  return PETSC_SUCCESS;
}

/* Volume of all cells of a part, summed in the order of ranks. */
static PetscErrorCode measure_volume(EluteStepper *s) {
  const EluteMeshView *mesh = &elute_part(s->ops, 0)->mesh->view;
  double sum = 0;

  for (int32_t row = 0; row < mesh->n_rows; row++) {
    for (int32_t i = 0; i < mesh->n_cells; i++) sum += mesh->volume_x[i] * mesh->volume_row[row];
  }
  PetscCallMPI(MPI_Allreduce(&sum, &s->volume, 1, MPI_DOUBLE, MPI_SUM, s->ops->mesh->comm));
  return PETSC_SUCCESS;
}

/* ros2 is the cheaper one down to about 1e-3 (numerics 2), but its estimate does not see the error where a load leaves
   at a constant rate, though its rate constant grows: zero order was off by 6 times the accuracy. */
static const EluteRosenbrock *method_of(const EluteModel *model, const EluteTimeSpec *time) {
  bool fine = time->accuracy < 0.999e-3;

  if (time->method != ELUTE_METHOD_AUTO) return EluteRosenbrockOf(time->method);
  for (int r = 0; r < model->n_reactions; r++) fine = fine || EluteValueFollowsStep(model->reactions[r].rate);
  return EluteRosenbrockOf(fine ? ELUTE_METHOD_RA34PW2 : ELUTE_METHOD_ROS2);
}

int EluteStepperVectors(const EluteModel *model, EluteStepperKind kind) {
  const EluteTimeSpec *time = &model->time;
  bool data_vary = false, keeps_rhs = time->always_gmres || (time->fixed_step <= 0 && time->defect_limit > 0);

  for (int r = 0; r < model->n_reactions; r++) {
    const EluteReactionSpec *reaction = &model->reactions[r];

    data_vary |= EluteValueVariesInTime(reaction->rate);
    for (int f = 0; f < reaction->n_factors; f++)
      data_vary |= reaction->factor[f].constant && EluteValueVariesInTime(reaction->factor[f].constant);
  }
  if (kind != ELUTE_STEPPER_OWN) return method_of(model, time)->stages + 1 + 5; /* petsc_ts.c's own */
  return method_of(model, time)->stages + 1 + keeps_rhs + data_vary;
}

/* What is kept of every part. */
static PetscErrorCode create_parts(EluteStepper *s) {
  s->n_parts = elute_n_parts(s->ops);
  PetscCall(
      PetscCalloc4(s->n_parts, &s->scale, s->n_parts, &s->atol, s->n_parts, &s->minimum, s->n_parts, &s->measure));
  PetscCall(PetscCalloc2(s->n_parts, &s->norm[0], s->n_parts, &s->norm[1]));
  for (int k = 0; k < ELUTE_MAX_SPECIES; k++) {
    for (int p = 0; p < s->n_parts; p++) EluteSetScale(s, p, k, 0);
    s->statistics.minimum[k] = INFINITY;
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteStepperCreate(EluteOperators *ops, const EluteTimeSpec *time, EluteStepperKind kind,
                                  EluteStepper **out) {
  EluteStepper *s;

  PetscCall(PetscNew(&s));
  *out = s;
  s->ops = ops;
  s->time = *time;
  s->kind = kind;
  s->steady_step = -1;
  EluteTableauTransform(method_of(ops->model, time), &s->tableau);
  s->statistics.courant_limit = s->tableau.courant;
  s->statistics.crossing_limit = s->tableau.crossing;
  s->statistics.correlation_limit = s->tableau.correlation;
  PetscCall(create_parts(s));
  PetscCall(create_arrays(s));
  s->data_vary = ops->coefficients_vary;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->data_vary, 1, MPI_C_BOOL, MPI_LOR, ops->mesh->comm));
  PetscCall(measure_volume(s));
  PetscCall(EluteLinesCreate(ops, &s->lines));
  if (kind != ELUTE_STEPPER_OWN) PetscCall(ElutePetscCreate(s));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteStepperDestroy(EluteStepper **out) {
  EluteStepper *s = *out;
  void (*release)(void *);

  if (!s) return PETSC_SUCCESS;
  release = s->ops->backend->release;
  if (s->petsc) PetscCall(ElutePetscDestroy(s));
  for (int i = 0; i < s->tableau.stages; i++) {
    PetscCall(VecDestroy(&s->stage[i]));
    release(s->ledger_stage[i]);
    release(s->scalar_stage[i]);
  }
  PetscCall(VecDestroy(&s->work));
  PetscCall(VecDestroy(&s->rhs));
  PetscCall(VecDestroy(&s->drift));
  PetscCall(EluteKrylovDestroy(&s->krylov));
  PetscCall(EluteLinesDestroy(&s->lines));
  release(s->ledger);
  release(s->ledger_rates);
  release(s->ledger_rhs);
  release(s->ledger_drift);
  release(s->scalars[0]);
  release(s->scalars[1]);
  EluteTableClose(&s->record);
  if (s->replay) fclose(s->replay);
  PetscCall(PetscFree4(s->scale, s->atol, s->minimum, s->measure));
  PetscCall(PetscFree2(s->norm[0], s->norm[1]));
  PetscCall(PetscFree(*out));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteStepperSetCallback(EluteStepper *s, EluteStepFn after_step, void *context) {
  s->after_step = after_step;
  s->context = context;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteStepperRecord(EluteStepper *s, const char *path) {
  PetscErrorCode ierr = PETSC_SUCCESS;
  int rank;

  PetscCallMPI(MPI_Comm_rank(s->ops->mesh->comm, &rank));
  if (rank == 0) ierr = EluteTableOpen(&s->record, path);
  return EluteAgree(s->ops->mesh->comm, ierr);
}

PetscErrorCode EluteStepperReplay(EluteStepper *s, const char *path) {
  PetscErrorCode ierr = PETSC_SUCCESS;

  s->replay = fopen(path, "r");
  if (!s->replay) ierr = EluteFail(ELUTE_EXIT_CASE, "--replay-steps: %s: %s", path, strerror(errno));
  return EluteAgree(s->ops->mesh->comm, ierr);
}

double *EluteStepperLedger(EluteStepper *s) {
  return s->ledger;
}

const EluteStepStatistics *EluteStepperStatistics(const EluteStepper *s) {
  return &s->statistics;
}
