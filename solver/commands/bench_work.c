#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Two payloads released into two mobile drugs in patchy tissue: 4 mobile species, reactions in a chain. */
static const char case_text[] =
    ELUTE_BENCH_MESH
    "tissues:\n"
    "  muscle: {interstitial_fraction: 0.12%s}\n"
    "  tumour: {interstitial_fraction: 0.3, where: {sphere: {centre: [0 mm, 0 mm, 0 mm], radius: 2 mm}}%s}\n"
    "species:\n"
    "  a: {diffusivity: 3.3e-12 m2/s, initial: 1 uM}\n"
    "  b: {diffusivity: 3.7e-11 m2/s, initial: 1 uM}\n"
    "  c: {diffusivity: 1.2e-10 m2/s, initial: 1 uM}\n"
    "  d: {diffusivity: 1.6e-11 m2/s, initial: 1 uM}\n"
    "reactions:\n"
    "  - {equation: \"a -> c\", rate: 1e-4 1/s}\n"
    "  - {equation: \"b -> c\", rate: 2e-4 1/s}\n"
    "  - {equation: \"c + d -> \", rate: 1 m3/(mol s)}\n"
    "  - {equation: \"c -> \", law: michaelis_menten, v_max: 1 nM/s, k_m: 50 nM}\n"
    "boundaries: {all: {c: {value: 0 uM}}}\n"
    "%s"
    "time: {end: 1 d, method: ros2, step: 10 s}\n";

static const char flow_text[] = ELUTE_BENCH_FLOW_TEXT;
static const char tensors_text[] = ", anisotropy: {direction: [1, 2, -1.5], across: 0.3}";

/* Compulsory bytes, state in double and coefficients in float: the residual reads u, three conductances and the
   capacity and writes its result (8 + 16 + 8); a line solve reads and writes the increment and reads one conductance
   and the capacity; the reaction solve reads the state and reads and writes the increment; a sum of two vectors reads
   and writes; the end of a step reads the state and two stages and writes the state. A whole ros2 step: 176 in all, the
   sum over two stages of what cannot be avoided with fused passes. */
static const struct {
  const char *name;
  double bytes;
} works[ELUTE_BENCH_WORKS] = {
    [ELUTE_BENCH_RESIDUAL] = {"residual", 32},    [ELUTE_BENCH_REACTION_SOLVE] = {"reaction solve", 24},
    [ELUTE_BENCH_LINES_X] = {"line solve x", 24}, [ELUTE_BENCH_LINES_Y] = {"line solve y", 24},
    [ELUTE_BENCH_LINES_Z] = {"line solve z", 24}, [ELUTE_BENCH_SUM] = {"sum of two", 24},
    [ELUTE_BENCH_FINISH] = {"end of a step", 32}, [ELUTE_BENCH_STEP] = {"ros2 step", 176},
};

const char *EluteBenchName(EluteBenchWork work) {
  return works[work].name;
}

double EluteBenchLeastBytes(EluteBenchWork work) {
  return works[work].bytes;
}

PetscErrorCode EluteBenchCreate(const int cells[3], const char *backend, const char *coefficients, int steps,
                                EluteBench *bench) {
  return EluteBenchCreateWith(ELUTE_BENCH_AT_REST, cells, backend, coefficients, steps, bench);
}

PetscErrorCode EluteBenchCreateWith(EluteBenchTransport transport, const int cells[3], const char *backend,
                                    const char *coefficients, int steps, EluteBench *bench) {
  const char *tissue = transport == ELUTE_BENCH_TENSORS ? tensors_text : "";
  char text[sizeof case_text + 2 * sizeof tensors_text + sizeof flow_text + 64];

  snprintf(text, sizeof text, case_text, cells[0], cells[1], cells[2], tissue, tissue,
           transport == ELUTE_BENCH_FLOW ? flow_text : "");
  return EluteBenchCreateFrom(text, backend, coefficients, steps, bench);
}

PetscErrorCode EluteBenchCreateFrom(const char *text, const char *backend, const char *coefficients, int steps,
                                    EluteBench *bench) {
  EluteSimulationOptions options = {.backend = backend, .stepper = ELUTE_STEPPER_OWN};
  EluteDiagnostics d = {0};
  EluteSimulation *s;
  EluteModel *model;

  memset(bench, 0, sizeof *bench);
  bench->steps = steps;
  model = EluteModelRead("the benchmark's case", text, strlen(text), 0, NULL, &d);
  if (!model) return EluteFail(ELUTE_EXIT_SYSTEM, "%s", d.text);
  EluteDiagnosticsClear(&d);
  if (coefficients) model->coefficients_double = strcmp(coefficients, "double") == 0;
  PetscCall(EluteSimulationCreate(PETSC_COMM_WORLD, model, &options, &bench->simulation));
  s = bench->simulation;
  bench->values = (double)s->mesh->view.n_rows * s->mesh->view.n_cells * s->ops->view.n_species;
  PetscCall(EluteOperatorsSetSegment(s->ops, 0, s->model->time.end));
  PetscCall(EluteOperatorsSetTime(s->ops, 0));
  PetscCall(EluteOperatorsInitial(s->ops, s->u));
  PetscCall(EluteStepperUpdateScale(s->stepper, s->u));
  PetscCall(EluteFieldsCreateVec(s->fields, &bench->x));
  PetscCall(EluteFieldsCreateVec(s->fields, &bench->y));
  PetscCall(EluteFieldsCreateVec(s->fields, &bench->z));
  bench->ledger = s->ops->backend->allocate(sizeof(double) * (size_t)(s->ops->view.n_ledger + 1));
  return EluteAgree(PETSC_COMM_WORLD,
                    bench->ledger ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for the ledger"));
}

static PetscErrorCode finish_step(EluteBench *b) {
  const EluteVecCombination both = {.n = 2, .coefficient = {1e-3, 1e-3}, .vector = {b->x, b->y}};
  EluteStepMeasure measure;
  double atol[1][ELUTE_MAX_SPECIES];

  for (int k = 0; k < ELUTE_MAX_SPECIES; k++) atol[0][k] = 1e-6; /* mol/m3; a thousandth of the case's concentrations */
  return EluteOperatorsFinishStep(b->simulation->ops, b->simulation->u, &both, &both, 1e-3, atol, b->z, &measure);
}

static PetscErrorCode steps(EluteBench *b) {
  EluteSimulation *s = b->simulation;
  double reached, end = b->t + b->steps * s->model->time.fixed_step;

  PetscCall(EluteStepperAdvance(s->stepper, s->u, b->t, end, b->t <= 0, &reached));
  b->t = end;
  return PETSC_SUCCESS;
}

PetscErrorCode EluteBenchDo(EluteBench *b, EluteBenchWork work) {
  EluteSimulation *s = b->simulation;
  EluteOperators *ops = s->ops;
  const EluteVecCombination two = {.n = 2, .coefficient = {1, -0.5}, .vector = {s->u, b->x}};
  const double theta = 3.0; /* s */
  double *array;

  if (work == ELUTE_BENCH_RESIDUAL) return EluteOperatorsResidual(ops, s->u, theta, NULL, b->x, b->ledger);
  if (work == ELUTE_BENCH_REACTION_SOLVE) return EluteOperatorsReactionSolve(ops, s->u, theta, b->x, b->ledger);
  if (work == ELUTE_BENCH_SUM) return EluteOperatorsCombine(ops, &two, b->y);
  if (work == ELUTE_BENCH_FINISH) return finish_step(b);
  if (work == ELUTE_BENCH_STEP) return steps(b);
  PetscCall(EluteFieldsGet(ops->fields, b->x, &array));
  ELUTE_BACKEND_CALL(ops->fields, ops->backend->line_solve(&ops->view, (int)work - ELUTE_BENCH_LINES_X, theta, NULL,
                                                           NULL, NULL, array, b->ledger));
  return EluteFieldsRestore(ops->fields, b->x, &array);
}

PetscErrorCode EluteBenchDestroy(EluteBench *b) {
  b->simulation->ops->backend->release(b->ledger);
  PetscCall(VecDestroy(&b->x));
  PetscCall(VecDestroy(&b->y));
  PetscCall(VecDestroy(&b->z));
  return EluteSimulationDestroy(&b->simulation);
}
