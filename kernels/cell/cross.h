/* Diffusion across the axes (numerics 1): what a gradient along one axis drives along another in an anisotropic medium.

   A cell of conductivity kappa_ab = phi Lambda D_ab has the flux q_a = -sum over b of kappa_ab G_b (b not a) beside that of
   its faces, G_b the mean of the gradients in its two halves along b. A half's gradient is the flux F of its face over
   kappa_bb (of diffusion along b alone), so that with the cell's widths h and volume V

       q_a = sum over b of kappa_ab h_b/(2 V kappa_bb) (F_lower + F_upper)_b.

   Half a width of q_a shifts the activity that a face sees by S_a = h_a/(2 kappa_aa) q_a, towards both sides:

       flux = g (a_i - a_j + S_i + S_j),    S_a = sum over b of turn_ab (F_lower + F_upper)_b,
       turn_ab = kappa_ab h_a h_b/(4 V kappa_aa kappa_bb).

   turn_aa is there beside walls alone, where kappa_aa lacks something (solver/operators/anisotropy.c).

   This is the flux that both halves beside a face agree on, also where media meet. The operator is symmetric, and not
   negative where every cell's tensor is not: the shifts are the cross terms of sum over octants of V/8 grad a . kappa
   grad a, of which the faces' fluxes are the rest. */
#ifndef ELUTE_CELL_CROSS_H
#define ELUTE_CELL_CROSS_H

#include "place.h"

/* Place of an entry among xx, yy, zz, xy, xz, yz. */
ELUTE_INLINE int elute_entry(int a, int b) {
  return a == b ? a : a + b + 2;
}

ELUTE_INLINE int elute_crosses(const EluteProblemView *p) {
  return p->cross.shift[0] || p->cross.shift[1] || p->cross.shift[2];
}

/* mol/s through a face from its lower to its upper side, beside that of diffusion along the axis. */
ELUTE_INLINE double elute_cross_flux(double conductance, double lower_shift, double upper_shift) {
  return conductance * (lower_shift + upper_shift);
}

/* mol/s into the cell of an open face: at the domain's edge the cell's own shift, beside a held cell both. */
ELUTE_INLINE double elute_cross_inflow(const EluteProblemView *p, const EluteOpenFace *f, int beside_held) {
  const double g = elute_conductance(&p->transport, f->axis, f->face), *shift = p->cross.shift[f->axis];
  const double *ghost = p->cross.ghost[f->axis];
  if (g == 0 || !shift) return 0;
  return elute_cross_flux(f->upper ? -g : g, shift[elute_state_offset(p, f->row, f->species, f->cell)],
                          beside_held ? *elute_at_row(p, shift, ghost, f->held_row, f->species, f->held_cell) : 0.0);
}

#endif
