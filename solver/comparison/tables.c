/* Tables (CSV) and endpoints (JSON). */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

enum { COLUMNS = 4096 };

/* A table in memory: cells of text, row after row; the first row are the names. */
typedef struct Table {
  char *text, **cell;
  size_t n_columns, n_rows; /* without the names */
} Table;

static void table_clear(Table *table) {
  free(table->text);
  free(table->cell);
}

/* Cuts the next cell off: at a comma or the end of the line, outside quotes. *last: it is its line's last. */
static char *next_cell(char **at, bool *last) {
  char *cell = *at, *end = cell;
  bool quoted = false;

  while (*end && (quoted || (*end != ',' && *end != '\n'))) quoted ^= *end++ == '"';
  *last = *end != ',';
  *at = *end ? end + 1 : end;
  *end = '\0';
  return cell;
}

static bool table_read(EluteComparison *c, int run, const char *name, Table *table) {
  char path[ELUTE_COMPARED_PATH], *at;
  size_t length, n = 0, room = 0, in_row = 0;
  bool last, fine = true;

  *table = (Table){0};
  elute_path(c, run, name, path);
  if (!(table->text = elute_compared_text(c, run, name, &length))) return false;
  for (at = table->text; *at && fine;) {
    if (n == room) {
      room = 2 * room + 64;
      table->cell = realloc(table->cell, room * sizeof *table->cell);
      if (!table->cell) abort();
    }
    table->cell[n++] = next_cell(&at, &last);
    in_row++;
    if (!last) continue;
    if (!table->n_columns) table->n_columns = in_row;
    fine = in_row == table->n_columns && in_row <= COLUMNS;
    in_row = 0;
  }
  table->n_rows = table->n_columns ? n / table->n_columns - 1 : 0;
  if (!fine) elute_note(c, "%s: its rows differ in length", path);
  return fine && table->n_columns > 0;
}

static const char *cell(const Table *table, size_t row, size_t column) { /* row 0: the names */
  return table->cell[row * table->n_columns + column];
}

static bool is_number(const char *text, double *number) {
  char *rest;

  *number = strtod(text, &rest);
  return *text && !*rest;
}

static bool is_column(const Table *table, size_t column, const char *name) {
  return strcmp(cell(table, 0, column), name) == 0;
}

/* What a row is about, to find it again and for people: its cells of text but the unit, and its bin. */
static void row_key(const Table *table, size_t row, char key[ELUTE_COMPARED_NAME]) {
  size_t n = 0;
  double number;

  key[0] = '\0';
  for (size_t column = 0; column < table->n_columns && n + 1 < ELUTE_COMPARED_NAME; column++) {
    const bool text = !is_number(cell(table, row, column), &number), bin = is_column(table, column, "bin");

    if ((!text && !bin) || is_column(table, column, "unit")) continue;
    n += (size_t)snprintf(key + n, ELUTE_COMPARED_NAME - n, "%s%s%s", n ? " " : "", bin ? "bin " : "",
                          cell(table, row, column));
  }
}

/* The numbers of two rows of the same time and key. A quantity is a column, of one species where rows say which. The
   ledger's closure is rounding and nothing else: not compared. */
static void compare_row(EluteComparison *c, const char *name, const Table table[2], const size_t row[2], double time,
                        const char *key) {
  const char *species = NULL;

  for (size_t column = 0; column < table[0].n_columns; column++) {
    if (is_column(&table[0], column, "species")) species = cell(&table[0], row[0], column);
    if (is_column(&table[0], column, "place") && strcmp(cell(&table[0], row[0], column), "closure") == 0) return;
  }
  for (size_t column = 1; column < table[0].n_columns; column++) {
    double a, b;
    EluteDifference *d;

    if (!is_number(cell(&table[0], row[0], column), &a) || !is_number(cell(&table[1], row[1], column), &b)) continue;
    if (is_column(&table[0], column, "bin")) continue;
    d = elute_difference(c, "%s: %s%s%s", name, cell(&table[0], 0, column), species ? " of " : "", species ? species : "");
    if (elute_differ(d, a, b)) snprintf(d->where, sizeof d->where, "t = %g s%s%.100s", time, key[0] ? ", " : "", key);
  }
}

/* Row by row in step: those at which the times or what they are about differ are skipped in the run that is behind. */
static void compare_rows(EluteComparison *c, const char *name, const Table table[2]) {
  char key[2][ELUTE_COMPARED_NAME];
  size_t row[2] = {1, 1}, alone[2] = {0, 0};

  while (row[0] <= table[0].n_rows && row[1] <= table[1].n_rows) {
    double time[2];

    for (int run = 0; run < 2; run++) {
      row_key(&table[run], row[run], key[run]);
      if (!is_number(cell(&table[run], row[run], 0), &time[run])) time[run] = 0;
    }
    if (fabs(time[0] - time[1]) > 1e-12 * fabs(time[0])) {
      const int behind = time[1] < time[0];

      row[behind]++, alone[behind]++;
      continue;
    }
    if (strcmp(key[0], key[1]) != 0) {
      elute_note(c, "%s: at %g s one run has %s, the other %s", name, time[0], key[0], key[1]);
      return;
    }
    compare_row(c, name, table, row, time[0], key[0]);
    row[0]++, row[1]++;
  }
  for (int run = 0; run < 2; run++) {
    alone[run] += table[run].n_rows + 1 - row[run];
    if (alone[run]) elute_note(c, "%s: %zu rows are only in %s", name, alone[run], c->directory[run]);
  }
}

void elute_compare_csv(EluteComparison *c, const char *name) {
  Table table[2] = {{0}};
  const bool fine[2] = {table_read(c, 0, name, &table[0]), table_read(c, 1, name, &table[1])};
  bool same = fine[0] && fine[1] && table[0].n_columns == table[1].n_columns;

  for (size_t column = 0; same && column < table[0].n_columns; column++)
    same = strcmp(cell(&table[0], 0, column), cell(&table[1], 0, column)) == 0;
  if (same)
    compare_rows(c, name, table);
  else if (fine[0] && fine[1])
    elute_note(c, "%s: the runs have different columns", name);
  for (int run = 0; run < 2; run++) table_clear(&table[run]);
}

/* The leaves below two nodes that stand at the same path. The numbers of a sequence are one quantity; index: where in it,
   or -1. */
static void compare_nodes(EluteComparison *c, const char *name, const char *path, int index, const EluteNode *a,
                          const EluteNode *b) {
  char below[ELUTE_COMPARED_NAME];
  double x, y;
  int i = 0;

  if (a->kind != b->kind || a->n_children != b->n_children) {
    elute_note(c, "%s: %s differs in kind or length", name, path);
  } else if (a->kind == ELUTE_SCALAR && is_number(a->text, &x) && is_number(b->text, &y)) {
    EluteDifference *d = elute_difference(c, "%s: %s", name, path);

    if (elute_differ(d, x, y) && index >= 0) snprintf(d->where, sizeof d->where, "number %d", index);
  } else if (a->kind == ELUTE_SCALAR && strcmp(a->text, b->text) != 0) {
    elute_note(c, "%s: %s is %s in one run and %s in the other", name, path, a->text, b->text);
  } else if (a->kind == ELUTE_SEQUENCE) {
    for (const EluteNode *p = a->first, *q = b->first; p && q; p = p->next, q = q->next)
      compare_nodes(c, name, path, i++, p, q);
  } else {
    for (const EluteNode *p = a->first; p; p = p->next) {
      const EluteNode *other = EluteNodeChild(b, p->key);

      snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "", p->key);
      if (other)
        compare_nodes(c, name, below, -1, p, other);
      else
        elute_note(c, "%s: %s is only in %s", name, below, c->directory[0]);
    }
  }
}

void elute_compare_json(EluteComparison *c, const char *name, const char *section) {
  EluteNode *root[2];

  for (int run = 0; run < 2; run++) root[run] = elute_compared_tree(c, run, name, section);
  if (root[0] && root[1])
    compare_nodes(c, name, "", -1, EluteNodeChild(root[0], section), EluteNodeChild(root[1], section));
  for (int run = 0; run < 2; run++) EluteNodeFree(root[run]);
}
