// The tape: gradients of composed functions, order of accumulation, checkpoint regions, taps, guards, clear errors.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "autograd/observe.hpp"
#include "autograd/ops.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/numerics.hpp"

using namespace dact;

namespace {

Var leaf(std::vector<float> values, const Shape& shape) {
  return Var(from_vector(values, shape), true);
}
std::vector<float> grad_of(const Var& v) { return v.grad().to_vector<float>(); }

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}
bool holds(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("a worked gradient: L = sum (x y + x), dL/dx = y + 1, dL/dy = x") {
  const Var x = leaf({1, 2, 3}, {3}), y = leaf({4, 5, 6}, {3});
  backward(sum(add(mul(x, y), x)));
  CHECK(grad_of(x) == std::vector<float>{5, 6, 7});
  CHECK(grad_of(y) == std::vector<float>{1, 2, 3});
}

TEST_CASE("gradients of two passes add; zero_grad forgets") {
  Var x = leaf({1, 2}, {2});
  backward(sum(x));
  backward(sum(mul_scalar(x, 3)));
  CHECK(grad_of(x) == std::vector<float>{4, 4});
  x.zero_grad();
  CHECK(!x.grad().defined());
}

TEST_CASE("no-grad, detach and frozen leaves keep nothing") {
  Var x = leaf({1, 2}, {2});
  {
    const NoGrad off;
    CHECK(!mul(x, x).requires_grad());
  }
  CHECK(mul(x, x).requires_grad());
  backward(sum(mul(x, x.detach())));
  CHECK(grad_of(x) == std::vector<float>{1, 2});
  x.set_requires_grad(false);
  CHECK(!mul(x, x).requires_grad());
}

TEST_CASE("a graph is freed by backward unless it is kept") {
  const Var x = leaf({2}, {1});
  const Var y = mul(x, x);
  backward(y, /*keep_graph=*/true);
  backward(y);
  CHECK(grad_of(x) == std::vector<float>{8});
  CHECK(holds(error_of([&] { backward(y); }), "keep_graph"));
}

TEST_CASE("a tensor written between forward and backward is noticed") {
  const Var x = leaf({2}, {1});
  const Var y = mul(x, x);
  Tensor value = x.value();
  value.mutate<float>()[0] = 3;
  CHECK(holds(error_of([&] { backward(y); }), "must not be written"));
}

TEST_CASE("a very deep graph neither recurses nor overflows the stack") {
  Var x = leaf({1}, {1}), y = x;
  for (int i = 0; i < 200000; ++i) y = add(y, x);
  backward(y);
  CHECK(grad_of(x) == std::vector<float>{200001});
}

namespace {

// A little network with reuse of inputs and of a captured parameter; `levels` of nested regions around its steps.
Var network(const Var& x, const Var& w, int levels) {
  const auto step = [w](std::span<const Var> in) {
    return Vars{mul(silu(mul(in[0], w)), add(in[0], w))};
  };
  const auto two = [=](std::span<const Var> in) {
    const Var a = levels >= 2 ? checkpoint(step, {in[0]})[0] : step(Vars{in[0]})[0];
    const Var b = levels >= 2 ? checkpoint(step, {a})[0] : step(Vars{a})[0];
    return Vars{add(b, in[0])};
  };
  const Var h = levels >= 1 ? checkpoint(two, {x})[0] : two(Vars{x})[0];
  return sum(mul(h, x));
}

std::string digests(int levels) {
  const Var x(randn({64}, {.seed = 1, .use = "x"}), true),
      w(randn({64}, {.seed = 1, .use = "w"}), true);
  backward(network(x, w, levels));
  return digest_of(x.grad()) + digest_of(w.grad());
}

}  // namespace

TEST_CASE("checkpoint regions, nested too, give the plain gradients bit for bit") {
  CHECK(digests(1) == digests(0));
  CHECK(digests(2) == digests(0));
}

TEST_CASE("a checkpoint region without anything to differentiate records nothing") {
  const Var x(full({2}, 1.0));
  const auto region =
      checkpoint([](std::span<const Var> in) { return Vars{mul(in[0], in[0])}; }, {x});
  CHECK(!region[0].requires_grad());
}

TEST_CASE("errors carry the module path; taps capture and replace") {
  const PathScope path("unet.input_blocks.4.0");
  const std::string text = error_of([] { add(Var(full({2}, 1.0)), Var(full({3}, 1.0))); });
  CHECK(holds(text, "unet.input_blocks.4.0 > add: "));
  CHECK(holds(text, "[2]"));
  CHECK(holds(text, "[3]"));

  const Tap capture("here");
  tap_point("here", Var(full({1}, 5.0)));
  CHECK(capture.value().item() == 5);
  const Tap replace("here", Var(full({1}, 7.0)));
  CHECK(tap_point("here", Var(full({1}, 5.0))).item() == 7);
}

TEST_CASE("the guard names operator, path and place of a NaN, forward and backward") {
  const NonFiniteGuard guard;
  const PathScope path("encoder.out");
  const std::string text = error_of([] { mul(leaf({1, 0}, {2}), leaf({1, INFINITY}, {2})); });
  CHECK(holds(text, "encoder.out > mul"));
  CHECK(holds(text, "element 1"));
  const Var x = leaf({0}, {1});
  CHECK(holds(error_of([&] { backward(sqrt(x)); }), "sqrt (backward)"));
}

TEST_CASE("recordings of equal runs are equal; a changed bit shows at its call") {
  const auto record = [](float value) {
    DigestRecorder recorder;
    const Var x = leaf({value, 2}, {2});
    backward(sum(silu(mul(x, x))));
    return recorder.lines();
  };
  const auto a = record(1), b = record(1), c = record(1.0000001f);
  CHECK(a == b);
  CHECK(a.size() == 6);  // three calls forward, three backward
  CHECK(a[0] != c[0]);
  CHECK(holds(a[0], "mul"));
}

TEST_CASE("a requested stop ends the next call and nothing else") {
  request_cancel();
  CHECK_THROWS_AS(add(leaf({1}, {1}), leaf({1}, {1})), Cancelled);
  clear_cancel();
  CHECK(add(leaf({1}, {1}), leaf({1}, {1})).item() == 2);
}

TEST_CASE("an operator without a derivative refuses to be differentiated, with its reason") {
  const std::string text = error_of([] { floor(leaf({1.5f}, {1})); });
  CHECK(holds(text, "floor"));
  CHECK(holds(text, "derivative"));
}

TEST_CASE("backward checks its arguments") {
  const Var x = leaf({1, 2}, {2});
  CHECK(holds(error_of([&] { backward(mul(x, x)); }), "one element"));
  CHECK(holds(error_of([&] { backward(Var(full({}, 1.0))); }), "requires_grad"));
}

TEST_CASE("derivatives run in the numerics mode of their forward call") {
  struct Watch final : Observer {
    Numerics seen = Numerics::strict;
    void after(const CallRecord& call) override {
      if (call.backward) seen = numerics();
    }
  } watch;
  const Var x = leaf({1, 2}, {2});
  Var y;
  {
    const NumericsScope fast(Numerics::tf32);
    y = sum(x);
  }
  backward(y);
  CHECK(watch.seen == Numerics::tf32);
  CHECK(numerics() == Numerics::strict);
}
