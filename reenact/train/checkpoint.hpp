// A folder of checkpoints: each complete or absent, the newest ones kept.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "io/safetensors.hpp"

namespace dact::train {

class CheckpointFolder {
 public:
  /// Makes the folder. keep >= 1: how many stay.
  CheckpointFolder(std::string folder, int keep);
  /// Writes checkpoint-NNNNNNNNN.safetensors whole, and only then removes the oldest ones beyond `keep`. When the disk
  /// is full that is an IoError, and all that was there before is still there.
  std::string save(std::int64_t step, const std::map<std::string, Tensor>& tensors,
                   const std::map<std::string, std::string>& metadata) const;
  /// By ascending step.
  std::vector<std::string> files() const;
  /// The newest file that can be read whole. Damaged ones are passed over and named in `skipped`.
  std::optional<TensorFile> latest(std::vector<std::string>& skipped) const;

 private:
  std::string folder_;
  int keep_;
};

}  // namespace dact::train
