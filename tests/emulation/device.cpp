/* The emulated device as the host sees it: memory, copies, errors, and the faults that tests ask for. */
#include <sys/mman.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>
#include "emulation.h"
#include "emulation_internal.h"
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace {

struct Region {
  char *data;
  size_t bytes;
  char *pages; /* without the address sanitizer: data ends where they do, and a page that stays locked follows */
  size_t length;
};

struct Device {
  emulation::Settings settings;
  std::vector<Region> regions;
  std::set<const void *> locked_host;
  size_t used;
  cudaError_t last, dead; /* of the last call; of a kernel that died, seen at the next wait */
  bool death_seen;
  std::string fail_kind;
  long fail_in;
  EluteEmulationCounts counts;
};

long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? strtol(text, nullptr, 10) : otherwise;
}

Device *device() {
  static Device *d;
  if (d) return d;
  const char *fail = getenv("ELUTE_EMULATION_FAIL");
  d = new Device();
  d->settings.order = (int)number("ELUTE_EMULATION_ORDER", 0);
  d->settings.devices = (int)number("ELUTE_EMULATION_DEVICES", 1);
  d->settings.memory = (size_t)number("ELUTE_EMULATION_MEMORY", 1L << 32);
  if (fail && strchr(fail, ' '))
    elute_emulation_fail(std::string(fail, strchr(fail, ' ')).c_str(), atol(strchr(fail, ' ')));
  return d;
}

/* Whether this call is the one that is to fail. */
bool fails(const char *kind) {
  Device *d = device();
  if (d->fail_in <= 0 || d->fail_kind != kind) return false;
  return --d->fail_in == 0;
}

cudaError_t returned(cudaError_t error) {
  if (error != cudaSuccess) device()->last = error;
  return error;
}

/* A key of the processor that locks all regions in a single instruction; -1 where it has none, and every region is
   locked by a call of its own (which takes most of the time of small launches). */
int lock() {
#if defined(__SANITIZE_ADDRESS__)
  return -1;
#else
  static const int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
  return key;
#endif
}

/* Device memory may be touched between unlock and lock alone. */
void protect(bool open) {
  if (lock() >= 0) {
    if (pkey_set(lock(), open ? 0 : PKEY_DISABLE_ACCESS)) abort();
    return;
  }
  for (const Region &r : device()->regions) {
#if defined(__SANITIZE_ADDRESS__)
    if (open)
      ASAN_UNPOISON_MEMORY_REGION(r.data, r.bytes);
    else
      ASAN_POISON_MEMORY_REGION(r.data, r.bytes);
#else
    if (mprotect(r.pages, r.length, open ? PROT_READ | PROT_WRITE : PROT_NONE)) abort();
#endif
  }
}

bool inside(const void *memory, size_t bytes) {
  const char *at = static_cast<const char *>(memory);
  for (const Region &r : device()->regions)
    if (at >= r.data && at <= r.data + r.bytes) return bytes <= (size_t)(r.data + r.bytes - at);
  return false;
}

bool make_region(size_t bytes, Region *r) {
  r->bytes = bytes;
#if defined(__SANITIZE_ADDRESS__)
  r->pages = nullptr, r->length = 0;
  r->data = static_cast<char *>(malloc(bytes));
  if (!r->data) return false;
#else
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), rounded = (bytes + 7) / 8 * 8;
  r->length = (rounded + page - 1) / page * page;
  void *pages = mmap(nullptr, r->length + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return false;
  r->pages = static_cast<char *>(pages);
  if (mprotect(r->pages, r->length, PROT_READ | PROT_WRITE)) abort();
  r->data = r->pages + r->length - rounded;
#endif
  memset(r->data, 0xff, bytes);
#if !defined(__SANITIZE_ADDRESS__)
  if (lock() >= 0 && pkey_mprotect(r->pages, r->length, PROT_READ | PROT_WRITE, lock())) abort();
#endif
  return true;
}

} // namespace

const emulation::Settings &emulation::settings() {
  return device()->settings;
}

const emulation::Listener *emulation::listener;

std::vector<emulation::Memory> emulation::memory() {
  std::vector<Memory> all;
  for (const Region &r : device()->regions) all.push_back({r.data, r.bytes});
  return all;
}

void emulation::launch(dim3 blocks, dim3 threads, size_t shared_bytes, void (*body)(void *), void *context) {
  Device *d = device();
  ++d->counts.launches;
  if (d->death_seen || fails("launch")) {
    returned(d->death_seen ? d->dead : cudaErrorLaunchFailure);
  } else if (threads.x == 0 || threads.x > 1024 || blocks.x == 0 || blocks.x > 0x7fffffffu || blocks.y == 0 ||
             blocks.y > 65535) {
    returned(cudaErrorInvalidConfiguration);
  } else if (shared_bytes > 48 * 1024) {
    returned(cudaErrorInvalidValue);
  } else if (d->dead == cudaSuccess && fails("run")) {
    d->dead = cudaErrorIllegalAddress;
  } else if (d->dead == cudaSuccess) {
    if (listener) listener->launch(threads, shared_bytes);
    protect(true);
    run(blocks, threads, shared_bytes, body, context);
    protect(false);
  }
}

cudaError_t cudaMalloc(void **memory, size_t bytes) {
  Device *d = device();
  Region r;
  if (d->death_seen) return returned(d->dead);
  ++d->counts.allocations;
  if (bytes == 0) return returned(cudaErrorInvalidValue);
  if (fails("allocate") || bytes > d->settings.memory - d->used || !make_region(bytes, &r))
    return returned(cudaErrorMemoryAllocation);
  d->regions.push_back(r);
  d->used += bytes;
  protect(false);
  *memory = r.data;
  return cudaSuccess;
}

cudaError_t cudaFree(void *memory) {
  Device *d = device();
  for (Region &r : d->regions)
    if (r.data == memory) {
      d->used -= r.bytes;
#if defined(__SANITIZE_ADDRESS__)
      ASAN_UNPOISON_MEMORY_REGION(r.data, r.bytes);
      free(r.data);
#else
      munmap(r.pages, r.length + (size_t)sysconf(_SC_PAGESIZE));
#endif
      r = d->regions.back();
      d->regions.pop_back();
      return cudaSuccess;
    }
  return memory ? returned(cudaErrorInvalidValue) : cudaSuccess;
}

cudaError_t cudaMallocHost(void **memory, size_t bytes) {
  if (fails("allocate")) return returned(cudaErrorMemoryAllocation);
  *memory = malloc(bytes);
  device()->locked_host.insert(*memory);
  return *memory ? cudaSuccess : returned(cudaErrorMemoryAllocation);
}

cudaError_t cudaFreeHost(void *memory) {
  device()->locked_host.erase(memory);
  free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  Device *d = device();
  const bool to_device = kind == cudaMemcpyHostToDevice;
  if (d->death_seen) return returned(d->dead);
  if (fails("copy") || !inside(to_device ? to : from, bytes) || inside(to_device ? from : to, 1))
    return returned(cudaErrorInvalidValue);
  if (d->dead != cudaSuccess) return cudaSuccess; /* nothing arrives any more */
  (to_device ? d->counts.to_device : d->counts.to_host) += (long long)bytes;
  protect(true);
  memcpy(to, from, bytes);
  protect(false);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *memory, int byte, size_t bytes, cudaStream_t) {
  Device *d = device();
  if (d->death_seen) return returned(d->dead);
  if (!inside(memory, bytes)) return returned(cudaErrorInvalidValue);
  protect(true);
  memset(memory, byte, bytes);
  protect(false);
  if (emulation::listener) emulation::listener->zeroed(bytes);
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  static char any;
  *stream = reinterpret_cast<cudaStream_t>(&any);
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t) {
  Device *d = device();
  ++d->counts.waits;
  d->death_seen = d->dead != cudaSuccess;
  return returned(d->dead);
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *memory) {
  attributes->type = inside(memory, 0)                     ? cudaMemoryTypeDevice
                     : device()->locked_host.count(memory) ? cudaMemoryTypeHost
                                                           : cudaMemoryTypeUnregistered;
  return cudaSuccess;
}

cudaError_t cudaGetLastError() {
  Device *d = device();
  const cudaError_t error = d->last;
  d->last = d->death_seen ? d->dead : cudaSuccess;
  return error;
}

const char *cudaGetErrorName(cudaError_t error) {
  switch (error) {
  case cudaSuccess:
    return "cudaSuccess";
  case cudaErrorInvalidValue:
    return "cudaErrorInvalidValue";
  case cudaErrorMemoryAllocation:
    return "cudaErrorMemoryAllocation";
  case cudaErrorInvalidConfiguration:
    return "cudaErrorInvalidConfiguration";
  case cudaErrorInsufficientDriver:
    return "cudaErrorInsufficientDriver";
  case cudaErrorNoDevice:
    return "cudaErrorNoDevice";
  case cudaErrorInvalidDevice:
    return "cudaErrorInvalidDevice";
  case cudaErrorIllegalAddress:
    return "cudaErrorIllegalAddress";
  case cudaErrorLaunchFailure:
    return "cudaErrorLaunchFailure";
  }
  return "unrecognized error code";
}

const char *cudaGetErrorString(cudaError_t) {
  return "as the emulated device was told to, or found";
}

cudaError_t cudaGetDeviceCount(int *count) {
  const int n = device()->settings.devices;
  *count = n > 0 ? n : 0;
  return n > 0 ? cudaSuccess : returned(n == 0 ? cudaErrorNoDevice : cudaErrorInsufficientDriver);
}

cudaError_t cudaSetDevice(int number) {
  return number >= 0 && number < device()->settings.devices ? cudaSuccess : returned(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device) {
  properties->uuid = {{(char)device}};
  snprintf(properties->name, sizeof properties->name, "emulated device (CPU)");
  properties->major = 9, properties->minor = 0;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
  *total = device()->settings.memory;
  *free = *total - device()->used;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

void elute_emulation_fail(const char *kind, long n) {
  Device *d = device();
  d->fail_kind = kind ? kind : "";
  d->fail_in = kind ? n : 0;
  if (kind) return;
  d->last = d->dead = cudaSuccess;
  d->death_seen = false;
}

void elute_emulation_order(int order) {
  device()->settings.order = order;
}

void elute_emulation_counts(EluteEmulationCounts *counts) {
  *counts = device()->counts;
}
