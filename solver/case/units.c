/* Quantities with units over UDUNITS-2. The system of units is read once, at the first use. */
#include "units.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

enum { LONGEST_UNIT = 100 };

static ut_system *units;

/* What UDUNITS-2 has no name for. M is molar; prefixes (mM, uM, nM, pM) come by themselves with a symbol. */
static const struct {
  const char *symbol, *definition;
} additions[] = {
    {"M", "1000 mol m-3"},   {"IU", "1"}, {"cell", "1"}, {"cells", "1"}, {"mmHg", "133.322387415 Pa"},
    {"cmH2O", "98.0665 Pa"},
};

/* Customary units of a dimension, ascending: for messages and tables. */
static const struct {
  const char *dimension, *what, *example, *customary[6];
} dimensions[] = {
    {"1", "a number", "0.3 or 30 %", {0}},
    {"m", "a length", "300 um", {"um", "mm"}},
    {"m2", "an area", "2 mm2", {"mm2", "m2"}},
    {"m3", "a volume", "2 uL", {"uL", "mL", "L"}},
    {"s", "a time", "6 h", {"s", "min", "h"}},
    {"1/s", "a rate", "0.01 1/h", {"1/h", "1/min", "1/s"}},
    {"1/m", "an inverse length", "200 1/cm", {"1/cm"}},
    {"1/m3", "a number density", "1e8 1/mL", {"1/mL"}},
    {"m/s", "a velocity", "0.5 um/s", {"um/s", "mm/s", "m/s"}},
    {"m2/s", "a diffusivity", "3e-11 m2/s", {"m2/s"}},
    {"m3/s", "a volume rate", "60 uL/min", {"uL/min", "mL/min"}},
    {"mol", "an amount", "3 nmol", {"pmol", "nmol", "umol", "mmol", "mol"}},
    {"mol/s", "an amount per time", "1 pmol/s", {"pmol/s", "nmol/s", "umol/s"}},
    {"mol/m3", "a concentration", "4 uM", {"pM", "nM", "uM", "mM", "M"}},
    {"mol/(m3 s)", "a concentration per time", "1 nM/s", {"nM/s", "uM/s"}},
    {"mol/(m2 s)", "a flux", "1e-9 mol/(m2 s)", {"mol/(m2 s)"}},
    {"m3/(mol s)", "a second-order rate constant", "6.7e5 1/(M s)", {"1/(M s)"}},
    {"kg", "a mass", "5 ug", {"ug", "mg", "g", "kg"}},
    {"kg/mol", "a molar mass", "543.5 g/mol", {"g/mol", "kg/mol"}},
    {"Pa", "a pressure", "15.6 mmHg", {"Pa", "mmHg"}},
    {"K", "a temperature", "37 degC", {"K"}},
    {"m2/(Pa s)", "a hydraulic conductivity", "2e-7 cm2/(mmHg s)", {"cm2/(mmHg s)"}},
};
enum { N_DIMENSIONS = sizeof dimensions / sizeof dimensions[0] };

static bool open_units(void) {
  ut_unit *unit;

  if (units) return true;
  ut_set_error_message_handler(ut_ignore);
  units = ut_read_xml(NULL);
  if (!units) return false;
  for (size_t i = 0; i < sizeof additions / sizeof additions[0]; i++) {
    unit = ut_parse(units, additions[i].definition, UT_ASCII);
    /* UT_EXISTS: this UDUNITS-2 knows it already, with the same meaning. */
    ut_map_symbol_to_unit(additions[i].symbol, UT_ASCII, unit);
    ut_free(unit);
  }
  return true;
}

void EluteUnitsFinalize(void) {
  ut_free_system(units);
  units = NULL;
}

static int find_dimension(const char *dimension) {
  for (int i = 0; i < N_DIMENSIONS; i++)
    if (strcmp(dimensions[i].dimension, dimension) == 0) return i;
  return -1;
}

/* "expected a length in m, such as '300 um'" */
static void describe_expected(const char *dimension, char *text, size_t length) {
  const int i = dimension ? find_dimension(dimension) : -1;

  if (!dimension)
    snprintf(text, length, "expected a number with a unit");
  else if (strcmp(dimension, "1") == 0)
    snprintf(text, length, "expected a number without a unit, such as %s", dimensions[0].example);
  else if (i < 0)
    snprintf(text, length, "expected a quantity in %s, such as '1 %s'", dimension, dimension);
  else
    snprintf(text, length, "expected %s in %s, such as '%s'", dimensions[i].what, dimension, dimensions[i].example);
}

/* Coherent SI of a unit: the product of its base units. */
typedef ut_unit *BaseOf;

static ut_status visit_basic(const ut_unit *unit, void *base) {
  *(BaseOf *)base = ut_clone(unit);
  return UT_SUCCESS;
}

static ut_status visit_product(const ut_unit *unit, int count, const ut_unit *const *basic, const int *powers,
                               void *base) {
  (void)count, (void)basic, (void)powers;
  return visit_basic(unit, base);
}

static ut_status visit_galilean(const ut_unit *unit, double scale, const ut_unit *underlying, double offset,
                                void *base);

static ut_status visit_timestamp(const ut_unit *unit, const ut_unit *time, double origin, void *base) {
  (void)unit, (void)time, (void)origin, (void)base;
  return UT_BAD_ARG;
}

static ut_status visit_logarithmic(const ut_unit *unit, double log_base, const ut_unit *reference, void *base) {
  (void)unit, (void)log_base, (void)reference, (void)base;
  return UT_BAD_ARG;
}

static const ut_visitor visitor = {visit_basic, visit_product, visit_galilean, visit_timestamp, visit_logarithmic};

static ut_status visit_galilean(const ut_unit *unit, double scale, const ut_unit *underlying, double offset,
                                void *base) {
  (void)unit, (void)scale, (void)offset;
  return ut_accept_visitor(underlying, &visitor, base);
}

/* NULL for dates and decibels, which have no factor. */
static ut_unit *base_of(const ut_unit *unit) {
  ut_unit *base = NULL;

  if (ut_accept_visitor(unit, &visitor, &base) != UT_SUCCESS) {
    ut_free(base);
    return NULL;
  }
  return base;
}

/* UDUNITS-2 calls seconds and hertz convertible; here the quotient must be a number (radians count as one). */
static bool same_dimension(const ut_unit *a, const ut_unit *b) {
  ut_unit *ratio = ut_divide(a, b);
  const bool same = ratio && ut_is_dimensionless(ratio);

  ut_free(ratio);
  return same;
}

static double twelve_digits(double x) {
  char text[32];

  snprintf(text, sizeof text, "%.12g", x);
  return strtod(text, NULL);
}

/* UDUNITS-2 multiplies prefixes and definitions one by one, which leaves 1 uL at 1.0000000000000003e-9 m3. A factor
   within rounding of a short decimal, or of the inverse of one, is that. */
static double without_rounding(double factor) {
  const double direct = twelve_digits(factor), inverse = twelve_digits(1.0 / factor);

  if (fabs(direct - factor) <= 2e-15 * fabs(factor)) return direct;
  if (fabs(inverse * factor - 1.0) <= 2e-15) return 1.0 / inverse;
  return factor;
}

/* number * factor, correctly rounded where the factor is the inverse of a whole number: 300 um is 300/1e6 m. */
static double scale(double number, double factor) {
  const double inverse = nearbyint(1.0 / factor);

  return fabs(factor) < 1.0 && fabs(inverse) < 1e15 && 1.0 / inverse == factor ? number / inverse : number * factor;
}

static bool affine(const ut_unit *from, const ut_unit *to, double *factor, double *offset) {
  cv_converter *converter = ut_get_converter((ut_unit *)from, (ut_unit *)to);

  if (!converter) return false;
  *offset = cv_convert_double(converter, 0.0);
  *factor = *offset == 0.0 ? cv_convert_double(converter, 1.0) : 0.0;
  if (*offset != 0.0) *factor = cv_convert_double(converter, 1.0) - *offset;
  cv_free(converter);
  if (!isfinite(*factor) || !isfinite(*offset) || *factor == 0.0) return false;
  *factor = without_rounding(*factor);
  return true;
}

/* from -> to through mass per mole: from * (mol/kg)^power has the dimension of to. Returns the power, 0 if there is
 * none. */
static int molar_power(const ut_unit *from, const ut_unit *to, ut_unit **molar) {
  static const int powers[] = {1, -1, 2, -2};
  ut_unit *mol_per_kg = ut_parse(units, "mol/kg", UT_ASCII);

  for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
    ut_unit *factor = ut_raise(mol_per_kg, powers[i]), *product = ut_multiply(from, factor);
    const bool fits = product && same_dimension(product, to);

    ut_free(factor);
    if (fits) {
      ut_free(mol_per_kg);
      *molar = product;
      return powers[i];
    }
    ut_free(product);
  }
  ut_free(mol_per_kg);
  return 0;
}

/* "0.01/h" is read as 0.01 1/h. A number may stand in front only as the 1 of "1/h": "10 10 mm" and "1 000 m" are slips.
 */
static ut_unit *parse_unit(const char *text) {
  char unit[LONGEST_UNIT + 4];
  size_t n;
  ut_unit *parsed;

  while (isspace((unsigned char)*text)) text++;
  n = strlen(text);
  if (n > LONGEST_UNIT) return NULL;
  for (const char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c)) return NULL; /* the scanner of UDUNITS-2 prints line breaks to stdout */
  if ((isdigit((unsigned char)text[0]) && !(text[0] == '1' && (text[1] == '/' || text[1] == ' ' || text[1] == '\0'))) ||
      text[0] == '.' || text[0] == '-' || text[0] == '+')
    return NULL;
  if (text[0] == '1' && text[1] == ' ' && isdigit((unsigned char)text[1 + strspn(text + 1, " ")])) return NULL;
  snprintf(unit, sizeof unit, "%s%s", text[0] == '/' ? "1" : "", text);
  ut_trim(unit, UT_UTF8);
  parsed = ut_parse(units, unit, UT_UTF8);
  return parsed;
}

/* *by_mass: the molar mass counts. */
static bool convert(const ut_unit *found, const char *unit, const char *dimension, double molar_mass, double *factor,
                    double *offset, bool *by_mass, char *why, size_t length) {
  ut_unit *base = base_of(found), *expected = NULL, *molar = NULL;
  char text[128], expectation[200];
  bool fine = false;
  int power = 0;

  describe_expected(dimension, expectation, sizeof expectation);
  if (dimension) expected = ut_parse(units, dimension, UT_ASCII);
  if (!base || (dimension && !expected)) {
    snprintf(why, length, "the unit '%s' has no factor to SI; %s", unit, expectation);
  } else if (!dimension || same_dimension(base, expected)) {
    fine = affine(found, dimension ? expected : base, factor, offset);
    if (!fine) snprintf(why, length, "the unit '%s' cannot be converted; %s", unit, expectation);
  } else if ((power = molar_power(base, expected, &molar))) {
    if (molar_mass > 0.0) {
      fine = affine(found, base, factor, offset); /* both coherent, so that only the molar mass remains */
      *factor *= pow(molar_mass, -power);
      if (fine && *offset != 0.0) fine = false;
      if (!fine) snprintf(why, length, "the unit '%s' cannot be converted; %s", unit, expectation);
    } else {
      snprintf(why, length, "the unit '%s' counts mass; give the species a molar_mass, or %s", unit,
               expectation + strlen("expected "));
    }
  } else {
    if (ut_format(base, text, sizeof text, UT_ASCII) < 0) snprintf(text, sizeof text, "another dimension");
    snprintf(why, length, "the unit '%s' is in %s; %s", unit, strcmp(text, "1") == 0 ? "pure numbers" : text,
             expectation);
  }
  if (fine && *offset != 0.0 && dimension && strcmp(dimension, "K") != 0) {
    snprintf(why, length, "the unit '%s' has an offset; %s", unit, expectation);
    fine = false;
  }
  *by_mass = power != 0;
  ut_free(base);
  ut_free(expected);
  ut_free(molar);
  return fine;
}

/* A case names few units, many times, and a study reads it for every point. */
typedef struct Conversion {
  char unit[24];
  char dimension[24];
  double factor, offset; /* 0: none is here */
} Conversion;
static Conversion conversions[256];

/* "": of any dimension */
static Conversion *conversion_of(const char *unit, const char *dimension) {
  uint32_t hash = 2166136261U; /* FNV-1a */

  for (const char *c = unit; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619U;
  for (const char *c = dimension; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619U;
  return &conversions[hash % (sizeof conversions / sizeof conversions[0])];
}

static bool is_known(const Conversion *c, const char *unit, const char *dimension) {
  return c->factor != 0 && strcmp(c->unit, unit) == 0 && strcmp(c->dimension, dimension) == 0;
}

static void note_conversion(const char *unit, const char *dimension, double factor, double offset) {
  Conversion *c = conversion_of(unit, dimension);

  if (strlen(unit) >= sizeof c->unit || strlen(dimension) >= sizeof c->dimension) return;
  snprintf(c->unit, sizeof c->unit, "%s", unit);
  snprintf(c->dimension, sizeof c->dimension, "%s", dimension);
  c->factor = factor, c->offset = offset;
}

bool EluteUnitParse(const char *unit, const char *dimension, double molar_mass, double *factor, double *offset,
                    char *why, size_t length) {
  const char *key = dimension ? dimension : "";
  const Conversion *known = conversion_of(unit, key);
  char expectation[200];
  ut_unit *parsed;
  bool fine, by_mass;

  if (is_known(known, unit, key)) {
    *factor = known->factor, *offset = known->offset;
    return true;
  }

  if (!open_units()) {
    snprintf(why, length, "the database of UDUNITS-2 cannot be read (libudunits2-data)");
    return false;
  }
  parsed = parse_unit(unit);
  if (!parsed) {
    describe_expected(dimension, expectation, sizeof expectation);
    snprintf(why, length, "'%.60s' is no unit; %s", unit, expectation);
    return false;
  }
  fine = convert(parsed, unit, dimension, molar_mass, factor, offset, &by_mass, why, length);
  ut_free(parsed);
  if (fine && !by_mass) note_conversion(unit, key, *factor, *offset);
  return fine;
}

/* Length of the decimal number at the start of text; 0: there is none. (strtod would take inf, nan and hexadecimal.) */
static size_t number_length(const char *text) {
  const char *c = text, *mantissa;
  size_t digits, exponent;

  if (*c == '+' || *c == '-') c++;
  mantissa = c;
  digits = strspn(c, "0123456789");
  c += digits;
  if (*c == '.') {
    c++;
    digits += strspn(c, "0123456789");
    c += strspn(c, "0123456789");
  }
  if (digits == 0 || c == mantissa) return 0;
  if (*c == 'e' || *c == 'E') {
    exponent = 1 + (c[1] == '+' || c[1] == '-');
    if (isdigit((unsigned char)c[exponent])) c += exponent + strspn(c + exponent, "0123456789");
  }
  return (size_t)(c - text);
}

bool EluteQuantityParse(const char *text, const char *dimension, double molar_mass, double *si, char *why,
                        size_t length) {
  const char *start = text + strspn(text, " \t"), *unit;
  const size_t n = number_length(start);
  double number, factor = 1.0, offset = 0.0;
  char expectation[200], reason[400];

  describe_expected(dimension, expectation, sizeof expectation);
  if (n == 0) {
    snprintf(why, length, "found '%.60s'; %s", text, expectation);
    return false;
  }
  number = strtod(start, NULL);
  unit = start + n + strspn(start + n, " \t");
  if (!*unit && dimension && strcmp(dimension, "1") != 0) {
    snprintf(why, length, "found '%.60s' without a unit; %s", text, expectation);
    return false;
  }
  if (*unit && !EluteUnitParse(unit, dimension, molar_mass, &factor, &offset, reason, sizeof reason)) {
    snprintf(why, length, "found '%.60s': %s", text, reason);
    return false;
  }
  *si = scale(number, factor) + offset;
  if (!isfinite(*si)) {
    snprintf(why, length, "found '%.60s', which is too large a number; %s", text, expectation);
    return false;
  }
  return true;
}

void EluteQuantityFormat(double si, const char *dimension, char *text, size_t length) {
  const int i = find_dimension(dimension);
  const char *unit = dimension;
  double value = si, factor, offset;
  char why[8];

  if (strcmp(dimension, "1") == 0) {
    snprintf(text, length, "%.6g", si);
    return;
  }
  for (int k = 0; i >= 0 && k < 6 && dimensions[i].customary[k]; k++) {
    if (!EluteUnitParse(dimensions[i].customary[k], dimension, 0.0, &factor, &offset, why, sizeof why)) continue;
    if (k > 0 && fabs(si / factor) < 1.0 - 1e-9) break;
    unit = dimensions[i].customary[k];
    value = si / factor;
    if (si == 0.0) break;
  }
  snprintf(text, length, "%.6g %s", value, unit);
}
