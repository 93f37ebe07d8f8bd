/* endpoints.csv: endpoints at the times of the output; endpoints.json: what they are, their last values, and the same
   histories. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../operators/flow.h"
#include "json.h"
#include "readouts.h"

/* In the order of EluteKind. */
static const char *const definitions[ELUTE_N_KINDS] = {
    "mean over the region's volume",
    "integral over time since the beginning (trapezoidal rule on the steps), mean over the region's volume",
    "largest value of any cell of the region at the end of any step so far",
    "time above the threshold so far (straight lines within steps), mean over the region's volume",
    "share of the region's volume above the level (of a time: at least it)",
    "standard deviation over mean, over the region's volume",
    "shares of the region's volume that have at least each level; the value is the median",
    "depth at which the mean over layers of equal depth falls to the share of its value at depth 0",
    "amount in the region",
    "amount of the sum in the region, over that of the whole",
    "shares of the parts' amounts in the region",
    "integral of the concentration in plasma since the beginning (Simpson's rule on the steps)",
};

static const EluteOutputSpec *spec_of(const EluteOutput *o) {
  return &o->ops->model->output;
}

static int columns_of(const EluteReadoutSpec *r) {
  return r->kind == ELUTE_KIND_SPLIT ? r->n_parts : 1;
}

static int n_columns(const EluteOutput *o) {
  int n = 0;

  for (int i = 0; i < spec_of(o)->n_readouts; i++) n += columns_of(&spec_of(o)->readouts[i]);
  return n;
}

PetscErrorCode EluteOutputEndpointsOpen(EluteOutput *o) {
  if (spec_of(o)->n_readouts == 0) return PETSC_SUCCESS;
  PetscCall(elute_output_table(o, "endpoints.csv", &o->endpoints));
  fprintf(o->endpoints.file, "time_s");
  for (int i = 0; i < spec_of(o)->n_readouts; i++) {
    const EluteReadoutSpec *r = &spec_of(o)->readouts[i];

    for (int c = 0; c < columns_of(r); c++)
      fprintf(o->endpoints.file, ",%s%s%s [%s]", r->name, r->n_parts ? "." : "", r->n_parts ? r->part_name[c] : "",
              EluteReadoutUnit(r));
  }
  fprintf(o->endpoints.file, "\n");
  return EluteTableHead(&o->endpoints);
}

/* Of the last evaluation. */
static double column(const EluteOutput *o, int readout, int c) {
  const EluteReadoutSpec *spec = &spec_of(o)->readouts[readout];
  const EluteReadoutResult *result = EluteReadoutsResult(o->readouts, readout);

  return spec->n_parts ? result->part[spec->n_parts + c] : result->value;
}

PetscErrorCode EluteOutputEndpoints(EluteOutput *o, double t, Vec u, const double *state) {
  const size_t n = 1 + (size_t)n_columns(o);
  double *more, *row;

  if (!o->readouts || n == 1) return PETSC_SUCCESS;
  PetscCall(EluteReadoutsEvaluate(o->readouts, u, state));
  more = realloc(o->history, ((size_t)o->n_history + 1) * n * sizeof *more);
  if (more) o->history = more;
  PetscCall(EluteAgree(o->comm, more ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoints")));
  row = o->history + (size_t)o->n_history++ * n;
  *row++ = t;
  for (int i = 0; i < spec_of(o)->n_readouts; i++)
    for (int c = 0; c < columns_of(&spec_of(o)->readouts[i]); c++) *row++ = column(o, i, c);
  if (o->rank == 0) {
    for (size_t c = 0; c < n; c++)
      fprintf(o->endpoints.file, "%s%.17g", c ? "," : "", o->history[((size_t)o->n_history - 1) * n + c]);
    fputc('\n', o->endpoints.file);
    elute_output_keep(o, &o->endpoints);
  }
  return EluteAgree(o->comm, o->late);
}

PetscErrorCode EluteOutputEndpointsCheckpoint(EluteOutput *o, EluteCheckpoint *checkpoint) {
  const size_t bytes = (size_t)o->n_history * (1 + (size_t)n_columns(o)) * sizeof *o->history;

  if (o->n_history == 0) return PETSC_SUCCESS;
  if (EluteCheckpointReads(checkpoint)) o->history = malloc(bytes);
  PetscCall(EluteAgree(o->comm, o->history ? PETSC_SUCCESS : EluteFail(ELUTE_EXIT_SYSTEM, "no memory for endpoints")));
  return EluteCheckpointBlock(checkpoint, "output.history", o->history, bytes);
}

/* ---- endpoints.json ---- */

static void print_sum(EluteJson *j, const EluteModel *m, const char *key, const EluteTogether *sum) {
  elute_json_open(j, key, '[');
  for (int i = 0; i < sum->n; i++) elute_json_string(j, NULL, m->species[sum->species[i]].name);
  elute_json_close(j, ']');
}

static void print_distribution(EluteJson *j, const EluteReadoutSpec *spec, const EluteDistribution *d) {
  elute_json_open(j, "distribution", '{');
  elute_json_string(j, "unit", EluteTogetherUnit(&spec->sum, spec->measure));
  elute_json_number(j, "mean", d->mean);
  elute_json_number(j, "standard_deviation", d->deviation);
  elute_json_number(j, "coefficient_of_variation", d->mean != 0 ? d->deviation / d->mean : NAN);
  elute_json_number(j, "minimum", d->minimum);
  elute_json_number(j, "d90", d->d90); /* what 90 % of the volume at least has */
  elute_json_number(j, "d50", d->d50);
  elute_json_number(j, "d10", d->d10);
  elute_json_number(j, "maximum", d->maximum);
  elute_json_close(j, '}');
}

static void print_region(EluteJson *j, const EluteModel *m, const EluteReadoutSpec *spec, double volume) {
  elute_json_open(j, "region", '{');
  elute_json_open(j, "tissues", '[');
  for (int t = 0; t < m->n_tissues; t++)
    if (spec->region.in_tissue[t]) elute_json_string(j, NULL, m->tissues[t].name);
  elute_json_close(j, ']');
  elute_json_boolean(j, "part_of_them", spec->region.has_shape); /* by a shape or margin */
  elute_json_number(j, "volume_m3", volume);
  elute_json_close(j, '}');
}

static void print_table(EluteJson *j, const EluteReadoutSpec *spec, const EluteReadoutResult *result) {
  const bool depth = spec->kind == ELUTE_KIND_PENETRATION;
  const size_t n = (size_t)result->n_table;

  elute_json_open(j, depth ? "profile" : "histogram", '{');
  elute_json_string(j, "unit", EluteTogetherUnit(&spec->sum, spec->measure));
  elute_json_numbers(j, depth ? "depth_m" : "at_least", n, result->table, 1);
  elute_json_numbers(j, depth ? "mean" : "share_of_volume", n, result->table + n, 1);
  elute_json_close(j, '}');
}

/* first: of its columns among all. */
static void print_readout(EluteJson *j, const EluteOutput *o, int i, int first) {
  const EluteModel *m = o->ops->model;
  const EluteReadoutSpec *spec = &m->output.readouts[i];
  const EluteReadoutResult *result = EluteReadoutsResult(o->readouts, i);
  const size_t stride = 1 + (size_t)n_columns(o), times = (size_t)o->n_history;
  const bool amount = spec->kind >= ELUTE_KIND_AMOUNT && spec->kind <= ELUTE_KIND_SPLIT;

  elute_json_open(j, spec->name, '{');
  elute_json_string(j, "kind", EluteKindName(spec->kind));
  elute_json_string(j, "definition", definitions[spec->kind]);
  if (spec->kind != ELUTE_KIND_SPLIT) print_sum(j, m, "of", &spec->sum);
  if (!amount) elute_json_string(j, "as", spec->sum.as_tissue ? "tissue" : "fluid");
  if (spec->kind != ELUTE_KIND_PLASMA_AUC) print_region(j, m, spec, result->volume);
  elute_json_string(j, "unit", EluteReadoutUnit(spec));
  if (spec->kind == ELUTE_KIND_SPLIT) {
    elute_json_number(j, "whole", result->value);
    elute_json_string(j, "amount_unit", elute_quantities[spec->sum.quantity].amount);
    elute_json_open(j, "parts", '{');
    for (int p = 0; p < spec->n_parts && result->part; p++) {
      elute_json_open(j, spec->part_name[p], '{');
      print_sum(j, m, "of", &spec->part[p]);
      elute_json_number(j, "amount", result->part[p]);
      elute_json_number(j, "value", result->part[spec->n_parts + p]);
      elute_json_numbers(j, "history", times, o->history + first + 1 + p, stride);
      elute_json_close(j, '}');
    }
    elute_json_close(j, '}');
  } else {
    elute_json_number(j, "value", result->value);
  }
  if (spec->kind == ELUTE_KIND_COVERAGE) {
    elute_json_number(j, "level", spec->level);
    elute_json_string(j, "level_unit", EluteTogetherUnit(&spec->sum, spec->measure));
  }
  if (spec->measure == ELUTE_MEASURE_TIME_ABOVE)
    elute_json_number(j, "threshold", m->output.watches[spec->watch].threshold + spec->sum.reference);
  if (spec->kind == ELUTE_KIND_PEAK) elute_json_number(j, "peak_time_s", result->peak_time);
  if (spec->kind == ELUTE_KIND_OCCUPANCY) {
    print_sum(j, m, "over", &spec->over);
    elute_json_number(j, "whole", result->whole);
    elute_json_string(j, "amount_unit", elute_quantities[spec->over.quantity].amount);
  }
  if (spec->kind <= ELUTE_KIND_PENETRATION) print_distribution(j, spec, &result->distribution);
  if (result->n_table) print_table(j, spec, result);
  if (spec->kind != ELUTE_KIND_SPLIT) elute_json_numbers(j, "history", times, o->history + first + 1, stride);
  elute_json_close(j, '}');
}

static void print_flow(EluteJson *j, const EluteModel *m, const EluteFlowSummary *flow) {
  const double value[ELUTE_N_ENDPOINTS] = {flow->peak_pressure, flow->rim_pressure, flow->filtration, flow->lymph,
                                           flow->outflow};

  for (int e = 0; e < ELUTE_N_ENDPOINTS; e++) {
    if (m->flow.model == ELUTE_FLOW_PRESCRIBED && e != ELUTE_ENDPOINT_OUTFLOW) continue;
    elute_json_open(j, elute_endpoints[e].name, '{');
    elute_json_string(j, "kind", "flow");
    elute_json_string(j, "unit", elute_endpoints[e].unit);
    elute_json_number(j, "value", value[e]);
    elute_json_close(j, '}');
  }
}

static void print_endpoints(const EluteOutput *o, const void *context, FILE *file) {
  const EluteModel *m = o->ops->model;
  EluteJson json = {.file = file}, *j = &json;

  elute_json_open(j, NULL, '{');
  elute_json_number(j, "time_s", o->last_time);
  elute_json_numbers(j, "times_s", (size_t)o->n_history, o->history, 1 + (size_t)n_columns(o));
  elute_json_open(j, "endpoints", '{');
  for (int i = 0, first = 0; i < m->output.n_readouts; first += columns_of(&m->output.readouts[i++]))
    print_readout(j, o, i, first);
  if (m->flow.model) print_flow(j, m, context);
  elute_json_close(j, '}');
  elute_json_close(j, '}');
  fputc('\n', file);
}

PetscErrorCode EluteOutputEndpointsFinish(EluteOutput *o, const EluteFlowSummary *flow) {
  if (o->rank != 0 || (o->n_history == 0 && !o->ops->model->flow.model)) return PETSC_SUCCESS;
  return EluteOutputAtomic(o, "endpoints.json", print_endpoints, flow);
}
