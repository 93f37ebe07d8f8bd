/* Accessible fraction, diffusivity, sorption, partition and conductivity of every cell, ghost rows included, so that
   both sides of a rank boundary compute their common face from the same numbers. */
#include "internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

typedef struct Bounds {
  EluteProperty property;
  const char *name;
  bool positive; /* > 0, not just >= 0 */
  double maximum;
} Bounds;

static bool within(const Bounds *bounds, double value) {
  return value >= 0 && !(bounds->positive && value <= 0) && value <= bounds->maximum;
}

static const char *expected(const Bounds *bounds) {
  if (bounds->positive) return "a number above 0";
  return bounds->maximum < INFINITY ? "a number not below 0 and at most 1" : "a number not below 0";
}

static PetscErrorCode check(const Bounds *bounds, const EluteValue *of, const EluteWhere *where, double value) {
  return within(bounds, value) ? PETSC_SUCCESS : EluteOpOutOfBounds(of, bounds->name, where, value, expected(bounds));
}

/* Of a value times its multiplier. */
static PetscErrorCode check_varied(const EluteOperators *ops, const Bounds *bounds, size_t row, size_t i,
                                   double value) {
  const EluteNode *node;
  double x[3];

  if (within(bounds, value)) return PETSC_SUCCESS;
  node = EluteOpVariationNode(ops, bounds->property, EluteOpTissue(ops, row, i));
  EluteMeshCellCentre(ops->mesh, (PetscInt)row, (PetscInt)i, x);
  return EluteFail(ELUTE_EXIT_CASE, "%s:%d:%d: error: tissues.%s.vary.%s: makes it %g at (%g, %g, %g) m; expected %s",
                   node && node->file ? node->file : "case", node ? node->line : 0, node ? node->column : 0,
                   ops->model->tissues[EluteOpTissue(ops, row, i)].name, bounds->name, value, x[0], x[1], x[2],
                   expected(bounds));
}

/* After changes in time. */
static PetscErrorCode check_changed(const EluteOperators *ops, const Bounds *bounds, size_t row, size_t i,
                                    double value) {
  double x[3];

  if (within(bounds, value)) return PETSC_SUCCESS;
  EluteMeshCellCentre(ops->mesh, (PetscInt)row, (PetscInt)i, x);
  return EluteFail(ELUTE_EXIT_CASE, "changes: they make %s %g at (%g, %g, %g) m, %g s; expected %s", bounds->name,
                   value, x[0], x[1], x[2], ops->time, expected(bounds));
}

/* values[t]: the value that holds in tissue t; NULL: `missing` everywhere. species: -1 for a property of the tissue.
   more: what is added in each owned cell to what varies; NULL: nothing. */
static PetscErrorCode build_property(EluteOperators *ops, int species, const EluteValue *const *values,
                                     const double *more, const Bounds *bounds, double missing,
                                     EluteCellProperty *property) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t rows = (size_t)m->n_rows + (size_t)m->n_ghost_rows, pitch = (size_t)m->pitch;
  const double origin[3] = {0, 0, 0};
  bool may_vary = bounds->property < ELUTE_N_PROPERTIES; /* by vary: and changes: */
  bool in_place = more || (may_vary && EluteOpIsChanged(ops, bounds->property, species));
  const double *multipliers = NULL;

  PetscFunctionBegin;
  if (may_vary) PetscCall(EluteOpMultipliers(ops, bounds->property, &multipliers));
  for (int t = 0; t < ops->model->n_tissues; t++) {
    EluteWhere where = EluteModelWhere(ops->model, origin, t, ops->time, ops->segment_begin, ops->segment_end);

    property->by_tissue[t] = missing;
    if (!values[t]) continue;
    if (EluteValueVariesInPlace(values[t])) {
      in_place = true;
      continue;
    }
    PetscCall(EluteOpEvaluate(values[t], &where, &property->by_tissue[t]));
    PetscCall(check(bounds, values[t], &where, property->by_tissue[t]));
  }
  if (!in_place && !multipliers) PetscFunctionReturn(PETSC_SUCCESS);
  property->cells = calloc(rows * pitch + 1, sizeof(double));
  if (!property->cells)
    PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (%s of every cell)", bounds->name));
  for (size_t row = 0; row < rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      int t = EluteOpTissue(ops, row, i);
      double *cell = &property->cells[row * pitch + i];

      *cell = property->by_tissue[t];
      if (values[t] && EluteValueVariesInPlace(values[t])) {
        EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);

        PetscCall(EluteOpEvaluate(values[t], &where, cell));
        PetscCall(check(bounds, values[t], &where, *cell));
      }
      if (multipliers) *cell *= multipliers[row * pitch + i];
      if (multipliers) PetscCall(check_varied(ops, bounds, row, i, *cell));
      if (more && row < (size_t)m->n_rows) *cell += more[row * pitch + i];
      if (may_vary) PetscCall(EluteOpChanged(ops, bounds->property, species, row, i, cell));
      PetscCall(check_changed(ops, bounds, row, i, *cell));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build_species(EluteOperators *ops, int species, const EluteValue *value, const Bounds *bounds,
                                    double missing, EluteCellProperty *property) {
  const EluteValue *values[ELUTE_MAX_TISSUES];

  for (int t = 0; t < ops->model->n_tissues; t++) values[t] = value;
  return build_property(ops, species, values, NULL, bounds, missing, property);
}

/* What the fluid's pressure and exchange through vessels look at. */
static PetscErrorCode build_fluid(EluteOperators *ops) {
  static const Bounds conductivity = {ELUTE_PROPERTY_HYDRAULIC_CONDUCTIVITY, "hydraulic_conductivity", true, DBL_MAX},
                      area = {ELUTE_PROPERTY_VASCULAR_DENSITY, "vascular_density", false, INFINITY},
                      wall = {ELUTE_PROPERTY_VESSEL_CONDUCTIVITY, "vessel_conductivity", false, INFINITY};
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = elute_data(ops);
  const EluteValue *of_flow[ELUTE_MAX_TISSUES], *of_area[ELUTE_MAX_TISSUES], *of_wall[ELUTE_MAX_TISSUES];
  PetscErrorCode code;
  double *network;

  PetscFunctionBegin;
  for (int t = 0; t < model->n_tissues; t++) {
    of_flow[t] = model->tissues[t].hydraulic_conductivity;
    of_area[t] = model->tissues[t].supply[ELUTE_SUPPLY_AREA];
    of_wall[t] = model->tissues[t].supply[ELUTE_SUPPLY_CONDUCTIVITY];
  }
  if (model->flow.model == ELUTE_FLOW_DARCY_STARLING)
    PetscCall(build_property(ops, -1, of_flow, NULL, &conductivity, 0, &d->conductivity));
  PetscCall(build_property(ops, -1, of_wall, NULL, &wall, 0, &d->vessel_conductivity));
  code = EluteOpNetworkArea(ops, &network);
  if (!code) code = build_property(ops, -1, of_area, network, &area, 0, &d->vessel_area);
  free(network);
  PetscFunctionReturn(code);
}

static PetscErrorCode build_porosity(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t rows = (size_t)m->n_rows, pitch = (size_t)m->pitch, n_mobile = (size_t)ops->model->n_mobile;

  PetscFunctionBegin;
  ops->porosity = malloc((rows * n_mobile * pitch + 1) * sizeof(double));
  if (!ops->porosity)
    PetscFunctionReturn(
        EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (%zu bytes of porosity)", rows * n_mobile * pitch * 8));
  for (size_t row = 0; row < rows; row++)
    for (size_t k = 0; k < n_mobile; k++)
      for (size_t i = 0; i < pitch; i++)
        ops->porosity[(row * n_mobile + k) * pitch + i] =
            i < (size_t)m->n_cells ? EluteOpPorosity(ops, (int)k, row, i) : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpBuildProperties(EluteOperators *ops) {
  static const Bounds fraction = {ELUTE_PROPERTY_INTERSTITIAL_FRACTION, "interstitial_fraction", false, 1},
                      availability = {ELUTE_PROPERTY_AVAILABILITY, "availability", false, 1},
                      diffusivity = {ELUTE_PROPERTY_DIFFUSIVITY, "diffusivity", false, INFINITY},
                      sorption = {ELUTE_PROPERTY_SORPTION_FACTOR, "sorption_factor", true, INFINITY},
                      partition = {ELUTE_PROPERTY_PARTITION, "partition", true, INFINITY},
                      hindrance = {ELUTE_N_PROPERTIES, "convective_hindrance", true, 1},
                      conductivity = {ELUTE_N_PROPERTIES, "thermal_conductivity", false, INFINITY},
                      capacity = {ELUTE_N_PROPERTIES, "heat_capacity", true, DBL_MAX};
  const EluteModel *model = ops->model;
  EluteOperatorsData *d = elute_data(ops);
  const EluteValue *values[ELUTE_MAX_TISSUES];

  PetscFunctionBegin;
  for (int t = 0; t < model->n_tissues; t++) values[t] = model->tissues[t].interstitial_fraction;
  PetscCall(build_property(ops, -1, values, NULL, &fraction, 1, &d->fraction));
  PetscCall(build_fluid(ops));
  d->properties = calloc((size_t)model->n_mobile + 1, sizeof *d->properties);
  if (!d->properties) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory"));
  for (int k = 0; k < model->n_mobile; k++) {
    const EluteSpecies *s = &model->species[k];
    EluteSpeciesProperties *p = &d->properties[k];

    PetscCall(build_species(ops, k, s->diffusivity, elute_is_heat(ops, k) ? &conductivity : &diffusivity, 0,
                            &p->diffusivity));
    PetscCall(
        build_species(ops, k, s->sorption_factor, elute_is_heat(ops, k) ? &capacity : &sorption, 1, &p->sorption));
    if (elute_is_heat(ops, k)) continue;
    PetscCall(build_species(ops, k, s->availability, &availability, 1, &p->availability));
    PetscCall(build_species(ops, k, s->partition, &partition, 1, &p->partition));
    PetscCall(build_species(ops, k, s->convective_hindrance, &hindrance, 1, &p->hindrance));
  }
  PetscCall(build_porosity(ops));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void EluteOpDestroyProperties(EluteOperators *ops) {
  EluteOperatorsData *d = elute_data(ops);

  free(d->fraction.cells), free(d->conductivity.cells), free(d->vessel_area.cells);
  free(d->vessel_conductivity.cells);
  for (int k = 0; d->properties && k < ops->model->n_mobile; k++) {
    EluteSpeciesProperties *p = &d->properties[k];

    free(p->availability.cells), free(p->diffusivity.cells), free(p->sorption.cells), free(p->partition.cells);
    free(p->hindrance.cells);
  }
  free(d->properties);
}

int EluteOpTissue(const EluteOperators *ops, size_t row, size_t i) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t rows = (size_t)m->n_rows, pitch = (size_t)m->pitch;

  return row < rows ? m->tissue[row * pitch + i] : ops->mesh->ghost_tissue[(row - rows) * pitch + i];
}

double EluteOpPhi(const EluteOperators *ops, int k, size_t row, size_t i) {
  const EluteOperatorsData *d = elute_data(ops);
  size_t cell = row * (size_t)ops->mesh->view.pitch + i;
  int t = EluteOpTissue(ops, row, i);

  if (elute_is_heat(ops, k)) return 1;
  return elute_at(&d->fraction, cell, t) * elute_at(&d->properties[k].availability, cell, t);
}

double EluteOpPhiOfTissue(const EluteOperators *ops, int k, int tissue) {
  const EluteOperatorsData *d = elute_data(ops);

  if (elute_is_heat(ops, k)) return 1;
  return d->fraction.by_tissue[tissue] * d->properties[k].availability.by_tissue[tissue];
}

double EluteOpPorosityOfTissue(const EluteOperators *ops, int k, int tissue) {
  if (k >= ops->model->n_mobile) return 1;
  return EluteOpPhiOfTissue(ops, k, tissue) * elute_data(ops)->properties[k].sorption.by_tissue[tissue];
}

double EluteOpPorosity(const EluteOperators *ops, int k, size_t row, size_t i) {
  if (k >= ops->model->n_mobile) return 1;
  return EluteOpPhi(ops, k, row, i) * elute_at(&elute_data(ops)->properties[k].sorption,
                                               row * (size_t)ops->mesh->view.pitch + i, EluteOpTissue(ops, row, i));
}

double EluteOpCapacity(const EluteOperators *ops, int k, size_t row, size_t i) {
  if (elute_is_heat(ops, k)) return EluteOpPorosity(ops, k, row, i);
  return EluteOpPorosity(ops, k, row, i) * elute_at(&elute_data(ops)->properties[k].partition,
                                                    row * (size_t)ops->mesh->view.pitch + i,
                                                    EluteOpTissue(ops, row, i));
}

double EluteOpInverseCapacity(const EluteOperators *ops, int k, size_t row, size_t i) {
  double capacity = EluteOpCapacity(ops, k, row, i);
  double inverse = capacity > 0 ? 1 / capacity : 0; /* nothing can be where there is no room: no activity either */

  return ops->view.transport.single ? (double)(float)inverse : inverse;
}

double EluteOpPermeability(const EluteOperators *ops, int k, size_t row, size_t i) {
  const EluteSpeciesProperties *p = &elute_data(ops)->properties[k];
  size_t cell = row * (size_t)ops->mesh->view.pitch + i;
  int t = EluteOpTissue(ops, row, i);

  if (elute_is_heat(ops, k)) return elute_at(&p->diffusivity, cell, t);
  return EluteOpPhi(ops, k, row, i) * elute_at(&p->diffusivity, cell, t) * elute_at(&p->partition, cell, t);
}

double EluteOpDiffusivity(const EluteOperators *ops, int k, size_t row, size_t i) {
  return elute_at(&elute_data(ops)->properties[k].diffusivity, row * (size_t)ops->mesh->view.pitch + i,
                  EluteOpTissue(ops, row, i));
}

double EluteOpHindrance(const EluteOperators *ops, int k, size_t row, size_t i) {
  if (elute_is_heat(ops, k)) return 0;
  return elute_at(&elute_data(ops)->properties[k].hindrance, row * (size_t)ops->mesh->view.pitch + i,
                  EluteOpTissue(ops, row, i));
}

double EluteOpCarry(const EluteOperators *ops, int k, size_t row, size_t i) {
  double porosity = EluteOpPorosity(ops, k, row, i);
  double carry = porosity > 0 ? EluteOpHindrance(ops, k, row, i) / porosity : 0;

  return ops->view.transport.single ? (double)(float)carry : carry;
}

double EluteOpConductivity(const EluteOperators *ops, size_t row, size_t i) {
  return elute_at(&elute_data(ops)->conductivity, row * (size_t)ops->mesh->view.pitch + i, EluteOpTissue(ops, row, i));
}

bool EluteOpPhiInPlace(const EluteOperators *ops, int k) {
  const EluteOperatorsData *d = elute_data(ops);

  return !elute_is_heat(ops, k) && (d->fraction.cells || d->properties[k].availability.cells);
}

bool EluteOpPorosityInPlace(const EluteOperators *ops, int k) {
  return k < ops->model->n_mobile && (EluteOpPhiInPlace(ops, k) || elute_data(ops)->properties[k].sorption.cells);
}
