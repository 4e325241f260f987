// Copies between layouts whose innermost axes differ, a tile at a time: every cache line that is
// read or written is used whole.
#pragma once
#include <algorithm>
#include <cstdint>

#include "tensor/loop.hpp"

namespace dact {

/// 4 x 4 numbers of 4 bytes: to[j * oj + i] = from[i * si + j].
template <class T>
void transpose_4x4(T* to, std::int64_t oj, const T* from, std::int64_t si) {
  typedef std::uint32_t V __attribute__((vector_size(16)));
  V a, b, c, d;
  __builtin_memcpy(&a, from, sizeof a);
  __builtin_memcpy(&b, from + si, sizeof a);
  __builtin_memcpy(&c, from + 2 * si, sizeof a);
  __builtin_memcpy(&d, from + 3 * si, sizeof a);
  const V ab_lo = __builtin_shufflevector(a, b, 0, 4, 1, 5),
          cd_lo = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const V ab_hi = __builtin_shufflevector(a, b, 2, 6, 3, 7),
          cd_hi = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_lo, cd_lo, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_lo, cd_lo, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_hi, cd_hi, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_hi, cd_hi, 2, 3, 6, 7);
  __builtin_memcpy(to, &a, sizeof a);
  __builtin_memcpy(to + oj, &b, sizeof a);
  __builtin_memcpy(to + 2 * oj, &c, sizeof a);
  __builtin_memcpy(to + 3 * oj, &d, sizeof a);
}

/// One tile, mi x mj: to[i * oi + j * oj] = from[i * si + j * sj].
template <class T>
void transpose_tile(T* to, std::int64_t oi, std::int64_t oj, const T* from, std::int64_t si,
                    std::int64_t sj, std::int64_t mi, std::int64_t mj) {
  std::int64_t j = 0;
  if constexpr (sizeof(T) == 4) {
    if (oi == 1 && sj == 1)
      for (; j + 4 <= mj; j += 4) {
        std::int64_t i = 0;
        for (; i + 4 <= mi; i += 4) transpose_4x4(to + j * oj + i, oj, from + i * si + j, si);
        for (; i < mi; ++i)
          for (std::int64_t k = j; k < j + 4; ++k) to[k * oj + i] = from[i * si + k];
      }
  }
  for (; j < mj; ++j)
    for (std::int64_t i = 0; i < mi; ++i) to[i * oi + j * oj] = from[i * si + j * sj];
}

/// The axis of operand k with the smallest stride, or -1; plans drop axes of size 1.
inline int innermost_axis(const LoopPlan<2>& plan, std::size_t k) {
  int best = -1;
  for (int a = 0; a < plan.rank; ++a)
    if (plan.stride[k][a] > 0 && (best < 0 || plan.stride[k][a] < plan.stride[k][best])) best = a;
  return best;
}

/// Whether tiles pay: both sides have an innermost axis of their own, long enough to fill lines.
inline bool is_transposing(const LoopPlan<2>& plan) {
  const int to = innermost_axis(plan, 0), from = innermost_axis(plan, 1);
  return to >= 0 && from >= 0 && to != from && plan.size[to] >= 8 && plan.size[from] >= 8;
}

/// out (operand 0) = in (operand 1) where is_transposing(plan).
template <class T>
void copy_transposed(const LoopPlan<2>& plan, T* out, const T* in) {
  const int i_axis = innermost_axis(plan, 0), j_axis = innermost_axis(plan, 1);
  const std::int64_t ni = plan.size[i_axis], nj = plan.size[j_axis];
  const std::int64_t oi = plan.stride[0][i_axis], oj = plan.stride[0][j_axis];
  const std::int64_t si = plan.stride[1][i_axis], sj = plan.stride[1][j_axis];
  // of 4 bytes: a line of out and a run of lines of in; where in's runs follow each other anyway
  // (channels-last pixels), long runs of out
  const std::int64_t to_run = si == nj * sj ? 128 : 16, from_run = 256;
  const std::int64_t tiles_i = (ni + to_run - 1) / to_run, tiles_j = (nj + from_run - 1) / from_run;
  const std::int64_t planes = plan.numel / (ni * nj);
  parallel_ranges(planes * tiles_j * tiles_i, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const std::int64_t i0 = tile % tiles_i * to_run, j0 = tile / tiles_i % tiles_j * from_run;
      std::int64_t plane = tile / (tiles_i * tiles_j), to = i0 * oi + j0 * oj,
                   from = i0 * si + j0 * sj;
      for (int a = plan.rank - 1; a >= 0; --a) {
        if (a == i_axis || a == j_axis) continue;
        to += plane % plan.size[a] * plan.stride[0][a];
        from += plane % plan.size[a] * plan.stride[1][a];
        plane /= plan.size[a];
      }
      const std::int64_t mi = std::min(to_run, ni - i0), mj = std::min(from_run, nj - j0);
      transpose_tile(out + to, oi, oj, in + from, si, sj, mi, mj);
    }
  });
}

}  // namespace dact
