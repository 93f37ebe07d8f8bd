/* The words of CUDA C that no C++ compiler can be taught by a header: starting a kernel, and naming the shared memory
   and the structs given to it, which lie in constant memory and are not to be copied by every thread. Whatever stands
   in for cuda_runtime.h on a machine without CUDA defines its own (docs/gpu.md). */
#ifndef ELUTE_CUDA_LAUNCH_H
#define ELUTE_CUDA_LAUNCH_H

#include <cuda_runtime.h>

#ifndef ELUTE_LAUNCH
#define ELUTE_LAUNCH(kernel, blocks, threads, shared_bytes, stream, ...)                                               \
  kernel<<<blocks, threads, shared_bytes, stream>>>(__VA_ARGS__)
#define ELUTE_SHARED(name) extern __shared__ double name[]
#define ELUTE_ARGUMENT(type) const __grid_constant__ type
#endif

#endif
