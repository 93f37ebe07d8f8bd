/* What expand_cells.c (how cells die) and expand_dying.c (what they leave) share. */
#ifndef ELUTE_CELLS_H
#define ELUTE_CELLS_H

#include "agents.h"

typedef enum {
  ELUTE_DEATH_FIRST_ORDER,
  ELUTE_DEATH_CROWDING,
  ELUTE_DEATH_EMAX,
  ELUTE_DEATH_PER_AUC,
  ELUTE_DEATH_PER_AUC_SQUARED
} EluteDeathKind;

typedef struct EluteDeath {
  EluteDeathKind kind;
  const EluteNode *node, *rate; /* of the case: what says it, and its constant */
  const char *reason, *drug;    /* "death", "crowding", "killed_by_DRUG" */
  double factor;                /* of the constant */
} EluteDeath;

/* What a hazard takes from a species (and what that becomes, or NULL), or (released > 0) what a dying cell releases. */
typedef struct EluteVictim {
  const char *cells, *name, *becomes;
  double released; /* mol */
} EluteVictim;

void elute_take(EluteBuilder *b, const EluteDeath *hazard, const EluteVictim *victim); /* expand_cells.c */
/* All that the cells hold goes with them. */
void elute_take_held(EluteBuilder *b, const EluteDeath *hazard, const EluteNode *population);
bool elute_check_dying(EluteBuilder *b, const EluteNode *population); /* false: reported */

#endif
