/* What moving fluid carries between cells, on the CPU: a row's part of V dC/dt.
   Faces at the domain's edge are open faces and not seen here. */
#ifndef ELUTE_CPU_CONVECTION_H
#define ELUTE_CPU_CONVECTION_H

#include "cpu_products.h"
#include "cell/convection.h"

/* Doubles of scratch; 0: nothing moves. */
size_t elute_convection_work(const EluteProblemView *p);
/* Before the first row of a state: the fluxes between rows that are kept in `work` are of none. */
void elute_convect_begin(const EluteProblemView *p, double *work);
/* f[n_mobile * pitch], of which n_cells each: what convection brings to the cells of a row, mol/s. carried[0]: products
   carry C of the state whose flux it is, [1] of what changes it, or NULL: the flux itself. What passes to the next row
   along an axis is kept in `work` until that row asks for it, so that rows are best taken in their order. */
void elute_convect_row(const EluteProducts *const carried[2], int32_t row, double *work, double *f);

/* out += scale times what the values at the edge add (EluteInlet). boundary: their scalars, or with u their changes,
   NULL: zero. */
void elute_convect_inlets(const EluteConvection *c, const double *boundary, double scale, double *out);

#endif
