#include "prepare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what differs ---- */

enum { MOST_DIFFERENCES = 5 };

typedef struct Difference {
  char *text;
  size_t length;
  int n;
} Difference;

static void note(Difference *d, const EluteNode *before, const EluteNode *now) {
  char *path = EluteNodePath(now ? now : before), old[128], new[128];
  size_t used = strlen(d->text);

  EluteNodeFound(before, old, sizeof old);
  EluteNodeFound(now, new, sizeof new);
  if (d->n++ < MOST_DIFFERENCES)
    snprintf(d->text + used, d->length - used, "%s%s was %s, now %s", used ? "; " : "", path, old, new);
  free(path);
}

static void compare(Difference *d, const EluteNode *before, const EluteNode *now) {
  const EluteNode *a = before->first, *b = now->first;

  if (before->kind != now->kind ||
      (before->kind == ELUTE_SCALAR ? strcmp(before->text, now->text) != 0
                                    : before->kind == ELUTE_SEQUENCE && before->n_children != now->n_children)) {
    note(d, before, now);
    return;
  }
  if (before->kind == ELUTE_SEQUENCE)
    for (; a; a = a->next, b = b->next) compare(d, a, b);
  if (before->kind != ELUTE_MAPPING) return;
  for (; a; a = a->next)
    if (EluteNodeChild(now, a->key))
      compare(d, a, EluteNodeChild(now, a->key));
    else
      note(d, a, NULL);
  for (; b; b = b->next)
    if (!EluteNodeChild(before, b->key)) note(d, NULL, b);
}

void EluteStudyDifference(const char *before, const char *now, char *text, size_t length) {
  EluteDiagnostics diagnostics = {0};
  EluteNode *a = EluteTreeParse("before", before, strlen(before), &diagnostics);
  EluteNode *b = EluteTreeParse("now", now, strlen(now), &diagnostics);
  Difference d = {.text = text, .length = length};

  text[0] = '\0';
  if (a) EluteNodeFree(EluteNodeChild(a, "analyse")); /* may be asked anew */
  if (b) EluteNodeFree(EluteNodeChild(b, "analyse"));
  if (a && b) compare(&d, a, b);
  if (!a || !b) snprintf(text, length, "one of them does not parse");
  if (d.n > MOST_DIFFERENCES)
    snprintf(text + strlen(text), length - strlen(text), "; and %d more", d.n - MOST_DIFFERENCES);
  EluteNodeFree(a);
  EluteNodeFree(b);
  EluteDiagnosticsClear(&diagnostics);
}

/* ---- trying ---- */

static EluteModel *read_point(const EluteStudy *s, int scenario, int replicate, size_t row, EluteDiagnostics *d) {
  int n;
  char **sets = EluteStudySets(s->scenario_sets[scenario], s->replicate_sets[replicate], s->n_parameters, s->parameter,
                               s->value + row * (size_t)s->n_parameters, &n);
  EluteModel *model = EluteModelRead(s->case_file, s->case_text, s->case_length, n, sets, d);

  EluteStudyTextsFree((size_t)n, sets);
  return model;
}

/* Where the study says what `--set` is told: the parameter or override whose path begins the finding's. */
static const EluteNode *place_of(const EluteStudy *s, int scenario, const char *finding) {
  const EluteNode *parameters = EluteNodeChild(s->tree, "parameters");
  const EluteNode *overrides = EluteNodeChild(EluteNodeChild(s->tree, "scenarios"), s->scenario[scenario]);
  const EluteNode *lists[] = {parameters, overrides};

  for (int l = 0; l < 2; l++)
    for (const EluteNode *one = lists[l] ? lists[l]->first : NULL; one; one = one->next) {
      const size_t n = strlen(one->key);

      if (strncmp(finding, one->key, n) == 0 && strchr(".:", finding[n])) return one;
    }
  return NULL;
}

static void print_findings(const EluteStudy *s, int scenario, const char *text) {
  for (size_t n; *text; text += n) {
    const char *error = strstr(text, "error: ");
    const EluteNode *place = strncmp(text, "--set", 5) == 0 && error ? place_of(s, scenario, error + 7) : NULL;

    n = strcspn(text, "\n") + 1;
    if (place)
      fprintf(stderr, "%s:%d:%d: %.*s", place->file, place->line, place->column, (int)(n - (size_t)(error - text)),
              error);
    else
      fprintf(stderr, "%.*s", (int)n, text);
  }
}

/* The first point of every scenario, so that what is wrong with all shows before any is run. */
static PetscErrorCode try_case(const EluteStudy *s) {
  PetscErrorCode ierr = PETSC_SUCCESS;

  for (int i = 0; i < s->n_scenarios && !ierr; i++) {
    EluteDiagnostics d = {0};
    EluteModel *model = read_point(s, i, 0, 0, &d);

    if (model) EluteStudyCheckOutputs(s, model, &d);
    EluteModelFree(model);
    if (d.n_errors) {
      print_findings(s, i, d.text);
      ierr = EluteFail(ELUTE_EXIT_CASE, "%s: %d error%s in the first point%s%s; nothing was run", s->file, d.n_errors,
                       d.n_errors == 1 ? "" : "s", s->scenario[i][0] ? " of the scenario " : "", s->scenario[i]);
    }
    EluteDiagnosticsClear(&d);
  }
  return ierr;
}

/* Does a path of the study change how much there is to compute? */
static bool sizes_differ(const EluteStudy *s) {
  for (int k = 0; k < s->n_parameters; k++)
    if (strncmp(s->parameter[k], "mesh.", 5) == 0) return true;
  for (int i = 0; i < s->n_scenarios; i++)
    if (strncmp(s->scenario_sets[i], "mesh.", 5) == 0 || strstr(s->scenario_sets[i], "\nmesh.")) return true;
  return false;
}

/* Unknowns of every point, where these differ: the largest are run first, so that none is left to run alone. */
static double *costs(const EluteStudy *s) {
  const size_t n = (size_t)s->n_scenarios * (size_t)s->n_replicates * s->n_rows;
  double *cost;

  if (!sizes_differ(s)) return NULL;
  cost = calloc(n + 1, sizeof *cost);
  if (!cost) abort();
  for (size_t i = 0; i < n; i++) {
    const size_t block = i / s->n_rows;
    EluteDiagnostics d = {0};
    EluteModel *m = read_point(s, (int)(block / (size_t)s->n_replicates), (int)(block % (size_t)s->n_replicates),
                               i % s->n_rows, &d);

    if (m) cost[i] = (double)m->mesh.n[0] * (double)m->mesh.n[1] * (double)m->mesh.n[2] * m->n_species;
    EluteModelFree(m);
    EluteDiagnosticsClear(&d);
  }
  return cost;
}

/* ---- the generation ---- */

/* Is the newest generation this very study? *difference says what is not. */
static bool is_same(const EluteGeneration *g, const EluteStudy *s, char *difference, size_t length) {
  char points[17];

  EluteStudyDifference(g->study_text, s->text, difference, length);
  if (difference[0]) return false;
  EluteStudyDifference(g->case_text, s->case_text, difference, length);
  if (difference[0]) return false;
  EluteStudyPointsHash(s, points);
  if (strcmp(points, g->points) == 0) return true;
  snprintf(difference, length, "%s",
           s->design.kind == ELUTE_DESIGN_LIST ? "the points of its file are others"
                                               : "its points are others, from another range of the catalogue");
  return false;
}

static PetscErrorCode find_generation(EluteDatabase *db, const EluteStudy *s, const char *path, bool new_generation,
                                      int *number) {
  for (;;) {
    char difference[1024];
    EluteGeneration g;
    double *cost;
    bool same;
    PetscErrorCode ierr;

    PetscCall(EluteDatabaseGeneration(db, &g));
    *number = g.number;
    same = g.number && is_same(&g, s, difference, sizeof difference);
    EluteGenerationClear(&g);
    if (same) return PETSC_SUCCESS;
    if (*number && !new_generation)
      return EluteFail(ELUTE_EXIT_CASE,
                       "%s: is not what %s holds as generation %d: %s. Bring it back, or run it beside the old points "
                       "with --new-generation, or name another --database",
                       s->file, path, *number, difference);
    cost = costs(s);
    ierr = EluteDatabaseAddGeneration(db, s, *number, cost);
    free(cost);
    PetscCall(ierr);
    new_generation = false;
  }
}

/* Makes the folder of the database, and those above it. */
static PetscErrorCode make_folder(const char *path) {
  char *part = strdup(path);

  if (!part) abort();
  for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(part, 0777) && errno != EEXIST) {
      PetscErrorCode ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot make the directory: %s", part, strerror(errno));

      free(part);
      return ierr;
    }
    *slash = '/';
  }
  free(part);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteStudyPrepare(const char *file, const char *database, bool across_hosts, bool new_generation,
                                 int *generation) {
  EluteDiagnostics d = {0};
  EluteStudy *study = NULL;
  EluteDatabase *db = NULL;
  PetscErrorCode ierr = EluteStudyRead(file, &study, &d);

  if (d.text) fputs(d.text, stderr);
  EluteDiagnosticsClear(&d);
  if (!ierr) ierr = try_case(study);
  if (!ierr) ierr = make_folder(database);
  if (!ierr) ierr = EluteDatabaseWrite(database, across_hosts, &db);
  if (!ierr) ierr = find_generation(db, study, database, new_generation, generation);
  EluteDatabaseClose(&db);
  EluteStudyFree(study);
  return ierr;
}
