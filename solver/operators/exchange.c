/* The coefficients of exchange through vessel walls and with lymph (kernels/cell/exchange.h): one number in a tissue
   where nothing that enters differs within it, else one per cell. They change with the solved pressure alone; what
   varies otherwise is the concentration outside, which is the reaction's rate. */
#include "flow.h"
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include "../../kernels/cell/exchange.h"

/* A value within its bounds; 0 where it is not given (of NULL). */
static PetscErrorCode bounded(const EluteValue *of, const char *name, double minimum, double maximum,
                              const EluteWhere *where, double *value) {
  PetscFunctionBegin;
  *value = 0;
  if (!of) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EluteOpEvaluate(of, where, value));
  if (*value >= minimum && *value <= maximum) PetscFunctionReturn(PETSC_SUCCESS);
  PetscFunctionReturn(EluteOpOutOfBounds(of, name, where, *value,
                                         maximum < HUGE_VAL ? "a number from 0 to 1" : "a number not below 0"));
}

PetscErrorCode EluteOpSupply(const EluteOperators *ops, EluteSupply supply, const EluteWhere *where, size_t row,
                             size_t i, double *value) {
  const EluteOperatorsData *d = elute_data(ops);
  const EluteSupplyKey *key = &elute_supply[supply];
  const EluteCellProperty *property = supply == ELUTE_SUPPLY_AREA           ? &d->vessel_area
                                      : supply == ELUTE_SUPPLY_CONDUCTIVITY ? &d->vessel_conductivity
                                                                            : NULL;

  PetscFunctionBegin;
  if (property)
    *value = elute_at(property, row * (size_t)ops->mesh->view.pitch + i, where->tissue);
  else
    PetscCall(bounded(ops->model->tissues[where->tissue].supply[supply], key->key, key->minimum, key->maximum, where,
                      value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Interstitial pressure, Pa: the solved one, or the tissue's. */
static PetscErrorCode cell_pressure(const EluteOperators *ops, const EluteWhere *where, size_t row, size_t i,
                                    double *pressure) {
  const double *solved = EluteFlowPressure(ops);

  PetscFunctionBegin;
  if (solved)
    *pressure = solved[row * (size_t)ops->mesh->view.pitch + i];
  else
    PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_INTERSTITIAL, where, row, i, pressure));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpNetworkArea(const EluteOperators *ops, double **area) {
  const EluteNetwork *network = &ops->model->network;
  const EluteMeshView *m = &ops->mesh->view;
  const size_t pitch = (size_t)m->pitch;
  double inside = 0;

  PetscFunctionBegin;
  *area = NULL;
  if (network->n == 0) PetscFunctionReturn(PETSC_SUCCESS);
  *area = calloc((size_t)m->n_rows * pitch + 1, sizeof **area);
  if (!*area) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (vessels in every cell)"));
  for (int v = 0; v < network->n; v++) {
    const EluteVessel *one = &network->vessel[v];

    PetscCall(EluteMeshAddRod(ops->mesh, one->from, one->to, one->radius, *area, &inside));
  }
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++)
      (*area)[row * pitch + i] /= EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fluid that filters out of vessels, m/s (volume per area of wall and time). */
static PetscErrorCode filtration_of(const EluteOperators *ops, const EluteWhere *where, size_t row, size_t i,
                                    double *flux) {
  double conductivity, vessel, tissue, reflection, osmotic, osmotic_tissue;

  PetscFunctionBegin;
  PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_CONDUCTIVITY, where, row, i, &conductivity));
  PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_PRESSURE, where, row, i, &vessel));
  PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_REFLECTION, where, row, i, &reflection));
  PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_OSMOTIC, where, row, i, &osmotic));
  PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_OSMOTIC_TISSUE, where, row, i, &osmotic_tissue));
  PetscCall(cell_pressure(ops, where, row, i, &tissue));
  *flux = elute_filtration(conductivity, vessel, tissue, reflection, osmotic, osmotic_tissue);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1/s, in a cell; where nothing differs within a tissue, in any. */
static PetscErrorCode coefficient(const EluteOperators *ops, const EluteReactionSpec *spec, const EluteWhere *where,
                                  size_t row, size_t i, double *value) {
  const EluteSpecies *s = &ops->model->species[spec->changed[0]];
  double area, filtration = 0, permeability, reflection, conductance, lymph, tissue;

  PetscFunctionBegin;
  if (spec->exchange == ELUTE_EXCHANGE_TO_LYMPH) {
    PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_LYMPH, where, row, i, &conductance));
    PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_LYMPH_PRESSURE, where, row, i, &lymph));
    PetscCall(cell_pressure(ops, where, row, i, &tissue));
    *value = elute_lymph_uptake(conductance, tissue, lymph);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EluteOpSupply(ops, ELUTE_SUPPLY_AREA, where, row, i, &area));
  PetscCall(filtration_of(ops, where, row, i, &filtration));
  PetscCall(bounded(s->permeability, "permeability", 0, HUGE_VAL, where, &permeability));
  PetscCall(bounded(s->reflection, "reflection", 0, 1, where, &reflection));
  filtration *= 1 - reflection;
  if (spec->exchange == ELUTE_EXCHANGE_FROM_VESSELS) filtration = -filtration;
  *value = area * elute_clearance(permeability, filtration);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOperatorsExchange(const EluteOperators *ops, const EluteReactionSpec *reaction, PetscInt row,
                                      PetscInt i, double *result) {
  const EluteWhere where = EluteOpWhereCell(ops, row, i);

  PetscFunctionBegin;
  *result = 1;
  if (reaction->exchange == ELUTE_EXCHANGE_NONE) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(coefficient(ops, reaction, &where, (size_t)row, (size_t)i, result));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static bool in_place(const EluteOperators *ops, const EluteReactionSpec *spec, int tissue) {
  const EluteSpecies *s = &ops->model->species[spec->changed[0]];
  const EluteOperatorsData *d = elute_data(ops);
  bool varies = EluteFlowPressure(ops) ||
                (spec->exchange != ELUTE_EXCHANGE_TO_LYMPH && (d->vessel_area.cells || d->vessel_conductivity.cells)) ||
                (s->permeability && EluteValueVariesInPlace(s->permeability)) ||
                (s->reflection && EluteValueVariesInPlace(s->reflection));

  for (int i = 0; i < ELUTE_N_SUPPLY; i++) {
    const EluteValue *of = ops->model->tissues[tissue].supply[i];

    varies |= of && EluteValueVariesInPlace(of);
  }
  return varies;
}

PetscErrorCode EluteOpFillExchange(EluteOperators *ops, const EluteReactionSpec *spec, double *values) {
  const EluteMeshView *m = &ops->mesh->view;

  PetscFunctionBegin;
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < (size_t)m->n_cells; i++) {
      const EluteWhere where = EluteOpWhereCell(ops, (PetscInt)row, (PetscInt)i);

      if (spec->in_tissue[where.tissue])
        PetscCall(coefficient(ops, spec, &where, row, i, &values[row * (size_t)m->pitch + i]));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpExchangeFold(EluteOperators *ops, const EluteReactionSpec *spec, EluteFold *fold) {
  EluteOperatorsData *d = elute_data(ops);
  const EluteMeshView *m = &ops->mesh->view;
  const double origin[3] = {0, 0, 0};
  bool cells = false;
  double *values;

  PetscFunctionBegin;
  if (spec->exchange == ELUTE_EXCHANGE_NONE) PetscFunctionReturn(PETSC_SUCCESS);
  for (int t = 0; t < ops->model->n_tissues; t++) cells |= spec->in_tissue[t] && in_place(ops, spec, t);
  PetscCall(EluteOpGrow(&d->fractions, &d->n_fractions, sizeof *d->fractions));
  values = calloc((cells ? (size_t)m->n_rows * (size_t)m->pitch : ELUTE_MAX_TISSUES) + 1, sizeof *values);
  if (!values) PetscFunctionReturn(EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (an exchange of every cell)"));
  d->fractions[d->n_fractions - 1] = values;
  if (cells)
    fold->fraction = values;
  else
    fold->by_tissue = values;
  for (int t = 0; t < ops->model->n_tissues && !cells; t++) {
    const EluteWhere where = EluteModelWhere(ops->model, origin, t, ops->time, ops->segment_begin, ops->segment_end);

    if (spec->in_tissue[t]) PetscCall(coefficient(ops, spec, &where, 0, 0, &values[t]));
  }
  if (cells) PetscCall(EluteOpFillExchange(ops, spec, values));
  if (EluteFlowPressure(ops)) fold->by_flow = spec;
  PetscFunctionReturn(PETSC_SUCCESS);
}
