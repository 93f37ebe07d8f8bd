/* Answers from whole tables: which rows count, what is printed, written and drawn. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "study/answers.h"

enum { MOST = 4 };

/* A table with d parameters from 0 to 1 (unit m), endpoints "endpoints.a", ..., and x = u. */
typedef struct Made {
  EluteStudyTable t;
  char *parameter[MOST], *endpoint[MOST], *unit[MOST], *scenario[MOST];
  bool numeric[MOST], logarithmic[MOST];
} Made;

static char *words[MOST] = {"constants.a", "constants.b", "constants.it's", "constants.d"};
static char *results[MOST] = {"endpoints.a", "endpoints.b", "endpoints.c", "endpoints.d"};
static char *names[MOST] = {"", "slow", "fast", "other"};

static EluteStudyTable *make(Made *m, const char *design, int base, int rows, int d, int endpoints, int scenarios,
                             int replicates) {
  EluteStudyTable *t = &m->t;
  size_t n = (size_t)rows * scenarios * replicates;

  *m = (Made){.t = {.design = design,
                    .base = base,
                    .n_rows = (size_t)rows,
                    .n_points = n,
                    .n_parameters = d,
                    .n_endpoints = endpoints,
                    .n_scenarios = scenarios,
                    .n_replicates = replicates}};
  t->parameter = words, t->parameter_unit = m->unit, t->endpoint = results, t->endpoint_unit = m->unit;
  t->scenario_name = scenarios > 1 ? names + 1 : names;
  t->numeric = m->numeric, t->logarithmic = m->logarithmic;
  for (int k = 0; k < MOST; k++) m->unit[k] = "m", m->numeric[k] = true;
  t->x = calloc(n * d, sizeof *t->x), t->y = calloc(n * endpoints, sizeof *t->y);
  t->u = t->x;
  t->id = calloc(n, sizeof *t->id);
  t->scenario = calloc(3 * n, sizeof *t->scenario), t->replicate = t->scenario + n, t->design_row = t->replicate + n;
  for (size_t i = 0; i < n; i++) {
    t->id[i] = (long long)i + 1;
    t->scenario[i] = (int)(i / rows) / replicates, t->replicate[i] = (int)(i / rows) % replicates;
    t->design_row[i] = (int)(i % rows);
  }
  return t;
}

static void unmake(Made *m) {
  free(m->t.x), free(m->t.y), free(m->t.id), free(m->t.scenario);
}

static double even(int i, int j) {
  static const int prime[8] = {2, 3, 5, 7, 11, 13, 17, 19};

  return fmod((i + 0.5) * sqrt(prime[j]), 1);
}

/* Sobol's design in blocks; y = a linear law 3 a + b, and c that does nothing. */
static EluteStudyTable *saltelli(Made *m, int n) {
  enum { D = 3 };
  EluteStudyTable *t = make(m, "saltelli", n, n * (D + 2), D, 1, 1, 1);

  for (int p = 0; p < D + 2; p++) {
    for (int i = 0; i < n; i++) {
      double *x = t->x + (size_t)(p * n + i) * D;

      for (int k = 0; k < D; k++) x[k] = even(i, p == 1 || p == 2 + k ? D + k : k);
      t->y[p * n + i] = 3 * x[0] + x[1];
    }
  }
  return t;
}

static const EluteIndexLine *find(const EluteAnswers *a, EluteIndex index, int parameter) {
  for (int i = 0; i < a->n_indices; i++)
    if (a->index[i].index == index && a->index[i].parameter == parameter && a->index[i].whole) return &a->index[i];
  cr_assert_fail("no %s of %d", elute_index_name[index], parameter);
  return NULL;
}

static const EluteQuestions plain = {.replicates = 200, .seed = 3};

Test(answers, saltelli_design_by_blocks) {
  Made m;
  EluteStudyTable *t = saltelli(&m, 512);
  EluteAnswers a;
  const double share[3] = {0.9, 0.1, 0};

  t->y[512 + 7] = NAN;     /* row 7 of block B */
  t->y[4 * 512 + 9] = NAN; /* row 9 of the block of c */
  cr_assert_eq(EluteAnswersCreate(t, &plain, &a), 0);
  for (int k = 0; k < 3; k++) {
    const EluteIndexLine *first = find(&a, ELUTE_INDEX_FIRST, k), *total = find(&a, ELUTE_INDEX_TOTAL, k);

    cr_assert_eq(first->units, 510);
    cr_assert_eq(first->of, 512);
    cr_assert_float_eq(first->estimate.value, share[k], 0.02);
    cr_assert_float_eq(total->estimate.value, share[k], 0.02);
  }
  /* ranks and curves by the independent blocks alone */
  cr_assert_eq(find(&a, ELUTE_INDEX_RANK, 0)->units, 2 * 512 - 1);
  cr_assert_float_eq(find(&a, ELUTE_INDEX_R_SQUARED, -1)->estimate.value, 1, 1e-12);
  cr_assert_float_eq(find(&a, ELUTE_INDEX_REGRESSION, 0)->estimate.value, sqrt(0.9), 0.02);
  EluteAnswersDestroy(&a);
  unmake(&m);
}

Test(answers, replicates_count_as_their_mean_and_scenarios_apart) {
  enum { ROWS = 40 };
  Made m;
  EluteStudyTable *t = make(&m, "random", ROWS, ROWS, 1, 1, 2, 3);
  EluteAnswers a;

  for (size_t i = 0; i < t->n_points; i++) {
    t->x[i] = even(t->design_row[i], 0);
    t->y[i] = (t->scenario[i] ? -1 : 1) * t->x[i] + (t->replicate[i] - 1); /* the noise has no mean */
  }
  t->y[5] = NAN; /* one replicate of row 5 in the first scenario */
  cr_assert_eq(EluteAnswersCreate(t, &plain, &a), 0);
  cr_assert(isnan(elute_answers_y(&a, 0, 0)[5]));
  cr_assert_float_eq(elute_answers_y(&a, 0, 0)[6], t->x[6], 1e-12);
  cr_assert_float_eq(elute_answers_y(&a, 1, 0)[5], -t->x[5], 1e-12);
  for (int i = 0; i < a.n_indices; i++) {
    const EluteIndexLine *l = &a.index[i];

    if (l->index != ELUTE_INDEX_RANK || !l->whole) continue;
    cr_assert_eq(l->units, l->scenario ? ROWS : ROWS - 1);
    cr_assert_float_eq(l->estimate.value, l->scenario ? -1 : 1, 1e-12);
  }
  EluteAnswersDestroy(&a);
  unmake(&m);
}

/* A curve shows the rows in which its parameter alone leaves the centre. */
Test(answers, one_at_a_time_keeps_parameters_apart) {
  const double rows[5][2] = {{0.5, 0.5}, {0, 0.5}, {1, 0.5}, {0.5, 0}, {0.5, 1}};
  Made m;
  EluteStudyTable *t = make(&m, "one_at_a_time", 5, 5, 2, 1, 1, 1);
  EluteAnswers a;

  for (int i = 0; i < 5; i++)
    t->x[2 * i] = rows[i][0], t->x[2 * i + 1] = rows[i][1], t->y[i] = 10 * rows[i][0] + rows[i][1];
  cr_assert_eq(EluteAnswersCreate(t, &plain, &a), 0);
  cr_assert_eq(a.n_curves, 6);
  cr_assert_eq(a.n_indices, 0);
  for (int i = 0; i < 6; i++) {
    const EluteCurveLine *l = &a.curve[i];

    cr_assert_eq(l->points, 1);
    cr_assert_float_eq(l->estimate.value, l->parameter ? 5 + l->centre : 10 * l->centre + 0.5, 1e-12);
  }
  EluteAnswersDestroy(&a);
  unmake(&m);
}

/* Mesh 4, 2, 1 times as fine and accuracy 1e-4, 1e-3, 1e-2, of y = 1 + h^2 + accuracy. */
static EluteStudyTable *refined(Made *m) {
  const double rows[5][2] = {{4, 1e-4}, {1, 1e-4}, {2, 1e-4}, {4, 1e-2}, {4, 1e-3}};
  EluteStudyTable *t = make(m, "refine", 5, 5, 2, 1, 1, 1);

  words[0] = "mesh.refine", words[1] = "time.accuracy";
  for (int i = 0; i < 5; i++) {
    t->x[2 * i] = rows[i][0], t->x[2 * i + 1] = rows[i][1];
    t->y[i] = 1 + 1 / (rows[i][0] * rows[i][0]) + rows[i][1];
  }
  return t;
}

Test(answers, refinement_finds_the_order_of_each) {
  Made m;
  EluteAnswers a;

  cr_assert_eq(EluteAnswersCreate(refined(&m), &plain, &a), 0);
  cr_assert_eq(a.n_refinements, 2);
  cr_assert_float_eq(a.refinement[0].found.order, 2, 1e-6);
  cr_assert_float_eq(a.refinement[0].found.extrapolated, 1.0001, 1e-9);
  cr_assert_float_eq(a.refinement[1].found.order, 1, 1e-6);
  cr_assert_float_eq(a.refinement[1].found.extrapolated, 1.0625, 1e-9);
  cr_assert_float_eq(a.refinement[1].found.uncertainty, 1.25e-4, 1e-9);
  EluteAnswersDestroy(&a);
  unmake(&m);
}

static bool there(const char *directory, const char *name) {
  char path[300];

  snprintf(path, sizeof path, "%s/%s", directory, name);
  return access(path, R_OK) == 0;
}

static void remove_directory(const char *name) {
  DIR *directory = opendir(name);
  struct dirent *entry;

  while ((entry = readdir(directory))) (void)unlinkat(dirfd(directory), entry->d_name, 0);
  closedir(directory);
  (void)rmdir(name);
}

/* Everything at once: text, tables and pictures of a design with two endpoints, objectives and a tolerance. Without
   gnuplot the scripts are there all the same. */
Test(answers, are_printed_written_and_drawn) {
  enum { ROWS = 300 };
  char directory[] = "/tmp/elute-answers-XXXXXX", *text = NULL;
  size_t length = 0;
  Made m;
  EluteStudyTable *t = make(&m, "sobol", ROWS, ROWS, 3, 2, 1, 1);
  EluteObjective objective[2] = {{0, 1}, {1, -1}};
  EluteToleranceRequest tolerance = {1, 0, false, 0.5, 0.2, 0.9};
  const EluteQuestions q = {.replicates = 100,
                            .seed = 1,
                            .n_objectives = 2,
                            .n_tolerances = 1,
                            .objective = objective,
                            .tolerance = &tolerance};
  EluteAnswers a;
  FILE *file = open_memstream(&text, &length);
  int n_scripts = 0;
  bool drawn = false;

  m.logarithmic[1] = true;
  m.unit[2] = "1/h";
  for (int i = 0; i < ROWS; i++) {
    double *x = t->x + 3 * i;

    x[0] = even(i, 0), x[1] = pow(10, even(i, 1)), x[2] = even(i, 2);
    t->y[2 * i] = x[0] + log10(x[1]), t->y[2 * i + 1] = x[0] * x[0] + 0.1 * x[2];
  }
  t->y[2 * 3] = NAN;
  cr_assert_eq(EluteAnswersCreate(t, &q, &a), 0);
  cr_assert(a.tolerance[0].range.open_below && fabs(a.tolerance[0].range.to - 0.66) < 0.06);
  cr_assert_float_eq(find(&a, ELUTE_INDEX_R_SQUARED, -1)->estimate.value, 1, 1e-6,
                     "the regression is on the logarithm");
  EluteAnswersPrint(&a, file);
  fclose(file);
  cr_assert(strstr(text, "300 points; 1 failed") && strstr(text, "Pareto set") &&
            strstr(text, "the largest endpoints.a"));
  cr_assert(strstr(text, "endpoints.b [m] at most 0.5 in 90 % of the points"));
  cr_assert(mkdtemp(directory) != NULL);
  cr_assert_eq(EluteAnswersWriteTables(&a, directory), 0);
  cr_assert_eq(EluteAnswersDraw(&a, directory, &n_scripts, &drawn), 0);
  cr_assert(there(directory, "indices.csv") && there(directory, "curves.csv") && there(directory, "choices.csv"));
  cr_assert(there(directory, "tolerances.csv") && !there(directory, "refinement.csv"));
  cr_assert(there(directory, "curves_endpoints.a.gp") && there(directory, "pareto_objectives.gp") &&
            there(directory, "tolerance_1.gp"));
  if (drawn) cr_assert(there(directory, "curves_endpoints.a.png") && there(directory, "tolerance_1.svg"));
  remove_directory(directory);
  EluteAnswersDestroy(&a);
  unmake(&m);
  free(text);
}
