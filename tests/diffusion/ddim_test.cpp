// DDIM in both directions against the reference walks of diffae_tiny (spec/diffae.md 6.3, 6.4, 12).
#include "diffusion/ddim.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "autograd/observe.hpp"
#include "diffusion/interpolate.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::diffusion;

namespace {

const Tensor& golden(const std::string& name) {
  static const TensorFile file = read_safetensors(test::golden_path("diffae_tiny.safetensors"));
  return file.tensors.at(name);
}

const UNet& tiny() {
  static const auto model = [] {
    auto m = std::make_unique<DiffAE>(diffae_config("tiny"));
    nn::fill_by_name(*m);
    return m;
  }();
  return model->unet;
}

Respaced steps(std::int64_t n) { return respace(linear_schedule(), n); }
Var input(const std::string& name) { return Var(golden(name)); }
Var sample(const Var& x, std::int64_t n) { return Var(x.value().sliced(0, n, n + 1)); }

struct Reports final : SamplerProgress {
  std::vector<StepReport> all;
  void after(const StepReport& step) override { all.push_back(step); }
};

// The goldens keep batch element 0 of every step's predicted clean image.
double worst_prediction(const Reports& reports, const Tensor& want) {
  REQUIRE(static_cast<std::int64_t>(reports.all.size()) == want.size(0));
  double worst = 0;
  for (std::size_t k = 0; k < reports.all.size(); ++k) {
    const auto n = static_cast<std::int64_t>(k);
    REQUIRE(reports.all[k].x_0.defined());
    worst = std::fmax(
        worst, test::max_difference(reports.all[k].x_0.sliced(0, 0, 1), want.sliced(0, n, n + 1)));
  }
  return worst;
}

struct CancelAt final : SamplerProgress {
  std::int64_t step = 0, seen = 0;
  void after(const StepReport& report) override {
    seen = report.done;
    if (report.done == step) request_cancel();
  }
};

}  // namespace

TEST_CASE("clipped inversion and decode equal the reference, step by step") {
  const NoGrad no_grad;
  Reports up, down;
  up.x_0_every = down.x_0_every = 1;
  const Var x_T =
      ddim_invert(tiny(), steps(10), input("input.image"), input("z_sem"), {.progress = &up});
  CHECK_CLOSE(x_T.value(), golden("encode.x_T"), 2e-4);
  CHECK_CLOSE(up.all.at(0).x, golden("encode.step0"), 1e-4);
  CHECK(worst_prediction(up, golden("encode.pred_xstart")) <= 1e-2);
  CHECK(up.all.at(9).t == 900);

  const Var x_0 =
      ddim_decode(tiny(), steps(10), input("input.x_T"), input("z_sem"), {.progress = &down});
  CHECK_CLOSE(x_0.value(), golden("decode.x_0"), 5e-4);
  CHECK_CLOSE(down.all.at(0).x, golden("decode.step0"), 1e-4);
  CHECK(worst_prediction(down, golden("decode.pred_xstart")) <= 5e-3);
  CHECK(down.all.at(0).t == 900);
  CHECK(digest_of(x_0.value()) ==
        digest_of(down.all.at(9).x_0));  // the last step returns the clipped x_0
}

TEST_CASE("the same walks without clipping, a sharper test of the formulas") {
  const NoGrad no_grad;
  Reports up;
  up.x_0_every = 4;
  const Var x_T = ddim_invert(tiny(), steps(10), input("input.image"), input("z_sem"),
                              {.clip = false, .progress = &up});
  CHECK_CLOSE(x_T.value(), golden("encode_noclip.x_T"), 2e-3);
  CHECK_CLOSE(up.all.at(9).x_0, golden("encode_noclip.pred_xstart_last"), 1e-1);
  for (const StepReport& r : up.all) {  // every fourth, and the last
    CHECK(r.total == 10);
    CHECK(r.x_0.defined() == (r.done == 4 || r.done == 8 || r.done == 10));
  }
  const Var x_0 =
      ddim_decode(tiny(), steps(10), input("input.x_T"), input("z_sem"), {.clip = false});
  CHECK_CLOSE(x_0.value(), golden("decode_noclip.x_0"), 3e-3);
}

TEST_CASE("one digest at 1 and 2 threads; a batch gives the bits of single samples") {
  const NoGrad no_grad;
  const int before = thread_count();
  const Var x_T = input("input.x_T"), image = input("input.image"), z = input("z_sem");
  std::string digests[2];
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    digests[threads - 1] = digest_of(ddim_decode(tiny(), steps(4), x_T, z).value()) +
                           digest_of(ddim_invert(tiny(), steps(4), image, z).value());
  }
  set_thread_count(before);
  CHECK(digests[0] == digests[1]);

  const Tensor both = ddim_decode(tiny(), steps(4), x_T, z).value();
  for (const std::int64_t n : {0, 1}) {
    const Var alone = ddim_decode(tiny(), steps(4), sample(x_T, n), sample(z, n));
    CHECK(digest_of(alone.value()) == digest_of(both.sliced(0, n, n + 1)));
  }
}

TEST_CASE("a cancelled walk throws, and the next one works") {
  const NoGrad no_grad;
  const Var x_T = sample(input("input.x_T"), 0), z = sample(input("z_sem"), 0);
  CancelAt cancel;
  cancel.step = 2;
  CHECK_THROWS_AS(ddim_decode(tiny(), steps(4), x_T, z, {.progress = &cancel}), Cancelled);
  clear_cancel();
  CHECK(cancel.seen == 2);
  cancel.step = 0;
  const Var x_0 = ddim_decode(tiny(), steps(4), x_T, z, {.progress = &cancel});
  CHECK(cancel.seen == 4);
  CHECK(test::max_abs(x_0.value()) <= 1);
}

TEST_CASE("v and eps that say the same give the same step") {
  const Respaced subset = steps(10);
  const Tensor x = golden("input.x_t"), eps = golden("input.noise");
  for (const std::int64_t i : {0, 4, 9}) {
    CAPTURE(i);
    // v = sqrt(abar) eps - sqrt(1 - abar) x_0 with the x_0 that eps stands for
    const double abar = subset.alphas_cumprod[static_cast<std::size_t>(i)];
    const double s = std::sqrt(abar), n = std::sqrt(1 - abar);
    const auto xs = x.to(DType::f64).to_vector<double>(),
               es = eps.to(DType::f64).to_vector<double>();
    std::vector<double> v(xs.size());
    for (std::size_t k = 0; k < v.size(); ++k) v[k] = s * es[k] - n * (xs[k] - n * es[k]) / s;
    const Var v_said(from_vector(v, x.shape()).to(DType::f32));
    for (const Direction d : {Direction::decode, Direction::invert}) {
      const DdimStep a = ddim_step(subset, i, d, Var(x), Var(eps), Prediction::eps, true);
      const DdimStep b = ddim_step(subset, i, d, Var(x), v_said, Prediction::v, true);
      CHECK_CLOSE(b.x_0.value(), a.x_0.value(), 1e-4);
      CHECK_CLOSE(b.x.value(), a.x.value(), 1e-4);
    }
  }
  CHECK_THROWS_AS(ddim_step(subset, 10, Direction::decode, Var(x), Var(eps), Prediction::eps, true),
                  UsageError);
}

TEST_CASE("training through the sampler: checkpointed steps give the same gradients, bit for bit") {
  const auto gradients = [](bool checkpointed) {
    DiffAE model(diffae_config("tiny"));
    nn::fill_by_name(model);
    const Var x_T(golden("input.x_T"), true), z(golden("z_sem"), true);
    const Var x_0 = ddim_decode(model.unet, steps(2), x_T, z, {.checkpoint_steps = checkpointed});
    backward(mean(square(x_0)));
    CHECK(test::max_abs(z.grad()) > 0);
    std::string digests = digest_of(x_0.value()) + digest_of(x_T.grad()) + digest_of(z.grad());
    for (const auto& p : nn::parameters(model.unet)) digests += digest_of(p.var.grad());
    return digests;
  };
  CHECK(gradients(false) == gradients(true));
}

TEST_CASE("between codes: the ends are themselves, a quarter circle has its middle at 45 degrees") {
  const Tensor a = from_vector(std::vector<float>{2, 0, 0, 0}, {2, 2});
  const Tensor b = from_vector(std::vector<float>{0, 2, 3, 1}, {2, 2});
  CHECK_CLOSE(interpolate_linear(a, b, 0.25),
              from_vector(std::vector<float>{1.5F, 0.5F, 0.75F, 0.25F}, {2, 2}), 1e-7);
  const Tensor middle = interpolate_spherical(a, b, 0.5);
  const auto root = static_cast<float>(std::sqrt(2.0));
  CHECK_CLOSE(middle, from_vector(std::vector<float>{root, root, 1.5F, 0.5F}, {2, 2}), 1e-6);
  CHECK_CLOSE(interpolate_spherical(a, b, 0), a, 1e-7);
  CHECK_CLOSE(interpolate_spherical(a, b, 1), b, 1e-7);
  CHECK_CLOSE(interpolate_spherical(a, a, 0.3), a, 1e-6);
  CHECK_THROWS_AS(interpolate_spherical(a, b.sliced(0, 0, 1), 0.5), ShapeError);
}

TEST_CASE("between noises: the length of x_T is kept, which a straight line loses") {
  const Tensor a = randn({1, 3, 16, 16}, {.seed = 1, .use = "x_T"}, true);
  const Tensor b = randn({1, 3, 16, 16}, {.seed = 2, .use = "x_T"}, true);
  const auto length = [](const Tensor& x) {
    double sum = 0;
    for (const float v : x.to_vector<float>()) sum += double{v} * double{v};
    return std::sqrt(sum);
  };
  CHECK(length(interpolate_spherical(a, b, 0.5)) ==
        doctest::Approx((length(a) + length(b)) / 2).epsilon(0.01));
  CHECK(length(interpolate_linear(a, b, 0.5)) < 0.8 * length(a));
}

TEST_CASE("a walk goes on from where it was stopped, to the same bits") {
  const Respaced subset = respace(linear_schedule(), 5);
  const Var x(golden("input.image")), z(golden("z_sem"));
  struct Stop final : SamplerProgress {
    Tensor x;
    void after(const StepReport& step) override {
      if (step.done == 3) x = step.x;
    }
  } stop;
  const NoGrad no_grad;
  const Tensor whole = ddim_invert(tiny(), subset, x, z, {.progress = &stop}).value();
  const Tensor rest = ddim_invert(tiny(), subset, Var(stop.x.contiguous()), z, {.done = 3}).value();
  CHECK(digest_of(rest) == digest_of(whole));
  CHECK(digest_of(ddim_invert(tiny(), subset, x, z, {.done = 5}).value()) == digest_of(x.value()));
  CHECK_THROWS_AS(ddim_invert(tiny(), subset, x, z, {.done = 6}), UsageError);
}
