/* What stands under `analyse` in a study file. */
#ifndef ELUTE_STUDY_QUESTIONS_H
#define ELUTE_STUDY_QUESTIONS_H

#include "../case/tree.h"
#include "answers.h"

/* Reads a section that the schema has checked (NULL: none) for a table, of which the names and units alone are looked
   at; endpoint_unit NULL: not known before a run. False after diagnostics; EluteQuestionsClear frees either way. */
bool EluteQuestionsRead(const EluteNode *analyse, const EluteStudyTable *table, EluteQuestions *questions,
                        EluteDiagnostics *d);
void EluteQuestionsClear(EluteQuestions *questions);

#endif
