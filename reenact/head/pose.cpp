// One moment of a person: expression, jaw, normals, eyes, then the neck (heads_pilot recipe, section 6).
#include <fmt/format.h>

#include "reenact/head/grid.hpp"
#include "reenact/head/head.hpp"
#include "reenact/head/parts.hpp"
#include "tensor/error.hpp"
#include "tensor/math_bits.hpp"

namespace dact::head {
namespace {

struct Turn {
  float m[9];
  float shift[3];

  Vec3 point(Vec3 p) const {
    return {m[0] * p.x + m[1] * p.y + m[2] * p.z + shift[0],
            m[3] * p.x + m[4] * p.y + m[5] * p.z + shift[1],
            m[6] * p.x + m[7] * p.y + m[8] * p.z + shift[2]};
  }
  Vec3 direction(Vec3 p) const {
    return {m[0] * p.x + m[1] * p.y + m[2] * p.z, m[3] * p.x + m[4] * p.y + m[5] * p.z,
            m[6] * p.x + m[7] * p.y + m[8] * p.z};
  }
};

// p -> R (p - pivot) + pivot + offset
Turn turn_about(const Matrix& r, Point pivot, Point offset = {}) {
  const Point s = pivot - rotate(r, pivot) + offset;
  Turn t{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) t.m[3 * i + j] = static_cast<float>(r[i][j]);
  t.shift[0] = static_cast<float>(s.x);
  t.shift[1] = static_cast<float>(s.y);
  t.shift[2] = static_cast<float>(s.z);
  return t;
}

Turn neck_turn(const PersonParts& parts, const Pose& pose, float share) {
  const double w = double{share};
  return turn_about(
      yaw_pitch_roll(w * double{pose.yaw}, w * double{pose.pitch}, w * double{pose.roll}),
      parts.joints[1]);
}

void begin(const std::shared_ptr<const Person>& person, PosedHead& head) {
  const render::Mesh& rest = person->rest();
  if (head.person != person) {
    head.mesh = rest;
    head.local_position = rest.position;
    head.local_normal = rest.normal;
    head.area.assign(std::size_t{kHeadVertices} + kBagCopies, {});
    head.person = person;
    return;
  }
  for (const std::int32_t v : person->model().moving_vertices)
    head.local_position[static_cast<std::size_t>(v)] = rest.position[static_cast<std::size_t>(v)];
}

void add_expression(const Person& person, const Pose& pose, PosedHead& head) {
  static const auto blink = static_cast<std::size_t>(expression_index("blink_L"));
  const HeadModel& model = person.model();
  for (std::size_t k = 0; k < pose.expression.size(); ++k) {
    float w = pose.expression[k];
    if (k == blink || k == blink + 1) w *= person.parts().blink_gain[k - blink];
    if (w != 0) add_direction(model.expression[k], w, &head.local_position.front().x);
  }
}

// Linear blend: p + w (R (p - pivot) + pivot - p)
void open_jaw(const Person& person, const Pose& pose, PosedHead& head) {
  static const auto left = static_cast<std::size_t>(expression_index("jaw_left")),
                    forward = static_cast<std::size_t>(expression_index("jaw_forward"));
  const PersonParts& parts = person.parts();
  const Matrix r = yaw_pitch_roll(0, double{pose.jaw}, 0);
  const Turn turn = turn_about(r, parts.joints[2]);
  const HeadModel& model = person.model();
  if (pose.jaw != 0) {
    for (const std::int32_t i : model.moving_vertices) {
      if (i >= kHeadVertices) break;
      const auto v = static_cast<std::size_t>(i);
      const float w = model.jaw_weight[v];
      if (w == 0) continue;
      Vec3& p = head.local_position[v];
      const Vec3 q = turn.point(p);
      p = {p.x + w * (q.x - p.x), p.y + w * (q.y - p.y), p.z + w * (q.z - p.z)};
    }
  }
  // Teeth and tongue go with the bone: what the skin's directions do, as an offset.
  const Point slide{.7 * double{pose.expression[left]}, 0, .6 * double{pose.expression[forward]}};
  const Turn bone = turn_about(r, parts.joints[2], slide);
  for (const Block& block : parts.blocks) {
    if (!block.motion.jaw) continue;
    for (std::int32_t i = block.first; i < block.first + block.count; ++i) {
      const auto v = static_cast<std::size_t>(i);
      head.local_position[v] = bone.point(person.rest().position[v]);
      head.local_normal[v] = bone.direction(person.rest().normal[v]);
    }
  }
}

void copy_lips(const HeadModel& model, PosedHead& head) {
  std::size_t to = std::size_t{kHeadVertices};
  for (const auto& slit : model.mouth_slit)
    for (const std::int32_t v : slit)
      head.local_position[to++] = head.local_position[static_cast<std::size_t>(v)];
}

// Area vectors summed over the triangles around each vertex, in the triangles' order.
void renew_normals(const HeadModel& model, PosedHead& head) {
  std::vector<Vec3>& area = head.area;
  for (Vec3& a : area) a = {};
  const Vec3* p = head.local_position.data();
  for (const auto& t : model.moving_triangles) {
    const auto i = static_cast<std::size_t>(t[0]), j = static_cast<std::size_t>(t[1]),
               k = static_cast<std::size_t>(t[2]);
    const float ux = p[j].x - p[i].x, uy = p[j].y - p[i].y, uz = p[j].z - p[i].z;
    const float vx = p[k].x - p[i].x, vy = p[k].y - p[i].y, vz = p[k].z - p[i].z;
    const float x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    for (const std::size_t corner : {i, j, k}) {
      area[corner].x += x;
      area[corner].y += y;
      area[corner].z += z;
    }
  }
  for (const std::int32_t v : model.moving_vertices) {
    const Vec3 a = area[static_cast<std::size_t>(v)];
    const float squares = a.x * a.x + a.y * a.y + a.z * a.z;
    if (!(squares > 0)) continue;
    const float s = 1 / math::sqrt(squares);
    head.local_normal[static_cast<std::size_t>(v)] = {a.x * s, a.y * s, a.z * s};
  }
}

float lid_height(const PosedHead& head, const std::vector<std::int32_t>& lid, std::int32_t k,
                 float part) {
  const auto at = static_cast<std::size_t>(k);
  const float from = head.local_position[static_cast<std::size_t>(lid[at])].y,
              to = head.local_position[static_cast<std::size_t>(lid[at + 1])].y;
  return from + (to - from) * part;
}

// The ball does not turn; what turns is where on it the iris is looked up. Behind shut lids it draws back, so that it
// stays under them also where they are thin.
void look(const Person& person, const Pose& pose, PosedHead& head) {
  static const auto blink = static_cast<std::size_t>(expression_index("blink_L"));
  const Matrix gaze = yaw_pitch_roll(double{pose.gaze_x}, -double{pose.gaze_y}, 0);
  Matrix back{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) back[i][j] = gaze[j][i];
  const Turn turn = turn_about(back, {});
  for (std::size_t side = 0; side < 2; ++side) {
    const Eye& eye = person.parts().eyes[side];
    const auto& slit = person.model().eye_slit[side];
    const auto deeper =
        static_cast<float>(.25 * smooth(.4, 1, double{pose.expression[blink + side]}));
    for (std::int32_t i = 0; i < eye.count; ++i) {
      const auto k = static_cast<std::size_t>(i), v = static_cast<std::size_t>(eye.first) + k;
      head.mesh.rest[v] = turn.direction(
          {eye.direction[3 * k], eye.direction[3 * k + 1], eye.direction[3 * k + 2]});
      Vec3& p = head.local_position[v];
      p.z = person.rest().position[v].z - deeper;
      head.mesh.coord[v].y = lid_height(head, slit[0], eye.lid[k], eye.part[k]) - p.y;
      head.mesh.coord[v].z = p.y - lid_height(head, slit[1], eye.lid[k], eye.part[k]);
    }
  }
}

void turn_neck(const Person& person, const Pose& pose, PosedHead& head) {
  const PersonParts& parts = person.parts();
  float share = -1;
  Turn turn{};
  for (const Block& block : parts.blocks) {
    if (block.motion.neck == 0) continue;  // as at rest
    if (block.motion.neck != share) turn = neck_turn(parts, pose, share = block.motion.neck);
    for (std::int32_t i = block.first; i < block.first + block.count; ++i) {
      const auto v = static_cast<std::size_t>(i);
      head.mesh.position[v] = turn.point(head.local_position[v]);
      head.mesh.normal[v] = turn.direction(head.local_normal[v]);
    }
  }
}

void tell_truth(const Person& person, const Pose& pose, PosedHead& head) {
  const PersonParts& parts = person.parts();
  for (std::size_t k = 0; k < head.landmarks.size(); ++k)
    head.landmarks[k] =
        head.mesh.position[static_cast<std::size_t>(person.model().landmark_vertices[k])];
  const Turn turn = neck_turn(parts, pose, 1);
  const Point ahead =
      rotate(yaw_pitch_roll(double{pose.gaze_x}, -double{pose.gaze_y}, 0), {0, 0, 1});
  head.gaze = turn.direction(vec_from(ahead));
  for (std::size_t side = 0; side < 2; ++side) {
    const Eye& eye = parts.eyes[side];
    head.eye_centre[side] = turn.point(vec_from(eye.centre));
    const Vec3 front = person.rest().position[static_cast<std::size_t>(eye.first)];
    const double radius = double{front.z} - eye.centre.z;
    head.iris_centre[side] = turn.point(vec_from(eye.centre + ahead * radius));
  }
}

void require_within(const char* name, float value, float low, float high) {
  if (!(value >= low && value <= high))
    throw UsageError("pose_head",
                     fmt::format("{} must lie in [{}, {}], got {}", name, low, high, value));
}

}  // namespace

void require_pose(const Pose& pose) {
  require_within("yaw", pose.yaw, -90, 90);
  require_within("pitch", pose.pitch, -90, 90);
  require_within("roll", pose.roll, -90, 90);
  require_within("jaw", pose.jaw, 0, 30);
  require_within("gaze_x", pose.gaze_x, -45, 45);
  require_within("gaze_y", pose.gaze_y, -45, 45);
  for (std::size_t k = 0; k < pose.expression.size(); ++k)
    require_within(std::string(expression_names()[k]).c_str(), pose.expression[k], -1, 2);
}

void pose_head(const std::shared_ptr<const Person>& person, const Pose& pose, PosedHead& head) {
  require_pose(pose);
  begin(person, head);
  add_expression(*person, pose, head);
  open_jaw(*person, pose, head);
  copy_lips(person->model(), head);
  renew_normals(person->model(), head);
  look(*person, pose, head);
  turn_neck(*person, pose, head);
  tell_truth(*person, pose, head);
}

Pose with_lids(Pose pose) {
  static const auto blink = static_cast<std::size_t>(expression_index("blink_L")),
                    wide = static_cast<std::size_t>(expression_index("eye_wide_L"));
  const float down = pose.gaze_y < 0 ? -pose.gaze_y / 40 : 0,
              up = pose.gaze_y > 0 ? pose.gaze_y / 30 : 0;
  const float shut = down < 0.5F ? down : 0.5F, open = up < 0.6F ? up : 0.6F;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    float& b = pose.expression[blink + side];
    b = b > shut ? b : shut;
    float& w = pose.expression[wide + side];
    w = w > open * (1 - b) ? w : open * (1 - b);
  }
  return pose;
}

}  // namespace dact::head
