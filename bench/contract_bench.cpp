// conv2d, linear, matmul and their gradients as fractions of the FMA peak measured next to each repetition.
//   build/cpu/bench/contract_bench --benchmark_filter=conv3x3     DACT_ISA=avx2, DACT_THREADS=2 as wanted
// Weights are cold, as in a network: each call takes another copy, together more than the last-level cache. One thread is
// timed by its CPU time; several by the wall, against as many peaks. Read the rows *_median; "peak" is the check of the
// peak itself: FLOP per cycle must be 2 (FMA) x lanes x units: 64 with two AVX-512 units, 32 with one (Zen 4), 32 with AVX2.
// "kernel" is the microkernel without all that surrounds it: what no other row can pass in this minute (DACT_THREADS=1).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/peak.hpp"
#include "tensor/ops/attention/attention.hpp"
#include "tensor/ops/contract/contract.hpp"
#include "tensor/ops/conv2d/conv2d.hpp"
#include "tensor/ops/linear/linear.hpp"
#include "tensor/ops/matmul/matmul.hpp"
#include "tensor/parallel.hpp"

namespace {

using namespace dact;
using dact::bench::fma_peak;

constexpr double kColdBytes = 96e6;  // three times the last-level cache of the reference machine

/// Times `call(i)` of `flops` each. i counts calls: the copy of the weights to take is i % copies.
void measure(benchmark::State& state, double flops, const std::function<void(std::size_t)>& call,
             std::size_t copies) {
  const bool one = thread_count() == 1;
  for (std::size_t i = 0; i < copies; ++i)
    call(i);  // packs every copy, fills the allocator's cache
  const double peak = fma_peak() * thread_count();
  double spent = 0;
  std::size_t i = 0;
  for (auto _ : state) {
    const double begin = one ? bench::thread_seconds() : bench::wall_seconds();
    call(i++);
    const double took = (one ? bench::thread_seconds() : bench::wall_seconds()) - begin;
    state.SetIterationTime(took);
    spent += took;
  }
  const double rate = flops * static_cast<double>(state.iterations()) / spent;
  state.counters["peak_ratio"] = rate / peak;
  state.counters["GFLOP/s"] = rate * 1e-9;
}

std::vector<Tensor> copies_of(const Shape& shape) {
  const double bytes = 4.0 * static_cast<double>(numel_of(shape));
  const auto n = static_cast<std::uint32_t>(std::clamp(kColdBytes / bytes, 2.0, 64.0));
  std::vector<Tensor> copies;
  for (std::uint32_t i = 0; i < n; ++i)
    copies.push_back(randn(shape, {.seed = 1, .use = "weight", .draw = i}));
  return copies;
}

enum class Pass { forward, data, weight };

struct Layer {
  std::int64_t in, out, kernel, size, stride = 1;
  std::string name() const {
    return "conv" + std::to_string(kernel) + "x" + std::to_string(kernel) +
           (stride > 1 ? "s" + std::to_string(stride) : "") + "/" + std::to_string(in) + "x" +
           std::to_string(out) + "@" + std::to_string(size);
  }
};

void conv(benchmark::State& state, const Layer& l, Pass pass) {
  const Conv2dOptions options{.stride = l.stride, .padding = (l.kernel - 1) / 2};
  const Tensor x = randn({1, l.in, l.size * l.stride, l.size * l.stride}, {.use = "x"})
                       .contiguous_channels_last();
  const Tensor g = randn({1, l.out, l.size, l.size}, {.use = "g"}).contiguous_channels_last();
  const Tensor bias = randn({l.out}, {.use = "bias"});
  const std::vector<Tensor> w = copies_of({l.out, l.in, l.kernel, l.kernel});
  const double flops =
      2.0 * static_cast<double>(l.in * l.out * l.kernel * l.kernel * l.size * l.size);
  measure(
      state, flops,
      [&](std::size_t i) {
        const Tensor& weight = w[i % w.size()];
        if (pass == Pass::forward)
          benchmark::DoNotOptimize(conv2d(x, weight, bias, options));
        else if (pass == Pass::data)
          benchmark::DoNotOptimize(conv2d_data_gradient(g, weight, x.shape(), options));
        else
          benchmark::DoNotOptimize(conv2d_weight_gradient(g, x, weight.shape(), options));
      },
      pass == Pass::weight ? 1 : w.size());
}

void product(benchmark::State& state, std::int64_t n) {
  const Tensor a = randn({n, n}, {.use = "a"}), b = randn({n, n}, {.use = "b"});
  measure(
      state, 2.0 * static_cast<double>(n * n * n),
      [&](std::size_t) { benchmark::DoNotOptimize(matmul(a, b)); }, 1);
}

void dense(benchmark::State& state, std::int64_t rows, std::int64_t in, std::int64_t out) {
  const Tensor x = randn({rows, in}, {.use = "x"});
  const std::vector<Tensor> w = copies_of({out, in});
  measure(
      state, 2.0 * static_cast<double>(rows * in * out),
      [&](std::size_t i) { benchmark::DoNotOptimize(linear(x, w[i % w.size()])); }, w.size());
}

void attend(benchmark::State& state, std::int64_t tokens, std::int64_t width) {
  const Shape shape{1, 1, tokens, width};
  const Tensor q = randn(shape, {.use = "q"}), k = randn(shape, {.use = "k"});
  const Tensor v = randn(shape, {.use = "v"});
  measure(
      state, 4.0 * static_cast<double>(tokens * tokens * width),
      [&](std::size_t) { benchmark::DoNotOptimize(attention(q, k, v)); }, 1);
}

/// The microkernel alone, one widest tile on data that stays in L1: what a core gives in this minute to fused
/// multiply-adds that also load. Below 1 where another program runs on the other half of the core: the pure loop of
/// `peak` needs too few instructions to notice.
void kernel(benchmark::State& state) {
  constexpr std::int64_t kTerms = 128, kTimes = 500;
  const contract::Kernels k = contract::kernels();
  const Tensor x = randn({k.pixels, kTerms}, {.use = "x"});
  const Tensor w = randn({kTerms, k.lanes}, {.use = "w"});
  Tensor out = empty({k.pixels, k.lanes});
  const Run run{x.data<float>(), kTerms, kTerms, w.data<float>()};
  const Tiles tiles{&run, 1, k.pixels, k.lanes, nullptr, out.mutate<float>(), k.lanes, false};
  measure(
      state, 2.0 * static_cast<double>(k.pixels * k.lanes * kTerms * kTimes),
      [&](std::size_t) {
        for (std::int64_t i = 0; i < kTimes; ++i) k.tiles(tiles);
      },
      1);
}

void peak(benchmark::State& state) {
  for (auto _ : state) {
    const double flops = fma_peak();
    state.SetIterationTime(1e9 / flops);
    state.counters["GFLOP/s"] = flops * 1e-9;
    state.counters["FLOP/cycle"] = flops / bench::clock_hz();
  }
}

// every distinct convolution of the 256-pixel UNet, then the strided ones of the encoders and face networks
const std::vector<Layer> kLayers = {
    {256, 128, 3, 256},  {128, 128, 3, 256},   {3, 128, 3, 256},   {128, 3, 3, 256},
    {256, 256, 3, 128},  {384, 128, 3, 128},   {256, 128, 3, 128}, {128, 128, 3, 128},
    {512, 256, 3, 64},   {384, 256, 3, 64},    {256, 256, 3, 64},  {128, 256, 3, 64},
    {128, 128, 3, 64},   {512, 512, 3, 32},    {768, 256, 3, 32},  {512, 256, 3, 32},
    {256, 256, 3, 32},   {1024, 512, 3, 16},   {768, 512, 3, 16},  {512, 512, 3, 16},
    {256, 512, 3, 16},   {256, 256, 3, 16},    {1024, 512, 3, 8},  {512, 512, 3, 8},
    {256, 128, 1, 256},  {384, 128, 1, 128},   {256, 128, 1, 128}, {512, 256, 1, 64},
    {384, 256, 1, 64},   {128, 256, 1, 64},    {768, 256, 1, 32},  {512, 256, 1, 32},
    {1024, 512, 1, 16},  {768, 512, 1, 16},    {256, 512, 1, 16},  {1024, 512, 1, 8},
    {512, 1536, 1, 16},  {512, 512, 1, 16},    {512, 1536, 1, 8},  {512, 512, 1, 8},
    {64, 128, 3, 56, 2}, {128, 256, 4, 32, 2}, {3, 64, 7, 112, 2}};
const std::vector<Layer> kGradients = {{128, 128, 3, 256},  {256, 256, 3, 64},  {512, 512, 3, 16},
                                       {512, 512, 3, 8},    {256, 128, 1, 256}, {512, 512, 1, 16},
                                       {128, 256, 4, 32, 2}};

template <class F>
void add(const std::string& name, F run) {
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->UseManualTime()
      ->Repetitions(9)
      ->MinTime(0.05)
      ->ReportAggregatesOnly();
}

}  // namespace

int main(int argc, char** argv) {
  add("peak", peak);
  add("kernel", kernel);
  for (const Layer& l : kLayers)
    add(l.name(), [l](benchmark::State& s) { conv(s, l, Pass::forward); });
  for (const Layer& l : kGradients) {
    add("data_gradient/" + l.name(), [l](benchmark::State& s) { conv(s, l, Pass::data); });
    add("weight_gradient/" + l.name(), [l](benchmark::State& s) { conv(s, l, Pass::weight); });
  }
  for (const std::int64_t n : {256, 512, 1024, 2048})
    add("matmul/" + std::to_string(n), [n](benchmark::State& s) { product(s, n); });
  for (const std::int64_t rows : {1, 4, 64, 1024})
    add("linear/" + std::to_string(rows) + "x512x1024",
        [rows](benchmark::State& s) { dense(s, rows, 512, 1024); });
  for (const auto& [tokens, width] : {std::pair{256, 512}, {64, 512}, {1024, 64}})
    add("attention/" + std::to_string(tokens) + "x" + std::to_string(width),
        [tokens, width](benchmark::State& s) { attend(s, tokens, width); });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
