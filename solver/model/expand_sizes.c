/* Properties given by a relation of size, {model: …}, become numbers in the tree, before anything is read of it: one
   number, or one per tissue where the relation looks at the tissue. Each number says, as those of the catalogue do,
   where it comes from; so the echoed case shows it, and runs again without the relation. */
#include "internal.h"

#include "size_relations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { OF_NOTHING, OF_FIBRES, OF_PORES, OF_VESSEL_PORES } Looks; /* at what of the tissue */

typedef struct Matrix {
  double fibre_fraction, fibre_radius, pore_radius; /* 1, m, m */
} Matrix;

typedef struct Relation {
  const char *property, *model, *unit;
  Looks looks;
  double (*at)(double radius, const Matrix *matrix);
  double least, most; /* nm, of the radius; or of radius over pore radius */
  const char *says, *evidence;
} Relation;

static double water(double r, const Matrix *m) {
  (void)m;
  return EluteSizeDiffusivityInWater(r);
}

static double fitted(double r, const Matrix *m) {
  (void)m;
  return EluteSizeFittedDiffusivity(r);
}

static double fitted_availability(double r, const Matrix *m) {
  (void)m;
  return EluteSizeFittedAvailability(r);
}

static double two_pore(double r, const Matrix *m) {
  (void)m;
  return EluteSizeTwoPorePermeability(r);
}

static double fibres(double r, const Matrix *m) {
  return EluteSizeDiffusivityInWater(r) * EluteSizeFibreDiffusion(r, m->fibre_fraction, m->fibre_radius);
}

static double fibre_availability(double r, const Matrix *m) {
  return EluteSizeFibreAvailability(r, m->fibre_fraction, m->fibre_radius);
}

/* H holds the availability, which the flux has already (physics A4): D = D_w H / (1 - lambda)^2. */
static double pores(double r, const Matrix *m) {
  const double lambda = r / m->pore_radius, available = EluteSizePoreAvailability(lambda);

  return available > 0.0 ? EluteSizeDiffusivityInWater(r) * EluteSizePoreDiffusion(lambda) / available : 0.0;
}

static double pore_availability(double r, const Matrix *m) {
  return EluteSizePoreAvailability(r / m->pore_radius);
}

static double pore_convection(double r, const Matrix *m) {
  return EluteSizePoreConvection(r / m->pore_radius);
}

static double pore_reflection(double r, const Matrix *m) {
  return 1.0 - EluteSizePoreConvection(r / m->pore_radius);
}

static const Relation relations[] = {
    {"diffusivity", "stokes_einstein", "m2/s", OF_NOTHING, water, 0.5, 1000.0, "Stokes-Einstein in water at 37 C", "N"},
    {"diffusivity", "fitted", "m2/s", OF_NOTHING, fitted, 1.0, 100.0,
     "fitted to tumours, 1.981e-6 d^-1.157 + 2.221e-8 cm2/s, at most 0.9 of that in water", "S2"},
    {"diffusivity", "fibre_matrix", "m2/s", OF_FIBRES, fibres, 1.0, 100.0,
     "fibre matrix, Johnson et al. 1996 doi:10.1016/S0006-3495(96)79645-5", "R"},
    {"diffusivity", "pore", "m2/s", OF_PORES, pores, 0.0, 0.95, "pores, Dechadilok and Deen 2006 doi:10.1021/ie051387n",
     "S2"},
    {"availability", "fitted", "1", OF_NOTHING, fitted_availability, 1.0, 100.0,
     "void of tumours, Schmidt and Wittrup 2009 Mol Cancer Ther 8:2861", "S2"},
    {"availability", "fibre_matrix", "1", OF_FIBRES, fibre_availability, 1.0, 100.0, "Ogston's fibres", "R"},
    {"availability", "pore", "1", OF_PORES, pore_availability, 0.0, 0.95, "pores, (1 - r/r_p)^2", "N"},
    {"convective_hindrance", "pore", "1", OF_PORES, pore_convection, 0.0, 0.95, "pores, W", "R"},
    {"permeability", "two_pore", "m/s", OF_NOTHING, two_pore, 1.0, 100.0,
     "pores of 4.5 and 500 nm in tumour vessels, Schmidt and Wittrup 2009 Mol Cancer Ther 8:2861", "S2"},
    {"reflection", "pore", "1", OF_VESSEL_PORES, pore_reflection, 0.0, 0.95, "pores of the vessel wall, 1 - W", "R"},
};

/* model NULL: any of the property. */
static const Relation *find_relation(const char *property, const char *model) {
  for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++)
    if (strcmp(relations[i].property, property) == 0 && (!model || strcmp(relations[i].model, model) == 0))
      return &relations[i];
  return NULL;
}

/* A number of the tissue that the relation looks at; false (reported): none. */
static bool need(EluteBuilder *b, const EluteNode *at, const EluteNode *tissue, const char *key, const char *unit,
                 double *si) {
  if (EluteNodeChild(tissue, key)) return elute_quantity(b, tissue, key, unit, 0.0, 0.0, si) && *si > 0.0;
  EluteError(b->d, at, "the tissue '%s' has no '%s'; expected it in every tissue, for this model looks at it",
             tissue->key, key);
  return false;
}

static bool read_matrix(EluteBuilder *b, const Relation *r, const EluteNode *at, const EluteNode *tissue, Matrix *m) {
  if (r->looks == OF_FIBRES) {
    const bool fine = need(b, at, tissue, "fibre_fraction", "1", &m->fibre_fraction);

    return need(b, at, tissue, "fibre_radius", "m", &m->fibre_radius) && fine;
  }
  if (r->looks == OF_NOTHING) return true;
  if (r->looks == OF_VESSEL_PORES && !EluteNodeChild(tissue, "vascular_density")) {
    m->pore_radius = HUGE_VAL; /* no vessels, no reflection */
    return true;
  }
  return need(b, at, tissue, r->looks == OF_PORES ? "pore_radius" : "vessel_pore_radius", "m", &m->pore_radius);
}

/* The number for one tissue (NULL: for all), as a scalar that knows its source; NULL (reported) where there is none. */
static EluteNode *number(EluteBuilder *b, const Relation *r, const EluteNode *at, double radius,
                         const EluteNode *tissue) {
  const bool of_pores = r->looks == OF_PORES || r->looks == OF_VESSEL_PORES, plain = strcmp(r->unit, "1") == 0;
  Matrix m = {0};
  EluteNode *node;
  char text[64], range[80];
  double x, value;

  if (tissue && !read_matrix(b, r, at, tissue, &m)) return NULL;
  x = of_pores ? radius / m.pore_radius : radius * 1e9;
  snprintf(range, sizeof range, of_pores ? "%g to %g of the pore radius" : "radii of %g nm to %g nm", r->least,
           r->most);
  if (!(x >= r->least && x <= r->most))
    EluteWarning(b->d, at, "found a radius of %g nm%s%s%s, outside the range of model: %s (%s)", radius * 1e9,
                 of_pores ? " in the pores of '" : "", of_pores ? tissue->key : "", of_pores ? "'" : "", r->model,
                 range);
  value = r->at(radius, &m);
  if (strcmp(r->property, "availability") == 0 && !(value > 0.0)) {
    EluteError(b->d, at, "a radius of %g nm does not fit into '%s'; expected a smaller one", radius * 1e9,
               tissue ? tissue->key : "the tissue");
    return NULL;
  }
  snprintf(text, sizeof text, "%s%s%s", elute_number_text(value).text, plain ? "" : " ", plain ? "" : r->unit);
  node = EluteNodeNew(ELUTE_SCALAR, tissue ? tissue->key : at->key, text);
  node->file = at->file, node->line = at->line, node->column = at->column;
  node->provenance =
      elute_text_format("%s: %s; radius %g nm, holds for %s; %s", r->model, r->says, radius * 1e9, range, r->evidence);
  return node;
}

/* What the owner says of a tissue under `in`, where it does: there the relation is not asked. */
static EluteNode *given(const EluteNode *owner, const EluteNode *tissue, const EluteNode *property) {
  const EluteNode *own = EluteNodeChild(EluteNodeChild(EluteNodeChild(owner, "in"), tissue->key), property->key);
  EluteNode *copy = own ? EluteNodeCopy(own) : NULL;

  if (!copy) return NULL;
  free(copy->key);
  copy->key = elute_text_copy(tissue->key);
  return copy;
}

/* The value that stands for {model: …} in a tissue of `in` (NULL: everywhere); NULL, reported: none. */
static EluteNode *resolve(EluteBuilder *b, const EluteNode *property, const EluteNode *owner, const EluteNode *tissue,
                          const Relation *r) {
  const EluteNode *tissues = EluteNodeChild(b->root, "tissues"), *radius_node = EluteNodeChild(owner, "radius");
  EluteNode *value, *map, *one;
  double radius;

  if (!radius_node) {
    EluteError(b->d, property, "'%s' has no radius; expected 'radius', for model: %s looks at it", owner->key,
               r->model);
    return NULL;
  }
  if (!EluteLengthRead(radius_node, &b->model->scope, &radius, b->d) || !(radius > 0.0)) return NULL;
  if (tissue || r->looks == OF_NOTHING) return number(b, r, property, radius, tissue);
  value = EluteNodeNew(ELUTE_MAPPING, NULL, NULL);
  map = elute_append_mapping(value, "tissue", property);
  value->file = property->file, value->line = property->line, value->column = property->column;
  for (const EluteNode *t = elute_first(tissues, ELUTE_MAPPING); t; t = t->next)
    if ((one = given(owner, t, property)) || (one = number(b, r, property, radius, t))) EluteNodeAppend(map, one);
  if (map->first && map->n_children == tissues->n_children) return value;
  EluteNodeFree(value);
  return NULL;
}

/* What is reported is not missed again. */
static EluteNode *nothing(const Relation *r) {
  char text[32];

  snprintf(text, sizeof text, "1 %s", strcmp(r->unit, "1") == 0 ? "" : r->unit);
  return EluteNodeNew(ELUTE_SCALAR, NULL, text);
}

static void resolve_all(EluteBuilder *b, EluteNode *mapping, const EluteNode *owner, const EluteNode *tissue) {
  const Relation *r;
  const char *model;
  EluteNode *value;

  for (EluteNode *child = elute_first(mapping, ELUTE_MAPPING), *next; child; child = next) {
    next = child->next;
    if (!(model = elute_scalar(child, "model")) || !find_relation(child->key, NULL)) continue;
    r = find_relation(child->key, model);
    value = r ? resolve(b, child, owner, tissue, r) : NULL;
    if (!value) value = nothing(find_relation(child->key, NULL));
    EluteNodeReplace(child, value);
  }
}

void elute_expand_sizes(EluteBuilder *b) {
  static const char *const sections[] = {"species", "drugs", "carriers"};
  const EluteNode *tissues = EluteNodeChild(b->root, "tissues");

  for (int s = 0; s < 3; s++)
    for (EluteNode *owner = elute_first(EluteNodeChild(b->root, sections[s]), ELUTE_MAPPING); owner;
         owner = owner->next) {
      for (EluteNode *in = elute_first(EluteNodeChild(owner, "in"), ELUTE_MAPPING); in; in = in->next)
        if (EluteNodeChild(tissues, in->key)) resolve_all(b, in, owner, EluteNodeChild(tissues, in->key));
      resolve_all(b, owner, owner, NULL);
    }
}
