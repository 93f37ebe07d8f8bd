/* What is loaded into a carrier, as its law of release divides it (expand_release.c): for the files that make its
   species and reactions (expand_carriers.c) and that give it (expand_delivery.c). */
#ifndef ELUTE_RELEASE_H
#define ELUTE_RELEASE_H

#include "internal.h"

enum { ELUTE_MOST_ARMS = 16 }; /* that can be resolved */

/* When a carrier is given: from the start on, over some time (0: at once), s. */
typedef struct ElutePeriod {
  double start, over;
} ElutePeriod;

/* A part of a load: the species CARRIER.DRUG with a suffix. */
typedef struct ElutePool {
  char *suffix;         /* "", _fast, _slow, _kept; _1, _2, … by time given; .n8 by bonds left */
  double share;         /* moles of the species per mole of drug given */
  int drugs;            /* molecules of drug in one of the species */
  int next;             /* the pool that is left when one leaves; -1: none */
  ElutePeriod given;    /* start NAN: whenever */
  EluteNode *rate;      /* owned, its key is `rate`; NULL: it stays */
  const EluteNode *catalyst; /* where it is said; NULL: none */
} ElutePool;

typedef struct ElutePools {
  int n;
  ElutePool *pool;
  bool by_age;
  const char *law; /* NULL: no release */
  double burst;    /* share of a dose that is free at once */
  int n_given;     /* by age: when the carrier is given, ascending */
  ElutePeriod *given;
} ElutePools;

ElutePools *elute_release_pools(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload);
void elute_free_pools(ElutePools *pools);
bool elute_same_period(ElutePeriod a, ElutePeriod b);
/* The nth of the equal parts that a delivery's duration is cut into, at each of its times. */
ElutePeriod elute_part_of_delivery(double start, double duration, int parts, int nth);
/* How many these are for what is released by age; 1 where all is given at once. */
int elute_age_classes(EluteBuilder *b, const EluteNode *delivery);
const EluteNode *elute_release_of(const EluteNode *carrier, const EluteNode *payload); /* NULL: none */
/* Molecules of the drug in a new carrier; 0: not said. */
double elute_per_carrier(EluteBuilder *b, const EluteNode *carrier, const EluteNode *payload);
/* Its places for bonds: its own, or those of the carrier where it speaks of them; NULL: none. */
const EluteNode *elute_arms_of(const EluteNode *carrier, const EluteNode *payload);
bool elute_is_counted(EluteBuilder *b, const EluteNode *carrier); /* the carrier itself is a species */
/* The rate (1/s, or with a catalyst m3/(mol s)) of a law that looks at the state alone, not at age; the caller's. */
EluteNode *elute_state_rate(EluteBuilder *b, const EluteNode *release, const EluteNode **catalyst);
EluteNode *elute_hazard_node(EluteBuilder *b, const EluteNode *release, ElutePeriod given); /* the caller's */
void elute_check_release(EluteBuilder *b, const EluteNode *release);
void elute_expand_parts(EluteBuilder *b); /* expand_parts.c */
/* Removes what a catalogue entry says of another law than the one that the case chose. */
void elute_prune_release(EluteNode *release);

#endif
