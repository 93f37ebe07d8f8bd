/* The only file that tests for the CUDA compiler: what the physics in cell/ needs to compile in both worlds.
   ELUTE_UNROLL before a loop of constant length: its array elements become registers on a GPU, where an index known
   only at run time would send them to memory. */
#ifndef ELUTE_PORTABLE_H
#define ELUTE_PORTABLE_H

#ifdef __CUDACC__
#define ELUTE_INLINE static __host__ __device__ __forceinline__
#else
#define ELUTE_INLINE static inline __attribute__((always_inline))
#endif

#ifdef __CUDA_ARCH__
#define ELUTE_UNROLL _Pragma("unroll")
#else
#define ELUTE_UNROLL
#endif

#ifdef __cplusplus
#define ELUTE_RESTRICT __restrict__
#else
#define ELUTE_RESTRICT restrict
#endif

#endif
