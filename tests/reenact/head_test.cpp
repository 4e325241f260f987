// The procedural head as a model: topology, slits, names, symmetry, landmarks, codes, the MorphableModel made of it.
#include "reenact/head/head.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "reenact/head/grid.hpp"
#include "reenact/head/morphable_head.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

using namespace dact;
using namespace dact::head;

namespace {

Vec3 minus(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
Vec3 area_of(const std::vector<Vec3>& p, const std::array<std::int32_t, 3>& t) {
  const Vec3 u = minus(p[static_cast<std::size_t>(t[1])], p[static_cast<std::size_t>(t[0])]),
             v = minus(p[static_cast<std::size_t>(t[2])], p[static_cast<std::size_t>(t[0])]);
  return {u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x};
}
Vec3 plus(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
float dot_of(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
Vec3 at(const std::vector<Vec3>& mesh, std::int32_t v) { return mesh[static_cast<std::size_t>(v)]; }

// The vertex on the other side of the face.
std::int32_t mirrored(std::int32_t v) {
  const Grid& g = grid();
  const auto flip_in = [&](const std::vector<std::int32_t>& from,
                           const std::vector<std::int32_t>& to, bool backwards) {
    for (std::size_t k = 0; k < from.size(); ++k)
      if (from[k] == v) return to[backwards ? to.size() - 1 - k : k];
    return -1;
  };
  if (v < Grid::apex()) {
    const int row = v / kColumns, column = v % kColumns;
    return Grid::at(row, column == kColumns - 1 ? column : 2 * (kHalfColumns - 1) - column);
  }
  if (v == Grid::apex()) return v;
  for (const std::size_t lid : {0u, 1u})
    for (const std::size_t side : {0u, 1u}) {
      const std::int32_t w = flip_in(g.eye_slit[side][lid], g.eye_slit[1 - side][lid], false);
      if (w >= 0) return w;
    }
  for (const std::size_t lip : {0u, 1u})
    for (const auto& row : g.bag[lip]) {
      const std::int32_t w = flip_in(row, row, true);
      if (w >= 0) return w;
    }
  return -1;  // rims
}

std::string digest_of_model(const HeadModel& model) {
  Sha256 sha;
  sha.update(model.mean.data(), model.mean.size() * sizeof(Vec3));
  const auto add = [&](const Direction& d) {
    sha.update(d.runs.data(), d.runs.size() * sizeof(Direction::Run));
    sha.update(d.offsets.data(), d.offsets.size() * sizeof(float));
  };
  for (const Direction& d : model.identity) add(d);
  for (const Direction& d : model.expression) add(d);
  sha.update(model.jaw_weight.data(), model.jaw_weight.size() * sizeof(float));
  sha.update(model.neck_weight.data(), model.neck_weight.size() * sizeof(float));
  sha.update(model.landmark_vertices.data(), sizeof model.landmark_vertices);
  return sha.finish();
}

// The lids' edges fold back into their rims by design.
constexpr std::size_t kWithoutRims = std::size_t{kSkinTriangles} - 8 * (kEyeSlit - 1);

}  // namespace

TEST_CASE("head: counts and a closed surface") {
  const HeadModel& model = head_model();
  CHECK(model.mean.size() == std::size_t{10598});
  CHECK(model.triangles.size() == std::size_t{20524 + 502});
  std::map<std::pair<std::int32_t, std::int32_t>, int> edges;  // directed
  for (const auto& t : model.triangles)
    for (std::size_t k = 0; k < 3; ++k) ++edges[{t[k], t[(k + 1) % 3]}];
  int border = 0;
  for (const auto& [edge, count] : edges) {
    REQUIRE(count == 1);  // else two triangles turn against each other there
    if (edges.count({edge.second, edge.first}) == 0) ++border;
  }
  // the neck's base and, of four lid rims, the inner edge and both ends
  CHECK(border == kColumns + 4 * (kEyeSlit - 1 + 2));
  std::set<std::int32_t> used;
  for (const auto& t : model.triangles) used.insert(t.begin(), t.end());
  CHECK(used.size() == model.mean.size());
}

TEST_CASE("head: no triangle of a neutral person is degenerate or turned over") {
  const HeadModel& model = head_model();
  float smallest = 1, steepest = 1;
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    const std::vector<Vec3> mesh = identity_mesh(model, draw_person(seed).identity);
    std::vector<Vec3> around(mesh.size());  // area vectors of the triangles around each vertex
    for (std::size_t i = 0; i < kWithoutRims; ++i)
      for (const std::int32_t v : model.triangles[i])
        around[static_cast<std::size_t>(v)] =
            plus(at(around, v), area_of(mesh, model.triangles[i]));
    for (std::size_t i = 0; i < kWithoutRims; ++i) {
      const auto& t = model.triangles[i];
      const Vec3 a = area_of(mesh, t),
                 n = plus(plus(at(around, t[0]), at(around, t[1])), at(around, t[2]));
      const float size = std::sqrt(dot_of(a, a));
      smallest = std::min(smallest, size);
      steepest = std::min(steepest, dot_of(a, n) / (size * std::sqrt(dot_of(n, n))));
    }
  }
  CAPTURE(smallest);
  CAPTURE(steepest);
  CHECK(smallest > 1e-4F);  // cm^2, twice the area; the grid's cells are about 0.06
  CHECK(steepest > 0);      // cosine to the surface around it
}

TEST_CASE("head: the mouth is closed exactly, whoever it is, and blinking lids meet") {
  const HeadModel& model = head_model();
  Direction blink[2] = {model.expression[static_cast<std::size_t>(expression_index("blink_L"))],
                        model.expression[static_cast<std::size_t>(expression_index("blink_R"))]};
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    CAPTURE(seed);
    const DrawnPerson drawn = draw_person(seed);
    const Person person(model, drawn.identity, drawn.appearance);
    std::vector<Vec3> mesh = identity_mesh(model, drawn.identity);
    for (std::size_t k = 0; k < model.mouth_slit[0].size(); ++k) {
      const Vec3 u = at(mesh, model.mouth_slit[0][k]), l = at(mesh, model.mouth_slit[1][k]);
      REQUIRE(u.x == l.x);
      REQUIRE(u.y == l.y);
      REQUIRE(u.z == l.z);
    }
    for (const std::size_t side : {0u, 1u}) {
      const auto& slit = model.eye_slit[side];
      for (std::size_t k = 1; k + 1 < slit[0].size(); ++k)
        REQUIRE(at(mesh, slit[0][k]).y > at(mesh, slit[1][k]).y + 0.05F);
      add_direction(blink[side], blink_gain(person)[side], &mesh.front().x);
      for (std::size_t k = 1; k + 1 < slit[0].size(); ++k)
        REQUIRE(at(mesh, slit[0][k]).y <= at(mesh, slit[1][k]).y);
    }
  }
}

TEST_CASE("head: directions have names") {
  std::set<std::string_view> names(identity_names().begin(), identity_names().end());
  names.insert(expression_names().begin(), expression_names().end());
  CHECK(names.size() == std::size_t{36 + 32});
  for (int i = 0; i < kIdentities; ++i)
    CHECK(identity_index(identity_names()[static_cast<std::size_t>(i)]) == i);
  for (int i = 0; i < kExpressions; ++i)
    CHECK(expression_index(expression_names()[static_cast<std::size_t>(i)]) == i);
  CHECK_THROWS_WITH_AS(expression_index("smirk"), doctest::Contains("smile_L, smile_R"),
                       UsageError);
  CHECK_THROWS_AS(identity_index(""), UsageError);
}

TEST_CASE("head: left mirrors right") {
  const HeadModel& model = head_model();
  for (std::int32_t v = 0; v < kHeadVertices; ++v) {
    const std::int32_t w = mirrored(v);
    if (w < 0) continue;
    const Vec3 p = at(model.mean, v), q = at(model.mean, w);
    REQUIRE(p.x == -q.x);
    REQUIRE(p.y == q.y);
    REQUIRE(p.z == q.z);
  }
  for (std::size_t k = 0; k < 9; ++k) {
    CAPTURE(expression_names()[2 * k]);
    std::vector<Vec3> left = model.mean, right = model.mean;
    add_direction(model.expression[2 * k], 1, &left.front().x);
    add_direction(model.expression[2 * k + 1], 1, &right.front().x);
    float worst = 0, most = 0;
    for (std::int32_t v = 0; v < kHeadVertices; ++v) {
      const std::int32_t w = mirrored(v);
      if (w < 0) continue;
      const Vec3 p = at(left, v), q = at(right, w);
      worst = std::max({worst, std::fabs(p.x + q.x), std::fabs(p.y - q.y), std::fabs(p.z - q.z)});
      most = std::max(most, std::fabs(p.y - at(model.mean, v).y));
    }
    CHECK(worst < 2e-6F);
    CHECK(most > 0.05F);
  }
}

TEST_CASE("head: landmarks are in iBUG order") {
  const HeadModel& model = head_model();
  std::array<Vec3, kLandmarks> l;
  for (std::size_t i = 0; i < l.size(); ++i) l[i] = at(model.mean, model.landmark_vertices[i]);
  constexpr int pairs[][2] = {{0, 16},  {4, 12},  {7, 9},   {17, 26}, {21, 22},
                              {31, 35}, {36, 45}, {39, 42}, {37, 44}, {41, 46},
                              {48, 54}, {49, 53}, {59, 55}, {60, 64}, {67, 65}};
  for (const auto& pair : pairs) {
    const Vec3 r = l[static_cast<std::size_t>(pair[0])], s = l[static_cast<std::size_t>(pair[1])];
    CAPTURE(pair[0]);
    CHECK(r.x < 0);
    CHECK(r.x == -s.x);
    CHECK(r.y == s.y);
  }
  for (std::size_t i = 0; i + 1 < 17; ++i) CHECK(l[i].x < l[i + 1].x);
  for (std::size_t i = 0; i < 68; ++i) CHECK(l[i].y >= l[8].y);
  for (std::size_t i = 17; i + 1 < 27; ++i) CHECK(l[i].x < l[i + 1].x);
  for (std::size_t i = 27; i < 30; ++i) CHECK(l[i].y > l[i + 1].y);
  for (std::size_t i = 31; i < 35; ++i) CHECK(l[i].x < l[i + 1].x);
  CHECK(l[37].y > l[41].y);  // upper above lower lid
  CHECK(l[51].y > l[62].y);  // upper lip: outer above inner edge
  CHECK(l[62].y == l[66].y);
  CHECK(l[66].y > l[57].y);
  std::set<std::int32_t> different(model.landmark_vertices.begin(), model.landmark_vertices.end());
  CHECK(different.size() == l.size());
}

TEST_CASE("head: people differ") {
  const HeadModel& model = head_model();
  double sum = 0, least = 1e9;
  int pairs = 0;
  for (std::uint64_t a = 0; a < 40; ++a)
    for (std::uint64_t b = 0; b < a; ++b, ++pairs) {
      const double d = landmark_distance(model, draw_person(a).identity, draw_person(b).identity);
      sum += d;
      least = std::min(least, d);
    }
  CAPTURE(sum / pairs);
  CAPTURE(least);
  CHECK(sum / pairs > 0.3);
  CHECK(least > 0.1);
  CHECK(landmark_distance(model, draw_person(7).identity, draw_person(7).identity) == 0);
}

TEST_CASE("head: codes are orthonormal and lead back") {
  const HeadModel& model = head_model();
  const Identity weights = draw_person(5).identity;
  const Identity codes = orthonormal_codes(model, weights), back = weights_of_codes(model, codes);
  const std::vector<Vec3> mesh = identity_mesh(model, weights);
  double moved = 0, length = 0;
  for (std::size_t i = 0; i < mesh.size(); ++i) {
    const Vec3 d = minus(mesh[i], model.mean[i]);
    moved += static_cast<double>(dot_of(d, d)) / static_cast<double>(mesh.size());
  }
  for (std::size_t k = 0; k < codes.size(); ++k) {
    length += static_cast<double>(codes[k]) * static_cast<double>(codes[k]);
    CHECK(back[k] == doctest::Approx(static_cast<double>(weights[k])).epsilon(1e-4));
  }
  CHECK(moved == doctest::Approx(length).epsilon(1e-4));
  CHECK(moved > 0.05);
}

TEST_CASE("head: as a MorphableModel its landmarks are those of the posed head") {
  const HeadModel& model = head_model();
  const face::MorphableModel morphable = to_morphable(model);
  PosedHead posed;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const DrawnPerson drawn = draw_person(seed);
    const auto person = std::make_shared<const Person>(model, drawn.identity, drawn.appearance);
    Pose pose;
    pose.yaw = static_cast<float>(seed) * 15 - 40;
    pose.pitch = 20 - static_cast<float>(seed) * 8;
    pose.roll = 10;
    pose.jaw = static_cast<float>(seed) * 4;
    pose.gaze_x = 12;
    for (std::size_t k = seed; k < pose.expression.size(); k += 5) pose.expression[k] = 0.8F;
    pose_head(person, pose, posed);
    const face::PosedHead head = morphable.posed(morphable_params(*person, pose));
    const auto got = morphable.landmarks(head).value().to_vector<float>();
    float worst = 0;
    for (std::size_t i = 0; i < posed.landmarks.size(); ++i) {
      const Vec3 p = posed.landmarks[i];
      worst = std::max({worst, std::fabs(p.x - got[3 * i]), std::fabs(p.y - got[3 * i + 1]),
                        std::fabs(p.z - got[3 * i + 2])});
    }
    CAPTURE(seed);
    CHECK(worst < 1e-4F);
  }
}

TEST_CASE("head: joints of the mean are where the recipe has them") {
  const HeadModel& model = head_model();
  const Vec3 want[] = {
      {0, -16, -2.5F}, {0, -9, -2.5F}, {0, -1.6F, 0.6F}, {3.28F, 0, 5.676F}, {-3.28F, 0, 5.676F}};
  for (std::size_t k = 0; k < model.joints.size(); ++k) {
    const Vec3 d = minus(point_of(model.joints[k], model.mean), want[k]);
    CHECK(dot_of(d, d) < 1e-9F);
  }
}

TEST_CASE("head: the model has the same bits for any number of threads") {
  const int before = thread_count();
  set_thread_count(1);
  const std::string alone = digest_of_model(HeadModel());
  set_thread_count(2);
  CHECK(digest_of_model(HeadModel()) == alone);
  CHECK(digest_of_model(head_model()) == alone);
  set_thread_count(before);
  CHECK(alone == "84405069817b3ad5b0ae43fd78ebdc1fd58b47ba1648699a4e1f610fdd1e358b");
}

TEST_CASE("head: identity weights outside their range are refused") {
  Identity identity{};
  identity[3] = 5;
  CHECK_THROWS_WITH_AS(identity_mesh(head_model(), identity),
                       "identity_mesh: crown_w must lie in [-4, 4], got 5", UsageError);
  identity[3] = std::nanf("");
  CHECK_THROWS_AS(identity_mesh(head_model(), identity), UsageError);
}
