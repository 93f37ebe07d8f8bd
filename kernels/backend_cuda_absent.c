/* What the program finds where CUDA was not compiled in: the same symbols, and a clear answer. */
#include <stdio.h>
#include "private.h"

int elute_backend_cuda_available(char *why, size_t length) {
  snprintf(why, length, "this elute was built without CUDA");
  return 0;
}

/* Never called: a backend that is not available is refused before anything is allocated. */
const EluteBackend elute_backend_cuda = {.name = "cuda"};
