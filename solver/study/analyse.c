#include "analyse.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../case/schema.h"
#include "../text_file.h"
#include "answers.h"
#include "database.h"
#include "questions.h"

/* What `analyse` says in the text of a study file. */
static PetscErrorCode read_questions(const char *file, const char *text, const EluteStudyTable *table,
                                     EluteQuestions *questions) {
  EluteDiagnostics d = {0};
  EluteNode *tree = EluteTreeParse(file, text, strlen(text), &d);
  PetscErrorCode ierr = PETSC_SUCCESS;

  if (tree) EluteSchemaValidate(tree, elute_study_schema, &d);
  if (!d.n_errors) (void)EluteQuestionsRead(EluteNodeChild(tree, "analyse"), table, questions, &d);
  if (d.text) fputs(d.text, stderr);
  if (d.n_errors)
    ierr = EluteFail(ELUTE_EXIT_CASE, "%s: %d error%s; nothing was analysed", file, d.n_errors,
                     d.n_errors == 1 ? "" : "s");
  EluteNodeFree(tree);
  EluteDiagnosticsClear(&d);
  return ierr;
}

static PetscErrorCode write_answers(const EluteAnswers *answers, const char *directory) {
  int n_scripts;
  bool drawn;

  EluteAnswersPrint(answers, stdout);
  if (mkdir(directory, 0777) && errno != EEXIST)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot be made: %s", directory, strerror(errno));
  PetscCall(EluteAnswersWriteTables(answers, directory));
  PetscCall(EluteAnswersDraw(answers, directory, &n_scripts, &drawn));
  printf("\n%s holds the tables (CSV)", directory);
  if (n_scripts && drawn) printf(" and %d pictures (PNG, SVG, and the gnuplot script of each)", n_scripts);
  if (n_scripts && !drawn)
    printf(" and %d gnuplot scripts; gnuplot is not installed (Debian: gnuplot-nox), so nothing was drawn", n_scripts);
  printf("\n");
  return PETSC_SUCCESS;
}

static PetscErrorCode analyse(EluteDatabase *db, const char *study_file, const char *directory,
                              EluteGeneration *generation, EluteStudyTable *table, EluteQuestions *questions,
                              EluteAnswers *answers) {
  PetscCall(EluteDatabaseGeneration(db, generation));
  if (generation->number == 0) return EluteFail(ELUTE_EXIT_CASE, "the study has no points yet");
  PetscCall(EluteDatabaseTable(db, generation->number, table));
  if (study_file) {
    char *text;
    size_t length;
    PetscErrorCode ierr;

    PetscCall(EluteTextRead(study_file, "a study file", &text, &length));
    ierr = read_questions(study_file, text, table, questions);
    free(text);
    if (ierr) return ierr;
  } else {
    PetscCall(read_questions(generation->study_file, generation->study_text, table, questions));
  }
  PetscCall(EluteAnswersCreate(table, questions, answers));
  return write_answers(answers, directory);
}

PetscErrorCode EluteStudyAnalyse(const char *database, const char *study_file, const char *directory) {
  EluteDatabase *db = NULL;
  EluteGeneration generation = {0};
  EluteStudyTable table = {.design = ""};
  EluteQuestions questions = {0};
  EluteAnswers answers = {0};
  char *copy = strdup(database), *beside = NULL;
  PetscErrorCode ierr;

  if (!copy || asprintf(&beside, "%s/answers", dirname(copy)) < 0) abort();
  ierr = EluteDatabaseRead(database, &db);
  if (!ierr) ierr = analyse(db, study_file, directory ? directory : beside, &generation, &table, &questions, &answers);
  EluteAnswersDestroy(&answers);
  EluteQuestionsClear(&questions);
  EluteStudyTableClear(&table);
  EluteGenerationClear(&generation);
  EluteDatabaseClose(&db);
  free(copy);
  free(beside);
  return ierr;
}
