#include "reenact/cli/autoencoder.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "io/image.hpp"
#include "reenact/cli/network_weights.hpp"
#include "reenact/cli/shipped.hpp"
#include "reenact/picture.hpp"
#include "tensor/error.hpp"

namespace dact::cli {
namespace {

using namespace diffusion;

constexpr std::string_view kFamily = "diffae-";
constexpr std::string_view kDefaultModel = "ffhq256";

// --weights DIR: the file that `weights import` wrote there; without --model the only one.
std::string weights_path(const ModelOptions& o) {
  if (!std::filesystem::is_directory(o.weights)) return o.weights;
  std::vector<std::string> files;
  for (const KnownWeights& row : known_weights()) {
    if (!row.name.starts_with(kFamily)) continue;
    if (!o.model.empty() && row.name.substr(kFamily.size()) != o.model) continue;
    const auto path = std::filesystem::path(o.weights) / row.file_name();
    if (std::filesystem::exists(path)) files.push_back(path.string());
  }
  if (files.size() == 1) return files[0];
  const std::string wanted = o.model.empty() ? "one autoencoder" : std::string(kFamily) + o.model;
  throw IoError(o.weights,
                fmt::format("the folder must hold {} of `weights import`, got {}", wanted,
                            files.empty() ? "none" : "several: --model says which"));
}

// Without --model: the configuration whose weights the file holds.
std::string recognised_model(const WeightsFile& file) {
  std::string found;
  for (const KnownWeights* row : recognise(file)) {
    if (!row->name.starts_with(kFamily)) continue;
    if (!found.empty()) found += ", ";
    found += row->name.substr(kFamily.size());
  }
  if (found.empty() || found.find(',') != std::string::npos)
    throw WeightsError(file.path(), fmt::format("must hold the weights of one autoencoder, got {}; "
                                                "--model says which is meant",
                                                found.empty() ? "none that is known" : found));
  return found;
}

}  // namespace

void add_model_options(CLI::App& app, ModelOptions& options) {
  app.add_option("--model", options.model,
                 "configuration: heads64, ffhq256, ffhq128, celeba64 or tiny; default: what the "
                 "weights are; with --fill ffhq256");
  app.add_option(
      "--weights", options.weights,
      "safetensors file, PyTorch checkpoint, or the folder of `weights import`; default: "
      "heads64 as it comes with the program");
  app.add_option("--fill", options.fill,
                 "instead of weights: made by formula from names and this seed");
  app.add_flag("--no-clip", options.no_clip,
               "do not hold the predicted clean image in [-1, 1] at each step");
  app.add_flag("--no-manifest", options.no_manifest,
               "leave the settings out of the output; the synthetic mark stays");
}

void Autoencoder::take_shipped() {
  if (!options_.model.empty() && options_.model != kShippedModel)
    throw UsageError("model", fmt::format("--weights or --fill must be given for --model {}, got "
                                          "neither; only {} comes with the program",
                                          options_.model, kShippedModel));
  options_.model = kShippedModel;
  options_.weights = fmt::format("{}/{}{}.safetensors", shipped_weights(), kFamily, kShippedModel);
}

Autoencoder::Autoencoder(Context& context, const ModelOptions& options)
    : context_(context), options_(options) {
  if (!options.model.empty()) diffae_config(options.model);  // an unknown name is the first fault
  if (options.fill && !options.weights.empty())
    throw UsageError("model", "either --weights or --fill must be given, got both");
  if (!options.fill && options.weights.empty()) take_shipped();
  std::optional<WeightsFile> file;
  if (!options_.weights.empty()) file.emplace(weights_path(options_));
  if (options_.model.empty())
    options_.model = file ? recognised_model(*file) : std::string(kDefaultModel);
  model_ = std::make_unique<DiffAE>(diffae_config(options_.model));
  nn::name_modules(*model_);
  const std::string network = std::string(kFamily) + options_.model;
  if (file) {
    load_module(*file, *model_, network, known_weights_of(network));
    weights_text_ = file_name_of(file->path());
  } else {
    nn::fill_by_name(*model_, *options.fill);
    weights_text_ = fmt::format("fill rule, seed {}", *options.fill);
  }
  weights_digest_ = nn::weights_digest(*model_);
  nn::move_to(*model_, context.device());
  if (context.device() == Device::cpu) nn::fold_weights(*model_);
}

Manifest Autoencoder::manifest(std::string_view command) const {
  Manifest m(context_, command);
  m.set("model", options_.model);
  m.set("weights", weights_text_);
  m.set(std::string(kWeightsDigestKey), weights_digest_);
  m.set("clip", std::string(options_.no_clip ? "no" : "yes"));
  if (options_.no_manifest) m.leave_out();
  return m;
}

Tensor Autoencoder::encode(const Tensor& image) const {
  const NoGrad no_grad;
  const Tensor z = model_->encoder(Var(image.to(context_.device()))).value().to(Device::cpu);
  require_finite("encode", "z_sem", z);
  return z;
}

Tensor Autoencoder::run(Sampler sampler, const Tensor& start, const Tensor& z_sem,
                        const Respaced& subset, const WalkOptions& options) const {
  const NoGrad no_grad;
  Walk walk(context_, options, subset.timestep_map.size());
  const StepsDone from = walk.kept(start.shape()).value_or(StepsDone{start, 0});
  const Tensor x = sampler(model_->unet, subset, Var(from.x.to(context_.device())),
                           Var(z_sem.to(context_.device())),
                           {.clip = !options_.no_clip, .progress = &walk, .done = from.done})
                       .value()
                       .to(Device::cpu);
  walk.finish();
  return x;
}

Tensor Autoencoder::invert(const Tensor& image, const Tensor& z_sem, const Respaced& subset,
                           const WalkOptions& walk) const {
  return run(ddim_invert, image, z_sem, subset, walk);
}

Tensor Autoencoder::decode(const Tensor& x_T, const Tensor& z_sem, const Respaced& subset,
                           const WalkOptions& walk) const {
  return run(ddim_decode, x_T, z_sem, subset, walk);
}

Tensor Autoencoder::read_images(const std::string& path) const {
  const std::int64_t size = config().image_size;
  if (path.ends_with(".safetensors")) return read_tensor(path, "image", {-1, 3, size, size});
  const Tensor pixels = read_image(path);
  try {
    const Tensor square = reenact::picture_to_square(pixels, size);
    if (pixels.size(0) != size || pixels.size(1) != size)
      context_.say(
          fmt::format("{}: {}x{} pixels, shorter side resized to {} and the middle cut out",
                      file_name_of(path), pixels.size(1), pixels.size(0), size));
    return reenact::picture_to_tensor(square);
  } catch (const ShapeError& e) {
    throw IoError(path, e.what());
  }
}

Tensor Autoencoder::read_z(const std::string& path) const {
  return read_tensor(path, "z_sem", {-1, config().z_width});
}

Tensor Autoencoder::read_x_T(const std::string& path) const {
  return read_tensor(path, "x_T", {-1, 3, config().image_size, config().image_size});
}

// want[0] is the batch and may be any from 1 on.
Tensor Autoencoder::read_tensor(const std::string& path, const std::string& name,
                                Shape want) const {
  const SafetensorsReader reader(path);
  const auto refuse = [&](const std::string& got) {
    throw IoError(path,
                  fmt::format("must hold {} f32[B, {}] for {}, got {}", name,
                              fmt::join(want.begin() + 1, want.end(), ", "), options_.model, got));
  };
  if (!reader.contains(name))
    refuse(fmt::format("the tensors [{}]", fmt::join(reader.names(), ", ")));
  const TensorInfo& info = reader.info(name);
  if (info.shape.rank() > 0) want[0] = info.shape[0];
  if (info.dtype != safetensors_word(DType::f32) || !(info.shape == want) || want[0] < 1)
    refuse(info.dtype + info.shape.str());
  const Tensor value = reader.read(name);
  require_finite(path, name, value);
  return value;
}

}  // namespace dact::cli
