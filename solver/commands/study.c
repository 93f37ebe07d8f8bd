#include "../study/analyse.h"
#include "study.h"

#include <stdlib.h>
#include <string.h>

PetscErrorCode elute_study_count(const char *option, const char *text, int fallback, int *number) {
  *number = fallback;
  if (!text) return PETSC_SUCCESS;
  *number = (int)strtol(text, NULL, 10);
  if (text[strspn(text, "0123456789")] || strlen(text) > 6 || *number < 1)
    return EluteFail(ELUTE_EXIT_USAGE, "%s: found '%s'; expected a whole number of at least 1", option, text);
  return PETSC_SUCCESS;
}

PetscErrorCode elute_study_item(const EluteCommandLine *line, long long *id) {
  const char *text = line->item ? line->item : "";

  *id = strtoll(text, NULL, 10);
  if (!text[0] || text[strspn(text, "0123456789")] || strlen(text) > 18 || *id < 1)
    return EluteFail(ELUTE_EXIT_USAGE,
                     "study %s: found '%s'; expected the ID of a point, as elute study export "
                     "lists them",
                     line->target, text);
  return PETSC_SUCCESS;
}

static bool ends_with(const char *text, const char *end) {
  const size_t n = strlen(text), m = strlen(end);

  return n > m && strcmp(text + n - m, end) == 0;
}

static bool is_yaml(const char *name) {
  return ends_with(name, ".yaml") || ends_with(name, ".yml");
}

/* The study's operand is its file, or, but to run it, the database. */
static PetscErrorCode find_database(const EluteCommandLine *line, char *path, size_t length) {
  const char *name = strrchr(line->name, '/') ? strrchr(line->name, '/') + 1 : line->name;
  const bool yaml = is_yaml(name);
  int n;

  if (line->database)
    n = snprintf(path, length, "%s", line->database);
  else if (yaml || strcmp(line->target, "run") == 0)
    n = snprintf(path, length, "results/%.*s.db", (int)(yaml ? strrchr(name, '.') - name : (long)strlen(name)), name);
  else
    n = snprintf(path, length, "%s", line->name);
  return n < (int)length ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_USAGE, "the path of the database is too long");
}

static PetscErrorCode rerun(const EluteCommandLine *line, EluteDatabase *db, int generation) {
  long long id = 0, n;

  if (!line->failed) PetscCall(elute_study_item(line, &id));
  if (line->failed && line->item)
    return EluteFail(ELUTE_EXIT_USAGE, "study rerun takes --failed or the ID of a point, not both");
  PetscCall(EluteDatabaseRerun(db, generation, ELUTE_FAILED, id, &n));
  if (id && !n)
    return EluteFail(ELUTE_EXIT_CASE, "generation %d has no point %lld that is done or failed", generation, id);
  printf("%lld point%s; elute study run goes on with %s\n", n, n == 1 ? " waits again" : "s wait again",
         n == 1 ? "it" : "them");
  return PETSC_SUCCESS;
}

/* Into --output, or NAME_answers beside the database NAME.db. A study file says what is asked; a database knows what
 * was. */
static PetscErrorCode analyse(const EluteCommandLine *line, EluteDatabase *db, int generation) {
  char path[PETSC_MAX_PATH_LEN], directory[PETSC_MAX_PATH_LEN + 16];
  size_t length;

  PetscCall(find_database(line, path, sizeof path));
  length = strlen(path) - (ends_with(path, ".db") ? 3 : 0);
  snprintf(directory, sizeof directory, "%.*s_answers", (int)length, path);
  return EluteStudyAnalyse(db, generation, is_yaml(line->name) ? line->name : NULL,
                           line->output ? line->output : directory);
}

typedef PetscErrorCode (*Verb)(const EluteCommandLine *line, EluteDatabase *db, int generation);
static const struct {
  const char *name;
  Verb verb; /* NULL: run */
  bool writes;
} verbs[] = {{"run", NULL, true},
             {"status", elute_study_status, false},
             {"analyse", analyse, false},
             {"export", elute_study_export, false},
             {"show", elute_study_show, false},
             {"rerun", rerun, true}};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static PetscErrorCode with_database(const EluteCommandLine *line, const char *path, int v) {
  EluteDatabase *db = NULL;
  EluteGeneration newest = {0};
  int generation;
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (verbs[v].writes) { /* but never makes one */
    ierr = EluteDatabaseRead(path, &db);
    EluteDatabaseClose(&db);
  }
  if (!ierr) ierr = verbs[v].writes ? EluteDatabaseWrite(path, false, &db) : EluteDatabaseRead(path, &db);
  if (!ierr) ierr = EluteDatabaseGeneration(db, &newest);
  if (!ierr) ierr = elute_study_count("--generation", line->generation, newest.number, &generation);
  if (!ierr && (generation > newest.number || newest.number == 0))
    ierr = EluteFail(ELUTE_EXIT_CASE, "%s: has %d generation%s", path, newest.number, newest.number == 1 ? "" : "s");
  if (!ierr) ierr = verbs[v].verb(line, db, generation);
  EluteGenerationClear(&newest);
  EluteDatabaseClose(&db);
  return ierr;
}

static bool is_word(const char *words, const char *word) {
  const char *at = strstr(words, word);
  const size_t n = strlen(word);

  return at && (at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
}

/* An option or operand that the verb does not read is a mistake. */
static PetscErrorCode check_options(const EluteCommandLine *line) {
  const struct {
    bool given;
    const char *name, *verbs;
  } options[] = {{line->workers, "--workers", "run"},
                 {line->ranks_per_case, "--ranks-per-case", "run"},
                 {line->task, "--task", "run"},
                 {line->time_limit, "--time-limit", "run"},
                 {line->new_generation, "--new-generation", "run"},
                 {strcmp(line->backend, "auto") != 0, "--backend", "run"},
                 {line->quiet, "--quiet", "run"},
                 {line->petsc_environment, "--petsc-environment", "run"},
                 {line->petsc_argc > 1, "PETSc options", "run"},
                 {line->generation, "--generation", "status analyse export rerun"},
                 {line->output, "--output", "analyse"},
                 {line->whole_case, "--case", "show"},
                 {line->series, "--series", "export"},
                 {line->failed, "--failed", "rerun"},
                 {line->item, "third operand", "show rerun"}};

  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (options[i].given && !is_word(options[i].verbs, line->target))
      return EluteFail(ELUTE_EXIT_USAGE, "study %s takes no %s", line->target, options[i].name);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCommandStudy(const EluteCommandLine *line) {
  char path[PETSC_MAX_PATH_LEN];
  int v = 0;

  while (line->target && v < N_VERBS && strcmp(verbs[v].name, line->target) != 0) v++;
  if (!line->target || v == N_VERBS || !line->name)
    return EluteFail(ELUTE_EXIT_USAGE, "study: expected run, status, analyse, export, show or rerun, and a study file; "
                                       "see elute study --help");
  PetscCall(check_options(line));
  PetscCall(find_database(line, path, sizeof path));
  return verbs[v].verb ? with_database(line, path, v) : elute_study_run(line, path);
}
