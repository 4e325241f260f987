#include "reenact/cli/known_weights.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dact::cli {
namespace {

constexpr std::string_view kFfhqLicence =
    "the authors' terms (Preechakul et al.); trained on FFHQ, whose photos are CC BY-NC-SA 4.0";

constexpr std::string_view kAuthorsLicence =
    "the authors' terms (Bounareli et al. state no licence); from DiffAE's weights and VoxCeleb1";
constexpr std::string_view kOwnLicence = "MIT; trained by this project on its procedural heads";
constexpr std::string_view kTestLicence = "none: for tests";

constexpr KnownWeights kKnown[] = {
    {"diffae-ffhq256", "diffae-ffhq256", "input_blocks.17.0.in_layers.2.weight", "512,512,3,3",
     kFfhqLicence, "latent_net."},
    {"diffae-ffhq128", "diffae-ffhq128", "input_blocks.10.1.qkv.weight", "1152,384,1", kFfhqLicence,
     "latent_net."},
    {"diffae-celeba64", "diffae-celeba64", "input_blocks.0.0.weight", "64,3,3,3",
     "the authors' terms (Preechakul et al.); trained on CelebA, for research only", "latent_net."},
    // diffusionact_model.pt
    {.name = "reenact-ffhq256",
     .network = "reenact-ffhq256.encoder",
     .hallmark = "controlnet.input_blocks.20.0.in_layers.2.weight",
     .hallmark_sizes = "512,512,3,3",
     .licence = kAuthorsLicence,
     .unets = UNets::both},
    // Stages 1 and 2 ship the encoder alone, stage 3 the UNet that it stepped with it.
    {.name = "reenact-heads64",
     .network = "reenact-heads64.encoder",
     .hallmark = "controlnet.out.3.weight",
     .hallmark_sizes = "256,128,4,4",
     .licence = kOwnLicence,
     .unets = UNets::any},
    {"diffae-heads64", "diffae-heads64", "encoder.out.3.weight", "256,128,4,4", kOwnLicence},
    {"heads64.estimator", "heads64.estimator", "heads.weight", "212,160", kOwnLicence},
    {"heads64.gaze", "heads64.gaze", "out.weight", "2,96", kOwnLicence},
    {.name = "heads64.embedder",
     .network = "heads64.embedder",
     .hallmark = "tail.linear.weight",
     .hallmark_sizes = "128,1024",
     .licence = kOwnLicence,
     .without = "out.weight"},
    {"heads64.parser", "heads64.parser", "out.weight", "76,32,3,3", kOwnLicence},
    {"heads64.style", "heads64.style", "out.weight", "66,128", kOwnLicence},
    // Trained on other people with another seed, to judge what those above helped to train.
    {"heads64.judge-estimator", "heads64.estimator", "heads.weight", "212,160", kOwnLicence},
    {"heads64.judge-gaze", "heads64.gaze", "out.weight", "2,96", kOwnLicence},
    {.name = "heads64.judge-embedder",
     .network = "heads64.embedder",
     .hallmark = "tail.linear.weight",
     .hallmark_sizes = "128,1024",
     .licence = kOwnLicence,
     .without = "out.weight"},
    {"heads64.judge-parser", "heads64.parser", "out.weight", "76,32,3,3", kOwnLicence},
    {.name = "reenact-tiny",
     .network = "reenact-tiny.encoder",
     .hallmark = "controlnet.out.3.weight",
     .hallmark_sizes = "32,64,1,1",
     .licence = kTestLicence,
     .unets = UNets::both},
    {"diffae-tiny", "diffae-tiny", "time_embed.time_embed.0.weight", "64,32", kTestLicence},
};

constexpr std::string_view kAuthorsEncoder = "state_dict_net/", kAuthorsUNets = "state_dict_diff/";

// Wrappers above the keys: Lightning with an averaged copy, bare, and the usual names.
constexpr std::string_view kPrefixes[] = {"state_dict/ema_model.",
                                          "ema_model.",
                                          "",
                                          "state_dict/",
                                          "state_dict/module.",
                                          "module.",
                                          "model/",
                                          "model/module.",
                                          "net/",
                                          kAuthorsEncoder,
                                          "params_ema/",
                                          "ema/"};

}  // namespace

std::span<const KnownWeights> known_weights() { return kKnown; }

const KnownWeights* known_weights_of(std::string_view name) {
  for (const KnownWeights& row : kKnown)
    if (row.name == name) return &row;
  return nullptr;
}

std::span<const std::string_view> weight_prefixes() { return kPrefixes; }

std::string name_under(std::string_view prefix, std::string_view key) {
  const bool of_unet = key.starts_with("model.") || key.starts_with("ema_model.");
  return fmt::format("{}{}", prefix == kAuthorsEncoder && of_unet ? kAuthorsUNets : prefix, key);
}

std::vector<const KnownWeights*> recognise(const WeightsFile& file) {
  std::vector<const KnownWeights*> found;
  const auto has_hallmark = [&](const KnownWeights& row, std::string_view prefix) {
    const std::string name = name_under(prefix, row.hallmark);
    return file.contains(name) &&
           fmt::format("{}", fmt::join(file.entry(name).shape, ",")) == row.hallmark_sizes &&
           (row.without.empty() || !file.contains(name_under(prefix, row.without)));
  };
  for (const KnownWeights& row : kKnown) {
    const auto same = [&](const KnownWeights* other) { return other->network == row.network; };
    if (std::any_of(found.begin(), found.end(), same)) continue;
    if (std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                    [&](std::string_view prefix) { return has_hallmark(row, prefix); }))
      found.push_back(&row);
  }
  return found;
}

}  // namespace dact::cli
