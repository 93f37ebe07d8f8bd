/* Runs kernels: blocks one after the other; a block's threads as fibres on stacks of their own. A thread runs straight
   through until its first barrier, and there goes over to the next of its warp; one that meets none leaves its stack to
   the next, and nothing is switched. What lanes exchange is kept until the warp's next barrier of the block, so that a
   lane waits only for one that has not come as far: in a tree of shuffles down, for none where lanes run backwards. Not
   ucontext: its system calls make it slow, under the address sanitizer 180 times. */
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
    "  popq %rcx\n  jmp *%rcx\n" /* a return would be mispredicted: it was called from another stack */
    ".size elute_fibre_switch, . - elute_fibre_switch\n");

namespace {

const unsigned WARP = 32;
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

struct Exchange {
  uint64_t value[WARP];
  unsigned come, set; /* a bit per lane: has come; its value is not zero */
};

struct Machine {
  void (*body)(void *);
  void *context;
  void *scheduler;
  const void *main_stack; /* the scheduler's, learnt when it is left */
  size_t main_size;
  bool left_main;
  std::vector<Thread> threads;
  std::vector<Fibre *> idle;
  unsigned current;
  std::vector<unsigned> lanes;     /* of the running warp, in the order of the day */
  unsigned first, turn;            /* its first thread; whose turn it is in `lanes` */
  std::vector<Exchange> exchanges; /* of the running warp since the block's last barrier */
  unsigned long progress;          /* grows whenever a thread comes further */
  void *shared;
  uint64_t random;
} machine;

[[noreturn]] void wrong(const char *what) {
  fprintf(stderr, "emulated device: %s (block %u, thread %u)\n", what, blockIdx.x, machine.current);
  abort();
}

/* After a switch to a stack. */
void arrived(void *fake_stack) {
#if defined(__SANITIZE_ADDRESS__)
  const void *stack;
  size_t size;
  __sanitizer_finish_switch_fiber(fake_stack, &stack, &size);
  if (machine.left_main) machine.main_stack = stack, machine.main_size = size;
#endif
  (void)fake_stack;
  machine.left_main = false;
}

Fibre *next_fibre();

/* Where a thread waits or is done: on to the warp's next, or back to the scheduler when all had their turn. */
void leave(Fibre *f) {
  Fibre *next = next_fibre();
  if (next == f) return;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&f->fake_stack, next ? next->stack : machine.main_stack,
                                 next ? STACK : machine.main_size);
#endif
  elute_fibre_switch(&f->top, next ? next->top : machine.scheduler);
  arrived(f->fake_stack);
}

void fibre_main() {
  arrived(nullptr);
  for (;;) {
    Fibre *f = machine.threads[machine.current].fibre;
    machine.body(machine.context);
    machine.threads[machine.current].state = DONE;
    ++machine.progress;
    machine.idle.push_back(f);
    leave(f);
  }
}

Fibre *new_fibre() {
  Fibre *f = new Fibre();
  void *memory =
      mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, PAGE, PROT_NONE)) wrong("no memory for a thread's stack");
  f->stack = static_cast<char *>(memory) + PAGE;
  /* Stacks that end at the same place of a page would drive each other out of the first-level cache. */
  static size_t stagger;
  stagger = (stagger + 5 * 64) % PAGE;
  void **top = reinterpret_cast<void **>(f->stack + STACK - stagger);
  top[-1] = nullptr;                              /* as if called, for the alignment */
  top[-2] = reinterpret_cast<void *>(fibre_main); /* where the first switch returns to */
  for (int r = 3; r <= 8; ++r) top[-r] = nullptr; /* registers */
  f->top = top - 8;
  return f;
}

/* Of the warp's next thread that can run, which is the current one from now on; NULL: all had their turn. */
Fibre *next_fibre() {
  while (machine.turn < machine.lanes.size()) {
    const unsigned thread = machine.first + machine.lanes[machine.turn++];
    Thread *t = &machine.threads[thread];
    if (t->state != NEW && t->state != READY) continue;
    if (t->state == NEW) {
      if (machine.idle.empty()) machine.idle.push_back(new_fibre());
      t->fibre = machine.idle.back();
      machine.idle.pop_back();
    }
    t->state = READY;
    machine.current = thread;
    threadIdx = dim3(thread);
    return t->fibre;
  }
  return nullptr;
}

/* Gives every thread of the warp that can run its turn. */
void run_lanes() {
  Fibre *f = next_fibre();
  if (!f) return;
  machine.left_main = true;
#if defined(__SANITIZE_ADDRESS__)
  void *fake;
  __sanitizer_start_switch_fiber(&fake, f->stack, STACK);
#endif
  elute_fibre_switch(&machine.scheduler, f->top);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
}

void wait(State at) {
  Thread *t = &machine.threads[machine.current];
  t->state = at;
  leave(t->fibre);
}

uint64_t random_bits() { /* splitmix64 */
  uint64_t z = machine.random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* 0 .. n-1 in the order of the day; turned: backwards where that is forwards, and the other way round. */
void arrange(std::vector<unsigned> &list, unsigned n, bool turned) {
  const int order = emulation::settings().order;
  list.resize(n);
  std::iota(list.begin(), list.end(), 0u);
  for (unsigned i = 0; order == !turned && i < n / 2; ++i) std::swap(list[i], list[n - 1 - i]);
  for (unsigned i = n; order > 1 && i > 1; --i) std::swap(list[i - 1], list[random_bits() % i]);
}

/* All threads of a warp up to the block's next barrier. */
void run_warp(unsigned warp, unsigned n_threads) {
  const unsigned first = warp * WARP, n = n_threads - first < WARP ? n_threads - first : WARP;
  Thread *thread = &machine.threads[first];
  for (unsigned lane = 0; lane < n; ++lane) thread[lane].exchanges = 0;
  machine.exchanges.clear();
  for (unsigned waiting = 1; waiting > 0;) {
    const unsigned long before = machine.progress;
    arrange(machine.lanes, n, true);
    machine.first = first, machine.turn = 0;
    run_lanes();
    waiting = 0;
    for (unsigned lane = 0; lane < n; ++lane)
      if (thread[lane].state == AT_WARP) thread[lane].state = READY, ++waiting;
    if (waiting > 0 && machine.progress == before) wrong("some lanes of a warp wait where others never come");
  }
  for (unsigned lane = 1; lane < n; ++lane)
    if (thread[lane].exchanges != thread[0].exchanges) wrong("some lanes of a warp exchange where others never come");
}

void run_block(unsigned n_threads, size_t shared_bytes) {
  static std::vector<unsigned> warps;
  machine.threads.assign(n_threads, Thread{NEW, nullptr, 0});
  machine.shared = malloc(shared_bytes);
  memset(machine.shared, 0xff, shared_bytes);
  for (bool again = true; again;) {
    unsigned waiting = 0;
    arrange(warps, (n_threads + WARP - 1) / WARP, false);
    for (unsigned warp : warps) run_warp(warp, n_threads);
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
  arrange(order, blocks.x * blocks.y, false);
  for (unsigned block : order) {
    blockIdx = dim3(block % blocks.x, block / blocks.x);
    run_block(threads.x, shared_bytes);
    if (listener) listener->block_done();
  }
}

double *emulation::shared_memory() {
  return static_cast<double *>(machine.shared);
}

void emulation::wait_block() {
  ++machine.progress;
  wait(AT_BLOCK);
}

void emulation::wait_warp() {
  (void)vote(false);
}

void emulation::exchange(uint64_t value) {
  const unsigned lane = machine.current - machine.first, n = machine.threads[machine.current].exchanges++;
  if (n == machine.exchanges.size()) machine.exchanges.emplace_back();
  Exchange &e = machine.exchanges[n];
  e.value[lane] = value;
  e.come |= 1u << lane;
  e.set |= (unsigned)(value != 0) << lane;
  ++machine.progress;
}

bool emulation::exchanged(unsigned lane, uint64_t *value) {
  const unsigned n = machine.threads[machine.current].exchanges - 1;
  if (lane >= WARP || machine.first + lane >= blockDim.x) return false;
  while (!(machine.exchanges[n].come >> lane & 1)) wait(AT_WARP);
  *value = machine.exchanges[n].value[lane];
  return true;
}

unsigned emulation::vote(bool mine) {
  const unsigned left = blockDim.x - machine.first, all = left < WARP ? (1u << left) - 1 : ~0u;
  exchange(mine);
  const unsigned n = machine.threads[machine.current].exchanges - 1;
  while (machine.exchanges[n].come != all) wait(AT_WARP);
  return machine.exchanges[n].set;
}
