/* The command line of Elute: parse, start PETSc where a command needs it, run the command, end in one message and one
 * code. */
#include <petscsys.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "case/units.h"
#include "commands/commands.h"
#include "device.h"

static PetscErrorCode start_petsc(EluteCommandLine *line) {
  int argc;

  if (!line->petsc_environment) {
    /* The surroundings must not change a result. */
    unsetenv("PETSC_OPTIONS");
    unsetenv("PETSC_OPTIONS_YAML");
    line->petsc_argv[line->petsc_argc++] = (char *)"-skip_petscrc";
  }
  line->petsc_argv[line->petsc_argc++] = (char *)"-no_signal_handler";
  EluteDeviceBegin(line->backend, &line->petsc_argc, line->petsc_argv);
  argc = line->petsc_argc;
  PetscCall(PetscInitialize(&argc, &line->petsc_argv, NULL, NULL));
  PetscCall(PetscOptionsClearValue(NULL, "-skip_petscrc"));
  PetscCall(PetscOptionsClearValue(NULL, "-no_signal_handler"));
  PetscCall(EluteErrorHandlerInstall());
  return PETSC_SUCCESS;
}

/* PETSc ends MPI only where it began it. */
static void end_mpi(void) {
  int ended;

  if (!MPI_Finalized(&ended) && !ended) MPI_Finalize();
}

int main(int argc, char **argv) {
  EluteCommandLine line;
  const char *message;
  int code, rank = 0;
  const EluteCommand *command = EluteCommandLineParse(argc, argv, &line, &code);

  if (!command) return code;
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow further is an error to report, not a death */
  if (command->needs_petsc) {
    if (start_petsc(&line)) return ELUTE_EXIT_SYSTEM;
    MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  }
  if (command->run(&line) && EluteFailure(NULL) == ELUTE_EXIT_DONE)
    (void)EluteFail(ELUTE_EXIT_SYSTEM, "unknown failure");
  /* What a command prints is its product, but for a run's lines of progress. */
  if (command->run != EluteCommandRun && (fflush(stdout) || ferror(stdout)))
    (void)EluteFail(ELUTE_EXIT_SYSTEM, "standard output cannot be written");
  code = EluteFailure(&message);
  if (code && rank == 0 && message[0]) {
    fflush(stdout);
    fprintf(stderr, "elute: %s\n", message);
  }
  EluteUnitsFinalize();
  EluteCommandLineFree(&line);
  if (command->needs_petsc) {
    /* After a failure whatever PETSc's own clean-up runs into stays unsaid: the message was given. */
    if (!code) PetscPopErrorHandler();
    PetscOptionsSetValue(NULL, "-options_left", "no");
    if (PetscFinalize() && !code) code = ELUTE_EXIT_SYSTEM;
    end_mpi();
  }
  return code;
}
