/* What the kinds of files share. */
#ifndef ELUTE_COMPARISON_INTERNAL_H
#define ELUTE_COMPARISON_INTERNAL_H

#include "../case/tree.h"
#include "comparison.h"

enum { ELUTE_COMPARED_PATH = 4096, ELUTE_COMPARED_NAME = 512 };

/* The quantity of this name, made where it is met first; valid until the next call. */
EluteDifference *elute_difference(EluteComparison *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Counts one value of each run. True: none differed more so far, say where it was. Two that are no numbers are alike. */
bool elute_differ(EluteDifference *d, double a, double b);
void elute_note(EluteComparison *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void elute_path(const EluteComparison *c, int run, const char *name, char path[ELUTE_COMPARED_PATH]);
/* A file of a run, malloc'd; NULL, noted: it cannot be read. */
char *elute_compared_text(EluteComparison *c, int run, const char *name, size_t *length);
/* A JSON file as a tree; NULL, noted: it cannot be read, or has no such section. The caller frees it. */
EluteNode *elute_compared_tree(EluteComparison *c, int run, const char *name, const char *section);

/* fields.c: two files of fields, or images; when: their time, for people */
void elute_compare_vtk(EluteComparison *c, const char *const name[2], const char *kind, const char *when);
/* tables.c */
void elute_compare_csv(EluteComparison *c, const char *name);
void elute_compare_json(EluteComparison *c, const char *name, const char *section);
/* Pairs the times of both series of fields and compares their files. */
void elute_compare_series(EluteComparison *c, const char *name);

#endif
