#include "database_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../version.h"

const char *const elute_states[ELUTE_N_STATES] = {"waiting", "running", "done", "failed"};

/* docs/studies.md explains every table; a change here is a new version there. */
static const char schema[] =
    "PRAGMA application_id = 1164735604;" /* "Elut" */
    "PRAGMA user_version = 3;"
    "CREATE TABLE generation (generation INTEGER PRIMARY KEY, created TEXT NOT NULL, version TEXT NOT NULL,"
    " study_file TEXT NOT NULL, study_text TEXT NOT NULL, case_file TEXT NOT NULL, case_text TEXT NOT NULL,"
    " points TEXT NOT NULL, design TEXT NOT NULL, base INTEGER NOT NULL, levels INTEGER NOT NULL, seed INTEGER NOT "
    "NULL,"
    " n_rows INTEGER NOT NULL);"
    "CREATE TABLE parameter (generation INTEGER, position INTEGER, path TEXT NOT NULL, unit TEXT NOT NULL,"
    " is_numeric INTEGER NOT NULL, is_logarithmic INTEGER NOT NULL, PRIMARY KEY (generation, position)) WITHOUT ROWID;"
    "CREATE TABLE endpoint (generation INTEGER, position INTEGER, name TEXT NOT NULL, unit TEXT,"
    " PRIMARY KEY (generation, position)) WITHOUT ROWID;"
    "CREATE TABLE probe (generation INTEGER, position INTEGER, name TEXT NOT NULL,"
    " PRIMARY KEY (generation, position)) WITHOUT ROWID;"
    "CREATE TABLE scenario (generation INTEGER, position INTEGER, name TEXT NOT NULL, sets TEXT NOT NULL,"
    " PRIMARY KEY (generation, position)) WITHOUT ROWID;"
    "CREATE TABLE replicate (generation INTEGER, position INTEGER, sets TEXT NOT NULL,"
    " PRIMARY KEY (generation, position)) WITHOUT ROWID;"
    "CREATE TABLE value (generation INTEGER, design_row INTEGER, position INTEGER, value TEXT NOT NULL, x REAL, u REAL,"
    " PRIMARY KEY (generation, design_row, position)) WITHOUT ROWID;"
    "CREATE TABLE point (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, scenario INTEGER NOT NULL,"
    " replicate INTEGER NOT NULL, design_row INTEGER NOT NULL, cost REAL NOT NULL, state TEXT NOT NULL"
    " CHECK (state IN ('waiting', 'running', 'done', 'failed')), attempts INTEGER NOT NULL DEFAULT 0,"
    " losses INTEGER NOT NULL DEFAULT 0, worker INTEGER, started TEXT, seconds REAL, case_hash TEXT, message TEXT,"
    " batch INTEGER, UNIQUE (generation, scenario, replicate, design_row));"
    "CREATE INDEX queue ON point (generation, state, cost DESC, id);"
    "CREATE TABLE result (point INTEGER, position INTEGER, y REAL, PRIMARY KEY (point, position)) WITHOUT ROWID;"
    "CREATE TABLE series (point INTEGER, probe TEXT, field TEXT, time REAL, place INTEGER, x REAL NOT NULL,"
    " y REAL NOT NULL, z REAL NOT NULL, value REAL, unit TEXT NOT NULL,"
    " PRIMARY KEY (point, probe, field, time, place)) WITHOUT ROWID;"
    "CREATE TABLE worker (worker INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, pid INTEGER NOT NULL, task "
    "TEXT,"
    " version TEXT NOT NULL, backend TEXT NOT NULL, ranks INTEGER NOT NULL, started TEXT NOT NULL, ended TEXT,"
    " alone TEXT);";

PetscErrorCode elute_database_fail(EluteDatabase *db) {
  const int code = sqlite3_errcode(db->handle) & 0xff;
  const char *what = sqlite3_errmsg(db->handle);

  if (code == SQLITE_READONLY || code == SQLITE_PERM)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: the database cannot be written (read-only); what is in it is kept",
                     db->path);
  if (code == SQLITE_FULL)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: the disk is full; what is in the database is kept", db->path);
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
    return EluteFail(ELUTE_EXIT_CASE, "%s: is not a database of a study (%s)", db->path, what);
  if (code == SQLITE_BUSY)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: another process has kept the database locked for a minute", db->path);
  return EluteFail(ELUTE_EXIT_SYSTEM, "%s: %s", db->path, what);
}

/* ---- statements ---- */

static sqlite3_stmt *find_statement(EluteDatabase *db, const char *sql) {
  sqlite3_stmt *statement = NULL;

  for (int i = 0; i < db->n_statements; i++)
    if (db->statements[i].sql == sql) {
      sqlite3_reset(db->statements[i].statement);
      return db->statements[i].statement;
    }
  ELUTE_ASSERT(db->n_statements < ELUTE_MOST_STATEMENTS);
  if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
    (void)elute_database_fail(db);
    return NULL;
  }
  db->statements[db->n_statements].sql = sql;
  db->statements[db->n_statements++].statement = statement;
  return statement;
}

static sqlite3_stmt *bind(EluteDatabase *db, const char *sql, const char *types, va_list arguments) {
  sqlite3_stmt *statement = find_statement(db, sql);

  for (int i = 0; statement && types[i]; i++) {
    if (types[i] == 'i')
      sqlite3_bind_int64(statement, i + 1, va_arg(arguments, long long));
    else if (types[i] == 'd')
      sqlite3_bind_double(statement, i + 1, va_arg(arguments, double));
    else
      sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1, SQLITE_TRANSIENT);
  }
  return statement;
}

sqlite3_stmt *elute_query(EluteDatabase *db, const char *sql, const char *types, ...) {
  sqlite3_stmt *statement;
  va_list arguments;

  va_start(arguments, types);
  statement = bind(db, sql, types, arguments);
  va_end(arguments);
  return statement;
}

int elute_row(EluteDatabase *db, sqlite3_stmt *statement) {
  const int code = statement ? sqlite3_step(statement) : SQLITE_ERROR;

  if (code == SQLITE_ROW) return 1;
  if (statement && code != SQLITE_DONE) (void)elute_database_fail(db);
  if (statement) sqlite3_reset(statement);
  return code == SQLITE_DONE ? 0 : -1;
}

PetscErrorCode elute_execute(EluteDatabase *db, const char *sql, const char *types, ...) {
  sqlite3_stmt *statement;
  va_list arguments;

  va_start(arguments, types);
  statement = bind(db, sql, types, arguments);
  va_end(arguments);
  return elute_row(db, statement) < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

PetscErrorCode elute_begin(EluteDatabase *db) {
  return elute_execute(db, "BEGIN IMMEDIATE", "");
}

PetscErrorCode elute_end(EluteDatabase *db, PetscErrorCode outcome) {
  if (!outcome) outcome = elute_execute(db, "COMMIT", "");
  if (outcome && !sqlite3_get_autocommit(db->handle)) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  return outcome;
}

char *elute_column_text(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  char *copy = strdup(text ? text : "");

  if (!copy) abort();
  return copy;
}

/* ---- opening ---- */

static PetscErrorCode open_file(const char *path, int flags, EluteDatabase **opened) {
  EluteDatabase *db = calloc(1, sizeof *db);
  struct stat status;

  if (!db || !(db->path = strdup(path))) abort();
  db->locks = -1;
  *opened = db;
  if (!(flags & SQLITE_OPEN_CREATE) && stat(path, &status))
    return EluteFail(ELUTE_EXIT_CASE, "%s: there is no such database; elute study run makes it", path);
  if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) return elute_database_fail(db);
  sqlite3_busy_timeout(db->handle, 60000);
  return PETSC_SUCCESS;
}

static PetscErrorCode pragma(EluteDatabase *db, const char *sql, long long *value) {
  sqlite3_stmt *statement = elute_query(db, sql, "");
  const int found = elute_row(db, statement);

  *value = found > 0 ? sqlite3_column_int64(statement, 0) : 0;
  if (statement) sqlite3_reset(statement);
  return found < 0 ? ELUTE_ERR : PETSC_SUCCESS;
}

static PetscErrorCode check_version(EluteDatabase *db) {
  long long application, version;

  PetscCall(pragma(db, "PRAGMA application_id", &application));
  PetscCall(pragma(db, "PRAGMA user_version", &version));
  if (application != 1164735604)
    return EluteFail(ELUTE_EXIT_CASE, "%s: is a database, but not one of a study", db->path);
  if (version != ELUTE_DATABASE_VERSION)
    return EluteFail(
        ELUTE_EXIT_CASE,
        "%s: has version %lld of the tables; this program knows version %d: name another --database, or go on with "
        "the elute that made it",
        db->path, version, ELUTE_DATABASE_VERSION);
  return PETSC_SUCCESS;
}

/* Where nothing can be written, not even the log's shared memory, nobody else writes either: the file is all there is.
 */
static void reopen_unchanging(EluteDatabase *db) {
  char *name = malloc(3 * strlen(db->path) + 32), *to = name;

  if (!name) abort();
  to += sprintf(to, "file:");
  for (const char *c = db->path; *c; c++) to += sprintf(to, strchr("?#%", *c) ? "%%%02X" : "%c", *c);
  sprintf(to, "?immutable=1");
  sqlite3_close(db->handle);
  (void)sqlite3_open_v2(name, &db->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
  free(name);
}

PetscErrorCode EluteDatabaseRead(const char *path, EluteDatabase **db) {
  /* Not SQLITE_OPEN_READONLY: whoever closes the log last puts it away, which takes a right to write where there is
   * one. */
  PetscErrorCode ierr = open_file(path, SQLITE_OPEN_READWRITE, db);
  int code = ierr ? SQLITE_OK : sqlite3_exec((*db)->handle, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL) & 0xff;

  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN) reopen_unchanging(*db);
  if (!ierr) ierr = elute_execute(*db, "PRAGMA query_only = 1", "");
  if (!ierr) ierr = check_version(*db);
  if (ierr) EluteDatabaseClose(db);
  return ierr;
}

/* "delete" is SQLite's name of a rollback journal. */
static PetscErrorCode set_journal(EluteDatabase *db, bool across_hosts) {
  sqlite3_stmt *statement = across_hosts ? elute_query(db, "PRAGMA journal_mode = DELETE", "")
                                         : elute_query(db, "PRAGMA journal_mode = WAL", "");
  const int found = elute_row(db, statement);
  const char *mode = found > 0 ? (const char *)sqlite3_column_text(statement, 0) : "";
  const bool stays_shared = across_hosts && strcmp(mode, "wal") == 0;

  if (statement) sqlite3_reset(statement);
  if (found < 0) return ELUTE_ERR;
  if (stays_shared)
    return EluteFail(ELUTE_EXIT_SYSTEM,
                     "%s: is in use on this machine alone; a task of several needs that to end first", db->path);
  return elute_execute(db, "PRAGMA synchronous = NORMAL", "");
}

/* One of several processes makes the tables; the others find them. */
static PetscErrorCode make_tables(EluteDatabase *db) {
  long long n = 0;
  PetscErrorCode ierr;

  PetscCall(elute_begin(db));
  ierr = pragma(db, "SELECT count(*) FROM sqlite_schema", &n);
  if (!ierr && n == 0 && sqlite3_exec(db->handle, schema, NULL, NULL, NULL) != SQLITE_OK)
    ierr = elute_database_fail(db);
  return elute_end(db, ierr);
}

PetscErrorCode EluteDatabaseWrite(const char *path, bool across_hosts, EluteDatabase **db) {
  PetscErrorCode ierr = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, db);
  long long tables = 0;

  if (!ierr) ierr = pragma(*db, "SELECT count(*) FROM sqlite_schema", &tables);
  if (!ierr && tables == 0) {
    ierr = set_journal(*db, across_hosts);
    if (!ierr) ierr = make_tables(*db);
  }
  if (!ierr) ierr = check_version(*db);
  if (!ierr && tables)
    ierr = across_hosts ? set_journal(*db, true) : elute_execute(*db, "PRAGMA synchronous = NORMAL", "");
  if (ierr) EluteDatabaseClose(db);
  return ierr;
}

void EluteDatabaseClose(EluteDatabase **opened) {
  EluteDatabase *db = *opened;

  if (!db) return;
  for (int i = 0; i < db->n_statements; i++) sqlite3_finalize(db->statements[i].statement);
  sqlite3_close(db->handle);
  if (db->locks >= 0) close(db->locks);
  free(db->path);
  free(db);
  *opened = NULL;
}

/* ---- generations ---- */

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static unsigned long long hash_more(unsigned long long hash, const char *text) {
  for (const unsigned char *c = (const unsigned char *)text;; c++) {
    hash = (hash ^ *c) * 1099511628211ULL;
    if (!*c) return hash;
  }
}
static const unsigned long long hash_begin = 14695981039346656037ULL;

void EluteHash(const char *text, char hash[17]) {
  snprintf(hash, 17, "%016llx", hash_more(hash_begin, text));
}

void EluteStudyPointsHash(const EluteStudy *s, char hash[17]) {
  unsigned long long h = hash_begin;

  for (size_t i = 0; i < s->n_rows * (size_t)s->n_parameters; i++) h = hash_more(h, s->value[i]);
  snprintf(hash, 17, "%016llx", h);
}

PetscErrorCode EluteDatabaseGeneration(EluteDatabase *db, EluteGeneration *g) {
  sqlite3_stmt *s = elute_query(db,
                                "SELECT generation, study_file, study_text, case_file, case_text, points, version"
                                " FROM generation ORDER BY generation DESC LIMIT 1",
                                "");
  char **text[] = {&g->study_file, &g->study_text, &g->case_file, &g->case_text, &g->points, &g->version};
  int found;

  *g = (EluteGeneration){0};
  found = elute_row(db, s);
  if (found < 0) return ELUTE_ERR;
  if (!found) return PETSC_SUCCESS;
  g->number = sqlite3_column_int(s, 0);
  for (int i = 0; i < 6; i++) *text[i] = elute_column_text(s, i + 1);
  sqlite3_reset(s);
  return PETSC_SUCCESS;
}

void EluteGenerationClear(EluteGeneration *g) {
  free(g->study_file);
  free(g->study_text);
  free(g->case_file);
  free(g->case_text);
  free(g->points);
  free(g->version);
  *g = (EluteGeneration){0};
}

static PetscErrorCode add_lists(EluteDatabase *db, long long g, const EluteStudy *s) {
  for (int k = 0; k < s->n_parameters; k++) {
    const EluteVariate *v = &s->variate[k];

    PetscCall(elute_execute(db, "INSERT INTO parameter VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "iissii", g, (long long)k,
                            s->parameter[k], v->unit[0] ? v->unit : "1",
                            (long long)(v->kind != ELUTE_DISCRETE || v->number),
                            (long long)EluteVariateLogarithmic(v)));
  }
  for (int e = 0; e < s->n_endpoints; e++)
    PetscCall(
        elute_execute(db, "INSERT INTO endpoint VALUES (?1, ?2, ?3, NULL)", "iis", g, (long long)e, s->endpoint[e]));
  for (int p = 0; p < s->n_probes; p++)
    PetscCall(elute_execute(db, "INSERT INTO probe VALUES (?1, ?2, ?3)", "iis", g, (long long)p, s->probe[p]));
  for (int i = 0; i < s->n_scenarios; i++)
    PetscCall(elute_execute(db, "INSERT INTO scenario VALUES (?1, ?2, ?3, ?4)", "iiss", g, (long long)i, s->scenario[i],
                            s->scenario_sets[i]));
  for (int i = 0; i < s->n_replicates; i++)
    PetscCall(
        elute_execute(db, "INSERT INTO replicate VALUES (?1, ?2, ?3)", "iis", g, (long long)i, s->replicate_sets[i]));
  return PETSC_SUCCESS;
}

static PetscErrorCode add_points(EluteDatabase *db, long long g, const EluteStudy *s, const double *cost) {
  const size_t p = (size_t)s->n_parameters, n = (size_t)s->n_scenarios * (size_t)s->n_replicates * s->n_rows;

  for (size_t i = 0; i < s->n_rows * p; i++)
    PetscCall(elute_execute(db, "INSERT INTO value VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "iiisdd", g, (long long)(i / p),
                            (long long)(i % p), s->value[i], s->x[i], s->u[i]));
  for (size_t i = 0; i < n; i++) {
    const size_t row = i % s->n_rows, block = i / s->n_rows;

    PetscCall(elute_execute(db,
                            "INSERT INTO point (generation, scenario, replicate, design_row, cost, state)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, 'waiting')",
                            "iiiid", g, (long long)(block / (size_t)s->n_replicates),
                            (long long)(block % (size_t)s->n_replicates), (long long)row, cost ? cost[i] : 0));
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteDatabaseAddGeneration(EluteDatabase *db, const EluteStudy *s, int after, const double *cost) {
  const long long number = after + 1, base = s->design.base ? s->design.base : (long long)s->n_rows;
  EluteGeneration last;
  char points[17];
  bool meanwhile;
  PetscErrorCode ierr;

  PetscCall(elute_begin(db));
  ierr = EluteDatabaseGeneration(db, &last);
  meanwhile = last.number != after;
  EluteGenerationClear(&last);
  if (ierr || meanwhile) return elute_end(db, ierr);
  EluteStudyPointsHash(s, points);
  ierr = elute_execute(db,
                       "INSERT INTO generation VALUES (?1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?2, ?3, ?4, ?5, ?6,"
                       " ?7, ?8, ?9, ?10, ?11, ?12)",
                       "isssssssiiii", number, ELUTE_VERSION, s->file, s->text, s->case_file, s->case_text, points,
                       elute_designs[s->design.kind], base, (long long)s->design.levels, (long long)s->design.seed,
                       (long long)s->n_rows);
  if (!ierr) ierr = add_lists(db, number, s);
  if (!ierr) ierr = add_points(db, number, s, cost);
  return elute_end(db, ierr);
}
