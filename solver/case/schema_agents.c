/* Keys of drugs and carriers. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
static const EluteKey loss_keys[] = {
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant of first order."}, END};
static const EluteKey drug_keys[] = {
    FROM("a drug"),
    {"radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Radius in fluid, that relations of size look at."},
    {"molar_mass", ELUTE_TYPE_QUANTITY, "kg/mol", POSITIVE, .doc = "Needed where amounts are given as masses."},
    TRANSPORT("1"), IN,
    {"initial", ELUTE_TYPE_VALUE, "mol/m3", NOT_NEGATIVE, .doc = "Concentration in the fluid at the beginning; none if absent."},
    {"degradation", ELUTE_TYPE_SECTION, .keys = loss_keys, .doc = "First-order loss of the free drug."}, END};
const EluteKey elute_drug = {.type = ELUTE_TYPE_SECTION, .keys = drug_keys, .doc = "A drug: a mobile species of its own name."};

static const EluteKey release_keys[] = {
    FROM("a way of release"),
    {"law", ELUTE_TYPE_CHOICE, .fallback = "first_order", .choices = "first_order", .doc = "first_order: rate times what is loaded."},
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant of the release."}, END};
const EluteKey elute_release = {.type = ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "How a drug leaves its carrier."};
static const EluteKey payload_keys[] = {
    {"release", ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "How this drug leaves; as the carrier's own `release` if absent."}, END};
static const EluteKey payload = {.type = ELUTE_TYPE_SECTION, .keys = payload_keys, .doc = "A drug that the carrier carries."};
static const EluteKey carrier_degradation_keys[] = {
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant at which carriers fall apart."},
    {"payload", ELUTE_TYPE_CHOICE, .fallback = "released", .choices = "released|destroyed", .doc = "What becomes of the drug inside."}, END};
static const EluteKey carrier_keys[] = {
    FROM("a carrier"),
    {"radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Radius in fluid, that relations of size look at."},
    {"molar_mass", ELUTE_TYPE_QUANTITY, "kg/mol", POSITIVE, .doc = "Of a carrier that is given without a drug, as a mass."},
    TRANSPORT("1"), IN,
    {"carries", ELUTE_TYPE_MAP, .element = &payload, .doc = "Drugs by name. The loaded drug becomes the species CARRIER.DRUG; without any, the carrier itself is a species."},
    {"release", ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "Release of every drug that says nothing else."},
    {"degradation", ELUTE_TYPE_SECTION, .keys = carrier_degradation_keys, .doc = "How carriers fall apart."}, END};
const EluteKey elute_carrier = {.type = ELUTE_TYPE_SECTION, .keys = carrier_keys, .doc = "A drug carrier."};
/* clang-format on */
