#include "network.h"

#include "../case/input.h"
#include "../case/units.h"
#include "vtk_file.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 1024, MOST_PIECES = 20000000, N_COLUMNS = 7 };

static bool complain(char *why, size_t length, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(why, length, format, arguments);
  va_end(arguments);
  return false;
}

static bool append(EluteNetwork *network, const EluteVessel *vessel) {
  if (network->n == MOST_PIECES) return false;
  if ((network->n & (network->n - 1)) == 0) { /* room for the next power of two */
    network->vessel = realloc(network->vessel, (network->n ? 2 * (size_t)network->n : 1) * sizeof *network->vessel);
    if (!network->vessel) abort();
  }
  network->vessel[network->n++] = *vessel;
  return true;
}

/* ---- tables ---- */

static bool is_skipped(const char *text) {
  return text[strspn(text, " \t\r\n")] == '\0' || text[0] == '#';
}

static bool read_headings(char *text, double factor[N_COLUMNS], char *why, size_t length) {
  static const char *const names[N_COLUMNS] = {"x0", "y0", "z0", "x1", "y1", "z1", "radius"};
  char *rest = text, *column;
  double offset;

  for (int c = 0; c < N_COLUMNS; c++) {
    char *open, *close;
    size_t n;

    column = strsep(&rest, ",");
    column = column ? column + strspn(column, " \t") : NULL;
    open = column ? strchr(column, '[') : NULL;
    close = open ? strchr(open, ']') : NULL;
    n = strlen(names[c]);
    if (!close || strncmp(column, names[c], n) != 0 || !strchr(" \t[", column[n]))
      return complain(why, length,
                      "expected the heading 'x0 [um], y0 [um], z0 [um], x1 [um], y1 [um], z1 [um], radius [um]'");
    *close = '\0';
    if (!EluteUnitParse(open + 1, "m", 0.0, &factor[c], &offset, why, length)) return false;
  }
  return rest == NULL || complain(why, length, "found more than %d columns", N_COLUMNS);
}

static bool read_row(char *text, const double factor[N_COLUMNS], EluteVessel *vessel) {
  double *const to[N_COLUMNS] = {&vessel->from[0], &vessel->from[1], &vessel->from[2], &vessel->to[0],
                                 &vessel->to[1],   &vessel->to[2],   &vessel->radius};
  char *at = text, *end;

  for (int c = 0; c < N_COLUMNS; c++) {
    *to[c] = factor[c] * strtod(at, &end);
    if (end == at || !isfinite(*to[c])) return false;
    at = end + strspn(end, " \t\r\n");
    if (c + 1 < N_COLUMNS && *at++ != ',') return false;
  }
  return *at == '\0' && vessel->radius > 0.0;
}

static bool read_table(FILE *file, EluteNetwork *network, int *line, char *why, size_t length) {
  char text[LONGEST_LINE];
  double factor[N_COLUMNS];
  bool headed = false;

  while (fgets(text, sizeof text, file)) {
    EluteVessel vessel;

    ++*line;
    if (is_skipped(text)) continue;
    if (!headed) {
      if (!read_headings(text, factor, why, length)) return false;
      headed = true;
    } else if (!read_row(text, factor, &vessel)) {
      return complain(why, length, "expected %d finite numbers with commas between them, the radius above 0",
                      N_COLUMNS);
    } else if (!append(network, &vessel)) {
      return complain(why, length, "more than %d vessels", MOST_PIECES);
    }
  }
  *line = network->n > 0 ? *line : 0;
  return network->n > 0 || complain(why, length, "the table has no rows");
}

/* ---- VTK ---- */

typedef struct Lines {
  size_t n_points, n_lines, n_corners;
  double *point, *offset, *corner; /* line l has the corners offset[l] … offset[l + 1] - 1 */
  double *radius;
  size_t n_radii;
  bool of_points;
} Lines;

static bool take_lines(EluteVtkFile *v, size_t n0, size_t n1, Lines *lines) {
  const EluteNumberType *type;
  char word[ELUTE_VTK_WORD];

  if (n0 == 0) return EluteVtkFail(v, "LINES without an offset");
  if (!EluteVtkType(v, &type) || !(lines->offset = EluteVtkArray(v, n0, type))) return false;
  if (!EluteVtkWord(v, word) || strcmp(word, "CONNECTIVITY") != 0)
    return EluteVtkFail(v, "OFFSETS without CONNECTIVITY");
  lines->n_lines = n0 - 1;
  lines->n_corners = n1;
  return EluteVtkType(v, &type) && (lines->corner = EluteVtkArray(v, n1, type)) != NULL;
}

/* n0 and n1: lines and numbers, or in the newer version offsets and corners. */
static bool read_lines(EluteVtkFile *v, size_t n0, size_t n1, Lines *lines) {
  const unsigned char *before = v->at;
  char word[ELUTE_VTK_WORD];
  double *packed;
  size_t at = 0;

  lines->n_lines = n0;
  if (EluteVtkWord(v, word) && strcmp(word, "OFFSETS") == 0) return take_lines(v, n0, n1, lines);
  v->at = before;
  if (n0 > n1) return EluteVtkFail(v, "the file has fewer numbers of LINES than lines");
  if (!(packed = EluteVtkArray(v, n1, EluteNumberTypeNamed("int", false)))) return false;
  lines->offset = calloc(n0 + 1, sizeof *lines->offset);
  lines->corner = calloc(n1 + 1, sizeof *lines->corner);
  if (!lines->offset || !lines->corner) abort();
  for (size_t l = 0; l < n0 && at < n1; l++) {
    const double corners = packed[at++];

    for (size_t c = 0; (double)c < corners && at < n1; c++) lines->corner[lines->n_corners++] = packed[at++];
    lines->offset[l + 1] = (double)lines->n_corners;
  }
  free(packed);
  return true;
}

/* One array of a section of data: kept where it is the radius. */
static bool read_array(EluteVtkFile *v, const char *name, size_t n, const EluteNumberType *type, const char *wanted,
                       bool of_points, Lines *lines) {
  if (lines->radius || strcmp(name, wanted) != 0 || n != (of_points ? lines->n_points : lines->n_lines))
    return EluteVtkNumbers(v, n, type, NULL);
  lines->of_points = of_points;
  lines->n_radii = n;
  return (lines->radius = EluteVtkArray(v, n, type)) != NULL;
}

static bool read_data(EluteVtkFile *v, const char *first, const char *wanted, size_t n, bool of_points, Lines *lines) {
  char name[ELUTE_VTK_WORD], word[ELUTE_VTK_WORD];
  const EluteNumberType *type;
  size_t arrays, components;

  if (strcmp(first, "SCALARS") == 0) {
    if (!EluteVtkWord(v, name) || !EluteVtkType(v, &type)) return EluteVtkFail(v, "SCALARS without a type");
    EluteVtkLine(v);       /* a number of components, or none */
    EluteVtkWord(v, word); /* LOOKUP_TABLE */
    EluteVtkWord(v, word);
    return read_array(v, name, n, type, wanted, of_points, lines);
  }
  if (!EluteVtkWord(v, name) || !EluteVtkCount(v, 0, &arrays)) return EluteVtkFail(v, "FIELD without a count");
  for (size_t a = 0; a < arrays; a++)
    if (!EluteVtkWord(v, name) || !EluteVtkCount(v, 0, &components) || !EluteVtkCount(v, 0, &n) ||
        !EluteVtkType(v, &type) || !read_array(v, name, components * n, type, wanted, of_points, lines))
      return false;
  return true;
}

static bool read_sections(EluteVtkFile *v, const char *wanted, Lines *lines) {
  const EluteNumberType *type;
  char word[ELUTE_VTK_WORD];
  size_t n = 0, n1;
  bool of_points = false;

  while (EluteVtkWord(v, word)) {
    if (strcmp(word, "POINTS") == 0 && !lines->point) {
      if (!EluteVtkCount(v, 0, &lines->n_points) || !EluteVtkType(v, &type)) return false;
      if (!(lines->point = EluteVtkArray(v, 3 * lines->n_points, type))) return false;
    } else if (strcmp(word, "LINES") == 0 && !lines->offset) {
      if (!EluteVtkCount(v, 0, &n) || !EluteVtkCount(v, 0, &n1) || !read_lines(v, n, n1, lines)) return false;
    } else if (strcmp(word, "POINT_DATA") == 0 || strcmp(word, "CELL_DATA") == 0) {
      of_points = word[0] == 'P';
      if (!EluteVtkCount(v, 0, &n)) return false;
    } else if (strcmp(word, "SCALARS") == 0 || (strcmp(word, "FIELD") == 0 && lines->point)) {
      if (!read_data(v, word, wanted, n, of_points, lines)) return false;
    } else if (strcmp(word, "FIELD") == 0) {
      if (!EluteVtkSkipField(v)) return false;
    } else if (strcmp(word, "METADATA") == 0) {
      EluteVtkSkipMetadata(v);
    } else {
      return EluteVtkFail(v, "found '%.40s', which is none of POINTS, LINES, SCALARS and FIELD", word);
    }
  }
  if (!lines->point || !lines->corner) return EluteVtkFail(v, "the file has no POINTS, or no LINES");
  return (lines->radius && lines->n_radii == (lines->of_points ? lines->n_points : lines->n_lines)) ||
         EluteVtkFail(v, "the file has no array '%.60s' with one radius a point or a line", wanted);
}

static bool pieces(const Lines *lines, double unit, EluteNetwork *network, char *why, size_t length) {
  for (size_t l = 0; l < lines->n_lines; l++)
    for (double c = lines->offset[l] + 1; c < lines->offset[l + 1]; c++) {
      EluteVessel vessel;
      double a, b;

      if (!(c >= 1 && c < (double)lines->n_corners)) return complain(why, length, "line %zu has no such corner", l);
      a = lines->corner[(size_t)c - 1];
      b = lines->corner[(size_t)c];
      if (!(a >= 0 && b >= 0 && a < (double)lines->n_points && b < (double)lines->n_points))
        return complain(why, length, "line %zu has a corner that is no point", l);
      for (int d = 0; d < 3; d++) {
        vessel.from[d] = unit * lines->point[3 * (size_t)a + (size_t)d];
        vessel.to[d] = unit * lines->point[3 * (size_t)b + (size_t)d];
      }
      vessel.radius =
          unit * (lines->of_points ? 0.5 * (lines->radius[(size_t)a] + lines->radius[(size_t)b]) : lines->radius[l]);
      if (!(vessel.radius > 0.0) || !isfinite(vessel.from[0] + vessel.from[1] + vessel.from[2] + vessel.to[0] +
                                              vessel.to[1] + vessel.to[2] + vessel.radius))
        return complain(why, length, "line %zu has a radius that is not above 0, or a point that is nowhere", l);
      if (!append(network, &vessel)) return complain(why, length, "more than %d vessels", MOST_PIECES);
    }
  return network->n > 0 || complain(why, length, "the file has no lines of two points or more");
}

static bool read_vtk(const char *path, double unit, const char *radius, EluteNetwork *network, char *why,
                     size_t length) {
  EluteVtkFile v;
  Lines lines = {0};
  char word[ELUTE_VTK_WORD];
  bool fine;

  why[0] = '\0';
  fine = EluteVtkOpen(&v, path, why, length);

  if (fine && (!EluteVtkWord(&v, word) || strcmp(word, "DATASET") != 0 || !EluteVtkWord(&v, word) ||
               strcmp(word, "POLYDATA") != 0))
    fine = EluteVtkFail(&v, "expected a legacy VTK file with DATASET POLYDATA");
  fine = fine && read_sections(&v, radius ? radius : "radius", &lines) && pieces(&lines, unit, network, why, length);
  if (!fine && !why[0]) EluteVtkFail(&v, "the file ends too early");
  free(lines.point), free(lines.offset), free(lines.corner), free(lines.radius);
  EluteVtkClose(&v);
  return fine;
}

bool EluteNetworkRead(const char *path, double unit, const char *radius, EluteNetwork *network, int *line, char *why,
                      size_t length) {
  static const char magic[] = "# vtk DataFile";
  char head[sizeof magic] = "";
  char reason[200];
  FILE *file = EluteInputOpen(path, false, reason, sizeof reason);
  bool fine;

  *line = 0;
  if (!file) return complain(why, length, "cannot read %.280s: %s", path, reason);
  fine = fread(head, 1, sizeof magic - 1, file) > 0;
  rewind(file);
  if (!fine)
    fine = complain(why, length, "the file is empty");
  else if (strcmp(head, magic) == 0)
    fine = read_vtk(path, unit, radius, network, why, length);
  else
    fine = read_table(file, network, line, why, length);
  fclose(file);
  return fine;
}
