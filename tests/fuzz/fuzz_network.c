/* A network of vessels: a table, or legacy VTK. */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include "model/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  EluteNetwork network = {0};
  char why[500] = "";
  int line;
  const bool fine = EluteNetworkRead(fuzz_file(data, size), 1e-6, size % 2 ? NULL : "r", &network, &line, why, sizeof why);

  fuzz_expect(fine ? network.n > 0 : why[0], "a refusal says why, and what is accepted has vessels");
  for (int i = 0; fine && i < network.n; i++)
    fuzz_expect(network.vessel[i].radius > 0 && isfinite(network.vessel[i].radius), "a vessel has a radius");
  free(network.vessel);
  return 0;
}
