/* The sub-commands of `elute` and what the command line said. */
#ifndef ELUTE_COMMANDS_H
#define ELUTE_COMMANDS_H

#include <stdbool.h>
#include "../error.h"
#include "../model/model.h"

typedef struct EluteCommandLine {
  const char *target; /* the case, a word of catalogue or study; NULL when absent */
  const char *name;   /* second operand (catalogue show NAME, study run STUDY, diff A B) */
  const char *item;   /* third operand (study show STUDY ID) */
  const char *output;
  const char *backend;      /* auto, cpu, guard, cuda */
  const char *stepper;      /* own, petsc, petsc-assembled */
  const char *replay;       /* run directory */
  const char *coefficients; /* single, double; NULL: as the case says */
  const char *catalogue;    /* a file of one's own */
  const char *cells;        /* bench: cells along an axis */
  const char *within;       /* diff: a relative difference */
  const char *stop_after;   /* time */
  const char *database, *task, *workers, *ranks_per_case, *time_limit, *generation; /* of studies */
  int n_set;
  char **set;
  bool force, restart, allow_changed, quiet, json, model, expand, reference, yaml, petsc_environment, help;
  bool new_generation, failed, whole_case, series, study; /* of studies */
  int argc; /* the whole command line, for the record */
  char **argv;
  int petsc_argc; /* what followed `--`, with the program's name in front */
  char **petsc_argv;
} EluteCommandLine;

typedef struct EluteCommand {
  const char *name;
  const char *operands;
  const char *doc;
  bool needs_petsc;
  PetscErrorCode (*run)(const EluteCommandLine *line); /* a failure is recorded by EluteFail */
} EluteCommand;

extern const EluteCommand elute_commands[]; /* ends with name NULL */

/* Parses argv. Returns the command, or NULL after a message when the line is wrong (*exit_code USAGE) or when help or
   the version was asked for and printed (*exit_code DONE). */
const EluteCommand *EluteCommandLineParse(int argc, char **argv, EluteCommandLine *line, int *exit_code);
void EluteCommandLineFree(EluteCommandLine *line);

PetscErrorCode EluteCommandRun(const EluteCommandLine *line);
PetscErrorCode EluteCommandCheck(const EluteCommandLine *line);
PetscErrorCode EluteCommandSchema(const EluteCommandLine *line);
PetscErrorCode EluteCommandCatalogue(const EluteCommandLine *line);
PetscErrorCode EluteCommandBench(const EluteCommandLine *line);
PetscErrorCode EluteCommandStudy(const EluteCommandLine *line);
PetscErrorCode EluteCommandDiff(const EluteCommandLine *line);

/* start.c. Starts PETSc on PETSC_COMM_WORLD, and MPI if it is not there yet. */
PetscErrorCode EluteCommandStart(const EluteCommandLine *line);
/* Prints the message of a failure and ends PETSc and MPI, where they were started. Returns the exit code. */
int EluteCommandEnd(void);

/* Reads the case named on the command line on rank 0, hands the text to all ranks, and builds the model; every problem
   of the case is printed (rank 0, standard error) before the failure returns. Collective on PETSC_COMM_WORLD. */
PetscErrorCode EluteCommandReadModel(const EluteCommandLine *line, EluteModel **model);

/* A failure (usage) when a PETSc option given after `--` was never asked for. */
PetscErrorCode EluteCommandUnusedOptions(void);

#endif
