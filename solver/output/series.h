/* Time series of chosen probes in memory: what probes.csv would say of them, for a run that writes no files. */
#ifndef ELUTE_OUTPUT_SERIES_H
#define ELUTE_OUTPUT_SERIES_H

#include <stddef.h>

typedef struct EluteSeriesRow {
  const char *probe, *field, *unit; /* field: the species as probes.csv names it, without the unit */
  double time, x[3], value;         /* s, m, unit; NaN: the place is outside the mesh */
  int place;                        /* on a line, from 0; 0 at a point */
} EluteSeriesRow;

typedef struct EluteSeries {
  int n_probes;
  char **probe; /* [n_probes] the chosen ones; the caller's */
  int n_fields;
  char **field;      /* [n_fields] */
  const char **unit; /* [n_fields], literals */
  size_t n_rows, room;
  EluteSeriesRow *row; /* [n_rows] by time, probe, place, field */
} EluteSeries;

/* Forgets what an earlier run left. */
void EluteSeriesClear(EluteSeries *series);
void EluteSeriesAddField(EluteSeries *series, const char *field, const char *unit);
/* One place of a probe at one time, if the probe is chosen. value[n_fields]; NULL: outside the mesh. */
void EluteSeriesAdd(EluteSeries *series, const char *probe, int place, double time, const double x[3],
                    const double *value);

#endif
