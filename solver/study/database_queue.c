/* Who runs which point. A worker is a row of the database and, for as long as its process lives, a lock on one byte of
   a file beside it: the system drops the lock however the process ends, on whatever machine, so that a point whose
   worker holds no lock is lost and waits again. */
#include "database_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../file_lock.h"
#include "../version.h"

PetscErrorCode EluteDatabaseEnter(EluteDatabase *db, const char *task, const char *backend, int ranks) {
  char host[256] = "", *path;
  int failed = 0;

  gethostname(host, sizeof host - 1);
  if (asprintf(&path, "%s-workers", db->path) < 0) abort();
  db->locks = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (db->locks < 0) failed = errno;
  if (!failed) {
    PetscErrorCode ierr =
        elute_execute(db,
                      "INSERT INTO worker (host, pid, task, version, backend, ranks, started)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                      "sisssi", host, (long long)getpid(), task, ELUTE_VERSION, backend, (long long)ranks);

    if (ierr) {
      free(path);
      return ierr;
    }
    db->worker = sqlite3_last_insert_rowid(db->handle);
    failed = EluteFileLock(db->locks, db->worker);
  }
  if (failed) (void)EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot be locked: %s", path, strerror(failed));
  free(path);
  return failed ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseLeave(EluteDatabase *db) {
  return elute_execute(db, "UPDATE worker SET ended = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE worker = ?1", "i",
                       db->worker);
}

static bool lives(const EluteDatabase *db, long long worker) {
  return worker == db->worker || EluteFileLocked(db->locks, worker);
}

PetscErrorCode EluteDatabaseReclaim(EluteDatabase *db, int generation) {
  long long gone[256];
  sqlite3_stmt *s;
  int n = 0, found;
  PetscErrorCode ierr = elute_begin(db);

  if (ierr) return ierr;
  s = elute_query(db, "SELECT DISTINCT worker FROM point WHERE generation = ?1 AND state = 'running'", "i",
                  (long long)generation);
  while ((found = elute_row(db, s)) > 0)
    if (n < 256 && !lives(db, sqlite3_column_int64(s, 0))) gone[n++] = sqlite3_column_int64(s, 0);
  if (found < 0) ierr = ELUTE_ERR;
  for (int i = 0; i < n && !ierr; i++)
    ierr = elute_execute(db,
                         "UPDATE point SET losses = losses + 1, message = 'its process ended while it ran',"
                         " state = CASE WHEN losses + 1 < ?3 THEN 'waiting' ELSE 'failed' END"
                         " WHERE generation = ?1 AND state = 'running' AND worker = ?2",
                         "iii", (long long)generation, gone[i], (long long)ELUTE_MOST_LOSSES);
  return elute_end(db, ierr);
}

PetscErrorCode EluteDatabaseClaim(EluteDatabase *db, int generation, bool fresh, long long *id, int *losses) {
  sqlite3_stmt *s = elute_query(db,
                                "UPDATE point SET state = 'running', worker = ?2, attempts = attempts + 1,"
                                " started = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id ="
                                " (SELECT id FROM point WHERE generation = ?1 AND state = 'waiting'"
                                " AND (losses = 0 OR NOT ?3) ORDER BY cost DESC, id LIMIT 1) RETURNING id, losses",
                                "iii", (long long)generation, db->worker, (long long)fresh);
  int found = elute_row(db, s);

  *id = found > 0 ? sqlite3_column_int64(s, 0) : 0;
  *losses = found > 0 ? sqlite3_column_int(s, 1) : 0;
  if (found > 0) found = elute_row(db, s); /* the change is made when there are no more rows */
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseAlone(EluteDatabase *db, const char *why) {
  return elute_execute(db, "UPDATE worker SET alone = ?2 WHERE worker = ?1", "is", db->worker, why);
}

/* Ends this worker's point; one that was taken from it meanwhile stays as it is. */
static PetscErrorCode end_point(EluteDatabase *db, long long id, EluteState state, double seconds, long long batch,
                                const char *case_hash, const char *message) {
  return elute_execute(db,
                       "UPDATE point SET state = ?3, seconds = ?4, case_hash = ?5, message = ?6,"
                       " batch = nullif(?7, 0) WHERE id = ?1 AND worker = ?2 AND state = 'running'",
                       "iisdssi", id, db->worker, elute_states[state], seconds, case_hash, message, batch);
}

static PetscErrorCode add_results(EluteDatabase *db, long long id, int n, const double *y, char *const *unit) {
  PetscCall(elute_execute(db, "DELETE FROM result WHERE point = ?1", "i", id));
  for (int e = 0; e < n; e++) {
    PetscCall(elute_execute(db, "INSERT INTO result VALUES (?1, ?2, ?3)", "iid", id, (long long)e, y[e]));
    if (unit[e])
      PetscCall(elute_execute(db,
                              "UPDATE endpoint SET unit = ?3 WHERE unit IS NULL AND position = ?2 AND"
                              " generation = (SELECT generation FROM point WHERE id = ?1)",
                              "iis", id, (long long)e, unit[e]));
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode add_series(EluteDatabase *db, long long id, const EluteSeries *series) {
  PetscCall(elute_execute(db, "DELETE FROM series WHERE point = ?1", "i", id));
  for (size_t i = 0; i < series->n_rows; i++) {
    const EluteSeriesRow *r = &series->row[i];

    PetscCall(elute_execute(db, "INSERT INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", "issdidddds", id,
                            r->probe, r->field, r->time, (long long)r->place, r->x[0], r->x[1], r->x[2], r->value,
                            r->unit));
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseFinish(EluteDatabase *db, long long id, double seconds, long long batch,
                                   const char *case_hash, int n, const double *y, char *const *unit,
                                   const EluteSeries *series) {
  PetscErrorCode ierr;
  bool still_its;

  PetscCall(elute_begin(db));
  ierr = end_point(db, id, ELUTE_DONE, seconds, batch, case_hash, NULL);
  still_its = sqlite3_changes(db->handle) > 0;
  if (!ierr && still_its) ierr = add_results(db, id, n, y, unit);
  if (!ierr && still_its) ierr = add_series(db, id, series);
  return elute_end(db, ierr);
}

PetscErrorCode EluteDatabaseFail(EluteDatabase *db, long long id, double seconds, const char *case_hash,
                                 const char *message) {
  return end_point(db, id, ELUTE_FAILED, seconds, 0, case_hash, message);
}

PetscErrorCode EluteDatabaseRelease(EluteDatabase *db, long long id) {
  return elute_execute(db,
                       "UPDATE point SET state = 'waiting', attempts = attempts - 1"
                       " WHERE id = ?1 AND worker = ?2 AND state = 'running'",
                       "ii", id, db->worker);
}

PetscErrorCode EluteDatabaseCrashed(EluteDatabase *db, long pid, const char *message, int *n) {
  char host[256] = "";
  PetscErrorCode ierr;

  gethostname(host, sizeof host - 1);
  ierr = elute_execute(db,
                       "WITH its AS (SELECT id FROM point WHERE state = 'running' AND worker ="
                       " (SELECT max(worker) FROM worker WHERE host = ?1 AND pid = ?2))"
                       " UPDATE point SET message = ?3, losses = losses + 1, state ="
                       " CASE WHEN (SELECT count(*) FROM its) > 1 AND losses + 1 < ?4 THEN 'waiting' ELSE 'failed' END"
                       " WHERE id IN its",
                       "sisi", host, (long long)pid, message, (long long)ELUTE_MOST_LOSSES);
  *n = ierr ? 0 : sqlite3_changes(db->handle);
  return ierr;
}

PetscErrorCode EluteDatabaseRerun(EluteDatabase *db, int generation, EluteState state, long long id, long long *n) {
  PetscErrorCode ierr;

  if (id)
    ierr = elute_execute(db,
                         "UPDATE point SET state = 'waiting', losses = 0 WHERE generation = ?1 AND id = ?2"
                         " AND state IN ('done', 'failed')",
                         "ii", (long long)generation, id);
  else
    ierr = elute_execute(db, "UPDATE point SET state = 'waiting', losses = 0 WHERE generation = ?1 AND state = ?2",
                         "is", (long long)generation, elute_states[state]);
  *n = ierr ? 0 : sqlite3_changes(db->handle);
  return ierr;
}
