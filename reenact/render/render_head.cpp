#include "reenact/render/render_head.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reenact/head/colour.hpp"
#include "reenact/render/background.hpp"
#include "reenact/render/light.hpp"
#include "reenact/render/raster.hpp"
#include "reenact/render/render_checks.hpp"
#include "reenact/render/shade.kernels.hpp"
#include "tensor/isa.hpp"

namespace dact::render {
namespace {

constexpr float kPicture = 30.5F;               // cm a picture is wide
constexpr float kMiddle = -0.5F;                // height at its centre, cm
constexpr std::int64_t kBandSamples = 1 << 18;  // that are worked on at once
constexpr float kEyesBehind = 0.10F;            // cm in the depth test: lids lie on the eyes

/// The painter and the light that a part takes.
enum Kind : std::uint8_t { kSkinKind, kEyeKind, kMouthKind, kHairKind, kThingKind, kKinds };
constexpr std::array<Kind, kPartCount> kKindOf = {
    kSkinKind, kMouthKind, kEyeKind,   kEyeKind,   kMouthKind, kMouthKind, kMouthKind, kSkinKind,
    kSkinKind, kHairKind,  kThingKind, kThingKind, kThingKind, kThingKind, kThingKind};

/// Closed parts show only their fronts; of the others, such as hanging hair, both sides are seen.
DrawRules head_rules(head::HairStyle hair) {
  DrawRules rules;
  rules.faces.fill(Faces::both);
  for (const Part p : {Part::skin, Part::eye_left, Part::eye_right, Part::hair, Part::glasses})
    rules.faces[static_cast<std::size_t>(p)] = Faces::front;
  if (hair == head::HairStyle::long_hair || hair == head::HairStyle::bob)
    rules.faces[static_cast<std::size_t>(Part::hair)] = Faces::both;
  for (const Part p : {Part::eye_left, Part::eye_right})
    rules.behind[static_cast<std::size_t>(p)] = kEyesBehind;
  return rules;
}

View view_of(const head::Camera& camera, std::int32_t size, int per_side) {
  View view;
  const float side = static_cast<float>(size) * static_cast<float>(per_side);
  view.scale = side * camera.scale / kPicture;
  view.x0 = 0.5F * side + view.scale * camera.tx;
  view.y0 = 0.5F * side + view.scale * (kMiddle - camera.ty);
  return view;
}

bool same(const Vec3& a, const Vec3& b) { return a.x == b.x && a.y == b.y && a.z == b.z; }

}  // namespace

int samples_per_side(std::int32_t size) { return size <= 128 ? 4 : 2; }

/// One band of pixel rows: sums over samples, and the queues of points on their way through paint and light.
struct HeadRenderer::Scratch {
  Points points;
  Samples samples;
  ShadowMap shadow;
  head::Paint paint;
  ShadeSetup light;
  std::array<Fragments, kKinds> queues;
  // of the band's pixels
  std::array<std::vector<float>, 3> sum_light, sum_normal;
  std::vector<float> nearest;
  std::vector<std::int32_t> seen;
  std::vector<std::uint8_t> votes;  // [pixel, kClasses]
  // the background that was painted last
  std::vector<float> behind;
  head::Background background;
  std::int32_t background_size = 0, background_row = 0, background_rows = 0;

  void paint_behind(const head::Background& b, std::int32_t size, std::int32_t row,
                    std::int32_t rows);
  void clear(std::size_t pixels);
  void gather(const Mesh& mesh, std::int32_t size, int per_side);
  void gather_block(const Mesh& mesh, std::int32_t pixel, std::int32_t i, std::int32_t j, int side);
  void add_point(const Mesh& mesh, std::int32_t pixel, std::int32_t number, std::int32_t i,
                 std::int32_t j, int samples);
  void flush(Kind kind);
  void finish(const FrameRequest& request, std::int32_t first_row, std::int32_t rows, int per_side,
              Frame& frame) const;
};

void HeadRenderer::Scratch::paint_behind(const head::Background& b, std::int32_t size,
                                         std::int32_t row, std::int32_t rows) {
  if (size == background_size && row == background_row && rows == background_rows &&
      b.kind == background.kind && b.seed == background.seed && same(b.first, background.first) &&
      same(b.second, background.second))
    return;
  paint_background(b, size, row, rows, behind);
  background = b;
  background_size = size;
  background_row = row;
  background_rows = rows;
}

void HeadRenderer::Scratch::clear(std::size_t pixels) {
  for (auto& plane : sum_light) plane.assign(pixels, 0.0F);
  for (auto& plane : sum_normal) plane.assign(pixels, 0.0F);
  nearest.assign(pixels, kNoDepth);
  seen.assign(pixels, 0);
  votes.assign(pixels * kClasses, 0);
  for (Fragments& queue : queues) queue.count = 0;
}

// Points are shaded once per sample, or, where a pixel has 4x4 of them, once per 2x2 samples and part.
void HeadRenderer::Scratch::gather(const Mesh& mesh, std::int32_t size, int per_side) {
  const int side = per_side == 4 ? 2 : 1;
  for (std::int32_t row = 0; row < samples.rows / per_side; ++row)
    for (std::int32_t column = 0; column < size; ++column)
      for (std::int32_t j = 0; j < per_side; j += side)
        for (std::int32_t i = 0; i < per_side; i += side)
          gather_block(mesh, row * size + column, column * per_side + i,
                       samples.first_row + row * per_side + j, side);
  for (int kind = 0; kind < kKinds; ++kind) flush(static_cast<Kind>(kind));
}

void HeadRenderer::Scratch::gather_block(const Mesh& mesh, std::int32_t pixel, std::int32_t i,
                                         std::int32_t j, int side) {
  struct Group {
    Part part;
    std::int32_t number, i, j;
    int samples;
  };
  std::array<Group, 4> groups;
  std::size_t count = 0;
  for (std::int32_t y = j; y < j + side; ++y)
    for (std::int32_t x = i; x < i + side; ++x) {
      const std::int32_t number = samples.triangle[static_cast<std::size_t>(y - samples.first_row) *
                                                       static_cast<std::size_t>(samples.width) +
                                                   static_cast<std::size_t>(x)];
      if (number == Samples::kNone) continue;
      const Part part = mesh.part[static_cast<std::size_t>(number)];
      std::size_t g = 0;
      while (g < count && groups[g].part != part) ++g;
      if (g == count) groups[count++] = {part, number, x, y, 0};
      ++groups[g].samples;
    }
  for (std::size_t g = 0; g < count; ++g)
    add_point(mesh, pixel, groups[g].number, groups[g].i, groups[g].j, groups[g].samples);
}

void HeadRenderer::Scratch::add_point(const Mesh& mesh, std::int32_t pixel, std::int32_t number,
                                      std::int32_t i, std::int32_t j, int count) {
  const auto& t = mesh.triangles[static_cast<std::size_t>(number)];
  const auto v0 = static_cast<std::size_t>(t[0]), v1 = static_cast<std::size_t>(t[1]),
             v2 = static_cast<std::size_t>(t[2]);
  const Corner corner = corner_weights(points, t, i, j);
  const float w0 = corner.weight[0], w1 = corner.weight[1], w2 = corner.weight[2];
  const auto blend = [&](const std::vector<Vec3>& of, float Vec3::*axis) {
    return w0 * (of[v0].*axis) + w1 * (of[v1].*axis) + w2 * (of[v2].*axis);
  };
  const Part part = mesh.part[static_cast<std::size_t>(number)];
  const Kind kind = kKindOf[static_cast<std::size_t>(part)];
  Fragments& f = queues[kind];
  const int n = f.count++;
  f.pixel[n] = pixel;
  f.samples[n] = count;
  f.part[n] = static_cast<std::int32_t>(part);
  f.a[n] = blend(mesh.coord, &Vec3::x);
  f.b[n] = blend(mesh.coord, &Vec3::y);
  f.t[n] = blend(mesh.coord, &Vec3::z);
  f.rest_x[n] = blend(mesh.rest, &Vec3::x);
  f.rest_y[n] = blend(mesh.rest, &Vec3::y);
  f.rest_z[n] = blend(mesh.rest, &Vec3::z);
  f.x[n] = blend(mesh.position, &Vec3::x);
  f.y[n] = blend(mesh.position, &Vec3::y);
  f.z[n] = blend(mesh.position, &Vec3::z);
  const float nx = blend(mesh.normal, &Vec3::x), ny = blend(mesh.normal, &Vec3::y),
              nz = blend(mesh.normal, &Vec3::z);
  // behind a slim neck the torso's inside is seen: skin like its outside
  const bool turn = !corner.front && part != Part::torso;
  const float over = (turn ? -1.0F : 1.0F) / std::sqrt(nx * nx + ny * ny + nz * nz + 1e-12F);
  f.nx[n] = nx * over;
  f.ny[n] = ny * over;
  f.nz[n] = nz * over;
  f.occlusion[n] = w0 * mesh.occlusion[v0] + w1 * mesh.occlusion[v1] + w2 * mesh.occlusion[v2];

  const auto at = static_cast<std::size_t>(pixel);
  nearest[at] = std::max(nearest[at], f.z[n]);
  const float share = static_cast<float>(count);
  sum_normal[0][at] += share * f.nx[n];
  sum_normal[1][at] += share * f.ny[n];
  sum_normal[2][at] += share * f.nz[n];
  if (f.count == Fragments::kCapacity) flush(kind);
}

void HeadRenderer::Scratch::flush(Kind kind) {
  Fragments& f = queues[kind];
  if (f.count == 0) return;
  switch (kind) {
    case kSkinKind:
      DACT_PICK(paint_skin)(paint, f);
      break;
    case kEyeKind:
      DACT_PICK(paint_eyes)(paint, f);
      break;
    case kMouthKind:
      DACT_PICK(paint_mouth)(paint, f);
      break;
    case kHairKind:
      DACT_PICK(paint_hair)(paint, f);
      break;
    default:
      DACT_PICK(paint_things)(paint, f);
  }
  if (kind == kHairKind)
    DACT_PICK(shade_hair)(light, f);
  else
    DACT_PICK(shade_fragments)(light, f);
  for (int n = 0; n < f.count; ++n) {
    const auto at = static_cast<std::size_t>(f.pixel[n]);
    const float share = static_cast<float>(f.samples[n]);
    sum_light[0][at] += share * f.red[n];
    sum_light[1][at] += share * f.green[n];
    sum_light[2][at] += share * f.blue[n];
    seen[at] += f.samples[n];
    votes[at * kClasses + static_cast<std::size_t>(f.label[n])] +=
        static_cast<std::uint8_t>(f.samples[n]);
  }
  f.count = 0;
}

void HeadRenderer::Scratch::finish(const FrameRequest& request, std::int32_t first_row,
                                   std::int32_t rows, int per_side, Frame& frame) const {
  const std::size_t size = static_cast<std::size_t>(request.size), all = size * size;
  const std::size_t begin = static_cast<std::size_t>(first_row) * size,
                    pixels = static_cast<std::size_t>(rows) * size;
  const std::int32_t of_pixel = per_side * per_side;
  PixelRow row;
  row.seen = seen.data();
  row.per_sample = 1.0F / static_cast<float>(of_pixel);
  row.rgb = frame.rgb.data() + 3 * begin;
  for (std::size_t c = 0; c < 3; ++c) {
    row.light[c] = sum_light[c].data();
    row.behind[c] = behind.data() + c * pixels;
    row.planes[c] = request.planes ? frame.planes.data() + c * all + begin : nullptr;
  }
  DACT_PICK(finish_pixels)(row, static_cast<std::int64_t>(pixels));
  for (std::size_t p = 0; p < pixels; ++p)
    frame.coverage[begin + p] =
        static_cast<std::uint8_t>((seen[p] * 255 + of_pixel / 2) / of_pixel);
  if (request.depth)
    std::copy(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(pixels),
              frame.depth.begin() + static_cast<std::ptrdiff_t>(begin));
  if (request.normals)
    for (std::size_t p = 0; p < pixels; ++p) {
      const float x = sum_normal[0][p], y = sum_normal[1][p], z = sum_normal[2][p];
      const float over = seen[p] == 0 ? 0.0F : 1.0F / std::sqrt(x * x + y * y + z * z + 1e-12F);
      frame.normals[begin + p] = x * over;
      frame.normals[all + begin + p] = y * over;
      frame.normals[2 * all + begin + p] = z * over;
    }
  if (!request.labels) return;
  for (std::size_t p = 0; p < pixels; ++p) {
    std::int32_t most = of_pixel - seen[p], label = 0;
    for (int c = 1; c < kClasses && 2 * most < of_pixel; ++c) {
      const std::int32_t count = votes[p * kClasses + static_cast<std::size_t>(c)];
      if (count > most) {
        most = count;
        label = c;
      }
    }
    frame.labels[begin + p] = static_cast<std::uint8_t>(label);
  }
}

HeadRenderer::HeadRenderer() : scratch_(std::make_unique<Scratch>()) {}
HeadRenderer::~HeadRenderer() = default;
HeadRenderer::HeadRenderer(HeadRenderer&&) noexcept = default;
HeadRenderer& HeadRenderer::operator=(HeadRenderer&&) noexcept = default;

void HeadRenderer::render(const Mesh& mesh, const head::Appearance& appearance,
                          const head::Pose& pose, const head::Light& light,
                          const head::Background& background, const head::Camera& camera,
                          const FrameRequest& request, Frame& frame) {
  require_drawable(mesh, light, camera, request);
  const std::int32_t size = request.size;
  const int per_side = samples_per_side(size);
  const std::size_t all = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  frame.size = size;
  frame.rgb.resize(3 * all);
  frame.coverage.resize(all);
  frame.planes.resize(request.planes ? 3 * all : 0);
  frame.depth.resize(request.depth ? all : 0);
  frame.normals.resize(request.normals ? 3 * all : 0);
  frame.labels.resize(request.labels ? all : 0);

  Scratch& s = *scratch_;
  s.light = make_light(light, mesh, size <= 96 ? 192 : 256, s.shadow);
  const View view = view_of(camera, size, per_side);
  const float point_cm = (per_side == 4 ? 2.0F : 1.0F) / view.scale;
  s.paint = head::make_paint(appearance, pose, s.light, point_cm);
  project(mesh.position, view, s.points);
  const DrawRules rules = head_rules(appearance.hair);
  const std::int64_t row_samples = std::int64_t{size} * per_side * per_side;
  const std::int32_t step =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(kBandSamples / row_samples, 1, size));
  for (std::int32_t row = 0; row < size; row += step) {
    const std::int32_t rows = std::min(step, size - row);
    s.paint_behind(background, size, row, rows);
    s.clear(static_cast<std::size_t>(rows) * static_cast<std::size_t>(size));
    s.samples.reset(size * per_side, row * per_side, rows * per_side);
    rasterise(mesh, s.points, rules, s.samples);
    s.gather(mesh, size, per_side);
    s.finish(request, row, rows, per_side, frame);
  }
}

Frame render_head(const Mesh& mesh, const head::Appearance& appearance, const head::Pose& pose,
                  const head::Light& light, const head::Background& background,
                  const head::Camera& camera, std::int32_t size) {
  Frame frame;
  HeadRenderer().render(mesh, appearance, pose, light, background, camera, {.size = size}, frame);
  return frame;
}

}  // namespace dact::render
