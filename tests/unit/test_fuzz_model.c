/* The project's own cases with lines lost, doubled, swapped and borrowed, and with other values and units, through the
   whole way from text to model. Either there is a message or there is a model, and then what the model prints, the echo
   and the expansion, is read as a model again. The sanitizers of the asan preset watch the rest. */
#include <criterion/criterion.h>

#include "../../solver/case/units.h"
#include "../../solver/model/model.h"

#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 4000, LONGEST = 1000, ROUNDS = 600 };

typedef struct Lines {
  int n;
  char *line[MOST_LINES];
} Lines;

static Lines all; /* of every case */

static uint64_t state = 20240229;

static size_t below(size_t n) { /* splitmix64 */
  uint64_t z = state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (size_t)((z ^ (z >> 31)) % n);
}

static void append(Lines *lines, const char *text) {
  if (lines->n < MOST_LINES) lines->line[lines->n++] = strdup(text);
}

static void forget(Lines *lines) {
  for (int i = 0; i < lines->n; i++) free(lines->line[i]);
  lines->n = 0;
}

static void read_lines(const char *path, Lines *lines) {
  char line[LONGEST];
  FILE *file = fopen(path, "r");

  cr_assert(file, "%s", path);
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    append(lines, line);
  }
  fclose(file);
}

static void insert(Lines *lines, size_t at, const char *text) {
  if (lines->n == MOST_LINES) return;
  memmove(lines->line + at + 1, lines->line + at, ((size_t)lines->n - at) * sizeof *lines->line);
  lines->line[at] = strdup(text);
  lines->n++;
}

/* Puts `with` in the place of `length` bytes at `at` of a line. */
static void splice(char **line, size_t at, size_t length, const char *with) {
  char text[2 * LONGEST];

  snprintf(text, sizeof text, "%.*s%s%s", (int)at, *line, with, *line + at + length);
  free(*line);
  *line = strdup(text);
}

static void change_value(char **line) {
  static const char *const values[] = {"0",
                                       "-1",
                                       "1e300",
                                       "1e999",
                                       "nan",
                                       "inf",
                                       "~",
                                       "yes",
                                       "[]",
                                       "{}",
                                       "[1, 2]",
                                       "99999999999999999999",
                                       "3",
                                       "7 mm",
                                       "2 h",
                                       "u",
                                       "all",
                                       "\"\"",
                                       "*a",
                                       "&a 1",
                                       "|",
                                       "5 uM",
                                       "1e-9 m2/s",
                                       "{formula: \"1/(t-1)\", unit: mol/m3}",
                                       "{tissue: {tumour: 1 uM}}",
                                       "{table: {time: [0 s, 1 h], value: [1 uM, 2 uM]}}"};
  char *colon = strstr(*line, ": ");
  size_t skip = below(4);

  while (colon && skip-- > 0 && strstr(colon + 1, ": ")) colon = strstr(colon + 1, ": ");
  if (colon)
    splice(line, (size_t)(colon + 2 - *line), strcspn(colon + 2, ",}]"), values[below(sizeof values / sizeof *values)]);
}

static void change_unit(char **line) {
  static const char *const units[] = {"m",  "mm", "s", "h",       "1/s", "mol",     "nM", "mol/m3", "m2/s",
                                      "kg", "1",  "%", "1/(M s)", "K",   "furlong", "uL", "ug",     ""};
  char *digit = *line + strcspn(*line, "0123456789");

  for (size_t skip = below(3); skip > 0 && *digit; skip--) digit += 1 + strcspn(digit + 1, "0123456789");
  digit += strspn(digit, "0123456789.e+-");
  if (*digit == ' ')
    splice(line, (size_t)(digit + 1 - *line), strcspn(digit + 1, ",}] "), units[below(sizeof units / sizeof *units)]);
}

static void change_byte(char **line) {
  static const char *const bytes[] = {"{",  "}", "[", "]", ",", ":", "&",  "*",       "#",
                                      "\"", "'", " ", "-", "0", "x", "\t", "\xc3\xa9"};
  size_t length = strlen(*line);

  if (length) splice(line, below(length), below(2), bytes[below(sizeof bytes / sizeof *bytes)]);
}

static void mutate(Lines *lines) {
  size_t at = below((size_t)lines->n), other = below((size_t)lines->n);
  char *swap = lines->line[at];

  switch (below(7)) {
  case 0:
    if (lines->n == 1) return;
    free(lines->line[at]);
    memmove(lines->line + at, lines->line + at + 1, ((size_t)lines->n - at - 1) * sizeof *lines->line);
    lines->n--;
    return;
  case 1:
    insert(lines, at, lines->line[other]);
    return;
  case 2:
    lines->line[at] = lines->line[other];
    lines->line[other] = swap;
    return;
  case 3:
    insert(lines, at, all.line[below((size_t)all.n)]);
    return;
  case 4:
    change_value(&lines->line[at]);
    return;
  case 5:
    change_unit(&lines->line[at]);
    return;
  default:
    change_byte(&lines->line[at]);
    return;
  }
}

static EluteModel *read_text(const char *text, EluteDiagnostics *d) {
  return EluteModelRead(ELUTE_TEST_SOURCE "/cases/mutated.yaml", text, strlen(text), 0, NULL, d);
}

static void expect_read_again(const EluteModel *model, bool expanded, const char *from) {
  EluteDiagnostics d = {0};
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);
  EluteModel *again;

  if (expanded)
    EluteModelPrintExpanded(model, file);
  else
    EluteTreePrint(model->tree, file);
  fclose(file);
  again = read_text(text, &d);
  cr_assert(again, "%s\n--- printed:\n%s\n--- from:\n%s", d.text ? d.text : "", text, from);
  cr_assert(again->n_species == model->n_species && again->n_reactions == model->n_reactions);
  EluteModelFree(again);
  EluteDiagnosticsClear(&d);
  free(text);
}

/* Returns whether there is a model. */
static bool try(const Lines *lines) {
  EluteDiagnostics d = {0};
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);
  EluteModel *model;

  for (int i = 0; i < lines->n; i++) fprintf(file, "%s\n", lines->line[i]);
  fclose(file);
  model = read_text(text, &d);
  if (model) {
    expect_read_again(model, false, text);
    expect_read_again(model, true, text);
  } else {
    cr_assert(d.n_errors > 0 && d.length > 0 && strstr(d.text, "error: "), "refused without a word:\n%s", text);
  }
  EluteModelFree(model);
  EluteDiagnosticsClear(&d);
  free(text);
  return model != NULL;
}

Test(fuzz_model, mutated_cases_are_refused_with_a_message_or_read) {
  glob_t files;
  int read = 0;

  cr_assert(glob(ELUTE_TEST_SOURCE "/cases/*.yaml", 0, NULL, &files) == 0);
  cr_assert(glob(ELUTE_TEST_SOURCE "/cases/verification/*.yaml", GLOB_APPEND, NULL, &files) == 0);
  for (size_t f = 0; f < files.gl_pathc; f++) {
    Lines lines = {0};

    read_lines(files.gl_pathv[f], &all);
    read_lines(files.gl_pathv[f], &lines);
    cr_assert(try(&lines), "%s", files.gl_pathv[f]);
    forget(&lines);
  }
  for (int round = 0; round < ROUNDS; round++) {
    Lines lines = {0};

    read_lines(files.gl_pathv[below(files.gl_pathc)], &lines);
    for (size_t n = 1 + below(2); n > 0; n--) mutate(&lines);
    read += try(&lines);
    forget(&lines);
  }
  cr_expect(read > ROUNDS / 20 && read < ROUNDS * 9 / 10, "%d of %d read: the mutations miss their aim", read,
            (int)ROUNDS);
  forget(&all);
  globfree(&files);
  EluteUnitsFinalize();
}
