// The world that everything is trained and measured in: clips of procedural people, each frame with its ground truth.
#pragma once
#include <array>
#include <cstdint>
#include <memory>

#include "reenact/head/head.hpp"
#include "reenact/render/render_head.hpp"
#include "reenact/world/motion.hpp"
#include "reenact/world/person.hpp"

namespace dact::world {

/// A person in a scene, moving. Immutable, shared between threads.
class Clip {
 public:
  /// The motion is known for the first `seconds`.
  Clip(std::uint64_t person_seed, std::uint64_t clip_seed, double seconds);
  std::uint64_t person_seed() const { return person_seed_; }
  std::uint64_t clip_seed() const { return clip_seed_; }
  const std::shared_ptr<const head::Person>& person() const { return person_; }
  const Scene& scene() const { return scene_; }
  head::Pose pose_at(double seconds) const { return motion_.at(seconds); }

 private:
  std::uint64_t person_seed_, clip_seed_;
  Scene scene_;
  std::shared_ptr<const head::Person> person_;
  Motion motion_;
};

/// What is known of a frame besides its pictures. Pixels: x right, y down from the top left corner, pixel (i, j) has its
/// centre at (i + 0.5, j + 0.5).
struct Truth {
  head::Pose pose;  // degrees; angles of the head, jaw, eyes in the head, expression weights
  std::array<std::array<float, 2>, head::kLandmarks> landmarks{};  // pixels
  std::array<std::array<float, 2>, 2> irises{};                    // pixels, left and right
  /// Where the eyes look in the picture's frame, radians: pitch up, yaw to the picture's left (spec face3d 5.1).
  float gaze_pitch = 0, gaze_yaw = 0;
};

/// Draws frames one after the other; work of one thread, as many painters as threads draw independent frames. A frame is
/// a pure function of clip, time and request.
class Painter {
 public:
  void draw(const Clip& clip, double seconds, const render::FrameRequest& request,
            render::Frame& frame, Truth& truth);
  /// The same for a pose that is given.
  void draw(const Clip& clip, const head::Pose& pose, const render::FrameRequest& request,
            render::Frame& frame, Truth& truth);

 private:
  render::HeadRenderer renderer_;
  head::PosedHead posed_;
};

}  // namespace dact::world
