/* The residual of the model on the mesh: turns model values into the kernels' coefficient arrays, keeps them current in
   time, and calls the backend. Everything formula-like lives in kernels/cell; here are coefficients, lists and ledger
   names. */
#ifndef ELUTE_OPERATORS_H
#define ELUTE_OPERATORS_H

#include "../checkpoint.h"
#include "../fields.h"
#include "../model/model.h"

/* One way out of (or into) the tissue for one species. Ways with the same name are one entry. The amount that left is
   EluteOperatorsLedger's: the sum over the entry's channels of factor * channel, plus what was booked. */
typedef struct EluteLedgerEntry {
  char *name; /* "species.place": "drug.surface" (patch), "drug.bath" (held tissue), "drug.release" (reaction),
                 "drug.needle" (impulse, with what was lost on the way), "drug.needle.lost" */
  int species;
  int channel;   /* its first channel in the stepped ledger; -1: booked by hand only (impulses) */
  double factor; /* of the first channel */
  double booked; /* mol, global, the same on every rank: impulses, held-value resets */
} EluteLedgerEntry;

/* What was sampled of a property that varies from cell to cell: its multipliers over the tissue's cells. */
typedef struct EluteVariationSample {
  int tissue;
  EluteProperty property;
  double cells, mean, variance;  /* cells: their number */
  double log_mean, log_variance; /* of the natural logarithm; NAN where a multiplier is 0 */
  double correlation_length[3];  /* m: where the correlation (of the logarithm, where there is one) falls to 1/e, from
                                    pairs of cells on the same rank; NAN: it does not */
} EluteVariationSample;

typedef struct EluteOperators {
  const EluteModel *model;
  const EluteMesh *mesh;
  EluteFields *fields;
  const EluteBackend *backend;
  EluteProblemView view; /* pointers in the backend's memory */
  double *porosity;      /* host [ (row * n_mobile + k) * pitch + i ]: phi R, so that c = C / porosity */
  int n_entries;
  EluteLedgerEntry *entries; /* for ledger.csv and verify */
  int n_changes;             /* of the model's changes that are due and taken into account */
  /* [model->n_changes][(n_rows + n_ghost_rows) * pitch]: of a change by what is solved -HUGE_VAL where it does not act, else
     what it sets (where it follows); NULL: of others, or not needed any more */
  double **marks;
  int n_variations;
  EluteVariationSample *variations;
  double time; /* of the last EluteOperatorsSetTime */
  double segment_begin, segment_end;
  double step_begin, step_end; /* s; of EluteOperatorsSetStep; the segment until then */
  void *implementation;
  PetscLogEvent event_residual, event_reaction, event_line[3], event_coefficients;
  double fastest_advection; /* 1/s, over all ranks: h times it is the largest Courant number, summed over the axes, of
                               what the fluid carries faster than it diffuses */
  double fastest_diffusion; /* 1/s; an estimate of the largest eigenvalue of diffusion along one axis, over all ranks */
  double correlation;       /* of diffusion along the axes: over all tissues the largest eigenvalue of
                               D_ab/sqrt(D_aa D_bb); 1: nothing crosses */
  double fastest_crossing;  /* 1/s, (correlation - 1) fastest_diffusion: h times it is the cross number of a step */
  bool slow_values;         /* something mixes place and time: evaluated on the host per stage */
  bool coefficients_vary;   /* on this rank a reaction's coefficient, or a source, is a function of time */
  int64_t coefficients_at;  /* counts the changes that SetTime made to those coefficients on this rank */
  int n_parts;              /* of a stack (stack.h); 0: one problem, alone */
  struct EluteOperators *const *part; /* [n_parts] */
} EluteOperators;

/* One problem counts as its own only part. */
static inline int elute_n_parts(const EluteOperators *ops) {
  return ops->n_parts ? ops->n_parts : 1;
}
static inline const EluteOperators *elute_part(const EluteOperators *ops, int p) {
  return ops->n_parts ? ops->part[p] : ops;
}
/* As kernels take it: a stack keeps none. */
static inline double *elute_ledger(const EluteOperators *ops, double *ledger) {
  return ops->view.n_ledger ? ledger : NULL;
}

PetscErrorCode EluteOperatorsCreate(const EluteModel *model, const EluteMesh *mesh, EluteFields *fields,
                                    EluteOperators **ops);
PetscErrorCode EluteOperatorsDestroy(EluteOperators **ops);
/* Data are smooth inside the segment; re-reads everything that steps. */
PetscErrorCode EluteOperatorsSetSegment(EluteOperators *ops, double begin, double end);
/* Takes the model's changes of properties up to t into account: coefficients are made anew where there are any, the
   ledger goes on. u: the state at t, which may say where. Before EluteOperatorsSetSegment. Collective. */
PetscErrorCode EluteOperatorsChange(EluteOperators *ops, double t, Vec u);
/* What of the operators outlives a step. Reading makes them as they were in the segment that began at `begin`; before
   EluteOperatorsSetSegment. */
PetscErrorCode EluteOperatorsCheckpoint(EluteOperators *ops, EluteCheckpoint *checkpoint, double begin);
/* The step that the times set from now on lie in, for rates that depend on age: they have the right integrals over it. */
void EluteOperatorsSetStep(EluteOperators *ops, double begin, double end);
/* Boundary scalars and their rates, time-dependent tables and fields at t. Cheap when nothing depends on time. */
PetscErrorCode EluteOperatorsSetTime(EluteOperators *ops, double t);
/* Initial state at time.begin (host evaluation, then copied); held cells get their held value, which is not booked. */
PetscErrorCode EluteOperatorsInitial(EluteOperators *ops, Vec u);
/* Fails when an impulse, of whatever time, has no place in the mesh. */
PetscErrorCode EluteOperatorsImpulsesFit(EluteOperators *ops);
/* Applies an impulse to the state and books it. */
PetscErrorCode EluteOperatorsImpulse(EluteOperators *ops, const EluteImpulse *impulse, Vec u);
/* Sets held cells to their value at the current time and books the difference. */
PetscErrorCode EluteOperatorsSetHeld(EluteOperators *ops, Vec u);

/* What multiplies a reaction's rate in an owned cell: the coefficient of an exchange, 1/s; else 1. */
PetscErrorCode EluteOperatorsExchange(const EluteOperators *ops, const EluteReactionSpec *reaction, PetscInt row,
                                      PetscInt i, double *coefficient);

/* Thin: validate, log event, call the kernel. `ghost` is scratch filled by the exchange inside. Ledger arrays live in
   the backend's memory, view.n_ledger doubles. Vectors in combinations are Vecs. */
typedef struct EluteVecCombination {
  int n;
  double coefficient[ELUTE_MAX_STAGES + 1];
  Vec vector[ELUTE_MAX_STAGES + 1];
} EluteVecCombination;
PetscErrorCode EluteOperatorsResidual(EluteOperators *ops, Vec u, double scale, const EluteVecCombination *add, Vec out,
                                      double *ledger);
PetscErrorCode EluteOperatorsJacobianApply(EluteOperators *ops, Vec u, Vec x, const double *scalar_increment, Vec y,
                                           double *ledger);
/* whole false: J x has what the line factors know alone, the upwind part of the flow and diffusion along the axes, until
   it is set again. */
void EluteOperatorsWholeFlux(EluteOperators *ops, bool whole);
PetscErrorCode EluteOperatorsReactionSolve(EluteOperators *ops, Vec u, double theta, Vec x, double *ledger);
PetscErrorCode EluteOperatorsCombine(EluteOperators *ops, const EluteVecCombination *c, Vec out);
/* u_new = u + increment and its measures over all ranks, of each part. In `global` minimum_at is a global cell of the
   part, i + n0 (j + n1 k), and not_finite_at is global cell * n_species + species. Collective; the same on all ranks. */
PetscErrorCode EluteOperatorsFinishStep(EluteOperators *ops, Vec u, const EluteVecCombination *increment,
                                        const EluteVecCombination *error, double rtol,
                                        double (*atol)[ELUTE_MAX_SPECIES], Vec u_new, EluteStepMeasure *global);
int64_t EluteOperatorsGlobalCell(const EluteOperators *ops, int64_t owned_row, int64_t i);
void EluteOperatorsCellPosition(const EluteOperators *ops, int64_t global_cell, double x[3]); /* centre, m */
/* Global amounts, mol: amounts[k * n_tissues + tissue]. Collective. */
PetscErrorCode EluteOperatorsAmounts(EluteOperators *ops, Vec u, double *amounts);
/* Global ledger: sums the ranks' ledgers; left[e] for each entry (mol that left by that way). Collective. */
PetscErrorCode EluteOperatorsLedger(EluteOperators *ops, const double *ledger, double *left);

#endif
