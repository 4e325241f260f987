#include "reenact/picture.hpp"

#include <cmath>
#include <string>

#include "tensor/error.hpp"
#include "tensor/ops/resize_u8/resize_u8.hpp"

namespace dact::reenact {
namespace {

constexpr std::int64_t kMostElongated = 16;  // a strip is no portrait, and its long side would be

void require_picture(std::string_view where, const Tensor& pixels) {
  require_dtype(where, "pixels", pixels, DType::u8);
  require_rank(where, "pixels", pixels, 3);
  if (pixels.size(2) != 3 || pixels.numel() == 0)
    throw ShapeError(where, "pixels must be u8 [H, W, 3] with pixels, got " + pixels.str());
}

// Half of n, to even: where a centred window of n fewer pixels begins.
std::int64_t middle(std::int64_t n) {
  const std::int64_t half = n / 2;
  return n % 2 == 0 || half % 2 == 0 ? half : half + 1;
}

}  // namespace

Tensor picture_to_tensor(const Tensor& pixels) {
  require_picture("picture_to_tensor", pixels);
  const Tensor in = pixels.contiguous();
  const std::int64_t plane = in.size(0) * in.size(1);
  Tensor out = empty({1, 3, in.size(0), in.size(1)});
  const std::uint8_t* from = in.data<std::uint8_t>();
  float* to = out.mutate<float>();
  for (std::int64_t i = 0; i < plane; ++i)
    for (std::int64_t c = 0; c < 3; ++c) to[c * plane + i] = picture_value(from[3 * i + c]);
  return out;
}

Tensor tensor_to_picture(const Tensor& image) {
  require_dtype("tensor_to_picture", "image", image, DType::f32);
  require_rank("tensor_to_picture", "image", image, 4);
  if (image.size(0) != 1 || image.size(1) != 3)
    throw ShapeError("tensor_to_picture", "image must be f32 [1, 3, H, W], got " + image.str());
  const Tensor in = image.contiguous();
  const std::int64_t plane = in.size(2) * in.size(3);
  Tensor out = empty({in.size(2), in.size(3), 3}, DType::u8);
  const float* from = in.data<float>();
  std::uint8_t* to = out.mutate<std::uint8_t>();
  for (std::int64_t i = 0; i < 3 * plane; ++i) {
    if (!std::isfinite(from[i]))
      throw NumericError("tensor_to_picture",
                         "image must be finite, got a NaN or infinity at element " +
                             std::to_string(i) + " of " + image.str());
    const float v = 255.0f * ((from[i] + 1.0f) * 0.5f) + 0.5f;
    to[3 * (i % plane) + i / plane] =
        static_cast<std::uint8_t>(v <= 0.0f ? 0.0f : (v >= 255.0f ? 255.0f : v));
  }
  return out;
}

Tensor picture_to_square(const Tensor& pixels, std::int64_t size) {
  require_picture("picture_to_square", pixels);
  const std::int64_t h = pixels.size(0), w = pixels.size(1);
  if (h == size && w == size) return pixels;
  const std::int64_t shorter = std::min(h, w), longer = std::max(h, w);
  if (longer > kMostElongated * shorter)
    throw ShapeError("picture_to_square",
                     "the longer side must be at most " + std::to_string(kMostElongated) +
                         " times the shorter, got " + std::to_string(w) + "x" + std::to_string(h));
  const std::int64_t rest = size * longer / shorter;
  const Pair to = h < w ? Pair{size, rest} : Pair{rest, size};
  const Tensor resized = resize_u8(pixels, to, ResizeFilter::bilinear);
  const std::int64_t top = middle(resized.size(0) - size), left = middle(resized.size(1) - size);
  return resized.sliced(0, top, top + size).sliced(1, left, left + size).contiguous();
}

}  // namespace dact::reenact
