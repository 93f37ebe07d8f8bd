/* What the files of stepping/ share. */
#ifndef ELUTE_STEPPING_INTERNAL_H
#define ELUTE_STEPPING_INTERNAL_H

#include <stdio.h>
#include "../table_file.h"
#include "lines.h"
#include "stepper.h"
#include "tableau.h"

enum { ELUTE_KRYLOV = 24 }; /* GMRES iterations at most, without restart */

typedef struct EluteKrylov EluteKrylov;

struct EluteStepper {
  EluteOperators *ops;
  EluteTimeSpec time;
  EluteStepperKind kind;
  EluteTableau tableau;
  EluteLines *lines;
  EluteStepStatistics statistics;
  EluteStepFn after_step;
  void *context;

  Vec stage[ELUTE_MAX_STAGES], work; /* work: a stage's state, then the new state */
  double *ledger;                    /* backend memory, n_ledger; likewise the stages' increments */
  double *ledger_stage[ELUTE_MAX_STAGES];
  double *ledger_rates, *ledger_rhs;      /* backend memory, n_ledger: scratch of the linear solver */
  double *scalar_stage[ELUTE_MAX_STAGES]; /* backend memory, n_scalars: increments of the boundary scalars */
  EluteKrylov *krylov;                    /* these three are made when first needed */
  Vec rhs;
  Vec drift;            /* theta (f(t + h, u) - f(t, u)) with the boundary's scalars as at t */
  double *ledger_drift; /* backend memory, n_ledger */
  double *scalars[2];   /* backend memory, 2 n_scalars each: values and rates at t and t + h */
  bool data_vary;       /* on some rank, a reaction's coefficient or a source depends on time */
  bool drifts;          /* in this step */
  void *petsc;          /* EluteStepperKind PETSC */

  int n_parts;                        /* of a stack; 1: one problem. Each has its tolerances, and meets them */
  double volume;                      /* of a part's mesh, m3 */
  double (*scale)[ELUTE_MAX_SPECIES]; /* [n_parts] largest concentration so far, mol/m3 of tissue */
  /* [n_parts] accuracy * scale; 1e300 for what is absent so far, of which nothing is measured */
  double (*atol)[ELUTE_MAX_SPECIES];
  double (*minimum)[ELUTE_MAX_SPECIES]; /* [n_parts] of the last accepted state */
  double *norm[2];                      /* [n_parts] scratch */
  EluteStepMeasure *measure;            /* [n_parts] of the last trial step */
  double step;                          /* s; what the control proposes next */
  double defect;                        /* of this step */
  double linear_error;                  /* of this step: what GMRES left, in tolerances */
  bool use_gmres;                       /* in this step */
  int iterations[ELUTE_MAX_STAGES];     /* of GMRES, in this step */
  double steady_since, steady_step;     /* first quiet step: its beginning and length; steady_step < 0: none */
  double segment_begin;
  EluteTableFile record; /* rank 0 */
  bool record_failed;    /* rank 0 */
  FILE *replay;
};

/* One trial step of length h from (t, u): stages, ledger increments; work = the new state, measured in s->measure. */
PetscErrorCode EluteWStep(EluteStepper *s, Vec u, double t, double h);
/* In place y <- M^-1 y: reaction, then the axes. scalar_increment and ledger: NULL or backend memory. */
PetscErrorCode EluteFactorSolve(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y,
                                double *ledger);
void EluteSetScale(EluteStepper *s, int part, int species, double scale);
/* Norm in which errors are measured, norm[n_parts]: max over species of the volume-weighted RMS of x / (atol + rtol
 * |u|).
 */
PetscErrorCode EluteErrorNorm(EluteStepper *s, Vec x, Vec u, double *norm);

/* linear.c. The linear defect |(I - theta J) y - r| / |r| of a solution y; r is kept. */
PetscErrorCode EluteLinearDefect(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y, Vec r,
                                 double *defect);
/* Improves y, a solution of (I - theta J) y = r, by GMRES with M as preconditioner, and the ledger increment (which on
   entry is that of r) accordingly; it closes to rounding whatever is left. *iterations: at most that many, then those
   made; in a replay exactly as many. */
PetscErrorCode EluteLinearSolve(EluteStepper *s, Vec u, double theta, const double *scalar_increment, Vec y, Vec r,
                                double *ledger, int *iterations);
PetscErrorCode EluteLinearRhs(EluteStepper *s, Vec *r); /* a vector for r, made when first needed */
PetscErrorCode EluteKrylovDestroy(EluteKrylov **krylov);

/* failure.c. Fails with what kept the step from t from being accepted. cell: -1 when the cause does not say where; it
   is then sought in the error of the last trial step. Collective. */
PetscErrorCode EluteCannotAdvance(EluteStepper *s, Vec u, double t, double h, const char *cause, int species,
                                  int64_t cell);

PetscErrorCode ElutePetscAdvance(EluteStepper *s, Vec u, double t, double t_end, double *t_reached);
PetscErrorCode ElutePetscCreate(EluteStepper *s);
PetscErrorCode ElutePetscDestroy(EluteStepper *s);

/* out = sum of n terms in backend memory. */
PetscErrorCode EluteCombineArrays(EluteStepper *s, size_t size, int n, const double *coefficient, double *const *array,
                                  double *out);
double *EluteBackendArray(EluteStepper *s, size_t n);

#endif
