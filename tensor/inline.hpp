// Marks functions of headers that kernels of several instruction sets share: always inlined, so that no copy compiled
// for AVX-512 can become the one that the linker keeps for every machine. Under nvcc also a device function.
#pragma once
#if defined(__CUDACC__)
#define DACT_INLINE __host__ __device__ __forceinline__
#else
#define DACT_INLINE __attribute__((always_inline)) inline
#endif
