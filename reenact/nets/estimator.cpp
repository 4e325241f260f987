#include "reenact/nets/estimator.hpp"

namespace dact::nets {
namespace {

constexpr std::int64_t kEstimatorHidden = 160;
constexpr std::int64_t kHeadWidth =
    kIdentityCodes + kExpressionCodes + kPoseAngles + kCameraNumbers + 2 * kLandmarks + 1;

// What one unit of the last layer stands for: about the spread of each number in the world.
constexpr double kDegrees = 20, kScale = 0.05, kShift = 1, kLandmarkPixels = 8;

Var affine(const Var& x, double factor, double offset) {
  return add_scalar(mul_scalar(x, factor), offset);
}

}  // namespace

FaceEstimator::FaceEstimator()
    : tail_(kTrunkWidths[2], kImageSize / 8, kEstimatorHidden),
      heads_(kEstimatorHidden, kHeadWidth) {}

FaceCodes FaceEstimator::operator()(const Var& image) const {
  const Var y = heads_(silu(tail_(trunk_(image).back())));
  const Vars part =
      split(y, {kIdentityCodes, kExpressionCodes, kPoseAngles, 1, 2, 2 * kLandmarks, 1}, 1);
  const std::int64_t b = image.size(0);
  return {.identity = part[0],
          .expression = part[1],
          .pose = mul_scalar(part[2], kDegrees),
          .camera = cat({affine(part[3], kScale, 1), mul_scalar(part[4], kShift)}, 1),
          .landmarks = affine(reshape(part[5], {b, kLandmarks, 2}), kLandmarkPixels,
                              static_cast<double>(kImageSize) / 2),
          .confidence = reshape(part[6], {b})};
}

void FaceEstimator::visit(nn::Visitor& v) {
  v.child("trunk", trunk_);
  v.child("tail", tail_);
  v.child("heads", heads_);
}

}  // namespace dact::nets
