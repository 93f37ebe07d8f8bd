/* Between the two halves of the emulation: threads.cpp runs kernels, device.cpp has memory, faults and the host's
 * calls. */
#ifndef ELUTE_EMULATION_INTERNAL_H
#define ELUTE_EMULATION_INTERNAL_H

#include "cuda_runtime.h"

namespace emulation {

struct Settings {
  int order, devices;
  size_t memory;
};
const Settings &settings();

/* The launch itself, with the memory unlocked. */
void run(dim3 blocks, dim3 threads, size_t shared_bytes, void (*body)(void *), void *context);

} // namespace emulation

#endif
