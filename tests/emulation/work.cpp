/* Every access of a kernel to device memory is noted by its thread. When a block is done its threads' notes are gone
   through side by side, the first access of all threads, then the second, as warps do that run alike, and meet this
   cache, in sectors of 32 bytes (what a device moves at the least):

   - At a launch it is empty: vectors of a case worth a device are larger than caches.
   - What any block of the launch has fetched costs no other block anything: neighbours run at the same time
     (kernels/cuda_rows.cuh).
   - A block that comes back to a sector finds it unless it has brought in more than its share of the cache since.
   - A sector that is written goes to memory when the block loses it or ends. Nothing is read in order to be written.

   The share: second-level cache per multiprocessor over the blocks that one holds, as the threads and the shared memory
   of a block allow (registers are not known here). Of an H100; H200 is the same, an A100 has 2 per cent less cache and
   less shared memory. First-level caches are left out. */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include "emulation_internal.h"
#include "work.h"

namespace emulation {
unsigned long long operations, conversions; /* operations.h */
}

namespace {

const size_t SECTOR = 32, MOST_THREADS = 1024;
/* H100 SXM: 50 MiB of second-level cache, 132 multiprocessors (NVIDIA, "H100 Tensor Core GPU Architecture"); of one of
   them, compute capability 9.0: 2048 threads, 32 blocks, 228 KiB of shared memory of which a block loses one (NVIDIA,
   "CUDA C++ Programming Guide", technical specifications). */
const size_t CACHE = ((size_t)50 << 20) / 132, HELD_THREADS = 2048, HELD_BLOCKS = 32, HELD_SHARED = 228 << 10,
             LOST_SHARED = 1 << 10;
const uint32_t WRITES = 1u << 31;

struct Range {
  const char *begin, *end;
  uint32_t first; /* its first sector */
};

struct Sector {
  uint32_t block; /* that last used it in this launch, counted from 1; 0: none did */
  uint32_t brought;
  bool dirty;
};

struct Counter {
  bool running;
  std::vector<Range> ranges; /* in the order of addresses */
  std::vector<Sector> sectors;
  std::vector<uint32_t> notes[MOST_THREADS], dirty;
  uint32_t block, brought, share; /* share: sectors */
  unsigned threads;
  double requested, moved; /* bytes */
} counter;

void note(const void *memory, size_t bytes, uint32_t writes) {
  const char *at = static_cast<const char *>(memory);
  if (!counter.running || counter.ranges.empty() || at < counter.ranges.front().begin) return;
  const Range *r = &*std::prev(std::upper_bound(counter.ranges.begin(), counter.ranges.end(), at,
                                                [](const char *a, const Range &b) { return a < b.begin; }));
  if (at >= r->end) return; /* the host's: stacks, shared memory, arguments */
  counter.requested += (double)bytes;
  for (size_t s = (size_t)(at - r->begin) / SECTOR; s <= ((size_t)(at - r->begin) + bytes - 1) / SECTOR; ++s)
    counter.notes[threadIdx.x].push_back((r->first + (uint32_t)s) | writes);
}

void moved(size_t sectors) {
  counter.moved += (double)(sectors * SECTOR);
}

void meet(uint32_t number, bool writes) {
  Sector *s = &counter.sectors[number];
  const bool had = s->block == counter.block, here = had && counter.brought - s->brought <= counter.share;
  const bool brings = !here && (had || s->block == 0);
  if (!here && s->dirty) moved(1), s->dirty = false;
  if (brings && !writes) moved(1);
  counter.brought += brings;
  s->block = counter.block;
  s->brought = counter.brought;
  if (writes && !s->dirty) s->dirty = true, counter.dirty.push_back(number);
}

void launch(dim3 threads, size_t shared_bytes) {
  const size_t blocks = std::min({HELD_THREADS / threads.x, HELD_BLOCKS, HELD_SHARED / (shared_bytes + LOST_SHARED)});
  uint32_t n = 0;
  counter.ranges.clear();
  for (const emulation::Memory &m : emulation::memory()) counter.ranges.push_back({m.data, m.data + m.bytes, 0});
  std::sort(counter.ranges.begin(), counter.ranges.end(),
            [](const Range &a, const Range &b) { return a.begin < b.begin; });
  for (Range &r : counter.ranges) {
    r.first = n;
    n += (uint32_t)((size_t)(r.end - r.begin + SECTOR - 1) / SECTOR);
  }
  if (n >= WRITES) abort();
  counter.sectors.assign(n, Sector{0, 0, false});
  counter.block = 1;
  counter.brought = 0;
  counter.share = (uint32_t)(CACHE / blocks / SECTOR);
  counter.threads = threads.x;
  counter.running = true;
}

void block_done() {
  size_t longest = 0;
  for (unsigned t = 0; t < counter.threads; ++t) longest = std::max(longest, counter.notes[t].size());
  for (size_t step = 0; step < longest; ++step)
    for (unsigned t = 0; t < counter.threads; ++t)
      if (step < counter.notes[t].size())
        meet(counter.notes[t][step] & ~WRITES, (counter.notes[t][step] & WRITES) != 0);
  for (uint32_t number : counter.dirty) {
    moved(counter.sectors[number].dirty);
    counter.sectors[number].dirty = false;
  }
  for (unsigned t = 0; t < counter.threads; ++t) counter.notes[t].clear();
  counter.dirty.clear();
  ++counter.block;
}

void zeroed(size_t bytes) {
  counter.requested += (double)bytes;
  counter.moved += (double)bytes;
}

const emulation::Listener listening = {launch, block_done, zeroed};

} // namespace

void elute_emulation_work_begin() {
  emulation::listener = &listening;
}

void elute_emulation_work(EluteEmulationWork *work) {
  *work = {counter.requested, counter.moved, (double)emulation::operations, (double)emulation::conversions};
}

/* ---- what the compiler calls ---- */

#define ACCESS(bytes)                                                                                                  \
  void __tsan_read##bytes(void *at) {                                                                                  \
    note(at, bytes, 0);                                                                                                \
  }                                                                                                                    \
  void __tsan_write##bytes(void *at) {                                                                                 \
    note(at, bytes, WRITES);                                                                                           \
  }                                                                                                                    \
  void __tsan_unaligned_read##bytes(void *at) {                                                                        \
    note(at, bytes, 0);                                                                                                \
  }                                                                                                                    \
  void __tsan_unaligned_write##bytes(void *at) {                                                                       \
    note(at, bytes, WRITES);                                                                                           \
  }

extern "C" {
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
void __tsan_read_range(void *at, size_t bytes) {
  note(at, bytes, 0);
}
void __tsan_write_range(void *at, size_t bytes) {
  note(at, bytes, WRITES);
}
void __tsan_func_entry(void *) {
}
void __tsan_func_exit() {
}
void __tsan_init() {
}
}
