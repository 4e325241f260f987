#include "reenact/train/face_recipes.hpp"

#include <algorithm>
#include <cmath>

#include "nn/init.hpp"
#include "reenact/nets/embedder.hpp"
#include "reenact/nets/estimator.hpp"
#include "reenact/nets/gaze.hpp"
#include "reenact/nets/parser.hpp"
#include "reenact/nets/style.hpp"
#include "reenact/train/ridge.hpp"
#include "reenact/train/truth.hpp"
#include "tensor/error.hpp"
#include "tensor/hostmath.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::train {
namespace {

constexpr double kDegreesPerRadian = 57.29577951308232;
constexpr std::int64_t kJudgedAtOnce = 32;

// What the five have in common: one network, held-out pictures, initial weights.
template <class Net>
class FaceRecipe : public Recipe {
 public:
  FaceRecipe(std::string recipe_name, const DataSource& data, const DataSource& held_out,
             const FaceOptions& options)
      : data_(data),
        options_(options),
        judged_(held_out.pictures(0, 0, options.judged)),
        scale_(judged_),
        name_(std::move(recipe_name)) {
    if (data.size() != nets::kImageSize)
      throw UsageError("train",
                       "pictures must be 64 pixels wide, got " + std::to_string(data.size()));
    nn::name_modules(net_, name_);
    nn::init_default(net_, options.seed);
    nn::init_zero(net_, {"conv2"});  // residual branches begin as nothing
  }
  std::string name() const override { return name_; }
  nn::Module& trained() override { return net_; }
  nn::Module& shipped() override { return net_; }
  std::string data() const override { return data_.describe(); }

 protected:
  Batch drawn(const MicroBatch& part) const {
    return data_.pictures(part.step, part.first, part.count);
  }
  // fn(rows of the held-out pictures) for all of them, results one below the other.
  template <class F>
  Tensor over_judged(F&& fn) const {
    Tensors parts;
    const std::int64_t all = judged_.image.size(0);
    for (std::int64_t at = 0; at < all; at += kJudgedAtOnce)
      parts.push_back(fn(rows(judged_, at, std::min(at + kJudgedAtOnce, all))).value());
    return cat(parts, 0);
  }

  const DataSource& data_;
  FaceOptions options_;
  Batch judged_;
  TruthScale scale_;
  Net net_;

 private:
  std::string name_;
};

double mean_absolute(const Tensor& a, const Tensor& b) {
  return l1(Var(a.contiguous()), Var(b.contiguous())).item();
}

// ---- estimator

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
    const nets::FaceCodes codes = net_(Var(b.image));
    Loss loss;
    const TruthRows want = scale_.normalised(b);
    loss.add("pose", 4, against(codes.pose, want, 0));
    loss.add("camera", 1, against(codes.camera, want, 2));
    loss.add("expression", 1, against(codes.expression, want, 3));
    loss.add("identity", 1, against(codes.identity, want, 4));
    loss.add("landmarks", 1, l1(codes.landmarks, Var(b.landmarks)));
    const Tensor bad = spoilt(b.image, options_.seed, part.step, part.first);
    const Var no = net_(Var(bad)).confidence;
    loss.add("confidence", 0.5,
             add(mean(softplus(neg(codes.confidence))), mean(softplus(no))));  // -log sigmoid
    return loss;
  }

  Metrics evaluate() const override {
    const auto read = [&](auto&& field) {
      return over_judged([&](const Batch& b) { return field(net_(Var(b.image))); });
    };
    const Tensor pose = read([](const nets::FaceCodes& c) { return c.pose; });
    const Tensor points = read([](const nets::FaceCodes& c) { return c.landmarks; });
    const Tensor expression = read([](const nets::FaceCodes& c) { return c.expression; });
    const Tensor identity = read([](const nets::FaceCodes& c) { return c.identity; });
    const auto r2 = [](const Tensor& truth, const Tensor& said) {
      const std::vector<double> each = r2_by_column(truth, said);
      return mean_of(each, 0, each.size());
    };
    return {{"angle_error", mean_absolute(pose.sliced(1, 0, 3), judged_.pose.sliced(1, 0, 3))},
            {"jaw_error", mean_absolute(pose.sliced(1, 3, 4), judged_.pose.sliced(1, 3, 4))},
            {"landmark_error", landmark_error(points)},
            {"r2.expression", r2(judged_.expression, expression)},
            {"r2.identity", r2(judged_.identity, identity)},
            {"confidence_accuracy", confidence_accuracy()}};
  }

 private:
  // Columns of one group, in units of their spread.
  Var against(const Var& said, const TruthRows& want, std::size_t group) const {
    const TruthGroup& g = truth_groups()[group];
    std::vector<float> inverse, shift;
    for (std::int64_t k = g.begin; k < g.end; ++k) {
      inverse.push_back(scale_.spread(k) > 0 ? static_cast<float>(1 / scale_.spread(k)) : 0.0F);
      shift.push_back(static_cast<float>(scale_.mean(k)));
    }
    const auto row = [&](const std::vector<float>& v) {
      return Var(from_vector(v, {1, g.end - g.begin}));
    };
    return smooth_l1(mul(sub(said, row(shift)), row(inverse)),
                     Var(want.value.sliced(1, g.begin, g.end).contiguous()),
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
    const Tensor yes = over_judged([&](const Batch& b) { return net_(Var(b.image)).confidence; });
    const Tensor no = over_judged(
        [&](const Batch& b) { return net_(Var(spoilt(b.image, options_.seed, 0, 0))).confidence; });
    return (positive(yes) + 1 - positive(no)) / 2;
  }
};

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
    loss.add("gaze", 1, l1(net_(Var(b.image), points), Var(b.gaze)));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor said =
        over_judged([&](const Batch& b) { return net_(Var(b.image), b.landmarks); });
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
    net_.prototypes =
        Var(randn({data.people(), nets::kEmbedding}, {.seed = options.seed, .use = "prototypes"}),
            true);
  }
  nn::Module& shipped() override { return net_.embedder; }

  Loss loss(const MicroBatch& part) const override {
    const Batch b = drawn(part);
    Loss loss;
    // scale 32 and margin 0.3: the paper's 64 and 0.5 are for 10^5 people and 512 numbers
    loss.add("arcface", 1,
             arcface_loss(net_.embedder(Var(b.image)), net_.prototypes, b.person, 32, 0.3));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor e = over_judged([&](const Batch& b) { return net_.embedder(Var(b.image)); });
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
    loss.add("parsing", 1, cross_entropy(net_(Var(b.image)), Var(b.mask.to(DType::i64))));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor said = over_judged([&](const Batch& b) { return argmax(net_(Var(b.image)), 1); });
    return {{"miou", mean_iou(judged_.mask, said, nets::kParsingClasses)}};
  }

  // picture | truth | predicted
  Tensor grid() const override {
    const Batch few = rows(judged_, 0, std::min<std::int64_t>(8, judged_.image.size(0)));
    const Tensor said = argmax(net_(Var(few.image)), 1).value();
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
             smooth_l1(net_(Var(b.image)), Var(want.value.sliced(1, g.begin, g.end).contiguous()),
                       want.seen.sliced(1, g.begin, g.end).contiguous()));
    return loss;
  }

  Metrics evaluate() const override {
    const Tensor said = over_judged([&](const Batch& b) { return net_(Var(b.image)); });
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

std::unique_ptr<Recipe> make_estimator_recipe(const DataSource& data, const DataSource& held_out,
                                              const FaceOptions& options) {
  return std::make_unique<EstimatorRecipe>("estimator", data, held_out, options);
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
