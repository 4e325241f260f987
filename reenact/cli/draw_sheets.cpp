#include "reenact/cli/draw_sheets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "reenact/render/background.hpp"
#include "reenact/render/light.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tensor/random.hpp"

namespace dact::cli {
namespace {

using head::Pose;
using Weights = std::initializer_list<std::pair<std::string_view, float>>;

constexpr std::int64_t kLine = 4;  // pixels between pictures

Pose posed(Weights weights, float jaw = 0, float gaze_x = 0, float gaze_y = 0) {
  Pose pose;
  for (const auto& [name, weight] : weights)
    pose.expression[static_cast<std::size_t>(head::expression_index(name))] += weight;
  pose.jaw = jaw;
  pose.gaze_x = gaze_x;
  pose.gaze_y = gaze_y;
  return head::with_lids(pose);
}

/// A faint smile: a face at rest looks stern.
Pose rested(Pose pose) {
  for (const char* side : {"smile_L", "smile_R"})
    pose.expression[static_cast<std::size_t>(head::expression_index(side))] += 0.2F;
  return pose;
}

template <class F>
Tensor picture_of(const render::Frame& frame, F&& colour) {
  const std::int64_t n = frame.size;
  Tensor image = empty({n, n, 3}, DType::u8);
  std::uint8_t* out = image.mutate<std::uint8_t>();
  for (std::int64_t p = 0; p < n * n; ++p) {
    const std::array<std::uint8_t, 3> c = colour(static_cast<std::size_t>(p));
    std::copy(c.begin(), c.end(), out + 3 * p);
  }
  return image;
}

std::uint8_t byte_of(float share) {
  return static_cast<std::uint8_t>(std::clamp(share, 0.0F, 1.0F) * 255 + 0.5F);
}

std::vector<Tensor> draw_all(const std::vector<Shot>& shots, std::int32_t size) {
  std::vector<Tensor> pictures(shots.size());
  parallel_for(static_cast<std::int64_t>(shots.size()), [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    pictures[at] = colour_picture(draw_shot(shots[at], {size, false, false, false, false}));
  });
  return pictures;
}

Shot turned(Shot shot, float yaw, float pitch = 0, float roll = 0) {
  shot.pose.yaw = yaw;
  shot.pose.pitch = pitch;
  shot.pose.roll = roll;
  return shot;
}

std::vector<Shot> with_expressions(const Shot& shot) {
  std::vector<Shot> shots;
  for (const NamedPose& each : expression_poses()) {
    shots.push_back(shot);
    shots.back().pose = each.pose;
  }
  return shots;
}

/// Yaw from right to left, the gaze held on the eye.
std::vector<Shot> with_yaws(const Shot& shot, int count, float widest) {
  std::vector<Shot> shots;
  for (int k = 0; k < count; ++k) {
    const float yaw = widest * (2 * static_cast<float>(k) / static_cast<float>(count - 1) - 1);
    shots.push_back(turned(shot, yaw));
  }
  return shots;
}

void add(std::vector<Shot>& to, std::vector<Shot> more) {
  to.insert(to.end(), more.begin(), more.end());
}

Tensor turntable_sheet(const Shot& start, std::uint64_t seed, std::int32_t size) {
  std::vector<Shot> shots;
  for (std::uint64_t k = 0; k < 3; ++k) {
    Shot row = k == 0 ? start : random_shot(seed + k);
    row.pose = rested({});
    add(shots, with_yaws(row, 7, 60));
  }
  const Shot last = shots[7];
  shots.push_back(turned(last, 0, -22));
  shots.push_back(turned(last, 0, 22));
  shots.push_back(turned(last, 0, 0, 20));
  shots.push_back(turned(last, 30, 12, -10));
  std::vector<Tensor> pictures = draw_all(shots, size);
  const render::Frame frame = draw_shot(shots[9], {.size = size});
  pictures.push_back(class_picture(frame));
  pictures.push_back(depth_picture(frame));
  pictures.push_back(normal_picture(frame));
  return contact_sheet(pictures, 7);
}

Tensor small_sheet(const Shot& start, std::uint64_t seed, std::int32_t size) {
  std::vector<Shot> shots;
  for (std::uint64_t k = 0; k < 12; ++k) shots.push_back(random_shot(seed + k));
  Shot plain = start;
  plain.pose = {};
  add(shots, with_expressions(plain));
  plain.pose = rested({});
  add(shots, with_yaws(plain, 12, 60));
  for (std::uint64_t k = 2; k < 4; ++k) {  // from one expression to another, turning
    const auto ways = expression_poses();
    for (int i = 0; i < 12; ++i) {
      const float t = static_cast<float>(i) / 11, wave = t * t * (3 - 2 * t);
      Shot shot = random_shot(seed + k);
      shot.pose = ways[2 * k].pose;
      for (std::size_t e = 0; e < shot.pose.expression.size(); ++e) shot.pose.expression[e] *= wave;
      shot.pose.jaw *= wave;
      shots.push_back(turned(shot, 30 * wave - 10, 6 * t, 4 * t));
    }
  }
  for (Shot& shot : shots) shot.camera.scale = 1.12F;
  return contact_sheet(draw_all(shots, size), 12, 2);
}

}  // namespace

render::Frame draw_shot(const Shot& shot, const render::FrameRequest& request) {
  head::PosedHead posed_head;
  head::pose_head(shot.person, shot.pose, posed_head);
  render::Frame frame;
  render::HeadRenderer().render(posed_head.mesh, shot.person->appearance(), shot.pose, shot.light,
                                shot.background, shot.camera, request, frame);
  return frame;
}

Tensor colour_picture(const render::Frame& frame) {
  Tensor image = empty({frame.size, frame.size, 3}, DType::u8);
  std::memcpy(image.mutate<std::uint8_t>(), frame.rgb.data(), frame.rgb.size());
  return image;
}

Tensor class_picture(const render::Frame& frame) {
  static constexpr std::array<std::array<std::uint8_t, 3>, render::kClasses> kColours = {{
      {0, 0, 0},      {255, 200, 175}, {150, 90, 30},   {110, 60, 20},  {60, 120, 255},
      {70, 190, 255}, {255, 255, 0},   {255, 110, 110}, {220, 80, 160}, {255, 255, 255},
      {255, 150, 50}, {130, 0, 0},     {230, 20, 60},   {200, 30, 120}, {200, 160, 130},
      {0, 255, 255},  {60, 160, 70},   {95, 50, 160},   {0, 120, 120},
  }};
  return picture_of(frame, [&](std::size_t p) { return kColours[frame.labels[p]]; });
}

Tensor depth_picture(const render::Frame& frame) {
  return picture_of(frame, [&](std::size_t p) {
    const std::uint8_t v = byte_of((frame.depth[p] + 14) / 28);
    return std::array<std::uint8_t, 3>{v, v, v};
  });
}

Tensor normal_picture(const render::Frame& frame) {
  const std::size_t all = frame.coverage.size();
  return picture_of(frame, [&](std::size_t p) {
    if (frame.coverage[p] == 0) return std::array<std::uint8_t, 3>{};
    const auto channel = [&](std::size_t c) {
      return byte_of(0.5F * frame.normals[c * all + p] + 0.5F);
    };
    return std::array<std::uint8_t, 3>{channel(0), channel(1), channel(2)};
  });
}

Tensor contact_sheet(const std::vector<Tensor>& pictures, int columns, int zoom) {
  const std::int64_t side = pictures.at(0).size(0), shown = side * zoom, step = shown + kLine;
  const std::int64_t rows = (static_cast<std::int64_t>(pictures.size()) + columns - 1) / columns;
  Tensor sheet = full({rows * step - kLine, columns * step - kLine, 3}, 255, DType::u8);
  std::uint8_t* out = sheet.mutate<std::uint8_t>();
  const std::int64_t width = sheet.size(1);
  for (std::size_t n = 0; n < pictures.size(); ++n) {
    const std::uint8_t* in = pictures[n].data<std::uint8_t>();
    const std::int64_t at = static_cast<std::int64_t>(n), top = at / columns * step,
                       left = at % columns * step;
    for (std::int64_t y = 0; y < shown; ++y)
      for (std::int64_t x = 0; x < shown; ++x)
        std::copy_n(in + 3 * (y / zoom * side + x / zoom), 3,
                    out + 3 * ((top + y) * width + left + x));
  }
  return sheet;
}

// clang-format off
std::vector<NamedPose> expression_poses() {
  return {
      {"neutral", posed({})},
      {"smile", posed({{"smile_L", .8F}, {"smile_R", .8F}, {"cheek_raise", .3F}})},
      {"open smile", posed({{"smile_L", 1}, {"smile_R", 1}, {"cheek_raise", .5F}, {"upper_lip_raise", .35F}, {"lower_lip_down", .2F}}, 4)},
      {"laugh", posed({{"smile_L", 1}, {"smile_R", 1}, {"cheek_raise", .8F}, {"squint_L", .5F}, {"squint_R", .5F}, {"upper_lip_raise", .3F}}, 14)},
      {"jaw open", posed({}, 20)},
      {"surprise", posed({{"brow_inner_up", .9F}, {"brow_outer_up_L", .9F}, {"brow_outer_up_R", .9F}, {"eye_wide_L", .9F}, {"eye_wide_R", .9F}, {"funnel", .2F}}, 15)},
      {"angry", posed({{"brow_down_L", 1}, {"brow_down_R", 1}, {"squint_L", .3F}, {"squint_R", .3F}, {"frown_L", .4F}, {"frown_R", .4F}, {"nose_wrinkle", .5F}, {"lip_press", .5F}})},
      {"sad", posed({{"brow_inner_up", .9F}, {"frown_L", .9F}, {"frown_R", .9F}, {"chin_raise", .4F}, {"squint_L", .2F}, {"squint_R", .2F}})},
      {"blink", posed({{"blink_L", 1}, {"blink_R", 1}})},
      {"wink", posed({{"blink_L", 1}, {"smile_L", .6F}, {"smile_R", .2F}, {"cheek_raise", .2F}})},
      {"pucker", posed({{"pucker", 1}})},
      {"O", posed({{"funnel", 1}, {"pucker", .3F}}, 9)},
      {"gaze left", posed({}, 0, 25, 0)},
      {"gaze right", posed({}, 0, -25, 0)},
      {"gaze up", posed({}, 0, 0, 16)},
      {"gaze down", posed({}, 0, 0, -18)},
      {"sneer", posed({{"sneer_L", 1}, {"sneer_R", 1}, {"nose_wrinkle", 1}, {"brow_down_L", .5F}, {"brow_down_R", .5F}})},
      {"stretch", posed({{"stretch_L", 1}, {"stretch_R", 1}, {"lower_lip_down", .4F}, {"brow_inner_up", .4F}}, 2)},
      {"cheek puff", posed({{"cheek_puff", 1}})},
      {"jaw left", posed({{"jaw_left", 1}, {"mouth_left", .6F}})},
      {"chin raise", posed({{"chin_raise", 1}, {"lower_lip_out", .5F}})},
      {"disgust", posed({{"sneer_L", .8F}, {"sneer_R", .8F}, {"brow_down_L", .6F}, {"brow_down_R", .6F}, {"frown_L", .7F}, {"frown_R", .7F}, {"squint_L", .5F}, {"squint_R", .5F}})},
      {"lip press", posed({{"lip_press", 1}})},
      {"lips part", posed({{"upper_lip_raise", .6F}, {"lower_lip_down", .6F}, {"smile_L", .3F}, {"smile_R", .3F}})},
  };
}
// clang-format on

std::shared_ptr<const head::Person> person_of(std::uint64_t seed) {
  const head::DrawnPerson drawn = head::draw_person(seed);
  return std::make_shared<const head::Person>(head::head_model(), drawn.identity, drawn.appearance);
}

Shot random_shot(std::uint64_t seed) {
  std::array<float, 6> u;
  fill_uniform({seed, "shot", 0}, 0, u.data(), static_cast<std::int64_t>(u.size()));
  Shot shot;
  shot.person = person_of(seed);
  shot.light = render::draw_light(seed);
  shot.background = render::draw_background(seed);
  shot.pose.yaw = 50 * u[0] - 25;
  shot.pose.pitch = 16 * u[1] - 8;
  shot.pose.roll = 12 * u[2] - 6;
  shot.pose.gaze_x = -0.85F * shot.pose.yaw + 6 * (u[3] - 0.5F);
  shot.pose.gaze_y = shot.pose.pitch * 0.8F;
  shot.pose = head::with_lids(rested(shot.pose));
  return shot;
}

Tensor draw_turntable(const Shot& start, std::int32_t size) {
  return contact_sheet(draw_all(with_yaws(start, 9, 60), size), 9);
}

Tensor draw_sheet(const std::string& name, const Shot& start, std::uint64_t seed,
                  std::int32_t size) {
  if (name == "identities") {
    std::vector<Shot> shots;
    for (std::uint64_t k = 0; k < 15; ++k) shots.push_back(random_shot(seed + k));
    return contact_sheet(draw_all(shots, size == 0 ? 256 : size), 5);
  }
  if (name == "expressions")
    return contact_sheet(draw_all(with_expressions(start), size == 0 ? 184 : size), 6);
  if (name == "turntable") return turntable_sheet(start, seed, size == 0 ? 192 : size);
  if (name == "size64") return small_sheet(start, seed, size == 0 ? 64 : size);
  throw UsageError(
      "--sheet",
      fmt::format("must be identities, expressions, turntable or size64, got \"{}\"", name));
}

}  // namespace dact::cli
