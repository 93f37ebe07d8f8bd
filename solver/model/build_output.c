/* time, output and checkpoints. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void read_end(EluteBuilder *b, const EluteNode *node, EluteTimeSpec *time) {
  static const char *const of_until[] = {"tolerance", "at_most", NULL}, *const of_end[] = {"end", NULL};
  const char *key = "end";

  time->until_steady = EluteNodeChild(node, "until") != NULL;
  if (time->until_steady) {
    key = "at_most";
    elute_misplaced(b, node, of_end, "found with until; expected at_most");
    elute_quantity(b, node, "tolerance", "1", 0.0, 1e-8, &time->steady_tolerance);
  } else {
    elute_misplaced(b, node, of_until, "found without until: steady");
  }
  if (!EluteNodeChild(node, key)) EluteError(b->d, node, "the key '%s' is missing; expected a time, such as 72 h", key);
  if (!elute_quantity(b, node, key, "s", 0.0, time->begin + 1.0, &time->end)) time->end = time->begin + 1.0;
  if (time->end > time->begin) return;
  EluteError(b->d, EluteNodeChild(node, key), "found %g s; expected a time after the beginning (%g s)", time->end,
             time->begin);
  time->end = time->begin + 1.0;
}

void elute_build_time(EluteBuilder *b) {
  static const char *const of_control[] = {"first_step", "largest_step", NULL};
  const EluteNode *node = EluteNodeChild(b->root, "time");
  EluteTimeSpec *time = &b->model->time;
  const char *method = elute_scalar(node, "method"), *linear = elute_scalar(node, "linear");

  *time = (EluteTimeSpec){.end = 1.0, .accuracy = 1e-3, .defect_limit = 0.1};
  if (!node || node->kind != ELUTE_MAPPING) return;
  elute_quantity(b, node, "begin", "s", 0.0, 0.0, &time->begin);
  read_end(b, node, time);
  elute_quantity(b, node, "accuracy", "1", 0.0, 1e-3, &time->accuracy);
  elute_quantity(b, node, "step", "s", 0.0, 0.0, &time->fixed_step);
  elute_quantity(b, node, "first_step", "s", 0.0, 0.0, &time->first_step);
  elute_quantity(b, node, "largest_step", "s", 0.0, 0.0, &time->largest_step);
  elute_quantity(b, node, "defect_limit", "1", 0.0, 0.1, &time->defect_limit);
  if (time->fixed_step > 0.0) elute_misplaced(b, node, of_control, "found with a fixed step, which leaves no choice");
  time->method = method && strcmp(method, "ros2") == 0      ? ELUTE_METHOD_ROS2
                 : method && strcmp(method, "ra34pw2") == 0 ? ELUTE_METHOD_RA34PW2
                                                            : ELUTE_METHOD_AUTO;
  time->always_gmres = linear && strcmp(linear, "gmres") == 0;
}

static void read_times(EluteBuilder *b, const EluteNode *node, EluteOutputSpec *output) {
  const EluteTimeSpec *time = &b->model->time;
  const EluteNode *list = EluteNodeChild(node, "at"), *every = EluteNodeChild(node, "every");

  elute_quantity(b, node, "every", "s", 0.0, 0.0, &output->every);
  if (output->every > 0.0 && (time->end - time->begin) / output->every > 1e5)
    EluteError(b->d, every, "found an interval that makes %.3g outputs; expected at most 100000",
               (time->end - time->begin) / output->every);
  for (const EluteNode *child = elute_first(list, ELUTE_SEQUENCE); child; child = child->next) {
    double t;

    if (!EluteNumberRead(child, "s", 0.0, &b->model->scope, &t, b->d)) continue;
    if (t < time->begin || t > time->end) {
      EluteError(b->d, child, "found %g s; expected a time within the run, %g s to %g s", t, time->begin, time->end);
      continue;
    }
    output->times = elute_grow(output->times, output->n_times, sizeof *output->times);
    output->times[output->n_times++] = t;
  }
}

bool elute_point_in_mesh(EluteBuilder *b, const EluteNode *node, const double x[3]) {
  const EluteMeshSpec *mesh = &b->model->mesh;

  for (int a = 0; a < mesh->dimension; a++) {
    const double low = mesh->edges[a][0], high = mesh->edges[a][mesh->n[a]], slack = 1e-9 * (high - low);

    if (x[a] >= low - slack && x[a] <= high + slack) continue;
    EluteError(b->d, node, "coordinate %d is %g m, outside the mesh (%g m to %g m)", a + 1, x[a], low, high);
    return false;
  }
  return true;
}

static void read_probe(EluteBuilder *b, const EluteNode *node, EluteOutputSpec *output) {
  const EluteNode *from = node->kind == ELUTE_SEQUENCE ? node : EluteNodeChild(node, "from");
  const EluteNode *to = EluteNodeChild(node, "to");
  const char *points = elute_scalar(node, "points");
  EluteProbe probe = {.n_points = 1};

  if (!from || !elute_point(b, from, probe.from)) return;
  elute_point_in_mesh(b, from, probe.from);
  if (node->kind == ELUTE_MAPPING) {
    if (!to || !points || !elute_point(b, to, probe.to)) return;
    elute_point_in_mesh(b, to, probe.to);
    probe.n_points = atoi(points);
    if (probe.n_points < 2) return;
  }
  probe.name = elute_text_copy(node->key);
  output->probes = elute_grow(output->probes, output->n_probes, sizeof *output->probes);
  output->probes[output->n_probes++] = probe;
}

static bool names_field(const EluteModel *m, const EluteNode *endpoints, const EluteNode *node) {
  static const char *const of_flow[] = {"velocity", "pressure", "filtration"};
  int n = m->flow.model == ELUTE_FLOW_DARCY_STARLING ? 3 : m->flow.model ? 1 : 0;

  for (int i = 0; i < n && node->kind == ELUTE_SCALAR; i++)
    if (strcmp(of_flow[i], node->text) == 0) return true;
  for (int i = 0; i < m->n_fields && node->kind == ELUTE_SCALAR; i++)
    if (strcmp(m->fields[i].name, node->text) == 0) return true;
  return node->kind == ELUTE_SCALAR && EluteNodeChild(endpoints, node->text) != NULL;
}

static void read_lists(EluteBuilder *b, const EluteNode *node, EluteOutputSpec *output) {
  const EluteNode *fields = EluteNodeChild(node, "fields"), *species = EluteNodeChild(node, "probe_species");

  for (const EluteNode *child = elute_first(fields, ELUTE_SEQUENCE); child; child = child->next) {
    if (!names_field(b->model, EluteNodeChild(node, "endpoints"), child) && elute_find_species(b, child) < 0) continue;
    output->fields = elute_grow(output->fields, output->n_fields, sizeof *output->fields);
    output->fields[output->n_fields++] = elute_text_copy(child->text);
  }
  for (const EluteNode *child = elute_first(species, ELUTE_SEQUENCE); child; child = child->next) {
    const int k = elute_find_species(b, child);

    if (k < 0) continue;
    output->probe_species = elute_grow(output->probe_species, output->n_probe_species, sizeof *output->probe_species);
    output->probe_species[output->n_probe_species++] = k;
  }
}

void elute_build_checkpoint(EluteBuilder *b) {
  const EluteNode *node = EluteNodeChild(b->root, "checkpoint");

  elute_quantity(b, node, "every", "s", 0.0, 0.0, &b->model->checkpoint.every);
  elute_quantity(b, node, "every_model_time", "s", 0.0, 0.0, &b->model->checkpoint.every_model);
}

void elute_build_output(EluteBuilder *b) {
  const EluteNode *node = EluteNodeChild(b->root, "output"), *probes = EluteNodeChild(node, "probes");
  EluteOutputSpec *output = &b->model->output;
  const char *precision = elute_scalar(node, "precision"), *as = elute_scalar(node, "probe_as");

  *output = (EluteOutputSpec){.vtk = !EluteNodeChild(node, "vtk") || elute_flag(node, "vtk")};
  if (!node || node->kind != ELUTE_MAPPING) return;
  read_times(b, node, output);
  output->single = precision && strcmp(precision, "single") == 0;
  output->probes_as_tissue = as && strcmp(as, "tissue") == 0;
  read_lists(b, node, output);
  for (const EluteNode *child = elute_first(probes, ELUTE_MAPPING); child; child = child->next)
    read_probe(b, child, output);
}
