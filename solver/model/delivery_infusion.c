/* Infusion: a pumped fluid with the dose in it, which moves the tissue's own (physics A3, darcy). Fluid and dose are
   spread alike, by volume, so that what enters has one concentration. The pump reaches its rate in equal steps. */
#include "delivery.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 8 }; /* of a ramp: the pressure is solved anew at each */

bool elute_is_infusion(const EluteDelivery *delivery) {
  return strcmp(delivery->route, "infusion") == 0;
}

/* How long the pump would have to run at its full rate. */
static double full_duration(const EluteDelivery *delivery) {
  return delivery->duration - 0.5 * delivery->ramp;
}

static int steps(const EluteDelivery *delivery) {
  return delivery->ramp > 0.0 ? STEPS : 1;
}

/* When a step begins: in the middle of the part of the ramp that it stands for. */
static double step_begin(const EluteDelivery *delivery, double start, int step) {
  return start + (delivery->ramp > 0.0 ? delivery->ramp * (step + 0.5) / STEPS : 0.0);
}

bool elute_read_infusion(EluteBuilder *b, EluteDelivery *delivery) {
  const EluteNode *node = delivery->node, *rate = EluteNodeChild(node, "rate"), *ramp = EluteNodeChild(node, "ramp");
  const char *model = elute_scalar(EluteNodeChild(b->root, "flow"), "model");
  double per_time;

  if (!elute_is_infusion(delivery)) return true;
  if (!model || strcmp(model, "darcy_starling") != 0) {
    EluteError(b->d, EluteNodeChild(node, "route"),
               "found an infusion without flow: {model: darcy_starling}, which carries it");
    return false;
  }
  if (!(delivery->duration > 0.0)) {
    EluteError(b->d, node, "the key 'duration' is missing; an infusion takes time");
    return false;
  }
  if (!elute_quantity(b, node, "ramp", "s", 0.0, 0.0, &delivery->ramp)) return false;
  if (delivery->ramp > delivery->duration) {
    EluteError(b->d, ramp, "found %g s, more than the duration (%g s)", delivery->ramp, delivery->duration);
    return false;
  }
  if (rate && EluteNodeChild(node, "volume")) {
    EluteError(b->d, rate, "found beside 'volume'; expected one of them");
    return false;
  }
  if (!rate) return true;
  if (!elute_quantity(b, node, "rate", "m3/s", 0.0, 0.0, &per_time)) return false;
  delivery->volume = per_time * full_duration(delivery);
  return true;
}

/* The sphere at the tip, with the sleeve along the needle into which fluid flows back. */
static bool add_backflow(EluteBuilder *b, const EluteNode *backflow, const double tip[3], EluteNode **where) {
  EluteNode *both, *list, *sleeve, *form;
  double towards[3] = {0, 0, 0}, end[3], length, radius, distance = 0.0;

  if (!EluteNodeChild(backflow, "towards") || !elute_point(b, EluteNodeChild(backflow, "towards"), towards) ||
      !elute_quantity(b, backflow, "length", "m", 0.0, 0.0, &length) ||
      !elute_quantity(b, backflow, "radius", "m", 0.0, 0.0, &radius))
    return false;
  for (int a = 0; a < 3; a++) distance += (towards[a] - tip[a]) * (towards[a] - tip[a]);
  distance = sqrt(distance);
  if (!(distance > 0.0)) {
    EluteError(b->d, EluteNodeChild(backflow, "towards"), "found the needle's tip; expected a point along the needle");
    return false;
  }
  for (int a = 0; a < 3; a++) end[a] = tip[a] + length * (towards[a] - tip[a]) / distance;
  if (!elute_inside_mesh(b, EluteNodeChild(backflow, "length"), end)) return false;
  both = EluteNodeNew(ELUTE_MAPPING, "where", NULL);
  list = EluteNodeEnsure(both, "union", ELUTE_SEQUENCE);
  free((*where)->key);
  (*where)->key = NULL;
  EluteNodeAppend(list, *where);
  sleeve = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
  form = EluteNodeEnsure(sleeve, "cylinder", ELUTE_MAPPING);
  elute_set_point(b, form, "from", tip);
  elute_set_point(b, form, "to", end);
  EluteNodeSet(form, "radius", "%s m", elute_number_text(radius).text);
  EluteNodeAppend(list, sleeve);
  *where = both;
  return true;
}

bool elute_infusion_place(EluteBuilder *b, EluteDelivery *delivery) {
  const EluteNode *node = delivery->node, *at = EluteNodeChild(node, "at"), *radius = EluteNodeChild(node, "radius");
  const EluteNode *backflow = EluteNodeChild(node, "backflow");
  const bool needs_place = b->model->mesh.geometry != ELUTE_SPHERICAL, fluid = delivery->volume > 0.0;
  double x[3] = {0, 0, 0}, r;
  EluteNode *where;

  if (!at && needs_place) EluteError(b->d, node, "the key 'at' is missing; expected where the needle's tip is");
  if (!fluid || !radius)
    EluteError(b->d, node,
               "the key '%s' is missing; an infusion has the volume of its fluid (or its rate) and the radius of the "
               "place where it comes out",
               fluid ? "radius" : "volume");
  if (!fluid || !radius || (!at && needs_place) || !elute_point(b, at, x) ||
      !elute_inside_mesh(b, at ? at : node, x) || !EluteLengthRead(radius, &b->model->scope, &r, b->d) || !(r > 0.0))
    return false;
  where = elute_ball(b, x, r, NULL, 1.0);
  if (backflow && b->model->mesh.dimension < 2) {
    EluteError(b->d, backflow, "found a needle's length in a mesh of one axis; expected two or three");
    EluteNodeFree(where);
    return false;
  }
  if (backflow && !add_backflow(b, backflow, x, &where)) {
    EluteNodeFree(where);
    return false;
  }
  elute_add_place(delivery, where, 1.0, "");
  return true;
}

void elute_give_fluid(EluteBuilder *b, const EluteDelivery *delivery) {
  const double rate = delivery->volume * (1.0 - delivery->lost) / full_duration(delivery);
  const int n = steps(delivery);

  for (int time = 0; time < delivery->times; time++)
    for (int step = 0; step < n; step++) {
      const double start = delivery->start + time * delivery->every;
      char suffix[24] = "", *name, *path;
      EluteNode *node;

      if (n > 1) snprintf(suffix, sizeof suffix, "_step_%d", step + 1);
      name = elute_delivery_row(delivery, time, suffix);
      path = elute_text_format("flow.infusions.%s", name);
      node = EluteNodeEnsure(b->root, path, ELUTE_MAPPING);
      free(name);
      free(path);
      if (!node) return;
      EluteNodeAppend(node, EluteNodeCopy(delivery->place[0].where));
      EluteNodeSet(node, "rate", "%s m3/s", elute_number_text(rate / n).text);
      EluteNodeSet(node, "from", "%s s", elute_number_text(step_begin(delivery, start, step)).text);
      EluteNodeSet(node, "to", "%s s", elute_number_text(start + delivery->duration).text);
    }
}

void elute_set_rate(const EluteDelivery *delivery, EluteNode *source, double amount, double start) {
  const double rate = amount / full_duration(delivery);
  EluteNode *time, *value;

  if (!(delivery->ramp > 0.0)) {
    EluteNodeSet(source, "rate", "%s mol/s", elute_number_text(rate).text);
    return;
  }
  time = EluteNodeEnsure(source, "rate.table.time", ELUTE_SEQUENCE);
  value = EluteNodeEnsure(source, "rate.table.value", ELUTE_SEQUENCE);
  EluteNodeSet(EluteNodeChild(EluteNodeChild(source, "rate"), "table"), "interpolation", "previous");
  for (int step = -1; step < STEPS; step++) { /* nothing before the first */
    elute_append_number(time, step < 0 ? start : step_begin(delivery, start, step), "s");
    elute_append_number(value, rate * (step + 1) / STEPS, "mol/s");
  }
}
