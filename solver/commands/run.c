#include "commands.h"

#include <stdio.h>
#include <string.h>
#include "../simulation.h"

/* results/<name of the case without folder and ending> */
static void default_directory(const char *case_path, char *directory, size_t length) {
  const char *name = strrchr(case_path, '/') ? strrchr(case_path, '/') + 1 : case_path;
  const char *dot = strrchr(name, '.');

  snprintf(directory, length, "results/%.*s", (int)(dot && dot > name ? dot - name : (long)strlen(name)), name);
}

static PetscErrorCode run_into(EluteSimulation *simulation, const EluteCommandLine *line, const char *directory) {
  EluteOutput *output = NULL;
  EluteOutputOptions options = {.directory = directory,
                                .force = line->force,
                                .quiet = line->quiet,
                                .case_name = line->target,
                                .backend_name = simulation->fields->backend->name,
                                .backend_reason = simulation->device.reason,
                                .device = &simulation->device,
                                .readouts = simulation->readouts,
                                .argc = line->argc,
                                .argv = line->argv};
  char path[PETSC_MAX_PATH_LEN + 16];
  int missed = 0;
  PetscErrorCode ierr = PETSC_SUCCESS;

  EluteSimulationCatchSignals();
  PetscCall(EluteOutputCreate(simulation->ops, &options, &output));
  snprintf(path, sizeof path, "%s/steps.txt", directory);
  if (strcmp(line->stepper, "own") == 0) ierr = EluteStepperRecord(simulation->stepper, path);
  if (!ierr) ierr = EluteSimulationRun(simulation, output, &missed);
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
                                    .replay = line->replay};
  EluteSimulation *simulation = NULL;
  EluteModel *model = NULL;
  char directory[PETSC_MAX_PATH_LEN];
  PetscErrorCode ierr;

  if (line->output && strlen(line->output) >= sizeof directory)
    return EluteFail(ELUTE_EXIT_USAGE, "--output: the path is longer than %d bytes", (int)sizeof directory - 1);
  PetscCall(EluteCommandReadModel(line, &model));
  if (line->output)
    snprintf(directory, sizeof directory, "%s", line->output);
  else
    default_directory(line->target, directory, sizeof directory);
  ierr = EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &simulation);
  /* With our own stepper every option is known by now: refuse before anything is written. */
  if (!ierr && options.stepper == ELUTE_STEPPER_OWN) ierr = EluteCommandUnusedOptions();
  if (!ierr) ierr = EluteSimulationBegin(simulation);
  if (!ierr) ierr = run_into(simulation, line, directory);
  if (!ierr) PetscCall(EluteSimulationDestroy(&simulation));
  return ierr;
}
