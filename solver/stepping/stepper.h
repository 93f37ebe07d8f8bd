/* Time: segments of smooth data, stepped by a Rosenbrock-W method with approximate matrix factorisation (numerics 2),
   its control, its record; and PETSc's TS on the same residual as the independent check. */
#ifndef ELUTE_STEPPER_H
#define ELUTE_STEPPER_H

#include "../operators/operators.h"

/* PETSC: the Jacobian without a matrix; ASSEMBLED: as a matrix, for PETSc's own preconditioners. */
typedef enum { ELUTE_STEPPER_OWN, ELUTE_STEPPER_PETSC, ELUTE_STEPPER_PETSC_ASSEMBLED } EluteStepperKind;

typedef struct EluteStepStatistics {
  PetscInt64 steps, rejected_error, rejected_positivity, rejected_not_finite, stages, gmres_stages, gmres_iterations;
  double smallest_step, largest_step, last_step; /* s */
  double largest_defect;                         /* linear defect seen */
  double largest_courant, courant_limit; /* Courant number of a step, seen; above which steps are solved by GMRES */
  double largest_crossing, crossing_limit; /* the same of cross numbers */
  double correlation_limit; /* of diffusion along the axes (operators.h): above it every step is solved by GMRES */
  double minimum[ELUTE_MAX_SPECIES];     /* smallest value ever accepted */
  double minimum_at[ELUTE_MAX_SPECIES][3], minimum_time[ELUTE_MAX_SPECIES];
  double positivity_given_up; /* number of steps accepted below the bound after the allowed halvings */
  bool steady;                /* until: steady was reached */
} EluteStepStatistics;

typedef struct EluteStepper EluteStepper;

/* Called after every accepted step (t, h), e.g. for progress; set *stop to end early. */
typedef PetscErrorCode (*EluteStepFn)(void *context, double t, double h, Vec u, bool *stop);

PetscErrorCode EluteStepperCreate(EluteOperators *ops, const EluteTimeSpec *time, EluteStepperKind kind,
                                  EluteStepper **stepper);
/* State vectors that a stepper of this kind keeps, besides the state itself and those of PETSc's TS and of GMRES. */
int EluteStepperVectors(const EluteModel *model, EluteStepperKind kind);
PetscErrorCode EluteStepperDestroy(EluteStepper **stepper);
PetscErrorCode EluteStepperSetCallback(EluteStepper *stepper, EluteStepFn after_step, void *context);
/* What of the stepper outlives a step; of ELUTE_STEPPER_OWN alone, since PETSc's TS keeps what it does not show. After
   reading, a record goes on where it was, and a replay begins behind the steps that were made. */
PetscErrorCode EluteStepperCheckpoint(EluteStepper *stepper, EluteCheckpoint *checkpoint);
/* Record accepted steps to the file, one line each: t and h as hexadecimal floats, then the GMRES iterations of every
   stage where there were any. Replay takes all this instead of choosing. */
PetscErrorCode EluteStepperRecord(EluteStepper *stepper, const char *path);
PetscErrorCode EluteStepperReplay(EluteStepper *stepper, const char *path);
/* Steps u from t to t_end inside one segment (t_end is hit exactly). restart: data jumped at t, begin with a small
   step. Exact times inside a smooth segment (outputs) are further calls with restart false. *t_reached < t_end only
   when the callback stopped or the state became steady. The stepped ledger is EluteStepperLedger. */
PetscErrorCode EluteStepperAdvance(EluteStepper *stepper, Vec u, double t, double t_end, bool restart,
                                   double *t_reached);
double *EluteStepperLedger(EluteStepper *stepper); /* backend memory, view.n_ledger doubles */
const EluteStepStatistics *EluteStepperStatistics(const EluteStepper *stepper);
/* Raises the per-species scale of atol (largest concentration so far), e.g. after an impulse; called with every new
 * state. */
PetscErrorCode EluteStepperUpdateScale(EluteStepper *stepper, Vec u);

#endif
