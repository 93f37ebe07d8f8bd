/* Stands in for CUDA's header of this name, so that a C++ compiler builds the .cu files and the CPU runs them, for
   tests: a block's threads are fibres that switch at barriers and shuffles; device memory is apart, exact in size,
   filled with NaN at first, and locked while no kernel or copy runs, so that a host access traps. Only what the kernels
   use is here. Not caught: a data race in an order that is not tried, and a kernel that reads host memory (the guard
   backend is for that). Roundings are the CPU's. */
#ifndef ELUTE_EMULATION_CUDA_RUNTIME_H
#define ELUTE_EMULATION_CUDA_RUNTIME_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#define CUDART_VERSION 13000
#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {
  }
};

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

void launch(dim3 blocks, dim3 threads, size_t shared_bytes, void (*body)(void *), void *context);
double *shared_memory(); /* of the running block, exactly as long as asked for, NaN at first */
void wait_block();
void wait_warp();
/* Gives a value to the warp's other lanes; then theirs can be had, and are waited for. */
void exchange(uint64_t value);
bool exchanged(unsigned lane, uint64_t *value); /* false: there is no such lane */
unsigned vote(bool mine);                       /* of all lanes, a bit each */

template <class Kernel> void start(dim3 blocks, dim3 threads, size_t shared_bytes, Kernel kernel) {
  launch(
      blocks, threads, shared_bytes, [](void *context) { (*static_cast<Kernel *>(context))(); }, &kernel);
}

template <class T> T from_lane(T mine, unsigned lane) {
  uint64_t bits = 0;
  static_assert(sizeof mine <= sizeof bits);
  memcpy(&bits, &mine, sizeof mine);
  exchange(bits);
  (void)exchanged(lane, &bits);
  memcpy(&mine, &bits, sizeof mine);
  return mine;
}

} // namespace emulation

#define ELUTE_LAUNCH(kernel, blocks, threads, shared_bytes, stream, ...)                                               \
  emulation::start(blocks, threads, shared_bytes, [=] { kernel(__VA_ARGS__); })
#define ELUTE_SHARED(name) double *const name = emulation::shared_memory()
#define ELUTE_ARGUMENT(type) const type &

inline void __syncthreads() {
  emulation::wait_block();
}

inline void __syncwarp(unsigned = 0xffffffffu) {
  emulation::wait_warp();
}

template <class T> T __shfl_down_sync(unsigned, T value, unsigned down) {
  return emulation::from_lane(value, threadIdx.x % 32 + down);
}

template <class T> T __shfl_sync(unsigned, T value, int lane) {
  return emulation::from_lane(value, (unsigned)lane);
}

inline unsigned __ballot_sync(unsigned, int predicate) {
  return emulation::vote(predicate != 0);
}

inline int __ffs(int bits) {
  return __builtin_ffs(bits);
}

template <class T> T __ldg(const T *at) {
  return *at;
}

/* ---- the calls of the host ---- */

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchFailure = 719
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2 };
enum cudaMemoryType { cudaMemoryTypeUnregistered, cudaMemoryTypeHost, cudaMemoryTypeDevice };
enum { cudaStreamNonBlocking = 1 };
typedef struct EmulatedStream *cudaStream_t;

struct cudaPointerAttributes {
  cudaMemoryType type;
};
struct cudaUUID_t {
  char bytes[16];
};
struct cudaDeviceProp {
  char name[256];
  cudaUUID_t uuid;
  int major, minor;
};
struct cudaFuncAttributes {
  int numRegs;
};

cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMallocHost(void **memory, size_t bytes);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void *memory, int byte, size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *memory);
cudaError_t cudaGetLastError();
const char *cudaGetErrorName(cudaError_t error);
const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
template <class Kernel> cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, Kernel) {
  attributes->numRegs = 0;
  return cudaSuccess;
}

#endif
