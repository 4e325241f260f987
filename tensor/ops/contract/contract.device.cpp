#include "tensor/ops/contract/contract.device.hpp"

#include <algorithm>
#include <atomic>

#include "tensor/ops/contract/contract.cuda.hpp"
#include "tensor/ops/fast/fast.device.hpp"

namespace dact::contract {
namespace {

using cuda::launch;

std::int64_t tiles(std::int64_t n, std::int64_t side) { return (n + side - 1) / side; }

std::atomic<int> forced{0};

/// The largest tile that still gives every multiprocessor of a large card a block; any tile gives the same bits.
template <class A, class B, class F>
void with_tile(std::int64_t batch, const cuda::Target& to, F&& run) {
  constexpr std::int64_t kMultiprocessors = 132;
  const auto blocks = [&](std::int64_t side) {
    return batch * tiles(to.rows, side) * tiles(to.columns, side);
  };
  if (const int side = forced.load(); side != 0)
    return side == 32   ? run.template operator()<32>(blocks(32))
           : side == 64 ? run.template operator()<64>(blocks(64))
                        : run.template operator()<128>(blocks(128));
  if (blocks(128) >= kMultiprocessors) return run.template operator()<128>(blocks(128));
  if (blocks(64) >= kMultiprocessors) return run.template operator()<64>(blocks(64));
  return run.template operator()<32>(blocks(32));
}

template <class A, class B>
void run_tiles(const char* name, std::int64_t batch, const A& a, const B& b, const cuda::Target& to,
               std::int64_t terms, const cuda::Chunks* chunks = nullptr) {
  if (batch == 0 || to.rows == 0 || to.columns == 0) return;
  with_tile<A, B>(batch, to, [&]<int side>(std::int64_t blocks) {
    launch(name, blocks,
           cuda::ContractKernel<side, A, B>{a, b, to, terms, chunks != nullptr,
                                            chunks ? *chunks : cuda::Chunks{}});
  });
}

template <bool along>
cuda::MatrixLoader<along> loader_of(const Matrices& m, std::int64_t lines, Tensor& keep) {
  const std::int64_t* index = nullptr;
  if (!m.matrix_of.empty()) {
    keep =
        from_vector(m.matrix_of, {static_cast<std::int64_t>(m.matrix_of.size())}).to(Device::cuda);
    index = device_data<std::int64_t>(keep);
  }
  return {m.data, lines, m.line, m.term, index, m.matrices, m.inner, m.outer};
}

}  // namespace

void force_tile(int side) { forced.store(side); }

void run_on_device(const DeviceProduct& p) {
  if (fast::product(p)) return;
  const cuda::Target to{const_cast<float*>(p.out.data),
                        p.rows,
                        p.columns,
                        p.out.line,
                        p.out.term,
                        p.out.matrices,
                        p.out.inner,
                        p.out.outer,
                        p.bias,
                        0};
  Tensor keep[2];
  const auto with_b = [&](const auto& a) {
    if (p.b.term == 1)
      run_tiles(p.name, p.batch, a, loader_of<true>(p.b, p.columns, keep[1]), to, p.terms);
    else
      run_tiles(p.name, p.batch, a, loader_of<false>(p.b, p.columns, keep[1]), to, p.terms);
  };
  if (p.a.term == 1)
    with_b(loader_of<true>(p.a, p.rows, keep[0]));
  else
    with_b(loader_of<false>(p.a, p.rows, keep[0]));
}

namespace {

cuda::ConvSizes sizes_of(const Geometry& s) {
  const auto i = [](std::int64_t v) { return static_cast<int>(v); };
  return {i(s.batch),    i(s.in_c),       i(s.in_h),       i(s.in_w),       i(s.out_c),
          i(s.out_h),    i(s.out_w),      i(s.kernel_h),   i(s.kernel_w),   i(s.stride_h),
          i(s.stride_w), i(s.padding_h),  i(s.padding_w),  i(s.dilation_h), i(s.dilation_w),
          i(s.groups),   i(s.in_group()), i(s.out_group())};
}

/// Kernels compute positions with 32 bits.
void require_small(const Geometry& s) {
  const std::int64_t most =
      std::max({(s.in_h + 2 * s.padding_h) * (s.in_w + 2 * s.padding_w), s.out_h * s.out_w,
                s.kernel_h * s.kernel_w * s.in_c, s.kernel_h * s.kernel_w * s.out_c,
                s.dilation_h * s.kernel_h, s.dilation_w * s.kernel_w, s.stride_h, s.stride_w});
  if (most >= std::int64_t{1} << 31)
    throw ShapeError(
        "conv2d", "an image and a chain must have fewer than 2^31 elements on device cuda, got " +
                      std::to_string(most));
}

/// The weight as [group][term][line], kept with its storage until it is written. `forward`: terms (kh, kw, c) and
/// lines n; else terms (kh, kw, n) and lines c.
struct DevicePacks {
  std::int64_t offset;
  Shape shape;
  Tensor forward, backward;
};
constexpr std::uint64_t kDevicePacksKey = 0x64657669636570u;  // "devicep"

Tensor packed(const Geometry& s, const Tensor& weight, bool forward) {
  const auto kept =
      std::static_pointer_cast<const DevicePacks>(weight.storage()->cached(kDevicePacksKey));
  const bool fits = kept && kept->offset == weight.offset() && kept->shape == weight.shape();
  if (fits && (forward ? kept->forward : kept->backward).defined())
    return forward ? kept->forward : kept->backward;
  const Tensor view =
      weight.reshaped({s.groups, s.out_group(), s.in_group(), s.kernel_h, s.kernel_w});
  const int order_forward[] = {0, 3, 4, 2, 1}, order_backward[] = {0, 3, 4, 1, 2};
  const Tensor pack = view.permuted(forward ? order_forward : order_backward).contiguous();
  if (pack.storage() == weight.storage())
    return pack;  // it lies so already; a cycle would keep it for ever
  auto grown = fits ? std::make_shared<DevicePacks>(*kept) : std::make_shared<DevicePacks>();
  grown->offset = weight.offset();
  grown->shape = weight.shape();
  (forward ? grown->forward : grown->backward) = pack;
  weight.storage()->set_cached(kDevicePacksKey, std::move(grown));
  return pack;
}

/// Group g's matrix [terms][lines] of a pack.
cuda::MatrixLoader<false> pack_loader(const Tensor& pack, std::int64_t terms, std::int64_t lines) {
  return {device_data<float>(pack), lines, 1, lines, nullptr, 1, 0, terms * lines};
}

}  // namespace

void conv_on_device(const Geometry& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
                    Tensor& y) {
  require_small(s);
  if (fast::conv2d(sizes_of(s), x, weight, bias, y)) return;
  const std::int64_t terms = s.kernel_h * s.kernel_w * s.in_group();
  const Tensor pack = packed(s, weight, true);
  const cuda::Target to{device_mutate<float>(y),
                        s.batch * s.out_h * s.out_w,
                        s.out_group(),
                        s.out_c,
                        1,
                        1,
                        0,
                        s.out_group(),
                        bias.defined() ? device_data<float>(bias) : nullptr,
                        s.out_group()};
  run_tiles("conv2d", s.groups, cuda::ConvLoader{device_data<float>(x), sizes_of(s)},
            pack_loader(pack, terms, s.out_group()), to, terms);
}

void conv_data_gradient_on_device(const Geometry& s, const Tensor& g, const Tensor& weight,
                                  Tensor& dx) {
  require_small(s);
  const std::int64_t terms = s.kernel_h * s.kernel_w * s.out_group();
  const Tensor pack = packed(s, weight, false);
  const cuda::Target to{device_mutate<float>(dx),
                        s.batch * s.in_h * s.in_w,
                        s.in_group(),
                        s.in_c,
                        1,
                        1,
                        0,
                        s.in_group(),
                        nullptr,
                        0};
  run_tiles("conv2d data gradient", s.groups,
            cuda::ConvGradientLoader{device_data<float>(g), sizes_of(s)},
            pack_loader(pack, terms, s.in_group()), to, terms);
}

void conv_weight_gradient_on_device(const Geometry& s, const Tensor& g, const Tensor& x,
                                    Tensor& dw) {
  require_small(s);
  const std::int64_t positions = s.out_h * s.out_w, chunks = (positions + kChunk - 1) / kChunk;
  const std::int64_t columns = s.kernel_h * s.kernel_w * s.in_group(),
                     matrix = s.out_group() * columns;
  // chains of some samples at a time: 256 MiB
  const std::int64_t each = chunks * s.groups * matrix;
  const std::int64_t some = std::clamp<std::int64_t>((std::int64_t{1} << 26) / each, 1, s.batch);
  Tensor part = empty({some * each}, DType::f32, Device::cuda);
  const cuda::Target to{
      device_mutate<float>(part), s.out_group(), columns, columns, 1, 1, 0, matrix, nullptr, 0};
  float* total = device_mutate<float>(dw);
  for (std::int64_t b = 0; b < s.batch; b += some) {
    const std::int64_t samples = std::min(some, s.batch - b);
    const cuda::Chunks cut{positions, chunks, b, s.groups};
    run_tiles("conv2d weight gradient", samples * chunks * s.groups,
              cuda::OuterGradientLoader{device_data<float>(g), sizes_of(s), cut},
              cuda::OuterInputLoader{device_data<float>(x), sizes_of(s), cut}, to, 0, &cut);
    launch("conv2d weight gradient sums", dw.numel(),
           cuda::AddChunks{device_data<float>(part), total, sizes_of(s), samples, chunks, b == 0});
  }
}

void sum_rows_on_device(const Tensor& g, std::int64_t batch, std::int64_t rows,
                        std::int64_t channels, Tensor& out) {
  const std::int64_t chunks = (rows + kChunk - 1) / kChunk, parts = batch * chunks * channels;
  Tensor part = empty({parts}, DType::f32, Device::cuda);
  launch("row sums", parts,
         cuda::RowSums{device_data<float>(g), device_mutate<float>(part), rows, chunks, channels});
  launch("sum of row sums", channels,
         cuda::AddRowSums{device_data<float>(part), device_mutate<float>(out), batch, chunks,
                          channels});
}

void add_batches_on_device(const Tensor& from, const std::vector<std::int64_t>& of_batch,
                           std::int64_t matrix, Tensor& out) {
  const std::int64_t matrices = out.numel() / matrix;
  std::vector<std::int64_t> begin(static_cast<std::size_t>(matrices) + 1), order(of_batch.size());
  for (const std::int64_t m : of_batch) ++begin[static_cast<std::size_t>(m) + 1];
  for (std::size_t m = 1; m < begin.size(); ++m) begin[m] += begin[m - 1];
  std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t b = 0; b < of_batch.size(); ++b)
    order[static_cast<std::size_t>(next[static_cast<std::size_t>(of_batch[b])]++)] =
        static_cast<std::int64_t>(b);
  const Tensor first = beside(from, begin), sorted = beside(from, order);
  launch("sum of batches", out.numel(),
         cuda::AddBatches{device_data<float>(from), device_data<std::int64_t>(first),
                          device_data<std::int64_t>(sorted), matrix, device_mutate<float>(out)});
}

}  // namespace dact::contract
