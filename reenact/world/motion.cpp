#include "reenact/world/motion.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "reenact/head/head.hpp"
#include "reenact/world/draws.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/random.hpp"

namespace dact::world {
namespace {

constexpr double kTau = 6.283185307179586;

double clamp01(double x) { return std::clamp(x, 0.0, 1.0); }
double smooth(double from, double to, double x) {
  const double t = clamp01((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/// x for small x, never beyond +-limit: limit tanh(x / limit).
double soft_limit(double x, double limit) {
  const double e = hostmath::exp(-2 * std::abs(x) / limit);
  return std::copysign(limit * (1 - e) / (1 + e), x);
}

std::size_t index_of(std::string_view name) {
  return static_cast<std::size_t>(head::expression_index(name));
}

// ---- expressions that people make: weights of the named directions, and an open jaw in degrees

struct Weight {
  std::string_view name;
  double weight;
};
struct Face {
  double jaw;
  std::array<Weight, 8> weights;  // the tail is empty
};
constexpr std::array<Face, 16> kFaces = {{
    {0, {{{"smile_L", .75}, {"smile_R", .75}, {"cheek_raise", .3}}}},
    {5, {{{"smile_L", .9}, {"smile_R", .9}, {"upper_lip_raise", .4}, {"lower_lip_down", .3}}}},
    {13,
     {{{"smile_L", 1},
       {"smile_R", 1},
       {"cheek_raise", .7},
       {"squint_L", .5},
       {"squint_R", .5},
       {"upper_lip_raise", .5}}}},
    {14,
     {{{"brow_inner_up", 1},
       {"brow_outer_up_L", .9},
       {"brow_outer_up_R", .9},
       {"eye_wide_L", .8},
       {"eye_wide_R", .8},
       {"funnel", .3}}}},
    {0,
     {{{"brow_down_L", 1},
       {"brow_down_R", 1},
       {"squint_L", .4},
       {"squint_R", .4},
       {"nose_wrinkle", .3},
       {"lip_press", .6}}}},
    {0, {{{"brow_inner_up", 1}, {"frown_L", .8}, {"frown_R", .8}, {"chin_raise", .5}}}},
    {0, {{{"pucker", .9}}}},
    {10, {{{"funnel", .9}, {"pucker", .3}}}},
    {0, {{{"sneer_L", .8}, {"sneer_R", .3}, {"nose_wrinkle", .4}}}},
    {2, {{{"stretch_L", .8}, {"stretch_R", .8}}}},
    {0, {{{"cheek_puff", .8}, {"lip_press", .5}}}},
    {4, {{{"jaw_left", .7}, {"mouth_left", .5}}}},
    {0, {{{"chin_raise", .9}, {"lip_press", .4}, {"brow_inner_up", .4}}}},
    {3,
     {{{"nose_wrinkle", .8},
       {"sneer_L", .5},
       {"sneer_R", .5},
       {"upper_lip_raise", .6},
       {"brow_down_L", .5},
       {"brow_down_R", .5}}}},
    {0, {{{"brow_outer_up_L", 1}, {"smile_L", .4}}}},
    {5, {{{"upper_lip_raise", .3}, {"lower_lip_down", .5}}}},
}};

struct IndexedFace {
  float jaw;
  std::array<float, head::kExpressions> weights;
};

std::array<IndexedFace, kFaces.size()> index_faces() {
  std::array<IndexedFace, kFaces.size()> faces{};
  for (std::size_t f = 0; f < kFaces.size(); ++f) {
    faces[f].jaw = static_cast<float>(kFaces[f].jaw);
    for (const Weight& w : kFaces[f].weights)
      if (!w.name.empty()) faces[f].weights[index_of(w.name)] = static_cast<float>(w.weight);
  }
  return faces;
}

const std::array<IndexedFace, kFaces.size()>& indexed_faces() {
  static const std::array<IndexedFace, kFaces.size()> faces = index_faces();
  return faces;
}

void add(head::Pose& pose, std::string_view name, double weight) {
  pose.expression[index_of(name)] += static_cast<float>(weight);
}

constexpr double kRise = .3, kFall = .45;                             // of an expression, s
constexpr double kClose = .08, kShut = .04, kOpen = .14;              // of a blink, s
constexpr double kSaccade = .04;                                      // s
constexpr double kGazeX = 28, kGazeY = 20, kJaw = 25, kWeight = 1.2;  // limits

}  // namespace

Motion::Motion(std::uint64_t seed, double seconds) : seed_(seed) {
  Draws draws(seed, "world.motion");
  const auto waves = [&](double low, double high) {
    Waves out;
    const double amplitude = draws.between(low, high);
    // slow waves carry the turn, quicker ones are smaller
    constexpr double kShare[] = {1, .62, .36}, kFrom[] = {.08, .16, .3}, kTo[] = {.16, .3, .5};
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = {amplitude * kShare[i], draws.between(kFrom[i], kTo[i]), draws.between(0, kTau)};
    return out;
  };
  yaw_ = waves(18, 33);
  pitch_ = waves(5, 12);
  roll_ = waves(3, 9);
  yaw_offset_ = 7 * draws.normal();
  pitch_offset_ = 3 * draws.normal();
  talk_phase_ = draws.between(0, kTau);
  resting_smile_ = draws.between(.1, .3);

  Draws faces(seed, "world.motion.expression");
  for (double at = faces.between(-2, 1); at < seconds;) {
    const Preset preset{at, faces.between(.8, 2.5), faces.pick(static_cast<int>(kFaces.size())),
                        faces.between(.5, 1)};
    presets_.push_back(preset);
    at += kRise + preset.hold + kFall + faces.between(.5, 1.5);
  }
  Draws looks(seed, "world.motion.gaze");
  for (double at = -1; at < seconds; at += looks.between(.5, 2)) {
    const bool camera = looks.chance(.6);
    looks_.push_back({at, camera, 12 * looks.normal(), 6 * looks.normal()});
  }
  Draws blinks(seed, "world.motion.blink");
  for (double at = blinks.between(-1, 2); at < seconds; at += .6 + blinks.exponential(2.6))
    blinks_.push_back(at);
}

double Motion::turn(const Waves& waves, double offset, double limit, double seconds) const {
  double angle = offset;
  for (const Wave& w : waves)
    angle += w.amplitude * hostmath::sin(kTau * w.frequency * seconds + w.phase);
  return soft_limit(angle, limit);
}

/// Value noise in [0, 1): a number per integer, smoothly joined.
double Motion::noise(std::uint32_t which, double position) const {
  const double cell = std::floor(position);
  const auto value = [&](double at) {
    float u = 0;
    fill_uniform({seed_, "world.motion.noise", which}, static_cast<std::uint32_t>(at + 1e6), &u, 1);
    return static_cast<double>(u);
  };
  const double t = smooth(0, 1, position - cell), left = value(cell);
  return left + (value(cell + 1) - left) * t;
}

double Motion::blink(double seconds) const {
  double closed = 0;
  for (const double begin : blinks_) {
    const double t = seconds - begin;
    closed = std::max(
        closed, smooth(0, kClose, t) * (1 - smooth(kClose + kShut, kClose + kShut + kOpen, t)));
  }
  return closed;
}

void Motion::add_speech(head::Pose& pose, double seconds) const {
  const double envelope = smooth(.45, .8, noise(0, .7 * seconds));  // talks about half of the time
  const double phase = kTau * 3.2 * seconds + talk_phase_ + 3 * noise(1, 1.5 * seconds);
  pose.jaw += static_cast<float>(14 * envelope * (.5 + .5 * hostmath::sin(phase)));
  add(pose, "funnel", .5 * envelope * noise(2, 1.7 * seconds));
  const double wide = .4 * envelope * noise(3, 1.2 * seconds);
  add(pose, "stretch_L", wide);
  add(pose, "stretch_R", wide);
}

void Motion::add_presets(head::Pose& pose, double seconds) const {
  add(pose, "smile_L", resting_smile_);
  add(pose, "smile_R", resting_smile_);
  for (const Preset& p : presets_) {
    const double t = seconds - p.begin;
    const double in = smooth(0, kRise, t);
    const double strength =
        p.strength * in * (1 - smooth(kRise + p.hold, kRise + p.hold + kFall, t));
    if (strength <= 0) continue;
    const IndexedFace& face = indexed_faces()[static_cast<std::size_t>(p.kind)];
    pose.jaw += static_cast<float>(strength) * face.jaw;
    for (std::size_t i = 0; i < face.weights.size(); ++i)
      pose.expression[i] += static_cast<float>(strength) * face.weights[i];
  }
}

/// Needs the pose's yaw and pitch: who looks at the camera turns the eyes against the head.
void Motion::add_gaze(head::Pose& pose, double seconds) const {
  const auto target = [&](const Look& look, double head_angle, double free, double limit) {
    return std::clamp(look.camera ? -.85 * head_angle : free, -limit, limit);
  };
  const double yaw = static_cast<double>(pose.yaw), down = static_cast<double>(pose.pitch);
  double x = 0, y = 0;
  for (const Look& look : looks_) {
    const double share = smooth(0, kSaccade, seconds - look.begin);
    x += (target(look, yaw, look.x, kGazeX) - x) * share;
    y += (target(look, -down, look.y, kGazeY) - y) * share;
  }
  pose.gaze_x = static_cast<float>(x);
  pose.gaze_y = static_cast<float>(y);
}

head::Pose Motion::at(double seconds) const {
  head::Pose pose;
  pose.yaw = static_cast<float>(turn(yaw_, yaw_offset_, 45, seconds));
  pose.pitch = static_cast<float>(turn(pitch_, pitch_offset_, 30, seconds));
  pose.roll = static_cast<float>(turn(roll_, 0, 25, seconds));
  add_speech(pose, seconds);
  add_presets(pose, seconds);
  add_gaze(pose, seconds);
  // lids follow the gaze
  const double gaze_y = static_cast<double>(pose.gaze_y);
  const double lids = std::max(blink(seconds), std::clamp(-gaze_y / 40, 0.0, .5));
  add(pose, "blink_L", lids);
  add(pose, "blink_R", lids);
  const double wide = std::clamp(gaze_y / 40, 0.0, .5) * (1 - lids);
  add(pose, "eye_wide_L", wide);
  add(pose, "eye_wide_R", wide);
  pose.jaw = std::clamp(pose.jaw, 0.0F, static_cast<float>(kJaw));
  for (float& w : pose.expression) w = std::clamp(w, 0.0F, static_cast<float>(kWeight));
  return pose;
}

}  // namespace dact::world
