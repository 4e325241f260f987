#pragma once
#include <cstdint>

// Channels-last blocks of `pixels` x `c`; per-channel constants mean, a, d.
//   forward   v = fma(x - mean, a, d);  y = silu ? v s(v) : v                  (NUMERICS.md 5)
//             stream: y is larger than the caches and need not pass through them
//   upstream  gv = silu ? g * silu'(v) : g
//   sums      s1[c] = sum over pixels of gv,  s2[c] = sum of gv * (x - mean)   one chunk: pixels <= 1024
//   backward  dx = fma(a, gv, fma(x - mean, k2, k1))
#define DACT_DECLARE_NORM                                                                       \
  void norm_forward_f32(const float* x, const float* mean, const float* a, const float* d,      \
                        bool silu, bool stream, float* y, std::int64_t pixels, std::int64_t c); \
  void norm_upstream_f32(const float* g, const float* x, const float* mean, const float* a,     \
                         const float* d, float* gv, std::int64_t pixels, std::int64_t c);       \
  void norm_chunk_sums_f32(const float* gv, const float* x, const float* mean, float* s1,       \
                           float* s2, std::int64_t pixels, std::int64_t c);                     \
  void norm_backward_f32(const float* gv, const float* x, const float* mean, const float* a,    \
                         const float* k1, const float* k2, float* dx, std::int64_t pixels,      \
                         std::int64_t c);
namespace dact::isa_portable {
DACT_DECLARE_NORM
}
namespace dact::isa_avx2 {
DACT_DECLARE_NORM
}
namespace dact::isa_avx512 {
DACT_DECLARE_NORM
}

namespace dact::norm {
/// The same by element type: f32 picks the instruction set, f64 runs plain loops.
template <class T>
void forward(const T* x, const T* mean, const T* a, const T* d, bool silu, bool stream, T* y,
             std::int64_t pixels, std::int64_t c);
template <class T>
void upstream(const T* g, const T* x, const T* mean, const T* a, const T* d, T* gv,
              std::int64_t pixels, std::int64_t c);
template <class T>
void chunk_sums(const T* gv, const T* x, const T* mean, T* s1, T* s2, std::int64_t pixels,
                std::int64_t c);
template <class T>
void backward(const T* gv, const T* x, const T* mean, const T* a, const T* k1, const T* k2, T* dx,
              std::int64_t pixels, std::int64_t c);
}  // namespace dact::norm
