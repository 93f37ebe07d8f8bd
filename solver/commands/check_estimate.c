/* How many steps and seconds a run will take, from the steps of a trial: an estimate.

   After a discontinuity the error of a diffusing state allows steps that grow with the age a of the segment, as a power
   h = c a^p: p = 1 while the solution is self-similar, less where a reaction or a boundary keeps a scale of its own. c
   and p are fitted to the later steps of the trial's last segment; the rest of the run is then walked through with the
   stepper's own rule for output times, every further segment like the last one seen. */
#include <math.h>
#include <stdlib.h>
#include "check.h"

enum { LEAST_FIT = 4 };

typedef struct Growth {
  double c, p;
} Growth;

/* Steps of the last segment that were cut short by no output time. */
static int free_steps(const EluteModel *model, const EluteTrial *trial, const EluteTrialStep **kept) {
  double segment = trial->step[trial->n_steps - 1].segment;
  int n = 0;

  for (int i = 0; i < trial->n_steps; i++) {
    const EluteTrialStep *step = &trial->step[i];
    double left = EluteSimulationNextStop(model, step->t, model->time.end) - step->t;

    if (step->segment == segment && step->t > segment && step->h < 0.49 * left) kept[n++] = step;
  }
  return n;
}

static Growth fit(const EluteModel *model, const EluteTrial *trial) {
  const EluteTrialStep **step = calloc((size_t)trial->n_steps, sizeof *step), *last = &trial->step[trial->n_steps - 1];
  double x, y, sx = 0, sy = 0, sxx = 0, sxy = 0;
  int n = step ? free_steps(model, trial, step) : 0, first = n / 2, m = n - first;
  Growth growth = {.p = 1};

  /* Too few: steps in proportion to the age, as the last one was. */
  growth.c = last->h / (last->t + last->h - last->segment);
  if (m >= LEAST_FIT) {
    for (int i = first; i < n; i++) {
      x = log(step[i]->t - step[i]->segment), y = log(step[i]->h);
      sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    growth.p = sxx * m - sx * sx > 0 ? fmin(1, fmax(0, (sxy * m - sx * sy) / (sxx * m - sx * sx))) : 1;
    growth.c = exp((sy - growth.p * sx) / m);
  }
  free(step);
  return growth;
}

/* Steps from `age` after the beginning of a segment to its end, with the stepper's rule for times to be hit. */
static double walk(const EluteModel *model, double segment, double age, double end, Growth growth, double first_step) {
  double t = segment + age, n = 0;

  while (t < end * (1 - 1e-12) && n < 1e6) {
    double left = EluteSimulationNextStop(model, t, end) - t, h = growth.c * pow(t - segment, growth.p);

    h = fmax(h, first_step);
    if (model->time.largest_step > 0) h = fmin(h, model->time.largest_step);
    if (model->time.fixed_step > 0)
      h = left / ceil(left / model->time.fixed_step * (1 - 1e-9));
    else if (h >= left)
      h = left;
    else if (h > 0.5 * left)
      h = 0.5 * left;
    if (!(h > 1e-9 * left)) return n + left / h;
    t = h == left ? t + left : t + h;
    n++;
  }
  if (t < end * (1 - 1e-12)) n *= (end - segment) / (t - segment); /* nobody waits for the rest of the walk */
  return n;
}

/* Seconds per step: of the last tenth, at least three. Long steps cost more where GMRES comes in, and the steps to come
   are longer still. */
static double step_seconds(const EluteTrial *trial) {
  int n = trial->n_steps, last = n / 10 > 3 ? n / 10 : n < 3 ? n : 3;

  return (trial->step[n - 1].wall - (last < n ? trial->step[n - last - 1].wall : 0)) / last;
}

void EluteCheckEstimate(const EluteModel *model, const EluteTrial *trial, EluteCheck *check) {
  const EluteTrialStep *last = &trial->step[trial->n_steps - 1];
  double *knots, t, first_step = 0;
  Growth growth;
  int n;

  check->trial_steps = trial->n_steps;
  check->trial_finished = trial->finished;
  check->trial_seconds = trial->n_steps ? last->wall : 0;
  check->trial_reached = trial->n_steps ? last->t + last->h : model->time.begin;
  check->steps = trial->n_steps;
  check->seconds = check->set_up_seconds + check->trial_seconds;
  if (trial->finished || !trial->n_steps) return;
  growth = fit(model, trial);
  for (int i = trial->n_steps - 1; i >= 0 && trial->step[i].segment == last->segment; i--)
    first_step = trial->step[i].h;
  knots = EluteModelDiscontinuities(model, &n);
  t = check->trial_reached;
  for (int i = 0; i <= n; i++) {
    double end = i < n ? knots[i] : model->time.end;

    if (end <= t * (1 + 1e-12)) continue;
    check->steps += t == check->trial_reached ? walk(model, last->segment, t - last->segment, end, growth, first_step)
                                              : walk(model, t, 0, end, growth, first_step);
    t = end;
  }
  free(knots);
  check->seconds += (check->steps - trial->n_steps) * step_seconds(trial);
}
