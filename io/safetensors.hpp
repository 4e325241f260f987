// Tensors in .safetensors files: 8 bytes N, N bytes of JSON, data
// (https://github.com/huggingface/safetensors).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.hpp"
#include "tensor/error.hpp"
#include "tensor/tensor.hpp"

namespace dact {

/// Everything in one tensor file.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> order;  // names as the file lists them
};

/// What the header says of one tensor. `dtype` is the file's word ("F32", "F8_E4M3"); begin and end
/// are bytes from the start of the data.
struct TensorInfo {
  std::string dtype;
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};

/// The dtype behind the format's word; none for those that tensors here do not have (I8, F8_E4M3,
/// C64, ...).
std::optional<DType> safetensors_dtype(std::string_view word);
std::string_view safetensors_word(DType dtype);

/// The file ends before its header or its data does, and what there is of it holds.
struct CutShortError : IoError {
  using IoError::IoError;
};

/// A file whose header was read and checked; tensors are read one at a time.
///
/// Refused, as the format asks: a file below 8 bytes; N above 100,000,000 or past the end; a header
/// that is not UTF-8, does not begin with '{', or is not one JSON object with white space behind;
/// duplicate names; metadata that is not text; an entry without dtype, shape or data_offsets; an
/// unknown dtype; a shape whose bytes overflow or differ from its offsets; data with a gap, an
/// overlap, or bytes that belong to no tensor. Own limits: rank 8, 100,000 tensors, names of 512
/// bytes, product of the non-zero sizes 2^60. The reference reader also takes white space
/// before '{', duplicate names (the last wins) and an entry written as a JSON array, all against
/// the format's text.
class SafetensorsReader {
 public:
  /// throws  IoError naming file, tensor, and what does not hold; a CutShortError where the end is missing
  explicit SafetensorsReader(const std::string& path) : SafetensorsReader(InputFile(path)) {}
  explicit SafetensorsReader(InputFile file);

  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return infos_.contains(name); }
  /// IoError when there is no such tensor.
  const TensorInfo& info(const std::string& name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::uint64_t file_size() const { return file_.size(); }
  /// Row-major on the CPU. BOOL bytes other than 0 become 1. IoError for a dtype without DType,
  /// naming it.
  Tensor read(const std::string& name) const;

 private:
  InputFile file_;
  std::uint64_t data_start_ = 0;
  std::vector<std::string> names_;
  std::map<std::string, TensorInfo> infos_;
  std::map<std::string, std::string> metadata_;
};

/// All tensors of a file, read in the order of their bytes.
TensorFile read_safetensors(const std::string& path);
TensorFile read_safetensors(const SafetensorsReader& reader);

/// Writes atomically. The header lists `order` (all names, each once), or the names sorted; the
/// data lies by falling element size, so that every tensor is aligned. Equal arguments give equal
/// bytes. throws  IoError (disk), UsageError (names, order or metadata the format cannot hold,
/// undefined or CUDA tensors)
void write_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {},
                       std::span<const std::string> order = {});

}  // namespace dact
