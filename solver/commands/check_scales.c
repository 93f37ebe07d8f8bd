/* Times and lengths on which things happen in a case: h^2/D, 1/k, sqrt(D/k). */
#include <math.h>
#include <stdlib.h>
#include "check.h"

enum { MOST_SAMPLES = 100000 }; /* cells looked at where something varies within a tissue */

typedef struct Place {
  PetscInt row, i;
  int tissue;
  EluteWhere where;
  double width; /* m, the narrowest; INFINITY: no axes */
} Place;

static PetscErrorCode value_at(const EluteValue *value, const Place *place, double fallback, double *result) {
  char why[512];

  *result = fallback;
  if (!value || EluteValueAt(value, &place->where, result, why, sizeof why)) return PETSC_SUCCESS;
  return EluteFail(ELUTE_EXIT_CASE, "%s", why);
}

static double width_along(const EluteMeshSpec *spec, int axis, PetscInt i) {
  return spec->n[axis] > 1 && spec->edges[axis] ? spec->edges[axis][i + 1] - spec->edges[axis][i] : INFINITY;
}

static Place place_of(const EluteSimulation *s, PetscInt row, PetscInt i) {
  const EluteTimeSpec *time = &s->model->time;
  Place p = {.row = row, .i = i, .tissue = s->mesh->view.tissue[row * s->mesh->view.pitch + i]};
  PetscInt j, k;
  double x[3];

  EluteMeshRowIndex(s->mesh, row, &j, &k);
  EluteMeshCellCentre(s->mesh, row, i, x);
  p.where = EluteModelWhere(s->model, x, p.tissue, s->ops->time, time->begin, time->end);
  p.width = fmin(width_along(&s->mesh->spec, 0, i),
                 fmin(width_along(&s->mesh->spec, 1, j), width_along(&s->mesh->spec, 2, k)));
  return p;
}

/* The largest value of a table up to x, by the beginnings of its intervals. */
static double largest_up_to(const EluteLookupSpec *t, double x) {
  double largest = fabs(t->coefficients[0]);

  for (int i = 1; i < t->n && t->from + i * t->width <= x; i++) largest = fmax(largest, fabs(t->coefficients[4 * i]));
  return largest;
}

/* The value of a table at x, likewise; 1 where there is none above 0. */
static double near(const EluteLookupSpec *t, double x) {
  const double place = fmin(fmax((x - t->from) / t->width, 0), t->n - 1), value = t->coefficients[4 * (int)place];

  return value > 0 ? value : 1;
}

/* A bound of the factor for concentrations up to c, and of its slope, 1 or 1/(mol/m3). */
static void factor_bounds(const EluteModel *m, const EluteFactorSpec *factor, double constant, double c, double *bound,
                          double *slope) {
  double n = factor->exponent;

  *bound = factor->kind == ELUTE_LINEAR ? c : 1;
  *slope = factor->kind == ELUTE_LINEAR ? 1 : factor->kind == ELUTE_SATURATION ? 1 / constant : 0;
  /* the steepest place of x^n / (K^n + x^n), from its second derivative */
  if (factor->kind == ELUTE_HILL)
    *slope = (n > 1 ? pow(n - 1, (n - 1) / n) * pow(n + 1, (n + 1) / n) / (4 * n) : 1) / constant;
  if (factor->kind == ELUTE_LOGARITHM && c > 0) *bound = fabs(log(c / constant)), *slope = 1 / c;
  if (factor->kind == ELUTE_LOOKUP) {
    *bound = largest_up_to(&m->lookups[factor->lookup], c);
    *slope = m->lookups[factor->lookup].steepest;
  }
}

/* Derivative of the rate law with respect to the concentration of each species, mol/(m3 s) per mol/m3 of tissue. */
static PetscErrorCode slopes_of(const EluteSimulation *s, const EluteReactionSpec *r, const Place *p,
                                const double *concentration, double *slope) {
  const EluteModel *m = s->model;
  double bound[ELUTE_MAX_FACTORS], own[ELUTE_MAX_FACTORS], rate, fraction, phi, least = INFINITY, constant;

  for (int k = 0; k < m->n_species; k++) slope[k] = 0;
  if (!r->in_tissue[p->tissue]) return PETSC_SUCCESS;
  PetscCall(value_at(r->rate, p, 0, &rate));
  PetscCall(EluteOperatorsExchange(s->ops, r, p->row, p->i, &constant));
  rate *= constant;
  PetscCall(value_at(m->tissues[p->tissue].interstitial_fraction, p, 1, &fraction));
  for (int f = 0; f < r->n_factors; f++) {
    int k = r->factor[f].species;

    PetscCall(value_at(r->factor[f].constant, p, 1, &constant));
    for (int g = f + 1; g < r->n_factors && r->factor[g].kind >= ELUTE_PER; g++)
      constant *= r->factor[g].kind == ELUTE_PER
                      ? concentration[r->factor[g].species]
                      : near(&m->lookups[r->factor[g].lookup], concentration[r->factor[g].species]);
    factor_bounds(m, &r->factor[f], constant, concentration[k], &bound[f], &own[f]);
    if (k >= m->n_mobile || elute_modulates(r->factor[f].kind)) continue;
    PetscCall(value_at(m->species[k].availability, p, 1, &phi));
    least = fmin(least, fraction * phi);
  }
  if (r->in_fluid && isfinite(least)) rate *= least;
  for (int f = 0; f < r->n_factors; f++) {
    int k = r->factor[f].species;
    double product = fabs(rate) * own[f], porosity = 1;

    for (int g = 0; g < r->n_factors; g++) product *= g == f ? 1 : bound[g];
    if (k < m->n_mobile) porosity = s->ops->porosity[(p->row * m->n_mobile + k) * s->mesh->view.pitch + p->i];
    if (porosity > 0) slope[k] += product / porosity;
  }
  return PETSC_SUCCESS;
}

/* Half the shortest extent of the mesh; the outer radius where there is a radius. */
static double characteristic_length(const EluteMeshSpec *spec) {
  double length = INFINITY;

  for (int a = 0; a < spec->dimension; a++) {
    bool radius = a == 0 && (spec->geometry == ELUTE_CYLINDRICAL || spec->geometry == ELUTE_SPHERICAL);

    if (spec->edges[a] && spec->n[a] > 1)
      length =
          fmin(length, radius ? spec->edges[a][spec->n[a]] : 0.5 * (spec->edges[a][spec->n[a]] - spec->edges[a][0]));
  }
  return length;
}

static PetscErrorCode look_at(const EluteSimulation *s, const Place *p, const double *concentration,
                              EluteCheck *check) {
  const EluteModel *m = s->model;
  double total[ELUTE_MAX_SPECIES] = {0}, slope[ELUTE_MAX_SPECIES], diffusivity, sorption;

  for (int i = 0; i < m->n_reactions; i++) {
    const EluteReactionSpec *r = &m->reactions[i];

    PetscCall(slopes_of(s, r, p, concentration, slope));
    for (int c = 0; c < r->n_changes; c++) {
      double k = fabs(r->change[c]) * slope[r->changed[c]];

      total[r->changed[c]] += k;
      if (1 / k < check->reaction_time) check->reaction_time = 1 / k, check->reaction = i;
    }
  }
  for (int k = 0; k < m->n_mobile && isfinite(p->width); k++) {
    EluteCoupling *coupling = &check->coupling[k];

    PetscCall(value_at(m->species[k].diffusivity, p, 0, &diffusivity));
    PetscCall(value_at(m->species[k].sorption_factor, p, 1, &sorption));
    diffusivity /= sorption;
    if (p->width * p->width / diffusivity < check->diffusion_time)
      check->diffusion_time = p->width * p->width / diffusivity, check->diffusion_species = k;
    if (m->species[k].quantity == ELUTE_HEAT) continue; /* nothing uses it up */
    if (diffusivity > 0 && total[k] > 0 && sqrt(diffusivity / total[k]) / p->width < coupling->cells) {
      coupling->depth = sqrt(diffusivity / total[k]);
      coupling->cells = coupling->depth / p->width;
      coupling->damkoehler = 1 / (coupling->cells * coupling->cells);
      coupling->thiele = characteristic_length(&s->mesh->spec) / coupling->depth;
      coupling->tissue = p->tissue;
    }
  }
  return PETSC_SUCCESS;
}

static PetscErrorCode look_around(const EluteSimulation *s, const double *concentration, EluteCheck *check) {
  const EluteMeshView *view = &s->mesh->view;
  int64_t cells = (int64_t)view->n_rows * view->n_cells, stride = 1 + cells / MOST_SAMPLES;
  bool seen[ELUTE_MAX_TISSUES] = {false};

  for (int64_t c = 0; c < cells; c++) {
    PetscInt row = (PetscInt)(c / view->n_cells), i = (PetscInt)(c % view->n_cells);
    int tissue = view->tissue[row * view->pitch + i];
    Place place;

    if (seen[tissue] && c % stride) continue;
    seen[tissue] = true;
    place = place_of(s, row, i);
    PetscCall(look_at(s, &place, concentration, check));
  }
  return PETSC_SUCCESS;
}

/* The rank whose number is smallest tells `bytes` of what goes with it. */
static PetscErrorCode smallest(MPI_Comm comm, double mine, void *with, int bytes) {
  struct {
    double value;
    int rank;
  } in = {mine, 0}, out;

  PetscCallMPI(MPI_Comm_rank(comm, &in.rank));
  PetscCallMPI(MPI_Allreduce(&in, &out, 1, MPI_DOUBLE_INT, MPI_MINLOC, comm));
  PetscCallMPI(MPI_Bcast(with, bytes, MPI_BYTE, out.rank, comm));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCheckScales(const EluteSimulation *s, const double *concentration, EluteCheck *check) {
  const EluteMeshSpec *spec = &s->mesh->spec;
  double mine;

  check->smallest_width = check->diffusion_time = check->reaction_time = INFINITY;
  for (int a = 0; a < 3; a++)
    for (PetscInt i = 0; i < spec->n[a]; i++)
      check->smallest_width = fmin(check->smallest_width, width_along(spec, a, i));
  for (int k = 0; k < ELUTE_MAX_SPECIES; k++)
    check->coupling[k] = (EluteCoupling){.depth = INFINITY, .cells = INFINITY};
  PetscCall(EluteAgree(s->comm, look_around(s, concentration, check)));
  mine = check->diffusion_time;
  PetscCall(smallest(s->comm, mine, &check->diffusion_time, sizeof check->diffusion_time));
  PetscCall(smallest(s->comm, mine, &check->diffusion_species, sizeof check->diffusion_species));
  mine = check->reaction_time;
  PetscCall(smallest(s->comm, mine, &check->reaction_time, sizeof check->reaction_time));
  PetscCall(smallest(s->comm, mine, &check->reaction, sizeof check->reaction));
  for (int k = 0; k < s->model->n_mobile; k++)
    PetscCall(smallest(s->comm, check->coupling[k].cells, &check->coupling[k], sizeof check->coupling[k]));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCheckConcentrations(const EluteSimulation *s, double *concentration) {
  const EluteMeshView *view = &s->mesh->view;
  size_t n_species = (size_t)s->model->n_species, n_mobile = (size_t)s->model->n_mobile, pitch = (size_t)view->pitch;
  size_t bytes = (size_t)s->fields->n_local * sizeof(double);
  double *state = malloc(bytes + 1);
  const double *array;

  PetscCall(EluteAgree(s->comm, state ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for the state")));
  PetscCall(EluteFieldsGetRead(s->fields, s->u, &array));
  ELUTE_BACKEND_CALL(s->fields, s->ops->backend->to_host(state, array, bytes));
  PetscCall(EluteFieldsRestoreRead(s->fields, s->u, &array));
  if (EluteFieldsAgree(s->fields)) {
    free(state);
    return ELUTE_ERR;
  }
  for (size_t row = 0; row < (size_t)view->n_rows; row++)
    for (size_t k = 0; k < n_species; k++)
      for (size_t i = 0; i < (size_t)view->n_cells; i++) {
        double c = state[(row * n_species + k) * pitch + i];

        if (k < n_mobile) c /= s->ops->porosity[(row * n_mobile + k) * pitch + i];
        if (isfinite(c)) concentration[k] = fmax(concentration[k], c);
      }
  free(state);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, concentration, (int)n_species, MPI_DOUBLE, MPI_MAX, s->comm));
  return PETSC_SUCCESS;
}
