/* Backends under test, all called with arrays in host memory: a device's are copied there and back around every call,
   with outputs full of NaN before it. */
#ifndef ELUTE_TEST_HOSTED_H
#define ELUTE_TEST_HOSTED_H

#include <stdbool.h>
#include "kernels/backend.h"

extern const EluteBackend *tested; /* the one whose turn it is */

/* Backend number 0, 1, ... of those that this program can run; NULL after the last. */
const EluteBackend *hosted_backend(int number);

/* A test that is run with each of them. */
#define BACKEND_TEST(suite, name)                                                                                      \
  static void suite##_##name##_with(void);                                                                             \
  Test(suite, name) {                                                                                                  \
    for (int b = 0; (tested = hosted_backend(b)) != NULL; ++b) suite##_##name##_with();                                \
  }                                                                                                                    \
  static void suite##_##name##_with(void)

#endif
