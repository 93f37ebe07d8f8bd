#include "answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const elute_index_name[ELUTE_N_INDICES] = {
    "first_order", "total", "mu_star", "mu", "sigma", "rank_correlation", "standardised_regression", "r_squared"};

static PetscErrorCode no_memory(void) {
  return EluteFail(ELUTE_EXIT_SYSTEM, "no memory for the answers of the study");
}

/* The array with room for one more line; NULL: no memory. */
static void *grown(void *lines, int n, size_t size) {
  const bool full = (n & (n - 1)) == 0; /* at every power of two */

  return full ? realloc(lines, (n ? 2 * (size_t)n : 1) * size) : lines;
}
#define APPEND(answers, list, n, ...)                                                                                  \
  do {                                                                                                                 \
    void *more = grown((answers)->list, (answers)->n, sizeof *(answers)->list);                                        \
    if (!more) return no_memory();                                                                                     \
    (answers)->list = more;                                                                                            \
    (answers)->list[(answers)->n++] = __VA_ARGS__;                                                                     \
  } while (0)

static bool design_is(const EluteStudyTable *t, const char *name) {
  return strcmp(t->design, name) == 0;
}

/* One endpoint in one scenario, as statistics want it. */
typedef struct View {
  int scenario, endpoint;
  int n;                   /* independent rows: without the mixed ones of a Saltelli design */
  double *x;               /* [parameter][row], logarithms where the parameter is spread over decades */
  const double *y;         /* [row] */
  bool *usable;            /* [row] */
  int *order;              /* [parameter + 1][row] */
  int n_numeric, *numeric; /* parameters that are numbers, first in x */
} View;

const double *elute_answers_y(const EluteAnswers *a, int scenario, int endpoint) {
  return a->y + ((size_t)scenario * a->table->n_endpoints + endpoint) * a->table->n_rows;
}

double elute_answers_x(const EluteAnswers *a, int row, int parameter) {
  return a->table->x[(size_t)row * a->table->n_parameters + parameter];
}

void elute_answers_label(const char *path, const char *unit, char *text, size_t length) {
  const bool bare = !unit || !unit[0] || strcmp(unit, "1") == 0;

  snprintf(text, length, bare ? "%s" : "%s [%s]", path, unit);
}

void elute_answers_parameter(const EluteAnswers *a, int k, char *text, size_t length) {
  elute_answers_label(a->table->parameter[k],
                      a->table->numeric[k] ? a->table->parameter_unit[k] : "no. of the value, from 0", text, length);
}

/* Means over replicates. */
static PetscErrorCode gather(EluteAnswers *a) {
  const EluteStudyTable *t = a->table;

  a->y = calloc((size_t)t->n_scenarios * t->n_endpoints * t->n_rows + 1, sizeof *a->y);
  if (!a->y) return no_memory();
  for (size_t i = 0; i < t->n_points; i++)
    for (int e = 0; e < t->n_endpoints; e++)
      a->y[((size_t)t->scenario[i] * t->n_endpoints + e) * t->n_rows + t->design_row[i]] +=
          t->y[i * t->n_endpoints + e] / t->n_replicates;
  return PETSC_SUCCESS;
}

static PetscErrorCode add_index(EluteAnswers *a, const EluteIndexLine *line) {
  APPEND(a, index, n_indices, *line);
  return PETSC_SUCCESS;
}

/* The statistic of the first eighth, quarter, half and all of the units; `whole_only`: of all. value v is of index
   index[v / n_each] and parameter parameter[v % n_each]. */
static PetscErrorCode add_indices(EluteAnswers *a, const View *v, const EluteStatistic *s, bool whole_only, int n_each,
                                  const EluteIndex *index, const int *parameter) {
  EluteEstimate *estimate = malloc((size_t)s->n_values * sizeof *estimate);
  PetscErrorCode ierr = estimate ? PETSC_SUCCESS : no_memory();

  for (int part = whole_only ? 1 : 8; part >= 1 && !ierr; part /= 2) {
    const int n = s->n_units / part;
    const int counted = n > 0 ? elute_estimate(s, n, a->questions->replicates, a->questions->seed, estimate) : 0;

    if (counted < 0) ierr = no_memory();
    for (int k = 0; k < s->n_values && counted > 1; k++)
      if (!ierr)
        ierr = add_index(a, &(EluteIndexLine){v->scenario, v->endpoint, parameter[k % n_each], index[k / n_each],
                                              counted, n, part == 1, estimate[k]});
  }
  free(estimate);
  return ierr;
}

static PetscErrorCode sobol(EluteAnswers *a, const View *v, const int *all) {
  const EluteStudyTable *t = a->table;
  const int d = t->n_parameters, n = t->base, points = d + 2;
  const EluteIndex index[2] = {ELUTE_INDEX_FIRST, ELUTE_INDEX_TOTAL};
  double *y = malloc((size_t)n * points * sizeof *y);
  bool *usable = malloc((size_t)n * sizeof *usable);
  const EluteStatistic s = {n, 2 * d, elute_sobol_indices, usable, d, y, NULL, NULL};
  PetscErrorCode ierr = y && usable ? PETSC_SUCCESS : no_memory();

  for (int i = 0; i < n && !ierr; i++) {
    usable[i] = true;
    for (int p = 0; p < points; p++) {
      y[(size_t)i * points + p] = v->y[(size_t)p * n + i];
      usable[i] = usable[i] && isfinite(v->y[(size_t)p * n + i]);
    }
  }
  if (!ierr) ierr = add_indices(a, v, &s, false, d, index, all);
  free(y);
  free(usable);
  return ierr;
}

static PetscErrorCode morris(EluteAnswers *a, const View *v, const int *all) {
  const EluteStudyTable *t = a->table;
  const int d = t->n_parameters, n = t->base;
  const EluteIndex index[3] = {ELUTE_INDEX_MU_STAR, ELUTE_INDEX_MU, ELUTE_INDEX_SIGMA};
  double *effect = malloc((size_t)n * d * sizeof *effect), *one = malloc((size_t)d * sizeof *one);
  bool *usable = malloc((size_t)n * sizeof *usable), whole = true;
  const EluteStatistic s = {n, 3 * d, elute_morris_indices, usable, d, NULL, effect, NULL};
  PetscErrorCode ierr = effect && one && usable ? PETSC_SUCCESS : no_memory();

  for (int i = 0; i < n && !ierr; i++) {
    const size_t row = (size_t)i * (d + 1);

    whole = whole && elute_morris_effects(d, t->u + row * d, v->y + row, one);
    usable[i] = true;
    for (int k = 0; k < d; k++) effect[(size_t)k * n + i] = one[k], usable[i] = usable[i] && isfinite(one[k]);
  }
  if (!ierr && !whole)
    ierr = EluteFail(ELUTE_EXIT_SYSTEM, "the study's table holds no trajectories of Morris's design");
  if (!ierr) ierr = add_indices(a, v, &s, false, d, index, all);
  free(effect);
  free(one);
  free(usable);
  return ierr;
}

/* Ranks and regression, of parameters that are numbers. */
static PetscErrorCode correlations(EluteAnswers *a, const View *v) {
  const bool whole = design_is(a->table, "grid") || design_is(a->table, "list");
  const EluteIndex rank = ELUTE_INDEX_RANK, regression = ELUTE_INDEX_REGRESSION;
  EluteStatistic s = {v->n, v->n_numeric, elute_rank_correlations, v->usable, v->n_numeric, v->y, v->x, v->order};
  int first = a->n_indices;

  if (v->n_numeric == 0) return PETSC_SUCCESS;
  PetscCall(add_indices(a, v, &s, whole, v->n_numeric, &rank, v->numeric));
  first = a->n_indices;
  s.evaluate = elute_standardised_regression, s.n_values = v->n_numeric + 1;
  v->numeric[v->n_numeric] = -1;
  PetscCall(add_indices(a, v, &s, whole, v->n_numeric + 1, &regression, v->numeric));
  for (int i = first; i < a->n_indices; i++)
    if (a->index[i].parameter < 0) a->index[i].index = ELUTE_INDEX_R_SQUARED;
  return PETSC_SUCCESS;
}

/* The rows that show one parameter: where one is varied at a time, those in which this one leaves row 0, and row 0. */
static void rows_of(const EluteAnswers *a, const View *v, int parameter, bool *usable) {
  const bool alone = design_is(a->table, "one_at_a_time") || design_is(a->table, "refine");

  for (int i = 0; i < v->n; i++)
    usable[i] =
        v->usable[i] && (!alone || i == 0 || elute_answers_x(a, i, parameter) != elute_answers_x(a, 0, parameter));
}

/* Bins of a parameter over the rows that show it; x[n], usable[n] are filled. */
static PetscErrorCode bin_rows(const EluteAnswers *a, const View *v, int parameter, double *x, bool *usable,
                               EluteBins *bins) {
  int n = 0;

  rows_of(a, v, parameter, usable);
  for (int i = 0; i < v->n; i++) x[i] = elute_answers_x(a, i, parameter), n += usable[i];
  return elute_bins_create(bins, a->questions->bins ? a->questions->bins : elute_bins_suit(n), v->n, x, usable)
             ? PETSC_SUCCESS
             : no_memory();
}

static int points_in(const EluteBins *bins, int n, int bin) {
  int points = 0;

  for (int i = 0; i < n; i++) points += bins->bin[i] == bin;
  return points;
}

static PetscErrorCode add_curve(EluteAnswers *a, const View *v, int parameter, int tolerance, const EluteBins *bins,
                                const EluteEstimate *estimate) {
  for (int b = 0; b < bins->n; b++)
    APPEND(a, curve, n_curves,
           (EluteCurveLine){v->scenario, v->endpoint, parameter, tolerance, points_in(bins, v->n, b), bins->low[b],
                            bins->high[b], bins->centre[b], estimate[b]});
  return PETSC_SUCCESS;
}

static PetscErrorCode curve(EluteAnswers *a, const View *v, int parameter, double *x, bool *usable) {
  EluteBins bins;
  EluteEstimate *estimate;
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(bin_rows(a, v, parameter, x, usable, &bins));
  estimate = malloc((size_t)(bins.n + 1) * sizeof *estimate);
  const EluteStatistic s = {v->n, bins.n, elute_bin_means, usable, 1, v->y, NULL, bins.bin};
  if (!estimate || elute_estimate(&s, v->n, a->questions->replicates, a->questions->seed, estimate) < 0)
    ierr = no_memory();
  for (int b = 0; b < bins.n && !ierr; b++) /* one point says nothing about its like */
    if (points_in(&bins, v->n, b) < 2) estimate[b].low = estimate[b].high = NAN;
  if (!ierr) ierr = add_curve(a, v, parameter, -1, &bins, estimate);
  free(estimate);
  elute_bins_destroy(&bins);
  return ierr;
}

static PetscErrorCode tolerance(EluteAnswers *a, const View *v, int number, double *x, bool *usable) {
  const EluteToleranceRequest *asked = &a->questions->tolerance[number];
  EluteBins bins;
  EluteEstimate *share;
  bool *met = malloc((size_t)v->n * sizeof *met);
  PetscErrorCode ierr = bin_rows(a, v, asked->parameter, x, usable, &bins);
  EluteTolerance range = {0};

  share = ierr ? NULL : malloc((size_t)(bins.n + 1) * sizeof *share);
  if (!ierr && (!met || !share)) ierr = no_memory();
  for (int i = 0; i < v->n && !ierr; i++)
    met[i] = asked->above ? v->y[i] >= asked->threshold : v->y[i] <= asked->threshold;
  if (!ierr) range = elute_tolerance(&bins, v->n, met, asked->nominal, asked->level, share);
  if (!ierr) ierr = add_curve(a, v, asked->parameter, number, &bins, share);
  free(met);
  free(share);
  elute_bins_destroy(&bins);
  if (ierr) return ierr;
  APPEND(a, tolerance, n_tolerances, (EluteToleranceLine){v->scenario, number, range});
  return PETSC_SUCCESS;
}

/* The runs that differ from the finest, row 0, in this parameter alone. The mesh is given as how much finer it is than
   the case's; an accuracy is itself what falls. */
static PetscErrorCode refinement(EluteAnswers *a, const View *v, int parameter) {
  const bool mesh = strcmp(a->table->parameter[parameter], "mesh.refine") == 0;
  EluteRefinementLine found = {.scenario = v->scenario, .endpoint = v->endpoint, .parameter = parameter};
  bool *usable = malloc((size_t)v->n * sizeof *usable);

  if (!usable) return no_memory();
  rows_of(a, v, parameter, usable);
  for (int i = 0; i < v->n; i++) { /* into the three finest, in their order */
    const double x = elute_answers_x(a, i, parameter), h = mesh ? 1 / x : x;
    int at = found.n;

    if (!usable[i] || (at == 3 && h >= found.h[2])) continue;
    if (found.n < 3)
      found.n++;
    else
      at = 2;
    for (; at > 0 && found.h[at - 1] > h; at--) found.h[at] = found.h[at - 1], found.y[at] = found.y[at - 1];
    found.h[at] = h, found.y[at] = v->y[i];
  }
  free(usable);
  if (found.n == 3) found.found = elute_refinement(found.h, found.y, mesh ? 2 : 1);
  APPEND(a, refinement, n_refinements, found);
  return PETSC_SUCCESS;
}

static void view_clear(View *v) {
  free(v->x);
  free(v->usable);
  free(v->order);
  free(v->numeric);
}

static PetscErrorCode view_create(const EluteAnswers *a, int scenario, int endpoint, View *v) {
  const EluteStudyTable *t = a->table;
  const int d = t->n_parameters;

  *v = (View){.scenario = scenario, .endpoint = endpoint, .y = elute_answers_y(a, scenario, endpoint)};
  v->n = design_is(t, "saltelli") ? 2 * t->base : (int)t->n_rows;
  v->x = malloc((size_t)(d + 1) * v->n * sizeof *v->x);
  v->usable = malloc((size_t)v->n * sizeof *v->usable);
  v->order = malloc((size_t)(d + 1) * v->n * sizeof *v->order);
  v->numeric = malloc((size_t)(d + 1) * sizeof *v->numeric);
  if (!v->x || !v->usable || !v->order || !v->numeric) return no_memory();
  for (int k = 0; k < d; k++) {
    double *column = v->x + (size_t)v->n_numeric * v->n;

    if (!t->numeric[k]) continue;
    for (int i = 0; i < v->n; i++) {
      column[i] = elute_answers_x(a, i, k);
      if (t->logarithmic[k]) column[i] = log(column[i]);
    }
    if (!elute_rank_order(v->n, column, v->order + (size_t)v->n_numeric * v->n)) return no_memory();
    v->numeric[v->n_numeric++] = k;
  }
  if (!elute_rank_order(v->n, v->y, v->order + (size_t)v->n_numeric * v->n)) return no_memory();
  for (int i = 0; i < v->n; i++) v->usable[i] = isfinite(v->y[i]);
  return PETSC_SUCCESS;
}

/* What the design answers by itself. */
static PetscErrorCode answer(EluteAnswers *a, const View *v, double *x, bool *usable, int *all) {
  const EluteStudyTable *t = a->table;

  for (int k = 0; k < t->n_parameters; k++) all[k] = k;
  if (design_is(t, "morris")) {
    PetscCall(morris(a, v, all));
  } else if (design_is(t, "refine")) {
    for (int k = 0; k < t->n_parameters; k++) PetscCall(refinement(a, v, k));
  } else {
    if (design_is(t, "saltelli")) PetscCall(sobol(a, v, all));
    if (!design_is(t, "one_at_a_time")) PetscCall(correlations(a, v));
    for (int k = 0; k < t->n_parameters; k++) PetscCall(curve(a, v, k, x, usable));
  }
  for (int q = 0; q < a->questions->n_tolerances; q++)
    if (a->questions->tolerance[q].endpoint == v->endpoint) PetscCall(tolerance(a, v, q, x, usable));
  return PETSC_SUCCESS;
}

static PetscErrorCode answer_endpoint(EluteAnswers *a, int scenario, int endpoint) {
  View v;
  PetscErrorCode ierr = view_create(a, scenario, endpoint, &v);
  double *x = ierr ? NULL : malloc((size_t)v.n * sizeof *x);
  bool *usable = ierr ? NULL : malloc((size_t)v.n * sizeof *usable);
  int *all = malloc((size_t)(a->table->n_parameters + 1) * sizeof *all);

  if (!ierr && (!x || !usable || !all)) ierr = no_memory();
  if (!ierr) ierr = answer(a, &v, x, usable, all);
  free(x);
  free(usable);
  free(all);
  view_clear(&v);
  return ierr;
}

static PetscErrorCode add_choice(EluteAnswers *a, int scenario, int objective, int row) {
  APPEND(a, choice, n_choices, (EluteChoiceLine){scenario, objective, row});
  return PETSC_SUCCESS;
}

/* The best row for each objective, and the Pareto set of all. Rows that lack one endpoint take part in neither. */
static PetscErrorCode choose(EluteAnswers *a, int scenario) {
  const EluteQuestions *q = a->questions;
  const int n = (int)a->table->n_rows, m = q->n_objectives;
  double *y = malloc((size_t)n * m * sizeof *y);
  int *direction = malloc((size_t)m * sizeof *direction);
  bool *usable = malloc((size_t)n * sizeof *usable), *front = malloc((size_t)n * sizeof *front);
  int *order = malloc((size_t)n * sizeof *order);
  PetscErrorCode ierr = y && direction && usable && front && order ? PETSC_SUCCESS : no_memory();

  for (int i = 0; i < n && !ierr; i++) usable[i] = true;
  for (int o = 0; o < m && !ierr; o++) {
    direction[o] = q->objective[o].direction;
    memcpy(y + (size_t)o * n, elute_answers_y(a, scenario, q->objective[o].endpoint), (size_t)n * sizeof *y);
    for (int i = 0; i < n; i++) usable[i] = usable[i] && isfinite(y[(size_t)o * n + i]);
  }
  if (!ierr && (!elute_pareto(n, m, y, direction, usable, front) || !elute_rank_order(n, y, order))) ierr = no_memory();
  for (int o = 0; o < m && !ierr; o++) {
    const int row = elute_optimum(n, y + (size_t)o * n, direction[o], usable);

    if (row >= 0) ierr = add_choice(a, scenario, o, row);
  }
  for (int i = 0; i < n && m > 1 && !ierr; i++) { /* the best in the first objective first */
    const int row = order[direction[0] > 0 ? n - 1 - i : i];

    if (front[row]) ierr = add_choice(a, scenario, -1, row);
  }
  free(y);
  free(direction);
  free(usable);
  free(front);
  free(order);
  return ierr;
}

PetscErrorCode EluteAnswersCreate(const EluteStudyTable *table, const EluteQuestions *questions,
                                  EluteAnswers *answers) {
  *answers = (EluteAnswers){.table = table, .questions = questions};
  PetscCall(gather(answers));
  for (int s = 0; s < table->n_scenarios; s++) {
    for (int e = 0; e < table->n_endpoints; e++) PetscCall(answer_endpoint(answers, s, e));
    if (questions->n_objectives > 0) PetscCall(choose(answers, s));
  }
  return PETSC_SUCCESS;
}

void EluteAnswersDestroy(EluteAnswers *answers) {
  free(answers->y);
  free(answers->index);
  free(answers->curve);
  free(answers->tolerance);
  free(answers->choice);
  free(answers->refinement);
  *answers = (EluteAnswers){0};
}
