#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_expect(bool condition, const char *claim) {
  if (condition) return;
  fprintf(stderr, "not so: %s\n", claim);
  abort();
}

char *fuzz_text(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);

  if (!text) abort();
  if (size) memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

const char *fuzz_file(const uint8_t *data, size_t size) {
  static char path[64];
  static int descriptor = -1;

  if (descriptor < 0) {
    descriptor = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  }
  if (ftruncate(descriptor, 0) || pwrite(descriptor, data, size, 0) != (ssize_t)size) abort();
  return path;
}

void fuzz_expect_said(EluteDiagnostics *d, bool accepted) {
  fuzz_expect((d->n_errors == 0) == accepted, "what is refused has an error, and what is accepted none");
  fuzz_expect((d->n_errors + d->n_warnings > 0) == (d->text && d->text[0]), "findings are written down");
  fuzz_expect(!d->text || (strlen(d->text) == d->length && (!d->length || d->text[d->length - 1] == '\n')),
              "findings are whole lines");
  for (const char *c = d->text; c && *c; c++) fuzz_expect(*c == '\n' || (unsigned char)*c >= ' ', "lines are printable");
  EluteDiagnosticsClear(d);
}

static double distance_to(void *context, int tissue, const double x[3]) {
  (void)context;
  return x[0] - tissue;
}

const EluteScope *fuzz_scope(void) {
  static char *constants[] = {"R", "k"}, *tissues[] = {"tumour", "muscle"}, *fields[] = {"warmth"};
  static double numbers[] = {2e-3, 3e-5};
  static const EluteValue *warmth;
  static EluteScope scope = {.n_constants = 2,
                             .constant_name = constants,
                             .constant = numbers,
                             .n_fields = 1,
                             .field_name = fields,
                             .field = &warmth,
                             .n_tissues = 2,
                             .tissue_name = tissues,
                             .distance = distance_to};

  if (!warmth) warmth = EluteValueConstant(310.0);
  return &scope;
}
