// The metrics against their golden values, worked cases, and what they refuse.
#include "reenact/face/metrics.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/ops/flip/flip.hpp"
#include "tensor/ops/mean/mean.hpp"
#include "tensor/ops/var/var.hpp"
#include "tensor/parallel.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::face;

namespace {

const Tensor& metric_golden(const std::string& name) {
  static const TensorFile file = read_safetensors(test::golden_path("metrics.safetensors"));
  return file.tensors.at(name);
}
double golden_number(const std::string& name) { return metric_golden(name).item(); }

// u8 [H, W, 3] as f32 [3, H, W] in [-1, 1]
Tensor pm1(const Tensor& u8) {
  std::vector<float> v;
  for (const std::uint8_t byte : u8.permuted(std::vector<int>{2, 0, 1}).to_vector<std::uint8_t>())
    v.push_back(static_cast<float>(byte) / 255.0F * 2 - 1);
  return from_vector(v, {3, u8.size(0), u8.size(1)});
}
Tensor picture_a() { return pm1(metric_golden("image_a_u8")); }
Tensor picture_b() { return pm1(metric_golden("image_b_u8")); }

bool close(double got, double want, double relative) {
  return std::fabs(got - want) <= relative * std::fabs(want);
}

void check_each(const FrameMetric& got, const std::string& name, double relative = 1e-6) {
  const auto want = metric_golden(name).to_vector<double>();
  REQUIRE(got.each.size() == want.size());
  CHECK(got.left_out == 0);
  for (std::size_t i = 0; i < want.size(); ++i) {
    CAPTURE(name);
    CAPTURE(i);
    CHECK_MESSAGE(close(got.each[i], want[i], relative), got.each[i], " against ", want[i]);
  }
}

// [n, d] of random numbers: scale * normal + shift
Tensor cloud(std::int64_t n, std::int64_t d, double shift, const char* use, double scale = 1) {
  auto v = randn({n, d}, {3, use}, false, DType::f64).to_vector<double>();
  for (double& x : v) x = scale * x + shift;
  return from_vector(v, {n, d});
}

Tensor with_nan(const Tensor& x, std::size_t at) {
  auto v = x.to(DType::f64).to_vector<double>();
  v.at(at) = std::numeric_limits<double>::quiet_NaN();
  return from_vector(v, x.shape());
}

}  // namespace

TEST_CASE("face metrics: pictures equal the goldens") {
  const Tensor a = picture_a(), b = picture_b();
  CHECK(close(l1(a, b), golden_number("l1_pm1"), 1e-6));
  CHECK(close(psnr(a, b), golden_number("psnr_01"), 1e-6));
  CHECK(std::fabs(ssim(a, b) - golden_number("ssim_gauss11")) <= 1e-6);
  CHECK(std::fabs(ssim(a, b) - golden_number("variant.ssim_gauss11_valid")) > 1e-4);
  CHECK(ssim(a, b) == ssim(b, a));
  CHECK(ssim(a, a) == 1);
  CHECK(psnr(a, a) == std::numeric_limits<double>::infinity());
  CHECK(l1(a, a) == 0);
}

TEST_CASE("face metrics: a batch is the mean of its pictures, whatever its strides") {
  const Tensor a = picture_a(), b = picture_b();
  Tensor two = empty({2, 3, 96, 128}), other = empty_channels_last({2, 3, 96, 128}, DType::f32);
  Tensor part = two.sliced(0, 0, 1), rest = two.sliced(0, 1, 2);
  copy_to(part, a.unsqueezed(0));
  copy_to(rest, b.unsqueezed(0));
  part = other.sliced(0, 0, 1);
  rest = other.sliced(0, 1, 2);
  copy_to(part, b.unsqueezed(0));
  copy_to(rest, b.unsqueezed(0));
  CHECK(l1(two, other) == l1(a, b) / 2);
  CHECK(ssim(two, other) == doctest::Approx((ssim(a, b) + 1) / 2).epsilon(1e-12));
  CHECK(l1(two.sliced(3, 0, 64), other.sliced(3, 0, 64)) ==
        l1(a.sliced(2, 0, 64), b.sliced(2, 0, 64)) / 2);
}

TEST_CASE("face metrics: one pixel, and what is no picture") {
  const Tensor dot = full({3, 1, 1}, 0.5), dark = full({3, 1, 1}, -1);
  // window weight w = g(0)^2 at the only pixel; both moments are w times the pixel's
  const double g = metric_golden("ssim_window_1d").to_vector<double>()[5], w = g * g, p = 0.75;
  const double m = w * p, v = w * p * p - m * m;
  CHECK(ssim(dot, dark) == doctest::Approx(1e-4 * 9e-4 / ((m * m + 1e-4) * (v + 9e-4))));
  CHECK(psnr(dot, dark) == doctest::Approx(-10 * std::log10(p * p)));
  CHECK(l1(dot, dark) == 1.5);
  CHECK(std::isnan(psnr(dot, full({3, 1, 1}, std::nan("")))));
  CHECK(std::isnan(ssim(dot, full({3, 1, 1}, std::nan("")))));
  CHECK_THROWS_WITH_AS(psnr(dot, zeros({3, 1, 2})), doctest::Contains("[3, 1, 2]"), ShapeError);
  CHECK_THROWS_WITH_AS(ssim(zeros({1, 4, 4}), zeros({1, 4, 4})), doctest::Contains("[1, 4, 4]"),
                       ShapeError);
  CHECK_THROWS_AS(l1(zeros({3, 0, 4}), zeros({3, 0, 4})), ShapeError);
  CHECK_THROWS_AS(l1(dot, zeros({3, 1, 1}, DType::u8)), DtypeError);
  CHECK_THROWS_AS(l1(dot, Tensor()), Error);
}

TEST_CASE("face metrics: landmarks, angles, expressions, identity equal the goldens") {
  check_each(nme_box(metric_golden("lm_target"), metric_golden("lm_reenacted")), "nme_bbox_x1000");
  check_each(nme_interocular(metric_golden("lm_target"), metric_golden("lm_reenacted")),
             "nme_interocular_x100");
  check_each(apd(metric_golden("euler_target"), metric_golden("euler_reenacted")), "apd");
  check_each(aed_sum(metric_golden("exp_target"), metric_golden("exp_reenacted")), "aed_sum");
  check_each(aed_mean(metric_golden("exp_target"), metric_golden("exp_reenacted")), "aed_mean");
  const Tensor &a = metric_golden("id_real"), &b = metric_golden("id_generated");
  check_each(csim(a, b), "csim_per_frame");
  CHECK(close(tl_id(a, b).mean(), golden_number("tl_id"), 1e-6));
  CHECK(close(tg_id(a, b).mean(), golden_number("tg_id"), 1e-6));
  CHECK(tl_id(a, b).each.size() == 5);
  CHECK(apd(metric_golden("euler_target"), metric_golden("euler_reenacted")).mean() ==
        doctest::Approx(golden_number("loss.hp_mean_abs_deg")).epsilon(1e-6));
  CHECK(close(1 - csim(a, b).mean(), golden_number("loss.id"), 1e-6));
}

TEST_CASE("face metrics: scaled expression distance counts hundredths of each range") {
  const Tensor t = from_vector<double>({0, 1, 2, 3}, {2, 2});
  const Tensor r = from_vector<double>({1, 1, 2, 1}, {2, 2});
  const Tensor ranges = from_vector<double>({0, 4, -1, 1}, {2, 2});
  CHECK(aed_scaled(t, r, ranges).each == std::vector<double>{12.5, 50});
  CHECK_THROWS_AS(aed_scaled(t, r, from_vector<double>({0, 4, 1, 1}, {2, 2})), NumericError);
  CHECK_THROWS_AS(aed_scaled(t, r, zeros({3, 2})), ShapeError);
}

TEST_CASE("face metrics: frames without a face are left out and counted") {
  const Tensor &t = metric_golden("lm_target"), &r = metric_golden("lm_reenacted");
  const FrameMetric whole = nme_box(t, r), part = nme_box(t, with_nan(r, 68 * 2 + 5));
  CHECK(part.left_out == 1);
  CHECK(std::isnan(part.each[1]));
  CHECK(part.mean() == (whole.each[0] + whole.each[2]) / 2);

  const FrameMetric none = nme_box(zeros({2, 68, 2}), zeros({2, 68, 2}));  // boxes without area
  CHECK(none.left_out == 2);
  CHECK(std::isnan(none.mean()));
  CHECK(std::isnan(nme_box(zeros({0, 68, 2}), zeros({0, 68, 2})).mean()));

  const Tensor &a = metric_golden("id_real"), &b = metric_golden("id_generated");
  const FrameMetric tl = tl_id(a, with_nan(b, 512 * 2)), tg = tg_id(a, with_nan(b, 512 * 2));
  CHECK(tl.left_out == 2);  // the pairs 1-2 and 2-3
  CHECK(tg.left_out == 1);
  CHECK(std::isnan(tg.each[2]));
  CHECK(tl.each[0] == tl_id(a, b).each[0]);

  CHECK_THROWS_AS(nme_box(t, r.sliced(0, 0, 2)), ShapeError);
  CHECK_THROWS_AS(nme_interocular(zeros({1, 5, 2}), zeros({1, 5, 2})), ShapeError);
  CHECK_THROWS_AS(apd(zeros({2, 4}), zeros({2, 4})), ShapeError);
  CHECK_THROWS_AS(csim(zeros({2, 4}, DType::i64), zeros({2, 4}, DType::i64)), DtypeError);
}

TEST_CASE("face metrics: jitter is the second difference") {
  // point 0 moves evenly; point 1 jumps by (3, 4) at frame 2
  const Tensor lm =
      from_vector<double>({0, 0, 0, 0, 1, 1, 0, 0, 2, 2, 3, 4, 3, 3, 3, 4}, {4, 2, 2});
  CHECK(landmark_jitter(lm).each == std::vector<double>{2.5, 2.5});
  CHECK(landmark_jitter(with_nan(lm, 0)).left_out == 1);
  CHECK(landmark_jitter(lm.sliced(0, 0, 2)).each.empty());
}

TEST_CASE("face metrics: Frechet distance") {
  const Tensor &a = metric_golden("fid_features_a"), &b = metric_golden("fid_features_b");
  CHECK(close(frechet_distance(a, b), golden_number("frechet"), 1e-6));
  CHECK(close(frechet_distance(b, a), golden_number("frechet"), 1e-6));
  CHECK(std::fabs(frechet_distance(a, a)) <= 1e-10);
  // a shift alone moves the mean: |m|^2; more features than samples, one feature, a feature that is constant
  for (const auto& [n, d] : {std::pair{40, 7}, {90, 40}, {5, 23}, {9, 1}, {23, 23}}) {
    CAPTURE(n);
    CAPTURE(d);
    CHECK(frechet_distance(cloud(n, d, 0, "f"), cloud(n, d, 2, "f")) ==
          doctest::Approx(4.0 * d).epsilon(1e-9));
    // twice as wide: tr(C + 4 C - 2 (2 C)) = tr C
    const Tensor x = cloud(n, d, 0, "f"), wide = cloud(n, d, 0, "f", 2);
    double trace = 0;
    for (const double v : var(x, std::vector<std::int64_t>{0}).to_vector<double>()) trace += v;
    double mean2 = 0;
    for (const double v : mean(x, std::vector<std::int64_t>{0}).to_vector<double>()) mean2 += v * v;
    CHECK(frechet_distance(x, wide) == doctest::Approx(trace + mean2).epsilon(1e-9));
  }
  const std::vector<std::int64_t> last = {1};  // the order of the features says nothing
  const Tensor x = cloud(90, 40, 0, "x"), y = cloud(70, 40, 1, "y", 3);
  CHECK(frechet_distance(flip(x, last), flip(y, last)) ==
        doctest::Approx(frechet_distance(x, y)).epsilon(1e-12));
  CHECK(frechet_distance(zeros({3, 4}), full({2, 4}, 1)) == doctest::Approx(4));
  CHECK_THROWS_AS(frechet_distance(a, zeros({4, 15})), ShapeError);
  CHECK_THROWS_AS(frechet_distance(a, zeros({1, 16})), ShapeError);
  CHECK_THROWS_AS(frechet_distance(a, with_nan(b, 7)), NumericError);
}

TEST_CASE("face metrics: the same bits at 1 and 2 threads") {
  const int before = thread_count();
  const Tensor a = picture_a(), b = picture_b();
  const Tensor x = cloud(90, 61, 0, "x"), y = cloud(37, 61, 1, "y");
  std::vector<std::vector<double>> runs;
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    runs.push_back({psnr(a, b), ssim(a, b), l1(a, b), frechet_distance(x, y)});
  }
  set_thread_count(before);
  CHECK(runs[0] == runs[1]);
}
