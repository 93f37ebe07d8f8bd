/* What the files share that turn drugs and carriers into species and reactions by editing the tree. */
#ifndef ELUTE_AGENTS_H
#define ELUTE_AGENTS_H

#include "internal.h"

/* A mobile species; NULL (reported): the name is taken. Messages point at origin. */
EluteNode *elute_new_species(EluteBuilder *b, const char *name, const EluteNode *origin);
/* A reaction of mass action with a copy of the rate's node; takes over name and equation. NULL without a rate. */
EluteNode *elute_new_reaction(EluteBuilder *b, const EluteNode *origin, char *name, char *equation,
                              const EluteNode *rate);
void elute_copy_key(EluteNode *to, const EluteNode *from, const char *key); /* unless it is there */
void elute_copy_properties(EluteNode *species, const EluteNode *agent);     /* of transport */
/* A catalogue entry was named that does not exist: what it would have given is not missed twice. */
bool elute_lacks_entry(const EluteNode *node);

/* An immobile species, unless there is one of this name; its molar mass is another's. */
void elute_need_immobile(EluteBuilder *b, const char *name, const EluteNode *origin, const EluteNode *weighed);

void elute_expand_drug(EluteBuilder *b, const EluteNode *drug);       /* expand_drugs.c */
void elute_expand_carrier(EluteBuilder *b, const EluteNode *carrier); /* expand_carriers.c */
/* Values of one drug or carrier, read where they were written so that messages have their path. */
void elute_check_drug(EluteBuilder *b, const EluteNode *drug);
void elute_check_carrier(EluteBuilder *b, const EluteNode *carrier);
void elute_check_transport(EluteBuilder *b, const EluteNode *node);
void elute_check_value(EluteBuilder *b, const EluteNode *node, const char *unit, double molar_mass);

#endif
