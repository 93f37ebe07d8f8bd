/* The sections of a catalogue file: entries are written with the keys that a case has there, each number with its source
   (catalogue_check.c). */
#include "schema_parts.h"

/* clang-format off: one key a line */
const EluteKey elute_catalogue_schema[] = {
    {"elute_catalogue", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 1, .doc = "Version of the catalogue format: 1."},
    {"tissues", ELUTE_TYPE_MAP, .element = &elute_tissue, .doc = "Tissues by name."},
    {"drugs", ELUTE_TYPE_MAP, .element = &elute_drug, .doc = "Drugs by name."},
    {"carriers", ELUTE_TYPE_MAP, .element = &elute_carrier, .doc = "Carriers by name."},
    {"releases", ELUTE_TYPE_MAP, .element = &elute_release, .doc = "Ways in which a drug leaves its carrier, by name."},
    {"plasma", ELUTE_TYPE_MAP, .element = &elute_plasma_response, .doc = "What doses into a vein leave in plasma, by name."}, END};
/* clang-format on */
