/* An image: legacy VTK, or raw numbers behind four bytes that say how many and of which type. */
#include "fuzz.h"

#include <math.h>
#include "model/image.h"

static EluteImage *read_raw(const uint8_t *data, size_t size, char *why, size_t length) {
  static const char *const types[] = {"uint8", "uint16", "float32", "float64"};
  static const double low[3], high[3] = {1, 1, 1};
  const int n[3] = {data[0] + 1, data[1] + 1, data[2] + 1};

  return EluteImageReadRaw(fuzz_file(data + 4, size - 4), types[data[3] % 4], n, low, high, why, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char why[400] = "";
  EluteImage *image;
  double value;

  if (size < 4) return 0;
  image = data[0] == '#' ? EluteImageReadVtk(fuzz_file(data, size), size % 2 ? NULL : "a", 1e-3, why, sizeof why)
                         : read_raw(data, size, why, sizeof why);
  fuzz_expect(image || why[0], "a refusal says why");
  for (int i = 0; image && i < 4; i++) {
    const double x[3] = {0.3 * i, 0.2 * i, 1e-4 * i};

    (void)EluteImageAt(image, x, &value);
    for (int d = 0; d < 3; d++) (void)EluteImageAt(image, i % 2 ? image->low : image->high, &value);
  }
  EluteImageFree(image);
  return 0;
}
