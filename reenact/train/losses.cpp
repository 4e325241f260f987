#include "reenact/train/losses.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/hostmath.hpp"
#include "tensor/ops/mul/mul.hpp"

namespace dact::train {
namespace {

Tensor detached(const Var& v) { return v.value(); }

}  // namespace

void Loss::add(const std::string& name, double weight, const Var& value) {
  if (weight == 0) return;
  terms.push_back({name, weight, value.item()});
  const Var weighted = mul_scalar(value, weight);
  total = total.defined() ? dact::add(total, weighted) : weighted;
}

Var l2_distance(const Var& a, const Var& b, Distance distance) {
  if (distance == Distance::mse) return mse(a, b);
  return mean(norm_l2(reshape(sub(a, b), {a.size(0), -1}), {1}));
}

TargetReading read_target(const Judges& judges, const Tensor& image, const Tensor& landmarks) {
  const NoGrad no_grad;
  const Var x(image);
  TargetReading t;
  t.image = image;
  t.landmarks = landmarks;
  for (const Var& map : judges.perceptual(x)) t.perceptual.push_back(detached(map));
  t.identity = detached(judges.identity(x, landmarks));
  t.style = detached(judges.style(x));
  t.masked = mul(image, judges.background(image));
  t.gaze = detached(judges.gaze(x, landmarks));
  const FaceReading face = judges.face(x);
  t.angles = detached(face.angles);
  t.shape = detached(face.landmarks);
  return t;
}

Loss reenactment_loss(const Judges& judges, const Var& x_r, const TargetReading& t,
                      const LossWeights& w, Distance distance) {
  Loss loss;
  loss.add("pixel", w.pixel, l2_distance(Var(t.image), x_r, distance));
  if (w.perceptual != 0) {
    Var sum;
    const std::vector<Var> maps = judges.perceptual(x_r);
    for (std::size_t l = 0; l < maps.size(); ++l) {
      const Var d = l2_distance(Var(t.perceptual[l]), maps[l], distance);
      sum = sum.defined() ? add(sum, d) : d;
    }
    loss.add("perceptual", w.perceptual, sum);
  }
  if (w.identity != 0) {
    const Var cosine =
        cosine_similarity(Var(t.identity), judges.identity(x_r, t.landmarks), 1, 1e-6);
    loss.add("identity", w.identity, mean(add_scalar(neg(cosine), 1)));
  }
  if (w.background != 0) {
    const Var mask(judges.background(x_r.value()));
    loss.add("background", w.background, l2_distance(Var(t.masked), mul(x_r, mask), distance));
  }
  if (w.style != 0)
    loss.add("style", w.style, l2_distance(Var(t.style), judges.style(x_r), distance));
  if (w.gaze != 0) loss.add("gaze", w.gaze, l1(Var(t.gaze), judges.gaze(x_r, t.landmarks)));
  if (w.shape == 0 && w.pose == 0) return loss;
  const FaceReading face = judges.face(x_r);
  loss.add("shape", w.shape, l1(Var(t.shape), face.landmarks));
  loss.add("pose", w.pose, l1(Var(t.angles), face.angles));
  return loss;
}

Tensor feature_weights(const Tensor& landmarks, std::int64_t size, double feature) {
  using Span = std::pair<std::int64_t, std::int64_t>;  // first point, one past the last
  constexpr Span kFeatures[][2] = {{{17, 22}, {36, 42}}, {{22, 27}, {42, 48}}, {{48, 68}, {}}};
  const double beyond = static_cast<double>(size) / 32, end = static_cast<double>(size - 1);
  const auto points = landmarks.contiguous().to_vector<float>();
  Tensor weights = full({landmarks.size(0), 1, size, size}, 1);
  for (std::int64_t n = 0; n < landmarks.size(0); ++n)
    for (const auto& spans : kFeatures) {
      double low[2] = {end, end}, high[2] = {0, 0};
      for (const auto& [first, last] : spans)
        for (std::int64_t i = 2 * first; i < 2 * last; ++i) {
          const auto at = static_cast<double>(points[static_cast<std::size_t>(n * 136 + i)]);
          low[i % 2] = std::min(low[i % 2], at - beyond);
          high[i % 2] = std::max(high[i % 2], at + beyond);
        }
      const auto pixel = [&](double v) {
        return static_cast<std::int64_t>(std::clamp(v, 0.0, end));
      };
      float* plane = weights.mutate<float>() + n * size * size;
      for (std::int64_t y = pixel(low[1]); y <= pixel(high[1]); ++y)
        for (std::int64_t x = pixel(low[0]); x <= pixel(high[0]); ++x)
          plane[y * size + x] = static_cast<float>(feature);
    }
  return weights;
}

Loss code_loss(const Var& z_r, const Var& z_t) {
  Loss loss;
  loss.add("z", 1, l1(z_r, z_t.detach()));
  return loss;
}

Var arcface_loss(const Var& embedding, const Var& prototypes, const Tensor& person, double scale,
                 double margin) {
  const std::int64_t batch = embedding.size(0);
  const Var cosine = linear(embedding, l2_normalize(prototypes, 1));  // [B, P]
  const Var index = reshape(Var(person), {batch, 1});
  const Var own = clamp(gather(cosine, index, 1), -1, 1);  // [B, 1]
  const double cos_m = hostmath::cos(margin), sin_m = hostmath::sin(margin);
  // sin theta = sqrt(1 - cos^2), kept off 0 where its slope is infinite
  const Var sine = sqrt(clamp(add_scalar(neg(square(own)), 1), 1e-6, 1));
  const Var turned = sub(mul_scalar(own, cos_m), mul_scalar(sine, sin_m));
  const Var continued = add_scalar(own, -margin * sin_m);
  const Var inside = gt(own, Var(full(own.shape(), -cos_m).to(own.value().device())));
  const Var moved = sub(where(inside, turned, continued), own);  // what the margin takes away
  const Var logits = scatter_add(cosine, index, moved, 1);
  return cross_entropy(mul_scalar(logits, scale), Var(person));
}

}  // namespace dact::train
