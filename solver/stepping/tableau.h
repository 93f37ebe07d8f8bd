/* Coefficients of Rosenbrock-W methods in the form that never multiplies by the Jacobian (Hairer & Wanner, Solving ODEs
   II, IV.7). Per stage, theta = gamma h: (I - theta J) Y_i = theta f(t + alpha_i h, u + sum a_ij Y_j) + theta sum (c_ij
   / h) Y_j + theta gamma_i h f_t
   u_new = u + sum m_i Y_i,   error estimate = sum e_i Y_i */
#ifndef ELUTE_TABLEAU_H
#define ELUTE_TABLEAU_H

#include "../../kernels/view.h"
#include "../model/model.h"

typedef struct EluteTableau {
  const char *name;
  int stages, order, embedded_order;
  double gamma;
  double alpha[ELUTE_MAX_STAGES], gamma_sum[ELUTE_MAX_STAGES]; /* row sums of A and Gamma */
  double a[ELUTE_MAX_STAGES][ELUTE_MAX_STAGES], c[ELUTE_MAX_STAGES][ELUTE_MAX_STAGES];
  double m[ELUTE_MAX_STAGES], e[ELUTE_MAX_STAGES];
  double courant; /* stable up to this Courant number, summed over the axes, with a flux of second order in f and upwind
                     factors in J */
  double correlation, crossing; /* stable up to this correlation of diffusion along the axes and this cross number
                                   (operators.h), with cross terms in f alone */
} EluteTableau;

/* The untransformed coefficients: k_i = h f(u + sum A_ij k_j) + h J sum Gamma_ij k_j; u_new = u + sum b_i k_i. */
typedef struct EluteRosenbrock {
  const char *name;
  int stages, order, embedded_order;
  double A[ELUTE_MAX_STAGES][ELUTE_MAX_STAGES], Gamma[ELUTE_MAX_STAGES][ELUTE_MAX_STAGES];
  double b[ELUTE_MAX_STAGES], b_embedded[ELUTE_MAX_STAGES];
} EluteRosenbrock;

const EluteRosenbrock *EluteRosenbrockOf(EluteMethod method);
void EluteTableauTransform(const EluteRosenbrock *from, EluteTableau *to);

#endif
