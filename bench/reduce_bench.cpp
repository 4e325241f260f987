// Reductions, softmax and copies as fractions of a triad's bytes per second, a pass of which stands beside each call.
//   build/cpu/bench/reduce_bench --benchmark_filter=sum     DACT_ISA=avx2, DACT_THREADS=2 as wanted
// Tensors of 33 MB. Bytes counted: what is read once plus what is written once. Read the rows *_median.
#include <benchmark/benchmark.h>

#include <cstring>
#include <functional>
#include <string>

#include "bench/triad.hpp"
#include "tensor/ops/cat/cat.hpp"
#include "tensor/ops/max_min/max_min.hpp"
#include "tensor/ops/mean/mean.hpp"
#include "tensor/ops/norm_l2/norm_l2.hpp"
#include "tensor/ops/softmax/softmax.hpp"
#include "tensor/ops/sum/sum.hpp"
#include "tensor/ops/var/var.hpp"

namespace {

using namespace dact;

using Call = std::function<Tensor()>;

void measure(benchmark::State& state, double bytes, const Call& call) {
  for (int i = 0; i < 3; ++i) call();  // fills the allocator's cache
  bench::Triad triad;
  triad.pass();
  double spent = 0, yardstick = 0;
  for (auto _ : state) {
    yardstick += triad.pass();
    const double took = bench::seconds_for([&] { benchmark::DoNotOptimize(call()); });
    state.SetIterationTime(took);
    spent += took;
  }
  const auto calls = static_cast<double>(state.iterations());
  const double rate = bytes * calls / spent;
  state.counters["triad_ratio"] = rate / (bench::Triad::bytes() * calls / yardstick);
  state.counters["GB/s"] = rate * 1e-9;
}

double bytes_of(const Tensor& x) { return static_cast<double>(x.numel()) * 4; }

void add(const std::string& name, double bytes, Call call) {
  benchmark::RegisterBenchmark((name + "/cpu/f32").c_str(),
                               [=](benchmark::State& state) { measure(state, bytes, call); })
      ->UseManualTime()
      ->Iterations(5)
      ->Repetitions(9)
      ->ReportAggregatesOnly();
}

void add_reductions(const std::string& layout, const Tensor& x, std::vector<std::int64_t> axes) {
  const double read = bytes_of(x);
  add("sum/" + layout, read, [=] { return sum(x, axes); });
  add("mean/" + layout, read, [=] { return mean(x, axes); });
  add("norm_l2/" + layout, read, [=] { return norm_l2(x, axes); });
  add("var/" + layout, read, [=] { return var(x, axes); });
}

void add_max(const std::string& layout, const Tensor& x, std::int64_t axis) {
  add("max/" + layout, bytes_of(x), [=] { return max(x, axis).values; });
}

void add_all() {
  const Tensor image = randn({8, 128, 90, 90}, {.seed = 1, .use = "image"});  // 33 MB
  const Tensor nhwc = image.contiguous_channels_last();
  const Tensor rows = image.reshaped({8 * 128, 8100}), tokens = image.reshaped({64800, 128});
  add_reductions("all", image, {});
  add_reductions("last axis", rows, {1});
  add_reductions("short last axis", tokens, {1});
  add_reductions("first axis", tokens, {0});
  add_reductions("channels-last pixels", nhwc, {2, 3});
  add_max("last axis", rows, 1);
  add_max("first axis", tokens, 0);

  const double both = 2 * bytes_of(image);
  add("softmax/last axis", both, [=] { return softmax(rows, 1); });
  add("softmax/short last axis", both, [=] { return softmax(tokens, 1); });
  add("softmax/channels of NCHW", both, [=] { return softmax(image, 1); });
  add("log_softmax/last axis", both, [=] { return log_softmax(rows, 1); });

  const Tensor half = nhwc.sliced(1, 0, 64).contiguous_channels_last();
  add("cat/channels-last", both, [=] { return cat(Tensors{half, half}, 1); });
  add("cat/channels-last 3 and 61 channels", both / 2, [=] {
    return cat(Tensors{half.sliced(1, 0, 3).contiguous_channels_last(),
                       half.sliced(1, 3, 64).contiguous_channels_last()},
               1);
  });
  add("cat/rows", both, [=] {
    return cat(Tensors{rows.sliced(0, 0, 512), rows.sliced(0, 512, 1024)}, 0);
  });
  add("permute-copy/NCHW to NHWC", both, [=] { return image.contiguous_channels_last(); });
  add("permute-copy/NHWC to NCHW", both, [=] { return nhwc.contiguous(); });
  add("permute-copy/matrix", both, [=] { return rows.transposed(0, 1).contiguous(); });
  add("memcpy", both, [=] {
    Tensor y = empty_like(image);
    void* to = y.mutate_raw();
    std::memcpy(to, image.raw_data(), image.storage()->bytes());
    return y;
  });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  add_all();
  benchmark::RunSpecifiedBenchmarks();
}
