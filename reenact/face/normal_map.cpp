#include "reenact/face/normal_map.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "autograd/var.hpp"
#include "reenact/face/morphable.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace dact::face {
namespace normal_room {

constexpr double kLeastNorm = 1e-6, kLeastArea = 1e-8;
constexpr std::int64_t kRowsPerPiece = 16, kMostSize = 8192;

using Vec = std::array<double, 3>;

Vec at(const float* points, std::int64_t i) {
  return {static_cast<double>(points[3 * i]), static_cast<double>(points[3 * i + 1]),
          static_cast<double>(points[3 * i + 2])};
}
Vec minus(const Vec& a, const Vec& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vec cross(const Vec& a, const Vec& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Tensor checked_faces(std::string_view where, const Tensor& faces, std::int64_t vertices) {
  require_rank(where, "faces", faces, 2);
  require_dtype(where, "faces", faces, DType::i64);
  require_shape(where, "faces", faces, {faces.size(0), 3});
  const std::vector<std::int64_t> corner = faces.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < corner.size(); ++i)
    if (corner[i] < 0 || corner[i] >= vertices)
      throw UsageError(where,
                       fmt::format("faces must name vertices from 0 to {}, got {} at [{}, {}]",
                                   vertices - 1, corner[i], i / 3, i % 3));
  return faces.contiguous();
}

Tensor checked_points(std::string_view where, std::string_view name, const Tensor& x) {
  require_defined(where, name, x);
  require_dtype(where, name, x, DType::f32);
  require_rank(where, name, x, 2);
  require_shape(where, name, x, {x.size(0), 3});
  return x.contiguous();
}

// One sample: v and n [V, 3], f [F, 3].
void normals_of(const float* v, std::int64_t vertices, const std::int64_t* f, std::int64_t faces,
                float* n) {
  std::vector<Vec> sum(static_cast<std::size_t>(vertices), Vec{});
  for (std::int64_t i = 0; i < faces; ++i) {
    const std::int64_t* corner = f + 3 * i;
    const Vec a = at(v, corner[0]),
              c = cross(minus(at(v, corner[1]), a), minus(at(v, corner[2]), a));
    for (int k = 0; k < 3; ++k)
      for (std::size_t d = 0; d < 3; ++d) sum[static_cast<std::size_t>(corner[k])][d] += c[d];
  }
  for (const Vec& s : sum) {
    const double norm = std::max(std::sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]), kLeastNorm);
    for (const double d : s) *n++ = static_cast<float>(d / norm);
  }
}

// A face over the picture plane: corners and the rows and columns whose centres its box can hold.
struct Flat {
  std::array<Vec, 3> corner;
  double area2;
  std::int64_t row_begin, row_end, column_begin, column_end;
};

// Pixels of `size` whose centre may lie in [lo, hi], one more on each side than rounding could lose.
std::pair<std::int64_t, std::int64_t> span_of(double lo, double hi, std::int64_t size) {
  const auto s = static_cast<double>(size);
  const auto pixel = [&](double x) {
    return static_cast<std::int64_t>(std::clamp((x + 1) * s / 2 - 0.5, -2.0, s + 2));
  };
  return {std::max<std::int64_t>(0, pixel(lo) - 1), std::min(size, pixel(hi) + 2)};
}

Flat flat_of(const float* p, const std::int64_t* corner, std::int64_t size) {
  Flat f{};
  for (std::size_t k = 0; k < 3; ++k) f.corner[k] = at(p, corner[k]);
  const auto& [a, b, c] = f.corner;
  f.area2 = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  if (!(std::fabs(f.area2) > kLeastArea)) return f;  // also NaN: an empty box
  std::tie(f.column_begin, f.column_end) =
      span_of(std::min({a[0], b[0], c[0]}), std::max({a[0], b[0], c[0]}), size);
  std::tie(f.row_begin, f.row_end) =
      span_of(std::min({a[1], b[1], c[1]}), std::max({a[1], b[1], c[1]}), size);
  return f;
}

// Whether all barycentric weights of (x, y) are > 0, and then the weights. The signs decide before the divisions: most
// of a box is outside its face.
bool covers(const Flat& f, double x, double y, Vec& weights) {
  const auto edge = [&](const Vec& a, const Vec& b) {
    return (a[0] - x) * (b[1] - y) - (a[1] - y) * (b[0] - x);
  };
  for (std::size_t k = 0; k < 3; ++k) {
    weights[k] = edge(f.corner[(k + 1) % 3], f.corner[(k + 2) % 3]);
    if (!(f.area2 > 0 ? weights[k] > 0 : weights[k] < 0)) return false;
  }
  for (double& w : weights) w /= f.area2;
  return true;
}

// What is seen in rows begin .. end so far.
struct Band {
  Band(std::int64_t width, std::int64_t first, std::int64_t last)
      : size(width),
        begin(first),
        end(last),
        depth(static_cast<std::size_t>((last - first) * width)),
        face(depth.size(), -1),
        weights(depth.size()) {}
  std::int64_t size, begin, end;
  std::vector<double> depth;  // unrounded, for ties
  std::vector<std::int64_t> face;
  std::vector<Vec> weights;
};

void draw(const std::vector<Flat>& faces, Band& band) {
  const auto s = static_cast<double>(band.size);
  const auto centre = [&](std::int64_t i) { return -1 + static_cast<double>(2 * i + 1) / s; };
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const Flat& f = faces[i];
    const std::int64_t last = std::min(band.end, f.row_end);
    for (std::int64_t row = std::max(band.begin, f.row_begin); row < last; ++row) {
      for (std::int64_t column = f.column_begin; column < f.column_end; ++column) {
        Vec w;
        if (!covers(f, centre(column), centre(row), w)) continue;
        const double z = w[0] * f.corner[0][2] + w[1] * f.corner[1][2] + w[2] * f.corner[2][2];
        const auto pixel = static_cast<std::size_t>((row - band.begin) * band.size + column);
        if (!(z >= 0) || (band.face[pixel] >= 0 && !(z < band.depth[pixel]))) continue;
        band.depth[pixel] = z;
        band.face[pixel] = static_cast<std::int64_t>(i);
        band.weights[pixel] = w;
      }
    }
  }
}

struct Outputs {
  float *normal, *depth;
  std::int64_t* face;
};

// The seen fragments of a band, with the vertices' normals n [V, 3] weighted.
void shade(const Band& band, const float* n, const std::int64_t* faces, const Outputs& out) {
  for (std::size_t i = 0; i < band.face.size(); ++i) {
    if (band.face[i] < 0) continue;
    const std::int64_t pixel = band.begin * band.size + static_cast<std::int64_t>(i);
    out.face[pixel] = band.face[i];
    out.depth[pixel] = static_cast<float>(band.depth[i]);
    const std::int64_t* corner = faces + 3 * band.face[i];
    const Vec a = at(n, corner[0]), b = at(n, corner[1]), c = at(n, corner[2]);
    const Vec& w = band.weights[i];
    for (std::size_t d = 0; d < 3; ++d)
      out.normal[3 * pixel + static_cast<std::int64_t>(d)] =
          static_cast<float>(w[0] * a[d] + w[1] * b[d] + w[2] * c[d]);
  }
}

}  // namespace normal_room

Tensor vertex_normals(const Tensor& vertices, const Tensor& faces) {
  using namespace normal_room;
  require_defined("vertex_normals", "vertices", vertices);
  require_dtype("vertex_normals", "vertices", vertices, DType::f32);
  if (vertices.rank() < 2 || vertices.rank() > 3 || vertices.size(-1) != 3)
    throw ShapeError("vertex_normals",
                     "vertices must be [B, V, 3] or [V, 3], got " + vertices.str());
  const std::int64_t count = vertices.size(-2), batch = vertices.rank() == 3 ? vertices.size(0) : 1;
  const Tensor f = checked_faces("vertex_normals", faces, count), v = vertices.contiguous();
  Tensor out = empty(vertices.shape());
  const float* from = v.data<float>();
  float* to = out.mutate<float>();
  parallel_for(batch, [&](std::int64_t b) {
    normals_of(from + b * count * 3, count, f.data<std::int64_t>(), f.size(0), to + b * count * 3);
  });
  return out;
}

NormalMap rasterize_normals(const Tensor& projected, const Tensor& normals, const Tensor& faces,
                            std::int64_t size) {
  using namespace normal_room;
  constexpr std::string_view kName = "rasterize_normals";
  if (size < 1 || size > kMostSize)
    throw UsageError(kName, fmt::format("size must be from 1 to {}, got {}", kMostSize, size));
  const Tensor p = checked_points(kName, "projected", projected),
               n = checked_points(kName, "normals", normals);
  require_same_shape(kName, p, n);
  const Tensor f = checked_faces(kName, faces, p.size(0));
  std::vector<Flat> flat;
  for (std::int64_t i = 0; i < f.size(0); ++i)
    flat.push_back(flat_of(p.data<float>(), f.data<std::int64_t>() + 3 * i, size));
  NormalMap map{zeros({size, size, 3}), full({size, size}, -1), full({size, size}, -1, DType::i64)};
  const Outputs out{map.normal.mutate<float>(), map.depth.mutate<float>(),
                    map.face.mutate<std::int64_t>()};
  parallel_for((size + kRowsPerPiece - 1) / kRowsPerPiece, [&](std::int64_t piece) {
    const std::int64_t begin = piece * kRowsPerPiece;
    Band band(size, begin, std::min(size, begin + kRowsPerPiece));
    draw(flat, band);
    shade(band, n.data<float>(), f.data<std::int64_t>(), out);
  });
  return map;
}

NormalMap normal_map(const Tensor& vertices, const Tensor& camera, const Tensor& faces,
                     std::int64_t size) {
  const Tensor v = normal_room::checked_points("normal_map", "vertices", vertices);
  require_shape("normal_map", "camera", camera, {3});
  const NoGrad no_grad;
  Tensor p = project(Var(v.unsqueezed(0)), Var(camera.unsqueezed(0))).value().squeezed(0).clone();
  float* z = p.mutate<float>();
  for (std::int64_t i = 0; i < p.size(0); ++i) z[3 * i + 2] += static_cast<float>(kDepthOffset);
  return rasterize_normals(p, vertex_normals(v, faces), faces, size);
}

Tensor normal_colours(const NormalMap& map) {
  const std::int64_t size = map.face.size(0), pixels = size * size;
  Tensor out = zeros({3, size, size});
  const Tensor normal = map.normal.contiguous(), face = map.face.contiguous();
  float* to = out.mutate<float>();
  for (std::int64_t i = 0; i < pixels; ++i)
    for (std::int64_t d = 0; d < 3 && face.data<std::int64_t>()[i] >= 0; ++d)
      to[d * pixels + i] = 0.5F * normal.data<float>()[3 * i + d] + 0.5F;
  return out;
}

}  // namespace dact::face
