#include <cmath>
#include <vector>

#include "reenact/nets/estimator.hpp"
#include "reenact/train/face_recipe_base.hpp"
#include "reenact/train/ridge.hpp"

namespace dact::train {
namespace {

double mean_absolute(const Tensor& a, const Tensor& b) {
  return l1(Var(a.contiguous()), Var(b.contiguous())).item();
}

// A picture that is no head: 8x8 tiles of 8 pixels shuffled, the picture upside down, or noise.
Tensor spoilt(const Tensor& images, std::uint64_t seed, std::int64_t step, std::int64_t first) {
  Tensor out = images.contiguous().clone();
  float* p = out.mutate<float>();
  const Tensor in = images.contiguous();
  const std::int64_t side = images.size(3), tiles = side / 8, plane = side * side;
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    const float* from = in.data<float>() + n * 3 * plane;
    float* to = p + n * 3 * plane;
    const std::int64_t kind = draw_index(seed, "spoil.kind", step, first + n, 4);
    const RandomKey key{.seed = seed, .use = "spoil", .draw = static_cast<std::uint32_t>(step)};
    if (kind == 0) {
      fill_uniform(key, static_cast<std::uint32_t>(first + n), to, 3 * plane);
      for (std::int64_t i = 0; i < 3 * plane; ++i) to[i] = 2 * to[i] - 1;
      continue;
    }
    std::vector<std::uint32_t> moves(static_cast<std::size_t>(tiles * tiles));
    fill_bits(key, static_cast<std::uint32_t>(first + n), moves.data(), tiles * tiles);
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t i = 0; i < side; ++i)
        for (std::int64_t j = 0; j < side; ++j) {
          std::int64_t y = side - 1 - i, x = j;
          if (kind > 1) {  // every tile from a drawn place
            const auto tile = static_cast<std::size_t>((i / 8) * tiles + j / 8);
            const auto place = static_cast<std::int64_t>(moves[tile]) % (tiles * tiles);
            y = place / tiles * 8 + i % 8;
            x = place % tiles * 8 + j % 8;
          }
          to[(c * side + i) * side + j] = from[(c * side + y) * side + x];
        }
  }
  return out;
}

class EstimatorRecipe final : public FaceRecipe<nets::FaceEstimator> {
 public:
  using FaceRecipe::FaceRecipe;

  Loss loss(const MicroBatch& part) const override {
    const Batch b = drawn(part);
    const nets::FaceCodes codes = net_(in(b.image));
    Loss loss;
    const TruthRows want = scale_.normalised(b);
    loss.add("pose", 4, against(codes.pose, want, 0));
    loss.add("camera", 1, against(codes.camera, want, 2));
    loss.add("expression", 1, against(codes.expression, want, 3));
    loss.add("identity", 1, against(codes.identity, want, 4));
    loss.add("landmarks", 1, l1(codes.landmarks, in(b.landmarks)));
    const Tensor bad = spoilt(b.image, options_.seed, part.step, part.first);
    const Var no = net_(in(bad)).confidence;
    loss.add("confidence", 0.5,
             add(mean(softplus(neg(codes.confidence))), mean(softplus(no))));  // -log sigmoid
    return loss;
  }

  Metrics evaluate() const override {
    const auto read = [&](auto&& field) {
      return over_judged([&](const Batch& b) { return field(net_(in(b.image))); });
    };
    const Tensor pose = read([](const nets::FaceCodes& c) { return c.pose; });
    const Tensor points = read([](const nets::FaceCodes& c) { return c.landmarks; });
    const Tensor expression = read([](const nets::FaceCodes& c) { return c.expression; });
    const Tensor identity = read([](const nets::FaceCodes& c) { return c.identity; });
    const auto r2 = [](const Tensor& truth, const Tensor& said, const TruthGroup& group) {
      const std::vector<double> each = r2_by_column(truth, said, group.least_spread);
      return mean_of(each, 0, each.size());
    };
    return {{"angle_error", mean_absolute(pose.sliced(1, 0, 3), judged_.pose.sliced(1, 0, 3))},
            {"jaw_error", mean_absolute(pose.sliced(1, 3, 4), judged_.pose.sliced(1, 3, 4))},
            {"landmark_error", landmark_error(points)},
            {"r2.expression", r2(judged_.expression, expression, truth_groups()[3])},
            {"r2.identity", r2(judged_.identity, identity, truth_groups()[4])},
            {"confidence_accuracy", confidence_accuracy()}};
  }

  // picture | true landmarks | estimated landmarks
  Tensor grid() const override {
    const Batch few = rows(judged_, 0, std::min<std::int64_t>(8, judged_.image.size(0)));
    return contact_sheet(
        {few.image, with_points(few.image, few.landmarks),
         with_points(few.image, net_(in(few.image)).landmarks.value().to(Device::cpu))});
  }

 private:
  // White pixels where the points are.
  static Tensor with_points(const Tensor& images, const Tensor& points) {
    Tensor out = images.contiguous().clone();
    const std::int64_t side = images.size(3), plane = side * side;
    const auto xy = points.to_vector<float>();
    float* p = out.mutate<float>();
    for (std::int64_t n = 0; n < images.size(0); ++n)
      for (std::int64_t i = 0; i < nets::kLandmarks; ++i) {
        const auto at = static_cast<std::size_t>(2 * (n * nets::kLandmarks + i));
        const float x = std::floor(xy[at]), y = std::floor(xy[at + 1]),
                    last = static_cast<float>(side);
        if (!(x >= 0 && x < last && y >= 0 && y < last)) continue;
        const auto pixel = static_cast<std::int64_t>(y) * side + static_cast<std::int64_t>(x);
        for (std::int64_t k = 0; k < 3; ++k) p[(n * 3 + k) * plane + pixel] = 1;
      }
    return out;
  }

  // Columns of one group, in units of their spread.
  Var against(const Var& said, const TruthRows& want, std::size_t group) const {
    const TruthGroup& g = truth_groups()[group];
    std::vector<float> inverse, shift;
    for (std::int64_t k = g.begin; k < g.end; ++k) {
      inverse.push_back(scale_.spread(k) > 0 ? static_cast<float>(1 / scale_.spread(k)) : 0.0F);
      shift.push_back(static_cast<float>(scale_.mean(k)));
    }
    const auto row = [&](const std::vector<float>& v) {
      return in(from_vector(v, {1, g.end - g.begin}));
    };
    return smooth_l1(mul(sub(said, row(shift)), row(inverse)),
                     in(want.value.sliced(1, g.begin, g.end).contiguous()),
                     want.seen.sliced(1, g.begin, g.end).contiguous());
  }

  double landmark_error(const Tensor& points) const {
    const Var d = norm_l2(sub(Var(points), Var(judged_.landmarks)), {2});  // [N, 68]
    return mean(d).item();
  }

  double confidence_accuracy() const {
    const auto positive = [](const Tensor& logits) {
      double count = 0;
      for (const float v : logits.to_vector<float>()) count += v > 0 ? 1 : 0;
      return count / static_cast<double>(logits.numel());
    };
    const Tensor yes = over_judged([&](const Batch& b) { return net_(in(b.image)).confidence; });
    const Tensor no = over_judged(
        [&](const Batch& b) { return net_(in(spoilt(b.image, options_.seed, 0, 0))).confidence; });
    return (positive(yes) + 1 - positive(no)) / 2;
  }
};

}  // namespace

std::unique_ptr<Recipe> make_estimator_recipe(const DataSource& data, const DataSource& held_out,
                                              const FaceOptions& options) {
  return std::make_unique<EstimatorRecipe>("estimator", data, held_out, options);
}

}  // namespace dact::train
