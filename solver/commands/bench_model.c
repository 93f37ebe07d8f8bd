#include "bench_model.h"

#include <math.h>
#include <stdio.h>

const EluteBenchRow elute_bench_rows[ELUTE_BENCH_ROWS] = {
    {ELUTE_BENCH_AT_REST, ELUTE_BENCH_RESIDUAL}, {ELUTE_BENCH_AT_REST, ELUTE_BENCH_REACTION_SOLVE},
    {ELUTE_BENCH_AT_REST, ELUTE_BENCH_LINES_X},  {ELUTE_BENCH_AT_REST, ELUTE_BENCH_LINES_Y},
    {ELUTE_BENCH_AT_REST, ELUTE_BENCH_LINES_Z},  {ELUTE_BENCH_AT_REST, ELUTE_BENCH_SUM},
    {ELUTE_BENCH_AT_REST, ELUTE_BENCH_FINISH},   {ELUTE_BENCH_AT_REST, ELUTE_BENCH_STEP},
    {ELUTE_BENCH_FLOW, ELUTE_BENCH_RESIDUAL},    {ELUTE_BENCH_FLOW, ELUTE_BENCH_LINES_X},
    {ELUTE_BENCH_FLOW, ELUTE_BENCH_LINES_Y},     {ELUTE_BENCH_FLOW, ELUTE_BENCH_LINES_Z},
    {ELUTE_BENCH_FLOW, ELUTE_BENCH_STEP},        {ELUTE_BENCH_TENSORS, ELUTE_BENCH_RESIDUAL},
    {ELUTE_BENCH_TENSORS, ELUTE_BENCH_STEP},
};
const EluteBenchCounted elute_bench_counted[ELUTE_BENCH_MESHES] = {
#include "../../kernels/cuda_work.inc"
};
const int elute_bench_counted_by = ELUTE_BENCH_COUNTED_BY;

/* As NVIDIA publishes it, data sheets "NVIDIA A100 Tensor Core GPU" (80 GB SXM: 2039 GB/s, FP64 9.7 TFLOPS), "NVIDIA
   H100 Tensor Core GPU" (SXM: 3.35 TB/s, 34 TFLOPS), "NVIDIA H200 Tensor Core GPU" (SXM: 4.8 TB/s, 34 TFLOPS), the
   tensor cores apart, which these kernels do not use. */
static const struct {
  const char *name;
  double bandwidth; /* bytes/s */
  double peak;      /* operations/s, where each is half of a fused multiply-add */
} devices[] = {{"A100 80GB", 2039e9, 9.7e12}, {"H100 SXM", 3350e9, 34e12}, {"H200", 4800e9, 34e12}};
enum { N_DEVICES = sizeof devices / sizeof devices[0] };

static const char heading[] = "model: counted bytes and operations over published rates, not measured";

void EluteBenchRowName(int row, size_t length, char *name) {
  static const char *const more[] = {"", ", flow", ", tensors"};

  snprintf(name, length, "%s%s", EluteBenchName(elute_bench_rows[row].work), more[elute_bench_rows[row].transport]);
}

static double ns_of_bytes(const EluteBenchCount *c, int device) {
  return c->moved / devices[device].bandwidth * 1e9;
}

/* Nothing is taken to be fused: each operation takes the time of two. */
static double ns_of_operations(const EluteBenchCount *c, int device) {
  return c->operations / (devices[device].peak / 2) * 1e9;
}

static double ns(const EluteBenchCount *c, int device) {
  return fmax(ns_of_bytes(c, device), ns_of_operations(c, device));
}

static void print_json(const EluteBenchCounted *c) {
  char name[64];

  printf(",\n\"model\": {\"what\": \"%s\", \"cells_per_axis\": %d, \"cells_per_line\": %d, \"species\": %d, "
         "\"devices\": [",
         heading, c->cells, c->line, ELUTE_BENCH_SPECIES);
  for (int d = 0; d < N_DEVICES; d++)
    printf("%s{\"name\": \"%s\", \"published_GB_per_s\": %.0f, \"published_FP64_GFLOPS\": %.0f}", d ? ", " : "",
           devices[d].name, devices[d].bandwidth / 1e9, devices[d].peak / 1e9);
  printf("], \"kernels\": [");
  for (int r = 0; r < ELUTE_BENCH_ROWS; r++) {
    const EluteBenchCount *row = &c->row[r];

    EluteBenchRowName(r, sizeof name, name);
    printf("%s\n  {\"name\": \"%s\", \"bytes_moved\": %.2f, \"bytes_requested\": %.2f, \"operations\": %.2f, "
           "\"conversions\": %.2f, \"implied_ns_per_value\": [",
           r ? "," : "", name, row->moved, row->requested, row->operations, row->conversions);
    for (int d = 0; d < N_DEVICES; d++) printf("%s%.4g", d ? ", " : "", ns(row, d));
    printf("]}");
  }
  printf("\n]}");
}

static void print_text(const EluteBenchCounted *c) {
  char name[64];

  printf("\n%s\nCUDA kernels on the emulated device, %d species, %d cells along each axis, lines of %d\n\n"
         "%-22s %11s %11s %11s %11s",
         heading, ELUTE_BENCH_SPECIES, c->cells, c->line, "per value:", "bytes moved", "requested", "operations",
         "conversions");
  for (int d = 0; d < N_DEVICES; d++) printf(" %11s", devices[d].name);
  printf("\n%-22s %11s %11s %11s %11s", "", "", "", "", "");
  for (int d = 0; d < N_DEVICES; d++) printf(" %6.0f GB/s", devices[d].bandwidth / 1e9);
  printf("\n%-22s %11s %11s %11s %11s", "", "", "", "", "");
  for (int d = 0; d < N_DEVICES; d++) printf(" %4.1f TFLOPS", devices[d].peak / 1e12);
  printf("\n");
  for (int r = 0; r < ELUTE_BENCH_ROWS; r++) {
    const EluteBenchCount *row = &c->row[r];

    EluteBenchRowName(r, sizeof name, name);
    printf("%-22s %11.1f %11.1f %11.1f %11.1f", name, row->moved, row->requested, row->operations, row->conversions);
    for (int d = 0; d < N_DEVICES; d++)
      printf(" %6.4f ns %s", ns(row, d), ns_of_operations(row, d) > ns_of_bytes(row, d) ? "o" : "b");
    printf("\n");
  }
  printf(
      "\nTimes are per value, one species in one cell: what the moved bytes take at the whole published bandwidth (b), "
      "or the\noperations at half of the published FP64 rate, as nothing is taken to be fused (o), whichever is "
      "longer. Nothing was\nrun on these devices for them, and latency is left out (docs/gpu.md).\n");
}

void EluteBenchModelPrint(bool json) {
  const EluteBenchCounted *largest = &elute_bench_counted[ELUTE_BENCH_MESHES - 1];

  if (json)
    print_json(largest);
  else
    print_text(largest);
}
