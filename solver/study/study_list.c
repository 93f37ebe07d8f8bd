#include "study_list.h"

#include <stdlib.h>
#include <string.h>

/* Takes one cell off the line, quotes and blanks around it away; *rest: behind its comma, NULL after the last. In
 * place.
 */
static char *take_cell(char *line, char **rest) {
  char *cell = line + strspn(line, " \t"), *to = cell, *from = cell, *end;
  const bool quoted = *cell == '"';

  if (quoted) {
    for (from++; *from && !(*from == '"' && from[1] != '"'); *to++ = *from++) from += *from == '"';
    from += *from == '"';
  }
  end = from + strcspn(from, ",");
  *rest = *end ? end + 1 : NULL;
  if (quoted) {
    *to = '\0';
    return cell;
  }
  *end = '\0';
  while (end > cell && strchr(" \t\r", end[-1])) *--end = '\0';
  return cell;
}

static EluteNode *cell_node(EluteNode *column, char *text, const char *key, int line) {
  EluteNode *node = EluteNodeNew(ELUTE_SCALAR, key, text);

  node->file = column->file;
  node->line = line;
  node->column = 1;
  EluteNodeAppend(column, node);
  return node;
}

/* columns: one sequence for each path of the head, below a mapping of paths. */
static void read_line(EluteNode *columns, char *line, int number, char *file, EluteDiagnostics *d) {
  EluteNode *column = columns->first;
  char *rest = line;

  for (; rest; column = column ? column->next : NULL) {
    char *cell = take_cell(rest, &rest);

    if (!column || !cell[0]) {
      EluteErrorAt(d, file, number, 1,
                   column ? "a cell is empty; expected %d values"
                          : "expected %d values, as many as "
                            "the head has paths",
                   columns->n_children);
      return;
    }
    (void)cell_node(EluteNodeChild(column, "discrete"), cell, NULL, number);
  }
  if (column)
    EluteErrorAt(d, file, number, 1, "expected %d values, as many as the head has paths", columns->n_children);
}

static void read_head(EluteNode *columns, char *line, int number, char *file, EluteDiagnostics *d) {
  for (char *rest = line; rest;) {
    char *path = take_cell(rest, &rest);
    EluteNode *column, *list;

    if (columns->n_children == ELUTE_MOST_PARAMETERS) {
      EluteErrorAt(d, file, number, 1, "found more than %d paths", ELUTE_MOST_PARAMETERS);
      return;
    }
    if (!path[0] || EluteNodeChild(columns, path)) {
      EluteErrorAt(d, file, number, 1, "found '%s'; expected paths of the case, each once", path);
      return;
    }
    column = EluteNodeNew(ELUTE_MAPPING, path, NULL);
    list = EluteNodeNew(ELUTE_SEQUENCE, "discrete", NULL);
    column->file = list->file = file;
    column->line = list->line = number;
    EluteNodeAppend(columns, column);
    EluteNodeAppend(column, list);
  }
}

static EluteNode *read_columns(char *text, char *file, EluteDiagnostics *d) {
  EluteNode *columns = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
  int number = 1;

  for (char *line = text, *next; line && d->n_errors == 0; line = next, number++) {
    next = strchr(line, '\n');
    if (next) *next++ = '\0';
    line[strcspn(line, "\r")] = '\0';
    if (line[0] == '#' || !line[strspn(line, " \t")]) continue;
    if (columns->n_children == 0)
      read_head(columns, line, number, file, d);
    else
      read_line(columns, line, number, file, d);
  }
  if (!d->n_errors && (columns->n_children == 0 || EluteNodeChild(columns->first, "discrete")->n_children == 0))
    EluteErrorAt(d, file, 0, 0, "expected a line of paths and at least one line of values");
  return columns;
}

static int by_text(const void *a, const void *b, void *choice) {
  const int i = *(const int *)a, j = *(const int *)b, order = strcmp(((char **)choice)[i], ((char **)choice)[j]);

  return order ? order : i - j;
}

/* Where each text stands first. */
static void find_first(EluteVariate *column) {
  const int n = column->n_choices;
  int *order = calloc((size_t)n + 1, sizeof *order);

  column->first = calloc((size_t)n + 1, sizeof *column->first);
  if (!order || !column->first) abort();
  for (int i = 0; i < n; i++) order[i] = i;
  qsort_r(order, (size_t)n, sizeof *order, by_text, column->choice);
  for (int i = 0; i < n; i++) {
    const bool same = i > 0 && strcmp(column->choice[order[i]], column->choice[order[i - 1]]) == 0;

    column->first[order[i]] = same ? column->first[order[i - 1]] : order[i];
  }
  free(order);
}

void elute_study_list_read(EluteStudy *s, EluteDiagnostics *d) {
  const EluteNode *node = EluteNodeAt(s->tree, "sample.file"), *parameters = EluteNodeChild(s->tree, "parameters");
  char *file, *text;
  EluteNode *columns;
  size_t length;

  text = EluteStudyText(node, "a table of points", &file, &length, d);
  if (parameters && parameters->first)
    EluteError(d, parameters, "list has its parameters in the head of its file; expected none here");
  if (d->n_errors) {
    free(text);
    free(file);
    return;
  }
  columns = read_columns(text, file, d);
  free(s->parameter);
  free(s->variate);
  s->parameter = calloc((size_t)columns->n_children + 1, sizeof *s->parameter);
  s->variate = calloc((size_t)columns->n_children + 1, sizeof *s->variate);
  if (!s->parameter || !s->variate) abort();
  for (const EluteNode *one = columns->first; one && !d->n_errors; one = one->next) {
    s->parameter[s->n_parameters] = strdup(one->key);
    if (EluteVariateRead(one, NULL, &s->variate[s->n_parameters], d)) find_first(&s->variate[s->n_parameters]);
    s->n_parameters++;
  }
  if (s->n_parameters && !d->n_errors) s->n_rows = (size_t)s->variate[0].n_choices;
  EluteNodeFree(columns);
  free(text);
  free(file);
}

double elute_study_list_value(const EluteVariate *column, size_t row, char **text) {
  *text = strdup(column->choice[row]);
  if (!*text) abort();
  return column->number ? column->number[row] : column->first[row];
}
