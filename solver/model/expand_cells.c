/* cells:

     population C         the immobile species C, a number per volume of tissue
     growth               "C -> 2 C" at its rate g, and with a capacity "2 C -> C" at g/capacity: crowding, a death; or
   by Gompertz
     deaths               by themselves, by crowding, by each drug: a hazard h each, 1/s, which add up, so that
   survivals multiply (Bliss independence): "C -> " at h C with every death     what the cells hold goes at the same
   hazard: "R -> " their receptors, "D.R -> D" or -> nothing or a species what is bound, "D.inside -> …" likewise;
   carriers and their loads, "C.D.on_R -> C.D", "C.D.inside -> D"; " -> A" at h C times what a cell releases

   Hazards of a drug D: k_max Hill(c), c in the fluid, of a cell's content or of what is bound to it; or alpha c + 2
   beta c D.auc with "D -> D + D.auc", so that -ln survival = alpha AUC + beta AUC^2. */
#include "cells.h"

#include <stdlib.h>
#include <string.h>

static const char *const unit_of_constant[] = {"1/s", "1/s", "1/s", "m3/(mol s)", "m6/(mol2 s2)"};
static const char *const unit_of_loss[] = {"1/s", "m3/s", "1/s", "m3/(mol s)", "m6/(mol2 s)"};
static const char *const unit_of_release[] = {"mol/s", "m3 mol/s", "mol/s", "m3/s", "m6/(mol s)"};

/* "X + E -> P + E", or "C + E -> C + E + A"; E: what else stands in the rate, or NULL. */
static char *equation(const EluteVictim *victim, const char *with) {
  const char *plus = with ? " + " : "", *extra = with ? with : "";

  if (victim->released > 0.0)
    return elute_text_format("%s%s%s -> %s%s%s + %s", victim->cells, plus, extra, victim->cells, plus, extra,
                             victim->name);
  if (victim->becomes)
    return elute_text_format("%s%s%s -> %s%s%s", victim->name, plus, extra, victim->becomes, plus, extra);
  return elute_text_format("%s%s%s -> %s", victim->name, plus, extra, extra);
}

static char *law_name(const EluteDeath *hazard, const EluteVictim *victim) {
  if (strcmp(victim->name, victim->cells) == 0) return elute_text_format("%s_%s", victim->cells, hazard->reason);
  return elute_text_format("%s_%s_%s", victim->cells, hazard->reason, victim->name);
}

/* k_max Hill(x): x of the fluid, or K per cell. */
static void take_by_emax(EluteBuilder *b, const EluteDeath *hazard, const EluteVictim *victim, EluteNode *rate) {
  const EluteNode *kill = hazard->node, *n = EluteNodeChild(kill, "n"), *receptor;
  const char *of = elute_scalar(kill, "of"), *name = elute_scalar(kill, "receptor");
  const bool bound = of && strcmp(of, "bound") == 0, inside = of && strcmp(of, "inside") == 0;
  char *text = victim->released > 0.0
                   ? elute_text_format(" -> %s", victim->name)
                   : elute_text_format("%s -> %s", victim->name, victim->becomes ? victim->becomes : "");
  EluteNode *law = elute_new_law(b, kill, "hill", law_name(hazard, victim), text);
  double occupancy;

  elute_law_value(law, "k_cat", rate);
  if (!law) return;
  EluteNodeSet(law, "catalyst", "%s", victim->released > 0.0 ? victim->cells : victim->name);
  if (bound) {
    receptor = elute_word(b, "receptors", name);
    EluteNodeSet(law, "of", "%s.%s", hazard->drug, name ? name : "");
    if (elute_quantity(b, kill, "occupancy", "1", 0.0, 0.0, &occupancy))
      EluteNodeSet(law, "k", "%s mol", elute_number_text(occupancy * elute_sites(b, receptor)).text);
  } else {
    EluteNodeSet(law, "of", "%s%s", hazard->drug, inside ? ".inside" : "");
    if (EluteNodeChild(kill, "ec50")) elute_law_value(law, "k", EluteNodeCopy(EluteNodeChild(kill, "ec50")));
  }
  if (bound || inside) EluteNodeSet(law, "per", "%s", victim->cells);
  elute_law_value(law, "n", n ? EluteNodeCopy(n) : EluteNodeNew(ELUTE_SCALAR, "n", "1"));
}

void elute_take(EluteBuilder *b, const EluteDeath *hazard, const EluteVictim *victim) {
  const char *from = unit_of_constant[hazard->kind], *drug = hazard->drug;
  const bool releases = victim->released > 0.0;
  const char *to = releases ? unit_of_release[hazard->kind] : unit_of_loss[hazard->kind];
  EluteNode *rate =
                elute_value_times(b, hazard->rate, from, 0.0, hazard->factor * (releases ? victim->released : 1.0), to),
            *law;
  char *auc, *text;

  if (!rate) return;
  if (hazard->kind == ELUTE_DEATH_EMAX) {
    take_by_emax(b, hazard, victim, rate);
    return;
  }
  auc = elute_text_format("%s.auc", drug ? drug : "");
  text = equation(victim, hazard->kind == ELUTE_DEATH_FIRST_ORDER ? NULL
                          : hazard->kind == ELUTE_DEATH_CROWDING  ? victim->cells
                          : hazard->kind == ELUTE_DEATH_PER_AUC   ? drug
                                                                  : auc);
  law = elute_new_law(b, hazard->node, "mass_action", law_name(hazard, victim), text);
  elute_law_value(law, "rate", rate);
  if (law && hazard->kind == ELUTE_DEATH_PER_AUC_SQUARED) EluteNodeSet(law, "catalyst", "%s", drug);
  free(auc);
}

static void die(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population) {
  const EluteNode *releases = EluteNodeChild(EluteNodeChild(population, "dying"), "releases");
  EluteVictim victim = {.cells = population->key, .name = population->key};

  elute_take(b, hazard, &victim);
  elute_take_held(b, hazard, population);
  for (const EluteNode *one = elute_first(releases, ELUTE_MAPPING); one; one = one->next) {
    victim.name = one->key;
    if (elute_quantity(b, releases, one->key, "mol", 0.0, 0.0, &victim.released) && victim.released > 0.0)
      elute_take(b, hazard, &victim);
  }
}

/* ---- hazards ---- */

static bool by_auc(const EluteNode *kill) {
  const char *law = elute_scalar(kill, "law");

  return law && strcmp(law, "auc") == 0;
}

/* The AUC in the fluid: per volume of tissue the species holds as much as the fluid's c has run up to. */
static void need_auc(EluteBuilder *b, const EluteNode *kill, const char *drug) {
  char *name = elute_text_format("%s.auc", drug);
  EluteNode *law;

  if (!EluteNodeChild(EluteNodeChild(b->root, "species"), name)) {
    elute_new_immobile(b, name, kill);
    law = elute_new_law(b, kill, "mass_action", elute_text_format("%s_of", name),
                        elute_text_format("%s -> %s + %s", drug, drug, name));
    if (law) EluteNodeSet(law, "rate", "1 1/s");
    if (law) EluteNodeSet(law, "as", "tissue");
  }
  free(name);
}

/* Whether the drug gets to where the law looks at it; what is wrong has been reported. */
static bool reaches(const EluteBuilder *b, const EluteNode *population, const EluteNode *kill) {
  const EluteNode *drug = elute_word(b, "drugs", kill->key);
  const char *of = elute_scalar(kill, "of"), *receptor = elute_scalar(kill, "receptor"),
             *cells = elute_inside_cells(b, drug);

  if (of && strcmp(of, "inside") == 0) return cells && strcmp(cells, population->key) == 0;
  if (of && strcmp(of, "bound") == 0) return receptor && EluteNodeChild(EluteNodeChild(drug, "binds"), receptor);
  return true;
}

static void kill_by_drug(EluteBuilder *b, const EluteNode *population, const EluteNode *kill) {
  char *reason = elute_text_format("killed_by_%s", kill->key), *squared = elute_text_format("%s_squared", reason);
  EluteDeath hazard = {.kind = ELUTE_DEATH_EMAX, .node = kill, .reason = reason, .drug = kill->key, .factor = 1.0};

  for (char *c = strchr(reason, '.'); c; c = strchr(c, '.')) *c = '_';
  hazard.rate = EluteNodeChild(kill, "k_max");
  if (by_auc(kill)) {
    hazard.kind = ELUTE_DEATH_PER_AUC;
    hazard.rate = EluteNodeChild(kill, "alpha");
  }
  if (hazard.rate) die(b, &hazard, population);
  if (by_auc(kill) && EluteNodeChild(kill, "beta")) {
    need_auc(b, kill, kill->key);
    hazard.kind = ELUTE_DEATH_PER_AUC_SQUARED;
    hazard.rate = EluteNodeChild(kill, "beta");
    hazard.reason = squared;
    hazard.factor = 2.0;
    die(b, &hazard, population);
  }
  free(reason);
  free(squared);
}

/* Division at a rate, for cells or (then of another unit) what new cells bring. */
static void divide(EluteBuilder *b, const EluteNode *growth, char *name, char *equation, EluteNode *rate) {
  const char *law = elute_scalar(growth, "law");
  const bool gompertz = law && strcmp(law, "gompertz") == 0;
  const EluteNode *capacity = EluteNodeChild(growth, "capacity");
  EluteNode *reaction = elute_new_law(b, growth, gompertz ? "gompertz" : "mass_action", name, equation);

  elute_law_value(reaction, "rate", rate);
  if (gompertz && capacity) elute_law_value(reaction, "k", EluteNodeCopy(capacity));
}

/* Division, with new receptors on new cells; crowding is a death. */
static void grow(EluteBuilder *b, const EluteNode *population, const EluteNode *growth) {
  const EluteNode *receptors = EluteNodeChild(b->model->tree, "receptors"), *rate = EluteNodeChild(growth, "rate");
  const char *name = population->key, *law = elute_scalar(growth, "law");
  EluteDeath crowding = {.kind = ELUTE_DEATH_CROWDING, .node = growth, .rate = rate, .reason = "crowding"};
  double capacity;

  divide(b, growth, elute_text_format("%s_growth", name), elute_text_format("%s -> 2 %s", name, name),
         EluteNodeCopy(rate));
  for (const EluteNode *receptor = elute_first(receptors, ELUTE_MAPPING); receptor; receptor = receptor->next) {
    const char *cells = elute_scalar(receptor, "cells");

    if (!cells || strcmp(cells, name) != 0) continue;
    divide(b, growth, elute_text_format("%s_growth_%s", name, receptor->key),
           elute_text_format("%s -> %s + %s", name, name, receptor->key),
           elute_value_times(b, rate, "1/s", 0.0, elute_sites(b, receptor), "mol/s"));
  }
  if (law && strcmp(law, "gompertz") == 0) return;
  if (!elute_quantity(b, growth, "capacity", "1/m3", 0.0, 0.0, &capacity) || !(capacity > 0.0)) return;
  crowding.factor = 1.0 / capacity;
  die(b, &crowding, population);
}

void elute_expand_cells(EluteBuilder *b, const EluteNode *population) {
  const EluteNode *growth = EluteNodeChild(population, "growth"), *killed_by = EluteNodeChild(population, "killed_by");
  EluteDeath death = {.kind = ELUTE_DEATH_FIRST_ORDER,
                      .node = population,
                      .rate = EluteNodeChild(population, "death"),
                      .reason = "death",
                      .factor = 1.0};
  EluteNode *species = elute_new_immobile(b, population->key, population);

  if (!species) return;
  EluteNodeSet(species, "quantity", "number");
  elute_law_value(species, "initial",
                  EluteNodeChild(population, "density") ? EluteNodeCopy(EluteNodeChild(population, "density")) : NULL);
  if (!elute_check_dying(b, population)) return;
  if (growth && EluteNodeChild(growth, "rate")) grow(b, population, growth);
  if (death.rate) die(b, &death, population);
  for (const EluteNode *kill = elute_first(killed_by, ELUTE_MAPPING); kill; kill = kill->next)
    if (reaches(b, population, kill)) kill_by_drug(b, population, kill);
}

/* ---- values where they were written ---- */

static void check_bound(EluteBuilder *b, const EluteNode *population, const EluteNode *kill, const EluteNode *drug) {
  const EluteNode *reference = EluteNodeChild(kill, "receptor"), *receptor = NULL;
  const EluteNode *binding;
  const char *cells, *valency;

  if (!reference)
    EluteError(b->d, kill, "the key 'receptor' is missing; expected to which receptor with 'of: bound'");
  else if (reference->kind == ELUTE_SCALAR)
    receptor = elute_find_word(b, reference, "receptors", reference->text);
  if (!EluteNodeChild(kill, "occupancy"))
    EluteError(b->d, kill,
               "the key 'occupancy' is missing; expected the share of sites of half the rate with 'of: bound'");
  if (!receptor) return;
  cells = elute_scalar(receptor, "cells");
  binding = EluteNodeChild(EluteNodeChild(drug, "binds"), receptor->key);
  valency = elute_scalar(binding, "valency");
  if (!cells || strcmp(cells, population->key) != 0)
    EluteError(b->d, reference, "found a receptor that '%s' do not have; expected one with 'cells: %s'",
               population->key, population->key);
  else if (drug && !binding)
    EluteError(b->d, reference, "'%s' does not bind '%s'; expected a receptor that it binds", kill->key, receptor->key);
  else if (valency && strcmp(valency, "2") == 0)
    EluteError(b->d, reference,
               "'%s' binds '%s' with two arms, so that bound drug is no occupancy; expected 'valency: 1'", kill->key,
               receptor->key);
}

static void check_emax(EluteBuilder *b, const EluteNode *population, const EluteNode *kill, const EluteNode *drug) {
  static const char *const of_bound[] = {"occupancy", "receptor", NULL}, *const of_others[] = {"ec50", NULL};
  static const char *const of_auc[] = {"alpha", "beta", NULL};
  const char *of = elute_scalar(kill, "of"), *cells = elute_inside_cells(b, drug);
  const bool bound = of && strcmp(of, "bound") == 0, inside = of && strcmp(of, "inside") == 0;

  elute_misplaced(b, kill, of_auc, "found with law: emax, which takes k_max and ec50");
  if (!EluteNodeChild(kill, "k_max")) EluteError(b->d, kill, "the key 'k_max' is missing; law: emax needs it");
  elute_check_amount(b, EluteNodeChild(kill, "k_max"), "1/s", 0.0);
  if (bound) {
    elute_misplaced(b, kill, of_others, "found with of: bound, which takes occupancy");
    check_bound(b, population, kill, drug);
    return;
  }
  elute_misplaced(b, kill, of_bound, "found without of: bound");
  if (!EluteNodeChild(kill, "ec50"))
    EluteError(b->d, kill, "the key 'ec50' is missing; expected what gives half the rate");
  elute_check_value(b, EluteNodeChild(kill, "ec50"), inside ? "mol" : "mol/m3", elute_molar_mass(b, drug));
  if (inside && (!cells || strcmp(cells, population->key) != 0))
    EluteError(b->d, EluteNodeChild(kill, "of"),
               "'%s' do not take '%s' up; expected uptake 'by: %s', or internalisation by their receptor",
               population->key, kill->key, population->key);
}

static void check_kill(EluteBuilder *b, const EluteNode *population, const EluteNode *kill) {
  static const char *const of_emax[] = {"k_max", "ec50", "n", "occupancy", "receptor", NULL};
  const EluteNode *species = EluteNodeChild(EluteNodeChild(b->model->tree, "species"), kill->key);
  const EluteNode *drug = species ? species : elute_find_word(b, kill, "drugs", kill->key);

  if (!by_auc(kill)) {
    check_emax(b, population, kill, drug);
    return;
  }
  elute_misplaced(b, kill, of_emax, "found with law: auc, which takes alpha and beta");
  if (elute_scalar(kill, "of") && strcmp(elute_scalar(kill, "of"), "fluid") != 0)
    EluteError(b->d, EluteNodeChild(kill, "of"), "found with law: auc, which looks at the fluid");
  if (!EluteNodeChild(kill, "alpha") && !EluteNodeChild(kill, "beta"))
    EluteError(b->d, kill, "the key 'alpha' is missing; law: auc needs it, or beta");
  elute_check_amount(b, EluteNodeChild(kill, "alpha"), "m3/(mol s)", 0.0);
  elute_check_amount(b, EluteNodeChild(kill, "beta"), "m6/(mol2 s2)", 0.0);
}

void elute_check_cells(EluteBuilder *b, const EluteNode *population) {
  const EluteNode *growth = EluteNodeChild(population, "growth"), *killed_by = EluteNodeChild(population, "killed_by");
  const char *law = elute_scalar(growth, "law");

  elute_check_amount(b, EluteNodeChild(population, "density"), "1/m3", 0.0);
  elute_check_amount(b, EluteNodeChild(growth, "rate"), "1/s", 0.0);
  if (law && strcmp(law, "gompertz") == 0 && !EluteNodeChild(growth, "capacity"))
    EluteError(b->d, growth, "the key 'capacity' is missing; law: gompertz needs it");
  elute_check_amount(b, EluteNodeChild(population, "death"), "1/s", 0.0);
  for (const EluteNode *kill = elute_first(killed_by, ELUTE_MAPPING); kill; kill = kill->next)
    check_kill(b, population, kill);
}
