// Worked numbers: what PyTorch's interpolate gives (2.x, CPU, f32) on the formula picture.
#include "image_numbers.hpp"

using namespace dact;
using namespace dact::image_numbers;

namespace {
constexpr double kClose =
    4e-6;  // PyTorch's coordinates are float too, and differ in the last place
}

TEST_SUITE("interpolate") {
  TEST_CASE("interpolate_bilinear, align_corners false") {
    const Tensor y = interpolate_bilinear(picture({1, 2, 5, 4}), {7, 6}, false);
    CHECK(y.is_channels_last());
    CHECK(distance(
              y.sliced(1, 1, 2),
              {-0.9375,     0.21875,       0.708333015,  -1.95833337,  -1.46875,    -0.3125,
               0.741071463, 0.09375,       -0.619047701, -0.880952358, 0.209821492, 1.36607146,
               1.03571391,  -0.0625000224, -0.775297225, 0.766369402,  1.40624988,  1.66071403,
               -1.375,      -0.21875,      1.32291687,   2.86458349,   1.25,        -0.75,
               0.723214686, -0.37500003,   -1.087798,    0.453868687,  1.09375,     1.34821475,
               0.116071299, -0.53125,      -0.793154418, 0.748512089,  0.93749994,  0.741071284,
               -1.8125,     -0.65625,      0.885416806,  2.42708325,   0.8125,      -1.18750012}) <
          kClose);
  }

  TEST_CASE("interpolate_bilinear, align_corners true") {
    const Tensor y = interpolate_bilinear(picture({1, 2, 5, 4}), {3, 7}, true);
    CHECK(y.is_channels_last());
    CHECK(distance(y.sliced(1, 1, 2),
                   {-0.9375, 0.21875,  1.375,  -0.625,  -2.625, -1.46875, -0.3125,
                    -1.375,  -0.21875, 0.9375, 2.09375, 3.25,   1.25,     -0.75,
                    -1.8125, -0.65625, 0.5,    1.65625, 2.8125, 0.8125,   -1.1875}) < kClose);
  }

  TEST_CASE("interpolate_bicubic, align_corners false") {
    const Tensor y = interpolate_bicubic(picture({1, 2, 5, 4}), {4, 6}, false);
    CHECK(y.is_channels_last());
    CHECK(distance(y.sliced(1, 1, 2),
                   {-0.733808935, 0.511297226, 0.609399855,  -2.04755116,  -1.47272301,
                    0.235408828,  1.08674741,  -0.370253563, -0.825640261, 1.4828831,
                    2.00887966,   1.50506222,  0.826127112,  -0.565856934, -1.19783223,
                    0.568082094,  1.33648682,  1.30464268,   -1.56757987,  -0.852432251,
                    0.685064375,  2.45097876,  1.0499115,    -1.08906341}) < kClose);
  }

  TEST_CASE("interpolate_bicubic, align_corners true") {
    const Tensor y = interpolate_bicubic(picture({1, 2, 5, 4}), {3, 6}, true);
    CHECK(y.is_channels_last());
    CHECK(distance(y.sliced(1, 1, 2),
                   {-0.9375, 0.909750223, 0.837499619, -2.0875001, -2.15974998, -0.3125, -1.375,
                    -0.209500059, 1.66250014, 3.28250027, 1.94774914, -0.75, -1.8125, -0.647000015,
                    1.22500014, 2.84500003, 1.51024926, -1.1875}) < kClose);
  }

  TEST_CASE("interpolate_bilinear_aa to 3 x 4, and its gradient's row 3") {
    const Tensor x = picture({1, 1, 7, 9});
    CHECK(distance(interpolate_bilinear_aa(x, {3, 4}),
                   {-0.288392812, -0.435431153, -0.0384363867, 0.479081631, 0.60504204, 0.674587607,
                    -0.336083233, -0.0468487144, 0.288265377, 0.627939939, 0.288109571,
                    -0.180994943}) < kClose);
    const Tensor dx = gradient(x, [](const Var& v) { return interpolate_bilinear_aa(v, {3, 4}); });
    CHECK(distance(dx.sliced(2, 3, 4),
                   {0.611764967, 0.856528342, 0.881779373, 0.913917005, 0.994261384, 1.0746057,
                    1.2393117, 1.41606927, 1.07058859}) < 4 * kClose);
  }

  TEST_CASE("interpolate_bilinear_aa to 4 x 12, and its gradient's row 3") {
    const Tensor x = picture({1, 1, 7, 9});
    CHECK(distance(interpolate_bilinear_aa(x, {4, 12}),
                   {-2.01785707,  -0.572544694, 0.034598168,  -0.523065507,  -1.26860118,
                    -0.135416597, 0.471726239,  0.10193447,   -0.643601179,  0.489583343,
                    1.09672618,   0.851190329,  0.900000095,  1.24062502,    0.607812524,
                    -0.498437464, 1.2359376,    -0.185937539, -0.818750083,  -0.0943749696,
                    0.314375013,  -0.22375007,  -0.193750054, 0.462500095,   -0.194999948,
                    0.145624965,  0.743749917,  1.27874994,   0.551250041,   0.770624936,
                    0.137812465,  -1.18937492,  -0.780625045, -0.0562499911, -0.0262499675,
                    -0.632499933, 0.955357134,  0.334077388,  -0.18601191,   -0.180059597,
                    1.32886899,   0.959077358,  0.326264888,  0.181919664,   1.91629457,
                    -0.106770888, -0.739583373, 0.517857134}) < kClose);
    const Tensor dx = gradient(x, [](const Var& v) { return interpolate_bilinear_aa(v, {4, 12}); });
    CHECK(distance(dx.sliced(2, 3, 4), {14.0700006, 13.6500006, 16.0300007, 17.0800018, 16.4500008,
                                        19.1100025, 20.1599998, 19.25, 22.1200008}) < 4 * kClose);
  }

  TEST_CASE("interpolate_bicubic_aa to 3 x 4, and its gradient's row 3") {
    const Tensor x = picture({1, 1, 7, 9});
    CHECK(distance(interpolate_bicubic_aa(x, {3, 4}),
                   {-0.344124973, -0.491990089, -0.00282908068, 0.54855299, 0.732623041,
                    0.732205749, -0.521595776, -0.0908792093, 0.221264243, 0.654054105, 0.419878155,
                    -0.216037065}) < kClose);
    const Tensor dx = gradient(x, [](const Var& v) { return interpolate_bicubic_aa(v, {3, 4}); });
    CHECK(distance(dx.sliced(2, 3, 4),
                   {0.60383147, 0.857740283, 0.900175393, 0.929307282, 1.00214183, 1.09191096,
                    1.28922498, 1.44594836, 1.09339356}) < 4 * kClose);
  }

  TEST_CASE("interpolate_bicubic_aa to 2 x 11, and its gradient's row 3") {
    const Tensor x = picture({1, 1, 7, 9});
    CHECK(distance(
              interpolate_bicubic_aa(x, {2, 11}),
              {-0.569054186, 0.605821252,  0.19723846,    -0.311291605, 0.091895096, -0.249989808,
               -0.14173837,  -0.329137743, -0.0183506496, 0.503168166,  0.492994428, 0.543158889,
               0.36642918,   0.325356483,  0.709713519,   1.14436829,   0.592143893, -0.59131211,
               0.295324683,  0.144165203,  -0.623069644,  -0.019404443}) < kClose);
    const Tensor dx = gradient(x, [](const Var& v) { return interpolate_bicubic_aa(v, {2, 11}); });
    CHECK(distance(dx.sliced(2, 3, 4), {2.36998749, 2.82911229, 3.41380119, 3.88278389, 4.36528015,
                                        4.90190411, 5.48199701, 5.87639904, 6.50184298}) <
          4 * kClose);
  }

  TEST_CASE("interpolate_nearest takes floor(i n / m) in float and keeps any dtype") {
    std::vector<std::int64_t> labels{10, 11, 12, 13, 14, 15, 16};
    const Tensor x = from_vector(labels, {1, 1, 1, 7});
    CHECK(interpolate_nearest(x, {1, 3}).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{10, 12, 14});
    CHECK(interpolate_nearest(x, {2, 14}).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16,
                                    10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16});
  }

  TEST_CASE(
      "interpolations to the same size copy, but align_corners to one pixel takes the first") {
    const Tensor x = picture({2, 3, 5, 4});
    for (const Tensor& y : {interpolate_bilinear(x, {5, 4}), interpolate_bilinear(x, {5, 4}, true),
                            interpolate_bicubic(x, {5, 4}), interpolate_bilinear_aa(x, {5, 4}),
                            interpolate_bicubic_aa(x, {5, 4})})
      CHECK(y.to_vector<float>() == x.to_vector<float>());
    const Tensor first = interpolate_bilinear(x, 1, true);
    CHECK(first.to_vector<float>() == x.sliced(2, 0, 1).sliced(3, 0, 1).to_vector<float>());
  }

  TEST_CASE("a constant picture stays constant under every filter") {
    const Tensor one = full({1, 1, 37, 53}, 1.0);
    for (const Pair size : {Pair(11, 7), Pair(80, 200), Pair(1, 1), Pair(36, 54)})
      for (const Tensor& y :
           {interpolate_bilinear(one, size), interpolate_bicubic(one, size),
            interpolate_bilinear_aa(one, size), interpolate_bicubic_aa(one, size)})
        CHECK(distance(y, std::vector<double>(static_cast<std::size_t>(y.numel()), 1.0)) < kClose);
  }
}
