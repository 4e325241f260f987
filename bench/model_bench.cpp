// Whole networks and the fused norm.
//   unet/<configuration>        one forward without gradient, fill-rule weights, batch 1: seconds, fraction of the FMA peak
//                               of the same minute by MACs, page faults of a steady forward; memory in MiB: the
//                               weights, the allocator's peak of a forward beyond them, and the growth of the
//                               process over both (its own peak, as the system counts it)
//   encoder/<configuration>     the same
//   group_norm_silu             statistics, normalisation, SiLU over 128 x 256 x 256 as a multiple of a memcpy of as many bytes
// One thread is timed by its CPU time, several by the wall. build/cpu/bench/model_bench --benchmark_filter=ffhq256
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "bench/triad.hpp"
#include "diffusion/diffae.hpp"
#include "nn/describe.hpp"

namespace {

using namespace dact;
using dact::bench::seconds_for;

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// What /proc/self/status says of this process under `key`, in MiB; 0 where there is no such file.
double status_mib(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;)
    if (word == key + ":") {
      double kib = 0;
      file >> kib;
      return kib / 1024;
    }
  return 0;
}

/// Peak memory of one forward of a model whose weights are folded and whose allocator holds nothing else.
struct Memory {
  double weights, beyond, resident;
};
Memory memory_of(nn::Module& model, const std::function<void()>& forward) {
  nn::fold_weights(model);
  release_cached_memory();
  const double mib = 1 << 20;
  const double weights = 4.0 * static_cast<double>(nn::parameter_count(model)) / mib;
  std::ofstream("/proc/self/clear_refs") << 5;  // the resident peak begins anew
  const double other = status_mib("VmRSS") - static_cast<double>(memory_stats().live) / mib;
  reset_memory_peak();
  forward();
  const double peak = static_cast<double>(memory_stats().peak) / mib;
  return {weights, peak - weights, status_mib("VmHWM") - other - weights};
}

void run_network(benchmark::State& state, const std::string& config, bool encoder) {
  const diffusion::DiffAEConfig& c = diffusion::diffae_config(config);
  const std::unique_ptr<diffusion::UNet> unet(encoder ? nullptr : new diffusion::UNet(c));
  const std::unique_ptr<diffusion::SemanticEncoder> semantic(
      encoder ? new diffusion::SemanticEncoder(c) : nullptr);
  nn::Module& model = encoder ? static_cast<nn::Module&>(*semantic) : *unet;
  nn::name_modules(model);
  nn::fill_by_name(model);
  const NoGrad no_grad;
  const Var image(randn({1, 3, c.image_size, c.image_size}, {.use = "bench"}));
  const Var z(randn({1, c.z_width}, {.use = "z"}));
  const Tensor t = full({1}, 500, DType::i64);
  const auto forward = [&] { return encoder ? (*semantic)(image) : (*unet)(image, t, z); };
  double macs = 0;
  {
    nn::Describe describe(model);
    forward();
    macs = describe.description().macs;
  }
  const Memory memory = memory_of(model, forward);
  const long faults_before = page_faults();
  forward();
  const auto faults = static_cast<double>(page_faults() - faults_before);
  const double peak = bench::fma_peak() * thread_count();
  double spent = 0;
  for (auto _ : state) {
    const double took = seconds_for([&] { benchmark::DoNotOptimize(forward()); });
    state.SetIterationTime(took);
    spent += took;
  }
  state.counters["peak_ratio"] = 2 * macs * static_cast<double>(state.iterations()) / spent / peak;
  state.counters["GMAC"] = macs * 1e-9;
  state.counters["page_faults"] = faults;
  state.counters["weights_MiB"] = memory.weights;
  state.counters["beyond_MiB"] = memory.beyond;
  state.counters["resident_beyond_MiB"] = memory.resident;
}

void run_group_norm(benchmark::State& state) {
  const Tensor x = randn({1, 128, 256, 256}, {.use = "x"}).contiguous_channels_last();
  const Tensor w = full({128}, 1.0), b = full({128}, 0.1), c = full({1, 128}, 0.1);
  Tensor copy = empty_like(x);
  const auto bytes = static_cast<std::int64_t>(x.storage()->bytes());
  const char* from = reinterpret_cast<const char*>(x.data<float>());
  char* to = reinterpret_cast<char*>(copy.mutate<float>());
  const auto call = [&] { group_norm_silu(x, 32, {w, b, c, c, c}); };
  const auto yardstick = [&] {
    parallel_ranges(bytes, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(to + begin, from + begin, static_cast<std::size_t>(end - begin));
    });
  };
  call();  // both once, for their pages: the system clears fresh ones
  yardstick();
  double norm = 0, plain = 0;
  for (auto _ : state) {
    const double took = seconds_for(call);
    plain += seconds_for(yardstick);
    state.SetIterationTime(took);
    norm += took;
  }
  state.counters["memcpy_ratio"] = norm / plain;
}

void add(const std::string& name, const std::function<void(benchmark::State&)>& run,
         int iterations) {
  benchmark::RegisterBenchmark((name + "/threads:" + std::to_string(thread_count())).c_str(), run)
      ->UseManualTime()
      ->Iterations(iterations)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* config : {"celeba64", "ffhq128", "ffhq256"}) {
    const std::string name = config;
    add(
        "unet/" + name, [=](benchmark::State& s) { run_network(s, name, false); }, 3);
    add(
        "encoder/" + name, [=](benchmark::State& s) { run_network(s, name, true); }, 3);
  }
  add("group_norm_silu/128x256x256", run_group_norm, 15);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
