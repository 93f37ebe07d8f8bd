/* From the model's rate laws, written in c, to the kernels', written in C (physics A2):

     rate law = [phi of the least accessible fluid species] * k * product of factors,   c = C/(phi R)

   LINEAR c = C/(phi R): the divisor goes into the coefficient. SATURATION, HILL, INHIBITION, LOOKUP depend on c/K =
   C/(K phi R): K becomes K phi R, and with PER, K for each of a species, K phi R over the phi R of that one. So a
   first-order loss of a mobile species is k C/R, a bimolecular one phi k c1 c2, and mobile with immobile k c C.

   Where a species is held, a reaction does not change it. A reaction that acts in tissues with different sets of held
   species becomes one kernel reaction per set, each with its own ledger channel: what is counted is what happened. */
#include "internal.h"

#include <stdlib.h>

static void fold_rate(const EluteOperators *ops, const EluteReactionSpec *spec, EluteFold *fold) {
  int n_mobile = ops->model->n_mobile;

  for (int f = 0; f < spec->n_factors; f++) {
    int k = spec->factor[f].species;

    if (k >= n_mobile) continue;
    if (spec->factor[f].kind == ELUTE_LINEAR) {
      fold->species[fold->n_factors] = k;
      fold->power[fold->n_factors++] = -1;
    }
    if (spec->in_fluid && !elute_modulates(spec->factor[f].kind)) fold->fluid[fold->n_fluid++] = k;
  }
  if (!spec->in_fluid || fold->n_fluid) return;
  for (int c = 0; c < spec->n_changes; c++) /* zeroth order: what appears or goes says where */
    if (spec->changed[c] < n_mobile) fold->fluid[fold->n_fluid++] = spec->changed[c];
}

static bool held_here(const EluteOperatorsData *d, const EluteReactionSpec *spec, int tissue, unsigned mask) {
  unsigned mine = 0;

  for (int c = 0; c < spec->n_changes; c++)
    if (elute_held(d, spec->changed[c], tissue)) mine |= 1U << c;
  return mine == mask;
}

static PetscErrorCode build_factors(EluteOperators *ops, const EluteReactionSpec *spec, const bool *active,
                                    EluteReaction *reaction) {
  PetscFunctionBegin;
  reaction->n_factors = spec->n_factors;
  for (int f = 0; f < spec->n_factors; f++) {
    const EluteFactorSpec *from = &spec->factor[f];
    EluteFactor *to = &reaction->factor[f];
    EluteFold fold = {.n_factors = from->species < ops->model->n_mobile, .species = {from->species}, .power = {1}};

    to->kind = (int32_t)from->kind;
    to->species = from->species;
    to->exponent = from->exponent;
    to->lookup = from->lookup;
    to->constant = (EluteCoefficient){.table = 0, .field = -1};
    if (from->kind != ELUTE_LINEAR && f + 1 < spec->n_factors && from[1].kind == ELUTE_PER &&
        from[1].species < ops->model->n_mobile) {
      fold.species[fold.n_factors] = from[1].species;
      fold.power[fold.n_factors++] = -1;
    }
    if (from->constant) PetscCall(EluteOpCoefficient(ops, from->constant, &fold, active, true, &to->constant));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The reaction where exactly the changed species of `mask` are held. */
static PetscErrorCode build_copy(EluteOperators *ops, const EluteReactionSpec *spec, const EluteFold *fold,
                                 unsigned mask) {
  EluteOperatorsData *d = elute_data(ops);
  bool active[ELUTE_MAX_TISSUES] = {false}, any = false;
  EluteReaction *reaction;
  int entry;

  PetscFunctionBegin;
  for (int t = 0; t < ops->model->n_tissues; t++) {
    active[t] = spec->in_tissue[t] && held_here(d, spec, t, mask);
    any |= active[t];
  }
  if (!any || (spec->n_changes && mask == (1U << spec->n_changes) - 1)) PetscFunctionReturn(PETSC_SUCCESS);
  if (d->n_reactions == ELUTE_MAX_REACTIONS)
    PetscFunctionReturn(EluteFail(ELUTE_EXIT_CASE,
                                  "reactions: found more than %d (a reaction counts once per set of species "
                                  "held where it acts)",
                                  ELUTE_MAX_REACTIONS));
  PetscCall(EluteOpGrow(&d->reactions, &d->n_reactions, sizeof *d->reactions));
  reaction = &d->reactions[d->n_reactions - 1];
  reaction->channel = ops->view.n_ledger++;
  PetscCall(EluteOpCoefficient(ops, spec->rate, fold, active, false, &reaction->rate));
  if (spec->controlled) PetscCall(EluteOpAddControl(ops, &spec->control, reaction->rate.table));
  PetscCall(build_factors(ops, spec, active, reaction));
  for (int c = 0; c < spec->n_changes; c++) {
    if ((mask & (1U << c)) || spec->change[c] == 0) continue;
    reaction->changed[reaction->n_changes] = spec->changed[c];
    reaction->change[reaction->n_changes++] = spec->change[c];
    PetscCall(EluteOpEntry(ops, spec->changed[c], spec->name, &entry));
    PetscCall(EluteOpTerm(ops, entry, reaction->channel, -spec->change[c]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Volume fraction of the shape (times phi where it is spread over the fluid), 0 where the source does not act;
 * `volume`: m3 of it on all ranks. Collective. */
static PetscErrorCode source_fraction(EluteOperators *ops, const EluteReactionSpec *spec, double **fraction,
                                      double *volume) {
  EluteOperatorsData *d = elute_data(ops);
  const EluteMeshView *m = &ops->mesh->view;
  size_t pitch = (size_t)m->pitch, n = (size_t)m->n_rows * pitch;
  unsigned all = (1U << spec->n_changes) - 1;
  EluteSum sum = {0, 0};
  PetscErrorCode code;
  double total;

  PetscFunctionBegin;
  *fraction = calloc(n + 1, sizeof **fraction);
  code = *fraction ? EluteOpGrow(&d->fractions, &d->n_fractions, sizeof *d->fractions)
                   : EluteFail(ELUTE_EXIT_SYSTEM, "out of memory (the shape of a source)");
  if (!code) d->fractions[d->n_fractions - 1] = *fraction;
  PetscCall(EluteAgree(ops->mesh->comm, code));
  PetscCall(EluteMeshShapeFractions(ops->mesh, &spec->shape, *fraction, &total));
  for (size_t row = 0; row < (size_t)m->n_rows; row++)
    for (size_t i = 0; i < pitch; i++) {
      double *cell = &(*fraction)[row * pitch + i];
      int t = m->tissue[row * pitch + i];

      if (i >= (size_t)m->n_cells || !spec->in_tissue[t] || held_here(d, spec, t, all)) *cell = 0;
      if (*cell > 0 && spec->uniform_fluid && spec->changed[0] < ops->model->n_mobile)
        *cell *= EluteOpPhi(ops, spec->changed[0], row, i);
      if (*cell > 0) elute_add(&sum, *cell * EluteMeshCellVolume(ops->mesh, (PetscInt)row, (PetscInt)i));
    }
  *volume = elute_total(sum);
  PetscCall(EluteOpSumRanks(ops->mesh->comm, 1, volume));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode build_reaction(EluteOperators *ops, const EluteReactionSpec *spec, const EluteFold *fold) {
  unsigned masks[ELUTE_MAX_TISSUES];
  int n_masks = 0;

  PetscFunctionBegin;
  for (int t = 0; t < ops->model->n_tissues; t++) {
    unsigned mask = 0;
    bool known = false;

    if (!spec->in_tissue[t]) continue;
    while (!held_here(elute_data(ops), spec, t, mask)) mask++;
    for (int m = 0; m < n_masks; m++) known |= masks[m] == mask;
    if (!known) masks[n_masks++] = mask;
  }
  for (int m = 0; m < n_masks; m++) PetscCall(build_copy(ops, spec, fold, masks[m]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EluteOpBuildReactions(EluteOperators *ops) {
  const EluteMeshView *m = &ops->mesh->view;
  size_t n = (size_t)m->n_rows * (size_t)m->pitch;

  PetscFunctionBegin;
  for (int r = 0; r < ops->model->n_reactions; r++) {
    const EluteReactionSpec *spec = &ops->model->reactions[r];
    EluteFold fold = {.fraction = NULL, .by_tissue = NULL, .own_table = spec->controlled};
    double *fraction, volume;

    if (spec->has_shape) {
      PetscCall(source_fraction(ops, spec, &fraction, &volume));
      if (volume <= 0)
        PetscFunctionReturn(EluteFail(ELUTE_EXIT_CASE,
                                      "source %s: its shape lies outside the mesh, or in tissues where it "
                                      "cannot act",
                                      spec->name));
      if (spec->shape_total)
        for (size_t i = 0; i < n; i++) fraction[i] /= volume;
      fold.fraction = fraction;
    }
    fold_rate(ops, spec, &fold);
    PetscCall(EluteAgree(ops->mesh->comm, EluteOpExchangeFold(ops, spec, &fold)));
    PetscCall(EluteAgree(ops->mesh->comm, build_reaction(ops, spec, &fold)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
