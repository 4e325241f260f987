// How the tensors of a file fit a network, and the digests that tell weights apart.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/module.hpp"
#include "reenact/cli/known_weights.hpp"

namespace dact::cli {

/// A file against a network's parameters and buffers, under one prefix. Nothing is read but names,
/// dtypes and shapes.
struct Fit {
  std::string prefix;
  std::size_t found = 0;                // with the right shape and a dtype that can be taken
  std::vector<std::string> missing;     // "key f32[3]@cpu"
  std::vector<std::string> unexpected;  // "key F32[3]"
  std::vector<std::string> misfits;     // "key must be [3], got [4]"
  bool whole() const { return missing.empty() && unexpected.empty() && misfits.empty(); }
  /// "12 tensors fit under the prefix "x."; 2 missing: a ..., b ...", at most `most` of each kind.
  std::string text(std::size_t most = 8) const;
};

/// Of keys in a checkpoint that holds more than the network: whether one is the network's.
using Owns = std::function<bool(std::string_view key)>;

/// What the file must hold to be the row's: its network, and of a reenactment the UNet copies that are in the file, or
/// both where the row says so. Weights are the constructors'.
std::shared_ptr<nn::Module> module_of(const KnownWeights& row, const WeightsFile& file);

/// Under the prefix with which most tensors fit; `row` may be null.
Fit best_fit(const WeightsFile& file, nn::Module& module, const KnownWeights* row,
             const Owns& owns = {});

/// One parameter or buffer: converted to the dtype that the module has, row-major.
/// throws  IoError, NumericError naming file, tensor and element
Tensor read_parameter(WeightsFile& file, const std::string& name, DType dtype);

/// Fills the module from the file. throws  WeightsError with the lists of Fit, and read_parameter's
void load_module(WeightsFile& file, nn::Module& module, std::string_view network,
                 const KnownWeights* row, const Owns& owns = {});

/// Keys of the metadata that an imported file carries.
inline constexpr std::string_view kWeightsDigestKey = "weights_digest";  // as nn::weights_digest
inline constexpr std::string_view kContentDigestKey = "content_digest";

/// SHA-256 over all metadata but the content digest itself, and over name and digest of every
/// tensor in the file's order: no bit of a file can change unseen.
std::string content_digest(const std::map<std::string, std::string>& metadata,
                           const std::vector<std::pair<std::string, std::string>>& tensor_digests);

/// The module's parameters and buffers as a safetensors file in the module's order, with both
/// digests in its metadata.
void write_weights(const std::string& path, nn::Module& module,
                   std::map<std::string, std::string> metadata);

}  // namespace dact::cli
