// The writing half of safetensors.hpp.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "tensor/error.hpp"

namespace dact {
namespace {

using Named = std::pair<const std::string*, const Tensor*>;

void require_text(const std::string& path, std::string_view what, const std::string& text) {
  if (const std::size_t bad = utf8_error(text); bad != text.size())
    throw UsageError(
        path, fmt::format("{} must be UTF-8, got a wrong sequence at its byte {}", what, bad));
}

std::vector<Named> in_order(const std::string& path, const std::map<std::string, Tensor>& tensors,
                            std::span<const std::string> order) {
  std::vector<Named> out;
  if (order.empty())
    for (const auto& [name, tensor] : tensors) out.emplace_back(&name, &tensor);
  std::set<std::string_view> seen;
  for (const std::string& name : order) {
    const auto at = tensors.find(name);
    if (at == tensors.end() || !seen.insert(name).second)
      throw UsageError(
          path, fmt::format("the order must name each tensor once, got {}", json_quoted(name)));
    out.emplace_back(&at->first, &at->second);
  }
  if (out.size() != tensors.size())
    throw UsageError(path, fmt::format("the order must name all {} tensors, got {}", tensors.size(),
                                       out.size()));
  return out;
}

// What our own reader would refuse is not written.
void check_writable(const std::string& path, const std::vector<Named>& tensors) {
  if (tensors.size() > 100'000)
    throw UsageError(path, fmt::format("must hold at most 100000 tensors, got {}", tensors.size()));
  for (const auto& [name, tensor] : tensors) {
    require_text(path, "a tensor's name", *name);
    const std::string where = fmt::format("{}: tensor {}", path, json_quoted(*name));
    if (*name == "__metadata__" || name->size() > 512)
      throw UsageError(where, "a name must have at most 512 bytes and not be __metadata__");
    if (!tensor->defined() || tensor->device() != Device::cpu)
      throw UsageError(where, fmt::format("must be defined and on the CPU, got {}", tensor->str()));
  }
}

std::uint64_t bytes_of(const Tensor& t) {
  return static_cast<std::uint64_t>(t.numel()) * size_of(t.dtype());
}

// Offsets by falling element size, so that each tensor starts at a multiple of its own.
std::vector<Named> by_alignment(std::vector<Named> tensors) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const Named& a, const Named& b) {
    return size_of(a.second->dtype()) > size_of(b.second->dtype());
  });
  return tensors;
}

std::string metadata_json(const std::string& path,
                          const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    require_text(path, "a metadata key", key);
    require_text(path, fmt::format("the metadata {}", key), value);
    text += (text.empty() ? "" : ",") + json_quoted(key) + ":" + json_quoted(value);
  }
  return "{" + text + "}";
}

std::string header_of(const std::string& path, const std::vector<Named>& listed,
                      const std::vector<Named>& laid,
                      const std::map<std::string, std::string>& metadata) {
  std::map<const Tensor*, std::uint64_t>
      begins;  // by entry of the map, so each has its own address
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : laid) {
    begins[tensor] = end;
    end += bytes_of(*tensor);
  }
  std::string text = "{";
  if (!metadata.empty()) text += "\"__metadata__\":" + metadata_json(path, metadata) + ",";
  for (const auto& [name, tensor] : listed) {
    std::string shape;
    for (const std::int64_t size : tensor->shape())
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
    const std::uint64_t begin = begins[tensor];
    text += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}},",
                        json_quoted(*name), safetensors_word(tensor->dtype()), shape, begin,
                        begin + bytes_of(*tensor));
  }
  if (text.back() == ',') text.pop_back();
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  if (text.size() > 100'000'000)
    throw UsageError(
        path, fmt::format("the header must have at most 100000000 bytes, got {}", text.size()));
  return text;
}

}  // namespace

void write_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata,
                       std::span<const std::string> order) {
  const std::vector<Named> listed = in_order(path, tensors, order);
  check_writable(path, listed);
  const std::vector<Named> laid = by_alignment(listed);
  const std::string header = header_of(path, listed, laid, metadata);
  std::array<char, 8> length{};
  for (std::size_t i = 0; i < 8; ++i)
    length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  AtomicFile file(path);
  file.write(length.data(), length.size());
  file.write(header);
  for (const auto& [name, tensor] : laid) {
    if (tensor->numel() == 0) continue;
    const Tensor dense =
        tensor->contiguous();  // one at a time: a strided view is copied only while it is written
    file.write(dense.raw_data(), static_cast<std::size_t>(bytes_of(dense)));
  }
  file.commit();
}

}  // namespace dact
