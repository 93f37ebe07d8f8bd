/* JSON, printed as it comes. */
#ifndef ELUTE_JSON_H
#define ELUTE_JSON_H

#include <stdbool.h>
#include <stdio.h>

/* An object or array being printed: what separates the next entry. */
typedef struct EluteJson {
  FILE *file;
  int depth;
  bool first;
} EluteJson;

/* key NULL: an element of an array, or the whole. bracket: '{' or '['. */
void elute_json_open(EluteJson *j, const char *key, char bracket);
void elute_json_close(EluteJson *j, char bracket);
void elute_json_string(EluteJson *j, const char *key, const char *text); /* NULL: "" */
void elute_json_number(EluteJson *j, const char *key, double value);     /* not finite: null */
void elute_json_boolean(EluteJson *j, const char *key, bool value);
/* On one line; every stride-th of them. */
void elute_json_numbers(EluteJson *j, const char *key, size_t n, const double *values, size_t stride);

#endif
