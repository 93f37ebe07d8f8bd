/* Names of the ways in and out, and what passed by them. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

PetscErrorCode EluteOpEntry(EluteOperators *ops, int species, const char *place, int *entry) {
  const char *name = ops->model->species[species].name;
  size_t length = strlen(name) + strlen(place) + 2;
  char *text;

  PetscFunctionBegin;
  text = malloc(length);
  if (!text) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  snprintf(text, length, "%s.%s", name, place);
  for (*entry = 0; *entry < ops->n_entries; *entry += 1)
    if (ops->entries[*entry].species == species && strcmp(ops->entries[*entry].name, text) == 0) {
      free(text);
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  if (EluteOpGrow(&ops->entries, &ops->n_entries, sizeof *ops->entries)) {
    free(text);
    PetscFunctionReturn(ELUTE_ERR);
  }
  ops->entries[*entry] = (EluteLedgerEntry){.name = text, .species = species, .channel = -1};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpTerm(EluteOperators *ops, int entry, int channel, double factor) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  PetscCall(EluteOpGrow(&d->terms, &d->n_terms, sizeof *d->terms));
  d->terms[d->n_terms - 1] = (EluteLedgerTerm){.entry = entry, .channel = channel, .factor = factor};
  if (ops->entries[entry].channel < 0) {
    ops->entries[entry].channel = channel;
    ops->entries[entry].factor = factor;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void EluteOpDestroyLedger(EluteOperators *ops) {
  for (int e = 0; e < ops->n_entries; e++) free(ops->entries[e].name);
  free(ops->entries);
}

PetscErrorCode EluteOperatorsLedger(EluteOperators *ops, const double *ledger, double *left) {
  const EluteOperatorsData *d = elute_data(ops);
  int n = ops->view.n_ledger;
  double *sum;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n + 1, &sum));
  if (n) ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_host(sum, ledger, (size_t)n * sizeof *sum));
  PetscCall(EluteFieldsAgree(ops->fields));
  PetscCall(EluteOpSumRanks(ops->mesh->comm, n, sum));
  for (int e = 0; e < ops->n_entries; e++) left[e] = ops->entries[e].booked;
  for (int t = 0; t < d->n_terms; t++) left[d->terms[t].entry] += d->terms[t].factor * sum[d->terms[t].channel];
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}
