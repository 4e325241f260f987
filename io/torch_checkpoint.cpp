#include "io/torch_checkpoint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "io/json.hpp"
#include "io/torch_container.hpp"
#include "io/torch_tensors.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

constexpr std::int64_t kFreeBytes = std::int64_t{1}
                                    << 28;  // what repeated elements may take in any file

std::int64_t elements_of(const TorchTensorInfo& info) { return numel_of(info.shape, "checkpoint"); }

bool is_row_major(const TorchTensorInfo& info) {
  std::int64_t step = 1;
  for (int axis = info.shape.rank() - 1; axis >= 0; --axis) {
    if (info.shape[axis] != 1 && info.strides[axis] != step) return false;
    step *= info.shape[axis];
  }
  return true;
}

// Elements of `width` bytes in row-major order of `info` from a storage; the last axis is the inner
// loop.
void gather(const TorchTensorInfo& info, std::size_t width, const std::uint8_t* storage,
            std::uint8_t* out) {
  const int rank = info.shape.rank();
  const std::int64_t inner = rank == 0 ? 1 : info.shape[rank - 1],
                     step = rank == 0 ? 1 : info.strides[rank - 1];
  const std::int64_t rows = elements_of(info) / inner;
  Dims index = Dims::filled(rank, 0);
  std::int64_t at = info.offset;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < inner; ++i, out += width)
      std::memcpy(out, storage + static_cast<std::size_t>(at + i * step) * width, width);
    for (int axis = rank - 2; axis >= 0; --axis) {
      at += info.strides[axis];
      if (++index[axis] < info.shape[axis]) break;
      at -= info.strides[axis] * info.shape[axis];
      index[axis] = 0;
    }
  }
}

template <class Narrow>
void widen(const std::vector<std::uint8_t>& bytes, std::int32_t* out) {
  for (std::size_t i = 0; i * sizeof(Narrow) < bytes.size(); ++i) {
    Narrow value{};
    std::memcpy(&value, bytes.data() + i * sizeof(Narrow), sizeof(Narrow));
    out[i] = value;
  }
}

}  // namespace

std::unique_ptr<TorchContainer> open_torch(InputFile file) {
  std::array<unsigned char, 264> start{};
  const std::size_t have =
      std::min<std::size_t>(start.size(), static_cast<std::size_t>(file.size()));
  file.read_at(0, start.data(), have);
  if (have >= 4 && std::memcmp(start.data(), "PK\3\4", 4) == 0)
    return open_torch_zip(std::move(file));
  if (have >= 2 && start[0] == 0x80) return open_torch_legacy(std::move(file));
  if (have >= 262 && std::memcmp(start.data() + 257, "ustar", 5) == 0)
    throw IoError(file.name(),
                  "a checkpoint must be of PyTorch 0.2 or newer, got its older tar format");
  throw IoError(file.name(),
                "a PyTorch checkpoint must begin as a zip archive or a pickle, got other bytes");
}

TorchReader::TorchReader(InputFile file)
    : file_name_(file.name()), container_(open_torch(std::move(file))) {
  TorchContents contents = find_torch_tensors(container_->tree(), file_name_);
  names_ = std::move(contents.names);
  infos_ = std::move(contents.infos);
  values_ = std::move(contents.values);
}

TorchReader::~TorchReader() = default;

std::string_view TorchReader::container() const { return container_->kind(); }
const PickleTree& TorchReader::tree() const { return container_->tree(); }

std::string TorchReader::where(const std::string& name) const {
  return fmt::format("{}: tensor {}", file_name_, json_quoted(name));
}

const TorchTensorInfo& TorchReader::info(const std::string& name) const {
  const auto at = infos_.find(name);
  if (at == infos_.end()) throw IoError(where(name), "must be in the file, got no such name");
  return at->second;
}

void TorchReader::load_storage(const TorchTensorInfo& info, const std::string& name) {
  const std::uint64_t width = torch_element("torch " + info.dtype)->width;
  const std::uint64_t bytes = container_->storage_bytes(info.storage);
  if (bytes / width != static_cast<std::uint64_t>(info.count) || bytes % width != 0)
    throw IoError(where(name),
                  fmt::format("storage {} must hold {} elements of {} bytes, got {} bytes",
                              json_quoted(info.storage), info.count, width, bytes));
  if (loaded_.defined() && loaded_key_ == info.storage) return;
  loaded_ = Tensor();  // its memory is free before the next is asked for
  Tensor storage = empty({static_cast<std::int64_t>(bytes)}, DType::u8);
  if (bytes > 0) container_->read_storage(info.storage, storage.mutate_raw());
  loaded_ = std::move(storage);
  loaded_key_ = info.storage;
}

Tensor TorchReader::read(const std::string& name) {
  const TorchTensorInfo& info = this->info(name);
  if (!info.as)
    throw IoError(where(name),
                  fmt::format("the dtype must be one tensors here have, got {}", info.dtype));
  const std::int64_t elements = elements_of(info);
  const std::size_t width = torch_element("torch " + info.dtype)->width;
  const auto bytes = static_cast<std::int64_t>(size_of(*info.as));
  if (elements > kFreeBytes / bytes && elements > 4 * std::max<std::int64_t>(info.count, 1))
    throw IoError(
        where(name),
        fmt::format(
            "must repeat its storage at most 4 times above 256 MiB, got {} elements from {}",
            elements, info.count));
  load_storage(info, name);
  const auto* storage =
      elements == 0 ? nullptr : static_cast<const std::uint8_t*>(loaded_.raw_data());
  // The common case, one tensor over its whole storage: no copy.
  if (elements > 0 && elements == info.count && width == size_of(*info.as) && is_row_major(info) &&
      *info.as != DType::bool_)
    return Tensor(loaded_.storage(), *info.as, info.shape, row_major(info.shape), 0);
  Tensor out = empty(info.shape, *info.as);
  if (elements == 0) return out;
  auto* into = static_cast<std::uint8_t*>(out.mutate_raw());
  if (width == size_of(*info.as)) {
    gather(info, width, storage, into);
  } else {
    std::vector<std::uint8_t> narrow(static_cast<std::size_t>(elements) * width);
    gather(info, width, storage, narrow.data());
    if (width == 1) widen<std::int8_t>(narrow, reinterpret_cast<std::int32_t*>(into));
    if (width == 2) widen<std::int16_t>(narrow, reinterpret_cast<std::int32_t*>(into));
  }
  if (*info.as == DType::bool_)
    std::transform(into, into + elements, into,
                   [](std::uint8_t b) { return std::uint8_t{b != 0}; });
  return out;
}

TensorFile read_torch(const std::string& path) {
  TorchReader reader(path);
  return read_torch(reader);
}

TensorFile read_torch(TorchReader& reader) {
  // By storage, so that each is read once however the names interleave.
  std::vector<std::string> by_storage = reader.names();
  std::stable_sort(by_storage.begin(), by_storage.end(),
                   [&](const std::string& a, const std::string& b) {
                     return reader.info(a).storage < reader.info(b).storage;
                   });
  TensorFile file{.tensors = {}, .metadata = reader.values(), .order = reader.names()};
  double allowed = static_cast<double>(kFreeBytes), asked = 0;
  const std::string* storage = nullptr;
  for (const std::string& name : by_storage) {
    const TorchTensorInfo& info = reader.info(name);
    if (!info.as) continue;
    const auto width = static_cast<double>(size_of(*info.as));
    if (storage == nullptr || *storage != info.storage)
      allowed += 4 * width * static_cast<double>(info.count);
    storage = &info.storage;
    asked += width * static_cast<double>(elements_of(info));
  }
  if (asked > allowed)
    throw IoError(
        reader.file_name(),
        fmt::format(
            "the tensors must take at most 256 MiB and 4 times their storages, got {:.0f} bytes",
            asked));
  for (const std::string& name : by_storage) file.tensors.emplace(name, reader.read(name));
  return file;
}

}  // namespace dact
