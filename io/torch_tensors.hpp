// Finds the tensors in a checkpoint's values, for torch_checkpoint.cpp.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "io/torch_checkpoint.hpp"

namespace dact {

struct TorchContents {
  std::vector<std::string> names;
  std::map<std::string, TorchTensorInfo> infos;
  std::map<std::string, std::string> values;
};

/// Walks all values from the root. IoError when a tensor's description does not hold; `file` stands
/// in the text.
TorchContents find_torch_tensors(const PickleTree& tree, const std::string& file);

/// The description that _rebuild_tensor_v2's `arguments` in `tree` give, over the storage that stands
/// in another pickle (a checkpoint nested in bytes). IoError at `where` when it does not hold.
TorchTensorInfo torch_tensor_info(const PickleTree& tree, const std::vector<NodeId>& arguments,
                                  const PickleTree& storages, NodeId storage,
                                  const std::string& where);

}  // namespace dact
