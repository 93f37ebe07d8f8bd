/* ledger.csv: where every mole is or went; probes.csv: values at points and along lines. */
#include "internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static PetscErrorCode open_table(const EluteOutput *o, const char *name, const char *head, FILE **file) {
  char path[ELUTE_OUTPUT_PATH];

  elute_output_path(o, name, path);
  *file = fopen(path, "w");
  if (!*file || fprintf(*file, "%s\n", head) < 0)
    return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));
  return PETSC_SUCCESS;
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

  PetscCall(open_table(o, "ledger.csv", "time_s,species,place,amount_mol", &o->ledger));
  if (m->output.n_probes == 0) return PETSC_SUCCESS;
  for (int i = 0; i < n; i++) {
    const EluteSpecies *s = &m->species[species[i]];
    size_t at = strlen(head);

    snprintf(head + at, sizeof head - at, ",%s_%s_%s", s->name,
             s->mobile && !m->output.probes_as_tissue ? "in_fluid" : "in_tissue",
             s->is_number ? "per_m3" : "mol_per_m3");
  }
  return open_table(o, "probes.csv", head, &o->probes);
}

/* One species: what is inside by tissue, what left by each way (negative: came in), and how well the books close:
   inside + left - initial, over the gross turnover (initial + sum of what passed). */
static void print_ledger(EluteOutput *o, double t, int k, const double *amounts, const double *left) {
  const EluteModel *m = o->ops->model;
  double inside = 0, passed = 0, gross = fabs(o->initial[k]), closure;

  for (int i = 0; i < m->n_tissues; i++) {
    inside += amounts[k * m->n_tissues + i];
    fprintf(o->ledger, "%.17g,%s,inside.%s,%.17g\n", t, m->species[k].name, m->tissues[i].name,
            amounts[k * m->n_tissues + i]);
  }
  for (int e = 0; e < o->ops->n_entries; e++) {
    const EluteLedgerEntry *entry = &o->ops->entries[e];

    if (entry->species != k) continue;
    if (strncmp(entry->name + strlen(m->species[k].name), ".", 1) != 0) continue;
    fprintf(o->ledger, "%.17g,%s,%s,%.17g\n", t, m->species[k].name, entry->name + strlen(m->species[k].name) + 1,
            left[e]);
    passed += left[e];
    gross += fabs(left[e]);
  }
  if (!o->have_initial) {
    o->initial[k] = inside + passed;
    gross += fabs(o->initial[k]);
  }
  closure = gross > 0 ? (inside + passed - o->initial[k]) / gross : 0;
  o->worst_closure = fmax(o->worst_closure, fabs(closure));
  fprintf(o->ledger, "%.17g,%s,closure,%.3g\n", t, m->species[k].name, closure);
}

void elute_probe_share(const EluteOperators *ops, const double *state, bool as_tissue, const double x[3], int n,
                       const int *species, double *share, bool *inside) {
  PetscInt cell[8][3];
  double weight[8];
  size_t pitch = (size_t)ops->mesh->view.pitch;
  int corners;

  EluteMeshInterpolation(ops->mesh, x, &corners, cell, weight);
  *inside = corners > 0;
  for (int s = 0; s < n; s++) {
    size_t k = (size_t)species[s];

    share[s] = 0;
    for (int c = 0; c < corners; c++) {
      PetscInt row = EluteMeshOwnedRow(ops->mesh, cell[c][1], cell[c][2]);
      double value;

      if (row < 0) continue;
      value = state[((size_t)row * (size_t)ops->fields->n_species + k) * pitch + (size_t)cell[c][0]];
      if ((int)k < ops->fields->n_mobile && !as_tissue) {
        value /= ops->porosity[((size_t)row * (size_t)ops->fields->n_mobile + k) * pitch + (size_t)cell[c][0]];
      }
      share[s] += weight[c] * value;
    }
  }
}

static PetscErrorCode write_probe(EluteOutput *o, double t, const EluteProbe *probe) {
  const EluteModel *m = o->ops->model;
  int species[ELUTE_MAX_SPECIES], n = probe_species(m, species);

  for (int p = 0; p < probe->n_points; p++) {
    double x[3], along = probe->n_points > 1 ? (double)p / (probe->n_points - 1) : 0, value[ELUTE_MAX_SPECIES];
    bool inside;

    for (int d = 0; d < 3; d++) x[d] = probe->from[d] + along * (probe->to[d] - probe->from[d]);
    elute_probe_share(o->ops, o->state, m->output.probes_as_tissue, x, n, species, value, &inside);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, value, n, MPI_DOUBLE, MPI_SUM, o->comm));
    if (o->rank) continue;
    fprintf(o->probes, "%.17g,%s,%.17g,%.17g,%.17g", t, probe->name, x[0], x[1], x[2]);
    for (int i = 0; i < n; i++) {
      if (inside)
        fprintf(o->probes, ",%.17g", value[i]);
      else
        fprintf(o->probes, ",nan");
    }
    fputc('\n', o->probes);
  }
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOutputTables(EluteOutput *o, double t, Vec u, const double *ledger) {
  const EluteModel *m = o->ops->model;
  double *amounts, *left;
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(PetscCalloc2((size_t)(m->n_species * m->n_tissues) + 1, &amounts, (size_t)o->ops->n_entries + 1, &left));
  PetscCall(EluteOperatorsAmounts(o->ops, u, amounts));
  PetscCall(EluteOperatorsLedger(o->ops, ledger, left));
  for (int p = 0; p < m->output.n_probes; p++) PetscCall(write_probe(o, t, &m->output.probes[p]));
  if (o->rank == 0) {
    for (int k = 0; k < m->n_species; k++) print_ledger(o, t, k, amounts, left);
    if (fflush(o->ledger) || (o->probes && fflush(o->probes))) {
      ierr = EluteFail(ELUTE_EXIT_SYSTEM, "%s: tables cannot be written: %s", o->directory, strerror(errno));
    }
  }
  o->have_initial = true;
  PetscCall(PetscFree2(amounts, left));
  return EluteAgree(o->comm, ierr);
}
