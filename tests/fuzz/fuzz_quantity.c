/* A number with a unit, where each dimension is expected, and what is printed of it. */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include "case/units.h"

static const char *const dimensions[] = {NULL, "1", "m", "s", "mol/m3", "m3/(mol s)", "K", "kg", "mol/(m2 s)"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = fuzz_text(data, size), why[500], again[64];
  double si, factor, offset;

  for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
    why[0] = '\0';
    if (EluteQuantityParse(text, dimensions[i], i % 2 ? 0.5 : 0.0, &si, why, sizeof why)) {
      fuzz_expect(isfinite(si), "a quantity is a finite number");
      if (!dimensions[i]) continue;
      EluteQuantityFormat(si, dimensions[i], again, sizeof again);
      fuzz_expect(EluteQuantityParse(again, dimensions[i], 0.0, &si, why, sizeof why), "what is printed is a quantity");
    } else {
      fuzz_expect(why[0], "a refusal says why");
    }
  }
  (void)EluteUnitParse(text, "m", 0.0, &factor, &offset, why, sizeof why);
  free(text);
  return 0;
}
