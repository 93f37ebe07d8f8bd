/* The CUDA backend: the device, its stream and memory, and the table. The kernels are in cuda_*.cu; none holds a
   formula of its own. Everything is asynchronous and in order on one stream; the host waits where it needs a number.
   For programs with one thread that uses it. */
#include <stdio.h>
#include <string.h>
#include "cuda_context.cuh"

namespace {

struct Context {
  cudaStream_t stream;
  bool has_stream;
  void *scratch, *pinned; /* device; host, locked, so that copies of answers need no staging */
  size_t scratch_bytes, pinned_bytes;
  EluteTraffic traffic;
} context;

int wait(const char *what) {
  ++context.traffic.waits;
  return elute_cuda_failed(cudaStreamSynchronize(context.stream), what);
}

void *allocate(size_t bytes) {
  void *memory = NULL;
  cudaStream_t stream;
  if (elute_cuda_stream(&stream)) return NULL;
  if (elute_cuda_failed(cudaMalloc(&memory, bytes ? bytes : sizeof(double)), "allocating device memory")) return NULL;
  if (elute_cuda_zero(memory, bytes ? bytes : sizeof(double))) {
    (void)cudaFree(memory);
    return NULL;
  }
  return memory;
}

void release(void *memory) {
  if (memory) (void)elute_cuda_failed(cudaFree(memory), "releasing device memory");
}

/* The source is free again on return: from pageable memory CUDA stages the copy, from locked memory it has to be waited
   for. */
int to_backend(void *destination, const void *source, size_t bytes) {
  cudaStream_t stream;
  cudaPointerAttributes attributes;
  if (bytes == 0) return 0;
  if (elute_cuda_stream(&stream)) return 1;
  if (elute_cuda_failed(cudaMemcpyAsync(destination, source, bytes, cudaMemcpyHostToDevice, stream),
                        "copying to the device"))
    return 1;
  context.traffic.to_backend += (int64_t)bytes;
  if (cudaPointerGetAttributes(&attributes, source) != cudaSuccess) {
    (void)cudaGetLastError(); /* CUDA before 11 calls pageable memory an error */
    return 0;
  }
  return attributes.type == cudaMemoryTypeHost ? wait("copying to the device") : 0;
}

int to_host(void *destination, const void *source, size_t bytes) {
  cudaStream_t stream;
  if (bytes == 0) return 0;
  if (elute_cuda_stream(&stream)) return 1;
  if (elute_cuda_failed(cudaMemcpyAsync(destination, source, bytes, cudaMemcpyDeviceToHost, stream),
                        "copying from the device"))
    return 1;
  context.traffic.to_host += (int64_t)bytes;
  return wait("copying from the device");
}

void traffic(EluteTraffic *out) {
  *out = context.traffic;
}

__global__ void probe_kernel() {
}

} // namespace

int elute_cuda_failed(cudaError_t error, const char *what) {
  if (error == cudaSuccess) return 0;
  (void)cudaGetLastError(); /* or the next call would be blamed for it */
  return elute_backend_fail("CUDA: %s: %s: %s", what, cudaGetErrorName(error), cudaGetErrorString(error));
}

int elute_cuda_stream(cudaStream_t *stream) {
  if (!context.has_stream) {
    if (elute_cuda_failed(cudaStreamCreateWithFlags(&context.stream, cudaStreamNonBlocking), "creating a stream"))
      return 1;
    context.has_stream = true;
  }
  *stream = context.stream;
  return 0;
}

int elute_cuda_launched(const char *what) {
  ++context.traffic.launches;
  return elute_cuda_failed(cudaGetLastError(), what);
}

int elute_cuda_zero(void *memory, size_t bytes) {
  cudaStream_t stream;
  if (bytes == 0) return 0;
  return elute_cuda_stream(&stream) || elute_cuda_failed(cudaMemsetAsync(memory, 0, bytes, stream), "zeroing memory");
}

void *elute_cuda_scratch(size_t bytes) {
  void *memory;
  if (context.scratch && bytes <= context.scratch_bytes) return context.scratch;
  if (context.scratch) (void)elute_cuda_failed(cudaFree(context.scratch), "releasing scratch memory"); /* it waits */
  context.scratch = NULL;
  context.scratch_bytes = 0;
  if (elute_cuda_failed(cudaMalloc(&memory, bytes ? bytes : sizeof(double)), "allocating scratch memory")) return NULL;
  context.scratch = memory;
  context.scratch_bytes = bytes;
  return memory;
}

int elute_cuda_answer(void *host, const void *device, size_t bytes) {
  if (bytes > context.pinned_bytes) {
    void *memory;
    if (context.pinned) (void)elute_cuda_failed(cudaFreeHost(context.pinned), "releasing locked memory");
    context.pinned = NULL;
    context.pinned_bytes = 0;
    if (elute_cuda_failed(cudaMallocHost(&memory, bytes), "allocating locked memory")) return 1;
    context.pinned = memory;
    context.pinned_bytes = bytes;
  }
  if (to_host(context.pinned, device, bytes)) return 1;
  memcpy(host, context.pinned, bytes);
  return 0;
}

int elute_cuda_check(const EluteProblemView *p) {
  if (elute_check_counts(p)) return 1;
  if (p->mesh.pitch <= p->mesh.n_cells)
    return elute_backend_fail("a pitch of %d does not suit rows of %d cells", p->mesh.pitch, p->mesh.n_cells);
  if (p->mesh.n_rows && (int64_t)p->mesh.ny * p->mesh.nz != p->mesh.n_rows)
    return elute_backend_fail("%d rows are not %d times %d", p->mesh.n_rows, p->mesh.ny, p->mesh.nz);
  return 0;
}

int elute_backend_cuda_available(char *why, size_t length) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return 1;
  (void)cudaGetLastError();
  if (!why || !length) return 0;
  if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0))
    snprintf(why, length, "no CUDA device is visible here");
  else if (error == cudaErrorInsufficientDriver)
    snprintf(why, length, "the NVIDIA driver is missing or older than this program's CUDA %d.%d", CUDART_VERSION / 1000,
             CUDART_VERSION % 1000 / 10);
  else
    snprintf(why, length, "CUDA cannot be used: %s: %s", cudaGetErrorName(error), cudaGetErrorString(error));
  return 0;
}

int elute_backend_cuda_open(int rank_on_node, EluteDevice *device) {
  cudaDeviceProp properties;
  cudaFuncAttributes attributes;
  char why[256];
  if (!elute_backend_cuda_available(why, sizeof why)) return elute_backend_fail("%s", why);
  memset(device, 0, sizeof *device);
  if (elute_cuda_failed(cudaGetDeviceCount(&device->count), "counting devices")) return 1;
  device->number = rank_on_node % device->count;
  if (elute_cuda_failed(cudaSetDevice(device->number), "choosing a device") ||
      elute_cuda_failed(cudaGetDeviceProperties(&properties, device->number), "describing the device") ||
      elute_cuda_failed(cudaMemGetInfo(&device->free, &device->total), "asking for the device's memory") ||
      elute_cuda_failed(cudaDriverGetVersion(&device->driver), "asking for the driver's version") ||
      elute_cuda_failed(cudaRuntimeGetVersion(&device->runtime), "asking for CUDA's version"))
    return 1;
  snprintf(device->name, sizeof device->name, "%.127s", properties.name);
  memcpy(device->id, properties.uuid.bytes, sizeof device->id);
  device->architecture = 10 * properties.major + properties.minor;
  if (cudaFuncGetAttributes(&attributes, probe_kernel) != cudaSuccess) {
    (void)cudaGetLastError();
    return elute_backend_fail("CUDA: this program holds no code for %s (compute capability %d.%d); build it with "
                              "-DCMAKE_CUDA_ARCHITECTURES=%d",
                              device->name, properties.major, properties.minor, device->architecture);
  }
  return 0;
}

void elute_backend_cuda_stream(void *stream) {
  if (context.has_stream) (void)cudaStreamSynchronize(context.stream); /* what runs there comes before what follows */
  if (!stream && context.has_stream) return;
  context.stream = (cudaStream_t)stream;
  context.has_stream = stream != NULL;
}

extern const EluteBackend elute_backend_cuda = {
    .name = "cuda",
    .allocate = allocate,
    .release = release,
    .to_backend = to_backend,
    .to_host = to_host,
    .traffic = traffic,
    .shifts = elute_cuda_shifts,
    .residual = elute_cuda_residual,
    .jacobian_apply = elute_cuda_jacobian_apply,
    .reaction_solve = elute_cuda_reaction_solve,
    .line_solve = elute_cuda_line_solve,
    .line_reduce = elute_cuda_line_reduce,
    .combine = elute_cuda_combine,
    .finish_step = elute_cuda_finish_step,
    .weighted_squares = elute_cuda_weighted_squares,
    .inner_products = elute_cuda_inner_products,
    .amounts = elute_cuda_amounts,
    .accumulate = elute_cuda_accumulate,
    .pack_rows = elute_cuda_pack_rows,
};
