#include "reenact/train/face_recipes.hpp"

#include <algorithm>
#include <cmath>

#include "reenact/nets/embedder.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/nets/parser.hpp"
#include "reenact/nets/style.hpp"
#include "reenact/train/face_recipe_base.hpp"
#include "reenact/train/ridge.hpp"
#include "tensor/hostmath.hpp"

namespace dact::train {
namespace {

constexpr double kDegreesPerRadian = 57.29577951308232;
constexpr double kMarginSteps = 3000;  // over which the embedder's margin grows

// ---- gaze

class GazeRecipe final : public FaceRecipe<nets::GazeEstimator> {
 public:
  using FaceRecipe::FaceRecipe;

  Loss loss(const MicroBatch& part) const override {
    const Batch b = drawn(part);
    Tensor points = b.landmarks.contiguous().clone();
    const std::int64_t each = points.numel() / part.count;
    std::vector<float> noise(static_cast<std::size_t>(each));
    for (std::int64_t n = 0; n < part.count; ++n) {
      fill_normal({.seed = options_.seed,
                   .use = "train.landmarks",
                   .draw = static_cast<std::uint32_t>(part.step)},
                  static_cast<std::uint32_t>(part.first + n), noise.data(), each);
      float* row = points.mutate<float>() + n * each;
      for (std::int64_t i = 0; i < each; ++i) row[i] += 0.5F * noise[static_cast<std::size_t>(i)];
    }
    Loss loss;
    loss.add("gaze", 1, l1(net_(in(b.image), points), in(b.gaze)));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor said = over_judged([&](const Batch& b) { return net_(in(b.image), b.landmarks); });
    const auto got = said.to_vector<float>(), want = judged_.gaze.to_vector<float>();
    double sum = 0;
    for (std::size_t i = 0; i < got.size(); i += 2) sum += angle(&got[i], &want[i]);
    const std::vector<double> r2 = r2_by_column(judged_.gaze, said);
    return {{"gaze_error", 2 * sum / static_cast<double>(got.size())},
            {"r2.gaze", mean_of(r2, 0, 2)}};
  }

 private:
  // Degrees between two directions given as (pitch, yaw).
  static double angle(const float* a, const float* b) {
    const auto direction = [](const float* v, double(&d)[3]) {
      const double pitch = static_cast<double>(v[0]), yaw = static_cast<double>(v[1]);
      d[0] = hostmath::cos(pitch) * hostmath::sin(yaw);
      d[1] = hostmath::sin(pitch);
      d[2] = hostmath::cos(pitch) * hostmath::cos(yaw);
    };
    double p[3], q[3];
    direction(a, p);
    direction(b, q);
    const double cosine = p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
    return hostmath::acos(std::clamp(cosine, -1.0, 1.0)) * kDegreesPerRadian;
  }
};

// ---- embedder

struct EmbedderWithPeople final : nn::Module {
  nets::IdentityEmbedder embedder;
  Var prototypes;
  void visit(nn::Visitor& v) override {
    v.child("embedder", embedder);
    v.param("prototypes", prototypes);
  }
};

class EmbedderRecipe final : public FaceRecipe<EmbedderWithPeople> {
 public:
  EmbedderRecipe(std::string recipe_name, const DataSource& data, const DataSource& held_out,
                 const FaceOptions& options)
      : FaceRecipe(std::move(recipe_name), data, held_out, options) {
    // Short ones: only their directions count, and a step of AdamW's turns a short one further.
    constexpr double kLength = 0.05;
    net_.prototypes = Var(mul_scalar(randn({data.people(), nets::kEmbedding},
                                           {.seed = options.seed, .use = "prototypes"}),
                                     kLength),
                          true);
  }
  nn::Module& shipped() override { return net_.embedder; }

  Loss loss(const MicroBatch& part) const override {
    const Batch b = drawn(part);
    Loss loss;
    // Scale 32 and margin 0.3: the paper's 64 and 0.5 are for 10^5 people and 512 numbers. The margin grows from nothing:
    // given at once, 72,000 pictures did not bring the loss far below chance.
    const double margin = 0.3 * std::min(1.0, static_cast<double>(part.step) / kMarginSteps);
    loss.add("arcface", 1,
             arcface_loss(net_.embedder(in(b.image)), net_.prototypes, in(b.person).value(), 32,
                          margin));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor e = over_judged([&](const Batch& b) { return net_.embedder(in(b.image)); });
    return {{"equal_error_rate", equal_error_rate(e, judged_.person, judged_.clip)}};
  }
};

// ---- parser

class ParserRecipe final : public FaceRecipe<nets::FaceParser> {
 public:
  using FaceRecipe::FaceRecipe;

  Loss loss(const MicroBatch& part) const override {
    const Batch b = drawn(part);
    Loss loss;
    loss.add("parsing", 1, cross_entropy(net_(in(b.image)), in(b.mask.to(DType::i64))));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor said = over_judged([&](const Batch& b) { return argmax(net_(in(b.image)), 1); });
    return {{"miou", mean_iou(judged_.mask, said, nets::kParsingClasses)}};
  }

  // picture | truth | predicted
  Tensor grid() const override {
    const Batch few = rows(judged_, 0, std::min<std::int64_t>(8, judged_.image.size(0)));
    const Tensor said = argmax(net_(in(few.image)), 1).value().to(Device::cpu);
    return contact_sheet({few.image, class_colours(few.mask), class_colours(said)});
  }

 private:
  static Tensor class_colours(const Tensor& classes) {
    const auto c = classes.to(DType::i64).contiguous().to_vector<std::int64_t>();
    const std::int64_t plane = classes.size(1) * classes.size(2);
    Tensor out = empty({classes.size(0), 3, classes.size(1), classes.size(2)});
    float* p = out.mutate<float>();
    for (std::size_t i = 0; i < c.size(); ++i)
      for (std::int64_t k = 0; k < 3; ++k) {  // far apart for neighbouring numbers
        const auto v = static_cast<float>((c[i] * (k == 0 ? 7 : k == 1 ? 11 : 5)) % 19);
        const auto n = static_cast<std::int64_t>(i) / plane,
                   at = static_cast<std::int64_t>(i) % plane;
        p[(n * 3 + k) * plane + at] = v / 9 - 1;
      }
    return out;
  }
};

// ---- style

class StyleRecipe final : public FaceRecipe<nets::StyleNetwork> {
 public:
  using FaceRecipe::FaceRecipe;

  Loss loss(const MicroBatch& part) const override {
    const Batch b = drawn(part);
    const TruthRows want = scale_.normalised(b);
    const TruthGroup& g = truth_groups().back();
    Loss loss;
    // the network says normalised numbers: only its hidden layer is used afterwards
    loss.add("appearance", 1,
             smooth_l1(net_(in(b.image)), in(want.value.sliced(1, g.begin, g.end).contiguous()),
                       want.seen.sliced(1, g.begin, g.end).contiguous()));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor said = over_judged([&](const Batch& b) { return net_(in(b.image)); });
    const TruthGroup& g = truth_groups().back();
    const TruthRows want = scale_.normalised(judged_);
    const std::vector<double> r2 = r2_by_column(want.value.sliced(1, g.begin, g.end), said);
    return {{"r2.appearance", mean_of(r2, 0, r2.size())}};
  }
};

}  // namespace

double equal_error_rate(const Tensor& embeddings, const Tensor& person, const Tensor& clip) {
  const Tensor cosines = matmul(Var(embeddings), Var(embeddings), {.transpose_b = true}).value();
  const auto c = cosines.contiguous().to_vector<float>();
  const auto who = person.to_vector<std::int64_t>(), where = clip.to_vector<std::int64_t>();
  std::vector<std::pair<float, bool>> pairs;
  double same = 0;
  for (std::size_t i = 0; i < who.size(); ++i)
    for (std::size_t j = i + 1; j < who.size(); ++j) {
      if (where[i] == where[j]) continue;  // one background and light would give them away
      pairs.emplace_back(c[i * who.size() + j], who[i] == who[j]);
      same += who[i] == who[j] ? 1 : 0;
    }
  const double different = static_cast<double>(pairs.size()) - same;
  if (same == 0 || different == 0) return std::nan("");
  std::sort(pairs.begin(), pairs.end());
  double rejected = 0, refused = 0;  // pairs below the threshold: of one person, of two
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    (pairs[i].second ? rejected : refused) += 1;
    if (i + 1 < pairs.size() && pairs[i + 1].first == pairs[i].first) continue;
    const double miss = rejected / same, accept = (different - refused) / different;
    if (miss >= accept) return (miss + accept) / 2;
  }
  return 1;
}

double mean_iou(const Tensor& truth, const Tensor& predicted, std::int64_t classes) {
  require_same_shape("mean_iou", truth, predicted);
  const auto want = truth.to(DType::i64).contiguous().to_vector<std::int64_t>();
  const auto got = predicted.to(DType::i64).contiguous().to_vector<std::int64_t>();
  std::vector<double> both(static_cast<std::size_t>(classes)), either(both.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    either[static_cast<std::size_t>(want[i])] += 1;
    if (want[i] == got[i])
      both[static_cast<std::size_t>(want[i])] += 1;
    else
      either[static_cast<std::size_t>(got[i])] += 1;
  }
  std::vector<double> iou;
  for (std::size_t k = 0; k < both.size(); ++k)
    iou.push_back(either[k] > 0 ? both[k] / either[k] : std::nan(""));
  return mean_of(iou, 0, iou.size());
}

std::unique_ptr<Recipe> make_gaze_recipe(const DataSource& data, const DataSource& held_out,
                                         const FaceOptions& options) {
  return std::make_unique<GazeRecipe>("gaze", data, held_out, options);
}
std::unique_ptr<Recipe> make_embedder_recipe(const DataSource& data, const DataSource& held_out,
                                             const FaceOptions& options) {
  return std::make_unique<EmbedderRecipe>("embedder", data, held_out, options);
}
std::unique_ptr<Recipe> make_parser_recipe(const DataSource& data, const DataSource& held_out,
                                           const FaceOptions& options) {
  return std::make_unique<ParserRecipe>("parser", data, held_out, options);
}
std::unique_ptr<Recipe> make_style_recipe(const DataSource& data, const DataSource& held_out,
                                          const FaceOptions& options) {
  return std::make_unique<StyleRecipe>("style", data, held_out, options);
}

}  // namespace dact::train
