#include "json.h"

#include <math.h>

static void print_text(EluteJson *j, const char *text) {
  fputc('"', j->file);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      fprintf(j->file, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      fprintf(j->file, "\\u%04x", (unsigned)(unsigned char)*text);
    else
      fputc(*text, j->file);
  }
  fputc('"', j->file);
}

static void next(EluteJson *j, const char *key) {
  fprintf(j->file, "%s\n%*s", j->first ? "" : ",", 2 * j->depth, "");
  j->first = false;
  if (!key) return;
  print_text(j, key);
  fprintf(j->file, ": ");
}

/* JSON knows no infinity and no NaN. */
static void print_number(EluteJson *j, double value) {
  if (isfinite(value))
    fprintf(j->file, "%.15g", value);
  else
    fprintf(j->file, "null");
}

void elute_json_open(EluteJson *j, const char *key, char bracket) {
  if (j->depth) next(j, key);
  fputc(bracket, j->file);
  j->depth++;
  j->first = true;
}

void elute_json_close(EluteJson *j, char bracket) {
  j->depth--;
  if (!j->first) fprintf(j->file, "\n%*s", 2 * j->depth, "");
  fputc(bracket, j->file);
  j->first = false;
}

void elute_json_string(EluteJson *j, const char *key, const char *text) {
  next(j, key);
  print_text(j, text ? text : "");
}

void elute_json_number(EluteJson *j, const char *key, double value) {
  next(j, key);
  print_number(j, value);
}

void elute_json_boolean(EluteJson *j, const char *key, bool value) {
  next(j, key);
  fprintf(j->file, value ? "true" : "false");
}

void elute_json_numbers(EluteJson *j, const char *key, size_t n, const double *values, size_t stride) {
  next(j, key);
  fputc('[', j->file);
  for (size_t i = 0; i < n; i++) {
    if (i) fputs(", ", j->file);
    print_number(j, values[i * stride]);
  }
  fputc(']', j->file);
}
