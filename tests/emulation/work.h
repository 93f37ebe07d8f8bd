/* Counts what kernels ask of device memory, what of that caches leave to be moved, and what they compute. The kernels
   are compiled with gcc's -fsanitize=thread, which calls a function at every access, and without its run-time library:
   the functions are ours (work.cpp); and with a class that counts in place of `double` (operations.h). No part of the
   emulation that other tests use. */
#ifndef ELUTE_EMULATION_WORK_H
#define ELUTE_EMULATION_WORK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Since the program began. Bytes in device memory alone: not shared memory, registers, kernel arguments. */
typedef struct EluteEmulationWork {
  double requested;   /* bytes, by loads and stores, as if there were no cache */
  double moved;       /* bytes, between memory and caches that are as work.cpp says */
  double operations;  /* in double precision, as operations.h counts them */
  double conversions; /* from float to double */
} EluteEmulationWork;

void elute_emulation_work_begin(void); /* once, before the first kernel */
void elute_emulation_work(EluteEmulationWork *work);

#ifdef __cplusplus
}
#endif
#endif
