/* Counts what kernels ask of device memory and what of that caches leave to be moved. The kernels are compiled with
   gcc's -fsanitize=thread, which calls a function at every access, and without its run-time library: the functions are
   ours (bytes.cpp). No part of the emulation that other tests use. */
#ifndef ELUTE_EMULATION_BYTES_H
#define ELUTE_EMULATION_BYTES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Since the program began, in device memory alone: not shared memory, registers, kernel arguments. */
typedef struct EluteEmulationBytes {
  double requested; /* by loads and stores, as if there were no cache */
  double moved;     /* between memory and caches that are as bytes.cpp says */
} EluteEmulationBytes;

void elute_emulation_bytes_begin(void); /* once, before the first kernel */
void elute_emulation_bytes(EluteEmulationBytes *bytes);

#ifdef __cplusplus
}
#endif
#endif
