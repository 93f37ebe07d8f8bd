/* Keys of what is written, and of what a case must meet. */
#include "schema_parts.h"

/* clang-format off: one key a line or two */
static const EluteKey output_time = {.type = ELUTE_TYPE_QUANTITY, .dimension = "s", .doc = "A time."};
static const EluteKey output_field = {.type = ELUTE_TYPE_REFERENCE, .choices = "species|fields", .doc = "A species, a prescribed field, or of a flow pressure, velocity or filtration."};
static const EluteKey probe_of = {.type = ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "A species."};
static const EluteKey ray_keys[] = {
    {"from", ELUTE_TYPE_POINT, .required = true, .doc = "Where the line begins."},
    {"to", ELUTE_TYPE_POINT, .required = true, .doc = "Where it ends."},
    {"points", ELUTE_TYPE_INTEGER, .required = true, .minimum = 2, .maximum = 100000, .doc = "Points on it, ends included."}, END};
static const EluteKey probe_forms[] = {
    {"point", ELUTE_TYPE_POINT, .doc = "A point."},
    {"line", ELUTE_TYPE_SECTION, .keys = ray_keys, .doc = "Points on a line."}, END};
static const EluteKey probe = {.type = ELUTE_TYPE_EITHER, .keys = probe_forms, .doc = "A point or a line."};
const EluteKey elute_output_keys[] = {
    {"every", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "Interval of the output; beginning and end alone if absent."},
    {"at", ELUTE_TYPE_LIST, .element = &output_time, .doc = "Further times."},
    {"vtk", ELUTE_TYPE_BOOLEAN, .fallback = "yes", .doc = "Write fields for ParaView?"},
    {"precision", ELUTE_TYPE_CHOICE, .fallback = "double", .choices = "double|single", .doc = "Of the numbers in field files."},
    {"fields", ELUTE_TYPE_LIST, .element = &output_field, .doc = "Species, prescribed fields, pressure, velocity and filtration to write; all if absent."},
    {"probes", ELUTE_TYPE_MAP, .element = &probe, .doc = "Points and lines whose values go into probes.csv."},
    {"probe_species", ELUTE_TYPE_LIST, .element = &probe_of, .at_least = 1, .doc = "Species that probes look at; all if absent."},
    {"probe_as", ELUTE_TYPE_CHOICE, .fallback = "fluid", .choices = "fluid|tissue", .doc = "Mobile species per volume of fluid or of tissue."}, END};

static const EluteKey verify_keys[] = {
    {"at", ELUTE_TYPE_QUANTITY, "s", .doc = "When; at the end if absent."},
    {"species", ELUTE_TYPE_REFERENCE, .choices = "species", .doc = "Of norm, point and total_in."},
    {"pressure", ELUTE_TYPE_BOOLEAN, .doc = "With flow: darcy_starling: norm and point are of the pressure instead of a species."},
    {"as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Of norm and point: per volume of fluid (as if absent) or of tissue."},
    {"norm", ELUTE_TYPE_CHOICE, .choices = "l2|linf", .doc = "Of the difference to an exact solution, over that of the solution."},
    {"exact", ELUTE_TYPE_VALUE, .doc = "With norm: the exact solution."},
    {"absolute", ELUTE_TYPE_BOOLEAN, .doc = "With norm: not divided by the norm of the exact solution."},
    {"in", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "With norm: in this tissue alone."},
    {"point", ELUTE_TYPE_POINT, .doc = "The interpolated value at a point."},
    {"total_in", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "The amount in a tissue, or all."},
    {"ledger", ELUTE_TYPE_TEXT, .doc = "What left by a way: species.place."},
    {"endpoint", ELUTE_TYPE_CHOICE, .choices = ELUTE_ENDPOINTS, .doc = "Of the flow: the largest pressure; its mean over the cells at the surface of the tissue that holds it; fluid per time out of vessels, into lymph, out of the domain."},
    {"equals", ELUTE_TYPE_VALUE, .doc = "What it must be; with within."},
    {"within", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Allowed difference: relative, or absolute with a unit."},
    {"above", ELUTE_TYPE_VALUE, .doc = "What it must exceed."},
    {"below", ELUTE_TYPE_VALUE, .doc = "What it must stay under."}, END};
const EluteKey elute_criterion = {.type = ELUTE_TYPE_SECTION, .keys = verify_keys, .doc = "A criterion that the run must meet."};
/* clang-format on */
