#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reenact/face/crops.hpp"
#include "reenact/face/crops_parts.hpp"
#include "reenact/face/padding.hpp"
#include "tensor/error.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/ops/resize_u8/resize_u8.hpp"
#include "tensor/parallel.hpp"

namespace dact::face {
namespace frame_crops {

constexpr std::int64_t kWidest = 1000, kLargestSide = 16384;

void require_picture(std::string_view where, const Tensor& picture) {
  require_defined(where, "picture", picture);
  require_dtype(where, "picture", picture, DType::u8);
  require_rank(where, "picture", picture, 3);
  const std::int64_t height = picture.size(0), width = picture.size(1);
  if (picture.size(2) != 3 || height < 1 || width < 1 || height > kLargestSide ||
      width > kLargestSide)
    throw ShapeError(where,
                     "picture must be [H, W, 3] with sides in [1, 16384], got " + picture.str());
}

void require_touch(std::string_view where, const IntBox& box, const Tensor& picture) {
  if (box.right <= 0 || box.bottom <= 0 || box.left >= picture.size(1) ||
      box.top >= picture.size(0))
    throw NumericError(where, "the face must touch the picture, got columns " +
                                  std::to_string(box.left) + " to " + std::to_string(box.right) +
                                  ", rows " + std::to_string(box.top) + " to " +
                                  std::to_string(box.bottom) + " of " + picture.str());
}

std::int64_t whole(double v) {
  constexpr double kFarthest = 1099511627776;  // 2^40: sums stay within 64 bits
  return static_cast<std::int64_t>(std::clamp(v, -kFarthest, kFarthest));
}

Tensor cut(const Tensor& picture, const IntBox& box) {
  return picture.sliced(0, box.top, box.bottom).sliced(1, box.left, box.right);
}

// Inputs begin .. begin + weight.size() - 1 of n that output o of m covers, and the share of each.
struct Cover {
  std::int64_t begin;
  std::vector<double> weight;
};

Cover cover_of(std::int64_t o, std::int64_t n, std::int64_t m) {
  // in units of 1 / m input pixels: the output covers [o n, (o + 1) n)
  Cover c{o * n / m, {}};
  for (std::int64_t i = c.begin; i * m < (o + 1) * n; ++i) {
    const std::int64_t part = std::min((i + 1) * m, (o + 1) * n) - std::max(i * m, o * n);
    c.weight.push_back(static_cast<double>(part) / static_cast<double>(n));
  }
  return c;
}

// Each pixel the mean of the area that it covers, to the nearest byte.
Tensor area_scaled(const Tensor& picture, std::int64_t height, std::int64_t width) {
  const Tensor dense = picture.contiguous();
  const std::uint8_t* from = dense.data<std::uint8_t>();
  Tensor out = empty({height, width, 3}, DType::u8);
  std::uint8_t* to = out.mutate<std::uint8_t>();
  std::vector<Cover> columns;
  for (std::int64_t x = 0; x < width; ++x) columns.push_back(cover_of(x, picture.size(1), width));
  parallel_ranges(height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sums(static_cast<std::size_t>(3 * width));
    for (std::int64_t y = begin; y < end; ++y) {
      const Cover rows = cover_of(y, picture.size(0), height);
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::size_t r = 0; r < rows.weight.size(); ++r) {
        const std::uint8_t* row =
            from + (rows.begin + static_cast<std::int64_t>(r)) * picture.size(1) * 3;
        for (std::size_t k = 0; k < sums.size(); ++k) {
          const Cover& cover = columns[k / 3];
          double sum = 0;
          for (std::size_t t = 0; t < cover.weight.size(); ++t)
            sum += cover.weight[t] * row[3 * (static_cast<std::size_t>(cover.begin) + t) + k % 3];
          sums[k] += rows.weight[r] * sum;
        }
      }
      for (std::size_t k = 0; k < sums.size(); ++k)
        to[static_cast<std::size_t>(3 * y * width) + k] =
            static_cast<std::uint8_t>(math::round(sums[k]));
    }
  });
  return out;
}

// The box of hyper_crop.
IntBox hyper_box(const Landmarks68& points) {
  require_finite("hyper_crop", points);
  const Bounds2 b = bounds_of(points);
  const double extent = std::max(b.right - b.left, b.bottom - b.top);
  constexpr double kMost = 1048576;  // 2^20
  if (!(extent >= 1 && extent <= kMost))
    throw NumericError("hyper_crop",
                       "the face must be 1 to 2^20 pixels large, got " + std::to_string(extent));
  const std::int64_t size = whole(extent);
  const std::int64_t x = whole(math::round((b.left + b.right) / 2));
  const std::int64_t y = whole(math::round((b.top + b.bottom) / 2)) - size / 6;
  return {x - size, y - size, x + size, y + size};
}

// The box's part of a picture that is continued where the box leaves it.
Tensor cut_continued(const Tensor& picture, const IntBox& box) {
  const std::int64_t height = picture.size(0), width = picture.size(1);
  const PadSides pad{std::max<std::int64_t>(-box.left, 0), std::max<std::int64_t>(-box.top, 0),
                     std::max<std::int64_t>(box.right - width, 0),
                     std::max<std::int64_t>(box.bottom - height, 0)};
  if (pad.left + pad.top + pad.right + pad.bottom == 0) return cut(picture, box);
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 25;
  if ((width + pad.left + pad.right) * (height + pad.top + pad.bottom) > kMostPixels)
    throw NumericError("hyper_crop", "face and picture must fit into 2^25 pixels, got columns " +
                                         std::to_string(box.left) + " to " +
                                         std::to_string(box.right) + ", rows " +
                                         std::to_string(box.top) + " to " +
                                         std::to_string(box.bottom) + " of " + picture.str());
  const Tensor padded = pad_blended(
      picture, pad, {.mirror = Mirror::edge_twice, .sigma = 5, .least_pad = 1e-10, .round = false});
  return cut(padded,
             {box.left + pad.left, box.top + pad.top, box.right + pad.left, box.bottom + pad.top});
}

}  // namespace frame_crops

Tensor limit_width(const Tensor& picture) {
  frame_crops::require_picture("limit_width", picture);
  const std::int64_t height = picture.size(0), width = picture.size(1);
  if (width <= frame_crops::kWidest) return picture;
  return frame_crops::area_scaled(picture,
                                  std::max<std::int64_t>(height * frame_crops::kWidest / width, 1),
                                  frame_crops::kWidest);
}

Tensor hyper_crop(const Tensor& picture, const Landmarks68& points) {
  frame_crops::require_picture("hyper_crop", picture);
  if (picture.size(1) > frame_crops::kWidest)
    throw UsageError("hyper_crop", "picture must be at most 1000 wide, got " + picture.str());
  const frame_crops::IntBox box = frame_crops::hyper_box(points);
  frame_crops::require_touch("hyper_crop", box, picture);
  return resize_u8(frame_crops::cut_continued(picture, box), frame_crops::kCropSide,
                   ResizeFilter::bicubic);
}

}  // namespace dact::face
