// Worked numbers of the shape and index operators: layouts, views, orders of addition.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"

using namespace dact;

namespace {

Tensor numbers(const Shape& shape) {
  return arange(0, static_cast<double>(numel_of(shape))).reshaped(shape);
}

Tensor indices(std::vector<std::int64_t> values) {
  return from_vector(values, {static_cast<std::int64_t>(values.size())});
}

template <class F>
std::string error_of(F&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_SUITE("index") {
  TEST_CASE("views share storage; nothing is copied") {
    const Tensor x = numbers({2, 3, 4, 5});
    const std::vector<std::int64_t> order = {0, 2, 3, 1}, sizes = {1, 2};
    CHECK(reshape(x, {6, 20}).storage() == x.storage());
    CHECK(permute(x, order).storage() == x.storage());
    CHECK(expand(x.sliced(1, 0, 1), {2, 7, 4, 5}).storage() == x.storage());
    CHECK(slice(x, 2, 1, -1).storage() == x.storage());
    for (const Tensor& part : split(x, sizes, 1)) CHECK(part.storage() == x.storage());
    // a channels-last image is [B, H * W, C] without a copy
    const Tensor image = x.contiguous_channels_last();
    CHECK(reshape(permute(image, order), {2, 20, 3}).storage() == image.storage());
    CHECK(permute(x, order).reshaped({2, 60}).storage() != x.storage());  // no strides can
  }

  TEST_CASE("cat of channels-last images is channels-last") {
    const Tensor a = numbers({2, 3, 4, 5}), b = numbers({2, 2, 4, 5});
    const Tensor rows = cat(Tensors{a, b}, 1);
    const Tensor pixels =
        cat(Tensors{a.contiguous_channels_last(), b.contiguous_channels_last()}, 1);
    CHECK(rows.is_contiguous());
    CHECK(pixels.is_channels_last());
    CHECK(rows.to_vector<float>() == pixels.to_vector<float>());
    CHECK(slice(pixels, 1, 3).to_vector<float>() == b.to_vector<float>());
  }

  TEST_CASE("flip and pad") {
    const Tensor x = from_vector(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
    const std::vector<std::int64_t> last = {1}, before = {0, 2}, after = {1, 1};
    CHECK(flip(x, last).to_vector<float>() == std::vector<float>{3, 2, 1, 6, 5, 4});
    CHECK(pad(x, before, after, {PadMode::constant, 9}).to_vector<float>() ==
          std::vector<float>{9, 9, 1, 2, 3, 9, 9, 9, 4, 5, 6, 9, 9, 9, 9, 9, 9, 9});
    CHECK(pad(x, before, after, {PadMode::reflect}).to_vector<float>() ==
          std::vector<float>{3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2});
    CHECK(pad(x, before, after, {PadMode::replicate}).to_vector<float>() ==
          std::vector<float>{1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6, 4, 4, 4, 5, 6, 6});
  }

  TEST_CASE("scatter_add adds in ascending source index, from +0") {
    // ((0 + 1e8) + 1) - 1e8 = 0 in f32, then + 1 = 1; another order gives 2. x joins last.
    const Tensor src = from_vector(std::vector<float>{1e8f, 1, -1e8f, 1}, {4});
    const Tensor x = from_vector(std::vector<float>{0.5f, -0.0f}, {2});
    const Tensor y = scatter_add(x, indices({0, 0, 0, 0}), src, 0);
    CHECK(y.to_vector<float>()[0] == 1.5f);
    CHECK_FALSE(std::signbit(y.to_vector<float>()[1]));  // -0 + (+0)
  }

  TEST_CASE("embedding rows and their gradient") {
    const Var table(numbers({4, 2}), true);
    const Var rows = embedding(table, Var(indices({3, 0, 3})));
    CHECK(rows.value().to_vector<float>() == std::vector<float>{6, 7, 0, 1, 6, 7});
    backward(sum(mul(rows, Var(from_vector(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2})))));
    CHECK(table.grad().to_vector<float>() == std::vector<float>{3, 4, 0, 0, 0, 0, 6, 8});
  }

  TEST_CASE("an index outside is named with its position and the range") {
    const Tensor x = numbers({2, 3});
    const Tensor bad = from_vector(std::vector<std::int64_t>{0, 1, 2, 5}, {2, 2});
    const std::string text = error_of([&] { gather(x, bad, 1); });
    CHECK(text == "gather: index must lie in [0, 3), got 5 at position [1, 1] of i64[2, 2]@cpu");
  }

  TEST_CASE("the parts of a split that nobody uses get a zero gradient") {
    const Var x(numbers({2, 5}), true);
    const Vars parts = split(x, {2, 3}, 1);
    backward(sum(parts[1]));
    CHECK(x.grad().to_vector<float>() == std::vector<float>{0, 0, 1, 1, 1, 0, 0, 1, 1, 1});
  }
}
