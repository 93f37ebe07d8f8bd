/* delivery: what a needle leaves (route: depot) becomes an entry of sources. The fluid fills the interstitial fluid of
   a sphere of radius a = (3 V / (4 pi phi))^(1/3) at uniform fluid concentration (physics A3, depot). What goes into a
   vein (route: intravenous) is kept for the curves in plasma (expand_plasma.c). */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Depot {
  const EluteNode *node, *dose;
  double x[3], radius; /* m; radius 0 in a well-mixed case */
  double start, duration, lost;
  bool intravenous; /* no place */
} Depot;

static bool inside_mesh(EluteBuilder *b, const EluteNode *at, const double x[3]) {
  const EluteMeshSpec *mesh = &b->model->mesh;

  for (int a = 0; a < mesh->dimension; a++) {
    const double low = mesh->edges[a][0], high = mesh->edges[a][mesh->n[a]];

    if (x[a] >= low && x[a] <= high) continue;
    EluteError(b->d, at, "coordinate %d is %g m, outside the mesh (%g m to %g m)", a + 1, x[a], low, high);
    return false;
  }
  if (mesh->geometry == ELUTE_CARTESIAN || x[0] == 0.0) return true;
  EluteError(b->d, at, "found r = %g m; a depot must lie on the axis or in the centre (r = 0), else it would be a ring",
             x[0]);
  return false;
}

static bool radius_of_volume(EluteBuilder *b, Depot *depot) {
  const EluteModel *m = b->model;
  const EluteNode *volume = EluteNodeChild(depot->node, "volume");
  const int tissue = elute_tissue_at(m, depot->x);
  const EluteWhere where = EluteModelWhere(m, depot->x, tissue, depot->start, depot->start, depot->start);
  double v, phi;
  char why[500];

  if (m->mesh.geometry == ELUTE_CARTESIAN && m->mesh.dimension < 3) {
    EluteError(b->d, volume, "found a volume in a mesh of %d axes; expected 'radius'", m->mesh.dimension);
    return false;
  }
  if (!elute_quantity(b, depot->node, "volume", "m3", 0.0, 0.0, &v)) return false;
  if (!EluteValueAt(m->tissues[tissue].interstitial_fraction, &where, &phi, why, sizeof why)) {
    EluteError(b->d, volume, "the interstitial fraction at the needle's tip: %s", why);
    return false;
  }
  depot->radius = cbrt(3.0 * v / (4.0 * M_PI * phi));
  return depot->radius > 0.0;
}

static bool has_no_place(EluteBuilder *b, Depot *depot) {
  static const char *const of_places[] = {"at", "volume", "radius", NULL};
  const int before = b->d->n_errors;

  elute_misplaced(b, depot->node, of_places, "found with route: intravenous, which has no place in the tissue");
  if (depot->lost > 0.0)
    EluteError(b->d, EluteNodeChild(depot->node, "lost_along_track"),
               "found with route: intravenous, which has no track");
  return b->d->n_errors == before;
}

static bool read_place(EluteBuilder *b, Depot *depot) {
  static const char *const of_places[] = {"at", "volume", "radius", NULL};
  const EluteNode *node = depot->node, *at = EluteNodeChild(node, "at"), *radius = EluteNodeChild(node, "radius");
  const EluteNode *volume = EluteNodeChild(node, "volume");

  if (depot->intravenous) return has_no_place(b, depot);
  if (b->model->mesh.geometry == ELUTE_WELL_MIXED) {
    elute_misplaced(b, node, of_places, "found in a well-mixed case, which has no places");
    return !at && !volume && !radius;
  }
  if (!at && b->model->mesh.geometry != ELUTE_SPHERICAL)
    EluteError(b->d, node, "the key 'at' is missing; expected where the needle's tip is");
  if (volume && radius) EluteError(b->d, radius, "found beside 'volume'; expected one of them");
  if (!volume && !radius)
    EluteError(b->d, node, "the key 'volume' is missing (or 'radius'); expected how far the injected fluid reaches");
  if ((!at && b->model->mesh.geometry != ELUTE_SPHERICAL) || (volume != NULL) == (radius != NULL)) return false;
  if (!elute_point(b, at, depot->x) || !inside_mesh(b, at ? at : node, depot->x)) return false;
  if (volume) return radius_of_volume(b, depot);
  return EluteLengthRead(radius, &b->model->scope, &depot->radius, b->d) && depot->radius > 0.0;
}

static bool read_times(EluteBuilder *b, Depot *depot) {
  const EluteTimeSpec *time = &b->model->time;
  const EluteNode *node = depot->node, *start = EluteNodeChild(node, "start");

  if (!elute_quantity(b, node, "start", "s", 0.0, 0.0, &depot->start) ||
      !elute_quantity(b, node, "duration", "s", 0.0, 0.0, &depot->duration) ||
      !elute_quantity(b, node, "lost_along_track", "1", 0.0, 0.0, &depot->lost))
    return false;
  if (depot->start < time->begin || depot->start > time->end) {
    EluteError(b->d, start ? start : node, "found %g s; expected a time within the run, %g s to %g s", depot->start,
               time->begin, time->end);
    return false;
  }
  if (depot->start + depot->duration > time->end * (1.0 + 1e-12))
    EluteWarning(b->d, node, "the run ends before all is given");
  return true;
}

static EluteNode *new_source(EluteBuilder *b, const Depot *depot, const char *name, const char *species) {
  EluteNode *list = EluteNodeEnsure(b->root, "sources", ELUTE_SEQUENCE);
  EluteNode *node = elute_append_mapping(list, NULL, depot->dose), *sphere, *centre;

  EluteNodeSet(node, "name", "%s", name);
  EluteNodeSet(node, "species", "%s", species);
  if (!(depot->radius > 0.0)) return node;
  sphere = EluteNodeEnsure(node, "where.sphere", ELUTE_MAPPING);
  centre = EluteNodeNew(ELUTE_SEQUENCE, "centre", NULL);
  EluteNodeAppend(sphere, centre);
  for (int a = 0; a < b->model->mesh.dimension; a++) {
    char text[64];

    snprintf(text, sizeof text, "%s m", elute_number_text(depot->x[a]).text);
    EluteNodeAppend(centre, EluteNodeNew(ELUTE_SCALAR, NULL, text));
  }
  EluteNodeSet(sphere, "radius", "%s m", elute_number_text(depot->radius).text);
  EluteNodeSet(node, "spread", "fluid");
  return node;
}

static void give(EluteBuilder *b, Depot *depot, const EluteNode *dose, const char *species, double molar_mass) {
  const char *name = depot->node->key;
  double amount;
  EluteNode *node;
  char *track;

  if (!EluteNumberRead(dose, "mol", molar_mass, &b->model->scope, &amount, b->d)) return;
  depot->dose = dose;
  if (depot->intravenous) {
    elute_add_plasma_dose(b, depot->node, species, amount, depot->start, depot->duration);
    return;
  }
  if (depot->duration == 0.0) {
    node = new_source(b, depot, name, species);
    EluteNodeSet(node, "amount", "%s mol", elute_number_text(amount * (1.0 - depot->lost)).text);
    if (depot->lost > 0.0) EluteNodeSet(node, "lost", "%s mol", elute_number_text(amount * depot->lost).text);
    EluteNodeSet(node, "at", "%s s", elute_number_text(depot->start).text);
    return;
  }
  node = new_source(b, depot, name, species);
  EluteNodeSet(node, "rate", "%s mol/s", elute_number_text(amount * (1.0 - depot->lost) / depot->duration).text);
  EluteNodeSet(node, "from", "%s s", elute_number_text(depot->start).text);
  EluteNodeSet(node, "to", "%s s", elute_number_text(depot->start + depot->duration).text);
  if (!(depot->lost > 0.0)) return;
  track = elute_text_format("%s_track", name); /* booked when the injection begins */
  node = new_source(b, depot, track, species);
  free(track);
  EluteNodeSet(node, "amount", "0 mol");
  EluteNodeSet(node, "lost", "%s mol", elute_number_text(amount * depot->lost).text);
  EluteNodeSet(node, "at", "%s s", elute_number_text(depot->start).text);
}

static double molar_mass_of(EluteBuilder *b, const EluteNode *node) {
  double molar_mass;

  return elute_quantity(b, node, "molar_mass", "kg/mol", 0.0, 0.0, &molar_mass) ? molar_mass : 0.0;
}

static const EluteNode *describe(EluteBuilder *b, const char *drug) {
  const EluteNode *node = EluteNodeChild(EluteNodeChild(b->model->tree, "drugs"), drug);

  return node ? node : EluteNodeChild(EluteNodeChild(b->model->tree, "species"), drug);
}

/* A carrier with drugs: a dose of each, or of the only one. */
static void give_payloads(EluteBuilder *b, Depot *depot, const EluteNode *carrier, const EluteNode *dose) {
  const EluteNode *carries = EluteNodeChild(carrier, "carries");
  const char *names[64];
  int n = 0;

  for (const EluteNode *one = elute_first(carries, ELUTE_MAPPING); one && n < 64; one = one->next)
    names[n++] = one->key;
  if (dose->kind == ELUTE_SCALAR && n != 1) {
    EluteError(b->d, dose, "found one dose for %d drugs; expected {drug: dose, …}", n);
    return;
  }
  for (const EluteNode *one = dose->kind == ELUTE_SCALAR ? dose : elute_first(dose, ELUTE_MAPPING); one;
       one = one->next) {
    const char *drug = dose->kind == ELUTE_SCALAR ? names[0] : one->key, *nearest;
    char *species;

    if (!EluteNodeChild(carries, drug)) {
      nearest = EluteNearest(drug, n, names);
      EluteError(b->d, one, "'%s' does not carry '%s'%s%s%s", carrier->key, drug, nearest ? "; did you mean '" : "",
                 nearest ? nearest : "", nearest ? "'?" : "");
    } else if (describe(b, drug)) { /* an unknown drug has been reported with its carrier */
      species = elute_text_format("%s.%s", carrier->key, drug);
      give(b, depot, one, species, molar_mass_of(b, describe(b, drug)));
      free(species);
    }
    if (dose->kind == ELUTE_SCALAR) break;
  }
}

/* A drug, or a carrier by itself. */
static void give_alone(EluteBuilder *b, Depot *depot, const EluteNode *what, const EluteNode *dose) {
  const EluteNode *one = dose->kind == ELUTE_SCALAR ? dose : EluteNodeChild(dose, what->key);

  for (const EluteNode *child = elute_first(dose, ELUTE_MAPPING); child; child = child->next)
    if (child != one)
      EluteError(b->d, child, "found a dose of '%s'; expected one of '%s' alone", child->key, what->key);
  if (one) give(b, depot, one, what->key, molar_mass_of(b, what));
}

static const EluteNode *find_given(EluteBuilder *b, const EluteNode *reference, bool *carrier) {
  const EluteNode *carriers = EluteNodeChild(b->model->tree, "carriers"),
                  *drugs = EluteNodeChild(b->model->tree, "drugs");
  const EluteNode *found = EluteNodeChild(carriers, reference->text);
  const char *names[128], *nearest;
  int n = 0;

  *carrier = found != NULL;
  if (!found) found = EluteNodeChild(drugs, reference->text);
  if (found) return found;
  for (const EluteNode *one = elute_first(carriers, ELUTE_MAPPING); one && n < 128; one = one->next)
    names[n++] = one->key;
  for (const EluteNode *one = elute_first(drugs, ELUTE_MAPPING); one && n < 128; one = one->next) names[n++] = one->key;
  nearest = EluteNearest(reference->text, n, names);
  EluteError(b->d, reference, "there is no carrier or drug '%.100s'%s%s%s", reference->text,
             nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  return NULL;
}

void elute_expand_delivery(EluteBuilder *b, EluteNode *domain) {
  for (const EluteNode *node = elute_first(domain, ELUTE_MAPPING); node; node = node->next) {
    const EluteNode *reference = EluteNodeChild(node, "give"), *dose = EluteNodeChild(node, "dose"), *what, *carries;
    Depot depot = {.node = node, .dose = node};
    const char *route = elute_scalar(node, "route");
    bool carrier, fine;

    depot.intravenous = route && strcmp(route, "intravenous") == 0;
    if (!reference || reference->kind != ELUTE_SCALAR || !dose) continue;
    what = find_given(b, reference, &carrier);
    fine = read_times(b, &depot);
    if (!read_place(b, &depot) || !fine || !what) continue;
    carries = EluteNodeChild(what, "carries");
    if (carrier && elute_first(carries, ELUTE_MAPPING))
      give_payloads(b, &depot, what, dose);
    else
      give_alone(b, &depot, what, dose);
  }
}
