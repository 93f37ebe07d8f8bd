/* A fuzz target is a file with LLVMFuzzerTestOneInput, named after what it reads. In the preset `fuzz` libFuzzer calls it with
   inputs of its own making; elsewhere replay.c calls it with those of tests/fuzz/corpus. */
#ifndef ELUTE_FUZZ_H
#define ELUTE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "case/tree.h"
#include "case/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* always 0 */

/* Ends the program where the condition does not hold. */
void fuzz_expect(bool condition, const char *claim);
/* The input as a text with a NUL behind it; malloc'd. */
char *fuzz_text(const uint8_t *data, size_t size);
/* The path of a file with this content, in memory; there until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* Refused: with a message of whole printable lines. Accepted: without an error. Clears d. */
void fuzz_expect_said(EluteDiagnostics *d, bool accepted);
/* Two constants, two tissues and a prescribed field. */
const EluteScope *fuzz_scope(void);

#endif
