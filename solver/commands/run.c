#include "commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../simulation.h"

/* results/<name of the case without folder and ending> */
static void default_directory(const char *case_path, char *directory, size_t length) {
  const char *name = strrchr(case_path, '/') ? strrchr(case_path, '/') + 1 : case_path;
  const char *dot = strrchr(name, '.');

  snprintf(directory, length, "results/%.*s", (int)(dot && dot > name ? dot - name : (long)strlen(name)), name);
}

/* "3h55m", "20 min", "1 d 12 h": numbers with units of time, added up. */
static PetscErrorCode read_duration(const char *text, double *seconds) {
  static const struct {
    const char *name;
    double seconds;
  } unit[] = {{"min", 60}, {"m", 60}, {"h", 3600}, {"s", 1}, {"d", 86400}};
  const char *at = text;

  for (*seconds = 0; *at;) {
    char *end;
    const double number = strtod(at, &end);
    int u = 0;

    if (end == at || !(number >= 0)) break;
    at = end + strspn(end, " ");
    while (u < 5 && strncmp(at, unit[u].name, strlen(unit[u].name)) != 0) u++;
    if (u == 5) break;
    *seconds += number * unit[u].seconds;
    at += strlen(unit[u].name);
    at += strspn(at, " ");
  }
  if (!*at && *seconds > 0 && isfinite(*seconds)) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_USAGE,
                   "--stop-after: found '%s'; expected a time above 0 in d, h, m or min, and s, such as 3h55m", text);
}

static PetscErrorCode check_options(const EluteCommandLine *line, double *stop_after) {
  if (line->output && strlen(line->output) >= PETSC_MAX_PATH_LEN)
    return EluteFail(ELUTE_EXIT_USAGE, "--output: the path is longer than %d bytes", PETSC_MAX_PATH_LEN - 1);
  if (line->allow_changed && !line->restart) return EluteFail(ELUTE_EXIT_USAGE, "--allow-changed goes with --restart");
  if (line->restart && strcmp(line->stepper, "own") != 0)
    return EluteFail(ELUTE_EXIT_USAGE, "--restart goes with --stepper own: PETSc's steppers keep what no checkpoint has");
  return line->stop_after ? read_duration(line->stop_after, stop_after) : PETSC_SUCCESS;
}

static void warn(const char *text) {
  fprintf(stderr, "warning: %s\n", text);
}

/* The state at the beginning, or, with --restart, that of the checkpoint, if there is one. */
static PetscErrorCode begin(EluteSimulation *simulation, const EluteCommandLine *line, const char *directory,
                            EluteCheckpoint **checkpoint) {
  int number;

  if (line->restart) PetscCall(EluteCheckpointOpen(simulation->mesh, directory, warn, checkpoint, &number));
  return *checkpoint ? EluteSimulationResume(simulation, *checkpoint, number, line->allow_changed)
                     : EluteSimulationBegin(simulation);
}

static PetscErrorCode run_into(EluteSimulation *simulation, const EluteCommandLine *line, const char *directory,
                               EluteCheckpoint **checkpoint) {
  EluteOutput *output = NULL;
  EluteOutputOptions options = {.directory = directory,
                                .force = line->force,
                                .quiet = line->quiet,
                                .closes = simulation->keeps,
                                .case_name = line->target,
                                .backend_name = simulation->fields->backend->name,
                                .backend_reason = simulation->device.reason,
                                .device = &simulation->device,
                                .readouts = simulation->readouts,
                                .checkpoint = *checkpoint,
                                .argc = line->argc,
                                .argv = line->argv};
  char path[PETSC_MAX_PATH_LEN + 16];
  PetscErrorCode ierr = PETSC_SUCCESS;
  int missed;

  EluteSimulationCatchSignals();
  PetscCall(EluteOutputCreate(simulation->ops, &options, &output));
  PetscCall(EluteCheckpointClose(checkpoint)); /* all is taken */
  snprintf(path, sizeof path, "%s/steps.txt", directory);
  if (strcmp(line->stepper, "own") == 0) ierr = EluteStepperRecord(simulation->stepper, path);
  if (!ierr) ierr = EluteSimulationRun(simulation, output);
  missed = simulation->missed;
  if (!ierr && missed) {
    ierr = EluteFail(ELUTE_EXIT_NUMERICS, "%d verify criteri%s missed", missed, missed == 1 ? "on was" : "a were");
  }
  if (!ierr) ierr = EluteCommandUnusedOptions();
  (void)EluteOutputFinish(output, EluteStepperStatistics(simulation->stepper), EluteFailure(NULL));
  (void)EluteOutputDestroy(&output);
  return ierr;
}

PetscErrorCode EluteCommandRun(const EluteCommandLine *line) {
  EluteSimulationOptions options = {.backend = line->backend,
                                    .stepper = strcmp(line->stepper, "petsc") == 0 ? ELUTE_STEPPER_PETSC
                                               : strcmp(line->stepper, "petsc-assembled") == 0
                                                   ? ELUTE_STEPPER_PETSC_ASSEMBLED
                                                   : ELUTE_STEPPER_OWN,
                                    .replay = line->replay,
                                    .started = MPI_Wtime()};
  EluteSimulation *simulation = NULL;
  EluteModel *model = NULL;
  EluteCheckpoint *checkpoint = NULL;
  char directory[PETSC_MAX_PATH_LEN];
  PetscErrorCode ierr;

  PetscCall(check_options(line, &options.stop_after));
  PetscCall(EluteCommandReadModel(line, &model));
  if (line->output)
    snprintf(directory, sizeof directory, "%s", line->output);
  else
    default_directory(line->target, directory, sizeof directory);
  ierr = EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &simulation);
  /* With our own stepper every option is known by now: refuse before anything is written. */
  if (!ierr && options.stepper == ELUTE_STEPPER_OWN) ierr = EluteCommandUnusedOptions();
  if (!ierr) ierr = begin(simulation, line, directory, &checkpoint);
  if (!ierr) ierr = run_into(simulation, line, directory, &checkpoint);
  (void)EluteCheckpointClose(&checkpoint);
  if (!ierr) PetscCall(EluteSimulationDestroy(&simulation));
  return ierr;
}
