#include "tensor/ops/adaptive_avg_pool2d/adaptive_avg_pool2d.hpp"

#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/windows.hpp"

namespace dact {

Tensor adaptive_avg_pool2d(const Tensor& x, Pair size) {
  require_images("adaptive_avg_pool2d", x);
  require_size("adaptive_avg_pool2d", x, size);
  return window_means(x, adaptive_windows(x.size(2), size.h), adaptive_windows(x.size(3), size.w));
}

namespace adaptive_avg_pool2d_room {

Tensor forward(const Tensor& x, const Attrs& attrs) {
  return adaptive_avg_pool2d(x, pair_of("adaptive_avg_pool2d", "size", attrs));
}

// y_o = (1 / n_o) sum over i in window(o) of x_i => dx_i = sum over the windows o over i of g_o /
// n_o
Tensors vjp(const VjpCtx& c) {
  const Pair size = pair_of("adaptive_avg_pool2d", "size", c.attrs);
  const Shape& x = c.in_shapes[0];
  return {window_means_gradient(c.grad[0], adaptive_windows(x[2], size.h),
                                adaptive_windows(x[3], size.w))};
}

std::vector<Sample> samples() {
  std::vector<Sample> list;
  const auto add = [&](std::string label, Shape shape, Pair size) {
    const Attrs attrs{attr_of("size", size)};
    list.push_back(
        {label + shape.str() + " " + attrs.str(), {InputSpec::uniform(shape, -2, 2)}, attrs});
  };
  add("", {2, 3, 4, 4}, 1);
  add("", {1, 1, 1, 1}, 1);
  add("", {0, 3, 4, 4}, 2);
  add("", {2, 0, 4, 4}, 2);
  add("", {2, 2, 4, 6}, {2, 3});
  add("", {1, 2, 7, 5}, {3, 2});
  add("", {2, 1, 5, 7}, {4, 5});
  add("", {1, 2, 2, 3}, {5, 4});
  add("", {2, 1, 6, 4}, {6, 4});
  add("", {1, 1, 47, 2}, {28, 1});
  add("large ", {1, 3, 188, 188}, 112);
  add("large ", {2, 37, 33, 41}, 1);
  add("large ", {1, 18, 63, 64}, {2, 5});
  return list;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const std::string name = "adaptive_avg_pool2d";
  const auto size = [](Pair p) { return Attrs{attr_of("size", p)}; };
  return {
      {"rank 3", {S::uniform({2, 4, 5})}, size(1), ErrorKind::shape, {name, "rank 4", "[2, 4, 5]"}},
      {"empty image",
       {S::uniform({1, 2, 4, 0})},
       size(1),
       ErrorKind::shape,
       {name, "[1, 2, 4, 0]"}},
      {"integer x",
       {S::integers({1, 2, 4, 5}, 0, 9)},
       size(1),
       ErrorKind::dtype,
       {name, "i64[1, 2, 4, 5]"}},
      {"size 0",
       {S::uniform({1, 2, 4, 5})},
       size({2, 0}),
       ErrorKind::shape,
       {name, "[2, 0]", "[1, 2, 4, 5]"}},
      {"size of one number",
       {S::uniform({1, 2, 4, 5})},
       {{"size", std::vector<std::int64_t>{3}}},
       ErrorKind::usage,
       {name, "size", "[3]"}},
  };
}

}  // namespace adaptive_avg_pool2d_room

const OpDef adaptive_avg_pool2d_op{
    .name = "adaptive_avg_pool2d",
    .equation = "y[i, j] = mean x[floor(i H / h) .. ceil((i + 1) H / h) - 1, same for j]",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {adaptive_avg_pool2d_room::forward(in[0], a)};
    },
    .vjp = adaptive_avg_pool2d_room::vjp,
    .saves = Saves::none(),
    .samples = adaptive_avg_pool2d_room::samples,
    .bad_samples = adaptive_avg_pool2d_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = image_cost<2>,
};

}  // namespace dact
