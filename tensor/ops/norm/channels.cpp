#include "tensor/ops/norm/channels.hpp"

namespace dact::norm {

Strides channels_innermost(const Shape& shape) {
  Strides s = shape;
  std::int64_t step = std::max<std::int64_t>(shape[1], 1);
  for (int i = shape.rank() - 1; i >= 2; --i) {
    s[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  s[1] = 1;
  s[0] = step;
  return s;
}

Pixels as_pixels(const Tensor& x) {
  const std::int64_t batch = x.shape()[0], channels = x.shape()[1], each = batch * channels;
  return {in_layout(x, channels_innermost(x.shape())), batch, each ? x.numel() / each : 0,
          channels};
}

}  // namespace dact::norm
