/* What a database says of its points: one table for those who ask about the whole, and single points. */
#include "database_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode read_generation(EluteDatabase *db, int generation, EluteStudyTable *t) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT design, base, levels, n_rows,"
                                " (SELECT count(*) FROM parameter WHERE generation = ?1),"
                                " (SELECT count(*) FROM endpoint WHERE generation = ?1),"
                                " (SELECT count(*) FROM scenario WHERE generation = ?1),"
                                " (SELECT count(*) FROM replicate WHERE generation = ?1)"
                                " FROM generation WHERE generation = ?1",
                                "i", (long long)generation);
  const int found = elute_row(db, s);

  if (found < 0) return ELUTE_ERR;
  if (!found) return EluteFail(ELUTE_EXIT_CASE, "%s: has no generation %d", db->path, generation);
  for (int k = 0; elute_designs[k]; k++)
    if (strcmp(elute_designs[k], (const char *)sqlite3_column_text(s, 0)) == 0) t->design = elute_designs[k];
  t->base = sqlite3_column_int(s, 1);
  t->levels = sqlite3_column_int(s, 2);
  t->n_rows = (size_t)sqlite3_column_int64(s, 3);
  t->n_parameters = sqlite3_column_int(s, 4);
  t->n_endpoints = sqlite3_column_int(s, 5);
  t->n_scenarios = sqlite3_column_int(s, 6);
  t->n_replicates = sqlite3_column_int(s, 7);
  t->n_points = t->n_rows * (size_t)t->n_scenarios * (size_t)t->n_replicates;
  sqlite3_reset(s);
  return PETSC_SUCCESS;
}

static PetscErrorCode read_names(EluteDatabase *db, int generation, EluteStudyTable *t) {
  const long long g = generation;
  sqlite3_stmt *s;
  int found, i;

  t->parameter = elute_study_memory((size_t)t->n_parameters, sizeof *t->parameter);
  t->parameter_unit = elute_study_memory((size_t)t->n_parameters, sizeof *t->parameter_unit);
  t->numeric = elute_study_memory((size_t)t->n_parameters, sizeof *t->numeric);
  t->logarithmic = elute_study_memory((size_t)t->n_parameters, sizeof *t->logarithmic);
  t->endpoint = elute_study_memory((size_t)t->n_endpoints, sizeof *t->endpoint);
  t->endpoint_unit = elute_study_memory((size_t)t->n_endpoints, sizeof *t->endpoint_unit);
  t->scenario_name = elute_study_memory((size_t)t->n_scenarios, sizeof *t->scenario_name);
  s = elute_query(db,
                  "SELECT path, unit, is_numeric, is_logarithmic FROM parameter WHERE generation = ?1"
                  " ORDER BY position",
                  "i", g);
  for (i = 0; (found = elute_row(db, s)) > 0 && i < t->n_parameters; i++) {
    t->parameter[i] = elute_column_text(s, 0);
    t->parameter_unit[i] = elute_column_text(s, 1);
    t->numeric[i] = sqlite3_column_int(s, 2) != 0;
    t->logarithmic[i] = sqlite3_column_int(s, 3) != 0;
  }
  if (found < 0) return ELUTE_ERR;
  s = elute_query(db, "SELECT name, unit FROM endpoint WHERE generation = ?1 ORDER BY position", "i", g);
  for (i = 0; (found = elute_row(db, s)) > 0 && i < t->n_endpoints; i++) {
    t->endpoint[i] = elute_column_text(s, 0);
    t->endpoint_unit[i] = elute_column_text(s, 1);
  }
  if (found < 0) return ELUTE_ERR;
  s = elute_query(db, "SELECT name FROM scenario WHERE generation = ?1 ORDER BY position", "i", g);
  for (i = 0; (found = elute_row(db, s)) > 0 && i < t->n_scenarios; i++) t->scenario_name[i] = elute_column_text(s, 0);
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

static double number_or_nan(sqlite3_stmt *s, int column) {
  return sqlite3_column_type(s, column) == SQLITE_NULL ? NAN : sqlite3_column_double(s, column);
}

/* Of the first block; the others have the same. */
static PetscErrorCode read_values(EluteDatabase *db, int generation, EluteStudyTable *t) {
  sqlite3_stmt *s =
      elute_query(db, "SELECT design_row, position, x, u FROM value WHERE generation = ?1", "i", (long long)generation);
  const size_t p = (size_t)t->n_parameters, block = t->n_rows * p;
  int found;

  while ((found = elute_row(db, s)) > 0) {
    const size_t i = (size_t)sqlite3_column_int64(s, 0) * p + (size_t)sqlite3_column_int64(s, 1);

    if (i >= block) continue;
    t->x[i] = number_or_nan(s, 2);
    t->u[i] = number_or_nan(s, 3);
  }
  for (size_t b = 1; b < (size_t)t->n_scenarios * (size_t)t->n_replicates; b++) {
    memcpy(t->x + b * block, t->x, block * sizeof *t->x);
    memcpy(t->u + b * block, t->u, block * sizeof *t->u);
  }
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

static PetscErrorCode read_points(EluteDatabase *db, int generation, EluteStudyTable *t) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT id, scenario, replicate, design_row, seconds, position, y, state FROM point"
                                " LEFT JOIN result ON result.point = point.id WHERE generation = ?1",
                                "i", (long long)generation);
  int found;

  while ((found = elute_row(db, s)) > 0) {
    const size_t scenario = (size_t)sqlite3_column_int64(s, 1), replicate = (size_t)sqlite3_column_int64(s, 2);
    const size_t i = (scenario * (size_t)t->n_replicates + replicate) * t->n_rows + (size_t)sqlite3_column_int64(s, 3);
    const long long e = sqlite3_column_int64(s, 5);

    if (i >= t->n_points) continue;
    t->id[i] = sqlite3_column_int64(s, 0);
    if (strcmp((const char *)sqlite3_column_text(s, 7), elute_states[ELUTE_DONE]) != 0) continue;
    t->seconds[i] = number_or_nan(s, 4);
    if (sqlite3_column_type(s, 5) != SQLITE_NULL && e < t->n_endpoints)
      t->y[i * (size_t)t->n_endpoints + (size_t)e] = number_or_nan(s, 6);
  }
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseTable(EluteDatabase *db, int generation, EluteStudyTable *t) {
  PetscErrorCode ierr;

  *t = (EluteStudyTable){.design = ""};
  PetscCall(read_generation(db, generation, t));
  t->x = elute_study_memory(t->n_points * (size_t)t->n_parameters, sizeof *t->x);
  t->u = elute_study_memory(t->n_points * (size_t)t->n_parameters, sizeof *t->u);
  t->y = elute_study_memory(t->n_points * (size_t)t->n_endpoints, sizeof *t->y);
  t->seconds = elute_study_memory(t->n_points, sizeof *t->seconds);
  t->id = elute_study_memory(t->n_points, sizeof *t->id);
  t->scenario = elute_study_memory(t->n_points, sizeof *t->scenario);
  t->replicate = elute_study_memory(t->n_points, sizeof *t->replicate);
  t->design_row = elute_study_memory(t->n_points, sizeof *t->design_row);
  for (size_t i = 0; i < t->n_points; i++) {
    const size_t block = i / t->n_rows;

    t->scenario[i] = (int)(block / (size_t)t->n_replicates);
    t->replicate[i] = (int)(block % (size_t)t->n_replicates);
    t->design_row[i] = (int)(i % t->n_rows);
    t->seconds[i] = NAN;
  }
  for (size_t i = 0; i < t->n_points * (size_t)t->n_endpoints; i++) t->y[i] = NAN;
  ierr = read_names(db, generation, t);
  if (!ierr) ierr = read_values(db, generation, t);
  if (!ierr) ierr = read_points(db, generation, t);
  if (ierr) EluteStudyTableClear(t);
  return ierr;
}

void EluteStudyTableClear(EluteStudyTable *t) {
  EluteStudyTextsFree((size_t)t->n_parameters, t->parameter);
  EluteStudyTextsFree((size_t)t->n_parameters, t->parameter_unit);
  EluteStudyTextsFree((size_t)t->n_endpoints, t->endpoint);
  EluteStudyTextsFree((size_t)t->n_endpoints, t->endpoint_unit);
  EluteStudyTextsFree((size_t)t->n_scenarios, t->scenario_name);
  free(t->numeric);
  free(t->logarithmic);
  free(t->x);
  free(t->u);
  free(t->y);
  free(t->seconds);
  free(t->id);
  free(t->scenario);
  free(t->replicate);
  free(t->design_row);
  *t = (EluteStudyTable){.design = ""};
}

PetscErrorCode EluteDatabaseCounts(EluteDatabase *db, int generation, EluteCounts *counts) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT state, count(*), avg(seconds) FROM point WHERE generation = ?1"
                                " GROUP BY state",
                                "i", (long long)generation);
  int found;

  *counts = (EluteCounts){.seconds = NAN};
  while ((found = elute_row(db, s)) > 0)
    for (int i = 0; i < ELUTE_N_STATES; i++) {
      if (strcmp(elute_states[i], (const char *)sqlite3_column_text(s, 0)) != 0) continue;
      counts->n[i] = sqlite3_column_int64(s, 1);
      if (i == ELUTE_DONE) counts->seconds = number_or_nan(s, 2);
    }
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

/* The first column of all rows. */
static PetscErrorCode read_texts(EluteDatabase *db, sqlite3_stmt *s, int *n, char ***texts) {
  int found;

  *n = 0;
  *texts = NULL;
  while ((found = elute_row(db, s)) > 0) {
    *texts = realloc(*texts, (size_t)(*n + 1) * sizeof **texts);
    if (!*texts) abort();
    (*texts)[(*n)++] = elute_column_text(s, 0);
  }
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseEndpoints(EluteDatabase *db, int generation, int *n, char ***endpoint) {
  return read_texts(
      db,
      elute_query(db, "SELECT name FROM endpoint WHERE generation = ?1 ORDER BY position", "i", (long long)generation),
      n, endpoint);
}

PetscErrorCode EluteDatabaseProbes(EluteDatabase *db, int generation, int *n, char ***probe) {
  return read_texts(
      db, elute_query(db, "SELECT name FROM probe WHERE generation = ?1 ORDER BY position", "i", (long long)generation),
      n, probe);
}

/* CROSS: the series are walked as they lie, and none is sorted. */
PetscErrorCode EluteDatabaseSeries(EluteDatabase *db, int generation, EluteSeriesFn take) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT point, probe, field, unit, time, x, y, z, value, place FROM series"
                                " CROSS JOIN point ON point.id = series.point WHERE generation = ?1 AND state = 'done'"
                                " ORDER BY point, probe, field, time, place",
                                "i", (long long)generation);
  int found;

  while ((found = elute_row(db, s)) > 0) {
    const EluteSeriesRow row = {
        .probe = (const char *)sqlite3_column_text(s, 1),
        .field = (const char *)sqlite3_column_text(s, 2),
        .unit = (const char *)sqlite3_column_text(s, 3),
        .time = sqlite3_column_double(s, 4),
        .x = {sqlite3_column_double(s, 5), sqlite3_column_double(s, 6), sqlite3_column_double(s, 7)},
        .value = number_or_nan(s, 8),
        .place = sqlite3_column_int(s, 9)};

    take(sqlite3_column_int64(s, 0), &row);
  }
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseBatches(EluteDatabase *db, int generation, EluteBatchCounts *counts) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT count(DISTINCT batch), count(batch), (SELECT group_concat(alone, '; ') FROM"
                                " (SELECT DISTINCT alone FROM point JOIN worker USING (worker) WHERE generation = ?1"
                                " AND state = 'done' AND batch IS NULL AND alone IS NOT NULL))"
                                " FROM point WHERE generation = ?1 AND state = 'done'",
                                "i", (long long)generation);

  *counts = (EluteBatchCounts){0};
  if (elute_row(db, s) < 1) return ELUTE_ERR;
  counts->batches = sqlite3_column_int64(s, 0);
  counts->together = sqlite3_column_int64(s, 1);
  counts->alone = elute_column_text(s, 2);
  sqlite3_reset(s);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseFailures(EluteDatabase *db, int generation, int *n, long long **id, char ***message) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT id, message FROM point WHERE generation = ?1 AND state = 'failed'"
                                " ORDER BY id",
                                "i", (long long)generation);
  int found;

  *n = 0;
  *id = NULL;
  *message = NULL;
  while ((found = elute_row(db, s)) > 0) {
    *id = realloc(*id, (size_t)(*n + 1) * sizeof **id);
    *message = realloc(*message, (size_t)(*n + 1) * sizeof **message);
    if (!*id || !*message) abort();
    (*id)[*n] = sqlite3_column_int64(s, 0);
    (*message)[(*n)++] = elute_column_text(s, 1);
  }
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

/* ---- one point ---- */

PetscErrorCode EluteDatabaseSets(EluteDatabase *db, long long id, char **lines) {
  ElutePoint p;
  size_t length;
  FILE *file;

  PetscCall(EluteDatabasePoint(db, id, &p));
  file = open_memstream(lines, &length);
  if (!file) abort();
  for (int i = 0; i < p.n_sets; i++) fprintf(file, "%s%s", i ? "\n" : "", p.sets[i]);
  fclose(file);
  ElutePointClear(&p);
  return PETSC_SUCCESS;
}

static PetscErrorCode read_sets(EluteDatabase *db, ElutePoint *p, const char *scenario_sets,
                                const char *replicate_sets) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT path, value FROM value JOIN parameter USING (generation, position)"
                                " WHERE generation = ?1 AND design_row = ?2 ORDER BY position",
                                "ii", (long long)p->generation, (long long)p->design_row);
  char **path = NULL, **value = NULL;
  int n = 0, found;

  while ((found = elute_row(db, s)) > 0) {
    path = realloc(path, (size_t)(n + 1) * sizeof *path);
    value = realloc(value, (size_t)(n + 1) * sizeof *value);
    if (!path || !value) abort();
    path[n] = elute_column_text(s, 0);
    value[n++] = elute_column_text(s, 1);
  }
  if (found == 0) p->sets = EluteStudySets(scenario_sets, replicate_sets, n, path, value, &p->n_sets);
  EluteStudyTextsFree((size_t)n, path);
  EluteStudyTextsFree((size_t)n, value);
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode EluteDatabasePoint(EluteDatabase *db, long long id, ElutePoint *p) {
  sqlite3_stmt *s = elute_query(
      db,
      "SELECT point.generation, point.scenario, point.replicate, design_row, attempts, state, seconds, scenario.name,"
      " message, case_hash, case_file, case_text, host, worker.version, backend, scenario.sets, replicate.sets"
      " FROM point JOIN generation USING (generation)"
      " JOIN scenario ON scenario.generation = point.generation AND scenario.position = point.scenario"
      " JOIN replicate ON replicate.generation = point.generation AND replicate.position = point.replicate"
      " LEFT JOIN worker ON worker.worker = point.worker WHERE id = ?1",
      "i", id);
  char **text[] = {&p->scenario_name, &p->message, &p->case_hash, &p->case_file,
                   &p->case_text,     &p->host,    &p->version,   &p->backend};
  char *scenario_sets, *replicate_sets;
  PetscErrorCode ierr;
  int found;

  *p = (ElutePoint){.id = id};
  found = elute_row(db, s);
  if (found < 0) return ELUTE_ERR;
  if (!found) return EluteFail(ELUTE_EXIT_CASE, "%s: has no point %lld", db->path, id);
  p->generation = sqlite3_column_int(s, 0);
  p->scenario = sqlite3_column_int(s, 1);
  p->replicate = sqlite3_column_int(s, 2);
  p->design_row = sqlite3_column_int(s, 3);
  p->attempts = sqlite3_column_int(s, 4);
  for (int i = 0; i < ELUTE_N_STATES; i++)
    if (strcmp(elute_states[i], (const char *)sqlite3_column_text(s, 5)) == 0) p->state = (EluteState)i;
  p->seconds = number_or_nan(s, 6);
  for (int i = 0; i < 8; i++) *text[i] = elute_column_text(s, 7 + i);
  scenario_sets = elute_column_text(s, 15);
  replicate_sets = elute_column_text(s, 16);
  sqlite3_reset(s);
  ierr = read_sets(db, p, scenario_sets, replicate_sets);
  free(scenario_sets);
  free(replicate_sets);
  if (ierr) ElutePointClear(p);
  return ierr;
}

void ElutePointClear(ElutePoint *p) {
  EluteStudyTextsFree((size_t)p->n_sets, p->sets);
  free(p->scenario_name);
  free(p->message);
  free(p->case_hash);
  free(p->case_file);
  free(p->case_text);
  free(p->host);
  free(p->version);
  free(p->backend);
  *p = (ElutePoint){0};
}
