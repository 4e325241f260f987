#include "diffusion/schedule.hpp"

#include "diffusion/config.hpp"
#include "tensor/error.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::diffusion;

namespace {

void check_equal(const std::vector<double>& got, const Tensor& want, double tolerance) {
  const auto w = want.to_vector<double>();
  REQUIRE(got.size() == w.size());
  for (std::size_t i = 0; i < w.size(); ++i)
    CHECK(std::fabs(got[i] - w[i]) <= tolerance * std::fabs(w[i]));
}

}  // namespace

TEST_CASE("schedules equal the reference to the last bits of float64") {
  const auto golden = read_safetensors(test::golden_path("schedule.safetensors")).tensors;
  const Schedule full = linear_schedule();
  check_equal(full.betas, golden.at("T1000.betas"), 2e-16);
  check_equal(full.alphas_cumprod, golden.at("T1000.alphas_cumprod"), 1e-14);
  for (const std::int64_t n : {4, 8, 10, 20, 50, 100, 250}) {
    CAPTURE(n);
    const Respaced r = respace(full, n);
    const std::string t = "T" + std::to_string(n) + ".";
    CHECK(r.timestep_map == golden.at(t + "timestep_map").to_vector<std::int64_t>());
    check_equal(r.betas, golden.at(t + "betas"), 1e-11);  // 1 - ratio: the last step's cancellation
    check_equal(r.alphas_cumprod, golden.at(t + "alphas_cumprod"), 1e-14);
    check_equal(r.alphas_cumprod_prev, golden.at(t + "alphas_cumprod_prev"), 1e-14);
    check_equal(r.alphas_cumprod_next, golden.at(t + "alphas_cumprod_next"), 1e-14);
    check_equal(r.sqrt_recip_alphas_cumprod, golden.at(t + "sqrt_recip_alphas_cumprod"), 1e-14);
    check_equal(r.sqrt_recipm1_alphas_cumprod, golden.at(t + "sqrt_recipm1_alphas_cumprod"), 1e-11);
  }
}

TEST_CASE("a step count that no stride reaches is refused with the nearest that work") {
  const Schedule full = linear_schedule();
  for (const auto& [n, nearest] :
       {std::pair{37, "36 and 38"}, {999, "500 and 1000"}, {1001, "1000"}, {0, "1"}, {-5, "1"}})
    try {
      respace(full, n);
      FAIL("nothing was thrown");
    } catch (const UsageError& e) {
      CHECK_MESSAGE(std::string(e.what()).find(nearest) != std::string::npos, e.what());
    }
}

TEST_CASE("quadratic steps lie close together near the clean image and reach both ends") {
  const Schedule full = linear_schedule();
  const auto steps = [&](std::int64_t n) {
    return respace(full, n, Spacing::quadratic).timestep_map;
  };
  CHECK(steps(2) == std::vector<std::int64_t>{0, 999});
  CHECK(steps(8) == std::vector<std::int64_t>{0, 20, 81, 183, 326, 509, 733, 999});
  for (const std::int64_t n : {20, 37, 50, 100, 500, 999, 1000}) {
    CAPTURE(n);
    const auto t = steps(n);
    REQUIRE(t.size() == static_cast<std::size_t>(n));
    CHECK(t.front() == 0);
    CHECK(t.back() == 999);
    for (std::size_t i = 1; i < t.size(); ++i) CHECK(t[i] > t[i - 1]);
  }
  const Respaced all = respace(full, 1000, Spacing::quadratic), strided = respace(full, 1000);
  CHECK(all.timestep_map == strided.timestep_map);
  CHECK(all.alphas_cumprod == strided.alphas_cumprod);
  for (const std::int64_t n : {1, 1001, 0, -5})
    CHECK_THROWS_WITH_AS(respace(full, n, Spacing::quadratic),
                         doctest::Contains("the number of steps must be from 2 to 1000"),
                         UsageError);
}

TEST_CASE("the official models sample with strides, heads64 with quadratic steps") {
  CHECK(sampling_steps(diffae_config("ffhq256"), 20).timestep_map[1] == 50);
  CHECK(sampling_steps(diffae_config("tiny"), 20).timestep_map[1] == 50);
  CHECK(sampling_steps(diffae_config("heads64"), 20).timestep_map[1] == 2);
}

TEST_CASE("the cosine schedule is the paper's formula, clipped at its end") {
  const Schedule s = cosine_schedule();
  REQUIRE(s.betas.size() == 1000);
  CHECK(s.betas[0] == doctest::Approx(4.128422482196914e-05).epsilon(1e-10));
  CHECK(s.betas[500] == doctest::Approx(0.003155691441585007).epsilon(1e-12));
  CHECK(s.betas[999] == 0.999);
  const auto f = [](double t) {
    return std::pow(std::cos((t / 1000 + 0.008) / 1.008 * std::acos(-1.0) / 2), 2);
  };
  for (std::size_t t = 0; t < 999; ++t) {  // the last beta is the clipped one
    CAPTURE(t);
    const double abar = f(static_cast<double>(t) + 1) / f(0);
    CHECK(std::fabs(s.alphas_cumprod[t] - abar) <= 1e-10 * abar);
  }
  CHECK_THROWS_AS(cosine_schedule(0), UsageError);
}
