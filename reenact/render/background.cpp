#include "reenact/render/background.hpp"

#include <algorithm>
#include <array>

#include "tensor/hostmath.hpp"
#include "tensor/math_bits.hpp"
#include "tensor/random.hpp"

namespace dact::render {
namespace {

constexpr int kDiscs = 22, kBoxes = 7, kNumbers = 10;  // random numbers of a shape
constexpr float kEdge = 0.012F;                        // width of a soft edge, 1: the picture

struct Canvas {
  std::int32_t size, first_row, rows;
  std::vector<float>& rgb;
  float pixel() const { return 1.0F / static_cast<float>(size); }
  std::size_t plane() const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(size);
  }
  float* at(std::int32_t row, std::int32_t column) {
    return rgb.data() + static_cast<std::size_t>(row - first_row) * static_cast<std::size_t>(size) +
           static_cast<std::size_t>(column);
  }
};

/// A disc (half_w = half_h = radius) or rectangle, centre and extent in units of the picture.
struct Shape {
  bool disc;
  float x, y, half_w, half_h, opacity;
  Vec3 colour;
};

float eased(float t) {
  const float c = std::clamp(t, 0.0F, 1.0F);
  return c * c * (3 - 2 * c);
}

float inside_of(const Shape& s, float x, float y) {
  const float dx = math::abs(x - s.x), dy = math::abs(y - s.y);
  if (s.disc) {
    const float from_edge = s.half_w - math::sqrt(dx * dx + dy * dy);
    return eased(from_edge / kEdge + 0.5F);
  }
  return eased((s.half_w - dx) / (2 * kEdge) + 0.5F) * eased((s.half_h - dy) / (2 * kEdge) + 0.5F);
}

void draw_shape(const Shape& s, Canvas& canvas) {
  const std::size_t n = canvas.plane();
  const auto pixel = [&](float v) {
    return static_cast<std::int32_t>(math::floor(v * static_cast<float>(canvas.size)));
  };
  const std::int32_t left = std::max(pixel(s.x - s.half_w - kEdge), 0),
                     right = std::min(pixel(s.x + s.half_w + kEdge), canvas.size - 1),
                     top = std::max(pixel(s.y - s.half_h - kEdge), canvas.first_row),
                     bottom = std::min(pixel(s.y + s.half_h + kEdge),
                                       canvas.first_row + canvas.rows - 1);
  for (std::int32_t j = top; j <= bottom; ++j)
    for (std::int32_t i = left; i <= right; ++i) {
      const float x = (static_cast<float>(i) + 0.5F) * canvas.pixel(),
                  y = (static_cast<float>(j) + 0.5F) * canvas.pixel();
      const float share = s.opacity * inside_of(s, x, y);
      float* p = canvas.at(j, i);
      p[0] += (s.colour.x - p[0]) * share;
      p[n] += (s.colour.y - p[n]) * share;
      p[2 * n] += (s.colour.z - p[2 * n]) * share;
    }
}

/// Random, half desaturated.
Vec3 muted(const float* u) {
  const float grey = (u[0] + u[1] + u[2]) / 3;
  const auto mix = [&](float c) { return 0.12F + 0.76F * (0.5F * c + 0.5F * grey); };
  return {mix(u[0]), mix(u[1]), mix(u[2])};
}

Shape shape_of(bool disc, const float* u) {
  const float size = disc ? 0.02F + 0.075F * u[5] * u[5] : 0.04F + 0.13F * u[5];
  const float other = disc ? size : 0.04F + 0.16F * u[6];
  return {disc, u[3], u[4], size, other, (disc ? 0.25F : 0.45F) + 0.45F * u[7], muted(u)};
}

void fill_ground(const head::Background& b, const float* u, Canvas& canvas) {
  const bool plain = b.kind == head::BackgroundKind::plain;
  const double angle = 6.283185307179586 * static_cast<double>(u[0]);
  const float cx = static_cast<float>(hostmath::cos(angle)),
              cy = static_cast<float>(hostmath::sin(angle));
  const std::size_t n = canvas.plane();
  for (std::int32_t j = canvas.first_row; j < canvas.first_row + canvas.rows; ++j)
    for (std::int32_t i = 0; i < canvas.size; ++i) {
      const float x = (static_cast<float>(i) + 0.5F) * canvas.pixel() - 0.5F,
                  y = (static_cast<float>(j) + 0.5F) * canvas.pixel() - 0.5F;
      const float share = plain ? 0.0F : std::clamp(0.5F + 0.75F * (cx * x + cy * y), 0.0F, 1.0F);
      float* p = canvas.at(j, i);
      p[0] = (b.first.x + (b.second.x - b.first.x) * share) * (1.0F / 255);
      p[n] = (b.first.y + (b.second.y - b.first.y) * share) * (1.0F / 255);
      p[2 * n] = (b.first.z + (b.second.z - b.first.z) * share) * (1.0F / 255);
    }
}

Vec3 of_255(const Vec3& c) { return {255 * c.x, 255 * c.y, 255 * c.z}; }

}  // namespace

head::Background draw_background(std::uint64_t seed) {
  std::array<float, 7> u;
  fill_uniform({seed, "background kind", 0}, 0, u.data(), static_cast<std::int64_t>(u.size()));
  using Kind = head::BackgroundKind;
  head::Background b;
  b.kind = u[0] < 0.12F   ? Kind::plain
           : u[0] < 0.35F ? Kind::gradient
           : u[0] < 0.70F ? Kind::discs
                          : Kind::boxes;
  b.first = of_255(muted(u.data() + 1));
  b.second = of_255(muted(u.data() + 4));
  b.seed = seed;
  return b;
}

void paint_background(const head::Background& background, std::int32_t size, std::int32_t first_row,
                      std::int32_t rows, std::vector<float>& out) {
  out.resize(3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(rows));
  Canvas canvas{size, first_row, rows, out};
  std::array<float, kNumbers*(kDiscs + 1)> u;
  fill_uniform({background.seed, "background", 0}, 0, u.data(),
               static_cast<std::int64_t>(u.size()));
  fill_ground(background, u.data(), canvas);
  const bool discs = background.kind == head::BackgroundKind::discs;
  const int shapes = discs ? kDiscs : (background.kind == head::BackgroundKind::boxes ? kBoxes : 0);
  for (int k = 0; k < shapes; ++k)
    draw_shape(shape_of(discs, u.data() + kNumbers * (k + 1)), canvas);
}

}  // namespace dact::render
