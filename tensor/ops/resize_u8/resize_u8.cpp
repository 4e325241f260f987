#include "tensor/ops/resize_u8/resize_u8.hpp"

#include "tensor/ops/image/image.device.hpp"
#include "tensor/ops/image/images.hpp"
#include "tensor/ops/resize_u8/resize_u8.kernels.hpp"
#include "tensor/ops/resize_u8/resize_u8.room.hpp"
#include "tensor/parallel.hpp"

namespace dact {

namespace {

constexpr std::string_view kFilterNames[] = {"box", "bilinear", "bicubic", "lanczos"};

}  // namespace

std::string_view name_of(ResizeFilter filter) { return kFilterNames[static_cast<int>(filter)]; }

ResizeFilter resize_filter(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kFilterNames); ++i)
    if (kFilterNames[i] == name) return static_cast<ResizeFilter>(i);
  throw UsageError("resize_u8",
                   "filter must be box, bilinear, bicubic or lanczos, got " + std::string(name));
}

namespace resize_u8_room {

namespace {

constexpr std::int64_t kGrain = 16384;  // bytes worth handing to another thread

void check(const Tensor& x, Pair size) {
  require_dtype("resize_u8", "x", x, DType::u8);
  const int rank = x.rank();
  if (rank != 3 && rank != 4)
    throw ShapeError("resize_u8", "x must be [H, W, C] or [B, H, W, C], got " + x.str());
  for (const int axis : {rank - 3, rank - 2})
    if (x.size(axis) < 1 || x.size(axis) > kMaxSide)
      throw ShapeError("resize_u8", "x must have sides in [1, 2^24], got " + x.str());
  require_size("resize_u8", x, size);
}

// x [B, H, W, C] -> [B, H, w, C]
Tensor across_columns(const Tensor& x, std::int64_t outputs, ResizeFilter filter) {
  const std::int64_t rows = x.size(0) * x.size(1), width = x.size(2), channels = x.size(3);
  if (outputs == width) return x;
  const ByteTaps taps = byte_taps(width, outputs, filter);
  Tensor out = empty({x.size(0), x.size(1), outputs, channels}, DType::u8, x.device());
  if (on_device(x)) {
    blend_bytes_on_device(x, width, taps.begin, taps.first, taps.weight, channels, kPrecision, out);
    return out;
  }
  const std::uint8_t* src = x.data<std::uint8_t>();
  std::uint8_t* dst = out.mutate<std::uint8_t>();
  const auto kernel = DACT_PICK(byte_columns);
  parallel_ranges(
      rows, kGrain / (outputs * channels + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
          kernel(src + r * width * channels, channels, taps.begin.data(), taps.first.data(),
                 taps.weight.data(), outputs, dst + r * outputs * channels);
      });
  return out;
}

// x [B, H, W, C] -> [B, h, W, C]
Tensor across_rows(const Tensor& x, std::int64_t outputs, ResizeFilter filter) {
  const std::int64_t batch = x.size(0), height = x.size(1), line = x.size(2) * x.size(3);
  if (outputs == height) return x;
  const ByteTaps taps = byte_taps(height, outputs, filter);
  Tensor out = empty({batch, outputs, x.size(2), x.size(3)}, DType::u8, x.device());
  if (on_device(x)) {
    blend_bytes_on_device(x, height, taps.begin, taps.first, taps.weight, line, kPrecision, out);
    return out;
  }
  const std::uint8_t* src = x.data<std::uint8_t>();
  std::uint8_t* dst = out.mutate<std::uint8_t>();
  const auto kernel = DACT_PICK(byte_rows);
  parallel_ranges(batch * outputs, kGrain / (line + 1) + 1,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t r = begin; r < end; ++r) {
                      const auto o = static_cast<std::size_t>(r % outputs);
                      kernel(src + (r / outputs * height + taps.begin[o]) * line, line,
                             taps.first[o + 1] - taps.first[o], taps.weight.data() + taps.first[o],
                             dst + r * line, line);
                    }
                  });
  return out;
}

}  // namespace
}  // namespace resize_u8_room

Tensor resize_u8(const Tensor& x, Pair size, ResizeFilter filter) {
  resize_u8_room::check(x, size);
  const Tensor batch = (x.rank() == 3 ? x.unsqueezed(0) : x).contiguous();
  const Tensor narrow = resize_u8_room::across_columns(batch, size.w, filter);
  const Tensor out = resize_u8_room::across_rows(narrow, size.h, filter);
  return x.rank() == 3 ? out.squeezed(0) : out;
}

const OpDef resize_u8_op{
    .name = "resize_u8",
    .equation = "y = round(R round(x C^T)), weights R, C of the filter in 1 / 2^22",
    .group = OpGroup::image,
    .forward = [](std::span<const Tensor> in, const Attrs& a) -> Tensors {
      return {resize_u8(in[0], pair_of("resize_u8", "size", a), resize_filter(a.text("filter")))};
    },
    .no_gradient = "bytes have no derivative",
    .saves = Saves::none(),
    .samples = resize_u8_room::samples,
    .bad_samples = resize_u8_room::bad_samples,
    .tolerance = {Tolerance::Unit::exact},
    .cost = image_cost<8>,
};

}  // namespace dact
