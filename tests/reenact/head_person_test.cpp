// People and their moments: what leaks, what follows the pose, what every part carries.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "reenact/head/head.hpp"
#include "reenact/render/raster.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

using namespace dact;
using namespace dact::head;
using render::Part;

namespace {

using PersonPtr = std::shared_ptr<const Person>;

PersonPtr person_of(const Identity& identity, const Appearance& look) {
  return std::make_shared<const Person>(head_model(), identity, look);
}
PersonPtr random_person(std::uint64_t seed) {
  const DrawnPerson drawn = draw_person(seed);
  Appearance bare = drawn.appearance;  // nothing before the face
  bare.hair = HairStyle::bald;
  bare.glasses = Glasses::none;
  bare.hat = Hat::none;
  return person_of(drawn.identity, bare);
}

float& weight(Pose& pose, std::string_view name) {
  return pose.expression[static_cast<std::size_t>(expression_index(name))];
}

// Pixels of each part, 256 x 256, one sample per pixel.
std::array<int, render::kPartCount> pixels_of(const render::Mesh& mesh) {
  render::View view;
  view.scale = 256 / 30.5F;
  view.x0 = 128;
  view.y0 = 128 - 0.5F * view.scale;
  render::DrawRules rules;
  rules.faces.fill(render::Faces::both);
  rules.behind[static_cast<std::size_t>(Part::eye_left)] = 0.1F;
  rules.behind[static_cast<std::size_t>(Part::eye_right)] = 0.1F;
  render::Points points;
  render::project(mesh.position, view, points);
  render::Samples samples;
  samples.reset(256, 0, 256);
  render::rasterise(mesh, points, rules, samples);
  std::array<int, render::kPartCount> count{};
  for (const std::int32_t t : samples.triangle)
    if (t >= 0) ++count[static_cast<std::size_t>(mesh.part[static_cast<std::size_t>(t)])];
  return count;
}
int of(const std::array<int, render::kPartCount>& count, Part part) {
  return count[static_cast<std::size_t>(part)];
}
int inner_mouth(const std::array<int, render::kPartCount>& count) {
  return of(count, Part::mouth_bag) + of(count, Part::teeth_upper) + of(count, Part::teeth_lower) +
         of(count, Part::tongue);
}
int eyes(const std::array<int, render::kPartCount>& count) {
  return of(count, Part::eye_left) + of(count, Part::eye_right);
}

std::string digest_of(const PosedHead& head) {
  Sha256 sha;
  const auto add = [&](const std::vector<Vec3>& v) {
    sha.update(v.data(), v.size() * sizeof(Vec3));
  };
  add(head.mesh.position);
  add(head.mesh.normal);
  add(head.mesh.coord);
  add(head.mesh.rest);
  sha.update(head.mesh.occlusion.data(), head.mesh.occlusion.size() * sizeof(float));
  sha.update(head.mesh.triangles.data(),
             head.mesh.triangles.size() * sizeof(head.mesh.triangles[0]));
  sha.update(head.landmarks.data(), sizeof head.landmarks);
  return sha.finish();
}

Pose busy_pose() {
  Pose pose;
  pose.yaw = 25;
  pose.pitch = -8;
  pose.roll = 5;
  pose.jaw = 12;
  pose.gaze_x = 14;
  pose.gaze_y = -6;
  for (std::size_t k = 0; k < pose.expression.size(); k += 3) pose.expression[k] = 0.5F;
  return pose;
}

Vec3 minus(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
double distance(Vec3 a, Vec3 b) {
  const Vec3 d = minus(a, b);
  return std::sqrt(static_cast<double>(d.x * d.x + d.y * d.y + d.z * d.z));
}

}  // namespace

TEST_CASE("head: nothing leaks: closed mouth, shut eyes, open mouth, open eyes of 80 people") {
  PosedHead head;
  int least_eyes = 1 << 20, least_mouth = 1 << 20;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    CAPTURE(seed);
    const PersonPtr person = random_person(seed);
    Pose pose;
    pose.yaw = static_cast<float>(seed * 37 % 61) - 30;
    pose_head(person, pose, head);
    const auto neutral = pixels_of(head.mesh);
    CHECK(inner_mouth(neutral) <= 1);
    least_eyes = std::min(least_eyes, eyes(neutral));
    weight(pose, "blink_L") = weight(pose, "blink_R") = 1;
    pose_head(person, pose, head);
    CHECK(eyes(pixels_of(head.mesh)) <= 10);
    pose.jaw = 20;
    pose_head(person, pose, head);
    least_mouth = std::min(least_mouth, inner_mouth(pixels_of(head.mesh)));
  }
  CAPTURE(least_eyes);
  CAPTURE(least_mouth);
  CHECK(least_eyes >= 200);
  CHECK(least_mouth >= 500);
}

TEST_CASE(
    "head: the mouth's inside shows where lips part, eyes are covered by blinks and squints") {
  const std::array<std::string_view, 5> parting = {"sneer_L", "sneer_R", "upper_lip_raise",
                                                   "lower_lip_down", "funnel"};
  PosedHead head;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const PersonPtr person = random_person(seed);
    for (const std::string_view name : expression_names()) {
      CAPTURE(seed);
      CAPTURE(std::string(name));
      Pose pose;
      pose.yaw = static_cast<float>(seed * 37 % 61) - 30;
      pose_head(person, pose, head);
      const int open = eyes(pixels_of(head.mesh));
      weight(pose, name) = 1;
      pose_head(person, pose, head);
      const auto count = pixels_of(head.mesh);
      const bool parts = std::find(parting.begin(), parting.end(), name) != parting.end();
      CHECK((parts ? inner_mouth(count) >= 30 : inner_mouth(count) == 0));
      const bool covers = name.starts_with("blink") || name.starts_with("squint");
      CHECK((covers ? eyes(count) < 0.9 * open : eyes(count) > 0.95 * open));
    }
  }
}

TEST_CASE(
    "head: every style holds together: finite, unit normals, whole triangles, parts as asked") {
  PosedHead head;
  for (int hair = 0; hair < 12; ++hair) {
    for (int hat = 0; hat < 3; ++hat) {
      Appearance look;
      look.hair = static_cast<HairStyle>(hair);
      look.hat = static_cast<Hat>(hat);
      look.glasses = static_cast<Glasses>((hair + hat) % 4);
      look.neckline = static_cast<Neckline>((hair + 2 * hat) % 5);
      look.seed = static_cast<std::uint64_t>(31 * hair + hat);
      CAPTURE(hair);
      CAPTURE(hat);
      pose_head(person_of(draw_person(look.seed).identity, look), busy_pose(), head);
      const render::Mesh& mesh = head.mesh;
      const std::size_t n = mesh.position.size();
      REQUIRE(mesh.normal.size() == n);
      REQUIRE(mesh.coord.size() == n);
      REQUIRE(mesh.rest.size() == n);
      REQUIRE(mesh.occlusion.size() == n);
      REQUIRE(mesh.part.size() == mesh.triangles.size());
      float furthest = 0, worst_normal = 0, dark = 1, bright = 1;
      for (std::size_t i = 0; i < n; ++i) {
        furthest =
            std::max(furthest, std::fabs(mesh.position[i].x) + std::fabs(mesh.position[i].y) +
                                   std::fabs(mesh.position[i].z));
        worst_normal =
            std::max(worst_normal, std::fabs(static_cast<float>(distance(mesh.normal[i], {})) - 1));
        dark = std::min(dark, mesh.occlusion[i]);
        bright = std::max(bright, mesh.occlusion[i]);
      }
      CHECK(furthest < 75);
      CHECK(worst_normal < 1e-3F);
      CHECK(dark > 0.05F);
      CHECK(bright <= 1.12F);
      std::array<int, render::kPartCount> triangles{};
      for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
        ++triangles[static_cast<std::size_t>(mesh.part[t])];
        for (const std::int32_t v : mesh.triangles[t]) REQUIRE(static_cast<std::size_t>(v) < n);
      }
      CHECK((of(triangles, Part::hair) > 0) == (look.hair != HairStyle::bald));
      CHECK((of(triangles, Part::hat) > 0) == (look.hat != Hat::none));
      CHECK((of(triangles, Part::glasses) > 0) == (look.glasses != Glasses::none));
      CHECK((of(triangles, Part::lens) > 0) == (look.glasses == Glasses::sun));
      CHECK((of(triangles, Part::collar) > 0) ==
            (look.neckline == Neckline::shirt || look.neckline == Neckline::turtle));
    }
  }
}

TEST_CASE("head: a reused PosedHead gives the bits of a fresh one, after any person and pose") {
  const PersonPtr a = random_person(1), b = random_person(2);
  PosedHead reused, fresh, other;
  pose_head(a, busy_pose(), reused);
  pose_head(b, busy_pose(), reused);
  pose_head(a, Pose{}, reused);
  pose_head(a, Pose{}, fresh);
  CHECK(digest_of(reused) == digest_of(fresh));
  pose_head(b, Pose{}, other);
  CHECK(digest_of(other) != digest_of(fresh));
}

TEST_CASE("head: people and poses have the same bits for any number of threads") {
  const int before = thread_count();
  std::string digests[2];
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    std::array<PosedHead, 4> heads;
    parallel_for(4, [&](std::int64_t i) {
      const DrawnPerson drawn = draw_person(static_cast<std::uint64_t>(40 + i));
      pose_head(person_of(drawn.identity, drawn.appearance), busy_pose(),
                heads[static_cast<std::size_t>(i)]);
    });
    for (const PosedHead& head : heads) digests[threads - 1] += digest_of(head);
  }
  set_thread_count(before);
  CHECK(digests[0] == digests[1]);
  CHECK(sha256(digests[0]) == "cd6b647f84921e23a96c0bb574f853bb0a0b85f5b36196641d55fd96e3315452");
}

TEST_CASE("head: poses turn, look and open as they say") {
  const PersonPtr person = person_of({}, {});
  PosedHead rest, head;
  pose_head(person, {}, rest);
  CHECK(rest.gaze.z == 1);
  Pose pose;
  pose.yaw = 30;
  pose_head(person, pose, head);
  CHECK(head.landmarks[30].x > rest.landmarks[30].x + 3);  // the nose's tip to the subject's left
  CHECK(head.gaze.x == doctest::Approx(0.5));
  pose = {};
  pose.pitch = 20;
  pose_head(person, pose, head);
  CHECK(head.landmarks[30].y < rest.landmarks[30].y - 2);
  pose = {};
  pose.jaw = 20;
  pose_head(person, pose, head);
  CHECK(head.landmarks[8].y < rest.landmarks[8].y - 1.5F);
  CHECK(distance(head.landmarks[30], rest.landmarks[30]) < 1e-6);
  CHECK(distance(head.landmarks[62], head.landmarks[66]) > 2);
  pose = {};
  pose.gaze_x = 20;
  pose.gaze_y = 10;
  pose_head(person, pose, head);
  CHECK(head.iris_centre[0].x > rest.iris_centre[0].x + 0.5F);
  CHECK(head.iris_centre[0].y > rest.iris_centre[0].y + 0.2F);
  CHECK(distance(head.iris_centre[1], head.eye_centre[1]) ==
        doctest::Approx(distance(rest.iris_centre[1], rest.eye_centre[1])).epsilon(1e-4));
  // the spot of the ball that the gaze points to is looked up at the pupil
  double nearest = 1e9, pupil = 0;
  for (std::size_t t = 0; t < head.mesh.triangles.size(); ++t) {
    if (head.mesh.part[t] != Part::eye_left) continue;
    const auto v = static_cast<std::size_t>(head.mesh.triangles[t][0]);
    const double d = distance(head.mesh.position[v], head.iris_centre[0]);
    if (d < nearest) {
      nearest = d;
      pupil = static_cast<double>(head.mesh.rest[v].z);
    }
  }
  CHECK(nearest < 0.3);
  CHECK(pupil > 0.98);
}

TEST_CASE("head: an eye knows where its lids are") {
  const PersonPtr person = person_of({}, {});
  PosedHead head;
  Pose pose;
  const auto middle_of_left_eye = [&] {
    for (std::size_t t = 0; t < head.mesh.triangles.size(); ++t)
      if (head.mesh.part[t] == Part::eye_left)
        return head.mesh.coord[static_cast<std::size_t>(head.mesh.triangles[t][0])];
    return Vec3{};
  };
  pose_head(person, pose, head);
  CHECK(middle_of_left_eye().y > 0.3F);
  CHECK(middle_of_left_eye().z > 0.3F);
  weight(pose, "blink_L") = 1;
  pose_head(person, pose, head);
  CHECK(middle_of_left_eye().y < 0);
}

TEST_CASE("head: lids go along with the eyes") {
  Pose down;
  down.gaze_y = -15;
  Pose lowered = with_lids(down);
  CHECK(weight(lowered, "blink_L") == doctest::Approx(0.375));
  Pose up;
  up.gaze_y = 12;
  Pose raised = with_lids(up);
  CHECK(weight(raised, "eye_wide_R") == doctest::Approx(0.4));
  CHECK(weight(raised, "blink_R") == 0);
}

TEST_CASE("head: poses outside their range are refused by name") {
  const PersonPtr person = person_of({}, {});
  PosedHead head;
  Pose pose;
  pose.jaw = 40;
  CHECK_THROWS_WITH_AS(pose_head(person, pose, head), "pose_head: jaw must lie in [0, 30], got 40",
                       UsageError);
  pose = {};
  weight(pose, "pucker") = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(pose_head(person, pose, head),
                       doctest::Contains("pucker must lie in [-1, 2]"), UsageError);
}
