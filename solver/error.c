#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_LENGTH = 4096 };

static EluteExit failure_code = ELUTE_EXIT_DONE;
static char failure_message[MESSAGE_LENGTH];

PetscErrorCode EluteFail(EluteExit code, const char *format, ...) {
  va_list arguments;

  if (failure_code != ELUTE_EXIT_DONE) return ELUTE_ERR;
  va_start(arguments, format);
  vsnprintf(failure_message, sizeof failure_message, format, arguments);
  va_end(arguments);
  failure_code = code;
  return ELUTE_ERR;
}

EluteExit EluteFailure(const char **message) {
  if (message) *message = failure_message;
  return failure_code;
}

void EluteFailureClear(void) {
  failure_code = ELUTE_EXIT_DONE;
  failure_message[0] = '\0';
}

PetscErrorCode EluteAgree(MPI_Comm comm, PetscErrorCode local) {
  int mine, lowest, rank, size, code;

  if (local && failure_code == ELUTE_EXIT_DONE)
    (void)EluteFail(ELUTE_EXIT_SYSTEM, "error %d without a message", (int)local);
  if (MPI_Comm_rank(comm, &rank) || MPI_Comm_size(comm, &size)) return ELUTE_ERR;
  mine = local ? rank : size;
  if (MPI_Allreduce(&mine, &lowest, 1, MPI_INT, MPI_MIN, comm)) return ELUTE_ERR;
  if (lowest == size) return PETSC_SUCCESS;
  code = failure_code;
  if (MPI_Bcast(&code, 1, MPI_INT, lowest, comm)) return ELUTE_ERR;
  if (MPI_Bcast(failure_message, MESSAGE_LENGTH, MPI_CHAR, lowest, comm)) return ELUTE_ERR;
  failure_code = (EluteExit)code;
  return ELUTE_ERR;
}

/* PETSc calls this at every level that an error passes; only the place where it began has something to say. */
static PetscErrorCode quiet_handler(MPI_Comm comm, int line, const char *function, const char *file,
                                    PetscErrorCode code, PetscErrorType type, const char *message, void *context) {
  EluteExit exit_code = code == PETSC_ERR_MEM || code == PETSC_ERR_FILE_OPEN || code == PETSC_ERR_FILE_WRITE
                            ? ELUTE_EXIT_SYSTEM
                        : code == PETSC_ERR_USER ? ELUTE_EXIT_CASE
                                                 : ELUTE_EXIT_NUMERICS;
  const char *text;

  (void)comm, (void)line, (void)file, (void)context;
  if (type == PETSC_ERROR_INITIAL && failure_code == ELUTE_EXIT_DONE) {
    text = message && message[0] ? message : "unknown error";
    if (code == PETSC_ERR_USER || !function || !function[0]) /* our own words say where */
      (void)EluteFail(exit_code, "%s", text);
    else
      (void)EluteFail(exit_code, "%s (in %s)", text, function);
  }
  return code;
}

PetscErrorCode EluteErrorHandlerInstall(void) {
  return PetscPushErrorHandler(quiet_handler, NULL);
}

void elute_assertion_failed(const char *condition, const char *file, int line) {
  fprintf(stderr, "elute: assertion failed: %s (%s:%d)\n", condition, file, line);
  abort();
}
