#include "tensor/ops/norm/norm.kernels.hpp"
#include "tensor/ops/norm/norm.loops.hpp"
#include "tensor/simd.hpp"

namespace dact::DACT_ISA {

#if defined(__AVX512F__)
namespace {

// Small pieces pass through a buffer in L1, so that stores on their way and arithmetic go on together. c and y are whole
// lines.
DACT_INLINE void stream_forward(const float* x, const float* mean, const float* a, const float* d,
                                bool silu, float* y, std::int64_t pixels, std::int64_t c) {
  constexpr std::int64_t kPiece = 128;
  alignas(64) float piece[kPiece];
  for (std::int64_t p = 0; p < pixels; ++p, x += c, y += c)
    for (std::int64_t from = 0; from < c; from += kPiece) {
      const std::int64_t width = c - from < kPiece ? c - from : kPiece;
      norm_forward_loop(x + from, mean + from, a + from, d + from, silu, piece, 1, width);
      for (std::int64_t i = 0; i < width; i += kVec) vstream(y + from + i, vload(piece + i));
    }
  stream_end();
}

}  // namespace
#endif

// Half a line at a time, as with AVX2, the detour costs more than it saves: 2.4 instead of 2.3 memcpys.
void norm_forward_f32(const float* x, const float* mean, const float* a, const float* d, bool silu,
                      [[maybe_unused]] bool stream, float* y, std::int64_t pixels, std::int64_t c) {
#if defined(__AVX512F__)
  const bool lines = c % kVec == 0 && reinterpret_cast<std::uintptr_t>(y) % sizeof(vec) == 0;
  if (stream && lines) return stream_forward(x, mean, a, d, silu, y, pixels, c);
#endif
  norm_forward_loop(x, mean, a, d, silu, y, pixels, c);
}

void norm_upstream_f32(const float* g, const float* x, const float* mean, const float* a,
                       const float* d, float* gv, std::int64_t pixels, std::int64_t c) {
  norm_upstream_loop(g, x, mean, a, d, gv, pixels, c);
}

void norm_chunk_sums_f32(const float* gv, const float* x, const float* mean, float* s1, float* s2,
                         std::int64_t pixels, std::int64_t c) {
  norm_chunk_sums_loop(gv, x, mean, s1, s2, pixels, c);
}

void norm_backward_f32(const float* gv, const float* x, const float* mean, const float* a,
                       const float* k1, const float* k2, float* dx, std::int64_t pixels,
                       std::int64_t c) {
  norm_backward_loop(gv, x, mean, a, k1, k2, dx, pixels, c);
}

}  // namespace dact::DACT_ISA
