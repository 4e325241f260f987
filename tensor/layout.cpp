#include "tensor/layout.hpp"

#include <algorithm>

namespace dact {

void axis_order(const Tensor& x, int (&order)[kMaxRank]) {
  int n = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (x.shape()[axis] == 1) continue;  // its stride says nothing; it goes innermost
    int at = n++;
    for (; at > 0 && x.strides()[order[at - 1]] < x.strides()[axis]; --at)
      order[at] = order[at - 1];
    order[at] = axis;
  }
  for (int axis = 0; axis < x.rank(); ++axis)
    if (x.shape()[axis] == 1) order[n++] = axis;
}

Strides strides_like(const Tensor& x, const Shape& shape) {
  int order[kMaxRank];
  axis_order(x, order);
  Strides strides = Strides::filled(shape.rank(), 1);
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[order[i]] = step;
    step *= std::max<std::int64_t>(shape[order[i]], 1);
  }
  return strides;
}

AxisSizes::AxisSizes(const Shape& shape, int axis) : n(shape[axis]) {
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
}

}  // namespace dact
