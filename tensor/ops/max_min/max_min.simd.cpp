#include "tensor/ops/max_min/max_min.kernels.hpp"
#include "tensor/ops/reduce/columns.hpp"

namespace dact::DACT_ISA {
namespace {

// Floats as integers in the order of NUMERICS.md 8, NaN on top; the loser of any comparison is
// kNothing.
constexpr std::int32_t kNan = 0x7fffffff, kNothing = -kNan - 1;
typedef std::int32_t Keys __attribute__((vector_size(64)));

DACT_INLINE Keys keys_of(Lanes x, bool least) {
  Keys b;
  __builtin_memcpy(&b, &x, sizeof b);
  b = b ^ ((b >> 31) & kNan);  // negative floats count downwards
  b = least ? ~b : b;
  return x != x ? Keys{} + kNan : b;
}

DACT_INLINE std::int32_t key_of(float x, bool least) {
  std::int32_t b = __builtin_bit_cast(std::int32_t, x);
  b = b ^ ((b >> 31) & kNan);
  b = least ? ~b : b;
  return x != x ? kNan : b;
}

std::int64_t winner_of_row(bool least, const float* x, std::int64_t n) {
  Keys best = Keys{} + kNothing, at = {},
       here = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Keys k = keys_of(load_lanes(x + i), least);
    const Keys better = k > best;
    best = better ? k : best;
    at = better ? here : at;
    here = here + kLanes;
  }
  std::int32_t key = kNothing;
  std::int64_t winner = 0;
  for (int j = 0; j < kLanes; ++j)  // the first of equals over all lanes
    if (best[j] > key || (best[j] == key && at[j] < winner)) {
      key = best[j];
      winner = at[j];
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
