// NUMERICS.md 6, once for all scatters: contributions to one destination are added in ascending
// flat source index, starting at +0. A stable sort groups the sources by destination; one owner
// sums each destination. No atomics.
#pragma once
#include <cstdint>
#include <span>
#include <utility>

#include "tensor/parallel.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Sources grouped by destination, ascending inside each group.
class ScatterPlan {
 public:
  /// destination[s] in [0, destinations), or negative: source s is dropped.
  ScatterPlan(std::span<const std::int64_t> destination, std::int64_t destinations);
  std::int64_t destinations() const { return begin_.numel() - 1; }
  /// The sources of destination d.
  std::span<const std::int64_t> sources(std::int64_t d) const {
    const std::int64_t* b = begin_.data<std::int64_t>();
    return {source_.data<std::int64_t>() + b[d], static_cast<std::size_t>(b[d + 1] - b[d])};
  }
  /// begin [destinations + 1] and sources, uploaded.
  std::pair<Tensor, Tensor> on_device() const {
    return {begin_.to(Device::cuda), source_.to(Device::cuda)};
  }

 private:
  Tensor begin_;   // i64 [destinations + 1]
  Tensor source_;  // i64 [sources kept]
};

/// y[o, d, j] = sum of src[o, s, j] over the sources s of d, o < outer, j < inner; f32, f64.
/// src [outer, sources, inner], y [outer, destinations, inner], both contiguous.
Tensor scatter_sum(const ScatterPlan& plan, const Tensor& src, std::int64_t outer,
                   std::int64_t sources, std::int64_t inner);

/// y[o, index[o, k, j], j] = +0 + g[o, k, j], +0 elsewhere, for indices that differ along the axis:
/// each destination has one contribution, so no sort is needed. y of `shape`; f32, f64.
Tensor scatter_unique(const Tensor& g, const Tensor& index, const Shape& shape, int axis);

/// Indices as contiguous i64, each in [0, n). DtypeError unless i64 or i32; UsageError naming the
/// first index outside, its position and the range.
Tensor checked_indices(std::string_view where, const Tensor& index, std::int64_t n);

}  // namespace dact
