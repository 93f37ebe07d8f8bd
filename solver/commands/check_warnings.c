/* What a case can be warned of before it is run: doses that miss, places the mesh does not resolve, species that outrun the fluid
   that carries them, idle species. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include "check.h"

enum { WANTED_CELLS = 3 }; /* across a boundary layer or a tissue */

void EluteCheckWarn(EluteCheck *check, const char *format, ...) {
  va_list arguments;

  if (check->n_warnings == ELUTE_MAX_WARNINGS) return;
  va_start(arguments, format);
  vsnprintf(check->warning[check->n_warnings++], sizeof check->warning[0], format, arguments);
  va_end(arguments);
}

/* The box around the simple bodies, along the mesh's axes; false: of another kind. */
static bool box_of(const EluteShape *shape, double low[3], double high[3]) {
  for (int d = 0; d < 3; d++) {
    double half = shape->kind == ELUTE_SHAPE_ELLIPSOID ? shape->b[d] : shape->r;

    low[d] = shape->kind == ELUTE_SHAPE_BOX ? shape->a[d] : shape->a[d] - half;
    high[d] = shape->kind == ELUTE_SHAPE_BOX ? shape->b[d] : shape->a[d] + half;
  }
  return shape->kind == ELUTE_SHAPE_SPHERE || shape->kind == ELUTE_SHAPE_ELLIPSOID || shape->kind == ELUTE_SHAPE_BOX;
}

/* Does a part of the shape stick out of the mesh? Negative radii are no place. */
static bool sticks_out(const EluteMeshSpec *spec, const EluteShape *shape) {
  double low[3], high[3];
  bool out = false;

  if (!box_of(shape, low, high)) return false;
  for (int a = 0; a < spec->dimension; a++) {
    bool radius = a == 0 && spec->geometry != ELUTE_CARTESIAN;
    double from, to, slack;

    if (!spec->edges[a] || spec->periodic[a]) continue;
    from = spec->edges[a][0], to = spec->edges[a][spec->n[a]], slack = 1e-9 * (to - from);
    out = out || high[a] > to + slack || (low[a] < from - slack && !(radius && from <= 0));
  }
  return out;
}

/* A shape that something is put into: outside, partly outside, or smaller than the largest cell that it touches. */
static PetscErrorCode check_shape(const EluteSimulation *s, const EluteShape *shape, const char *what, const char *name,
                                  const char *species, double *fraction, EluteCheck *check, bool *outside) {
  const EluteMeshView *view = &s->mesh->view;
  double total, inside = 0, largest = 0;

  PetscCall(EluteMeshShapeFractions(s->mesh, shape, fraction, &total));
  *outside = !(total > 0);
  if (*outside) {
    EluteCheckWarn(check, "the %s %s of %s lies outside the mesh", what, name, species);
    return PETSC_SUCCESS;
  }
  for (PetscInt row = 0; row < view->n_rows; row++)
    for (PetscInt i = 0; i < view->n_cells; i++) {
      double f = fraction[(size_t)row * (size_t)view->pitch + (size_t)i], volume = EluteMeshCellVolume(s->mesh, row, i);

      inside += f * volume;
      if (f > 0) largest = fmax(largest, volume);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &inside, 1, MPI_DOUBLE, MPI_SUM, s->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, s->comm));
  if (isfinite(check->smallest_width) && inside < largest * (1 - 1e-9))
    EluteCheckWarn(check, "the %s %s of %s is smaller than a cell", what, name, species);
  if (sticks_out(&s->mesh->spec, shape))
    EluteCheckWarn(check, "the %s %s of %s lies partly outside the mesh: all of it goes inside", what, name, species);
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCheckDoses(const EluteSimulation *s, EluteCheck *check, bool *refused) {
  const EluteModel *m = s->model;
  double *fraction;
  bool outside;

  *refused = false;
  PetscCall(PetscMalloc1((size_t)s->mesh->view.n_rows * (size_t)s->mesh->view.pitch + 1, &fraction));
  for (int i = 0; i < m->n_impulses; i++) {
    const EluteImpulse *impulse = &m->impulses[i];

    PetscCall(check_shape(s, &impulse->shape, "dose", impulse->name, m->species[impulse->species].name, fraction, check,
                          &outside));
    *refused = *refused || (outside && impulse->amount != 0);
  }
  for (int i = 0; i < m->n_reactions; i++) {
    const EluteReactionSpec *r = &m->reactions[i];

    if (!r->has_shape) continue;
    PetscCall(check_shape(s, &r->shape, "source", r->name, m->species[r->changed[0]].name, fraction, check, &outside));
  }
  PetscCall(PetscFree(fraction));
  return PETSC_SUCCESS;
}

/* The tissue at a point, painted like the mesh. */
static int tissue_at(const EluteModel *m, const double x[3]) {
  int t = m->n_tissues - 1;

  while (t > 0 && !elute_shape_contains(&m->tissues[t].where, x)) t--;
  return t;
}

/* Is the tissue three cells thick along every axis at this cell, corners included? Beyond the mesh it is taken to go
   on. The shapes are asked, so that ranks do not matter. */
static bool is_thick(const EluteSimulation *s, PetscInt row, PetscInt i, int tissue) {
  const EluteMeshSpec *spec = &s->mesh->spec;
  PetscInt at[3] = {i, 0, 0};

  EluteMeshRowIndex(s->mesh, row, &at[1], &at[2]);
  for (int corner = 0; corner < 27; corner++) {
    int shift[3] = {corner % 3 - 1, corner / 3 % 3 - 1, corner / 9 - 1};
    double x[3] = {0, 0, 0};
    bool inside = true;

    for (int a = 0; a < 3; a++) {
      PetscInt n = at[a] + shift[a];

      inside = inside && n >= 0 && n < spec->n[a];
      if (inside && a < spec->dimension) x[a] = s->mesh->centre[a][n];
    }
    if (inside && tissue_at(s->model, x) != tissue) return false;
  }
  return true;
}

PetscErrorCode EluteCheckResolution(const EluteSimulation *s, EluteCheck *check) {
  const EluteMeshView *view = &s->mesh->view;
  const EluteModel *m = s->model;
  int thick[ELUTE_MAX_TISSUES] = {0};

  for (PetscInt row = 0; row < view->n_rows; row++)
    for (PetscInt i = 0; i < view->n_cells; i++) {
      int t = view->tissue[(size_t)row * (size_t)view->pitch + (size_t)i];

      thick[t] = thick[t] || is_thick(s, row, i, t);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, thick, ELUTE_MAX_TISSUES, MPI_INT, MPI_MAX, s->comm));
  for (int t = 0; t < m->n_tissues; t++) {
    if (s->tissue_cells[t] == 0)
      EluteCheckWarn(check, "tissue %s has no cell", m->tissues[t].name);
    else if (!thick[t])
      EluteCheckWarn(check, "tissue %s is thinner than %d cells everywhere", m->tissues[t].name, (int)WANTED_CELLS);
  }
  for (int k = 0; k < m->n_mobile; k++) {
    const EluteCoupling *c = &check->coupling[k];

    if (c->cells < WANTED_CELLS)
      EluteCheckWarn(
          check,
          "the front of %s is under-resolved in tissue %s: its penetration depth sqrt(D/k) of %.3g m is %.2g "
          "cells, expected %d or more",
          m->species[k].name, m->tissues[c->tissue].name, c->depth, c->cells, (int)WANTED_CELLS);
  }
  return PETSC_SUCCESS;
}

/* How much faster than the fluid the moving fluid carries a species, f over the share of the fluid that it can reach: a
   pore carries at most 1.5 times as fast (physics A4, W over the availability). Largest over the cells. */
static PetscErrorCode outrun(const EluteSimulation *s, int k, double *largest) {
  const EluteMeshView *view = &s->mesh->view;
  const EluteSpecies *species = &s->model->species[k];
  char why[256];

  *largest = 0;
  for (PetscInt row = 0; row < view->n_rows; row++)
    for (PetscInt i = 0; i < view->n_cells; i++) {
      double x[3] = {0, 0, 0}, f, availability;
      EluteWhere where;

      EluteMeshCellCentre(s->mesh, row, i, x);
      where = EluteModelWhere(s->model, x, view->tissue[(size_t)row * (size_t)view->pitch + (size_t)i],
                              s->model->time.begin, s->model->time.begin, s->model->time.begin);
      if (EluteValueAt(species->convective_hindrance, &where, &f, why, sizeof why) &&
          EluteValueAt(species->availability, &where, &availability, why, sizeof why) && availability > 0)
        *largest = fmax(*largest, f / availability);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, 1, MPI_DOUBLE, MPI_MAX, s->comm));
  return PETSC_SUCCESS;
}

PetscErrorCode EluteCheckConvection(const EluteSimulation *s, EluteCheck *check) {
  for (int k = 0; k < s->model->n_mobile && s->model->flow.model; k++) {
    double ratio;

    PetscCall(outrun(s, k, &ratio));
    if (ratio > 1.5)
      EluteCheckWarn(check,
                     "moving fluid carries %s %.2g times as fast as itself (convective_hindrance over availability); "
                     "expected at most 1.5",
                     s->model->species[k].name, ratio);
  }
  return PETSC_SUCCESS;
}

static bool is_used(const EluteModel *m, int k) {
  double initial = 0;
  bool used = !EluteValueIsConstant(m->species[k].initial);
  EluteWhere where = {.t = m->time.begin};
  char why[256];

  if (!used && EluteValueAt(m->species[k].initial, &where, &initial, why, sizeof why)) used = initial != 0;
  for (int i = 0; i < m->n_impulses; i++) used = used || m->impulses[i].species == k;
  for (int i = 0; i < m->n_boundaries; i++)
    used = used || (m->boundaries[i].species == k && m->boundaries[i].kind != ELUTE_BOUNDARY_NO_FLUX);
  for (int i = 0; i < m->n_holds; i++) used = used || m->holds[i].species == k;
  for (int i = 0; i < m->n_reactions; i++) {
    for (int c = 0; c < m->reactions[i].n_changes; c++) used = used || m->reactions[i].changed[c] == k;
    for (int f = 0; f < m->reactions[i].n_factors; f++) used = used || m->reactions[i].factor[f].species == k;
  }
  return used;
}

void EluteCheckSpecies(const EluteModel *m, EluteCheck *check) {
  for (int k = 0; k < m->n_species; k++) {
    if (!is_used(m, k)) EluteCheckWarn(check, "species %s is used by nothing", m->species[k].name);
  }
}
