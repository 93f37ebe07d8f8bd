/* What of the operators outlives a step (../checkpoint.h). Coefficients are functions of the case, of the changes that are due
   and of where those act. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Ways of the ledger in their order, a line each: species, place. */
static char *print_entries(const EluteOperators *ops) {
  char *text = NULL;
  size_t length;
  FILE *file = open_memstream(&text, &length);

  for (int e = 0; file && e < ops->n_entries; e++) {
    const EluteLedgerEntry *entry = &ops->entries[e];

    fprintf(file, "%d %s\n", entry->species, entry->name + strlen(ops->model->species[entry->species].name) + 1);
  }
  if (file) fclose(file);
  return text;
}

/* Makes the ways that are not there yet, so that the order is the same. */
static PetscErrorCode make_entries(EluteOperators *ops, const char *text) {
  PetscFunctionBegin;
  for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
    char place[512];
    int species, entry;

    if (sscanf(line, "%d %511[^\n]", &species, place) == 2) PetscCall(EluteOpEntry(ops, species, place, &entry));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode entries_checkpoint(EluteOperators *ops, EluteCheckpoint *checkpoint) {
  static const char name[] = "ledger.entries";
  const bool reads = EluteCheckpointReads(checkpoint);
  char *text = reads ? calloc(EluteCheckpointBytes(checkpoint, name) + 1, 1) : print_entries(ops);
  PetscErrorCode code = text ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "out of memory");

  PetscFunctionBegin;
  PetscCall(EluteAgree(ops->mesh->comm, code));
  code = EluteCheckpointBlock(checkpoint, name, text, reads ? EluteCheckpointBytes(checkpoint, name) : strlen(text));
  if (!code && reads) code = make_entries(ops, text);
  free(text);
  PetscFunctionReturn(code);
}

static PetscErrorCode booked_checkpoint(EluteOperators *ops, EluteCheckpoint *checkpoint) {
  double *booked;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(ops->n_entries + 1, &booked));
  for (int e = 0; e < ops->n_entries; e++) booked[e] = ops->entries[e].booked;
  PetscCall(EluteCheckpointBlock(checkpoint, "ledger.booked", booked, (size_t)ops->n_entries * sizeof *booked));
  for (int e = 0; e < ops->n_entries; e++) ops->entries[e].booked = booked[e];
  PetscFunctionReturn(PetscFree(booked));
}

PetscErrorCode EluteOperatorsCheckpoint(EluteOperators *ops, EluteCheckpoint *checkpoint, double begin) {
  int due = ops->n_changes;

  PetscFunctionBegin;
  PetscCall(EluteCheckpointBlock(checkpoint, "changes", &due, sizeof due));
  if (due > ops->model->n_changes) due = ops->model->n_changes;
  PetscCall(EluteOpPlacesCheckpoint(ops, checkpoint, due));
  PetscCall(entries_checkpoint(ops, checkpoint));
  if (due != ops->n_changes) PetscCall(EluteOpMakeAnew(ops, due, begin));
  PetscCall(booked_checkpoint(ops, checkpoint));
  PetscCall(EluteOpFlowCheckpoint(ops, checkpoint));
  PetscFunctionReturn(PETSC_SUCCESS);
}
