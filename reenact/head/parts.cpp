#include "reenact/head/parts.hpp"

namespace dact::head {

std::int32_t PartBuilder::add(Point position, Point coord, Motion motion, double occlusion) {
  const std::int32_t i = size();
  mesh.position.push_back(vec_from(position));
  mesh.coord.push_back(vec_from(coord));
  mesh.rest.push_back(vec_from(position));
  mesh.occlusion.push_back(static_cast<float>(occlusion));
  const bool same = !blocks.empty() && blocks.back().motion.neck == motion.neck &&
                    blocks.back().motion.jaw == motion.jaw;
  if (same)
    ++blocks.back().count;
  else
    blocks.push_back({i, 1, motion});
  return i;
}

void PartBuilder::triangle(Part part, std::int32_t a, std::int32_t b, std::int32_t c) {
  mesh.triangles.push_back({a, b, c});
  mesh.part.push_back(part);
}

void PartBuilder::grid(Part part, std::int32_t first, int rows, int columns, bool closed,
                       bool flip) {
  for (int i = 0; i + 1 < rows; ++i) {
    for (int j = 0; j + (closed ? 0 : 1) < columns; ++j) {
      const std::int32_t k = (j + 1) % columns;
      const std::int32_t p = first + i * columns + j, q = first + i * columns + k;
      const std::int32_t r = first + (i + 1) * columns + k, s = first + (i + 1) * columns + j;
      if (flip) {
        triangle(part, p, r, q);
        triangle(part, p, s, r);
      } else {
        triangle(part, p, q, r);
        triangle(part, p, r, s);
      }
    }
  }
}

void add_normals(const std::vector<std::array<std::int32_t, 3>>& triangles,
                 const std::vector<Vec3>& position, std::vector<Vec3>& normal) {
  std::vector<Point> sum(position.size());
  for (const auto& t : triangles) {
    const Point a = point_from(position[static_cast<std::size_t>(t[0])]),
                b = point_from(position[static_cast<std::size_t>(t[1])]),
                c = point_from(position[static_cast<std::size_t>(t[2])]);
    const Point area = cross(b - a, c - a);
    for (const std::int32_t v : t)
      sum[static_cast<std::size_t>(v)] = sum[static_cast<std::size_t>(v)] + area;
  }
  normal.resize(position.size());
  for (std::size_t i = 0; i < sum.size(); ++i) normal[i] = vec_from(unit(sum[i]));
}

}  // namespace dact::head
