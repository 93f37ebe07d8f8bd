/* What the files of the database share. */
#ifndef ELUTE_STUDY_DATABASE_INTERNAL_H
#define ELUTE_STUDY_DATABASE_INTERNAL_H

#include <sqlite3.h>
#include "database.h"

enum { ELUTE_MOST_STATEMENTS = 48 };

struct EluteDatabase {
  sqlite3 *handle;
  char *path;
  int locks;        /* descriptor of `path`-workers; -1: not a worker */
  long long worker; /* 0: none */
  int n_statements;
  struct {
    const char *sql; /* by address: every statement is a literal */
    sqlite3_stmt *statement;
  } statements[ELUTE_MOST_STATEMENTS];
};

/* The last error of SQLite as a failure. */
PetscErrorCode elute_database_fail(EluteDatabase *db);
/* A statement, bound: types has i (long long), d (double; NaN is NULL), s (const char *; NULL is NULL) for ?1, ?2, ...
   NULL after a failure. It is the database's and is reset when it is asked for again. */
sqlite3_stmt *elute_query(EluteDatabase *db, const char *sql, const char *types, ...);
/* Its next row? 1; 0: no more; -1: failure. */
int elute_row(EluteDatabase *db, sqlite3_stmt *statement);
PetscErrorCode elute_execute(EluteDatabase *db, const char *sql, const char *types, ...);
PetscErrorCode elute_begin(EluteDatabase *db);                       /* a transaction that writes */
PetscErrorCode elute_end(EluteDatabase *db, PetscErrorCode outcome); /* commits, or rolls back; returns the outcome */
char *elute_column_text(sqlite3_stmt *statement, int column);        /* malloc'd; "" for NULL */

#endif
