// What no catalogue sample can know of the device's kernels: every tile of the product kernel, chains that end in -0,
// mixed devices, whole training steps.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <string>

#include "autograd/audit/inputs.hpp"
#include "autograd/audit/run.hpp"
#include "autograd/catalogue.hpp"
#include "nn/layers.hpp"
#include "nn/norm_layers.hpp"
#include "nn/optim/optimizer.hpp"
#include "tensor/device.hpp"
#include "tensor/digest.hpp"
#include "tensor/ops/add/add.hpp"
#include "tensor/ops/contract/contract.device.hpp"
#include "tensor/ops/matmul/matmul.hpp"
#include "tests/cuda/device.hpp"

using namespace dact;

namespace {

bool skipped() {
  if (start_test_device()) return false;
  std::printf("skipped: no CUDA device (1 case)\n");
  return true;
}

struct TileScope {
  explicit TileScope(int side) { contract::force_tile(side); }
  ~TileScope() { contract::force_tile(0); }
};

Tensor noise(const Shape& shape, std::uint32_t draw) {
  return randn(shape, {.seed = 3, .use = "kernels_test", .draw = draw});
}

std::string error_of(auto&& call) {
  try {
    call();
  } catch (const DeviceError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every tile of the product kernel gives the CPU's bits") {
  if (skipped()) return;
  for (const int side : {32, 64, 128}) {
    const TileScope tile(side);
    vary_device(side / 32);
    for (const char* name : {"matmul", "linear", "conv2d", "attention"})
      for (const Sample& s : audit::samples_of(*find_entry(name))) {
        if (audit::is_large(s) && side != 64) continue;
        const Tensors in = audit::make_inputs(*find_entry(name), s, DType::f32);
        Tensors there;
        for (const Tensor& x : in) there.push_back(x.to(Device::cuda));
        audit::Run device = audit::run(*find_entry(name), s, there);
        for (Tensors* list : {&device.out, &device.grads})
          for (Tensor& x : *list) x = x.to(Device::cpu);
        const auto fault = audit::difference(device, audit::run(*find_entry(name), s, in));
        CHECK_MESSAGE(!fault, name, " ", s.label, " side ", side, ": ", fault.value_or(""));
      }
  }
}

TEST_CASE("a chain that underflows to -0 stays -0: the kernel adds no terms") {
  if (skipped()) return;
  for (const std::int64_t k : {1, 3, 8, 11}) {
    Tensor a = zeros({1, k}), b = zeros({k, 1});
    a.mutate<float>()[k - 1] = -1e-30f;
    b.mutate<float>()[k - 1] = 1e-30f;
    const Tensor host = matmul(a, b), device = matmul(a.to(Device::cuda), b.to(Device::cuda));
    CHECK(digest_of(device) == digest_of(host));
    CHECK(std::signbit(host.item()));
  }
}

TEST_CASE("mixed devices are refused and all tensors shown; a host loop never reads the device") {
  if (skipped()) return;
  const Tensor host = zeros({2, 3}), there = zeros({2, 3}).to(Device::cuda);
  const std::string mixed = error_of([&] { add(host, there); });
  CHECK(mixed.find("f32[2, 3]@cpu") != std::string::npos);
  CHECK(mixed.find("f32[2, 3]@cuda") != std::string::npos);
  CHECK(error_of([&] { there.data<float>(); }).find("f32[2, 3]@cuda") != std::string::npos);
  CHECK(there.to_vector<float>() == std::vector<float>(6));
  CHECK(there.sliced(0, 0, 1).sliced(1, 0, 1).item() == 0);
  CHECK(digest_of(there) == digest_of(host));
}

namespace {

// A small network with every kind of layer that training meets, and its optimiser's state, as one digest.
template <class Optimizer, class Options>
std::string train(Device device, const Options& options) {
  struct Net final : nn::Module {
    nn::Conv2d conv{3, 8, 3, {.padding = 1}};
    nn::GroupNorm norm{4, 8};
    nn::Linear head{8, 5};
    void visit(nn::Visitor& v) override {
      v.child("conv", conv);
      v.child("norm", norm);
      v.child("head", head);
    }
  } net;
  nn::fill_by_name(net, 7);
  nn::move_to(net, device);
  Optimizer optimizer(nn::state(net), options);
  nn::Ema ema(net, 0.9);
  for (std::uint32_t step = 0; step < 3; ++step) {
    const Var x(noise({2, 3, 9, 7}, step).to(device)), wanted(noise({2, 5}, 100 + step).to(device));
    const Var y = net.head(mean(silu(net.norm(net.conv(x))), {2, 3}));
    backward(mean(square(sub(y, wanted))));
    nn::clip_grad_norm(nn::state(net), 0.5);
    optimizer.step(1e-2);
    optimizer.zero_grad();
    ema.update();
  }
  std::string all = nn::weights_digest(net);
  for (const auto& [key, value] : optimizer.state_dict()) all += digest_of(value);
  for (const auto& [key, value] : ema.shadow()) all += digest_of(value);
  return all;
}

}  // namespace

TEST_CASE("training steps, optimiser and average give the CPU's bits") {
  if (skipped()) return;
  vary_device(1);
  const nn::Adam::Options adam{.weight_decay = 0.01};
  CHECK(train<nn::Adam>(Device::cuda, adam) == train<nn::Adam>(Device::cpu, adam));
  const nn::Sgd::Options sgd{.momentum = 0.9, .weight_decay = 0.01, .nesterov = true};
  CHECK(train<nn::Sgd>(Device::cuda, sgd) == train<nn::Sgd>(Device::cpu, sgd));
}
