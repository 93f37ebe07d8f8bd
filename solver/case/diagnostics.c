/* The list of a case's problems: whole lines, in the order of the file, at most a hundred. */
#include "tree.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_ERRORS = 100, MESSAGE_LENGTH = 1024 };

typedef struct Place {
  const char *file;
  int line, column;
} Place;

void EluteDiagnosticsClear(EluteDiagnostics *d) {
  free(d->text);
  memset(d, 0, sizeof *d);
}

/* A message quotes the user's text: whatever would break its line is replaced. */
static void make_printable(char *text) {
  for (unsigned char *c = (unsigned char *)text; *c; c++)
    if (*c < 0x20 || *c == 0x7f) *c = ' ';
}

static void insert_line(EluteDiagnostics *d, size_t at, const char *line) {
  const size_t n = strlen(line);
  char *text = realloc(d->text, d->length + n + 1);

  if (!text) abort(); /* nothing can be reported without memory for the report */
  memmove(text + at + n, text + at, d->length - at);
  memcpy(text + at, line, n);
  d->text = text;
  d->length += n;
  text[d->length] = '\0';
}

static size_t start_of_last_line(const EluteDiagnostics *d) {
  size_t at = d->length;

  while (at > 0 && (at == d->length || d->text[at - 1] != '\n')) at--;
  return at;
}

/* Where a line about `place` belongs: before the first line of the same file that stands further down. */
static size_t position_of(const EluteDiagnostics *d, size_t end, const Place *place) {
  const size_t n = place->file ? strlen(place->file) : 0;
  size_t at = 0;
  int line, column;

  if (!n || place->line < 1) return end;
  while (at < end) {
    if (strncmp(d->text + at, place->file, n) == 0 && sscanf(d->text + at + n, ":%d:%d:", &line, &column) == 2 &&
        (line > place->line || (line == place->line && column > place->column)))
      return at;
    at += strcspn(d->text + at, "\n") + 1;
  }
  return end;
}

bool EluteDiagnosticsHas(const char *text, const char *beginning, size_t n) {
  for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
    if (strncmp(at, beginning, n) == 0) return true;
  return false;
}

static void add(EluteDiagnostics *d, const Place *place, bool error, const char *path, const char *format,
                va_list arguments) {
  char message[MESSAGE_LENGTH], line[2 * MESSAGE_LENGTH], where[MESSAGE_LENGTH / 2];
  const bool had_tail = d->n_errors > KEPT_ERRORS;

  vsnprintf(message, sizeof message, format, arguments);
  if (!place->file)
    where[0] = '\0';
  else if (place->line < 1)
    snprintf(where, sizeof where, "%s: ", place->file);
  else
    snprintf(where, sizeof where, "%s:%d:%d: ", place->file, place->line, place->column);
  snprintf(line, sizeof line - 1, "%s%s: %.400s%s%s", where, error ? "error" : "warning", path ? path : "",
           path && path[0] ? ": " : "", message);
  make_printable(line);
  strcat(line, "\n");
  /* One thing that is wrong in the case may be met in several that were made from it. */
  if (EluteDiagnosticsHas(d->text, line, strlen(line))) return;
  if (error)
    d->n_errors++;
  else
    d->n_warnings++;
  if (had_tail && error)
    d->length = start_of_last_line(d);
  else if (!error || d->n_errors <= KEPT_ERRORS)
    insert_line(d, position_of(d, had_tail ? start_of_last_line(d) : d->length, place), line);
  if (error && d->n_errors > KEPT_ERRORS) {
    snprintf(line, sizeof line, "and %d more errors\n", d->n_errors - KEPT_ERRORS);
    insert_line(d, d->length, line);
  }
}

/* A default or an expansion has no place of its own: its nearest ancestor that was written stands for it. */
static Place place_of(const EluteNode *node) {
  Place place = {NULL, 0, 0};

  for (; node; node = node->parent) {
    if (!place.file) place.file = node->file;
    if (node->line > 0 && node->file) return (Place){node->file, node->line, node->column};
  }
  return place;
}

static void add_at_node(EluteDiagnostics *d, const EluteNode *at, bool error, const char *format, va_list arguments) {
  const Place place = place_of(at);
  /* Counting its way through a long list once for each of many errors would take for ever. */
  const bool kept = !error || d->n_errors < KEPT_ERRORS;
  char *path = at && kept ? EluteNodePath(at) : NULL;

  add(d, &place, error, path, format, arguments);
  free(path);
}

void EluteError(EluteDiagnostics *d, const EluteNode *at, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  add_at_node(d, at, true, format, arguments);
  va_end(arguments);
}

void EluteWarning(EluteDiagnostics *d, const EluteNode *at, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  add_at_node(d, at, false, format, arguments);
  va_end(arguments);
}

void EluteErrorAt(EluteDiagnostics *d, const char *file, int line, int column, const char *format, ...) {
  const Place place = {file, line, column};
  va_list arguments;

  va_start(arguments, format);
  add(d, &place, true, NULL, format, arguments);
  va_end(arguments);
}

/* Number of edits (insert, delete, replace, swap neighbours) from a to b: optimal string alignment. */
static int edit_distance(const char *a, const char *b) {
  enum { LONGEST = 63 };
  const int n = (int)strlen(a), m = (int)strlen(b);
  int rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *now = rows[2], *swap;

  if (n > LONGEST || m > LONGEST) return 2 * LONGEST;
  for (int j = 0; j <= m; j++) before[j] = last[j] = j;
  for (int i = 1; i <= n; i++) {
    now[0] = i;
    for (int j = 1; j <= m; j++) {
      const int replace = last[j - 1] + (a[i - 1] != b[j - 1]);
      int best = last[j] + 1 < now[j - 1] + 1 ? last[j] + 1 : now[j - 1] + 1;

      if (replace < best) best = replace;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      now[j] = best;
    }
    swap = before, before = last, last = now, now = swap;
  }
  return last[m];
}

const char *EluteNearest(const char *name, int n, const char *const *candidates) {
  const char *nearest = NULL;
  int best = (int)strlen(name) / 3 + 2;

  for (int i = 0; i < n; i++) {
    const int distance = candidates[i] ? edit_distance(name, candidates[i]) : best;

    if (distance < best) {
      best = distance;
      nearest = candidates[i];
    }
  }
  return nearest;
}
