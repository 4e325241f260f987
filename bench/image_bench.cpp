// Image operators against memcpy: `memcpy_ratio` is the operator's time over that of a memcpy which
// moves as many bytes (what the operator reads once and writes once), both timed in each repeat;
// the median of nine. 1 is memory speed. One thread: its CPU time; more: wall time, to be run on a
// quiet machine. DACT_ISA chooses the kernels. build/cpu/bench/image_bench
// --benchmark_filter=avg_pool2d
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "autograd/ops.hpp"
#include "bench/triad.hpp"

using namespace dact;

namespace {

constexpr int kRepeats = 9;

/// A copy of 33 MB by the library's memcpy, cut over the threads.
class Copy {
 public:
  double seconds_per_byte_moved() {
    const char* from = reinterpret_cast<const char*>(a_.data<float>());
    char* to = reinterpret_cast<char*>(b_.mutate<float>());
    const double took = bench::seconds_for([&] {
      parallel_ranges(kBytes, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
        std::memcpy(to + begin, from + begin, static_cast<std::size_t>(end - begin));
      });
    });
    return took / (2.0 * static_cast<double>(kBytes));
  }

 private:
  static constexpr std::int64_t kBytes = 4 * bench::kBigCount;
  Tensor a_ = full({bench::kBigCount}, 1), b_ = full({bench::kBigCount}, 2);
};

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct Case {
  std::string name;
  const OpDef* op;
  Tensors in;
  Attrs attrs;
  bool backward = false;
};

/// What one call reads and writes.
struct Call {
  Tensors out;
  double bytes = 0;
};

Call call_once(const Case& c, const Tensors& forward, const Tensors& upstream) {
  if (!c.backward) {
    Tensors out = c.op->forward(c.in, c.attrs);
    return {out, c.op->cost(c.in, out, c.attrs).bytes};
  }
  const std::vector<Shape> shapes(1, c.in[0].shape());
  const bool wanted[] = {true, false};
  const VjpCtx ctx{c.in, forward, upstream, c.attrs, shapes, std::span(wanted), DType::f32};
  Tensors out = c.op->vjp(ctx);
  return {out, c.op->cost(c.in, forward, c.attrs).bytes};
}

void run(benchmark::State& state, const Case& c, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  const Tensors forward = c.op->forward(c.in, c.attrs);
  Tensors upstream;
  if (c.backward)
    for (const Tensor& y : forward)
      upstream.push_back(full(y.shape(), 0.5, y.dtype()).contiguous_channels_last());
  Copy copy;
  copy.seconds_per_byte_moved();
  call_once(c, forward, upstream);
  std::vector<double> ratios, copies;
  for (auto _ : state) {
    const double per_byte = copy.seconds_per_byte_moved();
    Call done;
    const double time = bench::seconds_for([&] { done = call_once(c, forward, upstream); });
    state.SetIterationTime(time);
    ratios.push_back(time / (done.bytes * per_byte));
    copies.push_back(1e-9 / per_byte);
  }
  state.counters["memcpy_ratio"] = median(ratios);
  state.counters["memcpy_GB/s_moved"] = median(copies);
  set_thread_count(before);
}

Tensor images(const Shape& shape) {
  return rand(shape, {.seed = 1, .use = "image_bench"}).contiguous_channels_last();
}

std::vector<Case> cases() {
  const auto size = [](std::int64_t h, std::int64_t w) { return Attrs{{"size", Axes{h, w}}}; };
  const Tensor wide = images({1, 128, 256, 256}), half = images({1, 128, 128, 128}),
               rgb = images({1, 3, 1024, 1024});
  const Tensor theta =
      from_vector(std::vector<float>{0.8f, 0.1f, 0.05f, -0.1f, 0.8f, 0.0f}, {1, 2, 3});
  const Attrs sampling = attrs_of(GridSampleOptions{});
  std::vector<Case> list = {
      {"avg_pool2d/2x2/128x256x256", &avg_pool2d_op, {wide}, attrs_of(2, AvgPool2dOptions{})},
      {"avg_pool2d/2x2/128x256x256", &avg_pool2d_op, {wide}, attrs_of(2, AvgPool2dOptions{}), true},
      {"interpolate_nearest/x2/128x128x128", &interpolate_nearest_op, {half}, size(256, 256)},
      {"interpolate_nearest/x2/128x128x128", &interpolate_nearest_op, {half}, size(256, 256), true},
      {"interpolate_bilinear/x2/128x128x128",
       &interpolate_bilinear_op,
       {half},
       {{"size", Axes{256, 256}}, {"align_corners", false}}},
      {"interpolate_bilinear_aa/3x1024x1024 to 256",
       &interpolate_bilinear_aa_op,
       {rgb},
       size(256, 256)},
      {"interpolate_bicubic_aa/3x1024x1024 to 256",
       &interpolate_bicubic_aa_op,
       {rgb},
       size(256, 256)},
      {"max_pool2d/2x2/128x256x256", &max_pool2d_op, {wide}, attrs_of(2, MaxPool2dOptions{})},
      {"max_pool2d/2x2/128x256x256", &max_pool2d_op, {wide}, attrs_of(2, MaxPool2dOptions{}), true},
      {"max_pool2d/3x3s2/128x256x256", &max_pool2d_op, {wide}, attrs_of(3, MaxPool2dOptions{2, 1})},
      {"adaptive_avg_pool2d/to 1/128x256x256", &adaptive_avg_pool2d_op, {wide}, size(1, 1)},
      {"grid_sample/128x256x256", &grid_sample_op, {wide, affine_grid(theta, 256)}, sampling},
      {"grid_sample/3x1024x1024", &grid_sample_op, {rgb, affine_grid(theta, 1024)}, sampling},
      {"grid_sample/128x256x256", &grid_sample_op, {wide, affine_grid(theta, 256)}, sampling, true},
  };
  const Tensor photo = rand({1024, 1024, 3}, {.seed = 1, .use = "image_bench"});
  const Tensor bytes = mul_scalar(photo, 255.0).to(DType::u8);
  for (const char* filter : {"bilinear", "lanczos"})
    list.push_back({"resize_u8/" + std::string(filter) + "/1024x1024x3 to 256",
                    &resize_u8_op,
                    {bytes},
                    {{"size", Axes{256, 256}}, {"filter", filter}}});
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> threads = {1};
  if (thread_count() > 1) threads.push_back(thread_count());
  for (const Case& c : cases())
    for (const int n : threads)
      benchmark::RegisterBenchmark(
          ("op/" + c.name + (c.backward ? "/backward" : "") + "/threads:" + std::to_string(n))
              .c_str(),
          [c, n](benchmark::State& state) { run(state, c, n); })
          ->Iterations(kRepeats)
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
