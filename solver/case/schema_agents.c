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

/* Laws that look at the state alone, and those that also look at age or divide the load. */
#define STATE_LAWS "first_order|thermosensitive|ph_decade|enzyme"
#define STATE_LAW_KEYS \
    {"rate", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "first_order: rate constant; with a field for what triggers it (pH, light, ultrasound)."}, \
    {"field", ELUTE_TYPE_TEXT, .doc = "thermosensitive, ph_decade: what is temperature or pH: a field (under `fields`), a species, or the solved temperature."}, \
    {"low", ELUTE_TYPE_QUANTITY, "1/s", NOT_NEGATIVE, .doc = "thermosensitive: rate constant far below the melting temperature."}, \
    {"high", ELUTE_TYPE_QUANTITY, "1/s", NOT_NEGATIVE, .doc = "thermosensitive: far above it; low + (high - low)/(1 + exp((melting - T)/width))."}, \
    {"melting", ELUTE_TYPE_QUANTITY, "K", POSITIVE, .doc = "thermosensitive: temperature of the steepest rise."}, \
    {"width", ELUTE_TYPE_QUANTITY, "K", POSITIVE, .doc = "thermosensitive: of the rise, a difference of temperature."}, \
    {"neutral", ELUTE_TYPE_QUANTITY, "1/s", NOT_NEGATIVE, .doc = "ph_decade: rate constant without acid."}, \
    {"acid", ELUTE_TYPE_QUANTITY, "1/s", NOT_NEGATIVE, .doc = "ph_decade: what acid adds at the reference, ten times as much a unit of pH below: neutral + acid 10^(reference - pH)."}, \
    {"reference", ELUTE_TYPE_NUMBER, "1", .minimum = 0, .maximum = 14, .doc = "ph_decade: the pH to which `acid` belongs."}, \
    {"enzyme", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "enzyme: the species that cuts; for a given concentration take first_order with a field."}, \
    {"efficiency", ELUTE_TYPE_VALUE, "m3/(mol s)", NOT_NEGATIVE, .doc = "enzyme: k_cat/K_M; the rate constant is this times the enzyme's concentration."}
static const EluteKey age_keys[] = {
    {"time", ELUTE_TYPE_LIST, .element = &(const EluteKey){.type = ELUTE_TYPE_QUANTITY, .dimension = "s", NOT_NEGATIVE}, .doc = "Ages, from 0 s on."},
    {"value", ELUTE_TYPE_LIST, .element = &(const EluteKey){.type = ELUTE_TYPE_NUMBER, .dimension = "1", .minimum = 0, .maximum = 1}, .doc = "Shares that have been released by then, from 0 on; linear between."},
    {"file", ELUTE_TYPE_TEXT, .doc = "Instead: a file with two columns, headed such as `age [h], released [1]`."}, END};
static const EluteKey release_keys[] = {
    FROM("a way of release"),
    {"law", ELUTE_TYPE_CHOICE, .fallback = "first_order", .choices = STATE_LAWS "|bi_exponential|zero_order|higuchi|korsmeyer_peppas|weibull|table", .doc = "first_order: rate times what is loaded; thermosensitive, ph_decade, enzyme: with the rate that a field or a species gives; bi_exponential: two parts of the load, each of first order. By the age a since a carrier was given, for the share M that has been released: zero_order M = a/time, higuchi (a/time)^(1/2), korsmeyer_peppas (a/time)^exponent (these two describe matrices up to about M = 0.6 and are continued to 1), weibull 1 - exp(-(a/scale)^shape), table. By age, each time that the carrier is given, and each part of a time over which it is (age_classes), makes a species of its own, CARRIER.DRUG_1, _2, …"},
    STATE_LAW_KEYS,
    {"fraction", ELUTE_TYPE_NUMBER, "1", .minimum = 0, .maximum = 1, .doc = "bi_exponential: share that leaves fast, from CARRIER.DRUG_fast; the others are in CARRIER.DRUG_slow."},
    {"fast", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "bi_exponential: rate constant of the fast part."},
    {"slow", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "bi_exponential: of the slow part."},
    {"time", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "zero_order, higuchi, korsmeyer_peppas: age at which all is released."},
    {"released", ELUTE_TYPE_NUMBER, "1", FRACTION, .doc = "Instead of `time`: a share released, …"},
    {"after", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "… and the age at which it is."},
    {"exponent", ELUTE_TYPE_NUMBER, "1", .minimum = 0.2, .maximum = 10, .doc = "korsmeyer_peppas: n; 0.43 to 0.5 where diffusion, 0.85 to 1 where swelling or erosion decides."},
    {"scale", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "weibull: age at which 63 % are released."},
    {"shape", ELUTE_TYPE_NUMBER, "1", .minimum = 0.2, .maximum = 10, .doc = "weibull: below 1 most leaves early, above 1 late."},
    {"table", ELUTE_TYPE_SECTION, .keys = age_keys, .doc = "table: what has been measured."},
    {"burst", ELUTE_TYPE_NUMBER, "1", .minimum = 0, .maximum = 1, .doc = "Share of a dose that is free at once; none if absent."},
    {"releasable", ELUTE_TYPE_NUMBER, "1", FRACTION, .doc = "Share of a dose that leaves in the end, burst included; the rest stays in CARRIER.DRUG_kept until the carrier falls apart. All if absent."}, END};
const EluteKey elute_release = {.type = ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "How a drug leaves its carrier."};
static const EluteKey release_inside_keys[] = {
    {"law", ELUTE_TYPE_CHOICE, .fallback = "first_order", .choices = STATE_LAWS, .doc = "As for release outside."},
    STATE_LAW_KEYS, END};
static const EluteKey payload_keys[] = {
    {"release", ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "How this drug leaves; as the carrier's own `release` if absent."},
    {"per_carrier", ELUTE_TYPE_NUMBER, "1", POSITIVE, .maximum = HUGE_VAL, .doc = "Molecules in a carrier; with it the carrier itself is a species, CARRIER, given with its drugs, and may be given by number."},
    {"arms", ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 10000, .doc = "Instead: places for bonds on a dendrimer, of which the share `loading` holds a drug; each bond breaks by itself, of first order with the rate of the release."},
    {"loading", ELUTE_TYPE_NUMBER, "1", FRACTION, .doc = "Share of the arms (its own, or the carrier's) that hold a drug in a new carrier; all if absent."},
    {"resolve_arms", ELUTE_TYPE_BOOLEAN, .doc = "A species CARRIER.DRUG.n8, n7, … n0 for carriers with as many bonds left, begun as the binomial distribution of `loading`; at most 16 arms."}, END};
static const EluteKey payload = {.type = ELUTE_TYPE_SECTION, .keys = payload_keys, .doc = "A drug that the carrier carries."};
static const EluteKey carrier_degradation_keys[] = {
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant at which carriers fall apart."},
    {"payload", ELUTE_TYPE_CHOICE, .fallback = "released", .choices = "released|destroyed", .doc = "What becomes of the drug inside."}, END};
static const EluteKey uptake_keys[] = {
    {"rate", ELUTE_TYPE_VALUE, .required = true, NOT_NEGATIVE, .doc = "Rate constant at which cells take carriers up, in 1/s; with a catalyst, per its concentration."},
    {"catalyst", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "Species that takes them up; a population under `cells` holds what it takes up, and leaves it when it dies (dying)."},
    {"release_inside", ELUTE_TYPE_SECTION, .keys = release_inside_keys, .doc = "How drugs leave inside, to the species DRUG.inside; not at all if absent."}, END};
static const EluteKey becomes_keys[] = {
    {"carrier", ELUTE_TYPE_REFERENCE, .required = true, .choices = "carriers", .doc = "The carrier that it becomes, which carries the same drugs."},
    {"rate", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Rate constant; with a field for what triggers it."}, END};
static const EluteKey target_keys[] = {
    FROM("how a ligand binds a receptor"),
    {"k_on", ELUTE_TYPE_VALUE, "m3/(mol s)", .required = true, NOT_NEGATIVE, .doc = "Association rate constant of carrier and receptor."},
    {"k_off", ELUTE_TYPE_VALUE, "1/s", .required = true, NOT_NEGATIVE, .doc = "Dissociation rate constant."},
    {"internalisation", ELUTE_TYPE_VALUE, "1/s", NOT_NEGATIVE, .doc = "Rate constant at which bound carriers enter cells, with their receptors; not at all if absent."}, END};
static const EluteKey target = {.type = ELUTE_TYPE_SECTION, .keys = target_keys, .doc = "A receptor, an immobile species of this name."};
static const EluteKey carrier_keys[] = {
    FROM("a carrier"),
    {"radius", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Radius in fluid, that relations of size look at."},
    {"molar_mass", ELUTE_TYPE_QUANTITY, "kg/mol", POSITIVE, .doc = "Of a carrier that is given without a drug, as a mass."},
    TRANSPORT("1"), IN,
    {"carries", ELUTE_TYPE_MAP, .element = &payload, .doc = "Drugs by name. The loaded drug becomes the species CARRIER.DRUG (by law of release, more than one: see `law`; output and verify take the name for all of them); without any, the carrier itself is a species, CARRIER."},
    {"release", ELUTE_TYPE_SECTION, .keys = release_keys, .doc = "Release of every drug that says nothing else."},
    {"arms", ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 10000, .doc = "Of a dendrimer: places for bonds, for the drugs that say a `loading`."},
    {"degradation", ELUTE_TYPE_SECTION, .keys = carrier_degradation_keys, .doc = "How carriers fall apart."},
    {"becomes", ELUTE_TYPE_SECTION, .keys = becomes_keys, .doc = "Another carrier that it turns into: one that has shed its coat, or shrunk."},
    {"targets", ELUTE_TYPE_MAP, .element = &target, .choices = ".", .doc = "Receptors that it binds, by species; what is bound is CARRIER.on_RECEPTOR, its load CARRIER.DRUG.on_RECEPTOR."},
    {"uptake", ELUTE_TYPE_SECTION, .keys = uptake_keys, .doc = "By cells: into CARRIER.DRUG.inside, which stays where it is."}, END};
const EluteKey elute_carrier = {.type = ELUTE_TYPE_SECTION, .keys = carrier_keys, .doc = "A drug carrier."};
/* clang-format on */
