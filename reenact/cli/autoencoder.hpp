// The diffusion autoencoder as the commands use it: its weights from anywhere, its samplers with
// progress, its inputs from pictures and tensor files.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "diffusion/ddim.hpp"
#include "reenact/cli/manifest.hpp"
#include "reenact/cli/options.hpp"
#include "reenact/cli/walk.hpp"

namespace dact::cli {

/// The options of every command that runs the autoencoder.
struct ModelOptions {
  std::string model, weights;
  std::optional<std::uint64_t> fill;
  bool no_clip = false;
  bool no_manifest = false;
};
void add_model_options(CLI::App& app, ModelOptions& options);

class Autoencoder {
 public:
  /// Picks the configuration (--model, else what --weights holds, else the shipped one; with --fill ffhq256), loads or fills.
  /// throws  UsageError, IoError, WeightsError, NumericError
  Autoencoder(Context& context, const ModelOptions& options);

  const diffusion::DiffAEConfig& config() const { return model_->config; }
  /// UsageError for a step count that this model cannot have.
  diffusion::Respaced steps(std::int64_t n) const { return sampling_steps(config(), n); }
  /// generator, command, seed, model, weights and their digest.
  Manifest manifest(std::string_view command) const;

  Tensor encode(const Tensor& image) const;
  /// x_T of an image, and an image of x_T, step by step under the eyes of a Walk.
  Tensor invert(const Tensor& image, const Tensor& z_sem, const diffusion::Respaced& subset,
                const WalkOptions& walk) const;
  Tensor decode(const Tensor& x_T, const Tensor& z_sem, const diffusion::Respaced& subset,
                const WalkOptions& walk) const;

  /// f32 [B, 3, S, S] from a picture, which is cut and resized to S where it must be (said on
  /// stderr), or from a tensor file's `image`. throws  IoError
  Tensor read_images(const std::string& path) const;
  /// `name` of a tensor file: z_sem [B, z_width] or x_T [B, 3, S, S], finite.
  Tensor read_z(const std::string& path) const;
  Tensor read_x_T(const std::string& path) const;

 private:
  using Sampler = Var (*)(const diffusion::UNet&, const diffusion::Respaced&, const Var&,
                          const Var&, const diffusion::DdimOptions&);
  Tensor run(Sampler sampler, const Tensor& start, const Tensor& z_sem,
             const diffusion::Respaced& subset, const WalkOptions& options) const;
  void take_shipped();  // neither --weights nor --fill: heads64 as it comes with the program
  Tensor read_tensor(const std::string& path, const std::string& name, Shape want) const;
  Context& context_;
  ModelOptions options_;
  std::string weights_text_, weights_digest_;
  std::unique_ptr<diffusion::DiffAE> model_;
};

}  // namespace dact::cli
