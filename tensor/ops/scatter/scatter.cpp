#include "tensor/ops/scatter/scatter.hpp"

#include <cstring>

#include "tensor/error.hpp"
#include "tensor/layout.hpp"
#include "tensor/ops/scatter/scatter.device.hpp"

namespace dact {

// A counting sort, which is stable: count, add up, place in ascending source order.
ScatterPlan::ScatterPlan(std::span<const std::int64_t> destination, std::int64_t destinations)
    : begin_(zeros({destinations + 1}, DType::i64)) {
  std::int64_t* begin = begin_.mutate<std::int64_t>();
  for (const std::int64_t d : destination)
    if (d >= 0) ++begin[d + 1];
  for (std::int64_t d = 0; d < destinations; ++d) begin[d + 1] += begin[d];
  source_ = empty({begin[destinations]}, DType::i64);
  std::int64_t* source = source_.mutate<std::int64_t>();
  // begin[d] serves as the next free place of d and ends as begin[d + 1]; shifted back below
  for (std::size_t s = 0; s < destination.size(); ++s)
    if (destination[s] >= 0) source[begin[destination[s]]++] = static_cast<std::int64_t>(s);
  for (std::int64_t d = destinations; d > 0; --d) begin[d] = begin[d - 1];
  begin[0] = 0;
}

namespace {

template <class T>
void sum_groups(const ScatterPlan& plan, const T* src, T* y, std::int64_t outer,
                std::int64_t sources, std::int64_t inner) {
  const std::int64_t n = plan.destinations();
  parallel_ranges(outer * n, 4096 / (inner + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {  // r = o * n + d
      T* to = y + r * inner;
      for (std::int64_t j = 0; j < inner; ++j) to[j] = T(0);
      for (const std::int64_t s : plan.sources(r % n)) {
        const T* from = src + (r / n * sources + s) * inner;
        for (std::int64_t j = 0; j < inner; ++j) to[j] = to[j] + from[j];
      }
    }
  });
}

std::string position_of(const Shape& shape, std::int64_t flat) {
  Dims at = shape;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    at[i] = flat % shape[i];
    flat /= shape[i];
  }
  return at.str();
}

}  // namespace

Tensor scatter_sum(const ScatterPlan& plan, const Tensor& src, std::int64_t outer,
                   std::int64_t sources, std::int64_t inner) {
  Tensor y = empty({outer, plan.destinations(), inner}, src.dtype(), src.device());
  if (on_device(src)) {
    const auto [begin, source] = plan.on_device();
    scatter_on_device(begin, source, src, sources, inner, y);
    return y;
  }
  dispatch_float("scatter", src, [&]<class T>() {
    sum_groups<T>(plan, src.data<T>(), y.mutate<T>(), outer, sources, inner);
  });
  return y;
}

Tensor scatter_unique(const Tensor& g, const Tensor& index, const Shape& shape, int axis) {
  const AxisSizes a(shape, axis);
  const Tensor from = g.contiguous(), where = index.contiguous();
  Tensor y = zeros(shape, g.dtype(), g.device());
  const std::int64_t k = index.shape()[axis];
  if (on_device(g)) {
    scatter_unique_on_device(from, where, a, k, y);
    return y;
  }
  const std::int64_t* at = where.data<std::int64_t>();
  dispatch_float("scatter", g, [&]<class T>() {
    const T* src = from.data<T>();
    T* to = y.mutate<T>();
    for (std::int64_t r = 0; r < from.numel(); ++r)  // r = (o * k + ..) * inner + j
      to[(r / (k * a.inner) * a.n + at[r]) * a.inner + r % a.inner] = T(0) + src[r];
  });
  return y;
}

Tensor checked_indices(std::string_view where, const Tensor& index, std::int64_t n) {
  require_defined(where, "index", index);
  if (index.dtype() != DType::i64 && index.dtype() != DType::i32)
    throw DtypeError(where, "index must be i64 or i32, got " + index.str());
  const Tensor wide = index.to(DType::i64).contiguous();
  if (on_device(wide)) {  // the check reads them on the host: one wait per call
    checked_indices(where, wide.to(Device::cpu), n);
    return wide;
  }
  const std::int64_t* p = wide.data<std::int64_t>();
  for (std::int64_t i = 0; i < wide.numel(); ++i)
    if (p[i] < 0 || p[i] >= n)
      throw UsageError(where, "index must lie in [0, " + std::to_string(n) + "), got " +
                                  std::to_string(p[i]) + " at position " +
                                  position_of(index.shape(), i) + " of " + index.str());
  return wide;
}

}  // namespace dact
