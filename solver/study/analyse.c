#include "analyse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../case/schema.h"
#include "../text_file.h"
#include "answers.h"
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

  if (mkdir(directory, 0777) && errno != EEXIST)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot be made: %s", directory, strerror(errno));
  PetscCall(EluteAnswersWriteTables(answers, directory));
  PetscCall(EluteAnswersDraw(answers, directory, &n_scripts, &drawn));
  EluteAnswersPrint(answers, stdout); /* whoever reads may stop */
  printf("\n%s holds the tables (CSV)", directory);
  if (n_scripts && drawn) printf(" and %d pictures (PNG, SVG, and the gnuplot script of each)", n_scripts);
  if (n_scripts && !drawn)
    printf(" and %d gnuplot scripts; gnuplot is not installed (Debian: gnuplot-nox), so nothing was drawn", n_scripts);
  printf("\n");
  return PETSC_SUCCESS;
}

/* The questions of a file, or of the study file as it was run. */
static PetscErrorCode ask(EluteDatabase *db, int generation, const char *study_file, const EluteStudyTable *table,
                          EluteQuestions *questions) {
  EluteGeneration newest = {0};
  char *text = NULL;
  size_t length;
  PetscErrorCode ierr;

  if (study_file) {
    ierr = EluteTextRead(study_file, "a study file", &text, &length);
    if (!ierr) ierr = read_questions(study_file, text, table, questions);
  } else {
    ierr = EluteDatabaseGeneration(db, &newest);
    if (!ierr && newest.number != generation)
      ierr = EluteFail(ELUTE_EXIT_USAGE,
                       "generation %d is not the newest; name the study file that says what to analyse", generation);
    if (!ierr) ierr = read_questions(newest.study_file, newest.study_text, table, questions);
  }
  free(text);
  EluteGenerationClear(&newest);
  return ierr;
}

PetscErrorCode EluteStudyAnalyse(EluteDatabase *db, int generation, const char *study_file, const char *directory) {
  EluteStudyTable table = {.design = ""};
  EluteQuestions questions = {0};
  EluteAnswers answers = {0};
  PetscErrorCode ierr = EluteDatabaseTable(db, generation, &table);

  if (!ierr) ierr = ask(db, generation, study_file, &table, &questions);
  if (!ierr) ierr = EluteAnswersCreate(&table, &questions, &answers);
  if (!ierr) ierr = write_answers(&answers, directory);
  EluteAnswersDestroy(&answers);
  EluteQuestionsClear(&questions);
  EluteStudyTableClear(&table);
  return ierr;
}
