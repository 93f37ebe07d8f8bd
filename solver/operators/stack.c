/* Problems of the same structure behind each other (EluteMeshStack), so that one call of a kernel serves all: their
   rows, faces and scalars one after the other, and labels of their own, so that tables tell them apart. Every part
   keeps its values current as if it were alone; the stack gathers them. */
#include "stack.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static bool has_constant(const EluteFactor *factor) {
  return factor->kind != ELUTE_LINEAR && factor->kind != ELUTE_PER;
}

/* ---- what can be stacked ---- */

static const char *alone(const EluteOperators *ops) {
  const EluteModel *model = ops->model;

  if (ops->mesh->spec.n[2] > 1) return "the mesh has three axes";
  if (model->flow.model) return "the fluid flows";
  if (model->n_changes) return "the tissue changes";
  if (elute_data(ops)->n_controls) return "a source is controlled";
  if (ops->correlation > 1) return "diffusion crosses the axes";
  return NULL;
}

static bool same_species(const EluteModel *a, const EluteModel *b) {
  if (a->n_species != b->n_species || a->n_mobile != b->n_mobile) return false;
  for (int k = 0; k < a->n_species; k++)
    if (a->species[k].quantity != b->species[k].quantity) return false;
  return true;
}

static bool same_reaction(const EluteReaction *a, const EluteReaction *b) {
  if (a->n_factors != b->n_factors || a->n_changes != b->n_changes) return false;
  for (int f = 0; f < a->n_factors; f++) {
    const EluteFactor *x = &a->factor[f], *y = &b->factor[f];

    if (x->kind != y->kind || x->species != y->species || x->exponent != y->exponent || x->lookup != y->lookup)
      return false;
  }
  for (int c = 0; c < a->n_changes; c++)
    if (a->changed[c] != b->changed[c] || a->change[c] != b->change[c]) return false;
  return true;
}

static bool same_reactions(const EluteOperators *a, const EluteOperators *b) {
  const EluteOperatorsData *x = elute_data(a), *y = elute_data(b);

  if (x->n_reactions != y->n_reactions || x->steps_matter != y->steps_matter) return false;
  for (int r = 0; r < x->n_reactions; r++)
    if (!same_reaction(&x->reactions[r], &y->reactions[r])) return false;
  return true;
}

static bool same_lookups(const EluteModel *a, const EluteModel *b) {
  if (a->n_lookups != b->n_lookups) return false;
  for (int l = 0; l < a->n_lookups; l++) {
    const EluteLookupSpec *x = &a->lookups[l], *y = &b->lookups[l];

    if (x->n != y->n || x->from != y->from || x->width != y->width ||
        memcmp(x->coefficients, y->coefficients, 4 * (size_t)x->n * sizeof(double)) != 0)
      return false;
  }
  return true;
}

static bool same_transport(const EluteTransportView *a, const EluteTransportView *b) {
  for (int axis = 0; axis < 3; axis++)
    if (!a->conductance[axis] != !b->conductance[axis]) return false;
  return a->single == b->single;
}

const char *EluteOperatorsApart(const EluteOperators *a, const EluteOperators *b) {
  const char *why = alone(a) ? alone(a) : alone(b);

  if (why) return why;
  if (!EluteMeshAgree(a->mesh, b->mesh)) return "meshes differ";
  if (!same_species(a->model, b->model)) return "species differ";
  if (a->model->n_tissues != b->model->n_tissues) return "tissues differ";
  if (!same_lookups(a->model, b->model)) return "functions in rates differ";
  if (!same_reactions(a, b)) return "reactions differ";
  if (!same_transport(&a->view.transport, &b->view.transport)) return "boundaries differ";
  return NULL;
}

int EluteOperatorsStackable(const EluteOperators *ops) {
  return ELUTE_MAX_TISSUES / ops->model->n_tissues;
}

/* ---- gathering ---- */

/* The coefficients of a reaction, -1: its rate, else of a factor. */
static const EluteCoefficient *coefficient(const EluteOperators *ops, int reaction, int factor) {
  const EluteReaction *r = &elute_data(ops)->reactions[reaction];

  return factor < 0 ? &r->rate : &r->factor[factor].constant;
}

static bool used(const EluteOperators *ops, int reaction, int factor) {
  return factor < 0 || has_constant(&elute_data(ops)->reactions[reaction].factor[factor]);
}

/* A table of the stack: the numbers of all parts, by their labels there. */
static void gather_table(const EluteOperators *stack, int reaction, int factor, double *table) {
  const int n_tissues = stack->model->n_tissues;

  for (int t = 0; t < ELUTE_MAX_TISSUES; t++) table[t] = factor < 0 ? 0 : 1;
  for (int p = 0; p < stack->n_parts; p++) {
    const EluteOperators *part = stack->part[p];

    memcpy(&table[p * n_tissues],
           &elute_data(part)->tables[coefficient(part, reaction, factor)->table * ELUTE_MAX_TISSUES],
           (size_t)n_tissues * sizeof *table);
  }
}

/* A field of the stack, in host memory: of a part that has none, ones. */
static PetscErrorCode gather_field(const EluteOperators *stack, int reaction, int factor, double *field) {
  const size_t cells = (size_t)stack->part[0]->mesh->view.n_rows * (size_t)stack->mesh->view.pitch;

  for (int p = 0; p < stack->n_parts; p++, field += cells) {
    const EluteOperators *part = stack->part[p];
    const int of = coefficient(part, reaction, factor)->field;

    for (size_t i = 0; i < cells && of < 0; i++) field[i] = 1;
    if (of >= 0)
      ELUTE_OP_CALL(stack, stack->backend->to_host(field, elute_data(part)->field_at[of], cells * sizeof *field));
  }
  return PETSC_SUCCESS;
}

static bool has_field(const EluteOperators *stack, int reaction, int factor) {
  for (int p = 0; p < stack->n_parts; p++)
    if (coefficient(stack->part[p], reaction, factor)->field >= 0) return true;
  return false;
}

static PetscErrorCode gather_scalars(EluteOperators *stack) {
  EluteOperatorsData *d = elute_data(stack);
  const size_t bytes = (size_t)d->n_scalars * sizeof(double);

  for (int p = 0, at = 0; p < stack->n_parts; p++) {
    const EluteOperatorsData *of = elute_data(stack->part[p]);

    memcpy(d->scalars + at, of->scalars, (size_t)of->n_scalars * sizeof(double));
    memcpy(d->scalar_rates + at, of->scalar_rates, (size_t)of->n_scalars * sizeof(double));
    at += of->n_scalars;
  }
  ELUTE_BACKEND_CALL(stack->fields, stack->backend->to_backend(stack->view.scalars, d->scalars, bytes));
  ELUTE_BACKEND_CALL(stack->fields, stack->backend->to_backend(stack->view.scalar_rates, d->scalar_rates, bytes));
  return PETSC_SUCCESS;
}

/* Tables, and fields where some of them vary in time; where they have not changed nothing is done. */
static PetscErrorCode gather_coefficients(EluteOperators *stack) {
  EluteOperatorsData *d = elute_data(stack);
  const size_t cells = (size_t)stack->mesh->view.n_rows * (size_t)stack->mesh->view.pitch;
  int64_t at = 0;

  for (int p = 0; p < stack->n_parts; p++) at += stack->part[p]->coefficients_at;
  if (at == stack->coefficients_at) return PETSC_SUCCESS;
  stack->coefficients_at = at;
  for (int r = 0; r < d->n_reactions; r++)
    for (int f = -1; f < d->reactions[r].n_factors; f++) {
      const EluteCoefficient *c = coefficient(stack, r, f);

      if (!used(stack, r, f)) continue;
      gather_table(stack, r, f, &d->tables[c->table * ELUTE_MAX_TISSUES]);
      if (c->field < 0 || !stack->slow_values) continue;
      PetscCall(gather_field(stack, r, f, d->row_scratch));
      ELUTE_BACKEND_CALL(stack->fields,
                         stack->backend->to_backend(d->field_at[c->field], d->row_scratch, cells * sizeof(double)));
    }
  ELUTE_BACKEND_CALL(stack->fields,
                     stack->backend->to_backend(stack->view.tables, d->tables,
                                                (size_t)d->n_tables * ELUTE_MAX_TISSUES * sizeof(double)));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOpGather(EluteOperators *stack, double t) {
  EluteOperatorsData *d = elute_data(stack);

  PetscFunctionBegin;
  for (int p = 0; p < stack->n_parts; p++) PetscCall(EluteOperatorsSetTime(stack->part[p], t));
  if (d->scalars_vary) PetscCall(gather_scalars(stack));
  PetscCall(gather_coefficients(stack));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsRestack(EluteOperators *stack, double t, double end) {
  EluteOperatorsData *d = elute_data(stack);

  PetscFunctionBegin;
  stack->segment_begin = stack->step_begin = stack->time = t, stack->segment_end = stack->step_end = end;
  for (int p = 0; p < stack->n_parts; p++) PetscCall(EluteOperatorsSetTime(stack->part[p], t));
  PetscCall(gather_scalars(stack));
  PetscCall(gather_coefficients(stack));
  d->current = true;
  PetscFunctionReturn(EluteFieldsAgree(stack->fields));
}

/* ---- building ---- */

static PetscErrorCode stack_coefficients(EluteOperators *stack) {
  EluteOperatorsData *d = elute_data(stack);
  const size_t cells = (size_t)stack->mesh->view.n_rows * (size_t)stack->mesh->view.pitch;

  for (int r = 0; r < d->n_reactions; r++)
    for (int f = -1; f < d->reactions[r].n_factors; f++) {
      EluteCoefficient c = {.table = d->n_tables, .field = -1};

      if (!used(stack, r, f)) continue;
      PetscCall(EluteOpGrow(&d->tables, &d->n_tables, ELUTE_MAX_TISSUES * sizeof(double)));
      gather_table(stack, r, f, &d->tables[c.table * ELUTE_MAX_TISSUES]);
      if (has_field(stack, r, f)) {
        c.field = d->n_fields;
        PetscCall(EluteOpGrow(&d->fields, &d->n_fields, sizeof *d->fields));
        d->fields[c.field] = calloc(cells + 1, sizeof(double));
        if (!d->fields[c.field])
          return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (a coefficient of every cell of a batch)");
        PetscCall(gather_field(stack, r, f, d->fields[c.field]));
      }
      if (f < 0)
        d->reactions[r].rate = c;
      else
        d->reactions[r].factor[f].constant = c;
    }
  return PETSC_SUCCESS;
}

/* Open faces, held cells and scalars of part p, behind those of the parts before. */
static PetscErrorCode stack_lists(EluteOperators *stack, int p) {
  const EluteOperators *part = stack->part[p];
  const EluteOperatorsData *of = elute_data(part);
  EluteOperatorsData *d = elute_data(stack);
  const int32_t rows = (int32_t)p * part->mesh->view.n_rows, scalars = (int32_t)d->n_scalars;
  const int n_tissues = part->model->n_tissues;

  for (int f = 0; f < of->n_faces; f++) {
    EluteOpenFace face = of->faces[f];

    face.row += rows;
    if (face.held_row >= 0) face.held_row += rows;
    if (face.face >= 0) face.face += p * (int64_t)EluteOpFaces(part, face.axis);
    face.value += scalars;
    PetscCall(EluteOpGrow(&d->faces, &d->n_faces, sizeof *d->faces));
    d->faces[d->n_faces - 1] = face;
  }
  for (int h = 0; h < of->n_held; h++) {
    EluteHeldCell held = of->held[h];

    held.row += rows;
    held.value += scalars;
    PetscCall(EluteOpGrow(&d->held, &d->n_held, sizeof *d->held));
    d->held[d->n_held - 1] = held;
  }
  for (int k = 0; k < part->model->n_species && of->is_held; k++)
    memcpy(&d->is_held[k * ELUTE_MAX_TISSUES + p * n_tissues], &of->is_held[k * ELUTE_MAX_TISSUES], (size_t)n_tissues);
  d->n_scalars += of->n_scalars;
  return PETSC_SUCCESS;
}

/* What the parts have in their backends' memory, `bytes` each, behind each other. */
static PetscErrorCode stack_arrays(EluteOperators *stack, const void *const *source, size_t bytes, void *destination) {
  char *all = malloc((size_t)stack->n_parts * bytes + 1);
  PetscErrorCode code = PETSC_SUCCESS;

  if (!all) return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (transport coefficients of a batch)");
  for (int p = 0; p < stack->n_parts && !code; p++)
    if (stack->backend->to_host(all + (size_t)p * bytes, source[p], bytes)) code = EluteOpBackendFailed(stack);
  if (!code) code = EluteOpUpload(stack, all, (size_t)stack->n_parts * bytes, destination);
  free(all);
  return code;
}

static PetscErrorCode stack_transport(EluteOperators *stack) {
  const EluteMeshView *m = &stack->part[0]->mesh->view;
  EluteTransportView *v = &stack->view.transport;
  const size_t real = v->single ? sizeof(float) : sizeof(double);
  const void *source[ELUTE_MAX_TISSUES];

  if (!v->n_mobile) return PETSC_SUCCESS;
  for (int p = 0; p < stack->n_parts; p++) source[p] = stack->part[p]->view.transport.inverse_capacity;
  PetscCall(stack_arrays(stack, source, real * (size_t)m->n_rows * (size_t)v->n_mobile * (size_t)m->pitch,
                         &v->inverse_capacity));
  for (int axis = 0; axis < 2; axis++) {
    for (int p = 0; p < stack->n_parts; p++) source[p] = stack->part[p]->view.transport.conductance[axis];
    if (!source[0]) continue;
    PetscCall(stack_arrays(stack, source, real * EluteOpFaces(stack->part[0], axis), &v->conductance[axis]));
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode build(EluteOperators *stack) {
  const EluteOperatorsData *first = elute_data(stack->part[0]);
  const EluteMeshView *m = &stack->mesh->view;
  EluteOperatorsData *d = elute_data(stack);
  bool any_held = false;

  d->n_reactions = first->n_reactions;
  d->reactions = malloc(((size_t)d->n_reactions + 1) * sizeof *d->reactions);
  d->row_scratch = malloc(((size_t)m->n_rows * (size_t)m->pitch + 1) * sizeof(double));
  d->is_held = calloc((size_t)stack->model->n_species * ELUTE_MAX_TISSUES, 1);
  if (!d->reactions || !d->row_scratch || !d->is_held) return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory");
  memcpy(d->reactions, first->reactions, (size_t)d->n_reactions * sizeof *d->reactions);
  for (int p = 0; p < stack->n_parts; p++) {
    any_held = any_held || elute_data(stack->part[p])->is_held;
    PetscCall(stack_lists(stack, p));
  }
  if (!any_held) free(d->is_held), d->is_held = NULL;
  d->scalar = calloc((size_t)d->n_scalars + 1, sizeof *d->scalar);
  if (!d->scalar) return EluteFail(ELUTE_EXIT_SYSTEM, "out of memory");
  PetscCall(stack_coefficients(stack));
  PetscCall(stack_transport(stack));
  PetscCall(EluteOpUploadLists(stack));
  stack->coefficients_vary = false;
  d->n_held_global = d->n_held;
  for (int p = 0; p < stack->n_parts; p++) {
    const EluteOperators *part = stack->part[p];

    d->scalars_vary = d->scalars_vary || elute_data(part)->scalars_vary;
    d->steps_matter = d->steps_matter || elute_data(part)->steps_matter;
    stack->coefficients_vary = stack->coefficients_vary || part->coefficients_vary;
    stack->slow_values = stack->slow_values || part->slow_values;
    stack->fastest_diffusion = PetscMax(stack->fastest_diffusion, part->fastest_diffusion);
  }
  stack->coefficients_at = -1; /* gathered at first */
  return PETSC_SUCCESS;
}

PetscErrorCode EluteOperatorsStack(int n, EluteOperators *const *part, const EluteMesh *mesh, EluteFields *fields,
                                   EluteOperators **stack) {
  EluteOperators *o;
  PetscErrorCode code;

  PetscFunctionBegin;
  ELUTE_ASSERT(n <= EluteOperatorsStackable(part[0]));
  *stack = o = calloc(1, sizeof *o);
  if (!o) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  o->model = part[0]->model, o->mesh = mesh, o->fields = fields, o->backend = fields->backend;
  o->n_parts = n, o->part = part;
  o->correlation = 1;
  o->view = (EluteProblemView){.mesh = mesh->view, .n_species = o->model->n_species};
  o->view.transport.n_mobile = o->model->n_mobile;
  o->view.transport.single = part[0]->view.transport.single;
  o->implementation = calloc(1, sizeof(EluteOperatorsData));
  code = o->implementation ? EluteOpRegisterEvents(o) : EluteFail(ELUTE_EXIT_SYSTEM, "out of memory");
  if (!code) code = build(o);
  if (code) (void)EluteOperatorsDestroy(stack);
  PetscFunctionReturn(code);
}
