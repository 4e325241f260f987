#include "tensor/ops/interpolate_nearest/interpolate_nearest.hpp"

#include <algorithm>
#include <cstring>

#include "tensor/math_bits.hpp"
#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/image/interpolation.hpp"
#include "tensor/ops/image/windows.hpp"
#include "tensor/ops/interpolate_nearest/interpolate_nearest.kernels.hpp"
#include "tensor/parallel.hpp"

namespace dact {

namespace interpolate_nearest_room {

std::vector<std::int64_t> sources(std::int64_t n, std::int64_t m) {
  const float scale = static_cast<float>(n) / static_cast<float>(m);
  std::vector<std::int64_t> source;
  for (std::int64_t o = 0; o < m; ++o)
    source.push_back(std::min(static_cast<std::int64_t>(static_cast<float>(o) * scale), n - 1));
  return source;
}

// y_o = x_s(o)   =>   dx_i = sum over the outputs o with s(o) = i of g_o
Tensors vjp(const VjpCtx& c) {
  const Tensor& g = c.grad[0];
  const Shape& x = c.in_shapes[0];
  return {window_means_gradient(g, single_windows(sources(x[2], g.size(2)), x[2]),
                                single_windows(sources(x[3], g.size(3)), x[3]))};
}

// Rows [begin, end) of all B * h rows: a row is built from its source row, or copied from the row
// above it.
void fill_rows(const unsigned char* x, unsigned char* y, std::int64_t height, std::int64_t width,
               std::int64_t bytes, const std::vector<std::int64_t>& rows,
               const std::vector<std::int64_t>& cols, std::int64_t begin, std::int64_t end) {
  const auto kernel = DACT_PICK(copy_pixels);
  const auto h = static_cast<std::int64_t>(rows.size()), w = static_cast<std::int64_t>(cols.size());
  const std::int64_t line = w * bytes;
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t o = i % h, from = rows[static_cast<std::size_t>(o)];
    const bool again = i > begin && o > 0 && rows[static_cast<std::size_t>(o - 1)] == from;
    if (again)
      std::memcpy(y + i * line, y + (i - 1) * line, static_cast<std::size_t>(line));
    else
      kernel(x + (i / h * height + from) * width * bytes, bytes, cols.data(), w, y + i * line);
  }
}

// The common ones, and label maps and pictures.
std::vector<Sample> samples() {
  std::vector<Sample> list = interpolation_samples(false);
  const auto add = [&](std::string label, InputSpec x, Pair size) {
    list.push_back({std::move(label), {std::move(x)}, {attr_of("size", size)}});
  };
  add("i64 labels", InputSpec::integers({2, 1, 5, 4}, 0, 19), {3, 9});
  add("u8 picture", InputSpec::integers({1, 3, 6, 5}, 0, 256, DType::u8), {12, 4});
  add("bool mask", InputSpec::boolean({2, 2, 3, 3}), {6, 6});
  add("large twice as large", InputSpec::uniform({2, 40, 33, 32}), {66, 64});
  return list;
}

std::vector<BadSample> bad_samples() { return bad_interpolations("interpolate_nearest", false); }

}  // namespace interpolate_nearest_room

Tensor interpolate_nearest(const Tensor& x, Pair size) {
  require_image_shape("interpolate_nearest", x);
  require_size("interpolate_nearest", x, size);
  const Tensor in = x.contiguous_channels_last();
  const std::int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  Tensor out = empty_channels_last({batch, channels, size.h, size.w}, x.dtype(), x.device());
  if (out.numel() == 0) return out;
  if (on_device(x)) {
    nearest_on_device(in, interpolate_nearest_room::sources(height, size.h),
                      interpolate_nearest_room::sources(width, size.w), out);
    return out;
  }
  const auto* src = static_cast<const unsigned char*>(in.raw_data());
  auto* dst = static_cast<unsigned char*>(out.mutate_raw());
  const auto rows = interpolate_nearest_room::sources(height, size.h);
  const auto cols = interpolate_nearest_room::sources(width, size.w);
  const std::int64_t bytes = channels * static_cast<std::int64_t>(size_of(x.dtype()));
  constexpr std::int64_t kGrain = 65536;  // bytes worth handing to another thread
  parallel_ranges(
      batch * size.h, kGrain / (size.w * bytes) + 2, [&](std::int64_t begin, std::int64_t end) {
        interpolate_nearest_room::fill_rows(src, dst, height, width, bytes, rows, cols, begin, end);
      });
  return out;
}

const OpDef interpolate_nearest_op{
    .name = "interpolate_nearest",
    .equation = "y[i, j] = x[floor(i H / h), floor(j W / w)]",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {interpolate_nearest(in[0], pair_of("interpolate_nearest", "size", a))};
    },
    .vjp = interpolate_nearest_room::vjp,
    .saves = Saves::none(),
    .samples = interpolate_nearest_room::samples,
    .bad_samples = interpolate_nearest_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact},
    .cost = image_cost<0>,
};

}  // namespace dact
