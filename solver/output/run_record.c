/* run.json: what was run, how, and how it went. */
#include "internal.h"
#include "json.h"

#include <math.h>
#include <petsc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "../operators/flow.h"
#include "../version.h"

enum { N_PHASES = ELUTE_N_PHASES };
static const char *const phase_name[N_PHASES] = {"residual",     "reaction_solve", "line_solve_x",
                                                 "line_solve_y", "line_solve_z",   "coefficients"};

typedef struct Record {
  EluteFlowSummary flow;
  const EluteStepStatistics *statistics;
  EluteExit exit_code;
  const char *message;
  EluteSpent spent;
  double ranks_with_rows;
  char *options;
} Record;

static void print_versions(EluteJson *j) {
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
  elute_json_string(j, "elute", ELUTE_VERSION);
  elute_json_string(j, "petsc", petsc);
  elute_json_string(j, "mpi", mpi);
  elute_json_string(j, "compiler", __VERSION__);
#ifdef ELUTE_DEBUG
  elute_json_boolean(j, "assertions", true);
#else
  elute_json_boolean(j, "assertions", false);
#endif
  elute_json_string(j, "host", host);
  elute_json_string(j, "finished", when);
}

/* Rank 0's device; the others' are of the same kind on any machine that anyone would run on. */
static void print_device(EluteJson *j, const EluteDeviceChoice *c) {
  if (!c) return;
  elute_json_open(j, "device", '{');
  elute_json_string(j, "name", c->device.name);
  elute_json_number(j, "number", c->device.number);
  elute_json_number(j, "of", c->device.count);
  elute_json_number(j, "architecture", c->device.architecture);
  elute_json_number(j, "driver", c->device.driver);
  elute_json_number(j, "runtime", c->device.runtime);
  elute_json_number(j, "free_bytes", (double)c->device.free);
  elute_json_number(j, "total_bytes", (double)c->device.total);
  elute_json_number(j, "ranks_on_a_device", c->most_sharers);
  elute_json_close(j, '}');
}

static void print_setting(EluteJson *j, const EluteOutput *o, const Record *r) {
  static const char *const geometry[] = {"cartesian", "cylindrical", "spherical", "well_mixed"};
  const EluteModel *m = o->ops->model;
  const EluteMeshSpec *mesh = &o->ops->mesh->spec;
  int ranks = 1;

  MPI_Comm_size(o->comm, &ranks);
  elute_json_string(j, "case", o->case_name);
  elute_json_string(j, "title", m->title);
  elute_json_open(j, "command", '[');
  for (int i = 0; i < o->argc; i++) elute_json_string(j, NULL, o->argv[i]);
  elute_json_close(j, ']');
  elute_json_string(j, "petsc_options", r->options);
  elute_json_string(j, "backend", o->backend_name);
  elute_json_string(j, "backend_reason", o->backend_reason);
  print_device(j, o->device);
  elute_json_string(j, "ghost_rows", EluteFieldsExchangeWay(o->ops->fields));
  elute_json_number(j, "ranks", ranks);
  elute_json_number(j, "ranks_with_cells", r->ranks_with_rows);
  elute_json_open(j, "mesh", '{');
  elute_json_string(j, "geometry", geometry[mesh->geometry]);
  elute_json_open(j, "cells", '[');
  for (int d = 0; d < PetscMax(mesh->dimension, 1); d++) elute_json_number(j, NULL, (double)mesh->n[d]);
  elute_json_close(j, ']');
  elute_json_close(j, '}');
  elute_json_open(j, "species", '[');
  for (int k = 0; k < m->n_species; k++) elute_json_string(j, NULL, m->species[k].name);
  elute_json_close(j, ']');
  elute_json_number(j, "unknowns", (double)o->ops->mesh->n_cells_global * m->n_species);
  elute_json_string(j, "coefficients", m->coefficients_double ? "double" : "single");
}

static void print_steps(EluteJson *j, const EluteStepStatistics *s, const EluteModel *m, double correlation) {
  elute_json_open(j, "steps", '{');
  elute_json_number(j, "accepted", (double)s->steps);
  elute_json_number(j, "rejected_for_error", (double)s->rejected_error);
  elute_json_number(j, "rejected_for_positivity", (double)s->rejected_positivity);
  elute_json_number(j, "rejected_not_finite", (double)s->rejected_not_finite);
  elute_json_number(j, "stages", (double)s->stages);
  elute_json_number(j, "gmres_stages", (double)s->gmres_stages);
  elute_json_number(j, "gmres_iterations", (double)s->gmres_iterations);
  elute_json_number(j, "smallest_s", s->smallest_step);
  elute_json_number(j, "largest_s", s->largest_step);
  elute_json_number(j, "last_s", s->last_step);
  elute_json_number(j, "largest_linear_defect", s->largest_defect);
  if (m->flow.model) {
    elute_json_number(j, "largest_courant_number", s->largest_courant);
    elute_json_number(j, "courant_number_of_gmres", s->courant_limit);
  }
  if (correlation > 1) { /* of tensors (operators.h) */
    elute_json_number(j, "largest_correlation", correlation);
    elute_json_number(j, "correlation_of_gmres", s->correlation_limit);
    elute_json_number(j, "largest_cross_number", s->largest_crossing);
    elute_json_number(j, "cross_number_of_gmres", s->crossing_limit);
  }
  elute_json_number(j, "accepted_below_positivity_bound", s->positivity_given_up);
  elute_json_boolean(j, "steady", s->steady);
  elute_json_close(j, '}');
  elute_json_open(j, "minimum", '{'); /* smallest concentration per volume of tissue that any accepted state had */
  for (int k = 0; k < m->n_species; k++) {
    char unit[32];

    elute_json_open(j, m->species[k].name, '{');
    snprintf(unit, sizeof unit, "%s_of_tissue", elute_quantities[m->species[k].quantity].column);
    elute_json_number(j, unit, s->minimum[k]);
    elute_json_number(j, "time_s", s->minimum_time[k]);
    elute_json_open(j, "at_m", '[');
    for (int d = 0; d < PetscMax(m->mesh.dimension, 1); d++) elute_json_number(j, NULL, s->minimum_at[k][d]);
    elute_json_close(j, ']');
    elute_json_close(j, '}');
  }
  elute_json_close(j, '}');
}

static void print_traffic(EluteJson *j, const EluteTraffic *traffic) {
  static const char *const name[ELUTE_TRAFFIC_PHASES] = {"set_up", "segments", "stepping", "output"};

  elute_json_open(j, "traffic", '{'); /* between host and backend memory */
  for (int p = 0; p < ELUTE_TRAFFIC_PHASES; p++) {
    elute_json_open(j, name[p], '{');
    elute_json_number(j, "bytes_to_backend", (double)traffic[p].to_backend);
    elute_json_number(j, "bytes_to_host", (double)traffic[p].to_host);
    elute_json_number(j, "launches", (double)traffic[p].launches);
    elute_json_number(j, "waits", (double)traffic[p].waits);
    elute_json_close(j, '}');
  }
  elute_json_close(j, '}');
}

static void print_variations(EluteJson *j, const EluteOperators *ops) {
  elute_json_open(j, "variations", '[');
  for (int v = 0; v < ops->n_variations; v++) {
    const EluteVariationSample *s = &ops->variations[v];

    elute_json_open(j, NULL, '{');
    elute_json_string(j, "tissue", ops->model->tissues[s->tissue].name);
    elute_json_string(j, "property", EluteNameOfProperty((int)s->property));
    elute_json_number(j, "cells", s->cells);
    elute_json_number(j, "mean", s->mean);
    elute_json_number(j, "variance", s->variance);
    elute_json_number(j, "log_mean", s->log_mean);
    elute_json_number(j, "log_variance", s->log_variance);
    elute_json_open(j, "correlation_length_m", '[');
    for (int d = 0; d < ops->mesh->spec.dimension; d++) elute_json_number(j, NULL, s->correlation_length[d]);
    elute_json_close(j, ']');
    elute_json_close(j, '}');
  }
  elute_json_close(j, ']');
}

/* The fluid as it was in the last segment. */
static void print_flow(EluteJson *j, const EluteFlowSummary *f, const EluteModel *m) {
  if (!m->flow.model) return;
  elute_json_open(j, "flow", '{');
  elute_json_string(j, "model", m->flow.model == ELUTE_FLOW_PRESCRIBED ? "prescribed" : "darcy_starling");
  elute_json_string(j, "advection", m->flow.limited ? "limited" : "upwind");
  if (m->flow.model == ELUTE_FLOW_DARCY_STARLING) {
    elute_json_number(j, "pressure_solves", (double)f->solves);
    elute_json_number(j, "pressure_iterations", (double)f->iterations);
    elute_json_number(j, "conductivity_rounds", (double)f->dilations); /* in which it followed the pressure */
    elute_json_number(j, "pressure_seconds", f->seconds);
    elute_json_number(j, "highest_pressure_Pa", f->highest_pressure); /* of the whole run */
    elute_json_number(j, "peak_pressure_Pa", f->peak_pressure);
    elute_json_number(j, "rim_pressure_Pa", f->rim_pressure);
    elute_json_number(j, "filtration_m3_per_s", f->filtration);
    elute_json_number(j, "lymph_m3_per_s", f->lymph);
    elute_json_number(j, "infused_m3_per_s", f->infused);
    elute_json_number(j, "spread_m3_per_s", f->spread);
    elute_json_number(j, "largest_imbalance", f->imbalance); /* of a cell, over the largest flow through one */
  }
  elute_json_number(j, "outflow_m3_per_s", f->outflow);
  elute_json_number(j, "largest_velocity_m_per_s", f->fastest);
  elute_json_open(j, "cell_peclet", '{');
  for (int k = 0; k < m->n_mobile; k++) elute_json_number(j, m->species[k].name, f->peclet[k]);
  elute_json_close(j, '}');
  elute_json_open(j, "numerical_diffusion_m2_per_s", '{'); /* of first-order upwind */
  for (int k = 0; k < m->n_mobile; k++) elute_json_number(j, m->species[k].name, f->numerical_diffusion[k]);
  elute_json_close(j, '}');
  elute_json_close(j, '}');
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
  EluteJson json = {.file = file}, *j = &json;

  elute_json_open(j, NULL, '{');
  print_versions(j);
  print_setting(j, o, r);
  print_variations(j, o->ops);
  print_steps(j, r->statistics, m, o->ops->correlation);
  print_flow(j, &r->flow, m);
  elute_json_open(j, "seconds", '{');
  elute_json_number(j, "run", r->spent.run);
  elute_json_number(j, "output", r->spent.output);
  elute_json_number(j, "checkpoints", r->spent.checkpoints);
  for (int p = 0; p < N_PHASES; p++) elute_json_number(j, phase_name[p], r->spent.phase[p]);
  elute_json_close(j, '}');
  elute_json_open(j, "calls", '{');
  for (int p = 0; p < N_PHASES; p++) elute_json_number(j, phase_name[p], r->spent.calls[p]);
  elute_json_close(j, '}');
  elute_json_open(j, "bytes", '{');
  elute_json_number(j, "fields_written", o->bytes_written);
  elute_json_number(j, "halo_sent", r->spent.halo_bytes);
  elute_json_close(j, '}');
  print_traffic(j, r->spent.traffic);
  elute_json_number(j, "peak_memory_bytes", r->spent.peak_bytes[0]);
  elute_json_number(j, "peak_memory_bytes_of_a_rank", r->spent.peak_bytes[1]);
  elute_json_number(j, "restarts", o->restarts); /* steps and what they cost are sums over all of them */
  elute_json_number(j, "states_written", o->n_states);
  elute_json_number(j, "last_time_s", o->last_time);
  elute_json_number(j, "ledger_closure", worst_closure(o)); /* largest, as a share of the turnover */
  elute_json_open(j, "ledger_closure_of", '{');
  for (int k = 0; k < m->n_species; k++) elute_json_number(j, m->species[k].name, o->closure[k]);
  elute_json_close(j, '}');
  elute_json_open(j, "verify", '{');
  elute_json_number(j, "checked", o->verified);
  elute_json_number(j, "missed", o->missed);
  elute_json_close(j, '}');
  elute_json_number(j, "exit_code", (double)r->exit_code);
  elute_json_string(j, "message", r->message);
  elute_json_close(j, '}');
  fputc('\n', file);
}

/* Every rank's share of what this process spends. */
static PetscErrorCode measure(const EluteOutput *o, EluteSpent *spent) {
  const EluteOperators *ops = o->ops;
  const PetscLogEvent event[N_PHASES] = {ops->event_residual, ops->event_reaction, ops->event_line[0],
                                         ops->event_line[1],  ops->event_line[2],  ops->event_coefficients};
  double largest[N_PHASES + 1], sum[2] = {0};
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  largest[N_PHASES] = sum[0] = 1024.0 * (double)usage.ru_maxrss;
  for (int p = 0; p < N_PHASES; p++) {
    PetscEventPerfInfo info;

    PetscCall(PetscLogEventGetPerfInfo(PETSC_DETERMINE, event[p], &info));
    largest[p] = info.time;
    spent->calls[p] = (double)info.count;
  }
  sum[1] = ops->fields->halo_bytes; /* what came in was sent, summed over all ranks */
  /* EluteTraffic is four 64-bit numbers. */
  PetscCallMPI(
      MPI_Allreduce(ops->fields->traffic, spent->traffic, 4 * ELUTE_TRAFFIC_PHASES, MPI_INT64_T, MPI_SUM, o->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, N_PHASES + 1, MPI_DOUBLE, MPI_MAX, o->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPI_DOUBLE, MPI_SUM, o->comm));
  memcpy(spent->phase, largest, sizeof spent->phase);
  spent->peak_bytes[0] = sum[0];
  spent->peak_bytes[1] = largest[N_PHASES];
  spent->halo_bytes = sum[1];
  spent->run = MPI_Wtime() - o->started;
  spent->output = o->output_seconds;
  spent->checkpoints = o->checkpoint_seconds;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputSpent(const EluteOutput *o, EluteSpent *spent) {
  const EluteSpent *before = &o->before;

  *spent = (EluteSpent){0};
  PetscCall(measure(o, spent));
  spent->run += before->run, spent->output += before->output, spent->checkpoints += before->checkpoints;
  spent->halo_bytes += before->halo_bytes;
  for (int p = 0; p < N_PHASES; p++) spent->phase[p] += before->phase[p], spent->calls[p] += before->calls[p];
  for (int i = 0; i < 2; i++) spent->peak_bytes[i] = fmax(spent->peak_bytes[i], before->peak_bytes[i]);
  for (int p = 0; p < ELUTE_TRAFFIC_PHASES; p++) {
    spent->traffic[p].to_backend += before->traffic[p].to_backend;
    spent->traffic[p].to_host += before->traffic[p].to_host;
    spent->traffic[p].launches += before->traffic[p].launches;
    spent->traffic[p].waits += before->traffic[p].waits;
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputFinish(EluteOutput *o, const EluteStepStatistics *s, EluteExit exit_code) {
  Record r = {.statistics = s, .exit_code = exit_code, .ranks_with_rows = o->ops->mesh->view.n_rows > 0};
  PetscErrorCode ierr = o->late;

  (void)EluteFailure(&r.message);
  /* A failure before there was anything to show leaves nothing behind. */
  if (exit_code != ELUTE_EXIT_DONE && o->n_states == 0) {
    if (o->rank == 0) EluteOutputAbandon(o);
    return PETSC_SUCCESS;
  }
  if (exit_code != ELUTE_EXIT_DONE && o->rank == 0 && o->log.file)
    fprintf(o->log.file, "ended with exit code %d: %s\n", (int)exit_code, r.message);
  PetscCall(EluteOutputSpent(o, &r.spent));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &r.ranks_with_rows, 1, MPI_DOUBLE, MPI_SUM, o->comm));
  PetscCall(EluteFlowSummarise(o->ops, &r.flow));
  PetscCall(PetscOptionsGetAll(NULL, &r.options));
  if (o->rank == 0 && !ierr) ierr = EluteOutputAtomic(o, "run.json", print_record, &r);
  PetscCall(PetscFree(r.options));
  if (!ierr) ierr = EluteOutputEndpointsFinish(o, &r.flow);
  PetscCall(EluteAgree(o->comm, ierr));
  if (exit_code != ELUTE_EXIT_DONE) return PETSC_SUCCESS;
  PetscCall(EluteOutputLog(o, "done in %.3g s: %lld steps, %lld rejected; ledger closes to %.1e of the turnover",
                           r.spent.run, (long long)s->steps,
                           (long long)(s->rejected_error + s->rejected_positivity + s->rejected_not_finite),
                           worst_closure(o)));
  if (o->n_written) PetscCall(EluteOutputLog(o, "open %s/fields.vtk.series in ParaView", o->directory));
  return EluteAgree(o->comm, o->late);
}
