// Worked numbers: what PyTorch's pools give (2.x, CPU, f32), and the rules at ties.
#include <limits>

#include "image_numbers.hpp"
#include "tensor/ops/sum/sum.hpp"

using namespace dact;
using namespace dact::image_numbers;

TEST_SUITE("pools") {
  TEST_CASE("avg_pool2d, count_include_pad true") {
    const Tensor y = avg_pool2d(picture({1, 1, 5, 6}), {3, 2},
                                {.stride = 2, .padding = 1, .count_include_pad = true});
    CHECK(distance(y, {-0.791666687, 0.729166687, -0.395833343, -0.09375, -0.25, 0.864583313,
                       0.229166672, -0.78125, 0.458333343, 0.0729166642, 0, 0.104166664}) < 1e-6);
  }

  TEST_CASE("avg_pool2d, count_include_pad false") {
    const Tensor y = avg_pool2d(picture({1, 1, 5, 6}), {3, 2},
                                {.stride = 2, .padding = 1, .count_include_pad = false});
    CHECK(distance(y, {-2.375, 1.09375, -0.59375, -0.28125, -0.5, 0.864583313, 0.229166672, -1.5625,
                       1.375, 0.109375, 0, 0.3125}) < 1e-6);
  }

  TEST_CASE("adaptive_avg_pool2d") {
    CHECK(distance(adaptive_avg_pool2d(picture({1, 1, 5, 6}), {3, 4}),
                   {-1.21875, 1.09375, -0.59375, 0.140625, 0.65625, 0.864583313, 0.229166672,
                    -0.614583313, 0.953125, 0.109375, 0, -0.84375}) < 1e-6);
  }

  TEST_CASE("a global average is the operator sum divided by n, bit for bit") {
    const Tensor x = picture({2, 19, 37, 41});
    const std::vector<float> mean = adaptive_avg_pool2d(x, 1).to_vector<float>();
    std::vector<float> total = sum(x, {2, 3}).to_vector<float>();
    for (float& v : total) v = v / (37.0f * 41.0f);
    CHECK(mean == total);
  }

  TEST_CASE("max_pool2d and its winners") {
    const Tensors y = max_pool2d(picture({1, 1, 5, 6}), 3, {.stride = 2, .padding = 1});
    CHECK(distance(y[0], {0.5625, 2.875, 2.25, 3.0625, 3.0625, 2.4375, 3.0625, 3.0625, 2.625}) ==
          0);
    CHECK(y[1].to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{7, 8, 5, 19, 19, 16, 19, 19, 27});
  }

  TEST_CASE("max_pool2d: first winner, NaN wins, +0 over -0, padding never wins") {
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                inf = std::numeric_limits<float>::infinity();
    const auto pool = [](const std::vector<float>& v) {
      return max_pool2d(from_vector(v, {1, 1, 2, 2}), 2);
    };
    CHECK(pool({2, 5, 5, 1})[1].item() == 1);
    CHECK(std::isnan(pool({inf, 3, nan, nan})[0].item()));
    CHECK(pool({inf, 3, nan, nan})[1].item() == 2);
    CHECK(pool({-0.0f, -1, 0.0f, 0.0f})[1].item() == 2);
    CHECK_FALSE(std::signbit(pool({-0.0f, -1, 0.0f, 0.0f})[0].item()));
    const Tensors low = max_pool2d(full({1, 1, 1, 1}, -inf), 3, {.stride = 1, .padding = 1});
    CHECK(low[0].item() == -inf);
    CHECK(low[1].item() == 0);
  }

  TEST_CASE("max_pool2d: at a tie the gradient goes to the first winner") {
    const Tensor dx = gradient(full({1, 1, 3, 3}, 2.0),
                               [](const Var& v) { return max_pool2d(v, 2, {.stride = 1}); });
    CHECK(dx.to_vector<float>() == std::vector<float>{0, 1, 0, 2, 3, 0, 0, 0, 0});
  }
}
