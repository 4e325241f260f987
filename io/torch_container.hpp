// What the two containers of PyTorch checkpoints have in common, for torch_checkpoint.cpp.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/file.hpp"
#include "io/pickle.hpp"
#include "tensor/dtype.hpp"

namespace dact {

/// An element type of PyTorch: its name ("float32"), bytes, and what it is read as (int8 and int16
/// as i32; none for complex and the rest).
struct TorchElement {
  std::string_view name;
  std::uint64_t width = 0;
  std::optional<DType> as;
};
/// By storage class ("torch FloatStorage") or dtype global ("torch float32"); nullptr when it is
/// neither.
const TorchElement* torch_element(std::string_view global);
/// Storage whose count is in bytes and whose type stands with the tensor.
inline constexpr std::string_view kUntypedStorage = "torch.storage UntypedStorage";

/// The pickle of a checkpoint and the bytes of its storages.
class TorchContainer {
 public:
  virtual ~TorchContainer() = default;
  virtual std::string_view kind() const = 0;
  virtual const PickleTree& tree() const = 0;
  /// Bytes that storage `key` has in the file. IoError when it is not there.
  virtual std::uint64_t storage_bytes(const std::string& key) = 0;
  /// All bytes of the storage, little-endian.
  virtual void read_storage(const std::string& key, void* into) = 0;
};

/// By the file's first bytes. IoError when it is neither.
std::unique_ptr<TorchContainer> open_torch(InputFile file);
/// Zip, the default since PyTorch 1.6. IoError in a build without libzip.
std::unique_ptr<TorchContainer> open_torch_zip(InputFile file);
/// One stream of pickles and bytes, before 1.6.
std::unique_ptr<TorchContainer> open_torch_legacy(InputFile file);

}  // namespace dact
