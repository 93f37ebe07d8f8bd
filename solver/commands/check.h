/* What `elute check` finds out. Every function is collective and gives all ranks the same. */
#ifndef ELUTE_CHECK_H
#define ELUTE_CHECK_H

#include "../operators/flow.h"
#include "../simulation.h"

enum { ELUTE_MAX_WARNINGS = 64 };

/* How a mobile species' reactions stand beside its diffusion, where they are fastest against it. With k the first-order
   rate at which reactions take or make it (derivative of the rate law at the largest concentrations of a few trial
   steps), D its diffusivity over its sorption factor, h the narrowest width of the cell and L half the mesh's shortest
   extent (the outer radius in curved geometries). */
typedef struct EluteCoupling {
  double depth;      /* sqrt(D/k), m; INFINITY: no reaction */
  double cells;      /* depth / h */
  double thiele;     /* L / depth, the Thiele modulus */
  double damkoehler; /* k h^2 / D of a cell */
  int tissue;
} EluteCoupling;

typedef struct EluteCheck {
  double unknowns;            /* of the fullest rank: cells times species */
  double memory, base_memory; /* of all ranks, resident, bytes; base: before the case was set up */
  double smallest_width;      /* m; INFINITY: there are no axes */
  double diffusion_time;      /* s: smallest h^2/D; INFINITY: nothing diffuses */
  int diffusion_species;
  double reaction_time; /* s: smallest 1/k; INFINITY: nothing reacts */
  int reaction;
  EluteCoupling coupling[ELUTE_MAX_SPECIES];
  EluteFlowSummary flow; /* at the beginning of the run */
  double set_up_seconds; /* mesh and operators, on the clock */
  int trial_steps;
  double trial_seconds, trial_reached; /* wall clock, s; time of the case, s */
  bool trial_finished;                 /* the trial was the whole run */
  double steps, seconds;               /* expected; NAN: the run would be refused */
  int n_warnings;
  char warning[ELUTE_MAX_WARNINGS][256];
} EluteCheck;

void EluteCheckWarn(EluteCheck *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* check_scales.c: widths, times, coupling, from the model and the largest concentrations (C / (phi R) of mobile
   species, C of immobile ones). */
PetscErrorCode EluteCheckScales(const EluteSimulation *s, const double *concentration, EluteCheck *check);
/* Raises each species' largest concentration to that of the present state. */
PetscErrorCode EluteCheckConcentrations(const EluteSimulation *s, double *concentration);

/* check_warnings.c. refused: a dose lies outside the mesh, a run would end with an error. */
PetscErrorCode EluteCheckDoses(const EluteSimulation *s, EluteCheck *check, bool *refused);
PetscErrorCode EluteCheckResolution(const EluteSimulation *s, EluteCheck *check);
PetscErrorCode EluteCheckConvection(const EluteSimulation *s, EluteCheck *check);
void EluteCheckSpecies(const EluteModel *model, EluteCheck *check);

/* check_estimate.c: steps and seconds of the whole run from the steps of a trial. */
void EluteCheckEstimate(const EluteModel *model, const EluteTrial *trial, EluteCheck *check);

#endif
