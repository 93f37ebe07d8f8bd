/* What a case is and will cost, before it is run: sizes, scales, warnings, and an estimate from a few trial steps. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../simulation.h"
#include "../case/units.h"
#include "commands.h"

enum { TRIAL_STEPS = 24, MAX_WARNINGS = 64 };

typedef struct Report {
  double cells, unknowns_per_rank, memory; /* memory: bytes over all ranks */
  double smallest_width;                   /* m */
  double diffusion_time, reaction_time;    /* s; INFINITY: there is none */
  const char *diffusion_species, *reaction_name;
  double length; /* sqrt(D/k) of the fastest first-order loss of a mobile species, m */
  const char *length_species;
  double steps, seconds; /* expected for the whole run */
  int trial_steps;
  double trial_seconds;
  int n_warnings;
  char warning[MAX_WARNINGS][256];
} Report;

static void warn(Report *r, const char *format, const char *a, const char *b) {
  if (r->n_warnings < MAX_WARNINGS) snprintf(r->warning[r->n_warnings++], sizeof r->warning[0], format, a, b);
}

/* The largest value over tissues and, when it varies within them, over the owned cells. Collective. */
static PetscErrorCode largest(const EluteSimulation *s, const EluteValue *value, double *result) {
  const EluteMeshView *view = &s->mesh->view;
  double most = -INFINITY, at, x[3], begin = s->model->time.begin;
  char why[256];
  bool in_place = EluteValueVariesInPlace(value);
  PetscErrorCode ierr = PETSC_SUCCESS;

  for (PetscInt row = 0; !ierr && row < view->n_rows; row++) {
    for (PetscInt i = 0; !ierr && i < view->n_cells; i++) {
      int tissue = view->tissue[(size_t)row * (size_t)view->pitch + (size_t)i];
      EluteWhere where;

      if (!in_place && row + i > 0 &&
          tissue == view->tissue[(size_t)row * (size_t)view->pitch + (size_t)(i ? i - 1 : i)])
        continue;
      EluteMeshCellCentre(s->mesh, row, i, x);
      where = EluteModelWhere(s->model, x, tissue, begin, begin, s->model->time.end);
      if (!EluteValueAt(value, &where, &at, why, sizeof why))
        ierr = EluteFail(ELUTE_EXIT_CASE, "%s", why);
      else
        most = fmax(most, at);
    }
  }
  PetscCall(EluteAgree(s->comm, ierr));
  PetscCallMPI(MPI_Allreduce(&most, result, 1, MPI_DOUBLE, MPI_MAX, s->comm));
  return PETSC_SUCCESS;
}

static double smallest_width(const EluteMeshSpec *spec) {
  double width = INFINITY;

  for (int a = 0; a < 3; a++) {
    for (PetscInt i = 0; spec->n[a] > 1 && i < spec->n[a]; i++)
      width = fmin(width, spec->edges[a][i + 1] - spec->edges[a][i]);
  }
  return width;
}

/* Times and lengths on which things happen: h^2/D, 1/k, sqrt(D/k). */
static PetscErrorCode measure_scales(const EluteSimulation *s, Report *r) {
  const EluteModel *m = s->model;
  double diffusivity[ELUTE_MAX_SPECIES] = {0}, k;

  r->smallest_width = smallest_width(&m->mesh);
  r->diffusion_time = r->reaction_time = r->length = INFINITY;
  for (int i = 0; i < m->n_mobile; i++) {
    PetscCall(largest(s, m->species[i].diffusivity, &diffusivity[i]));
    if (isfinite(r->smallest_width) && r->smallest_width * r->smallest_width / diffusivity[i] < r->diffusion_time) {
      r->diffusion_time = r->smallest_width * r->smallest_width / diffusivity[i];
      r->diffusion_species = m->species[i].name;
    }
  }
  for (int i = 0; i < m->n_reactions; i++) {
    const EluteReactionSpec *reaction = &m->reactions[i];

    if (reaction->n_factors != 1 || reaction->factor[0].kind != ELUTE_LINEAR) continue;
    PetscCall(largest(s, reaction->rate, &k));
    if (!(k > 0)) continue;
    if (1 / k < r->reaction_time) r->reaction_time = 1 / k, r->reaction_name = reaction->name;
    if (reaction->factor[0].species < m->n_mobile && sqrt(diffusivity[reaction->factor[0].species] / k) < r->length) {
      r->length = sqrt(diffusivity[reaction->factor[0].species] / k);
      r->length_species = m->species[reaction->factor[0].species].name;
    }
  }
  return PETSC_SUCCESS;
}

static bool species_is_used(const EluteModel *m, int k) {
  double none = 0;
  bool used = !EluteValueIsConstant(m->species[k].initial);
  EluteWhere where = {.t = m->time.begin};
  char why[8];

  if (!used && EluteValueAt(m->species[k].initial, &where, &none, why, sizeof why) && none != 0) used = true;
  for (int i = 0; i < m->n_impulses; i++) used = used || m->impulses[i].species == k;
  for (int i = 0; i < m->n_boundaries; i++) used = used || m->boundaries[i].species == k;
  for (int i = 0; i < m->n_holds; i++) used = used || m->holds[i].species == k;
  for (int i = 0; i < m->n_reactions; i++) {
    for (int c = 0; c < m->reactions[i].n_changes; c++) used = used || m->reactions[i].changed[c] == k;
    for (int f = 0; f < m->reactions[i].n_factors; f++) used = used || m->reactions[i].factor[f].species == k;
  }
  return used;
}

static PetscErrorCode find_warnings(const EluteSimulation *s, Report *r) {
  const EluteModel *m = s->model;
  double *fraction, total;

  for (int t = 0; t < m->n_tissues; t++) {
    if (s->tissue_cells[t] == 0) warn(r, "tissue %s has no cell%s", m->tissues[t].name, "");
  }
  for (int k = 0; k < m->n_species; k++) {
    if (!species_is_used(m, k)) warn(r, "species %s is used by nothing%s", m->species[k].name, "");
  }
  PetscCall(PetscMalloc1((size_t)s->mesh->view.n_rows * (size_t)s->mesh->view.pitch + 1, &fraction));
  for (int i = 0; i < m->n_impulses; i++) {
    const EluteImpulse *impulse = &m->impulses[i];

    PetscCall(EluteMeshShapeFractions(s->mesh, &impulse->shape, fraction, &total));
    if (!(total > 0))
      warn(r, "the dose %s of %s lies outside the mesh", impulse->name, m->species[impulse->species].name);
    else if (impulse->shape.kind == ELUTE_SHAPE_SPHERE && impulse->shape.r < r->smallest_width &&
             isfinite(r->smallest_width))
      warn(r, "the deposit %s of %s is smaller than a cell", impulse->name, m->species[impulse->species].name);
  }
  PetscCall(PetscFree(fraction));
  if (r->length < r->smallest_width && isfinite(r->smallest_width)) {
    warn(r, "the penetration depth sqrt(D/k) of %s is smaller than a cell: its front is not resolved%s",
         r->length_species, "");
  }
  return PETSC_SUCCESS;
}

typedef struct Trial {
  int steps;
  double t, h, start;
} Trial;

static PetscErrorCode after_trial_step(void *context, double t, double h, Vec u, bool *stop) {
  Trial *trial = context;

  (void)u;
  trial->steps++;
  trial->t = t;
  trial->h = h;
  *stop = trial->steps >= TRIAL_STEPS;
  return PETSC_SUCCESS;
}

/* Steps that a run takes grow about in proportion to the time since the last discontinuity (diffusion smooths as
   sqrt(t)), so a segment of length T from steps h at age a takes ln(T/a) / ln(1 + h/a) more. Said to be an estimate. */
static PetscErrorCode try_steps(EluteSimulation *s, Report *r) {
  const EluteModel *m = s->model;
  Trial trial = {.t = m->time.begin};
  double reached, *knots, end = m->time.end, start, segment;
  int n, segments = 1;

  knots = EluteModelDiscontinuities(m, &n);
  for (int i = n - 1; i >= 0; i--) {
    if (knots[i] > m->time.begin * (1 + 1e-12) && knots[i] < m->time.end) end = knots[i], segments++;
  }
  PetscCall(EluteOperatorsSetSegment(s->ops, m->time.begin, end));
  PetscCall(EluteOperatorsSetTime(s->ops, m->time.begin));
  PetscCall(EluteOperatorsInitial(s->ops, s->u));
  for (int i = 0; i < m->n_impulses; i++) {
    if (m->impulses[i].time <= m->time.begin) PetscCall(EluteOperatorsImpulse(s->ops, &m->impulses[i], s->u));
  }
  PetscCall(EluteOperatorsSetHeld(s->ops, s->u));
  PetscCall(EluteStepperUpdateScale(s->stepper, s->u));
  PetscCall(EluteStepperSetCallback(s->stepper, after_trial_step, &trial));
  start = MPI_Wtime();
  PetscCall(EluteStepperAdvance(s->stepper, s->u, m->time.begin, end, true, &reached));
  r->trial_seconds = MPI_Wtime() - start;
  r->trial_steps = trial.steps;
  segment = (m->time.end - m->time.begin) / segments;
  r->steps = trial.steps;
  if (m->time.fixed_step > 0) {
    r->steps = ceil((m->time.end - m->time.begin) / m->time.fixed_step);
  } else if (trial.steps == TRIAL_STEPS && reached < end) {
    double age = reached - m->time.begin;

    r->steps = segments * (trial.steps + fmax(0, log(segment / age)) / log1p(trial.h / age));
  } else {
    r->steps = (double)segments * trial.steps;
  }
  r->seconds = trial.steps ? r->steps * r->trial_seconds / trial.steps : 0;
  free(knots);
  return PETSC_SUCCESS;
}

static void print_text(const EluteSimulation *s, const Report *r) {
  char a[64], b[64];

  printf("%s\n", s->model->title);
  printf("  cells               %.0f in %d tissue%s\n", r->cells, s->model->n_tissues,
         s->model->n_tissues == 1 ? "" : "s");
  printf("  species             %d, of which %d mobile; %d reactions\n", s->model->n_species, s->model->n_mobile,
         s->model->n_reactions);
  printf("  unknowns            %.0f on the fullest rank\n", r->unknowns_per_rank);
  printf("  memory              %.1f MB in all\n", r->memory / 1e6);
  if (isfinite(r->diffusion_time)) {
    EluteQuantityFormat(r->smallest_width, "m", a, sizeof a);
    EluteQuantityFormat(r->diffusion_time, "s", b, sizeof b);
    printf("  shortest diffusion  %s over a cell of %s (%s)\n", b, a, r->diffusion_species);
  }
  if (isfinite(r->reaction_time)) {
    EluteQuantityFormat(r->reaction_time, "s", a, sizeof a);
    printf("  shortest reaction   %s (%s)\n", a, r->reaction_name);
  }
  if (isfinite(r->length)) {
    EluteQuantityFormat(r->length, "m", a, sizeof a);
    printf("  penetration depth   %s, sqrt(D/k) of %s\n", a, r->length_species);
  }
  printf("  expected            about %.0f steps, %.2g minutes here (from %d trial steps)\n", r->steps, r->seconds / 60,
         r->trial_steps);
  for (int i = 0; i < r->n_warnings; i++) printf("  warning             %s\n", r->warning[i]);
}

static void print_number(const char *name, double x) {
  if (isfinite(x))
    printf("  \"%s\": %.6g,\n", name, x);
  else
    printf("  \"%s\": null,\n", name);
}

static void print_json(const EluteSimulation *s, const Report *r) {
  printf("{\n  \"species\": %d,\n  \"mobile_species\": %d,\n  \"reactions\": %d,\n", s->model->n_species,
         s->model->n_mobile, s->model->n_reactions);
  printf("  \"cells\": %.0f,\n  \"unknowns_per_rank\": %.0f,\n", r->cells, r->unknowns_per_rank);
  print_number("memory_bytes", r->memory);
  print_number("smallest_width_m", r->smallest_width);
  print_number("shortest_diffusion_time_s", r->diffusion_time);
  print_number("shortest_reaction_time_s", r->reaction_time);
  print_number("penetration_depth_m", r->length);
  print_number("expected_steps", r->steps);
  print_number("expected_seconds", r->seconds);
  printf("  \"trial_steps\": %d,\n  \"warnings\": [", r->trial_steps);
  for (int i = 0; i < r->n_warnings; i++) printf("%s\"%s\"", i ? ", " : "", r->warning[i]);
  printf("]\n}\n");
}

/* Vectors of the stepper, coefficients (three conductances and a capacity per mobile species), labels. */
static PetscErrorCode measure_sizes(const EluteSimulation *s, Report *r) {
  const EluteModel *m = s->model;
  double local = (double)s->fields->n_local, sum, coefficient = m->coefficients_double ? 8 : 4;
  double rows = (double)s->mesh->view.n_rows * s->mesh->view.pitch;

  r->cells = (double)s->mesh->n_cells_global;
  PetscCallMPI(MPI_Allreduce(&local, &r->unknowns_per_rank, 1, MPI_DOUBLE, MPI_MAX, s->comm));
  local = local * 8 * 8 + rows * (m->n_mobile * 4 * coefficient + 1);
  PetscCallMPI(MPI_Allreduce(&local, &sum, 1, MPI_DOUBLE, MPI_SUM, s->comm));
  r->memory = sum;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCommandCheck(const EluteCommandLine *line) {
  EluteSimulationOptions options = {.backend = line->backend, .stepper = ELUTE_STEPPER_OWN};
  EluteSimulation *s = NULL;
  EluteModel *model;
  Report report = {0};
  PetscErrorCode ierr;
  int rank;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(EluteCommandReadModel(line, &model));
  if (line->expand) {
    if (rank == 0) EluteModelPrintExpanded(model, stdout);
    EluteModelFree(model);
    return PETSC_SUCCESS;
  }
  ierr = EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &s);
  if (!ierr) ierr = EluteCommandUnusedOptions();
  if (!ierr) ierr = measure_sizes(s, &report);
  if (!ierr) ierr = measure_scales(s, &report);
  if (!ierr) ierr = find_warnings(s, &report);
  if (!ierr) ierr = try_steps(s, &report);
  if (!ierr && rank == 0 && line->json)
    print_json(s, &report);
  else if (!ierr && rank == 0)
    print_text(s, &report);
  if (!ierr) PetscCall(EluteSimulationDestroy(&s));
  return ierr;
}
