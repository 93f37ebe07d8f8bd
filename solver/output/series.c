#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *grown(void *block, size_t n, size_t size) {
  void *larger = realloc(block, n * size);

  if (!larger) abort();
  return larger;
}

void EluteSeriesClear(EluteSeries *s) {
  for (int f = 0; f < s->n_fields; f++) free(s->field[f]);
  free(s->field);
  free(s->unit);
  free(s->row);
  *s = (EluteSeries){.n_probes = s->n_probes, .probe = s->probe};
}

void EluteSeriesAddField(EluteSeries *s, const char *field, const char *unit) {
  const size_t n = (size_t)s->n_fields;

  s->field = grown(s->field, n + 1, sizeof *s->field);
  s->unit = grown(s->unit, n + 1, sizeof *s->unit);
  s->field[n] = strdup(field);
  s->unit[n] = unit;
  if (!s->field[n]) abort();
  s->n_fields++;
}

void EluteSeriesAdd(EluteSeries *s, const char *probe, int place, double time, const double x[3], const double *value) {
  int p = 0;

  while (p < s->n_probes && strcmp(s->probe[p], probe) != 0) p++;
  if (p == s->n_probes) return;
  if (s->n_rows + (size_t)s->n_fields > s->room) {
    s->room = 2 * s->room + (size_t)s->n_fields;
    s->row = grown(s->row, s->room, sizeof *s->row);
  }
  for (int f = 0; f < s->n_fields; f++)
    s->row[s->n_rows++] = (EluteSeriesRow){.probe = s->probe[p],
                                           .field = s->field[f],
                                           .unit = s->unit[f],
                                           .time = time,
                                           .x = {x[0], x[1], x[2]},
                                           .value = value ? value[f] : NAN,
                                           .place = place};
}
