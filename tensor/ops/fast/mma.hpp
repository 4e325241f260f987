// The product of small matrices that a card's tensor cores compute for a warp of 32 threads (lanes): a 16 x 32 bytes
// times b 32 bytes x 8, sums in f32. One word of 32 bits holds two neighbouring terms in bf16, or one in tf32; counted
// in words, both modes have one layout:
//   a  word w of row r: lane 4 (r % 8) + w % 4, register r / 8 + 2 (w / 4)        r < 16, w < 8
//   b  word w of column n: lane 4 n + w % 4, register w / 4                       n < 8
//   c  row r, column n: lane 4 (r % 8) + n / 2, register 2 (r / 8) + n % 2
// source       PTX ISA, mma.m16n8k16 (.bf16) and mma.m16n8k8 (.tf32), matrix fragments
#pragma once
#include <cstddef>
#include <cstdint>

#include "tensor/cuda/kernel.hpp"
#include "tensor/math_cast.hpp"

namespace dact::cuda {

inline constexpr int kLanes = 32;

/// A count as the size of an array.
DACT_INLINE constexpr std::size_t extent(int count) { return static_cast<std::size_t>(count); }

// Whose words a thread holds: its own on a card. On the host a thread has no warp to ask and holds those of all lanes.
#if defined(__CUDACC__)
inline constexpr int kHeldLanes = 1;
#else
inline constexpr int kHeldLanes = kLanes;
#endif

template <int words>
struct Fragment {
  std::uint32_t word[kHeldLanes][extent(words)];

  /// at(lane, i): word i of a lane.
  template <class F>
  DACT_INLINE void load(int lane, F&& at) {
    for (int h = 0; h < kHeldLanes; ++h) {
      DACT_UNROLL
      for (int i = 0; i < words; ++i) word[h][i] = at(kHeldLanes == 1 ? lane : h, i);
    }
  }
};

/// To nearest, ties away from zero (as cvt.rna.tf32 does): 11 significant bits. NaN stays NaN.
DACT_INLINE std::uint32_t to_tf32_bits(float x) {
  const std::uint32_t u = math::bits_of(x);
  return math::isnan(x) ? 0x7fc00000u : (u + 0x1000u) & ~0x1fffu;
}

/// How terms are rounded and packed into words. kTerms: of one word.
struct Bf16 {
  static constexpr int kTerms = 2;
  DACT_INLINE static std::uint32_t word(const float* x) {
    return math::to_bf16_bits(x[0]) | static_cast<std::uint32_t>(math::to_bf16_bits(x[1])) << 16;
  }
  DACT_INLINE static float term(std::uint32_t word, int i) {
    return math::from_bf16_bits(static_cast<std::uint16_t>(word >> (16 * i)));
  }
};
struct Tf32 {
  static constexpr int kTerms = 1;
  DACT_INLINE static std::uint32_t word(const float* x) { return to_tf32_bits(x[0]); }
  DACT_INLINE static float term(std::uint32_t word, int) { return math::float_of(word); }
};

/// c += a b: the lane's four sums. The host adds one term after the other, a card in an order of its own.
template <class Mode>
DACT_INLINE void mma(int lane, const Fragment<4>& a, const Fragment<2>& b, float* c) {
#if defined(__CUDA_ARCH__)
  if constexpr (Mode::kTerms == 2)
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a.word[0][0]), "r"(a.word[0][1]), "r"(a.word[0][2]), "r"(a.word[0][3]),
          "r"(b.word[0][0]), "r"(b.word[0][1]));
  else
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a.word[0][0]), "r"(a.word[0][1]), "r"(a.word[0][2]), "r"(a.word[0][3]),
          "r"(b.word[0][0]), "r"(b.word[0][1]));
#elif !defined(__CUDACC__)
  for (int i = 0; i < 4; ++i) {
    const int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
    for (int w = 0; w < 8; ++w)
      for (int k = 0; k < Mode::kTerms; ++k)
        c[i] += Mode::term(a.word[4 * (row % 8) + w % 4][row / 8 + 2 * (w / 4)], k) *
                Mode::term(b.word[4 * column + w % 4][w / 4], k);  // exact: at most 22 bits
  }
#endif
}

}  // namespace dact::cuda
