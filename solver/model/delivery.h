/* What the files of delivery share: expand_delivery.c (what is given, when, how much) and delivery_places.c (where). */
#ifndef ELUTE_DELIVERY_H
#define ELUTE_DELIVERY_H

#include "internal.h"

enum { ELUTE_MOST_DEPOSITS = 200 };

/* A part of what is given: its share of the dose that enters, and the shape it fills. */
typedef struct ElutePlace {
  char suffix[24];  /* of its row in the ledger */
  EluteNode *where; /* owned; NULL: everywhere */
  double share;
} ElutePlace;

typedef struct EluteDelivery {
  const EluteNode *node;
  const char *route;
  double start, duration, every; /* s */
  int times;
  double lost, volume; /* lost: share; volume: m3, 0: not given */
  int n_places;
  ElutePlace place[ELUTE_MOST_DEPOSITS + 1];
} EluteDelivery;

/* Reads the places of a route through tissue; false, reported: they are not known. */
bool elute_delivery_places(EluteBuilder *b, EluteDelivery *delivery);
void elute_delivery_clear(EluteDelivery *delivery);

#endif
