/* What a case is and will cost, before it is run: sizes, scales, warnings, and an estimate from a few trial steps. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "../case/units.h"
#include "commands.h"

enum { LEAST_TRIAL = 12, MOST_TRIAL = 2000, TRIAL_SECONDS = 3 };

/* Resident memory at most so far, of all ranks, bytes. */
static PetscErrorCode peak_memory(MPI_Comm comm, double *bytes) {
  struct rusage usage;
  double mine;

  getrusage(RUSAGE_SELF, &usage);
  mine = (double)usage.ru_maxrss * 1024;
  PetscCallMPI(MPI_Allreduce(&mine, bytes, 1, MPI_DOUBLE, MPI_SUM, comm));
  return PETSC_SUCCESS;
}

/* Unknowns are cells times species, without padding. Memory is what setting up and trying took. */
static PetscErrorCode measure_sizes(const EluteSimulation *s, EluteCheck *check) {
  double mine = (double)s->mesh->view.n_rows * s->mesh->view.n_cells * s->model->n_species;

  PetscCallMPI(MPI_Allreduce(&mine, &check->unknowns, 1, MPI_DOUBLE, MPI_MAX, s->comm));
  return peak_memory(s->comm, &check->memory);
}

static PetscErrorCode try_steps(EluteSimulation *s, EluteCheck *check) {
  EluteTrialStep step[MOST_TRIAL];
  EluteTrial trial = {.least_steps = LEAST_TRIAL, .most_steps = MOST_TRIAL, .max_seconds = TRIAL_SECONDS, .step = step};

  PetscCall(EluteSimulationTry(s, &trial));
  EluteCheckEstimate(s->model, &trial, check);
  return PETSC_SUCCESS;
}

static PetscErrorCode examine(EluteSimulation *s, EluteCheck *check) {
  double concentration[ELUTE_MAX_SPECIES] = {0};
  bool refused;

  check->steps = check->seconds = NAN;
  PetscCall(EluteCheckDoses(s, check, &refused));
  if (!refused) {
    PetscCall(EluteSimulationBegin(s));
    PetscCall(EluteFlowSummarise(s->ops, &check->flow));
    PetscCall(EluteCheckConcentrations(s, concentration));
    PetscCall(try_steps(s, check));
    PetscCall(EluteCheckConcentrations(s, concentration));
  }
  PetscCall(EluteCheckScales(s, concentration, check));
  PetscCall(EluteCheckResolution(s, check));
  PetscCall(EluteCheckConvection(s, check));
  EluteCheckSpecies(s->model, check);
  return measure_sizes(s, check);
}

static void print_line(const char *name, double si, const char *dimension, const char *after) {
  char text[64];

  EluteQuantityFormat(si, dimension, text, sizeof text);
  printf("  %-19s %s%s\n", name, text, after);
}

static void print_scales(const EluteSimulation *s, const EluteCheck *check) {
  const EluteModel *m = s->model;
  char after[200], width[64], depth[64];

  if (isfinite(check->diffusion_time)) {
    EluteQuantityFormat(check->smallest_width, "m", width, sizeof width);
    snprintf(after, sizeof after, " over a cell (%.100s); narrowest cell %s", m->species[check->diffusion_species].name,
             width);
    print_line("shortest diffusion", check->diffusion_time, "s", after);
  }
  if (isfinite(check->reaction_time)) {
    snprintf(after, sizeof after, " (%.100s)", m->reactions[check->reaction].name);
    print_line("shortest reaction", check->reaction_time, "s", after);
  }
  for (int k = 0; k < m->n_mobile; k++) {
    const EluteCoupling *c = &check->coupling[k];

    if (!isfinite(c->depth)) continue;
    EluteQuantityFormat(c->depth, "m", depth, sizeof depth);
    printf(
        "  coupling            %s in %s: penetration depth %s, %.3g cells; Thiele modulus %.3g; Damkoehler number of "
        "a cell %.3g\n",
        m->species[k].name, m->tissues[c->tissue].name, depth, c->cells, c->thiele, c->damkoehler);
  }
}

/* At the beginning of the run. */
static void print_flow(const EluteSimulation *s, const EluteFlowSummary *f) {
  const EluteModel *m = s->model;
  char pressure[64], speed[64], numerical[64];

  if (!m->flow.model) return;
  EluteQuantityFormat(f->fastest, "m/s", speed, sizeof speed);
  EluteQuantityFormat(f->peak_pressure, "Pa", pressure, sizeof pressure);
  if (m->flow.model == ELUTE_FLOW_DARCY_STARLING)
    printf("  flow                at most %s; peak pressure %s\n", speed, pressure);
  else
    printf("  flow                at most %s\n", speed);
  for (int k = 0; k < m->n_mobile; k++) {
    EluteQuantityFormat(f->numerical_diffusion[k], "m2/s", numerical, sizeof numerical);
    printf("  convection          %s: cell Peclet number %.3g, numerical diffusion of upwind %s%s\n",
           m->species[k].name, f->peclet[k], numerical, m->flow.limited ? " (limited: less)" : "");
  }
}

static void print_expectation(const EluteSimulation *s, const EluteCheck *check) {
  const EluteTimeSpec *time = &s->model->time;
  double share = (check->trial_reached - time->begin) / (time->end - time->begin);

  if (isnan(check->steps)) {
    printf("  expected            nothing: the run would end with an error\n");
  } else if (check->trial_finished) {
    printf("  expected            %.0f steps, %.2g minutes here, output aside (the whole run was tried)\n",
           check->steps, check->seconds / 60);
  } else {
    printf(
        "  expected            %sabout %.0f steps, %.2g minutes here, output aside (an estimate from %d trial steps, "
        "%.2g %% of the time)\n",
        time->until_steady ? "at most " : "", check->steps, check->seconds / 60, check->trial_steps, 100 * share);
  }
}

static void print_text(const EluteSimulation *s, const EluteCheck *check) {
  const EluteModel *m = s->model;

  printf("%s\n", m->title ? m->title : "untitled");
  printf("  cells               %lld in %d tissue%s\n", (long long)s->mesh->n_cells_global, m->n_tissues,
         m->n_tissues == 1 ? "" : "s");
  printf("  species             %d, of which %d mobile; %d reaction%s\n", m->n_species, m->n_mobile, m->n_reactions,
         m->n_reactions == 1 ? "" : "s");
  printf("  unknowns            %.0f on the fullest rank\n", check->unknowns);
  printf("  memory              %.1f MB in all, %.1f MB of them for the case\n", check->memory / 1e6,
         (check->memory - check->base_memory) / 1e6);
  print_scales(s, check);
  print_flow(s, &check->flow);
  print_expectation(s, check);
  for (int i = 0; i < check->n_warnings; i++) printf("  warning             %s\n", check->warning[i]);
}

static void print_number(const char *indent, const char *name, double x, const char *end) {
  if (isfinite(x))
    printf("%s\"%s\": %.12g%s", indent, name, x, end);
  else
    printf("%s\"%s\": null%s", indent, name, end);
}

static void print_coupling(const EluteModel *m, const EluteCheck *check) {
  bool first = true;

  printf("  \"coupling\": [");
  for (int k = 0; k < m->n_mobile; k++) {
    const EluteCoupling *c = &check->coupling[k];

    if (!isfinite(c->depth)) continue;
    printf("%s\n    {\"species\": \"%s\", \"tissue\": \"%s\"", first ? "" : ",", m->species[k].name,
           m->tissues[c->tissue].name);
    print_number(", ", "penetration_depth_m", c->depth, "");
    print_number(", ", "cells_per_depth", c->cells, "");
    print_number(", ", "thiele_modulus", c->thiele, "");
    print_number(", ", "damkoehler_of_a_cell", c->damkoehler, "}");
    first = false;
  }
  printf("%s],\n", first ? "" : "\n  ");
}

static void print_json(const EluteSimulation *s, const EluteCheck *check) {
  const EluteModel *m = s->model;

  printf("{\n  \"cells\": %lld,\n  \"tissues\": %d,\n  \"species\": %d,\n  \"mobile_species\": %d,\n  \"reactions\": "
         "%d,\n",
         (long long)s->mesh->n_cells_global, m->n_tissues, m->n_species, m->n_mobile, m->n_reactions);
  print_number("  ", "unknowns_per_rank", check->unknowns, ",\n");
  print_number("  ", "memory_bytes", check->memory, ",\n");
  print_number("  ", "memory_of_the_case_bytes", check->memory - check->base_memory, ",\n");
  print_number("  ", "smallest_width_m", check->smallest_width, ",\n");
  print_number("  ", "shortest_diffusion_time_s", check->diffusion_time, ",\n");
  print_number("  ", "shortest_reaction_time_s", check->reaction_time, ",\n");
  print_coupling(m, check);
  if (m->flow.model) {
    printf("  \"flow\": {\"largest_velocity_m_per_s\": %.12g, \"peak_pressure_Pa\": %.12g, \"convection\": [",
           check->flow.fastest, check->flow.peak_pressure);
    for (int k = 0; k < m->n_mobile; k++) {
      printf("%s\n    {\"species\": \"%s\"", k ? "," : "", m->species[k].name);
      print_number(", ", "cell_peclet", check->flow.peclet[k], "");
      print_number(", ", "numerical_diffusion_m2_per_s", check->flow.numerical_diffusion[k], "}");
    }
    printf("]},\n");
  }
  print_number("  ", "expected_steps", check->steps, ",\n");
  print_number("  ", "expected_seconds", check->seconds, ",\n");
  printf("  \"expectation_is_an_estimate\": %s,\n", check->trial_finished ? "false" : "true");
  printf("  \"trial_steps\": %d,\n", check->trial_steps);
  print_number("  ", "trial_seconds", check->trial_seconds, ",\n");
  print_number("  ", "trial_reached_s", check->trial_reached, ",\n");
  printf("  \"warnings\": [");
  for (int i = 0; i < check->n_warnings; i++) printf("%s\n    \"%s\"", i ? "," : "", check->warning[i]);
  printf("%s]\n}\n", check->n_warnings ? "\n  " : "");
}

PetscErrorCode EluteCommandCheck(const EluteCommandLine *line) {
  EluteSimulationOptions options = {.backend = line->backend, .stepper = ELUTE_STEPPER_OWN};
  EluteSimulation *s = NULL;
  EluteModel *model;
  EluteCheck check = {0};
  double begin;
  PetscErrorCode ierr;
  int rank;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(EluteCommandReadModel(line, &model));
  if (line->expand) {
    if (rank == 0) EluteModelPrintExpanded(model, stdout);
    EluteModelFree(model);
    return PETSC_SUCCESS;
  }
  PetscCall(peak_memory(PETSC_COMM_WORLD, &check.base_memory));
  begin = MPI_Wtime();
  ierr = EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &s);
  check.set_up_seconds = MPI_Wtime() - begin;
  if (!ierr) ierr = EluteCommandUnusedOptions();
  if (!ierr) ierr = examine(s, &check);
  if (!ierr && rank == 0 && line->json)
    print_json(s, &check);
  else if (!ierr && rank == 0)
    print_text(s, &check);
  if (!ierr && isnan(check.steps)) ierr = EluteFail(ELUTE_EXIT_CASE, "%s", check.warning[0]);
  if (!ierr) PetscCall(EluteSimulationDestroy(&s));
  return ierr;
}
