/* Which backend computes, and whether a run fits into a device's memory. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../../solver/simulation.h"

static void start_petsc(void) {
  PetscBool ready;

  if (!PetscInitialized(&ready) && ready) return;
  cr_assert(!PetscInitializeNoArguments());
  cr_assert(!EluteErrorHandlerInstall());
}

Test(device, a_need_of_exactly_what_is_free_fits) {
  char message[200] = "";

  cr_assert(EluteDeviceFits(1000, 1000, 1, message, sizeof message));
  cr_assert(EluteDeviceFits(0, 0, 1, message, sizeof message));
  cr_assert_str_eq(message, "");
}

Test(device, a_byte_more_is_refused_with_both_numbers) {
  char message[200] = "";

  cr_assert(!EluteDeviceFits(1001, 1000, 1, message, sizeof message));
  cr_assert(strstr(message, "1001 bytes"), "%s", message);
  cr_assert(strstr(message, "1000 that are free"), "%s", message);
}

Test(device, ranks_that_share_a_device_share_its_memory) {
  char message[200] = "";

  cr_assert(EluteDeviceFits(250, 1000, 4, message, sizeof message));
  cr_assert(!EluteDeviceFits(251, 1000, 4, message, sizeof message));
  cr_assert(strstr(message, "251 bytes"), "%s", message);
  cr_assert(strstr(message, "4 ranks"), "%s", message);
  cr_assert(strstr(message, "1000 bytes free"), "%s", message);
}

Test(device, a_need_beyond_all_integers_is_refused) {
  char message[200] = "";

  cr_assert(!EluteDeviceFits(1e30, SIZE_MAX, 1, message, sizeof message));
}

Test(device, a_run_that_does_not_fit_is_a_failure_of_the_system) {
  EluteDeviceChoice choice = {.used = true, .sharers = 2, .device = {.name = "Abacus 9000", .free = 100}};
  const char *message;

  start_petsc();
  cr_assert(!EluteDeviceCheck(PETSC_COMM_SELF, &choice, 50));
  cr_assert(EluteDeviceCheck(PETSC_COMM_SELF, &choice, 51));
  cr_assert_eq(EluteFailure(&message), ELUTE_EXIT_SYSTEM);
  cr_assert(strstr(message, "Abacus 9000"), "%s", message);
  choice.used = false; /* no device: nothing to run out of */
  EluteFailureClear();
  cr_assert(!EluteDeviceCheck(PETSC_COMM_SELF, &choice, 51));
}

Test(device, cuda_is_refused_where_there_is_none_and_auto_says_why) {
  EluteDeviceChoice choice;
  char why[200];
  const char *message;

  start_petsc();
  if (elute_backend_cuda_available(why, sizeof why)) return; /* here it is */
  cr_assert(!EluteDeviceChoose(PETSC_COMM_SELF, "auto", NULL, &choice));
  cr_assert(choice.backend == &elute_backend_cpu && !choice.used);
  cr_assert(strstr(choice.reason, why), "%s", choice.reason);
  cr_assert(EluteDeviceChoose(PETSC_COMM_SELF, "cuda", NULL, &choice));
  cr_assert_eq(EluteFailure(&message), ELUTE_EXIT_SYSTEM);
  cr_assert(strstr(message, why), "%s", message);
}

/* The guard backend, with the bytes that are allocated counted. */
static size_t allocated;

static void *count_allocation(size_t bytes) {
  allocated += bytes;
  return elute_backend_guard.allocate(bytes);
}

/* Bytes that a run has allocated when it is ready to step, and those that were foreseen. */
static double foreseen_and_taken(const char *more, bool in_double, double *taken) {
  EluteBackend counting = elute_backend_guard;
  EluteDiagnostics d = {0};
  char text[2000];
  EluteModel *model;
  EluteMesh *mesh;
  EluteFields *fields;
  EluteOperators *ops;
  EluteStepper *stepper;
  EluteReadouts *readouts;
  double foreseen, scratch;

  start_petsc();
  counting.allocate = count_allocation;
  snprintf(text, sizeof text,
           "elute: 1\n"
           "mesh: {geometry: cartesian, x: {from: 0 m, to: 1 m, cells: 61}, y: {from: 0 m, to: 1 m, cells: 20}, z: "
           "{from: 0 m, to: 1 m, cells: 10}}\n"
           "species:\n"
           "  u: {diffusivity: 1 m2/s}\n"
           "  v: {diffusivity: 2 m2/s}\n"
           "  s: {mobile: no}\n%s",
           more);
  model = EluteModelRead("case", text, strlen(text), 0, NULL, &d);
  cr_assert(model, "%s", d.text);
  EluteDiagnosticsClear(&d);
  model->coefficients_double = in_double;
  cr_assert(!EluteMeshCreate(PETSC_COMM_SELF, &model->mesh, &mesh));
  foreseen = EluteDeviceBytes(model, mesh, ELUTE_STEPPER_OWN, &scratch);
  cr_expect_geq(scratch, 8.0 * 61 * 20 * 10 * 2); /* a double beside every mobile value: the lines are few here */
  allocated = 0;
  cr_assert(!EluteFieldsCreate(mesh, &counting, model->n_species, model->n_mobile, &fields));
  cr_assert(!EluteOperatorsCreate(model, mesh, fields, &ops));
  cr_assert(!EluteStepperCreate(ops, &model->time, ELUTE_STEPPER_OWN, &stepper));
  cr_assert(!EluteReadoutsCreate(ops, &readouts));
  *taken = (double)allocated + (double)fields->n_local * sizeof(double); /* and the state */
  cr_assert(!EluteReadoutsDestroy(&readouts));
  cr_assert(!EluteStepperDestroy(&stepper));
  cr_assert(!EluteOperatorsDestroy(&ops));
  cr_assert(!EluteFieldsDestroy(&fields));
  cr_assert(!EluteMeshDestroy(&mesh));
  EluteModelFree(model);
  return foreseen;
}

/* Foreseen is what is taken, but for tables and lists whose size does not grow with the mesh. */
static void expect_foreseen(const char *more, bool in_double) {
  double taken, foreseen = foreseen_and_taken(more, in_double, &taken);

  cr_expect(fabs(foreseen - taken) < 0.02 * taken, "%s: foreseen %.0f, taken %.0f", more, foreseen, taken);
}

Test(device, memory_is_foreseen) {
  expect_foreseen("time: {end: 1 s, method: ros2, step: 0.1 s}\n"
                  "output: {endpoints: {a: {kind: auc, of: u}, p: {kind: peak, of: [u, s], as: tissue}, b: {kind: auc, "
                  "of: s}, t: {kind: time_above, of: u, above: 1 uM}, v: {kind: time_above, of: u, above: 2 uM}}}\n",
                  false);
  expect_foreseen("time: {end: 1 s, method: ros2, step: 0.1 s}\n", false);
  expect_foreseen("time: {end: 1 s, method: ra34pw2, step: 0.1 s}\n", true);
  expect_foreseen("reactions: [{equation: \"u -> s\", rate: {formula: \"1+x\", unit: 1/s}}]\n"
                  "time: {end: 1 s, method: ros2, step: 0.1 s}\n",
                  false);
  expect_foreseen("boundaries: {y-: {periodic: yes}, y+: {periodic: yes}}\n"
                  "time: {end: 1 s, method: ros2, step: 0.1 s}\n",
                  false);
}
