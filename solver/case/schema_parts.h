/* What several files of schema tables use: bounds, and the keys that stand in more than one place. */
#ifndef ELUTE_SCHEMA_PARTS_H
#define ELUTE_SCHEMA_PARTS_H

#include "schema.h"

#include <math.h>

/* clang-format off: one key a line or two */
#define END {.key = NULL}
#define NOT_NEGATIVE .minimum = 0.0, .maximum = HUGE_VAL
#define POSITIVE .open_minimum = true
#define FRACTION .open_minimum = true, .maximum = 1.0 /* (0, 1] */

extern const EluteKey elute_shape_keys[]; /* schema_shapes.c */

/* schema_properties.c: properties of what moves, alternatives of each; a tissue under `in`. */
extern const EluteKey elute_diffusivity_forms[], elute_availability_forms[], elute_convective_hindrance_forms[],
    elute_permeability_forms[], elute_reflection_forms[], elute_in_tissue;
#define TRANSPORT(one) \
    {"diffusivity", ELUTE_TYPE_EITHER, .keys = elute_diffusivity_forms, .doc = "In the fluid it can reach; may differ by tissue and place, not in time."}, \
    {"availability", ELUTE_TYPE_EITHER, .keys = elute_availability_forms, .fallback = one, .doc = "Share of the interstitial fluid that it can reach."}, \
    {"sorption_factor", ELUTE_TYPE_VALUE, "1", .fallback = one, .minimum = 1, .maximum = HUGE_VAL, .doc = "Total over dissolved amount: slows all transport alike."}, \
    {"convective_hindrance", ELUTE_TYPE_EITHER, .keys = elute_convective_hindrance_forms, .fallback = one, .doc = "Speed at which moving fluid carries it, over that of the fluid."}, \
    {"partition", ELUTE_TYPE_VALUE, "1", .fallback = one, POSITIVE, .doc = "Concentration over activity; activity is continuous between tissues."}, \
    {"permeability", ELUTE_TYPE_EITHER, .keys = elute_permeability_forms, .doc = "Of the vessel wall, P; with it the species exchanges with plasma wherever a tissue has a vascular_density."}, \
    {"reflection", ELUTE_TYPE_EITHER, .keys = elute_reflection_forms, .doc = "Share that the vessel wall holds back from the fluid that filters through it, sigma; 0 if absent."}
#define IN {"in", ELUTE_TYPE_MAP, .element = &elute_in_tissue, .doc = "Properties that differ in a tissue, by its name."}
#define FROM(what) {"from", ELUTE_TYPE_NAME, .doc = "Entry of the catalogue that gives what is not said here: " what "."}

extern const EluteKey elute_drug, elute_carrier, elute_release;  /* schema_agents.c */
extern const EluteKey elute_tissue, elute_plasma_response;       /* schema_tables.c */
extern const EluteKey elute_binding, elute_protein_keys[], elute_uptake_keys[], elute_inside_keys[], elute_production,
    elute_receptor, elute_cell, elute_kill; /* schema_pharmacology.c */
extern const EluteKey elute_heat_keys[], elute_damage;            /* schema_heat.c */
#define HEAT_OF_TISSUE \
    {"thermal_conductivity", ELUTE_TYPE_VALUE, "W/(m K)", NOT_NEGATIVE, .doc = "With heat: k; 0.5 W/(m K) if absent."}, \
    {"heat_capacity", ELUTE_TYPE_VALUE, "J/(m3 K)", POSITIVE, .doc = "With heat: per volume, rho c; 3.78e6 J/(m3 K) if absent."}, \
    {"perfusion", ELUTE_TYPE_QUANTITY, "1/s", NOT_NEGATIVE, .doc = "With heat: volume of blood per volume of tissue and time; none if absent."}, \
    {"metabolic_heat", ELUTE_TYPE_VALUE, "W/m3", NOT_NEGATIVE, .doc = "With heat: what the tissue makes itself; none if absent."}
extern const EluteKey elute_output_keys[], elute_checkpoint_keys[], elute_criterion; /* schema_output.c */
/* clang-format on */

#endif
