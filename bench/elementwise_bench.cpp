// Elementwise operators on tensors of 33 MB: bytes per second, and their ratio to a triad's in the same moment (each
// repeat times a triad pass and then the operator; the ratio is the median of nine). One thread: its CPU time; more: wall time, to be run on a quiet machine. DACT_ISA chooses the kernels.
//   elementwise_bench --benchmark_filter=op/silu
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "autograd/catalogue.hpp"
#include "bench/triad.hpp"
#include "tensor/isa.hpp"
#include "tensor/ops/add_scalar/add_scalar.hpp"
#include "tensor/ops/cast/cast.hpp"
#include "tensor/ops/floor/floor.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"

using namespace dact;

namespace {

constexpr int kRepeats = 9;

// The recipe's values in the big shape; scalars and weights stay as they are.
Tensor big_input(const InputSpec& spec, std::size_t index) {
  const Shape shape = spec.shape.rank() >= 2 ? Shape(std::span(bench::kBig)) : spec.shape;
  const RandomKey key{
      .seed = 1, .use = "elementwise_bench", .draw = static_cast<std::uint32_t>(index)};
  const bool distinct = spec.kind == InputSpec::Kind::distinct;
  const double low = distinct ? -4 : spec.low, high = distinct ? 4 : spec.high;
  const Tensor x = add_scalar(mul_scalar(rand(shape, key), high - low), low);
  return spec.dtype == DType::f32 ? x : cast(floor(x), spec.dtype);
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void run(benchmark::State& state, const OpDef& op, const Sample& sample, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  Tensors in;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i)
    in.push_back(big_input(sample.inputs[i], i));
  const double bytes = op.cost(in, op.forward(in, sample.attrs), sample.attrs).bytes;
  bench::Triad triad;
  triad.pass();
  std::vector<double> rates, triad_rates, ratios;
  for (auto _ : state) {
    triad_rates.push_back(bench::Triad::bytes() / triad.pass());
    const double time =
        bench::seconds_for([&] { benchmark::DoNotOptimize(op.forward(in, sample.attrs)); });
    state.SetIterationTime(time);
    rates.push_back(bytes / time);
    ratios.push_back(rates.back() / triad_rates.back());
  }
  state.counters["bytes/s"] = median(rates);
  state.counters["triad_bytes/s"] = median(triad_rates);
  state.counters["triad_ratio"] = median(ratios);
  set_thread_count(before);
}

void add(const OpDef& op, const Sample& sample, const std::string& variant) {
  std::vector<int> threads = {1};
  if (thread_count() > 1) threads.push_back(thread_count());
  for (const int n : threads)
    benchmark::RegisterBenchmark(
        fmt::format("op/{}/33MB{}/cpu/f32/threads:{}", op.name, variant, n).c_str(),
        [&op, sample, n](benchmark::State& state) { run(state, op, sample, n); })
        ->Iterations(kRepeats)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  for (const OpDef* op : catalogue()) {
    if (op->group != OpGroup::elementwise || op->composite) continue;
    std::vector<Sample> large = op->samples();
    std::erase_if(large, [](const Sample& s) { return !s.label.starts_with("large"); });
    if (op == &cast_op)
      for (std::size_t i = 1; i < large.size(); ++i)  // the first two go to f64
        add(*op, large[i], "/to_" + large[i].attrs.text("dtype"));
    else if (!large.empty())
      add(*op, large.back(), "");
  }
  benchmark::AddCustomContext("kernels", std::string(name_of(isa())));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
