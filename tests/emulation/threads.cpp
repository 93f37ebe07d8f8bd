/* Runs kernels: blocks one after the other; a block's threads as fibres on stacks of their own. A thread runs straight
   through until its first barrier; one that meets none leaves its stack to the next, and nothing is switched but that.
   Not ucontext: its system calls make it slow, under the address sanitizer 180 times. */
#include <sys/mman.h>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>
#include "emulation_internal.h"

#if !defined(__x86_64__)
#error "The emulation's switch of stacks is written for x86-64"
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

dim3 threadIdx, blockIdx, blockDim, gridDim;

/* Saves what a call must keep on the stack, and goes on where another stack was left. */
extern "C" void elute_fibre_switch(void **save, void *load);
asm(".text\n"
    ".globl elute_fibre_switch\n"
    ".type elute_fibre_switch, @function\n"
    "elute_fibre_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  ret\n"
    ".size elute_fibre_switch, . - elute_fibre_switch\n");

namespace {

const unsigned WARP = 32, MOST_THREADS = 1024;
const size_t STACK = 256 * 1024, PAGE = 4096;

struct Fibre {
  char *stack;
  void *top; /* saved stack pointer */
  void *fake_stack;
};

enum State { NEW, READY, AT_WARP, AT_BLOCK, DONE };

struct Thread {
  State state;
  Fibre *fibre;
  unsigned exchanges;
};

struct Slot {
  unsigned char value[8];
};

struct Machine {
  void (*body)(void *);
  void *context;
  void *scheduler;
  const void *main_stack;
  size_t main_size;
  std::vector<Thread> threads;
  std::vector<Fibre *> idle;
  unsigned current;
  Slot slot[2][MOST_THREADS]; /* a lane may be one exchange ahead of another, not two */
  void *shared;
  uint64_t random;
} machine;

[[noreturn]] void wrong(const char *what) {
  fprintf(stderr, "emulated device: %s (block %u, thread %u)\n", what, blockIdx.x, machine.current);
  abort();
}

void to_scheduler(Fibre *f) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&f->fake_stack, machine.main_stack, machine.main_size);
#endif
  elute_fibre_switch(&f->top, machine.scheduler);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(f->fake_stack, &machine.main_stack, &machine.main_size);
#endif
}

void fibre_main() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &machine.main_stack, &machine.main_size);
#endif
  for (;;) {
    Fibre *f = machine.threads[machine.current].fibre;
    machine.body(machine.context);
    machine.threads[machine.current].state = DONE;
    to_scheduler(f);
  }
}

Fibre *new_fibre() {
  Fibre *f = new Fibre();
  void *memory =
      mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, PAGE, PROT_NONE)) wrong("no memory for a thread's stack");
  f->stack = static_cast<char *>(memory) + PAGE;
  void **top = reinterpret_cast<void **>(f->stack + STACK);
  top[-1] = nullptr;                              /* as if called, for the alignment */
  top[-2] = reinterpret_cast<void *>(fibre_main); /* where the first switch returns to */
  for (int r = 3; r <= 8; ++r) top[-r] = nullptr; /* registers */
  f->top = top - 8;
  return f;
}

/* Runs a thread until its next barrier or its end. */
void resume(unsigned thread) {
  Thread *t = &machine.threads[thread];
  if (t->state == NEW) {
    if (machine.idle.empty()) machine.idle.push_back(new_fibre());
    t->fibre = machine.idle.back();
    machine.idle.pop_back();
  }
  t->state = READY;
  machine.current = thread;
  threadIdx = dim3(thread);
#if defined(__SANITIZE_ADDRESS__)
  void *fake;
  __sanitizer_start_switch_fiber(&fake, t->fibre->stack, STACK);
#endif
  elute_fibre_switch(&machine.scheduler, t->fibre->top);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  if (t->state == DONE) machine.idle.push_back(t->fibre);
}

void wait(State at) {
  Thread *t = &machine.threads[machine.current];
  t->state = at;
  to_scheduler(t->fibre);
}

uint64_t random_bits() { /* splitmix64 */
  uint64_t z = machine.random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* 0 .. n-1 in the order of the day. */
void arrange(std::vector<unsigned> &list, unsigned n) {
  const int order = emulation::settings().order;
  list.resize(n);
  std::iota(list.begin(), list.end(), 0u);
  for (unsigned i = 0; order == 1 && i < n / 2; ++i) std::swap(list[i], list[n - 1 - i]);
  for (unsigned i = n; order > 1 && i > 1; --i) std::swap(list[i - 1], list[random_bits() % i]);
}

/* All threads of a warp up to the block's next barrier. */
void run_warp(unsigned warp, unsigned n_threads, std::vector<unsigned> &lanes) {
  const unsigned first = warp * WARP, n = n_threads - first < WARP ? n_threads - first : WARP;
  for (bool again = true; again;) {
    unsigned waiting = 0;
    arrange(lanes, n);
    for (unsigned lane : lanes) {
      State *state = &machine.threads[first + lane].state;
      if (*state == NEW || *state == READY) resume(first + lane);
      waiting += *state == AT_WARP;
    }
    again = waiting > 0;
    if (again && waiting < n) wrong("some lanes of a warp wait where others never come");
    for (unsigned lane = 0; lane < n && again; ++lane) machine.threads[first + lane].state = READY;
  }
}

void run_block(unsigned n_threads, size_t shared_bytes) {
  static std::vector<unsigned> warps, lanes;
  machine.threads.assign(n_threads, Thread{NEW, nullptr, 0});
  machine.shared = malloc(shared_bytes);
  memset(machine.shared, 0xff, shared_bytes);
  for (bool again = true; again;) {
    unsigned waiting = 0;
    arrange(warps, (n_threads + WARP - 1) / WARP);
    for (unsigned warp : warps) run_warp(warp, n_threads, lanes);
    for (const Thread &t : machine.threads) waiting += t.state == AT_BLOCK;
    again = waiting > 0;
    if (again && waiting < n_threads) wrong("some threads of a block wait where others never come");
    for (unsigned t = 0; t < n_threads && again; ++t) machine.threads[t].state = READY;
  }
  free(machine.shared);
}

} // namespace

void emulation::run(dim3 blocks, dim3 threads, size_t shared_bytes, void (*body)(void *), void *context) {
  std::vector<unsigned> order;
  machine.body = body, machine.context = context;
  machine.random = (uint64_t)settings().order;
  gridDim = blocks, blockDim = threads;
  arrange(order, blocks.x * blocks.y);
  for (unsigned block : order) {
    blockIdx = dim3(block % blocks.x, block / blocks.x);
    run_block(threads.x, shared_bytes);
  }
}

double *emulation::shared_memory() {
  return static_cast<double *>(machine.shared);
}

void emulation::wait_block() {
  wait(AT_BLOCK);
}

void emulation::wait_warp() {
  wait(AT_WARP);
}

void emulation::exchange(const void *value, size_t bytes) {
  Thread *t = &machine.threads[machine.current];
  memcpy(machine.slot[t->exchanges++ % 2][machine.current].value, value, bytes);
  wait(AT_WARP);
}

bool emulation::exchanged(unsigned lane, void *value, size_t bytes) {
  const Thread *t = &machine.threads[machine.current];
  const unsigned thread = machine.current / WARP * WARP + lane;
  if (lane >= WARP || thread >= blockDim.x) return false;
  memcpy(value, machine.slot[(t->exchanges - 1) % 2][thread].value, bytes);
  return true;
}
