#include "reenact/train/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "tensor/error.hpp"

namespace dact::train {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kCheckpointPrefix = "checkpoint-", kCheckpointSuffix = ".safetensors";

}  // namespace

CheckpointFolder::CheckpointFolder(std::string folder, int keep)
    : folder_(std::move(folder)), keep_(keep) {
  if (keep < 1) throw UsageError("train", fmt::format("keep must be 1 or more, got {}", keep));
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw IoError(folder_, "the folder must be writable, got: " + error.message());
}

std::string CheckpointFolder::save(std::int64_t step, const std::map<std::string, Tensor>& tensors,
                                   const std::map<std::string, std::string>& metadata) const {
  const std::string path =
      (fs::path(folder_) / fmt::format("{}{:09}{}", kCheckpointPrefix, step, kCheckpointSuffix))
          .string();
  write_safetensors(path, tensors, metadata);
  const std::vector<std::string> all = files();
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_) < all.size(); ++i) {
    std::error_code ignored;  // one too many does no harm
    fs::remove(all[i], ignored);
  }
  return path;
}

std::vector<std::string> CheckpointFolder::files() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kCheckpointPrefix) && name.ends_with(kCheckpointSuffix))
      found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<TensorFile> CheckpointFolder::latest(std::vector<std::string>& skipped) const {
  std::vector<std::string> all = files();
  for (auto it = all.rbegin(); it != all.rend(); ++it) try {
      return read_safetensors(*it);
    } catch (const IoError& error) {
      skipped.emplace_back(error.what());
    }
  return std::nullopt;
}

}  // namespace dact::train
