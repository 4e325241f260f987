#include "tensor/ops/image/images.hpp"

#include <algorithm>

#include "tensor/error.hpp"

namespace dact {

void require_images(std::string_view where, const Tensor& x) {
  require_float(where, "x", x);
  require_image_shape(where, x);
}

void require_image_shape(std::string_view where, const Tensor& x) {
  require_rank(where, "x", x, 4);
  if (std::min(x.size(2), x.size(3)) < 1 || std::max(x.size(2), x.size(3)) > kMaxSide)
    throw ShapeError(where, "x must be [B, C, H, W] with H, W in [1, 2^24], got " + x.str());
}

void require_size(std::string_view where, const Tensor& x, Pair size) {
  if (std::min(size.h, size.w) < 1 || std::max(size.h, size.w) > kMaxSide)
    throw ShapeError(where, "size must be in [1, 2^24] in both directions, got " + text_of(size) +
                                " for " + x.str());
}

std::string text_of(Pair p) { return "[" + std::to_string(p.h) + ", " + std::to_string(p.w) + "]"; }

Pair pair_of(std::string_view where, std::string_view name, const Attrs& attrs) {
  const std::vector<std::int64_t>& v = attrs.ints(name);
  if (v.size() != 2)
    throw UsageError(where, std::string(name) + " must be two integers, got {" + attrs.str() + "}");
  return {v[0], v[1]};
}

Attr attr_of(std::string_view name, Pair pair) {
  return {name, std::vector<std::int64_t>{pair.h, pair.w}};
}

}  // namespace dact
