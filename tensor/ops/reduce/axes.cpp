#include "tensor/ops/reduce/axes.hpp"

#include <string>

#include "tensor/error.hpp"

namespace dact {
namespace {

// reduced[i]: axis i is summed away.
void mark_axes(std::string_view where, const Tensor& x, std::span<const std::int64_t> axes,
               bool (&reduced)[kMaxRank]) {
  for (int i = 0; i < x.rank(); ++i) reduced[i] = axes.empty();
  for (const std::int64_t axis : axes) {
    const int i = require_axis(where, x, axis);
    if (reduced[i])
      throw ShapeError(
          where, "axes must differ, got axis " + std::to_string(axis) + " twice for " + x.str());
    reduced[i] = true;
  }
}

}  // namespace

Reduction plan_reduction(std::string_view where, const Tensor& x,
                         std::span<const std::int64_t> axes, bool keep_axes) {
  bool reduced[kMaxRank] = {};
  mark_axes(where, x, axes, reduced);
  Reduction r;
  int order[kMaxRank], at = 0;
  for (int i = 0; i < x.rank(); ++i)
    if (!reduced[i]) {
      order[at++] = i;
      r.kept.push_back(x.shape()[i]);
    }
  for (int i = 0; i < x.rank(); ++i) {
    if (reduced[i]) {
      order[at++] = i;
      r.n *= x.shape()[i];
    }
    if (!reduced[i] || keep_axes) r.result.push_back(reduced[i] ? 1 : x.shape()[i]);
  }
  Shape merged = r.kept;
  merged.push_back(r.n);
  r.x = x.permuted(std::span(order, static_cast<std::size_t>(x.rank()))).reshaped(merged);
  return r;
}

Shape kept_shape(std::string_view where, const Shape& x, std::span<const std::int64_t> axes) {
  bool reduced[kMaxRank] = {};
  mark_axes(where, Tensor(nullptr, DType::f32, x, row_major(x), 0), axes, reduced);
  Shape kept = x;
  for (int i = 0; i < x.rank(); ++i)
    if (reduced[i]) kept[i] = 1;
  return kept;
}

}  // namespace dact
