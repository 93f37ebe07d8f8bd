/* Stands in for backend_cuda.cu where CUDA was not compiled in: the same symbols, and every function says so. */
#include <stdio.h>
#include "private.h"

static int not_built(void) {
  return elute_backend_fail("CUDA is not built into this program");
}

static void *allocate(size_t bytes) {
  (void)bytes;
  not_built();
  return NULL;
}

static void release(void *memory) {
  (void)memory;
}

static int copy(void *destination, const void *source, size_t bytes) {
  (void)destination, (void)source, (void)bytes;
  return not_built();
}

static int shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                  double *const shift[3]) {
  (void)p, (void)u, (void)ghost, (void)boundary, (void)shift;
  return not_built();
}

static int residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                    const EluteCombination *add, double *out, double *ledger) {
  (void)p, (void)u, (void)ghost, (void)scale, (void)add, (void)out, (void)ledger;
  return not_built();
}

static int jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                          const double *ghost_x, const double *scalar_increment, double *y, double *ledger) {
  (void)p, (void)u, (void)ghost_u, (void)x, (void)ghost_x, (void)scalar_increment, (void)y, (void)ledger;
  return not_built();
}

static int reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger) {
  (void)p, (void)u, (void)theta, (void)x, (void)ledger;
  return not_built();
}

static int line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                      const double *below, const double *above, double *x, double *ledger) {
  (void)p, (void)axis, (void)theta, (void)scalar_increment, (void)below, (void)above, (void)x, (void)ledger;
  return not_built();
}

static int line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                       const double *x, double *const equations[6]) {
  (void)p, (void)axis, (void)theta, (void)scalar_increment, (void)x, (void)equations;
  return not_built();
}

static int combine(size_t n, const EluteCombination *c, double *out) {
  (void)n, (void)c, (void)out;
  return not_built();
}

static int finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                       const EluteCombination *error, double rtol, const double *atol, double *u_new,
                       EluteStepMeasure *measure) {
  (void)p, (void)u, (void)increment, (void)error, (void)rtol, (void)atol, (void)u_new, (void)measure;
  return not_built();
}

static int weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                            const double *atol, double *sums) {
  (void)p, (void)x, (void)u, (void)rtol, (void)atol, (void)sums;
  return not_built();
}

static int inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol, const double *atol,
                          int n, const double *const *v, double *products) {
  (void)p, (void)x, (void)u, (void)rtol, (void)atol, (void)n, (void)v, (void)products;
  return not_built();
}

static int amounts(const EluteProblemView *p, const double *u, double *amounts) {
  (void)p, (void)u, (void)amounts;
  return not_built();
}

static int accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch) {
  (void)p, (void)u, (void)t, (void)h, (void)watch;
  return not_built();
}

static int pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer) {
  (void)p, (void)u, (void)n, (void)rows, (void)buffer;
  return not_built();
}

static void traffic(EluteTraffic *traffic) {
  *traffic = (EluteTraffic){0, 0, 0, 0};
}

int elute_backend_cuda_open(int rank_on_node, EluteDevice *device) {
  (void)rank_on_node, (void)device;
  return not_built();
}

void elute_backend_cuda_stream(void *stream) {
  (void)stream;
}

const EluteBackend elute_backend_cuda = {
    .name = "cuda",
    .allocate = allocate,
    .release = release,
    .to_backend = copy,
    .to_host = copy,
    .traffic = traffic,
    .shifts = shifts,
    .residual = residual,
    .jacobian_apply = jacobian_apply,
    .reaction_solve = reaction_solve,
    .line_solve = line_solve,
    .line_reduce = line_reduce,
    .combine = combine,
    .finish_step = finish_step,
    .weighted_squares = weighted_squares,
    .inner_products = inner_products,
    .amounts = amounts,
    .accumulate = accumulate,
    .pack_rows = pack_rows,
};

int elute_backend_cuda_available(char *why, size_t length) {
  if (why && length) snprintf(why, length, "CUDA is not built into this program");
  return 0;
}
