// Facts about the contractions that no generic check can know: worked numbers, the order of the chains, the copies of every
// instruction set against the plain loops, packed weights and their version.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "tensor/isa.hpp"
#include "tensor/ops/attention/attention.hpp"
#include "tensor/ops/conv2d/conv2d.room.hpp"
#include "tensor/ops/linear/linear.hpp"
#include "tensor/ops/matmul/matmul.hpp"

using namespace dact;

namespace {

Tensor numbers(const Shape& shape, std::vector<float> values) {
  return from_vector(values, Shape{static_cast<std::int64_t>(values.size())}).reshaped(shape);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<float>(), y = b.to_vector<float>();
  if (a.numel() == 0) return b.numel() == 0;  // no memory to compare
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), 4 * x.size()) == 0;
}

struct IsaScope {
  Isa before = isa();
  ~IsaScope() { set_isa(before); }
};

}  // namespace

TEST_SUITE("contract") {
  TEST_CASE("conv2d of a 3x3 image by hand") {
    const Tensor x = numbers({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    const Tensor w = numbers({1, 1, 2, 2}, {1, 10, 100, 1000}), bias = numbers({1}, {0.5f});
    CHECK(conv2d(x, w, bias).to_vector<float>() ==
          std::vector<float>{5421.5f, 6532.5f, 8754.5f, 9865.5f});
    // stride 2 with a border: only the corners of the padded image
    CHECK(conv2d(x, w, {}, {.stride = 3, .padding = 1}).to_vector<float>() ==
          std::vector<float>{1000, 300, 70, 9});
    // two groups see their own channel only
    const Tensor two = numbers({1, 2, 1, 2}, {1, 2, 3, 4}),
                 kernels = numbers({2, 1, 1, 1}, {10, 100});
    CHECK(conv2d(two, kernels, {}, {.groups = 2}).to_vector<float>() ==
          std::vector<float>{10, 20, 300, 400});
  }

  TEST_CASE("the chain runs over (kh, kw, c): taps outside, channels inside") {
    // 2^24 + 1 - 2^24: the 1 is lost if it meets 2^24 first
    const float big = 16777216;
    const Tensor w = numbers({1, 2, 1, 2}, {1, 1, 1, 1});
    const auto y = [&](std::vector<float> c0, std::vector<float> c1) {
      c0.insert(c0.end(), c1.begin(), c1.end());
      return conv2d(numbers({1, 2, 1, 2}, c0), w).item();
    };
    CHECK(y({big, 1}, {-big, 0}) == 1);  // tap 0: big - big, then 1
    CHECK(y({big, -big}, {1, 0}) == 0);  // channel 1 of tap 0 comes before tap 1
  }

  TEST_CASE(
      "an out-of-image input is a +0 term of the forward chain and no term of the data gradient") {
    // -0 + (+0) = +0, so a border tap shows in the sign; weight NaN shows it in the value
    const Tensor w = numbers({1, 1, 1, 3}, {NAN, 1, 1});
    const Conv2dOptions options{.padding = {0, 1}};
    CHECK(std::isnan(conv2d(numbers({1, 1, 1, 1}, {2}), w, {}, options).item()));
    CHECK(conv2d_data_gradient(numbers({1, 1, 1, 1}, {3}), w, {1, 1, 1, 1}, options).item() == 3);
  }

  TEST_CASE("every instruction set gives the bits of the plain loops") {
    const IsaScope scope;
    for (const Sample& sample : conv2d_room::samples()) {
      CAPTURE(sample.label);
      const Shape &xs = sample.inputs[0].shape, &ws = sample.inputs[1].shape;
      const Conv2dOptions options = conv2d_room::options_of(sample.attrs);
      const conv2d_room::Geometry s = conv2d_room::geometry("test", xs, ws, options);
      const Tensor x = randn(xs, {.use = "x"}).contiguous_channels_last();
      const Tensor w = randn(ws, {.use = "w"}), bias = randn({s.out_c}, {.use = "b"});
      const Tensor g =
          randn({s.batch, s.out_c, s.out_h, s.out_w}, {.use = "g"}).contiguous_channels_last();
      Tensor y = empty_like(g), dx = empty_like(x), dw = empty(ws), db = empty({s.out_c});
      conv2d_room::forward_plain(s, x.data<float>(), w.data<float>(), bias.data<float>(),
                                 y.mutate<float>());
      conv2d_room::data_gradient_plain(s, g.data<float>(), w.data<float>(), dx.mutate<float>());
      conv2d_room::weight_gradient_plain(s, g.data<float>(), x.data<float>(), dw.mutate<float>());
      conv2d_room::bias_gradient_plain(g.data<float>(), s.batch, s.out_h * s.out_w, s.out_c,
                                       db.mutate<float>());
      for (const Isa one : available_isas()) {
        CAPTURE(std::string(name_of(one)));
        set_isa(one);
        CHECK(same_bits(conv2d(x, w, bias, options), y));
        CHECK(same_bits(conv2d_data_gradient(g, w, xs, options), dx));
        CHECK(same_bits(conv2d_weight_gradient(g, x, ws, options), dw));
        CHECK(same_bits(conv2d_bias_gradient(g), db));
      }
    }
  }

  TEST_CASE("a weight that is written is packed again") {
    const Tensor x = numbers({1, 2}, {1, 10});
    Tensor w = numbers({1, 2}, {1, 2});
    CHECK(linear(x, w).item() == 21);
    w.mutate<float>()[0] = 5;
    CHECK(linear(x, w).item() == 25);
    // views of one storage keep their own packings
    const Tensor both = numbers({2, 2}, {1, 2, 3, 4});
    CHECK(linear(x, both.sliced(0, 0, 1)).item() == 21);
    CHECK(linear(x, both.sliced(0, 1, 2)).item() == 43);
    CHECK(linear(x, both.sliced(0, 0, 1)).item() == 21);
  }

  TEST_CASE("a folded weight computes the same and comes back bit for bit") {
    const IsaScope scope;
    for (const Sample& sample : conv2d_room::samples()) {
      CAPTURE(sample.label);
      const Conv2dOptions options = conv2d_room::options_of(sample.attrs);
      const Tensor x = randn(sample.inputs[0].shape, {.use = "x"});
      Tensor w = randn(sample.inputs[1].shape, {.use = "w"});
      w.mutate<float>()[0] = -0.0f;
      const Tensor copy = w.clone(), y = conv2d(x, w, {}, options);
      for (const Isa one : available_isas()) {
        set_isa(one);
        conv2d_fold_weight(w, options.groups);
        CHECK(w.storage()->folded());
        CHECK(same_bits(conv2d(x, w, {}, options), y));
        CHECK(w.storage()->folded());  // the convolution did not ask for it
        CHECK(same_bits(w, copy));
        CHECK_FALSE(w.storage()->folded());
      }
    }
  }

  TEST_CASE("a folded weight takes the memory of one copy, and a write ends the fold") {
    const Tensor x = randn({2, 256}, {.use = "x"});
    Tensor w = randn({512, 256}, {.use = "w"});
    constexpr std::size_t kBytes = 512 * 256 * 4;
    const Tensor y = linear(x, w);  // packs it
    const std::size_t twice = memory_stats().live;
    linear_fold_weight(w);
    CHECK(memory_stats().live == twice - kBytes);
    CHECK(same_bits(linear(x, w), y));
    w.mutate<float>()[0] = 1e6f;
    CHECK_FALSE(same_bits(linear(x, w), y));
    CHECK(memory_stats().live == twice);  // the weight and its new packing; the old one is gone
    linear_fold_weight(w);
    CHECK(w.data<float>()[0] == 1e6f);
    // half of a storage stays where it is
    const Tensor half = w.sliced(0, 0, 256);
    linear_fold_weight(half);
    CHECK_FALSE(half.storage()->folded());
  }

  TEST_CASE("matmul by hand, with its four ways to lie") {
    const Tensor a = numbers({2, 3}, {1, 2, 3, 4, 5, 6}),
                 b = numbers({3, 2}, {1, 10, 2, 20, 3, 30});
    const std::vector<float> y{14, 140, 32, 320};
    const Tensor at = a.transposed(0, 1).contiguous(), bt = b.transposed(0, 1).contiguous();
    CHECK(matmul(a, b).to_vector<float>() == y);
    CHECK(matmul(at, b, {.transpose_a = true}).to_vector<float>() == y);
    CHECK(matmul(a, bt, {.transpose_b = true}).to_vector<float>() == y);
    CHECK(matmul(at, bt, {.transpose_a = true, .transpose_b = true}).to_vector<float>() == y);
    // one b for a batch of a
    const Tensor batch = numbers({2, 1, 3}, {1, 0, 0, 0, 0, 1});
    CHECK(matmul(batch, b).to_vector<float>() == std::vector<float>{1, 10, 3, 30});
  }

  TEST_CASE("attention picks the key that a query matches, and a shut key never") {
    const Tensor q = numbers({1, 1, 1, 2}, {100, 0}),
                 k = numbers({1, 1, 3, 2}, {1, 0, 0, 1, -1, 0});
    const Tensor v = numbers({1, 1, 3, 1}, {5, 7, 9});
    CHECK(attention(q, k, v).item() == 5);
    const Tensor mask = numbers({1, 1, 1, 3}, {-INFINITY, 0, 0});
    CHECK(attention(q, k, v, mask).item() == 7);
    // equal scores: the mean
    CHECK(attention(zeros({1, 1, 1, 2}), k, v).item() == doctest::Approx(7));
    // the heads of a token lie side by side, so merging them is a view
    const Tensor o = attention(randn({2, 3, 4, 5}, {.use = "q"}), randn({2, 3, 4, 5}, {.use = "k"}),
                               randn({2, 3, 4, 5}, {.use = "v"}));
    CHECK(o.permuted(std::vector<int>{0, 2, 1, 3}).is_contiguous());
  }
}
