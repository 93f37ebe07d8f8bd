/* The residual of the model on the mesh: turns model values into the kernels' coefficient arrays, keeps them current in time,
   and calls the backend. Everything formula-like lives in kernels/cell; here are coefficients, lists and ledger names. */
#ifndef ELUTE_OPERATORS_H
#define ELUTE_OPERATORS_H

#include "../fields.h"
#include "../model/model.h"

typedef struct EluteLedgerEntry {
  char *name;     /* "drug.surface", "drug.release", "drug.needle" */
  int species;
  int channel;    /* index into the stepped ledger; -1: booked by hand (impulses, held-value resets) */
  double factor;  /* amount that left the tissue by this way = factor * ledger[channel] + booked */
  double booked;  /* mol, global, the same on every rank */
} EluteLedgerEntry;

typedef struct EluteOperators {
  const EluteModel *model;
  const EluteMesh *mesh;
  EluteFields *fields;
  const EluteBackend *backend;
  EluteProblemView view;        /* pointers in the backend's memory */
  double *porosity;             /* host [ (row * n_mobile + k) * pitch + i ]: phi R, so that c = C / porosity */
  int n_entries;
  EluteLedgerEntry *entries;    /* for ledger.csv and verify */
  double time;                  /* of the last EluteOperatorsSetTime */
  double segment_begin, segment_end;
  void *implementation;
  PetscLogEvent event_residual, event_reaction, event_line[3], event_coefficients;
  bool slow_values;             /* something mixes place and time: evaluated on the host per stage */
} EluteOperators;

PetscErrorCode EluteOperatorsCreate(const EluteModel *model, const EluteMesh *mesh, EluteFields *fields, EluteOperators **ops);
PetscErrorCode EluteOperatorsDestroy(EluteOperators **ops);
/* Data are smooth inside the segment; re-reads everything that steps. */
PetscErrorCode EluteOperatorsSetSegment(EluteOperators *ops, double begin, double end);
/* Boundary scalars and their rates, time-dependent tables and fields at t. Cheap when nothing depends on time. */
PetscErrorCode EluteOperatorsSetTime(EluteOperators *ops, double t);
/* Initial state at time.begin (host evaluation, then copied). */
PetscErrorCode EluteOperatorsInitial(EluteOperators *ops, Vec u);
/* Applies an impulse to the state and books it. */
PetscErrorCode EluteOperatorsImpulse(EluteOperators *ops, const EluteImpulse *impulse, Vec u);
/* Sets held cells to their value at the current time and books the difference. */
PetscErrorCode EluteOperatorsSetHeld(EluteOperators *ops, Vec u);

/* Thin: validate, log event, call the kernel. `ghost` is scratch filled by the exchange inside. Ledger arrays live in the
   backend's memory, view.n_ledger doubles. Vectors in combinations are Vecs. */
typedef struct EluteVecCombination {
  int n;
  double coefficient[ELUTE_MAX_STAGES + 1];
  Vec vector[ELUTE_MAX_STAGES + 1];
} EluteVecCombination;
PetscErrorCode EluteOperatorsResidual(EluteOperators *ops, Vec u, double scale, const EluteVecCombination *add, Vec out, double *ledger);
PetscErrorCode EluteOperatorsJacobianApply(EluteOperators *ops, Vec u, Vec x, const double *scalar_increment, Vec y, double *ledger);
PetscErrorCode EluteOperatorsReactionSolve(EluteOperators *ops, Vec u, double theta, Vec x, double *ledger);
PetscErrorCode EluteOperatorsCombine(EluteOperators *ops, const EluteVecCombination *c, Vec out);
PetscErrorCode EluteOperatorsFinishStep(EluteOperators *ops, Vec u, const EluteVecCombination *increment, const EluteVecCombination *error,
                                        double rtol, const double *atol, Vec u_new, EluteStepMeasure *global);
/* Global amounts, mol: amounts[k * n_tissues + tissue]. Collective. */
PetscErrorCode EluteOperatorsAmounts(EluteOperators *ops, Vec u, double *amounts);
/* Global ledger: sums the ranks' ledgers; left[e] for each entry (mol that left by that way). Collective. */
PetscErrorCode EluteOperatorsLedger(EluteOperators *ops, const double *ledger, double *left);

#endif
