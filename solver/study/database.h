/* A study's database: one SQLite file with everything that was asked, run and found (docs/studies.md has its tables).
   Any number of processes share it: every change is a transaction, and what a killed process left is found by its lock.
   Rank-local; one connection belongs to one thread of one process and does not survive a fork. Failures are recorded by
   EluteFail with the file's name. */
#ifndef ELUTE_STUDY_DATABASE_H
#define ELUTE_STUDY_DATABASE_H

#include "../error.h"
#include "../output/series.h"
#include "study.h"
#include "table.h"

typedef struct EluteDatabase EluteDatabase;

enum { ELUTE_DATABASE_VERSION = 3 };

/* Opens an existing database for reading. */
PetscErrorCode EluteDatabaseRead(const char *path, EluteDatabase **db);
/* Opens it for writing and makes it where it does not exist. across_hosts: other machines will write too, so that it
   keeps a rollback journal instead of a write-ahead log, which needs shared memory. */
PetscErrorCode EluteDatabaseWrite(const char *path, bool across_hosts, EluteDatabase **db);
void EluteDatabaseClose(EluteDatabase **db);

/* ---- what was asked ---- */

/* A generation: one study file and one case as they were, with their points. A changed one is a new generation. */
typedef struct EluteGeneration {
  int number; /* from 1; 0: the database is empty */
  char *study_file, *study_text, *case_file, *case_text;
  char *points; /* hash of the parameters' values */
  char *version;
} EluteGeneration;

/* The newest. */
PetscErrorCode EluteDatabaseGeneration(EluteDatabase *db, EluteGeneration *generation);
void EluteGenerationClear(EluteGeneration *generation);
/* after: the newest that the caller knows; where another process has added one meanwhile, nothing is. cost[n_scenarios
 * n_replicates * n_rows]: what is larger is run first; NULL: in order. */
PetscErrorCode EluteDatabaseAddGeneration(EluteDatabase *db, const EluteStudy *study, int after, const double *cost);
/* FNV-1a of the parameters' values, 16 digits. */
void EluteStudyPointsHash(const EluteStudy *study, char hash[17]);
void EluteHash(const char *text, char hash[17]);

/* ---- what was found ---- */

/* All points of a generation, whatever their state. EluteStudyTableClear frees what it holds. */
PetscErrorCode EluteDatabaseTable(EluteDatabase *db, int generation, EluteStudyTable *table);

/* Names of its endpoints, and of the probes whose series it keeps; the caller frees them. */
PetscErrorCode EluteDatabaseEndpoints(EluteDatabase *db, int generation, int *n, char ***endpoint);
PetscErrorCode EluteDatabaseProbes(EluteDatabase *db, int generation, int *n, char ***probe);

/* Every row of the series of points that are done, by point, probe, field, time and place. */
typedef void (*EluteSeriesFn)(long long point, const EluteSeriesRow *row);
PetscErrorCode EluteDatabaseSeries(EluteDatabase *db, int generation, EluteSeriesFn take);

typedef enum { ELUTE_WAITING, ELUTE_RUNNING, ELUTE_DONE, ELUTE_FAILED, ELUTE_N_STATES } EluteState;
extern const char *const elute_states[ELUTE_N_STATES]; /* "waiting", ... as in the database */

typedef struct EluteCounts {
  long long n[ELUTE_N_STATES];
  double seconds; /* mean wall time of those done; NaN: none */
} EluteCounts;
PetscErrorCode EluteDatabaseCounts(EluteDatabase *db, int generation, EluteCounts *counts);

/* How the points that are done were run. */
typedef struct EluteBatchCounts {
  long long batches, together; /* points that ran in them */
  char *alone;                 /* why others did not, as workers say; malloc'd, may be "" */
} EluteBatchCounts;
PetscErrorCode EluteDatabaseBatches(EluteDatabase *db, int generation, EluteBatchCounts *counts);

/* Ids and messages of what failed; the caller frees all. */
PetscErrorCode EluteDatabaseFailures(EluteDatabase *db, int generation, int *n, long long **id, char ***message);

/* One point with all that regenerates its case: case_text with the overrides. */
typedef struct ElutePoint {
  long long id;
  int generation, scenario, replicate, design_row, attempts;
  EluteState state;
  double seconds;
  char *scenario_name, *message, *case_hash, *case_file, *case_text, *host, *version, *backend;
  int n_sets;
  char **sets; /* "path=value", as --set takes them */
} ElutePoint;
/* An unknown id is a failure. */
PetscErrorCode EluteDatabasePoint(EluteDatabase *db, long long id, ElutePoint *point);
void ElutePointClear(ElutePoint *point);
/* Its overrides alone, as lines of "path=value"; malloc'd. */
PetscErrorCode EluteDatabaseSets(EluteDatabase *db, long long id, char **lines);

/* ---- running ---- */

/* Enters this process as a worker; while it lives it holds a lock in the file `path`-workers. */
PetscErrorCode EluteDatabaseEnter(EluteDatabase *db, const char *task, const char *backend, int ranks);
PetscErrorCode EluteDatabaseLeave(EluteDatabase *db);
/* Points whose worker is gone wait again; those that were lost ELUTE_MOST_LOSSES times have failed. */
enum { ELUTE_MOST_LOSSES = 3 };
PetscErrorCode EluteDatabaseReclaim(EluteDatabase *db, int generation);
/* Takes the next waiting point for this worker; *id 0: none waits. fresh: one that was never lost. */
PetscErrorCode EluteDatabaseClaim(EluteDatabase *db, int generation, bool fresh, long long *id, int *losses);
/* Why this worker runs points one by one. */
PetscErrorCode EluteDatabaseAlone(EluteDatabase *db, const char *why);
/* y[n], NaN where there is no number; unit[n] as far as known. batch: the first point of those it ran with; 0: alone.
   What an earlier run of the point left is replaced. */
PetscErrorCode EluteDatabaseFinish(EluteDatabase *db, long long id, double seconds, long long batch,
                                   const char *case_hash, int n, const double *y, char *const *unit,
                                   const EluteSeries *series);
PetscErrorCode EluteDatabaseFail(EluteDatabase *db, long long id, double seconds, const char *case_hash,
                                 const char *message);
PetscErrorCode EluteDatabaseRelease(EluteDatabase *db, long long id); /* stopped on request: waits again */
/* A supervisor's: the point that the process ran when it ended has failed; of several, each waits again, to run alone.
 *n: how many points that were. */
PetscErrorCode EluteDatabaseCrashed(EluteDatabase *db, long pid, const char *message, int *n);
/* Makes points wait again: those of a state, or one by its id; *n: how many. */
PetscErrorCode EluteDatabaseRerun(EluteDatabase *db, int generation, EluteState state, long long id, long long *n);

#endif
