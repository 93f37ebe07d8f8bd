/* The schema tables: every key of the case language once, with type, dimension, bounds, default and a line of
   documentation. From them come validation, defaults in the echo, `elute schema`, the reference page and the
   suggestions in errors. */
#ifndef ELUTE_SCHEMA_H
#define ELUTE_SCHEMA_H

#include "tree.h"

typedef enum {
  ELUTE_TYPE_TEXT,      /* free text */
  ELUTE_TYPE_NAME,      /* letters, digits, _ and - */
  ELUTE_TYPE_REFERENCE, /* a name that must exist under `of` ("species|drugs"), checked by the model builder's scope */
  ELUTE_TYPE_CHOICE,    /* one of `choices` ("cartesian|cylindrical") */
  ELUTE_TYPE_BOOLEAN,   /* yes/no/true/false */
  ELUTE_TYPE_INTEGER,
  ELUTE_TYPE_NUMBER,   /* dimensionless, a bare number or % */
  ELUTE_TYPE_QUANTITY, /* fixed number with unit of `dimension` */
  ELUTE_TYPE_VALUE,    /* may vary (value.h); dimension NULL: depends on context, checked by the builder */
  ELUTE_TYPE_LENGTH,   /* a quantity in m, or a formula of constants */
  ELUTE_TYPE_POINT,    /* sequence of 1 to 3 lengths */
  ELUTE_TYPE_EQUATION, /* "a + b <-> c" */
  ELUTE_TYPE_SECTION,  /* a mapping with the keys of `keys` */
  ELUTE_TYPE_MAP,      /* a mapping of free names to `element` */
  ELUTE_TYPE_LIST,     /* a sequence of `element` */
  ELUTE_TYPE_EITHER,   /* one of the alternatives in `keys` (their key is a name for documentation); chosen by node
                          kind/keys */
} EluteType;

typedef struct EluteKey EluteKey;
struct EluteKey {
  const char *key; /* NULL ends a table */
  EluteType type;
  const char *dimension; /* SI unit, "1", or NULL */
  const char *fallback;  /* default as case text; NULL: none */
  bool required;
  double minimum, maximum; /* for numbers; both 0: no bounds. Inclusive unless open_minimum. MAP: the maximum is that of
                              a name's characters, 63 if 0 */
  bool open_minimum;
  const char *choices;     /* CHOICE: "a|b|c"; REFERENCE: sections that hold the name; MAP: characters
                              allowed in names besides letters, digits, _ and - ("+" for x+, "." for stealth.drug) */
  const EluteKey *keys;    /* SECTION: its keys; EITHER: the alternatives */
  const EluteKey *element; /* MAP, LIST: one entry */
  int at_least;            /* LIST: entries at least; SECTION: of `keys` */
  const char *doc;         /* one line, a sentence, with the unit's meaning */
};

extern const EluteKey elute_case_schema[]; /* schema_tables.c: the whole language */
extern const EluteKey elute_catalogue_schema[];
extern const EluteKey elute_study_schema[]; /* schema_study.c */
/* Parts of the language with a file of their own. */
extern const EluteKey elute_vary_keys[]; /* schema_heterogeneity.c */

/* Properties of tissue that may vary from cell to cell, in the order of EluteProperty (model/variation.h). */
#define ELUTE_PROPERTIES                                                                                               \
  "interstitial_fraction|diffusivity|availability|sorption_factor|partition|hydraulic_conductivity|vascular_density|"  \
  "vessel_conductivity"

/* In the order of EluteEndpoint (model/model.h). */
#define ELUTE_ENDPOINTS "peak_pressure, rim_pressure, filtration, lymph_flow, outflow"
/* In the order of EluteKind (model/readouts.h). */
#define ELUTE_KINDS                                                                                                    \
  "mean|auc|peak|time_above|coverage|heterogeneity|dose_volume|penetration|amount|occupancy|split|plasma_auc"

/* Checks the tree against the table: unknown keys (with the nearest known one), missing keys, types, dimensions,
   bounds. Inserts defaults. All errors are collected. */
void EluteSchemaValidate(EluteNode *root, const EluteKey *keys, EluteDiagnostics *d);
void EluteSchemaPrintJson(const EluteKey *keys, FILE *file);      /* JSON Schema 2020-12 */
void EluteSchemaPrintReference(const EluteKey *keys, FILE *file); /* Markdown, one table per section */
/* Calls visit with the dotted path ("carriers.*.carries.*.release.rate") of every key. */
void EluteSchemaWalk(const EluteKey *keys, void (*visit)(const char *path, const EluteKey *key, void *context),
                     void *context);

#endif
