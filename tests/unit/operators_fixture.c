#include "operators_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* What a test read or named, until it ends. */
static EluteValue *values[64];
static EluteNode *nodes[16];
static char *names[32];
static int n_values, n_nodes, n_names;

EluteValue *fixture_constant(double value) {
  cr_assert(n_values < 64);
  return values[n_values++] = EluteValueConstant(value);
}

static char *keep_name(const char *name) {
  cr_assert(n_names < 32);
  return names[n_names++] = strdup(name);
}

static void start_petsc(void) {
  PetscBool ready;

  if (PetscInitialized(&ready) || ready) return;
  cr_assert(!PetscInitializeNoArguments());
  cr_assert(!EluteErrorHandlerInstall());
}

void fixture_line(Fixture *x, int n, const double *edges, double split) {
  static char left[] = "left", right[] = "right";

  start_petsc();
  memset(x, 0, sizeof *x);
  x->backend = &elute_backend_cpu;
  x->model = (EluteModel){.n_tissues = 2,
                          .tissues = x->tissue,
                          .species = x->species,
                          .reactions = x->reaction,
                          .boundaries = x->boundary,
                          .holds = x->hold,
                          .impulses = x->impulse,
                          .coefficients_double = true,
                          .time = {.begin = 0, .end = 10}};
  x->model.mesh = (EluteMeshSpec){.geometry = ELUTE_CARTESIAN, .dimension = 1, .n = {n, 1, 1}};
  for (int a = 0; a < 3; a++) {
    int cells = a == 0 ? n : 1;

    x->model.mesh.edges[a] = calloc((size_t)cells + 1, sizeof(double));
    for (int i = 0; i <= cells; i++) x->model.mesh.edges[a][i] = a == 0 ? edges[i] : i;
  }
  x->tissue[0] = (EluteTissue){
      .name = left, .where = {.kind = ELUTE_SHAPE_EVERYWHERE}, .interstitial_fraction = fixture_constant(1)};
  x->tissue[1] = (EluteTissue){.name = right,
                               .where = {.kind = ELUTE_SHAPE_HALF_SPACE, .a = {split}, .b = {-1}},
                               .interstitial_fraction = fixture_constant(1)};
  x->tissue_names[0] = left, x->tissue_names[1] = right;
  x->model.scope.n_tissues = 2;
  x->model.scope.tissue_name = x->tissue_names;
}

EluteSpecies *fixture_mobile(Fixture *x, const char *name, double diffusivity) {
  EluteSpecies *s = &x->species[x->model.n_species++];

  x->model.n_mobile++;
  s->name = keep_name(name);
  s->mobile = true;
  s->diffusivity = fixture_constant(diffusivity);
  s->availability = fixture_constant(1);
  s->sorption_factor = fixture_constant(1);
  s->partition = fixture_constant(1);
  s->initial = fixture_constant(0);
  return s;
}

EluteSpecies *fixture_immobile(Fixture *x, const char *name) {
  EluteSpecies *s = &x->species[x->model.n_species++];

  s->name = keep_name(name);
  s->initial = fixture_constant(0);
  return s;
}

EluteBoundarySpec *fixture_boundary(Fixture *x, const char *name, int side, int species, EluteBoundaryKind kind,
                                    EluteValue *value) {
  EluteBoundarySpec *b = &x->boundary[x->model.n_boundaries++];

  *b = (EluteBoundarySpec){
      .name = keep_name(name), .sides = 1U << side, .species = species, .kind = kind, .value = value};
  return b;
}

EluteReactionSpec *fixture_reaction(Fixture *x, const char *name, double rate, int n_factors, const int *factor,
                                    int n_changes, const int *changed, const double *change) {
  EluteReactionSpec *r = &x->reaction[x->model.n_reactions++];

  r->name = keep_name(name);
  r->rate = fixture_constant(rate);
  r->in_fluid = n_factors > 0;
  r->n_factors = n_factors;
  r->n_changes = n_changes;
  r->in_tissue[0] = r->in_tissue[1] = true;
  for (int f = 0; f < n_factors; f++) {
    r->factor[f].kind = ELUTE_LINEAR;
    r->factor[f].species = factor[f];
    r->in_fluid = r->in_fluid && x->species[factor[f]].mobile;
  }
  for (int c = 0; c < n_changes; c++) r->changed[c] = changed[c], r->change[c] = change[c];
  return r;
}

void fixture_hold(Fixture *x, int tissue, int species, EluteValue *value) {
  x->hold[x->model.n_holds++] = (EluteHoldSpec){.tissue = tissue, .species = species, .value = value};
}

EluteValue *fixture_value(const Fixture *x, const char *text, const char *dimension) {
  EluteDiagnostics d = {0};
  EluteNode *node = EluteNodeParse("case.yaml", text, strlen(text), &d);
  EluteValue *value = node ? EluteValueRead(node, dimension, 0, &x->model.scope, &d) : NULL;

  cr_assert(value, "%s: %s", text, d.text ? d.text : "no message");
  cr_assert(n_values < 64 && n_nodes < 16);
  nodes[n_nodes++] = node;
  return values[n_values++] = value;
}

void fixture_create(Fixture *x, bool expect_failure) {
  EluteShape shapes[2] = {x->tissue[0].where, x->tissue[1].where};
  PetscInt64 cells[2];
  const char *message;
  PetscErrorCode code;

  cr_assert(!EluteMeshCreate(PETSC_COMM_SELF, &x->model.mesh, &x->mesh));
  cr_assert(!EluteMeshPaintTissues(x->mesh, 2, shapes, cells));
  cr_assert(!EluteFieldsCreate(x->mesh, x->backend, x->model.n_species, x->model.n_mobile, &x->fields));
  code = EluteOperatorsCreate(&x->model, x->mesh, x->fields, &x->ops);
  (void)EluteFailure(&message);
  cr_assert_eq(code != 0, expect_failure, "%s", message);
  if (expect_failure) return;
  cr_assert(!EluteFieldsCreateVec(x->fields, &x->u));
  cr_assert(!EluteFieldsCreateVec(x->fields, &x->f));
  x->ledger = x->backend->allocate(((size_t)x->ops->view.n_ledger + 1) * sizeof(double));
  cr_assert(x->ledger);
}

void fixture_destroy(Fixture *x) {
  cr_assert(!VecDestroy(&x->u));
  cr_assert(!VecDestroy(&x->f));
  if (x->ledger) x->backend->release(x->ledger);
  cr_assert(!EluteOperatorsDestroy(&x->ops));
  cr_assert(!EluteFieldsDestroy(&x->fields));
  cr_assert(!EluteMeshDestroy(&x->mesh));
  for (int a = 0; a < 3; a++) free(x->model.mesh.edges[a]);
  while (n_values) EluteValueFree(values[--n_values]);
  while (n_nodes) EluteNodeFree(nodes[--n_nodes]);
  while (n_names) free(names[--n_names]);
}

static size_t offset(const Fixture *x, int row, int species, int i) {
  size_t pitch = (size_t)x->mesh->view.pitch, n = (size_t)x->model.n_species;

  return ((size_t)row * n + (size_t)species) * pitch + (size_t)i;
}

double fixture_get(Fixture *x, Vec v, int row, int species, int i) {
  const double *array;
  double value;

  cr_assert(!VecGetArrayReadAndMemType(v, &array, NULL));
  cr_assert(!x->backend->to_host(&value, array + offset(x, row, species, i), sizeof value));
  cr_assert(!VecRestoreArrayReadAndMemType(v, &array));
  return value;
}

void fixture_set(Fixture *x, Vec v, int row, int species, int i, double value) {
  double *array;

  cr_assert(!VecGetArrayAndMemType(v, &array, NULL));
  cr_assert(!x->backend->to_backend(array + offset(x, row, species, i), &value, sizeof value));
  cr_assert(!VecRestoreArrayAndMemType(v, &array));
}

void fixture_residual(Fixture *x) {
  size_t bytes = (size_t)x->ops->view.n_ledger * sizeof(double);
  double *zeros = calloc(1, bytes + 1);

  cr_assert(!x->backend->to_backend(x->ledger, zeros, bytes));
  free(zeros);
  cr_assert(!EluteOperatorsResidual(x->ops, x->u, 1, NULL, x->f, x->ledger));
}

static double *all_left(Fixture *x) {
  double *left = calloc((size_t)x->ops->n_entries + 1, sizeof *left);

  cr_assert(!EluteOperatorsLedger(x->ops, x->ledger, left));
  return left;
}

double fixture_left(Fixture *x, const char *entry) {
  double *left = all_left(x), value = NAN;

  for (int e = 0; e < x->ops->n_entries; e++)
    if (strcmp(x->ops->entries[e].name, entry) == 0) value = left[e];
  free(left);
  cr_assert(!isnan(value), "no entry %s", entry);
  return value;
}

double fixture_all_left(Fixture *x, int species) {
  double *left = all_left(x), sum = 0;

  for (int e = 0; e < x->ops->n_entries; e++)
    if (x->ops->entries[e].species == species) sum += left[e];
  free(left);
  return sum;
}

double fixture_amount(Fixture *x, Vec v, int species) {
  double amounts[8];

  cr_assert(!EluteOperatorsAmounts(x->ops, v, amounts));
  return amounts[species * 2] + amounts[species * 2 + 1];
}
