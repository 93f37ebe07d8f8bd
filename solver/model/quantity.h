/* What species count, and in which units. */
#ifndef ELUTE_QUANTITY_H
#define ELUTE_QUANTITY_H

/* What a species counts, in the order of elute_quantities (builder.c). Heat is counted from the reference temperature
   on: a mobile species of it has c = T - T_ref, of phi R = rho c, which the operators have for it in place of a species'
   phi R, and phi D = k; interstitial fluid, vessels and lymph leave it alone. An immobile one is a store of heat, such
   as latent heat. A dose is a number without a unit at each place, such as what heat has done. */
typedef enum { ELUTE_AMOUNT, ELUTE_NUMBER, ELUTE_HEAT, ELUTE_DOSE } EluteQuantity;
typedef struct EluteQuantityUnits {
  const char *name;
  const char *concentration, *amount, *rate, *density, *flux; /* SI; total rate, and per volume; of heat in C */
  const char *auc;    /* of a concentration's integral over time */
  const char *column; /* of tables */
} EluteQuantityUnits;
extern const EluteQuantityUnits elute_quantities[4];

#endif
