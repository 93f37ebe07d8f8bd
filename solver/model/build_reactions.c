/* reactions: from equations and laws to rate laws (physics A2):

     rate = [phi if everything that enters is mobile] * constant * product of factors

   mass action      c per order of each reactant, once more for a catalyst
   Michaelis-Menten c/(K + c) of the one reactant; v_max, or k_cat times the catalyst
   Hill             c^n/(K^n + c^n) of `of`; v_max, or k_cat times the catalyst

   Gompertz         c ln(K/c) of the one reactant

   `per` a species, such as cells, K is its constant times that species' concentration. K of a saturating law may be a
   function of something solved.                                                                                     */
#include "internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Law {
  const EluteNode *node;
  EluteEquation equation;
  int left[ELUTE_MAX_CHANGES], right[ELUTE_MAX_CHANGES]; /* species of the equation's terms */
  int catalyst;                                          /* -1: none */
  bool gompertz;
} Law;

EluteReactionSpec *elute_add_reaction(EluteBuilder *b, const EluteNode *node) {
  EluteModel *m = b->model;

  if (m->n_reactions == ELUTE_MAX_REACTIONS) {
    EluteError(b->d, node, "one reaction too many; at most %d are possible, sources and exchanges included",
               (int)ELUTE_MAX_REACTIONS);
    return NULL;
  }
  m->reactions = elute_grow(m->reactions, m->n_reactions, sizeof *m->reactions);
  m->reactions[m->n_reactions].node = node;
  return &m->reactions[m->n_reactions++];
}

/* Rows of the ledger are species.name: what concerns other species may have the same name. */
static bool name_taken(const EluteModel *m, const char *name, int species) {
  for (int i = 0; i < m->n_reactions; i++) {
    const EluteReactionSpec *r = &m->reactions[i];
    bool concerned = species < 0;

    if (!r->name || strcmp(r->name, name) != 0) continue;
    for (int c = 0; c < r->n_changes; c++) concerned = concerned || r->changed[c] == species;
    if (concerned) return true;
  }
  for (int i = 0; i < m->n_impulses; i++)
    if (strcmp(m->impulses[i].name, name) == 0 && (species < 0 || m->impulses[i].species == species)) return true;
  return false;
}

char *elute_place_name(EluteBuilder *b, const EluteNode *node, int species, char *made) {
  const EluteNode *given = EluteNodeChild(node, "name");
  char *name = given && given->kind == ELUTE_SCALAR ? elute_text_copy(given->text) : elute_text_copy(made);

  if (given && name_taken(b->model, name, species))
    EluteError(b->d, given, "the name '%.60s' is taken by an earlier reaction, exchange or source", name);
  for (int i = 2; !given && name_taken(b->model, name, species); i++) {
    free(name);
    name = elute_text_format("%s_%d", made, i);
  }
  free(made);
  return name;
}

static void append_side(char *text, size_t length, int n, const EluteTerm *terms) {
  size_t used = strlen(text);

  if (n == 0) snprintf(text + used, length - used, "nothing");
  for (int i = 0; i < n; i++) {
    used = strlen(text);
    if (terms[i].coefficient != 1.0)
      snprintf(text + used, length - used, "%s%g_%s", i ? "_" : "", terms[i].coefficient, terms[i].name);
    else
      snprintf(text + used, length - used, "%s%s", i ? "_" : "", terms[i].name);
  }
}

/* "drug + receptor -> complex" is named drug_receptor_to_complex. */
static char *made_name(int n_from, const EluteTerm *from, int n_to, const EluteTerm *to) {
  char text[2 * ELUTE_MAX_CHANGES * (ELUTE_MAX_NAME + 16)] = "";

  append_side(text, sizeof text, n_from, from);
  snprintf(text + strlen(text), sizeof text - strlen(text), "_to_");
  append_side(text, sizeof text, n_to, to);
  for (char *c = text; *c; c++)
    if (!isalnum((unsigned char)*c) && !strchr("_-", *c)) *c = '_';
  return elute_text_copy(text);
}

bool elute_add_factor(EluteBuilder *b, EluteReactionSpec *r, EluteFactorKind kind, int species, EluteValue *constant,
                      double exponent) {
  if (kind != ELUTE_LOOKUP && kind != ELUTE_PER_LOOKUP && elute_is_temperature(&b->model->species[species])) {
    EluteError(b->d, r->node, "found a temperature, '%s', in the law; expected it in the rate: {field: %s, formula: …}",
               b->model->species[species].name, b->model->species[species].name);
    EluteValueFree(constant);
    return false;
  }
  if (r->n_factors == ELUTE_MAX_FACTORS) {
    EluteError(b->d, r->node, "more than %d species determine the rate; at most %d are possible",
               (int)ELUTE_MAX_FACTORS, (int)ELUTE_MAX_FACTORS);
    EluteValueFree(constant);
    return false;
  }
  r->factor[r->n_factors++] =
      (EluteFactorSpec){.kind = kind, .species = species, .constant = constant, .exponent = exponent};
  return true;
}

static bool add_change(EluteBuilder *b, EluteReactionSpec *r, int species, double change) {
  for (int i = 0; i < r->n_changes; i++) {
    if (r->changed[i] != species) continue;
    r->change[i] += change;
    return true;
  }
  if (r->n_changes == ELUTE_MAX_CHANGES) {
    EluteError(b->d, r->node, "the reaction changes more than %d species", (int)ELUTE_MAX_CHANGES);
    return false;
  }
  r->changed[r->n_changes] = species;
  r->change[r->n_changes++] = change;
  return true;
}

static bool set_changes(EluteBuilder *b, EluteReactionSpec *r, int n_from, const int *from, const EluteTerm *lost,
                        int n_to, const int *to, const EluteTerm *gained) {
  const EluteModel *m = b->model;
  static const char *const words[] = {
      [ELUTE_AMOUNT] = "amounts", [ELUTE_NUMBER] = "numbers", [ELUTE_HEAT] = "heat", [ELUTE_DOSE] = "doses"};
  EluteQuantity least, most;
  int kept = 0;

  for (int i = 0; i < n_from; i++)
    if (!add_change(b, r, from[i], -lost[i].coefficient)) return false;
  for (int i = 0; i < n_to; i++)
    if (!add_change(b, r, to[i], gained[i].coefficient)) return false;
  for (int i = 0; i < r->n_changes; i++) {
    if (r->change[i] == 0.0) continue; /* a catalyst written on both sides */
    r->changed[kept] = r->changed[i];
    r->change[kept++] = r->change[i];
  }
  r->n_changes = kept;
  if (kept == 0) {
    EluteError(b->d, EluteNodeChild(r->node, "equation"), "the reaction changes nothing");
    return false;
  }
  least = most = m->species[r->changed[0]].quantity;
  for (int i = 1; i < kept; i++) {
    const EluteQuantity quantity = m->species[r->changed[i]].quantity;

    least = quantity < least ? quantity : least;
    most = quantity > most ? quantity : most;
  }
  if (least == most) return true;
  EluteError(b->d, EluteNodeChild(r->node, "equation"),
             "the reaction changes %s and %s; write one for each, with the other as its catalyst", words[least],
             words[most]);
  return false;
}

/* Powers of mol, J and m in a quantity per volume. */
static void add_powers(const EluteSpecies *s, int sign, int power[3]) {
  power[0] += s->quantity == ELUTE_AMOUNT ? sign : 0;
  power[1] += s->quantity == ELUTE_HEAT ? sign : 0;
  power[2] -= s->quantity != ELUTE_DOSE ? 3 * sign : 0;
}

/* The unit of the constant: the rate is mol/(m3 s), 1/(m3 s), …, each linear factor mol/m3, 1/m3, …; of a temperature
   nothing, as it stands in rates by tables alone. */
static void constant_unit(const EluteModel *m, const EluteReactionSpec *r, char *text, size_t length) {
  static const char *const base[] = {"mol", "J", "m"};
  int power[3] = {0, 0, 0}, n_below = 0;
  char above[32] = "", below[32] = "";

  add_powers(&m->species[r->changed[0]], 1, power);
  for (int f = 0; f < r->n_factors; f++)
    if (r->factor[f].kind == ELUTE_LINEAR) add_powers(&m->species[r->factor[f].species], -1, power);
  for (int i = 0; i < 3; i++) {
    char *side = power[i] > 0 ? above : below;
    const int size = abs(power[i]);

    if (size == 0) continue;
    n_below += power[i] < 0;
    if (size > 1)
      snprintf(side + strlen(side), sizeof above - strlen(side), "%s%s%d", side[0] ? " " : "", base[i], size);
    else
      snprintf(side + strlen(side), sizeof above - strlen(side), "%s%s", side[0] ? " " : "", base[i]);
  }
  if (n_below)
    snprintf(text, length, "%s/(%s s)", above[0] ? above : "1", below);
  else
    snprintf(text, length, "%s/s", above[0] ? above : "1");
}

/* A mass in a constant counts the one species that it can mean; 0 when there are several. */
static double constant_molar_mass(const EluteModel *m, const EluteReactionSpec *r) {
  int only = -1;

  for (int f = 0; f < r->n_factors; f++) {
    if (elute_modulates(r->factor[f].kind) || m->species[r->factor[f].species].quantity != ELUTE_AMOUNT) continue;
    if (only >= 0 && only != r->factor[f].species) return 0.0;
    only = r->factor[f].species;
  }
  if (only < 0 && r->n_changes == 1) only = r->changed[0];
  return only < 0 ? 0.0 : m->species[only].molar_mass;
}

/* phi multiplies when all that enters by itself is mobile. */
static bool all_mobile(const EluteModel *m, const EluteReactionSpec *r) {
  int n = 0;

  for (int f = 0; f < r->n_factors; f++) {
    if (elute_modulates(r->factor[f].kind)) continue;
    if (!m->species[r->factor[f].species].mobile) return false;
    n++;
  }
  return n > 0;
}

static bool add_inhibitors(EluteBuilder *b, EluteReactionSpec *r) {
  const EluteNode *map = EluteNodeChild(r->node, "inhibitors");
  bool fine = true;

  for (const EluteNode *node = elute_first(map, ELUTE_MAPPING); node; node = node->next) {
    const int k = elute_find_species_named(b, node, node->key);
    EluteValue *constant;

    if (k < 0) {
      fine = false;
      continue;
    }
    constant = elute_value(b, node, elute_concentration_unit(&b->model->species[k]), b->model->species[k].molar_mass);
    if (!constant || !elute_add_factor(b, r, ELUTE_INHIBITION, k, constant, 0.0)) fine = false;
  }
  return fine;
}

static const EluteNode *need(EluteBuilder *b, const EluteNode *node, const char *key, const char *for_what) {
  const EluteNode *child = EluteNodeChild(node, key);

  if (!child) EluteError(b->d, node, "the key '%s' is missing; %s needs it", key, for_what);
  return child;
}

static bool finish(EluteBuilder *b, EluteReactionSpec *r, const char *rate_key, const char *for_what) {
  const EluteNode *rate = need(b, r->node, rate_key, for_what);
  const char *as = elute_scalar(r->node, "as");
  char unit[96];
  bool fine;

  r->in_fluid = all_mobile(b->model, r) && !(as && strcmp(as, "tissue") == 0);
  constant_unit(b->model, r, unit, sizeof unit);
  r->rate = rate ? elute_build_rate(b, r, rate, unit, constant_molar_mass(b->model, r)) : NULL;
  fine = add_inhibitors(b, r) && elute_modulate(b, r, false) && r->rate;
  return elute_only_in(b, r->node, r->in_tissue) && fine;
}

/* ln(K/c) of the one reactant. */
static bool add_logarithm(EluteBuilder *b, const Law *law, EluteReactionSpec *r) {
  const EluteEquation *e = &law->equation;
  const EluteNode *capacity = need(b, r->node, "k", "law: gompertz");
  EluteValue *constant;

  if (e->reversible || e->n_left != 1 || e->left[0].coefficient != 1.0) {
    EluteError(b->d, EluteNodeChild(r->node, "equation"),
               "found with law: gompertz; expected one reactant, such as \"cells -> 2 cells\"");
    return false;
  }
  constant = capacity ? elute_concentration_value(b, capacity, &b->model->species[law->left[0]]) : NULL;
  return constant && elute_add_factor(b, r, ELUTE_LOGARITHM, law->left[0], constant, 0.0);
}

static bool add_mass_action(EluteBuilder *b, const Law *law, EluteReactionSpec *r, bool backward) {
  const EluteTerm *terms = backward ? law->equation.right : law->equation.left;
  const int *species = backward ? law->right : law->left, n = backward ? law->equation.n_right : law->equation.n_left;
  const char *key = !law->equation.reversible ? "rate" : backward ? "backward" : "forward";
  double order = 0.0;

  for (int i = 0; i < n; i++) {
    if (terms[i].coefficient != floor(terms[i].coefficient)) {
      EluteError(b->d, EluteNodeChild(r->node, "equation"),
                 "found %g %s as a reactant; mass action needs whole coefficients", terms[i].coefficient,
                 terms[i].name);
      return false;
    }
    if (!elute_is_temperature(&b->model->species[species[i]])) order += terms[i].coefficient; /* by its rate alone */
  }
  if (order > 2.0) {
    EluteError(b->d, EluteNodeChild(r->node, "equation"),
               "found a reaction of order %g; mass action goes up to order 2, and a catalyst", order);
    return false;
  }
  for (int i = 0; i < n; i++)
    for (int k = 0; k < (int)terms[i].coefficient && !elute_is_temperature(&b->model->species[species[i]]); k++)
      if (!elute_add_factor(b, r, ELUTE_LINEAR, species[i], NULL, 0.0)) return false;
  if (law->catalyst >= 0 && !elute_add_factor(b, r, ELUTE_LINEAR, law->catalyst, NULL, 0.0)) return false;
  if (law->gompertz && !add_logarithm(b, law, r)) return false;
  return finish(b, r, key, law->equation.reversible ? "a reaction with <->" : "mass action");
}

/* v_max, or k_cat with its catalyst. */
static const char *largest_rate_key(EluteBuilder *b, const Law *law, EluteReactionSpec *r) {
  const EluteNode *v_max = EluteNodeChild(r->node, "v_max"), *k_cat = EluteNodeChild(r->node, "k_cat");

  if (v_max && k_cat)
    EluteError(b->d, k_cat, "found beside v_max; expected one of them");
  else if (!v_max && !k_cat)
    EluteError(b->d, r->node, "the key 'v_max' is missing (or 'k_cat' with a catalyst)");
  else if (v_max && law->catalyst >= 0)
    EluteError(b->d, EluteNodeChild(r->node, "catalyst"), "found beside v_max; a catalyst goes with k_cat");
  else if (k_cat && !EluteNodeChild(r->node, "catalyst"))
    EluteError(b->d, k_cat, "found without a catalyst; expected 'catalyst', or v_max instead");
  else if (!k_cat || law->catalyst >= 0)
    return v_max ? "v_max" : "k_cat";
  return NULL;
}

/* K of the saturating factor, and what it is per; mol/m3 of fluid or tissue, or mol for each of a number. */
static bool add_half(EluteBuilder *b, EluteReactionSpec *r, EluteFactorKind kind, int of, const EluteNode *half,
                     double exponent) {
  const EluteNode *per = EluteNodeChild(r->node, "per");
  const EluteSpecies *s = &b->model->species[of], *other;
  const int n = per ? elute_find_species(b, per) : -1;
  const char *unit = elute_concentration_unit(s);
  EluteValue *constant;
  bool solved;

  if (per && n < 0) return false;
  other = n < 0 ? s : &b->model->species[n];
  if (per && (s->quantity > ELUTE_NUMBER || other->quantity > ELUTE_NUMBER)) {
    EluteError(b->d, per, "found with a species that is no amount and no number; expected these, such as cells");
    return false;
  }
  if (per) unit = s->quantity == other->quantity ? "1" : s->quantity == ELUTE_NUMBER ? "1/mol" : "mol";
  solved = elute_is_lookup(b, half); /* the constant is 1, and what it is multiplied by the whole */
  constant = solved ? EluteValueConstant(1.0) : elute_value(b, half, unit, s->molar_mass);
  if (!constant || !elute_add_factor(b, r, kind, of, constant, exponent)) return false;
  if (per && !elute_add_factor(b, r, ELUTE_PER, n, NULL, 0.0)) return false;
  return !solved || elute_add_lookup(b, r, ELUTE_PER_LOOKUP, half, unit, s->molar_mass);
}

/* Michaelis-Menten and Hill: one saturating factor, and the catalyst. */
static bool add_saturating(EluteBuilder *b, const Law *law, EluteReactionSpec *r, EluteFactorKind kind, int of) {
  const bool hill = kind == ELUTE_HILL;
  const EluteNode *half = need(b, r->node, hill ? "k" : "k_m", hill ? "law: hill" : "law: michaelis_menten");
  const char *key = largest_rate_key(b, law, r);
  double exponent = 1.0;
  bool consumed = false, limits = false;

  if (hill && !need(b, r->node, "n", "law: hill")) exponent = 0.0;
  if (hill && !elute_quantity(b, r->node, "n", "1", 0.0, 1.0, &exponent)) exponent = 0.0;
  if (!half || !add_half(b, r, kind, of, half, exponent)) return false;
  if (!key || !(exponent > 0.0)) return false;
  if (law->catalyst >= 0 && !elute_add_factor(b, r, ELUTE_LINEAR, law->catalyst, NULL, 0.0)) return false;
  for (int i = 0; i < r->n_changes; i++) {
    if (r->change[i] >= 0.0) continue;
    consumed = true;
    limits = limits || r->changed[i] == of || r->changed[i] == law->catalyst;
  }
  if (consumed && !limits)
    EluteWarning(b->d, EluteNodeChild(r->node, "equation"),
                 "what is used up does not enter the rate, and may become negative");
  return finish(b, r, key, "the law");
}

static bool resolve(EluteBuilder *b, const EluteNode *at, int n, const EluteTerm *terms, int *species) {
  bool fine = true;

  for (int i = 0; i < n; i++)
    if ((species[i] = elute_find_species_named(b, at, terms[i].name)) < 0) fine = false;
  return fine;
}

static bool read_law(EluteBuilder *b, const EluteNode *node, Law *law) {
  const EluteNode *text = EluteNodeChild(node, "equation"), *catalyst = EluteNodeChild(node, "catalyst");
  char why[300];
  bool fine;

  *law = (Law){.node = node, .catalyst = -1};
  if (!text || text->kind != ELUTE_SCALAR) return false;
  if (!EluteEquationParse(text->text, &law->equation, why, sizeof why)) {
    EluteError(b->d, text, "%s", why);
    return false;
  }
  fine = resolve(b, text, law->equation.n_left, law->equation.left, law->left);
  if (!resolve(b, text, law->equation.n_right, law->equation.right, law->right)) fine = false;
  if (catalyst && (law->catalyst = elute_find_species(b, catalyst)) < 0) fine = false;
  return fine;
}

/* The keys that a law does not look at are errors. */
static void check_law_keys(EluteBuilder *b, const Law *law, bool mass_action, bool hill) {
  static const char *const saturating[] = {"v_max", "k_cat", "k_m", "of", "n", "per", NULL};
  static const char *const constants[] = {"rate", "forward", "backward", NULL};
  static const char *const menten[] = {"k_m", NULL}, *const of_hill[] = {"of", "k", "n", NULL},
                           *const k[] = {"k", NULL};
  static const char *const one_way[] = {"forward", "backward", NULL}, *const two_way[] = {"rate", NULL};

  if (!mass_action) {
    elute_misplaced(b, law->node, constants, "found with a law that takes v_max or k_cat");
    elute_misplaced(b, law->node, hill ? menten : of_hill,
                    hill ? "found with law: hill, which takes k" : "found with law: michaelis_menten, which takes k_m");
    return;
  }
  elute_misplaced(b, law->node, saturating,
                  law->gompertz ? "found with law: gompertz, which takes rate and k"
                                : "found with mass action; expected law: michaelis_menten or hill with it");
  if (!law->gompertz)
    elute_misplaced(b, law->node, k, "found with mass action; expected law: hill or gompertz with it");
  if (law->equation.reversible)
    elute_misplaced(b, law->node, two_way, "found with <->; expected forward and backward");
  else
    elute_misplaced(b, law->node, one_way, "found with ->; expected rate (or <-> in the equation)");
}

static char *direction_name(EluteBuilder *b, const Law *law, bool backward) {
  const EluteEquation *e = &law->equation;
  const char *given = elute_scalar(law->node, "name");

  if (!backward) return elute_place_name(b, law->node, -1, made_name(e->n_left, e->left, e->n_right, e->right));
  if (given) return elute_text_format("%s_back", given);
  return elute_place_name(b, law->node, -1, made_name(e->n_right, e->right, e->n_left, e->left));
}

static void build_mass_action(EluteBuilder *b, const Law *law) {
  const EluteEquation *e = &law->equation;

  for (int backward = 0; backward <= (int)e->reversible; backward++) {
    char *name = direction_name(b, law, backward);
    EluteReactionSpec *r = elute_add_reaction(b, law->node);

    if (!r) {
      free(name);
      return;
    }
    r->name = name;
    if (backward ? set_changes(b, r, e->n_right, law->right, e->right, e->n_left, law->left, e->left)
                 : set_changes(b, r, e->n_left, law->left, e->left, e->n_right, law->right, e->right))
      add_mass_action(b, law, r, backward);
  }
}

/* The species that a saturating law looks at; -1 (reported): unclear. */
static int saturating_species(EluteBuilder *b, const Law *law, bool hill) {
  const EluteNode *of = EluteNodeChild(law->node, "of");

  if (law->equation.reversible) {
    EluteError(b->d, EluteNodeChild(law->node, "equation"), "found <->; expected mass action with it");
    return -1;
  }
  if (hill && of) return elute_find_species(b, of);
  if (law->equation.n_left == 1) return law->left[0];
  EluteError(b->d, EluteNodeChild(law->node, "equation"), "found %d reactants; %s", law->equation.n_left,
             hill ? "name the species that hill looks at with 'of'" : "michaelis_menten expects one");
  return -1;
}

static void build_saturating(EluteBuilder *b, const Law *law, bool hill) {
  const EluteEquation *e = &law->equation;
  const int of = saturating_species(b, law, hill);
  char *name = of < 0 ? NULL : direction_name(b, law, false);
  EluteReactionSpec *r = of < 0 ? NULL : elute_add_reaction(b, law->node);

  if (!r) {
    free(name);
    return;
  }
  r->name = name;
  if (set_changes(b, r, e->n_left, law->left, e->left, e->n_right, law->right, e->right))
    add_saturating(b, law, r, hill ? ELUTE_HILL : ELUTE_SATURATION, of);
}

void elute_build_reactions(EluteBuilder *b) {
  const EluteNode *list = EluteNodeChild(b->root, "reactions");

  for (const EluteNode *node = elute_first(list, ELUTE_SEQUENCE); node; node = node->next) {
    const char *name = elute_scalar(node, "law");
    const bool gompertz = name && strcmp(name, "gompertz") == 0, hill = name && strcmp(name, "hill") == 0;
    const bool mass_action = !name || gompertz || strcmp(name, "mass_action") == 0;
    Law law;

    if (!read_law(b, node, &law)) continue;
    law.gompertz = gompertz;
    check_law_keys(b, &law, mass_action, hill);
    if (mass_action)
      build_mass_action(b, &law);
    else
      build_saturating(b, &law, hill);
  }
}
