// What a picture says of the head in it: shape, expression, pose, camera, landmarks.
#pragma once
#include "reenact/nets/blocks.hpp"

namespace dact::nets {

inline constexpr std::int64_t kIdentityCodes = 36;
inline constexpr std::int64_t kExpressionCodes = 32;
inline constexpr std::int64_t kPoseAngles = 4;     // yaw, pitch, roll, jaw
inline constexpr std::int64_t kCameraNumbers = 3;  // scale, tx, ty

/// One row per picture.
struct FaceCodes {
  Var identity;    // [B, 36], head::orthonormal_codes of the person
  Var expression;  // [B, 32], head::orthonormal_expression
  Var pose;        // [B, 4], degrees: yaw (+ to the picture's right), pitch (+ down), roll, jaw
  Var camera;      // [B, 3]: scale, tx, ty as head::Camera has them
  Var landmarks;   // [B, 68, 2], pixels of the 64-pixel picture, from its top left corner
  Var confidence;  // [B], logit: > 0 says that this is a head of the procedural world
};

/// image [B, 3, 64, 64] in [-1, 1] -> FaceCodes. Differentiable by the image.
class FaceEstimator : public nn::Module {
 public:
  FaceEstimator();
  FaceCodes operator()(const Var& image) const;
  void visit(nn::Visitor& v) override;

 private:
  Trunk trunk_;
  PositionTail tail_;
  nn::Linear heads_;
};

}  // namespace dact::nets
