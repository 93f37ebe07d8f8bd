#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../text_file.h"

PetscErrorCode EluteCommandReadModel(const EluteCommandLine *line, EluteModel **model) {
  EluteDiagnostics d = {0};
  char *text = NULL;
  size_t length = 0;
  PetscErrorCode ierr = PETSC_SUCCESS;
  int rank, n_errors;
  unsigned long long count;

  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) ierr = EluteTextRead(line->target, "a case file", &text, &length);
  ierr = EluteAgree(PETSC_COMM_WORLD, ierr);
  if (ierr) {
    free(text);
    return ierr;
  }
  count = length;
  PetscCallMPI(MPI_Bcast(&count, 1, MPI_UNSIGNED_LONG_LONG, 0, PETSC_COMM_WORLD));
  length = (size_t)count;
  if (rank) text = calloc(length + 1, 1);
  PetscCall(
      EluteAgree(PETSC_COMM_WORLD, text ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for the case")));
  PetscCallMPI(MPI_Bcast(text, (int)length, MPI_CHAR, 0, PETSC_COMM_WORLD));
  *model = EluteModelRead(line->target, text, length, line->n_set, line->set, &d);
  free(text);
  if (rank == 0 && d.text && !line->quiet)
    fputs(d.text, stderr);
  else if (rank == 0 && d.text && !*model)
    fputs(d.text, stderr);
  n_errors = d.n_errors;
  EluteDiagnosticsClear(&d);
  if (*model && line->coefficients) (*model)->coefficients_double = strcmp(line->coefficients, "double") == 0;
  ierr = *model ? PETSC_SUCCESS
                : EluteFail(ELUTE_EXIT_CASE, "%s: %d error%s; nothing was run", line->target, n_errors,
                            n_errors == 1 ? "" : "s");
  return EluteAgree(PETSC_COMM_WORLD, ierr);
}

PetscErrorCode EluteCommandUnusedOptions(void) {
  PetscInt n;
  char **names, **values;
  PetscErrorCode ierr = PETSC_SUCCESS;

  PetscCall(PetscOptionsLeftGet(NULL, &n, &names, &values));
  if (n) ierr = EluteFail(ELUTE_EXIT_USAGE, "PETSc option -%s was never asked for by anything in this run", names[0]);
  PetscCall(PetscOptionsLeftRestore(NULL, &n, &names, &values));
  return ierr;
}
