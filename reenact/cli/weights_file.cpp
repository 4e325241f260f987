#include "reenact/cli/weights_file.hpp"

#include <array>
#include <cstring>

#include "tensor/error.hpp"

namespace dact::cli {

bool is_torch_checkpoint(const InputFile& file) {
  std::array<char, 9> start{};
  if (file.size() < start.size()) return false;
  file.read_at(0, start.data(), start.size());
  if (std::memcmp(start.data(), "PK\3\4", 4) == 0) return true;
  return start[0] == '\x80' && start[8] != '{';  // 0x80 may begin the length of safetensors too
}

WeightsFile::WeightsFile(const std::string& path) : path_(path) {
  InputFile file(path);
  size_ = file.size();
  if (size_ == 0) throw IoError(path, "a file of weights must hold tensors, got an empty file");
  if (is_torch_checkpoint(file))
    torch_ = std::make_unique<TorchReader>(std::move(file));
  else
    safetensors_ = std::make_unique<SafetensorsReader>(std::move(file));
}

std::string_view WeightsFile::container() const {
  return torch_ ? torch_->container() : "safetensors";
}

const std::vector<std::string>& WeightsFile::names() const {
  return torch_ ? torch_->names() : safetensors_->names();
}

bool WeightsFile::contains(const std::string& name) const {
  return torch_ ? torch_->contains(name) : safetensors_->contains(name);
}

WeightsFile::Entry WeightsFile::entry(const std::string& name) const {
  if (torch_) {
    const TorchTensorInfo& info = torch_->info(name);
    return {info.dtype, info.as, info.shape};
  }
  const TensorInfo& info = safetensors_->info(name);
  return {info.dtype, safetensors_dtype(info.dtype), info.shape};
}

Tensor WeightsFile::read(const std::string& name) {
  return torch_ ? torch_->read(name) : safetensors_->read(name);
}

const std::map<std::string, std::string>& WeightsFile::metadata() const {
  return torch_ ? torch_->values() : safetensors_->metadata();
}

}  // namespace dact::cli
