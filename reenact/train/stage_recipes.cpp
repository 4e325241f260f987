#include "reenact/train/stage_recipes.hpp"

#include <algorithm>

#include "diffusion/ddim.hpp"
#include "reenact/face/driving_picture.hpp"
#include "reenact/face/metrics.hpp"
#include "tensor/error.hpp"
#include "tensor/ops/mul_scalar/mul_scalar.hpp"

namespace dact::train {
namespace {

using namespace diffusion;

constexpr double kCropFrame = 224;  // driving pictures are drawn in these pixels

struct StageModules final : nn::Module {
  std::shared_ptr<reenact::ReenactmentEncoder> encoder;
  UNet* unet = nullptr;  // stage 3
  void visit(nn::Visitor& v) override {
    encoder->visit(v);
    if (unet != nullptr) v.child("model", *unet);
  }
};

class StageRecipe final : public Recipe {
 public:
  StageRecipe(const DataSource& data, const DataSource& held_out, StageModels models,
              const StageOptions& options)
      : data_(data),
        models_(std::move(models)),
        options_(options),
        judged_(held_out.pairs(0, 0, options.judged_pairs)) {
    if (options.stage < 1 || options.stage > 3)
      throw UsageError("train", "stage must be 1, 2 or 3, got " + std::to_string(options.stage));
    if (options.stage > 1 && models_.judges == nullptr)
      throw UsageError("train", "stages 2 and 3 must have judges, got none");
    modules_.encoder = models_.encoder;
    if (options.stage == 3) modules_.unet = &models_.diffae->unet;
    nn::name_modules(modules_);
  }

  std::string name() const override { return "stage" + std::to_string(options_.stage); }
  nn::Module& trained() override { return modules_; }
  nn::Module& shipped() override { return modules_; }
  std::string data() const override { return data_.describe(); }

  // A file of stage 3 holds the UNet too, of an earlier one the encoder alone.
  void initialise(const nn::StateDict& weights) override {
    const bool whole = std::ranges::any_of(
        weights, [](const auto& entry) { return entry.first.starts_with("model."); });
    if (whole && options_.stage < 3)
      throw UsageError("train", name() +
                                    " must begin with an encoder alone, as it would leave the "
                                    "UNet behind, got a file of stage 3");
    if (whole)
      nn::load_state_dict(modules_, weights);
    else
      nn::load_state_dict(*models_.encoder, weights);
  }

  void begin_phase(std::int64_t) override {
    nn::set_requires_grad(*models_.diffae, false);
    nn::set_requires_grad(modules_, true);
  }

  Loss loss(const MicroBatch& part) const override {
    const Pairs drawn = data_.pairs(part.step, part.first, part.count);
    if (options_.stage == 1) {
      const Var z_t = code_of(drawn.target.image);
      return code_loss(encode(drawn.source.image, drawn.target), z_t);
    }
    const Batch target = half_reconstruction(drawn, part.first);
    const Var z_r = encode(drawn.source.image, target);
    const Var x_T = noise_of(drawn.source, options_.inversion_steps);
    const Var x_r = ddim_decode(models_.diffae->unet,
                                sampling_steps(models_.diffae->config, options_.train_steps), x_T,
                                z_r, {.checkpoint_steps = true});
    return reenactment_loss(
        *models_.judges, x_r,
        read_target(*models_.judges, target.image.to(nn::device_of(modules_)), target.landmarks),
        options_.weights, options_.distance);
  }

  Metrics evaluate() const override {
    const Batch &source = judged_.source, &target = judged_.target;
    const Var z_r = encode(source.image, target);
    const Var x_T = noise_of(source, options_.invert_steps);
    const Tensor result =
        ddim_decode(models_.diffae->unet,
                    sampling_steps(models_.diffae->config, options_.decode_steps), x_T, z_r)
            .value()
            .to(Device::cpu);
    Metrics metrics{{"z_error", l1(z_r, code_of(target.image)).item()},
                    {"psnr.self", face::psnr(target.image, result)},
                    {"psnr.copy", face::psnr(target.image, source.image)}};
    grid_ = contact_sheet({source.image, driving(target), target.image, result});
    if (models_.judges == nullptr) return metrics;
    const auto angles = [&](const Tensor& image) {
      return models_.judges->face(nn::input_of(modules_, image))
          .angles.value()
          .to(Device::cpu)
          .contiguous();
    };
    const Tensor want = target.pose.sliced(1, 0, 3).contiguous();
    const double moved = face::apd(want, angles(result)).mean(),
                 stayed = face::apd(want, angles(source.image)).mean();
    metrics.emplace_back("apd.self", moved);
    metrics.emplace_back("apd.copy", stayed);
    metrics.emplace_back("pose_closed", 1 - moved / stayed);
    return metrics;
  }

  Tensor grid() const override { return grid_; }

 private:
  Tensor driving(const Batch& face) const {
    return driving_pictures(face.landmarks, face.gaze, data_.size());
  }
  Var encode(const Tensor& image, const Batch& face) const {
    return (*models_.encoder)(nn::input_of(modules_, image), nn::input_of(modules_, driving(face)));
  }
  // The autoencoder's code, the aim of stage 1.
  Var code_of(const Tensor& image) const {
    const NoGrad no_grad;
    return models_.diffae->encoder(nn::input_of(modules_, image));
  }
  // x_T of the source with the encoder's own code of it, as inference has it.
  Var noise_of(const Batch& source, std::int64_t steps) const {
    const NoGrad no_grad;
    const Var z_s = encode(source.image, source);
    return ddim_invert(models_.diffae->unet, sampling_steps(models_.diffae->config, steps),
                       nn::input_of(modules_, source.image), z_s);
  }
  // Odd samples, counted over the whole batch, have themselves as target.
  static Batch half_reconstruction(const Pairs& drawn, std::int64_t first) {
    std::vector<Batch> each;
    for (std::int64_t n = 0; n < drawn.source.image.size(0); ++n)
      each.push_back(rows((first + n) % 2 == 0 ? drawn.target : drawn.source, n, n + 1));
    return concatenate(each);
  }

  const DataSource& data_;
  StageModels models_;
  StageOptions options_;
  StageModules modules_;
  Pairs judged_;
  mutable Tensor grid_;  // of the last evaluation
};

}  // namespace

Tensor driving_pictures(const Tensor& landmarks, const Tensor& gaze, std::int64_t size) {
  const Tensor points = mul_scalar(landmarks.contiguous(), kCropFrame / static_cast<double>(size));
  return face::driving_tensor(face::draw_driving_pictures(points, gaze.contiguous()), size);
}

std::unique_ptr<Recipe> make_stage_recipe(const DataSource& data, const DataSource& held_out,
                                          StageModels models, const StageOptions& options) {
  return std::make_unique<StageRecipe>(data, held_out, std::move(models), options);
}

}  // namespace dact::train
