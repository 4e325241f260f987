// PyTorch checkpoints (zip and legacy) read as data: nothing in them is ever executed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.hpp"
#include "io/pickle.hpp"
#include "io/safetensors.hpp"
#include "tensor/tensor.hpp"

namespace dact {

class TorchContainer;

/// One tensor of a checkpoint. `dtype` is PyTorch's word ("float32", "int16"); `as` is what read()
/// gives: int8 and int16 widen to i32; complex and the types newer than these have none.
struct TorchTensorInfo {
  std::string dtype;
  std::optional<DType> as;
  Shape shape;
  Strides strides;          // in elements
  std::int64_t offset = 0;  // in elements
  std::string storage;      // key
  std::int64_t count = 0;   // elements of the storage
};

/// A checkpoint whose pickle was read; tensors are read one at a time. A tensor's name is the path
/// of keys to it, joined with '/': {"state_dict": {"conv.weight": t}} gives
/// "state_dict/conv.weight". Classes and calls that only Python could make are inert records;
/// tensors put into them (nn.Module, Lightning's callbacks) are listed, those in their call's
/// arguments are not. Own limits: those of read_pickle, and 100,000 tensors of rank 8, names of 512
/// bytes, values 100 deep.
class TorchReader {
 public:
  /// throws  IoError naming file, tensor, opcode, byte, and what does not hold
  explicit TorchReader(const std::string& path) : TorchReader(InputFile(path)) {}
  explicit TorchReader(InputFile file);
  ~TorchReader();

  /// "PyTorch zip" or "PyTorch legacy".
  std::string_view container() const;
  const std::string& file_name() const { return file_name_; }
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return infos_.contains(name); }
  const TorchTensorInfo& info(const std::string& name) const;
  /// Row-major, whatever the strides in the file. The storage read last is kept, so that tensors
  /// which share one, or follow each other in it, cost one read.
  Tensor read(const std::string& name);
  /// Everything that is not a tensor: epochs, hyper-parameters, records.
  const PickleTree& tree() const;
  /// Plain values by path ("epoch": "7"), as JSON; at most 1000, texts of at most 1024 bytes.
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::string where(const std::string& name) const;
  void load_storage(const TorchTensorInfo& info, const std::string& name);
  std::string file_name_;
  std::unique_ptr<TorchContainer> container_;
  std::vector<std::string> names_;
  std::map<std::string, TorchTensorInfo> infos_;
  std::map<std::string, std::string> values_;
  std::string loaded_key_;
  Tensor loaded_;  // u8
};

/// All tensors; `metadata` holds the plain values. Together they may take 256 MiB + 4 times the
/// bytes of their storages, since strides of 0 repeat bytes without end.
TensorFile read_torch(const std::string& path);
TensorFile read_torch(TorchReader& reader);

}  // namespace dact
