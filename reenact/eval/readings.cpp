#include "reenact/eval/readings.hpp"

#include <algorithm>
#include <limits>

#include "reenact/picture.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"

namespace dact::eval {
namespace {

constexpr double kDegreesPerRadian = 57.29577951308232;
constexpr std::int64_t kReadAtOnce = 8;  // changes no bit

constexpr Tensor Readings::*kFaceFields[] = {&Readings::landmarks, &Readings::angles,
                                             &Readings::expression, &Readings::gaze,
                                             &Readings::embedding};

void blank_row(Tensor& x, std::int64_t row) {
  const std::int64_t width = x.numel() / x.size(0);
  std::fill_n(x.mutate<float>() + row * width, width, std::numeric_limits<float>::quiet_NaN());
}

Readings read_some(const Judge& judge, const Tensor& pictures, double least_confidence) {
  Readings r;
  r.images = images_of(pictures);
  const Var image = nn::input_of(judge, r.images);
  const auto own = [](const Var& x) { return x.value().to(Device::cpu).contiguous().clone(); };
  const nets::FaceCodes codes = judge.estimator(image);
  for (const Var& f : judge.parser.features(image)) r.features.push_back(f.value().to(Device::cpu));
  r.landmarks = own(codes.landmarks);
  r.angles = own(codes.pose).sliced(1, 0, 3).contiguous();
  r.expression = own(codes.expression);
  r.gaze = mul_scalar(own(judge.gaze(image, codes.landmarks.value())), kDegreesPerRadian);
  r.embedding = own(judge.embedder(image));
  const auto confidence = codes.confidence.value().to_vector<float>();
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    if (static_cast<double>(confidence[i]) > least_confidence) continue;
    ++r.failed;
    for (Tensor Readings::*field : kFaceFields) blank_row(r.*field, static_cast<std::int64_t>(i));
  }
  return r;
}

}  // namespace

Judge::Judge() {
  nn::name_modules(*this, "judge");
  nn::set_requires_grad(*this, false);
}

void Judge::visit(nn::Visitor& v) {
  v.child("estimator", estimator);
  v.child("gaze", gaze);
  v.child("embedder", embedder);
  v.child("parser", parser);
}

Tensor images_of(const Tensor& pictures) {
  Tensors images;
  for (std::int64_t i = 0; i < pictures.size(0); ++i)
    images.push_back(
        reenact::picture_to_tensor(pictures.sliced(0, i, i + 1).squeezed(0).contiguous()));
  return cat(images, 0);
}

Readings read_pictures(const Judge& judge, const Tensor& pictures, double least_confidence) {
  require_shape("read_pictures", "pictures", pictures,
                {pictures.size(0), nets::kImageSize, nets::kImageSize, 3});
  const NoGrad no_grad;
  std::vector<Readings> parts;
  for (std::int64_t at = 0; at < pictures.size(0); at += kReadAtOnce)
    parts.push_back(read_some(judge,
                              pictures.sliced(0, at, std::min(at + kReadAtOnce, pictures.size(0))),
                              least_confidence));
  Readings all;
  const auto join = [&](auto&& field) {
    Tensors pieces;
    for (const Readings& part : parts) pieces.push_back(field(part));
    return cat(pieces, 0);
  };
  all.images = join([](const Readings& r) { return r.images; });
  for (std::size_t depth = 0; depth < parts.front().features.size(); ++depth)
    all.features.push_back(join([&](const Readings& r) { return r.features[depth]; }));
  for (Tensor Readings::*field : kFaceFields)
    all.*field = join([&](const Readings& r) { return r.*field; });
  for (const Readings& part : parts) all.failed += part.failed;
  return all;
}

Readings readings_of_truth(const train::Batch& known) {
  Readings r;
  r.landmarks = known.landmarks;
  r.angles = known.pose.sliced(1, 0, 3).contiguous();
  r.expression = known.expression;
  r.gaze = mul_scalar(known.gaze, kDegreesPerRadian);
  return r;
}

Tensor picked(const Tensor& x, const std::vector<std::int64_t>& rows) {
  Tensors pieces;
  for (const std::int64_t row : rows) pieces.push_back(x.sliced(0, row, row + 1));
  return cat(pieces, 0);
}

Readings picked(const Readings& readings, const std::vector<std::int64_t>& rows) {
  Readings out;
  if (readings.images.defined()) out.images = picked(readings.images, rows);
  for (const Tensor& f : readings.features) out.features.push_back(picked(f, rows));
  for (Tensor Readings::*field : kFaceFields)
    if ((readings.*field).defined()) out.*field = picked(readings.*field, rows);
  const auto angles = out.angles.to_vector<float>();
  for (std::size_t i = 0; i < angles.size(); i += 3) out.failed += angles[i] != angles[i];
  return out;
}

}  // namespace dact::eval
