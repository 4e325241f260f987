#include "tensor/ops/max_min/max_min.kernels.hpp"
#include "tensor/ops/reduce/columns.hpp"

namespace dact::DACT_ISA {
namespace {

// Floats as integers in the order of NUMERICS.md 8, NaN on top; the loser of any comparison is
// kNothing.
constexpr std::int32_t kNan = 0x7fffffff, kNothing = -kNan - 1;

DACT_INLINE IntPart keys_of(Part x, bool least) {
  IntPart b;
  __builtin_memcpy(&b, &x, sizeof b);
  b = b ^ ((b >> 31) & kNan);  // negative floats count downwards
  b = least ? ~b : b;
  return x != x ? IntPart{} + kNan : b;
}

DACT_INLINE std::int32_t key_of(float x, bool least) {
  std::int32_t b = __builtin_bit_cast(std::int32_t, x);
  b = b ^ ((b >> 31) & kNan);
  b = least ? ~b : b;
  return x != x ? kNan : b;
}

std::int64_t winner_of_row(bool least, const float* x, std::int64_t n) {
  IntPart best[kParts], at[kParts] = {}, here[kParts];
  std::int32_t first[kLanes];
  for (int j = 0; j < kLanes; ++j) first[j] = j;
  __builtin_memcpy(here, first, sizeof first);
  for (IntPart& b : best) b = IntPart{} + kNothing;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 4
    for (int p = 0; p < kParts; ++p) {
      const IntPart k = keys_of(load_part(x + i + p * kPart), least);
      const IntPart better = k > best[p];
      best[p] = better ? k : best[p];
      at[p] = better ? here[p] : at[p];
      here[p] = here[p] + kLanes;
    }
  }
  std::int32_t key = kNothing;
  std::int64_t winner = 0;
  for (int j = 0; j < kLanes; ++j) {  // the first of equals over all lanes
    const std::int32_t k = best[j / kPart][j % kPart], where = at[j / kPart][j % kPart];
    if (k > key || (k == key && where < winner)) {
      key = k;
      winner = where;
    }
  }
  for (; i < n; ++i)
    if (key_of(x[i], least) > key) {
      key = key_of(x[i], least);
      winner = i;
    }
  return winner;
}

void winner_of_strip(bool least, const float* x, std::int64_t stride, std::int64_t n, int width,
                     std::int64_t* index) {
  std::int32_t best[kStrip], at[kStrip];
  for (int c = 0; c < kStrip; ++c) {
    best[c] = kNothing;
    at[c] = 0;
  }
  for (std::int64_t i = 0; i < n; ++i, x += stride)
    for (int c = 0; c < width; ++c) {
      const std::int32_t k = key_of(x[c], least);
      at[c] = k > best[c] ? static_cast<std::int32_t>(i) : at[c];
      best[c] = k > best[c] ? k : best[c];
    }
  for (int c = 0; c < width; ++c) index[c] = at[c];
}

}  // namespace

void winner_rows_f32(bool least, const float* x, std::int64_t row_stride, std::int64_t n,
                     std::int64_t* index, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r) index[r] = winner_of_row(least, x + r * row_stride, n);
}

void winner_columns_f32(bool least, const float* x, std::int64_t stride, std::int64_t n,
                        std::int64_t* index, std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; r += kStrip) {
    const int width = static_cast<int>(rows - r < kStrip ? rows - r : kStrip);
    winner_of_strip(least, x + r, stride, n, width, index + r);
  }
}

}  // namespace dact::DACT_ISA
