/* What `elute study` prints of a database. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../output/output.h"
#include "../study/outcome.h"
#include "study.h"

/* Smallest, mean and largest of the numbers there are. */
static void print_endpoint(const EluteStudyTable *t, int e) {
  double least = INFINITY, most = -INFINITY, sum = 0;
  long long n = 0;

  for (size_t i = 0; i < t->n_points; i++) {
    const double y = t->y[i * (size_t)t->n_endpoints + (size_t)e];

    if (isnan(y)) continue;
    least = fmin(least, y), most = fmax(most, y), sum += y, n++;
  }
  if (n)
    printf("  %-44s %12.6g %12.6g %12.6g  %s\n", t->endpoint[e], least, sum / (double)n, most, t->endpoint_unit[e]);
}

static PetscErrorCode print_failures(EluteDatabase *db, int generation) {
  long long *id;
  char **message;
  int n;

  PetscCall(EluteDatabaseFailures(db, generation, &n, &id, &message));
  for (int i = 0; i < n; i++) {
    if (i < 10) printf("  point %lld: %s\n", id[i], message[i]);
    if (i == 10) printf("  and %d more\n", n - 10);
    free(message[i]);
  }
  free(id);
  free(message);
  return PETSC_SUCCESS;
}

PetscErrorCode elute_study_batches(EluteDatabase *db, int generation, const char *before) {
  EluteBatchCounts b;
  EluteCounts c;
  long long alone;

  PetscCall(EluteDatabaseCounts(db, generation, &c));
  PetscCall(EluteDatabaseBatches(db, generation, &b));
  alone = c.n[ELUTE_DONE] - b.together;
  if (b.together)
    printf("%s%lld point%s in %lld batch%s%s", before, b.together, b.together == 1 ? "" : "s", b.batches,
           b.batches == 1 ? "" : "es", alone ? "; " : "\n");
  if (alone) printf("%s%lld one by one%s%s\n", b.together ? "" : before, alone, b.alone[0] ? ": " : "", b.alone);
  free(b.alone);
  return PETSC_SUCCESS;
}

/* The probes whose series are kept, where there are any. */
static PetscErrorCode print_probes(EluteDatabase *db, int generation) {
  char **probe;
  int n;

  PetscCall(EluteDatabaseProbes(db, generation, &n, &probe));
  for (int p = 0; p < n; p++) printf("%s %s", p ? "," : "  series of the probes", probe[p]);
  if (n) printf(" (elute study export --series)\n");
  EluteStudyTextsFree((size_t)n, probe);
  return PETSC_SUCCESS;
}

PetscErrorCode elute_study_status(const EluteCommandLine *line, EluteDatabase *db, int generation) {
  EluteStudyTable t;
  EluteCounts c;

  (void)line;
  PetscCall(EluteDatabaseCounts(db, generation, &c));
  PetscCall(EluteDatabaseTable(db, generation, &t));
  printf("generation %d: %s, %zu points of %d parameters", generation, t.design, t.n_points, t.n_parameters);
  if (t.n_scenarios > 1) printf(", %d scenarios", t.n_scenarios);
  if (t.n_replicates > 1) printf(", %d replicates", t.n_replicates);
  printf("\n%lld done, %lld failed, %lld running, %lld waiting", c.n[ELUTE_DONE], c.n[ELUTE_FAILED], c.n[ELUTE_RUNNING],
         c.n[ELUTE_WAITING]);
  if (c.n[ELUTE_DONE]) printf("; %.3g s a point", c.seconds);
  printf("\n");
  PetscCall(elute_study_batches(db, generation, ""));
  if (c.n[ELUTE_DONE]) printf("  %-44s %12s %12s %12s  unit\n", "endpoint", "smallest", "mean", "largest");
  for (int e = 0; e < t.n_endpoints; e++) print_endpoint(&t, e);
  EluteStudyTableClear(&t);
  PetscCall(print_probes(db, generation));
  return print_failures(db, generation);
}

static void print_head(const EluteStudyTable *t) {
  printf("id,scenario,replicate,design_row,seconds");
  for (int k = 0; k < t->n_parameters; k++) printf(",%s [%s]", t->parameter[k], t->parameter_unit[k]);
  for (int e = 0; e < t->n_endpoints; e++) printf(",%s [%s]", t->endpoint[e], t->endpoint_unit[e]);
  printf("\n");
}

static void print_number(double x) {
  if (isnan(x))
    printf(",");
  else
    printf(",%.17g", x);
}

static void print_series_row(long long point, const EluteSeriesRow *r) {
  printf("%lld,%s,%s,%s,%.17g,%d,%.17g,%.17g,%.17g", point, r->probe, r->field, r->unit, r->time, r->place, r->x[0],
         r->x[1], r->x[2]);
  print_number(r->value);
  printf("\n");
}

static PetscErrorCode export_series(EluteDatabase *db, int generation) {
  char **probe;
  int n;

  PetscCall(EluteDatabaseProbes(db, generation, &n, &probe));
  EluteStudyTextsFree((size_t)n, probe);
  if (!n)
    return EluteFail(ELUTE_EXIT_CASE, "generation %d keeps no series; a study file names probes under series",
                     generation);
  printf("id,probe,field,unit,time_s,place,x_m,y_m,z_m,value\n");
  return EluteDatabaseSeries(db, generation, print_series_row);
}

PetscErrorCode elute_study_export(const EluteCommandLine *line, EluteDatabase *db, int generation) {
  EluteStudyTable t;

  if (line->series) return export_series(db, generation);
  PetscCall(EluteDatabaseTable(db, generation, &t));
  print_head(&t);
  for (size_t i = 0; i < t.n_points; i++) {
    printf("%lld,%s,%d,%d", t.id[i], t.scenario_name[t.scenario[i]], t.replicate[i], t.design_row[i]);
    print_number(t.seconds[i]);
    for (int k = 0; k < t.n_parameters; k++) print_number(t.x[i * (size_t)t.n_parameters + (size_t)k]);
    for (int e = 0; e < t.n_endpoints; e++) print_number(t.y[i * (size_t)t.n_endpoints + (size_t)e]);
    printf("\n");
  }
  EluteStudyTableClear(&t);
  return PETSC_SUCCESS;
}

/* The case as understood, which is what was run where its hash is the point's. */
static PetscErrorCode print_case(const ElutePoint *p) {
  EluteDiagnostics d = {0};
  EluteModel *model = EluteModelRead(p->case_file, p->case_text, strlen(p->case_text), p->n_sets, p->sets, &d);
  PetscErrorCode ierr = PETSC_SUCCESS;
  char hash[17];

  if (!model) {
    fputs(d.text, stderr);
    ierr = EluteFail(ELUTE_EXIT_CASE, "point %lld: its case has %d errors", p->id, d.n_errors);
  } else {
    EluteStudyCaseHash(model, hash);
    if (p->case_hash[0] && strcmp(hash, p->case_hash) != 0)
      ierr = EluteFail(ELUTE_EXIT_CASE,
                       "point %lld was run by elute %s from a case of hash %s; here and now it has hash %s, with other "
                       "defaults or another catalogue",
                       p->id, p->version, p->case_hash, hash);
    else
      EluteTreePrint(model->tree, stdout);
  }
  EluteModelFree(model);
  EluteDiagnosticsClear(&d);
  return ierr;
}

static PetscErrorCode print_point(EluteDatabase *db, const ElutePoint *p) {
  EluteStudyTable t;
  size_t i;

  PetscCall(EluteDatabaseTable(db, p->generation, &t));
  i = ((size_t)p->scenario * (size_t)t.n_replicates + (size_t)p->replicate) * t.n_rows + (size_t)p->design_row;
  printf("point %lld of generation %d: %s", p->id, p->generation, elute_states[p->state]);
  if (p->scenario_name[0]) printf(", scenario %s", p->scenario_name);
  if (t.n_replicates > 1) printf(", replicate %d", p->replicate);
  printf(", row %d of the design\n", p->design_row);
  if (p->host[0]) printf("run on %s by elute %s, backend %s", p->host, p->version, p->backend);
  if (p->host[0] && !isnan(p->seconds)) printf(", in %.3g s", p->seconds);
  if (p->host[0]) printf("\n");
  if (p->message[0]) printf("%s\n", p->message);
  for (int s = 0; s < p->n_sets; s++) printf("  --set '%s'\n", p->sets[s]);
  for (int e = 0; e < t.n_endpoints && p->state == ELUTE_DONE; e++)
    printf("  %s = %.17g %s\n", t.endpoint[e], t.y[i * (size_t)t.n_endpoints + (size_t)e], t.endpoint_unit[e]);
  EluteStudyTableClear(&t);
  return p->state == ELUTE_DONE ? print_probes(db, p->generation) : PETSC_SUCCESS;
}

PetscErrorCode elute_study_show(const EluteCommandLine *line, EluteDatabase *db, int generation) {
  ElutePoint point;
  long long id;
  PetscErrorCode ierr;

  (void)generation;
  PetscCall(elute_study_item(line, &id));
  PetscCall(EluteDatabasePoint(db, id, &point));
  ierr = line->whole_case ? print_case(&point) : print_point(db, &point);
  ElutePointClear(&point);
  return ierr;
}
