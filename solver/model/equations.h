/* "a + 2 b <-> c": names and coefficients. */
#ifndef ELUTE_EQUATIONS_H
#define ELUTE_EQUATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include "../../kernels/view.h"

enum { ELUTE_MAX_NAME = 128 };

typedef struct EluteTerm {
  char name[ELUTE_MAX_NAME];
  double coefficient; /* > 0 */
} EluteTerm;

typedef struct EluteEquation {
  bool reversible;
  int n_left, n_right;
  EluteTerm left[ELUTE_MAX_CHANGES], right[ELUTE_MAX_CHANGES]; /* every name once a side */
} EluteEquation;

/* Either side may be empty, not both. A coefficient stands in front of its name with a space or * between, so that
   names may begin with digits ("4T1"). False and what is wrong. */
bool EluteEquationParse(const char *text, EluteEquation *equation, char *why, size_t length);

#endif
