/* Where a needle leaves what it gives. The fluid fills the interstitial fluid of a sphere of radius
   a = (3 V / (4 pi phi))^(1/3) at uniform fluid concentration (physics A3, depot); several deposits share volume and
   dose equally. */
#include "delivery.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool elute_inside_mesh(EluteBuilder *b, const EluteNode *at, const double x[3]) {
  if (!elute_point_in_mesh(b, at, x)) return false;
  if (b->model->mesh.geometry == ELUTE_CARTESIAN || x[0] == 0.0) return true;
  EluteError(b->d, at, "found r = %g m; a depot must lie on the axis or in the centre (r = 0), else it would be a ring",
             x[0]);
  return false;
}

/* ---- shapes, as a case writes them ---- */

void elute_set_point(const EluteBuilder *b, EluteNode *mapping, const char *key, const double x[3]) {
  EluteNode *list = EluteNodeNew(ELUTE_SEQUENCE, key, NULL);

  for (int a = 0; a < b->model->mesh.dimension; a++) elute_append_number(list, x[a], "m");
  EluteNodeAppend(mapping, list);
}

static void set_length(EluteNode *mapping, const char *key, double length) {
  EluteNodeSet(mapping, key, "%s m", elute_number_text(length).text);
}

/* {sphere: …} or, with semi-axes, {ellipsoid: …} */
EluteNode *elute_ball(const EluteBuilder *b, const double x[3], double radius, const double *semi_axes,
                       double factor) {
  EluteNode *where = EluteNodeNew(ELUTE_MAPPING, "where", NULL);
  EluteNode *form = EluteNodeEnsure(where, semi_axes ? "ellipsoid" : "sphere", ELUTE_MAPPING);
  double scaled[3] = {0, 0, 0};

  elute_set_point(b, form, "centre", x);
  for (int a = 0; a < 3 && semi_axes; a++) scaled[a] = factor * semi_axes[a];
  if (semi_axes)
    elute_set_point(b, form, "semi_axes", scaled);
  else
    set_length(form, "radius", factor * radius);
  return where;
}

/* {difference: [outer, inner]}; takes over both. */
static EluteNode *between(EluteNode *outer, EluteNode *inner) {
  EluteNode *where = EluteNodeNew(ELUTE_MAPPING, "where", NULL);
  EluteNode *list = EluteNodeEnsure(where, "difference", ELUTE_SEQUENCE), *part[2] = {outer, inner};

  for (int i = 0; i < 2; i++) {
    free(part[i]->key);
    part[i]->key = NULL;
    EluteNodeAppend(list, part[i]);
  }
  return where;
}

/* The shape, larger by `more` on every side; NULL: of a kind of which that is not known. */
static EluteNode *enlarged(const EluteBuilder *b, const EluteShape *shape, double more) {
  static const char *const keys[] = {[ELUTE_SHAPE_SPHERE] = "sphere",
                                     [ELUTE_SHAPE_ELLIPSOID] = "ellipsoid",
                                     [ELUTE_SHAPE_BOX] = "box",
                                     [ELUTE_SHAPE_CYLINDER] = "cylinder",
                                     [ELUTE_SHAPE_CAPSULE] = "capsule"};
  const bool rod = shape->kind == ELUTE_SHAPE_CYLINDER || shape->kind == ELUTE_SHAPE_CAPSULE;
  const bool box = shape->kind == ELUTE_SHAPE_BOX || shape->kind == ELUTE_SHAPE_CYLINDER;
  EluteNode *where, *form;
  double low[3], high[3], length = 0;

  if (shape->kind < ELUTE_SHAPE_SPHERE || shape->kind > ELUTE_SHAPE_CAPSULE) return NULL;
  where = EluteNodeNew(ELUTE_MAPPING, "where", NULL);
  form = EluteNodeEnsure(where, keys[shape->kind], ELUTE_MAPPING);
  for (int a = 0; a < 3; a++) length += (shape->b[a] - shape->a[a]) * (shape->b[a] - shape->a[a]);
  for (int a = 0; a < 3; a++) { /* a cylinder's ends move along its axis */
    const double out = !box ? 0 : rod ? more * (shape->b[a] - shape->a[a]) / sqrt(length) : more;

    low[a] = shape->a[a] - out, high[a] = shape->b[a] + (shape->kind == ELUTE_SHAPE_ELLIPSOID ? more : out);
  }
  if (rod || shape->kind == ELUTE_SHAPE_BOX) {
    elute_set_point(b, form, "from", low);
    elute_set_point(b, form, "to", high);
  } else {
    elute_set_point(b, form, "centre", low);
  }
  if (shape->kind == ELUTE_SHAPE_ELLIPSOID) elute_set_point(b, form, "semi_axes", high);
  if (rod || shape->kind == ELUTE_SHAPE_SPHERE) set_length(form, "radius", shape->r + more);
  return where;
}

/* ---- routes ---- */

void elute_add_place(EluteDelivery *delivery, EluteNode *where, double share, const char *suffix) {
  ElutePlace *place = &delivery->place[delivery->n_places++];

  place->where = where;
  place->share = share;
  snprintf(place->suffix, sizeof place->suffix, "%s", suffix);
}

static bool radius_of_volume(EluteBuilder *b, const EluteDelivery *delivery, double volume, const double x[3],
                             double *radius) {
  const EluteModel *m = b->model;
  const EluteNode *at = EluteNodeChild(delivery->node, "volume");
  const int tissue = elute_tissue_at(m, x);
  const EluteWhere where = EluteModelWhere(m, x, tissue, delivery->start, delivery->start, delivery->start);
  double phi;
  char why[500];

  if (m->mesh.geometry == ELUTE_CARTESIAN && m->mesh.dimension < 3) {
    EluteError(b->d, at, "found a volume in a mesh of %d axes; expected 'radius'", m->mesh.dimension);
    return false;
  }
  if (!EluteValueAt(m->tissues[tissue].interstitial_fraction, &where, &phi, why, sizeof why)) {
    EluteError(b->d, at, "the interstitial fraction at the needle's tip: %s", why);
    return false;
  }
  *radius = cbrt(3.0 * volume / (4.0 * M_PI * phi));
  return *radius > 0.0;
}

typedef struct Size {
  double radius, semi_axes[3], reach; /* m; radius 0: from the volume; reach: of what leaks outside, times the size */
  bool ellipsoid;
} Size;

static bool read_size(EluteBuilder *b, const EluteDelivery *delivery, Size *size) {
  static const char *const keys[] = {"radius", "semi_axes", "volume"};
  const EluteNode *node = delivery->node, *given = NULL, *axes = EluteNodeChild(node, "semi_axes");

  for (int k = 0; k < 3; k++) {
    const EluteNode *child = EluteNodeChild(node, keys[k]);

    /* a volume that makes the dose is none of the place, where that is given */
    if (!child || (k == 2 && given && EluteNodeChild(node, "concentration"))) continue;
    if (given) EluteError(b->d, given, "found beside '%s'; expected one of them", keys[k]);
    if (given) return false;
    given = child;
  }
  if (!given) {
    EluteError(b->d, node,
               "the key 'volume' is missing (or 'radius', 'semi_axes'); expected how far the injected fluid reaches");
    return false;
  }
  size->ellipsoid = given == axes;
  if (size->ellipsoid) {
    if (!elute_point(b, axes, size->semi_axes)) return false;
    for (int a = 0; a < b->model->mesh.dimension; a++) {
      if (size->semi_axes[a] > 0.0) continue;
      EluteError(b->d, axes, "semi-axis %d is %g m; expected more than 0 m", a + 1, size->semi_axes[a]);
      return false;
    }
    return true;
  }
  return elute_quantity(b, node, "radius", "m", 0.0, 0.0, &size->radius);
}

static EluteNode *deposit(EluteBuilder *b, const EluteDelivery *delivery, const Size *size, double volume,
                          const double x[3], double factor) {
  double radius = size->radius;

  if (!size->ellipsoid && radius == 0.0 && !radius_of_volume(b, delivery, volume, x, &radius)) return NULL;
  return elute_ball(b, x, radius, size->ellipsoid ? size->semi_axes : NULL, factor);
}

static bool read_depot(EluteBuilder *b, EluteDelivery *delivery) {
  const EluteNode *node = delivery->node, *at = EluteNodeChild(node, "at"),
                  *reach_node = EluteNodeChild(node, "outside_reach");
  const bool needs_place = b->model->mesh.geometry != ELUTE_SPHERICAL;
  double x[3] = {0, 0, 0}, outside, reach;
  EluteNode *where, *around;
  Size size = {0};

  if (!at && needs_place) EluteError(b->d, node, "the key 'at' is missing; expected where the needle's tip is");
  if (!read_size(b, delivery, &size) || (!at && needs_place)) return false;
  if (!elute_point(b, at, x) || !elute_inside_mesh(b, at ? at : node, x)) return false;
  if (!elute_quantity(b, node, "outside_fraction", "1", 0.0, 0.0, &outside) ||
      !elute_quantity(b, node, "outside_reach", "1", 0.0, 2.0, &reach))
    return false;
  if (reach_node && outside == 0.0)
    EluteError(b->d, reach_node, "found without 'outside_fraction'; expected the share that goes there");
  if (!(where = deposit(b, delivery, &size, delivery->volume, x, 1.0))) return false;
  around = outside > 0.0 ? deposit(b, delivery, &size, delivery->volume, x, reach) : NULL;
  if (around) around = between(around, EluteNodeCopy(where));
  elute_add_place(delivery, where, 1.0 - outside, "");
  if (around) elute_add_place(delivery, around, outside, "_outside");
  return true;
}

/* Points, in the order of the file: those of `points`, then the side holes of each needle of `tracks`, ends included.
 */
static int read_points(EluteBuilder *b, const EluteNode *node, double x[][3]) {
  const EluteNode *points = EluteNodeChild(node, "points"), *tracks = EluteNodeChild(node, "tracks");
  int n = 0;

  for (const EluteNode *one = elute_first(points, ELUTE_SEQUENCE); one; one = one->next) {
    if (n == ELUTE_MOST_DEPOSITS) break;
    if (!elute_point(b, one, x[n]) || !elute_inside_mesh(b, one, x[n])) return 0;
    n++;
  }
  for (const EluteNode *one = elute_first(tracks, ELUTE_SEQUENCE); one; one = one->next) {
    const char *text = elute_scalar(one, "holes");
    const int holes = text ? (int)strtol(text, NULL, 10) : 0;
    double from[3], to[3];

    if (holes < 2 || !elute_point(b, EluteNodeChild(one, "from"), from) ||
        !elute_point(b, EluteNodeChild(one, "to"), to) || !elute_inside_mesh(b, one, from) || !elute_inside_mesh(b, one, to))
      return 0;
    for (int h = 0; h < holes && n < ELUTE_MOST_DEPOSITS; h++, n++)
      for (int a = 0; a < 3; a++) x[n][a] = from[a] + (to[a] - from[a]) * h / (holes - 1);
  }
  if (!points && !tracks)
    EluteError(b->d, node, "the key 'points' is missing (or 'tracks'); expected where the deposits are");
  if (n == ELUTE_MOST_DEPOSITS) EluteError(b->d, node, "found too many deposits; fewer than %d are possible", n);
  return n;
}

static bool read_deposits(EluteBuilder *b, EluteDelivery *delivery) {
  double(*x)[3] = elute_zeroed(ELUTE_MOST_DEPOSITS, sizeof *x);
  const int n = read_points(b, delivery->node, x);
  Size size = {0};
  bool fine = read_size(b, delivery, &size) && n > 0;

  for (int i = 0; i < n && fine; i++) {
    EluteNode *where = deposit(b, delivery, &size, delivery->volume / n, x[i], 1.0);
    char suffix[24];

    snprintf(suffix, sizeof suffix, "_at_%d", i + 1);
    if (where)
      elute_add_place(delivery, where, 1.0 / n, suffix);
    else
      fine = false;
  }
  free(x);
  return fine;
}

static bool read_peritumoural(EluteBuilder *b, EluteDelivery *delivery) {
  const EluteNode *node = delivery->node, *around = EluteNodeChild(node, "around"),
                  *thickness = EluteNodeChild(node, "thickness");
  const int t = around ? elute_find_tissue(b, around) : -1;
  EluteNode *outer, *inner;
  double more;

  if (!around) EluteError(b->d, node, "the key 'around' is missing; expected the tissue that is infiltrated around");
  if (!thickness) EluteError(b->d, node, "the key 'thickness' is missing; expected how far from the tissue it reaches");
  if (t < 0 || !thickness || !elute_quantity(b, node, "thickness", "m", 0.0, 0.0, &more)) return false;
  outer = enlarged(b, &b->model->tissues[t].where, more);
  if (!outer) {
    EluteError(b->d, around,
               "found a tissue whose shape is not a sphere, ellipsoid, box, cylinder or capsule; expected one of these "
               "(or a source of your own)");
    return false;
  }
  inner = enlarged(b, &b->model->tissues[t].where, 0.0);
  elute_add_place(delivery, between(outer, inner), 1.0, "");
  return true;
}

bool elute_delivery_places(EluteBuilder *b, EluteDelivery *delivery) {
  static const char *const of_places[] = {"at",     "radius", "semi_axes", "outside_fraction", "outside_reach",
                                          "points", "tracks", "around",    "thickness",        NULL};
  static const char *const of_depots[] = {"outside_fraction", "outside_reach", NULL}, *const of_needles[] = {"at",
                                                                                                             NULL};
  static const char *const of_axes[] = {"semi_axes", NULL}, *const of_infusions[] = {"rate", "ramp", "backflow", NULL};
  static const char *const of_deposits[] = {"points", "tracks", NULL};
  static const char *const of_shells[] = {"around", "thickness", NULL};
  static const char *const of_sizes[] = {"radius", "semi_axes", NULL};
  const bool depot = strcmp(delivery->route, "depot") == 0, deposits = strcmp(delivery->route, "deposits") == 0;
  const bool infusion = strcmp(delivery->route, "infusion") == 0;
  const EluteNode *node = delivery->node;

  if (b->model->mesh.geometry == ELUTE_WELL_MIXED && infusion) {
    EluteError(b->d, node, "found an infusion in a well-mixed case, where no fluid moves");
    return false;
  }
  if (b->model->mesh.geometry == ELUTE_WELL_MIXED) {
    elute_misplaced(b, node, of_places, "found in a well-mixed case, which has no places");
    for (int i = 0; of_places[i]; i++)
      if (EluteNodeChild(node, of_places[i])) return false;
    if (delivery->volume > 0.0 && !EluteNodeChild(node, "concentration"))
      EluteError(b->d, EluteNodeChild(node, "volume"), "found in a well-mixed case, which has no places");
    elute_add_place(delivery, NULL, 1.0, "");
    return true;
  }
  if (!depot) elute_misplaced(b, node, of_depots, "found with another route; expected 'route: depot' for it");
  if (!depot && !infusion)
    elute_misplaced(b, node, of_needles, "found with another route; expected 'route: depot' for it");
  if (!infusion) elute_misplaced(b, node, of_infusions, "found with another route; expected 'route: infusion' for it");
  if (!deposits) elute_misplaced(b, node, of_deposits, "found with another route; expected 'route: deposits' for it");
  if (depot || deposits || infusion) {
    elute_misplaced(b, node, of_shells, "found with another route; expected 'route: peritumoural' for it");
    if (infusion) elute_misplaced(b, node, of_axes, "found with an infusion; expected 'radius'");
    if (infusion) return elute_infusion_place(b, delivery);
    return depot ? read_depot(b, delivery) : read_deposits(b, delivery);
  }
  elute_misplaced(b, node, of_sizes, "found with another route; expected a deposit's for it");
  return read_peritumoural(b, delivery);
}

void elute_delivery_clear(EluteDelivery *delivery) {
  for (int p = 0; p < delivery->n_places; p++)
    if (delivery->place[p].where) EluteNodeFree(delivery->place[p].where);
  delivery->n_places = 0;
}
