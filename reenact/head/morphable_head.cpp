#include "reenact/head/morphable_head.hpp"

#include "reenact/head/formula.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/math_bits.hpp"

namespace dact::head {
namespace {

template <std::size_t N>
Tensor basis_of(const std::array<Direction, N>& directions, float scale) {
  Tensor basis = zeros({kHeadVertices, 3, static_cast<std::int64_t>(N)});
  float* b = basis.mutate<float>();
  for (std::size_t k = 0; k < N; ++k) {
    std::size_t from = 0;
    for (const Direction::Run& run : directions[k].runs)
      for (std::size_t i = 0; i < 3 * static_cast<std::size_t>(run.count); ++i)
        b[(3 * static_cast<std::size_t>(run.first) + i) * N + k] =
            scale * directions[k].offsets[from++];
  }
  return basis;
}

Tensor template_of(const HeadModel& model, float scale) {
  Tensor t = zeros({kHeadVertices, 3});
  float* p = t.mutate<float>();
  for (const Vec3& v : model.mean)
    for (const float x : {v.x, v.y, v.z}) *p++ = scale * x;
  return t;
}

Tensor regressor_of(const HeadModel& model) {
  Tensor t = zeros({kJoints, kHeadVertices});
  float* r = t.mutate<float>();
  for (std::size_t k = 0; k < model.joints.size(); ++k)
    for (const PointRule::Term& term : model.joints[k].terms)
      r[k * kHeadVertices + static_cast<std::size_t>(term.vertex)] += term.weight;
  return t;
}

// Root, neck, jaw share a vertex; the eyes have no skin of their own.
Tensor weights_of(const HeadModel& model) {
  Tensor t = zeros({kHeadVertices, kJoints});
  float* w = t.mutate<float>();
  for (std::size_t i = 0; i < model.mean.size(); ++i, w += kJoints) {
    const float jaw = model.jaw_weight[i] * model.neck_weight[i];
    w[0] = 1 - model.neck_weight[i];
    w[1] = model.neck_weight[i] - jaw;
    w[2] = jaw;
  }
  return t;
}

Tensor faces_of(const HeadModel& model) {
  std::vector<std::int64_t> v;
  for (const auto& t : model.triangles) v.insert(v.end(), t.begin(), t.end());
  return from_vector<std::int64_t>(v, {static_cast<std::int64_t>(model.triangles.size()), 3});
}

// Axis times angle of a rotation; turns by less than half a circle.
Point axis_angle(const Matrix& r) {
  const Point twice{r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]};  // 2 sin(angle) axis
  const double s = length(twice), c = r[0][0] + r[1][1] + r[2][2] - 1;         // 2 cos(angle)
  if (!(s > 0)) return {};
  return twice * (hostmath::atan2(s, c) / s);
}

}  // namespace

face::MorphableModel to_morphable(const HeadModel& model, double unit) {
  const auto scale = static_cast<float>(1 / unit);
  face::MorphableTables tables;
  tables.v_template = template_of(model, scale);
  tables.identity_basis = basis_of(model.identity, scale);
  tables.expression_basis = basis_of(model.expression, scale);
  tables.joint_regressor = regressor_of(model);
  tables.weights = weights_of(model);
  tables.parents = from_vector<std::int64_t>({-1, 0, 1, 1, 1}, {kJoints});
  tables.faces = faces_of(model);
  const std::vector<std::int64_t> marked(model.landmark_vertices.begin(),
                                         model.landmark_vertices.end());
  tables.landmarks.fixed = face::points_at_vertices(marked);
  return face::MorphableModel(std::move(tables), "to_morphable");
}

face::MorphableParams morphable_params(const Person& person, const Pose& pose) {
  require_pose(pose);
  static const auto blink = static_cast<std::size_t>(expression_index("blink_L"));
  std::vector<float> shape(person.identity().begin(), person.identity().end());
  std::vector<float> expression(pose.expression.begin(), pose.expression.end());
  const std::array<float, 2> gain = blink_gain(person);
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
    expression[blink + side] *= gain[side];
  const Matrix turns[kJoints] = {
      yaw_pitch_roll(0, 0, 0),
      yaw_pitch_roll(double{pose.yaw}, double{pose.pitch}, double{pose.roll}),
      yaw_pitch_roll(0, double{pose.jaw}, 0),
      yaw_pitch_roll(double{pose.gaze_x}, -double{pose.gaze_y}, 0),
      yaw_pitch_roll(double{pose.gaze_x}, -double{pose.gaze_y}, 0)};
  std::vector<float> angles;
  for (const Matrix& turn : turns) {
    const Vec3 v = vec_from(axis_angle(turn));
    angles.insert(angles.end(), {v.x, v.y, v.z});
  }
  face::MorphableParams params;
  params.shape = Var(from_vector<float>(shape, {1, kIdentities}));
  params.expression = Var(from_vector<float>(expression, {1, kExpressions}));
  params.pose = Var(from_vector<float>(angles, {1, 3 * kJoints}));
  return params;
}

}  // namespace dact::head
