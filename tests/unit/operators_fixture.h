/* Models of a few cells, built by hand, on which operators can be checked with pencil and paper. Amounts in mol,
   lengths in m: one tissue "left" up to x = split, "right" beyond. */
#ifndef ELUTE_TEST_OPERATORS_FIXTURE_H
#define ELUTE_TEST_OPERATORS_FIXTURE_H

#include "../../solver/operators/operators.h"

typedef struct Fixture {
  EluteModel model;
  EluteTissue tissue[2];
  EluteSpecies species[4];
  EluteReactionSpec reaction[3];
  EluteBoundarySpec boundary[4];
  EluteHoldSpec hold[2];
  EluteImpulse impulse[2];
  char *tissue_names[2];
  const EluteBackend *backend;
  EluteMesh *mesh;
  EluteFields *fields;
  EluteOperators *ops;
  Vec u, f;
  double *ledger; /* backend memory */
} Fixture;

/* A line of n cells between the given edges, two tissues, no species yet; coefficients in double. */
void fixture_line(Fixture *x, int n, const double *edges, double split);
/* Species must be added mobile ones first; all properties 1 but the diffusivity, which is `diffusivity`. */
EluteSpecies *fixture_mobile(Fixture *x, const char *name, double diffusivity);
EluteSpecies *fixture_immobile(Fixture *x, const char *name);
EluteBoundarySpec *fixture_boundary(Fixture *x, const char *name, int side, int species, EluteBoundaryKind kind,
                                    EluteValue *value);
EluteReactionSpec *fixture_reaction(Fixture *x, const char *name, double rate, int n_factors, const int *factor,
                                    int n_changes, const int *changed, const double *change);
void fixture_hold(Fixture *x, int tissue, int species, EluteValue *value);
/* Values live until fixture_destroy. */
EluteValue *fixture_constant(double value);
EluteValue *fixture_value(const Fixture *x, const char *text, const char *dimension);
/* Mesh, fields, operators; fails the test where `expect_failure` differs from what happens. */
void fixture_create(Fixture *x, bool expect_failure);
void fixture_destroy(Fixture *x);

double fixture_get(Fixture *x, Vec v, int row, int species, int i);
void fixture_set(Fixture *x, Vec v, int row, int species, int i, double value);
/* f <- residual at u, ledger <- its rates. */
void fixture_residual(Fixture *x);
double fixture_left(Fixture *x, const char *entry); /* of fixture_residual's ledger and what was booked */
double fixture_amount(Fixture *x, Vec v, int species);
double fixture_all_left(Fixture *x, int species);

#endif
