/* The schema tables as JSON Schema 2020-12, for editors. It accepts whatever the reader accepts; what JSON Schema
   cannot say (dimensions, references, formulas) is left to `elute check`. YAML's loaders differ in what they take for
   numbers and booleans (yes, 1e-3), so every scalar is allowed as text too. */
#include "schema_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TABLES = 256 };

typedef struct Json {
  FILE *file;
  int n;
  const EluteKey *keys[MOST_TABLES];
} Json;

static const char number_pattern[] = "[ \\\\t]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?";

/* Shared definitions: values that may vary, with a unit and without. */
static const char value_definitions[] =
    "    \"formula_form\": {\"type\": \"object\", \"required\": [\"formula\"], \"additionalProperties\": false,\n"
    "      \"properties\": {\"formula\": {\"type\": [\"string\", \"number\"]}, \"field\": {\"type\": \"string\"},\n"
    "        \"unit\": {\"type\": [\"string\", \"number\"]}, \"points\": {\"type\": [\"string\", \"integer\"]},\n"
    "        \"at\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 3, \"items\": {\"type\": [\"string\", \"number\"]}},\n"
    "        \"range\": {\"type\": \"array\", \"minItems\": 2, \"maxItems\": 2, \"items\": {\"type\": [\"string\", \"number\"]}}}},\n"
    "    \"table_form\": {\"type\": \"object\", \"required\": [\"table\"], \"additionalProperties\": false,\n"
    "      \"properties\": {\"table\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\n"
    "        \"time\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"string\"}},\n"
    "        \"value\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": [\"string\", \"number\"]}},\n"
    "        \"interpolation\": {\"enum\": [\"linear\", \"previous\"]},\n"
    "        \"file\": {\"type\": [\"string\", \"number\"]},\n"
    "        \"stop_at_knots\": {\"enum\": [true, false, \"yes\", \"no\", \"true\", \"false\"]}},\n"
    "        \"anyOf\": [{\"required\": [\"time\", \"value\"]}, {\"required\": [\"file\"]}]}}},\n"
    "    \"curve_form\": {\"type\": \"object\", \"required\": [\"multi_exponential\"], \"additionalProperties\": "
    "false,\n"
    "      \"properties\": {\"multi_exponential\": {\"type\": \"object\", \"additionalProperties\": false, "
    "\"properties\": "
    "{\n"
    "        \"amplitudes\": {\"$ref\": \"#/$defs/numbers\"}, \"rates\": {\"$ref\": \"#/$defs/numbers\"},\n"
    "        \"start\": {\"$ref\": \"#/$defs/numbers\"}, \"duration\": {\"$ref\": \"#/$defs/numbers\"}, \"share\": "
    "{\"$ref\": "
    "\"#/$defs/numbers\"}},\n"
    "        \"required\": [\"amplitudes\", \"rates\"]}}},\n"
    "    \"hazard_form\": {\"type\": \"object\", \"required\": [\"hazard\"], \"additionalProperties\": false,\n"
    "      \"properties\": {\"hazard\": {\"type\": \"object\", \"additionalProperties\": false, \"required\": "
    "[\"law\"], "
    "\"properties\": {\n"
    "        \"start\": {\"type\": \"string\"}, \"over\": {\"type\": \"string\"}, \"law\": {\"enum\": [\"power\", \"weibull\", \"table\"]}, \"time\": "
    "{\"type\": "
    "\"string\"}, \"exponent\": {\"type\": [\"string\", \"number\"]},\n"
    "        \"scale\": {\"type\": \"string\"}, \"shape\": {\"type\": [\"string\", \"number\"]}, \"table\": {\"type\": "
    "\"object\", \"additionalProperties\": false, \"properties\": {\n"
    "          \"time\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"string\"}}, \"value\": "
    "{\"$ref\": "
    "\"#/$defs/numbers\"}, \"file\": {\"type\": [\"string\", \"number\"]}}}}}}},\n"
    "    \"numbers\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": [\"string\", \"number\"]}},\n"
    "    \"tissue_form\": {\"type\": \"object\", \"required\": [\"tissue\"], \"additionalProperties\": false,\n"
    "      \"properties\": {\"tissue\": {\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": "
    "{\"anyOf\": [\n"
    "        {\"type\": [\"string\", \"number\"]}, {\"$ref\": \"#/$defs/formula_form\"}, {\"$ref\": "
    "\"#/$defs/table_form\"}, {\"$ref\": \"#/$defs/curve_form\"}, {\"$ref\": \"#/$defs/hazard_form\"}]}}}},\n"
    "    \"varying\": {\"anyOf\": [{\"$ref\": \"#/$defs/formula_form\"}, {\"$ref\": \"#/$defs/table_form\"}, "
    "{\"$ref\": \"#/$defs/curve_form\"}, {\"$ref\": \"#/$defs/hazard_form\"}, "
    "{\"$ref\": \"#/$defs/tissue_form\"}]}";

static int definition(Json *j, const EluteKey *keys) {
  for (int i = 0; i < j->n; i++)
    if (j->keys[i] == keys) return i;
  if (j->n == MOST_TABLES) abort(); /* a mistake in the tables */
  j->keys[j->n] = keys;
  return j->n++;
}

static void print_string(const char *text, FILE *file) {
  fputc('"', file);
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(file, "\\%c", *c);
    else if (*c < 0x20)
      fprintf(file, "\\u%04x", *c);
    else
      fputc(*c, file);
  }
  fputc('"', file);
}

static void print_bounds(const EluteKey *key, FILE *file) {
  if (elute_schema_minimum(key))
    fprintf(file, ", \"%s\": %.17g", key->open_minimum ? "exclusiveMinimum" : "minimum", key->minimum);
  if (elute_schema_maximum(key)) fprintf(file, ", \"maximum\": %.17g", key->maximum);
}

/* A loader of YAML 1.1 turns yes into true and 1 into a number: both spellings are listed. */
static void print_choices(const char *choices, FILE *file) {
  char choice[64], *end;

  fputs("\"enum\": [", file);
  for (int k = 0; elute_schema_choice(choices, k, choice, sizeof choice); k++) {
    if (k) fputs(", ", file);
    print_string(choice, file);
    if (!strcmp(choice, "yes") || !strcmp(choice, "true") || !strcmp(choice, "on")) fputs(", true", file);
    if (!strcmp(choice, "no") || !strcmp(choice, "false") || !strcmp(choice, "off")) fputs(", false", file);
    if (isdigit((unsigned char)choice[0]) && (strtod(choice, &end), *end == '\0')) fprintf(file, ", %s", choice);
  }
  fputc(']', file);
}

static void print_number_type(const EluteKey *key, FILE *file) {
  const char *dimension = key->type == ELUTE_TYPE_NUMBER ? "1" : key->dimension;
  const bool bare = !dimension || strcmp(dimension, "1") == 0;

  if (bare) {
    fprintf(file, "\"type\": [\"number\", \"string\"], \"pattern\": \"^%s\"", number_pattern);
    print_bounds(key, file);
  } else {
    fprintf(file, "\"type\": \"string\", \"pattern\": \"^%s[ \\\\t]*[^ \\\\t]\"", number_pattern);
  }
}

static void print_value_type(const EluteKey *key, FILE *file) {
  EluteKey scalar = *key;

  scalar.type = ELUTE_TYPE_QUANTITY;
  fputs("\"anyOf\": [{", file);
  print_number_type(&scalar, file);
  fputs("}, {\"$ref\": \"#/$defs/varying\"}]", file);
}

static void print_type(Json *j, const EluteKey *key);

static void print_either(Json *j, const EluteKey *key) {
  fputs("\"anyOf\": [", j->file);
  for (const EluteKey *k = key->keys; k->key; k++) {
    fputs(k == key->keys ? "{" : ", {", j->file);
    print_type(j, k);
    fputc('}', j->file);
  }
  fputc(']', j->file);
}

static void print_map(Json *j, const EluteKey *key) {
  fputs("\"type\": [\"object\", \"null\"], \"propertyNames\": {\"pattern\": \"^[A-Za-z0-9_", j->file);
  for (const char *c = key->choices ? key->choices : ""; *c; c++) fputc(*c, j->file);
  fputs("-]{1,63}$\"}, \"additionalProperties\": {", j->file);
  print_type(j, key->element);
  fputc('}', j->file);
}

static void print_list(Json *j, const EluteKey *key) {
  if (key->at_least > 0)
    fprintf(j->file, "\"type\": \"array\", \"minItems\": %d, \"items\": {", key->at_least);
  else
    fputs("\"type\": [\"array\", \"null\"], \"items\": {", j->file);
  print_type(j, key->element);
  fputc('}', j->file);
}

static void print_type(Json *j, const EluteKey *key) {
  FILE *file = j->file;

  switch (key->type) {
  case ELUTE_TYPE_TEXT:
    fputs("\"type\": [\"string\", \"number\", \"boolean\"]", file);
    break;
  case ELUTE_TYPE_NAME:
    fputs("\"type\": [\"string\", \"number\"], \"pattern\": \"^[A-Za-z0-9_-]{1,63}$\"", file);
    break;
  case ELUTE_TYPE_REFERENCE:
    fputs("\"type\": [\"string\", \"number\"], \"pattern\": \"^[A-Za-z0-9_.+-]{1,63}$\"", file);
    break;
  case ELUTE_TYPE_CHOICE:
    print_choices(key->choices, file);
    break;
  case ELUTE_TYPE_BOOLEAN:
    fputs("\"enum\": [true, false, \"yes\", \"no\", \"true\", \"false\"]", file);
    break;
  case ELUTE_TYPE_INTEGER:
    fputs("\"type\": [\"integer\", \"string\"], \"pattern\": \"^[-+]?[0-9]+$\"", file);
    print_bounds(key, file);
    break;
  case ELUTE_TYPE_NUMBER:
  case ELUTE_TYPE_QUANTITY:
    print_number_type(key, file);
    break;
  case ELUTE_TYPE_VALUE:
    print_value_type(key, file);
    break;
  case ELUTE_TYPE_LENGTH:
    fputs("\"type\": \"string\", \"minLength\": 1", file);
    break;
  case ELUTE_TYPE_POINT:
    fputs("\"type\": \"array\", \"minItems\": 1, \"maxItems\": 3, \"items\": {\"type\": \"string\"}", file);
    break;
  case ELUTE_TYPE_EQUATION:
    fputs("\"type\": \"string\", \"pattern\": \"->\"", file);
    break;
  case ELUTE_TYPE_SECTION:
    fprintf(file, "\"$ref\": \"#/$defs/section%d\"", definition(j, key->keys));
    if (key->at_least > 0) fprintf(file, ", \"type\": \"object\", \"minProperties\": %d", key->at_least);
    break;
  case ELUTE_TYPE_MAP:
    print_map(j, key);
    break;
  case ELUTE_TYPE_LIST:
    print_list(j, key);
    break;
  case ELUTE_TYPE_EITHER:
    print_either(j, key);
    break;
  }
}

static void print_object(Json *j, const EluteKey *keys) {
  FILE *file = j->file;
  bool any_required = false;

  for (const EluteKey *k = keys; k->key; k++) any_required = any_required || (k->required && !k->fallback);
  any_required = any_required && !elute_schema_takes_entry(keys);
  /* "section:" with nothing behind it is an empty section */
  fprintf(file, "\"type\": %s, \"additionalProperties\": false",
          any_required ? "\"object\"" : "[\"object\", \"null\"]");
  if (any_required) {
    const char *separator = "";

    fputs(", \"required\": [", file);
    for (const EluteKey *k = keys; k->key; k++) {
      if (!k->required || k->fallback) continue;
      fputs(separator, file);
      print_string(k->key, file);
      separator = ", ";
    }
    fputc(']', file);
  }
  fputs(", \"properties\": {", file);
  for (const EluteKey *k = keys; k->key; k++) {
    fputs(k == keys ? "\n      " : ",\n      ", file);
    print_string(k->key, file);
    fputs(": {", file);
    print_type(j, k);
    if (k->doc) {
      fputs(", \"description\": ", file);
      print_string(k->doc, file);
    }
    if (k->fallback) {
      fputs(", \"default\": ", file);
      print_string(k->fallback, file);
    }
    fputc('}', file);
  }
  fputs("}", file);
}

void EluteSchemaPrintJson(const EluteKey *keys, FILE *file) {
  Json *j = calloc(1, sizeof *j);

  if (!j) abort();
  j->file = file;
  definition(j, keys);
  fprintf(file, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"Elute %s\",\n"
          "  \"$ref\": \"#/$defs/section0\",\n  \"$defs\": {\n",
          keys == elute_study_schema ? "study" : "case");
  fputs(value_definitions, file);
  for (int i = 0; i < j->n; i++) {
    fprintf(file, ",\n    \"section%d\": {", i);
    print_object(j, j->keys[i]);
    fputc('}', file);
  }
  fputs("\n  }\n}\n", file);
  free(j);
}
