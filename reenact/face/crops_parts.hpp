// What the crops share: whole boxes in a picture.
#pragma once
#include <cstdint>
#include <string_view>

#include "tensor/tensor.hpp"

namespace dact::face::frame_crops {

inline constexpr std::int64_t kCropSide = 256;

struct IntBox {
  std::int64_t left, top, right, bottom;  // right and bottom exclusive
};

/// ShapeError, DtypeError unless u8 [H, W, 3] with sides in [1, 16384].
void require_picture(std::string_view where, const Tensor& picture);
/// NumericError when the box lies beside the picture.
void require_touch(std::string_view where, const IntBox& box, const Tensor& picture);
/// Toward zero, held within +-2^40.
std::int64_t whole(double v);
/// The part of the picture in a box inside it; a view.
Tensor cut(const Tensor& picture, const IntBox& box);

}  // namespace dact::face::frame_crops
