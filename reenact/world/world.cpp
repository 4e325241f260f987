#include "reenact/world/world.hpp"

#include <cmath>

#include "tensor/hostmath.hpp"

namespace dact::world {
namespace {

constexpr float kPictureCm = 30.5F, kMiddleCm = -0.5F;  // as Camera says

/// The point on the picture.
std::array<float, 2> pixel_of(const head::Vec3& p, const head::Camera& camera, std::int32_t size) {
  const float side = static_cast<float>(size), per_cm = side * camera.scale / kPictureCm;
  return {0.5F * side + per_cm * (p.x + camera.tx),
          0.5F * side - per_cm * (p.y + camera.ty - kMiddleCm)};
}

Truth truth_of(const head::PosedHead& head, const head::Pose& pose, const head::Camera& camera,
               std::int32_t size) {
  Truth truth;
  truth.pose = pose;
  for (std::size_t i = 0; i < truth.landmarks.size(); ++i)
    truth.landmarks[i] = pixel_of(head.landmarks[i], camera, size);
  for (std::size_t eye = 0; eye < 2; ++eye)
    truth.irises[eye] = pixel_of(head.iris_centre[eye], camera, size);
  const double x = static_cast<double>(head.gaze.x), y = static_cast<double>(head.gaze.y);
  truth.gaze_pitch = static_cast<float>(hostmath::asin(y < -1 ? -1 : y > 1 ? 1 : y));
  truth.gaze_yaw = static_cast<float>(hostmath::atan2(-x, static_cast<double>(head.gaze.z)));
  return truth;
}

}  // namespace

Clip::Clip(std::uint64_t person_seed, std::uint64_t clip_seed, double seconds)
    : person_seed_(person_seed), clip_seed_(clip_seed), motion_(clip_seed, seconds) {
  head::DrawnPerson drawn = head::draw_person(person_seed);
  scene_ = sample_scene(clip_seed, drawn.appearance);
  person_ =
      std::make_shared<const head::Person>(head::head_model(), drawn.identity, drawn.appearance);
}

void Painter::draw(const Clip& clip, const head::Pose& pose, const render::FrameRequest& request,
                   render::Frame& frame, Truth& truth) {
  const Scene& scene = clip.scene();
  head::pose_head(clip.person(), pose, posed_);
  renderer_.render(posed_.mesh, clip.person()->appearance(), pose, scene.light, scene.background,
                   scene.camera, request, frame);
  truth = truth_of(posed_, pose, scene.camera, request.size);
}

void Painter::draw(const Clip& clip, double seconds, const render::FrameRequest& request,
                   render::Frame& frame, Truth& truth) {
  draw(clip, clip.pose_at(seconds), request, frame, truth);
}

}  // namespace dact::world
