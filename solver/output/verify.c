/* The criteria of `verify:`: norms against an exact solution, values at points, amounts, ledger entries, the flow. */
#include "../operators/flow.h"
#include "internal.h"
#include "readouts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode EluteProbeValue(EluteOperators *ops, Vec u, const EluteTogether *sum, const double x[3], double *value) {
  double share[ELUTE_MAX_SPECIES];
  EluteHostState state;
  bool inside;

  PetscCall(EluteHostStateGet(ops, u, &state));
  elute_probe_share(ops, state.values, sum->as_tissue, x, sum->n, sum->species, share, &inside);
  PetscCall(EluteHostStateRestore(ops, u, &state));
  *value = 0;
  for (int j = 0; j < sum->n; j++) *value += share[j];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_DOUBLE, MPI_SUM, ops->mesh->comm));
  if (!inside) *value = NAN;
  return PETSC_SUCCESS;
}

/* Interpolated, Pa; NAN: outside the mesh. */
static PetscErrorCode pressure_at(const EluteOperators *ops, const double x[3], double *value) {
  const double *pressure = EluteFlowPressure(ops);
  PetscInt cell[8][3];
  double weight[8];
  int corners;

  *value = 0;
  EluteMeshInterpolation(ops->mesh, x, &corners, cell, weight);
  for (int c = 0; c < corners; c++) {
    PetscInt row = EluteMeshOwnedRow(ops->mesh, cell[c][1], cell[c][2]);

    if (row >= 0) *value += weight[c] * pressure[(size_t)row * (size_t)ops->mesh->view.pitch + (size_t)cell[c][0]];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_DOUBLE, MPI_SUM, ops->mesh->comm));
  if (corners == 0) *value = NAN;
  return PETSC_SUCCESS;
}

typedef struct NormSums {
  double error2, exact2, volume; /* sums over cells */
  double error_max, exact_max;
} NormSums;

static PetscErrorCode add_cell(const EluteOperators *ops, const EluteVerifySpec *v, double t, const double *state,
                               PetscInt row, PetscInt i, NormSums *sums) {
  const EluteMeshView *mesh = &ops->mesh->view;
  int tissue = mesh->tissue[(size_t)row * (size_t)mesh->pitch + (size_t)i];
  double x[3], exact, volume = mesh->volume_x[i] * mesh->volume_row[row], value, error;
  char why[256];
  EluteWhere where;

  if (v->tissue >= 0 && tissue != v->tissue) return PETSC_SUCCESS;
  EluteMeshCellCentre(ops->mesh, row, i, x);
  where = EluteModelWhere(ops->model, x, tissue, t, ops->segment_begin, ops->segment_end);
  if (!EluteValueAt(v->exact, &where, &exact, why, sizeof why)) return EluteFail(ELUTE_EXIT_CASE, "verify: %s", why);
  value = v->sum.n ? 0 : EluteFlowPressure(ops)[(size_t)row * (size_t)mesh->pitch + (size_t)i];
  for (int j = 0; j < v->sum.n; j++)
    value += elute_concentration(ops, state, v->sum.species[j], v->sum.as_tissue, row, i);
  error = value - exact;
  sums->error2 += volume * error * error;
  sums->exact2 += volume * exact * exact;
  sums->volume += volume;
  /* Written so that a NaN stays one. */
  if (!(fabs(error) <= sums->error_max)) sums->error_max = fabs(error);
  sums->exact_max = fmax(sums->exact_max, fabs(exact));
  return PETSC_SUCCESS;
}

/* Volume-weighted root mean square, or largest, of the difference from the exact solution at cell centres; divided by
   the same norm of the exact solution unless an absolute error is asked for. */
static PetscErrorCode norm_of(EluteOperators *ops, const EluteVerifySpec *v, double t, Vec u, double *norm) {
  NormSums s = {0};
  EluteHostState state;
  double sums[3], most[2];
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(EluteHostStateGet(ops, u, &state));
  for (PetscInt row = 0; !ierr && row < ops->mesh->view.n_rows; row++) {
    for (PetscInt i = 0; !ierr && i < ops->mesh->view.n_cells; i++)
      ierr = add_cell(ops, v, t, state.values, row, i, &s);
  }
  PetscCall(EluteHostStateRestore(ops, u, &state));
  PetscCall(EluteAgree(ops->mesh->comm, ierr));
  sums[0] = s.error2, sums[1] = s.exact2, sums[2] = s.volume, most[0] = s.error_max, most[1] = s.exact_max;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_DOUBLE, MPI_SUM, ops->mesh->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPI_DOUBLE, MPI_MAX, ops->mesh->comm));
  if (isnan(sums[0]))
    *norm = NAN; /* MPI_MAX may lose a NaN */
  else if (v->infinity_norm)
    *norm = v->absolute ? most[0] : most[0] / most[1];
  else
    *norm = v->absolute ? sqrt(sums[0] / sums[2]) : sqrt(sums[0] / sums[1]);
  return PETSC_SUCCESS;
}

static PetscErrorCode total_of(EluteOperators *ops, const EluteVerifySpec *v, Vec u, double *total) {
  int n = ops->model->n_tissues;
  double *amounts;

  PetscCall(PetscCalloc1((size_t)(ops->model->n_species * n) + 1, &amounts));
  PetscCall(EluteOperatorsAmounts(ops, u, amounts));
  *total = 0;
  for (int j = 0; j < v->sum.n; j++) {
    for (int i = 0; i < n; i++) {
      if (v->tissue < 0 || v->tissue == i) *total += amounts[v->sum.species[j] * n + i];
    }
  }
  PetscCall(PetscFree(amounts));
  return PETSC_SUCCESS;
}

static PetscErrorCode no_entry(const EluteOperators *ops, const EluteVerifySpec *v, const char *row) {
  const char *names[512], *nearest;
  int n = PetscMin(ops->n_entries, 512);

  for (int e = 0; e < n; e++) names[e] = ops->entries[e].name;
  nearest = EluteNearest(row, n, names);
  return EluteFail(ELUTE_EXIT_CASE, "%s:%d: verify: the ledger has no entry %s%s%s", v->node ? v->node->file : "",
                   v->node ? v->node->line : 0, row, nearest ? "; did you mean " : "", nearest ? nearest : "");
}

static PetscErrorCode ledger_of(EluteOperators *ops, const EluteVerifySpec *v, const double *ledger, double *value) {
  double *left;

  PetscCall(PetscCalloc1((size_t)ops->n_entries + 1, &left));
  PetscCall(EluteOperatorsLedger(ops, ledger, left));
  *value = 0;
  for (int r = 0; r < v->n_rows; r++) {
    int found = -1;

    for (int e = 0; e < ops->n_entries; e++) {
      if (strcmp(ops->entries[e].name, v->row[r]) == 0) found = e;
    }
    if (found < 0) {
      PetscCall(PetscFree(left));
      return no_entry(ops, v, v->row[r]);
    }
    *value += left[found];
  }
  PetscCall(PetscFree(left));
  return PETSC_SUCCESS;
}

static PetscErrorCode endpoint_of(EluteOperators *ops, const EluteVerifySpec *v, double *value) {
  EluteFlowSummary flow;

  PetscCall(EluteFlowSummarise(ops, &flow));
  switch (v->endpoint) {
  case ELUTE_ENDPOINT_PEAK_PRESSURE:
    *value = flow.peak_pressure;
    break;
  case ELUTE_ENDPOINT_RIM_PRESSURE:
    *value = flow.rim_pressure;
    break;
  case ELUTE_ENDPOINT_FILTRATION:
    *value = flow.filtration;
    break;
  case ELUTE_ENDPOINT_LYMPH_FLOW:
    *value = flow.lymph;
    break;
  case ELUTE_ENDPOINT_OUTFLOW:
    *value = flow.outflow;
    break;
  default:
    ELUTE_ASSERT(false);
  }
  return PETSC_SUCCESS;
}

/* Of the case itself. */
static PetscErrorCode readout_of(EluteReadouts *readouts, const EluteModel *m, const EluteVerifySpec *v, Vec u,
                                 double *value) {
  const EluteReadoutSpec *spec = &m->output.readouts[v->readout];
  const EluteReadoutResult *result;

  if (!readouts) return PETSC_SUCCESS;
  PetscCall(EluteReadoutsEvaluate(readouts, u, NULL));
  result = EluteReadoutsResult(readouts, v->readout);
  *value = spec->n_parts ? result->part[spec->n_parts + v->part] : result->value;
  return PETSC_SUCCESS;
}

/* Does the value meet the criterion? `text` says what was asked. */
static bool meets(const EluteVerifySpec *v, double value, char *text, size_t length) {
  double allowed = v->within_absolute ? v->within : v->within * fabs(v->equals);
  bool ok = isfinite(value);

  text[0] = '\0';
  if (v->kind == ELUTE_VERIFY_NORM) {
    snprintf(text, length, "below %g", v->below);
    return ok && value < v->below;
  }
  if (v->has_equals) {
    snprintf(text, length, "%.15g within %.3g", v->equals, allowed);
    ok = ok && fabs(value - v->equals) <= allowed;
  }
  if (v->has_above) {
    snprintf(text + strlen(text), length - strlen(text), "%sabove %g", text[0] ? ", " : "", v->lower);
    ok = ok && value > v->lower;
  }
  if (v->has_below) {
    snprintf(text + strlen(text), length - strlen(text), "%sbelow %g", text[0] ? ", " : "", v->upper);
    ok = ok && value < v->upper;
  }
  return ok;
}

/* What is measured, with its unit. */
static void describe(const EluteModel *m, const EluteVerifySpec *v, char *text, size_t length) {
  const char *amount = elute_quantities[v->sum.quantity].amount;
  const char *unit = v->sum.n ? EluteTogetherUnit(&v->sum, ELUTE_MEASURE_CONCENTRATION) : "Pa";
  const char *tissue = v->tissue < 0 ? "all" : m->tissues[v->tissue].name;
  const char *first = v->n_rows ? v->row[0] : v->sum.n ? m->species[v->sum.species[0]].name : "pressure";
  const int others = (v->n_rows ? v->n_rows : v->sum.n) - 1;
  char of[160];

  snprintf(of, sizeof of, others > 0 ? "%s and %d more" : "%s", first, others);

  if (v->kind == ELUTE_VERIFY_NORM)
    snprintf(text, length, "%s %s error in %s [%s]", of, v->infinity_norm ? "linf" : "l2", tissue,
             v->absolute ? unit : "relative");
  else if (v->kind == ELUTE_VERIFY_POINT)
    snprintf(text, length, "%s at (%g %g %g) m [%s]", of, v->point[0], v->point[1], v->point[2], unit);
  else if (v->kind == ELUTE_VERIFY_TOTAL)
    snprintf(text, length, "%s in %s [%s]", of, tissue, amount);
  else if (v->kind == ELUTE_VERIFY_LEDGER)
    snprintf(text, length, "ledger %s [%s]", of, amount);
  else if (v->readout >= 0)
    snprintf(text, length, "%s%s%s [%s]", m->output.readouts[v->readout].name,
             m->output.readouts[v->readout].n_parts ? "." : "",
             m->output.readouts[v->readout].n_parts ? m->output.readouts[v->readout].part_name[v->part] : "",
             EluteReadoutUnit(&m->output.readouts[v->readout]));
  else
    snprintf(text, length, "%s [%s]", elute_endpoints[v->endpoint].name, elute_endpoints[v->endpoint].unit);
}

/* verify.csv comes into being with its first line. */
static void append_to_table(EluteOutput *o, double t, const char *what, double value, bool ok, const char *asked) {
  if (!o->verify.file) {
    PetscErrorCode ierr = elute_output_table(o, "verify.csv", &o->verify);

    if (!o->late) o->late = ierr;
    if (ierr) return;
  }
  if (o->verify.kept == 0) fprintf(o->verify.file, "time_s,what,obtained,criterion,verdict\n");
  fprintf(o->verify.file, "%.17g,\"%s\",%.17g,\"%s\",%s\n", t, what, value, asked, ok ? "ok" : "MISSED");
  elute_output_keep(o, &o->verify);
}

static PetscErrorCode report(EluteOperators *ops, EluteOutput *o, const EluteVerifySpec *v, double t, double value,
                             bool ok, const char *asked) {
  static const char line[] = "verify: t = %g s, %s: obtained %.10g, criterion %s: %s";
  const char *verdict = ok ? "ok" : "MISSED";
  char what[256];
  int rank;

  PetscCallMPI(MPI_Comm_rank(ops->mesh->comm, &rank));
  describe(ops->model, v, what, sizeof what);
  if (rank == 0 && (!o || (o->quiet && o->directory[0] && !ok))) { /* quiet is not about misses */
    printf(line, t, what, value, asked, verdict);
    printf("\n");
  }
  if (!o) return PETSC_SUCCESS;
  o->verified++;
  if (!ok) o->missed++;
  if (rank == 0) append_to_table(o, t, what, value, ok, asked);
  PetscCall(EluteOutputLog(o, line, t, what, value, asked, verdict));
  return EluteAgree(o->comm, o->late);
}

PetscErrorCode EluteVerifyAt(EluteOperators *ops, EluteReadouts *readouts, EluteOutput *output, double t, Vec u,
                             const double *ledger, int *checked, int *missed) {
  const EluteModel *m = ops->model;
  double slack = 2e-12 * (fabs(m->time.end - m->time.begin) + fabs(t)); /* rounding of a time that is stepped to */

  *checked = *missed = 0;
  for (int i = 0; i < m->n_verify; i++) {
    const EluteVerifySpec *v = &m->verify[i];
    double value = NAN;
    char asked[160];
    bool ok;

    if (fabs(v->at - t) > slack) continue;
    if (v->kind == ELUTE_VERIFY_NORM)
      PetscCall(norm_of(ops, v, t, u, &value));
    else if (v->kind == ELUTE_VERIFY_POINT && !v->sum.n)
      PetscCall(pressure_at(ops, v->point, &value));
    else if (v->kind == ELUTE_VERIFY_POINT)
      PetscCall(EluteProbeValue(ops, u, &v->sum, v->point, &value));
    else if (v->kind == ELUTE_VERIFY_TOTAL)
      PetscCall(total_of(ops, v, u, &value));
    else if (v->kind == ELUTE_VERIFY_LEDGER)
      PetscCall(ledger_of(ops, v, ledger, &value));
    else if (v->readout >= 0)
      PetscCall(readout_of(readouts, m, v, u, &value));
    else
      PetscCall(endpoint_of(ops, v, &value));
    ok = meets(v, value, asked, sizeof asked);
    PetscCall(report(ops, output, v, t, value, ok, asked));
    (*checked)++;
    if (!ok) (*missed)++;
  }
  return PETSC_SUCCESS;
}
