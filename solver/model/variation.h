/* Properties of a tissue that vary from cell to cell: a property is its value times the product of the factors given
   under tissues.NAME.vary.PROPERTY. A factor is a function of place (and seed), not of cells. */
#ifndef ELUTE_VARIATION_H
#define ELUTE_VARIATION_H

#include <stdbool.h>
#include <stdint.h>
#include "../../kernels/waves.h"
#include "../case/tree.h"
#include "image.h"

/* What can vary, and change at a time: of the tissue, or of every mobile species in it. To add one: its name here and in
   ELUTE_PROPERTIES, elute_vary_keys and CHANGED (case/), its unit in build_changes.c, and a call of build_property
   (operators/properties.c). */
typedef enum {
  ELUTE_PROPERTY_INTERSTITIAL_FRACTION,
  ELUTE_PROPERTY_DIFFUSIVITY,
  ELUTE_PROPERTY_AVAILABILITY,
  ELUTE_PROPERTY_SORPTION_FACTOR,
  ELUTE_PROPERTY_PARTITION,
  ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY,
  ELUTE_PROPERTY_VASCULAR_DENSITY,
  ELUTE_PROPERTY_VESSEL_CONDUCTIVITY,
  ELUTE_N_PROPERTIES
} EluteProperty;

const char *EluteNameOfProperty(int property);
int EluteNamedProperty(const char *name); /* -1: none */

typedef enum {
  ELUTE_VARY_LOGNORMAL,
  ELUTE_VARY_GAUSSIAN,
  ELUTE_VARY_LAYERS,
  ELUTE_VARY_SEPTA,
  ELUTE_VARY_IMAGE
} EluteVaryKind;

/* Y: a standard normal field of place (kernels/waves.h), kept within -truncation..truncation.
     lognormal  exp(sigma Y), times exp(-sigma^2/2) where the mean is kept
     gaussian   1 + sigma Y
     layers     `multiplier` where a plane direction . x = offset + m spacing is nearer than thickness/2, else 1
     septa      the same for planes across any axis of the mesh
     image      interpolated */
typedef struct EluteVaryFactor {
  EluteVaryKind kind;
  double sigma, truncation, length[3]; /* length: m */
  uint64_t seed;
  int n_waves;
  EluteCovariance covariance;
  bool keeps_mean;
  const EluteNode *with;           /* Y = correlation Y_with + sqrt(1 - correlation^2) Y_own; NULL: Y_own alone */
  int with_variation, with_factor; /* of the same tissue */
  double correlation;
  double direction[3], spacing, thickness, offset; /* direction: of length 1; m */
  double multiplier;
  EluteImage *image; /* owned */
  const EluteNode *node;
} EluteVaryFactor;

typedef struct EluteVariation {
  EluteProperty property;
  int n_factors;
  EluteVaryFactor *factors;
  const EluteNode *node;
} EluteVariation;

#endif
