// What a training run leaves: the weights in half precision, and a page on how they came to be.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "nn/module.hpp"
#include "reenact/train/recipe.hpp"

namespace dact::train {

/// Writes the weights as f16, rounded to nearest even.
/// returns  the digest of the tensors in the file (sorted lines of key and digest)
/// throws   NumericError naming the first weight that f16 cannot hold; IoError
std::string write_half_precision(const std::string& path, const nn::StateDict& weights,
                                 std::map<std::string, std::string> metadata);

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
