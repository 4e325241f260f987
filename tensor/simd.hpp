// One vector type per instruction set, for *.simd.cpp files: `vec` of kVec floats and the few
// operations kernels need. Every operation rounds as its scalar counterpart does, so the width
// never shows in a result.
#pragma once
#include <cstdint>

#include "tensor/inline.hpp"

#if !defined(DACT_ISA)
#error "tensor/simd.hpp is for *.simd.cpp files (dact_simd_sources defines DACT_ISA)"
#endif
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace dact::DACT_ISA {

#if defined(__AVX512F__)

using vec = __m512;
inline constexpr int kVec = 16;
DACT_INLINE __mmask16 first_lanes(int n) { return static_cast<__mmask16>((1u << n) - 1u); }
DACT_INLINE vec vzero() { return _mm512_setzero_ps(); }
DACT_INLINE vec vset(float x) { return _mm512_set1_ps(x); }
DACT_INLINE vec vload(const float* p) { return _mm512_loadu_ps(p); }
DACT_INLINE void vstore(float* p, vec v) { _mm512_storeu_ps(p, v); }
/// The first n lanes, 0 <= n <= kVec; the others are +0 and untouched in memory.
DACT_INLINE vec vload_n(const float* p, int n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
DACT_INLINE void vstore_n(float* p, vec v, int n) { _mm512_mask_storeu_ps(p, first_lanes(n), v); }
/// Past the caches, a line of them at a time (only here is a vector one); p on a multiple of 64 bytes. After the last
/// stream_end() makes them seen.
DACT_INLINE void vstream(float* p, vec v) { _mm512_stream_ps(p, v); }
DACT_INLINE void stream_end() { _mm_sfence(); }
DACT_INLINE vec vfma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
DACT_INLINE vec vadd(vec a, vec b) { return _mm512_add_ps(a, b); }
DACT_INLINE vec vsub(vec a, vec b) { return _mm512_sub_ps(a, b); }
DACT_INLINE vec vmul(vec a, vec b) { return _mm512_mul_ps(a, b); }
DACT_INLINE vec vdiv(vec a, vec b) { return _mm512_div_ps(a, b); }

#elif defined(__AVX2__)

using vec = __m256;
inline constexpr int kVec = 8;
DACT_INLINE __m256i first_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
DACT_INLINE vec vzero() { return _mm256_setzero_ps(); }
DACT_INLINE vec vset(float x) { return _mm256_set1_ps(x); }
DACT_INLINE vec vload(const float* p) { return _mm256_loadu_ps(p); }
DACT_INLINE void vstore(float* p, vec v) { _mm256_storeu_ps(p, v); }
DACT_INLINE vec vload_n(const float* p, int n) { return _mm256_maskload_ps(p, first_lanes(n)); }
DACT_INLINE void vstore_n(float* p, vec v, int n) { _mm256_maskstore_ps(p, first_lanes(n), v); }
DACT_INLINE vec vfma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
DACT_INLINE vec vadd(vec a, vec b) { return _mm256_add_ps(a, b); }
DACT_INLINE vec vsub(vec a, vec b) { return _mm256_sub_ps(a, b); }
DACT_INLINE vec vmul(vec a, vec b) { return _mm256_mul_ps(a, b); }
DACT_INLINE vec vdiv(vec a, vec b) { return _mm256_div_ps(a, b); }

#else

// Plain lanes: the compiler vectorises what the target has (NEON), and falls back to the library's
// fmaf elsewhere.
inline constexpr int kVec = 4;
struct vec {
  float lane[kVec];
};
template <class F>
DACT_INLINE vec each_lane(F f) {
  vec r;
  for (int j = 0; j < kVec; ++j) r.lane[j] = f(j);
  return r;
}
DACT_INLINE vec vset(float x) {
  return each_lane([&](int) { return x; });
}
DACT_INLINE vec vzero() { return vset(0.0f); }
DACT_INLINE vec vload_n(const float* p, int n) {
  return each_lane([&](int j) { return j < n ? p[j] : 0.0f; });
}
DACT_INLINE vec vload(const float* p) {
  return each_lane([&](int j) { return p[j]; });
}
DACT_INLINE void vstore_n(float* p, vec v, int n) {
  for (int j = 0; j < n; ++j) p[j] = v.lane[j];
}
DACT_INLINE void vstore(float* p, vec v) { vstore_n(p, v, kVec); }
DACT_INLINE vec vfma(vec a, vec b, vec c) {
  return each_lane([&](int j) { return __builtin_fmaf(a.lane[j], b.lane[j], c.lane[j]); });
}
DACT_INLINE vec vadd(vec a, vec b) {
  return each_lane([&](int j) { return a.lane[j] + b.lane[j]; });
}
DACT_INLINE vec vsub(vec a, vec b) {
  return each_lane([&](int j) { return a.lane[j] - b.lane[j]; });
}
DACT_INLINE vec vmul(vec a, vec b) {
  return each_lane([&](int j) { return a.lane[j] * b.lane[j]; });
}
DACT_INLINE vec vdiv(vec a, vec b) {
  return each_lane([&](int j) { return a.lane[j] / b.lane[j]; });
}

#endif

}  // namespace dact::DACT_ISA
