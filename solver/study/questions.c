#include "questions.h"

#include <stdlib.h>
#include <string.h>
#include "../case/units.h"

/* Its place among the names; -1 after an error. */
static int place_of(const EluteNode *node, const char *name, const char *what, int n, char *const *names,
                    EluteDiagnostics *d) {
  const char *nearest;

  for (int i = 0; i < n; i++)
    if (strcmp(name, names[i]) == 0) return i;
  nearest = EluteNearest(name, n, (const char *const *)names);
  EluteError(d, node, "found '%.200s'; expected %s of the study%s%s", name, what, nearest ? ", such as " : "",
             nearest ? nearest : "");
  return -1;
}

/* A number in the unit; unit NULL or "": its own, in SI. */
static double amount(const EluteNode *node, const char *unit, EluteDiagnostics *d) {
  char why[600];
  double value = 0;

  if (!EluteQuantityParse(node->text, unit && unit[0] ? unit : NULL, 0, &value, why, sizeof why))
    EluteError(d, node, "%s", why);
  return value;
}

static void read_tolerance(const EluteNode *node, const EluteStudyTable *t, EluteToleranceRequest *q,
                           EluteDiagnostics *d) {
  const EluteNode *of = EluteNodeChild(node, "endpoint"), *along = EluteNodeChild(node, "parameter");
  const EluteNode *above = EluteNodeChild(node, "above"), *below = EluteNodeChild(node, "below");

  q->endpoint = place_of(of, of->text, "one of the outputs", t->n_endpoints, t->endpoint, d);
  q->parameter = place_of(along, along->text, "one of the parameters", t->n_parameters, t->parameter, d);
  q->above = above != NULL;
  q->level = strtod(EluteNodeChild(node, "level")->text, NULL);
  if (!above == !below)
    EluteError(d, node, "found %s; expected 'above' or 'below'", above ? "both 'above' and 'below'" : "neither");
  if (q->endpoint < 0 || q->parameter < 0 || !above == !below) return;
  if (t->numeric && !t->numeric[q->parameter]) {
    EluteError(d, along,
               "found '%.200s', whose values are no numbers; expected a parameter that can be near its nominal value",
               along->text);
    return;
  }
  if (t->endpoint_unit) q->threshold = amount(above ? above : below, t->endpoint_unit[q->endpoint], d);
  q->nominal = amount(EluteNodeChild(node, "nominal"), t->parameter_unit[q->parameter], d);
}

bool EluteQuestionsRead(const EluteNode *analyse, const EluteStudyTable *t, EluteQuestions *q, EluteDiagnostics *d) {
  const EluteNode *replicates = EluteNodeChild(analyse, "bootstrap"), *seed = EluteNodeChild(analyse, "seed");
  const EluteNode *bins = EluteNodeChild(analyse, "bins"), *objectives = EluteNodeChild(analyse, "objectives");
  const EluteNode *tolerances = EluteNodeChild(analyse, "tolerances");
  const int before = d->n_errors;

  *q = (EluteQuestions){.replicates = replicates ? atoi(replicates->text) : 1000,
                        .seed = seed ? (uint64_t)atoll(seed->text) : 1,
                        .bins = bins ? atoi(bins->text) : 0};
  q->objective = calloc(objectives ? (size_t)objectives->n_children + 1 : 1, sizeof *q->objective);
  q->tolerance = calloc(tolerances ? (size_t)tolerances->n_children + 1 : 1, sizeof *q->tolerance);
  if (!q->objective || !q->tolerance) abort();
  for (const EluteNode *one = objectives ? objectives->first : NULL; one; one = one->next)
    q->objective[q->n_objectives++] =
        (EluteObjective){place_of(one, one->key, "one of the outputs", t->n_endpoints, t->endpoint, d),
                         strcmp(one->text, "largest") == 0 ? 1 : -1};
  for (const EluteNode *one = tolerances ? tolerances->first : NULL; one; one = one->next)
    read_tolerance(one, t, &q->tolerance[q->n_tolerances++], d);
  return d->n_errors == before;
}

void EluteQuestionsClear(EluteQuestions *q) {
  free(q->objective);
  free(q->tolerance);
  *q = (EluteQuestions){0};
}
