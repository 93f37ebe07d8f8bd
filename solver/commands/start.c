/* The beginning and the end of a program that computes: PETSc, MPI, one message, one exit code. */
#include "commands.h"

#include <petscsys.h>
#include <stdio.h>
#include <stdlib.h>
#include "../case/catalogue.h"
#include "../case/units.h"
#include "../device.h"

static bool started;

PetscErrorCode EluteCommandStart(const EluteCommandLine *line) {
  int argc = line->petsc_argc; /* there is room behind */
  char **argv = line->petsc_argv;

  if (!line->petsc_environment) {
    /* The surroundings must not change a result. */
    unsetenv("PETSC_OPTIONS");
    unsetenv("PETSC_OPTIONS_YAML");
    argv[argc++] = (char *)"-skip_petscrc";
  }
  argv[argc++] = (char *)"-no_signal_handler";
  EluteDeviceBegin(line->backend, &argc, argv);
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  started = true;
  PetscCall(PetscOptionsClearValue(NULL, "-skip_petscrc"));
  PetscCall(PetscOptionsClearValue(NULL, "-no_signal_handler"));
  return EluteErrorHandlerInstall();
}

/* PETSc ends MPI only where it began it. */
static void end_mpi(void) {
  int begun, ended;

  if (!MPI_Initialized(&begun) && begun && !MPI_Finalized(&ended) && !ended) MPI_Finalize();
}

int EluteCommandEnd(void) {
  const char *message;
  int code = EluteFailure(&message), rank = 0, begun, ended;

  if (!MPI_Initialized(&begun) && begun && !MPI_Finalized(&ended) && !ended) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (code && rank == 0 && message[0]) {
    fflush(stdout);
    fprintf(stderr, "elute: %s\n", message);
  }
  EluteCatalogueFinalize();
  EluteUnitsFinalize();
  if (started) {
    /* After a failure whatever PETSc's own clean-up runs into stays unsaid: the message was given. */
    if (!code) PetscPopErrorHandler();
    PetscOptionsSetValue(NULL, "-options_left", "no");
    if (PetscFinalize() && !code) code = ELUTE_EXIT_SYSTEM;
  }
  end_mpi();
  return code;
}
