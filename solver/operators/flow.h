/* Interstitial fluid (physics A1): given velocities, or the pressure equation

     sum over faces of q = V (G_v (p_e - p) - G_L max(p - p_L, 0) + q_inf),   q = T (p_i - p_j), T with harmonic K,

   solved where its data change, that is where an infusion begins or ends, or tissue changes. The volume rates q of the
   faces, m3/s, go to the kernels (view.h, EluteFlowView). */
#ifndef ELUTE_FLOW_H
#define ELUTE_FLOW_H

#include "operators.h"

/* Pressure of every owned cell, Pa, [n_rows * pitch] on the host; NULL: none is solved. */
const double *EluteFlowPressure(const EluteOperators *ops);
/* Volume that vessels give per volume of tissue and time, G_v (p_e - p), 1/s, likewise. */
const double *EluteFlowFiltration(const EluteOperators *ops);
/* Counts the changes of pressure and velocity: who keeps something made of them makes it anew when this has moved. */
int64_t EluteFlowVersion(const EluteOperators *ops);
/* Superficial velocity at the centre of an owned cell, m/s; zeros where there is no flow. */
void EluteFlowVelocity(const EluteOperators *ops, PetscInt row, PetscInt i, double velocity[3]);

/* Over all ranks, of the flow as it is now. */
typedef struct EluteFlowSummary {
  int64_t solves, iterations; /* of the pressure equation, so far */
  int64_t dilations;          /* rounds in which the conductivity followed the pressure, so far */
  double seconds;             /* spent on it, its set-up included */
  double highest_pressure;    /* Pa, of all solutions so far */
  double peak_pressure;       /* Pa */
  double rim_pressure;        /* Pa, mean over the cells at the surface of the tissue that holds the peak */
  double filtration, lymph, infused, outflow; /* m3/s; outflow: through the edge of the domain */
  double spread;                              /* m3/s taken away evenly (unbalanced: spread) */
  double imbalance;                 /* largest |sum q - sources| of a cell over the largest flow through one */
  double fastest;                   /* m/s, largest velocity through a face */
  double peclet[ELUTE_MAX_SPECIES]; /* largest f |u| h/(phi D) of a face; infinite without diffusion */
  double numerical_diffusion[ELUTE_MAX_SPECIES]; /* m2/s, largest f |u| h/(2 phi), of first-order upwind */
} EluteFlowSummary;
/* Collective. */
PetscErrorCode EluteFlowSummarise(EluteOperators *ops, EluteFlowSummary *summary);

#endif
