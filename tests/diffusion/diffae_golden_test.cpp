// diffae_tiny under fill-rule weights against the reference network: encoder, UNet, activations, loss, gradients
// (spec/diffae.md section 12).
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "diffusion/diffae.hpp"
#include "diffusion/schedule.hpp"
#include "tensor/digest.hpp"
#include "tensor/parallel.hpp"
#include "tests/support/golden.hpp"

using namespace dact;
using namespace dact::diffusion;
using dact::test::max_abs;
using dact::test::max_difference;

namespace {

const std::map<std::string, Tensor>& golden() {
  static const TensorFile file = read_safetensors(test::golden_path("diffae_tiny.safetensors"));
  return file.tensors;
}
const Tensor& golden(const std::string& name) { return golden().at(name); }

std::unique_ptr<DiffAE> tiny() {
  auto model = std::make_unique<DiffAE>(diffae_config("tiny"));
  nn::fill_by_name(*model);
  return model;
}

Tensor first_sample(const Tensor& x) { return x.sliced(0, 0, 1); }

}  // namespace

TEST_CASE("keys and shapes equal the key lists, in order") {
  for (const auto& [config, list, parameters] : {std::tuple{"tiny", "diffae_tiny.txt", 0},
                                                 {"ffhq256", "diffae_ffhq256.txt", 168492291},
                                                 {"ffhq128", "diffae_ffhq128.txt", 128545155}}) {
    DiffAE model(diffae_config(config));
    const auto have = nn::state(model);
    const auto want = test::read_keys(list);
    REQUIRE(have.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(have[i].key == want[i].key);
      CHECK(test::shape_text(have[i].var.shape()) == want[i].shape);
    }
    if (parameters) CHECK(nn::parameter_count(model) == parameters);
  }
}

TEST_CASE("encoder and UNet equal the reference") {
  const auto model = tiny();
  const NoGrad no_grad;
  const Var z = model->encoder(Var(golden("input.image")));
  CHECK_CLOSE(z.value(), golden("z_sem"), 1e-5);
  const Var small = mul_scalar(Var(golden("input.image")), static_cast<double>(0.01f));
  CHECK_CLOSE(model->encoder(small).value(), golden("z_sem_small"), 1e-5);
  const Tensor& t = golden("input.t");
  CHECK_CLOSE(time_sinusoid(t, 32), golden("time_sinusoid"), 1e-4);
  CHECK_CLOSE(model->unet.time_embedding(t).value(), golden("time_emb"), 1e-4);
  CHECK_CLOSE(model->unet(Var(golden("input.x_t")), t, Var(golden("z_sem"))).value(), golden("eps"),
              1e-4);
}

TEST_CASE("every stored activation equals the reference") {
  const auto model = tiny();
  const NoGrad no_grad;
  // Golden names are module paths but for four that are named for their place in the block.
  const std::map<std::string, std::string> renamed = {
      {"input_blocks.3.0.in_layers", "input_blocks.3.0.in_layers.2"},
      {"input_blocks.3.0.emb_layers", "input_blocks.3.0.emb_layers.1"},
      {"input_blocks.3.0.cond_emb_layers", "input_blocks.3.0.cond_emb_layers.1"}};
  std::map<std::string, std::unique_ptr<Tap>> taps;
  for (const auto& [name, tensor] : golden()) {
    if (!name.starts_with("act.")) continue;
    const std::string place = name.substr(4);
    const auto other = renamed.find(place);
    taps[place] = std::make_unique<Tap>(other == renamed.end() ? place : other->second);
  }
  model->encoder(Var(golden("input.image")));
  model->unet(Var(golden("input.x_t")), golden("input.t"), Var(golden("z_sem")));
  int compared = 0;
  for (const auto& [place, tap] : taps) {
    if (place == "input_blocks.3.0.out_layers.0" || place == "input_blocks.3.0.modulated")
      continue;  // fused, below
    CAPTURE(place);
    REQUIRE(tap->value().defined());
    const Tensor want = golden("act." + place);
    const Tensor got = first_sample(tap->value().value()).reshaped(want.shape());
    CHECK_CLOSE(got, want, 1e-4);
    ++compared;
  }
  CHECK(compared == 28);

  // Norm and modulation run fused with the SiLU; without it they are the stored values.
  const std::string block = "input_blocks.3.0.";
  const Var h = taps.at(block + "in_layers")->value(),
            time = taps.at(block + "emb_layers")->value();
  const Var scale_z = taps.at(block + "cond_emb_layers")->value();
  const Var weight(nn::fill_tensor(block + "out_layers.0.weight", {64})),
      bias(nn::fill_tensor(block + "out_layers.0.bias", {64}));
  CHECK_CLOSE(first_sample(group_norm(h, 32, weight, bias).value()),
              golden("act." + block + "out_layers.0"), 1e-4);
  const GroupNormConditions c{slice(time, 1, 0, 64), slice(time, 1, 64, 128), scale_z};
  CHECK_CLOSE(first_sample(group_norm_silu(h, 32, weight, bias, c, 1e-5, false).value()),
              golden("act." + block + "modulated"), 1e-4);
}

TEST_CASE("loss and every gradient equal the reference; one digest at 1 and 2 threads") {
  std::string digests[2];
  const int before = thread_count();
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    const auto model = tiny();
    const Var image(golden("input.image")), noise(golden("input.noise"));
    const Tensor& t = golden("input.t_loss");
    const Var x_t = q_sample(linear_schedule(), image, t, noise);
    CHECK_CLOSE(x_t.value(), golden("loss.x_t"), 1e-6);
    const DiffusionLoss loss = eps_loss(model->unet(x_t, t, model->encoder(image)), noise);
    CHECK_CLOSE(loss.per_sample.value(), golden("loss.per_sample"), 1e-5);
    CHECK_CLOSE(loss.mean.value().reshaped({1}), golden("loss.mean"), 1e-5);
    backward(loss.mean);

    const std::vector<double> norms = golden("grad_l2").to(DType::f64).to_vector<double>();
    const auto parameters = nn::parameters(*model);
    REQUIRE(parameters.size() == norms.size());
    double total = 0;
    int stored = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto& [key, var, buffer] = parameters[i];
      CAPTURE(key);
      REQUIRE(var.grad().defined());
      double squares = 0;
      for (const double g : var.grad().to(DType::f64).to_vector<double>()) squares += g * g;
      total += squares;
      if (norms[i] > 1e-6)
        CHECK(std::sqrt(squares) == doctest::Approx(norms[i]).epsilon(1e-4));
      else
        CHECK(std::sqrt(squares) < 2e-6);  // mathematically zero
      const auto it = golden().find("grad." + key);
      if (it == golden().end()) continue;
      CHECK_CLOSE(var.grad(), it->second, 1e-4 * max_abs(it->second));
      ++stored;
    }
    CHECK(stored == 20);
    CHECK(std::sqrt(total) == doctest::Approx(golden("grad_total_norm").item()).epsilon(1e-4));
    for (const auto& p : parameters) digests[threads - 1] += digest_of(p.var.grad());
  }
  set_thread_count(before);
  CHECK(digests[0] == digests[1]);
}

TEST_CASE("checkpointed blocks give the same gradients, bit for bit") {
  const Tensor& t = golden("input.t");
  const auto gradients = [&](bool checkpointed) {
    const auto model = tiny();
    const Var x_t(golden("input.x_t"), true), z(golden("z_sem"), true);
    const DiffAE* m = model.get();
    const auto run = [m, &t](std::span<const Var> in) { return Vars{m->unet(in[0], t, in[1])}; };
    const Var eps = checkpointed ? checkpoint(run, {x_t, z})[0] : run(Vars{x_t, z})[0];
    backward(mean(square(eps)));
    std::string digests = digest_of(x_t.grad()) + digest_of(z.grad());
    for (const auto& p : nn::parameters(model->unet)) digests += digest_of(p.var.grad());
    return digests;
  };
  CHECK(gradients(false) == gradients(true));
}
