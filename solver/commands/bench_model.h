/* The table behind `elute bench --model`: kernels/cuda_bytes.inc. */
#ifndef ELUTE_BENCH_MODEL_H
#define ELUTE_BENCH_MODEL_H

#include "bench.h"

enum { ELUTE_BENCH_MESHES = 2 };

/* Bytes per value (cell and species), counted on the emulated device (tests/emulation/bytes.cpp). */
typedef struct EluteBenchBytes {
  double moved;     /* between memory and caches */
  double requested; /* by loads and stores */
} EluteBenchBytes;

/* One less than a multiple of 8 has as little padding as 256 cells (2 to 4 per cent). */
typedef struct EluteBenchCounted {
  int cells; /* along each axis */
  int line; /* cells along the axis of a line solve, on a mesh of its own: what of a line stays in a cache depends on it
             */
  EluteBenchBytes bytes[ELUTE_BENCH_WORKS];
} EluteBenchCounted;

extern const EluteBenchCounted elute_bench_counted[ELUTE_BENCH_MESHES]; /* the largest mesh last */
extern const int elute_bench_counted_by; /* gcc's version: another may keep other numbers in registers */

#endif
