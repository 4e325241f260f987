// Between pictures, u8 [H, W, 3], and what networks take and give, f32 [B, 3, S, S] in [-1, 1].
#pragma once
#include "tensor/tensor.hpp"

namespace dact::reenact {

/// One byte of a picture as every network here is given it, in training as in use.
/// equation     x = (v / 255 - 0.5) / 0.5, each step rounded to float32
inline float picture_value(std::uint8_t v) {
  return (static_cast<float>(v) / 255.0f - 0.5f) / 0.5f;
}

/// Every byte by picture_value.
/// pixels       u8 [H, W, 3]
/// returns      f32 [1, 3, H, W]
Tensor picture_to_tensor(const Tensor& pixels);

/// equation     v = floor(255 (x + 1) / 2 + 0.5), held in 0 .. 255
/// image        f32 [1, 3, H, W]
/// returns      u8 [H, W, 3]
/// throws       ShapeError, DtypeError; NumericError for a NaN or infinity, naming its place
Tensor tensor_to_picture(const Tensor& image);

/// The largest centred square, brought to size x size as DiffAE's data sets do: the shorter side is
/// resized to `size` (bilinear, as wide as the reduction), then the middle is cut out; half a pixel
/// goes to the even side.
/// pixels       u8 [H, W, 3]; the longer side at most 16 times the shorter
/// returns      u8 [size, size, 3]; `pixels` itself when it has that size
/// throws       ShapeError
Tensor picture_to_square(const Tensor& pixels, std::int64_t size);

}  // namespace dact::reenact
