#include "reenact/pipeline/heads64.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reenact/head/head.hpp"
#include "reenact/picture.hpp"
#include "tensor/error.hpp"

namespace dact::reenact {
namespace {

template <std::size_t N>
std::array<float, N> numbers_of(const char* name, const Tensor& x) {
  require_shape("head_landmarks", name, x, {static_cast<std::int64_t>(N)});
  const auto values = x.to_vector<float>();
  std::array<float, N> out;
  std::copy(values.begin(), values.end(), out.begin());
  for (const float v : out)
    if (!std::isfinite(v))
      throw NumericError("head_landmarks", std::string(name) + " must be finite, got " + x.str() +
                                               " with a NaN or infinity");
  return out;
}

float held(float v, float low, float high) { return std::clamp(v, low, high); }

// Weights of orthonormal codes: codes_k = sum_{j >= k} L_jk weights_j, solved from the last on.
head::Pose with_expression(head::Pose pose, const std::array<float, head::kExpressions>& codes) {
  const auto& factor = head::head_model().expression_factor;
  std::array<double, head::kExpressions> weights{};
  for (std::size_t k = codes.size(); k-- > 0;) {
    double rest = static_cast<double>(codes[k]);
    for (std::size_t j = k + 1; j < codes.size(); ++j) rest -= factor[j][k] * weights[j];
    weights[k] = rest / factor[k][k];
    pose.expression[k] = held(static_cast<float>(weights[k]), -1, 2);
  }
  return pose;
}

head::Identity identity_of(const Tensor& codes) {
  head::Identity identity =
      head::weights_of_codes(head::head_model(), numbers_of<head::kIdentities>("identity", codes));
  for (float& w : identity) w = held(w, -4, 4);
  return identity;
}

}  // namespace

FaceState Heads64Tracker::track(const Tensor& picture) {
  const NoGrad no_grad;
  const Tensor image = picture_to_tensor(picture_to_square(picture, nets::kImageSize));
  const nets::FaceCodes codes = estimator_(nn::input_of(estimator_, image));
  const Tensor looks =
      gaze_(nn::input_of(gaze_, image), codes.landmarks.value()).value().to(Device::cpu);
  const auto row = [](const Var& x) {
    return x.value().to(Device::cpu).reshaped({x.size(1)}).contiguous();
  };
  return {.identity = row(codes.identity),
          .expression = row(codes.expression),
          .pose = row(codes.pose),
          .camera = row(codes.camera),
          .gaze = {.pitch = looks.sliced(1, 0, 1).item(), .yaw = looks.sliced(1, 1, 2).item()},
          .confidence = codes.confidence.item() - kLeastLogit};
}

struct HeadLandmarks::Kept {
  std::shared_ptr<const head::Person> person;
  head::PosedHead posed;
};

HeadLandmarks::HeadLandmarks() : kept_(std::make_unique<Kept>()) {}
HeadLandmarks::~HeadLandmarks() = default;

face::Landmarks68 HeadLandmarks::landmarks(const FaceState& state) const {
  const head::Identity identity = identity_of(state.identity);
  if (!kept_->person || kept_->person->identity() != identity)
    kept_->person = std::make_shared<const head::Person>(
        head::head_model(), identity, head::Appearance{.hair = head::HairStyle::bald});
  const auto angles = numbers_of<4>("pose", state.pose);
  head::Pose pose{.yaw = held(angles[0], -90, 90),
                  .pitch = held(angles[1], -90, 90),
                  .roll = held(angles[2], -90, 90),
                  .jaw = held(angles[3], 0, 30)};
  pose = with_expression(pose, numbers_of<head::kExpressions>("expression", state.expression));
  head::pose_head(kept_->person, pose, kept_->posed);
  const auto camera = numbers_of<3>("camera", state.camera);
  face::Landmarks68 points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const head::Vec3& p = kept_->posed.landmarks[i];
    // weak perspective of head::Camera, onto the frame of points
    constexpr double kPictureCm = 30.5, kMiddleCm = -0.5;
    const double per_cm = kPointFrame * static_cast<double>(camera[0]) / kPictureCm;
    points[i] = {kPointFrame / 2 + per_cm * static_cast<double>(p.x + camera[1]),
                 kPointFrame / 2 - per_cm * (static_cast<double>(p.y + camera[2]) - kMiddleCm)};
  }
  return points;
}

}  // namespace dact::reenact
