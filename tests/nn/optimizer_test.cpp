// Optimisers against the papers' formulas in plain double loops; clipping, EMA, rates; bit-exact resume; a small network
// whose training run has one digest everywhere.
#include "nn/optim/optimizer.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/init.hpp"
#include "nn/layers.hpp"
#include "nn/norm_layers.hpp"
#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"

using namespace dact;
using namespace dact::nn;

namespace {

struct One : Module {
  Var weight{from_vector(std::vector<float>{1.0f, -2.0f, 0.5f}, {3}), true};
  void visit(Visitor& v) override { v.param("weight", weight); }
};

// Gradient of step t for element i: anything that changes.
double gradient(int t, std::size_t i) { return 0.3 * t - 0.7 * static_cast<double>(i) + 0.1; }

// Runs `steps` steps and compares with `reference(p, t)`, which moves a double parameter vector.
template <class F>
void check_against(Optimizer& optimizer, One& model, F&& reference, int steps = 5) {
  std::vector<double> p = {1.0, -2.0, 0.5};
  for (int t = 1; t <= steps; ++t) {
    std::vector<float> g;
    for (std::size_t i = 0; i < 3; ++i) g.push_back(static_cast<float>(gradient(t, i)));
    model.weight.set_grad(from_vector(g, {3}));
    optimizer.step(0.05);
    for (std::size_t i = 0; i < 3; ++i) reference(p[i], i, t);
    const auto got = model.weight.value().to_vector<float>();
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(static_cast<double>(got[i]) == doctest::Approx(p[i]).epsilon(1e-5));
  }
}

}  // namespace

TEST_CASE("SGD: plain, momentum, nesterov, weight decay") {
  for (const auto& [momentum, decay, nesterov] :
       {std::tuple{0.0, 0.0, false}, {0.9, 0.0, false}, {0.9, 0.1, true}}) {
    One model;
    Sgd sgd(parameters(model), {.momentum = momentum, .weight_decay = decay, .nesterov = nesterov});
    std::vector<double> m(3);
    check_against(sgd, model, [&](double& p, std::size_t i, int t) {
      const double d = gradient(t, i) + decay * p;
      m[i] = t == 1 ? d : momentum * m[i] + d;
      p -= 0.05 * (momentum == 0 ? d : nesterov ? d + momentum * m[i] : m[i]);
    });
  }
}

TEST_CASE("Adam and AdamW") {
  for (const bool decoupled : {false, true}) {
    One model;
    const double decay = 0.1;
    Adam adam(parameters(model), {.weight_decay = decay, .decoupled = decoupled});
    std::vector<double> m(3), v(3);
    check_against(adam, model, [&](double& p, std::size_t i, int t) {
      double g = gradient(t, i);
      if (decoupled)
        p *= 1 - 0.05 * decay;
      else
        g += decay * p;
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const double m_hat = m[i] / (1 - std::pow(0.9, t)), v_hat = v[i] / (1 - std::pow(0.999, t));
      p -= 0.05 * m_hat / (std::sqrt(v_hat) + 1e-8);
    });
  }
}

TEST_CASE("frozen parameters and those without a gradient stay") {
  One model;
  AdamW adam(parameters(model));
  adam.step(0.1);
  CHECK(model.weight.value().to_vector<float>() == std::vector<float>{1.0f, -2.0f, 0.5f});
  model.weight.set_grad(full({3}, 1.0));
  model.weight.set_requires_grad(false);
  adam.step(0.1);
  CHECK(model.weight.value().to_vector<float>() == std::vector<float>{1.0f, -2.0f, 0.5f});
}

TEST_CASE("clipping scales to the global norm and leaves small gradients") {
  One model;
  model.weight.set_grad(from_vector(std::vector<float>{3, 0, 4}, {3}));
  CHECK(clip_grad_norm(parameters(model), 10) == doctest::Approx(5));
  CHECK(model.weight.grad().to_vector<float>() == std::vector<float>{3, 0, 4});
  CHECK(clip_grad_norm(parameters(model), 1) == doctest::Approx(5));
  CHECK(model.weight.grad().to_vector<float>()[2] == doctest::Approx(0.8).epsilon(1e-5));
}

TEST_CASE("EMA starts as a copy and follows") {
  One model;
  Ema ema(model, 0.9);
  CHECK(ema.shadow().at("weight").to_vector<float>()[1] == -2.0f);
  model.weight.set_value(full({3}, 1.0));
  ema.update();
  CHECK(ema.shadow().at("weight").to_vector<float>()[1] == doctest::Approx(-1.7));
}

TEST_CASE("learning rates") {
  CHECK(warmup_rate(1, 0, 4) == 0.25);
  CHECK(warmup_rate(1, 4, 4) == 1);
  CHECK(cosine_rate(2, 0, 100) == 2);
  CHECK(cosine_rate(2, 50, 100) == doctest::Approx(1));
  CHECK(cosine_rate(2, 100, 100, 0, 0.1) == 0.1);
  CHECK(cosine_rate(2, 1, 100, 4) == 1);
}

namespace {

// conv, fused norm, conv, batch norm, linear: about 2,000 parameters.
struct SmallNet : Module {
  Conv2d conv1{3, 12, 3, {.padding = 1}}, conv2{12, 12, 3, {.padding = 1}};
  GroupNorm norm{4, 12};
  BatchNorm batch{12};
  Linear fc{12, 5};
  SmallNet() {
    name_modules(*this, "small");
    set_training(*this, true);
    init_default(*this, 11);
  }
  Var operator()(const Var& x) const {
    const Var h = relu(batch(conv2(norm.silu(conv1(x)))));
    return fc(mean(h, {2, 3}));
  }
  void visit(Visitor& v) override {
    v.child("conv1", conv1);
    v.child("norm", norm);
    v.child("conv2", conv2);
    v.child("batch", batch);
    v.child("fc", fc);
  }
};

void train(SmallNet& model, Optimizer& optimizer, int from, int to) {
  for (int step = from; step < to; ++step) {
    const auto draw = static_cast<std::uint32_t>(step);
    const Var x(randn({6, 3, 9, 9}, {.seed = 11, .use = "x", .draw = draw}, true));
    const Var target(randn({6, 5}, {.seed = 11, .use = "target", .draw = draw}, true));
    optimizer.zero_grad();
    backward(mean(square(sub(model(x), target))));
    clip_grad_norm(parameters(model), 1.0);
    optimizer.step(cosine_rate(1e-2, step, 60, 5));
  }
}

std::string digest_after_50_steps() {
  SmallNet model;
  AdamW optimizer(parameters(model));
  train(model, optimizer, 0, 50);
  return weights_digest(model);
}

}  // namespace

TEST_CASE(
    "50 training steps have one weights digest: any threads, any instruction set, any machine") {
  const std::string expected = "0745364b97263620c3da0df2b537587123454bb394bc1829ccbd4cdd96e2438f";
  const int threads = thread_count();
  for (const Isa set : available_isas())
    for (const int n : {1, 2}) {
      set_isa(set);
      set_thread_count(n);
      CAPTURE(n);
      CHECK(digest_after_50_steps() == expected);
    }
  set_isa(available_isas().back());
  set_thread_count(threads);
}

TEST_CASE("a run that was saved and resumed equals one that never stopped, bit for bit") {
  StateDict weights, state;
  {
    SmallNet model;
    AdamW optimizer(parameters(model));
    train(model, optimizer, 0, 7);
    for (const auto& [key, tensor] : state_dict(model)) weights[key] = tensor.clone();
    state = optimizer.state_dict();
  }
  SmallNet resumed, straight;
  AdamW after(parameters(resumed)), plain(parameters(straight));
  load_state_dict(resumed, weights);
  after.load_state_dict(state);
  train(resumed, after, 7, 15);
  train(straight, plain, 0, 15);
  CHECK(weights_digest(resumed) == weights_digest(straight));
}

TEST_CASE("an optimiser's state of another network is refused with the list") {
  One model;
  AdamW adam(parameters(model));
  StateDict state = adam.state_dict();
  state.erase("exp_avg.weight");
  state["exp_avg_sq.weight"] = zeros({4});
  state["extra"] = zeros({1});
  try {
    adam.load_state_dict(state);
    FAIL("nothing was thrown");
  } catch (const WeightsError& e) {
    for (const char* piece : {"missing exp_avg.weight", "f32[4]", "unexpected extra"})
      CHECK(std::string(e.what()).find(piece) != std::string::npos);
  }
}
