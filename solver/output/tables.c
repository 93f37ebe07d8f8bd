/* ledger.csv: where every mole is or went; probes.csv: values at points and along lines. */
#include "internal.h"

#include <math.h>
#include <string.h>

static PetscErrorCode open_table(const EluteOutput *o, const char *name, const char *head, EluteTableFile *table) {
  PetscCall(elute_output_table(o, name, table));
  fprintf(table->file, "%s\n", head);
  return EluteTableHead(table);
}

static int probe_species(const EluteModel *m, int *species) {
  int n = m->output.n_probe_species ? m->output.n_probe_species : m->n_species;

  for (int i = 0; i < n; i++) species[i] = m->output.n_probe_species ? m->output.probe_species[i] : i;
  return n;
}

PetscErrorCode EluteOutputTablesOpen(EluteOutput *o) {
  const EluteModel *m = o->ops->model;
  char head[16384] = "time_s,probe,x_m,y_m,z_m";
  int species[ELUTE_MAX_SPECIES], n = probe_species(m, species);

  PetscCall(open_table(o, "ledger.csv", "time_s,species,place,amount,unit", &o->ledger));
  PetscCall(EluteOutputEndpointsOpen(o));
  PetscCall(EluteOutputBiopsiesOpen(o));
  if (o->series) EluteSeriesClear(o->series);
  if (m->output.n_probes == 0) return PETSC_SUCCESS;
  for (int i = 0; i < n; i++) {
    const EluteSpecies *s = &m->species[species[i]];
    const bool as_tissue = m->output.probes_as_tissue, kelvin = elute_is_temperature(s) && !as_tissue;
    const EluteQuantityUnits *units = &elute_quantities[s->quantity];
    size_t at = strlen(head);
    char field[256];

    snprintf(field, sizeof field, "%s%s", s->name, kelvin ? "" : s->mobile && !as_tissue ? "_in_fluid" : "_in_tissue");
    snprintf(head + at, sizeof head - at, ",%s_%s", field, kelvin ? "K" : units->column);
    if (o->series) EluteSeriesAddField(o->series, field, kelvin ? "K" : units->concentration);
  }
  return open_table(o, "probes.csv", head, &o->probes);
}

/* How well the books of a species close: (inside + left - initial) / (|initial| + sum of |what passed|); left is negative
   where something came in. */
static double closure_of(const EluteOutput *o, int k, const double *amounts, const double *left, double *total) {
  const EluteModel *m = o->ops->model;
  double gross = fabs(o->initial[k]);

  *total = 0;
  for (int i = 0; i < m->n_tissues; i++) *total += amounts[k * m->n_tissues + i];
  for (int e = 0; e < o->ops->n_entries; e++) {
    if (o->ops->entries[e].species != k) continue;
    *total += left[e];
    gross += fabs(left[e]);
  }
  return gross > 0 ? (*total - o->initial[k]) / gross : 0;
}

/* A production run watches what it promises. */
static PetscErrorCode check_closure(const EluteOutput *o, double t, int k, double closure) {
  if (!o->closes || fabs(closure) <= ELUTE_CLOSURE_PROMISED) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_NUMERICS,
                   "the ledger of %s does not close at t = %g s: %.3g of what passed is missing or too much, promised is %g; "
                   "memory, device or program did not do what they should, and a checkpoint before that time is good",
                   o->ops->model->species[k].name, t, closure, ELUTE_CLOSURE_PROMISED);
}

/* One species: what is inside by tissue, what left by each way, and how well the books close. */
static void print_ledger(EluteOutput *o, double t, int k, const double *amounts, const double *left) {
  const EluteModel *m = o->ops->model;
  const char *species = m->species[k].name, *unit = elute_amount_unit(&m->species[k]);
  double total, closure;

  for (int i = 0; i < m->n_tissues; i++)
    fprintf(o->ledger.file, "%.17g,%s,inside.%s,%.17g,%s\n", t, species, m->tissues[i].name, amounts[k * m->n_tissues + i],
            unit);
  for (int e = 0; e < o->ops->n_entries; e++) {
    const EluteLedgerEntry *entry = &o->ops->entries[e];

    if (entry->species == k)
      fprintf(o->ledger.file, "%.17g,%s,%s,%.17g,%s\n", t, species, entry->name + strlen(species) + 1, left[e], unit);
  }
  closure = closure_of(o, k, amounts, left, &total);
  if (o->n_states == 0) o->initial[k] = total, closure = 0;
  if (fabs(closure) > fabs(o->closure[k]) || isnan(closure)) o->closure[k] = closure;
  fprintf(o->ledger.file, "%.17g,%s,closure,%.3g,1\n", t, species, closure);
  if (!o->late) o->late = check_closure(o, t, k, closure);
}

void elute_probe_share(const EluteOperators *ops, const double *state, bool as_tissue, const double x[3], int n,
                       const int *species, double *share, bool *inside) {
  PetscInt cell[8][3];
  double weight[8];
  int corners;

  EluteMeshInterpolation(ops->mesh, x, &corners, cell, weight);
  *inside = corners > 0;
  for (int s = 0; s < n; s++) {
    share[s] = 0;
    for (int c = 0; c < corners; c++) {
      PetscInt row = EluteMeshOwnedRow(ops->mesh, cell[c][1], cell[c][2]);

      if (row < 0) continue;
      share[s] += weight[c] * elute_concentration(ops, state, species[s], as_tissue, row, cell[c][0]);
    }
  }
}

static void probe_point(const EluteProbe *probe, int p, double x[3]) {
  double along = probe->n_points > 1 ? (double)p / (probe->n_points - 1) : 0;

  for (int d = 0; d < 3; d++) x[d] = probe->from[d] + along * (probe->to[d] - probe->from[d]);
}

/* Each rank adds its share of every point; one sum over the ranks for the whole line. */
static PetscErrorCode write_probe(EluteOutput *o, double t, const double *state, const EluteProbe *probe) {
  const EluteModel *m = o->ops->model;
  int species[ELUTE_MAX_SPECIES], n = probe_species(m, species), points = probe->n_points;
  double *value;
  bool *inside;

  PetscCall(PetscMalloc2((size_t)points * (size_t)n + 1, &value, points, &inside));
  for (int p = 0; p < points; p++) {
    double x[3];

    probe_point(probe, p, x);
    elute_probe_share(o->ops, state, m->output.probes_as_tissue, x, n, species, value + (size_t)p * (size_t)n,
                      &inside[p]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, points * n, MPI_DOUBLE, MPI_SUM, o->comm));
  for (int p = 0; p < points && o->rank == 0; p++) {
    double x[3];

    probe_point(probe, p, x);
    fprintf(o->probes.file, "%.17g,%s,%.17g,%.17g,%.17g", t, probe->name, x[0], x[1], x[2]);
    for (int i = 0; i < n; i++) {
      if (inside[p])
        fprintf(o->probes.file, ",%.17g", value[(size_t)p * (size_t)n + (size_t)i]);
      else
        fprintf(o->probes.file, ",nan");
    }
    fputc('\n', o->probes.file);
    if (o->series) EluteSeriesAdd(o->series, probe->name, p, t, x, inside[p] ? value + (size_t)p * (size_t)n : NULL);
  }
  PetscCall(PetscFree2(value, inside));
  return PETSC_SUCCESS;
}

/* Amounts by species and tissue, and what left by each way; the caller frees both together. */
static PetscErrorCode get_books(const EluteOutput *o, Vec u, const double *ledger, double **amounts, double **left) {
  const EluteModel *m = o->ops->model;

  PetscCall(PetscCalloc2((size_t)(m->n_species * m->n_tissues) + 1, amounts, (size_t)o->ops->n_entries + 1, left));
  PetscCall(EluteOperatorsAmounts(o->ops, u, *amounts));
  return EluteOperatorsLedger(o->ops, ledger, *left);
}

static PetscErrorCode write_ledger(EluteOutput *o, double t, Vec u, const double *ledger) {
  double *amounts, *left;

  PetscCall(get_books(o, u, ledger, &amounts, &left));
  for (int k = 0; k < o->ops->model->n_species && o->rank == 0; k++) print_ledger(o, t, k, amounts, left);
  if (o->rank == 0) elute_output_keep(o, &o->ledger);
  return PetscFree2(amounts, left);
}

PetscErrorCode EluteOutputCheckBooks(const EluteOutput *o, double t, Vec u, const double *ledger) {
  double *amounts, *left, total;
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(get_books(o, u, ledger, &amounts, &left));
  for (int k = 0; k < o->ops->model->n_species && o->n_states && o->rank == 0 && !ierr; k++)
    ierr = check_closure(o, t, k, closure_of(o, k, amounts, left, &total));
  PetscCall(PetscFree2(amounts, left));
  return EluteAgree(o->comm, ierr);
}

PetscErrorCode EluteOutputTables(EluteOutput *o, double t, Vec u, const double *state, const double *ledger) {
  const EluteModel *m = o->ops->model;

  if (ledger) PetscCall(write_ledger(o, t, u, ledger));
  for (int p = 0; p < m->output.n_probes; p++) PetscCall(write_probe(o, t, state, &m->output.probes[p]));
  if (o->rank == 0) elute_output_keep(o, &o->probes);
  return EluteAgree(o->comm, o->late);
}
