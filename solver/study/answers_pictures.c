/* Answers as pictures: one script of gnuplot each (gnuplot.h). */
#include "answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "gnuplot.h"

enum { LABEL = 320, WIDTH = 900, PANEL = 340 };

typedef struct Picture {
  const EluteAnswers *a;
  EluteGnuplot g;
} Picture;

/* kind_endpoint_scenario */
static PetscErrorCode begin(Picture *p, const char *kind, int scenario, const char *of) {
  const char *name = p->a->table->scenario_name[scenario];
  char text[640];

  snprintf(text, sizeof text, "%.60s_%.255s%s%.255s", kind, of, name[0] ? "_" : "", name);
  return elute_gnuplot_begin(&p->g, text);
}

static void set_text(Picture *p, const char *what, const char *text) {
  fprintf(p->g.file, "set %s ", what);
  elute_gnuplot_text(&p->g, text);
  fputc('\n', p->g.file);
}

static void set_label(Picture *p, const char *what, const char *path, const char *unit) {
  char label[LABEL];

  elute_answers_label(path, unit, label, sizeof label);
  set_text(p, what, label);
}

static void set_parameter(Picture *p, const char *what, int k) {
  char label[LABEL];

  elute_answers_parameter(p->a, k, label, sizeof label);
  set_text(p, what, label);
}

static void set_endpoint(Picture *p, const char *what, int e) {
  set_label(p, what, p->a->table->endpoint[e], p->a->table->endpoint_unit[e]);
}

static void title(Picture *p, int scenario, int endpoint) {
  const EluteStudyTable *t = p->a->table;
  char label[LABEL], text[2 * LABEL];

  elute_answers_label(t->endpoint[endpoint], t->endpoint_unit[endpoint], label, sizeof label);
  snprintf(text, sizeof text, "%s%s%s", label, t->scenario_name[scenario][0] ? ", " : "", t->scenario_name[scenario]);
  set_text(p, "title", text);
}

/* A line of numbers in a data block. */
static void row(Picture *p, int n, const double *value) {
  for (int i = 0; i < n; i++) elute_gnuplot_number(&p->g, value[i]);
  fputc('\n', p->g.file);
}

static bool is(const EluteIndexLine *l, int scenario, int endpoint, EluteIndex index) {
  return l->scenario == scenario && l->endpoint == endpoint && l->index == index;
}

/* Those that have a value. */
static int count_indices(const EluteAnswers *a, int scenario, int endpoint, EluteIndex index) {
  int n = 0;

  for (int i = 0; i < a->n_indices; i++)
    n += a->index[i].whole && is(&a->index[i], scenario, endpoint, index) && isfinite(a->index[i].estimate.value);
  return n;
}

/* Bars with intervals, a parameter below the other; two indices side by side. */
static PetscErrorCode bars(Picture *p, const char *kind, int scenario, int endpoint, const EluteIndex index[2],
                           const char *name[2], const char *axis) {
  const EluteAnswers *a = p->a;
  const int d = a->table->n_parameters;

  if (!count_indices(a, scenario, endpoint, index[0])) return PETSC_SUCCESS;
  PetscCall(begin(p, kind, scenario, a->table->endpoint[endpoint]));
  for (int c = 0; c < 2; c++) {
    fprintf(p->g.file, "$index%d << EOD\n", c);
    for (int i = 0; i < a->n_indices; i++) {
      const EluteIndexLine *l = &a->index[i];
      const double place = l->parameter + 0.2 * (2 * c - 1);

      if (l->whole && is(l, scenario, endpoint, index[c]))
        row(p, 4, (double[]){l->estimate.value, place, l->estimate.low, l->estimate.high});
    }
    fprintf(p->g.file, "EOD\n");
  }
  elute_gnuplot_body(&p->g, WIDTH, 140 + 60 * d);
  title(p, scenario, endpoint);
  set_text(p, "xlabel", axis);
  for (int k = 0; k < d; k++) {
    fprintf(p->g.file, "set ytics %s(", k ? "add " : "");
    elute_gnuplot_text(&p->g, a->table->parameter[k]);
    fprintf(p->g.file, " %d)\n", k);
  }
  fprintf(p->g.file, "set yrange [%g:-0.6]\nset arrow 1 from 0, graph 0 to 0, graph 1 nohead lw 0.7\n", d - 0.4);
  fprintf(p->g.file, "set key tmargin center horizontal\nset style fill solid border lc 'black'\nplot ");
  for (int c = 0; c < 2; c++) {
    fprintf(p->g.file, "$index%d using 1:2:(0):1:($2-0.17):($2+0.17) with boxxyerror lc rgb '%s' title '%s', ", c,
            c ? "#d9d9d9" : "#7f7f7f", name[c]);
    fprintf(p->g.file, "$index%d using 1:2:3:4 with xerrorbars lc 'black' lw 1.2 pt 0 title '%s'%s", c,
            c ? "95 % interval" : "", c ? "\n" : ", ");
  }
  return elute_gnuplot_end(&p->g);
}

/* An index of every parameter against the number of units, with intervals. */
static PetscErrorCode convergence(Picture *p, int scenario, int endpoint, EluteIndex index, const char *axis,
                                  const char *units) {
  const EluteAnswers *a = p->a;
  const int d = a->table->n_parameters;
  char kind[64];
  int n = 0;

  for (int i = 0; i < a->n_indices; i++) n += !a->index[i].whole && is(&a->index[i], scenario, endpoint, index);
  if (n == 0) return PETSC_SUCCESS;
  snprintf(kind, sizeof kind, "convergence_%s", elute_index_name[index]);
  PetscCall(begin(p, kind, scenario, a->table->endpoint[endpoint]));
  for (int k = 0; k < d; k++) {
    fprintf(p->g.file, "$parameter%d << EOD\n", k);
    for (int i = 0; i < a->n_indices; i++) {
      const EluteIndexLine *l = &a->index[i];

      if (is(l, scenario, endpoint, index) && l->parameter == k) /* side by side, so that intervals can be told apart */
        row(p, 4,
            (double[]){l->units * pow(1.02, k - (d - 1) / 2.0), l->estimate.value, l->estimate.low, l->estimate.high});
    }
    fprintf(p->g.file, "EOD\n");
  }
  elute_gnuplot_body(&p->g, WIDTH, 480);
  title(p, scenario, endpoint);
  set_text(p, "xlabel", units);
  set_text(p, "ylabel", axis);
  fprintf(p->g.file, "set logscale x 2\nset key tmargin center horizontal\nplot ");
  for (int k = 0; k < d; k++) {
    fprintf(p->g.file, "%s$parameter%d using 1:2:3:4 with yerrorlines lc 'black' dt %d pt %d title ", k ? ", " : "", k,
            k % 5 + 1, k % 13 + 4);
    elute_gnuplot_text(&p->g, a->table->parameter[k]);
  }
  fputc('\n', p->g.file);
  return elute_gnuplot_end(&p->g);
}

/* Morris's plane: how much a parameter matters, against how far that depends on the others or on itself. */
static PetscErrorCode plane(Picture *p, int scenario, int endpoint) {
  const EluteAnswers *a = p->a;
  const int d = a->table->n_parameters;
  double *place = calloc((size_t)d * 2, sizeof *place);
  PetscErrorCode ierr = place ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for a picture");

  for (int i = 0; i < a->n_indices && !ierr; i++) {
    const EluteIndexLine *l = &a->index[i];

    if (l->whole && is(l, scenario, endpoint, ELUTE_INDEX_MU_STAR)) place[2 * l->parameter] = l->estimate.value;
    if (l->whole && is(l, scenario, endpoint, ELUTE_INDEX_SIGMA)) place[2 * l->parameter + 1] = l->estimate.value;
  }
  if (!ierr) ierr = begin(p, "morris", scenario, a->table->endpoint[endpoint]);
  if (!ierr) {
    fprintf(p->g.file, "$effects << EOD\n");
    for (int k = 0; k < d; k++) row(p, 2, place + 2 * (size_t)k);
    fprintf(p->g.file, "EOD\n");
    elute_gnuplot_body(&p->g, WIDTH, 560);
    title(p, scenario, endpoint);
    set_label(p, "xlabel", "mean of absolute effects mu*", a->table->endpoint_unit[endpoint]);
    set_label(p, "ylabel", "standard deviation of effects sigma", a->table->endpoint_unit[endpoint]);
    for (int k = 0; k < d; k++) {
      fprintf(p->g.file, "set label %d ", k + 1);
      elute_gnuplot_text(&p->g, a->table->parameter[k]);
      fprintf(p->g.file, " at %.9g, %.9g offset 0.8, 0.5\n", place[2 * k], place[2 * k + 1]);
    }
    fprintf(p->g.file,
            "set key tmargin center horizontal\nset xrange [0:*]\nset yrange [0:*]\nset offsets graph 0, graph 0.35, "
            "graph 0.1, 0\n"
            "plot $effects with points pt 7 lc 'black' notitle, x with lines dt 2 lc 'gray50' title 'sigma = mu*'\n");
    ierr = elute_gnuplot_end(&p->g);
  }
  free(place);
  return ierr;
}

static bool on_curve(const EluteCurveLine *l, int scenario, int endpoint, int parameter, int tolerance) {
  return l->scenario == scenario && l->endpoint == endpoint && l->parameter == parameter && l->tolerance == tolerance;
}

static int curve_data(Picture *p, int scenario, int endpoint, int parameter, int tolerance) {
  int n = 0;

  fprintf(p->g.file, "$curve%d << EOD\n", parameter);
  for (int i = 0; i < p->a->n_curves; i++) {
    const EluteCurveLine *l = &p->a->curve[i];
    const EluteEstimate *e = &l->estimate;
    const bool bare = !isfinite(e->low);

    if (on_curve(l, scenario, endpoint, parameter, tolerance))
      row(p, 4, (double[]){l->centre, e->value, bare ? e->value : e->low, bare ? e->value : e->high}), n++;
  }
  fprintf(p->g.file, "EOD\n");
  return n;
}

/* About four tics over an axis of the parameter's values, at 1, 2 or 5 times a power of ten. */
static void set_tics(Picture *p, int parameter) {
  const EluteStudyTable *t = p->a->table;
  double least = INFINITY, most = -INFINITY, step, power;

  for (size_t i = 0; i < t->n_rows; i++) {
    least = fmin(least, elute_answers_x(p->a, (int)i, parameter));
    most = fmax(most, elute_answers_x(p->a, (int)i, parameter));
  }
  step = (most - least) / 4;
  power = pow(10, floor(log10(step)));
  if (t->logarithmic[parameter] || !(step > 0))
    fprintf(p->g.file, "set xtics autofreq\n");
  else
    fprintf(p->g.file, "set xtics %.9g\n", power * (step < 1.5 * power ? 1 : step < 3.5 * power ? 2 : 5));
}

/* The endpoint's mean along every parameter, a panel each, all on one scale. */
static PetscErrorCode curves(Picture *p, int scenario, int endpoint) {
  const EluteStudyTable *t = p->a->table;
  const int across = t->n_parameters < 3 ? t->n_parameters : 3,
            down = (t->n_parameters + across - 1) / (across ? across : 1);
  const int height = (PANEL - 60) * down + 70;
  double least = INFINITY, most = -INFINITY;

  for (int i = 0; i < p->a->n_curves; i++) {
    const EluteCurveLine *l = &p->a->curve[i];

    if (l->scenario != scenario || l->endpoint != endpoint || l->tolerance >= 0) continue;
    least = fmin(least, fmin(l->estimate.value, isfinite(l->estimate.low) ? l->estimate.low : INFINITY));
    most = fmax(most, fmax(l->estimate.value, isfinite(l->estimate.high) ? l->estimate.high : -INFINITY));
  }
  if (!(least <= most)) return PETSC_SUCCESS;
  if (least == most) least -= fabs(least) + 1e-300, most += fabs(most) + 1e-300;
  PetscCall(begin(p, "curves", scenario, t->endpoint[endpoint]));
  for (int k = 0; k < t->n_parameters; k++) curve_data(p, scenario, endpoint, k, -1);
  elute_gnuplot_body(&p->g, across == 1 ? 500 : PANEL * across, height);
  fprintf(p->g.file, "set xtics font ',8'\nset format x '%%g'\n");
  fprintf(p->g.file,
          "set multiplot layout %d,%d margins screen %g, screen 0.97, screen %g, screen %g spacing screen 0.04, screen "
          "%g title ",
          down, across, across == 1 ? 0.16 : 0.09, 60.0 / height, 1 - 35.0 / height, 75.0 / height);
  {
    char label[LABEL];

    elute_answers_label(t->scenario_name[scenario][0] ? t->scenario_name[scenario] : t->endpoint[endpoint],
                        t->scenario_name[scenario][0] ? t->endpoint[endpoint] : t->endpoint_unit[endpoint], label,
                        sizeof label);
    elute_gnuplot_text(&p->g, label);
  }
  fprintf(p->g.file, "\nset yrange [%.9g:%.9g]\nunset key\n", least - 0.04 * (most - least),
          most + 0.04 * (most - least));
  for (int k = 0; k < t->n_parameters; k++) {
    set_parameter(p, "xlabel", k);
    set_tics(p, k);
    if (k % across == 0)
      set_endpoint(p, "ylabel", endpoint);
    else
      fprintf(p->g.file, "unset ylabel\n");
    fprintf(p->g.file, "%s logscale x\nset format y '%s'\n", t->logarithmic[k] ? "set" : "unset",
            k % across == 0 ? "%g" : "");
    fprintf(p->g.file,
            "plot $curve%d using 1:3:4 with filledcurves fc rgb '#d9d9d9', $curve%d using 1:2 with linespoints lc "
            "'black' pt 7 ps 0.5\n",
            k, k);
  }
  fprintf(p->g.file, "unset multiplot\n");
  return elute_gnuplot_end(&p->g);
}

/* The first two objectives of every row, those of the Pareto set marked. */
static PetscErrorCode pareto(Picture *p, int scenario) {
  const EluteAnswers *a = p->a;
  const EluteStudyTable *t = a->table;
  const EluteObjective *o = a->questions->objective;
  const double *x, *y;

  if (a->questions->n_objectives < 2) return PETSC_SUCCESS;
  x = elute_answers_y(a, scenario, o[0].endpoint), y = elute_answers_y(a, scenario, o[1].endpoint);
  PetscCall(begin(p, "pareto", scenario, "objectives"));
  fprintf(p->g.file, "$all << EOD\n");
  for (size_t i = 0; i < t->n_rows; i++) row(p, 2, (double[]){x[i], y[i]});
  fprintf(p->g.file, "EOD\n$front << EOD\n");
  for (int i = 0; i < a->n_choices; i++) {
    const EluteChoiceLine *c = &a->choice[i];

    if (c->scenario == scenario && c->objective < 0) row(p, 2, (double[]){x[c->row], y[c->row]});
  }
  fprintf(p->g.file, "EOD\n");
  elute_gnuplot_body(&p->g, 700, 560);
  set_text(p, "title", t->scenario_name[scenario]);
  set_endpoint(p, "xlabel", o[0].endpoint);
  set_endpoint(p, "ylabel", o[1].endpoint);
  fprintf(p->g.file,
          "set key tmargin center horizontal\n"
          "plot $all with points pt 7 ps 0.3 lc rgb '#a6a6a6' title 'every point', $front with points pt 6 ps 1.2 lc "
          "'black' "
          "title 'Pareto set: %s of the first, %s of the second'\n",
          o[0].direction > 0 ? "more" : "less", o[1].direction > 0 ? "more" : "less");
  return elute_gnuplot_end(&p->g);
}

/* The share of points that meet what is asked along the parameter. */
static PetscErrorCode tolerance(Picture *p, const EluteToleranceLine *l) {
  const EluteStudyTable *t = p->a->table;
  const EluteToleranceRequest *q = &p->a->questions->tolerance[l->tolerance];
  char text[2 * LABEL], label[LABEL], number[32];

  snprintf(number, sizeof number, "%d", l->tolerance + 1);
  PetscCall(begin(p, "tolerance", l->scenario, number));
  curve_data(p, l->scenario, q->endpoint, q->parameter, l->tolerance);
  elute_gnuplot_body(&p->g, 700, 480);
  set_text(p, "title", t->scenario_name[l->scenario]);
  set_parameter(p, "xlabel", q->parameter);
  elute_answers_label(t->endpoint[q->endpoint], t->endpoint_unit[q->endpoint], label, sizeof label);
  snprintf(text, sizeof text, "share of points with %s at %s %.4g", label, q->above ? "least" : "most", q->threshold);
  set_text(p, "ylabel", text);
  if (isfinite(l->range.from))
    fprintf(p->g.file,
            "set object 1 rectangle from %.9g, graph 0 to %.9g, graph 1 fc rgb '#e6e6e6' fs noborder behind\n",
            l->range.from, l->range.to);
  fprintf(p->g.file,
          "%s logscale x\nset yrange [0:1.05]\nset key tmargin center horizontal\n"
          "set arrow 1 from %.9g, graph 0 to %.9g, graph 1 nohead dt 3\n"
          "plot $curve%d using 1:2:3:4 with yerrorlines lc 'black' pt 7 ps 0.6 title '95 %% interval', %.9g with lines "
          "dt 2 lc 'black' "
          "title 'asked for', NaN with boxes fs solid noborder lc rgb '#e6e6e6' title 'allowed range', NaN with lines "
          "dt 3 lc 'black' "
          "title 'nominal value'\n",
          t->logarithmic[q->parameter] ? "set" : "unset", q->nominal, q->nominal, q->parameter, q->level);
  return elute_gnuplot_end(&p->g);
}

/* An endpoint's values against the refinement, with what they tend to. */
static PetscErrorCode refinement(Picture *p, const EluteRefinementLine *l) {
  const EluteStudyTable *t = p->a->table;
  const EluteRefinement *r = &l->found;
  const bool known = l->n == 3 && isfinite(r->order);
  const bool mesh = strcmp(t->parameter[l->parameter], "mesh.refine") == 0;
  double least = INFINITY, most = -INFINITY, room;
  char kind[64];

  if (l->n < 2) return PETSC_SUCCESS;
  snprintf(kind, sizeof kind, "refinement_%.40s", t->parameter[l->parameter]);
  PetscCall(begin(p, kind, l->scenario, t->endpoint[l->endpoint]));
  fprintf(p->g.file, "$runs << EOD\n");
  for (int j = 0; j < l->n; j++) {
    row(p, 2, (double[]){l->h[j], l->y[j]});
    least = fmin(least, l->y[j]), most = fmax(most, l->y[j]);
  }
  fprintf(p->g.file, "EOD\n$finest << EOD\n");
  if (known) {
    row(p, 3, (double[]){l->h[0], l->y[0], r->uncertainty});
    least = fmin(least, fmin(r->extrapolated, l->y[0] - r->uncertainty));
    most = fmax(most, fmax(r->extrapolated, l->y[0] + r->uncertainty));
  }
  room = most > least ? 0.08 * (most - least) : 1e-3 * fabs(most) + 1e-300;
  fprintf(p->g.file, "EOD\n");
  elute_gnuplot_body(&p->g, 700, 480);
  title(p, l->scenario, l->endpoint);
  set_text(p, "xlabel", mesh ? "width of the cells over that of the case" : t->parameter[l->parameter]);
  set_endpoint(p, "ylabel", l->endpoint);
  fprintf(p->g.file, "set key tmargin center horizontal\nset xrange [0:%.9g]\nset yrange [%.17g:%.17g]\nplot ",
          1.1 * l->h[l->n - 1], least - room, most + room);
  if (known)
    fprintf(p->g.file,
            "%.17g + %.17g * (x / %.17g)**%.9g with lines dt 2 lc 'black' title 'order %.2f', "
            "$finest using 1:2:3 with yerrorbars lc 'black' pt 0 title 'grid-convergence index', ",
            r->extrapolated, l->y[0] - r->extrapolated, l->h[0], r->order, r->order);
  fprintf(p->g.file, "$runs with points pt 7 lc 'black' title 'runs'\n");
  return elute_gnuplot_end(&p->g);
}

static PetscErrorCode draw_endpoint(Picture *p, int scenario, int endpoint) {
  const EluteIndex sobol[2] = {ELUTE_INDEX_FIRST, ELUTE_INDEX_TOTAL},
                   linear[2] = {ELUTE_INDEX_RANK, ELUTE_INDEX_REGRESSION};
  const char *sobol_name[2] = {"first order", "total effect"},
             *linear_name[2] = {"rank correlation", "standardised regression"};

  PetscCall(bars(p, "sobol", scenario, endpoint, sobol, sobol_name, "share of the variance"));
  PetscCall(convergence(p, scenario, endpoint, ELUTE_INDEX_TOTAL, "total effect", "rows of Saltelli's design"));
  PetscCall(convergence(p, scenario, endpoint, ELUTE_INDEX_FIRST, "first order", "rows of Saltelli's design"));
  PetscCall(bars(p, "correlation", scenario, endpoint, linear, linear_name, "coefficient"));
  PetscCall(convergence(p, scenario, endpoint, ELUTE_INDEX_RANK, "rank correlation", "points"));
  if (count_indices(p->a, scenario, endpoint, ELUTE_INDEX_MU_STAR)) PetscCall(plane(p, scenario, endpoint));
  PetscCall(convergence(p, scenario, endpoint, ELUTE_INDEX_MU_STAR, "mean of absolute effects mu*", "trajectories"));
  PetscCall(curves(p, scenario, endpoint));
  return PETSC_SUCCESS;
}

static PetscErrorCode draw_all(Picture *p) {
  for (int s = 0; s < p->a->table->n_scenarios; s++) {
    for (int e = 0; e < p->a->table->n_endpoints; e++) PetscCall(draw_endpoint(p, s, e));
    PetscCall(pareto(p, s));
  }
  for (int i = 0; i < p->a->n_tolerances; i++) PetscCall(tolerance(p, &p->a->tolerance[i]));
  for (int i = 0; i < p->a->n_refinements; i++) PetscCall(refinement(p, &p->a->refinement[i]));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteAnswersDraw(const EluteAnswers *answers, const char *directory, int *n_scripts, bool *drawn) {
  Picture p = {.a = answers, .g = {.directory = directory}};
  PetscErrorCode ierr = draw_all(&p);

  EluteTableClose(&p.g.script);
  *n_scripts = p.g.n_scripts, *drawn = !p.g.missing;
  if (!ierr && p.g.n_failed)
    ierr =
        EluteFail(ELUTE_EXIT_SYSTEM, "gnuplot did not draw %d of %d pictures, first %s/%s.gp; run by hand it says why",
                  p.g.n_failed, p.g.n_scripts, directory, p.g.failed);
  return ierr;
}
