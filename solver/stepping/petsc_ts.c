/* --stepper petsc: the same residual handed to any PETSc TS, the independent check. Implicit methods get the Jacobian
   without a matrix and GMRES over our factorisation; or (petsc-assembled) the matrix and PETSc's preconditioners. One
   TSSolve per segment. The ledger is a quadrature over the accepted steps (three-point, by the rates at both ends and
   the middle of the cubic Hermite interpolant), so it closes to that solver's tolerance only. */
#include "internal.h"
#include "jacobian.h"

#include <math.h>
#include <petscts.h>

typedef struct PetscStepper {
  TS ts;
  Mat jacobian;
  EluteJacobian *assembly; /* NULL: matrix-free */
  EluteStepper *s;
  Vec at;       /* state at which the Jacobian is taken */
  double shift; /* 1/s */
  Vec last, middle, rate_last, rate_new;
  double t_last;
  bool stopped;
} PetscStepper;

/* The step that TS tries. */
static PetscErrorCode set_step(TS ts, EluteStepper *s) {
  PetscReal begin, length;

  PetscCall(TSGetTime(ts, &begin));
  PetscCall(TSGetTimeStep(ts, &length));
  EluteOperatorsSetStep(s->ops, begin, begin + length);
  return PETSC_SUCCESS;
}

static PetscErrorCode rhs(TS ts, PetscReal t, Vec u, Vec f, void *context) {
  EluteStepper *s = ((PetscStepper *)context)->s;
  EluteVecCombination none = {.n = 0};

  PetscCall(set_step(ts, s));
  PetscCall(EluteOperatorsSetTime(s->ops, t));
  return EluteOperatorsResidual(s->ops, u, 1, &none, f, s->ledger_rates);
}

/* F = du/dt - f(t, u) */
static PetscErrorCode ifunction(TS ts, PetscReal t, Vec u, Vec rate, Vec F, void *context) {
  PetscCall(rhs(ts, t, u, F, context));
  return VecAYPX(F, -1, rate);
}

static PetscErrorCode ijacobian(TS ts, PetscReal t, Vec u, Vec rate, PetscReal shift, Mat A, Mat P, void *context) {
  PetscStepper *p = context;

  (void)rate;
  PetscCall(set_step(ts, p->s));
  PetscCall(EluteOperatorsSetTime(p->s->ops, t));
  PetscCall(VecCopy(u, p->at));
  p->shift = shift;
  if (p->assembly) return EluteJacobianAssemble(p->assembly, u, shift, p->s->ledger_rates, P);
  PetscCall(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  return PETSC_SUCCESS;
}

static PetscErrorCode apply_jacobian(Mat A, Vec x, Vec y) {
  PetscStepper *p;

  PetscCall(MatShellGetContext(A, &p));
  PetscCall(EluteOperatorsJacobianApply(p->s->ops, p->at, x, NULL, y, p->s->ledger_rates));
  return VecAXPBY(y, p->shift, -1, x);
}

/* (shift I - J)^-1 is about theta M^-1 with theta = 1/shift. */
static PetscErrorCode apply_factorisation(PC pc, Vec x, Vec y) {
  PetscStepper *p;

  PetscCall(PCShellGetContext(pc, &p));
  PetscCall(VecCopy(x, y));
  PetscCall(VecScale(y, 1 / p->shift));
  return EluteFactorSolve(p->s, p->at, 1 / p->shift, NULL, y, p->s->ledger_rates);
}

static PetscErrorCode rates_at(PetscStepper *p, double t, Vec u, Vec rate, double weight) {
  EluteStepper *s = p->s;
  double coefficient[2] = {1, weight}, *array[2] = {s->ledger, s->ledger_rates};

  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 0, NULL, NULL, s->ledger_rates));
  PetscCall(rhs(p->ts, t, u, rate, p));
  return EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, 2, coefficient, array, s->ledger);
}

/* Simpson's rule with the Hermite value in the middle. */
static PetscErrorCode book_step(PetscStepper *p, double t, Vec u) {
  double h = t - p->t_last;

  if (h <= 0) return VecCopy(u, p->last);
  EluteOperatorsSetStep(p->s->ops, p->t_last, t);
  PetscCall(rates_at(p, p->t_last, p->last, p->rate_last, h / 6));
  PetscCall(rates_at(p, t, u, p->rate_new, h / 6));
  PetscCall(VecWAXPY(p->middle, -1, p->rate_new, p->rate_last));
  PetscCall(VecScale(p->middle, h / 8));
  PetscCall(VecAXPBYPCZ(p->middle, 0.5, 0.5, 1, p->last, u));
  PetscCall(rates_at(p, p->t_last + 0.5 * h, p->middle, p->rate_new, 4 * h / 6));
  return VecCopy(u, p->last);
}

static PetscErrorCode after_ts_step(TS ts, PetscInt step, PetscReal t, Vec u, void *context) {
  PetscStepper *p = context;
  EluteStepper *s = p->s;
  double h = t - p->t_last;
  bool stop = false;

  (void)step;
  PetscCall(book_step(p, t, u));
  PetscCall(EluteFieldsAgree(s->ops->fields));
  if (h <= 0) return PETSC_SUCCESS;
  p->t_last = t;
  s->statistics.steps++;
  s->statistics.last_step = h;
  s->statistics.largest_step = fmax(s->statistics.largest_step, h);
  s->statistics.smallest_step = s->statistics.steps == 1 ? h : fmin(s->statistics.smallest_step, h);
  if (s->after_step) PetscCall(s->after_step(s->context, t, h, u, &stop));
  if (stop) {
    p->stopped = true;
    PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  }
  return PETSC_SUCCESS;
}

PetscErrorCode ElutePetscCreate(EluteStepper *s) {
  PetscStepper *p;
  Vec *vectors[5];
  SNES snes;
  KSP ksp;
  PC pc;
  PetscInt n = s->ops->fields->n_local;

  if (s->ops->backend != &elute_backend_cpu && !s->ops->fields->device_vectors)
    return EluteFail(ELUTE_EXIT_USAGE,
                     "--stepper petsc works with --backend cpu, or with --backend cuda and a PETSc with CUDA");
  if (s->ops->backend != &elute_backend_cpu && s->kind == ELUTE_STEPPER_PETSC_ASSEMBLED)
    return EluteFail(ELUTE_EXIT_USAGE, "--stepper petsc-assembled works with --backend cpu");
  PetscCall(PetscNew(&p));
  p->s = s;
  s->petsc = p;
  vectors[0] = &p->at, vectors[1] = &p->last, vectors[2] = &p->middle, vectors[3] = &p->rate_last,
  vectors[4] = &p->rate_new;
  for (int i = 0; i < 5; i++) PetscCall(EluteFieldsCreateVec(s->ops->fields, vectors[i]));
  if (s->kind == ELUTE_STEPPER_PETSC_ASSEMBLED) {
    PetscCall(EluteJacobianCreate(s->ops, &p->assembly, &p->jacobian));
  } else {
    PetscCall(MatCreateShell(s->ops->mesh->comm, n, n, PETSC_DETERMINE, PETSC_DETERMINE, p, &p->jacobian));
    PetscCall(MatShellSetOperation(p->jacobian, MATOP_MULT, (void (*)(void))apply_jacobian));
    if (s->ops->fields->device_vectors) PetscCall(MatShellSetVecType(p->jacobian, ELUTE_VEC_DEVICE));
  }
  PetscCall(TSCreate(s->ops->mesh->comm, &p->ts));
  PetscCall(TSSetProblemType(p->ts, TS_NONLINEAR));
  PetscCall(TSSetType(p->ts, TSBDF));
  PetscCall(TSSetIFunction(p->ts, NULL, ifunction, p));
  PetscCall(TSSetIJacobian(p->ts, p->jacobian, p->jacobian, ijacobian, p));
  PetscCall(TSSetExactFinalTime(p->ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetMaxSteps(p->ts, PETSC_MAX_INT));
  PetscCall(TSSetMaxSNESFailures(p->ts, -1));
  PetscCall(TSSetErrorIfStepFails(p->ts, PETSC_FALSE)); /* the reason is read after the solve */
  PetscCall(TSMonitorSet(p->ts, after_ts_step, p, NULL));
  PetscCall(TSGetSNES(p->ts, &snes));
  PetscCall(SNESGetKSP(snes, &ksp));
  PetscCall(KSPSetTolerances(ksp, 1e-6, PETSC_DEFAULT, PETSC_DEFAULT, 200));
  PetscCall(KSPGetPC(ksp, &pc));
  if (!p->assembly) {
    PetscCall(PCSetType(pc, PCSHELL));
    PetscCall(PCShellSetContext(pc, p));
    PetscCall(PCShellSetApply(pc, apply_factorisation));
  }
  return TSSetFromOptions(p->ts);
}

PetscErrorCode ElutePetscDestroy(EluteStepper *s) {
  PetscStepper *p = s->petsc;

  PetscCall(TSDestroy(&p->ts));
  PetscCall(MatDestroy(&p->jacobian));
  PetscCall(EluteJacobianDestroy(&p->assembly));
  PetscCall(VecDestroy(&p->at));
  PetscCall(VecDestroy(&p->last));
  PetscCall(VecDestroy(&p->middle));
  PetscCall(VecDestroy(&p->rate_last));
  PetscCall(VecDestroy(&p->rate_new));
  PetscCall(PetscFree(p));
  s->petsc = NULL;
  return PETSC_SUCCESS;
}

/* Of all values, as TS has one vector: accuracy times the largest concentration so far; where there is none yet, times
   what a thousandth of the interval brings. */
static PetscErrorCode absolute_tolerance(PetscStepper *p, Vec u, double t, double t_end, double *atol) {
  double largest = 0;

  for (int k = 0; k < p->s->ops->view.n_species; k++) largest = fmax(largest, p->s->scale[0][k]);
  if (largest == 0) {
    PetscCall(rhs(p->ts, t, u, p->rate_last, p));
    PetscCall(VecNorm(p->rate_last, NORM_INFINITY, &largest));
    largest *= 1e-3 * (t_end - t);
  }
  *atol = p->s->time.accuracy * fmax(largest, 1e-30);
  return PETSC_SUCCESS;
}

PetscErrorCode ElutePetscAdvance(EluteStepper *s, Vec u, double t, double t_end, double *t_reached) {
  PetscStepper *p = s->petsc;
  TSConvergedReason reason;
  double atol = 0;

  PetscCall(TSSetTime(p->ts, t));
  PetscCall(TSSetMaxTime(p->ts, t_end));
  PetscCall(TSSetTimeStep(p->ts, 1e-4 * (t_end - t)));
  PetscCall(absolute_tolerance(p, u, t, t_end, &atol));
  PetscCall(TSSetTolerances(p->ts, atol, NULL, s->time.accuracy, NULL));
  PetscCall(TSSetStepNumber(p->ts, 0));
  PetscCall(VecCopy(u, p->last));
  p->t_last = t;
  p->stopped = false;
  PetscCall(TSSolve(p->ts, u));
  PetscCall(EluteFieldsAgree(s->ops->fields));
  PetscCall(TSGetConvergedReason(p->ts, &reason));
  *t_reached = p->stopped || reason < 0 ? p->t_last : t_end;
  if (reason < 0) {
    PetscCall(VecCopy(p->last, u)); /* the state that the ledger was booked to */
    return EluteFail(ELUTE_EXIT_NUMERICS, "PETSc's TS failed at t = %g s: %s", p->t_last, TSConvergedReasons[reason]);
  }
  return EluteStepperUpdateScale(s, u);
}
