// Named tensors in any container that weights come in: safetensors, PyTorch zip, PyTorch legacy.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.hpp"
#include "io/torch_checkpoint.hpp"

namespace dact::cli {

/// Whether the file begins as a PyTorch checkpoint does: a zip archive or a pickle.
bool is_torch_checkpoint(const InputFile& file);

class WeightsFile {
 public:
  /// What the file says of one tensor. `as`: what read() gives; none when tensors here have no such
  /// dtype.
  struct Entry {
    std::string dtype;
    std::optional<DType> as;
    Shape shape;
  };
  /// The container is told by the first bytes, never by the name. throws  IoError
  explicit WeightsFile(const std::string& path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// "safetensors", "PyTorch zip", "PyTorch legacy".
  std::string_view container() const;
  /// In the file's order; of a PyTorch checkpoint as TorchReader gives them.
  const std::vector<std::string>& names() const;
  bool contains(const std::string& name) const;
  Entry entry(const std::string& name) const;
  Tensor read(const std::string& name);
  /// Of safetensors its metadata, of a checkpoint the plain values in it.
  const std::map<std::string, std::string>& metadata() const;

 private:
  std::string path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<SafetensorsReader> safetensors_;
  std::unique_ptr<TorchReader> torch_;
};

}  // namespace dact::cli
