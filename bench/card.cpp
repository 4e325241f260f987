// What a card does, in one program: the same bits as the CPU end to end, and times. Prints one JSON object; exit code 1
// when a digest differs. Run by bench/gpu.sh.   build/cuda/card [--quick]
#include "tensor/cuda/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "diffusion/ddim.hpp"
#include "diffusion/diffae.hpp"
#include "diffusion/schedule.hpp"
#include "nn/module.hpp"
#include "nn/optim/optimizer.hpp"
#include "tensor/device.hpp"
#include "tensor/digest.hpp"

namespace {

using namespace dact;
using namespace dact::diffusion;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Result {
  std::string name;
  bool same;
  double cpu_s, cuda_s;
};

/// `run(device)` gives a digest.
Result compare(const std::string& name, const std::function<std::string(Device)>& run) {
  Result r{name, false, 0, 0};
  std::string host, device;
  r.cuda_s = seconds_of([&] { device = run(Device::cuda); });
  r.cpu_s = seconds_of([&] { host = run(Device::cpu); });
  r.same = host == device;
  fmt::print(stderr, "{:<40} {}  cpu {:.2f} s, cuda {:.2f} s\n", name,
             r.same ? "same bits" : "DIFFERENT BITS", r.cpu_s, r.cuda_s);
  return r;
}

struct Inputs {
  Tensor image, z, t;
};
Inputs inputs_of(const DiffAEConfig& c, std::int64_t batch) {
  return {randn({batch, 3, c.image_size, c.image_size}, {.use = "card image"}, true),
          randn({batch, c.z_width}, {.use = "card z"}, true), full({batch}, 500, DType::i64)};
}

std::string forward(const std::string& config, Device device) {
  const DiffAEConfig& c = diffae_config(config);
  DiffAE model(c);
  nn::fill_by_name(model);
  nn::move_to(model, device);
  const Inputs in = inputs_of(c, 1);
  const NoGrad no_grad;
  return digest_of(
      model.unet(Var(in.image.to(device)), in.t.to(device), Var(in.z.to(device))).value());
}

/// Encode, invert and decode, unclipped.
std::string journey(const std::string& config, std::int64_t steps, Device device) {
  const DiffAEConfig& c = diffae_config(config);
  DiffAE model(c);
  nn::fill_by_name(model);
  nn::move_to(model, device);
  const Var image(inputs_of(c, 1).image.to(device));
  const Respaced subset = respace(linear_schedule(), steps);
  const NoGrad no_grad;
  const Var z = model.encoder(image);
  const Var x_T = ddim_invert(model.unet, subset, image, z, {.clip = false});
  return digest_of(ddim_decode(model.unet, subset, x_T, z, {.clip = false}).value());
}

std::string training(const std::string& config, int steps, Device device) {
  const DiffAEConfig& c = diffae_config(config);
  DiffAE model(c);
  nn::fill_by_name(model);
  nn::move_to(model, device);
  nn::Adam optimizer(nn::state(model), {});
  for (int step = 0; step < steps; ++step) {
    const Inputs in = inputs_of(c, 2);
    const Var x(in.image.to(device)), eps = model.unet(x, in.t.to(device), model.encoder(x));
    backward(mean(square(sub(eps, x))));
    nn::clip_grad_norm(nn::state(model), 1);
    optimizer.step(1e-4);
    optimizer.zero_grad();
  }
  return nn::weights_digest(model);
}

/// Milliseconds of a forward, the median of `runs` after two others.
double forward_ms(const std::string& config, std::int64_t batch, int runs) {
  const DiffAEConfig& c = diffae_config(config);
  DiffAE model(c);
  nn::fill_by_name(model);
  nn::move_to(model, Device::cuda);
  const Inputs in = inputs_of(c, batch);
  const Var image(in.image.to(Device::cuda)), z(in.z.to(Device::cuda));
  const Tensor t = in.t.to(Device::cuda);
  const NoGrad no_grad;
  cuda::Stopwatch watch;
  std::vector<double> ms;
  for (int i = 0; i < runs + 2; ++i) {
    watch.start();
    model.unet(image, t, z);
    ms.push_back(watch.stop());
  }
  std::sort(ms.begin() + 2, ms.end());
  return ms[static_cast<std::size_t>(2 + runs / 2)];
}

}  // namespace

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::string(argv[1]) == "--quick";
  const cuda::CardStatus card = cuda::card_status();
  if (!card.usable) {
    fmt::print(stderr, "skipped: {}\n", card.text);
    return 77;
  }
  cuda::start();
  fmt::print(stderr, "{}\n", card.text);
  std::vector<Result> results;
  const auto check = [&](const std::string& name, const std::function<std::string(Device)>& run) {
    results.push_back(compare(name, run));
  };
  check("unet celeba64 forward", [](Device d) { return forward("celeba64", d); });
  check("training celeba64, 20 steps",
        [&](Device d) { return training("celeba64", quick ? 2 : 20, d); });
  check("unet ffhq256 forward", [](Device d) { return forward("ffhq256", d); });
  if (!quick)
    check("ffhq256 encode, invert 10, decode 10",
          [](Device d) { return journey("ffhq256", 10, d); });
  bool same = true;
  std::string rows;
  for (const Result& r : results) {
    same = same && r.same;
    rows += fmt::format(
        "{}\n    {{\"name\": \"{}\", \"same_bits\": {}, \"cpu_s\": {:.3f}, \"cuda_s\": {:.3f}}}",
        rows.empty() ? "" : ",", r.name, r.same, r.cpu_s, r.cuda_s);
  }
  std::string times;
  for (const auto& [config, batch] :
       {std::pair{"celeba64", 1}, {"ffhq128", 1}, {"ffhq256", 1}, {"ffhq256", 8}}) {
    const double ms = forward_ms(config, batch, quick ? 3 : 7);
    fmt::print(stderr, "unet {} batch {}: {:.2f} ms strict\n", config, batch, ms);
    times += fmt::format("{}\n    {{\"config\": \"{}\", \"batch\": {}, \"strict_ms\": {:.3f}}}",
                         times.empty() ? "" : ",", config, batch, ms);
  }
  fmt::print(
      "{{\n  \"card\": \"{}\",\n  \"same_bits\": {},\n  \"runs\": [{}\n  ],\n  \"unet_forward\": "
      "[{}\n  ],\n"
      "  \"peak_MiB\": {:.1f}\n}}\n",
      card.text, same, rows, times, static_cast<double>(cuda::card_memory().peak) / 1048576);
  return same ? 0 : 1;
}
