/* Answers as CSV: one table a kind, one line an answer; what is not known is empty. */
#include "answers.h"

#include <math.h>
#include <unistd.h>
#include "../table_file.h"

static void number(FILE *file, double value) {
  if (isfinite(value))
    fprintf(file, ",%.9g", value);
  else
    fputc(',', file);
}

static void interval(FILE *file, const EluteEstimate *e) {
  number(file, e->value);
  number(file, e->low);
  number(file, e->high);
  fputc('\n', file);
}

static const char *parameter_name(const EluteAnswers *a, int parameter) {
  return parameter >= 0 ? a->table->parameter[parameter] : "";
}

static void indices(const EluteAnswers *a, FILE *file) {
  fprintf(file, "scenario,endpoint,parameter,index,units,value,low,high\n");
  for (int i = 0; i < a->n_indices; i++) {
    const EluteIndexLine *l = &a->index[i];

    fprintf(file, "%s,%s,%s,%s,%d", a->table->scenario_name[l->scenario], a->table->endpoint[l->endpoint],
            parameter_name(a, l->parameter), elute_index_name[l->index], l->units);
    interval(file, &l->estimate);
  }
}

/* Means, or shares of points that meet a tolerance. */
static void curves(const EluteAnswers *a, bool shares, FILE *file) {
  fprintf(file,
          "scenario,endpoint,endpoint_unit,parameter,parameter_unit,%slowest,highest,centre,points,value,low,high\n",
          shares ? "threshold," : "");
  for (int i = 0; i < a->n_curves; i++) {
    const EluteCurveLine *l = &a->curve[i];

    if (shares != (l->tolerance >= 0)) continue;
    fprintf(file, "%s,%s,%s,%s,%s", a->table->scenario_name[l->scenario], a->table->endpoint[l->endpoint],
            a->table->endpoint_unit[l->endpoint], a->table->parameter[l->parameter],
            a->table->parameter_unit[l->parameter]);
    if (shares) number(file, a->questions->tolerance[l->tolerance].threshold);
    number(file, l->low);
    number(file, l->high);
    number(file, l->centre);
    fprintf(file, ",%d", l->points);
    interval(file, &l->estimate);
  }
}

static void means(const EluteAnswers *a, FILE *file) {
  curves(a, false, file);
}

static void tolerances(const EluteAnswers *a, FILE *file) {
  curves(a, true, file);
}

static void choices(const EluteAnswers *a, FILE *file) {
  const EluteStudyTable *t = a->table;

  fprintf(file, "scenario,choice,point");
  for (int k = 0; k < t->n_parameters; k++) fprintf(file, ",%s", t->parameter[k]);
  for (int e = 0; e < t->n_endpoints; e++) fprintf(file, ",%s", t->endpoint[e]);
  fputc('\n', file);
  for (int i = 0; i < a->n_choices; i++) {
    const EluteChoiceLine *l = &a->choice[i];
    const EluteObjective *o = l->objective >= 0 ? &a->questions->objective[l->objective] : NULL;

    fprintf(file, "%s,%s%s,%lld", t->scenario_name[l->scenario],
            !o                 ? "pareto"
            : o->direction > 0 ? "largest "
                               : "smallest ",
            o ? t->endpoint[o->endpoint] : "", t->id[(size_t)l->scenario * t->n_replicates * t->n_rows + l->row]);
    for (int k = 0; k < t->n_parameters; k++) number(file, elute_answers_x(a, l->row, k));
    for (int e = 0; e < t->n_endpoints; e++) number(file, elute_answers_y(a, l->scenario, e)[l->row]);
    fputc('\n', file);
  }
}

static void refinement(const EluteAnswers *a, FILE *file) {
  static const char *const kind[] = {"converges", "unchanged", "oscillates", "diverges"};

  fprintf(file, "scenario,endpoint,endpoint_unit,refined,coarse,medium,fine,kind,order,extrapolated,index\n");
  for (int i = 0; i < a->n_refinements; i++) {
    const EluteRefinementLine *l = &a->refinement[i];

    fprintf(file, "%s,%s,%s,%s", a->table->scenario_name[l->scenario], a->table->endpoint[l->endpoint],
            a->table->endpoint_unit[l->endpoint], a->table->parameter[l->parameter]);
    for (int j = 2; j >= 0; j--) number(file, j < l->n ? l->y[j] : NAN);
    fprintf(file, ",%s", l->n < 3 ? "incomplete" : kind[l->found.kind]);
    number(file, l->n < 3 ? NAN : l->found.order);
    number(file, l->n < 3 ? NAN : l->found.extrapolated);
    number(file, l->n < 3 ? NAN : l->found.uncertainty);
    fputc('\n', file);
  }
}

static PetscErrorCode write_table(const EluteAnswers *a, const char *directory, const char *name, int n_lines,
                                  void (*print)(const EluteAnswers *, FILE *)) {
  EluteTableFile table = {0};
  char path[PETSC_MAX_PATH_LEN];
  PetscErrorCode ierr;

  snprintf(path, sizeof path, "%s/%s", directory, name);
  if (n_lines == 0) { /* nor one from before, when more was asked */
    (void)unlink(path);
    return PETSC_SUCCESS;
  }
  ierr = EluteTableOpen(&table, path, 0);
  if (!ierr) print(a, table.file);
  if (!ierr) ierr = EluteTableKeep(&table);
  EluteTableClose(&table);
  return ierr;
}

PetscErrorCode EluteAnswersWriteTables(const EluteAnswers *a, const char *directory) {
  int n_shares = 0;

  for (int i = 0; i < a->n_curves; i++) n_shares += a->curve[i].tolerance >= 0;
  PetscCall(write_table(a, directory, "indices.csv", a->n_indices, indices));
  PetscCall(write_table(a, directory, "curves.csv", a->n_curves - n_shares, means));
  PetscCall(write_table(a, directory, "tolerances.csv", n_shares, tolerances));
  PetscCall(write_table(a, directory, "choices.csv", a->n_choices, choices));
  PetscCall(write_table(a, directory, "refinement.csv", a->n_refinements, refinement));
  return PETSC_SUCCESS;
}
