/* Keys of the properties of what moves. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
/* A property: a value, or a relation that gives it from the species' radius. */
#define RELATION(name, models, words, unit, ...) \
    static const EluteKey name##_relation[] = { \
        {"model", ELUTE_TYPE_CHOICE, .required = true, .choices = models, .doc = words}, END}; \
    const EluteKey elute_##name##_forms[] = { \
        {"relation", ELUTE_TYPE_SECTION, .keys = name##_relation, .doc = "A relation that gives it from the radius."}, \
        {"value", ELUTE_TYPE_VALUE, unit, __VA_ARGS__, .doc = "The property itself."}, END}
RELATION(diffusivity, "fitted|fibre_matrix|pore|stokes_einstein", "fitted: to measurements in tumours; fibre_matrix: by the tissue's fibre_fraction and fibre_radius; pore: by its pore_radius; stokes_einstein: in water at 37 C.", "m2/s", NOT_NEGATIVE);
RELATION(availability, "fitted|fibre_matrix|pore", "fitted: to tumours; fibre_matrix: Ogston's, by the tissue's fibre_fraction and fibre_radius; pore: by its pore_radius.", "1", FRACTION);
RELATION(convective_hindrance, "pore", "pore: W by the tissue's pore_radius.", "1", FRACTION);
RELATION(permeability, "two_pore", "two_pore: through pores of 4.5 nm and 500 nm, as in tumour vessels.", "m/s", NOT_NEGATIVE);
RELATION(reflection, "pore", "pore: by the tissue's vessel_pore_radius.", "1", .minimum = 0, .maximum = 1);
static const EluteKey in_keys[] = {TRANSPORT(NULL), END};
const EluteKey elute_in_tissue = {.type = ELUTE_TYPE_SECTION, .keys = in_keys, .at_least = 1, .doc = "What differs in this tissue."};
/* clang-format on */
