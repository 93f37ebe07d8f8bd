/* The table behind `elute bench --model`: kernels/cuda_work.inc. */
#ifndef ELUTE_BENCH_MODEL_H
#define ELUTE_BENCH_MODEL_H

#include "bench.h"

enum { ELUTE_BENCH_MESHES = 2, ELUTE_BENCH_ROWS = ELUTE_BENCH_WORKS + 7 };

/* A work of one of the benchmark's cases: all of them at rest, and those that flow or tensors change. */
typedef struct EluteBenchRow {
  EluteBenchTransport transport;
  EluteBenchWork work;
} EluteBenchRow;

/* Per value (cell and species), counted on the emulated device (tests/emulation/work.h). */
typedef struct EluteBenchCount {
  double moved;       /* bytes between memory and caches */
  double requested;   /* bytes by loads and stores */
  double operations;  /* in double precision; a quotient is eight */
  double conversions; /* from float to double */
} EluteBenchCount;

/* One less than a multiple of 8 has as little padding as 256 cells (2 to 4 per cent). */
typedef struct EluteBenchCounted {
  int cells; /* along each axis */
  int line; /* cells along the axis of a line solve, on a mesh of its own: what of a line stays in a cache depends on it
             */
  EluteBenchCount row[ELUTE_BENCH_ROWS];
} EluteBenchCounted;

extern const EluteBenchRow elute_bench_rows[ELUTE_BENCH_ROWS];
extern const EluteBenchCounted elute_bench_counted[ELUTE_BENCH_MESHES]; /* the largest mesh last */
extern const int elute_bench_counted_by; /* gcc's version: another may keep other numbers in registers */

/* The work's name, and what makes its case another. */
void EluteBenchRowName(int row, size_t length, char *name);

#endif
