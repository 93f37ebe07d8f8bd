/* Numbers that differ by tissue and by cell: tables and fields of the kernels' view. What is the same in every cell of
   a tissue is a table; what varies within a tissue and not in time is a field made once, shared where equal; what
   depends on time alone is a table of the stage; what mixes place and time is a field made anew at each stage on the
   host. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static size_t cells(const EluteOperators *ops) {
  return (size_t)ops->mesh->view.n_rows * (size_t)ops->mesh->view.pitch;
}

/* Whether the fold differs between cells of one tissue. */
static bool fold_in_place(const EluteOperators *ops, const EluteFold *fold) {
  bool varies = fold->fraction != NULL;

  for (int f = 0; f < fold->n_fluid; f++) varies |= EluteOpPhiInPlace(ops, fold->fluid[f]);
  for (int f = 0; f < fold->n_factors; f++) varies |= EluteOpPorosityInPlace(ops, fold->species[f]);
  return varies;
}

/* From the accessible fractions of n_fluid and the porosities of n_factors species. */
static double fold_product(const EluteFold *fold, const double *phi, const double *porosity) {
  double product = 1, least = fold->n_fluid ? phi[0] : 1;

  for (int f = 1; f < fold->n_fluid; f++) least = phi[f] < least ? phi[f] : least;
  product *= least;
  for (int f = 0; f < fold->n_factors; f++) {
    /* No room for the species: there is none of it, and nothing reacts. */
    if (fold->power[f] < 0) product = porosity[f] > 0 ? product / porosity[f] : 0;
    if (fold->power[f] > 0) product = porosity[f] > 0 ? product * porosity[f] : 1;
  }
  return product;
}

static double fold_of_cell(const EluteOperators *ops, const EluteFold *fold, size_t row, size_t i) {
  double phi[ELUTE_MAX_FACTORS + ELUTE_MAX_CHANGES] = {0}, porosity[ELUTE_MAX_FACTORS] = {0};
  double fraction = fold->fraction ? fold->fraction[row * (size_t)ops->mesh->view.pitch + i] : 1;

  for (int f = 0; f < fold->n_fluid; f++) phi[f] = EluteOpPhi(ops, fold->fluid[f], row, i);
  for (int f = 0; f < fold->n_factors; f++) porosity[f] = EluteOpPorosity(ops, fold->species[f], row, i);
  if (fold->by_tissue) fraction *= fold->by_tissue[EluteOpTissue(ops, row, i)];
  return fraction * fold_product(fold, phi, porosity);
}

static double fold_of_tissue(const EluteOperators *ops, const EluteFold *fold, int tissue) {
  double phi[ELUTE_MAX_FACTORS + ELUTE_MAX_CHANGES] = {0}, porosity[ELUTE_MAX_FACTORS] = {0};

  for (int f = 0; f < fold->n_fluid; f++) phi[f] = EluteOpPhiOfTissue(ops, fold->fluid[f], tissue);
  for (int f = 0; f < fold->n_factors; f++) porosity[f] = EluteOpPorosityOfTissue(ops, fold->species[f], tissue);
  return (fold->by_tissue ? fold->by_tissue[tissue] : 1) * fold_product(fold, phi, porosity);
}

static PetscErrorCode check_positive(const EluteVarying *v, const EluteWhere *where, double value) {
  if (!v->positive || value > 0) return PETSC_SUCCESS;
  return EluteOpOutOfBounds(v->value, "a constant", where, value, "a number above 0");
}

static PetscErrorCode fill_table(EluteOperators *ops, const EluteVarying *v, double *table) {
  const double origin[3] = {0, 0, 0};
  bool by_tissue = EluteValueVariesByTissue(v->value), have = false;
  double value = 0;

  PetscFunctionBegin;
  for (int t = 0; t < ops->model->n_tissues; t++) {
    EluteWhere where = EluteOpWhere(ops, origin, t);

    if (!v->active[t]) continue;
    if (by_tissue || !have) PetscCall(EluteOpEvaluate(v->value, &where, &value));
    PetscCall(check_positive(v, &where, value));
    have = true;
    table[t] = v->fold_in_table ? value * fold_of_tissue(ops, &v->fold, t) : value;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* field[cell] = fold, times the value when that varies in place. */
static PetscErrorCode fill_field(EluteOperators *ops, const EluteVarying *v, bool with_value, double *field) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch;

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < pitch; i++) {
      double *cell = &field[row * pitch + i], value = 1;

      *cell = v->positive ? 1 : 0;
      if (i >= (size_t)m->n_cells || !v->active[m->tissue[row * pitch + i]]) continue;
      if (v->fold.fraction && v->fold.fraction[row * pitch + i] <= 0) continue;
      if (with_value) {
        EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);

        PetscCall(EluteOpEvaluate(v->value, &where, &value));
        PetscCall(check_positive(v, &where, value));
      }
      *cell = value * fold_of_cell(ops, &v->fold, row, i);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A table like this one: found, unless it will change, or made. */
static PetscErrorCode add_table(EluteOperators *ops, const double *table, bool varies, int *index) {
  EluteOperatorsData *d = elute_data(ops);
  size_t bytes = ELUTE_MAX_TISSUES * sizeof *table;

  PetscFunctionBegin;
  for (int t = 0; t < d->n_tables && !varies; t++) {
    bool fixed = true;

    for (int v = 0; v < d->n_varying; v++) fixed &= d->varying[v].table != t;
    for (int c = 0; c < d->n_controls; c++) fixed &= d->controls[c].table != t;
    *index = t;
    if (fixed && memcmp(&d->tables[t * ELUTE_MAX_TISSUES], table, bytes) == 0) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EluteOpGrow(&d->tables, &d->n_tables, bytes));
  *index = d->n_tables - 1;
  memcpy(&d->tables[*index * ELUTE_MAX_TISSUES], table, bytes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes over the field. Ranks may share differently: the numbering of fields is local. */
static PetscErrorCode add_field(EluteOperators *ops, double *field, bool varies, int *index) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  for (int f = 0; f < d->n_fields && !varies; f++) {
    bool fixed = true;

    for (int v = 0; v < d->n_varying; v++) fixed &= d->varying[v].field != f;
    *index = f;
    if (fixed && memcmp(d->fields[f], field, cells(ops) * sizeof *field) == 0) {
      free(field);
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  }
  if (EluteOpGrow(&d->fields, &d->n_fields, sizeof *d->fields)) {
    free(field);
    PetscFunctionReturn(ELUTE_ERR);
  }
  *index = d->n_fields - 1;
  d->fields[*index] = field;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_varying(EluteOperators *ops, const EluteVarying *v) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  PetscCall(EluteOpGrow(&d->varying, &d->n_varying, sizeof *d->varying));
  d->varying[d->n_varying - 1] = *v;
  d->steps_matter = d->steps_matter || EluteValueFollowsStep(v->value);
  if (v->field >= 0)
    ops->slow_values = true;
  else
    d->tables_vary = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_by_flow(EluteOperators *ops, const EluteVarying *v, int field) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  PetscCall(EluteOpGrow(&d->by_flow, &d->n_by_flow, sizeof *d->by_flow));
  d->by_flow[d->n_by_flow - 1] = *v;
  d->by_flow[d->n_by_flow - 1].field = field;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpCoefficient(EluteOperators *ops, const EluteValue *value, const EluteFold *fold,
                                  const bool *active, bool positive, EluteCoefficient *coefficient) {
  EluteVarying v = {.value = value, .fold = *fold, .positive = positive, .table = -1, .field = -1};
  bool value_in_place = EluteValueVariesInPlace(value), in_time = EluteValueVariesInTime(value);
  bool needs_field = value_in_place || fold_in_place(ops, fold), slow = value_in_place && in_time;
  bool by_flow = fold->by_flow != NULL;
  double table[ELUTE_MAX_TISSUES], *field;

  PetscFunctionBegin;
  memcpy(v.active, active, sizeof v.active);
  v.fold_in_table = !needs_field;
  for (int t = 0; t < ELUTE_MAX_TISSUES; t++) table[t] = positive || (value_in_place && active[t]) ? 1 : 0;
  if (!value_in_place) PetscCall(fill_table(ops, &v, table));
  PetscCall(add_table(ops, table, fold->own_table || (in_time && !value_in_place), &coefficient->table));
  coefficient->field = -1;
  if (needs_field) {
    field = calloc(cells(ops) + 1, sizeof *field);
    if (!field) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (a coefficient of every cell)"));
    if (fill_field(ops, &v, value_in_place, field)) {
      free(field);
      PetscFunctionReturn(ELUTE_ERR);
    }
    PetscCall(add_field(ops, field, slow || by_flow, &coefficient->field));
  }
  if (by_flow) PetscCall(add_by_flow(ops, &v, coefficient->field));
  if (!in_time) PetscFunctionReturn(PETSC_SUCCESS);
  if (slow)
    v.field = coefficient->field;
  else
    v.table = coefficient->table;
  PetscCall(add_varying(ops, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpUploadCoefficients(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  EluteProblemView *v = &ops->view;
  size_t bytes = cells(ops) * sizeof(double);

  PetscFunctionBegin;
  v->n_scalars = d->n_scalars, v->n_tables = d->n_tables, v->n_fields = d->n_fields;
  PetscCall(EluteOpUpload(ops, NULL, (size_t)d->n_scalars * sizeof(double), &v->scalars));
  PetscCall(EluteOpUpload(ops, NULL, (size_t)d->n_scalars * sizeof(double), &v->scalar_rates));
  PetscCall(EluteOpUpload(ops, d->tables, (size_t)d->n_tables * ELUTE_MAX_TISSUES * sizeof(double), &v->tables));
  d->scalars = calloc((size_t)d->n_scalars + 1, sizeof(double));
  d->scalar_rates = calloc((size_t)d->n_scalars + 1, sizeof(double));
  d->field_at = calloc((size_t)d->n_fields + 1, sizeof *d->field_at);
  if (!d->scalars || !d->scalar_rates || !d->field_at)
    PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  ops->coefficients_vary = d->n_varying > 0;
  for (int s = 0; s < d->n_scalars; s++)
    d->scalars_vary |= d->scalar[s].value && EluteValueVariesInTime(d->scalar[s].value);
  for (int f = 0; f < d->n_fields; f++) {
    PetscCall(EluteOpUpload(ops, d->fields[f], bytes, &d->field_at[f]));
    free(d->fields[f]);
    d->fields[f] = NULL;
  }
  PetscCall(EluteOpUpload(ops, d->field_at, (size_t)d->n_fields * sizeof *d->field_at, &v->fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode update_scalars(EluteOperators *ops, bool all) {
  EluteOperatorsData *d = elute_data(ops);
  size_t bytes = (size_t)d->n_scalars * sizeof(double);
  bool changed = false;

  PetscFunctionBegin;
  for (int s = 0; s < d->n_scalars; s++) {
    EluteScalar *scalar = &d->scalar[s];

    if (scalar->rate_of >= 0) continue;
    if (!scalar->value) {
      d->scalars[s] = 1;
      continue;
    }
    if (!all && !EluteValueVariesInTime(scalar->value)) continue;
    changed = true;
    scalar->where.t = ops->time;
    scalar->where.segment_begin = ops->segment_begin, scalar->where.segment_end = ops->segment_end;
    PetscCall(EluteOpEvaluate(scalar->value, &scalar->where, &d->scalars[s]));
    if (EluteValueVariesInTime(scalar->value))
      PetscCall(EluteOpEvaluateRate(scalar->value, &scalar->where, &d->scalar_rates[s]));
  }
  for (int s = 0; s < d->n_scalars; s++)
    if (d->scalar[s].rate_of >= 0) d->scalars[s] = d->scalar_rates[d->scalar[s].rate_of];
  if (changed || all) {
    ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_backend(ops->view.scalars, d->scalars, bytes));
    ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_backend(ops->view.scalar_rates, d->scalar_rates, bytes));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode refill_field(EluteOperators *ops, const EluteVarying *v, bool with_value) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  ops->coefficients_at++;
  if (!d->row_scratch) d->row_scratch = malloc((cells(ops) + 1) * sizeof(double));
  if (!d->row_scratch)
    PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (a coefficient of every cell)"));
  PetscCall(fill_field(ops, v, with_value, d->row_scratch));
  ELUTE_BACKEND_CALL(ops->fields,
                     ops->backend->to_backend(d->field_at[v->field], d->row_scratch, cells(ops) * sizeof(double)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpUpdateExchanges(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  for (int c = 0; c < d->n_by_flow; c++) {
    EluteVarying *v = &d->by_flow[c];

    PetscCall(EluteOpFillExchange(ops, v->fold.by_flow, (double *)v->fold.fraction));
    PetscCall(refill_field(ops, v, EluteValueVariesInPlace(v->value)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode update_coefficients(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);
  double before[ELUTE_MAX_TISSUES];

  PetscFunctionBegin;
  for (int c = 0; c < d->n_varying; c++) {
    const EluteVarying *v = &d->varying[c];

    if (v->field < 0) {
      double *table = &d->tables[v->table * ELUTE_MAX_TISSUES];

      memcpy(before, table, sizeof before);
      PetscCall(fill_table(ops, v, table));
      ops->coefficients_at += memcmp(before, table, sizeof before) != 0;
      continue;
    }
    PetscCall(refill_field(ops, v, true));
  }
  if (d->tables_vary)
    ELUTE_BACKEND_CALL(ops->fields, ops->backend->to_backend(ops->view.tables, d->tables,
                                                             (size_t)d->n_tables * ELUTE_MAX_TISSUES * sizeof(double)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode update(EluteOperators *ops, bool all) {
  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(ops->event_coefficients, 0, 0, 0, 0));
  PetscCall(update_scalars(ops, all));
  PetscCall(update_coefficients(ops));
  PetscCall(PetscLogEventEnd(ops->event_coefficients, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsSetSegment(EluteOperators *ops, double begin, double end) {
  EluteOperatorsData *d = elute_data(ops);

  PetscFunctionBegin;
  ops->segment_begin = ops->step_begin = begin, ops->segment_end = ops->step_end = end, ops->time = begin;
  PetscCall(EluteAgree(ops->mesh->comm, update(ops, true)));
  PetscCall(EluteFieldsAgree(ops->fields));
  if (d->built) PetscCall(EluteOpUpdateFlow(ops)); /* not for the run as a whole, which is no segment */
  d->current = true;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void EluteOperatorsSetStep(EluteOperators *ops, double begin, double end) {
  EluteOperatorsData *d = elute_data(ops);

  for (int p = 0; p < ops->n_parts; p++) EluteOperatorsSetStep(ops->part[p], begin, end);
  if (d->steps_matter && (begin != ops->step_begin || end != ops->step_end)) d->current = false;
  ops->step_begin = begin, ops->step_end = end;
}

PetscErrorCode EluteOperatorsSetTime(EluteOperators *ops, double t) {
  EluteOperatorsData *d = elute_data(ops);
  PetscErrorCode code;

  PetscFunctionBegin;
  if (d->current && t == ops->time) PetscFunctionReturn(PETSC_SUCCESS);
  ops->time = t;
  if (!d->scalars_vary && !ops->coefficients_vary && !d->agree) PetscFunctionReturn(PETSC_SUCCESS);
  d->current = false;
  code = ops->n_parts ? EluteOpGather(ops, t) : update(ops, false);
  if (d->agree) code = EluteAgree(ops->mesh->comm, code);
  d->current = !code;
  PetscFunctionReturn(code);
}
