#include "outcome.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode EluteStudyOutcomeCreate(EluteDatabase *db, int generation, EluteStudyOutcome *o) {
  *o = (EluteStudyOutcome){0};
  PetscCall(EluteDatabaseEndpoints(db, generation, &o->n, &o->endpoint));
  o->y = calloc((size_t)o->n + 1, sizeof *o->y);
  o->unit = calloc((size_t)o->n + 1, sizeof *o->unit);
  if (!o->y || !o->unit) abort();
  return EluteDatabaseProbes(db, generation, &o->series.n_probes, &o->series.probe);
}

void EluteStudyOutcomeClear(EluteStudyOutcome *o) {
  for (int e = 0; e < o->n; e++) {
    free(o->endpoint[e]);
    free(o->unit[e]);
  }
  EluteSeriesClear(&o->series);
  for (int p = 0; p < o->series.n_probes; p++) free(o->series.probe[p]);
  free(o->series.probe);
  free(o->endpoint);
  free(o->unit);
  free(o->y);
  *o = (EluteStudyOutcome){0};
}

/* "cover" is its value, "fate.free" the part of a split. */
static const EluteNode *find_number(const EluteNode *root, const char *path) {
  const EluteNode *node = EluteNodeAt(root, path);
  const char *dot = strchr(path, '.');
  char *part;

  if (!node && dot) {
    if (asprintf(&part, "%.*s.parts%s", (int)(dot - path), path, dot) < 0) abort();
    node = EluteNodeAt(root, part);
    free(part);
  }
  return node && node->kind == ELUTE_MAPPING ? EluteNodeChild(node, "value") : node;
}

static bool ends_with(const char *text, const char *end) {
  const size_t n = strlen(text), m = strlen(end);

  return n >= m && strcmp(text + n - m, end) == 0;
}

/* Names of numbers in JSON end in their unit where no `unit` stands beside them. */
static const char *unit_of(const EluteNode *number) {
  static const char *const endings[][2] = {{"_m3_per_s", "m3/s"}, {"_m_per_s", "m/s"}, {"_m2_per_s", "m2/s"},
                                           {"_m3", "m3"},         {"_m", "m"},         {"_s", "s"},
                                           {"_Pa", "Pa"},         {"_bytes", "byte"},  {"of_variation", "1"}};
  const bool amount = strcmp(number->key, "amount") == 0 || strcmp(number->key, "whole") == 0;

  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
    if (ends_with(number->key, endings[i][0])) return endings[i][1];
  for (const EluteNode *above = number->parent; above; above = above->parent) {
    const EluteNode *unit = EluteNodeChild(above, amount ? "amount_unit" : "unit");

    if (unit) return unit->text;
  }
  return NULL;
}

static PetscErrorCode take_number(EluteStudyOutcome *o, int e, const EluteNode *root, const char *path) {
  const EluteNode *node = root ? find_number(root, path) : NULL;
  const char *unit;
  char *end;

  if (!node) return EluteFail(ELUTE_EXIT_CASE, "%s: the run has no such number", o->endpoint[e]);
  if (node->kind == ELUTE_SCALAR && strcmp(node->text, "null") == 0) {
    o->y[e] = NAN;
    return PETSC_SUCCESS;
  }
  o->y[e] = node->kind == ELUTE_SCALAR ? strtod(node->text, &end) : 0;
  if (node->kind != ELUTE_SCALAR || end == node->text || *end || node->quoted)
    return EluteFail(ELUTE_EXIT_CASE, "%s: is no number", o->endpoint[e]);
  if (!o->unit[e] && node->key && (unit = unit_of(node))) o->unit[e] = strdup(unit);
  return PETSC_SUCCESS;
}

/* JSON is YAML. */
static EluteNode *parse(const char *name, const char *text, const char *below, EluteNode **root) {
  EluteDiagnostics d = {0};

  *root = text ? EluteNodeParse(name, text, strlen(text), &d) : NULL;
  EluteDiagnosticsClear(&d);
  return *root && below ? EluteNodeChild(*root, below) : *root;
}

static bool asks(const EluteStudyOutcome *o, const char *prefix) {
  for (int e = 0; e < o->n; e++)
    if (strncmp(o->endpoint[e], prefix, strlen(prefix)) == 0) return true;
  return false;
}

PetscErrorCode EluteStudyOutcomeTake(EluteStudyOutcome *o, const char *endpoints, const char *run) {
  EluteNode *endpoints_root, *run_root;
  const EluteNode *of_case = parse("endpoints.json", endpoints, "endpoints", &endpoints_root);
  const EluteNode *of_run = parse("run.json", asks(o, "run.") ? run : NULL, NULL, &run_root);
  PetscErrorCode ierr = PETSC_SUCCESS;

  for (int e = 0; e < o->n && !ierr; e++)
    ierr = strncmp(o->endpoint[e], "run.", 4) == 0 ? take_number(o, e, of_run, o->endpoint[e] + 4)
                                                   : take_number(o, e, of_case, o->endpoint[e] + 10);
  EluteNodeFree(endpoints_root);
  EluteNodeFree(run_root);
  return ierr;
}

void EluteStudyCaseHash(const EluteModel *model, char hash[17]) {
  size_t length;
  char *text = EluteTreeText(model->tree, &length);

  EluteHash(text, hash);
  free(text);
}
