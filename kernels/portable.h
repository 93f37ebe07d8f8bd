/* The only file that tests for the CUDA compiler: what the physics in cell/ needs to compile in both worlds. */
#ifndef ELUTE_PORTABLE_H
#define ELUTE_PORTABLE_H

#ifdef __CUDACC__
#define ELUTE_INLINE static __host__ __device__ __forceinline__
#else
#define ELUTE_INLINE static inline __attribute__((always_inline))
#endif

#ifdef __cplusplus
#define ELUTE_RESTRICT __restrict__
#else
#define ELUTE_RESTRICT restrict
#endif

#endif
