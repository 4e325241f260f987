// Modules: keys, paths, strict loading, the fill rule, layers against their operators, describe.
#include <doctest/doctest.h>

#include <cmath>

#include "diffusion/diffae.hpp"
#include "nn/describe.hpp"
#include "nn/init.hpp"
#include "nn/layers.hpp"
#include "nn/norm_layers.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"

using namespace dact;
using namespace dact::nn;

namespace {

struct Pair2 : Module {
  Linear first{3, 2};
  BatchNorm norm{2};
  Pair2() { name_modules(*this, "pair"); }
  Var operator()(const Var& x) const { return norm(first(x)); }
  void visit(Visitor& v) override {
    v.child("layers.0", first);
    v.child("layers.1", norm);
  }
};

bool close(const Tensor& a, const Tensor& b, double tolerance) {
  const auto x = a.to(DType::f64).to_vector<double>(), y = b.to(DType::f64).to_vector<double>();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::fabs(x[i] - y[i]) <= tolerance)) return false;
  return true;
}

}  // namespace

TEST_CASE("keys, buffers and paths") {
  Pair2 m;
  std::string keys;
  for (const Named& p : state(m)) keys += p.key + (p.is_buffer ? "* " : " ");
  CHECK(keys ==
        "layers.0.weight layers.0.bias layers.1.weight layers.1.bias layers.1.running_mean* "
        "layers.1.running_var* layers.1.num_batches_tracked* ");
  CHECK(parameters(m).size() == 4);
  CHECK(m.norm.path() == "pair.layers.1");
}

TEST_CASE("strict loading lists every fault at once and changes nothing") {
  Pair2 m;
  const std::string before = weights_digest(m);
  StateDict d = state_dict(m);
  d.erase("layers.0.bias");
  d["layers.0.weight"] = zeros({2, 4});
  d["layers.1.num_batches_tracked"] = scalar(0.0);
  d["other"] = zeros({1});
  try {
    load_state_dict(m, d);
    FAIL("nothing was thrown");
  } catch (const WeightsError& e) {
    const std::string text = e.what();
    for (const char* piece : {"missing", "layers.0.bias", "[2, 3], got [2, 4]",
                              "must be i64, got f32", "unexpected", "other f32[1]"})
      CHECK_MESSAGE(text.find(piece) != std::string::npos, piece, " is not in ", text);
  }
  CHECK(weights_digest(m) == before);
}

TEST_CASE("loading by prefix converts half precision and ignores other copies") {
  Pair2 a, b;
  fill_by_name(a);
  StateDict d;
  for (const auto& [key, t] : state_dict(a)) {
    d["ema_model." + key] = is_float(t.dtype()) ? t.to(DType::bf16) : t;
    d["model." + key] = zeros({1});
  }
  load_state_dict(b, d, "ema_model.");
  CHECK(close(b.first.weight.value(), a.first.weight.value(), 0.01));
}

TEST_CASE("the fill rule's spot values") {
  // golden/fill.py: fill('a.weight', (2, 3)), fill('a.bias', (2,)), fill('n.weight', (2,)), fill('n.running_var', (2,))
  CHECK(fill_tensor("a.weight", {2, 3}).to_vector<float>() ==
        std::vector<float>{3.4106362e-01f, -3.2541716e-01f, 9.931564e-03f, 8.6773956e-01f,
                           -7.3389244e-01f, 8.0054927e-01f});
  CHECK(fill_tensor("a.bias", {2}).to_vector<float>() ==
        std::vector<float>{5.1077127e-02f, 7.722702e-02f});
  CHECK(fill_tensor("n.weight", {2}).to_vector<float>() ==
        std::vector<float>{9.841581e-01f, 1.0762225e+00f});
  CHECK(fill_tensor("n.running_var", {2}, 3).to_vector<float>() ==
        std::vector<float>{1.4418541e+00f, 1.4830263e+00f});
  CHECK(fill_tensor("n.num_batches_tracked", {}).item() == 0);
}

TEST_CASE(
    "initialisation: bounds by fan-in, norms one and zero, independent of the module around") {
  Pair2 m;
  init_default(m, 5);
  for (const float w : m.first.weight.value().to_vector<float>())
    CHECK(std::fabs(w) <= 1 / std::sqrt(3.0f));
  CHECK(m.norm.weight.value().to_vector<float>() == std::vector<float>{1, 1});
  CHECK(m.norm.bias.value().to_vector<float>() == std::vector<float>{0, 0});
  const std::string digest = digest_of(m.first.weight.value());
  init_zero(m, {"layers.0"});
  CHECK(m.first.weight.value().to_vector<float>() == std::vector<float>(6, 0.0f));
  init_default(m, 5);
  CHECK(digest_of(m.first.weight.value()) == digest);
}

TEST_CASE("batch norm moves its running statistics in training and uses them in evaluation") {
  BatchNorm norm(1, 1e-5, 0.1);
  name_modules(norm, "bn");
  const Var x(from_vector(std::vector<float>{1, 2, 3, 6}, {4, 1}));
  set_training(norm, true);
  norm(x);
  CHECK(norm.running_mean.item() == doctest::Approx(0.3));                  // 0.9 * 0 + 0.1 * 3
  CHECK(norm.running_var.item() == doctest::Approx(0.9 + 0.1 * 14.0 / 3));  // unbiased: 14 / 3
  CHECK(norm.num_batches_tracked.item() == 1);
  set_training(norm, false);
  const double rstd = 1 / std::sqrt(0.9 + 1.4 / 3 + 1e-5);
  CHECK(norm(x).value().to_vector<float>()[3] == doctest::Approx((6 - 0.3) * rstd).epsilon(1e-5));
  CHECK(norm.num_batches_tracked.item() == 1);
}

TEST_CASE("a checkpoint region does not move running statistics twice") {
  BatchNorm norm(1);
  name_modules(norm, "bn");
  set_training(norm, true);
  const Var x(from_vector(std::vector<float>{1, 2, 3, 6}, {4, 1}), true);
  const Var y = checkpoint([&](std::span<const Var> in) { return Vars{norm(in[0])}; }, {x})[0];
  backward(sum(square(y)));
  CHECK(norm.num_batches_tracked.item() == 1);
}

TEST_CASE("dropout: off in evaluation, the same mask for the same step, another for the next") {
  Dropout drop(0.5);
  name_modules(drop, "drop");
  const Var x(full({4, 64}, 1.0));
  CHECK(digest_of(drop(x).value()) == digest_of(x.value()));
  set_training(drop, true);
  const std::string first = digest_of(drop(x).value());
  CHECK(digest_of(drop(x).value()) == first);
  drop.step = 1;
  CHECK(digest_of(drop(x).value()) != first);
}

TEST_CASE("embedding, prelu, layer norm, sequential, cross-attention run and differentiate") {
  Sequential seq;
  seq.add(std::make_unique<Linear>(4, 8))
      .add(std::make_unique<PRelu>(8))
      .add(std::make_unique<LayerNorm>(Shape{8}));
  name_modules(seq, "seq");
  fill_by_name(seq);
  const Var y = seq(Var(randn({3, 4}, {.use = "x"})));
  CHECK(y.shape() == Shape{3, 8});
  MultiHeadAttention attend(8, 2, 6);
  name_modules(attend, "attend");
  fill_by_name(attend);
  const Var o = attend(reshape(y, {1, 3, 8}), Var(randn({1, 5, 6}, {.use = "context"})));
  CHECK(o.shape() == Shape{1, 3, 8});
  backward(sum(square(o)));
  for (const Named& p : parameters(attend)) CHECK(p.var.grad().defined());
  for (const Named& p : parameters(seq)) CHECK(p.var.grad().defined());
  Embedding table(10, 4);
  CHECK(table(Var(from_vector(std::vector<std::int64_t>{1, 9}, {2}))).shape() == Shape{2, 4});
}

TEST_CASE("describe counts parameters, MACs and activations of the tiny autoencoder") {
  diffusion::DiffAE model(diffusion::diffae_config("tiny"));
  fill_by_name(model);
  const NoGrad no_grad;
  Describe d(model);
  const Var z = model.encoder(Var(zeros({1, 3, 32, 32})));
  const Description encoder = d.description();
  CHECK(encoder.parameters == parameter_count(model));
  CHECK(encoder.activation_bytes > 0);
  // by hand: the first convolution, 3 -> 32 over 32 x 32 with 9 taps
  for (const DescribeRow& r : encoder.rows)
    if (r.path == "encoder.input_blocks.0.0") CHECK(r.macs == 32.0 * 32 * 32 * 27);
  CHECK(encoder.text().find("encoder.out.3") != std::string::npos);
}

TEST_CASE("folded weights: in memory once, the same results, digests, state and training") {
  diffusion::DiffAE model(diffusion::diffae_config("tiny"));
  fill_by_name(model);
  const std::string digest = weights_digest(model);
  const Var image(randn({1, 3, 32, 32}, {.use = "image"}));
  const Tensor t = full({1}, 500, DType::i64);
  const auto run = [&] {
    const NoGrad no_grad;
    return digest_of(model.unet(image, t, model.encoder(image)).value());
  };
  const std::size_t once = memory_stats().live;
  const std::string result = run();
  const std::size_t twice = memory_stats().live;
  fold_weights(model);
  // what is left beside the weights: panels of 3 channels are as wide as a vector
  CHECK(memory_stats().live - once < (twice - once) / 8);
  CHECK(run() == result);
  CHECK(memory_stats().live - once < (twice - once) / 8);
  CHECK(weights_digest(model) == digest);
  fold_weights(model);
  for (const auto& [key, value] : state_dict(model))
    CHECK_MESSAGE(digest_of(value) == digest_of(fill_tensor(key, value.shape())), key);
  fold_weights(model);
  backward(sum(square(model.encoder(image))));
  for (const Named& p : parameters(model.encoder)) CHECK_MESSAGE(p.var.grad().defined(), p.key);
}
