#include <filesystem>

#include "io/safetensors.hpp"
#include "reenact/eval/evaluation.hpp"
#include "tensor/error.hpp"

namespace dact::eval {
namespace {

// Row k of a unit: "k/<metric>" f64 [n], "k/facts" f64 [4], "k/shown"; its name and digest in the metadata.
std::string row_key(std::size_t row, std::string_view what) {
  return std::to_string(row) + "/" + std::string(what);
}

}  // namespace

void keep_unit(const std::string& path, const UnitResult& result, const std::string& key) {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> text{{"key", key},
                                          {"rows", std::to_string(result.rows.size())}};
  for (std::size_t k = 0; k < result.rows.size(); ++k) {
    const UnitRow& row = result.rows[k];
    text[row_key(k, "name")] = row.name;
    text[row_key(k, "digest")] = row.digest;
    tensors[row_key(k, "shown")] = row.shown.contiguous();
    tensors[row_key(k, "facts")] = from_vector(
        std::vector<double>{static_cast<double>(row.frames), static_cast<double>(row.failed),
                            row.source_seconds, row.frame_seconds},
        {4});
    for (std::size_t m = 0; m < kMetrics; ++m) {
      const std::vector<double>& each = row.measures.of[m];
      if (!each.empty())
        tensors[row_key(k, info_of(static_cast<Metric>(m)).key)] =
            from_vector(each, {static_cast<std::int64_t>(each.size())});
    }
  }
  write_safetensors(path, tensors, text);
}

std::optional<UnitResult> kept_unit(const std::string& path, const Unit& unit,
                                    const std::string& key) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const TensorFile file = read_safetensors(path);
  const auto text = [&](const std::string& name) -> const std::string& {
    const auto it = file.metadata.find(name);
    if (it == file.metadata.end()) throw IoError(path, "must hold " + name + ", got none");
    return it->second;
  };
  const auto tensor = [&](const std::string& name) -> const Tensor& {
    const auto it = file.tensors.find(name);
    if (it == file.tensors.end()) throw IoError(path, "must hold " + name + ", got none");
    return it->second;
  };
  if (text("key") != key)
    throw UsageError(path,
                     "must be of the same set, weights and settings, got another evaluation's; "
                     "name another folder");
  UnitResult result{unit, {}};
  for (std::size_t k = 0; file.metadata.contains(row_key(k, "name")); ++k) {
    const auto facts = tensor(row_key(k, "facts")).to_vector<double>();
    UnitRow row{.name = text(row_key(k, "name")),
                .measures = {},
                .frames = static_cast<std::int64_t>(facts.at(0)),
                .failed = static_cast<std::int64_t>(facts.at(1)),
                .source_seconds = facts.at(2),
                .frame_seconds = facts.at(3),
                .digest = text(row_key(k, "digest")),
                .shown = tensor(row_key(k, "shown"))};
    for (std::size_t m = 0; m < kMetrics; ++m) {
      const auto it = file.tensors.find(row_key(k, info_of(static_cast<Metric>(m)).key));
      if (it != file.tensors.end()) row.measures.of[m] = it->second.to_vector<double>();
    }
    result.rows.push_back(std::move(row));
  }
  if (std::to_string(result.rows.size()) != text("rows"))
    throw IoError(path,
                  "must hold " + text("rows") + " rows, got " + std::to_string(result.rows.size()));
  return result;
}

}  // namespace dact::eval
