/* What of a simulation outlives a step (checkpoint.h), and whether a checkpoint is one of this case. */
#include "simulation.h"

#include <stdlib.h>
#include <string.h>

/* The case as a checkpoint has it: all that was understood but what says nothing about state or output. */
static EluteNode *case_tree(const EluteModel *model) {
  EluteNode *tree = EluteNodeCopy(model->tree), *checkpoint = EluteNodeChild(tree, "checkpoint");

  if (checkpoint) EluteNodeFree(checkpoint);
  EluteNodeSet(tree, "--coefficients", "%s", model->coefficients_double ? "double" : "single");
  return tree;
}

/* Fails with the differences of the case; where they are allowed, rank 0 says them. */
static PetscErrorCode compare_cases(const EluteSimulation *s, const char *text, bool allow_changed) {
  EluteDiagnostics d = {0};
  EluteNode *before = EluteTreeParse("the checkpoint's case", text, strlen(text), &d), *now = case_tree(s->model);
  char *differences = NULL;
  size_t length;
  FILE *file = open_memstream(&differences, &length);
  PetscErrorCode ierr = PETSC_SUCCESS;
  int rank, n;

  if (!before || !file) abort(); /* what was printed can be read */
  n = EluteTreeDifferences(before, now, 20, file);
  fclose(file);
  MPI_Comm_rank(s->comm, &rank);
  if (n && !allow_changed)
    ierr = EluteFail(ELUTE_EXIT_CASE,
                     "--restart: the case is not that of the checkpoint:\n%sexpected the same case, or --allow-changed to take "
                     "the changed one from here on", differences);
  else if (n && rank == 0)
    fprintf(stderr, "warning: the case has changed since the checkpoint:\n%s", differences);
  free(differences);
  EluteDiagnosticsClear(&d);
  EluteNodeFree(before);
  EluteNodeFree(now);
  return ierr;
}

static PetscErrorCode case_checkpoint(EluteSimulation *s, EluteCheckpoint *c, bool allow_changed) {
  const bool reads = EluteCheckpointReads(c);
  char *text = NULL;
  size_t length = 0;
  PetscErrorCode ierr;

  if (reads) {
    length = EluteCheckpointBytes(c, "case");
    text = calloc(length + 1, 1);
  } else {
    EluteNode *tree = case_tree(s->model);

    text = EluteTreeText(tree, &length);
    EluteNodeFree(tree);
  }
  if (!text) abort();
  ierr = EluteCheckpointBlock(c, "case", text, length);
  if (!ierr && reads) ierr = compare_cases(s, text, allow_changed);
  free(text);
  return ierr;
}

/* Mesh and species: what must not change in any case. */
static PetscErrorCode shape_checkpoint(EluteSimulation *s, EluteCheckpoint *c) {
  const EluteMeshSpec *mesh = &s->mesh->spec;
  char name[48], *there;
  int64_t n[3] = {mesh->n[0], mesh->n[1], mesh->n[2]};

  PetscCall(EluteCheckpointBlock(c, "mesh", n, sizeof n));
  for (int d = 0; d < 3; d++)
    if (n[d] != mesh->n[d])
      return EluteFail(ELUTE_EXIT_CASE, "--restart: the checkpoint has %lld cells along axis %d, the case %lld", (long long)n[d],
                       d + 1, (long long)mesh->n[d]);
  for (int k = 0; k < s->model->n_species; k++) {
    const size_t length = strlen(s->model->species[k].name);

    snprintf(name, sizeof name, "species %d", k);
    PetscCall(PetscCalloc1(length + 1, &there));
    memcpy(there, s->model->species[k].name, length);
    PetscCall(EluteCheckpointBlock(c, name, there, length));
    if (strcmp(there, s->model->species[k].name) != 0)
      return EluteFail(ELUTE_EXIT_CASE, "--restart: species %d of the checkpoint is %s, of the case %s", k + 1, there,
                       s->model->species[k].name);
    PetscCall(PetscFree(there));
  }
  return PETSC_SUCCESS;
}

/* The state's cells, by way of a copy on the host. */
static PetscErrorCode state_checkpoint(EluteSimulation *s, EluteCheckpoint *c, Vec u) {
  const size_t n = (size_t)s->fields->n_local, pitch = (size_t)s->mesh->view.pitch, species = (size_t)s->fields->n_species;
  double *host, *array;

  PetscCall(PetscCalloc1(n + 1, &host));
  PetscCall(EluteFieldsGet(s->fields, u, &array));
  if (!EluteCheckpointReads(c)) ELUTE_BACKEND_CALL(s->fields, s->fields->backend->to_host(host, array, n * sizeof *host));
  for (size_t k = 0; k < species; k++) {
    char name[48];

    snprintf(name, sizeof name, "state of species %zu", k);
    PetscCall(EluteCheckpointCells(c, name, host + k * pitch, species * pitch));
  }
  if (EluteCheckpointReads(c)) ELUTE_BACKEND_CALL(s->fields, s->fields->backend->to_backend(array, host, n * sizeof *host));
  PetscCall(EluteFieldsRestore(s->fields, u, &array));
  PetscCall(PetscFree(host));
  return EluteFieldsAgree(s->fields);
}

PetscErrorCode EluteSimulationCheckpoint(EluteSimulation *s, EluteCheckpoint *c, Vec u, bool allow_changed) {
  const EluteTimeSpec *time = &s->model->time;
  double begin = s->ops->segment_begin;

  PetscCall(case_checkpoint(s, c, allow_changed));
  PetscCall(shape_checkpoint(s, c));
  PetscCall(EluteCheckpointBlock(c, "time", &s->time, sizeof s->time));
  if (s->time < time->begin || s->time > time->end + 1e-9 * (time->end - time->begin))
    return EluteFail(ELUTE_EXIT_CASE,
                     "--restart: the checkpoint is at %g s; expected a case with that time in it, found %g s to %g s", s->time,
                     time->begin, time->end);
  PetscCall(EluteCheckpointBlock(c, "segment", &begin, sizeof begin));
  PetscCall(EluteCheckpointBlock(c, "missed", &s->missed, sizeof s->missed));
  PetscCall(EluteOperatorsCheckpoint(s->ops, c, begin));
  if (EluteCheckpointReads(c)) PetscCall(EluteSimulationSetSegment(s, begin));
  PetscCall(EluteStepperCheckpoint(s->stepper, c));
  PetscCall(EluteReadoutsCheckpoint(s->readouts, c));
  return state_checkpoint(s, c, u);
}

PetscErrorCode EluteSimulationResume(EluteSimulation *s, EluteCheckpoint *c, int number, bool allow_changed) {
  PetscCall(EluteOperatorsImpulsesFit(s->ops));
  PetscCall(EluteSimulationCheckpoint(s, c, s->u, allow_changed));
  PetscCall(EluteOperatorsSetTime(s->ops, s->time));
  EluteFieldsTraffic(s->fields, ELUTE_TRAFFIC_SET_UP);
  s->checkpoint = number;
  s->resumes = true;
  return PETSC_SUCCESS;
}
