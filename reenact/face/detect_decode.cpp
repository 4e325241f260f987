#include "reenact/face/detect_decode.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "autograd/ops.hpp"
#include "reenact/face/crops_parts.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/ops/image/taps.hpp"
#include "tensor/parallel.hpp"

namespace dact::face {
namespace decoding {

constexpr double kCandidateScore = 0.05, kFaceScore = 0.5, kOverlap = 0.3;
constexpr std::int64_t kFanSide = 256, kHeatSide = 64;

void require_map(std::string_view where, std::string_view operand, const Tensor& x,
                 const Shape& shape) {
  require_defined(where, operand, x);
  require_dtype(where, operand, x, DType::f32);
  require_shape(where, operand, x, shape);
}

// Candidates of one scale; `face` and `offset` are row-major maps.
void append_candidates(const DetectorScale& scale, double stride, std::vector<FaceBox>& out) {
  constexpr double kCentre = 0.1, kSize = 0.2;  // variances of the offsets
  const std::int64_t height = scale.logits.size(2), width = scale.logits.size(3);
  const auto logits = scale.logits.to_vector<float>(), offsets = scale.offsets.to_vector<float>();
  const auto cells = static_cast<std::size_t>(height * width);
  const double side = 4 * stride;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const auto offset = [&](std::size_t k) {
      return static_cast<double>(offsets[k * cells + cell]);
    };
    const double against =
        static_cast<double>(logits[cell]) - static_cast<double>(logits[cells + cell]);
    const double score = 1 / (1 + hostmath::exp(against));
    if (score <= kCandidateScore) continue;  // a NaN goes on
    const double i = static_cast<double>(cell / static_cast<std::size_t>(width));
    const double j = static_cast<double>(cell % static_cast<std::size_t>(width));
    const double w = side * hostmath::exp(kSize * offset(2));
    const double h = side * hostmath::exp(kSize * offset(3));
    const double x1 = stride / 2 + j * stride + offset(0) * kCentre * side - w / 2;
    const double y1 = stride / 2 + i * stride + offset(1) * kCentre * side - h / 2;
    if (!std::isfinite(score + x1 + y1 + w + h))
      throw NumericError("face_candidates", "boxes must be finite, got another in cell " +
                                                std::to_string(cell) + " of stride " +
                                                std::to_string(stride));
    out.push_back({x1, y1, x1 + w, y1 + h, score});
  }
}

double area_of(const FaceBox& b) { return (b.x2 - b.x1 + 1) * (b.y2 - b.y1 + 1); }

// Intersection over union.
double overlap_of(const FaceBox& a, const FaceBox& b) {
  const double w = std::max(std::min(a.x2, b.x2) - std::max(a.x1, b.x1) + 1, 0.0);
  const double h = std::max(std::min(a.y2, b.y2) - std::max(a.y1, b.y1) + 1, 0.0);
  return w * h / (area_of(a) + area_of(b) - w * h);
}

// FAN's frame: p' = side (p - c) / (200 scale) + side / 2, the other way round.
Point2 from_fan(const FanFrame& frame, Point2 p, std::int64_t side) {
  const double n = static_cast<double>(side), size = 200 * frame.scale;
  return {(p.x - n / 2) * size / n + frame.centre.x, (p.y - n / 2) * size / n + frame.centre.y};
}

// Toward zero.
Point2 truncated_point(Point2 p) {
  return {static_cast<double>(frame_crops::whole(p.x)),
          static_cast<double>(frame_crops::whole(p.y))};
}

// A quarter cell towards the larger neighbour; nothing at the map's edge.
Point2 refined(const float* map, std::int64_t x, std::int64_t y) {
  Point2 p{static_cast<double>(x), static_cast<double>(y)};
  if (x <= 0 || y <= 0 || x >= kHeatSide - 1 || y >= kHeatSide - 1) return p;
  const auto sign = [](float d) { return d > 0 ? 0.25 : d < 0 ? -0.25 : 0; };
  const float* at = map + y * kHeatSide + x;
  return {p.x + sign(at[1] - at[-1]), p.y + sign(at[kHeatSide] - at[-kHeatSide])};
}

}  // namespace decoding

std::vector<FaceBox> face_candidates(std::span<const DetectorScale> scales) {
  if (scales.size() > 6)
    throw ShapeError("face_candidates",
                     "there must be at most 6 scales, got " + std::to_string(scales.size()));
  std::vector<FaceBox> out;
  double stride = 4;
  for (const DetectorScale& scale : scales) {
    require_defined("face_candidates", "logits", scale.logits);
    require_rank("face_candidates", "logits", scale.logits, 4);
    const std::int64_t h = scale.logits.size(2), w = scale.logits.size(3);
    decoding::require_map("face_candidates", "logits", scale.logits, {1, 2, h, w});
    decoding::require_map("face_candidates", "offsets", scale.offsets, {1, 4, h, w});
    decoding::append_candidates(scale, stride, out);
    stride *= 2;
  }
  return out;
}

std::vector<FaceBox> suppress_overlaps(std::span<const FaceBox> candidates) {
  std::vector<FaceBox> sorted(candidates.begin(), candidates.end()), kept;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const FaceBox& a, const FaceBox& b) { return a.score > b.score; });
  for (const FaceBox& box : sorted)
    if (std::none_of(kept.begin(), kept.end(), [&](const FaceBox& k) {
          return decoding::overlap_of(k, box) > decoding::kOverlap;
        }))
      kept.push_back(box);
  return kept;
}

std::vector<FaceBox> decode_faces(std::span<const DetectorScale> scales) {
  std::vector<FaceBox> kept = suppress_overlaps(face_candidates(scales));
  std::erase_if(kept, [](const FaceBox& b) { return !(b.score > decoding::kFaceScore); });
  return kept;
}

Var detector_range(const Var& x) {
  require_defined("detector_range", "x", x.defined() ? x.value() : Tensor());
  const Var divisor(scalar(2 + 1e-5, x.dtype()));  // the reference divides
  return mul_scalar(div(add_scalar(clamp(x, -1, 1), 1), divisor), 255);
}

FanFrame fan_frame(const FaceBox& box) {
  const double w = box.x2 - box.x1, h = box.y2 - box.y1;
  if (!std::isfinite(box.x1 + box.y1 + w + h) || !(w + h > 0))
    throw NumericError("fan_frame", "the box must be finite and have a size, got (" +
                                        std::to_string(box.x1) + ", " + std::to_string(box.y1) +
                                        ") to (" + std::to_string(box.x2) + ", " +
                                        std::to_string(box.y2) + ")");
  return {{box.x2 - w / 2, box.y2 - h / 2 - 0.12 * h}, (w + h) / 195};
}

std::array<std::int64_t, 4> fan_corners(const FanFrame& frame) {
  using frame_crops::whole;
  const Point2 first = decoding::from_fan(frame, {1, 1}, decoding::kFanSide);
  const double last = static_cast<double>(decoding::kFanSide);
  const Point2 end = decoding::from_fan(frame, {last, last}, decoding::kFanSide);
  return {whole(first.x), whole(first.y), whole(end.x), whole(end.y)};
}

Tensor fan_crop(const Tensor& picture, const FanFrame& frame) {
  frame_crops::require_picture("fan_crop", picture);
  const auto [left, top, right, bottom] = fan_corners(frame);
  constexpr std::int64_t kMost = 16777216;  // 2^24: sides that float counts exactly
  if (right <= left || bottom <= top || right - left > kMost || bottom - top > kMost)
    throw NumericError("fan_crop", "the crop must have 1 to 2^24 pixels a side, got " +
                                       std::to_string(right - left) + " x " +
                                       std::to_string(bottom - top));
  const Taps columns = bilinear_taps(right - left, decoding::kFanSide, false);
  const Taps rows = bilinear_taps(bottom - top, decoding::kFanSide, false);
  const Tensor dense = picture.contiguous();
  const auto pixel = [&, from = dense.data<std::uint8_t>(), height = picture.size(0),
                      width = picture.size(1)](std::int64_t y, std::int64_t x, std::int64_t c) {
    const bool inside = y >= 0 && x >= 0 && y < height && x < width;
    return inside ? static_cast<float>(from[(y * width + x) * 3 + c]) : 0.0F;
  };
  const auto chain = [](const Taps& taps, std::int64_t o, auto value) {
    float sum = 0;
    const auto at = static_cast<std::size_t>(o);
    for (std::int64_t t = 0; t < taps.count(at); ++t)
      sum = math::fma(taps.weight[static_cast<std::size_t>(taps.first[at] + t)],
                      value(taps.begin[at] + t), sum);
    return sum;
  };
  constexpr std::int64_t n = decoding::kFanSide;
  Tensor out = empty({1, 3, n, n});
  float* to = out.mutate<float>();
  parallel_ranges(3 * n, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line)  // channel, row
      for (std::int64_t j = 0; j < n; ++j)
        to[line * n + j] = chain(rows, line % n,
                                 [&](std::int64_t y) {
                                   return chain(columns, j, [&](std::int64_t x) {
                                     return pixel(top + y, left + x, line / n);
                                   });
                                 }) /
                           255.0F;
  });
  return out;
}

FanLandmarks decode_landmarks(const Tensor& heat_map, const FanFrame& frame,
                              const FanOptions& options) {
  using namespace decoding;
  require_defined("decode_landmarks", "heat_map", heat_map);
  const Tensor maps = heat_map.rank() == 4 && heat_map.size(0) == 1
                          ? heat_map.squeezed(0).contiguous()
                          : heat_map.contiguous();
  require_map("decode_landmarks", "heat_map", maps, {68, kHeatSide, kHeatSide});
  FanLandmarks found;
  for (std::size_t p = 0; p < 68; ++p) {
    constexpr std::int64_t kCells = kHeatSide * kHeatSide;
    const float* map = maps.data<float>() + static_cast<std::int64_t>(p) * kCells;
    if (std::any_of(map, map + kCells, [](float v) { return std::isnan(v); }))
      throw NumericError("decode_landmarks",
                         "the heat maps must hold no NaN, got one in map " + std::to_string(p));
    const std::int64_t at = std::max_element(map, map + kCells) - map;
    const Point2 cell = refined(map, at % kHeatSide, at / kHeatSide);
    found.heat_map_points[p] = {cell.x + 0.5, cell.y + 0.5};
    const Point2 place = from_fan(frame, found.heat_map_points[p], kHeatSide);
    found.points[p] = options.truncate ? truncated_point(place) : place;
    found.scores[p] = map[at];
  }
  return found;
}

}  // namespace dact::face
