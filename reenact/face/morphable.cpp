#include "reenact/face/morphable.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"

namespace dact::face {
namespace morphable_room {

// [V, 3, N] -> [3 V, N], row c V + v: coordinate by coordinate, so that the long axis of all that follows is V.
Tensor planar(const Tensor& basis) {
  const int order[] = {1, 0, 2};
  return basis.permuted(order).contiguous().reshaped({basis.size(0) * 3, basis.size(2)});
}

Tensor planar_points(const Tensor& points) {
  return points.transposed(0, 1).contiguous().reshaped({points.numel()});
}

// regressor [K, V] times x [V, 3, N] -> [K, 3, N]: v ascending in double, rounded once.
Tensor regress(const Tensor& regressor, const Tensor& x) {
  const std::int64_t joints = regressor.size(0), vertices = regressor.size(1),
                     columns = x.numel() / vertices;
  const std::vector<double> r = regressor.to(DType::f64).to_vector<double>(),
                            in = x.to(DType::f64).to_vector<double>();
  std::vector<double> out(static_cast<std::size_t>(joints * columns), 0);
  for (std::int64_t k = 0; k < joints; ++k) {
    for (std::int64_t v = 0; v < vertices; ++v) {
      const double w = r[static_cast<std::size_t>(k * vertices + v)];
      if (w == 0) continue;  // most are
      for (std::int64_t n = 0; n < columns; ++n)
        out[static_cast<std::size_t>(k * columns + n)] +=
            w * in[static_cast<std::size_t>(v * columns + n)];
    }
  }
  Shape shape = x.shape();
  shape[0] = joints;
  return from_vector(out, shape).to(x.dtype());
}

Tensor last_axis_joined(const Tensor& a, const Tensor& b) {
  return cat({Var(a), Var(b)}, -1).value();
}

// `params` completed: every field defined, one batch size, shapes checked.
MorphableParams complete(const MorphableModel& model, const MorphableParams& params) {
  std::int64_t batch = 1;
  for (const Var* field : {&params.camera, &params.pose, &params.expression, &params.shape})
    if (field->defined() && field->value().rank() == 2) batch = field->size(0);
  const auto field = [&](const char* name, const Var& x, std::int64_t size) {
    if (!x.defined()) return Var(zeros({batch, size}, model.dtype()));
    require_dtype("MorphableModel", name, x.value(), model.dtype());
    require_shape("MorphableModel", name, x.value(), {batch, size});
    return x;
  };
  return {field("shape", params.shape, model.identity_count()),
          field("expression", params.expression, model.expression_count()),
          field("pose", params.pose, 3 * model.joint_count()), params.camera};
}

// One joint of [B, K, 3, 3].
Var joint_rotation(const Var& rotations, std::int64_t k) {
  return reshape(slice(rotations, 1, k, k + 1), {rotations.size(0), 3, 3});
}

}  // namespace morphable_room

// The tables in the order that posed() reads them.
struct MorphableModel::Prepared {
  Var basis, origin;              // [3 V, I + E], [3 V]
  Var joint_basis, joint_origin;  // [3 K, I + E], [3 K]
  Var pose_basis;                 // [3 V, 9 (K - 1)] or absent
  Var weights;                    // [K, V]
  Var identity;                   // [3, 3]
  std::vector<std::int64_t> parents;
};

MorphableModel::MorphableModel(MorphableTables tables, std::string_view where)
    : tables_(std::move(tables)) {
  using namespace morphable_room;
  require_sound(tables_, where);
  const NoGrad no_grad;
  const Tensor basis = last_axis_joined(tables_.identity_basis, tables_.expression_basis);
  if (tables_.joint_regressor.defined()) {
    tables_.joint_template = regress(tables_.joint_regressor, tables_.v_template);
    tables_.joint_basis = regress(tables_.joint_regressor, basis);
  }
  auto p = std::make_shared<Prepared>();
  p->basis = Var(planar(basis));
  p->origin = Var(planar_points(tables_.v_template));
  p->joint_basis = Var(planar(tables_.joint_basis));
  p->joint_origin = Var(planar_points(tables_.joint_template));
  if (tables_.pose_basis.defined()) p->pose_basis = Var(planar(tables_.pose_basis));
  p->weights = Var(tables_.weights.transposed(0, 1).contiguous());
  p->identity = Var(from_vector(std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1}, {3, 3}).to(dtype()));
  p->parents = tables_.parents.to_vector<std::int64_t>();
  prepared_ = std::move(p);
}

MorphableModel MorphableModel::to(DType dtype) const {
  MorphableTables t = tables_;
  LandmarkPoints& l = t.landmarks;
  for (Tensor* x : {&t.v_template, &t.identity_basis, &t.expression_basis, &t.pose_basis,
                    &t.joint_regressor, &t.joint_template, &t.joint_basis, &t.weights,
                    &l.contour.weights, &l.fixed.weights, &l.full.weights})
    if (x->defined()) *x = x->to(dtype);
  return MorphableModel(std::move(t));
}

PosedHead MorphableModel::posed(const MorphableParams& params) const {
  using namespace morphable_room;
  const Prepared& p = *prepared_;
  const MorphableParams in = complete(*this, params);
  const std::int64_t batch = in.pose.size(0), v = vertex_count(), k = joint_count();
  const Var code = cat({in.shape, in.expression}, 1);
  const Var joints = reshape(linear(code, p.joint_basis, p.joint_origin), {batch, 3, k});
  const Var rotations = rodrigues(reshape(in.pose, {batch, k, 3}));
  Var flesh = linear(code, p.basis, p.origin);  // [B, 3 V]
  if (p.pose_basis.defined()) {
    const Var bend = sub(slice(rotations, 1, 1), p.identity);
    flesh = add(flesh, linear(reshape(bend, {batch, 9 * (k - 1)}), p.pose_basis));
  }

  Vars turn, shift,
      bones;  // G_k = [turn | shift]; bones: A_k as columns [B, 12, 1], entry 3 c + row
  for (std::int64_t j = 0; j < k; ++j) {
    const std::int64_t parent = p.parents[static_cast<std::size_t>(j)];
    const Var local = joint_rotation(rotations, j), at = slice(joints, 2, j, j + 1);
    if (parent < 0) {
      turn.push_back(local);
      shift.push_back(at);
    } else {
      const auto up = static_cast<std::size_t>(parent);
      const Var arm = sub(at, slice(joints, 2, parent, parent + 1));
      turn.push_back(matmul(turn[up], local));
      shift.push_back(add(matmul(turn[up], arm), shift[up]));
    }
    const Var from_rest = sub(shift.back(), matmul(turn.back(), at));
    bones.push_back(reshape(permute(cat({turn.back(), from_rest}, 2), {0, 2, 1}), {batch, 12, 1}));
  }

  const Var blend = reshape(matmul(reshape(cat(bones, 2), {batch * 12, k}), p.weights),
                            {batch, 4, 3, v});  // sum_k w_k A_k: column, row, vertex
  const Var turned =
      sum(mul(slice(blend, 1, 0, 3), reshape(flesh, {batch, 3, 1, v})), {1});  // [B, 3, V]
  const Var vertices = add(turned, reshape(slice(blend, 1, 3, 4), {batch, 3, v}));
  return {permute(vertices, {0, 2, 1}), permute(cat(shift, 2), {0, 2, 1}), rotations};
}

Var flame_pose(const Var& pose) {
  require_defined("flame_pose", "pose", pose.defined() ? pose.value() : Tensor());
  require_shape("flame_pose", "pose", pose.value(), {pose.size(0), 6});
  const Var still(zeros({pose.size(0), 3}, pose.dtype()));
  return cat({slice(pose, 1, 0, 3), still, slice(pose, 1, 3, 6), still, still}, 1);
}

MorphableParams head_motion(const MorphableParams& source, const MorphableParams& driver) {
  const Var& like = driver.pose.defined() ? driver.pose : driver.expression;
  Var shape = source.shape;
  if (shape.defined() && like.defined() && shape.size(0) == 1 && like.size(0) != 1)
    shape = expand(shape, {like.size(0), shape.size(1)});
  return {shape, driver.expression, driver.pose, driver.camera};
}

Var rodrigues(const Var& v) {
  require_float("rodrigues", "v", v.defined() ? v.value() : Tensor());
  if (v.value().rank() < 1 || v.size(-1) != 3)
    throw ShapeError("rodrigues",
                     "v must have 3 components on its last axis, got " + v.value().str());
  Shape matrix = v.shape(), one = v.shape();
  matrix.push_back(3);
  one[one.rank() - 1] = 1;
  one.push_back(1);
  const Var angle = norm_l2(add_scalar(v, 1e-8), {-1}, true);
  const Var n = div(v, angle);
  const auto part = [&](std::int64_t i) { return slice(n, -1, i, i + 1); };
  const Var x = part(0), y = part(1), z = part(2), o = mul_scalar(x, 0);
  const Var cross = reshape(cat({o, neg(z), y, z, o, neg(x), neg(y), x, o}, -1), matrix);
  const Var identity(
      from_vector(std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1}, {3, 3}).to(v.dtype()));
  const Var s = reshape(sin(angle), one), c = add_scalar(neg(reshape(cos(angle), one)), 1);
  return add(add(identity, mul(s, cross)), mul(c, matmul(cross, cross)));
}

Var project(const Var& points, const Var& camera) {
  require_float("project", "points", points.defined() ? points.value() : Tensor());
  require_defined("project", "camera", camera.defined() ? camera.value() : Tensor());
  require_rank("project", "points", points.value(), 3);
  const std::int64_t batch = points.size(0);
  require_shape("project", "points", points.value(), {batch, points.size(1), 3});
  require_shape("project", "camera", camera.value(), {batch, 3});
  const Var scale = reshape(slice(camera, 1, 0, 1), {batch, 1, 1});
  const Var shift = pad(slice(camera, 1, 1, 3), {0, 0}, {0, 1});  // (t_x, t_y, 0)
  const Var flip_down(from_vector(std::vector<float>{1, -1, -1}, {3}).to(points.dtype()));
  return mul(mul(scale, add(points, reshape(shift, {batch, 1, 3}))), flip_down);
}

Var to_pixels(const Var& projected, double size) {
  return add_scalar(mul_scalar(projected, size / 2), size / 2);
}

}  // namespace dact::face
