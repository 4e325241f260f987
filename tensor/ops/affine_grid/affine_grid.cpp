#include "tensor/ops/affine_grid/affine_grid.hpp"

#include "tensor/math_bits.hpp"
#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/parallel.hpp"
#include "tensor/sum.hpp"

namespace dact {

namespace affine_grid_room {

// Centres of n pixels across -1 .. 1.
template <class T>
std::vector<T> centres(std::int64_t n, bool align_corners) {
  std::vector<T> at;
  const std::int64_t span = align_corners ? n - 1 : n;
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t twice = align_corners ? 2 * j - span : 2 * j + 1 - span;
    at.push_back(span > 0 ? static_cast<T>(twice) / static_cast<T>(span) : T(0));
  }
  return at;
}

template <class T>
void fill(const T* theta, std::int64_t batch, Pair size, bool align_corners, T* grid) {
  const std::vector<T> x = centres<T>(size.w, align_corners), y = centres<T>(size.h, align_corners);
  constexpr std::int64_t kGrain = 8192;  // points worth handing to another thread
  parallel_ranges(batch * size.h, kGrain / size.w + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const T* t = theta + row / size.h * 6;
      const T v = y[static_cast<std::size_t>(row % size.h)];
      T* out = grid + 2 * row * size.w;
      for (std::size_t j = 0; j < x.size(); ++j)
        for (std::size_t k = 0; k < 2; ++k)
          out[2 * j + k] =
              math::fma(t[3 * k + 1], v, math::fma(t[3 * k], x[j], T(0))) + t[3 * k + 2];
    }
  });
}

// grid_p = theta e_p, e_p = (x, y, 1)   =>   dtheta = sum_p g_p e_p^T
template <class T>
void theta_gradient(const T* g, Pair size, bool align_corners, T* dtheta) {
  const std::vector<T> x = centres<T>(size.w, align_corners), y = centres<T>(size.h, align_corners);
  const auto x_of = [&](std::int64_t p) { return x[static_cast<std::size_t>(p % size.w)]; };
  const auto y_of = [&](std::int64_t p) { return y[static_cast<std::size_t>(p / size.w)]; };
  const std::int64_t points = size.h * size.w;
  for (int k = 0; k < 2; ++k) {
    const T* from = g + k;
    dtheta[3 * k] = lane_sum<T>(points, [&](std::int64_t p) { return from[2 * p] * x_of(p); });
    dtheta[3 * k + 1] = lane_sum<T>(points, [&](std::int64_t p) { return from[2 * p] * y_of(p); });
    dtheta[3 * k + 2] = lane_sum<T>(points, [&](std::int64_t p) { return from[2 * p]; });
  }
}

Tensors vjp(const VjpCtx& c) {
  const Tensor g = c.grad[0].contiguous();
  const Pair size{g.size(1), g.size(2)};
  const bool align = c.attrs.flag("align_corners");
  if (on_device(g))
    return {affine_grid_gradient_on_device(g, centres<float>(size.w, align),
                                           centres<float>(size.h, align))};
  Tensor dtheta = empty(c.in_shapes[0], c.dtype);
  dispatch_float("affine_grid", g, [&]<class T>() {
    const T* from = g.data<T>();
    T* to = dtheta.mutate<T>();
    parallel_ranges(g.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b)
        theta_gradient(from + 2 * b * size.h * size.w, size, align, to + 6 * b);
    });
  });
  return {dtheta};
}

std::vector<Sample> samples() {
  std::vector<Sample> list;
  const auto add = [&](std::string label, std::int64_t batch, Pair size, bool align) {
    const Attrs attrs{attr_of("size", size), {"align_corners", align}};
    list.push_back({label + "B=" + std::to_string(batch) + " " + attrs.str(),
                    {InputSpec::uniform({batch, 2, 3}, -1.5, 1.5)},
                    attrs});
  };
  for (const bool align : {false, true}) {
    add("", 1, {1, 1}, align);
    add("", 0, {3, 2}, align);
    add("", 2, {3, 4}, align);
    add("", 3, {1, 7}, align);
    add("", 2, {5, 1}, align);
    add("large ", 2, {47, 39}, align);
  }
  add("large ", 1, {112, 112}, false);
  return list;
}

std::vector<BadSample> bad_samples() {
  using S = InputSpec;
  const std::string name = "affine_grid";
  const auto size = [](Pair p) { return Attrs{attr_of("size", p), {"align_corners", false}}; };
  return {
      {"rank 2", {S::uniform({2, 3})}, size(4), ErrorKind::shape, {name, "theta", "[2, 3]"}},
      {"3 x 3",
       {S::uniform({1, 3, 3})},
       size(4),
       ErrorKind::shape,
       {name, "[B, 2, 3]", "[1, 3, 3]"}},
      {"no theta", {S::absent()}, size(4), ErrorKind::usage, {name, "none"}},
      {"integer theta",
       {S::integers({1, 2, 3}, 0, 2)},
       size(4),
       ErrorKind::dtype,
       {name, "i64[1, 2, 3]"}},
      {"size 0",
       {S::uniform({1, 2, 3})},
       size({0, 4}),
       ErrorKind::shape,
       {name, "[0, 4]", "[1, 2, 3]"}},
  };
}

}  // namespace affine_grid_room

Tensor affine_grid(const Tensor& theta, Pair size, bool align_corners) {
  require_rank("affine_grid", "theta", theta, 3);
  require_float("affine_grid", "theta", theta);
  if (theta.size(1) != 2 || theta.size(2) != 3)
    throw ShapeError("affine_grid", "theta must be [B, 2, 3], got " + theta.str());
  require_size("affine_grid", theta, size);
  const Tensor in = theta.contiguous();
  Tensor grid = empty({theta.size(0), size.h, size.w, 2}, theta.dtype(), theta.device());
  if (on_device(theta)) {
    affine_grid_on_device(in, affine_grid_room::centres<float>(size.w, align_corners),
                          affine_grid_room::centres<float>(size.h, align_corners), grid);
    return grid;
  }
  dispatch_float("affine_grid", theta, [&]<class T>() {
    affine_grid_room::fill(in.data<T>(), theta.size(0), size, align_corners, grid.mutate<T>());
  });
  return grid;
}

const OpDef affine_grid_op{
    .name = "affine_grid",
    .equation = "grid[i, j] = theta (x_j, y_i, 1)",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {affine_grid(in[0], pair_of("affine_grid", "size", a), a.flag("align_corners"))};
    },
    .vjp = affine_grid_room::vjp,
    .saves = Saves::none(),
    .samples = affine_grid_room::samples,
    .bad_samples = affine_grid_room::bad_samples,
    .tolerance = {Tolerance::Unit::scaled, 4},
    .cost = image_cost<5>,
};

}  // namespace dact
