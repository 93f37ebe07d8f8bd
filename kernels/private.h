/* Shared by the backends, not by their callers: the error message, and the CPU kernels that the table of backend_cpu.c
   and the guard are made of. */
#ifndef ELUTE_PRIVATE_H
#define ELUTE_PRIVATE_H

#include "backend.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stores the message of elute_backend_error() and returns 1. */
int elute_backend_fail(const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/* 1, with the message set, for more than view.h has room for. */
static inline int elute_check_counts(const EluteProblemView *p) {
  if (p->n_species < 1 || p->n_species > ELUTE_MAX_SPECIES || p->transport.n_mobile < 0 ||
      p->transport.n_mobile > p->n_species)
    return elute_backend_fail("%d species, %d of them mobile: at most %d", p->n_species, p->transport.n_mobile,
                              ELUTE_MAX_SPECIES);
  if (p->n_reactions > ELUTE_MAX_REACTIONS)
    return elute_backend_fail("%d reactions: at most %d", p->n_reactions, ELUTE_MAX_REACTIONS);
  return 0;
}

int elute_cpu_shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                     double *const shift[3]);
int elute_cpu_residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                       const EluteCombination *add, double *out, double *ledger);
int elute_cpu_jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                             const double *ghost_x, const double *scalar_increment, double *y, double *ledger);
int elute_cpu_reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger);
int elute_cpu_line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                         const double *below, const double *above, double *x, double *ledger);
int elute_cpu_line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                          const double *x, double *const equations[6]);
int elute_cpu_accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch);
int elute_cpu_combine(size_t n, const EluteCombination *c, double *out);
int elute_cpu_finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                          const EluteCombination *error, double rtol, const double *atol, double *u_new,
                          EluteStepMeasure *measure);
int elute_cpu_inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol,
                             const double *atol, int n, const double *const *v, double *products);
int elute_cpu_weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                               const double *atol, double *sums);

#ifdef __cplusplus
}
#endif
#endif
