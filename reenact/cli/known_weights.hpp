// The table of the weights that the program knows: which network, how its files are told, what may
// stand beside it. A network gets into `weights import` and `weights check` by one row here.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reenact/cli/weights_file.hpp"

namespace dact::cli {

struct KnownWeights {
  /// Of network_names(); imported, the weights are <network>.safetensors.
  std::string_view network;
  /// A tensor that tells this network from all others: its key and its sizes as "32,3,3,3".
  std::string_view hallmark, hallmark_sizes;
  /// Stands before every key in the official file, besides the usual wrappers; looked for first.
  std::string_view prefix;
  /// Keys that begin so may stand beside the network's under the same prefix and are left.
  std::string_view beside;
  std::string_view licence;

  std::string file_name() const { return std::string(network) + ".safetensors"; }
};

std::span<const KnownWeights> known_weights();
/// The row of a network; nullptr when there is none.
const KnownWeights* known_weights_of(std::string_view network);

/// What may stand before a network's keys in a file, in the order in which it is looked for. The
/// averaged copy of a training checkpoint comes first; the raw copy beside it is in no list, so that
/// it is never taken silently. `row` may be null.
std::vector<std::string> prefixes_of(const KnownWeights* row);

/// The rows whose hallmark is in the file.
std::vector<const KnownWeights*> recognise(const WeightsFile& file);

}  // namespace dact::cli
