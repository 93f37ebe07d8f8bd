/* What the files of the flow share. */
#ifndef ELUTE_FLOW_INTERNAL_H
#define ELUTE_FLOW_INTERNAL_H

#include <petscksp.h>
#include "flow.h"
#include "internal.h"

struct EluteFlow {
  int n_owners;    /* operators before and after a change of something else share it */
  size_t faces[3]; /* doubles in flux[axis] */
  double *flux[3]; /* m3/s; NULL: none */
  int64_t version;

  /* the pressure equation; [n_rows * pitch] unless said otherwise */
  double *pressure, *filtration;  /* Pa; 1/s */
  double *conductance[3];         /* m3/(Pa s), T of the faces in the layout of flux */
  double *turn;                   /* [6 * n_rows * pitch] of cross flows (cell/cross.h), Pa s/m3; NULL: none */
  double *given[3];               /* m3/s: at faces of the edge, what flows where p = 0 */
  double *exchange, *effective;   /* G_v, 1/(Pa s); p_e, Pa */
  double *lymph, *lymph_pressure; /* G_L, 1/(Pa s); p_L, Pa */
  bool *lymph_drains;             /* p > p_L */
  double *infused;                /* 1/s */
  double spread;                  /* 1/s, taken away evenly */
  double *dilatation;             /* ln K/K_0, ghost rows too; NULL: nothing gives with the pressure */
  double *misfit, largest_misfit; /* what it lacked in the last round, owned rows; the largest, of all ranks */
  double share;                   /* of the misfit that was made up */
  uint64_t acting;                /* infusions, one bit each */
  bool solved, any_fixed, any_lymph;
  KSP ksp;
  Mat matrix;
  Vec solution, rhs, ghosts;
  VecScatter scatter;
  int64_t solves, iterations, dilations; /* dilations: rounds in which the conductivity followed */
  double seconds, highest; /* s; Pa, the largest pressure of all solutions */
};

static inline struct EluteFlow *elute_flow(const EluteOperators *ops) {
  return elute_data(ops)->flow;
}

/* Index into flux[side / 2] of the face on one side of an owned cell. */
size_t EluteOpFlowFace(const EluteOperators *ops, size_t row, size_t i, int side);

/* pressure.c */
PetscErrorCode EluteOpBuildPressure(EluteOperators *ops);
/* Solves for the infusions that act in the segment, unless that is what was solved last. Collective. */
PetscErrorCode EluteOpSolvePressure(EluteOperators *ops, bool *changed);
/* After a change of what it looks at: begins from the solution before, and counts on. */
PetscErrorCode EluteOpContinuePressure(EluteOperators *ops, const struct EluteFlow *before);
void EluteOpDestroyPressure(struct EluteFlow *flow);
PetscErrorCode EluteOpScatterPressure(EluteOperators *ops); /* of the solution, to flow->ghosts. Collective */
bool EluteOpPressureOpen(const EluteOperators *ops, int side,
                         const double x[3]); /* a face of the edge lets fluid pass */
bool EluteOpPressureFixed(const EluteOperators *ops, int side,
                          const double x[3]); /* a face of the edge has a given pressure */

/* pressure_matrix.c */
/* Place of a cell's unknown among those of all ranks, of an owned or ghost row; rows lie without padding. */
PetscErrorCode EluteOpPressureUnknown(const EluteOperators *ops, size_t row, size_t i, PetscInt *column);
PetscErrorCode EluteOpAssemblePressure(EluteOperators *ops); /* collective */
PetscErrorCode EluteOpCreatePressureSystem(EluteOperators *ops); /* vectors, matrix, solver */
/* Matrix and solver that know nothing of earlier solutions: both keep what would be part of a checkpoint otherwise. */
PetscErrorCode EluteOpNewPressureSolver(EluteOperators *ops);
PetscErrorCode EluteOpSetSolution(EluteOperators *ops, const double *cells); /* from [n_rows * pitch] */

/* pressure_cross.c */
bool EluteOpFlowCrosses(const EluteOperators *ops);
double EluteOpConductivityAlong(const EluteOperators *ops, size_t row, size_t i, int axis); /* m2/(Pa s) */
PetscErrorCode EluteOpPressureTurns(EluteOperators *ops, size_t row, size_t i);
PetscErrorCode EluteOpAssemblePressureCross(EluteOperators *ops); /* adds to matrix and right-hand side */
PetscErrorCode EluteOpAddPressureCross(EluteOperators *ops);      /* adds to the flux along the axes */

/* dilatation.c */
PetscErrorCode EluteOpBuildDilatation(EluteOperators *ops); /* not collective */
/* What dilatation multiplies the conductivity by on the way from a cell to the next, or to an edge of this pressure. */
double EluteOpGrowth(const EluteOperators *ops, size_t row, size_t i, size_t row2, size_t i2);
double EluteOpGrowthTo(const EluteOperators *ops, size_t row, size_t i, double pressure);
/* The conductivity follows the pressure found; *changed: it had not yet settled. first: of a solution's rounds.
   Collective. */
PetscErrorCode EluteOpDilate(EluteOperators *ops, bool first, bool *changed);

#endif
