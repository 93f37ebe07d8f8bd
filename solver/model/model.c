/* From text to model, and what is asked of a model. */
#include "internal.h"

#include "../case/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void move_line(EluteDiagnostics *to, const char *before, const char *line, size_t n) {
  static const char error[] = ": error: ";
  const char *mark = memmem(line, n, error, sizeof error - 1), *column, *number;
  char file[600];
  int at_line = 0, at_column = 0;

  if (!mark) {
    if (before && strstr(before, line)) return;
    to->text = realloc(to->text, to->length + n + 2);
    if (!to->text) abort();
    memcpy(to->text + to->length, line, n);
    to->length += n;
    to->text[to->length++] = '\n';
    to->text[to->length] = '\0';
    if (memmem(line, n, "warning: ", 9))
      to->n_warnings++;
    else
      to->n_errors++;
    return;
  }
  /* What was wrong at this place ("file:line:column: ") in one stage is often found again in a later one, in other
     words. */
  if (EluteDiagnosticsHas(before, line, (size_t)(mark - line) + sizeof error - 1)) return;
  column = memrchr(line, ':', (size_t)(mark - line));
  number = column ? memrchr(line, ':', (size_t)(column - line)) : NULL;
  snprintf(file, sizeof file, "%.*s", (int)((number ? number : mark) - line), line);
  if (number) sscanf(number, ":%d:%d", &at_line, &at_column);
  EluteErrorAt(to, file, at_line, at_column, "%.*s", (int)(n - (size_t)(mark - line) - (sizeof error - 1)),
               mark + sizeof error - 1);
}

/* Moves the findings of a stage to those before it, without the places that are there. */
static void move_diagnostics(EluteDiagnostics *to, EluteDiagnostics *from) {
  char *before = to->text ? elute_text_copy(to->text) : NULL;

  for (const char *line = from->text; line && *line;) {
    const size_t n = strcspn(line, "\n");

    move_line(to, before, line, n);
    line += n + (line[n] == '\n');
  }
  free(before);
  EluteDiagnosticsClear(from);
}

static EluteNode *read_tree(const char *name, const char *text, size_t length, int n_set, char **set,
                            EluteDiagnostics *d) {
  EluteNode *root = EluteTreeParse(name, text, length, d);
  EluteCatalogue *catalogue;

  if (!root) return NULL;
  for (int i = 0; i < n_set; i++) EluteTreeSet(root, set[i], d);
  catalogue = EluteCatalogueLoad(EluteShareDirectory(), root, d);
  if (catalogue) EluteCatalogueResolve(catalogue, root, d);
  EluteCatalogueFree(catalogue);
  EluteSchemaValidate(root, elute_case_schema, d);
  elute_prune(root, d);
  return root;
}

/* Every name here becomes a species or more, or a parser of formulas: what cannot fit is not read. */
static bool too_many(const EluteNode *tree, EluteDiagnostics *d) {
  static const struct {
    const char *section;
    int most;
  } counts[] = {{"species", ELUTE_MAX_SPECIES},   {"drugs", ELUTE_MAX_SPECIES}, {"carriers", ELUTE_MAX_SPECIES},
                {"receptors", ELUTE_MAX_SPECIES}, {"cells", ELUTE_MAX_SPECIES}, {"fields", 256},
                {"delivery", 1000}};
  bool any = false;

  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    const EluteNode *node = EluteNodeChild(tree, counts[i].section);

    if (!node || node->n_children <= counts[i].most) continue;
    EluteError(d, node, "found %d %s; at most %d are possible", node->n_children, counts[i].section, counts[i].most);
    any = true;
  }
  return any;
}

static void build(EluteModel *model, EluteDiagnostics *d) {
  EluteDiagnostics own = {0};
  EluteBuilder b = {.model = model, .root = model->tree, .d = &own};
  const EluteNode *title = EluteNodeChild(model->tree, "title");

  if (too_many(model->tree, d)) return;
  model->title = elute_text_copy(title && title->kind == ELUTE_SCALAR ? title->text : "untitled");
  elute_build_constants(&b);
  elute_build_mesh(&b);
  elute_build_tissues(&b);
  elute_build_fields(&b);
  elute_build_supply(&b);
  elute_build_anisotropy(&b);
  elute_build_vessels(&b);
  elute_expand_sizes(&b);
  elute_build_variations(&b);
  elute_build_time(&b);
  if (model->n_tissues > 0) elute_check_domain(&b);
  move_diagnostics(d, &own);
  if (model->n_tissues == 0) return;
  model->expanded = EluteNodeCopy(model->tree);
  b.root = model->expanded;
  elute_expand(&b);
  elute_build_species(&b);
  elute_build_reactions(&b);
  elute_build_changes(&b);
  elute_build_exchanges(&b);
  elute_build_sources(&b);
  elute_build_holds(&b);
  elute_build_boundaries(&b);
  elute_build_flow(&b);
  elute_build_output(&b);
  elute_build_checkpoint(&b);
  elute_build_readouts(&b);
  elute_build_verify(&b);
  move_diagnostics(d, &own);
}

static void anchor(EluteNode *file) {
  char *beside, *path;

  if (!file || file->kind != ELUTE_SCALAR) return;
  beside = EluteFileBeside(file);
  path = realpath(beside, NULL);
  if (path) {
    free(file->text);
    file->text = elute_text_copy(path);
    file->quoted = true;
  }
  free(path);
  free(beside);
}

/* Files that the case names get their whole paths, so that what is printed of it runs from any place. */
static void anchor_files(EluteNode *node) {
  const char *key = node->key ? node->key : "";

  if (strcmp(key, "table") == 0 || strcmp(key, "image") == 0) anchor(EluteNodeChild(node, "file"));
  if (strcmp(key, "vessels") == 0) anchor(EluteNodeChild(node, "network"));
  for (EluteNode *child = node->first; child; child = child->next) anchor_files(child);
}

EluteModel *EluteModelRead(const char *name, const char *text, size_t length, int n_set, char **set,
                           EluteDiagnostics *d) {
  EluteNode *tree = read_tree(name, text, length, n_set, set, d);
  EluteModel *model;

  if (!tree) return NULL;
  model = elute_zeroed(1, sizeof *model);
  model->tree = tree;
  if (tree->kind == ELUTE_MAPPING) build(model, d);
  if (d->n_errors == 0) {
    anchor_files(model->tree);
    if (model->expanded) anchor_files(model->expanded);
    return model;
  }
  EluteModelFree(model);
  return NULL;
}

static void free_reaction(EluteReactionSpec *r) {
  for (int f = 0; f < r->n_factors; f++) EluteValueFree(r->factor[f].constant);
  EluteValueFree(r->rate);
  elute_shape_clear(&r->shape);
  free(r->name);
}

static void free_species(EluteSpecies *s) {
  EluteValueFree(s->diffusivity);
  EluteValueFree(s->availability);
  EluteValueFree(s->convective_hindrance);
  EluteValueFree(s->sorption_factor);
  EluteValueFree(s->partition);
  EluteValueFree(s->permeability);
  EluteValueFree(s->reflection);
  EluteValueFree(s->initial);
  free(s->name);
  free(s->label);
}

static void free_scope(EluteScope *scope) {
  for (int i = 0; i < scope->n_constants; i++) free(scope->constant_name[i]);
  for (int i = 0; i < scope->n_fields; i++) free(scope->field_name[i]);
  for (int i = 0; i < scope->n_tissues; i++) free(scope->tissue_name[i]);
  free(scope->constant_name);
  free(scope->constant);
  free(scope->field_name);
  free(scope->field);
  free(scope->tissue_name);
}

static void free_output(EluteOutputSpec *output) {
  for (int i = 0; i < output->n_fields; i++) free(output->fields[i]);
  for (int i = 0; i < output->n_probes; i++) free(output->probes[i].name);
  free(output->fields);
  free(output->times);
  free(output->probes);
  free(output->probe_species);
  elute_free_readouts(output);
}

static void free_places(EluteModel *m) {
  for (int i = 0; i < m->n_tissues; i++) {
    free(m->tissues[i].name);
    elute_shape_clear(&m->tissues[i].where);
    EluteValueFree(m->tissues[i].interstitial_fraction);
    elute_free_variations(&m->tissues[i]);
    EluteValueFree(m->tissues[i].hydraulic_conductivity);
    free(m->tissues[i].diffusion_tensor);
    free(m->tissues[i].flow_tensor);
    for (int s = 0; s < ELUTE_N_SUPPLY; s++) EluteValueFree(m->tissues[i].supply[s]);
  }
  for (int i = 0; i < m->n_impulses; i++) {
    free(m->impulses[i].name);
    elute_shape_clear(&m->impulses[i].shape);
  }
  for (int i = 0; i < m->n_boundaries; i++) {
    free(m->boundaries[i].name);
    elute_shape_clear(&m->boundaries[i].shape);
    EluteValueFree(m->boundaries[i].value);
    EluteValueFree(m->boundaries[i].coefficient);
  }
  for (int i = 0; i < m->n_holds; i++) EluteValueFree(m->holds[i].value);
  for (int i = 0; i < m->n_changes; i++) {
    EluteValueFree(m->changes[i].set);
    if (m->changes[i].owns_shape) elute_shape_clear(&m->changes[i].shape);
  }
  free(m->changes);
  free(m->tissues);
  free(m->impulses);
  free(m->boundaries);
  free(m->holds);
}

void EluteModelFree(EluteModel *m) {
  if (!m) return;
  for (int i = 0; i < m->n_species; i++) free_species(&m->species[i]);
  for (int i = 0; i < m->n_reactions; i++) free_reaction(&m->reactions[i]);
  for (int i = 0; i < m->n_verify; i++) {
    EluteValueFree(m->verify[i].exact);
    for (int r = 0; r < m->verify[i].n_rows; r++) free(m->verify[i].row[r]);
    free(m->verify[i].row);
  }
  free_places(m);
  elute_free_flow(&m->flow);
  free_output(&m->output);
  for (int i = 0; i < m->n_fields; i++) { /* after everything whose formulas use them */
    free(m->fields[i].name);
    free(m->fields[i].unit);
    EluteValueFree(m->fields[i].value);
  }
  free_scope(&m->scope);
  EluteMeshSpecClear(&m->mesh);
  EluteNodeFree(m->expanded);
  EluteNodeFree(m->tree);
  free(m->network.vessel);
  free(m->species);
  free(m->reactions);
  for (int i = 0; i < m->n_lookups; i++) free(m->lookups[i].coefficients);
  free(m->lookups);
  free(m->fields);
  free(m->verify);
  free(m->title);
  free(m);
}

int EluteModelSpeciesIndex(const EluteModel *model, const char *name) {
  for (int i = 0; i < model->n_species; i++)
    if (strcmp(model->species[i].name, name) == 0) return i;
  return -1;
}

int EluteModelTissueIndex(const EluteModel *model, const char *name) {
  for (int i = 0; i < model->n_tissues; i++)
    if (strcmp(model->tissues[i].name, name) == 0) return i;
  return -1;
}

void EluteModelPrintExpanded(const EluteModel *model, FILE *file) {
  EluteTreePrint(model->expanded, file);
}

static void add_time(double t, int *n, double **times) {
  *times = elute_grow(*times, *n, sizeof **times);
  (*times)[(*n)++] = t;
}

static void add_knots(const EluteValue *value, int *n, double **times) {
  if (value) EluteValueKnots(value, n, times);
}

static int compare_times(const void *a, const void *b) {
  const double first = *(const double *)a, second = *(const double *)b;

  return (first > second) - (first < second);
}

double *EluteModelDiscontinuities(const EluteModel *m, int *n) {
  double *times = NULL;
  int kept = 0;

  *n = 0;
  for (int i = 0; i < m->n_impulses; i++) add_time(m->impulses[i].time, n, &times);
  for (int i = 0; i < m->n_changes; i++) add_time(m->changes[i].time, n, &times);
  for (int i = 0; i < m->n_reactions; i++) {
    add_knots(m->reactions[i].rate, n, &times);
    for (int f = 0; f < m->reactions[i].n_factors; f++) add_knots(m->reactions[i].factor[f].constant, n, &times);
  }
  for (int i = 0; i < m->n_boundaries; i++) add_knots(m->boundaries[i].value, n, &times);
  for (int i = 0; i < m->n_holds; i++) add_knots(m->holds[i].value, n, &times);
  for (int i = 0; i < m->flow.n_infusions; i++) {
    add_time(m->flow.infusions[i].from, n, &times);
    add_time(m->flow.infusions[i].to, n, &times);
  }
  if (*n > 1) qsort(times, (size_t)*n, sizeof *times, compare_times);
  for (int i = 0; i < *n; i++) {
    if (times[i] < m->time.begin || times[i] > m->time.end) continue;
    if (kept > 0 && times[i] == times[kept - 1]) continue;
    times[kept++] = times[i];
  }
  *n = kept;
  return times;
}

EluteWhere EluteModelWhere(const EluteModel *model, const double x[3], int tissue, double t, double segment_begin,
                           double segment_end) {
  EluteWhere where = {.x = {x[0], x[1], x[2]},
                      .t = t,
                      .segment_begin = segment_begin,
                      .segment_end = segment_end,
                      .step_begin = segment_begin,
                      .step_end = segment_end,
                      .tissue = tissue};

  where.r = model->mesh.geometry == ELUTE_CARTESIAN ? sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) : x[0];
  if (model->mesh.geometry == ELUTE_CYLINDRICAL) { /* meshes say (r, z, 0); in formulas z is z */
    where.x[1] = 0.0;
    where.x[2] = x[1];
  }
  return where;
}
