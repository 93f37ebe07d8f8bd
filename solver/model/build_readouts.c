/* output: endpoints: what is read out of the state while it runs, and what that has to keep. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Keys of an endpoint, as bits. */
enum {
  OF = 1 << 0,
  AS = 1 << 1,
  IN = 1 << 2,
  MARGIN = 1 << 3,
  ABOVE = 1 << 4,
  FOR = 1 << 5,
  BY = 1 << 6,
  LEVELS = 1 << 7,
  FROM = 1 << 8,
  SHARE = 1 << 9,
  BIN = 1 << 10,
  OVER = 1 << 11,
  PARTS = 1 << 12,
  N_KEYS = 13
};
static const char *const key_names[N_KEYS] = {"of",     "as",   "in",    "margin", "above", "for",  "by",
                                              "levels", "from", "share", "bin",    "over",  "parts"};

/* In the order of EluteKind. */
static const struct Kind {
  const char *name;
  EluteMeasure measure; /* unless `by` says another */
  int needs, takes;     /* keys */
} kinds[ELUTE_N_KINDS] = {
    {"mean", ELUTE_MEASURE_CONCENTRATION, OF, AS | IN | MARGIN | BY},
    {"auc", ELUTE_MEASURE_AUC, OF, AS | IN | MARGIN},
    {"peak", ELUTE_MEASURE_PEAK, OF, AS | IN | MARGIN},
    {"time_above", ELUTE_MEASURE_TIME_ABOVE, OF | ABOVE, AS | IN | MARGIN},
    {"coverage", ELUTE_MEASURE_CONCENTRATION, OF | ABOVE, AS | IN | MARGIN | FOR | BY},
    {"heterogeneity", ELUTE_MEASURE_CONCENTRATION, OF, AS | IN | MARGIN | BY},
    {"dose_volume", ELUTE_MEASURE_AUC, OF, AS | IN | MARGIN | BY | LEVELS},
    {"penetration", ELUTE_MEASURE_CONCENTRATION, OF | FROM, AS | IN | MARGIN | BY | SHARE | BIN},
    {"amount", ELUTE_MEASURE_CONCENTRATION, OF, IN | MARGIN},
    {"occupancy", ELUTE_MEASURE_CONCENTRATION, OF | OVER, IN | MARGIN},
    {"split", ELUTE_MEASURE_CONCENTRATION, PARTS, IN | MARGIN},
    {"plasma_auc", ELUTE_MEASURE_AUC, OF, 0},
};

static const char *const measure_names[] = {"concentration", "auc", "peak", "time_above"}; /* of EluteMeasure */

const char *EluteKindName(EluteKind kind) {
  return kinds[kind].name;
}

const char *EluteTogetherUnit(const EluteTogether *sum, EluteMeasure measure) {
  if (measure == ELUTE_MEASURE_TIME_ABOVE) return "s";
  if (measure == ELUTE_MEASURE_AUC) return sum->temperature ? "K s" : elute_quantities[sum->quantity].auc;
  return sum->temperature ? "K" : elute_quantities[sum->quantity].concentration;
}

const char *EluteReadoutUnit(const EluteReadoutSpec *r) {
  switch (r->kind) {
  case ELUTE_KIND_COVERAGE:
  case ELUTE_KIND_HETEROGENEITY:
  case ELUTE_KIND_OCCUPANCY:
  case ELUTE_KIND_SPLIT:
    return "1";
  case ELUTE_KIND_PENETRATION:
    return "m";
  case ELUTE_KIND_AMOUNT:
    return elute_quantities[r->sum.quantity].amount;
  default:
    return EluteTogetherUnit(&r->sum, r->measure);
  }
}

int EluteReadoutsKept(const EluteModel *m) {
  bool scaled[ELUTE_MAX_SPECIES] = {false};
  int n = 0;

  for (int i = 0; i < m->output.n_watches; i++) {
    const EluteWatchSpec *w = &m->output.watches[i];

    n += 1 + w->integral + 2 * w->peak + w->above;
    for (int j = 0; j < w->sum.n && !w->sum.as_tissue; j++) {
      n += !scaled[w->sum.species[j]];
      scaled[w->sum.species[j]] = true;
    }
  }
  return n;
}

/* ---- sums of species ---- */

static void add_species(EluteTogether *sum, int k) {
  for (int i = 0; i < sum->n; i++)
    if (sum->species[i] == k) return;
  sum->species[sum->n++] = k;
}

static bool add_named(EluteBuilder *b, const EluteNode *node, EluteTogether *sum) {
  const EluteModel *m = b->model;
  const size_t n = node->kind == ELUTE_SCALAR ? strlen(node->text) : 0;
  const int before = sum->n;
  int k;

  if (n == 0 || node->text[n - 1] != '*') {
    if ((k = elute_find_species(b, node)) < 0) return false;
    add_species(sum, k);
    return true;
  }
  for (k = 0; k < m->n_species; k++)
    if (strncmp(m->species[k].name, node->text, n - 1) == 0) add_species(sum, k);
  if (sum->n > before) return true;
  EluteError(b->d, node, "no species begins with '%.*s'", (int)(n - 1), node->text);
  return false;
}

bool elute_together(EluteBuilder *b, const EluteNode *of, EluteTogether *sum) {
  const EluteModel *m = b->model;
  bool fine = of && (of->kind == ELUTE_SCALAR || of->n_children > 0);

  *sum = (EluteTogether){.as_tissue = true};
  if (of && of->kind == ELUTE_SCALAR) fine = add_named(b, of, sum);
  for (const EluteNode *one = elute_first(of, ELUTE_SEQUENCE); one; one = one->next)
    if (!add_named(b, one, sum)) fine = false;
  if (!fine) return false;
  sum->quantity = m->species[sum->species[0]].quantity;
  sum->molar_mass = m->species[sum->species[0]].molar_mass;
  for (int i = 1; i < sum->n; i++) {
    const EluteSpecies *s = &m->species[sum->species[i]];

    if (s->molar_mass != sum->molar_mass) sum->molar_mass = 0.0;
    if (s->quantity == sum->quantity) continue;
    EluteError(b->d, of, "'%s' counts another quantity than '%s'; expected a sum of one kind", s->name,
               m->species[sum->species[0]].name);
    return false;
  }
  return true;
}

bool elute_concentration_of(EluteBuilder *b, const EluteNode *mapping, const char *key, EluteTogether *sum) {
  const EluteNode *as = EluteNodeChild(mapping, "as");
  const EluteModel *m = b->model;

  if (!elute_together(b, EluteNodeChild(mapping, key), sum)) return false;
  sum->as_tissue = as && as->kind == ELUTE_SCALAR && strcmp(as->text, "tissue") == 0;
  for (int i = 0; i < sum->n && !sum->as_tissue; i++) {
    if (m->species[sum->species[i]].mobile) continue;
    sum->as_tissue = true;
    if (!as) break;
    EluteError(b->d, as, "found a concentration in fluid; expected 'tissue', for '%s' is immobile",
               m->species[sum->species[i]].name);
    return false;
  }
  sum->temperature = !sum->as_tissue && elute_is_temperature(&m->species[sum->species[0]]);
  if (sum->temperature) sum->reference = m->species[sum->species[0]].reference;
  return true;
}

/* ---- where ---- */

static bool copy_shape(const EluteShape *from, EluteShape *shape) {
  if (!elute_shape_copy(from, shape)) abort();
  return true;
}

/* The shape of a tissue by its name, or a shape. */
static bool read_around(EluteBuilder *b, const EluteNode *node, EluteShape *shape) {
  int t;

  if (!node) return false;
  if (node->kind != ELUTE_SCALAR) return elute_build_shape(b, node, shape);
  if ((t = elute_find_tissue(b, node)) < 0) return false;
  if (b->model->tissues[t].where.kind != ELUTE_SHAPE_EVERYWHERE) return copy_shape(&b->model->tissues[t].where, shape);
  EluteError(b->d, node, "the first tissue has no shape; expected one with a surface");
  return false;
}

static bool read_margin(EluteBuilder *b, const EluteNode *node, EluteShape *margin) {
  const EluteNode *thickness = EluteNodeChild(node, "thickness");

  *margin = (EluteShape){.kind = ELUTE_SHAPE_MARGIN, .n_parts = 1, .parts = elute_zeroed(1, sizeof *margin->parts)};
  if (!read_around(b, EluteNodeChild(node, "around"), margin->parts)) return false;
  if (!thickness || !EluteLengthRead(thickness, &b->model->scope, &margin->r, b->d)) return false;
  if (margin->r > 0.0) return true;
  EluteError(b->d, thickness, "found %g m; expected a length above 0 m", margin->r);
  return false;
}

static bool read_region(EluteBuilder *b, const EluteNode *node, EluteRegion *region) {
  const EluteNode *in = EluteNodeChild(node, "in"), *margin = EluteNodeChild(node, "margin");
  int t;

  elute_tissue_list(b, NULL, region->in_tissue);
  if (in && in->kind == ELUTE_MAPPING && margin) {
    EluteError(b->d, margin, "found beside a shape; expected a margin around it, {around: {…}, thickness: …}, alone");
    return false;
  }
  if (in && in->kind == ELUTE_SEQUENCE && !elute_tissue_list(b, in, region->in_tissue)) return false;
  if (in && in->kind == ELUTE_SCALAR) {
    if ((t = elute_find_tissue(b, in)) < 0) return false;
    memset(region->in_tissue, 0, sizeof region->in_tissue);
    region->in_tissue[t] = true;
  }
  region->has_shape = margin || (in && in->kind == ELUTE_MAPPING);
  if (margin) return read_margin(b, margin, &region->shape);
  return !region->has_shape || elute_build_shape(b, in, &region->shape);
}

/* ---- keys of some kinds alone ---- */

static bool read_surface(EluteBuilder *b, const EluteNode *node, const EluteNode *from, EluteReadoutSpec *r) {
  const EluteNode *in = EluteNodeChild(node, "in");

  if (r->region.has_shape) {
    const bool margin = r->region.shape.kind == ELUTE_SHAPE_MARGIN;

    return copy_shape(margin ? r->region.shape.parts : &r->region.shape, &r->surface);
  }
  if (in && in->kind == ELUTE_SCALAR) return read_around(b, in, &r->surface);
  EluteError(b->d, from, "found without a surface; expected 'in' one tissue or a shape, or a margin");
  return false;
}

static bool read_depth(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const EluteNode *from = EluteNodeChild(node, "from"), *bin = EluteNodeChild(node, "bin");
  const EluteMeshSpec *mesh = &b->model->mesh;
  bool edge = false;

  if (mesh->geometry == ELUTE_WELL_MIXED) {
    EluteError(b->d, node, "found a depth in a well-mixed case, which has no places");
    return false;
  }
  if (bin && !EluteLengthRead(bin, &b->model->scope, &r->bin, b->d)) return false;
  if (bin && !(r->bin > 0.0)) {
    EluteError(b->d, bin, "found %g m; expected a length above 0 m", r->bin);
    return false;
  }
  if (!elute_quantity(b, node, "share", "1", 0.0, 0.5, &r->share)) return false;
  if (from->kind == ELUTE_SEQUENCE) {
    r->from = ELUTE_DEPTH_FROM_POINT;
    return elute_point(b, from, r->point);
  }
  r->from = strcmp(from->text, "domain") == 0    ? ELUTE_DEPTH_FROM_DOMAIN
            : strcmp(from->text, "vessels") == 0 ? ELUTE_DEPTH_FROM_VESSELS
                                                 : ELUTE_DEPTH_FROM_SURFACE;
  if (r->from == ELUTE_DEPTH_FROM_SURFACE) return read_surface(b, node, from, r);
  for (int a = 0; a < mesh->dimension; a++) edge = edge || !mesh->periodic[a];
  if (r->from == ELUTE_DEPTH_FROM_DOMAIN && edge) return true;
  if (r->from == ELUTE_DEPTH_FROM_VESSELS && b->model->network.n > 0) return true;
  EluteError(b->d, from,
             r->from == ELUTE_DEPTH_FROM_DOMAIN ? "found in a mesh that is periodic along every axis"
                                                : "found without 'vessels', whose places are known");
  return false;
}

static bool read_levels(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const EluteNode *list = EluteNodeChild(node, "levels");
  double level;

  for (const EluteNode *one = elute_first(list, ELUTE_SEQUENCE); one; one = one->next) {
    if (!EluteNumberRead(one, EluteTogetherUnit(&r->sum, r->measure), r->sum.molar_mass, &b->model->scope, &level,
                         b->d))
      return false;
    r->levels = elute_grow(r->levels, r->n_levels, sizeof *r->levels);
    r->levels[r->n_levels++] = level;
  }
  return true;
}

static bool read_parts(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const EluteNode *parts = EluteNodeChild(node, "parts");
  bool fine = true;

  for (const EluteNode *one = elute_first(parts, ELUTE_MAPPING); one; one = one->next) {
    r->part = elute_grow(r->part, r->n_parts, sizeof *r->part);
    r->part_name = elute_grow(r->part_name, r->n_parts, sizeof *r->part_name);
    r->part_name[r->n_parts] = elute_text_copy(one->key);
    if (!elute_together(b, one, &r->part[r->n_parts++])) {
      fine = false;
    } else if (r->part[r->n_parts - 1].quantity != r->part[0].quantity) {
      EluteError(b->d, one, "found what is counted beside what is not; expected parts of one kind");
      fine = false;
    }
  }
  if (r->n_parts == 0 && parts) EluteError(b->d, parts, "expected parts by name, each of some species");
  if (fine && r->n_parts) r->sum = r->part[0];
  return fine && r->n_parts > 0;
}

static bool read_over(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const EluteNode *over = EluteNodeChild(node, "over");

  if (!elute_together(b, over, &r->over)) return false;
  if (r->over.quantity == r->sum.quantity) return true;
  EluteError(b->d, over, "found what is counted over what is not, or the other way round; expected both of one kind");
  return false;
}

/* The curve that an exchange of the species sees. */
static bool read_plasma(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const EluteNode *list = EluteNodeChild(b->root, "exchanges");
  const EluteSpecies *s = &b->model->species[r->sum.species[0]];

  if (r->sum.n > 1) {
    EluteError(b->d, EluteNodeChild(node, "of"), "found %d species; expected one, which has a curve in plasma",
               r->sum.n);
    return false;
  }
  for (const EluteNode *one = elute_first(list, ELUTE_SEQUENCE); one; one = one->next) {
    const char *of = elute_scalar(one, "species"), *model = elute_scalar(one, "model");
    const EluteNode *outside = EluteNodeChild(one, "outside");

    if (!of || !model || !outside || strcmp(of, s->name) != 0 || strcmp(model, "patlak") != 0) continue;
    r->plasma = elute_value(b, outside, elute_concentration_unit(s), s->molar_mass);
    return r->plasma != NULL;
  }
  EluteError(b->d, EluteNodeChild(node, "of"), "'%s' has no concentration in plasma; expected 'plasma: {%s: …}'",
             s->name, s->name);
  return false;
}

/* ---- what is kept ---- */

static bool same_sum(const EluteTogether *a, const EluteTogether *b) {
  return a->n == b->n && a->as_tissue == b->as_tissue &&
         memcmp(a->species, b->species, (size_t)a->n * sizeof *a->species) == 0;
}

/* The watch that keeps what the endpoint needs; a threshold has one of its own. */
static int find_watch(EluteBuilder *b, const EluteReadoutSpec *r, double threshold) {
  EluteOutputSpec *o = &b->model->output;
  const bool above = r->measure == ELUTE_MEASURE_TIME_ABOVE;
  int i = 0;

  if (r->measure == ELUTE_MEASURE_CONCENTRATION || r->plasma) return -1;
  while (i < o->n_watches && !(same_sum(&o->watches[i].sum, &r->sum) &&
                               (!above || !o->watches[i].above || o->watches[i].threshold == threshold)))
    i++;
  if (i == o->n_watches) {
    o->watches = elute_grow(o->watches, o->n_watches++, sizeof *o->watches);
    o->watches[i].sum = r->sum;
  }
  o->watches[i].integral |= r->measure == ELUTE_MEASURE_AUC;
  o->watches[i].peak |= r->measure == ELUTE_MEASURE_PEAK;
  o->watches[i].above |= above;
  if (above) o->watches[i].threshold = threshold;
  return i;
}

/* ---- one endpoint ---- */

/* Which kind is meant; -1 (reported): none. */
static int find_kind(EluteBuilder *b, const EluteNode *node) {
  const char *name = elute_scalar(node, "kind");

  if (!name && EluteNodeChild(node, "above")) return ELUTE_KIND_COVERAGE;
  for (int k = 0; name && k < ELUTE_N_KINDS; k++)
    if (strcmp(kinds[k].name, name) == 0) return k;
  if (!name) EluteError(b->d, node, "the key 'kind' is missing; it can be so with 'above' alone, which means coverage");
  return -1;
}

static bool check_keys(EluteBuilder *b, const EluteNode *node, const struct Kind *kind) {
  bool fine = true;

  for (int i = 0; i < N_KEYS; i++) {
    const EluteNode *child = EluteNodeChild(node, key_names[i]);

    if (child && !((kind->needs | kind->takes) >> i & 1)) {
      EluteError(b->d, child, "found with kind: %s, which has no use for it", kind->name);
      fine = false;
    } else if (!child && (kind->needs >> i & 1)) {
      EluteError(b->d, node, "the key '%s' is missing; kind: %s needs it", key_names[i], kind->name);
      fine = false;
    }
  }
  return fine;
}

/* `by`, `above` and `for`: the measure, and the numbers that it is held against. */
static bool read_measure(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const EluteNode *duration = EluteNodeChild(node, "for"), *by = EluteNodeChild(node, "by");
  double threshold;

  for (int m = 0; by && by->kind == ELUTE_SCALAR && m < 3; m++)
    if (strcmp(measure_names[m], by->text) == 0) r->measure = (EluteMeasure)m;
  if (duration && by) {
    EluteError(b->d, duration, "found beside 'by'; expected it with a concentration alone");
    return false;
  }
  if (!elute_quantity(
          b, node, "above",
          EluteTogetherUnit(&r->sum, r->kind == ELUTE_KIND_TIME_ABOVE ? ELUTE_MEASURE_CONCENTRATION : r->measure),
          r->sum.molar_mass, 0.0, &threshold))
    return false;
  r->level = threshold;
  if (duration) {
    r->measure = ELUTE_MEASURE_TIME_ABOVE;
    if (!elute_quantity(b, node, "for", "s", 0.0, 0.0, &r->level)) return false;
  }
  r->watch = find_watch(b, r, threshold - r->sum.reference);
  return true;
}

static bool read_readout(EluteBuilder *b, const EluteNode *node, EluteReadoutSpec *r) {
  const int kind = find_kind(b, node);

  if (kind < 0 || !check_keys(b, node, &kinds[kind])) return false;
  r->kind = (EluteKind)kind;
  r->measure = kinds[kind].measure;
  if (kind == ELUTE_KIND_SPLIT) return read_parts(b, node, r) && read_region(b, node, &r->region);
  if (kind == ELUTE_KIND_AMOUNT || kind == ELUTE_KIND_OCCUPANCY) {
    if (!elute_together(b, EluteNodeChild(node, "of"), &r->sum)) return false;
  } else if (!elute_concentration_of(b, node, "of", &r->sum)) {
    return false;
  }
  if (kind == ELUTE_KIND_PLASMA_AUC) return read_plasma(b, node, r);
  if (!read_region(b, node, &r->region)) return false;
  if (kind == ELUTE_KIND_OCCUPANCY) return read_over(b, node, r);
  if (!read_measure(b, node, r)) return false;
  if (kind == ELUTE_KIND_DOSE_VOLUME) return read_levels(b, node, r);
  return kind != ELUTE_KIND_PENETRATION || read_depth(b, node, r);
}

static void clear_readout(EluteReadoutSpec *r) {
  for (int p = 0; p < r->n_parts; p++) free(r->part_name[p]);
  free(r->part_name);
  free(r->part);
  free(r->levels);
  free(r->name);
  elute_shape_clear(&r->region.shape);
  elute_shape_clear(&r->surface);
  EluteValueFree(r->plasma);
}

void elute_free_readouts(EluteOutputSpec *o) {
  for (int i = 0; i < o->n_readouts; i++) clear_readout(&o->readouts[i]);
  for (int i = 0; i < o->n_biopsies; i++) {
    free(o->biopsies[i].name);
    free(o->biopsies[i].times);
  }
  for (int i = 0; i < o->n_images; i++) {
    free(o->images[i].name);
    free(o->images[i].times);
    EluteValueFree(o->images[i].signal);
    EluteValueFree(o->images[i].concentration);
  }
  free(o->readouts);
  free(o->watches);
  free(o->biopsies);
  free(o->images);
}

void elute_build_readouts(EluteBuilder *b) {
  EluteOutputSpec *o = &b->model->output;
  const EluteNode *list = EluteNodeChild(EluteNodeChild(b->root, "output"), "endpoints");

  for (const EluteNode *node = elute_first(list, ELUTE_MAPPING); node; node = node->next) {
    EluteReadoutSpec r = {.watch = -1, .node = node, .name = elute_text_copy(node->key)};

    for (int e = 0; e < ELUTE_N_ENDPOINTS; e++)
      if (strcmp(elute_endpoints[e].name, node->key) == 0)
        EluteError(b->d, node, "the name is taken by an endpoint of the flow; expected another");
    if (!read_readout(b, node, &r)) {
      clear_readout(&r);
      continue;
    }
    o->readouts = elute_grow(o->readouts, o->n_readouts, sizeof *o->readouts);
    o->readouts[o->n_readouts++] = r;
  }
  elute_build_samples(b);
}
