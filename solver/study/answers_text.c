/* Answers as plain text. */
#include "answers.h"

#include <math.h>
#include <string.h>

enum { LABEL = 320 };

static int longest_label(const EluteAnswers *a) {
  int longest = 20;

  for (int k = 0; k < a->table->n_parameters; k++) {
    char label[LABEL];

    elute_answers_parameter(a, k, label, sizeof label);
    if ((int)strlen(label) > longest) longest = (int)strlen(label);
  }
  return longest;
}

static void print_label(const EluteAnswers *a, int parameter, int width, FILE *file) {
  char label[LABEL] = "all together";

  if (parameter >= 0) elute_answers_parameter(a, parameter, label, sizeof label);
  fprintf(file, "  %-*s", width, label);
}

static void print_estimate(const EluteEstimate *e, FILE *file) {
  char text[64] = "-";

  if (isfinite(e->value) && isfinite(e->low))
    snprintf(text, sizeof text, "%.3g [%.3g, %.3g]", e->value, e->low, e->high);
  else if (isfinite(e->value))
    snprintf(text, sizeof text, "%.3g", e->value);
  fprintf(file, "  %-27s", text);
}

static void print_summary(const EluteAnswers *a, int scenario, int endpoint, FILE *file) {
  const EluteStudyTable *t = a->table;
  const double *y = elute_answers_y(a, scenario, endpoint);
  double sum = 0, squares = 0, least = INFINITY, most = -INFINITY;
  size_t n = 0;
  char label[LABEL];

  elute_answers_label(t->endpoint[endpoint], t->endpoint_unit[endpoint], label, sizeof label);
  fprintf(file, "\n%s%s%s\n", label, t->scenario_name[scenario][0] ? " in scenario " : "", t->scenario_name[scenario]);
  for (size_t i = 0; i < t->n_rows; i++)
    if (isfinite(y[i])) n++, sum += y[i], least = fmin(least, y[i]), most = fmax(most, y[i]);
  for (size_t i = 0; i < t->n_rows; i++)
    if (isfinite(y[i])) squares += (y[i] - sum / (double)n) * (y[i] - sum / (double)n);
  fprintf(file, "  %zu of %zu rows of the design are complete", n, t->n_rows);
  if (n > 1)
    fprintf(file, ": mean %.4g, standard deviation %.3g, from %.4g to %.4g", sum / (double)n,
            sqrt(squares / (double)(n - 1)), least, most);
  fprintf(file, "\n");
}

/* Indices that belong together: a column each, a line a parameter. */
typedef struct Group {
  const char *name, *unit_name;
  int n;
  EluteIndex index[3];
  const char *heading[3];
} Group;

static const Group groups[] = {
    {"Sobol' indices: first order by Saltelli et al. 2010, total effect by Jansen 1999",
     "rows of Saltelli's design",
     2,
     {ELUTE_INDEX_FIRST, ELUTE_INDEX_TOTAL},
     {"first order", "total effect"}},
    {"Morris's elementary effects over the whole range of a parameter, in the endpoint's unit",
     "trajectories",
     3,
     {ELUTE_INDEX_MU_STAR, ELUTE_INDEX_MU, ELUTE_INDEX_SIGMA},
     {"mu*", "mu", "sigma"}},
    {"Spearman's rank correlation", "points", 1, {ELUTE_INDEX_RANK}, {"rho"}},
    {"Standardised regression (of logarithms where a parameter is spread over decades); all together: R^2",
     "points",
     2,
     {ELUTE_INDEX_REGRESSION, ELUTE_INDEX_R_SQUARED},
     {"coefficient", "R^2"}},
};

static const EluteIndexLine *find(const EluteAnswers *a, int scenario, int endpoint, EluteIndex index, int parameter,
                                  int of) {
  for (int i = 0; i < a->n_indices; i++) {
    const EluteIndexLine *l = &a->index[i];

    if (l->scenario == scenario && l->endpoint == endpoint && l->index == index && l->parameter == parameter &&
        (of ? l->of == of : l->whole))
      return l;
  }
  return NULL;
}

/* One index of one parameter over the parts of the sample. */
static void print_convergence(const EluteAnswers *a, const EluteIndexLine *whole, int width, FILE *file) {
  print_label(a, whole->parameter, width, file);
  fprintf(file, "  %-23s", elute_index_name[whole->index]);
  for (int part = 8; part >= 1; part /= 2) {
    const EluteIndexLine *l =
        find(a, whole->scenario, whole->endpoint, whole->index, whole->parameter, whole->of / part);

    print_estimate(l ? &l->estimate : &(EluteEstimate){NAN, NAN, NAN}, file);
  }
  fprintf(file, "\n");
}

static void print_group(const EluteAnswers *a, const Group *g, int scenario, int endpoint, int width, FILE *file) {
  const EluteIndexLine *any = find(a, scenario, endpoint, g->index[0], 0, 0);
  bool converges = false;

  for (int k = 1; k < a->table->n_parameters && !any; k++) any = find(a, scenario, endpoint, g->index[0], k, 0);
  if (!any) return;
  fprintf(file, "  %s.\n  95 %% intervals by %d bootstrap draws of %d %s", g->name, a->questions->replicates,
          any->units, g->unit_name);
  if (any->units < any->of) fprintf(file, "; %d more left out, which lack a point", any->of - any->units);
  fprintf(file, "\n  %-*s", width, "");
  for (int c = 0; c < g->n; c++) fprintf(file, "  %-27s", g->heading[c]);
  fprintf(file, "\n");
  for (int k = 0; k <= a->table->n_parameters; k++) {
    const int parameter = k < a->table->n_parameters ? k : -1;
    bool begun = false;

    for (int c = 0; c < g->n; c++) {
      const EluteIndexLine *l = find(a, scenario, endpoint, g->index[c], parameter, 0);

      if (!l) continue;
      if (!begun) print_label(a, parameter, width, file);
      if (!begun && c > 0) fprintf(file, "  %-27s", "");
      begun = true;
      print_estimate(&l->estimate, file);
      converges = converges || find(a, scenario, endpoint, g->index[c], parameter, l->of / 2);
    }
    if (begun) fprintf(file, "\n");
  }
  if (converges)
    fprintf(file, "  %-*s  %-23s  %-27d  %-27d  %-27d  %-27d\n", width, "Convergence: the first", "", any->of / 8,
            any->of / 4, any->of / 2, any->of);
  for (int i = 0; i < a->n_indices && converges; i++) {
    const EluteIndexLine *l = &a->index[i];

    for (int c = 0; c < g->n; c++)
      if (l->whole && l->scenario == scenario && l->endpoint == endpoint && l->index == g->index[c])
        print_convergence(a, l, width, file);
  }
}

/* A line a parameter; the intervals are in curves.csv. */
static void print_curves(const EluteAnswers *a, int scenario, int endpoint, int width, FILE *file) {
  int before = -1;

  for (int i = 0; i < a->n_curves; i++) {
    const EluteCurveLine *c = &a->curve[i];

    if (c->scenario != scenario || c->endpoint != endpoint || c->tolerance >= 0) continue;
    if (before < 0) fprintf(file, "  Mean along a parameter, by its bins from lowest to highest:");
    if (c->parameter != before) fprintf(file, "\n");
    if (c->parameter != before) print_label(a, c->parameter, width, file);
    before = c->parameter;
    fprintf(file, "  %.3g", c->estimate.value);
  }
  if (before >= 0) fprintf(file, "\n");
}

static void print_refinement(const EluteAnswers *a, int scenario, int endpoint, int width, FILE *file) {
  static const char *const verdict[] = {
      [ELUTE_REFINEMENT_UNCHANGED] = "does not change: the finest differ by rounding",
      [ELUTE_REFINEMENT_OSCILLATES] = "not converging: differences change sign; no order, no index. Refine further",
      [ELUTE_REFINEMENT_DIVERGES] = "not converging: differences do not fall; no order, no index. Refine further",
  };

  for (int i = 0; i < a->n_refinements; i++) {
    const EluteRefinementLine *l = &a->refinement[i];
    const EluteRefinement *r = &l->found;

    if (l->scenario != scenario || l->endpoint != endpoint) continue;
    print_label(a, l->parameter, width, file);
    for (int j = l->n - 1; j >= 0; j--) fprintf(file, "  %.7g", l->y[j]);
    if (l->n < 3)
      fprintf(file, "\n    %d of the three runs that an order takes are there\n", l->n);
    else if (r->kind != ELUTE_REFINEMENT_CONVERGES)
      fprintf(file, "\n    %s\n", verdict[r->kind]);
    else
      fprintf(file,
              "\n    observed order %.2f, Richardson's estimate %.7g, grid-convergence index of the finest %.2g (%.2g "
              "%%)\n",
              r->order, r->extrapolated, r->uncertainty, 100 * r->uncertainty / fabs(l->y[0]));
  }
}

static void print_row(const EluteAnswers *a, int scenario, int row, FILE *file) {
  const EluteStudyTable *t = a->table;

  for (int o = 0; o < a->questions->n_objectives; o++) {
    const int e = a->questions->objective[o].endpoint;

    fprintf(file, "%s%s = %.4g", o ? ", " : "    ", t->endpoint[e], elute_answers_y(a, scenario, e)[row]);
  }
  fprintf(file, "  at");
  for (int k = 0; k < t->n_parameters; k++) {
    const char *unit = strcmp(t->parameter_unit[k], "1") ? t->parameter_unit[k] : "";

    fprintf(file, "%s %s = %s%.4g%s%s", k ? "," : "", t->parameter[k], t->numeric[k] ? "" : "its value no. ",
            elute_answers_x(a, row, k), unit[0] ? " " : "", unit);
  }
  fprintf(file, " (point %lld)\n", t->id[(size_t)scenario * t->n_replicates * t->n_rows + row]);
}

static void print_choices(const EluteAnswers *a, FILE *file) {
  const EluteStudyTable *t = a->table;
  int scenario = -1, objective = -2;

  for (int i = 0; i < a->n_choices; i++) {
    const EluteChoiceLine *c = &a->choice[i];
    const EluteObjective *o = c->objective >= 0 ? &a->questions->objective[c->objective] : NULL;

    if (c->scenario != scenario || c->objective != objective) {
      fprintf(file, "\n%s%s", t->scenario_name[c->scenario], t->scenario_name[c->scenario][0] ? ": " : "");
      if (o)
        fprintf(file, "the %s %s\n", o->direction > 0 ? "largest" : "smallest", t->endpoint[o->endpoint]);
      else
        fprintf(file, "Pareto set: points that no other betters in every objective\n");
    }
    scenario = c->scenario, objective = c->objective;
    print_row(a, c->scenario, c->row, file);
  }
}

static void print_tolerances(const EluteAnswers *a, FILE *file) {
  const EluteStudyTable *t = a->table;

  for (int i = 0; i < a->n_tolerances; i++) {
    const EluteToleranceLine *l = &a->tolerance[i];
    const EluteToleranceRequest *q = &a->questions->tolerance[l->tolerance];
    const char *unit = strcmp(t->parameter_unit[q->parameter], "1") ? t->parameter_unit[q->parameter] : "";
    char label[LABEL];

    elute_answers_label(t->endpoint[q->endpoint], t->endpoint_unit[q->endpoint], label, sizeof label);
    fprintf(file, "\n%s%s%s at %s %.4g in %.0f %% of the points: how far may %s be from %.4g %s?\n",
            t->scenario_name[l->scenario], t->scenario_name[l->scenario][0] ? ": " : "", label,
            q->above ? "least" : "most", q->threshold, 100 * q->level, t->parameter[q->parameter], q->nominal, unit);
    if (isnan(l->range.from))
      fprintf(file, "  Not at all: the points nearest to it fail already, or the sample does not reach it.\n");
    else
      fprintf(file, "  From %.4g%s to %.4g%s %s\n", l->range.from,
              l->range.open_below ? " (where the sample ends)" : "", l->range.to,
              l->range.open_above ? " (where the sample ends)" : "", unit);
    for (int j = 0; j < a->n_curves; j++) {
      const EluteCurveLine *c = &a->curve[j];

      if (c->tolerance != l->tolerance || c->scenario != l->scenario) continue;
      fprintf(file, "  %10.4g to %-10.4g", c->low, c->high);
      print_estimate(&c->estimate, file);
      fprintf(file, "of %d\n", c->points);
    }
  }
}

void EluteAnswersPrint(const EluteAnswers *a, FILE *file) {
  const EluteStudyTable *t = a->table;
  const int width = longest_label(a);
  size_t missing = 0;

  for (size_t i = 0; i < t->n_points; i++) {
    bool whole = true;

    for (int e = 0; e < t->n_endpoints; e++) whole = whole && isfinite(t->y[i * t->n_endpoints + e]);
    missing += !whole;
  }
  fprintf(file, "Design %s: %zu points", t->design, t->n_points);
  if (t->n_scenarios > 1) fprintf(file, ", %d scenarios", t->n_scenarios);
  if (t->n_replicates > 1) fprintf(file, ", %d replicates, which count as their mean", t->n_replicates);
  fprintf(file, missing ? "; %zu failed, are not finished or lack an endpoint\n" : "\n", missing);
  for (int s = 0; s < t->n_scenarios; s++) {
    for (int e = 0; e < t->n_endpoints; e++) {
      print_summary(a, s, e, file);
      for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) print_group(a, &groups[g], s, e, width, file);
      print_refinement(a, s, e, width, file);
      print_curves(a, s, e, width, file);
    }
  }
  print_choices(a, file);
  print_tolerances(a, file);
}
