/* Points from a CSV file: a head of paths, lines of values as the case takes them. */
#ifndef ELUTE_STUDY_LIST_H
#define ELUTE_STUDY_LIST_H

#include "study.h"

/* Reads sample.file into parameters whose variates hold the column's values, one for each row. */
void elute_study_list_read(EluteStudy *study, EluteDiagnostics *d);
/* The value in a row: its number, or where it came first in its column; its text malloc'd. */
double elute_study_list_value(const EluteVariate *column, size_t row, char **text);

#endif
