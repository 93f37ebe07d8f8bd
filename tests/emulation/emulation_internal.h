/* Between the two halves of the emulation: threads.cpp runs kernels, device.cpp has memory, faults and the host's
 * calls. */
#ifndef ELUTE_EMULATION_INTERNAL_H
#define ELUTE_EMULATION_INTERNAL_H

#include <vector>
#include "cuda_runtime.h"

namespace emulation {

struct Settings {
  int order, devices;
  size_t memory;
};
const Settings &settings();

/* The launch itself, with the memory unlocked. */
void run(dim3 blocks, dim3 threads, size_t shared_bytes, void (*body)(void *), void *context);

struct Memory {
  const char *data;
  size_t bytes;
};
/* What is allocated on the device. */
std::vector<Memory> memory();

/* Told of everything that runs, where something listens (work.cpp). */
struct Listener {
  void (*launch)(dim3 threads, size_t shared_bytes); /* begins; of a block */
  void (*block_done)();
  void (*zeroed)(size_t bytes); /* device memory, by the host's order */
};
extern const Listener *listener; /* NULL: nothing does */

} // namespace emulation

#endif
