/* run.json: what was run, how, and how it went. */
#include "internal.h"

#include <math.h>
#include <petsc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "../operators/flow.h"
#include "../version.h"

enum { N_PHASES = 6 };
static const char *const phase_name[N_PHASES] = {"residual",     "reaction_solve", "line_solve_x",
                                                 "line_solve_y", "line_solve_z",   "coefficients"};

typedef struct Record {
  EluteFlowSummary flow;
  const EluteStepStatistics *statistics;
  EluteExit exit_code;
  const char *message;
  double seconds, phase[N_PHASES]; /* s, of the slowest rank */
  double calls[N_PHASES];          /* of rank 0 */
  double halo_bytes;               /* sent between ranks, of all */
  double peak_bytes[2];            /* of all ranks together, of the largest one */
  double ranks_with_rows;
  EluteTraffic traffic[ELUTE_TRAFFIC_PHASES]; /* of all ranks */
  char *options;
} Record;

/* A JSON object or array being printed: what separates the next entry. */
typedef struct Json {
  FILE *file;
  int depth;
  bool first;
} Json;

static void json_text(Json *j, const char *text) {
  fputc('"', j->file);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      fprintf(j->file, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      fprintf(j->file, "\\u%04x", (unsigned)(unsigned char)*text);
    else
      fputc(*text, j->file);
  }
  fputc('"', j->file);
}

/* key NULL: an element of an array */
static void json_next(Json *j, const char *key) {
  fprintf(j->file, "%s\n%*s", j->first ? "" : ",", 2 * j->depth, "");
  j->first = false;
  if (!key) return;
  json_text(j, key);
  fprintf(j->file, ": ");
}

static void json_open(Json *j, const char *key, char bracket) {
  if (j->depth) json_next(j, key);
  fputc(bracket, j->file);
  j->depth++;
  j->first = true;
}

static void json_close(Json *j, char bracket) {
  j->depth--;
  if (!j->first) fprintf(j->file, "\n%*s", 2 * j->depth, "");
  fputc(bracket, j->file);
  j->first = false;
}

static void json_string(Json *j, const char *key, const char *text) {
  json_next(j, key);
  json_text(j, text ? text : "");
}

/* JSON knows no infinity and no NaN. */
static void json_number(Json *j, const char *key, double value) {
  json_next(j, key);
  if (isfinite(value))
    fprintf(j->file, "%.15g", value);
  else
    fprintf(j->file, "null");
}

static void json_boolean(Json *j, const char *key, bool value) {
  json_next(j, key);
  fprintf(j->file, value ? "true" : "false");
}

static void print_versions(Json *j) {
  char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "", host[256] = "", petsc[64], when[32];
  time_t now = time(NULL);
  struct tm utc;
  int length;

  snprintf(petsc, sizeof petsc, "%d.%d.%d", PETSC_VERSION_MAJOR, PETSC_VERSION_MINOR, PETSC_VERSION_SUBMINOR);
  MPI_Get_library_version(mpi, &length);
  mpi[strcspn(mpi, ",\n")] = '\0';
  gethostname(host, sizeof host - 1);
  gmtime_r(&now, &utc);
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
  json_string(j, "elute", ELUTE_VERSION);
  json_string(j, "petsc", petsc);
  json_string(j, "mpi", mpi);
  json_string(j, "compiler", __VERSION__);
#ifdef ELUTE_DEBUG
  json_boolean(j, "assertions", true);
#else
  json_boolean(j, "assertions", false);
#endif
  json_string(j, "host", host);
  json_string(j, "finished", when);
}

/* Rank 0's device; the others' are of the same kind on any machine that anyone would run on. */
static void print_device(Json *j, const EluteDeviceChoice *c) {
  if (!c) return;
  json_open(j, "device", '{');
  json_string(j, "name", c->device.name);
  json_number(j, "number", c->device.number);
  json_number(j, "of", c->device.count);
  json_number(j, "architecture", c->device.architecture);
  json_number(j, "driver", c->device.driver);
  json_number(j, "runtime", c->device.runtime);
  json_number(j, "free_bytes", (double)c->device.free);
  json_number(j, "total_bytes", (double)c->device.total);
  json_number(j, "ranks_on_a_device", c->most_sharers);
  json_close(j, '}');
}

static void print_setting(Json *j, const EluteOutput *o, const Record *r) {
  static const char *const geometry[] = {"cartesian", "cylindrical", "spherical", "well_mixed"};
  const EluteModel *m = o->ops->model;
  const EluteMeshSpec *mesh = &o->ops->mesh->spec;
  int ranks = 1;

  MPI_Comm_size(o->comm, &ranks);
  json_string(j, "case", o->case_name);
  json_string(j, "title", m->title);
  json_open(j, "command", '[');
  for (int i = 0; i < o->argc; i++) json_string(j, NULL, o->argv[i]);
  json_close(j, ']');
  json_string(j, "petsc_options", r->options);
  json_string(j, "backend", o->backend_name);
  json_string(j, "backend_reason", o->backend_reason);
  print_device(j, o->device);
  json_string(j, "ghost_rows", EluteFieldsExchangeWay(o->ops->fields));
  json_number(j, "ranks", ranks);
  json_number(j, "ranks_with_cells", r->ranks_with_rows);
  json_open(j, "mesh", '{');
  json_string(j, "geometry", geometry[mesh->geometry]);
  json_open(j, "cells", '[');
  for (int d = 0; d < PetscMax(mesh->dimension, 1); d++) json_number(j, NULL, (double)mesh->n[d]);
  json_close(j, ']');
  json_close(j, '}');
  json_open(j, "species", '[');
  for (int k = 0; k < m->n_species; k++) json_string(j, NULL, m->species[k].name);
  json_close(j, ']');
  json_number(j, "unknowns", (double)o->ops->mesh->n_cells_global * m->n_species);
  json_string(j, "coefficients", m->coefficients_double ? "double" : "single");
}

static void print_steps(Json *j, const EluteStepStatistics *s, const EluteModel *m, double correlation) {
  json_open(j, "steps", '{');
  json_number(j, "accepted", (double)s->steps);
  json_number(j, "rejected_for_error", (double)s->rejected_error);
  json_number(j, "rejected_for_positivity", (double)s->rejected_positivity);
  json_number(j, "rejected_not_finite", (double)s->rejected_not_finite);
  json_number(j, "stages", (double)s->stages);
  json_number(j, "gmres_stages", (double)s->gmres_stages);
  json_number(j, "gmres_iterations", (double)s->gmres_iterations);
  json_number(j, "smallest_s", s->smallest_step);
  json_number(j, "largest_s", s->largest_step);
  json_number(j, "last_s", s->last_step);
  json_number(j, "largest_linear_defect", s->largest_defect);
  if (m->flow.model) {
    json_number(j, "largest_courant_number", s->largest_courant);
    json_number(j, "courant_number_of_gmres", s->courant_limit);
  }
  if (correlation > 1) { /* of tensors (operators.h) */
    json_number(j, "largest_correlation", correlation);
    json_number(j, "correlation_of_gmres", s->correlation_limit);
    json_number(j, "largest_cross_number", s->largest_crossing);
    json_number(j, "cross_number_of_gmres", s->crossing_limit);
  }
  json_number(j, "accepted_below_positivity_bound", s->positivity_given_up);
  json_boolean(j, "steady", s->steady);
  json_close(j, '}');
  json_open(j, "minimum", '{'); /* smallest concentration per volume of tissue that any accepted state had */
  for (int k = 0; k < m->n_species; k++) {
    char unit[32];

    json_open(j, m->species[k].name, '{');
    snprintf(unit, sizeof unit, "%s_of_tissue", elute_quantities[m->species[k].quantity].column);
    json_number(j, unit, s->minimum[k]);
    json_number(j, "time_s", s->minimum_time[k]);
    json_open(j, "at_m", '[');
    for (int d = 0; d < PetscMax(m->mesh.dimension, 1); d++) json_number(j, NULL, s->minimum_at[k][d]);
    json_close(j, ']');
    json_close(j, '}');
  }
  json_close(j, '}');
}

static void print_traffic(Json *j, const EluteTraffic *traffic) {
  static const char *const name[ELUTE_TRAFFIC_PHASES] = {"set_up", "segments", "stepping", "output"};

  json_open(j, "traffic", '{'); /* between host and backend memory */
  for (int p = 0; p < ELUTE_TRAFFIC_PHASES; p++) {
    json_open(j, name[p], '{');
    json_number(j, "bytes_to_backend", (double)traffic[p].to_backend);
    json_number(j, "bytes_to_host", (double)traffic[p].to_host);
    json_number(j, "launches", (double)traffic[p].launches);
    json_number(j, "waits", (double)traffic[p].waits);
    json_close(j, '}');
  }
  json_close(j, '}');
}

static void print_variations(Json *j, const EluteOperators *ops) {
  json_open(j, "variations", '[');
  for (int v = 0; v < ops->n_variations; v++) {
    const EluteVariationSample *s = &ops->variations[v];

    json_open(j, NULL, '{');
    json_string(j, "tissue", ops->model->tissues[s->tissue].name);
    json_string(j, "property", EluteNameOfProperty((int)s->property));
    json_number(j, "cells", s->cells);
    json_number(j, "mean", s->mean);
    json_number(j, "variance", s->variance);
    json_number(j, "log_mean", s->log_mean);
    json_number(j, "log_variance", s->log_variance);
    json_open(j, "correlation_length_m", '[');
    for (int d = 0; d < ops->mesh->spec.dimension; d++) json_number(j, NULL, s->correlation_length[d]);
    json_close(j, ']');
    json_close(j, '}');
  }
  json_close(j, ']');
}

/* The fluid as it was in the last segment. */
static void print_flow(Json *j, const EluteFlowSummary *f, const EluteModel *m) {
  if (!m->flow.model) return;
  json_open(j, "flow", '{');
  json_string(j, "model", m->flow.model == ELUTE_FLOW_PRESCRIBED ? "prescribed" : "darcy_starling");
  json_string(j, "advection", m->flow.limited ? "limited" : "upwind");
  if (m->flow.model == ELUTE_FLOW_DARCY_STARLING) {
    json_number(j, "pressure_solves", (double)f->solves);
    json_number(j, "pressure_iterations", (double)f->iterations);
    json_number(j, "conductivity_rounds", (double)f->dilations); /* in which it followed the pressure */
    json_number(j, "pressure_seconds", f->seconds);
    json_number(j, "highest_pressure_Pa", f->highest_pressure); /* of the whole run */
    json_number(j, "peak_pressure_Pa", f->peak_pressure);
    json_number(j, "rim_pressure_Pa", f->rim_pressure);
    json_number(j, "filtration_m3_per_s", f->filtration);
    json_number(j, "lymph_m3_per_s", f->lymph);
    json_number(j, "infused_m3_per_s", f->infused);
    json_number(j, "spread_m3_per_s", f->spread);
    json_number(j, "largest_imbalance", f->imbalance); /* of a cell, over the largest flow through one */
  }
  json_number(j, "outflow_m3_per_s", f->outflow);
  json_number(j, "largest_velocity_m_per_s", f->fastest);
  json_open(j, "cell_peclet", '{');
  for (int k = 0; k < m->n_mobile; k++) json_number(j, m->species[k].name, f->peclet[k]);
  json_close(j, '}');
  json_open(j, "numerical_diffusion_m2_per_s", '{'); /* of first-order upwind */
  for (int k = 0; k < m->n_mobile; k++) json_number(j, m->species[k].name, f->numerical_diffusion[k]);
  json_close(j, '}');
  json_close(j, '}');
}

static double worst_closure(const EluteOutput *o) {
  double worst = 0;

  for (int k = 0; k < o->ops->model->n_species; k++) {
    if (!(fabs(o->closure[k]) <= worst)) worst = fabs(o->closure[k]);
  }
  return worst;
}

static void print_record(const EluteOutput *o, const void *context, FILE *file) {
  const Record *r = context;
  const EluteModel *m = o->ops->model;
  Json json = {.file = file}, *j = &json;

  json_open(j, NULL, '{');
  print_versions(j);
  print_setting(j, o, r);
  print_variations(j, o->ops);
  print_steps(j, r->statistics, m, o->ops->correlation);
  print_flow(j, &r->flow, m);
  json_open(j, "seconds", '{');
  json_number(j, "run", r->seconds);
  json_number(j, "output", o->output_seconds);
  for (int p = 0; p < N_PHASES; p++) json_number(j, phase_name[p], r->phase[p]);
  json_close(j, '}');
  json_open(j, "calls", '{');
  for (int p = 0; p < N_PHASES; p++) json_number(j, phase_name[p], r->calls[p]);
  json_close(j, '}');
  json_open(j, "bytes", '{');
  json_number(j, "fields_written", o->bytes_written);
  json_number(j, "halo_sent", r->halo_bytes);
  json_close(j, '}');
  print_traffic(j, r->traffic);
  json_number(j, "peak_memory_bytes", r->peak_bytes[0]);
  json_number(j, "peak_memory_bytes_of_a_rank", r->peak_bytes[1]);
  json_number(j, "states_written", o->n_states);
  json_number(j, "last_time_s", o->last_time);
  json_number(j, "ledger_closure", worst_closure(o)); /* largest, as a share of the turnover */
  json_open(j, "ledger_closure_of", '{');
  for (int k = 0; k < m->n_species; k++) json_number(j, m->species[k].name, o->closure[k]);
  json_close(j, '}');
  json_open(j, "verify", '{');
  json_number(j, "checked", o->verified);
  json_number(j, "missed", o->missed);
  json_close(j, '}');
  json_number(j, "exit_code", (double)r->exit_code);
  json_string(j, "message", r->message);
  json_close(j, '}');
  fputc('\n', file);
}

/* Every rank's share of the record. Collective. */
static PetscErrorCode measure(const EluteOutput *o, Record *r) {
  const EluteOperators *ops = o->ops;
  const PetscLogEvent event[N_PHASES] = {ops->event_residual, ops->event_reaction, ops->event_line[0],
                                         ops->event_line[1],  ops->event_line[2],  ops->event_coefficients};
  double largest[N_PHASES + 1], sum[3] = {0};
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  largest[N_PHASES] = sum[0] = 1024.0 * (double)usage.ru_maxrss;
  for (int p = 0; p < N_PHASES; p++) {
    PetscEventPerfInfo info;

    PetscCall(PetscLogEventGetPerfInfo(PETSC_DETERMINE, event[p], &info));
    largest[p] = info.time;
    r->calls[p] = (double)info.count;
  }
  sum[1] = ops->fields->halo_bytes; /* what came in was sent, summed over all ranks */
  sum[2] = ops->mesh->view.n_rows > 0;
  /* EluteTraffic is four 64-bit numbers. */
  PetscCallMPI(
      MPI_Allreduce(ops->fields->traffic, r->traffic, 4 * ELUTE_TRAFFIC_PHASES, MPI_INT64_T, MPI_SUM, o->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, N_PHASES + 1, MPI_DOUBLE, MPI_MAX, o->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 3, MPI_DOUBLE, MPI_SUM, o->comm));
  memcpy(r->phase, largest, sizeof r->phase);
  r->peak_bytes[0] = sum[0];
  r->peak_bytes[1] = largest[N_PHASES];
  r->halo_bytes = sum[1];
  r->ranks_with_rows = sum[2];
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputFinish(EluteOutput *o, const EluteStepStatistics *s, EluteExit exit_code) {
  Record r = {.statistics = s, .exit_code = exit_code, .seconds = MPI_Wtime() - o->started};
  PetscErrorCode ierr = o->late;

  (void)EluteFailure(&r.message);
  /* A failure before there was anything to show leaves nothing behind. */
  if (exit_code != ELUTE_EXIT_DONE && o->n_states == 0) {
    if (o->rank == 0) EluteOutputAbandon(o);
    return PETSC_SUCCESS;
  }
  if (exit_code != ELUTE_EXIT_DONE && o->rank == 0 && o->log.file)
    fprintf(o->log.file, "ended with exit code %d: %s\n", (int)exit_code, r.message);
  PetscCall(measure(o, &r));
  PetscCall(EluteFlowSummarise(o->ops, &r.flow));
  PetscCall(PetscOptionsGetAll(NULL, &r.options));
  if (o->rank == 0 && !ierr) ierr = EluteOutputAtomic(o, "run.json", print_record, &r);
  PetscCall(PetscFree(r.options));
  PetscCall(EluteAgree(o->comm, ierr));
  if (exit_code != ELUTE_EXIT_DONE) return PETSC_SUCCESS;
  PetscCall(EluteOutputLog(o, "done in %.3g s: %lld steps, %lld rejected; ledger closes to %.1e of the turnover",
                           r.seconds, (long long)s->steps,
                           (long long)(s->rejected_error + s->rejected_positivity + s->rejected_not_finite),
                           worst_closure(o)));
  if (o->n_written) PetscCall(EluteOutputLog(o, "open %s/fields.vtk.series in ParaView", o->directory));
  return EluteAgree(o->comm, o->late);
}
