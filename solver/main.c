/* The command line of Elute: parse, start PETSc where a command needs it, run the command, end in one message and one
 * code. */
#include <signal.h>
#include <stdio.h>
#include "commands/commands.h"

int main(int argc, char **argv) {
  EluteCommandLine line;
  int code;
  const EluteCommand *command = EluteCommandLineParse(argc, argv, &line, &code);

  if (!command) return code;
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow further is an error to report, not a death */
  if (command->needs_petsc && EluteCommandStart(&line)) return ELUTE_EXIT_SYSTEM;
  if (command->run(&line) && EluteFailure(NULL) == ELUTE_EXIT_DONE)
    (void)EluteFail(ELUTE_EXIT_SYSTEM, "unknown failure");
  /* What a command prints is its product, but for a run's lines of progress. */
  if (command->run != EluteCommandRun && (fflush(stdout) || ferror(stdout)))
    (void)EluteFail(ELUTE_EXIT_SYSTEM, "standard output cannot be written");
  code = EluteCommandEnd();
  EluteCommandLineFree(&line);
  return code;
}
