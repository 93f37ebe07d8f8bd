/* The table of functions that a backend offers. All vectors are pointers into the backend's own memory (view.h has the
   layout); `ledger` too: an array of n_ledger doubles. Every function returns 0, or a non-zero code with a message from
   elute_backend_error(). Functions only ADD to a ledger; n_rows = 0 is legal everywhere. Sums are taken in a fixed
   order: the same call gives the same bits.

   Symbols: u state; f(u) the full residual dC/dt, mol/(m3 s); J its Jacobian at u; theta seconds. */
#ifndef ELUTE_BACKEND_H
#define ELUTE_BACKEND_H

#include "view.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A linear combination: sum over j < n of coefficient[j] * vector[j]. */
typedef struct EluteCombination {
  int n;
  double coefficient[ELUTE_MAX_STAGES + 1];
  const double *vector[ELUTE_MAX_STAGES + 1];
} EluteCombination;

/* What one accepted or rejected step showed, per species, over the owned cells (to be reduced over ranks by the
 * caller). */
typedef struct EluteStepMeasure {
  double error[ELUTE_MAX_SPECIES];       /* sum of V (e / tolerance)^2, tolerance = atol_k + rtol max(|u|, |u_new|) */
  double minimum[ELUTE_MAX_SPECIES];     /* of u_new; +inf without cells */
  double maximum[ELUTE_MAX_SPECIES];     /* of |u_new|; 0 without cells */
  double change[ELUTE_MAX_SPECIES];      /* max |u_new - u| */
  int64_t minimum_at[ELUTE_MAX_SPECIES]; /* offset row * pitch + i of the minimum; -1 without cells */
  int64_t not_finite;                    /* values of u_new that are NaN or infinite */
  int64_t not_finite_at;                 /* offset in the vector of the first of them; -1 */
} EluteStepMeasure;

/* What is kept of a sum of species in the course of steps, per cell: [n_rows * pitch] each, in the backend's memory.
   The sum is that of scale[j] C of species[j]. */
typedef struct EluteWatch {
  int32_t n;
  int32_t species[ELUTE_MAX_SPECIES];
  const double *scale[ELUTE_MAX_SPECIES]; /* 1/(phi R) makes a fluid concentration of C; NULL: 1 */
  double threshold;                       /* of `above`, mol/m3 */
  double *last;                           /* the sum when it was last looked at, mol/m3 */
  double *integral;                       /* over time, mol s/m3; NULL: not kept, and likewise below */
  double *peak, *peak_time;               /* mol/m3, s: both or neither */
  double *above;                          /* time above the threshold, s */
} EluteWatch;

/* What went between host and backend memory, and what was started there, since the program began. All zero where the
   backend's memory is the host's. */
typedef struct EluteTraffic {
  int64_t to_backend, to_host; /* bytes, by the two copies of the table and by what a call hands in or back */
  int64_t launches;            /* kernels started */
  int64_t waits;               /* times the host waited for an answer */
} EluteTraffic;

typedef struct EluteBackend {
  const char *name; /* "cpu", "guard", "cuda" */

  /* Memory. allocate returns NULL when there is none; what it returns is zeroed. */
  void *(*allocate)(size_t bytes);
  void (*release)(void *memory);
  int (*to_backend)(void *destination, const void *source, size_t bytes);
  int (*to_host)(void *destination, const void *source, size_t bytes);
  void (*traffic)(EluteTraffic *traffic);

  /* shift[axis] of u (view.h, EluteCrossView), for the axes whose shift is not NULL. boundary: the scalars, or the
     increments of them that belong to u; NULL: zero. ghost: the ghost rows of u. */
  int (*shifts)(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                double *const shift[3]);

  /* out = scale f(u) + sum c_j v_j ; ledger += scale * (rates of every channel).
     ghost: the ghost rows of u. One pass over the rows: transport of all mobile species and all reactions. `out` is
     written while the other vectors are still read: it is none of them. */
  int (*residual)(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                  const EluteCombination *add, double *out, double *ledger);

  /* y = J(u) x (no inhomogeneous term: boundary and source data enter as scalar_increment[n_scalars], the increments of
     the boundary scalars that belong to x, NULL: zero). Held cells: y = 0. ledger += rates of x. ghost_u: the ghost
     rows of u, which a limited scheme looks at; else NULL. */
  int (*jacobian_apply)(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                        const double *ghost_x, const double *scalar_increment, double *y, double *ledger);

  /* In place x <- (I - theta J_R(u))^-1 x, per cell; ledger(reaction channels) += theta V grad(rate).x */
  int (*reaction_solve)(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger);

  /* In place x <- (I - theta J_a)^-1 (x + theta g b'/V), J_a the tri-diagonal diffusion and upwind advection along axis
     a with the open faces of that axis in its diagonal, b' = scale * scalar_increment[value]. ledger -= theta *
     inflow(x, b'). Axis 0 is complete in itself (cyclic when periodic). Axes 1 and 2 stop at the ends of the owned
     block; what lies beyond (a neighbour rank's or, periodic, the own far end's unknowns) is given by below/above, NULL
     when no line of this block continues there. Interface layout: [(line_row * n_mobile + k) * pitch + i], line_row = z
     for axis 1, y for axis 2.
   */
  int (*line_solve)(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                    const double *below, const double *above, double *x, double *ledger);

  /* The two interface equations of every line of this block (axis 1 or 2), without changing x:
        x_first = p1 + q1 x_below + r1 x_above,   x_last = pn + qn x_below + rn x_above
     equations[0..5] = p1, q1, r1, pn, qn, rn, each in the interface layout above. */
  int (*line_reduce)(const EluteProblemView *p, int axis, double theta, const double *scalar_increment, const double *x,
                     double *const equations[6]);

  /* out = combination, over n doubles (out may be one of the vectors). */
  int (*combine)(size_t n, const EluteCombination *c, double *out);

  /* u_new = u + increment;  measures u_new with the error estimate. */
  int (*finish_step)(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                     const EluteCombination *error, double rtol, const double *atol, double *u_new,
                     EluteStepMeasure *measure);

  /* sums[k] += sum over owned cells of V (x / tolerance)^2, tolerance = atol_k + rtol |u|. */
  int (*weighted_squares)(const EluteProblemView *p, const double *x, const double *u, double rtol, const double *atol,
                          double *sums);

  /* products[j] += sum over owned cells and all species of V x v_j / tolerance^2, the same tolerance. */
  int (*inner_products)(const EluteProblemView *p, const double *x, const double *u, double rtol, const double *atol,
                        int n, const double *const *v, double *products);

  /* amounts[k * ELUTE_MAX_TISSUES + tissue] = sum of V C, mol. Host memory. */
  int (*amounts)(const EluteProblemView *p, const double *u, double *amounts);

  /* Takes a step of length h s, which ended at t in the state u, into account (cell/accumulate.h). h = 0: a state that
     the next step begins with, be it the first or after a jump. */
  int (*accumulate)(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch);

  /* buffer[(j * n_mobile + k) * pitch + i] = u[(rows[j] * n_species + k) * pitch + i]  */
  int (*pack_rows)(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer);
} EluteBackend;

extern const EluteBackend elute_backend_cpu;
extern const EluteBackend elute_backend_guard; /* a CPU backend that behaves like a device */
extern const EluteBackend elute_backend_cuda; /* every function fails with "not built" where CUDA was not compiled in */
int elute_backend_cuda_available(char *why, size_t length); /* 1: a device can be used; 0 and the reason in `why` */

typedef struct EluteDevice {
  char name[128];
  int number, count;   /* this one of those that this process sees */
  char id[16];         /* the same for all processes that use the device, whatever each of them sees */
  int architecture;    /* 90: compute capability 9.0 */
  int driver, runtime; /* CUDA versions, 1000 major + 10 minor */
  size_t free, total;  /* bytes of its memory */
} EluteDevice;

/* Chooses device `rank_on_node` modulo the number of devices for this process and describes it. Before any other call
   that needs the device; again to read `free` anew. */
int elute_backend_cuda_open(int rank_on_node, EluteDevice *device);
/* A line solve of the CUDA backend keeps one double for every cell of at most about so many lines at a time. */
enum { ELUTE_CUDA_LINES = 1 << 19 };
/* Everything runs in order on this cudaStream_t; NULL, or never called: on one of the backend's own. */
void elute_backend_cuda_stream(void *stream);
const char *elute_backend_error(void); /* message of the last failure in this thread */

#ifdef __cplusplus
}
#endif
#endif
