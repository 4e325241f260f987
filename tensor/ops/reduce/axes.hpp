// Reductions along axes: one place turns any layout into rows of elements to reduce.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.hpp"

namespace dact {

/// x seen as [kept..., n]: the reduced axes merged, in ascending row-major logical order, into one last axis.
struct Reduction {
  Tensor x;      // a view, or a contiguous copy where strides do not merge
  Shape kept;    // sizes of the kept axes
  Shape result;  // shape of the result, with size-1 axes in place of the reduced ones if keep_axes
  std::int64_t n = 1;  // elements per result
};

/// `axes` empty means all. Negative axes wrap; a repeated axis is a ShapeError.
Reduction plan_reduction(std::string_view where, const Tensor& x,
                         std::span<const std::int64_t> axes, bool keep_axes);

/// Shape of the gradient before it is expanded again: size-1 axes in place of the reduced ones.
Shape kept_shape(std::string_view where, const Shape& x, std::span<const std::int64_t> axes);

}  // namespace dact
