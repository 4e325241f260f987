#include "reenact/cli/known_weights.hpp"

#include <fmt/format.h>

namespace dact::cli {
namespace {

constexpr std::string_view kFfhqLicence =
    "the authors' terms (Preechakul et al.); trained on FFHQ, whose photos are CC BY-NC-SA 4.0";

constexpr KnownWeights kKnown[] = {
    {"diffae-ffhq256", "input_blocks.17.0.in_layers.2.weight", "512,512,3,3", "", "latent_net.",
     kFfhqLicence},
    {"diffae-ffhq128", "input_blocks.10.1.qkv.weight", "1152,384,1", "", "latent_net.",
     kFfhqLicence},
    {"diffae-celeba64", "input_blocks.0.0.weight", "64,3,3,3", "", "latent_net.",
     "the authors' terms (Preechakul et al.); trained on CelebA, for research only"},
    {"diffae-tiny", "input_blocks.0.0.weight", "32,3,3,3", "", "", "none: for tests"},
};

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
                                          "state_dict_net/",
                                          "params_ema/",
                                          "ema/"};

}  // namespace

std::span<const KnownWeights> known_weights() { return kKnown; }

const KnownWeights* known_weights_of(std::string_view network) {
  for (const KnownWeights& row : kKnown)
    if (row.network == network) return &row;
  return nullptr;
}

std::vector<std::string> prefixes_of(const KnownWeights* row) {
  std::vector<std::string> all;
  if (row != nullptr && !row->prefix.empty()) all.emplace_back(row->prefix);
  for (const std::string_view prefix : kPrefixes) all.emplace_back(prefix);
  return all;
}

std::vector<const KnownWeights*> recognise(const WeightsFile& file) {
  std::vector<const KnownWeights*> found;
  const auto has_hallmark = [&](const KnownWeights& row, const std::string& prefix) {
    const std::string name = prefix + std::string(row.hallmark);
    return file.contains(name) &&
           fmt::format("{}", fmt::join(file.entry(name).shape, ",")) == row.hallmark_sizes;
  };
  for (const KnownWeights& row : kKnown)
    for (const std::string& prefix : prefixes_of(&row))
      if (has_hallmark(row, prefix)) {
        found.push_back(&row);
        break;
      }
  return found;
}

}  // namespace dact::cli
