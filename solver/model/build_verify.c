/* verify: criteria that make a case a test. */
#include "internal.h"

#include "../case/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const EluteEndpointKey elute_endpoints[ELUTE_N_ENDPOINTS] = {
    [ELUTE_ENDPOINT_PEAK_PRESSURE] = {"peak_pressure", "Pa"}, [ELUTE_ENDPOINT_RIM_PRESSURE] = {"rim_pressure", "Pa"},
    [ELUTE_ENDPOINT_FILTRATION] = {"filtration", "m3/s"},     [ELUTE_ENDPOINT_LYMPH_FLOW] = {"lymph_flow", "m3/s"},
    [ELUTE_ENDPOINT_OUTFLOW] = {"outflow", "m3/s"},
};

static bool relative(const char *text, double *number) {
  char why[500];

  return EluteQuantityParse(text, "1", 0.0, number, why, sizeof why);
}

/* equals, within, above, below of a measured quantity. */
static bool read_limits(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass,
                        EluteVerifySpec *v) {
  const EluteNode *equals = EluteNodeChild(node, "equals"), *within = EluteNodeChild(node, "within");
  bool fine = true;

  v->has_equals = equals != NULL;
  v->has_above = EluteNodeChild(node, "above") != NULL;
  v->has_below = EluteNodeChild(node, "below") != NULL;
  if (!v->has_equals && !v->has_above && !v->has_below) {
    EluteError(b->d, node, "expected a criterion: equals with within, above or below");
    return false;
  }
  if (v->has_equals != (within != NULL)) {
    EluteError(b->d, within ? within : equals, "expected 'equals' and 'within' together");
    return false;
  }
  if (!elute_quantity(b, node, "equals", unit, molar_mass, 0.0, &v->equals)) fine = false;
  if (!elute_quantity(b, node, "above", unit, molar_mass, 0.0, &v->lower)) fine = false;
  if (!elute_quantity(b, node, "below", unit, molar_mass, 0.0, &v->upper)) fine = false;
  if (!within || within->kind != ELUTE_SCALAR) return fine;
  v->within_absolute = !relative(within->text, &v->within);
  if (v->within_absolute && !elute_quantity(b, node, "within", unit, molar_mass, 0.0, &v->within)) fine = false;
  if (fine && v->within_absolute && strcmp(unit, "K") == 0 && v->within > 200.0) {
    EluteError(b->d, within, "found a temperature of %g K; expected a difference, such as 0.2 K", v->within);
    fine = false;
  }
  if (fine && !v->within_absolute && v->equals == 0.0) {
    EluteError(b->d, within, "found a share of 0; expected an absolute difference in %s", unit);
    fine = false;
  }
  return fine;
}

static bool read_norm(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass, EluteVerifySpec *v) {
  static const char *const misplaced[] = {"equals", "within", "above", NULL};
  const EluteNode *exact = EluteNodeChild(node, "exact"), *below = EluteNodeChild(node, "below");
  const EluteNode *in = EluteNodeChild(node, "in");
  const char *norm = elute_scalar(node, "norm");

  elute_misplaced(b, node, misplaced, "found with a norm; expected 'below'");
  if (!exact) EluteError(b->d, node, "the key 'exact' is missing; a norm needs the exact solution");
  if (!below) EluteError(b->d, node, "the key 'below' is missing; a norm needs its limit");
  v->infinity_norm = norm && strcmp(norm, "linf") == 0;
  v->absolute = elute_flag(node, "absolute");
  if (in) v->tissue = elute_find_tissue(b, in);
  if (below && !elute_quantity(b, node, "below", v->absolute ? unit : "1", molar_mass, 0.0, &v->below)) return false;
  v->exact = exact ? elute_value(b, exact, unit, molar_mass) : NULL;
  return v->exact && below;
}

static bool known_place(const EluteModel *m, int species, const char *place) {
  const size_t n = strlen(place);

  for (int i = 0; i < m->n_boundaries; i++)
    if (m->boundaries[i].species == species && strcmp(m->boundaries[i].name, place) == 0) return true;
  for (int i = 0; i < m->n_holds; i++)
    if (m->holds[i].species == species && strcmp(m->tissues[m->holds[i].tissue].name, place) == 0) return true;
  for (int i = 0; i < m->n_impulses; i++) {
    const char *name = m->impulses[i].name;

    if (m->impulses[i].species != species) continue;
    if (strcmp(name, place) == 0) return true;
    if (n > 5 && strcmp(place + n - 5, ".lost") == 0 && strlen(name) == n - 5 && strncmp(name, place, n - 5) == 0)
      return true;
  }
  for (int i = 0; i < m->n_reactions; i++)
    for (int c = 0; m->reactions[i].name && c < m->reactions[i].n_changes; c++)
      if (m->reactions[i].changed[c] == species && strcmp(m->reactions[i].name, place) == 0) return true;
  return false;
}

static void add_places(char *text, size_t length, const char *species, const char *place, int *n) {
  const size_t used = strlen(text);

  if ((*n)++ < 12) snprintf(text + used, length - used, "%s%s.%s", used ? ", " : "", species, place);
}

static void unknown_place(EluteBuilder *b, const EluteNode *node) {
  const EluteModel *m = b->model;
  char known[600] = "";
  int n = 0;

  for (int i = 0; i < m->n_boundaries; i++)
    add_places(known, sizeof known, m->species[m->boundaries[i].species].name, m->boundaries[i].name, &n);
  for (int i = 0; i < m->n_holds; i++)
    add_places(known, sizeof known, m->species[m->holds[i].species].name, m->tissues[m->holds[i].tissue].name, &n);
  for (int i = 0; i < m->n_impulses; i++)
    add_places(known, sizeof known, m->species[m->impulses[i].species].name, m->impulses[i].name, &n);
  for (int i = 0; i < m->n_reactions; i++)
    for (int c = 0; m->reactions[i].name && c < m->reactions[i].n_changes; c++)
      add_places(known, sizeof known, m->species[m->reactions[i].changed[c]].name, m->reactions[i].name, &n);
  EluteError(b->d, node, "the ledger has no row '%.100s'; expected species.place%s%s%s", node->text,
             known[0] ? ": one of " : "", known, n > 12 ? ", …" : "");
}

static bool read_ledger(EluteBuilder *b, const EluteNode *node, EluteVerifySpec *v) {
  const EluteNode *ledger = EluteNodeChild(node, "ledger");
  const EluteModel *m = b->model;

  if (ledger->kind != ELUTE_SCALAR) return false;
  for (int k = 0; k < m->n_species; k++) {
    const size_t n = strlen(m->species[k].name);

    if (strncmp(ledger->text, m->species[k].name, n) != 0 || ledger->text[n] != '.') continue;
    if (!known_place(m, k, ledger->text + n + 1)) continue;
    v->species = k;
    v->ledger = elute_text_copy(ledger->text);
    return read_limits(b, node, elute_amount_unit(&m->species[k]), m->species[k].molar_mass, v);
  }
  unknown_place(b, ledger);
  return false;
}

static bool read_endpoint(EluteBuilder *b, const EluteNode *node, EluteVerifySpec *v) {
  const EluteNode *endpoint = EluteNodeChild(node, "endpoint");
  int found = -1;

  for (int e = 0; e < ELUTE_N_ENDPOINTS && endpoint->kind == ELUTE_SCALAR; e++)
    if (strcmp(elute_endpoints[e].name, endpoint->text) == 0) found = e;
  if (found < 0) return false; /* the schema has said so */
  v->endpoint = (EluteEndpoint)found;
  if (!b->model->flow.model || (b->model->flow.model == ELUTE_FLOW_PRESCRIBED && found != ELUTE_ENDPOINT_OUTFLOW)) {
    EluteError(b->d, endpoint, "found '%s' without a flow that has it; expected it with flow: {model: %s}",
               endpoint->text, found == ELUTE_ENDPOINT_OUTFLOW ? "…" : "darcy_starling");
    return false;
  }
  return read_limits(b, node, elute_endpoints[found].unit, 0.0, v);
}

/* The pressure, by a norm or at a point. */
static bool read_pressure(EluteBuilder *b, const EluteNode *node, EluteVerifySpec *v) {
  static const char *const of_species[] = {"species", "as", NULL};
  const EluteNode *pressure = EluteNodeChild(node, "pressure");

  elute_misplaced(b, node, of_species, "found beside 'pressure', which is not of a species");
  if (b->model->flow.model != ELUTE_FLOW_DARCY_STARLING) {
    EluteError(b->d, pressure, "no pressure is solved; expected it with flow: {model: darcy_starling}");
    return false;
  }
  if (v->kind == ELUTE_VERIFY_NORM) return read_norm(b, node, "Pa", 0.0, v);
  return elute_point(b, EluteNodeChild(node, "point"), v->point) && read_limits(b, node, "Pa", 0.0, v);
}

/* Which of them is meant; -1 (reported): none or several. */
static int find_kind(EluteBuilder *b, const EluteNode *node) {
  static const char *const keys[] = {"norm", "point", "total_in", "ledger", "endpoint"};
  int kind = -1;

  for (int i = 0; i < 5; i++) {
    const EluteNode *child = EluteNodeChild(node, keys[i]);

    if (child && kind >= 0) {
      EluteError(b->d, child, "found beside '%s'; expected one of norm, point, total_in, ledger and endpoint",
                 keys[kind]);
      return -1;
    }
    if (child) kind = i;
  }
  if (kind < 0) EluteError(b->d, node, "expected one of norm, point, total_in, ledger and endpoint");
  return kind;
}

static bool read_one(EluteBuilder *b, const EluteNode *node, EluteVerifySpec *v) {
  static const char *const of_norm[] = {"exact", "absolute", "in", NULL}, *const of_ledger[] = {"species", "as",
                                                                                                "pressure", NULL};
  static const char *const of_total[] = {"as", "pressure", NULL};
  const EluteTimeSpec *time = &b->model->time;
  const int kind = find_kind(b, node);
  const char *as = elute_scalar(node, "as"), *total = elute_scalar(node, "total_in"), *unit;
  const EluteSpecies *s;

  if (kind < 0) return false;
  v->kind = (EluteVerifyKind)kind;
  if (!elute_quantity(b, node, "at", "s", 0.0, time->end, &v->at)) return false;
  if (v->at < time->begin || v->at > time->end) {
    EluteError(b->d, EluteNodeChild(node, "at"), "found %g s; expected a time within the run, %g s to %g s", v->at,
               time->begin, time->end);
    return false;
  }
  if (v->kind != ELUTE_VERIFY_NORM) elute_misplaced(b, node, of_norm, "found without a norm");
  if (v->kind == ELUTE_VERIFY_LEDGER) {
    elute_misplaced(b, node, of_ledger, "found with a ledger row, which names its species itself");
    return read_ledger(b, node, v);
  }
  if (v->kind == ELUTE_VERIFY_ENDPOINT) {
    elute_misplaced(b, node, of_ledger, "found with an endpoint, which is of the flow as a whole");
    return read_endpoint(b, node, v);
  }
  if (v->kind != ELUTE_VERIFY_TOTAL && elute_flag(node, "pressure")) return read_pressure(b, node, v);
  if (!EluteNodeChild(node, "species")) EluteError(b->d, node, "the key 'species' is missing");
  if ((v->species = elute_find_species(b, EluteNodeChild(node, "species"))) < 0) return false;
  s = &b->model->species[v->species];
  v->as_tissue = as && strcmp(as, "tissue") == 0;
  unit = v->as_tissue && elute_is_temperature(s) ? "J/m3" : elute_concentration_unit(s);
  if (v->kind == ELUTE_VERIFY_NORM) return read_norm(b, node, unit, s->molar_mass, v);
  if (v->kind == ELUTE_VERIFY_POINT)
    return elute_point(b, EluteNodeChild(node, "point"), v->point) && read_limits(b, node, unit, s->molar_mass, v);
  elute_misplaced(b, node, of_total, "found with a total, which is an amount");
  if (total && strcmp(total, "all") != 0 && (v->tissue = elute_find_tissue(b, EluteNodeChild(node, "total_in"))) < 0)
    return false;
  return read_limits(b, node, elute_amount_unit(s), s->molar_mass, v);
}

void elute_build_verify(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *list = EluteNodeChild(b->root, "verify");

  for (const EluteNode *node = elute_first(list, ELUTE_SEQUENCE); node; node = node->next) {
    EluteVerifySpec v = {.species = -1, .tissue = -1, .node = node};

    if (!read_one(b, node, &v)) {
      EluteValueFree(v.exact);
      free(v.ledger);
      continue;
    }
    m->verify = elute_grow(m->verify, m->n_verify, sizeof *m->verify);
    m->verify[m->n_verify++] = v;
  }
}
