/* Laws of release by age, and their integrals: for value_hazard.c. */
#ifndef ELUTE_HAZARD_LAWS_H
#define ELUTE_HAZARD_LAWS_H

#include "value_internal.h"

typedef enum { ELUTE_LAW_POWER, ELUTE_LAW_WEIBULL, ELUTE_LAW_TABLE } EluteAgeLaw;

struct EluteHazard {
  EluteAgeLaw law;
  double start, over;      /* s: when it is given, and for how long at a constant rate; 0: at once */
  double scale, exponent;  /* s, 1; of power and weibull */
  EluteValue *table;       /* M by age */
  double emptied, cleared; /* s; ages at which next to nothing is left, of what is given at once and over some time;
                              infinite: never */
};

double elute_law_left(const EluteHazard *h, double age);               /* 1 - M */
double elute_law_released(const EluteHazard *h, double age);           /* M */
double elute_law_stay(const EluteHazard *h, double age, double until); /* s; the integral of 1 - M between ages */
double elute_law_gone(const EluteHazard *h, double age);               /* s; the integral of M from 0 on */

#endif
