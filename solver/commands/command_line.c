#include "commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../device.h"
#include "../version.h"

const EluteCommand elute_commands[] = {
    {"run", "CASE", "run a case and write fields, tables and ledger", true, EluteCommandRun},
    {"check", "CASE", "parse, check units and physics, and say before running what it takes", true, EluteCommandCheck},
    {"schema", "", "print the JSON Schema of the case file", false, EluteCommandSchema},
    {"catalogue", "[list | show NAME]", "carriers, drugs, tissues and more with units, ranges, source and evidence",
     false, EluteCommandCatalogue},
    {"study", "run|status|analyse|export|show|rerun STUDY", "many runs of a case, one database; see docs/studies.md", false,
     EluteCommandStudy},
    {"diff", "RUN_A RUN_B", "compare what two runs wrote: where they differ, by how much; 0 when they agree, else 3", false,
     EluteCommandDiff},
    {"bench", "", "the kernels' speed beside this machine's measured memory bandwidth", true, EluteCommandBench},
    {NULL, NULL, NULL, false, NULL},
};

typedef enum { OPTION_FLAG, OPTION_TEXT, OPTION_LIST } OptionKind;

typedef struct Option {
  const char *name, *argument, *commands, *doc;
  OptionKind kind;
  size_t offset;
  const char *choices; /* "a|b"; NULL: anything */
} Option;

#define AT(member) offsetof(EluteCommandLine, member)
static const Option options[] = {
    {"--database", "FILE", "study", "the study's database (default results/<name of the study>.db)", OPTION_TEXT,
     AT(database), NULL},
    {"--workers", "N", "study", "run: processes that run points at the same time, without mpirun (default 1)",
     OPTION_TEXT, AT(workers), NULL},
    {"--ranks-per-case", "N", "study", "run: ranks of mpirun that share a point (default 1)", OPTION_TEXT,
     AT(ranks_per_case), NULL},
    {"--task", "I/N", "study", "run: this is one of N launches, on any machines, that share the database", OPTION_TEXT,
     AT(task), NULL},
    {"--time-limit", "TIME", "study", "run: a point that takes longer has failed, such as '10 min'", OPTION_TEXT,
     AT(time_limit), NULL},
    {"--new-generation", NULL, "study", "run: a changed study or case gets new points beside the old ones", OPTION_FLAG,
     AT(new_generation), NULL},
    {"--generation", "N", "study", "status, analyse, export, rerun: of this generation (default the newest)", OPTION_TEXT,
     AT(generation), NULL},
    {"--case", NULL, "study", "show: the point's whole case, which elute run runs", OPTION_FLAG, AT(whole_case), NULL},
    {"--series", NULL, "study", "export: the time series of the probes that the study keeps", OPTION_FLAG, AT(series),
     NULL},
    {"--failed", NULL, "study", "rerun: all points that failed", OPTION_FLAG, AT(failed), NULL},
    {"--output", "DIR", "run study",
     "directory of the run (default results/<name of the case>), or of the tables and pictures of study analyse",
     OPTION_TEXT, AT(output), NULL},
    {"--set", "PATH=VALUE", "run check", "override a value of the case by its path; may be repeated", OPTION_LIST,
     AT(set), NULL},
    {"--backend", "NAME", "run check bench study", "auto, cpu, cuda, or guard (a cpu that behaves like a device)",
     OPTION_TEXT, AT(backend), "auto|cpu|guard|cuda"},
    {"--stepper", "NAME", "run",
     "own (the W-method); as cross-checks petsc (any PETSc TS, matrix-free) or petsc-assembled", OPTION_TEXT,
     AT(stepper), "own|petsc|petsc-assembled"},
    {"--replay-steps", "DIR", "run", "take the time steps of an earlier run instead of choosing them", OPTION_TEXT,
     AT(replay), NULL},
    {"--coefficients", "PRECISION", "run check bench", "single or double face conductances (default: as the case says)",
     OPTION_TEXT, AT(coefficients), "single|double"},
    {"--cells", "N", "bench", "cells along each axis (default 128)", OPTION_TEXT, AT(cells), NULL},
    {"--model", NULL, "bench",
     "also the bytes that the CUDA kernels move by count, and the time that would take on GPUs: no measurement",
     OPTION_FLAG, AT(model), NULL},
    {"--within", "X", "diff", "differences up to X times the largest value of a quantity count as none (default 0)",
     OPTION_TEXT, AT(within), NULL},
    {"--force", NULL, "run", "replace the files of an earlier run in the same directory", OPTION_FLAG, AT(force), NULL},
    {"--quiet", NULL, "run study diff", "print nothing but errors and missed criteria", OPTION_FLAG, AT(quiet), NULL},
    {"--restart", NULL, "run", "go on from the last whole checkpoint in the directory; without one, begin", OPTION_FLAG,
     AT(restart), NULL},
    {"--stop-after", "TIME", "run",
     "stop with a checkpoint (exit code 5) before so much time on the clock has passed, such as 3h55m or '20 min'",
     OPTION_TEXT, AT(stop_after), NULL},
    {"--allow-changed", NULL, "run", "with --restart: go on although the case is not that of the checkpoint", OPTION_FLAG,
     AT(allow_changed), NULL},
    {"--json", NULL, "check bench", "print JSON", OPTION_FLAG, AT(json), NULL},
    {"--expand", NULL, "check", "print the generic words that the case became, and stop", OPTION_FLAG, AT(expand),
     NULL},
    {"--reference", NULL, "schema catalogue", "print the reference page (Markdown) instead", OPTION_FLAG, AT(reference),
     NULL},
    {"--study", NULL, "schema", "of the study file instead", OPTION_FLAG, AT(study), NULL},
    {"--yaml", NULL, "catalogue", "show: as a catalogue file of its own", OPTION_FLAG, AT(yaml), NULL},
    {"--catalogue", "FILE", "catalogue", "a catalogue file of your own, before the built-in ones", OPTION_TEXT,
     AT(catalogue), NULL},
    {"--petsc-environment", NULL, "run check bench study", "let PETSC_OPTIONS and .petscrc take part", OPTION_FLAG,
     AT(petsc_environment), NULL},
    {"--help", NULL, "run check schema catalogue study diff bench", "print this", OPTION_FLAG, AT(help), NULL},
};
enum { N_OPTIONS = sizeof options / sizeof options[0] };

/* Is `word` one of the words of `list`, which are separated by `separator`? */
static bool has_word(const char *list, const char *word, char separator) {
  size_t length = strlen(word);

  for (const char *at = list; at; at = strchr(at, separator)) {
    if (*at == separator) at++;
    if (strncmp(at, word, length) == 0 && (at[length] == separator || at[length] == '\0')) return true;
  }
  return false;
}

static void print_help(void) {
  printf("elute %s: reaction, diffusion and release of drug carriers in tissue\n\n", ELUTE_VERSION);
  for (const EluteCommand *c = elute_commands; c->name; c++)
    printf("  elute %-9s %-20s %s\n", c->name, c->operands, c->doc);
  printf("  elute --version | --help | COMMAND --help\n\nExit codes: 0 done; 1 the case is wrong; 2 usage; 3 the "
         "numerics failed or a "
         "criterion was missed;\n4 the system failed; 5 stopped on request, with a checkpoint from which --restart goes on.\n");
}

static void print_command_help(const EluteCommand *command) {
  printf("elute %s %s: %s\n", command->name, command->operands, command->doc);
  for (int o = 0; o < N_OPTIONS; o++) {
    char name[64];

    if (!has_word(options[o].commands, command->name, ' ')) continue;
    snprintf(name, sizeof name, "%s %s", options[o].name, options[o].argument ? options[o].argument : "");
    printf("  %-24s %s\n", name, options[o].doc);
  }
  if (command->needs_petsc || command->run == EluteCommandStudy)
    printf("  %-24s %s\n", "-- PETSc options", "passed to PETSc; one that nothing asks for is an error");
}

static int usage(const char *format, const char *a, const char *b) {
  fprintf(stderr, "elute: ");
  fprintf(stderr, format, a, b);
  fprintf(stderr, "; see elute --help\n");
  return ELUTE_EXIT_USAGE;
}

static int unknown_command(const char *name) {
  const char *known[16], *nearest;
  char hint[128] = "";
  int n = 0;

  for (const EluteCommand *c = elute_commands; c->name; c++) known[n++] = c->name;
  nearest = EluteNearest(name, n, known);
  if (nearest) snprintf(hint, sizeof hint, " (did you mean %s?)", nearest);
  return usage("unknown command %s%s", name, hint);
}

static int unknown_option(const EluteCommand *command, const char *name) {
  const char *known[N_OPTIONS], *nearest;
  char hint[128] = "";
  int n = 0;

  for (int o = 0; o < N_OPTIONS; o++) {
    if (has_word(options[o].commands, command->name, ' ')) known[n++] = options[o].name;
  }
  nearest = EluteNearest(name, n, known);
  if (nearest) snprintf(hint, sizeof hint, " (did you mean %s?)", nearest);
  return usage("unknown option %s%s", name, hint);
}

/* Takes the option at argv[*i]; its value is the next word or what follows `=`. Returns an exit code. */
static int take_option(const EluteCommand *command, int argc, char **argv, int *i, EluteCommandLine *line) {
  char name[64];
  char *equals = strchr(argv[*i], '='), *value = NULL;
  const Option *option = NULL;

  snprintf(name, sizeof name, "%.*s", (int)(equals ? equals - argv[*i] : (ptrdiff_t)strlen(argv[*i])), argv[*i]);
  for (int o = 0; o < N_OPTIONS; o++) {
    if (strcmp(name, options[o].name) == 0 && has_word(options[o].commands, command->name, ' ')) option = &options[o];
  }
  if (!option) return unknown_option(command, name);
  if (option->kind == OPTION_FLAG) {
    if (equals) return usage("%s takes no value%s", name, "");
    *(bool *)((char *)line + option->offset) = true;
    return ELUTE_EXIT_DONE;
  }
  if (equals)
    value = equals + 1;
  else if (*i + 1 < argc)
    value = argv[++*i];
  else
    return usage("%s needs a value: %s", name, option->argument);
  if (option->choices && !has_word(option->choices, value, '|')) return usage("%s is one of %s", name, option->choices);
  if (option->kind == OPTION_LIST)
    line->set[line->n_set++] = value;
  else
    *(const char **)((char *)line + option->offset) = value;
  return ELUTE_EXIT_DONE;
}

/* What follows `--`: options with at most one value each. PETSc would pass over a stray word in silence. */
static int take_petsc_words(const EluteCommand *command, int n, char **words, EluteCommandLine *line) {
  if (!command->needs_petsc && command->run != EluteCommandStudy)
    return usage("elute %s takes no PETSc options%s", command->name, "");
  for (int i = 0; i < n; i++) {
    if (words[i][0] != '-' && (i == 0 || words[i - 1][0] != '-'))
      return usage("%s after -- is neither a PETSc option nor the value of one%s", words[i], "");
    line->petsc_argv[line->petsc_argc++] = words[i];
  }
  return ELUTE_EXIT_DONE;
}

static int take_words(const EluteCommand *command, int argc, char **argv, EluteCommandLine *line) {
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "--") == 0) {
      return take_petsc_words(command, argc - i - 1, argv + i + 1, line);
    } else if (argv[i][0] == '-' && argv[i][1]) {
      int code = take_option(command, argc, argv, &i, line);
      if (code) return code;
    } else if (!line->target) {
      line->target = argv[i];
    } else if (!line->name && (command->run == EluteCommandCatalogue || command->run == EluteCommandStudy ||
                               command->run == EluteCommandDiff)) {
      line->name = argv[i];
    } else if (!line->item && command->run == EluteCommandStudy) {
      line->item = argv[i];
    } else {
      return usage("unexpected word %s after %s", argv[i],
                   line->item ? line->item : line->name ? line->name : line->target);
    }
  }
  return ELUTE_EXIT_DONE;
}

const EluteCommand *EluteCommandLineParse(int argc, char **argv, EluteCommandLine *line, int *exit_code) {
  const EluteCommand *command = elute_commands;

  *line = (EluteCommandLine){
      .backend = "auto", .stepper = "own", .cells = "128", .argc = argc, .argv = argv, .petsc_argc = 1};
  *exit_code = ELUTE_EXIT_DONE;
  if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
    printf("elute %s\n", ELUTE_VERSION);
    return NULL;
  }
  if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
    print_help();
    return NULL;
  }
  while (argc >= 2 && command->name && strcmp(command->name, argv[1]) != 0) command++;
  if (argc < 2 || !command->name) {
    *exit_code = argc < 2 ? usage("a command is missing%s%s", "", "") : unknown_command(argv[1]);
    return NULL;
  }
  line->set = calloc((size_t)argc, sizeof *line->set);
  line->petsc_argv = calloc((size_t)argc + 4 + ELUTE_DEVICE_WORDS, sizeof *line->petsc_argv);
  line->petsc_argv[0] = argv[0];
  *exit_code = take_words(command, argc, argv, line);
  if (*exit_code == ELUTE_EXIT_DONE && line->help) {
    print_command_help(command);
    command = NULL;
  } else if (*exit_code == ELUTE_EXIT_DONE && strcmp(command->operands, "CASE") == 0 && !line->target) {
    *exit_code = usage("elute %s needs a case file%s", command->name, "");
  } else if (*exit_code == ELUTE_EXIT_DONE && !command->operands[0] && line->target) {
    *exit_code = usage("elute %s takes no operand %s", command->name, line->target);
  }
  if (!command || *exit_code) {
    EluteCommandLineFree(line);
    return NULL;
  }
  return command;
}

void EluteCommandLineFree(EluteCommandLine *line) {
  free(line->set);
  free(line->petsc_argv);
  line->set = line->petsc_argv = NULL;
}
