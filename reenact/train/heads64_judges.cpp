#include "reenact/train/heads64_judges.hpp"

namespace dact::train {
namespace {

constexpr double kCropPixels = 224;  // the frame of FaceReading::landmarks
constexpr std::int64_t kBackgroundClass = 0, kHairClass = 17;

}  // namespace

Heads64Judges::Heads64Judges() {
  nn::name_modules(*this, "judges");
  nn::set_requires_grad(*this, false);
}

Tensor Heads64Judges::background(const Tensor& image) const {
  const NoGrad no_grad;
  const Tensor classes =
      argmax(parser(Var(image)), 1).value().to(Device::cpu).contiguous();  // [B, S, S]
  Tensor mask = empty({image.size(0), 1, image.size(2), image.size(3)});
  const auto* c = classes.data<std::int64_t>();
  float* p = mask.mutate<float>();
  for (std::int64_t i = 0; i < classes.numel(); ++i)
    p[i] = c[i] == kBackgroundClass || c[i] == kHairClass ? 1.0F : 0.0F;
  return mask.to(image.device());
}

FaceReading Heads64Judges::face(const Var& image) const {
  const nets::FaceCodes codes = estimator(image);
  return {slice(codes.pose, 1, 0, 3),
          mul_scalar(codes.landmarks, kCropPixels / static_cast<double>(nets::kImageSize))};
}

void Heads64Judges::visit(nn::Visitor& v) {
  v.child("estimator", estimator);
  v.child("gaze", eyes);
  v.child("embedder", embedder);
  v.child("parser", parser);
  v.child("style", looks);
}

}  // namespace dact::train
