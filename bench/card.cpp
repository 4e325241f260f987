// What a card does, in one program: the same bits as the CPU end to end, what its errors say, and times. Prints one JSON
// object; exit code 1 when a digest differs or an error is not an ordinary one. Run by bench/gpu.sh.
//   build/cuda/card [--quick] [WEIGHTS.safetensors of an autoencoder]
#include "tensor/cuda/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/card_demo.hpp"
#include "diffusion/ddim.hpp"
#include "diffusion/diffae.hpp"
#include "diffusion/schedule.hpp"
#include "io/safetensors.hpp"
#include "nn/module.hpp"
#include "nn/optim/optimizer.hpp"
#include "tensor/device.hpp"
#include "tensor/digest.hpp"
#include "tensor/numerics.hpp"

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
  const Respaced subset = sampling_steps(c, steps);
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

/// A model on the card, its weights made by formula or read from a file.
struct OnCard {
  std::string config;
  DiffAE model;
  OnCard(const std::string& name, const nn::StateDict& weights)
      : config(name), model(diffae_config(name)) {
    if (weights.empty())
      nn::fill_by_name(model);
    else
      nn::load_state_dict(model, weights);
    nn::move_to(model, Device::cuda);
  }
};

/// Milliseconds of a forward, the median of `runs` after two others.
double forward_ms(const OnCard& on, std::int64_t batch, Numerics mode, int runs) {
  const Inputs in = inputs_of(diffae_config(on.config), batch);
  const Var image(in.image.to(Device::cuda)), z(in.z.to(Device::cuda));
  const Tensor t = in.t.to(Device::cuda);
  const NoGrad no_grad;
  const NumericsScope scope(mode);
  cuda::Stopwatch watch;
  std::vector<double> ms;
  for (int i = 0; i < runs + 2; ++i) {
    watch.start();
    on.model.unet(image, t, z);
    ms.push_back(watch.stop());
  }
  std::sort(ms.begin() + 2, ms.end());
  return ms[static_cast<std::size_t>(2 + runs / 2)];
}

/// Pictures of a batch, decoded in `steps` steps, on the host.
Tensor decode(const OnCard& on, std::int64_t batch, std::int64_t steps, Numerics mode) {
  const Inputs in = inputs_of(diffae_config(on.config), batch);
  const NoGrad no_grad;
  const NumericsScope scope(mode);
  return ddim_decode(on.model.unet, sampling_steps(on.model.config, steps),
                     Var(in.image.to(Device::cuda)), Var(in.z.to(Device::cuda)), {.clip = false})
      .value()
      .to(Device::cpu);
}

/// 10 log10(range^2 / mean squared difference), the range that of the strict picture.
double psnr(const Tensor& strict, const Tensor& fast) {
  const std::vector<float> a = strict.to_vector<float>(), b = fast.to_vector<float>();
  const auto [least, most] = std::minmax_element(a.begin(), a.end());
  const double range = static_cast<double>(*most) - static_cast<double>(*least);
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    squares += d * d;
  }
  return 10 * std::log10(range * range * static_cast<double>(a.size()) / squares);
}

/// Rows of JSON, each also said aloud.
class Rows {
 public:
  void add(const std::string& said, const std::string& json) {
    fmt::print(stderr, "{}\n", said);
    text_ += fmt::format("{}\n    {}", text_.empty() ? "" : ",", json);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void time_forwards(Rows& rows, int runs) {
  struct Row {
    std::int64_t batch;
    Numerics mode;
  };
  const auto measure = [&](const std::string& config, std::initializer_list<Row> list) {
    const OnCard on(config, {});
    for (const auto& [batch, mode] : list) {
      const double ms = forward_ms(on, batch, mode, runs);
      rows.add(
          fmt::format("unet {} batch {}: {:.2f} ms {}", config, batch, ms, name_of(mode)),
          fmt::format("{{\"config\": \"{}\", \"batch\": {}, \"numerics\": \"{}\", \"ms\": {:.3f}}}",
                      config, batch, name_of(mode), ms));
    }
  };
  measure("celeba64", {{1, Numerics::strict}});
  measure("ffhq128", {{1, Numerics::strict}});
  measure("ffhq256", {{1, Numerics::strict},
                      {1, Numerics::tf32},
                      {1, Numerics::bf16},
                      {8, Numerics::strict},
                      {8, Numerics::bf16}});
}

/// How far decodes of the fast modes are from strict ones. The first row is the gate: trained weights where they are given.
void compare_modes(Rows& rows, const OnCard& on, const std::string& weights) {
  constexpr std::int64_t kSteps = 10;
  const Tensor strict = decode(on, 1, kSteps, Numerics::strict);
  for (const Numerics mode : {Numerics::tf32, Numerics::bf16}) {
    const double db = psnr(strict, decode(on, 1, kSteps, mode));
    rows.add(fmt::format("decode {} ({}): {:.1f} dB {} to strict", on.config, weights, db,
                         name_of(mode)),
             fmt::format("{{\"config\": \"{}\", \"weights\": \"{}\", \"numerics\": \"{}\", "
                         "\"psnr_db\": {:.2f}}}",
                         on.config, weights, name_of(mode), db));
  }
}

/// The 200-frame job's decoding, from one batch of 8 frames in 20 steps.
void time_frames(Rows& rows, const OnCard& on) {
  constexpr std::int64_t kBatch = 8, kSteps = 20, kFrames = 200;
  decode(on, kBatch, 1, Numerics::bf16);
  const double seconds = seconds_of([&] { decode(on, kBatch, kSteps, Numerics::bf16); });
  const double job = seconds * kFrames / kBatch;
  rows.add(
      fmt::format("200 frames {}, 20 steps, batches of 8: {:.1f} s bf16", on.config, job),
      fmt::format("{{\"config\": \"{}\", \"frames\": 200, \"numerics\": \"bf16\", \"s\": {:.2f}}}",
                  on.config, job));
}

// ---- what the card may lack, and a kernel that faults

struct Fault {
  std::string name, error = {};
  bool says = false;  // the error names operator and operands
  bool next_works = false;
};

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool holds(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

/// A UNet forward with ever larger budgets until it fits; the error kept is that of the deepest failure.
Fault starve() {
  const OnCard on("celeba64", {});
  std::string digest;
  const auto run = [&] {
    const Inputs in = inputs_of(diffae_config(on.config), 1);
    const NoGrad no_grad;
    digest = digest_of(
        on.model
            .unet(Var(in.image.to(Device::cuda)), in.t.to(Device::cuda), Var(in.z.to(Device::cuda)))
            .value());
  };
  run();
  const std::string wanted = digest;
  const cuda::CardMemory before = cuda::card_memory();
  Fault f{"too little memory in the middle of a network"};
  for (std::size_t budget = 1 << 20; budget < before.limit; budget *= 2) {
    cuda::release_cached_card_memory();
    cuda::set_card_memory_limit(before.live + budget);
    const std::string error = error_of(run);
    if (error.empty()) break;
    f.error = error;
  }
  cuda::set_card_memory_limit(before.limit);
  f.says = holds(f.error, "got a request of ") && holds(f.error, " for f32[");
  digest.clear();
  run();
  f.next_works = digest == wanted;
  return f;
}

/// Reads far outside an operand, in a process of its own: the fault takes what lies on the card. Says the error, then
/// whether the CPU computes, lost tensors are refused, and the card starts again once they are released.
int fault_here(bool audit) {
  cuda::start();
  cuda::set_audit_mode(audit);
  const Tensor host = randn({1024}, {.use = "card fault"}, true);
  const auto run = [](const Tensor& x) { return silu(Var(x)).value().to(Device::cpu); };
  const NoGrad no_grad;
  const std::string wanted = digest_of(run(host));
  bool refused = false;
  {
    const Tensor there = host.to(Device::cuda);
    constexpr std::int64_t kFar = std::int64_t{1} << 40;
    const Tensor outside(there.storage(), DType::f32, {1024}, {1}, kFar);
    fmt::print("{}\n", error_of([&] { run(outside); }));
    refused = holds(error_of([&] { run(there); }), "free of tensors");
  }
  const bool cpu = digest_of(run(host)) == wanted;
  bool card = false;
  const std::string error =
      error_of([&] { card = digest_of(run(host.to(Device::cuda))) == wanted; });
  fmt::print("{}\n", !cpu || !refused ? "broken" : card ? "works" : "works on the CPU, " + error);
  return 0;
}

Fault fault_in_child(bool audit) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  Fault f{audit ? "a fault inside a kernel, in audit mode" : "a fault inside a kernel"};
  FILE* const child =
      popen(fmt::format("'{}' --fault {}", self, audit ? "audit" : "late").c_str(), "r");
  if (child == nullptr) return f;
  std::string lines[2];
  for (std::string& line : lines) {
    for (int c = std::fgetc(child); c != EOF && c != '\n'; c = std::fgetc(child))
      line += static_cast<char>(c);
  }
  const bool ended = pclose(child) == 0;
  f.error = lines[0];
  f.says = audit ? holds(f.error, "silu: kernel ") && holds(f.error, " for f32[1024]@cuda")
                 : holds(f.error, "(silu)");
  f.next_works = ended && lines[1] == "works";
  if (!f.next_works) f.error += "; then: " + lines[1];
  return f;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return out + "\"";
}

/// False: an error was not as it must be.
bool check_faults(Rows& rows) {
  bool all = true;
  for (const Fault& f : {starve(), fault_in_child(true), fault_in_child(false)}) {
    all = all && f.says && f.next_works;
    rows.add(fmt::format("{}: {}, {}: {}", f.name, f.says ? "error ok" : "VAGUE ERROR",
                         f.next_works ? "next call works" : "NEXT CALL FAILS", f.error),
             fmt::format("{{\"name\": \"{}\", \"says_what\": {}, \"next_call_works\": {}, "
                         "\"error\": {}}}",
                         f.name, f.says, f.next_works, quoted(f.error)));
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "--fault") return fault_here(words[1] == "audit");
  const bool quick = !words.empty() && words[0] == "--quick";
  const std::string weights = words.size() > (quick ? 1 : 0) ? words.back() : "";
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
  const std::string folder = std::filesystem::path(weights).parent_path().string();
  if (std::filesystem::exists(folder + "/reenact-heads64.safetensors"))
    check("heads64 demo, 20 frames", [&](Device d) { return heads64_demo(folder, 20, d); });
  bool same = true;
  std::string rows;
  for (const Result& r : results) {
    same = same && r.same;
    rows += fmt::format(
        "{}\n    {{\"name\": \"{}\", \"same_bits\": {}, \"cpu_s\": {:.3f}, \"cuda_s\": {:.3f}}}",
        rows.empty() ? "" : ",", r.name, r.same, r.cpu_s, r.cuda_s);
  }
  Rows faults, times, distances, job;
  const bool faults_are_ordinary = check_faults(faults);
  time_forwards(times, quick ? 3 : 7);
  {
    const OnCard on("ffhq256", {});
    compare_modes(distances, on, "by formula");
    if (!quick) time_frames(job, on);
  }
  if (!weights.empty()) {
    const TensorFile file = read_safetensors(weights);
    compare_modes(distances, OnCard(file.metadata.at("configuration"), file.tensors), "trained");
  }
  fmt::print(
      "{{\n  \"card\": \"{}\",\n  \"same_bits\": {},\n  \"runs\": [{}\n  ],\n  \"faults\": [{}\n  "
      "],\n  "
      "\"unet_forward\": "
      "[{}\n  ],\n  \"to_strict\": [{}\n  ],\n  \"job\": [{}\n  ],\n  \"peak_MiB\": {:.1f}\n}}\n",
      card.text, same, rows, faults.text(), times.text(), distances.text(), job.text(),
      static_cast<double>(cuda::card_memory().peak) / 1048576);
  return same && faults_are_ordinary ? 0 : 1;
}
