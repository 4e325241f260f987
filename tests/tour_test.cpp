// The tour: from a pixel to a gradient to an optimiser to a sampler, in the order of the folders. Read it top to
// bottom; every step is a test.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "autograd/ops.hpp"
#include "diffusion/diffae.hpp"
#include "diffusion/schedule.hpp"
#include "nn/init.hpp"
#include "nn/optim/optimizer.hpp"
#include "tensor/digest.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"

using namespace dact;

TEST_CASE("1. a pixel becomes a tensor") {
  // A picture is u8 [H, W, 3]. Networks want f32 [B, C, H, W] in [-1, 1].
  const Tensor picture =
      from_vector<std::uint8_t>(std::vector<std::uint8_t>{255, 0, 0, 0, 255, 0}, {1, 2, 3});
  const int to_chw[] = {2, 0, 1};
  const Tensor chw = picture.permuted(to_chw);  // a view: the same bytes, other strides
  CHECK(chw.storage() == picture.storage());
  CHECK(chw.shape() == Shape{3, 1, 2});
  const Tensor x =
      add_scalar(mul_scalar(chw.to(DType::f32), 2.0 / 255.0), -1.0).unsqueezed(0);  // [1, 3, 1, 2]
  CHECK(x.to_vector<float>() == std::vector<float>{1, -1, -1, 1, -1, -1});
}

TEST_CASE("2. an operator is a function of tensors, and its bits are a promise") {
  const Tensor x = randn({2, 3, 8, 8}, {.seed = 1, .use = "tour.x"}, /*per_sample=*/true);
  const Tensor w = randn({4, 3, 3, 3}, {.seed = 1, .use = "tour.w"});
  const Tensor y = conv2d(x, w, {}, {.padding = 1});
  CHECK(y.shape() == Shape{2, 4, 8, 8});

  // One output by hand: one chain of fused multiply-adds over (kh, kw, c), NUMERICS.md 3.
  float chain = 0;
  for (int kh = 0; kh < 3; ++kh)
    for (int kw = 0; kw < 3; ++kw)
      for (int c = 0; c < 3; ++c) {
        const float pixel = static_cast<float>(x.sliced(0, 1, 2)
                                                   .sliced(1, c, c + 1)
                                                   .sliced(2, 3 + kh, 4 + kh)
                                                   .sliced(3, 4 + kw, 5 + kw)
                                                   .item());
        const float weight = static_cast<float>(w.sliced(0, 2, 3)
                                                    .sliced(1, c, c + 1)
                                                    .sliced(2, kh, kh + 1)
                                                    .sliced(3, kw, kw + 1)
                                                    .item());
        chain = std::fma(pixel, weight, chain);
      }
  CHECK(y.sliced(0, 1, 2).sliced(1, 2, 3).sliced(2, 4, 5).sliced(3, 5, 6).item() ==
        static_cast<double>(chain));

  // Whatever computes it, the digest is the same: other threads, other instruction set, another batch around it.
  const std::string digest = digest_of(y);
  const int threads = thread_count();
  set_thread_count(3);
  for (const Isa set : available_isas()) {
    set_isa(set);
    CHECK(digest_of(conv2d(x, w, {}, {.padding = 1})) == digest);
  }
  set_thread_count(threads);
  set_isa(available_isas().back());
  CHECK(digest_of(conv2d(x.sliced(0, 1, 2), w, {}, {.padding = 1})) ==
        digest_of(y.sliced(0, 1, 2)));
}

TEST_CASE("3. a Var remembers how it was made; backward walks back") {
  // L = sum (w x)^2, dL/dw = 2 w x^2
  const Var w(full({3}, 2.0), /*requires_grad=*/true);
  const Var x(from_vector(std::vector<float>{1, 2, 3}, {3}));
  const Var loss = sum(square(mul(w, x)));
  CHECK(loss.item() == 56);
  backward(loss);
  CHECK(w.grad().to_vector<float>() == std::vector<float>{4, 16, 36});
}

namespace {

// Two layers: y = W2 silu(W1 x + b1) + b2. visit() gives the parameters the names that checkpoints use.
struct Mlp : nn::Module {
  nn::Linear fc0{2, 16}, fc2{16, 1};
  Mlp() { nn::name_modules(*this, "mlp"); }
  Var operator()(const Var& x) const { return fc2(silu(fc0(x))); }
  void visit(nn::Visitor& v) override {
    v.child("fc0", fc0);
    v.child("fc2", fc2);
  }
};

// Trains on y = x0 x1 over a fixed batch; returns first and last loss and the digest of the weights.
struct Result {
  double first = 0, last = 0;
  std::string weights;
};
Result train(int steps) {
  Mlp model;
  nn::init_default(model, /*seed=*/7);
  const Var x(rand({64, 2}, {.seed = 7, .use = "tour.batch"}));
  const Var target = mul(slice(x, 1, 0, 1), slice(x, 1, 1, 2)).detach();
  nn::AdamW optimizer(nn::parameters(model));
  Result r;
  for (int i = 0; i < steps; ++i) {
    const Var loss = mean(square(sub(model(x), target)));
    if (i == 0) r.first = loss.item();
    r.last = loss.item();
    optimizer.zero_grad();
    backward(loss);
    nn::clip_grad_norm(nn::parameters(model), 1.0);
    optimizer.step(1e-2);
  }
  r.weights = nn::weights_digest(model);
  return r;
}

}  // namespace

TEST_CASE("4. modules hold parameters; an optimiser moves them; the run has one digest") {
  Mlp model;
  CHECK(nn::state_dict(model).count("fc0.weight") == 1);
  CHECK(nn::parameter_count(model) == 65);
  const Result r = train(200);
  CHECK(r.last < r.first / 50);
  const int threads = thread_count();
  set_thread_count(threads == 1 ? 2 : 1);
  CHECK(train(200).weights == r.weights);
  set_thread_count(threads);
}

TEST_CASE("5. a diffusion autoencoder: encode, noise, predict, learn") {
  diffusion::DiffAE model(diffusion::diffae_config("tiny"));
  nn::fill_by_name(model);  // weights as a pure function of their names: no checkpoint needed
  const Var image(rand({1, 3, 32, 32}, {.seed = 3, .use = "tour.image"}, true));
  const Var z_sem = model.encoder(image);
  CHECK(z_sem.shape() == Shape{1, 32});

  const diffusion::Schedule schedule = diffusion::linear_schedule();
  const Tensor t = full({1}, 500, DType::i64);
  const Var noise(randn({1, 3, 32, 32}, {.seed = 3, .use = "tour.noise"}, true));
  const Var x_t = diffusion::q_sample(schedule, image, t, noise);
  const Var eps = model.unet(x_t, t, z_sem);
  const auto loss = diffusion::eps_loss(eps, noise);
  backward(loss.mean);
  for (const nn::Named& p : nn::parameters(model)) CHECK(p.var.grad().defined());
}

TEST_CASE("6. a sampler walks from noise to an image") {
  // With the true noise in place of a network's guess, one DDIM step from any t lands on x_0 (Song et al. 2021, eq. 12).
  const diffusion::Schedule schedule = diffusion::linear_schedule();
  const Var x_0(rand({1, 3, 4, 4}, {.seed = 5, .use = "tour.x0"}, true)),
      noise(randn({1, 3, 4, 4}, {.seed = 5, .use = "n"}, true));
  const Var x_t = diffusion::q_sample(schedule, x_0, full({1}, 400, DType::i64), noise);
  const double abar = schedule.alphas_cumprod[400];
  const Var guess =
      sub(mul_scalar(x_t, std::sqrt(1 / abar)), mul_scalar(noise, std::sqrt(1 / abar - 1)));
  for (const double d : sub(guess, x_0).value().to(DType::f64).to_vector<double>())
    CHECK(std::fabs(d) < 1e-5);
}
