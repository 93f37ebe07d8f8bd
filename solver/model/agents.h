/* What the files share that turn drugs and carriers into species and reactions by editing the tree. */
#ifndef ELUTE_AGENTS_H
#define ELUTE_AGENTS_H

#include "internal.h"

/* A mobile species; NULL (reported): the name is taken. Messages point at origin. */
EluteNode *elute_new_species(EluteBuilder *b, const char *name, const EluteNode *origin);
/* A reaction of mass action with a copy of the rate's node; takes over name and equation. NULL without a rate. */
EluteNode *elute_new_reaction(EluteBuilder *b, const EluteNode *origin, char *name, char *equation,
                              const EluteNode *rate);
/* A species that the reaction looks at, as the case says it: by a text, or by the key of a section. */
void elute_set_reference(EluteNode *reaction, const char *key, const EluteNode *said);
void elute_copy_key(EluteNode *to, const EluteNode *from, const char *key); /* unless it is there */
void elute_copy_properties(EluteNode *species, const EluteNode *agent);     /* of transport */
/* A catalogue entry was named that does not exist: what it would have given is not missed twice. */
bool elute_lacks_entry(const EluteNode *node);

/* An immobile species, unless there is one of this name; its molar mass is another's. */
void elute_need_immobile(EluteBuilder *b, const char *name, const EluteNode *origin, const EluteNode *weighed);
/* expand_laws.c */
EluteNode *elute_new_immobile(EluteBuilder *b, const char *name, const EluteNode *origin);
/* A reaction without constants; takes over name (with _ for .) and equation. */
EluteNode *elute_new_law(EluteBuilder *b, const EluteNode *origin, const char *law, char *name, char *equation);
void elute_law_value(EluteNode *reaction, const char *key, EluteNode *value); /* takes over the value; NULL: none */
/* A copy of a value with every number multiplied, in another unit; NULL: there is none, or (reported) it cannot be. */
EluteNode *elute_value_times(EluteBuilder *b, const EluteNode *node, const char *from, double molar_mass, double factor,
                             const char *to);
/* A rate or an amount, which tissues that it does not name have none of. */
void elute_check_amount(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass);
/* What stands in a section of the case under a name; NULL: nothing. find_: that is an error, reported at `at`. */
const EluteNode *elute_word(const EluteBuilder *b, const char *section, const char *name);
const EluteNode *elute_find_word(EluteBuilder *b, const EluteNode *at, const char *section, const char *name);

/* expand_receptors.c */
void elute_expand_receptor(EluteBuilder *b, const EluteNode *receptor);
void elute_check_receptor(EluteBuilder *b, const EluteNode *receptor);
double elute_sites(EluteBuilder *b, const EluteNode *receptor); /* sites_per_cell, mol; 0: none */
/* What stands under `binds` of an agent, for the species that it is. */
void elute_expand_binds(EluteBuilder *b, const char *species, const EluteNode *agent);
void elute_check_binds(EluteBuilder *b, const EluteNode *agent);

/* expand_inside.c: the nth way (from 0) of a drug or carrier into cells and whose they are (NULL: nobody's); false: there
   are fewer. */
bool elute_way_inside(const EluteBuilder *b, const EluteNode *agent, int nth, const EluteNode **way,
                      const char **cells);
const char *elute_inside_cells(const EluteBuilder *b, const EluteNode *agent); /* whose AGENT.inside is; NULL: nobody's */
void elute_check_ways_inside(EluteBuilder *b, const EluteNode *agent);

void elute_expand_cells(EluteBuilder *b, const EluteNode *population); /* expand_cells.c */
void elute_check_cells(EluteBuilder *b, const EluteNode *population);

void elute_expand_drug(EluteBuilder *b, const EluteNode *drug);       /* expand_drugs.c */
void elute_expand_carrier(EluteBuilder *b, const EluteNode *carrier); /* expand_carriers.c */
/* Values of one drug or carrier, read where they were written so that messages have their path. */
void elute_check_drug(EluteBuilder *b, const EluteNode *drug);
void elute_check_carrier(EluteBuilder *b, const EluteNode *carrier);
void elute_check_transport(EluteBuilder *b, const EluteNode *node);
void elute_check_value(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass);

#endif
