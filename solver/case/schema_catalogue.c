/* The keys of a catalogue file: those of a case's tissues, drugs and carriers, each number with its source. */
#include "schema.h"

#include <math.h>

/* clang-format off: one key a line or two */
#define END {.key = NULL}
#define SOURCED(name, unit, ...) \
  static const EluteKey name##_bound = {.type = ELUTE_TYPE_QUANTITY, .dimension = unit, __VA_ARGS__, .doc = "An end of the range."}; \
  static const EluteKey name##_keys[] = { \
    {"value", ELUTE_TYPE_QUANTITY, unit, .required = true, __VA_ARGS__, .doc = "The number used."}, \
    {"range", ELUTE_TYPE_LIST, .element = &name##_bound, .at_least = 2, .doc = "Least and largest plausible number."}, \
    {"source", ELUTE_TYPE_TEXT, .required = true, .doc = "Where it was read, or how it was made."}, \
    {"evidence", ELUTE_TYPE_CHOICE, .required = true, .choices = "S|S2|R|A|N", \
     .doc = "S: read in a primary source; S2: second-hand; R: recalled; A: assumed; N: computed."}, END}

SOURCED(number, "1", .open_minimum = true);
SOURCED(fraction, "1", .open_minimum = true, .maximum = 1.0);
SOURCED(factor, "1", .minimum = 1.0, .maximum = HUGE_VAL);
SOURCED(diffusivity, "m2/s", .minimum = 0.0, .maximum = HUGE_VAL);
SOURCED(radius, "m", .open_minimum = true);
SOURCED(permeability, "m/s", .minimum = 0.0, .maximum = HUGE_VAL);
SOURCED(reflection, "1", .minimum = 0.0, .maximum = 1.0);
SOURCED(rate, "1/s", .minimum = 0.0, .maximum = HUGE_VAL);
SOURCED(molar_mass, "kg/mol", .open_minimum = true);
SOURCED(darcy, "m2/(Pa s)", .open_minimum = true);
SOURCED(density, "1/m", .minimum = 0.0, .maximum = HUGE_VAL);
SOURCED(wall, "m/(Pa s)", .minimum = 0.0, .maximum = HUGE_VAL);
SOURCED(pressure, "Pa", .minimum = 0.0, .maximum = HUGE_VAL);
SOURCED(share, "1", .minimum = 0.0, .maximum = 1.0);
SOURCED(uptake, "1/(Pa s)", .minimum = 0.0, .maximum = HUGE_VAL);

#define DESCRIPTION {"description", ELUTE_TYPE_TEXT, .required = true, .doc = "What it is."}
#define TRANSPORT \
    {"molar_mass", ELUTE_TYPE_SECTION, .keys = molar_mass_keys, .doc = "Molar mass."}, \
    {"radius", ELUTE_TYPE_SECTION, .keys = radius_keys, .doc = "Radius in fluid."}, \
    {"diffusivity", ELUTE_TYPE_SECTION, .keys = diffusivity_keys, .doc = "In the fluid it can reach."}, \
    {"permeability", ELUTE_TYPE_SECTION, .keys = permeability_keys, .doc = "Of the vessel wall."}, \
    {"reflection", ELUTE_TYPE_SECTION, .keys = reflection_keys, .doc = "Share held back from what filters through the vessel wall."}, \
    {"availability", ELUTE_TYPE_SECTION, .keys = fraction_keys, .doc = "Share of the interstitial fluid that it can reach."}, \
    {"sorption_factor", ELUTE_TYPE_SECTION, .keys = factor_keys, .doc = "Total over dissolved amount."}, \
    {"convective_hindrance", ELUTE_TYPE_SECTION, .keys = fraction_keys, .doc = "Its speed with moving fluid over the fluid's."}, \
    {"partition", ELUTE_TYPE_SECTION, .keys = number_keys, .doc = "Concentration over activity."}

static const EluteKey tissue_keys[] = {
    DESCRIPTION,
    {"interstitial_fraction", ELUTE_TYPE_SECTION, .keys = fraction_keys, .doc = "Volume of interstitial fluid per volume of tissue."},
    {"hydraulic_conductivity", ELUTE_TYPE_SECTION, .keys = darcy_keys, .doc = "Darcy velocity per gradient of pressure, K."},
    {"vascular_density", ELUTE_TYPE_SECTION, .keys = density_keys, .doc = "Area of vessel wall per volume, S/V."},
    {"vessel_conductivity", ELUTE_TYPE_SECTION, .keys = wall_keys, .doc = "Hydraulic conductivity of the vessel wall, L_p."},
    {"vessel_pressure", ELUTE_TYPE_SECTION, .keys = pressure_keys, .doc = "Pressure in the vessels, p_v."},
    {"osmotic_pressure_vessel", ELUTE_TYPE_SECTION, .keys = pressure_keys, .doc = "Colloid osmotic pressure of plasma, pi_v."},
    {"osmotic_pressure_tissue", ELUTE_TYPE_SECTION, .keys = pressure_keys, .doc = "Colloid osmotic pressure of interstitial fluid, pi_i."},
    {"osmotic_reflection", ELUTE_TYPE_SECTION, .keys = share_keys, .doc = "Osmotic reflection coefficient of plasma proteins, sigma_T."},
    {"lymph_conductance", ELUTE_TYPE_SECTION, .keys = uptake_keys, .doc = "Fluid taken up by lymph per volume and pressure, G_L."},
    {"lymph_pressure", ELUTE_TYPE_SECTION, .keys = pressure_keys, .doc = "Pressure in the lymph vessels, p_L."},
    {"carrier_diffusivity_factor", ELUTE_TYPE_SECTION, .keys = number_keys, .doc = "Multiplies the diffusivity of carriers here."}, END};
static const EluteKey loss_keys[] = {
    {"rate", ELUTE_TYPE_SECTION, .required = true, .keys = rate_keys, .doc = "Rate constant."}, END};
static const EluteKey drug_keys[] = {
    DESCRIPTION, TRANSPORT,
    {"degradation", ELUTE_TYPE_SECTION, .keys = loss_keys, .doc = "First-order loss of the free drug."}, END};
static const EluteKey release_keys[] = {
    {"law", ELUTE_TYPE_CHOICE, .choices = "first_order", .doc = "The law of release; first_order if absent."},
    {"rate", ELUTE_TYPE_SECTION, .required = true, .keys = rate_keys, .doc = "Rate constant of the release."}, END};
static const EluteKey degradation_keys[] = {
    {"rate", ELUTE_TYPE_SECTION, .required = true, .keys = rate_keys, .doc = "Rate constant at which carriers fall apart."},
    {"payload", ELUTE_TYPE_CHOICE, .choices = "released|destroyed", .doc = "What becomes of the drug inside; released if absent."}, END};
static const EluteKey carrier_keys[] = {
    DESCRIPTION, TRANSPORT,
    {"release", ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "Release of its drugs."},
    {"degradation", ELUTE_TYPE_SECTION, .keys = degradation_keys, .doc = "How carriers fall apart."}, END};
static const EluteKey tissue = {.type = ELUTE_TYPE_SECTION, .keys = tissue_keys, .doc = "A tissue."};
static const EluteKey drug = {.type = ELUTE_TYPE_SECTION, .keys = drug_keys, .doc = "A drug."};
static const EluteKey carrier = {.type = ELUTE_TYPE_SECTION, .keys = carrier_keys, .doc = "A carrier."};

const EluteKey elute_catalogue_schema[] = {
    {"elute_catalogue", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 1, .doc = "Version of the catalogue format: 1."},
    {"tissues", ELUTE_TYPE_MAP, .element = &tissue, .doc = "Tissues by name."},
    {"drugs", ELUTE_TYPE_MAP, .element = &drug, .doc = "Drugs by name."},
    {"carriers", ELUTE_TYPE_MAP, .element = &carrier, .doc = "Carriers by name."}, END};
/* clang-format on */
