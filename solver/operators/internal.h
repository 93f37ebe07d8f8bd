/* What the files of operators/ share. Built once at creation; only scalars, time-dependent tables and slow fields
 * change. */
#ifndef ELUTE_OPERATORS_INTERNAL_H
#define ELUTE_OPERATORS_INTERNAL_H

#include "../../kernels/cell/sum.h"
#include "operators.h"

/* One property of the cells: a number per tissue, or per cell where it varies within a tissue. */
typedef struct EluteCellProperty {
  double by_tissue[ELUTE_MAX_TISSUES];
  double *cells; /* [(n_rows + n_ghost_rows) * pitch], ghost rows last; NULL: by_tissue holds */
} EluteCellProperty;

/* cell: row * pitch + i */
static inline double elute_at(const EluteCellProperty *p, size_t cell, int tissue) {
  return p->cells ? p->cells[cell] : p->by_tissue[tissue];
}

typedef struct EluteSpeciesProperties {
  EluteCellProperty availability, diffusivity, sorption, partition, hindrance;
} EluteSpeciesProperties;

/* A number in time that boundaries and held cells refer to. */
typedef struct EluteScalar {
  const EluteValue *value; /* NULL: the constant 1, or a rate */
  int rate_of;             /* >= 0: this scalar is the time derivative of that one, and its own is taken as zero */
  EluteWhere where;
} EluteScalar;

/* The factors that turn a rate law in c into one in C (physics A2), and the shape of a source; constant in time:
   fraction * by_tissue * [least phi of `fluid`] * product of (phi R)^power. */
typedef struct EluteFold {
  const double *fraction;  /* [n_rows * pitch] or NULL */
  const double *by_tissue; /* [ELUTE_MAX_TISSUES] or NULL */
  const EluteReactionSpec *by_flow; /* the exchange that `fraction` is the coefficient of, where the pressure is solved */
  bool own_table; /* the table is not shared */
  int n_fluid, n_factors;
  int fluid[ELUTE_MAX_FACTORS + ELUTE_MAX_CHANGES];
  int species[ELUTE_MAX_FACTORS];
  int power[ELUTE_MAX_FACTORS]; /* +1 or -1 */
} EluteFold;

/* A coefficient that depends on time: a table, or (field >= 0) a field, where place and time mix. */
typedef struct EluteVarying {
  const EluteValue *value;
  EluteFold fold;
  bool fold_in_table; /* table: multiplied by the fold, which is a number per tissue */
  bool active[ELUTE_MAX_TISSUES];
  bool positive; /* a constant K: inactive entries are 1, and it must be > 0 */
  int table, field;
} EluteVarying;

/* A table whose numbers are multiplied by a function of what is seen at a point: sum of weight * state[place] over the
   cells around it that this rank owns. */
typedef struct EluteControl {
  int table, n;
  int64_t place[8];
  double weight[8]; /* c (mobile) or C per unit of the state */
  const EluteLookupSpec *lookup;
} EluteControl;

typedef struct EluteLedgerTerm {
  int entry, channel;
  double factor;
} EluteLedgerTerm;

typedef struct EluteOperatorsData {
  Vec ghost, ghost_u;     /* ghost rows of a vector, and of the state at which J is taken */
  struct EluteFlow *flow; /* NULL: nothing moves */
  bool flow_uploaded;     /* its volume rates are in the backend's memory */
  Vec shift[3], shift_ghost[3];      /* view.cross, where diffusion crosses the axes; else NULL */
  bool axes_alone;                   /* what crosses is left out */
  struct EluteOperatorsData *before; /* while building after a change in time: as it was; else NULL */
  int n_changes;                     /* of the model, that these are made with */
  bool built;
  EluteCellProperty fraction;              /* interstitial fraction */
  EluteCellProperty conductivity;          /* hydraulic, m2/(Pa s); where a pressure is solved */
  EluteCellProperty vessel_area;           /* of all vessels, 1/m; owned rows */
  EluteCellProperty vessel_conductivity;   /* m/(Pa s); owned rows */
  EluteSpeciesProperties *properties;      /* [n_mobile] */
  double *row_scratch;                     /* [n_rows * pitch] */
  double *multipliers[ELUTE_N_PROPERTIES]; /* while building: [(n_rows + n_ghost_rows) * pitch], NULL: nothing varies */
  bool have_multipliers[ELUTE_N_PROPERTIES];

  int n_scalars, n_shared, one; /* one: index of the constant 1, -1 until needed */
  EluteScalar *scalar;
  int *shared; /* scalars that several places use */
  double *scalars, *scalar_rates;
  bool scalars_vary;

  int n_tables, n_fields, n_varying, n_by_flow;
  double *tables;
  double **fields;   /* host copies of static fields while building, for sharing */
  double **field_at; /* in the backend's memory */
  EluteVarying *varying, *by_flow; /* change in time; with the solved pressure */
  int n_controls;
  EluteControl *controls;
  bool tables_vary, agree; /* agree: ranks may fail differently in SetTime */
  bool steps_matter;       /* a coefficient depends on the step */

  int n_reactions, n_faces, n_held, n_inlets;
  EluteReaction *reactions;
  EluteOpenFace *faces;
  EluteInlet *inlets;
  EluteHeldCell *held;
  int64_t n_held_global;
  uint8_t *is_held;                         /* [n_species * ELUTE_MAX_TISSUES] or NULL */
  int *hold_of, *hold_entry, *hold_channel; /* same shape: index of the hold, its entry, its channel; -1 */
  int *patch_channel;                       /* [n_boundaries] channel, -1 */
  int *side_channel;                        /* [n_mobile * 6] of fluid through faces without a condition, -1 */

  int n_terms;
  EluteLedgerTerm *terms;

  int n_memory, n_fractions;
  void **memory; /* everything allocated in the backend's memory */
  double **fractions;
  bool current; /* values are those of ops->time in this segment */
} EluteOperatorsData;

static inline EluteOperatorsData *elute_data(const EluteOperators *ops) {
  return (EluteOperatorsData *)ops->implementation;
}

/* Heat is in all of the tissue and not in its fluid: rho c stands in the place of phi R, k of phi D (model.h). */
static inline bool elute_is_heat(const EluteOperators *ops, int species) {
  return ops->model->species[species].quantity == ELUTE_HEAT;
}

/* Appends room for one item to a list whose capacity is the next power of two. */
PetscErrorCode EluteOpGrow(void *list, int *n, size_t item);
/* Between steps, in what EluteAgree is called on. Inside a step: ELUTE_BACKEND_CALL. */
#define ELUTE_OP_CALL(ops, call)                                                                                       \
  do {                                                                                                                 \
    if (call) return EluteOpBackendFailed(ops);                                                                        \
  } while (0)
PetscErrorCode EluteOpBackendFailed(const EluteOperators *ops);
PetscErrorCode EluteOpRegisterEvents(EluteOperators *ops);
/* Faces, held cells, reactions, tables and fields as they were listed, to the backend. */
PetscErrorCode EluteOpUploadLists(EluteOperators *ops);
/* Copies to new memory of the backend that is released with the operators; source NULL: zeros. */
PetscErrorCode EluteOpUpload(EluteOperators *ops, const void *source, size_t bytes, void *destination);
/* values[i] <- sum over ranks, added in the order of ranks. Collective. */
PetscErrorCode EluteOpSumRanks(MPI_Comm comm, int n, double *values);
PetscErrorCode EluteOpAny(MPI_Comm comm, bool *flag); /* logical or over ranks */
PetscErrorCode EluteOpEvaluate(const EluteValue *value, const EluteWhere *where, double *result);
PetscErrorCode EluteOpEvaluateRate(const EluteValue *value, const EluteWhere *where, double *rate);
/* Fails with the value's place in the case, its path (`name` when it has none), what was found where, and what was
   expected. */
PetscErrorCode EluteOpOutOfBounds(const EluteValue *value, const char *name, const EluteWhere *where, double found,
                                  const char *expected);
/* Place, tissue, and the operators' time, segment and step. */
EluteWhere EluteOpWhere(const EluteOperators *ops, const double x[3], int tissue);
EluteWhere EluteOpWhereCell(const EluteOperators *ops, PetscInt row, PetscInt i); /* owned or ghost row */

/* properties.c. row: owned, or n_rows + g. */
PetscErrorCode EluteOpBuildProperties(EluteOperators *ops);
int EluteOpTissue(const EluteOperators *ops, size_t row, size_t i);
double EluteOpPhi(const EluteOperators *ops, int species, size_t row, size_t i);      /* accessible fraction */
double EluteOpPorosity(const EluteOperators *ops, int species, size_t row, size_t i); /* phi R; immobile: 1 */
/* The same where nothing varies within the tissue. */
double EluteOpPhiOfTissue(const EluteOperators *ops, int species, int tissue);
double EluteOpPorosityOfTissue(const EluteOperators *ops, int species, int tissue);
double EluteOpCapacity(const EluteOperators *ops, int species, size_t row, size_t i);        /* phi R Lambda */
double EluteOpInverseCapacity(const EluteOperators *ops, int species, size_t row, size_t i); /* as stored */
double EluteOpPermeability(const EluteOperators *ops, int species, size_t row, size_t i);    /* phi D Lambda, m2/s */
double EluteOpDiffusivity(const EluteOperators *ops, int species, size_t row, size_t i);     /* m2/s */
double EluteOpHindrance(const EluteOperators *ops, int species, size_t row, size_t i);       /* f */
double EluteOpCarry(const EluteOperators *ops, int species, size_t row, size_t i);           /* f/(phi R), as stored */
double EluteOpConductivity(const EluteOperators *ops, size_t row, size_t i);                 /* hydraulic, m2/(Pa s) */
bool EluteOpPorosityInPlace(const EluteOperators *ops, int species); /* phi or R varies within a tissue */
bool EluteOpPhiInPlace(const EluteOperators *ops, int species);
void EluteOpDestroyProperties(EluteOperators *ops);

/* anisotropy.c. xx, yy, zz, xy, xz, yz relative to the property of a cell, of an owned or ghost row; NULL: isotropic.
   species: -1 of the fluid. */
const double *EluteOpTensor(const EluteOperators *ops, int species, size_t row, size_t i);
/* phi D Lambda along an axis, m2/s. */
double EluteOpPermeabilityAlong(const EluteOperators *ops, int species, size_t row, size_t i, int axis);
/* turn (kernels/cell/cross.h) times the cell's property, 1/m, in the same order. False: isotropic, and zero. Owned row. */
bool EluteOpTurns(const EluteOperators *ops, int species, size_t row, size_t i, double turn[6]);
/* Which of them are not zero everywhere; false: none, nothing crosses. xx: anything crosses to or from x. */
bool EluteOpCross(const EluteOperators *ops, bool of_flow, bool needed[6]);
PetscErrorCode EluteOpBuildCross(EluteOperators *ops);
PetscErrorCode EluteOpDestroyCross(EluteOperators *ops);

/* variation.c. Multipliers of a property in every cell, owned and ghost rows, made at the first call; NULL: 1. The
   operators' own, until they are forgotten. */
PetscErrorCode EluteOpMultipliers(EluteOperators *ops, EluteProperty property, const double **cells);
const EluteNode *EluteOpVariationNode(const EluteOperators *ops, EluteProperty property, int tissue); /* NULL: none */
PetscErrorCode EluteOpMeasureVariations(EluteOperators *ops); /* into ops->variations; forgets. Collective */
void EluteOpForgetMultipliers(EluteOperators *ops);

/* changes.c. Does a change that is due concern the property (of a species; -1: of the tissue)? */
bool EluteOpIsChanged(const EluteOperators *ops, EluteProperty property, int species);
/* Does one that has come due since the operators before concern the fluid's pressure? */
bool EluteOpPressureChanges(const EluteOperators *ops);
/* The cell's value after the changes that are due. */
PetscErrorCode EluteOpChanged(const EluteOperators *ops, EluteProperty property, int species, size_t row, size_t i,
                              double *value);

/* operators.c. From the model with the first `due` of its changes, at t. Collective. */
PetscErrorCode EluteOpMakeAnew(EluteOperators *ops, int due, double t);

/* solved_places.c. Where the changes up to `due` act that have not been taken into account, as far as the state u says
   so; collective. */
PetscErrorCode EluteOpMarkPlaces(EluteOperators *ops, int due, Vec u);
PetscErrorCode EluteOpPlacesCheckpoint(EluteOperators *ops, EluteCheckpoint *checkpoint, int due); /* likewise */
void EluteOpForgetPlaces(EluteOperators *ops);

/* transport.c */
PetscErrorCode EluteOpBuildTransport(EluteOperators *ops);
size_t EluteOpFaces(const EluteOperators *ops, int axis); /* numbers in conductance[axis] */
size_t EluteOpFaceIndex(const EluteOperators *ops, int species, size_t row, size_t i, int side);
/* Owned or ghost row (n_rows + g) and cell beyond a side; false: the domain ends. */
bool EluteOpNeighbour(const EluteOperators *ops, size_t row, size_t i, int side, size_t *row_out, size_t *i_out);

/* Distance from the centre of the cell with this global index to its lower or upper face, m. */
double EluteOpHalfWidth(const EluteMesh *mesh, int axis, PetscInt index, int upper);

/* flow.c. Built before the conductances, whose edge faces ask what fluid does; brought up to date with every segment.
 */
PetscErrorCode EluteOpBuildFlow(EluteOperators *ops);
PetscErrorCode EluteOpUpdateFlow(EluteOperators *ops);
PetscErrorCode EluteOpFlowCheckpoint(EluteOperators *ops, EluteCheckpoint *checkpoint); /* pressure.c */
/* EluteOpenFace.through of a face of an owned cell; heat is not carried. */
int EluteOpFlowThrough(const EluteOperators *ops, int species, size_t row, size_t i, int side);
bool EluteOpFlowOpensSide(const EluteOperators *ops,
                          int side); /* fluid may pass somewhere on this side of the domain */
void EluteOpDestroyFlow(EluteOperators *ops);

/* boundaries.c */
PetscErrorCode EluteOpBuildBoundaries(EluteOperators *ops); /* scalars and ledger entries */
/* Conductance of an edge face (m3/s), after adding its open face where something can pass. */
PetscErrorCode EluteOpEdgeFace(EluteOperators *ops, size_t row, size_t i, int side, int species, double distance,
                               double *conductance);
/* The condition that holds at a face of the domain's edge, by its centre; NULL: none. */
const EluteBoundarySpec *EluteOpEdgeCondition(const EluteOperators *ops, int species, int side, const double x[3]);
/* The scalar for a value at a place, and the factor that this place multiplies it by. */
PetscErrorCode EluteOpScalar(EluteOperators *ops, const EluteValue *value, const EluteWhere *where, int *scalar,
                             double *factor);

PetscErrorCode EluteOpBuildInlets(EluteOperators *ops); /* after the edge faces: their scalars */

/* held.c */
PetscErrorCode EluteOpBuildHolds(EluteOperators *ops);         /* which species are held where; entries */
PetscErrorCode EluteOpBuildHeldCells(EluteOperators *ops);     /* the list, and the faces beside it */
PetscErrorCode EluteOpInitialHeld(EluteOperators *ops, Vec u); /* sets without booking; not collective */
static inline bool elute_held(const EluteOperatorsData *d, int species, int tissue) {
  return d->is_held && d->is_held[species * ELUTE_MAX_TISSUES + tissue];
}

/* coefficients.c */
PetscErrorCode EluteOpCoefficient(EluteOperators *ops, const EluteValue *value, const EluteFold *fold,
                                  const bool *active, bool positive, EluteCoefficient *coefficient);
PetscErrorCode EluteOpUploadCoefficients(EluteOperators *ops);
/* Makes anew what depends on the pressure, after it has been solved. Not collective. */
PetscErrorCode EluteOpUpdateExchanges(EluteOperators *ops);

/* exchange.c. What vessels and lymph do to the tissue at a place (model.h, EluteSupply), in an owned cell (in any,
   where nothing differs within the tissue). */
PetscErrorCode EluteOpSupply(const EluteOperators *ops, EluteSupply supply, const EluteWhere *where, size_t row,
                             size_t i, double *value);
/* Wall of the network's vessels per volume, 1/m, of every owned cell, [n_rows * pitch], the caller's; NULL: there are
   none. Not collective. */
PetscErrorCode EluteOpNetworkArea(const EluteOperators *ops, double **area);
/* Puts the coefficient of an exchange into the fold of its rate; nothing for other reactions. Not collective. */
PetscErrorCode EluteOpExchangeFold(EluteOperators *ops, const EluteReactionSpec *spec, EluteFold *fold);
/* The coefficient in every cell, 1/s, [n_rows * pitch], at the pressure as it is now. */
PetscErrorCode EluteOpFillExchange(EluteOperators *ops, const EluteReactionSpec *spec, double *values);

/* stack.c. The parts' values at t, and what of them has changed into the stack's. */
PetscErrorCode EluteOpGather(EluteOperators *stack, double t);

/* controls.c. A source's table is its own (EluteFold, own_table) and controlled. */
PetscErrorCode EluteOpAddControl(EluteOperators *ops, const EluteControlSpec *spec, int table);
/* Sets the controlled tables for this state, before its residual. Collective where there are any. */
PetscErrorCode EluteOpControl(EluteOperators *ops, const double *u);

/* reactions.c */
PetscErrorCode EluteOpBuildReactions(EluteOperators *ops);

/* ledger.c */
PetscErrorCode EluteOpEntry(EluteOperators *ops, int species, const char *place, int *entry); /* finds or makes */
PetscErrorCode EluteOpTerm(EluteOperators *ops, int entry, int channel, double factor);
PetscErrorCode EluteOpBuildImpulseEntries(EluteOperators *ops);
void EluteOpDestroyLedger(EluteOperators *ops);

#endif
