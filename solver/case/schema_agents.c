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
    {"degradation", ELUTE_TYPE_SECTION, .keys = loss_keys, .doc = "First-order loss of the free drug."},
    {"protein_binding", ELUTE_TYPE_SECTION, .keys = elute_protein_keys, .at_least = 1, .doc = "Binding to proteins, of which there are more than the drug can fill: the species DRUG.protein."},
    {"binds", ELUTE_TYPE_MAP, .element = &elute_binding, .doc = "Receptors by name. Drugs that bind the same one compete for its sites."},
    {"uptake", ELUTE_TYPE_SECTION, .keys = elute_uptake_keys, .doc = "Uptake of the free drug into cells, to DRUG.inside."},
    {"inside", ELUTE_TYPE_SECTION, .keys = elute_inside_keys, .at_least = 1, .doc = "What becomes of the drug in cells, DRUG.inside."},
    {"produced_by", ELUTE_TYPE_MAP, .element = &elute_production, .doc = "Cells by name that make it, as a cytokine or another signal."}, END};
const EluteKey elute_drug = {.type = ELUTE_TYPE_SECTION, .keys = drug_keys, .doc = "A drug: a mobile species of its own name."};

static const EluteKey release_keys[] = {
    {"law", ELUTE_TYPE_CHOICE, .fallback = "first_order", .choices = "first_order", .doc = "first_order: rate times what is loaded."},
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant of the release."}, END};
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
