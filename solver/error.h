/* One error path. A failure is recorded once, with an exit code and one message for the user, and unwinds through
   PetscCall; PETSc's own handler is replaced so that nothing but that message is printed. */
#ifndef ELUTE_ERROR_H
#define ELUTE_ERROR_H

#include "petsc_compat.h"

typedef enum {
  ELUTE_EXIT_DONE = 0,
  ELUTE_EXIT_CASE = 1,     /* the case is wrong */
  ELUTE_EXIT_USAGE = 2,
  ELUTE_EXIT_NUMERICS = 3, /* the numerics failed, or a verify: criterion was missed */
  ELUTE_EXIT_SYSTEM = 4,   /* disk, memory, device */
  ELUTE_EXIT_STOPPED = 5,
} EluteExit;

/* Returned through PetscCall by everything that failed after EluteFail; any value of PetscErrorCode type. */
#define ELUTE_ERR PETSC_ERR_USER

/* Records the first failure of this rank (later ones are ignored) and returns ELUTE_ERR:
   `return EluteFail(ELUTE_EXIT_SYSTEM, "%s: cannot write: %s", path, strerror(errno));` */
PetscErrorCode EluteFail(EluteExit code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes a rank-local outcome collective: if any rank failed, all return ELUTE_ERR with the message of the lowest failing
   rank. Call it where ranks may differ (allocation, files, local data). */
PetscErrorCode EluteAgree(MPI_Comm comm, PetscErrorCode local);

/* The recorded failure; code ELUTE_EXIT_DONE and message "" when there is none. */
EluteExit EluteFailure(const char **message);
void EluteFailureClear(void);

/* Installs the quiet handler: PETSc's own errors become one EluteFail message (with PETSc's text, no stack). */
PetscErrorCode EluteErrorHandlerInstall(void);

/* Our own mistakes, checked in debug and asan builds (Debian's PETSc compiles PetscAssert out). */
#ifdef ELUTE_DEBUG
#define ELUTE_ASSERT(condition)                                                                                        \
  do {                                                                                                                 \
    if (!(condition)) elute_assertion_failed(#condition, __FILE__, __LINE__);                                          \
  } while (0)
#else
#define ELUTE_ASSERT(condition) ((void)sizeof(condition))
#endif
void elute_assertion_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

#endif
