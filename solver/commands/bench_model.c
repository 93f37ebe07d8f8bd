#include "bench_model.h"

#include <stdio.h>

const EluteBenchCounted elute_bench_counted[ELUTE_BENCH_MESHES] = {
#include "../../kernels/cuda_bytes.inc"
};
const int elute_bench_counted_by = ELUTE_BENCH_COUNTED_BY;

/* Memory bandwidth as NVIDIA publishes it, bytes per second: data sheets "NVIDIA A100 Tensor Core GPU" (2039 GB/s, 80
   GB SXM), "NVIDIA H100 Tensor Core GPU" (3.35 TB/s, SXM), "NVIDIA H200 Tensor Core GPU" (4.8 TB/s). */
static const struct {
  const char *name;
  double bandwidth;
} devices[] = {{"A100 80GB", 2039e9}, {"H100 SXM", 3350e9}, {"H200", 4800e9}};
enum { N_DEVICES = sizeof devices / sizeof devices[0] };

static const char heading[] = "model: counted bytes over published bandwidth, not measured";

static double ns(const EluteBenchBytes *b, int device) {
  return b->moved / devices[device].bandwidth * 1e9;
}

static void print_json(const EluteBenchCounted *c) {
  printf(",\n\"model\": {\"what\": \"%s\", \"cells_per_axis\": %d, \"cells_per_line\": %d, \"species\": %d, "
         "\"devices\": [",
         heading, c->cells, c->line, ELUTE_BENCH_SPECIES);
  for (int d = 0; d < N_DEVICES; d++)
    printf("%s{\"name\": \"%s\", \"published_GB_per_s\": %.0f}", d ? ", " : "", devices[d].name,
           devices[d].bandwidth / 1e9);
  printf("], \"kernels\": [");
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS; w++) {
    printf("%s\n  {\"name\": \"%s\", \"bytes_moved\": %.2f, \"bytes_requested\": %.2f, \"implied_ns_per_value\": [",
           w ? "," : "", EluteBenchName(w), c->bytes[w].moved, c->bytes[w].requested);
    for (int d = 0; d < N_DEVICES; d++) printf("%s%.4g", d ? ", " : "", ns(&c->bytes[w], d));
    printf("]}");
  }
  printf("\n]}");
}

static void print_text(const EluteBenchCounted *c) {
  printf(
      "\n%s\nCUDA kernels on the emulated device, %d species, %d cells along each axis, lines of %d\n\n%-16s %13s %13s",
      heading, ELUTE_BENCH_SPECIES, c->cells, c->line, "", "bytes moved", "requested");
  for (int d = 0; d < N_DEVICES; d++) printf(" %13s", devices[d].name);
  printf("\n%-16s %13s %13s", "", "per value", "per value");
  for (int d = 0; d < N_DEVICES; d++) printf(" %8.0f GB/s", devices[d].bandwidth / 1e9);
  printf("\n");
  for (EluteBenchWork w = 0; w < ELUTE_BENCH_WORKS; w++) {
    printf("%-16s %13.1f %13.1f", EluteBenchName(w), c->bytes[w].moved, c->bytes[w].requested);
    for (int d = 0; d < N_DEVICES; d++) printf(" %10.4f ns", ns(&c->bytes[w], d));
    printf("\n");
  }
  printf("\nTimes are per value, one species in one cell: what the moved bytes take at the whole published bandwidth. "
         "Nothing "
         "was run on\nthese devices for them, and arithmetic and latency are left out (docs/gpu.md).\n");
}

void EluteBenchModelPrint(bool json) {
  const EluteBenchCounted *largest = &elute_bench_counted[ELUTE_BENCH_MESHES - 1];

  if (json)
    print_json(largest);
  else
    print_text(largest);
}
