/* Step control (numerics 4): error, positivity, failure to advance, steady state, replay. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  HALVINGS = 8, /* for positivity, in a row */
  GMRES_IS_WORTH =
      4, /* times the stable Courant number: above it a step by GMRES is cheaper than that many shorter ones */
};

typedef struct Verdict {
  bool accept;
  double next; /* s; the step to try next */
  const char *cause;
  int species;
  int64_t cell; /* global; -1: none in particular */
} Verdict;

void EluteSetScale(EluteStepper *s, int p, int k, double scale) {
  s->scale[p][k] = scale;
  s->atol[p][k] = scale > 0 ? fmax(s->time.accuracy * scale, 1e-300) : 1e300;
}

/* Of the state that was measured. */
static void raise_scales(EluteStepper *s) {
  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++) {
      const EluteStepMeasure *m = &s->measure[p];

      if (m->maximum[k] > s->scale[p][k] && isfinite(m->maximum[k])) EluteSetScale(s, p, k, m->maximum[k]);
      s->minimum[p][k] = m->minimum[k];
    }
}

PetscErrorCode EluteStepperUpdateScale(EluteStepper *s, Vec u) {
  EluteVecCombination none = {.n = 0};

  PetscCall(EluteOperatorsFinishStep(s->ops, u, &none, &none, s->time.accuracy, s->atol, s->work, s->measure));
  raise_scales(s);
  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++)
      s->statistics.minimum[k] = fmin(s->statistics.minimum[k], s->minimum[p][k]);
  return PETSC_SUCCESS;
}

/* The largest of any part. */
static double error_of(const EluteStepper *s, int *species) {
  double worst = 0;

  *species = 0;
  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++) {
      double error = sqrt(s->measure[p].error[k] / s->volume);

      if (!(error <= worst)) worst = error, *species = k;
    }
  return worst;
}

/* The part that has a value which is not finite; NULL: none. */
static const EluteStepMeasure *not_finite(const EluteStepper *s) {
  for (int p = 0; p < s->n_parts; p++)
    if (s->measure[p].not_finite) return &s->measure[p];
  return NULL;
}

/* A part that fell further below zero than it may, and in which species. */
static const EluteStepMeasure *too_negative(const EluteStepper *s, int *species) {
  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++) {
      const EluteStepMeasure *m = &s->measure[p];
      double bound = fmin(0, s->minimum[p][k]) - 1e-2 * s->time.accuracy * fmax(s->scale[p][k], m->maximum[k]);

      *species = k;
      if (m->minimum[k] < bound && s->ops->model->species[k].quantity != ELUTE_HEAT) return m;
      /* heat: colder than the reference */
    }
  return NULL;
}

static Verdict judge(EluteStepper *s, double h, int halvings) {
  Verdict v = {.accept = true, .next = h, .cell = -1};
  bool shortened = h * s->ops->fastest_advection > s->statistics.courant_limit * (1 - 1e-9) && !s->use_gmres;
  /* from the stable step it must be possible to get to those of GMRES */
  double error, factor, q = s->tableau.embedded_order + 1.0, growth = shortened ? 2.0 * GMRES_IS_WORTH : 2.0;
  const EluteStepMeasure *m = not_finite(s);

  if (m) {
    s->statistics.rejected_not_finite++;
    return (Verdict){false, 0.25 * h, "a value that is not finite", (int)(m->not_finite_at % s->ops->view.n_species),
                     m->not_finite_at / s->ops->view.n_species};
  }
  if (s->time.fixed_step > 0 || s->replay) return v;
  error = error_of(s, &v.species);
  factor = fmin(growth, fmax(0.2, 0.9 * pow(fmax(error, 1e-10), -1 / q)));
  if (error > 1) {
    s->statistics.rejected_error++;
    return (Verdict){false, h * fmin(factor, 0.9), "the time error", v.species, -1};
  }
  if (s->use_gmres && !(s->linear_error <= 1)) {
    return (Verdict){false, 0.5 * h, "the linear solver", v.species, -1};
  }
  m = too_negative(s, &v.species);
  /* Fluxes across the axes fall below zero beside steep fronts however short the step: halving would not help. */
  if (m && halvings < HALVINGS && !(s->ops->correlation > 1)) {
    s->statistics.rejected_positivity++;
    return (Verdict){false, 0.5 * h, "a negative concentration", v.species, m->minimum_at[v.species]};
  }
  if (m) s->statistics.positivity_given_up++;
  v.next = h * factor;
  return v;
}

/* The largest first step that the data allow: 1 % of the time in which the fastest species would change by its own size
   (Hairer, Norsett & Wanner, Solving ODEs I, II.4); species that are still absent do not count. */
static PetscErrorCode first_step(EluteStepper *s, Vec u, double t, double t_end, double *h) {
  EluteVecCombination none = {.n = 0};
  double *rate = s->norm[0], *size = s->norm[1], floor_step = 1e-9 * (t_end - t);

  *h = s->time.first_step;
  if (*h > 0) return PETSC_SUCCESS;
  PetscCall(EluteOperatorsSetTime(s->ops, t));
  PetscCall(EluteOperatorsResidual(s->ops, u, 1, &none, s->stage[0], s->ledger_rates));
  PetscCall(EluteErrorNorm(s, s->stage[0], u, rate));
  PetscCall(EluteErrorNorm(s, u, u, size));
  *h = INFINITY;
  for (int p = 0; p < s->n_parts; p++) {
    double step = rate[p] > 0 && size[p] > 0 ? 0.01 * size[p] / rate[p] : 1e-4 * (t_end - t);

    *h = fmin(*h, isfinite(step) ? step : floor_step);
  }
  *h = fmax(fmin(*h, 0.1 * (t_end - t)), floor_step);
  return PETSC_SUCCESS;
}

/* A line of the record: time, step, and the iterations of every stage where GMRES was used. */
static bool read_record(EluteStepper *s, double *t, double *h) {
  char line[512], *at = line, *end;

  if (!fgets(line, sizeof line, s->replay)) return false;
  *t = strtod(at, &end);
  if (end == at) return false;
  *h = strtod(at = end, &end);
  if (end == at) return false;
  s->use_gmres = false;
  for (int i = 0; i < s->tableau.stages; i++) {
    long n = strtol(at = end, &end, 10);

    if (end == at) return i == 0;
    if (n < 0 || n > ELUTE_KRYLOV) return false;
    s->iterations[i] = (int)n;
  }
  s->use_gmres = true;
  return true;
}

/* A step somewhat beyond the stable Courant number is shortened to it; one far beyond is left to GMRES. */
static double stable_step(const EluteStepper *s, double h) {
  double courant = h * s->ops->fastest_advection / s->statistics.courant_limit;

  return courant > 1 && courant <= GMRES_IS_WORTH ? h / courant : h;
}

/* The step to take now: what is proposed, fitted to the end of the interval; equal steps when the step is fixed. */
static PetscErrorCode choose_step(EluteStepper *s, double t, double t_end, double *h) {
  double left = t_end - t, recorded_t;

  if (s->replay) {
    if (!read_record(s, &recorded_t, h)) {
      return EluteFail(ELUTE_EXIT_CASE, "--replay-steps: the record ends before t = %g s", t);
    }
    /* written so that a NaN is refused */
    if (!(*h > 0 && *h <= left * (1 + 1e-9) && fabs(recorded_t - t) <= 1e-9 * (fabs(t) + *h))) {
      return EluteFail(
          ELUTE_EXIT_CASE,
          "--replay-steps: the record has a step of %g s at t = %g s, this run is at t = %g s with %g s to go", *h,
          recorded_t, t, left);
    }
    return PETSC_SUCCESS;
  }
  *h = s->time.fixed_step > 0 ? s->time.fixed_step : s->step;
  if (s->time.largest_step > 0) *h = fmin(*h, s->time.largest_step);
  if (s->time.fixed_step <= 0 && !s->time.always_gmres) *h = stable_step(s, *h);
  if (s->time.fixed_step > 0)
    *h = left / ceil(left / *h * (1 - 1e-9));
  else if (*h >= left * (1 - 1e-9))
    *h = left;
  else if (*h > 0.5 * left)
    *h = 0.5 * left;
  return PETSC_SUCCESS;
}

/* Steady: the change per elapsed time stays below the tolerance over a step and over at least its double after it. */
static bool is_steady(EluteStepper *s, double t, double h) {
  double rate = 0;

  if (!s->time.until_steady) return false;
  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++)
      if (s->scale[p][k] > 0) rate = fmax(rate, s->measure[p].change[k] / s->scale[p][k] * (t - s->time.begin) / h);
  if (!(rate <= s->time.steady_tolerance)) {
    s->steady_step = -1;
    return false;
  }
  if (s->steady_step < 0) {
    s->steady_since = t;
    s->steady_step = h;
    return false;
  }
  return t - s->steady_since >= 2 * s->steady_step * (1 - 1e-9);
}

/* The new state, in s->work, and the old one change places. */
static PetscErrorCode accept_step(EluteStepper *s, Vec *u, double t, double h) {
  Vec old = *u;
  double coefficient[ELUTE_MAX_STAGES + 1] = {1}, *array[ELUTE_MAX_STAGES + 1] = {s->ledger};
  EluteStepStatistics *st = &s->statistics;

  for (int i = 0; i < s->tableau.stages; i++) coefficient[i + 1] = s->tableau.m[i], array[i + 1] = s->ledger_stage[i];
  PetscCall(EluteCombineArrays(s, (size_t)s->ops->view.n_ledger, s->tableau.stages + 1, coefficient, array, s->ledger));
  *u = s->work;
  s->work = old;
  raise_scales(s);
  for (int p = 0; p < s->n_parts; p++)
    for (int k = 0; k < s->ops->view.n_species; k++) {
      const EluteStepMeasure *m = &s->measure[p];

      if (!(m->minimum[k] < st->minimum[k])) continue;
      st->minimum[k] = m->minimum[k];
      st->minimum_time[k] = t + h;
      if (m->minimum_at[k] >= 0) EluteOperatorsCellPosition(s->ops, m->minimum_at[k], st->minimum_at[k]);
    }
  st->steps++;
  st->largest_courant = fmax(st->largest_courant, h * s->ops->fastest_advection);
  st->largest_crossing = fmax(st->largest_crossing, h * s->ops->fastest_crossing);
  st->last_step = h;
  st->smallest_step = st->steps == 1 ? h : fmin(st->smallest_step, h);
  st->largest_step = fmax(st->largest_step, h);
  if (s->record.file) {
    fprintf(s->record.file, "%a %a", t, h);
    for (int i = 0; i < s->tableau.stages && s->use_gmres; i++) fprintf(s->record.file, " %d", s->iterations[i]);
    fprintf(s->record.file, "\n");
    if (EluteTableKeep(&s->record)) s->record_failed = true; /* all ranks learn it at the end of the advance */
  }
  return PETSC_SUCCESS;
}

/* One accepted step from t, of at most what is left to t_end. */
static PetscErrorCode step_once(EluteStepper *s, Vec *u, double t, double t_end, double *taken) {
  double h = 0, run = s->time.end - s->time.begin;
  int halvings = 0;

  PetscCall(choose_step(s, t, t_end, &h));
  for (;;) {
    Verdict v;
    double tried = h;

    PetscCall(EluteWStep(s, *u, t, h));
    v = judge(s, h, halvings);
    if (v.accept) {
      PetscCall(accept_step(s, u, t, h));
      /* a step cut short to hit a time says nothing against the longer one proposed before */
      s->step = halvings ? v.next : fmax(v.next, h < s->step ? s->step : 0);
      *taken = h;
      return PETSC_SUCCESS;
    }
    halvings++;
    h = v.next;
    s->step = h;
    if (h < 1e-12 * run || s->time.fixed_step > 0 || s->replay) {
      return EluteCannotAdvance(s, *u, t, tried, v.cause, v.species, v.cell);
    }
  }
}

static PetscErrorCode take_steps(EluteStepper *s, Vec *u, double t_end, double *t_reached) {
  bool stop = false;

  while (*t_reached < t_end && !stop) {
    double h = 0, left = t_end - *t_reached;

    PetscCall(step_once(s, u, *t_reached, t_end, &h));
    *t_reached = h >= left * (1 - 1e-12) ? t_end : *t_reached + h;
    s->statistics.steady = is_steady(s, *t_reached, h);
    if (s->after_step) PetscCall(s->after_step(s->context, *t_reached, h, *u, &stop));
    stop = stop || s->statistics.steady;
  }
  return PETSC_SUCCESS;
}

/* The state is in one of two vectors while steps are taken, and in the caller's in the end, whatever happened. */
static PetscErrorCode advance(EluteStepper *s, Vec u, double t, double t_end, bool restart, double *t_reached) {
  PetscErrorCode outcome;
  Vec state = u;

  *t_reached = t;
  s->statistics.steady = false;
  if (s->kind != ELUTE_STEPPER_OWN) return ElutePetscAdvance(s, u, t, t_end, t_reached);
  if (restart) {
    PetscCall(first_step(s, u, t, t_end, &s->step));
    s->steady_step = -1;
  }
  outcome = take_steps(s, &state, t_end, t_reached);
  if (state != u) {
    EluteVecCombination copy = {.n = 1, .coefficient = {1}, .vector = {state}};

    PetscCall(EluteOperatorsCombine(s->ops, &copy, u));
    s->work = state;
  }
  return outcome;
}

PetscErrorCode EluteStepperAdvance(EluteStepper *s, Vec u, double t, double t_end, bool restart, double *t_reached) {
  PetscCall(advance(s, u, t, t_end, restart, t_reached));
  return EluteAgree(s->ops->mesh->comm, s->record_failed ? ELUTE_ERR : PETSC_SUCCESS);
}
