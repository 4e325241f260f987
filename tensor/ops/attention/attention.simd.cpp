// Softmax of a band of scores while it is in cache, and its derivative: the trees of NUMERICS.md 4 in vectors.
#include "tensor/math.hpp"
#include "tensor/ops/attention/attention.kernels.hpp"
#include "tensor/ops/reduce/lanes.hpp"

namespace dact::DACT_ISA {
namespace {

/// x = x * scale (+ mask), and its largest element; NaN wins.
float scale_and_max(float* x, std::int64_t n, float scale, const float* mask, std::int64_t step) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] * scale;
  if (mask && step == 1)
    for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] + mask[i];
  else if (mask)
    for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] + mask[i * step];
  const auto keep = [](auto most, auto v) { return (v <= most) | (most != most); };
  Lanes wide = Lanes{} - __builtin_inff();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Lanes v = load_lanes(x + i);
#pragma GCC unroll 4
    for (int p = 0; p < kParts; ++p)
      wide.part[p] = keep(wide.part[p], v.part[p]) ? wide.part[p] : v.part[p];
  }
  float lane[kLanes], most = -__builtin_inff();
  __builtin_memcpy(lane, &wide, sizeof lane);
  for (; i < n; ++i) most = keep(most, x[i]) ? most : x[i];
  for (const float l : lane) most = keep(most, l) ? most : l;
  return most;
}

}  // namespace

void attention_softmax(const attention_room::Scores<float>& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    float* x = s.data + r * s.keys;
    const float most = scale_and_max(x, s.keys, s.scale, s.mask ? s.mask + r * s.mask_row : nullptr,
                                     s.mask_column);
    for (std::int64_t i = 0; i < s.keys; ++i) x[i] = math::exp(x[i] - most);
    const float sum = sum_of_row(
        s.keys, [&](std::int64_t i) { return load_lanes(x + i); },
        [&](std::int64_t i) { return x[i]; });
    for (std::int64_t i = 0; i < s.keys; ++i) x[i] = x[i] / sum;
  }
}

void attention_score_gradient(const float* p, float* dp, std::int64_t rows, std::int64_t keys,
                              float scale) {
  for (std::int64_t r = 0; r < rows; ++r, p += keys, dp += keys) {
    const float dot = sum_of_row(
        keys, [&](std::int64_t i) { return load_lanes(p + i) * load_lanes(dp + i); },
        [&](std::int64_t i) { return p[i] * dp[i]; });
    for (std::int64_t i = 0; i < keys; ++i) dp[i] = p[i] * (dp[i] - dot) * scale;
  }
}

}  // namespace dact::DACT_ISA
