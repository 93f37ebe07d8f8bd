/* Keys of tissue that varies from cell to cell. */
#include "schema_internal.h"

#include <math.h>

/* clang-format off: one key a line or two */
#define END {.key = NULL}
#define POSITIVE .open_minimum = true
#define NOT_NEGATIVE .minimum = 0.0, .maximum = HUGE_VAL

static const EluteKey length_forms[] = {
    {"one", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "The same along every axis."},
    {"each", ELUTE_TYPE_POINT, .doc = "One along each axis of the mesh."}, END};
#define RANDOM \
    {"correlation_length", ELUTE_TYPE_EITHER, .required = true, .keys = length_forms, .doc = "Distance at which the correlation has fallen to 1/e: one length, or one for each axis of the mesh."}, \
    {"covariance", ELUTE_TYPE_CHOICE, .fallback = "gaussian", .choices = "gaussian|exponential", .doc = "exp(-h^2) (smooth) or exp(-h) (rough), h the distance in correlation lengths."}, \
    {"seed", ELUTE_TYPE_INTEGER, .required = true, .maximum = 2147483647, .doc = "Chooses the sample. The same seed, covariance, lengths and waves give the same field, whatever the mesh, the ranks and the property."}, \
    {"truncation", ELUTE_TYPE_NUMBER, .fallback = "4", POSITIVE, .maximum = 40, .doc = "The field is kept within so many standard deviations."}, \
    {"waves", ELUTE_TYPE_INTEGER, .fallback = "1000", .minimum = 16, .maximum = 1000000, .doc = "Random waves in the sum."}, \
    {"with", ELUTE_TYPE_CHOICE, .choices = ELUTE_PROPERTIES, .doc = "A property of this tissue, varied at random without a `with` of its own, that this one is correlated with."}, \
    {"correlation", ELUTE_TYPE_NUMBER, .minimum = -1, .maximum = 1, .doc = "Of the two normal fields, with `with`: this one is correlation times the other plus sqrt(1 - correlation^2) times its own."}, END
static const EluteKey lognormal_keys[] = {
    {"sigma", ELUTE_TYPE_NUMBER, .required = true, POSITIVE, .maximum = 10, .doc = "Standard deviation of the logarithm."},
    {"keeps", ELUTE_TYPE_CHOICE, .fallback = "median", .choices = "median|mean", .doc = "What the property's value is of: the median (the geometric mean) or the arithmetic mean."},
    RANDOM};
static const EluteKey gaussian_keys[] = {
    {"sigma", ELUTE_TYPE_NUMBER, .required = true, POSITIVE, .maximum = 1, .doc = "Standard deviation over the mean; sigma times truncation must stay below 1."},
    RANDOM};
static const EluteKey component = {.type = ELUTE_TYPE_NUMBER, .doc = "One component."};
static const EluteKey layers_keys[] = {
    {"direction", ELUTE_TYPE_LIST, .required = true, .element = &component, .at_least = 1, .doc = "Across the layers, one number per axis of the mesh."},
    {"spacing", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "From the middle of a layer to that of the next."},
    {"thickness", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Of a layer; less than the spacing."},
    {"offset", ELUTE_TYPE_LENGTH, .doc = "Distance from the origin, along the direction, of the middle of a layer; 0 if absent."},
    {"multiplier", ELUTE_TYPE_NUMBER, .required = true, NOT_NEGATIVE, .doc = "In the layers; 1 between them."}, END};
static const EluteKey septa_keys[] = {
    {"spacing", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "From the middle of a wall to that of the next one across the same axis."},
    {"thickness", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Of a wall; less than the spacing."},
    {"offset", ELUTE_TYPE_LENGTH, .doc = "Coordinate of the middle of a wall across each axis; 0 if absent."},
    {"multiplier", ELUTE_TYPE_NUMBER, .required = true, NOT_NEGATIVE, .doc = "In the walls; 1 between them."}, END};
static const EluteKey cell_count = {.type = ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 100000, .doc = "Along one axis."};
static const EluteKey image_keys[] = {
    {"file", ELUTE_TYPE_TEXT, .required = true, .doc = "A legacy VTK file (STRUCTURED_POINTS or RECTILINEAR_GRID, ASCII or BINARY) or, with `cells`, raw numbers; relative to the case."},
    {"array", ELUTE_TYPE_TEXT, .doc = "Name of the scalars in a VTK file, of cells or points; the first if absent."},
    {"unit", ELUTE_TYPE_QUANTITY, "m", POSITIVE, .doc = "Length of 1 in the coordinates of a VTK file; 1 m if absent."},
    {"cells", ELUTE_TYPE_LIST, .element = &cell_count, .at_least = 1, .doc = "Of a raw file: numbers along each axis of the mesh, the first axis fastest. The file must have just these."},
    {"type", ELUTE_TYPE_CHOICE, .choices = "uint8|uint16|float32|float64", .doc = "Of a raw file's numbers, little endian; float32 if absent."},
    {"from", ELUTE_TYPE_POINT, .doc = "Of a raw file: the corner with the smallest coordinates; that of the mesh if absent."},
    {"to", ELUTE_TYPE_POINT, .doc = "Of a raw file: the corner with the largest coordinates; that of the mesh if absent."},
    {"interpolation", ELUTE_TYPE_CHOICE, .fallback = "linear", .choices = "linear|nearest", .doc = "Between the centres (or points) of the image; constant beyond the outermost ones. The tissue must lie inside the image."}, END};
static const EluteKey factor_keys[] = {
    {"lognormal", ELUTE_TYPE_SECTION, .keys = lognormal_keys, .doc = "exp(sigma Y), Y a standard normal random field."},
    {"gaussian", ELUTE_TYPE_SECTION, .keys = gaussian_keys, .doc = "1 + sigma Y, Y a standard normal random field."},
    {"layers", ELUTE_TYPE_SECTION, .keys = layers_keys, .doc = "Parallel layers at equal distances."},
    {"septa", ELUTE_TYPE_SECTION, .keys = septa_keys, .doc = "Walls across every axis of the mesh at equal distances."},
    {"image", ELUTE_TYPE_SECTION, .keys = image_keys, .doc = "Multipliers from a file, by place."}, END};
static const EluteKey factor = {.type = ELUTE_TYPE_SECTION, .keys = factor_keys, .at_least = 1, .doc = "One factor."};
static const EluteKey factor_forms[] = {
    {"factor", ELUTE_TYPE_SECTION, .keys = factor_keys, .at_least = 1, .doc = "One factor."},
    {"product", ELUTE_TYPE_LIST, .element = &factor, .at_least = 1, .doc = "Factors that multiply each other."}, END};

#define VARIES(name, of) {name, ELUTE_TYPE_EITHER, .keys = factor_forms, .doc = "Multiplies " of " from cell to cell."}
const EluteKey elute_vary_keys[] = {
    VARIES("interstitial_fraction", "the interstitial fraction"),
    VARIES("diffusivity", "every diffusivity"),
    VARIES("availability", "every availability"),
    VARIES("sorption_factor", "every sorption factor"),
    VARIES("partition", "every partition"),
    VARIES("hydraulic_conductivity", "the hydraulic conductivity"),
    VARIES("vascular_density", "the area of vessel wall (not that of single vessels)"),
    VARIES("vessel_conductivity", "the hydraulic conductivity of the vessel wall"), END};
/* clang-format on */
