// What the worked numbers of the image operators share.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "autograd/ops.hpp"

namespace dact::image_numbers {

/// ((37 i) mod 101) / 16 - 3 for i = 0, 1, ...: exact in f32, without a pattern that a filter could
/// hide.
inline Tensor picture(const Shape& shape) {
  std::vector<float> v(static_cast<std::size_t>(numel_of(shape)));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i * 37 % 101) / 16.0f - 3.0f;
  return from_vector(v, shape);
}

/// 0, 1, 2, ...: an upstream gradient that tells every output from the others.
inline Tensor counting(const Shape& shape) {
  return arange(0, static_cast<double>(numel_of(shape))).reshaped(shape);
}

/// Largest difference to `expected`, row-major; infinite when the sizes differ.
inline double distance(const Tensor& got, const std::vector<double>& expected) {
  const std::vector<double> v = got.to(DType::f64).to_vector<double>();
  if (v.size() != expected.size()) return HUGE_VAL;
  double worst = 0;
  for (std::size_t i = 0; i < v.size(); ++i) worst = std::max(worst, std::fabs(v[i] - expected[i]));
  return worst;
}

/// Gradient by x of <upstream, y(x)>.
template <class F>
Tensor gradient(const Tensor& x, F&& y_of) {
  const Var leaf(x, true);
  const Var y = y_of(leaf);
  const Tensor upstream = counting(y.shape());
  backward(std::span(&y, 1), std::span(&upstream, 1));
  return leaf.grad();
}

}  // namespace dact::image_numbers
