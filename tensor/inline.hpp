// Marks functions of headers that kernels of several instruction sets share: always inlined, so that no copy compiled
// for AVX-512 can become the one that the linker keeps for every machine. Under nvcc also a device function.
#pragma once
#if defined(__CUDACC__)
#define DACT_INLINE __host__ __device__ __forceinline__
#else
#define DACT_INLINE __attribute__((always_inline)) inline
#endif

// Marks loops that wait for memory: on AVX-512 they are faster with 256-bit vectors (add on 33 MB: 0.98 of a triad's
// bytes per second, with 512 bits 0.84), loops of long polynomials with 512 (exp: 0.82 and 0.60). The bits are the same.
#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
#define DACT_NARROW __attribute__((target("prefer-vector-width=256")))
#else
#define DACT_NARROW
#endif
