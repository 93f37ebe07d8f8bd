/* Helpers of the CPU kernels: what is known of a row before its loops begin, sums in a fixed order, scratch memory.

   Loops along a row vectorise because their sums are kept in ELUTE_LANES separate parts: the same parts, added in the
   same order, whatever the width of the machine's vectors. No fast-math; -fno-math-errno -fno-trapping-math are needed
   for the selects in cell/factor.h. */
#ifndef ELUTE_CPU_ROWS_H
#define ELUTE_CPU_ROWS_H

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "private.h"
#include "cell/place.h"
#include "cell/reaction.h"
#include "cell/sum.h"

#define ELUTE_LANES 8
/* Cells treated at once by the reaction loops: a run whose scratch stays in the first-level cache. Multiple of
 * ELUTE_LANES. */
#define ELUTE_RUN 128
#define ELUTE_BLOCK_BYTES (512 * 1024)
#define ELUTE_FACES_AHEAD 16 /* open faces asked for before they are needed */

/* The arrays of a row loop do not overlap, except where one is updated in place element by element. */
#if defined(__GNUC__) && !defined(__clang__)
#define ELUTE_NO_ALIAS _Pragma("GCC ivdep")
#else
#define ELUTE_NO_ALIAS
#endif

/* Four doubles: one vector register, or two (an extension of gcc and clang; of wider vectors gcc 12 takes comparisons
   apart, lane by lane, where registers are shorter). Comparisons give lanes of bits. */
typedef double EluteQuad __attribute__((vector_size(4 * sizeof(double))));
typedef double EluteQuadAnywhere __attribute__((vector_size(4 * sizeof(double)), aligned(8), may_alias));
typedef int64_t EluteQuadBits __attribute__((vector_size(4 * sizeof(double))));

#define ELUTE_QUAD_LOAD(quad, from) ((quad) = *(const EluteQuadAnywhere *)(const void *)(from))
#define ELUTE_QUAD_STORE(to, quad) (*(EluteQuadAnywhere *)(void *)(to) = (quad))
#define ELUTE_QUAD_SELECT(bits, a, b) ((EluteQuad)(((bits) & (EluteQuadBits)(a)) | (~(bits) & (EluteQuadBits)(b))))
#define ELUTE_QUAD_SIZE(a) ((EluteQuad)((EluteQuadBits)(a)&INT64_MAX)) /* |a| */

/* The total of ELUTE_LANES parts of a sum. */
static inline double elute_lanes_total(const EluteQuad s[2]) {
  return ((s[0][0] + s[0][1]) + (s[0][2] + s[0][3])) + ((s[1][0] + s[1][1]) + (s[1][2] + s[1][3]));
}

/* sum of a[i] in lanes */
static inline double elute_lanes_sum(int n, const double *restrict a) {
  EluteQuad sum[2] = {{0}, {0}}, x;
  const int whole = n / ELUTE_LANES * ELUTE_LANES;
  for (int i = 0; i < whole; i += ELUTE_LANES)
    for (int half = 0; half < 2; ++half) {
      ELUTE_QUAD_LOAD(x, a + i + 4 * half);
      sum[half] += x;
    }
  for (int i = whole; i < n; ++i) sum[(i - whole) / 4][(i - whole) % 4] += a[i];
  return elute_lanes_total(sum);
}

/* sum of a[i] b[i] in lanes */
static inline double elute_dot(int n, const double *restrict a, const double *restrict b) {
  EluteQuad sum[2] = {{0}, {0}}, x, y;
  const int whole = n / ELUTE_LANES * ELUTE_LANES;
  for (int i = 0; i < whole; i += ELUTE_LANES)
    for (int half = 0; half < 2; ++half) {
      ELUTE_QUAD_LOAD(x, a + i + 4 * half);
      ELUTE_QUAD_LOAD(y, b + i + 4 * half);
      sum[half] += x * y;
    }
  for (int i = whole; i < n; ++i) sum[(i - whole) / 4][(i - whole) % 4] += a[i] * b[i];
  return elute_lanes_total(sum);
}

/* sum of a[i] b[i] c[i] in lanes */
static inline double elute_dot_of_three(int n, const double *restrict a, const double *restrict b,
                                        const double *restrict c) {
  EluteQuad sum[2] = {{0}, {0}}, x, y, z;
  const int whole = n / ELUTE_LANES * ELUTE_LANES;
  for (int i = 0; i < whole; i += ELUTE_LANES)
    for (int half = 0; half < 2; ++half) {
      ELUTE_QUAD_LOAD(x, a + i + 4 * half);
      ELUTE_QUAD_LOAD(y, b + i + 4 * half);
      ELUTE_QUAD_LOAD(z, c + i + 4 * half);
      sum[half] += x * y * z;
    }
  for (int i = whole; i < n; ++i) sum[(i - whole) / 4][(i - whole) % 4] += a[i] * b[i] * c[i];
  return elute_lanes_total(sum);
}

/* Asks for memory that is needed soon: rows are short, and the hardware begins anew with each. To gcc (12, 13) a
   function that only does this has no effect, and calls of it are dropped: the empty statement is one. */
static inline void elute_prefetch(const void *memory, size_t bytes) {
  const char *at = memory;
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(at + i, 0, 3);
  __asm__ volatile("");
}

/* Asks for what an open face some places after j in the list will read and add to. Along x one lies a row from the
   next, and every number of it on a line of memory of its own; those of the other axes lie side by side. */
static inline void elute_prefetch_open_face(const EluteProblemView *p, int32_t j, const double *state,
                                            const double *out) {
  const EluteTransportView *t = &p->transport;
  const size_t real = t->single ? sizeof(float) : sizeof(double);
  const EluteOpenFace *f;
  int64_t at, cell;
  if (j + ELUTE_FACES_AHEAD >= p->open_face_begin[1]) return;
  f = &p->open_faces[j + ELUTE_FACES_AHEAD];
  at = ((int64_t)f->row * t->n_mobile + f->species) * p->mesh.pitch + f->cell;
  cell = elute_state_offset(p, f->row, f->species, f->cell);
  elute_prefetch(state + cell, 1);
  if (out != state) elute_prefetch(out + cell, 1);
  elute_prefetch((const char *)t->inverse_capacity + (size_t)at * real, 1);
  if (t->conductance[0] && f->face >= 0) elute_prefetch((const char *)t->conductance[0] + (size_t)f->face * real, 1);
  if (p->flow.flux[0])
    elute_prefetch(p->flow.flux[0] + elute_flux_offset(&p->mesh, f->row, f->cell, 0, f->through > 0), 1);
}

/* Bit set of the tissues of a row. */
static inline uint64_t elute_row_tissues(const EluteMeshView *mesh, int32_t row) {
  const uint8_t *tissue = mesh->tissue + (int64_t)row * mesh->pitch;
  uint64_t lane[ELUTE_LANES] = {0}, set = 0;
  const int n = mesh->n_cells, whole = n / ELUTE_LANES * ELUTE_LANES;
  for (int i = 0; i < whole; i += ELUTE_LANES)
    for (int l = 0; l < ELUTE_LANES; ++l) lane[l] |= UINT64_C(1) << tissue[i + l];
  for (int i = whole; i < n; ++i) set |= UINT64_C(1) << tissue[i];
  for (int l = 0; l < ELUTE_LANES; ++l) set |= lane[l];
  return set;
}

/* Bit set of the tissues in which a species is held. */
static inline uint64_t elute_held_tissues(const EluteProblemView *p, int species) {
  uint64_t set = 0;
  if (!p->is_held) return 0;
  for (int t = 0; t < ELUTE_MAX_TISSUES; ++t)
    if (p->is_held[species * ELUTE_MAX_TISSUES + t]) set |= UINT64_C(1) << t;
  return set;
}

/* free[i] = 0 where the tissue is in `held`, else 1. */
static inline void elute_free_cells(uint64_t held, const uint8_t *tissue, int n, double *restrict free_cell) {
  for (int i = 0; i < n; ++i) free_cell[i] = (held >> tissue[i]) & 1 ? 0.0 : 1.0;
}

/* Bit set of the tissues with a non-zero rate: a reaction whose rate table is zero in all tissues of a row costs
 * nothing there. */
static inline uint64_t elute_active_tissues(const EluteProblemView *p, const EluteReaction *reaction) {
  const double *table = p->tables + (int64_t)reaction->rate.table * ELUTE_MAX_TISSUES;
  uint64_t set = 0;
  for (int t = 0; t < ELUTE_MAX_TISSUES; ++t)
    if (table[t] != 0) set |= UINT64_C(1) << t;
  return set;
}

/* out[i] = scale first[i] + sum over j < terms of coefficient[j] vector[j][offset + i]. Element by element, so that out
   may be first or vector[j] + offset. */
static inline void elute_linear_run(double scale, const double *first, int terms, const double *coefficient,
                                    const double *const *vector, int64_t offset, int n, double *out) {
  const double *v[ELUTE_MAX_STAGES + 1], *c = coefficient;
  for (int j = 0; j <= ELUTE_MAX_STAGES; ++j) v[j] = j < terms ? vector[j] + offset : first;
  const double *v0 = v[0], *v1 = v[1], *v2 = v[2], *v3 = v[3], *v4 = v[4];
  switch (terms) {
  case 0:
    ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) out[i] = scale * first[i];
    return;
  case 1:
    ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) out[i] = scale * first[i] + c[0] * v0[i];
    return;
  case 2:
    ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) out[i] = scale * first[i] + c[0] * v0[i] + c[1] * v1[i];
    return;
  case 3:
    ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) out[i] = scale * first[i] + c[0] * v0[i] + c[1] * v1[i] + c[2] * v2[i];
    return;
  case 4:
    ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) out[i] =
        scale * first[i] + c[0] * v0[i] + c[1] * v1[i] + c[2] * v2[i] + c[3] * v3[i];
    return;
  default:
    ELUTE_NO_ALIAS for (int i = 0; i < n; ++i) out[i] =
        scale * first[i] + c[0] * v0[i] + c[1] * v1[i] + c[2] * v2[i] + c[3] * v3[i] + c[4] * v4[i];
  }
}

/* Scratch of a kernel call: a buffer of this thread, at least `doubles` long and aligned to 64 bytes, that grows and is
   kept; NULL, with the error message set, when there is no memory. Contents are whatever was there. */
double *elute_cpu_scratch(size_t doubles);

/* 1, with the error message set, for a problem beyond the limits of view.h. */
int elute_cpu_check(const EluteProblemView *p);

#endif
