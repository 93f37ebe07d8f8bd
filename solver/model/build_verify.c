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

/* The species of a row "species.place", and its place; -1: no such row. */
static int find_row(const EluteModel *m, const char *row, const char **place) {
  size_t longest = 0;

  *place = NULL;
  for (int k = 0; k < m->n_species; k++) {
    const size_t n = strlen(m->species[k].name);

    if (strncmp(row, m->species[k].name, n) != 0 || row[n] != '.') continue;
    if (n > longest) *place = row + n + 1;
    longest = n > longest ? n : longest;
    if (known_place(m, k, row + n + 1)) return k;
  }
  return -1;
}

/* Of several, one of a species may be missing that another has: nothing passes there. */
static bool read_row(EluteBuilder *b, const EluteNode *list, const EluteNode *row, EluteVerifySpec *v) {
  const EluteModel *m = b->model;
  const char *place, *others;
  int k, known = -1;

  if (row->kind != ELUTE_SCALAR) return false;
  if ((k = find_row(m, row->text, &place)) >= 0) {
    if (v->sum.n && m->species[k].quantity != v->sum.quantity) {
      EluteError(b->d, row, "found what is counted beside what is not; expected rows of one kind");
      return false;
    }
    v->sum = (EluteTogether){
        .n = 1, .species = {k}, .quantity = m->species[k].quantity, .molar_mass = m->species[k].molar_mass};
    v->row = elute_grow(v->row, v->n_rows, sizeof *v->row);
    v->row[v->n_rows++] = elute_text_copy(row->text);
    return true;
  }
  for (const EluteNode *one = place ? elute_first(list, ELUTE_SEQUENCE) : NULL; one && known < 0; one = one->next)
    if (one->kind == ELUTE_SCALAR && find_row(m, one->text, &others) >= 0 && strcmp(place, others) == 0) known = 0;
  if (known < 0) unknown_place(b, row);
  return known >= 0;
}

static bool read_ledger(EluteBuilder *b, const EluteNode *node, EluteVerifySpec *v) {
  const EluteNode *list = EluteNodeChild(node, "ledger");
  bool fine = list->kind == ELUTE_SCALAR ? read_row(b, list, list, v) : list->n_children > 0;

  for (const EluteNode *row = elute_first(list, ELUTE_SEQUENCE); row; row = row->next)
    fine = fine && read_row(b, list, row, v);
  return fine && read_limits(b, node, elute_quantities[v->sum.quantity].amount, v->sum.molar_mass, v);
}

/* An endpoint of the case by its name, a part of a split with a dot before it; false: none of this name. */
static bool find_readout(const EluteModel *m, const char *name, EluteVerifySpec *v) {
  for (int r = 0; r < m->output.n_readouts; r++) {
    const EluteReadoutSpec *spec = &m->output.readouts[r];
    const size_t n = strlen(spec->name);

    if (strncmp(spec->name, name, n) != 0) continue;
    v->readout = r;
    if (!name[n] && spec->kind != ELUTE_KIND_SPLIT) return true;
    for (v->part = 0; name[n] == '.' && v->part < spec->n_parts; v->part++)
      if (strcmp(spec->part_name[v->part], name + n + 1) == 0) return true;
  }
  v->readout = -1;
  return false;
}

static void unknown_endpoint(EluteBuilder *b, const EluteNode *node) {
  const EluteOutputSpec *o = &b->model->output;
  char known[600] = "";

  for (int e = 0; e < ELUTE_N_ENDPOINTS + o->n_readouts; e++) {
    const EluteReadoutSpec *r = e < ELUTE_N_ENDPOINTS ? NULL : &o->readouts[e - ELUTE_N_ENDPOINTS];
    const size_t used = strlen(known);

    snprintf(known + used, sizeof known - used, "%s%s%s", used ? ", " : "", r ? r->name : elute_endpoints[e].name,
             r && r->kind == ELUTE_KIND_SPLIT ? ".PART" : "");
  }
  EluteError(b->d, node, "there is no endpoint '%.100s'; expected one of %s", node->text, known);
}

static bool read_endpoint(EluteBuilder *b, const EluteNode *node, EluteVerifySpec *v) {
  const EluteNode *endpoint = EluteNodeChild(node, "endpoint");
  int found = -1;

  if (endpoint->kind != ELUTE_SCALAR) return false;
  if (find_readout(b->model, endpoint->text, v)) {
    const EluteReadoutSpec *r = &b->model->output.readouts[v->readout];

    return read_limits(b, node, EluteReadoutUnit(r), r->sum.molar_mass, v);
  }
  for (int e = 0; e < ELUTE_N_ENDPOINTS; e++)
    if (strcmp(elute_endpoints[e].name, endpoint->text) == 0) found = e;
  if (found < 0) {
    unknown_endpoint(b, endpoint);
    return false;
  }
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
  const char *total = elute_scalar(node, "total_in"), *unit;

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
    elute_misplaced(b, node, of_ledger, "found with an endpoint, which says itself what it is of");
    return read_endpoint(b, node, v);
  }
  if (v->kind != ELUTE_VERIFY_TOTAL && elute_flag(node, "pressure")) return read_pressure(b, node, v);
  if (!EluteNodeChild(node, "species")) EluteError(b->d, node, "the key 'species' is missing");
  if (v->kind == ELUTE_VERIFY_TOTAL) elute_misplaced(b, node, of_total, "found with a total, which is an amount");
  if (v->kind == ELUTE_VERIFY_TOTAL ? !elute_together(b, EluteNodeChild(node, "species"), &v->sum)
                                    : !elute_concentration_of(b, node, "species", &v->sum))
    return false;
  unit = EluteTogetherUnit(&v->sum, ELUTE_MEASURE_CONCENTRATION);
  if (v->kind == ELUTE_VERIFY_NORM) return read_norm(b, node, unit, v->sum.molar_mass, v);
  if (v->kind == ELUTE_VERIFY_POINT)
    return elute_point(b, EluteNodeChild(node, "point"), v->point) && read_limits(b, node, unit, v->sum.molar_mass, v);
  if (total && strcmp(total, "all") != 0 && (v->tissue = elute_find_tissue(b, EluteNodeChild(node, "total_in"))) < 0)
    return false;
  return read_limits(b, node, elute_quantities[v->sum.quantity].amount, v->sum.molar_mass, v);
}

void elute_build_verify(EluteBuilder *b) {
  EluteModel *m = b->model;
  const EluteNode *list = EluteNodeChild(b->root, "verify");

  for (const EluteNode *node = elute_first(list, ELUTE_SEQUENCE); node; node = node->next) {
    EluteVerifySpec v = {.tissue = -1, .readout = -1, .node = node};

    if (!read_one(b, node, &v)) {
      EluteValueFree(v.exact);
      for (int r = 0; r < v.n_rows; r++) free(v.row[r]);
      free(v.row);
      continue;
    }
    m->verify = elute_grow(m->verify, m->n_verify, sizeof *m->verify);
    m->verify[m->n_verify++] = v;
  }
}
