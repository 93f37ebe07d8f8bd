/* Diffusion across the axes, beside the row loops of cpu_transport.c: they call this where the problem has shifts. */
#ifndef ELUTE_CPU_CROSS_H
#define ELUTE_CPU_CROSS_H

#include "cpu_rows.h"
#include "cell/cross.h"

size_t elute_cross_work(const EluteProblemView *p); /* doubles; 0: nothing crosses */

/* f[i] += what the cross fluxes bring into the cells of one row of one species, mol/(m3 s); edges of the domain and
   held cells apart. */
void elute_cross_row(const EluteProblemView *p, int32_t row, int k, const double *inverse_volume, double *work,
                     double *f);

#endif
