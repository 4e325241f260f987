// The rasteriser: which sample sees which triangle. The picture of a head: what its ground truth says, and that its bits
// depend on nothing but the arguments.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "reenact/head/head.hpp"
#include "reenact/render/raster.hpp"
#include "reenact/render/render_head.hpp"
#include "tensor/digest.hpp"
#include "tensor/error.hpp"
#include "tensor/isa.hpp"
#include "tensor/parallel.hpp"
#include "tensor/random.hpp"

using namespace dact;
using namespace dact::render;

namespace {

using Triangle = std::array<std::int32_t, 3>;

Mesh mesh_of(const std::vector<Vec3>& positions, const std::vector<Triangle>& triangles,
             Part part = Part::torso) {
  Mesh m;
  m.position = positions;
  m.normal.assign(positions.size(), {0, 0, 1});
  m.coord.assign(positions.size(), {0, 0, 0});
  m.rest = positions;
  m.occlusion.assign(positions.size(), 1);
  m.triangles = triangles;
  m.part.assign(triangles.size(), part);
  return m;
}

void append(Mesh& to, const Mesh& more) {
  const auto first = static_cast<std::int32_t>(to.position.size());
  to.position.insert(to.position.end(), more.position.begin(), more.position.end());
  to.normal.insert(to.normal.end(), more.normal.begin(), more.normal.end());
  to.coord.insert(to.coord.end(), more.coord.begin(), more.coord.end());
  to.rest.insert(to.rest.end(), more.rest.begin(), more.rest.end());
  to.occlusion.insert(to.occlusion.end(), more.occlusion.begin(), more.occlusion.end());
  for (const Triangle& t : more.triangles)
    to.triangles.push_back({t[0] + first, t[1] + first, t[2] + first});
  to.part.insert(to.part.end(), more.part.begin(), more.part.end());
}

/// x to the right, y down, in samples: what project() makes of it lies exactly there.
Samples drawn(const Mesh& mesh, std::int32_t side, Faces faces = Faces::both) {
  View view;
  view.up = {0, -1, 0};
  Points points;
  project(mesh.position, view, points);
  DrawRules rules;
  rules.faces.fill(faces);
  Samples samples;
  samples.reset(side, 0, side);
  rasterise(mesh, points, rules, samples);
  return samples;
}

std::vector<double> uniform(std::uint64_t seed, std::int64_t n) {
  std::vector<float> u(static_cast<std::size_t>(n));
  fill_uniform({seed, "render_test", 0}, 0, u.data(), n);
  return {u.begin(), u.end()};
}

/// Points on a wavy ring around a centre, on the grid of 1/256 or on sample centres, where ties are.
std::vector<Vec3> fan_points(std::uint64_t seed, int spokes, bool on_centres) {
  const std::vector<double> u = uniform(seed, spokes + 2);
  const auto snap = [&](double v) {
    return static_cast<float>(on_centres ? std::floor(v) + 0.5 : std::round(v * 256) / 256);
  };
  std::vector<Vec3> points{{snap(16 + 2.0 * u[0]), snap(16 + 2.0 * u[1]), 0}};
  for (int k = 0; k < spokes; ++k) {
    const double angle = 6.283185307 * k / spokes,
                 radius = 9 + 5.0 * u[static_cast<std::size_t>(k) + 2];
    points.push_back(
        {snap(16.5 + radius * std::cos(angle)), snap(16.5 + radius * std::sin(angle)), 0});
  }
  return points;
}

/// (b - a) x (p - a).
double turn_to(const Vec3& a, const Vec3& b, double x, double y) {
  const double ax = static_cast<double>(a.x), ay = static_cast<double>(a.y);
  return (static_cast<double>(b.x) - ax) * (y - ay) - (static_cast<double>(b.y) - ay) * (x - ax);
}

/// How many of the triangles, each drawn alone, cover each sample.
std::vector<int> cover_counts(const std::vector<Vec3>& points,
                              const std::vector<Triangle>& triangles, std::int32_t side) {
  std::vector<int> counts(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  for (const Triangle& t : triangles) {
    const Samples s = drawn(mesh_of(points, {t}), side);
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i] += s.triangle[i] != Samples::kNone ? 1 : 0;
  }
  return counts;
}

/// A rectangle facing the eye, in cm.
Mesh rectangle(float left, float right, float bottom, float top, float z, Part part) {
  Mesh m = mesh_of({{left, bottom, z}, {right, bottom, z}, {right, top, z}, {left, top, z}},
                   {{0, 1, 2}, {0, 2, 3}}, part);
  for (std::size_t v = 0; v < 4; ++v) m.coord[v] = {1, 5, 0};
  return m;
}

/// An ellipsoid of skin with eyes and a shoulder: all painters but few triangles.
Mesh snowman() {
  Mesh all;
  const auto ball = [&](Part part, Vec3 c, Vec3 r, int turns, int rows) {
    Mesh m;
    for (int v = 0; v <= rows; ++v)
      for (int u = 0; u < turns; ++u) {
        const double down = 3.14159265 * v / rows, around = 6.2831853 * u / turns;
        const Vec3 d{static_cast<float>(std::sin(down) * std::sin(around)),
                     static_cast<float>(std::cos(down)),
                     static_cast<float>(std::sin(down) * std::cos(around))};
        m.position.push_back({c.x + r.x * d.x, c.y + r.y * d.y, c.z + r.z * d.z});
        m.normal.push_back(d);
        const bool eye = part == Part::eye_left || part == Part::eye_right;
        m.rest.push_back(eye ? d : m.position.back());
        const float degrees = static_cast<float>(around * 57.29578);
        m.coord.push_back(
            {m.position.back().x, m.position.back().y, degrees > 180 ? 360 - degrees : degrees});
        m.occlusion.push_back(0.9F);
      }
    for (int v = 0; v < rows; ++v)
      for (int u = 0; u < turns; ++u) {
        const int a = v * turns + u, b = v * turns + (u + 1) % turns;
        m.triangles.push_back({a, a + turns, b});
        m.triangles.push_back({b, a + turns, b + turns});
      }
    m.part.assign(m.triangles.size(), part);
    append(all, m);
  };
  ball(Part::skin, {0, -1, 0}, {7.8F, 12, 9}, 40, 30);
  ball(Part::hair, {0, 1, -1}, {8.2F, 12, 9}, 40, 20);
  ball(Part::eye_left, {3, 0, 7}, {1.7F, 1.7F, 1.7F}, 20, 12);
  ball(Part::eye_right, {-3, 0, 7}, {1.7F, 1.7F, 1.7F}, 20, 12);
  ball(Part::tongue, {0, -8, 8}, {1, 0.6F, 2}, 12, 8);
  ball(Part::torso, {0, -28, -2}, {18, 13, 9}, 24, 12);
  ball(Part::glasses, {3, 0, 9.4F}, {0.2F, 2, 0.2F}, 8, 8);
  return all;
}

struct Look {
  head::Appearance appearance;
  head::Pose pose;
  head::Light light;
  head::Background background{head::BackgroundKind::discs, {110, 130, 110}, {60, 70, 90}, 5};
  head::Camera camera;
};

Frame picture(const Mesh& mesh, std::int32_t size, const Look& look = {}) {
  return render_head(mesh, look.appearance, look.pose, look.light, look.background, look.camera,
                     size);
}

template <class T>
void hash(Sha256& sha, const std::vector<T>& values) {
  sha.update(values.data(), values.size() * sizeof(T));
}
std::string digest_of(const Frame& f) {
  Sha256 sha;
  hash(sha, f.rgb);
  hash(sha, f.planes);
  hash(sha, f.coverage);
  hash(sha, f.depth);
  hash(sha, f.normals);
  hash(sha, f.labels);
  return sha.finish();
}

}  // namespace

TEST_CASE("raster: every sample inside a fan is covered by exactly one triangle") {
  for (const bool on_centres : {false, true})
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(seed);
      CAPTURE(on_centres);
      constexpr int kSpokes = 11;
      const std::vector<Vec3> points = fan_points(seed, kSpokes, on_centres);
      std::vector<Triangle> fan;
      for (int k = 0; k < kSpokes; ++k) fan.push_back({0, 1 + k, 1 + (k + 1) % kSpokes});
      const std::vector<int> counts = cover_counts(points, fan, 33);
      // strictly inside one triangle or on a spoke: once; a sample on the outer edge: at most once
      int inside = 0, wrong = 0;
      for (int j = 0; j < 33; ++j)
        for (int i = 0; i < 33; ++i) {
          const int count = counts[static_cast<std::size_t>(33 * j + i)];
          const double x = i + 0.5, y = j + 0.5;
          bool within = false, on_edge = false;
          for (const Triangle& t : fan) {
            std::array<double, 3> e;
            for (std::size_t k = 0; k < 3; ++k)
              e[k] = turn_to(points[static_cast<std::size_t>(t[k])],
                             points[static_cast<std::size_t>(t[(k + 1) % 3])], x, y);
            within = within || (e[0] >= 0 && e[1] >= 0 && e[2] >= 0);
            on_edge = on_edge || (e[1] == 0 && e[0] >= 0 && e[2] >= 0);
          }
          inside += within ? 1 : 0;
          wrong += (on_edge ? count > 1 : count != (within ? 1 : 0)) ? 1 : 0;
        }
      CHECK(inside > 150);
      CHECK(wrong == 0);
    }
}

TEST_CASE("raster: samples on a border belong to the top and the left, whichever way it turns") {
  const std::vector<Vec3> square{
      {1.5F, 1.5F, 0}, {3.5F, 1.5F, 0}, {3.5F, 3.5F, 0}, {1.5F, 3.5F, 0}};
  for (const std::vector<Triangle>& two : {std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}},
                                           {{0, 1, 3}, {1, 2, 3}},
                                           {{2, 1, 0}, {3, 2, 0}}}) {
    const std::vector<int> counts = cover_counts(square, two, 5);
    for (std::size_t i = 0; i < 25; ++i) {
      const bool in = i % 5 >= 1 && i % 5 <= 2 && i / 5 >= 1 && i / 5 <= 2;
      CHECK(counts[i] == (in ? 1 : 0));
    }
  }
}

TEST_CASE("raster: the nearer triangle is seen, of equally near ones the first") {
  std::vector<Vec3> points{{0, 0, 1}, {8, 0, 1}, {0, 8, 1}, {0, 0, 2}, {8, 0, 2}, {0, 8, 2}};
  CHECK(drawn(mesh_of(points, {{0, 1, 2}, {3, 4, 5}}), 8).triangle[9] == 1);
  CHECK(drawn(mesh_of(points, {{3, 4, 5}, {0, 1, 2}}), 8).triangle[9] == 0);
  for (Vec3& p : points) p.z = 2;
  CHECK(drawn(mesh_of(points, {{0, 1, 2}, {3, 4, 5}}), 8).triangle[9] == 0);
  CHECK(drawn(mesh_of(points, {{3, 4, 5}, {0, 1, 2}}), 8).triangle[9] == 0);
  // y is down here, so this one shows its front
  CHECK(drawn(mesh_of(points, {{0, 2, 1}}), 8, Faces::front).triangle[9] == 0);
  CHECK(drawn(mesh_of(points, {{0, 1, 2}}), 8, Faces::front).triangle[9] == Samples::kNone);
}

TEST_CASE("raster: a part that is lowered yields to what lies just before it") {
  const std::vector<Vec3> points{{0, 0, 1.05F}, {8, 0, 1.05F}, {0, 8, 1.05F},
                                 {0, 0, 1},     {8, 0, 1},     {0, 8, 1}};
  Mesh mesh = mesh_of(points, {{0, 1, 2}, {3, 4, 5}});
  mesh.part[0] = Part::eye_left;
  for (const float distance : {0.0F, 40.0F}) {
    CAPTURE(distance);
    View view;
    view.up = {0, -1, 0};
    view.distance = distance;
    Points projected;
    project(mesh.position, view, projected);
    DrawRules rules;
    rules.faces.fill(Faces::both);
    const auto seen = [&] {
      Samples samples;
      samples.reset(8, 0, 8);
      rasterise(mesh, projected, rules, samples);
      return samples.triangle[9];
    };
    CHECK(seen() == 0);
    rules.behind[static_cast<std::size_t>(Part::eye_left)] = 0.10F;
    CHECK(seen() == 1);
  }
}

TEST_CASE("raster: under a perspective camera attributes follow the plane, not the screen") {
  // the plane z = 0.6 x + 0.2 y, seen from 40 cm: closed form by intersecting the ray of each sample
  const auto on_plane = [](float x, float y) { return Vec3{x, y, 0.6F * x + 0.2F * y}; };
  const Mesh mesh = mesh_of({on_plane(-9, -8), on_plane(10, -9), on_plane(1, 9)}, {{0, 1, 2}});
  View view;
  view.scale = 2;
  view.x0 = view.y0 = 20;
  view.distance = 40;
  Points points;
  project(mesh.position, view, points);
  DrawRules rules;
  rules.faces.fill(Faces::front);
  Samples samples;
  samples.reset(40, 0, 40);
  rasterise(mesh, points, rules, samples);
  double worst = 0, affine = 0;
  int seen = 0;
  for (std::int32_t j = 0; j < 40; ++j)
    for (std::int32_t i = 0; i < 40; ++i) {
      if (samples.triangle[static_cast<std::size_t>(40 * j + i)] == Samples::kNone) continue;
      ++seen;
      const Corner corner = corner_weights(points, mesh.triangles[0], i, j);
      double x = 0;
      for (std::size_t k = 0; k < 3; ++k)
        x += static_cast<double>(corner.weight[k]) * static_cast<double>(mesh.position[k].x);
      // the ray: (sx, sy, 0) + s ((0, 0, 40) - (sx, sy, 0)); 40 s = 0.6 sx (1 - s) + 0.2 sy (1 - s)
      const double sx = (i + 0.5 - 20) / 2, sy = (20 - j - 0.5) / 2;
      const double rise = 0.6 * sx + 0.2 * sy, s = rise / (40 + rise);
      worst = std::fmax(worst, std::fabs(x - sx * (1 - s)));
      affine = std::fmax(affine, std::fabs(sx - sx * (1 - s)));
    }
  CHECK(seen > 500);
  CHECK(affine > 1);  // the correction is not small here
  CHECK(worst <
        0.02);  // points are placed on a grid of 1/256 sample, 0.002 cm, before the division
}

TEST_CASE(
    "raster: bands give the samples of the whole; what is too near or not a number is left out") {
  const Mesh mesh = snowman();
  View view;
  view.scale = 3;
  view.x0 = view.y0 = 48;
  Points points;
  project(mesh.position, view, points);
  DrawRules rules;
  rules.faces.fill(Faces::front);
  Samples whole, band;
  whole.reset(96, 0, 96);
  rasterise(mesh, points, rules, whole);
  for (std::int32_t row = 0; row < 96; row += 7) {
    const std::int32_t rows = std::min(7, 96 - row);
    band.reset(96, row, rows);
    rasterise(mesh, points, rules, band);
    CHECK(std::memcmp(band.triangle.data(), whole.triangle.data() + 96 * row,
                      sizeof(std::int32_t) * 96 * static_cast<std::size_t>(rows)) == 0);
    CHECK(std::memcmp(band.depth.data(), whole.depth.data() + 96 * row,
                      sizeof(float) * 96 * static_cast<std::size_t>(rows)) == 0);
  }
  view.distance = 30;
  for (const Vec3& bad : {Vec3{0, 0, 29.5F}, {0, 0, 100}, {NAN, 0, 0}, {1e30F, 0, 0}}) {
    project(std::vector<Vec3>{bad}, view, points);
    CHECK(points.all[0].x == Point::kOutside);
  }
}

TEST_CASE("picture: a half plane covers the pixels it covers") {
  Look look;
  look.background = {head::BackgroundKind::plain, {0, 0, 0}, {0, 0, 0}, 0};
  // upright edge: through the middle of pixel 20, between its second and third column of samples
  const float cm = 30.5F / 64, edge = (20.5F - 32) * cm;
  const Frame f = picture(rectangle(-40, edge, -40, 40, 0, Part::torso), 64, look);
  for (std::size_t row = 0; row < 64; ++row) {
    CHECK(f.coverage[64 * row + 19] == 255);
    CHECK(f.coverage[64 * row + 20] == 128);
    CHECK(f.coverage[64 * row + 21] == 0);
  }
  // slanted: the covered area, and no pixel further from the exact share than the samples allow
  const Mesh half = mesh_of({{-60, -45, 0}, {60, -15, 0}, {60, -80, 0}}, {{0, 2, 1}}, Part::torso);
  const Frame g = picture(half, 64, look);
  double sum = 0, exact = 0, worst = 0;
  for (int j = 0; j < 64; ++j)
    for (int i = 0; i < 64; ++i) {
      double share = 0;  // 32x32 points stand for the exact area
      for (int v = 0; v < 32; ++v)
        for (int u = 0; u < 32; ++u) {
          const double x = (i + (u + 0.5) / 32 - 32) * 30.5 / 64,
                       y = -0.5 - (j + (v + 0.5) / 32 - 32) * 30.5 / 64;
          share += y < -30 + 0.25 * x ? 1.0 / 1024 : 0;
        }
      const double got = g.coverage[static_cast<std::size_t>(64 * j + i)] / 255.0;
      sum += got;
      exact += share;
      worst = std::fmax(worst, std::fabs(got - share));
    }
  CHECK(std::fabs(sum - exact) <= 0.01 * 64 * 64);
  CHECK(worst <= 0.15);
}

TEST_CASE("picture: class, depth and normal of a pixel are those of what covers it") {
  const float cm = 30.5F / 64;
  Mesh mesh = rectangle(-5, 5, -5, 4, 2, Part::torso);
  // hair before the upper left of it, to three quarters of pixel 32
  Mesh hair = rectangle(-5, 0.75F * cm, 0, 5, 3, Part::hair);
  for (Vec3& n : hair.normal) n = {0, 0.6F, 0.8F};
  append(mesh, hair);
  const Frame f = picture(mesh, 64);
  const auto at = [](int row, int column) { return static_cast<std::size_t>(64 * row + column); };
  CHECK(f.labels[at(28, 30)] == 17);
  CHECK(f.labels[at(28, 32)] == 17);
  CHECK(f.labels[at(28, 33)] == 14);
  CHECK(f.labels[at(28, 60)] == 0);
  CHECK(f.depth[at(28, 30)] == doctest::Approx(3));
  CHECK(f.depth[at(28, 32)] == doctest::Approx(3));
  CHECK(f.depth[at(28, 34)] == doctest::Approx(2));
  CHECK(f.depth[at(28, 60)] == kNoDepth);
  CHECK(f.normals[64 * 64 + at(28, 30)] == doctest::Approx(0.6F));
  CHECK(f.normals[2 * 64 * 64 + at(28, 34)] == doctest::Approx(1));
  CHECK(f.normals[2 * 64 * 64 + at(28, 60)] == 0);
  CHECK(f.coverage[at(28, 60)] == 0);
}

TEST_CASE("picture: the rounded colours are those of the planes; what is not asked for is empty") {
  const Frame f = picture(snowman(), 48);
  int wrong = 0;
  for (std::size_t p = 0; p < 48 * 48; ++p)
    for (std::size_t c = 0; c < 3; ++c) {
      const float v = (f.planes[c * 48 * 48 + p] + 1) * 127.5F;
      wrong += std::fabs(v - static_cast<float>(f.rgb[3 * p + c])) > 0.501F ? 1 : 0;
    }
  CHECK(wrong == 0);
  HeadRenderer renderer;
  Frame only;
  const Look look;
  renderer.render(snowman(), look.appearance, look.pose, look.light, look.background, look.camera,
                  {48, false, false, false, false}, only);
  CHECK(only.rgb == f.rgb);
  CHECK((only.planes.empty() && only.depth.empty() && only.normals.empty() && only.labels.empty()));
}

TEST_CASE("picture: a renderer carries nothing from frame to frame and keeps its memory") {
  const Mesh a = snowman(), b = rectangle(-5, 5, -5, 5, 2, Part::hair);
  const Look look;
  HeadRenderer renderer;
  Frame frame;
  const auto draw = [&](const Mesh& mesh, std::int32_t size) {
    renderer.render(mesh, look.appearance, look.pose, look.light, look.background, look.camera,
                    {.size = size}, frame);
    return digest_of(frame);
  };
  const std::string first = draw(a, 64);
  const void* place = frame.planes.data();
  CHECK(draw(a, 64) == first);
  CHECK(frame.planes.data() == place);
  draw(b, 64);
  draw(a, 130);
  CHECK(draw(a, 64) == first);
}

TEST_CASE("picture: the same bits on every instruction set and for any number of threads") {
  const Mesh mesh = snowman();
  const Isa before = isa();
  const int threads = thread_count();
  std::vector<std::string> wanted;
  for (const Isa each : available_isas())
    for (const int n : {1, 2}) {
      set_isa(each);
      set_thread_count(n);
      std::vector<std::string> got(6);
      parallel_for(6, [&](std::int64_t i) {
        Look look;
        look.appearance.beard = static_cast<head::Beard>(i % 5);
        look.appearance.hair = static_cast<head::HairStyle>(2 * i);
        look.background.kind = static_cast<head::BackgroundKind>(i % 4);
        look.light.azimuth = -50 + 20 * static_cast<float>(i);
        got[static_cast<std::size_t>(i)] = digest_of(picture(mesh, i % 2 == 0 ? 64 : 150, look));
      });
      if (wanted.empty()) wanted = got;
      CAPTURE(std::string(name_of(each)));
      CAPTURE(n);
      CHECK(got == wanted);
    }
  set_isa(before);
  set_thread_count(threads);
  CHECK(wanted[0] != wanted[2]);
}

TEST_CASE("picture: what cannot be drawn is refused") {
  const Mesh mesh = snowman();
  for (const std::int32_t size : {0, -1, 8193})
    CHECK_THROWS_WITH_AS(picture(mesh, size), doctest::Contains("size must be 1 .. 8192, got"),
                         UsageError);
  Look look;
  look.camera.scale = NAN;
  CHECK_THROWS_AS(picture(mesh, 16, look), UsageError);
  look = {};
  look.camera.tx = HUGE_VALF;
  CHECK_THROWS_AS(picture(mesh, 16, look), UsageError);
  look = {};
  look.light.azimuth = NAN;
  CHECK_THROWS_AS(picture(mesh, 16, look), UsageError);
  look = {};
  look.light.ambient = -1;
  CHECK_THROWS_AS(picture(mesh, 16, look), UsageError);
  Mesh broken = mesh;
  broken.coord.pop_back();
  CHECK_THROWS_AS(picture(broken, 16), ShapeError);
  broken = mesh;
  broken.triangles[5][1] = static_cast<std::int32_t>(mesh.position.size());
  CHECK_THROWS_AS(picture(broken, 16), ShapeError);
  broken.triangles[5][1] = -1;
  CHECK_THROWS_AS(picture(broken, 16), ShapeError);
  CHECK(picture(mesh, 1).rgb.size() == 3);
  CHECK(picture(Mesh{}, 8).labels == std::vector<std::uint8_t>(64, 0));
}

namespace {

std::shared_ptr<const head::Person> person_without_glasses(std::uint64_t seed) {
  head::DrawnPerson drawn = head::draw_person(seed);
  drawn.appearance.glasses = head::Glasses::none;  // one sees past their rims
  return std::make_shared<const head::Person>(head::head_model(), drawn.identity, drawn.appearance);
}

/// Draws moments of one person on a plain ground.
class Camera {
 public:
  Camera(std::uint64_t seed, std::int32_t size)
      : person_(person_without_glasses(seed)), size_(size) {}
  const Frame& shoot(const head::Pose& pose) {
    head::pose_head(person_, pose, posed_);
    renderer_.render(posed_.mesh, person_->appearance(), pose, {},
                     {head::BackgroundKind::plain, {90, 110, 90}, {}, 0}, {}, {.size = size_},
                     frame_);
    return frame_;
  }

 private:
  std::shared_ptr<const head::Person> person_;
  std::int32_t size_;
  head::PosedHead posed_;
  HeadRenderer renderer_;
  Frame frame_;
};

/// Pixels of the ground that the border of the picture cannot be reached from, and pixels that are covered in part
/// though no such ground is within two pixels.
std::array<int, 2> holes_of(const Frame& f) {
  const int n = f.size;
  const auto at = [&](int x, int y) { return static_cast<std::size_t>(y * n + x); };
  std::vector<char> open(f.coverage.size());
  std::vector<std::array<int, 2>> next;
  const auto reach = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= n || y >= n || open[at(x, y)] || f.coverage[at(x, y)] != 0) return;
    open[at(x, y)] = 1;
    next.push_back({x, y});
  };
  for (int i = 0; i < n; ++i)
    for (const auto& [x, y] : {std::array{i, 0}, {i, n - 1}, {0, i}, {n - 1, i}}) reach(x, y);
  while (!next.empty()) {
    const auto [x, y] = next.back();
    next.pop_back();
    for (const auto& [dx, dy] : {std::array{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) reach(x + dx, y + dy);
  }
  std::array<int, 2> found{};
  for (int y = 0; y < n; ++y)
    for (int x = 0; x < n; ++x) {
      if (f.coverage[at(x, y)] == 0) found[0] += open[at(x, y)] ? 0 : 1;
      if (f.coverage[at(x, y)] == 0 || f.coverage[at(x, y)] == 255) continue;
      bool near = false;
      for (int v = std::max(0, y - 2); v <= std::min(n - 1, y + 2); ++v)
        for (int u = std::max(0, x - 2); u <= std::min(n - 1, x + 2); ++u)
          near = near || open[at(u, v)];
      found[1] += near ? 0 : 1;
    }
  return found;
}

/// Mean absolute difference, in steps of 1/255.
double change_of(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return sum / static_cast<double>(a.size()) * 127.5;
}

}  // namespace

TEST_CASE("head: no holes and no pinholes, yaw -45 to 45, mouth closed and open") {
  for (const std::uint64_t seed : {1u, 2u, 5u, 7u, 12u}) {  // bob, curly, long, hat, side parting
    Camera camera(seed, 192);
    for (float yaw = -45; yaw <= 45; yaw += 15) {
      CAPTURE(seed);
      CAPTURE(yaw);
      head::Pose pose;
      pose.yaw = yaw;
      pose.jaw = yaw > 0 ? 15 : 0;
      const std::array<int, 2> holes = holes_of(camera.shoot(pose));
      CHECK(holes[0] == 0);
      CHECK(holes[1] == 0);
    }
  }
}

TEST_CASE("head: eyes, brows, nose, lips, ears, hair, neck and cloth are where the classes say") {
  const Frame f = Camera(12, 128).shoot({});
  std::array<int, kClasses> count{};
  std::array<double, kClasses> x{}, y{};
  for (int row = 0; row < 128; ++row)
    for (int column = 0; column < 128; ++column) {
      const std::size_t c = f.labels[static_cast<std::size_t>(128 * row + column)];
      ++count[c];
      x[c] += column;
      y[c] += row;
    }
  for (const std::size_t c : {1u, 2u, 3u, 4u, 5u, 7u, 8u, 10u, 12u, 13u, 14u, 16u, 17u}) {
    CAPTURE(c);
    CHECK(count[c] > 10);
    x[c] /= count[c];
    y[c] /= count[c];
  }
  CHECK((count[6] == 0 && count[9] == 0 && count[11] == 0 && count[15] == 0 && count[18] == 0));
  // the subject's left is on the right of the picture
  for (const std::size_t left : {2u, 4u, 7u}) CHECK(x[left] > x[left + 1] + 15);
  CHECK((y[17] < y[2] && y[2] < y[4] && y[4] < y[10] && y[10] < y[12] && y[12] < y[13] &&
         y[13] < y[14] && y[14] < y[16]));
}

namespace {

/// How much a slow clip of 200 frames changes at most from one frame to the next, somewhere on an 8x8 grid of the
/// picture, against the median of nine neighbouring steps there (plus one step of 1/255).
double largest_pop(std::uint64_t seed, bool planted) {
  Camera camera(seed, 64);
  constexpr int kFrames = 200, kCells = 64, kAround = 4;
  std::vector<float> before;
  std::vector<std::array<double, kCells>> change;
  for (int t = 0; t < kFrames; ++t) {
    const auto swing = [&](double amplitude, double speed) {
      return static_cast<float>(amplitude * std::sin(t * speed));
    };
    head::Pose pose;
    pose.yaw = swing(40, 0.016);
    pose.pitch = swing(15, 0.015);
    pose.roll = swing(10, 0.011);
    pose.jaw = 8 + swing(8, 0.02);
    pose.gaze_x = swing(20, 0.017);
    pose.expression[0] = pose.expression[1] = 0.5F + swing(0.5, 0.018);
    if (planted && t == 100)
      for (const char* eye : {"blink_L", "blink_R"})
        pose.expression[static_cast<std::size_t>(head::expression_index(eye))] = 1;
    const std::vector<float>& now = camera.shoot(pose).planes;
    std::array<double, kCells> cells{};
    for (std::size_t i = 0; i < before.size(); ++i)
      cells[i % 4096 / 512 * 8 + i % 64 / 8] +=
          std::fabs(static_cast<double>(now[i]) - static_cast<double>(before[i])) * (127.5 / 192);
    if (t > 0) change.push_back(cells);
    before = now;
  }
  double worst = 0;
  for (std::size_t t = kAround; t + kAround < change.size(); ++t)
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      std::array<double, 2 * kAround + 1> near{};
      for (std::size_t k = 0; k < near.size(); ++k) near[k] = change[t - kAround + k][cell];
      std::sort(near.begin(), near.end());
      worst = std::fmax(worst, change[t][cell] / (near[kAround] + 1));
    }
  return worst;
}

}  // namespace

TEST_SUITE("slow") {
  TEST_CASE("head: nothing pops in a smooth clip, and the measure sees a blink of one frame") {
    for (const std::uint64_t seed : {2u, 3u}) {
      CAPTURE(seed);
      CHECK(largest_pop(seed, false) < 2.5);
      CHECK(largest_pop(seed, true) > 2.5);
    }
  }
}

TEST_CASE("head: surfaces do not fight: a hundredth of a degree changes next to nothing") {
  Camera camera(4, 256);
  for (float yaw = -45; yaw <= 45; yaw += 9) {
    CAPTURE(yaw);
    head::Pose pose;
    pose.yaw = yaw;
    const std::vector<float> before = camera.shoot(pose).planes;
    CHECK(change_of(before, camera.shoot(pose).planes) == 0);
    pose.yaw += 0.01F;  // a fiftieth of a pixel
    CHECK(change_of(before, camera.shoot(pose).planes) < 0.12);
  }
}

TEST_CASE("head: the same bits on every instruction set, posed, painted and lit") {
  const Isa before = isa();
  std::string wanted;
  for (const Isa each : available_isas()) {
    set_isa(each);
    Sha256 sha;
    for (std::uint64_t seed = 0; seed < 9; ++seed) {
      const head::DrawnPerson drawn = head::draw_person(seed);
      const auto person = std::make_shared<const head::Person>(head::head_model(), drawn.identity,
                                                               drawn.appearance);
      head::Pose pose;
      pose.yaw = 8 * static_cast<float>(seed) - 30;
      pose.jaw = static_cast<float>(seed);
      head::PosedHead posed;
      head::pose_head(person, pose, posed);
      Look look;
      look.appearance = drawn.appearance;
      look.pose = pose;
      sha.update(digest_of(picture(posed.mesh, seed % 2 == 0 ? 64 : 160, look)));
    }
    const std::string got = sha.finish();
    if (wanted.empty()) wanted = got;
    CAPTURE(std::string(name_of(each)));
    CHECK(got == wanted);
  }
  set_isa(before);
}
