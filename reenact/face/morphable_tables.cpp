// What a MorphableModel's tables must hold, and points on its surface.
#include <fmt/core.h>

#include <string>
#include <vector>

#include "reenact/face/array_check.hpp"
#include "reenact/face/morphable.hpp"
#include "tensor/error.hpp"

namespace dact::face {
namespace tables_room {

// Rank and last size of an array that others are measured by.
void measure(std::string_view where, std::string_view name, const Tensor& x, int rank) {
  if (!x.defined() || x.rank() != rank)
    throw WeightsError(where,
                       fmt::format("array {} must have {} axes, got {}", name, rank, x.str()));
}

void points(const ArrayCheck& check, const std::string& name, const SurfacePoints& p,
            const Shape& shape, std::int64_t vertices) {
  Shape three = shape;
  three.push_back(3);
  check.indices(name + " corners", p.corners, three, 0, vertices);
  check.floats(name + " weights", p.weights, three);
}

void landmarks(const ArrayCheck& check, const LandmarkPoints& l, std::int64_t vertices) {
  if (!l.fixed.corners.defined()) {
    if (l.contour.corners.defined() || l.full.corners.defined())
      check.fail("landmarks fixed corners", "stand beside the other landmarks, got none");
    return;
  }
  const auto size = [](const SurfacePoints& p, int axis) { return p.corners.size(axis); };
  measure("landmarks", "fixed corners", l.fixed.corners, 2);
  points(check, "landmarks fixed", l.fixed, {size(l.fixed, 0)}, vertices);
  std::int64_t count = size(l.fixed, 0);
  if (l.contour.corners.defined()) {
    measure("landmarks", "contour corners", l.contour.corners, 3);
    const std::int64_t rows = size(l.contour, 0), columns = size(l.contour, 1);
    points(check, "landmarks contour", l.contour, {rows, columns}, vertices);
    if (rows % 2 == 0)
      check.fail("landmarks contour", fmt::format("have an odd number of rows, got {}", rows));
    count += columns;
  }
  if (l.full.corners.defined()) points(check, "landmarks full", l.full, {count}, vertices);
}

void parents(const ArrayCheck& check, const Tensor& parents, std::int64_t joints) {
  check.indices("parents", parents, {joints}, -1, joints);
  const std::vector<std::int64_t> of = parents.to_vector<std::int64_t>();
  for (std::size_t k = 0; k < of.size(); ++k) {
    const bool root = k == 0 && of[k] == -1, below = k > 0 && of[k] >= 0;
    if (!root && (!below || of[k] >= static_cast<std::int64_t>(k)))
      check.fail(
          "parents",
          fmt::format("be -1, then of each joint a smaller number, got {} at [{}]", of[k], k));
  }
}

}  // namespace tables_room

void require_sound(const MorphableTables& t, std::string_view where) {
  using namespace tables_room;
  measure(where, "v_template", t.v_template, 2);
  measure(where, "identity_basis", t.identity_basis, 3);
  measure(where, "expression_basis", t.expression_basis, 3);
  measure(where, "parents", t.parents, 1);
  measure(where, "faces", t.faces, 2);
  if (t.v_template.dtype() != DType::f32 && t.v_template.dtype() != DType::f64)
    throw WeightsError(where, "array v_template must be f32 or f64, got " + t.v_template.str());
  const ArrayCheck check(where, t.v_template.dtype());
  const std::int64_t v = t.v_template.size(0), i = t.identity_basis.size(2),
                     e = t.expression_basis.size(2), k = t.parents.size(0);
  if (v < 1 || k < 1)
    check.fail("v_template", fmt::format("have a vertex and parents a joint, got {} and {}", v, k));
  check.floats("v_template", t.v_template, {v, 3});
  check.floats("identity_basis", t.identity_basis, {v, 3, i});
  check.floats("expression_basis", t.expression_basis, {v, 3, e});
  if (t.pose_basis.defined()) check.floats("pose_basis", t.pose_basis, {v, 3, 9 * (k - 1)});
  if (t.joint_regressor.defined()) {
    check.floats("joint_regressor", t.joint_regressor, {k, v});
  } else {
    check.floats("joint_template", t.joint_template, {k, 3});
    check.floats("joint_basis", t.joint_basis, {k, 3, i + e});
  }
  check.floats("weights", t.weights, {v, k});
  parents(check, t.parents, k);
  check.indices("faces", t.faces, {t.faces.size(0), 3}, 0, v);
  landmarks(check, t.landmarks, v);
  if (t.contour_joint < 0 || (t.landmarks.contour.corners.defined() && t.contour_joint >= k))
    check.fail("parents", fmt::format("hold contour_joint, got {} of {}", t.contour_joint, k));
}

SurfacePoints points_on_faces(const Tensor& faces, const Tensor& face_index,
                              const Tensor& barycentric, std::string_view where,
                              std::string_view name) {
  const std::int64_t count = faces.size(0);
  if (!face_index.defined() || !barycentric.defined())
    throw WeightsError(where, fmt::format("array {} must have face numbers and weights, got {}, {}",
                                          name, face_index.str(), barycentric.str()));
  const ArrayCheck check(where, barycentric.dtype());
  check.indices(name, face_index, face_index.shape(), 0, count);
  Shape three = face_index.shape();
  three.push_back(3);
  check.shape(fmt::format("{} (weights)", name), barycentric, three);
  const std::vector<std::int64_t> corner = faces.to_vector<std::int64_t>();
  std::vector<std::int64_t> corners;
  for (const std::int64_t f : face_index.to_vector<std::int64_t>())
    for (std::int64_t c = 0; c < 3; ++c)
      corners.push_back(corner[static_cast<std::size_t>(3 * f + c)]);
  return {from_vector(corners, three), barycentric};
}

SurfacePoints points_at_vertices(const std::vector<std::int64_t>& vertices, DType dtype) {
  std::vector<std::int64_t> corners;
  std::vector<float> weights;
  for (const std::int64_t v : vertices) {
    corners.insert(corners.end(), {v, v, v});
    weights.insert(weights.end(), {1, 0, 0});
  }
  const Shape shape{static_cast<std::int64_t>(vertices.size()), 3};
  return {from_vector(corners, shape), from_vector(weights, shape).to(dtype)};
}

}  // namespace dact::face
