/* What the files of delivery share: expand_delivery.c (what is given, when, how much), delivery_places.c (where a needle
   leaves it), delivery_infusion.c (fluid that is pumped) and delivery_blood.c (vein and artery). */
#ifndef ELUTE_DELIVERY_H
#define ELUTE_DELIVERY_H

#include "release.h"

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
  double start, duration, every, ramp; /* s; ramp: of an infusion, within the duration */
  int times, only;                     /* only: the one of these times that is meant, from 0; -1: all */
  int part, parts;                     /* of the duration at that time: the one that is meant of so many; parts 1: all */
  double lost, volume; /* lost: share; volume: m3, 0: not given */
  int n_places;
  ElutePlace place[ELUTE_MOST_DEPOSITS + 1];
} EluteDelivery;

/* Gives an amount (mol; over a surface a concentration, mol/m3) of a species; messages point at origin. */
void elute_give_amount(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *origin, const char *species,
                       double amount);
/* What a dose says, of a drug of this molar mass; false, reported: it cannot be read. */
bool elute_read_dose(EluteBuilder *b, const EluteDelivery *delivery, const EluteNode *dose, double molar_mass,
                     double *amount);
/* delivery_loads.c: a carrier with drugs. */
void elute_give_loads(EluteBuilder *b, EluteDelivery *delivery, const EluteNode *carrier, const EluteNode *dose);
bool elute_gives_by_age(EluteBuilder *b, const EluteNode *carrier); /* something it carries leaves by age */
bool elute_on_surface(const EluteDelivery *delivery);
ElutePeriod elute_delivery_period(const EluteDelivery *delivery, int time); /* of the part that is meant */

/* Name of one time's row in the ledger: NAME, or NAME_1, NAME_2, … with the suffix; owned by the caller. */
char *elute_delivery_row(const EluteDelivery *delivery, int time, const char *suffix);
/* A concentration from the start on, for the duration (0: until the end), as often as is said; 0 before and after. */
EluteNode *elute_delivery_course(const EluteBuilder *b, const EluteDelivery *delivery, const char *key,
                                 double concentration);

/* Reads the places of a route through tissue; false, reported: they are not known. */
bool elute_delivery_places(EluteBuilder *b, EluteDelivery *delivery);
void elute_delivery_clear(EluteDelivery *delivery);
bool elute_inside_mesh(EluteBuilder *b, const EluteNode *at, const double x[3]); /* false, reported */
/* Takes over `where`. */
void elute_add_place(EluteDelivery *delivery, EluteNode *where, double share, const char *suffix);
/* A shape as a case writes it: {sphere: …} or, with semi-axes, {ellipsoid: …}; NULL semi-axes: none. */
EluteNode *elute_ball(const EluteBuilder *b, const double x[3], double radius, const double *semi_axes, double factor);
void elute_set_point(const EluteBuilder *b, EluteNode *mapping, const char *key, const double x[3]);

bool elute_is_infusion(const EluteDelivery *delivery);
/* Its needs, its volume and ramp; false, reported. Other routes: true. */
bool elute_read_infusion(EluteBuilder *b, EluteDelivery *delivery);
bool elute_infusion_place(EluteBuilder *b, EluteDelivery *delivery);
/* The fluid: entries of flow.infusions, where and when its solutes enter. */
void elute_give_fluid(EluteBuilder *b, const EluteDelivery *delivery);
/* The rate of a source that gives `amount` (mol) over the whole duration from a start on, as the pump runs. */
void elute_set_rate(const EluteDelivery *delivery, EluteNode *source, double amount, double start);

bool elute_into_blood(const EluteDelivery *delivery);
/* What is given into blood has no place in the tissue; false, reported. */
bool elute_check_blood(EluteBuilder *b, const EluteDelivery *delivery);
void elute_give_into_blood(EluteBuilder *b, const EluteDelivery *delivery, const char *species, double amount);

#endif
