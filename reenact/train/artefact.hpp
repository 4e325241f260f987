// What a training run leaves: the weights in half precision, and a page on how they came to be.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "nn/module.hpp"
#include "reenact/train/recipe.hpp"

namespace dact::train {

/// f32 tensors as f16, rounded to nearest even; others as they are.
/// throws   NumericError naming the first weight that f16 cannot hold
nn::StateDict half_precision(const nn::StateDict& weights);

/// Digest of a set of tensors: over its sorted lines "key TAB digest" (NUMERICS.md 11).
std::string digest_of(const nn::StateDict& tensors);

/// All that a model card says.
struct CardFacts {
  std::string name;  // "diffae"
  std::int64_t parameters = 0, bytes = 0;
  std::string digest;
  std::vector<std::string> commands;  // the chain, first to last
  std::string config;                 // JSON
  std::string seed, data, device, version;
  std::vector<std::pair<std::string, std::int64_t>> steps;  // per phase
  std::int64_t pictures = 0;
  double seconds = 0;
  bool by_clock = false;
  std::string curves;  // name of the picture beside the card
  Metrics metrics;     // of the last evaluation
};
/// Markdown.
std::string model_card(const CardFacts& facts);

}  // namespace dact::train
