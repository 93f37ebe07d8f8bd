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
/* ---- read-outs ---- */
static const EluteKey together_of = {.type = ELUTE_TYPE_TEXT, .doc = "A species, or several by a beginning with * behind it, such as stealth.*"};
static const EluteKey together_forms[] = {
    {"one", ELUTE_TYPE_TEXT, .doc = "A species, or several by a beginning with * behind it, such as stealth.*"},
    {"several", ELUTE_TYPE_LIST, .element = &together_of, .at_least = 1, .doc = "Several, added up."}, END};
static const EluteKey together = {.type = ELUTE_TYPE_EITHER, .keys = together_forms, .doc = "Species, added up."};
static const EluteKey region_tissue = {.type = ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "A tissue."};
static const EluteKey region_forms[] = {
    {"tissue", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "A tissue, by the label of cells."},
    {"tissues", ELUTE_TYPE_LIST, .element = &region_tissue, .at_least = 1, .doc = "Several."},
    {"shape", ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "A shape, by volume fraction."}, END};
static const EluteKey around_forms[] = {
    {"tissue", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "A tissue that has a shape."},
    {"shape", ELUTE_TYPE_SECTION, .keys = elute_shape_keys, .at_least = 1, .doc = "A shape."}, END};
static const EluteKey margin_keys[] = {
    {"around", ELUTE_TYPE_EITHER, .required = true, .keys = around_forms, .doc = "What it lies around."},
    {"thickness", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "How far it reaches."}, END};
static const EluteKey from_forms[] = {
    {"of", ELUTE_TYPE_CHOICE, .choices = "surface|domain|vessels", .doc = "surface: that of the tissue or shape of `in`, or what a margin lies around; domain: the nearest end of an axis of the mesh; vessels: the nearest single vessel."},
    {"point", ELUTE_TYPE_POINT, .doc = "A point, such as where a needle's tip was."}, END};
static const EluteKey level = {.type = ELUTE_TYPE_VALUE, .dimension = NULL, .doc = "One of them."};
static const EluteKey endpoint_keys[] = {
    {"kind", ELUTE_TYPE_CHOICE, .choices = ELUTE_KINDS, .doc = "mean: over the region's volume; auc: mean of the integral over time; peak: the largest value of any cell so far, and when; time_above: mean time above a threshold; coverage (as if absent, with `above`): share of the volume above a level; heterogeneity: coefficient of variation; dose_volume: shares of the volume that have at least each level, its value being the median; penetration: depth at which the mean falls to a share; amount; occupancy: amount of one sum over that of another; split: shares of parts; plasma_auc: of the concentration in plasma."},
    {"of", ELUTE_TYPE_EITHER, .keys = together_forms, .doc = "Species, added up; of all kinds but split."},
    {"as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Concentration per volume of fluid (as if absent, where all are mobile) or of tissue."},
    {"in", ELUTE_TYPE_EITHER, .keys = region_forms, .doc = "Region; everywhere if absent."},
    {"margin", ELUTE_TYPE_SECTION, .keys = margin_keys, .doc = "Of the region only what lies in this layer around a tissue or shape, by volume fraction."},
    {"by", ELUTE_TYPE_CHOICE, .choices = "concentration|auc|peak", .doc = "mean, coverage, heterogeneity, dose_volume, penetration: of what; the concentration now if absent (dose_volume: auc)."},
    {"above", ELUTE_TYPE_VALUE, .dimension = NULL, .doc = "time_above: the threshold; coverage: the level of what `by` says."},
    {"for", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "coverage: above the threshold for at least this time in all, so far."},
    {"levels", ELUTE_TYPE_LIST, .element = &level, .at_least = 1, .doc = "dose_volume: of what `by` says; 101 from nothing to the largest if absent."},
    {"from", ELUTE_TYPE_EITHER, .keys = from_forms, .doc = "penetration: where depth counts from."},
    {"share", ELUTE_TYPE_NUMBER, .open_minimum = true, .maximum = 1, .doc = "penetration: of the mean at depth 0, which is extrapolated from the first two bins; 0.5 if absent."},
    {"bin", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "penetration: width of the layers over which the mean is taken; that of the smallest cell if absent."},
    {"over", ELUTE_TYPE_EITHER, .keys = together_forms, .doc = "occupancy: the whole, such as receptors bound and free."},
    {"parts", ELUTE_TYPE_MAP, .element = &together, .doc = "split: species by the name of the part, such as free, bound, internal."}, END};
static const EluteKey endpoint = {.type = ELUTE_TYPE_SECTION, .keys = endpoint_keys, .doc = "An endpoint."};
static const EluteKey sample_time = {.type = ELUTE_TYPE_QUANTITY, .dimension = "s", .doc = "A time."};
#define TIMES {"times", ELUTE_TYPE_LIST, .element = &sample_time, .at_least = 1, .doc = "When; at the end if absent."}
static const EluteKey component = {.type = ELUTE_TYPE_NUMBER, .doc = "A component."};
static const EluteKey biopsy_keys[] = {
    {"at", ELUTE_TYPE_POINT, .required = true, .doc = "Where the core begins, on its axis."},
    {"direction", ELUTE_TYPE_LIST, .required = true, .element = &component, .at_least = 1, .doc = "Of the needle: one component for each axis of the mesh, of any length."},
    {"length", ELUTE_TYPE_LENGTH, .required = true, POSITIVE, .doc = "Of the core."},
    {"diameter", ELUTE_TYPE_LENGTH, POSITIVE, .doc = "Of the core."},
    {"gauge", ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 40, .doc = "Instead of a diameter: of a needle, 14 (1.6 mm inside), 16 (1.194 mm), 18 (0.838 mm), 20 (0.603 mm) or 22 (0.413 mm)."},
    {"bins", ELUTE_TYPE_INTEGER, .fallback = "10", .minimum = 1, .maximum = 10000, .doc = "Equal pieces along the core."},
    {"of", ELUTE_TYPE_EITHER, .keys = together_forms, .doc = "Species, each by itself; all if absent."}, TIMES, END};
static const EluteKey biopsy = {.type = ELUTE_TYPE_SECTION, .keys = biopsy_keys, .doc = "A core of tissue."};
static const EluteKey lengths_forms[] = {
    {"one", ELUTE_TYPE_LENGTH, NOT_NEGATIVE, .doc = "Along every axis."},
    {"each", ELUTE_TYPE_POINT, .doc = "Along each axis."}, END};
static const EluteKey image_keys[] = {
    {"of", ELUTE_TYPE_EITHER, .required = true, .keys = together_forms, .doc = "Species, added up."},
    {"as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Concentration per volume of tissue (as if absent) or of fluid."},
    {"signal", ELUTE_TYPE_VALUE, "1", .doc = "A formula of c, the concentration in mol/m3 (mM), such as {formula: \"1 + 4.5*c\", unit: 1}; c itself if absent."},
    {"point_spread", ELUTE_TYPE_EITHER, .keys = lengths_forms, .doc = "Full width at half maximum of a Gaussian; sharp if absent."},
    {"voxel", ELUTE_TYPE_EITHER, .required = true, .keys = lengths_forms, .doc = "Edges of a voxel. The first lies at the lowest corner of the mesh."},
    {"noise", ELUTE_TYPE_NUMBER, .fallback = "0", NOT_NEGATIVE, .doc = "Standard deviation of normal noise, in units of the signal."},
    {"seed", ELUTE_TYPE_INTEGER, .fallback = "0", .minimum = 0, .maximum = 2147483647, .doc = "Of the noise, which is a function of seed, scan and voxel."}, TIMES, END};
static const EluteKey image = {.type = ELUTE_TYPE_SECTION, .keys = image_keys, .doc = "A picture in voxels."};
const EluteKey elute_output_keys[] = {
    {"every", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "Interval of the output; beginning and end alone if absent."},
    {"at", ELUTE_TYPE_LIST, .element = &output_time, .doc = "Further times."},
    {"vtk", ELUTE_TYPE_BOOLEAN, .fallback = "yes", .doc = "Write fields for ParaView?"},
    {"precision", ELUTE_TYPE_CHOICE, .fallback = "double", .choices = "double|single", .doc = "Of the numbers in field files."},
    {"fields", ELUTE_TYPE_LIST, .element = &output_field, .doc = "Species, prescribed fields, pressure, velocity, filtration, and endpoints for what their cells have (auc, peak, time above), to write; all if absent."},
    {"endpoints", ELUTE_TYPE_MAP, .element = &endpoint, .doc = "Numbers read out of the state while it runs: endpoints.json and endpoints.csv."},
    {"biopsies", ELUTE_TYPE_MAP, .element = &biopsy, .doc = "Cores that a needle takes, by name: biopsy_NAME.csv."},
    {"images", ELUTE_TYPE_MAP, .element = &image, .doc = "What an imager would see, by name: image_NAME_NNN.vtk."},
    {"probes", ELUTE_TYPE_MAP, .element = &probe, .doc = "Points and lines whose values go into probes.csv."},
    {"probe_species", ELUTE_TYPE_LIST, .element = &probe_of, .at_least = 1, .doc = "Species that probes look at; all if absent."},
    {"probe_as", ELUTE_TYPE_CHOICE, .fallback = "fluid", .choices = "fluid|tissue", .doc = "Mobile species per volume of fluid or of tissue."}, END};

const EluteKey elute_checkpoint_keys[] = {
    {"every", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "After so much time on the clock."},
    {"every_model_time", ELUTE_TYPE_QUANTITY, "s", POSITIVE, .doc = "After so much time of the run."}, END};

static const EluteKey one_row = {.type = ELUTE_TYPE_TEXT, .doc = "species.place"};
static const EluteKey rows_forms[] = {
    {"one", ELUTE_TYPE_TEXT, .doc = "species.place"}, {"several", ELUTE_TYPE_LIST, .element = &one_row, .at_least = 1, .doc = "Several, added up."}, END};
static const EluteKey verify_keys[] = {
    {"at", ELUTE_TYPE_QUANTITY, "s", .doc = "When; at the end if absent."},
    {"species", ELUTE_TYPE_EITHER, .keys = together_forms, .doc = "Of norm, point and total_in: species, added up."},
    {"pressure", ELUTE_TYPE_BOOLEAN, .doc = "With flow: darcy_starling: norm and point are of the pressure instead of a species."},
    {"as", ELUTE_TYPE_CHOICE, .choices = "fluid|tissue", .doc = "Of norm and point: per volume of fluid (as if absent) or of tissue."},
    {"norm", ELUTE_TYPE_CHOICE, .choices = "l2|linf", .doc = "Of the difference to an exact solution, over that of the solution."},
    {"exact", ELUTE_TYPE_VALUE, .doc = "With norm: the exact solution."},
    {"absolute", ELUTE_TYPE_BOOLEAN, .doc = "With norm: not divided by the norm of the exact solution."},
    {"in", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "With norm: in this tissue alone."},
    {"point", ELUTE_TYPE_POINT, .doc = "The interpolated value at a point."},
    {"total_in", ELUTE_TYPE_REFERENCE, .choices = "tissues", .doc = "The amount in a tissue, or all."},
    {"ledger", ELUTE_TYPE_EITHER, .keys = rows_forms, .doc = "What left by a way: species.place; several are added up, and species that do not have the place of another have nothing there."},
    {"endpoint", ELUTE_TYPE_TEXT, .doc = "One of output: endpoints, by NAME (NAME.PART: a share of a split); or of the flow " ELUTE_ENDPOINTS ": the largest pressure; its mean over the cells at the surface of the tissue that holds it; fluid per time out of vessels, into lymph, out of the domain."},
    {"equals", ELUTE_TYPE_VALUE, .doc = "What it must be; with within."},
    {"within", ELUTE_TYPE_VALUE, NOT_NEGATIVE, .doc = "Allowed difference: relative, or absolute with a unit."},
    {"above", ELUTE_TYPE_VALUE, .doc = "What it must exceed."},
    {"below", ELUTE_TYPE_VALUE, .doc = "What it must stay under."}, END};
const EluteKey elute_criterion = {.type = ELUTE_TYPE_SECTION, .keys = verify_keys, .doc = "A criterion that the run must meet."};
/* clang-format on */
