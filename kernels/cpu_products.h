/* Activities and carried concentrations of the rows around the row at hand, on the CPU: coefficient times
   concentration, formed when a row is first asked for and kept until the rows of another plane take its place. */
#ifndef ELUTE_CPU_PRODUCTS_H
#define ELUTE_CPU_PRODUCTS_H

#include "cpu_rows.h"

enum { ELUTE_REACH = 2 /* rows, or cells, that a face looks beyond its own on either side */ };

typedef struct EluteProducts {
  const EluteProblemView *p;
  const void *coefficient; /* in the type and layout of inverse_capacity */
  const double *state, *ghost;
  int32_t planes, rows; /* that are kept side by side: what is asked for in between must not be more */
  int32_t *row_of;      /* [planes * rows] the row, as `neighbour` names it, that is kept there */
  double *memory;
  int64_t stride; /* doubles from one species to the next */
} EluteProducts;

/* Doubles of scratch. */
size_t elute_products_work(const EluteProducts *c);
void elute_products_begin(EluteProducts *c, double *work);

/* The products of the first species in a row as `neighbour` names it, ELUTE_REACH cells more at either end: around the
   ring, or the cell at the end again. y, z: where the row lies, beyond an edge of this rank's rows one or two outside.
 */
const double *elute_products(const EluteProducts *c, int32_t row, int y, int z);

#endif
