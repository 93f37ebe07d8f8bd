/* What tests may ask of the emulated device (cuda_runtime.h beside this). The environment sets the same for whole
   programs: ELUTE_EMULATION_FAIL="launch 7"    elute_emulation_fail("launch", 7) ELUTE_EMULATION_ORDER=2
   elute_emulation_order(2) ELUTE_EMULATION_DEVICES=0          how many devices there are (default 1); -1: the driver is
   missing ELUTE_EMULATION_MEMORY=1000000     bytes of device memory (default 4 GiB) */
#ifndef ELUTE_EMULATION_H
#define ELUTE_EMULATION_H

#ifdef __cplusplus
extern "C" {
#endif

/* The n-th call from now on (1: the next) of its kind fails: "allocate"; "copy"; "launch", at once; "run": the kernel
   dies on the device, which shows at the next wait and at everything after it. NULL: nothing fails, and a dead device
   lives. */
void elute_emulation_fail(const char *kind, long n);

/* Blocks and warps run 0: in order, lanes backwards; 1: backwards, lanes in order; else: all shuffled, by this seed. */
void elute_emulation_order(int order);

/* What happened since the program began. */
typedef struct EluteEmulationCounts {
  long allocations, launches, waits;
  long long to_device, to_host; /* bytes */
} EluteEmulationCounts;
void elute_emulation_counts(EluteEmulationCounts *counts);

#ifdef __cplusplus
}
#endif
#endif
