/* The sections of a catalogue file: entries are written with the keys that a case has there, each number with its source
   (catalogue_check.c). */
#include "schema_parts.h"

/* clang-format off: one key a line */
static const EluteKey uptake = {.type = ELUTE_TYPE_SECTION, .keys = elute_uptake_keys, .doc = "How cells take a drug up."};
static const EluteKey protein = {.type = ELUTE_TYPE_SECTION, .keys = elute_protein_keys, .doc = "How a drug binds proteins."};

const EluteKey elute_catalogue_schema[] = {
    {"elute_catalogue", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 1, .doc = "Version of the catalogue format: 1."},
    {"tissues", ELUTE_TYPE_MAP, .element = &elute_tissue, .doc = "Tissues by name."},
    {"drugs", ELUTE_TYPE_MAP, .element = &elute_drug, .doc = "Drugs by name."},
    {"carriers", ELUTE_TYPE_MAP, .element = &elute_carrier, .doc = "Carriers by name."},
    {"releases", ELUTE_TYPE_MAP, .element = &elute_release, .doc = "Ways in which a drug leaves its carrier, by name."},
    {"receptors", ELUTE_TYPE_MAP, .element = &elute_receptor, .doc = "Receptors by name."},
    {"bindings", ELUTE_TYPE_MAP, .element = &elute_binding, .doc = "Pairs of drug and receptor, by name."},
    {"uptakes", ELUTE_TYPE_MAP, .element = &uptake, .doc = "Ways in which cells take a drug up, by name."},
    {"protein_bindings", ELUTE_TYPE_MAP, .element = &protein, .doc = "How drugs bind proteins, by name."},
    {"cells", ELUTE_TYPE_MAP, .element = &elute_cell, .doc = "Populations of cells by name."},
    {"kills", ELUTE_TYPE_MAP, .element = &elute_kill, .doc = "How drugs kill cells, by name."},
    {"responses", ELUTE_TYPE_MAP, .element = &elute_production, .doc = "What cells answer to, by name."},
    {"damages", ELUTE_TYPE_MAP, .element = &elute_damage, .doc = "How heat and cold damage tissue, by name."},
    {"plasma", ELUTE_TYPE_MAP, .element = &elute_plasma_response, .doc = "What doses into a vein leave in plasma, by name."}, END};
/* clang-format on */
