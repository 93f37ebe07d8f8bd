/* Random problems for the kernels' tests: everything that view.h allows, small enough for dense matrices. */
#ifndef ELUTE_TEST_PROBLEM_H
#define ELUTE_TEST_PROBLEM_H

#include <stdbool.h>
#include "kernels/backend.h"

enum { STILL, UPWIND, LIMITED };

typedef struct ProblemSpec {
  const char *what;
  int nx, ny, nz, n_species, n_mobile, n_reactions;
  bool single, periodic_x, wrap_y; /* wrap_y: the block is its own neighbour along y */
  bool ghost[4];                   /* other ranks beyond y-, y+, z-, z+ */
  bool open, held, linear, no_rows,
      fields;       /* open faces; held cells; linear factors only; an idle rank; rates with fields */
  int flow;         /* STILL, UPWIND or LIMITED: fluid moves through all faces between cells, and all open ones */
  double stiffness; /* scale of conductances and rates; volumes are about 1 */
} ProblemSpec;

typedef struct Problem {
  ProblemSpec spec;
  EluteProblemView view; /* pointers into host memory */
  double *u, *ghost, *x, *ghost_x, *increment;
  size_t n_state, n_ghost; /* doubles */
  void *memory[64];
  size_t bytes[64];
  int n_memory;
} Problem;

Problem *problem_create(const ProblemSpec *spec, uint64_t seed);
void problem_destroy(Problem *p);
double problem_random(uint64_t *state); /* in [0, 1) */

/* The same problem with every array in a backend's memory. */
typedef struct Upload {
  const EluteBackend *backend;
  EluteProblemView view;
  void *memory[64];
  int n_memory;
} Upload;

void upload_problem(const Problem *p, const EluteBackend *backend, Upload *upload);
void *upload_array(Upload *upload, const void *host, size_t bytes); /* released with the problem */
void upload_release(Upload *upload);

#endif
