// The reenactment encoder's arithmetic: z_r = E(image + zero_conv(y_t)), its L1 loss and gradients
// against the reference (spec/diffae.md 10.1, 12).
#include <string>

#include "diffusion/diffae.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::diffusion;

namespace {

struct ReenactmentEncoder : nn::Module {
  nn::Conv2d zero_conv{3, 3, 1};
  SemanticEncoder encoder{diffae_config("tiny")};
  Var operator()(const Var& image, const Var& y_t) const {
    return encoder(add(image, zero_conv(y_t)));
  }
  void visit(nn::Visitor& v) override {
    v.child("zero_conv", zero_conv);
    v.child("encoder", encoder);
  }
};

}  // namespace

TEST_CASE("the encoder behind a zero convolution: z_r, L1 loss and gradients equal the reference") {
  const auto golden = read_safetensors(test::golden_path("diffae_tiny.safetensors")).tensors;
  ReenactmentEncoder model;
  nn::name_modules(model);
  nn::fill_by_name(
      model);  // zero_conv too: with zeros its gradient would be tested at one point only
  const Var z_r = model(Var(golden.at("input.image")), Var(golden.at("reenact.y_t")));
  CHECK_CLOSE(z_r.value(), golden.at("reenact.z_r"), 1e-5);

  const Var target = flip(Var(golden.at("z_sem")), {0});  // the two samples swapped
  const Var loss = mean(abs(sub(z_r, target)));
  CHECK_CLOSE(loss.value().reshaped({1}), golden.at("reenact.l1_mean"), 1e-5);
  backward(loss);
  int compared = 0;
  for (const auto& p : nn::parameters(model)) {
    const auto want = golden.find("reenact.grad." + p.key);
    if (want == golden.end()) continue;
    CAPTURE(p.key);
    CHECK_CLOSE(p.var.grad(), want->second, 1e-4 * test::max_abs(want->second));
    ++compared;
  }
  CHECK(compared == 3);
}
