/* The generic reaction-diffusion model: a checked plain struct, everything that operators, stepping and output need to know of
   a case. SI throughout. Species, tissues, … are referred to by index. Identical on every rank. */
#ifndef ELUTE_MODEL_H
#define ELUTE_MODEL_H

#include <petscsys.h>
#include "../../kernels/view.h"
#include "../../meshes/mesh.h"
#include "../case/catalogue.h"
#include "../case/tree.h"
#include "../case/value.h"
#include "network.h"
#include "quantity.h"
#include "readouts.h"
#include "variation.h"

/* What vessels and lymph do to a tissue (physics A1, B1); in the order of elute_supply (build_supply.c). */
typedef enum {
  ELUTE_SUPPLY_AREA,          /* vascular_density S/V, 1/m */
  ELUTE_SUPPLY_CONDUCTIVITY,  /* vessel_conductivity L_p, m/(Pa s) */
  ELUTE_SUPPLY_PRESSURE,      /* vessel_pressure p_v, Pa */
  ELUTE_SUPPLY_OSMOTIC,       /* osmotic_pressure_vessel pi_v, Pa */
  ELUTE_SUPPLY_OSMOTIC_TISSUE,/* osmotic_pressure_tissue pi_i, Pa */
  ELUTE_SUPPLY_REFLECTION,    /* osmotic_reflection sigma_T, 1 */
  ELUTE_SUPPLY_LYMPH,         /* lymph_conductance G_L, 1/(Pa s) */
  ELUTE_SUPPLY_LYMPH_PRESSURE,/* lymph_pressure p_L, Pa */
  ELUTE_SUPPLY_INTERSTITIAL,  /* interstitial_pressure p where no flow is solved, Pa */
  ELUTE_N_SUPPLY
} EluteSupply;

typedef struct EluteSupplyKey {
  const char *key, *dimension; /* of the case language */
  double minimum, maximum;
} EluteSupplyKey;
extern const EluteSupplyKey elute_supply[ELUTE_N_SUPPLY];

/* K = K_0 exp(factor (p - reference)/modulus) (physics A3). */
typedef struct EluteDilatation {
  double factor, modulus, reference; /* M, 1; lambda + 2 G and p_0, Pa. factor 0: rigid */
} EluteDilatation;

typedef struct EluteTissue {
  char *name;
  EluteShape where;                 /* EVERYWHERE for the first */
  EluteValue *interstitial_fraction; /* may vary in place, not in time */
  int n_vary;
  EluteVariation *vary; /* at most one of each property */
  EluteValue *supply[ELUTE_N_SUPPLY]; /* likewise; NULL: 0 */
  EluteValue *hydraulic_conductivity; /* likewise, m2/(Pa s); NULL: not given */
  /* xx, yy, zz, xy, xz, yz of the tensors that multiply every diffusivity and hydraulic_conductivity; NULL: isotropic */
  double *diffusion_tensor, *flow_tensor;
  EluteDilatation dilatation;
} EluteTissue;

/* Properties may differ by tissue and vary in place, not in time: one value each, made of {tissue: …} where it differs. */
typedef struct EluteSpecies {
  char *name;             /* "drug", "stealth.doxorubicin" */
  char *label;            /* words for tables and pictures */
  bool mobile;            /* mobile species come first in the model */
  EluteQuantity quantity;
  double molar_mass;      /* kg/mol; 0: not given */
  double reference;       /* of heat: the temperature it is counted from, K; else 0 */
  EluteValue *diffusivity;           /* m2/s in the accessible fluid; mobile only. Of heat: k, W/(m K) */
  EluteValue *availability;          /* 1; phi = interstitial_fraction * availability */
  EluteValue *convective_hindrance;  /* 1 */
  EluteValue *sorption_factor;       /* R >= 1: C = phi R c. Of heat: rho c, J/(m3 K) */
  EluteValue *partition;             /* Lambda; activity a = c/Lambda */
  EluteValue *permeability;          /* of vessel walls, P, m/s; NULL: not given */
  EluteValue *reflection;            /* sigma; NULL: 0 */
  EluteValue *initial;               /* fluid concentration of mobile species unless initial_as_tissue */
  bool initial_as_tissue;
  const EluteNode *node;
} EluteSpecies;

typedef struct EluteFactorSpec {
  EluteFactorKind kind;
  int species;
  EluteValue *constant; /* K on the concentration c (mobile) or C (immobile), mol/m3; of LOOKUP and PER_LOOKUP 1; NULL for LINEAR, PER */
  double exponent;
  int lookup; /* of LOOKUP, PER_LOOKUP */
} EluteFactorSpec;

/* Factors that say how fast, not what meets what: no phi of theirs counts, and they take part in no unit. */
static inline bool elute_modulates(EluteFactorKind kind) {
  return kind >= ELUTE_INHIBITION;
}

/* A function of one species' c (mobile) or C (immobile), SI: cubics of the kernels' EluteLookup. */
typedef struct EluteLookupSpec {
  int n; /* intervals */
  double from, width;
  double *coefficients;     /* [4 n] */
  double largest, steepest; /* bounds of the function and of its slope */
} EluteLookupSpec;

/* Which table, of which species' c (mobile) or C, at a point. */
typedef struct EluteControlSpec {
  int species, lookup;
  double at[3]; /* m */
} EluteControlSpec;

/* A coefficient that the operators work out from the species, the tissue and its pressure (kernels/cell/exchange.h), in one
   tissue; it multiplies the rate. */
typedef enum {
  ELUTE_EXCHANGE_NONE,
  ELUTE_EXCHANGE_FROM_VESSELS, /* S/V k(P, -J_v (1 - sigma)), 1/s */
  ELUTE_EXCHANGE_TO_VESSELS,   /* S/V k(P, J_v (1 - sigma)), 1/s */
  ELUTE_EXCHANGE_TO_LYMPH      /* G_L max(p - p_L, 0), 1/s */
} EluteExchange;

/* rate law = [phi if in_fluid] * rate * product of factors, where a mobile species enters by c and an immobile one by C. */
typedef struct EluteReactionSpec {
  char *name;              /* unique: given, or made from the equation; ledger rows use it */
  EluteValue *rate;
  bool in_fluid;           /* phi of the least accessible mobile species among the factors that do not modulate multiplies */
  int n_factors, n_changes;
  EluteFactorSpec factor[ELUTE_MAX_FACTORS];
  int changed[ELUTE_MAX_CHANGES];
  double change[ELUTE_MAX_CHANGES];
  bool in_tissue[ELUTE_MAX_TISSUES]; /* only_in */
  bool has_shape;                    /* a source: where the rate density acts, by volume fraction */
  EluteShape shape;
  bool shape_total; /* `rate` is a total in mol/s to be spread over the shape by volume fraction, exactly (then no factors) */
  bool uniform_fluid; /* with shape_total: weight cells by volume fraction * phi of changed[0], as in EluteImpulse */
  EluteExchange exchange; /* of species changed[0] */
  bool controlled;        /* a source whose `rate` a function of what a thermometer sees multiplies */
  EluteControlSpec control;
  const EluteNode *node;
} EluteReactionSpec;

/* An amount placed at one instant, by volume fraction over a shape, rescaled so that the sum is exact. */
typedef struct EluteImpulse {
  char *name;       /* ledger row, e.g. "needle" */
  int species;
  double time;      /* s */
  double amount;    /* mol (or a number) that goes into the tissue */
  double lost;      /* mol recorded as lost on the way (track), never in the tissue */
  EluteShape shape; /* fluid-uniform: weighted by capacity when uniform_fluid */
  bool uniform_fluid; /* weight cells by volume fraction * phi of the species instead of volume fraction alone */
  const EluteNode *node;
} EluteImpulse;

typedef enum { ELUTE_BOUNDARY_NO_FLUX, ELUTE_BOUNDARY_VALUE, ELUTE_BOUNDARY_FLUX, ELUTE_BOUNDARY_TRANSFER, ELUTE_BOUNDARY_OUTFLOW } EluteBoundaryKind;

typedef struct EluteBoundarySpec {
  char *name;          /* "x-", "surface", "all", a shape's name; ledger rows use it */
  unsigned sides;      /* bit s: side s of EluteMeshFace */
  bool has_shape;      /* only faces whose centre lies inside */
  EluteShape shape;
  int species;
  EluteBoundaryKind kind;
  EluteValue *value;       /* VALUE, TRANSFER: outside activity, mol/m3; FLUX: mol/(m2 s) into the tissue */
  EluteValue *coefficient; /* TRANSFER: m/s; may vary in place, not in time */
  bool as_tissue;          /* value is C: divide by phi R Lambda of the cell inside */
  const EluteNode *node;
} EluteBoundarySpec; /* later ones win over earlier ones, per species and face */

typedef enum { ELUTE_FLOW_NONE, ELUTE_FLOW_PRESCRIBED, ELUTE_FLOW_DARCY_STARLING } EluteFlowModel;
typedef enum { ELUTE_FLOW_PRESSURE, ELUTE_FLOW_VELOCITY, ELUTE_FLOW_INFLOW, ELUTE_FLOW_CLOSED } EluteFlowBoundaryKind;

typedef struct EluteFlowBoundary { /* later ones win over earlier ones, per face */
  char *name;
  unsigned sides; /* bit s: side s of EluteMeshFace */
  bool has_shape;
  EluteShape shape;
  EluteFlowBoundaryKind kind;
  EluteValue *value; /* PRESSURE: Pa; VELOCITY: m/s into the tissue; may vary in place, not in time */
  double inflow;     /* m3/s over all its faces */
  const EluteNode *node;
} EluteFlowBoundary;

typedef struct EluteInfusion {
  char *name;
  EluteShape shape; /* the fluid enters by volume fraction */
  double rate;      /* m3/s */
  double from, to;  /* s; infinite where not given */
  const EluteNode *node;
} EluteInfusion;

typedef struct EluteFlowSpec {
  EluteFlowModel model;
  bool limited;  /* second order with a limiter, else upwind */
  bool spread;   /* a surplus of fluid that has no way out is taken away evenly */
  EluteValue *velocity[3]; /* PRESCRIBED: m/s, superficial; may vary in place, not in time */
  int n_boundaries; EluteFlowBoundary *boundaries;
  int n_infusions;  EluteInfusion *infusions;
} EluteFlowSpec;

typedef struct EluteHoldSpec {
  int tissue, species;
  EluteValue *value; /* fluid concentration (mobile) or C (immobile) */
  const EluteNode *node;
} EluteHoldSpec;

/* Where a species' c (mobile; a temperature less the reference) or C is above a value, or below it. */
typedef struct EluteSolvedPlace {
  int species;
  bool above;
  double value;
} EluteSolvedPlace;

/* A property set, or multiplied, in a part of the tissue from a time on. */
typedef struct EluteChange {
  double time; /* s */
  EluteProperty property;
  EluteValue *set;  /* NULL: follows, or multiplied */
  bool follows;     /* set to a function of what is solved, at that time */
  int seen, lookup; /* of which species' c (mobile) or C, which table */
  double factor;
  bool has_shape;
  EluteShape shape; /* by cell centre; shared by the edits of one entry, which the first of them owns */
  bool owns_shape;
  int n_solved;
  EluteSolvedPlace solved[2]; /* all of them hold, at that time */
  bool in_tissue[ELUTE_MAX_TISSUES], of_species[ELUTE_MAX_SPECIES];
  const EluteNode *node;
} EluteChange;

typedef struct EluteFieldSpec { /* a prescribed field (fields:) */
  char *name;
  char *unit;
  EluteValue *value;
} EluteFieldSpec;

typedef enum { ELUTE_METHOD_AUTO, ELUTE_METHOD_ROS2, ELUTE_METHOD_RA34PW2 } EluteMethod; /* auto: ros2 for accuracy >= 1e-3 and no rates by age */

typedef struct EluteTimeSpec {
  double begin, end;          /* s; until steady: end = at_most */
  double accuracy;
  bool until_steady;
  double steady_tolerance;
  EluteMethod method;
  double fixed_step;          /* s; 0: adaptive (for order studies) */
  double first_step, largest_step; /* s; 0: chosen */
  double defect_limit;        /* linear defect above which GMRES takes over */
  bool always_gmres;          /* linear: gmres — the unfactored method, as a reference */
} EluteTimeSpec;

typedef struct EluteProbe {
  char *name;
  int n_points;      /* 1: a point */
  double from[3], to[3];
} EluteProbe;

typedef struct EluteOutputSpec {
  double every;               /* s; 0: begin and end only */
  int n_times;                /* further exact times */
  double *times;
  bool single;                /* VTK in float */
  bool vtk;                   /* write fields at all */
  int n_fields;
  char **fields;              /* names asked for; 0: all species */
  int n_probes;
  EluteProbe *probes;
  int n_probe_species;        /* 0: all */
  int *probe_species;
  bool probes_as_tissue;
  int n_readouts;
  EluteReadoutSpec *readouts; /* endpoints of the case */
  int n_watches;
  EluteWatchSpec *watches;    /* what they keep step by step */
  int n_biopsies;
  EluteBiopsySpec *biopsies;
  int n_images;
  EluteImageSpec *images;
} EluteOutputSpec;

typedef struct EluteCheckpointSpec {
  double every;       /* s on the clock; 0: not by it */
  double every_model; /* s of the run; likewise */
} EluteCheckpointSpec;

/* Numbers of the flow as a whole, in the order of elute_endpoints (build_verify.c). */
typedef enum {
  ELUTE_ENDPOINT_PEAK_PRESSURE,
  ELUTE_ENDPOINT_RIM_PRESSURE,
  ELUTE_ENDPOINT_FILTRATION,
  ELUTE_ENDPOINT_LYMPH_FLOW,
  ELUTE_ENDPOINT_OUTFLOW,
  ELUTE_N_ENDPOINTS
} EluteEndpoint;
typedef struct EluteEndpointKey {
  const char *name, *unit;
} EluteEndpointKey;
extern const EluteEndpointKey elute_endpoints[ELUTE_N_ENDPOINTS];

typedef enum { ELUTE_VERIFY_NORM, ELUTE_VERIFY_POINT, ELUTE_VERIFY_TOTAL, ELUTE_VERIFY_LEDGER, ELUTE_VERIFY_ENDPOINT } EluteVerifyKind;
typedef struct EluteVerifySpec {
  EluteVerifyKind kind;
  EluteTogether sum;       /* of none: the pressure (NORM, POINT) */
  EluteEndpoint endpoint;  /* ENDPOINT: of the flow, unless readout >= 0: one of the case */
  int readout, part;       /* part of a SPLIT */
  double at;               /* s */
  bool infinity_norm;      /* NORM: linf instead of l2 */
  bool absolute;           /* NORM: not divided by the exact solution's norm */
  double below;            /* NORM */
  EluteValue *exact;       /* NORM */
  double point[3];         /* POINT */
  int tissue;              /* TOTAL; -1: everywhere. NORM: only there */
  int n_rows; char **row;  /* LEDGER: "species.place", added up */
  bool has_equals, has_above, has_below;
  double equals, within, lower, upper; /* within absolute in SI when within_absolute, else relative */
  bool within_absolute;
  const EluteNode *node;
} EluteVerifySpec;

typedef struct EluteModel {
  char *title;
  EluteNode *tree;             /* the whole case as understood (owned); the echo prints it */
  EluteNode *expanded;         /* the same in generic words alone (owned) */
  EluteMeshSpec mesh;
  EluteScope scope;
  int n_tissues;   EluteTissue *tissues;
  int n_species, n_mobile; EluteSpecies *species;
  EluteNetwork network;        /* single vessels */
  int n_reactions; EluteReactionSpec *reactions;
  int n_lookups;   EluteLookupSpec *lookups;
  int n_impulses;  EluteImpulse *impulses;   /* by time */
  int n_boundaries; EluteBoundarySpec *boundaries;
  int n_holds;     EluteHoldSpec *holds;
  int n_changes;   EluteChange *changes;     /* by time */
  EluteFlowSpec flow;
  int n_fields;    EluteFieldSpec *fields;
  EluteTimeSpec time;
  EluteOutputSpec output;
  EluteCheckpointSpec checkpoint;
  int n_verify;    EluteVerifySpec *verify;
  bool coefficients_double;
} EluteModel;

/* Case text to model: parse, --set, catalogue, validate, expand domain words, build, check references and physics.
   NULL when there are errors (all of them in d). `name` is the file's path for messages and for relative files. */
EluteModel *EluteModelRead(const char *name, const char *text, size_t length, int n_set, char **set, EluteDiagnostics *d);
void EluteModelFree(EluteModel *model);
/* The unit of c (mobile) or C: of mobile heat K. */
const char *elute_concentration_unit(const EluteSpecies *species);
const char *elute_amount_unit(const EluteSpecies *species);
static inline bool elute_is_temperature(const EluteSpecies *species) {
  return species->mobile && species->quantity == ELUTE_HEAT;
}
int EluteModelSpeciesIndex(const EluteModel *model, const char *name); /* -1: none */
bool EluteModelCrosses(const EluteModel *model); /* diffusion crosses the axes in some tissue */
void EluteModelSideName(const EluteModel *model, int side, char name[8]); /* "x-", …, in the order of EluteMeshFace */
int EluteModelTissueIndex(const EluteModel *model, const char *name);
/* Prints the generic words the case became (check --expand): a case that runs as it is. */
void EluteModelPrintExpanded(const EluteModel *model, FILE *file);
const char *EluteTogetherUnit(const EluteTogether *sum, EluteMeasure measure); /* of the measure, SI */
const char *EluteReadoutUnit(const EluteReadoutSpec *readout);                 /* of its value */
const char *EluteKindName(EluteKind kind);
/* Doubles per cell that read-outs keep beside the state. */
int EluteReadoutsKept(const EluteModel *model);
/* All times at which data jump (impulses, windows, knots), sorted, unique, within [begin, end]. Caller frees. */
double *EluteModelDiscontinuities(const EluteModel *model, int *n);
EluteWhere EluteModelWhere(const EluteModel *model, const double x[3], int tissue, double t, double segment_begin, double segment_end);

#endif
