/* The language of study files: one case, what is varied in it, and what is asked of every run. */
#include "schema_parts.h"

/* clang-format off: one key a line */
static const EluteKey bound = {.type = ELUTE_TYPE_QUANTITY, .doc = "A number with its unit; the first decides the unit."};
static const EluteKey choice = {.type = ELUTE_TYPE_TEXT, .doc = "A value as the case takes it; a mapping or list in quotes."};
static const EluteKey weight = {.type = ELUTE_TYPE_NUMBER, POSITIVE, .doc = "Of the value at the same place."};
static const EluteKey path = {.type = ELUTE_TYPE_TEXT, .doc = "Keys of the case joined by dots, as for --set."};

static const EluteKey normal_keys[] = {
    {"mean", ELUTE_TYPE_QUANTITY, .required = true, .doc = "Mean."},
    {"standard_deviation", ELUTE_TYPE_QUANTITY, .required = true, POSITIVE, .doc = "In the unit of the mean."}, END};
static const EluteKey log_normal_keys[] = {
    {"median", ELUTE_TYPE_QUANTITY, .required = true, POSITIVE, .doc = "Median."},
    {"sigma", ELUTE_TYPE_NUMBER, .required = true, POSITIVE, .doc = "Standard deviation of the natural logarithm."}, END};
static const EluteKey parameter_keys[] = {
    {"uniform", ELUTE_TYPE_LIST, .element = &bound, .at_least = 2, .doc = "[low, high]."},
    {"log_uniform", ELUTE_TYPE_LIST, .element = &bound, .at_least = 2, .doc = "[low, high], evenly in the logarithm."},
    {"triangular", ELUTE_TYPE_LIST, .element = &bound, .at_least = 3, .doc = "[low, mode, high]."},
    {"normal", ELUTE_TYPE_SECTION, .keys = normal_keys, .doc = "Normal distribution."},
    {"log_normal", ELUTE_TYPE_SECTION, .keys = log_normal_keys, .doc = "Its logarithm is normal."},
    {"discrete", ELUTE_TYPE_LIST, .element = &choice, .at_least = 1, .doc = "These values, in this order."},
    {"from", ELUTE_TYPE_CHOICE, .choices = "catalogue", .doc = "The range that the catalogue's entry gives this number: log_uniform where it spans a factor of ten or more, else uniform."},
    {"truncate", ELUTE_TYPE_LIST, .element = &bound, .at_least = 2, .doc = "[low, high] of a normal or log_normal: what lies beyond does not occur."},
    {"weights", ELUTE_TYPE_LIST, .element = &weight, .at_least = 1, .doc = "Of the values of discrete; equal if absent."}, END};
static const EluteKey parameter = {.type = ELUTE_TYPE_SECTION, .keys = parameter_keys, .doc = "How it is spread: one distribution."};

static const EluteKey sample_keys[] = {
    {"method", ELUTE_TYPE_CHOICE, .required = true, .choices = "grid|list|one_at_a_time|random|latin_hypercube|sobol|saltelli|morris|refine", .doc = "The design. sobol: scrambled points that fill space; saltelli: what Sobol' indices need; morris: trajectories of elementary effects; refine: the values of mesh.refine and time.accuracy, from coarse to fine, each with the finest of the other."},
    {"points", ELUTE_TYPE_INTEGER, .minimum = 1, .maximum = 1000000, .doc = "Of random, latin_hypercube, sobol; of saltelli N, which runs N (k + 2) points for k parameters."},
    {"levels", ELUTE_TYPE_INTEGER, .minimum = 2, .maximum = 1000, .doc = "Of each parameter in grid and one_at_a_time, whose values are these where they are discrete; 4 in morris if absent."},
    {"trajectories", ELUTE_TYPE_INTEGER, .minimum = 2, .maximum = 100000, .doc = "Of morris, each of k + 1 points."},
    {"seed", ELUTE_TYPE_INTEGER, .fallback = "1", .minimum = 0, .maximum = 2147483647, .doc = "Of everything random: the same seed gives the same points, always."},
    {"file", ELUTE_TYPE_TEXT, .doc = "Of list: a CSV file whose head holds paths of the case and whose lines hold values as the case takes them."}, END};

static const EluteKey one_of_pair = {.type = ELUTE_TYPE_TEXT, .doc = "A parameter of the study."};
static const EluteKey correlation_keys[] = {
    {"between", ELUTE_TYPE_LIST, .required = true, .element = &one_of_pair, .at_least = 2, .doc = "Two parameters."},
    {"coefficient", ELUTE_TYPE_NUMBER, .required = true, .minimum = -1, .maximum = 1, .doc = "Of the normal numbers behind them."}, END};
static const EluteKey correlation = {.type = ELUTE_TYPE_SECTION, .keys = correlation_keys, .doc = "A correlation."};

static const EluteKey override = {.type = ELUTE_TYPE_TEXT, .doc = "A value as for --set; a mapping or list in quotes."};
static const EluteKey scenario = {.type = ELUTE_TYPE_MAP, .element = &override, .choices = ".+", .maximum = 255, .doc = "What differs from the case, by path."};
static const EluteKey replicate_keys[] = {
    {"count", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 100000, .doc = "How often the whole design is run."},
    {"seeds", ELUTE_TYPE_LIST, .required = true, .element = &path, .at_least = 1, .doc = "Paths of seeds of the case: each replicate and path has a seed of its own, counted up from first."},
    {"first", ELUTE_TYPE_INTEGER, .fallback = "1", .minimum = 0, .maximum = 1000000000, .doc = "The first seed."}, END};
static const EluteKey output = {.type = ELUTE_TYPE_TEXT, .doc = "A number of endpoints.json or run.json: endpoints.NAME, endpoints.NAME.distribution.d50, endpoints.SPLIT.PART, run.steps.accepted."};

static const EluteKey probe = {.type = ELUTE_TYPE_TEXT, .doc = "The name of a probe."};

static const EluteKey objective = {.type = ELUTE_TYPE_CHOICE, .choices = "largest|smallest", .doc = "Which is better."};
static const EluteKey tolerance_keys[] = {
    {"endpoint", ELUTE_TYPE_TEXT, .required = true, .doc = "One of outputs."},
    {"above", ELUTE_TYPE_QUANTITY, .doc = "What it must reach, or:"},
    {"below", ELUTE_TYPE_QUANTITY, .doc = "What it must not exceed."},
    {"parameter", ELUTE_TYPE_TEXT, .required = true, .doc = "A parameter of the study: how far it may be"},
    {"nominal", ELUTE_TYPE_QUANTITY, .required = true, .doc = "from this value"},
    {"level", ELUTE_TYPE_NUMBER, .fallback = "0.9", .minimum = 0, .maximum = 1, .open_minimum = true, .doc = "while so large a share of the points beside it does so."}, END};
static const EluteKey tolerance = {.type = ELUTE_TYPE_SECTION, .keys = tolerance_keys, .doc = "How far a parameter may be from its nominal value while an endpoint is good enough."};
static const EluteKey analyse_keys[] = {
    {"objectives", ELUTE_TYPE_MAP, .element = &objective, .choices = ".", .maximum = 255, .doc = "Outputs by name: the best point for each, and with two or more the Pareto set."},
    {"tolerances", ELUTE_TYPE_LIST, .element = &tolerance, .doc = "How far parameters may be off."},
    {"bins", ELUTE_TYPE_INTEGER, .minimum = 2, .maximum = 1000, .doc = "Of curves along a parameter; half the root of the number of points, from 4 to 20, if absent."},
    {"bootstrap", ELUTE_TYPE_INTEGER, .fallback = "1000", .minimum = 10, .maximum = 100000, .doc = "Draws for an interval."},
    {"seed", ELUTE_TYPE_INTEGER, .fallback = "1", .minimum = 0, .maximum = 2147483647, .doc = "Of these draws."}, END};

const EluteKey elute_study_schema[] = {
    {"elute_study", ELUTE_TYPE_INTEGER, .required = true, .minimum = 1, .maximum = 1, .doc = "Version of the study format: 1."},
    {"title", ELUTE_TYPE_TEXT, .doc = "One line about the study."},
    {"case", ELUTE_TYPE_TEXT, .required = true, .doc = "The case file, relative to the study's."},
    {"sample", ELUTE_TYPE_SECTION, .required = true, .keys = sample_keys, .doc = "Which points are run."},
    {"parameters", ELUTE_TYPE_MAP, .element = &parameter, .choices = ".+", .maximum = 255, .doc = "What is varied, by its path in the case."},
    {"correlations", ELUTE_TYPE_LIST, .element = &correlation, .doc = "Between normal and log_normal parameters that are not truncated, in random, latin_hypercube and sobol."},
    {"scenarios", ELUTE_TYPE_MAP, .element = &scenario, .doc = "Fixed sets of overrides by name; the whole design is run in each."},
    {"replicates", ELUTE_TYPE_SECTION, .keys = replicate_keys, .doc = "The whole design again with other random fields."},
    {"outputs", ELUTE_TYPE_LIST, .required = true, .element = &output, .at_least = 1, .doc = "What is kept of every run."},
    {"series", ELUTE_TYPE_LIST, .element = &probe, .at_least = 1, .doc = "Probes of the case (output: probes) whose values at every output time are kept of every point, as probes.csv has them."},
    {"batch", ELUTE_TYPE_CHOICE, .fallback = "auto", .choices = "auto|no", .doc = "auto: small points that differ in numbers alone are stepped as one, with steps that fit all, to the same tolerance each; no: one by one."},
    {"analyse", ELUTE_TYPE_SECTION, .keys = analyse_keys, .doc = "What elute study analyse answers beyond what the design itself does; may be changed when all has run."}, END};
/* clang-format on */
