/* A rank's share of the operators is, bit for bit, what one rank computes for the whole mesh: conductances, capacities,
   residual. The ledger's sums agree to rounding. Built by hand: 2 species, tissues, properties that vary in place, a
   held tissue, open faces on every side. */
#include "../../solver/operators/operators.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
#define CHECK(condition, ...)                                                                                          \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      failures++;                                                                                                      \
      fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                                  \
      fprintf(stderr, __VA_ARGS__);                                                                                    \
      fprintf(stderr, "\n");                                                                                           \
    }                                                                                                                  \
  } while (0)

static char *tissue_names[] = {"left", "bath"};

/* Everything read, until the end. */
static EluteValue *values[64];
static EluteNode *nodes[64];
static int n_values, n_nodes;

static EluteValue *constant(double v) {
  return values[n_values++] = EluteValueConstant(v);
}

static EluteValue *value(const EluteScope *scope, const char *text, const char *dimension) {
  EluteDiagnostics d = {0};
  EluteNode *node = EluteNodeParse("case", text, strlen(text), &d);
  EluteValue *v = node ? EluteValueRead(node, dimension, 0, scope, &d) : NULL;

  if (!v) {
    fprintf(stderr, "%s: %s\n", text, d.text);
    exit(1);
  }
  nodes[n_nodes++] = node;
  return values[n_values++] = v;
}

typedef struct Case {
  EluteModel model;
  EluteTissue tissue[2];
  EluteSpecies species[3];
  EluteBoundarySpec boundary[2];
  EluteReactionSpec reaction;
  EluteHoldSpec hold;
  EluteImpulse impulse;
} Case;

static void fill_species(Case *c) {
  static char *names[] = {"a", "b", "m"};

  for (int k = 0; k < 3; k++) {
    EluteSpecies *s = &c->species[k];

    s->name = names[k], s->mobile = k < 2;
    s->initial = value(&c->model.scope, "{formula: \"1 + sin(7*x + 5*y) + z\", unit: mol/m3}", "mol/m3");
    s->availability = value(&c->model.scope, "{formula: \"0.5 + 0.4*sin(3*x)*cos(y)\", unit: 1}", "1");
    s->diffusivity =
        value(&c->model.scope, "{tissue: {left: 1 m2/s, bath: {formula: \"2 + x*y\", unit: m2/s}}}", "m2/s");
    s->sorption_factor = constant(1.3);
    s->partition = value(&c->model.scope, "{tissue: {left: 1, bath: 1.7}}", "1");
  }
}

static void fill(Case *c, bool periodic_y) {
  static char everywhere[] = "all", skin[] = "skin", bind[] = "bind", needle[] = "needle";
  const PetscInt n[3] = {5, 7, 6};

  memset(c, 0, sizeof *c);
  c->model = (EluteModel){.n_tissues = 2,
                          .tissues = c->tissue,
                          .n_species = 3,
                          .n_mobile = 2,
                          .species = c->species,
                          .n_boundaries = 2,
                          .boundaries = c->boundary,
                          .n_reactions = 1,
                          .reactions = &c->reaction,
                          .n_holds = 1,
                          .holds = &c->hold,
                          .n_impulses = 1,
                          .impulses = &c->impulse,
                          .time = {.end = 1}};
  c->model.scope.n_tissues = 2, c->model.scope.tissue_name = tissue_names;
  c->model.mesh = (EluteMeshSpec){.geometry = ELUTE_CARTESIAN, .dimension = 3, .periodic = {false, periodic_y, false}};
  for (int a = 0; a < 3; a++) {
    c->model.mesh.n[a] = n[a];
    c->model.mesh.edges[a] = malloc(sizeof(double) * (size_t)(n[a] + 1));
    EluteMeshEdges(0, 1 + a, n[a], 1.1, c->model.mesh.edges[a]);
  }
  for (int t = 0; t < 2; t++) c->tissue[t].name = tissue_names[t];
  c->tissue[0].interstitial_fraction = value(&c->model.scope, "{formula: \"0.3 + 0.1*z/3\", unit: 1}", "1");
  c->tissue[1].interstitial_fraction = constant(0.25);
  c->tissue[1].where = (EluteShape){.kind = ELUTE_SHAPE_SPHERE, .a = {0.5, 1, 1.5}, .r = 0.6};
  fill_species(c);
  c->boundary[0] =
      (EluteBoundarySpec){.name = everywhere,
                          .sides = 63,
                          .species = 0,
                          .kind = ELUTE_BOUNDARY_VALUE,
                          .value = value(&c->model.scope, "{formula: \"1 + x + t*y\", unit: mol/m3}", "mol/m3")};
  c->boundary[1] = (EluteBoundarySpec){.name = skin,
                                       .sides = 2,
                                       .species = 1,
                                       .kind = ELUTE_BOUNDARY_TRANSFER,
                                       .value = constant(2),
                                       .coefficient = constant(0.4)};
  c->reaction =
      (EluteReactionSpec){.name = bind,
                          .rate = value(&c->model.scope, "{formula: \"1 + t\", unit: m3/(mol s)}", "m3/(mol s)"),
                          .n_factors = 2,
                          .factor = {{.species = 0}, {.species = 2}},
                          .n_changes = 3,
                          .changed = {0, 1, 2},
                          .change = {-1, 1, -2},
                          .in_tissue = {true, true}};
  c->hold = (EluteHoldSpec){
      .tissue = 1, .species = 1, .value = value(&c->model.scope, "{formula: \"1 + x*y\", unit: mol/m3}", "mol/m3")};
  c->impulse = (EluteImpulse){.name = needle,
                              .species = 0,
                              .amount = 0.5,
                              .uniform_fluid = true,
                              .shape = {.kind = ELUTE_SHAPE_SPHERE, .a = {0.5, 1, 1.5}, .r = 0.9}};
}

typedef struct Run {
  EluteMesh *mesh;
  EluteFields *fields;
  EluteOperators *ops;
  Vec u, f;
  double left[16], amounts[6];
} Run;

static PetscErrorCode run(MPI_Comm comm, Case *c, Run *r) {
  EluteShape shapes[2] = {c->tissue[0].where, c->tissue[1].where};
  PetscInt64 cells[2];
  double *ledger;

  PetscFunctionBegin;
  PetscCall(EluteMeshCreate(comm, &c->model.mesh, &r->mesh));
  PetscCall(EluteMeshPaintTissues(r->mesh, 2, shapes, cells));
  PetscCall(EluteFieldsCreate(r->mesh, &elute_backend_cpu, 3, 2, &r->fields));
  PetscCall(EluteOperatorsCreate(&c->model, r->mesh, r->fields, &r->ops));
  PetscCall(EluteFieldsCreateVec(r->fields, &r->u));
  PetscCall(EluteFieldsCreateVec(r->fields, &r->f));
  PetscCall(EluteOperatorsInitial(r->ops, r->u));
  PetscCall(EluteOperatorsSetTime(r->ops, 0.7));
  ledger = elute_backend_cpu.allocate(sizeof(double) * (size_t)r->ops->view.n_ledger);
  PetscCall(EluteOperatorsResidual(r->ops, r->u, 1, NULL, r->f, ledger));
  PetscCall(EluteOperatorsLedger(r->ops, ledger, r->left));
  PetscCall(EluteOperatorsImpulse(r->ops, &c->impulse, r->u));
  PetscCall(EluteOperatorsAmounts(r->ops, r->u, r->amounts));
  elute_backend_cpu.release(ledger);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool same(const void *array, size_t at, const void *whole, size_t whole_at) {
  return ((const float *)array)[at] == ((const float *)whole)[whole_at];
}

/* One owned row against the same row of the whole mesh. */
static PetscErrorCode compare_row(const Run *part, const Run *whole, size_t row) {
  const EluteMeshView *m = &part->mesh->view, *w = &whole->mesh->view;
  const EluteTransportView *t = &part->ops->view.transport, *v = &whole->ops->view.transport;
  size_t ny = (size_t)m->ny, wy = (size_t)w->ny, y = row % ny, z = row / ny, pitch = (size_t)m->pitch;
  const double *f, *g;
  PetscInt j, k;

  PetscFunctionBegin;
  EluteMeshRowIndex(part->mesh, (PetscInt)row, &j, &k);
  for (size_t s = 0; s < 2; s++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      size_t whole_row = (size_t)k * wy + (size_t)j;

      CHECK(same(t->conductance[0], (row * 2 + s) * pitch + i, v->conductance[0], (whole_row * 2 + s) * pitch + i),
            "x");
      for (size_t up = 0; up < 2; up++) {
        CHECK(same(t->conductance[1], ((z * (ny + 1) + y + up) * 2 + s) * pitch + i, v->conductance[1],
                   (((size_t)k * (wy + 1) + (size_t)j + up) * 2 + s) * pitch + i),
              "y, row %d %d", (int)j, (int)k);
        CHECK(same(t->conductance[2], (((z + up) * ny + y) * 2 + s) * pitch + i, v->conductance[2],
                   ((((size_t)k + up) * wy + (size_t)j) * 2 + s) * pitch + i),
              "z, row %d %d", (int)j, (int)k);
      }
      CHECK(same(t->inverse_capacity, (row * 2 + s) * pitch + i, v->inverse_capacity, (whole_row * 2 + s) * pitch + i),
            "s");
    }
  PetscCall(VecGetArrayRead(part->f, &f));
  PetscCall(VecGetArrayRead(whole->f, &g));
  for (size_t s = 0; s < 3; s++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      size_t whole_row = (size_t)k * wy + (size_t)j;
      double a = f[(row * 3 + s) * pitch + i], b = g[(whole_row * 3 + s) * pitch + i];

      CHECK(a == b, "residual of species %d in (%d, %d, %d): %.17g, alone %.17g", (int)s, (int)i, (int)j, (int)k, a, b);
    }
  PetscCall(VecRestoreArrayRead(whole->f, &g));
  PetscCall(VecRestoreArrayRead(part->f, &f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compare(const Run *part, const Run *whole) {
  double total = 0;

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)part->mesh->view.n_rows; row++) PetscCall(compare_row(part, whole, row));
  CHECK(part->ops->n_entries == whole->ops->n_entries, "%d entries", part->ops->n_entries);
  for (int e = 0; e < whole->ops->n_entries; e++)
    CHECK(fabs(part->left[e] - whole->left[e]) <= 1e-13 * (1 + fabs(whole->left[e])), "%s: %.17g, alone %.17g",
          whole->ops->entries[e].name, part->left[e], whole->left[e]);
  for (int t = 0; t < 6; t++) {
    CHECK(fabs(part->amounts[t] - whole->amounts[t]) <= 1e-13 * fabs(whole->amounts[t]), "amount %d", t);
    total += whole->amounts[t];
  }
  CHECK(total > 1, "something was there: %g", total);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(Run *r) {
  PetscFunctionBegin;
  PetscCall(VecDestroy(&r->u));
  PetscCall(VecDestroy(&r->f));
  PetscCall(EluteOperatorsDestroy(&r->ops));
  PetscCall(EluteFieldsDestroy(&r->fields));
  PetscCall(EluteMeshDestroy(&r->mesh));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A value that only some ranks evaluate and that fails there: all ranks fail alike, none waits. */
static PetscErrorCode failure_is_collective(Case *c) {
  Run r = {0};
  const char *message;

  PetscFunctionBegin;
  c->boundary[0].value = value(&c->model.scope, "{formula: \"z > 2.5 ? 1/(0.5-t) : x*t\", unit: mol/m3}", "mol/m3");
  PetscCall(run(PETSC_COMM_WORLD, c, &r));
  CHECK(EluteOperatorsSetTime(r.ops, 0.5) != 0, "1/0 passed");
  CHECK(EluteFailure(&message) == ELUTE_EXIT_CASE, "%s", message);
  EluteFailureClear();
  PetscCall(destroy(&r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv) {
  Case c;
  Run part, whole;
  int all;
  PetscErrorCode code = 0;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  if (EluteErrorHandlerInstall()) return 1;
  for (int periodic = 0; periodic < 2 && !code; periodic++) {
    fill(&c, periodic);
    code = run(PETSC_COMM_SELF, &c, &whole);
    if (!code) code = run(PETSC_COMM_WORLD, &c, &part);
    if (!code) code = compare(&part, &whole);
    if (!code) code = destroy(&part);
    if (!code) code = destroy(&whole);
    if (!code && periodic) code = failure_is_collective(&c);
    for (int a = 0; a < 3; a++) free(c.model.mesh.edges[a]);
  }
  if (code) {
    const char *message;

    (void)EluteFailure(&message);
    fprintf(stderr, "failed: %s\n", message);
    failures++;
  }
  while (n_values) EluteValueFree(values[--n_values]);
  while (n_nodes) EluteNodeFree(nodes[--n_nodes]);
  if (MPI_Allreduce(&failures, &all, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD)) all = 1;
  if (PetscFinalize()) return 1;
  return all != 0;
}
