/* What readouts.c and readout_values.c share. */
#ifndef ELUTE_READOUTS_INTERNAL_H
#define ELUTE_READOUTS_INTERNAL_H

#include "internal.h"
#include "readouts.h"

/* Where an endpoint looks: owned cells of its region, in order. */
typedef struct EluteReadoutPlace {
  size_t n;
  PetscInt *cell; /* row * pitch + i */
  double *volume; /* m3 of the cell in the region */
  double *depth;  /* m; NULL: of PENETRATION alone */
  double total;   /* of all ranks, m3 */
  double deepest, bin;
  int n_bins;
} EluteReadoutPlace;

struct EluteReadouts {
  EluteOperators *ops;
  int n, n_watches, n_changes;
  EluteWatch *watch;
  double *scale[ELUTE_MAX_SPECIES]; /* backend memory: 1/(phi R) */
  EluteReadoutPlace **place;        /* [n]; the same where the same cells are meant. NULL: nowhere */
  EluteReadoutResult *result;       /* [n] */
  double *plasma;                   /* [n] integral of the curve, mol s/m3 */
  double *cells, *values;           /* [n_rows * pitch] scratch */
  int64_t stepped, evaluated;       /* counts of states */
  double end;                       /* of the last step, s */
};

#endif
