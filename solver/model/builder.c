/* Memory, numbers and references for the files that build a model. */
#include "internal.h"

#include "../case/units.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void *elute_zeroed(size_t n, size_t size) {
  void *memory = calloc(n ? n : 1, size);

  if (!memory) abort(); /* a case is small: without memory for it there is none for a message */
  return memory;
}

char *elute_text_copy(const char *text) {
  char *copy = strdup(text);

  if (!copy) abort();
  return copy;
}

char *elute_text_format(const char *format, ...) {
  va_list arguments;
  char *text;

  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0) abort();
  va_end(arguments);
  return text;
}

void *elute_grow(void *array, int n, size_t size) {
  char *more = realloc(array, (size_t)(n + 1) * size);

  if (!more) abort();
  memset(more + (size_t)n * size, 0, size);
  return more;
}

EluteNumberText elute_number_text(double x) {
  EluteNumberText number;

  for (int digits = 15; digits <= 17; digits++) {
    snprintf(number.text, sizeof number.text, "%.*g", digits, x);
    if (strtod(number.text, NULL) == x) break;
  }
  return number;
}

const char *elute_scalar(const EluteNode *mapping, const char *key) {
  const EluteNode *node = EluteNodeChild(mapping, key);

  return node && node->kind == ELUTE_SCALAR ? node->text : NULL;
}

EluteNode *elute_first(const EluteNode *node, EluteNodeKind kind) {
  return node && node->kind == kind ? node->first : NULL;
}

bool elute_flag(const EluteNode *mapping, const char *key) {
  const char *text = elute_scalar(mapping, key);

  return text && (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0);
}

bool elute_quantity(EluteBuilder *b, const EluteNode *mapping, const char *key, const char *dimension,
                    double molar_mass, double fallback, double *si) {
  const EluteNode *node = EluteNodeChild(mapping, key);

  *si = fallback;
  return !node || EluteNumberRead(node, dimension, molar_mass, &b->model->scope, si, b->d);
}

EluteValue *elute_amount_value(EluteBuilder *b, const EluteNode *node, const char *dimension, double molar_mass) {
  EluteValue *value;

  b->model->scope.absent_is_zero = true;
  value = elute_value(b, node, dimension, molar_mass);
  b->model->scope.absent_is_zero = false;
  return value;
}

EluteValue *elute_value(EluteBuilder *b, const EluteNode *node, const char *dimension, double molar_mass) {
  return node ? EluteValueRead(node, dimension, molar_mass, &b->model->scope, b->d) : NULL;
}

EluteValue *elute_property(EluteBuilder *b, const EluteNode *node, const char *dimension) {
  EluteValue *value = elute_value(b, node, dimension, 0.0);

  if (!value || !EluteValueVariesInTime(value)) return value;
  EluteError(b->d, node, "found a value that varies in time; this property may vary by tissue and in place alone");
  EluteValueFree(value);
  return NULL;
}

bool elute_point(EluteBuilder *b, const EluteNode *node, double x[3]) {
  const int dimension = b->model->mesh.dimension;
  bool fine = true;
  int i = 0;

  x[0] = x[1] = x[2] = 0.0;
  if (!node) return true;
  if (node->kind != ELUTE_SEQUENCE) {
    EluteError(b->d, node, "expected a point of %d lengths, such as [0 mm, 1 mm]", dimension);
    return false;
  }
  if (dimension > 0 && node->n_children != dimension) {
    EluteError(b->d, node, "found %d coordinates; expected %d, one for each axis of the mesh", node->n_children,
               dimension);
    return false;
  }
  for (const EluteNode *child = node->first; child && i < 3; child = child->next, i++)
    if (!EluteLengthRead(child, &b->model->scope, &x[i], b->d)) fine = false;
  return fine;
}

void elute_suggestion(const char *name, int n, char *const *names, char *text, size_t length) {
  const char *nearest = EluteNearest(name, n, (const char *const *)names);

  text[0] = '\0';
  if (nearest) snprintf(text, length, "; did you mean '%.100s'?", nearest);
}

int elute_find_species_named(EluteBuilder *b, const EluteNode *at, const char *name) {
  const EluteModel *m = b->model;
  const int k = EluteModelSpeciesIndex(m, name);
  char suggestion[160], **names;

  if (k >= 0) return k;
  names = elute_zeroed((size_t)m->n_species, sizeof *names);
  for (int i = 0; i < m->n_species; i++) names[i] = m->species[i].name;
  elute_suggestion(name, m->n_species, names, suggestion, sizeof suggestion);
  EluteError(b->d, at, "there is no species '%.100s'%s", name, suggestion);
  free(names);
  return -1;
}

int elute_find_species(EluteBuilder *b, const EluteNode *reference) {
  if (!reference || reference->kind != ELUTE_SCALAR) return -1;
  return elute_find_species_named(b, reference, reference->text);
}

int elute_find_tissue_named(EluteBuilder *b, const EluteNode *at, const char *name) {
  const EluteScope *scope = &b->model->scope;
  const int t = EluteModelTissueIndex(b->model, name);
  char suggestion[160];

  if (t >= 0) return t;
  elute_suggestion(name, scope->n_tissues, scope->tissue_name, suggestion, sizeof suggestion);
  EluteError(b->d, at, "there is no tissue '%.100s'%s", name, suggestion);
  return -1;
}

int elute_find_tissue(EluteBuilder *b, const EluteNode *reference) {
  if (!reference || reference->kind != ELUTE_SCALAR) return -1;
  return elute_find_tissue_named(b, reference, reference->text);
}

const EluteQuantityUnits elute_quantities[4] = {
    [ELUTE_AMOUNT] = {"amount", "mol/m3", "mol", "mol/s", "mol/(m3 s)", "mol/(m2 s)", "mol_per_m3"},
    [ELUTE_NUMBER] = {"number", "1/m3", "1", "1/s", "1/(m3 s)", "1/(m2 s)", "per_m3"},
    [ELUTE_HEAT] = {"heat", "J/m3", "J", "W", "W/m3", "W/m2", "J_per_m3"},
    [ELUTE_DOSE] = {"dose", "1", "m3", "m3/s", "1/s", "m/s", "1"},
};

const char *elute_concentration_unit(const EluteSpecies *species) {
  return elute_is_temperature(species) ? "K" : elute_quantities[species->quantity].concentration;
}

const char *elute_amount_unit(const EluteSpecies *species) {
  return elute_quantities[species->quantity].amount;
}

EluteValue *elute_concentration_value(EluteBuilder *b, const EluteNode *node, const EluteSpecies *species) {
  return EluteValueShift(elute_value(b, node, elute_concentration_unit(species), species->molar_mass),
                         -species->reference);
}

void elute_misplaced(EluteBuilder *b, const EluteNode *mapping, const char *const *keys, const char *why) {
  for (; *keys; keys++) {
    const EluteNode *child = EluteNodeChild(mapping, *keys);

    if (child) EluteError(b->d, child, "%s", why);
  }
}

bool elute_only_in(EluteBuilder *b, const EluteNode *mapping, bool in_tissue[ELUTE_MAX_TISSUES]) {
  return elute_tissue_list(b, EluteNodeChild(mapping, "only_in"), in_tissue);
}

bool elute_tissue_list(EluteBuilder *b, const EluteNode *list, bool in_tissue[ELUTE_MAX_TISSUES]) {
  bool fine = true;

  for (int t = 0; t < ELUTE_MAX_TISSUES; t++) in_tissue[t] = !list && t < b->model->n_tissues;
  for (const EluteNode *child = elute_first(list, ELUTE_SEQUENCE); child; child = child->next) {
    const int t = elute_find_tissue(b, child);

    if (t >= 0)
      in_tissue[t] = true;
    else
      fine = false;
  }
  return fine;
}

void elute_append_number(EluteNode *list, double x, const char *unit) {
  char text[64];

  snprintf(text, sizeof text, "%s%s%s", elute_number_text(x).text, unit[0] ? " " : "", unit);
  EluteNodeAppend(list, EluteNodeNew(ELUTE_SCALAR, NULL, text));
}

double elute_molar_mass(EluteBuilder *b, const EluteNode *node) {
  double molar_mass;

  return elute_quantity(b, node, "molar_mass", "kg/mol", 0.0, 0.0, &molar_mass) ? molar_mass : 0.0;
}
