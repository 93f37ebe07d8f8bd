/* What a run is asked to read out of its state: endpoints, biopsies, images. */
#ifndef ELUTE_READOUTS_SPEC_H
#define ELUTE_READOUTS_SPEC_H

#include <stdbool.h>
#include "../../kernels/view.h"
#include "../../meshes/shapes.h"
#include "../case/tree.h"
#include "../case/value.h"
#include "quantity.h"

/* The concentrations of some species, added up. */
typedef struct EluteTogether {
  int n, species[ELUTE_MAX_SPECIES];
  bool as_tissue;    /* per volume of tissue; else of fluid, and all are mobile */
  EluteQuantity quantity;
  bool temperature;  /* in K: of one species, not per volume of tissue */
  double reference;  /* K, that a temperature is kept from (peaks, integrals); 0: none */
  double molar_mass; /* kg/mol; 0: not given, or not the same */
} EluteTogether;

/* Cells of the tissues, by label, or what they share with a shape, by volume fraction. */
typedef struct EluteRegion {
  bool in_tissue[ELUTE_MAX_TISSUES];
  bool has_shape;
  EluteShape shape;
} EluteRegion;

/* What is kept of a sum, step by step (EluteWatch in kernels/backend.h). */
typedef struct EluteWatchSpec {
  EluteTogether sum;
  bool integral, peak, above;
  double threshold; /* mol/m3 */
} EluteWatchSpec;

/* What a cell has. */
typedef enum {
  ELUTE_MEASURE_CONCENTRATION, /* now, mol/m3 */
  ELUTE_MEASURE_AUC,           /* its integral since the beginning, mol s/m3 */
  ELUTE_MEASURE_PEAK,          /* its largest value so far, mol/m3 */
  ELUTE_MEASURE_TIME_ABOVE,    /* a threshold, so far, s */
} EluteMeasure;

/* What is made of it; in the order of the table in build_readouts.c. */
typedef enum {
  ELUTE_KIND_MEAN,
  ELUTE_KIND_AUC,
  ELUTE_KIND_PEAK,
  ELUTE_KIND_TIME_ABOVE,
  ELUTE_KIND_COVERAGE,
  ELUTE_KIND_HETEROGENEITY,
  ELUTE_KIND_DOSE_VOLUME,
  ELUTE_KIND_PENETRATION,
  ELUTE_KIND_AMOUNT,
  ELUTE_KIND_OCCUPANCY,
  ELUTE_KIND_SPLIT,
  ELUTE_KIND_PLASMA_AUC,
  ELUTE_N_KINDS
} EluteKind;

typedef enum {
  ELUTE_DEPTH_FROM_SURFACE, /* of the region */
  ELUTE_DEPTH_FROM_DOMAIN,  /* the nearest end of an axis of the mesh */
  ELUTE_DEPTH_FROM_VESSELS,
  ELUTE_DEPTH_FROM_POINT
} EluteDepth;

typedef struct EluteReadoutSpec {
  char *name;
  EluteKind kind;
  EluteMeasure measure;
  EluteTogether sum;
  EluteRegion region;
  int watch;          /* index of what is kept for the measure; -1: nothing has to be */
  double level;       /* COVERAGE: of the measure */
  int n_levels;       /* DOSE_VOLUME; 0: from nothing to the largest */
  double *levels;
  EluteDepth from;    /* PENETRATION */
  double point[3];    /* m */
  EluteShape surface; /* of the region */
  double share;       /* of the value at depth 0 */
  double bin;         /* m; 0: a cell's width */
  EluteTogether over; /* OCCUPANCY: of the whole */
  int n_parts;        /* SPLIT */
  char **part_name;
  EluteTogether *part;
  EluteValue *plasma; /* PLASMA_AUC, mol/m3 */
  const EluteNode *node;
} EluteReadoutSpec;

/* A core of tissue that a needle takes out. */
typedef struct EluteBiopsySpec {
  char *name;
  double at[3], direction[3]; /* m; of length 1. In space: a mesh of curved axes lies in the plane y = 0 */
  double length, radius;      /* m */
  int n_bins, n_species, species[ELUTE_MAX_SPECIES];
  int n_times;
  double *times; /* s */
  const EluteNode *node;
} EluteBiopsySpec;

/* A picture of a signal that a concentration makes. */
typedef struct EluteImageSpec {
  char *name;
  EluteTogether sum;
  EluteValue *signal, *concentration; /* a formula, and the c that it sees; NULL: c itself */
  double spread[3], voxel[3];         /* m: full width at half maximum (0: sharp); edges of a voxel */
  double noise;                       /* standard deviation, in units of the signal */
  int seed;
  int n_times;
  double *times; /* s */
  const EluteNode *node;
} EluteImageSpec;

typedef struct EluteReadouts EluteReadouts; /* output/readouts.h */

#endif
