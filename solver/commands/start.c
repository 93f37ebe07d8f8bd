/* The beginning and the end of a program that computes: PETSc, MPI, one message, one exit code. */
#include "commands.h"

#include <petscsys.h>
#include <stdio.h>
#include <stdlib.h>
#include "../case/catalogue.h"
#include "../case/units.h"
#include "../device.h"

static bool started;

/* A process that no launcher began talks to nobody. Open MPI need neither start a daemon for it, nor look for networks, which takes four
   fifths of a start (0.4 against 0.1 s); other MPIs do not read this. What the surroundings say stands. */
static void start_alone(void) {
  static const char *const launched[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
  static const char *const alone[][2] = {
      {"OMPI_MCA_ess_singleton_isolated", "1"}, {"OMPI_MCA_pml", "ob1"}, {"OMPI_MCA_btl", "self"}, {"OMPI_MCA_sharedfp", "individual"}};

  for (size_t i = 0; i < sizeof launched / sizeof *launched; i++)
    if (getenv(launched[i])) return;
  for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) setenv(alone[i][0], alone[i][1], 0);
}

PetscErrorCode EluteCommandStart(const EluteCommandLine *line) {
  int argc = line->petsc_argc; /* there is room behind */
  char **argv = line->petsc_argv;

  if (!line->petsc_environment) {
    /* The surroundings must not change a result. */
    unsetenv("PETSC_OPTIONS");
    unsetenv("PETSC_OPTIONS_YAML");
    argv[argc++] = (char *)"-skip_petscrc";
  }
  start_alone();
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
