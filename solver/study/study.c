#include "study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../case/catalogue.h"
#include "../case/input.h"
#include "../case/schema.h"
#include "../case/value.h"
#include "../text_file.h"
#include "questions.h"
#include "sobol.h"
#include "study_list.h"

static const double most_points = 2e6, most_values = 2e7; /* a value: of one parameter in one row */

void *elute_study_memory(size_t n, size_t size) {
  void *block = calloc(n + 1, size);

  if (!block) abort();
  return block;
}

static char *copy(const char *text) {
  char *same = strdup(text);

  if (!same) abort();
  return same;
}

static long whole(const EluteNode *section, const char *key, long absent) {
  const EluteNode *node = EluteNodeChild(section, key);

  return node ? strtol(node->text, NULL, 10) : absent;
}

/* Of parameters, overrides, seeds, outputs: what a few lines may ask for is bounded. */
static bool too_many(const EluteNode *list, EluteDiagnostics *d) {
  const bool many = list && list->n_children > ELUTE_MOST_PARAMETERS;

  if (many) EluteError(d, list, "found %d entries; expected at most %d", list->n_children, ELUTE_MOST_PARAMETERS);
  return many;
}

/* ---- parameters ---- */

/* The ranges that the catalogue gives the case's numbers; NULL where no parameter asks for one. */
static EluteNode *sourced_case(const EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *parameters = EluteNodeChild(s->tree, "parameters");
  EluteNode *root, *sourced;
  EluteCatalogue *catalogue;
  bool asked = false;

  for (const EluteNode *one = parameters ? parameters->first : NULL; one; one = one->next)
    asked = asked || EluteNodeChild(one, "from");
  if (!asked) return NULL;
  root = EluteTreeParse(s->case_file, s->case_text, s->case_length, d);
  if (!root) return NULL;
  catalogue = EluteCatalogueLoad(EluteShareDirectory(), root, d);
  sourced = EluteCatalogueSourced(catalogue, root, d);
  EluteCatalogueFree(catalogue);
  EluteNodeFree(root);
  return sourced;
}

static void read_parameters(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *parameters = EluteNodeChild(s->tree, "parameters");
  const int n = parameters ? parameters->n_children : 0;
  EluteNode *sourced;

  if (too_many(parameters, d)) return;
  sourced = sourced_case(s, d);
  s->parameter = elute_study_memory((size_t)n, sizeof *s->parameter);
  s->variate = elute_study_memory((size_t)n, sizeof *s->variate);
  for (const EluteNode *one = n ? parameters->first : NULL; one; one = one->next) {
    const EluteNode *number = sourced ? EluteNodeAt(sourced, one->key) : NULL;

    s->parameter[s->n_parameters] = copy(one->key);
    (void)EluteVariateRead(one, EluteNodeChild(number, "range"), &s->variate[s->n_parameters++], d);
  }
  EluteNodeFree(sourced);
}

static int parameter_index(const EluteStudy *s, const EluteNode *name, EluteDiagnostics *d) {
  const char *nearest;

  for (int k = 0; k < s->n_parameters; k++)
    if (strcmp(s->parameter[k], name->text) == 0) return k;
  nearest = EluteNearest(name->text, s->n_parameters, (const char *const *)s->parameter);
  EluteError(d, name, "found '%.100s'; expected one of the parameters%s%s", name->text, nearest ? ", such as " : "",
             nearest ? nearest : "");
  return -1;
}

static bool takes_correlation(const EluteVariate *v) {
  return (v->kind == ELUTE_NORMAL || v->kind == ELUTE_LOG_NORMAL) && isinf(v->low) && isinf(v->high);
}

static void read_correlations(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *list = EluteNodeChild(s->tree, "correlations");
  const int n = s->n_parameters;

  if (!list || !list->first || d->n_errors) return;
  if (s->design.kind < ELUTE_DESIGN_RANDOM || s->design.kind > ELUTE_DESIGN_SOBOL) {
    EluteError(d, list, "%s takes no correlations; expected random, latin_hypercube or sobol",
               elute_designs[s->design.kind]);
    return;
  }
  s->factor = elute_study_memory((size_t)(n * n), sizeof *s->factor);
  for (int k = 0; k < n; k++) s->factor[k * n + k] = 1;
  for (const EluteNode *one = list->first; one; one = one->next) {
    const EluteNode *between = EluteNodeChild(one, "between");
    int pair[2] = {-1, -1};

    if (between->n_children != 2) {
      EluteError(d, between, "found %d parameters; expected two", between->n_children);
      continue;
    }
    pair[0] = parameter_index(s, between->first, d), pair[1] = parameter_index(s, between->last, d);
    for (int i = 0; i < 2; i++)
      if (pair[i] >= 0 && !takes_correlation(&s->variate[pair[i]]))
        EluteError(d, i ? between->last : between->first,
                   "expected a parameter that is normal or log_normal and not truncated");
    if (pair[0] < 0 || pair[1] < 0) continue;
    if (pair[0] == pair[1]) {
      EluteError(d, between, "expected two different parameters");
      continue;
    }
    s->factor[pair[0] * n + pair[1]] = s->factor[pair[1] * n + pair[0]] =
        strtod(EluteNodeChild(one, "coefficient")->text, NULL);
  }
  if (!d->n_errors && !EluteCholesky(n, s->factor))
    EluteError(d, list, "no numbers have these correlations: their matrix is not positive definite");
}

/* ---- the design ---- */

/* A key that the method needs, or one that it would not read. */
static int sample_key(const EluteNode *sample, const char *key, bool needed, bool allowed, int absent,
                      EluteDiagnostics *d) {
  const EluteNode *node = EluteNodeChild(sample, key), *method = EluteNodeChild(sample, "method");

  if (!node && needed) EluteError(d, sample, "the key '%s' is missing, which %s needs", key, method->text);
  if (node && !needed && !allowed) EluteError(d, node, "%s has no '%s'", method->text, key);
  return (int)whole(sample, key, absent);
}

/* Values from coarse to fine, of what makes a run finer. */
static void check_refinement(const EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *node = EluteNodeChild(s->tree, "parameters")->first;

  for (int k = 0; k < s->n_parameters; k++, node = node->next) {
    const EluteVariate *v = &s->variate[k];
    const bool mesh = strcmp(s->parameter[k], "mesh.refine") == 0;
    bool finer = v->kind == ELUTE_DISCRETE && v->number && v->n_choices >= 3;

    if (!mesh && strcmp(s->parameter[k], "time.accuracy") != 0) {
      EluteError(d, node, "found '%.100s'; refine takes mesh.refine and time.accuracy", s->parameter[k]);
      continue;
    }
    for (int i = 1; finer && i < v->n_choices; i++) finer = mesh == (v->number[i] > v->number[i - 1]);
    if (!finer)
      EluteError(d, node, "expected discrete: three values or more from coarse to fine, such as %s",
                 mesh ? "[1, 2, 4]" : "[1e-2, 1e-3, 1e-4]");
  }
}

static void read_design(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *sample = EluteNodeChild(s->tree, "sample"), *method = EluteNodeChild(sample, "method");
  EluteDesign *design = &s->design;
  bool points, levels, list, morris;
  int n_points, n_levels, n_trajectories;

  while (strcmp(elute_designs[design->kind], method->text) != 0) design->kind++;
  points = design->kind >= ELUTE_DESIGN_RANDOM && design->kind <= ELUTE_DESIGN_SALTELLI;
  levels = design->kind == ELUTE_DESIGN_GRID || design->kind == ELUTE_DESIGN_ONE_AT_A_TIME;
  list = design->kind == ELUTE_DESIGN_LIST;
  morris = design->kind == ELUTE_DESIGN_MORRIS;
  n_points = sample_key(sample, "points", points, false, 0, d);
  n_levels = sample_key(sample, "levels", false, levels || morris, morris ? 4 : 0, d);
  n_trajectories = sample_key(sample, "trajectories", morris, false, 0, d);
  (void)sample_key(sample, "file", list, false, 0, d);
  design->seed = (uint64_t)whole(sample, "seed", 1);
  design->base = morris ? n_trajectories : n_points;
  design->levels = n_levels;
  if (morris && n_levels % 2)
    EluteError(d, EluteNodeChild(sample, "levels"), "found %d; expected an even number", n_levels);
  if (list) return;
  if (s->n_parameters == 0 && !d->n_errors)
    EluteError(d, s->tree, "the key 'parameters' is missing or empty, which %s needs", method->text);
  if (design->kind == ELUTE_DESIGN_REFINE && s->n_parameters > 0) check_refinement(s, d);
  for (int k = 0; levels && !n_levels && k < s->n_parameters; k++)
    if (s->variate[k].kind != ELUTE_DISCRETE) {
      EluteError(d, sample, "the key 'levels' is missing, which %s needs: %s has no list of values", method->text,
                 s->parameter[k]);
      break;
    }
  if ((design->kind == ELUTE_DESIGN_SALTELLI ? 2 : 1) * s->n_parameters > ELUTE_SOBOL_DIMENSIONS &&
      (design->kind == ELUTE_DESIGN_SALTELLI || design->kind == ELUTE_DESIGN_SOBOL))
    EluteError(d, method, "%s takes at most %d parameters; found %d", method->text,
               ELUTE_SOBOL_DIMENSIONS / (design->kind == ELUTE_DESIGN_SALTELLI ? 2 : 1), s->n_parameters);
}

static void make_points(EluteStudy *s, EluteDiagnostics *d) {
  const double rows = s->design.kind == ELUTE_DESIGN_LIST ? (double)s->n_rows : EluteDesignRows(&s->design);
  const size_t p = (size_t)s->n_parameters;

  if (rows * s->n_scenarios * s->n_replicates > most_points) {
    EluteError(d, EluteNodeChild(s->tree, "sample"), "found a study of %.3g points; expected at most %.0f",
               rows * s->n_scenarios * s->n_replicates, most_points);
    return;
  }
  if (rows * (double)p > most_values) {
    EluteError(d, EluteNodeChild(s->tree, "sample"), "found %.3g rows of %zu values; expected at most %.0f values", rows,
               p, most_values);
    return;
  }
  s->n_rows = (size_t)rows;
  s->u = elute_study_memory(s->n_rows * p, sizeof *s->u);
  s->x = elute_study_memory(s->n_rows * p, sizeof *s->x);
  s->value = elute_study_memory(s->n_rows * p, sizeof *s->value);
  if (s->design.kind != ELUTE_DESIGN_LIST) EluteDesignFill(&s->design, s->u);
  for (size_t i = 0; i < s->n_rows * p; i++) {
    const size_t k = i % p;

    if (s->design.kind == ELUTE_DESIGN_LIST) {
      s->u[i] = NAN;
      s->x[i] = elute_study_list_value(&s->variate[k], i / p, &s->value[i]);
    } else {
      s->x[i] = EluteDesignValue(&s->design, (int)k, s->u[i], &s->value[i]);
    }
  }
}

/* ---- scenarios, replicates, outputs ---- */

static void add_set(char **sets, const char *path, const char *value) {
  char *longer;

  if (asprintf(&longer, "%s%s%s=%s", *sets, (*sets)[0] ? "\n" : "", path, value) < 0) abort();
  free(*sets);
  *sets = longer;
}

static void read_scenarios(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *map = EluteNodeChild(s->tree, "scenarios");
  const size_t n = map && map->n_children ? (size_t)map->n_children : 1;

  s->scenario = elute_study_memory(n, sizeof *s->scenario);
  s->scenario_sets = elute_study_memory(n, sizeof *s->scenario_sets);
  for (const EluteNode *one = map ? map->first : NULL; one; one = one->next) {
    char **sets = &s->scenario_sets[s->n_scenarios];

    s->scenario[s->n_scenarios++] = copy(one->key);
    *sets = copy("");
    for (const EluteNode *value = too_many(one, d) ? NULL : one->first; value; value = value->next) {
      if (strchr(value->text, '\n')) EluteError(d, value, "expected a value on one line");
      add_set(sets, value->key, value->text);
    }
  }
  if (s->n_scenarios) return;
  s->scenario[0] = copy("");
  s->scenario_sets[0] = copy("");
  s->n_scenarios = 1;
}

static void read_replicates(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *section = EluteNodeChild(s->tree, "replicates"), *seeds = EluteNodeChild(section, "seeds");
  long seed = whole(section, "first", 1);

  s->n_replicates = (int)whole(section, "count", 1);
  if (seeds && (double)s->n_replicates * seeds->n_children > most_points) {
    EluteError(d, seeds, "found %d seeds for each of %d replicates; expected at most %.0f in all", seeds->n_children,
               s->n_replicates, most_points);
    s->n_replicates = 0;
  }
  if (too_many(seeds, d)) s->n_replicates = 0;
  s->replicate_sets = elute_study_memory((size_t)s->n_replicates, sizeof *s->replicate_sets);
  for (int r = 0; r < s->n_replicates; r++) {
    s->replicate_sets[r] = copy("");
    for (const EluteNode *one = seeds ? seeds->first : NULL; one; one = one->next) {
      char text[32];

      snprintf(text, sizeof text, "%ld", seed++);
      add_set(&s->replicate_sets[r], one->text, text);
    }
  }
}

static void read_texts(const EluteNode *list, int *n, char ***texts, EluteDiagnostics *d) {
  if (too_many(list, d)) return;
  *texts = elute_study_memory(list ? (size_t)list->n_children : 0, sizeof **texts);
  for (const EluteNode *one = list ? list->first : NULL; one; one = one->next) {
    for (int i = 0; i < *n; i++)
      if (strcmp((*texts)[i], one->text) == 0) EluteError(d, one, "'%.60s' stands here twice", one->text);
    (*texts)[(*n)++] = copy(one->text);
  }
}

static void read_outputs(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *list = EluteNodeChild(s->tree, "outputs");

  for (const EluteNode *one = list->first; one; one = one->next)
    if (strncmp(one->text, "endpoints.", 10) != 0 && strncmp(one->text, "run.", 4) != 0)
      EluteError(d, one, "found '%.60s'; expected endpoints.NAME or run.NAME, as in endpoints.json and run.json",
                 one->text);
  read_texts(list, &s->n_endpoints, &s->endpoint, d);
  read_texts(EluteNodeChild(s->tree, "series"), &s->n_probes, &s->probe, d);
}

/* Is it one of the case's names? kind: endpoint or probe; prefix: what the study writes before it. */
static void check_name(const EluteNode *node, const char *kind, const char *prefix, const char *name, int n,
                       const char *const *names, EluteDiagnostics *d) {
  const char *nearest = EluteNearest(name, n, names);

  for (int i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0) return;
  if (nearest)
    EluteError(d, node, "the case has no %s '%.60s'; did you mean %s%s", kind, name, prefix, nearest);
  else if (n)
    EluteError(d, node, "the case has no %s '%.60s'; it has others under output: %ss", kind, name, kind);
  else
    EluteError(d, node, "the case has no %s '%.60s'; it asks for none", kind, name);
}

void EluteStudyCheckOutputs(const EluteStudy *s, const EluteModel *m, EluteDiagnostics *d) {
  const EluteNode *outputs = EluteNodeChild(s->tree, "outputs"), *series = EluteNodeChild(s->tree, "series");
  const char **names = elute_study_memory((size_t)m->output.n_readouts + ELUTE_N_ENDPOINTS, sizeof *names);
  const char **probes = elute_study_memory((size_t)m->output.n_probes, sizeof *probes);
  int n = 0;

  for (int i = 0; i < m->output.n_readouts; i++) names[n++] = m->output.readouts[i].name;
  for (int e = 0; e < ELUTE_N_ENDPOINTS && m->flow.model; e++) names[n++] = elute_endpoints[e].name;
  for (const EluteNode *one = outputs->first; one; one = one->next) {
    char name[64];

    if (strncmp(one->text, "endpoints.", 10) != 0) continue;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(one->text + 10, "."), one->text + 10);
    check_name(one, "endpoint", "endpoints.", name, n, names, d);
  }
  for (int i = 0; i < m->output.n_probes; i++) probes[i] = m->output.probes[i].name;
  for (const EluteNode *one = series ? series->first : NULL; one; one = one->next)
    check_name(one, "probe", "", one->text, m->output.n_probes, probes, d);
  free(names);
  free(probes);
}

/* What is asked of the answers is looked at before anything is run. */
static void check_questions(const EluteStudy *s, EluteDiagnostics *d) {
  const size_t n = (size_t)s->n_parameters;
  EluteStudyTable names = {.n_parameters = s->n_parameters,
                           .parameter = s->parameter,
                           .parameter_unit = elute_study_memory(n, sizeof(char *)),
                           .numeric = elute_study_memory(n, sizeof(bool)),
                           .n_endpoints = s->n_endpoints,
                           .endpoint = s->endpoint};
  EluteQuestions questions;

  for (size_t k = 0; k < n; k++) {
    names.parameter_unit[k] = s->variate[k].unit[0] ? s->variate[k].unit : (char *)"1";
    names.numeric[k] = s->variate[k].kind != ELUTE_DISCRETE || s->variate[k].number;
  }
  (void)EluteQuestionsRead(EluteNodeChild(s->tree, "analyse"), &names, &questions, d);
  EluteQuestionsClear(&questions);
  free(names.parameter_unit);
  free(names.numeric);
}

/* ---- the whole ---- */

char *EluteStudyText(const EluteNode *node, const char *what, char **path, size_t *length, EluteDiagnostics *d) {
  char why[200], *text;

  *path = EluteFileBeside(node);
  text = EluteInputRead(*path, false, ELUTE_LARGEST_TEXT, length, why, sizeof why);
  if (!text) EluteError(d, node, "%s: cannot read %s: %s", *path, what, why);
  return text;
}

static void read_study(EluteStudy *s, size_t length, EluteDiagnostics *d) {
  s->tree = EluteTreeParse(s->file, s->text, length, d);
  if (!s->tree) return;
  EluteSchemaValidate(s->tree, elute_study_schema, d);
  if (d->n_errors) return;
  s->case_text = EluteStudyText(EluteNodeChild(s->tree, "case"), "a case file", &s->case_file, &s->case_length, d);
  if (!s->case_text) return;
  read_parameters(s, d);
  read_design(s, d);
  if (s->design.kind == ELUTE_DESIGN_LIST && !d->n_errors) elute_study_list_read(s, d);
  read_scenarios(s, d);
  read_replicates(s, d);
  read_outputs(s, d);
  read_correlations(s, d);
  if (!d->n_errors) check_questions(s, d);
  s->design.n_parameters = s->n_parameters;
  s->design.variate = s->variate;
  s->design.factor = s->factor;
  if (!d->n_errors) make_points(s, d);
}

EluteStudy *EluteStudyParse(const char *file, const char *text, size_t length, EluteDiagnostics *d) {
  EluteStudy *s = elute_study_memory(1, sizeof *s);

  s->file = copy(file);
  s->text = copy(text);
  read_study(s, length, d);
  if (!d->n_errors) return s;
  EluteStudyFree(s);
  return NULL;
}

PetscErrorCode EluteStudyRead(const char *file, EluteStudy **study, EluteDiagnostics *d) {
  char *text;
  size_t length;

  *study = NULL;
  PetscCall(EluteTextRead(file, "a study file", &text, &length));
  *study = EluteStudyParse(file, text, length, d);
  free(text);
  if (*study) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_CASE, "%s: %d error%s; nothing was run", file, d->n_errors, d->n_errors == 1 ? "" : "s");
}

void EluteStudyTextsFree(size_t n, char **texts) {
  for (size_t i = 0; texts && i < n; i++) free(texts[i]);
  free(texts);
}

void EluteStudyFree(EluteStudy *s) {
  if (!s) return;
  for (int k = 0; k < s->n_parameters; k++) EluteVariateClear(&s->variate[k]);
  EluteStudyTextsFree(s->n_rows * (size_t)s->n_parameters, s->value);
  EluteStudyTextsFree((size_t)s->n_parameters, s->parameter);
  EluteStudyTextsFree((size_t)s->n_scenarios, s->scenario);
  EluteStudyTextsFree((size_t)s->n_scenarios, s->scenario_sets);
  EluteStudyTextsFree((size_t)s->n_replicates, s->replicate_sets);
  EluteStudyTextsFree((size_t)s->n_endpoints, s->endpoint);
  EluteStudyTextsFree((size_t)s->n_probes, s->probe);
  EluteNodeFree(s->tree);
  free(s->variate);
  free(s->factor);
  free(s->u);
  free(s->x);
  free(s->file);
  free(s->text);
  free(s->case_file);
  free(s->case_text);
  free(s);
}

static int add_lines(const char *lines, char **sets, int n) {
  while (*lines) {
    const size_t length = strcspn(lines, "\n");

    if (asprintf(&sets[n++], "%.*s", (int)length, lines) < 0) abort();
    lines += length + (lines[length] == '\n');
  }
  return n;
}

static size_t count_lines(const char *lines) {
  size_t n = lines[0] != '\0';

  for (; *lines; lines++) n += *lines == '\n';
  return n;
}

char **EluteStudySets(const char *scenario_sets, const char *replicate_sets, int n_parameters, char *const *parameter,
                      char *const *value, int *n) {
  char **sets =
      elute_study_memory(count_lines(scenario_sets) + count_lines(replicate_sets) + (size_t)n_parameters, sizeof *sets);

  *n = add_lines(replicate_sets, sets, add_lines(scenario_sets, sets, 0));
  for (int k = 0; k < n_parameters; k++)
    if (asprintf(&sets[(*n)++], "%s=%s", parameter[k], value[k]) < 0) abort();
  return sets;
}
