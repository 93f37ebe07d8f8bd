/* Tables in files: comma-separated, two columns, a first line that names them with their units:
     time [h], concentration [uM]
     0, 1.5
   Lines that begin with # and empty ones are skipped. */
#include "value_internal.h"

#include "input.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 1024, MOST_ROWS = 10000000 };

typedef struct Column {
  double factor, offset;
} Column;

char *EluteFileBeside(const EluteNode *file) {
  const EluteNode *root = file;
  const char *from = file->file, *slash;
  char *path;
  size_t n;

  while (root->parent) root = root->parent;
  if (!from || strcmp(from, "--set") == 0) from = root->file;
  slash = from && file->text[0] != '/' ? strrchr(from, '/') : NULL;
  n = slash ? (size_t)(slash - from) + 1 : 0;
  path = malloc(n + strlen(file->text) + 1);
  if (!path) abort();
  memcpy(path, from ? from : "", n);
  strcpy(path + n, file->text);
  return path;
}

/* "time [h]" */
static bool read_heading(char *text, const char *dimension, double molar_mass, Column *column, char *why,
                         size_t length) {
  char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;

  if (!close) {
    snprintf(why, length, "found '%.60s'; expected a heading with a unit, such as 'time [h], value [uM]'", text);
    return false;
  }
  *close = '\0';
  return EluteUnitParse(open + 1, dimension, molar_mass, &column->factor, &column->offset, why, length);
}

static bool read_field(const char *text, Column column, double *si) {
  char *end;
  const double number = strtod(text, &end);

  if (end == text || end[strspn(end, " \t\r\n")]) return false;
  *si = number * column.factor + column.offset;
  return isfinite(*si);
}

typedef struct TableFile {
  FILE *stream;
  char *path;
  int line;
  char text[LONGEST_LINE], *second; /* a line, cut in two at its comma */
} TableFile;

/* The next line with something on it. 1: read, 0: end, -1: no two columns. */
static int next_line(TableFile *f) {
  while (fgets(f->text, sizeof f->text, f->stream)) {
    f->line++;
    if (f->text[strspn(f->text, " \t\r\n")] == '\0' || f->text[0] == '#') continue;
    if (strlen(f->text) == sizeof f->text - 1) return -1;
    f->second = strchr(f->text, ',');
    if (!f->second || strchr(f->second + 1, ',')) return -1;
    *f->second++ = '\0';
    return 1;
  }
  return 0;
}

static bool read_rows(EluteValue *table, TableFile *f, const Column column[2], EluteDiagnostics *d) {
  int capacity = 0, state;

  while ((state = next_line(f)) > 0) {
    if (table->n == capacity) {
      capacity = capacity ? 2 * capacity : 64;
      table->time = realloc(table->time, (size_t)capacity * sizeof *table->time);
      table->value = realloc(table->value, (size_t)capacity * sizeof *table->value);
      if (!table->time || !table->value) abort();
    }
    if (table->n == MOST_ROWS || !read_field(f->text, column[0], &table->time[table->n]) ||
        !read_field(f->second, column[1], &table->value[table->n]))
      break;
    if (table->n > 0 && table->time[table->n] <= table->time[table->n - 1]) {
      EluteErrorAt(d, f->path, f->line, 1, "found a time that does not increase; expected increasing times");
      return false;
    }
    table->n++;
  }
  if (state == 0 && table->n > 0) return true;
  if (state == 0)
    EluteErrorAt(d, f->path, f->line, 1, "the table has no rows");
  else
    EluteErrorAt(d, f->path, f->line, 1, "expected two finite numbers with a comma between them");
  return false;
}

static bool read_stream(EluteValue *table, TableFile *f, const char *dimension, double molar_mass,
                        EluteDiagnostics *d) {
  Column column[2] = {{1.0, 0.0}, {1.0, 0.0}};
  char why[500] = "expected a heading such as 'time [h], value [uM]'";

  if (next_line(f) != 1 || !read_heading(f->text, "s", 0.0, &column[0], why, sizeof why) ||
      !read_heading(f->second, dimension, molar_mass, &column[1], why, sizeof why)) {
    EluteErrorAt(d, f->path, f->line > 0 ? f->line : 1, 1, "%s", why);
    return false;
  }
  return read_rows(table, f, column, d);
}

bool elute_table_read_file(EluteValue *table, const EluteNode *file, const char *dimension, double molar_mass,
                           EluteDiagnostics *d) {
  TableFile f = {.path = EluteFileBeside(file)};
  char why[200];
  bool fine = false;

  f.stream = EluteInputOpen(f.path, false, why, sizeof why);
  if (!f.stream) {
    EluteError(d, file, "cannot read %s: %s", f.path, why);
  } else {
    fine = read_stream(table, &f, dimension, molar_mass, d);
    fclose(f.stream);
  }
  free(f.path);
  return fine;
}
