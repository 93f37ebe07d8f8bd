/* What the files of the CUDA backend share on the host's side: one stream, errors as messages, memory that is kept,
   counts of what was moved and started. */
#ifndef ELUTE_CUDA_CONTEXT_CUH
#define ELUTE_CUDA_CONTEXT_CUH

#include "cuda_launch.h"
#include "private.h"

/* 0, or 1 with the message "CUDA: <what>: <name of the error>: <its text>". */
int elute_cuda_failed(cudaError_t error, const char *what);

/* The stream that everything runs on in order; 1 when there is none. */
int elute_cuda_stream(cudaStream_t *stream);

/* Device memory for the length of one call: grows and is kept, so that a steady step allocates nothing. NULL: failed.
 */
void *elute_cuda_scratch(size_t bytes);

/* Copies a call's answer to the host and waits for it. What went wrong on the device since the last wait shows here. */
int elute_cuda_answer(void *host, const void *device, size_t bytes);

/* Counts a kernel that was started; 1 when it could not be. */
int elute_cuda_launched(const char *what);

/* Starts a kernel on the stream. */
template <class... Parameters, class... Arguments>
static inline int elute_cuda_launch(const char *what, void (*kernel)(Parameters...), dim3 blocks, unsigned threads,
                                    size_t shared_bytes, Arguments... arguments) {
  cudaStream_t stream;
  if (elute_cuda_stream(&stream)) return 1;
  ELUTE_LAUNCH(kernel, blocks, threads, shared_bytes, stream, arguments...);
  return elute_cuda_launched(what);
}

/* Zeroes device memory, on the stream. */
int elute_cuda_zero(void *memory, size_t bytes);

/* 1, with the message set, for a problem beyond the limits of view.h. */
int elute_cuda_check(const EluteProblemView *p);

/* The operators; backend.h says what they do. */
int elute_cuda_shifts(const EluteProblemView *p, const double *u, const double *ghost, const double *boundary,
                      double *const shift[3]);
int elute_cuda_residual(const EluteProblemView *p, const double *u, const double *ghost, double scale,
                        const EluteCombination *add, double *out, double *ledger);
int elute_cuda_jacobian_apply(const EluteProblemView *p, const double *u, const double *ghost_u, const double *x,
                              const double *ghost_x, const double *scalar_increment, double *y, double *ledger);
int elute_cuda_reaction_solve(const EluteProblemView *p, const double *u, double theta, double *x, double *ledger);
int elute_cuda_line_solve(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                          const double *below, const double *above, double *x, double *ledger);
int elute_cuda_line_reduce(const EluteProblemView *p, int axis, double theta, const double *scalar_increment,
                           const double *x, double *const equations[6]);
int elute_cuda_combine(size_t n, const EluteCombination *c, double *out);
int elute_cuda_finish_step(const EluteProblemView *p, const double *u, const EluteCombination *increment,
                           const EluteCombination *error, double rtol, const double *atol, double *u_new,
                           EluteStepMeasure *measure);
int elute_cuda_weighted_squares(const EluteProblemView *p, const double *x, const double *u, double rtol,
                                const double *atol, double *sums);
int elute_cuda_inner_products(const EluteProblemView *p, const double *x, const double *u, double rtol,
                              const double *atol, int n, const double *const *v, double *products);
int elute_cuda_accumulate(const EluteProblemView *p, const double *u, double t, double h, const EluteWatch *watch);
int elute_cuda_amounts(const EluteProblemView *p, const double *u, double *amounts);
int elute_cuda_pack_rows(const EluteProblemView *p, const double *u, int32_t n, const int32_t *rows, double *buffer);

#endif
