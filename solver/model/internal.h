/* What the files that build a model share. Every elute_build_* reads one section of the expanded tree; what is wrong
   goes into the diagnostics and building goes on, so that all errors of a case are found in one run. */
#ifndef ELUTE_MODEL_INTERNAL_H
#define ELUTE_MODEL_INTERNAL_H

#include "equations.h"
#include "model.h"

typedef struct EluteBuilder {
  EluteModel *model;
  EluteNode *root; /* the tree that is read */
  EluteDiagnostics *d;
  int n_doses;
  struct EluteDose *doses; /* into the blood, while words are expanded */
} EluteBuilder;

typedef struct EluteDose {
  const EluteNode *node; /* of the delivery */
  char *species;
  double amount, start, duration; /* mol, s, s */
} EluteDose;

/* builder.c: memory, numbers, references */
void *elute_zeroed(size_t n, size_t size); /* never NULL */
char *elute_text_copy(const char *text);   /* never NULL */
char *elute_text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *elute_grow(void *array, int n, size_t size); /* room for one more, zeroed */
typedef struct EluteNumberText {
  char text[32];
} EluteNumberText;
EluteNumberText elute_number_text(double x);                         /* the shortest decimal that reads back as x */
void elute_append_number(EluteNode *list, double x, const char *unit); /* unit "": none */
const char *elute_scalar(const EluteNode *mapping, const char *key); /* text of a scalar child; NULL: none */
/* The first entry where the node is of this kind (a mapping's entries have keys); else none. */
EluteNode *elute_first(const EluteNode *node, EluteNodeKind kind);
bool elute_flag(const EluteNode *mapping, const char *key); /* yes? */
/* The key's quantity, or the fallback; false (reported) when it cannot be read. */
bool elute_quantity(EluteBuilder *b, const EluteNode *mapping, const char *key, const char *dimension,
                    double molar_mass, double fallback, double *si);
EluteValue *elute_value(EluteBuilder *b, const EluteNode *node, const char *dimension, double molar_mass);
/* The same of an amount, a rate or a source: {tissue: …} may leave tissues out, which then have none. */
EluteValue *elute_amount_value(EluteBuilder *b, const EluteNode *node, const char *dimension, double molar_mass);
/* A property: not varying in time. */
EluteValue *elute_property(EluteBuilder *b, const EluteNode *node, const char *dimension);
bool elute_point(EluteBuilder *b, const EluteNode *node, double x[3]);
int elute_find_species(EluteBuilder *b, const EluteNode *reference); /* -1, reported: none of this name */
int elute_find_species_named(EluteBuilder *b, const EluteNode *at, const char *name);
int elute_find_tissue(EluteBuilder *b, const EluteNode *reference);
int elute_find_tissue_named(EluteBuilder *b, const EluteNode *at, const char *name);
/* A concentration of the species; a temperature less the reference. NULL: reported. */
EluteValue *elute_concentration_value(EluteBuilder *b, const EluteNode *node, const EluteSpecies *species);
/* An error for each of the keys (a NULL-ended list) that is there. */
void elute_misplaced(EluteBuilder *b, const EluteNode *mapping, const char *const *keys, const char *why);
/* "; did you mean 'x'?" or "", for names in n steps of `stride` bytes from the first. */
void elute_suggestion(const char *name, int n, char *const *names, char *text, size_t length);
/* The tissues that a list names; all without a list. False (reported): one is unknown. */
bool elute_tissue_list(EluteBuilder *b, const EluteNode *list, bool in_tissue[ELUTE_MAX_TISSUES]);
bool elute_only_in(EluteBuilder *b, const EluteNode *mapping, bool in_tissue[ELUTE_MAX_TISSUES]);

/* build_mesh.c, build_shapes.c, build_tissues.c: space; read before the expansion, which needs them */
void elute_build_mesh(EluteBuilder *b);
bool elute_build_shape(EluteBuilder *b, const EluteNode *node, EluteShape *shape);
void elute_build_constants(EluteBuilder *b);
void elute_build_tissues(EluteBuilder *b);
void elute_build_fields(EluteBuilder *b);
void elute_build_variations(EluteBuilder *b); /* build_variation.c */
void elute_free_variations(EluteTissue *tissue);
void elute_build_supply(EluteBuilder *b); /* build_supply.c: vessels and lymph of tissues */
void elute_build_anisotropy(EluteBuilder *b); /* build_anisotropy.c */
int elute_tissue_at(const EluteModel *model, const double x[3]); /* by painting order */

void elute_build_vessels(EluteBuilder *b); /* build_vessels.c: networks */
void elute_expand_sizes(EluteBuilder *b); /* expand_sizes.c: properties by relations of size, in the tree as understood */

/* expand.c: from domain words to generic ones; prune.c: what is said without a meaning */
extern const char *const elute_heat_of_tissue[]; /* expand_heat.c: keys of tissues that heat alone looks at; NULL ends */
void elute_prune(EluteNode *root, EluteDiagnostics *d);
void elute_check_domain(EluteBuilder *b);
void elute_expand(EluteBuilder *b);
void elute_expand_delivery(EluteBuilder *b, EluteNode *domain);
void elute_add_plasma_dose(EluteBuilder *b, const EluteNode *node, const char *species, double amount, double start,
                           double duration); /* expand_plasma.c; the name is copied */
void elute_expand_plasma(EluteBuilder *b);
void elute_expand_heat(EluteBuilder *b); /* expand_heat.c */
void elute_clear_plasma_doses(EluteBuilder *b);
void elute_check_plasma(EluteBuilder *b);     /* values under plasma, where they were written */
void elute_expand_exchanges(EluteBuilder *b); /* expand_exchanges.c; after the species */
/* A copy of a value's node with every number multiplied; NULL (reported) where that cannot be written. */
EluteNode *elute_node_scaled(EluteBuilder *b, const EluteNode *node, const char *dimension, double factor);
double elute_molar_mass(EluteBuilder *b, const EluteNode *node); /* kg/mol; 0: not given, or (reported) not readable */
EluteNode *elute_append_mapping(EluteNode *parent, const char *key, const EluteNode *origin);

/* the generic model */
void elute_build_species(EluteBuilder *b);
void elute_build_reactions(EluteBuilder *b);
EluteReactionSpec *elute_add_reaction(EluteBuilder *b, const EluteNode *node);
/* False (reported): there is no room for it; takes over the constant. */
bool elute_add_factor(EluteBuilder *b, EluteReactionSpec *r, EluteFactorKind kind, int species, EluteValue *constant,
                      double exponent);
/* build_lookup.c. Is the value a function of something solved? It names a field that is not prescribed. */
bool elute_is_lookup(const EluteBuilder *b, const EluteNode *node);
/* A rate that may be such a function, which then becomes a factor of the reaction beside a rate of 1. NULL: reported. */
EluteValue *elute_build_rate(EluteBuilder *b, EluteReactionSpec *r, const EluteNode *node, const char *unit,
                             double molar_mass);
/* The table of such a function, of what is solved at each place; -1: reported. */
int elute_build_lookup(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass, int *species);
/* The factor, LOOKUP or PER_LOOKUP, of a node that is a function of something solved. False: reported. */
bool elute_add_lookup(EluteBuilder *b, EluteReactionSpec *r, EluteFactorKind kind, const EluteNode *node,
                      const char *unit, double molar_mass);
/* modulated_by of the reaction's node becomes a factor too, or a source's control; false: reported. */
bool elute_modulate(EluteBuilder *b, EluteReactionSpec *r, bool source);
/* The given name, or the made one (taken over) with a number behind it; unlike that of anything else that concerns the
   species (-1: any). */
char *elute_place_name(EluteBuilder *b, const EluteNode *node, int species, char *made);
void elute_build_exchanges(EluteBuilder *b);
void elute_build_sources(EluteBuilder *b);
void elute_build_holds(EluteBuilder *b);
void elute_build_changes(EluteBuilder *b);
void elute_build_boundaries(EluteBuilder *b);
void elute_build_flow(EluteBuilder *b); /* after the boundaries: periodic axes have no ends */
void elute_free_flow(EluteFlowSpec *flow);

/* A part of the boundary by the name under which conditions stand; false (reported): there is none. */
typedef struct ElutePart {
  const EluteNode *node;
  unsigned sides;
  bool named_side;        /* x-, r+, …: not all, not a shape */
  const EluteNode *shape; /* NULL: whole sides */
} ElutePart;
bool elute_find_part(EluteBuilder *b, const EluteNode *node, ElutePart *part);
void elute_build_time(EluteBuilder *b);
void elute_build_output(EluteBuilder *b);
void elute_build_checkpoint(EluteBuilder *b);
void elute_build_readouts(EluteBuilder *b); /* build_readouts.c: endpoints; build_samples.c: biopsies and images */
void elute_build_samples(EluteBuilder *b);
void elute_free_readouts(EluteOutputSpec *output);
/* The species that a name, a beginning with * behind it, or a list of these mean; false (reported): not readable. */
bool elute_together(EluteBuilder *b, const EluteNode *of, EluteTogether *sum);
/* The same, of what stands under the key, with what `as` in the mapping says of it. */
bool elute_concentration_of(EluteBuilder *b, const EluteNode *mapping, const char *key, EluteTogether *sum);
/* Do the coordinates lie in the mesh? false: reported. */
bool elute_point_in_mesh(EluteBuilder *b, const EluteNode *node, const double x[3]);
void elute_build_verify(EluteBuilder *b);

#endif
