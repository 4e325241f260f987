#include "reenact/train/diffae_recipe.hpp"

#include <cmath>

#include "diffusion/ddim.hpp"
#include "nn/init.hpp"
#include "reenact/face/metrics.hpp"
#include "reenact/train/losses.hpp"
#include "reenact/train/ridge.hpp"
#include "reenact/train/truth.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/cat/cat.hpp"

namespace dact::train {
namespace {

using namespace diffusion;

constexpr std::int64_t kChunk = 32;        // pictures encoded at once in an evaluation
constexpr std::int64_t kReadoutStep = -1;  // no step of a run: draws of its own

struct AutoencoderWithHead final : nn::Module {
  DiffAE model;
  nn::Linear head;
  explicit AutoencoderWithHead(const DiffAEConfig& config)
      : model(config), head(config.z_width, kTruthWidth) {
    nn::name_modules(*this);
  }
  void visit(nn::Visitor& v) override {
    model.visit(v);
    v.child("aux", head);
  }
};

class DiffAERecipe final : public Recipe {
 public:
  DiffAERecipe(const DataSource& data, const DataSource& held_out, DiffAEOptions options)
      : data_(data),
        held_out_(held_out),
        options_(std::move(options)),
        modules_(diffae_config(options_.configuration)),
        read_(data.pictures(kReadoutStep, 0, options_.ridge_fit)),
        judged_(held_out.pictures(0, 0, options_.ridge_test)),
        scale_(read_) {
    if (options_.swap_pairs < 0)
      throw UsageError("train",
                       "swap_pairs must be 0 or more, got " + std::to_string(options_.swap_pairs));
    if (!(options_.feature_weight > 0 && std::isfinite(options_.feature_weight)))
      throw UsageError("train", "feature_weight must be above 0, got " +
                                    std::to_string(options_.feature_weight));
    if (data.size() != modules_.model.config.image_size)
      throw UsageError("train", "pictures must be as large as the configuration's " +
                                    std::to_string(modules_.model.config.image_size) +
                                    " pixels, got " + std::to_string(data.size()));
    if (options_.swap_pairs > 0) pairs_ = held_out.pairs(0, 0, options_.swap_pairs);
    nn::init_default(modules_, options_.seed);
    // spec/diffae.md 1: residual branches begin as nothing
    nn::init_zero(modules_, {"out_layers.3", "proj_out", "out.2"});
  }

  std::string name() const override { return "diffae"; }
  nn::Module& trained() override { return modules_; }
  nn::Module& shipped() override { return modules_.model; }
  std::string data() const override { return data_.describe(); }

  void begin_phase(std::int64_t phase) override {
    nn::set_requires_grad(modules_, true);
    if (encoder_only(phase)) nn::set_requires_grad(modules_.model.unet, false);
    if (options_.aux_weight == 0) nn::set_requires_grad(modules_.head, false);
  }

  Loss loss(const MicroBatch& part) const override {
    const Batch batch = data_.pictures(part.step, part.first, part.count);
    const Var x_0 = nn::input_of(modules_, batch.image), z = modules_.model.encoder(x_0);
    Loss loss;
    if (!encoder_only(part.phase)) loss.add("diffusion", 1, diffusion_loss(part, batch, x_0, z));
    const double weight = encoder_only(part.phase) ? 1 : options_.aux_weight;
    if (weight != 0) {
      const TruthRows truth = scale_.normalised(batch);
      loss.add(
          "aux", weight,
          smooth_l1(modules_.head(z), nn::input_of(modules_, truth.value), balanced(truth.seen)));
    }
    return loss;
  }

  Metrics evaluate() const override {
    Metrics metrics;
    const RidgeMap readout(encode(read_.image), truth_rows(read_).value);
    const Tensor truth = truth_rows(judged_).value, said = readout.predict(encode(judged_.image));
    const std::vector<double> pose = r2_by_column(truth, said);
    for (const auto& [name, column] : {std::pair{"yaw", 0}, {"pitch", 1}, {"roll", 2}, {"jaw", 3}})
      metrics.emplace_back(std::string("r2.") + name, pose[static_cast<std::size_t>(column)]);
    for (const TruthGroup& g : truth_groups())
      if (g.name != "pose") {
        const std::vector<double> r2 = r2_by_column(truth, said, g.least_spread);
        metrics.emplace_back("r2." + g.name, mean_of(r2, static_cast<std::size_t>(g.begin),
                                                     static_cast<std::size_t>(g.end)));
      }
    if (options_.swap_pairs > 0) swap(readout, metrics);
    return metrics;
  }

  Tensor grid() const override { return grid_; }

 private:
  bool encoder_only(std::int64_t phase) const { return options_.encoder_phase && phase == 0; }

  Var diffusion_loss(const MicroBatch& part, const Batch& batch, const Var& x_0,
                     const Var& z) const {
    Tensor t = empty({part.count}, DType::i64), noise = empty(x_0.shape());
    const auto steps = static_cast<std::int64_t>(schedule_.betas.size());
    const std::int64_t each = noise.numel() / part.count;
    const auto draw = static_cast<std::uint32_t>(part.step);
    for (std::int64_t n = 0; n < part.count; ++n) {
      const std::int64_t sample = part.first + n;
      t.mutate<std::int64_t>()[n] = draw_index(options_.seed, "train.t", part.step, sample, steps);
      fill_normal({.seed = options_.seed, .use = "train.noise", .draw = draw},
                  static_cast<std::uint32_t>(sample), noise.mutate<float>() + n * each, each);
    }
    const Var eps = nn::input_of(modules_, noise), x_t = q_sample(schedule_, x_0, t, eps);
    const Var said = modules_.model.unet(x_t, t.to(nn::device_of(modules_)), z);
    const bool v = modules_.model.config.prediction == Prediction::v;
    const Var target = v ? v_target(schedule_, x_0, t, eps) : eps;
    if (options_.feature_weight == 1) return eps_loss(said, target).mean;
    const Tensor weights = feature_weights(batch.landmarks, data_.size(), options_.feature_weight);
    return mean(mul(nn::input_of(modules_, weights), square(sub(target, said))));
  }

  Tensor encode(const Tensor& images) const {
    Tensors parts;
    for (std::int64_t at = 0; at < images.size(0); at += kChunk)
      parts.push_back(
          modules_.model
              .encoder(nn::input_of(modules_,
                                    images.sliced(0, at, std::min(at + kChunk, images.size(0)))))
              .value()
              .to(Device::cpu));
    return cat(parts, 0);
  }

  void swap(const RidgeMap& readout, Metrics& metrics) const {
    const UNet& unet = modules_.model.unet;
    const Respaced up = sampling_steps(modules_.model.config, options_.invert_steps),
                   down = sampling_steps(modules_.model.config, options_.decode_steps);
    const Tensor &source = pairs_.source.image, &target = pairs_.target.image;
    const Var z_s = nn::input_of(unet, encode(source)), z_t = nn::input_of(unet, encode(target));
    const Var x_T = ddim_invert(unet, up, nn::input_of(unet, source), z_s);
    const Tensor swapped = ddim_decode(unet, down, x_T, z_t).value().to(Device::cpu);
    const Var own = ddim_invert(unet, up, nn::input_of(unet, target), z_t);
    const Tensor again = ddim_decode(unet, down, own, z_t).value().to(Device::cpu);
    metrics.emplace_back("psnr.swap", face::psnr(target, swapped));
    metrics.emplace_back("psnr.copy", face::psnr(target, source));
    metrics.emplace_back("psnr.autoencode", face::psnr(target, again));
    metrics.emplace_back("ssim.autoencode", face::ssim(target, again));
    const auto angles = [&](const Tensor& images) {
      return readout.predict(encode(images)).sliced(1, 0, 3).contiguous();
    };
    const Tensor want = pairs_.target.pose.sliced(1, 0, 3).to(DType::f64).contiguous();
    const double moved = face::apd(want, angles(swapped)).mean(),
                 stayed = face::apd(want, angles(source)).mean();
    metrics.emplace_back("apd.swap", moved);
    metrics.emplace_back("apd.copy", stayed);
    metrics.emplace_back("pose_closed", 1 - moved / stayed);
    grid_ = contact_sheet({source, target, again, swapped});
  }

  const DataSource& data_;
  const DataSource& held_out_;
  DiffAEOptions options_;
  AutoencoderWithHead modules_;
  Batch read_, judged_;
  Pairs pairs_;
  TruthScale scale_;
  Schedule schedule_ = linear_schedule();
  mutable Tensor grid_;  // of the last evaluation
};

}  // namespace

std::unique_ptr<Recipe> make_diffae_recipe(const DataSource& data, const DataSource& held_out,
                                           const DiffAEOptions& options) {
  return std::make_unique<DiffAERecipe>(data, held_out, options);
}

}  // namespace dact::train
