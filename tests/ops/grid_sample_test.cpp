// Worked numbers: what PyTorch's grid_sample and affine_grid give (2.x, CPU, f32).
#include <limits>

#include "image_numbers.hpp"

using namespace dact;
using namespace dact::image_numbers;

namespace {

// Inside, between the outer pixels' centres and the edge, and outside.
Tensor points() {
  return from_vector(std::vector<float>{-0.9f, -0.7f, 0.1f, 0.3f, 0.95f, -0.2f, 1.3f, 0.4f, -1.1f,
                                        -1.05f, 0.5f, 0.99f},
                     {1, 2, 3, 2});
}

struct Expected {
  GridSampleOptions options;
  std::vector<double> y, dx1, dgrid;  // dx1: channel 1
};

void check(const Expected& e) {
  const Tensor x = picture({1, 2, 4, 5});
  CHECK(distance(grid_sample(x, points(), e.options), e.y) < 2e-6);
  const Tensor dx =
      gradient(x, [&](const Var& v) { return grid_sample(v, Var(points()), e.options); });
  CHECK(distance(dx.sliced(1, 1, 2), e.dx1) < 1e-5);
  const Tensor dgrid =
      gradient(points(), [&](const Var& v) { return grid_sample(Var(x), v, e.options); });
  CHECK(distance(dgrid, e.dgrid) < 1e-4);
}

}  // namespace

TEST_SUITE("grid_sample") {
  TEST_CASE("grid_sample, padding zeros, align_corners false") {
    check({.options = {GridPadding::zeros, false},
           .y = {-1.85625005, -0.0281248987, -0.76953131, 0, -0.300000012, 0.690624952,
                 -0.782812536, 0.614062488, 0.51953125, 0, -0.09375, 0.942499936},
           .dx1 = {5.05000019,  0, 0,   0,           0,          0.450000167, 0,
                   0,           0, 4.5, 0,           0,          4.72500038,  1.57500017,
                   0.500000119, 0, 0,   0.524999499, 4.46499968, 1.42999995},
           .dgrid = {-15.656251, -9.56250095, -53.1718826, 5.09375, -10.46875, -13.28125, 0, 0,
                     -21.3750057, -10.6874971, -42.1687508, -53.15625}});
  }

  TEST_CASE("grid_sample, padding zeros, align_corners true") {
    check({.options = {GridPadding::zeros, true},
           .y = {-0.743124962, 0.0156251844, -0.937500417, -0.665000319, -2.22000003, 0.765937328,
                 -0.953124881, 0.815624893, 0.493750125, -0.0924999863, -0.693750024, 2.73375082},
           .dx1 = {10.04,       0.660000086, 0,          0, 0,         2.15999985, 0.540000141,
                   0.280000389, 0.709999442, 5.76000023, 0, 0,         5.31999922, 1.65499854,
                   4.68000174,  0,           0,          0, 10.835001, 0.359999746},
           .dgrid = {27.75, -9.5625, -51.375, -12.75, 21, -15.9375, 14.1375017, 3.7125001,
                     -39.5437508, -25.6499977, -63.7387581, 78.65625}});
  }

  TEST_CASE("grid_sample, padding border, align_corners false") {
    check({.options = {GridPadding::border, false},
           .y = {-2.47499967, -0.0281248987, -1.23124993, -0.61250025, -3, 1.328125, -1.04375005,
                 0.614062488, 0.831250012, -0.443749964, -0.9375, 1.8125},
           .dx1 = {15.3999996, 0, 0,          0,           0,          0.600000143, 0,
                   0,          0, 7.19999981, 0,           0,          4.72500038,  1.57500017,
                   7.10000038, 0, 0,          0.524999499, 8.42500019, 5.44999981},
           .dgrid = {0, -12.75, -53.1718826, 5.09375, -0, -21.25, 0, 12.375, 0, 0, -81.09375, -0}});
  }

  TEST_CASE("grid_sample, padding border, align_corners true") {
    check({.options = {GridPadding::border, true},
           .y = {-0.743124962, 0.0156251844, -0.937500417, -1.6625005, -3, 0.765937328,
                 -0.953124881, 0.815624893, 0.493750125, -0.231249899, -0.9375, 2.73375082},
           .dx1 = {12.6399994,  0.660000086, 0,          0, 0,         2.15999985, 0.540000141,
                   0.280000389, 0.709999442, 5.76000023, 0, 0,         5.31999922, 1.65499854,
                   9.54000092,  0,           0,          0, 10.835001, 0.899999142},
           .dgrid = {27.75, -9.5625, -51.375, -12.75, 21, -15.9375, 0, 9.28125, 0, 0, -63.7387581,
                     78.65625}});
  }

  TEST_CASE("grid_sample: a point without a place is NaN, far away is the padding") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN(),
                    inf = std::numeric_limits<float>::infinity();
    const Tensor x = full({1, 1, 3, 3}, 7.0);
    const Tensor grid =
        from_vector(std::vector<float>{nan, 0, 0, nan, inf, 0, 1e30f, -inf}, {1, 1, 4, 2});
    const std::vector<float> outside = grid_sample(x, grid).to_vector<float>();
    CHECK(std::isnan(outside[0]));
    CHECK(std::isnan(outside[1]));
    CHECK(outside[2] == 0);
    CHECK(outside[3] == 0);
    const std::vector<float> held =
        grid_sample(x, grid, {GridPadding::border, false}).to_vector<float>();
    CHECK(std::isnan(held[0]));
    CHECK(held[2] == 7);
    CHECK(held[3] == 7);
  }

  TEST_CASE("affine_grid") {
    const Tensor theta =
        from_vector(std::vector<float>{1.25f, -0.5f, 0.1f, 0.3f, 0.75f, -0.2f}, {1, 2, 3});
    CHECK(distance(affine_grid(theta, {2, 3}),
                   {-0.483333379, -0.775000036, 0.349999994, -0.574999988, 1.1833334, -0.375,
                    -0.983333349, -0.0250000209, -0.150000006, 0.174999997, 0.683333397,
                    0.37500006}) < 1e-6);
    CHECK(distance(affine_grid(theta, {2, 3}, true),
                   {-0.649999976, -1.25, 0.600000024, -0.949999988, 1.85000002, -0.649999976,
                    -1.64999998, 0.249999985, -0.400000006, 0.550000012, 0.850000024,
                    0.849999964}) < 1e-6);
  }

  TEST_CASE("the identity map shows the picture itself") {
    const Tensor theta = from_vector(std::vector<float>{1, 0, 0, 0, 1, 0}, {1, 2, 3});
    const Tensor x = picture({1, 3, 7, 10});
    for (const bool align : {false, true}) {
      const Tensor y =
          grid_sample(x, affine_grid(theta, {7, 10}, align), {GridPadding::zeros, align});
      const std::vector<float> v = x.to_vector<float>();
      CHECK(distance(y, std::vector<double>(v.begin(), v.end())) < 4e-6);
    }
  }
}
