#include "tensor/ops/image/pooling.hpp"

#include "tensor/error.hpp"
#include "tensor/ops/image/images.hpp"

namespace dact {
void require_sliding(std::string_view where, const Shape& x, const Sliding& s) {
  const std::string got = ", got kernel " + text_of(s.kernel) + ", stride " + text_of(s.stride) +
                          ", padding " + text_of(s.padding) + " for x " + x.str();
  for (const std::int64_t n : {s.kernel.h, s.kernel.w, s.stride.h, s.stride.w})
    if (n < 1 || n > kMaxSide)
      throw UsageError(where, "kernel and stride must be in [1, 2^24]" + got);
  if (s.padding.h < 0 || s.padding.w < 0 || s.padding.h > s.kernel.h / 2 ||
      s.padding.w > s.kernel.w / 2)
    throw UsageError(where, "padding must be in [0, kernel / 2]" + got);
  if (s.kernel.h > x[2] + 2 * s.padding.h || s.kernel.w > x[3] + 2 * s.padding.w)
    throw ShapeError(where, "kernel must fit into the padded image" + got);
}

Sliding sliding_of(std::string_view where, const Attrs& attrs) {
  return {pair_of(where, "kernel", attrs), pair_of(where, "stride", attrs),
          pair_of(where, "padding", attrs)};
}

Attrs sliding_attrs(const Sliding& s, const Attrs& extra) {
  Attrs attrs{attr_of("kernel", s.kernel), attr_of("stride", s.stride),
              attr_of("padding", s.padding)};
  for (const Attr& a : extra.list()) attrs.set(a);
  return attrs;
}

std::vector<BadSample> bad_sliding(const std::string& name, const Attrs& extra) {
  using S = InputSpec;
  const auto attrs = [&](Pair kernel, Pair stride, Pair padding) {
    return sliding_attrs({kernel, stride, padding}, extra);
  };
  const S image = S::uniform({1, 2, 4, 5});
  return {
      {"rank 3",
       {S::uniform({2, 4, 5})},
       attrs(2, 2, 0),
       ErrorKind::shape,
       {name, "rank 4", "[2, 4, 5]"}},
      {"integer x",
       {S::integers({1, 2, 4, 5}, 0, 9)},
       attrs(2, 2, 0),
       ErrorKind::dtype,
       {name, "i64[1, 2, 4, 5]"}},
      {"no x", {S::absent()}, attrs(2, 2, 0), ErrorKind::usage, {name, "none"}},
      {"empty image",
       {S::uniform({1, 2, 0, 5})},
       attrs(2, 2, 0),
       ErrorKind::shape,
       {name, "[1, 2, 0, 5]"}},
      {"kernel 0",
       {image},
       attrs(0, 1, 0),
       ErrorKind::usage,
       {name, "kernel [0, 0]", "[1, 2, 4, 5]"}},
      {"stride 0", {image}, attrs(2, {1, 0}, 0), ErrorKind::usage, {name, "stride [1, 0]"}},
      {"padding beyond half", {image}, attrs(3, 1, 2), ErrorKind::usage, {name, "padding [2, 2]"}},
      {"kernel too large",
       {image},
       attrs({6, 3}, 1, 0),
       ErrorKind::shape,
       {name, "kernel [6, 3]", "[1, 2, 4, 5]"}},
  };
}

}  // namespace dact
