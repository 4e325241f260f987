#include "reenact/train/truth.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/ops/cat/cat.hpp"
#include "tensor/ops/sum/sum.hpp"

namespace dact::train {

const std::vector<TruthGroup>& truth_groups() {
  static const std::vector<TruthGroup> groups = {
      {"pose", 0, 4, 1},          {"gaze", 4, 6, 0.02},
      {"camera", 6, 9, 0.01},     {"expression", 9, 41, 0.005},
      {"identity", 41, 77, 0.02}, {"appearance", 77, 143, 0.02}};
  return groups;
}

TruthRows truth_rows(const Batch& b) {
  const std::int64_t n = b.pose.size(0), known = 77;
  return {cat(Tensors{b.pose, b.gaze, b.camera, b.expression, b.identity, b.appearance}, 1),
          cat(Tensors{full({n, known}, 1), b.appearance_seen}, 1)};
}

Tensor balanced(const Tensor& seen) {
  Tensor out = seen.contiguous().clone();
  float* p = out.mutate<float>();
  for (std::int64_t n = 0; n < out.size(0); ++n, p += kTruthWidth)
    for (const TruthGroup& g : truth_groups())
      for (std::int64_t k = g.begin; k < g.end; ++k) p[k] /= static_cast<float>(g.end - g.begin);
  return out;
}

TruthScale::TruthScale(const Batch& measured)
    : mean_(static_cast<std::size_t>(kTruthWidth)), spread_(mean_.size()) {
  const TruthRows rows = truth_rows(measured);
  const auto value = rows.value.to_vector<float>(), seen = rows.seen.to_vector<float>();
  const std::size_t width = mean_.size(), count = value.size() / width;
  for (std::size_t k = 0; k < width; ++k) {
    double sum = 0, square = 0, weight = 0;
    for (std::size_t n = 0; n < count; ++n)
      if (seen[n * width + k] > 0) {
        sum += static_cast<double>(value[n * width + k]);
        weight += 1;
      }
    mean_[k] = weight > 0 ? sum / weight : 0;
    for (std::size_t n = 0; n < count; ++n)
      if (seen[n * width + k] > 0) {
        const double d = static_cast<double>(value[n * width + k]) - mean_[k];
        square += d * d;
      }
    const double spread = weight > 0 ? std::sqrt(square / weight) : 0;
    spread_[k] = spread > 1e-6 ? spread : 0;  // below a millionth it is rounding
  }
  for (const TruthGroup& g : truth_groups())
    for (auto k = static_cast<std::size_t>(g.begin); k < static_cast<std::size_t>(g.end); ++k)
      if (spread_[k] > 0) spread_[k] = std::max(spread_[k], g.least_spread);
}

TruthRows TruthScale::normalised(const Batch& batch) const {
  TruthRows rows = truth_rows(batch);
  rows.value = rows.value.contiguous().clone();
  rows.seen = rows.seen.contiguous().clone();
  float *value = rows.value.mutate<float>(), *seen = rows.seen.mutate<float>();
  const std::size_t width = mean_.size();
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows.value.numel()); ++i) {
    const std::size_t k = i % width;
    if (spread_[k] == 0) seen[i] = 0;
    value[i] = seen[i] == 0
                   ? 0.0F
                   : static_cast<float>((static_cast<double>(value[i]) - mean_[k]) / spread_[k]);
  }
  return rows;
}

Var smooth_l1(const Var& a, const Var& b, const Tensor& weight, double beta) {
  const Var d = abs(sub(a, b)), q = clamp(d, 0, beta);
  const Var each = mul(Var(weight.to(a.value().device())), mul(q, sub(d, mul_scalar(q, 0.5))));
  const double total = std::max(1.0, sum(weight).item());
  return mul_scalar(sum(each), 1 / (beta * total));
}

}  // namespace dact::train
