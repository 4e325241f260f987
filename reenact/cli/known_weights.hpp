// The table of the weights that the program knows: which network, how its files are told, what may
// stand beside it. A network gets into `weights import` and `weights check` by one row here.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reenact/cli/weights_file.hpp"

namespace dact::cli {

/// The UNet copies that stand beside a reenactment encoder, "ema_model." and "model." before their keys.
enum class UNets { none, any, both };

struct KnownWeights {
  /// What the weights are called; imported or shipped, they are <name>.safetensors.
  std::string_view name;
  /// Of network_names(): what the keys are read as.
  std::string_view network;
  /// A tensor that tells this network from all others: its key and its sizes as "32,3,3,3".
  std::string_view hallmark, hallmark_sizes;
  std::string_view licence;
  /// Keys that begin so may stand beside the network's under the same prefix and are left.
  std::string_view beside = {};
  /// A key of the networks that have the hallmark too: the file is theirs when it is there.
  std::string_view without = {};
  UNets unets = UNets::none;

  std::string file_name() const { return std::string(name) + ".safetensors"; }
};

std::span<const KnownWeights> known_weights();
/// The row of a name; nullptr when there is none.
const KnownWeights* known_weights_of(std::string_view name);

/// What may stand before a network's keys in a file, in the order in which it is looked for. The
/// averaged copy of a training checkpoint comes first; the raw copy beside it is in no list, so that
/// it is never taken silently.
std::span<const std::string_view> weight_prefixes();

/// The name of a key under a prefix. The authors' reenactment checkpoint (`diffusionact_model.pt`) keeps its UNet copies
/// apart: beside the encoder's state_dict_net, in state_dict_diff.
std::string name_under(std::string_view prefix, std::string_view key);

/// The rows whose hallmark is in the file, one for each network.
std::vector<const KnownWeights*> recognise(const WeightsFile& file);

}  // namespace dact::cli
